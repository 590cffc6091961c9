"""A frame read in ranges says what pandas prints for the whole of it."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frame_zoo import ZOO, Picture, is_picture, objects

from imgdisplay.errors import OptionError, UnsupportedSource
from imgdisplay.frames.sheets import Picked, Printed, Sheet, sheet_of


class Pick:
    """Picks every `Picture` of the zoo, and what stands for one."""

    def holds(self, values: Sequence[object]) -> bool:
        return any(map(is_picture, values))

    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        return [named or is_picture(value) for value in values]


def rows_of(sheet: Sheet, step: int = 3) -> list[list[Printed | Picked]]:
    """Return all rows of a sheet, read a few at a time."""
    rows: list[list[Printed | Picked]] = []
    for start in range(0, sheet.length, step):
        columns = sheet.read(start, min(start + step, sheet.length))
        rows += map(list, zip(*columns, strict=True))
    return rows


def texts_of(frame: object, **options: Any) -> list[list[str]]:
    """Return the texts of all cells in ranges of three rows; of a picture, ``(picture)``."""
    sheet = sheet_of(frame, Pick(), limit=500, **options)
    return [
        ["(picture)" if isinstance(cell, Picked) else cell.text for cell in row]
        for row in rows_of(sheet)
    ]


def printed_by_pandas(frame: pd.DataFrame) -> list[list[str]]:
    """Return the texts of the cells that pandas writes, without the index."""
    with pd.option_context("display.max_colwidth", 500):
        page = pd.DataFrame.to_html(frame, index=False, notebook=True, max_rows=None)
    body = BeautifulSoup(page, "html5lib").tbody
    return [
        [cell.get_text().strip().replace("\xa0", " ") for cell in row("td")] for row in body("tr")
    ]


def said(text: str) -> str:
    """Return a text on one line; pandas shows the ends of some lines as two characters."""
    for name, shown in (("\n", r"\n"), ("\t", r"\t"), ("\r", r"\r")):
        text = text.replace(name, shown)
    return text.strip()


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_frame_of_the_zoo_says_what_pandas_prints(name: str) -> None:
    frame = ZOO[name]()
    levels = frame.index.nlevels
    found = [row[levels:] for row in texts_of(frame)]
    expected = printed_by_pandas(frame)
    assert len(found) == len(frame)
    for row, wanted, values in zip(found, expected, range(len(frame)), strict=False):
        for place, (text, other) in enumerate(zip(row, wanted, strict=True)):
            if text == "(picture)":
                assert is_picture(frame.iat[values, place])
            else:
                assert said(text) == said(other)


def test_no_picture_is_asked_for_its_text() -> None:
    before = Picture.texts_asked_for
    for make in ZOO.values():
        texts_of(make())
    assert Picture.texts_asked_for == before


FLOATS: dict[str, list[float]] = {
    "few decimals": [1.0, 2.5, 3.25] * 5,
    "whole": [1.0, 2.0, 30.0, -4.0],
    "one long among whole ones": [*[1.0] * 11, 0.123456789],
    "one tiny": [*[1.0] * 11, 1e-9],
    "large and long": [*[0.1] * 11, 123456789.125],
    "large and whole": [*[2.0] * 11, 1e15],
    "infinite": [*[0.25] * 11, np.inf, -np.inf, np.nan],
    "nothing but NaN": [np.nan] * 12,
    "zeros": [0.0] * 12,
    "negative": [-1.5, *[-100.25] * 11],
    "limits": [np.finfo(float).max, np.finfo(float).tiny, 5e-324, 0.0],
}


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_floats_have_the_digits_of_their_whole_column_in_every_range(name: str, dtype: str) -> None:
    with np.errstate(over="ignore"):
        frame = pd.DataFrame({"x": np.array(FLOATS[name], dtype)})
    assert [row[1:] for row in texts_of(frame)] == printed_by_pandas(frame)


def test_random_columns_of_floats_print_as_pandas_prints_them() -> None:
    dice = random.Random(0)
    for _ in range(150):
        exponent, digits = dice.randint(-9, 9), dice.randint(0, 9)
        values = [
            round(
                dice.uniform(-1, 1) * 10 ** dice.randint(min(0, exponent), max(0, exponent)), digits
            )
            for _ in range(dice.randint(1, 14))
        ]
        frame = pd.DataFrame({"x": values})
        assert [row[1:] for row in texts_of(frame)] == printed_by_pandas(frame), values


@pytest.mark.parametrize(
    "option", [("display.precision", 2), ("display.float_format", "{:.1f}!".format)]
)
def test_the_options_of_the_user_hold(option: tuple[str, Any]) -> None:
    frame = pd.DataFrame({"x": [1 / 3] * 10, "y": objects(*[0.5, "a"] * 5)})
    with pd.option_context(*option):
        assert [row[1:] for row in texts_of(frame)] == printed_by_pandas(frame)


DAY = pd.Timestamp("2024-02-29")
TIMES: dict[str, list[Any]] = {
    "days": [DAY + pd.Timedelta(days=n) for n in range(12)],
    "one hour": [*[DAY] * 11, DAY + pd.Timedelta(hours=1)],
    "a missing one": [*[DAY] * 11, pd.NaT],
    "milliseconds": [*[DAY] * 11, DAY + pd.Timedelta(milliseconds=5)],
    "nanoseconds": [DAY + pd.Timedelta(seconds=1), *[DAY] * 10, DAY + pd.Timedelta(1)],
    "with a zone": [
        *[DAY.tz_localize("Europe/Zurich")] * 11,
        pd.Timestamp("2024-02-29 01:00+01:00"),
    ],
    "lengths": [*[pd.Timedelta(days=1)] * 11, pd.Timedelta(hours=30)],
    "lengths of days": [pd.Timedelta(days=n) for n in range(12)],
}


@pytest.mark.parametrize("name", TIMES)
def test_times_have_the_form_of_their_whole_column_in_every_range(name: str) -> None:
    frame = pd.DataFrame({"x": pd.Series(TIMES[name])})
    assert [row[1:] for row in texts_of(frame)] == printed_by_pandas(frame)


def test_the_levels_of_the_index_stand_in_front() -> None:
    index = pd.MultiIndex.from_arrays([["a", "a", None], [1.5, 2, 3]], names=["k", None])
    sheet = sheet_of(pd.DataFrame({"v": [1, 2, 3]}, index=index), Pick(), limit=500)
    assert [heading.names for heading in sheet.headings] == [("k",), (), ("v",)]
    assert [heading.names_rows for heading in sheet.headings] == [True, True, False]
    assert [[cell.text for cell in row] for row in rows_of(sheet)] == [
        ["a", "1.5", "1"],
        ["a", "2.0", "2"],
        ["NaN", "3.0", "3"],
    ]


def test_columns_of_several_levels_have_several_names_and_equal_names_stay_apart() -> None:
    frame = pd.DataFrame(
        [[1, 2, 3]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    )
    assert [one.names for one in sheet_of(frame, Pick(), limit=9).headings[1:]] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
    ]
    twice = pd.DataFrame([[1, "b"]], columns=["same", "same"])
    assert texts_of(twice) == [["0", "1", "b"]]


def test_values_to_sort_by_are_exact_where_texts_are_rounded() -> None:
    frame = pd.DataFrame(
        {
            "float": [1 / 3, np.nan],
            "date": [pd.Timestamp("1970-01-02 12:00"), pd.NaT],
            "length": [pd.Timedelta(hours=2), pd.NaT],
            "object": objects(datetime.date(1970, 1, 3), 7),
            "text": ["a", "b"],
            "Int64": pd.array([3, None], dtype="Int64"),
        }
    )
    rows = rows_of(sheet_of(frame, Pick(), limit=500))
    assert [cell.value for cell in rows[0][1:]] == [1 / 3, 129_600.0, 7200.0, 172_800.0, None, 3.0]
    assert [cell.value for cell in rows[1][1:]] == [None, None, None, 7.0, None, None]
    assert [cell.missing for cell in rows[1]] == [False, True, True, True, False, False, True]


def test_kinds_follow_dtypes_and_texts_are_left_to_tell() -> None:
    frame = pd.DataFrame(
        {
            "i": [1],
            "f": [0.5],
            "d": [DAY],
            "b": [True],
            "t": ["x"],
            "o": objects(1),
            "p": objects(Picture(1)),
        }
    )
    kinds = [heading.kind for heading in sheet_of(frame, Pick(), limit=9).headings]
    assert kinds == ["number", "number", "number", "date", "text", None, None, "picture"]


def test_a_picture_far_away_makes_its_column_one_of_pictures_from_the_first_row() -> None:
    asked: list[int] = []

    class Counting(Pick):
        def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
            asked.append(len(values))
            return super().pick(values, named=named)

    frame = pd.DataFrame({"p": objects(*["text"] * 250, Picture(1))})
    sheet = sheet_of(frame, Counting(), limit=500)
    assert sheet.headings[1].kind == "picture"
    assert [type(row[1]) for row in rows_of(sheet, 100)] == [Printed] * 250 + [Picked]
    assert asked == [100, 100, 51]


def test_a_named_column_is_one_of_pictures_without_a_look_and_others_are_not() -> None:
    frame = pd.DataFrame(
        {"p": objects(Picture(1), None), "q": objects(Picture(2), "x"), "n": [1, 2]}
    )
    assert texts_of(frame, columns=["n", "q"])[0][2:] == ["(picture)", "(picture)"]
    assert texts_of(frame, columns=["n", "q"])[1][1] == "None"
    with pytest.raises(OptionError, match="no column 'x'"):
        texts_of(frame, columns="x")


def test_what_is_drawn_may_come_from_other_cells_of_the_row() -> None:
    frame = pd.DataFrame({"p": objects(*map(Picture, range(5))), "n": range(5)})
    bind = {"p": lambda value, row: (value.number, row["n"] * 10)}
    rows = rows_of(sheet_of(frame, Pick(), bind=bind, limit=500), 2)
    assert [row[1].source for row in rows] == [(n, n * 10) for n in range(5)]


def test_a_long_text_is_cut_with_a_mark_that_tells_its_length() -> None:
    frame = pd.DataFrame({"t": ["x" * 2_000_000, "short"], "b": objects(b"y" * 10**6, "z" * 501)})
    texts = texts_of(frame)
    assert texts[0][1] == "x" * 500 + "… (2,000,000 characters)"
    assert texts[1] == ["1", "short", "z" * 500 + "… (501 characters)"]
    assert len(texts[0][2]) < 560


def test_a_value_without_a_text_costs_one_cell() -> None:
    class Silent:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert texts_of(pd.DataFrame({"x": objects(Silent(), 1)})) == [
        ["0", "<Silent: RuntimeError in its text>"],
        ["1", "1"],
    ]


def test_an_index_of_numbers_is_not_made_to_be_read() -> None:
    frame = pd.DataFrame({"x": pd.arrays.SparseArray([0] * 10)}, index=pd.RangeIndex(5, 25, 2))
    assert [row[0] for row in texts_of(frame)] == [str(number) for number in range(5, 25, 2)]


def test_a_series_is_a_sheet_of_one_column() -> None:
    sheet = sheet_of(pd.Series([0.5, 1], name="s"), Pick(), limit=9)
    assert [heading.names for heading in sheet.headings] == [(), ("s",)]
    assert sheet_of(pd.Series([1, 2]), Pick(), columns="any", limit=9).headings[1].kind == "picture"


@pytest.mark.parametrize("make", [lambda: [1], lambda: {"a": 1}, lambda: None])
def test_what_is_no_frame_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UnsupportedSource, match=r"expected one of pandas\.DataFrame"):
        sheet_of(make(), Pick(), limit=9)
