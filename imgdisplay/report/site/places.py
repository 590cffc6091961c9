"""Where a folder of pages is written: a folder here, or an address of fsspec's.

A report appears as a whole or not at all. In a folder here it is made beside its place and put
there in the last step. A store knows no such step; there its pages go into a folder of their
own below the address, and the index, which leads to them, is written when they are all there.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from imgdisplay.core.files import as_utf8, write_quickly, write_whole
from imgdisplay.core.paths import open_path, path_from_file_url
from imgdisplay.core.remote.addresses import is_remote, shown_address
from imgdisplay.errors import MissingExtra, OptionError, missing_extra, quote

__all__ = ["INDEX", "MARK", "AddressPlace", "FolderPlace", "Place", "Target", "folder_asked"]

INDEX = "index.html"

MARK = '<meta name="generator" content="imgdisplay: a folder of pages">'
"""Stands in the index of a folder that may be replaced."""

_MARKED_WITHIN = 4096

_OURS = re.compile(r"index\.html|page-[\d-]+\.html|(s\d+-)?part-[\d-]+\.html|search|images")
_OF_NOBODY = re.compile(
    r"\.imgdisplay-[0-9a-f]{12}\.part(-old)?|\.DS_Store|Thumbs\.db|desktop\.ini"
)
_INSIDE = {"search": re.compile(r"[\w-]+\.js"), "images": re.compile("[0-9a-f]{2}")}
_RUN = re.compile(r"pages-[0-9a-f]{8}")


class Place(Protocol):
    """Takes files; it can be sent to other processes."""

    def write(self, name: str, parts: Iterable[str | bytes]) -> int:
        """Write a file, or replace it as a whole, and return its size in bytes."""
        ...

    def write_once(self, name: str, data: bytes) -> None:
        """Write a file that always has the same content, unless it is there."""
        ...


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder here.

    Attributes
    ----------
    path
        The folder, which must be there.
    """

    path: str

    def write(self, name: str, parts: Iterable[str | bytes]) -> int:
        target = self._within(name)
        write_whole(target, parts)
        return os.stat(open_path(target)).st_size

    def write_once(self, name: str, data: bytes) -> None:
        target = self._within(name)
        if os.path.exists(open_path(target)):
            return
        write_quickly(target, data)

    def _within(self, name: str) -> str:
        """Return the path of a file whose folder is there."""
        if not os.path.isdir(open_path(self.path)):
            raise FileNotFoundError(
                errno.ENOENT,
                "the folder of the report is not there; workers on other machines need an "
                "address that all of them reach, such as s3://bucket/folder/",
                self.path,
            )
        path = os.path.join(self.path, *name.split("/"))
        inside = self.path
        for part in name.split("/")[:-1]:
            # Not `makedirs`: a report that has been given up must not come up again.
            inside = os.path.join(inside, part)
            with suppress(FileExistsError):
                os.mkdir(open_path(inside))
        return path


