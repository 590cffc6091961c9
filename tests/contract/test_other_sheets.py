"""Frames of other libraries, read in ranges, say what these print."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from imgdisplay.frames.sheets import Picked, Printed, Sheet, sheet_of

PNG = b"\x89PNG\r\n\x1a\n"


class Pick:
    """Picks bytes of PNG files, and dicts that hold some."""

    def holds(self, values: Sequence[object]) -> bool:
        return any(map(self._is_one, values))

    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        return [named or self._is_one(value) for value in values]

    @staticmethod
    def _is_one(value: object) -> bool:
        data = value.get("bytes") if isinstance(value, dict) else value
        return isinstance(data, bytes) and data.startswith(PNG)


def rows_of(sheet: Sheet, step: int = 3) -> list[list[Printed | Picked]]:
    rows: list[list[Printed | Picked]] = []
    for start in range(0, sheet.length, step):
        columns = sheet.read(start, min(start + step, sheet.length))
        rows += map(list, zip(*columns, strict=True))
    return rows


def texts_of(frame: object, **options: Any) -> list[list[str]]:
    sheet = sheet_of(frame, Pick(), limit=500, **options)
    return [
        ["(picture)" if isinstance(cell, Picked) else cell.text for cell in row]
        for row in rows_of(sheet)
    ]


POLARS = pl.DataFrame(
    {
        "text": ["a", "<b>", None, "x" * 600, "ä\nb"],
        "number": [1, 2, None, -4, 5],
        "float": [0.5, 1 / 3, float("nan"), None, 1e30],
        "date": [date(2024, 1, 2), None, date(1999, 12, 31), date(1, 1, 1), date(2024, 2, 29)],
        "time": [datetime(2024, 1, 2, 3, 4, 5, 6), None, datetime(1970, 1, 1), None, None],
        "length": [timedelta(hours=1), None, timedelta(days=2), None, None],
        "list": [[1, 2], [], None, [3], [4]],
        "truth": [True, False, None, True, True],
    }
)


class TestPolars:
    def test_prints_as_polars_does_and_texts_without_quotes(self) -> None:
        found = texts_of(POLARS)
        for place, name in enumerate(POLARS.columns):
            series = POLARS[name]
            for row, text in enumerate(found):
                own = series._s.get_fmt(row, 500)
                if name == "text" and series[row] is not None:
                    value = series[row]
                    wanted = f"{'x' * 500}… (600 characters)" if len(value) > 500 else value
                    assert text[place] == wanted
                else:
                    assert text[place] == own or text[place] == "null" == own

    def test_has_the_values_that_its_cells_are_sorted_by(self) -> None:
        rows = rows_of(sheet_of(POLARS, Pick(), limit=500))
        values = [[cell.value for cell in row] for row in rows]
        assert values[0] == [None, 1, 0.5, 1704153600, 1704164645.000006, 3600, None, None]
        assert values[2][2] is None
        assert [row[0].missing for row in rows] == [False, False, True, False, False]
        kinds = [heading.kind for heading in sheet_of(POLARS, Pick(), limit=9).headings]
        assert kinds == [None, "number", "number", "date", "date", "text", "text", "text"]

    def test_finds_pictures_and_takes_named_columns_at_their_word(self) -> None:
        frame = pl.DataFrame({"p": [None] * 150 + [PNG + b"1", b"other"], "q": ["x"] * 152})
        sheet = sheet_of(frame, Pick(), limit=500)
        assert [heading.kind for heading in sheet.headings] == ["picture", None]
        cells = [row[0] for row in rows_of(sheet, 100)]
        assert [type(cell) for cell in cells[-3:]] == [Printed, Picked, Printed]
        assert cells[150].source == PNG + b"1"
        assert {row[1] for row in texts_of(frame, columns="q")} == {"(picture)"}

    def test_binds_rows(self) -> None:
        frame = pl.DataFrame({"p": [PNG, PNG, None, PNG], "n": [1, 2, 3, 4]})
        bind = {"p": lambda value, row: row["n"]}
        rows = rows_of(sheet_of(frame, Pick(), bind=bind, limit=500), 2)
        assert [row[0].source for row in rows if isinstance(row[0], Picked)] == [1, 2, 4]

    def test_series_and_categories_are_shown(self) -> None:
        series = pl.Series("s", ["b", "a", None], dtype=pl.Categorical)
        assert texts_of(series) == [["b"], ["a"], ["null"]]


ARROW = pa.table(
    {
        "text": pa.array(["a", None, "c", "d"]),
        "whole": pa.array([1, None, 3, 4]),
        "float": pa.array([0.5, 1.0, None, 123.25]),
        "decimal": pa.array([Decimal("1.10"), None, Decimal("2"), Decimal("3")]),
        "date": pa.array([date(2024, 1, 2), None, date(2024, 1, 3), None]),
        "time": pa.array([datetime(2024, 1, 2), datetime(2024, 1, 3, 12), None, None]),
        "list": pa.array([[1, 2], [3], None, []]),
        "struct": pa.array(
            [{"bytes": PNG, "path": "a.png"}, None, None, {"bytes": PNG, "path": None}]
        ),
        "code": pa.array(["x", "y", "x", None]).dictionary_encode(),
    }
)


class TestArrow:
    def test_is_printed_by_pandas_with_a_number_for_each_row(self) -> None:
        found = texts_of(ARROW)
        assert [row[0] for row in found] == ["0", "1", "2", "3"]
        missing = "NaN" if pd.__version__ >= "3" else "None"
        assert [row[1] for row in found] == ["a", missing, "c", "d"]
        assert [row[2] for row in found] == ["1", "None", "3", "4"]
        assert [row[3] for row in found] == ["0.50", "1.00", "NaN", "123.25"]
        assert found[0][4:6] == ["1.10", "2024-01-02"]
        assert [row[6] for row in found][:2] == ["2024-01-02 00:00:00", "2024-01-03 12:00:00"]
        assert [row[8] for row in found] == ["(picture)", "None", "None", "(picture)"]
        assert [row[9] for row in found][:3] == ["x", "y", "x"]

    def test_of_several_chunks_and_record_batches_are_read_alike(self) -> None:
        chunked = pa.concat_tables([ARROW.slice(0, 1), ARROW.slice(1)])
        assert texts_of(chunked) == texts_of(ARROW)
        batch = ARROW.combine_chunks().to_batches()[0]
        assert texts_of(batch) == texts_of(ARROW)

    def test_binds_rows(self) -> None:
        bind = {"struct": lambda value, row: row["float"]}
        rows = rows_of(sheet_of(ARROW, Pick(), bind=bind, limit=500), 3)
        assert [row[8].source for row in rows if isinstance(row[8], Picked)] == [0.5, 123.25]


class TestDataSets:
    def test_show_images_without_decoding_them(self) -> None:
        data = datasets.Dataset.from_dict(
            {
                "image": [{"bytes": PNG + bytes([n]), "path": f"{n}.png"} for n in range(5)],
                "n": range(5),
            }
        ).cast_column("image", datasets.Image())
        rows = rows_of(sheet_of(data, Pick(), limit=500), 2)
        sources = [row[1].source for row in rows if isinstance(row[1], Picked)]
        assert sources == [{"bytes": PNG + bytes([n]), "path": f"{n}.png"} for n in range(5)]
        assert [row[2].text for row in rows] == list("01234")


class TestDask:
    def test_is_computed_and_printed_by_pandas(self) -> None:
        frame = pd.DataFrame({"a": np.arange(6) / 4, "b": list("uvwxyz")})
        assert texts_of(dd.from_pandas(frame, npartitions=3)) == texts_of(frame)


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_every_row_is_read_once(rows: int) -> None:
    values = [f"t{number}" for number in range(rows)]
    for frame in (
        pl.DataFrame({"a": values}, schema={"a": pl.String}),
        pa.table({"a": pa.array(values, pa.string())}),
        pd.DataFrame({"a": values}),
    ):
        assert [row[-1] for row in texts_of(frame)] == values


def test_a_table_on_the_disk_is_not_read_as_a_whole(tmp_path: Path) -> None:
    path = os.fspath(tmp_path / "table.arrow")
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, ARROW.schema) as writer:
        for _ in range(50):
            writer.write_table(ARROW)
    with pa.memory_map(path) as mapped:
        table = pa.ipc.open_file(mapped).read_all()
        before = pa.total_allocated_bytes()
        assert texts_of(table)[4][1:4] == texts_of(ARROW)[0][1:4]
        assert pa.total_allocated_bytes() - before < 2**20
