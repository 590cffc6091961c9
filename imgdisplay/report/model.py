"""What a report is made of: sections whose rows come in groups, undrawn and drawn.

::

    Report.add(obj) ─► Section ──── drawn.drawn_report ─────► DrawnReport ─► page, mail, …
                       columns,     pictures on all cores,     DrawnSection: columns with facts,
                       groups of    spooled to the disk        groups of rows of Text | Picture
                       Text | Undrawn

A `Section` says how to come by its rows; nothing is read or drawn when it is made. A
`DrawnSection` gives its rows as often as a writer asks for them, a group at a time, and knows
beforehand what the whole of it holds. A writer is a function of a `DrawnReport`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from imgdisplay.core.html import Html
from imgdisplay.options import Options
from imgdisplay.report.facts import DrawnColumn, Tally
from imgdisplay.report.rows import Cell, Column, Group, SharedImage, UndrawnRow
from imgdisplay.report.unreadable import Unreadable

__all__ = [
    "Counts",
    "DrawnReport",
    "DrawnSection",
    "Form",
    "LazyFrame",
    "Section",
    "Sheet",
]

Form: TypeAlias = Literal["table", "gallery", "picture", "prose", "markup"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that are ready to be read.

    Attributes
    ----------
    columns
        What the cells of a row are.
    groups
        Reads the rows, at most `GROUP` at a time.
    finish
        Changes a row after its pictures have been drawn.
    notes
        Returns what the reader should be told below, after all rows have been read.
    closed
        Parts that could not be read at all; complete after all rows have been read.
    rows_have_names
        A row's name says which picture it is: that of a file, a caption. A number does not.
    """

    columns: tuple[Column, ...]
    groups: Callable[[], Iterator[list[UndrawnRow]]]
    finish: Callable[[tuple[Cell, ...]], tuple[Cell, ...]] = lambda cells: cells
    notes: Callable[[], list[str]] = list
    closed: Sequence[Unreadable] = ()
    rows_have_names: bool = False


@dataclass(frozen=True, slots=True)
class LazyFrame:
    """A frame in partitions that are made when somebody wants them, here or on other machines.

    Attributes
    ----------
    frame
        A frame of dask's.
    column, alt, links
        As of `imgdisplay.report.Report.add`.
    """

    frame: Any
    column: Any = None
    alt: Hashable | None = None
    links: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report, as it was added.

    Attributes
    ----------
    form
        How it is laid out.
    title, caption
        Above it; may be empty.
    content
        Of prose and markup; else empty.
    options
        For its pictures.
    length
        How many rows it has, for the progress bar; it may change until they are read.
    open
        Finds what its columns are; None for prose and markup.
    folder
        Where its sources lie; messages do not tell it.
    lazy
        The frame of it, if that is in partitions which can be drawn where they are.
    """

    form: Form
    title: str | Html = ""
    caption: str | Html = ""
    content: Html = Html()
    options: Options
    length: int = 0
    open: Callable[[], Sheet] | None = None
    folder: Path | None = None
    lazy: LazyFrame | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is in a section or in a report.

    Attributes
    ----------
    rows
        Rows of tables and of galleries.
    pictures
        Pictures, placeholders included, larger views apart.
    unreadable
        Pictures that could not be shown, and folders that could not be read.
    """

    rows: int = 0
    pictures: int = 0
    unreadable: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.rows + other.rows,
            self.pictures + other.pictures,
            self.unreadable + other.unreadable,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSection:
    """One part of a report, its pictures drawn.

    Attributes
    ----------
    form, title, caption, content
        As of the `Section`.
    anchor
        Prefix of the addresses in it, different for each.
    columns
        What the cells of a row are.
    tallies
        What counted the cells of the columns, to be merged with those of other sections.
    counts
        How much there is in it.
    unreadable
        The first of the pictures that could not be shown.
    notes
        What the reader should be told below it.
    bytes
        Size of all its encoded pictures, larger views included.
    groups
        Reads the rows, as often as it is called.
    """

    form: Form
    title: str | Html = ""
    caption: str | Html = ""
    content: Html = Html()
    anchor: str = ""
    columns: tuple[DrawnColumn, ...] = ()
    tallies: tuple[Tally, ...] = ()
    counts: Counts = Counts()
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    bytes: int = 0
    groups: Callable[[], Iterator[Group]] = lambda: iter(())


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """A report, its pictures drawn.

    Attributes
    ----------
    title
        Its heading.
    sections
        Its parts.
    shared
        Reads the pictures that are shown more than once, as often as it is called.
    """

    title: str
    sections: tuple[DrawnSection, ...]
    shared: Callable[[], Iterator[SharedImage]] = lambda: iter(())

    @property
    def counts(self) -> Counts:
        """How much there is in it."""
        return sum((section.counts for section in self.sections), Counts())

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The first pictures of each section that could not be shown."""
        return tuple(bad for section in self.sections for bad in section.unreadable)
