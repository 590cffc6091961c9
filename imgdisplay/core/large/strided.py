"""Every k-th number of an array that lies in a file, read without the numbers between.

Files are read, not mapped: a mapped file that somebody shortens kills the process, its pages
count as the process's memory, and streams have none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from imgdisplay.core.streams import read_exactly

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_strided"]

_BLOCK = 2**20
"""Bytes that are held at once."""

_GAP = 2**15
"""Bytes between two wanted places that are sooner read than jumped over."""


def read_strided(
    stream: IO[bytes],
    offset: int,
    dtype: np.dtype[Any],
    shape: Sequence[int],
    strides: Sequence[int],
    steps: Sequence[int],
) -> NDArray[Any]:
    """Return ``array[::steps[0], ::steps[1], …]`` of an array in a file.

    Parameters
    ----------
    stream
        Is only ever moved forwards, so that it may be one that decompresses.
    offset
        Byte of the file at which the array begins.
    dtype
        Of numbers.
    shape, strides
        Of the array; strides in bytes, none below its item size, in any order.
    steps
        One for each axis, from 1 on.

    Returns
    -------
    numpy.ndarray
        An array of its own.

    Raises
    ------
    DecodeError
        If the file ends too early.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(bytes(range(12)))
    >>> read_strided(file, 0, np.dtype("u1"), (3, 4), (4, 1), (2, 3))
    array([[ 0,  3],
           [ 8, 11]], dtype=uint8)
    """
    counts = [math.ceil(side / step) for side, step in zip(shape, steps, strict=True)]
    out = np.empty(counts, dtype)
    hops = [stride * step for stride, step in zip(strides, steps, strict=True)]
    # From the axis with the widest strides to the one whose numbers are neighbours.
    order = sorted(range(len(counts)), key=lambda axis: -hops[axis])
    _fill(out.transpose(order), stream, offset, [hops[axis] for axis in order])
    return out


def _fill(out: NDArray[Any], stream: IO[bytes], offset: int, hops: list[int]) -> None:
    if not out.size:
        return
    hop, inner = hops[0], _span(out.shape[1:], hops[1:], out.itemsize)
    if inner > _BLOCK:
        for position in range(len(out)):
            _fill(out[position], stream, offset + position * hop, hops[1:])
        return
    several = max(1, (_BLOCK - inner) // hop + 1) if hop - inner <= _GAP else 1
    for first in range(0, len(out), several):
        part = out[first : first + several]
        stream.seek(offset + first * hop)
        data = read_exactly(stream, (len(part) - 1) * hop + inner)
        part[...] = np.ndarray(part.shape, part.dtype, data, 0, hops)


def _span(counts: Sequence[int], hops: Sequence[int], itemsize: int) -> int:
    """Return the bytes from the first to behind the last of some numbers."""
    return sum((count - 1) * hop for count, hop in zip(counts, hops, strict=True)) + itemsize
