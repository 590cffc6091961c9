"""What is held of pandas' HTML, and what pandas holds of ours, in every supported version."""

from __future__ import annotations

import inspect
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frame_zoo import HOSTILE, ZOO, PickPictures, Picture, Subclass, img, is_picture, objects
from frame_zoo import pictures as pictures_column

from imgdisplay.errors import OptionError, UnsupportedSource
from imgdisplay.frames import KINDS, Kind, library_of, table_html
from imgdisplay.frames.pandas import frame_html, series_html
from imgdisplay.frames.tokens import Tokens

OPTIONS: dict[str, list[Any]] = {
    "display.max_colwidth": [4, 5, 6, 8, 12, 50, None],
    "display.precision": [6, 0, 2],
    "display.float_format": [None, "{:.1f}".format, "{:e}".format],
    "display.chop_threshold": [None, 0.5],
    "display.max_rows": [60, 10, 5, 2, 1, 0, None],
    "display.min_rows": [10, 5, 4, 2, 1, None],
    "display.max_columns": [20, 6, 5, 2, 1, 0, None],
    "display.show_dimensions": ["truncate", True, False],
    "display.multi_sparse": [True, False],
    "display.colheader_justify": ["right", "left"],
    "display.html.border": [1, 0, 3],
    "display.html.use_mathjax": [True, False],
    "display.max_seq_items": [100, 2, None],
    "display.unicode.east_asian_width": [False, True],
    "display.pprint_nest_depth": [3, 1],
}


def _settings(number: int) -> list[dict[str, Any]]:
    """Return pandas' defaults and then as many combinations of options."""
    chance = random.Random(20)
    drawn = [
        {name: chance.choice(values) for name, values in OPTIONS.items()} for _ in range(number)
    ]
    return [{name: values[0] for name, values in OPTIONS.items()}, *drawn]


@contextmanager
def pandas_options(settings: dict[str, Any]) -> Iterator[None]:
    with pd.option_context(*(part for option in settings.items() for part in option)):
        yield


def with_pictures(table: str, values: list[object]) -> str:
    """Return pandas' own HTML with the text of each value, in its cell, made a picture.

    The texts are unique, or the same picture several times. Where a text is cut to
    ``display.max_colwidth`` it is too long for a fair comparison: no frame does that.
    """
    for value in values:
        cell = f"<td>{escape(str(value), quote=False)}</td>"
        assert cell in table
        table = table.replace(cell, f"<td>{img(str(value))}</td>")
    return table


def unique(values: list[object]) -> list[object]:
    return list({str(value): value for value in values}.values())


def own(frame: pd.DataFrame) -> str | None:
    return pd.DataFrame._repr_html_(frame)


def images(table: str) -> list[str]:
    return [str(tag["alt"]) for tag in BeautifulSoup(table, "html5lib").find_all("img")]


def body(table: str) -> list[list[str]]:
    """Return the cells of the body as somebody sees them, pictures by their alt text."""
    soup = BeautifulSoup(table, "html5lib")
    assert soup.tbody
    return [
        [f"[{cell.img['alt']}]" if cell.img else cell.text for cell in row.find_all(["th", "td"])]
        for row in soup.tbody.find_all("tr")
    ]


@pytest.fixture(params=sorted(ZOO))
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return ZOO[request.param]()


# Outside the pictures


@pytest.mark.parametrize("settings", _settings(40), ids=lambda settings: "")
def test_outside_its_pictures_a_table_is_pandas_own_to_the_byte(
    frame: pd.DataFrame, settings: dict[str, Any]
) -> None:
    longest_text = 0
    if any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes):
        longest_text = 50
    width = settings["display.max_colwidth"]
    if width is not None and width < longest_text:
        settings = settings | {"display.max_colwidth": longest_text}
    with pandas_options(settings):
        cells = PickPictures()
        table = frame_html(frame, cells)
        drawn = [value for values in cells.drawn for value in values]
        assert table == with_pictures(own(frame), unique(drawn))
        assert len(images(table)) == len(drawn)


