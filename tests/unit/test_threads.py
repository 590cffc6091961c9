"""Many threads and tasks at once: the same pictures, and each with its own options."""

from __future__ import annotations

import asyncio
import contextvars
import io
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo.images import FORMATS, MODES, animation, encoded, in_mode, photograph, written

import imgdisplay
from imgdisplay.core import sources
from imgdisplay.core.deadline import latest_moment, until
from imgdisplay.options import Options

PHOTO = photograph("chelsea")
DATA = encoded(PHOTO, "JPEG")


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [DATA, encoded(PHOTO), b"broken", PHOTO], "b": range(4)})


VERBS: dict[str, Callable[[], object]] = {
    "thumbnail": lambda: imgdisplay.thumbnail(DATA, cache=False).data,
    "thumbnail, cached": lambda: imgdisplay.thumbnail(DATA).data,
    "open_image": lambda: imgdisplay.open_image(DATA).tobytes(),
    "open_image of an image": lambda: imgdisplay.open_image(PHOTO).tobytes(),
    "data_uri": lambda: imgdisplay.data_uri(PHOTO, size=40),
    "gallery": lambda: str(imgdisplay.gallery([DATA, b"broken", PHOTO], cache=False)),
    "table": lambda: str(imgdisplay.table(_frame(), cache=False)),
    "image_formatter": lambda: imgdisplay.image_formatter(DATA),
    "to_bytes": lambda: imgdisplay.to_bytes(PHOTO, "png"),
    "to_array": lambda: imgdisplay.to_array(DATA).tobytes(),
    "animation": lambda: imgdisplay.thumbnail(animation("GIF"), animate=True, cache=False).data,
    "formats": lambda: [
        imgdisplay.thumbnail(written(format_)[0], cache=False).data for format_ in FORMATS[:12]
    ],
    "modes": lambda: [
        imgdisplay.thumbnail(in_mode(mode).image.copy(), cache=False).data for mode in MODES
    ],
    "errors": lambda: [
        str(imgdisplay.gallery([encoded(PHOTO)[:end]], cache=False)) for end in range(0, 2000, 400)
    ],
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_in_many_threads_gives_what_it_gives_in_one(verb: str) -> None:
    alone = VERBS[verb]()
    together = threading.Barrier(8)

    def called(_: int) -> list[object]:
        together.wait()
        return [VERBS[verb]() for _ in range(3)]

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(called, range(8)))

    assert all(result == alone for each in results for result in each)


def test_all_verbs_at_once() -> None:
    alone = {name: verb() for name, verb in VERBS.items()}
    together = threading.Barrier(len(VERBS))

    def called(name: str) -> bool:
        together.wait()
        return all(VERBS[name]() == alone[name] for _ in range(3))

    with ThreadPoolExecutor(len(VERBS)) as threads:
        assert all(threads.map(called, VERBS))


def test_one_array_and_one_image_may_be_shown_by_many() -> None:
    array = np.random.default_rng(1).random((80, 90, 3))
    image = Image.open(io.BytesIO(DATA))
    alone = imgdisplay.thumbnail(array).data, imgdisplay.thumbnail(DATA, cache=False).data

    with ThreadPoolExecutor(8) as threads:
        arrays = list(threads.map(lambda _: imgdisplay.thumbnail(array).data, range(24)))
    image.load()
    with ThreadPoolExecutor(8) as threads:
        images = list(threads.map(lambda _: imgdisplay.thumbnail(image).source_size, range(24)))

    assert set(arrays) == {alone[0]}
    assert set(images) == {PHOTO.size}


def test_the_filters_of_warnings_are_as_before() -> None:
    before = list(warnings.filters)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: VERBS["errors"](), range(8)))

    assert warnings.filters == before


def test_a_loader_that_is_replaced_is_there_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Watched(dict[Any, Any]):
        missing = 0

        def __delitem__(self, key: Any) -> None:
            type(self).missing += 1
            super().__delitem__(key)

        def pop(self, key: Any, *default: Any) -> Any:
            type(self).missing += 1
            return super().pop(key, *default)

    class Swatch:
        pass

    monkeypatch.setattr(sources, "_loaders", Watched())
    imgdisplay.register_source(Swatch, lambda _: PHOTO)
    imgdisplay.register_source(Swatch, lambda _: DATA)

    assert Watched.missing == 0
    assert imgdisplay.thumbnail(Swatch()).source_size == PHOTO.size


