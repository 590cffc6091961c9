"""What is drawn of a picture may depend on the row that it stands in."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frame_zoo import PickPictures, Picture, objects, pictures

from imgdisplay.frames.pandas import frame_html
from imgdisplay.frames.rows import Rows


def frame(height: int = 200) -> pd.DataFrame:
    return pd.DataFrame({"image": pictures(height), "n": np.arange(height), "image 2": "~"})


def drawn(table: Any, draw: Any = frame_html, **options: Any) -> list[object]:
    cells = PickPictures()
    draw(table, cells, **options)
    (values,) = cells.drawn
    return values


def with_n(value: object, row: Mapping[Hashable, object]) -> tuple[object, object]:
    return value, row["n"]


def is_own_row(values: list[Any]) -> bool:
    return len(values) > 0 and all(value == Picture(int(n)) for value, n in values)


# pandas


@pytest.mark.parametrize("limit", ["auto", None, 1, 2, 3, 7, 199, 200, 500])
def test_every_picture_is_given_its_own_row_however_the_table_is_cut(limit: Any) -> None:
    values = drawn(frame(), bind={"image": with_n}, columns="image", max_rows=limit)
    assert is_own_row(values)


@pytest.mark.parametrize("min_rows", [10, 5, 1, None])
@pytest.mark.parametrize("max_rows", [60, 2, 1, 0, None])
def test_and_whatever_the_users_options_are(max_rows: Any, min_rows: Any) -> None:
    with pd.option_context("display.max_rows", max_rows, "display.min_rows", min_rows):
        assert is_own_row(drawn(frame(), bind={"image": with_n}, columns="image"))


def test_rows_are_found_by_their_place_and_not_by_their_label() -> None:
    table = frame().set_index(pd.Index(["same"] * 200))
    assert is_own_row(drawn(table, bind={"image": with_n}, columns="image"))
    assert is_own_row(drawn(frame()[::-1], bind={"image": with_n}, columns="image"))


def test_a_row_has_the_columns_that_are_cut_out_of_view() -> None:
    table = frame(3)
    for number in range(30):
        table.insert(1, f"c{number}", number)
    values = drawn(table, bind={"image": with_n}, columns="image", max_cols=2)
    assert values == [(Picture(0), 0), (Picture(1), 1), (Picture(2), 2)]


def test_only_bound_columns_are_bound() -> None:
    values = drawn(frame(2), bind={"image": lambda value, row: f"{value} {row['n']}"})
    assert values == ["a00 0", "~", "a01 1", "~"]
    assert drawn(frame(2), bind={"n": with_n, "nowhere": with_n}) == drawn(frame(2))


def test_only_picked_cells_are_bound() -> None:
    table = pd.DataFrame({"image": objects(Picture(0), None, "text"), "n": range(3)})
    assert drawn(table, bind={"image": with_n}) == [(Picture(0), 0)]


def test_of_columns_with_the_same_name_a_row_gives_the_first() -> None:
    table = frame(2).set_axis(["image", "n", "n"], axis=1)
    assert drawn(table, bind={"image": with_n})[0] == (Picture(0), 0)
    table = frame(2).set_axis(["image", "n", "image"], axis=1)
    assert drawn(table, bind={"image": with_n})[1] == ("~", 0)


def test_labels_of_a_multiindex_are_whole() -> None:
    table = frame(1)
    table.columns = pd.MultiIndex.from_tuples([("a", "image"), ("a", "n"), ("b", "image")])
    bind = {("a", "image"): lambda value, row: row["a", "n"], "a": None, "b": None}
    assert drawn(table, bind=bind) == [0, "~"]


def test_values_come_as_the_column_has_them() -> None:
    table = frame(1).assign(
        when=pd.Timestamp("2024-02-29"), none=None, boxes=objects([(1, 2, 3, 4)]), kind="a"
    )
    table["kind"] = table["kind"].astype("category")
    rows: list[Any] = []
    drawn(table, bind={"image": lambda value, row: rows.append(row)})
    (row,) = rows
    assert dict(row) == {
        "image": Picture(0), "n": 0, "image 2": "~", "when": pd.Timestamp("2024-02-29"),
        "none": None, "boxes": [(1, 2, 3, 4)], "kind": "a",
    }  # fmt: skip


def test_any_mapping_may_bind_also_one_that_makes_up_its_answers() -> None:
    class Everywhere(Mapping[Hashable, Any]):
        def __getitem__(self, label: Hashable) -> Any:
            return lambda value, row: (label, value)

        def __iter__(self) -> Iterator[Hashable]:
            return iter(())

        def __len__(self) -> int:
            return 0

    assert drawn(frame(1), bind=Everywhere()) == [("image", Picture(0)), ("image 2", "~")]


def test_a_mistake_in_a_binding_is_not_hidden() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        drawn(frame(1), bind={"image": lambda value, row: row["nowhere"]})


# A row


def test_a_row_fetches_nothing_that_it_is_not_asked_for() -> None:
    fetched: list[tuple[int, int]] = []

    def value(row: int, column: int) -> object:
        fetched.append((row, column))
        return f"{row} {column}"

    row = Rows(["a", "b", "a"], value)[7]
    assert list(row) == ["a", "b"]
    assert len(row) == 2
    assert "b" in row
    assert "c" not in row
    assert repr(row) == "<row 7 of 2 columns>"
    assert fetched == []
    assert row["a"] == row.get("a") == "7 0"
    assert row.get("c", "none") == "none"
    assert fetched == [(7, 0)] * 2


# Other libraries


@pytest.mark.parametrize("limit", ["auto", None, 1, 2, 3, 7, 199, 500])
def test_rows_of_polars(limit: Any) -> None:
    pl = pytest.importorskip("polars")
    from imgdisplay.frames.polars import frame_html as draw

    table = pl.DataFrame({
        "image": pl.Series(map(Picture, range(200)), dtype=pl.Object), "n": range(200),
        "boxes": [[[1, 2, 3, n]] for n in range(200)], **{f"c{n}": "t" for n in range(80)},
    }).select("image", "^c.*$", "n", "boxes")  # fmt: skip
    assert is_own_row(drawn(table, draw, bind={"image": with_n}, max_rows=limit, max_cols=3))
    boxes = drawn(table, draw, bind={"image": lambda value, row: row["boxes"]}, max_rows=1)
    assert np.array_equal(boxes, [[[1, 2, 3, 0]]])


@pytest.mark.parametrize("limit", ["auto", None, 1, 2, 3, 7, 199, 500])
def test_rows_of_arrow(limit: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    from imgdisplay.frames.arrow import frame_html as draw

    table = pa.table({
        "image": [f"~{n}" for n in range(200)], **{f"c{n}": ["t"] * 200 for n in range(30)},
        "n": [f"~{n}" for n in range(200)], "boxes": [[[1, 2, 3, n]] for n in range(200)],
    })  # fmt: skip
    for each in (table, table.to_batches()[0]):
        limits = {"max_rows": limit, "max_cols": 2}
        values: Any = drawn(each, draw, bind={"image": with_n}, columns="image", **limits)
        assert [value for value, _ in values] == [n for _, n in values]
        assert values[0] == ("~0", "~0")
    bind = {"image": lambda value, row: row["boxes"]}
    boxes = drawn(table, draw, bind=bind, columns="image", max_rows=1)
    assert np.array_equal(boxes, [[[1, 2, 3, 0]]])


def test_rows_of_a_data_set() -> None:
    datasets = pytest.importorskip("datasets")
    from imgdisplay.frames.arrow import frame_html as draw

    names = [f"~{n}" for n in range(200)]
    table = datasets.Dataset.from_dict({"image": names, "n": names}).select(range(199, -1, -1))
    values: Any = drawn(table, draw, bind={"image": with_n}, columns="image", max_rows=4)
    assert values == [(f"~{n}", f"~{n}") for n in (199, 198, 1, 0)]


def test_rows_of_dask() -> None:
    dd = pytest.importorskip("dask.dataframe")
    from imgdisplay.frames.dask import frame_html as draw

    whole = pd.DataFrame({"image": [f"~{n}" for n in range(50)], "n": range(50)})
    for limit, shown in [(3, 3), (None, 50)]:
        table = dd.from_pandas(whole, npartitions=2)
        values: Any = drawn(table, draw, bind={"image": with_n}, max_rows=limit, max_cols=1)
        assert values == [(f"~{n}", n) for n in range(shown)]
