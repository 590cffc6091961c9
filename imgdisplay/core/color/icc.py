"""ICC profiles written from numbers: primaries, white point and transfer curve.

Files that describe their colours by other means (PNG's gAMA, cHRM and cICP) are given such a
profile, so that one colour engine converts them all. Layout: ICC.1:2001-04, sections 6.1
(header), 6.2 (tag table), 6.5 (tag types).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

__all__ = ["BRADFORD", "Matrix", "Primaries", "matrix_profile", "rgb_to_xyz", "srgb_profile"]

Matrix: TypeAlias = tuple[tuple[float, float, float], ...]
Primaries: TypeAlias = tuple[float, float, float, float, float, float, float, float]
"""CIE 1931 x, y of white, red, green and blue: the order of PNG's cHRM."""

SRGB_PRIMARIES: Primaries = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
BT2020_PRIMARIES: Primaries = (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)

_D50 = (0.9642, 1.0, 0.8249)  # the white of the profile connection space, ICC.1 section 6.3.4.1

BRADFORD: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
"""Chromatic adaptation, ICC.1:2010 annex E."""


def multiply(a: Matrix, b: Matrix) -> Matrix:
    """Return the product of two 3×3 matrices."""
    columns = list(zip(*b, strict=True))
    return tuple((_dot(row, columns[0]), _dot(row, columns[1]), _dot(row, columns[2])) for row in a)


def _dot(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _apply(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, float, float]:
    return _dot(matrix[0], vector), _dot(matrix[1], vector), _dot(matrix[2], vector)


def inverse(m: Matrix) -> Matrix:
    """Return the inverse of a 3×3 matrix.

    Raises
    ------
    ZeroDivisionError
        If it has none: the primaries lie on a line.
    """
    (a, b, c), (d, e, f), (g, h, i) = m
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    return tuple((x / determinant, y / determinant, z / determinant) for x, y, z in cofactors)


def rgb_to_xyz(primaries: Primaries) -> Matrix:
    """Return the matrix from linear RGB of these primaries to XYZ adapted to D50 by Bradford.

    Raises
    ------
    ZeroDivisionError
        If the chromaticities span no colours.

    Examples
    --------
    >>> [round(x, 4) for x in rgb_to_xyz(SRGB_PRIMARIES)[1]]
    [0.2225, 0.7169, 0.0606]
    """
    (x, y, z), *corners = (
        (x, y, 1 - x - y) for x, y in zip(primaries[0::2], primaries[1::2], strict=True)
    )
    white = (x / y, 1.0, z / y)
    columns: Matrix = tuple(zip(*corners, strict=True))
    strengths = _apply(inverse(columns), white)
    unadapted: Matrix = tuple(
        (row[0] * strengths[0], row[1] * strengths[1], row[2] * strengths[2]) for row in columns
    )
    source, target = _apply(BRADFORD, white), _apply(BRADFORD, _D50)
    gains = tuple(t / s for t, s in zip(target, source, strict=True))
    scaled: Matrix = tuple(
        (row[0] * gain, row[1] * gain, row[2] * gain)
        for row, gain in zip(BRADFORD, gains, strict=True)
    )
    return multiply(multiply(inverse(BRADFORD), scaled), unadapted)


def srgb_decode(value: float) -> float:
    """Return linear light of an sRGB value, both 0 to 1 (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return an sRGB profile of ICC version 2.

    Not version 4, which Little CMS brings: with one, it forces black-point compensation on
    perceptual transforms, and browsers do none.
    """
    return matrix_profile(SRGB_PRIMARIES, srgb_decode, steps=4096)


def matrix_profile(
    primaries: Primaries, decode: Callable[[float], float], *, steps: int = 256
) -> bytes:
    """Return an RGB profile of ICC version 2.

    Parameters
    ----------
    primaries
        Chromaticities of white, red, green, blue.
    decode
        Linear light, 0 to 1, of an encoded value, 0 to 1.
    steps
        Entries of the curve; 256 are exact for 8-bit pixels.

    Raises
    ------
    ZeroDivisionError
        If the primaries span no colours.
    """
    matrix = rgb_to_xyz(primaries)
    levels = (decode(step / (steps - 1)) for step in range(steps))
    entries = [round(65535 * min(max(level, 0.0), 1.0)) for level in levels]
    curve = struct.pack(f">4s4xI{steps}H", b"curv", steps, *entries)
    tags = {
        b"desc": b"desc" + struct.pack(">4xI", 4) + b"RGB\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(tuple(row[0] for row in matrix)),
        b"gXYZ": _xyz(tuple(row[1] for row in matrix)),
        b"bXYZ": _xyz(tuple(row[2] for row in matrix)),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _profile(tags)


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    offsets: dict[bytes, int] = {}
    for signature, data in tags.items():
        if data not in offsets:  # the three curves are stored once
            offsets[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", signature, offsets[data], len(data))
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4sQI3i4s44x",
        start + len(body),
        b"\0\0\0\0",
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0),
        b"acsp",
        b"\0\0\0\0",
        0,
        b"\0\0\0\0",
        b"\0\0\0\0",
        0,
        0,
        *(round(value * 65536) for value in _D50),
        b"\0\0\0\0",
    )
    return header + table + body
