"""What type checkers say of programs that use the package."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "program.py"
MISTAKES = HERE / "mistakes.py"


def lines_of_mistakes() -> list[int]:
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    return [
        number for number, line in enumerate(lines, start=1) if line.startswith("    imgdisplay.")
    ]


def test_the_program_runs(tmp_path: Path) -> None:
    said = runpy.run_path(str(PROGRAM))["main"](tmp_path)

    assert said[0].startswith("data:image/webp;base64,")
    assert (tmp_path / "report.html").is_file()


def mypy(file: Path, tmp_path: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", str(file)]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout


def test_mypy_finds_nothing_in_the_program(tmp_path: Path) -> None:
    assert "no issues found" in mypy(PROGRAM, tmp_path)


def test_mypy_finds_every_mistake(tmp_path: Path) -> None:
    said = mypy(MISTAKES, tmp_path).splitlines()
    found = [int(line.split(":")[1]) for line in said if ": error: " in line]

    assert found == lines_of_mistakes()


def pyright(file: Path) -> list[int]:
    """Return the lines in which pyright finds an error."""
    if shutil.which("node") is None:
        pytest.skip("pyright needs node")
    ended = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, file],
        cwd=HERE,
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if not ended.stdout.lstrip().startswith("{"):
        pytest.skip(f"pyright could not be installed by npm: {ended.stderr[-200:]}")
    problems = json.loads(ended.stdout[ended.stdout.index("{") :])["generalDiagnostics"]
    return [
        problem["range"]["start"]["line"] + 1
        for problem in problems
        if problem["severity"] == "error"
    ]


def test_pyright_finds_nothing_in_the_program() -> None:
    assert pyright(PROGRAM) == []


def test_pyright_finds_every_mistake() -> None:
    assert pyright(MISTAKES) == lines_of_mistakes()
