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
    """Base of every error that this package raises on purpose.

    Examples
    --------
    >>> import imgdisplay
    >>> try:
    ...     imgdisplay.thumbnail("gone.png")
    ... except ImgDisplayError as error:
    ...     print(f"{error.kind}: {error}")
    not found: no file 'gone.png'; check the path, which is relative to the working directory
    """

    kind: ClassVar[str] = "error"
    """Word that opens the text of a placeholder."""


class SourceError(ImgDisplayError):
    """The picture behind a source could not be had.

    Among others it becomes a placeholder, unless ``on_error="raise"``; a function of a single
    picture always raises it.
    """

    kind = "no picture"


class UnsupportedSource(SourceError, TypeError):
    """Nobody knows how to turn such an object into a picture.

    `imgdisplay.register_source` teaches a type, and so does a method ``__imgdisplay__()``. It is
    a ``TypeError``, too.
    """

    kind = "not a picture"


class SourceNotFound(SourceError, FileNotFoundError):
    """There is no file of that name, or no answer from an address.

    It is a ``FileNotFoundError``, too.
    """

    kind = "not found"


class SourceRefused(SourceError):
    """A limit or a rule forbids opening it; the message names the option."""

    kind = "refused"


class DecodeError(SourceError):
    """It was opened, and is broken or of no accepted format.

    Examples
    --------
    >>> import imgdisplay
    >>> imgdisplay.thumbnail(b"GIF89a, or so")
    Traceback (most recent call last):
    imgdisplay.errors.DecodeError: the data begins as GIF and is broken: ...
    """

    kind = "unreadable"


class EncodeError(ImgDisplayError):
    """The thumbnail could not be written in the wanted format."""

    kind = "not encoded"


class OptionError(ImgDisplayError, ValueError):
    """A mistake in an option: an unknown name, or a value that it cannot take.

    It is a ``ValueError``, too, and is always raised, at once.

    Examples
    --------
    >>> import imgdisplay
    >>> imgdisplay.Options(quality=101)
    Traceback (most recent call last):
    imgdisplay.errors.OptionError: quality=101: expected a number from 1 to 100
    """

    kind = "option"


class MissingExtra(ImgDisplayError, ImportError):
    """An optional library is not installed; the message names the extra that brings it.

    It is an ``ImportError``, too: ``pip install 'imgdisplay-jupyter[all]'`` brings all extras.
    """

    kind = "missing library"
