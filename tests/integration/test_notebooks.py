"""Every notebook runs from top to bottom, and its pictures are pictures."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_pictures(path, executed):
    notebook = executed(path)
    pages = [
        "".join(output["data"].get("text/html", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    pictures = BeautifulSoup("".join(pages), "html5lib").find_all("img")
    assert pictures
    for picture in pictures:
        decoded = Image.open(io.BytesIO(base64.b64decode(picture["src"].partition(",")[2])))
        decoded.load()
        assert picture["alt"]
    complaints = [
        output["text"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output["output_type"] == "stream" and output["name"] == "stderr"
        if not output["text"].startswith("\r")  # a progress bar, where the machine is slow
    ]
    assert complaints == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
