"""Arrays that are read in parts: of files, of HDF5, zarr and dask.

A `LazyArray` has the shape, dtype and axes of an array and none of its numbers. Only `every`
reads, and what it reads at once is a few chunks. The libraries are known by name and never
imported.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, overload

from imgdisplay.core.deadline import latest_moment
from imgdisplay.errors import (
    DecodeError,
    ImgDisplayError,
    SourceRefused,
    UnsupportedSource,
    more_than,
    quote,
    within,
)
from imgdisplay.options import Options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LazyArray", "Store", "lazy_array"]


class Store(Protocol):
    """Where the numbers of a `LazyArray` are."""

    def read(
        self, index: tuple[int, ...], steps: tuple[int, ...], options: Options
    ) -> NDArray[Any]:
        """Return ``array[index][::steps[0], ::steps[1], …]`` as an array of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class LazyArray:
    """An array, or one element of it, that has not been read.

    Attributes
    ----------
    store
        Where it is.
    shape, dtype
        As those of an ndarray.
    name
        For people; may be empty.
    index
        Which element of the stored array it is, by its leading axes.
    moved
        Whether the first axis of what is stored stands last here.
    """

    store: Store
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    name: str = ""
    index: tuple[int, ...] = ()
    moved: bool = False

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    @overload
    def __getitem__(self, which: int) -> LazyArray: ...
    @overload
    def __getitem__(self, which: slice) -> list[LazyArray]: ...
    def __getitem__(self, which: int | slice) -> LazyArray | list[LazyArray]:
        """Return an element, or a list of them, along the first axis; nothing is read."""
        if isinstance(which, slice):
            return [self[position] for position in range(*which.indices(len(self)))]
        if not 0 <= which < len(self):
            raise IndexError(which)
        return replace(self, shape=self.shape[1:], index=(*self.index, which))

    def channels_last(self) -> LazyArray:
        """Return C×H×W as H×W×C."""
        return replace(self, shape=(*self.shape[1:], self.shape[0]), moved=True)

    def every(self, rows: int, columns: int, options: Options) -> NDArray[Any]:
        """Read every so many rows and columns of H×W or H×W×C.

        Raises
        ------
        SourceRefused
            If too much would have to pass through memory.
        DecodeError
            If it cannot be read.
        """
        steps = (rows, columns, *(1 for _ in self.shape[2:]))
        if self.moved:
            steps = (steps[-1], *steps[:-1])
        try:
            read = self.store.read(self.index, steps, options)
        except ImgDisplayError:
            raise
        except Exception as error:  # of the library that reads, or of the compression that it uses
            raise DecodeError(
                f"{self.name or 'the array'} cannot be read: "
                f"{type(error).__name__}: {quote(str(error))}"
            ) from error
        return read.transpose(1, 2, 0) if self.moved else read


def lazy_array(source: Any) -> LazyArray | None:
    """Return an HDF5 dataset, a zarr array or a dask array as one to be read in parts.

    Raises
    ------
    UnsupportedSource
        If it is closed, a group of arrays, or of unknown size.
    """
    for base in type(source).__mro__:
        # `zarr.core.Array` of version 2 is `zarr.core.array.Array` in version 3.
        kind = (base.__module__.partition(".")[0], base.__qualname__)
        if kind in _STORES:
            return _STORES[kind](source)
        if kind in _GROUPS:
            raise UnsupportedSource(_what_group(source, kind))
    return None


def _hdf5(source: Any) -> LazyArray:
    if not source:
        raise UnsupportedSource("an HDF5 dataset whose file has been closed; open it again")
    if source.shape is None:
        raise UnsupportedSource(
            "an HDF5 dataset without a shape is not a picture; pass one of numbers"
        )
    # A contiguous one is read row by row; h5py strides over single numbers very slowly.
    chunks = source.chunks or _rows(source.shape)
    return LazyArray(_ChunkedStore(source, chunks), source.shape, source.dtype, _last(source.name))


def _zarr(source: Any) -> LazyArray:
    return LazyArray(
        _ChunkedStore(source, tuple(source.chunks)),
        tuple(source.shape),
        source.dtype,
        _last(getattr(source, "name", None)),
    )


