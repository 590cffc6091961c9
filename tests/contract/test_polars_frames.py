"""What is held of polars' HTML, and what polars holds of ours, in every supported version."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from frame_zoo import HOSTILE, PickPictures, Picture, img

from imgdisplay.errors import OptionError
from imgdisplay.frames import kind_of, library_of, table_html
from imgdisplay.frames.polars import frame_html, series_html

pl = pytest.importorskip("polars", minversion="1.0")

PNG = b"\x89PNG"

OPTIONS: dict[str, list[Any]] = {
    "tbl_rows": [10, 0, 1, 2, 3, 7, -1],
    "tbl_cols": [75, 1, 2, 3, 6, -1],
    "fmt_str_lengths": [30, 1, 5, 1000],
    "fmt_table_cell_list_len": [3, 0, 1, 100, -1],
    "tbl_hide_column_names": [False, True],
    "tbl_hide_column_data_types": [False, True],
    "tbl_hide_dataframe_shape": [False, True],
    "fmt_float": ["mixed", "full"],
    "float_precision": [None, 0, 2],
    "thousands_separator": [None, ","],
    "decimal_separator": [".", ","],
    "trim_decimal_zeros": [False, True],
}


def _settings(number: int) -> list[dict[str, Any]]:
    """Return polars' defaults and then as many combinations of options."""
    chance = random.Random(20)
    drawn = [
        {name: chance.choice(values) for name, values in OPTIONS.items()} for _ in range(number)
    ]
    return [{}, *drawn]


@contextmanager
def polars_options(settings: dict[str, Any]) -> Iterator[None]:
    with pl.Config(**settings):
        yield


ZOO: dict[str, Callable[[], Any]] = {}


def exhibit(make: Callable[[], Any]) -> Callable[[], Any]:
    """Put a frame into the zoo, under the name of its function."""
    ZOO[make.__name__] = make
    return make


def objects(*values: object) -> Any:
    return pl.Series(values, dtype=pl.Object)


def pictures(number: int, start: int = 0) -> Any:
    return objects(*map(Picture, range(start, start + number)))


@exhibit
def one_picture_column() -> Any:
    return pl.DataFrame({"name": ["a", "b", "c"], "image": pictures(3), "n": [1, 20, 300]})


@exhibit
def nothing_but_pictures() -> Any:
    return pl.DataFrame({"left": pictures(3), "right": pictures(3, start=3)})


@exhibit
def objects_beside_pictures() -> Any:
    others = [1, 1.50, float("nan"), None, "two  spaces", HOSTILE, "a\nb", {"a": 1}, [1, [2]]]
    return pl.DataFrame({"image": objects(Picture(0), *others, Picture(1))})


@exhibit
def names_of_pictures() -> Any:
    names = ["~01", "a\nb  c", None, HOSTILE, "~02", "x" * 300, "~" + "long" * 50, ""]
    kinds = [None if name is None else name[:9] for name in names]
    return pl.DataFrame({
        "text": names, "category": pl.Series(names, dtype=pl.Categorical),
        "enum": pl.Series(kinds, dtype=pl.Enum(sorted({name for name in kinds if name}|{""}))),
    })  # fmt: skip


@exhibit
def bytes_of_pictures() -> Any:
    return pl.DataFrame({"image": [PNG + b"1", b"other", None, b"", PNG + b"\n" * 100, b"<b>"]})


@exhibit
def dicts_of_pictures() -> Any:
    data = [{"bytes": PNG, "path": None}, {"bytes": b"x", "path": "a\nb  c"}, None]
    kind = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    return pl.DataFrame({"image": pl.Series(data, dtype=kind), "n": [0.5, 1, 2]})


@exhibit
def lists_and_arrays() -> Any:
    return pl.DataFrame({
        "image": pictures(3),
        "texts": [["~1", "~2"], [], None], "deep": [[[1, 2], [3, 4]], [[1], [2, 3]], None],
        "array": pl.Series([np.zeros((2, 2))] * 3, dtype=pl.Array(pl.Float64, (2, 2))),
        "long": [list(range(50))] * 3,
    })  # fmt: skip


