"""Shortcuts of decoding, shrinking and encoding: what comes out is what the long way gives."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from benchmarks.measuring import likeness_of_pixels
from benchmarks.photographs import NAMES, photograph, screenshot
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps, features
from zoo import decoded, mime_of, pixels

from imgdisplay import thumbnail
from imgdisplay.core import pipeline
from imgdisplay.core.formats.pngfile import write_png
from imgdisplay.core.large import averaging
from imgdisplay.core.large.averaging import block_means

EXACT: dict[str, Any] = {"scale": 1, "format": "png", "cache": False}


def small_of(source: object, size: int, **options: Any) -> Image.Image:
    return decoded(thumbnail(source, **{**EXACT, "size": size, **options}).data)


def jpeg(picture: Image.Image, **settings: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"quality": 90, "subsampling": 2, **settings})
    return file.getvalue()


class TestShrinking:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("side", "size"), [(400, 96), (400, 256), (641, 163), (1200, 128), (1200, 256)]
    )
    def test_of_a_jpeg_is_like_a_reduction_of_all_its_pixels(
        self, name: str, side: int, size: int
    ) -> None:
        data = jpeg(photograph(side, side * 3 // 4, name))
        whole = Image.open(io.BytesIO(data)).convert("RGB")

        assert likeness_of_pixels(small_of(data, size), whole) >= 0.97

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("size", [96, 163])
    def test_of_pixels_is_like_a_reduction_of_all_of_them(self, name: str, size: int) -> None:
        for side in (300, 1000):
            picture = photograph(side, side * 3 // 4, name)

            assert likeness_of_pixels(small_of(picture, size), picture) >= 0.985

    @pytest.mark.parametrize("size", [96, 163, 256])
    def test_of_a_screenshot_is_like_a_reduction_of_all_its_pixels(self, size: int) -> None:
        picture = screenshot(1920, 1080)

        assert likeness_of_pixels(small_of(picture, size), picture) >= 0.985

    def test_on_average_is_all_but_the_same(self) -> None:
        likenesses = [
            likeness_of_pixels(small_of(jpeg(picture), size), picture)
            for name in NAMES
            for picture in [photograph(1200, 900, name)]
            for size in (96, 128, 163, 256)
        ]
        assert sum(likenesses) / len(likenesses) >= 0.985

    @settings(max_examples=60, deadline=None)
    @given(
        width=st.integers(33, 700),
        height=st.integers(33, 700),
        size=st.integers(16, 200),
        subsampling=st.sampled_from([0, 1, 2]),
    )
    def test_of_a_jpeg_of_any_sides_moves_nothing(
        self, width: int, height: int, size: int, subsampling: int
    ) -> None:
        # A ramp shows shifts: by half a thumbnail's pixel, means differ by half a step.
        ramp = np.linspace(0, 255, width)[None, :] * np.ones((height, 1))
        up = np.linspace(0, 255, height)[:, None] * np.ones((1, width))
        picture = Image.fromarray(np.dstack([ramp, up, ramp]).astype(np.uint8))
        small = small_of(jpeg(picture, subsampling=subsampling), size)

        whole = np.asarray(picture.resize(small.size, Image.Resampling.BOX)).astype(int)
        seen = pixels(small).astype(int)
        step = 255 / min(small.size)
        inner = np.s_[1:-1, 1:-1] if min(small.size) > 4 else np.s_[:, :]
        assert np.abs(seen - whole)[inner].mean() <= 0.25 * step + 4


KINDS: dict[str, Callable[[NDArray[np.uint8]], NDArray[Any]]] = {
    "uint8": lambda values: values.copy(),
    "uint8, channels first": lambda values: np.ascontiguousarray(np.moveaxis(values, -1, 0)),
    "uint8, turned": lambda values: values[::-1, ::-1],
    "uint16": lambda values: values.astype(np.uint16) * 257,
    "int32": lambda values: values.astype(np.int32) * 1000 - 70_000,
    "float16": lambda values: (values / 255).astype(np.float16),
    "float32": lambda values: values.astype(np.float32) / 255,
    "float32, channels first": lambda values: np.moveaxis(values, -1, 0).astype("f4") / 127 - 1,
    "float64, Fortran's order": lambda values: np.asfortranarray(values / 255),
    "big-endian": lambda values: values.astype(">f4"),
}


@pytest.mark.skipif(not features.check("jpg_2000"), reason="Pillow without OpenJPEG")
class TestJpeg2000:
    @staticmethod
    def file(picture: Image.Image, **settings: Any) -> bytes:
        file = io.BytesIO()
        settings = {"quality_mode": "rates", "quality_layers": [6], **settings}
        picture.save(file, "JPEG2000", **settings)
        return file.getvalue()

    @pytest.mark.parametrize("sides", [(800, 600), (801, 600), (803, 607), (1022, 767)])
    @pytest.mark.parametrize("size", [40, 64, 96, 128])
    @pytest.mark.parametrize("name", ["cat", "street"])
    def test_of_fewer_levels_looks_like_all_of_it(
        self, sides: tuple[int, int], size: int, name: str
    ) -> None:
        picture = photograph(*sides, name)

        small = small_of(self.file(picture), size)

        assert likeness_of_pixels(small, picture) >= 0.97

    @pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "I;16"])
    def test_is_shown_in_every_mode(self, mode: str) -> None:
        picture = photograph(800, 600, "coffee").convert("L")
        if mode == "I;16":
            stored = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
        else:
            stored = picture.convert(mode)  # type: ignore[arg-type]

        small = small_of(self.file(stored), 64)

        assert likeness_of_pixels(small, picture.convert("RGB")) >= 0.97

    @pytest.mark.parametrize("levels", [1, 2, 3, 6])
    def test_is_shown_however_many_levels_there_are(self, levels: int) -> None:
        picture = photograph(800, 600, "coffee")
        data = self.file(picture, num_resolutions=levels)

        assert thumbnail(data, **EXACT, size=40).source_size == (800, 600)
        assert likeness_of_pixels(small_of(data, 40), picture) >= 0.97

    def test_is_decoded_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loaded: list[tuple[int, int]] = []
        really = pipeline.shrink

        def watched(picture: Any, *arguments: Any) -> Any:
            loaded.append(picture.image.size)
            return really(picture, *arguments)

        monkeypatch.setattr(pipeline, "shrink", watched)

        small_of(self.file(photograph(800, 600)), 60)

        assert loaded == [(200, 150)]


class TestMeansOfArrays:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("size", [60, 100, 163])
    @pytest.mark.parametrize("name", ["china", "stars", "tissue"])
    def test_look_like_the_array(self, kind: str, size: int, name: str) -> None:
        picture = photograph(1601, 1203, name)
        array = KINDS[kind](np.asarray(picture))
        wanted = ImageOps.flip(ImageOps.mirror(picture)) if kind == "uint8, turned" else picture

        assert likeness_of_pixels(small_of(array, size), wanted) >= 0.97

    @pytest.mark.parametrize("kind", ["uint16", "float32"])
    def test_of_grey_look_like_the_array(self, kind: str) -> None:
        grey = photograph(1601, 1203).convert("L")

        small = small_of(KINDS[kind](np.asarray(grey)), 128)

        assert likeness_of_pixels(small, grey.convert("RGB")) >= 0.97

    def test_never_change_the_array(self) -> None:
        array = np.asarray(photograph(1600, 1200)).astype(np.float32)
        before = array.copy()
        array.setflags(write=False)

        small_of(array, 64)

        np.testing.assert_array_equal(array, before)

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_are_the_means_of_what_is_read(self, data: st.DataObject) -> None:
        height, width = data.draw(st.integers(16, 400)), data.draw(st.integers(16, 400))
        wanted = data.draw(st.integers(1, width // 4)), data.draw(st.integers(1, height // 4))
        dtype = data.draw(st.sampled_from(["u1", "u2", "i2", "i4", "f4", "f8"]))
        random = np.random.default_rng(data.draw(st.integers(0, 99)))
        array = random.integers(0, 100, (height, width)).astype(dtype)

        means = block_means(array, wanted)

        assert means is not None
        assert means.values.shape[0] >= wanted[1]
        assert means.values.shape[1] >= wanted[0]
        assert 0 < means.filled[0] <= means.values.shape[1]
        assert 0 < means.filled[1] <= means.values.shape[0]
        read = averaging.rows_read(array, wanted)
        assert abs(float(means.values[:-1, :-1].mean()) - read.mean()) <= 100 * 0.3
        assert means.values.min() >= array.min()
        assert means.values.max() <= array.max()

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_are_not_taken_where_some_values_are_none(self, bad: float) -> None:
        array = np.full((1200, 1600), 0.5, np.float32)
        array[:600] = bad
        assert block_means(array, (100, 75)) is None
        assert block_means(array, (100, 75), (0.0, 1.0)) is None

        seen = pixels(small_of(array, 100))

        assert tuple(seen[10, 50]) == (255, 0, 255)
        assert tuple(seen[70, 50]) == (128, 128, 128)

    def test_count_nothing_beyond_a_range_that_was_said(self) -> None:
        array = np.full((1200, 1600), 0.25, np.float32)
        array[::8, ::8] = 1e9  # hot pixels; clipped, one of 64 adds next to nothing

        seen = pixels(small_of(array, 64, value_range=(0, 1)))

        assert np.abs(seen.astype(int) - (0.25 * 63 + 1) / 64 * 255).max() <= 14

    def test_know_how_bright_a_few_pixels_are(self) -> None:
        night = np.zeros((1200, 1600), np.uint16)
        night[::200, ::200] = 65_535
        night[5, 5] = 3

        assert "brightest" not in thumbnail(night, size=64, scale=1).description


class TestThePngWriter:
    @settings(max_examples=100, deadline=None)
    @given(
        width=st.integers(1, 40),
        height=st.integers(1, 40),
        mode=st.sampled_from(["L", "LA", "RGB", "RGBA"]),
        factor=st.integers(1, 5),
        few=st.booleans(),
        seed=st.integers(0, 9),
    )
    def test_writes_every_pixel(
        self, width: int, height: int, mode: str, factor: int, few: bool, seed: int
    ) -> None:
        bands = len(mode)
        values = np.random.default_rng(seed).integers(0, 3 if few else 256, (height, width, bands))
        image = Image.merge(
            mode, [Image.fromarray(values[..., band].astype(np.uint8)) for band in range(bands)]
        )
        image = image.resize((width * factor, height * factor), Image.Resampling.NEAREST)

        written = write_png(image)

        back = decoded(written)
        assert (back.format, back.mode, back.size) == ("PNG", mode, image.size)
        assert back.tobytes() == image.tobytes()

    def test_writes_nothing_but_pixels(self) -> None:
        image = Image.new("RGB", (20, 20), "red")
        image.info = {"comment": b"secret", "icc_profile": b"secret", "dpi": (72, 72)}

        written = write_png(image)

        assert [kind for kind, _ in _chunks(written)] == [b"IHDR", b"IDAT", b"IEND"]

    def test_is_used_for_blocks(self) -> None:
        digit = photograph(28, 28).convert("L")

        thumb = thumbnail(np.asarray(digit), size=112, scale=1, cache=False)

        assert mime_of(thumb.data) == "image/png"
        blocks = digit.resize((112, 112), Image.Resampling.NEAREST)
        assert pixels(decoded(thumb.data), "L").tolist() == np.asarray(blocks).tolist()
        file = io.BytesIO()
        blocks.save(file, "PNG")
        assert len(thumb.data) <= 1.5 * len(file.getvalue())


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG file, whose checksums must be right."""
    found, at = [], 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + length
    return found


class TestEncoding:
    @pytest.mark.parametrize("name", NAMES)
    def test_looks_as_good_as_what_the_recipe_writes(self, name: str) -> None:
        picture = photograph(1200, 900, name)
        recipe = picture.resize((128, 96), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        recipe.save(file, "JPEG")

        ours = decoded(thumbnail(picture, size=128, scale=1, cache=False).data)

        theirs = decoded(file.getvalue())
        assert likeness_of_pixels(ours, picture) >= likeness_of_pixels(theirs, picture) - 0.005

    @pytest.mark.parametrize("size", [(300, 20), (20, 300), (400, 300), (33, 33)])
    def test_knows_what_is_drawn_whatever_the_sides(self, size: tuple[int, int]) -> None:
        noise = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3)).astype(np.uint8)
        flat = np.zeros((*size[::-1], 3), np.uint8)
        flat[: size[1] // 2] = (200, 40, 40)
        flat[:, ::7] = np.arange(math.ceil(size[0] / 7))[None, :, None] % 256

        assert thumbnail(noise, size=None, cache=False).mime == "image/jpeg"
        assert thumbnail(flat, size=None, cache=False).mime == "image/png"
