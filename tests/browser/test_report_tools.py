"""What a reader does with a report: search, order, filter, look closer, with and without keys."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from imgdisplay import Html, Report

pytestmark = pytest.mark.browser

COLORS = ["red", "green", "blue", "gold", "teal", "black"]
COUNT = 60


def shade(number: int, size: tuple[int, int] = (300, 200)) -> Image.Image:
    return Image.new("RGB", size, (number % 256, 40, 250 - number % 250))


def some_rows() -> pd.DataFrame:
    pictures: list[object] = [shade(number) for number in range(COUNT)]
    pictures[7] = b"\xff\xd8\xff\xe0"
    pictures[9] = None
    frame = pd.DataFrame(
        {
            "picture": pictures,
            "name": [f"Zürich {number}" for number in range(COUNT)],
            "color": [COLORS[number % 6] for number in range(COUNT)],
            "size": [(number * 37) % COUNT + 0.5 for number in range(COUNT)],
            "day": pd.date_range("2024-01-25", periods=COUNT),
            "remark": [f"remark number {number} of many" for number in range(COUNT)],
        }
    )
    frame.loc[3, "size"] = None
    frame.loc[4, "color"] = None
    return frame


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a page of 60 rows."""
    folder = tmp_path_factory.mktemp("tools")
    return Report("Tools").add(some_rows(), title="Rows").save(folder / "page.html")


@pytest.fixture(scope="module")
def very_long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a page of 2,400 rows, most of which the browser keeps as text."""
    count = 2400
    picture = shade(1, (12, 8))
    pictures: list[object] = [picture] * count
    pictures[2111] = b"\xff\xd8\xff\xe0"
    frame = pd.DataFrame(
        {
            "picture": pictures,
            "name": [f"row <{number}> & more" for number in range(count)],
            "value": np.arange(count)[::-1],
        }
    )
    folder = tmp_path_factory.mktemp("long")
    return Report("Long").add(frame).save(folder / "page.html")


@pytest.fixture
def shown(page: Any, report: Path) -> Any:
    """Give the page of 60 rows, opened."""
    return opened(page, report)


def opened(page: Any, path: Path) -> Any:
    page.goto(path.as_uri())
    until(page, "document.querySelector('[aria-haspopup], summary[tabindex]') !== null")
    return page


def until(page: Any, expression: str) -> None:
    """Wait until something holds; Playwright's own way is against the policy of the page."""
    deadline = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(20)


def count_becomes(page: Any, text: str) -> None:
    """Wait until the number of rows is told as `text`."""
    until(page, f"document.querySelector('.count').textContent == {text!r}")


def column(page: Any, name: str) -> list[str]:
    """Return the texts that stand in a column, in the order in which they stand."""
    found: list[str] = page.evaluate(
        """name => {
            const heads = [...document.querySelectorAll('.sheet > table:first-of-type th')];
            const place = heads.findIndex(head => head.textContent == name) + 1;
            const cells = document.querySelectorAll(`.sheet tbody tr > :nth-child(${place})`);
            return [...cells].filter(cell => cell.checkVisibility()).map(cell => cell.textContent);
        }""",
        name,
    )
    return found


def said(page: Any) -> str:
    text: str = page.locator(".count").inner_text()
    return text


class TestSearch:
    def test_finds_rows_by_words_of_any_column_and_tells_how_many(self, shown: Any) -> None:
        shown.get_by_role("searchbox", name="Search in all columns").fill("gold 2024-02")
        count_becomes(shown, "5 of 60 rows")
        assert set(column(shown, "color")) == {"gold"}
        assert {day[:7] for day in column(shown, "day")} == {"2024-02"}

    def test_takes_letters_without_their_accents_and_in_any_case(self, shown: Any) -> None:
        shown.get_by_role("searchbox").fill("ZURICH 2024-03-24")
        count_becomes(shown, "1 of 60 rows")
        assert column(shown, "name") == ["Zürich 59"]

    def test_finds_unreadable_pictures_by_their_reasons(self, shown: Any) -> None:
        shown.get_by_role("searchbox").fill("unreadable")
        count_becomes(shown, "1 of 60 rows")
        assert column(shown, "name") == ["Zürich 7"]

    def test_that_finds_nothing_says_so_and_can_be_taken_back(self, shown: Any) -> None:
        shown.get_by_role("searchbox").fill("nowhere")
        shown.get_by_text("No row is like that.").wait_for(state="visible")
        assert said(shown) == "0 of 60 rows"
        shown.get_by_role("button", name="Reset").click()
        assert said(shown) == "60 rows"
        assert column(shown, "name") == [f"Zürich {number}" for number in range(COUNT)]
        assert shown.get_by_role("button", name="Reset").count() == 0

    def test_begins_with_a_slash(self, shown: Any) -> None:
        shown.keyboard.press("/")
        shown.keyboard.type("zurich 1/")
        assert shown.get_by_role("searchbox").input_value() == "zurich 1/"

    def test_is_told_to_those_who_listen(self, shown: Any) -> None:
        assert shown.get_by_role("status").inner_text() == "60 rows"


