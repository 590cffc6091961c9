"""The images of a folder, as a table: picture, name, dimensions, mode, file size."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from imgdisplay.core.broken import Broken
from imgdisplay.core.detect import SUFFIXES
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html, escape
from imgdisplay.core.paths import open_path
from imgdisplay.errors import SourceNotFound, SourceRefused, quote
from imgdisplay.options import Options
from imgdisplay.report.grid import Cell, Grid, Row
from imgdisplay.report.pictures import Picture, draw_pictures
from imgdisplay.report.unreadable import Unreadable, without_folder

__all__ = ["ImageFile", "folder_grid", "human_size", "list_images"]


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
    folder: Path, *, recursive: bool = True
) -> tuple[list[ImageFile], list[Unreadable]]:
    """Return the images of a folder in natural order, and the folders that cannot be read.

    An image is a regular file, or a link to one, with the suffix of an image. Hidden files and
    folders are left out. Links to folders are not followed: they may lead back, or anywhere.

    Parameters
    ----------
    recursive
        List the folders within it, too.

    Raises
    ------
    SourceNotFound, SourceRefused
        If `folder` itself is none, or must not be read.

    Examples
    --------
    >>> list_images(Path("no such folder"))
    Traceback (most recent call last):
    imgdisplay.errors.SourceNotFound: no folder 'no such folder'; check the path
    """
    found: list[ImageFile] = []
    closed: list[Unreadable] = []
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(open_path(str(folder / inside))))
        except OSError as error:
            if not inside:
                raise _not_listed(folder, error) from None
            reason = error.strerror or type(error).__name__
            closed.append(Unreadable(f"{inside}/", f"folder not read: {reason}"))
            continue
        for entry in entries:
            name = f"{inside}/{entry.name}" if inside else entry.name
            if _is_left_out(entry):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting += [name] if recursive else []
            elif PurePath(entry.name).suffix.lower() in SUFFIXES:
                size = _size_if_file(entry)
                if size is not None:
                    found.append(ImageFile(folder / name, name, size))
    found.sort(key=lambda file: natural_key(file.name))
    closed.sort(key=lambda problem: natural_key(problem.name))
    return found, closed


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


def folder_grid(
    folder: Path, options: Options, *, recursive: bool, anchor: str
) -> tuple[Grid, int, tuple[Unreadable, ...]]:
    """Return a table of the images of a folder, their number, and the unreadable ones.

    Raises
    ------
    SourceNotFound
        If there is no image in it.
    """
    files, problems = list_images(folder, recursive=recursive)
    if not files:
        raise SourceNotFound(_no_images(folder, recursive))
    with _progress(len(files)) as advance:
        pictures, note = draw_pictures(
            [file.path for file in files],
            options,
            amend=lambda broken: _without_folder(broken, folder),
            advance=advance,
        )
    rows = []
    for number, (file, picture) in enumerate(zip(files, pictures, strict=True), start=1):
        place = f"{anchor}-{number}" if picture.reason else ""
        if place:
            problems.append(Unreadable(file.name, picture.reason, place))
        rows.append(_row(file, picture, place))
    headings = [Html(text) for text in ("Image", "Name", "Dimensions", "Mode", "Size")]
    grid = Grid.of(headings, rows, heads_rows=1, labelled=False, notes=[escape(note)])
    return grid, len(files), tuple(problems)


def human_size(size: int) -> str:
    """Return a number of bytes for people, in powers of 1000.

    Examples
    --------
    >>> human_size(999), human_size(1_234_567), human_size(45_600_000)
    ('999\xa0B', '1.2\xa0MB', '46\xa0MB')
    """
    number, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f}\xa0{unit}" if unit != "B" and number < 9.95 else f"{number:.0f}\xa0{unit}"


def _without_folder(broken: Broken, folder: Path) -> Broken:
    error = broken.error
    told = without_folder(str(error), folder)
    return dataclasses.replace(broken, error=type(error)(told))


def _row(file: ImageFile, picture: Picture, anchor: str) -> Row:
    result, dimensions, mode = picture.result, "", ""
    if isinstance(result, Thumbnail):
        width, height = result.source_size
        dimensions, mode = f"{width}\xa0×\xa0{height}", result.source_mode
    return Row(
        (
            Cell(picture.markup, "picture", result.width, result.height),
            Cell(_name(file.name, picture.reason)),
            Cell(escape(dimensions), "number"),
            Cell(escape(mode)),
            Cell(escape(human_size(file.size)), "number"),
        ),
        anchor,
    )


def _name(name: str, reason: str) -> Html:
    inside, slash, last = name.rpartition("/")
    before = f'<span class="folder">{escape(inside + slash)}</span>' if slash else ""
    after = f'<span class="reason">{escape(reason)}</span>' if reason else ""
    return Html(f"{before}{escape(last)}{after}")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], object]]:
    """Show a bar on a terminal; without a terminal or tqdm there is none to show."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda count: None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield lambda count: None
        return
    with tqdm(total=total, unit="image", leave=False, file=sys.stderr) as bar:
        yield bar.update


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
        return SourceRefused(f"{shown}: no permission to read this folder")
    if isinstance(error, FileNotFoundError):
        return SourceNotFound(f"no folder {shown}; check the path")
    return SourceNotFound(f"{shown} cannot be listed: {error.strerror or error}")


def _no_images(folder: Path, recursive: bool) -> str:
    where = "" if recursive else "; the folders within it were not searched (recursive=True does)"
    return (
        f"no images in {quote(str(folder))}: no visible file in it ends in "
        f".jpg, .png or another suffix of an image{where}"
    )
