"""Pictures from other machines, against a server on loopback that misbehaves in every way."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zoo import elements, only_image, outcome, pixels, shown
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import (
    DecodeError,
    ImgDisplayError,
    MissingExtra,
    OptionError,
    SourceError,
    SourceNotFound,
    SourceRefused,
    Thumbnail,
    gallery,
    image_formatter,
    open_image,
    thumbnail,
)
from imgdisplay.core import progress
from imgdisplay.core.deadline import time_limit
from imgdisplay.core.remote import close_connections, columns, fetch, fetch_all
from imgdisplay.drawing import Described, draw_views
from imgdisplay.options import Options

PHOTO = photograph("coffee", (80, 60))
PIXELS = pixels(PHOTO)
PNG = encoded(PHOTO)
JPEG = encoded(PHOTO, "JPEG")
SECRET = "s3cr3t"

Request = dict[str, str]
Behaviour = Callable[[socket.socket, Request], None]


def _answer(
    body: bytes = b"",
    mime: str | None = "image/png",
    status: str = "200 OK",
    length: int | None = -1,
    **headers: str,
) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    if mime is not None:
        lines.append(f"Content-Type: {mime}")
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _says(*args: Any, **kwargs: Any) -> Behaviour:
    whole = _answer(*args, **kwargs)
    return lambda connection, request: connection.sendall(whole)


def _moved(target: str, status: str = "302 Found") -> Behaviour:
    return _says(b"", "text/html", status, Location=target)


def _drips(connection: socket.socket, request: Request) -> None:
    connection.sendall(_answer(b"", length=len(PNG)))
    for byte in PNG[:200]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def _drips_its_head(connection: socket.socket, request: Request) -> None:
    for byte in _answer(PNG)[:200]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def _says_nothing(connection: socket.socket, request: Request) -> None:
    connection.settimeout(5)
    connection.recv(1)


def _never_ends(connection: socket.socket, request: Request) -> None:
    connection.sendall(_answer(PNG, length=None, Connection="close"))
    for _ in range(1000):
        connection.sendall(bytes(2**16))


def _never_ends_in_chunks(connection: socket.socket, request: Request) -> None:
    connection.sendall(_answer(b"", length=None, Transfer_Encoding="chunked"))
    for _ in range(1000):
        connection.sendall(b"10000\r\n" + bytes(2**16) + b"\r\n")


def _never_ends_its_head(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1000))


def _continues_for_ever(connection: socket.socket, request: Request) -> None:
    for _ in range(1000):
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.01)


def _hangs_up(connection: socket.socket, request: Request) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _in_chunks(connection: socket.socket, request: Request) -> None:
    connection.sendall(_answer(b"", length=None, Transfer_Encoding="chunked"))
    for start in range(0, len(PNG), 1000):
        part = PNG[start : start + 1000]
        connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
    connection.sendall(b"0\r\n\r\n")


def _bomb(size: int = 200 * 2**20) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(PNG)]
    parts += [packer.compress(bytes(2**20)) for _ in range(size // 2**20)]
    return b"".join(parts) + packer.flush()


GOOD: dict[str, Behaviour] = {
    "/cat.png": _says(PNG),
    "/cat.jpg": _says(JPEG, "image/jpeg"),
    "/other type": _says(PNG, "image/jpeg"),
    "/type with parameter": _says(PNG, "Image/PNG; charset=binary"),
    "/octets": _says(PNG, "application/octet-stream"),
    "/s3": _says(PNG, "binary/octet-stream"),
    "/untyped": _says(PNG, None),
    "/chunked": _in_chunks,
    "/closing": _says(PNG, length=None, Connection="close"),
    "/gzip": _says(gzip.compress(PNG), Content_Encoding="gzip"),
    "/deflate": _says(zlib.compress(PNG), Content_Encoding="Deflate"),
    "/identity": _says(PNG, Content_Encoding="identity"),
    "/longer": _says(PNG + b"HTTP/1.1 200 OK\r\n\r\n", length=len(PNG), Connection="close"),
    "/moved": _moved("/cat.png"),
    "/moved 301": _moved("cat.png", "301 Moved Permanently"),
    "/moved 303": _moved("cat.png", "303 See Other"),
    "/moved 307": _moved("cat.png", "307 Temporary Redirect"),
    "/moved 308": _moved("cat.png", "308 Permanent Redirect"),
    "/moved twice": _moved("/moved"),
    "/moved thrice": _moved("/moved%20twice#fragment"),
}

BAD: dict[str, tuple[type[SourceError], str, Behaviour]] = {
    "/404.png": (SourceNotFound, "404 Not Found", _says(PNG, status="404 Not Found")),
    "/410.png": (SourceNotFound, "410 Gone", _says(PNG, status="410 Gone")),
    "/401.png": (SourceRefused, "401 Unauthorized", _says(PNG, status="401 Unauthorized")),
    "/403.png": (SourceRefused, "403 Forbidden", _says(PNG, status="403 Forbidden")),
    "/500.png": (
        SourceNotFound,
        "500 Internal Server Error",
        _says(PNG, status="500 <script>alert(1)</script>"),
    ),
    "/599.png": (SourceNotFound, "599", _says(PNG, status="599 Whatever")),
    "/206.png": (SourceNotFound, "206 Partial Content", _says(PNG, status="206 Partial Content")),
    "/204.png": (SourceNotFound, "204", _says(b"", status="204 No Content", length=None)),
    "/nowhere.png": (SourceNotFound, "302 Found", _says(b"", status="302 Found")),
    "/page.png": (DecodeError, "'text/html', not a picture", _says(PNG, "text/html")),
    "/json.png": (DecodeError, "not a picture", _says(b"{}", "application/json")),
    "/long type.png": (DecodeError, "not a picture", _says(PNG, "text/" + "x" * 10_000)),
    "/lying page.png": (DecodeError, "HTML", _says(b"\n<!DOCTYPE html><p>Sign in")),
    "/lying text.png": (DecodeError, "not a picture", _says(b"Not found.\n")),
    "/svg.png": (SourceRefused, "SVG", _says(b"<svg/>", "image/svg+xml")),
    "/lying svg.png": (SourceRefused, "SVG", _says(b"<svg/>")),
    "/eps.png": (SourceRefused, "PostScript", _says(b"%!PS-Adobe-3.0\n")),
    "/empty.png": (DecodeError, "empty", _says(b"")),
    "/shorter.png": (DecodeError, "breaks off", _says(PNG[:1000], length=len(PNG))),
    "/truncated.png": (DecodeError, "truncated", _says(PNG[: len(PNG) // 2])),
    "/half a chunk.png": (
        DecodeError,
        "breaks off",
        _says(b"ffff\r\n" + PNG[:100], length=None, Transfer_Encoding="chunked"),
    ),
    "/no chunk.png": (
        DecodeError,
        "breaks off",
        _says(b"nonsense\r\n", length=None, Transfer_Encoding="chunked"),
    ),
    "/no http.png": (SourceNotFound, "cannot be", _says(b"")),
    "/hang up.png": (SourceNotFound, "cannot be", _hangs_up),
    "/silent.png": (SourceRefused, "remote_timeout", _says_nothing),
    "/drip.png": (SourceRefused, "remote_timeout", _drips),
    "/drip head.png": (SourceRefused, "remote_timeout", _drips_its_head),
    "/continue.png": (SourceRefused, "remote_timeout", _continues_for_ever),
    "/endless.png": (SourceRefused, "max_file_bytes", _never_ends),
    "/endless chunks.png": (SourceRefused, "max_file_bytes", _never_ends_in_chunks),
    "/endless head.png": (SourceNotFound, "cannot be", _never_ends_its_head),
    "/long.png": (SourceRefused, "max_file_bytes", _says(PNG, length=5_000_001)),
    "/bomb.png": (SourceRefused, "max_file_bytes", _says(_bomb(), Content_Encoding="gzip")),
    "/no gzip.png": (DecodeError, "packed", _says(PNG, Content_Encoding="gzip")),
    "/br.png": (DecodeError, "packed by 'br'", _says(PNG, Content_Encoding="br")),
    "/twice.png": (DecodeError, "packed by", _says(PNG, Content_Encoding="gzip, gzip")),
    "/loop.png": (SourceRefused, "redirects more than 3 times", _moved("/loop.png")),
    "/four.png": (SourceRefused, "more than 3 times", _moved("/moved%20thrice")),
    "/to file.png": (SourceRefused, "no address of the web", _moved("file:///etc/passwd")),
    "/to data.png": (SourceRefused, "no address of the web", _moved("data:image/png,x")),
    "/to ftp.png": (SourceRefused, "no address of the web", _moved("ftp://127.0.0.1/a.png")),
    "/to script.png": (SourceRefused, "no address of the web", _moved("javascript:alert(1)")),
    "/to metadata.png": (SourceRefused, "metadata", _moved("http://169.254.169.254/latest/")),
    "/to nat64.png": (SourceRefused, "metadata", _moved("http://[64:ff9b::a9fe:a9fe]/")),
    "/to zero.png": (SourceRefused, "unspecified", _moved("http://0.0.0.0/")),
    "/to number.png": (SourceRefused, "unusual number", _moved("http://2130706433/")),
    "/to user.png": (SourceRefused, "password", _moved("http://me:you@127.0.0.1/")),
    "/to nonsense.png": (SourceRefused, "no valid", _moved("http://[::1")),
}
BAD["/no http.png"] = (
    SourceNotFound,
    "cannot be fetched",
    lambda connection, request: connection.sendall(b"220 mail.example ESMTP\r\n"),
)


class Server:
    """An HTTP server on loopback whose every path has a behaviour of its own."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.behaviours: dict[str, Behaviour] = {
            **GOOD,
            **{path: bad[2] for path, bad in BAD.items()},
        }
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                owner.connections += 1
                connection = self.request
                connection.settimeout(10)
                with contextlib.suppress(OSError):
                    if context is not None:
                        connection = context.wrap_socket(connection, server_side=True)
                    owner.serve(connection)
                    connection.close()

        class Threads(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 100

        self._server = Threads(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def serve(self, connection: socket.socket) -> None:
        from urllib.parse import unquote

        for _ in range(1000):
            head = b""
            while not head.endswith(b"\r\n\r\n") and len(head) < 2**16:
                byte = connection.recv(1)
                if not byte:
                    return
                head += byte
            first, *lines = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in lines if line)
            request = {name.lower(): value for name, _, value in pairs}
            request[""] = first
            path = unquote(first.split(" ")[1]).partition("?")[0]
            self.requests.append(request)
            behaviour = self.behaviours.get(path)
            if behaviour is None:
                raise OSError(f"no such behaviour: {path}")
            behaviour(connection, request)
            if path in BAD or path in ("/closing", "/longer"):
                return

    def url(self, path: str = "/cat.png", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path.replace(' ', '%20')}"

    def paths(self) -> list[str]:
        return [request[""].split(" ")[1] for request in self.requests]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


pytest.importorskip("httpx", reason="addresses of the web need httpx")


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    close_connections()
    running.close()


LOCAL: dict[str, Any] = {"remote": True, "remote_http": True, "remote_private": True}


def options(**changes: Any) -> Options:
    return Options(**{**LOCAL, **changes})


@pytest.fixture
def internet(server: Server, monkeypatch: pytest.MonkeyPatch) -> Internet:
    """Let public names lead to public addresses, and those to the server on loopback."""
    return Internet(server, monkeypatch)


class Internet:
    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, Any] = {
            "pictures.example": ["93.184.216.34"],
            "other.example": ["93.184.216.35"],
            "inside.example": ["10.1.2.3"],
            "mixed.example": ["93.184.216.34", "127.0.0.1"],
            "metadata.example": ["169.254.169.254"],
        }
        self.lookups: list[str] = []
        self.connected: list[str] = []
        connect, look_up = socket.create_connection, socket.getaddrinfo

        def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> list[Any]:
            if host == "127.0.0.1":  # asked by `connect`, to which it is an address already
                return list(look_up(host, *args, **kwargs))
            self.lookups.append(host)
            answer = self.names.get(host)
            if callable(answer):
                answer = answer()
            if answer is None:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in answer]

        def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
            self.connected.append(address[0])
            if not address[0].startswith("93.184.216."):
                raise AssertionError(f"a connection to {address[0]}")
            return connect(("127.0.0.1", address[1]), *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket, "create_connection", create_connection)


