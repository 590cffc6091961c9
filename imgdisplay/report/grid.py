"""A table as the page lays it out: columns of a known kind and width, rows in groups.

A browser skips what is far off the screen only in boxes whose size does not depend on others
(``content-visibility``, CSS Containment Level 2, section 4). The rows of an ordinary table do
depend on each other; so a long one gets fixed column tracks, worked out here from its texts,
and groups of rows that each stand for themselves.
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from imgdisplay.core.html import Html

__all__ = ["Cell", "Column", "Grid", "Row", "text_of"]

Kind: TypeAlias = Literal["text", "number", "picture"]

GROUP = 100
"""Rows that a browser lays out together."""

# CSS pixels, as in page.css: a digit and a letter of a wide font, both paddings of a cell, a line.
_CHARACTER, _LETTER, _PADDING, _LINE = 9, 7.5, 20, 21

_LONGEST_WORD, _LONGEST_LINE = 20, 60
"""Characters that a column of text keeps together, and that it takes its share of the width for."""

_LINES = 3
"""Lines of text that a cell may take, as long as its column is not wider than a long word."""

_PAGE = 1184
"""Width of a table in a wide window, in CSS pixels."""

_SCREENS = range(640, 1281, 80)
"""Widths of windows in CSS pixels for which page.css has a rule."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: safe markup, and the size in CSS pixels of its picture, if it holds one."""

    markup: Html
    kind: Kind = "text"
    width: int = 0
    height: int = 0

    @property
    def text(self) -> str:
        """What is read in it."""
        return "" if self.kind == "picture" else text_of(self.markup)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `anchor` is its address in the page, if something points to it."""

    cells: tuple[Cell, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    heading
        What stands above it.
    kind
        What it holds.
    word, line, picture
        Its longest word and its longest line in characters, its widest picture in CSS pixels.
    label
        What stands before each value where rows are shown as cards; may be empty.
    heads_rows
        Its cells name the rows.
    leads
        It holds the first picture of a row.
    """

    heading: Html
    kind: Kind
    word: int
    line: int
    picture: int
    label: str = ""
    heads_rows: bool = False
    leads: bool = False

    @property
    def least(self) -> str:
        """The width below which the column cannot be read: a CSS length."""
        return f"max({self._kept}ch,{self.picture}px) + {_PADDING}px"

    @property
    def least_pixels(self) -> float:
        """The same in CSS pixels, for characters of middling width."""
        return max(self._kept * _CHARACTER, self.picture) + _PADDING

    @property
    def track(self) -> str:
        """Its width where rows are laid out apart from each other: a CSS track size."""
        if self.kind == "text" and not self.heads_rows:
            return f"minmax(calc({self.least}),{min(self.line, _LONGEST_LINE) + 4}fr)"
        return f"calc({self.least})"

    @property
    def _kept(self) -> int:
        if self.kind == "number":
            return self.line
        # Letters are on the average as wide as digits (`ch`); a single word may be wider.
        return max(min(self.word, _LONGEST_WORD) + 1, min(self.line // _LINES, _LONGEST_WORD))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that the page lays out; every row has a cell for each column.

    `notes` are lines below it, such as the dimensions of a truncated frame.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Html, ...] = ()

    @classmethod
    def of(
        cls,
        headings: Sequence[Html],
        rows: Sequence[Row],
        *,
        heads_rows: int = 0,
        labelled: bool = True,
        notes: Sequence[Html] = (),
    ) -> Grid:
        """Return the grid of these rows; the kind of a column follows from its cells.

        Parameters
        ----------
        heads_rows
            Which column names the rows.
        labelled
            Values cannot do without their heading where rows are shown as cards.
        notes
            Lines below it; empty ones are left out.
        """
        cells = list(zip(*(row.cells for row in rows), strict=True)) or [()] * len(headings)
        columns = tuple(
            _column(heading, column, labelled=labelled, heads_rows=place == heads_rows)
            for place, (heading, column) in enumerate(zip(headings, cells, strict=True))
        )
        first = next((place for place, one in enumerate(columns) if one.kind == "picture"), None)
        if first is not None:
            leading = dataclasses.replace(columns[first], leads=True)
            columns = (*columns[:first], leading, *columns[first + 1 :])
        return cls(columns, tuple(rows), tuple(note for note in notes if note))

    @property
    def groups(self) -> list[tuple[tuple[Row, ...], int]]:
        """The rows in groups, each with a guess of its height in CSS pixels."""
        parts = [self.rows[start : start + GROUP] for start in range(0, len(self.rows), GROUP)]
        room = self._characters()
        return [(part, sum(_height(row, room) for row in part)) for part in parts]

    def _characters(self) -> list[float]:
        """Return how many characters have room in a line of each column of a full page."""
        spare = max(0, _PAGE - sum(column.least_pixels for column in self.columns))
        lines = [column.line if column.kind == "text" else 0 for column in self.columns]
        return [
            (column.least_pixels - _PADDING + spare * line / max(sum(lines), 1)) / _LETTER
            for column, line in zip(self.columns, lines, strict=True)
        ]

    @property
    def is_long(self) -> bool:
        """Whether the browser is to lay out only the groups that are looked at."""
        return len(self.rows) > GROUP

    @property
    def tracks(self) -> str:
        """The widths of the columns, as the ``grid-template-columns`` of a row."""
        return " ".join(column.track for column in self.columns)

    @property
    def screen(self) -> str:
        """The least width of a window that the table fits into: a number, or ``more``."""
        needed = sum(column.least_pixels for column in self.columns) + 2 * _PADDING
        return next((str(width) for width in _SCREENS if needed <= width), "more")

    @property
    def lead(self) -> int:
        """The width of the pictures that stand beside their texts on a phone; 0 for none."""
        widest = next((column.picture for column in self.columns if column.leads), 0)
        return widest if widest <= _LARGEST_BESIDE_TEXT else 0


_LARGEST_BESIDE_TEXT = 128


def text_of(markup: str) -> str:
    """Return what is read of a piece of our own or a library's escaped markup."""
    return html.unescape(re.sub(r"<[^>]*>", " ", markup))


def _column(heading: Html, cells: Sequence[Cell], *, labelled: bool, heads_rows: bool) -> Column:
    said = text_of(heading).strip()
    kinds = {cell.kind for cell in cells}
    texts = [said, *(cell.text for cell in cells)]
    return Column(
        heading,
        kind="picture" if "picture" in kinds else "number" if kinds == {"number"} else "text",
        word=max(len(word) for text in texts for word in text.split() or [""]),
        line=max(map(len, texts)),
        picture=max((cell.width for cell in cells), default=0),
        label=said if labelled else "",
        heads_rows=heads_rows,
    )


def _height(row: Row, room: Sequence[float]) -> int:
    lines = max(
        1 + len(cell.text) // max(1, int(characters))
        for cell, characters in zip(row.cells, room, strict=True)
    )
    return _PADDING // 2 + max(lines * _LINE, *(cell.height for cell in row.cells))
