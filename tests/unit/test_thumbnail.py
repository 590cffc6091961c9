"""One image becomes one thumbnail: modes, formats, geometry, orientation, and the value itself."""

from __future__ import annotations

import base64
import copy
import dataclasses
import io
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps, features
from zoo import decoded, mime_of, on_grey, only_image, pixels, psnr, shown
from zoo.images import (
    CORNERS,
    FORMATS,
    MODES,
    SIZE,
    TRANSPARENT,
    Format,
    animation,
    corners_seen,
    encoded,
    four_corners,
    in_mode,
    photograph,
    stored,
    written,
)

import imgdisplay
from imgdisplay import Thumbnail, open_image, overlay, thumbnail

WRITTEN_FORMATS = ["auto", "jpeg", "png", "webp"] + ["avif"] * features.check("avif")

every_mode = pytest.mark.parametrize("mode", MODES)
every_format = pytest.mark.parametrize("format_", FORMATS, ids=str)


class TestEveryMode:
    @every_mode
    def test_is_shown_pixel_by_pixel_as_it_looks(self, mode: str) -> None:
        reference = in_mode(mode)

        thumb = thumbnail(reference.image, size=None, format="png")

        assert (thumb.pixel_width, thumb.pixel_height) == SIZE
        seen = on_grey(decoded(thumb.data))
        assert psnr(seen, on_grey(reference.seen)) >= reference.least_psnr

    @every_mode
    def test_is_like_the_original_when_it_is_small(self, mode: str) -> None:
        reference = in_mode(mode)

        thumb = thumbnail(reference.image, size=120, scale=1)

        assert (thumb.pixel_width, thumb.pixel_height) == (120, 80)
        # Averaged in front of the grey: there transparency is no more than a colour.
        small = Image.fromarray(on_grey(reference.seen)).resize((120, 80), Image.Resampling.LANCZOS)
        assert psnr(on_grey(decoded(thumb.data)), small) >= 27

    @every_mode
    @pytest.mark.parametrize("format_", WRITTEN_FORMATS)
    def test_gives_a_mime_type_that_matches_the_bytes(self, mode: str, format_: str) -> None:
        thumb = thumbnail(in_mode(mode).image, size=64, format=format_)  # type: ignore[arg-type]

        assert thumb.mime == mime_of(thumb.data)
        if format_ != "auto":
            assert thumb.mime == f"image/{format_}"
        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)

    @every_mode
    def test_keeps_its_transparency(self, mode: str) -> None:
        thumb = thumbnail(in_mode(mode).image, size=120, scale=1)

        assert thumb.transparent == (mode in TRANSPARENT)
        alpha = pixels(decoded(thumb.data), "RGBA")[..., 3]
        if mode in TRANSPARENT:
            ramp = np.linspace(0, 255, 120)
            assert np.abs(alpha.mean(axis=0) - ramp).max() < 4
        else:
            assert alpha.min() == 255

    @every_mode
    def test_can_be_as_small_as_one_pixel(self, mode: str) -> None:
        thumb = thumbnail(Image.new(mode, (1, 1)))

        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)

    @every_mode
    def test_is_opened_as_a_picture_of_ones_own(self, mode: str) -> None:
        image = in_mode(mode).image

        opened = open_image(image)

        assert opened is not image
        assert (opened.mode, opened.size) == (image.mode, image.size)
        assert opened.tobytes() == image.tobytes()
        opened.putpixel((0, 0), opened.getpixel((SIZE[0] - 1, SIZE[1] - 1)))  # type: ignore[arg-type]
        opened.paste(opened.resize((10, 10)).resize(SIZE))
        assert image.tobytes() == in_mode(mode).image.tobytes()

    @every_mode
    def test_is_named_for_people(self, mode: str) -> None:
        assert thumbnail(in_mode(mode).image).source_mode == mode

    @pytest.mark.parametrize("top", [255, 1000, 4095, 65535])
    @pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I"])
    def test_of_16_bits_is_scaled_by_its_depth(self, mode: str, top: int) -> None:
        ramp = np.tile(np.linspace(0, top, 256).round(), (40, 1))
        stored_as = {"I": "<i4", "I;16B": ">u2"}.get(mode, "<u2")
        image = Image.frombytes(mode, (256, 40), ramp.astype(stored_as).tobytes())

        white = {255: 255, 1000: 1023, 4095: 4095, 65535: 65535}[top]
        assert np.abs(shown(image, "L") - ramp * 255 / white).max() <= 1

    @pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
    def test_of_many_bits_can_be_much_larger_than_the_thumbnail(self, mode: str) -> None:
        image = in_mode(mode).image.resize((2400, 1600), Image.Resampling.NEAREST)

        thumb = thumbnail(image, size=48, scale=1, format="png")

        small = photograph("camera").resize((48, 32), Image.Resampling.LANCZOS)
        assert psnr(pixels(decoded(thumb.data), "L"), small) >= 24

    def test_of_floats_shows_what_is_no_number_in_a_colour_of_its_own(self) -> None:
        values = np.asarray(in_mode("F").image).copy()
        values[:20, :20] = np.nan

        seen = shown(Image.fromarray(values), nan_color="#00ff00")

        assert (seen[:20, :20] == (0, 255, 0)).all()
        assert psnr(seen[20:], on_grey(in_mode("F").seen)[20:]) >= 50

    def test_a_palette_with_opacity_of_its_own_is_transparent(self) -> None:
        image = Image.new("P", (64, 48), 1)
        image.putpalette([255, 0, 0, 255, 0, 0, 255, 0], "RGBA")

        thumb = thumbnail(image)

        assert thumb.transparent
        assert pixels(decoded(thumb.data), "RGBA")[..., 3].max() == 0

    @pytest.mark.parametrize(
        ("mode", "transparent_color"),
        [("P", 1), ("P", bytes([255, 0])), ("L", 200), ("RGB", (10, 20, 30)), ("1", 255)],
        ids=["P by index", "P by table", "L", "RGB", "1"],
    )
    def test_a_colour_that_a_file_makes_transparent_is_transparent(
        self, mode: str, transparent_color: Any
    ) -> None:
        image = Image.new(mode, (64, 48))
        inside: Any = {"P": 1, "L": 200, "RGB": (10, 20, 30), "1": 255}[mode]
        image.paste(inside, (0, 0, 32, 48))
        image.info["transparency"] = transparent_color

        alpha = shown(image, "RGBA")[..., 3]

        assert (alpha[:, :32] == 0).all()
        assert (alpha[:, 32:] == 255).all()

    def test_colours_hidden_under_transparent_pixels_do_not_bleed_into_the_edges(self) -> None:
        image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
        image.paste((0, 255, 0, 255), (100, 100, 300, 300))

        small = pixels(decoded(thumbnail(image, size=50, scale=1).data), "RGBA")

        visible = small[small[..., 3] > 16]
        assert visible[:, 0].max() <= 20
        assert visible[:, 1].min() >= 235


