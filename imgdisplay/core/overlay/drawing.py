"""The overlay as a whole: its parts in their colours, one above the other."""

from __future__ import annotations

from PIL import Image

from imgdisplay.core.color.palette import Color, number_color, table_colors, text_color
from imgdisplay.core.overlay.annotations import Annotations, read_annotations
from imgdisplay.core.overlay.labels import draw_labels
from imgdisplay.core.overlay.places import Rect
from imgdisplay.core.overlay.plan import Overlay
from imgdisplay.core.overlay.shapes import draw_boxes, draw_masks, draw_points
from imgdisplay.errors import OptionError

__all__ = ["MOST", "draw_overlay"]

MOST = {"boxes": 200, "points": 1000, "masks": 200}
"""What is drawn of each; more could not be told apart on a thumbnail."""


def draw_overlay(
    image: Image.Image, overlay: Overlay, source_size: tuple[int, int]
) -> tuple[Image.Image, tuple[str, ...]]:
    """Return a copy of a thumbnail with an overlay on it, and what people should be told.

    Parameters
    ----------
    image
        Upright, of mode L, LA, RGB or RGBA.
    overlay
        Without references to columns.
    source_size
        (width, height) of the upright source.

    Returns
    -------
    image : PIL.Image.Image
        Of the same size; RGBA if `image` has opacity, else RGB.
    notes : tuple of str
        What is not drawn, such as ``"9,800 more boxes not drawn"``.

    Raises
    ------
    OptionError
        If the overlay refers to columns, or its data are no boxes, masks, points or labels.

    Examples
    --------
    >>> from imgdisplay.core.overlay import overlay
    >>> photo = Image.new("RGB", (128, 96))
    >>> drawn, notes = draw_overlay(photo, overlay(boxes=[2, 1, 4, 3], color="red"), (8, 6))
    >>> drawn.getpixel((32, 16)), drawn.getpixel((63, 47)), drawn.getpixel((48, 32))
    ((255, 0, 0), (255, 0, 0), (0, 0, 0))
    """
    if not overlay.is_bound:
        raise OptionError(f"{overlay!r} refers to columns; bind it to a row")
    given = read_annotations(overlay, source_size)
    notes = [f"{n - MOST[k]:,} more {k} not drawn" for k, n in given.counts.items() if n > MOST[k]]
    colors = {kind: _colors(kind, given, overlay.color) for kind in given.counts}
    places: dict[str, list[Rect | None]] = {}
    canvas = image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB")
    line = overlay.line_width or max(1, round(min(image.size) / 96))
    if given.masks:
        masks = given.masks[: MOST["masks"]]
        if masks[0].shape == source_size and source_size[0] != source_size[1]:
            notes.append("masks: as high as the picture is wide; turned?")
        canvas, places["masks"] = draw_masks(
            canvas, masks, given.is_numbered, colors["masks"], overlay.opacity
        )
    if given.boxes is not None:
        # Multiplied first: exact where the result is.
        boxes = given.boxes[: MOST["boxes"]] * (image.size * 2) / (given.extent * 2)
        places["boxes"], left_out = draw_boxes(canvas, boxes, colors["boxes"], line)
        notes += left_out
    if given.points is not None:
        points = given.points[: MOST["points"]] * image.size / given.extent
        visibility = given.visibility[: MOST["points"]]
        places["points"], left_out = draw_points(canvas, points, visibility, colors["points"], line)
        notes += left_out
    if given.texts:
        labelled = next(iter(given.counts))
        labels = [
            (place, color, text)
            for place, color, text in zip(
                places[labelled], colors[labelled], given.texts, strict=False
            )
            if place
        ]
        busy = [place for kind in ("boxes", "points") for place in places.get(kind, ()) if place]
        notes += draw_labels(canvas, labels, busy)
    return canvas, tuple(notes)


def _colors(kind: str, given: Annotations, said: Color | None) -> list[Color]:
    """Return a colour for each that is drawn; for a mask of numbers, for each of its regions.

    Box, point and mask of one position are one object if there are as many of each.
    """
    count = given.counts[kind]
    if kind == "masks" and given.is_numbered:
        return [said] if said else list(table_colors())
    texts = given.texts if len(given.texts) == count else [("", "")] * count
    return [
        said or (text_color(label) if label else number_color(index + 1))
        for index, (label, _) in enumerate(texts[: MOST[kind]])
    ]
