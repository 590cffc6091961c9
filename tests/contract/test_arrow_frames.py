"""Tables that pandas draws for a library that has no HTML of its own: pyarrow, datasets."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frame_zoo import HOSTILE, PickPictures, img

from imgdisplay.errors import OptionError
from imgdisplay.frames import kind_of, library_of, table_html
from imgdisplay.frames.arrow import frame_html
from imgdisplay.frames.pandas import frame_html as pandas_html

pa = pytest.importorskip("pyarrow")

PNG = b"\x89PNG"

ZOO: dict[str, Callable[[], Any]] = {}


def exhibit(make: Callable[[], Any]) -> Callable[[], Any]:
    """Put a table into the zoo, under the name of its function."""
    ZOO[make.__name__] = make
    return make


@exhibit
def bytes_and_names() -> Any:
    return pa.table({
        "bytes": [PNG + b"1", None, b"other", PNG + b"2"], "n": [1.5, None, 3, 4],
        "name": ["~1", "<b>", None, HOSTILE], "kind": pa.array(list("aab~")).dictionary_encode(),
    })  # fmt: skip


@exhibit
def many_rows() -> Any:
    return pa.table({"image": [PNG + b"%d" % n for n in range(150)], "n": range(150)})


@exhibit
def many_chunks() -> Any:
    return pa.concat_tables([many_rows().slice(n, 7) for n in range(0, 140, 7)])


@exhibit
def many_columns() -> Any:
    return pa.table({f"c{n}": [PNG + b"%d" % n] if n % 3 else [n] for n in range(50)})


@exhibit
def dicts() -> Any:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    data = [{"bytes": PNG, "path": None}, None, {"bytes": b"x", "path": "<i>"}]
    return pa.table({"image": pa.array(data, type=kind), "text": ["a\nb", "", "x" * 300]})


@exhibit
def every_type_without_pictures() -> Any:
    return pa.table({
        "int": [1, 2], "float": [0.5, None], "bool": [True, False], "null": [None, None],
        "date": pa.array([0, None], pa.date32()), "time": pa.array([0, None], pa.timestamp("ms")),
        "long ago": pa.array([-(10**12), None], pa.timestamp("s")), "list": [[1, 2], None],
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())),
        "decimal": [Decimal("1.10"), None],
    })  # fmt: skip


@exhibit
def no_rows() -> Any:
    return pa.table({"image": pa.array([], pa.binary())})


@exhibit
def no_columns() -> Any:
    return pa.table({})


@pytest.fixture(params=sorted(ZOO))
def table(request: pytest.FixtureRequest) -> Any:
    return ZOO[request.param]()


def body(html: str | None) -> list[list[str]]:
    """Return the cells of the body as somebody sees them, pictures by their alt text."""
    soup = BeautifulSoup(html, "html5lib")
    return [
        [f"[{cell.img['alt']}]" if cell.img else cell.text for cell in row.find_all(["th", "td"])]
        for row in soup.tbody.find_all("tr")
    ]


def size_told(html: str | None) -> list[str]:
    return [line.text for line in BeautifulSoup(html, "html5lib").find_all("p")]


@pytest.mark.parametrize("max_cols", ["auto", None, 1, 2, 5])
@pytest.mark.parametrize("max_rows", ["auto", None, 1, 2, 7])
@pytest.mark.parametrize("show_dimensions", ["truncate", True, False])
def test_a_table_looks_as_if_it_were_a_frame_of_pandas(
    table: Any, max_rows: Any, max_cols: Any, show_dimensions: Any
) -> None:
    limits = {"max_rows": max_rows, "max_cols": max_cols, "always": True}
    with pd.option_context("display.show_dimensions", show_dimensions):
        mine, pandas = PickPictures(), PickPictures()
        reference = pandas_html(table.to_pandas(), pandas, **limits)
        assert frame_html(table, mine, **limits) == reference
        assert mine.drawn == pandas.drawn


@pytest.mark.parametrize("min_rows", [10, 5, 1, None])
@pytest.mark.parametrize("max_rows", [60, 3, 2, 1, 0, None])
@pytest.mark.parametrize("max_columns", [20, 3, 1, 0, None])
def test_the_users_options_for_pandas_are_respected(
    min_rows: Any, max_rows: Any, max_columns: Any
) -> None:
    options = {
        "display.min_rows": min_rows,
        "display.max_rows": max_rows,
        "display.max_columns": max_columns,
    }
    with pd.option_context(*(part for option in options.items() for part in option)):
        for table in (ZOO["many_rows"](), ZOO["many_columns"]()):
            reference = pandas_html(table.to_pandas(), PickPictures())
            assert frame_html(table, PickPictures(), always=True) == reference


def test_a_record_batch_is_a_table_too() -> None:
    for name in ("bytes_and_names", "many_rows", "dicts"):
        table = ZOO[name]()
        (batch,) = table.to_batches()
        for limit in ("auto", 1, None):
            assert frame_html(batch, PickPictures(), max_rows=limit) == frame_html(
                table, PickPictures(), max_rows=limit
            )


def test_the_index_and_the_line_below_are_of_the_whole_table() -> None:
    html = frame_html(ZOO["many_rows"](), PickPictures(), max_rows=4)
    assert [row[0] for row in body(html)] == ["0", "1", "...", "148", "149"]
    assert size_told(html) == ["150 rows × 2 columns"]


def test_a_missing_integer_does_not_turn_the_others_into_floats() -> None:
    table = pa.table({"image": [PNG, PNG], "n": [2**60 + 1, None]})
    assert [row[2] for row in body(frame_html(table, PickPictures()))] == [str(2**60 + 1), "None"]


def test_without_pictures_there_is_no_html_unless_it_is_asked_for() -> None:
    table = ZOO["every_type_without_pictures"]()
    assert frame_html(table, PickPictures()) is None
    assert body(frame_html(table, PickPictures(), always=True))[0][:3] == ["0", "1", "0.5"]


def test_a_user_without_html_reprs_gets_none_unless_they_ask() -> None:
    with pd.option_context("display.notebook_repr_html", False):
        assert frame_html(ZOO["dicts"](), PickPictures()) is None
        assert frame_html(ZOO["dicts"](), PickPictures(), always=True)


def test_names_that_occur_twice_both_show_their_pictures() -> None:
    table = pa.Table.from_arrays([pa.array([PNG]), pa.array([PNG + b"2"])], ["same", "same"])
    assert len(BeautifulSoup(frame_html(table, PickPictures()), "html5lib").find_all("img")) == 2


def test_hostile_names_and_texts_are_text() -> None:
    table = pa.table({HOSTILE: [HOSTILE], "image": [PNG]})
    with pd.option_context("display.max_colwidth", None):
        soup = BeautifulSoup(frame_html(table, PickPictures()), "html5lib")
    assert soup.find_all("script") == []
    assert [cell.text for cell in soup.thead.find_all("th")] == ["", HOSTILE, "image"]
    assert soup.tbody.td.text == HOSTILE


def test_only_visible_rows_of_a_million_are_looked_at() -> None:
    cells = PickPictures()
    table = pa.table({"image": pa.DictionaryArray.from_arrays(np.zeros(10**6, "i1"), [PNG])})
    html = frame_html(table, cells)
    assert [len(values) for values, _ in cells.seen] == [10]
    assert size_told(html) == ["1000000 rows × 1 columns"]


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(OptionError, match=r"no column 'imgae' .did you mean 'image'"):
        frame_html(ZOO["many_rows"](), PickPictures(), columns="imgae")


def test_a_column_can_be_named_even_where_it_is_cut_out_of_view() -> None:
    cells = PickPictures()
    frame_html(ZOO["many_columns"](), cells, columns=["c1", "c25"], max_cols=4)
    assert cells.seen == [([PNG + b"1"], True)]


class PickArrays(PickPictures):
    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        super().pick(values, named=named)
        return [isinstance(value, np.ndarray) for value in values]

    def draw(self, values: Sequence[Any]) -> list[str]:
        return [img(f"{value.shape} {value.dtype}") for value in values]


@pytest.mark.parametrize(
    ("value", "kind", "seen"),
    [
        ([[1, 2], [3, 4]], pa.list_(pa.list_(pa.uint8())), "(2, 2) uint8"),
        ([[1, 2], [3, 4]], pa.list_(pa.list_(pa.float32(), 2), 2), "(2, 2) float32"),
        ([[[1], [2]]], pa.large_list(pa.list_(pa.large_list(pa.uint8()))), "(1, 2, 1) uint8"),
        ([[True, False]], pa.list_(pa.list_(pa.bool_())), "(1, 2) bool"),
    ],
)
def test_nested_numbers_are_offered_as_arrays(value: Any, kind: Any, seen: str) -> None:
    table = pa.table({"array": pa.array([None, value, None, value], kind)}).slice(1)
    assert body(frame_html(table, PickArrays())) == [
        ["0", f"[{seen}]"], ["1", "None"], ["2", f"[{seen}]"]
    ]  # fmt: skip


def test_tensors_are_offered_as_arrays_with_their_axes_in_the_order_that_is_meant() -> None:
    data = np.arange(48, dtype="u1").reshape(2, 2, 3, 4)
    flat = pa.array(data.reshape(2, -1).tolist(), pa.list_(pa.uint8(), 24))
    for order in (None, [1, 2, 0]):
        kind = pa.fixed_shape_tensor(pa.uint8(), [2, 3, 4], permutation=order)
        cells = PickPictures()
        frame_html(pa.table({"t": pa.ExtensionArray.from_storage(kind, flat)}), cells)
        (((first, second), _),) = cells.seen
        assert np.array_equal(first, data[0].transpose(order or [0, 1, 2]))
        assert np.array_equal(second, data[1].transpose(order or [0, 1, 2]))


def test_ragged_lists_and_lists_of_names_bytes_and_dicts_are_offered_as_lists() -> None:
    values = [[[1, 2], [3]], ["a", None], [b"a"], [{"bytes": b"a"}], [[], []], [[1], None]]
    cells = PickPictures()
    frame_html(pa.table({str(n): [value] for n, value in enumerate(values)}), cells)
    assert [seen for seen, _ in cells.seen] == [[value] for value in values]


def test_tables_are_known_by_their_library() -> None:
    table = ZOO["dicts"]()
    assert library_of(table) == library_of(table.to_batches()[0]) == "pyarrow"
    assert kind_of(table.schema) is kind_of(table.column(0)) is None
    assert table_html(table, PickPictures()) == frame_html(table, PickPictures())


class TestDataSets:
    """Of Hugging Face."""

    datasets: Any = None

    @pytest.fixture(autouse=True)
    def needed(self) -> None:
        TestDataSets.datasets = pytest.importorskip("datasets")

    def data_set(self, number: int = 100) -> Any:
        image = pytest.importorskip("PIL.Image")
        pictures = []
        for shade in range(number):
            file = io.BytesIO()
            image.new("L", (8, 8), shade).save(file, "PNG")
            pictures.append({"bytes": file.getvalue(), "path": f"{shade}.png"})
        features = {"image": self.datasets.Image(), "n": self.datasets.Value("int64")}
        return self.datasets.Dataset.from_dict(
            {"image": pictures, "n": range(number)}, features=self.datasets.Features(features)
        )

    def test_show_their_images_undecoded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def decode(*_: Any, **__: Any) -> None:
            raise AssertionError("an image was decoded")

        data_set, cells = self.data_set(), PickPictures()
        monkeypatch.setattr(self.datasets.Image, "decode_example", decode)
        html = frame_html(data_set, cells)
        ((drawn,), ((seen, _),)) = cells.drawn, cells.seen
        assert drawn == seen
        assert [value["path"] for value in drawn[:2]] == ["0.png", "1.png"]
        assert all(value["bytes"].startswith(PNG) for value in drawn)
        assert len(drawn) == 10
        assert size_told(html) == ["100 rows × 2 columns"]

    def test_show_the_rows_that_are_selected_in_their_order(self) -> None:
        cells = PickPictures()
        some = self.data_set().select([7, 3, 50, 9, 1])
        for limit, shown in [(None, [7, 3, 50, 9, 1]), (2, [7, 1]), (1, [7])]:
            cells = PickPictures()
            html = frame_html(some, cells, max_rows=limit)
            assert [row[-1] for row in body(html) if row[-1] != "..."] == list(map(str, shown))
            assert [value["path"] for value in cells.drawn[0]] == [f"{n}.png" for n in shown]

    def test_are_not_changed_and_show_the_same_in_any_format(self) -> None:
        data_set = self.data_set(3)
        plain = frame_html(data_set, PickPictures())
        for format_ in ("numpy", "pandas", None):
            data_set.set_format(format_)
            assert frame_html(data_set, PickPictures()) == plain
            assert data_set.format["type"] == format_
        data_set.set_transform(lambda batch: 1 / 0)
        assert frame_html(data_set, PickPictures()) == plain

    def test_offer_arrays_as_arrays_and_lists_of_images_as_lists(self) -> None:
        features = self.datasets.Features({
            "array": self.datasets.Array2D((2, 3), "uint8"),
            "images": self.datasets.Sequence(self.datasets.Image()),
        })  # fmt: skip
        images = [{"bytes": PNG, "path": None}] * 2
        data = {"array": [np.arange(6, dtype="u1").reshape(2, 3)], "images": [images]}
        cells = PickPictures()
        frame_html(self.datasets.Dataset.from_dict(data, features=features), cells)
        (((array,), _), ((seen,), _)) = cells.seen
        assert np.array_equal(array, [[0, 1, 2], [3, 4, 5]])
        assert seen == images

    def test_can_be_empty(self) -> None:
        assert body(frame_html(self.data_set(0), PickPictures(), always=True)) == []
        nothing = self.datasets.Dataset.from_dict({})
        assert body(frame_html(nothing, PickPictures(), always=True)) == []

    def test_are_known_by_their_library(self) -> None:
        data_set = self.data_set(3)
        assert library_of(data_set) == "datasets"
        assert table_html(data_set, PickPictures()) == frame_html(data_set, PickPictures())


def test_another_module_of_the_name_datasets_has_no_data_sets_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Dataset:
        __module__ = "datasets"

    monkeypatch.setitem(__import__("sys").modules, "datasets", type("m", (), {"Dataset": Dataset}))
    assert kind_of(Dataset()) is None