PUBLIC = Options(remote=True, remote_http=True, remote_timeout=20)

ADDRESSES = [
    "http://127.0.0.1:9/cat.png",
    "https://example.com/cat.png",
    "HTTPS://EXAMPLE.COM/CAT.PNG",
    "s3://bucket/cat.png",
    "gs://bucket/cat.png",
    "memory://cat.png",
    "zip://cat.png::https://example.com/a.zip",
    "sftp://example.com/cat.png",
    "simplecache::https://example.com/cat.png",
]


class TestWithoutBeingAsked:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_nothing_is_fetched(self, address: str, no_socket: list[object]) -> None:
        frame = pd.DataFrame({"picture": [address, address]})

        assert isinstance(outcome(lambda: thumbnail(address)), SourceError)
        assert isinstance(outcome(lambda: open_image(address)), SourceError)
        assert "<img" not in image_formatter(address)
        assert "<img" not in imgdisplay.table(frame)
        gallery([address, {"bytes": None, "path": address}, [address]])
        assert fetch_all([address], Options()) == [address]

    def test_no_library_of_the_network_is_loaded(self, python: Callable[..., str]) -> None:
        said = python(
            """
            import sys
            import imgdisplay
            from imgdisplay.core import remote
            from PIL import Image
            imgdisplay.gallery([Image.new("RGB", (64, 64)), "https://example.com/a.png"])
            imgdisplay.thumbnail(Image.new("RGB", (64, 64)), remote=True)
            print({"httpx", "httpcore", "fsspec", "hishel", "ssl", "tqdm"} & set(sys.modules))
            """
        )

        assert said == "set()"

    def test_what_is_not_shown_names_the_option(self) -> None:
        frame = pd.DataFrame({"picture": ["https://example.com/cat.png"]})

        assert "remote=True" in imgdisplay.table(frame)
        assert "remote=True" in str(outcome(lambda: thumbnail("https://example.com/cat.png")))


