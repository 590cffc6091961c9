"""A drawn report in pages of a size that a browser enjoys.

Each page is a report of its own, with the columns of the whole and with rows that are counted
from 1 on again; so it is written, searched and sorted like any other page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from imgdisplay.report.model import Counts, DrawnReport, DrawnSection
from imgdisplay.report.rows import GROUP, Cell, Group, Image, Picture, Row, SharedImage
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.values import plain

__all__ = ["Limits", "Slice", "page_report", "slices_of"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a page is full.

    Attributes
    ----------
    rows
        Most rows on a page.
    bytes
        Most bytes of a page, roughly; a single row may be more.
    """

    rows: int = 2000
    bytes: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Slice:
    """What a page shows of a section.

    Attributes
    ----------
    section
        The section; its columns are known of the whole.
    place
        Its place in the report, from 0 on.
    first
        The number of the first row here, in the section; 1 if there are no rows.
    rows
        The rows, numbered from 1 on.
    """

    section: DrawnSection
    place: int
    first: int = 1
    rows: tuple[Row, ...] = ()

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Those of the section's unreadable pictures that are in these rows."""
        start = len(self.section.anchor) + 1
        found = []
        for bad in self.section.unreadable:
            number = int(bad.anchor[start:] or 0) - self.first + 1
            if 0 < number <= len(self.rows):
                found.append(replace(bad, anchor=f"{self.section.anchor}-{number}"))
        return tuple(found)

    @property
    def counts(self) -> Counts:
        """How much there is in these rows."""
        shown = [cell for row in self.rows for cell in row.cells if isinstance(cell, Picture)]
        return Counts(len(self.rows), len(shown), sum(bool(cell.reason) for cell in shown))


def slices_of(
    report: DrawnReport,
    limits: Limits,
    *,
    keep: Callable[[Image], Image] = lambda image: image,
) -> Iterator[tuple[tuple[Slice, ...], bool]]:
    """Yield what each page shows, and whether it is the last; one page in memory at a time.

    Texts without rows stand on the page of what follows them.

    Parameters
    ----------
    keep
        Takes each picture as soon as it is read, and returns what is to be kept of it.
    """
    page: list[Slice] = []
    room = _Room(limits)
    for place, section in enumerate(report.sections):
        rows: list[Row] = []
        first = 1
        for group in section.groups():
            for row in group:
                row = _changed(row, keep)
                if not room.takes(row):
                    waiting = [] if rows else _without_rows_at_the_end(page)
                    page += [Slice(section, place, first, tuple(rows))] if rows else []
                    yield tuple(page), False
                    page, rows, first = waiting, [], first + len(rows)
                    room = _Room(limits)
                    room.takes(row)
                rows.append(Row(len(rows) + 1, row.cells))
        page.append(Slice(section, place, first, tuple(rows)))
    if page:
        yield tuple(page), True


class _Room:
    """What fits onto a page."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows = self._bytes = 0
        self._seen: set[int] = set()

    def takes(self, row: Row) -> bool:
        """Tell whether there is room for a row, and take it; the first has always room."""
        size = sum(map(self._size, row.cells))
        if self._rows and (
            self._rows >= self._limits.rows or self._bytes + size > self._limits.bytes
        ):
            return False
        self._rows += 1
        self._bytes += size
        self._seen.update(image.key for image in _images(row))
        return True

    def _size(self, cell: Cell) -> int:
        if not isinstance(cell, Picture):
            return 2 * len(cell.text) + _MARKUP
        images = [image for image in (cell.image, cell.view) if image is not None]
        new = sum(len(image.data) for image in images if image.key not in self._seen)
        return new * 4 // 3 + _MARKUP * len(images)


_MARKUP = 150
"""Bytes of a cell besides its content."""


def _changed(row: Row, change: Callable[[Image], Image]) -> Row:
    """Return a row with changed pictures."""

    def changed(cell: Cell) -> Cell:
        if not isinstance(cell, Picture):
            return cell
        image = change(cell.image)
        view = None if cell.view is None else change(cell.view)
        if image is cell.image and view is cell.view:
            return cell
        return replace(cell, image=image, view=view)

    return Row(row.number, tuple(map(changed, row.cells)))


def _without_rows_at_the_end(page: list[Slice]) -> list[Slice]:
    """Take texts that introduce what comes next off the end of a page."""
    end = len(page)
    while end and not page[end - 1].section.columns:
        end -= 1
    waiting = page[end:]
    del page[end:]
    return waiting


def page_report(title: str, slices: Sequence[Slice]) -> DrawnReport:
    """Return the report that one page shows."""
    images = (image for part in slices for row in part.rows for image in _images(row))
    uses = Counter(image.key for image in images if image.shared)
    pictures: dict[int, SharedImage] = {}

    def marked(image: Image) -> Image:
        if not image.shared:
            return image
        if uses[image.key] > 1:
            pictures[image.key] = SharedImage(image.key, image.data, image.mime)
            return image
        return replace(image, shared=False)

    sections = tuple(_section(part, marked) for part in slices)
    return DrawnReport(title, sections, lambda: iter(pictures.values()))


def _section(part: Slice, marked: Callable[[Image], Image]) -> DrawnSection:
    rows = [_changed(row, marked) for row in part.rows]

    def groups() -> Iterator[Group]:
        for start in range(0, len(rows), GROUP):
            yield tuple(rows[start : start + GROUP])

    title, caption = part.section.title, part.section.caption
    if part.first > 1:
        title, caption = f"{plain(title)} (continued)" if title else "", ""
    return replace(
        part.section,
        title=title,
        caption=caption,
        counts=part.counts,
        unreadable=part.unreadable,
        bytes=sum(len(image.data) for row in rows for image in _images(row)),
        groups=groups,
    )


def _images(row: Row) -> list[Image]:
    shown = [cell for cell in row.cells if isinstance(cell, Picture)]
    return [image for cell in shown for image in (cell.image, cell.view) if image is not None]
