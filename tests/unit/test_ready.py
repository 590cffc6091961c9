"""What is a thumbnail already is shown as it is, byte for byte, and nothing else is."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from zoo import decoded, mime_of, only_image, pixels, psnr
from zoo.images import animation, encoded, photograph

import imgdisplay
from imgdisplay import DecodeError, overlay, thumbnail

NOISE = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)


def test_a_thumbnail_of_a_thumbnail_is_itself() -> None:
    made = thumbnail(photograph())

    again = thumbnail(made.data)

    assert made.mime == "image/jpeg"
    assert again.data == made.data
    assert (again.width, again.height) == (made.width, made.height)
    assert (again.pixel_width, again.pixel_height) == (made.pixel_width, made.pixel_height)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 1000), (4000, 2999), (97, 95)])
@pytest.mark.parametrize(
    ("box", "scale"), [(96, 1.7), (50, 1.75), (96, 1.3), (128, 1), ((99, 40), 2.3)]
)
def test_whatever_the_geometry(
    size: tuple[int, int], box: int | tuple[int, int], scale: float
) -> None:
    made = thumbnail(photograph().resize(size), size=box, scale=scale, format="jpeg")

    assert thumbnail(made.data, size=box, scale=scale).data == made.data


def test_even_of_noise() -> None:
    made = thumbnail(NOISE)

    assert thumbnail(made.data).data == made.data


@pytest.mark.parametrize("quality", [30, 75, 90, 95])
def test_of_every_usual_quality(quality: int) -> None:
    made = thumbnail(photograph(), quality=quality)

    assert thumbnail(made.data).data == made.data


def test_webp_stays_webp_unless_another_format_is_asked_for() -> None:
    made = thumbnail(photograph(), format="webp")

    assert thumbnail(made.data).data == made.data
    assert thumbnail(made.data, format="webp").data == made.data
    assert thumbnail(made.data, format="jpeg").mime == "image/jpeg"
    assert thumbnail(made.data, format="png").mime == "image/png"


def test_transparent_webp_says_that_it_is_transparent() -> None:
    image = photograph().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    made = thumbnail(image, format="webp")

    again = thumbnail(made.data)

    assert again.data == made.data
    assert again.transparent
    assert not thumbnail(made.data, background="white").transparent
    assert decoded(thumbnail(made.data, background="white").data).mode == "RGB"


def test_a_file_is_read_as_well(tmp_path: Path) -> None:
    made = thumbnail(photograph())
    path = tmp_path / "small.jpg"
    path.write_bytes(made.data)

    again = thumbnail(path)

    assert again.data == made.data
    assert again.name == "small.jpg"


def test_pngs_have_the_same_pixels_again() -> None:
    drawing = Image.new("RGB", (640, 480), "white")
    drawing.paste("teal", (100, 100, 300, 200))
    see_through = photograph().convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    for image in (drawing, see_through):
        made = thumbnail(image)

        again = thumbnail(made.data)

        assert (made.mime, again.mime) == ("image/png", "image/png")
        assert np.array_equal(*(pixels(decoded(t.data), "RGBA") for t in (made, again)))


def test_what_a_file_holds_besides_its_pixels_does_not_travel() -> None:
    small = photograph().resize((120, 90))
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    data = encoded(small, "JPEG", comment=b"taken at home", exif=exif, quality=75)

    thumb = thumbnail(data)

    assert b"home" in data
    assert b"home" not in thumb.data
    assert np.array_equal(pixels(decoded(thumb.data)), pixels(decoded(data)))


def test_a_large_file_of_few_pixels_is_made_smaller() -> None:
    data = encoded(Image.fromarray(NOISE[:120, :120]), "JPEG", quality=100, subsampling=0)

    assert len(thumbnail(data).data) < len(data) / 2


def test_a_picture_that_is_shown_otherwise_is_encoded() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    small = photograph().resize((120, 90))
    turned = encoded(small, "JPEG", exif=exif)
    plain = encoded(small, "JPEG")
    grey = encoded(small.convert("L"), "JPEG")

    assert thumbnail(turned).data != turned
    assert decoded(thumbnail(turned).data).size == (90, 120)
    assert decoded(thumbnail(plain, size=40, scale=1).data).size == (40, 30)
    assert decoded(thumbnail(grey, colormap="viridis").data).mode == "RGB"
    drawn = thumbnail(plain, overlay=overlay(boxes=[(10, 10, 60, 60)]))
    assert psnr(pixels(decoded(drawn.data)), pixels(decoded(plain))) < 40


def test_a_profile_is_applied_and_not_cut_out() -> None:
    from PIL import ImageCms

    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    small = photograph().resize((120, 90))
    for profile in (swapped, srgb):
        data = encoded(small, "JPEG", icc_profile=profile.tobytes())
        thumb = thumbnail(data)
        assert b"ICC_PROFILE" not in thumb.data
        assert psnr(pixels(decoded(thumb.data)), pixels(decoded(data))) > 30


def test_an_animation_becomes_its_first_frame() -> None:
    moving = animation("WEBP")
    assert decoded(moving).is_animated  # type: ignore[attr-defined]

    assert not getattr(decoded(thumbnail(moving).data), "is_animated", False)


def test_a_broken_file_is_as_broken_as_ever() -> None:
    data = thumbnail(photograph()).data

    with pytest.raises(DecodeError, match="truncated"):
        thumbnail(data[: len(data) // 2])


def test_a_pipe_and_a_file_object_are_encoded_once_more() -> None:
    data = thumbnail(photograph()).data
    file = io.BytesIO(data)

    thumb = thumbnail(file)

    assert file.tell() == 0
    assert psnr(pixels(decoded(thumb.data)), pixels(decoded(data))) > 35


def test_tables_and_galleries_show_the_same_bytes() -> None:
    made = thumbnail(photograph())

    for html in (imgdisplay.gallery([made.data]), imgdisplay.img(made.data)):
        assert made.base64 in html
    assert only_image(imgdisplay.image_formatter(made.data))["src"] == made.data_uri


@pytest.mark.parametrize("side", [8, 28, 32])
def test_tiny_pictures_are_kept_pixel_by_pixel(side: int) -> None:
    tiny = NOISE[:side, :side]

    stored = thumbnail(tiny, pixelated=False)

    assert mime_of(stored.data) == "image/png"
    assert np.array_equal(pixels(decoded(stored.data)), tiny)
    assert thumbnail(stored.data).data == thumbnail(tiny).data


def test_small_pictures_that_are_not_tiny_may_be_jpeg() -> None:
    assert thumbnail(NOISE[:33, :33], pixelated=False).mime == "image/jpeg"
    assert thumbnail(NOISE, size=20, scale=1).mime == "image/jpeg"