class TestEveryFileFormat:
    @every_format
    def test_is_shown_from_its_bytes(self, format_: Format) -> None:
        data, original = written(format_)

        assert psnr(shown(data), original) >= format_.least_psnr

    @every_format
    def test_is_shown_from_a_file_whatever_its_suffix(
        self, format_: Format, tmp_path: Path
    ) -> None:
        data, original = written(format_)
        for name in (f"right{format_.suffix}", "wrong.gif", "none"):
            path = tmp_path / name
            path.write_bytes(data)

            assert psnr(shown(path), original) >= format_.least_psnr
            assert thumbnail(path).name == name

    @every_format
    def test_is_like_the_original_when_it_is_small(self, format_: Format) -> None:
        data, original = written(format_)

        thumb = thumbnail(data, size=120, scale=1)

        assert thumb.source_size == original.size
        small = original.resize((120, 80), Image.Resampling.LANCZOS)
        assert psnr(pixels(decoded(thumb.data)), small) >= 25
        assert thumb.mime == mime_of(thumb.data)

    @every_format
    def test_is_shown_from_an_image_that_was_opened_and_not_loaded(self, format_: Format) -> None:
        data, original = written(format_)
        with Image.open(io.BytesIO(data)) as image:
            assert psnr(shown(image), original) >= format_.least_psnr

    @every_format
    def test_is_opened_whole(self, format_: Format) -> None:
        data, original = written(format_)

        assert psnr(pixels(open_image(data)), original) >= format_.least_psnr

    @pytest.mark.parametrize("format_", ["PCX", "SGI", "XBM", "MSP", "SPIDER"])
    def test_that_is_not_opened_unasked_is_shown_if_the_caller_has_opened_it(
        self, format_: str
    ) -> None:
        mode = {"XBM": "1", "MSP": "1", "SPIDER": "F"}.get(format_, "RGB")
        original = photograph("chelsea").convert(mode)
        data = encoded(original, format_)
        with Image.open(io.BytesIO(data)) as image:
            seen = shown(image)
            image.load()
            assert psnr(seen, shown(image)) > 60
            assert psnr(seen, shown(original)) > 30

    def test_of_animations_is_the_first_frame(self) -> None:
        for format_ in ("GIF", "WEBP", "PNG", "TIFF"):
            assert corners_seen(decoded(thumbnail(animation(format_)).data)) == ["red"] * 4

    def test_of_an_animation_that_the_caller_has_wound_on_is_the_frame_at_hand(self) -> None:
        with Image.open(io.BytesIO(animation("GIF"))) as image:
            image.seek(2)

            assert corners_seen(decoded(thumbnail(image).data)) == ["blue"] * 4

    def test_a_jpeg_of_cmyk_is_not_inverted(self) -> None:
        original = photograph("astronaut")

        assert psnr(shown(encoded(original.convert("CMYK"), "JPEG", quality=95)), original) >= 22

    def test_a_photograph_from_a_real_camera_file_is_shown(self) -> None:
        from sklearn import datasets

        for name in ("china.jpg", "flower.jpg"):
            path = Path(datasets.__file__).parent / "images" / name
            thumb = thumbnail(path, size=160, scale=1)

            assert thumb.mime == "image/jpeg"
            assert thumb.source_size == (640, 427)
            small = photograph(name, None).resize((160, 107), Image.Resampling.LANCZOS)
            assert psnr(pixels(decoded(thumb.data)), small) >= 30

    @pytest.mark.parametrize("bits", [8, 16])
    def test_a_png_of_16_bits_has_its_white_where_the_format_says(self, bits: int) -> None:
        ramp = np.tile(np.linspace(0, 999, 64).round().astype(np.uint16), (32, 1))
        if bits == 8:
            ramp //= 4
        image = Image.fromarray(ramp.astype(np.uint8) if bits == 8 else ramp)

        seen = shown(encoded(image), "L")

        assert np.abs(seen - ramp * (255 / (2**bits - 1))).max() <= 1


