"""Arrays as pictures: which axis is which, and which values are black and white.

**Shapes.** H×W is grey. Three axes are H×W×C if the last has 1 to 4 entries, else C×H×W if
the first has 1, 3 or 4, else N×H×W. Four axes are N×H×W×C or N×C×H×W by the same rule.
``channels="first"`` or ``"last"`` decides doubtful cases. One channel is grey, two are grey
and opacity, three are colours, four are colours and opacity. N pictures make a strip.

**Values.** ``value_range=(low, high)`` says what becomes black and white. Without it:

==============================  ==========================================================
bool                            False is black, True is white
uint8                           as it is
integers, none negative         0 to 2ⁿ - 1 for the smallest n of 8, 10, 12, 14, 16 that holds
                                the maximum; 0 to the maximum if none does
integers, some negative         minimum to maximum
floats in [0, 1]                0 to 1 (up to 1.01, which resampling overshoots to, is clipped)
floats in [-1, 1]               -1 to 1
floats in [0, 255]              0 to 255; with a colormap minimum to maximum
other floats                    minimum to maximum of the finite values
==============================  ==========================================================

``value_range="robust"`` takes the 2nd and the 98th percentile instead of the extremes.
``denormalize=`` first undoes what was done to a tensor: times the standard deviation, plus the
mean. ``colormap=`` colours one channel; ``colormap="labels"`` takes integers as labels, each
with a colour that never changes: 0 is black, negative ones are drawn like NaN.

Values that are NaN, infinite or masked count for no range and are drawn in ``nan_color``
(magenta). The range is that of the whole picture, not of each channel, and opacity is not
part of it. Extremes of arrays that are thinned out (see `imgdisplay.core.large.thinning`) are those
of the kept values, so that a huge memory-mapped array is not read as a whole.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from imgdisplay.core.color.colormaps import LABELS, colored, label_palette
from imgdisplay.core.large.averaging import Means, are_worth_it, block_means, rows_read
from imgdisplay.core.large.lazyarrays import LazyArray
from imgdisplay.core.large.thinning import is_in_memory, shape_text, thinned
from imgdisplay.core.layout import layout
from imgdisplay.core.picture import Picture
from imgdisplay.core.sources import Batch
from imgdisplay.errors import UnsupportedSource
from imgdisplay.optionchecks import DENORMALIZATIONS
from imgdisplay.options import Options

__all__ = ["array_leaf", "array_picture", "labelled", "scale_to_bytes"]

Array: TypeAlias = NDArray[Any]

_BITS = (8, 10, 12, 14, 16)
_OVERSHOOT = 1.01
_ROBUST = (2, 98)
_DARK = 32

# What is beyond a range, or beyond the numbers that hardware has, is clipped, not warned of.
_unwarned = np.errstate(all="ignore")


@_unwarned
def array_leaf(array: Array | LazyArray, options: Options) -> Array | LazyArray | Batch:
    """Return an array as H×W or H×W×C (C from 1 to 4), or as the batch that it is.

    Raises
    ------
    UnsupportedSource
        If its dtype or shape is none of a picture; the message names both.
    """
    if isinstance(array, np.ndarray) and array.dtype == object and array.ndim == 1 and array.size:
        return Batch(list(array))
    if array.dtype.kind not in "buif":
        advice = {"c": "; pass its abs() or angle()", "O": "; pass numbers, or a list of images"}
        raise _no_picture(
            array, f"its dtype is not one of numbers{advice.get(array.dtype.kind, '')}"
        )
    if array.size == 0:
        raise _no_picture(array, "it is empty")
    if array.ndim == 2:
        return array
    if array.ndim == 3:
        channels = _channel_axis(array.shape, options.channels)
        if channels == "last":
            return array
        if channels == "first":
            if isinstance(array, LazyArray):
                return array.channels_last()
            return np.moveaxis(array, 0, -1)
        return _batch(array, options)
    if array.ndim == 4:
        return _batch(array, options)
    raise _no_picture(array, "expected 2 to 4 axes: H×W, H×W×C, C×H×W or a batch of them")


def _batch(array: Array | LazyArray, options: Options) -> Batch:
    if isinstance(options.value_range, tuple) or options.denormalize is not None:
        return Batch(array)
    if array.dtype == np.uint8 and options.value_range is None:  # which have a range of their own
        return Batch(array)
    leaves = [array_leaf(picture, options) for picture in array[: options.max_images]]
    colors = [
        _split_opacity(thinned(leaf, options))[0] for leaf in leaves if not isinstance(leaf, Batch)
    ]
    if len(colors) < len(leaves):  # batches of batches
        return Batch(array)
    # One range for all, or the pictures of a batch could not be compared with one another.
    together = np.stack([np.ma.getdata(one) for one in colors])
    masked = np.stack([np.ma.getmaskarray(one) for one in colors])
    mapped = options.colormap is not None and colors[0].ndim == 2
    robust = options.value_range == "robust"
    low, high = _range(together, _usable(together, masked), robust=robust, mapped=mapped)
    return Batch(array, value_range=(low, high) if low < high else None)


def _channel_axis(shape: tuple[int, ...], said: str) -> str | None:
    possible = {"last": shape[-1] in (1, 2, 3, 4), "first": shape[0] in (1, 2, 3, 4)}
    if said != "auto":
        return said if possible[said] else None
    if possible["last"]:
        return "last"
    # Two at the front are far more often two pictures than grey and opacity.
    return "first" if shape[0] in (1, 3, 4) else None


@_unwarned
def array_picture(array: Array | LazyArray, options: Options) -> Picture:
    """Return an H×W or H×W×C array as a picture of mode L, LA, RGB or RGBA.

    Raises
    ------
    SourceRefused
        If it has more than ``max_pixels`` pixels after thinning out.
    """
    height, width = array.shape[:2]
    labels = options.colormap == LABELS and (array.ndim == 2 or array.shape[2] == 1)
    means = None if labels else _means(array, options)
    value_range = None
    if means is None:
        values = thinned(array, options)
    else:
        values = means.values
        if options.denormalize is None:
            value_range = _range_read(np.asarray(array), options)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if options.color_order == "bgr" and values.ndim == 3 and values.shape[2] >= 3:
        values = values[..., [2, 1, 0, 3][: values.shape[2]]]
    if options.denormalize is not None:
        values, options = _denormalized(values, options)
    image = _labelled(values, options) if labels else _image(values, options, value_range)
    return Picture(
        image=image,
        size=(width, height),
        notes=_dark(image, array, options, value_range),
        mode=f"{array.dtype} {shape_text(array)}",
        name=array.name if isinstance(array, LazyArray) else "",
        unsmoothed=labels,
        filled=None if means is None else means.filled,
    )


def _means(array: Array | LazyArray, options: Options) -> Means | None:
    """Return the means of a large array, or None if it has to be taken as it is."""
    height, width = array.shape[:2]
    wanted = layout((width, height), options).pixels
    if (
        not are_worth_it(array.shape, wanted)
        or not isinstance(array, np.ndarray)
        or isinstance(array, np.ma.MaskedArray)
        or not is_in_memory(array)
        or array.dtype.kind not in "uif"
        or (array.ndim == 3 and array.shape[2] in (2, 4))  # colours count by their opacity
    ):
        return None
    if array.dtype == np.uint8 and options.value_range is None:
        return block_means(array, wanted) if array.size >= _LARGE else None
    if options.value_range is None or options.denormalize is not None:
        return block_means(array, wanted)
    return block_means(array, wanted, _range_read(array, options))


_LARGE = 4_000_000
"""Bytes from which on numpy is faster to add them up than Pillow to take them over."""


def _range_read(array: Array, options: Options) -> tuple[float, float]:
    """Return the value range of an array by the rows that are read of it."""
    if isinstance(options.value_range, tuple):
        return options.value_range
    height, width = array.shape[:2]
    rows = rows_read(array, layout((width, height), options).pixels)
    mapped = options.colormap is not None and (array.ndim == 2 or array.shape[2] == 1)
    if options.value_range is None:
        return _range(rows, _Usable(), mapped=mapped)
    sample = rows[:, :: max(1, rows.size // _SAMPLE)]
    return _range(sample, _usable(sample, None), robust=True, mapped=mapped)


_SAMPLE = 1_000_000
"""Values of which the percentiles are found; more would take longer than all the rest."""


def labelled(image: Image.Image, options: Options) -> Image.Image:
    """Return a one-channel image whose values are labels as RGB, each label in its colour."""
    return _labelled(np.asarray(image), options)


def _dark(
    image: Image.Image,
    array: Array | LazyArray,
    options: Options,
    value_range: tuple[float, float] | None,
) -> tuple[str, ...]:
    """Return a note where the rule for values makes a picture that nobody can see."""
    if array.dtype.itemsize == 1 or options.value_range is not None or image.mode != "L":
        return ()
    lowest, highest = cast("tuple[int, int]", image.getextrema())
    if value_range is not None and lowest < highest <= _DARK:  # of means: a few may be brighter
        highest = int(_to_bytes(np.asarray(array).max(keepdims=True), *value_range, None).max())
    if not lowest < highest <= _DARK:
        return ()
    return (
        f"its brightest value is {highest} of 255; value_range='robust' or (low, high) stretches",
    )


def scale_to_bytes(
    image: Image.Image, options: Options, *, value_range: tuple[float, float] | None = None
) -> Image.Image:
    """Return an image of mode I, I;16 (any byte order) or F in 8 bits.

    The mode is L, or LA if one grey is transparent; RGB or RGBA if it holds NaN.

    Parameters
    ----------
    value_range
        What its file format makes black and white; None: the rule for arrays.
        ``options.value_range`` overrides both.
    """
    values = np.asarray(image)
    scaled = _image(values, options, value_range)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):  # of a 16-bit PNG: the one grey that is not drawn
        # Not a plain int, which makes numpy 2.2 crash if it is beyond what the array can hold.
        grey = np.int64(max(-(2**63), min(transparent, 2**63 - 1)))
        scaled.putalpha(Image.fromarray(np.where(values == grey, 0, 255).astype(np.uint8)))
    return scaled


@_unwarned
def _image(
    array: Array, options: Options, value_range: tuple[float, float] | None = None
) -> Image.Image:
    said = options.value_range or value_range
    masked = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    if masked is not None:
        array = np.ma.getdata(array)
    if masked is None and said is None and array.dtype in (np.uint8, np.bool_):
        plain = _pack(array if array.dtype == np.uint8 else array.astype(np.uint8) * 255)
        return _mapped(plain, options)

    colors, opacity = _split_opacity(array)
    usable = _usable(colors, None if masked is None else _split_opacity(masked)[0])
    bad = usable.bad
    if isinstance(said, tuple):
        low, high = said
    else:
        mapped = options.colormap is not None and colors.ndim == 2
        low, high = _range(colors, usable, robust=said == "robust", mapped=mapped)
    pixels = _to_bytes(colors, low, high, bad)
    if opacity is not None:
        pixels = np.dstack([pixels, _opacity(opacity)])
    return _painted(_mapped(_pack(pixels), options), bad, options.nan_color)


def _mapped(image: Image.Image, options: Options) -> Image.Image:
    if options.colormap is None or image.mode not in ("L", "LA"):
        return image
    return colored(image, options.colormap)


def _denormalized(array: Array, options: Options) -> tuple[Array, Options]:
    said = options.denormalize
    means, deviations = DENORMALIZATIONS[said] if isinstance(said, str) else said or ((0,), (1,))
    channels = 1 if array.ndim == 2 else array.shape[2]
    if len(means) not in (1, channels):
        raise _no_picture(array, f"denormalize= has {len(means)} channels, the array {channels}")
    restored = array.astype(np.float32) * np.array(deviations, "f4") + np.array(means, "f4")
    return restored, dataclasses.replace(
        options, denormalize=None, value_range=options.value_range or (0.0, 1.0)
    )


def _labelled(array: Array, options: Options) -> Image.Image:
    """Return labels as a picture; what is beyond the palette's 255 colours takes turns."""
    masked = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    values = np.ma.getdata(array)
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not np.array_equal(values[finite], np.trunc(values[finite])):
            raise _no_picture(array, "colormap='labels' expects whole numbers")
        masked = ~finite if masked is None else masked | ~finite
        values = np.where(finite, values, 0).astype(np.int64)
    values = values.astype(np.int64) if values.dtype.kind in "bi" else values
    bad = values < 0 if masked is None else masked | (values < 0)
    turned = np.where(values > 0, (values - (values > 0)) % 255 + 1, 0).astype(np.uint8)
    image = Image.fromarray(turned)
    image.putpalette(label_palette())
    return _painted(image.convert("RGB"), bad if bad.any() else None, options.nan_color)


