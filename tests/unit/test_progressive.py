"""Progressive JPEG: of large ones the first scan is enough, and where it is not, all are read."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.measuring import likeness_of_pixels
from benchmarks.photographs import NAMES, photograph
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from zoo import decoded, outcome

from imgdisplay import DecodeError, thumbnail
from imgdisplay.core.formats import jpeg
from imgdisplay.core.formats.progressive import first_scan

BOX: dict[str, Any] = {"size": 96, "scale": 1, "format": "png", "cache": False}


def progressive(picture: Image.Image, **settings: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"quality": 90, "progressive": True, **settings})
    return file.getvalue()


def small_of(data: bytes, **options: Any) -> Image.Image:
    return decoded(thumbnail(data, **{**BOX, **options}).data)


class Watched(io.BytesIO):
    """A file that knows how far it has been read."""

    furthest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        return data


class TestTheFirstScan:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("size", [64, 96, 127])
    def test_looks_like_all_of_them(
        self, name: str, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = progressive(photograph(1600, 1200, name))
        from_first = small_of(data, size=size)
        monkeypatch.setattr(jpeg, "LEAST_REDUCTION", 1e9)

        from_all = small_of(data, size=size)

        assert from_first.size == from_all.size
        assert likeness_of_pixels(from_first, from_all) >= 0.98

    @pytest.mark.parametrize("size", [(1600, 1200), (1601, 1207), (1999, 1153)])
    @pytest.mark.parametrize("subsampling", [0, 1, 2])
    @pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
    def test_is_found_whatever_the_sides_and_colours(
        self, size: tuple[int, int], subsampling: int, mode: str
    ) -> None:
        picture = photograph(*size, "street").convert(mode)  # type: ignore[arg-type]
        settings = {} if mode == "L" else {"subsampling": subsampling}
        data = progressive(picture, **settings)

        part = first_scan(io.BytesIO(data))

        assert part is not None
        assert len(part) < len(data) / 2
        assert Image.open(io.BytesIO(part)).size == size
        whole = picture.convert("RGB").resize(small_of(data).size, Image.Resampling.LANCZOS)
        if mode != "CMYK":  # whose colours need a profile to be compared
            assert likeness_of_pixels(small_of(data), whole) >= 0.97

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("quality", [50, 75, 95])
    def test_gives_the_means_of_all_of_them_without_guesses_between(
        self, name: str, quality: int
    ) -> None:
        # Grey, so that nothing is added by the conversion of colours. One bit of each mean
        # stands in a later scan: half a divisor, at most, on the scale of 8 times the mean.
        data = progressive(photograph(1600, 1200, name).convert("L"), quality=quality)
        part = first_scan(io.BytesIO(data))
        assert part is not None
        means = []
        for file in (part, data):
            with Image.open(io.BytesIO(file)) as opened:
                step = opened.quantization[0][0]  # type: ignore[attr-defined]
                opened.draft(None, (200, 150))
                means.append(np.asarray(opened, dtype=int))

        assert means[0].shape == (150, 200)
        assert np.abs(means[0] - means[1]).max() <= step / 8 + 1

    @pytest.mark.parametrize("bits", [8, 16])
    def test_keeps_the_divisors_of_the_means(self, bits: int) -> None:
        file = io.BytesIO()
        table = [17 if bits == 8 else 1017, *range(2, 65)]
        photograph(64, 64).convert("L").save(file, "JPEG", qtables=[table], progressive=True)

        part = first_scan(file)

        assert part is not None
        with Image.open(io.BytesIO(part)) as opened:
            written = opened.quantization[0]  # type: ignore[attr-defined]
        assert sorted(written) == sorted([table[0], 0, *table[2:]])

    def test_is_all_that_is_read(self) -> None:
        data = progressive(photograph(1600, 1200))
        file = Watched(data)

        thumbnail(file, **BOX)

        assert file.furthest < len(data) / 2
        assert file.tell() == 0

    def test_turned_pictures_are_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        picture = photograph(1600, 1200, "cat")
        data = progressive(picture.transpose(Image.Transpose.ROTATE_90), exif=exif)

        assert first_scan(io.BytesIO(data)) is not None
        assert likeness_of_pixels(small_of(data), picture) >= 0.97

    def test_will_do_when_the_rest_of_the_file_is_missing(self) -> None:
        # The thumbnail is that of the whole file: nothing of it was to be seen in the rest.
        data = progressive(photograph(1600, 1200))

        assert thumbnail(data[: len(data) // 2], **BOX).data == thumbnail(data, **BOX).data


class TestAllScans:
    def test_are_read_where_a_thumbnail_shows_more(self) -> None:
        data = progressive(photograph(1600, 1200))
        file = Watched(data)

        thumbnail(file, **{**BOX, "size": 160})

        assert file.furthest == len(data)

    def test_are_needed_of_a_file_whose_first_is_truncated(self) -> None:
        data = progressive(photograph(1600, 1200))

        error = outcome(lambda: thumbnail(data[:8_000], **BOX))

        assert type(error) is DecodeError
        assert "truncated" in str(error)

    def test_are_read_if_the_first_has_not_all_colours(self) -> None:
        # As `cjpeg -scans` may write them: one scan of means for each component.
        picture = photograph(1600, 1200, "coffee")
        data = _with_split_first_scan(progressive(picture))

        assert first_scan(io.BytesIO(data)) is None

    def test_of_a_sequential_file_are_left_alone(self) -> None:
        assert first_scan(io.BytesIO(progressive(photograph(640, 480), progressive=False))) is None

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_that_are_damaged_never_break_the_search(self, data: st.DataObject) -> None:
        file = bytearray(_SMALL)
        for _ in range(data.draw(st.integers(1, 6))):
            file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, len(file)))

        part = first_scan(io.BytesIO(bytes(file[:cut])))

        if part is not None:
            assert part[:2] == bytes(file[:2])
            assert part[-2:] == b"\xff\xd9"
            assert len(part) <= cut + 2


_SMALL = progressive(Image.fromarray(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)))


def _with_split_first_scan(data: bytes) -> bytes:
    """Return a file whose first scan says that it is of one component only."""
    at = data.index(b"\xff\xda")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    header = data[at + 4 : at + 2 + length]
    single = bytes([1]) + header[1:3] + header[-3:]
    size = (len(single) + 2).to_bytes(2, "big")
    return data[: at + 2] + size + single + data[at + 2 + length :]


def test_a_file_on_disk_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(progressive(photograph(1600, 1200)))
    before = path.read_bytes(), os.stat(path).st_mtime_ns

    thumbnail(path, **BOX)

    assert (path.read_bytes(), os.stat(path).st_mtime_ns) == before