class TestGeometry:
    @pytest.mark.parametrize(
        ("source", "options", "drawn", "encoded_size"),
        [
            ((4000, 3000), {}, (96, 72), (192, 144)),
            ((4000, 3000), {"scale": 1}, (96, 72), (96, 72)),
            ((4000, 3000), {"scale": 3}, (96, 72), (288, 216)),
            ((4000, 3000), {"scale": 0.5}, (96, 72), (48, 36)),
            ((3000, 4000), {"size": 120}, (90, 120), (180, 240)),
            ((400, 300), {"size": (200, 50)}, (67, 50), (133, 100)),
            ((400, 300), {"size": [50, 200]}, (50, 38), (100, 75)),
            ((400, 300), {"size": np.int64(200), "scale": 1}, (200, 150), (200, 150)),
            ((10_000, 1), {}, (96, 1), (192, 1)),
            ((1, 10_000), {}, (1, 96), (1, 192)),
            ((10_000, 3), {"size": (200, 40)}, (200, 1), (400, 1)),
            # Never enlarged: neither drawn nor encoded with more pixels than there are.
            ((60, 40), {}, (60, 40), (60, 40)),
            ((60, 40), {"scale": 8}, (60, 40), (60, 40)),
            ((96, 96), {}, (96, 96), (96, 96)),
            ((97, 97), {"scale": 1}, (96, 96), (96, 96)),
            ((150, 100), {}, (96, 64), (150, 100)),
            ((400, 300), {"size": None}, (400, 300), (400, 300)),
            ((400, 300), {"size": None, "scale": 4}, (400, 300), (400, 300)),
            ((60, 40), {"size": 1000}, (60, 40), (60, 40)),
            ((33, 8), {"size": 96}, (33, 8), (33, 8)),
            # Tiny ones by whole factors.
            ((28, 28), {"scale": 1}, (84, 84), (84, 84)),
            ((28, 28), {"scale": 2}, (84, 84), (168, 168)),
            ((8, 8), {"scale": 1}, (96, 96), (96, 96)),
            ((32, 16), {"scale": 1}, (96, 48), (96, 48)),
            ((28, 28), {"size": (300, 60), "scale": 1}, (56, 56), (56, 56)),
            ((8, 8), {"size": 1000, "scale": 1}, (256, 256), (256, 256)),
            ((28, 28), {"pixelated": False}, (28, 28), (28, 28)),
            ((28, 28), {"size": 40, "scale": 1}, (28, 28), (28, 28)),
            ((28, 28), {"size": None}, (28, 28), (28, 28)),
        ],
    )
    def test_the_picture_fits_the_box_at_its_own_ratio(
        self,
        source: tuple[int, int],
        options: dict[str, Any],
        drawn: tuple[int, int],
        encoded_size: tuple[int, int],
    ) -> None:
        thumb = thumbnail(Image.new("RGB", source, "teal"), **{"scale": 2, **options})

        assert (thumb.width, thumb.height) == drawn
        assert (thumb.pixel_width, thumb.pixel_height) == encoded_size
        assert decoded(thumb.data).size == encoded_size
        assert thumb.source_size == source

    def test_a_tiny_picture_stays_sharp(self) -> None:
        tiny = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4

        seen = pixels(decoded(thumbnail(tiny, size=80, scale=1).data), "L")

        assert (seen == np.kron(tiny, np.ones((10, 10), np.uint8))).all()

    def test_a_line_of_a_very_wide_picture_remains(self) -> None:
        seen = pixels(decoded(thumbnail(Image.new("L", (10_000, 1), 200)).data), "L")

        assert np.abs(seen.astype(int) - 200).max() <= 3


