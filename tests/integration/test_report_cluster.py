"""Frames of dask as pages: drawn where the partitions are, every row once, whoever dies."""

from __future__ import annotations

import base64
import io
import os
import re
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from imgdisplay import OptionError, Report, report

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

COLORS = ["red", "green", "blue", "teal", "gold", "navy", "lime"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give the paths of seven pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{color}.png" for color in COLORS]
    for color, path in zip(COLORS, paths, strict=True):
        Image.new("RGB", (40, 30), color).save(path)
    return list(map(str, paths))


def frame_of(pictures: list[str], rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "photo": [pictures[row % 7] for row in range(rows)],
            "n": range(rows),
            "name": [f"row {row}" for row in range(rows)],
        },
        index=pd.RangeIndex(100, 100 + rows),
    )


@pytest.fixture
def frame(pictures: list[str]) -> Any:
    """Give a frame of 60 rows in 6 partitions, one of which is empty after filtering."""
    whole = frame_of(pictures, 60)
    lazy = dd.from_pandas(whole, npartitions=6)
    return lazy[(lazy["n"] < 20) | (lazy["n"] >= 30)]


SHOWN = [*range(20), *range(30, 60)]


def parsed(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html5lib")


def reader_of(folder: Path) -> Callable[[str], str]:
    return lambda name: (folder / name).read_text(encoding="utf-8")


def rows_shown(read: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """Return of every row of all pages its index, its number and the colour of its picture."""
    found = []
    for link in parsed(read("index.html")).select(".pages a"):
        page = parsed(read(link["href"]))
        styles = "".join(str(style.string) for style in page.find_all("style"))
        shared = dict(re.findall(r'\.(p\d+)\{--picture:url\("([^"]*)"\)', styles))
        for row in page.select(".sheet tbody tr"):
            label, photo, number = row.find_all(["th", "td"])[:3]
            picture = photo.find(class_="shared")
            source = shared[picture["class"][1]] if picture else photo.img["src"]
            data = base64.b64decode(source.partition(",")[2])
            pixel = Image.open(io.BytesIO(data)).convert("RGB").getpixel((5, 5))
            found.append((label.get_text(), number.get_text(), nearest(pixel)))
    return found


def nearest(pixel: Any) -> str:
    def far(color: str) -> int:
        wanted = Image.new("RGB", (1, 1), color).getpixel((0, 0))
        return sum((a - b) ** 2 for a, b in zip(pixel, wanted, strict=True))

    return min(COLORS, key=far)


def wanted(rows: list[int]) -> list[tuple[str, str, str]]:
    return [(str(100 + row), str(row), COLORS[row % 7]) for row in rows]


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_every_scheduler_writes_every_row_once(frame: Any, tmp_path: Path, scheduler: str) -> None:
    with dask.config.set(scheduler=scheduler):
        folder = report(frame, tmp_path / "out/", title="Lazy")
    assert folder == tmp_path / "out"
    assert rows_shown(reader_of(folder)) == wanted(SHOWN)
    names = [link["href"] for link in parsed(reader_of(folder)("index.html")).select(".pages a")]
    assert names == [f"part-00{part}.html" for part in (1, 2, 4, 5, 6)]
    assert os.listdir(tmp_path) == ["out"]


def test_the_index_tells_the_same_as_that_of_the_whole_frame(frame: Any, tmp_path: Path) -> None:
    lazy = report(frame, tmp_path / "lazy", title="Same")
    whole = report(frame.compute(), tmp_path / "whole", title="Same", zoom=None)
    told = []
    for folder in (lazy, whole):
        index = parsed(reader_of(folder)("index.html"))
        assert index.select_one(".facts") is not None
        told.append([item.decode() for item in index.select(".facts li")])
        assert index.select_one(".summary").get_text(" ", strip=True).startswith("50 pictures")
    assert told[0] == told[1]
    places = [
        item.get_text(" ", strip=True)
        for item in parsed(reader_of(lazy)("index.html")).select(".pages li")
    ]
    assert places[1:3] == ["Part 2 of 6 Rows 11–20", "Part 4 of 6 Rows 21–30"]


def test_neighbours_that_a_worker_cannot_know_are_asked_of_the_index(
    frame: Any, tmp_path: Path
) -> None:
    read = reader_of(report(frame, tmp_path / "out"))
    nav = parsed(read("part-002.html")).select_one("nav.pager")
    assert nav.find(rel="prev")["href"] == "index.html#before-part-002"
    assert nav.find(rel="next")["href"] == "index.html#after-part-002"
    index = parsed(read("index.html"))
    for name in ("before-part-002", "after-part-002"):
        assert index.find(id=name).find_parent("ol")["class"] == ["pages"]


def test_partitions_have_the_same_columns_whatever_they_hold(
    pictures: list[str], tmp_path: Path
) -> None:
    photos = [*pictures[:3], None, None, None, *pictures[:2], "/gone.png"]
    objects = pd.Series([1, 2, 3, "x", "y", "z", None, None, None], dtype=object)
    frame = pd.DataFrame({"photo": pd.Series(photos, dtype=object), "o": objects})
    lazy = dd.from_pandas(frame, npartitions=3)
    for column in (None, "photo"):
        page = Report("Report").add(lazy, column=column)
        folder = page.save(tmp_path / str(column))
        kinds = [
            [head["class"][0] for head in parsed(reader_of(folder)(name)).select(".sheet thead th")]
            for name in ("part-001.html", "part-002.html", "part-003.html")
        ]
        assert kinds[0] == kinds[1] == kinds[2]
        assert kinds[0][1:] == ["picture", "text"]
        (bad,) = page.unreadable
        assert bad.anchor == "part-003.html#s1-3"
        there = parsed(reader_of(folder)("part-003.html")).find(id="s1-3")
        assert "not found" in there.get_text()


def texts_of(text: str) -> list[list[str]]:
    rows = parsed(text).select(".sheet tbody tr")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in rows]


@pytest.mark.parametrize("index", [None, "price", "day"])
def test_a_column_has_the_same_digits_in_all_partitions(index: str | None, tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=6)
    whole = pd.DataFrame(
        {
            "price": [1.0, 2.0, 3.5, 0.125, float("nan"), 1e3],
            "ratio": pd.array([0.5, 0.25, None, 1.0, 2.0, 4.0], dtype="Float64"),
            "day": days.where(days.day < 6, days + pd.Timedelta(hours=12.5)),
            "count": range(6),
        }
    )
    if index is not None:  # which alone decides, and the others are not there
        whole = whole[[index, "count"]].set_index(index)
    lazy = dd.from_pandas(whole, npartitions=3, sort=False)

    pages = report(lazy, tmp_path / "pages/")
    parts = [(pages / f"part-00{part}.html").read_text(encoding="utf-8") for part in (1, 2, 3)]
    page = Path(report(lazy, tmp_path / "page.html")).read_text(encoding="utf-8")

    wanted = texts_of(Path(report(whole, tmp_path / "whole.html")).read_text(encoding="utf-8"))
    assert len(wanted) == 6
    assert [row for part in parts for row in texts_of(part)] == wanted
    assert texts_of(page) == wanted


def test_a_partition_of_many_rows_gets_several_pages(
    frame: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imgdisplay.report.site import pages as sitepages
    from imgdisplay.report.site.paging import Limits

    monkeypatch.setattr(sitepages, "_INLINE", Limits(rows=4))
    with dask.config.set(scheduler="threads"):
        read = reader_of(report(frame, tmp_path / "out"))
    assert rows_shown(read) == wanted(SHOWN)
    names = [link["href"] for link in parsed(read("index.html")).select(".pages a")]
    assert names[:4] == ["part-001.html", "part-001-2.html", "part-001-3.html", "part-002.html"]
    nav = parsed(read("part-001-2.html")).select_one("nav.pager")
    assert nav.find(rel="prev")["href"] == "part-001.html"
    assert nav.find(rel="next")["href"] == "part-001-3.html"
    assert "Rows 5–8 of this part" in nav.get_text()


def test_other_sections_stand_beside_a_lazy_one(frame: Any, tmp_path: Path) -> None:
    page = (
        Report("Mixed")
        .add("Words first.")
        .add({"a": Image.new("RGB", (9, 9))}, title="Gallery")
        .add(frame, title="Lazy", caption="All of it")
        .add(frame["photo"], title="Series")
        .add(pd.DataFrame({"n": [1]}), title="Table")
    )
    folder = page.save(tmp_path / "out")
    names = [link["href"] for link in parsed(reader_of(folder)("index.html")).select(".pages a")]
    lazy = [f"s3-part-00{part}.html" for part in (1, 2, 4, 5, 6)]
    series = [name.replace("s3", "s4") for name in lazy]
    assert names == ["page-001.html", *lazy, *series, "page-002.html"]
    assert page.counts.rows == 1 + 50 + 50 + 1
    second = parsed(reader_of(folder)("s3-part-002.html"))
    assert second.main.h2.get_text() == "Lazy (continued)"


def test_an_empty_frame_has_an_index_without_pages(frame: Any, tmp_path: Path) -> None:
    page = Report().add(frame[frame["n"] > 1000])
    folder = page.save(tmp_path / "out")
    assert os.listdir(folder) == ["index.html"]
    assert page.counts.rows == 0


def test_one_page_takes_partition_after_partition(frame: Any, tmp_path: Path) -> None:
    path = report(frame, tmp_path / "page.html", zoom=None)
    whole = report(frame.compute(), tmp_path / "whole.html", zoom=None)
    assert path.read_bytes() == whole.read_bytes()


def test_mistakes_are_told_before_anything_is_computed(frame: Any, tmp_path: Path) -> None:
    def explode(part: Any) -> Any:
        raise AssertionError("computed")

    lazy = frame.map_partitions(explode, meta=frame._meta)
    with pytest.raises(OptionError, match=r"no column 'foto' .did you mean 'photo'"):
        report(lazy, tmp_path / "out", column="foto")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(OptionError, match=r"thesis\.tex"):
        report(lazy, tmp_path / "mine")
    with pytest.raises(AssertionError, match="computed"):
        report(lazy, tmp_path / "out")


def test_a_run_that_fails_leaves_nothing(frame: Any, pictures: list[str], tmp_path: Path) -> None:
    def fail_late(part: Any) -> Any:
        if 50 in part["n"].tolist():
            raise RuntimeError("the last partition")
        return part

    report(frame, tmp_path / "out", title="Old")
    lazy = frame.map_partitions(fail_late, meta=frame._meta)
    for scheduler in ("synchronous", "threads"):
        with (
            dask.config.set(scheduler=scheduler),
            pytest.raises(RuntimeError, match="the last partition"),
        ):
            report(lazy, tmp_path / "out", title="New")
        assert os.listdir(tmp_path) == ["out"]
        assert parsed(reader_of(tmp_path / "out")("index.html")).h1.string == "Old"


def test_an_address_gets_its_pages_from_the_tasks(frame: Any) -> None:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    try:
        with dask.config.set(scheduler="threads"):
            report(frame, "memory://far/out/", images="files", title="Far")
            first = set(memory.find("/far/out"))
            report(frame, "memory://far/out/", title="Again")
        read = lambda name: memory.cat(f"/far/out/{name}").decode()  # noqa: E731
        assert rows_shown(read) == wanted(SHOWN)
        left = set(memory.find("/far/out"))
        assert first & left == {"/far/out/index.html"}
        assert sum(name.endswith(".png") for name in first) == 7
    finally:
        memory.store.clear()


def test_progress_counts_partitions(
    frame: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dask.config.set(scheduler="threads"):
        report(frame, tmp_path / "out", progress=True)
    assert "/6 [" in capsys.readouterr().err
    with dask.config.set(scheduler="threads"):
        report(frame, tmp_path / "out", progress=False)
    assert capsys.readouterr().err == ""


# What a cluster of processes says on its way down is not this package's.
quiet = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::ResourceWarning",
    "ignore::UserWarning:distributed",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Give a client of a cluster of two worker processes."""
    settings = {
        "distributed.admin.system-monitor.gil.enabled": False,
        "distributed.worker.daemon": True,
        "temporary-directory": str(tmp_path / "dask"),
    }
    with warnings.catch_warnings(), dask.config.set(settings):
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                host="127.0.0.1",
                silence_logs=50,
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


def kill_one_midway(client: Any, beside: Path, killed: list[int]) -> threading.Thread:
    """Kill a worker's process as soon as some pages have been written."""
    pids = list(client.run(os.getpid).values())
    assert len(set(pids)) == 2
    assert os.getpid() not in pids

    def watch() -> None:
        end = time.monotonic() + 100
        while time.monotonic() < end:
            if len(list(beside.glob(".imgdisplay-*.part/part-*.html"))) >= 3:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])
                return
            time.sleep(0.01)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@quiet
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("images", ["inline", "files"])
def test_a_report_is_complete_though_a_worker_is_killed_midway(
    pictures: list[str], client: Any, tmp_path: Path, images: Any, thorough: bool
) -> None:
    if images == "inline" and not thorough:
        pytest.skip("with --thorough only: pictures in files are the harder case")

    def slow(part: Any) -> Any:
        time.sleep(0.15)
        return part

    (tmp_path / "site").mkdir()
    lazy = dd.from_pandas(frame_of(pictures, 240), npartitions=24)
    lazy = lazy.map_partitions(slow, meta=lazy._meta)
    killed: list[int] = []
    watcher = kill_one_midway(client, tmp_path / "site", killed)
    page = Report("Survivors").add(lazy)
    folder = page.save(tmp_path / "site" / "out", images=images)
    watcher.join()

    assert len(killed) == 1
    assert (page.counts.rows, page.counts.pictures, page.counts.unreadable) == (240, 240, 0)
    index = parsed(reader_of(folder)("index.html"))
    names = [link["href"] for link in index.select(".pages a")]
    assert names == [f"part-{part:03}.html" for part in range(1, 25)]
    if images == "inline":
        assert rows_shown(reader_of(folder)) == wanted(list(range(240)))
    numbers = [
        row.find_all(["th", "td"])[2].get_text()
        for name in names
        for row in parsed(reader_of(folder)(name)).select(".sheet tbody tr")
    ]
    assert numbers == [str(row) for row in range(240)]
    assert os.listdir(tmp_path / "site") == ["out"]
    left = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}
    assert left <= {"index.html", "search", "images", *names}

    alone = report(lazy.compute(), tmp_path / "alone", images=images, zoom=None)
    told = [
        [item.decode() for item in parsed(reader_of(one)("index.html")).select(".facts li")]
        for one in (folder, alone)
    ]
    assert told[0] == told[1]


@quiet
def test_a_page_is_the_same_whoever_writes_it(
    pictures: list[str], client: Any, tmp_path: Path
) -> None:
    lazy = dd.from_pandas(frame_of(pictures, 40), npartitions=4)
    there = report(lazy, tmp_path / "cluster", images="files")
    with dask.config.set(scheduler="synchronous"):
        here = report(lazy, tmp_path / "here", images="files")
    names = sorted(str(path.relative_to(here)) for path in here.rglob("*") if path.is_file())
    assert len(names) == 1 + 4 + 4 + 7
    for name in names:
        assert (there / name).read_bytes() == (here / name).read_bytes()


@quiet
def test_progress_is_told_of_a_cluster_too(
    pictures: list[str], client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lazy = dd.from_pandas(frame_of(pictures, 40), npartitions=4)
    report(lazy, tmp_path / "out", progress=True)
    assert "/4 [" in capsys.readouterr().err
