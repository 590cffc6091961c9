"""A JPEG file no larger than a thumbnail needs: what its decoder can leave out."""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import Image, ImageFile

from imgdisplay.core.formats.progressive import LEAST_REDUCTION, first_scan

__all__ = ["preview_of", "scaled"]

_GAP = 1.15
"""Decoded pixels per thumbnail pixel, at least.

Measured against a reduction of all pixels, of photographs: SSIM 0.99 (the worst 0.976) where
no more than this are left, 0.998 from 1.5 on. Each step less would double the work.
"""


def preview_of(image: ImageFile.ImageFile, wanted: tuple[int, int]) -> Image.Image | None:
    """Return the preview in an opened JPEG, if it is good enough for (width, height) pixels."""
    if image.fp is None or image.info.get("icc_profile"):  # which previews follow or do not
        return None
    position = image.fp.tell()
    try:
        from imgdisplay.core.formats.previews import embedded_preview  # only who asks for them

        return embedded_preview(image, wanted)
    finally:
        image.fp.seek(position)


def scaled(
    image: ImageFile.ImageFile, wanted: tuple[int, int]
) -> tuple[ImageFile.ImageFile, tuple[float, float] | None]:
    """Return an opened JPEG that will be decoded small.

    Parameters
    ----------
    image
        Opened, not loaded.
    wanted
        (width, height) of the thumbnail in pixels, turned as the file is.

    Returns
    -------
    image
        The same, or one that holds the first scan of a progressive JPEG; not loaded.
    filled
        (width, height) in fractions of pixels that the picture will fill of it, as the decoder
        rounds up; None: all of it.
    """
    if image.info.get("progressive") and image.fp is not None:
        image = _coarse(image, wanted)
    full = image.size
    drafted: Any = image.draft(None, (math.ceil(wanted[0] * _GAP), math.ceil(wanted[1] * _GAP)))
    return image, None if image.size == full else drafted[1][2:]  # the mode, and a box


def _coarse(image: ImageFile.ImageFile, wanted: tuple[int, int]) -> ImageFile.ImageFile:
    if min(image.width / wanted[0], image.height / wanted[1]) < LEAST_REDUCTION:
        return image
    file: Any = image.fp
    position = file.tell()
    data = first_scan(file)
    if data is not None:
        kind: Any = type(image)
        return kind(io.BytesIO(data))  # type: ignore[no-any-return]
    file.seek(position)
    return image