@pytest.mark.parametrize("max_cols", [None, 1, 4, 7])
@pytest.mark.parametrize("max_rows", [None, 1, 4, 7])
def test_limits_given_show_what_to_html_shows_with_them(
    frame: pd.DataFrame, max_rows: int | None, max_cols: int | None
) -> None:
    cells = PickPictures()
    table = frame_html(frame, cells, max_rows=max_rows, max_cols=max_cols)
    reference = pd.DataFrame.to_html(
        frame, notebook=True, max_rows=max_rows, max_cols=max_cols, show_dimensions="truncate"
    )
    drawn = [value for values in cells.drawn for value in values]
    assert table == with_pictures(reference, unique(drawn))


def test_one_limit_given_leaves_the_other_to_the_users_options() -> None:
    frame = ZOO["many_rows_and_columns"]()
    with pandas_options({"display.max_columns": 4, "display.min_rows": 6}):
        assert len(body(frame_html(frame, PickPictures(), max_rows=8))) == 8 + 1
        assert len(body(frame_html(frame, PickPictures(), max_rows=8))[0]) == 1 + 4 + 1
        assert len(body(frame_html(frame, PickPictures(), max_cols=8))) == 6 + 1


def test_a_column_so_narrow_that_no_text_fits_still_shows_its_pictures() -> None:
    frame = ZOO["one_picture_column"]()
    for width in (0, 1, 2, 3):
        with pandas_options({"display.max_colwidth": width}):
            table = frame_html(frame, PickPictures())
            assert images(table) == ["a00", "a01", "a02"]
            plain = frame.assign(image=objects(None, None, None))
            assert [row[:2] for row in body(table)] == [row[:2] for row in body(own(plain))]


def test_a_frame_without_pictures_is_pandas_own_repr() -> None:
    frame = ZOO["every_dtype_without_pictures"]()
    assert frame_html(frame, PickPictures()) == frame._repr_html_()


def test_the_users_pandas_options_are_never_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_option(*args: object) -> None:
        raise AssertionError("an option was set")

    monkeypatch.setattr(pd, "set_option", set_option)
    monkeypatch.setattr(pd, "option_context", set_option)
    assert images(frame_html(ZOO["many_rows"](), PickPictures()))


def test_the_callers_frame_keeps_its_pictures(frame: pd.DataFrame) -> None:
    before = [list(frame.iloc[:, column]) for column in range(frame.shape[1])]
    dtypes = list(frame.dtypes)
    frame_html(frame, PickPictures())
    assert list(frame.dtypes) == dtypes
    for column, values in enumerate(before):
        after = list(frame.iloc[:, column])
        assert list(map(is_picture, after)) == list(map(is_picture, values))


# When pandas shows no table


def test_a_user_without_html_reprs_gets_none() -> None:
    frame = ZOO["one_picture_column"]()
    with pandas_options({"display.notebook_repr_html": False}):
        assert frame_html(frame, PickPictures()) is None
        assert series_html(frame["image"], PickPictures()) is None


def test_a_user_of_the_info_view_gets_it_for_large_frames_only() -> None:
    with pandas_options({"display.large_repr": "info", "display.max_rows": 10}):
        large = ZOO["many_rows"]()
        assert frame_html(large, PickPictures()) == own(large)
        assert own(large).startswith("<pre>")
        assert len(images(frame_html(ZOO["one_picture_column"](), PickPictures()))) == 3


@pytest.mark.parametrize("given", [{"always": True}, {"max_rows": 4}, {"max_cols": None}])
def test_whoever_asks_for_a_table_gets_one_whatever_the_options(given: dict[str, Any]) -> None:
    for settings in ({"display.notebook_repr_html": False}, {"display.large_repr": "info"}):
        with pandas_options(settings):
            for name in ("many_rows", "every_dtype_without_pictures"):
                html = frame_html(ZOO[name](), PickPictures(), **given)
                assert BeautifulSoup(html, "html5lib").table


