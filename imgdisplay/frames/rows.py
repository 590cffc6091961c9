"""The rows that pictures stand in, for callers whose pictures depend on other columns.

A frame may have millions of cells: a row looks like a dict of its values, and fetches each of
them from the frame when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

__all__ = ["Bind", "Rows", "bound"]

Row: TypeAlias = Mapping[Hashable, object]
Bind: TypeAlias = Mapping[Hashable, Callable[[object, Row], object]]
"""For each column, what makes the thing to draw of a picked value and the row it stands in."""


class Rows:
    """The rows of one frame.

    Parameters
    ----------
    labels
        The labels of all columns, in order. Of several columns with the same label, a row
        gives the first.
    value
        Returns the value in a row and a column, both given by their position.

    Examples
    --------
    >>> data = [["a", 1], ["b", 2]]
    >>> rows = Rows(["name", "n"], lambda row, column: data[row][column])
    >>> rows[1]["name"], dict(rows[0])
    ('b', {'name': 'a', 'n': 1})
    """

    def __init__(self, labels: Iterable[Hashable], value: Callable[[int, int], object]) -> None:
        self._labels = labels
        self.value = value

    @cached_property
    def columns(self) -> dict[Hashable, int]:
        """Position of the first column of each label."""
        columns: dict[Hashable, int] = {}
        for column, label in enumerate(self._labels):
            columns.setdefault(label, column)
        return columns

    def __getitem__(self, row: int) -> Row:
        return _Row(self, row)


class _Row(Mapping[Hashable, object]):
    def __init__(self, rows: Rows, row: int) -> None:
        self._rows = rows
        self._row = row

    def __getitem__(self, label: Hashable) -> object:
        return self._rows.value(self._row, self._rows.columns[label])

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._rows.columns)

    def __len__(self) -> int:
        return len(self._rows.columns)

    def __contains__(self, label: object) -> bool:
        return label in self._rows.columns

    def __repr__(self) -> str:
        return f"<row {self._row} of {len(self)} columns>"


def bound(
    values: Iterable[tuple[Hashable, int, object]], bind: Bind | None, rows: Rows
) -> list[object]:
    """Return what is to be drawn of picked values.

    Parameters
    ----------
    values
        Label of the column, position of the row, and value of each picked cell.
    bind
        A column that it does not name is drawn as it is. Any mapping does, one that makes up
        its answers as well: it is only asked by ``get``.
    rows
        The rows that the positions count.
    """
    if bind is None:
        return [value for _, _, value in values]
    drawn = []
    for label, row, value in values:
        make = bind.get(label)
        drawn.append(value if make is None else make(value, rows[row]))
    return drawn
