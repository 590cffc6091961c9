"""Pictures of every mode, file format and orientation, made of real photographs."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, features

MODES = (
    "1",
    "L",
    "LA",
    "La",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBa",
    "RGBX",
    "CMYK",
    "YCbCr",
    "LAB",
    "HSV",
    "I",
    "I;16",
    "I;16L",
    "I;16B",
    "F",
)
"""Every mode in which Pillow hands pictures out."""

TRANSPARENT = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})

SIZE = (240, 160)
"""(width, height) of the pictures in `in_mode` and `encoded`."""


@cache
def photograph(name: str = "astronaut", size: tuple[int, int] | None = SIZE) -> Image.Image:
    """Return a photograph; do not change it, it is shared."""
    if name in ("china.jpg", "flower.jpg"):
        from sklearn.datasets import load_sample_image

        picture = Image.fromarray(load_sample_image(name))
    else:
        from skimage import data

        picture = Image.fromarray(getattr(data, name)())
    return picture if size is None else picture.resize(size, Image.Resampling.LANCZOS)


def opacity(size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a mask: a ramp from clear to opaque, from left to right."""
    ramp = np.linspace(0, 255, size[0]).round().astype(np.uint8)
    return Image.fromarray(np.tile(ramp, (size[1], 1)))


@dataclass(frozen=True)
class Reference:
    """A picture in some mode, and what people see of it."""

    image: Image.Image
    seen: Image.Image
    """RGBA."""
    least_psnr: float
    """What the conversion between the two leaves at least, in dB."""


@cache
def in_mode(mode: str) -> Reference:
    """Return a photograph in `mode`; do not change it, it is shared."""
    colors = photograph("astronaut")
    grey = photograph("camera")
    mask = opacity()

    if mode == "1":
        image = grey.convert("1")
        return Reference(image, image.convert("L").convert("RGBA"), 90)
    if mode == "L":
        return Reference(grey, grey.convert("RGBA"), 90)
    if mode in ("LA", "La"):
        image = Image.merge("LA", (grey, mask))
        return Reference(image if mode == "LA" else image.convert("La"), image.convert("RGBA"), 45)
    if mode == "P":
        image = colors.quantize(200)
        return Reference(image, _through_palette(image).convert("RGBA"), 90)
    if mode == "PA":
        image = colors.quantize(200)
        seen = _through_palette(image)
        seen.putalpha(mask)
        image = image.convert("PA")
        image.putalpha(mask)
        return Reference(image, seen, 45)
    if mode in ("RGBA", "RGBa"):
        image = colors.copy()
        image.putalpha(mask)
        return Reference(image if mode == "RGBA" else image.convert("RGBa"), image, 45)
    seen = colors.convert("RGBA")
    if mode == "CMYK":
        # Without a profile the inks are taken for the complement of red, green and blue.
        return Reference(colors.convert("CMYK"), seen, 35)
    if mode == "LAB":
        return Reference(_lab(colors), seen, 30)
    if mode in ("RGB", "RGBX", "YCbCr", "HSV"):
        return Reference(colors.convert(mode), seen, {"YCbCr": 40, "HSV": 38}.get(mode, 90))
    return Reference(_deep(np.asarray(grey), mode), grey.convert("RGBA"), 50)


def _through_palette(image: Image.Image) -> Image.Image:
    palette = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    return Image.fromarray(palette[np.asarray(image)])


def _lab(image: Image.Image) -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    turned = ImageCms.applyTransform(image, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert turned is not None
    return turned


def _deep(grey: NDArray[np.uint8], mode: str) -> Image.Image:
    """Return 8-bit grey in a mode of more bits, with black and white where the rules say."""
    size = grey.shape[1], grey.shape[0]
    if mode == "F":
        return Image.fromarray(grey.astype(np.float32) / 255)
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32) * 257)
    order = ">u2" if mode == "I;16B" else "<u2"
    return Image.frombytes(mode, size, (grey.astype(np.uint16) * 257).astype(order).tobytes())