# Text stays text


@pytest.mark.parametrize("name", ["hostile_everywhere", "every_kind_of_text_beside_pictures"])
def test_hostile_text_is_never_markup(name: str) -> None:
    cells = PickPictures()
    soup = BeautifulSoup(frame_html(ZOO[name](), cells, max_rows=None), "html5lib")
    assert [tag["alt"] for tag in soup.find_all("img")] == [str(value) for value in cells.drawn[0]]
    assert not soup.find_all("script")
    assert {tag.name for tag in soup.table.find_all()} <= {
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
    }


def test_hostile_headers_index_labels_and_names_can_be_read_beside_pictures() -> None:
    with pandas_options({"display.max_colwidth": None}):
        table = frame_html(ZOO["hostile_everywhere"](), PickPictures())
    texts = [cell.text for cell in BeautifulSoup(table, "html5lib").find_all(["th", "td"])]
    assert texts.count(HOSTILE) == 5  # columns' name, header, index name, index label, cell


def test_hostile_names_of_a_series_are_text() -> None:
    table = series_html(pictures_column(2).rename(HOSTILE), PickPictures())
    assert images(table) == ["a00", "a01"]
    assert BeautifulSoup(table, "html5lib").p.text == f"Name: {HOSTILE}, dtype: object"


def test_a_text_that_knows_the_last_token_is_not_mistaken_for_the_next() -> None:
    last: list[str] = []

    class Spy(PickPictures):
        def draw(self, values: Any) -> list[str]:
            frame = inspect.currentframe().f_back
            last.append(frame.f_locals["table"])
            return super().draw(values)

    frame_html(ZOO["one_picture_column"](), Spy())
    tokens = [cell.text for cell in BeautifulSoup(last[0], "html5lib").find_all("td")]
    frame = pd.DataFrame({"image": pictures_column(1), "text": [tokens[1]]})
    assert body(frame_html(frame, PickPictures())) == [["0", "[a00]", tokens[1]]]


@pytest.mark.parametrize(
    "table",
    ["", "<td>{0}</td>", "<td>{0}</td><td>{1}</td><td>{1}</td>", "<td>{0}</td><td>{1} </td>",
     "<td>{0}</td><th>{1}</th>", "<td>{0}</td><td>{1}</td><p title={1}>"],
)  # fmt: skip
def test_a_token_lost_doubled_or_outside_its_cell_is_an_error(table: str) -> None:
    tokens = Tokens()
    html = table.format(tokens.new(), tokens.new())
    with pytest.raises(RuntimeError, match="of 2 picture cells were found"):
        tokens.fill(html, ["<img>", "<img>"])


def test_a_picture_whose_html_holds_tokens_is_not_filled_again() -> None:
    tokens = Tokens()
    one, two = tokens.new(), tokens.new()
    html = f"<td>{one}</td><td>{two}</td>"
    pictures = [f"<td>{two}</td>", r"\1\g<0>"]
    assert tokens.fill(html, pictures) == rf"<td><td>{two}</td></td><td>\1\g<0></td>"


# What is asked of the cells


def test_pictures_are_never_asked_for_their_text() -> None:
    for make in ZOO.values():
        frame, cells = make(), PickPictures()
        cells.draw = lambda values: ["<img>"] * len(values)  # type: ignore[method-assign]
        Picture.texts_asked_for = 0
        frame_html(frame, cells)
        assert Picture.texts_asked_for == 0, make.__name__


def test_missing_values_are_never_offered_as_pictures() -> None:
    cells = PickPictures()
    frame_html(ZOO["every_kind_of_missing_value"](), cells)
    assert cells.seen == [([Picture(0)], False)]


def test_numbers_and_dates_are_not_looked_at_unless_named() -> None:
    frame, cells = ZOO["every_dtype_without_pictures"](), PickPictures()
    frame_html(frame, cells)
    assert [values for values, _ in cells.seen] == [
        ["a"], ["a"], ["a", "b"], [{"a": 1}, HOSTILE]
    ]  # fmt: skip
    cells = PickPictures()
    frame_html(frame, cells, columns=["int", "date"])
    assert cells.seen == [([1, 2], True), (list(frame["date"]), True)]


