"""A workbook has the pictures in its cells, and everything else is what it is."""

from __future__ import annotations

import datetime
import decimal
import math
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frame_zoo import ZOO
from openpyxl.utils.escape import unescape
from zoo import HOSTILE, decoded, pixels, psnr
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import (
    DecodeError,
    MissingExtra,
    OptionError,
    UnsupportedSource,
    overlay,
    thumbnail,
    to_excel,
)
from imgdisplay.report.workbook import writer as workbook
from imgdisplay.report.workbook.cells import LONGEST_TEXT, cell_of, fitting_text

EMU = 9525
"""English metric units of a pixel (ECMA-376, part 1, 20.1.2.1)."""

NOON = datetime.datetime(2024, 2, 29, 12, 30, 15)
BROKEN = encoded(photograph(), "JPEG")[:400]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


@pytest.fixture(autouse=True)
def nothing_stays_behind(tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let temporary files be made where they can be counted."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def objects(*values: object) -> pd.Series[Any]:
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        column[row] = value
    return pd.Series(column, dtype=object)


def read(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


def rows(path: Path) -> list[tuple[Any, ...]]:
    """Return the values of all cells, with the control characters that XML cannot hold."""
    return [
        tuple(unescape(value) if isinstance(value, str) else value for value in row)
        for row in read(path).iter_rows(values_only=True)
    ]


def written(path: Path, frame: Any, *arguments: Any, **options: Any) -> list[tuple[Any, ...]]:
    """Write a frame without its index, and return the rows below the headings."""
    to_excel(frame, path, *arguments, index=False, **options)
    return rows(path)[1:]


def anchors(path: Path) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the drawn sizes of the pictures by row and column of the cell that holds all of it."""
    found = {}
    for image in read(path)._images:
        start, end = image.anchor._from, image.anchor.to
        assert (start.row, start.col) == (end.row, end.col), "it sticks out of its cell"
        size = (end.colOff - start.colOff) / EMU, (end.rowOff - start.rowOff) / EMU
        found[start.row, start.col] = size
    return found


def pictures(path: Path) -> dict[tuple[int, int], bytes]:
    """Return the files of the pictures by row and column."""
    found = {}
    for image in read(path)._images:
        found[image.anchor._from.row, image.anchor._from.col] = bytes(image._data())
    assert sorted(found) == sorted(anchors(path))
    return found


def drawing_xml(path: Path) -> str:
    return zipfile.ZipFile(path).read("xl/drawings/drawing1.xml").decode()


class TestPictures:
    def test_are_the_thumbnails_in_their_cells(self, path: Path) -> None:
        images = [photograph(), photograph("coffee"), None]
        frame = pd.DataFrame({"n": [1, 2, 3], "photo": objects(*images)})

        returned = to_excel(frame, path)

        assert returned == path
        found = pictures(path)
        assert sorted(found) == [(1, 2), (2, 2)]
        for row in (1, 2):
            assert found[row, 2] == thumbnail(images[row - 1]).data
        assert [row[2] for row in rows(path)] == ["photo", None, None, None]

    def test_rows_and_columns_are_as_large_as_they_need(self, path: Path) -> None:
        tall, wide = photograph().resize((100, 400)), photograph().resize((400, 100))
        frame = pd.DataFrame({"photo": objects(tall, wide, None)})

        to_excel(frame, path, size=200, index=False)

        sheet = read(path)
        heights = [sheet.row_dimensions[row].height * 96 / 72 for row in (2, 3, 4)]
        assert 200 <= heights[0] <= 210
        assert 50 <= heights[1] <= 60
        assert 20 <= heights[2] <= 30
        assert 200 <= sheet.column_dimensions["A"].width * 7 + 5 <= 220
        assert anchors(path)[1, 0] == pytest.approx((50, 200), abs=1)
        assert anchors(path)[2, 0] == pytest.approx((200, 50), abs=1)

    def test_pictures_beyond_the_highest_row_are_drawn_smaller(self, path: Path) -> None:
        frame = pd.DataFrame({"photo": objects(photograph("astronaut", None))})

        to_excel(frame, path, size=2000, index=False)

        assert sorted(pictures(path)) == [(1, 0)]
        assert read(path).row_dimensions[2].height <= 409.5

    def test_the_inches_of_a_file_do_not_count(self, path: Path) -> None:
        small = encoded(photograph().resize((80, 60)), "JPEG", dpi=(300, 300))

        to_excel(pd.DataFrame({"photo": [small]}), path, index=False)

        assert anchors(path)[1, 0] == pytest.approx((80, 60), abs=1)

    def test_equal_ones_are_stored_once(self, path: Path) -> None:
        frame = pd.DataFrame({"photo": objects(*[photograph()] * 50, photograph("coffee"))})

        to_excel(frame, path)

        media = [name for name in zipfile.ZipFile(path).namelist() if "/media/" in name]
        assert len(media) == 2
        assert len(pictures(path)) == 51

    def test_they_move_and_are_hidden_with_their_cells(self, path: Path) -> None:
        to_excel(pd.DataFrame({"photo": objects(photograph())}), path)

        assert "<xdr:twoCellAnchor>" in drawing_xml(path)  # not editAs="oneCell" or "absolute"

    @pytest.mark.parametrize("format_", ["webp", "avif"])
    def test_other_formats_become_png_or_jpeg(self, path: Path, format_: Any) -> None:
        small = thumbnail(photograph(), format=format_)
        frame = pd.DataFrame({"photo": objects(small, small.data)})

        with imgdisplay.options(format=format_):
            to_excel(frame, path, index=False)

        for image in pictures(path).values():
            seen = decoded(image)
            assert seen.format in ("PNG", "JPEG")
            assert psnr(pixels(seen), pixels(decoded(small.data))) > 30

    def test_alternative_texts_are_names_sizes_or_a_column(
        self, path: Path, tmp_path: Path
    ) -> None:
        named = tmp_path / "beach <1>.png"
        photograph().save(named)
        frame = pd.DataFrame(
            {"photo": objects(named, photograph(), photograph()), "text": ["a", 'b"&\x01<', None]}
        )
        to_excel(frame, path)
        assert 'descr="beach &lt;1&gt;.png"' in drawing_xml(path)
        assert f'descr="image {photograph().width}×{photograph().height}"' in drawing_xml(path)

        to_excel(frame, path, alt="text")

        assert 'descr="a"' in drawing_xml(path)
        assert 'descr="b&quot;&amp;\ufffd&lt;"' in drawing_xml(path)
        assert len(pictures(path)) == 3

    def test_in_the_place_of_a_broken_one_stands_why(self, path: Path) -> None:
        frame = pd.DataFrame({"photo": objects(BROKEN, photograph())})

        [broken, whole] = written(path, frame)

        assert "unreadable: the data is truncated" in broken[0]
        assert whole == (None,)
        assert sorted(pictures(path)) == [(2, 0)]
        with pytest.raises(DecodeError):
            to_excel(frame, path, on_error="raise")

    def test_columns_are_named_found_or_have_overlays(self, path: Path) -> None:
        image = photograph()
        frame = pd.DataFrame(
            {
                "photo": objects(image, image),
                "name": ["gone.png", "b"],
                "boxes": objects([(5, 5, 90, 60)], []),
            }
        )
        to_excel(frame, path, index=False)
        assert sorted(pictures(path)) == [(1, 0), (2, 0)]

        assert "not found" in written(path, frame, "name")[0][1]

        to_excel(frame, path, {"photo": overlay(boxes="boxes")}, index=False)
        with_boxes, without = (pictures(path)[row, 0] for row in (1, 2))
        assert without == thumbnail(image).data
        assert psnr(pixels(decoded(with_boxes)), pixels(decoded(without))) < 40

        with pytest.raises(OptionError, match="no column 'phto'"):
            to_excel(frame, path, "phto")

    def test_a_picture_late_in_a_column_is_found(self, path: Path) -> None:
        frame = pd.DataFrame({"photo": objects(*["text"] * 300, photograph(), b"no picture")})

        cells = written(path, frame)

        assert sorted(pictures(path)) == [(301, 0)]
        assert cells[0] == ("text",)
        assert "unreadable" in cells[301][0]

    def test_nothing_is_fetched_unasked(self, path: Path, no_socket: list[object]) -> None:
        frame = pd.DataFrame({"photo": objects("https://example.org/a.png", photograph())})

        assert "remote=True" in written(path, frame)[0][0]


class TestValues:
    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            (1, 1), (-5, -5), (1.5, 1.5), (0.1, 0.1), (1e300, 1e300), (True, True), (False, False),
            (np.int8(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True), ("text", "text"),
            (decimal.Decimal("12.50"), 12.5), (10**15, "1000000000000000"),
            (12345678901234567, "12345678901234567"), (float("inf"), "inf"), (-math.inf, "-inf"),
            (decimal.Decimal("1.2345678901234567890"), "1.2345678901234567890"),
            (2 + 3j, "(2+3j)"), (datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29)),
            (NOON, NOON), (pd.Timestamp(NOON), NOON), (np.datetime64(NOON), NOON),
            (datetime.date(1900, 1, 1), datetime.datetime(1900, 1, 1)),
            (datetime.date(9999, 12, 31), datetime.datetime(9999, 12, 31)),
            (datetime.date(1899, 12, 31), "1899-12-31"),
            (datetime.time(12, 30), datetime.time(12, 30)),
            (datetime.timedelta(days=2, hours=1), datetime.timedelta(days=2, hours=1)),
            (pd.Timedelta("90min"), datetime.timedelta(minutes=90)),
            (datetime.timedelta(hours=-1), "-1 day, 23:00:00"),
            (pd.Period("2024-02", "M"), "2024-02"), (pd.Interval(0, 1), "(0, 1]"),
            ({"a": 1}, "{'a': 1}"), (b"\x00\x01", "b'\\x00\\x01'"), (None, None), (math.nan, None),
            (pd.NA, None), (pd.NaT, None), ("", ""),
        ],
        ids=repr,
    )  # fmt: skip
    def test_are_what_they_are_or_text(self, path: Path, value: Any, wanted: Any) -> None:
        [[seen]] = written(path, pd.DataFrame({"a": objects(value)}))

        assert seen == wanted
        assert type(seen) is type(wanted) or isinstance(wanted, float)

    def test_columns_of_every_dtype(self, path: Path) -> None:
        frame = ZOO["every_dtype_without_pictures"]()

        first, second = (dict(zip(frame.columns, row, strict=True)) for row in written(path, frame))

        assert (first["int"], second["int"]) == (1, 2)
        assert (first["float"], second["float"]) == (0.5, None)
        assert (first["bool"], second["bool"]) == (True, False)
        assert first["date"] == first["zone"] == datetime.datetime(2024, 1, 1)
        assert first["delta"] == datetime.timedelta(hours=1)
        assert (first["masked"], second["masked"]) == (1, None)
        assert (first["truth"], second["truth"]) == (True, None)
        assert (first["string"], second["string"]) == ("a", None)
        assert (first["sparse"], second["sparse"]) == (0, 1)
        assert (first["kind"], second["kind"]) == ("a", "b")

    def test_a_time_with_a_zone_is_its_clock_beside_its_distance_from_utc(self, path: Path) -> None:
        moments = pd.to_datetime(["2024-01-31 12:30", "2024-07-31 12:30"])
        frame = pd.DataFrame({"when": moments.tz_localize("Europe/Berlin")})

        [[winter], [summer]] = written(path, frame)

        assert (winter.hour, summer.hour) == (12, 12)
        formats = [read(path).cell(row, 1).number_format for row in (2, 3)]
        assert formats == ['yyyy-mm-dd hh:mm:ss "+01:00"', 'yyyy-mm-dd hh:mm:ss "+02:00"']

    def test_fractions_of_seconds_are_shown(self, path: Path) -> None:
        [[seen]] = written(path, pd.DataFrame({"a": pd.to_datetime(["2024-01-01 00:00:00.250"])}))

        assert seen.microsecond == 250_000
        assert read(path).cell(2, 1).number_format.endswith(".000")

    @pytest.mark.parametrize(
        "text",
        [
            "=1+1", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "{=1}", "http://example.org",
            "mailto:a@b.c", "internal:Sheet1!A1", "\t=1", "1", "TRUE", " a ", "a\nb", "_x0041_",
            "a\x00\x07\x1bb", "#N/A", "漢字 🖼",
        ],
    )  # fmt: skip
    def test_text_is_text_and_nothing_else(self, path: Path, text: str) -> None:
        [[seen]] = written(path, pd.DataFrame({text: [text]}))

        assert seen == rows(path)[0][0] == text
        cell = read(path).cell(2, 1)
        assert cell.data_type in ("s", "inlineStr") or text == "#N/A"
        assert cell.hyperlink is None
        assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))
        content = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in content
        assert "<hyperlink" not in content

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_everywhere_leaves_a_file_that_opens(self, path: Path, text: str) -> None:
        frame = pd.DataFrame({"a": objects(text, photograph()), "alt": objects(text, text)})
        frame.columns = pd.Index([text, "alt"], dtype=object)
        frame.index = pd.Index([text, "b"], name=text, dtype=object)

        to_excel(frame, path, alt="alt")

        kept = text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
        assert rows(path)[0][:2] == rows(path)[1][:2] == (kept, kept)
        assert len(pictures(path)) == 1

    def test_long_texts_end_in_their_length(self, path: Path) -> None:
        [[seen], [wide], [fits]] = written(
            path, pd.DataFrame({"a": ["x" * 2_000_000, "🖼" * 20_000, "y" * LONGEST_TEXT]})
        )
        assert len(seen) == LONGEST_TEXT
        assert seen.endswith("x… (2,000,000 characters)")
        assert len(wide.encode("utf-16-le")) // 2 <= LONGEST_TEXT
        assert wide.endswith("🖼… (20,000 characters)")
        assert fits == "y" * LONGEST_TEXT

    @pytest.mark.parametrize("limit", [30, 31, 50, 51])
    def test_cut_texts_fit_whatever_they_are_made_of(self, limit: int) -> None:
        for text in ("x" * 99, "🖼" * 99, "x🖼" * 50, "🖼" * 5 + "x" * 90):
            cut = fitting_text(text, limit)
            assert len(cut.encode("utf-16-le")) // 2 <= limit
            assert cut.endswith(f"… ({len(text)} characters)")

    def test_objects_that_have_no_text_cost_their_cell(self, path: Path) -> None:
        class Wordless:
            def __str__(self) -> str:
                raise RuntimeError("no")

        frame = pd.DataFrame({"a": objects(Wordless(), 1)})

        assert written(path, frame) == [("<Wordless: RuntimeError in its text>",), (1,)]

    def test_a_cell_is_a_value(self) -> None:
        assert cell_of(1) == cell_of(np.int64(1))
        assert cell_of(None).kind == "blank"


class TestTables:
    @pytest.mark.parametrize("name", ZOO)
    def test_every_frame_of_the_zoo(self, path: Path, name: str) -> None:
        frame = ZOO[name]()

        to_excel(frame, path)

        sheet = read(path)
        assert sheet.max_row == max(1, len(frame) + frame.columns.nlevels)
        width = frame.index.nlevels + len(frame.columns)
        assert sheet.max_column == (width if len(frame.columns) or len(frame) else 1)

    def test_levels_of_index_and_columns(self, path: Path) -> None:
        frame = ZOO["multiindex_columns"]()
        frame.index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2)], names=["a", "b"])

        to_excel(frame, path)

        top, below, first, second = rows(path)
        assert top == (None, "set", "one", "one", "two", "two")
        assert below == ("a", "b", "image", "n", "image", "<n>")
        assert (first[:2], first[3]) == (("x", 1), 1)
        assert (second[:2], second[3]) == (("x", 2), 2)
        assert read(path).freeze_panes == "C3"

    def test_duplicate_names_and_labels_that_are_no_text(self, path: Path) -> None:
        frame = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index(["a", "a", None, 5], dtype=object))

        to_excel(frame, path, index=False)

        assert rows(path) == [("a", "a", None, "5"), (1, 2, 3, 4)]

    def test_the_heading_filters_and_stays(self, path: Path) -> None:
        to_excel(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), path)

        sheet = read(path)
        assert sheet.auto_filter.ref == "A1:C3"
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.cell(1, 2).font.bold

    def test_a_series_and_an_empty_frame(self, path: Path) -> None:
        to_excel(objects(photograph(), None).rename("photo"), path)
        assert rows(path)[0] == (None, "photo")
        assert sorted(pictures(path)) == [(1, 1)]

        to_excel(pd.DataFrame(), path)
        assert rows(path) == [(None,)]

    def test_a_frame_of_polars(self, path: Path) -> None:
        data = thumbnail(photograph()).data
        frame = pl.DataFrame(
            {
                "n": [1, None], "x": [0.5, math.nan], "when": [NOON] * 2,
                "day": [datetime.date(2024, 1, 1), None], "photo": [data, b"no picture"],
                "list": [[1, 2], None], "money": pl.Series(["1.50", None]).cast(pl.Decimal(10, 2)),
            }
        )  # fmt: skip

        to_excel(frame, path)

        names, first, second = rows(path)
        assert names == tuple(frame.columns)
        assert first == (
            1, 0.5, NOON, datetime.datetime(2024, 1, 1), None, "[1 2]", 1.5,
        )  # fmt: skip
        assert second[:2] == (None, "nan")
        assert "unreadable" in second[4]
        assert pictures(path)[1, 4] == data
        to_excel(frame["photo"], path)
        assert rows(path)[0] == ("photo",)

    def test_frames_of_dask_and_arrow_and_data_sets(self, path: Path) -> None:
        dd = pytest.importorskip("dask.dataframe")
        datasets = pytest.importorskip("datasets")
        data = thumbnail(photograph()).data
        plain = {"n": [1, 2, 3], "photo": [data, None, data]}
        table = pa.table(plain)
        struct = {"n": [1, 2, 3], "photo": [{"bytes": data, "path": None}, None] * 2}
        struct["photo"].pop()
        images = datasets.Dataset.from_dict(
            {"n": [1, 2], "photo": [{"bytes": data, "path": None}, None]},
            features=datasets.Features({"n": datasets.Value("int64"), "photo": datasets.Image()}),
        )
        with_index = dd.from_pandas(
            pd.DataFrame(
                {
                    "n": [1, 2, 3],
                    "photo": pd.Series(plain["photo"]).astype(pd.ArrowDtype(pa.binary())),
                }
            ),
            npartitions=2,
        )
        for frame, column in [
            (table, 1), (table.to_batches()[0], 1), (images, 1), (with_index, 2),
        ]:  # fmt: skip
            to_excel(frame, path)
            assert [row[column - 1] for row in rows(path)][:3] == ["n", 1, 2]
            assert pictures(path)[1, column] == data


class TestWhole:
    FRAME = pd.DataFrame({"photo": objects(*[photograph()] * 3)})

    def test_an_older_file_is_replaced_in_the_last_step(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path.write_bytes(b"older")

        def interrupt(*args: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(workbook, "draw", interrupt)
        with pytest.raises(KeyboardInterrupt):
            to_excel(self.FRAME, path)

        assert path.read_bytes() == b"older"
        assert [file.name for file in path.parent.iterdir()] == ["book.xlsx"]
        monkeypatch.undo()
        to_excel(self.FRAME, path)
        assert len(pictures(path)) == 3
        assert [file.name for file in path.parent.iterdir()] == ["book.xlsx"]

    def test_a_target_that_cannot_be_written_is_told_before_the_work(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook, "draw", lambda *args: pytest.fail("it has begun"))
        with pytest.raises(FileNotFoundError, match=r"nowhere/book\.xlsx"):
            to_excel(self.FRAME, tmp_path / "nowhere" / "book.xlsx")
        (tmp_path / "folder.xlsx").mkdir()
        with pytest.raises(OptionError, match="a folder"):
            to_excel(self.FRAME, tmp_path / "folder.xlsx")

    def test_a_progress_bar_tells_of_the_rows(
        self, path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        to_excel(self.FRAME, path, progress=True)
        assert "book.xlsx" in (shown := capsys.readouterr().err)
        assert "/3 [" in shown
        to_excel(self.FRAME, path)
        assert capsys.readouterr().err == ""

    def test_the_frame_is_not_changed(self, path: Path) -> None:
        before = self.FRAME.copy()
        to_excel(self.FRAME, path)
        pd.testing.assert_frame_equal(self.FRAME, before)


class TestMistakes:
    @pytest.mark.parametrize("name", ["book.xls", "book", "book.xlsx.zip", "book.csv"])
    def test_a_name_that_excel_does_not_open(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(OptionError, match=r"end in \.xlsx"):
            to_excel(pd.DataFrame(), tmp_path / name)

    @pytest.mark.parametrize(
        "sheet", ["", "x" * 32, "a/b", "a[1]", "'a", "a'", "history", "a\x00", 5]
    )
    def test_a_name_that_no_sheet_can_have(self, path: Path, sheet: Any) -> None:
        with pytest.raises(OptionError, match="sheet="):
            to_excel(pd.DataFrame(), path, sheet=sheet)

    def test_the_name_of_the_sheet(self, path: Path) -> None:
        to_excel(pd.DataFrame({"a": [1]}), path, sheet="Bilder & <Töne>")
        assert read(path).title == "Bilder & <Töne>"

    @pytest.mark.parametrize("format_", ["webp", "avif"])
    def test_a_format_that_workbooks_do_not_know(self, path: Path, format_: Any) -> None:
        with pytest.raises(OptionError, match="workbooks hold PNG and JPEG"):
            to_excel(pd.DataFrame(), path, format=format_)

    @pytest.mark.parametrize("shape", [(1_048_576, 1), (1, 16_385)])
    def test_more_than_a_sheet_holds(self, path: Path, shape: tuple[int, int]) -> None:
        frame = pd.DataFrame(np.zeros(shape, np.int8))

        with pytest.raises(OptionError, match=r"at most 1,048,576 rows and 16,384 columns"):
            to_excel(frame, path, index=False)
        assert not path.exists()

    def test_what_is_no_frame(self, path: Path) -> None:
        with pytest.raises(UnsupportedSource, match=r"expected one of pandas\.DataFrame"):
            to_excel([photograph()], path)

    def test_without_its_library(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "xlsxwriter", None)
        with pytest.raises(MissingExtra, match=r"pip install 'imgdisplay-jupyter\[excel\]'"):
            to_excel(pd.DataFrame(), path)
