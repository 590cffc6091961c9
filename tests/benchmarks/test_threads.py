"""Many pictures on all cores, against one core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.sources import source

from imgdisplay.core import batch
from imgdisplay.drawing import draw
from imgdisplay.options import Options

KINDS = {"JPEG 12 Mpx": (8, 7), "JPEG 1200 px": (40, 15), "JPEG 300 px": (100, 15)}
"""How many pictures of a class, and how often."""


@pytest.mark.parametrize("kind", KINDS)
def test_all_cores_decode(
    kind: str, folder: Path, measure: Any, in_earnest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_earnest and kind == "JPEG 12 Mpx":
        pytest.skip("takes seconds; --benchmark-enable measures it")
    count, rounds = KINDS[kind]
    pictures = [Path(str(source(kind, folder).value)) for _ in range(count)]
    options = Options(size=128, scale=1, cache=False)
    cores = batch.cores()

    def on(workers: int) -> Callable[[], object]:
        def run() -> object:
            monkeypatch.setattr(batch, "cores", lambda: workers)
            return draw(pictures, options)

        return run

    row = f"{count} {kind} on {cores} cores"
    measure("threads", row, on(cores), {"one core": on(1)}, rounds=rounds)

    assert on(cores)() == on(1)()
