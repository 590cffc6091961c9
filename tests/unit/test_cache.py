"""The cache: what was shown is a lookup, what has changed is shown anew, and there is a bound."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from zoo import decoded, outcome, pixels

import imgdisplay
from imgdisplay import cache_info, clear_cache, overlay, thumbnail
from imgdisplay.core import cache, pipeline
from imgdisplay.errors import DecodeError, SourceNotFound, SourceRefused

RED, BLUE = (200, 30, 30), (30, 30, 200)


def png(color: tuple[int, int, int] = RED, side: int = 200) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), color).save(file, "PNG")
    return file.getvalue()


def color_of(thumb: imgdisplay.Thumbnail) -> tuple[int, ...]:
    return tuple(pixels(decoded(thumb.data))[5, 5])


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    clear_cache()
    yield
    clear_cache()


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files for old that were written a moment ago."""
    monkeypatch.setattr(cache, "_SETTLED", 0.0)


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """List what is decoded."""
    done: list[object] = []
    really = pipeline._picture

    def watched(source: object, *arguments: Any, **keywords: Any) -> Any:
        done.append(source)
        return really(source, *arguments, **keywords)

    monkeypatch.setattr(pipeline, "_picture", watched)
    return done


class TestTheSame:
    def test_file_is_decoded_once(
        self, tmp_path: Path, settled: None, decodings: list[object]
    ) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png())

        first, second = thumbnail(path), thumbnail(str(path))

        assert first == second
        assert len(decodings) == 1
        assert (cache_info().hits, cache_info().misses, cache_info().entries) == (1, 1, 1)

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda data: {"bytes": data}])
    def test_bytes_are_decoded_once(self, form: Any, decodings: list[object]) -> None:
        assert thumbnail(png()) == thumbnail(form(png()))
        assert len(decodings) == 1

    def test_frame_is_a_lookup(self, decodings: list[object]) -> None:
        frame = pd.DataFrame({"picture": [png(RED), png(BLUE), b"broken"]})
        first = imgdisplay.table(frame, ["picture"])

        second = imgdisplay.table(frame, ["picture"])

        assert first == second
        assert len(decodings) == 2 + 2  # what is broken is tried again

    def test_picture_by_another_name_keeps_its_name(self, tmp_path: Path, settled: None) -> None:
        one, other = tmp_path / "one.png", tmp_path / "other.png"
        one.write_bytes(png())
        os.link(one, other)

        assert [thumbnail(one).name, thumbnail(other).name] == ["one.png", "other.png"]

    def test_picture_in_a_thread_of_its_own_each_is_counted_right(self) -> None:
        def show() -> None:
            for side in range(20, 60):
                thumbnail(png(side=side))

        threads = [threading.Thread(target=show) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        info = cache_info()
        assert info.entries == 40
        assert info.hits + info.misses == 8 * 40
        sizes = [len(thumbnail(png(side=side)).data) for side in range(20, 60)]
        assert info.bytes == sum(sizes) + 40 * cache._ENTRY


class TestWhatHasChanged:
    def test_is_shown_anew_when_a_file_is_replaced(self, tmp_path: Path, settled: None) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png(RED))
        before = thumbnail(path)
        new = tmp_path / "new.png"
        new.write_bytes(png(BLUE))
        os.replace(new, path)

        assert color_of(before) == RED
        assert color_of(thumbnail(path)) == BLUE

    def test_is_shown_anew_though_size_and_time_stamp_are_the_same(
        self, tmp_path: Path, settled: None
    ) -> None:
        path = tmp_path / "a.bmp"
        Image.new("RGB", (200, 200), RED).save(path)
        os.utime(path, (1_000_000, 1_000_000))
        before = path.stat()
        assert color_of(thumbnail(path)) == RED
        deadline = time.monotonic() + 10
        while path.stat().st_ctime_ns == before.st_ctime_ns and time.monotonic() < deadline:
            Image.new("RGB", (200, 200), BLUE).save(path)
            os.utime(path, (1_000_000, 1_000_000))
        assert path.stat().st_size == before.st_size
        assert path.stat().st_mtime_ns == before.st_mtime_ns

        assert color_of(thumbnail(path)) == BLUE

    def test_a_moment_ago_is_not_kept(self, tmp_path: Path, decodings: list[object]) -> None:
        # On some file systems the next change would have the same time stamp.
        path = tmp_path / "a.png"
        path.write_bytes(png())

        thumbnail(path), thumbnail(path)

        assert len(decodings) == 2
        assert cache_info() == cache.CacheInfo()

    def test_while_it_was_read_is_not_kept(
        self, tmp_path: Path, settled: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png(RED))
        really = pipeline._picture

        def replaced(*arguments: Any, **keywords: Any) -> Any:
            picture = really(*arguments, **keywords)
            path.write_bytes(png(BLUE, side=300))
            return picture

        monkeypatch.setattr(pipeline, "_picture", replaced)
        assert color_of(thumbnail(path)) == RED
        monkeypatch.undo()
        monkeypatch.setattr(cache, "_SETTLED", 0.0)

        assert color_of(thumbnail(path)) == BLUE

    @pytest.mark.parametrize("kind", ["image", "array", "stream", "list"])
    def test_in_memory_is_seen(self, kind: str) -> None:
        array = np.zeros((200, 200, 3), np.uint8)
        image = Image.new("RGB", (200, 200))
        stream = io.BytesIO(png((0, 0, 0)))
        source = {"image": image, "array": array, "stream": stream, "list": [image]}[kind]
        assert color_of(thumbnail(source)) == (0, 0, 0)
        array[...] = RED
        image.paste(RED, (0, 0, 200, 200))
        stream.write(png(RED))

        assert color_of(thumbnail(source)) == RED


