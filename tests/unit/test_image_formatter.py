"""`image_formatter` turns cells of anyone's table into pictures, and escapes all others."""

from __future__ import annotations

import copy
import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo import HOSTILE, elements, only_image, soup
from zoo.images import encoded, photograph

from imgdisplay import Html, OptionError, image_formatter, style_pictures

PHOTO = photograph("chelsea")
DATA = encoded(PHOTO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "cat.png"
    file.write_bytes(DATA)
    return file


class _Mine:
    def __imgdisplay__(self) -> object:
        return PHOTO


class TestPictures:
    @pytest.mark.parametrize(
        "picture",
        [
            PHOTO,
            DATA,
            bytearray(DATA),
            memoryview(DATA),
            np.asarray(PHOTO),
            np.asarray(PHOTO.convert("L")) / 255,
            {"bytes": DATA, "path": None},
            [PHOTO, PHOTO],
            (PHOTO, DATA),
            _Mine(),
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        ],
        ids=lambda picture: type(picture).__name__,
    )
    def test_become_one_image(self, picture: object) -> None:
        html = image_formatter(picture)

        assert "imgdisplay-broken" not in only_image(html)["class"]
        assert isinstance(html, Html)

    def test_in_files_become_one_image(self, path: Path) -> None:
        for source in (path, str(path), path.as_uri(), {"bytes": None, "path": str(path)}):
            assert only_image(image_formatter(source))["alt"] == "cat.png"

    def test_that_are_broken_become_a_placeholder(self) -> None:
        tag = only_image(image_formatter(DATA[:3000]))

        assert "imgdisplay-broken" in tag["class"]
        assert str(tag["title"]).startswith("unreadable: ")

    def test_in_figures_become_one_image(self) -> None:
        from matplotlib.figure import Figure

        assert only_image(image_formatter(Figure(figsize=(2, 1))))["width"] == "96"


class TestAnythingElse:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("<b>", "<b>"),
            (5, "5"),
            (1.5, "1.5"),
            (None, "None"),
            (float("nan"), "nan"),
            (True, "True"),
            (pd.NA, "<NA>"),
            (pd.NaT, "NaT"),
            ([1, 2], "[1, 2]"),
            ((), "()"),
            ([], "[]"),
            ({}, "{}"),
            ({"a": 1}, "{'a': 1}"),
            ({"bytes": None, "path": None}, "{'bytes': None, 'path': None}"),
            (b"bytes", "b'bytes'"),
            (np.array([1, 2]), "[1 2]"),
            (np.zeros((2, 2), int), "[[0 0]\n [0 0]]"),
            (np.float64(2.5), "2.5"),
            (complex(1, 2), "(1+2j)"),
            (int, "<class 'int'>"),
            ("", ""),
            ("photo.png", "photo.png"),
            ("https://example.com/a.png", "https://example.com/a.png"),
            (r"\\server\share\a.png", r"\\server\share\a.png"),
            (
                "data:text/html,<script>alert(1)</script>",
                "data:text/html,<script>alert(1)</script>",
            ),
            ("data:image/svg+xml,<svg/>", "data:image/svg+xml,<svg/>"),
            (Path("missing.png"), "missing.png"),
        ],
        ids=repr,
    )
    def test_stays_its_text(self, value: object, text: str) -> None:
        html = image_formatter(value)

        assert elements(html) == []
        assert soup(html).get_text() == text

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_makes_no_element(self, text: str) -> None:
        for value in (text, [text], {"a": text}, pd.Series([text], dtype=object)):
            assert elements(image_formatter(value)) == []

    def test_that_is_long_text_stays_whole(self) -> None:
        text = "a" * 50_000 + "<b>"

        assert soup(image_formatter(text)).get_text() == text

    def test_that_is_markup_by_type_stays_markup(self) -> None:
        assert [tag.name for tag in elements(image_formatter(Html("<b>x</b>")))] == ["b"]

    def test_is_never_opened_to_find_out(
        self, tmp_path: Path, no_socket: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("secret")
        opened: list[object] = []
        monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args))
        monkeypatch.setattr(io, "open", lambda *args, **_: opened.append(args))
        monkeypatch.setattr("os.open", lambda *args, **_: opened.append(args))

        for text in (str(secret), "https://example.com/a.png", "/etc/passwd", r"\\a\b\c.png"):
            assert elements(image_formatter(text)) == []
        assert opened == []

    @pytest.mark.parametrize("shape", [(2, 2), (7, 100), (100,), (5, 5, 5), (3, 3)])
    @pytest.mark.parametrize("dtype", [float, int, np.uint8])
    def test_that_is_a_small_table_of_numbers_is_no_picture(self, shape: Any, dtype: Any) -> None:
        assert elements(image_formatter(np.zeros(shape, dtype))) == []


