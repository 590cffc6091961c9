"""Smaller pictures in the saved outputs of a notebook, and every other byte as it was.

The notebook's JSON text is not parsed into objects and written again: that would change
indentation, escapes and the order of keys. It is walked once, with the place of each picture
noted (nbformat 4: ``cells[].outputs[].data``), and only those places are exchanged:

* ``image/png`` and ``image/jpeg``, which stay of their format, since their key names it;
* base64 ``data:`` URIs of pixel images in ``text/html``, also where the base64 text runs over
  several lines, or over several strings of the list in which notebooks keep lines.

A picture that fits the box stays as it is, so that to slim twice changes nothing more.
Attachments of Markdown cells, state of widgets, SVG and animations are left alone.
"""

from __future__ import annotations

import codecs
import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from imgdisplay.core.datauri import read_base64, read_data_uri
from imgdisplay.core.decode import opened
from imgdisplay.core.picture import exif_orientation
from imgdisplay.core.pipeline import make
from imgdisplay.core.streams import FILE_LIMIT, Encoded
from imgdisplay.errors import DecodeError, ImgDisplayError, OptionError, SourceRefused, quote
from imgdisplay.options import Options

__all__ = ["Note", "Slimmed", "slim", "slim_file"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Note:
    """One picture that was left as it is, and why.

    Attributes
    ----------
    cell, output
        Where it is, counted from 1.
    mime
        Which of the output's forms holds it.
    reason
        For people.
    """

    cell: int
    output: int
    mime: str
    reason: str


@dataclass(frozen=True, slots=True)
class Slimmed:
    """A notebook with smaller pictures.

    Attributes
    ----------
    pieces
        Its text, in pieces of which most lie in the text that was given.
    size
        Box in pixels into which its pictures were shrunk; None if none had to be.
    pictures, shrunk
        How many there are, and how many of them are smaller now.
    bytes_before, bytes_after
        Length of the whole text.
    notes
        Pictures that were left as they are, though they might have been shrunk.
    """

    pieces: tuple[bytes | memoryview, ...]
    size: tuple[int, int] | None
    pictures: int
    shrunk: int
    bytes_before: int
    bytes_after: int
    notes: tuple[Note, ...] = ()

    @property
    def text(self) -> bytes:
        """The text as one."""
        return b"".join(self.pieces)


def slim(notebook: bytes, options: Options, *, max_bytes: int | None = None) -> Slimmed:
    """Return a notebook with smaller pictures.

    Parameters
    ----------
    notebook
        The text of an ``.ipynb`` file.
    options
        ``size`` is the box of each picture, in pixels; None leaves them, unless the budget asks.
    max_bytes
        Most bytes of the whole. All pictures are shrunk into the largest box with which it is
        kept, at most `size`.

    Raises
    ------
    DecodeError
        If it is no notebook of format 4.
    OptionError
        If no size of the pictures keeps the budget.

    Examples
    --------
    >>> slim(b'{"cells": [], "nbformat": 4}', Options(size=512)).shrunk
    0
    """
    options = dataclasses.replace(
        options,
        scale=1,
        pixelated=False,
        animate=False,
        max_file_bytes=options.max_file_bytes or FILE_LIMIT,
    )
    places = list(_pictures(_Json(notebook)))
    result = _shrunk(notebook, places, options)
    if max_bytes is None or result.bytes_after <= max_bytes:
        return result
    boxes = _smaller_boxes(options.box)
    smallest = _shrunk(notebook, places, dataclasses.replace(options, size=boxes[-1]))
    if smallest.bytes_after > max_bytes:
        raise OptionError(
            f"no size of its pictures keeps the notebook within {max_bytes:,} bytes: at "
            f"{boxes[-1][0]}×{boxes[-1][1]} pixels it still has {smallest.bytes_after:,}"
        )
    low, high, result = 0, len(boxes) - 1, smallest  # boxes[high] keeps the budget
    while low < high:
        middle = (low + high) // 2
        tried = _shrunk(notebook, places, dataclasses.replace(options, size=boxes[middle]))
        if tried.bytes_after <= max_bytes:
            high, result = middle, tried
        else:
            low = middle + 1
    return result


def slim_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    options: Options,
    *,
    save: Callable[[Path, Iterable[str]], object],
    max_bytes: int | None = None,
) -> Slimmed:
    """Write a notebook with smaller pictures, which may replace the one that is read.

    Parameters
    ----------
    source, target
        Paths.
    options, max_bytes
        As for `slim`.
    save
        Writes texts into a UTF-8 file as a whole or not at all, such as
        `imgdisplay.report.writing.write_whole`.

    Raises
    ------
    SourceError
        If `source` cannot be read, is no notebook, or changes while it is read.
    OptionError
        If no size of the pictures keeps the budget.
    OSError
        If `target` cannot be written.
    """
    shown = quote(os.fspath(source))
    # Who names a notebook asks for it, also on another machine.
    with Encoded(path=os.fspath(source)).open(options.max_file_bytes, remote=True) as file:
        notebook = file.read()
        stamp = _stamp(source)
    try:
        slimmed = slim(notebook, options, max_bytes=max_bytes)
    except DecodeError as error:
        raise DecodeError(f"{shown} is not a notebook: {error}") from error

    def texts() -> Iterator[str]:
        yield from codecs.iterdecode(_in_parts(slimmed.pieces), "utf-8")
        if _stamp(source) != stamp:  # Jupyter saves by itself; what it saved must not be lost
            raise SourceRefused(f"{shown} was saved meanwhile; nothing is written, try again")

    in_place = os.path.exists(target) and os.path.samefile(source, target)
    if slimmed.shrunk or not in_place:
        try:
            save(Path(target), texts())
        except UnicodeDecodeError as error:
            raise DecodeError(f"{shown} is not a notebook: it is not UTF-8 ({error})") from error
    return slimmed