def _split_opacity(array: Array) -> tuple[Array, Array | None]:
    if array.ndim == 3 and array.shape[2] in (2, 4):
        colors = array[..., :-1]
        return (colors[..., 0] if colors.shape[2] == 1 else colors), array[..., -1]
    return array, None


def _opacity(array: Array) -> Array:
    usable = _usable(array, None)
    _, high = _range(array, usable)
    # Never stretched by what happens to be in it: half transparent stays half transparent.
    white = 1.0 if array.dtype.kind == "f" and high <= 1 else high
    return _to_bytes(array, 0.0, white, usable.bad)


class _Usable(NamedTuple):
    """What is known of the values of an array.

    Attributes
    ----------
    bad
        Where they are NaN, infinite or masked; None if nowhere.
    extremes
        The least and the greatest, if they were looked for and none is bad.
    """

    bad: Array | None = None
    extremes: tuple[float, float] | None = None


def _usable(array: Array, masked: Array | None) -> _Usable:
    bad = masked if masked is not None and masked.any() else None
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            # NaN and infinities show in the extremes; most arrays hold neither.
            extremes = array.min().item(), array.max().item()
        if not all(map(math.isfinite, extremes)):
            infinite = ~np.isfinite(array)
            bad = infinite if bad is None else bad | infinite
        elif bad is None:
            return _Usable(None, extremes)
    return _Usable(bad)


