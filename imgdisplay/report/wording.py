"""What is said of a report in words."""

from __future__ import annotations

import html

from imgdisplay.core.html import Html
from imgdisplay.report.model import Counts, DrawnSection

__all__ = ["counted", "facts_line", "human_size", "prose_text", "shown_of"]


def facts_line(counts: Counts) -> str:
    """Return how much there is, in one line; empty for nothing.

    Examples
    --------
    >>> facts_line(Counts(rows=1200, pictures=2400, unreadable=1))
    '2,400 pictures · 1,200 rows · 1 unreadable'
    """
    facts = [counted(counts.pictures, "picture")] if counts.pictures else []
    facts += [counted(counts.rows, "row")] if counts.rows not in (0, counts.pictures) else []
    facts += [f"{counts.unreadable:,} unreadable"] if counts.unreadable else []
    return " · ".join(facts)


def counted(number: int, one: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(1000, "row")
    ('1 row', '1,000 rows')
    """
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def shown_of(section: DrawnSection, shown: int) -> str:
    """Return that only the first rows of a section are shown.

    Examples
    --------
    >>> shown_of(DrawnSection(form="gallery", counts=Counts(rows=5000)), 240)
    '240 of 5,000 pictures are shown.'
    """
    one = "row" if section.form == "table" else "picture"
    return f"{shown:,} of {counted(section.counts.rows, one)} are shown."


def prose_text(content: Html) -> str:
    """Return the text that the content of a section of prose was made from."""
    return html.unescape(str(content))


def human_size(size: int) -> str:
    """Return a number of bytes for people, in powers of 1000.

    Examples
    --------
    >>> human_size(999), human_size(1_234_567), human_size(45_600_000)
    ('999\xa0B', '1.2\xa0MB', '46\xa0MB')
    """
    number, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f}\xa0{unit}" if unit != "B" and number < 9.95 else f"{number:.0f}\xa0{unit}"
