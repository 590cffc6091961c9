"""Frames as cells, a few rows at a time, for those who lay a table out themselves.

A report of a million rows must not hold them as text: a `Sheet` knows its columns and reads any
range of rows. What its library prints for a value stays that library's matter; how many digits
a column of floats gets is decided once, over the whole column.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias

from imgdisplay.frames import kind_of, no_table
from imgdisplay.frames.rows import Bind

__all__ = ["Digits", "Heading", "Kind", "Picked", "Picker", "Printed", "Sheet", "cut", "sheet_of"]

Kind: TypeAlias = Literal["picture", "number", "date", "text"]

Digits: TypeAlias = dict[Hashable, list[Any]]
"""For columns the values that decide on digits; see `imgdisplay.frames.digits`."""


class Picker(Protocol):
    """What a sheet needs to know of pictures."""

    def holds(self, values: Sequence[object]) -> bool:
        """Tell whether one of these values of a column is clearly a picture."""
        ...

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        """Tell which values of a column of pictures become some.

        Parameters
        ----------
        values
            Some of the column, without missing ones.
        named
            The caller named this column as one of pictures.
        """
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell of text.

    Attributes
    ----------
    text
        What its library prints.
    value
        What it is sorted by, if that is not its text: a number; of a date, the seconds since
        1970.
    missing
        Whether there is no value.
    """

    text: str
    value: float | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """A cell that holds a picture: what `bind` made of its value, or the value."""

    source: object
    value: object


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a column.

    Attributes
    ----------
    names
        Its name, one text for each level of the columns; of an index without name, none.
    kind
        What it holds; None: its texts will tell.
    names_rows
        It comes from the index.
    """

    names: tuple[str, ...]
    kind: Kind | None = None
    names_rows: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A frame or series whose rows can be read in ranges.

    Attributes
    ----------
    headings
        Of its columns, those of the index first.
    length
        How many rows there are.
    read
        Returns the cells of the rows from a position up to another: a list for each column.
    """

    headings: tuple[Heading, ...]
    length: int
    read: Callable[[int, int], list[list[Printed | Picked]]]


def sheet_of(
    obj: object,
    picker: Picker,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    bind: Bind | None = None,
    limit: int,
    digits: Digits | None = None,
) -> Sheet:
    """Return a frame or series of any library as a sheet.

    Parameters
    ----------
    obj
        A frame or series; it is not changed.
    picker
        Finds the pictures in columns.
    columns
        Names of the columns that hold pictures; None finds them. For a series anything but None
        says that it is one of pictures.
    bind
        As in `imgdisplay.frames.table_html`.
    limit
        Characters of a text that are kept; a longer one ends in a mark that tells its length.
    digits
        Of a frame of pandas that is part of a larger one: what decides on the digits there.

    Raises
    ------
    UnsupportedSource
        `obj` is no frame of a known library.
    OptionError
        There is no such column.
    """
    kind = kind_of(obj)
    if kind is None:
        raise no_table(obj)
    frame: Any = obj
    if kind.drawer == "dask":
        frame = frame.compute()
        kind = kind_of(frame) or kind
    reader: Any = import_module(f"{__package__}.{kind.drawer}_sheet")
    if kind.is_series:
        frame = reader.frame_of_series(frame)
        columns = None if columns is None else list(frame.columns)
        bind = None
    given = {} if digits is None else {"digits": digits}
    sheet: Sheet = reader.sheet(frame, picker, columns=columns, bind=bind, limit=limit, **given)
    return sheet


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, and a mark if there were more.

    Examples
    --------
    >>> cut("abcdef", 3), cut("abc", 3)
    ('abc… (6 characters)', 'abc')
    """
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
