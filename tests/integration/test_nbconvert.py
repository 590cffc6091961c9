"""Notebooks keep their pictures as pages and as LaTeX, and stay small as files."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from kernels import execute
from PIL import Image

nbconvert = pytest.importorskip("nbconvert")
nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: The text form of a PIL image, with our hooks or without.
PIL_IMAGE = re.compile(r"<(image \d+×\d+|PIL\.)")

ALONE = """
import numpy as np
from PIL import Image
photo = Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 40).convert("RGB")
logo = Image.new("RGBA", (96, 96), (255, 0, 0, 60))
height = Image.fromarray(np.linspace(-5, 5, 6400, dtype="f4").reshape(80, 80))
deep = Image.fromarray(np.arange(6400, dtype="u2").reshape(80, 80) * 10)
"""
SHOWN = [
    *("photo", "logo", "height", "deep", "photo.convert('CMYK')", "photo.convert('LAB')"),
    *("photo.convert('1')", "photo.convert('P')", "Image.new('RGB', (3, 5))"),
]

NOISE = """
import numpy as np
from PIL import Image
Image.fromarray(np.random.default_rng(0).integers(0, 256, (1000, 1500, 3), dtype=np.uint8))
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Give a function that executes cells after ``%load_ext imgdisplay``."""

    def run(*sources: str) -> Any:
        cells = [nbformat.v4.new_code_cell(code) for code in ("%load_ext imgdisplay", *sources)]
        return execute(nbformat.v4.new_notebook(cells=cells), tmp_path)

    return run


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest, executed: Callable[[Path], Any]) -> Any:
    return executed(request.param)


def outputs(notebook: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return each displayed MIME bundle, with the name that nbconvert gives to its file."""
    return [
        (f"output_{cell_number}_{number}", output["data"])
        for cell_number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for number, output in enumerate(cell.outputs)
        if "data" in output
    ]


def sources(html: str) -> list[str]:
    return [picture["src"] for picture in BeautifulSoup(html, "html5lib").find_all("img")]


def latex(notebook: Any) -> tuple[str, dict[str, bytes], list[str]]:
    """Convert to LaTeX; return it, its picture files, and the names of PIL images shown alone.

    Prose would need pandoc, and holds no pictures.
    """
    code = nbformat.from_dict(
        {**notebook, "cells": [cell for cell in notebook.cells if cell.cell_type == "code"]}
    )
    tex, resources = nbconvert.LatexExporter().from_notebook_node(code)
    alone = [name for name, data in outputs(code) if PIL_IMAGE.match(data.get("text/plain", ""))]
    return tex, resources["outputs"], alone


def check_pictures(tex: str, files: dict[str, bytes], alone: list[str]) -> None:
    for name in alone:
        (file,) = [file for file in files if file.partition(".")[0] == name]
        assert file.endswith((".png", ".jpg", ".jpeg"))
        assert f"{{{file}}}" in tex
        with Image.open(io.BytesIO(files[file])) as picture:
            picture.load()


def test_as_a_page_a_notebook_keeps_its_pictures(notebook):
    shown = [
        source for _, data in outputs(notebook) for source in sources(data.get("text/html", ""))
    ]
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    kept = sources(page)
    assert [source for source in kept if source in set(shown)] == shown != []
    for source in kept:
        head, _, text = source.partition(",")
        assert re.fullmatch(r"data:image/(png|jpeg|gif|webp|avif);base64", head)
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True))) as picture:
            picture.load()


def test_as_latex_a_notebook_keeps_the_pictures_that_are_shown_alone(notebook):
    check_pictures(*latex(notebook))


def test_as_latex_every_mode_of_pillow_keeps_its_picture(run):
    tex, files, alone = latex(run(ALONE, *SHOWN))
    assert len(alone) == len(SHOWN)
    check_pictures(tex, files, alone)


def test_as_latex_a_picture_is_there_whatever_format_pages_get(run):
    webp = "import imgdisplay; imgdisplay.set_options(format='webp')"
    tex, files, alone = latex(run(ALONE, webp, "photo"))
    assert len(alone) == 1
    check_pictures(tex, files, alone)


def test_a_notebook_with_a_noisy_picture_stays_small(run, tmp_path):
    nbformat.write(run(NOISE), tmp_path / "noise.ipynb")
    assert (tmp_path / "noise.ipynb").stat().st_size < 400_000
