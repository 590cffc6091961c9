"""Pixels as the bytes of a file of some format, as exactly as the format can."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, JpegImagePlugin

from imgdisplay.core.encode import on_background
from imgdisplay.errors import EncodeError, quote
from imgdisplay.options import Options

__all__ = ["SUFFIXES", "encoded", "fitting", "own_tables"]

SUFFIXES = {
    "png": ".png",
    "jpeg": ".jpg",
    "webp": ".webp",
    "avif": ".avif",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tif",
}

_EXACT = {
    "png": frozenset({"1", "P", "I;16"}),
    "tiff": frozenset({"1", "I;16", "I", "F"}),
    "gif": frozenset({"P"}),
    "bmp": frozenset({"1", "P"}),
}
"""Modes that formats hold as they are, besides those that pixels are shown in."""


def fitting(image: Image.Image | None, target: str) -> Image.Image | None:
    """Return an image in the mode that a format keeps exactly; None if there is none."""
    if image is None:
        return None
    if image.mode == "I" and target == "png":
        low, high = image.getextrema()
        if low >= 0 and high <= 65535:  # type: ignore[operator]
            image = image.convert("I;16")
    if image.mode not in _EXACT.get(target, ()):
        return None
    return image if target == "png" or not image.has_transparency_data else None


def own_tables(source: Image.Image, image: Image.Image) -> dict[str, Any]:
    """Return settings that write a JPEG as finely as it was, or none."""
    tables = getattr(source, "quantization", None)
    if not isinstance(source, JpegImagePlugin.JpegImageFile) or source.mode != image.mode:
        return {}
    if not tables or max(map(max, tables.values())) > 255:
        return {}
    sampling = JpegImagePlugin.get_sampling(source)
    return {"quality": -1, "qtables": tables, "subsampling": max(sampling, 0)}


def encoded(image: Image.Image, target: str, options: Options, carried: dict[str, Any]) -> bytes:
    """Return an image as a file; the image, which must be nobody else's, is used up.

    Parameters
    ----------
    carried
        Pillow's settings for what goes along with the pixels.

    Raises
    ------
    EncodeError
        If the format cannot hold it.
    """
    settings = {**_settings(target, options.quality), **carried}
    transparency = image.info.get("transparency")
    if target == "png" and transparency is not None:
        settings["transparency"] = transparency
    # Pillow copies comments and profiles of `image.info` into what it writes.
    image.info = {}
    has_opacity = image.mode in ("LA", "RGBA")
    if has_opacity and (options.background is not None or not _keeps_opacity(image, target)):
        image = on_background(image, options.background or "white")
    elif has_opacity and target == "gif":
        image, settings["transparency"] = _with_a_clear_color(image)
    buffer = io.BytesIO()
    try:
        image.save(buffer, target.upper(), **settings)
    except Exception as error:  # whatever Pillow makes of odd facts in somebody's image.info
        raise EncodeError(
            f"{image.width}×{image.height} {image.mode} pixels cannot be written as "
            f"{target}: {quote(str(error))}; format='png' holds every picture"
        ) from error
    return buffer.getvalue()


def _keeps_opacity(image: Image.Image, target: str) -> bool:
    if target in ("jpeg", "bmp"):  # many readers take the fourth byte of a BMP for nothing
        return False
    if target == "gif":  # there, a pixel is there or it is not
        return not any(image.getchannel("A").histogram()[1:255])
    return True


def _with_a_clear_color(image: Image.Image) -> tuple[Image.Image, int]:
    """Return an image with a palette, and the index of its transparent pixels."""
    clear = image.getchannel("A").point(lambda value: 255 - value)
    colors = image.convert("RGB")
    colors.paste((0, 0, 0), mask=clear)
    indices = colors.quantize(255)
    indices.paste(255, mask=clear)
    return indices, 255


def _settings(target: str, quality: int) -> dict[str, Any]:
    if target == "jpeg":
        # Chroma at full resolution: thin red lines stay red.
        return {"quality": quality, "subsampling": 0}
    if target == "webp":
        return {"quality": quality, "lossless": quality == 100, "exact": quality == 100}
    if target == "avif":
        return {"quality": quality}
    if target == "tiff":
        return {"compression": "tiff_adobe_deflate"}
    return {}
