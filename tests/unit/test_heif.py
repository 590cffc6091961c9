"""HEIF pictures, as phones take them: shown where the library for them is installed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image
from zoo import decoded, elements, outcome, pixels, psnr
from zoo.images import corners_seen, encoded, four_corners, photograph

from imgdisplay import DecodeError, MissingExtra, SourceRefused, gallery, open_image, thumbnail

PHOTO = photograph("chelsea")


def heif(picture: Image.Image, **settings: object) -> bytes:
    """Return a picture as a HEIF file."""
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=95, **settings)
    return file.getvalue()


@pytest.mark.parametrize("isolate", [False, True])
def test_a_heif_file_is_shown(isolate: bool) -> None:
    shown = thumbnail(heif(PHOTO), size=None, format="png", isolate=isolate)

    assert psnr(pixels(decoded(shown.data)), pixels(PHOTO)) > 35


def test_with_its_transparency() -> None:
    picture = PHOTO.convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(PHOTO.size))

    shown = decoded(thumbnail(heif(picture), size=None).data)

    assert psnr(pixels(shown.getchannel("A"), "L"), pixels(picture.getchannel("A"), "L")) > 35


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_upright_once(orientation: int) -> None:
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    turned[8] = Image.Transpose.ROTATE_270
    picture = four_corners()
    if orientation in turned:
        picture = picture.transpose(turned[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    written = pillow_heif.from_pillow(picture)
    written.info["exif"] = exif.tobytes()
    written.save(file, quality=95)

    shown = decoded(thumbnail(file.getvalue()).data)

    assert corners_seen(shown) == ["red", "green", "blue", "yellow"]


class TestPreviews:
    """Phones put a small copy into each file; decoding it takes a part of the time."""

    PICTURE = PHOTO.resize((600, 400))

    def test_are_shown_when_asked_for_and_large_enough(self) -> None:
        data = heif(self.PICTURE, thumbnails=[320])

        thumb = thumbnail(data, size=200, scale=1, embedded_previews=True)

        assert thumb.notes == ("its embedded preview",)
        assert (thumb.width, thumb.height, thumb.source_size) == (200, 133, (600, 400))
        whole = thumbnail(data, size=200, scale=1)
        assert psnr(pixels(decoded(thumb.data)), pixels(decoded(whole.data))) > 28

    @pytest.mark.parametrize(
        ("thumbnails", "options"),
        [([320], {}), ([160], {"embedded_previews": True}), ([], {"embedded_previews": True})],
        ids=["not asked for", "too small", "none there"],
    )
    def test_are_not_shown_otherwise(self, thumbnails: list[int], options: dict[str, bool]) -> None:
        data = heif(self.PICTURE, thumbnails=thumbnails)

        thumb = thumbnail(data, size=200, scale=1, **options)  # type: ignore[arg-type]

        assert thumb.notes == ()

    def test_of_turned_pictures_are_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        written = pillow_heif.from_pillow(four_corners().resize((800, 600)))
        written.info["exif"] = exif.tobytes()
        file = io.BytesIO()
        written.save(file, quality=95, thumbnails=[400])

        thumb = thumbnail(file.getvalue(), embedded_previews=True)
        whole = thumbnail(file.getvalue())

        assert thumb.notes == ("its embedded preview",)
        assert (thumb.width, thumb.height) == (whole.width, whole.height)
        assert corners_seen(decoded(thumb.data)) == corners_seen(decoded(whole.data))

    def test_do_not_change_what_is_opened_whole(self) -> None:
        data = heif(self.PICTURE, thumbnails=[320])

        assert open_image(data, embedded_previews=True).size == (600, 400)


def test_within_the_limits() -> None:
    data = heif(PHOTO.resize((800, 800)))

    for limit in ("max_pixels", "max_memory"):
        least = {"max_pixels": 1000, "max_memory": 2**20}[limit]
        error = outcome(lambda: thumbnail(data, **{limit: least}))  # type: ignore[arg-type]  # noqa: B023
        assert isinstance(error, SourceRefused)
        assert f"{limit}=…" in str(error)


def test_a_broken_one_costs_one_picture() -> None:
    data = heif(PHOTO)
    for tenth in range(1, 10):
        drawn = gallery([data[: len(data) * tenth // 10], PHOTO], cache=False)
        assert sum(tag.name == "img" for tag in elements(drawn)) == 2
    assert isinstance(outcome(lambda: thumbnail(data[:200])), DecodeError)


def test_an_avif_file_is_none_of_these(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)

    assert thumbnail(encoded(PHOTO, "AVIF"), cache=False).width == 96


def test_without_the_library_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = heif(PHOTO)
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)

    error = outcome(lambda: thumbnail(data, cache=False))

    assert isinstance(error, MissingExtra)
    assert "pip install 'imgdisplay-jupyter[heif]'" in str(error)


def test_pillow_does_not_open_such_files_because_we_do(python: Callable[..., str]) -> None:
    code = """
        import sys, imgdisplay
        from PIL import Image
        imgdisplay.thumbnail(bytes.fromhex(sys.argv[1]))
        Image.init()
        print("HEIF" in Image.OPEN)
    """

    assert python(code, heif(PHOTO.resize((16, 16))).hex()) == "False"
