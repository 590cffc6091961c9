"""Silence of libtiff, which writes about broken files on the terminal, past Python.

Nothing is redirected: other threads may be writing there. libtiff calls a function for its
errors that can be exchanged; Pillow raises exceptions for them all the same. It is taken away
while any thread decodes a TIFF, and put back afterwards. Where libtiff is part of Pillow's own
library and cannot be reached, as on Windows, ``isolate=True`` keeps the terminal clean.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from PIL import _imaging

__all__ = ["silent_libtiff"]

_lock = threading.Lock()
_inside = 0
_theirs: Any = None


@contextmanager
def silent_libtiff() -> Iterator[None]:
    """Keep libtiff from writing to the terminal, in all threads, while inside."""
    global _inside, _theirs  # noqa: PLW0603 - one function for the process, counted
    exchange = _exchange()
    with _lock:
        _inside += 1
        if _inside == 1:
            _theirs = exchange(None)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                exchange(_theirs)


@cache
def _exchange() -> Callable[[Any], Any]:
    """Return what sets the function for errors and returns the one before (TIFFError(3))."""
    try:
        # A library is asked for its own names and for those of the libraries it needs.
        function = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
    except (OSError, AttributeError, TypeError):
        return lambda _: None
    function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_void_p
    return function
