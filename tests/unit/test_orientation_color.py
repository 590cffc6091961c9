"""Pictures upright and in their true colours, calculated here by hand; browsers check the rest."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import truth_icc as icc
from PIL import Image, ImageCms, features
from zoo import decoded, embedded, pixels, psnr, shown, soup
from zoo.images import corners_seen, encoded, four_corners, photograph, stored

import imgdisplay
from imgdisplay import open_image, thumbnail

FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", *(["AVIF"] if features.check("avif") else [])]
UPRIGHT = ["red", "green", "blue", "yellow"]


def as_path(data: bytes, folder: Path) -> object:
    path = folder / "picture.bin"
    path.write_bytes(data)
    return path


def as_image(data: bytes, folder: Path) -> object:
    return Image.open(io.BytesIO(data))


def as_loaded_image(data: bytes, folder: Path) -> object:
    return decoded(data)


SOURCES: dict[str, Callable[[bytes, Path], object]] = {
    "bytes": lambda data, folder: data,
    "memoryview": lambda data, folder: memoryview(data),
    "path": as_path,
    "text": lambda data, folder: str(as_path(data, folder)),
    "stream": lambda data, folder: io.BytesIO(data),
    "data URI": lambda data, folder: "data:;base64," + base64.b64encode(data).decode(),
    "dict": lambda data, folder: {"bytes": data, "path": None},
    "image": as_image,
    "loaded image": as_loaded_image,
}


class TestOrientation:
    @pytest.mark.parametrize("source", SOURCES)
    @pytest.mark.parametrize("format_", FORMATS)
    def test_is_applied_once_to_every_source(
        self, format_: str, source: str, tmp_path: Path
    ) -> None:
        for orientation in range(1, 9):
            picture, exif = stored(orientation)
            data = encoded(picture, format_, exif=exif)

            thumb = thumbnail(SOURCES[source](data, tmp_path))

            assert corners_seen(decoded(thumb.data)) == UPRIGHT, orientation
            assert thumb.source_size == (240, 160)
            assert (thumb.width, thumb.height) == (96, 64)

    @pytest.mark.parametrize("format_", FORMATS)
    def test_swaps_the_box_of_tables_galleries_and_images(self, format_: str) -> None:
        picture, exif = stored(6)
        data = encoded(picture, format_, exif=exif)
        for html in (
            imgdisplay.table(pd.DataFrame({"p": [data]}), size=(60, 120)),
            imgdisplay.gallery([data], size=(60, 120)),
            imgdisplay.img(data, size=(60, 120)),
            imgdisplay.table(pd.DataFrame({"p": [[data]]}), size=(60, 120)),
        ):
            (tag,) = soup(html).find_all("img")
            assert (tag["width"], tag["height"]) == ("60", "40")
            assert corners_seen(embedded(tag)) == UPRIGHT
            assert "240×160" in str(tag["title"]) or "1 images" in str(tag["title"])

    def test_in_a_strip_is_applied_to_each(self) -> None:
        data = [encoded(stored(n)[0], "JPEG", exif=stored(n)[1]) for n in (1, 6, 3)]
        strip = decoded(thumbnail(data, size=48, scale=1).data)
        for left in (0, 50, 100):
            assert corners_seen(strip.crop((left, 0, left + 48, 32))) == UPRIGHT

    def test_stands_in_what_is_opened_no_more(self) -> None:
        for format_ in FORMATS:
            picture, exif = stored(8)
            opened = open_image(encoded(picture, format_, exif=exif))
            assert corners_seen(opened) == UPRIGHT
            assert opened.getexif().get(0x0112, 1) == 1

    def test_is_applied_after_what_xmp_says_is_ignored(self) -> None:
        """Browsers read EXIF; tiff:Orientation in XMP is for editors."""
        xmp = (
            b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
            b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
            b"</rdf:RDF></x:xmpmeta>"
        )
        data = encoded(four_corners(), "JPEG", xmp=xmp)
        assert thumbnail(data).source_size == (240, 160)
        assert corners_seen(decoded(thumbnail(data).data)) == UPRIGHT


# Colours


CURVES = {
    "sRGB": (icc.curve_srgb(), icc.srgb_decode),
    "2.2": (icc.curve_gamma(2.2), lambda value: np.asarray(value) ** (round(2.2 * 256) / 256)),
}


def patches() -> Image.Image:
    """Return 216 colours in squares of 8 pixels, none at the end of a range."""
    steps = np.array([20, 60, 105, 150, 195, 235], np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(12, 18, 3)
    return Image.fromarray(colors.repeat(8, 0).repeat(8, 1))


PATCHES = patches()


def in_srgb(
    values: np.ndarray[Any, Any], primaries: icc.Chromaticities, decode: Callable[..., Any]
) -> np.ndarray[Any, Any]:
    """Return 8-bit values of another RGB in sRGB, clipped, in the plain way."""
    light = decode(values / 255.0) @ icc.matrix(primaries).T @ np.linalg.inv(icc.matrix(icc.SRGB)).T
    return np.asarray(np.rint(icc.srgb_encode(light) * 255))


P3 = icc.rgb(icc.P3, icc.curve_srgb())
ADOBE = icc.rgb(icc.ADOBE, icc.curve_gamma(2.2), version=2)
SWAPPED = icc.rgb(icc.SWAPPED, icc.curve_srgb())

PROFILES = {
    "Display P3": (P3, icc.P3, "sRGB"),
    "Adobe RGB": (ADOBE, icc.ADOBE, "2.2"),
    "swapped": (SWAPPED, icc.SWAPPED, "sRGB"),
    "sRGB": (icc.rgb(icc.SRGB, icc.curve_srgb()), icc.SRGB, "sRGB"),
}


class TestProfiles:
    @pytest.mark.parametrize("name", PROFILES)
    @pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
    def test_of_files_are_converted(self, name: str, format_: str) -> None:
        profile, primaries, curve = PROFILES[name]
        settings = {"lossless": True} if format_ == "WEBP" else {}
        data = encoded(PATCHES, format_, icc_profile=profile, **settings)

        seen = shown(data).astype(int)

        expected = in_srgb(np.asarray(PATCHES), primaries, CURVES[curve][1])
        assert np.abs(seen - expected).max() <= 2

    @pytest.mark.parametrize("source", SOURCES)
    def test_are_converted_once_from_every_source(self, source: str, tmp_path: Path) -> None:
        data = encoded(PATCHES, "PNG", icc_profile=SWAPPED)
        expected = in_srgb(np.asarray(PATCHES), icc.SWAPPED, icc.srgb_decode)

        seen = shown(SOURCES[source](data, tmp_path)).astype(int)

        assert np.abs(seen - expected).max() <= 2

    @pytest.mark.parametrize("format_", ["JPEG", *(["AVIF"] if "AVIF" in FORMATS else [])])
    def test_of_lossy_files_are_converted(self, format_: str) -> None:
        photo = photograph("coffee")
        data = encoded(photo, format_, icc_profile=SWAPPED, quality=95)

        expected = in_srgb(np.asarray(photo), icc.SWAPPED, icc.srgb_decode)
        assert psnr(shown(data), expected) > 28
        assert psnr(shown(data), photo) < 20

    def test_leave_transparency_as_it_is(self) -> None:
        image = PATCHES.convert("RGBA")
        alpha = Image.linear_gradient("L").resize(image.size)
        image.putalpha(alpha)

        seen = shown(encoded(image, "PNG", icc_profile=SWAPPED), "RGBA")

        assert (seen[..., 3] == np.asarray(alpha)).all()
        expected = in_srgb(np.asarray(PATCHES), icc.SWAPPED, icc.srgb_decode)
        visible = seen[..., 3] > 8
        assert np.abs(seen[..., :3].astype(int) - expected)[visible].max() <= 2

    def test_of_palettes_are_converted(self) -> None:
        image = PATCHES.quantize(216)
        plain = np.asarray(image.convert("RGB"))

        seen = shown(encoded(image, "PNG", icc_profile=SWAPPED)).astype(int)

        assert np.abs(seen - in_srgb(plain, icc.SWAPPED, icc.srgb_decode)).max() <= 2

    @pytest.mark.parametrize("gamma", [1.4, 1.8, 2.6])
    def test_of_grey_are_converted_and_stay_grey(self, gamma: float) -> None:
        ramp = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
        profile = icc.grey(icc.curve_gamma(gamma))

        seen = shown(encoded(Image.fromarray(ramp), "PNG", icc_profile=profile))

        expected = np.rint(icc.srgb_encode((ramp / 255.0) ** gamma) * 255)
        assert np.abs(seen.astype(int) - expected[..., None]).max() <= 2

    def test_do_not_change_grey_of_neutral_profiles(self) -> None:
        ramp = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
        seen = shown(encoded(Image.fromarray(ramp).convert("RGB"), "PNG", icc_profile=P3))
        assert np.abs(seen.astype(int) - ramp[..., None]).max() <= 1

    def test_hold_for_thumbnails_as_for_whole_pictures(self) -> None:
        photo = photograph("coffee", None)
        data = encoded(photo, "PNG", icc_profile=SWAPPED)
        small = photo.resize((96, 64), Image.Resampling.LANCZOS)

        seen = pixels(decoded(thumbnail(data, scale=1, format="png").data))

        assert psnr(seen, in_srgb(np.asarray(small), icc.SWAPPED, icc.srgb_decode)) > 26

    def test_stay_with_what_is_opened(self) -> None:
        opened = open_image(encoded(PATCHES, "PNG", icc_profile=SWAPPED))
        assert (np.asarray(opened) == np.asarray(PATCHES)).all()
        assert opened.info["icc_profile"] == SWAPPED

    def test_do_not_change_the_callers_image(self) -> None:
        image = decoded(encoded(PATCHES, "PNG", icc_profile=SWAPPED))
        thumbnail(image)
        assert image.info["icc_profile"] == SWAPPED
        assert (np.asarray(image) == np.asarray(PATCHES)).all()

    def test_of_photographs_of_one_camera_are_built_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built: list[object] = []
        for name in ("buildTransform", "buildTransformFromOpenProfiles"):
            real = getattr(ImageCms, name)

            def counted(*args: Any, real: Any = real, **kwargs: Any) -> Any:
                built.append(args)
                return real(*args, **kwargs)

            monkeypatch.setattr(ImageCms, name, counted)
        # Of its own, so that no other test has built it.
        profile = icc.rgb(icc.PROPHOTO, icc.curve_gamma(1.71))
        small = photograph("coffee", (60, 40))
        shades = [small.point(lambda v, n=n: max(0, v - n % 100)) for n in range(20)]
        data = [encoded(shade, "JPEG", icc_profile=profile) for shade in shades] * 50
        frame = pd.DataFrame({"photo": data})

        html = imgdisplay.table(frame, max_rows=None)

        assert html.count("<img") == 1000
        assert len({id(item) for item in built}) <= 4  # one for each thread at the very most

    def test_of_different_cameras_are_not_mixed_up(self) -> None:
        frame = pd.DataFrame(
            {
                "photo": [
                    encoded(PATCHES, "PNG", icc_profile=profile)
                    for profile, _, _ in PROFILES.values()
                ]
                * 10
            }
        )
        html = imgdisplay.table(frame, max_rows=None, size=None)
        for tag, (_, primaries, curve) in zip(
            soup(html).find_all("img"), list(PROFILES.values()) * 10, strict=True
        ):
            expected = in_srgb(np.asarray(PATCHES), primaries, CURVES[curve][1])
            assert np.abs(pixels(embedded(tag)).astype(int) - expected).max() <= 2


GARBAGE = {
    "no profile": b"garbage",
    "only zeros": bytes(400),
    "cut off": P3[:200],
    "a header and noise": P3[:128] + bytes(range(256)) * 2,
    "a count of tags that is huge": P3[:128] + b"\xff\xff\xff\xff" + P3[132:],
    "offsets beyond its end": P3[:136] + b"\x7f\xff\xff\xff" + P3[140:],
    "random": np.random.default_rng(0).bytes(1000),
    "a megabyte of random": np.random.default_rng(1).bytes(2**20),
    "html": b"<script>alert(1)</script>" * 20,
}


class TestGarbageProfiles:
    @pytest.mark.parametrize("name", GARBAGE)
    def test_are_ignored_with_a_note_in_the_title(self, name: str) -> None:
        data = encoded(PATCHES, "PNG", icc_profile=GARBAGE[name])

        assert np.abs(shown(data).astype(int) - np.asarray(PATCHES)).max() <= 1
        (tag,) = soup(imgdisplay.img(data)).find_all("img")
        assert "profile" in str(tag["title"])
        assert "<script" not in str(tag["title"])

    @pytest.mark.parametrize("name", GARBAGE)
    def test_cost_no_picture_of_a_table(self, name: str) -> None:
        frame = pd.DataFrame({"p": [encoded(PATCHES, "JPEG", icc_profile=GARBAGE[name]), PATCHES]})
        tags = soup(imgdisplay.table(frame)).find_all("img")
        assert not any("imgdisplay-broken" in tag["class"] for tag in tags)
        assert ["profile" in str(tag["title"]) for tag in tags] == [True, False]

    def test_print_nothing(self, capfd: pytest.CaptureFixture[str]) -> None:
        for data in GARBAGE.values():
            thumbnail(encoded(PATCHES, "PNG", icc_profile=data))
        assert capfd.readouterr() == ("", "")

    def test_of_another_colour_space_are_ignored(self) -> None:
        grey = icc.grey(icc.curve_gamma(1.0))
        data = encoded(PATCHES, "PNG", icc_profile=grey)
        assert (shown(data) == np.asarray(PATCHES)).all()


def png(picture: Image.Image, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with such chunks right behind its header."""
    data = encoded(picture, "PNG")
    added = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return data[:33] + added + data[33:]


