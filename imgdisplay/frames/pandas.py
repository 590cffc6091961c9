"""pandas frames as HTML with pictures in their cells.

The table is drawn by the engine behind ``DataFrame._repr_html_``, which has already chosen the
rows and columns to show when it is asked for its texts, and we take part in two places:

1. Before a column is printed, the picked cells are replaced by missing values, with the
   column's own ``take``. It keeps its dtype, so pandas prints everything else in it as ever
   (floats, categories, Arrow values, newlines, ``display.max_colwidth``…), and never asks a
   picture for its text.
2. After a column was printed and cut to ``display.max_colwidth``, those cells become tokens.

Two other ways were weighed. ``to_html(formatters=…)`` needs the text of every other cell of the
column from us, which means writing pandas' formatters again, and with a formatter pandas 3.1
prints even missing values in another way; its tokens have to fit into ``max_colwidth``; and it
has no ``min_rows``. Texts in the place of pictures turn categories and Arrow columns into object
columns, which escape and count differently. The price is that `pandas.io.formats.format` is not
a documented module: the contract tests hold what is used of it in the oldest and the newest
pandas.
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from imgdisplay.errors import no_text
from imgdisplay.frames.asked import Limit, columns_asked, limit_asked, names_of
from imgdisplay.frames.rows import Bind, Rows, bound
from imgdisplay.frames.tokens import Cells, Tokens

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Cut",
    "columns_cut",
    "dimensions_wanted",
    "frame_html",
    "part_html",
    "rows_cut",
    "series_html",
]


def frame_html(
    frame: pd.DataFrame,
    cells: Cells,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    max_rows: Limit = "auto",
    max_cols: Limit = "auto",
    always: bool = False,
    bind: Bind | None = None,
) -> str | None:
    """Return the HTML that pandas draws of `frame`, with pictures in its cells.

    Parameters
    ----------
    frame
        Any DataFrame; it is not changed. A subclass is drawn as pandas would draw it, whatever
        its own ``_repr_html_`` does.
    cells
        Picks the values that become pictures, and draws them.
    columns
        Names of the columns to look for pictures in: a label or several. A name that occurs
        twice means both columns, and the outer levels of a MultiIndex name all columns below
        them. A tuple is one label if it is known as one. None looks into every column whose
        dtype can hold pictures.
    max_rows, max_cols
        How much to show: a number, None for all, or "auto" for what ``_repr_html_`` would show.
    always
        Draw a table also where the user's options ask pandas for none
        (``display.notebook_repr_html``, ``display.large_repr``). A number or None for
        `max_rows` or `max_cols` asks for it, too.
    bind
        For the label of a column, what makes the thing to draw of a picked value and its row.
        The row is a mapping from the labels of `frame` to values, in columns that are cut out
        of view as well; of several columns with the same label it gives the first.

    Returns
    -------
    str or None
        Outside the picture cells it is what ``frame._repr_html_()`` returns, character by
        character, None included; for other limits, what ``to_html(notebook=True)`` returns
        with these limits and the user's ``display.show_dimensions``.

    Raises
    ------
    OptionError
        There is no such column, or a limit is no positive number.
    """
    import pandas as pd

    wanted = columns_asked(frame.columns, columns, levels=frame.columns.nlevels)
    if max_rows == "auto" and max_cols == "auto" and not always:
        if not _repr_is_table(frame):
            return _own_repr(frame)
        # Told apart by identity, as the hash of a category is made of all that it holds.
        dtypes = {id(values.dtype): values.dtype for values in _columns_of(frame)}.values()
        if wanted is None and not any(map(may_hold_pictures, dtypes)):
            return _own_repr(frame)
    layout = _layout(frame, max_rows, max_cols, pd.get_option("display.show_dimensions"))
    return _with_pictures(layout, cells, wanted, bind, _rows(layout)) or _render(layout)


def series_html(
    series: pd.Series[Any],
    cells: Cells,
    *,
    named: bool = False,
    max_rows: Limit = "auto",
    always: bool = False,
    length: str | None = None,
) -> str | None:
    """Return `series` as a table of one column with pictures, or None if it holds none.

    pandas has no HTML for a Series. The table ends in a line that says what the last line of
    its ``repr`` says: its name, its length where it is cut (or as ``display.show_dimensions``
    wants it), its dtype. The header of a Series without name is empty.

    Parameters
    ----------
    series
        Any Series; it is not changed.
    cells
        Picks the values that become pictures, and draws them.
    named
        The caller asked for this very Series as one of pictures.
    max_rows
        How much to show: a number, None for all, or "auto" for as much as of a frame.
    always
        Draw a table also where no picture is in it, or where ``display.notebook_repr_html``
        is off. Without it the result is None there, and a notebook shows the plain text.
    length
        What the last line is to say of its length; for the beginning of something longer.

    Returns
    -------
    str or None
        The table, or None (never with `always`).

    Raises
    ------
    OptionError
        `max_rows` is no positive number.
    """
    import pandas as pd

    if not always and not pd.get_option("display.notebook_repr_html"):
        return None
    frame = series.to_frame("" if series.name is None else series.name)
    layout = _layout(frame, max_rows, None, show_dimensions=False)
    wanted: set[Hashable] | None = set(frame.columns) if named else None
    table = _with_pictures(layout, cells, wanted, None, _rows(layout))
    if table is None and always:
        table = _render(layout)
    if table is None:
        return None
    facts = [] if series.name is None else [f"Name: {series.name}"]
    if length is not None:
        facts.append(length)
    elif dimensions_wanted(cut=layout.is_truncated_vertically):
        facts.append(f"Length: {len(series)}")
    facts.append(f"dtype: {series.dtype.name}")
    return _with_footer(table, ", ".join(facts))


class Cut(NamedTuple):
    """Which rows, or columns, pandas shows of a number of them."""

    shown: Sequence[int]
    """Positions of what is shown."""
    before_dots: int | None
    """How many of them stand before the dots; None: there are no dots."""

    @property
    def limit(self) -> int | None:
        """The limit with which pandas shows as many of `one_more`, and the dots."""
        return None if self.before_dots is None else len(self.shown)

    @property
    def one_more(self) -> list[int]:
        """What is shown, by its number, and where the dots belong anything, to be left out."""
        numbers = list(range(len(self.shown)))
        if self.before_dots is not None:
            numbers.insert(self.before_dots, 0)
        return numbers

    @property
    def ends_in_dots(self) -> bool:
        """Whether nothing is shown after the dots."""
        return self.before_dots == len(self.shown)


def rows_cut(height: int, max_rows: Limit) -> Cut:
    """Return which of so many rows pandas shows.

    Examples
    --------
    >>> rows_cut(1_000_000, 4)
    Cut(shown=[0, 1, 999998, 999999], before_dots=2)
    >>> rows_cut(3, "auto")
    Cut(shown=[0, 1, 2], before_dots=None)

    Raises
    ------
    OptionError
        `max_rows` is no positive number.
    """
    import pandas as pd

    # With ``display.max_rows=0`` the line that tells the size takes its place from the rows.
    show_dimensions = pd.get_option("display.show_dimensions")
    layout = _layout(pd.DataFrame(index=pd.RangeIndex(height)), max_rows, None, show_dimensions)
    return _cut(layout.tr_frame.index, layout.is_truncated_vertically and layout.tr_row_num)


def columns_cut(width: int, max_cols: Limit) -> Cut:
    """Return which of so many columns pandas shows; see `rows_cut`."""
    import pandas as pd

    layout = _layout(
        pd.DataFrame(columns=pd.RangeIndex(width)), None, max_cols, show_dimensions=False
    )
    return _cut(layout.tr_frame.columns, layout.is_truncated_horizontally and layout.tr_col_num)


def _cut(shown: pd.Index[int], before_dots: int) -> Cut:
    return Cut(shown.tolist(), before_dots or None)


def part_html(
    part: pd.DataFrame,
    cells: Cells,
    *,
    rows: Cut,
    columns: Cut,
    wanted: set[Hashable] | None,
    bind: Bind | None,
    whole_rows: Rows,
    size: str | None,
    always: bool,
) -> str | None:
    """Return the HTML of another library's table, or None if it has no pictures.

    Parameters
    ----------
    part
        What is shown of it, as a frame of pandas. The rest need not fit into memory.
    cells
        Picks the values that become pictures, and draws them.
    rows, columns
        How `part` was cut out of it.
    wanted
        Labels of the columns to look into, None for whichever can hold pictures.
    bind
        As in `frame_html`.
    whole_rows
        The rows for `bind`, counted as in `part`.
    size
        The line under the table, None for none.
    always
        Draw a table also where no picture is in it.
    """
    layout = _layout(
        part.iloc[rows.one_more, columns.one_more],
        rows.limit,
        columns.limit,
        show_dimensions=False,
        min_rows=1 if rows.ends_in_dots else None,
    )
    table = _with_pictures(layout, cells, wanted, bind, whole_rows)
    if table is None and always:
        table = _render(layout)
    return _with_footer(table, size) if table and size else table


def dimensions_wanted(*, cut: bool) -> bool:
    """Tell whether the user's options want the size of a table said that is cut, or is whole."""
    import pandas as pd

    wanted: bool | str = pd.get_option("display.show_dimensions")
    return cut if wanted == "truncate" else bool(wanted)