class TestOtherTables:
    def test_of_pandas_are_filled(self) -> None:
        frame = pd.DataFrame({"name": ["<b>", "x"], "photo": [PHOTO, PHOTO]})

        with pd.option_context("display.max_colwidth", None):
            html = frame.to_html(
                formatters={"name": image_formatter, "photo": image_formatter}, escape=False
            )

        found = [tag.name for tag in elements(html)]
        assert found.count("img") == 2
        assert "b" not in found

    def test_of_a_styler_are_filled(self) -> None:
        pytest.importorskip("jinja2")
        frame = pd.DataFrame({"name": ["<b>", "x"], "photo": [PHOTO, b"GIF89a broken"]})

        html = frame.style.format(escape="html").format(image_formatter, subset=["photo"]).to_html()

        images = [tag for tag in elements(html) if tag.name == "img"]
        assert len(images) == 2
        assert str(images[1]["title"]).startswith("unreadable")


class TestOptionsOfItsOwn:
    def test_are_kept(self) -> None:
        small = image_formatter.with_options(size=30, format="jpeg")

        tag = only_image(small(PHOTO))

        assert tag["width"] == "30"
        assert str(tag["src"]).startswith("data:image/jpeg")
        assert only_image(image_formatter(PHOTO))["width"] == "96"

    def test_add_up(self) -> None:
        small = image_formatter.with_options(size=30).with_options(format="png").with_options()

        tag = only_image(small(PHOTO))

        assert (tag["width"], str(tag["src"])[:14]) == ("30", "data:image/png")

    def test_are_checked_at_once(self) -> None:
        with pytest.raises(OptionError, match="'size'"):
            image_formatter.with_options(siez=5)  # type: ignore[call-arg]

    def test_show_in_the_repr(self) -> None:
        assert repr(image_formatter) == "image_formatter"
        assert "size=30" in repr(image_formatter.with_options(size=30))

    def test_travel_between_processes(self) -> None:
        small = image_formatter.with_options(size=30)

        for other in (pickle.loads(pickle.dumps(small)), copy.deepcopy(small)):
            assert other(PHOTO) == small(PHOTO)

    def test_may_make_errors_raise(self) -> None:
        from imgdisplay import DecodeError

        with pytest.raises(DecodeError):
            image_formatter.with_options(on_error="raise")(DATA[:3000])


def test_an_image_is_not_asked_for_its_text() -> None:
    class Quiet(Image.Image):
        def __repr__(self) -> str:
            raise AssertionError("asked")

    quiet = Quiet()
    quiet.__dict__.update(PHOTO.copy().__dict__)

    assert only_image(image_formatter(quiet))["width"] == "96"


class TestAStyler:
    FRAME = pd.DataFrame({"name": ["a"], "photo": [Image.new("RGB", (9, 9))]})

    def test_takes_one_label(self) -> None:
        html = style_pictures(self.FRAME.style, "photo").to_html()

        assert [tag.name for tag in elements(html)].count("img") == 1

    @pytest.mark.parametrize(
        ("styler", "columns", "said"),
        [
            (FRAME.style, ["phto"], "no column 'phto' (did you mean 'photo'?)"),
            (FRAME.style, None, "columns=None: expected the columns that hold pictures"),
            (FRAME, ["photo"], "styler='DataFrame': expected frame.style"),
        ],
    )
    def test_tells_what_is_wrong(self, styler: Any, columns: Any, said: str) -> None:
        with pytest.raises(OptionError, match=re.escape(said)):
            style_pictures(styler, columns)
