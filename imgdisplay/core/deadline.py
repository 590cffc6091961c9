"""Until when the pictures of one output have to be decoded.

The moment belongs to the thread or task that decodes; who works on many pictures sets it for
each of them. A decoder asks between two blocks of its file.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from imgdisplay.options import Options

__all__ = ["latest_moment", "until"]

_moment: ContextVar[float] = ContextVar("imgdisplay_deadline", default=math.inf)


@contextmanager
def until(moment: float) -> Iterator[None]:
    """Let what is decoded inside end at a moment of `time.monotonic`, or at an earlier one."""
    token = _moment.set(min(moment, _moment.get()))
    try:
        yield
    finally:
        _moment.reset(token)


def latest_moment(options: Options) -> float:
    """Return the moment of `time.monotonic` at which a picture that is begun now must be done.

    Examples
    --------
    >>> with until(time.monotonic() + 1):
    ...     latest_moment(Options(timeout=60)) < time.monotonic() + 2
    True
    """
    return min(_moment.get(), time.monotonic() + options.timeout)
