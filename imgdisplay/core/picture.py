"""A decoded picture on its way to a thumbnail."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image

from imgdisplay.core.color.tag import UNTAGGED, ColorTag
from imgdisplay.core.layout import Layout

__all__ = ["Picture", "exif_orientation"]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture and what is known of its source.

    Attributes
    ----------
    image
        Of any mode, possibly already reduced, possibly the caller's own: read only.
    size
        (width, height) of the source in pixels, upright.
    orientation
        EXIF orientation that is still to be applied, 1 to 8 (1: none).
    mode
        Of the source, for people: a PIL mode, or the dtype and shape of an array.
    format
        File format such as ``"JPEG"``, or None.
    color
        What the source says about its colours.
    name
        For the alternative text; may be empty.
    notes
        What people should be told about this picture.
    more
        How many further pictures a strip had no room for.
    laid_out
        The geometry of a strip, whose pictures have been shrunk one by one; else None.
    unsmoothed
        Its pixels are labels, which have no mean.
    filled
        (width, height) of the part of `image` that the picture fills, in fractions of pixels:
        a decoder that reduces rounds up. None: all of it.
    begins
        (left, top) of that part.
    """

    image: Image.Image
    size: tuple[int, int]
    orientation: int = 1
    mode: str = ""
    format: str | None = None
    color: ColorTag = UNTAGGED
    name: str = ""
    notes: tuple[str, ...] = ()
    more: int = 0
    laid_out: Layout | None = None
    unsmoothed: bool = False
    filled: tuple[float, float] | None = None
    begins: tuple[float, float] = (0.0, 0.0)


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an image, 1 to 8; 1 if it has none or a senseless one."""
    exif = image.info.get("exif")
    return read_orientation(exif) if isinstance(exif, bytes) else 1


def read_orientation(exif: bytes) -> int:
    """Return tag 0x0112 of an EXIF block's first directory, or 1.

    Read by hand, because Pillow's reader warns about what is broken elsewhere in the block.
    Layout: TIFF 6.0 section 2; EXIF 2.32 section 4.6.4.

    Examples
    --------
    >>> from PIL import Image
    >>> exif = Image.Exif()
    >>> exif[0x0112] = 6
    >>> read_orientation(exif.tobytes())
    6
    >>> read_orientation(b"Exif")
    1
    """
    block = exif[6:] if exif[:5] == b"Exif\0" else exif
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1

    def read(format_: str, at: int) -> Any:
        return struct.unpack_from(order + format_, block, at)[0]

    try:
        directory = read("I", 4)
        for entry in range(read("H", directory)):
            at = directory + 2 + 12 * entry
            if read("H", at) == 0x0112:
                kind, count, orientation = read("H", at + 2), read("I", at + 4), read("H", at + 8)
                is_one_short = (kind, count) == (3, 1)
                return orientation if is_one_short and 1 <= orientation <= 8 else 1
    except struct.error:  # the block ends before the tag
        pass
    return 1
