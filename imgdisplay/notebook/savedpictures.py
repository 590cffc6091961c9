"""Where the pictures are in the text of a saved notebook (nbformat 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from imgdisplay.core.datauri import read_base64, read_data_uri
from imgdisplay.errors import DecodeError
from imgdisplay.notebook.jsontext import JsonText, unescaped

__all__ = ["Place", "picture_at", "saved_pictures"]


@dataclass(frozen=True, slots=True)
class Place:
    """One picture: ``text[start:end]`` is what is exchanged."""

    start: int
    end: int
    kind: Literal["png", "jpeg", "uri", "strange uri"]
    cell: int
    output: int

    @property
    def mime(self) -> str:
        return f"image/{self.kind}" if self.kind in ("png", "jpeg") else "text/html"


def _each(json: JsonText, *path: str) -> Iterator[tuple[int, ...]]:
    """Go to each value that a path leads to, and yield the numbers of the list items passed."""
    if not path:
        yield ()
    elif path[0] == "[]":
        for number in json.items():
            for inner in _each(json, *path[1:]):
                yield number, *inner
    else:
        for key in json.members():
            if key == path[0]:
                yield from _each(json, *path[1:])


def saved_pictures(json: JsonText) -> Iterator[Place]:
    """Yield the places of the pictures in the saved outputs of a notebook.

    Raises
    ------
    DecodeError
        If the text is no notebook of format 4.
    """
    if json.next() != b"{":
        raise json.broken("'{'")
    has_cells, version = False, b""
    for key in json.members():
        if key == "cells":
            has_cells = json.next() == b"["
            for cell, output in _each(json, "[]", "outputs", "[]", "data"):
                for mime in json.members():
                    yield from _of_output(json, mime, cell, output)
        elif key == "nbformat":
            start = json.at
            json.skip()
            version = json.text[start : json.at]
    if json.next():
        raise json.broken("the end")
    if not has_cells or version != b"4":
        raise DecodeError(
            "expected a list of cells and nbformat 4; 'jupyter nbconvert --to notebook' makes "
            "one of an older notebook"
        )


def _of_output(json: JsonText, mime: str, cell: int, output: int) -> Iterator[Place]:
    if mime not in ("image/png", "image/jpeg", "text/html"):
        return
    span = _inside_quotes(json)
    if span is None:
        return
    if mime == "text/html":
        for start, end, strange in _uris(json.text, *span):
            yield Place(start, end, "strange uri" if strange else "uri", cell, output)
    else:
        yield Place(*span, "png" if mime == "image/png" else "jpeg", cell, output)


def _inside_quotes(json: JsonText) -> tuple[int, int] | None:
    """Return the place of a text without its outer quotes: of a string or a list of strings."""
    if json.next() == b'"':
        start, end = json.string()
        return start + 1, end - 1
    first = last = None
    for _ in json.items():
        if json.next() == b'"':
            last = json.string()
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


def picture_at(notebook: bytes, place: Place) -> bytes:
    """Return the encoded picture whose text is at a place.

    Raises
    ------
    DecodeError
        If it is not written in base64.
    """
    written = notebook[place.start : place.end]
    if b"\\" in written or b'"' in written:
        written = _LINE_END.sub(b"", written)
    text = unescaped(b'"' + written + b'"')
    return read_data_uri(text)[0] if place.kind == "uri" else read_base64(text, "the picture")
