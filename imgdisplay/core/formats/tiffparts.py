"""The pixels of a TIFF picture, tile by tile or strip by strip, reduced while they are read.

Each tile, or few strips, becomes a TIFF file of its own in memory, which Pillow decodes: so
every compression, colour space and number of bits comes out as it does for the whole file, and
no more than a few million pixels are unpacked at once.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from imgdisplay.core.formats.firstframe import as_browsers_see
from imgdisplay.core.formats.tiffdirectory import Directory
from imgdisplay.core.streams import read_exactly
from imgdisplay.errors import DecodeError

__all__ = ["Parts", "factor_of", "is_worth_it", "parts_of", "read_reduced"]

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
SAMPLES, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT = 277, 284, 338, 339
FILL_ORDER, _PREDICTOR = 266, 317
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_COUNTS = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325

_COPIED = (
    *(BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANAR, _PREDICTOR),
    *(EXTRA_SAMPLES, SAMPLE_FORMAT),
    *(292, 293),  # options of fax compression
    320,  # colour map
    *(332, 334, 336),  # inks
    347,  # tables that all JPEG tiles share
    *(529, 530, 531, 532),  # YCbCr: coefficients, subsampling, positions, black and white
)
"""Tags that say how pixels are stored, without what says where and how many."""

_PLAIN = 1
_COMPRESSIONS = frozenset({_PLAIN, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000, 50001})
"""Those whose tiles stand alone: none, fax, LZW, JPEG, deflate, PackBits, LZMA, Zstd, WebP.

Not the old JPEG (6), whose tables lie somewhere else in the file. It and whatever is unknown is
left to Pillow.
"""

_LONG = 4
_AT_ONCE = 2**23
"""Pixels that are unpacked at once, at most, to reduce them."""

_FEW = 2**20
"""Pixels that are unpacked at once, at least, if parts are smaller: each time costs as much as
30,000 pixels."""

_MOST_PARTS = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Where the parts of a picture are: tiles, or strips, which are as wide as the picture.

    Attributes
    ----------
    size
        (width, height) of the picture.
    part
        (width, height) of a part; those at the right and lower edge may be cut off.
    planes
        1, or the number of samples if each has parts of its own.
    offsets, counts
        Where each part begins in the file and its bytes; all of one plane, then the next.
    """

    directory: Directory
    size: tuple[int, int]
    part: tuple[int, int]
    planes: int
    is_tiled: bool
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def across(self) -> int:
        return math.ceil(self.size[0] / self.part[0])

    @property
    def down(self) -> int:
        return math.ceil(self.size[1] / self.part[1])


def parts_of(directory: Directory) -> Parts | None:
    """Return where the parts of a picture are, or None if its parts do not stand alone.

    Raises
    ------
    DecodeError
        If the directory contradicts itself.
    """
    number = directory.number
    if number(COMPRESSION, _PLAIN) not in _COMPRESSIONS:
        return None
    size = number(WIDTH), number(HEIGHT)
    is_tiled = _TILE_OFFSETS in directory.entries
    if is_tiled:
        part = number(_TILE_WIDTH), number(_TILE_HEIGHT)
        where = _TILE_OFFSETS, _TILE_COUNTS
    else:
        part = size[0], min(number(_ROWS_PER_STRIP, size[1]) or size[1], size[1])
        where = _STRIP_OFFSETS, _STRIP_COUNTS
    if min(*size, *part) < 1:
        raise DecodeError(f"a TIFF of {size[0]}×{size[1]} pixels in parts of {part[0]}×{part[1]}")
    planes = number(SAMPLES, 1) if number(PLANAR, 1) == 2 else 1
    offsets, counts = (directory.numbers(tag) for tag in where)
    parts = Parts(directory, size, part, planes, is_tiled, offsets, counts)
    wanted = parts.across * parts.down * planes
    if len(offsets) < wanted or len(counts) < wanted:
        raise DecodeError(
            f"a TIFF of {wanted} parts tells where {min(len(offsets), len(counts))} of them are"
        )
    return parts


def factor_of(parts: Parts, largest: int) -> int:
    """Return by how much its parts can be reduced one by one: a power of two, or 1."""
    factor = 1 << (max(largest, 1).bit_length() - 1)
    while factor > 1:
        if parts.is_tiled:
            alone = parts.part[0] % factor == 0 and parts.part[1] % factor == 0
        else:
            alone = math.lcm(parts.part[1], factor) * parts.size[0] <= _AT_ONCE
        if alone and math.prod(parts.part) <= _AT_ONCE:
            break
        factor //= 2
    return factor


def is_worth_it(parts: Parts) -> bool:
    """Tell whether a picture has not too many parts, and none that is too large."""
    many = parts.across * parts.down * parts.planes
    return many <= _MOST_PARTS and math.prod(parts.part) <= _AT_ONCE


