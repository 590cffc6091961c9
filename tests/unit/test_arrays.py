"""Arrays as pictures: which values are black and white, which axis is which, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from zoo import decoded, only_image, outcome, pixels, psnr, shown
from zoo.arrays import (
    COLORS,
    CONSTANT,
    GREY,
    HEIGHT,
    HOLE,
    MEMORY_ORDERS,
    NAN_COLOR,
    NO_PICTURES,
    OPACITY,
    SHAPES,
    SPOILT,
    VALUES,
    WIDTH,
    Specimen,
    Spoilt,
    ramp,
)

import imgdisplay
from imgdisplay import UnsupportedSource, open_image, thumbnail


def _looks(array: NDArray[Any], **options: Any) -> NDArray[np.uint8]:
    return shown(array, "RGBA", **options).astype(np.int16)


def _as_rgba(seen: NDArray[np.uint8]) -> NDArray[np.int16]:
    planes = seen[..., None] if seen.ndim == 2 else seen
    color = planes[..., :-1] if planes.shape[2] in (2, 4) else planes
    opacity = planes[..., -1:] if planes.shape[2] in (2, 4) else np.full_like(planes[..., :1], 255)
    return np.dstack([np.broadcast_to(color, (*color.shape[:2], 3)), opacity]).astype(np.int16)


def assert_looks_like(array: NDArray[Any], seen: NDArray[np.uint8], **options: Any) -> None:
    """Check that an array's picture has these pixels, but for a rounding."""
    expected, found = _as_rgba(seen), _looks(array, **options)
    assert found.shape == expected.shape
    visible = expected[..., 3] > 0
    assert np.abs(found[..., 3] - expected[..., 3]).max() <= 1
    # What is hardly opaque is stored with its colours rounded.
    clear = np.maximum(expected[..., 3:], 1)
    assert (np.abs(found[..., :3] - expected[..., :3]) * clear <= 2 * 255)[visible].all()


