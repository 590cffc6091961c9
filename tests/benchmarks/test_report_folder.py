"""How fast a folder of pages is written, and that its memory does not grow with the pictures.

Of few pictures by default. The figure of a large one, on a machine with room for it::

    IMGDISPLAY_BENCHMARK_IMAGES=100000 pytest -s tests/benchmarks/test_report_folder.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

COUNT = int(os.environ.get("IMGDISPLAY_BENCHMARK_IMAGES", "3000"))

if sys.platform != "linux":
    pytest.skip("the peak of memory is read from /proc", allow_module_level=True)

RUN = """
import json, sys, time
from pathlib import Path
import imgdisplay

source, small, target, images = sys.argv[1:]

def status(key):
    return int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024

imgdisplay.report(Path(small), target + "-warm/", images=images)  # everything is imported
try:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
except OSError:
    pass  # then it may be told too high
before = status("VmRSS")
start = time.perf_counter()
page = imgdisplay.Report("Pictures").add(Path(source), cache=False)  # whose memory is another's
page.save(target + "/", images=images, progress=False)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "peak": status("VmHWM") - before, "rows": page.counts.rows}))
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Give folders of a tenth of the pictures and of all: JPEG files of 160×120 pixels."""
    rng = np.random.default_rng(0)
    made = {}
    for count in (20, COUNT // 10, COUNT):
        folder = tmp_path_factory.mktemp(f"pictures{count}")
        for number in range(count):
            if number % 1000 == 0:
                (folder / f"{number:06}").mkdir()
            rough = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            picture = Image.fromarray(rough).resize((160, 120), Image.Resampling.BICUBIC)
            picture.save(folder / f"{number // 1000 * 1000:06}" / f"{number:06}.jpg")
        made[count] = folder
    return made


def measured(source: Path, small: Path, target: Path, images: str) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(source), str(small), str(target), images],
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, float] = json.loads(run.stdout)
    return result


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("images", ["inline", "files"])
def test_memory_does_not_grow_with_the_pictures(
    folders: dict[int, Path], images: str, tmp_path: Path
) -> None:
    small, *larger = folders
    peaks = {}
    for count in larger:
        target = tmp_path / str(count)
        result = measured(folders[count], folders[small], target, images)
        assert result["rows"] == count
        peaks[count] = result["peak"]
        print(
            f"\n{count:,} pictures, {images}: {count / result['seconds']:,.0f} pictures/s, "
            f"{result['seconds']:.0f} s, peak +{result['peak'] / 1e6:.0f} MB, "
            f"{len(list(target.glob('page-*.html')))} pages"
        )
    few, many = peaks.values()
    # One page is in memory, and that of the smaller folder may be less than full.
    assert many < few + 40_000_000
