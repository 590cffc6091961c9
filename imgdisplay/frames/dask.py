"""dask frames as HTML with pictures in their cells.

A dask frame is a recipe. Who asks for a table of it gets the first rows of its first partition,
drawn by pandas; who merely shows it gets dask's own outline, and nothing is computed.

dask is never imported here. Who has one of its frames has imported it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from imgdisplay.frames import pandas as drawn_by_pandas
from imgdisplay.frames.asked import Limit, columns_asked, limit_asked
from imgdisplay.frames.pandas import Cut, columns_cut, part_html
from imgdisplay.frames.rows import Bind, Rows
from imgdisplay.frames.tokens import Cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_html", "series_html"]

# dask is not required, so its types are not here to be checked against.
DataFrame: TypeAlias = Any
Series: TypeAlias = Any

_ROWS_BY_DEFAULT = 10


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
    """Return the HTML that pandas draws of the beginning of `frame`, with pictures in its cells.

    Parameters
    ----------
    frame
        Any ``dask.dataframe.DataFrame``.
    cells
        Picks the values that become pictures, and draws them.
    columns
        As for a frame of pandas.
    max_rows
        Rows to compute of the first partition: a number; "auto" for as many as pandas shows of
        a long frame; None for the whole frame, all partitions of it.
    max_cols
        How many columns to show: a number, None for all, or "auto" for as many as pandas does.
    always
        Compute, and draw a table, though neither `max_rows` nor `max_cols` asks for one.
    bind
        As for a frame of pandas; a row has the values that were computed.

    Returns
    -------
    str or None
        The table and a line that tells of how much it is the beginning, as the number of rows
        is not known. If nobody asks for a table, what ``frame._repr_html_()`` returns.

    Raises
    ------
    OptionError
        There is no such column, or a limit is no positive number.
    """
    if max_rows == "auto" and max_cols == "auto" and not always:
        own: str | None = frame._repr_html_()
        return own
    wanted = columns_asked(frame.columns, columns, levels=frame.columns.nlevels)
    if max_rows is None:
        return drawn_by_pandas.frame_html(
            frame.compute(),
            cells,
            columns=columns,
            max_rows=None,
            max_cols=max_cols,
            always=True,
            bind=bind,
        )
    cut = columns_cut(len(frame.columns), max_cols)
    head = _head(frame, max_rows)
    return part_html(
        head.iloc[:, cut.shown],
        cells,
        rows=Cut(range(len(head)), None),
        columns=cut,
        wanted=wanted,
        bind=bind,
        whole_rows=Rows(head.columns, lambda row, column: head.iat[row, column]),
        size=f"{_told(head, frame)} × {len(head.columns)} columns",
        always=True,
    )


def series_html(
    series: Series,
    cells: Cells,
    *,
    named: bool = False,
    max_rows: Limit = "auto",
    always: bool = False,
) -> str | None:
    """Return the beginning of `series` as a table of one column, drawn by pandas.

    Parameters
    ----------
    series
        Any ``dask.dataframe.Series``.
    cells
        Picks the values that become pictures, and draws them.
    named
        The caller asked for this very series as one of pictures.
    max_rows
        As in `frame_html`.
    always
        Compute, and draw a table, though `max_rows` does not ask for one.

    Returns
    -------
    str or None
        The table, or None if nobody asks for one: dask has no HTML for a series.

    Raises
    ------
    OptionError
        `max_rows` is no positive number.
    """
    if max_rows == "auto" and not always:
        return None
    if max_rows is None:
        return drawn_by_pandas.series_html(
            series.compute(), cells, named=named, max_rows=None, always=True
        )
    head = _head(series, max_rows)
    return drawn_by_pandas.series_html(
        head, cells, named=named, max_rows=None, always=True, length=_told(head, series)
    )


def _head(frame: DataFrame | Series, max_rows: int | Literal["auto"]) -> Any:
    """Compute the first rows of the first partition."""
    if max_rows == "auto":
        import pandas as pd

        limits = (pd.get_option("display.min_rows"), pd.get_option("display.max_rows"))
        number = min((limit for limit in limits if limit), default=_ROWS_BY_DEFAULT)
    else:
        number = limit_asked("max_rows", max_rows)
    # `frame.head` warns where the first partition is shorter.
    return frame.partitions[0].head(number)


def _told(head: pd.DataFrame | pd.Series[Any], frame: DataFrame | Series) -> str:
    """Return of what these rows are the beginning."""
    rows = "row" if len(head) == 1 else "rows"
    partitions = "partition" if frame.npartitions == 1 else "partitions"
    return f"first {len(head)} {rows} of {frame.npartitions} {partitions}"
