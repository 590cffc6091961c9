"""The fiftieth pass over the zoo needs no more memory, files and threads than the fifth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="Windows has no /proc")

TESTS = Path(__file__).parents[1]

PASSES = 50
WARM = 5
"""Passes after which everything is loaded and every cache is full."""

SOAK = """
import gc, io, json, os, random, sys, tempfile, threading, warnings
from pathlib import Path

sys.path.insert(0, sys.argv[1])
passes, thorough = int(sys.argv[2]), sys.argv[3] == "True"

import numpy as np
import pandas as pd
import PIL
from PIL import Image
from zoo.arrays import MEMORY_ORDERS, NO_PICTURES, SHAPES, SPOILT, VALUES
from zoo.files import files
from zoo.images import MODES, in_mode
from zoo.mutations import mutations

import imgdisplay
from imgdisplay import Report, gallery, image_formatter, open_image, table, thumbnail, to_bytes

folder = Path("files")
folder.mkdir()
sources = []
for number, (name, data) in enumerate(files().items()):
    path = folder / f"{number}.bin"
    path.write_bytes(data)
    ways = [data, str(path), path, io.BytesIO(data), {"bytes": data, "path": str(path)}]
    sources += ways if thorough else [ways[number % len(ways)]]
    broken = list(mutations(data, random.Random(name), flips=2))
    sources += broken if thorough else broken[number % 7::40]
specimens = [*VALUES, *MEMORY_ORDERS, *SHAPES, *SPOILT]
arrays = [specimen.make() for specimen in (specimens if thorough else specimens[::8])]
arrays += [make() for make in NO_PICTURES.values()]
modes = [in_mode(mode).image for mode in MODES]
sources += arrays if thorough else [one[:60, :60] if one.ndim > 1 else one for one in arrays]
sources += modes if thorough else [image.crop((0, 0, 60, 60)) for image in modes]
sources += [sources[:3], None, "x", object(), "gone.png"]
column = pd.Series(index=range(len(sources)), dtype=object)
for number, source in enumerate(sources):
    column[number] = source
old = int(PIL.__version__.partition(".")[0]) < 12  # writes this one and cannot read it again
data = [data for name, data in files().items() if not (old and name == "TIFF YCbCr")]


def once(number):
    some = slice(number % 2, None, 2)
    frame = pd.DataFrame({"p": column, "n": range(len(column))})[some]
    gallery(sources[some], size=20, scale=1, max_pixels=2**21, animate=number % 5 == 0)
    table(frame, columns=["p"], max_rows=None, size=20, max_pixels=2**21)
    for source in sources[number % 3::3]:
        image_formatter(source)
    Report("R").add(sources[number % 4::4], max_pixels=2**21).save("page.html")
    for one in data[number % 6::6]:
        to_bytes(one)
        with open_image(one) as image:
            image.load()
    for path in list(folder.iterdir())[number % 9::9]:
        with Image.open(path) as opened:
            gallery([opened], size=20)


def kilobytes():
    gc.collect()
    said = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in said)
    return int(status["VmRSS"].split()[0])


def children():
    tasks = Path("/proc/self/task").iterdir()
    return sum(len((task / "children").read_text().split()) for task in tasks)


temporary = tempfile.gettempdir()
measured = []
for number in range(passes):
    once(number)
    measured.append({
        "kilobytes": kilobytes(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "tasks": len(os.listdir("/proc/self/task")),
        "children": children(),
        "temporary": len(os.listdir(temporary)),
        "filters": len(warnings.filters),
        "objects": len(gc.get_objects()),
    })
print(json.dumps({"sources": len(sources), "measured": measured}))
"""


def slope(values: list[float]) -> float:
    """Return by how much values grow at each step, by least squares."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    rise = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return rise / sum((at - middle) ** 2 for at in range(len(values)))


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_fifty_passes_over_the_zoo_are_flat(
    python: Callable[..., str], tmp_path: Path, thorough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")  # or each thread keeps memory of its own

    said: Any = json.loads(python(SOAK, TESTS, PASSES, thorough, seconds=3500))

    assert said["sources"] > 300
    measured = said["measured"][WARM:]
    for what in ("descriptors", "threads", "tasks", "children", "temporary", "filters"):
        values = [one[what] for one in measured]
        assert values == [values[0]] * len(values), what
    assert measured[-1]["children"] == 0
    assert measured[-1]["temporary"] == 0
    # Of memory, what is kept for ever would show in each pass; what allocators keep does not.
    memory = [one["kilobytes"] / 1024 for one in measured]
    growth = slope(memory) * len(memory)
    assert growth < 0.1 * memory[0] + 8, memory
    objects = [one["objects"] for one in measured]
    assert slope(objects) * len(objects) < 0.02 * objects[0], objects
