"""The addresses of a whole column, fetched several at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

from imgdisplay.core.deadline import time_limit
from imgdisplay.core.progress import Progress
from imgdisplay.core.remote.addresses import is_remote
from imgdisplay.core.remote.fetching import fetch, out_of_time
from imgdisplay.errors import ImgDisplayError
from imgdisplay.options import Options

__all__ = ["fetch_all"]

WORKERS = 8
"""Fetches under way at once: the wait is for the network, and one host serves most columns."""

KEPT_BYTES = 256 * 2**20
"""Bytes that are fetched in advance; the remaining addresses are fetched when they are drawn."""

_DEEPEST = 3


def fetch_all(
    sources: Sequence[object], options: Options, *, seconds: float | None = None
) -> list[object]:
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
        Those of the output.
    seconds
        For all of them together; None: ``options.timeout``.
    """
    if not options.remote:
        return list(sources)
    wanted = dict.fromkeys(
        address for source in sources for address in _addresses_in(source, options, 0)
    )
    if not wanted:
        return list(sources)
    fetched = _fetched(list(wanted), options, options.timeout if seconds is None else seconds)
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


def _fetched(addresses: Sequence[str], options: Options, seconds: float) -> dict[str, object]:
    """Return what is at each address, as a source; what is left out is left for later."""
    deadline = time.monotonic() + seconds
    kept = 0
    count = threading.Lock()

    def attempt(address: str) -> object | None:
        nonlocal kept
        left = deadline - time.monotonic()
        if left <= 0:
            return _Failed(out_of_time(options))
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
        results = _at_once(attempt, addresses, options, seconds)
    return {address: found for address, found in results.items() if found is not None}


def _at_once(
    attempt: Callable[[str], object | None],
    addresses: Sequence[str],
    options: Options,
    seconds: float,
) -> dict[str, object | None]:
    from concurrent.futures import ThreadPoolExecutor, as_completed

    results: dict[str, object | None] = {}
    pool = ThreadPoolExecutor(min(len(addresses), WORKERS), thread_name_prefix="imgdisplay-fetch")
    bar = Progress(len(addresses), "image", "fetching")
    try:
        futures = {pool.submit(attempt, address): address for address in addresses}
        for future in as_completed(futures, timeout=seconds):
            results[futures[future]] = future.result()
            bar.advance()
    except TimeoutError:  # some library holds its thread; that thread cannot be stopped
        pass
    finally:
        bar.close()
        pool.shutdown(wait=False, cancel_futures=True)
    late = _Failed(out_of_time(options))
    return {address: results.get(address, late) for address in addresses}
