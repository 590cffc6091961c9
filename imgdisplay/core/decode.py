"""The decoder's edge: encoded bytes in, a `Picture` out, our errors for everything else.

Only the header is read first; limits are checked on it. Pillow's format plugins are called
directly, in an allow-list chosen by the file's first bytes: `Image.open` would consult all
plugins, and its check against decompression bombs is a process-wide setting that warns.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from typing import IO, Any

from PIL import Image, ImageFile

from imgdisplay.core.color.tag import ColorTag, color_tag
from imgdisplay.core.deadline import latest_moment
from imgdisplay.core.formats.firstframe import (
    as_browsers_see,
    chosen_icon,
    first_frame,
    without_lies,
)
from imgdisplay.core.formats.jpeg import preview_of, scaled
from imgdisplay.core.formats.scans import has_more_scans, most_scans
from imgdisplay.core.layout import layout
from imgdisplay.core.limits import called, within_file, within_limits, within_memory
from imgdisplay.core.picture import Picture, exif_orientation
from imgdisplay.core.quiet import quiet
from imgdisplay.core.reading import Reader
from imgdisplay.core.streams import Encoded, within_bytes
from imgdisplay.errors import (
    DecodeError,
    ImgDisplayError,
    SourceRefused,
    UnsupportedSource,
    missing_extra,
    quote,
)
from imgdisplay.options import Options

__all__ = ["ACCEPTED", "decode", "has_image_signature", "opened"]

_Signature = Callable[[bytes], bool]


def _starts(*prefixes: bytes) -> _Signature:
    return lambda head: head.startswith(prefixes)


_is_tiff = _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"MM*\0", b"II\0*")


def _is_of_brand(*brands: bytes) -> _Signature:
    return lambda head: head[4:8] == b"ftyp" and any(brand in head[8:32] for brand in brands)


_has_avif_brand = _is_of_brand(b"avif", b"avis")
_has_heif_brand = _is_of_brand(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_has_either_brand = _is_of_brand(b"mif1", b"msf1")


def _is_avif(head: bytes) -> bool:
    return _has_avif_brand(head) or (_has_either_brand(head) and not _has_heif_brand(head))


def _is_heif(head: bytes) -> bool:
    return _has_heif_brand(head) and not _has_avif_brand(head)


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
    ("HEIF", "pillow_heif.as_plugin", "HeifImageFile", _is_heif),
    (
        "TIFF",
        "TiffImagePlugin",
        "TiffImageFile",
        _is_tiff,
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
    (b"\x93NUMPY", "a .npy array in a pipe or under another name"),
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
    refusing: list[Reader] = []

    def reader(file: IO[bytes]) -> Any:
        refusing.append(Reader(file, called(encoded.name), moment, options.timeout))
        return refusing[-1]

    moment = latest_moment(options)
    try:
        with (
            quiet(),
            ExitStack() as silence,
            encoded.open(options, in_parts=_is_tiff) as stream,
        ):
            file = reader(stream)
            head = _first_bytes(file, encoded.name)
            other = _as_browsers_read(head, file, encoded.name, options)
            if other is not None:
                file = reader(other)
                head = _first_bytes(file, encoded.name)
            image = _header(head, file, encoded.name)
            color = color_tag(image, file)
            file.header_is_read(image.format)
            if image.format == "TIFF":
                file.for_libtiff()
                silence.enter_context(_silent_libtiff())
            elif image.tile and image.tile[0].codec_name in _BYTE_BY_BYTE:
                image.fp = file.buffered()
            yield image, color
    except ImgDisplayError:
        raise
    except Exception as error:
        for refused in refusing:
            if refused.refusal is not None:  # a decoder has hidden it
                raise refused.refusal from None
        raise _told(error, encoded.name) from error


def _silent_libtiff() -> AbstractContextManager[None]:
    from imgdisplay.core.formats.chatter import silent_libtiff  # other formats do without ctypes

    return silent_libtiff()


_BYTE_BY_BYTE = frozenset({"bmp_rle", "ppm", "ppm_plain", "qoi"})
"""Pillow's decoders that read so."""


def _first_bytes(stream: IO[bytes], name: str) -> bytes:
    head = stream.read(_HEAD)
    if not isinstance(head, bytes):
        raise UnsupportedSource(f"{called(name)} is open as text; open it with mode 'rb'")
    stream.seek(0)
    return head


def _header(head: bytes, stream: IO[bytes], name: str) -> ImageFile.ImageFile:
    if not head:
        raise DecodeError(f"{called(name)} is empty")
    for format_, module, factory, fits in _FORMATS:
        if not fits(head):
            continue
        # Plugins are asked in the order in which they were imported. Ours to import are those
        # with clear signatures; the others only when Pillow has put all of them in its order.
        (Image.init if format_ in _WEAK else Image.preinit)()
        plugin = _plugin(module)
        try:
            image: ImageFile.ImageFile = getattr(plugin, factory)(stream)
        except SyntaxError as error:
            if format_ in _WEAK:  # the next format may know it
                stream.seek(0)
                continue
            if format_ == "TIFF" and str(error) == "unknown pixel mode":  # nothing is wrong with it
                raise DecodeError(
                    f"{called(name)} is a TIFF of a kind of pixels that Pillow does not know; "
                    "read it otherwise, as by tifffile.imread, and pass the array"
                ) from error
            raise DecodeError(
                f"{called(name)} begins as {format_} and is broken: {quote(str(error))}"
            ) from error
        return image
    for prefix, what in _NEVER:
        if head.lstrip().lower().startswith(prefix.lower()):
            raise SourceRefused(
                f"{called(name)} is {what}, which is never opened; convert it to PNG"
            )
    raise DecodeError(
        f"{called(name)} is not a picture of an accepted format (it begins with "
        f"{quote(head[:12])}); open it with a library of its own and pass the image"
    )


