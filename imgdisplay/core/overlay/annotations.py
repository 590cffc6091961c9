"""Boxes, masks, points and labels, read out of the many forms in which people have them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from imgdisplay.core.html import plain_text
from imgdisplay.core.overlay.given import is_missing, wrong
from imgdisplay.core.overlay.plan import Overlay
from imgdisplay.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Annotations", "read_annotations"]

_BOX_KEYS = ("bbox", "boxes", "box")
_LABEL_KEYS = ("labels", "label", "categories", "category", "category_name", "name", "category_id")
_SCORE_KEYS = ("scores", "score")
_OVERSHOOT = 0.05
_FURTHEST = 1e9
_TEXT_LIMIT = 64


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Annotations:
    """What is to be drawn, as arrays and texts; None is what was not given."""

    boxes: NDArray[Any] | None
    """N×4: left, top, right, bottom; NaN for what is not finite."""
    points: NDArray[Any] | None
    """N×2: x, y; NaN for what is not finite."""
    visibility: list[float]
    """Of each point, as in COCO: 0 is not there, 1 hidden, 2 seen."""
    masks: list[NDArray[Any]] | None
    """H×W each."""
    is_numbered: bool
    """Whether there is a single mask and its numbers are regions."""
    counts: dict[str, int]
    """How many were given of each kind; labels belong to the first."""
    texts: list[tuple[str, str]]
    """Labels and scores; nothing if there are neither."""
    extent: tuple[int, int]
    """The coordinates of the picture's lower right corner."""


def read_annotations(plan: Overlay, source_size: tuple[int, int]) -> Annotations:
    """Return what a bound overlay holds.

    Raises
    ------
    OptionError
        If that is no boxes, masks, points or labels.
    """
    given, labels, scores, box_format = _taken_apart(plan)
    boxes = None if given is None else _rows(given, "boxes", (4,))
    spots = None if plan.points is None else _rows(plan.points, "points", (2, 3))
    masks, is_numbered = (None, False) if plan.masks is None else _masks(plan.masks)
    points, visibility = (None, []) if spots is None else _split(spots)
    kinds = {"boxes": boxes, "points": points, "masks": masks}
    counts = {kind: len(data) for kind, data in kinds.items() if data is not None}
    labelled, count = next(iter(counts.items()), ("", 0))
    if labelled == "masks" and is_numbered and labels is not None:
        raise OptionError(
            "overlay(labels=…): expected masks as a stack N×H×W, was given a single one, whose "
            "numbers have no labels"
        )
    coordinates = [rows for rows in (boxes, points) if rows is not None]
    return Annotations(
        boxes=None if boxes is None else _corners(boxes, box_format),
        points=points,
        visibility=visibility,
        masks=masks,
        is_numbered=is_numbered,
        counts=counts,
        texts=_texts(labels, scores, count, labelled),
        extent=(1, 1) if _is_relative(coordinates, plan.units, source_size) else source_size,
    )


def _taken_apart(plan: Overlay) -> tuple[object, object, object, str]:
    """Return boxes, labels, scores and the format of the boxes, taken out of dicts."""
    data: Any = plan.boxes
    if getattr(getattr(data, "dtype", None), "kind", "") == "O":
        data = data.tolist()
    if isinstance(data, (list, tuple)) and data and all(isinstance(x, Mapping) for x in data):
        data = {key: [each.get(key) for each in data] for key in data[0]}
    box_format = "xyxy" if plan.box_format == "auto" else plan.box_format
    if not isinstance(data, Mapping):
        return data, plan.labels, plan.scores, box_format
    key, boxes = _found(data, _BOX_KEYS)
    if boxes is None:
        raise wrong("boxes", plan.boxes, "annotations under 'bbox', 'boxes' or 'box'")
    if key == "bbox" and plan.box_format == "auto":
        box_format = "xywh"
    if isinstance(boxes, list) and boxes and all(isinstance(box, Mapping) for box in boxes):
        boxes = [[box.get(side) for side in ("xmin", "ymin", "xmax", "ymax")] for box in boxes]
    labels = _found(data, _LABEL_KEYS)[1] if plan.labels is None else plan.labels
    scores = _found(data, _SCORE_KEYS)[1] if plan.scores is None else plan.scores
    return boxes, labels, scores, box_format


def _found(data: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, Any]:
    """Return the first key under which there is something, and what there is."""
    return next(((key, data[key]) for key in keys if data.get(key) is not None), ("", None))


