"""Pictures from other machines: web addresses with httpx, everything else through fsspec.

Nothing here is reached unless the user says ``remote=True`` or names a column. A text in a
table may come from anybody, so an address is treated as hostile: it is fetched with no cookie,
no password and nothing else of the user's, only from where `imgdisplay.core.addresses` allows,
within limits of bytes, time and redirects, and no error repeats what may be secret in it.
"""

from __future__ import annotations

import atexit
import os
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from socket import gaierror
from typing import IO, TYPE_CHECKING, Any

from imgdisplay.core.addresses import (
    Forbidden,
    Network,
    address_name,
    is_listed,
    shown_address,
    time_left,
    time_limit,
    unusual_host,
)
from imgdisplay.core.paths import path_from_file_url
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import (
    DecodeError,
    ImgDisplayError,
    MissingExtra,
    OptionError,
    SourceNotFound,
    SourceRefused,
    quote,
)
from imgdisplay.options import Options

if TYPE_CHECKING:
    import httpcore
    import httpx

__all__ = ["close_connections", "fetch", "fetch_all", "is_remote"]

URL_LIMIT = 5_000_000
REDIRECTS = 3

_EXTRA = "pip install 'imgdisplay-jupyter[remote]'"


def is_remote(source: object) -> bool:
    """Tell whether a source is text that names an address which would be fetched.

    Examples
    --------
    >>> is_remote("https://example.org/cat.png"), is_remote("cat.png"), is_remote("file:///cat.png")
    (True, False, False)
    """
    return isinstance(source, str) and _ADDRESS.match(source) is not None


_ADDRESS = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+://", re.IGNORECASE | re.ASCII)


def fetch(address: str, options: Options) -> Encoded:
    """Return the encoded picture that is at an address, read and not yet decoded.

    Parameters
    ----------
    address
        ``https://…``, ``http://…`` if ``remote_http``, or an address of fsspec's.
    options
        ``remote_hosts``, ``remote_http``, ``remote_private``, ``remote_proxy``,
        ``remote_timeout``, ``remote_cache`` and ``max_file_bytes`` count here; whether
        ``remote`` is on, the caller has asked.

    Raises
    ------
    SourceNotFound
        If there is nothing, or the host cannot be reached.
    SourceRefused
        If a rule, a limit or the server forbids it.
    DecodeError
        If what is there is no picture, or breaks off.
    MissingExtra
        If a library that it needs is not installed.
    """
    shown = shown_address(address)
    is_web = address.partition("://")[0].lower() in _WEB
    try:
        with time_limit(options.remote_timeout):
            data = (_from_web if is_web else _from_store)(address, shown, options)
    except ImgDisplayError:
        raise
    except Exception as error:
        # Not chained: what other libraries say of an address may repeat its secrets.
        raise _told(error, shown, options) from None
    return Encoded(data=data, name=address_name(address))


