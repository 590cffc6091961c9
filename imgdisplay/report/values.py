"""What is read in a cell: its text, and the number or date that the text is."""

from __future__ import annotations

import datetime
import html
import re
from typing import Literal

from imgdisplay.core.html import Html

__all__ = ["plain", "read_value"]

_NUMBER = re.compile(
    r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.\d*|\.\d+)?(?<=[\d.])(?:[eE][-+]?\d{1,3})?"
    r"(?:\s?%)?",
    re.ASCII,
)
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[-+]\d\d:?\d\d)?)?"
)
_LONGEST = 40


def plain(text: str) -> str:
    """Return what is read of a text, or of markup.

    Examples
    --------
    >>> plain(Html("<b>1 &lt; 2</b>")), plain("<b>")
    ('1 < 2', '<b>')
    """
    if not isinstance(text, Html):
        return text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def read_value(text: str) -> tuple[Literal["number", "date"], float] | None:
    """Return whether a text is a number or an ISO 8601 date, and what it is sorted by.

    Examples
    --------
    >>> read_value("1,250.5"), read_value("-3e2"), read_value("12 %")
    (('number', 1250.5), ('number', -300.0), ('number', 12.0))
    >>> read_value("1970-01-02"), read_value("2.5.1970")
    (('date', 86400.0), None)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _NUMBER.fullmatch(text):
        try:
            return "number", float(text.rstrip("% ").replace(",", "").replace("−", "-"))
        except ValueError:
            return None
    if _DATE.fullmatch(text):
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            return None
        known = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return "date", (known - _EPOCH).total_seconds()
    return None


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