@exhibit
def every_dtype_without_pictures() -> Any:
    return pl.DataFrame({
        "int": [1000000, None], "float": [0.1 + 0.2, float("nan")], "bool": [True, None],
        "date": [date(2024, 2, 29), None], "time": [datetime(2024, 2, 29, 12), None],
        "span": [timedelta(hours=1), None], "decimal": [Decimal("1.10"), None],
        "null": [None, None], "list": [[1, 2], None], "struct": [{"x": 1}, {"x": None}],
    })  # fmt: skip


@exhibit
def hostile_everywhere() -> Any:
    return pl.DataFrame({HOSTILE: [HOSTILE, "<b>", "&amp;"], "<i>": pictures(3)})


@exhibit
def many_rows() -> Any:
    return pl.DataFrame({"image": pictures(150), "n": np.arange(150) / 7})


@exhibit
def many_columns() -> Any:
    return pl.DataFrame({f"c{n}": pictures(2, start=2 * n) if n % 3 else [n, n] for n in range(90)})


@exhibit
def pictures_far_away_only() -> Any:
    middle = objects(*[None] * 70, *map(Picture, range(10)), *[None] * 70)
    return pl.DataFrame({"image": middle, "text": ["t"] * 150})


@exhibit
def names_in_many_rows() -> Any:
    names = [f"~{number:02}" if number % 3 else f"file {number}" for number in range(99)]
    return pl.DataFrame({"text": names, "category": pl.Series(names, dtype=pl.Categorical)})


@exhibit
def no_rows() -> Any:
    return pl.DataFrame({"image": objects(), "text": pl.Series([], dtype=pl.String)})


@exhibit
def nothing_at_all() -> Any:
    return pl.DataFrame()


class Subclass(pl.DataFrame):  # type: ignore[misc]
    """A frame of somebody else, who draws it in another way."""

    def _repr_html_(self, **_: Any) -> str:
        return "<marquee>"


@exhibit
def subclass_of_dataframe() -> Any:
    return Subclass({"image": pictures(90), "n": range(90)})


@pytest.fixture(params=sorted(ZOO))
def frame(request: pytest.FixtureRequest) -> Any:
    return ZOO[request.param]()


def own(frame: Any) -> str:
    table: str = pl.DataFrame._repr_html_(frame)
    return table


def same_outside_pictures(table: str, reference: str, drawn: Sequence[object]) -> bool:
    """Tell whether tables differ in nothing but cells, in order, that hold what was drawn."""
    mine, theirs = (
        re.split("(<td>.*?</td>)", html, flags=re.DOTALL) for html in (table, reference)
    )
    assert len(mine) == len(theirs)
    changed = [(one, other) for one, other in zip(mine, theirs, strict=True) if one != other]
    assert [one for one, _ in changed] == [f"<td>{img(str(value))}</td>" for value in drawn]
    for value, (_, other) in zip(drawn, changed, strict=True):
        if isinstance(value, Picture):
            assert other == f"<td>{value}</td>"
    return True


def body(table: str) -> list[list[str]]:
    """Return the cells of the body as somebody sees them, pictures by their alt text."""
    soup = BeautifulSoup(table, "html5lib")
    assert soup.tbody
    return [
        [f"[{cell.img['alt']}]" if cell.img else cell.text for cell in row.find_all("td")]
        for row in soup.tbody.find_all("tr")
    ]


# Outside the pictures


@pytest.mark.parametrize("settings", _settings(60), ids=lambda settings: "")
def test_outside_its_pictures_a_table_is_polars_own_to_the_byte(
    frame: Any, settings: dict[str, Any]
) -> None:
    with polars_options(settings):
        cells = PickPictures()
        table = frame_html(frame, cells)
        drawn = [value for values in cells.drawn for value in values]
        assert same_outside_pictures(table, own(frame), drawn)


@pytest.mark.parametrize("max_cols", [None, 1, 4, 7])
@pytest.mark.parametrize("max_rows", [None, 1, 4, 7])
def test_limits_given_show_what_polars_shows_when_it_is_configured_so(
    frame: Any, max_rows: int | None, max_cols: int | None
) -> None:
    cells = PickPictures()
    table = frame_html(frame, cells, max_rows=max_rows, max_cols=max_cols)
    drawn = [value for values in cells.drawn for value in values]
    with pl.Config(tbl_rows=max_rows or -1, tbl_cols=max_cols or -1):
        assert same_outside_pictures(table, own(frame), drawn)


