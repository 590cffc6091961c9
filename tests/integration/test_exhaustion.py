"""Too few descriptors, a full disk, no memory, Ctrl-C: nothing is lost, left behind or hung."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from zoo import elements, soup
from zoo.images import animation, encoded, photograph
from zoo.invariants import is_broken, pictures_of_page

import imgdisplay
from imgdisplay import gallery, image_formatter, table

pytest.importorskip("resource", reason="Windows limits nothing of this")

SMALL = encoded(photograph("coffee", (60, 40)))


def broken(html: str) -> list[bool]:
    """Tell of each picture whether it is a placeholder."""
    return [is_broken(tag) for tag in pictures_of_page(html)]


# --------------------------------------------------------------------------- descriptors


@pytest.mark.parametrize("animate", [False, True], ids=["still", "moving"])
@pytest.mark.parametrize("kind", ["paths", "unloaded pictures"])
def test_1500_animations_need_few_descriptors(
    kind: str, animate: bool, tmp_path: Path, python: Callable[..., str]
) -> None:
    moving = animation("GIF", 3)
    count = 1500 if kind == "paths" else 20
    for number in range(count):
        (tmp_path / f"{number:04}.gif").write_bytes(moving)

    said = python(
        """
        import json, os, resource, sys
        from pathlib import Path
        import imgdisplay, pandas as pd
        from PIL import Image

        kind, animate = sys.argv[1], sys.argv[2] == "True"
        paths = sorted(str(path) for path in Path(".").glob("*.gif"))
        # Pictures that the user opened hold their files open: that is the user's affair.
        cells = paths if kind == "paths" else [Image.open(path) for path in paths]
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        before = len(os.listdir("/proc/self/fd"))
        html = imgdisplay.table(
            pd.DataFrame({"p": cells}), max_rows=None, animate=animate, size=16, scale=1,
            timeout=600, max_output_bytes=10**8,
        )
        after = len(os.listdir("/proc/self/fd"))
        print(json.dumps([html.count("<img "), html.count("broken"), after - before]))
        """,
        kind,
        animate,
        seconds=200,
    )

    assert json.loads(said) == [count, 0, 0]


# --------------------------------------------------------------------------- disk

LIMITED = """
import json, os, resource, sys
from pathlib import Path
from imgdisplay.cli import main

resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
main(sys.argv[1:])
"""


@pytest.fixture
def limited(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command with files of at most 2,000 bytes, as on a disk that is full then."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", LIMITED, *map(str, arguments)],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def _notebook(path: Path) -> bytes:
    import base64

    png = base64.b64encode(encoded(Image.effect_noise((400, 300), 90))).decode()
    output = {"output_type": "display_data", "data": {"image/png": png}, "metadata": {}}
    cell = {"cell_type": "code", "outputs": [output]}
    path.write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    return path.read_bytes()


@pytest.mark.parametrize("older", [False, True], ids=["new", "older"])
@pytest.mark.parametrize("command", ["report", "thumb", "slim", "slim in place"])
def test_a_full_disk_costs_neither_the_older_file_nor_leaves_half_a_new_one(
    command: str, older: bool, tmp_path: Path, limited: Callable[..., Any]
) -> None:
    photo = tmp_path / "photo.png"
    Image.effect_noise((200, 200), 80).save(photo)
    targets = {
        "report": (["report", photo, "-o", "page.html"], "page.html"),
        "thumb": (["thumb", photo, "-o", "out", "--format", "png"], "out/photo.png"),
        "slim": (["slim", "a.ipynb", "--size", "300"], "a.slim.ipynb"),
        "slim in place": (["slim", "a.ipynb", "--size", "300", "--in-place"], "a.ipynb"),
    }
    (tmp_path / "out").mkdir()
    notebook = _notebook(tmp_path / "a.ipynb")
    arguments, name = targets[command]
    if older and command != "slim in place":
        (tmp_path / name).write_bytes(b"older")
    before = sorted(tmp_path.rglob("*"))

    ended = limited(*arguments)

    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert "too large" in line.lower()
    assert Path(name).name in line
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "a.ipynb").read_bytes() == notebook
    if older and command != "slim in place":
        assert (tmp_path / name).read_bytes() == b"older"


# --------------------------------------------------------------------------- memory


class Greedy:
    def __imgdisplay__(self) -> object:
        raise MemoryError


def test_a_picture_without_memory_costs_one_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    really = Image.Image.resize
    large = photograph("chelsea", (240, 160)).copy()

    def greedy(self: Image.Image, *arguments: Any, **options: Any) -> Image.Image:
        if self.size == (240, 160):
            raise MemoryError
        return really(self, *arguments, **options)

    monkeypatch.setattr(Image.Image, "resize", greedy)
    sources = [Greedy(), large, SMALL]
    frame = pd.DataFrame({"p": pd.Series(sources, dtype=object)})

    for html in (gallery(sources), table(frame), "".join(map(image_formatter, sources))):
        assert broken(html) == [True, True, False]
        assert all(tag["title"] for tag in elements(html) if tag.name == "img")


def test_with_no_memory_left_the_small_ones_are_shown(
    tmp_path: Path, python: Callable[..., str]
) -> None:
    large = tmp_path / "large.png"
    Image.new("RGB", (6500, 6500), "teal").save(large)
    (tmp_path / "small.png").write_bytes(SMALL)

    said = python(
        """
        import json, os, resource
        from pathlib import Path
        import numpy as np
        import imgdisplay
        from imgdisplay import Report

        imgdisplay.gallery(["small.png"])
        Report("R").add(["small.png"]).save("page.html")
        said = Path("/proc/self/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in said)
        room = int(status["VmSize"].split()[0]) * 1024 + 100 * 2**20
        array = np.broadcast_to(np.float64(0.5), (6000, 6000))
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        sources = ["large.png", array.T[::-1], "small.png"]
        print(json.dumps({
            "gallery": imgdisplay.gallery(sources),
            "page": Report("R").add(sources).save("page.html").read_text("utf-8"),
        }))
        """,
        seconds=120,
    )

    for html in json.loads(said).values():
        first, _, last = broken(html)
        assert first
        assert not last
        assert "memory" in str(pictures_of_page(html)[0]["title"])


# --------------------------------------------------------------------------- interrupts

INTERRUPTED = """
import json, os, random, signal, sys, threading, time, warnings
from pathlib import Path
import pandas as pd
import imgdisplay
from imgdisplay import Report, gallery, table
from imgdisplay.notebook.slim import slim_file
from imgdisplay.core.files import write_whole

seed, rounds = int(sys.argv[1]), int(sys.argv[2])
files = sorted(str(path) for path in Path("photos").iterdir())
frame = pd.DataFrame({"p": files * 6, "n": range(len(files) * 6)})
target = Path("out") / "page.html"
whole = Report("older").add(files[:1]).save(target).read_bytes()


def save():
    Report("new").add(frame).save(target)


works = {
    "table": lambda: table(frame, max_rows=None),
    "gallery": lambda: gallery(files * 4, animate=True),
    "report": save,
    "formatter": lambda: [imgdisplay.image_formatter(path) for path in files * 4],
}
takes = {}
for name, work in works.items():
    work()
    start = time.monotonic()
    work()
    takes[name] = time.monotonic() - start
threads = threading.active_count()
filters = list(warnings.filters)
descriptors = len(os.listdir("/proc/self/fd"))
lost = []  # where Python ignores what is raised: in a destructor, in a callback
sys.unraisablehook = lambda fault: lost.append(fault.exc_type.__name__)
counts = {"interrupted": 0, "finished": 0}
source = random.Random(seed)
signal.signal(signal.SIGALRM, signal.default_int_handler)
late = []
for number in range(rounds):
    name = list(works)[number % len(works)]
    target.write_bytes(whole)
    after = max(source.random() * takes[name], 1e-4)
    began = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, after)
        works[name]()
        signal.setitimer(signal.ITIMER_REAL, 0)
        counts["finished"] += 1
    except KeyboardInterrupt:
        counts["interrupted"] += 1
        late.append((time.monotonic() - began - after) / takes[name])
    signal.setitimer(signal.ITIMER_REAL, 0)
    page = target.read_bytes()
    assert page == whole or page.rstrip().endswith(b"</html>"), len(page)
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]
    deadline = time.monotonic() + 30
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.002)
    assert threading.active_count() == threads, threading.enumerate()
    assert list(warnings.filters) == filters
    assert imgdisplay.get_options() == imgdisplay.Options()
    assert len(os.listdir("/proc/self/fd")) == descriptors
