"""Colours for numbers: colormaps, ranges, labels, denormalised tensors, batches as strips."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageColor
from zoo import decoded, embedded, only_image, outcome, pixels, psnr, shown, soup
from zoo.images import encoded, opacity, photograph

import imgdisplay
from imgdisplay import OptionError, open_image, thumbnail

matplotlib = pytest.importorskip("matplotlib")

BUILT_IN = ["viridis", "magma", "inferno", "plasma", "cividis", "gray"]
OTHERS = ["jet", "twilight", "turbo", "Greys", "coolwarm", "tab10", "Set1"]

MOST = imgdisplay.Options().max_images
"""How many pictures of a batch are drawn."""

RAMP = np.tile(np.arange(256, dtype=np.uint8), (40, 1))


def table_of(name: str) -> np.ndarray[Any, Any]:
    """Return the 256 colours that matplotlib's imshow gives to grey levels.

    Not those of the integers 0 to 255, which it takes for indices: twilight has 510 colours.
    """
    return np.asarray(matplotlib.colormaps[name](np.linspace(0, 1, 256), bytes=True))[:, :3]


class TestAColormap:
    @pytest.mark.parametrize("name", BUILT_IN)
    def test_that_is_built_in_has_the_colours_of_matplotlib(self, name: str) -> None:
        seen = shown(RAMP, colormap=name)[0].astype(int)
        assert np.abs(seen - table_of(name)).max() <= 1

    @pytest.mark.parametrize("name", OTHERS)
    def test_may_have_any_name_that_matplotlib_knows(self, name: str) -> None:
        assert (shown(RAMP, colormap=name)[0] == table_of(name)).all()

    @pytest.mark.parametrize("name", [*BUILT_IN, *OTHERS])
    def test_runs_backwards_with_r(self, name: str) -> None:
        backwards = shown(RAMP, colormap=f"{name}_r")[0].astype(int)
        assert np.abs(backwards - table_of(f"{name}_r")).max() <= 1

    def test_may_be_one_that_the_user_has_registered(self) -> None:
        own = matplotlib.colors.ListedColormap(["red", "lime", "blue"], name="of-the-user")
        matplotlib.colormaps.register(own)
        try:
            seen = shown(RAMP, colormap="of-the-user")[0]
        finally:
            matplotlib.colormaps.unregister("of-the-user")
        assert [tuple(color) for color in seen[[0, 128, 255]]] == [
            *((255, 0, 0), (0, 255, 0), (0, 0, 255))
        ]

    def test_grey_and_gray_are_one(self) -> None:
        assert (shown(RAMP, colormap="grey") == shown(RAMP, colormap="gray")).all()
        assert (shown(RAMP, colormap="grey")[0, :, 0] == np.arange(256)).all()

    def test_that_is_built_in_needs_no_matplotlib(self, python: Callable[..., str]) -> None:
        printed = python(
            """
            import sys
            sys.modules["matplotlib"] = None
            import numpy as np, imgdisplay
            for name in ("viridis", "magma_r", "inferno", "plasma", "cividis", "grey", "labels"):
                imgdisplay.thumbnail(np.zeros((40, 40), "u1"), colormap=name)
            try:
                imgdisplay.thumbnail(np.zeros((40, 40)), colormap="jet")
            except imgdisplay.MissingExtra as error:
                print(error)
            """
        )
        assert "matplotlib" in printed
        assert "pip install" in printed
        assert "jet" in printed

    def test_does_not_load_matplotlib_for_a_name_that_is_built_in(
        self, python: Callable[..., str]
    ) -> None:
        code = """
            import sys
            import numpy as np, imgdisplay
            imgdisplay.thumbnail(np.zeros((40, 40)), colormap="viridis")
            imgdisplay.set_options(colormap="magma_r")
            print("matplotlib" in sys.modules)
            """
        assert python(code) == "False"

    def test_spans_the_range_that_is_given(self) -> None:
        values = np.tile(np.linspace(-10, 10, 256), (40, 1))

        seen = shown(values, colormap="viridis", value_range=(-5, 5))[0].astype(int)

        colors = table_of("viridis").astype(int)
        assert np.abs(seen[:60] - colors[0]).max() <= 1
        assert np.abs(seen[-60:] - colors[-1]).max() <= 1
        assert np.abs(seen[128] - colors[128]).max() <= 4

    @pytest.mark.parametrize(
        "make",
        [
            lambda: RAMP,
            lambda: RAMP[..., None],
            lambda: RAMP[None],
            lambda: RAMP.astype(np.uint16) * 257,
            lambda: RAMP / 255,
            lambda: Image.fromarray(RAMP),
            lambda: encoded(Image.fromarray(RAMP)),
            lambda: Image.fromarray(RAMP.astype(np.float32) / 255),
            lambda: Image.fromarray(RAMP.astype(np.uint16) * 257),
            lambda: encoded(Image.fromarray(RAMP), "TIFF"),
        ],
        ids=["H×W", "H×W×1", "1×H×W", "uint16", "floats", "L", "PNG", "F", "I;16", "TIFF"],
    )
    def test_colours_grey_pictures_of_every_kind(self, make: Callable[[], object]) -> None:
        seen = shown(make(), colormap="viridis")[0].astype(int)
        assert np.abs(seen - table_of("viridis")).max() <= 3

    def test_colours_a_bool_mask_with_its_ends(self) -> None:
        seen = shown(RAMP > 127, colormap="viridis")
        assert {tuple(color) for color in seen[0]} == {
            tuple(table_of("viridis")[0]),
            tuple(table_of("viridis")[255]),
        }

    def test_leaves_colours_as_they_are(self) -> None:
        picture = photograph("astronaut")
        for source in (picture, np.asarray(picture), picture.quantize(64)):
            assert (shown(source, colormap="viridis") == shown(source)).all()

    def test_keeps_the_opacity_of_grey_with_opacity(self) -> None:
        grey = photograph("camera")
        mask = opacity()
        for source in (Image.merge("LA", (grey, mask)), np.dstack([grey, mask])):
            seen = shown(source, "RGBA", colormap="magma")
            assert (seen[..., 3] == np.asarray(mask)).all()
            expected = table_of("magma")[np.asarray(grey)]
            visible = seen[..., 3] > 0
            assert np.abs(seen[..., :3].astype(int) - expected)[visible].max() <= 1

    def test_does_not_colour_what_is_no_number(self) -> None:
        values = RAMP / 255
        values[10:20] = np.nan

        seen = shown(values, colormap="viridis", nan_color="#00ffff")

        assert (seen[10:20] == (0, 255, 255)).all()
        assert np.abs(seen[0].astype(int) - table_of("viridis")).max() <= 1

    def test_goes_through_thumbnails_tables_galleries_and_images(self) -> None:
        picture = photograph("camera")
        lines = [
            pixels(embedded(tag))
            for html in (
                imgdisplay.table(pd.DataFrame({"p": [picture]}), colormap="viridis"),
                imgdisplay.gallery([picture], colormap="viridis"),
                imgdisplay.img(picture, colormap="viridis"),
            )
            for tag in soup(html).find_all("img")
        ]
        lines.append(pixels(open_image(np.asarray(picture), colormap="viridis")))
        for seen in lines:
            assert np.ptp(seen.astype(int), axis=2).mean() > 30


class TestAnUnknownColormap:
    SOURCE = RAMP

    @pytest.mark.parametrize(
        "use",
        [
            lambda name: thumbnail(RAMP, colormap=name),
            lambda name: thumbnail(photograph("astronaut"), colormap=name),
            lambda name: imgdisplay.img(RAMP, colormap=name),
            lambda name: imgdisplay.gallery([RAMP, RAMP], colormap=name),
            lambda name: imgdisplay.table(pd.DataFrame({"p": [RAMP]}), colormap=name),
            lambda name: imgdisplay.image_formatter.with_options(colormap=name)(RAMP),
            lambda name: thumbnail([RAMP, RAMP], colormap=name),
        ],
        ids=["thumbnail", "of a colour picture", "img", "gallery", "table", "formatter", "strip"],
    )
    def test_is_a_mistake_that_raises(self, use: Callable[[str], object]) -> None:
        error = outcome(lambda: use("virdis"))

        assert isinstance(error, OptionError)
        assert "virdis" in str(error)
        assert "viridis" in str(error)

    @pytest.mark.parametrize("name", ["", "_r", "labels_r", "Viridis", "viridis_r_r", 3, b"jet"])
    def test_is_also_what_comes_close(self, name: Any) -> None:
        error = outcome(lambda: thumbnail(RAMP, colormap=name))
        assert isinstance(error, OptionError)
        assert "colormap" in str(error)

    def test_is_quoted_in_part_if_it_is_long(self) -> None:
        assert len(str(outcome(lambda: thumbnail(RAMP, colormap="x" * 5000)))) < 600

    def test_is_refused_for_the_session_and_changes_nothing(self) -> None:
        assert isinstance(outcome(lambda: imgdisplay.set_options(colormap="virdis")), OptionError)
        assert imgdisplay.get_options().colormap is None


GRID = np.add.outer(np.arange(8) // 2 * 4, np.arange(8) // 2).repeat(40, 0).repeat(40, 1)
"""320×320 with the labels 0 to 15 in squares of 80 pixels."""


def colors_of(source: object, **options: Any) -> dict[int, tuple[int, ...]]:
    """Return the colour in the middle of each of the squares of `GRID`."""
    seen = shown(source, colormap="labels", **options)
    side = seen.shape[0] // 4
    return {
        row * 4 + column: tuple(seen[row * side + side // 2, column * side + side // 2])
        for row in range(4)
        for column in range(4)
    }


class TestLabels:
    @pytest.mark.parametrize(
        "dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "f4"]
    )
    def test_have_the_same_colours_in_every_dtype(self, dtype: str) -> None:
        assert colors_of(GRID.astype(dtype)) == colors_of(GRID)

    def test_have_colours_of_their_own(self) -> None:
        assert len(set(colors_of(GRID).values())) == 16

    def test_are_black_where_there_is_none(self) -> None:
        assert colors_of(GRID)[0] == (0, 0, 0)

    def test_are_not_black_elsewhere(self) -> None:
        bright = [max(color) for label, color in colors_of(GRID).items() if label]
        assert min(bright) > 60

    def test_have_colours_that_do_not_depend_on_the_others(self) -> None:
        alone = np.full((64, 64), 9)

        assert tuple(shown(alone, colormap="labels")[0, 0]) == colors_of(GRID)[9]

    def test_have_colours_that_never_change(self) -> None:
        """Pinned: a figure of last year must agree with one of today."""
        from imgdisplay.core.color.palette import number_color

        for label in (1, 2, 7, 15):
            assert colors_of(GRID)[label] == number_color(label)

    def test_are_drawn_in_the_colour_that_overlays_give_them(self) -> None:
        mask = np.zeros((64, 64), np.uint8)
        mask[:, 32:] = 5
        black = Image.new("RGB", (64, 64))
        over = imgdisplay.overlay(masks=mask, opacity=1.0)

        drawn = shown(black, overlay=over)[32, 48]

        assert np.abs(drawn.astype(int) - shown(mask, colormap="labels")[32, 48]).max() <= 2

    def test_that_are_negative_are_drawn_like_nan(self) -> None:
        holed = GRID.copy()
        holed[:80, :80] = -1

        assert colors_of(holed)[0] == (255, 0, 255)
        assert colors_of(holed, nan_color="#123456")[0] == ImageColor.getrgb("#123456")
        assert {**colors_of(holed), 0: (0, 0, 0)} == colors_of(GRID)

    def test_that_are_nan_infinite_or_masked_are_drawn_like_nan(self) -> None:
        for value in (np.nan, np.inf, -np.inf):
            holed = GRID.astype(np.float32)
            holed[:80, :80] = value
            assert colors_of(holed)[0] == (255, 0, 255)
        masked = np.ma.array(GRID, mask=GRID == 6)
        assert colors_of(masked)[6] == (255, 0, 255)
        assert colors_of(masked)[5] == colors_of(GRID)[5]

    def test_beyond_the_palette_take_turns_and_are_never_black(self) -> None:
        numbers = [255, 256, 511, 1000, 65_535, 2**31 - 1, 2**40, 2**62]
        for number in numbers:
            color = shown(np.full((40, 40), number, np.int64), colormap="labels")[0, 0]
            assert max(color) > 60

    def test_are_not_mixed_at_their_edges_when_they_shrink(self) -> None:
        allowed = set(colors_of(GRID).values())
        for size in (33, 50, 96):
            small = pixels(decoded(thumbnail(GRID, colormap="labels", size=size).data))
            assert {tuple(color) for color in small.reshape(-1, 3)} <= allowed

    @pytest.mark.parametrize(
        "make",
        [
            lambda: Image.fromarray(GRID.astype(np.uint8)),
            lambda: encoded(Image.fromarray(GRID.astype(np.uint8))),
            lambda: Image.fromarray(GRID.astype(np.int32)),
            lambda: Image.fromarray(GRID.astype(np.uint16)),
            lambda: encoded(Image.fromarray(GRID.astype(np.uint16))),
            lambda: encoded(Image.fromarray(GRID.astype(np.uint8)), "TIFF"),
            lambda: encoded(Image.fromarray(GRID.astype(np.int32)), "TIFF"),
            lambda: encoded(Image.fromarray(GRID.astype(np.uint8)), "BMP"),
            lambda: Image.fromarray(GRID.astype(np.float32)),
        ],
        ids=["L", "PNG", "I", "I;16", "16-bit PNG", "TIFF", "32-bit TIFF", "BMP", "F"],
    )
    def test_of_masks_in_files_and_images_have_the_same_colours(
        self, make: Callable[[], object]
    ) -> None:
        assert colors_of(make()) == colors_of(GRID)
        small = pixels(decoded(thumbnail(make(), colormap="labels", size=50).data))
        assert {tuple(color) for color in small.reshape(-1, 3)} <= set(colors_of(GRID).values())

    def test_of_a_mask_with_a_palette_are_its_indices(self) -> None:
        mask = Image.fromarray(GRID.astype(np.uint8)).convert("P")
        mask.putpalette([200, 100, 50] * 256)

        assert colors_of(mask) == colors_of(GRID)
        assert colors_of(encoded(mask)) == colors_of(GRID)

    def test_of_a_bool_mask_are_black_and_the_first_colour(self) -> None:
        seen = {
            tuple(color) for color in shown(GRID > 7, colormap="labels").reshape(-1, 3).tolist()
        }
        assert seen == {(0, 0, 0), colors_of(GRID)[1]}

    def test_that_are_no_whole_numbers_are_refused_with_dtype_and_shape(self) -> None:
        error = outcome(lambda: thumbnail(GRID + 0.5, colormap="labels"))

        assert "float64" in str(error)
        assert "320×320" in str(error)

    def test_are_the_same_in_a_batch(self) -> None:
        batch = np.stack([np.where(GRID == 3, 3, 0), np.where(GRID > 8, GRID, 0)])

        strip = shown(batch, colormap="labels")

        allowed = {*colors_of(GRID).values(), (0x99, 0x99, 0x99)}
        assert {tuple(color) for color in strip.reshape(-1, 3)} <= allowed
        assert tuple(strip[40, 280]) == colors_of(GRID)[3]

    def test_of_tiny_masks_are_exact_blocks(self) -> None:
        tiny = np.arange(16).reshape(4, 4)

        seen = pixels(decoded(thumbnail(tiny, colormap="labels").data))

        side = seen.shape[0] // 4
        for (row, column), label in np.ndenumerate(tiny):
            block = seen[row * side : (row + 1) * side, column * side : (column + 1) * side]
            assert (block == colors_of(GRID)[int(label)]).all()

    def test_do_not_change_their_array(self) -> None:
        before = GRID.copy()
        thumbnail(GRID, colormap="labels")
        assert (before == GRID).all()


class TestARobustRange:
    def outlier(self) -> np.ndarray[Any, Any]:
        values = np.asarray(photograph("camera")).astype(np.float64) * 10
        values[:2, :2] = 1e9
        values[-2:, -2:] = -1e9
        return values

    def test_is_that_of_the_2nd_and_98th_percentile(self) -> None:
        values = self.outlier()
        low, high = np.percentile(values, (2, 98))

        seen = shown(values, "L", value_range="robust")

        expected = np.clip((values - low) / (high - low), 0, 1) * 255
        assert np.abs(seen - expected).max() <= 1

    def test_shows_what_one_hot_pixel_would_hide(self) -> None:
        assert np.ptp(shown(self.outlier(), "L")[4:-4]) <= 2
        assert np.ptp(shown(self.outlier(), "L", value_range="robust")[4:-4]) > 200

    @pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
    def test_is_found_for_every_dtype(self, dtype: str) -> None:
        values = (np.asarray(photograph("camera")) // 2 + 10).astype(dtype)
        low, high = np.percentile(values.astype(float), (2, 98))

        seen = shown(values, "L", value_range="robust")

        expected = np.clip((values.astype(float) - low) / (high - low), 0, 1) * 255
        assert np.abs(seen - expected).max() <= 1.5

    def test_is_found_for_floats_at_the_end_of_their_range(self) -> None:
        for values in (
            np.linspace(-6e4, 6e4, 4096, dtype=np.float16),
            np.linspace(-3e38, 3e38, 4096, dtype=np.float32),
            np.linspace(-1, 1, 4096) * 1e308,
        ):
            seen = shown(values.reshape(64, 64), "L", value_range="robust").astype(int)
            assert np.abs(seen.ravel()[[100, 2048, 4000]] - (2, 128, 253)).max() <= 6

    def test_leaves_out_what_is_no_number(self) -> None:
        values = np.asarray(photograph("camera")).astype(np.float64)
        holed = values.copy()
        holed[:80] = np.nan
        holed[80:90] = np.inf
        low, high = np.percentile(values[90:], (2, 98))

        seen = shown(holed, value_range="robust")

        assert (seen[:90] == (255, 0, 255)).all()
        expected = np.clip((values[90:] - low) / (high - low), 0, 1) * 255
        assert np.abs(seen[90:, :, 0] - expected).max() <= 1

    def test_leaves_out_what_is_masked(self) -> None:
        values = np.ma.array(self.outlier(), mask=False)
        values[np.abs(values) > 1e8] = np.ma.masked
        values[:60] = np.ma.masked
        low, high = np.percentile(values.compressed(), (2, 98))

        seen = shown(values, value_range="robust")[70, :, 0]

        expected = np.clip((values[70].data - low) / (high - low), 0, 1) * 255
        assert np.abs(seen - expected).max() <= 1

    def test_of_a_picture_that_is_mostly_empty_still_shows_what_is_in_it(self) -> None:
        sparse = np.zeros((100, 100))
        sparse[50:60, 50] = 500.0

        seen = shown(sparse, "L", value_range="robust")

        assert seen[55, 50] > seen[0, 0] + 100

    def test_of_bools_is_black_and_white(self) -> None:
        mask = np.asarray(photograph("camera")) > 127
        assert (shown(mask, "L", value_range="robust") == mask * 255).all()
        frame = pd.DataFrame({"scan": [self.outlier()], "mask": [mask]})
        assert len(soup(imgdisplay.table(frame, value_range="robust")).find_all("img")) == 2

    def test_of_one_value_is_one_grey(self) -> None:
        seen = shown(np.full((40, 40), 7.5), "L", value_range="robust")
        assert np.ptp(seen) == 0

    def test_of_nothing_but_nan_is_all_in_its_colour(self) -> None:
        seen = shown(np.full((40, 40), np.nan), value_range="robust")
        assert (seen == (255, 0, 255)).all()

    def test_is_that_of_all_channels(self) -> None:
        colors = np.asarray(photograph("astronaut")).astype(np.float64)
        low, high = np.percentile(colors, (2, 98))

        seen = shown(colors, value_range="robust")

        assert np.abs(seen - np.clip((colors - low) / (high - low), 0, 1) * 255).max() <= 1

    def test_does_not_touch_opacity(self) -> None:
        mask = np.asarray(opacity())
        array = np.dstack([photograph("astronaut"), mask]).astype(np.float32) / 255

        seen = shown(array, "RGBA", value_range="robust")

        assert np.abs(seen[..., 3].astype(int) - mask).max() <= 1

    def test_is_found_for_pil_images_of_many_bits(self) -> None:
        values = self.outlier().astype(np.float32)
        for image in (Image.fromarray(values), Image.fromarray(values.astype(np.int32))):
            assert np.ptp(shown(image, "L", value_range="robust")[4:-4]) > 200

    @pytest.mark.parametrize("word", ["Robust", "auto", "minmax", ""])
    def test_has_no_other_name(self, word: str) -> None:
        assert isinstance(outcome(lambda: thumbnail(RAMP, value_range=word)), OptionError)  # type: ignore[arg-type]


IMAGENET = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
CLIP = (
    np.array([0.48145466, 0.4578275, 0.40821073]),
    np.array([0.26862954, 0.26130258, 0.27577711]),
)
HALF = np.array([0.5]), np.array([0.5])


def normalized(
    means: np.ndarray[Any, Any], deviations: np.ndarray[Any, Any], name: str = "astronaut"
) -> np.ndarray[Any, Any]:
    """Return a photograph as networks take it: H×W×3."""
    unit = np.asarray(photograph(name).convert("RGB"), np.float64) / 255
    return np.asarray(((unit - means) / deviations).astype(np.float32))


class TestDenormalize:
    @pytest.mark.parametrize(
        ("name", "numbers"), [("imagenet", IMAGENET), ("clip", CLIP), ("half", HALF)]
    )
    def test_brings_back_the_picture(self, name: str, numbers: Any) -> None:
        original = np.asarray(photograph("astronaut"))
        for array in (normalized(*numbers), np.moveaxis(normalized(*numbers), -1, 0)):
            seen = shown(array, denormalize=name)
            assert np.abs(seen.astype(int) - original).max() <= 1

    def test_takes_means_and_deviations(self) -> None:
        means, deviations = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5, 0.6])
        original = np.asarray(photograph("astronaut"))
        for given in [
            (tuple(means), tuple(deviations)),
            (list(means), list(deviations)),
            (means, deviations),
        ]:
            seen = shown(normalized(means, deviations), denormalize=given)
            assert np.abs(seen.astype(int) - original).max() <= 1

    def test_takes_one_mean_for_all_channels_and_for_grey(self) -> None:
        grey = np.asarray(photograph("camera"))
        array = (grey / np.float32(255) - 0.1307) / 0.3081

        seen = shown(array, "L", denormalize=((0.1307,), (0.3081,)))

        assert np.abs(seen.astype(int) - grey).max() <= 1

    @pytest.mark.parametrize("order", ["N×3×H×W", "N×H×W×3"])
    def test_brings_back_every_picture_of_a_batch(self, order: str) -> None:
        names = ["astronaut", "coffee"]
        batch = np.stack([normalized(*IMAGENET, name=name) for name in names])
        if order == "N×3×H×W":
            batch = np.moveaxis(batch, -1, 1)

        strip = shown(batch, denormalize="imagenet")

        for left, name in zip((0, 242), names, strict=True):
            original = np.asarray(photograph(name))
            assert np.abs(strip[:, left : left + 240].astype(int) - original).max() <= 1

    def test_clips_what_lies_outside(self) -> None:
        array = np.full((3, 40, 40), 100, np.float32)
        assert (shown(array, denormalize="imagenet") == 255).all()
        assert (shown(-array, denormalize="imagenet") == 0).all()

    def test_of_a_dark_picture_is_not_stretched(self) -> None:
        dark = (np.full((40, 40, 3), 0.1) - IMAGENET[0]) / IMAGENET[1]
        assert np.abs(shown(dark, denormalize="imagenet").astype(int) - 26).max() <= 1

    def test_shows_nan_in_its_colour(self) -> None:
        array = normalized(*IMAGENET)
        array[:20] = np.nan
        assert (shown(array, denormalize="imagenet")[:20] == (255, 0, 255)).all()

    def test_leaves_the_array_as_it_was(self) -> None:
        array = normalized(*IMAGENET)
        before = array.copy()
        thumbnail(array, denormalize="imagenet")
        assert (array == before).all()

    def test_goes_with_a_colour_order(self) -> None:
        array = normalized(*IMAGENET)[..., ::-1]
        seen = shown(array, denormalize="imagenet", color_order="bgr")
        assert np.abs(seen.astype(int) - np.asarray(photograph("astronaut"))).max() <= 1

    def test_goes_with_a_colormap_for_grey(self) -> None:
        array = (RAMP / 255 - 0.5) / 0.5
        seen = shown(array, denormalize="half", colormap="viridis")[0].astype(int)
        assert np.abs(seen - table_of("viridis")).max() <= 3

    def test_leaves_pictures_that_are_no_arrays_as_they_are(self) -> None:
        picture = photograph("astronaut")
        assert (shown(picture, denormalize="imagenet") == np.asarray(picture)).all()

    def test_of_three_means_for_grey_says_what_does_not_fit(self) -> None:
        error = outcome(lambda: thumbnail(RAMP / 255, denormalize="imagenet"))
        assert "denormalize" in str(error)
        assert "3" in str(error)

    @pytest.mark.parametrize(
        "wrong",
        ["ImageNet2", "imagenet ", ((0.5, 0.5), (0.5, 0.5)), ((0.5,), (0.5, 1)), 0.5, (1, 2), []],
    )
    def test_of_anything_else_is_a_mistake(self, wrong: Any) -> None:
        error = outcome(lambda: thumbnail(normalized(*HALF), denormalize=wrong))
        assert isinstance(error, OptionError)
        assert "denormalize" in str(error)

    def test_by_deviations_of_zero_does_not_crash(self) -> None:
        array = normalized(*HALF)
        assert thumbnail(array, denormalize=((0.5,), (0.0,))).source_size == (240, 160)


class TestTwoChannels:
    """Grey and opacity, last; two at the front are two pictures unless it is said otherwise."""

    GREY = np.asarray(photograph("camera"))
    MASK = np.asarray(opacity())

    def test_at_the_end_are_grey_and_opacity(self) -> None:
        for array in (
            np.dstack([self.GREY, self.MASK]),
            np.dstack([self.GREY, self.MASK]).astype(np.float32) / 255,
            np.dstack([self.GREY, self.MASK]).astype(np.uint16) * 257,
        ):
            thumb = thumbnail(array, size=None)
            seen = pixels(decoded(thumb.data), "LA")
            assert thumb.transparent
            assert np.abs(seen[..., 1].astype(int) - self.MASK).max() <= 1
            visible = self.MASK > 0
            assert np.abs(seen[..., 0].astype(int) - self.GREY)[visible].max() <= 1

    def test_at_the_front_are_two_pictures(self) -> None:
        thumb = thumbnail(np.stack([self.GREY, self.GREY[::-1]]), size=None, format="png")
        seen = pixels(decoded(thumb.data), "L")
        assert (seen[:, :240] == self.GREY).all()
        assert (seen[:, -240:] == self.GREY[::-1]).all()

    def test_with_nan_show_its_colour_opaque(self) -> None:
        array = np.dstack([self.GREY, np.full_like(self.GREY, 128)]).astype(np.float32) / 255
        array[:20, :20, 0] = np.nan
        assert (shown(array, "RGBA")[:20, :20] == (255, 0, 255, 255)).all()

    def test_that_are_all_opaque_are_a_grey_photograph(self) -> None:
        array = np.dstack([self.GREY, np.full_like(self.GREY, 255)])
        thumb = thumbnail(array)
        assert (thumb.mime, thumb.transparent) == ("image/jpeg", False)


def left_to_right(count: int, side: int = 40) -> np.ndarray[Any, Any]:
    """Return as many grey pictures, the first black and the last white."""
    levels = np.linspace(0, 1, count, dtype=np.float32)
    return np.broadcast_to(levels[:, None, None], (count, side, side)).copy()


class TestBatches:
    def test_are_strips_in_order(self) -> None:
        seen = pixels(decoded(thumbnail(left_to_right(5), size=None).data), "L")

        assert seen.shape[0] == 40
        middles = seen[20, [20 + 42 * number for number in range(5)]]
        assert np.abs(middles.astype(int) - np.linspace(0, 255, 5)).max() <= 1

    @pytest.mark.parametrize(
        "make",
        [
            left_to_right,
            lambda n: left_to_right(n)[:, None],
            lambda n: left_to_right(n)[..., None],
            lambda n: np.repeat(left_to_right(n)[:, None], 3, 1),
            lambda n: np.repeat(left_to_right(n)[..., None], 3, 3),
            lambda n: (left_to_right(n) * 65535).astype(np.uint16),
            lambda n: (left_to_right(n) * 255).astype(np.uint8),
            lambda n: list(left_to_right(n)),
            lambda n: tuple((left_to_right(n) * 255).astype(np.uint8)),
        ],
        ids=["N×H×W", "N×1×H×W", "N×H×W×1", "N×3×H×W", "N×H×W×3", "uint16", "u1", "list", "tuple"],
    )
    @pytest.mark.parametrize("more", [0, 1, 12])
    def test_of_every_shape_show_some_and_count_the_rest(
        self, make: Callable[[int], object], more: int
    ) -> None:
        thumb = thumbnail(make(MOST + more))

        assert thumb.more == more
        html = soup(thumb.html()).get_text()
        assert html.strip() == (f"+{more} more" if more else "")
        assert MOST <= thumb.pixel_width / thumb.pixel_height < MOST + 1

    def test_show_as_many_as_asked_for(self) -> None:
        for most in (1, 2, 5, 30):
            thumb = thumbnail(left_to_right(20), max_images=most)
            assert thumb.more == max(0, 20 - most)

    def test_have_one_range_for_all(self) -> None:
        batch = np.stack([np.full((40, 40), 100.0), np.linspace(0, 4000, 1600).reshape(40, 40)])

        seen = shown(batch, "L")

        assert np.ptp(seen[:, :40]) == 0
        assert abs(int(seen[0, 0]) - 6) <= 1  # 100 of 4000
        assert seen[:, -40:].max() == 255

    def test_have_one_range_of_integers_for_all(self) -> None:
        batch = np.stack([np.full((40, 40), 200), np.full((40, 40), 4000)]).astype(np.uint16)

        seen = shown(batch, "L")

        assert abs(int(seen[0, 0]) - 12) <= 1  # 200 of 4095, not of 255
        assert abs(int(seen[0, -1]) - 249) <= 1

    def test_have_one_robust_range_for_all(self) -> None:
        grey = np.asarray(photograph("camera")).astype(np.float64)
        batch = np.stack([grey, grey * 0.2])
        low, high = np.percentile(batch, (2, 98))

        seen = shown(batch, "L", value_range="robust")

        for left, part in ((0, grey), (242, grey * 0.2)):
            expected = np.clip((part - low) / (high - low), 0, 1) * 255
            assert np.abs(seen[:, left : left + 240] - expected).max() <= 1

    def test_take_the_range_that_is_given(self) -> None:
        seen = shown(left_to_right(2), "L", value_range=(-1, 1))
        assert abs(int(seen[0, 0]) - 128) <= 1

    def test_do_not_count_opacity_for_the_range(self) -> None:
        colors = (np.asarray(photograph("astronaut")) / 255 * 1000).astype(np.uint16)
        with_opacity = np.dstack([colors, np.full(colors.shape[:2], 65535, np.uint16)])
        alone = shown(with_opacity)

        strip = shown(np.stack([with_opacity, with_opacity]))

        assert np.abs(strip[:, :240].astype(int) - alone).max() <= 1

    def test_leave_nan_out_of_the_range(self) -> None:
        batch = left_to_right(5) * 500
        batch[1, :20] = np.nan
        batch[2, :20] = np.inf

        seen = shown(batch)

        assert (seen[:20, 42:82] == (255, 0, 255)).all()
        assert (seen[:20, 84:124] == (255, 0, 255)).all()
        assert abs(int(seen[30, 100, 0]) - 128) <= 1
        assert (seen[30, -1] == 255).all()

    def test_that_are_masked_keep_their_masks(self) -> None:
        batch = np.ma.array(left_to_right(5), mask=False)
        batch[1] = np.ma.masked

        seen = shown(batch)

        assert (seen[:, 42:82] == (255, 0, 255)).all()
        assert (seen[:, :40] == 0).all()

    def test_are_coloured_alike(self) -> None:
        seen = shown(left_to_right(5), colormap="viridis").astype(int)
        colors = table_of("viridis").astype(int)
        for number, level in enumerate((0, 64, 128, 191, 255)):
            assert np.abs(seen[20, 20 + 42 * number] - colors[level]).max() <= 3

    def test_of_one_picture_are_that_picture(self) -> None:
        grey = np.asarray(photograph("camera"))
        assert (shown(grey[None], "L") == grey).all()
        assert thumbnail(grey[None]).more == 0

    def test_of_ten_thousand_cost_as_much_as_of_eight(self) -> None:
        """Compared with a batch that shows as many, so that a slow machine does not matter."""
        many = np.broadcast_to(left_to_right(5)[:1], (10_000, 40, 40))
        as_list = [many[0]] * 10_000
        few = left_to_right(MOST)

        def seconds(source: object) -> float:
            durations = []
            for _ in range(3):
                start = time.perf_counter()
                thumb = thumbnail(source)
                durations.append(time.perf_counter() - start)
            assert thumb.source_mode
            return min(durations)

        seconds(few)
        assert thumbnail(many).more == 10_000 - MOST
        assert seconds(many) < 20 * seconds(few)
        assert seconds(as_list) < 20 * seconds(list(few))

    def test_of_ten_thousand_are_not_read_beyond_what_is_shown(self) -> None:
        read: list[int] = []

        class Counting:
            def __init__(self, number: int) -> None:
                self.number = number

            def __imgdisplay__(self) -> Image.Image:
                read.append(self.number)
                return Image.new("L", (40, 40), self.number % 256)

        thumb = thumbnail([Counting(number) for number in range(10_000)])

        assert thumb.more == 10_000 - MOST
        assert set(read) == set(range(MOST))

    def test_of_a_memory_mapped_file_are_not_read_beyond_what_is_shown(self, tmp_path: Any) -> None:
        path = tmp_path / "batch.npy"
        on_disk = np.lib.format.open_memmap(path, mode="w+", dtype="f4", shape=(100_000, 64, 64))
        on_disk[:8] = 0.5
        del on_disk

        batch = np.load(path, mmap_mode="r")
        thumb = thumbnail(batch)

        assert thumb.more == 100_000 - MOST
        assert path.stat().st_size > 1e9  # sparse: it would take seconds to read

    def test_say_how_many_they_are(self) -> None:
        assert "20" in thumbnail(left_to_right(20)).description

    def test_stand_in_one_cell_of_a_table(self) -> None:
        frame = pd.DataFrame({"batch": [left_to_right(20), left_to_right(5)]})

        cells = soup(imgdisplay.table(frame, columns="batch")).select("td")

        assert [cell.get_text().strip() for cell in cells] == [f"+{20 - MOST} more", ""]
        assert [len(cell.find_all("img")) for cell in cells] == [1, 1]

    def test_of_pictures_of_different_sizes_are_strips(self) -> None:
        sources = [photograph("camera"), photograph("astronaut").resize((50, 160)), RAMP]
        thumb = thumbnail(sources)
        assert thumb.more == 0
        assert thumb.pixel_width > 2 * thumb.pixel_height

    def test_of_tiny_digits_are_sharp(self) -> None:
        digits = np.random.default_rng(0).integers(0, 256, (5, 8, 8), np.uint8)

        seen = pixels(decoded(thumbnail(digits).data), "L")

        factor = seen.shape[0] // 8
        assert factor >= 2
        assert (seen[:, : 8 * factor] == np.kron(digits[0], np.ones((factor, factor)))).all()

    def test_with_transparency_keep_it(self) -> None:
        image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
        thumb = thumbnail([image, photograph("astronaut", (64, 48))])
        alpha = pixels(decoded(thumb.data), "RGBA")[..., 3]
        assert thumb.transparent
        assert alpha[:, 10].max() == 0
        assert alpha[:, -10].min() == 255

    def test_draw_one_img_with_a_text_after_it(self) -> None:
        html = thumbnail(left_to_right(12)).html()
        found = soup(html).find_all("img")
        assert len(found) == 1
        assert only_image(str(found[0]))["alt"]


class TestAPicture:
    def test_of_numbers_is_not_changed_by_looking(self) -> None:
        values = np.asarray(photograph("camera")).astype(np.float64)
        for options in ({"colormap": "viridis"}, {"value_range": "robust"}):
            before = values.copy()
            thumbnail(values, **options)  # type: ignore[arg-type]
            assert (values == before).all()

    def test_of_numbers_in_colour_shrinks_like_its_colours(self) -> None:
        grey = photograph("camera")
        expected = Image.fromarray(table_of("magma")[np.asarray(grey)]).resize(
            (96, 64), Image.Resampling.LANCZOS
        )
        seen = decoded(thumbnail(grey, colormap="magma", scale=1, format="png").data)
        assert psnr(pixels(seen), expected) > 26

    def test_in_a_stream_is_coloured_too(self) -> None:
        stream = io.BytesIO(encoded(Image.fromarray(RAMP)))
        assert np.abs(shown(stream, colormap="viridis")[0] - table_of("viridis")).max() <= 1
