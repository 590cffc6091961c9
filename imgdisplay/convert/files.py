"""Pictures for libraries that want a file: as an object, or under a name.

A name must be one that any library can use: some look at its suffix, some resolve it to a real
path before they open it. An anonymous memory file (``/proc/…/fd/…``) has no suffix, and
tifffile and ``Path.resolve(strict=True)`` do not find it; through a link that has one,
scikit-image fails as well. So the name is that of a file in a file system that lives in memory,
where there is one (Linux: ``/dev/shm``), and ``anonymous=True`` gives the other kind.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

from imgdisplay.convert.encoders import SUFFIXES
from imgdisplay.convert.keywords import EncodingArgs
from imgdisplay.convert.writing import FileFormat, write
from imgdisplay.errors import OptionError
from imgdisplay.options import takes

__all__ = ["as_file", "as_path"]


@takes(EncodingArgs)
def as_file(
    source: object,
    format: FileFormat | None = "png",  # noqa: A002
    **options: Unpack[EncodingArgs],
) -> io.BytesIO:
    """Return the whole picture as a file object at position 0, named ``image.png`` or the like.

    Parameters
    ----------
    source, format, **options
        As for `to_bytes`.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As `to_bytes`.

    Examples
    --------
    >>> from PIL import Image
    >>> file = as_file(Image.new("RGB", (640, 480), "teal"), "jpeg")
    >>> file.name, file.tell(), file.read(3)
    ('image.jpg', 0, b'\\xff\\xd8\\xff')
    """
    written = write(source, format, options)
    file = io.BytesIO(written.data)
    file.name = f"image{SUFFIXES[written.format]}"
    return file


@takes(EncodingArgs)
@contextmanager
def as_path(
    source: object,
    format: FileFormat | None = "png",  # noqa: A002
    *,
    anonymous: bool = False,
    **options: Unpack[EncodingArgs],
) -> Iterator[str]:
    """Give a path that any library can open by name, for the time of a ``with`` block.

    On Linux the file lives in memory (``/dev/shm``), and nothing is written to a disk as long
    as there is room; elsewhere it is a temporary file. Only this user can read it. It is closed
    while you use it, and removed when the block ends, however it ends; what a killed process
    left in memory, the next call removes.

    Parameters
    ----------
    source, format, **options
        As for `to_bytes`.
    anonymous
        Linux only: an anonymous memory file, which stands in no directory and vanishes even if
        the process is killed. Its path has no suffix, and libraries that resolve paths, as
        tifffile does, cannot open it. Other processes of this user can.

    Yields
    ------
    str
        An absolute path with the suffix of the format.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As `to_bytes`.

    Examples
    --------
    >>> from PIL import Image
    >>> from pathlib import Path
    >>> with as_path(Image.new("RGB", (640, 480), "teal")) as path:
    ...     Path(path).name, Path(path).stat().st_size > 0
    ('image.png', True)
    >>> Path(path).exists()
    False
    """
    written = write(source, format, options)
    if anonymous:
        with _nameless(written.data) as path:
            yield path
        return
    name = f"image{SUFFIXES[written.format]}"
    folder = _filled(name, written.data)
    try:
        yield os.path.join(folder.path, name)
    finally:
        folder.remove()


def _filled(name: str, data: bytes) -> _Folder:
    """Return a folder with one file, in memory if there is such a place with enough room."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            _sweep(MEMORY)
            return _Folder(MEMORY, name, data, must_lock=True)
    return _Folder(None, name, data)


class _Folder:
    """A private folder that is removed for sure: at exit, if not before."""

    def __init__(
        self, parent: str | None, name: str, data: bytes, *, must_lock: bool = False
    ) -> None:
        self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
        self._owner = os.getpid()
        self._lock: int | None = None
        atexit.register(self.remove)
        try:
            if must_lock:
                self._lock = _locked(self.path)
            with open(os.path.join(self.path, name), "xb") as file:
                file.write(data)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove the folder, if this is the process that made it."""
        if os.getpid() != self._owner:
            return
        for pause in _PAUSES:
            shutil.rmtree(self.path, ignore_errors=True)
            if not os.path.lexists(self.path):
                break
            time.sleep(pause)  # on Windows, the library may not have closed the file yet
        else:
            return  # tried again at exit
        if self._lock is not None:
            os.close(self._lock)
        atexit.unregister(self.remove)


MEMORY = "/dev/shm"
"""Where Linux keeps files in memory (Filesystem Hierarchy Standard 3.0, section 6.1.5)."""

_PREFIX = "imgdisplay-path-"
_MADE_BY_US = re.compile(re.escape(_PREFIX) + "[a-z0-9_]{8}")  # as tempfile.mkdtemp names them
_PAUSES = (0.01, 0.05, 0.2, 0.5)
_NEW = 60
"""Seconds in which a folder is not swept: it is locked only after it was made."""


def _locked(folder: str) -> int:
    """Lock a folder as long as this process lives, and return the descriptor of the lock.

    Raises
    ------
    OSError
        If another process holds it.
    """
    import fcntl  # not on Windows

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _sweep(parent: str) -> None:
    """Remove what killed processes of this user left behind: folders that nobody locks."""
    with os.scandir(parent) as entries:
        for entry in entries:
            if not _MADE_BY_US.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                old = time.time() - status.st_mtime > _NEW
                mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
                if old and mine and len(os.listdir(entry.path)) <= 1:
                    descriptor = _locked(entry.path)
                    shutil.rmtree(entry.path, ignore_errors=True)
                    os.close(descriptor)


@contextmanager
def _nameless(data: bytes) -> Iterator[str]:
    if not hasattr(os, "memfd_create"):
        raise OptionError(
            "anonymous=True: only Linux has anonymous memory files; without it, as_path works "
            "on every system"
        )
    descriptor = os.memfd_create("imgdisplay")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        # Not /proc/self: the path is to mean the same in other processes.
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)
