"""Until when the pictures of one output have to be fetched and decoded.

The moment belongs to the thread or task that does it; who works on many pictures sets it for
each of them. A decoder asks between two blocks of its file, a connection before each step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from imgdisplay.options import Options

__all__ = ["latest_moment", "time_left", "time_limit", "until"]

_moment: ContextVar[float] = ContextVar("imgdisplay_deadline", default=math.inf)


@contextmanager
def until(moment: float) -> Iterator[None]:
    """Let what happens inside end at a moment of `time.monotonic`, or at an earlier one."""
    token = _moment.set(min(moment, _moment.get()))
    try:
        yield
    finally:
        _moment.reset(token)


def time_limit(seconds: float) -> AbstractContextManager[None]:
    """Give everything that happens inside `seconds` altogether, or less if less is left."""
    return until(time.monotonic() + seconds)


def time_left() -> float:
    """Return the seconds that are left; infinite outside of `until`."""
    return _moment.get() - time.monotonic()


def latest_moment(options: Options) -> float:
    """Return the moment of `time.monotonic` at which a picture that is begun now must be done.

    Examples
    --------
    >>> with until(time.monotonic() + 1):
    ...     latest_moment(Options(timeout=60)) < time.monotonic() + 2
    True
    """
    return min(_moment.get(), time.monotonic() + options.timeout)
