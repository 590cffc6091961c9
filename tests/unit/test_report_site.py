"""A folder of pages: every row once, an index that finds it, and all of it or nothing."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from PIL import Image

import imgdisplay
from imgdisplay import Html, MissingExtra, OptionError, Report, report
from imgdisplay.cli import main
from imgdisplay.cli.answers import bytes_for_people
from imgdisplay.report.facts import Tally
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.page import writer as page_module
from imgdisplay.report.rows import Column, Row, Text
from imgdisplay.report.site import pages as sitepages
from imgdisplay.report.site import paging, places
from imgdisplay.report.site import writer as site
from imgdisplay.report.site.paging import Limits, slices_of
from imgdisplay.report.site.searchtext import front_coded

RED = Image.new("RGB", (64, 48), "red")
BROKEN = b"\xff\xd8\xff\xe0"


def noise(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))


def frame_of(count: int) -> pd.DataFrame:
    photos = [noise(row) for row in range(count)]
    return pd.DataFrame({"photo": photos, "name": [f"photos/{row:04}.jpg" for row in range(count)]})


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be full after 7 rows; 20, where pictures are in files."""
    monkeypatch.setattr(sitepages, "_INLINE", Limits(rows=7))
    monkeypatch.setattr(sitepages, "_FILES", Limits(rows=20))


def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html5lib")


def pages_of(folder: Path) -> list[str]:
    """Return the names of the pages in the order of the index."""
    return [link["href"] for link in parsed(folder / "index.html").select(".pages a")]


def cells_of(folder: Path, name: str, column: int = 2) -> list[str]:
    rows = parsed(folder / name).select(".sheet tbody tr")
    return [row.find_all(["td", "th"])[column].get_text() for row in rows]


def searched(folder: Path, name: str) -> list[tuple[str, list[list[str]]]]:
    """Return what the index finds on a page, as its script reads it."""
    script = (folder / "search" / f"{name.removesuffix('.html')}.js").read_text(encoding="utf-8")
    call = re.fullmatch(r"imgdisplayTexts\(\.\.\.(.*)\);\n", script, re.DOTALL)
    assert call is not None
    told, sections = json.loads(call[1])
    assert f"{told}.html" == name
    return [(anchor, decoded(text)) for anchor, text in sections]