def test_one_limit_given_leaves_the_other_to_the_users_config() -> None:
    frame = pl.DataFrame({f"c{n}": range(80) for n in range(90)})
    cells = PickPictures()
    assert len(body(frame_html(frame, cells, max_rows=8))[0]) == 75  # 37, dots, 37
    with pl.Config(tbl_cols=4, tbl_rows=6):
        assert len(body(frame_html(frame, cells, max_rows=8))) == 8 + 1
        assert len(body(frame_html(frame, cells, max_rows=8))[0]) == 4 + 1
        assert len(body(frame_html(frame, cells, max_cols=8))) == 6 + 1
    with pl.Config(tbl_cols=-1, tbl_rows=-1):
        assert len(body(frame_html(frame, cells, max_rows=8))[0]) == 90
        assert len(body(frame_html(frame, cells, max_cols=8))) == 80


def test_the_line_that_tells_the_shape_is_of_the_whole_frame() -> None:
    table = frame_html(ZOO["many_rows"](), PickPictures(), max_rows=2)
    assert BeautifulSoup(table, "html5lib").small.text == "shape: (150, 2)"


def test_the_users_config_is_never_touched(frame: Any) -> None:
    with pl.Config(tbl_rows=3, fmt_str_lengths=7):
        before = pl.Config.state(), dict(os.environ)
        frame_html(frame, PickPictures())
        frame_html(frame, PickPictures(), max_rows=5, max_cols=2)
        assert (pl.Config.state(), dict(os.environ)) == before


def test_the_callers_frame_keeps_its_pictures() -> None:
    frame = ZOO["one_picture_column"]()
    frame_html(frame, PickPictures())
    assert frame.columns == ["name", "image", "n"]
    assert list(frame["image"]) == [Picture(0), Picture(1), Picture(2)]


def test_a_subclass_is_drawn_as_polars_draws_it() -> None:
    table = frame_html(ZOO["subclass_of_dataframe"](), PickPictures())
    assert body(table)[0] == ["[a00]", "0"]


def test_a_polars_that_draws_in_another_way_draws_without_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write_body(self: Any) -> None:
        self.elements.append(f"<tbody><tr><td>{self.df.item(0, 0)}</td></tr></tbody>")

    monkeypatch.setattr("polars.dataframe._html.HTMLFormatter.write_body", write_body)
    table = frame_html(pl.DataFrame({"image": pictures(2)}), PickPictures())
    assert body(table) == [["a00"]]


# Whatever the cells hold


@pytest.mark.parametrize("name", sorted(ZOO))
def test_hostile_text_is_never_markup(name: str) -> None:
    with pl.Config(fmt_str_lengths=1000):
        soup = BeautifulSoup(frame_html(ZOO[name](), PickPictures()), "html5lib")
    assert soup.find_all("script") == []
    assert all(set(tag.attrs) == {"alt"} for tag in soup.find_all("img"))


def test_hostile_names_and_texts_can_be_read_beside_pictures() -> None:
    with pl.Config(fmt_str_lengths=1000):
        table = frame_html(ZOO["hostile_everywhere"](), PickPictures())
    soup = BeautifulSoup(table, "html5lib")
    assert [cell.text for cell in soup.thead.tr.find_all("th")] == [HOSTILE, "<i>"]
    assert body(table)[0] == [f'"{HOSTILE}"', "[a00]"]


def test_a_text_that_looks_like_a_token_stays_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size: "0" * 2 * size)
    frame = pl.DataFrame({"text": [f"x{'0' * 16}x000000"], "image": pictures(1)})
    with pytest.raises(RuntimeError, match="drawn it in an unknown way"):
        frame_html(frame, PickPictures())


def test_pictures_are_never_asked_for_their_text() -> None:
    for make in ZOO.values():
        frame, cells = make(), PickPictures()
        cells.draw = lambda values: ["<img>"] * len(values)  # type: ignore[method-assign]
        Picture.texts_asked_for = 0
        frame_html(frame, cells)
        assert Picture.texts_asked_for == 0, make.__name__


