"""The Spark example: its executors make the thumbnails that everybody else makes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from zoo.images import photograph

import imgdisplay
from imgdisplay import thumbnail

EXAMPLE = Path(__file__).parents[2] / "notebooks" / "spark" / "thumbnails.py"

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"
    ),
    pytest.mark.skipif(
        shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="no Java for Spark"
    ),
]


def test_its_thumbnails_are_stored_and_shown_as_stored(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("astronaut", "coffee"):
        photograph(name, None).save(folder / f"{name}.jpg")
    (folder / "broken.jpg").write_bytes(b"no picture")

    subprocess.run(
        [sys.executable, str(EXAMPLE), str(folder), str(tmp_path / "out.parquet")],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false "
            "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 "
            "--conf spark.driver.memory=1g pyspark-shell",
        },
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=280,
    )

    stored = pl.read_parquet(tmp_path / "out.parquet" / "*.parquet").sort("path")
    wanted = [
        thumbnail(folder / "astronaut.jpg", size=128).data,
        None,
        thumbnail(folder / "coffee.jpg", size=128).data,
    ]
    assert stored["thumbnail"].to_list() == wanted
    assert stored["image"].struct["bytes"].to_list() == wanted
    assert [Path(path).name for path in stored["image"].struct["path"]] == [
        "astronaut.jpg", "broken.jpg", "coffee.jpg",
    ]  # fmt: skip
    html = imgdisplay.table(pd.read_parquet(tmp_path / "out.parquet"), size=128)
    assert all(thumbnail(data, size=128).base64 in html for data in wanted if data)