def _dask(source: Any) -> LazyArray:
    if any(math.isnan(side) for side in source.shape):
        raise UnsupportedSource(
            "a dask array of unknown shape; call its compute_chunk_sizes() first"
        )
    return LazyArray(_DaskStore(source), source.shape, source.dtype)


_STORES = {
    ("h5py", "Dataset"): _hdf5,
    ("zarr", "Array"): _zarr,
    ("dask", "Array"): _dask,
}
_GROUPS = frozenset({("h5py", "Group"), ("zarr", "Group")})


def _what_group(source: Any, kind: tuple[str, str]) -> str:
    try:
        names = list(itertools.islice(source, 5))
    except Exception:  # a closed file has no names to tell
        names = []
    example = f"; pass one of its arrays, as in group[{quote(names[0])}]" if names else ""
    return f"a {kind[0]} group is no array (it holds {quote(names)}){example}"


def _last(name: object) -> str:
    return name.rpartition("/")[2] if isinstance(name, str) else ""


def _rows(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return chunks that are one row each, with its channels if they stand last."""
    whole = 2 if len(shape) > 2 and shape[-1] <= 4 else 1
    return (*(1 for _ in shape[:-whole]), *shape[-whole:])


_BLOCK = 2**23
"""Bytes that are read at once, if a chunk is not larger."""


@dataclass(frozen=True, slots=True, eq=False)
class _ChunkedStore:
    """A zarr array or an HDF5 dataset."""

    source: Any
    chunks: tuple[int, ...]

    def read(
        self, index: tuple[int, ...], steps: tuple[int, ...], options: Options
    ) -> NDArray[Any]:
        import numpy as np

        moment = latest_moment(options)
        dtype = self.source.dtype
        chunk = math.prod(self.chunks) * dtype.itemsize
        if chunk > options.max_memory:
            sides = "×".join(map(str, self.chunks))
            raise SourceRefused(
                f"its chunks of {sides} {dtype} have {chunk:,} bytes each and are unpacked as a "
                f"whole, which is {more_than('max_memory', options.max_memory)}"
            )
        shape = self.source.shape[len(index) :]
        out = np.empty(
            [math.ceil(side / step) for side, step in zip(shape, steps, strict=True)], dtype
        )
        blocks = _blocks(shape, self.chunks[len(index) :], steps, dtype.itemsize)
        for spans in itertools.product(
            *(list(_spans(*axis)) for axis in zip(shape, blocks, steps, strict=True))
        ):
            if time.monotonic() > moment:
                raise SourceRefused(f"it is not read {within('timeout', options.timeout)}")
            block = np.asarray(self.source[(*index, *(span.read for span in spans))])
            out[tuple(span.kept for span in spans)] = block[
                tuple(slice(None, None, step) for step in steps)
            ]
        return out


def _blocks(
    shape: Sequence[int], chunks: Sequence[int], steps: Sequence[int], itemsize: int
) -> list[int]:
    """Return the sides of what is read at once: whole chunks, as many as fit into a block."""
    blocks = [min(chunk, side) for chunk, side in zip(chunks, shape, strict=True)]
    for axis in reversed(range(len(blocks))):
        if steps[axis] > 2 * blocks[axis]:
            continue  # most chunks along this axis hold nothing that is wanted
        room = _BLOCK // (math.prod(blocks) * itemsize)
        blocks[axis] = min(blocks[axis] * max(1, room), shape[axis])
    return blocks


@dataclass(frozen=True, slots=True)
class _Span:
    read: slice
    kept: slice


def _spans(side: int, block: int, step: int) -> Iterator[_Span]:
    """Give the parts of one axis that hold anything wanted, and where that goes."""
    first, kept = 0, math.ceil(side / step)
    while first < kept:
        behind = (first * step // block + 1) * block
        end = min(math.ceil(behind / step), kept)
        yield _Span(slice(first * step, (end - 1) * step + 1), slice(first, end))
        first = end


@dataclass(frozen=True, slots=True, eq=False)
class _DaskStore:
    """A dask array, which knows itself how to compute no more than is wanted."""

    source: Any

    def read(
        self, index: tuple[int, ...], steps: tuple[int, ...], options: Options
    ) -> NDArray[Any]:
        import numpy as np

        return np.asarray(self.source[(*index, *(slice(None, None, step) for step in steps))])
