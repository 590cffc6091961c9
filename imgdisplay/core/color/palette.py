"""Colours for labels, and what is seen on and beside them.

One palette for boxes, masks, points and ``colormap="labels"``, so that a label looks the same
wherever it stands.
"""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from typing import TypeAlias

__all__ = ["Color", "halo", "ink", "number_color", "palette", "table_colors", "text_color"]

Color: TypeAlias = tuple[int, int, int]

_GOLDEN_ANGLE = 137.508


@functools.cache
def palette() -> tuple[Color, ...]:
    """Return 21 colours: hues a golden angle apart, in three lightnesses, as vivid as sRGB is.

    The lightnesses and the first hue were searched for the largest distance between any two
    (at least 0.1 in OKLab, where 0.02 is noticeable) and from black or white text (at least
    6 : 1).
    """
    return tuple(
        _srgb(lightness, 24 + index * _GOLDEN_ANGLE)
        for index, lightness in zip(range(21), itertools.cycle((0.7, 0.82, 0.48)), strict=False)
    )


def number_color(number: int) -> Color:
    """Return the colour of a label's number, from 1 on. After the last the first comes again.

    Examples
    --------
    >>> number_color(1) == number_color(22) == palette()[0]
    True
    """
    return palette()[(number - 1) % len(palette())]


def text_color(text: str) -> Color:
    """Return the colour of a label's text: the same in every picture and every session."""
    return palette()[zlib.crc32(text.encode()) % len(palette())]


def table_colors() -> tuple[Color, ...]:
    """Return the colours of the numbers 1 to 255, which a table of 256 has beside black.

    Whoever paints by such a table begins again with the first at 256.
    """
    return tuple(map(number_color, range(1, 256)))


def ink(color: Color) -> str:
    """Return black or white, whichever has more contrast to `color` (WCAG 2.2)."""
    parts = (x / 3294 if x <= 10 else ((x / 255 + 0.055) / 1.055) ** 2.4 for x in color)
    luminance = sum(x * part for x, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
    return "black" if luminance > 0.179 else "white"


def halo(color: Color) -> Color:
    """Return what a line needs at its side to be seen on every ground: its dark or light tint."""
    ground = 0 if ink(color) == "black" else 255
    red, green, blue = ((part + 4 * ground) // 5 for part in color)
    return red, green, blue


def _srgb(lightness: float, hue: float) -> Color:
    """Return the most vivid sRGB colour of a lightness and hue in OKLCH, of chroma up to 0.2.

    Björn Ottosson, *A perceptual color space for image processing*, 2020.
    """
    for chroma in (step / 200 for step in range(40, -1, -1)):
        a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
        if all(0 <= part <= 1 for part in linear):
            break
    red, green, blue = (
        round(255 * (12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055))
        for x in linear
    )
    return red, green, blue