def test_missing_values_are_never_offered_as_pictures() -> None:
    cells = PickPictures()
    frame = pl.DataFrame({
        "object": objects(None, float("nan"), 1), "text": [None, None, "t"],
        "struct": [None, {"bytes": None}, {"bytes": b"b"}], "float": [None, float("nan"), 2.5],
    })  # fmt: skip
    frame_html(frame, cells, columns=frame.columns)
    assert cells.seen == [([1], True), (["t"], True), ([{"bytes": b"b"}], True), ([2.5], True)]


class PickArrays(PickPictures):
    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        super().pick(values, named=named)
        return [isinstance(value, np.ndarray) for value in values]

    def draw(self, values: Sequence[Any]) -> list[str]:
        return [img(f"{value.shape} {value.dtype}") for value in values]


@pytest.mark.parametrize(
    ("value", "dtype", "seen"),
    [
        ([[1, 2], [3, 4]], pl.List(pl.List(pl.UInt8)), "(2, 2) uint8"),
        (np.zeros((2, 3, 4), dtype="u1"), pl.Array(pl.UInt8, (2, 3, 4)), "(2, 3, 4) uint8"),
        ([[1.5, 2], [3, 4]], pl.List(pl.Array(pl.Float32, 2)), "(2, 2) float32"),
        ([[1, 2], [3, 4]], pl.Array(pl.List(pl.Int64), 2), "(2, 2) int64"),
        ([[True, False]], pl.List(pl.List(pl.Boolean)), "(1, 2) bool"),
    ],
)
def test_nested_numbers_are_offered_as_arrays(value: Any, dtype: Any, seen: str) -> None:
    series = pl.Series([value, None], dtype=dtype)
    assert body(series_html(series, PickArrays())) == [[f"[{seen}]"], ["null"]]


def test_the_numbers_of_an_array_keep_their_places() -> None:
    array = np.arange(24, dtype="u1").reshape(2, 3, 4)
    for dtype in (pl.Array(pl.UInt8, (2, 3, 4)), pl.List(pl.List(pl.List(pl.UInt8)))):
        cells = PickPictures()
        series_html(pl.Series([array.tolist()], dtype=dtype), cells)
        (((seen,), _),) = cells.seen
        assert np.array_equal(seen, array)


@pytest.mark.parametrize("value", [[[1, 2], [3]], [[], []], [], [[1, 2], None]])
def test_ragged_and_empty_lists_are_offered_as_lists(value: Any) -> None:
    cells = PickPictures()
    series_html(pl.Series([value], dtype=pl.List(pl.List(pl.UInt8))), cells)
    assert cells.seen == [([value], False)]


def test_lists_of_names_bytes_and_dicts_are_offered_as_lists() -> None:
    cells = PickPictures()
    frame = pl.DataFrame(
        {"texts": [["a", "b"]], "bytes": [[b"a", None]], "dicts": [[{"bytes": b"a", "path": None}]]}
    )
    frame_html(frame, cells)
    assert [values for values, _ in cells.seen] == [
        [["a", "b"]], [[b"a", None]], [[{"bytes": b"a", "path": None}]]
    ]  # fmt: skip


def test_numbers_and_dates_are_not_looked_at_unless_named() -> None:
    frame, cells = ZOO["every_dtype_without_pictures"](), PickPictures()
    assert frame_html(frame, cells) == own(frame)
    assert cells.seen == []
    frame_html(frame, cells, columns=["int", "list"])
    (numbers, named), (lists, _) = cells.seen
    assert (numbers, named) == ([1000000], True)
    assert np.array_equal(lists, [[1, 2]])


def test_only_visible_cells_of_a_million_rows_are_looked_at() -> None:
    cells = PickPictures()
    frame = pl.DataFrame({"image": [PNG], "name": ["~n"]}).select(pl.all().repeat_by(1_000_000))
    table = frame_html(frame.explode("image", "name"), cells)
    assert [len(values) for values, _ in cells.seen] == [10, 10]
    assert "(1_000_000, 2)" in table


