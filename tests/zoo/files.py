"""Small files of every format, mode and orientation, some laden with what must not leave them."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin, features

from zoo.images import (
    FORMATS,
    MODES,
    animation,
    encoded,
    in_mode,
    photograph,
    stored,
)

SMALL = (48, 32)
"""(width, height) of most of them."""

SECRET = "Elm Street 13"
"""What stands in the metadata of the laden files; it is in no picture."""

XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>{SECRET}</dc:title></x:xmpmeta>'.encode()

AVIF = features.check("avif")


def exif(orientation: int = 1) -> Image.Exif:
    """Return an EXIF block with a place, a description and a small picture of its own."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = SECRET
    block[0x9286] = SECRET.encode()
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: SECRET})
    return block


@cache
def profile() -> bytes:
    """Return a colour profile of sRGB that names itself by the secret."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    name = SECRET.encode("utf-16-be")
    # Version 4 profiles hold their names as UTF-16 (ICC.1, section 10.15).
    at = made.find("sRGB".encode("utf-16-be"))
    if at < 0:
        return made
    return made[:at] + name[: len("sRGB built-in") * 2] + made[at + len(name) :]


def _png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_text("Author", SECRET, zip=True)
    info.add_itxt("Comment", SECRET)
    return info


@cache
def laden(format_: str, size: tuple[int, int] = SMALL, mode: str = "RGB") -> bytes:
    """Return a file with all the metadata that a format can hold.

    GIF, PNG, WebP, JPEG, TIFF, AVIF and JPEG 2000 can hold some.
    """
    picture = photograph("coffee", size).convert(mode)
    more: dict[str, Any] = {"exif": exif(), "icc_profile": profile(), "xmp": XMP}
    if format_ == "GIF":
        return encoded(picture, format_, comment=SECRET)
    if format_ == "PNG":
        return encoded(picture, format_, pnginfo=_png_text(), dpi=(72, 72), **more)
    if format_ == "JPEG":
        return encoded(picture, format_, comment=SECRET, **more)
    if format_ == "TIFF":
        tags = {270: SECRET, 315: SECRET, 33432: SECRET, 700: XMP}
        return encoded(picture, format_, tiffinfo=tags, icc_profile=profile())
    if format_ == "JPEG2000":
        return encoded(picture, format_, comment=SECRET)
    return encoded(picture, format_, **more)


LADEN = ("GIF", "PNG", "JPEG", "WEBP", "TIFF", "JPEG2000", *(["AVIF"] if AVIF else []))
"""The formats that can hold more than pixels and that Pillow can write."""


@cache
def files(size: tuple[int, int] = SMALL) -> dict[str, bytes]:
    """Return the small files by their names; do not change them, they are shared."""
    return dict(_all(size))


def _all(size: tuple[int, int]) -> Iterator[tuple[str, bytes]]:
    for format_ in FORMATS:
        picture = photograph("chelsea", size)
        if format_.mode == "P":
            picture = picture.quantize(256)
        said = {"sizes": [size]} if format_.name == "ICO" else {}
        yield (
            str(format_),
            encoded(picture.convert(format_.mode), format_.name, **{**format_.settings, **said}),
        )
    for name in sorted({format_.name for format_ in FORMATS}):
        for mode in MODES:
            image = in_mode(mode).image.crop((96, 64, 96 + size[0], 64 + size[1]))
            data = _encoded_if_it_can_be(image, name)
            if data is not None:
                yield f"{name} {mode}", data
    for orientation in range(1, 9):
        picture, block = stored(orientation)
        yield (
            f"JPEG turned {orientation}",
            encoded(picture.resize(size), "JPEG", exif=block),
        )
    for format_name in ("PNG", "TIFF", "WEBP", *(["AVIF"] if AVIF else [])):
        yield f"{format_name} turned", encoded(picture.resize(size), format_name, exif=block)
    for format_name in ("GIF", "PNG", "WEBP", *(["AVIF"] if AVIF else [])):
        yield f"{format_name} moving", animation(format_name)
    for format_name in LADEN:
        yield f"{format_name} laden", laden(format_name, size)
    yield from _of_several(size)


def _encoded_if_it_can_be(image: Image.Image, format_: str) -> bytes | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # until Pillow 13, for mode I
            return encoded(image, format_)
    except (OSError, ValueError, KeyError, RuntimeError):
        return None


def _of_several(size: tuple[int, int]) -> Iterator[tuple[str, bytes]]:
    """Yield files that hold several pictures."""

    def saved(format_: str, **settings: Any) -> bytes:
        # Copies, since Pillow leaves marks of its encoders on what it has saved.
        one, other = photograph("chelsea", size).copy(), photograph("coffee", size).copy()
        if format_ == "ICO":
            return encoded(one, format_, **settings)
        return encoded(one, format_, save_all=True, append_images=[other], **settings)

    yield "MPO", saved("MPO")
    yield "TIFF of pages", saved("TIFF")
    yield "ICO of sizes", saved("ICO", sizes=[(16, 16), (24, 24), (32, 32)])
    bitmaps = saved("ICO", sizes=[(16, 16), (32, 32)], bitmap_format="bmp")
    yield "ICO of bitmaps", bitmaps
    yield "CUR", bitmaps[:2] + struct.pack("<H", 2) + bitmaps[4:]
