"""Image files written byte by byte, for what Pillow cannot write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Chunk = tuple[bytes, bytes]

# --------------------------------------------------------------------------- PNG

GREY, TRUECOLOUR, PALETTE, GREY_ALPHA, TRUECOLOUR_ALPHA = 0, 2, 3, 4, 6
SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PASSES = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(pixels: Array, depth: int) -> bytes:
    height = len(pixels)
    flat = pixels.reshape(height, -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        packed = flat.astype(np.uint8)
    else:
        bits = (flat[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


def scanlines(pixels: Array, depth: int, interlaced: bool = False) -> bytes:
    """Compress pixels as a PNG's data, without filters."""
    if not interlaced:
        return zlib.compress(_rows(pixels, depth), 6)
    parts = [pixels[y::dy, x::dx] for x, y, dx, dy in _PASSES]
    return zlib.compress(b"".join(_rows(part, depth) for part in parts if part.size), 6)


def png(
    pixels: Array,
    depth: int,
    colour: int,
    *,
    before: Iterable[Chunk] = (),
    after: Iterable[Chunk] = (),
    palette: Array | None = None,
    transparent: bytes | None = None,
    interlaced: bool = False,
) -> bytes:
    """Write any kind of PNG; `before` and `after` are chunks around the data."""
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    parts = [chunk(b"IHDR", header)]
    parts += [chunk(kind, data) for kind, data in before]
    if palette is not None:
        parts.append(chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
    if transparent is not None:
        parts.append(chunk(b"tRNS", transparent))
    parts.append(chunk(b"IDAT", scanlines(pixels, depth, interlaced)))
    parts += [chunk(kind, data) for kind, data in after]
    return SIGNATURE + b"".join(parts) + chunk(b"IEND", b"")


def gama(gamma: float) -> Chunk:
    """Return gAMA for an encoding exponent, such as 1/2.2."""
    return b"gAMA", struct.pack(">I", round(gamma * 100000))


def chrm(primaries: Sequence[float], white: Sequence[float] = (0.3127, 0.3290)) -> Chunk:
    return b"cHRM", struct.pack(">8I", *[round(v * 100000) for v in (*white, *primaries)])


def srgb_chunk(intent: int = 0) -> Chunk:
    return b"sRGB", bytes([intent])


def iccp(profile: bytes, name: bytes = b"test") -> Chunk:
    return b"iCCP", name + b"\0\0" + zlib.compress(profile)


def cicp(primaries: int, transfer: int, matrix: int = 0, full: int = 1) -> Chunk:
    return b"cICP", bytes([primaries, transfer, matrix, full])


def inserted(data: bytes, chunks: Iterable[Chunk]) -> bytes:
    """Put chunks into a finished PNG, right after its header."""
    return data[:33] + b"".join(chunk(kind, body) for kind, body in chunks) + data[33:]


def apng(
    default: Array,
    frames: Sequence[tuple[Array, int, int]],
    *,
    default_is_first: bool = False,
    before: Iterable[Chunk] = (),
    blend: int = 0,
) -> bytes:
    """Write an animated RGBA PNG whose first frame stays for a minute.

    `frames` are pixels and their places; with `default_is_first` the default image is frame one.
    """
    height, width = default.shape[:2]
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, TRUECOLOUR_ALPHA, 0, 0, 0))]
    parts += [chunk(kind, data) for kind, data in before]
    parts.append(chunk(b"acTL", struct.pack(">II", len(frames) + int(default_is_first), 1)))
    number = 0

    def control(pixels: Array, x: int, y: int) -> bytes:
        h, w = pixels.shape[:2]
        body = struct.pack(">IIIIIHHBB", number, w, h, x, y, 60, 1, 0, blend)
        return chunk(b"fcTL", body)

    if default_is_first:
        parts.append(control(default, 0, 0))
        number += 1
    parts.append(chunk(b"IDAT", scanlines(default, 8)))
    for pixels, x, y in frames:
        parts.append(control(pixels, x, y))
        number += 1
        parts.append(chunk(b"fdAT", struct.pack(">I", number) + scanlines(pixels, 8)))
        number += 1
    return SIGNATURE + b"".join(parts) + chunk(b"IEND", b"")


# --------------------------------------------------------------------------- GIF


