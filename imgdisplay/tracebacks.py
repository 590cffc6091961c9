"""What IPython shows of an error of ours: the lines of whoever called, and the message.

A picture passes through some twenty functions. All of them, with five lines around each, stood
between a misspelt path and the message that says so.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from types import TracebackType
from typing import Any

__all__ = ["rendered", "without_inner_frames"]

_LEFT_OUT = "[... {} of imgdisplay left out; %xmode Verbose and %tb show them]"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n"

_LIBRARIES = tuple(
    {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def rendered(error: BaseException) -> list[str]:
    """Return the lines that IPython shows, in the mode that ``%xmode`` has chosen.

    "Verbose" shows everything.
    """
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return traceback.format_exception(error)
    formatter = shell.InteractiveTB
    whole = error.__traceback__
    if str(formatter.mode) == "Verbose":
        return list(formatter.structured_traceback(type(error), error, whole))
    lines = []
    cause = error.__cause__
    kept = without_inner_frames(cause.__traceback__) if cause is not None else None
    if cause is not None and kept is not None and _is_of_the_caller(kept):
        lines = [*_alone(cause, kept, formatter, tb_offset=0), _CAUSE]
    shown = without_inner_frames(whole) or whole
    lines += _alone(error, shown, formatter)
    left_out = _length(whole) - _length(shown)
    if left_out and len(lines) > 1:
        frames = f"{left_out} frame{'s' * (left_out != 1)}"
        end = "\n" if str(formatter.mode) == "Plain" else ""  # which writes the ends itself
        lines.insert(-1, _LEFT_OUT.format(frames) + end)
    return lines


def without_inner_frames(frames: TracebackType | None) -> TracebackType | None:
    """Return a traceback that ends where this package was called.

    Behind that, only frames of the caller's own code are kept, such as a loader of theirs.
    """
    kept: list[TracebackType] = []
    inside = False
    while frames is not None:
        ours = str(frames.tb_frame.f_globals.get("__name__")).partition(".")[0] == __package__
        inside = inside or ours
        if not inside or not (ours or _is_of_a_library(frames)):
            kept.append(frames)
        frames = frames.tb_next
    result = None
    for one in reversed(kept):
        result = TracebackType(result, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return result


def _is_of_the_caller(frames: TracebackType) -> bool:
    return not _is_of_a_library(frames)


def _is_of_a_library(frame: TracebackType) -> bool:
    return frame.tb_frame.f_code.co_filename.startswith((*_LIBRARIES, "<frozen "))


def _length(frames: TracebackType | None) -> int:
    return sum(1 for _ in traceback.walk_tb(frames))


def _alone(
    error: BaseException, frames: TracebackType | None, formatter: Any, **said: int
) -> list[str]:
    """Return the lines of an error without those of its causes."""
    cause, hidden = error.__cause__, error.__suppress_context__
    error.__cause__ = None  # which hides the context, too
    try:
        return list(formatter.structured_traceback(type(error), error, frames, **said))
    finally:
        error.__cause__, error.__suppress_context__ = cause, hidden
