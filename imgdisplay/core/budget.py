"""A limit of bytes for all thumbnails of one output."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import TypeAlias

from PIL import Image

from imgdisplay.core.broken import Broken
from imgdisplay.core.encode import Thumbnail, encode
from imgdisplay.core.html import Html
from imgdisplay.core.layout import TINY, Layout
from imgdisplay.core.picture import Picture
from imgdisplay.options import Options

__all__ = ["fitting", "smaller"]

_STEPS = (
    *((0.8, 60), (0.6, 55), (0.45, 50), (0.33, 45), (0.25, 40), (0.18, 40)),
    *((0.12, 35), (0.08, 30), (0.05, 30), (0.03, 30)),
)
"""Share of the pixels of each side, and quality."""

_AROUND = (1_100, 80)
"""Bytes of a table or gallery besides its pictures: for all of it, and for each picture."""

_FEW_COLORS = 256

_SMALL = 300
"""Thumbnails of so few bytes are left alone."""

Results: TypeAlias = list[Thumbnail | Broken]


def fitting(
    results: Results, render: Callable[[Results], list[Html]], options: Options
) -> tuple[list[Html], str]:
    """Return the markup of thumbnails within ``max_output_bytes``, and a note if reduced.

    All of them are reduced alike, by steps; each is drawn as large as before. None is dropped,
    even if they do not fit at the last step.

    Parameters
    ----------
    results
        What there is to show.
    render
        Makes the markup of all of them.
    """
    limit, allowed = options.max_output_bytes, "raise it with max_output_bytes=…"
    cells = render(results)
    room = limit - _AROUND[0] - _AROUND[1] * len(cells)
    if _bytes(cells) <= room:
        return cells, ""
    for side, quality in _STEPS:
        step = dataclasses.replace(options, quality=min(quality, options.quality), overlay=None)
        cells = render([_reduced(result, side, step) for result in results])
        if _bytes(cells) <= room:
            return (
                cells,
                f"Pictures are reduced to keep this output below {_said(limit)}; {allowed}",
            )
    return cells, (
        f"Pictures are reduced as far as they go, and this output still exceeds {_said(limit)}; "
        + allowed
    )


def smaller(thumbnail: Thumbnail, limit: int, options: Options) -> Thumbnail:
    """Return a thumbnail of at most `limit` bytes, or the smallest that can be had."""
    reduced: Thumbnail | Broken = thumbnail
    for side, quality in ((1.0, options.quality), *_STEPS):
        if side < 1:
            step = dataclasses.replace(options, quality=min(quality, options.quality), overlay=None)
            reduced = _reduced(thumbnail, side, step)
        if isinstance(reduced, Thumbnail) and len(reduced.data) <= limit:
            break
    return reduced if isinstance(reduced, Thumbnail) else thumbnail


def _bytes(cells: list[Html]) -> int:
    return sum(len(cell) if cell.isascii() else len(cell.encode()) for cell in cells)


def _said(limit: int) -> str:
    return f"{limit / 1e6:.3g} MB" if limit >= 1_000_000 else f"{limit / 1e3:.3g} kB"


def _pixels(result: Thumbnail, side: float) -> tuple[int, int]:
    width, height = result.source_size
    if max(width, height) <= TINY and result.pixel_width % width == 0:
        factor = max(1, int(result.pixel_width // width * side))  # blocks stay blocks
        return width * factor, height * factor
    return max(1, round(result.pixel_width * side)), max(1, round(result.pixel_height * side))


def _reduced(result: Thumbnail | Broken, side: float, options: Options) -> Thumbnail | Broken:
    if isinstance(result, Broken) or len(result.data) <= _SMALL:
        return result
    with Image.open(io.BytesIO(result.data)) as image:
        pixels = _pixels(result, side)
        mode = "RGBA" if result.transparent else "L" if image.mode == "L" else "RGB"
        # Few colours are labels or a drawing, and a mean would be a colour of neither.
        drawing = result.mime == "image/png" and image.getcolors(_FEW_COLORS) is not None
        how = Image.Resampling.NEAREST if drawing else Image.Resampling.LANCZOS
        smaller = image.convert(mode).resize(pixels, how)
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
