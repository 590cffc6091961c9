"""Reports of many rows, against a page of joined strings by the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from benchmarks.rivals import naive
from benchmarks.sources import jpeg_file

import imgdisplay

# The recipe leaves its files open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize("rows", [50, 1_000, 10_000])
def test_a_report_of_small_pictures(
    rows: int, folder: Path, tmp_path: Path, measure: Any, in_earnest: bool
) -> None:
    if rows > 50 and not in_earnest:
        pytest.skip("takes seconds; --benchmark-enable measures it")
    files = folder / "report"
    files.mkdir(exist_ok=True)
    pictures = [jpeg_file(files, "small", 300, 225, name).value for name in ("china", "cat")]
    frame = pd.DataFrame(
        {
            "number": range(rows),
            "picture": [str(pictures[row % len(pictures)]) for row in range(rows)],
        }
    )
    target = tmp_path / "report.html"

    def ours() -> None:
        imgdisplay.report(frame, target, size=128, scale=1, cache=False)

    def joined() -> None:
        cells = (
            f'<tr><td>{row}<td><img src="data:image/jpeg;base64,{naive(Path(path), 128).decode()}">'
            for row, path in enumerate(frame["picture"])
        )
        (tmp_path / "joined.html").write_text(f"<table>{''.join(cells)}</table>")

    measure(
        "reports",
        f"{rows:,} rows of JPEG of 300 px",
        ours,
        {"naive": joined},
        rounds=5 if rows < 10_000 else 1,
    )

    assert target.stat().st_size > rows * 200