class TestValues:
    @pytest.mark.parametrize("specimen", VALUES, ids=str)
    def test_have_their_range_by_rule(self, specimen: Specimen) -> None:
        assert_looks_like(specimen.make(), specimen.seen, **specimen.options)

    @pytest.mark.parametrize("specimen", MEMORY_ORDERS, ids=str)
    def test_lie_in_memory_as_they_like(self, specimen: Specimen) -> None:
        assert_looks_like(specimen.make(), specimen.seen, **specimen.options)

    @pytest.mark.parametrize("specimen", [*VALUES, *MEMORY_ORDERS, *SHAPES], ids=str)
    def test_make_a_thumbnail_of_the_default_size(self, specimen: Specimen) -> None:
        thumb = thumbnail(specimen.make(), **specimen.options)

        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)
        height, width = specimen.seen.shape[:2]
        assert thumb.source_size == (width, height)
        small = Image.fromarray(_as_rgba(specimen.seen).astype(np.uint8)).resize(
            (thumb.pixel_width, thumb.pixel_height),
            Image.Resampling.NEAREST if max(width, height) <= 32 else Image.Resampling.LANCZOS,
        )
        back = Image.new("RGBA", small.size, (128, 128, 128, 255))
        found = Image.alpha_composite(back, decoded(thumb.data).convert("RGBA"))
        assert psnr(found, Image.alpha_composite(back, small)) >= 24

    @pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32, np.float64, np.int64])
    def test_of_a_large_array_are_as_right_as_those_of_a_small_one(self, dtype: Any) -> None:
        factor = 10
        values = GREY.astype(dtype) * (dtype(16) if np.dtype(dtype).kind in "ui" else dtype(1))
        large = np.kron(values, np.ones((factor, factor), dtype))

        one = pixels(decoded(thumbnail(large, size=120, scale=1, format="png").data))
        other = pixels(decoded(thumbnail(values, size=120, scale=1, format="png").data))

        assert psnr(one, other) >= 25

    @pytest.mark.parametrize(("name", "array"), CONSTANT, ids=[name for name, _ in CONSTANT])
    def test_that_are_all_the_same_make_one_flat_colour(
        self, name: str, array: NDArray[Any]
    ) -> None:
        seen = shown(array)

        assert len(np.unique(seen)) == 1
        assert tuple(seen[0, 0]) != NAN_COLOR

    def test_of_a_memory_mapped_file_are_shown_and_not_changed(self, tmp_path: Path) -> None:
        path = tmp_path / "picture.dat"
        GREY.astype("<u2").tofile(path)
        for mode in ("r", "r+", "c"):
            mapped = np.memmap(path, "<u2", mode, shape=GREY.shape)  # type: ignore[call-overload]
            assert_looks_like(mapped, GREY)
            del mapped
        assert (np.fromfile(path, "<u2").reshape(GREY.shape) == GREY).all()

    def test_may_overlap_in_memory(self) -> None:
        windows = np.lib.stride_tricks.sliding_window_view(GREY[0].astype(np.float32), 40)

        assert shown(windows).shape == (WIDTH - 39, 40, 3)

    @pytest.mark.parametrize("order", ["rgb", "bgr"])
    def test_are_never_changed(self, order: Any) -> None:
        specimens = [*VALUES, *MEMORY_ORDERS, *SHAPES, *SPOILT]
        for specimen in specimens:
            array = specimen.make()
            mask = np.ma.getmaskarray(array).copy()
            before = np.ma.getdata(array).tobytes()
            flags = repr(array.flags)

            thumbnail(array, color_order=order)
            thumbnail(array, size=None, color_order=order)
            open_image(array, color_order=order)

            assert np.ma.getdata(array).tobytes() == before, specimen.name
            assert (np.ma.getmaskarray(array) == mask).all(), specimen.name
            assert repr(array.flags) == flags, specimen.name

    def test_of_pictures_are_their_own_and_not_a_view_of_the_array(self) -> None:
        array = COLORS.copy()
        opened = open_image(array)

        array[:] = 0
        assert psnr(pixels(opened), COLORS) == np.inf
        opened.paste((1, 2, 3), (0, 0, WIDTH, HEIGHT))
        assert (array == 0).all()

    def test_scale_opacity_by_its_type_and_never_by_what_is_in_it(self) -> None:
        half = np.dstack([COLORS / np.float64(255), np.full(GREY.shape, 0.5)])

        assert np.abs(shown(half, "RGBA")[..., 3].astype(int) - 128).max() <= 1

    def test_opacity_is_no_part_of_the_range(self) -> None:
        # The colours are in 10 bits, the opacity is in 16.
        words = np.dstack([COLORS.astype(np.uint16) * 4, np.full(GREY.shape, 65535, np.uint16)])

        seen = shown(words, "RGBA")

        assert (seen[..., 3] == 255).all()
        assert np.abs(seen[..., :3].astype(int) - words[..., :3] * (255 / 1023)).max() <= 1

    def test_a_value_range_does_not_touch_opacity(self) -> None:
        seen = shown(np.dstack([COLORS, OPACITY]), "RGBA", value_range=(0, 510))

        assert np.abs(seen[..., 3].astype(int) - OPACITY).max() <= 1


