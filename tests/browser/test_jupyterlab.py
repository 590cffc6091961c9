"""What a real JupyterLab draws of our notebooks: light, dark, and without trust."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jupyterlab
import numpy as np
import pytest
from jupyterlab import Notebook, Server, Shown

nbformat = pytest.importorskip("nbformat")

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "notebooks"
CASES = "cases"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))

#: Pictures that are hard to draw, cell by cell; the tests name the cells.
CELLS = {
    "load": """
%load_ext imgdisplay
import numpy as np
import pandas as pd
from pathlib import Path
from PIL import Image, ImageDraw

photo = Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 40).convert("RGB")
tiny = Image.fromarray(np.random.default_rng(8).integers(0, 256, (8, 8, 3), dtype=np.uint8))

def logo(colour):
    drawn = Image.new("RGBA", (96, 96), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).rectangle((24, 24, 71, 71), fill=colour)
    return drawn
""",
    "crowded": """
words = {f"column {n}": ["several words that want much room"] * 2 for n in range(15)}
pd.DataFrame({"picture": [photo, photo.rotate(90, expand=True)], **words})
""",
    "tiny": 'pd.DataFrame({"picture": [tiny]})',
    "logos": 'pd.DataFrame({"picture": [logo("black"), logo("white")]})',
    "broken": 'pd.DataFrame({"picture": [photo, Path("gone.png"), np.zeros(5)]})',
    "alone": "photo",
    "list": "[photo, logo('black')]",
}

#: Added to what is not trusted: it must not run.
SCRIPTED = (
    "<p onclick='alert(1)'>not trusted</p><script>window.scripted = 1</script>"
    "<img src='data:,' onerror='window.scripted = 1' alt='x'>"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not jupyterlab.is_installed():
        if os.environ.get("CI"):
            pytest.fail("JupyterLab is not installed, and CI must run the browser tests")
        pytest.skip("JupyterLab is not installed")
    with jupyterlab.running(tmp_path_factory.mktemp("jupyterlab")) as started:
        for path in FOLDER.glob("*.ipynb"):
            shutil.copy(path, started.folder)
        cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
        cases = nbformat.v4.new_notebook(cells=cells)
        cases.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(cases, started.folder / f"{CASES}.ipynb")
        yield started


@pytest.fixture(scope="module")
def quickstart(browser: Any, server: Server) -> Iterator[Notebook]:
    """Give the first notebook, open and run."""
    with jupyterlab.opened(browser, server, f"{NAMES[0]}.ipynb") as notebook:
        notebook.run()
        yield notebook


@pytest.fixture(scope="module")
def cases(browser: Any, server: Server) -> Iterator[Notebook]:
    with jupyterlab.opened(browser, server, f"{CASES}.ipynb", width=700) as notebook:
        notebook.run()
        yield notebook


@pytest.fixture(scope="module")
def outputs(executed: Callable[[Path], Any], cases: Notebook) -> Any:
    """Give the cells of all notebooks, with their outputs, as one: Lab takes long to open one."""
    notebooks = {path.stem: executed(path) for path in sorted(FOLDER.glob("*.ipynb"))}
    notebooks[CASES] = nbformat.from_dict(cases.content())
    merged = nbformat.v4.new_notebook()
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            merged.cells.append(nbformat.from_dict({**cell, "id": f"{name}-{cell.id}"}))
    return merged


@pytest.fixture(scope="module")
def trusted(browser: Any, server: Server, outputs: Any) -> Iterator[Notebook]:
    """Give all notebooks, already run and trusted."""
    nbformat.write(outputs, server.folder / "trusted.ipynb")
    server.trust("trusted.ipynb")
    with jupyterlab.opened(browser, server, "trusted.ipynb") as notebook:
        yield notebook


@pytest.fixture(scope="module")
def untrusted(browser: Any, server: Server, outputs: Any) -> Iterator[tuple[Notebook, list[str]]]:
    """Give all notebooks as somebody else's: with outputs, not run here; and their HTML."""
    pages = [
        "".join(output["data"]["text/html"])
        for cell in outputs.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/html" in output.get("data", ())
    ]
    scripted = nbformat.v4.new_output("display_data", data={"text/html": SCRIPTED})
    foreign = nbformat.v4.new_code_cell(outputs=[scripted], execution_count=1)
    notebook = nbformat.from_dict({**outputs, "cells": [*outputs.cells, foreign]})
    nbformat.write(notebook, server.folder / "untrusted.ipynb")
    with jupyterlab.opened(browser, server, "untrusted.ipynb", width=700) as opened:
        yield opened, pages