def _stamp(path: str | os.PathLike[str]) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _in_parts(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), _PART):
            yield bytes(piece[start : start + _PART])


_PART = 2**20


def _smaller_boxes(box: tuple[int, int] | None) -> list[tuple[int, int]]:
    """Return ever smaller boxes, each three quarters of the one before; at least one."""
    width, height = (_LARGEST, _LARGEST) if box is None else box
    boxes: list[tuple[int, int]] = []
    while not boxes or max(width, height) > _SMALLEST:
        width, height = max(1, width * 3 // 4), max(1, height * 3 // 4)
        boxes.append((width, height))
    return boxes


_LARGEST, _SMALLEST = 4096, 24


# --- Where the pictures are ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """One picture: ``text[start:end]`` is what is exchanged."""

    start: int
    end: int
    kind: Literal["png", "jpeg", "uri", "strange uri"]
    cell: int
    output: int

    @property
    def mime(self) -> str:
        return f"image/{self.kind}" if self.kind in ("png", "jpeg") else "text/html"


class _Json:
    """A cursor in a JSON text that knows where it is, and passes over what nobody asks for."""

    _STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
    _SPACE = re.compile(rb"[ \t\r\n]*+")
    _SCALAR = re.compile(rb"[^\s,:\[\]{}\"]++")
    _UP_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0

    def next(self) -> bytes:
        """Return the first byte of what comes, without white space."""
        self.at = self._SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def members(self) -> Iterator[str]:
        """Yield the keys of an object, the cursor at their values; none if it is no object."""
        for _ in self._inside(b"{", b"}"):
            start, end = self.string()
            key = _unescaped(self.text[start:end])
            self._take(b":")
            yield from self._passed(key)

    def items(self) -> Iterator[int]:
        """Yield the numbers from 1 of a list's items, the cursor at them; none if it is no list."""
        for number, _ in enumerate(self._inside(b"[", b"]"), start=1):
            yield from self._passed(number)

    def string(self) -> tuple[int, int]:
        """Pass over a string, and return its place, quotes included."""
        self.next()
        found = self._STRING.match(self.text, self.at)
        if found is None:
            raise self.broken("a string")
        self.at = found.end()
        return found.span()

    def skip(self) -> None:
        """Pass over one value."""
        first = self.next()
        if first == b'"':
            self.string()
        elif first in (b"{", b"["):
            depth = 0
            while True:
                self.at = self._UP_TO_BRACKET.match(self.text, self.at).end()  # type: ignore[union-attr]
                bracket = self.text[self.at : self.at + 1]
                if bracket not in (b"{", b"[", b"}", b"]") or not bracket:
                    raise self.broken("a closing bracket")
                self.at += 1
                depth += 1 if bracket in (b"{", b"[") else -1
                if depth == 0:
                    return
        elif (scalar := self._SCALAR.match(self.text, self.at)) is not None:
            self.at = scalar.end()
        else:
            raise self.broken("a value")

    def broken(self, expected: str) -> DecodeError:
        """Return the error of a text that is not JSON."""
        if self.at >= len(self.text):
            return DecodeError(f"its JSON ends too early, where {expected} should stand")
        there = quote(self.text[self.at : self.at + 12])
        return DecodeError(f"expected {expected} at byte {self.at}, found {there}")

    def _passed(self, what: T) -> Iterator[T]:
        self.next()
        before = self.at
        yield what
        if self.at == before:  # nobody read the value
            self.skip()

    def _inside(self, opening: bytes, closing: bytes) -> Iterator[None]:
        if self.next() != opening:
            return
        self.at += 1
        if self.next() == closing:
            self.at += 1
            return
        while True:
            yield
            if self.next() == closing:
                self.at += 1
                return
            self._take(b",")

    def _take(self, mark: bytes) -> None:
        if self.next() != mark:
            raise self.broken(repr(mark.decode()))
        self.at += 1


def _unescaped(string: bytes) -> str:
    try:
        return str(json.loads(string.decode("utf-8", "replace"), strict=False))
    except ValueError:
        raise DecodeError(f"{quote(string)} is no string of JSON") from None


def _each(json_: _Json, *path: str) -> Iterator[tuple[int, ...]]:
    """Go to each value that a path leads to, and yield the numbers of the list items passed."""
    if not path:
        yield ()
    elif path[0] == "[]":
        for number in json_.items():
            for inner in _each(json_, *path[1:]):
                yield number, *inner
    else:
        for key in json_.members():
            if key == path[0]:
                yield from _each(json_, *path[1:])


def _pictures(json_: _Json) -> Iterator[_Place]:
    """Yield the places of the pictures in the saved outputs of a notebook.

    Raises
    ------
    DecodeError
        If the text is no notebook of format 4.
    """
    if json_.next() != b"{":
        raise json_.broken("'{'")
    has_cells, version = False, b""
    for key in json_.members():
        if key == "cells":
            has_cells = json_.next() == b"["
            for cell, output in _each(json_, "[]", "outputs", "[]", "data"):
                for mime in json_.members():
                    yield from _pictures_of(json_, mime, cell, output)
        elif key == "nbformat":
            start = json_.at
            json_.skip()
            version = json_.text[start : json_.at]
    if json_.next():
        raise json_.broken("the end")
    if not has_cells or version != b"4":
        raise DecodeError(
            "expected a list of cells and nbformat 4; 'jupyter nbconvert --to notebook' makes "
            "one of an older notebook"
        )


def _pictures_of(json_: _Json, mime: str, cell: int, output: int) -> Iterator[_Place]:
    if mime not in ("image/png", "image/jpeg", "text/html"):
        return
    span = _inside_quotes(json_)
    if span is None:
        return
    if mime == "text/html":
        for start, end, strange in _uris(json_.text, *span):
            yield _Place(start, end, "strange uri" if strange else "uri", cell, output)
    else:
        yield _Place(*span, "png" if mime == "image/png" else "jpeg", cell, output)


def _inside_quotes(json_: _Json) -> tuple[int, int] | None:
    """Return the place of a text without its outer quotes: of a string or a list of strings."""
    if json_.next() == b'"':
        start, end = json_.string()
        return start + 1, end - 1
    first = last = None
    for _ in json_.items():
        if json_.next() == b'"':
            last = json_.string()
            first = first or last
    return None if first is None or last is None else (first[0] + 1, last[1] - 1)


# The parts of a data URI as they stand in JSON, where a slash may be written `\/`, and where a
# line ends with `\n` and perhaps with the string; before that, a script may have a backslash.
_HEAD = re.compile(
    rb"data:image(?:/|\\/)(?!svg)[a-z0-9.+-]{1,40}(?:;[a-z0-9=._+-]{1,80})*?;base64,",
    re.IGNORECASE,
)
_NEXT_STRING = rb'"\s*+,\s*+"'
_LINE_END = re.compile(rb"(?:\\\\)?(?:\\r)?\\n(?:" + _NEXT_STRING + rb")?|" + _NEXT_STRING)
_BASE64 = rb"[A-Za-z0-9+/_=-]++|%[0-9A-Fa-f]{2}|\\/|\\u00(?:2[BbDdFf]|3[Dd]|5[Ff])"
_ONE_LINE = re.compile(rb"(?:" + _BASE64 + rb")++")
_LINES = re.compile(rb"(?:" + _BASE64 + rb"|" + _LINE_END.pattern + rb")++")
_GOES_ON = re.compile(rb"\\{2,}(?![\"'\\])|%|" + _NEXT_STRING)


def _uris(text: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield where base64 `data:` URIs of pixel images are, and whether they have no clear end."""
    for head in _HEAD.finditer(text, start, end):
        # Only a quote says that the base64 text goes on behind the end of a line.
        for quote_mark in (b'\\"', b"'", b"&quot;"):
            lines = _LINES.match(text, head.end(), end)
            if (
                lines is not None
                and text.endswith(quote_mark, start, head.start())
                and text.startswith(quote_mark, lines.end(), end)
            ):
                yield head.start(), lines.end(), False
                break
        else:
            line = _ONE_LINE.match(text, head.end(), end)
            if line is not None:
                strange = _GOES_ON.match(text, line.end(), end) is not None
                yield head.start(), line.end(), strange


# --- What becomes of them -----------------------------------------------------------------------


def _shrunk(notebook: bytes, places: list[_Place], options: Options) -> Slimmed:
    whole = memoryview(notebook)
    pieces: list[bytes | memoryview] = []
    notes: list[Note] = []
    done = shrunk = 0
    for place in places:
        try:
            smaller = None if options.box is None else _smaller(notebook, place, options)
        except ImgDisplayError as error:
            notes.append(Note(place.cell, place.output, place.mime, f"{error.kind}: {error}"))
            continue
        if smaller is not None and len(smaller) < place.end - place.start:
            pieces += [whole[done : place.start], smaller]
            done = place.end
            shrunk += 1
    pieces.append(whole[done:])
    return Slimmed(
        pieces=tuple(pieces),
        size=options.box,
        pictures=len(places),
        shrunk=shrunk,
        bytes_before=len(notebook),
        bytes_after=sum(map(len, pieces)),
        notes=tuple(notes),
    )


def _smaller(notebook: bytes, place: _Place, options: Options) -> bytes | None:
    """Return what to write in the place of a picture; None if it fits the box.

    Raises
    ------
    ImgDisplayError
        If it must be left as it is.
    """
    if place.kind == "strange uri":
        raise SourceRefused("its data: URI is written in a way that is not understood")
    encoded = Encoded(data=_data(notebook, place))
    with opened(encoded, options) as (image, _):
        if getattr(image, "is_animated", False) and image.format in _MOVING:
            raise SourceRefused("an animation would become its first frame")
        turned = exif_orientation(image) >= 5
        width, height = image.size[::-1] if turned else image.size
    assert options.box is not None
    if width <= options.box[0] and height <= options.box[1]:
        return None
    if place.kind == "uri":
        return make(encoded, options).data_uri.encode("ascii")
    thumbnail = make(encoded, dataclasses.replace(options, format=place.kind))
    ends_a_line = notebook.endswith(b"\\n", place.start, place.end)
    return thumbnail.base64.encode("ascii") + (b"\\n" if ends_a_line else b"")


_MOVING = ("GIF", "PNG", "WEBP", "AVIF")
"""Formats whose several pictures are frames; of a TIFF they are pages, of a JPEG views."""


def _data(notebook: bytes, place: _Place) -> bytes:
    written = notebook[place.start : place.end]
    if b"\\" in written or b'"' in written:
        written = _LINE_END.sub(b"", written)
    text = _unescaped(b'"' + written + b'"')
    return read_data_uri(text)[0] if place.kind == "uri" else read_base64(text, "the picture")
