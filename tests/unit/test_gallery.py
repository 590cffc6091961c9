"""`gallery` shows many pictures in one block of markup, and one bad picture costs one place."""

from __future__ import annotations

import io
from collections import OrderedDict, deque
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from PIL import Image
from zoo import elements, embedded, outcome, pixels
from zoo.images import encoded, photograph

from imgdisplay import (
    DecodeError,
    Html,
    OptionError,
    UnsupportedSource,
    gallery,
    options,
)

PHOTO = photograph("chelsea")


def figures(html: str) -> list[Tag]:
    return [tag for tag in elements(html) if tag.name == "figure"]


def images(html: str) -> list[Tag]:
    return [tag for tag in elements(html) if tag.name == "img"]


def captions(html: str) -> list[str]:
    return [
        caption.get_text() if (caption := figure.find("figcaption")) else ""
        for figure in figures(html)
    ]


def _flat(color: str) -> Image.Image:
    return Image.new("RGB", (60, 40), color)


class TestSources:
    @pytest.mark.parametrize(
        "make",
        [
            list,
            tuple,
            deque,
            iter,
            lambda items: (item for item in items),
            lambda items: dict(enumerate(items)).values(),
            pd.Series,
        ],
        ids=["list", "tuple", "deque", "iterator", "generator", "values", "Series"],
    )
    def test_may_be_anything_that_holds_several(self, make: Any) -> None:
        html = gallery(make([_flat("red"), _flat("lime"), _flat("blue")]), format="png")

        seen = [tuple(pixels(embedded(tag))[0, 0]) for tag in images(html)]
        assert seen == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]

    def test_may_be_a_batch(self) -> None:
        html = gallery(
            np.stack([np.full((40, 60), 10, np.uint8), np.full((40, 60), 200, np.uint8)])
        )

        assert [int(pixels(embedded(tag))[0, 0, 0]) for tag in images(html)] == [10, 200]

    def test_may_be_of_different_kinds(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        PHOTO.save(path)

        html = gallery([PHOTO, path, str(path), encoded(PHOTO), np.asarray(PHOTO)])

        assert len({str(tag["src"]) for tag in images(html)}) == 1
        assert len(images(html)) == 5

    def test_may_be_none_at_all(self) -> None:
        assert images(gallery([])) == []
        assert images(gallery({})) == []

    def test_may_hold_strips(self) -> None:
        html = gallery([[PHOTO] * 10, PHOTO])

        assert len(images(html)) == 2
        assert "+2 more" in html

    def test_may_be_one_and_the_same_many_times(self) -> None:
        # They may be drawn at the same time, and a file has only one position.
        file = io.BytesIO(encoded(PHOTO))
        file.seek(9)
        with Image.open(io.BytesIO(encoded(PHOTO))) as unloaded:
            for source in (file, unloaded, PHOTO):
                html = gallery([source] * 40, size=40)

                assert len({str(tag["src"]) for tag in images(html)}) == 1
                assert "unreadable" not in html
            assert unloaded.tile != []
        assert file.tell() == 9

    @pytest.mark.parametrize(
        "single",
        [
            "a.png",
            b"data",
            bytearray(b"data"),
            memoryview(b"data"),
            io.BytesIO(b"data"),
            PHOTO,
            5,
            None,
        ],
        ids=["path", "bytes", "bytearray", "view", "file", "image", "number", "none"],
    )
    def test_that_are_a_single_one_are_an_error_that_names_img(self, single: Any) -> None:
        error = outcome(lambda: gallery(single))

        assert isinstance(error, UnsupportedSource)
        assert "img" in str(error)

    def test_may_be_very_many(self) -> None:
        html = gallery([_flat("red")] * 500, size=16)

        assert len(images(html)) == 500


class TestCaptions:
    def test_are_given_one_by_one(self) -> None:
        html = gallery([PHOTO, PHOTO, PHOTO], captions=["one", "", 3])

        assert captions(html) == ["one", "", "3"]
        assert images(html)[0]["alt"] == "one"
        assert images(html)[1]["alt"] not in ("", "one")

    def test_are_the_keys_of_a_dict(self) -> None:
        assert captions(gallery({"a": PHOTO, 5: PHOTO, ("b", 1): PHOTO})) == ["a", "5", "('b', 1)"]
        assert captions(gallery(OrderedDict(z=PHOTO, a=PHOTO))) == ["z", "a"]

    def test_are_the_index_of_a_series(self) -> None:
        series = pd.Series([PHOTO, PHOTO], index=["cat", "dog"])

        assert captions(gallery(series)) == ["cat", "dog"]

    def test_that_are_given_go_before_keys(self) -> None:
        assert captions(gallery({"a": PHOTO}, captions=["b"])) == ["b"]

    def test_that_are_zero_are_shown(self) -> None:
        assert captions(gallery([PHOTO], captions=[0])) == ["0"]

    def test_may_be_markup_by_type(self) -> None:
        html = gallery([PHOTO], captions=[Html("<em>cat</em>")])

        (figure,) = figures(html)
        assert figure.find("em") is not None
        assert "<" not in str(images(html)[0]["alt"])

    @pytest.mark.parametrize("given", [[], ["a"], ["a", "b", "c"], "abc"])
    def test_must_be_as_many_as_the_pictures(self, given: Any) -> None:
        error = outcome(lambda: gallery([PHOTO, PHOTO], captions=given))

        assert isinstance(error, OptionError)
        assert "2" in str(error)

    def test_may_come_from_an_iterator(self) -> None:
        assert captions(gallery([PHOTO, PHOTO], captions=iter("ab"))) == ["a", "b"]


class TestTheGrid:
    def test_flows_if_no_columns_are_wanted(self) -> None:
        root = elements(gallery([PHOTO] * 5))[0]

        assert [child.name for child in root.find_all(True, recursive=False)] == ["figure"] * 5

    @pytest.mark.parametrize(
        ("count", "columns", "rows"),
        [(5, 2, [2, 2, 1]), (4, 2, [2, 2]), (3, 10, [3]), (3, 1, [1] * 3)],
    )
    def test_has_as_many_columns_as_are_wanted(
        self, count: int, columns: int, rows: list[int]
    ) -> None:
        root = elements(gallery([PHOTO] * count, columns=columns))[0]

        found = root.find_all("div", recursive=False)
        assert [len(row.find_all("figure", recursive=False)) for row in found] == rows

    @pytest.mark.parametrize("columns", [0, -1, 1.5, "two", np.array([1, 2]), [2]])
    def test_must_have_columns(self, columns: Any) -> None:
        error = outcome(lambda: gallery([PHOTO], columns=columns))

        assert isinstance(error, OptionError)
        assert "columns" in str(error)

    def test_takes_whole_numbers_of_numpy(self) -> None:
        assert len(figures(gallery([PHOTO] * 3, columns=np.int64(2)))) == 3  # type: ignore[arg-type]

    def test_is_one_block(self) -> None:
        html = gallery([PHOTO] * 3)

        outermost = [
            tag for tag in elements(html) if tag.parent is not None and tag.parent.name == "body"
        ]
        assert [tag.name for tag in outermost] == ["div"]
        assert isinstance(html, Html)


class TestBadPictures:
    def test_cost_one_place_each(self) -> None:
        html = gallery([PHOTO, b"broken", PHOTO, "missing.png"], captions="abcd")

        assert captions(html) == ["a", "b", "c", "d"]
        titles = [str(tag["title"]) for tag in images(html)]
        assert titles[1].startswith("unreadable: ")
        assert titles[3].startswith("not found: ")
        assert images(html)[0]["src"] == images(html)[2]["src"]

    def test_say_why_also_where_there_is_a_caption(self) -> None:
        (tag,) = images(gallery([b"broken"], captions=["my cat"]))

        assert "unreadable" in str(tag["alt"])

    def test_raise_if_asked(self) -> None:
        with pytest.raises(DecodeError):
            gallery([PHOTO, b"broken"], on_error="raise")
        with options(on_error="raise"), pytest.raises(DecodeError):
            gallery([PHOTO, b"broken"])

    def test_that_are_missing_have_a_place_too(self) -> None:
        html = gallery([PHOTO, None, float("nan"), pd.NA], captions="abcd")

        assert len(images(html)) == 4


def test_the_pictures_of_a_gallery_are_as_large_as_asked() -> None:
    html = gallery([PHOTO, PHOTO.rotate(90, expand=True)], size=60)

    assert [(tag["width"], tag["height"]) for tag in images(html)] == [("60", "40"), ("40", "60")]


def test_a_frame_is_no_gallery() -> None:
    with pytest.raises(UnsupportedSource, match="pass one of its columns"):
        gallery(pd.DataFrame({"photo": [PHOTO]}))
