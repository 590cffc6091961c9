"""A column of pictures becomes a column of encoded thumbnails, and stays one in Parquet."""

from __future__ import annotations

import builtins
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from zoo import decoded, embedded, pixels
from zoo.images import photograph

import imgdisplay
from imgdisplay import DecodeError, OptionError, UnsupportedSource, encode_column, thumbnail
from imgdisplay.core.batch import cores

BINARY = pd.ArrowDtype(pa.binary())
NAMES = ["astronaut", "coffee", "chelsea"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for name in NAMES:
        photograph(name, None).save(folder / f"{name}.jpg", quality=92)
    return folder


@pytest.fixture
def paths(folder: Path) -> list[str]:
    return [str(folder / f"{name}.jpg") for name in NAMES]


def objects(*values: object) -> pd.Series[Any]:
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        column[row] = value
    return pd.Series(column, dtype=object)


def drawn(html: str) -> list[Image.Image]:
    return [embedded(tag) for tag in BeautifulSoup(html, "html5lib").find_all("img")]


def same(one: Image.Image, other: Image.Image) -> bool:
    return np.array_equal(pixels(one, "RGBA"), pixels(other, "RGBA"))


class TestPandas:
    def test_every_value_is_the_thumbnail_of_its_source(self, paths: list[str]) -> None:
        stored = encode_column(pd.Series(paths))

        assert stored.dtype == BINARY
        assert stored.tolist() == [thumbnail(path).data for path in paths]

    def test_index_and_name_are_kept_and_the_series_is_not_changed(self, paths: list[str]) -> None:
        index = pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["k", None])
        series = pd.Series(paths, index=index, name=("two", "levels"))
        before = series.copy()

        stored = encode_column(series)

        assert stored.index is series.index
        assert stored.name == ("two", "levels")
        pd.testing.assert_series_equal(series, before)

    @pytest.mark.parametrize(
        "dtype", [object, "string", "category", pd.ArrowDtype(pa.string()), None], ids=str
    )
    def test_paths_of_every_dtype_and_missing_ones(self, paths: list[str], dtype: Any) -> None:
        stored = encode_column(pd.Series([paths[0], None, paths[1]], dtype=dtype))

        assert stored.isna().tolist() == [False, True, False]
        assert stored[2] == thumbnail(paths[1]).data

    def test_every_kind_of_missing_value_stays_missing_without_a_warning(self) -> None:
        gone = objects(None, np.nan, pd.NA, pd.NaT, {"bytes": None, "path": None})

        assert encode_column(gone).isna().all()
        assert encode_column(gone, form="struct").isna().all()

    def test_every_kind_of_source(self, paths: list[str]) -> None:
        image = photograph()
        data = Path(paths[0]).read_bytes()
        sources = [
            image, np.asarray(image), data, Path(paths[0]), {"bytes": data, "path": "x.jpg"},
            thumbnail(image), thumbnail(image).data_uri, [image, image],
        ]  # fmt: skip

        stored = encode_column(objects(*sources), size=40)

        assert [decoded(value).format for value in stored] == ["JPEG"] * len(sources)

    def test_arrow_binary_and_structs(self, paths: list[str]) -> None:
        data = Path(paths[0]).read_bytes()
        struct = pd.ArrowDtype(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
        for source in (
            pd.Series([data, None], dtype=BINARY),
            pd.Series([{"bytes": data, "path": None}, None], dtype=struct),
            pd.Series([{"bytes": None, "path": paths[0]}, None], dtype=struct),
        ):
            assert encode_column(source)[0] == thumbnail(data).data

    def test_an_empty_series(self) -> None:
        stored = encode_column(pd.Series([], dtype=object, name="photo"))

        assert (stored.dtype, len(stored), stored.name) == (BINARY, 0, "photo")

    def test_the_options_apply(self, paths: list[str]) -> None:
        stored = encode_column(pd.Series(paths), size=(50, 20), scale=2, format="webp", quality=60)

        for value, path in zip(stored, paths, strict=True):
            wanted = thumbnail(path, size=(50, 20), scale=2, format="webp", quality=60)
            assert value == wanted.data

    def test_what_belongs_to_showing_changes_nothing(self, paths: list[str]) -> None:
        series = pd.Series(paths)

        with imgdisplay.options(timeout=0.1, max_output_bytes=10_000, zoom=300):
            assert encode_column(series).equals(encode_column(series))
            assert encode_column(series).tolist() == [thumbnail(path).data for path in paths]

    def test_tiny_pictures_are_stored_as_they_are_and_shown_enlarged(self) -> None:
        tiny = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)

        stored = encode_column(objects(tiny))

        assert decoded(stored[0]).size == (28, 28)
        assert same(drawn(imgdisplay.table(objects(tiny)))[0], drawn(imgdisplay.table(stored))[0])

    def test_encoding_what_is_encoded_changes_nothing(self, paths: list[str]) -> None:
        once = encode_column(pd.Series(paths))

        assert encode_column(once).equals(once)

    def test_more_values_than_are_handed_over_at_once(self) -> None:
        colors = [Image.new("RGB", (40, 40), (n % 256, n // 256, 0)) for n in range(700)]
        column = objects(*colors)
        column[300] = None

        stored = encode_column(column)

        assert stored.isna().sum() == 1
        for row in (0, 127, 128, 299, 301, 699):
            assert decoded(stored[row]).convert("RGB").getpixel((5, 5)) == (
                row % 256,
                row // 256,
                0,
            )

    def test_without_pyarrow_they_are_objects(
        self, paths: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = builtins.__import__
        monkeypatch.setattr(
            "imgdisplay.frames.encoded.importlib.import_module",
            lambda name: (_ for _ in ()).throw(ImportError(name)) if name == "pyarrow" else real,
        )
        series = pd.Series([paths[0], None], dtype=object, name="photo")

        stored, structs = encode_column(series), encode_column(series, form="struct")

        assert stored.dtype == structs.dtype == object
        assert stored.tolist() == [thumbnail(paths[0]).data, None]
        assert structs.tolist() == [{"bytes": stored[0], "path": paths[0]}, None]

    def test_from_an_accessor(self, paths: list[str]) -> None:
        imgdisplay.register_accessor("pictures")
        try:
            stored = pd.Series(paths).pictures.encode(size=40)
        finally:
            del pd.Series.pictures
            del pd.DataFrame.pictures

        assert stored.tolist() == [thumbnail(path, size=40).data for path in paths]


class TestStructs:
    def test_paths_are_those_that_were_given(self, paths: list[str]) -> None:
        data = Path(paths[0]).read_bytes()
        sources = objects(
            paths[0], Path(paths[1]), {"bytes": data, "path": "kept/name.jpg"},
            {"bytes": None, "path": paths[2]}, data, photograph(), thumbnail(data).data_uri,
        )  # fmt: skip

        stored = encode_column(sources, form="struct")

        assert stored.dtype == object
        assert [value["path"] for value in stored] == [
            paths[0], paths[1], "kept/name.jpg", paths[2], None, None, None,
        ]  # fmt: skip
        assert stored[0]["bytes"] == thumbnail(paths[0]).data

    def test_missing_and_broken_ones_are_missing_as_a_whole(self, paths: list[str]) -> None:
        with pytest.warns(UserWarning, match="1 of 2 pictures"):
            stored = encode_column(pd.Series([paths[0], "gone.jpg", None]), form="struct")

        assert stored.isna().tolist() == [False, True, True]

    @pytest.mark.skipif("sys.platform != 'linux'")
    def test_names_that_are_no_text_are_stored_as_text(self, folder: Path) -> None:
        odd = folder / "odd\udcff.png"
        Image.new("RGB", (8, 8)).save(odd)

        stored = encode_column(objects(str(odd)), form="struct")

        assert stored[0]["path"] == f"{folder}/odd?.png"

    def test_datasets_takes_them_as_images(self, paths: list[str]) -> None:
        datasets = pytest.importorskip("datasets")
        stored = encode_column(pd.Series(paths, name="image"), form="struct")
        table = pa.table({"image": pa.array(stored)})

        pictures = datasets.Dataset(table).cast_column("image", datasets.Image())

        assert same(pictures[0]["image"], decoded(stored[0]["bytes"]))


class TestBroken:
    def test_they_are_missing_and_one_warning_says_how_many_and_why(self, paths: list[str]) -> None:
        series = pd.Series([paths[0], b"no picture", "gone.jpg"], index=list("abc"), name="photo")

        with pytest.warns(UserWarning, match="could not be encoded") as caught:
            stored = encode_column(series)

        assert stored.isna().tolist() == [False, True, True]
        [warning] = caught
        said = str(warning.message)
        assert said.startswith("2 of 3 pictures of 'photo' could not be encoded")
        assert "the first, at 'b': unreadable: the data is not a picture" in said
        assert "on_error='raise'" in said
        assert warning.filename == __file__

    def test_a_payload_is_not_repeated(self) -> None:
        with pytest.warns(UserWarning, match="could not be encoded") as caught:
            encode_column(objects("data:image/png;base64," + "A" * 10_000))
        assert len(str(caught[0].message)) < 500

    def test_they_raise_when_asked_to(self, paths: list[str]) -> None:
        series = pd.Series([paths[0], b"no picture"])

        with pytest.raises(DecodeError, match="not a picture"):
            encode_column(series, on_error="raise")

    def test_nothing_is_fetched_unasked(self, no_socket: list[object]) -> None:
        with pytest.warns(UserWarning, match="remote=True"):
            assert encode_column(pd.Series(["https://example.org/a.png"])).isna().all()


class TestPolars:
    def test_every_value_is_the_thumbnail_of_its_source(self, paths: list[str]) -> None:
        series = pl.Series("photo", [paths[0], None, paths[1]])

        stored = encode_column(series)

        assert (stored.dtype, stored.name) == (pl.Binary, "photo")
        assert stored.to_list() == [thumbnail(paths[0]).data, None, thumbnail(paths[1]).data]

    def test_structs(self, paths: list[str]) -> None:
        stored = encode_column(pl.Series("photo", [paths[0], None]), form="struct")

        assert stored.dtype == pl.Struct({"bytes": pl.Binary, "path": pl.String})
        assert stored.is_null().to_list() == [False, True]
        assert stored[0] == {"bytes": thumbnail(paths[0]).data, "path": paths[0]}

    def test_objects_binary_structs_categories_and_arrays(self, paths: list[str]) -> None:
        data = Path(paths[0]).read_bytes()
        image = photograph().resize((40, 30))
        for source, wanted in [
            (pl.Series([image, None], dtype=pl.Object), image),
            (pl.Series([data, None]), data),
            (pl.Series([{"bytes": data, "path": None}, {"bytes": None, "path": None}]), data),
            (pl.Series([paths[0], None], dtype=pl.Categorical), data),
            (pl.Series([np.asarray(image).tolist(), None]), np.asarray(image).astype(np.int64)),
        ]:
            stored = encode_column(source)
            assert stored.to_list() == [thumbnail(wanted).data, None], source.dtype

    def test_broken_ones_are_null_with_a_warning(self, paths: list[str]) -> None:
        with pytest.warns(
            UserWarning, match="1 of 2 pictures of 'photo'.* at 1: not found"
        ) as said:
            stored = encode_column(pl.Series("photo", [paths[0], "gone.jpg"]))
        assert stored.null_count() == 1
        assert said[0].filename == __file__

    def test_empty_and_long_ones(self) -> None:
        assert encode_column(pl.Series("a", [], dtype=pl.String)).dtype == pl.Binary
        data = thumbnail(photograph()).data
        long = encode_column(pl.Series([data] * 300))
        assert long.to_list() == [data] * 300
        assert long.n_chunks() == 1

    def test_as_a_function_of_batches_in_a_lazy_frame(self, paths: list[str]) -> None:
        # polars hands its own keywords over to a function that takes any.
        encoded = pl.col("path").map_batches(lambda s: encode_column(s), return_dtype=pl.Binary)  # noqa: PLW0108
        lazy = pl.LazyFrame({"path": paths}).with_columns(small=encoded)

        assert lazy.collect()["small"].to_list() == [thumbnail(path).data for path in paths]


class TestParquet:
    """Made once, stored, and shown ever after as it was stored."""

    def test_of_pandas(self, paths: list[str], tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": range(3), "photo": encode_column(pd.Series(paths))})
        frame.to_parquet(tmp_path / "table.parquet")

        again = pd.read_parquet(tmp_path / "table.parquet")

        assert again["photo"].dtype == BINARY
        self.check(imgdisplay.table(again), frame["photo"].tolist())
        self.check(imgdisplay.table(again, "photo"), frame["photo"].tolist())

    def test_of_pandas_with_structs(self, paths: list[str], tmp_path: Path) -> None:
        stored = encode_column(pd.Series(paths, name="photo"), form="struct")
        stored.to_frame().to_parquet(tmp_path / "table.parquet")

        again = pd.read_parquet(tmp_path / "table.parquet")

        self.check(imgdisplay.table(again), [value["bytes"] for value in stored])

    def test_of_polars(self, paths: list[str], tmp_path: Path) -> None:
        for form in ("bytes", "struct"):
            frame = pl.DataFrame({"photo": encode_column(pl.Series(paths), form=form)})
            frame.write_parquet(tmp_path / "table.parquet")

            again = pl.read_parquet(tmp_path / "table.parquet")

            assert again.equals(frame)
            self.check(imgdisplay.table(again), [thumbnail(path).data for path in paths])

    def test_written_by_one_library_and_read_by_the_other(
        self, paths: list[str], tmp_path: Path
    ) -> None:
        data = [thumbnail(path).data for path in paths]
        pd.DataFrame({"photo": encode_column(pd.Series(paths))}).to_parquet(tmp_path / "a.parquet")
        pl.DataFrame({"photo": encode_column(pl.Series(paths))}).write_parquet(
            tmp_path / "b.parquet"
        )

        assert pl.read_parquet(tmp_path / "a.parquet")["photo"].to_list() == data
        assert pd.read_parquet(tmp_path / "b.parquet")["photo"].tolist() == data

    def test_a_report_shows_the_stored_bytes(self, paths: list[str], tmp_path: Path) -> None:
        stored = encode_column(pd.Series(paths, name="photo"))
        imgdisplay.report(stored.to_frame(), tmp_path / "page.html")

        page = (tmp_path / "page.html").read_text("utf-8")

        assert all(thumbnail(value).base64 in page for value in stored)

    @staticmethod
    def check(html: str, stored: list[bytes]) -> None:
        shown = drawn(html)
        assert len(shown) == len(stored)
        for picture, data in zip(shown, stored, strict=True):
            assert same(picture, decoded(data))


class TestMistakes:
    def test_a_frame_a_list_and_a_single_picture_are_no_series(self) -> None:
        with pytest.raises(UnsupportedSource, match=r"DataFrame.*pass one of its columns"):
            encode_column(pd.DataFrame({"a": [1]}))
        for wrong in ([photograph()], photograph(), "a.png"):
            with pytest.raises(UnsupportedSource, match=r"expected pandas\.Series, polars\.Series"):
                encode_column(wrong)

    def test_an_unknown_form_or_option(self) -> None:
        with pytest.raises(OptionError, match="form='dict': expected 'bytes' or 'struct'"):
            encode_column(pd.Series(["a.png"]), form="dict")  # type: ignore[arg-type]
        with pytest.raises(OptionError, match="did you mean 'quality'"):
            encode_column(pd.Series(["a.png"]), qualty=3)  # type: ignore[call-arg]


@pytest.mark.skipif(cores() < 2, reason="there is one core")
def test_pictures_are_encoded_on_several_cores() -> None:
    seen: set[str] = set()

    class Slow:
        def __imgdisplay__(self) -> Image.Image:
            seen.add(threading.current_thread().name)
            time.sleep(0.01)
            return photograph()

    encode_column(objects(*(Slow() for _ in range(20))))

    assert len(seen) > 1
