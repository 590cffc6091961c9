"""The picture that browsers show of a file, where Pillow would give another.

Everything here was measured against Chromium and is held by the browser tests.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import IO

from PIL import Image, ImageFile

__all__ = ["as_browsers_see", "chosen_icon", "cut_out", "first_frame", "without_lies"]


def chosen_icon(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return an ICO or CUR file that holds only the icon that browsers show.

    That is the largest one, of those the one with the most bits, of those the first. A cursor
    becomes an icon, since Pillow forgets the mask of cursors.

    Returns
    -------
    data
        An ICO file with one entry, or the PNG file that the entry is.
    size
        (width, height) of the picture inside, which may be another than the directory says.

    Raises
    ------
    ValueError, struct.error
        If the directory or the picture's header is broken.
    """
    is_cursor = data[2:4] == b"\2\0"
    best: tuple[int, int, int] | None = None
    place = slice(0)
    for index in range(int.from_bytes(data[4:6], "little")):
        entry = data[6 + 16 * index : 22 + 16 * index]
        if len(entry) < 16:
            break
        width, height, colors, _, _, bits, length, offset = struct.unpack("<4B2H2I", entry)
        if is_cursor:  # these two bytes are a coordinate of its hot spot
            bits = 0
        bits = bits or (colors - 1).bit_length() if colors else bits
        candidate = ((width or 256) * (height or 256), bits, -index)
        if best is None or candidate > best:
            best, place = candidate, slice(offset, offset + length)
    if best is None:
        raise ValueError("its directory holds no icons")
    picture = data[place]  # of all entries only this one: they may overlap
    if picture[:8] == b"\x89PNG\r\n\x1a\n":
        return picture, struct.unpack_from(">II", picture, 16)
    header, width, height, _, bits = struct.unpack_from("<IiiHH", picture)
    width, height = abs(width), abs(height) // 2  # the mask counts as well
    if bits == 32 and not any(picture[header + 3 : header + 4 * width * height : 4]):
        bits = 24  # nothing is opaque: then the mask speaks, not the alpha channel
    directory = struct.pack(
        "<3H4B2H2I", 0, 1, 1, width % 256, height % 256, 0, 0, 1, bits, len(picture), 22
    )
    return directory + picture, (width, height)


_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1}
_LEAST_FRAME = 26 + 12  # bytes of the fcTL chunk of each frame of an APNG


def without_lies(stream: IO[bytes]) -> IO[bytes] | None:
    """Return a PNG without the chunks that browsers skip and that Pillow fails on.

    These are colour chunks of a wrong length, an animation of more frames than the file could
    hold, and texts and profiles that unpack to more than a megabyte. None, with the position as
    before, if there are none of these.
    """
    start = stream.tell()
    try:
        if stream.read(8) != b"\x89PNG\r\n\x1a\n":
            return None
        bad: list[tuple[int, int]] = []
        while len(head := stream.read(8)) == 8 and head[4:] not in (b"IDAT", b"IEND"):
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            at = stream.tell() - 8
            if kind in _LENGTHS and length != _LENGTHS[kind]:
                bad.append((at, length))
            elif kind == b"acTL" and length == 8:
                frames = int.from_bytes(stream.read(4), "big")
                if frames * _LEAST_FRAME > stream.seek(0, io.SEEK_END):
                    bad.append((at, length))
            elif (
                kind in _PACKED
                and length > _LARGEST_TEXT // _MOST_PACKED
                and _is_too_large(kind, stream.read(length))
            ):
                bad.append((at, length))
            stream.seek(at + length + 12)
        if not bad:
            return None
        stream.seek(0)
        data = memoryview(stream.read())
        ends = [0, *(at + length + 12 for at, length in bad)]
        starts = [*(at for at, _ in bad), len(data)]
        return io.BytesIO(b"".join(data[i:j] for i, j in zip(ends, starts, strict=True)))
    finally:
        stream.seek(start)


_PACKED = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_LARGEST_TEXT = 2**20  # PIL.PngImagePlugin.MAX_TEXT_CHUNK
_MOST_PACKED = 1032  # bytes that deflate makes of one, at most


def _is_too_large(kind: bytes, chunk: bytes) -> bool:
    """Tell whether a chunk unpacks to more than Pillow takes (PNG third edition, 11.3.3)."""
    _, _, rest = chunk.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return False
        packed = rest[2:].split(b"\0", 2)[-1]
    else:
        packed = rest[1:]
    unpacking = zlib.decompressobj()
    try:
        return len(unpacking.decompress(packed, _LARGEST_TEXT + 1)) > _LARGEST_TEXT
    except zlib.error:
        return False  # Pillow leaves it out


def first_frame(image: ImageFile.ImageFile) -> tuple[int, int, int, int] | None:
    """Ready an opened, unloaded image for loading the frame that browsers show.

    Returns
    -------
    tuple or None
        (left, top, right, bottom) of the first frame of a GIF or APNG on its screen.
    """
    if image.format == "PNG" and image.info.get("default_image"):
        # The picture for viewers without animation is not part of the animation.
        image.seek(1)
    if image.tile and (image.format == "GIF" or "bbox" in image.info):
        return image.tile[0].extents
    return None


def as_browsers_see(
    image: Image.Image, frame: tuple[int, int, int, int] | None, rawmode: str
) -> Image.Image:
    """Return a loaded image with the transparency that browsers give it.

    Parameters
    ----------
    image
        Loaded.
    frame
        What `first_frame` returned: outside of it, the screen is transparent.
    rawmode
        Pillow's word for the layout of the file's samples.
    """
    if frame is not None and frame != (0, 0, *image.size):
        screen = Image.new("RGBA", image.size, (0, 0, 0, 0))
        screen.paste(cut_out(image, frame).convert("RGBA"), frame[:2])
        return screen
    if image.format == "TIFF" and image.mode == "I;16" and _is_white_zero(image):
        return image.point(lambda value: value * -1 + 65535)
    # Pillow scales samples to 8 bits, but not the one that tRNS declares transparent.
    key = image.info.get("transparency")
    if rawmode in ("L;2", "L;4") and isinstance(key, int):
        largest = 2 ** int(rawmode[2]) - 1
        image.info["transparency"] = (key & largest) * 255 // largest
    elif rawmode == "1" and key == 1:  # Pillow 12 and older; newer ones say 255
        image.info["transparency"] = 255
    elif rawmode == "RGB;16B" and isinstance(key, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image


def cut_out(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Return a part of an image, however low the user has set Pillow's limit of pixels.

    ``Image.crop`` asks ``PIL.Image.MAX_IMAGE_PIXELS``, which is not about what is decoded.
    """
    left, top, right, bottom = box
    return image.transform((right - left, bottom - top), Image.Transform.EXTENT, box)


def _is_white_zero(image: Image.Image) -> bool:
    """Tell whether a TIFF counts from white; Pillow inverts such greys of 8 bits only."""
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(_PHOTOMETRIC_INTERPRETATION) == 0)  # TIFF 6.0, section 3


_PHOTOMETRIC_INTERPRETATION = 262
