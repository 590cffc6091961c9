"""A report is one page that shows everything, fetches nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from imgdisplay import Html, MissingExtra, OptionError, Report, SourceNotFound, report, set_options
from imgdisplay.core.files import write_whole
from imgdisplay.errors import UnsupportedSource
from imgdisplay.report.drawn import drawn_report
from imgdisplay.report.page import writer as page_module
from imgdisplay.report.rows import GROUP

RED, BLUE = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
TRUNCATED = b"\xff\xd8\xff\xe0"


def parsed(page: Report, folder: Path) -> BeautifulSoup:
    path = page.save(folder / "page.html")
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html5lib")


def picture(img: Any) -> Image.Image:
    """Return what an ``<img>`` shows, which stands in the style if it is shown elsewhere, too."""
    source = img["src"]
    if "shared" in img.get("class", []):
        styles = "".join(style.string for style in img.find_parent("html").find_all("style"))
        (name,) = (name for name in img["class"] if re.fullmatch(r"p\d+", name))
        (source,) = re.findall(rf'\.{name}{{--picture:url\("([^"]*)"\)}}', styles)
    head, _, data = source.partition(",")
    assert head.startswith("data:image/")
    assert head.endswith(";base64")
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


def skeleton(soup: BeautifulSoup) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements in order, each with the names of its attributes."""
    for sheet in soup.find_all("div", class_="sheet"):  # a wide one can be scrolled by keys
        sheet.attrs.clear()
    return [(tag.name, tuple(sorted(tag.attrs))) for tag in soup.find_all(True)]


class TestThePage:
    def test_is_html5_in_utf_8_with_the_policy_as_the_first_element_of_its_head(
        self, tmp_path: Path
    ) -> None:
        path = Report("Ünïcode").save(tmp_path / "page.html")
        data = path.read_bytes()
        assert data.lstrip().startswith(b'<!doctype html>\n<html lang="en">')
        assert b'charset="utf-8"' in data[:1024]
        soup = BeautifulSoup(data.decode("utf-8"), "html5lib")
        first = soup.head.find(True)
        assert first["http-equiv"] == "Content-Security-Policy"
        (script,) = soup.find_all("script", type=None)
        digest = base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()
        assert first["content"] == (
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        assert soup.title.string == soup.h1.string == "Ünïcode"
        assert soup.find("meta", attrs={"name": "viewport"})["content"].startswith("width=device")
        assert soup.find("meta", attrs={"name": "color-scheme"})["content"] == "light dark"

    def test_holds_one_script_and_no_address_but_data_and_places_in_itself(
        self, tmp_path: Path
    ) -> None:
        page = Report().add(pd.DataFrame({"p": [RED, TRUNCATED]})).add([RED]).add("text")
        soup = parsed(page, tmp_path)
        assert soup.find_all(["iframe", "object", "base", "form"]) == []
        kinds = [script.get("type") for script in soup.find_all("script")]
        assert kinds == [None, "application/json", "application/json"]
        for tag in soup.find_all(True):
            for name, value in tag.attrs.items():
                assert not name.startswith("on")
                if name in ("src", "href"):
                    assert value.startswith(("data:", "#"))
        for style in soup.find_all("style"):
            assert "@import" not in style.string
            assert set(re.findall(r"url\(.{6}", style.string)) <= {'url("data:'}

    def test_counts_its_pictures_rows_and_what_could_not_be_read(self, tmp_path: Path) -> None:
        page = Report("Counts").add(pd.DataFrame({"p": [RED, BLUE, TRUNCATED], "q": RED}))
        said = parsed(page, tmp_path).find(class_="summary").get_text(" ", strip=True)
        assert said == "6 pictures 3 rows 1 unreadable"
        assert repr(page) == "<Report 'Counts', 1 section>"

    def test_lists_bad_pictures_with_reasons_that_lead_to_their_rows(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"shot": [RED, TRUNCATED]}, index=["good", "bad"])
        soup = parsed(Report().add(frame), tmp_path)
        (entry,) = soup.details.find_all("li")
        assert entry.get_text().startswith("shot, row bad unreadable: ")
        row = soup.find(id=entry.a["href"].removeprefix("#"))
        assert row.name == "tr"
        assert row.th.string == "bad"

    def test_of_nothing_is_an_empty_page(self, tmp_path: Path) -> None:
        soup = parsed(Report("Nothing"), tmp_path)
        assert soup.h1.string == "Nothing"
        assert soup.find_all("section") == []
        assert soup.find(class_="summary") is None


