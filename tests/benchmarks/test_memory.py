"""Memory that thumbnails of very large sources take, at most, over that of a warm process.

Each is measured in a process of its own. Two peaks are told:

- *resident*: all pages, as the kernel counts them (VmHWM). Pages of files that are mapped count
  here, although the system can take them back at any time.
- *own*: pages that are no file's (resident minus shared), asked for every millisecond.

Both have to stay below 100 MB.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.large_files import MAKERS, NEEDED

if sys.platform != "linux":
    pytest.skip("the peak of memory is read from /proc", allow_module_level=True)

LIMIT = 100_000_000

_CHILD = """
import json, os, sys, threading, time
from pathlib import Path
import numpy
import imgdisplay

how, path = sys.argv[1:]
options = dict(size=96, scale=1.7, max_file_bytes=None, timeout=300)

def status(key):
    return int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024

def opened():
    if how == "memmap":
        return numpy.load(path, mmap_mode="r")
    if how == "zarr":
        import zarr
        return zarr.open_array(path, mode="r")
    if how == "hdf5":
        import h5py
        return h5py.File(path)["rgb"]
    if how == "recipe":
        return None
    return path

def own():
    with open("/proc/self/statm") as file:
        pages = file.read().split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGESIZE")

def watch():
    global most
    while watching:
        most = max(most, own())
        time.sleep(0.001)

def recipe():
    import base64, io
    from PIL import Image
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(path).convert("RGB")
    image.thumbnail((163, 163))
    written = io.BytesIO()
    image.save(written, "JPEG")
    base64.b64encode(written.getvalue())

source = opened()
small = source[:64, :64] if how in ("memmap", "zarr", "hdf5") else numpy.zeros((64, 64, 3), "u1")
imgdisplay.thumbnail(small, **options)
if how == "path":  # what reads files is imported
    imgdisplay.to_bytes(numpy.zeros((64, 64, 3), "u1"), "tiff")
    imgdisplay.thumbnail(imgdisplay.to_bytes(numpy.zeros((64, 64, 3), "u1"), "jpeg"), **options)
try:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
except OSError:
    pass  # then it may be told too high
resident, most, watching = status("VmRSS"), 0, True
before = own()
watcher = threading.Thread(target=watch)
watcher.start()
start = time.perf_counter()
thumb = None
if how == "recipe":
    recipe()
else:
    thumb = imgdisplay.thumbnail(source, **options)
seconds = time.perf_counter() - start
watching = False
watcher.join()
print(json.dumps({
    "resident": status("VmHWM") - resident,
    "own": most - before,
    "seconds": seconds,
    "size": thumb and thumb.source_size,
    "bytes": thumb and len(thumb.data),
}))
"""

CASES = {  # what is read, how it is opened, its size, and whether the recipe can read it at all
    "memory map, 4 GB of RGB": ("rgb.npy", "memmap", (37_888, 37_888), False),
    "memory map, 4 GB of 16-bit grey": ("grey.npy", "memmap", (46_400, 46_400), False),
    ".npy file of 4 GB": ("rgb.npy", "path", (37_888, 37_888), False),
    "zarr array, 4 GB unpacked": ("zarr", "zarr", (37_888, 37_888), False),
    "HDF5 dataset, 4 GB unpacked": ("hdf5", "hdf5", (37_888, 37_888), False),
    "TIFF of 4 GB, not compressed": ("plain TIFF", "path", (37_888, 37_888), False),
    "TIFF of 105 Mpx, pyramid": ("pyramid", "path", (10_240, 10_240), True),
    "TIFF of 105 Mpx, one level": ("single level", "path", (10_240, 10_240), True),
    "JPEG of 108 Mpx": ("jpeg", "path", (12_000, 9_000), True),
}

_told: list[str] = []


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for large files, which is removed as soon as they have been read."""
    folder = tmp_path_factory.mktemp("large")
    if shutil.disk_usage(folder).free < 2 * NEEDED:
        pytest.skip(f"less than {2 * NEEDED / 1e9:.0f} GB of disk are free")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print what was measured."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        heading = (
            f"{'memory over the baseline':34}{'resident':>12}{'own':>12}{'s':>9}{'recipe':>12}"
        )
        print("", heading, *_told, sep="\n")


def _measured(how: str, path: Path) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-c", _CHILD, how, str(path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    measured: dict[str, Any] = json.loads(ended.stdout)
    return measured


@pytest.mark.parametrize("name", CASES)
def test_a_very_large_source_takes_less_than_100_megabytes(
    name: str, large_files: Path, measure: Any, in_earnest: bool
) -> None:
    made_as, how, size, recipe_can = CASES[name]
    path = MAKERS[made_as](large_files)
    taken: list[dict[str, Any]] = []

    measure("memory of one image", name, lambda: taken.append(_measured(how, path)), {}, rounds=1)
    recipe = _measured("recipe", path)["resident"] if recipe_can and in_earnest else None
    worst = {key: max(one[key] for one in taken) for key in ("resident", "own", "seconds")}
    measure.note(memory=worst["resident"])
    _told.append(
        f"{name:34}{worst['resident'] / 1e6:>9.1f} MB{worst['own'] / 1e6:>9.1f} MB"
        f"{worst['seconds']:>9.2f}" + (f"{recipe / 1e6:>9.1f} MB" if recipe else f"{'–':>12}")
    )

    assert taken[0]["size"] == list(size)
    assert taken[0]["bytes"] > 300, "nothing was seen"
    assert worst["resident"] < LIMIT
    assert worst["own"] < LIMIT
