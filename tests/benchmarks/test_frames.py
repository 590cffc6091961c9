"""Frames: of pictures, against the recipe and other packages; of none, against pandas itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from benchmarks.photographs import NAMES
from benchmarks.rivals import naive
from benchmarks.sources import jpeg_file

import imgdisplay
from imgdisplay.drawing import PictureCells
from imgdisplay.frames import table_html

HERE = Path(__file__).parent

# The recipe leaves its files open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def web_pictures(folder: Path) -> list[str]:
    """Return the paths of some photographs as the web has them."""
    files = folder / "web"
    files.mkdir()
    return [str(jpeg_file(files, "web", 1200, 900, name, quality=80).value) for name in NAMES]


def shown(frame: pd.DataFrame) -> str:
    options: Any = {"size": 128, "scale": 1, "cache": False, "max_output_bytes": 2**40}
    return str(imgdisplay.table(frame, ["picture"], max_rows=None, timeout=3600, **options))


def by_recipe(frame: pd.DataFrame) -> str:
    def cell(path: str) -> str:
        return f'<img src="data:image/jpeg;base64,{naive(Path(path), 128).decode()}">'

    return frame.to_html(escape=False, formatters={"picture": cell})


@pytest.mark.parametrize("rows", [20, 200, 2_000])
def test_a_frame_of_web_pictures(
    rows: int, web_pictures: list[str], measure: Any, in_earnest: bool
) -> None:
    if rows > 20 and not in_earnest:
        pytest.skip("takes seconds; --benchmark-enable measures it")
    paths = [web_pictures[row % len(web_pictures)] for row in range(rows)]
    frame = pd.DataFrame({"name": [Path(path).name for path in paths], "picture": paths})

    measure(
        "frames",
        f"{rows:,} JPEG of 1200 px",
        lambda: shown(frame),
        {"naive": lambda: by_recipe(frame)},
        rounds=15 if rows == 20 else 5 if rows == 200 else 1,
        bytes=len(shown(frame)) if rows == 20 else None,
    )

    if rows == 20:
        assert shown(frame).count("<img") == rows


def test_a_frame_that_is_shown_again_is_looked_up(web_pictures: list[str], measure: Any) -> None:
    frame = pd.DataFrame({"picture": [Path(path).read_bytes() for path in web_pictures]})
    imgdisplay.clear_cache()

    def again() -> str:
        return str(imgdisplay.table(frame, ["picture"], max_rows=None))

    once = again()
    made = imgdisplay.cache_info()
    measure("frames", f"{len(frame)} JPEG of 1200 px, again", again, {}, rounds=31)

    assert again() == once
    assert made.misses == len(frame)
    assert imgdisplay.cache_info().misses == made.misses


@pytest.mark.parametrize(
    ("kind", "left_out"), [("web", []), ("camera", ["pandas-image-methods"])], ids=["web", "camera"]
)
def test_frames_of_other_packages(
    kind: str,
    left_out: list[str],
    web_pictures: list[str],
    folder: Path,
    measure: Any,
    in_earnest: bool,
) -> None:
    files = folder / kind
    if kind == "camera":
        if not in_earnest:
            pytest.skip("takes minutes; --benchmark-enable measures it")
        files.mkdir()
        for name in NAMES[:4]:
            jpeg_file(files, "camera", 4000, 3000, name)
    count, rounds = (20, 5 if kind == "web" else 1) if in_earnest else (2, 1)
    said: list[dict[str, dict[str, float]]] = []

    def run() -> None:
        script = HERE / "peers_of_frames.py"
        said.append(json.loads(_python(script, files, count, rounds, *left_out)))

    measure("peers", f"20 JPEG of {'1200 px' if kind == 'web' else '12 Mpx'}", run, {}, rounds=1)
    seconds, sizes = said[-1]["seconds"], said[-1]["bytes"]
    measure.note(
        peers={name: seconds["imgdisplay"] / taken for name, taken in seconds.items()},
        sizes={name: sizes["imgdisplay"] / size for name, size in sizes.items()},
        ours=seconds["imgdisplay"],
    )

    for name, size in sizes.items():
        assert sizes["imgdisplay"] < 2 * size, name


def _python(script: Path, *arguments: object) -> str:
    ended = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            "MPLBACKEND": "agg",
            "DO_NOT_TRACK": "true",  # daft would tell its makers
            "DAFT_ANALYTICS_ENABLED": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[-1]


WITHOUT_PICTURES: dict[str, Callable[[], pd.DataFrame]] = {
    "3×3 texts": lambda: pd.DataFrame({name: list("xyz") for name in "abc"}),
    "60×20 texts": lambda: pd.DataFrame(
        {f"column {c}": [f"text {r} {c}" for r in range(60)] for c in range(20)}
    ),
    "1,000×5 texts": lambda: pd.DataFrame(
        {name: [f"text {row}" for row in range(1_000)] for name in "abcde"}
    ),
    "100,000×10 numbers": lambda: pd.DataFrame({name: range(100_000) for name in "abcdefghij"}),
}


@pytest.mark.parametrize("name", WITHOUT_PICTURES)
def test_a_frame_without_pictures_is_drawn_as_pandas_draws_it(name: str, measure: Any) -> None:
    frame = WITHOUT_PICTURES[name]()
    options = imgdisplay.get_options()

    def ours() -> str | None:
        return table_html(frame, PictureCells(options))

    def theirs() -> str:
        text: str = frame._repr_html_()  # type: ignore[operator]
        return text

    measure("frames without pictures", name, ours, {"pandas": theirs}, rounds=201)

    assert ours() == theirs()


def test_columns_that_cannot_hold_pictures_are_not_looked_into() -> None:
    class Cells(PictureCells):
        def pick(self, values: Any, *, named: bool) -> Any:
            raise AssertionError(f"asked for {values[:3]}")

    frame = pd.DataFrame(
        {
            "int": [1, 2],
            "float": [0.5, 1.5],
            "bool": [True, False],
            "time": pd.to_datetime(["2020-01-01", "2021-01-01"]),
            "period": pd.period_range("2020", periods=2, freq="D"),
            "numbers as categories": pd.Categorical([1, 2]),
        }
    )

    assert table_html(frame, Cells(imgdisplay.get_options())) == frame._repr_html_()  # type: ignore[operator]