class TestValuesThatAreNone:
    @pytest.mark.parametrize("spoilt", SPOILT, ids=str)
    def test_are_drawn_in_a_colour_of_their_own_and_spoil_nothing(self, spoilt: Spoilt) -> None:
        seen = shown(spoilt.make())

        assert (seen[spoilt.where] == NAN_COLOR).all()
        rest = ~spoilt.where
        if rest.any():
            right = _as_rgba(spoilt.seen)[..., :3]
            assert np.abs(seen.astype(np.int16) - right)[rest].max() <= 1

    @pytest.mark.parametrize("spoilt", SPOILT, ids=str)
    def test_are_visible_in_a_small_thumbnail(self, spoilt: Spoilt) -> None:
        thumb = thumbnail(spoilt.make(), size=48, scale=1, format="png")

        small = pixels(decoded(thumb.data)).astype(int)
        magenta = (np.abs(small - NAN_COLOR).max(axis=2) < 60).mean()
        assert magenta == pytest.approx(spoilt.where.mean(), abs=0.05)

    @pytest.mark.parametrize("spoilt", SPOILT, ids=str)
    def test_take_the_colour_that_is_asked_for(self, spoilt: Spoilt) -> None:
        seen = shown(spoilt.make(), nan_color="#102030")

        assert (seen[spoilt.where] == (0x10, 0x20, 0x30)).all()

    def test_stay_what_they_are_where_the_picture_has_opacity(self) -> None:
        array = np.dstack([COLORS, OPACITY]) / 255
        array[HOLE, :3] = np.nan

        seen = shown(array, "RGBA")

        assert (seen[HOLE][:, :3] == NAN_COLOR).all()
        assert np.abs(seen[~HOLE][:, 3].astype(int) - OPACITY[~HOLE]).max() <= 1

    def test_in_the_opacity_alone_do_not_fail(self) -> None:
        array = np.dstack([COLORS, OPACITY]) / 255
        array[HOLE, 3] = np.nan

        seen = shown(array, "RGBA")

        clear = np.maximum(OPACITY, 1)[~HOLE][:, None]
        assert (np.abs(seen.astype(int)[..., :3] - COLORS)[~HOLE] * clear <= 2 * 255).all()

    def test_are_found_in_a_large_array(self) -> None:
        large = np.full((3000, 3000), 0.5, np.float32)
        large[:1500] = np.nan

        small = pixels(decoded(thumbnail(large, size=32, scale=1, format="png").data))

        assert (small[:12] == NAN_COLOR).all()
        assert (np.abs(small[20:].astype(int) - 128) <= 1).all()

    def test_do_not_count_for_the_range_of_a_batch(self) -> None:
        batch = np.stack([GREY / 255.0] * 5)
        batch[0, 20:60] = np.nan
        masked = np.ma.masked_greater(np.where(np.isnan(batch), 1e9, batch), 1e8)

        plain = shown(np.stack([GREY / 255.0] * 5))

        for spoilt in (batch, masked):
            seen = shown(spoilt)
            assert (seen[80:] == plain[80:]).all()
            assert (seen[20:60, :WIDTH] == NAN_COLOR).all()

    @pytest.mark.parametrize("value_range", [None, "robust"])
    def test_do_not_count_for_the_range_of_a_batch_of_integers(self, value_range: Any) -> None:
        batch = np.stack([GREY.astype(np.int32) * 100] * 5)
        masked = np.ma.array(batch.copy(), mask=np.zeros(batch.shape, bool))
        masked[0, 20:60] = 2**30
        masked[0, 20:60] = np.ma.masked

        plain = shown(batch, value_range=value_range)
        seen = shown(masked, value_range=value_range)

        assert np.abs(seen[80:].astype(int) - plain[80:]).max() <= 8
        assert (seen[20:60, :WIDTH] == NAN_COLOR).all()

    def test_may_be_all_that_a_batch_holds(self) -> None:
        for nothing in (np.full((5, 40, 60), np.nan), np.ma.masked_all((5, 40, 60))):
            seen = shown(nothing)
            assert (seen[:, :60] == NAN_COLOR).all()