def gama(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def chrm(primaries: icc.Chromaticities) -> tuple[bytes, bytes]:
    numbers = (*icc.D65_XY, *primaries)
    return b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in numbers))


class TestPngChunks:
    RAMP = np.tile(np.arange(256, dtype=np.uint8), (40, 1))

    @pytest.mark.parametrize("gamma", [1.0, 0.3, 0.7])
    def test_of_gamma_are_applied(self, gamma: float) -> None:
        seen = shown(png(Image.fromarray(self.RAMP), gama(gamma)))

        expected = np.rint(icc.srgb_encode((self.RAMP / 255.0) ** (1 / gamma)) * 255)
        assert np.abs(seen.astype(int) - expected[..., None])[:, 8:].max() <= 2

    def test_of_the_usual_gamma_change_nothing(self) -> None:
        for gamma in (1 / 2.2, 0.45455, 0.4545):
            seen = shown(png(Image.fromarray(self.RAMP), gama(gamma)))
            assert np.abs(seen.astype(int) - self.RAMP[..., None]).max() <= 1

    def test_of_chromaticities_with_gamma_are_applied(self) -> None:
        seen = shown(png(PATCHES, gama(1 / 2.2), chrm(icc.SWAPPED))).astype(int)

        expected = in_srgb(np.asarray(PATCHES), icc.SWAPPED, lambda value: value**2.2)
        assert np.abs(seen - expected).max() <= 2

    def test_of_srgb_come_before_gamma(self) -> None:
        data = png(PATCHES, (b"sRGB", b"\0"), gama(1.0))
        assert (shown(data) == np.asarray(PATCHES)).all()

    def test_of_a_profile_come_before_gamma(self) -> None:
        data = encoded(PATCHES, "PNG", icc_profile=SWAPPED)
        kind, body = gama(1.0)
        chunk = struct.pack(">I", 4) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        seen = shown(data[:33] + chunk + data[33:]).astype(int)

        expected = in_srgb(np.asarray(PATCHES), icc.SWAPPED, icc.srgb_decode)
        assert np.abs(seen - expected).max() <= 2

    def test_of_cicp_are_applied(self) -> None:
        """Display P3 is 12, 13, 0, 1 by ITU-T H.273."""
        seen = shown(png(PATCHES, (b"cICP", bytes([12, 13, 0, 1])))).astype(int)

        expected = in_srgb(np.asarray(PATCHES), icc.P3, icc.srgb_decode)
        assert np.abs(seen - expected).max() <= 2

    @pytest.mark.parametrize(
        "chunk",
        [
            (b"gAMA", bytes(4)),
            (b"gAMA", b"\xff\xff\xff\xff"),
            (b"gAMA", b"\0\0"),
            (b"cHRM", bytes(32)),
            (b"cHRM", b"\xff" * 32),
            (b"cICP", b"\xff\xff\xff\xff"),
            (b"cICP", b""),
            (b"sRGB", b"\xff"),
        ],
        ids=lambda chunk: f"{chunk[0].decode()}-{chunk[1][:4].hex() or 'empty'}",
    )
    def test_of_nonsense_cost_no_picture(self, chunk: tuple[bytes, bytes]) -> None:
        thumb = thumbnail(png(PATCHES, chunk))
        assert thumb.source_size == PATCHES.size


