"""The error tree.

::

    ImgDisplayError
    ├── SourceError                       the picture could not be had
    │   ├── UnsupportedSource  TypeError  nobody knows how to open such an object
    │   ├── SourceNotFound     FileNotFoundError
    │   ├── SourceRefused                 a limit or a rule forbids it
    │   └── DecodeError                   it was opened and is broken
    ├── EncodeError                       the thumbnail could not be written
    ├── OptionError            ValueError a mistake in an option
    └── MissingExtra           ImportError an optional library is not installed

Source and encode errors become placeholder cells wherever many pictures are shown
together. A mistake in an option is the caller's and always raises.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "DecodeError",
    "EncodeError",
    "ImgDisplayError",
    "MissingExtra",
    "OptionError",
    "SourceError",
    "SourceNotFound",
    "SourceRefused",
    "UnsupportedSource",
]

_QUOTE_LIMIT = 120


def quote(value: object) -> str:
    """Return a short ``repr`` of `value` for an error message.

    At most 120 characters are quoted, so that a message never repeats a payload, and a
    ``repr`` that raises does not hide the error that is being reported.
    """
    try:
        if isinstance(value, (bytes, bytearray)):
            text = (
                f"{bytes(value[:24])!r}… ({len(value)} bytes)" if len(value) > 24 else repr(value)
            )
        elif isinstance(value, str):
            text = repr(value[: _QUOTE_LIMIT + 1])
        else:
            text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _QUOTE_LIMIT else text[: _QUOTE_LIMIT - 1] + "…"


class ImgDisplayError(Exception):
    """Base of every error that this package raises on purpose."""

    kind: ClassVar[str] = "error"
    """Word that opens the text of a placeholder."""


class SourceError(ImgDisplayError):
    """The picture behind a source could not be had."""

    kind = "no picture"


class UnsupportedSource(SourceError, TypeError):
    """Nobody knows how to turn such an object into a picture."""

    kind = "not a picture"


class SourceNotFound(SourceError, FileNotFoundError):
    """There is no file of that name."""

    kind = "not found"


class SourceRefused(SourceError):
    """A limit or a rule forbids opening it; the message names the option."""

    kind = "refused"


class DecodeError(SourceError):
    """It was opened, and is broken or of no accepted format."""

    kind = "unreadable"


class EncodeError(ImgDisplayError):
    """The thumbnail could not be written in the wanted format."""

    kind = "not encoded"


class OptionError(ImgDisplayError, ValueError):
    """A mistake in an option: an unknown name, or a value that it cannot take."""

    kind = "option"


class MissingExtra(ImgDisplayError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""

    kind = "missing library"
