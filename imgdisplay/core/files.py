"""Files are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imgdisplay.core.html import whole_characters
from imgdisplay.core.paths import open_path
from imgdisplay.errors import OptionError, quote

__all__ = ["as_utf8", "check_target", "write_quickly", "write_whole"]


def write_whole(path: str | os.PathLike[str], parts: Iterable[str | bytes]) -> Path:
    """Write texts, as UTF-8, or bytes one after the other into a file, and return its path.

    They go into a new file in the same folder, which takes the place of an older one in one
    step when all is written. Whatever happens before, a ``KeyboardInterrupt`` included, leaves
    the older one as it is. A link stays one, and what it leads to is replaced. Who may read the
    older one may read the new one, and nobody else.

    Raises
    ------
    OptionError
        If `path` is something else than a file.
    OSError
        If the file cannot be written.
    """
    wanted = Path(path)
    check_target(wanted)
    target = Path(os.path.realpath(wanted))
    unfinished = open_path(_unfinished(str(target)))
    try:
        mode = _mode_of(target)
        with _named(wanted):
            # Not readable for more people at any time.
            made = os.open(unfinished, _NEW, 0o666 if mode is None else mode)
            file = open(made, "wb")  # noqa: SIM115 - closed below
        try:
            for part in parts:
                data = as_utf8(part) if isinstance(part, str) else part
                with _named(wanted):
                    file.write(data)
            with _named(wanted):
                if mode is not None:
                    os.chmod(unfinished, mode)  # what the umask took away
                file.flush()
                os.fsync(file.fileno())
        finally:
            with suppress(OSError):  # what there was no room for before
                file.close()
        with _named(wanted):
            os.replace(unfinished, open_path(str(target)))
    except BaseException:
        with suppress(OSError):  # there is none if it could not even be made
            os.unlink(unfinished)
        raise
    return wanted


def write_quickly(path: str, data: bytes) -> None:
    """Write a file that appears as a whole, without waiting until it is on the disk.

    That takes milliseconds for each file, and a loss of power may cut it short.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    unfinished = open_path(_unfinished(path))
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
        os.replace(unfinished, open_path(path))
    except BaseException as error:
        with suppress(OSError):  # there is none if it could not even be made
            os.unlink(unfinished)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, path) from None
        raise


def _unfinished(target: str) -> str:
    return os.path.join(os.path.dirname(target), f".imgdisplay-{secrets.token_hex(6)}.part")


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _mode_of(target: Path) -> int | None:
    """Return the permissions of a file that is there."""
    try:
        return stat.S_IMODE(os.stat(open_path(str(target))).st_mode) & 0o777
    except OSError:
        return None


def check_target(path: Path) -> None:
    """Refuse a target that is there and is no file, or whose folder is not there.

    To replace a device or a folder by a file is never what was meant.

    Raises
    ------
    OptionError
        If `path` is something else than a file.
    FileNotFoundError
        If there is no folder to write it to.
    """
    try:
        mode = os.stat(open_path(os.path.realpath(path))).st_mode
    except FileNotFoundError:
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.lexists(open_path(folder)):
            raise FileNotFoundError(errno.ENOENT, "no such folder to write to", str(path)) from None
        return  # there is none yet
    except OSError:
        return  # the attempt to write says why not
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise OptionError(f"{quote(str(path))} is {what}; give the name of a file to write")


def as_utf8(text: str) -> bytes:
    """Return a text as UTF-8; lone surrogates, which have no such form, become U+FFFD.

    Examples
    --------
    >>> as_utf8("a\\udcffb").decode()
    'a\ufffdb'
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        return whole_characters(text).encode()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let errors tell the name that was given; people look for that one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
