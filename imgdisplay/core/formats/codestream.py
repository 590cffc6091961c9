"""How much memory a JPEG 2000 file makes its decoder set aside, whatever its pixels are.

The decoder keeps a record of every tile, and of every precinct and code-block of the tile that
it works on. A file may ask for tiles, precincts and blocks of a few pixels: two kilobytes then
take six gigabytes. Layout: ISO/IEC 15444-1, annex A (codestream) and annex I (boxes).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

from imgdisplay.errors import SourceRefused

__all__ = ["records_of_jpeg2000"]

_PER_TILE, _PER_PRECINCT, _PER_BLOCK = 4_000, 150, 400
"""Bytes of OpenJPEG 2.5: for a tile of one component, for a precinct of one of its bands, for a
code-block. Measured on files that have next to nothing but these."""

_SIZ, _COD, _COC, _SOT, _SOD, _EOC = 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9

_MOST_MARKERS = 100_000
"""A tile of 256×256 has some four, and a picture of 50 megapixels 760 of these."""


@dataclass(frozen=True, slots=True)
class _Coding:
    """How a component of a tile is cut up; all sizes are exponents of 2."""

    levels: int
    block: tuple[int, int]
    precincts: tuple[tuple[int, int], ...]
    """Of each resolution, the smallest first."""


def records_of_jpeg2000(stream: IO[bytes]) -> int:
    """Return about how many bytes a decoder needs besides those for pixels; 0 if it is broken.

    Parameters
    ----------
    stream
        Its position is put back.

    Raises
    ------
    SourceRefused
        If it has more parts than can be looked at.
    """
    position = stream.tell()
    try:
        start = _codestream(stream)
        return 0 if start is None else _records(stream, start)
    except struct.error:  # it ends too early, as decoders will say
        return 0
    finally:
        stream.seek(position)


def _codestream(stream: IO[bytes]) -> int | None:
    """Return where the codestream begins, or None."""
    at = 0
    for _ in range(_MOST_MARKERS):
        stream.seek(at)
        head = stream.read(16)
        if not at and head[:2] == b"\xff\x4f":
            return 0
        length, kind = struct.unpack_from(">I4s", head)
        own = 8
        if length == 1:
            (length,), own = struct.unpack_from(">Q", head, 8), 16
        if kind == b"jp2c":
            return at + own
        if length < own:  # 0: the last box
            return None
        at += length
    return None


def _records(stream: IO[bytes], start: int) -> int:
    tiles = components = 0
    tile = (0, 0)
    worst = 0
    at, following = start + 2, 0
    for _ in range(_MOST_MARKERS):
        stream.seek(at)
        head = stream.read(4)
        if head[:2] == _EOC.to_bytes(2, "big") or len(head) < 4:
            break
        marker, length = struct.unpack(">HH", head)
        if marker == _SIZ:
            tile, tiles, components = _sizes(stream.read(36))
        elif marker in (_COD, _COC):
            worst = max(worst, _of_tile(tile, _coding(stream.read(length), marker, components)))
        elif marker == _SOT:
            (size,) = struct.unpack(">2xI", stream.read(6))
            following = at + size if size else 0
        elif marker == _SOD:
            if not following > at:  # the last part of a tile goes on to the end
                break
            at = following
            continue
        at += 2 + length
    else:
        raise SourceRefused(
            f"a JPEG 2000 picture of more than {_MOST_MARKERS:,} parts; to show it all the same, "
            "load it with Pillow and pass the image"
        )
    return components * (tiles * _PER_TILE + worst)


def _sizes(body: bytes) -> tuple[tuple[int, int], int, int]:
    """Return the size of a tile, how many tiles there are, and how many components (A.5.1)."""
    right, bottom, left, top, width, height, tile_left, tile_top, components = struct.unpack(
        ">2x8IH", body
    )
    if not width or not height:
        return (0, 0), 0, 0
    across, down = -((tile_left - right) // width), -((tile_top - bottom) // height)
    tile = min(width, right - left), min(height, bottom - top)
    return tile, max(across, 0) * max(down, 0), components


def _coding(body: bytes, marker: int, components: int) -> _Coding:
    """Return what a COD or COC segment says (A.6.1, A.6.2)."""
    start = 4 if marker == _COD else 0 if components < 257 else 1
    has_precincts = body[0] if marker == _COD else body[start + 1]
    levels, across, down = struct.unpack_from(">3B", body, start + 1 + (marker == _COC))
    levels = min(levels, 32)
    precincts = [(15, 15)] * (levels + 1)
    if has_precincts & 1:
        at = start + 6 + (marker == _COC)
        sizes = struct.unpack_from(f">{levels + 1}B", body, at)
        precincts = [(size & 15, size >> 4) for size in sizes]
    return _Coding(levels, (across + 2, down + 2), tuple(precincts))


def _of_tile(tile: tuple[int, int], coding: _Coding) -> int:
    """Return the bytes for one component of a tile (B.5 to B.7)."""
    total = 0
    for resolution, precinct in enumerate(coding.precincts):
        size = _scaled(tile, coding.levels - resolution)
        bands = 3 if resolution else 1
        half = 1 if resolution else 0  # bands are half as large as the resolution they make
        cut = tuple(
            min(block, max(side - half, 0))
            for block, side in zip(coding.block, precinct, strict=True)
        )
        band = _scaled(size, half)
        total += bands * _PER_PRECINCT * _parts(size, precinct)
        total += bands * _PER_BLOCK * _parts(band, cut)
    return total


def _scaled(size: tuple[int, int], exponent: int) -> tuple[int, int]:
    return -(-size[0] >> exponent), -(-size[1] >> exponent)


def _parts(size: tuple[int, ...], exponents: tuple[int, ...]) -> int:
    return (-(-size[0] >> exponents[0])) * (-(-size[1] >> exponents[1]))
