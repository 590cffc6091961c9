"""Overlays are where they belong on the thumbnail, legible, and never wrong without a word."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFont

from imgdisplay.core.overlay import Overlay, annotations, draw_overlay, labels, overlay
from imgdisplay.errors import OptionError

GREY = (119, 119, 119)
RED = (255, 0, 0)
THUMBNAIL = (128, 96)
SOURCE = (1280, 960)


def drawn(
    size: tuple[int, int] = THUMBNAIL,
    source: tuple[int, int] = SOURCE,
    **what: Any,
) -> tuple[np.ndarray, tuple[str, ...]]:
    image, notes = draw_overlay(Image.new("RGB", size, GREY), overlay(**what), source)
    assert image.size == size
    assert image.mode == "RGB"
    return np.asarray(image), notes


def where(pixels: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what has a colour."""
    rows, columns = np.nonzero((pixels == color).all(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def colors_in(pixels: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(color) for color in np.unique(pixels.reshape(-1, 3), axis=0).tolist()}


def color_of(label: str) -> tuple[int, ...]:
    pixels, _ = drawn(boxes=[100, 500, 900, 900], labels=[label])
    return tuple(pixels[70, 10])  # on the left line, below the label


class TestBoxes:
    def test_a_box_is_drawn_where_its_corners_fall_on_the_thumbnail(self) -> None:
        pixels, notes = drawn(boxes=[[300, 200, 805, 605]], color="red")
        expected = (30, 20, 80, 60)
        assert np.abs(np.subtract(where(pixels, RED), expected)).max() <= 1
        assert notes == ()

    def test_its_lines_are_sharp_and_its_inside_is_unchanged(self) -> None:
        pixels, _ = drawn(boxes=[300, 200, 800, 600], color="red")
        assert (pixels[21:59, 31:79] == GREY).all()
        assert (pixels[20, 30:80] == RED).all()
        assert (pixels[20:60, 79] == RED).all()
        assert len(colors_in(pixels)) == 3, "the ground, the line and its halo"

    @pytest.mark.parametrize(("color", "halo"), [(RED, (51, 0, 0)), ((0, 0, 100), (204, 204, 224))])
    def test_a_halo_of_one_pixel_sets_it_off_from_dark_and_light_ground(
        self, color: Any, halo: tuple[int, int, int]
    ) -> None:
        pixels, _ = drawn(boxes=[300, 200, 800, 600], color=color)
        assert where(pixels, halo) == (29, 19, 80, 60)

    @pytest.mark.parametrize(("side", "width"), [(96, 1), (128, 1), (256, 3), (480, 5)])
    def test_lines_grow_with_the_thumbnail(self, side: int, width: int) -> None:
        pixels, _ = drawn((side, side), (side, side), boxes=[9, 9, side - 9, side - 9], color="red")
        assert (pixels[side // 2, : side // 2] == RED).all(axis=1).sum() == width

    def test_the_width_of_the_lines_can_be_said(self) -> None:
        pixels, _ = drawn(boxes=[300, 200, 800, 600], color="red", line_width=4)
        assert (pixels[40, 30:34] == RED).all()
        assert (pixels[40, 34:76] == GREY).all()

    @pytest.mark.parametrize(
        ("box", "box_format"),
        [
            ([300, 200, 800, 600], "xyxy"),
            ([300, 200, 500, 400], "xywh"),
            ([550, 400, 500, 400], "cxcywh"),
            ([800, 600, 300, 200], "xyxy"),
            ([800, 600, -500, -400], "xywh"),
        ],
    )
    def test_every_format_means_the_same_box_also_with_corners_reversed(
        self, box: list[float], box_format: Any
    ) -> None:
        pixels, _ = drawn(boxes=[box], box_format=box_format, color="red")
        assert where(pixels, RED) == (30, 20, 79, 59)

    @pytest.mark.parametrize(
        "boxes",
        [
            [300, 200, 800, 600],
            ((300, 200, 800, 600),),
            np.array([[300, 200, 800, 600]], np.uint16),
            np.array([300, 200, 800, 600], np.float32),
            np.array([np.array([300.0, 200, 800, 600]), None], object)[:1],
            [np.array([300, 200, 800, 600])],
            pd.Series([300, 200, 800, 600], dtype="Int64"),
            {"boxes": [[300, 200, 800, 600]]},
            {"bbox": [[300, 200, 500, 400]], "category": [3]},
            {"bbox": [300, 200, 500, 400]},
            [{"bbox": [300, 200, 500, 400], "category_id": 7}],
            np.array([{"bbox": np.array([300, 200, 500, 400])}], object),
            [{"score": 0.5, "box": {"xmin": 300, "ymin": 200, "xmax": 800, "ymax": 600}}],
        ],
        ids=str,
    )
    def test_lists_arrays_and_annotations_are_understood(self, boxes: object) -> None:
        pixels, _ = drawn(boxes=boxes, color="red")
        left, _, right, _ = where(pixels, RED)
        assert (left, right) == (30, 79)
        assert (pixels[40, 30] == RED).all()

    def test_a_tensor_that_is_not_on_this_machine_is_read_by_tolist(self) -> None:
        class Tensor:
            shape = (1, 4)

            def __array__(self, *_: object, **__: object) -> np.ndarray:
                raise TypeError("can't convert cuda:0 device type tensor to numpy")

            def tolist(self) -> list[list[float]]:
                return [[300.0, 200.0, 800.0, 600.0]]

        for boxes in (Tensor(), [Tensor().tolist()[0]]):
            assert where(drawn(boxes=boxes, color="red")[0], RED) == (30, 20, 79, 59)

    def test_the_format_said_overrides_that_of_annotations(self) -> None:
        boxes = {"bbox": [[300, 200, 800, 600]]}
        pixels, _ = drawn(boxes=boxes, box_format="xyxy", color="red")
        assert where(pixels, RED) == (30, 20, 79, 59)

    def test_annotations_bring_their_labels_and_scores(self) -> None:
        one = {"bbox": [[300, 200, 500, 400]], "categories": ["cat"], "scores": [0.9]}
        pixels, _ = drawn(boxes=one)
        expected, _ = drawn(boxes=[300, 200, 800, 600], labels=["cat"], scores=[0.9])
        assert (pixels == expected).all()

    def test_labels_given_come_before_those_of_annotations(self) -> None:
        pixels, _ = drawn(boxes={"bbox": [300, 200, 500, 400], "label": ["cat"]}, labels=["dog"])
        expected, _ = drawn(boxes=[300, 200, 800, 600], labels=["dog"])
        assert (pixels == expected).all()

    @pytest.mark.parametrize("units", ["auto", "relative"])
    def test_relative_boxes_are_the_same_as_those_in_pixels(self, units: Any) -> None:
        relative, _ = drawn(boxes=[[0.25, 0.25, 0.75, 1.0]], units=units)
        pixel, _ = drawn(boxes=[[320, 240, 960, 960]])
        assert (relative == pixel).all()

    def test_one_coordinate_beyond_one_makes_all_of_them_pixels(self) -> None:
        pixels, _ = drawn((20, 20), (20, 20), boxes=[[0, 0, 1, 1], [8, 8, 16, 16]], color="red")
        assert where(pixels, RED)[2:] == (15, 15)
        assert (pixels[6, 6] == GREY).all()

    def test_pixels_can_be_insisted_on(self) -> None:
        pixels, _ = drawn((20, 20), (20, 20), boxes=[0, 0, 1, 1], units="pixel", color="red")
        assert where(pixels, RED)[2] <= 3

    def test_a_box_is_cut_where_the_picture_ends(self) -> None:
        pixels, notes = drawn(boxes=[-500, 200, 5000, 600], color="red")
        assert where(pixels, RED) == (0, 20, 127, 59)
        assert notes == ()

    def test_a_box_outside_is_counted(self) -> None:
        pixels, notes = drawn(boxes=[[2000, 200, 3000, 600], [300, 200, 800, 600]], color="red")
        assert where(pixels, RED) == (30, 20, 79, 59)
        assert notes == ("boxes: 1 outside the picture",)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), None, pd.NA])
    def test_coordinates_that_are_not_finite_are_skipped_and_counted(self, bad: object) -> None:
        boxes = [[bad, 200, 800, 600], [300, 200, 800, 600]]
        pixels, notes = drawn(boxes=boxes, labels=["", ""], color="red")
        assert where(pixels, RED) == (30, 20, 79, 59)
        assert notes == ("boxes: 1 not finite",)

    @pytest.mark.parametrize("point", [(640, 480), (0, 0), (1280, 960), (0, 960)])
    def test_a_box_without_area_is_seen_as_a_tick(self, point: tuple[int, int]) -> None:
        pixels, notes = drawn(boxes=[*point, *point], color="red")
        left, top, right, bottom = where(pixels, RED)
        assert (right - left, bottom - top) == (2, 2)
        assert notes == ()

    def test_of_ten_thousand_boxes_the_first_are_drawn(self) -> None:
        boxes = np.tile([300, 200, 800, 600], (10_000, 1))
        boxes[200:] = 0, 0, 1280, 960
        pixels, notes = drawn(boxes=boxes, labels=["a"] + [""] * 9_999, color="red")
        assert notes == ("9,800 more boxes not drawn",)
        assert where(pixels, RED)[:1] == (30,)

    def test_no_boxes_draw_nothing(self) -> None:
        for boxes in ([], np.zeros((0, 4)), {"bbox": [], "category": []}, None):
            pixels, notes = drawn(boxes=boxes)
            assert (pixels == GREY).all()
            assert notes == ()


class TestPoints:
    def test_a_point_is_a_dot_of_five_pixels_around_where_it_falls(self) -> None:
        pixels, _ = drawn(points=[[645, 485]], color="red")
        assert where(pixels, RED) == (62, 46, 66, 50)

    def test_a_single_point_needs_no_list(self) -> None:
        assert (drawn(points=[645, 485])[0] == drawn(points=[[645, 485]])[0]).all()

    def test_visibility_is_that_of_coco(self) -> None:
        pixels, notes = drawn(points=[[0, 0, 0], [305, 305, 1], [905, 305, 2]], color="red")
        assert (pixels[30, 30] == GREY).all(), "hidden: hollow"
        assert (pixels[30, 90] == RED).all(), "visible: filled"
        assert (pixels[:20] == GREY).all(), "not labelled: not drawn"
        assert notes == ()

    def test_points_outside_and_broken_points_are_counted(self) -> None:
        _, notes = drawn(points=[[2000, 10], [10, np.nan], [10, 10]])
        assert notes == ("points: 1 not finite", "points: 1 outside the picture")

    def test_relative_points_are_the_same_as_those_in_pixels(self) -> None:
        relative, pixel = drawn(points=[[0.5, 0.25]]), drawn(points=[[640, 240]])
        assert (relative[0] == pixel[0]).all()

    def test_labels_stand_at_points_where_there_are_no_boxes(self) -> None:
        pixels, notes = drawn(points=[[640, 480, 2]], labels=["nose"])
        color = color_of("nose")
        assert where(pixels, color)[2] - where(pixels, color)[0] > 20
        assert notes == ()


class TestMasks:
    def test_a_mask_is_blended_with_its_opacity_exactly(self) -> None:
        mask = np.zeros((96, 128), bool)
        mask[20:40, 30:60] = True
        for opacity in (0.0, 0.25, 0.45, 1.0):
            pixels, _ = drawn(masks=mask, opacity=opacity, color=(250, 10, 77))
            blend = [int(119 * (1 - opacity) + c * opacity + 0.5) for c in (250, 10, 77)]
            assert (pixels[20:40, 30:60] == blend).all()
            pixels = pixels.copy()
            pixels[20:40, 30:60] = GREY
            assert (pixels == GREY).all(), "nothing beside it has changed"

    def test_each_number_of_a_label_mask_has_its_own_colour(self) -> None:
        pixels, _ = drawn((22, 1), (22, 1), masks=np.arange(22)[np.newaxis], opacity=1)
        assert (pixels[0, 0] == GREY).all(), "0 is background"
        assert len(colors_in(pixels)) == 22

    def test_a_number_keeps_its_colour_from_picture_to_picture(self) -> None:
        alone = drawn(masks=np.full((96, 128), 7), opacity=1)[0]
        mask = np.arange(128)[np.newaxis].repeat(96, axis=0) // 10
        among = drawn(masks=mask, opacity=1)[0]
        assert (alone[50, 75] == among[50, 75]).all()

    @pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.uint16, np.float32])
    def test_a_label_mask_means_the_same_in_every_dtype(self, dtype: Any) -> None:
        mask = np.array([[0, 1], [5, 2]], dtype)
        expected, _ = drawn(masks=np.array([[0, 1], [5, 2]]))
        assert (drawn(masks=mask)[0] == expected).all()

    def test_negative_numbers_are_background(self) -> None:
        assert (drawn(masks=np.full((8, 8), -1))[0] == GREY).all()

    @pytest.mark.parametrize(
        "masks",
        [
            np.ones((1, 96, 128), bool),
            np.ones((1, 1, 96, 128), np.uint8),
            np.ones((96, 128, 1), np.float64),
            [[1] * 128] * 96,
            [np.ones((96, 128), np.int32)],
            Image.new("1", (128, 96), 1),
            Image.new("L", (128, 96), 1),
            [Image.new("L", (128, 96), 255)],
            Image.new("P", (128, 96), 1),
            Image.new("I", (128, 96), 1),
            np.ones((3, 4), bool),
            np.ones((2000, 1500), bool),
        ],
        ids=lambda masks: f"{type(masks).__name__} {getattr(masks, 'shape', '')}",
    )
    def test_masks_of_any_kind_and_size_cover_the_whole_picture(self, masks: object) -> None:
        pixels, notes = drawn(masks=masks, color="red", opacity=1)
        assert (pixels == RED).all()
        assert notes == ()

    def test_a_shrunk_mask_has_soft_edges_and_keeps_its_area(self) -> None:
        mask = np.zeros((960, 1280), bool)
        mask[:, :645] = True
        pixels, _ = drawn(masks=mask, color="red", opacity=1)
        assert (pixels[:, :64] == RED).all()
        assert (pixels[:, 65:] == GREY).all()
        assert 150 < pixels[40, 64, 0] < 220, "half covered"

    def test_labels_do_not_mix_into_other_labels_at_their_edges(self) -> None:
        mask = np.zeros((96, 128), int)
        mask[:, 64:] = 3
        assert len(colors_in(drawn(masks=mask, opacity=1)[0])) == 2

    def test_soft_masks_are_coverage(self) -> None:
        pixels, _ = drawn(masks=np.full((4, 4), 0.5), color="red", opacity=1)
        assert (pixels == (187, 60, 60)).all()

    def test_broken_numbers_in_a_mask_are_background(self) -> None:
        mask = np.full((96, 128), np.nan)
        mask[:, 64:] = 1
        pixels, _ = drawn(masks=mask, color="red", opacity=1)
        assert (pixels[:, :64] == GREY).all()

    def test_masks_of_a_stack_have_the_colours_of_their_boxes(self) -> None:
        masks = np.zeros((2, 96, 128), bool)
        masks[0, 40:80, 10:40] = masks[1, 40:80, 70:110] = True
        boxes = [[100, 400, 400, 800], [700, 400, 1100, 800]]
        pixels, _ = drawn(masks=masks, boxes=boxes, labels=["cat", "dog"], opacity=1)
        assert tuple(pixels[60, 20]) == color_of("cat")
        assert tuple(pixels[60, 90]) == color_of("dog")

    def test_labels_stand_at_the_masks_of_a_stack(self) -> None:
        masks = np.zeros((1, 96, 128), bool)
        masks[0, 50:80, 30:100] = True
        pixels, _ = drawn(masks=masks, labels=["cat"])
        left, top, _, _ = where(pixels, color_of("cat"))
        assert left == 30
        assert 50 - 14 <= top <= 50 - 10

    def test_labels_for_the_numbers_of_one_mask_are_refused(self) -> None:
        with pytest.raises(OptionError, match="stack"):
            drawn(masks=np.arange(4).reshape(2, 2), labels=["a", "b", "c"])

    def test_a_mask_that_lies_on_its_side_is_told(self) -> None:
        _, notes = drawn(masks=np.ones((1280, 960), bool))
        assert notes == ("masks: as high as the picture is wide; turned?",)

    def test_more_masks_than_two_hundred_are_counted(self) -> None:
        _, notes = drawn((8, 8), (8, 8), masks=np.ones((201, 8, 8), bool))
        assert notes == ("1 more masks not drawn",)

    def test_no_masks_draw_nothing(self) -> None:
        for masks in ([], np.zeros((0, 4, 4)), np.zeros((4, 0))):
            assert (drawn(masks=masks)[0] == GREY).all()


