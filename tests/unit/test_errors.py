"""What goes wrong: which error, what it says, and what stands in its place among others."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import socket
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo import decoded, elements, embedded, only_image, outcome
from zoo.images import FORMATS, Format, encoded, photograph, written

import imgdisplay
from imgdisplay import (
    DecodeError,
    EncodeError,
    ImgDisplayError,
    MissingExtra,
    OptionError,
    SourceError,
    SourceNotFound,
    SourceRefused,
    UnsupportedSource,
    data_uri,
    gallery,
    image_formatter,
    img,
    open_image,
    thumbnail,
)

PHOTO = photograph("chelsea")


def _png(width: int, height: int) -> bytes:
    """Return a PNG that says it is large, and has hardly any data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 100 100
%%EndComments
{} loop
%%EOF
"""
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
)


def _file(name: str, data: bytes) -> Callable[[Path], object]:
    def make(directory: Path) -> object:
        path = directory / name
        path.write_bytes(data)
        return path

    return make


def _directory(directory: Path) -> object:
    path = directory / "directory.png"
    path.mkdir()
    return path


def _link_loop(directory: Path) -> object:
    path = directory / "loop.png"
    path.symlink_to(directory / "pool.png")
    (directory / "pool.png").symlink_to(path)
    return path


def _sparse(directory: Path) -> object:
    path = directory / "sparse.png"
    with path.open("wb") as file:
        file.write(encoded(PHOTO))
        file.truncate(2**30)
    return path


def _socket(directory: Path) -> object:
    here = os.getcwd()
    os.chdir(directory)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket.png")
    finally:
        os.chdir(here)
    return directory / "socket.png"


_JPEG = encoded(PHOTO, "JPEG", quality=95)

BAD: dict[str, tuple[type[ImgDisplayError], str, Callable[[Path], object]]] = {
    "a missing file": (SourceNotFound, "missing.png", lambda d: d / "missing.png"),
    "a missing file as text": (SourceNotFound, "missing.png", lambda d: str(d / "missing.png")),
    "a missing file as URL": (
        SourceNotFound,
        "missing.png",
        lambda d: (d / "missing.png").as_uri(),
    ),
    "a missing relative file": (SourceNotFound, "working directory", lambda d: "missing.png"),
    "a file below a file": (
        SourceNotFound,
        "a.png",
        lambda d: _file("file", b"x")(d) / "a.png",  # type: ignore[operator]
    ),
    "text that names nothing": (SourceNotFound, "hello", lambda d: "hello, world"),
    "empty text": (SourceNotFound, "empty", lambda d: ""),
    "a directory": (SourceRefused, "directory", _directory),
    "the root": (SourceRefused, "directory", lambda d: "/"),
    "text named .png": (DecodeError, "text.png", _file("text.png", b"hello, world\n")),
    "HTML named .jpg": (DecodeError, "page.jpg", _file("page.jpg", b"<!doctype html><p>404")),
    "an empty file": (DecodeError, "empty", _file("nothing.png", b"")),
    "a truncated JPEG": (DecodeError, "truncated", _file("cut.jpg", _JPEG[: len(_JPEG) // 2])),
    "a truncated PNG": (DecodeError, "truncated", _file("cut.png", encoded(PHOTO)[:20_000])),
    "a JPEG of two bytes": (DecodeError, "two.jpg", _file("two.jpg", _JPEG[:2])),
    "a JPEG of its header": (DecodeError, "head.jpg", _file("head.jpg", _JPEG[:20])),
    "a PNG of its signature": (DecodeError, "head.png", _file("head.png", encoded(PHOTO)[:8])),
    "a PNG of no width": (DecodeError, "flat.png", _file("flat.png", _png(0, 10))),
    "zeros": (DecodeError, "zeros.png", _file("zeros.png", bytes(1000))),
    "a pickled array": (SourceRefused, "npy", _file("a.png", b"\x93NUMPY\1\0v\0{'descr'...")),
    "EPS": (SourceRefused, "PostScript", _file("a.eps", EPS)),
    "EPS named .png": (SourceRefused, "PostScript", _file("a.png", EPS)),
    "EPS from DOS": (SourceRefused, "PostScript", _file("a.png", b"\xc5\xd0\xd3\xc6" + bytes(64))),
    "PDF named .png": (SourceRefused, "PDF", _file("a.png", b"%PDF-1.7\n...")),
    "SVG": (SourceRefused, "SVG", _file("a.svg", SVG)),
    "SVG named .png": (SourceRefused, "SVG", _file("a.png", b"  \n" + SVG)),
    "XML": (SourceRefused, "SVG", _file("a.svg", b'<?xml version="1.0"?>' + SVG)),
    "a NUL in a path": (SourceNotFound, "null", lambda d: "a\0b.png"),
    "a path of 4,096 characters": (SourceNotFound, "long", lambda d: "a/" * 2048 + "b.png"),
    "a name of 4,096 characters": (SourceNotFound, "long", lambda d: "a" * 4096 + ".png"),
    "a lone surrogate in a path": (SourceNotFound, "udc80", lambda d: "\ud800\udc80.png"),
    "a loop of links": (SourceNotFound, "loop.png", _link_loop),
    "/dev/zero": (SourceRefused, "device", lambda d: "/dev/zero"),
    "/dev/null": (SourceRefused, "device", lambda d: "/dev/null"),
    "a file of 1 GiB": (SourceRefused, "max_file_bytes", _sparse),
    "a PNG of 100 megapixels": (SourceRefused, "max_pixels", lambda d: _png(10_000, 10_000)),
    "a PNG with too long a side": (SourceRefused, "65,535", lambda d: _png(65_536, 1)),
    "a UNC path": (SourceRefused, "remote=True", lambda d: r"\\server\share\a.png"),
    "a UNC path of an extended form": (
        SourceRefused,
        "remote=True",
        lambda d: r"\\?\UNC\server\share\a.png",
    ),
    "a file URL of another host": (SourceRefused, "server", lambda d: "file://server/share/a.png"),
    "an http URL": (SourceRefused, "fetch it yourself", lambda d: "http://example.com/a.png"),
    "an https URL": (SourceRefused, "fetch it yourself", lambda d: "https://example.com/a.png"),
    "an s3 URL": (SourceRefused, "fetch it yourself", lambda d: "s3://bucket/a.png"),
    "an SVG data URI": (SourceRefused, "SVG", lambda d: "data:image/svg+xml,<svg/>"),
    "a long data URI": (
        SourceRefused,
        "max_file_bytes",
        lambda d: "data:image/png;base64," + "A" * (70 * 2**20),
    ),
    "many bytes": (SourceRefused, "max_file_bytes", lambda d: bytes(33 * 2**20)),
    "nonsense": (DecodeError, "the data", lambda d: b"nonsense"),
    "no bytes": (DecodeError, "empty", lambda d: b""),
    "an empty array": (UnsupportedSource, "empty", lambda d: np.zeros((0, 5))),
    "a complex array": (UnsupportedSource, "complex", lambda d: np.zeros((5, 5), complex)),
    "a 1-D array": (UnsupportedSource, "axes", lambda d: np.zeros(500)),
    "None": (UnsupportedSource, "missing", lambda d: None),
    "NaN": (UnsupportedSource, "missing", lambda d: float("nan")),
    "a number": (UnsupportedSource, "int", lambda d: 42),
    "an object": (UnsupportedSource, "object", lambda d: object()),
    "a class": (UnsupportedSource, "type", lambda d: Image.Image),
    "a module": (UnsupportedSource, "module", lambda d: stat),
    "an image of no width": (DecodeError, "0×10", lambda d: Image.new("RGB", (0, 10))),
    "an empty list": (UnsupportedSource, "empty", lambda d: []),
    "a set": (UnsupportedSource, "set", lambda d: {1, 2}),
    "a long list of numbers": (UnsupportedSource, "", lambda d: list(range(10**5))),
    "a long dict": (UnsupportedSource, "keys", lambda d: dict.fromkeys(range(10**5))),
    "long bytes": (DecodeError, "", lambda d: b"nonsense" * 10**5),
    "long text": (SourceNotFound, "", lambda d: "nonsense " * 10**5),
}

every_bad_input = pytest.mark.parametrize("name", BAD)


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    monkeypatch.chdir(tmp_path)
    return lambda name: BAD[name][2](tmp_path)


class TestBadInput:
    @every_bad_input
    @pytest.mark.parametrize(
        "use", [thumbnail, open_image, data_uri, img], ids=lambda use: use.__name__
    )
    def test_raises_the_error_that_fits_and_says_what_was_given(
        self, name: str, use: Callable[..., object], bad: Callable[[str], object]
    ) -> None:
        kind, word, _ = BAD[name]
        source = bad(name)

        error = outcome(lambda: use(source))

        assert type(error) is kind, error
        assert word in str(error)
        assert 10 <= len(str(error)) <= 400
        assert not str(error).startswith("[Errno")

    @every_bad_input
    def test_is_a_placeholder_among_others(self, name: str, bad: Callable[[str], object]) -> None:
        if name in ("None", "NaN"):
            pytest.skip("missing values are printed by the frame")
        if "UNC" in name or "URL" in name:
            pytest.skip("to name the column is to allow other machines")
        column = pd.Series([PHOTO, bad(name), PHOTO], dtype=object, name="picture")

        table = imgdisplay.table(column.to_frame(), columns=["picture"], size=64)

        images = [tag for tag in elements(table) if tag.name == "img"]
        assert len(images) == 3
        placeholder = images[1]
        assert (placeholder["width"], placeholder["height"]) == ("64", "64")
        assert embedded(placeholder).size == (64, 64)
        reason = str(placeholder["title"])
        assert placeholder["alt"] == reason
        assert reason.startswith(f"{BAD[name][0].kind}: ")
        assert 15 <= len(reason) <= 200
        assert images[0]["src"] == images[2]["src"] != placeholder["src"]

    @every_bad_input
    def test_is_a_placeholder_in_a_gallery(self, name: str, bad: Callable[[str], object]) -> None:
        html = gallery([PHOTO, bad(name)], captions=["good", "bad"], size=64)

        images = [tag for tag in elements(html) if tag.name == "img"]
        assert (images[1]["width"], images[1]["height"]) == ("64", "64")
        assert str(images[1]["title"]).startswith(f"{BAD[name][0].kind}: ")

    @every_bad_input
    def test_raises_among_others_if_asked(self, name: str, bad: Callable[[str], object]) -> None:
        with pytest.raises(BAD[name][0]):
            gallery([PHOTO, bad(name)], on_error="raise")

    @every_bad_input
    def test_never_opens_a_socket(
        self, name: str, bad: Callable[[str], object], no_socket: list[object]
    ) -> None:
        if "socket" in name:
            pytest.skip("this one is made of a socket")
        source = bad(name)

        outcome(lambda: thumbnail(source))
        outcome(lambda: thumbnail(source, remote=False))
        image_formatter(source)

    @pytest.mark.parametrize(
        "payload",
        [
            b"SECRET" * 1000,
            bytearray(b"SECRET" * 1000),
            memoryview(b"SECRET" * 1000),
            "SECRET" * 1000,
            "data:image/png;base64," + "SECRET" * 1000,
            "data:image/png," + "SECRET" * 1000,
            "file:" + "SECRET" * 1000,
            "file:///" + "SECRET" * 1000,
            "https://example.com/" + "SECRET" * 1000,
            r"\\server\share" + "SECRET" * 1000,
            {"bytes": b"SECRET" * 1000},
            {"path": "SECRET" * 1000},
            {"SECRET" * 1000: 1},
            ["SECRET"] * 1000,
            ["SECRET" * 1000],
            Path("SECRET" * 1000),
            np.array(["SECRET" * 1000] * 4),
            io.StringIO("SECRET" * 1000),
            [[["SECRET" * 1000]]],
            ("SECRET" * 1000,),
            np.full((3, 3), "SECRET" * 100, object),
        ],
        ids=lambda payload: type(payload).__name__,
    )
    def test_is_quoted_by_at_most_120_characters(self, payload: Any) -> None:
        error = outcome(lambda: thumbnail(payload))

        assert isinstance(error, SourceError)
        assert len(str(error)) <= 400
        assert str(error).count("SECRET") <= 20

    def test_of_names_with_markup_stays_text(self, tmp_path: Path) -> None:
        name = '"><img src=x onerror=alert(1)>.png'

        html = gallery([tmp_path / name], size=64)

        assert [tag.name for tag in elements(html)].count("img") == 1
        images = [tag for tag in elements(html) if tag.name == "img"]
        assert "onerror=alert(1)" in str(images[0]["title"])
        assert set(images[0].attrs) <= {"class", "src", "width", "height", "alt", "title", "style"}


class TestLimits:
    def test_of_pixels_are_checked_before_decoding(self) -> None:
        # What is decoded would be truncated; what is refused was not decoded.
        assert type(outcome(lambda: thumbnail(_png(300, 300), max_pixels=89_999))) is SourceRefused
        assert type(outcome(lambda: thumbnail(_png(300, 300), max_pixels=90_000))) is DecodeError

    def test_of_pixels_say_how_many_there_are(self) -> None:
        error = outcome(lambda: thumbnail(encoded(PHOTO), max_pixels=1000))

        assert "240×160" in str(error)
        assert "1,000" in str(error)
        assert "max_pixels" in str(error)

    @pytest.mark.parametrize(
        "format_", [one for one in FORMATS if one.name not in ("JPEG", "ICO")], ids=str
    )
    def test_of_pixels_hold_for_every_format(self, format_: Format) -> None:
        data, _ = written(format_)

        assert type(outcome(lambda: thumbnail(data, max_pixels=1000))) is SourceRefused
        with Image.open(io.BytesIO(data)) as image:
            assert type(outcome(lambda: thumbnail(image, max_pixels=1000))) is SourceRefused
        assert type(outcome(lambda: open_image(data, max_pixels=1000))) is SourceRefused

    def test_of_pixels_of_a_jpeg_count_what_is_decoded(self) -> None:
        large = encoded(PHOTO.resize((2400, 1600)), "JPEG")

        assert thumbnail(large, max_pixels=500_000).source_size == (2400, 1600)
        assert type(outcome(lambda: open_image(large, max_pixels=500_000))) is SourceRefused
        assert type(outcome(lambda: thumbnail(large, max_pixels=1000))) is SourceRefused

    def test_of_pixels_hold_inside_an_icon(self) -> None:
        inside = encoded(Image.new("1", (9000, 9000)))
        header = struct.pack("<HHH", 0, 1, 1)
        entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(inside), 22)

        error = outcome(lambda: thumbnail(header + entry + inside))

        assert isinstance(error, SourceRefused)
        assert "max_pixels" in str(error)

    @pytest.mark.parametrize("size", [len(_JPEG) - 1, 100])
    def test_of_bytes_hold_for_every_source(self, size: int, tmp_path: Path) -> None:
        import base64

        path = tmp_path / "a.jpg"
        path.write_bytes(_JPEG)
        with path.open("rb") as file, Image.open(path) as image:
            for source in (
                path,
                str(path),
                path.as_uri(),
                _JPEG,
                bytearray(_JPEG),
                memoryview(_JPEG),
                "data:;base64," + base64.b64encode(_JPEG).decode(),
                {"bytes": _JPEG},
                {"path": str(path)},
                io.BytesIO(_JPEG),
                file,
                image,
            ):
                error = outcome(lambda source=source: thumbnail(source, max_file_bytes=size))
                assert type(error) is SourceRefused, (source, error)
                assert "max_file_bytes" in str(error)
                assert thumbnail(source, max_file_bytes=len(_JPEG)).width == 96

    def test_can_be_raised(self) -> None:
        padded = _JPEG + bytes(33 * 2**20)

        assert type(outcome(lambda: thumbnail(padded))) is SourceRefused
        assert thumbnail(padded, max_file_bytes=2**26).width == 96


class TestNothingHangs:
    def test_on_a_fifo_a_device_or_a_socket(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        os.mkfifo(tmp_path / "fifo.png")
        _socket(tmp_path)

        said = python(
            """
            import io, os, sys
            import imgdisplay
            import pandas as pd

            names = ["fifo.png", "socket.png", "/dev/zero", "/dev/random", "/dev/tty", "/dev/stdin"]
            for name in names:
                for source in (name, {"path": name}):
                    try:
                        imgdisplay.thumbnail(source)
                    except imgdisplay.SourceError as error:
                        print(type(error).__name__, name, error)
                imgdisplay.image_formatter(name)
            html = imgdisplay.table(pd.DataFrame({"a": names}), columns=["a"])
            print(html.count("<img"))
            imgdisplay.table(pd.DataFrame({"a": names}))
            read_end, write_end = os.pipe()
            with open(read_end, "rb", buffering=0) as pipe:
                os.close(write_end)
                try:
                    imgdisplay.thumbnail(pipe)
                except imgdisplay.DecodeError as error:
                    print(error)
            """,
            seconds=60,
        )

        lines = said.splitlines()
        assert len(lines) == 14
        assert all(line.startswith("Source") for line in lines[:12])
        assert "FIFO" in lines[0]
        assert "socket" in lines[2]
        assert lines[12] == "6"
        assert "empty" in lines[13]

    def test_on_eps_whatever_its_name(self, tmp_path: Path, python: Callable[..., str]) -> None:
        (tmp_path / "a.png").write_bytes(EPS)

        said = python(
            """
            import imgdisplay
            try:
                imgdisplay.thumbnail("a.png")
            except imgdisplay.SourceRefused as error:
                print(error)
            """,
            seconds=60,
        )

        assert "PostScript" in said

    @pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs /proc")
    def test_on_files_of_the_kernel(self) -> None:
        for name in ("/proc/self/maps", "/proc/self/cmdline", "/proc/self/mem"):
            assert isinstance(outcome(lambda name=name: thumbnail(name)), SourceError)


class TestPermission:
    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
    )
    def test_that_is_missing_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.png"
        path.write_bytes(encoded(PHOTO))
        path.chmod(0)

        error = outcome(lambda: thumbnail(path))

        assert type(error) is SourceRefused
        assert "permission" in str(error)

    def test_that_the_system_denies_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "mine.png"
        path.write_bytes(encoded(PHOTO))
        really = os.open

        def deny(name: Any, *arguments: Any, **options: Any) -> int:
            if os.fspath(name) == str(path):
                raise PermissionError(13, "Permission denied", name)
            return really(name, *arguments, **options)

        monkeypatch.setattr(os, "open", deny)

        error = outcome(lambda: thumbnail(path))

        assert type(error) is SourceRefused
        assert "permission" in str(error)


class TestFilesThatChange:
    def test_between_look_and_read_are_looked_at_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # What was a file when its name was looked up may be something else when it is opened.
        path = tmp_path / "a.png"
        path.write_bytes(encoded(PHOTO))
        really = os.stat

        class AFile:
            st_mode = stat.S_IFREG | 0o644
            st_size = 100
            st_dev = st_ino = st_mtime = st_ctime = st_mtime_ns = st_ctime_ns = 0

        def pretend(name: Any, *arguments: Any, **options: Any) -> Any:
            return AFile if name == "/dev/zero" else really(name, *arguments, **options)

        monkeypatch.setattr(os, "stat", pretend)

        assert type(outcome(lambda: thumbnail("/dev/zero"))) is SourceRefused


class TestEncoding:
    def test_that_a_format_cannot_hold_is_an_error(self) -> None:
        wide = Image.new("RGB", (17_000, 1))

        error = outcome(lambda: thumbnail(wide, size=None, format="webp"))

        assert type(error) is EncodeError
        assert "webp" in str(error)
        assert len(str(error)) <= 400

    def test_is_a_placeholder_among_others(self) -> None:
        wide = Image.new("RGB", (17_000, 1))

        html = gallery([wide, PHOTO], size=None, format="webp")

        images = [tag for tag in elements(html) if tag.name == "img"]
        assert str(images[0]["title"]).startswith("not encoded: ")
        assert len(images) == 2


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("size", "drawn"),
        [
            (96, (96, 96)),
            (16, (16, 16)),
            (1, (1, 1)),
            ((200, 50), (200, 50)),
            ((20, 300), (20, 300)),
            (400, (400, 400)),
        ],
    )
    def test_are_as_large_as_the_box(self, size: Any, drawn: tuple[int, int]) -> None:
        tag = only_image(image_formatter.with_options(size=size)(b"\x89PNG\r\n\x1a\n broken"))

        assert (int(str(tag["width"])), int(str(tag["height"]))) == drawn
        assert f"width:{drawn[0]}px" in str(tag["style"])

    def test_are_no_black_boxes(self) -> None:
        picture = embedded(only_image(image_formatter(b"\x89PNG\r\n\x1a\n broken")))

        grey = np.asarray(picture.convert("L"))
        assert 100 < grey.min() < grey.max() < 220

    def test_are_small(self) -> None:
        html = gallery([b"broken"] * 2, size=256)

        assert len(html) < 6000

    def test_of_missing_values_are_what_pandas_prints(self) -> None:
        frame = pd.DataFrame({"a": pd.Series([PHOTO, None, float("nan"), pd.NA], dtype=object)})

        for html in (imgdisplay.table(frame), imgdisplay.table(frame, columns="a")):
            cells = [tag.get_text() for tag in elements(html) if tag.name == "td"]
            assert cells == ["", "None", "NaN", "<NA>"]


class TestTheTree:
    def test_is_the_documented_one(self) -> None:
        assert SourceError.__bases__ == (ImgDisplayError,)
        assert UnsupportedSource.__bases__ == (SourceError, TypeError)
        assert SourceNotFound.__bases__ == (SourceError, FileNotFoundError)
        assert SourceRefused.__bases__ == (SourceError,)
        assert DecodeError.__bases__ == (SourceError,)
        assert EncodeError.__bases__ == (ImgDisplayError,)
        assert OptionError.__bases__ == (ImgDisplayError, ValueError)
        assert MissingExtra.__bases__ == (ImgDisplayError, ImportError)

    @pytest.mark.parametrize(
        "kind",
        [
            SourceError,
            UnsupportedSource,
            SourceNotFound,
            SourceRefused,
            DecodeError,
            EncodeError,
            OptionError,
            MissingExtra,
        ],
    )
    def test_travels_between_processes(self, kind: type[ImgDisplayError]) -> None:
        error = pickle.loads(pickle.dumps(kind("what was given; what to do")))

        assert type(error) is kind
        assert str(error) == "what was given; what to do"

    def test_lets_interrupts_pass(self) -> None:
        class Interrupted:
            def __imgdisplay__(self) -> object:
                raise KeyboardInterrupt

        for use in (thumbnail, lambda source: gallery([source])):
            with pytest.raises(KeyboardInterrupt):
                use(Interrupted())

    def test_holds_what_was_behind_it(self) -> None:
        assert isinstance(outcome(lambda: thumbnail(_JPEG[:5000])).__cause__, OSError)


class TestMutatedFiles:
    @pytest.mark.parametrize("format_", FORMATS, ids=str)
    def test_give_a_picture_or_an_error_of_ours(self, format_: Format) -> None:
        data, _ = written(format_)
        random = np.random.default_rng(len(data))
        for cut in range(10):
            with contextlib.suppress(SourceError):
                thumbnail(data[: len(data) * cut // 10], size=32)
        for _ in range(15):
            broken = bytearray(data)
            for place in random.integers(0, min(len(data), 2000), 4):
                broken[place] = random.integers(0, 256)
            with contextlib.suppress(SourceError):
                thumb = thumbnail(bytes(broken), size=32)
                assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)
