"""What only a browser knows of a report: nothing is fetched or run, and it looks as it should."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from imgdisplay import Html, Report
from imgdisplay.report.demo.page import demo_report

pytestmark = pytest.mark.browser

RED = Image.new("RGB", (64, 48), "red")
HOSTILE = [
    "<script>document.title = 'ran'</script>",
    '"><img src=x onerror="document.title = \'ran\'">',
    "</title></style><iframe src='https://evil.example'></iframe>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<svg onload=\"document.title = 'ran'\">",
]
WIDTHS = [1280, 768, 390]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of the demo."""
    return demo_report().save(tmp_path_factory.mktemp("demo") / "demo.html")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a page of 1,200 rows and ten columns."""
    count = 1200
    rng = np.random.default_rng(0)
    numbers = {f"n{place}": rng.random(count) * 10**place for place in range(7)}
    texts = [f"row {row} " + "and more " * (row % 9) for row in range(count)]
    frame = pd.DataFrame({"p": [RED] * count, "text": texts, **numbers})
    return Report("Long").add(frame).save(tmp_path_factory.mktemp("long") / "long.html")


def opened(page: Any, path: Path) -> tuple[list[str], list[str]]:
    """Open a page, and return what was requested and what the console said."""
    requests: list[Any] = []
    said: list[str] = []
    page.on("request", lambda request: [requests.append(request)])  # takes no built-in method
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    # What the policy forbids is reported as a request, and fails before it leaves the browser.
    made = [request.url for request in requests if request.failure != "csp"]
    return [url for url in made if not url.startswith("data:")], said


def broken_images(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
            for (const img of document.images) await img.decode().catch(() => null);
            return [...document.images].filter(img => !img.naturalWidth).map(img => img.alt);
        }"""
    )
    return found


class TestNothing:
    def test_is_fetched_or_complained_about(self, page: Any, demo: Path) -> None:
        assert opened(page, demo) == ([demo.as_uri()], [])
        assert broken_images(page) == []

    def test_hostile_runs_or_is_fetched(self, page: Any, tmp_path: Path) -> None:
        report = Report("".join(HOSTILE))
        for text in HOSTILE:
            frame = pd.DataFrame({text: [text], "p": [RED]}, index=[text])
            report.add(frame, title=text, caption=text).add(text).add({text: RED, "b": b"\xff"})
        path = report.save(tmp_path / "page.html")
        assert opened(page, path) == ([path.as_uri()], [])
        assert page.title().startswith("<script>")

    def test_runs_or_is_fetched_even_where_markup_was_let_in(
        self, page: Any, tmp_path: Path
    ) -> None:
        markup = Html(
            "<script>document.title = 'ran'</script><img src='https://evil.example/x.png'>"
            "<link rel=stylesheet href='https://evil.example/x.css'>"
        )
        path = Report("Quiet").add(markup).save(tmp_path / "page.html")
        requested, said = opened(page, path)
        assert page.title() == "Quiet"
        assert requested == [path.as_uri()]
        assert len(said) == 3
        assert all("Content Security Policy" in line for line in said)


