"""The table that a library drew, read back into cells.

`imgdisplay.display.table` gives the markup; what is looked for in it is written the same way
by every library that escapes its cells: ``<tr>``, ``<th>`` and ``<td>``, without a ``<`` or
``>`` in a text or an attribute that is not a tag's own.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from imgdisplay.core.html import Html, escape
from imgdisplay.report.grid import Cell, Grid, Row, text_of
from imgdisplay.report.unreadable import Unreadable, without_folder

__all__ = ["bad_pictures", "count_pictures", "read_grid", "table_alone", "without_place"]

_TABLE = re.compile(r"<table[^>]*>(.*)</table>(.*)", re.DOTALL)
_NOTE = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_LARGER = re.compile(r"</summary>.*?</details>", re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])[^>]*>(.*?)</\1>", re.DOTALL)
_PICTURE = re.compile(r'<img class="imgdisplay( imgdisplay-broken)?" [^>]*>')
_SAID = re.compile(r'( (?:alt|title)=")([^"]*)"')
_SPANS = re.compile(r"<t[hd][^>]* (?:row|col)span=")

# What pandas and polars print for numbers, and for what is missing among them.
_NUMBER = re.compile(
    r"(?:[-+−]?(?:\d[\d,_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s?%?"
    r"|[-+]?inf|nan|<na>|nat|none|null|\.\.\.)?",
    re.IGNORECASE,
)


def table_alone(markup: str) -> Html:
    """Return the ``<table>`` of a library's markup and the lines below it, without its styles."""
    found = _TABLE.search(markup)
    if found is None:
        return Html(markup)
    notes = "".join(f'<p class="note">{note}</p>' for note in _NOTE.findall(found[2]))
    return Html(f'<table class="dataframe">{found[1]}</table>{notes}')


def read_grid(markup: str, anchor: str) -> tuple[Grid, tuple[Unreadable, ...]] | None:
    """Return the cells of a drawn table and its bad pictures, or None if cells span others.

    Parameters
    ----------
    markup
        What `imgdisplay.display.table` returned.
    anchor
        Prefix of the addresses of the rows in the page.
    """
    found = _TABLE.search(markup)
    if found is None or _SPANS.search(found[1]):
        return None
    head, _, body = found[1].partition("</thead>")
    headings = _headings([_cells(row) for row in _ROW.findall(head)])
    lines = [_cells(row) for row in _ROW.findall(body)]
    if headings is None or any(len(line) != len(headings) for line in lines):
        return None
    rows, bad = [], []
    for number, line in enumerate(lines, start=1):
        place = f"{anchor}-{number}"
        cells = tuple(map(_cell, line))
        reasons = [
            Unreadable(f"{text_of(heading)}, row {text_of(line[0])}", reason, place)
            for heading, cell in zip(headings, line, strict=True)
            for reason in _reasons(cell)
        ]
        bad += reasons
        rows.append(Row(cells, place if reasons else ""))
    notes = [Html(note) for note in _NOTE.findall(found[2])]
    return Grid.of(headings, rows, notes=notes), tuple(bad)


def without_place(markup: str, folder: Path) -> str:
    """Return a drawn table whose placeholders do not tell where a folder lies."""

    def told(picture: re.Match[str]) -> str:
        if not picture[1]:
            return picture[0]
        return _SAID.sub(
            lambda said: said[1] + escape(without_folder(html.unescape(said[2]), folder)) + '"',
            picture[0],
        )

    return _PICTURE.sub(told, markup)


def count_pictures(markup: str) -> int:
    """Return how many pictures and placeholders a drawn table holds, larger views apart."""
    return len(_PICTURE.findall(_LARGER.sub("", markup)))


def bad_pictures(markup: str) -> tuple[Unreadable, ...]:
    """Return the placeholders of a drawn table whose cells have no simple names."""
    return tuple(Unreadable("a picture", reason) for reason in _reasons(markup))


def _cells(row: str) -> list[str]:
    return [content for _, content in _CELL.findall(row)]


def _headings(lines: list[list[str]]) -> list[Html] | None:
    """Return one heading for each column; pandas names the index in a second line."""
    if not lines or len({len(line) for line in lines}) != 1:
        return None
    if len(lines) == 1:
        return [Html(heading) for heading in lines[0]]
    if len(lines) == 2 and not any(lines[1][1:]):
        return [Html(lines[1][0] or lines[0][0]), *map(Html, lines[0][1:])]
    return None


def _cell(content: str) -> Cell:
    pictures = _PICTURE.findall(content)
    if pictures:
        return Cell(Html(content), "picture", _size("width", content), _size("height", content))
    number = _NUMBER.fullmatch(text_of(content).strip()) is not None
    return Cell(Html(content), "number" if number else "text")


def _size(name: str, content: str) -> int:
    found = re.search(rf' {name}="(\d+)"', content)
    return int(found[1]) if found else 0


def _reasons(content: str) -> list[str]:
    return [
        html.unescape(found[1])
        for picture in _PICTURE.finditer(content)
        if picture[1] and (found := re.search(r' title="([^"]*)"', picture[0]))
    ]
