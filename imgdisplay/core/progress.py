"""A progress bar for whoever waits and looks."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

__all__ = ["Progress"]

_PATIENCE = 1.0
"""Seconds that nobody needs a bar for."""


class Progress:
    """A bar with rate and remaining time on standard error, or in a notebook.

    Parameters
    ----------
    total
        How much there is to do.
    unit
        What it is counted in.
    what
        What is being done.
    wanted
        True shows it at once, False never. None shows it after a second, if more is to come
        and somebody sees it: on a terminal or in a notebook.

    Without tqdm there is none to show.
    """

    def __init__(self, total: int, unit: str, what: str = "", *, wanted: bool | None = None):
        self._total = total
        self._unit = unit
        self._what = what
        self._done = 0
        self._bar: Any = None
        self._begin = time.monotonic() + _PATIENCE
        if wanted is False or (wanted is None and not _is_seen()):
            self._begin = float("inf")
        elif wanted:
            self._show()

    def advance(self, count: int = 1) -> None:
        """Count what has been done since the last call."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif self._done < self._total and time.monotonic() >= self._begin:
            self._show()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _show(self) -> None:
        self._begin = float("inf")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # without ipywidgets it is a bar of text
                from tqdm.auto import tqdm
        except ImportError:
            return
        self._bar = tqdm(
            total=self._total,
            initial=self._done,
            desc=self._what or None,
            unit=self._unit,
            leave=False,
            file=sys.stderr,
        )


def _is_seen() -> bool:
    if sys.stderr is None:
        return False
    if sys.stderr.isatty():
        return True
    # Asked of what is imported: nobody needs IPython for a progress bar.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return "IPKernelApp" in getattr(shell, "config", {})
