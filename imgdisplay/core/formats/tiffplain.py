"""TIFF pictures that lie in the file as plain numbers: of these, every k-th is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from imgdisplay.core.formats.tiffparts import (
    BITS,
    COMPRESSION,
    EXTRA_SAMPLES,
    FILL_ORDER,
    PHOTOMETRIC,
    SAMPLE_FORMAT,
    SAMPLES,
    Parts,
)
from imgdisplay.core.large.strided import read_strided

__all__ = ["is_plain", "read_plain"]

_BLACK_IS_ZERO, _RGB = 1, 2
_UNSIGNED, _FLOAT = 1, 3


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What the numbers of one pixel are, as TIFF says and as Pillow would call them."""

    mode: str
    photometric: int
    bits: tuple[int, ...]
    kind: str
    format: int = _UNSIGNED
    extra: tuple[int, ...] = ()


# Deliberately few. Greys that count from white, palettes, CMYK, YCbCr, multiplied opacity,
# planes, signed and odd numbers of bits have meanings that Pillow knows: they are decoded.
_PLAIN = (
    _Numbers("L", _BLACK_IS_ZERO, (8,), "u1"),
    _Numbers("RGB", _RGB, (8, 8, 8), "u1"),
    _Numbers("RGBA", _RGB, (8, 8, 8, 8), "u1", extra=(2,)),
    _Numbers("I;16", _BLACK_IS_ZERO, (16,), "u2"),
    _Numbers("F", _BLACK_IS_ZERO, (32,), "f4", _FLOAT),
)


def _numbers(parts: Parts) -> _Numbers | None:
    directory = parts.directory
    if directory.number(COMPRESSION, 1) != 1 or directory.number(FILL_ORDER, 1) != 1:
        return None
    samples = directory.number(SAMPLES, 1)
    if parts.planes > 1 or len(directory.numbers(BITS)) != samples:
        return None
    formats = set(directory.numbers(SAMPLE_FORMAT)) or {_UNSIGNED}
    for numbers in _PLAIN:
        if (
            directory.number(PHOTOMETRIC, -1) == numbers.photometric
            and directory.numbers(BITS) == numbers.bits
            and directory.numbers(EXTRA_SAMPLES) == numbers.extra
            and formats == {numbers.format}
        ):
            return numbers
    return None


def is_plain(parts: Parts) -> bool:
    """Tell whether `read_plain` can read a picture, and its parts have the bytes they should."""
    numbers = _numbers(parts)
    if numbers is None:
        return False
    pixel = sum(numbers.bits) // 8
    width, height = parts.part
    whole = width * height * pixel
    rest = (parts.size[1] % height or height) * width * pixel  # the last strip may be shorter
    wanted = parts.across * parts.down
    counts = parts.counts[:wanted]
    least = whole if parts.is_tiled else rest
    return min(counts[:-1], default=whole) >= whole and counts[-1] >= least


def read_plain(parts: Parts, rows: int, columns: int) -> Image.Image:
    """Return every so many rows and columns of a picture, of mode L, RGB, RGBA, I;16 or F.

    Raises
    ------
    DecodeError
        If the file ends too early.
    """
    numbers = _numbers(parts)
    assert numbers is not None  # as `is_plain` has told
    dtype = np.dtype(parts.directory.order + numbers.kind)
    samples = len(numbers.bits)
    width, height = parts.size
    out = np.empty(
        (math.ceil(height / rows), math.ceil(width / columns), samples), dtype.newbyteorder("=")
    )
    pixel = samples * dtype.itemsize
    line = parts.part[0] * pixel
    for down in range(parts.down):
        upper = down * parts.part[1]
        lower = min(upper + parts.part[1], height)
        first_row = math.ceil(upper / rows)
        if first_row * rows >= lower:
            continue  # nothing in these parts is kept
        for across in range(parts.across):
            left = across * parts.part[0]
            right = min(left + parts.part[0], width)
            first = math.ceil(left / columns)
            if first * columns >= right:
                continue
            begin = (first_row * rows - upper) * line + (first * columns - left) * pixel
            read = read_strided(
                parts.directory.file,
                parts.offsets[down * parts.across + across] + begin,
                dtype,
                (lower - first_row * rows, right - first * columns, samples),
                (line, pixel, dtype.itemsize),
                (rows, columns, 1),
            )
            out[first_row : first_row + read.shape[0], first : first + read.shape[1]] = read
    return Image.fromarray(out[..., 0] if samples == 1 else out)
