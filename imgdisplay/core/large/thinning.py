"""What is read of a large array: every k-th row and column.

At least 8 are kept for each pixel of the thumbnail, where averaging hides that the others are
left out; with 2, fine patterns would turn into coarse ones that are not there.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgdisplay.core.large.lazyarrays import LazyArray
from imgdisplay.core.layout import layout
from imgdisplay.errors import SourceRefused, more_than
from imgdisplay.options import Options

__all__ = ["is_in_memory", "shape_text", "thinned"]

Array: TypeAlias = NDArray[Any]

_LARGE = 4_000_000
_KEPT = 8


def thinned(array: Array | LazyArray, options: Options) -> Array:
    """Return what is needed of H×W or H×W×C, and read no more of what is not in memory.

    Raises
    ------
    SourceRefused
        If that is more than ``max_pixels``.
    DecodeError
        If it cannot be read.
    """
    height, width = array.shape[:2]
    rows, columns = _steps(array, options)
    if -(-height // rows) * -(-width // columns) > options.max_pixels:
        raise SourceRefused(
            f"an array of {shape_text(array)} pixels has "
            f"{more_than('max_pixels', options.max_pixels)}"
        )
    if isinstance(array, LazyArray):
        return array.every(rows, columns, options)
    kept = array[::rows, ::columns]
    mapped = _memmap(array)
    if mapped is None or isinstance(array, np.ma.MaskedArray):  # a mask is in memory
        return kept
    return _read(kept, mapped)


def is_in_memory(array: Array | LazyArray) -> bool:
    """Tell whether all of an array can be read at the speed of memory."""
    return isinstance(array, np.ndarray) and _memmap(array) is None


def shape_text(array: Array | LazyArray) -> str:
    """Return a shape for people.

    Examples
    --------
    >>> shape_text(np.zeros((480, 640, 3)))
    '480×640×3'
    """
    return "×".join(str(side) for side in array.shape) or "no axes"


def _steps(array: Array | LazyArray, options: Options) -> tuple[int, int]:
    height, width = array.shape[:2]
    # Pillow reduces bytes that are in memory faster than numpy can stride over them.
    as_it_is = (
        array.dtype.itemsize == 1
        and height * width <= options.max_pixels
        and isinstance(array, np.ndarray)
        and _memmap(array) is None
    )
    if height * width < _LARGE or as_it_is:
        return 1, 1
    wanted = layout((width, height), options).pixels
    return max(1, height // (_KEPT * wanted[1])), max(1, width // (_KEPT * wanted[0]))


def _memmap(array: Array) -> np.memmap[Any, Any] | None:
    """Return the memory-mapped file that an array is a view of."""
    found = None
    part: object = array
    while isinstance(part, np.ndarray):
        if isinstance(part, np.memmap):
            found = part
        part = part.base
    return found


_BLOCK = 2**24
"""Bytes of a mapped file that are touched before its pages are given back."""

_AROUND = 2**16
"""Bytes that Linux maps around one that is touched (fault_around_bytes)."""


def _read(view: Array, mapped: np.memmap[Any, Any]) -> Array:
    """Return a copy of a view of a mapped file that leaves none of its pages in memory."""
    out = np.empty_like(view, subok=False)
    order = sorted(range(view.ndim), key=lambda axis: -abs(view.strides[axis]))
    _copy(out.transpose(order), np.asarray(view).transpose(order), mapped)
    return out


def _copy(out: Array, view: Array, mapped: np.memmap[Any, Any]) -> None:
    inner = sum((n - 1) * abs(hop) for n, hop in zip(view.shape[1:], view.strides[1:], strict=True))
    if view.ndim > 1 and inner > _BLOCK:
        for kept, part in zip(out, view, strict=True):
            _copy(kept, part, mapped)
        return
    several = max(1, _BLOCK // (inner + _AROUND))
    for first in range(0, len(view), several):
        out[first : first + several] = view[first : first + several]
        _give_back(mapped)


def _give_back(mapped: np.memmap[Any, Any]) -> None:
    # What was read stays in the system's cache, but no longer counts as the process's memory.
    # Only of mappings that are shared with the file: a private one ("c") would lose changes.
    # Other systems than Linux understand the advice in other ways.
    if sys.platform == "linux" and mapped.mode in ("r", "r+", "w+"):
        mapping: Any = mapped
        mapping._mmap.madvise(mmap.MADV_DONTNEED)