class TestOrder:
    def test_of_numbers_is_that_of_numbers_and_missing_ones_come_last(self, shown: Any) -> None:
        for mark, sign in (("ascending", 1), ("descending", -1)):
            shown.get_by_role("button", name="size").click()
            assert (
                shown.locator(f'th[aria-sort="{mark}"]').inner_text().strip(" ↑↓\u2009") == "size"
            )
            values = column(shown, "size")
            assert values[-1] == "NaN"
            numbers = [float(value) for value in values[:-1]]
            assert numbers == sorted(numbers, key=lambda number: sign * number)

    def test_comes_back_to_the_given_one_with_a_third_click(self, shown: Any) -> None:
        for _ in range(3):
            shown.get_by_role("button", name="size").click()
        assert shown.locator("th[aria-sort]").count() == 0
        assert column(shown, "name") == [f"Zürich {number}" for number in range(COUNT)]

    def test_of_dates_is_that_of_time(self, shown: Any) -> None:
        for _ in range(2):
            shown.get_by_role("button", name="day").click()
        assert column(shown, "name") == [f"Zürich {number}" for number in reversed(range(COUNT))]

    def test_of_texts_counts_the_numbers_in_them(self, shown: Any) -> None:
        shown.get_by_role("button", name="name").click()
        assert column(shown, "name") == [f"Zürich {number}" for number in range(COUNT)]

    def test_can_be_chosen_where_there_is_no_heading(
        self, new_page: Callable[..., Any], report: Path
    ) -> None:
        page = opened(new_page(viewport={"width": 390, "height": 800}), report)
        page.get_by_label("Order of the rows").select_option(label="size ↓")
        assert column(page, "size")[:3] == ["59.5", "58.5", "57.5"]

    def test_is_exact_where_the_page_shows_rounded_numbers(self, page: Any, tmp_path: Path) -> None:
        values = [1 + number * 1e-9 for number in (3, 1, 2, 0, 5, 4)]
        frame = pd.DataFrame({"n": list("dbcafe"), "x": values, "p": [shade(1)] * 6})
        opened(page, Report().add(frame).save(tmp_path / "page.html"))
        page.get_by_role("button", name="x").click()
        assert "".join(column(page, "n")) == "abcdef"


