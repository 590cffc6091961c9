"""No warnings of Pillow's while a picture of unknown origin is decoded.

What is wrong with the picture is said in its title or its placeholder. `warnings.catch_warnings`
exchanges process-wide state and puts it back in the wrong order when threads overlap, so one
filter is added while any thread decodes, and that filter alone is taken away again. So it is
with what Pillow logs, which is printed where nobody has set up logging.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["quiet"]

_FILTER: Any = ("ignore", None, Warning, re.compile(r"(PIL|imgdisplay\.core)\b"), 0)
_LOGGER = logging.getLogger("PIL.TiffImagePlugin")
"""The only one of Pillow's that logs errors of files."""

_lock = threading.Lock()
_inside = 0
_added_to: Any = None


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore what Pillow and the core warn of or log, in all threads, while inside."""
    global _inside, _added_to  # noqa: PLW0603 - one filter for the process, counted
    with _lock:
        _inside += 1
        if _inside == 1:
            _added_to = warnings.filters
            _added_to.insert(0, _FILTER)
            _LOGGER.addFilter(_is_no_error)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _LOGGER.removeFilter(_is_no_error)
                current: Any = warnings.filters
                # Somebody may have exchanged the list meanwhile, with a copy that holds ours.
                for filters in (_added_to, current):
                    if _FILTER in filters:
                        filters.remove(_FILTER)


def _is_no_error(record: logging.LogRecord) -> bool:
    return record.levelno < logging.WARNING
