"""polars frames as HTML with pictures in their cells.

polars draws the table: its formatter asks the frame for its shape, its names and, cell by cell,
for ``frame[:, column]._s.get_fmt(row, length)``. It is handed a frame that passes everything on
to the user's, except for the texts of cells:

1. In a first drawing every text is empty, and we learn which cells are visible.
2. In a second one the picked cells are tokens, and all the other texts are polars' own.

Thus rows and columns are chosen by polars, the user's ``polars.Config`` is in force without
being read, and no picture is ever asked for its text. ``get_fmt`` is not documented: the contract
tests hold it, and a polars that asks in another way loses the tokens, which is an error and no
wrong table.

polars is never imported here. Who has one of its frames has imported it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

from imgdisplay.frames.asked import Limit, columns_asked, limit_asked
from imgdisplay.frames.rows import Bind, Rows, bound
from imgdisplay.frames.tokens import Cells, Tokens

__all__ = ["frame_html", "series_html"]

# polars is not required, so its types are not here to be checked against.
DataFrame: TypeAlias = Any
Series: TypeAlias = Any

CellText: TypeAlias = Callable[[Series, int, int, int], str]
"""Makes the text of a cell out of its column, the column's and the row's position, and the
number of characters at which polars cuts."""

_ROWS_BY_DEFAULT, _COLUMNS_BY_DEFAULT = 10, 75


def frame_html(
    frame: DataFrame,
    cells: Cells,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    max_rows: Limit = "auto",
    max_cols: Limit = "auto",
    always: bool = False,
    bind: Bind | None = None,
) -> str | None:
    """Return the HTML that polars draws of `frame`, with pictures in its cells.

    Parameters
    ----------
    frame
        Any ``polars.DataFrame``; it is not changed. A subclass is drawn as polars would draw
        it, whatever its own ``_repr_html_`` does.
    cells
        Picks the values that become pictures, and draws them. They are given as Python values;
        lists and arrays of numbers, nested at least once, as numpy arrays.
    columns
        Names of the columns to look for pictures in: a name or several. None looks into every
        column whose dtype can hold pictures.
    max_rows, max_cols
        How much to show: a number, None for all, or "auto" for what ``_repr_html_`` would show.
    always
        Changes nothing: polars always draws a table.
    bind
        For the name of a column, what makes the thing to draw of a picked value and its row.
        The row is a mapping from the names of all columns, those out of view included.

    Returns
    -------
    str
        Outside the picture cells it is what ``frame._repr_html_()`` returns, character by
        character, for the limits given.

    Raises
    ------
    OptionError
        There is no such column, or a limit is no positive number.
    """
    wanted = columns_asked(frame.columns, columns)
    return _table(frame, cells, wanted, max_rows, max_cols, bind, from_series=False)


def series_html(
    series: Series,
    cells: Cells,
    *,
    named: bool = False,
    max_rows: Limit = "auto",
    always: bool = False,
) -> str | None:
    """Return the HTML that polars draws of `series`, with pictures in its cells.

    Parameters
    ----------
    series
        Any ``polars.Series``; it is not changed.
    cells
        As in `frame_html`.
    named
        The caller asked for this very series as one of pictures.
    max_rows
        How much to show: a number, None for all, or "auto" for what ``_repr_html_`` would show.
    always
        Changes nothing: polars always draws a table.

    Returns
    -------
    str
        Outside the picture cells it is what ``series._repr_html_()`` returns.

    Raises
    ------
    OptionError
        `max_rows` is no positive number.
    """
    wanted: set[Hashable] | None = {series.name} if named else None
    return _table(series.to_frame(), cells, wanted, max_rows, "auto", None, from_series=True)


def _table(
    frame: DataFrame,
    cells: Cells,
    wanted: set[Hashable] | None,
    max_rows: Limit,
    max_cols: Limit,
    bind: Bind | None,
    *,
    from_series: bool,
) -> str:
    """Return the table with its pictures, or without if there are none."""

    def render(table: Any) -> str:
        if max_rows == "auto" and max_cols == "auto":
            own: str = _polars().DataFrame._repr_html_(table, _from_series=from_series)
            return own
        limits = {
            "max_rows": _limit("max_rows", max_rows, frame.height, _ROWS_BY_DEFAULT),
            "max_cols": _limit("max_cols", max_cols, frame.width, _COLUMNS_BY_DEFAULT),
        }
        drawing = importlib.import_module("polars.dataframe._html")
        return "".join(drawing.NotebookFormatter(table, from_series=from_series, **limits).render())

    pictures: dict[tuple[int, int], object] = {}
    for column, rows in _visible(frame, render).items():
        series = frame.to_series(column)
        asked = may_hold_pictures(series.dtype) if wanted is None else series.name in wanted
        if asked:
            for row, value in _picked(series, rows, cells, named=wanted is not None):
                pictures[row, column] = value
    if not pictures:
        return render(frame)

    tokens = Tokens()
    places = sorted(pictures)
    token_at = {place: tokens.new() for place in places}

    def token_or_own(series: Series, column: int, row: int, length: int) -> str:
        token = token_at.get((row, column))
        if token is not None:
            return token
        own: str = series._s.get_fmt(row, length)
        return own

    table = render(_Frame(frame, token_or_own))
    names = frame.columns
    whole_rows = Rows(names, lambda row, column: value_at(frame.to_series(column), row))
    picked = ((names[column], row, pictures[row, column]) for row, column in places)
    return tokens.fill(table, cells.draw(bound(picked, bind, whole_rows)))


def _polars() -> Any:
    """Return polars, which the owner of a frame has imported."""
    return sys.modules["polars"]


def _limit(name: str, given: Limit, there_are: int, by_default: int) -> int:
    """Return the most rows or columns to show."""
    if given == "auto":
        # What `DataFrame._repr_html_` reads, too; polars.Config keeps it there.
        most = int(os.environ.get(f"POLARS_FMT_{name.upper()}", by_default))
        return there_are if most < 0 else most
    return there_are if given is None else limit_asked(name, given)


class _Frame:
    """A frame whose cells have texts of ours, as far as polars' formatter looks at it."""

    def __init__(self, frame: DataFrame, text: CellText) -> None:
        self._frame = frame
        self._text = text
        self._columns: dict[int, _Column] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frame, name)

    def __getitem__(self, key: tuple[slice, int]) -> _Column:
        column = key[1]
        if column not in self._columns:
            self._columns[column] = _Column(self._frame[key], column, self._text)
        return self._columns[column]


