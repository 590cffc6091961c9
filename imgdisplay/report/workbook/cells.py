"""What a value becomes in a cell of a workbook: a number, a truth value, a date or text.

A workbook knows numbers with 15 digits, dates from 1900 to 9999 without a time zone, and texts
of 32,767 characters. What does not fit into these is written as text, so that nothing of it is
lost, and text is never anything else: no formula and no link.
"""

from __future__ import annotations

import datetime
import decimal
import math
import sys
from dataclasses import dataclass
from typing import Literal, TypeAlias

from imgdisplay.core.html import whole_characters
from imgdisplay.errors import no_text, quote

__all__ = ["LONGEST_TEXT", "WorkbookCell", "cell_of", "fitting_text"]

Kind: TypeAlias = Literal["blank", "number", "bool", "date", "text"]

LONGEST_TEXT = 32_767
"""Characters of a cell, of which one outside the basic plane counts as two."""

_DIGITS = 15
_LARGEST = 9.99e307
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class WorkbookCell:
    """The content of a cell.

    Attributes
    ----------
    kind
        What the workbook is to take it for.
    value
        A number, a bool, a date, time or duration without a zone, or text.
    number_format
        How the workbook shows a date; empty for its usual way.
    is_quoted
        Text that begins as a formula does, and must stay text when somebody edits it.
    """

    kind: Kind
    value: object = None
    number_format: str = ""
    is_quoted: bool = False


_BLANK = WorkbookCell("blank")


def cell_of(value: object) -> WorkbookCell:
    """Return the cell for a value; None is a missing one.

    Examples
    --------
    >>> cell_of(1.5), cell_of(12345678901234567).value
    (WorkbookCell(kind='number', value=1.5, number_format='', is_quoted=False), '12345678901234567')
    >>> cell_of("=1+1")
    WorkbookCell(kind='text', value='=1+1', number_format='', is_quoted=True)
    """
    if value is None:
        return _BLANK
    value = _of_python(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return WorkbookCell("bool", value)
    cell = None
    if isinstance(value, (int, float, decimal.Decimal)):
        cell = _number(value)
    elif isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        cell = _date(value)
    return cell or _text(_said(value))


def fitting_text(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text that fits into a cell; a longer one ends in a mark that tells its length.

    Halves of characters, which no file can hold, become U+FFFD.

    Examples
    --------
    >>> fitting_text("x" * 40_000)[-22:]
    'x… (40,000 characters)'
    """
    text = whole_characters(text)
    if len(text) <= limit // 2 or _units(text) <= limit:
        return text
    mark = f"… ({len(text):,} characters)"
    kept = text[: limit - len(mark)]
    while _units(kept) > limit - len(mark):
        kept = kept[: len(kept) - max(1, (_units(kept) - limit + len(mark)) // 2)]
    return kept + mark


def _units(text: str) -> int:
    """Return how many characters a workbook counts: units of UTF-16."""
    return len(text) + sum(character > "\uffff" for character in text)


def _of_python(value: object) -> object:
    """Return a scalar of numpy as Python knows it, and anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return value
    if isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return value.astype(f"{type(value).__name__}[us]").item()
    return value.item()


def _number(value: float | decimal.Decimal) -> WorkbookCell | None:
    if isinstance(value, int):
        return WorkbookCell("number", int(value)) if abs(value) < 10**_DIGITS else None
    if isinstance(value, decimal.Decimal):
        if not value.is_finite() or len(value.normalize().as_tuple().digits) > _DIGITS:
            return None
        value = float(value)
    fits = math.isfinite(value) and abs(value) <= _LARGEST
    return WorkbookCell("number", float(value)) if fits else None


def _date(
    value: datetime.date | datetime.time | datetime.timedelta,
) -> WorkbookCell | None:
    if isinstance(value, datetime.timedelta):
        if value < datetime.timedelta():  # which a workbook shows as ####
            return None
        return WorkbookCell("date", value, "[h]:mm:ss" + _fraction(value))
    if isinstance(value, datetime.time):
        if value.tzinfo is not None:
            return None
        return WorkbookCell("date", value, "hh:mm:ss" + _fraction(value))
    if not 1900 <= value.year <= 9999:
        return None
    if not isinstance(value, datetime.datetime):
        return WorkbookCell("date", value, "yyyy-mm-dd")
    shown = "yyyy-mm-dd hh:mm:ss" + _fraction(value)
    offset = value.utcoffset()
    if offset is not None:
        # The clock of its zone, beside which the format writes how far that is from UTC.
        shown += f' "{_offset(offset)}"'
        value = value.replace(tzinfo=None)
    return WorkbookCell("date", value, shown)


def _fraction(value: datetime.time | datetime.timedelta | datetime.datetime) -> str:
    has_some = value.microseconds if isinstance(value, datetime.timedelta) else value.microsecond
    return ".000" if has_some else ""


def _offset(offset: datetime.timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, minutes = divmod(abs(minutes), 60)
    return f"{'-' if offset.total_seconds() < 0 else '+'}{hours:02}:{minutes:02}"


def _text(text: str) -> WorkbookCell:
    return WorkbookCell("text", fitting_text(text), is_quoted=text.startswith(_FORMULA))


def _said(value: object) -> str:
    try:
        return quote(value) if isinstance(value, (bytes, bytearray)) else str(value)
    except Exception as error:  # somebody's `__str__`
        return no_text(value, error)
