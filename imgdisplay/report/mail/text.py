"""A report as plain text, for who reads mail without pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from imgdisplay.core.html import plain_text
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.rows import Cell, Picture
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.values import plain
from imgdisplay.report.wording import facts_line, prose_text

__all__ = ["row_texts", "section_text", "title_text", "unreadable_text"]

_LINE = 78
"""Most characters of a line that no program breaks (RFC 5322, section 2.1.1)."""

_LONGEST_CELL = 500

Texts = Sequence[str]


def row_texts(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return the text of each cell of a row, in one line; of a picture, what stands for it."""
    return tuple(map(_cell_text, cells))


def _cell_text(cell: Cell) -> str:
    if not isinstance(cell, Picture):
        return _flat(cell.text)
    more = f" (+{cell.more} more)" if cell.more else ""
    kind = f" ({cell.reason.partition(':')[0]})" if cell.reason else ""
    return _flat(cell.alt) + more + kind


def _flat(text: str) -> str:
    return plain_text(" ".join(plain(text).split()), _LONGEST_CELL)


def title_text(report: DrawnReport) -> str:
    """Return the title and what there is in the report."""
    title = _flat(report.title)
    facts = facts_line(report.counts)
    return f"{title}\n{'=' * min(_width(title), _LINE)}\n" + (f"{facts}\n" if facts else "")


def section_text(section: DrawnSection, rows: Sequence[Texts], notes: Sequence[str]) -> str:
    """Return a section with some of its rows, as `row_texts` gives them.

    A table that has room in a line is one, with its columns aligned; any other becomes a list
    of its rows, each cell on a line of its own.

    Examples
    --------
    >>> from imgdisplay.report.facts import Facts
    >>> from imgdisplay.report.facts import DrawnColumn
    >>> from imgdisplay.report.rows import Column
    >>> columns = (
    ...     DrawnColumn(Column(("name",), "text"), Facts()),
    ...     DrawnColumn(Column(("n",), "number"), Facts()),
    ... )
    >>> section = DrawnSection(form="table", columns=columns)
    >>> print(section_text(section, [("teal", "8"), ("red", "12")], []), end="")
    name   n
    ----  --
    teal   8
    red   12
    """
    return "".join(f"{line}\n" for line in _lines(section, rows, notes))


def _lines(section: DrawnSection, rows: Sequence[Texts], notes: Sequence[str]) -> Iterator[str]:
    title, caption = _flat(section.title), _flat(section.caption)
    if title:
        yield from (title, "-" * min(_width(title), _LINE))
    if caption:
        yield from (caption, "")
    if section.form == "prose":
        yield from map(str.rstrip, prose_text(section.content).split("\n"))
    elif section.form == "markup":
        yield from filter(None, [_flat(section.content)])
    elif section.form == "table":
        yield from _table(section, rows)
    else:
        for alt, label in rows:
            yield f"- {alt if alt.startswith(label) else f'{label} ({alt})'}"
    if notes:
        yield ""
    yield from map(_flat, notes)


def _table(section: DrawnSection, rows: Sequence[Texts]) -> Iterator[str]:
    names = [_flat(column.column.name) for column in section.columns]
    widths = [max(map(_width, column)) for column in zip(names, *rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > _LINE:
        yield from _records(names, rows)
        return
    right = [column.kind == "number" for column in section.columns]
    for line in (names, ["-" * width for width in widths], *rows):
        cells = map(_padded, line, widths, right)
        yield "  ".join(cells).rstrip()


def _records(names: Texts, rows: Sequence[Texts]) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        if number > 1:
            yield ""
        for name, text in zip(names, row, strict=True):
            if text:
                yield f"{name}: {text}"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    """Return how many columns of a fixed-pitch font a text takes (Unicode UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def unreadable_text(listed: Sequence[Unreadable], count: int) -> str:
    """Return the list of the pictures that could not be read, of `count`."""
    lines = ["What could not be read", "----------------------"]
    lines += [f"- {_flat(f'{bad.name} {bad.reason}')}" for bad in listed]
    lines += [f"- and {count - len(listed):,} more"] if count > len(listed) else []
    return "".join(f"{line}\n" for line in lines)
