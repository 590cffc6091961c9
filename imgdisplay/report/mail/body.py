"""The body of a message: a drawn report as HTML and as text, with as many rows as have room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from imgdisplay.core.html import Html, escape, markup, plain_text
from imgdisplay.report import filling
from imgdisplay.report.links import LONGEST_LINK
from imgdisplay.report.mail.pictures import Album
from imgdisplay.report.mail.text import row_texts, section_text, title_text, unreadable_text
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.rows import Cell, Picture, Text
from imgdisplay.report.values import plain
from imgdisplay.report.wording import facts_line, shown_of

__all__ = ["Body", "body_of"]

_LONGEST_TEXT = 1000
"""Characters of a title, caption or cell that are kept."""

_LISTED = 20
"""Unreadable pictures that are told one by one."""

_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class _Piece:
    """One row, written both ways."""

    html: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What a message may hold.

    Attributes
    ----------
    report
        The whole report.
    album
        Where its pictures get their addresses.
    pieces
        Of each section, the first rows: more than have room, or all of them.
    """

    report: DrawnReport
    album: Album
    pieces: tuple[tuple[_Piece, ...], ...]

    def most_rows(self, limit: int) -> int:
        """Return how many rows of each section its markup has room for; one at least.

        Parameters
        ----------
        limit
            Bytes of the markup.
        """
        room = limit - len(self.html(0, remarks=["x" * 300]).encode())
        # Of a section without room for all, a note is in the frame already.
        longest = max(map(len, self.pieces), default=0)
        for number in range(longest):
            room -= sum(
                len(rows[number].html.encode()) for rows in self.pieces if number < len(rows)
            )
            if room < 0:
                return max(1, number)
        return max(1, longest)

    def shows_all(self, most: int) -> bool:
        """Tell whether no row is left out if each section shows its first `most` ones."""
        return all(self._left_out(section, most) == "" for section in self.report.sections)

    def html(self, most: int, *, whole: str = "", remarks: Sequence[str] = ()) -> Html:
        """Return the message as HTML.

        Parameters
        ----------
        most
            Rows of each section.
        whole
            Where all rows are to be found, if some are left out.
        remarks
            What to say at its end.
        """
        write = _template()
        drawn = [write.opening(self.report)]
        for section, pieces in zip(self.report.sections, self.pieces, strict=True):
            drawn.append(write.section_opening(section, self.album))
            drawn += [piece.html for piece in pieces[:most]]
            drawn.append(write.section_closing(section, self._notes(section, most, whole)))
        drawn.append(write.closing(self.report, self.report.unreadable[:_LISTED], remarks))
        return markup("".join(drawn))

    def text(self, most: int, *, whole: str = "", remarks: Sequence[str] = ()) -> str:
        """Return the message as plain text; see `html`."""
        parts = [title_text(self.report)]
        for section, pieces in zip(self.report.sections, self.pieces, strict=True):
            rows = [piece.texts for piece in pieces[:most]]
            parts.append(section_text(section, rows, self._notes(section, most, whole)))
        bad = self.report.unreadable[:_LISTED]
        parts += [unreadable_text(bad, self.report.counts.unreadable)] if bad else []
        parts += [f"{plain_text(remark, _LONGEST_TEXT)}\n" for remark in remarks]
        return "\n".join(parts)

    def _notes(self, section: DrawnSection, most: int, whole: str) -> list[str]:
        left_out = self._left_out(section, most)
        return [*([f"{left_out} {whole}".strip()] if left_out else []), *section.notes]

    @staticmethod
    def _left_out(section: DrawnSection, most: int) -> str:
        return shown_of(section, most) if section.counts.rows > most else ""


def body_of(report: DrawnReport, limit: int) -> Body:
    """Write a report as far as it can have room.

    Parameters
    ----------
    limit
        Bytes of the markup.

    Raises
    ------
    MissingExtra
        If Jinja2 is not installed; or nh3, and there is markup in the report.
    """
    album = Album()
    pieces = tuple(tuple(_pieces(section, album, limit)) for section in report.sections)
    return Body(report, album, pieces)


def _pieces(section: DrawnSection, album: Album, limit: int) -> Iterator[_Piece]:
    write = _template()
    length = across = 0
    for group in section.groups():
        for row in group:
            if section.form == "table":
                drawn = write.table_row(row, section, album)
            else:
                width = sum(_width(cell) for cell in row.cells)
                begins = across + width > _ACROSS
                across = width if begins else across + width
                drawn = write.figure(row, album, begins)
            piece = _Piece(str(drawn), row_texts(row.cells))
            yield piece
            length += len(piece.html.encode())
            if length > limit:
                return


_ACROSS = 614
"""CSS pixels of a line of pictures, each with its margin, where a program breaks none itself."""

_LEAST_WIDTH, _MARGIN = 96, 14


def _width(cell: Cell) -> int:
    return max(cell.image.width, _LEAST_WIDTH) + _MARGIN if isinstance(cell, Picture) else 0


@lru_cache(maxsize=1)
def _template() -> Any:
    """Return the macros of the template."""
    environment = filling.environment(_LONGEST_TEXT)
    environment.filters["address"] = lambda link: escape(link, LONGEST_LINK)
    environment.filters["facts"] = facts_line
    environment.filters["lines"] = _with_breaks
    environment.tests["picture"] = lambda cell: isinstance(cell, Picture)
    environment.tests["unbreakable"] = _is_unbreakable
    environment.tests["web"] = lambda address: address.startswith(("https://", "http://"))
    return environment.get_template("mail.html").module


def _with_breaks(content: Html) -> Html:
    return Html(content.replace("\n", "<br>\n"))


def _is_unbreakable(cell: Cell) -> bool:
    """Tell whether a word of a cell would make its column wider than any screen."""
    return isinstance(cell, Text) and any(
        len(word) > _LONGEST_WORD for word in plain(cell.text).split()
    )
