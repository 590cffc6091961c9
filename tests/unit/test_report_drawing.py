"""Rows are drawn a few at a time, kept on the disk, and counted on the way."""

from __future__ import annotations

import errno
import json
import math
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from imgdisplay import Html, OptionError, Report, overlay
from imgdisplay.core.files import write_whole
from imgdisplay.report import drawn as drawn_module
from imgdisplay.report.facts import DrawnColumn, Tally
from imgdisplay.report.links import link_to
from imgdisplay.report.model import DrawnSection
from imgdisplay.report.page.cells import index_of
from imgdisplay.report.rows import GROUP, Column, Row, Text
from imgdisplay.report.rows import Image as Picture
from imgdisplay.report.rows import Picture as Cell
from imgdisplay.report.spool import Spool
from imgdisplay.report.values import read_value

RED = Image.new("RGB", (64, 48), "red")
TRUNCATED = b"\xff\xd8\xff\xe0"


def cell(data: bytes, **said: Any) -> Cell:
    return Cell(Picture(0, data, "image/png", 8, 8, 8, 8), "alt", **said)


class TestTheSpool:
    def test_gives_groups_back_as_they_were_as_often_as_asked(self) -> None:
        groups = [
            tuple(
                Row(number, (Text(f"{number}", 0.5), Text(Html("<b>"), missing=True)))
                for number in part
            )
            for part in (range(1, 4), range(4, 6))
        ]
        with Spool() as spool:
            for group in groups:
                spool.add(7, group)
            assert list(spool.groups(7)) == list(spool.groups(7)) == groups
            assert list(spool.groups(8)) == []
            assert isinstance(next(spool.groups(7))[0].cells[1].text, Html)

    def test_keeps_equal_pictures_once_and_tells_which_are_shown_again(self) -> None:
        with Spool() as spool:
            spool.add(0, (Row(1, (cell(b"\x89PNG\r\n\x1a\nA"), cell(b"\x89PNG\r\n\x1a\nB"))),))
            spool.add(1, (Row(1, (cell(b"\x89PNG\r\n\x1a\nA", view=cell(b"C").image),)),))
            first, second = next(spool.groups(0))[0].cells
            (third,) = next(spool.groups(1))[0].cells
            assert (first.image.data, first.image.shared) == (b"\x89PNG\r\n\x1a\nA", True)
            assert (second.image.data, second.image.shared) == (b"\x89PNG\r\n\x1a\nB", False)
            assert third.image.key == first.image.key != second.image.key
            assert third.view.data == b"C"
            assert [(one.data, one.mime) for one in spool.shared()] == [
                (b"\x89PNG\r\n\x1a\nA", "image/png")
            ]

    def test_leaves_no_file_in_the_folder_for_temporary_files(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        code = """
            import os, sys
            from imgdisplay.report.rows import Image, Picture, Row
            from imgdisplay.report.spool import Spool
            spool = Spool()
            for number in range(200):
                data = os.urandom(100_000)
                spool.add(0, (Row(1, (Picture(Image(0, data, "", 1, 1, 1, 1), ""),)),))
            print(os.listdir(sys.argv[1]))
        """
        os.makedirs(tmp_path / "temporary")
        os.environ["SQLITE_TMPDIR"] = str(tmp_path / "temporary")
        try:
            assert python(code, tmp_path / "temporary") == "[]"
        finally:
            del os.environ["SQLITE_TMPDIR"]

    def test_without_room_says_where_it_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Spool() as spool:
            spool._database.execute("PRAGMA max_page_count = 20")
            with pytest.raises(OSError, match="folder for temporary files") as caught:
                spool.add(0, (Row(1, (cell(os.urandom(200_000)),)),))
            assert caught.value.errno == errno.ENOSPC
            assert isinstance(caught.value.__cause__, sqlite3.Error)


class TestInterruptions:
    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
    def test_while_drawing_leave_the_older_page_and_nothing_else(
        self, error: type[BaseException], tmp_path: Path, teach: Callable[[Any, Any], Any]
    ) -> None:
        class Sudden:
            pass

        def interrupted(source: Sudden) -> None:
            raise error

        teach(Sudden, interrupted)
        page = tmp_path / "page.html"
        page.write_text("older")
        report = Report().add([RED] * 150 + [Sudden()])
        with pytest.raises(error):
            report.save(page)
        assert page.read_text() == "older"
        assert os.listdir(tmp_path) == ["page.html"]

    def test_a_full_disk_while_writing_names_the_page(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(number: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            Report().add([RED]).save(tmp_path / "page.html")
        assert caught.value.filename == str(tmp_path / "page.html")
        assert os.listdir(tmp_path) == []

    def test_an_error_of_the_content_is_not_taken_for_one_of_the_file(self, tmp_path: Path) -> None:
        def parts() -> Iterator[bytes]:
            yield b"begin"
            raise OSError(errno.EIO, "elsewhere", "other")

        with pytest.raises(OSError, match="elsewhere") as caught:
            write_whole(tmp_path / "page", parts())
        assert caught.value.filename == "other"
        assert os.listdir(tmp_path) == []


class TestAdding:
    def test_draws_nothing_before_the_report_is_written(
        self, tmp_path: Path, teach: Callable[[Any, Any], Any]
    ) -> None:
        drawn: list[object] = []

        class Source:
            pass

        def load(source: Source) -> Image.Image:
            drawn.append(source)
            return RED

        teach(Source, load)
        report = Report().add([Source()]).add(pd.DataFrame({"p": [Source()]}))
        assert drawn == []
        report.save(tmp_path / "page.html")
        assert len(drawn) == 2

    def test_keeps_the_frame_as_it_was(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"a": ["before"], "p": [RED]})
        report = Report().add(frame)
        frame["b"] = "after"
        text = report.save(tmp_path / "page.html").read_text("utf-8")
        assert "before" in text
        assert "after" not in BeautifulSoup(text, "html5lib").main.get_text()

    def test_tells_mistakes_at_once(self) -> None:
        frame = pd.DataFrame({"a": [1], "p": [RED]})
        for wrong in ({"column": "q"}, {"alt": "q"}, {"column": {"p": overlay(boxes="q")}}):
            with pytest.raises(OptionError, match="'q'"):
                Report().add(frame, **wrong)

    def test_takes_alternative_texts_and_overlays_from_the_row(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(
            {
                "p": [Image.new("RGB", (90, 90))] * 3,
                "said": ["one", "two", None],
                "at": [[[9, 9, 60, 60]]] * 3,
            }
        )
        report = Report().add(frame, column={"p": overlay(boxes="at")}, alt="said", scale=1)
        with report.drawn() as drawn:
            cells = [row.cells[1] for group in drawn.sections[0].groups() for row in group]
        assert [one.alt for one in cells] == ["one", "two", "image 90×90"]
        assert all(one.image.data != report_of(RED) for one in cells)

    def test_speaks_of_what_was_written_last(self, tmp_path: Path) -> None:
        report = Report().add([RED, TRUNCATED])
        report.save(tmp_path / "page.html")
        assert (report.pictures, report.counts.unreadable) == (2, 1)
        report.add([RED])
        assert report.pictures == 3

    def test_lists_so_many_unreadable_pictures_and_counts_them_all(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(drawn_module, "LISTED", 120)
        report = Report().add([TRUNCATED] * 150)
        page = BeautifulSoup(report.save(tmp_path / "a.html").read_text("utf-8"), "html5lib")
        assert (len(report.unreadable), report.counts.unreadable) == (120, 150)
        assert len(page.find(class_="problems").find_all("li")) == 100
        assert "and 50 more" in page.find(class_="problems").get_text()


def report_of(image: Image.Image) -> bytes:
    with Report().add([image]).drawn() as drawn:
        (group,) = drawn.sections[0].groups()
        return group[0].cells[0].image.data


class TestGroups:
    def test_hold_a_hundred_rows_and_are_numbered_from_one(self) -> None:
        with Report().add(pd.DataFrame({"n": range(2 * GROUP + 5)})).drawn() as drawn:
            (section,) = drawn.sections
            assert [len(group) for group in section.groups()] == [GROUP, GROUP, 5]
            numbers = [row.number for group in section.groups() for row in group]
        assert numbers == list(range(1, 2 * GROUP + 6))

    def test_no_more_sources_are_read_ahead_than_a_group(
        self, teach: Callable[[Any, Any], Any]
    ) -> None:
        alive: list[int] = []

        class Heavy:
            made = 0

            def __init__(self) -> None:
                Heavy.made += 1

            def __del__(self) -> None:
                Heavy.made -= 1

        class Files(Sequence[Any]):
            """A list whose pictures are made when they are asked for."""

            def __len__(self) -> int:
                return 450

            def __getitem__(self, place: Any) -> Any:
                return [Heavy() for _ in range(*place.indices(450))]

        def load(source: Heavy) -> Image.Image:
            alive.append(Heavy.made)
            return RED

        teach(Heavy, load)
        from imgdisplay.options import resolve
        from imgdisplay.report.drawn import drawn_report
        from imgdisplay.report.sections import _gallery

        files = Files()
        section = _gallery(files, [""] * 450, resolve(drawn_module.UNLIMITED), False)
        with drawn_report("", [section]) as drawn:
            assert drawn.counts.pictures == 450
        assert max(alive) <= 2 * GROUP


class TestFacts:
    def drawn(self, values: Sequence[Any], **options: Any) -> DrawnColumn:
        with Report().add(pd.DataFrame({"x": values}), **options).drawn() as drawn:
            section: DrawnSection = drawn.sections[0]
            return section.columns[1]

    def test_of_numbers_are_exact(self) -> None:
        rng = np.random.default_rng(0)
        values = rng.normal(50, 10, 2500)
        facts = self.drawn(values).facts
        assert facts.distribution is not None
        bars = facts.distribution.bars
        expected = np.histogram(values, bins=len(bars))[0]
        assert sum(bars) == 2500
        assert np.abs(np.array(bars) - expected).sum() <= 0.02 * 2500
        assert facts.distribution.mean == pytest.approx(values.mean())
        assert facts.distribution.least == f"{values.min():.6f}"

    @pytest.mark.parametrize(
        "values",
        [
            [0.0, 1e-300, 1e300],
            [-1e9, 0, 1e9],
            [1] * 5,
            [np.inf, 1.0, -np.inf],
            [-1.7e308, -1.6e308, 0.0, 1.6e308, 1.79e308],
            [-1.79e308] * 3,
            [2**60, 2**60 + 2**10],
            list(range(1000)),
        ],
        ids=str,
    )
    def test_hold_all_finite_numbers_whatever_their_range(self, values: list[float]) -> None:
        spread = self.drawn(values).facts.distribution
        assert spread is not None
        assert sum(spread.bars) == np.isfinite(values).sum()
        assert min(values) <= spread.mean <= max(values)

    def test_of_numbers_as_far_apart_as_can_be_are_where_they_belong(self) -> None:
        spread = self.drawn([-1.7e308, -1.6e308, 0.0, 1.6e308, 1.7e308]).facts.distribution
        assert spread is not None
        assert spread.mean == pytest.approx(0, abs=1e300)
        assert spread.bars[0] + spread.bars[1] == spread.bars[-1] + spread.bars[-2] == 2
        assert sum(spread.bars[10:14]) == 1

    def test_of_dates_beyond_the_year_9999_have_a_mean(self, tmp_path: Path) -> None:
        far = pd.Series(np.array(["12000-01-01", "12000-01-03"], "datetime64[s]"))
        page = Report().add(pd.DataFrame({"x": far})).save(tmp_path / "page.html")
        assert "12000-01-02" in BeautifulSoup(page.read_text("utf-8"), "html5lib").get_text()

    def test_of_whole_numbers_have_a_bar_for_each_if_they_are_few(self) -> None:
        spread = self.drawn([1, 1, 2, 4, 4, 4]).facts.distribution
        assert spread is not None
        assert spread.bars == (2, 1, 0, 3)

    def test_tell_missing_values_and_the_commonest_texts(self) -> None:
        column = self.drawn(["a", "b", "a", None, "", "c"])
        assert column.kind == "text"
        assert (column.facts.cells, column.facts.missing, column.facts.distinct) == (6, 2, 3)
        assert column.facts.common[0] == ("a", 2)

    def test_stop_counting_different_texts_where_there_are_very_many(self) -> None:
        assert self.drawn([f"t{number}" for number in range(1001)]).facts.distinct is None
        assert self.drawn(["long " * 30 + str(number) for number in range(9)]).facts.distinct == 9

    def test_of_pictures_tell_their_sizes_and_the_unreadable_ones(self) -> None:
        column = self.drawn([Image.new("RGB", (900, 300)), RED, TRUNCATED])
        assert column.kind == "picture"
        assert column.facts.unreadable == 1
        assert column.facts.distribution is not None
        assert column.facts.distribution.most == "900\xa0×\xa0300"
        assert (column.facts.width, column.facts.height) == (96, 96)

    @pytest.mark.parametrize(
        ("texts", "kind"),
        [
            (["1", "2.5", ""], "number"),
            (["8001", "x"], "text"),
            (["2024-01-02", "2024-03-04 10:00"], "date"),
            (["2024-01-02", "7"], "text"),
            (["1,250", "12 %"], "number"),
            (["", ""], "text"),
        ],
    )
    def test_find_the_kind_of_a_column_of_texts(self, texts: list[str], kind: str) -> None:
        tally = Tally(Column(("x",)))
        for text in texts:
            tally.add(Text(text))
        assert tally.drawn().kind == kind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("1,234,567.8", 1234567.8),
        ("12%", 12.0),
        ("−3", -3.0),
        ("1.", 1.0),
        *[
            (text, None)
            for text in ("", ".", "e5", "1,23", "12px", "1 2", "1e", "nan", "٣", "1e9999999")
        ],
    ],
)
def test_numbers_are_read_from_texts(text: str, value: float | None) -> None:
    read = read_value(text)
    assert read == (None if value is None else ("number", value))


@pytest.mark.parametrize(
    "text", ["2024-13-01", "2024-02-30", "24-01-01", "2024-1-1", "2024-01-01 25:00"]
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert read_value(text) is None


def test_dates_are_read_as_seconds() -> None:
    assert read_value("1970-01-02") == ("date", 86400.0)
    assert read_value("1970-01-01T01:00:00+01:00") == ("date", 0.0)


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("/a/b c#d.png", "file:///a/b%20c%23d.png"),
        (Path("/a/b.png"), "file:///a/b.png"),
        ({"bytes": None, "path": "/a.png"}, "file:///a.png"),
        ("https://example.org/a.png?b", "https://example.org/a.png?b"),
        ("https://example.org/" + "a" * 7980, "https://example.org/" + "a" * 7980),
        ("https://example.org/" + "a" * 7981, ""),
        ("s3://bucket/a.png", ""),
        ("data:image/png;base64,AAAA", ""),
        (b"bytes", ""),
        ("", ""),
        ("a\0b", ""),
        (RED, ""),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="these are paths of POSIX")
def test_links_lead_to_files_and_pages_and_nowhere_else(source: object, link: str) -> None:
    assert link_to(source) == link


def test_nothing_but_files_and_pages_is_ever_linked(tmp_path: Path) -> None:
    frame = pd.DataFrame({"p": ["javascript:alert(1)", "JAVASCRIPT://x/%0aalert(1)", "vbscript:x"]})
    path = Report().add(frame, column="p", links=True).save(tmp_path / "page.html")
    soup = BeautifulSoup(path.read_text("utf-8"), "html5lib")
    assert {link["href"].partition(":")[0] for link in soup.select("a.original")} <= {
        "file",
        "https",
        "http",
    }


@pytest.mark.parametrize(
    ("text", "value", "entry"),
    [
        ("1.5", 1.5, "1.5"),
        (".5", 0.5, ".5"),
        ("-1e5", -1e5, "-1e5"),
        ("1,250", 1250.0, ["1,250", 1250.0]),
        ("1_000", 1000.0, ["1_000", 1000.0]),
        ("\u0661", 1.0, ["\u0661", 1.0]),
        ("inf", math.inf, ["inf", 1.7e308]),
        ("-inf", -math.inf, ["-inf", -1.7e308]),
        ("nan", math.nan, "nan"),
        ("word", None, "word"),
    ],
)
def test_what_scripts_would_misread_comes_with_its_value(
    text: str, value: float | None, entry: object
) -> None:
    assert json.loads(index_of((Row(0, (Text(text, value),)),))) == [[entry]]


class TestTheUsersLook:
    def test_a_style_is_added_after_ours(self, tmp_path: Path) -> None:
        (tmp_path / "own.css").write_text("h1 { color: rebeccapurple }")
        path = Report(style=tmp_path / "own.css").save(tmp_path / "page.html")
        styles = BeautifulSoup(path.read_text("utf-8"), "html5lib").find_all("style")
        assert [("rebeccapurple" in style.string) for style in styles] == [False, True]

    def test_a_style_that_would_end_its_element_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "own.css").write_text("</STYLE><script>alert(1)</script>")
        with pytest.raises(OptionError, match="holds </style"):
            Report(style=tmp_path / "own.css")

    def test_a_template_fills_blocks_of_ours_and_texts_in_it_are_escaped(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "own.html").write_text(
            '{% extends "page.html" %}'
            "{% block footer %}<footer>by {{ report.title }}</footer>{% endblock %}"
        )
        report = Report("<b>", template=tmp_path / "own.html").add([RED])
        soup = BeautifulSoup(report.save(tmp_path / "page.html").read_text("utf-8"), "html5lib")
        assert soup.footer.get_text() == "by <b>"
        assert len(soup.main.find_all("img")) == 1

    @pytest.mark.parametrize("what", ["template", "style"])
    def test_a_file_that_is_not_there_is_told_at_once(self, what: str, tmp_path: Path) -> None:
        look: Any = {what: tmp_path / "none"}
        with pytest.raises(OptionError, match=f"{what}=.*cannot be read"):
            Report(**look)


def test_views_of_few_rows_come_by_themselves_and_of_many_on_demand() -> None:
    large = Image.new("RGB", (900, 600))

    def views(count: int, **options: Any) -> int:
        with Report().add([large] * count, **options).drawn() as drawn:
            rows = [row for group in drawn.sections[0].groups() for row in group]
        return sum(row.cells[0].view is not None for row in rows)

    assert views(3) == 3
    assert views(3, zoom=None) == 0
    assert views(101) == 0
    assert views(101, zoom=300) == 101
