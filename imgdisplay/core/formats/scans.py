"""How often a JPEG file makes its decoder walk over all of the picture.

Each scan of a progressive JPEG refines every block once more, and needs next to no bytes to
do so: 285 kB with 2,800 scans take 84 seconds to decode. Encoders write some ten.
Markers: ITU-T T.81, table B.1.
"""

from __future__ import annotations

import re
from typing import IO

__all__ = ["MARKER", "has_more_scans", "most_scans"]

_MOST_SCANS = 100
_ALWAYS = 20
"""Scans that a picture of any size may have: no usual encoder writes as many."""

_MOST_PIXELS = 1_000_000_000
"""Pixels of all scans together; scans in which nothing changes take 1.5 s for as many."""

_SOS, _EOI = 0xDA, 0xD9
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""What may follow the coded pixels of a scan; restarts are part of them."""

_CHUNK = 2**20


def most_scans(size: tuple[int, int]) -> int:
    """Return how many scans a JPEG of (width, height) pixels may have.

    Examples
    --------
    >>> most_scans((640, 480)), most_scans((8000, 6000))
    (100, 20)
    """
    return min(_MOST_SCANS, max(_ALWAYS, _MOST_PIXELS // max(1, size[0] * size[1])))


def has_more_scans(
    stream: IO[bytes], *, components: int, progressive: bool, limit: int = _MOST_SCANS
) -> bool:
    """Tell whether a JPEG file has more scans than a limit.

    Parameters
    ----------
    stream
        Just behind the header of the first scan; its position is put back.
    components
        Of the picture: a scan of all of them is the only one, unless it is `progressive`.
    """
    if not progressive and _is_of_all(stream, components):
        return False
    position = stream.tell()
    try:
        # In the data of a scan these two bytes can be nothing else; in tables and behind the
        # end of the picture they can. So there are at most as many scans, and counting is quick.
        if _occurrences(stream, b"\xff\xda", limit) < limit:
            return False
        stream.seek(position)
        return 1 + _following(stream.read(), limit) > limit
    finally:
        stream.seek(position)


def _is_of_all(stream: IO[bytes], components: int) -> bool:
    position = stream.tell()
    length = 6 + 2 * components  # of the header, as it says itself (T.81, section B.2.3)
    stream.seek(max(0, position - length - 2))
    header = stream.read(5)
    stream.seek(position)
    return header == bytes([0xFF, _SOS, 0, length, components])


def _occurrences(stream: IO[bytes], pattern: bytes, limit: int) -> int:
    found, last = 0, b""
    while found < limit and (chunk := stream.read(_CHUNK)):
        found += chunk.count(pattern) + (last + chunk[:1] == pattern)
        last = chunk[-1:]
    return found


def _following(data: bytes, limit: int) -> int:
    """Count the scans after the first one, up to the end of the picture (T.81, annex B)."""
    found = at = 0
    while found < limit and (marker := MARKER.search(data, at)):
        code, at = marker[1][0], marker.end()
        if code == _EOI:
            break
        found += code == _SOS
        at += int.from_bytes(data[at : at + 2], "big")
    return found
