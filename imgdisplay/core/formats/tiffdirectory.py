"""The directories of a TIFF file, read as far as they are needed, and never all of them.

Layout: TIFF 6.0, section 2; BigTIFF as libtiff documents it. Values are read when they are
asked for, so that a directory costs a few hundred bytes however large its tables are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from imgdisplay.core.streams import read_exactly
from imgdisplay.errors import DecodeError

__all__ = ["Directory", "Entry", "first_directories", "sub_directories"]

_SUB_DIRECTORIES = 330
_MOST_DIRECTORIES = 32
_MOST_ENTRIES = 4096
_LONGEST_VALUE = 2**21
"""Bytes: the places of 262,144 tiles."""

# Bytes of one value of each type, and how it is written if it is a whole number.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory: `count` values of a type, which begin at a byte of the file."""

    type: int
    count: int
    offset: int

    @property
    def bytes(self) -> int:
        return _SIZES.get(self.type, 0) * self.count


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """One directory, which describes one picture.

    Attributes
    ----------
    file
        Of which it is.
    order
        Of its bytes, ``"<"`` or ``">"``.
    entries
        By tag.
    """

    file: IO[bytes]
    order: str
    is_big: bool
    entries: dict[int, Entry] = field(default_factory=dict)

    def raw(self, tag: int) -> bytes:
        """Return the values of a tag as the file has them.

        Raises
        ------
        DecodeError
            If they are senselessly many, or the file has not got as many.
        """
        entry = self.entries[tag]
        if entry.bytes > _LONGEST_VALUE:
            raise DecodeError(f"tag {tag} of a TIFF has {entry.bytes:,} bytes")
        self.file.seek(entry.offset)
        return read_exactly(self.file, entry.bytes)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the values of a tag that is one of whole numbers; none if it is not there."""
        entry = self.entries.get(tag)
        if entry is None:
            return ()
        if entry.type not in _WHOLE:
            raise DecodeError(f"tag {tag} of a TIFF is not one of whole numbers")
        return struct.unpack(f"{self.order}{entry.count}{_WHOLE[entry.type]}", self.raw(tag))

    def number(self, tag: int, default: int = 0) -> int:
        """Return the first value of a tag of whole numbers."""
        entry = self.entries.get(tag)
        if entry is None or not entry.count:
            return default
        first = Entry(entry.type, 1, entry.offset)
        return Directory(self.file, self.order, self.is_big, {tag: first}).numbers(tag)[0]


def first_directories(file: IO[bytes]) -> Iterator[Directory]:
    """Give the directories of a file in their order: not more than 32, and none twice.

    Raises
    ------
    DecodeError
        If it is no TIFF, or the directory that is asked for is broken.
    """
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    version = struct.unpack_from(f"{order}H", head, 2)[0] if order and len(head) == 16 else 0
    if order is None or version not in (42, 43):
        raise DecodeError("the head of a TIFF is broken")
    is_big = version == 43
    at = struct.unpack_from(f"{order}Q" if is_big else f"{order}I", head, 8 if is_big else 4)[0]
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(at)
        directory, at = _directory(file, order, is_big, at)
        yield directory


def sub_directories(directory: Directory) -> Iterator[Directory]:
    """Give the directories that one names as its own: reduced pictures of a pyramid, mostly."""
    for at in directory.numbers(_SUB_DIRECTORIES)[:_MOST_DIRECTORIES]:
        yield _directory(directory.file, directory.order, directory.is_big, at)[0]


def _directory(file: IO[bytes], order: str, is_big: bool, at: int) -> tuple[Directory, int]:
    """Return the directory at a byte of the file, and where the next one is."""
    count_format, entry_format, next_format = ("Q", "HHQ8s", "Q") if is_big else ("H", "HHI4s", "I")
    file.seek(at)
    counted = file.read(struct.calcsize(order + count_format))
    entry = struct.Struct(order + entry_format)
    try:
        count = struct.unpack(order + count_format, counted)[0]
        if not 0 < count <= _MOST_ENTRIES:
            raise DecodeError(f"a directory of a TIFF has {count:,} entries")
        table = file.read(count * entry.size)
        directory = Directory(file, order, is_big)
        for number, (tag, kind, values, inline) in enumerate(entry.iter_unpack(table)):
            found = Entry(kind, values, 0)
            fits = found.bytes <= len(inline)
            place = at + len(counted) + (number + 1) * entry.size - len(inline)
            pointer = struct.unpack(order + next_format, inline)[0]
            directory.entries.setdefault(tag, Entry(kind, values, place if fits else pointer))
        following = struct.unpack(order + next_format, file.read(struct.calcsize(next_format)))[0]
    except struct.error as error:
        raise DecodeError("a directory of a TIFF lies beyond the end of the file") from error
    return directory, following
