"""The README's examples run in a notebook, in order, as a reader would run them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from skimage import data

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def holiday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the examples where a holiday's photographs are, and return that folder."""
    folder = tmp_path_factory.mktemp("holiday")
    (folder / "photos").mkdir()
    for name, pixels in (("cat", data.chelsea()), ("coffee", data.coffee())):
        Image.fromarray(pixels).save(folder / "photos" / f"{name}.jpg")
    lines = ["photo,note", "photos/cat.jpg,<b>Cat</b>", "photos/coffee.jpg,Coffee"]
    (folder / "holiday.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def outputs(holiday: Path) -> list[Any]:
    shown = ["uri", "html", "again"]  # what the examples leave behind
    cells = [nbformat.v4.new_code_cell(code) for code in [*BLOCKS, *shown]]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": holiday}}
    ).execute()
    said: Sequence[Any] = [output for cell in notebook.cells for output in cell.outputs]
    return [output["data"] for output in said]


def test_five_examples_of_at_most_three_lines():
    assert len(BLOCKS) == 5
    lines = [[line for line in block.splitlines() if line.strip()] for block in BLOCKS]
    assert all(len(written) <= 3 for written in lines)


def test_a_frame_with_a_column_of_paths_shows_its_pictures(outputs):
    page = BeautifulSoup(outputs[0]["text/html"], "html5lib")

    assert len(page.find_all("img")) == 2
    assert "<b>Cat</b>" in page.find("table").text


def test_the_examples_make_a_data_uri_a_table_and_an_image(outputs):
    uri, html, again = outputs[-3:]

    assert uri["text/plain"].strip("'").startswith("data:image/jpeg;base64,")
    assert len(BeautifulSoup(html["text/html"], "html5lib").find_all("img")) == 2
    assert BeautifulSoup(again["text/html"], "html5lib").find("img")["alt"]


def test_the_examples_leave_a_report_and_a_workbook(outputs, holiday):
    report = BeautifulSoup((holiday / "report.html").read_text(encoding="utf-8"), "html5lib")

    assert report.find("h1").text == "Holiday"
    assert len(report.select("tbody img")) >= 2
    assert (holiday / "report.xlsx").read_bytes().startswith(b"PK")


def test_the_picture_is_small_and_a_picture():
    (name,) = re.findall(r'<img src="([^"]+)"', README)
    with Image.open(ROOT / name) as picture:
        picture.load()

    assert (ROOT / name).stat().st_size <= 150_000
    assert picture.width > 800


def test_every_link_leads_to_a_file_that_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_index_names_every_notebook():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{path.name})" in README