@dataclass(frozen=True, slots=True)
class AddressPlace:
    """A folder at an address of fsspec's, such as ``s3://bucket/folder``.

    Attributes
    ----------
    address
        The address, without a slash at its end.
    """

    address: str

    def write(self, name: str, parts: Iterable[str | bytes]) -> int:
        # In one piece: what is written in several ones is there in part when it is interrupted.
        data = b"".join(as_utf8(part) if isinstance(part, str) else part for part in parts)
        self.write_once(name, data)
        return len(data)

    def write_once(self, name: str, data: bytes) -> None:
        system, path = self.opened()
        target = f"{path}/{name}"
        system.makedirs(target.rpartition("/")[0], exist_ok=True)
        system.pipe_file(target, data)

    def opened(self) -> tuple[Any, str]:
        """Return fsspec's file system, and the path in it.

        Raises
        ------
        MissingExtra
            If fsspec or what it needs for such addresses is not installed.
        OptionError
            If it knows no such addresses.
        """
        shown = shown_address(self.address)
        try:
            core: Any = import_module("fsspec.core")
        except ImportError:
            raise missing_extra(f"to write to {shown} needs fsspec", "remote") from None
        try:
            system, path = core.url_to_fs(self.address)
        except ImportError as error:
            raise MissingExtra(
                f"{shown} needs a library besides fsspec, which says {quote(str(error))}"
            ) from None
        except ValueError as error:
            raise OptionError(f"{shown}: {quote(str(error))}") from None
        return system, str(path).rstrip("/")


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that is being written.

    Attributes
    ----------
    root
        Takes the index.
    pages
        Takes everything else.
    inside
        The folder of the pages as seen from the index: empty, or with a slash at its end.
    folder
        Where the pages will be, if that is here.
    """

    root: Place
    pages: Place
    inside: str = ""
    folder: Path | None = None

    @property
    def up(self) -> str:
        """The folder of the index as seen from the pages."""
        return "../" if self.inside else ""


class Target(Protocol):
    """Where somebody wants a folder of pages."""

    @property
    def given(self) -> Path | str:
        """The folder as a path, or its address."""
        ...

    def open(self) -> Any:
        """Return a context manager that gives an `Opened`, and ends with all of it or nothing."""
        ...


def folder_asked(path: str | os.PathLike[str]) -> Target | None:
    """Return where a folder of pages is wanted, or None if a file is.

    A folder is a path that ends with a separator, that of a folder which is there and is not
    named like a page, or one without suffix, unless there is a file of that name; and every
    address with ``://``.

    Examples
    --------
    >>> folder_asked("out/"), folder_asked("report.html")
    (FolderTarget(given=PosixPath('out')), None)
    >>> folder_asked("s3://bucket/out/")
    AddressTarget(given='s3://bucket/out/')
    """
    asked = os.fspath(path)
    if isinstance(asked, str) and asked[:5].lower() == "file:":
        try:
            asked = path_from_file_url(asked, windows=os.name == "nt")
        except ValueError as error:
            raise OptionError(f"{quote(asked)} is no address of a folder: {error}") from None
        return FolderTarget(Path(asked))
    if isinstance(path, str) and is_remote(path):
        return AddressTarget(path)
    separators = tuple(filter(None, (os.sep, os.altsep)))
    target = Path(asked)
    suffix = target.suffix.lower()
    is_folder = suffix not in _OF_PAGES and os.path.isdir(open_path(str(target)))
    without_suffix = not suffix and not os.path.exists(open_path(str(target)))
    if asked.endswith(separators) or is_folder or without_suffix:
        return FolderTarget(target)
    return None


_OF_PAGES = frozenset({".html", ".htm", ".md", ".pdf"})


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder of pages here."""

    given: Path

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """Give a new folder beside the place, and put it there in the end.

        Raises
        ------
        OptionError
            If there is something else, which is not to be replaced.
        OSError
            If the folder cannot be made.
        """
        target = Path(os.path.realpath(self.given))
        _check(target, self.given)
        beside = target if _stays(target) else target.parent
        unfinished = beside / f".imgdisplay-{secrets.token_hex(6)}.part"
        with _named(self.given):
            os.mkdir(open_path(str(unfinished)))
        place = FolderPlace(str(unfinished))
        try:
            with _named(self.given, within=unfinished):
                yield Opened(place, place, folder=target)
            _check(target, self.given)  # hours may have passed
            _sweep(unfinished)
            with _named(self.given):
                (_fill if beside == target else _put)(unfinished, target)
        finally:
            _remove(unfinished)


def _check(target: Path, given: Path) -> None:
    """Refuse to replace what is no folder of pages."""
    shown = quote(str(given))
    try:
        listed = os.listdir(open_path(str(target)))
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise OptionError(f"{shown} is no folder; give the name of a new folder") from None
    names = [name for name in listed if not _OF_NOBODY.fullmatch(name)]
    others = sorted(name for name in names if not _OURS.fullmatch(name))
    others += [f"{name}/{other}" for name in _INSIDE for other in _others_in(target, name)]
    if not others and (not names or _is_index(target / INDEX)):
        return
    what = quote(others[0]) if others else "pages that are not ours"
    raise OptionError(
        f"{shown} is a folder that holds other things ({what}), and only a folder of pages is "
        "replaced; give the name of a new one"
    )


def _others_in(target: Path, name: str) -> list[str]:
    try:
        inside = os.listdir(open_path(str(target / name)))
    except OSError:
        return []
    known = _INSIDE[name]
    return sorted(
        other for other in inside if not known.fullmatch(other) and not _OF_NOBODY.fullmatch(other)
    )


def _is_index(path: Path) -> bool:
    try:
        with open(open_path(str(path)), "rb") as file:
            return MARK.encode() in file.read(_MARKED_WITHIN)
    except OSError:
        return False


