"""NumPy's files: ``.npy`` and the members of ``.npz``, read in parts and never unpickled.

Format: numpy.lib.format (NEP 1). The header is a Python literal, and is read as one and nothing
else; an array of objects would be a pickle, which is a program, and is refused.
"""

from __future__ import annotations

import ast
import io
import itertools
import math
import operator
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from imgdisplay.core.deadline import latest_moment
from imgdisplay.core.large.lazyarrays import LazyArray
from imgdisplay.core.limits import called, may_be_unpacked
from imgdisplay.core.reading import Reader
from imgdisplay.core.streams import Encoded, file_name
from imgdisplay.errors import DecodeError, ImgDisplayError, SourceRefused, UnsupportedSource, quote
from imgdisplay.options import Options

if TYPE_CHECKING:
    import zipfile

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["arrays_in", "npz_archive"]

_NPY = b"\x93NUMPY"
_ZIP = b"PK"


def arrays_in(encoded: Encoded, options: Options) -> LazyArray | list[LazyArray] | None:
    """Return the array in a ``.npy`` file, the pictures in an ``.npz`` archive, or None.

    Of an archive those members count that have the shape of a picture; if none has and
    there is one member only, that one.

    Raises
    ------
    SourceRefused
        If it holds Python objects.
    DecodeError
        If it is broken.
    SourceNotFound, UnsupportedSource
        As for any file.
    """
    name = encoded.name or "the data"
    try:
        with _opened(encoded, options) as file:
            head = file.read(len(_NPY))
            if head == _NPY:
                header = _npy_header(file, name)
                return _array(_FileStore(encoded, name, header, header.length), _size(file))
            return _pictures(encoded, file, name) if head.startswith(_ZIP) else None
    except ImgDisplayError:
        raise
    except Exception as error:  # what zipfile says of broken archives
        raise DecodeError(f"{quote(name)} is broken: {quote(str(error))}") from error


def npz_archive(source: Any) -> Encoded | None:
    """Return the file of what ``numpy.load`` gives for an archive; None of anything else.

    Raises
    ------
    UnsupportedSource
        If it has been closed.
    """
    kind = type(source)
    if kind.__name__ != "NpzFile" or kind.__module__.partition(".")[0] != "numpy":
        return None
    if source.zip is None:
        raise UnsupportedSource("an .npz archive that has been closed; open it again")
    file = source.zip.fp
    return Encoded(stream=file, name=file_name(getattr(file, "name", None)))


