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

A message is one line without a full stop: what happened, why, and behind a semicolon what to do.
An option is named as it is written, ``max_pixels=…``; of what was given, 120 characters at most
are repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def no_text(value: object, error: Exception) -> str:
    """Return what stands for a value whose own text cannot be had.

    Examples
    --------
    >>> no_text(1.5, ValueError())
    '<float: ValueError in its text>'
    """
    return f"<{type(value).__name__}: {type(error).__name__} in its text>"


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


def listed(names: Iterable[object]) -> str:
    """Return names with commas between them, as many as a message may repeat, and at least one.

    Examples
    --------
    >>> listed(["name", "photo"])
    "'name', 'photo'"
    """
    texts: list[str] = []
    room = _QUOTE_LIMIT
    for name in names:
        text = quote(name)
        room -= len(text) + 2
        if texts and room < 0:
            return ", ".join([*texts, "…"])
        texts.append(text)
    return ", ".join(texts)


def suggestion(word: object, known: Iterable[object], likeness: float = 0.6) -> str:
    """Return what was probably meant, in brackets and behind a space; or nothing.

    Examples
    --------
    >>> suggestion("sise", ["size", "scale"])
    " (did you mean 'size'?)"
    """
    import difflib  # only mistakes need it

    close = difflib.get_close_matches(str(word)[:50].lower(), map(str, known), 1, likeness)
    return f" (did you mean {close[0]!r}?)" if close else ""


def no_column(given: object, columns: Iterable[object]) -> str:
    """Return the message about the name of a column that is not there.

    Examples
    --------
    >>> no_column("foto", ["name", "photo"])
    "no column 'foto' (did you mean 'photo'?); the columns are 'name', 'photo'"
    """
    columns = list(columns)
    return (
        f"no column {quote(given)}{suggestion(given, columns)}; the columns are {listed(columns)}"
    )


def more_than(option: str, limit: float) -> str:
    """Return the end of the message about what is over a limit.

    Examples
    --------
    >>> more_than("max_pixels", 1_000_000)
    'more than max_pixels=1,000,000; raise it with max_pixels=…'
    """
    return f"more than {option}={limit:,}; raise it with {option}=…"


def within(option: str, seconds: float) -> str:
    """Return the end of the message about what is not done in its time.

    Examples
    --------
    >>> within("timeout", 30.0)
    'within timeout=30 seconds; raise it with timeout=…'
    """
    return f"within {option}={seconds:g} seconds; raise it with {option}=…"


def missing_extra(what: str, extra: str) -> MissingExtra:
    """Return the error about an optional library.

    Parameters
    ----------
    what
        What needs which library.
    extra
        That brings it.

    Examples
    --------
    >>> print(missing_extra("workbooks need XlsxWriter", "excel"))
    workbooks need XlsxWriter, which is not installed: pip install 'imgdisplay-jupyter[excel]'
    """
    return MissingExtra(f"{what}, which is not installed: pip install '{_DISTRIBUTION}[{extra}]'")


_DISTRIBUTION = "imgdisplay-jupyter"


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

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of twenty frames that are not the caller's."""
        from imgdisplay.tracebacks import rendered  # nothing but IPython asks

        return rendered(self)


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
