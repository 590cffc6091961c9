"""The whole picture of a source: its file if it has one, its pixels as they are or as shown."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, product
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

from imgdisplay.core.color.conversion import to_srgb
from imgdisplay.core.color.tag import UNTAGGED, ColorTag
from imgdisplay.core.formats.stripping import can_be_stripped
from imgdisplay.core.isolation.decoding import is_isolated
from imgdisplay.core.large.lazyarrays import LazyArray
from imgdisplay.core.layout import layout
from imgdisplay.core.limits import within_limits
from imgdisplay.core.picture import Picture
from imgdisplay.core.pipeline import picture_of, pixels_of, unloaded
from imgdisplay.core.shrink import upright
from imgdisplay.core.sources import Leaf, resolve
from imgdisplay.core.streams import Encoded
from imgdisplay.options import Options
from imgdisplay.options import resolve as resolve_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["exact_image", "in_memory", "is_neutral", "opened_picture", "shown_image", "whole"]


def whole(given: Mapping[str, Any]) -> Options:
    """Return the options of a conversion: its size is in pixels, and None unless it is given.

    The session's ``size``, ``scale`` and ``pixelated`` are those of thumbnails.
    """
    return dataclasses.replace(
        resolve_options(given),
        size=given.get("size"),
        scale=given.get("scale", 1),
        pixelated=given.get("pixelated", False),
    )


def in_memory(source: object, options: Options, *, always: bool = False) -> tuple[Leaf, Options]:
    """Return the leaf behind a source, and the options for what follows.

    A file that might be handed on as it is (or, with `always`, any file) is read as a whole,
    and once: a pipe cannot be read again.

    Raises
    ------
    SourceError
        If there is no such file, it may not be read, or has too many bytes; or if nobody knows
        such an object.
    """
    leaf = resolve(source, options)
    if isinstance(leaf, Image.Image):
        leaf = unloaded(leaf) or leaf
    if not isinstance(leaf, Encoded):
        return leaf, options
    with leaf.open(options) as file:
        head = file.read(_HEAD)
        if not (always or can_be_stripped(head) or isinstance(file, io.BytesIO)):
            return leaf, options
        file.seek(0)
        data = leaf.data if leaf.data is not None else file.read()
    # The limit of its kind has been kept; the one for data in memory is lower.
    options = dataclasses.replace(options, max_file_bytes=max(len(data), 1))
    return Encoded(None, data, None, leaf.name, leaf.frame, leaf.fetched), options


_HEAD = 16


def opened_picture(leaf: Leaf, options: Options) -> Picture:
    """Return a leaf as a picture, untagged if its colours are those of sRGB anyway.

    Raises
    ------
    SourceError
        If it cannot be had.
    MissingExtra
        If a library that reads it is not installed.
    """
    whole = options.size is None or (isinstance(leaf, Encoded) and is_isolated(leaf, options))
    picture = picture_of(leaf, options, whole=whole)
    if is_neutral(picture.color, picture.image.mode):
        picture = dataclasses.replace(picture, color=UNTAGGED)
    return picture


def shown_image(picture: Picture, options: Options) -> Image.Image:
    """Return pixels as they are shown, of mode L, LA, RGB or RGBA, in an image of its own."""
    target = picture.laid_out or layout(picture.size, options)
    image, _ = pixels_of(picture, target, options)
    return image.copy() if image is picture.image else image


def exact_image(leaf: Leaf, picture: Picture | None, options: Options) -> Image.Image | None:
    """Return pixels in a mode that showing them would change, or None.

    That is 1, P, I, I;16 or F, upright, in an image of its own; and two axes of uint16 as I;16.

    Parameters
    ----------
    picture
        The leaf's picture, or None if it is an array.
    """
    if not leaves_pixels(options):
        return None
    if picture is None:
        return _deep_array(leaf, options)
    image = picture.image
    if picture.laid_out or picture.color != UNTAGGED or not fits(picture.size, options):
        return None
    if image.mode.startswith("I;16"):
        image = image if image.mode == "I;16" else image.convert("I").convert("I;16")
    elif image.mode not in ("1", "P", "I", "F") or (
        image.mode == "1" and image.has_transparency_data
    ):
        return None
    turned = upright(image, picture.orientation)
    return turned.copy() if turned is picture.image else turned


def leaves_pixels(options: Options) -> bool:
    """Tell whether options want pixels as they are, but for their number."""
    return (
        options.overlay is None
        and options.colormap is None
        and options.background is None
        and options.value_range is None
        and options.denormalize is None
    )


def fits(size: tuple[int, int], options: Options) -> bool:
    """Tell whether a picture is not to be shrunk or enlarged."""
    return layout(size, options).pixels == size


def _deep_array(leaf: Any, options: Options) -> Image.Image | None:
    import numpy  # it has been imported by whoever has an array

    if not isinstance(leaf, (numpy.ndarray, LazyArray)):
        return None
    if (leaf.dtype.kind, leaf.dtype.itemsize) != ("u", 2):  # of either byte order
        return None
    from imgdisplay.core.arrays import array_leaf
    from imgdisplay.core.large.thinning import thinned

    plane = array_leaf(leaf, options)
    if isinstance(plane, LazyArray) and fits((plane.shape[1], plane.shape[0]), options):
        plane = thinned(plane, options)
    if not isinstance(plane, numpy.ndarray) or isinstance(plane, numpy.ma.MaskedArray):
        return None
    values: NDArray[Any] = plane[..., 0] if plane.shape[2:] == (1,) else plane
    if values.ndim != 2 or not fits(values.shape[::-1], options):
        return None
    within_limits(values.shape[::-1], values.shape[::-1], "", options)
    return Image.fromarray(numpy.ascontiguousarray(values, "=u2"))


@lru_cache(maxsize=16)
def is_neutral(tag: ColorTag, mode: str) -> bool:
    """Tell whether pixels of `mode` look the same without what their file says of colours.

    A profile may be large and say sRGB: then pixels stay as they are and it is left out.
    """
    if tag == UNTAGGED:
        return True
    if mode == "CMYK":
        return tag == ColorTag(inks_merged=True)
    if mode in ("P", "PA", "RGB", "RGBA", "RGBa", "RGBX"):
        probe = Image.frombytes("RGB", (_COLORS, 1), _colors())
    elif mode in ("1", "L", "LA", "La", "I", "F") or mode.startswith("I;16"):
        probe = Image.frombytes("L", (256, 1), bytes(range(256)))
    else:
        return False
    seen, _ = to_srgb(probe, tag)
    difference = ImageChops.difference(probe.convert(seen.mode), seen)
    return all(high <= _INVISIBLE for _, high in _extrema(difference))


_LEVELS = range(0, 256, 17)
_COLORS = len(_LEVELS) ** 3
_INVISIBLE = 1
"""Levels of 255 that a profile of sRGB may differ by, from rounding."""


def _colors() -> bytes:
    return bytes(chain.from_iterable(product(_LEVELS, repeat=3)))


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    return [channel.getextrema() for channel in image.split()]  # type: ignore[misc]