class _Column:
    """A column of a `_Frame`."""

    def __init__(self, series: Series, column: int, text: CellText) -> None:
        self._series = series
        self._column = column
        self._text = text

    @property
    def _s(self) -> _Column:
        return self

    def get_fmt(self, row: int, length: int) -> str:
        return self._text(self._series, self._column, row, length)


def _visible(frame: DataFrame, render: Callable[[Any], str]) -> dict[int, list[int]]:
    """Return the visible rows of each visible column."""
    rows: dict[int, list[int]] = defaultdict(list)

    def note(series: Series, column: int, row: int, length: int) -> str:
        rows[column].append(row)
        return ""

    render(_Frame(frame, note))
    return rows


def may_hold_pictures(dtype: Any) -> bool:
    """Tell by its dtype alone whether a column can hold pictures or names of files."""
    polars = _polars()
    if isinstance(dtype, polars.Struct):
        return any(may_hold_pictures(field.dtype) for field in dtype.fields)
    if isinstance(dtype, (polars.List, polars.Array)):
        # A picture of numbers has at least two axes.
        inner = dtype.inner
        return inner.is_nested() if _is_of_numbers(inner) else may_hold_pictures(inner)
    return not (_is_of_numbers(dtype) or dtype.is_temporal() or isinstance(dtype, polars.Null))


def _is_of_numbers(dtype: Any) -> bool:
    """Tell whether a column holds numbers or truth values, in whatever lists of lists."""
    polars = _polars()
    while isinstance(dtype, (polars.List, polars.Array)):
        dtype = dtype.inner
    return dtype.is_numeric() or isinstance(dtype, polars.Boolean)


def _picked(
    series: Series, visible: Sequence[int], cells: Cells, *, named: bool
) -> list[tuple[int, object]]:
    """Return the rows and values that become pictures."""
    values = [(row, value) for row in visible if not is_missing(value := value_at(series, row))]
    if not values:
        return []
    picks = cells.pick([value for _, value in values], named=named)
    return [pair for pair, picked in zip(values, picks, strict=True) if picked]


def is_missing(value: object) -> bool:
    """Tell whether a value is missing: None, NaN, or a struct of nothing else."""
    if isinstance(value, dict):
        return all(part is None for part in value.values())
    return value is None or (isinstance(value, float) and value != value)


def value_at(series: Series, row: int) -> object:
    """Return one value as Python and numpy know it."""
    value = series[row]
    if not isinstance(value, _polars().Series):
        return value
    if _is_of_numbers(value.dtype):
        array = _array(value)
        if array is not None:
            return array
    return value.to_list()


def _array(series: Series) -> object | None:
    """Return numbers nested in lists as an array, or None if the lists differ in length."""
    polars = _polars()
    shape = [len(series)]
    while isinstance(series.dtype, (polars.List, polars.Array)):
        lists = series.arr.to_list() if isinstance(series.dtype, polars.Array) else series
        lengths = lists.list.len().unique().to_list()
        if len(lengths) != 1 or not lengths[0]:  # ragged, null, or empty
            return None
        shape.append(lengths[0])
        series = lists.explode()
    array: object = series.to_numpy().reshape(shape)
    return array