@cache
def cmyk_profile() -> bytes:
    return icc.cmyk("lut16")


class TestCmyk:
    def test_without_a_profile_is_not_inverted(self) -> None:
        for format_ in ("JPEG", "TIFF"):
            data = encoded(
                PATCHES.convert("CMYK"), format_, **({"quality": 95} if format_ == "JPEG" else {})
            )
            assert psnr(shown(data), PATCHES) > 26

    def test_white_paper_is_white_and_black_ink_is_dark(self) -> None:
        for settings in ({}, {"icc_profile": cmyk_profile()}):
            for level, check in (
                (0, lambda seen: seen.min() > 225),
                (255, lambda seen: seen.max() < 90),
            ):
                image = Image.merge(
                    "CMYK", [Image.new("L", (64, 48), 0)] * 3 + [Image.new("L", (64, 48), level)]
                )
                for format_ in ("JPEG", "TIFF"):
                    assert check(shown(encoded(image, format_, **settings))), (level, format_)

    def test_with_a_profile_differs_from_the_plain_complement(self) -> None:
        image = PATCHES.convert("CMYK")
        plain, profiled = (
            shown(encoded(image, "TIFF", **settings)).astype(int)
            for settings in ({}, {"icc_profile": cmyk_profile()})
        )
        assert np.abs(plain - profiled).mean() > 5

    def test_with_a_profile_is_what_its_table_says(self) -> None:
        inks = np.array(
            [
                [0, 0, 0, 0],
                [255, 0, 0, 0],
                [0, 255, 0, 0],
                [0, 0, 255, 0],
                [128, 64, 0, 0],
                [0, 128, 128, 64],
            ],
            np.uint8,
        )
        image = Image.frombytes(
            "CMYK", (96, 16), inks.repeat(16, 0).reshape(1, 96, 4).repeat(16, 0).tobytes()
        )

        seen = shown(encoded(image, "TIFF", icc_profile=cmyk_profile()))[8, 8::16].astype(int)

        xyz = icc.lab_to_xyz(icc.press()(inks / 255.0))
        light = xyz @ np.linalg.inv(icc.matrix(icc.SRGB)).T
        expected = np.rint(icc.srgb_encode(light) * 255)
        assert np.abs(seen - expected).max() <= 6

    def test_of_adobe_is_inverted_once(self) -> None:
        """Pillow writes Adobe's marker, which says that the inks are stored inverted."""
        data = encoded(PATCHES.convert("CMYK"), "JPEG", quality=95)
        assert b"Adobe" in data
        assert psnr(shown(data), PATCHES) > 26
        assert psnr(shown(Image.open(io.BytesIO(data))), PATCHES) > 26
        assert psnr(shown(decoded(data)), PATCHES) > 26

    def test_is_a_jpeg_or_png_of_rgb_in_the_end(self) -> None:
        thumb = thumbnail(photograph("coffee").convert("CMYK"))
        assert decoded(thumb.data).mode == "RGB"
