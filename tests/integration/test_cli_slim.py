"""`imgdisplay slim` writes a smaller notebook and says what it saved."""

from __future__ import annotations

import base64
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from imgdisplay.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["slim", *map(str, arguments)])


def b64(size: tuple[int, int]) -> str:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Give a notebook with a picture, a broken one, and one in HTML."""
    html = [f'<img src="data:image/png;base64,{b64((800, 600))}">\n', "<b>ü</b>"]
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": data}
        for data in ({"image/png": b64((1000, 500))}, {"image/png": "AAAA"}, {"text/html": html})
    ]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None}
    cell |= {"source": [], "outputs": outputs}
    path = tmp_path / "a.b.ipynb"
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return path


def sizes(path: Path) -> list[tuple[int, int]]:
    outputs = json.loads(path.read_text("utf-8"))["cells"][0]["outputs"]
    html = "".join(outputs[2]["data"]["text/html"])
    texts = [outputs[0]["data"]["image/png"], html.partition(",")[2].partition('"')[0]]
    return [Image.open(io.BytesIO(base64.b64decode(text))).size for text in texts]


class TestSlim:
    def test_writes_a_new_file_and_says_what_it_saved(self, notebook: Path) -> None:
        before = notebook.read_bytes()
        result = run(notebook)
        assert result.exit_code == 0
        target = notebook.with_name("a.b.slim.ipynb")
        assert result.stdout.startswith(f"{target}: 2 of 3 pictures shrunk, ")
        assert " became " in result.stdout
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith("imgdisplay: cell 1, output 2, image/png: left as it is: ")
        assert notebook.read_bytes() == before
        assert sizes(target) == [(512, 256), (512, 384)]

    def test_takes_a_size(self, notebook: Path) -> None:
        assert run(notebook, "--size", "100x20").exit_code == 0
        assert sizes(notebook.with_name("a.b.slim.ipynb")) == [(40, 20), (27, 20)]

    def test_replaces_the_notebook_when_it_is_told_to(self, notebook: Path) -> None:
        result = run(notebook, "--in-place")
        assert result.stdout.startswith(f"{notebook}: 2 of 3")
        assert sizes(notebook) == [(512, 256), (512, 384)]
        assert [path.name for path in notebook.parent.iterdir()] == ["a.b.ipynb"]
        once = notebook.read_bytes(), notebook.stat().st_mtime_ns
        assert "0 of 3" in run(notebook, "--in-place").stdout
        assert (notebook.read_bytes(), notebook.stat().st_mtime_ns) == once

    @pytest.mark.parametrize(
        ("budget", "most"),
        [("60000", 60_000), ("60kB", 60_000), ("0.06 MB", 60_000), ("60KiB", 61_440)],
    )
    def test_keeps_a_budget(self, notebook: Path, budget: str, most: int) -> None:
        assert run(notebook, "--max-bytes", budget).exit_code == 0
        size = notebook.with_name("a.b.slim.ipynb").stat().st_size
        assert most // 3 < size <= most

    def test_leaves_large_pictures_if_the_budget_is_kept(self, notebook: Path) -> None:
        result = run(notebook, "--max-bytes", "100MB")
        assert "0 of 3 pictures shrunk" in result.stdout
        assert notebook.with_name("a.b.slim.ipynb").read_bytes() == notebook.read_bytes()

    def test_answers_json_to_programs(self, notebook: Path) -> None:
        result = run(notebook, "--json")
        answer = json.loads(result.stdout)
        target = notebook.with_name("a.b.slim.ipynb")
        (note,) = answer.pop("notes")
        assert note.pop("reason")
        assert note == {"cell": 1, "output": 2, "mime": "image/png"}
        assert answer == {
            "file": str(target),
            "size": [512, 512],
            "pictures": 3,
            "shrunk": 2,
            "bytes_before": notebook.stat().st_size,
            "bytes_after": target.stat().st_size,
        }
        assert result.stderr == ""

    @pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
    @pytest.mark.parametrize("in_place", [True, False])
    def test_writes_what_may_be_read_by_the_same_people(
        self, notebook: Path, mode: int, in_place: bool
    ) -> None:
        notebook.chmod(mode)
        assert run(notebook, *["--in-place"] * in_place).exit_code == 0
        target = notebook if in_place else notebook.with_name("a.b.slim.ipynb")
        assert stat.S_IMODE(target.stat().st_mode) == mode


class TestMistakes:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("{}", "is not a notebook: expected a list of cells and nbformat 4"),
            ('{"cells": [', "is not a notebook: its JSON ends too early"),
            ("\x1b]0;x\x07", "is not a notebook"),
        ],
    )
    def test_end_in_one_line_and_leave_everything(
        self, content: str, said: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.ipynb"
        path.write_text(content)
        result = run(path)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.count("\n") == 1
        assert said in result.stderr
        assert "\x1b" not in result.stderr
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.ipynb"]

    def test_in_the_budget_are_told(self, notebook: Path) -> None:
        impossible = run(notebook, "--max-bytes", "100")
        assert impossible.exit_code == 2
        assert "within 100 bytes" in impossible.stderr
        assert run(notebook, "--max-bytes", "much").exit_code == 2

    def test_in_the_name_are_told(self, tmp_path: Path) -> None:
        result = run(tmp_path / "none.ipynb")
        assert result.exit_code == 1
        assert "no file" in result.stderr
        assert run(tmp_path).exit_code == 1
        assert run().exit_code == 2

    def test_of_the_limit_name_the_option(self, notebook: Path) -> None:
        result = run(notebook, "--max-file-bytes", 1000)
        assert result.exit_code == 1
        assert "raise it with --max-file-bytes" in result.stderr


def test_help_has_examples_and_says_what_stays() -> None:
    said = " ".join(run("--help").stdout.split())
    assert "imgdisplay slim analysis.ipynb --max-bytes 1MB" in said
    assert "attachments of Markdown cells" in said


def test_a_notebook_that_jupyter_wrote_is_still_one(notebook: Path, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    content = nbformat.read(notebook, as_version=4)
    nbformat.write(content, tmp_path / "written.ipynb")
    ended = subprocess.run(
        [sys.executable, "-m", "imgdisplay", "slim", "written.ipynb", "--in-place"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    slimmed = nbformat.read(tmp_path / "written.ipynb", as_version=4)
    assert sizes(tmp_path / "written.ipynb") == [(512, 256), (512, 384)]
    for cell in (content.cells[0], slimmed.cells[0]):
        for output in cell.outputs:
            output.data.clear()
    assert slimmed == content
