"""A label has one colour, wherever it is drawn, and what is written on it can be read."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from imgdisplay.core.arrays import array_picture
from imgdisplay.core.color.colormaps import color_table, label_palette
from imgdisplay.core.color.palette import Color, halo, ink, number_color, palette, text_color
from imgdisplay.core.overlay import draw_overlay, overlay
from imgdisplay.options import Options

NUMBERS = [1, 2, 3, 21, 22, 23, 127, 128, 252, 253, 255, 256, 257, 1000, 65_535]
PINNED = ["ff6362", "0be79e", "7034bc", "d19009", "20dbfb", "a6086a"]


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2.2."""

    def luminance(color: Color) -> float:
        linear = [((x / 255 + 0.055) / 1.055) ** 2.4 if x > 10 else x / 3294.6 for x in color]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722))) + 0.05

    dark, light = sorted((luminance(one), luminance(other)))
    return light / dark


def rows_of(image: Image.Image) -> list[list[list[int]]]:
    rows: list[list[list[int]]] = np.asarray(image).tolist()
    return rows


def in_a_mask(numbers: np.ndarray) -> list[list[int]]:
    """Return the colours of a row of numbers, as an overlay draws them."""
    image = Image.new("RGB", (numbers.size, 1))
    plan = overlay(masks=numbers[np.newaxis], opacity=1)
    return rows_of(draw_overlay(image, plan, image.size)[0])[0]


def in_a_colormap(numbers: np.ndarray) -> list[list[int]]:
    """Return the colours of a row of numbers, as ``colormap="labels"`` draws them."""
    return rows_of(array_picture(numbers[np.newaxis], Options(colormap="labels")).image)[0]


class TestThePalette:
    def test_it_has_twenty_one_colours_far_from_each_other(self) -> None:
        colors = np.array(palette(), float)
        assert len(colors) == 21
        distances = [np.abs(a - b).max() for a, b in itertools.combinations(colors, 2)]
        assert min(distances) > 25

    def test_letters_in_ink_have_contrast_to_every_colour(self) -> None:
        for color in palette():
            letters = {"black": (0, 0, 0), "white": (255, 255, 255)}[ink(color)]
            assert contrast(color, letters) > 6

    def test_a_halo_has_contrast_to_its_line(self) -> None:
        for color in palette():
            assert contrast(color, halo(color)) > 3

    def test_its_first_colours_never_change(self) -> None:
        assert [bytes(number_color(number)).hex() for number in range(1, 7)] == PINNED


class TestANumber:
    def test_its_colour_is_the_next_of_the_palette_in_turn(self) -> None:
        assert [number_color(number) for number in range(1, 64)] == [*palette()] * 3

    def test_the_table_has_black_and_then_the_colours_of_the_numbers(self) -> None:
        table = label_palette()
        assert len(table) == 768
        assert table == color_table("labels")
        assert table[:3] == b"\0\0\0"
        for number in range(1, 256):
            assert tuple(table[3 * number : 3 * number + 3]) == number_color(number)

    @pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
    def test_it_has_the_same_colour_in_a_mask_and_in_a_colormap(self, dtype: str) -> None:
        largest = np.iinfo(dtype).max if dtype[0] in "iu" else 65_535
        numbers = np.array([number for number in NUMBERS if number <= largest], dtype)
        assert in_a_mask(numbers) == in_a_colormap(numbers)

    def test_up_to_255_it_has_that_of_the_palette_in_both(self) -> None:
        numbers = np.arange(1, 256)
        expected = [list(number_color(number)) for number in range(1, 256)]
        assert in_a_mask(numbers) == in_a_colormap(numbers) == expected

    def test_boxes_without_labels_are_numbered_from_one(self) -> None:
        boxes = [[10 * column, 0, 10 * column + 9, 9] for column in range(23)]
        image = Image.new("RGB", (230, 10))
        plan = overlay(boxes=boxes, line_width=1)
        pixels = np.asarray(draw_overlay(image, plan, image.size)[0])
        for column in range(23):
            assert tuple(pixels[4, 10 * column]) == number_color(column + 1)


class TestAText:
    def test_it_has_the_same_colour_in_every_session(self) -> None:
        code = "from imgdisplay.core.color.palette import text_color; print(*text_color('cat'))"
        for seed in ("1", "2"):
            found = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            )
            assert tuple(map(int, found.stdout.split())) == text_color("cat")

    def test_its_colour_is_one_of_the_palette(self) -> None:
        texts = ["cat", "dog", "猫", "a label"]
        assert {text_color(text) for text in texts} <= set(palette())