def _told(error: Exception, shown: str, options: Options) -> ImgDisplayError:
    """Return what any library's error means."""
    if isinstance(error, Forbidden):
        return SourceRefused(f"{shown} leads to {error}")
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return SourceRefused(
            f"{shown} did not answer within remote_timeout={options.remote_timeout:g} seconds"
        )
    from ssl import SSLCertVerificationError, SSLError  # only who fetches needs it

    for cause in _causes(error):
        if isinstance(cause, SSLCertVerificationError):
            return SourceRefused(f"{shown}: the certificate is not valid: {cause.verify_message}")
        if isinstance(cause, SSLError):
            return SourceNotFound(f"{shown} cannot be reached: TLS fails: {quote(cause.reason)}")
        if isinstance(cause, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
            return SourceNotFound(f"nothing is at {shown}; check the address")
        if isinstance(cause, PermissionError):
            return SourceRefused(f"{shown}: no permission to read it")
        if isinstance(cause, gaierror):
            return SourceNotFound(f"{shown} cannot be reached: {cause.strerror}")
        if isinstance(cause, OSError) and cause.errno:  # its own text may be a library's
            return SourceNotFound(f"{shown} cannot be reached: {os.strerror(cause.errno)}")
    if isinstance(error, MemoryError):
        return DecodeError(f"{shown} needs more memory than there is")
    return SourceNotFound(f"{shown} cannot be fetched: {type(error).__name__}")


def _causes(error: Exception) -> Iterator[BaseException]:
    cause: object = error
    for _ in range(5):
        if not isinstance(cause, BaseException):
            return
        yield cause
        # httpcore cuts the chain, and leaves what it translated in the arguments.
        cause = cause.__cause__ or (cause.args[0] if cause.args else None)


_WEB = ("http", "https")
_REDIRECTIONS = (301, 302, 303, 307, 308)  # RFC 9110 15.4


def _from_web(address: str, shown: str, options: Options) -> bytes:
    try:
        import_module("httpx")
    except ImportError:
        raise MissingExtra(f"{shown} needs httpx to be fetched: {_EXTRA}") from None
    subject, url = shown, _joined(None, address, shown)
    for _ in range(REDIRECTS + 1):
        _allow(url, subject, options)
        try:
            with _answer(url, options) as response:
                target = response.headers.get("location")
                if response.status_code not in _REDIRECTIONS or target is None:
                    return _body(response, subject, options)
        except Forbidden as error:
            raise SourceRefused(f"{subject} leads to {error}") from None
        url = _joined(url, target, f"{shown} redirects to an address that")
        subject = f"{shown} redirects to {_origin(url)}, which"
    raise SourceRefused(f"{shown} redirects more than {REDIRECTS} times")


def _joined(base: httpx.URL | None, address: str, subject: str) -> httpx.URL:
    import httpx

    try:
        return httpx.URL(address) if base is None else base.join(address)
    except (httpx.InvalidURL, ValueError):
        raise SourceRefused(f"{subject} is no valid address of the web") from None


def _origin(url: httpx.URL) -> str:
    return quote(f"{url.scheme}://{url.host}"[:60])


def _allow(url: httpx.URL, subject: str, options: Options) -> None:
    """Raise `SourceRefused` for an address that is not even looked up."""
    host = url.raw_host.decode("ascii")
    if url.scheme not in _WEB:
        raise SourceRefused(f"{subject} is no address of the web")
    if not host:
        raise SourceRefused(f"{subject} names no host")
    if url.userinfo:
        raise SourceRefused(
            f"{subject} holds a user name or password, and none is ever sent; fetch it yourself "
            "and pass its bytes"
        )
    if url.scheme == "http" and not options.remote_http:
        raise SourceRefused(
            f"{subject} is plain http, which anybody on the way can read and change; "
            "remote_http=True allows that"
        )
    problem = unusual_host(host, private=options.remote_private)
    if problem:
        raise SourceRefused(f"{subject} {problem}")
    listed = options.remote_hosts
    if listed is not None and not (is_listed(host, listed) or is_listed(url.host, listed)):
        raise SourceRefused(f"{subject} is on a host that remote_hosts=… does not list")


@contextmanager
def _answer(url: httpx.URL, options: Options) -> Iterator[httpx.Response]:
    proxy = _proxy(url) if options.remote_proxy else None
    if proxy is not None:
        _allow_by_proxy(url, options)
    import httpx

    seconds = options.remote_timeout
    times = {"connect": seconds / 2, "read": seconds, "write": seconds, "pool": seconds}
    headers = {
        "Accept": _ACCEPT,
        # Pictures are compressed already, and what is not sent packed needs no unpacking.
        "Accept-Encoding": "identity",
        "User-Agent": f"imgdisplay python-httpx/{httpx.__version__}",
    }
    # Not by way of an `httpx.Client`: it would keep cookies and read passwords and proxies
    # from the address, from .netrc and from the environment.
    request = httpx.Request("GET", url, headers=headers, extensions={"timeout": times})
    response = _transport(proxy, options).handle_request(request)
    try:
        yield response
    finally:
        response.close()


_ACCEPT = "image/webp,image/png,image/jpeg,image/*;q=0.8,application/octet-stream;q=0.5"

_transports: dict[tuple[object, ...], httpx.BaseTransport] = {}


def _transport(proxy: str | None, options: Options) -> httpx.BaseTransport:
    """Return the transport that keeps connections for later requests of the same policy."""
    # A connection that was allowed by one policy must not serve another; a forked process
    # must not use its parent's.
    key = (options.remote_private, proxy, options.remote_cache, os.getpid())
    kept = _transports.get(key)
    if kept is None:
        made = _over(_pool(proxy, options))
        if options.remote_cache is not None:
            made = _cached(made, options.remote_cache, options)
        kept = _transports.setdefault(key, made)
    return kept


def _pool(proxy: str | None, options: Options) -> httpcore.ConnectionPool:
    import httpcore
    import httpx

    settings: dict[str, Any] = {
        # Honours SSL_CERT_FILE and SSL_CERT_DIR, which companies set.
        "ssl_context": httpx.create_ssl_context(),
        "max_connections": None,  # as many as there are threads
        "max_keepalive_connections": WORKERS,
        "keepalive_expiry": 2.0,  # common servers close idle connections after 5 seconds
        "network_backend": Network(private=options.remote_private, checked=proxy is None),
    }
    if proxy is None:
        return httpcore.ConnectionPool(**settings)
    chosen = httpx.Proxy(url=proxy)
    return httpcore.HTTPProxy(
        proxy_url=httpcore.URL(
            scheme=chosen.url.raw_scheme,
            host=chosen.url.raw_host,
            port=chosen.url.port,
            target=chosen.url.raw_path,
        ),
        proxy_auth=chosen.raw_auth,
        **settings,
    )


def _over(pool: httpcore.ConnectionPool) -> httpx.BaseTransport:
    """Return a transport over a pool; that of httpx itself takes no network backend."""
    import httpcore
    import httpx

    class Body(httpx.SyncByteStream):
        def __init__(self, parts: Any) -> None:
            self._parts = parts

        def __iter__(self) -> Iterator[bytes]:
            yield from self._parts

        def close(self) -> None:
            self._parts.close()

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    extensions=request.extensions,
                )
            )
            return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer.stream))

        def close(self) -> None:
            pool.close()

    return Transport()


