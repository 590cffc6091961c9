"""In which format a thumbnail is written, what is left of its pixels, and that nothing else is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, features
from zoo import decoded, embedded, on_grey, outcome, pixels, psnr, soup
from zoo.images import encoded, in_mode, opacity, photograph

import imgdisplay
from imgdisplay import EncodeError, OptionError, thumbnail

HAS_AVIF = features.check("avif")
PHOTOGRAPHS = ["astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry", "retina"]
GREY_PHOTOGRAPHS = ["camera", "gravel", "grass", "brick", "moon"]


def text_on(picture: Image.Image, color: str, words: str = "Sale 50 %") -> Image.Image:
    """Return a picture with rows of small text on it."""
    written_on = picture.copy()
    draw = ImageDraw.Draw(written_on)
    font = ImageFont.load_default(14)
    for top in range(4, picture.height, 20):
        draw.text((6, top), words * 6, fill=color, font=font)
    return written_on


def diagram(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return antialiased lines, axes and words on white, as plotting libraries draw them."""
    large = Image.new("RGB", (size[0] * 3, size[1] * 3), "white")
    draw = ImageDraw.Draw(large)
    x = np.linspace(0, 1, 300)
    for number, color in enumerate(["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"]):
        y = 0.5 + 0.4 * np.sin(6 * x + number)
        points = list(zip(x * large.width, y * large.height, strict=True))
        draw.line([(float(a), float(b)) for a, b in points], fill=color, width=6)
    draw.rectangle((60, 60, large.width - 60, large.height - 60), outline="black", width=4)
    draw.text((300, 100), "Residuals", fill="black", font=ImageFont.load_default(80))
    return large.resize(size, Image.Resampling.LANCZOS)


def matplotlib_figure() -> object:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    axes.plot(np.arange(20), np.arange(20) ** 2)
    axes.set_title("squares")
    return figure


def screenshot() -> Image.Image:
    image = Image.new("RGB", (800, 600), "#fafafa")
    ImageDraw.Draw(image).rectangle((0, 0, 800, 40), fill="#336699")
    for top in range(60, 600, 22):
        ImageDraw.Draw(image).text(
            (20, top), "the quick brown fox jumps", fill="#222", font=ImageFont.load_default(16)
        )
    return image


