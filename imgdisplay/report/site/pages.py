"""The pages of a folder: written one after the other, each with the texts that are searched."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from imgdisplay.core.encode import suffix_of
from imgdisplay.report.drawn import LISTED
from imgdisplay.report.facts import Tally
from imgdisplay.report.model import Counts, DrawnReport, DrawnSection
from imgdisplay.report.page.writer import Look, Pager, page_texts
from imgdisplay.report.rows import Image, Picture, Row, Text
from imgdisplay.report.site.paging import Limits, Slice, page_report, slices_of
from imgdisplay.report.site.places import INDEX, Opened
from imgdisplay.report.site.searchtext import search_script
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.values import plain

__all__ = ["Entry", "Manner", "Share", "Span", "Written", "write_pages"]

_INLINE, _FILES = Limits(), Limits(rows=5000)

_LARGEST_PREVIEW = 16_384
"""Bytes of a picture that stands in the index."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the pages of a folder are written.

    Attributes
    ----------
    title
        Heading of the report.
    look
        The user's own template and style.
    files
        Put pictures into files of their own.
    """

    title: str
    look: Look
    files: bool = False

    @property
    def limits(self) -> Limits:
        """When a page is full."""
        return _FILES if self.files else _INLINE


@dataclass(frozen=True, slots=True)
class Span:
    """Some rows of a section on a page.

    Attributes
    ----------
    section
        The place of the section in the report, from 0 on.
    anchor
        Prefix of the addresses of these rows on the page.
    first
        The number of the first one in the section, or in its partition; from 1 on.
    rows
        How many there are.
    """

    section: int
    anchor: str
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, as the index has it.

    Attributes
    ----------
    name
        Of its file, without suffix.
    label
        What people call it.
    spans
        Its rows.
    size
        Of its file, in bytes.
    names
        What its first and its last row are called; may be empty.
    preview
        Its first picture, unless that is large.
    """

    name: str
    label: str
    spans: tuple[Span, ...]
    size: int
    names: tuple[str, ...] = ()
    preview: Image | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What the index tells of a section, or of a part of one.

    Attributes
    ----------
    counts, tallies, notes
        As of a drawn section.
    unreadable
        Likewise, with the addresses of pages.
    """

    counts: Counts
    tallies: tuple[Tally, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]

    @classmethod
    def of_section(cls, section: DrawnSection, unreadable: Iterable[Unreadable] = ()) -> Share:
        """Return the share of a drawn section."""
        return cls(section.counts, section.tallies, tuple(unreadable), section.notes)

    @classmethod
    def merged(cls, shares: Sequence[Share]) -> Share:
        """Return the share of several parts of a section, in their order."""
        tallies = copy.deepcopy(shares[0].tallies)  # a task must not change what it was given
        for share in shares[1:]:
            for mine, other in zip(tallies, share.tallies, strict=True):
                mine.merge(other)
        return cls(
            sum((share.counts for share in shares), Counts()),
            tallies,
            tuple(bad for share in shares for bad in share.unreadable)[:LISTED],
            tuple(dict.fromkeys(note for share in shares for note in share.notes)),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """Pages that have been written.

    Attributes
    ----------
    entries
        The pages, in order.
    shares
        For each section.
    """

    entries: tuple[Entry, ...]
    shares: tuple[Share, ...]


def write_pages(
    report: DrawnReport,
    opened: Opened,
    manner: Manner,
    names: Iterator[tuple[str, str]],
    *,
    ends: bool = True,
) -> Written:
    """Write the pages of a report, one of them in memory at a time.

    Parameters
    ----------
    names
        Name and label of each page.
    ends
        There is nothing before the first page and nothing after the last. Otherwise the links
        there lead to the index, which knows what is.
    """
    entries = []
    bad: list[list[Unreadable]] = [
        [one for one in section.unreadable if not one.anchor] for section in report.sections
    ]
    keep = _Files(opened).keep if manner.files else lambda image: image
    index = f"{opened.up}{INDEX}"
    previous = ""
    following = next(names)
    for slices, is_last in slices_of(report, manner.limits, keep=keep):
        name, label = following
        after = "" if ends else f"{index}#after-{name}"
        if not is_last:
            following = next(names)
            after = f"{following[0]}.html"
        pager = Pager(
            index,
            label,
            _place_of(slices, in_part=not ends),
            previous=previous or ("" if ends else f"{index}#before-{name}"),
            next=after,
            files=manner.files,
        )
        size = _write_page(name, slices, pager, opened, manner)
        entries.append(_entry(name, label, slices, size))
        for part in slices:
            bad[part.place] += [
                replace(one, anchor=f"{name}.html#{one.anchor}") for one in part.unreadable
            ]
        previous = f"{name}.html"
        del slices, part  # before the next page is read
    return Written(tuple(entries), tuple(map(Share.of_section, report.sections, bad)))


def _write_page(
    name: str, slices: Sequence[Slice], pager: Pager, opened: Opened, manner: Manner
) -> int:
    page = page_report(f"{manner.title} – {pager.label}", slices)
    texts = page_texts(page, manner.look, folder=opened.folder, pager=pager)
    size = opened.pages.write(f"{name}.html", texts)
    rows = ((part.section.anchor, part.rows) for part in slices)
    opened.pages.write(f"search/{name}.js", [search_script(name, rows)])
    return size


def _place_of(slices: tuple[Slice, ...], *, in_part: bool) -> str:
    parts = [part for part in slices if part.rows]
    if len(parts) != 1:
        return ""
    (part,) = parts
    total = part.section.counts.rows
    if total == len(part.rows):
        return f"{total:,} row{'s' * (total != 1)}"
    last = part.first + len(part.rows) - 1
    whole = "of this part" if in_part else f"of {total:,}"
    return f"Rows {part.first:,}–{last:,} {whole}"


def _entry(name: str, label: str, slices: tuple[Slice, ...], size: int) -> Entry:
    spans = tuple(
        Span(part.place, part.section.anchor, part.first, len(part.rows))
        for part in slices
        if part.rows
    )
    parts = [part for part in slices if part.rows]
    ends = (
        [_called(parts[0], parts[0].rows[0]), _called(parts[-1], parts[-1].rows[-1])]
        if parts
        else []
    )
    names = tuple(dict.fromkeys(filter(None, ends)))
    return Entry(name, label, spans, size, names, _preview(parts))


def _called(part: Slice, row: Row) -> str:
    """Return what a row is called, if by more than a number."""
    for column, cell in zip(part.section.columns, row.cells, strict=True):
        if column.column.names_rows and column.kind != "number" and isinstance(cell, Text):
            return plain(cell.text).strip()
    return ""


def _preview(parts: list[Slice]) -> Image | None:
    cells = (cell for part in parts for row in part.rows[:5] for cell in row.cells)
    for cell in cells:
        if isinstance(cell, Picture) and not cell.reason:
            return cell.image if len(cell.image.data) <= _LARGEST_PREVIEW else None
    return None


class _Files:
    """Puts pictures into files that are named by their content, each of them once."""

    def __init__(self, opened: Opened) -> None:
        self._place = opened.pages

    def keep(self, image: Image) -> Image:
        """Write a picture, and return it without its bytes."""
        digest = blake2b(image.data, digest_size=12).hexdigest()
        name = f"images/{digest[:2]}/{digest[2:]}{suffix_of(image.mime)}"
        self._place.write_once(name, image.data)
        return replace(image, data=b"", file=name, shared=False)
