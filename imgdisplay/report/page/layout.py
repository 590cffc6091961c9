"""How a table is laid out on the page: widths of columns, heights of rows, what is put off.

A browser skips what is far off the screen only in boxes whose size does not depend on others
(``content-visibility``, CSS Containment Level 2, section 4). The rows of an ordinary table do
depend on each other; so a long one gets fixed column tracks, worked out here from what is known
of its columns, and groups of rows that each stand for themselves.

Of a very long one, most groups stand in ``<noscript>``: where scripts run, a browser keeps them
as text (HTML, section 4.12.2) until the page's script puts them to their place; where none do,
they are ordinary rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from imgdisplay.core.html import Html, plain_text
from imgdisplay.report.facts import DrawnColumn
from imgdisplay.report.model import DrawnSection
from imgdisplay.report.rows import GROUP, Group, Picture
from imgdisplay.report.values import plain

__all__ = ["Layout"]

# CSS pixels, as in page.css: a digit and a letter of a wide font, both paddings of a cell, a line.
_CHARACTER, _LETTER, _PADDING, _LINE = 9, 7.5, 20, 21

_LONGEST_WORD, _LONGEST_LINE = 20, 60
"""Characters that a column of text keeps together, and that it takes its share of the width for."""

_ARROW = 1
"""Characters that the arrow after a heading takes, which tells the order of the rows."""

_LINES = 3
"""Lines of text that a cell may take, as long as its column is not wider than a long word."""

_PAGE = 1184
"""Width of a table in a wide window, in CSS pixels."""

_WIDEST, _GUTTERS = 1464, 120
"""Width of a table in the widest page, and of what is beside it, in CSS pixels."""

_PAPER, _LANDSCAPE = 760, 1200
"""Widths of a table that fits on upright paper and on paper on its side, in CSS pixels."""

_PRINTED, _SMALLEST_PRINTED = 8.5, 5.5
"""Size of the letters in a printed table, in points."""

_PHONE = 640
"""Width of a window up to which rows are cards, in CSS pixels; as in page.css."""

_LARGEST_BESIDE_TEXT = 128

_MOST_ROWS, _MOST_BYTES = 2000, 100_000_000
"""Rows, and bytes of pictures, above which most groups are put off.