def _lzw(indexes: Array, bits: int) -> bytes:
    """Write codes of constant width: a clear code comes before the width would grow."""
    clear = 1 << bits
    codes: list[int] = []
    for start in range(0, len(indexes), clear - 2):
        codes.append(clear)
        codes += indexes[start : start + clear - 2].tolist()
    codes.append(clear + 1)
    stream = (np.array(codes)[:, None] >> np.arange(bits + 1)) & 1
    packed = np.packbits(stream.ravel().astype(np.uint8), bitorder="little").tobytes()
    blocks = [packed[i : i + 255] for i in range(0, len(packed), 255)]
    return bytes([bits]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def gif_frame(
    indexes: Array,
    *,
    at: tuple[int, int] = (0, 0),
    palette: Array | None = None,
    transparent: int | None = None,
    interlaced: bool = False,
    disposal: int = 0,
    control: bool = True,
    delay: int = 6000,
    bits: int = 8,
) -> bytes:
    """Write one frame, which stays for a minute."""
    height, width = indexes.shape
    out = b""
    if control:
        flags = disposal << 2 | (transparent is not None)
        out += b"!\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)
    flags = 0x40 * interlaced
    table = b""
    if palette is not None:
        flags |= 0x80 | (len(palette).bit_length() - 2)
        table = palette.astype(np.uint8).tobytes()
    out += b"," + struct.pack("<HHHHB", *at, width, height, flags) + table
    if interlaced:
        order = [
            *range(0, height, 8),
            *range(4, height, 8),
            *range(2, height, 4),
            *range(1, height, 2),
        ]
        indexes = indexes[order]
    return out + _lzw(indexes.ravel(), max(2, bits))


def gif(
    screen: tuple[int, int],
    frames: Iterable[bytes],
    *,
    palette: Array | None = None,
    background: int = 0,
) -> bytes:
    flags = 0x70
    table = b""
    if palette is not None:
        flags |= 0x80 | (len(palette).bit_length() - 2)
        table = palette.astype(np.uint8).tobytes()
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0) + table
    return head + b"".join(frames) + b";"


# --------------------------------------------------------------------------- BMP


def bmp(
    rows: bytes,
    size: tuple[int, int],
    bits: int,
    *,
    compression: int = 0,
    palette: Array | None = None,
    masks: Sequence[int] = (),
    header: int = 40,
    colour_space: bytes = b"",
    profile: bytes = b"",
    file_header: bool = True,
) -> bytes:
    """Write a bitmap from its rows as they lie in the file; a negative height is top-down.

    `colour_space` is what follows the masks in a header of version 4 or 5.
    """
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
        table = b"" if palette is None else palette[:, ::-1].astype(np.uint8).tobytes()
    else:
        count = 0 if palette is None else len(palette)
        info = struct.pack(
            "<IiiHHIIiiII",
            header,
            width,
            height,
            1,
            bits,
            compression,
            len(rows),
            2835,
            2835,
            count,
            0,
        )
        if masks:
            info += struct.pack(f"<{len(masks)}I", *masks)
        if header > 40:
            info = (info + bytes(16 - 4 * len(masks)) + colour_space).ljust(header, b"\0")
        table = b""
        if palette is not None:
            table = np.pad(palette[:, ::-1].astype(np.uint8), ((0, 0), (0, 1))).tobytes()
    if not file_header:
        return info + table + rows
    start = 14 + len(info) + len(table)
    if profile:
        place = struct.pack("<II", len(info) + len(table) + len(rows), len(profile))
        info = info[:112] + place + info[120:]
    head = b"BM" + struct.pack("<IHHI", start + len(rows) + len(profile), 0, 0, start)
    return head + info + table + rows + profile


def padded_rows(flat: Array, bits: int, *, bottom_up: bool = True) -> bytes:
    """Pack samples to rows of a multiple of four bytes, as BMP wants them."""
    height = len(flat)
    if bits < 8:
        one = (flat[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
        packed = np.packbits(one.reshape(height, -1).astype(np.uint8), axis=1)
    else:
        kinds = {8: "u1", 16: "<u2", 32: "<u4"}
        packed = flat.astype(kinds[bits]).view(np.uint8).reshape(height, -1)
    packed = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))
    return (packed[::-1] if bottom_up else packed).tobytes()


def rle8(indexes: Array) -> bytes:
    """Compress runs; single pixels go as absolute mode."""
    out = bytearray()
    for row in indexes[::-1]:
        values = row.tolist()
        at = 0
        while at < len(values):
            run = 1
            while at + run < len(values) and run < 255 and values[at + run] == values[at]:
                run += 1
            if run == 1 and at + 3 <= len(values):
                part = values[at : at + min(7, len(values) - at)]
                out += bytes([0, len(part), *part]) + bytes(len(part) % 2)
                at += len(part)
            else:
                out += bytes([run, values[at]])
                at += run
        out += b"\0\0"
    return bytes(out) + b"\0\1"


def rle4(indexes: Array) -> bytes:
    out = bytearray()
    for row in indexes[::-1]:
        values = row.tolist()
        for at in range(0, len(values), 2):
            pair = values[at : at + 2]
            out += bytes([len(pair), pair[0] << 4 | pair[-1]])
        out += b"\0\0"
    return bytes(out) + b"\0\1"


# --------------------------------------------------------------------------- ICO and CUR


