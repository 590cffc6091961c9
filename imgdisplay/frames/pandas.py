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

import difflib
import html
from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from imgdisplay.errors import OptionError, quote
from imgdisplay.frames.tokens import Cells, Tokens

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_html", "series_html"]

Limit: TypeAlias = int | Literal["auto"] | None

_NAMES_QUOTED = 20


def frame_html(
    frame: pd.DataFrame,
    cells: Cells,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    max_rows: Limit = "auto",
    max_cols: Limit = "auto",
    always: bool = False,
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

    wanted = _labels(frame.columns, columns)
    if max_rows == "auto" and max_cols == "auto" and not always and not _repr_is_table(frame):
        return _own_repr(frame)
    layout = _layout(frame, max_rows, max_cols, pd.get_option("display.show_dimensions"))
    return _with_pictures(layout, cells, wanted) or _render(layout)


def series_html(
    series: pd.Series[Any],
    cells: Cells,
    *,
    named: bool = False,
    max_rows: Limit = "auto",
    always: bool = False,
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
    table = _with_pictures(layout, cells, wanted) or (_render(layout) if always else None)
    if table is None:
        return None
    facts = [] if series.name is None else [f"Name: {series.name}"]
    show_dimensions = pd.get_option("display.show_dimensions")
    if show_dimensions is True or (
        show_dimensions == "truncate" and layout.is_truncated_vertically
    ):
        facts.append(f"Length: {len(series)}")
    facts.append(f"dtype: {series.dtype.name}")
    footer = html.escape(", ".join(facts), quote=False)
    return f"{table.removesuffix('</div>')}<p>{footer}</p>\n</div>"


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
    frame: pd.DataFrame, max_rows: Limit, max_cols: Limit, show_dimensions: bool | str
) -> Any:
    """Return pandas' layout of `frame`, made as ``DataFrame._repr_html_`` makes it."""
    import pandas as pd
    from pandas.io.formats.format import DataFrameFormatter  # type: ignore[attr-defined]

    return DataFrameFormatter(
        frame,
        bold_rows=True,
        max_rows=_limit("max_rows", max_rows, "display.max_rows"),
        min_rows=pd.get_option("display.min_rows") if max_rows == "auto" else None,
        max_cols=_limit("max_cols", max_cols, "display.max_columns"),
        show_dimensions=show_dimensions,
    )


def _limit(name: str, given: Limit, option: str) -> int | None:
    """Return the most rows or columns to show, None for all of them."""
    import pandas as pd

    if given == "auto":
        default: int | None = pd.get_option(option)
        return default
    if given is None:
        return None
    if isinstance(given, Integral) and not isinstance(given, bool) and given > 0:
        return int(given)
    raise OptionError(
        f"{name} is {quote(given)}: give a number of at least 1, None for all, "
        'or "auto" for as many as pandas shows'
    )


def _render(layout: Any) -> str:
    """Return the HTML of a layout."""
    from pandas.io.formats.format import DataFrameRenderer  # type: ignore[attr-defined]

    table: str = DataFrameRenderer(layout).to_html(notebook=True)
    return table


def _with_pictures(layout: Any, cells: Cells, wanted: set[Hashable] | None) -> str | None:
    """Return the HTML of a layout with its pictures, or None if there are none.

    `wanted` are the names of the columns to look into, None for whichever can hold pictures.
    """
    shown: pd.DataFrame = layout.tr_frame
    pictures: dict[tuple[int, int], object] = {}
    for column, (label, dtype) in enumerate(zip(shown.columns, shown.dtypes, strict=True)):
        if wanted is None:
            asked = _may_hold_pictures(dtype)
        else:
            asked = not wanted.isdisjoint(_names(label, shown.columns.nlevels))
        if asked:
            for row, value in _picked(shown.iloc[:, column], cells, named=wanted is not None):
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
    return tokens.fill(table, cells.draw([pictures[place] for place in places]))


def _may_hold_pictures(dtype: Any) -> bool:
    """Tell by its dtype alone whether a column can hold pictures or names of files."""
    import pandas as pd

    if isinstance(dtype, pd.CategoricalDtype):
        return _may_hold_pictures(dtype.categories.dtype)
    # PeriodDtype and IntervalDtype are of kind "O" like everything that pandas does not know.
    return dtype.kind not in "biufcmM" and not isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype))


def _picked(shown: pd.Series[Any], cells: Cells, *, named: bool) -> list[tuple[int, object]]:
    """Return the rows and values that become pictures."""
    import numpy as np

    values = np.asarray(shown.array, dtype=object)
    missing = np.asarray(shown.array.isna())
    rows = np.flatnonzero(~missing).tolist()
    if not rows:
        return []
    picks = cells.pick([values[row] for row in rows], named=named)
    return [(row, values[row]) for row, picked in zip(rows, picks, strict=True) if picked]


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


def _labels(columns: pd.Index[Any], given: Any) -> set[Hashable] | None:
    """Return the names of columns that the caller gave, None if they gave none."""
    if given is None:
        return None
    known = {name: None for label in columns for name in _names(label, columns.nlevels)}
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable) or _is_in(known, given):
        names = [given]
    elif isinstance(given, tuple) and columns.nlevels > 1:
        names = list(given) if all(_is_in(known, name) for name in given) else [given]
    else:
        names = list(given)
    for name in names:
        if not _is_in(known, name):
            close = difflib.get_close_matches(str(name), map(str, known), n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            shown = ", ".join(map(quote, columns[:_NAMES_QUOTED]))
            more = ", …" if len(columns) > _NAMES_QUOTED else ""
            raise OptionError(f"no column {quote(name)}.{hint} The columns are: {shown}{more}")
    return set(names)


def _names(label: Hashable, nlevels: int) -> list[Hashable]:
    """Return every name by which a caller may mean the column `label`."""
    if nlevels > 1 and isinstance(label, tuple):
        return [label[0], *(label[:depth] for depth in range(1, nlevels + 1))]
    return [label]


def _is_in(known: Container[Hashable], name: Any) -> bool:
    """Tell whether `name` is known; what cannot be hashed is not."""
    try:
        return name in known
    except TypeError:
        return False