class TestLooks:
    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("name", ["demo", "long"])
    def test_fits_into_the_window(
        self, name: str, width: int, new_page: Callable[..., Any], request: Any
    ) -> None:
        page = new_page(viewport={"width": width, "height": 800})
        opened(page, request.getfixturevalue(name))
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_follows_the_theme(self, new_page: Callable[..., Any], demo: Path) -> None:
        brightness = {}
        for scheme in ("light", "dark"):
            page = new_page(color_scheme=scheme)
            opened(page, demo)
            for what in ("backgroundColor", "color"):
                color = page.evaluate(f"getComputedStyle(document.body).{what}")
                numbers = color.removeprefix("rgb(").removesuffix(")").split(",")
                brightness[scheme, what] = sum(map(int, numbers)) / 3
        assert brightness["light", "backgroundColor"] > 240 > 40 > brightness["light", "color"]
        assert brightness["dark", "backgroundColor"] < 40 < 200 < brightness["dark", "color"]

    @pytest.mark.parametrize("width", [1280, 900])
    @pytest.mark.parametrize("name", ["demo", "long"])
    def test_the_heading_of_a_table_stays_in_sight(
        self, name: str, width: int, new_page: Callable[..., Any], request: Any
    ) -> None:
        page = new_page(viewport={"width": width, "height": 500})
        opened(page, request.getfixturevalue(name))
        page.evaluate("document.querySelector('tbody tr:nth-child(9)').scrollIntoView()")
        top, bottom = page.evaluate(
            """() => {
                const sheet = document.querySelector('.sheet').getBoundingClientRect();
                const tools = document.querySelector('.tools').getBoundingClientRect();
                const heading = document.querySelector('thead th').getBoundingClientRect();
                return [heading.top - Math.max(sheet.top, tools.bottom), heading.bottom];
            }"""
        )
        assert abs(top) <= 1
        assert 0 < bottom < 500

    @pytest.mark.parametrize(("name", "heading"), [("demo", "pixels"), ("long", "n3")])
    def test_numbers_end_where_their_heading_ends(
        self, name: str, heading: str, page: Any, request: Any
    ) -> None:
        opened(page, request.getfixturevalue(name))
        ends = page.evaluate(
            """heading => {
                const place = [...document.querySelectorAll('.sheet thead th')].findIndex(
                    head => head.textContent == heading) + 1;
                const column = `.sheet tr > :nth-child(${place})`;
                return [...document.querySelectorAll(column)].slice(0, 50).map(cell => {
                    const range = document.createRange();
                    range.selectNodeContents(cell);
                    return Math.round(range.getBoundingClientRect().right);
                });
            }""",
            heading,
        )
        assert len(ends) > 3
        assert len(set(ends)) == 1

    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("count", [30, 130])
    def test_what_is_in_a_card_of_a_gallery_stays_in_it(
        self, count: int, width: int, new_page: Callable[..., Any], tmp_path: Path
    ) -> None:
        names = [f"{row} a name, long enough to need two or more lines" for row in range(count)]
        gallery = dict.fromkeys(names, RED)
        path = Report().add(gallery).save(tmp_path / "page.html")
        page = new_page(viewport={"width": width, "height": 800})
        opened(page, path)
        cards = page.evaluate(
            """() => [...document.querySelectorAll('tbody tr')].slice(0, 30).map(row => {
                const range = document.createRange();
                range.selectNodeContents(row.querySelector('th'));
                return [row, row.querySelector('img'), range, row.querySelector('td')].map(
                    one => one.getBoundingClientRect().toJSON());
            })"""
        )
        for card, picture, name, mat in cards:
            assert picture["width"] == RED.width
            assert card["left"] <= mat["left"] <= picture["left"]
            assert picture["right"] <= mat["right"] <= card["right"] + 1
            assert picture["bottom"] <= mat["bottom"] <= name["top"]
            assert name["right"] <= card["right"] + 1
            assert name["bottom"] <= card["bottom"] + 1
        mats = {(mat["top"], mat["bottom"]) for *_, mat in cards}
        assert len(mats) == len({mat["top"] for *_, mat in cards})  # a line of cards is one high

    def test_pictures_keep_their_size_in_tables(self, page: Any, demo: Path) -> None:
        opened(page, demo)
        assert (
            page.evaluate(
                """() => [...document.querySelectorAll('.table :is(td, summary) > img')].filter(
                img => img.clientWidth != img.getAttribute('width')
                    || img.clientHeight != img.getAttribute('height')
            ).length"""
            )
            == 0
        )

    def test_on_a_phone_values_have_their_headings_beside_them(
        self, new_page: Callable[..., Any], demo: Path
    ) -> None:
        page = new_page(viewport={"width": 390, "height": 800})
        opened(page, demo)
        said = page.evaluate(
            """() => getComputedStyle([...document.querySelectorAll('tbody td')].find(
                cell => cell.textContent == 'PIL image, RGB'), '::before').content"""
        )
        assert said == '"given as"'
        picture, text = page.evaluate(
            """() => [...document.querySelector('.table tbody tr').querySelectorAll('td')]
                .slice(0, 2).map(cell => cell.getBoundingClientRect().toJSON())"""
        )
        assert picture["right"] <= text["left"]
        assert abs(picture["top"] - text["top"]) < 40


