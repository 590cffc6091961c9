"""A folder of pictures beside a file that shows them, changed together with it.

Pictures are named by what is in them: those of an older version can stay where they are while
the new ones are written beside them, equal ones are stored once, and what did not change is the
same file for a version control system.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from imgdisplay.core.encode import suffix_of
from imgdisplay.core.files import write_quickly
from imgdisplay.core.paths import open_path
from imgdisplay.errors import OptionError, quote

__all__ = ["PictureFolder", "check_folder", "picture_folder"]

_OURS = re.compile(r"([0-9a-f]{20})\.(?:png|jpg|webp|avif|gif)")


class PictureFolder:
    """The pictures of one file, as `picture_folder` opens it.

    Attributes
    ----------
    path
        Where it is. It is made when the first picture comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_new = False
        self._names: dict[str, bool] = {}

    def add(self, data: bytes, mime: str) -> str:
        """Store a picture, if there is none of the same bytes, and return its name.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        name = _digest(data) + suffix_of(mime)
        if name not in self._names:
            if not self._names:
                self._make()
            target = self.path / name
            is_there = _bytes_of(target) == data
            if not is_there:
                # Before it is written: what is interrupted on the way is undone.
                self._names[name] = not os.path.lexists(open_path(str(target)))
                # One that a loss of power cuts short no longer has the bytes that it is named
                # by, and is written again the next time.
                write_quickly(str(target), data)
            self._names.setdefault(name, False)
        return name

    def _make(self) -> None:
        try:
            os.mkdir(open_path(str(self.path)))
            self._is_new = True
        except FileExistsError:
            check_folder(self.path)

    def undo(self) -> None:
        """Take back what was added."""
        for name, is_new in self._names.items():
            if is_new:
                with suppress(OSError):
                    os.unlink(open_path(str(self.path / name)))
        if self._is_new:
            self._remove_if_empty()

    def clear(self) -> None:
        """Remove the pictures of an older version: files that are named by their own bytes."""
        for path in _files_in(self.path):
            named = _OURS.fullmatch(path.name)
            if named is None or path.name in self._names:
                continue
            data = _bytes_of(path)
            if data is not None and _digest(data) == named[1]:
                with suppress(OSError):
                    os.unlink(open_path(str(path)))
        if not self._names:
            self._remove_if_empty()

    def _remove_if_empty(self) -> None:
        with suppress(OSError):
            os.rmdir(open_path(str(self.path)))


@contextmanager
def picture_folder(path: Path) -> Iterator[PictureFolder]:
    """Open a folder of pictures for a ``with`` block in which the file that shows them is written.

    If the block fails or is interrupted, the folder is as it was before. At its end, pictures
    that an older version of the file has shown are removed; files of others never are.
    """
    folder = PictureFolder(path)
    try:
        yield folder
    except BaseException:
        folder.undo()
        raise
    folder.clear()


def check_folder(path: Path) -> None:
    """Refuse a place that is taken by something else than a folder.

    Raises
    ------
    OptionError
        If there is a file of that name.
    """
    try:
        mode = os.stat(open_path(str(path))).st_mode
    except OSError:
        return  # there is none yet, or the attempt to write says why not
    if not stat.S_ISDIR(mode):
        raise OptionError(
            f"{quote(str(path))} is no folder, and the pictures are to be written there; "
            "choose another name"
        )


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=10).hexdigest()


def _bytes_of(path: Path) -> bytes | None:
    """Return what is in an ordinary file, or None if it is none."""
    try:
        if not stat.S_ISREG(os.lstat(open_path(str(path))).st_mode):
            return None
        with open(open_path(str(path)), "rb") as file:
            return file.read()
    except OSError:
        return None


def _files_in(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(open_path(str(folder)))]
    except OSError:
        return []
