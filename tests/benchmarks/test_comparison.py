"""What the README's table says of this package is what it does."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from benchmarks import comparison
from truth import chromium

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """The rows of the table: a question, and our answer."""
    text = README.read_text(encoding="utf-8")
    table = text.partition("<!-- comparison -->")[2].partition("<!-- /comparison -->")[0]
    rows = [re.findall(r"[^|]+", line) for line in table.strip().splitlines()[2:]]
    return {row[0].strip(): row[1].strip() for row in rows}


@pytest.mark.browser
def test_the_readme_says_of_us_what_is_measured(said, tmp_path, python):
    if chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium is installed")
    comparison.write_files(tmp_path)
    code = f"""
        import sys
        sys.path.insert(0, {str(Path(comparison.__file__).parent)!r})
        import comparison, json, pathlib, warnings
        warnings.simplefilter("default")
        print(json.dumps(comparison.answers(0, pathlib.Path({str(tmp_path)!r}))))
    """
    assert json.loads(python(code, seconds=250)) == said