class TestOrientation:
    # TIFF's plugin turns the picture by itself, JPEG may be decoded at a reduced size.
    with_orientation = pytest.mark.parametrize("orientation", range(1, 9))
    in_formats = pytest.mark.parametrize(
        "format_", ["JPEG", "PNG", "WEBP", "TIFF"] + ["AVIF"] * features.check("avif")
    )
    upright = ("red", "green", "blue", "yellow")

    @with_orientation
    @in_formats
    def test_is_applied_exactly_once_to_files(self, format_: str, orientation: int) -> None:
        picture, exif = stored(orientation)
        data = encoded(picture, format_, exif=exif)

        thumb = thumbnail(data, size=60, scale=1)

        assert corners_seen(decoded(thumb.data)) == list(self.upright)
        assert (thumb.width, thumb.height) == (60, 40)
        assert thumb.source_size == SIZE

    @with_orientation
    @in_formats
    @pytest.mark.parametrize("loaded", [False, True], ids=["unloaded", "loaded"])
    def test_is_applied_exactly_once_to_images(
        self, format_: str, orientation: int, loaded: bool
    ) -> None:
        picture, exif = stored(orientation)
        with Image.open(io.BytesIO(encoded(picture, format_, exif=exif))) as image:
            if loaded:
                image.load()
            thumb = thumbnail(image)

        assert corners_seen(decoded(thumb.data)) == list(self.upright)
        assert thumb.source_size == SIZE

    @with_orientation
    @in_formats
    def test_is_applied_exactly_once_to_what_is_opened(
        self, format_: str, orientation: int
    ) -> None:
        picture, exif = stored(orientation)

        opened = open_image(encoded(picture, format_, exif=exif))

        assert corners_seen(opened) == list(self.upright)
        assert opened.size == SIZE
        # Whoever asks again must not turn it a second time.
        assert corners_seen(ImageOps.exif_transpose(opened)) == list(self.upright)
        assert corners_seen(decoded(thumbnail(opened).data)) == list(self.upright)

    @with_orientation
    def test_is_not_applied_again_to_what_the_caller_has_turned(self, orientation: int) -> None:
        picture, exif = stored(orientation)
        turned = ImageOps.exif_transpose(decoded(encoded(picture, "JPEG", exif=exif)))

        assert corners_seen(decoded(thumbnail(turned).data)) == list(self.upright)

    @with_orientation
    def test_is_applied_to_a_large_jpeg_that_is_decoded_small(self, orientation: int) -> None:
        picture, exif = stored(orientation)
        large = picture.resize((picture.width * 10, picture.height * 10))

        thumb = thumbnail(encoded(large, "JPEG", exif=exif), size=(30, 60), scale=1)

        assert corners_seen(decoded(thumb.data)) == list(self.upright)
        assert (thumb.width, thumb.height) == (30, 20)
        assert thumb.source_size == (2400, 1600)

    @pytest.mark.parametrize("senseless", [0, 9, 200, 65535])
    def test_that_is_senseless_is_ignored(self, senseless: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = senseless

        data = encoded(four_corners(), "JPEG", exif=exif.tobytes())

        assert corners_seen(decoded(thumbnail(data).data)) == list(self.upright)
        assert corners_seen(open_image(data)) == list(self.upright)

    @pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0garbage", b"Exif"])
    def test_in_broken_exif_is_ignored(self, exif: bytes) -> None:
        data = encoded(four_corners(), "JPEG", exif=exif)

        assert corners_seen(decoded(thumbnail(data).data)) == list(self.upright)
        assert corners_seen(open_image(data)) == list(self.upright)


class TestChoiceOfFormat:
    def test_is_jpeg_for_a_photograph(self) -> None:
        for name in ("astronaut", "camera", "coffee", "chelsea", "china.jpg"):
            assert thumbnail(photograph(name)).mime == "image/jpeg"

    def test_is_png_for_few_colours_and_for_transparency(self) -> None:
        assert thumbnail(four_corners()).mime == "image/png"
        assert thumbnail(in_mode("1").image, size=None).mime == "image/png"
        assert thumbnail(in_mode("RGBA").image).mime == "image/png"

    def test_an_opaque_alpha_channel_does_not_count(self) -> None:
        image = photograph("astronaut").convert("RGBA")

        thumb = thumbnail(image)

        assert not thumb.transparent
        assert thumb.mime == "image/jpeg"

    def test_quality_trades_bytes_for_likeness(self) -> None:
        photo = photograph("chelsea")
        small = photo.resize((120, 80), Image.Resampling.LANCZOS)
        for format_ in WRITTEN_FORMATS:
            if format_ in ("auto", "png"):
                continue
            made = [
                thumbnail(photo, size=120, scale=1, format=format_, quality=quality)  # type: ignore[arg-type]
                for quality in (10, 50, 95)
            ]
            sizes = [len(thumb.data) for thumb in made]
            likeness = [psnr(pixels(decoded(thumb.data)), small) for thumb in made]

            assert sizes == sorted(sizes)
            assert likeness == sorted(likeness)

    def test_a_background_fills_transparent_pixels(self) -> None:
        image = Image.new("RGBA", (64, 64), (255, 255, 255, 0))

        thumb = thumbnail(image, background="navy", format="png")

        assert not thumb.transparent
        assert (pixels(decoded(thumb.data)) == (0, 0, 128)).all()

    def test_jpeg_cannot_be_transparent_and_is_white_behind(self) -> None:
        thumb = thumbnail(Image.new("RGBA", (64, 64)), format="jpeg")

        assert pixels(decoded(thumb.data)).min() >= 250


class TestMetadata:
    SECRETS = ("SECRETCAMERA", "SECRETCOMMENT", "SECRETXMP", "SECRETPLACE")

    @staticmethod
    def told() -> dict[str, Any]:
        exif = Image.Exif()
        exif[0x010F] = "SECRETCAMERA"
        exif.get_ifd(0x8825)[0x001C] = "SECRETPLACE"
        from PIL import ImageCms

        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        return {
            "exif": exif.tobytes(),
            "icc_profile": profile,
            "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRETXMP</x:xmpmeta>",
        }

    @classmethod
    def sources(cls) -> dict[str, bytes]:
        from PIL.PngImagePlugin import PngInfo

        photo, told = photograph("chelsea"), cls.told()
        text = PngInfo()
        text.add_text("Comment", "SECRETCOMMENT")
        text.add_itxt("XML:com.adobe.xmp", "SECRETXMP")
        gif = photo.quantize(64)
        return {
            "JPEG": encoded(photo, "JPEG", comment=b"SECRETCOMMENT", **told),
            "PNG": encoded(
                photo, "PNG", pnginfo=text, exif=told["exif"], icc_profile=told["icc_profile"]
            ),
            "WEBP": encoded(photo, "WEBP", **told),
            "TIFF": encoded(photo, "TIFF", description="SECRETCOMMENT", **told),
            "GIF": encoded(gif, "GIF", comment=b"SECRETCOMMENT"),
            "after the end": encoded(photo, "JPEG") + b"SECRETCOMMENT",
        }

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "after the end"])
    @pytest.mark.parametrize("format_", WRITTEN_FORMATS)
    def test_never_leaves(self, kind: str, format_: str) -> None:
        data = self.sources()[kind]
        assert any(secret.encode() in data for secret in self.SECRETS)

        for source in (data, decoded(data)):
            for size in (64, None):
                made = thumbnail(source, size=size, format=format_)  # type: ignore[arg-type]

                assert not any(secret.encode() in made.data for secret in self.SECRETS)
                assert b"Exif" not in made.data
                assert b"xmpmeta" not in made.data
                told = decoded(made.data).info
                assert told.keys().isdisjoint({"exif", "comment", "xmp", "icc_profile"})
                assert not decoded(made.data).getexif()

    def test_of_an_image_is_not_lost_to_the_caller(self) -> None:
        image = decoded(self.sources()["JPEG"])
        before = dict(image.info)

        thumbnail(image, size=None)
        thumbnail(image, format="png")

        assert image.info == before


