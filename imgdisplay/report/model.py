"""What a report is made of: sections whose rows come in groups, undrawn and drawn.

::

    Report.add(obj) ─► Section ──── drawn.draw_sections ────► DrawnReport ─► page, mail, …
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
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from imgdisplay.core.html import Html
from imgdisplay.drawing import Described
from imgdisplay.options import Options
from imgdisplay.report.unreadable import Unreadable

if TYPE_CHECKING:
    from imgdisplay.report.facts import Facts, Tally

__all__ = [
    "GROUP",
    "Cell",
    "Column",
    "Counts",
    "DrawnColumn",
    "DrawnReport",
    "DrawnSection",
    "Form",
    "Group",
    "Image",
    "Kind",
    "LazyFrame",
    "Picture",
    "Row",
    "Section",
    "SharedImage",
    "Sheet",
    "Text",
    "Undrawn",
    "UndrawnRow",
]

GROUP = 100
"""Most rows that are read, drawn, written and laid out by a browser together."""

Form: TypeAlias = Literal["table", "gallery", "picture", "prose", "markup"]
Kind: TypeAlias = Literal["picture", "number", "date", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """What stands above the cells of a column.

    Attributes
    ----------
    names
        Its name, one text for each level of a MultiIndex; none for an index without name.
    kind
        What it holds; None: its texts will tell.
    names_rows
        Its cells name the rows: an index, the names of files, captions.
    """

    names: tuple[str, ...]
    kind: Kind | None = None
    names_rows: bool = False

    @property
    def name(self) -> str:
        """Its name in one line; never empty."""
        return " · ".join(filter(None, self.names)) or ("row" if self.names_rows else "(no name)")


@dataclass(frozen=True, slots=True)
class Text:
    """A cell of text: plain, or markup that is safe (`Html`).

    Attributes
    ----------
    text
        What stands in it.
    value
        What it is sorted by, if not by its text: a number; of a date, the seconds since 1970.
    missing
        Whether its text stands for a missing value.
    """

    text: str
    value: float | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A cell that is to become a picture.

    Attributes
    ----------
    source
        What to draw.
    name
        What to call it where it has no alternative text of its own.
    link
        Address of the original, if the page is to lead there; else empty.
    """

    source: Described
    name: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An encoded picture.

    Attributes
    ----------
    key
        Equal for pictures of equal bytes in one report: 1, 2, …
    data, mime
        The encoded bytes, and what they are.
    width, height
        Size drawn, in CSS pixels.
    pixel_width, pixel_height
        Size encoded, in pixels.
    shared
        The same bytes are shown elsewhere in the report as well.
    transparent
        Whether some pixel is not opaque.
    file
        Address of the file that holds the bytes, as seen from the page, if they are in one of
        their own; then `data` is empty.
    """

    key: int
    data: bytes
    mime: str
    width: int
    height: int
    pixel_width: int
    pixel_height: int
    shared: bool = False
    transparent: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A cell with a picture, or with the placeholder of one that could not be shown.

    Attributes
    ----------
    image
        What is shown.
    alt, title
        Alternative text, and what is known of the source.
    reason
        ``kind: short reason`` of a placeholder, else empty.
    view
        The larger view, if one was wanted.
    source_size
        (width, height) of the source in pixels; (0, 0) of a placeholder.
    source_mode
        PIL mode of the source, or dtype and shape of an array.
    more
        How many further pictures a strip had no room for.
    link
        Address of the original, or empty.
    """

    image: Image
    alt: str
    title: str = ""
    reason: str = ""
    view: Image | None = None
    source_size: tuple[int, int] = (0, 0)
    source_mode: str = ""
    more: int = 0
    link: str = ""


Cell: TypeAlias = Text | Picture


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes
    ----------
    number
        Its place in the section, from 1 on.
    cells
        One for each column.
    """

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_unreadable(self) -> bool:
        """Whether one of its pictures could not be shown."""
        return any(isinstance(cell, Picture) and cell.reason for cell in self.cells)


Group: TypeAlias = tuple[Row, ...]
"""Up to `GROUP` rows."""

UndrawnRow: TypeAlias = tuple[Text | Undrawn, ...]


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
class DrawnColumn:
    """A column after all its cells have been seen.

    Attributes
    ----------
    column
        What stands above it; its `kind` is known now.
    facts
        What is known of its cells.
    """

    column: Column
    facts: Facts

    @property
    def kind(self) -> Kind:
        """What it holds."""
        return self.column.kind or "text"


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
class SharedImage:
    """A picture that is shown more than once; see `Image`."""

    key: int
    data: bytes
    mime: str


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
