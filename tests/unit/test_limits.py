"""What a picture may ask for, and what is said when it asks for more."""

from __future__ import annotations

import io
import os
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFile, PngImagePlugin
from zoo import decoded, elements, only_image, outcome, pixels, psnr
from zoo.bombs import jpeg_of_scans, png_chunk
from zoo.images import FORMATS, animation, encoded, photograph, written

import imgdisplay
from imgdisplay import DecodeError, SourceRefused, gallery, open_image, table, thumbnail
from imgdisplay.core.formats.codestream import records_of_jpeg2000
from imgdisplay.core.formats.scans import has_more_scans
from imgdisplay.core.limits import working_memory

PHOTO = photograph("chelsea")
NOISE = Image.effect_noise((600, 600), 90)


def refusal(source: object, **options: Any) -> str:
    """Return why a source is refused."""
    error = outcome(lambda: thumbnail(source, cache=False, **options))
    assert isinstance(error, SourceRefused), repr(error)
    return str(error)


class TestEachLimitNamesItsOption:
    def test_pixels(self) -> None:
        assert "max_pixels=…" in refusal(encoded(PHOTO), max_pixels=1000)
        assert thumbnail(encoded(PHOTO), max_pixels=PHOTO.width * PHOTO.height).width == 96

    def test_memory(self) -> None:
        webp = encoded(PHOTO.resize((1000, 1000)), "WEBP")

        said = refusal(webp, max_memory=2**20)

        assert "1000×1000" in said
        assert "max_memory=…" in said
        assert thumbnail(webp, max_memory=20 * 10**6).width == 96

    def test_bytes(self) -> None:
        assert "max_file_bytes=…" in refusal(encoded(PHOTO), max_file_bytes=100)

    def test_time(self) -> None:
        assert "timeout=…" in refusal(Slow(encoded(NOISE)), timeout=0.1)

    def test_sides_have_no_option(self) -> None:
        header = struct.pack(">2I5B", 70_000, 1, 8, 0, 0, 0, 0)
        png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"")

        assert "65,535" in refusal(png)

    def test_what_has_no_option_can_be_loaded_by_hand(self) -> None:
        data = jpeg_of_scans(101, (64, 64))

        assert "load it with Pillow" in refusal(data)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert thumbnail(image).source_size == (64, 64)


class TestWorkingMemory:
    @pytest.fixture
    def needed(self) -> Callable[..., float]:
        def of(picture: Image.Image, whole: bool = False, **settings: Any) -> float:
            with Image.open(io.BytesIO(encoded(picture, **settings))) as image:
                assert isinstance(image, ImageFile.ImageFile)
                return working_memory(image, image.size, whole) / image.width / image.height

        return of

    def test_a_kind_of_pixels_has_a_price(self, needed: Callable[..., float]) -> None:
        assert needed(PHOTO) == 4
        assert needed(PHOTO.convert("L")) == 1
        assert needed(PHOTO.convert("RGBA")) == 8
        assert needed(PHOTO, format="WEBP") == 17
        assert needed(PHOTO, format="JPEG2000") > 20

    def test_a_whole_image_is_there_twice(self, needed: Callable[..., float]) -> None:
        assert needed(PHOTO, whole=True) == 8
        assert needed(PHOTO.convert("L"), whole=True) == 2

    def test_a_transparent_color_costs_an_alpha_channel(self, needed: Callable[..., float]) -> None:
        assert needed(PHOTO, transparency=(1, 2, 3)) == 12

    def test_a_progressive_jpeg_keeps_its_coefficients(self, needed: Callable[..., float]) -> None:
        full = needed(PHOTO, format="JPEG", progressive=True, subsampling=0)
        half = needed(PHOTO, format="JPEG", progressive=True, subsampling=2)

        assert full - needed(PHOTO, format="JPEG") == 6
        assert half - needed(PHOTO, format="JPEG") == 3

    def test_and_that_is_counted_before_it_is_shrunk(self) -> None:
        data = encoded(PHOTO.resize((1500, 1500)), "JPEG", progressive=True, subsampling=0)
        plain = encoded(PHOTO.resize((1500, 1500)), "JPEG", subsampling=0)

        assert "max_memory" in refusal(data, size=1000, scale=1, max_memory=8 * 2**20)
        assert thumbnail(plain, size=180, scale=1, max_memory=2**20).width == 180

    def test_a_jpeg_2000_is_counted_as_small_as_it_is_decoded(self) -> None:
        data = encoded(PHOTO.resize((2000, 2000)), "JPEG2000")

        assert thumbnail(data, max_memory=20 * 2**20).width == 96
        error = outcome(lambda: open_image(data, max_memory=20 * 2**20))
        assert "max_memory" in str(error)

    def test_a_damaged_jpeg_2000_is_for_its_decoder_to_say(self) -> None:
        data = encoded(PHOTO, "JPEG2000")

        for end in range(0, 200, 3):
            assert records_of_jpeg2000(io.BytesIO(data[:end])) >= 0
            assert isinstance(outcome(lambda: thumbnail(data[:end])), imgdisplay.SourceError)  # noqa: B023

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"tile_size": (64, 64)},
            {"codeblock_size": (4, 4)},
            {"precinct_size": (64, 64), "codeblock_size": (16, 16)},
        ],
    )
    def test_records_are_counted_in_real_jpeg_2000_files(self, settings: dict[str, Any]) -> None:
        file = io.BytesIO(encoded(PHOTO, "JPEG2000", **settings))
        bare = io.BytesIO(encoded(PHOTO, "JPEG2000", no_jp2=True, **settings))
        blocks = 3 * PHOTO.width * PHOTO.height / np.prod(settings.get("codeblock_size", (64, 64)))

        assert records_of_jpeg2000(file) == records_of_jpeg2000(bare)
        assert 400 * blocks <= records_of_jpeg2000(file) < 2000 * blocks + 400_000
        assert file.tell() == 0