class TestOptions:
    @pytest.mark.parametrize(
        "options",
        [
            {"size": 50},
            {"scale": 2},
            {"format": "webp"},
            {"quality": 30, "format": "jpeg"},
            {"overlay": overlay(boxes=[[10, 10, 90, 90]])},
            {"background": "black"},
            {"animate": True},
            {"max_pixels": 100_000},
        ],
        ids=str,
    )
    def test_are_part_of_what_a_thumbnail_is_known_by(self, options: Any) -> None:
        plain = thumbnail(png())

        again = thumbnail(png(), **options)

        assert again.data == thumbnail(png(), cache=False, **options).data
        assert thumbnail(png()) == plain
        assert cache_info().misses == 2

    def test_that_change_nothing_do_not_matter(self) -> None:
        thumbnail(png())
        thumbnail(png(), timeout=5, on_error="raise", preview_size=300, max_output_bytes=20_000)

        assert cache_info().hits == 1

    def test_of_an_overlay_count_by_their_values(self) -> None:
        boxes = [[10, 10, 90, 90]]
        first = thumbnail(png(), overlay=overlay(boxes=boxes))
        assert thumbnail(png(), overlay=overlay(boxes=[[10, 10, 90, 90]])) == first
        assert cache_info().hits == 1

        boxes[0][0] = 60

        assert thumbnail(png(), overlay=overlay(boxes=boxes)).data != first.data

    def test_of_an_overlay_of_an_array_count_by_its_values(self) -> None:
        mask = np.zeros((200, 200), bool)
        mask[50:100] = True
        first = thumbnail(png(), overlay=overlay(masks=mask))
        mask[100:150] = True

        assert thumbnail(png(), overlay=overlay(masks=mask)).data != first.data

    def test_of_limits_hold_for_what_was_shown_before(self, tmp_path: Path, settled: None) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png())
        thumbnail(path)

        assert type(outcome(lambda: thumbnail(path, max_pixels=10_000))) is SourceRefused
        assert type(outcome(lambda: thumbnail(path, max_file_bytes=50))) is SourceRefused

    def test_turn_the_cache_off(self, decodings: list[object]) -> None:
        for _ in range(2):
            thumbnail(png(), cache=False)

        assert len(decodings) == 2
        assert cache_info() == cache.CacheInfo()


class TestErrors:
    def test_are_not_kept(self, tmp_path: Path, settled: None) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png()[:-30])
        assert type(outcome(lambda: thumbnail(path))) is DecodeError
        path.write_bytes(png())

        assert color_of(thumbnail(path)) == RED

    def test_come_when_the_file_is_gone(self, tmp_path: Path, settled: None) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png())
        thumbnail(path)
        path.unlink()

        assert type(outcome(lambda: thumbnail(path))) is SourceNotFound

    def test_come_when_a_fifo_has_taken_its_place(self, tmp_path: Path, settled: None) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(png())
        thumbnail(path)
        path.unlink()
        os.mkfifo(path)

        assert type(outcome(lambda: thumbnail(path))) is SourceRefused


class TestTheBound:
    def test_is_kept_and_the_least_recently_used_go_first(self) -> None:
        room = 3 * (len(thumbnail(png(side=40), cache=False).data) + cache._ENTRY) + 500
        for side in (40, 41, 42):
            thumbnail(png(side=side), cache=room)
        thumbnail(png(side=40), cache=room)  # used again
        thumbnail(png(side=43), cache=room)
        before = cache_info()

        thumbnail(png(side=40), cache=room)
        thumbnail(png(side=41), cache=room)

        assert (before.hits, before.entries) == (1, 3)
        assert (cache_info().hits, cache_info().misses) == (2, 5)
        assert cache_info().bytes <= room

    def test_of_less_than_one_thumbnail_keeps_none(self) -> None:
        thumbnail(png(), cache=10)

        assert (cache_info().entries, cache_info().bytes) == (0, 0)

    @settings(max_examples=60, deadline=None)
    @given(
        shown=st.lists(st.integers(20, 40), max_size=30),
        room=st.integers(0, 20_000),
    )
    def test_holds_whatever_is_shown(self, shown: list[int], room: int) -> None:
        clear_cache()
        for side in shown:
            made = thumbnail(png(side=side), cache=room)
            assert made.source_size == (side, side)
            assert cache_info().bytes <= room
        info = cache_info()
        assert info.hits + info.misses == (len(shown) if room else info.misses + info.hits)
        assert info.entries * cache._ENTRY <= info.bytes

    def test_large_bytes_are_not_hashed(
        self, decodings: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cache, "_HASHED", 100)

        thumbnail(png()), thumbnail(png())

        assert len(decodings) == 2


def test_clearing_forgets_everything() -> None:
    thumbnail(png()), thumbnail(png())

    clear_cache()

    assert cache_info() == cache.CacheInfo(0, 0, 0, 0)
    thumbnail(png())
    assert (cache_info().hits, cache_info().misses) == (0, 1)
