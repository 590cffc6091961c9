"""Pictures in the tables, pages and notebooks of other libraries, each tested for real."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from PIL import Image
from zoo import HOSTILE, embedded, pixels, psnr, soup
from zoo.images import encoded, in_mode, photograph

import imgdisplay
from imgdisplay import image_formatter

PHOTO = photograph("chelsea")
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["cat", SCRIPT],
            "photo": [PHOTO, np.asarray(PHOTO)],
            "stars": [5.0, 4.25],
        }
    )


def images(html: str) -> list[Tag]:
    found: list[Tag] = soup(html).find_all("img")
    return found


def assert_two_photographs(html: str, width: int = 64) -> None:
    """Two pictures, drawn as wanted, that look like what they are, and nothing that runs."""
    tags = images(html)
    assert [tag["width"] for tag in tags] == [str(width)] * 2
    small = PHOTO.resize((60, 40))
    for tag in tags:
        assert psnr(pixels(embedded(tag).resize((60, 40))), small) > 22
        assert tag["alt"]
        assert "max-width:none" in str(tag["style"])
    assert not [tag for tag in soup(html).find_all("script") if "alert" in tag.get_text()]
    assert not soup(html).find_all(onerror=True)


small = image_formatter.with_options(size=64)


class TestPandas:
    def test_to_html_with_the_formatter_for_every_column(self) -> None:
        data = frame()
        html = data.to_html(formatters=[small] * len(data.columns), escape=False)

        assert_two_photographs(html)
        assert SCRIPT in [cell.get_text() for cell in soup(html).find_all("td")]

    def test_to_html_with_the_formatter_for_the_column_of_pictures(self) -> None:
        html = frame()[["photo", "stars"]].to_html(formatters={"photo": small}, escape=False)

        assert_two_photographs(html)
        assert "4.25" in soup(html).get_text()

    def test_to_html_with_two_blanks_in_a_name(self, tmp_path: Path) -> None:
        """pandas 3 turns two blanks of a cell into &nbsp;, inside of tags as well."""
        path = tmp_path / "two  blanks.png"
        PHOTO.save(path)

        html = pd.DataFrame({"p": [str(path)]}).to_html(formatters=[small], escape=False)

        (tag,) = images(html)
        assert str(tag["alt"]).replace("\xa0", " ") == "two  blanks.png"
        assert embedded(tag).size[0] >= 64

    def test_to_html_with_a_narrow_column_width(self) -> None:
        with pd.option_context("display.max_colwidth", 20):
            html = frame().to_html(formatters=[small] * 3, escape=False)
        assert_two_photographs(html)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_to_html_escapes_hostile_text(self, name: str) -> None:
        data = pd.DataFrame({"t": pd.Series([HOSTILE[name]], dtype=object), "p": [PHOTO]})

        html = data.to_html(formatters=[small, small], escape=False)

        assert len(images(html)) == 1
        assert soup(html).find_all(["script", "iframe", "svg"]) == []

    def test_a_styler_by_the_recipe(self) -> None:
        styled = (
            frame()
            .style.format(escape="html")
            .format(small, subset=["photo"])
            .format_index(escape="html")
            .format_index(escape="html", axis=1)
        )
        assert_two_photographs(styled.to_html())
        assert SCRIPT in [cell.get_text() for cell in soup(styled.to_html()).find_all("td")]

    def test_a_styler_by_the_helper(self) -> None:
        html = imgdisplay.style_pictures(frame().style, ["photo"], size=64).to_html()

        assert_two_photographs(html)
        assert SCRIPT in [cell.get_text() for cell in soup(html).find_all("td")]

    def test_a_styler_keeps_its_other_formats(self) -> None:
        styled = imgdisplay.style_pictures(frame().style, ["photo"], size=64)
        html = (
            styled.format("{:.1f} of 5", subset=["stars"]).highlight_max(subset=["stars"]).to_html()
        )

        assert_two_photographs(html)
        assert "4.2 of 5" in soup(html).get_text()

    def test_a_styler_escapes_its_headers(self) -> None:
        data = frame().rename(columns={"name": SCRIPT}, index={0: SCRIPT})
        data.index.name = data.columns.name = None

        html = imgdisplay.style_pictures(data.style, ["photo"], size=64).to_html()

        assert_two_photographs(html)

    def test_a_styler_shows_files_with_signs_that_are_escaped(self, tmp_path: Path) -> None:
        """Styler hands an already escaped path to its formatter if it is told to escape."""
        path = tmp_path / "a&b <c> 'd'.png"
        PHOTO.save(path)

        html = imgdisplay.style_pictures(pd.DataFrame({"p": [str(path)]}).style, ["p"]).to_html()

        (tag,) = images(html)
        assert "imgdisplay-broken" not in tag["class"]
        assert tag["alt"] == path.name

    def test_a_styler_leaves_missing_pictures_as_text(self) -> None:
        data = pd.DataFrame({"p": pd.Series([PHOTO, None, float("nan")], dtype=object)})
        html = imgdisplay.style_pictures(data.style, ["p"]).to_html()
        assert len(images(html)) == 1

    def test_a_styler_of_no_such_column_says_so(self) -> None:
        with pytest.raises(imgdisplay.OptionError, match="no column 'nope'"):
            imgdisplay.style_pictures(frame().style, ["nope"])

    def test_the_accessor_is_there_when_it_is_asked_for(self, python: Callable[..., str]) -> None:
        """In a process of its own, since it stays."""
        printed = python(
            """
            import pandas as pd
            from PIL import Image
            import imgdisplay
            image = Image.new("RGB", (640, 480), "teal")
            df = pd.DataFrame({"p": [image, None, image]}, index=list("abc"))
            print(hasattr(df, "img"))
            imgdisplay.register_accessor()
            imgdisplay.register_accessor()
            print(df.img.table(size=32).count("<img"), df["p"].img.gallery(size=32).count("<img"))
            thumbs = df["p"].img.thumbnails(size=32)
            print(list(thumbs.index), [type(t).__name__ for t in thumbs])
            opened = df["p"].img.open()
            print(opened.iloc[0].size, opened.iloc[0] is image, opened.iloc[1])
            """
        )
        assert printed.splitlines() == [
            "False",
            "2 2",
            "['a', 'b', 'c'] ['Thumbnail', 'NoneType', 'Thumbnail']",
            "(640, 480) False None",
        ]


class TestGreatTables:
    def test_shows_pictures_by_its_own_formatter(self) -> None:
        great_tables = pytest.importorskip("great_tables")

        html = great_tables.GT(frame()).fmt(small, columns="photo").as_raw_html()

        assert [tag["width"] for tag in images(html)][:1] == ["64"]
        tags = [tag for tag in images(html) if str(tag.get("src")).startswith("data:image")]
        assert len(tags) == 2
        for tag in tags:
            assert psnr(pixels(embedded(tag).resize((60, 40))), PHOTO.resize((60, 40))) > 22

    def test_shows_escaped_text_in_every_column_that_the_formatter_has(self) -> None:
        great_tables = pytest.importorskip("great_tables")

        html = great_tables.GT(frame()).fmt(small, columns=["name", "photo"]).as_raw_html()

        assert_two_photographs(html)
        assert SCRIPT in [cell.get_text() for cell in soup(html).find_all("td")]

    def test_of_polars_too(self, tmp_path: Path) -> None:
        """Of paths: great_tables itself takes bytes for text."""
        great_tables = pytest.importorskip("great_tables")
        polars = pytest.importorskip("polars")
        PHOTO.save(tmp_path / "cat.png")
        data = polars.DataFrame({"name": ["a", "b"], "photo": [str(tmp_path / "cat.png")] * 2})

        html = great_tables.GT(data).fmt(small, columns="photo").as_raw_html()

        assert_two_photographs(html)

    def test_keeps_its_own_formats(self) -> None:
        great_tables = pytest.importorskip("great_tables")
        table = great_tables.GT(frame()).fmt(small, columns=["name", "photo"])

        html = table.fmt_number(columns="stars", decimals=1).tab_header("Two").as_raw_html()

        assert_two_photographs(html)
        assert "4.2" in soup(html).get_text()


class TestItables:
    @staticmethod
    def shown(html: str) -> str:
        """Return the cells that itables hands to its script, as one page."""
        found = re.search(r'"data_json":\s*("(?:[^"\\]|\\.)*")', html)
        if found is None:
            return html
        rows = json.loads(json.loads(found[1]))
        return "".join(f"<p>{cell}</p>" for row in rows for cell in row)

    def test_shows_pictures_where_html_is_allowed(self) -> None:
        itables = pytest.importorskip("itables")

        html = itables.to_html_datatable(frame().map(small), allow_html=True, connected=True)

        assert_two_photographs(self.shown(html))

    def test_shows_other_text_escaped(self) -> None:
        itables = pytest.importorskip("itables")

        html = itables.to_html_datatable(frame().map(small), allow_html=True, connected=True)

        cells = [tag.get_text() for tag in soup(self.shown(html)).find_all("p")]
        assert SCRIPT in cells
        assert soup(html).find_all(onerror=True) == []

    def test_of_a_table_without_pictures_is_text(self) -> None:
        itables = pytest.importorskip("itables")
        data = pd.DataFrame({"a": [SCRIPT, "x"]}).map(small)
        html = itables.to_html_datatable(data, allow_html=True, connected=True)
        assert soup(self.shown(html)).find_all(onerror=True) == []


class TestMarimo:
    """It asks ``_display_``, registered types, ``_mime_`` and then ``_repr_html_``."""

    @staticmethod
    def formatted(obj: object) -> tuple[str, str]:
        formatting = pytest.importorskip("marimo._output.formatting")
        formatter = formatting.get_formatter(obj)
        assert formatter is not None
        mime, data = formatter(obj)
        return str(mime), str(data)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: imgdisplay.img(PHOTO, size=64),
            lambda: imgdisplay.thumbnail(PHOTO, size=64),
            lambda: imgdisplay.gallery([PHOTO], size=64),
            lambda: imgdisplay.table(pd.DataFrame({"p": [PHOTO]}), size=64),
        ],
        ids=["img", "thumbnail", "gallery", "table"],
    )
    def test_shows_what_we_return_as_html(self, make: Callable[[], object]) -> None:
        mime, data = self.formatted(make())

        assert mime == "text/html"
        assert [tag["width"] for tag in images(data)] == ["64"]

    def test_puts_it_into_its_layouts(self) -> None:
        marimo = pytest.importorskip("marimo")
        html = marimo.vstack([imgdisplay.img(PHOTO, size=64), imgdisplay.img(PHOTO, size=64)]).text
        assert_two_photographs(html)

    def test_puts_it_into_its_markdown(self) -> None:
        marimo = pytest.importorskip("marimo")
        picture = imgdisplay.img(PHOTO, size=64)
        html = marimo.md(f"# A cat\n\n{picture!s}\n\n{picture!s}").text
        assert_two_photographs(html)


class TestPanel:
    def test_shows_what_we_return_as_html(self) -> None:
        panel = pytest.importorskip("panel")
        pane = panel.panel(imgdisplay.img(PHOTO, size=64))
        assert "data:image" in str(pane.object)


class TestTemplates:
    def test_of_jinja_do_not_escape_us_and_escape_others(self) -> None:
        jinja2 = pytest.importorskip("jinja2")
        page = jinja2.Environment(autoescape=True).from_string("<p>{{ text }}</p>{{ a }}{{ b }}")

        html = page.render(
            text=SCRIPT, a=imgdisplay.img(PHOTO, size=64), b=imgdisplay.img(PHOTO, size=64)
        )

        assert_two_photographs(html)

    def test_of_markupsafe_take_us_as_markup(self) -> None:
        markupsafe = pytest.importorskip("markupsafe")
        picture = imgdisplay.img(PHOTO, size=64)
        assert markupsafe.escape(picture) == str(picture)
        joined = markupsafe.Markup("{}{}").format(picture, image_formatter(SCRIPT))
        assert len(images(joined)) == 1

    def test_of_our_own_strings_are_text_again(self) -> None:
        """What is added to markup was not escaped, so the sum counts as text."""
        assert not hasattr(imgdisplay.img(PHOTO, size=64) + SCRIPT, "__html__")


class TestPlainDisplay:
    def test_by_ipython_shows_html(self) -> None:
        from IPython.core.formatters import DisplayFormatter

        data, _ = DisplayFormatter().format(imgdisplay.img(PHOTO, size=64))

        assert len(images(data["text/html"])) == 1
        assert len(data["text/plain"]) < 60

    def test_by_ipython_of_a_thumbnail_has_a_picture_for_latex(self) -> None:
        from IPython.core.formatters import DisplayFormatter

        for source, mime in ((PHOTO, "image/jpeg"), (in_mode("RGBA").image, "image/png")):
            data, _ = DisplayFormatter().format(imgdisplay.thumbnail(source, size=64))
            assert {"text/html", "text/plain", mime} == set(data)


class TestTheFormatter:
    def test_of_numbers_dates_and_nothing_is_text(self) -> None:
        for value, text in [
            (3, "3"),
            (2.5, "2.5"),
            (None, "None"),
            (True, "True"),
            (pd.Timestamp("2024-01-31"), "2024-01-31 00:00:00"),
            ("a & b", "a &amp; b"),
        ]:
            assert str(image_formatter(value)) == text

    def test_of_a_broken_picture_is_a_placeholder(self) -> None:
        (tag,) = images(image_formatter(b"\x89PNG\r\n\x1a\nbroken"))
        assert "imgdisplay-broken" in tag["class"]

    def test_of_a_list_is_a_strip_with_its_count(self) -> None:
        html = image_formatter([Image.new("RGB", (64, 48), "red")] * 30)
        assert len(images(html)) == 1
        most = imgdisplay.get_options().max_images
        assert f"+{30 - most} more" in soup(html).get_text()

    def test_follows_the_options_of_the_session(self) -> None:
        imgdisplay.set_options(size=40)
        (tag,) = images(image_formatter(PHOTO))
        assert tag["width"] == "40"
        (tag,) = images(small(PHOTO))
        assert tag["width"] == "64"

    def test_with_wrong_options_raises_at_once(self) -> None:
        with pytest.raises(imgdisplay.OptionError):
            image_formatter.with_options(sise=64)  # type: ignore[call-arg]
        with pytest.raises(imgdisplay.OptionError):
            image_formatter.with_options(size=-64)


def test_a_hugging_face_dataset_shows_its_pictures() -> None:
    datasets = pytest.importorskip("datasets")
    data: Any = datasets.Dataset.from_dict(
        {"image": [{"bytes": encoded(PHOTO), "path": None}] * 2, "label": [0, 1]},
        features=datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")}),
    )
    assert_two_photographs(imgdisplay.table(data, size=64))
