"""How much may be unpacked to show little."""

from __future__ import annotations

from imgdisplay.errors import SourceRefused
from imgdisplay.options import Options

__all__ = ["may_be_unpacked"]

_PASSING = 8


def may_be_unpacked(pixels: int, what: str, advice: str, options: Options) -> None:
    """Raise `SourceRefused` if too many pixels had to be unpacked to keep a few of them.

    They pass through memory in small parts, so it is time that this limits: eight times
    ``max_pixels``, which pass in the time of one slow decoder.

    Parameters
    ----------
    pixels
        How many.
    what, advice
        Of what, and what else to do, for the message.
    """
    if pixels > _PASSING * options.max_pixels:
        raise SourceRefused(
            f"{pixels:,} pixels of {what} would have to be unpacked to show a few, more than "
            f"{_PASSING} times max_pixels={options.max_pixels:,}; {advice}, or raise it with "
            "max_pixels=…"
        )
