"""What holds for every overlay, however odd its numbers and texts."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from imgdisplay.core.overlay import draw_overlay, overlay

modes = st.sampled_from(["L", "LA", "RGB", "RGBA"])
sides = st.integers(1, 140)
sizes = st.tuples(sides, sides)
sources = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
finite = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-50, 200)
near = st.floats(-50, 200) | st.integers(-50, 200)
formats = st.sampled_from(["auto", "xyxy", "xywh", "cxcywh"])
units = st.sampled_from(["auto", "pixel", "relative"])
boxes = st.lists(st.tuples(*[finite | near] * 4), max_size=12)
points = st.lists(st.tuples(finite, finite, st.sampled_from([0, 1, 2])), max_size=12)
texts = st.text(st.characters(exclude_categories=()), max_size=30)
masks = hnp.arrays(
    st.sampled_from([np.bool_, np.uint8, np.int16, np.float32]),
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
)


def is_fine(image: Image.Image, before: Image.Image) -> bool:
    mode = "RGBA" if "A" in before.mode else "RGB"
    return (image.mode, image.size) == (mode, before.size)


@settings(deadline=None)
@given(modes, sizes, sources, boxes, formats, units, st.none() | st.integers(1, 400), st.data())
def test_finite_boxes_with_any_labels_are_drawn(
    mode: str,
    size: tuple[int, int],
    source: tuple[int, int],
    boxes: list[Any],
    box_format: Any,
    units: Any,
    line_width: int | None,
    data: st.DataObject,
) -> None:
    labels = data.draw(st.none() | st.lists(texts, min_size=len(boxes), max_size=len(boxes)))
    plan = overlay(
        boxes=boxes, labels=labels, box_format=box_format, units=units, line_width=line_width
    )
    image = Image.new(mode, size)
    out, notes = draw_overlay(image, plan, source)
    assert is_fine(out, image)
    assert all(isinstance(note, str) and note for note in notes)


@settings(deadline=None)
@given(modes, sizes, sources, points, masks, st.floats(0, 1))
def test_points_and_masks_are_drawn(
    mode: str,
    size: tuple[int, int],
    source: tuple[int, int],
    points: list[Any],
    mask: np.ndarray,
    opacity: float,
) -> None:
    image = Image.new(mode, size, "white" if mode in ("L", "RGB") else None)
    before = mask.copy()
    out, _ = draw_overlay(image, overlay(points=points, masks=mask, opacity=opacity), source)
    assert is_fine(out, image)
    np.testing.assert_array_equal(mask, before)


eighths = st.integers(0, 8).map(lambda eighth: eighth / 8)


@settings(deadline=None)
@given(
    sizes,
    st.lists(st.tuples(eighths, eighths, eighths, eighths), min_size=1, max_size=5),
    st.integers(3, 300).map(lambda side: 8 * side),
    st.integers(3, 300).map(lambda side: 8 * side),
)
def test_relative_boxes_and_points_are_those_in_pixels(
    size: tuple[int, int], relative: list[tuple[float, ...]], width: int, height: int
) -> None:
    scaled = [(x * width, y * height, u * width, v * height) for x, y, u, v in relative]
    image = Image.new("RGB", size, "grey")
    found = [
        draw_overlay(
            image,
            overlay(boxes=rows, points=[row[:2] for row in rows], units=units),
            (width, height),
        )
        for rows, units in ((relative, "relative"), (relative, "auto"), (scaled, "pixel"))
    ]
    for (one, said), (other, said_too) in itertools.pairwise(found):
        assert one.tobytes() == other.tobytes()
        assert said == said_too


@settings(deadline=None)
@given(sizes, sources, st.tuples(*[st.floats(0, 1)] * 4))
def test_the_lines_are_within_a_pixel_of_where_the_corners_fall(
    size: tuple[int, int], source: tuple[int, int], corners: tuple[float, ...]
) -> None:
    x1, x2 = sorted((corners[0], corners[2]))
    y1, y2 = sorted((corners[1], corners[3]))
    plan = overlay(boxes=[x1, y1, x2, y2], units="relative", color="red", line_width=1)
    pixels = np.asarray(draw_overlay(Image.new("RGB", size), plan, source)[0])
    rows, columns = np.nonzero((pixels == (255, 0, 0)).all(axis=2))
    for found, low, high, side in (
        (columns, x1 * size[0], x2 * size[0], size[0]),
        (rows, y1 * size[1], y2 * size[1], size[1]),
    ):
        if high - low < 3:  # a tick is three pixels wide, if there are three
            assert np.ptp(found) + 1 == min(3, side) or high - low > 2
            assert found.min() - 1 <= (low + high) / 2 <= found.max() + 2
        else:
            assert abs(found.min() - low) <= 1
            assert abs(found.max() + 1 - high) <= 1


@settings(deadline=None)
@given(masks.filter(lambda mask: mask.dtype == np.bool_), st.floats(0, 1))
def test_masks_blend_exactly(mask: np.ndarray, opacity: float) -> None:
    ground, color = np.array((200, 100, 3)), np.array((7, 255, 90))
    image = Image.new("RGB", mask.shape[::-1], tuple(ground.tolist()))
    plan = overlay(masks=mask, opacity=opacity, color=tuple(color.tolist()))
    found = np.asarray(draw_overlay(image, plan, image.size)[0]).astype(float)
    exact = np.where(mask[..., np.newaxis], ground * (1 - opacity) + color * opacity, ground)
    assert np.abs(found - exact).max() <= 0.5 + 1e-6
