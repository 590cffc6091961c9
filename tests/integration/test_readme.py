"""The README's examples run, in order, as a reader would run them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import imgdisplay

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_every_python_example_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    program = "\n".join(block for block in blocks if not block.startswith("%"))
    names: dict[str, object] = {}
    exec(compile(program, "README.md", "exec"), names)
    assert str(names["uri"]).startswith("data:image/")
    assert str(names["html"]).count("<img") == 2
    assert (tmp_path / "report.html").stat().st_size > 1000


def test_the_options_in_the_readme_have_the_defaults_that_it_says():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", README, flags=re.MULTILINE)
    defaults = {option.name: option.default for option in dataclasses.fields(imgdisplay.Options)}
    assert len(rows) >= 8
    for name, said in rows:
        assert eval(said.strip("`")) == defaults[name], name