class TestScans:
    def test_a_hundred_are_shown_and_one_more_is_not(self) -> None:
        assert thumbnail(jpeg_of_scans(100, (64, 64))).source_size == (64, 64)
        assert "100 scans" in refusal(jpeg_of_scans(101, (64, 64)))

    def test_large_pictures_may_have_fewer(self) -> None:
        said = refusal(jpeg_of_scans(21, (8000, 6000)))

        assert "8000×6000 pixels in more than 20 scans" in said
        assert thumbnail(jpeg_of_scans(20, (8000, 6000))).source_size == (8000, 6000)

    def test_what_follows_the_picture_is_not_counted(self) -> None:
        data = encoded(PHOTO, "JPEG", progressive=True)

        shown = thumbnail(data + b"\xff\xda\0\x08" * 500, size=None, format="png")

        assert psnr(pixels(decoded(shown.data)), pixels(decoded(data))) > 90

    def test_nor_what_stands_in_a_comment(self) -> None:
        data = encoded(PHOTO, "JPEG", progressive=True)
        second = data.find(b"\xff\xda", data.find(b"\xff\xda") + 2)
        comment = b"\xff\xda" * 500
        segment = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment

        shown = thumbnail(data[:second] + segment + data[second:], size=None, format="png")

        assert psnr(pixels(decoded(shown.data)), pixels(decoded(data))) > 90

    @pytest.mark.parametrize("cut", range(1, 6))
    def test_markers_across_blocks_are_found(
        self, cut: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("imgdisplay.core.formats.scans._CHUNK", cut)
        file = io.BytesIO(jpeg_of_scans(8, (64, 64)))
        file.seek(file.getvalue().find(b"\xff\xda") + 10)

        assert has_more_scans(file, components=1, progressive=True, limit=7)
        assert not has_more_scans(file, components=1, progressive=True, limit=8)

    def test_a_jpeg_in_one_scan_is_not_read_for_it(self) -> None:
        file = io.BytesIO(encoded(PHOTO, "JPEG"))
        file.seek(file.getvalue().find(b"\xff\xda") + 2 + 12)
        read: list[int] = []
        file.read = lambda size=-1: read.append(size) or io.BytesIO.read(file, size)  # type: ignore[method-assign,func-returns-value]

        assert not has_more_scans(file, components=3, progressive=False)
        assert sum(read) < 10


class Slow(io.BytesIO):
    """A file on a slow disk."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.02)
        return super().read(size)


class TestTime:
    def test_a_slow_decoder_is_stopped_between_two_blocks(self) -> None:
        read: list[int] = []

        class Counted(Slow):
            def read(self, size: int | None = -1) -> bytes:
                read.append(size or 0)
                return super().read(size)

        chunks = [png_chunk(b"IDAT", bytes([byte])) for byte in encoded(NOISE)[:3000]]
        head = encoded(NOISE)[:33]
        file = Counted(head + b"".join(chunks))

        assert "timeout=0.2" in refusal(file, timeout=0.2)
        assert len(read) < 1000

    def test_the_rest_of_the_table_is_not_drawn_either(self) -> None:
        drawn = gallery([Slow(encoded(NOISE)), PHOTO, PHOTO], timeout=0.1)

        images = [tag for tag in elements(drawn) if tag.name == "img"]
        assert "is not decoded within timeout=0.1 seconds" in str(images[0]["title"])
        assert [str(image["title"]).split(":")[1] for image in images[1:]] == [" not drawn"] * 2

    def test_pictures_that_are_late_do_not_make_others_late(self) -> None:
        error = outcome(lambda: thumbnail(Slow(encoded(NOISE)), timeout=0.1))

        assert isinstance(error, SourceRefused)
        assert thumbnail(encoded(NOISE)).width == 96

    @pytest.mark.parametrize("name", ["QOI", "PPM", "BMP", "TIFF", "GIF", "JPEG", "TGA"])
    def test_every_decoder_reads_through_the_clock(self, name: str) -> None:
        assert "timeout=0.1" in refusal(Slower(encoded(PHOTO, name)), timeout=0.1)


class Slower(io.BytesIO):
    """A file that can be opened, and takes its time when the picture is to be read."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 0:
            time.sleep(0.06)
        return super().read(size)


class TestNoErrorButOurs:
    @pytest.mark.parametrize(
        "error",
        [
            MemoryError(),
            RecursionError("maximum recursion depth exceeded"),
            AssertionError(),
            SyntaxError("broken"),
            UnicodeEncodeError("ascii", "é", 0, 1, "no"),
            ZeroDivisionError(),
            NotImplementedError(),
            Image.DecompressionBombError("too large"),
            KeyError("x"),
            BufferError(),
        ],
        ids=lambda error: type(error).__name__,
    )
    @pytest.mark.parametrize("place", ["_open", "load"])
    def test_a_decoders_error_costs_one_picture(
        self, error: Exception, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(PngImagePlugin.PngImageFile, place, fail)
        drawn = gallery([encoded(PHOTO), encoded(PHOTO, "JPEG")], cache=False)

        broken, whole = (tag for tag in elements(drawn) if tag.name == "img")
        assert "imgdisplay-broken" in broken["class"]
        assert len(str(broken["title"])) <= 250
        assert "imgdisplay-broken" not in whole["class"]
        failure = outcome(lambda: thumbnail(encoded(PHOTO), cache=False))
        assert isinstance(failure, DecodeError | SourceRefused)

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_but_who_wants_to_stop_may(
        self, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stop(_: object) -> None:
            raise error

        monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", stop)

        with pytest.raises(error):
            gallery([encoded(PHOTO)], cache=False)

    def test_memory_that_runs_out_while_shrinking_costs_one_picture(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise MemoryError

        monkeypatch.setattr(Image.Image, "resize", fail)

        for source in (encoded(PHOTO), PHOTO, np.asarray(PHOTO), [PHOTO]):
            assert (
                "imgdisplay-broken" in only_image(str(imgdisplay.image_formatter(source)))["class"]
            )


class TestDeeplyNestedData:
    def nested(self, wrap: Callable[[object], object]) -> object:
        data: object = encoded(PHOTO)
        for _ in range(100_000):
            data = wrap(data)
        return data

    @pytest.mark.parametrize(
        "wrap",
        [lambda inner: [inner], lambda inner: (inner, inner), lambda inner: {"bytes": inner}],
    )
    def test_costs_one_picture(self, wrap: Callable[[object], object]) -> None:
        drawn = gallery([self.nested(wrap), PHOTO])

        broken, whole = (tag for tag in elements(drawn) if tag.name == "img")
        assert str(broken["title"]).startswith("not a picture:")
        assert "imgdisplay-broken" not in whole["class"]

    def test_a_list_in_itself_is_one_picture(self) -> None:
        loop: list[object] = []
        loop.append(loop)

        (image,) = (tag for tag in elements(gallery([[PHOTO, loop]])) if tag.name == "img")
        assert "3 deep" in str(image["title"])

    def test_an_object_that_leads_to_another_for_ever_is_one_picture(
        self, teach: Callable[[Any, Any], Any]
    ) -> None:
        class Endless:
            pass

        teach(Endless, lambda _: Endless())

        assert "do not end" in str(outcome(lambda: thumbnail(Endless())))


class TestMetadataThatUnpacksToTooMuch:
    def test_is_left_out_and_the_picture_shown(self) -> None:
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("large", "x" * 3_000_000, zip=True)
        texts.add_text("larger", "x" * 3_000_000, zip=True)
        data = encoded(PHOTO, pnginfo=texts, icc_profile=bytes(3_000_000))

        assert psnr(pixels(open_image(data)), pixels(PHOTO)) > 90

    def test_and_what_does_not_is_kept(self) -> None:
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("large", "x" * 900_000, zip=True)
        texts.add_itxt("plain", "y" * 3_000)
        data = encoded(PHOTO, pnginfo=texts)

        image = open_image(data)

        assert len(image.info["large"]), len(image.info["plain"]) == (900_000, 3_000)


@pytest.fixture
def pillow_as_it_is() -> Iterator[None]:
    """Fail if one of Pillow's settings is another one afterwards."""

    def settings() -> tuple[object, ...]:
        return (
            Image.MAX_IMAGE_PIXELS,
            ImageFile.LOAD_TRUNCATED_IMAGES,
            ImageFile.MAXBLOCK,
            ImageFile.SAFEBLOCK,
            PngImagePlugin.MAX_TEXT_CHUNK,
            PngImagePlugin.MAX_TEXT_MEMORY,
            list(warnings.filters),
        )

    before = settings()
    yield
    assert settings() == before


class TestPillowIsTheUsers:
    def test_its_settings_stay_as_they_are_under_threads(self, pillow_as_it_is: None) -> None:
        sources = [written(format_)[0] for format_ in FORMATS] + [b"broken", animation("GIF")]
        changed: list[object] = []
        done = threading.Event()

        def watch() -> None:
            before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
            while not done.is_set():
                now = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
                if now != before:
                    changed.append(now)

        watching = threading.Thread(target=watch)
        watching.start()
        workers = [
            threading.Thread(target=gallery, args=(sources,), kwargs={"cache": False})
            for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        done.set()
        watching.join()

        assert changed == []

    def test_plugins_of_weak_signatures_are_asked_in_pillows_own_order(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        for number, format_ in enumerate(FORMATS):
            (tmp_path / f"{number}").write_bytes(written(format_)[0])
        begin = "import sys, os, imgdisplay; from PIL import Image; "
        clear = {"AVIF", "GIF", "JPEG", "JPEG2000", "PNG", "QOI", "TIFF", "WEBP"}

        ours = python(
            begin + "[imgdisplay.thumbnail(file.path) for file in os.scandir(sys.argv[1])]; "
            "Image.init(); print(*Image.ID)",
            tmp_path,
        ).split()
        pillows = python("from PIL import Image; Image.preinit(); Image.init(); print(*Image.ID)")

        assert set(ours) == set(pillows.split())
        assert [name for name in ours if name not in clear] == [
            name for name in pillows.split() if name not in clear
        ]

    def test_a_low_limit_of_theirs_is_not_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sources = {
            name: encoded(PHOTO, name)
            for name in ("PNG", "JPEG", "GIF", "BMP", "PPM", "TGA", "QOI", "JPEG2000")
        }
        before = {name: thumbnail(data, cache=False).data for name, data in sources.items()}
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)

        after = {name: thumbnail(data, cache=False).data for name, data in sources.items()}

        assert after == before

    def test_where_pillow_insists_on_theirs_it_is_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)

        assert "PIL.Image.MAX_IMAGE_PIXELS" in refusal(encoded(PHOTO, "TIFF"), size=None)

    def test_no_limit_of_theirs_lifts_none_of_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)

        assert "max_pixels" in refusal(encoded(PHOTO), max_pixels=100)


class TestOpenFiles:
    def test_animations_of_a_long_column_are_closed_at_once(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        for number in range(1500):
            (tmp_path / f"{number}.gif").write_bytes(animation("GIF", 2))

        shown = python(
            """
            import resource, sys
            import pandas as pd
            import imgdisplay
            imgdisplay.thumbnail(sys.argv[1] + "/0.gif")
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            frame = pd.DataFrame({"a": [f"{sys.argv[1]}/{n}.gif" for n in range(1500)]})
            html = imgdisplay.table(frame, max_rows=None)
            print(html.count("<img"), html.count("imgdisplay-broken"))
            """,
            tmp_path,
        )

        assert shown == "1500 0"

    def test_nothing_stays_open_of_what_is_broken(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"a": [str(tmp_path / f"{n}.png") for n in range(40)]})
        data = encoded(NOISE)
        for number, path in enumerate(frame["a"]):
            Path(path).write_bytes(data[: number * len(data) // 40])
        before = set(os.listdir("/proc/self/fd"))

        table(frame, "a", max_rows=None)

        assert set(os.listdir("/proc/self/fd")) == before
