"""The decoder's edge: encoded bytes in, a `Picture` out, our errors for everything else.

Only the header is read first; limits are checked on it. Pillow's format plugins are called
directly, in an allow-list chosen by the file's first bytes: `Image.open` would consult all
plugins, and its check against decompression bombs is a process-wide setting that warns.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO

from PIL import Image, ImageFile

from imgdisplay.core.colortag import ColorTag, color_tag
from imgdisplay.core.firstframe import (
    as_browsers_see,
    chosen_icon,
    first_frame,
    without_lies,
)
from imgdisplay.core.layout import Layout, layout
from imgdisplay.core.picture import Picture, exif_orientation
from imgdisplay.core.quiet import quiet
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import (
    DecodeError,
    ImgDisplayError,
    SourceRefused,
    UnsupportedSource,
    quote,
)
from imgdisplay.options import Options

__all__ = ["ACCEPTED", "decode", "has_image_signature", "opened", "within_limits"]

LARGEST_SIDE = 65_535

_Signature = Callable[[bytes], bool]


def _starts(*prefixes: bytes) -> _Signature:
    return lambda head: head.startswith(prefixes)


def _is_avif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and any(
        brand in head[8:32] for brand in (b"avif", b"avis", b"mif1", b"msf1")
    )


def _is_tga(head: bytes) -> bool:
    # Truevision files have no signature: colour-map type, image type and pixel depth must fit.
    return (
        len(head) >= 18
        and head[1] in (0, 1)
        and head[2] in (1, 2, 3, 9, 10, 11)
        and head[16] in (1, 8, 15, 16, 24, 32)
        and (head[1] == 1) == (head[2] in (1, 9))
    )


# Format, plugin, class, signature of the first 32 bytes. Later ones have weaker signatures.
_FORMATS: tuple[tuple[str, str, str, _Signature], ...] = (
    ("JPEG", "JpegImagePlugin", "JpegImageFile", _starts(b"\xff\xd8\xff")),
    ("PNG", "PngImagePlugin", "PngImageFile", _starts(b"\x89PNG\r\n\x1a\n")),
    ("GIF", "GifImagePlugin", "GifImageFile", _starts(b"GIF87a", b"GIF89a")),
    (
        "WEBP",
        "WebPImagePlugin",
        "WebPImageFile",
        lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    ),
    ("AVIF", "AvifImagePlugin", "AvifImageFile", _is_avif),
    (
        "TIFF",
        "TiffImagePlugin",
        "TiffImageFile",
        _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"MM*\0", b"II\0*"),
    ),
    (
        "JPEG2000",
        "Jpeg2KImagePlugin",
        "Jpeg2KImageFile",
        _starts(b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n"),
    ),
    ("BMP", "BmpImagePlugin", "BmpImageFile", _starts(b"BM")),
    ("ICO", "IcoImagePlugin", "IcoImageFile", _starts(b"\0\0\1\0")),
    ("CUR", "CurImagePlugin", "CurImageFile", _starts(b"\0\0\2\0")),
    ("QOI", "QoiImagePlugin", "QoiImageFile", _starts(b"qoif")),
    (
        "PPM",
        "PpmImagePlugin",
        "PpmImageFile",
        lambda head: head[:1] == b"P" and head[1:2] in b"1234567fFy" and len(head) > 2,
    ),
    (
        "DIB",
        "BmpImagePlugin",
        "DibImageFile",
        lambda head: head[:4] in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"),
    ),
    ("TGA", "TgaImagePlugin", "TgaImageFile", _is_tga),
)

_WEAK = frozenset({"ICO", "CUR", "PPM", "DIB", "TGA"})
"""Formats whose first bytes other files begin with as well."""

ACCEPTED = frozenset(name for name, _, _, _ in _FORMATS) | {"MPO"}
"""Names by which Pillow calls the formats that are opened."""

_HEAD = 32

_NEVER = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"%PDF", "PDF"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"\x93NUMPY", "a .npy file (load it with numpy and pass the array)"),
)


def has_image_signature(head: bytes) -> bool:
    """Tell whether bytes begin as a picture of a format with a clear signature."""
    if head[:2] == b"BM":
        return head[6:10] == b"\0\0\0\0"
    return any(fits(head[:_HEAD]) for name, _, _, fits in _FORMATS if name not in _WEAK)


def decode(encoded: Encoded, options: Options, *, whole: bool = False) -> Picture:
    """Decode one picture, a JPEG no larger than the thumbnail needs unless `whole`.

    Returns
    -------
    Picture
        Loaded, not yet turned upright or converted to sRGB. For animations the first frame.

    Raises
    ------
    SourceNotFound, SourceRefused, DecodeError
        Every failure of a decoder comes out as one of these.
    """
    with opened(encoded, options) as (image, color):
        return _load(image, color, encoded, options, whole)


@contextmanager
def opened(encoded: Encoded, options: Options) -> Iterator[tuple[ImageFile.ImageFile, ColorTag]]:
    """Open a picture file without decoding it; what fails inside the block is our error.

    Raises
    ------
    SourceNotFound, SourceRefused, DecodeError
    """
    try:
        with quiet(), encoded.open(options.max_file_bytes, remote=options.remote) as stream:
            file = _icon(stream, encoded.name, options) or without_lies(stream) or stream
            image = _header(file, encoded.name)
            yield image, color_tag(image, file)
    except ImgDisplayError:
        raise
    except Exception as error:
        raise DecodeError(_reason(error, encoded.name)) from error


def _header(stream: IO[bytes], name: str) -> ImageFile.ImageFile:
    head = stream.read(_HEAD)
    if not isinstance(head, bytes):
        raise UnsupportedSource(f"{_called(name)} is open as text; open it with mode 'rb'")
    if not head:
        raise DecodeError(f"{_called(name)} is empty")
    for format_, module, factory, fits in _FORMATS:
        if not fits(head):
            continue
        stream.seek(0)
        # Plugins are asked in the order in which they were imported. Ours to import are those
        # with clear signatures; the others only when Pillow has put all of them in its order.
        (Image.init if format_ in _WEAK else Image.preinit)()
        plugin = import_module(f"PIL.{module}")
        try:
            image: ImageFile.ImageFile = getattr(plugin, factory)(stream)
        except SyntaxError as error:
            if format_ in _WEAK:  # the next format may know it
                continue
            raise DecodeError(
                f"{_called(name)} begins as {format_} and is broken: {error}"
            ) from error
        return image
    for prefix, what in _NEVER:
        if head.lstrip().lower().startswith(prefix.lower()):
            raise SourceRefused(f"{_called(name)} is {what}, which is never opened")
    raise DecodeError(
        f"{_called(name)} is not a picture of an accepted format "
        f"(it begins with {quote(head[:12])})"
    )


def _icon(stream: IO[bytes], name: str, options: Options) -> IO[bytes] | None:
    """Return the icon that browsers show of an ICO or CUR file; None if it is none."""
    kind = stream.read(4)
    stream.seek(0)
    if kind not in (b"\0\0\1\0", b"\0\0\2\0"):
        return None
    try:
        data, size = chosen_icon(stream.read())
    except (ValueError, struct.error):  # an uncompressed TGA may begin in the same way
        stream.seek(0)
        return None
    within_limits(size, size, name, options)
    return io.BytesIO(data)


def _load(
    image: ImageFile.ImageFile, color: ColorTag, encoded: Encoded, options: Options, whole: bool
) -> Picture:
    size, mode = image.size, image.mode
    orientation = 1 if image.format == "TIFF" else exif_orientation(image)
    upright = size[::-1] if orientation >= 5 else size
    if not whole and image.format == "JPEG":
        _draft(image, layout(upright, options), orientation)
    within_limits(size, image.size, encoded.name, options)
    if encoded.frame:
        image.seek(encoded.frame)
    frame = None if encoded.frame else first_frame(image)
    rawmode = image.tile[0].args if image.tile else ""
    image.load()
    if image.format == "TIFF":  # Pillow's TIFF plugin turns the picture while loading it
        upright = image.size
    return Picture(
        image=as_browsers_see(image, frame, rawmode if isinstance(rawmode, str) else ""),
        size=upright,
        orientation=orientation,
        mode=mode,
        format=image.format,
        color=color,
        name=encoded.name,
    )


def within_limits(
    size: tuple[int, int], decoded: tuple[int, int], name: str, options: Options
) -> None:
    """Raise `SourceRefused` if a picture is larger than is decoded unasked."""
    shown = f"{_called(name)} is {size[0]}×{size[1]} pixels"
    if max(size) > LARGEST_SIDE:
        raise SourceRefused(f"{shown}; sides over {LARGEST_SIDE:,} are not decoded")
    if decoded[0] * decoded[1] > options.max_pixels:
        raise SourceRefused(
            f"{shown}, more than max_pixels={options.max_pixels:,}; raise it with max_pixels=…"
        )


def _draft(image: ImageFile.ImageFile, wanted: Layout, orientation: int) -> None:
    """Let the JPEG decoder shrink by 2, 4 or 8, leaving at least what the filter needs."""
    width, height = wanted.pixels[::-1] if orientation >= 5 else wanted.pixels
    image.draft(None, (round(width * _DECODER_GAP), round(height * _DECODER_GAP)))


_DECODER_GAP = 1.5
"""Decoded pixels per thumbnail pixel, at least: SSIM ≥ 0.996 to a full-size reduction."""


def _called(name: str) -> str:
    return quote(name) if name else "the data"


def _reason(error: Exception, name: str) -> str:
    said = str(error)
    if "truncated" in said.lower() or "unexpected end" in said.lower():
        return f"{_called(name)} is truncated: its end is missing"
    if isinstance(error, MemoryError):
        return f"{_called(name)} needs more memory than there is"
    return f"{_called(name)} is broken: {said or type(error).__name__}"[:200]