assert table(frame, max_rows=None).count("<img ") == len(frame)
late.sort()
print(json.dumps(counts | {"lost": len(lost), "late": late[len(late) // 2]}))
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (tmp_path / "out").mkdir()
    for number in range(8):
        picture = photograph("astronaut", (400 + number, 300))
        picture.save(folder / f"{number}.jpg")
        picture.resize((200, 150)).save(folder / f"{number}.png")
        (folder / f"{number}.gif").write_bytes(animation("GIF"))
    return folder


def test_an_interrupt_at_any_point_leaves_nothing_behind(
    photos: Path, python: Callable[..., str], thorough: bool
) -> None:
    rounds = 2000 if thorough else 120
    said = json.loads(python(INTERRUPTED, 8, rounds, seconds=250 if not thorough else 3600))

    assert said["interrupted"] + said["finished"] == rounds
    # Some end before their time is up, and Python itself loses what it cannot raise.
    assert said["interrupted"] > rounds / 4
    assert said["lost"] <= rounds / 20
    assert said["late"] < 0.5


ENDLESS = """
import os, sys
from pathlib import Path
import pandas as pd
from imgdisplay import Report, table

frame = pd.DataFrame({"p": sorted(str(path) for path in Path("photos").iterdir()) * 2000})
open("ready", "w").close()
if sys.argv[1] == "table":
    table(frame, max_rows=None, timeout=3600, max_output_bytes=2**40)
else:
    Report("R").add(frame, timeout=3600).save("out/page.html")
"""


@pytest.mark.parametrize("work", ["table", "report"])
@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM"])
def test_a_process_that_is_told_to_end_ends(
    work: str, ending: str, photos: Path, tmp_path: Path
) -> None:
    # All of it would take minutes.
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ENDLESS), work],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(random.Random(f"{work} {ending}").uniform(0.2, 0.8))
        os.kill(process.pid, getattr(signal, ending))
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    if ending == "SIGINT":
        assert process.returncode == -signal.SIGINT
        assert said.rstrip().endswith("KeyboardInterrupt")
    else:
        assert process.returncode == -signal.SIGTERM
    with pytest.raises(ProcessLookupError):  # nobody of its session is left
        os.killpg(process.pid, 0)
    left = os.listdir(tmp_path / "out")
    assert left == [] or (ending == "SIGTERM" and all(name.endswith(".part") for name in left))


def test_the_command_that_is_told_to_end_leaves_no_half_page(photos: Path, tmp_path: Path) -> None:
    for number in range(400):
        (photos / f"more{number}.png").write_bytes((photos / "0.png").read_bytes())
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = subprocess.Popen(
            [sys.executable, "-m", "imgdisplay", "report", "photos", "-o", "out/page.html"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(random.Random(str(ending)).uniform(0.6, 1.2))
        process.send_signal(ending)
        _, said = process.communicate(timeout=30)
        assert process.returncode != 0 or (tmp_path / "out" / "page.html").exists()
        assert "Traceback" not in said
        for page in (tmp_path / "out").iterdir():
            assert page.name == "page.html"
            assert soup(page.read_text("utf-8")).find("footer") is not None
            page.unlink()


def test_an_interrupt_in_a_thread_of_ours_comes_out_in_the_callers() -> None:
    class Interrupted:
        def __imgdisplay__(self) -> object:
            time.sleep(0.02)  # so long that threads are worth their cost
            if threading.current_thread() is not threading.main_thread():
                raise KeyboardInterrupt
            return SMALL

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        gallery([Interrupted() for _ in range(9)])
    deadline = time.monotonic() + 30
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert imgdisplay.gallery([SMALL]).count("<img ") == 1
