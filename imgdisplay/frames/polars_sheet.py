"""polars frames as cells, read in ranges of rows.

Texts of cells come from polars (``get_fmt``, as in `imgdisplay.frames.polars`), which prints
every value by itself and follows the user's ``polars.Config``. Only texts stand here without
the quotes that polars puts around them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

from imgdisplay.frames.asked import columns_asked
from imgdisplay.frames.polars import is_missing, may_hold_pictures, value_at
from imgdisplay.frames.rows import Bind, Rows, bound
from imgdisplay.frames.sheets import Heading, Kind, Picked, Picker, Printed, Sheet, cut

__all__ = ["frame_of_series", "sheet"]

# polars is not required, so its types are not here to be checked against.
DataFrame: TypeAlias = Any
Series: TypeAlias = Any

_FEW = 100
"""Values in which pictures are looked for together: they may be the bytes of files."""


def frame_of_series(series: Series) -> DataFrame:
    """Return a series as a frame of one column."""
    return series.to_frame()


def sheet(
    frame: DataFrame,
    picker: Picker,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    bind: Bind | None = None,
    limit: int,
) -> Sheet:
    """Return a frame as a sheet; see `imgdisplay.frames.sheets.sheet_of`."""
    wanted = columns_asked(frame.columns, columns)
    all_series = frame.get_columns()
    rows = Rows(frame.columns, lambda row, column: value_at(all_series[column], row))
    headings: list[Heading] = []
    readers: list[Callable[[int, int], list[Printed | Picked]]] = []
    for series in all_series:
        named = None if wanted is None else series.name in wanted
        holds = _has_pictures(series, picker) if named is None else named
        kind = "picture" if holds else _kind(series.dtype)
        headings.append(Heading((cut(series.name, 200),), kind))
        if holds:
            readers.append(_pictures(series, picker, bool(named), bind, rows, limit))
        else:
            readers.append(_texts(series, limit))

    def read(start: int, stop: int) -> list[list[Printed | Picked]]:
        return [reader(start, stop) for reader in readers]

    return Sheet(tuple(headings), frame.height, read)


def _has_pictures(series: Series, picker: Picker) -> bool:
    return may_hold_pictures(series.dtype) and any(
        picker.holds([value for _, value in _present(series, start, start + _FEW)])
        for start in range(0, len(series), _FEW)
    )


def _present(series: Series, start: int, stop: int) -> list[tuple[int, object]]:
    values = ((row, value_at(series, row)) for row in range(start, min(stop, len(series))))
    return [(row, value) for row, value in values if not is_missing(value)]


def _kind(dtype: Any) -> Kind | None:
    polars = sys.modules["polars"]
    if dtype.is_numeric():
        return "number"
    if dtype in (polars.Date, polars.Datetime):
        return "date"
    return None if dtype == polars.String or dtype == polars.Object else "text"


def _pictures(
    series: Series, picker: Picker, named: bool, bind: Bind | None, rows: Rows, limit: int
) -> Callable[[int, int], list[Printed | Picked]]:
    text = _texts(series, limit)

    def read(start: int, stop: int) -> list[Printed | Picked]:
        present = _present(series, start, stop)
        picks = picker.pick([value for _, value in present], named=named)
        picked = [pair for pair, pick in zip(present, picks, strict=True) if pick]
        sources = bound(((series.name, row, value) for row, value in picked), bind, rows)
        made: dict[int, Printed | Picked] = {
            row: Picked(source, value) for (row, value), source in zip(picked, sources, strict=True)
        }
        return [made.get(row) or text(row, row + 1)[0] for row in range(start, stop)]

    return read


def _texts(series: Series, limit: int) -> Callable[[int, int], list[Printed | Picked]]:
    polars = sys.modules["polars"]
    is_text = series.dtype in (polars.String, polars.Categorical, polars.Enum)

    def read(start: int, stop: int) -> list[Printed | Picked]:
        part = series.slice(start, stop - start)
        missing = part.is_null().to_list()
        values = _numbers(part)
        texts = part.cast(polars.String).to_list() if is_text else [None] * len(part)
        return [
            Printed(
                part._s.get_fmt(row, limit) if text is None else cut(text, limit),
                value,
                gone,
            )
            for row, (text, value, gone) in enumerate(zip(texts, values, missing, strict=True))
        ]

    return read


def _numbers(part: Series) -> list[float | None]:
    """Return what values are sorted by: numbers, or None for all if there are none."""
    polars = sys.modules["polars"]
    numbers: Any = None
    if part.dtype.is_numeric():
        numbers = part.cast(polars.Float64).fill_nan(None)
    elif part.dtype in (polars.Date, polars.Datetime):
        numbers = part.dt.epoch("us") / 1e6
    elif part.dtype == polars.Duration:
        numbers = part.dt.total_microseconds() / 1e6
    return [None] * len(part) if numbers is None else list(numbers.to_list())
