"""Conversions give the whole picture, exactly where the format can, and nothing but pixels."""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import struct
import tracemalloc
import typing
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, features
from zoo import decoded, mime_of, on_grey, pixels, psnr, shown
from zoo.images import (
    MODES,
    SIZE,
    TRANSPARENT,
    animation,
    corners_seen,
    encoded,
    four_corners,
    in_mode,
    opacity,
    photograph,
    stored,
)

import imgdisplay
from imgdisplay import (
    DecodeError,
    EncodeError,
    OptionError,
    Options,
    SourceError,
    SourceNotFound,
    SourceRefused,
    UnsupportedSource,
    open_image,
    overlay,
    set_options,
)
from imgdisplay.convert.arrays import to_array
from imgdisplay.convert.encoders import SUFFIXES
from imgdisplay.convert.files import as_file
from imgdisplay.convert.keywords import EncodingArgs, PixelArgs
from imgdisplay.convert.reading import from_base64, from_data_uri
from imgdisplay.convert.writing import to_base64, to_bytes
from imgdisplay.core.color.icc import matrix_profile
from imgdisplay.core.formats.stripping import without_metadata
from imgdisplay.options import OptionArgs

PHOTO = photograph("chelsea")
DEEP = np.arange(240 * 160, dtype=np.uint16).reshape(160, 240)
SECRET = "Elm Street 13"
FORMATS: list[Any] = [name for name in SUFFIXES if name != "avif" or features.check("avif")]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WIDE = matrix_profile(
    (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06), lambda value: float(value**2.2)
)


def seen(data: bytes) -> Image.Image:
    """Return what is seen of encoded bytes, as RGBA."""
    picture = decoded(data)
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 257, "L").convert("RGBA")
    return picture.convert("RGBA")


