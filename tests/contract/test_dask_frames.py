"""dask frames: nothing is computed unasked, and no more than is shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frame_zoo import HOSTILE, PickPictures

from imgdisplay.errors import OptionError
from imgdisplay.frames import kind_of, library_of, table_html
from imgdisplay.frames.dask import frame_html, series_html
from imgdisplay.frames.pandas import frame_html as pandas_html
from imgdisplay.frames.pandas import series_html as pandas_series_html

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")

computed: list[int] = []


def make_partition(number: int, height: int = 30) -> pd.DataFrame:
    computed.append(number)
    rows = range(number * height, (number + 1) * height)
    return pd.DataFrame({"name": [f"~{row}" for row in rows], "n": rows}, index=rows)


@pytest.fixture(autouse=True)
def in_this_thread() -> Any:
    computed.clear()
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def frame() -> Any:
    return dd.from_map(make_partition, range(4), meta=make_partition(0)[:0])


@pytest.fixture
def no_computing(frame: Any) -> Any:
    computed.clear()
    yield
    assert computed == []


def body(html: str | None) -> list[list[str]]:
    soup = BeautifulSoup(html, "html5lib")
    return [
        [f"[{cell.img['alt']}]" if cell.img else cell.text for cell in row.find_all(["th", "td"])]
        for row in soup.tbody.find_all("tr")
    ]


def size_told(html: str | None) -> list[str]:
    return [line.text for line in BeautifulSoup(html, "html5lib").find_all("p")]


@pytest.mark.usefixtures("no_computing")
def test_a_frame_that_is_merely_shown_is_dasks_own_outline(frame: Any) -> None:
    assert frame_html(frame, PickPictures()) == frame._repr_html_()
    assert series_html(frame["name"], PickPictures()) is None


@pytest.mark.usefixtures("no_computing")
def test_a_mistake_is_told_before_anything_is_computed(frame: Any) -> None:
    with pytest.raises(OptionError, match=r"no column 'nmae' .did you mean 'name'"):
        frame_html(frame, PickPictures(), columns="nmae", always=True)
    for draw, what in [(frame_html, frame), (series_html, frame["n"])]:
        with pytest.raises(OptionError, match="max_rows=0"):
            draw(what, PickPictures(), max_rows=0)
    with pytest.raises(OptionError, match="max_cols=0"):
        frame_html(frame, PickPictures(), max_cols=0)


def test_a_table_is_the_head_of_the_first_partition(frame: Any) -> None:
    computed.clear()
    html = frame_html(frame, PickPictures(), always=True)
    assert body(html) == [[str(n), f"[~{n}]", str(n)] for n in range(10)]
    assert size_told(html) == ["first 10 rows of 4 partitions × 2 columns"]
    assert set(computed) == {0}


def test_the_number_of_rows_can_be_given(frame: Any) -> None:
    for limit, told in [(1, "first 1 row of 4 partitions"), (30, "first 30 rows of 4 partitions")]:
        html = frame_html(frame, PickPictures(), max_rows=limit)
        assert len(body(html)) == limit
        assert size_told(html) == [f"{told} × 2 columns"]


@pytest.mark.parametrize(
    ("min_rows", "max_rows", "shown"), [(4, 60, 4), (None, 7, 7), (10, 3, 3), (None, None, 10)]
)
def test_the_users_options_for_pandas_say_how_many_rows(
    frame: Any, min_rows: Any, max_rows: Any, shown: int
) -> None:
    with pd.option_context("display.min_rows", min_rows, "display.max_rows", max_rows):
        assert len(body(frame_html(frame, PickPictures(), always=True))) == shown


@pytest.mark.filterwarnings("error")
def test_a_short_or_empty_first_partition_is_shown_as_it_is(frame: Any) -> None:
    html = frame_html(frame, PickPictures(), max_rows=50)
    assert size_told(html) == ["first 30 rows of 4 partitions × 2 columns"]
    html = frame_html(frame[frame.n > 40], PickPictures(), max_rows=50)
    assert body(html) == []
    assert size_told(html) == ["first 0 rows of 4 partitions × 2 columns"]


def test_all_rows_are_computed_only_if_all_are_asked_for(frame: Any) -> None:
    html = frame_html(frame, PickPictures(), max_rows=None)
    assert html == pandas_html(frame.compute(), PickPictures(), max_rows=None)
    assert len(body(html)) == 120


def test_columns_are_cut_and_named_as_in_a_frame_of_pandas(frame: Any) -> None:
    wide = frame.assign(**{f"c{number}": "~" for number in range(30)})
    for options in ({"max_cols": 4}, {}, {"columns": ["n", "c20"]}, {"max_cols": 1}):
        mine, pandas = PickPictures(), PickPictures()
        html = frame_html(wide, mine, max_rows=3, **options)
        reference = pandas_html(wide.compute()[:3], pandas, max_rows=None, **options)
        assert body(html) == body(reference)
        assert (mine.drawn, mine.seen) == (pandas.drawn, pandas.seen)
        assert size_told(html) == ["first 3 rows of 4 partitions × 32 columns"]


def test_hostile_names_and_texts_are_text(frame: Any) -> None:
    hostile = frame.rename(columns={"n": HOSTILE})
    soup = BeautifulSoup(frame_html(hostile, PickPictures(), always=True), "html5lib")
    assert soup.find_all("script") == []
    assert soup.thead.find_all("th")[-1].text == HOSTILE


def test_a_series_tells_of_what_it_is_the_beginning(frame: Any) -> None:
    html = series_html(frame["name"], PickPictures(), max_rows=2)
    assert body(html) == [["0", "[~0]"], ["1", "[~1]"]]
    assert size_told(html) == [
        f"Name: name, first 2 rows of 4 partitions, dtype: {frame['name'].dtype}"
    ]
    whole = series_html(frame["name"], PickPictures(), max_rows=None)
    assert whole == pandas_series_html(frame["name"].compute(), PickPictures(), max_rows=None)


def test_a_series_can_be_named_as_one_of_pictures(frame: Any) -> None:
    cells = PickPictures()
    table_html(frame["n"], cells, columns="n", max_rows=2)
    assert cells.seen == [([0, 1], True)]


def test_frames_and_series_are_known_by_their_library(frame: Any) -> None:
    assert library_of(frame) == library_of(frame["n"]) == "dask.dataframe"
    assert kind_of(frame["n"]).is_series
    assert kind_of(frame.partitions) is None
    assert table_html(frame, PickPictures()) == frame._repr_html_()