def _plugin(module: str) -> Any:
    if "." not in module:
        return import_module(f"PIL.{module}")
    try:
        return import_module(module)
    except ImportError:
        raise missing_extra("HEIF pictures need pillow-heif", "heif") from None


def _as_browsers_read(
    head: bytes, stream: IO[bytes], name: str, options: Options
) -> IO[bytes] | None:
    """Return the part of a file that browsers read where Pillow would read another, or None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return without_lies(stream)
    if head.startswith((b"\0\0\1\0", b"\0\0\2\0")):
        return _icon(stream, name, options)
    return None


def _icon(stream: IO[bytes], name: str, options: Options) -> IO[bytes] | None:
    """Return the icon that browsers show of an ICO or CUR file; None if it is none."""
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
    if image.format == "TIFF" and image.fp is not None:
        reduced = None if whole or encoded.frame else _reduced_tiff(image, color, encoded, options)
        if reduced is not None:
            return reduced
        within_bytes(image.fp, options.max_file_bytes, called(encoded.name))
        within_file(image, encoded.name)
    orientation = 1 if image.format == "TIFF" else exif_orientation(image)
    upright = size[::-1] if orientation >= 5 else size
    filled, begins = None, (0.0, 0.0)
    if not whole and image.format == "JPEG2000":
        from imgdisplay.core.formats.jpeg2000 import halve  # other formats do without

        halved = halve(image, layout(size, options).pixels)
        if halved is not None:
            begins, filled = halved
    if not whole and image.format == "JPEG":
        wanted = _wanted(upright, orientation, options)
        preview = None
        if options.embedded_previews:
            _check_scans(image, size, encoded.name)
            preview = preview_of(image, wanted)
        if preview is not None:
            return Picture(
                image=preview,
                size=upright,
                orientation=orientation,
                mode=mode,
                format=image.format,
                name=encoded.name,
                notes=(_PREVIEW,),
            )
        image, filled = scaled(image, wanted)
    notes: tuple[str, ...] = ()
    takes_previews = options.embedded_previews and not whole and image.format == "HEIF"
    # The plugin takes one only if it is large enough and a scaled copy of the picture.
    if takes_previews and image.draft(None, _wanted(upright, orientation, options)) is not None:
        notes = (_PREVIEW,)
    within_limits(size, image.size, encoded.name, options)
    within_memory(image, size, whole, encoded.name, options)
    if image.format == "JPEG":
        _check_scans(image, size, encoded.name)
    if encoded.frame:
        image.seek(encoded.frame)
        within_limits(image.size, image.size, encoded.name, options)
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
        filled=filled,
        begins=begins,
        notes=notes,
    )


_PREVIEW = "its embedded preview"


def _wanted(upright: tuple[int, int], orientation: int, options: Options) -> tuple[int, int]:
    """Return (width, height) of the thumbnail in pixels, turned as the file is."""
    wanted = layout(upright, options).pixels
    return wanted[::-1] if orientation >= 5 else wanted


def _reduced_tiff(
    image: ImageFile.ImageFile, color: ColorTag, encoded: Encoded, options: Options
) -> Picture | None:
    from imgdisplay.core.formats.pyramid import (
        reduced_tiff,  # other formats do without Pillow's plugin
    )

    assert image.fp is not None
    reduced = reduced_tiff(image.fp, encoded.name, options)
    if reduced is None:
        return None
    return Picture(
        image=reduced.image,
        size=reduced.size,
        orientation=reduced.orientation,
        mode=image.mode,
        format=image.format,
        color=color,
        name=encoded.name,
        filled=reduced.filled,
    )


def _check_scans(image: ImageFile.ImageFile, size: tuple[int, int], name: str) -> None:
    progressive, components = bool(image.info.get("progressive")), len(image.getbands())
    limit = most_scans(size)
    if image.fp is not None and has_more_scans(
        image.fp, components=components, progressive=progressive, limit=limit
    ):
        raise SourceRefused(
            f"{called(name)} is a JPEG of {size[0]}×{size[1]} pixels in more than {limit} scans, "
            "which take very long to decode; to show it all the same, load it with Pillow and pass "
            "the image"
        )


def _told(error: Exception, name: str) -> ImgDisplayError:
    """Return what a decoder's error means."""
    said = str(error)
    if isinstance(error, Image.DecompressionBombError):
        # Some of Pillow's plugins ask for it by themselves.
        return SourceRefused(
            f"{called(name)} has more pixels than Pillow's own limit; raise "
            "PIL.Image.MAX_IMAGE_PIXELS"
        )
    if isinstance(error, MemoryError):
        return DecodeError(f"{called(name)} needs more memory than there is; pass it smaller")
    if "truncated" in said.lower() or "unexpected end" in said.lower():
        return DecodeError(f"{called(name)} is truncated: its end is missing; copy it again")
    return DecodeError(f"{called(name)} is broken: {quote(said) if said else type(error).__name__}")