class TestAdding:
    def test_returns_the_report_so_that_calls_can_be_chained(self) -> None:
        page = Report()
        assert page.add("text") is page

    def test_a_frame_gives_a_table_of_all_its_rows_and_columns(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({f"c{n}": range(70) for n in range(25)}).assign(p=RED)
        soup = parsed(Report().add(frame), tmp_path)
        assert len(soup.thead.find_all("th")) == 27
        assert len(soup.tbody.find_all("tr")) == 70
        assert len(soup.tbody.find_all("img")) == 70

    def test_long_texts_of_cells_are_not_cut_at_the_width_of_a_screen(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"text": ["word " * 60], "p": [RED]})
        cell = parsed(Report().add(frame), tmp_path).tbody.td
        assert cell.get_text().split() == ["word"] * 60
        assert pd.get_option("display.max_colwidth") == 50

    def test_a_series_gives_a_table_of_one_column(self, tmp_path: Path) -> None:
        soup = parsed(Report().add(pd.Series([RED, BLUE], name="shot")), tmp_path)
        assert [th.get_text() for th in soup.thead.find_all("th")] == ["row", "shot"]

    def test_a_named_index_keeps_its_name_in_the_single_heading_line(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"p": [RED]}, index=pd.Index(["a"], name="key"))
        soup = parsed(Report().add(frame), tmp_path)
        assert [th.get_text() for th in soup.thead.find_all("th")] == ["key", "p"]

    def test_numbers_are_aligned_as_such_and_texts_are_not(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {
                "n": [1.5, None],
                "e": [1e30, -2.0],
                "zip": ["8001", "3000"],
                "t": ["a", "1"],
                "p": RED,
            }
        )
        heads = parsed(Report().add(frame), tmp_path).thead.find_all("th")[1:]
        kinds = [head["class"][0] for head in heads]
        assert kinds == ["number", "number", "number", "text", "picture"]

    def test_levels_of_an_index_are_columns_and_levels_of_columns_one_name(
        self, tmp_path: Path
    ) -> None:
        index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
        frame = pd.DataFrame({("x", "p"): [RED, BLUE, RED, TRUNCATED], ("x", "n"): 1}, index=index)
        page = Report().add(frame)
        soup = parsed(page, tmp_path)
        heads = [th.get_text() for th in soup.thead.find_all("th")]
        assert heads == ["letter", "row", "x · p", "x · n"]
        names = [[th.string for th in row.find_all("th")] for row in soup.tbody.find_all("tr")]
        assert names == [["a", "1"], ["a", "2"], ["b", "1"], ["b", "2"]]
        assert len(soup.tbody.find_all("img")) == 4
        assert page.pictures == 4
        assert [bad.name for bad in page.unreadable] == ["x · p, row b, 2"]

    def test_many_rows_come_in_groups_with_fixed_columns(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": range(2 * GROUP + 1), "p": RED})
        table = parsed(Report().add(frame), tmp_path).table
        assert table["class"] == ["long"]
        sizes = [len(body.find_all("tr")) for body in table.find_all("tbody")]
        assert sizes == [GROUP, GROUP, 1]
        assert all(body["style"].startswith("--height:") for body in table.find_all("tbody"))

    def test_very_many_rows_are_text_until_they_are_looked_at(self, tmp_path: Path) -> None:
        elements = {}
        for count in (2000, 2001):
            page = Report().add(pd.DataFrame({"n": range(count)})).save(tmp_path / "page.html")
            # As a browser that runs scripts reads it.
            text = re.sub("<noscript>.*?</noscript>", "", page.read_text(), flags=re.DOTALL)
            elements[count] = len(BeautifulSoup(text, "html5lib").select("tbody tr"))
            assert len(BeautifulSoup(page.read_text(), "html5lib").select("tbody tr")) == count
        assert elements == {2000: 2000, 2001: 1000}

    def test_few_rows_are_an_ordinary_table(self, tmp_path: Path) -> None:
        table = parsed(Report().add(pd.DataFrame({"p": [RED] * GROUP})), tmp_path).table
        assert not table.has_attr("class")
        assert len(table.find_all("tbody")) == 1

    def test_a_frame_without_rows_is_a_table_without_rows(self, tmp_path: Path) -> None:
        soup = parsed(Report().add(pd.DataFrame({"a": []})), tmp_path)
        assert [th.get_text() for th in soup.thead.find_all("th")] == ["row", "a"]
        assert soup.find_all("td") == []

    def test_columns_of_one_name_and_names_of_markup_are_columns_like_others(
        self, tmp_path: Path
    ) -> None:
        frame = pd.DataFrame([[RED, BLUE, 1, 2.5]], columns=["a", "a", "<b>a</b>", "a"])
        soup = parsed(Report().add(frame), tmp_path)
        heads = [th.get_text() for th in soup.thead.find_all("th")]
        assert heads == ["row", "a", "a", "<b>a</b>", "a"]
        cells = soup.tbody.find_all("td")
        assert [picture(cell.img).getpixel((9, 9)) for cell in cells[:2]] == [
            one.getpixel((9, 9)) for one in (RED, BLUE)
        ]
        assert [cell.get_text() for cell in cells[2:]] == ["1", "2.5"]

    def test_cells_of_any_length_and_of_mixed_types_are_shown(self, tmp_path: Path) -> None:
        cells = ["x" * 2_000_000, None, 1, 2.5, RED, b"\xff\xd8\xff\xe0", {"a": [1]}, ("b",), True]
        soup = parsed(Report().add(pd.DataFrame({"any": cells})), tmp_path)
        shown = [row.td for row in soup.tbody.find_all("tr")]
        assert shown[0].get_text() == f"{'x' * 500}… (2,000,000 characters)"
        assert (tmp_path / "page.html").stat().st_size < 200_000
        assert [bool(cell.img) for cell in shown] == [place in (4, 5) for place in range(9)]
        texts = [shown[place].get_text() for place in (1, 2, 3, 6, 7, 8)]
        assert texts == ["None", "1", "2.5", "{'a': [1]}", "(b,)", "True"]

    def test_a_missing_value_is_marked_as_one(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": [1.5, float("nan")], "t": ["NaN", None]}, dtype=object)
        soup = parsed(Report().add(frame), tmp_path)
        marked = [mark.parent.get_text() for mark in soup.find_all(class_="none")]
        assert marked == ["NaN", "None"]

    def test_a_named_column_shows_placeholders_for_what_cannot_be_opened(
        self, tmp_path: Path
    ) -> None:
        frame = pd.DataFrame({"file": ["nowhere.png", "nothing at all"]})
        soup = parsed(Report().add(frame, column="file"), tmp_path)
        assert [img["title"].partition(":")[0] for img in soup.find_all("img")] == ["not found"] * 2
        assert [img["alt"] for img in soup.find_all("img")] == [
            "nowhere.png, not shown",
            "nothing at all, not shown",
        ]

    def test_a_dict_gives_a_gallery_with_captions_that_are_also_the_alternative_texts(
        self, tmp_path: Path
    ) -> None:
        soup = parsed(Report().add({"first": RED, "second": BLUE}), tmp_path)
        cards = soup.find("section", class_="as-gallery").tbody.find_all("tr")
        assert [card.th.get_text() for card in cards] == ["first", "second"]
        assert [card.img["alt"] for card in cards] == ["first", "second"]
        assert [picture(card.img).convert("RGB").getpixel((9, 9)) for card in cards] == [
            (255, 0, 0),
            (0, 0, 255),
        ]

    def test_a_list_gives_a_gallery_in_which_files_are_called_by_their_names(
        self, tmp_path: Path
    ) -> None:
        RED.save(tmp_path / "red.png")
        soup = parsed(Report().add([RED, str(tmp_path / "red.png")]), tmp_path)
        captions = [row.th.get_text() for row in soup.tbody.find_all("tr")]
        assert captions == ["", "red.png"]

    def test_a_bad_picture_in_a_gallery_shows_its_reason(self, tmp_path: Path) -> None:
        page = Report().add({"good": RED, "bad": TRUNCATED})
        soup = parsed(page, tmp_path)
        assert soup.find(class_="reason").get_text() == page.unreadable[0].reason
        assert page.unreadable[0].name == "bad"

    @pytest.mark.parametrize(
        "source",
        [RED, np.zeros((40, 60), np.float32), {"bytes": TRUNCATED, "path": None}],
        ids=["PIL image", "array", "dict of bytes that are broken"],
    )
    def test_anything_else_is_a_single_picture(self, source: object, tmp_path: Path) -> None:
        page = Report().add(source)
        assert len(parsed(page, tmp_path).find_all("img")) == 1
        assert page.pictures == 1

    def test_a_single_picture_is_drawn_as_large_as_a_preview_unless_a_size_is_given(
        self, tmp_path: Path
    ) -> None:
        large = Image.new("RGB", (2000, 1000))
        page = Report().add(large).add(large, size=50).add(large, preview_size=70)
        widths = [img["width"] for img in parsed(page, tmp_path).find_all("img")]
        assert widths == ["512", "50", "70"]

    def test_a_text_is_a_paragraph_and_markup_stays_markup(self, tmp_path: Path) -> None:
        page = Report().add("1 < 2\r\n<b>").add(Html("<b>bold</b>"))
        sections = parsed(page, tmp_path).find_all("section")
        assert sections[0].p.get_text() == "1 < 2\n<b>"
        assert sections[1].b.get_text() == "bold"

    def test_a_section_has_its_title_and_caption(self, tmp_path: Path) -> None:
        page = Report().add([RED], title="Title & more", caption=Html("<code>x</code>"))
        section = parsed(page, tmp_path).section
        assert section.h2.get_text() == "Title & more"
        assert section.find(class_="caption").code.get_text() == "x"

    def test_an_empty_list_is_refused(self) -> None:
        with pytest.raises(UnsupportedSource, match="empty list"):
            Report().add([])

    def test_a_mistake_in_an_option_raises_at_once(self) -> None:
        with pytest.raises(OptionError, match="did you mean 'quality'"):
            Report().add([RED], qualty=3)  # type: ignore[call-arg]

    def test_a_bad_picture_raises_where_that_is_asked_for(self, tmp_path: Path) -> None:
        from imgdisplay import DecodeError

        page = Report().add([TRUNCATED], on_error="raise")
        with pytest.raises(DecodeError):
            page.save(tmp_path / "a.html")
        assert os.listdir(tmp_path) == []

    def test_options_are_those_in_effect_when_it_is_added(self, tmp_path: Path) -> None:
        from imgdisplay import options

        page = Report()
        with options(size=32):
            page.add([Image.new("RGB", (640, 640))])
        assert parsed(page, tmp_path).img["width"] == "32"


def noise(count: int) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [
        Image.fromarray(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)) for _ in range(count)
    ]


class TestLimits:
    def test_of_a_notebook_do_not_hold_for_a_page(self, tmp_path: Path) -> None:
        images = noise(4)
        set_options(max_output_bytes=10_000, timeout=0.1)
        page = Report().add(images).add(pd.DataFrame({"p": images}))
        soup = parsed(page, tmp_path)
        assert {picture(img).size for img in soup.find_all("img")} == {(96, 96)}
        assert soup.find_all(class_="note") == []

    @pytest.mark.parametrize("kind", [list, lambda images: pd.DataFrame({"p": images})])
    def test_that_are_given_are_kept_and_told(self, kind: Any, tmp_path: Path) -> None:
        soup = parsed(Report().add(kind(noise(4)), max_output_bytes=10_000), tmp_path)
        assert all(picture(img).width < 96 for img in soup.find_all("img"))
        assert "max_output_bytes" in soup.find(class_="note").get_text()


class TestLargerViews:
    @pytest.mark.parametrize("kind", [list, lambda images: pd.DataFrame({"p": images})])
    def test_open_without_script_and_are_not_counted(self, kind: Any, tmp_path: Path) -> None:
        page = Report().add(kind([Image.new("RGB", (600, 400)), TRUNCATED]), zoom=300, size=60)
        soup = parsed(page, tmp_path)
        (view,) = soup.main.find_all("details", class_="zoom")
        assert [img["width"] for img in view.find_all("img")] == ["60", "300"]
        assert page.pictures == 2
        assert len(page.unreadable) == 1


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></h1><script>alert(1)</script>",
    "</td></tr></table><iframe src=//evil.example>",
    "{{ 7*7 }}{% raw %}",
    "&lt;script&gt;",
    "<!-- <![CDATA[ ]]>",
    "\u202egnp.exe\u2066",
    "a\x00b\x1b[31mc",
    "\ud800 and \udfff",
    "\udcff",
    '<meta http-equiv="refresh" content="0;url=//evil.example">',
]


