"""How much a picture may ask for, by its header and before any of it is decoded.

A limit is checked here or where its unit is: bytes in `streams`, time and the parts of a header
in `reading`, scans in `scans`.
"""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import Image, ImageFile

from imgdisplay.errors import SourceRefused, more_than, quote
from imgdisplay.options import Options

__all__ = [
    "called",
    "may_be_unpacked",
    "within_file",
    "within_limits",
    "within_memory",
    "working_memory",
]

LARGEST_SIDE = 65_535


def called(name: str) -> str:
    """Return what to call a picture in a message; its name may be empty."""
    return quote(name) if name else "the data"


def within_limits(
    size: tuple[int, int], decoded: tuple[int, int], name: str, options: Options
) -> None:
    """Raise `SourceRefused` if a picture has more pixels than are decoded unasked.

    Parameters
    ----------
    size
        (width, height) that people know it by.
    decoded
        (width, height) that its decoder makes of it.
    """
    shown = f"{called(name)} is {size[0]}×{size[1]} pixels"
    if max(size) > LARGEST_SIDE:
        raise SourceRefused(
            f"{shown}, and sides over {LARGEST_SIDE:,} are never decoded; cut it into parts"
        )
    if decoded[0] * decoded[1] > options.max_pixels:
        raise SourceRefused(f"{shown}, {more_than('max_pixels', options.max_pixels)}")


def within_memory(
    image: ImageFile.ImageFile, full: tuple[int, int], whole: bool, name: str, options: Options
) -> None:
    """Raise `SourceRefused` if decoding and shrinking a picture takes more than ``max_memory``.

    Parameters
    ----------
    image
        Opened, and not loaded.
    full
        (width, height) before a JPEG decoder was told to shrink it.
    whole
        All of its pixels are wanted, in an image of its own.
    """
    needed = working_memory(image, full, whole)
    if needed > options.max_memory:
        raise SourceRefused(
            f"{called(name)} is {full[0]}×{full[1]} pixels of a kind that takes about "
            f"{math.ceil(needed / 2**20):,} MiB to decode, "
            f"{more_than('max_memory', options.max_memory)}"
        )


def within_file(image: ImageFile.ImageFile, name: str) -> None:
    """Raise `SourceRefused` if the parts of a TIFF say to be larger than all of its file.

    Each may lie anywhere, and many in the same place: then few bytes are read again and again.
    """
    assert image.fp is not None
    tags = getattr(image, "tag_v2", {})
    lengths = tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES) or ()
    size = image.fp.seek(0, io.SEEK_END)
    image.fp.seek(0)
    if sum(lengths if isinstance(lengths, tuple) else (lengths,)) > 2 * size + _SLACK:
        raise SourceRefused(
            f"{called(name)} is a TIFF whose parts overlap; to show it all the same, "
            "load it with Pillow and pass the image"
        )


_STRIP_BYTES, _TILE_BYTES = 279, 325  # TIFF 6.0, sections 8 and 15
_SLACK = 2**24
"""Bytes: writers give wrong lengths, which decoders do not mind, of the last part or of all."""


def working_memory(image: ImageFile.ImageFile, full: tuple[int, int], whole: bool) -> float:
    """Return how many bytes decoding and shrinking a picture takes at most, by measurement."""
    pixels = image.width * image.height
    rates = _TRANSPARENT if _has_key(image) else _SHOWN
    rate = rates.get(image.mode, 4)
    held = _HELD.get(image.mode, 4)
    decoders = _DECODERS.get(image.format or "", {})
    if image.format == "PPM" and image.tile and image.tile[0].codec_name == "raw":
        decoders = {}  # only other depths and texts are decoded in Python
    rate = max(rate, decoders.get(image.mode, 0), 2 * held if whole else 0)
    needed: float = rate * pixels
    if image.format == "JPEG" and image.info.get("progressive"):
        # All coefficients, of two bytes, are kept until the last scan, whatever is shrunk.
        needed += 2 * _samples(image) * full[0] * full[1]
    if image.format == "JPEG2000" and image.fp is not None:
        halvings: Any = image.reduce  # a number of Pillow's plugin once it is set, or a method
        if isinstance(halvings, int):
            needed = needed / 4**halvings + _PASSED_OVER * pixels
        from imgdisplay.core.formats.codestream import (
            records_of_jpeg2000,  # other formats do without
        )

        needed += records_of_jpeg2000(image.fp)
    return needed


_HELD = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes of a pixel in memory; 4 of all other modes."""

_SHOWN = {
    **dict.fromkeys(("I;16", "I;16B", "I;16L"), 10),
    **dict.fromkeys(("I", "F"), 13),
    **dict.fromkeys(("CMYK", "LAB", "LA", "La", "RGBA", "RGBa", "RGBX"), 8),
    "L": 1,
    "1": 2,
    "P": 5,
    "PA": 9,
}
"""Bytes per pixel at the worst moment between decoding and shrinking; 4 of all other modes."""

_TRANSPARENT = {**_SHOWN, "1": 10, "L": 9, "P": 9, "RGB": 12}
"""The same where one colour is transparent: alpha is made of it before anything is shrunk."""

_DECODERS = {
    "JPEG2000": {"L": 7, "LA": 13, "I;16": 11, "RGB": 20, "RGBA": 25},
    "WEBP": {"RGB": 17, "RGBA": 17},
    "AVIF": {"L": 4, "RGB": 12, "RGBA": 12},
    "HEIF": {"RGB": 8, "RGBA": 9},
    "TIFF": {"L": 3, "P": 7, "RGB": 7, "CMYK": 12},
    "QOI": {"RGB": 8, "RGBA": 9},
    "PPM": {"L": 3, "RGB": 11, "I": 22},
    "TGA": {"RGB": 7, "RGBA": 8},
}
"""Bytes per pixel while decoding where a format's decoder needs more than its pixels."""


_PASSED_OVER = 2
"""Bytes per pixel of a JPEG 2000 whose decoder leaves out what is finer, still."""


def _has_key(image: Image.Image) -> bool:
    return "transparency" in image.info


def _samples(image: ImageFile.ImageFile) -> float:
    """Return the samples per pixel of a JPEG: 3 in full, 1.5 with the usual subsampling."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    areas = [down * across for _, down, across, _ in layers]
    return sum(areas) / max(areas) if areas and min(areas) > 0 else 4


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
