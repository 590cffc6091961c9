"""encode_column on dask: later, where the partitions are, by whatever scheduler runs it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from zoo import decoded
from zoo.images import photograph

import imgdisplay
from imgdisplay import SourceNotFound, encode_column, thumbnail

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

BINARY = pd.ArrowDtype(pa.binary())
NAMES = ["astronaut", "coffee", "chelsea", "astronaut"]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pictures")
    for name in set(NAMES):
        photograph(name, None).save(folder / f"{name}.jpg")
    return [str(folder / f"{name}.jpg") for name in NAMES]


@pytest.fixture
def frame(paths: list[str]) -> Any:
    index = pd.Index(["a", "b", "c", "d"], name="key")
    return dd.from_pandas(
        pd.DataFrame({"photo": [*paths[:3], None], "n": range(4)}, index=index), npartitions=2
    )


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Give a client of a cluster of two processes."""
    with (
        warnings.catch_warnings(),
        dask.config.set({"distributed.admin.system-monitor.gil.enabled": False}),
    ):
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                host="127.0.0.1",
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


def wanted(paths: list[str]) -> list[Any]:
    return [*(thumbnail(path).data for path in paths[:3]), None]


def values(series: pd.Series[Any]) -> list[Any]:
    return [None if pd.isna(value) else value for value in series]


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_by_every_scheduler(frame: Any, paths: list[str], scheduler: str) -> None:
    stored = encode_column(frame["photo"])

    done = stored.compute(scheduler=scheduler)

    assert values(done) == wanted(paths)
    assert (done.dtype, done.name, done.index.tolist()) == (BINARY, "photo", list("abcd"))
    assert done.index.name == "key"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_by_a_cluster_of_processes(frame: Any, paths: list[str], client: Any) -> None:
    made_by = frame["photo"].map_partitions(
        lambda part: pd.Series([os.getpid()] * len(part)), meta=("pid", int)
    )

    assert values(client.compute(encode_column(frame["photo"])).result()) == wanted(paths)
    assert os.getpid() not in client.compute(made_by).result().tolist()


def test_nothing_is_computed_until_it_is_asked_for(frame: Any) -> None:
    def explode(part: Any) -> Any:
        raise AssertionError("computed")

    lazy = frame["photo"].map_partitions(explode, meta=("photo", "string"))

    stored = encode_column(lazy)

    assert (stored.dtype, stored.name, stored.npartitions) == (BINARY, "photo", 2)
    with pytest.raises(AssertionError, match="computed"):
        stored.compute(scheduler="synchronous")


@pytest.mark.parametrize("convert", [True, False])
def test_columns_of_texts_and_of_objects(paths: list[str], convert: bool) -> None:
    with dask.config.set({"dataframe.convert-string": convert}):
        frame = dd.from_pandas(pd.DataFrame({"photo": paths}, dtype=object), npartitions=2)
        stored = encode_column(frame["photo"]).compute(scheduler="threads")

    assert values(stored) == [thumbnail(path).data for path in paths]


def test_the_options_in_effect_travel_with_the_graph(frame: Any, paths: list[str]) -> None:
    with imgdisplay.options(size=40):
        stored = encode_column(frame["photo"], scale=1)

    done = stored.compute(scheduler="processes")

    assert max(decoded(done["a"]).size) == 40


@pytest.mark.filterwarnings("ignore:.*inplace keyword")  # dask's own, with pandas 3.1
@pytest.mark.parametrize(("form", "how"), [("bytes", {}), ("struct", {"dtype_backend": "pyarrow"})])
def test_stored_in_parquet_and_shown_as_stored(
    frame: Any, paths: list[str], tmp_path: Path, form: Any, how: dict[str, Any]
) -> None:
    small = frame.assign(photo=encode_column(frame["photo"], form=form))
    small.to_parquet(tmp_path / "small")

    again = dd.read_parquet(tmp_path / "small", **how)
    html = imgdisplay.table(again, columns="photo", max_rows=4)
    whole = imgdisplay.table(pd.read_parquet(tmp_path / "small", **how), max_rows=None)

    for path in paths[:2]:
        assert thumbnail(path).base64 in html
    for path in paths[:3]:
        assert thumbnail(path).base64 in whole


def test_a_broken_one_is_missing_with_a_warning_for_its_partition(paths: list[str]) -> None:
    frame = dd.from_pandas(pd.DataFrame({"photo": ["gone.jpg", *paths[1:]]}), npartitions=2)
    stored = encode_column(frame["photo"])

    with pytest.warns(UserWarning, match="1 of 2 pictures of 'photo'.*not found") as caught:
        done = stored.compute(scheduler="synchronous")

    assert len(caught) == 1
    assert done.isna().tolist() == [True, False, False, False]


def test_or_raises_where_it_is_computed(paths: list[str]) -> None:
    frame = dd.from_pandas(pd.DataFrame({"photo": ["gone.jpg", *paths]}), npartitions=1)

    with pytest.raises(SourceNotFound):
        encode_column(frame["photo"], on_error="raise").compute(scheduler="processes")