def everywhere(text: str) -> Report:
    """Return a page with `text` in every place that takes one."""
    # As objects, since the text type of pandas takes no lone surrogate.
    rows = pd.Index([text, "row"], dtype=object, name=text)
    texts = pd.Series([text, "b"], dtype=object, index=rows)
    frame = pd.DataFrame({"text": texts, "p": [RED, TRUNCATED]}, index=rows)
    frame.columns = pd.Index([text, "p"], dtype=object)
    index = pd.MultiIndex.from_arrays(
        [pd.Index([text, text], dtype=object), [1, 2]], names=[text, "n"]
    )
    return (
        Report(text)
        .add(f"text {text}", title=text, caption=text)
        .add(frame, title=text)
        .add(frame.set_index(index))
        .add({text: RED, f"{text}2": TRUNCATED})
        .add([text])
    )


class TestHostileText:
    @pytest.mark.parametrize("text", HOSTILE, ids=ascii)
    def test_adds_no_element_and_no_attribute(self, text: str, tmp_path: Path) -> None:
        plain = skeleton(parsed(everywhere("harmless"), tmp_path))
        assert skeleton(parsed(everywhere(text), tmp_path)) == plain

    @pytest.mark.parametrize("text", HOSTILE, ids=ascii)
    def test_in_names_of_files_adds_no_element_and_no_attribute(
        self, text: str, tmp_path: Path
    ) -> None:
        def page_of(name: str) -> Report:
            folder = tmp_path / f"folder {len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            name = name.replace("/", "_").replace("\0", "")
            try:
                RED.save(folder / f"{name}.png", "PNG")
                (folder / f"{name}.jpg").write_bytes(TRUNCATED)
            except (OSError, UnicodeEncodeError):
                pytest.skip("this file system has no such name")
            return Report().add(folder)

        plain = skeleton(parsed(page_of("harmless"), tmp_path))
        assert skeleton(parsed(page_of(text), tmp_path)) == plain

    def test_is_shown_as_it_is_read(self, tmp_path: Path) -> None:
        soup = parsed(everywhere("<b>&amp;"), tmp_path)
        assert soup.title.string == soup.h1.get_text() == soup.h2.get_text() == "<b>&amp;"
        assert soup.thead.find_all("th")[1].get_text() == "<b>&amp;"
        assert soup.tbody.tr.td.get_text() == "<b>&amp;"
        assert soup.find("section", class_="as-gallery").tbody.tr.th.get_text() == "<b>&amp;"
        labels = re.findall(r'--label:("[^"]*")', soup.style.string)
        assert r'"\3c b\3e \26 amp\3b "' in labels
        data = json.loads(soup.find("script", type="application/json").string)
        assert data[0][:2] == ["<b>&amp;", "<b>&amp;"]

    @pytest.mark.parametrize("text", ["\u202e", "\u2066", "\ud800", "\x1b", "\x00"], ids=ascii)
    def test_that_controls_or_reorders_is_replaced(self, text: str, tmp_path: Path) -> None:
        source = everywhere(f"a{text}b").save(tmp_path / "page.html").read_text("utf-8")
        assert text not in source
        assert "a\ufffdb" in source