@pytest.mark.parametrize("dtype", ["int64", "uint8", "Int64", "bool", "object"])
def test_picking_some_numbers_leaves_the_others_as_they_were(dtype: str) -> None:
    class PickOnes(PickPictures):
        def pick(self, values: Any, *, named: bool) -> list[bool]:
            return [value == 1 for value in values]

    frame = pd.DataFrame({"n": pd.Series([0, 1, 0], dtype=dtype)})
    zero = "False" if dtype == "bool" else "0"
    one = "True" if dtype == "bool" else "1"
    table = frame_html(frame, PickOnes(), columns="n")
    assert body(table) == [["0", zero], ["1", f"[{one}]"], ["2", zero]]


def test_a_category_is_looked_at_for_what_its_categories_are() -> None:
    cells = PickPictures()
    frame_html(ZOO["category_of_pictures"](), cells)
    assert cells.seen == [([Picture(1), Picture(0), Picture(1)], False)]


def test_only_visible_cells_of_a_million_rows_are_looked_at() -> None:
    frame = pd.DataFrame({"image": np.full(1_000_000, Picture(0), dtype=object), "text": "t"})
    cells = PickPictures()
    table = frame_html(frame, cells)
    assert [len(values) for values, _ in cells.seen] == [10, 10]
    assert len(images(table)) == 10
    assert BeautifulSoup(table, "html5lib").p.text == "1000000 rows × 2 columns"


def test_only_visible_columns_of_ten_thousand_are_looked_at() -> None:
    columns = pd.Index([f"c{number}" for number in range(10_000)])
    frame = pd.DataFrame(np.full((3, 10_000), Picture(0), dtype=object), columns=columns)
    with pandas_options({"display.max_columns": 20}):
        cells = PickPictures()
        table = frame_html(frame, cells)
        assert len(cells.seen) == 20
        assert len(images(table)) == 60
        cells = PickPictures()
        frame_html(frame, cells, columns=["c0", "c5000", "c9999"])
        assert len(cells.seen) == 2


def test_all_pictures_are_drawn_at_once_row_by_row() -> None:
    cells = PickPictures()
    frame_html(ZOO["nothing_but_pictures"](), cells)
    assert cells.drawn == [[Picture(number) for number in (0, 3, 1, 4, 2, 5)]]


def test_nothing_is_drawn_where_nothing_was_picked() -> None:
    cells = PickPictures()
    frame_html(ZOO["pictures_far_away_only"](), cells)
    assert cells.drawn == []


def test_cells_that_lose_count_are_a_programming_error() -> None:
    class Forgetful(PickPictures):
        def draw(self, values: Any) -> list[str]:
            return super().draw(values)[:-1]

    class Generous(PickPictures):
        def pick(self, values: Any, *, named: bool) -> list[bool]:
            return [True, *super().pick(values, named=named)]

    frame = ZOO["one_picture_column"]()
    with pytest.raises(ValueError, match="2 pictures were drawn for 3 cells"):
        frame_html(frame, Forgetful())
    with pytest.raises(ValueError, match="argument 3 is longer"):
        frame_html(frame, Generous())


def test_a_cell_that_cannot_be_printed_costs_no_more_than_itself() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise RuntimeError("no words")

    frame = pd.DataFrame({"a": [Picture(0), Mute(), "text"], "b": [Mute(), 1, 2.5]})
    table = BeautifulSoup(frame_html(frame, PickPictures()) or "", "html5lib")
    assert len(table.find_all("img")) == 1
    texts = [cell.get_text() for cell in table.find_all("td")]
    assert texts.count("<Mute: RuntimeError in its text>") == 2
    assert "text" in texts
    assert "2.5" in texts


