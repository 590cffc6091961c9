"""What becomes of files on bad disks and in bad hands: cut, flipped, their parts in disorder."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

Span = tuple[int, int]

PNG = b"\x89PNG\r\n\x1a\n"


def truncated(data: bytes, parts: int = 10) -> Iterator[bytes]:
    """Yield the first tenth of a file, the first two tenths and so on, and nothing of it."""
    for part in range(parts):
        yield data[: len(data) * part // parts]


def flipped(data: bytes, source: random.Random, most: int = 6) -> bytes:
    """Return a file with some of its bytes exchanged, most of them in its header."""
    broken = bytearray(data)
    for _ in range(source.randint(1, most) if data else 0):
        at = source.randrange(min(len(data), source.choice([32, 128, 1024, len(data)])))
        byte = broken[at]
        broken[at] = source.choice([0, 0xFF, byte ^ 1 << source.randrange(8), (byte + 1) % 256])
    return bytes(broken)


def spans(data: bytes) -> list[Span]:
    """Return where the parts of a file are, of formats that consist of parts; else nothing."""
    for fits, find in _PARTS:
        if fits(data):
            found = islice(find(data), _MOST_PARTS)
            return [(start, end) for start, end in found if start < end <= len(data)]
    return []


_MOST_PARTS = 100


def rearranged(data: bytes) -> Iterator[bytes]:
    """Yield a file with each of its parts left out, doubled, and exchanged with the next."""
    parts = spans(data)
    for number, (start, end) in enumerate(parts):
        part = data[start:end]
        yield data[:start] + data[end:]
        yield data[:end] + part + data[end:]
        if number + 1 < len(parts):
            after, stop = parts[number + 1]
            yield data[:start] + data[after:stop] + data[end:after] + part + data[stop:]
    if len(parts) > 2:
        first, last = parts[0][0], parts[-1][1]
        backwards = b"".join(data[start:end] for start, end in reversed(parts))
        yield data[:first] + backwards + data[last:]


def lying(data: bytes) -> Iterator[bytes]:
    """Yield a file in which the first four bytes of each part, often its length, lie."""
    for start, end in spans(data):
        for lie in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000):
            yield data[:start] + struct.pack(">I", lie)[: end - start] + data[start + 4 :]


def mutations(data: bytes, source: random.Random, flips: int = 12) -> Iterator[bytes]:
    """Yield a file mutated in all of these ways; PNG with the checksums of the broken parts."""
    yield from truncated(data)
    for _ in range(flips):
        yield flipped(data, source)
    yield from rearranged(data)
    yield from lying(data)
    if data.startswith(PNG):
        for _ in range(flips):
            yield with_checksums(flipped(data, source))


def with_checksums(data: bytes) -> bytes:
    """Return a PNG whose checksums fit, so that what is broken in it is looked at."""
    mended = bytearray(data)
    for start, end in _png(data):
        if end - start >= 12:
            mended[end - 4 : end] = struct.pack(">I", zlib.crc32(data[start + 4 : end - 4]))
    return bytes(mended)


def _png(data: bytes) -> Iterator[Span]:
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield at, end
        at = end


def _jpeg(data: bytes) -> Iterator[Span]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xDA:  # what is coded belongs to it, up to the next marker
            while end + 1 < len(data) and not (
                data[end] == 0xFF and data[end + 1] not in (0, *range(0xD0, 0xD8))
            ):
                end += 1
        end = min(end, len(data))
        yield at, end
        at = end


def _gif(data: bytes) -> Iterator[Span]:
    if len(data) < 13:
        return
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    yield 6, 13
    if at > 13:
        yield 13, at
    while at < len(data) and data[at] in (0x21, 0x2C):
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            flags = data[at + 9] if at + 9 < len(data) else 0
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        yield start, min(at, len(data))


def _riff(data: bytes) -> Iterator[Span]:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = min(at + 8 + length + length % 2, len(data))
        yield at, end
        at = end


def _boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Span]:
    at, stop = start, len(data) if stop is None else stop
    while at + 8 <= stop:
        length = int.from_bytes(data[at : at + 4], "big")
        end = min(at + max(length, 8), stop) if length else stop
        yield at, end
        if data[at + 4 : at + 8] == b"meta":
            yield from _boxes(data, at + 12, end)
        elif data[at + 4 : at + 8] in (b"iprp", b"ipco", b"jp2h", b"moov", b"trak", b"mdia"):
            yield from _boxes(data, at + 8, end)
        at = end


def _tiff(data: bytes) -> Iterator[Span]:
    order = "little" if data[:2] == b"II" else "big"
    at = int.from_bytes(data[4:8], order)
    for number in range(int.from_bytes(data[at : at + 2], order)):
        yield at + 2 + 12 * number, at + 14 + 12 * number


def _icons(data: bytes) -> Iterator[Span]:
    for number in range(int.from_bytes(data[4:6], "little")):
        yield 6 + 16 * number, 22 + 16 * number


def _starts(*heads: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(heads)


_PARTS: list[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Span]]]] = [
    (_starts(PNG), _png),
    (_starts(b"\xff\xd8\xff"), _jpeg),
    (_starts(b"GIF8"), _gif),
    (_starts(b"RIFF"), _riff),
    (lambda data: data[4:8] in (b"ftyp", b"jP  "), _boxes),
    (_starts(b"II*\0", b"MM\0*"), _tiff),
    (_starts(b"\0\0\1\0", b"\0\0\2\0"), _icons),
]