def same(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two pictures have equal pixels in equal modes."""
    return one.mode == other.mode and np.array_equal(np.asarray(one), np.asarray(other))


def on_white(picture: Image.Image) -> Image.Image:
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


class TestBytes:
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("format_", FORMATS)
    def test_show_every_mode_in_every_format(self, mode: str, format_: Any) -> None:
        picture = in_mode(mode)

        data = to_bytes(picture.image, format_, quality=95)

        assert mime_of(data) == f"image/{format_}"
        assert decoded(data).size == picture.image.size
        if format_ == "tiff" and mode in ("I", "F"):
            return  # exact, see below; Pillow's own conversion to RGB clips them
        if mode in TRANSPARENT and format_ in ("jpeg", "bmp", "gif"):
            assert psnr(pixels(seen(data)), on_white(picture.seen)) >= 25
        else:
            least = 24 if format_ in ("gif", "jpeg", "webp", "avif") else picture.least_psnr - 5
            assert psnr(on_grey(seen(data)), on_grey(picture.seen)) >= least

    @pytest.mark.parametrize("format_", ["png", "tiff"])
    @pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA"])
    def test_keep_mode_and_pixels_in_formats_without_loss(self, mode: str, format_: Any) -> None:
        picture = in_mode(mode).image

        assert same(decoded(to_bytes(picture, format_)), picture)

    @pytest.mark.parametrize("format_", ["png", "gif", "bmp"])
    def test_keep_a_palette(self, format_: Any) -> None:
        picture = in_mode("P").image

        written = decoded(to_bytes(picture, format_))

        assert written.mode == "P"
        assert (pixels(written) == pixels(picture)).all()

    @pytest.mark.parametrize("transparency", [7, bytes(range(200))])
    def test_keep_a_palette_with_opacity(self, transparency: int | bytes) -> None:
        picture = in_mode("P").image.copy()
        picture.info["transparency"] = transparency

        written = decoded(to_bytes(picture, "png"))

        assert written.mode == "P"
        assert (pixels(written, "RGBA") == pixels(picture, "RGBA")).all()

    @pytest.mark.parametrize("format_", ["png", "tiff", "webp"])
    @pytest.mark.parametrize("mode", ["P", "PA", "La", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"])
    def test_keep_what_is_seen_of_other_modes(self, mode: str, format_: Any) -> None:
        picture = in_mode(mode).image

        written = decoded(to_bytes(picture, format_, quality=100))

        assert (pixels(written, "RGBA") == shown(picture, "RGBA")).all()

    @pytest.mark.parametrize("format_", ["png", "tiff"])
    @pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I"])
    def test_keep_16_bits_of_grey(self, mode: str, format_: Any) -> None:
        picture = in_mode(mode).image

        written = decoded(to_bytes(picture, format_))

        assert written.mode in ("I;16", "I")
        assert (np.asarray(written) == np.asarray(picture)).all()

    def test_keep_16_bits_of_grey_that_use_12(self) -> None:
        picture = Image.fromarray(DEEP % 4096)

        assert (np.asarray(decoded(to_bytes(picture, "png"))) == DEEP % 4096).all()
        assert decoded(to_bytes(picture, "png", value_range=(0, 4095))).mode == "L"

    def test_keep_the_transparent_grey_of_16_bits(self) -> None:
        picture = Image.fromarray(DEEP)
        picture.info["transparency"] = 300

        written = decoded(to_bytes(picture, "png"))

        assert written.info["transparency"] == 300
        assert (np.asarray(written) == DEEP).all()

    @pytest.mark.parametrize("array", [DEEP, DEEP[..., None], DEEP[None], DEEP.astype(">u2")])
    def test_keep_arrays_of_16_bits(self, array: NDArray[Any]) -> None:
        for format_ in ("png", "tiff"):
            assert (np.asarray(decoded(to_bytes(array, format_))) == DEEP).all()  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "array",
        [np.ma.masked_less(DEEP, 5), np.dstack([DEEP] * 3), DEEP.astype(np.int32)],
        ids=["masked", "colours", "int32"],
    )
    def test_show_other_deep_arrays_as_ever(self, array: NDArray[Any]) -> None:
        assert (pixels(decoded(to_bytes(array, "png"))) == shown(array)).all()

    @pytest.mark.parametrize("mode", ["I", "F"])
    def test_keep_numbers_in_tiff(self, mode: str) -> None:
        values = np.linspace(-70_000, 70_000, 4000).reshape(40, 100)
        picture = Image.fromarray(values.astype(np.int32 if mode == "I" else np.float32))

        assert same(decoded(to_bytes(picture, "tiff")), picture)
        assert (pixels(decoded(to_bytes(picture, "png"))) == shown(picture)).all()

    def test_gif_is_exact_up_to_256_colours(self) -> None:
        few = PHOTO.quantize(256).convert("RGB")
        with_holes = few.quantize(200).convert("RGBA")
        with_holes.putalpha(opacity().point(lambda value: 255 * (value > 99)))

        assert psnr(seen(to_bytes(few, "gif")).convert("RGB"), few) > 40
        assert psnr(on_grey(seen(to_bytes(with_holes, "gif"))), on_grey(with_holes)) > 40

    def test_webp_is_exact_at_quality_100(self) -> None:
        picture = in_mode("RGBA").image

        assert same(decoded(to_bytes(picture, "webp", quality=100)), picture)
        assert len(to_bytes(picture, "webp", quality=50)) < len(
            to_bytes(picture, "webp", quality=100)
        )

    def test_of_arrays_are_those_of_their_picture(self) -> None:
        array = np.asarray(PHOTO)

        assert (pixels(decoded(to_bytes(array))) == array).all()
        assert (pixels(decoded(to_bytes(array[..., ::-1], color_order="bgr"))) == array).all()
        moved = np.moveaxis(array, 2, 0)
        assert (pixels(decoded(to_bytes(moved, channels="first"))) == array).all()

    def test_are_upright(self) -> None:
        for orientation in range(1, 9):
            picture, exif = stored(orientation)
            for format_, settings in [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {})]:
                file = encoded(picture, format_, exif=exif, **settings)
                for wanted in (None, "png", "jpeg"):
                    written = decoded(to_bytes(file, wanted))  # type: ignore[arg-type]
                    assert corners_seen(written) == ["red", "green", "blue", "yellow"]
                    assert written.size == SIZE
                    assert written.getexif().get(0x0112, 1) == 1

    def test_of_a_turned_jpeg_are_as_fine_as_it_was(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 3
        for quality in (60, 97):
            file = encoded(PHOTO, "JPEG", quality=quality, exif=exif)

            written = decoded(to_bytes(file))

            assert written.format == "JPEG"
            assert psnr(pixels(written), PHOTO.transpose(Image.Transpose.ROTATE_180)) > (
                psnr(pixels(decoded(file)), PHOTO) - 1
            )
            assert len(to_bytes(file)) < 1.1 * len(file)
            assert len(to_bytes(file, quality=20)) < 0.7 * len(to_bytes(file))

    def test_of_a_camera_are_one_picture(self) -> None:
        file = encoded(PHOTO, "MPO", save_all=True, append_images=[PHOTO])

        written = to_bytes(file)

        assert decoded(written).format == "JPEG"
        assert written.count(b"\xff\xd8\xff") == 1
        assert same(decoded(written), decoded(file).copy())

    def test_without_a_format_stay_lossless_unless_they_were_jpeg(self) -> None:
        loaded = Image.open(io.BytesIO(encoded(PHOTO, "JPEG")))
        loaded.load()

        assert decoded(to_bytes(PHOTO)).format == "PNG"
        assert decoded(to_bytes(encoded(PHOTO, "BMP"))).format == "PNG"
        assert decoded(to_bytes(encoded(PHOTO, "WEBP"), size=50)).format == "PNG"
        assert decoded(to_bytes(loaded)).format == "JPEG"
        assert decoded(to_bytes(encoded(PHOTO, "JPEG"), size=50)).format == "JPEG"

    def test_auto_looks_at_the_pixels(self) -> None:
        assert decoded(to_bytes(PHOTO, "auto")).format == "JPEG"
        assert decoded(to_bytes(four_corners(), "auto")).format == "PNG"
        assert decoded(to_bytes(in_mode("RGBA").image, "auto")).format == "PNG"
        assert decoded(to_bytes(encoded(PHOTO, "WEBP"), "auto")).format == "JPEG"
        assert decoded(to_bytes(encoded(PHOTO, "PNG"), "auto")).format == "PNG"

    def test_are_whole_whatever_the_session_says_of_thumbnails(self) -> None:
        set_options(size=32, scale=4, format="webp")

        assert decoded(to_bytes(PHOTO)).size == PHOTO.size
        assert decoded(to_bytes(PHOTO)).format == "PNG"
        assert decoded(to_bytes(PHOTO, "auto")).format == "JPEG"

    def test_have_the_size_that_is_asked_for_in_pixels(self) -> None:
        assert decoded(to_bytes(PHOTO, size=120)).size == (120, 80)
        assert decoded(to_bytes(PHOTO, size=(60, 60))).size == (60, 40)
        assert decoded(to_bytes(PHOTO, size=60, scale=2)).size == (120, 80)
        assert decoded(to_bytes(PHOTO, size=2000)).size == PHOTO.size
        tiny = Image.new("RGB", (8, 8))
        assert decoded(to_bytes(tiny, size=64)).size == (8, 8)
        assert decoded(to_bytes(tiny, size=64, pixelated=True)).size == (64, 64)

    def test_take_the_options_of_pixels(self) -> None:
        clear = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
        boxed = to_bytes(PHOTO, overlay=overlay(boxes=[[10, 10, 99, 99]]))
        grey = np.zeros((40, 30), np.uint8)

        assert seen(to_bytes(clear, background="#00ff00")).getpixel((5, 5)) == (0, 255, 0, 255)
        assert not same(decoded(boxed), PHOTO)
        assert seen(to_bytes(grey, colormap="viridis")).getpixel((5, 5)) == (68, 1, 84, 255)
        assert seen(to_bytes(encoded(PHOTO), background="red")).size == PHOTO.size

    def test_of_several_pictures_are_a_strip(self) -> None:
        strip = decoded(to_bytes([PHOTO, PHOTO]))

        assert strip.width > strip.height * 2

    def test_move_if_that_is_asked_for(self) -> None:
        moving = animation("GIF")

        assert getattr(Image.open(io.BytesIO(to_bytes(moving))), "n_frames", 1) == 4
        for format_ in ("webp", "png"):
            data = to_bytes(moving, format_, animate=True)  # type: ignore[arg-type]
            assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 4
            data = to_bytes(moving, format_)  # type: ignore[arg-type]
            assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 1
        assert mime_of(to_bytes(moving, size=20, animate=True)) == "image/webp"
        assert mime_of(to_bytes(moving, "jpeg", animate=True)) == "image/jpeg"

    def test_leave_the_source_as_it_was(self) -> None:
        picture = in_mode("P").image.copy()
        picture.info["comment"] = b"mine"
        array = np.asarray(PHOTO).copy()
        file = io.BytesIO(encoded(PHOTO))
        file.seek(7)
        opened = Image.open(io.BytesIO(encoded(PHOTO)))

        for source in (picture, array, file, opened):
            for format_ in (None, "png", "jpeg"):
                to_bytes(source, format_)  # type: ignore[arg-type]

        assert picture.info == {"comment": b"mine"}
        assert same(picture, in_mode("P").image)
        assert (array == np.asarray(PHOTO)).all()
        assert file.tell() == 7
        assert opened.tile  # still not loaded

    def test_come_from_a_pipe_that_is_read_once(self) -> None:
        class Pipe(io.RawIOBase):
            def __init__(self, data: bytes) -> None:
                self._left = io.BytesIO(data)

            def readable(self) -> bool:
                return True

            def readinto(self, buffer: Any) -> int:
                return self._left.readinto(buffer)

        for format_ in ("PNG", "TIFF", "JPEG"):
            data = encoded(PHOTO, format_)
            assert same(decoded(to_bytes(Pipe(data), "png")), decoded(data).copy())

    def test_base64_is_that_of_the_bytes(self) -> None:
        for given in ({}, {"format": "jpeg"}, {"format": "webp", "size": 50}):
            text = to_base64(PHOTO, **given)  # type: ignore[arg-type]
            assert base64.b64decode(text, validate=True) == to_bytes(PHOTO, **given)  # type: ignore[arg-type]
            assert type(text) is str


# --- handing through, and metadata


def _jpeg(**settings: Any) -> bytes:
    return encoded(PHOTO, "JPEG", quality=90, **settings)


def _png(*chunks: tuple[bytes, bytes], **settings: Any) -> bytes:
    """Return a PNG with more chunks before its pixels."""
    data = encoded(PHOTO, "PNG", **settings)
    extra = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return data[:33] + extra + data[33:]


def _gif(*extensions: bytes) -> bytes:
    data = animation("GIF")
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    return data[:at] + b"".join(extensions) + data[at:]


def _webp(**settings: Any) -> bytes:
    return encoded(PHOTO, "WEBP", quality=80, **settings)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: SECRET})
    return exif


def _png_text(compressed: bool = False) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET, zip=compressed)
    info.add_itxt("Comment", SECRET, zip=compressed)
    return info


XMP = f"<x:xmpmeta><dc:title>{SECRET}</dc:title></x:xmpmeta>".encode()
COMMENT_EXTENSION = b"!\xfe" + bytes([len(SECRET)]) + SECRET.encode() + b"\0"
XMP_EXTENSION = b"!\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET.encode() + b"\0"

CLEAN = {
    "jpeg": _jpeg(),
    "jpeg progressive": _jpeg(progressive=True),
    "jpeg with restarts": _jpeg(restart_marker_blocks=2),
    "jpeg grey": encoded(photograph("camera"), "JPEG"),
    "jpeg inks": encoded(PHOTO.convert("CMYK"), "JPEG"),
    "png": _png(),
    "png palette": encoded(PHOTO.quantize(9)),
    "png deep": encoded(Image.fromarray(DEEP)),
    "png of known density and gamma": _png((b"gAMA", struct.pack(">I", 45455)), dpi=(300, 300)),
    "png that says sRGB": _png((b"sRGB", b"\0")),
    "png animated": animation("PNG"),
    "gif": encoded(PHOTO, "GIF"),
    "gif animated": animation("GIF"),
    "webp": _webp(),
    "webp lossless": encoded(PHOTO, "WEBP", lossless=True),
    "webp transparent": encoded(in_mode("RGBA").image, "WEBP"),
    "webp animated": animation("WEBP"),
}
"""Files that are handed through byte for byte."""

LADEN = {
    "jpeg exif": _jpeg(exif=_exif()),
    "jpeg comment": _jpeg(comment=SECRET),
    "jpeg xmp": _jpeg(xmp=XMP),
    "jpeg sRGB profile": _jpeg(icc_profile=SRGB),
    "jpeg trailing": _jpeg() + SECRET.encode(),
    "jpeg second picture": _jpeg() + _jpeg(comment=SECRET),
    "jpeg unknown segment": _jpeg()[:2] + b"\xff\xed\0\x0f" + SECRET.encode() + _jpeg()[2:],
    "jpeg with a thumbnail": _jpeg()[:2]
    + b"\xff\xe0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1ELM"
    + _jpeg()[20:],
    "jpeg progressive comment": _jpeg(progressive=True, comment=SECRET),
    "png text": _png(pnginfo=_png_text()),
    "png compressed text": _png(pnginfo=_png_text(compressed=True)),
    "png exif": _png(exif=_exif()),
    "png time": _png((b"tIME", bytes(7))),
    "png private chunk": _png((b"prVt", SECRET.encode())),
    "png chunk that is too long": _png((b"sRGB", b"\0" + SECRET.encode())),
    "png sRGB profile": _png(icc_profile=SRGB),
    "png trailing": _png() + SECRET.encode(),
    "gif comment": _gif(COMMENT_EXTENSION),
    "gif xmp": _gif(XMP_EXTENSION),
    "gif trailing": _gif() + SECRET.encode(),
    "webp exif": _webp(exif=_exif()),
    "webp xmp": _webp(xmp=XMP),
    "webp sRGB profile": _webp(icc_profile=SRGB),
    "webp trailing": _webp() + SECRET.encode(),
    "webp animated exif": encoded(
        Image.new("RGB", (64, 48), "red"),
        "WEBP",
        save_all=True,
        append_images=[Image.new("RGB", (64, 48), "blue")],
        exif=_exif(),
    ),
}
"""Files with what must not leave, which can be cut out."""


def _frames(data: bytes) -> list[NDArray[np.uint8]]:
    with Image.open(io.BytesIO(data)) as picture:
        frames = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            picture.load()
            frames.append(np.asarray(picture.convert("RGBA")))
        return frames


def metadata_of(data: bytes) -> set[str]:
    """Return what Pillow finds in a file besides pixels and what they need."""
    picture = decoded(data)
    harmless = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform"}
    harmless |= {"dpi", "gamma", "srgb", "interlace", "transparency", "background", "loop"}
    harmless |= {"version", "duration", "extension", "default_image", "blend", "disposal", "bbox"}
    harmless |= {"progressive", "progression", "timestamp", "compression", "resolution", "cicp"}
    found = {str(key) for key, value in picture.info.items() if key not in harmless and value}
    tags = set(picture.getexif()) - set(range(254, 340)) if picture.format == "TIFF" else None
    found |= {f"exif {tag}" for tag in (picture.getexif() if tags is None else tags)}
    return found | set(getattr(picture, "text", {}))


class TestAFileThatIsAlreadyWhatIsWanted:
    @pytest.mark.parametrize("name", CLEAN)
    def test_is_handed_through_byte_for_byte(self, name: str) -> None:
        data = CLEAN[name]
        format_: Any = name.split()[0]

        assert to_bytes(data) == data
        assert to_bytes(data, format_) == data
        assert to_bytes(io.BytesIO(data), format_, size=2000) == data
        assert base64.b64decode(to_base64(data)) == data
        assert not metadata_of(data)

    def test_is_not_copied(self) -> None:
        data = CLEAN["jpeg"]

        assert to_bytes(data) is data

    def test_is_handed_through_from_wherever_it_comes(self, tmp_path: Any) -> None:
        data = CLEAN["png"]
        path = tmp_path / "a.jpg"  # the suffix counts for nothing
        path.write_bytes(data)
        with Image.open(path) as opened:
            sources = [path, str(path), path.as_uri(), {"bytes": data, "path": None}, opened]
            sources += [f"data:image/png;base64,{base64.b64encode(data).decode()}"]
            sources += [bytearray(data), memoryview(data), imgdisplay.thumbnail(data, size=None)]
            for source in sources[:-1]:
                assert to_bytes(source) == data

            assert to_bytes(sources[-1]) == imgdisplay.thumbnail(data, size=None).data

    def test_is_written_anew_if_another_quality_is_wanted(self) -> None:
        data = CLEAN["jpeg"]

        assert len(to_bytes(data, quality=20)) < len(data) / 2
        assert to_bytes(CLEAN["png"], quality=20) == CLEAN["png"]

    def test_that_is_larger_than_the_limits_is_refused(self) -> None:
        for name in ("png", "jpeg", "gif", "webp"):
            with pytest.raises(SourceRefused, match="max_pixels"):
                to_bytes(CLEAN[name], max_pixels=1000)
            with pytest.raises(SourceRefused, match="max_file_bytes"):
                to_bytes(CLEAN[name], max_file_bytes=100)

    def test_may_be_larger_than_memory_sources_if_it_is_a_file(self, tmp_path: Any) -> None:
        path = tmp_path / "large.png"
        path.write_bytes(encoded(Image.fromarray(np.zeros((5000, 7000), np.uint8)), "TIFF"))

        assert len(path.read_bytes()) > 32 * 2**20
        assert decoded(to_bytes(path, size=70)).size == (70, 50)


class TestMetadata:
    @pytest.mark.parametrize("name", LADEN)
    def test_are_cut_out_and_the_pixels_stay(self, name: str) -> None:
        data = LADEN[name]

        stripped = to_bytes(data)

        assert SECRET.encode() not in stripped
        assert b"ELM" not in stripped
        assert not metadata_of(stripped)
        assert stripped == without_metadata(data) != data
        assert len(stripped) < len(data)
        assert mime_of(stripped) == f"image/{name.split()[0]}"
        before, after = _frames(data), _frames(stripped)
        assert len(before) == len(after)
        assert all((a == b).all() for a, b in zip(before, after, strict=True))
        assert to_bytes(stripped) == stripped

    @pytest.mark.parametrize("format_", FORMATS)
    @pytest.mark.parametrize("name", LADEN)
    def test_do_not_leave_in_any_format(self, name: str, format_: Any) -> None:
        for source in (LADEN[name], Image.open(io.BytesIO(LADEN[name])), decoded(LADEN[name])):
            data = to_bytes(source, format_)
            assert SECRET.encode() not in data
            assert SECRET.encode("utf-16-le") not in data
            assert not metadata_of(data)

    def test_of_a_tiff_do_not_leave(self) -> None:
        tags = {270: SECRET, 305: SECRET, 315: SECRET, 33432: SECRET, 700: XMP}
        data = encoded(PHOTO, "TIFF", tiffinfo=tags)
        assert SECRET.encode() in data

        for format_ in FORMATS:
            for source in (data, decoded(data)):
                assert SECRET.encode() not in to_bytes(source, format_)

    def test_are_kept_with_the_bytes_if_that_is_asked_for(self) -> None:
        tiff = encoded(PHOTO, "TIFF", tiffinfo={270: SECRET})

        for data in LADEN.values():
            assert to_bytes(data, metadata="keep") == data
        assert to_bytes(tiff, "tiff", metadata="keep") == tiff
        turned = encoded(stored(6)[0], "JPEG", exif=stored(6)[1])
        assert to_bytes(turned, metadata="keep") == turned
        assert to_base64(turned, metadata="keep") == base64.b64encode(turned).decode()

    @pytest.mark.parametrize("format_", ["png", "jpeg", "webp", "tiff"])
    def test_that_are_kept_go_along_into_another_format(self, format_: Any) -> None:
        exif = _exif()
        exif[0x0112] = 6
        data = encoded(stored(6)[0], "JPEG", exif=exif, quality=95)

        for source in (data, decoded(data)):
            written = decoded(to_bytes(source, format_, metadata="keep", quality=95))
            assert corners_seen(written) == ["red", "green", "blue", "yellow"]
            assert written.getexif()[0x010E] == SECRET
            assert written.getexif().get(0x0112, 1) == 1
            assert same(ImageOps.exif_transpose(written), written.copy())

    def test_that_are_kept_are_comments_xmp_and_texts_too(self) -> None:
        commented = _jpeg(comment=SECRET, xmp=XMP)
        texts = decoded(to_bytes(commented, "png", metadata="keep"))

        assert isinstance(texts, PngImagePlugin.PngImageFile)
        assert texts.text["Comment"] == SECRET
        assert SECRET in texts.text["XML:com.adobe.xmp"]
        assert decoded(to_bytes(commented, size=50, metadata="keep")).info["comment"] == (
            SECRET.encode()
        )
        assert decoded(to_bytes(commented, "webp", metadata="keep")).info["xmp"] == XMP
        resized = decoded(to_bytes(LADEN["png text"], size=50, metadata="keep"))
        assert isinstance(resized, PngImagePlugin.PngImageFile)
        assert resized.text["Author"] == SECRET
        assert decoded(to_bytes(LADEN["gif comment"], "jpeg", metadata="keep")).info["comment"]
        assert metadata_of(to_bytes(commented, "bmp", metadata="keep")) == set()

    def test_that_cannot_be_rewritten_are_said_so(self) -> None:
        picture = PHOTO.copy()
        picture.info["exif"] = b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 9

        assert to_bytes(picture, "png")
        try:
            to_bytes(picture, "png", metadata="keep")
        except SourceError as error:
            assert "metadata='strip'" in str(error)  # noqa: PT017 - some Pillows can


class TestColours:
    @pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
    def test_look_the_same_without_their_profile(self, format_: str) -> None:
        settings = {"quality": 95} if format_ != "PNG" else {}
        data = encoded(PHOTO, format_, icc_profile=WIDE, **settings)

        written = to_bytes(data)

        assert not metadata_of(written)
        assert psnr(pixels(decoded(written)), shown(data)) > 36
        assert psnr(pixels(decoded(data)), shown(data)) < 31

    def test_of_srgb_are_not_touched(self) -> None:
        assert (pixels(decoded(to_bytes(LADEN["png sRGB profile"]))) == np.asarray(PHOTO)).all()
        grey = encoded(photograph("camera"), "PNG", icc_profile=SRGB)
        assert same(decoded(to_bytes(grey)), photograph("camera"))

    @pytest.mark.parametrize(
        "chunks",
        [
            [(b"gAMA", struct.pack(">I", 100_000))],
            [(b"cICP", bytes([9, 16, 0, 1]))],
        ],
        ids=["gamma", "cicp"],
    )
    def test_that_a_png_declares_otherwise_are_converted(self, chunks: Any) -> None:
        data = _png(*chunks)

        written = to_bytes(data)

        assert (pixels(decoded(written)) == shown(data)).all()
        assert psnr(shown(data), PHOTO) < 30
        assert b"gAMA" not in written
        assert b"cICP" not in written

    def test_of_a_png_without_its_profile_are_not_changed_by_weaker_words(self) -> None:
        weaker = (b"gAMA", struct.pack(">I", 100_000))
        data = _png(weaker, icc_profile=SRGB)

        assert (shown(to_bytes(data)) == shown(data)).all()
        assert b"gAMA" not in to_bytes(data)

    def test_of_inks_are_converted_by_their_profile_or_handed_through(self) -> None:
        data = CLEAN["jpeg inks"]

        assert decoded(to_bytes(data)).mode == "CMYK"
        assert psnr(pixels(decoded(to_bytes(data, "png"))), shown(data)) == np.inf


class TestStripping:
    @pytest.mark.parametrize("name", [*CLEAN, *LADEN])
    def test_a_truncated_file_gives_none_or_raises(self, name: str) -> None:
        data = without_metadata({**CLEAN, **LADEN}[name])
        assert data is not None

        for length in {*range(60), *range(60, len(data), max(len(data) // 40, 1))}:
            assert without_metadata(data[:length]) is None

    @pytest.mark.parametrize("name", ["png", "jpeg", "gif", "webp"])
    def test_a_truncated_file_is_not_handed_through(self, name: str) -> None:
        with pytest.raises(DecodeError):
            to_bytes(CLEAN[name][: len(CLEAN[name]) // 2])

    def test_a_png_with_a_wrong_checksum_is_not_handed_through(self) -> None:
        data = bytearray(CLEAN["png"])
        data[len(data) // 2] ^= 1

        assert without_metadata(bytes(data)) is None

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"GIF89a",
            b"\xff\xd8\xff\xd9",
            b"RIFF\x04\0\0\0WEBP",
            b"\x89PNG\r\n\x1a\n",
            b"BM" + bytes(60),
            _png((b"CgBI", bytes(4))),
            CLEAN["jpeg"].replace(b"\xff\xda", b"\xff\x01", 1),
            CLEAN["jpeg"][:2] + CLEAN["jpeg"],
            _gif(b"!\x01\x0c" + bytes(12) + b"\0"),
            _gif(b"?"),
        ],
        ids=repr,
    )
    def test_what_is_irregular_gives_none(self, data: bytes) -> None:
        assert without_metadata(data) is None

    def test_fill_bytes_of_a_jpeg_are_left_out(self) -> None:
        data = CLEAN["jpeg"]

        assert without_metadata(data[:-2] + b"\xff\xff" + data[-2:]) == data
        assert without_metadata(data[:2] + b"\xff\xff" + data[2:]) == data

    def test_loops_of_an_animation_stay(self) -> None:
        data = encoded(
            Image.new("P", (9, 9), 0), "GIF", save_all=True, loop=3, append_images=[PHOTO]
        )
        laden = data[:-1] + COMMENT_EXTENSION + data[-1:]

        assert without_metadata(laden) == data
        assert Image.open(io.BytesIO(to_bytes(laden))).info["loop"] == 3


# --- back again


class TestBase64Text:
    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    def test_comes_back_as_the_same_image(self, mode: str) -> None:
        picture = in_mode(mode).image

        again = from_base64(to_base64(picture))

        assert same(again, picture)
        assert (np.asarray(again.convert("RGBA")) == np.asarray(picture.convert("RGBA"))).all()

    def test_comes_in_many_forms(self) -> None:
        data = CLEAN["png"]
        text = base64.b64encode(data).decode()
        wrapped = base64.encodebytes(data).decode()
        forms: list[str | bytes | bytearray] = [
            text,
            text.encode(),
            bytearray(text.encode()),
            text.rstrip("="),
            wrapped,
            wrapped.replace("\n", "\r\n"),
            f"\n\t {text} \r\n",
            base64.urlsafe_b64encode(data).decode(),
            base64.urlsafe_b64encode(data).rstrip(b"="),
            f"data:image/png;base64,{text}",
            f"  data:image/png;base64,{text}\n".encode(),
            f"DATA:image/png;charset=x;BASE64,{wrapped}",
            f"data:;base64,{text}",
            f"data:application/octet-stream;base64,{text}",
        ]
        for form in forms:
            assert same(from_base64(form), PHOTO)

    def test_with_prefix_is_a_data_uri(self) -> None:
        uri = imgdisplay.data_uri(PHOTO, size=None, format="png")

        assert same(from_data_uri(uri), PHOTO)
        assert same(from_data_uri(f"\n{uri}\n".encode()), PHOTO)
        percent = "data:image/gif," + "".join(f"%{byte:02X}" for byte in CLEAN["gif"])
        assert from_data_uri(percent).size == SIZE

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("iVBO!w0KGgo", 4),
            (" iVBO\nw0K Ggo\n*", 14),
            ("iVBOR", 5),
            ("iVB=Rw0K", 3),
            ("é", 0),
            ("iVBORw0K\x00", 8),
            ("iVBO\ud800", 4),
        ],
    )
    def test_that_is_broken_names_the_position(self, text: str, at: int) -> None:
        with pytest.raises(DecodeError, match=f"at character {at} of the text"):
            from_base64(text)
        with pytest.raises(DecodeError, match=f"at character {at + 22} of the data URI"):
            from_data_uri(f"data:image/png;base64,{text}")

    def test_that_is_a_repr_is_recognised(self) -> None:
        with pytest.raises(DecodeError, match="repr of bytes"):
            from_base64(str(base64.b64encode(CLEAN["png"])))

    @pytest.mark.parametrize("text", ["", "  \n", "====", b""])
    def test_that_is_empty_says_so(self, text: str | bytes) -> None:
        with pytest.raises(DecodeError, match="empty"):
            from_base64(text)

    @pytest.mark.parametrize(
        ("mime", "said"),
        [
            ("text/html", "claims to be 'text/html'"),
            ("Application/PDF;x=y", "claims to be 'application/pdf'"),
            ("", "names no MIME type"),
        ],
    )
    def test_of_no_image_says_what_it_claims_to_be(self, mime: str, said: str) -> None:
        text = base64.b64encode(b"<b>Hello, this is no image</b>").decode()

        with pytest.raises(DecodeError, match=f"{said}.* holds no image"):
            from_data_uri(f"data:{mime};base64,{text}")
        with pytest.raises(DecodeError, match="not a picture"):
            from_data_uri(f"data:image/png;base64,{text}")
        with pytest.raises(DecodeError, match="not a picture"):
            from_base64(text)

    def test_of_what_is_never_opened_says_what_it_claims_to_be(self) -> None:
        pdf = base64.b64encode(b"%PDF-1.7").decode()

        with pytest.raises(SourceRefused, match=r"claims to be 'application/pdf': .* is PDF"):
            from_data_uri(f"data:application/pdf;base64,{pdf}")

    def test_of_script_or_svg_is_refused(self) -> None:
        with pytest.raises(SourceRefused, match="SVG"):
            from_data_uri("data:image/svg+xml;base64,PHN2Zy8+")

    def test_without_prefix_or_comma_is_told_what_to_do(self) -> None:
        with pytest.raises(DecodeError, match="from_base64"):
            from_data_uri("iVBORw0KGgo")
        with pytest.raises(DecodeError, match="comma"):
            from_data_uri("data:image/png;base64")

    @pytest.mark.parametrize("value", [None, 7, PHOTO, ["a"]])
    def test_is_text(self, value: Any) -> None:
        for read in (from_base64, from_data_uri):
            with pytest.raises(UnsupportedSource, match="expected text"):
                read(value)

    @pytest.mark.parametrize("read", [from_base64, from_data_uri])
    @pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
    def test_that_is_too_long_is_refused_before_it_is_decoded(
        self, read: Callable[..., Image.Image], prefix: str
    ) -> None:
        text = prefix + "A" * (70 * 2**20)
        tracemalloc.start()
        try:
            with pytest.raises(SourceRefused, match="max_file_bytes"):
                read(text)
            assert tracemalloc.get_traced_memory()[1] < 2**20
        finally:
            tracemalloc.stop()

    def test_has_limits_that_can_be_moved(self) -> None:
        text = to_base64(PHOTO)

        with pytest.raises(SourceRefused, match="max_file_bytes"):
            from_base64(text, max_file_bytes=len(text) // 2)
        with pytest.raises(SourceRefused, match="max_pixels"):
            from_data_uri(f"data:image/png;base64,{text}", max_pixels=100)

    def test_errors_never_repeat_the_payload(self) -> None:
        for text in ("A" * 5000, "!" * 5000, "data:text/plain," + "x" * 5000):
            for read in (from_base64, from_data_uri):
                with pytest.raises(SourceError) as caught:
                    read(text)
                assert len(str(caught.value)) < 400


# --- arrays


class TestToArray:
    def test_gives_back_what_came_in(self) -> None:
        for array in (
            np.asarray(PHOTO),
            np.asarray(photograph("camera")),
            np.asarray(in_mode("RGBA").image),
        ):
            for source in (array, Image.fromarray(array), encoded(Image.fromarray(array))):
                assert (to_array(source) == array).all()
                assert to_array(source).shape == array.shape

    @pytest.mark.parametrize("mode", MODES)
    def test_takes_every_mode(self, mode: str) -> None:
        picture = in_mode(mode)

        array = to_array(picture.image)

        assert array.dtype == np.uint8
        colors = 4 if mode in TRANSPARENT else None if mode[0] in "1LIF" and mode != "LAB" else 3
        assert array.shape == (SIZE[1], SIZE[0], *([colors] if colors else []))
        seen_ = on_grey(Image.fromarray(array))
        assert psnr(seen_, on_grey(picture.seen)) >= picture.least_psnr - 5

    def test_is_ones_own_and_writable(self) -> None:
        array = np.asarray(PHOTO).copy()
        for given in ({}, {"color_order": "bgr"}, {"dtype": float}, {"channels": 1}):
            got = to_array(array, **given)  # type: ignore[arg-type]
            assert got.flags.writeable
            assert got.flags.c_contiguous
            assert got.flags.owndata
            got[:] = 0
        deep = DEEP.copy()
        to_array(deep, dtype=np.uint16)[:] = 0

        assert (array == np.asarray(PHOTO)).all()
        assert (deep == DEEP).all()

    def test_bgr_is_what_opencv_wants(self) -> None:
        rgba = np.asarray(in_mode("RGBA").image)

        assert (to_array(PHOTO, color_order="bgr") == np.asarray(PHOTO)[..., ::-1]).all()
        assert (to_array(rgba, color_order="bgr") == rgba[..., [2, 1, 0, 3]]).all()
        assert (to_array(DEEP >> 8, color_order="bgr") == to_array(DEEP >> 8)).all()

    def test_reads_bgr_as_the_block_says(self) -> None:
        bgr = np.asarray(PHOTO)[..., ::-1]

        with imgdisplay.options(color_order="bgr"):
            assert (to_array(bgr) == np.asarray(PHOTO)).all()
            assert (to_array(bgr, color_order="bgr") == bgr).all()

    @pytest.mark.parametrize("channels", [1, 3, 4])
    @pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "1"])
    def test_gives_the_channels_that_are_asked_for(self, mode: str, channels: Any) -> None:
        array = to_array(in_mode(mode).image, channels=channels)

        assert array.shape[2:] == (() if channels == 1 else (channels,))
        if channels != 4:
            expected = on_white(in_mode(mode).seen).convert("L" if channels == 1 else "RGB")
            assert psnr(array, expected) > 34

    def test_opacity_that_is_dropped_leaves_no_hidden_colours(self) -> None:
        hidden = Image.new("RGBA", (4, 4), (255, 0, 0, 0))

        assert to_array(hidden, channels=3)[0, 0].tolist() == [255, 255, 255]
        assert to_array(hidden, channels=3, background="blue")[0, 0].tolist() == [0, 0, 255]
        assert to_array(hidden, background="blue").shape == (4, 4, 3)
        assert to_array(hidden)[0, 0, 3] == 0

    @pytest.mark.parametrize("kind", ["float", float, "f4", np.float16, np.float32, np.float64])
    def test_floats_go_from_0_to_1(self, kind: Any) -> None:
        array = to_array(PHOTO, dtype=kind)

        assert array.dtype == np.dtype(kind)
        assert np.abs(array - np.asarray(PHOTO) / 255).max() < 1e-3
        if np.dtype(kind).itemsize > 2:
            assert ((array * 255).round() == np.asarray(PHOTO)).all()

    def test_uint16_goes_to_65535(self) -> None:
        array = to_array(PHOTO, dtype=np.uint16)

        assert array.dtype == np.uint16
        assert (array == np.asarray(PHOTO).astype(np.uint16) * 257).all()

    @pytest.mark.parametrize("source", [DEEP, Image.fromarray(DEEP)], ids=["array", "image"])
    def test_16_bits_of_grey_stay(self, source: Any) -> None:
        assert (to_array(source, dtype=np.uint16) == DEEP).all()
        assert np.allclose(to_array(source, dtype=float), DEEP / 65535)
        assert (to_array(to_bytes(source, "png"), dtype=np.uint16) == DEEP).all()
        assert to_array(source, dtype=np.uint16, size=60).shape == (40, 60)
        three = to_array(source, dtype=np.uint16, channels=3)
        assert (three == DEEP[..., None]).all()
        assert three.shape == (160, 240, 3)
        four = to_array(source, dtype=float, channels=4)
        assert (four[..., :3] == DEEP[..., None] / 65535).all()
        assert (four[..., 3] == 1).all()

    def test_is_upright_and_of_the_size_asked_for(self) -> None:
        picture, exif = stored(6)
        data = encoded(picture, "PNG", exif=exif)

        assert corners_seen(Image.fromarray(to_array(data))) == ["red", "green", "blue", "yellow"]
        assert to_array(data, size=60).shape == (40, 60, 3)

    @pytest.mark.parametrize(
        "given",
        [
            {"color_order": "rbg"},
            {"channels": 2},
            {"channels": True},
            {"channels": "first"},
            {"dtype": "int32"},
            {"dtype": complex},
            {"dtype": "nonsense"},
            {"sizes": 5},
        ],
        ids=repr,
    )
    def test_says_which_option_is_wrong(self, given: dict[str, Any]) -> None:
        with pytest.raises(OptionError, match=next(iter(given))):
            to_array(PHOTO, **given)


class TestAsFile:
    @pytest.mark.parametrize("format_", FORMATS)
    def test_stands_at_its_beginning_and_is_named_for_its_format(self, format_: Any) -> None:
        file = as_file(PHOTO, format_)

        assert isinstance(file, io.BytesIO)
        assert file.tell() == 0
        assert file.name == f"image{SUFFIXES[format_]}"
        assert Image.registered_extensions()[SUFFIXES[format_]] == decoded(file.read()).format

    def test_is_a_png_unless_said_otherwise(self) -> None:
        assert mime_of(as_file(CLEAN["jpeg"]).read()) == "image/png"
        assert as_file(CLEAN["jpeg"], None).read() == CLEAN["jpeg"]
        assert as_file(CLEAN["jpeg"], None).name == "image.jpg"
        assert as_file(PHOTO, "jpg", size=50).name == "image.jpg"

    def test_can_be_a_source_again(self) -> None:
        assert same(open_image(as_file(PHOTO)), PHOTO)


class TestMistakes:
    @pytest.mark.parametrize("function", [to_bytes, to_base64, as_file])
    def test_in_the_format_are_told_with_what_is_possible(
        self, function: Callable[..., Any]
    ) -> None:
        for format_, hint in [("jpge", "did you mean 'jpeg'"), ("heic", "'avif'"), (7, "'png'")]:
            with pytest.raises(OptionError, match=hint):
                function(PHOTO, format_)

    def test_in_options_are_told(self) -> None:
        with pytest.raises(OptionError, match="did you mean 'quality'"):
            to_bytes(PHOTO, qualiti=5)  # type: ignore[call-arg]
        with pytest.raises(OptionError, match="metadata"):
            to_bytes(PHOTO, metadata="drop")  # type: ignore[arg-type]

    def test_names_of_formats_may_be_written_large(self) -> None:
        assert mime_of(to_bytes(PHOTO, "JPEG")) == "image/jpeg"  # type: ignore[arg-type]
        assert mime_of(to_bytes(PHOTO, "tif")) == "image/tiff"  # type: ignore[arg-type]

    def test_in_the_source_are_errors_of_the_source(self) -> None:
        for function in (to_bytes, to_base64, to_array, as_file):
            with pytest.raises(SourceNotFound):
                function("missing.png")  # type: ignore[operator]
            with pytest.raises(UnsupportedSource):
                function(None)  # type: ignore[operator]
            with pytest.raises(DecodeError):
                function(b"no picture at all")  # type: ignore[operator]
            with pytest.raises(SourceRefused):
                function("https://example.org/a.png")  # type: ignore[operator]

    def test_a_format_that_cannot_hold_it_says_which_can(self) -> None:
        with pytest.raises(EncodeError, match="format='png'"):
            to_bytes(Image.new("L", (17_000, 2)), "webp")

    def test_a_picture_of_too_many_pixels_is_refused(self) -> None:
        with pytest.raises(SourceRefused, match="max_pixels"):
            to_bytes(DEEP, "png", max_pixels=1000)


def test_the_keywords_that_type_checkers_know_are_options() -> None:
    keywords = typing.get_type_hints(EncodingArgs)
    known = typing.get_type_hints(OptionArgs)

    assert {name: known.get(name) for name in keywords} == keywords
    assert set(typing.get_type_hints(PixelArgs)) < set(keywords)
    assert "format" not in keywords
    assert set(keywords) < {option.name for option in dataclasses.fields(Options)}


def test_every_pair_of_exact_formats_goes_round() -> None:
    picture = in_mode("RGBA").image
    for path in itertools.permutations(["png", "tiff", "webp"]):
        data = to_bytes(picture, quality=100)
        for format_ in path:
            data = to_bytes(data, format_, quality=100)  # type: ignore[arg-type]
        assert same(decoded(data), picture)
