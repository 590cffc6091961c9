"""How large a thumbnail is drawn, and how many pixels it gets."""

from __future__ import annotations

from dataclasses import dataclass

from imgdisplay.options import Options

__all__ = ["Layout", "layout"]

TINY = 32
"""Pictures with both sides up to this many pixels are enlarged by whole factors."""

ENLARGED = 256
"""Tiny pictures are not drawn larger than this many CSS pixels."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of one thumbnail, upright.

    Attributes
    ----------
    css
        (width, height) drawn, in CSS pixels.
    pixels
        (width, height) encoded, in pixels.
    enlarged
        Whether `pixels` is a whole multiple of the source, to be enlarged unsmoothed.
    """

    css: tuple[int, int]
    pixels: tuple[int, int]
    enlarged: bool = False


def layout(size: tuple[int, int], options: Options) -> Layout:
    """Return the geometry of the thumbnail of a source of `size` (width, height) pixels.

    The source is fitted into ``options.size`` at its own aspect ratio and is never smoothly
    enlarged: one that fits is drawn at one CSS pixel per pixel.

    Examples
    --------
    >>> from imgdisplay.options import Options
    >>> layout((4000, 3000), Options(size=96, scale=2))
    Layout(css=(96, 72), pixels=(192, 144), enlarged=False)
    >>> layout((28, 28), Options(size=96, scale=1))
    Layout(css=(84, 84), pixels=(84, 84), enlarged=True)
    """
    width, height = size
    box = options.box
    if box is None:
        return Layout(size, size)
    if options.pixelated and max(size) <= TINY:
        room = min(*box, ENLARGED)
        factor = room // max(size)
        if factor >= 2:
            finer = factor * max(1, round(options.scale))
            return Layout((width * factor, height * factor), (width * finer, height * finer), True)
    ratio = min(1.0, box[0] / width, box[1] / height)
    density = min(1.0, ratio * options.scale)
    return Layout(_scaled(size, ratio), _scaled(size, density))


def _scaled(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    # A line of 10000×1 pixels keeps one row.
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))
