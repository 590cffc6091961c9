"""Picture files without their metadata, and with every pixel as it was: nothing is decoded.

A file is taken apart and put together again from the parts that pixels need; what is not known
to be needed is left out, and so is what stands behind the end. A file that had nothing else
comes back as the same object. Parts that could hide something (a JFIF thumbnail, bytes behind
the numbers of a chunk) are shortened or left out as well.

A file that does not keep the rules of its format, or is truncated, gives None: it has to be
decoded and written anew, or refused.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable

__all__ = ["can_be_stripped", "without_metadata"]


class _Irregular(Exception):
    """The file breaks the rules of its format, or ends too early."""


def can_be_stripped(head: bytes) -> bool:
    """Tell whether a file begins as one of the formats that `without_metadata` knows."""
    return any(signature.match(head) for signature, _ in _FORMATS)


def without_metadata(data: bytes) -> bytes | None:
    """Return a PNG, JPEG, GIF or WebP file without metadata; None if it is none or irregular.

    Left out are EXIF, XMP, IPTC, comments and other text, colour profiles, thumbnails, second
    pictures, times and whatever is unknown. Animations stay whole. Whether the picture looks
    the same without its colour profile and orientation is for the caller to know.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("L", (8, 8)).save(file, "JPEG", comment="taken at home")
    >>> b"home" in file.getvalue(), b"home" in without_metadata(file.getvalue())
    (True, False)
    """
    for signature, strip in _FORMATS:
        if signature.match(data):
            try:
                parts = strip(data)
            except (_Irregular, IndexError, struct.error):
                return None
            stripped = b"".join(parts)
            return data if stripped == data else stripped
    return None


# PNG: third edition, section 5 (structure) and 11 (chunks).

_PNG_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
_PNG_COLORS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
_PNG_ANCILLARY = 0x20
_PNG_NUMBERS = {b"pHYs": (9,), b"sBIT": (1, 2, 3, 4), b"bKGD": (1, 2, 6)}


def _strip_png(data: bytes) -> list[bytes]:
    kept = [data[:8]]
    chunks = _png_chunks(data)
    # Without the profile, which is stronger, weaker statements would begin to count.
    plain = any(kind == b"iCCP" for kind, _ in chunks)
    for kind, chunk in chunks:
        length = len(chunk) - 12
        if (
            kind in _PNG_PIXELS
            or (not plain and _PNG_COLORS.get(kind) == length)
            or length in _PNG_NUMBERS.get(kind, ())
        ):
            kept.append(chunk)
    return kept


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks: list[tuple[bytes, bytes]] = []
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if checksum != zlib.crc32(data[at + 4 : end - 4]) or (kind == b"IEND" and length):
            raise _Irregular
        if not kind[0] & _PNG_ANCILLARY and kind not in _PNG_PIXELS:
            raise _Irregular  # without it, the pixels would mean something else
        chunks.append((kind, data[at:end]))
        at = end
    kinds = [kind for kind, _ in chunks]
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds:
        raise _Irregular
    return chunks


# JPEG: ITU-T T.81 annex B; JFIF 1.02; the Adobe marker by Technical Note 5116.

_JPEG_TABLES = frozenset([0xC4, 0xCC, 0xDB, 0xDC, 0xDD])
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOS, _EOI, _APP0, _APP14 = 0xDA, 0xD9, 0xE0, 0xEE
_LEFT_OUT = frozenset([*range(0xE0, 0xF0), 0xFE])
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_JFIF, _ADOBE = 16, 14
"""Bytes of these segments without their marker, when they hold nothing more than they must."""


def _strip_jpeg(data: bytes) -> list[bytes]:
    kept = [data[:2]]
    at = 2
    frames = scans = 0
    while True:
        if data[at] != 0xFF:
            raise _Irregular
        while data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1]
        if marker == _EOI:
            if not (frames == 1 and scans):
                raise _Irregular
            return [*kept, data[at : at + 2]]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end < at + 4 or end > len(data):
            raise _Irregular
        if marker == _SOS:
            scans += 1
            following = _AFTER_SCAN.search(data, end)
            if following is None:
                raise _Irregular
            end = following.start()
        frames += marker in _JPEG_FRAMES
        if marker in _JPEG_TABLES or marker in _JPEG_FRAMES or marker == _SOS:
            kept.append(data[at:end])
        elif marker in (_APP0, _APP14):
            kept.append(_bare_segment(data[at:end]))
        elif marker not in _LEFT_OUT:
            raise _Irregular
        at = end


def _bare_segment(segment: bytes) -> bytes:
    """Return a JFIF or Adobe segment without thumbnail or additions; of others nothing."""
    if segment[4:9] == b"JFIF\0" and len(segment) >= _JFIF + 2:
        return b"\xff\xe0" + struct.pack(">H", _JFIF) + segment[4:16] + b"\0\0"
    if segment[4:9] == b"Adobe" and len(segment) >= _ADOBE + 2:
        return b"\xff\xee" + struct.pack(">H", _ADOBE) + segment[4:16]
    return b""


# GIF: version 89a, sections 17 to 27, and Netscape's extension that repeats an animation.

_EXTENSION, _GIF_IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _COMMENT, _APPLICATION = 0xF9, 0xFE, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _strip_gif(data: bytes) -> list[bytes]:
    at = 13 + _color_table(data[10])
    kept = [data[:at]]
    images = 0
    while data[at] != _TRAILER:
        if data[at] == _GIF_IMAGE:
            images += 1
            end = _sub_blocks_end(data, at + 10 + _color_table(data[at + 9]) + 1)
        elif data[at] == _EXTENSION and data[at + 1] in (_CONTROL, _COMMENT, _APPLICATION):
            end = _sub_blocks_end(data, at + 2)
        else:
            raise _Irregular
        if data[at] == _GIF_IMAGE or _is_needed(data[at:end]):
            kept.append(data[at:end])
        at = end
    if not images:
        raise _Irregular
    return [*kept, data[at : at + 1]]


def _color_table(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _sub_blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _is_needed(extension: bytes) -> bool:
    if extension[1] == _CONTROL:
        return len(extension) == 8
    # One sub-block of three bytes: 1, and how often.
    return extension[3:14] in _LOOPS and len(extension) == 19 and extension[14:16] == b"\3\1"


# WebP: the container specification of Google, RFC 9649 section 2.

_WEBP_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_WEBP_PIXELS = _WEBP_PICTURES | {b"VP8X", b"ALPH", b"ANIM"}
_WEBP_SAYS_METADATA = 0x20 | 0x08 | 0x04
"""Bits of VP8X that announce a profile, EXIF and XMP."""


def _strip_webp(data: bytes) -> list[bytes]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise _Irregular
    body = b"".join(_webp_chunks(data, 12, end))
    return [b"RIFF", struct.pack("<I", 4 + len(body)), b"WEBP", body]


def _webp_chunks(data: bytes, at: int, end: int) -> list[bytes]:
    kept: list[bytes] = []
    pictures = 0
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if at > end:
            raise _Irregular
        if kind not in _WEBP_PIXELS:
            continue
        if kind == b"VP8X":
            body = bytes([body[0] & ~_WEBP_SAYS_METADATA]) + body[1:10]
        elif kind == b"ANMF":  # chunks within a chunk: one frame
            body = body[:16] + b"".join(_webp_chunks(body, 16, len(body)))
        pictures += kind in _WEBP_PICTURES
        kept.append(struct.pack("<4sI", kind, len(body)) + body + bytes(len(body) % 2))
    if not pictures:
        raise _Irregular
    return kept


_FORMATS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], list[bytes]]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _strip_png),
    (re.compile(rb"\xff\xd8\xff"), _strip_jpeg),
    (re.compile(rb"GIF8[79]a"), _strip_gif),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _strip_webp),
)
