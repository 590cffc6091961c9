"""What the rows of a report are made of: cells of text and of pictures, undrawn and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from imgdisplay.drawing import Described

__all__ = [
    "GROUP",
    "Cell",
    "Column",
    "Group",
    "Image",
    "Kind",
    "Picture",
    "Row",
    "SharedImage",
    "Text",
    "Undrawn",
    "UndrawnRow",
]

GROUP = 100
"""Most rows that are read, drawn, written and laid out by a browser together."""

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
class SharedImage:
    """A picture that is shown more than once; see `Image`."""

    key: int
    data: bytes
    mime: str


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
