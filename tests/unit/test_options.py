"""Options: defaults < session < ``with`` < keyword, and what a mistake in one says."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import threading
import typing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from zoo import elements, outcome
from zoo.images import photograph

import imgdisplay
from imgdisplay import (
    OptionError,
    Options,
    data_uri,
    gallery,
    get_options,
    image_formatter,
    img,
    open_image,
    options,
    set_options,
    table,
    thumbnail,
)
from imgdisplay.options import OptionArgs

PHOTO = photograph("chelsea")
NAMES = [option.name for option in dataclasses.fields(Options)]


def _frame(**given: Any) -> str:
    return table(pd.DataFrame({"a": [PHOTO]}), **given)


USES: dict[str, Callable[..., object]] = {
    "thumbnail": lambda **given: thumbnail(PHOTO, **given),
    "open_image": lambda **given: open_image(PHOTO, **given),
    "data_uri": lambda **given: data_uri(PHOTO, **given),
    "img": lambda **given: img(PHOTO, **given),
    "gallery": lambda **given: gallery([PHOTO], **given),
    "empty gallery": lambda **given: gallery([], **given),
    "table": _frame,
    "table of a series": lambda **given: table(pd.Series([1, 2]), **given),
    "table without pictures": lambda **given: table(pd.DataFrame({"a": [1]}), **given),
    "image_formatter.with_options": image_formatter.with_options,
    "set_options": set_options,
    "options": lambda **given: contextlib.ExitStack().enter_context(options(**given)),
    "Options": Options,
}


class TestLayers:
    def test_have_defaults(self) -> None:
        assert get_options() == Options()
        assert (get_options().size, get_options().quality) == (96, 75)

    def test_go_from_weak_to_strong(self) -> None:
        def seen(**given: Any) -> int:
            return thumbnail(PHOTO, **given).width

        assert seen() == 96
        set_options(size=80)
        assert (seen(), seen(size=50)) == (80, 50)
        with options(size=70):
            assert (seen(), seen(size=50)) == (70, 50)
            with options(size=60):
                assert (seen(), seen(size=50)) == (60, 50)
            assert seen() == 70
            set_options(size=90)
            assert seen() == 70
        assert seen() == 90

    def test_are_independent_for_each_option(self) -> None:
        set_options(scale=1)
        with options(size=48), options(quality=50):
            effective = get_options()

        assert (effective.size, effective.scale, effective.quality) == (48, 1, 50)

    @pytest.mark.parametrize(
        "use", ["thumbnail", "data_uri", "img", "gallery", "table", "formatter"]
    )
    def test_reach_every_function(self, use: str) -> None:
        def width() -> int:
            if use == "thumbnail":
                return thumbnail(PHOTO).width
            if use == "data_uri":
                return len(data_uri(PHOTO))
            html = {
                "img": lambda: img(PHOTO),
                "gallery": lambda: gallery([PHOTO]),
                "table": _frame,
                "formatter": lambda: image_formatter(PHOTO),
            }[use]()
            (tag,) = [tag for tag in elements(html) if tag.name == "img"]
            return int(str(tag["width"]))

        before = width()
        with options(size=40, preview_size=40):
            inside = width()
        set_options(size=41, preview_size=41)
        session = width()

        if use == "data_uri":
            assert inside < before
        else:
            assert (inside, session) == (40, 41)

    def test_end_with_the_block_also_after_an_error(self) -> None:
        with contextlib.suppress(ZeroDivisionError), options(size=48):
            raise ZeroDivisionError

        assert get_options().size == 96

    def test_yield_what_is_in_effect(self) -> None:
        with options(size=48) as effective:
            assert effective == get_options()
            assert effective.size == 48

    def test_may_be_none(self) -> None:
        set_options(size=48)

        with options(size=None):
            assert thumbnail(PHOTO).width == 240
        assert thumbnail(PHOTO, size=None).width == 240

    def test_of_a_formatter_are_its_own(self) -> None:
        formatter = image_formatter.with_options(size=40)

        with options(size=60, scale=1):
            (tag,) = elements(formatter(PHOTO))
            assert tag["width"] == "40"
            (tag,) = elements(formatter.with_options(size=30)(PHOTO))
            assert tag["width"] == "30"
            (tag,) = elements(image_formatter(PHOTO))
            assert tag["width"] == "60"

    def test_of_the_preview_rule_only_single_pictures(self) -> None:
        with options(preview_size=200, size=50):
            (tag,) = elements(img(PHOTO))
            assert tag["width"] == "200"
            (tag,) = elements(img(PHOTO, size=30))
            assert tag["width"] == "30"
            (tag,) = [tag for tag in elements(gallery([PHOTO])) if tag.name == "img"]
            assert tag["width"] == "50"

    def test_of_a_session_are_not_changed_by_a_mistake(self) -> None:
        with pytest.raises(OptionError):
            set_options(size=40, quality=0)
        with pytest.raises(OptionError):
            set_options(size=40, qualty=50)

        assert get_options() == Options()


class TestThreads:
    def test_do_not_see_each_others_blocks(self) -> None:
        together = threading.Barrier(4)

        def width(size: int) -> list[int]:
            seen = []
            for _ in range(10):
                together.wait(20)
                with options(size=size):
                    together.wait(20)
                    seen.append(thumbnail(PHOTO).width)
                seen.append(thumbnail(PHOTO).width)
            return seen

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(width, (30, 40, 50, 60)))

        assert results == [[size, 96] * 10 for size in (30, 40, 50, 60)]

    def test_see_the_session(self) -> None:
        set_options(size=44)

        with ThreadPoolExecutor(1) as pool, options(size=55):
            assert pool.submit(lambda: get_options().size).result(20) == 44

    def test_tasks_do_not_see_each_others_blocks(self) -> None:
        async def width(size: int) -> list[int]:
            seen = []
            with options(size=size):
                for _ in range(5):
                    await asyncio.sleep(0)
                    seen.append(thumbnail(PHOTO).width)
            return seen

        async def both() -> list[list[int]]:
            return list(await asyncio.gather(width(30), width(40)))

        assert asyncio.run(both()) == [[30] * 5, [40] * 5]


class TestMistakes:
    @pytest.mark.parametrize("use", USES)
    @pytest.mark.parametrize(
        ("misspelt", "meant"),
        [
            ("sizee", "size"),
            ("qualty", "quality"),
            ("max_pixel", "max_pixels"),
            ("colour_order", "color_order"),
            ("Size", "size"),
        ],
    )
    def test_in_a_name_suggest_the_right_one(self, use: str, misspelt: str, meant: str) -> None:
        error = outcome(lambda: USES[use](**{misspelt: 1}))

        assert isinstance(error, OptionError)
        assert isinstance(error, ValueError)
        assert misspelt in str(error)
        assert repr(meant) in str(error)

    @pytest.mark.parametrize("use", USES)
    def test_in_a_name_list_the_options_if_none_is_near(self, use: str) -> None:
        error = outcome(lambda: USES[use](zzz=1))

        assert isinstance(error, OptionError)
        assert all(name in str(error) for name in NAMES)

    @pytest.mark.parametrize("use", USES)
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("size", 0),
            ("size", -5),
            ("size", "large"),
            ("size", 96.5),
            ("size", (96,)),
            ("size", (96, 0)),
            ("size", (96, 96, 96)),
            ("size", True),
            ("size", 10**9),
            ("size", float("nan")),
            ("scale", 0),
            ("scale", float("inf")),
            ("scale", "2"),
            ("scale", None),
            ("format", "gif"),
            ("format", None),
            ("quality", 0),
            ("quality", 101),
            ("quality", None),
            ("background", "no colour"),
            ("background", 5),
            ("nan_color", None),
            ("nan_color", "url(x)"),
            ("pixelated", "yes"),
            ("pixelated", 1),
            ("value_range", (1, 0)),
            ("value_range", (1, 1)),
            ("value_range", (0, float("nan"))),
            ("value_range", (0, 1, 2)),
            ("value_range", 5),
            ("value_range", "01"),
            ("channels", "middle"),
            ("color_order", "gbr"),
            ("max_images", 0),
            ("max_images", 1.5),
            ("paths", "never"),
            ("remote", "yes"),
            ("on_error", "ignore"),
            ("max_pixels", 0),
            ("max_file_bytes", -1),
            ("max_file_bytes", "1MB"),
        ],
        ids=str,
    )
    def test_in_a_value_say_what_was_given_and_what_is_expected(
        self, use: str, name: str, value: object
    ) -> None:
        error = outcome(lambda: USES[use](**{name: value}))

        assert isinstance(error, OptionError)
        assert str(error).startswith(f"{name}=")
        assert "expected" in str(error)
        assert len(str(error)) <= 400

    @pytest.mark.parametrize(
        ("given", "meant"), [("jpge", "jpeg"), ("webpp", "webp"), ("autto", "auto")]
    )
    def test_in_a_word_suggest_the_right_one(self, given: str, meant: str) -> None:
        assert f"did you mean {meant!r}" in str(outcome(lambda: thumbnail(PHOTO, format=given)))  # type: ignore[arg-type]

    def test_are_never_long(self) -> None:
        for given in ({"x" * 10_000: 1}, {"size": "x" * 10_000}, {"format": "x" * 10_000}):
            assert len(str(outcome(lambda given=given: thumbnail(PHOTO, **given)))) <= 600

    def test_in_a_formatter_are_said_at_once(self) -> None:
        with pytest.raises(OptionError):
            image_formatter.with_options(size=0)

    def test_raise_also_where_errors_of_pictures_become_placeholders(self) -> None:
        with pytest.raises(OptionError):
            gallery([b"broken"], on_error="placeholder", quality=0)

    def test_in_positional_arguments_are_type_errors(self) -> None:
        with pytest.raises(TypeError):
            Options(96)  # type: ignore[misc]


class TestTheOptions:
    def test_have_defaults_that_their_own_checks_would_give(self) -> None:
        # They are not checked with every call.
        for option in dataclasses.fields(Options):
            checked = option.metadata["check"](option.default)
            assert (type(checked), checked) == (type(option.default), option.default), option.name

    def test_are_frozen_values(self) -> None:
        given = Options(size=50)

        with pytest.raises(AttributeError):
            given.size = 60  # type: ignore[misc]
        assert given == Options(size=50) != Options()
        assert hash(given) == hash(Options(size=50))
        assert dataclasses.replace(given, quality=10).quality == 10

    def test_are_the_keywords_that_type_checkers_know(self) -> None:
        assert list(typing.get_type_hints(OptionArgs)) == NAMES
        keywords = typing.get_type_hints(OptionArgs)
        fields = typing.get_type_hints(Options)
        assert {name: keywords[name] for name in NAMES} == {name: fields[name] for name in NAMES}

    def test_take_numbers_of_numpy(self) -> None:
        thumb = thumbnail(
            PHOTO,
            size=np.int64(60),
            scale=np.float32(1),
            quality=np.uint8(50),
            max_pixels=np.int32(10**6),
        )

        assert thumb.width == thumb.pixel_width == 60
        given = Options(value_range=np.array([0.0, 1.0]))  # type: ignore[arg-type]
        assert given.value_range == (0.0, 1.0)
        assert hash(given) == hash(Options(value_range=(0, 1)))

    def test_say_what_each_is_for(self) -> None:
        for option in dataclasses.fields(Options):
            assert len(option.metadata["about"]) > 20, option.name

    @pytest.mark.parametrize("name", ["background", "nan_color"])
    @pytest.mark.parametrize(
        "color", ["white", "#fff", "#ff00ff", "rgb(1, 2, 3)", "hsl(0, 100%, 50%)"]
    )
    def test_take_colours_as_css_writes_them(self, name: str, color: str) -> None:
        array = np.full((40, 40, 4), np.nan)

        assert thumbnail(array, **{name: color}).width == 40  # type: ignore[arg-type]

    def test_of_paths_rule_which_texts_are_pictures(self, tmp_path: Any) -> None:
        path = tmp_path / "a.png"
        PHOTO.save(path)

        def drawn(text: str, **given: Any) -> bool:
            html = image_formatter.with_options(**given)(text)
            return [tag.name for tag in elements(html)] == ["img"]

        assert drawn(str(path))
        assert not drawn(str(path), paths=False)
        assert drawn(str(path), paths=True)
        other = tmp_path / "no suffix"
        path.rename(other)
        assert not drawn(str(other))
        assert drawn(str(other), paths=True)
        assert not drawn(str(path))
        assert drawn(str(path), paths=True)  # as a placeholder: it was said to be a path


def test_the_module_and_the_function_have_one_name() -> None:
    import imgdisplay.options as by_statement

    assert callable(imgdisplay.options)
    assert callable(by_statement)


@pytest.mark.parametrize(("given", "kept"), [("jpg", "jpeg"), ("JPG", "jpeg"), ("PNG", "png")])
def test_a_format_may_be_named_as_people_do(given: str, kept: str) -> None:
    assert Options(format=given).format == kept  # type: ignore[arg-type]