class TestOptionsOfABlock:
    def test_do_not_reach_threads_that_run_at_the_same_time(self) -> None:
        inside, outside = threading.Event(), threading.Event()
        seen: list[int] = []

        def other() -> None:
            inside.wait()
            seen.append(imgdisplay.thumbnail(PHOTO).width)
            outside.set()

        thread = threading.Thread(target=other)
        thread.start()
        with imgdisplay.options(size=17):
            inside.set()
            outside.wait()
            assert imgdisplay.thumbnail(PHOTO).width == 17
        thread.join()

        assert seen == [96]

    def test_reach_the_threads_that_draw_a_gallery(self) -> None:
        sources = [encoded(Image.effect_noise((400, 400), 50 + n)) for n in range(12)]

        with imgdisplay.options(size=17):
            html = str(imgdisplay.gallery(sources, cache=False))

        assert html.count('width="17"') == 12

    def test_do_not_leak_between_tasks(self) -> None:
        async def width(size: int) -> list[int]:
            with imgdisplay.options(size=size):
                seen = []
                for _ in range(10):
                    await asyncio.sleep(0)
                    seen.append(imgdisplay.thumbnail(PHOTO).width)
                return seen

        async def both() -> list[list[int]]:
            return list(await asyncio.gather(*map(width, (30, 40, 50))))

        assert asyncio.run(both()) == [[size] * 10 for size in (30, 40, 50)]

    def test_go_along_into_a_thread_that_a_task_waits_for(self) -> None:
        async def shown() -> int:
            with imgdisplay.options(size=23):
                made = await asyncio.to_thread(imgdisplay.thumbnail, PHOTO)
            return made.width

        assert asyncio.run(shown()) == 23

    def test_are_over_after_an_error_in_a_generator(self) -> None:
        def drawing() -> Any:
            with imgdisplay.options(size=23):
                yield imgdisplay.thumbnail(PHOTO).width

        generator = drawing()
        assert next(generator) == 23
        generator.close()

        assert imgdisplay.thumbnail(PHOTO).width == 96


class TestDeadlines:
    def test_belong_to_the_thread_that_set_them(self) -> None:
        options = Options(timeout=1000)
        with until(time.monotonic() - 1), ThreadPoolExecutor(1) as threads:
            assert latest_moment(options) < time.monotonic()
            assert threads.submit(latest_moment, options).result() > time.monotonic() + 900

    def test_an_inner_one_is_not_later_than_an_outer_one(self) -> None:
        with until(100), until(200):
            assert latest_moment(Options()) == 100

    def test_are_over_after_their_block(self) -> None:
        def inside() -> None:
            with until(-1):
                pass
            assert latest_moment(Options()) > time.monotonic()

        contextvars.copy_context().run(inside)


def test_the_first_pictures_are_drawn_while_one_of_them_imports_numpy(
    python: Callable[..., str], tmp_path: Path
) -> None:
    for number in range(8):
        PHOTO.convert("I;16" if number == 2 else "L").save(tmp_path / f"{number}.png")

    said = python(
        """
        import os, sys, time
        import imgdisplay

        class Slow:  # an import of numpy that others get to see halfway
            def find_spec(self, name, path=None, target=None):
                if name == "numpy._core" or name == "numpy.core":
                    assert not hasattr(sys.modules["numpy"], "ndarray")
                    time.sleep(1)

        assert "numpy" not in sys.modules
        sys.meta_path.insert(0, Slow())
        sources = sorted(name for name in os.listdir() if name.endswith(".png"))
        drawn = imgdisplay.gallery(sources, on_error="raise")
        assert "numpy" in sys.modules, "this test needs a picture that imports numpy"
        print(drawn.count("<img"))
        """
    )

    assert said == "8"
