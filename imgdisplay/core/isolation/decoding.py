"""Where a picture is decoded: here, or in a process that can be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgdisplay.core.decode import decode
from imgdisplay.core.picture import Picture
from imgdisplay.core.streams import Encoded
from imgdisplay.options import Options

if TYPE_CHECKING:
    from imgdisplay.core.movement import Frames

__all__ = ["decoded", "frames_of", "is_isolated"]


def is_isolated(encoded: Encoded, options: Options) -> bool:
    """Tell whether a picture is decoded in another process."""
    return encoded.fetched if options.isolate == "auto" else options.isolate


def decoded(encoded: Encoded, options: Options, *, whole: bool = False) -> Picture:
    """Return a picture decoded, and shrunk if that was done elsewhere.

    Parameters
    ----------
    whole
        Keep all of its pixels as they are.

    Raises
    ------
    SourceError
    """
    if not is_isolated(encoded, options):
        return decode(encoded, options, whole=whole)
    from imgdisplay.core.isolation.processes import (
        decoded_elsewhere,  # only who asks for it needs processes
    )

    return decoded_elsewhere(encoded, options, whole=whole)


def frames_of(encoded: Encoded, options: Options) -> Frames | None:
    """Return the first frames of an animation, or None if it does not move.

    Raises
    ------
    SourceError
    """
    if not is_isolated(encoded, options):
        from imgdisplay.core.movement import moving_frames  # still pictures do without

        return moving_frames(encoded, options)
    from imgdisplay.core.isolation.processes import frames_elsewhere

    return frames_elsewhere(encoded, options)
