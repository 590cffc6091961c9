"""Rectangles of the canvas' pixels: where something is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Rect", "grown", "pixels_of", "shared"]

Rect: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom: the first and the last pixels, all inside."""


def pixels_of(corners: Sequence[float], size: tuple[int, int], least: int) -> Rect | None:
    """Return the pixels that a box covers, or None if it lies outside or is not finite.

    They are at least `least` either way, so that a box of no area is still seen.

    Examples
    --------
    >>> pixels_of((1.2, 2.0, 5.6, 4.0), (8, 6), least=1)
    (1, 2, 5, 3)
    """
    first, last = [], []
    for start, end, side in zip(corners[:2], corners[2:], size, strict=True):
        if not (end >= 0 and start <= side):  # NaN is neither
            return None
        low = max(math.floor(start + 0.5), 0)
        high = min(math.floor(end + 0.5), side) - 1
        if high - low + 1 < least:
            low = max(min(math.floor((start + end - least + 1) / 2), side - least), 0)
            high = min(low + least, side) - 1
        first.append(low)
        last.append(high)
    return first[0], first[1], last[0], last[1]


def grown(place: Rect, by: int) -> Rect:
    """Return the place with `by` more pixels on each side."""
    return place[0] - by, place[1] - by, place[2] + by, place[3] + by


def shared(one: Rect, other: Rect) -> int:
    """Return how many pixels are in both."""
    width = min(one[2], other[2]) - max(one[0], other[0]) + 1
    height = min(one[3], other[3]) - max(one[1], other[1]) + 1
    return max(width, 0) * max(height, 0)