class TestWhatCannotBeAdded:
    @pytest.mark.parametrize(
        "obj", [pd.DataFrame({"a": [1]}).style, pd.DataFrame({"a": [1]}).groupby("a")]
    )
    def test_says_what_can(self, obj: object) -> None:
        with pytest.raises(UnsupportedSource, match=r"Html\(…\) adds markup"):
            Report().add(obj)

    @pytest.mark.parametrize("name", ["table.xlsx", "rows.json", "notes.txt"])
    def test_is_a_file_that_is_not_read(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("[]")
        with pytest.raises(UnsupportedSource, match="read it with pandas and pass the frame"):
            Report().add(tmp_path / name)

    def test_is_no_title(self) -> None:
        with pytest.raises(OptionError, match=r"expected a str; Report\(\)\.add\(…\)"):
            Report(pd.DataFrame({"a": [1]}))  # type: ignore[arg-type]


class TestSaving:
    def test_returns_the_path_and_accepts_a_string(self, tmp_path: Path) -> None:
        assert Report().save(str(tmp_path / "a.html")) == tmp_path / "a.html"

    def test_leaves_nothing_beside_the_page(self, tmp_path: Path) -> None:
        Report().add([RED]).save(tmp_path / "a.html")
        assert os.listdir(tmp_path) == ["a.html"]

    def test_gives_the_file_the_permissions_of_any_new_file(self, tmp_path: Path) -> None:
        (tmp_path / "other").write_text("")
        page = Report().save(tmp_path / "a.html")
        assert page.stat().st_mode == (tmp_path / "other").stat().st_mode

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
    def test_keeps_the_old_file_whatever_happens_on_the_way(
        self, error: type[BaseException], tmp_path: Path
    ) -> None:
        def texts() -> Any:
            yield "half of the new page"
            raise error

        path = tmp_path / "a.html"
        path.write_text("the old page")
        with pytest.raises(error):
            write_whole(path, texts())
        assert path.read_text() == "the old page"
        assert os.listdir(tmp_path) == ["a.html"]

    def test_keeps_the_old_file_if_it_cannot_be_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*names: str) -> None:
            raise PermissionError(13, "Permission denied", *names)

        path = tmp_path / "a.html"
        path.write_text("the old page")
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):
            Report().save(path)
        monkeypatch.undo()
        assert path.read_text() == "the old page"
        assert os.listdir(tmp_path) == ["a.html"]

    def test_names_the_file_that_was_asked_for_when_it_cannot_be_made(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught:
            Report().save(tmp_path / "no folder" / "a.html")
        assert caught.value.filename == str(tmp_path / "no folder" / "a.html")

    def test_refuses_to_replace_a_folder_that_is_named_like_a_page(self, tmp_path: Path) -> None:
        (tmp_path / "a.html").mkdir()
        with pytest.raises(OptionError, match="is a folder"):
            Report().save(tmp_path / "a.html")

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
    def test_refuses_to_replace_a_device(self) -> None:
        with pytest.raises(OptionError, match="no ordinary file"):
            Report().save("/dev/null")

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
    def test_is_readable_for_whom_the_older_one_was(self, mode: int, tmp_path: Path) -> None:
        path = tmp_path / "page.html"
        path.write_text("older")
        path.chmod(mode)
        seen: list[int] = []

        def parts() -> Iterator[str]:
            seen.extend(file.stat().st_mode & 0o777 & ~mode for file in tmp_path.iterdir())
            yield "newer"

        write_whole(path, parts())
        assert path.read_text() == "newer"
        assert path.stat().st_mode & 0o777 == mode
        assert seen == [0, 0]

    def test_writes_through_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real.html").write_text("old")
        (tmp_path / "link.html").symlink_to("real.html")
        Report("New").save(tmp_path / "link.html")
        assert (tmp_path / "link.html").is_symlink()
        assert "New" in (tmp_path / "real.html").read_text("utf-8")

    @pytest.mark.parametrize("name", ["script.py", "notes.txt", "analysis.ipynb", "data.json"])
    def test_overwrites_nothing_that_is_no_page(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("mine")
        with pytest.raises(OptionError, match=r"a report is a page \(\.html\)"):
            Report().save(tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"

    def test_twice_gives_the_same_page(self, tmp_path: Path) -> None:
        page = Report().add(pd.DataFrame({"p": [RED]}))
        first = page.save(tmp_path / "a.html").read_bytes()
        assert page.save(tmp_path / "b.html").read_bytes() == first

    def test_without_jinja2_names_the_extra(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "jinja2", None)
        page_module.templates.cache_clear()
        with pytest.raises(MissingExtra, match=r"pip install 'imgdisplay-jupyter\[report\]'"):
            Report().save(tmp_path / "a.html")
        assert os.listdir(tmp_path) == []


class TestReportInOneLine:
    def test_writes_a_page_of_anything(self, tmp_path: Path) -> None:
        path = report({"red": RED}, tmp_path / "a.html", title="Colours", size=40)
        soup = BeautifulSoup(path.read_text("utf-8"), "html5lib")
        assert soup.h1.string == "Colours"
        assert soup.img["width"] == "40"

    def test_of_an_image_file_shows_the_picture_under_its_name(self, tmp_path: Path) -> None:
        RED.save(tmp_path / "red.png")
        path = report(str(tmp_path / "red.png"), tmp_path / "a.html")
        soup = BeautifulSoup(path.read_text("utf-8"), "html5lib")
        assert soup.h1.string == soup.figcaption.get_text() == "red.png"

    def test_of_a_path_that_is_not_there_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(SourceNotFound, match="no folder, table or image"):
            report(str(tmp_path / "nothing"), tmp_path / "a.html")
        assert os.listdir(tmp_path) == []

    def test_is_the_function_though_the_module_has_the_same_name(
        self, python: Callable[..., str]
    ) -> None:
        code = """
            import imgdisplay.report.page.writer, imgdisplay
            from imgdisplay.report import Report
            print(imgdisplay.report.__name__, imgdisplay.Report is Report)
        """
        assert python(code) == "report True"


def test_links_are_those_of_the_page_though_another_is_written_meanwhile(tmp_path: Path) -> None:
    away = tmp_path / "far" / "away"
    away.mkdir(parents=True)
    (tmp_path / "near").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "near" / "a.png")
    sections = Report().add(tmp_path / "near", links=True)._sections
    with drawn_report("One", sections) as one, drawn_report("Other", sections) as other:
        texts = page_module.page_texts(one, folder=tmp_path / "near")
        begun = next(texts)
        written = "".join(page_module.page_texts(other, folder=away))
        page = begun + "".join(texts)

    links = [[a["href"] for a in soup_of(html).select("td a, th a")] for html in (page, written)]
    assert links == [["a.png"], [(tmp_path / "near" / "a.png").as_uri()]]


def soup_of(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_name_that_no_file_can_have_is_no_link_and_costs_one_picture(tmp_path: Path) -> None:
    page = Report().add({"a": "\ud83d.png", "b": RED}, links=True)
    page.save(tmp_path / "a.html")
    assert (page.counts.pictures, page.counts.unreadable) == (2, 1)


def test_what_follows_the_path_of_an_address_is_not_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"p": ["https://example.org/x.png?signature=SECRET"]})
    path = Report().add(frame, column="p", remote=False).save(tmp_path / "a.html")
    assert "SECRET" not in path.read_text("utf-8")
    assert "x.png" in path.read_text("utf-8")
