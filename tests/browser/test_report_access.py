"""axe-core finds no fault in a report, however it is looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from imgdisplay import Html, Report

pytestmark = pytest.mark.browser

AXE = "axe-core@4"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the script of axe-core, fetched by npm."""
    npm = shutil.which("npm")
    if npm is None:
        return _missing("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", AXE]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    if ended.returncode:
        return _missing(f"npm could not fetch axe-core: {ended.stderr[-300:]}")
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text(encoding="utf-8")


def _missing(what: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must run it")
    pytest.skip(what)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a page with a section of each form, a wide and a long table."""
    pictures: list[object] = [
        Image.new("RGB", (300 + number, 200), (number, 90, 90)) for number in range(24)
    ]
    pictures[3] = b"\xff\xd8\xff\xe0"
    pictures[4] = None
    frame = pd.DataFrame(
        {
            "picture": pictures,
            "other": pictures[::-1],
            "name": [f"name {number}" for number in range(24)],
            "kind": [["cat", "dog"][number % 2] for number in range(24)],
            "day": pd.date_range("2024-01-01", periods=24),
            **{f"number {place}": range(24) for place in range(6)},
        }
    )
    folder = tmp_path_factory.mktemp("access")
    for number in range(8):
        Image.new("LA", (40, 30 + number)).save(folder / f"{number}.png")
    return (
        Report("Access")
        .add("A paragraph.")
        .add(frame, title="Long and wide", caption="What is here.")
        .add(frame.head(8).set_index(["kind", "name"]), title="Short", zoom=200)
        .add({f"card {number}": pictures[number] for number in range(12)}, title="Cards")
        .add(folder, title="Files", links=True)
        .add(Html("<p>Markup.</p>"))
        .add(pictures[0], title="Alone")
        .add(pictures[3])
        .add(pd.DataFrame({"empty": []}), title="Nothing")
        .save(folder / "page.html")
    )


def faults(page: Any, axe: str) -> list[str]:
    """Return what axe-core finds: rules of WCAG and best practices, each with an element."""
    page.evaluate(axe)
    found: list[str] = page.evaluate(
        """async () => {
            const { violations } = await axe.run(document, { resultTypes: ["violations"] });
            return violations.flatMap(({ id, nodes }) => nodes.map(
                ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
        }"""
    )
    return found


LOOKS = {
    "as it opens": "",
    "with filters": "document.querySelector('#s2 .tools .filters').click()",
    "with a choice of columns": "document.querySelector('#s2 .tools .columns').click()",
    "with facts": "document.querySelectorAll('.facts').forEach(facts => facts.open = true)",
    "as galleries": "document.querySelectorAll('[aria-pressed=false]').forEach(one => one.click())",
    "sorted": "document.querySelector('#s2 thead button').click()",
    "with a larger picture": "document.querySelector('#s2 tbody img').click()",
    "with the reason of an unreadable one": "document.querySelectorAll('#s3 img')[4].click()",
    "with nothing found": """
        const input = document.querySelector('#s2 input');
        input.value = 'nowhere';
        input.dispatchEvent(new Event('input'));
    """,
}


# Colours are the same at every width, and the layout in both themes.
WINDOWS = [(1280, "light"), (390, "dark")]


@pytest.mark.parametrize(
    ("look", "width", "scheme"),
    [("as it opens", 390, "dark")]
    + [(look, *WINDOWS[number % 2]) for number, look in enumerate(LOOKS)],
)
def test_axe_finds_nothing(
    look: str,
    width: int,
    scheme: str,
    report: Path,
    axe: str,
    new_page: Callable[..., Any],
) -> None:
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(report.as_uri())
    page.wait_for_timeout(100)
    page.evaluate(f"() => {{ {LOOKS[look]} }}")
    page.wait_for_timeout(100)
    assert faults(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_index_of_a_folder_or_in_its_pages(
    scheme: str, axe: str, new_page: Callable[..., Any], tmp_path: Path
) -> None:
    pictures = [Image.new("RGB", (30, 20), (number, 90, 90)) for number in range(40)]
    frame = pd.DataFrame({"picture": [*pictures, b"\xff\xd8\xff\xe0"], "number": range(41)})
    folder = Report("Access").add("A paragraph.").add(frame, title="All").save(tmp_path / "out")
    page = new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.goto((folder / "index.html").as_uri())
    assert faults(page, axe) == []
    page.fill(".search input", "1")
    page.wait_for_selector(".results a")
    assert faults(page, axe) == []
    page.goto((folder / "page-001.html").as_uri())
    assert faults(page, axe) == []


def test_axe_finds_nothing_without_script(
    report: Path, axe: str, new_page: Callable[..., Any]
) -> None:
    # axe itself needs a script; what the page would add is taken away instead.
    page = new_page(viewport={"width": 1280, "height": 800})
    text = report.read_text(encoding="utf-8")
    start = text.index("<script>")
    page.set_content(text[:start] + text[text.index("</script>", start) :])
    assert page.locator(".tools").first.is_visible() is False
    assert faults(page, axe) == []


def test_axe_would_find_a_fault(page: Any, axe: str) -> None:
    page.set_content("<!doctype html><html lang=en><title>x</title><main><h1>x</h1><img src=''>")
    assert [fault.partition(":")[0] for fault in faults(page, axe)] == ["image-alt"]
