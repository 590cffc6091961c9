"""The README's picture, taken from a real JupyterLab: ``python tests/browser/readme_picture.py``.

It writes ``notebooks/images/jupyterlab.webp``. The photographs are those of scikit-image and
scikit-learn; one file ends too early.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyterlab import Notebook, Server, opened, running
from PIL import Image
from truth import launched

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.photographs import photograph  # noqa: E402 - of the folder above

TARGET = HERE.parents[1] / "notebooks" / "images" / "jupyterlab.webp"

CELLS = [
    "%load_ext imgdisplay\nimport pandas as pd",
    'pd.read_csv("holiday.csv")',
]
ROWS = [
    ("china", "2026-05-02", "Summer Palace, after the rain", 5),
    ("coffee", "2026-05-03", "The first one of the day", 4),
    ("cat", "2026-05-03", "Lives behind the <kitchen>", 5),
    ("rocket", "2026-05-06", "Lift-off; then the battery was empty", 3),
]
BROKEN = "rocket"

_TABLE = """
() => {
  const cells = [...document.querySelectorAll(".jp-CodeCell")].map(
    (cell) => cell.getBoundingClientRect());
  const left = Math.min(...cells.map((cell) => cell.left));
  return {
    x: left, y: cells[0].top, height: cells.at(-1).bottom - cells[0].top,
    width: Math.max(...cells.map((cell) => cell.right)) - left,
  };
}
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        running(Path(folder) / "lab") as server,
    ):
        _write(server.folder)
        picture = _taken(browser, server)
    TARGET.parent.mkdir(exist_ok=True)
    picture.save(TARGET, quality=90, method=6)
    print(f"{TARGET}: {picture.width}×{picture.height}, {TARGET.stat().st_size / 1e3:.0f} kB")


def _write(folder: Path) -> None:
    """Write the notebook, and the photographs and the CSV file that it reads."""
    lines = ["photo,taken,note,stars"]
    for name, taken, note, stars in ROWS:
        path = folder / f"{name}.jpg"
        photograph(1200, 800, name).save(path, quality=90)
        if name == BROKEN:
            path.write_bytes(path.read_bytes()[:1000])
        lines.append(f'{path.name},{taken},"{note}",{stars}')
    (folder / "holiday.csv").write_text("\n".join(lines), encoding="utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "holiday.ipynb")


def _taken(browser: Any, server: Server) -> Image.Image:
    with opened(browser, server, "holiday.ipynb", width=760, scale=1.5) as notebook:
        notebook.run()
        notebook.page.mouse.click(5, 5)  # no cell is selected
        whole = notebook.screenshot()
        return whole.crop(_box(notebook, whole.width))


def _box(notebook: Notebook, width: int) -> tuple[int, int, int, int]:
    """Return the place of the cells in a screenshot of this width, in its pixels."""
    found = notebook.page.evaluate(_TABLE)
    scale = width / notebook.page.viewport_size["width"]
    left, top = found["x"] * scale, found["y"] * scale
    return (
        round(left),
        round(top),
        round(left + found["width"] * scale),
        round(top + found["height"] * scale),
    )


if __name__ == "__main__":
    main()
