"""Small files that ask for very much time or memory, made here and never stored."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from zoo.images import photograph


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk with its length and checksum (PNG 3rd edition, section 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, chunks: bytes) -> bytes:
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + chunks + png_chunk(b"IEND", b"")


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(2**20)
    parts = [packer.compress(block) for _ in range(count // len(block))]
    return b"".join(parts) + packer.compress(bytes(count % len(block))) + packer.flush()


def png_of_179_megapixels() -> bytes:
    """Half a megabyte that decodes to half a gigabyte."""
    width, height = 13_400, 13_400
    return _png(width, height, png_chunk(b"IDAT", _zeros(height * (1 + 3 * width))))


def png_with_text_bombs() -> bytes:
    """Compressed texts of 64 megabytes each, forty times, before a single pixel."""
    text = png_chunk(b"zTXt", b"Comment\0\0" + _zeros(64 * 2**20))
    return _png(1, 1, text * 40 + png_chunk(b"IDAT", zlib.compress(bytes(4))))


def png_with_a_profile_bomb() -> bytes:
    """A colour profile of 400 megabytes, compressed."""
    profile = png_chunk(b"iCCP", b"icc\0\0" + _zeros(400 * 2**20))
    return _png(1, 1, profile + png_chunk(b"IDAT", zlib.compress(bytes(4))))


def png_of_small_chunks() -> bytes:
    """A million chunks that nobody knows."""
    return _png(1, 1, png_chunk(b"zzZz", b"") * 1_000_000)


def apng_of_many_frames() -> bytes:
    """An animation that claims two thousand million frames."""
    control = png_chunk(b"acTL", struct.pack(">2I", 2_000_000_000, 0))
    return _png(64, 64, control + png_chunk(b"IDAT", zlib.compress(bytes(64 * 193))))


def png_of_small_data_chunks() -> bytes:
    """A picture whose data stand in a million chunks, most of them empty."""
    data = zlib.compress(bytes(4))
    chunks = [png_chunk(b"IDAT", data[:1]), png_chunk(b"IDAT", b"") * 1_000_000]
    return _png(1, 1, b"".join([*chunks, png_chunk(b"IDAT", data[1:])]))


def png_of_chunks_behind_the_picture() -> bytes:
    """A million chunks that nobody knows, after the last pixel."""
    return _png(1, 1, png_chunk(b"IDAT", zlib.compress(bytes(4))) + png_chunk(b"zzZz", b"") * 10**6)


def png_of_wrong_color_chunks() -> bytes:
    """A million chunks of a wrong length, each of which has to be taken out."""
    return _png(1, 1, png_chunk(b"gAMA", b"") * 10**6 + png_chunk(b"IDAT", zlib.compress(bytes(4))))


def png_of_many_text_bombs() -> bytes:
    """Twenty thousand compressed texts of two megabytes each."""
    text = png_chunk(b"zTXt", b"Comment\0\0" + _zeros(2 * 2**20))
    return _png(1, 1, text * 20_000 + png_chunk(b"IDAT", zlib.compress(bytes(4))))


def jpeg_of_scans(scans: int, size: tuple[int, int] = (1536, 1536)) -> bytes:
    """A progressive JPEG whose last scan stands in it again and again.

    Each refines all coefficients of all blocks, and says in a few bits that nothing changes: by
    runs of 16,384 blocks without a new coefficient (ITU-T T.81, section G.1.2.3).
    """
    written = io.BytesIO()
    Image.new("L", (64, 64), 90).save(written, "jpeg", progressive=True)
    data = bytearray(written.getvalue())
    frame = data.find(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", size[1], size[0])
    table = b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + b"\1" + bytes(15) + b"\xe0"
    blocks = -(-size[0] // 8) * -(-size[1] // 8)
    runs = bytes(-(-15 * (blocks // 16_384 + 1) // 8))
    scan = b"\xff\xda" + struct.pack(">H6B", 8, 1, 1, 0, 1, 63, 0x10) + runs
    return bytes(data[: data.find(b"\xff\xda")]) + table + scan * scans + b"\xff\xd9"


def jpeg_of_57000_scans() -> bytes:
    """A megabyte that takes a minute and more to decode."""
    return jpeg_of_scans(57_000)


def jpeg_of_101_large_scans() -> bytes:
    """Ten kilobytes that make the decoder walk over five thousand megapixels."""
    return jpeg_of_scans(101, (8000, 6000))


def jpeg_of_100_large_scans() -> bytes:
    """No more scans than small pictures may have, which take seven seconds here."""
    return jpeg_of_scans(100, (8000, 6000))


def jpeg_of_separate_scans() -> bytes:
    """A JPEG that is not progressive, and has 20,000 scans of one component all the same."""
    written = io.BytesIO()
    photograph(size=(800, 800)).save(written, "jpeg", subsampling=0)
    data = written.getvalue()
    scan = b"\xff\xda" + struct.pack(">H6B", 8, 1, 1, 0, 0, 63, 0)
    return data[: data.find(b"\xff\xda")] + (scan + bytes(20)) * 20_000 + b"\xff\xd9"


def ico_with_a_giant() -> bytes:
    """An icon of 256×256 that holds a PNG of 9000×9000."""
    inside = _png(9000, 9000, png_chunk(b"IDAT", _zeros(9000 * (1 + 3 * 9000))))
    entry = struct.pack("<4B2H2I", 0, 0, 0, 0, 1, 32, len(inside), 22)
    return struct.pack("<3H", 0, 1, 1) + entry + inside


def ico_of_65535_icons() -> bytes:
    """A directory each of whose entries is better than the last, and as long as the file."""
    entries = [struct.pack("<4B2H2I", 0, 0, 0, 0, 1, bits, 2**25, 0) for bits in range(65_535)]
    return struct.pack("<3H", 0, 1, 65_535) + b"".join(entries) + bytes(2**24)


def ico_of_a_negative_giant() -> bytes:
    """An icon whose bitmap says to be 15,000×15,000, counted downwards."""
    header = struct.pack("<IiiHHIIiiII", 40, 15_000, -30_000, 1, 32, 0, 0, 0, 0, 0, 0)
    entry = struct.pack("<4B2H2I", 64, 64, 0, 0, 1, 32, len(header), 22)
    return struct.pack("<3H", 0, 1, 1) + entry + header


def tiff_of_100000_directories() -> bytes:
    """A TIFF whose directories, each of one entry, make a chain."""
    first = io.BytesIO()
    photograph().save(first, "tiff")
    data = bytearray(first.getvalue())
    at = int.from_bytes(data[4:8], "little")
    link = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    for _ in range(100_000):
        if len(data) % 2:
            data += b"\0"
        data[link : link + 4] = struct.pack("<I", len(data))
        data += struct.pack("<HHHII", 1, 254, 4, 1, 0)
        link = len(data)
        data += bytes(4)
    return bytes(data)


def tiff_with_a_loop() -> bytes:
    """A TIFF whose directory is followed by itself."""
    first = io.BytesIO()
    photograph().save(first, "tiff")
    data = bytearray(first.getvalue())
    at = int.from_bytes(data[4:8], "little")
    link = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    data[link : link + 4] = struct.pack("<I", at)
    return bytes(data)


def gif_of_200000_frames() -> bytes:
    """An animation of 200,000 frames of one pixel."""
    screen = b"GIF89a" + struct.pack("<2H3B", 64, 64, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return screen + frame * 200_000 + b";"


def _tiff(entries: list[tuple[int, int, int, int]], rest: bytes = b"") -> bytes:
    """Return a TIFF of one directory: tag, type, count, value or offset; then other bytes."""
    directory = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4) + rest


def tiff_of_large_tags() -> bytes:
    """A directory of 5,000 tags that all have the same four megabytes for a value."""
    said = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 16, 279: 256}
    entries = [(tag, 4, 1, value) for tag, value in said.items()]
    entries += [(tag, 7, 2**22, 8) for tag in range(50_000, 55_000)]
    return _tiff(entries, bytes(2**22))


def tiff_of_overlapping_strips() -> bytes:
    """60,000 rows, the data of each of which are all of a file of 16 megabytes."""
    rows, length = 60_000, 2**24
    said = {256: 16, 257: rows, 258: 8, 259: 5, 262: 1, 277: 1, 278: 1}
    entries = [(tag, 4, 1, value) for tag, value in said.items()]
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    entries += [(273, 4, rows, start), (279, 4, rows, start + 4 * rows)]
    numbers = struct.pack(f"<{2 * rows}I", *[start] * rows, *[length] * rows)
    return _tiff(entries, numbers + bytes(length))


def tiff_of_a_giant_tile() -> bytes:
    """A picture of 64×64 in one tile of a million by a million."""
    said = {256: 64, 257: 64, 258: 8, 259: 8, 262: 1, 277: 1, 322: 2**20, 323: 2**20}
    return _tiff([(tag, 4, 1, value) for tag, value in {**said, 324: 8, 325: 100}.items()])


def tiff_whose_exif_is_itself() -> bytes:
    """A TIFF whose directories of EXIF, GPS and interoperability are itself."""
    said = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 16, 279: 256}
    links = dict.fromkeys((330, 34665, 34853, 40965), 8)
    entries = [(tag, 4, 1, value) for tag, value in {**said, **links}.items()]
    return _tiff(entries, bytes(256))


def gif_of_a_large_screen() -> bytes:
    """A frame of one pixel on a screen of 65,535×65,535."""
    screen = b"GIF89a" + struct.pack("<2H3B", 65_535, 65_535, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    return screen + b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0;"


def gif_of_a_giant_frame() -> bytes:
    """A screen of 64×64 with a frame of 65,535×65,535."""
    screen = b"GIF89a" + struct.pack("<2H3B", 64, 64, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    return screen + b"," + struct.pack("<4HB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x44\x01\0;"


def gif_of_a_giant_second_frame() -> bytes:
    """A small animation whose second frame is 13,000×13,000."""
    screen = b"GIF89a" + struct.pack("<2H3B", 64, 64, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    small, large = struct.pack("<4HB", 0, 0, 1, 1, 0), struct.pack("<4HB", 0, 0, 13_000, 13_000, 0)
    pixel = b"\x02\x02\x44\x01\0"
    return screen + b"," + small + pixel + b"," + large + pixel + b"," + large + pixel + b";"


def gif_of_many_comments() -> bytes:
    """Four million comments of one letter before the first frame."""
    screen = b"GIF89a" + struct.pack("<2H3B", 64, 64, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0;"
    return screen + b"!\xfe" + b"\1x" * 4_000_000 + b"\0" + frame


def webp_of_a_large_canvas() -> bytes:
    """A WebP whose header promises 16,383×16,383 pixels."""
    return _riff(b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xfe\x3f\0" * 2)


def _riff(chunks: bytes) -> bytes:
    body = b"WEBP" + chunks
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_animation(canvas: int, frames: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (1, 1), "teal").save(written, "webp")
    picture = written.getvalue()[12:]
    picture += bytes(len(picture) % 2)
    side = struct.pack("<I", canvas - 1)[:3]
    extended = b"VP8X" + struct.pack("<IB3x", 10, 2) + side * 2
    control = b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    frame = bytes(12) + struct.pack("<I", 50)[:3] + b"\0" + picture
    frame = b"ANMF" + struct.pack("<I", len(frame)) + frame
    return _riff(extended + control + frame * frames)


def webp_of_200000_frames() -> bytes:
    """An animation of 200,000 frames of one pixel."""
    return _webp_animation(64, 200_000)


def webp_of_small_frames_on_a_large_canvas() -> bytes:
    """Frames of one pixel, each of which makes a picture of 16,383×16,383."""
    return _webp_animation(16_383, 100)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def avif_of_nested_boxes() -> bytes:
    """Boxes in boxes, 100,000 deep."""
    file_type = _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1")
    depth = 100_000
    heads = b"".join(struct.pack(">I4s", 8 * (depth - level), b"ipco") for level in range(depth))
    return file_type + _box(b"meta", bytes(4) + _box(b"iprp", heads))


def avif_of_a_large_grid() -> bytes:
    """A picture of 65,536 items that are all the same, in a grid."""
    written = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(written, "avif")
    data = written.getvalue()
    # The size of the picture (ISO/IEC 23008-12, 6.5.3) says 60,000×60,000 instead of 64×64.
    return data.replace(
        b"ispe" + bytes(4) + struct.pack(">II", 64, 64),
        b"ispe" + bytes(4) + struct.pack(">II", 60_000, 60_000),
    )


def jpeg2000_of_small_boxes() -> bytes:
    """A million empty boxes before the picture."""
    signature = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    return signature + _box(b"ftyp", b"jp2 " + bytes(4) + b"jp2 ") + _box(b"free", b"") * 10**6


def jpeg2000_of_tiny_tiles() -> bytes:
    """A picture of 255×255 in tiles of one pixel, for each of which memory is set aside."""
    components = struct.pack(">3B", 7, 1, 1) * 3
    size = struct.pack(">H8IH", 0, 255, 255, 0, 0, 1, 1, 0, 0, 3) + components
    coding = b"\xff\x52" + struct.pack(">H", 12) + bytes([0, 0, 0, 1, 1, 5, 4, 4, 0, 0])
    quantization = b"\xff\x5c" + struct.pack(">H", 19) + b"\x40" + bytes([0x40] * 16)
    tile = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 14, 0, 1) + b"\xff\x93"
    head = b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(size)) + size
    return head + coding + quantization + tile + b"\xff\xd9"


def qoi_of_long_runs() -> bytes:
    """49 megapixels, 62 in every byte."""
    header = b"qoif" + struct.pack(">IIBB", 7000, 7000, 4, 0)
    return header + b"\xfd" * (7000 * 7000 // 62 + 1) + bytes(7) + b"\1"


def ppm_of_a_long_comment() -> bytes:
    """A header with a comment of sixteen megabytes."""
    return b"P6 #" + b"x" * 2**24 + b"\n1 1 255\n\0\0\0"


def ppm_of_a_large_promise() -> bytes:
    """49 megapixels of text, and no text."""
    return b"P3 7000 7000 255\n"


def tga_of_a_large_promise() -> bytes:
    """A header of 65,535×65,535 pixels, and nothing behind it."""
    return struct.pack("<3B5x2x2x2H2B", 0, 0, 10, 65_535, 65_535, 32, 8)


def jpeg2000_of_many_tiles() -> bytes:
    """A JPEG 2000 header with 65,535 tiles of a sixteenth of a gigapixel, and no data."""
    components = struct.pack(">3B", 7, 1, 1) * 3
    size = struct.pack(">H8IH", 0, 40_000, 40_000, 0, 0, 160, 160, 0, 0, 3) + components
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(size)) + size + b"\xff\xd9"


def ppm_of_many_digits() -> bytes:
    """A header whose numbers have a million digits."""
    return b"P6 " + b"9" * 1_000_000 + b" 1 255\n"


def bmp_of_a_large_promise() -> bytes:
    """A BMP header of 60,000×60,000 pixels, and nothing behind it."""
    header = struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header


def jpeg_of_many_markers() -> bytes:
    """A JPEG with 30,000 application segments of 1,000 bytes before its picture."""
    written = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(written, "jpeg")
    data = written.getvalue()
    segment = b"\xff\xe1" + struct.pack(">H", 1002) + b"Exif\0\0" + bytes(994)
    return data[:2] + segment * 30_000 + data[2:]


def exif_of_deep_directories() -> bytes:
    """A JPEG whose EXIF directories lead to one another in a circle."""
    written = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(written, "jpeg")
    data = written.getvalue()
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)  # the directory of EXIF is this one
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 3000) + entry * 3000 + struct.pack("<I", 8)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def jpeg_of_many_resources() -> bytes:
    """A JPEG with five million resources of Photoshop's, all of them empty."""
    written = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(written, "jpeg")
    data = written.getvalue()
    resource = b"8BIM" + struct.pack(">HHI", 1, 0, 0)
    body = b"Photoshop 3.0\0" + resource * 5_400
    segment = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    return data[:2] + segment * 900 + data[2:]


