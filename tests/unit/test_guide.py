"""The guide shows everything that is public, and the reference describes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import imgdisplay

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"

#: IPython calls these two; people say the magic.
MAGICS = {
    "load_ipython_extension": "%load_ext imgdisplay",
    "unload_ipython_extension": "%unload_ext imgdisplay",
}


def _code() -> str:
    notebooks = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook["cells"]]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


CODE = _code()
REFERENCE = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((FOLDER / "reference").glob("*.md"))
)


@pytest.mark.parametrize("name", imgdisplay.__all__)
def test_a_notebook_uses_every_public_name(name):
    assert MAGICS.get(name, "\0") in CODE or re.search(rf"\bimgdisplay\.{name}\b", CODE)


@pytest.mark.parametrize("name", imgdisplay.__all__)
def test_the_reference_describes_every_public_name(name):
    is_error = isinstance(getattr(imgdisplay, name), type) and issubclass(
        getattr(imgdisplay, name), imgdisplay.ImgDisplayError
    )
    described = "imgdisplay.errors" if is_error else rf"imgdisplay\.(\w+\.)*{name}"

    assert re.search(rf"^::: {described}$", REFERENCE, flags=re.MULTILINE)


def test_the_site_has_a_page_for_every_notebook():
    site = ROOT / ".mkdocs.yml"
    if not site.exists():
        pytest.skip("only the checkout has the site's configuration")
    pages = site.read_text(encoding="utf-8")

    for path in [*FOLDER.glob("*.ipynb"), *(FOLDER / "reference").glob("*.md")]:
        assert f"- {path.relative_to(FOLDER).as_posix()}\n" in pages
