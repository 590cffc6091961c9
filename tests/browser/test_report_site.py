"""A folder of pages in a browser, from a disk and from a server; nothing else is fetched."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from imgdisplay import Report, report
from imgdisplay.report.site import pages as sitepages
from imgdisplay.report.site.paging import Limits

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>document.title = 'ran'</script>",
    '"><img src=x onerror="document.title = \'ran\'">',
    "\"); document.title = 'ran'; (\"",
    "</script><script>document.title = 'ran'</script>",
    "<svg onload=\"document.title = 'ran'\">",
]
ROWS = 230


def noise(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))


def frame_of(count: int = ROWS) -> pd.DataFrame:
    towns = ["Zürich", "Kraków", "São Paulo"]
    return pd.DataFrame(
        {
            "photo": [noise(row % 40) for row in range(count)],
            "file": [f"holiday/{row:04}.jpg" for row in range(count)],
            "town": [towns[row % 3] for row in range(count)],
        }
    )


@pytest.fixture(scope="module", autouse=True)
def small_pages() -> Iterator[None]:
    """Let pages be full after 50 rows; 120, where pictures are in files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sitepages, "_INLINE", Limits(rows=50))
        patch.setattr(sitepages, "_FILES", Limits(rows=120))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a report of 230 rows on five pages."""
    place = tmp_path_factory.mktemp("site")
    return Path(report(frame_of(), place / "out é#1/", title="Holiday"))


@pytest.fixture(scope="module")
def in_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same with its pictures in files."""
    place = tmp_path_factory.mktemp("files")
    return Path(report(frame_of(), place / "out/", title="Holiday", images="files"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """Give the address of a folder: on the disk, or of a static server."""
    if request.param == "disk":
        yield lambda folder: folder.as_uri()
        return
    servers = []

    def served(folder: Path) -> str:
        handler = functools.partial(Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


everywhere = pytest.mark.parametrize("address", ["disk", "server"], indirect=True)


class Watched:
    """A page, what it requested, and what it complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requested: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _note(self, url: str) -> None:
        if not url.startswith("data:"):
            self.requested.append(url)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def search(self, words: str, told: str) -> list[str]:
        """Search, wait until this is told, and return what the results say."""
        self.page.fill("#search", words)
        self.page.wait_for_function(
            "told => document.querySelector('.said').textContent === told", arg=told
        )
        return [text.strip() for text in self.page.locator(".results li").all_inner_texts()]


@pytest.fixture
def watched(page: Any) -> Watched:
    return Watched(page)


def found_row(page: Any) -> str:
    """Return the file named in the marked row, which must be in sight."""
    page.wait_for_selector("tr.found")
    page.wait_for_function(
        """() => {
            const row = document.querySelector('tr.found').getBoundingClientRect();
            return row.top >= 0 && row.bottom <= innerHeight;
        }"""
    )
    return str(page.locator("tr.found td").nth(1).inner_text())


@everywhere
class TestSearch:
    def test_finds_rows_of_all_pages_and_leads_to_them(
        self, watched: Watched, folder: Path, address: Callable[[Path], str]
    ) -> None:
        page, home = watched.page, address(folder)
        watched.open(f"{home}/index.html")
        assert len(watched.requested) == 1
        results = watched.search("HOLIDAY/0123", "1 row")
        assert len(results) == 1
        assert "Page 3" in results[0]
        assert page.locator(".results mark").all_inner_texts() == ["holiday/0123"]
        page.locator(".results a").click()
        page.wait_for_url("**/page-003.html#s1-24")
        assert found_row(page) == "holiday/0123.jpg"
        page.go_back()
        page.wait_for_function("() => document.querySelector('.said').textContent === '1 row'")
        assert page.input_value("#search") == "HOLIDAY/0123"
        assert watched.said == []
        assert {url.removeprefix(home).partition("#")[0] for url in watched.requested} == {
            "/index.html",
            "/page-003.html",
            *(f"/search/page-00{number}.js" for number in range(1, 6)),
        }

    def test_takes_words_in_any_order_and_without_accents(
        self, watched: Watched, folder: Path, address: Callable[[Path], str]
    ) -> None:
        watched.open(f"{address(folder)}/index.html")
        results = watched.search("sao 022 paulo", "3 rows")
        assert ["0221" in results[0], "0224" in results[1], "0227" in results[2]] == [True] * 3
        assert watched.search("nowhere", "No row is like that") == []
        assert watched.search("", "") == []

    def test_shows_a_part_of_many_results_and_more_when_asked(
        self, watched: Watched, folder: Path, address: Callable[[Path], str]
    ) -> None:
        watched.open(f"{address(folder)}/index.html")
        assert len(watched.search("holiday", "230 rows")) == 50
        more = watched.page.locator("button.more")
        for shown in (100, 150, 200, 230):
            more.click()
            assert watched.page.locator(".results li").count() == shown
        assert not more.is_visible()

    def test_shows_the_pictures_that_are_in_files(
        self, watched: Watched, in_files: Path, address: Callable[[Path], str]
    ) -> None:
        page, home = watched.page, address(in_files)
        watched.open(f"{home}/index.html")
        watched.search("holiday/0200", "1 row")
        page.locator(".results a").click()
        assert found_row(page) == "holiday/0200.jpg"
        page.wait_for_function("() => document.querySelector('tr.found img').naturalWidth > 0")
        assert watched.said == []
        assert all(url.startswith(home) for url in watched.requested)


@everywhere
def test_pages_follow_each_other(
    watched: Watched, folder: Path, address: Callable[[Path], str]
) -> None:
    page = watched.page
    watched.open(f"{address(folder)}/index.html")
    page.locator(".pages a").first.click()
    for number in range(2, 6):
        page.get_by_role("link", name="Next ›").first.click()
        page.wait_for_url(f"**/page-00{number}.html")
    assert page.get_by_role("link", name="Next ›").count() == 0
    page.get_by_role("link", name="‹ Previous").first.click()
    page.wait_for_url("**/page-004.html")
    page.get_by_role("link", name="Search all pages").first.click()
    page.wait_for_url("**/index.html#search")
    page.keyboard.type("0007")
    page.wait_for_function("() => document.querySelector('.said').textContent === '1 row'")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page-001.html#s1-8")
    assert watched.said == []


@everywhere
def test_the_index_leads_from_one_partition_to_the_next(
    watched: Watched, tmp_path: Path, address: Callable[[Path], str]
) -> None:
    dd = pytest.importorskip("dask.dataframe")
    dask = pytest.importorskip("dask")
    lazy = dd.from_pandas(frame_of(80), npartitions=4)
    lazy = lazy[(lazy["file"] < "holiday/0020") | (lazy["file"] >= "holiday/0040")]
    with dask.config.set(scheduler="synchronous"):
        folder = Path(report(lazy, tmp_path / "out", title="Parts"))
    page = watched.page
    watched.open(f"{address(folder)}/part-001.html")
    page.get_by_role("link", name="Next ›").first.click()
    page.wait_for_url("**/part-003.html")  # the second is empty
    page.get_by_role("link", name="‹ Previous").last.click()
    page.wait_for_url("**/part-001.html")
    page.get_by_role("link", name="‹ Previous").first.click()
    page.wait_for_url("**/index.html#before-part-001")
    watched.search("holiday/0071", "1 row")
    page.locator(".results a").click()
    page.wait_for_url("**/part-004.html#s1-12")
    assert found_row(page) == "holiday/0071.jpg"
    assert watched.said == []


def test_nothing_hostile_runs_when_it_is_found(watched: Watched, tmp_path: Path) -> None:
    texts = pd.Series(HOSTILE, dtype=object)
    frame = pd.DataFrame({"p": [noise(1)] * len(HOSTILE), "t": texts, "w": "wanted"})
    given = Report("".join(HOSTILE)).add(frame, title=HOSTILE[0]).add({HOSTILE[1]: noise(2)})
    folder = Path(given.save(tmp_path / "out"))
    watched.open(f"{folder.as_uri()}/index.html")
    results = watched.search("wanted", f"{len(HOSTILE)} rows")
    for text, result in zip(HOSTILE, results, strict=True):
        assert text in result
    watched.search("document.title", "6 rows")
    assert watched.page.title() == "".join(HOSTILE)
    watched.page.locator(".results a").first.click()
    watched.page.wait_for_selector("tr.found")
    assert watched.page.title() == f"{''.join(HOSTILE)} – Page 1"
    assert watched.said == []
    home = folder.as_uri()
    assert all(url.startswith(home) for url in watched.requested)


def test_an_address_within_the_index_is_text(watched: Watched, folder: Path) -> None:
    watched.open(f"{folder.as_uri()}/index.html#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    watched.page.wait_for_function(
        "() => document.querySelector('.said').textContent === 'No row is like that'"
    )
    for bad in ("#q=%", "#before-nothing", "#after-page-005", "#before-page-001", "#x"):
        watched.open("about:blank")
        watched.open(f"{folder.as_uri()}/index.html{bad}")
        assert watched.page.locator(".pages a").count() == 5
    assert watched.said == []


def test_lost_files_of_the_search_are_told(watched: Watched, tmp_path: Path) -> None:
    folder = Path(report(frame_of(), tmp_path / "out"))
    (folder / "search" / "page-002.js").unlink()
    watched.open(f"{folder.as_uri()}/index.html")
    told = "180 rows · 1 page could not be searched: its file is missing"
    assert len(watched.search("holiday", told)) == 50


def test_without_script_the_pages_are_listed(new_page: Callable[..., Any], folder: Path) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{folder.as_uri()}/index.html")
    assert not page.locator("#search").is_visible()
    page.locator(".pages a").nth(2).click()
    page.wait_for_url("**/page-003.html")
    assert page.locator(".sheet tbody tr").count() == 50


@pytest.mark.parametrize("width", [1280, 768, 390])
@pytest.mark.parametrize("name", ["index.html", "page-002.html"])
def test_fits_into_the_window(
    name: str, width: int, new_page: Callable[..., Any], folder: Path
) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    page.goto(f"{folder.as_uri()}/{name}")
    if name == "index.html":
        page.fill("#search", "holiday")
        page.wait_for_selector(".results a")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_search_keeps_as_many_pages_as_have_room(page: Any, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    kept = page.evaluate(
        """async () => {
          const { inside, pages } = JSON.parse(document.getElementById("searched").textContent);
          const names = pages.map((page) => page.name);
          const texts = new Texts(inside);
          for (const name of names) await texts.of(name);
          const size = texts.size;
          texts.tidy();
          const all = [...texts.known.keys()];
          texts.kept = size / 2;
          texts.tidy();
          const after = [...texts.known.keys()];
          const left = texts.size;
          await texts.of(names[0]);
          return { names, all, after, share: left / size, again: texts.known.has(names[0]) };
        }"""
    )
    assert len(kept["names"]) == 5
    assert kept["all"] == kept["names"]
    assert kept["after"] == kept["names"][-2:]
    assert 0 < kept["share"] <= 0.5
    assert kept["again"]


def test_a_slash_goes_to_the_search(page: Any, folder: Path) -> None:
    page.goto(f"{folder.as_uri()}/index.html")
    page.keyboard.press("/")
    page.keyboard.type("0001")
    assert page.input_value("#search") == "0001"