class TestShapes:
    @pytest.mark.parametrize("specimen", SHAPES, ids=str)
    def test_say_which_axis_is_which(self, specimen: Specimen) -> None:
        assert_looks_like(specimen.make(), specimen.seen, **specimen.options)

    @pytest.mark.parametrize(
        ("shape", "options"),
        [
            ((5, 40, 60), {}),
            ((2, 40, 60), {}),
            ((5, 40, 60, 3), {}),
            ((5, 3, 40, 60), {}),
            ((5, 1, 40, 60), {}),
            ((5, 40, 60, 1), {}),
            ((5, 4, 40, 60), {"channels": "first"}),
            ((3, 40, 60), {"channels": "last"}),
            ((1, 40, 60, 3), {}),
        ],
        ids=str,
    )
    def test_with_one_more_axis_are_a_strip(
        self, shape: tuple[int, ...], options: dict[str, Any]
    ) -> None:
        array = np.zeros(shape, np.uint8)
        for number in range(shape[0]):
            array[number] = 20 * (number + 1)

        thumb = thumbnail(array, size=60, scale=1, format="png", **options)

        strip = pixels(decoded(thumb.data), "RGB")
        assert strip.shape[0] == 40
        assert strip.shape[1] == pytest.approx(60 * shape[0], abs=4 * shape[0])
        if "channels" in options and shape[1] == 4:
            return
        step = strip.shape[1] / shape[0]
        for number in range(shape[0]):
            assert tuple(strip[20, round(step * (number + 0.5))]) == (20 * (number + 1),) * 3

    @pytest.mark.parametrize(
        ("sides", "css"),
        [
            ([60, 60, 60], (184, 60)),
            ([28, 28, 28], (3 * 84 + 4, 84)),
            ([400, 400], (96 * 2 + 2, 96)),
            ([60, 400, 28], (60 + 96 + 84 + 4, 96)),
            ([60, None], (60 + 96 + 2, 96)),
        ],
        ids=str,
    )
    def test_of_a_strip_are_as_large_as_each_of_its_pictures_alone(
        self, sides: list[int | None], css: tuple[int, int]
    ) -> None:
        sources = [
            b"broken" if side is None else np.zeros((side, side), np.uint8) for side in sides
        ]
        strip = thumbnail(sources, format="png")

        alone = [thumbnail(source) for source in sources if not isinstance(source, bytes)]
        assert (strip.width, strip.height) == css
        assert max(one.height for one in alone) <= strip.height
        assert sum(one.width for one in alone) <= strip.width
        ratio = strip.pixel_width / strip.width
        assert ratio == pytest.approx(max(one.pixel_width / one.width for one in alone), rel=0.02)
        assert strip.pixel_height / strip.height == pytest.approx(ratio, rel=0.02)
        # Each stands where it is expected.
        dark = (pixels(decoded(strip.data), "L") == 0).sum()
        drawn = sum((one.width * ratio) * (one.height * ratio) for one in alone)
        assert dark == pytest.approx(drawn, rel=0.03)

    def test_of_a_long_batch_show_some_and_count_the_rest(self) -> None:
        thumb = thumbnail(np.zeros((30, 40, 60), np.uint8), max_images=4)

        assert thumb.more == 26
        assert "+26 more" in thumb.html()
        assert thumbnail(np.zeros((4, 40, 60), np.uint8), max_images=4).more == 0

    def test_pictures_of_a_batch_share_their_range(self) -> None:
        batch = np.stack([np.full((40, 60), 100.0), np.full((40, 60), 1000.0)]) * 10

        strip = shown(batch)

        assert strip[20, 30].max() == 0
        assert strip[20, -30].min() == 255

    def test_pictures_of_a_batch_share_the_range_that_a_colormap_has(self) -> None:
        heat = np.linspace(0, 20, 40 * 60, dtype=np.float32).reshape(40, 60)

        alone = shown(heat, colormap="viridis")
        strip = shown(np.stack([heat, heat]), colormap="viridis")

        assert (strip[:, :60] == alone).all()

    @pytest.mark.parametrize("name", NO_PICTURES)
    def test_that_are_no_picture_are_refused_by_dtype_and_shape(self, name: str) -> None:
        array = NO_PICTURES[name]()

        error = outcome(lambda: thumbnail(array))

        assert isinstance(error, UnsupportedSource)
        assert isinstance(error, TypeError)
        assert len(str(error)) <= 400
        for side in array.shape:
            assert str(side) in str(error)
        if name not in ("objects", "nothing"):
            assert array.dtype.name.rstrip("0123456789") in str(error) or str(array.dtype) in str(
                error
            )

    def test_a_dtype_of_many_fields_does_not_make_a_long_message(self) -> None:
        array = np.zeros((4, 4), [(f"field{number}", "f4") for number in range(300)])

        assert len(str(outcome(lambda: thumbnail(array)))) <= 400

    def test_complex_numbers_are_told_what_to_do(self) -> None:
        assert "abs()" in str(outcome(lambda: thumbnail(np.zeros((40, 60), complex))))

    @pytest.mark.parametrize("name", NO_PICTURES)
    def test_that_are_no_picture_are_a_placeholder_among_others(self, name: str) -> None:
        import pandas as pd

        column = pd.Series([COLORS, NO_PICTURES[name](), GREY], name="picture", dtype=object)

        html = imgdisplay.table(column.to_frame(), columns=["picture"])

        from zoo import elements

        images = [tag for tag in elements(html) if tag.name == "img"]
        assert len(images) == 3
        assert str(images[1]["alt"]).startswith("not a picture: ")
        assert images[1]["alt"] == images[1]["title"]

    def test_with_too_many_pixels_are_refused_by_the_name_of_the_limit(self) -> None:
        error = outcome(lambda: thumbnail(np.zeros((200, 300), np.uint8), max_pixels=59_999))

        assert isinstance(error, imgdisplay.SourceRefused)
        assert "max_pixels" in str(error)
        assert thumbnail(np.zeros((200, 300), np.uint8), max_pixels=60_000).width == 96

    def test_an_array_says_its_dtype_and_shape(self) -> None:
        title = str(only_image(thumbnail(GREY.astype(np.float32)).html())["title"])

        assert "float32" in title
        assert f"{HEIGHT}×{WIDTH}" in title