@contextmanager
def _opened(encoded: Encoded, options: Options) -> Iterator[IO[bytes]]:
    moment = latest_moment(options)
    with encoded.open(options, in_parts=lambda head: True) as file:
        reader = Reader(file, called(encoded.name), moment, options.timeout)
        reader.header_is_read(None)  # what limits the headers of pictures is no measure here
        yield cast("IO[bytes]", reader)


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    length: int
    """Bytes of the file before the numbers."""

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one number to the next along each axis."""
        sides = self.shape if self.fortran else self.shape[::-1]
        steps = list(itertools.accumulate(sides[:-1], operator.mul, initial=1))
        steps = steps if self.fortran else steps[::-1]
        return tuple(step * self.dtype.itemsize for step in steps[: len(self.shape)])


_LONGEST_HEADER = 10_000
_LONG = re.compile(r"(?<=\d)L\b")


def _npy_header(file: IO[bytes], name: str) -> _Header:
    """Return the header of a file that stands behind its first six bytes."""
    version = file.read(2)
    width = 2 if version[:1] == b"\1" else 4
    length = int.from_bytes(file.read(width), "little")
    if length > _LONGEST_HEADER or version[:1] not in (b"\1", b"\2", b"\3"):
        raise DecodeError(f"{quote(name)} is broken: no .npy header of versions 1 to 3")
    text = file.read(length).decode("utf-8" if version[:1] == b"\3" else "latin-1")
    # Nothing but literals; Python 2 wrote some numbers with an L.
    said = ast.literal_eval(_LONG.sub("", text).strip())
    shape, descr = said["shape"], said["descr"]
    if not (
        isinstance(shape, tuple)
        and len(shape) <= _MOST_AXES
        and all(type(side) is int and 0 <= side < 2**63 for side in shape)
    ):
        raise DecodeError(f"{quote(name)} is broken: its shape is {quote(shape)}")
    return _Header(
        shape, _dtype(descr), said["fortran_order"] is True, len(_NPY) + 2 + width + length
    )


_MOST_AXES = 64


def _dtype(descr: Any) -> np.dtype[Any]:
    import numpy as np

    return np.dtype(descr) if isinstance(descr, str) else np.lib.format.descr_to_dtype(descr)


@dataclass(frozen=True, slots=True, eq=False)
class _FileStore:
    """Where the numbers of an array lie.

    Attributes
    ----------
    begin
        Byte at which they begin in the file, or in the member when it is unpacked.
    member
        Which one of an archive if it is compressed, else None.
    """

    encoded: Encoded
    name: str
    header: _Header
    begin: int
    member: zipfile.ZipInfo | None = None

    def read(
        self, index: tuple[int, ...], steps: tuple[int, ...], options: Options
    ) -> NDArray[Any]:
        import zipfile  # what is not in an archive does without

        from imgdisplay.core.large.strided import read_strided

        dtype, strides = self.header.dtype, self.header.strides
        offset = sum(place * stride for place, stride in zip(index, strides, strict=False))
        shape, strides = self.header.shape[len(index) :], strides[len(index) :]
        place = (self.begin + offset, dtype, shape, strides, steps)
        try:
            with _opened(self.encoded, options) as file:
                if self.member is None:
                    return read_strided(file, *place)
                # It has to be unpacked from its beginning to the last number that is wanted.
                last = sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
                channels = min(shape[0], shape[-1]) if len(shape) == 3 else 1
                may_be_unpacked(
                    (offset + last) // (dtype.itemsize * channels),
                    f"{quote(self.name)}, which is compressed,",
                    "save it with numpy.savez, of which only parts are read",
                    options,
                )
                with zipfile.ZipFile(file).open(self.member) as unpacked:
                    return read_strided(unpacked, *place)
        except DecodeError as error:
            raise DecodeError(f"{quote(self.name)} is {error}") from None


def _array(store: _FileStore, size: int) -> LazyArray:
    """Return what is stored as an array, if it can be one and `size` bytes can hold it."""
    header = store.header
    if header.dtype.hasobject:
        raise SourceRefused(
            f"{quote(store.name)} is pickled: it holds Python objects, not numbers, and to read "
            "it is to run a program, which is never done; save numbers instead"
        )
    wanted = math.prod(header.shape) * header.dtype.itemsize
    held = size - store.begin
    if wanted > held:
        sides = "×".join(map(str, header.shape))
        raise DecodeError(
            f"{quote(store.name)} is truncated: its header says {sides} {header.dtype}, which "
            f"are {wanted:,} bytes, and it has {held:,}; copy it again"
        )
    return LazyArray(store, header.shape, header.dtype, store.name)


def _pictures(encoded: Encoded, file: IO[bytes], name: str) -> LazyArray | list[LazyArray]:
    """Return the pictures in an archive."""
    import zipfile

    _check_directory(file, name)
    archive = zipfile.ZipFile(file)
    members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    found: list[LazyArray] = []
    refused: ImgDisplayError | None = None
    others: list[str] = []
    for info in members:
        try:
            array = _member(encoded, archive, file, info, f"{name}/{info.filename[:-4]}")
        except ImgDisplayError as error:  # others may be well
            refused = refused or error
            continue
        if len(members) == 1 or _is_picture_shaped(array):
            found.append(array)
        else:
            others.append(f"{info.filename[:-4]} {'×'.join(map(str, array.shape))} {array.dtype}")
    if found:
        return found[0] if len(found) == 1 else found
    if refused is not None:
        raise refused
    if not members:
        raise DecodeError(
            f"{quote(name)} is a ZIP archive that holds no .npy arrays; numpy.savez writes some"
        )
    raise UnsupportedSource(
        f"no array in {quote(name)} has the shape of a picture: {quote(', '.join(others))}; "
        "load it with numpy and pass a part"
    )


_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1


def _member(
    encoded: Encoded, archive: zipfile.ZipFile, file: IO[bytes], info: zipfile.ZipInfo, name: str
) -> LazyArray:
    if info.compress_type not in (_STORED, _DEFLATED) or info.flag_bits & _ENCRYPTED:
        raise SourceRefused(
            f"{quote(name)} is encrypted, or compressed as numpy never does it; save it with "
            "numpy.savez"
        )
    with archive.open(info) as unpacked:
        if unpacked.read(len(_NPY)) != _NPY:
            raise DecodeError(f"{quote(name)} is broken: it does not begin as .npy")
        header = _npy_header(unpacked, name)
    if info.compress_type == _DEFLATED:
        return _array(_FileStore(encoded, name, header, header.length, info), info.file_size)
    # The local header repeats the name and has extra fields of its own (APPNOTE 4.3.7).
    file.seek(info.header_offset + 26)
    begin = info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4)))
    end = min(begin + info.file_size, _size(file))
    return _array(_FileStore(encoded, name, header, begin + header.length), end)


def _is_picture_shaped(array: LazyArray) -> bool:
    """Tell whether an array has two sides of 8 or more, besides channels."""
    shape = array.shape
    if array.dtype.kind not in "buif" or not 2 <= len(shape) <= 4:
        return False
    if len(shape) > 2 and shape[-1] <= 4:
        shape = shape[:-1]
    return min(shape[-2:]) >= 8


_MOST_MEMBERS = 10_000
_LONGEST_ENTRY = 1_000
# The records that end an archive, where they tell how many members there are, and in how many
# bytes these are listed (APPNOTE 4.3.14 and 4.3.16).
_ENDS = ((b"PK\5\6", "<HI", 10), (b"PK\6\6", "<QQ", 32))
_TAIL = 2**16 + 200


def _check_directory(file: IO[bytes], name: str) -> None:
    """Refuse an archive whose list of members is itself a flood."""
    file.seek(max(0, _size(file) - _TAIL))
    tail = file.read(_TAIL)
    for signature, numbers, where in _ENDS:
        at = tail.rfind(signature)
        if 0 <= at <= len(tail) - where - struct.calcsize(numbers):
            count, length = struct.unpack_from(numbers, tail, at + where)
            if count > _MOST_MEMBERS or length > _LONGEST_ENTRY * _MOST_MEMBERS:
                raise SourceRefused(
                    f"{quote(name)} has more than {_MOST_MEMBERS:,} members; split it"
                )


def _size(file: IO[bytes]) -> int:
    return file.seek(0, io.SEEK_END)
