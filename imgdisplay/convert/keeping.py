"""Metadata that go along when they are asked for."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageOps, PngImagePlugin

from imgdisplay.errors import DecodeError, quote

__all__ = ["carried_metadata"]


def carried_metadata(image: Image.Image, target: str) -> dict[str, Any]:
    """Return the settings that write an image's EXIF, XMP, comment and texts, upright."""
    bare = Image.new("L", (1, 1))
    bare.info = {key: image.info[key] for key in _TEXTS if image.info.get(key)}
    try:
        if image.format == "TIFF":
            bare.info["exif"] = image.getexif().tobytes()
        bare = ImageOps.exif_transpose(bare)
        exif = bare.getexif()
    except Exception as error:
        raise DecodeError(
            f"the EXIF data cannot be rewritten: {quote(str(error))}; metadata='strip' leaves "
            "them out"
        ) from error
    carried: dict[str, Any] = {}
    if target in ("png", "jpeg", "webp", "avif", "tiff") and len(exif):
        carried["exif"] = exif.tobytes() if target != "tiff" else exif
    if target == "tiff" and len(exif):
        carried["compression"] = "raw"  # libtiff, which compresses, writes no GPS directory
    xmp = bare.info.get("xmp") or bare.info.get("XML:com.adobe.xmp")
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    if target in ("jpeg", "webp", "avif") and xmp:
        carried["xmp"] = xmp
    if target in ("jpeg", "gif") and bare.info.get("comment"):
        carried["comment"] = bare.info["comment"]
    if target == "png":
        carried["pnginfo"] = _png_texts(image, xmp, bare.info.get("comment"))
    return carried


_TEXTS = ("exif", "xmp", "XML:com.adobe.xmp", "comment")


def _png_texts(image: Image.Image, xmp: bytes | None, comment: Any) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    if xmp:
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
    if comment:
        texts.add_itxt("Comment", comment.decode("utf-8", "replace"))
    for key, text in getattr(image, "text", {}).items():
        if key not in ("XML:com.adobe.xmp", "Comment"):
            texts.add_itxt(key, text)
    return texts
