"""A limit of bytes for all thumbnails of one output."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence

from PIL import Image

from imgdisplay.core.broken import Broken
from imgdisplay.core.encode import Thumbnail, encode
from imgdisplay.core.layout import Layout
from imgdisplay.core.picture import Picture
from imgdisplay.options import Options

__all__ = ["within_budget"]

_STEPS = ((0.8, 60), (0.6, 55), (0.45, 50), (0.33, 45), (0.25, 40), (0.18, 40), (0.12, 35))
"""Share of the pixels of each side, and quality."""

_MARKUP = 400
"""Bytes of an ``<img>`` besides its picture, about."""

_SMALL = 600
"""Thumbnails of so few bytes are left alone."""


def within_budget(
    results: Sequence[Thumbnail | Broken], options: Options
) -> tuple[list[Thumbnail | Broken], str]:
    """Return thumbnails that fit into ``max_output_bytes``, and a note if they were reduced.

    All of them are reduced alike, by steps; each is drawn as large as before. None is dropped,
    even if they do not fit at the last step.
    """
    budget = options.max_output_bytes
    if _bytes(results) <= budget:
        return list(results), ""
    reduced: list[Thumbnail | Broken] = list(results)
    for side, quality in _STEPS:
        step = dataclasses.replace(options, quality=min(quality, options.quality))
        reduced = [_reduced(result, side, step) for result in results]
        if _bytes(reduced) <= budget:
            break
    return reduced, (
        f"Pictures are reduced to keep this output below {budget / 1e6:.3g} MB; "
        "max_output_bytes= allows more."
    )


def _bytes(results: Sequence[Thumbnail | Broken]) -> int:
    return sum(
        len(result.data) * 4 // 3 + _MARKUP if isinstance(result, Thumbnail) else 2 * _MARKUP
        for result in results
    )


def _reduced(result: Thumbnail | Broken, side: float, options: Options) -> Thumbnail | Broken:
    if isinstance(result, Broken) or len(result.data) <= _SMALL:
        return result
    with Image.open(io.BytesIO(result.data)) as image:
        pixels = (max(1, round(image.width * side)), max(1, round(image.height * side)))
        mode = "RGBA" if result.transparent else "L" if image.mode == "L" else "RGB"
        smaller = image.convert(mode).resize(pixels, Image.Resampling.LANCZOS)
    picture = Picture(
        smaller,
        result.source_size,
        mode=result.source_mode,
        name=result.name,
        notes=result.notes,
        more=result.more,
    )
    target = Layout((result.width, result.height), pixels)
    encoded = encode(smaller, picture, target, options)
    return encoded if len(encoded.data) < len(result.data) else result
