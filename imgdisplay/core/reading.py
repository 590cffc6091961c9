"""A picture's file as its decoder reads it: in time, and not in more parts than a picture has.

Pillow reads headers part by part and pixels block by block, so that a decoder can be stopped
between two reads. A file of a million empty parts, or one whose directory points to the same
megabytes again and again, shows by the number and the size of these reads.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import IO, Any

from imgdisplay.errors import SourceRefused, within

__all__ = ["Reader"]

_HEADER_READS = 20_000
"""Reads of a header: a PNG takes five for each chunk before its pixels, a JPEG four for each
segment, a TIFF three for each tag."""

_HEADER_SECONDS = 0.5
"""Of this thread's work. Pillow joins EXIF segments in quadratic time, for example."""

_HEADER_EXCESS = 16 * 2**20
"""Bytes that a header may be read beyond the size of its file; tags may point anywhere."""

_LOOKED_AT = 64
"""Reads of a header after which its limits are looked at: most headers have fewer."""

_BLOCK = 2**16
"""Bytes read at once after which the time is looked at: often they are all of the file."""

_PIXEL_READS, _BYTES_PER_READ = 100_000, 256
"""Reads of the pixels of a PNG: as many, and one for so many bytes of the file."""

_ADVICE = "to show it all the same, load it with Pillow and pass the image"


class Reader:
    """A file for a decoder, which raises `SourceRefused` when it is used for too long.

    It does not own the file that it reads, and its ``close`` does nothing.

    Parameters
    ----------
    stream
        The file, at its beginning.
    name
        What to call it.
    moment
        Of `time.monotonic`, after which nothing is read any more.
    timeout
        The option that the moment comes from, for the message.

    Attributes
    ----------
    refusal
        What was raised; decoders may hide it behind an error of their own.
    """

    def __init__(self, stream: IO[bytes], name: str, moment: float, timeout: float) -> None:
        self.refusal: SourceRefused | None = None
        self.seek: Callable[..., int] = stream.seek
        self.tell: Callable[[], int] = stream.tell
        self._stream = stream
        self._read = stream.read
        self._name = name
        self._moment = moment
        self._timeout = timeout
        self._is_header = True
        self._reads = 0
        self._most_reads = _HEADER_READS
        self._bytes = 0
        self._started = 0.0

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        self._reads = reads = self._reads + 1
        if not self._is_header:
            self._check()
            return self._read(size)
        if not reads % _LOOKED_AT:
            self._check_header()
        data = self._read(size)
        self._bytes += len(data)
        if len(data) > _BLOCK:
            self._check()
        return data

    def readline(self, size: int = -1) -> bytes:
        """Read a line as the file does."""
        start = self.tell()
        line, found, _ = self.read(size if size >= 0 else 2**16).partition(b"\n")
        line += found
        self.seek(start + len(line))
        return line

    def seekable(self) -> bool:
        """Tell that it is, as some plugins ask."""
        return True

    def close(self) -> None:
        """Leave the file open: somebody else closes it."""

    def header_is_read(self, format_: str | None) -> None:
        """Lift the limits of headers; from now on the pixels are read."""
        self._is_header = False
        self._reads = 0
        self._most_reads = 2**62
        if format_ == "PNG":  # in chunks, which may be as small as the file's maker likes
            self._most_reads = _PIXEL_READS + self._size() // _BYTES_PER_READ

    def for_libtiff(self) -> None:
        """Offer the whole file, which libtiff reads by itself, without a copy in memory."""
        # Attributes that are there or not: so Pillow asks for them.
        for name in ("getvalue", "fileno"):
            if hasattr(self._stream, name):
                setattr(self, name, getattr(self._stream, name))

    def buffered(self) -> IO[bytes]:
        """Return a file for decoders that read byte by byte, which asks for time in blocks."""
        return io.BufferedReader(_Blocks(self), 2**16)

    def _check(self) -> None:
        if time.monotonic() > self._moment:
            self._refuse(f"is not decoded {within('timeout', self._timeout)}")
        if self._reads > self._most_reads:
            self._refuse(f"has more than {self._most_reads // 3:,} parts; {_ADVICE}")

    def _check_header(self) -> None:
        self._check()
        now = time.thread_time()
        self._started = self._started or now
        if now - self._started > _HEADER_SECONDS:
            self._refuse(f"has a header that takes too long to read; {_ADVICE}")
        if self._bytes > _HEADER_EXCESS and self._bytes > _HEADER_EXCESS + self._size():
            self._refuse(f"has a header that repeats the same bytes; {_ADVICE}")

    def _size(self) -> int:
        position = self.tell()
        size = self.seek(0, io.SEEK_END)
        self.seek(position)
        return size

    def _refuse(self, why: str) -> None:
        self.refusal = SourceRefused(f"{self._name} {why}")
        raise self.refusal


class _Blocks(io.RawIOBase):
    """A `Reader` below a buffer; neither closes the file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._reader.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()