def decoded(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in text.split("\n"):
        above = rows[-1] if rows else []
        cells = []
        for place, cell in enumerate(line.split("\t")):
            before = above[place] if place < len(above) else ""
            cells.append(before[: ord(cell[0]) - 35] + cell[1:])
        rows.append(cells)
    return rows


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestWhatIsAFolder:
    @pytest.mark.parametrize("given", ["out/", "out", "./out/", Path("out"), "a.b/", "."])
    def test_ends_in_a_slash_is_there_or_has_no_suffix(
        self, given: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        target = places.folder_asked(given)
        assert target is not None
        assert isinstance(target.given, Path)

    def test_is_an_address_even_one_with_a_suffix(self, tmp_path: Path) -> None:
        target = places.folder_asked("s3://bucket/report.v2")
        assert target is not None
        assert target.given == "s3://bucket/report.v2"
        local = places.folder_asked(tmp_path.as_uri() + "/out")
        assert local is not None
        assert local.given == tmp_path / "out"

    def test_is_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("a file without suffix")
        for path in ("report.html", tmp_path / "out.htm", tmp_path / "file"):
            assert places.folder_asked(path) is None


class TestPages:
    def test_hold_every_row_once_and_no_more_than_fit(self, tmp_path: Path) -> None:
        given = report(frame_of(24), tmp_path / "out", title="Holiday")
        assert given == tmp_path / "out"
        names = pages_of(given)
        assert names == ["page-001.html", "page-002.html", "page-003.html", "page-004.html"]
        rows = [cells_of(given, name) for name in names]
        assert [len(some) for some in rows] == [7, 7, 7, 3]
        assert [name for some in rows for name in some] == [
            f"photos/{row:04}.jpg" for row in range(24)
        ]

    def test_look_and_work_like_a_single_page(self, tmp_path: Path) -> None:
        frame = frame_of(7)
        one = parsed(report(frame, tmp_path / "one.html", title="Same"))
        folder = report(frame, tmp_path / "many", title="Same")
        page = parsed(folder / "page-001.html")
        assert page.find("script").string == one.find("script").string
        assert page.select_one(".sheet").decode() == one.select_one(".sheet").decode()
        assert page.select_one(".tools").decode() == one.select_one(".tools").decode()
        assert page.head.find(True).decode() == one.head.find(True).decode()

    def test_lead_to_each_other_and_to_the_index(self, tmp_path: Path) -> None:
        folder = report(frame_of(18), tmp_path / "out/")
        seen = []
        name = pages_of(folder)[0]
        while name:
            seen.append(name)
            page = parsed(folder / name)
            above, below = page.select("nav.pager")
            for nav in (above, below):
                links = {link.get_text(): link["href"] for link in nav.find_all("a")}
                assert links["All pages"] == "index.html"
                assert links["Search all pages"] == "index.html#search"
                before = nav.find("a", rel="prev")
                assert (before["href"] if before else None) == (seen[-2] if seen[1:] else None)
            following = below.find("a", rel="next")
            name = following["href"] if following else ""
        assert seen == pages_of(folder)

    def test_tell_what_part_of_the_whole_they_are(self, tmp_path: Path) -> None:
        folder = report(frame_of(18), tmp_path / "out/", title="Holiday")
        page = parsed(folder / "page-002.html")
        assert page.title.string == page.h1.string == "Holiday – Page 2"
        assert "Rows 8–14 of 18" in page.select_one("nav.pager").get_text()
        assert page.select_one(".summary").get_text(" ", strip=True) == "7 pictures"

    def test_end_before_they_are_too_large(self, tmp_path: Path) -> None:
        rows = [Row(number, (Text("x" * 500),)) for number in range(1, 11)]
        tally = Tally(Column(("t",)))
        section = DrawnSection(
            form="table", anchor="s1", columns=(tally.drawn(),), groups=lambda: iter([tuple(rows)])
        )
        drawn = DrawnReport("t", (section,))
        pages = list(slices_of(drawn, Limits(rows=100, bytes=4000)))
        assert [len(page[0].rows) for page, _ in pages] == [3, 3, 3, 1]
        assert [page[0].first for page, _ in pages] == [1, 4, 7, 10]
        assert [is_last for _, is_last in pages] == [False, False, False, True]
        huge = list(slices_of(drawn, Limits(rows=100, bytes=10)))
        assert [len(page[0].rows) for page, _ in huge] == [1] * 10

    def test_take_several_sections_and_keep_a_text_with_what_follows_it(
        self, tmp_path: Path
    ) -> None:
        page = (
            Report("Mixed")
            .add([noise(n) for n in range(3)], title="First")
            .add(frame_of(4), title="Second")
            .add("Words about the third.")
            .add(frame_of(9), title="Third", caption="All of it")
        )
        folder = page.save(tmp_path / "out")
        told = [
            [heading.get_text() for heading in parsed(folder / name).select("main h2")]
            for name in pages_of(folder)
        ]
        assert told == [["First", "Second"], ["Third"], ["Third (continued)"]]
        second, third = (parsed(folder / name) for name in pages_of(folder)[1:])
        assert "Words about the third." in second.main.get_text()
        assert "Words" in parsed(folder / "page-002.html").select_one("section.prose").get_text()
        assert second.select_one(".caption").get_text() == "All of it"
        assert third.select_one(".caption") is None
        listed = parsed(folder / "index.html").select(".pages li")
        assert "First, rows 1–3 · Second, rows 1–4" in listed[0].get_text()
        assert "Third, rows 8–9" in listed[2].get_text()

    def test_store_a_picture_once_where_they_show_it_twice(self, tmp_path: Path) -> None:
        photos = [RED, RED, *(noise(n) for n in range(6)), RED]
        folder = report(pd.DataFrame({"photo": photos}), tmp_path / "out", zoom=None)
        first, second = (parsed(folder / name) for name in pages_of(folder))
        assert len(first.select(".sheet .shared")) == 2
        (key,) = {mark["class"][1] for mark in first.select(".sheet .shared")}
        assert first.decode().count(f".{key}{{--picture") == 1
        assert second.select(".sheet .shared") == []
        assert len(second.select(".sheet img")) == 2

    def test_with_a_template_of_the_user_keep_what_it_says(self, tmp_path: Path) -> None:
        (tmp_path / "mine.html").write_text(
            '{% extends "page.html" %}{% block footer %}<footer>Ours</footer>{% endblock %}'
        )
        (tmp_path / "mine.css").write_text("h1 { color: teal }")
        folder = report(
            frame_of(9),
            tmp_path / "out",
            template=tmp_path / "mine.html",
            style=tmp_path / "mine.css",
        )
        for name in pages_of(folder):
            assert parsed(folder / name).footer.string == "Ours"
            assert "teal" in (folder / name).read_text()
        assert "teal" in (folder / "index.html").read_text()

    def test_of_an_empty_frame_are_one_with_an_empty_table(self, tmp_path: Path) -> None:
        folder = report(frame_of(3)[:0], tmp_path / "out")
        (name,) = pages_of(folder)
        page = parsed(folder / name)
        assert [head.get_text() for head in page.select(".sheet thead th")][1:] == ["photo", "name"]
        assert page.select(".sheet tbody tr") == []

    def test_of_nothing_but_words_are_none(self, tmp_path: Path) -> None:
        folder = Report("Words").add("Only these.").save(tmp_path / "out")
        assert os.listdir(folder) == ["index.html"]
        assert "Only these." in parsed(folder / "index.html").main.get_text()


class TestTheIndex:
    def test_counts_and_sums_up_as_a_single_page_does(self, tmp_path: Path) -> None:
        frame = frame_of(10).assign(n=range(10), kind=list("aabbbccccc"))
        frame.at[3, "photo"] = None
        frame.at[8, "photo"] = BROKEN
        one = parsed(report(frame, tmp_path / "one.html", column="photo"))
        page = Report("Report").add(frame, column="photo")
        index = parsed(page.save(tmp_path / "many") / "index.html")
        rows = [row.decode() for row in one.select(".facts li")]
        assert [row.decode() for row in index.select(".facts li")] == rows
        assert len(rows) > 3
        said = index.select_one(".summary").get_text(" ", strip=True)
        assert said == "9 pictures 10 rows 1 unreadable 2 pages"
        assert (page.counts.rows, page.counts.pictures, page.counts.unreadable) == (10, 9, 1)

    def test_leads_to_the_rows_of_what_could_not_be_read(self, tmp_path: Path) -> None:
        frame = frame_of(20)
        frame.loc[[3, 16], "photo"] = pd.Series([BROKEN, BROKEN], index=[3, 16])
        page = Report().add(frame)
        folder = page.save(tmp_path / "out")
        links = parsed(folder / "index.html").select(".problems a")
        assert [link["href"] for link in links] == ["page-001.html#s1-4", "page-003.html#s1-3"]
        assert [bad.anchor for bad in page.unreadable] == [link["href"] for link in links]
        for link, name in zip(links, ["photos/0003.jpg", "photos/0016.jpg"], strict=True):
            file, _, anchor = link["href"].partition("#")
            soup = parsed(folder / file)
            assert soup.find(id=anchor).find_all(["td", "th"])[2].get_text() == name
            (there,) = soup.select(".problems a")
            assert there["href"] == f"#{anchor}"

    def test_shows_pages_with_their_rows_their_names_and_a_picture(self, tmp_path: Path) -> None:
        folder = report(frame_of(9).set_index("name"), tmp_path / "out")
        first, second = parsed(folder / "index.html").select(".pages li")
        assert "Rows 1–7" in first.get_text()
        assert "photos/0000.jpg – photos/0006.jpg" in first.get_text()
        assert "Rows 8–9" in second.get_text()
        picture = first.img["src"].partition(",")[2]
        assert Image.open(io.BytesIO(base64.b64decode(picture))).size[0] > 0

    def test_lets_only_its_own_script_run_and_what_that_loads(self, tmp_path: Path) -> None:
        folder = report(frame_of(9), tmp_path / "out")
        soup = parsed(folder / "index.html")
        policy = soup.head.find(True)
        assert policy["http-equiv"] == "Content-Security-Policy"
        scripts = re.search("script-src ([^;]*);", policy["content"])
        assert scripts is not None
        assert re.fullmatch(r"'sha256-[\w+/=]+' 'strict-dynamic'", scripts[1])
        assert "img-src data:;" in policy["content"]
        assert [one.get("type") for one in soup.find_all("script")] == [None, "application/json"]


class TestSearch:
    def test_has_the_texts_of_all_rows_where_they_are(self, tmp_path: Path) -> None:
        frame = frame_of(10)
        frame.at[8, "photo"] = BROKEN
        folder = report(frame, tmp_path / "out")
        ((anchor, first),) = searched(folder, "page-001.html")
        ((_, second),) = searched(folder, "page-002.html")
        assert anchor == "s1"
        assert [row[2] for row in first + second] == list(frame["name"])
        assert "unreadable" in second[1][1]

    def test_has_no_tab_or_newline_in_a_text(self, tmp_path: Path) -> None:
        folder = Report().add({"a\tb\nc": RED, "d": RED}).save(tmp_path / "out")
        ((_, rows),) = searched(folder, "page-001.html")
        assert [row[1] for row in rows] == ["a b c", "d"]

    @pytest.mark.parametrize(
        "rows",
        [
            [["", ""], ["", ""]],
            [["a"], ["ab"], ["abc"], ["abd"], ["x" * 200], ["x" * 200], ["x" * 199 + "y"]],
            [["ü😀a", "😀"], ["ü😀b", "😀"], ["ü", "😀😀"]],
            [["one"], ["one", "two"], ["o"]],
            [['#"\\'], ['#"\\'], ["</script>"], ["</script><!--"]],
        ],
    )
    def test_texts_come_out_as_they_went_in(self, rows: list[list[str]]) -> None:
        assert decoded(front_coded(rows)) == rows

    def test_texts_are_short_where_rows_are_alike(self) -> None:
        rows = [[f"/data/photos/2024/holiday/img_{row:05}.jpg", "cat"] for row in range(1000)]
        assert len(front_coded(rows)) < sum(len(cell) for row in rows for cell in row) / 4

    def test_scripts_are_pure_data_whatever_is_in_the_cells(self, tmp_path: Path) -> None:
        texts = ['"); alert(1); ("', "`${alert(1)}`", "\u2028\u2029", "\udcff", "</script>", "\\"]
        folder = report(
            pd.DataFrame({"p": [RED] * 6, "t": pd.Series(texts, dtype=object)}), tmp_path / "out"
        )
        ((_, rows),) = searched(folder, "page-001.html")
        assert [row[2] for row in rows][:2] == texts[:2]
        assert rows[5][2] == "\\"


class TestImagesInFiles:
    def test_are_there_once_and_shown_by_the_pages(self, tmp_path: Path) -> None:
        photos = [noise(row % 5) for row in range(24)]
        frame = pd.DataFrame({"photo": photos, "name": [str(row) for row in range(24)]})
        folder = report(frame, tmp_path / "out", images="files", zoom=None)
        assert [len(cells_of(folder, name)) for name in pages_of(folder)] == [20, 4]
        shown = set()
        for name in pages_of(folder):
            soup = parsed(folder / name)
            assert "data: 'self' file:" in soup.head.find(True)["content"]
            for img in soup.select(".sheet img"):
                with Image.open(folder / img["src"]) as picture:
                    picture.load()
                shown.add(img["src"])
        stored = {name for name in files_in(folder) if name.startswith("images")}
        assert shown == stored
        assert len(stored) == 5
        index = parsed(folder / "index.html")
        assert index.select_one(".pages img")["src"] in stored

    def test_have_the_same_names_whenever_they_are_written(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            report(frame_of(9), tmp_path / name, images="files")
        assert files_in(tmp_path / "one") == files_in(tmp_path / "two")

    def test_need_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(OptionError, match="needs a folder"):
            report(frame_of(2), tmp_path / "page.html", images="files")
        with pytest.raises(OptionError, match="expected 'inline' or 'files'"):
            report(frame_of(2), tmp_path / "out", images="filse")  # type: ignore[arg-type]


class TestAllOrNothing:
    def test_an_older_report_is_replaced_as_a_whole(self, tmp_path: Path) -> None:
        report(frame_of(30), tmp_path / "out", images="files")
        (tmp_path / "out" / ".DS_Store").write_bytes(b"left by a file manager")
        report(frame_of(9), tmp_path / "out", title="New")
        assert files_in(tmp_path / "out") == [
            "index.html",
            "page-001.html",
            "page-002.html",
            "search/page-001.js",
            "search/page-002.js",
        ]
        assert os.listdir(tmp_path) == ["out"]

    @pytest.mark.parametrize("images", ["inline", "files"])
    def test_what_a_killed_worker_did_not_finish_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Any
    ) -> None:
        real = places.FolderPlace.write

        def killed(place: Any, name: str, parts: Any) -> int:
            folder = Path(place.path)
            for inside in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
                (inside / ".imgdisplay-0123456789ab.part").write_text("half a p")
                (inside / "1234.png.0123456789ab.part").write_text("half a p")
            return real(place, name, parts)

        monkeypatch.setattr(places.FolderPlace, "write", killed)
        folder = report(frame_of(9), tmp_path / "out", images=images)
        assert [name for name in files_in(folder) if "part" in name] == []
        assert pages_of(folder)

    def test_an_empty_folder_is_filled(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        report(frame_of(2), tmp_path / "out")
        assert pages_of(tmp_path / "out") == ["page-001.html"]

    @pytest.mark.parametrize(
        "others",
        [
            {"notes.txt": "mine"},
            {"index.html": "<html>my own site</html>"},
            {"page-001.html": "no index"},
            {"index.html": places.MARK, "thesis.tex": "years of work"},
            {"index.html": places.MARK, "images/mine.jpg": "the only one"},
        ],
    )
    def test_a_folder_with_other_things_is_refused_before_anything_is_drawn(
        self, others: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "out").mkdir()
        for name, text in others.items():
            (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
            (tmp_path / "out" / name).write_text(text)
        monkeypatch.setattr(site, "drawn_report", None)
        with pytest.raises(OptionError, match="holds other things"):
            report(frame_of(2), tmp_path / "out")
        assert {name: (tmp_path / "out" / name).read_text() for name in others} == others
        assert os.listdir(tmp_path) == ["out"]

    @pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError, MemoryError])
    def test_whatever_happens_on_the_way_the_old_one_stays(
        self, failure: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report(frame_of(9), tmp_path / "out", title="Old")
        old = files_in(tmp_path / "out")
        written: list[str] = []

        def failing(place: Any, name: str, parts: Any) -> int:
            written.append(name)
            if name == "page-002.html":
                raise failure
            return real(place, name, parts)

        real = places.FolderPlace.write
        monkeypatch.setattr(places.FolderPlace, "write", failing)
        with pytest.raises(failure):
            report(frame_of(20), tmp_path / "out", title="New")
        assert "page-001.html" in written
        assert files_in(tmp_path / "out") == old
        assert parsed(tmp_path / "out" / "index.html").h1.string == "Old"
        assert os.listdir(tmp_path) == ["out"]

    def test_a_full_disk_is_told_with_the_name_that_was_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(path: str, parts: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", path)

        monkeypatch.setattr(places, "write_whole", full)
        with pytest.raises(OSError, match="No space left") as caught:
            report(frame_of(2), tmp_path / "out")
        assert caught.value.filename == str(tmp_path / "out")
        assert os.listdir(tmp_path) == []

    def test_the_old_one_stays_where_it_cannot_be_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report(frame_of(2), tmp_path / "out", title="Old")
        real, target = os.rename, str(tmp_path / "out")

        def refused(old: str, new: str) -> None:
            if new == target and old.endswith(".part"):
                raise PermissionError(13, "Permission denied", new)
            real(old, new)

        monkeypatch.setattr(os, "rename", refused)
        with pytest.raises(PermissionError) as caught:
            report(frame_of(2), tmp_path / "out", title="New")
        assert caught.value.filename == target
        assert parsed(tmp_path / "out" / "index.html").h1.string == "Old"
        assert os.listdir(tmp_path) == ["out"]

    @pytest.mark.parametrize("why", ["here", "mounted"])
    def test_a_folder_that_must_stay_is_filled_instead(
        self, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = tmp_path / "out"
        target.mkdir()
        before = os.stat(target).st_ino
        if why == "here":
            monkeypatch.chdir(target)
        else:
            monkeypatch.setattr(os.path, "ismount", lambda path: path == str(target))
        report(frame_of(20), target, title="Old")
        report(frame_of(9), "." if why == "here" else target, title="New")
        assert os.stat(target).st_ino == before
        assert len(files_in(target)) == 5
        assert parsed(target / "index.html").h1.string == "New"
        assert sorted(os.listdir(target))[-1] == "search"

        real = os.rename

        def failing(old: str, new: str) -> None:
            if new == str(target / "page-002.html") and "-old" not in old:
                raise OSError(5, "Input/output error")
            real(old, new)

        there = files_in(target)
        monkeypatch.setattr(os, "rename", failing)
        with pytest.raises(OSError, match="Input/output error"):
            report(frame_of(20), target, title="Newer")
        assert files_in(target) == there
        assert parsed(target / "index.html").h1.string == "New"

    def test_a_place_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught:
            report(frame_of(2), tmp_path / "no folder" / "out")
        assert caught.value.filename == str(tmp_path / "no folder" / "out")

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
    def test_a_link_stays_one(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        report(frame_of(2), tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert pages_of(tmp_path / "real") == ["page-001.html"]

    def test_a_broken_picture_that_is_to_raise_leaves_nothing(self, tmp_path: Path) -> None:
        frame = frame_of(9)
        frame.at[8, "photo"] = BROKEN
        with pytest.raises(imgdisplay.SourceError):
            report(frame, tmp_path / "out", on_error="raise")
        assert os.listdir(tmp_path) == []

    def test_without_jinja2_names_the_extra_before_anything_is_drawn(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page_module.templates.cache_clear()
        monkeypatch.setitem(sys.modules, "jinja2", None)
        monkeypatch.setattr(site, "drawn_report", None)
        with pytest.raises(MissingExtra, match=r"imgdisplay-jupyter\[report\]"):
            report(frame_of(2), tmp_path / "out")
        assert os.listdir(tmp_path) == []


@pytest.fixture
def store() -> Iterator[Any]:
    """Give fsspec's store in memory, empty."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


class TestAnAddress:
    def test_gets_a_folder_of_pages_below_its_index(self, store: Any) -> None:
        given = report(frame_of(9), "memory://site/out/", images="files", title="Far")
        assert given == "memory://site/out/"
        index = BeautifulSoup(store.cat("/site/out/index.html").decode(), "html5lib")
        (link,) = index.select(".pages a")
        inside, name = link["href"].split("/")
        assert re.fullmatch(r"pages-[0-9a-f]{8}", inside)
        page = BeautifulSoup(store.cat(f"/site/out/{inside}/{name}").decode(), "html5lib")
        assert {one["href"] for one in page.select("nav.pager a")} == {
            "../index.html",
            "../index.html#search",
        }
        for img in page.select(".sheet img"):
            assert store.exists(f"/site/out/{inside}/{img['src']}")
        assert index.select_one(".pages img")["src"].startswith(f"{inside}/images/")
        assert f"{inside}/" in index.find(id="searched").string

    def test_gets_the_index_last_and_loses_the_older_pages_after_that(
        self, store: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report(frame_of(9), "memory://site/out", title="Old")
        old = {path for path in store.find("/site/out") if "pages-" in path}
        written: list[str] = []
        real = places.AddressPlace.write_once

        def spied(place: Any, name: str, data: bytes) -> None:
            assert old <= set(store.find("/site/out"))
            written.append(name)
            real(place, name, data)

        monkeypatch.setattr(places.AddressPlace, "write_once", spied)
        report(frame_of(9), "memory://site/out/", title="New")
        assert written[-1] == "index.html"
        assert not old & set(store.find("/site/out"))
        assert len(store.find("/site/out")) == 5

    def test_keeps_the_old_report_when_the_new_one_fails(
        self, store: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report(frame_of(9), "memory://site/out", title="Old")
        old = store.find("/site/out")
        real = places.AddressPlace.write_once

        def failing(place: Any, name: str, data: bytes) -> None:
            if name == "page-003.html":
                raise OSError("no room")
            real(place, name, data)

        monkeypatch.setattr(places.AddressPlace, "write_once", failing)
        with pytest.raises(OSError, match="no room"):
            report(frame_of(20), "memory://site/out")
        assert store.find("/site/out") == old

    def test_with_other_things_is_refused(self, store: Any) -> None:
        store.pipe_file("/site/out/data.parquet", b"years of work")
        with pytest.raises(OptionError, match="other things"):
            report(frame_of(2), "memory://site/out")
        assert store.find("/site/out") == ["/site/out/data.parquet"]
        store.pipe_file("/site/own/index.html", b"<html>my own site</html>")
        with pytest.raises(OptionError, match=r"index\.html"):
            report(frame_of(2), "memory://site/own")

    def test_without_a_place_is_a_mistake(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for address in ("memory://", "s3:///"):
            with pytest.raises(OptionError, match="names no place"):
                report(frame_of(2), address)
        assert list(tmp_path.iterdir()) == []

    def test_of_no_known_kind_is_a_mistake(self) -> None:
        with pytest.raises(OptionError, match="nonsense"):
            report(frame_of(2), "nonsense://site/out")

    def test_without_fsspec_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "fsspec.core", None)
        with pytest.raises(MissingExtra, match=r"imgdisplay-jupyter\[remote\]"):
            report(frame_of(2), "memory://site/out")

    def test_of_a_file_is_a_folder_here(self, tmp_path: Path) -> None:
        given = report(frame_of(2), (tmp_path / "a b").as_uri())
        assert given == tmp_path / "a b"
        assert pages_of(given) == ["page-001.html"]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</title></style><iframe src=//evil.example>",
    "{{ 7*7 }}",
    "<!-- <script>",
    "\u202egnp.\x00",
]


def skeleton(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag.name, tuple(sorted(tag.attrs))) for tag in parsed(path).find_all(True)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(text: str, tmp_path: Path) -> None:
    for name, said in (("tame", re.sub(r"\S", "w", text)), ("hostile", text)):
        frame = pd.DataFrame(
            {"p": [noise(1), BROKEN], said: [said, said]}, index=pd.Index([said] * 2, name=said)
        )
        (
            Report(said).add(said).add(frame, title=said, caption=said).add({said: RED}, title=said)
        ).save(tmp_path / name)
    for file in ("index.html", "page-001.html"):
        assert skeleton(tmp_path / "hostile" / file) == skeleton(tmp_path / "tame" / file)


def test_markup_of_the_user_stays_markup(tmp_path: Path) -> None:
    folder = Report().add(Html("<b>bold</b>")).add([RED]).save(tmp_path / "out")
    assert parsed(folder / "page-001.html").select_one("section.markup b").string == "bold"


def test_a_lazy_frame_of_polars_is_a_table(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    lazy = pl.LazyFrame({"n": range(10)}).filter(pl.col("n") > 1)
    folder = report(lazy, tmp_path / "out")
    shown = [cell for name in pages_of(folder) for cell in cells_of(folder, name, 0)]
    assert shown == [str(n) for n in range(2, 10)]


class TestTallies:
    @pytest.mark.parametrize(
        "texts",
        [
            ["1", "2", "3", "4.5", "-1e9", "0", "", "7"],
            ["a", "b", "a", "", "a", "c", "a", "b"],
            [str(number**3 % 1009) for number in range(2500)],
            ["2024-01-01", "2020-05-05", "", "1999-12-31", "2024-01-01"],
            ["1", "x"],
            ["", ""],
        ],
    )
    @pytest.mark.parametrize("parts", [1, 2, 3, 7])
    def test_of_parts_merge_to_that_of_the_whole(self, texts: list[str], parts: int) -> None:
        column = Column(("c",))

        def tally(some: list[str]) -> Tally:
            made = Tally(column)
            for text in some:
                made.add(Text(text, missing=not text))
            return made

        whole = tally(texts).drawn()
        merged = tally(texts[0::parts])
        for part in range(1, parts):
            merged.merge(tally(texts[part::parts]))
        facts = merged.drawn().facts
        assert merged.drawn().column == whole.column
        for name in ("cells", "missing", "distinct", "word", "line"):
            assert getattr(facts, name) == getattr(whole.facts, name)
        assert [count for _, count in facts.common] == [count for _, count in whole.facts.common]
        spread, wanted = facts.distribution, whole.facts.distribution
        assert (spread is None) == (wanted is None)
        if spread is not None and wanted is not None:
            assert (spread.least, spread.most) == (wanted.least, wanted.most)
            assert spread.mean == pytest.approx(wanted.mean)
            assert sum(spread.bars) == sum(wanted.bars)
            if len(texts) < 100:
                assert spread.bars == wanted.bars


def test_paging_keeps_nothing_of_pages_that_were_read(tmp_path: Path) -> None:
    """A report of many rows is never in memory as a whole."""
    alive = 0

    def groups() -> Iterator[Any]:
        nonlocal alive
        for start in range(0, 1000, 100):
            alive += 1
            yield tuple(Row(start + n + 1, (Text(str(n)),)) for n in range(100))

    section = DrawnSection(
        form="table", anchor="s1", columns=(Tally(Column(("t",))).drawn(),), groups=groups
    )
    pages = paging.slices_of(DrawnReport("t", (section,)), Limits(rows=200))
    next(pages)
    assert alive == 3


def test_the_command_writes_a_folder_and_tells_its_size(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(9):
        noise(number).save(tmp_path / "photos" / f"{number}.png")
    runner = CliRunner()
    given = ["report", str(tmp_path / "photos"), "-o", str(tmp_path / "out/")]
    told = runner.invoke(main, given)
    assert told.exit_code == 0
    size = sum((tmp_path / "out" / name).stat().st_size for name in files_in(tmp_path / "out"))
    assert told.output == f"{tmp_path / 'out'}: 9 pictures, {bytes_for_people(size)}\n"
    assert runner.invoke(main, [*given, "--images", "files"]).exit_code == 0
    assert sum(name.startswith("images/") for name in files_in(tmp_path / "out")) >= 9
    (tmp_path / "out" / "mine.txt").write_text("mine")
    refused = runner.invoke(main, given)
    assert refused.exit_code == 2
    assert "holds other things" in refused.output
