"""Large TIFF pictures: the smallest level of a pyramid that suffices, and no more of it.

A pyramid is the same picture in several sizes. Its smaller ones are directories that the first
one names as its own (OME), or that follow it, marked as reduced (GDAL's overviews, libvips) or
with tiles of the same kind (Aperio). Pillow by itself decodes the first and largest one.

Pillow goes on doing so with small pictures, and with large ones that are out of the ordinary
here: see `tiffparts` and `tiffplain`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from PIL import Image

from imgdisplay.core.color.colormaps import LABELS
from imgdisplay.core.formats.tiffdirectory import Directory, first_directories, sub_directories
from imgdisplay.core.formats.tiffparts import (
    BITS,
    COMPRESSION,
    EXTRA_SAMPLES,
    HEIGHT,
    PHOTOMETRIC,
    SAMPLE_FORMAT,
    SAMPLES,
    WIDTH,
    Parts,
    factor_of,
    is_worth_it,
    parts_of,
    read_reduced,
)
from imgdisplay.core.layout import layout
from imgdisplay.core.limits import may_be_unpacked
from imgdisplay.errors import DecodeError, quote
from imgdisplay.options import Options

__all__ = ["Reduced", "reduced_tiff"]

_LARGE = 4_000_000
_HUGE = 16_000_000
"""Pixels from which on memory counts for more than the fifth of time that parts cost."""

_WORTH_STRIDING = 8
"""Pixels of which one has to be kept, or else Pillow reads all of them as fast."""

_LEVEL = 2
"""Pixels of a level for each of the thumbnail, along each side, at least."""

_SINGLE = 8
"""The same where pixels are left out instead of averaged."""

_NEW_KIND, _OLD_KIND, _ORIENTATION = 254, 255, 274
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_IS_REDUCED, _IS_PAGE, _IS_MASK = 1, 2, 4
_BROKEN = (DecodeError, struct.error, OSError, OverflowError, ValueError)
"""What reading a directory of nonsense raises."""

_TURNED = range(5, 9)
_PALETTE = 3
_COLORS = (2, 6)
"""RGB and YCbCr, which is how JPEG stores it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """A large picture, already reduced.

    Attributes
    ----------
    image
        Its pixels as they are stored, not turned.
    filled
        (width, height) of the part of `image` that the picture fills.
    size
        (width, height) of the whole picture, upright.
    orientation
        Still to be applied, 1 to 8.
    """

    image: Image.Image
    filled: tuple[float, float]
    size: tuple[int, int]
    orientation: int


def reduced_tiff(file: IO[bytes], name: str, options: Options) -> Reduced | None:
    """Return a large picture reduced, or None if it is to be decoded as a whole.

    Parameters
    ----------
    file
        A TIFF; its position is moved.
    name
        For messages.

    Raises
    ------
    SourceRefused
        If too much would have to be unpacked.
    DecodeError
        If the level that is read is broken. Pillow raises errors of its own.
    """
    try:
        base = next(first_directories(file), None)
        size = (base.number(WIDTH), base.number(HEIGHT)) if base else (0, 0)
        if base is None or size[0] * size[1] < _LARGE:
            return None
        orientation = base.number(_ORIENTATION, 1)
        turned = orientation in _TURNED
        upright = size[::-1] if turned else size
        wanted = layout(upright, options).pixels
        wanted = wanted[::-1] if turned else wanted
        # The levels of a pyramid are means, and labels have none.
        unsmoothed = options.colormap == LABELS
        level = base if unsmoothed else _sufficient(base, wanted)
        parts = parts_of(level)
    except _BROKEN:  # what that is called, is for Pillow to say
        return None
    if parts is None:
        return None
    read = _plain(parts, wanted) or _unpacked(
        parts, wanted, level is base, unsmoothed, name, options
    )
    if read is None:
        return None
    image, filled = read
    return Reduced(image, filled, upright, orientation if 1 <= orientation <= 8 else 1)


