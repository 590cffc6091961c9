"""What the first line of a notebook costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.sources import jpeg_file


def starting(code: str) -> Callable[[], object]:
    """Return what runs code in a fresh interpreter, which finds modules as they are compiled."""
    settings = {name: said for name, said in os.environ.items() if name != _COMPILING_ANEW}
    return lambda: subprocess.run([sys.executable, "-c", code], env=settings, check=True)


_COMPILING_ANEW = "PYTHONDONTWRITEBYTECODE"


def test_importing_costs_little_more_than_importing_pillow(measure: Any, in_earnest: bool) -> None:
    rivals = {"import PIL.Image": starting("import PIL.Image"), "nothing": starting("pass")}

    ratios = measure("start", "import imgdisplay", starting("import imgdisplay"), rivals, rounds=41)

    assert not in_earnest or ratios["import PIL.Image"] < 1.3


def test_the_first_thumbnail_comes_soon(folder: Path, measure: Any, in_earnest: bool) -> None:
    path = jpeg_file(folder, "first", 1200, 900, quality=80).value
    ours = f"import imgdisplay; imgdisplay.thumbnail({str(path)!r})"
    pillow = (
        f"from PIL import Image; import io; picture = Image.open({str(path)!r}); "
        "picture.thumbnail((163, 163)); picture.save(io.BytesIO(), 'JPEG')"
    )

    ratios = measure(
        "start", "first thumbnail", starting(ours), {"naive": starting(pillow)}, rounds=21
    )

    assert not in_earnest or ratios["naive"] < 4