def _cached(transport: httpx.BaseTransport, folder: str, options: Options) -> httpx.BaseTransport:
    """Return a transport that keeps answers on disk for as long as their servers allow."""
    try:
        from hishel import CacheOptions, SqliteStorage
        from hishel.httpx import CacheTransport
    except ImportError:
        raise MissingExtra(f"remote_cache needs hishel: {_EXTRA}") from None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # addresses may hold tokens
    except OSError as error:
        raise OptionError(
            f"remote_cache={quote(folder)}: the folder cannot be made: {error.strerror}"
        ) from None
    # What was fetched from the own network is not shown to those who may not go there.
    name = "private.db" if options.remote_private else "public.db"
    storage = SqliteStorage(database_path=Path(folder, name), max_size=_CACHE_SIZE)
    return CacheTransport(transport, storage=storage, rfc=CacheOptions(shared=False))


_CACHE_SIZE = 2**30


def close_connections() -> None:
    """Close the connections that are kept for later; the next fetch opens new ones."""
    while _transports:
        _transports.popitem()[1].close()


atexit.register(close_connections)


def _proxy(url: httpx.URL) -> str | None:
    """Return the proxy of the user's environment for an address."""
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(url.host):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy.partition("://")[0].lower() not in _WEB:
        raise SourceRefused(
            "the proxy of this environment is none of http; unset it, or pass the "
            "bytes of the picture"
        )
    return proxy


def _allow_by_proxy(url: httpx.URL, options: Options) -> None:
    """Refuse what is known here as an address of the own network.

    The proxy looks names up for itself, so this is the most that can be done.
    """
    host = url.raw_host.decode("ascii")
    with suppress(OSError):  # behind a proxy the names of the internet are often unknown
        Network(private=options.remote_private).allowed(host, min(time_left(), 2.0))


_NAMED = {404: SourceNotFound, 410: SourceNotFound, 401: SourceRefused, 403: SourceRefused}


def _body(response: httpx.Response, subject: str, options: Options) -> bytes:
    if response.status_code != HTTPStatus.OK:
        kind = _NAMED.get(response.status_code, SourceNotFound)
        raise kind(f"{subject} answers {_status(response.status_code)}")
    mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime.startswith("image/svg"):
        raise SourceRefused(f"{subject} is an SVG: it may hold script, and is never shown")
    if not mime.startswith("image/") and mime not in _UNTOLD:
        raise DecodeError(f"{subject} is {quote(mime[:40])}, not a picture")
    limit = options.max_file_bytes or URL_LIMIT
    promised = response.headers.get("content-length", "")
    if promised.isdecimal() and int(promised) > limit:
        raise _too_large(subject, limit)
    unpack = _unpacking(response.headers.get("content-encoding", ""), subject)
    data = bytearray()
    read = 0
    try:
        for part in response.iter_raw():
            read += len(part)
            data += unpack(part, limit + 1 - len(data))
            if max(read, len(data)) > limit:
                raise _too_large(subject, limit)
            if time_left() <= 0:
                raise TimeoutError
    except zlib.error:
        raise DecodeError(f"{subject} is packed and broken") from None
    except Exception as error:
        if "ProtocolError" in type(error).__name__ or "ReadError" in type(error).__name__:
            raise DecodeError(f"{subject} breaks off after {read:,} bytes") from None
        raise
    if not data:
        raise DecodeError(f"{subject} is empty")
    if bytes(data[:512]).lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DecodeError(f"{subject} is a page in HTML, not a picture")
    return bytes(data)


