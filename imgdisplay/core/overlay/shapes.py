"""Boxes, masks and points, drawn on the canvas."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from imgdisplay.core.color.palette import Color, halo
from imgdisplay.core.overlay.places import Rect, grown, pixels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_boxes", "draw_masks", "draw_points"]

_SAMPLES = 4


def draw_masks(
    canvas: Image.Image,
    masks: list[NDArray[Any]],
    is_numbered: bool,
    colors: Sequence[Color],
    opacity: float,
) -> tuple[Image.Image, list[Rect | None]]:
    """Return the canvas under its masks, and where each of them is.

    There is a colour for each mask; if `is_numbered`, for each number in turn, from 1 on.
    """
    import numpy as np

    pixels = np.asarray(canvas.convert("RGBA")).astype(float)
    table = np.array([(0, 0, 0, 0), *((*color, 1) for color in colors)], float)
    places: list[Rect | None] = []
    for index, mask in enumerate(masks, start=1):
        looks = _looks(mask, canvas.size)
        if is_numbered:
            paint = functools.reduce(np.add, (table[_turned(seen, len(colors))] for seen in looks))
        else:
            covered = functools.reduce(np.add, map(_coverage, looks))
            paint = covered[..., np.newaxis] * table[index]
        paint /= len(looks)
        rows, columns = np.nonzero(paint[..., 3] >= 0.5)
        ends = [int(end(side)) for end in (np.min, np.max) for side in (columns, rows) if side.size]
        places.append((ends[0], ends[1], ends[2], ends[3]) if ends else None)
        # Porter and Duff's "over"; `paint` is multiplied by its own opacity already.
        paint *= opacity
        under = pixels[..., 3:] / 255 * (1 - paint[..., 3:])
        total = under + paint[..., 3:]
        pixels[..., :3] = (paint[..., :3] + pixels[..., :3] * under) / np.maximum(total, 1e-9)
        pixels[..., 3:] = total * 255
    return Image.fromarray((pixels + 0.5).astype(np.uint8)).convert(canvas.mode), places


def _turned(numbers: NDArray[Any], count: int) -> NDArray[Any]:
    """Return numbers from 1 to `count`, after which they begin again; 0 for the background."""
    import numpy as np

    wide = numbers.astype(np.promote_types(numbers.dtype, np.int32))  # `count` may not fit int8
    turned: NDArray[Any] = np.where(wide > 0, (wide - 1) % count + 1, 0).astype(int)
    return turned


def _coverage(seen: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    soft: NDArray[Any] = np.nan_to_num(seen) if seen.dtype.kind == "f" else seen != 0
    return soft.astype(float).clip(0, 1)


def _looks(mask: NDArray[Any], size: tuple[int, int]) -> list[NDArray[Any]]:
    """Return the mask at the canvas' size, seen at each of up to 4×4 places within a pixel.

    Their mean has soft edges, and of a huge mask no more is read than is needed.
    """
    import numpy as np

    times = math.ceil(max(mask.shape[0] / size[1], mask.shape[1] / size[0]))
    times = min(times, _SAMPLES)
    rows, columns = (
        ((np.arange(side * times) + 0.5) * length / (side * times)).astype(int)
        for side, length in zip(size[::-1], mask.shape, strict=True)
    )
    shifts = itertools.product(range(times), repeat=2)
    fine = mask[rows][:, columns]
    return [fine[down::times, right::times] for down, right in shifts]


def draw_boxes(
    canvas: Image.Image, boxes: NDArray[Any], colors: Sequence[Color], line: int
) -> tuple[list[Rect | None], list[str]]:
    """Draw boxes given in pixels of the canvas; return where they are, and what is left out."""
    places = [pixels_of(box, canvas.size, 2 * line + 1) for box in boxes.tolist()]
    draw = ImageDraw.Draw(canvas)
    drawn = [(place, color) for place, color in zip(places, colors, strict=True) if place]
    for place, color in drawn:  # all halos lie under all lines
        draw.rectangle(grown(place, 1), outline=halo(color))
    for place, color in drawn:
        draw.rectangle(place, outline=color, width=line)
    return places, _left_out("boxes", boxes, places.count(None))


def draw_points(
    canvas: Image.Image,
    points: NDArray[Any],
    visibility: Sequence[float],
    colors: Sequence[Color],
    line: int,
) -> tuple[list[Rect | None], list[str]]:
    """Draw points given in pixels of the canvas; return where they are, and what is left out."""
    draw = ImageDraw.Draw(canvas)
    places: list[Rect | None] = []
    missing = 0
    for (x, y), seen, color in zip(points.tolist(), visibility, colors, strict=True):
        pixel = pixels_of((x, y, x, y), canvas.size, 1)
        if pixel is None or seen == 0:
            places.append(None)
            missing += seen != 0
            continue
        dot = grown(pixel, line + 1)
        rim = grown(dot, 1)
        places.append(rim)
        for spot, paint in ((rim, halo(color)), (dot, color)):
            draw.ellipse(spot, outline=paint, fill=None if seen == 1 else paint, width=line)
    return places, _left_out("points", points, missing)


def _left_out(kind: str, rows: NDArray[Any], count: int) -> list[str]:
    """Return notes about `count` rows that are not drawn: broken ones, others outside."""
    import numpy as np

    broken = int(np.isnan(rows).any(axis=1).sum())
    notes = [f"{kind}: {broken:,} not finite"] if broken else []
    if count > broken:
        notes.append(f"{kind}: {count - broken:,} outside the picture")
    return notes
