"""Arrow tables, and data sets that are kept in them, as HTML with pictures in their cells.

pyarrow has no HTML for its tables. They are drawn by pandas, which is given what is shown of
them and nothing else: the table may be a file of many gigabytes, mapped into memory.

A data set of Hugging Face decodes every image in the rows that it is asked for. We ask it for
its Arrow form, where an image is still ``{"bytes": …, "path": …}``.

Neither library is imported here. Who has one of their tables has imported them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from imgdisplay.frames.asked import Limit, columns_asked
from imgdisplay.frames.pandas import Cut, columns_cut, dimensions_wanted, part_html, rows_cut
from imgdisplay.frames.rows import Bind, Rows
from imgdisplay.frames.tokens import Cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_html"]

# pyarrow is not required, so its types are not here to be checked against.
Table: TypeAlias = Any
Column: TypeAlias = Any


def frame_html(
    table: Table,
    cells: Cells,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    max_rows: Limit = "auto",
    max_cols: Limit = "auto",
    always: bool = False,
    bind: Bind | None = None,
) -> str | None:
    """Return the HTML that pandas draws of `table`, with pictures in its cells.

    Parameters
    ----------
    table
        A ``pyarrow.Table`` or ``RecordBatch``, or a ``datasets.Dataset``. Only the rows shown
        are read, and no image in them is decoded.
    cells
        Picks the values that become pictures, and draws them. They are given as Python values;
        lists of numbers, nested at least once, and tensors as numpy arrays.
    columns
        Names of the columns to look for pictures in: a name or several. None looks into every
        column whose type can hold pictures.
    max_rows, max_cols
        How much to show: a number, None for all, or "auto" for as much as of a DataFrame.
    always
        Draw a table also where no picture is in it, or where ``display.notebook_repr_html``
        is off. Without it the result is None there, and a notebook shows the plain text.
    bind
        For the name of a column, what makes the thing to draw of a picked value and its row.
        The row is a mapping from the names of all columns to Python values; of several columns
        with the same name it gives the first.

    Returns
    -------
    str or None
        The table, or None (never with `always`). Missing integers print as None, and do not
        turn the others into floats. The index counts the rows of the whole table, and the line
        below, which ``display.show_dimensions`` rules as ever, is of the whole table as well.

    Raises
    ------
    OptionError
        There is no such column, or a limit is no positive number.
    """
    import pandas as pd

    if not always and not pd.get_option("display.notebook_repr_html"):
        return None
    names = names_in(table)
    wanted = columns_asked(names, columns)
    rows, cut = rows_cut(len(table), max_rows), columns_cut(len(names), max_cols)
    shown = _shown(table, rows)
    index = pd.Index(rows.shown, dtype=int)
    part = pd.DataFrame(
        {column: series_of(shown.column(column), index) for column in cut.shown}, index=index
    )
    part.columns = pd.Index([names[column] for column in cut.shown], dtype=object)
    is_cut = rows.before_dots is not None or cut.before_dots is not None
    return part_html(
        part,
        cells,
        rows=rows,
        columns=cut,
        wanted=wanted,
        bind=bind,
        whole_rows=Rows(names, lambda row, column: value_of(shown.column(column)[row])),
        size=f"{len(table)} rows × {len(names)} columns" if dimensions_wanted(cut=is_cut) else None,
        always=always,
    )


def names_in(table: Table) -> list[str]:
    """Return the names of all columns."""
    names: list[str] = table.column_names if is_data_set(table) else table.schema.names
    return names


def _shown(table: Table, rows: Cut) -> Table:
    """Return the rows shown, with all columns."""
    if is_data_set(table):
        undecoded = table.with_format("arrow")
        return undecoded[:] if rows.before_dots is None else undecoded[list(rows.shown)]
    if rows.before_dots is None:
        return table
    after_dots = len(rows.shown) - rows.before_dots
    arrow = _arrow()
    parts = [table.slice(0, rows.before_dots), table.slice(len(table) - after_dots)]
    if isinstance(table, arrow.RecordBatch):
        return arrow.Table.from_batches(parts)
    return arrow.concat_tables(parts)


def is_data_set(table: Table) -> bool:
    """Tell whether it is no table of pyarrow."""
    arrow = _arrow()
    return not isinstance(table, (arrow.Table, arrow.RecordBatch))


def _arrow() -> Any:
    """Return pyarrow, which the owner of a table has imported."""
    return sys.modules["pyarrow"]


def series_of(column: Column, index: pd.Index[int]) -> pd.Series[Any]:
    """Return a column for pandas to print."""
    import numpy as np
    import pandas as pd

    arrow = _arrow()
    if not _is_nested(column.type):
        try:
            series: pd.Series[Any] = column.to_pandas(integer_object_nulls=True)
        except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError):
            pass  # a type that pandas does not have
        else:
            return series.set_axis(index)
    values = np.empty(len(column), dtype=object)
    for row, scalar in enumerate(column):
        values[row] = value_of(scalar)
    return pd.Series(values, index=index, dtype=object)


def _is_list(kind: Any) -> bool:
    types = _arrow().types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _is_number(kind: Any) -> bool:
    types = _arrow().types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _is_nested(kind: Any) -> bool:
    """Tell whether a type is of lists, but not of numbers: pandas makes arrays of objects of it."""
    if _is_tensor(kind):
        return True
    if isinstance(kind, _arrow().BaseExtensionType):
        return _is_nested(kind.storage_type)
    return _is_list(kind) and not _is_number(kind.value_type)


def _is_tensor(kind: Any) -> bool:
    return isinstance(kind, _arrow().FixedShapeTensorType)


def value_of(scalar: Any) -> object:
    """Return one value as Python and numpy know it."""
    if not scalar.is_valid:
        return None
    value: object = None
    if _is_tensor(scalar.type):
        value = _tensor(scalar)
    elif _is_nested(scalar.type):
        stored = scalar.value if isinstance(scalar, _arrow().ExtensionScalar) else scalar
        value = _array(stored.values)
    return scalar.as_py() if value is None else value


def _tensor(scalar: Any) -> object:
    """Return a tensor as an array, in the order of its axes that is meant, if not stored."""
    array = scalar.value.values.to_numpy(zero_copy_only=False).reshape(scalar.type.shape)
    order = scalar.type.permutation
    return array if order is None else array.transpose(order)


def _array(values: Any) -> object | None:
    """Return numbers nested in lists as an array, or None if the lists differ in length."""
    shape = [len(values)]
    while _is_list(values.type):
        lengths = _lengths(values)
        if len(lengths) != 1 or not lengths[0]:  # ragged, null, or empty
            return None
        shape.append(lengths[0])
        values = values.flatten()
    if not _is_number(values.type):
        return None
    array: object = values.to_numpy(zero_copy_only=False).reshape(shape)
    return array


def _lengths(lists: Any) -> list[int | None]:
    """Return the lengths that occur among some lists, None for a missing one."""
    compute = importlib.import_module("pyarrow.compute")
    lengths: list[int | None] = compute.list_value_length(lists).unique().to_pylist()
    return lengths