_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
"""Content types that leave it open what the content is; the second is S3's default."""


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _too_large(subject: str, limit: int) -> SourceRefused:
    return SourceRefused(
        f"{subject} has more than {limit:,} bytes; raise the limit with max_file_bytes=…"
    )


def _unpacking(coding: str, subject: str) -> Callable[[bytes, int], bytes]:
    """Return what undoes a content coding, for a part and the most bytes that it may become."""
    name = coding.strip().lower()
    if name in ("", "identity"):
        return lambda part, most: part
    if name not in ("gzip", "x-gzip", "deflate"):
        raise DecodeError(f"{subject} is packed by {quote(coding[:20])}, which was not asked for")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # tells gzip from zlib by its head
    return inflate.decompress


_STORES = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "tos", "hf", "memory", "zip"}
)
"""Schemes whose address names a place in a store that the user's own settings choose."""

_HERE = frozenset({"memory", "zip"})

_NEVER = frozenset(
    {"file", "local", "asynclocal", "dir", "data", "generic", "reference", "dask", "pyscript"}
    | {"cached", "simplecache", "filecache", "blockcache", "asyncwrapper"}
)
"""Schemes that lead back to local files, or on to other addresses, past all rules."""


def _from_store(address: str, shown: str, options: Options) -> bytes:
    limit = options.max_file_bytes or URL_LIMIT
    if address[:6].lower() == "zip://":
        data = _from_archive(address[6:], shown, limit, options)
    else:
        system, path = _store(address, shown, options)
        data = bytes(system.cat_file(path, start=0, end=limit + 1))
    if len(data) > limit:
        raise _too_large(shown, limit)
    return data


def _store(address: str, shown: str, options: Options) -> tuple[Any, str]:
    """Return fsspec's file system of an address, and the path in it."""
    scheme, _, rest = address.partition("://")
    scheme = scheme.lower()
    if scheme in _NEVER or scheme in _WEB or "::" in rest:
        raise SourceRefused(f"{shown} is an address within an address, and is not followed")
    # As `urlsplit` finds it, by which fsspec does.
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    listed = options.remote_hosts
    if scheme not in _STORES and (
        not is_listed(host, listed or ()) or unusual_host(host, private=True)
    ):
        raise SourceRefused(
            f"{shown} would contact a host that cannot be checked; remote_hosts={quote(host[:40])} "
            "allows it"
        )
    if scheme not in _HERE and listed is not None and not is_listed(host, listed):
        raise SourceRefused(
            f"{shown} is on a host or in a bucket that remote_hosts=… does not list"
        )
    try:
        fsspec = import_module("fsspec")
    except ImportError:
        raise MissingExtra(f"{shown} needs fsspec to be fetched: {_EXTRA}") from None
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise MissingExtra(f"{shown} needs a further library: {quote(str(error))}") from None
    except ValueError:
        raise SourceRefused(f"{shown}: fsspec knows no addresses of {quote(scheme)}") from None
    return system, str(path)


def _from_archive(rest: str, shown: str, limit: int, options: Options) -> bytes:
    """Return a member of a ZIP archive, ``zip://member::archive``, as fsspec writes it."""
    from zipfile import BadZipFile, ZipFile

    member, _, archive = rest.partition("::")
    if not member or not archive:
        raise SourceRefused(f"{shown} does not name an archive; expected zip://member::archive.zip")
    try:
        with _archive(archive, shown, options) as file, ZipFile(file) as opened:
            if opened.getinfo(member).file_size > limit:
                raise _too_large(shown, limit)
            with opened.open(member) as content:
                return content.read(limit + 1)
    except KeyError:
        raise SourceNotFound(f"nothing is at {shown}; check the name in the archive") from None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DecodeError(f"{shown} cannot be read: {quote(str(error)[:60])}") from None


@contextmanager
def _archive(archive: str, shown: str, options: Options) -> Iterator[IO[bytes]]:
    if is_remote(archive):
        system, path = _store(archive, shown, options)
        with system.open(path, "rb") as file:
            yield file
    else:
        if archive[:5].lower() == "file:":
            try:
                archive = path_from_file_url(archive, windows=os.name == "nt")
            except ValueError as error:
                raise SourceRefused(str(error)) from None
        with Encoded(path=archive).open(_ARCHIVE_LIMIT, remote=True) as file:
            yield file


_ARCHIVE_LIMIT = 2**50
"""Of the archive, of which little is read; its member has the limit of an address."""


