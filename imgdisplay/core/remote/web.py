"""Pictures from the web, with httpx: which addresses, which answers, how many redirects."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING

from imgdisplay.core.deadline import time_left
from imgdisplay.core.remote.addresses import (
    Forbidden,
    Network,
    is_listed,
    unusual_host,
)
from imgdisplay.core.remote.limits import bytes_at_most, too_large
from imgdisplay.core.remote.transports import transport
from imgdisplay.errors import DecodeError, SourceNotFound, SourceRefused, missing_extra, quote
from imgdisplay.options import Options

if TYPE_CHECKING:
    import httpx

__all__ = ["WEB", "from_web"]

REDIRECTS = 3

WEB = ("http", "https")
_REDIRECTIONS = (301, 302, 303, 307, 308)  # RFC 9110 15.4


def from_web(address: str, shown: str, options: Options) -> bytes:
    """Return what is at an address of the web, which errors call `shown`."""
    try:
        import_module("httpx")
    except ImportError:
        raise missing_extra(f"to fetch {shown} needs httpx", "remote") from None
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
    raise SourceRefused(
        f"{shown} redirects more than {REDIRECTS} times; pass the address at its end"
    )


def _joined(base: httpx.URL | None, address: str, subject: str) -> httpx.URL:
    import httpx

    try:
        return httpx.URL(address) if base is None else base.join(address)
    except (httpx.InvalidURL, ValueError):
        raise SourceRefused(f"{subject} is no valid address of the web; check it") from None


def _origin(url: httpx.URL) -> str:
    return quote(f"{url.scheme}://{url.host}"[:60])


def _allow(url: httpx.URL, subject: str, options: Options) -> None:
    """Raise `SourceRefused` for an address that is not even looked up."""
    host = url.raw_host.decode("ascii")
    if url.scheme not in WEB:
        raise SourceRefused(
            f"{subject} is no address of the web; pass one that begins with https://"
        )
    if not host:
        raise SourceRefused(f"{subject} names no host; check the address")
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
        raise SourceRefused(
            f"{subject} is on a host that is not among remote_hosts; add it with remote_hosts=…"
        )


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
    response = transport(proxy, options).handle_request(request)
    try:
        yield response
    finally:
        response.close()


_ACCEPT = "image/webp,image/png,image/jpeg,image/*;q=0.8,application/octet-stream;q=0.5"


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
    if proxy.partition("://")[0].lower() not in WEB:
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
        raise kind(
            f"{subject} answers {_status(response.status_code)}; check the address, or fetch it "
            "yourself and pass its bytes"
        )
    mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if mime.startswith("image/svg"):
        raise SourceRefused(
            f"{subject} is an SVG: it may hold script, and is never shown; convert it to PNG"
        )
    if not mime.startswith("image/") and mime not in _UNTOLD:
        raise DecodeError(f"{subject} is {quote(mime[:40])}, not a picture; check the address")
    limit = bytes_at_most(options)
    promised = response.headers.get("content-length", "")
    if promised.isdecimal() and int(promised) > limit:
        raise too_large(subject, limit)
    unpack = _unpacking(response.headers.get("content-encoding", ""), subject)
    data = bytearray()
    read = 0
    try:
        for part in response.iter_raw():
            read += len(part)
            data += unpack(part, limit + 1 - len(data))
            if max(read, len(data)) > limit:
                raise too_large(subject, limit)
            if time_left() <= 0:
                raise TimeoutError
    except zlib.error:
        raise DecodeError(f"{subject} is packed and broken") from None
    except Exception as error:
        if "ProtocolError" in type(error).__name__ or "ReadError" in type(error).__name__:
            raise DecodeError(f"{subject} breaks off after {read:,} bytes; try again") from None
        raise
    if not data:
        raise DecodeError(f"{subject} is empty")
    if bytes(data[:512]).lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DecodeError(f"{subject} is a page in HTML, not a picture; check the address")
    return bytes(data)


_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
"""Content types that leave it open what the content is; the second is S3's default."""


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _unpacking(coding: str, subject: str) -> Callable[[bytes, int], bytes]:
    """Return what undoes a content coding, for a part and the most bytes that it may become."""
    name = coding.strip().lower()
    if name in ("", "identity"):
        return lambda part, most: part
    if name not in ("gzip", "x-gzip", "deflate"):
        raise DecodeError(f"{subject} is packed by {quote(coding[:20])}, which was not asked for")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # tells gzip from zlib by its head
    return inflate.decompress
