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
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from imgdisplay.core.decode import opened
from imgdisplay.core.picture import exif_orientation
from imgdisplay.core.pipeline import make
from imgdisplay.core.streams import FILE_LIMIT, Encoded
from imgdisplay.errors import DecodeError, ImgDisplayError, OptionError, SourceRefused, quote
from imgdisplay.notebook.jsontext import JsonText
from imgdisplay.notebook.savedpictures import Place, picture_at, saved_pictures
from imgdisplay.options import Options

__all__ = ["Note", "Slimmed", "slim", "slim_file"]


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
    places = list(saved_pictures(JsonText(notebook)))
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
        `imgdisplay.core.files.write_whole`.

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
    asked = dataclasses.replace(options, remote=True, remote_hosts=None)
    with Encoded(path=os.fspath(source)).open(asked) as file:
        stamp = _stamp(os.fstat(file.fileno()))  # before it is read: it may be saved meanwhile
        notebook = file.read()
    try:
        slimmed = slim(notebook, options, max_bytes=max_bytes)
    except DecodeError as error:
        raise DecodeError(f"{shown} is not a notebook: {error}") from error

    def texts() -> Iterator[str]:
        yield from codecs.iterdecode(_in_parts(slimmed.pieces), "utf-8")
        # Jupyter saves by itself, and what it saved must not be lost.
        if _stamp(os.stat(source)) != stamp:
            raise SourceRefused(f"{shown} was saved meanwhile; nothing is written, try again")

    in_place = os.path.exists(target) and os.path.samefile(source, target)
    if slimmed.shrunk or not in_place:
        try:
            save(Path(target), texts())
        except UnicodeDecodeError as error:
            raise DecodeError(f"{shown} is not a notebook: it is not UTF-8 ({error})") from error
    return slimmed


def _stamp(status: os.stat_result) -> tuple[int, int]:
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


def _shrunk(notebook: bytes, places: list[Place], options: Options) -> Slimmed:
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


def _smaller(notebook: bytes, place: Place, options: Options) -> bytes | None:
    """Return what to write in the place of a picture; None if it fits the box.

    Raises
    ------
    ImgDisplayError
        If it must be left as it is.
    """
    if place.kind == "strange uri":
        raise SourceRefused("its data: URI is written in a way that is not understood")
    encoded = Encoded(data=picture_at(notebook, place))
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