def _sweep(folder: Path) -> None:
    """Remove files that were not finished, by workers that were killed."""
    for inside, _, names in os.walk(open_path(str(folder))):
        for name in names:
            if name.endswith(".part"):
                os.unlink(os.path.join(inside, name))


def _put(unfinished: Path, target: Path) -> None:
    """Put a folder to its place; what is there is taken away afterwards."""
    new, there = open_path(str(unfinished)), open_path(str(target))
    old = open_path(str(target.with_name(f"{unfinished.name}-old")))
    replaces = os.path.exists(there)
    if replaces:
        os.rename(there, old)
    try:
        os.rename(new, there)
    except BaseException:
        if replaces:
            os.rename(old, there)
        raise
    if replaces:
        shutil.rmtree(old, ignore_errors=True)


def _stays(target: Path) -> bool:
    """Tell whether a folder is one that cannot be moved, or should not be."""
    path = open_path(str(target))
    if not os.path.isdir(path):
        return False
    is_here = os.path.samefile(path, os.curdir)
    return is_here or os.path.ismount(path) or not os.access(os.path.dirname(path), os.W_OK)


def _fill(unfinished: Path, target: Path) -> None:
    """Put what is in a folder within `target` into `target`: the index last of all.

    Not in one step, but whatever fails on the way, what was there is put back.
    """
    old = target / f"{unfinished.name}-old"
    os.mkdir(open_path(str(old)))
    moved: list[tuple[Path, Path]] = []
    try:
        for source, place in ((target, old), (unfinished, target)):
            names = set(os.listdir(open_path(str(source)))) - {unfinished.name, old.name}
            for name in sorted(names, key=lambda name: (name == INDEX) == (source == unfinished)):
                os.rename(open_path(str(source / name)), open_path(str(place / name)))
                moved.append((source / name, place / name))
    except BaseException:
        for source, place in reversed(moved):
            os.rename(open_path(str(place)), open_path(str(source)))
        raise
    finally:
        shutil.rmtree(open_path(str(old)), ignore_errors=True)


def _remove(folder: Path) -> None:
    path = open_path(str(folder))
    for _ in range(3):  # a thread that has not heard of the end may still be writing
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.exists(path):
            return


@contextmanager
def _named(path: Path, *, within: Path | None = None) -> Iterator[None]:
    """Let errors tell the name that was given; people look for that one.

    Parameters
    ----------
    within
        Errors of other places than this folder stay as they are.
    """
    try:
        yield
    except OSError as error:
        if within is not None and not str(error.filename or "").startswith(str(within)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


@dataclass(frozen=True, slots=True)
class AddressTarget:
    """A folder of pages at an address."""

    given: str

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """Give a new folder for the pages, and remove that of an older report in the end.

        Raises
        ------
        OptionError
            If there is something else, which is not to be replaced.
        MissingExtra
            If fsspec or what it needs for such addresses is not installed.
        """
        address = self.given.rstrip("/")
        if "://" not in address:
            raise OptionError(f"{quote(self.given)} names no place; give an address with a folder")
        root = AddressPlace(address)
        system, path = root.opened()
        older = _older_pages(system, path, self.given)
        inside = f"pages-{secrets.token_hex(4)}"
        try:
            yield Opened(root, AddressPlace(f"{root.address}/{inside}"), f"{inside}/")
        except BaseException:
            with suppress(Exception):  # the error on its way tells more
                system.rm(f"{path}/{inside}", recursive=True)
            raise
        for name in older:
            with suppress(FileNotFoundError):
                system.rm(f"{path}/{name}", recursive=True)


def _older_pages(system: Any, path: str, given: str) -> list[str]:
    """Return the folders of pages at an address, and refuse to write among other things."""
    system.invalidate_cache()
    try:
        found = system.ls(path, detail=False)
    except FileNotFoundError:
        return []
    names = {str(name).rstrip("/").rpartition("/")[2] for name in found if str(name) != path}
    others = sorted(name for name in names if name != INDEX and not _RUN.fullmatch(name))
    if INDEX in names:
        head = system.cat_file(f"{path}/{INDEX}", start=0, end=_MARKED_WITHIN)
        others += [] if MARK.encode() in head else [INDEX]
    if others:
        raise OptionError(
            f"there are other things at {shown_address(given)} ({quote(others[0])}), and only a "
            "folder of pages is replaced; give a new address"
        )
    return sorted(names - {INDEX})