def heif_of_a_large_promise() -> bytes:
    """A HEIF picture that says to be 60,000×60,000."""
    size = _box(b"ispe", bytes(4) + struct.pack(">II", 60_000, 60_000))
    properties = _box(b"iprp", _box(b"ipco", size))
    return _box(b"ftyp", b"heic" + bytes(4) + b"heicmif1") + _box(b"meta", bytes(4) + properties)


_MAKERS = (
    png_of_179_megapixels,
    png_with_text_bombs,
    png_of_many_text_bombs,
    png_with_a_profile_bomb,
    png_of_small_chunks,
    png_of_small_data_chunks,
    png_of_chunks_behind_the_picture,
    png_of_wrong_color_chunks,
    apng_of_many_frames,
    jpeg_of_57000_scans,
    jpeg_of_101_large_scans,
    jpeg_of_100_large_scans,
    jpeg_of_separate_scans,
    jpeg_of_many_markers,
    jpeg_of_many_resources,
    exif_of_deep_directories,
    ico_with_a_giant,
    ico_of_65535_icons,
    ico_of_a_negative_giant,
    tiff_of_100000_directories,
    tiff_with_a_loop,
    tiff_of_large_tags,
    tiff_of_overlapping_strips,
    tiff_of_a_giant_tile,
    tiff_whose_exif_is_itself,
    gif_of_200000_frames,
    gif_of_a_large_screen,
    gif_of_a_giant_frame,
    gif_of_a_giant_second_frame,
    gif_of_many_comments,
    webp_of_a_large_canvas,
    webp_of_200000_frames,
    webp_of_small_frames_on_a_large_canvas,
    avif_of_nested_boxes,
    avif_of_a_large_grid,
    heif_of_a_large_promise,
    jpeg2000_of_many_tiles,
    jpeg2000_of_small_boxes,
    jpeg2000_of_tiny_tiles,
    qoi_of_long_runs,
    ppm_of_many_digits,
    ppm_of_a_long_comment,
    ppm_of_a_large_promise,
    bmp_of_a_large_promise,
    tga_of_a_large_promise,
)

BOMBS: dict[str, Callable[[], bytes]] = {make.__name__: make for make in _MAKERS}
