"""Sections drawn: their pictures made on all cores, their rows counted and put on the disk."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import fitting
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html
from imgdisplay.core.progress import Progress
from imgdisplay.drawing import Described, Views, draw_views, html_of
from imgdisplay.options import Options
from imgdisplay.report.facts import Tally
from imgdisplay.report.model import Counts, DrawnReport, DrawnSection, Section, Sheet
from imgdisplay.report.rows import (
    GROUP,
    Cell,
    Column,
    Image,
    Picture,
    Row,
    Text,
    Undrawn,
    UndrawnRow,
)
from imgdisplay.report.spool import Spool
from imgdisplay.report.unreadable import Unreadable, without_folder
from imgdisplay.report.values import plain

__all__ = ["LISTED", "UNLIMITED", "drawn_report"]

UNLIMITED: dict[str, float] = {"max_output_bytes": 2**40, "timeout": 86_400.0}
"""A page is a file and not an output of a notebook, whose limits are of no use here."""

LISTED = 1000
"""Unreadable pictures of a section that are told one by one; the others are only counted."""


@contextmanager
def drawn_report(
    title: str, sections: Sequence[Section], *, progress: bool | None = None
) -> Iterator[DrawnReport]:
    """Draw sections, and give what writers need for as long as the ``with`` block runs.

    Parameters
    ----------
    title
        Heading of the report.
    sections
        Its parts. Their rows are read now, a group at a time.
    progress
        Whether a progress bar shows; see `imgdisplay.core.progress.Progress`.

    Raises
    ------
    OSError
        If there is no room for the drawn pictures in the folder for temporary files.
    """
    with Spool() as spool:
        rows = sum(section.length for section in sections)
        with Progress(rows, "row", wanted=progress) as bar:
            drawn = tuple(
                _drawn_section(number, section, spool, bar)
                for number, section in enumerate(sections)
            )
        yield DrawnReport(title, drawn, spool.shared)


def _drawn_section(number: int, section: Section, spool: Spool, bar: Progress) -> DrawnSection:
    about = {
        "form": section.form,
        "title": section.title,
        "caption": section.caption,
        "anchor": f"s{number + 1}",
    }
    if section.open is None:
        return DrawnSection(**about, content=section.content)  # type: ignore[arg-type]
    sheet = section.open()
    tallies = [Tally(column) for column in sheet.columns]
    rows = pictures = size = 0
    bad = 0
    listed: list[Unreadable] = []
    notes: list[str] = []
    for group in _drawn_groups(section, sheet, notes):
        drawn = []
        for cells in group:
            rows += 1
            finished = map(Tally.add, tallies, sheet.finish(cells))
            row = Row(rows, tuple(finished))
            drawn.append(row)
            shown = [cell for cell in row.cells if isinstance(cell, Picture)]
            pictures += len(shown)
            size += sum(_size(picture) for picture in shown)
            for problem in _problems(row, sheet, f"s{number + 1}-{rows}"):
                bad += 1
                listed += [problem] if len(listed) < LISTED else []
        spool.add(number, tuple(drawn))
        bar.advance(len(drawn))
    return DrawnSection(
        **about,  # type: ignore[arg-type]
        columns=tuple(tally.drawn() for tally in tallies),
        tallies=tuple(tallies),
        counts=Counts(rows, pictures, bad + len(sheet.closed)),
        unreadable=(*sheet.closed[:LISTED], *listed),
        notes=(*sheet.notes(), *notes),
        bytes=size,
        groups=lambda: spool.groups(number),
    )


def _size(picture: Picture) -> int:
    return len(picture.image.data) + (0 if picture.view is None else len(picture.view.data))


def _problems(row: Row, sheet: Sheet, anchor: str) -> Iterator[Unreadable]:
    if not row.is_unreadable:
        return
    called = [
        plain(cell.text)
        for column, cell in zip(sheet.columns, row.cells, strict=True)
        if column.names_rows and isinstance(cell, Text)
    ]
    label = ", ".join(called).strip()
    for column, cell in zip(sheet.columns, row.cells, strict=True):
        if isinstance(cell, Picture) and cell.reason:
            yield Unreadable(_called(column, label, row.number, sheet), cell.reason, anchor)


def _called(column: Column, label: str, number: int, sheet: Sheet) -> str:
    if sheet.rows_have_names:
        return label or f"picture {number}"
    return f"{column.name}, row {label or number}"


def _drawn_groups(
    section: Section, sheet: Sheet, notes: list[str]
) -> Iterator[list[tuple[Cell, ...]]]:
    options = section.options
    if options.max_output_bytes < UNLIMITED["max_output_bytes"]:
        # A limit for all of them: none can be written before the last is drawn.
        rows = [row for group in sheet.groups() for row in group]
        views, note = _reduced(draw_views(_sources(rows), options), options)
        notes += [note] if note else []
        cells = _with_pictures(rows, views, section.folder)
        yield from (cells[start : start + GROUP] for start in range(0, len(cells), GROUP))
        return
    deadline = time.monotonic() + options.timeout
    for rows in sheet.groups():
        left = max(0.0, deadline - time.monotonic())
        views = draw_views(_sources(rows), options, seconds=left)
        yield _with_pictures(rows, views, section.folder)


def _sources(rows: Sequence[UndrawnRow]) -> list[Described]:
    return [cell.source for row in rows for cell in row if isinstance(cell, Undrawn)]


def _reduced(views: list[Views], options: Options) -> tuple[list[Views], str]:
    """Return pictures that fit into ``max_output_bytes``, and a note if they were reduced."""
    larger = [view for _, view in views if view is not None]
    kept: list[Thumbnail | Broken] = []

    def render(shown: list[Thumbnail | Broken]) -> list[Html]:
        kept[:] = shown
        return [html_of(one) for one in shown]

    _, note = fitting([*(picture for picture, _ in views), *larger], render, options)
    rest = iter(kept[len(views) :])
    reduced = [
        (picture, None if view is None else next(rest))
        for picture, (_, view) in zip(kept, views, strict=False)
    ]
    return reduced, note


def _with_pictures(
    rows: Sequence[UndrawnRow], views: Sequence[Views], folder: Path | None
) -> list[tuple[Cell, ...]]:
    drawn = iter(views)
    return [
        tuple(
            _picture(cell, *next(drawn), folder) if isinstance(cell, Undrawn) else cell
            for cell in row
        )
        for row in rows
    ]


def _picture(
    cell: Undrawn, result: Thumbnail | Broken, view: Thumbnail | Broken | None, folder: Path | None
) -> Picture:
    if isinstance(result, Broken):
        if folder is not None:
            error = result.error
            told = type(error)(without_folder(str(error), folder))
            result = dataclasses.replace(result, error=told)
        name = cell.source.alt or cell.name or "picture"
        alt, reason = f"{name}, not shown", result.reason
        return Picture(_placeholder(result), alt, reason, reason, link=cell.link)
    width, height = result.source_size
    return Picture(
        image=_image(result),
        alt=cell.source.alt or result.name or cell.name or f"image {width}×{height}",
        title=result.description,
        view=_image(view) if isinstance(view, Thumbnail) and _is_larger(view, result) else None,
        source_size=result.source_size,
        source_mode=result.source_mode,
        more=result.more,
        link=cell.link,
    )


def _is_larger(view: Thumbnail, result: Thumbnail) -> bool:
    return view.pixel_width > result.pixel_width or view.width > result.width


def _image(made: Thumbnail) -> Image:
    return Image(
        0,
        made.data,
        made.mime,
        made.width,
        made.height,
        made.pixel_width,
        made.pixel_height,
        transparent=made.transparent,
    )


def _placeholder(broken: Broken) -> Image:
    data = broken.data
    # A PNG file begins with 8 bytes, and 8 of its header, and then tells width and height.
    pixels = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return Image(0, data, "image/png", broken.width, broken.height, *pixels)