def labels() -> np.ndarray[Any, Any]:
    grid = np.add.outer(np.arange(300) // 60, np.arange(400) // 80)
    return np.asarray(grid, np.int32)


DRAWN: dict[str, tuple[Callable[[], object], dict[str, Any]]] = {
    "a diagram": (diagram, {}),
    "a figure of matplotlib": (matplotlib_figure, {}),
    "a screenshot": (screenshot, {}),
    "one colour": (lambda: Image.new("RGB", (640, 480), "teal"), {}),
    "a logo": (lambda: diagram((200, 200)).quantize(8), {}),
    "a mask of bools": (lambda: np.asarray(photograph("camera")) > 127, {"size": None}),
    "a mask of one bit": (lambda: in_mode("1").image, {"size": None}),
    "labels": (labels, {"colormap": "labels"}),
    "few greys": (lambda: np.asarray(photograph("camera")) // 16 * 16, {"size": None}),
    "8×8 pixels of noise": (lambda: noise(8, 8), {}),
    "28×28 greys": (lambda: noise(28, 28)[..., 0], {}),
    "an icon": (lambda: photograph("astronaut", (32, 32)), {}),
    "a drawing in shades of grey": (lambda: diagram().convert("L"), {}),
}


def _pierced() -> Image.Image:
    image = photograph("astronaut").convert("RGBA")
    image.putpixel((5, 5), (0, 0, 0, 0))
    return image


ALPHA: dict[str, Callable[[], object]] = {
    "RGBA": lambda: in_mode("RGBA").image,
    "LA": lambda: in_mode("LA").image,
    "RGBa": lambda: in_mode("RGBa").image,
    "La": lambda: in_mode("La").image,
    "PA": lambda: in_mode("PA").image,
    "one transparent pixel of a photograph": _pierced,
    "H×W×4": lambda: np.asarray(in_mode("RGBA").image),
}


def noise(height: int, width: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8)


def photographs() -> dict[str, Callable[[], object]]:
    def whole(name: str, mode: str) -> Callable[[], object]:
        return lambda: photograph(name, None).convert(mode)

    def sky() -> Image.Image:
        """A photograph of which half is an even sky, with the noise of a sensor."""
        image = photograph("rocket", (640, 480)).copy()
        blue = np.full((240, 640, 3), (110, 160, 220), np.int16)
        blue[..., 0] += np.linspace(0, 30, 240).astype(np.int16)[:, None]
        grain = np.random.default_rng(2).normal(0, 3, blue.shape)
        image.paste(Image.fromarray((blue + grain).clip(0, 255).astype(np.uint8)))
        return image

    return {
        **{name: whole(name, "RGB") for name in PHOTOGRAPHS},
        **{f"{name} in grey": whole(name, "L") for name in GREY_PHOTOGRAPHS},
        **{f"{name}, grey in RGB": whole(name, "RGB") for name in GREY_PHOTOGRAPHS},
        "china.jpg": lambda: photograph("china.jpg", None),
        "an opaque RGBA": whole("astronaut", "RGBA"),
        "an opaque LA": whole("camera", "LA"),
        "grey in RGBA": lambda: photograph("camera", None).convert("RGBA"),
        "CMYK": whole("astronaut", "CMYK"),
        "a photograph in 256 colours": lambda: photograph("chelsea", None).quantize(256),
        "16 bits": lambda: np.asarray(photograph("camera", None)).astype(np.uint16) * 257,
        "floats": lambda: np.asarray(photograph("astronaut", None)) / 255,
        "half a sky": sky,
    }


PHOTOGRAPHIC = photographs()


class TestPng:
    @pytest.mark.parametrize("name", DRAWN)
    def test_is_written_of_what_is_drawn(self, name: str) -> None:
        make, options = DRAWN[name]
        assert thumbnail(make(), **options).mime == "image/png"

    @pytest.mark.parametrize("name", ALPHA)
    def test_is_written_of_what_is_transparent(self, name: str) -> None:
        thumb = thumbnail(ALPHA[name](), size=None)

        assert thumb.mime == "image/png"
        assert thumb.transparent

    def test_loses_nothing(self) -> None:
        for make, options in DRAWN.values():
            source = make()
            one = thumbnail(source, **options)
            other = thumbnail(source, **{**options, "format": "png"})
            assert one.data == other.data

    def test_of_a_drawing_is_not_much_larger_than_a_jpeg(self) -> None:
        for source in (diagram(), diagram().convert("L")):
            as_png, as_jpeg = thumbnail(source), thumbnail(source, format="jpeg")
            assert len(as_png.data) <= 2.6 * len(as_jpeg.data)


class TestJpeg:
    @pytest.mark.parametrize("name", PHOTOGRAPHIC)
    def test_is_written_of_photographs(self, name: str) -> None:
        thumb = thumbnail(PHOTOGRAPHIC[name]())

        assert thumb.mime == "image/jpeg"
        assert not thumb.transparent

    @pytest.mark.parametrize("name", PHOTOGRAPHIC)
    def test_of_a_photograph_is_much_smaller_than_a_png(self, name: str) -> None:
        source = PHOTOGRAPHIC[name]()

        assert len(thumbnail(source).data) < 0.7 * len(thumbnail(source, format="png").data)

    def test_of_a_photograph_looks_like_it(self) -> None:
        for name in PHOTOGRAPHS:
            source = photograph(name, None)
            seen, exact = (
                pixels(decoded(thumbnail(source, format=format_).data))
                for format_ in ("auto", "png")
            )
            assert psnr(seen, exact) > 30

    def test_of_a_grey_photograph_has_one_channel_or_none_that_is_coloured(self) -> None:
        seen = pixels(decoded(thumbnail(photograph("camera", None).convert("RGB")).data))
        assert np.ptp(seen.astype(int), axis=2).max() <= 2

    @pytest.mark.parametrize("quality", [1, 50, 75, 90, 95, 100])
    def test_can_be_written_of_pixels_without_any_order(
        self, quality: int, capfd: pytest.CaptureFixture[str]
    ) -> None:
        whole = noise(600, 600)

        thumb = thumbnail(whole, size=None, quality=quality)

        assert thumb.mime == "image/jpeg"
        assert decoded(thumb.data).size == (600, 600)
        assert capfd.readouterr().err == ""

    def test_of_gravel_at_high_quality_can_be_written(self) -> None:
        gravel = photograph("gravel", None).convert("RGB").resize((1024, 1024))
        gravel = Image.merge("RGB", [gravel.getchannel(0).rotate(90 * n) for n in range(3)])

        assert decoded(thumbnail(gravel, size=None, quality=94).data).size == (1024, 1024)

    def test_is_written_without_touching_the_limits_of_pillow(self) -> None:
        from PIL import ImageFile

        before = ImageFile.MAXBLOCK
        thumbnail(noise(600, 600), size=None)
        assert before == ImageFile.MAXBLOCK


class TestChroma:
    """Red text on a photograph smears where its colours are stored at half the resolution."""

    @pytest.mark.parametrize("color", ["#ff0000", "#0000ff", "#00c000", "#ff00ff"])
    @pytest.mark.parametrize("name", ["camera", "china.jpg", "coffee"])
    def test_of_coloured_text_is_kept(self, name: str, color: str) -> None:
        picture = text_on(photograph(name, (360, 240)).convert("RGB"), color)
        exact = np.asarray(picture.convert("YCbCr"))[..., 1:]
        halved = encoded(picture, "JPEG", quality=75, subsampling=2)

        thumb = thumbnail(picture, size=None)

        assert thumb.mime == "image/jpeg"
        seen, smeared = (
            np.asarray(decoded(data).convert("YCbCr"))[..., 1:] for data in (thumb.data, halved)
        )
        assert psnr(seen, exact) > psnr(smeared, exact) + 3

    def test_of_one_red_line_is_kept(self) -> None:
        picture = photograph("coffee", (360, 240)).copy()
        ImageDraw.Draw(picture).line((10, 121, 350, 121), fill="red")

        seen = pixels(decoded(thumbnail(picture, size=None).data))[121, 20:340].astype(int)

        redness = seen[:, 0] - seen[:, 1:].max(axis=1)
        assert np.median(redness) > 170

    def test_of_an_overlay_is_kept(self) -> None:
        boxes = imgdisplay.overlay(boxes=[[40, 40, 200, 160]], color="#ff0000")
        seen = pixels(decoded(thumbnail(photograph("camera"), size=None, overlay=boxes).data))
        redness = seen[..., 0].astype(int) - seen[..., 1:].max(axis=2)
        assert (redness > 170).sum() > 200


def png_chunks(data: bytes) -> Iterator[bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind
        at += 12 + length
    assert at == len(data)


def jpeg_segments(data: bytes) -> Iterator[int]:
    """Yield the markers up to the first scan; nothing may follow the end of the image."""
    assert data[:2] == b"\xff\xd8"
    at = 2
    while True:
        marker, length = struct.unpack_from(">xBH", data, at)
        yield marker
        at += 2 + length
        if marker == 0xDA:
            break
    assert data.index(b"\xff\xd9", at) == len(data) - 2


def riff_chunks(data: bytes) -> Iterator[bytes]:
    assert data[:4] + data[8:12] == b"RIFFWEBP"
    assert int.from_bytes(data[4:8], "little") + 8 == len(data)
    at = 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind
        at += 8 + length + length % 2


JFIF, DQT, SOF0, SOF2, DHT, SOS, DRI = 0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xDD


def assert_nothing_but_pixels(data: bytes) -> None:
    for word in (b"SECRET", b"S\0E\0C\0R\0E\0T", b"Exif\0\0", b"ICC_PROFILE", b"http://ns.adobe"):
        assert word not in data
    picture = decoded(data)
    assert not {"exif", "xmp", "icc_profile", "comment", "Comment"} & picture.info.keys()
    assert dict(picture.getexif()) == {}
    if picture.format == "PNG":
        assert set(png_chunks(data)) <= {
            *(b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")
        }
    elif picture.format == "JPEG":
        assert set(jpeg_segments(data)) <= {JFIF, DQT, SOF0, SOF2, DHT, SOS, DRI}
    elif picture.format == "WEBP":
        assert set(riff_chunks(data)) <= {*(b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF")}


@cache
def told_on() -> dict[str, bytes]:
    """Return files that hold more than pixels, by format."""
    picture = photograph("astronaut")
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = exif[0x8298] = "SECRET"  # description, artist, copyright
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0SECRET"  # the user's comment
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 29: "SECRET"})  # GPS
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET</x:xmpmeta> http://ns.adobe.com/'
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "SECRET")
    words.add_text("Author", "SECRET", zip=True)
    words.add_itxt("XML:com.adobe.xmp", "SECRET")
    every: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": icc}
    trailing = b"SECRET" * 20
    files = {
        "jpeg": encoded(picture, "JPEG", comment=b"SECRET", xmp=xmp, **every) + trailing,
        "png": encoded(picture, "PNG", pnginfo=words, **every) + trailing,
        "webp": encoded(picture, "WEBP", xmp=xmp, **every) + trailing,
        "gif": encoded(picture, "GIF", comment=b"SECRET") + trailing,
        "tiff": encoded(picture, "TIFF", description="SECRET", artist="SECRET", exif=exif),
        "jp2": encoded(picture, "JPEG2000", comment=b"SECRET") + trailing,
        "transparent png": encoded(in_mode("RGBA").image, "PNG", pnginfo=words, **every),
        "tiny png": encoded(picture.resize((16, 16)), "PNG", pnginfo=words, **every) + trailing,
        "palette png": encoded(picture.quantize(16), "PNG", pnginfo=words, **every),
    }
    if HAS_AVIF:
        files["avif"] = encoded(picture, "AVIF", xmp=xmp, **every) + trailing
    for name, data in files.items():
        assert b"SECRET" in data, name
    return files


class TestNothingButPixels:
    """No EXIF, position, comment, profile or trailing data leaves with a picture."""

    FORMATS = ("auto", "jpeg", "png", "webp") + (("avif",) if HAS_AVIF else ())

    @pytest.mark.parametrize("format_", FORMATS)
    @pytest.mark.parametrize("size", [96, None])
    def test_is_in_any_output_of_any_file(self, format_: Any, size: int | None) -> None:
        for data in told_on().values():
            assert_nothing_but_pixels(thumbnail(data, format=format_, size=size).data)

    @pytest.mark.parametrize("format_", FORMATS)
    def test_is_left_of_images_that_the_caller_has_opened(self, format_: Any) -> None:
        for data in told_on().values():
            with Image.open(io.BytesIO(data)) as lazy:
                assert_nothing_but_pixels(thumbnail(lazy, format=format_, size=None).data)
                lazy.load()
                before = dict(lazy.info)
                assert_nothing_but_pixels(thumbnail(lazy, format=format_, size=None).data)
                assert lazy.info == before

    @pytest.mark.parametrize("format_", ["auto", "png", "webp", *(["avif"] if HAS_AVIF else [])])
    def test_is_in_an_animation(self, format_: Any) -> None:
        frames = [photograph("astronaut").rotate(angle) for angle in (0, 90, 180)]
        xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET</x:xmpmeta>'
        exif = Image.Exif()
        exif[0x010E] = "SECRET"
        told = [
            encoded(
                frames[0],
                kind,
                save_all=True,
                append_images=frames[1:],
                duration=50,
                **({"comment": b"SECRET"} if kind == "GIF" else {"exif": exif}),
                **({"xmp": xmp} if kind == "WEBP" else {}),
            )
            for kind in ("GIF", "WEBP", "PNG")
        ]
        for data in told:
            assert b"SECRET" in data
            thumb = thumbnail(data, animate=True, format=format_)
            assert getattr(Image.open(io.BytesIO(thumb.data)), "n_frames", 1) == 3
            assert_nothing_but_pixels(thumb.data)

    def test_is_in_strips_views_and_reduced_pictures(self) -> None:
        data = told_on()["jpeg"]
        frame = pd.DataFrame({"one": [data] * 12, "strip": [[data, data]] * 12})

        for options in ({}, {"zoom": 300}, {"max_output_bytes": 60_000}):
            html = imgdisplay.table(frame, **options)  # type: ignore[arg-type]
            found = soup(html).find_all("img")
            assert len(found) >= 20
            for tag in found:
                written = io.BytesIO()
                embedded(tag).save(written, "PNG")
                assert "SECRET" not in str(tag)
                assert not {"exif", "xmp", "icc_profile", "comment"} & embedded(tag).info.keys()

    def test_is_in_the_source_that_is_already_a_thumbnail(self) -> None:
        small = encoded(photograph("astronaut", (96, 64)), "JPEG", comment=b"SECRET")

        assert_nothing_but_pixels(thumbnail(small).data)

    def test_is_said_but_the_name_the_size_and_the_mode(self, tmp_path: Path) -> None:
        path = tmp_path / "holiday.jpg"
        path.write_bytes(told_on()["jpeg"])

        html = imgdisplay.img(path)

        assert "SECRET" not in html
        assert str(tmp_path) not in html


class TestTheQuality:
    @pytest.mark.parametrize("format_", ["jpeg", "webp", *(["avif"] if HAS_AVIF else [])])
    def test_costs_bytes_and_brings_likeness(self, format_: Any) -> None:
        source = photograph("chelsea")
        thumbs = [
            thumbnail(source, size=None, format=format_, quality=quality)
            for quality in (5, 30, 60, 90)
        ]
        sizes = [len(thumb.data) for thumb in thumbs]
        likeness = [psnr(pixels(decoded(thumb.data)), source) for thumb in thumbs]

        assert sizes == sorted(sizes)
        assert sizes[0] * 2 < sizes[-1]
        assert likeness == sorted(likeness)
        assert likeness[0] + 5 < likeness[-1]

    def test_changes_nothing_that_is_written_without_loss(self) -> None:
        for source in (diagram(), in_mode("RGBA").image, noise(8, 8)):
            worst, best = (thumbnail(source, quality=quality).data for quality in (1, 100))
            assert worst == best


class TestTheFormat:
    def test_of_a_table_is_the_one_that_was_asked_for(self) -> None:
        frame = pd.DataFrame(
            {"p": [photograph("astronaut"), diagram(), in_mode("RGBA").image, noise(8, 8)]}
        )
        for format_, name in [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")]:
            html = imgdisplay.table(frame, format=format_)  # type: ignore[arg-type]
            assert [embedded(tag).format for tag in soup(html).find_all("img")] == [name] * 4

    @pytest.mark.parametrize("format_", ["webp", "png", *(["avif"] if HAS_AVIF else [])])
    def test_keeps_transparency_if_it_can(self, format_: Any) -> None:
        thumb = thumbnail(in_mode("RGBA").image, size=None, format=format_)

        assert thumb.transparent
        alpha = pixels(decoded(thumb.data), "RGBA")[..., 3]
        assert np.abs(alpha.astype(int) - np.asarray(opacity())).mean() < 3

    def test_without_transparency_stands_on_white(self) -> None:
        image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
        image.paste((255, 0, 0, 128), (0, 0, 32, 48))

        seen = pixels(decoded(thumbnail(image, format="jpeg").data))

        assert np.abs(seen[5:-5, 40:-5].astype(int) - 255).max() <= 2
        assert np.abs(seen[5:-5, 5:24].astype(int) - (255, 127, 127)).max() <= 6

    def test_that_cannot_hold_the_picture_says_so(self) -> None:
        wide = Image.new("L", (17_000, 10))

        error = outcome(lambda: thumbnail(wide, size=None, format="webp"))

        assert isinstance(error, EncodeError)
        assert "webp" in str(error)
        assert "17000" in str(error)

    def test_that_cannot_hold_one_picture_costs_one_cell(self) -> None:
        frame = pd.DataFrame({"p": [Image.new("L", (17_000, 10)), photograph("camera")]})

        html = imgdisplay.table(frame, size=None, format="webp")

        found = soup(html).find_all("img")
        assert ["imgdisplay-broken" in tag["class"] for tag in found] == [True, False]


class TestTheBackground:
    @pytest.mark.parametrize(
        ("color", "seen"),
        [
            ("white", (255, 255, 255)),
            ("#0f0", (0, 255, 0)),
            ("#102030", (16, 32, 48)),
            ("hsl(240, 100%, 50%)", (0, 0, 255)),
            ("rgb(1, 2, 3)", (1, 2, 3)),
        ],
    )
    @pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
    def test_is_seen_where_nothing_else_is(
        self, mode: str, color: str, seen: tuple[int, ...]
    ) -> None:
        thumb = thumbnail(in_mode(mode).image, size=None, format="png", background=color)

        shown = decoded(thumb.data)
        assert not thumb.transparent
        assert pixels(shown, "RGBA")[..., 3].min() == 255
        assert np.abs(pixels(shown)[:, 0].astype(int) - seen).max() <= 1

    def test_is_mixed_with_what_is_half_transparent(self) -> None:
        image = in_mode("RGBA").image
        expected = Image.alpha_composite(Image.new("RGBA", image.size, "#3060a0"), image)

        seen = decoded(thumbnail(image, size=None, format="png", background="#3060a0").data)

        assert psnr(pixels(seen), pixels(expected)) > 50

    def test_makes_a_photograph_opaque_and_so_a_jpeg_without_backdrop(self) -> None:
        html = imgdisplay.img(in_mode("RGBA").image, background="#804020")

        (tag,) = soup(html).find_all("img")
        assert embedded(tag).format == "JPEG"
        assert "background" not in str(tag["style"])

    def test_is_not_seen_behind_opaque_pictures(self) -> None:
        source = photograph("coffee")
        assert thumbnail(source, background="lime").data == thumbnail(source).data

    def test_leaves_no_fringe_of_what_is_hidden(self) -> None:
        image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
        image.paste((0, 0, 255, 255), (97, 97, 303, 303))

        seen = pixels(decoded(thumbnail(image, size=50, scale=1, background="blue").data))

        assert np.abs(seen.astype(int) - (0, 0, 255)).max() <= 2

    def test_reaches_every_picture_of_a_strip_and_of_a_table(self) -> None:
        image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))

        strip = pixels(decoded(thumbnail([image, image], background="lime").data), "RGBA")
        assert (strip[:, 8] == (0, 255, 0, 255)).all()
        html = imgdisplay.table(pd.DataFrame({"p": [image]}), background="lime")
        (tag,) = soup(html).find_all("img")
        assert (on_grey(embedded(tag)) == (0, 255, 0)).all()

    def test_of_a_palette_with_a_transparent_colour(self) -> None:
        image = Image.new("P", (64, 48), 0)
        image.putpalette([10, 20, 30, 200, 100, 50])
        image.paste(1, (0, 0, 32, 48))
        image.info["transparency"] = 0

        seen = pixels(decoded(thumbnail(image, background="#00ffff").data))

        assert (seen[5, 5] == (200, 100, 50)).all()
        assert (seen[5, 60] == (0, 255, 255)).all()

    def test_that_is_no_colour_is_refused_at_once(self) -> None:
        error = outcome(lambda: thumbnail(photograph(), background="whitish"))
        assert isinstance(error, OptionError)
        assert "background" in str(error)


class TestTheBytes:
    def test_of_the_same_pixels_are_the_same(self) -> None:
        for source in (photograph("astronaut"), diagram(), in_mode("RGBA").image):
            assert thumbnail(source).data == thumbnail(source.copy()).data

    def test_are_few_for_a_thumbnail(self) -> None:
        for name in PHOTOGRAPHS:
            assert len(thumbnail(photograph(name, None)).data) < 16_000