def _with_footer(table: str, text: str) -> str:
    """Return pandas' table with a line of text under it."""
    return f"{table.removesuffix('</div>')}<p>{html.escape(text, quote=False)}</p>\n</div>"


def _own_repr(frame: pd.DataFrame) -> str | None:
    """Return what pandas itself shows of `frame`."""
    import pandas as pd

    own: str | None = pd.DataFrame._repr_html_(frame)  # type: ignore[attr-defined]
    return own


def _repr_is_table(frame: pd.DataFrame) -> bool:
    """Tell whether the user's options let pandas show `frame` as a table."""
    import pandas as pd

    if pd.get_option("display.large_repr") == "info":
        own = _own_repr(frame)
        return own is not None and not own.startswith("<pre>")
    return bool(pd.get_option("display.notebook_repr_html"))


def _layout(
    frame: pd.DataFrame,
    max_rows: Limit,
    max_cols: Limit,
    show_dimensions: bool | str,
    *,
    min_rows: int | None = None,
) -> Any:
    """Return pandas' layout of `frame`, made as ``DataFrame._repr_html_`` makes it."""
    import pandas as pd
    from pandas.io.formats.format import DataFrameFormatter  # type: ignore[attr-defined]

    return DataFrameFormatter(
        frame,
        bold_rows=True,
        max_rows=_limit("max_rows", max_rows, "display.max_rows"),
        min_rows=pd.get_option("display.min_rows") if max_rows == "auto" else min_rows,
        max_cols=_limit("max_cols", max_cols, "display.max_columns"),
        show_dimensions=show_dimensions,
    )


