"""Connections that are kept for later, and the cache of answers on disk."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgdisplay.core.remote.addresses import Network
from imgdisplay.errors import OptionError, missing_extra, quote
from imgdisplay.options import Options

if TYPE_CHECKING:
    import httpcore
    import httpx

__all__ = ["close_connections", "transport"]

_KEPT = 8
"""Idle connections: as many as are fetched from at once."""

_transports: dict[tuple[object, ...], httpx.BaseTransport] = {}


def transport(proxy: str | None, options: Options) -> httpx.BaseTransport:
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
        "max_keepalive_connections": _KEPT,
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


def _cached(inner: httpx.BaseTransport, folder: str, options: Options) -> httpx.BaseTransport:
    """Return a transport that keeps answers on disk for as long as their servers allow."""
    try:
        from hishel import CacheOptions, SqliteStorage
        from hishel.httpx import CacheTransport
    except ImportError:
        raise missing_extra("remote_cache needs hishel", "remote") from None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # addresses may hold tokens
    except OSError as error:
        raise OptionError(
            f"remote_cache={quote(folder)}: the folder cannot be made: {error.strerror}"
        ) from None
    # What was fetched from the own network is not shown to those who may not go there.
    name = "private.db" if options.remote_private else "public.db"
    storage = SqliteStorage(database_path=Path(folder, name), max_size=_CACHE_SIZE)
    return CacheTransport(inner, storage=storage, rfc=CacheOptions(shared=False))


_CACHE_SIZE = 2**30


def close_connections() -> None:
    """Close the connections that are kept for later; the next fetch opens new ones."""
    while _transports:
        _transports.popitem()[1].close()


atexit.register(close_connections)
