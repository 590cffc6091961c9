"""Frames of dask as sections: partition by partition, with the same columns in all of them.

What a column holds is decided by the first partitions, for all: a partition whose pictures are
all missing must not look different from the others, and no partition should wait for the last.
On digits, though, the values of all partitions decide: these are found before.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from imgdisplay.frames import kind_of
from imgdisplay.frames.digits import digits_in
from imgdisplay.frames.sheets import Digits
from imgdisplay.options import Options
from imgdisplay.report.model import LazyFrame, Section, Sheet
from imgdisplay.report.rows import GROUP, Kind, Text, UndrawnRow
from imgdisplay.report.tables import frame_section
from imgdisplay.report.values import plain, read_value

__all__ = ["LOOKED_AT", "Decided", "decided", "kinds_of", "lazy_section", "part_section"]

LOOKED_AT = 4
"""Partitions by which columns are decided."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the columns of all partitions hold.

    Attributes
    ----------
    kinds
        Of each column, those of the index first.
    pictures
        Labels of the columns with pictures; None: the caller has named them.
    digits
        What decides on the digits of numbers and times.
    """

    kinds: tuple[Kind, ...]
    pictures: tuple[Hashable, ...] | None
    digits: Digits


def kinds_of(part: Any, section: Section) -> tuple[Kind | None, ...]:
    """Return what the columns of a partition hold; None where there is nothing to tell by.

    Parameters
    ----------
    part
        A frame of pandas.
    section
        The section of the whole frame.
    """
    sheet = _sheet(part_section(part, section))
    rows: list[UndrawnRow] = next(sheet.groups(), [])
    return tuple(
        column.kind or _kind_of_texts([row[place] for row in rows])
        for place, column in enumerate(sheet.columns)
    )


def _kind_of_texts(cells: Sequence[object]) -> Kind | None:
    texts = [plain(cell.text) for cell in cells if isinstance(cell, Text) and not cell.missing]
    read = [read_value(text) for text in texts if text.strip()]
    kinds: set[Kind] = {"text" if one is None else one[0] for one in read}
    return next(iter(kinds)) if len(kinds) == 1 else "text" if kinds else None


def decided(
    found: Sequence[Sequence[Kind | None]],
    labels: Sequence[Hashable],
    digits: Digits,
    *,
    named: bool,
) -> Decided:
    """Return what the columns of all partitions hold.

    Parameters
    ----------
    found
        What those of the first partitions hold.
    labels
        Of the frame's columns.
    digits
        What decides on the digits of all partitions.
    named
        The caller has named the columns of pictures.
    """
    kinds: list[Kind] = []
    for column in zip(*found, strict=True):
        known: set[Kind] = {kind for kind in column if kind is not None}
        if "picture" in known:
            kinds.append("picture")
        else:
            kinds.append(known.pop() if len(known) == 1 else "text")
    if named:
        return Decided(tuple(kinds), None, digits)
    own = kinds[len(kinds) - len(labels) :]
    pictures = (label for label, kind in zip(labels, own, strict=True) if kind == "picture")
    return Decided(tuple(kinds), tuple(pictures), digits)


def part_section(part: Any, section: Section, known: Decided | None = None) -> Section:
    """Return the section that shows one partition, a frame of pandas, of a larger frame."""
    assert section.lazy is not None
    made = frame_section(
        part,
        section.options,
        column=section.lazy.column,
        alt=section.lazy.alt,
        links=section.lazy.links,
        found=None if known is None else known.pictures,
        digits=None if known is None else known.digits,
    )
    return replace(made, title=section.title, caption=section.caption)


def lazy_section(
    frame: Any,
    options: Options,
    *,
    column: Any = None,
    alt: Hashable | None = None,
    links: bool = False,
) -> Section:
    """Return the section that shows all of a frame or series of dask.

    On a single page its partitions are computed one after the other, and only one of them is
    in memory; a folder of pages is drawn where they are.

    Parameters
    ----------
    column, alt, links
        As of `imgdisplay.report.tables.frame_section`.

    Raises
    ------
    OptionError
        If a column does not exist.
    """
    kind = kind_of(frame)
    if kind is not None and kind.is_series:
        frame = frame.to_frame("" if frame.name is None else frame.name)
        column = None if column is None else list(frame.columns)
    lazy = LazyFrame(frame, column, alt, links)
    section = Section(form="table", options=options, lazy=lazy)
    part_section(frame._meta, section)  # tells a mistake at once

    def opened() -> Sheet:
        parts = (frame.partitions[number].compute() for number in range(frame.npartitions))
        first = list(itertools.islice(parts, LOOKED_AT))
        kinds = [kinds_of(part, section) for part in first]
        labels = list(frame.columns)
        known = decided(kinds, labels, digits_in(frame), named=column is not None)
        notes: dict[str, None] = {}

        def rows() -> Iterator[UndrawnRow]:
            for part in itertools.chain(_taken_from(first), parts):
                sheet = _sheet(part_section(part, section, known))
                for group in sheet.groups():
                    yield from group
                notes.update(dict.fromkeys(sheet.notes()))

        def groups() -> Iterator[list[UndrawnRow]]:
            found = rows()
            while group := list(itertools.islice(found, GROUP)):
                yield group

        columns = _sheet(part_section(frame._meta, section, known)).columns
        return Sheet(columns, groups, notes=lambda: list(notes))

    return replace(section, open=opened)


def _taken_from(parts: list[Any]) -> Iterator[Any]:
    while parts:
        yield parts.pop(0)


def _sheet(section: Section) -> Sheet:
    assert section.open is not None
    return section.open()