@dataclass(frozen=True)
class Format:
    """A file format, how to write it, and what it leaves of a photograph."""

    name: str
    suffix: str
    least_psnr: float = 90
    settings: dict[str, Any] = field(default_factory=dict)
    mode: str = "RGB"

    def __str__(self) -> str:
        return "-".join([self.name, *(str(value) for value in self.settings.values())])


FORMATS = [
    Format("PNG", ".png"),
    Format("JPEG", ".jpg", 30, {"quality": 90}),
    Format("JPEG", ".jpg", 30, {"progressive": True, "quality": 90}),
    Format("GIF", ".gif", 25),
    Format("WEBP", ".webp", 30, {"quality": 90}),
    Format("WEBP", ".webp", 90, {"lossless": True}),
    *([Format("AVIF", ".avif", 30)] if features.check("avif") else []),
    Format("BMP", ".bmp"),
    Format("DIB", ".dib"),
    Format("TIFF", ".tif"),
    Format("TIFF", ".tif", 90, {"compression": "tiff_lzw"}),
    Format("TIFF", ".tif", 90, {"compression": "tiff_deflate"}),
    Format("ICO", ".ico", 90, {"sizes": [SIZE]}),
    Format("PPM", ".ppm"),
    Format("TGA", ".tga"),
    Format("TGA", ".tga", 90, {"compression": "tga_rle"}),
    Format("TGA", ".tga", 90, {}, "L"),
    Format("TGA", ".tga", 90, {}, "P"),
    Format("QOI", ".qoi"),
    Format("JPEG2000", ".jp2", 90, {"irreversible": False}),
]
"""Every format that is accepted unasked and that Pillow can write."""


def encoded(picture: Image.Image, format: str = "PNG", **settings: Any) -> bytes:  # noqa: A002
    """Return the bytes of a picture in a file format."""
    file = io.BytesIO()
    picture.save(file, format, **settings)
    return file.getvalue()


def written(format: Format) -> tuple[bytes, Image.Image]:  # noqa: A002
    """Return a photograph as a file of some format, and the picture that was written, as RGB."""
    picture = photograph("chelsea")
    if format.mode == "P":
        picture = picture.quantize(256)
    picture = picture.convert(format.mode)
    return encoded(picture, format.name, **format.settings), picture.convert("RGB")


# Corners of the picture as it should be seen, row by row.
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))

_UNDONE = {
    # What a camera stores so that the orientation's transform gives the upright picture.
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def four_corners(size: tuple[int, int] = SIZE) -> Image.Image:
    """Return an upright picture whose four quarters differ."""
    quarters = Image.fromarray(np.array(CORNERS, np.uint8).reshape(2, 2, 3))
    return quarters.resize(size, Image.Resampling.NEAREST)


def corners_seen(picture: Image.Image) -> list[str]:
    """Return the names of the colours in the four quarters, row by row."""
    names = dict(zip(CORNERS, ("red", "green", "blue", "yellow"), strict=True))
    width, height = picture.size
    middles = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    seen = [picture.convert("RGB").getpixel(middle) for middle in middles]
    return [min(names.items(), key=lambda item: _distance(item[0], color))[1] for color in seen]


def _distance(one: Iterable[int], other: Any) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def stored(orientation: int) -> tuple[Image.Image, bytes]:
    """Return what a camera held so stores of `four_corners`, and its EXIF block."""
    picture = four_corners()
    if orientation in _UNDONE:
        picture = picture.transpose(_UNDONE[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture, exif.tobytes()


def animation(format: str = "GIF", frames: int = 4) -> bytes:  # noqa: A002
    """Return a moving picture whose frames are red, green, blue and white."""
    drawn = [Image.new("RGB", (64, 48), color) for color in ("red", "lime", "blue", "white")]
    return encoded(drawn[0], format, save_all=True, append_images=drawn[1:frames], duration=50)
