"""The small previews that cameras put into their JPEG files, where they show the same picture.

There are two kinds: the EXIF thumbnail, of 160×120 pixels mostly (EXIF 2.32, section 4.6.2), and
the "large thumbnail" among the pictures of a Multi-Picture Format file (CIPA DC-007, table 4).
Other pictures in such a file are other pictures. A preview may be older than the picture, when
that was edited with a program that knows of none, and it may have black bars. Hence it must be
large enough, of the same shape, and look like the picture where that is known: at its top, of
which a small part of the file tells.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO, Any, cast

from PIL import Image, ImageChops, ImageFile, ImageStat

from imgdisplay.core.formats.scans import has_more_scans

__all__ = ["embedded_preview"]

_LARGE_THUMBNAILS = frozenset({0x010001, 0x010002})

_LARGEST = 1920 * 1440
"""Pixels; the largest class of large thumbnails is that of full-HD screens."""

_LOOKED_AT = 16
"""One of so many bytes of the file is decoded, for the comparison."""

_LEAST_LOOKED_AT = 2**17
_LEAST_ROWS = 4
_UNLIKE = 12.0
"""Mean difference of the compared pixels, of 255, from which on they are of two pictures.

Of the same picture, sharpened and compressed in another way: 1 to 5."""

_FLAT = 8.0
"""Standard deviation below which the compared pixels tell nothing."""


def embedded_preview(image: ImageFile.ImageFile, wanted: tuple[int, int]) -> Image.Image | None:
    """Return the preview of an opened JPEG that a thumbnail can be made of, or None.

    Parameters
    ----------
    image
        Opened, not loaded. Only the position of its file is changed, and only if there is a
        preview that may do.
    wanted
        (width, height) of the thumbnail in pixels, turned as the file is.

    Returns
    -------
    PIL.Image.Image or None
        Loaded, and turned as the picture is.
    """
    for data in _candidates(image):
        preview = _decoded(data)
        if preview is None or preview.mode != image.mode:
            continue
        is_large = preview.width >= wanted[0] and preview.height >= wanted[1]
        if is_large and _has_shape_of(preview, image) and _looks_like(preview, image):
            return preview
    return None


def _candidates(image: ImageFile.ImageFile) -> Iterator[bytes]:
    try:
        exif = image.info.get("exif")
        if isinstance(exif, bytes):
            yield _exif_thumbnail(exif)
        pictures = image.info.get("mp")
        if isinstance(pictures, bytes):
            assert image.fp is not None
            for offset, length in _large_thumbnails(pictures):
                image.fp.seek(image.info["mpoffset"] + offset)
                yield image.fp.read(length)
    except (struct.error, KeyError):  # what is broken there is no loss
        return


def _exif_thumbnail(exif: bytes) -> bytes:
    """Return the JPEG file that the second directory of an EXIF block tells of, or nothing."""
    block = exif[6:]
    order = _byte_order(block)
    first = struct.unpack_from(order + "I", block, 4)[0]
    entries = struct.unpack_from(order + "H", block, first)[0]
    second = struct.unpack_from(order + "I", block, first + 2 + 12 * entries)[0]
    tags = _tags(block, order, second) if second else {}
    offset, length = tags.get(_JPEG_OFFSET, 0), tags.get(_JPEG_LENGTH, 0)
    return block[offset : offset + length] if offset and length else b""


_JPEG_OFFSET, _JPEG_LENGTH = 0x0201, 0x0202
_ENTRIES = 0xB002


def _large_thumbnails(index: bytes) -> Iterator[tuple[int, int]]:
    """Yield where, from the beginning of its index, a file holds large thumbnails of itself."""
    order = _byte_order(index)
    first = struct.unpack_from(order + "I", index, 4)[0]
    start = _tags(index, order, first).get(_ENTRIES, 0)
    count = struct.unpack_from(order + "H", index, first)[0]
    at = first + 2
    size = 0
    for entry in range(min(count, 64)):
        tag, _, length = struct.unpack_from(order + "HHI", index, at + 12 * entry)
        size = length if tag == _ENTRIES else size
    for entry in range(min(size // 16, 16)):
        attributes, length, offset = struct.unpack_from(order + "III", index, start + 16 * entry)
        if attributes & 0xFFFFFF in _LARGE_THUMBNAILS and offset:
            yield offset, length


def _byte_order(block: bytes) -> str:
    return ">" if block[:2] == b"MM" else "<"


def _tags(block: bytes, order: str, directory: int) -> dict[int, int]:
    """Return the tags of a TIFF directory whose values are one long number (TIFF 6.0, 2)."""
    count = struct.unpack_from(order + "H", block, directory)[0]
    entries = (
        struct.unpack_from(order + "HHII", block, directory + 2 + 12 * entry)
        for entry in range(count)
    )
    return {tag: value for tag, _, _, value in entries}


def _decoded(data: bytes) -> Image.Image | None:
    from PIL.JpegImagePlugin import JpegImageFile

    if not data.startswith(b"\xff\xd8\xff"):
        return None
    try:
        preview = JpegImageFile(io.BytesIO(data))
        if preview.width * preview.height > _LARGEST or has_more_scans(
            cast("IO[bytes]", preview.fp),
            components=len(preview.getbands()),
            progressive="progressive" in preview.info,
        ):
            return None
        preview.load()
    except Exception:  # then the picture itself is there
        return None
    return preview


def _has_shape_of(preview: Image.Image, image: Image.Image) -> bool:
    """Tell whether both have the same ratio of sides, but for the rounding of the smaller."""
    height = preview.width * image.height / image.width
    return abs(preview.height - height) <= 1


def _looks_like(preview: Image.Image, image: ImageFile.ImageFile) -> bool:
    top = _top(image)
    if top is None:
        return False
    rows = int(top.height * preview.height * 8 / image.height)
    if rows < _LEAST_ROWS:
        return False
    box = (0, 0, image.width / 8, rows * image.height / preview.height / 8)
    shown: Any = top.resize((preview.width, rows), Image.Resampling.BOX, box)
    if max(ImageStat.Stat(shown).stddev) < _FLAT:  # a clear sky is that of any picture
        return False
    told = preview.crop((0, 0, preview.width, rows))
    return max(ImageStat.Stat(ImageChops.difference(shown, told)).mean) < _UNLIKE


def _top(image: ImageFile.ImageFile) -> Image.Image | None:
    """Return the first rows of an opened JPEG at an eighth of its size, or None.

    A decoder that finds no more data repeats the last mean to the end, which tells where the
    rows that are there end.
    """
    assert image.fp is not None
    size = image.fp.seek(0, io.SEEK_END)
    image.fp.seek(0)
    data = image.fp.read(image.info.get("mpoffset", 0) + max(size // _LOOKED_AT, _LEAST_LOOKED_AT))
    part: Any = type(image)(io.BytesIO(data + b"\xff\xd9"))
    part.draft(None, (-(-image.width // 8), -(-image.height // 8)))
    part.load()
    last = part.getpixel((part.width - 1, part.height - 1))
    rest = ImageChops.difference(part, Image.new(part.mode, part.size, last)).getbbox()
    rows = (rest[3] if rest else 0) - _BLOCKS_CUT
    return part.crop((0, 0, part.width, rows)) if rows > 0 else None


_BLOCKS_CUT = 4
"""Rows of blocks that may be cut, or mixed with what is repeated."""