def _state(image: Image.Image) -> dict[str, object]:
    fp = getattr(image, "fp", None)
    return {
        "size": image.size,
        "mode": image.mode,
        "info": dict(image.info),
        "tile": list(getattr(image, "tile", [])),
        "frame": image.tell(),
        "file": id(fp),
        "file position": None if fp is None or fp.closed else fp.tell(),
        "pixels": id(image._im),
        "read only": image.readonly,
        "attributes": sorted(vars(image)),
        "palette": image._im is not None and image.mode == "P" and image.getpalette("RGB"),
    }


class TestTheCallersImage:
    @every_format
    @pytest.mark.parametrize(
        "use", [thumbnail, open_image, imgdisplay.img], ids=lambda use: use.__name__
    )
    def test_is_not_loaded_nor_changed(
        self, format_: Format, use: Callable[..., object], tmp_path: Path
    ) -> None:
        path = tmp_path / f"picture{format_.suffix}"
        path.write_bytes(written(format_)[0])
        with Image.open(path) as image:
            before = _state(image)

            use(image)
            use(image, size=None)

            assert _state(image) == before

    @every_mode
    @pytest.mark.parametrize("size", [96, None, SIZE], ids=str)
    def test_keeps_its_pixels_and_attributes_when_it_is_loaded(self, mode: str, size: Any) -> None:
        image = in_mode(mode).image.copy()
        image.info["note"] = "mine"
        before, bytes_before = _state(image), image.tobytes()

        thumbnail(image, size=size)
        open_image(image)
        imgdisplay.gallery([image, image])

        assert _state(image) == before
        assert image.tobytes() == bytes_before

    def test_gets_no_new_attributes_when_it_is_encoded_as_it_is(self) -> None:
        image = Image.new("RGB", (50, 50), "red")
        before, info = _state(image), image.info

        thumbnail(image, size=None)

        assert _state(image) == before
        assert image.info is info

    def test_stays_at_its_frame(self) -> None:
        with Image.open(io.BytesIO(animation("GIF"))) as image:
            image.seek(2)
            before = _state(image)

            thumbnail(image)

            assert _state(image) == before
            image.seek(3)
            assert corners_seen(image) != ["blue"] * 4

    def test_stays_unloaded_after_draft(self) -> None:
        data = encoded(photograph("chelsea", (960, 640)), "JPEG")
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", (200, 200))
            before = _state(image)

            thumbnail(image)

            assert _state(image) == before

    def test_that_is_broken_is_broken_each_time(self) -> None:
        data = encoded(photograph("chelsea"), "PNG")[:20_000]
        with Image.open(io.BytesIO(data)) as image:
            for _ in range(3):
                with pytest.raises(imgdisplay.DecodeError):
                    thumbnail(image)

    def test_that_failed_to_load_is_not_shown_as_half_a_picture(self) -> None:
        data = encoded(photograph("chelsea"), "PNG")[:20_000]
        with Image.open(io.BytesIO(data)) as image:
            with pytest.raises(OSError, match="truncated"):
                image.load()
            with pytest.raises(imgdisplay.DecodeError):
                thumbnail(image)

    @pytest.mark.parametrize("loaded", [False, True], ids=["unloaded", "loaded"])
    def test_that_is_closed_is_an_error(self, loaded: bool, tmp_path: Path) -> None:
        path = tmp_path / "picture.png"
        photograph("chelsea").save(path)
        image = Image.open(path)
        if loaded:
            image.load()
        image.close()

        with pytest.raises(imgdisplay.DecodeError):
            thumbnail(image)

    def test_may_come_from_a_file_object_in_the_middle_of_its_use(self) -> None:
        file = io.BytesIO(encoded(photograph("chelsea")))
        with Image.open(file) as image:
            file.seek(11)

            thumb = thumbnail(image)

            assert file.tell() == 11
            assert psnr(shown(thumb), shown(photograph("chelsea"), size=96)) > 25

    def test_may_be_shown_by_many_threads_at_once(self) -> None:
        image = in_mode("RGBA").image.copy()
        expected = thumbnail(image).data
        made: list[bytes] = []

        threads = [
            threading.Thread(target=lambda: made.append(thumbnail(image).data)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert made == [expected] * 8


class TestPillow:
    def test_keeps_its_global_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 123_456_789)
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)

        def settings() -> tuple[object, ...]:
            Image.init()
            return (
                Image.MAX_IMAGE_PIXELS,
                ImageFile.LOAD_TRUNCATED_IMAGES,
                ImageFile.MAXBLOCK,
                ImageFile.SAFEBLOCK,
                list(Image.ID),
                dict(Image.OPEN),
                dict(Image.SAVE),
                dict(Image.MIME),
                dict(Image.EXTENSION),
            )

        before = settings()
        for format_ in FORMATS:
            data = written(format_)[0]
            thumbnail(data)
            open_image(data)
        with pytest.raises(imgdisplay.SourceError):
            thumbnail(b"nonsense")
        with pytest.raises(imgdisplay.DecodeError):
            thumbnail(encoded(photograph("chelsea"))[:5000])

        assert settings() == before

    def test_asks_its_plugins_in_the_same_order_afterwards(
        self, python: Callable[..., str], tmp_path: Path
    ) -> None:
        # A plugin that is imported too early is asked first from then on, and the one for TGA
        # takes icons for its own.
        (tmp_path / "a.tga").write_bytes(encoded(Image.new("L", (64, 64)), "TGA"))
        noise = np.random.default_rng(0).integers(0, 255, (150, 150, 3), np.uint8)
        icon = encoded(Image.fromarray(noise), "ICO", sizes=[(150, 150)])
        length = int.from_bytes(icon[14:18], "little")
        assert length >> 16 == 1, "the header must look like that of a Targa file"
        (tmp_path / "a.ico").write_bytes(icon)

        said = python(
            """
            import imgdisplay
            imgdisplay.thumbnail("a.tga")
            from PIL import Image
            with Image.open("a.ico") as image:
                print(image.format, image.size)
            """
        )

        assert said == "ICO (150, 150)"

    def test_limit_of_pixels_does_not_rule_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = encoded(photograph("chelsea"))
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)

        assert thumbnail(data).source_size == SIZE