class TestLabels:
    def test_equal_labels_have_equal_colours(self) -> None:
        boxes = [[100, 500, 300, 900], [500, 500, 700, 900], [900, 500, 1100, 900]]
        pixels, _ = drawn(boxes=boxes, labels=["cat", "dog", "cat"])
        assert tuple(pixels[80, 10]) == tuple(pixels[80, 90]) == color_of("cat")
        assert tuple(pixels[80, 50]) == color_of("dog")

    def test_the_label_stands_above_the_left_end_of_its_box(self) -> None:
        pixels, _ = drawn(boxes=[300, 500, 800, 900], labels=["cat"], color="red")
        left, top, _, _ = where(pixels, RED)
        assert left == 30
        assert 50 - 16 <= top <= 50 - 9

    def test_the_label_stands_inside_where_there_is_no_room_above(self) -> None:
        pixels, _ = drawn(boxes=[0, 0, 1280, 960], labels=["cat"], color="red")
        assert (pixels[:11, :2] == RED).all()

    @pytest.mark.parametrize("box", [(1200, 900, 1280, 960), (0, 0, 10, 10), (1279, 0, 1280, 960)])
    def test_the_label_stays_in_the_picture(self, box: tuple[int, ...]) -> None:
        pixels, notes = drawn(boxes=box, labels=["cat 0.93"], color="red")
        assert (pixels == RED).all(axis=2).sum() > 200
        assert notes == ()

    def test_a_long_label_is_cut_and_keeps_its_score(self) -> None:
        font, _ = labels._font_for("", 10)
        text = labels._fitted(font, "a label that is far too long", "0.93", 80)
        assert "…" in text
        assert text.endswith("0.93")
        assert font.getlength(text) <= 80
        _, notes = drawn(boxes=[300, 500, 800, 900], labels=["long" * 50], scores=[0.93])
        assert notes == ()

    def test_labels_avoid_each_other(self) -> None:
        pixels, notes = drawn(boxes=[[300, 400, 800, 900]] * 3, labels=["cat", "dog", "cow"])
        for label in ("cat", "dog", "cow"):
            chip = (pixels == color_of(label)).all(axis=2).sum()
            assert chip > 100
        assert notes == ()

    def test_a_label_avoids_hiding_a_small_box(self) -> None:
        boxes = [[300, 400, 900, 900], [300, 300, 380, 380]]
        pixels, _ = drawn(boxes=boxes, labels=["large", ""], color="red")
        assert (pixels[32:36, 32:36] == GREY).all()

    def test_labels_without_room_are_counted(self) -> None:
        _, notes = drawn((48, 24), boxes=[[10, 10, 900, 900]] * 9, labels=["cat"] * 9)
        assert any(note.startswith("labels: ") and note.endswith("without room") for note in notes)

    def test_labels_may_be_numbers_and_missing_ones_are_not_drawn(self) -> None:
        pixels, _ = drawn(boxes=[[300, 500, 800, 900]] * 4, labels=[None, np.nan, pd.NA, "  "])
        bare, _ = drawn(boxes=[[300, 500, 800, 900]] * 4)
        assert (pixels == bare).all()
        pixels, _ = drawn(boxes=[[300, 500, 800, 900]], labels=np.array([3]))
        assert (pixels == drawn(boxes=[[300, 500, 800, 900]], labels=["3"])[0]).all()

    def test_a_score_follows_its_label_or_stands_alone(self) -> None:
        box = [300, 500, 1200, 900]
        both, _ = drawn(boxes=box, labels=["cat"], scores=[0.934])
        assert (both == drawn(boxes=box, labels=["cat"], scores=np.float32(0.93))[0]).all()
        alone, _ = drawn(boxes=box, scores=[0.5])
        assert (alone != drawn(boxes=box)[0]).any()
        missing, _ = drawn(boxes=box, labels=["cat"], scores=[None])
        assert (missing == drawn(boxes=box, labels=["cat"])[0]).all()

    @pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\ud800b", "a\nb\tc"])
    def test_controls_are_replaced(self, text: str) -> None:
        drawn(boxes=[300, 500, 800, 900], labels=[text])
        assert not set(annotations._label(text)) & set("\x00\u202e\ud800\n\t")

    def test_letters_that_no_font_has_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(labels, "_FONTS", ())
        assert labels._font_for("café", 10)[1] == "cafe"
        _, notes = drawn(boxes=[300, 500, 800, 900], labels=["猫"])
        assert notes == ("labels: 1 with letters that no font here has",)

    def test_without_freetype_the_bitmap_font_is_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(labels, "_font", lambda name, size: None)
        font, text = labels._font_for("long café" * 20, 10)
        assert isinstance(font, ImageFont.ImageFont)
        assert labels._fitted(font, text, "", 60).endswith("..")
        pixels, _ = drawn(boxes=[300, 500, 800, 900], labels=["café"], scores=[1], color="red")
        assert where(pixels, RED)[1] < 45


