"""Tiny pictures are enlarged by whole factors, every pixel a block with sharp edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo import decoded, embedded, only_image, pixels, psnr, soup
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import thumbnail

LARGEST_TINY = 32


def noise(width: int, height: int, channels: int = 3) -> np.ndarray[Any, Any]:
    array = np.random.default_rng(width * 100 + height).integers(
        0, 256, (height, width, channels), np.uint8
    )
    return array if channels > 1 else array[..., 0]


def digits(count: int = 10) -> np.ndarray[Any, Any]:
    """Return handwritten digits of 8×8 pixels, 0 to 16, as scikit-learn has them."""
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().images[:count])


def factor_of(seen: np.ndarray[Any, Any], source: np.ndarray[Any, Any]) -> int:
    """Return the whole factor by which a picture was enlarged."""
    factor = seen.shape[1] // source.shape[1]
    assert seen.shape[:2] == (source.shape[0] * factor, source.shape[1] * factor)
    return factor


def in_blocks(source: np.ndarray[Any, Any], factor: int) -> np.ndarray[Any, Any]:
    return source.repeat(factor, axis=0).repeat(factor, axis=1)


SIZES = [(8, 8), (28, 28), (16, 16), (32, 32), (1, 1), (2, 3), (31, 17), (32, 5), (5, 32), (1, 32)]


class TestTinyPictures:
    @pytest.mark.parametrize(("width", "height"), SIZES)
    @pytest.mark.parametrize("box", [96, 64, 128, (200, 100)])
    def test_are_exact_blocks(self, width: int, height: int, box: Any) -> None:
        source = noise(width, height)

        seen = pixels(decoded(thumbnail(source, size=box).data))

        factor = factor_of(seen, source)
        assert factor >= 2
        assert (seen == in_blocks(source, factor)).all()

    @pytest.mark.parametrize(("width", "height"), SIZES)
    @pytest.mark.parametrize("scale", [1, 1.5, 2, 3])
    def test_are_drawn_and_encoded_by_whole_factors(
        self, width: int, height: int, scale: float
    ) -> None:
        thumb = thumbnail(noise(width, height), scale=scale)

        assert thumb.width % width == thumb.height % height == 0
        assert thumb.width // width == thumb.height // height
        # A block of whole pixels on the screen, too: else some would be drawn wider.
        assert thumb.pixel_width % thumb.width == 0
        assert max(thumb.width, thumb.height) <= 96

    def test_fill_the_box_as_far_as_a_whole_factor_can(self) -> None:
        drawn = {
            side: thumbnail(noise(side, side)).width for side in (8, 12, 16, 20, 24, 28, 30, 32)
        }
        assert drawn == {8: 96, 12: 96, 16: 96, 20: 80, 24: 96, 28: 84, 30: 90, 32: 96}

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr"])
    def test_of_every_mode_are_blocks(self, mode: str) -> None:
        image = Image.fromarray(noise(8, 8)).convert(mode)
        plain = image.convert("RGBA")

        seen = pixels(decoded(thumbnail(image).data), "RGBA")

        source = np.asarray(plain)
        expected = in_blocks(source, factor_of(seen, source)).astype(int)
        assert np.abs(seen - expected).max() <= (2 if mode in ("CMYK", "YCbCr") else 0)

    @pytest.mark.parametrize("format_", ["PNG", "GIF", "BMP", "ICO", "WEBP", "TIFF", "TGA"])
    def test_of_files_are_blocks(self, format_: str) -> None:
        image = Image.fromarray(noise(16, 16)).quantize(16).convert("RGB")
        settings: dict[str, Any] = {
            "WEBP": {"lossless": True},
            "ICO": {"sizes": [(16, 16)]},
        }.get(format_, {})

        seen = pixels(decoded(thumbnail(encoded(image, format_, **settings)).data))

        source = np.asarray(image)
        assert (seen == in_blocks(source, factor_of(seen, source))).all()

    def test_are_png_whatever_is_in_them(self) -> None:
        for source in (noise(8, 8), noise(32, 32), photograph("astronaut", (32, 32))):
            assert thumbnail(source).mime == "image/png"

    def test_with_transparency_have_hard_edges(self) -> None:
        icon = np.zeros((16, 16, 4), np.uint8)
        icon[4:12, 4:12] = (200, 30, 60, 255)
        icon[0:4] = (255, 255, 255, 0)

        thumb = thumbnail(icon)

        seen = pixels(decoded(thumb.data), "RGBA")
        expected = in_blocks(icon, factor_of(seen, icon))
        assert (seen[..., 3] == expected[..., 3]).all()
        assert (seen == expected)[expected[..., 3] > 0].all()
        assert thumb.transparent

    def test_say_their_own_size(self) -> None:
        thumb = thumbnail(noise(8, 8))
        assert thumb.source_size == (8, 8)
        assert "8×8" in thumb.description

    def test_need_no_style_that_notebooks_drop(self) -> None:
        tag = only_image(imgdisplay.img(noise(8, 8)))
        assert "image-rendering" not in str(tag["style"])
        assert embedded(tag).width >= int(str(tag["width"]))

    def test_are_not_drawn_hugely_where_a_single_picture_is_shown(self) -> None:
        tag = only_image(imgdisplay.img(noise(8, 8)))
        assert 96 <= int(str(tag["width"])) <= 256
        seen = pixels(embedded(tag))
        source = noise(8, 8)
        assert (seen == in_blocks(source, factor_of(seen, source))).all()

    def test_in_colours_of_a_colormap_are_blocks(self) -> None:
        for number in digits(3):
            seen = pixels(decoded(thumbnail(number, colormap="viridis").data))
            factor = factor_of(seen, number)
            assert (
                seen == in_blocks(seen[factor // 2 :: factor, factor // 2 :: factor], factor)
            ).all()

    def test_stay_blocks_when_they_are_turned_by_their_orientation(self) -> None:
        source = noise(8, 6)
        exif = Image.Exif()
        exif[0x0112] = 6
        data = encoded(Image.fromarray(source), "PNG", exif=exif)

        seen = pixels(decoded(thumbnail(data).data))

        upright = np.rot90(source, -1)
        assert (seen == in_blocks(upright, factor_of(seen, upright))).all()


class TestDigits:
    def test_of_8_by_8_can_be_seen_in_a_table(self) -> None:
        frame = pd.DataFrame({"digit": list(digits()), "label": range(10)})

        html = imgdisplay.table(frame, columns="digit")

        tags = soup(html).find_all("img")
        assert [tag["width"] for tag in tags] == ["96"] * 10
        for tag, digit in zip(tags, digits(), strict=True):
            seen = pixels(embedded(tag), "L").astype(float)
            blocks = in_blocks(digit, factor_of(seen, digit))
            assert np.corrcoef(seen.ravel(), blocks.ravel())[0, 1] > 0.999

    def test_of_28_by_28_are_found_as_pictures(self) -> None:
        frame = pd.DataFrame({"digit": list(noise(28, 28)[None, ..., 0].repeat(3, 0))})
        tags = soup(imgdisplay.table(frame)).find_all("img")
        assert [tag["width"] for tag in tags] == ["84"] * 3

    def test_in_a_gallery_are_blocks(self) -> None:
        for tag in soup(imgdisplay.gallery(list(digits(4)))).find_all("img"):
            seen = pixels(embedded(tag), "L")
            factor = seen.shape[0] // 8
            assert (seen == in_blocks(seen[::factor, ::factor], factor)).all()


class TestPixelatedOff:
    @pytest.mark.parametrize(("width", "height"), [(8, 8), (28, 28), (32, 16)])
    def test_draws_one_css_pixel_for_each(self, width: int, height: int) -> None:
        source = noise(width, height)

        thumb = thumbnail(source, pixelated=False, format="png")

        assert (thumb.width, thumb.height) == (width, height)
        assert (pixels(decoded(thumb.data)) == source).all()

    def test_may_be_set_for_a_session_and_a_block(self) -> None:
        imgdisplay.set_options(pixelated=False)
        assert thumbnail(noise(8, 8)).width == 8
        with imgdisplay.options(pixelated=True):
            assert thumbnail(noise(8, 8)).width == 96

    def test_of_whole_size_is_never_enlarged(self) -> None:
        assert thumbnail(noise(8, 8), size=None).width == 8


class TestWhatIsNotTiny:
    @pytest.mark.parametrize("size", [(33, 33), (33, 8), (8, 33), (40, 32), (64, 2)])
    def test_is_not_enlarged(self, size: tuple[int, int]) -> None:
        thumb = thumbnail(noise(*size))
        assert (thumb.width, thumb.height) == size

    def test_is_shrunk_smoothly(self) -> None:
        photo = photograph("coffee")
        seen = pixels(decoded(thumbnail(photo, size=60, scale=1, format="png").data))
        assert psnr(seen, photo.resize((60, 40), Image.Resampling.LANCZOS)) > 30

    def test_begins_above_32_pixels(self) -> None:
        assert thumbnail(noise(LARGEST_TINY, LARGEST_TINY)).width == 96
        assert thumbnail(noise(LARGEST_TINY + 1, LARGEST_TINY)).width == LARGEST_TINY + 1

    def test_is_a_tiny_picture_in_a_tinier_box(self) -> None:
        thumb = thumbnail(noise(28, 28), size=20)
        assert (thumb.width, thumb.height) == (20, 20)