class TestTheValue:
    @pytest.fixture
    def thumb(self) -> Thumbnail:
        return thumbnail(photograph("chelsea"), size=64)

    def test_is_frozen(self, thumb: Thumbnail) -> None:
        for name in ("data", "width", "new"):
            with pytest.raises((AttributeError, TypeError)):
                setattr(thumb, name, 1)

    def test_equals_another_of_the_same_picture_and_options(self, thumb: Thumbnail) -> None:
        again = thumbnail(photograph("chelsea"), size=64)

        assert thumb == again
        assert hash(thumb) == hash(again)
        assert thumb != thumbnail(photograph("chelsea"), size=65)
        assert len({thumb, again}) == 1

    def test_is_itself_where_it_is_as_wanted(self, thumb: Thumbnail) -> None:
        assert thumbnail(thumb) is thumb
        assert thumbnail(thumb, background="red", colormap="viridis", format="jpeg") is thumb

    def test_is_drawn_again_where_something_else_is_wanted(self, thumb: Thumbnail) -> None:
        assert thumbnail(thumb, size=32).width == 32
        assert thumbnail(thumb, format="png").mime == "image/png"

        boxed = thumbnail(thumb, overlay=overlay(boxes=[(0, 0, 50, 40)]), format="png")
        assert boxed.data != thumbnail(thumb, format="png").data

        grey = thumbnail(np.full((40, 60), 128, np.uint8), size=64)
        colored = thumbnail(grey, colormap="viridis")
        assert np.asarray(decoded(colored.data).convert("RGB"))[20, 30].tolist() == [32, 144, 140]

        clear = thumbnail(Image.new("RGBA", (60, 40), (0, 0, 0, 0)), size=64)
        filled = decoded(thumbnail(clear, background="red").data)
        assert filled.convert("RGBA").getpixel((30, 20)) == (255, 0, 0, 255)

    def test_survives_pickling_and_copying(self, thumb: Thumbnail) -> None:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(thumb, protocol)) == thumb
        assert copy.copy(thumb) == thumb
        assert copy.deepcopy(thumb) == thumb
        assert dataclasses.replace(thumb, width=1).width == 1

    def test_has_a_short_repr(self, thumb: Thumbnail) -> None:
        assert len(repr(thumb)) < 120
        assert "64×43" in repr(thumb)

    def test_gives_its_bytes_as_text(self, thumb: Thumbnail) -> None:
        assert base64.b64decode(thumb.base64, validate=True) == thumb.data
        assert thumb.data_uri == f"data:{thumb.mime};base64,{thumb.base64}"

    def test_gives_a_file_at_its_beginning_with_a_name(self, thumb: Thumbnail) -> None:
        file = thumb.file()

        assert file.tell() == 0
        assert file.read() == thumb.data
        assert file.name == "thumbnail.jpeg"
        assert thumb.file() is not thumb.file()

    def test_shows_itself_as_one_image(self, thumb: Thumbnail) -> None:
        for html in (thumb.html(), thumb._repr_html_()):
            tag = only_image(html)
            assert (tag["width"], tag["height"]) == ("64", "43")
            assert tag["src"] == thumb.data_uri
            assert tag["alt"] != ""
        assert only_image(thumb.html(alt="my cat"))["alt"] == "my cat"

    def test_is_itself_a_source(self, thumb: Thumbnail) -> None:
        assert psnr(shown(thumb), pixels(decoded(thumb.data))) > 60

    def test_has_the_same_picture_for_latex(self, thumb: Thumbnail) -> None:
        bundle = thumb._repr_mimebundle_()

        assert bundle["image/jpeg"] == thumb.data
        assert "image/png" not in bundle
        assert bundle["text/html"] == str(thumb.html())
        assert len(bundle["text/plain"]) < 120

    def test_knows_the_name_of_its_file_and_not_its_directory(self, tmp_path: Path) -> None:
        path = tmp_path / "secret directory" / "cat.png"
        path.parent.mkdir()
        photograph("chelsea").save(path)

        for source in (path, str(path), path.as_uri(), {"path": str(path)}):
            thumb = thumbnail(source)
            assert thumb.name == "cat.png"
            assert only_image(thumb.html())["alt"] == "cat.png"
            assert "secret directory" not in thumb.html()
        with Image.open(path) as image:
            assert thumbnail(image).name == "cat.png"
            image.load()
            assert thumbnail(image).name == "cat.png"


def test_corners_of_the_zoo_are_four_colours() -> None:
    assert len(set(CORNERS)) == 4