class TestAPicture:
    @pytest.mark.parametrize("path", [path for path in GOOD if path != "/cat.jpg"])
    def test_is_shown(self, server: Server, path: str) -> None:
        assert (shown(server.url(path), **LOCAL) == PIXELS).all()

    def test_is_opened_whole(self, server: Server) -> None:
        assert (pixels(open_image(server.url(), **LOCAL)) == PIXELS).all()

    def test_is_named_by_its_file(self, server: Server) -> None:
        server.behaviours["/a/black cat.png"] = _says(PNG)

        tag = only_image(imgdisplay.img(server.url(f"/a/black cat.png?token={SECRET}"), **LOCAL))

        assert "black cat.png" in str(tag["alt"])
        assert SECRET not in str(tag)

    def test_is_fetched_with_nothing_of_the_user(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        server.behaviours["/cookie.png"] = _says(PNG, Set_Cookie=f"id={SECRET}; Path=/")

        for _ in range(2):
            thumbnail(server.url(f"/cookie.png?token={SECRET}"), **LOCAL)
        thumbnail(server.url("/moved"), **LOCAL)

        assert len(server.requests) == 4
        for request in server.requests:
            assert set(request) == {
                "", "host", "accept", "accept-encoding", "user-agent"
            }  # fmt: skip
            assert request["accept-encoding"] == "identity"
            assert request["user-agent"].startswith("imgdisplay")
            assert request["host"] == f"127.0.0.1:{server.port}"

    def test_is_not_asked_for_by_its_fragment(self, server: Server) -> None:
        thumbnail(server.url("/cat.png?a=1#fragment"), **LOCAL)

        assert server.paths() == ["/cat.png?a=1"]

    def test_comes_over_the_connection_of_the_one_before(self, server: Server) -> None:
        for _ in range(5):
            thumbnail(server.url(), **LOCAL)

        assert len(server.requests) == 5
        assert server.connections == 1

    def test_may_be_as_large_as_is_asked(self, server: Server) -> None:
        size = len(PNG)

        assert thumbnail(server.url(), max_file_bytes=size, **LOCAL)
        with pytest.raises(SourceRefused, match="max_file_bytes"):
            thumbnail(server.url(), max_file_bytes=size - 1, **LOCAL)
        server.behaviours["/6 MB"] = _says(PNG + bytes(6_000_000))
        with pytest.raises(SourceRefused, match="5,000,000"):
            thumbnail(server.url("/6 MB"), **LOCAL)
        assert thumbnail(server.url("/6 MB"), max_file_bytes=10_000_000, **LOCAL)

    def test_may_stand_in_a_dict(self, server: Server) -> None:
        assert (shown({"bytes": None, "path": server.url()}, **LOCAL) == PIXELS).all()

    def test_is_fetched_as_whatever_text_names_it(self, server: Server) -> None:
        assert (shown(np.str_(server.url()), **LOCAL) == PIXELS).all()


class TestAMisbehavingServer:
    @pytest.mark.parametrize("path", BAD)
    def test_costs_one_short_error_in_little_time(self, server: Server, path: str) -> None:
        kind, word, _ = BAD[path]
        seconds = 1 if word == "remote_timeout" else 20
        start = time.monotonic()

        error = outcome(
            lambda: thumbnail(server.url(path + f"?{SECRET}"), remote_timeout=seconds, **LOCAL)
        )

        assert type(error) is kind, error
        assert word in str(error)
        assert len(str(error)) <= 400
        assert SECRET not in str(error)
        assert "127.0.0.1" in str(error) or path[1:] in str(error)
        assert "alert" not in str(error)
        assert error.__suppress_context__ or error.__context__ is None or kind is DecodeError
        assert time.monotonic() - start < seconds + 10  # some of them never end

    def test_that_floods_is_left_after_the_limit(self, server: Server) -> None:
        import tracemalloc

        thumbnail(server.url(), **LOCAL)  # loads what it needs
        for path in ("/endless.png", "/endless chunks.png", "/bomb.png"):
            tracemalloc.start()
            outcome(lambda path=path: thumbnail(server.url(path), **LOCAL))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 20_000_000, path

    def test_that_packs_exactly_to_the_limit_is_read(self, server: Server) -> None:
        data = PNG + bytes(100_000)
        server.behaviours["/exact"] = _says(gzip.compress(data), Content_Encoding="gzip")

        assert thumbnail(server.url("/exact"), max_file_bytes=len(data), **LOCAL)
        with pytest.raises(SourceRefused):
            thumbnail(server.url("/exact"), max_file_bytes=len(data) - 1, **LOCAL)

    def test_leaves_no_thread_and_no_open_socket(self, server: Server) -> None:
        def descriptors() -> int:
            return len(os.listdir("/proc/self/fd"))

        if not os.path.isdir("/proc/self/fd"):
            pytest.skip("this system does not list its descriptors")
        thumbnail(server.url(), **LOCAL)
        threads, before = threading.active_count(), descriptors()
        for path in ("/404.png", "/endless.png", "/page.png", "/shorter.png", "/loop.png"):
            for _ in range(5):
                outcome(lambda path=path: thumbnail(server.url(path), **LOCAL))

        def settles_at(most: int) -> bool:
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline and descriptors() > most:
                time.sleep(0.05)
            return descriptors() <= most

        assert settles_at(before + 4)  # each connection has two ends in this process
        close_connections()
        assert settles_at(before)
        assert threading.active_count() <= threads + 1

    def test_that_is_not_there_is_told_as_such(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]

        error = outcome(lambda: thumbnail(f"http://127.0.0.1:{port}/a.png", **LOCAL))

        assert isinstance(error, SourceNotFound)
        assert "refused" in str(error)


class TestWhereItMayBeFetchedFrom:
    def test_is_the_public_web(self, server: Server, internet: Internet) -> None:
        encoded = fetch(server.url(host="pictures.example"), PUBLIC)

        assert encoded.data == PNG
        assert internet.connected == ["93.184.216.34"]
        assert server.requests[0]["host"] == f"pictures.example:{server.port}"

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "0.0.0.0",
            "10.0.0.1",
            "[fe80::1]",
            "169.254.169.254",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "\uff11\uff12\uff17.0.0.1",  # digits of full width
            "127\u30020\u30020\u30021",  # full stops of Chinese
            "\u24dbocalhost",  # an l in a circle
            "%6cocalhost",
            "[::1%25lo]",
            "inside.example",
            "mixed.example",
            "metadata.example",
            "metadata.google.internal",
        ],
        ids=ascii,
    )
    def test_is_not_the_own_network(self, server: Server, internet: Internet, host: str) -> None:
        for url in (server.url(host=host), server.url(host=host, scheme="https")):
            assert isinstance(outcome(lambda url=url: fetch(url, PUBLIC)), SourceRefused)

        assert internet.connected == []
        assert server.connections == 0

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "inside.example", "mixed.example", "169.254.169.254"]
    )
    def test_is_checked_again_at_each_redirect(
        self, server: Server, internet: Internet, host: str, status: int
    ) -> None:
        server.behaviours["/hop"] = _moved(server.url("/cat.png", host), f"{status} Moved")

        error = outcome(lambda: fetch(server.url("/hop", "pictures.example"), PUBLIC))

        assert isinstance(error, SourceRefused)
        assert "redirects to" in str(error)
        assert internet.connected == ["93.184.216.34"]
        assert server.paths() == ["/hop"]

    def test_is_connected_to_by_the_address_that_was_checked(
        self, server: Server, internet: Internet
    ) -> None:
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])
        internet.names["rebinding.example"] = lambda: next(answers)

        assert fetch(server.url(host="rebinding.example"), PUBLIC).data == PNG
        close_connections()
        error = outcome(lambda: fetch(server.url(host="rebinding.example"), PUBLIC))

        assert isinstance(error, SourceRefused)
        assert "loopback" in str(error)
        assert internet.connected == ["93.184.216.34"]

    def test_is_private_only_for_those_who_say_so(self, server: Server) -> None:
        # Over a connection that is still open from the call that was allowed it.
        assert fetch(server.url(), options()).data == PNG
        error = outcome(lambda: fetch(server.url(), options(remote_private=False)))

        assert isinstance(error, SourceRefused)
        assert "remote_private=True" in str(error)
        assert server.connections == 1

    def test_is_https_unless_http_is_asked_for(self, server: Server, internet: Internet) -> None:
        wanted = Options(remote=True, remote_timeout=2)

        error = outcome(lambda: fetch(server.url(host="pictures.example"), wanted))

        assert isinstance(error, SourceRefused)
        assert "remote_http=True" in str(error)
        assert internet.lookups == []

    @pytest.mark.parametrize(
        ("hosts", "allowed"),
        [
            (("pictures.example",), True),
            (("*.example",), True),
            (("other.example",), False),
            (("*.pictures.example",), False),
            ((), False),
        ],
    )
    def test_is_among_the_hosts_that_are_listed(
        self, server: Server, internet: Internet, hosts: tuple[str, ...], allowed: bool
    ) -> None:
        wanted = Options(remote=True, remote_http=True, remote_hosts=hosts)

        url = server.url(host="pictures.example")

        if allowed:
            assert fetch(url, wanted).data == PNG
        else:
            with pytest.raises(SourceRefused, match="remote_hosts"):
                fetch(url, wanted)
        assert bool(internet.lookups) is allowed

    @pytest.mark.parametrize(
        ("hosts", "allowed"), [("files.example", True), ("*.example", True), ("other", False)]
    )
    @pytest.mark.parametrize("form", [r"{}", r"zip://a.png::{}"])
    def test_is_among_them_if_a_path_of_windows_leads_there(
        self, form: str, hosts: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def stat(path: str, *rest: Any, **more: Any) -> Any:
            if "files.example" in str(path):
                asked.append(str(path))
                raise FileNotFoundError(path)
            return real(path, *rest, **more)

        real = os.stat
        monkeypatch.setattr(os, "stat", stat)
        source = form.format(r"\\files.example\share\a.png")
        error = outcome(lambda: thumbnail(source, remote=True, remote_hosts=hosts))

        assert isinstance(error, SourceNotFound if allowed else SourceRefused)
        assert bool(asked) is allowed
        assert ("not among remote_hosts" in str(error)) is not allowed

    def test_is_among_them_after_each_redirect(self, server: Server, internet: Internet) -> None:
        server.behaviours["/hop"] = _moved(server.url("/cat.png", "other.example"))
        wanted = Options(remote=True, remote_http=True, remote_hosts="pictures.example")

        error = outcome(lambda: fetch(server.url("/hop", "pictures.example"), wanted))

        assert isinstance(error, SourceRefused)
        assert "remote_hosts" in str(error)
        assert internet.lookups == ["pictures.example"]

    def test_is_nowhere_if_the_name_is_unknown(self, server: Server, internet: Internet) -> None:
        error = outcome(lambda: fetch("https://unknown.example/a.png", PUBLIC))

        assert isinstance(error, SourceNotFound)
        assert "not known" in str(error)

    def test_is_nowhere_that_needs_a_password(self, server: Server, internet: Internet) -> None:
        for user in (f"me:{SECRET}@", f"{SECRET}@", f":{SECRET}@"):
            error = outcome(
                lambda user=user: fetch(f"https://{user}pictures.example/a.png", PUBLIC)
            )
            assert isinstance(error, SourceRefused)
            assert "password" in str(error)
            assert SECRET not in str(error)
        assert internet.lookups == []

    @pytest.mark.parametrize(
        "address",
        [
            "https://",
            "https:///a.png",
            "https://:80/",
            "https://a b/",
            "https://[::1/",
            "https://%00/",
            "https://a:99999999/",
            "https://a:b/",
            "https://example.org\n/a.png",
            "https://\ud800/",
            "https://" + "a" * 100_000,
            "https://" + "é" * 500 + ".example/",
            "https://é\u202e.example/",
        ],
        ids=lambda address: ascii(address)[:30],
    )
    def test_is_a_valid_address(self, internet: Internet, address: str) -> None:
        error = outcome(lambda: fetch(address, PUBLIC))

        assert isinstance(error, (SourceRefused, SourceNotFound))
        assert len(str(error)) <= 400
        assert internet.connected == []

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(scheme=st.sampled_from(["http", "https", "s3", "zip", "sftp", "x"]), rest=st.text())
    def test_is_refused_as_an_error_of_ours_whatever_it_is(
        self, internet: Internet, monkeypatch: pytest.MonkeyPatch, scheme: str, rest: str
    ) -> None:
        monkeypatch.setitem(sys.modules, "s3fs", None)  # would look for passwords by itself

        error = outcome(lambda: fetch(f"{scheme}://{rest}", PUBLIC))

        assert isinstance(error, (SourceError, MissingExtra))
        assert 10 <= len(str(error)) <= 400
        assert internet.connected == []


@pytest.fixture
def certified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, list[Any]]]:
    """A server that speaks TLS as pictures.example, and the names it was called by."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs the openssl command")
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem"
    name = "-subj /CN=pictures.example -addext subjectAltName=DNS:pictures.example"
    subprocess.run(
        [openssl, *request.split(), *name.split()], cwd=tmp_path, check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    called: list[Any] = []
    context.sni_callback = lambda connection, name, context: called.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    running = Server(context)
    yield running, called
    close_connections()
    running.close()


class TestTls:
    def test_is_spoken_with_the_name_and_not_the_address(
        self, certified: tuple[Server, list[Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, called = certified
        internet = Internet(server, monkeypatch)
        wanted = Options(remote=True)

        encoded = fetch(server.url(host="pictures.example", scheme="https"), wanted)

        assert encoded.data == PNG
        assert internet.connected == ["93.184.216.34"]
        assert called == ["pictures.example"]
        assert server.requests[0]["host"] == f"pictures.example:{server.port}"

    def test_refuses_a_certificate_of_another_name(
        self, certified: tuple[Server, list[Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, _ = certified
        Internet(server, monkeypatch)
        url = server.url(host="other.example", scheme="https")

        error = outcome(lambda: fetch(url, Options(remote=True)))

        assert isinstance(error, SourceRefused)
        assert "certificate is not valid" in str(error)
        assert server.requests == []

    def test_is_not_left_for_plain_http(
        self, certified: tuple[Server, list[Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, _ = certified
        Internet(server, monkeypatch)
        server.behaviours["/down"] = _moved(server.url(host="pictures.example"))

        error = outcome(
            lambda: fetch(server.url("/down", "pictures.example", "https"), Options(remote=True))
        )

        assert isinstance(error, SourceRefused)
        assert "plain http" in str(error)

    def test_that_never_begins_is_given_up(self, server: Server, internet: Internet) -> None:
        start = time.monotonic()

        error = outcome(
            lambda: fetch(
                server.url(host="pictures.example", scheme="https"),
                Options(remote=True, remote_timeout=1),
            )
        )

        assert isinstance(error, SourceError)
        assert time.monotonic() - start < 3


class TestAProxy:
    @pytest.fixture(autouse=True)
    def proxy(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
        """The server is also a proxy: it is asked by whole addresses."""
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("http_proxy", f"http://me:{SECRET}@127.0.0.1:{server.port}")
        server.behaviours["http://pictures.example/cat.png"] = _says(PNG)
        return server

    WANTED = Options(remote=True, remote_http=True, remote_proxy=True, remote_timeout=2)

    def test_is_asked_if_the_user_says_so(self, server: Server) -> None:
        assert fetch("http://pictures.example/cat.png", self.WANTED).data == PNG
        assert server.requests[0]["host"] == "pictures.example"
        assert server.requests[0]["proxy-authorization"].startswith("Basic ")

    def test_is_not_asked_for_what_is_known_as_private(
        self, server: Server, internet: Internet
    ) -> None:
        for host in ("127.0.0.1", "169.254.169.254", "inside.example", "localhost", "2130706433"):
            error = outcome(lambda host=host: fetch(f"http://{host}/cat.png", self.WANTED))
            assert isinstance(error, SourceRefused), host
        assert server.connections == 0

    def test_is_passed_by_where_the_environment_says_so(
        self, server: Server, internet: Internet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("no_proxy", "pictures.example")

        assert fetch(server.url(host="pictures.example"), self.WANTED).data == PNG
        assert internet.connected == ["93.184.216.34"]

    def test_of_another_kind_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", f"socks5://me:{SECRET}@127.0.0.1:9")

        error = outcome(lambda: fetch("http://pictures.example/cat.png", self.WANTED))

        assert isinstance(error, SourceRefused)
        assert "proxy" in str(error)
        assert SECRET not in str(error)


class TestSecrets:
    @pytest.mark.parametrize("path", ["/cat.png", "/404.png", "/page.png", "/to file.png"])
    def test_of_an_address_stand_nowhere_in_a_page(self, server: Server, path: str) -> None:
        url = server.url(f"{path}?token={SECRET}#{SECRET}")
        bad = f"http://me:{SECRET}@127.0.0.1:{server.port}{path}"
        frame = pd.DataFrame({"picture": [PHOTO, url, bad]}, dtype=object)

        for page in (
            imgdisplay.table(frame, columns=["picture"], remote_http=True, remote_private=True),
            gallery([url, bad, [url, bad]], **LOCAL),
            imgdisplay.table(frame, **LOCAL),
        ):
            assert SECRET not in "".join(
                str(tag.attrs) for tag in elements(page) if tag.name == "img"
            )

    def test_of_an_address_stand_in_no_traceback(self, server: Server) -> None:
        for path in ("/hang up.png", "/drip.png", "/shorter.png", "/404.png"):
            error = outcome(
                lambda path=path: fetch(server.url(f"{path}?{SECRET}"), options(remote_timeout=0.5))
            )
            assert error is not None
            assert SECRET not in "".join(traceback.format_exception(error))

    def test_are_hidden_also_where_nothing_is_fetched(self) -> None:
        for address in (
            f"https://me:{SECRET}@example.com/a.png",
            f"https://example.com/a.png?X-Amz-Signature={SECRET}",
            f"sftp://me:{SECRET}@example.com/a.png",
        ):
            assert SECRET not in str(outcome(lambda address=address: thumbnail(address)))
            wanted = Options(remote=True, remote_hosts=())
            assert SECRET not in str(
                outcome(lambda address=address, wanted=wanted: fetch(address, wanted))
            )


class TestInTables:
    def test_one_failed_address_is_one_placeholder(self, server: Server) -> None:
        column = [server.url(), server.url("/404.png"), server.url("/cat.jpg")]
        frame = pd.DataFrame({"picture": column, "note": ["a", "b", "c"]})

        page = imgdisplay.table(
            frame, columns=["picture"], remote_http=True, remote_private=True, size=64
        )

        images = [tag for tag in elements(page) if tag.name == "img"]
        assert [("imgdisplay-broken" in tag["class"]) for tag in images] == [False, True, False]
        assert str(images[1]["title"]).startswith("not found: ")
        assert "404" in str(images[1]["title"])

    def test_columns_of_addresses_are_found_if_they_may_be_fetched(self, server: Server) -> None:
        column = [server.url(), server.url("/404.png?w=100"), "n/a"]
        frame = pd.DataFrame({"picture": column, "link": ["https://example.com/page"] * 3})

        page = imgdisplay.table(frame, **LOCAL)

        assert sum(tag.name == "img" for tag in elements(page)) == 2
        assert server.paths().count("/cat.png") == 1
        assert "https://example.com/page" in page

    def test_addresses_of_a_series_make_a_gallery(self, server: Server) -> None:
        page = gallery(pd.Series([server.url(), server.url("/page.png")], ["good", "bad"]), **LOCAL)

        images = [tag for tag in elements(page) if tag.name == "img"]
        assert len(images) == 2
        assert "text/html" in str(images[1]["alt"])

    def test_errors_are_raised_if_asked(self, server: Server) -> None:
        with pytest.raises(SourceNotFound):
            gallery([server.url(), server.url("/404.png")], on_error="raise", **LOCAL)


def _slow(connection: socket.socket, request: Request) -> None:
    time.sleep(0.2)
    connection.sendall(_answer(PNG))


class TestFetchingMany:
    def test_gives_each_source_in_its_place(self, server: Server) -> None:
        urls = [server.url(f"/cat.png?{number}") for number in range(30)]
        sources: list[object] = []
        for url in urls:
            sources += [url, PHOTO]

        found = fetch_all(sources, options())

        assert len(found) == 60
        assert all(source is PHOTO for source in found[1::2])
        for source in found[::2]:
            assert (shown(source) == PIXELS).all()
        assert sorted(server.paths()) == sorted(f"/cat.png?{number}" for number in range(30))

    def test_waits_for_several_at_once(self, server: Server) -> None:
        waiting, most = 0, 0
        changing = threading.Lock()

        def slow(connection: socket.socket, request: Request) -> None:
            nonlocal waiting, most
            with changing:
                waiting += 1
                most = max(most, waiting)
            time.sleep(0.2)
            with changing:
                waiting -= 1
            connection.sendall(_answer(PNG))

        server.behaviours["/slow.png"] = slow
        fetch_all([server.url(f"/slow.png?{number}") for number in range(16)], options())

        assert 1 < most <= columns.WORKERS
        assert server.connections <= columns.WORKERS

    def test_fetches_each_address_once(self, server: Server) -> None:
        found = fetch_all([server.url()] * 20, options())

        assert server.paths() == ["/cat.png"]
        assert len(found) == 20

    def test_looks_into_lists_and_dicts(self, server: Server) -> None:
        url = server.url()
        sources: list[object] = [
            [url, PHOTO, [url]],
            (url, "no address"),
            {"bytes": None, "path": url},
            {"path": url},
            {"bytes": PNG, "path": url},
            {"other": url},
            np.str_(url),
        ]

        found = fetch_all(sources, options())
        server.requests.clear()

        for index in (0, 1, 2, 3, 6):
            assert found[index] is not sources[index]
        assert found[4] is sources[4]
        assert found[5] is sources[5]
        for source in (found[2], found[3], found[6]):
            assert (shown(source) == PIXELS).all()
        assert thumbnail(found[0]).width > 80
        assert server.requests == []

    def test_fetches_of_a_list_only_what_is_drawn(self, server: Server) -> None:
        many = [server.url(f"/cat.png?{number}") for number in range(20)]

        (found,) = fetch_all([many], options(max_images=3))

        assert len(server.requests) == 3
        assert isinstance(found, list)
        assert len(found) == 20
        assert thumbnail(found, max_images=3).more == 17

    def test_leaves_what_has_a_loader_of_its_own(
        self, server: Server, teach: Callable[..., Any]
    ) -> None:
        class Mine(str):
            __slots__ = ()

        teach(Mine, lambda text: PHOTO)
        source = Mine(server.url())

        assert fetch_all([source], options()) == [source]
        assert server.requests == []

    def test_raises_an_error_when_its_picture_is_drawn(self, server: Server) -> None:
        good, bad = fetch_all([server.url(), server.url("/404.png")], options())

        assert (shown(good) == PIXELS).all()
        errors = [outcome(lambda: thumbnail(bad)) for _ in range(2)]
        assert [type(error) for error in errors] == [SourceNotFound] * 2
        assert errors[0] is not errors[1]
        assert "404" in str(errors[0])

    def test_gives_up_when_the_time_of_the_output_is_over(self, server: Server) -> None:
        server.behaviours["/slow.png"] = _slow
        urls = [server.url(f"/slow.png?{number}") for number in range(400)]
        fetch_all([server.url()], options())  # loads what it needs
        start = time.monotonic()

        found = fetch_all(urls, options(timeout=2.5))

        assert time.monotonic() - start < 20
        assert (shown(found[0]) == PIXELS).all()
        error = outcome(lambda: thumbnail(found[-1]))
        assert isinstance(error, SourceRefused)
        assert "timeout=" in str(error)
        assert len(server.requests) < 300

    def test_leaves_time_to_draw_what_came(self, server: Server) -> None:
        server.behaviours["/slow.png"] = _slow
        urls = [server.url(f"/slow.png?{number}") for number in range(400)]
        fetch_all([server.url()], options())  # loads what it needs
        start = time.monotonic()

        drawn = draw_views([Described(url) for url in urls], options(timeout=60), seconds=3)

        assert time.monotonic() - start < 20  # and not a budget for fetching of its own
        shown = [isinstance(picture, Thumbnail) for picture, _ in drawn]
        assert shown[0]
        assert not shown[-1]
        assert "time budget" in drawn[-1][0].html()

    def test_is_told_of_the_budget_where_an_address_is_cut_by_it(self, server: Server) -> None:
        server.behaviours["/silent.png"] = _says_nothing
        with time_limit(0.5):
            error = outcome(lambda: fetch(server.url("/silent.png"), options(remote_timeout=30)))
        assert "time budget" in str(error)

    def test_does_not_keep_more_than_memory_allows(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(columns, "KEPT_BYTES", 3 * len(PNG))
        urls = [server.url(f"/cat.png?{number}") for number in range(40)]

        found = fetch_all(urls, options())

        kept = sum(source is not url for source, url in zip(found, urls, strict=True))
        assert 3 < kept <= 4 + columns.WORKERS
        assert (shown(found[-1], **LOCAL) == PIXELS).all()

    def test_shows_a_bar_to_who_has_waited_for_a_second(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        auto = pytest.importorskip("tqdm.auto")
        bars: list[Any] = []

        class Bar:
            def __init__(self, **settings: Any) -> None:
                self.settings, self.steps, self.closed = settings, settings["initial"], False
                bars.append(self)

            def update(self, count: int) -> None:
                self.steps += count

            def close(self) -> None:
                self.closed = True

        fetch_all([server.url()], options())  # loads what it needs
        monkeypatch.setattr(auto, "tqdm", Bar)
        monkeypatch.setattr(progress, "_is_seen", lambda: True)
        fetch_all([server.url(f"/cat.png?{number}") for number in range(2)], options())
        assert bars == []

        server.behaviours["/slow.png"] = _slow
        fetch_all([server.url(f"/slow.png?{number}") for number in range(64)], options())
        (bar,) = bars
        assert bar.settings["total"] == bar.steps == 64
        assert bar.settings["initial"] > 1
        assert bar.closed

    def test_does_without_a_bar(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        server.behaviours["/slow.png"] = _slow

        found = fetch_all([server.url(f"/slow.png?{number}") for number in range(64)], options())

        assert all((shown(source) == PIXELS).all() for source in found[-2:])

    def test_writes_no_bar_where_nobody_looks(
        self, server: Server, capfd: pytest.CaptureFixture[str]
    ) -> None:
        server.behaviours["/slow.png"] = _slow
        fetch_all([server.url(f"/slow.png?{number}") for number in range(64)], options())

        assert capfd.readouterr() == ("", "")


class TestACacheOnDisk:
    @pytest.fixture(autouse=True)
    def hishel(self) -> None:
        pytest.importorskip("hishel.httpx", reason="remote_cache needs hishel")

    def test_keeps_what_its_server_allows(self, server: Server, tmp_path: Path) -> None:
        server.behaviours["/kept.png"] = _says(PNG, Cache_Control="max-age=1000")
        server.behaviours["/not kept.png"] = _says(PNG, Cache_Control="no-store")
        wanted = options(remote_cache=str(tmp_path / "new" / "cache"))

        for _ in range(3):
            for path in ("/kept.png", "/not kept.png"):
                assert fetch(server.url(path), wanted).data == PNG
            close_connections()

        assert server.paths().count("/kept.png") == 1
        assert server.paths().count("/not%20kept.png") == 3

    def test_asks_whether_what_it_has_is_still_right(self, server: Server, tmp_path: Path) -> None:
        def behaviour(connection: socket.socket, request: Request) -> None:
            fresh = request.get("if-none-match") == '"1"'
            status = "304 Not Modified" if fresh else "200 OK"
            connection.sendall(
                _answer(
                    b"" if fresh else PNG,
                    status=status,
                    length=None if fresh else -1,
                    ETag='"1"',
                    Cache_Control="no-cache",
                )
            )

        server.behaviours["/tagged.png"] = behaviour
        wanted = options(remote_cache=str(tmp_path))

        for _ in range(3):
            assert fetch(server.url("/tagged.png"), wanted).data == PNG

        assert [request.get("if-none-match") for request in server.requests] == [None, '"1"', '"1"']

    def test_keeps_nothing_that_is_refused(self, server: Server, tmp_path: Path) -> None:
        def breaks_off(connection: socket.socket, request: Request) -> None:
            connection.sendall(_answer(PNG[:500], length=len(PNG), Cache_Control="max-age=1000"))
            connection.shutdown(socket.SHUT_RDWR)

        for path, behaviour in (
            ("/a", _says(PNG + bytes(6_000_000), Cache_Control="max-age=1000")),
            ("/b", _says(PNG, "text/html", Cache_Control="max-age=1000")),
            ("/c", breaks_off),
        ):
            server.behaviours[path] = behaviour
        wanted = options(remote_cache=str(tmp_path))

        for path in ("/a", "/b", "/c"):
            for _ in range(2):
                assert isinstance(
                    outcome(lambda path=path: fetch(server.url(path), wanted)), SourceError
                )
        assert len(server.requests) == 6

    def test_holds_to_the_rules_of_addresses(
        self, server: Server, internet: Internet, tmp_path: Path
    ) -> None:
        server.behaviours["/kept.png"] = _says(PNG, Cache_Control="max-age=1000")
        wanted = Options(remote=True, remote_http=True, remote_cache=str(tmp_path))

        assert fetch(server.url("/kept.png", "pictures.example"), wanted).data == PNG
        for host in ("127.0.0.1", "inside.example"):
            error = outcome(lambda host=host: fetch(server.url("/kept.png", host), wanted))
            assert isinstance(error, SourceRefused)

    def test_serves_many_threads(self, server: Server, tmp_path: Path) -> None:
        server.behaviours["/kept.png"] = _says(PNG, Cache_Control="max-age=1000")
        wanted = options(remote_cache=str(tmp_path))
        urls = [server.url(f"/kept.png?{number}") for number in range(30)]

        for _ in range(2):
            assert all((shown(source) == PIXELS).all() for source in fetch_all(urls, wanted))

        assert len(server.requests) == 30

    def test_that_cannot_be_made_is_told(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")

        error = outcome(
            lambda: fetch(server.url(), options(remote_cache=str(tmp_path / "file" / "cache")))
        )

        assert isinstance(error, OptionError)
        assert "remote_cache" in str(error)

    def test_names_the_extra_that_it_needs(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "hishel", None)

        error = outcome(lambda: fetch(server.url(), options(remote_cache=str(tmp_path))))

        assert isinstance(error, MissingExtra)
        assert "imgdisplay-jupyter[remote]" in str(error)


class TestMissingLibraries:
    @pytest.mark.parametrize(
        ("library", "address"),
        [("httpx", "https://example.com/a.png"), ("fsspec", "memory://a.png")],
    )
    def test_are_named_with_the_extra_that_brings_them(
        self, library: str, address: str, monkeypatch: pytest.MonkeyPatch, no_socket: list[object]
    ) -> None:
        monkeypatch.setitem(sys.modules, library, None)

        error = outcome(lambda: thumbnail(address, remote=True))

        assert isinstance(error, MissingExtra)
        assert library in str(error)
        assert "pip install 'imgdisplay-jupyter[remote]'" in str(error)
        assert "missing library" in gallery([address, PHOTO], remote=True)


@pytest.fixture
def store() -> Iterator[Any]:
    """A store in memory, with a picture and an archive of pictures."""
    fsspec = pytest.importorskip("fsspec", reason="other addresses need fsspec")
    system = fsspec.filesystem("memory")
    system.pipe_file("/pictures/cat.png", PNG)
    system.pipe_file("/pictures/empty.png", b"")
    system.pipe_file("/pictures/large.png", PNG + bytes(6_000_000))
    system.pipe_file("/pictures/text.png", b"hello, world")
    system.pipe_file("/archive.zip", _archive())
    yield fsspec
    system.rm("/pictures", recursive=True)
    system.rm("/archive.zip")


@cache
def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/cat.png", PNG)
        archive.writestr("bomb.png", PNG + bytes(100_000_000))
    return buffer.getvalue()


class TestStores:
    def test_are_read_through_fsspec(self, store: Any, no_socket: list[object]) -> None:
        for address in ("memory://pictures/cat.png", "zip://inside/cat.png::memory://archive.zip"):
            assert (shown(address, remote=True) == PIXELS).all()
            assert "cat.png" in imgdisplay.img(address, remote=True)

    def test_are_read_from_many_threads(self, store: Any) -> None:
        sources: list[object] = ["memory://pictures/cat.png", "memory:///pictures/cat.png"]
        sources += ["zip://inside/cat.png::memory://archive.zip"]

        for _ in range(20):
            assert all(
                (shown(source) == PIXELS).all()
                for source in fetch_all(sources, Options(remote=True))
            )

    @pytest.mark.parametrize("form", ["{}", "file://{}"])
    def test_may_be_archives_on_this_machine(self, store: Any, tmp_path: Path, form: str) -> None:
        (tmp_path / "a.zip").write_bytes(_archive())
        archive = form.format(tmp_path / "a.zip")

        assert (shown(f"zip://inside/cat.png::{archive}", remote=True) == PIXELS).all()

    @pytest.mark.parametrize(
        ("address", "kind", "word"),
        [
            ("memory://pictures/none.png", SourceNotFound, "nothing is at"),
            ("memory://pictures", SourceError, "memory://pictures"),
            ("memory://pictures/empty.png", DecodeError, "empty"),
            ("memory://pictures/large.png", SourceRefused, "max_file_bytes"),
            ("memory://pictures/text.png", DecodeError, "not a picture"),
            ("zip://none.png::memory://archive.zip", SourceNotFound, "in the archive"),
            ("zip://bomb.png::memory://archive.zip", SourceRefused, "max_file_bytes"),
            ("zip://cat.png::memory://pictures/cat.png", DecodeError, "zip"),
            ("zip://cat.png::memory://none.zip", SourceNotFound, "nothing is at"),
            ("zip://cat.png::none.zip", SourceNotFound, "none.zip"),
            ("zip://cat.png::/dev/zero", SourceRefused, "device"),
            ("zip://cat.png::file://server/a.zip", SourceRefused, "server"),
            ("zip://cat.png", SourceRefused, "archive"),
            ("zip://cat.png::https://example.com/a.zip", SourceRefused, "not followed"),
            ("zip://a::zip://b::/c.zip", SourceRefused, "not followed"),
            ("local:///etc/passwd", SourceRefused, "not followed"),
            ("simplecache://a::https://example.com/a.png", SourceRefused, "not followed"),
            ("reference://a", SourceRefused, "not followed"),
            ("memory://a::https://example.com/a.png", SourceRefused, "not followed"),
            ("sftp://127.0.0.1/a.png", SourceRefused, "remote_hosts='127.0.0.1'"),
            ("ftp://example.com/a.png", SourceRefused, "remote_hosts='example.com'"),
            ("nonsense://example.com/a.png", SourceRefused, "remote_hosts"),
        ],
    )
    def test_that_hold_no_picture_are_an_error(
        self, store: Any, no_socket: list[object], address: str, kind: type, word: str
    ) -> None:
        error = outcome(lambda: thumbnail(address, remote=True))

        assert isinstance(error, kind), error
        assert word in str(error)
        assert len(str(error)) <= 400

    def test_that_need_a_further_library_name_it(
        self, store: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "s3fs", None)

        error = outcome(lambda: thumbnail("s3://bucket/cat.png", remote=True))

        assert isinstance(error, MissingExtra)
        assert "s3fs" in str(error)

    def test_with_a_host_are_asked_only_if_it_is_listed(self, store: Any) -> None:
        memory = store.get_filesystem_class("memory")
        store.register_implementation("walrus", memory, clobber=True)
        with_store = {"remote": True, "remote_hosts": ["pictures", "example.org"]}

        assert isinstance(
            outcome(lambda: thumbnail("walrus://pictures/cat.png", remote=True)), SourceRefused
        )
        error = outcome(lambda: thumbnail("walrus://pictures/none.png", **with_store))
        assert isinstance(error, SourceNotFound)

    @pytest.mark.parametrize(
        "place",
        [
            "evil.example?@example.org/a",
            "evil.example#@example.org/a",
            "evil.example\\@example.org/a",
            "example.org@evil.example/a",
            "example.org.evil.example/a",
            "/example.org",
            "[::1]/a",
        ],
    )
    def test_are_listed_by_the_host_that_is_contacted(self, store: Any, place: str) -> None:
        memory = store.get_filesystem_class("memory")
        store.register_implementation("walrus", memory, clobber=True)

        error = outcome(
            lambda: thumbnail(f"walrus://{place}", remote=True, remote_hosts=["example.org"])
        )

        assert isinstance(error, SourceRefused)

    def test_unknown_to_fsspec_are_told(self, store: Any) -> None:
        error = outcome(lambda: thumbnail("nonsense://a/a.png", remote=True, remote_hosts="a"))

        assert isinstance(error, SourceRefused)
        assert "nonsense" in str(error)

    def test_obey_the_list_of_hosts(self, store: Any) -> None:
        wanted = {"remote": True, "remote_hosts": ["example.org"]}

        error = outcome(lambda: thumbnail("s3://bucket/cat.png", **wanted))
        assert isinstance(error, SourceRefused)
        assert "not among remote_hosts" in str(error)
        assert thumbnail("memory://pictures/cat.png", **wanted)

    @pytest.mark.parametrize(
        ("failure", "kind"),
        [
            (PermissionError(f"denied {SECRET}"), SourceRefused),
            (FileNotFoundError(f"none {SECRET}"), SourceNotFound),
            (TimeoutError(SECRET), SourceRefused),
            (ConnectionError(SECRET), SourceNotFound),
            (OSError(5, SECRET), SourceNotFound),
            (ValueError(SECRET), SourceNotFound),
            (RuntimeError(SECRET), SourceNotFound),
            (MemoryError(SECRET), DecodeError),
        ],
        ids=lambda value: getattr(value, "__name__", type(value).__name__),
    )
    def test_that_fail_are_an_error_of_ours_without_secrets(
        self, store: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception, kind: type
    ) -> None:
        memory = store.get_filesystem_class("memory")

        def fail(*args: object, **kwargs: object) -> bytes:
            raise failure

        monkeypatch.setattr(memory, "cat_file", fail)

        error = outcome(lambda: thumbnail("memory://pictures/cat.png", remote=True))

        assert type(error) is kind
        assert SECRET not in "".join(traceback.format_exception(error))

    def test_that_hang_do_not_hold_up_a_table(
        self, store: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        memory = store.get_filesystem_class("memory")
        done = threading.Event()

        def hang(*args: object, **kwargs: object) -> bytes:
            done.wait(10)
            return PNG

        monkeypatch.setattr(memory, "cat_file", hang)
        start = time.monotonic()
        found = fetch_all(["memory://a.png", "memory://b.png"], Options(remote=True, timeout=0.3))

        assert time.monotonic() - start < 3
        assert all(isinstance(outcome(lambda s=s: thumbnail(s)), ImgDisplayError) for s in found)
        done.set()


class TestTheOptions:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("example.org", ("example.org",)),
            ("a.example, *.b.example", ("a.example", "*.b.example")),
            (["a.example"], ("a.example",)),
            (("a.example",), ("a.example",)),
            ((), ()),
            (None, None),
        ],
    )
    def test_of_hosts_may_be_written_in_several_ways(self, given: Any, kept: object) -> None:
        assert Options(remote_hosts=given).remote_hosts == kept

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("remote_hosts", "https://example.org"),
            ("remote_hosts", "example.org/a"),
            ("remote_hosts", "user@example.org"),
            ("remote_hosts", "a.*.org"),
            ("remote_hosts", ""),
            ("remote_hosts", "a b"),
            ("remote_hosts", [5]),
            ("remote_hosts", 5),
            ("remote_hosts", True),
            ("remote_hosts", "a." * 10_000 + "*"),
            ("remote_http", "yes"),
            ("remote_private", 1),
            ("remote_proxy", "http://proxy"),
            ("remote_timeout", 0),
            ("remote_timeout", float("inf")),
            ("remote_cache", True),
            ("remote_cache", ""),
            ("remote_cache", "a\0b"),
        ],
    )
    def test_say_what_they_expect(self, name: str, value: object) -> None:
        error = outcome(lambda: Options(**{name: value}))

        assert isinstance(error, OptionError)
        assert str(error).startswith(f"{name}=")
        assert "expected" in str(error)

    def test_of_a_folder_may_be_a_path(self, tmp_path: Path) -> None:
        assert Options(remote_cache=tmp_path).remote_cache == str(tmp_path)  # type: ignore[arg-type]
