"""Where the bytes of a picture come from: a regular file, memory, or somebody's file object.

Nothing is decoded here. What is not a regular file is refused before it is read, so that a
FIFO or a device neither hangs nor fills the memory.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import IO, cast

from imgdisplay.core.paths import is_device, is_unc, open_path, strip_extended_prefix, unc_host
from imgdisplay.errors import (
    DecodeError,
    SourceNotFound,
    SourceRefused,
    UnsupportedSource,
    more_than,
    quote,
)
from imgdisplay.options import Options

__all__ = ["Encoded", "file_name", "read_exactly", "why_not_contacted", "within_bytes"]

FILE_LIMIT = 256 * 2**20
MEMORY_LIMIT = 32 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The encoded bytes of one picture: exactly one of `path`, `data` and `stream` is set.

    Attributes
    ----------
    name
        What to call it in alternative texts; empty if it has no name.
    frame
        Which picture of several, counted from 0.
    fetched
        It is from another machine.
    """

    path: str | None = None
    data: bytes | None = None
    stream: IO[bytes] | None = None
    name: str = ""
    frame: int = 0
    fetched: bool = False

    def held(self, options: Options) -> Encoded:
        """Return it in a form that can be opened more than once.

        Raises
        ------
        SourceRefused, UnsupportedSource
            If a stream that cannot be put back has too many bytes, or none.
        """
        if self.stream is None or _can_be_put_back(self.stream):
            return self
        with self.open(options) as file:
            return Encoded(None, file.read(), None, self.name, self.frame, self.fetched)

    @contextmanager
    def open(
        self, options: Options, *, in_parts: Callable[[bytes], bool] | None = None
    ) -> Iterator[IO[bytes]]:
        """Open it for reading from its beginning; closed, or put back, afterwards.

        Parameters
        ----------
        options
            ``max_file_bytes``, None for the default of its kind, and which other machines a
            path may lead to.
        in_parts
            Tells from the first bytes of a larger file whether no more than parts of it will be
            read: then the default limit of files does not hold.

        Raises
        ------
        SourceNotFound, SourceRefused, UnsupportedSource
        """
        limit = options.max_file_bytes
        if self.path is not None:
            with _open_regular_file(self.path, options) as file:
                if limit or not _in_parts(file, FILE_LIMIT, in_parts):
                    within_bytes(file, limit, quote(strip_extended_prefix(self.path)))
                yield file
        elif self.data is not None:
            held = io.BytesIO(self.data)
            if limit or not _in_parts(held, MEMORY_LIMIT, in_parts):
                _within(len(self.data), limit or MEMORY_LIMIT, self.name or "the data")
            yield held
        elif self.stream is not None:
            with _borrowed(self.stream, limit) as file:
                if limit or not _in_parts(file, FILE_LIMIT, in_parts):
                    within_bytes(file, limit, "the file object")
                yield file


