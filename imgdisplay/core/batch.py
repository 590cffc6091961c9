"""Many images at once: on all cores, in order, within a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from imgdisplay.core.deadline import until

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["cores", "in_order"]

S = TypeVar("S")
T = TypeVar("T")

_WORTH_A_THREAD = 0.005
"""Seconds of work left below which threads cost more than they bring."""


def in_order(
    function: Callable[[S], T],
    items: Sequence[S],
    *,
    key: Callable[[S], Any] = id,
    timeout: float,
    late: Callable[[], T],
    large: bool = False,
) -> list[T]:
    """Return what `function` makes of each item, in the order of the items.

    Items of one key are worked on by one thread, one after the other: a file that pictures
    are read from has a position. Small work stays in this thread.

    Parameters
    ----------
    function
        May run in other threads. What it raises is raised here.
    items
        Its arguments.
    key
        Equal for items that must not be worked on at the same time.
    timeout
        Seconds; items whose turn comes later are given up, and decoders told to end by then.
    late
        Makes the result of an item that was given up.
    large
        Whether it is known that threads pay; else the first items tell.
    """
    deadline = time.monotonic() + timeout

    def in_time(item: S) -> T:
        if time.monotonic() >= deadline:
            return late()
        with until(deadline):
            return function(item)

    made: list[T] = []
    start = time.monotonic()
    for item in () if large else items:
        made.append(in_time(item))
        each = (time.monotonic() - start) / len(made)
        if each * (len(items) - len(made)) > _WORTH_A_THREAD:
            break
    return made + _on_all_cores(in_time, items[len(made) :], key)


def _on_all_cores(
    function: Callable[[S], T], items: Sequence[S], key: Callable[[S], Any]
) -> list[T]:
    groups: dict[Any, list[int]] = {}
    for position, item in enumerate(items):
        groups.setdefault(key(item), []).append(position)
    workers = min(len(groups), cores())
    if workers < 2:
        return [function(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # small outputs do without

    stopped = Event()

    def work(positions: list[int]) -> list[tuple[int, T]]:
        return [
            (position, function(items[position])) for position in positions if not stopped.is_set()
        ]

    pool = ThreadPoolExecutor(workers, thread_name_prefix="imgdisplay")
    try:
        begun = [pool.submit(work, positions) for positions in groups.values()]
        results = dict(pair for future in begun for pair in _result(future))
    finally:
        # After KeyboardInterrupt nobody waits for pictures that have not been begun.
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return [results[position] for position in range(len(items))]


def _result(future: Future[T]) -> T:
    """Wait for a result, and look up now and then.

    On Windows, and where somebody has installed a handler that restarts what it interrupts, as
    polars does, a thread that waits for ever hears of Ctrl-C when the wait is over.
    """
    while not future.done():
        with suppress(TimeoutError):
            return future.result(_SECONDS_BETWEEN_LOOKS)
    return future.result()


_SECONDS_BETWEEN_LOOKS = 0.1


def cores() -> int:
    """Return how many threads of this process can run at the same time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
