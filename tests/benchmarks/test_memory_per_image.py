"""Memory that one thumbnail takes at most, over that of a process which has made others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.photographs import photograph
from benchmarks.sources import jpeg_file, source

if sys.platform != "linux":
    pytest.skip("the peak of memory is read from /proc", allow_module_level=True)

_CHILD = """
import sys
from pathlib import Path
import numpy
import imgdisplay

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

small, path, kind = sys.argv[1:]
options = dict(size=128, scale=1, cache=False)
imgdisplay.thumbnail(small, **options)
value = path
if path.endswith(".raw"):
    value = numpy.fromfile(path, kind)
    value = value.reshape((3000, 4000, 3) if kind == "uint8" else (3, 3000, 4000))
    imgdisplay.thumbnail(numpy.ones((8, 600, 3), kind)[:, :, 0], **options)
try:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
except OSError:
    pass
before = peak()
imgdisplay.thumbnail(value, **options)
print(peak() - before)
"""

MOST = {  # bytes over the baseline: what is wanted, with room for allocators
    "JPEG 12 Mpx": 8e6,
    "JPEG 24 Mpx": 10e6,
    "JPEG 12 Mpx, turned": 8e6,
    "JPEG 12 Mpx, progressive": 45e6,
    "uint8 12 Mpx": 20e6,
    "float32 C×H×W 12 Mpx": 40e6,
}


@pytest.mark.parametrize("name", MOST)
def test_a_thumbnail_takes_little_memory(name: str, folder: Path, measure: Any) -> None:
    small = jpeg_file(folder, "small", 300, 225).value
    kind = "uint8" if name.startswith("uint8") else "float32"
    if "JPEG" in name:
        path = source(name, folder).value
    else:
        path = folder / f"{kind}.raw"
        values = np.asarray(photograph(4000, 3000))
        if kind == "float32":
            values = np.moveaxis(values, -1, 0).astype(np.float32) / 255
        values.tofile(path)
    taken: list[int] = []

    def run() -> None:
        command = [sys.executable, "-c", _CHILD, str(small), str(path), kind]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        taken.append(int(ended.stdout))

    measure("memory of one image", name, run, {}, rounds=3)
    measured = sorted(taken)[len(taken) // 2]
    measure.note(memory=measured)

    assert measured <= MOST[name]
