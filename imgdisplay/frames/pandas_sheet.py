"""pandas frames as cells, read in ranges of rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from imgdisplay.frames.asked import columns_asked, names_of
from imgdisplay.frames.digits import index_key
from imgdisplay.frames.pandas import may_hold_pictures
from imgdisplay.frames.pandas_texts import (
    Array,
    deciding,
    is_missing,
    kind_of_values,
    objects,
    printed,
    text_of_name,
)
from imgdisplay.frames.rows import Bind, Rows, bound
from imgdisplay.frames.sheets import Digits, Heading, Picked, Picker, Printed, Sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "frame_of_series", "sheet", "sheet_of_columns"]

_SLICE = 65_536
"""Numbers that are looked at together; a copy of all of them would double the column."""

_FEW = 100
"""Values in which pictures are looked for together: they may be the bytes of files."""


@dataclass
class Column:
    """A column or a level of the index.

    Attributes
    ----------
    heading
        What stands above it.
    part
        Returns its values from a position up to another, as an array of pandas.
    length
        How many values there are.
    label
        Its name in the frame.
    named
        The caller named it as a column of pictures; None: nobody named any column.
    deciding
        Values that decide how pandas prints all of them; found in the column unless given.
    """

    heading: Heading
    part: Callable[[int, int], Array]
    length: int
    label: Hashable = None
    named: bool | None = False
    deciding: list[Array] = field(default_factory=list)

    def slices(self, step: int) -> Iterator[Array]:
        """Yield all of it, a number of values at a time."""
        for start in range(0, self.length, step):
            yield self.part(start, min(start + step, self.length))


def frame_of_series(series: pd.Series[Any]) -> pd.DataFrame:
    """Return a series as a frame of one column."""
    return series.to_frame("" if series.name is None else series.name)


def sheet(
    frame: pd.DataFrame,
    picker: Picker,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    bind: Bind | None = None,
    limit: int,
    digits: Digits | None = None,
) -> Sheet:
    """Return a frame as a sheet; see `imgdisplay.frames.sheets.sheet_of`."""
    levels = frame.columns.nlevels
    wanted = columns_asked(frame.columns, columns, levels=levels)
    found = _index_columns(frame.index)
    for place, label in enumerate(frame.columns):
        array, codes = _coded(frame.iloc[:, place].array)
        names = label if levels > 1 and isinstance(label, tuple) else (label,)
        named = None if wanted is None else not wanted.isdisjoint(names_of(label, levels))
        heading = Heading(tuple(map(text_of_name, names)), kind_of_values(array.dtype))
        found.append(Column(heading, _reader(array, codes), len(frame), label, named))
    levels_of_index = len(found) - frame.shape[1]
    for place, column in enumerate(found):
        key = index_key(place) if place < levels_of_index else column.label
        column.deciding = [] if digits is None else digits.get(key, [])
    rows = Rows(frame.columns, lambda row, column: frame.iat[row, column])
    return sheet_of_columns(found, len(frame), picker, bind=bind, rows=rows, limit=limit)


def sheet_of_columns(
    columns: list[Column], length: int, picker: Picker, *, bind: Bind | None, rows: Rows, limit: int
) -> Sheet:
    """Return columns that pandas prints as a sheet.

    Parameters
    ----------
    columns
        Those of the index first; what decides on their printing is found here.
    rows
        The rows for `bind`, counted as in the whole frame.
    """
    for column in columns:
        if _has_pictures(column, picker):
            column.heading = Heading(column.heading.names, "picture", column.heading.names_rows)
        elif column.length and not column.deciding:
            dtype = column.part(0, 0).dtype
            column.deciding = deciding(partial(column.slices, _SLICE), dtype)

    def read(start: int, stop: int) -> list[list[Printed | Picked]]:
        return [_cells(column, start, stop, picker, bind, rows, limit) for column in columns]

    return Sheet(tuple(column.heading for column in columns), length, read)


def _index_columns(index: pd.Index[Any]) -> list[Column]:
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        columns = []
        for place, name in enumerate(index.names):
            array = index.levels[place].array
            heading = _index_heading(name, array.dtype)
            part = _reader(array, index.codes[place])
            columns.append(Column(heading, part, len(index)))
        return columns
    heading = _index_heading(index.name, index.dtype)
    if isinstance(index, pd.RangeIndex):  # which has no values until it is asked for some
        return [Column(heading, lambda start, stop: index[start:stop].array, len(index))]
    array, codes = _coded(index.array)
    return [Column(heading, _reader(array, codes), len(index))]


def _index_heading(name: object, dtype: Any) -> Heading:
    names = () if name is None else (text_of_name(name),)
    return Heading(names, kind_of_values(dtype), names_rows=True)


def _coded(array: Array) -> tuple[Array, Any]:
    """Return a categorical array as its categories and their numbers; any other as it is."""
    import pandas as pd

    if isinstance(array, pd.Categorical):
        return array.categories.array, array.codes
    return array, None


def _reader(array: Array, codes: Any) -> Callable[[int, int], Array]:
    import pandas as pd

    if codes is None:
        return lambda start, stop: array[start:stop]

    def taken(start: int, stop: int) -> Array:
        wanted = codes[start:stop]
        values = array
        if (wanted < 0).any() and array.dtype.kind in "biu":
            # A missing value would turn integers into floats.
            values = pd.Series(array.astype(object), dtype=object).array
        return values.take(wanted, allow_fill=True)

    return taken


def _has_pictures(column: Column, picker: Picker) -> bool:
    if column.named is not None:
        return column.named
    dtype = column.part(0, 0).dtype
    return may_hold_pictures(dtype) and any(
        picker.holds(objects(part)[~is_missing(part)].tolist()) for part in column.slices(_FEW)
    )


def _cells(
    column: Column,
    start: int,
    stop: int,
    picker: Picker,
    bind: Bind | None,
    rows: Rows,
    limit: int,
) -> list[Printed | Picked]:
    import numpy as np

    part = column.part(start, stop)
    if column.heading.kind != "picture":
        return list(printed(part, column.deciding, limit))
    values = objects(part)
    there = np.flatnonzero(~is_missing(part)).tolist()
    picks = picker.pick([values[row] for row in there], named=bool(column.named))
    picked = [row for row, pick in zip(there, picks, strict=True) if pick]
    sources = bound(((column.label, start + row, values[row]) for row in picked), bind, rows)
    made: dict[int, Printed | Picked] = {
        row: Picked(source, values[row]) for row, source in zip(picked, sources, strict=True)
    }
    # A picture is never asked for its text, which may be long and slow to make.
    others = np.array([row for row in range(len(values)) if row not in made], dtype=np.intp)
    made.update(zip(others.tolist(), printed(part.take(others), [], limit), strict=True))
    return [made[row] for row in range(len(values))]