def _limit(name: str, given: Limit, option: str) -> int | None:
    """Return the most rows or columns to show, None for all of them."""
    import pandas as pd

    if given == "auto":
        default: int | None = pd.get_option(option)
        return default
    return None if given is None else limit_asked(name, given)


def _render(layout: Any) -> str:
    """Return the HTML of a layout."""
    from pandas.io.formats.format import DataFrameRenderer  # type: ignore[attr-defined]

    try:
        table: str = DataFrameRenderer(layout).to_html(notebook=True)
    except Exception:  # most likely somebody's `__repr__`
        printable = _printable(layout.tr_frame)
        if printable is None:
            raise
        layout.tr_frame = printable
        table = DataFrameRenderer(layout).to_html(notebook=True)
    return table


class _Unprintable:
    def __init__(self, value: object, error: Exception) -> None:
        self._text = no_text(value, error)

    def __repr__(self) -> str:
        return self._text


def _printable(shown: pd.DataFrame) -> pd.DataFrame | None:
    """Return a visible frame without the values that have no text; None if all have one."""
    import pandas as pd

    result = shown.copy(deep=False)
    changed = False
    for column, dtype in enumerate(shown.dtypes):
        if dtype.name != "object":
            continue
        values: Any = shown.iloc[:, column].to_numpy(copy=True)
        for row, value in enumerate(values):
            try:
                str(value)
            except Exception as error:
                values[row] = _Unprintable(value, error)
                changed = True
        replaced: Any = pd.Series(values, index=shown.index, dtype=object)
        result.isetitem(column, replaced)
    return result if changed else None