def _rows(data: object, name: str, widths: tuple[int, ...]) -> NDArray[Any]:
    """Return N×4, N×2 or N×3 floats; NaN for what is not finite."""
    import numpy as np

    expected = " or ".join(f"N×{width}" for width in widths) + " numbers"
    array = _numbers(data, name, expected).astype(float)
    if not array.size:
        return np.zeros((0, widths[0]))
    rows = array[np.newaxis] if array.ndim == 1 else array
    if rows.ndim != 2 or rows.shape[1] not in widths:
        raise wrong(name, array, expected)
    return np.where(np.isfinite(rows), rows.clip(-_FURTHEST, _FURTHEST), np.nan)


def _numbers(data: object, name: str, expected: str) -> NDArray[Any]:
    import numpy as np

    with contextlib.suppress(Exception):  # a tensor on another device, a list of such
        array = np.asarray(data)
        if array.dtype.kind in "biuf":
            return array
    try:
        return np.array(_nested(data), dtype=float)
    except Exception as error:  # whatever a foreign `__array__` or `tolist` raises
        raise wrong(name, data, expected) from error


def _nested(data: Any) -> Any:
    """Return data as lists of lists of numbers, None where they are missing."""
    import numpy as np

    if hasattr(data, "tolist"):
        data = data.tolist()
    elif hasattr(data, "__array__"):
        data = np.asarray(data).tolist()
    if isinstance(data, (list, tuple)):
        return [_nested(each) for each in data]
    return None if is_missing(data) else data


def _masks(data: object) -> tuple[list[NDArray[Any]], bool]:
    """Return H×W masks, and whether it is a single one whose numbers are regions."""
    expected = "an H×W mask, a stack N×H×W or an image of mode 1, L, P or I"
    parts = data if isinstance(data, (list, tuple)) else ()
    if any(isinstance(part, Image.Image) or len(getattr(part, "shape", ())) == 2 for part in parts):
        stack = [_numbers(part, "masks", expected) for part in parts]
        for mask in stack:
            if mask.ndim != 2 or not mask.size:
                raise wrong("masks", mask, expected)
        return stack, False
    array = _numbers(data, "masks", expected)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim in (3, 4) and array.shape[-1] == 1:
        array = array[..., 0]
    if not array.size:
        return [], False
    if array.ndim == 2:
        return [array], _is_numbered(array)
    if array.ndim != 3 or (array.shape[0] > 4 and array.shape[2] in (3, 4)):  # a colour picture
        raise wrong("masks", array, expected)
    return list(array), False


def _is_numbered(mask: NDArray[Any]) -> bool:
    import numpy as np

    if mask.dtype.kind != "f":
        return mask.dtype.kind != "b"
    # Whole numbers that came as floats, but not a soft mask that is all 0 and 1.
    return bool(np.isfinite(mask).all() and (mask == np.floor(mask)).all() and mask.max() > 1)


def _texts(labels: object, scores: object, count: int, kind: str) -> list[tuple[str, str]]:
    """Return the label and the score of each, or nothing if there are neither."""
    if labels is None and scores is None:
        return []
    columns = []
    for name, data in (("labels", labels), ("scores", scores)):
        values = [None] * count if data is None else _listed(data)
        if len(values) != count:
            raise OptionError(
                f"overlay({name}=…): expected one for each of the {count:,} {kind}, "
                f"was given {len(values):,}"
            )
        columns.append(values)
    return [(_label(label), _score(score)) for label, score in zip(*columns, strict=True)]


def _listed(data: Any) -> list[Any]:
    values = data.tolist() if hasattr(data, "tolist") else data
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        return [values]
    return list(values)


def _label(value: object) -> str:
    return "" if is_missing(value) else " ".join(plain_text(value, _TEXT_LIMIT).split())


def _score(value: Any) -> str:
    if is_missing(value):
        return ""
    try:
        return f"{float(value):.2f}"
    except (TypeError, ValueError, OverflowError):
        raise wrong("scores", value, "numbers") from None


def _split(points: NDArray[Any]) -> tuple[NDArray[Any], list[float]]:
    """Return coordinates and visibility; without any, all are seen."""
    if points.shape[1] == 2:
        return points, [2.0] * len(points)
    return points[:, :2], points[:, 2].tolist()


def _is_relative(
    coordinates: Sequence[NDArray[Any]], units: str, source_size: tuple[int, int]
) -> bool:
    if units != "auto":
        return units == "relative"
    beyond = (((rows < -_OVERSHOOT) | (rows > 1 + _OVERSHOOT)).any() for rows in coordinates)
    return max(source_size) > 2 and not any(beyond)


def _corners(boxes: NDArray[Any], box_format: str) -> NDArray[Any]:
    """Return boxes as left, top, right, bottom, also if their corners were swapped."""
    import numpy as np

    first, second = boxes[:, :2], boxes[:, 2:]
    if box_format == "xywh":
        second = first + second
    elif box_format == "cxcywh":
        first, second = first - second / 2, first + second / 2
    return np.hstack([np.minimum(first, second), np.maximum(first, second)])