def check_images(images: list[Shown]) -> None:
    """Check size and text of all pictures; itables hides the ones that it exchanges."""
    assert images
    assert {shown.cell for shown in images} == {shown.cell for shown in images if not shown.hidden}
    assert [shown for shown in images if not is_drawn_as_meant(shown)] == []


def is_drawn_as_meant(shown: Shown) -> bool:
    if min(shown.natural) == 0 or not shown.html:
        return min(shown.natural) > 0
    return bool(shown.said.alt) and (shown.hidden or shown.has_intended_size)


def in_cell(notebook: Notebook, cell: str) -> list[Shown]:
    return [shown for shown in notebook.images() if shown.cell == cell]


def luminance(colour: Any) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2)."""
    parts = np.asarray(colour, dtype=float) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Any, other: Any) -> float:
    """Return the contrast ratio of two sRGB colours, from 1 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_notebook_that_runs_in_jupyterlab_shows_its_pictures(quickstart):
    check_images(quickstart.images())
    assert quickstart.strangers == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_picture_of_every_notebook_has_its_size_in_every_theme(trusted, theme):
    trusted.theme(theme)
    images = trusted.images()
    assert all(trusted.trusted())
    assert {shown.cell.partition("-")[0] for shown in images} == {*NAMES, CASES}
    check_images(images)


def test_the_notebooks_ask_no_other_machine(trusted):
    assert trusted.strangers == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_trust_every_picture_is_there_in_its_size(untrusted, theme):
    notebook, pages = untrusted
    notebook.theme(theme)
    *images, foreign = notebook.images()
    assert foreign.said.alt == "x"
    assert len(images) >= len(notebook.written(pages))
    check_images(images)


def test_without_trust_nothing_that_carries_meaning_is_lost(untrusted):
    notebook, pages = untrusted
    assert not any(notebook.trusted())
    kept = [shown.said for shown in notebook.images() if shown.html]
    assert kept[:-1] == notebook.written(pages)


def test_without_trust_nothing_runs(untrusted):
    notebook, _ = untrusted
    assert notebook.page.get_by_text("not trusted").count() == 1
    assert notebook.scripted() == []
    assert notebook.page.evaluate("window.scripted") is None
    assert notebook.strangers == []


def test_in_a_crowded_table_a_picture_keeps_its_size(cases):
    wide, high = in_cell(cases, "crowded")
    assert (wide.width, wide.height) == (96, 72)
    assert (high.width, high.height) == (72, 96)


def test_a_tiny_picture_is_enlarged_in_sharp_blocks(cases):
    (shown,) = in_cell(cases, "tiny")
    tiny = np.random.default_rng(8).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    blocks = np.asarray(cases.picture(shown))
    assert blocks.shape == (96, 96, 3)
    assert (blocks == tiny.repeat(12, axis=0).repeat(12, axis=1)).all()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_transparent_logos_stand_out_in_every_theme(cases, theme):
    cases.theme(theme)
    for shown, colour in zip(in_cell(cases, "logos"), [(0, 0, 0), (255, 255, 255)], strict=True):
        pixels = np.asarray(cases.picture(shown))
        assert (pixels[24:72, 24:72] == colour).all()
        around = np.unique(np.concatenate([pixels[:20], pixels[-20:]]).reshape(-1, 3), axis=0)
        assert len(around) == 2, "the checkerboard"
        assert min(contrast(colour, square) for square in around) > 1.5


def test_a_placeholder_stands_out_and_says_why(cases):
    _, *broken = in_cell(cases, "broken")
    assert len(broken) == 2
    for shown in broken:
        assert "imgdisplay-broken" in shown.said.css_class
        assert shown.said.title == shown.said.alt != ""
    for theme in ("light", "dark"):
        cases.theme(theme)
        grey, mark = np.unique(np.asarray(cases.picture(broken[0])).reshape(-1, 3), axis=0)
        assert contrast(grey, mark) > 2
