"""What is transparent stays so through resizing, without fringes, and is legible on any page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from PIL import Image, ImageDraw, features
from zoo import decoded, embedded, only_image, pixels, psnr, shown, soup
from zoo.images import encoded, in_mode, opacity, photograph

import imgdisplay
from imgdisplay import thumbnail

SIDE = 400
HIDDEN = {"black": (0, 0, 0), "white": (255, 255, 255), "magenta": (255, 0, 255)}


def disc() -> Image.Image:
    """Return a mask: an antialiased disc, so that its edge has every opacity."""
    mask = Image.new("L", (SIDE * 4, SIDE * 4))
    ImageDraw.Draw(mask).ellipse((SIDE, SIDE, 3 * SIDE, 3 * SIDE), fill=255)
    return mask.resize((SIDE, SIDE), Image.Resampling.BOX)


DISC = disc()
GREEN = (40, 200, 90)


def hiding(mode: str, hidden: tuple[int, int, int]) -> Image.Image:
    """Return a disc of one colour on clear ground, with a colour hidden in the clear ground."""
    if mode in ("LA", "La"):
        grey = Image.composite(
            Image.new("L", DISC.size, 128),
            Image.new("L", DISC.size, hidden[0]),
            DISC.point(lambda value: 255 * (value > 0)),
        )
        return Image.merge("LA", (grey, DISC)).convert(mode)
    clear = DISC.point(lambda value: 255 * (value > 0))
    color = Image.composite(
        Image.new("RGB", DISC.size, GREEN), Image.new("RGB", DISC.size, hidden), clear
    )
    color.putalpha(DISC)
    if mode in ("RGBA", "RGBa"):
        return color.convert(mode)
    hard = DISC.point(lambda value: 255 * (value > 127))
    if mode == "PA":
        palette = Image.new("P", DISC.size)
        palette.paste(1, mask=hard.convert("1"))
        palette.putpalette([*hidden, *GREEN])
        image = palette.convert("PA")
        image.putalpha(hard)
        return image
    assert mode == "P"
    image = Image.new("P", DISC.size, 0)
    image.paste(1, mask=hard.convert("1"))
    image.putpalette([*hidden, *GREEN])
    image.info["transparency"] = 0
    return image


MODES = ["RGBA", "RGBa", "LA", "La", "PA", "P"]
every_mode = pytest.mark.parametrize("mode", MODES)
every_hidden = pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)


def fringe(seen: np.ndarray[Any, Any], color: Any) -> float:
    """Return by how much some pixel differs from a colour, as much of it as is seen.

    Where pixels are faint, 8 bits hold few levels of a premultiplied colour. A sharp filter
    overshoots by some 12 % at an edge; half of a hidden colour would be far more.
    """
    off = np.abs(seen[..., :3].astype(float) - color) * seen[..., 3:] / 255
    return float((off - 0.12 * np.array(color)).max())


class TestShrinking:
    @every_mode
    @every_hidden
    @pytest.mark.parametrize("size", [24, 50, 96, 200])
    def test_leaves_no_fringe_of_what_is_hidden(
        self, mode: str, hidden: tuple[int, int, int], size: int
    ) -> None:
        thumb = thumbnail(hiding(mode, hidden), size=size, scale=1)

        color = (128, 128, 128) if mode in ("LA", "La") else GREEN
        seen = pixels(decoded(thumb.data), "RGBA")
        assert fringe(seen, color) <= 3

    @every_mode
    def test_gives_the_same_whatever_is_hidden(self, mode: str) -> None:
        thumbs = [
            pixels(decoded(thumbnail(hiding(mode, hidden), size=50).data), "RGBA").astype(int)
            for hidden in HIDDEN.values()
        ]
        for seen in thumbs[1:]:
            weight = seen[..., 3:] / 255
            assert np.abs((seen - thumbs[0])[..., 3]).max() <= 1
            assert np.abs((seen - thumbs[0])[..., :3] * weight).max() <= 3

    @every_mode
    def test_keeps_the_shape_of_the_edge(self, mode: str) -> None:
        alpha = pixels(decoded(thumbnail(hiding(mode, (0, 0, 0)), size=100, scale=1).data), "RGBA")

        expected = DISC.resize((100, 100), Image.Resampling.LANCZOS)
        assert psnr(alpha[..., 3], expected) > 28

    @pytest.mark.parametrize("side", [2000, 5000])
    def test_of_very_large_pictures_leaves_none_either(self, side: int) -> None:
        image = Image.new("RGBA", (side, side), (255, 0, 0, 0))
        image.paste((0, 0, 255, 255), (side // 3, side // 3, side * 2 // 3, side * 2 // 3))

        seen = pixels(decoded(thumbnail(image, size=40).data), "RGBA")

        assert fringe(seen, (0, 0, 255)) <= 3

    @pytest.mark.parametrize(
        "format_", ["PNG", "WEBP", "TIFF", "GIF"] + ["AVIF"] * features.check("avif")
    )
    def test_of_files_leaves_none_either(self, format_: str) -> None:
        settings: dict[str, Any] = {
            "WEBP": {"lossless": True, "exact": True},
            "AVIF": {"quality": 100},
        }.get(format_, {})
        image = hiding("P" if format_ == "GIF" else "RGBA", (255, 0, 255))
        if format_ == "GIF":
            settings = {"transparency": 0}

        thumb = thumbnail(encoded(image, format_, **settings), size=50, scale=1)

        seen = pixels(decoded(thumb.data), "RGBA")
        assert fringe(seen, GREEN) <= (4 if format_ == "AVIF" else 3)  # which is never exact

    def test_of_arrays_leaves_none_either(self) -> None:
        rgba = np.asarray(hiding("RGBA", (255, 0, 255)))
        for array in (
            rgba,
            rgba.astype(np.float32) / 255,
            rgba.astype(np.uint16) * 257,
            np.moveaxis(rgba, -1, 0),
        ):
            seen = pixels(decoded(thumbnail(array, size=50).data), "RGBA")
            assert fringe(seen, GREEN) <= 3

    def test_of_grey_with_a_transparent_level_leaves_none(self) -> None:
        image = Image.new("L", (SIDE, SIDE), 255)
        image.paste(100, mask=DISC.point(lambda value: 255 * (value > 127)).convert("1"))
        image.info["transparency"] = 255

        seen = pixels(decoded(thumbnail(image, size=50).data), "RGBA")

        assert fringe(seen, 100) <= 3

    def test_of_colours_with_a_transparent_one_leaves_none(self) -> None:
        image = Image.new("RGB", (SIDE, SIDE), "magenta")
        image.paste(GREEN, mask=DISC.point(lambda value: 255 * (value > 127)).convert("1"))
        image.info["transparency"] = (255, 0, 255)

        seen = pixels(decoded(thumbnail(image, size=50).data), "RGBA")

        assert fringe(seen, GREEN) <= 3

    def test_in_a_strip_and_within_a_budget_leaves_none(self) -> None:
        image = hiding("RGBA", (255, 0, 255))

        strip = pixels(decoded(thumbnail([image, image], size=50, scale=1).data), "RGBA")
        frame = pd.DataFrame({"p": [image] * 6 + [photograph("coffee", None)] * 6})
        html = imgdisplay.table(frame, max_output_bytes=20_000)
        reduced = pixels(embedded(soup(html).find_all("img")[0]), "RGBA")

        for seen in (strip, reduced):
            assert fringe(seen, GREEN) <= 3

    def test_of_nothing_but_clear_pixels_is_clear(self) -> None:
        for mode in ("RGBA", "LA"):
            thumb = thumbnail(Image.new(mode, (300, 200)))
            assert thumb.transparent
            assert pixels(decoded(thumb.data), "RGBA")[..., 3].max() == 0


class TestPremultipliedModes:
    @pytest.mark.parametrize(("mode", "straight"), [("RGBa", "RGBA"), ("La", "LA")])
    def test_show_like_their_straight_ones(self, mode: str, straight: str) -> None:
        for size in (None, 64):
            seen, expected = (
                pixels(decoded(thumbnail(in_mode(kind).image, size=size).data), "RGBA").astype(int)
                for kind in (mode, straight)
            )
            weight = expected[..., 3:] / 255
            assert np.abs((seen - expected) * weight).max() <= 4
            assert np.abs(seen - expected)[..., 3].max() <= 1

    @pytest.mark.parametrize("mode", ["RGBa", "La"])
    def test_that_are_opaque_are_photographs(self, mode: str) -> None:
        source = photograph("astronaut" if mode == "RGBa" else "camera").convert(
            {"RGBa": "RGBA", "La": "LA"}[mode]
        )
        thumb = thumbnail(source.convert(mode))
        assert (thumb.mime, thumb.transparent) == ("image/jpeg", False)


CHECKER = re.compile(r"background-image:url\((data:image/png;base64,[A-Za-z0-9+/=]+)\)")


def backdrop(tag: Tag) -> Image.Image | None:
    """Return the picture that repeats behind an ``<img>``."""
    found = CHECKER.search(str(tag["style"]))
    if found is None:
        assert "background" not in str(tag["style"])
        return None
    return embedded(soup(f'<img src="{found[1]}">').find_all("img")[0])


def contrast(one: float, other: float) -> float:
    """Return the contrast of two greys from 0 to 255 (WCAG 2.2, 1.4.3)."""

    def light(grey: float) -> float:
        part = grey / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


class TestTheBackdrop:
    @pytest.mark.parametrize("mode", ["RGBA", "LA", "La", "RGBa", "PA"])
    def test_stands_behind_transparent_pictures(self, mode: str) -> None:
        assert backdrop(only_image(imgdisplay.img(in_mode(mode).image))) is not None

    @pytest.mark.parametrize(
        "make",
        [
            lambda: photograph("astronaut"),
            lambda: photograph("camera"),
            lambda: photograph("astronaut").convert("RGBA"),
            lambda: Image.new("RGB", (64, 48), "red"),
            lambda: np.zeros((64, 48), np.uint8),
            lambda: Image.new("P", (64, 48)),
        ],
        ids=["RGB", "L", "opaque RGBA", "one colour", "array", "P"],
    )
    def test_stands_behind_no_other(self, make: Callable[[], object]) -> None:
        assert backdrop(only_image(imgdisplay.img(make()))) is None

    def test_stands_behind_no_placeholder(self) -> None:
        html = imgdisplay.gallery([b"\x89PNG\r\n\x1a\nbroken"])
        assert backdrop(soup(html).find_all("img")[0]) is None

    def test_stands_behind_none_with_a_background(self) -> None:
        html = imgdisplay.img(in_mode("RGBA").image, background="white")
        assert backdrop(only_image(html)) is None

    def test_stands_in_tables_galleries_strips_and_views(self) -> None:
        image = in_mode("RGBA").image
        for html in (
            imgdisplay.table(pd.DataFrame({"p": [image, image]})),
            imgdisplay.gallery([image, image]),
            imgdisplay.table(pd.DataFrame({"p": [[image, photograph("camera")]]})),
            imgdisplay.img(image, size=50, zoom=200),
        ):
            tags = soup(html).find_all("img")
            assert tags
            assert all(backdrop(tag) is not None for tag in tags)

    def test_lets_black_and_white_be_seen(self) -> None:
        """In the light theme and in the dark one: both stand out against both of its greys."""
        picture = backdrop(only_image(imgdisplay.img(in_mode("RGBA").image)))
        assert picture is not None
        greys = sorted({int(value) for value in np.asarray(picture.convert("L")).ravel()})
        assert len(greys) == 2
        assert max(contrast(grey, 0) for grey in greys) > 4.5
        assert max(contrast(grey, 255) for grey in greys) > 1.8
        assert min(contrast(grey, 0) for grey in greys) > 3

    def test_is_a_checkerboard(self) -> None:
        picture = backdrop(only_image(imgdisplay.img(in_mode("RGBA").image)))
        assert picture is not None
        seen = np.asarray(picture.convert("L"))
        half = seen.shape[0] // 2
        assert (seen[:half, :half] == seen[half:, half:]).all()
        assert (seen[:half, half:] == seen[half:, :half]).all()
        assert seen[0, 0] != seen[0, -1]

    def test_uses_only_what_an_untrusted_notebook_keeps(self) -> None:
        style = str(only_image(imgdisplay.img(in_mode("RGBA").image))["style"])
        names = {
            part.split(":")[0].strip() for part in re.sub(r"url\([^)]*\)", "", style).split(";")
        }
        assert names - {""} <= {
            *("width", "height", "max-width", "min-width", "background-image", "background-size"),
            *("background-color", "border", "vertical-align", "margin", "padding"),
        }
        assert "conic" not in style

    def test_costs_few_bytes(self) -> None:
        found = CHECKER.search(str(only_image(imgdisplay.img(in_mode("RGBA").image))["style"]))
        assert found is not None
        assert len(found[1]) < 300


class TestOpacity:
    def test_of_half_is_half(self) -> None:
        for size in (None, 60):
            seen = thumbnail(Image.new("RGBA", (120, 90), (10, 200, 30, 128)), size=size)
            assert (pixels(decoded(seen.data), "RGBA") == (10, 200, 30, 128)).all() or np.abs(
                pixels(decoded(seen.data), "RGBA").astype(int) - (10, 200, 30, 128)
            ).max() <= 2

    def test_of_a_ramp_stays_a_ramp(self) -> None:
        alpha = shown(in_mode("RGBA").image, "RGBA")[..., 3]
        assert (alpha == np.asarray(opacity())).all()

    def test_of_a_png_with_grey_of_few_bits_and_a_transparent_level(self) -> None:
        """Written by hand: Pillow scales the pixels to 8 bits, not the transparent level."""
        import struct
        import zlib

        def chunk(kind: bytes, data: bytes) -> bytes:
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

        for bits in (1, 2, 4):
            top = 2**bits - 1
            per_byte = 8 // bits
            row = bytes([0]) + bytes(
                [sum(top << shift for shift in range(0, 8, bits))] * (32 // per_byte)
                + [0] * (32 // per_byte)
            )
            data = (
                b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", struct.pack(">2I5B", 64, 48, bits, 0, 0, 0, 0))
                + chunk(b"tRNS", struct.pack(">H", top))
                + chunk(b"IDAT", zlib.compress(row * 48))
                + chunk(b"IEND", b"")
            )
            alpha = shown(data, "RGBA")[..., 3]
            assert (alpha[:, :32] == 0).all(), bits
            assert (alpha[:, 32:] == 255).all(), bits


class TestAGreyThatIsNotDrawn:
    """A picture of 16 bits may name one; what it names need not be in it, or a number at all."""

    @pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
    def test_is_transparent_and_no_other(self, mode: str) -> None:
        thumb = thumbnail(self._with(mode, 7), size=None)

        alpha = pixels(decoded(thumb.data), "RGBA")[..., 3]
        assert alpha.tolist() == [[255] * 7 + [0] + [255] * 12]

    @pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
    @pytest.mark.parametrize("grey", [-42, 70_000, -(2**40), 2**70, -(2**2000)], ids=int.bit_length)
    def test_hides_nothing_if_no_pixel_can_have_it(self, mode: str, grey: int) -> None:
        thumb = thumbnail(self._with(mode, grey), size=None)

        assert (pixels(decoded(thumb.data), "RGBA")[..., 3] == 255).all()

    @staticmethod
    def _with(mode: Any, grey: int) -> Image.Image:
        image = Image.new("I", (20, 1))
        image.putdata(range(20))
        image = image.convert("I;16").convert(mode) if mode == "I;16B" else image.convert(mode)
        image.info["transparency"] = grey
        return image