def test_a_subclass_is_drawn_as_pandas_draws_it() -> None:
    frame = ZOO["subclass_of_dataframe"]()
    assert isinstance(frame, Subclass)
    assert len(images(frame_html(frame, PickPictures()))) == 10
    assert frame_html(frame[["n"]], PickPictures()) == own(frame[["n"]])


# Naming columns


def drawn(frame: pd.DataFrame, columns: Any) -> list[str]:
    return images(frame_html(frame, PickPictures(), columns=columns))


def test_one_or_several_columns_can_be_named() -> None:
    frame = ZOO["nothing_but_pictures"]()
    left, right = ["a00", "a01", "a02"], ["a03", "a04", "a05"]
    assert drawn(frame, "left") == drawn(frame, ["left"]) == left
    assert drawn(frame, ["right"]) == drawn(frame, frame.columns[1:]) == right
    assert sorted(drawn(frame, ("left", "right"))) == left + right
    assert sorted(drawn(frame, {"left", "right"})) == left + right
    assert drawn(frame, []) == []


def test_the_named_columns_are_told_that_they_were_named() -> None:
    cells = PickPictures()
    frame_html(ZOO["one_picture_column"](), cells, columns="name")
    assert cells.seen == [(["a", "b", "c"], True)]


def test_a_name_that_occurs_twice_means_both_columns() -> None:
    frame = ZOO["duplicate_names"]()
    assert sorted(drawn(frame, "same")) == ["a00", "a01", "a02", "a03"]
    assert drawn(frame, "other") == []


def test_a_tuple_names_a_column_below_a_multiindex_and_a_part_names_all_below_it() -> None:
    frame = ZOO["multiindex_columns"]()
    assert drawn(frame, ("two", "image")) == ["a02", "a03"]
    assert drawn(frame, "one") == drawn(frame, ("one",)) == ["a00", "a01"]
    assert sorted(drawn(frame, [("one", "image"), "two"])) == ["a00", "a01", "a02", "a03"]
    assert sorted(drawn(frame, ("one", "two"))) == ["a00", "a01", "a02", "a03"]


def test_a_tuple_can_be_the_label_of_a_flat_column() -> None:
    frame = ZOO["one_picture_column"]().rename(columns={"name": "a"})
    frame.columns = pd.Index(["a", ("a", 1), "b"], tupleize_cols=False)
    assert drawn(frame, ("a", 1)) == ["a00", "a01", "a02"]
    assert drawn(frame, "a") == []


@pytest.mark.parametrize("columns", ["imgae", ["name", "imgae"], ("imgae",)])
def test_an_unknown_column_is_an_error_that_names_the_likely_one(columns: Any) -> None:
    with pytest.raises(OptionError, match=r"imgae.*did you mean 'image'.*'name', 'image', 'n'"):
        frame_html(ZOO["one_picture_column"](), PickPictures(), columns=columns)


@pytest.mark.parametrize("columns", [7, ["image", ["n"]], ("image", {}), None.__class__, b"image"])
def test_what_can_be_no_column_is_an_error_too(columns: Any) -> None:
    with pytest.raises(OptionError, match="no column"):
        frame_html(ZOO["one_picture_column"](), PickPictures(), columns=columns)


def test_an_unknown_column_of_ten_thousand_is_told_in_a_short_message() -> None:
    frame = pd.DataFrame(np.zeros((1, 10_000)))
    with pytest.raises(OptionError) as error:
        frame_html(frame, PickPictures(), columns="x")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("limit", [0, -1, True, 2.5, "all"])
def test_a_limit_that_is_no_positive_number_is_an_error(limit: Any) -> None:
    with pytest.raises(
        OptionError, match=r"max_cols=.*: expected a whole number from 1 on, None for all"
    ):
        frame_html(ZOO["one_picture_column"](), PickPictures(), max_cols=limit)
    with pytest.raises(OptionError, match="max_rows="):
        series_html(pictures_column(1), PickPictures(), max_rows=limit)


# Series