def _plain(parts: Parts, wanted: tuple[int, int]) -> tuple[Image.Image, tuple[float, float]] | None:
    width, height = parts.size
    columns = max(1, width // (_SINGLE * wanted[0]))
    rows = max(1, height // (_SINGLE * wanted[1]))
    if columns * rows < _WORTH_STRIDING:
        return None
    from imgdisplay.core.formats.tiffplain import is_plain, read_plain  # needs numpy

    if not is_plain(parts):
        return None
    return read_plain(parts, rows, columns), (width / columns, height / rows)


def _unpacked(
    parts: Parts,
    wanted: tuple[int, int],
    is_base: bool,
    unsmoothed: bool,
    name: str,
    options: Options,
) -> tuple[Image.Image, tuple[float, float]] | None:
    width, height = parts.size
    # Greys of 16 bits are those that Pillow cannot average.
    left = _SINGLE if unsmoothed or parts.directory.numbers(BITS) == (16,) else _LEVEL
    largest = min(width // (left * wanted[0]), height // (left * wanted[1]))
    factor = factor_of(parts, largest) if width * height >= _LARGE else 1
    if is_base and (factor == 1 or width * height < _HUGE):
        return None
    kept = math.ceil(width / factor) * math.ceil(height / factor)
    if not is_worth_it(parts) or kept > options.max_pixels:
        return None  # Pillow's way has limits, and words for them
    may_be_unpacked(
        width * height,
        quote(name) if name else "the TIFF",
        "store it as a pyramid, of which the smallest level is read that suffices",
        options,
    )
    image = read_reduced(parts, factor, unsmoothed=unsmoothed)
    return image, (width / factor, height / factor)


def _sufficient(base: Directory, wanted: tuple[int, int]) -> Directory:
    """Return the smallest level that has enough pixels for each of the thumbnail."""
    best, fewest = base, base.number(WIDTH) * base.number(HEIGHT)
    # What is black or white, or of few colours, has no means in its smaller levels either.
    is_coarse = base.number(PHOTOMETRIC) == _PALETTE or max(base.numbers(BITS), default=1) < 8
    left = _SINGLE if is_coarse else _LEVEL
    for level in _levels(base):
        width, height = level.number(WIDTH), level.number(HEIGHT)
        suffices = width >= left * wanted[0] and height >= left * wanted[1]
        if suffices and width * height < fewest:
            best, fewest = level, width * height
    return best


def _levels(base: Directory) -> Iterator[Directory]:
    try:
        for level in sub_directories(base):
            if _is_level(level, base):
                yield level
        for page in first_directories(base.file):
            if page.entries == base.entries:
                continue
            if _is_marked(page):
                if _is_level(page, base):
                    yield page
            elif _is_another(page, base):
                return  # further pages are further pictures
            elif _has_same_tiles(page, base) and _is_level(page, base):
                yield page
    except _BROKEN:  # the levels before the broken directory are whole
        return


def _is_marked(page: Directory) -> bool:
    return bool(page.number(_NEW_KIND) & _IS_REDUCED) or page.number(_OLD_KIND) == 2


def _is_another(page: Directory, base: Directory) -> bool:
    kind = page.number(_NEW_KIND)
    same_size = all(page.number(tag) == base.number(tag) for tag in (WIDTH, HEIGHT))
    return bool(kind & _IS_PAGE) or (same_size and not kind & _IS_MASK)


def _has_same_tiles(page: Directory, base: Directory) -> bool:
    tags = (_TILE_WIDTH, _TILE_HEIGHT, COMPRESSION)
    return _TILE_WIDTH in base.entries and all(page.number(tag) == base.number(tag) for tag in tags)


def _is_level(level: Directory, base: Directory) -> bool:
    """Tell whether a directory holds a smaller version of the base, in the same kind of pixels."""
    if level.number(_NEW_KIND) & _IS_MASK:
        return False
    kinds = [
        (
            "color" if directory.number(PHOTOMETRIC) in _COLORS else directory.number(PHOTOMETRIC),
            *(directory.numbers(tag) for tag in (BITS, SAMPLES, SAMPLE_FORMAT, EXTRA_SAMPLES)),
        )
        for directory in (level, base)
    ]
    if kinds[0] != kinds[1]:
        return False
    width, height = level.number(WIDTH), level.number(HEIGHT)
    whole_width, whole_height = base.number(WIDTH), base.number(HEIGHT)
    if not (0 < width < whole_width and 0 < height < whole_height):
        return False
    # Sides are rounded, perhaps once for each level.
    expected = whole_height * width / whole_width
    return abs(height - expected) <= 1 + height / width + 0.01 * height * _is_marked(level)