def ico(entries: Sequence[tuple[int, int, int, bytes]], kind: int = 1) -> bytes:
    """Write an icon of (width, height, bits, PNG or bitmap) entries; kind 2 is a cursor."""
    directory, body = b"", b""
    offset = 6 + 16 * len(entries)
    for width, height, bits, data in entries:
        planes_bits = (1, bits) if kind == 1 else (width // 2, height // 2)
        directory += struct.pack(
            "<BBBBHHII",
            width & 255,
            height & 255,
            0,
            0,
            *planes_bits,
            len(data),
            offset + len(body),
        )
        body += data
    return struct.pack("<HHH", 0, kind, len(entries)) + directory + body


def icon_bitmap(rgba: Array, bits: int = 32, mask: Array | None = None) -> bytes:
    """Return the bitmap of an icon entry: colours, then a 1-bit mask (1 is transparent)."""
    height, width = rgba.shape[:2]
    if mask is None:
        mask = (rgba[..., 3] < 128).astype(np.uint8)
    palette = None
    if bits == 32:
        rows = padded_rows(rgba[..., [2, 1, 0, 3]].reshape(height, -1), 8)
    elif bits == 24:
        rows = padded_rows(rgba[..., [2, 1, 0]].reshape(height, -1), 8)
    else:
        count = 1 << bits
        steps = np.linspace(0, 255, count)
        palette = np.stack([steps, steps[::-1], np.roll(steps, count // 3)], axis=1).astype(
            np.uint8
        )
        rows = padded_rows((rgba[..., 0].astype(int) * count) >> 8, bits)
    rows += padded_rows(mask, 1)
    return bmp(rows, (width, height * 2), bits, palette=palette, file_header=False)


# --------------------------------------------------------------------------- WebP


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp_chunks(data: bytes) -> list[Chunk]:
    """Take a WebP file apart."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def webp_animation(
    screen: tuple[int, int],
    frames: Sequence[tuple[bytes, int, int]],
    background: bytes = b"\xff" * 4,
) -> bytes:
    """Put finished WebP files together as frames, each of a minute, at even places."""
    width, height = screen
    body = riff(
        b"VP8X",
        b"\x12\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
    )
    body += riff(b"ANIM", background + b"\0\0")
    for data, x, y in frames:
        chunks = [c for c in webp_chunks(data) if c[0] in (b"VP8 ", b"VP8L", b"ALPH")]
        inner = b"".join(riff(kind, part) for kind, part in chunks)
        frame_width, frame_height = _webp_size(chunks)
        head = b"".join(
            v.to_bytes(3, "little")
            for v in (x // 2, y // 2, frame_width - 1, frame_height - 1, 60000)
        )
        body += riff(b"ANMF", head + b"\0" + inner)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp_size(chunks: Sequence[Chunk]) -> tuple[int, int]:
    kind, data = chunks[-1]
    if kind == b"VP8L":
        packed = int.from_bytes(data[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 6)
    return width & 0x3FFF, height & 0x3FFF


# --------------------------------------------------------------------------- JPEG


def segments(data: bytes) -> list[bytes]:
    """Split a JPEG into its marker segments; the last one holds the scan and all that follows."""
    parts, at = [data[:2]], 2
    while data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big") + 2
        parts.append(data[at : at + size])
        at += size
    return [*parts, data[at:]]


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def without(data: bytes, marker: int) -> bytes:
    return b"".join(part for part in segments(data) if part[:2] != bytes([0xFF, marker]))


def with_segments(data: bytes, *bodies: bytes) -> bytes:
    """Put finished segments right after the start of a JPEG."""
    return data[:2] + b"".join(bodies) + data[2:]


def adobe_transform(data: bytes, transform: int) -> bytes:
    """Change what Adobe's marker says about the colours (0 none, 1 YCbCr, 2 YCCK)."""
    parts = segments(data)
    return b"".join(
        part[:15] + bytes([transform]) + part[16:] if part[:2] == b"\xff\xee" else part
        for part in parts
    )


def icc_segments(profile: bytes, size: int = 65519) -> list[bytes]:
    pieces = [profile[i : i + size] for i in range(0, len(profile), size)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(pieces)]) + piece)
        for number, piece in enumerate(pieces, 1)
    ]


# --------------------------------------------------------------------------- EXIF and others


def exif(
    orientation: int, *, order: str = "<", kind: int = 3, count: int = 1, tag: int = 0x112
) -> bytes:
    """Return a TIFF header with one directory of one entry; `kind` is the type (3 is SHORT)."""
    formats = {1: "B3x", 3: "H2x", 4: "I", 8: "h2x", 9: "i"}
    value = struct.pack(order + formats[kind], orientation)
    mark = b"II" if order == "<" else b"MM"
    return (
        mark
        + struct.pack(order + "HIHHHI", 42, 8, 1, tag, kind, count)
        + value
        + struct.pack(order + "I", 0)
    )


def avif_nclx(data: bytes, primaries: int, transfer: int) -> bytes:
    """Say in an AVIF's container that its numbers mean other colours."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def qoi(pixels: Array) -> bytes:
    """Write every pixel in full: RGB of three bytes, RGBA of four."""
    height, width, channels = pixels.shape
    head = b"qoif" + struct.pack(">IIBB", width, height, channels, 0)
    marks = np.full((height, width, 1), 0xFE if channels == 3 else 0xFF)
    words = np.concatenate([marks, pixels], axis=2).astype(np.uint8)
    return head + words.tobytes() + bytes(7) + b"\1"
