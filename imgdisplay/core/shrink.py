"""From a decoded picture of any mode to small, upright 8-bit pixels.

The order is what makes it fast and right: shrink first, in a mode that can be averaged, then
convert colours and turn, which then cost next to nothing.
"""

from __future__ import annotations

from PIL import Image

from imgdisplay.core.color.colormaps import LABELS, colored
from imgdisplay.core.color.conversion import to_srgb
from imgdisplay.core.layout import Layout
from imgdisplay.core.picture import Picture
from imgdisplay.options import Options

__all__ = ["shrink", "upright"]

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_REDUCING_GAP = 1.8
"""Pixels per thumbnail pixel, at least, that the cheap box filter leaves to the good one.

SSIM to LANCZOS on all pixels is 0.993 and more, of BICUBIC on all pixels as well.
"""

_REDUCED_GAP = 1.5
"""The same of pictures that a decoder has reduced, whose decoding is cheap by comparison."""

_CONVERTED_FIRST = {
    # Modes whose values cannot be averaged: a palette's indices, a circle of hues, one bit.
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "HSV": "RGB",
    "RGBX": "RGB",
}

_OF_NUMBERS = frozenset({"1", "L", "P", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"})

_PREMULTIPLIED = {
    # Averaged with their colours multiplied by the opacity, so that what is hidden under
    # transparent pixels does not bleed into the edges.
    "LA": "La",
    "RGBA": "RGBa",
}
_STRAIGHT = {"La": "LA", "RGBa": "RGBA"}


def shrink(
    picture: Picture, target: Layout, options: Options
) -> tuple[Image.Image, tuple[str, ...]]:
    """Return the picture at ``target.pixels``, upright, in sRGB, and notes for people.

    The mode is L, LA, RGB or RGBA. ``picture.image`` is not changed.
    """
    pixels = target.pixels[::-1] if picture.orientation >= 5 else target.pixels
    are_labels = options.colormap == LABELS and picture.image.mode in _OF_NUMBERS
    if are_labels:
        from imgdisplay.core.arrays import labelled  # needs numpy

        image = labelled(picture.image, options)
    else:
        image = _averageable(picture, options)
    if image.size != pixels:
        unsmoothed = target.enlarged or picture.unsmoothed or are_labels
        filled = picture.filled or image.size
        corner = picture.begins[0] + filled[0], picture.begins[1] + filled[1]
        box = (*picture.begins, *corner)
        was_reduced = picture.filled is not None
        image = _resized(image, pixels, box, unsmoothed=unsmoothed, was_reduced=was_reduced)
    if image.mode in _STRAIGHT:
        image = image.convert(_STRAIGHT[image.mode])
    image, notes = to_srgb(image, picture.color)
    if options.colormap not in (None, LABELS) and image.mode in ("L", "LA"):
        image = colored(image, options.colormap)
    return upright(image, picture.orientation), notes


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the image turned and mirrored as its EXIF orientation says (EXIF 2.32, 4.6.4)."""
    return image.transpose(_TURN[orientation]) if orientation in _TURN else image


def _averageable(picture: Picture, options: Options) -> Image.Image:
    image = picture.image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        full_range = picture.format == "PNG"  # there, 65535 is white (PNG specification, 13.13)
        from imgdisplay.core.arrays import scale_to_bytes  # needs numpy

        image = scale_to_bytes(image, options, value_range=(0, 65535) if full_range else None)
    elif image.mode in ("1", "L", "P", "RGB") and image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
    first = _CONVERTED_FIRST.get(image.mode)
    return image.convert(first) if first else image


def _resized(
    image: Image.Image,
    size: tuple[int, int],
    box: tuple[float, float, float, float],
    *,
    unsmoothed: bool,
    was_reduced: bool,
) -> Image.Image:
    if unsmoothed:
        return image.resize(size, Image.Resampling.NEAREST, box)
    if image.mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[image.mode])
    if was_reduced:
        return image.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=_REDUCED_GAP)
    # Where nothing is lost to a coarser filter before, a good one will do for the best.
    gap = min((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1])
    good = Image.Resampling.BICUBIC if gap < 2 * _REDUCING_GAP else Image.Resampling.LANCZOS
    return image.resize(size, good, box, reducing_gap=_REDUCING_GAP)