def file_name(path: object) -> str:
    """Return the last part of a path for people to read; empty if it is none.

    Examples
    --------
    >>> file_name("holiday/beach.jpg")
    'beach.jpg'

    Of an address without what follows its path, which may be a secret:

    >>> file_name("https://example.org/beach.jpg?signature=secret")
    'beach.jpg'
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        return ""
    shown = strip_extended_prefix(os.fsdecode(path))
    if "://" in shown:
        shown = re.split("[?#]", shown, maxsplit=1)[0]
    last = shown.rpartition("/")[2]
    if os.name != "nt" and "\\" not in shown[:3] and last not in _NO_NAMES:
        return last  # what pathlib says, in a tenth of the time
    # A backslash separates where Windows rules, and in names that only Windows writes.
    flavour = PureWindowsPath if os.name == "nt" or "\\" in shown[:3] else PurePosixPath
    return flavour(shown).name


_NO_NAMES = frozenset({"", ".", ".."})


def why_not_contacted(path: str, options: Options) -> str:
    r"""Return why the machine that a path leads to may not be contacted; "" if it may, or is ours.

    Examples
    --------
    >>> why_not_contacted(r"\\server\share\a.png", Options(remote=True, remote_hosts="other"))
    'a machine that is not among remote_hosts; add it with remote_hosts=…'
    """
    if not is_unc(path) or (os.name != "nt" and path[:1] != "\\"):
        return ""
    if not options.remote:
        return "another machine, which opening it would log in to; pass remote=True to allow that"
    from imgdisplay.core.remote.addresses import is_listed  # only who reaches others needs it

    if options.remote_hosts is None or is_listed(unc_host(path), options.remote_hosts):
        return ""
    return "a machine that is not among remote_hosts; add it with remote_hosts=…"


@contextmanager
def _open_regular_file(path: str, options: Options) -> Iterator[IO[bytes]]:
    shown = quote(strip_extended_prefix(path))
    if why_not := why_not_contacted(path, options):
        raise SourceRefused(f"{shown} is on {why_not}")
    if os.name == "nt" and is_device(path):
        raise SourceRefused(f"{shown} is a device, not a file; {_ADVICE}")
    opened = open_path(path)
    try:
        if not stat.S_ISREG(os.stat(opened).st_mode):
            # Asked before opening: opening a FIFO waits for a writer, a device may act on it.
            kind = _kind(os.stat(opened).st_mode)
            raise SourceRefused(f"{shown} is {kind}, not a file; {_ADVICE}")
        descriptor = os.open(opened, os.O_RDONLY | _NO_WAITING)
    except (FileNotFoundError, NotADirectoryError):
        raise SourceNotFound(f"no file {shown}; {_where_to_look(path)}") from None
    except PermissionError:
        raise SourceRefused(f"{shown}: no permission to read it; ask its owner") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = f"; {_BASE64}" if path.startswith(_ENCODED) else ""
        raise SourceNotFound(f"{shown} cannot be opened: {reason}{hint}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceRefused(f"{shown} is {_kind(status.st_mode)}, not a file; {_ADVICE}")
        yield file


_ADVICE = "give the path of an image file"
_BASE64 = "if it is base64 text, from_base64(…) reads it"
_ENCODED = ("iVBORw0K", "/9j/", "R0lGOD", "UklGR")
"""How base64 of PNG, JPEG, GIF and WebP begins."""

_NO_WAITING = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def _kind(mode: int) -> str:
    for test, word in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return word
    return "something else"


def _where_to_look(path: str) -> str:
    if path.startswith(_ENCODED):
        return _BASE64
    if path.startswith("~"):
        return "~ is not expanded: Path(…).expanduser() does it"
    relative = (
        "" if PurePath(path).is_absolute() else ", which is relative to the working directory"
    )
    return f"check the path{relative}"


@contextmanager
def _borrowed(stream: IO[bytes], limit: int | None) -> Iterator[IO[bytes]]:
    if isinstance(stream, io.TextIOBase):
        raise UnsupportedSource(f"{quote(stream)} is open as text; open it with mode 'rb'")
    if getattr(stream, "closed", False):
        raise UnsupportedSource(f"{quote(stream)} is closed; pass an open file or its path")
    try:
        position = stream.tell()
        stream.seek(0, io.SEEK_END)
    except (AttributeError, OSError, ValueError):  # a pipe or a socket cannot be put back
        yield io.BytesIO(_read_all(stream, limit or MEMORY_LIMIT))
        return
    try:
        stream.seek(0)
        yield cast("IO[bytes]", _Unclosable(stream))
    finally:
        stream.seek(position)


class _Unclosable:
    """Somebody's file object without its ``close``, which Pillow's plugins may call."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell

    def seekable(self) -> bool:
        return True

    def readline(self, size: int = -1) -> bytes:
        start = self.tell()
        line, found, _ = self.read(size if size >= 0 else 2**16).partition(b"\n")
        line += found
        self.seek(start + len(line))
        return line

    def close(self) -> None:
        pass


def _can_be_put_back(stream: IO[bytes]) -> bool:
    try:
        stream.seek(stream.tell())
    except (AttributeError, OSError, ValueError):
        return False
    return True


def _read_all(stream: IO[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    while total <= limit:
        part = stream.read(min(2**20, limit + 1 - total))
        if not part:
            return b"".join(parts)
        if not isinstance(part, bytes):
            raise UnsupportedSource(
                f"{quote(stream)} gives {type(part).__name__}, not bytes; open it with mode 'rb'"
            )
        parts.append(part)
        total += len(part)
    _within(total, limit, "the stream")
    raise AssertionError("unreachable")


def within_bytes(file: IO[bytes], limit: int | None, shown: str) -> None:
    """Raise `SourceRefused` if a file has more bytes than are read; it is then at its beginning.

    Parameters
    ----------
    limit
        None for the default of files.
    shown
        What to call it.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    _within(size, limit or FILE_LIMIT, shown)


def read_exactly(stream: IO[bytes], count: int) -> bytes:
    """Return so many bytes of a file from where it stands.

    Raises
    ------
    DecodeError
        If there are fewer.
    """
    data = stream.read(count)
    while len(data) < count:
        more = stream.read(count - len(data))
        if not more:
            raise DecodeError(f"truncated: {count - len(data):,} bytes are missing")
        data += more
    return data


def _in_parts(file: IO[bytes], default: int, in_parts: Callable[[bytes], bool] | None) -> bool:
    """Tell whether a file is over the default limit and no more than parts of it will be read."""
    if in_parts is None or file.seek(0, io.SEEK_END) <= default:
        file.seek(0)
        return False
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    return isinstance(head, bytes) and in_parts(head)


_HEAD = 16


def _within(size: int, limit: int, shown: str) -> None:
    if size > limit:
        raise SourceRefused(f"{shown} has {size:,} bytes, {more_than('max_file_bytes', limit)}")
