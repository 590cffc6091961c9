"""Moving pictures: the first frame as browsers compose it, or all of them within limits."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import truth_icc
from PIL import GifImagePlugin, Image, ImageSequence, PngImagePlugin, features
from zoo import decoded, embedded, only_image, pixels, psnr, shown, soup
from zoo.images import animation, corners_seen, encoded, photograph, stored

import imgdisplay
from imgdisplay import overlay, thumbnail

HAS_AVIF = features.check("avif")
FORMATS = ["GIF", "WEBP", "PNG", *(["AVIF"] if HAS_AVIF else [])]
MOST_FRAMES, MOST_BYTES = 60, 256 * 1024

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def frames_of(data: bytes, mode: str = "RGBA") -> list[np.ndarray[Any, Any]]:
    """Return the frames as browsers compose them.

    A WebP may be clear where no frame has been, without a flag that says so; browsers do not
    ask for the flag, Pillow does.
    """
    if data[12:16] == b"VP8X":
        data = data[:20] + bytes([data[20] | 0x10]) + data[21:]
    with Image.open(io.BytesIO(data)) as image:
        return [np.asarray(frame.convert(mode)) for frame in ImageSequence.Iterator(image)]


def durations_of(data: bytes) -> list[int]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for frame in ImageSequence.Iterator(image):
            frame.load()
            found.append(int(frame.info["duration"]))
        return found


def moving(pictures: Sequence[Image.Image], format_: str = "WEBP", **settings: Any) -> bytes:
    settings = {"duration": 50, **settings}
    return encoded(pictures[0], format_, save_all=True, append_images=pictures[1:], **settings)


def numbered(count: int, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    """Return as many frames, no two alike, so that no encoder merges them."""
    made = []
    for number in range(count):
        frame = Image.new("RGB", size, (0, 0, 0))
        width = 1 + number % size[0]
        frame.paste((255, 255, 0), (0, 0, width, size[1] // 2))
        frame.paste((0, 128, 255), (0, size[1] // 2, 1 + number * 7 % size[0], size[1]))
        made.append(frame)
    return made


def noisy(count: int, side: int = 300) -> list[Image.Image]:
    random = np.random.default_rng(3)
    return [
        Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8)) for _ in range(count)
    ]


def gif(
    size: tuple[int, int],
    frames: Sequence[tuple[tuple[int, int, int, int], int, int]],
    *,
    transparent: int | None = None,
    delay: int = 5,
) -> bytes:
    """Return a GIF whose frames are (left, top, right, bottom), colour and disposal.

    Colours are 0 black, 1 red, 2 green, 3 blue, 4 white. Every code of LZW is one byte: with
    7 bits a code has 8, as long as the table is cleared before it grows (GIF89a, appendix F).
    """
    palette = bytes([0, 0, 0, *RED, *GREEN, *BLUE, *WHITE]) + bytes(3 * 123)
    data = b"GIF89a" + struct.pack("<2H3B", *size, 0b1111_0110, 0, 0) + palette
    for (left, top, right, bottom), color, disposal in frames:
        flags = disposal << 2 | (transparent is not None)
        data += b"!\xf9\4" + struct.pack("<BHBx", flags, delay, transparent or 0)
        width, height = right - left, bottom - top
        data += b"," + struct.pack("<4HB", left, top, width, height, 0) + b"\7"
        codes = b"".join(
            b"\x80" + bytes([color]) * min(100, width * height - start)
            for start in range(0, width * height, 100)
        )
        codes += b"\x81"
        for start in range(0, len(codes), 255):
            block = codes[start : start + 255]
            data += bytes([len(block)]) + block
        data += b"\0"
    return data + b";"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def apng(
    size: tuple[int, int],
    frames: Sequence[tuple[tuple[int, int, int, int], tuple[int, ...]]],
    *,
    count: int | None = None,
    default: tuple[int, ...] | None = None,
) -> bytes:
    """Return an APNG of boxes filled with RGBA colours; `default` is for other viewers."""

    def filled(box: tuple[int, int, int, int], color: tuple[int, ...]) -> bytes:
        row = b"\0" + bytes(color) * (box[2] - box[0])
        return zlib.compress(row * (box[3] - box[1]))

    said = len(frames) if count is None else count
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", *size, 8, 6, 0, 0, 0))
    data += chunk(b"acTL", struct.pack(">2I", said, 0))
    if default is not None:
        data += chunk(b"IDAT", filled((0, 0, *size), default))
    sequence = 0
    for number, (box, color) in enumerate(frames):
        place = (box[2] - box[0], box[3] - box[1], box[0], box[1])
        data += chunk(b"fcTL", struct.pack(">5I2H2B", sequence, *place, 50, 1000, 0, 0))
        sequence += 1
        if number == 0 and default is None:
            data += chunk(b"IDAT", filled(box, color))
        else:
            data += chunk(b"fdAT", struct.pack(">I", sequence) + filled(box, color))
            sequence += 1
    return data + chunk(b"IEND", b"")


def walking() -> list[Image.Image]:
    """Return three frames, clear but for a red part that goes from left to right."""
    frames = [Image.new("RGBA", (64, 48)) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.paste((255, 0, 0, 255), (20 * number, 0, 20 * number + 20, 48))
    return frames


class TestByDefault:
    @pytest.mark.parametrize("format_", FORMATS)
    def test_the_first_frame_is_shown_and_stands_still(self, format_: str) -> None:
        thumb = thumbnail(animation(format_))

        (seen,) = frames_of(thumb.data, "RGB")
        assert np.abs(seen.astype(int) - RED).max() <= 6

    def test_no_frame_but_the_first_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = moving(numbered(300), "GIF")
        sought: list[int] = []
        real = GifImagePlugin.GifImageFile._seek

        def seek(self: Any, frame: int, update_image: bool = True) -> None:
            sought.append(frame)
            real(self, frame, update_image)

        monkeypatch.setattr(GifImagePlugin.GifImageFile, "_seek", seek)
        thumbnail(data)

        assert set(sought) <= {0, 1}

    def test_frames_are_never_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def n_frames(self: Any) -> int:
            raise AssertionError("the frames were counted")

        monkeypatch.setattr(GifImagePlugin.GifImageFile, "n_frames", property(n_frames))
        for options in ({}, {"animate": True}):
            thumbnail(moving(numbered(5), "GIF"), **options)  # type: ignore[arg-type]

    @pytest.mark.parametrize("said", [2_000_000_000, 2**31 - 1, 2**31, 2**32 - 1])
    def test_an_apng_that_says_a_huge_number_of_frames_is_shown(self, said: int) -> None:
        whole = (0, 0, 64, 48)
        data = apng((64, 48), [(whole, (*RED, 255)), (whole, (*BLUE, 255))], count=said)

        assert (shown(data) == RED).all()
        assert thumbnail(data, animate=True).source_size == (64, 48)

    def test_frames_smaller_than_the_screen_are_transparent_outside(self) -> None:
        box = (20, 10, 50, 40)
        later = ((0, 0, 64, 48), 3, 0)
        data = gif((64, 48), [(box, 2, 0), later])

        seen = shown(data, "RGBA")

        assert (seen[10:40, 20:50] == (*GREEN, 255)).all()
        outside = np.ones((48, 64), bool)
        outside[10:40, 20:50] = False
        assert (seen[outside][:, 3] == 0).all()

    def test_frames_of_apng_smaller_than_the_screen_are_transparent_outside(self) -> None:
        box = (20, 10, 50, 40)
        data = apng(
            (64, 48), [(box, (*GREEN, 255)), ((0, 0, 64, 48), (*BLUE, 255))], default=(9, 9, 9, 255)
        )

        seen = shown(data, "RGBA")

        assert (seen[10:40, 20:50] == (*GREEN, 255)).all()
        assert seen[0, 0, 3] == seen[47, 63, 3] == 0

    def test_the_picture_for_viewers_without_animation_is_not_shown(self) -> None:
        whole = (0, 0, 64, 48)
        frames = [(whole, (*GREEN, 255)), (whole, (*BLUE, 255))]
        assert (shown(apng((64, 48), frames, default=(*RED, 255))) == GREEN).all()

    def test_a_single_frame_is_a_picture_like_any_other(self) -> None:
        assert (shown(gif((64, 48), [((0, 0, 64, 48), 2, 0)])) == GREEN).all()

    def test_a_broken_second_frame_does_not_matter(self) -> None:
        data = moving(numbered(4), "GIF")
        assert thumbnail(data[: len(data) // 2]).source_size == (64, 48)

    def test_many_in_one_column_leave_no_file_open(self, tmp_path: Any) -> None:
        import os

        path = tmp_path / "moving.gif"
        path.write_bytes(animation("GIF"))
        if not os.path.isdir("/proc/self/fd"):
            pytest.skip("no list of open files")
        before = len(os.listdir("/proc/self/fd"))

        imgdisplay.table(pd.DataFrame({"p": [str(path)] * 200}), max_rows=None)

        assert len(os.listdir("/proc/self/fd")) <= before + 2


class TestAnimated:
    @pytest.mark.parametrize("format_", FORMATS)
    def test_pictures_move_in_a_webp(self, format_: str) -> None:
        thumb = thumbnail(animation(format_), animate=True)

        assert thumb.mime == "image/webp"
        seen = [tuple(frame[24, 32, :3]) for frame in frames_of(thumb.data)]
        assert np.abs(np.subtract(seen, [RED, GREEN, BLUE, WHITE])).max() <= 6

    @pytest.mark.parametrize(
        ("wanted", "mime"),
        [("auto", "image/webp"), ("webp", "image/webp"), ("png", "image/png")]
        + [("avif", "image/avif")] * HAS_AVIF,
    )
    def test_pictures_move_in_the_format_that_is_wanted(self, wanted: Any, mime: str) -> None:
        thumb = thumbnail(animation("GIF"), animate=True, format=wanted)

        assert thumb.mime == mime
        assert len(frames_of(thumb.data)) == 4

    def test_pictures_stand_still_in_jpeg(self) -> None:
        thumb = thumbnail(animation("GIF"), animate=True, format="jpeg")
        assert thumb.mime == "image/jpeg"
        assert np.abs(pixels(decoded(thumb.data))[24, 32].astype(int) - RED).max() <= 3

    def test_pictures_have_the_size_of_any_thumbnail(self) -> None:
        data = moving(numbered(5, (640, 480)))

        still, running = thumbnail(data), thumbnail(data, animate=True)

        for name in ("width", "height", "pixel_width", "pixel_height", "source_size"):
            assert getattr(running, name) == getattr(still, name)
        assert frames_of(running.data)[0].shape[:2] == (running.pixel_height, running.pixel_width)

    def test_frames_look_like_those_of_the_source(self) -> None:
        photo = photograph("chelsea", (360, 240))
        originals = [photo.rotate(angle) for angle in (0, 120, 240)]

        thumb = thumbnail(moving(originals, "WEBP", lossless=True), animate=True, scale=1)

        for frame, original in zip(frames_of(thumb.data, "RGB"), originals, strict=True):
            small = original.resize((96, 64), Image.Resampling.LANCZOS)
            assert psnr(frame, small) > 26

    @pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
    def test_durations_are_kept(self, format_: str) -> None:
        said = [40, 200, 1000, 70]
        thumb = thumbnail(moving(numbered(4), format_, duration=said), animate=True)
        assert durations_of(thumb.data) == said

    def test_durations_that_browsers_do_not_take_for_meant_are_theirs(self) -> None:
        thumb = thumbnail(moving(numbered(4), "GIF", duration=[0, 10, 20, 30]), animate=True)
        assert durations_of(thumb.data) == [100, 100, 20, 30]

    def test_it_runs_for_ever(self) -> None:
        for wanted in ("webp", "png"):
            thumb = thumbnail(animation("GIF"), animate=True, format=wanted)  # type: ignore[arg-type]
            assert Image.open(io.BytesIO(thumb.data)).info["loop"] == 0

    def test_disposal_is_that_of_browsers(self) -> None:
        """GIF89a, section 23: leave, restore to the background, restore to the previous."""
        data = gif(
            (64, 48),
            [
                ((0, 0, 64, 48), 1, 1),
                ((8, 8, 24, 24), 2, 2),
                ((32, 8, 48, 24), 3, 3),
                ((8, 28, 24, 44), 4, 1),
            ],
        )

        seen = frames_of(thumbnail(data, animate=True, format="png").data)

        green, blue, white, elsewhere = ((16, 16), (16, 40), (36, 16), (46, 62))
        red = (*RED, 255)
        assert [tuple(frame[elsewhere]) for frame in seen] == [red] * 4
        assert tuple(seen[0][green]) == red
        assert tuple(seen[1][green]) == (*GREEN, 255)
        assert seen[2][green][3] == 0
        assert tuple(seen[2][blue]) == (*BLUE, 255)
        assert tuple(seen[3][blue]) == red
        assert seen[3][green][3] == 0
        assert tuple(seen[3][white]) == (*WHITE, 255)

    def test_a_first_frame_smaller_than_the_screen_stays_transparent_outside(self) -> None:
        data = gif((64, 48), [((20, 10, 50, 40), 2, 1), ((30, 20, 40, 30), 3, 1)])

        first, second = frames_of(thumbnail(data, animate=True, format="png").data)

        assert tuple(first[15, 25]) == tuple(second[15, 25]) == (*GREEN, 255)
        assert tuple(second[25, 35]) == (*BLUE, 255)
        assert first[2, 2][3] == 0
        assert second[2, 2][3] == 0

    def test_transparent_pixels_stay_so_in_every_frame(self) -> None:
        thumb = thumbnail(moving(walking(), "PNG", disposal=2, blend=0), animate=True)

        assert thumb.transparent
        for number, frame in enumerate(frames_of(thumb.data)):
            assert frame[24, 20 * number + 10, 3] == 255
            assert frame[24, (20 * number + 40) % 60 + 1, 3] == 0

    def test_one_transparent_frame_is_enough_for_the_backdrop(self) -> None:
        frames = [Image.new("RGBA", (64, 48), color) for color in ("red", (0, 0, 0, 0))]

        thumb = thumbnail(moving(frames, "PNG", disposal=2, blend=0), animate=True)

        assert thumb.transparent
        assert "background" in str(only_image(thumb.html())["style"])

    def test_a_background_is_put_behind_every_frame(self) -> None:
        data = moving(walking(), "PNG", disposal=2, blend=0)

        thumb = thumbnail(data, animate=True, background="blue", format="png")

        assert not thumb.transparent
        for number, seen in enumerate(frames_of(thumb.data)):
            assert seen[..., 3].min() == 255
            assert np.abs(seen[24, 20 * number + 10].astype(int) - (*RED, 255)).max() <= 2
            assert (
                np.abs(seen[24, (20 * number + 40) % 60 + 1].astype(int) - (*BLUE, 255)).max() <= 2
            )

    def test_an_overlay_is_drawn_on_every_frame(self) -> None:
        black = [Image.new("RGB", (64, 48), (0, 0, number)) for number in range(0, 60, 20)]
        boxes = overlay(boxes=[[16, 12, 48, 36]], color="white")

        thumb = thumbnail(moving(black, "WEBP", lossless=True), animate=True, overlay=boxes)

        for seen in frames_of(thumb.data, "RGB"):
            assert seen[24, 14:19].max() > 180
            assert seen[2:8].max() < 120

    @pytest.mark.parametrize("format_", ["PNG", "WEBP"])
    @pytest.mark.parametrize("orientation", [3, 6, 7])
    def test_orientation_is_applied_as_to_the_still_picture(
        self, format_: str, orientation: int
    ) -> None:
        """Chromium turns an APNG by its eXIf chunk (checked)."""
        picture, exif = stored(orientation)
        data = moving([picture, picture.point(lambda value: value * 3 // 4)], format_, exif=exif)

        still, running = thumbnail(data), thumbnail(data, animate=True)

        assert corners_seen(decoded(still.data)) == ["red", "green", "blue", "yellow"]
        assert (running.width, running.height) == (still.width, still.height)
        for frame in frames_of(running.data, "RGB"):
            assert corners_seen(Image.fromarray(frame)) == ["red", "green", "blue", "yellow"]

    def test_a_colour_profile_is_applied_to_every_frame(self) -> None:
        profile = truth_icc.rgb(truth_icc.SWAPPED, truth_icc.curve_srgb())
        frames = [photograph("coffee").rotate(angle) for angle in (0, 90)]
        data = moving(frames, "PNG", icc_profile=profile)

        seen = frames_of(thumbnail(data, animate=True, size=None, quality=95).data, "RGB")

        for frame, original in zip(seen, frames, strict=True):
            alone = shown(encoded(original, "PNG", icc_profile=profile))
            assert psnr(frame, alone) > 28

    def test_a_colormap_is_applied_to_grey_frames(self) -> None:
        frames = [Image.new("L", (64, 48), level) for level in (0, 128, 255)]
        data = moving(frames, "PNG")
        still = shown(data, colormap="viridis")[0, 0]

        first = frames_of(thumbnail(data, animate=True, colormap="viridis").data, "RGB")[0]

        assert np.abs(first[24, 32].astype(int) - still).max() <= 6

    def test_tiny_frames_are_enlarged_in_blocks(self) -> None:
        sprites = [
            Image.fromarray(np.random.default_rng(n).integers(0, 2, (8, 8, 3), np.uint8) * 255)
            for n in range(3)
        ]

        thumb = thumbnail(moving(sprites, "PNG"), animate=True)

        assert (thumb.width, thumb.height) == (96, 96)
        for seen, sprite in zip(frames_of(thumb.data, "RGB"), sprites, strict=True):
            blocks = sprite.resize(seen.shape[:2], Image.Resampling.NEAREST)
            middles = slice(seen.shape[0] // 16, None, seen.shape[0] // 8)
            assert np.abs(seen[middles, middles].astype(int) - np.asarray(sprite)).max() < 60
            assert psnr(seen, blocks) > 30


class TestTheLimits:
    def test_of_frames_is_sixty_and_said(self) -> None:
        thumb = thumbnail(moving(numbered(100), "GIF", duration=40), animate=True)

        assert len(frames_of(thumb.data)) <= MOST_FRAMES
        assert sum(durations_of(thumb.data)) == MOST_FRAMES * 40
        assert str(MOST_FRAMES) in thumb.description

    @pytest.mark.parametrize("count", [2, 59, 60])
    def test_of_frames_is_not_mentioned_below(self, count: int) -> None:
        thumb = thumbnail(moving(numbered(count), "GIF", duration=40), animate=True)

        assert sum(durations_of(thumb.data)) == count * 40
        assert thumb.notes == ()

    def test_no_frame_beyond_is_decoded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = moving(numbered(300), "GIF")
        sought: list[int] = []
        real = GifImagePlugin.GifImageFile._seek

        def seek(self: Any, frame: int, update_image: bool = True) -> None:
            sought.append(frame)
            real(self, frame, update_image)

        monkeypatch.setattr(GifImagePlugin.GifImageFile, "_seek", seek)
        thumbnail(data, animate=True)

        assert max(sought) <= MOST_FRAMES
        assert len(sought) <= 2 * MOST_FRAMES

    @pytest.mark.parametrize("wanted", ["auto", "png"])
    def test_of_bytes_is_kept_by_dropping_frames_and_not_time(self, wanted: Any) -> None:
        data = moving(noisy(20), "WEBP", duration=50)
        size = 128 if wanted == "auto" else 50

        thumb = thumbnail(data, animate=True, format=wanted, size=size)

        assert len(thumb.data) <= MOST_BYTES
        assert 2 <= len(frames_of(thumb.data)) < 20
        assert sum(durations_of(thumb.data)) == 1000

    def test_of_bytes_that_not_even_two_frames_keep_gives_a_still_picture_and_says_so(self) -> None:
        thumb = thumbnail(moving(noisy(2, 600), "WEBP"), animate=True, format="png", size=None)

        assert len(frames_of(thumb.data)) == 1
        assert "animated" in thumb.description

    def test_of_pixels_counts_for_animations_too(self) -> None:
        with pytest.raises(imgdisplay.SourceRefused):
            thumbnail(animation("GIF"), animate=True, max_pixels=100)

    def test_of_an_apng_that_says_too_many_frames_are_those_that_are_there_if_any(self) -> None:
        whole = (0, 0, 64, 48)
        colors = [RED, GREEN, BLUE]
        frames = [(whole, (*color, 255)) for color in colors]

        thumb = thumbnail(apng((64, 48), frames, count=2_000_000_000), animate=True)

        seen = [tuple(frame[24, 32, :3]) for frame in frames_of(thumb.data)]
        assert np.abs(np.subtract(seen, colors[: len(seen)])).max() <= 6


class TestWhatDoesNotMove:
    def test_is_the_same_with_and_without(self) -> None:
        for source in (
            photograph("astronaut"),
            encoded(photograph("astronaut"), "JPEG"),
            encoded(photograph("astronaut"), "GIF"),
            encoded(photograph("astronaut"), "WEBP"),
            np.asarray(photograph("camera")),
            [photograph("astronaut"), photograph("camera")],
        ):
            assert thumbnail(source, animate=True).data == thumbnail(source).data

    def test_are_the_pages_of_a_document(self) -> None:
        pages = moving(numbered(3), "TIFF")
        assert thumbnail(pages, animate=True).data == thumbnail(pages).data

    def test_are_the_second_pictures_of_a_photograph(self) -> None:
        """Phones keep a depth or gain map behind the photograph, as MPO."""
        photo, second = photograph("astronaut"), photograph("camera").convert("RGB")
        data = encoded(photo, "MPO", save_all=True, append_images=[second])
        assert thumbnail(data, animate=True).data == thumbnail(data).data

    def test_is_a_strip_of_moving_pictures(self) -> None:
        thumb = thumbnail([animation("GIF"), animation("WEBP")], animate=True)
        assert len(frames_of(thumb.data)) == 1


class TestTheCallersImage:
    @pytest.mark.parametrize("format_", FORMATS)
    @pytest.mark.parametrize("animate", [False, True])
    def test_stays_at_its_frame(self, format_: str, animate: bool) -> None:
        with Image.open(io.BytesIO(animation(format_))) as image:
            image.seek(2)
            thumbnail(image, animate=animate)

            assert image.tell() == 2
            assert image.convert("RGB").getpixel((32, 24))[2] > 240  # type: ignore[index]
            image.seek(3)
            assert min(image.convert("RGB").getpixel((32, 24))) > 240  # type: ignore[arg-type, type-var]

    def test_is_shown_at_its_frame(self) -> None:
        for format_ in FORMATS:
            with Image.open(io.BytesIO(animation(format_))) as image:
                for number, color in enumerate([RED, GREEN, BLUE, WHITE]):
                    image.seek(number)
                    assert np.abs(shown(image).astype(int) - color).max() <= 8

    def test_moves_if_it_is_asked_to(self) -> None:
        for format_ in FORMATS:
            with Image.open(io.BytesIO(animation(format_))) as image:
                assert len(frames_of(thumbnail(image, animate=True).data)) == 4

    def test_is_shown_as_it_was_painted(self, tmp_path: Any) -> None:
        path = tmp_path / "moving.webp"
        path.write_bytes(animation("WEBP"))
        with Image.open(path) as image:
            image.paste(GREEN, (0, 0, *image.size))
            path.unlink()
            thumb = thumbnail(image, animate=True)
        assert len(frames_of(thumb.data)) == 1
        assert np.abs(frames_of(thumb.data)[0][..., :3].astype(int) - GREEN).max() <= 8

    def test_may_be_wound_on_with_a_picture_after_each_step(self) -> None:
        data = moving(numbered(6), "GIF")
        seen = []
        with Image.open(io.BytesIO(data)) as image:
            for number in range(6):
                image.seek(number)
                seen.append(shown(image))
        fresh = [frame[..., :3] for frame in frames_of(data)]
        assert all((a == b).all() for a, b in zip(seen, fresh, strict=True))


class TestInATable:
    def test_pictures_move_where_they_can(self) -> None:
        frame = pd.DataFrame(
            {"p": [animation("GIF"), photograph("astronaut"), b"\x89PNG\r\n\x1a\n"]}
        )

        html = imgdisplay.table(frame, animate=True)

        tags = soup(html).find_all("img")
        assert [embedded(tag).format for tag in tags] == ["WEBP", "JPEG", "PNG"]
        assert getattr(embedded(tags[0]), "n_frames", 1) == 4

    def test_pictures_of_files_move(self, tmp_path: Any) -> None:
        path = tmp_path / "moving.gif"
        path.write_bytes(animation("GIF"))

        html = imgdisplay.table(pd.DataFrame({"p": [str(path), str(path)]}), animate=True)

        for tag in soup(html).find_all("img"):
            assert getattr(embedded(tag), "n_frames", 1) == 4
            assert tag["alt"] == "moving.gif"

    def test_the_larger_view_moves_too(self) -> None:
        html = imgdisplay.img(moving(numbered(4, (300, 200))), animate=True, size=60, zoom=200)
        assert [embedded(tag).n_frames for tag in soup(html).find_all("img")] == [4, 4]  # type: ignore[attr-defined]


def test_the_gifs_made_here_are_read_by_pillow_as_meant() -> None:
    with Image.open(io.BytesIO(gif((64, 48), [((0, 0, 64, 48), 1, 1)] * 3))) as image:
        assert (image.size, image.n_frames) == ((64, 48), 3)  # type: ignore[attr-defined]
        assert image.convert("RGB").getpixel((63, 47)) == RED
    whole = (0, 0, 64, 48)
    with Image.open(io.BytesIO(apng((64, 48), [(whole, (*RED, 255))] * 2))) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert image.n_frames == 2


class TestWhatIsNotRightYet:
    @pytest.mark.xfail(reason="Pillow reads a WebP without the alpha flag as opaque", strict=True)
    def test_a_webp_frame_smaller_than_its_canvas_is_transparent_outside(self) -> None:
        """Chromium leaves the rest of the canvas clear, whatever the flag says."""
        frames = [Image.new("RGBA", (64, 48)) for _ in range(3)]
        for number, frame in enumerate(frames):
            frame.paste((255, 0, 0, 255), (20 * number, 0, 20 * number + 20, 48))
        data = moving(frames, "WEBP")
        assert data[12:16] == b"VP8X"
        assert not data[20] & 0x10

        assert thumbnail(data, size=None).transparent