def test_only_visible_columns_of_ten_thousand_are_looked_at() -> None:
    cells = PickPictures()
    frame_html(pl.DataFrame({str(n): ["~"] for n in range(10_000)}), cells)
    assert len(cells.seen) == 74


def test_all_pictures_are_drawn_at_once_row_by_row() -> None:
    cells = PickPictures()
    frame_html(ZOO["nothing_but_pictures"](), cells)
    assert cells.drawn == [[Picture(n) for n in (0, 3, 1, 4, 2, 5)]]


def test_nothing_is_drawn_where_nothing_was_picked() -> None:
    cells = PickPictures()
    assert frame_html(ZOO["pictures_far_away_only"](), cells) == own(
        ZOO["pictures_far_away_only"]()
    )
    assert cells.drawn == []


# What is asked for


def test_one_or_several_columns_can_be_named() -> None:
    frame = ZOO["nothing_but_pictures"]()
    for columns, looked_at in [("left", 1), (["left"], 1), (("left", "right"), 2), ([], 0)]:
        cells = PickPictures()
        frame_html(frame, cells, columns=columns)
        assert len(cells.seen) == looked_at
        assert all(named for _, named in cells.seen)


@pytest.mark.parametrize("columns", ["lift", ["left", "lift"], 3, [["left"]]])
def test_an_unknown_column_is_an_error_that_names_the_others(columns: Any) -> None:
    with pytest.raises(OptionError, match=r"no column .*; the columns are 'left', 'right'"):
        frame_html(ZOO["nothing_but_pictures"](), PickPictures(), columns=columns)


@pytest.mark.parametrize("limit", [0, -1, True, 2.5, "all"])
def test_a_limit_that_is_no_positive_number_is_an_error(limit: Any) -> None:
    for name in sorted(ZOO):
        with pytest.raises(
            OptionError, match=r"max_cols=.*: expected a whole number from 1 on, None for all"
        ):
            frame_html(ZOO[name](), PickPictures(), max_cols=limit)
    with pytest.raises(OptionError, match="max_rows="):
        series_html(pictures(1), PickPictures(), max_rows=limit)


# Series


@pytest.mark.parametrize("settings", _settings(20), ids=lambda settings: "")
def test_a_series_is_polars_own_to_the_byte_outside_its_pictures(
    frame: Any, settings: dict[str, Any]
) -> None:
    with polars_options(settings):
        for series in frame.get_columns():
            cells = PickPictures()
            table = series_html(series, cells)
            drawn = [value for values in cells.drawn for value in values]
            assert same_outside_pictures(table, series._repr_html_(), drawn)


def test_a_series_can_be_cut_and_shown_whole() -> None:
    assert len(body(series_html(pictures(9), PickPictures(), max_rows=4))) == 4 + 1
    assert len(body(series_html(pictures(99), PickPictures(), max_rows=None))) == 99
    table = series_html(pictures(9), PickPictures(), max_rows=4)
    assert BeautifulSoup(table, "html5lib").small.text == "shape: (9,)"


@pytest.mark.parametrize("name", ["image", ""])
def test_a_series_can_be_named_as_one_of_pictures(name: str) -> None:
    cells = PickPictures()
    series_html(pl.Series(name, [1, 2]), cells, named=True)
    assert cells.seen == [([1, 2], True)]
    cells = PickPictures()
    series_html(pl.Series(name, [1, 2]), cells)
    assert cells.seen == []


# Whose frame it is


def test_frames_and_series_are_known_by_their_library() -> None:
    assert library_of(pl.DataFrame()) == library_of(pl.Series()) == "polars"
    assert library_of(Subclass()) == "polars"
    assert kind_of(pl.Series()).is_series
    assert not kind_of(pl.DataFrame()).is_series


def test_a_lazy_frame_is_no_frame() -> None:
    assert kind_of(pl.DataFrame().lazy()) is None


def test_any_table_is_drawn_by_whoever_knows_it() -> None:
    frame = ZOO["one_picture_column"]()
    assert table_html(frame, PickPictures(), columns="image", max_rows=2) == frame_html(
        frame, PickPictures(), columns="image", max_rows=2
    )
    cells = PickPictures()
    table_html(pl.Series([1]), cells, columns=[])
    assert cells.seen == [([1], True)]
