"""Series of pictures of any library as series of encoded pictures of the same library.

The values are handed over a few at a time and as they are; what comes back is written into
Arrow's memory as it comes, so that a column of millions never lies in memory as Python objects.

No library is imported here that the owner of a series has not imported, but for pyarrow, which
is asked for to give columns of pandas their dtype.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from imgdisplay.errors import UnsupportedSource, quote
from imgdisplay.frames import KINDS, kind_of
from imgdisplay.frames.polars import is_missing, value_at

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Encode", "encoded_series"]

Encode: TypeAlias = Callable[[Sequence[object]], Sequence[bytes | str]]
"""Returns the encoded pictures of values that are not missing, or why there is none."""

_TOGETHER = 128
"""Values handed over together."""

_BLOCK = 8 * 2**20
"""Bytes of pictures that are kept as Python objects before Arrow gets them."""


def encoded_series(series: Any, encode: Encode, *, struct: bool) -> Any:
    """Return what `encode` makes of a series, as a series with its name and index.

    Parameters
    ----------
    series
        Of pandas, polars or dask; it is not changed.
    encode
        For dask it is sent to other threads, processes or machines: it must be picklable.
    struct
        Make ``{"bytes", "path"}`` of each picture, with the path of a source that has one.

    Returns
    -------
    series
        Of pandas: ``binary[pyarrow]``, and objects for structs or without pyarrow. Of polars:
        ``Binary`` or ``Struct``. Of dask: ``binary[pyarrow]`` or the struct of it, later.
        What was missing, and what `encode` made no picture of, is missing.

    Warns
    -----
    UserWarning
        Once for a series (of dask, for a partition) if there is no picture of some values.

    Raises
    ------
    UnsupportedSource
        `series` is no series of these libraries.
    """
    kind = kind_of(series)
    if kind is None or not kind.is_series:
        known = ", ".join(f"{kind.library}.{kind.name}" for kind in KINDS if kind.is_series)
        what = "a table; pass one of its columns" if kind else f"no series: expected {known}"
        raise UnsupportedSource(f"{quote(type(series).__name__)} is {what}")
    return _ENCODERS[kind.drawer](series, encode, struct)


def _of_pandas(
    series: pd.Series[Any], encode: Encode, struct: bool, column: _Arrow | _Objects | None = None
) -> pd.Series[Any]:
    import numpy as np
    import pandas as pd

    # pandas, up to 3.1 at least, writes structs of Arrow to Parquet and cannot read them back.
    column = column or (_Objects() if struct else _arrow_if_there(struct))
    failures = _Failures(series.name)
    for start in range(0, len(series), _TOGETHER):
        part = series.array[start : start + _TOGETHER]
        missing = np.asarray(part.isna())
        values = [
            None if gone or is_missing(value) else value
            for value, gone in zip(np.asarray(part, dtype=object), missing.tolist(), strict=True)
        ]
        made = encode([value for value in values if value is not None])
        failures.note(values, made, start)
        column.add(_entries(values, made, struct))
    failures.warn(lambda row: series.index[row])
    result: pd.Series[Any] = pd.Series(column.array(), index=series.index, name=series.name)
    return result


def _of_polars(series: Any, encode: Encode, struct: bool) -> Any:
    polars = sys.modules["polars"]
    dtype = polars.Struct({"bytes": polars.Binary, "path": polars.String})
    failures = _Failures(series.name)
    parts = [polars.Series(series.name, [], dtype=dtype if struct else polars.Binary)]
    for start in range(0, len(series), _TOGETHER):
        part = series[start : start + _TOGETHER]
        values = [value_at(part, row) for row in range(len(part))]
        values = [None if is_missing(value) else value for value in values]
        made = encode([value for value in values if value is not None])
        failures.note(values, made, start)
        entries = _entries(values, made, struct)
        parts.append(polars.Series(series.name, entries, dtype=parts[0].dtype))
    failures.warn(lambda row: row)
    return polars.concat(parts, rechunk=True)


def _of_dask(series: Any, encode: Encode, struct: bool) -> Any:
    meta = _of_partition(series._meta, encode, struct)
    return series.map_partitions(_of_partition, encode, struct, meta=meta)


def _of_partition(series: pd.Series[Any], encode: Encode, struct: bool) -> pd.Series[Any]:
    # dask takes objects for texts, and cannot write them to Parquet if they are none.
    return _of_pandas(series, encode, struct, _arrow_if_there(struct))


_ENCODERS: dict[str, Callable[[Any, Encode, bool], Any]] = {
    "pandas": _of_pandas,
    "polars": _of_polars,
    "dask": _of_dask,
}


def _entries(values: list[object], made: Sequence[bytes | str], struct: bool) -> list[Any]:
    """Return the entries of the new column for some values, None for missing ones."""
    pictures = (data if isinstance(data, bytes) else None for data in made)
    entries: list[Any] = [None if value is None else next(pictures) for value in values]
    if not struct:
        return entries
    return [
        None if data is None else {"bytes": data, "path": _path_of(value)}
        for value, data in zip(values, entries, strict=True)
    ]


class _Failures:
    """How many values there is no picture of, and which was the first."""

    def __init__(self, name: object) -> None:
        self._name = name
        self._pictures = self._failures = 0
        self._first: tuple[int, str] | None = None

    def note(self, values: list[object], made: Sequence[bytes | str], start: int) -> None:
        """Count what was made of the values from a row on, of those that are not missing."""
        rows = (row for row, value in enumerate(values, start) if value is not None)
        for row, data in zip(rows, made, strict=True):
            self._pictures += 1
            if isinstance(data, str):
                self._failures += 1
                self._first = self._first or (row, data)

    def warn(self, label: Callable[[int], object]) -> None:
        """Warn if there were some; `label` returns what a row is called."""
        if self._first is None:
            return
        row, reason = self._first
        column = "" if self._name is None else f" of {quote(self._name)}"
        warnings.warn(
            f"{self._failures} of {self._pictures} pictures{column} could not be encoded and are "
            f"missing in the result; the first, at {quote(label(row))}: {reason}; "
            "on_error='raise' raises instead",
            stacklevel=5,  # who called encode_column
        )


def _path_of(value: object) -> str | None:
    """Return the path or address that a source was given by, None if it has none."""
    if isinstance(value, dict):
        value = value.get("path")
    if not isinstance(value, (str, os.PathLike)):
        return None
    path = os.fsdecode(value)
    if path[:5].lower() == "data:":
        return None
    # Bytes of a name that are no UTF-8, which Arrow's texts are.
    return path.encode(errors="replace").decode()


class _Objects:
    """A column of Python objects, for pandas."""

    def __init__(self) -> None:
        self._entries: list[Any] = []

    def add(self, entries: Sequence[Any]) -> None:
        self._entries += entries

    def array(self) -> Any:
        import numpy as np

        array = np.empty(len(self._entries), dtype=object)
        array[:] = self._entries
        return array


class _Arrow:
    """A column in Arrow's memory, for pandas."""

    def __init__(self, arrow: Any, struct: bool) -> None:
        self._arrow = arrow
        fields = {"bytes": arrow.binary(), "path": arrow.string()}
        self._type = arrow.struct(fields) if struct else fields["bytes"]
        self._blocks: list[Any] = []
        self._waiting: list[Any] = []
        self._bytes = 0

    def add(self, entries: Sequence[Any]) -> None:
        self._waiting += entries
        self._bytes += sum(map(_size, entries))
        if self._bytes > _BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._blocks.append(self._arrow.array(self._waiting, type=self._type))
        self._waiting, self._bytes = [], 0

    def array(self) -> Any:
        import pandas as pd

        self._flush()
        return pd.arrays.ArrowExtensionArray(self._arrow.chunked_array(self._blocks))


def _size(entry: Any) -> int:
    data = entry["bytes"] if isinstance(entry, dict) else entry
    return 0 if data is None else len(data)


def _arrow_if_there(struct: bool) -> _Arrow | _Objects:
    try:
        return _Arrow(importlib.import_module("pyarrow"), struct)
    except ImportError:
        return _Objects()