def read_reduced(parts: Parts, factor: int, *, unsmoothed: bool = False) -> Image.Image:
    """Return the picture with both sides divided by `factor`, rounded up.

    Parameters
    ----------
    factor
        What `factor_of` returned.
    unsmoothed
        Keep single pixels instead of means, as of labels.

    Raises
    ------
    DecodeError
        If a part is missing. Pillow raises errors of its own.
    """
    whole: Image.Image | None = None
    copied = _copied(parts.directory)
    for group in _groups(parts, factor):
        left, top = group.column * parts.part[0], group.row * parts.part[1]
        stored = group.across * parts.part[0], group.down * parts.part[1]
        shown = min(stored[0], parts.size[0] - left), min(stored[1], parts.size[1] - top)
        file = _file(parts, copied, stored if parts.is_tiled else shown, group.numbers(parts))
        image = _reduced(_decoded(file).crop((0, 0, *shown)), factor, unsmoothed)
        if whole is None:
            size = math.ceil(parts.size[0] / factor), math.ceil(parts.size[1] / factor)
            whole = Image.new(image.mode, size)
            if image.mode == "P":
                whole.putpalette(image.getpalette() or [])
        whole.paste(image, (left // factor, top // factor))
    if whole is None:
        raise DecodeError("a TIFF without a single part")
    return whole


def _decoded(file: bytes) -> Image.Image:
    image = TiffImageFile(io.BytesIO(file))
    image.load()
    return as_browsers_see(image, None, "")


# What can be averaged, and what becomes of modes that cannot.
_AVERAGED = {"1": "L", "P": "RGB", "LA": "La", "RGBA": "RGBa"}


def _reduced(image: Image.Image, factor: int, unsmoothed: bool) -> Image.Image:
    if factor == 1:
        return image
    if unsmoothed or image.mode.startswith("I;16"):
        sides = math.ceil(image.width / factor), math.ceil(image.height / factor)
        return image.resize(sides, Image.Resampling.NEAREST)
    if image.mode == "PA":
        image = image.convert("RGBA")
    return image.convert(_AVERAGED.get(image.mode, image.mode)).reduce(factor)


@dataclass(frozen=True, slots=True)
class _Group:
    """Some tiles side by side, or some strips."""

    row: int
    column: int
    down: int
    across: int

    def numbers(self, parts: Parts) -> list[int]:
        """Return which parts they are: planes, in each rows, in each columns."""
        return [
            (plane * parts.down + self.row + lower) * parts.across + self.column + further
            for plane in range(parts.planes)
            for lower in range(self.down)
            for further in range(self.across)
        ]


def _groups(parts: Parts, factor: int) -> Iterator[_Group]:
    """Give groups that have a million pixels or more, and can be reduced one by one."""
    width, height = parts.part
    columns = rows = 1
    if parts.is_tiled:
        columns = max(1, _FEW // (width * height))
    else:
        rows = math.lcm(height, factor) // height
        rows *= max(1, _FEW // (rows * width * height))
    for row in range(0, parts.down, rows):
        for column in range(0, parts.across, columns):
            down, across = min(rows, parts.down - row), min(columns, parts.across - column)
            group = _Group(row, column, down, across)
            are_there = {_is_there(parts, number) for number in group.numbers(parts)}
            if are_there == {True}:
                yield group
            elif True in are_there:
                yield from (
                    single
                    for single in (_Group(row, column + tile, down, 1) for tile in range(across))
                    if any(_is_there(parts, number) for number in single.numbers(parts))
                )


def _is_there(parts: Parts, number: int) -> bool:
    """Tell whether a part is in the file: GDAL leaves out what is empty."""
    return bool(parts.counts[number] or parts.offsets[number])


def _copied(directory: Directory) -> dict[int, tuple[int, int, bytes]]:
    return {
        tag: (directory.entries[tag].type, directory.entries[tag].count, directory.raw(tag))
        for tag in _COPIED
        if tag in directory.entries
    }


def _file(
    parts: Parts,
    copied: dict[int, tuple[int, int, bytes]],
    size: tuple[int, int],
    which: list[int],
) -> bytes:
    """Return a TIFF file of some parts (TIFF 6.0, sections 2, 3 and 15)."""
    order, file = parts.directory.order, parts.directory.file
    data = []
    for part in which:
        _check_length(parts, parts.counts[part])
        file.seek(parts.offsets[part])
        data.append(read_exactly(file, parts.counts[part]))
    tile = parts.is_tiled
    new = {
        WIDTH: [size[0]],
        HEIGHT: [size[1]],
        (_TILE_COUNTS if tile else _STRIP_COUNTS): [len(pixels) for pixels in data],
        (_TILE_OFFSETS if tile else _STRIP_OFFSETS): [0] * len(data),
        **({_TILE_WIDTH: [parts.part[0]], _TILE_HEIGHT: [parts.part[1]]} if tile else {}),
        **({} if tile else {_ROWS_PER_STRIP: [parts.part[1]]}),
    }
    tags = sorted([*copied, *new])
    behind = 8 + 2 + 12 * len(tags) + 4
    sizes = {tag: len(copied[tag][2]) if tag in copied else 4 * len(new[tag]) for tag in tags}
    at = behind + sum(length + length % 2 for length in sizes.values() if length > 4)
    offsets = new[_TILE_OFFSETS if tile else _STRIP_OFFSETS]
    for number, pixels in enumerate(data):
        offsets[number] = at
        at += len(pixels)
    head = [(b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(tags))]
    values = []
    for tag in tags:
        if tag in copied:
            kind, count, value = copied[tag]
        else:
            kind, count, value = (
                _LONG,
                len(new[tag]),
                struct.pack(f"{order}{len(new[tag])}I", *new[tag]),
            )
        if len(value) <= 4:
            head.append(struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0"))
            continue
        head.append(struct.pack(order + "HHII", tag, kind, count, behind))
        values.append(value + b"\0" * (len(value) % 2))
        behind += len(values[-1])
    return b"".join([*head, bytes(4), *values, *data])


def _check_length(parts: Parts, count: int) -> None:
    # No compression needs twice the bytes of what it compresses, but for small parts.
    bits = max(parts.directory.numbers(BITS) or (1,)) * max(parts.directory.number(SAMPLES, 1), 1)
    if count > math.prod(parts.part) * bits // 4 + 2**16:
        raise DecodeError(f"a part of a TIFF has {count:,} bytes")
