"""A zoo of pandas frames, and fakes that stand for pictures and for whoever draws them."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

HOSTILE = '</td><img src=x onerror="alert(1)"><script>alert(2)</script> & "quoted"'

ZOO: dict[str, Callable[[], pd.DataFrame]] = {}


class Picture:
    """What `PickPictures` picks. Its text is short, of letters and digits, and its own."""

    texts_asked_for = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        Picture.texts_asked_for += 1
        return f"{'abcdefghij'[self.number // 100]}{self.number % 100:02}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __lt__(self, other: Picture) -> bool:
        return self.number < other.number


class PickPictures:
    """Cells that pick every `Picture`, and bytes, dicts and names that stand for one."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[object], bool]] = []
        self.drawn: list[list[object]] = []

    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        self.seen.append((list(values), named))
        return [is_picture(value) for value in values]

    def draw(self, values: Sequence[object]) -> list[str]:
        self.drawn.append(list(values))
        return [img(str(value)) for value in values]


def is_picture(value: object) -> bool:
    """Tell whether `PickPictures` picks a value."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if isinstance(value, bytes):
        return value.startswith(b"\x89PNG")
    return isinstance(value, Picture) or (isinstance(value, str) and value.startswith("~"))


def img(text: str) -> str:
    """Return what `PickPictures` draws of a picture with this text."""
    return f'<img alt="{html.escape(text)}">'


def objects(*values: object) -> pd.Series:
    """Return a column that keeps its objects as they are."""
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        column[row] = value
    return pd.Series(column, dtype=object)


def pictures(number: int, start: int = 0) -> pd.Series:
    """Return a column of pictures."""
    return objects(*map(Picture, range(start, start + number)))


def exhibit(make: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """Put a frame into the zoo, under the name of its function."""
    ZOO[make.__name__] = make
    return make


@exhibit
def one_picture_column() -> pd.DataFrame:
    return pd.DataFrame({"name": ["a", "b", "c"], "image": pictures(3), "n": [1, 20, 300]})


@exhibit
def nothing_but_pictures() -> pd.DataFrame:
    return pd.DataFrame({"left": pictures(3), "right": pictures(3, start=3)})


@exhibit
def every_kind_of_missing_value() -> pd.DataFrame:
    missing = [None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), np.datetime64("NaT"), float("nan")]
    return pd.DataFrame({"image": objects(Picture(0), *missing), "n": np.arange(8.0)})


@exhibit
def every_kind_of_scalar_beside_pictures() -> pd.DataFrame:
    values = [1, 1.0, 1.25, -1e-9, 1e20, 0.1 + 0.2, True, 2 + 3j, np.float32(0.5), np.int8(3)]
    dates = [date(2024, 2, 29), datetime(2024, 2, 29, 12, 30), pd.Timestamp(2024, 1, 1)]
    others = [pd.Timedelta(days=1), Decimal("1.10"), b"\x00bytes", np.inf, -np.inf]
    return pd.DataFrame({"image": objects(Picture(0), *values, *dates, *others, Picture(1))})


@exhibit
def every_kind_of_text_beside_pictures() -> pd.DataFrame:
    texts = ["two  spaces", " leading", "trailing ", "a\nb\tc\rd", "", "ä 漢字 🖼", "x" * 300]
    return pd.DataFrame({"image": objects(Picture(0), *texts, HOSTILE, Picture(1))})


@exhibit
def containers_beside_pictures() -> pd.DataFrame:
    nested = [[1, [2, 3.50]], (1,), {"a": {1, 2}, "b": None}, set(), np.arange(200), range(3)]
    return pd.DataFrame({"image": objects(Picture(0), *nested, iter(()).__class__, Picture(1))})


@exhibit
def frames_in_cells() -> pd.DataFrame:
    inner = [pd.Series([1, 2], name="inner"), pd.DataFrame({"x": [1.5]}), pd.Index(["i"])]
    return pd.DataFrame({"image": objects(Picture(0), *inner, Picture(1)), "n": range(5)})


@exhibit
def hostile_everywhere() -> pd.DataFrame:
    frame = pd.DataFrame({HOSTILE: [HOSTILE, "<b>", "&amp;"], "image": pictures(3)})
    frame.index = pd.Index([HOSTILE, "<i>", "&lt;"], name=HOSTILE)
    frame.columns.name = HOSTILE
    return frame


@exhibit
def many_rows() -> pd.DataFrame:
    return pd.DataFrame({"image": pictures(150), "n": np.arange(150) / 7})


@exhibit
def many_columns() -> pd.DataFrame:
    return pd.DataFrame({f"c{n}": pictures(2, start=2 * n) if n % 3 else [n, n] for n in range(30)})


@exhibit
def many_rows_and_columns() -> pd.DataFrame:
    columns = {f"c{n}": pictures(80) if n in (0, 24) else np.arange(80) * 0.1 for n in range(25)}
    return pd.DataFrame(columns)


@exhibit
def pictures_far_away_only() -> pd.DataFrame:
    middle = objects(*[None] * 70, *map(Picture, range(10)), *[None] * 70)
    return pd.DataFrame({"image": middle, "text": "t"})


@exhibit
def multiindex_rows() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["<a>", "b"], [1, 2], ["x", "y"]], names=["k", None, "l"])
    return pd.DataFrame({"image": pictures(8), "n": range(8)}, index=None).set_index(index)


@exhibit
def many_multiindex_rows() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([range(20), range(5)], names=["outer", "inner"])
    return pd.DataFrame({"image": pictures(100), "n": range(100)}).set_index(index)


@exhibit
def multiindex_columns() -> pd.DataFrame:
    frame = pd.DataFrame({0: pictures(2), 1: [1, 2], 2: pictures(2, start=2), 3: [0.5, 2]})
    frame.columns = pd.MultiIndex.from_tuples(
        [("one", "image"), ("one", "n"), ("two", "image"), ("two", "<n>")], names=["set", "<what>"]
    )
    return frame


@exhibit
def many_multiindex_columns() -> pd.DataFrame:
    frame = pd.concat([pictures(3, start=3 * n) for n in range(28)], axis=1)
    frame.columns = pd.MultiIndex.from_product([range(4), range(7)])
    return frame


@exhibit
def duplicate_names() -> pd.DataFrame:
    frame = pd.DataFrame({0: pictures(2), 1: [1, 2], 2: pictures(2, start=2), 3: ["x", "y"]})
    frame.columns = pd.Index(["same", "same", "same", "other"])
    frame.index = pd.Index(["twice", "twice"])
    return frame


@exhibit
def category_of_pictures() -> pd.DataFrame:
    several = [Picture(1), Picture(0), Picture(1), None]
    return pd.DataFrame({"image": pd.Categorical(several), "kind": pd.Categorical([1, 2, 1, None])})


@exhibit
def category_of_pictures_and_others() -> pd.DataFrame:
    values = [Picture(0), 1, 2.50, "a\nb", None, HOSTILE]
    return pd.DataFrame({"image": pd.Categorical.from_codes(
        [0, 1, 2, 3, -1, 4], categories=pd.Index([v for v in values if v is not None], dtype=object)
    )})  # fmt: skip


@exhibit
def names_of_pictures() -> pd.DataFrame:
    names = ["~01", "a\nb  c", None, HOSTILE, "~02"]
    return pd.DataFrame({
        "object": objects(*names), "default": names, "string": pd.array(names, dtype="string"),
        "arrow": pd.Series(names, dtype=pd.ArrowDtype(pa.string())), "kind": pd.Categorical(names),
    })  # fmt: skip


@exhibit
def names_of_pictures_in_many_rows() -> pd.DataFrame:
    names = [f"~{number:02}" if number % 3 else f"file {number}" for number in range(99)]
    frame = pd.DataFrame({"text": names, "kind": pd.Categorical(names)})
    frame.index = pd.Index(names, name="~00")
    return frame


class AlbumDtype(pd.api.extensions.ExtensionDtype):
    """A dtype that no pandas knows."""

    name = "album"
    type = object
    na_value = None


class AlbumArray(pd.api.extensions.ExtensionArray):
    """Pictures and others, printed in its own way: texts in capitals."""

    dtype = AlbumDtype()

    def __init__(self, values: Sequence[object]) -> None:
        self.values = objects(*values).to_numpy()

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, item: Any) -> Any:
        found = self.values[item]
        return type(self)(found) if isinstance(found, np.ndarray) else found

    def isna(self) -> np.ndarray:
        return np.array([value is None for value in self.values])

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> AlbumArray:
        if allow_fill:
            return type(self)([fill_value if at == -1 else self.values[at] for at in indices])
        return type(self)([self.values[at] for at in indices])

    def copy(self) -> AlbumArray:
        return type(self)(self.values)

    @classmethod
    def _concat_same_type(cls, parts: Sequence[AlbumArray]) -> AlbumArray:
        return cls([value for part in parts for value in part.values])

    def _formatter(self, boxed: bool = False) -> Callable[[object], str]:
        return lambda value: str(value).upper() if isinstance(value, str) else str(value)


@exhibit
def unknown_extension_dtype() -> pd.DataFrame:
    values = [Picture(0), "text\nin lines", None, 1.50, HOSTILE, Picture(1)]
    return pd.DataFrame({"image": AlbumArray(values), "n": range(6)})


@exhibit
def many_rows_of_an_unknown_extension_dtype() -> pd.DataFrame:
    return pd.DataFrame({"image": AlbumArray([*map(Picture, range(70)), "last"])})


@exhibit
def sparse_pictures() -> pd.DataFrame:
    return pd.DataFrame(
        {"image": pd.arrays.SparseArray(objects(Picture(0), None, "a", Picture(1)))}
    )


@exhibit
def arrow_binary() -> pd.DataFrame:
    data = [b"\x89PNG one", b"other", None, b"\x89PNG two", b"line\nbreak"]
    return pd.DataFrame({"image": pd.Series(data, dtype=pd.ArrowDtype(pa.binary()))})


@exhibit
def arrow_struct() -> pd.DataFrame:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    data = [{"bytes": b"\x89PNG", "path": None}, {"bytes": b"x", "path": "a\nb  c"}, None]
    return pd.DataFrame({"image": pd.Series(data, dtype=pd.ArrowDtype(kind)), "n": [0.5, 1, 2]})


@exhibit
def arrow_lists_and_numbers() -> pd.DataFrame:
    lists = pd.Series([[1, 2], None, [3]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    numbers = pd.Series([1.5, None, 3], dtype=pd.ArrowDtype(pa.float64()))
    texts = pd.Series(["a\nb", None, HOSTILE], dtype=pd.ArrowDtype(pa.string()))
    return pd.DataFrame({"image": pictures(3), "lists": lists, "numbers": numbers, "texts": texts})


@exhibit
def every_dtype_without_pictures() -> pd.DataFrame:
    return pd.DataFrame({
        "int": [1, 2], "float": [0.5, np.nan], "bool": [True, False], "complex": [1j, 2],
        "date": pd.date_range("2024", periods=2),
        "zone": pd.date_range("2024", periods=2, tz="UTC"),
        "delta": pd.to_timedelta([1, 2], unit="h"), "period": pd.period_range("2024", periods=2),
        "interval": pd.interval_range(0, 2), "masked": pd.array([1, None], dtype="Int64"),
        "truth": pd.array([True, None], dtype="boolean"), "text": ["a", None],
        "string": pd.array(["a", None], dtype="string"), "sparse": pd.arrays.SparseArray([0, 1]),
        "kind": pd.Categorical(["a", "b"]), "object": objects({"a": 1}, HOSTILE),
    })  # fmt: skip


@exhibit
def indexes_of_dates_and_floats() -> pd.DataFrame:
    frame = pd.DataFrame({0.5: pictures(70), 1.25: np.arange(70)})
    frame.index = pd.date_range("2024-01-01", periods=70, freq="h", name="when")
    return frame


@exhibit
def no_rows() -> pd.DataFrame:
    return pd.DataFrame({"image": objects(), "n": np.array([], dtype=int)})


@exhibit
def no_columns() -> pd.DataFrame:
    return pd.DataFrame(index=["a", "b"])


@exhibit
def nothing_at_all() -> pd.DataFrame:
    return pd.DataFrame()


class Subclass(pd.DataFrame):
    """A frame of somebody else, who draws it in another way."""

    @property
    def _constructor(self) -> type[Subclass]:
        return Subclass

    def _repr_html_(self) -> str:
        return "<marquee>"


@exhibit
def subclass_of_dataframe() -> pd.DataFrame:
    return Subclass({"image": pictures(90), "n": range(90)})