class TestLongTables:
    def test_skip_the_rows_that_are_far_away(self, page: Any, long: Path) -> None:
        opened(page, long)
        drawn = page.evaluate(
            """() => [...document.querySelectorAll('tbody')].map(
                body => body.rows[0].checkVisibility({contentVisibilityAuto: true}))"""
        )
        assert len(drawn) == 12
        assert drawn[0] is True
        assert drawn[-1] is False

    def test_can_be_scrolled_to_any_row(self, page: Any, long: Path) -> None:
        opened(page, long)
        page.evaluate("[...document.querySelectorAll('tbody tr')].at(-1).scrollIntoView()")
        page.wait_for_function(
            """() => [...document.querySelectorAll('tbody tr')].at(-1)
                .checkVisibility({contentVisibilityAuto: true})"""
        )

    def test_have_the_same_columns_in_all_groups_and_the_heading(
        self, page: Any, long: Path
    ) -> None:
        opened(page, long)
        places = page.evaluate(
            """() => {
                for (const body of document.querySelectorAll('tbody'))
                    body.style.contentVisibility = 'visible';
                return [...document.querySelectorAll('tr')].map(row => [...row.cells].map(
                    cell => Math.round(cell.getBoundingClientRect().left)).join());
            }"""
        )
        assert len(places) == 1201
        assert len(set(places)) == 1

    def test_guess_their_height_well_for_a_wide_window(
        self, new_page: Callable[..., Any], long: Path
    ) -> None:
        page = new_page(viewport={"width": 1400, "height": 800})
        opened(page, long)
        guessed, real = page.evaluate(
            """() => {
                const last = [...document.querySelectorAll('tbody')].at(-1);
                const guessed = last.clientHeight;
                last.style.contentVisibility = 'visible';
                return [guessed, last.clientHeight];
            }"""
        )
        assert 0.75 < guessed / real < 1.25


class TestOnPaper:
    def test_the_page_is_white_and_the_heading_repeats_on_each_sheet(
        self, new_page: Callable[..., Any], long: Path
    ) -> None:
        page = new_page(color_scheme="dark", viewport={"width": 700, "height": 900})
        opened(page, long)
        page.emulate_media(media="print")
        style = page.evaluate(
            """() => ({
                paper: getComputedStyle(document.body).backgroundColor,
                head: getComputedStyle(document.querySelector('thead')).display,
                body: getComputedStyle(document.querySelector('tbody')).display,
                frame: getComputedStyle(document.querySelector('.sheet')).overflow,
                skipped: getComputedStyle(document.querySelector('tbody')).contentVisibility,
            })"""
        )
        assert style == {
            "paper": "rgb(255, 255, 255)",
            "head": "table-header-group",
            "body": "table-row-group",
            "frame": "visible",
            "skipped": "visible",
        }

    def test_what_is_folded_up_on_the_screen_is_printed(self, page: Any, tmp_path: Path) -> None:
        bad = Report().add([b"\xff"] * 20)
        opened(page, bad.save(tmp_path / "page.html"))
        entry = "document.querySelector('details li').checkVisibility()"
        assert page.evaluate(entry) is False
        page.emulate_media(media="print")
        assert page.evaluate("document.querySelector('details li').clientHeight") > 0
