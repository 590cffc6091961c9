"""Frames as the values in their columns, a few rows at a time.

For those who write a table into a file that has numbers and dates of its own. What a value is,
is kept: no library is asked for its text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from imgdisplay.frames import kind_of, no_table
from imgdisplay.frames.arrow import is_data_set, names_in, value_of
from imgdisplay.frames.asked import columns_asked, names_of
from imgdisplay.frames.pandas import may_hold_pictures
from imgdisplay.frames.polars import is_missing, value_at
from imgdisplay.frames.polars import may_hold_pictures as may_hold_pictures_in_polars

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Values", "ValuesColumn", "values_of"]

Read: TypeAlias = Callable[[int, int], list[object]]
"""Returns the values from a row up to another, None for missing ones."""


@dataclass(frozen=True, slots=True)
class ValuesColumn:
    """A column of a frame, or a level of its index.

    Attributes
    ----------
    label
        Its label in the frame; None of the index.
    names
        What stands above it: a part of the label for each level of the columns; of the index
        one name, which may be None.
    of_index
        It comes from the index.
    named
        The caller named it as a column of pictures; None: nobody named any column.
    may_hold_pictures
        Its dtype does not say that it holds none.
    read
        Returns its values.
    """

    label: Hashable
    names: tuple[object, ...]
    of_index: bool
    named: bool | None
    may_hold_pictures: bool
    read: Read


@dataclass(frozen=True, slots=True)
class Values:
    """A frame or series whose values can be read in ranges of rows.

    Attributes
    ----------
    columns
        Those of the index first.
    length
        How many rows there are.
    levels
        How many levels the labels of the columns have.
    level_names
        What these are called; None is no name.
    """

    columns: tuple[ValuesColumn, ...]
    length: int
    levels: int = 1
    level_names: tuple[object, ...] = (None,)


def values_of(
    obj: object, *, columns: Hashable | Sequence[Hashable] = None, index: bool = True
) -> Values:
    """Return the values of a frame or series of any library.

    Parameters
    ----------
    obj
        A frame or series; it is not changed. One of dask is computed.
    columns
        Names of the columns that hold pictures, or None. For a series anything but None says
        that it is one of pictures.
    index
        Give the index of pandas and dask, too.

    Raises
    ------
    UnsupportedSource
        `obj` is no frame of a known library.
    OptionError
        There is no such column.

    Examples
    --------
    >>> import pandas
    >>> values = values_of(pandas.DataFrame({"n": [1, None]}, index=["a", "b"]))
    >>> [(column.names, column.read(0, 2)) for column in values.columns]
    [((None,), ['a', 'b']), (('n',), [1.0, None])]
    """
    kind = kind_of(obj)
    if kind is None:
        raise no_table(obj)
    frame: Any = obj
    if kind.drawer == "dask":
        frame = frame.compute()
    if kind.is_series:
        frame = frame.to_frame("" if frame.name is None else frame.name)
        columns = None if columns is None else list(frame.columns)
    if kind.drawer == "polars":
        return _of_polars(frame, columns)
    if kind.drawer == "arrow":
        return _of_arrow(frame, columns)
    return _of_pandas(frame, columns, index)


def _of_pandas(frame: pd.DataFrame, given: Any, index: bool) -> Values:
    levels = frame.columns.nlevels
    wanted = columns_asked(frame.columns, given, levels=levels)
    columns = _index_columns(frame.index) if index else []
    for place, label in enumerate(frame.columns):
        array = frame.iloc[:, place].array
        columns.append(
            ValuesColumn(
                label,
                label if levels > 1 and isinstance(label, tuple) else (label,),
                of_index=False,
                named=None if wanted is None else not wanted.isdisjoint(names_of(label, levels)),
                may_hold_pictures=may_hold_pictures(array.dtype),
                read=_reader(array),
            )
        )
    return Values(tuple(columns), len(frame), levels, tuple(frame.columns.names))


def _index_columns(index: pd.Index[Any]) -> list[ValuesColumn]:
    def level(place: int) -> Read:
        def read(start: int, stop: int) -> list[object]:
            part = index[start:stop].get_level_values(place).array
            return _reader(part)(0, len(part))

        return read

    return [
        ValuesColumn(None, (name,), True, named=False, may_hold_pictures=False, read=level(place))
        for place, name in enumerate(index.names)
    ]


def _reader(array: Any) -> Read:
    import numpy as np

    def read(start: int, stop: int) -> list[object]:
        part = array[start:stop]
        missing = np.asarray(part.isna()).tolist()
        values = np.asarray(part, dtype=object)
        return [None if gone else value for value, gone in zip(values, missing, strict=True)]

    return read


def _of_polars(frame: Any, given: Any) -> Values:
    wanted = columns_asked(frame.columns, given)

    def reader(series: Any) -> Read:
        def read(start: int, stop: int) -> list[object]:
            part = series.slice(start, stop - start)
            if not series.dtype.is_nested() and not series.dtype.is_object():
                values: list[object] = part.to_list()
                return values
            found = [value_at(part, row) for row in range(len(part))]
            return [None if is_missing(value) else value for value in found]

        return read

    columns = [
        ValuesColumn(
            series.name,
            (series.name,),
            of_index=False,
            named=None if wanted is None else series.name in wanted,
            may_hold_pictures=may_hold_pictures_in_polars(series.dtype),
            read=reader(series),
        )
        for series in frame.get_columns()
    ]
    return Values(tuple(columns), frame.height)


def _of_arrow(table: Any, given: Any) -> Values:
    names = names_in(table)
    wanted = columns_asked(names, given)

    def reader(place: int) -> Read:
        def read(start: int, stop: int) -> list[object]:
            if is_data_set(table):
                column = table.select_columns(names[place]).with_format("arrow")[start:stop]
                return [value_of(scalar) for scalar in column.column(0)]
            return [value_of(scalar) for scalar in table.slice(start, stop - start).column(place)]

        return read

    columns = [
        ValuesColumn(
            name,
            (name,),
            of_index=False,
            named=None if wanted is None else name in wanted,
            may_hold_pictures=True,
            read=reader(place),
        )
        for place, name in enumerate(names)
    ]
    return Values(tuple(columns), len(table))
