"""Reports as Markdown with a folder of pictures beside it: a writer of drawn reports."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import quote as percent_encoded

from imgdisplay.core.encode import mime_type
from imgdisplay.core.files import check_target, write_whole
from imgdisplay.core.html import Html
from imgdisplay.errors import EncodeError
from imgdisplay.report.links import LONGEST_LINK
from imgdisplay.report.markdown.picturefolder import PictureFolder, check_folder, picture_folder
from imgdisplay.report.markdown.text import (
    attribute,
    block_markup,
    block_text,
    inline_markup,
    inline_text,
    paragraphs,
)
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.page.writer import Look
from imgdisplay.report.rows import Cell, Image, Picture, Row, Text
from imgdisplay.report.simplemarkup import simple_markup
from imgdisplay.report.wording import facts_line, prose_text

__all__ = ["pictures_of", "write_markdown"]

_TEXT_WIDTH = 860
"""CSS pixels of a text on GitHub."""

_MARGIN = 28
"""CSS pixels of the padding and border of a cell there."""


def write_markdown(drawn: DrawnReport, path: Path, look: Look | None = None) -> Path:
    """Write a report as Markdown, and return its path.

    Its pictures go into a folder beside it, ``report_images`` for ``report.md``, each once and
    named by its bytes. Both are there as a whole or not at all: the file is replaced in one
    step, after all its pictures are there; then those of an older version are removed. Other
    files in that folder stay.

    Everything that is text in the report is text on GitHub, too. Tables are pipe tables,
    galleries are tables in HTML. A picture leads to its larger view (``zoom=``) or, if links
    are wanted, to the web address of its original. GitHub shows up to 500 kB of a README file,
    about 2,000 rows.

    Parameters
    ----------
    drawn
        What to write.
    path
        The file to write.
    look
        Of pages; Markdown has none.

    Raises
    ------
    OptionError
        If there is something else than a file at `path`, or than a folder in the place of that
        of the pictures.
    MissingExtra
        If nh3 is not installed, and there is markup in the report.
    OSError
        If something cannot be written; then all is as it was before.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_markdown(DrawnReport("Colours", ()), Path(folder, "colours.md"))
    ...     path.read_text()
    '# Colours\\n'
    """
    check_target(path)
    check_folder(pictures_of(path))
    with picture_folder(pictures_of(path)) as folder:
        return write_whole(path, _Writer(folder).texts(drawn))


def pictures_of(path: Path) -> Path:
    """Return the folder of the pictures of a file.

    Examples
    --------
    >>> pictures_of(Path("out/report.md")).as_posix()
    'out/report_images'
    """
    return path.with_name(f"{path.stem}_images")


class _Writer:
    def __init__(self, folder: PictureFolder) -> None:
        self._folder = folder
        self._address = percent_encoded(os.fsencode(folder.path.name), safe="")

    def texts(self, report: DrawnReport) -> Iterator[str]:
        """Yield the file, a few rows at a time."""
        yield f"# {inline_text(report.title) or 'Report'}\n"
        facts = facts_line(report.counts)
        if facts:
            yield f"\n{facts}\n"
        for section in report.sections:
            yield from self._section(section)
        yield from _unreadable(report)

    def _section(self, section: DrawnSection) -> Iterator[str]:
        if section.title:
            yield f"\n## {self._inline(section.title)}\n"
        if section.caption:
            yield f"\n{self._block(section.caption)}\n"
        if section.form == "prose":
            yield f"\n{paragraphs(prose_text(section.content))}\n"
        elif section.form == "markup":
            yield f"\n{self._block(section.content)}\n"
        elif section.form == "table":
            yield from self._table(section)
        elif section.form == "picture":
            yield from self._single(section)
        else:
            yield from self._gallery(section)
        for note in section.notes:
            yield f"\n<sub>{inline_text(note)}</sub>\n"

    def _table(self, section: DrawnSection) -> Iterator[str]:
        if not section.columns:
            return
        names = [inline_text(column.column.name) for column in section.columns]
        rules = ["---:" if column.kind == "number" else "---" for column in section.columns]
        yield f"\n{_line(names)}{_line(rules)}"
        for group in section.groups():
            for row in group:
                yield _line([self._cell(cell) for cell in row.cells])

    def _cell(self, cell: Cell) -> str:
        if isinstance(cell, Picture):
            return self._picture(cell)
        return self._inline(cell.text)

    def _single(self, section: DrawnSection) -> Iterator[str]:
        for group in section.groups():
            for row in group:
                for cell in row.cells:
                    if isinstance(cell, Picture):
                        yield f"\n{self._picture(cell)}\n"
                    elif cell.text:
                        yield f"\n{self._block(cell.text)}\n"

    def _gallery(self, section: DrawnSection) -> Iterator[str]:
        rows = [row for group in islice(section.groups(), 1) for row in group]
        if not rows:
            return
        # A strip is several times as wide as other pictures; it gets as many columns.
        widths = sorted(map(_width, rows))
        column = widths[len(widths) * 3 // 4] + _MARGIN
        across = max(1, _TEXT_WIDTH // column)
        yield "\n<table>\n<tr>\n"
        taken = 0
        for group in section.groups():
            for row in group:
                columns = min(across, math.ceil((_width(row) + _MARGIN) / column))
                if taken + columns > across:
                    yield "</tr>\n<tr>\n"
                    taken = 0
                taken += columns
                yield self._figure(row, columns)
        yield "</tr>\n</table>\n"

    def _figure(self, row: Row, columns: int) -> str:
        picture, caption = row.cells
        assert isinstance(picture, Picture), "so galleries are made"
        assert isinstance(caption, Text), "so galleries are made"
        label = caption.text
        said = ""
        if label:
            # Only an empty line ends the block, and nothing in it is Markdown.
            shown = self._simple(label) if isinstance(label, Html) else block_text(label)
            said = f"<br>{shown}".replace("\n", " ")
        # A width, or else long captions make their columns wide.
        span = f' colspan="{columns}"' if columns > 1 else f' width="{_width(row)}"'
        return f'<td align="center" valign="top"{span}>{self._picture(picture)}{said}</td>\n'

    def _picture(self, picture: Picture) -> str:
        drawn = self._img(picture.image, picture.alt)
        web = picture.link.startswith(("https://", "http://"))
        if web:
            drawn = f'<a href="{attribute(picture.link, LONGEST_LINK)}">{drawn}</a>'
        elif picture.view is not None:
            drawn = f'<a href="{self._stored(picture.view)}">{drawn}</a>'
        if picture.more:
            drawn += f" +{picture.more} more"
        if picture.reason:
            drawn += f"<br><sub>{inline_text(picture.reason.partition(':')[0])}</sub>"
        return drawn

    def _img(self, image: Image, alt: str) -> str:
        return (
            f'<img src="{self._stored(image)}" width="{image.width}" height="{image.height}"'
            f' alt="{attribute(alt) or "image"}">'
        )

    def _stored(self, image: Image) -> str:
        return f"{self._address}/{self._folder.add(image.data, image.mime)}"

    def _inline(self, text: str) -> str:
        return inline_markup(self._simple(text)) if isinstance(text, Html) else inline_text(text)

    def _block(self, text: str) -> str:
        return block_markup(self._simple(text)) if isinstance(text, Html) else paragraphs(text)

    def _simple(self, content: Html) -> Html:
        return simple_markup(content, self._placed)

    def _placed(self, data: bytes) -> str | None:
        try:
            mime = "image/gif" if data.startswith(b"GIF8") else mime_type(data)
        except EncodeError:
            return None
        return f"{self._address}/{self._folder.add(data, mime)}"


def _width(row: Row) -> int:
    return max((cell.image.width for cell in row.cells if isinstance(cell, Picture)), default=0)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _unreadable(report: DrawnReport) -> Iterator[str]:
    listed, count = report.unreadable, report.counts.unreadable
    if listed:
        yield "\n## What could not be read\n\n"
    for bad in listed:
        name = f"**{inline_text(bad.name)}** " if bad.name.strip() else ""
        yield f"- {name}{inline_text(bad.reason)}\n"
    if count > len(listed):
        yield f"- and {count - len(listed):,} more\n"
