"""Times taken in turns, and how alike two pictures look."""

from __future__ import annotations

import gc
import io
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

__all__ = ["likeness", "likeness_of_pixels", "medians"]


def medians(runs: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each run; they take turns, so that all share every weather.

    Runs below ten milliseconds are repeated within their turn, as they are in a table: alone, they
    would be measured with the caches that another program has just filled.
    """
    repeats = {name: _repeats(run) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    gc.collect()
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                run()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(taken) for name, taken in times.items()}


def _repeats(run: Callable[[], Any]) -> int:
    run()
    start = time.perf_counter()
    run()
    return max(1, int(0.01 / max(time.perf_counter() - start, 1e-6)))


def likeness(data: bytes, seen: Image.Image) -> float:
    """Return the SSIM of an encoded thumbnail to a full-quality reduction of what it shows."""
    with Image.open(io.BytesIO(data)) as thumbnail:
        shown = thumbnail.convert("RGBA")
    white = Image.new("RGBA", shown.size, "white")
    return likeness_of_pixels(Image.alpha_composite(white, shown).convert("RGB"), seen)


def likeness_of_pixels(shown: Image.Image, seen: Image.Image) -> float:
    """Return the SSIM of pixels to a full-quality reduction of what they show."""
    if shown.size[0] > seen.size[0]:
        wanted = seen.resize(shown.size, Image.Resampling.NEAREST)
    else:
        wanted = seen.resize(shown.size, Image.Resampling.LANCZOS)
    return float(
        structural_similarity(np.asarray(shown.convert("RGB")), np.asarray(wanted), channel_axis=2)
    )