def test_a_series_ends_in_what_the_last_line_of_its_repr_says() -> None:
    for series, facts in [
        (pictures_column(2).rename("cat"), "Name: cat, dtype: object"),
        (pictures_column(2), "dtype: object"),
        (pictures_column(70).rename("cat"), "Name: cat, Length: 70, dtype: object"),
        (ZOO["category_of_pictures"]()["image"], "Name: image, dtype: category"),
    ]:
        soup = BeautifulSoup(series_html(series, PickPictures()), "html5lib")
        assert [tag.text for tag in soup.find_all("p")] == [facts]
        assert facts in repr(series)


def test_a_series_is_otherwise_the_frame_that_it_makes() -> None:
    series = pictures_column(70).rename("cat")
    with pandas_options({"display.show_dimensions": False}):
        frame = frame_html(series.to_frame(), PickPictures())
        assert series_html(series, PickPictures()) == frame.replace(
            "</div>", "<p>Name: cat, dtype: object</p>\n</div>"
        )


def test_a_series_without_name_has_no_name_in_its_header() -> None:
    soup = BeautifulSoup(series_html(pictures_column(2), PickPictures()), "html5lib")
    assert [cell.text for cell in soup.thead.find_all("th")] == ["", ""]


def test_a_series_can_be_cut() -> None:
    series = pictures_column(9)
    assert len(body(series_html(series, PickPictures(), max_rows=4))) == 4 + 1
    assert len(body(series_html(pictures_column(99), PickPictures(), max_rows=None))) == 99


def test_a_series_without_pictures_is_none_unless_it_is_asked_for_always() -> None:
    series = pd.Series(["<b>", "text"], name="t")
    assert series_html(series, PickPictures()) is None
    table = series_html(series, PickPictures(), always=True)
    assert body(table) == [["0", "<b>"], ["1", "text"]]


@pytest.mark.parametrize("name", ["image", None, ("a", "b"), 0])
def test_a_series_can_be_named_as_one_of_pictures(name: Any) -> None:
    cells = PickPictures()
    series_html(pd.Series([1, 2], name=name), cells, named=True)
    assert cells.seen == [([1, 2], True)]
    cells = PickPictures()
    series_html(pd.Series([1, 2], name=name), cells)
    assert cells.seen == []


# Whose frame it is


def test_frames_and_series_are_known_by_their_library() -> None:
    assert library_of(pd.DataFrame()) == library_of(pd.Series(dtype=object)) == "pandas"
    assert library_of(Subclass()) == "pandas"
    assert library_of(pd.DataFrame) is library_of([pd.DataFrame()]) is library_of(None) is None


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_ipython_finds_every_kind_under_the_name_that_it_asks_for(kind: Kind) -> None:
    pytest.importorskip(kind.library)
    assert kind.type is not None
    assert kind.type.__module__ in kind.homes
    assert kind.type.__name__ == kind.name


def test_what_is_no_table_is_told_which_tables_there_are() -> None:
    with pytest.raises(UnsupportedSource, match=r"'list' is no table.*pandas\.DataFrame, .*polars"):
        table_html([1, 2], PickPictures())


def test_any_table_is_drawn_by_whoever_knows_it() -> None:
    frame = ZOO["one_picture_column"]()
    options: dict[str, Any] = {"columns": "image", "max_rows": 2}
    assert table_html(frame, PickPictures(), **options) == frame_html(
        frame, PickPictures(), **options
    )
    assert table_html(frame["image"], PickPictures()) == series_html(frame["image"], PickPictures())
    assert table_html(frame["name"], PickPictures()) is None


def test_no_library_is_imported_to_ask_for_the_library_of_a_frame() -> None:
    code = (
        "import sys, imgdisplay.frames as frames;"
        "from imgdisplay.frames import arrow, dask, pandas, polars;"
        "assert frames.library_of(object()) is None;"
        "known = {'pandas', 'numpy', 'polars', 'pyarrow', 'dask', 'datasets', 'PIL', 'IPython'};"
        "print(sorted(known & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
