"""The source classes: what people's pictures are, as files and as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.photographs import photograph, screenshot
from numpy.typing import NDArray
from PIL import Image

__all__ = ["CLASSES", "Source", "SourceClass", "jpeg_file", "source"]


@dataclass(frozen=True, slots=True)
class Source:
    """One picture of a class.

    Attributes
    ----------
    value
        What is shown: a path, or an array.
    seen
        What a person sees of it at full size, upright and without transparency.
    """

    value: Path | NDArray[Any]
    seen: Image.Image


@dataclass(frozen=True, slots=True)
class SourceClass:
    """A kind of pictures.

    Attributes
    ----------
    name
        For the table.
    make
        Makes one in a folder.
    rounds
        Times it is measured in a table that is meant to be read.
    """

    name: str
    make: Callable[[Path], Source]
    rounds: int = 15


def jpeg_file(
    folder: Path, name: str, width: int, height: int, photo: str = "china", **settings: Any
) -> Source:
    """Write a photograph as JPEG with the settings of cameras and the web."""
    path = folder / f"{name}-{photo}-{width}.jpg"
    picture = photograph(width, height, photo)
    picture.save(path, "JPEG", **{"quality": 93, "subsampling": 2, **settings})
    return Source(path, picture)


def _turned(folder: Path) -> Source:
    picture = photograph(4000, 3000)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = folder / "turned.jpg"
    picture.transpose(Image.Transpose.ROTATE_90).save(
        path, "JPEG", quality=93, subsampling=2, exif=exif
    )
    return Source(path, picture)


def _file(folder: Path, name: str, picture: Image.Image, **settings: Any) -> Path:
    path = folder / name
    picture.save(path, **settings)
    return path


def _png_alpha(folder: Path) -> Source:
    picture = photograph(2000, 1500).copy()
    ramp = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(ramp.point(lambda value: min(255, value * 2)))
    white = Image.new("RGBA", picture.size, "white")
    return Source(
        _file(folder, "alpha.png", picture), Image.alpha_composite(white, picture).convert("RGB")
    )


def _png_16_bit(folder: Path) -> Source:
    grey = photograph(2000, 1500).convert("L")
    values = np.asarray(grey).astype(np.uint16) * 257
    return Source(_file(folder, "grey16.png", Image.fromarray(values)), grey.convert("RGB"))


def _palette_gif(folder: Path) -> Source:
    picture = photograph(480, 360).quantize(256)
    return Source(_file(folder, "palette.gif", picture), picture.convert("RGB"))


def _palette_png(folder: Path) -> Source:
    picture = screenshot(640, 480).quantize(64)
    return Source(_file(folder, "palette.png", picture), picture.convert("RGB"))


def _array(
    width: int, height: int, convert: Callable[[NDArray[np.uint8]], NDArray[Any]]
) -> Callable[[Path], Source]:
    def make(folder: Path) -> Source:
        picture = photograph(width, height)
        return Source(convert(np.asarray(picture)), picture)

    return make


def _grey_array(side: int, dtype: str) -> Callable[[Path], Source]:
    def make(folder: Path) -> Source:
        picture = photograph(side, side).convert("L")
        values = np.asarray(picture)
        if dtype == "float32":
            return Source((values / 255).astype(np.float32), picture.convert("RGB"))
        return Source(values.copy(), picture.convert("RGB"))

    return make


def _grey_16_bit_array(folder: Path) -> Source:
    grey = photograph(4000, 3000).convert("L")
    return Source(np.asarray(grey).astype(np.uint16) * 257, grey.convert("RGB"))


def _floats_channels_first(values: NDArray[np.uint8]) -> NDArray[Any]:
    return np.ascontiguousarray(np.moveaxis(values, -1, 0), np.float32) / np.float32(255)


CLASSES = {
    kind.name: kind
    for kind in (
        SourceClass("JPEG 12 Mpx", lambda to: jpeg_file(to, "camera", 4000, 3000)),
        SourceClass("JPEG 24 Mpx", lambda to: jpeg_file(to, "camera", 6000, 4000), 9),
        SourceClass("JPEG 12 Mpx, turned", _turned, 9),
        SourceClass(
            "JPEG 12 Mpx, progressive",
            lambda to: jpeg_file(to, "progressive", 4000, 3000, progressive=True),
        ),
        SourceClass("JPEG 1200 px", lambda to: jpeg_file(to, "web", 1200, 900, quality=80), 41),
        SourceClass("JPEG 300 px", lambda to: jpeg_file(to, "small", 300, 225, quality=80), 101),
        SourceClass(
            "PNG 3 Mpx, RGB",
            lambda to: Source(_file(to, "rgb.png", photograph(2000, 1500)), photograph(2000, 1500)),
        ),
        SourceClass(
            "PNG screenshot",
            lambda to: Source(
                _file(to, "screen.png", screenshot(1920, 1080)), screenshot(1920, 1080)
            ),
            25,
        ),
        SourceClass("PNG 3 Mpx, alpha", _png_alpha),
        SourceClass("PNG 3 Mpx, 16-bit", _png_16_bit),
        SourceClass(
            "WebP 1200 px",
            lambda to: Source(
                _file(to, "web.webp", photograph(1200, 900), quality=80), photograph(1200, 900)
            ),
            31,
        ),
        SourceClass(
            "JPEG 2000 3 Mpx",
            lambda to: Source(
                _file(
                    to,
                    "photo.jp2",
                    photograph(2000, 1500),
                    quality_mode="rates",
                    quality_layers=[8],
                ),
                photograph(2000, 1500),
            ),
            5,
        ),
        SourceClass(
            "TIFF 12 Mpx",
            lambda to: Source(
                _file(to, "plain.tif", photograph(4000, 3000)), photograph(4000, 3000)
            ),
        ),
        SourceClass("GIF 480 px", _palette_gif, 61),
        SourceClass("PNG palette 640 px", _palette_png, 61),
        SourceClass("uint8 12 Mpx", _array(4000, 3000, lambda values: values.copy())),
        SourceClass("uint16 12 Mpx, grey", _grey_16_bit_array),
        SourceClass("float32 C×H×W 12 Mpx", _array(4000, 3000, _floats_channels_first), 7),
        SourceClass("float32 C×H×W 224 px", _array(224, 224, _floats_channels_first), 61),
        SourceClass("uint8 28×28", _grey_array(28, "uint8"), 201),
        SourceClass("float32 28×28", _grey_array(28, "float32"), 201),
    )
}

_made: dict[tuple[Path, str], Source] = {}


def source(name: str, folder: Path) -> Source:
    """Return the picture of a class, made once for a folder."""
    key = folder, name
    if key not in _made:
        _made[key] = CLASSES[name].make(folder)
    return _made[key]