def _range(
    array: Array, usable: _Usable, *, robust: bool = False, mapped: bool = False
) -> tuple[float, float]:
    bad = usable.bad
    if robust and array.dtype != np.bool_:
        good = array if bad is None else array[~bad]
        low, high = np.percentile(good, _ROBUST) if good.size else (0, 1)
        if low < high:
            return float(low), float(high)
        # Nearly all values are equal: the few that are not are what there is to see.
    if array.dtype == np.bool_:
        return 0.0, 1.0
    if array.dtype == np.uint8:
        return 0.0, 255.0
    good = array if bad is None else array[~bad]
    if not good.size:
        return 0.0, 1.0
    low, high = usable.extremes or (good.min().item(), good.max().item())
    if array.dtype.kind in "ui":
        if low < 0:
            return low, high
        return 0, next((2**bits - 1 for bits in _BITS if high < 2**bits), high)
    if low >= 0 and high <= _OVERSHOOT:
        return 0.0, 1.0
    if low >= -_OVERSHOOT and high <= _OVERSHOOT:
        return -1.0, 1.0
    if low >= 0 and high <= 255 and not mapped:
        return 0.0, 255.0
    return low, high


def _to_bytes(array: Array, low: float, high: float, bad: Array | None) -> Array:
    """Return `array` as uint8 with `low` at 0 and `high` at 255, clipped; 0 where it is bad."""
    if array.dtype == np.uint8 and (low, high) == (0, 255):
        return array
    exact_in_32_bits = array.dtype.itemsize <= 2 or array.dtype == np.float32
    if exact_in_32_bits and abs(low) < 1e30 and abs(high) < 1e30:
        values: Array = array.astype(np.float32)
    else:
        values = array.astype(np.float64)
        if abs(low) > 1e300 or abs(high) > 1e300:  # high - low must not overflow
            values, low, high = values / 4, low / 4, high / 4
    if bad is not None:
        values[bad] = low
    if low == high:
        return np.full(values.shape, 128, np.uint8)
    if low:
        values -= low
    values *= min(255 / (high - low), np.finfo(values.dtype).max)
    np.clip(values, 0, 255, out=values)
    values += 0.5
    return values.astype(np.uint8)


def _pack(pixels: Array) -> Image.Image:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 2 or (pixels.shape[2] > 2 and pixels.flags.c_contiguous):
        return Image.fromarray(np.ascontiguousarray(pixels))
    channels = np.moveaxis(pixels, -1, 0)  # in the order of most tensors: quickly put together
    planes = [Image.fromarray(np.ascontiguousarray(channel)) for channel in channels]
    return Image.merge({2: "LA", 3: "RGB", 4: "RGBA"}[len(planes)], planes)


def _painted(image: Image.Image, bad: Array | None, color: str) -> Image.Image:
    if bad is None:
        return image
    where = bad.any(axis=2) if bad.ndim == 3 else bad
    mode = "RGBA" if image.mode in ("LA", "RGBA") else "RGB"
    painted = image.convert(mode)
    painted.paste(ImageColor.getcolor(color, mode), mask=Image.fromarray(where).convert("1"))
    return painted


def _no_picture(array: Array | LazyArray, why: str) -> UnsupportedSource:
    return UnsupportedSource(
        f"an array of dtype {str(array.dtype)[:60]} and shape {shape_text(array)} "
        f"is not a picture: {why}"
    )