class TestColumns:
    def test_names_of_columns_are_known(self) -> None:
        named = overlay(boxes="where", labels="what", scores="where")
        assert named.columns == ("where", "what")
        assert not named.is_bound
        assert overlay(boxes=[0, 0, 1, 1], labels=["a"]).columns == ()
        assert overlay(boxes=[0, 0, 1, 1], labels=["a"]).is_bound

    def test_a_row_brings_the_values(self) -> None:
        named = overlay(boxes="where", labels="what", color="red", opacity=0.5)
        bound = named.bind({"where": [[1, 2, 3, 4]], "what": "cat"})
        assert bound.is_bound
        assert (bound.boxes, bound.labels) == ([[1, 2, 3, 4]], "cat")
        assert (bound.color, bound.opacity) == (RED, 0.5)
        assert named.columns == ("where", "what"), "the overlay itself is unchanged"

    def test_a_text_in_a_row_is_a_label_and_no_column(self) -> None:
        bound = overlay(boxes=[300, 500, 800, 900], labels="what").bind({"what": "cat"})
        image, _ = draw_overlay(Image.new("RGB", THUMBNAIL, GREY), bound, SOURCE)
        assert (np.asarray(image) == drawn(boxes=[300, 500, 800, 900], labels=["cat"])[0]).all()

    def test_a_pandas_row_will_do(self) -> None:
        frame = pd.DataFrame({"where": [[[1, 2, 3, 4]]], "what": [["cat"]]})
        assert overlay(boxes="where").bind(frame.iloc[0]).boxes == [[1, 2, 3, 4]]  # type: ignore[arg-type]

    @pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT])
    def test_where_a_value_is_missing_there_is_nothing_to_draw(self, missing: object) -> None:
        named = overlay(boxes="where", labels="what", points=[[640, 480]])
        bound = named.bind({"where": missing, "what": ["cat"]})
        image, notes = draw_overlay(Image.new("RGB", THUMBNAIL, GREY), bound, SOURCE)
        assert (np.asarray(image) == drawn(points=[[640, 480]])[0]).all()
        assert notes == ()

    def test_boxes_are_drawn_without_labels_where_those_are_missing(self) -> None:
        bound = overlay(boxes="where", labels="what").bind({"where": [9, 9, 90, 90], "what": None})
        image, _ = draw_overlay(Image.new("RGB", THUMBNAIL, GREY), bound, SOURCE)
        assert (np.asarray(image) == drawn(boxes=[9, 9, 90, 90])[0]).all()

    def test_a_column_that_is_not_there_is_named(self) -> None:
        with pytest.raises(OptionError, match=r"'boxs'.*'boxes'"):
            overlay(boxes="boxs").bind({"photo": 1, "boxes": []})

    def test_an_overlay_that_refers_to_columns_is_not_drawn(self) -> None:
        with pytest.raises(OptionError, match="bind"):
            drawn(boxes="where")

    def test_its_repr_is_short(self) -> None:
        assert repr(overlay(boxes=np.zeros((999, 4)), labels="what")) == (
            "<Overlay boxes labels='what'>"
        )


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"box_format": "yxyx"}, "'xywh'"),
            ({"box_format": []}, "'xywh'"),
            ({"units": "percent"}, "'relative'"),
            ({"opacity": 1.5}, "1.5"),
            ({"opacity": "half"}, "half"),
            ({"opacity": float("nan")}, "nan"),
            ({"line_width": 0}, "line_width"),
            ({"line_width": 1.5}, "line_width"),
            ({"color": "reddish"}, "reddish"),
            ({"color": (1, 2)}, "colour"),
            ({"color": (1, 2, 999)}, "999"),
            ({"color": 7}, "7"),
        ],
        ids=str,
    )
    def test_impossible_options_are_refused_at_once(
        self, options: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(OptionError, match=said):
            overlay(boxes=[0, 0, 1, 1], **options)

    def test_labels_need_something_to_stand_at(self) -> None:
        for given in ({"labels": "names"}, {"scores": [1.0]}):
            with pytest.raises(OptionError, match="boxes"):
                overlay(**given)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"boxes": np.zeros((3, 5))}, "N×4.*3×5"),
            ({"boxes": [[1, 2, 3]]}, "N×4.*1×3"),
            ({"boxes": [[[1, 2, 3, 4]]]}, "1×1×4"),
            ({"boxes": 5}, "N×4"),
            ({"boxes": [[1, 2, 3, 4], [1, 2]]}, "N×4"),
            ({"boxes": [["a", "b", "c", "d"]]}, "'a'"),
            ({"boxes": np.zeros((2, 4), complex)}, "complex"),
            ({"boxes": [[10**400, 0, 1, 1]]}, "N×4"),
            ({"boxes": {"where": [1, 2, 3, 4]}}, "'bbox'"),
            ({"boxes": object()}, "object"),
            ({"points": np.zeros((3, 5))}, "N×2 or N×3.*3×5"),
            ({"masks": np.zeros(7)}, "H×W.*7"),
            ({"masks": np.zeros((48, 64, 3))}, "48×64×3"),
            ({"masks": np.zeros((2, 3, 4, 5))}, "2×3×4×5"),
            ({"masks": [Image.new("RGB", (8, 8))]}, "8×8×3"),
            ({"masks": {"bytes": b"..."}}, "bytes"),
            ({"masks": b"PNG"}, "PNG"),
            ({"boxes": [0, 0, 9, 9], "scores": ["high"]}, "high"),
            ({"boxes": [0, 0, 9, 9], "scores": [Decimal("sNaN")]}, "sNaN"),
        ],
    )
    def test_data_of_the_wrong_shape_are_refused_with_what_was_given(
        self, data: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(OptionError, match=said):
            drawn(**data)

    @pytest.mark.parametrize("what", ["labels", "scores"])
    def test_both_counts_are_named_where_they_differ(self, what: str) -> None:
        with pytest.raises(OptionError, match=r"3 boxes.*2"):
            drawn(boxes=[[1, 2, 3, 4]] * 3, **{what: [1, 2]})
        with pytest.raises(OptionError, match=r"0 boxes.*2"):
            drawn(boxes=[], **{what: [1, 2]})


class TestTheCanvas:
    @pytest.mark.parametrize(
        ("mode", "result"), [("L", "RGB"), ("LA", "RGBA"), ("RGB", "RGB"), ("RGBA", "RGBA")]
    )
    def test_opacity_stays_and_everything_else_is_rgb(self, mode: str, result: str) -> None:
        image = Image.new(mode, THUMBNAIL)
        before = image.tobytes()
        out, _ = draw_overlay(image, overlay(boxes=[[300, 200, 800, 600]], labels=["a"]), SOURCE)
        assert (out.mode, out.size) == (result, THUMBNAIL)
        assert (image.mode, image.tobytes()) == (mode, before)
        assert out is not image

    def test_nothing_drawn_is_a_copy(self) -> None:
        image = Image.new("RGB", THUMBNAIL)
        out, _ = draw_overlay(image, overlay(), SOURCE)
        assert out is not image
        assert out.tobytes() == image.tobytes()

    def test_on_a_transparent_ground_lines_and_masks_keep_their_colours(self) -> None:
        image = Image.new("RGBA", THUMBNAIL, (0, 0, 255, 0))
        mask = np.zeros((96, 128), bool)
        mask[50:] = True
        plan = overlay(boxes=[100, 100, 800, 400], masks=mask, color="red", opacity=0.4)
        pixels = np.asarray(draw_overlay(image, plan, SOURCE)[0])
        assert tuple(pixels[20, 10]) == (*RED, 255)
        assert tuple(pixels[70, 70]) == (*RED, 102)
        assert pixels[20, 40, 3] == 0

    def test_a_mask_on_a_half_transparent_ground_is_composed_over_it(self) -> None:
        image = Image.new("RGBA", (4, 4), (0, 0, 200, 128))
        plan = overlay(masks=np.ones((4, 4), bool), color="red", opacity=0.5)
        layer = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
        expected = np.asarray(Image.alpha_composite(image, layer)).astype(int)
        found = np.asarray(draw_overlay(image, plan, (4, 4))[0]).astype(int)
        assert np.abs(found - expected).max() <= 1

    def test_what_is_given_is_never_changed(self) -> None:
        boxes = np.array([[800.0, 600, 300, 200], [np.nan, 0, 1, 1]])
        masks = np.array([[0.0, np.nan], [1, 2]])
        points = np.array([[1.0, 2, 2]])
        annotations = {"bbox": [[1, 2, 3, 4]], "category": ["a"]}
        copies = boxes.copy(), masks.copy(), points.copy()
        for array in (boxes, masks, points):
            array.flags.writeable = False
        drawn(boxes=boxes, masks=masks, points=points)
        drawn(boxes=annotations)
        for array, copy in zip((boxes, masks, points), copies, strict=True):
            np.testing.assert_array_equal(array, copy)
        assert annotations == {"bbox": [[1, 2, 3, 4]], "category": ["a"]}

    def test_importing_it_does_not_import_numpy(self) -> None:
        code = "import sys, imgdisplay.core.overlay; print('numpy' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout == b"False\n"

    def test_an_overlay_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            overlay().opacity = 1  # type: ignore[misc]
        assert isinstance(overlay(), Overlay)