In each frame that is scrolled, a browser looks at the place of every picture that it is to load
later (HTML, section 2.5.7): with 10,000 of them this takes as long as all the rest.
"""

_AT_ONCE = 10
"""Groups of such a table that are there at once."""

_FEW_ROWS = 5
"""Rows that nobody needs tools for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of the table of one section."""

    section: DrawnSection

    @property
    def columns(self) -> tuple[DrawnColumn, ...]:
        """What the cells of a row are."""
        return self.section.columns

    @property
    def anchor(self) -> str:
        """Prefix of the addresses of rows."""
        return self.section.anchor

    @property
    def name(self) -> str:
        """What the table is called."""
        title = plain_text(plain(self.section.title)).strip()
        return title or ("Gallery" if self.section.form == "gallery" else "Table")

    @property
    def names_rows(self) -> list[bool]:
        """For each column, whether its cells name the rows."""
        return [one.column.names_rows for one in self.columns]

    @property
    def has_tools(self) -> bool:
        """Whether it has enough rows to be searched."""
        return self.section.counts.rows > _FEW_ROWS

    @property
    def is_long(self) -> bool:
        """Whether the browser is to lay out only the groups that are looked at."""
        return self.section.counts.rows > GROUP

    @property
    def put_off_from(self) -> int | None:
        """The first group that is kept as text until it is looked at."""
        counts = self.section.counts
        much = counts.rows > _MOST_ROWS or self.section.bytes > _MOST_BYTES
        return _AT_ONCE if much and counts.rows > _AT_ONCE * GROUP else None

    @property
    def may_scroll(self) -> bool:
        """Whether it is wider than some windows in which rows are no cards."""
        return self._width + _GUTTERS > _PHONE

    @property
    def lead(self) -> int | None:
        """The place of the column whose pictures come first on a phone and in the gallery."""
        places = (place for place, one in enumerate(self.columns) if one.kind == "picture")
        return next(places, None)

    @property
    def lead_width(self) -> int:
        """The width of the pictures that stand beside their texts on a phone; 0 for none."""
        widest = 0 if self.lead is None else self.columns[self.lead].facts.width
        return widest if widest <= _LARGEST_BESIDE_TEXT else 0

    @property
    def caption(self) -> int | None:
        """The place of the column that stands below the pictures in the gallery."""

        def rank(place: int) -> tuple[bool, bool]:
            column = self.columns[place]
            return column.kind != "text", not column.column.names_rows

        texts = [place for place in range(len(self.columns)) if place != self.lead]
        texts = [place for place in texts if self.columns[place].kind != "picture"]
        return min(texts, key=rank, default=None)

    def height(self, group: Group) -> int:
        """Return a guess of the height of some rows in a wide window, in CSS pixels."""
        room = self._characters()
        return sum(
            _PADDING // 2
            + max(
                cell.image.height
                if isinstance(cell, Picture)
                else (1 + len(plain(cell.text)) // characters) * _LINE
                for cell, characters in zip(row.cells, room, strict=True)
            )
            for row in group
        )

    def holds(self, column: DrawnColumn) -> str:
        """Return what a column holds, in a few words."""
        facts, kind = column.facts, column.kind
        said = [_KINDS[kind]]
        if kind == "text":
            distinct = facts.distinct
            said.append("many different" if distinct is None else f"{distinct:,} different")
        said += [f"{facts.unreadable:,} unreadable"] if facts.unreadable else []
        said += [f"{facts.missing:,} missing"] if facts.missing else []
        return ", ".join(said)

    def mean(self, column: DrawnColumn) -> str:
        """Return the mean of a column for people."""
        spread = column.facts.distribution
        if spread is None:
            return "–"
        if column.kind == "picture":
            return f"{spread.mean:.0f}\xa0px"
        if column.kind == "date":
            import numpy as np  # most tables have no dates

            # Not datetime's, which ends with the year 9999.
            return str(np.datetime64(round(spread.mean), "s").astype("datetime64[D]"))
        return f"{spread.mean:,.4g}" if abs(spread.mean) < 1e6 else f"{spread.mean:.4g}"

    @property
    def style(self) -> Html:
        """The rules for this table alone: what is the same for all cells of a column."""
        own = f"#{self.anchor}"
        # One by one, so that the script can leave out some.
        tracks = [f"--track-{number}:{_track(one)}" for number, one in enumerate(self.columns, 1)]
        names = " ".join(f"var(--track-{number})" for number in range(1, len(self.columns) + 1))
        rules = [
            f"{own}{{{';'.join(tracks)};--tracks:{names};--lead:{self.lead_width}px;"
            f"--facts:{len(self.columns) - 1};--card:{self._card}px}}"
        ]
        for number, column in enumerate(self.columns, start=1):
            cell = f"{own}>.sheet tr>:nth-child({number})"
            if column.kind in _LOOKS:
                rules.append(f"{cell}{{{_LOOKS[column.kind]}}}")
            if column.kind == "picture":
                rules.append(f"{own}>.sheet td:nth-child({number}){{background:var(--mat)}}")
            if not self.is_long:
                table = f"{own}:not(.as-gallery)>.sheet tr>:nth-child({number})"
                rules.append(f"@media screen{{{table}{{min-width:calc({_least(column)})}}}}")
            if not (column.column.names_rows and column.kind == "text"):
                label = _css_string(column.column.name)
                rules.append(f"{own}>.sheet tbody tr>:nth-child({number}){{--label:{label}}}")
        return Html("\n".join([*rules, *self._cards(), *self._windows(), *self._paper()]))

    @property
    def is_wide(self) -> bool:
        """Whether it is to be printed on paper that lies on its side."""
        return self.section.form == "table" and self._width > _PAPER

    @property
    def _card(self) -> int:
        widest = 0 if self.lead is None else self.columns[self.lead].facts.width
        return max(widest + 24, 132)

    def _cards(self) -> list[str]:
        """Return the rules for the picture and the caption of a row that is a card."""
        if self.lead is None:
            return []
        own, lead = f"#{self.anchor}", f"tr>:nth-child({self.lead + 1})"
        kept = [self.lead] + ([] if self.caption is None else [self.caption])
        others = "".join(f":not(:nth-child({place + 1}))" for place in kept)
        rules = [
            f"{own}.as-gallery>.sheet tr>{others}{{display:none}}",
            f"{own}.as-gallery>.sheet {lead}{{{_CARD}}}",
        ]
        if self.lead_width:
            beside = f"{own}:not(.as-gallery)>.sheet {lead}"
            rules.append(
                f"@media screen and (max-width:{_PHONE}px){{"
                f"{beside}{{{_BESIDE}}}{beside}::before{{content:none}}}}"
            )
        return rules

    def _windows(self) -> list[str]:
        """Return the rules for windows and paper that the table is too wide for."""
        own = f"#{self.anchor}"
        upper = "" if self._width > _WIDEST else f" and (max-width:{self._width + _GUTTERS}px)"
        return [
            f"@media screen and (min-width:{_PHONE + 1}px){upper}"
            f"{{{own}>.sheet{{overflow:auto;max-height:94vh;--under:0px}}"
            f"{own}>.tools{{position:static}}}}"  # or they would cover its heading
        ]

    def _paper(self) -> list[str]:
        """Return the rules for paper: letters so small that all columns have room, if they can."""
        own = f"#{self.anchor}"
        points = min(_PRINTED, _PRINTED * _LANDSCAPE / self._width)
        if points < _SMALLEST_PRINTED:
            return [f"@media print{{{own}{{--print:{_SMALLEST_PRINTED}pt}}}}"]
        rules = [f"{own}{{--print:{points:.1f}pt}}"]
        for number, column in enumerate(self.columns, start=1):
            cell = f"{own}:not(.as-gallery)>.sheet tr>:nth-child({number})"
            if column.kind in ("number", "date"):
                rules.append(f"{cell}{{white-space:nowrap}}")
            elif column.kind == "text":
                rules.append(f"{cell}{{min-width:{_kept(column)}ch}}")
        return [f"@media print{{{''.join(rules)}}}"]

    @property
    def _width(self) -> int:
        """The least width that the table can be read in, in CSS pixels."""
        return round(sum(map(_least_pixels, self.columns)))

    def _characters(self) -> Sequence[int]:
        """Return how many characters have room in a line of each column of a full page."""
        spare = max(0, _PAGE - sum(map(_least_pixels, self.columns)))
        lines = [one.facts.line if one.kind == "text" else 0 for one in self.columns]
        share = spare / max(sum(lines), 1)
        return [
            max(1, int((_least_pixels(one) - _PADDING + share * line) / _LETTER))
            for one, line in zip(self.columns, lines, strict=True)
        ]


_KINDS = {"picture": "pictures", "number": "numbers", "date": "dates", "text": "text"}

_LOOKS = {
    "picture": "text-align:center;justify-items:center",
    "number": "text-align:right;justify-items:end;font-variant-numeric:tabular-nums",
    "date": "font-variant-numeric:tabular-nums",
}
"""What is the same for all cells of a kind; those of long tables are grids."""


_CARD = (
    "display:grid;order:-1;place-items:center;place-content:center;min-height:5rem;"
    "padding:12px;border-radius:6px;background:var(--mat)"
)
"""A picture above its caption."""

_BESIDE = "display:block;grid-area:1/1/-1/2;padding:0;text-align:center!important"
"""A picture beside the texts of its row, on a phone."""


def _least(column: DrawnColumn) -> str:
    """Return the width below which a column cannot be read: a CSS length."""
    return f"max({_kept(column)}ch,{column.facts.width}px) + {_PADDING}px"


def _least_pixels(column: DrawnColumn) -> float:
    return max(_kept(column) * _CHARACTER, column.facts.width) + _PADDING


def _track(column: DrawnColumn) -> str:
    """Return the width of a column where rows stand for themselves: a CSS track size."""
    least = f"calc({_least(column)})"
    if column.kind == "text" and not column.column.names_rows:
        share = min(max(column.facts.line, len(column.column.name)), _LONGEST_LINE) + 4
        return f"minmax({least},{share}fr)"
    heading = min(len(column.column.name), _LONGEST_WORD) + _ARROW
    return f"minmax({least},calc({heading}ch + {_PADDING}px))"


def _kept(column: DrawnColumn) -> int:
    """Return how many characters a column keeps together, its heading's words included."""
    facts = column.facts
    words = [*map(len, column.column.name.split()), 0]
    heading = min(max(words), _LONGEST_WORD) + _ARROW
    if column.kind in ("number", "date"):
        return max(heading, min(facts.line, _LONGEST_WORD))
    # Letters are on the average as wide as digits (`ch`); a single word may be wider.
    word = min(facts.word, _LONGEST_WORD) + 1
    return max(heading, word, min(facts.line // _LINES, _LONGEST_WORD))


def _css_string(text: str) -> str:
    """Return a text as a string of CSS (CSS Syntax Level 3, section 4.3.7), ASCII only.

    Examples
    --------
    >>> _css_string('a"</style>')
    '"a\\\\22 \\\\3c \\\\2f style\\\\3e "'
    """
    shown = plain_text(text)
    return '"' + re.sub(r"[^A-Za-z0-9 _-]", lambda one: f"\\{ord(one[0]):x} ", shown) + '"'