def _rows(layout: Any) -> Rows:
    """Return the rows of the whole frame, counted as the layout shows them."""
    frame: pd.DataFrame = layout.frame
    shown = len(layout.tr_frame)
    before_dots = layout.tr_row_num if layout.is_truncated_vertically else shown

    def value(row: int, column: int) -> object:
        return frame.iat[row if row < before_dots else row - shown, column]

    return Rows(frame.columns, value)


def _with_pictures(
    layout: Any,
    cells: Cells,
    wanted: set[Hashable] | None,
    bind: Bind | None,
    rows: Rows,
) -> str | None:
    """Return the HTML of a layout with its pictures, or None if there are none.

    Parameters
    ----------
    layout
        The layout; it is used up.
    cells
        Picks the values that become pictures, and draws them.
    wanted
        Names of the columns to look into, None for whichever can hold pictures.
    bind, rows
        What makes the thing to draw of a picked value, and the rows for it.
    """
    shown: pd.DataFrame = layout.tr_frame
    pictures: dict[tuple[int, int], object] = {}
    for column, (label, values) in enumerate(zip(shown.columns, _columns_of(shown), strict=True)):
        if wanted is None:
            asked = may_hold_pictures(values.dtype)
        else:
            asked = not wanted.isdisjoint(names_of(label, shown.columns.nlevels))
        if asked:
            for row, value in _picked(values, cells, named=wanted is not None):
                pictures[row, column] = value
    if not pictures:
        return None

    tokens = Tokens()
    places = sorted(pictures)
    in_column: dict[int, dict[int, str]] = defaultdict(dict)
    for row, column in places:
        in_column[column][row] = tokens.new()
    print_column = layout.format_col

    def print_with_tokens(column: int) -> list[str]:
        texts: list[str] = print_column(column)
        for row, token in in_column[column].items():
            texts[row] = token
        return texts

    layout.tr_frame = _without(shown, in_column)
    layout.format_col = print_with_tokens
    table = _render(layout)
    picked = ((shown.columns[column], row, pictures[row, column]) for row, column in places)
    return tokens.fill(table, cells.draw(bound(picked, bind, rows)))


def may_hold_pictures(dtype: Any) -> bool:
    """Tell by its dtype alone whether a column can hold pictures or names of files."""
    import pandas as pd

    if isinstance(dtype, pd.CategoricalDtype):
        return may_hold_pictures(dtype.categories.dtype)
    # PeriodDtype and IntervalDtype are of kind "O" like everything that pandas does not know.
    return dtype.kind not in "biufcmM" and not isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype))


def _columns_of(frame: pd.DataFrame) -> list[Any]:
    """Return the values of each column, as an array of numpy's or of pandas'."""
    # To make a Series of each takes longer than to look into it.
    arrays = getattr(frame, "_iter_column_arrays", None)
    if arrays is not None:
        return list(arrays())
    return [values.array for _, values in frame.items()]


def _picked(shown: Any, cells: Cells, *, named: bool) -> list[tuple[int, object]]:
    """Return the rows and values that become pictures."""
    import numpy as np
    import pandas as pd

    values = np.asarray(shown, dtype=object)
    present: list[object] = list(values)
    rows: Sequence[int] = range(len(present))
    if not all(type(value) is str for value in present):  # else none is missing
        rows = np.flatnonzero(~pd.isna(values)).tolist()
        present = [present[row] for row in rows]
    if not present:
        return []
    picks = cells.pick(present, named=named)
    return [(row, value) for row, value, picked in zip(rows, present, picks, strict=True) if picked]


def _without(shown: pd.DataFrame, gaps: Mapping[int, Iterable[int]]) -> pd.DataFrame:
    """Return `shown` with missing values in these rows of these columns."""
    import numpy as np
    import pandas as pd

    result = shown.copy(deep=False)
    for column, rows in gaps.items():
        positions = np.arange(len(shown))
        positions[list(rows)] = -1
        whole = shown.iloc[:, column]
        if whole.dtype.kind in "biu":  # a missing value would turn integers into floats
            whole = whole.astype(object)
        values = whole.array.take(positions, allow_fill=True)
        # The dtype is given lest pandas infers a new one from what is left.
        result.isetitem(column, pd.Series(values, index=shown.index, dtype=values.dtype))
    return result