WORKERS = 8
"""Fetches under way at once: the wait is for the network, and one host serves most columns."""

KEPT_BYTES = 256 * 2**20
"""Bytes that are fetched in advance; the remaining addresses are fetched when they are drawn."""

_DEEPEST = 3


def fetch_all(sources: Sequence[object], options: Options) -> list[object]:
    """Return the sources, each address among them replaced by what is there.

    Addresses are also found in lists and in ``{"path": …}`` dicts. Each is fetched once,
    several at the same time; one that fails becomes a source that raises its error when it is
    drawn. After a second a progress bar shows, if tqdm is installed and somebody is looking.
    Nothing happens without ``options.remote``.

    Parameters
    ----------
    sources
        Any sources; those without an address come back as the same objects.
    options
        ``options.timeout`` limits all of them together.
    """
    if not options.remote:
        return list(sources)
    wanted = dict.fromkeys(
        address for source in sources for address in _addresses_in(source, options, 0)
    )
    if not wanted:
        return list(sources)
    fetched = _fetched(list(wanted), options)
    return [_replaced(source, fetched, options, 0) for source in sources]


def _addresses_in(source: object, options: Options, depth: int) -> Iterator[str]:
    if is_remote(source) and type(source).__name__ in ("str", "str_"):  # the latter is numpy's
        yield str(source)
    elif isinstance(source, dict):
        if source.get("bytes") is None and is_remote(source.get("path")):
            yield source["path"]
    elif isinstance(source, (list, tuple)) and depth < _DEEPEST:
        for item in source[: options.max_images]:
            yield from _addresses_in(item, options, depth + 1)


def _replaced(source: object, fetched: dict[str, object], options: Options, depth: int) -> object:
    if next(_addresses_in(source, options, depth), None) is None:
        return source
    if isinstance(source, dict):
        return fetched.get(source["path"], source)
    if isinstance(source, (list, tuple)):
        shown = source[: options.max_images]
        return [
            *(_replaced(item, fetched, options, depth + 1) for item in shown),
            *source[options.max_images :],
        ]
    return fetched.get(str(source), source)


class _Failed:
    """A source that could not be fetched."""

    def __init__(self, error: ImgDisplayError) -> None:
        self._error = error

    def __imgdisplay__(self) -> object:
        raise type(self._error)(str(self._error))  # a new one: it may be drawn in two threads


def _fetched(addresses: Sequence[str], options: Options) -> dict[str, object]:
    """Return what is at each address, as a source; what is left out is left for later."""
    deadline = time.monotonic() + options.timeout
    kept = 0
    count = threading.Lock()

    def attempt(address: str) -> object | None:
        nonlocal kept
        left = deadline - time.monotonic()
        if left <= 0:
            return _Failed(_late(options))
        if kept > KEPT_BYTES:
            return None
        try:
            with time_limit(left):
                encoded = fetch(address, options)
        except ImgDisplayError as error:
            return _Failed(error)
        with count:
            kept += len(encoded.data or b"")
        return encoded

    if len(addresses) == 1:
        results = {addresses[0]: attempt(addresses[0])}
    else:
        results = _at_once(attempt, addresses, options)
    return {address: found for address, found in results.items() if found is not None}


def _at_once(
    attempt: Callable[[str], object | None], addresses: Sequence[str], options: Options
) -> dict[str, object | None]:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    results: dict[str, object | None] = {}
    pool = ThreadPoolExecutor(min(len(addresses), WORKERS), thread_name_prefix="imgdisplay-fetch")
    bar = _Progress(len(addresses))
    try:
        futures = {pool.submit(attempt, address): address for address in addresses}
        for future in as_completed(futures, timeout=options.timeout):
            results[futures[future]] = future.result()
            bar.advance()
    except TimeoutError:  # some library holds its thread; that thread cannot be stopped
        pass
    finally:
        bar.close()
        pool.shutdown(wait=False, cancel_futures=True)
    late = _Failed(_late(options))
    return {address: results.get(address, late) for address in addresses}


def _late(options: Options) -> SourceRefused:
    return SourceRefused(
        f"not fetched: time budget of {options.timeout:g} s used up; raise it with timeout=…"
    )


class _Progress:
    """A progress bar for whoever has waited for a second, where tqdm is installed."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._begin = time.monotonic() + 1
        self._bar: Any = None

    def advance(self) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        elif self._done < self._total and time.monotonic() > self._begin:
            self._begin = float("inf")
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._bar = tqdm(
                total=self._total,
                initial=self._done,
                desc="fetching",
                unit="image",
                leave=False,
                disable=None,  # unless a person sees it
            )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
