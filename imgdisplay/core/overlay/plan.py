"""What to draw on a picture, before there is one: the values, or the columns that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal, TypeAlias, get_args

from PIL import ImageColor

from imgdisplay.core.color.palette import Color
from imgdisplay.core.overlay.given import is_missing, wrong
from imgdisplay.errors import OptionError, no_column

__all__ = ["BoxFormat", "Overlay", "Units", "overlay"]

BoxFormat: TypeAlias = Literal["auto", "xyxy", "xywh", "cxcywh"]
Units: TypeAlias = Literal["auto", "pixel", "relative"]

_LABELLED = ("boxes", "points", "masks")
_DATA = (*_LABELLED, "labels", "scores")


@dataclass(frozen=True, slots=True)
class _Column:
    """Stands for the value of another column in the same row."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Overlay:
    """What to draw on a picture. Made by `overlay`, which explains the fields."""

    boxes: object = None
    masks: object = None
    points: object = None
    labels: object = None
    scores: object = None
    box_format: BoxFormat = "auto"
    units: Units = "auto"
    opacity: float = 0.45
    color: Color | None = None
    line_width: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it refers to, each once."""
        return tuple(dict.fromkeys(column.name for column in self._references.values()))

    @property
    def is_bound(self) -> bool:
        """Whether it refers to no column, and so can be drawn."""
        return not self._references

    @property
    def _references(self) -> dict[str, _Column]:
        data = {field: getattr(self, field) for field in _DATA}
        return {field: value for field, value in data.items() if isinstance(value, _Column)}

    def bind(self, row: Mapping[str, object]) -> Overlay:
        """Return the overlay with the values of `row` in the place of column names.

        Where the value is missing (None, NaN, NA), there is nothing to draw.

        Raises
        ------
        OptionError
            If the row has no such column.

        Examples
        --------
        >>> overlay(boxes="where", labels=["cat"]).bind({"where": [[0, 0, 9, 9]]}).boxes
        [[0, 0, 9, 9]]
        """
        values: dict[str, Any] = {}
        for field, column in self._references.items():
            if column.name not in row:
                raise OptionError(f"overlay({field}=…): {no_column(column.name, row.keys())}")
            value = row[column.name]
            values[field] = None if is_missing(value) else value
        labelled = next((field for field in _LABELLED if getattr(self, field) is not None), "")
        if labelled in values and values[labelled] is None:
            values.update(labels=None, scores=None)
        return replace(self, **values)

    def __repr__(self) -> str:
        names = {field: f"={column.name!r}" for field, column in self._references.items()}
        given = [field for field in _DATA if getattr(self, field) is not None]
        said = " ".join(field + names.get(field, "") for field in given)
        return f"<Overlay {said or 'of nothing'}>"


def overlay(
    *,
    boxes: object = None,
    masks: object = None,
    points: object = None,
    labels: object = None,
    scores: object = None,
    box_format: BoxFormat = "auto",
    units: Units = "auto",
    opacity: float = 0.45,
    color: str | tuple[int, int, int] | None = None,
    line_width: int | None = None,
) -> Overlay:
    """Return boxes, masks, points and labels to be drawn on a picture.

    Each of the first five may be the name of another column of the frame, which holds the data
    of each row. Numbers come as lists, arrays or tensors and are never changed.

    Parameters
    ----------
    boxes
        N×4 numbers, or one box. Or annotations: a dict of lists under ``"bbox"`` or
        ``"boxes"`` and, if there are, ``"label"`` or ``"category"`` and ``"scores"``
        (Hugging Face datasets, torchvision), or such a dict for each object (COCO,
        transformers pipelines). `labels` and `scores` come before what stands there.
    masks
        H×W whole numbers: each from 1 on has its own colour, the rest is background. Or one
        mask or a stack N×H×W of them, each bool, or float from 0 to 1 for soft edges. Or an
        image of mode 1, L, P or I. Or a list of these. Any size is stretched to the picture.
    points
        N×2 numbers (x, y), or one point. N×3 with visibility as in COCO: 0 is not drawn, 1 is
        drawn hollow.
    labels
        One text for each box; without boxes, for each point; without both, for each mask of a
        stack. A text has the same colour in every picture and every session.
    scores
        One number for each label, shown after it: ``cat 0.93``.
    box_format
        Two corners, corner and size, or centre and size. ``"auto"`` is ``"xywh"`` for what
        stands under the key ``"bbox"``, else ``"xyxy"``.
    units
        ``"pixel"`` of the source, or ``"relative"`` to its sides, from 0 to 1. ``"auto"`` is
        relative if all coordinates are (up to 5 % outside).
    opacity
        Of masks, from 0 to 1.
    color
        Of everything; None: by label, else by position.
    line_width
        In pixels of the thumbnail; None: a 96th of its shorter side.

    Raises
    ------
    OptionError
        If an option is impossible. Impossible data raise when they are drawn.

    Examples
    --------
    >>> overlay(boxes=[[20, 30, 90, 80]], labels=["cat"], scores=[0.93])
    <Overlay boxes labels scores>
    >>> overlay(boxes="boxes", labels="names").columns
    ('boxes', 'names')
    """
    choices = (("box_format", box_format, BoxFormat), ("units", units, Units))
    for name, value, kind in choices:
        if value not in get_args(kind):
            raise wrong(name, value, f"one of {', '.join(map(repr, get_args(kind)))}")
    if not isinstance(opacity, Real) or not 0 <= opacity <= 1:
        raise wrong("opacity", opacity, "a number from 0 to 1")
    if line_width is not None and (not isinstance(line_width, int) or line_width < 1):
        raise wrong("line_width", line_width, "a whole number from 1")
    data = {"boxes": boxes, "masks": masks, "points": points, "labels": labels, "scores": scores}
    given = {field for field, x in data.items() if x is not None}
    if given and given.isdisjoint(_LABELLED):
        raise OptionError("overlay(): labels and scores need boxes, points or masks to stand at")
    columns = {field: _Column(x) if isinstance(x, str) else x for field, x in data.items()}
    return Overlay(
        **columns,
        box_format=box_format,
        units=units,
        opacity=float(opacity),
        color=None if color is None else _rgb(color),
        line_width=line_width,
    )


def _rgb(color: Any) -> Color:
    try:
        parts = ImageColor.getrgb(color) if isinstance(color, str) else color
        red, green, blue = (range(256)[part] for part in parts[:3])
    except (TypeError, ValueError, IndexError):
        raise wrong("color", color, "a colour such as 'red', '#f00' or (255, 0, 0)") from None
    return red, green, blue
