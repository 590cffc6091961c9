"""Previews in JPEG files: shown when asked for, and only where they show the same picture."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from benchmarks.measuring import likeness_of_pixels
from benchmarks.photographs import NAMES, photograph
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
from zoo import decoded

from imgdisplay import thumbnail
from imgdisplay.core.color.icc import matrix_profile

OPTIONS: dict[str, Any] = {"size": 128, "scale": 1, "cache": False, "embedded_previews": True}
SAID = "its embedded preview"
SIZE = (1600, 1200)


def jpeg(picture: Image.Image, **settings: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"quality": 92, **settings})
    return file.getvalue()


def exif_with(preview: bytes, orientation: int = 1, order: str = "<") -> bytes:
    """Return an EXIF block with a thumbnail (EXIF 2.32, 4.5.5 and 4.6.2)."""

    def entry(tag: int, kind: int, value: int) -> bytes:
        body = struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
        return struct.pack(order + "HHI", tag, kind, 1) + body

    first = struct.pack(order + "H", 1) + entry(0x0112, 3, orientation)
    second_at = 8 + len(first) + 4
    data_at = second_at + 2 + 3 * 12 + 4
    second = struct.pack(order + "H", 3) + b"".join(
        [entry(0x0103, 3, 6), entry(0x0201, 4, data_at), entry(0x0202, 4, len(preview))]
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    tail = struct.pack(order + "I", 0) + preview
    return b"Exif\0\0" + head + first + struct.pack(order + "I", second_at) + second + tail


def with_preview(
    picture: Image.Image, preview: Image.Image, orientation: int = 1, **settings: Any
) -> bytes:
    exif = exif_with(jpeg(preview, quality=85), orientation)
    return jpeg(picture, exif=exif, **settings)


def with_large_thumbnail(picture: Image.Image, other: bytes, kind: int = 0x010001) -> bytes:
    """Return a Multi-Picture Format file of two pictures (CIPA DC-007, 5.2)."""
    base = jpeg(picture)
    at = 2 + 18  # behind the JFIF segment
    entries = 50
    size = 4 + 4 + 8 + 2 + 3 * 12 + 4 + 32
    index_at = at + 8  # of the byte order in the segment
    offset = len(base) + size + 4 - index_at - 4
    index = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 3)
    index += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack("<HHII", 0xB001, 4, 1, 2)
    index += struct.pack("<HHII", 0xB002, 7, 32, entries) + struct.pack("<I", 0)
    assert len(index) == entries
    body = b"MPF\0" + index + bytes(32)
    offset = len(base) + len(body) + 4 - (at + 8)
    records = struct.pack("<IIIHH", 0x030000, len(base), 0, 0, 0)
    records += struct.pack("<IIIHH", kind, len(other), offset, 0, 0)
    body = b"MPF\0" + index + records
    segment = b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    return base[:at] + segment + base[at:] + other


class TestAPreview:
    @pytest.mark.parametrize("name", ["china", "astronaut", "coffee", "cat", "street", "tissue"])
    def test_is_shown_instead_of_the_picture(self, name: str) -> None:
        picture = photograph(*SIZE, name)
        data = with_preview(picture, picture.resize((160, 120), Image.Resampling.LANCZOS))

        thumb = thumbnail(data, **OPTIONS)

        assert SAID in thumb.notes
        assert thumb.source_size == SIZE
        full = thumbnail(data, **{**OPTIONS, "embedded_previews": False})
        assert (thumb.pixel_width, thumb.pixel_height) == (full.pixel_width, full.pixel_height)
        assert likeness_of_pixels(decoded(thumb.data), picture) >= 0.85

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_turned_as_the_picture_is(self, orientation: int, order: str) -> None:
        picture = photograph(*SIZE, "cat")
        preview = jpeg(picture.resize((160, 120), Image.Resampling.LANCZOS))
        data = jpeg(picture, exif=exif_with(preview, orientation, order))
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        assert upright is not None

        thumb = thumbnail(data, **OPTIONS)

        assert SAID in thumb.notes
        assert thumb.source_size == upright.size
        assert likeness_of_pixels(decoded(thumb.data), upright.convert("RGB")) >= 0.85

    def test_of_a_multi_picture_file_may_be_larger(self) -> None:
        picture = photograph(*SIZE)
        data = with_large_thumbnail(picture, jpeg(picture.resize((640, 480))))

        thumb = thumbnail(data, **{**OPTIONS, "size": 400})

        assert SAID in thumb.notes
        assert likeness_of_pixels(decoded(thumb.data), picture) >= 0.85


class TestThePictureItself:
    def shows(self, data: bytes, **options: Any) -> None:
        thumb = thumbnail(data, **{**OPTIONS, **options})

        assert SAID not in thumb.notes
        expected = thumbnail(data, **{**OPTIONS, **options, "embedded_previews": False})
        assert thumb == expected

    def test_is_shown_unless_previews_are_asked_for(self) -> None:
        picture = photograph(*SIZE)
        data = with_preview(picture, picture.resize((160, 120)))

        assert SAID not in thumbnail(data, size=128, scale=1).notes

    def test_is_shown_of_files_without_one(self) -> None:
        self.shows(jpeg(photograph(*SIZE)))

    def test_is_shown_where_the_preview_is_too_small(self) -> None:
        picture = photograph(*SIZE)
        self.shows(with_preview(picture, picture.resize((160, 120))), size=163)

    def test_is_shown_where_the_preview_has_black_bars(self) -> None:
        picture = photograph(1600, 1067)
        preview = Image.new("RGB", (160, 120))
        preview.paste(picture.resize((160, 107)), (0, 6))

        self.shows(with_preview(picture, preview))

    @pytest.mark.parametrize("other", NAMES[1:])
    def test_is_shown_where_the_preview_is_of_another(self, other: str) -> None:
        self.shows(with_preview(photograph(*SIZE), photograph(160, 120, other)))

    def test_is_shown_where_it_was_turned_and_the_preview_was_not(self) -> None:
        picture = photograph(*SIZE, "street")
        preview = picture.resize((160, 120))
        self.shows(with_preview(picture.transpose(Image.Transpose.ROTATE_180), preview))
        self.shows(with_preview(picture.transpose(Image.Transpose.ROTATE_90), preview))

    def test_is_shown_where_it_was_made_grey(self) -> None:
        picture = photograph(*SIZE, "coffee")
        self.shows(with_preview(picture.convert("L").convert("RGB"), picture.resize((160, 120))))

    def test_is_shown_where_it_has_a_colour_profile(self) -> None:
        # Of which nobody knows whether the preview follows it.
        corners = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
        profile = matrix_profile(corners, lambda value: value**2.2)
        assert ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = photograph(*SIZE)
        self.shows(with_preview(picture, picture.resize((160, 120)), icc_profile=profile))

    def test_is_shown_where_the_other_picture_is_no_preview(self) -> None:
        picture = photograph(*SIZE)
        stereo = 0x020002
        self.shows(
            with_large_thumbnail(picture, jpeg(picture.resize((640, 480))), stereo), size=400
        )

    @pytest.mark.parametrize("cut", [0, 1, 2, 10, 200, 1000])
    def test_is_shown_where_the_preview_is_broken(self, cut: int) -> None:
        picture = photograph(*SIZE)
        preview = jpeg(picture.resize((160, 120)))
        self.shows(jpeg(picture, exif=exif_with(preview[:cut])))

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_is_shown_where_the_block_is_damaged(self, data: st.DataObject) -> None:
        picture = photograph(400, 300)
        exif = bytearray(exif_with(jpeg(picture.resize((160, 120)))))
        for _ in range(data.draw(st.integers(1, 4))):
            exif[data.draw(st.integers(6, 80))] = data.draw(st.integers(0, 255))

        thumb = thumbnail(jpeg(picture, exif=bytes(exif)), **OPTIONS)

        assert thumb.pixel_width in (128, 96)
        assert thumb.mime == "image/jpeg"