class TestFilters:
    def test_of_few_values_are_offered_with_their_numbers(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        shown.get_by_label("gold").check()
        assert set(column(shown, "color")) == {"gold"}
        shown.get_by_label("(missing)").check()
        assert said(shown) == "11 of 60 rows"

    def test_of_numbers_are_ranges(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        field = shown.get_by_role("group", name="size")
        field.get_by_label("from").fill("10")
        field.get_by_label("to").fill("20.5")
        assert sorted(map(float, column(shown, "size"))) == [
            number + 0.5 for number in range(10, 21)
        ]

    def test_of_dates_hold_the_last_day_as_well(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        field = shown.get_by_role("group", name="day")
        field.get_by_label("from").fill("2024-01-30")
        field.get_by_label("to").fill("2024-02-01")
        assert column(shown, "day") == ["2024-01-30", "2024-01-31", "2024-02-01"]

    def test_of_many_texts_ask_for_a_part(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        shown.get_by_role("group", name="remark").get_by_label("contains").fill("NUMBER 5 ")
        assert column(shown, "name") == [f"Zürich {number}" for number in (5, *range(50, 60))]

    def test_of_pictures_find_the_unreadable_ones(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        shown.get_by_role("group", name="picture").get_by_label(
            "unreadable", exact=False
        ).last.check()
        assert column(shown, "name") == ["Zürich 7"]

    def test_and_a_search_and_an_order_hold_together_until_they_are_reset(self, shown: Any) -> None:
        shown.get_by_role("button", name="Filters").click()
        shown.get_by_label("teal").check()
        shown.get_by_role("searchbox", name="Search").fill("2024-02")
        shown.get_by_role("button", name="day").click()
        shown.get_by_role("button", name="day").click()
        count_becomes(shown, "5 of 60 rows")
        days = column(shown, "day")
        assert days == sorted(days, reverse=True)
        assert set(column(shown, "color")) == {"teal"}
        shown.get_by_role("button", name="Reset").click()
        assert said(shown) == "60 rows"
        assert not shown.get_by_label("teal").is_checked()


class TestColumns:
    def test_can_be_left_out(self, shown: Any) -> None:
        shown.get_by_role("button", name="Columns").click()
        shown.get_by_label("remark").uncheck()
        assert column(shown, "remark") == []
        assert len(column(shown, "day")) == COUNT
        shown.get_by_role("button", name="Reset").click()
        assert len(column(shown, "remark")) == COUNT

    def test_that_are_left_out_leave_no_gap_in_a_long_table(
        self, page: Any, very_long: Path
    ) -> None:
        opened(page, very_long)
        page.get_by_role("button", name="Columns").click()
        page.get_by_role("checkbox", name="picture").uncheck()
        gap = page.evaluate(
            """() => {
                const [row, , name] = document.querySelector('.sheet tbody tr').cells;
                return name.getBoundingClientRect().left - row.getBoundingClientRect().right;
            }"""
        )
        assert abs(gap) < 1


class TestGallery:
    def test_shows_the_same_rows_as_cards_and_goes_back(self, shown: Any) -> None:
        button = shown.get_by_role("button", name="Gallery")
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert column(shown, "name") == [f"Zürich {number}" for number in range(COUNT)]
        assert column(shown, "remark") == []
        tops = shown.evaluate(
            """() => [...document.querySelectorAll('.sheet tbody tr')].slice(0, 3).map(
                row => row.getBoundingClientRect().top)"""
        )
        assert len(set(tops)) == 1
        button.click()
        assert len(column(shown, "remark")) == COUNT

    def test_can_be_searched(self, shown: Any) -> None:
        shown.get_by_role("button", name="Gallery").click()
        shown.get_by_role("searchbox").fill("gold")
        count_becomes(shown, "10 of 60 rows")
        assert column(shown, "name")[:2] == ["Zürich 3", "Zürich 9"]

    def test_of_many_pictures_has_no_gaps_between_its_groups(
        self, new_page: Callable[..., Any], tmp_path: Path
    ) -> None:
        pictures = {f"picture {number}": shade(number, (9, 9)) for number in range(250)}
        path = Report().add(pictures).save(tmp_path / "page.html")
        page = opened(new_page(viewport={"width": 1100, "height": 800}), path)
        per_line = page.evaluate(
            """() => [...document.querySelectorAll('tbody')].slice(0, -1).map(body => {
                const tops = [...body.rows].map(row => row.offsetTop);
                return tops.filter(top => top == tops.at(-1)).length;
            })"""
        )
        assert len(set(per_line)) == 1
        assert per_line[0] > 3


class TestTheLargerPicture:
    def test_opens_with_a_click_and_shows_the_data_of_its_row(self, shown: Any) -> None:
        shown.locator("tbody tr").nth(2).locator("img").first.click()
        dialog = shown.get_by_role("dialog")
        assert dialog.get_by_role("heading").inner_text() == "Zürich 2"
        assert dialog.locator(".place").inner_text() == "3 of 60"
        facts = dict(
            zip(
                dialog.locator("dt").all_inner_texts(),
                dialog.locator("dd").all_inner_texts(),
                strict=True,
            )
        )
        assert facts == {
            "row": "2",
            "name": "Zürich 2",
            "color": "blue",
            "size": "14.5",
            "day": "2024-01-27",
            "remark": "remark number 2 of many",
        }
        width = dialog.locator(".mat img").evaluate("image => image.clientWidth")
        assert width == 300

    def test_opens_and_closes_by_keys_and_the_focus_comes_back(self, shown: Any) -> None:
        picture = shown.locator("[tabindex='0']:is(summary, img)")
        assert picture.count() == 1
        picture.focus()
        shown.keyboard.press("ArrowDown")
        shown.keyboard.press("ArrowDown")
        shown.keyboard.press("Enter")
        heading = shown.get_by_role("dialog").get_by_role("heading")
        assert heading.inner_text() == "Zürich 2"
        shown.keyboard.press("ArrowRight")
        assert heading.inner_text() == "Zürich 3"
        shown.keyboard.press("ArrowLeft")
        shown.keyboard.press("ArrowLeft")
        assert heading.inner_text() == "Zürich 1"
        shown.keyboard.press("Escape")
        assert shown.get_by_role("dialog").count() == 0
        assert (
            shown.evaluate("document.activeElement.closest('tr').cells[2].textContent")
            == "Zürich 1"
        )
        assert shown.locator("[tabindex='0']:is(summary, img)").count() == 1

    def test_goes_from_picture_to_picture_in_the_order_that_is_shown(self, shown: Any) -> None:
        shown.get_by_role("searchbox").fill("blue")
        shown.get_by_role("button", name="day").click()
        shown.get_by_role("button", name="day").click()
        count_becomes(shown, "10 of 60 rows")
        shown.locator("tbody img").first.click()
        dialog = shown.get_by_role("dialog")
        assert dialog.get_by_role("heading").inner_text() == "Zürich 56"
        assert dialog.get_by_role("button", name="Previous").is_disabled()
        dialog.get_by_role("button", name="Next").click()
        assert dialog.get_by_role("heading").inner_text() == "Zürich 50"
        assert dialog.locator(".place").inner_text() == "2 of 10"

    def test_leaves_out_rows_without_one_and_tells_why_one_is_unreadable(self, shown: Any) -> None:
        shown.locator("tbody tr").nth(7).locator("img").first.click()
        dialog = shown.get_by_role("dialog")
        assert dialog.locator(".mat .reason").inner_text().startswith("unreadable:")
        shown.keyboard.press("ArrowRight")
        shown.keyboard.press("ArrowRight")
        assert dialog.get_by_role("heading").inner_text() == "Zürich 10"

    def test_closes_with_a_click_beside_it(self, shown: Any) -> None:
        shown.locator("tbody img").first.click()
        shown.mouse.click(5, 5)
        assert shown.get_by_role("dialog").count() == 0

    def test_leads_to_the_original_only_when_that_was_asked_for(
        self, page: Any, tmp_path: Path
    ) -> None:
        for number in range(6):
            shade(number).save(tmp_path / f"{number} a#b.png")
        report = Report().add(tmp_path, links=True, title="links").add(tmp_path)
        path = report.save(tmp_path / "page.html")
        opened(page, path)
        page.locator("#s1 tbody img").first.click()
        link = page.get_by_role("link", name="Open the original")
        assert link.evaluate("link => link.href") == (tmp_path / "0 a#b.png").as_uri()
        assert link.get_attribute("href") == "0%20a%23b.png"
        page.keyboard.press("Escape")
        assert page.locator("#s2 a").count() == 0
        page.locator("#s2 tbody img").first.click()
        assert page.get_by_role("link", name="Open the original").count() == 0


class TestWithoutScript:
    def test_the_table_is_complete_and_nothing_is_offered_that_needs_one(
        self, new_page: Callable[..., Any], report: Path
    ) -> None:
        page = new_page(java_script_enabled=False)
        page.goto(report.as_uri())
        rows = page.locator(".sheet tbody tr")
        assert rows.count() == COUNT
        assert all(row.is_visible() for row in rows.all())
        assert not page.locator(".tools").is_visible()
        assert page.get_by_role("button").count() == 0
        rows.first.locator("summary").click()
        assert rows.first.locator("details > img").is_visible()

    def test_so_is_one_that_scripts_put_off(
        self, new_page: Callable[..., Any], very_long: Path
    ) -> None:
        page = new_page(java_script_enabled=False)
        page.goto(very_long.as_uri())
        rows = page.locator(".sheet tbody tr")
        assert rows.count() == 2400
        assert rows.last.text_content() == "2399row <2399> & more0"
        rows.last.scroll_into_view_if_needed()
        assert rows.last.is_visible()


class TestVeryLongTables:
    def test_keep_few_rows_as_elements_wherever_one_scrolls(
        self, page: Any, very_long: Path
    ) -> None:
        opened(page, very_long)
        assert said(page) == "2,400 rows"
        for place in (0.5, 1.0, 0.2):
            page.evaluate(f"scrollTo(0, {place} * document.documentElement.scrollHeight)")
            until(
                page,
                """() => [...document.querySelectorAll('.sheet tbody tr')].some(row => {
                    const { top, bottom } = row.getBoundingClientRect();
                    return top < innerHeight / 2 && bottom > innerHeight / 2;
                })""",
            )
            assert page.locator(".sheet tbody tr").count() <= 1500

    def test_are_searched_ordered_and_looked_at_as_a_whole(
        self, page: Any, very_long: Path
    ) -> None:
        opened(page, very_long)
        page.get_by_role("searchbox").fill("<2399>")
        count_becomes(page, "1 of 2,400 rows")
        assert column(page, "name") == ["row <2399> & more"]
        page.get_by_role("searchbox").fill("")
        page.get_by_role("button", name="value").click()
        until(page, "document.querySelector('tbody tr').cells[3].textContent == '0'")
        assert column(page, "name")[:2] == ["row <2399> & more", "row <2398> & more"]
        page.locator("tbody img").first.click()
        dialog = page.get_by_role("dialog")
        assert dialog.get_by_role("heading").inner_text() == "row <2399> & more"
        page.keyboard.press("ArrowRight")
        assert dialog.get_by_role("heading").inner_text() == "row <2398> & more"

    def test_lead_to_a_row_that_is_far_away(self, page: Any, very_long: Path) -> None:
        opened(page, very_long)
        page.locator(".problems a").click()
        until(
            page,
            """() => {
                const row = document.getElementById('s1-2112');
                const { top, bottom } = row?.getBoundingClientRect() ?? {};
                return top > 0 && bottom < innerHeight;
            }""",
        )

    def test_can_be_walked_through_by_keys(self, page: Any, very_long: Path) -> None:
        opened(page, very_long)
        page.locator("[tabindex='0']:is(summary, img)").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.closest('tr').cells[3].textContent") == "1"

    def test_are_printed_as_a_whole(self, page: Any, very_long: Path) -> None:
        opened(page, very_long)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".sheet tbody tr").count() == 2400


HOSTILE = [
    "<script>document.title = 'ran'</script>",
    '"><img src=x onerror="document.title = \'ran\'">',
    "</script><script>document.title = 'ran'</script>",
    "<!--<script>",
    "]]></noscript><img src=x onerror=\"document.title = 'ran'\">",
    "${document.title = 'ran'}",
    "';document.title='ran';'",
]


def test_nothing_hostile_runs_whatever_a_reader_does(page: Any, tmp_path: Path) -> None:
    rows = HOSTILE * 3
    pictures: list[object] = [shade(number, (9, 9)) for number in range(len(rows))]
    pictures[1] = b"\xff"
    frame = pd.DataFrame(dict.fromkeys(HOSTILE, rows) | {"p": pictures}, index=rows)
    path = Report("quiet").add(frame, title=HOSTILE[1]).save(tmp_path / "page.html")
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, path)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("group", name=HOSTILE[0]).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Gallery").click()
    page.get_by_role("searchbox", name="Search").fill("document.title")
    for text in HOSTILE:
        page.get_by_label("Order of the rows").select_option(label=f"{text} ↓")
    page.locator("tbody img").first.click()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.title() == "quiet"
    assert failed == []
    assert {url for url in asked if not url.startswith("data:")} == {path.as_uri()}


def test_a_script_that_was_let_in_as_markup_does_not_run_beside_ours(
    page: Any, tmp_path: Path
) -> None:
    markup = Html("<script>document.title = 'ran'</script><b onclick='1'>x</b>")
    path = Report("quiet").add(some_rows()).add(markup).save(tmp_path / "page.html")
    opened(page, path)
    page.locator("b", has_text="x").click()
    assert page.title() == "quiet"
    assert page.locator(".tools").is_visible()
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert re.search(r"script-src 'sha256-[^']+';", policy)