class _HasArray:
    """Anything that numpy can ask for an array."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.array


class _HasInterface:
    def __init__(self, array: NDArray[Any]) -> None:
        self.kept = array
        self.__array_interface__ = array.__array_interface__


class _HasDlpack:
    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array.copy()  # which may be written to: numpy 2.0 exports nothing else

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class _Tensor:
    """Behaves as a tensor of torch: it must be detached and brought to the host first."""

    def __init__(
        self, array: NDArray[Any], *, grad: bool = True, device: str = "cuda", dtype: str = ""
    ) -> None:
        self._array, self._grad, self._device = array, grad, device
        self.shape = array.shape
        self.dtype = dtype or f"torch.{array.dtype}"

    def detach(self) -> _Tensor:
        return _Tensor(self._array, grad=False, device=self._device, dtype=self.dtype)

    def cpu(self) -> _Tensor:
        return _Tensor(self._array, grad=self._grad, device="cpu", dtype=self.dtype)

    def resolve_conj(self) -> _Tensor:
        return self

    def resolve_neg(self) -> _Tensor:
        return self

    def float(self) -> _Tensor:
        return _Tensor(
            self._array.astype(np.float32),
            grad=self._grad,
            device=self._device,
            dtype="torch.float32",
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self._grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self._device != "cpu":
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self._array


class TestOtherArrays:
    @pytest.mark.parametrize("wrap", [_HasArray, _HasInterface, _HasDlpack, _Tensor])
    def test_are_shown_as_numpys(self, wrap: Callable[[NDArray[Any]], object]) -> None:
        for array in (COLORS, GREY.astype(np.float32) / 255, GREY.astype(np.int16) * 100):
            assert (shown(wrap(array)) == shown(array)).all()

    @pytest.mark.parametrize("wrap", [_HasArray, _HasInterface, _HasDlpack, _Tensor])
    def test_with_channels_first_are_shown(self, wrap: Callable[[NDArray[Any]], object]) -> None:
        assert (shown(wrap(np.moveaxis(COLORS, -1, 0).copy())) == COLORS).all()

    def test_of_bfloat16_are_shown_though_numpy_has_no_such_type(self) -> None:
        values = GREY.astype(np.float32) / 255

        assert (shown(_Tensor(values, dtype="torch.bfloat16")) == shown(values)).all()

    def test_that_cannot_be_handed_over_are_an_error_of_ours(self) -> None:
        class Locked:
            def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
                raise RuntimeError("the device is gone")

        error = outcome(lambda: thumbnail(Locked()))

        assert isinstance(error, UnsupportedSource)
        assert "the device is gone" in str(error)

    def test_a_pandas_series_of_pictures_is_a_strip(self) -> None:
        import pandas as pd

        strip = shown(pd.Series([COLORS, GREY]))

        assert strip.shape[0] == HEIGHT
        assert strip.shape[1] >= 2 * WIDTH

    def test_an_array_of_images_is_a_strip(self) -> None:
        images = np.empty(2, object)
        images[:] = [Image.fromarray(COLORS), Image.fromarray(GREY)]

        strip = shown(images)

        assert (strip[:, :WIDTH] == COLORS).all()
        assert (strip[:, -WIDTH:, 0] == GREY).all()


def test_a_ramp_ends_where_it_says() -> None:
    line = ramp(-5, 5, np.float32)[0]

    assert (line[0], line[-1]) == (-5, 5)
