"""The images of a folder, as a table: picture, name, dimensions, mode, file size."""

from __future__ import annotations

import itertools
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from imgdisplay.core.detect import SUFFIXES
from imgdisplay.core.paths import open_path
from imgdisplay.drawing import Described
from imgdisplay.errors import SourceNotFound, SourceRefused, quote
from imgdisplay.options import Options
from imgdisplay.report.links import link_to
from imgdisplay.report.model import Section, Sheet
from imgdisplay.report.rows import GROUP, Cell, Column, Picture, Text, Undrawn, UndrawnRow
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.wording import human_size

__all__ = ["ImageFile", "folder_section", "list_images"]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that is named like an image.

    Attributes
    ----------
    path
        Where it is.
    name
        Its path in the folder that was listed, with ``/`` between the parts.
    size
        In bytes.
    """

    path: Path
    name: str
    size: int


def list_images(
    folder: Path, *, recursive: bool = True, closed: list[Unreadable] | None = None
) -> Iterator[ImageFile]:
    """Yield the images of a folder in natural order.

    An image is a regular file, or a link to one, with the suffix of an image. Hidden files and
    folders are left out. Links to folders are not followed: they may lead back, or anywhere.
    Only one folder on the way down is in memory at a time, not the whole list.

    Parameters
    ----------
    recursive
        List the folders within it, too.
    closed
        Takes the folders within it that cannot be read.

    Raises
    ------
    SourceNotFound, SourceRefused
        If `folder` itself is none, or must not be read.

    Examples
    --------
    >>> list(list_images(Path("no such folder")))
    Traceback (most recent call last):
    imgdisplay.errors.SourceNotFound: no folder 'no such folder'; check the path
    """
    try:
        entries = _entries(folder, "")
    except OSError as error:
        raise _not_listed(folder, error) from None
    waiting = [("", iter(entries))]
    while waiting:
        inside, rest = waiting[-1]
        entry = next(rest, None)
        if entry is None:
            waiting.pop()
            continue
        name = f"{inside}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if not recursive:
                continue
            try:
                waiting.append((f"{name}/", iter(_entries(folder, name))))
            except OSError as error:
                reason = error.strerror or type(error).__name__
                if closed is not None:
                    closed.append(Unreadable(f"{name}/", f"folder not read: {reason}"))
        elif PurePath(entry.name).suffix.lower() in SUFFIXES:
            size = _size_if_file(entry)
            if size is not None:
                yield ImageFile(folder / name, name, size)


def _entries(folder: Path, inside: str) -> list[os.DirEntry[str]]:
    with os.scandir(open_path(str(folder / inside))) as found:
        return sorted(
            (entry for entry in found if not _is_left_out(entry)),
            key=lambda entry: natural_key(entry.name),
        )


def natural_key(name: str) -> tuple[object, ...]:
    """Return what to sort names by, so that ``2.jpg`` stands before ``10.jpg``.

    A folder's own files and its subfolders stand among each other in the order of their names;
    upper and lower case count alike.

    Examples
    --------
    >>> sorted(["b10.png", "B9.png", "a/2.png"], key=natural_key)
    ['a/2.png', 'B9.png', 'b10.png']
    """
    parts = tuple(
        tuple(
            (0, int(piece), "") if piece.isdecimal() else (1, 0, piece)
            for piece in re.split(r"(\d+)", part.casefold())
            if piece
        )
        for part in name.split("/")
    )
    return (parts, name)


def folder_section(
    folder: Path, options: Options, *, recursive: bool = True, links: bool = False
) -> Section:
    """Return the section that shows the images of a folder.

    Parameters
    ----------
    recursive
        Show those of the folders within it, too.
    links
        Lead from each picture to its file.

    Raises
    ------
    SourceNotFound
        If there is no image in it.
    """
    length = sum(1 for _ in list_images(folder, recursive=recursive))
    if not length:
        raise SourceNotFound(_no_images(folder, recursive))

    def opened() -> Sheet:
        closed: list[Unreadable] = []
        files = list_images(folder, recursive=recursive, closed=closed)

        def groups() -> Iterator[list[UndrawnRow]]:
            while group := list(itertools.islice(files, GROUP)):
                yield [_row(file, links) for file in group]

        return Sheet(_COLUMNS, groups, finish=_finished, closed=closed, rows_have_names=True)

    return Section(form="table", options=options, length=length, open=opened, folder=folder)


_COLUMNS = (
    Column(("Image",), "picture"),
    Column(("Name",), "text", names_rows=True),
    Column(("Dimensions",), "number"),
    Column(("Mode",), "text"),
    Column(("Size",), "number"),
)


def _row(file: ImageFile, links: bool) -> UndrawnRow:
    picture = Undrawn(Described(file.path), link=link_to(file.path) if links else "")
    empty = Text("", missing=True)
    return picture, Text(file.name), empty, empty, Text(human_size(file.size), file.size)


def _finished(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return a row with what is known of its picture only after it has been opened."""
    picture, name, _, _, size = cells
    if not isinstance(picture, Picture) or picture.reason:
        return cells
    width, height = picture.source_size
    dimensions = Text(f"{width}\xa0×\xa0{height}", width * height)
    return picture, name, dimensions, Text(picture.source_mode), size


def _is_left_out(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if sys.platform != "win32":
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return True
    # A junction leads elsewhere, as a link does, and yet counts as a folder.
    is_junction = status.st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    return is_junction or bool(status.st_file_attributes & stat.FILE_ATTRIBUTE_HIDDEN)


def _size_if_file(entry: os.DirEntry[str]) -> int | None:
    try:
        status = entry.stat()
    except OSError:  # a link that leads nowhere, or in a circle
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _not_listed(folder: Path, error: OSError) -> SourceNotFound | SourceRefused:
    shown = quote(str(folder))
    if isinstance(error, PermissionError):
        return SourceRefused(f"{shown}: no permission to read this folder; ask its owner")
    if isinstance(error, FileNotFoundError):
        return SourceNotFound(f"no folder {shown}; check the path")
    return SourceNotFound(f"{shown} cannot be listed: {error.strerror or error}")


def _no_images(folder: Path, recursive: bool) -> str:
    where = "" if recursive else "; the folders within it were not searched, recursive=True does it"
    return (
        f"no images in {quote(str(folder))}: no visible file in it ends in "
        f".jpg, .png or another suffix of an image{where}"
    )
