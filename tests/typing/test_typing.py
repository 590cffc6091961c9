"""What type checkers say of programs that use the package."""

from __future__ import annotations

import json
import os
import re
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


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """Give the lines of each file in which mypy finds an error."""
    cache = tmp_path_factory.mktemp("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={cache}"]
    ended = subprocess.run(
        [*command, str(PROGRAM), str(MISTAKES)],
        cwd=cache,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"Found \d+ errors? in \d+ files? \(checked 2 source files\)", ended.stdout)
    lines: dict[str, list[int]] = {PROGRAM.name: [], MISTAKES.name: []}
    for name, line in re.findall(r"(\w+\.py):(\d+): error: ", ended.stdout):
        lines[name].append(int(line))
    return lines


@pytest.fixture(scope="module")
def pyright() -> dict[str, list[int]]:
    """Give the lines of each file in which pyright finds an error."""
    if shutil.which("node") is None:
        pytest.skip("pyright needs node")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    ended = subprocess.run(
        [*command, str(PROGRAM), str(MISTAKES)],
        cwd=HERE,
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if not ended.stdout.lstrip().startswith("{"):
        pytest.skip(f"pyright could not be installed by npm: {ended.stderr[-200:]}")
    said = json.loads(ended.stdout)
    assert said["summary"]["filesAnalyzed"] == 2
    lines: dict[str, list[int]] = {PROGRAM.name: [], MISTAKES.name: []}
    for problem in said["generalDiagnostics"]:
        if problem["severity"] == "error":
            lines[Path(problem["file"]).name].append(problem["range"]["start"]["line"] + 1)
    return lines


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
class TestACheckerOfTypes:
    def test_finds_nothing_in_the_program(
        self, checker: str, request: pytest.FixtureRequest
    ) -> None:
        assert request.getfixturevalue(checker)[PROGRAM.name] == []

    def test_finds_every_mistake(self, checker: str, request: pytest.FixtureRequest) -> None:
        assert request.getfixturevalue(checker)[MISTAKES.name] == lines_of_mistakes()
