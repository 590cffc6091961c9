"""Arrow tables, and data sets that are kept in them, as cells that pandas prints.

Only the rows that are read are fetched: the table may be a file of many gigabytes, mapped into
memory. No image of a data set is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

from imgdisplay.frames.arrow import is_data_set, names_in, series_of, value_of
from imgdisplay.frames.asked import columns_asked
from imgdisplay.frames.pandas_sheet import Column, sheet_of_columns
from imgdisplay.frames.pandas_texts import kind_of_values, text_of_name
from imgdisplay.frames.rows import Bind, Rows
from imgdisplay.frames.sheets import Heading, Picker, Sheet

__all__ = ["sheet"]

# pyarrow is not required, so its types are not here to be checked against.
Table: TypeAlias = Any


def sheet(
    table: Table,
    picker: Picker,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    bind: Bind | None = None,
    limit: int,
) -> Sheet:
    """Return a table as a sheet; see `imgdisplay.frames.sheets.sheet_of`."""
    import pandas as pd

    names = names_in(table)
    wanted = columns_asked(names, columns)
    number = Column(
        Heading((), "number", names_rows=True),
        lambda start, stop: pd.RangeIndex(start, stop).array,
        len(table),
    )
    found = [number]
    for place, name in enumerate(names):
        part = _reader(table, place, name)
        heading = Heading((text_of_name(name),), kind_of_values(part(0, 0).dtype))
        named = None if wanted is None else name in wanted
        found.append(Column(heading, part, len(table), name, named))

    def value(row: int, column: int) -> object:
        return value_of(_rows(table, names[column], row, row + 1).column(_place(column))[0])

    def _place(column: int) -> int:
        return 0 if is_data_set(table) else column

    return sheet_of_columns(
        found, len(table), picker, bind=bind, rows=Rows(names, value), limit=limit
    )


def _reader(table: Table, place: int, name: str) -> Callable[[int, int], Any]:
    import pandas as pd

    place = 0 if is_data_set(table) else place

    def part(start: int, stop: int) -> Any:
        column = _rows(table, name, start, stop).column(place)
        return series_of(column, pd.RangeIndex(len(column))).array

    return part


def _rows(table: Table, name: str, start: int, stop: int) -> Table:
    """Return some rows of a table, of a data set only the column of that name."""
    if is_data_set(table):
        return table.select_columns(name).with_format("arrow")[start:stop]
    return table.slice(start, stop - start)
