"""What is searched in a folder of pages: the texts of each page, compact, in a file of its own.

A page that was opened from a disk may read no other file but a script or a picture (HTML,
section 7.4; "file" URLs have opaque origins), so each file is a script that hands its texts to
the index. The index loads them when somebody searches.

The cells of a row are separated by tabs, rows by newlines. A cell begins with one character
that tells how many letters it has in common with the cell above, and goes on with the others
(front coding; Witten, Moffat and Bell, Managing Gigabytes, section 4.1): paths, numbers and
categories are short that way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from imgdisplay.core.html import plain_text
from imgdisplay.report.rows import Cell, Picture, Row
from imgdisplay.report.values import plain

__all__ = ["front_coded", "search_script"]

_FIRST = 35
"""The code of "nothing in common": from here to 91 no character has to be escaped in JSON."""

_MOST = 91 - _FIRST

_LONGEST = 5000
"""Characters of a cell, as on the page."""


def search_script(name: str, sections: Iterable[tuple[str, Sequence[Row]]]) -> str:
    """Return the script that hands the texts of a page to the index.

    Parameters
    ----------
    name
        Of the page.
    sections
        The prefix of the addresses of each section on it, and its rows.
    """
    texts = [
        [anchor, front_coded([[_text(cell) for cell in row.cells] for row in rows])]
        for anchor, rows in sections
        if rows
    ]
    said = json.dumps([name, texts], ensure_ascii=False, separators=(",", ":"))
    return f"imgdisplayTexts(...{said});\n"


def front_coded(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as one text; no cell may hold a tab or a newline.

    Examples
    --------
    >>> front_coded([["photos/a.png", "cat"], ["photos/b.png", "cat"]])
    '#photos/a.png\\t#cat\\n*b.png\\t&'
    """
    lines = []
    above: Sequence[str] = ()
    for row in rows:
        before = (*above, *[""] * (len(row) - len(above)))
        lines.append("\t".join(map(_coded, row, before)))
        above = row
    return "\n".join(lines)


def _coded(text: str, above: str) -> str:
    common = 0
    for letter, other in zip(text[:_MOST], above, strict=False):
        # The browser counts in units of UTF-16, of which characters from U+10000 on take two.
        if letter != other or letter > "\uffff":
            break
        common += 1
    return f"{chr(_FIRST + common)}{text[common:]}"


def _text(cell: Cell) -> str:
    if isinstance(cell, Picture):
        said = f"{cell.alt} {cell.reason}"
    else:
        said = "" if cell.missing else plain(cell.text)
    return " ".join(plain_text(said, _LONGEST).split())
