"""Writing a report takes the same memory for a thousand rows and for ten thousand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

MEASURED = """
    import json, sys
    import pandas as pd
    from imgdisplay import Report

    folder, count = sys.argv[1], int(sys.argv[2])

    def frame(count):
        return pd.DataFrame(
            {
                "picture": [f"{folder}/{number}.png" for number in range(count)],
                "name": [f"picture {number}" for number in range(count)],
                "value": range(count),
            }
        )

    def told(name):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1000 for line in status if line.startswith(name))

    Report().add(frame(300)).save(f"{folder}/first.html", progress=False)
    rows = frame(count)
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")  # begins anew (proc_pid_clear_refs(5))
    before = told("VmRSS")
    Report().add(rows).save(f"{folder}/page.html", progress=False)
    print(json.dumps(told("VmHWM") - before))
"""

ALLOWED = 10
"""MB over what a report of 300 rows takes, as promised."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with many different small pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(10_000):
        color = (number % 256, number // 256, 99)
        Image.new("RGB", (40, 30), color).save(folder / f"{number}.png", compress_level=1)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="tells no peak that can begin anew")
@pytest.mark.parametrize("count", [1000, 10_000])
def test_the_peak_does_not_grow_with_the_rows(
    count: int, folder: Path, python: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    grown = json.loads(python(MEASURED, folder, count, seconds=280))
    page = folder / "page.html"
    with capsys.disabled():
        print(f"\n{count} rows, {page.stat().st_size / 1e6:.1f} MB: peak +{grown:.1f} MB")
    assert grown <= ALLOWED
