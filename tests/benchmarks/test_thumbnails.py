"""One thumbnail of each class of sources, against the recipe, libvips and the decoder alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.measuring import likeness
from benchmarks.rivals import blank, careful, floor, missing, naive, vips
from benchmarks.sources import CLASSES, source

import imgdisplay

BOXES = (128, 256)

# The recipe leaves its files open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def naive_or_none(value: Any, box: int) -> bytes | None:
    """Return what the recipe writes, or None of what it cannot show."""
    try:
        return base64.b64decode(naive(value, box))
    except (OSError, ValueError):
        return None


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("name", CLASSES)
def test_a_thumbnail_looks_at_least_as_good_as_that_of_the_recipe(
    name: str, box: int, folder: Path, measure: Any, in_earnest: bool
) -> None:
    if box != BOXES[0] and not in_earnest:
        pytest.skip("one size will do; --benchmark-enable measures both")
    made = source(name, folder)

    def ours(**options: Any) -> imgdisplay.Thumbnail:
        return imgdisplay.thumbnail(made.value, size=box, scale=1, cache=False, **options)

    plain = naive_or_none(made.value, box)
    rivals: dict[str, Callable[[], object]] = {}
    if plain is not None:
        rivals["naive"] = lambda: naive(made.value, box)
    if isinstance(made.value, Path):
        path = made.value
        if "turned" in name:
            rivals["upright first"] = lambda: careful(path, box)
        if not missing("pyvips") and path.suffix != ".jp2":  # which its wheel cannot read
            rivals["pyvips"] = lambda: vips(path, box)
        alone = floor(path)
        if path.suffix == ".jpg" and alone is not None:
            rivals["floor"] = alone
            rivals["blank"] = floor(blank(folder)) or alone
    thumb = ours()
    seen = likeness(thumb.data, made.seen)
    expected = 0.0 if plain is None else likeness(plain, made.seen)

    measure(
        "thumbnails",
        name,
        lambda: ours().base64,
        rivals,
        rounds=CLASSES[name].rounds,
        minus={"floor": "blank"},
        box=box,
        ssim=seen,
        ssim_naive=expected or None,
        bytes=len(thumb.data),
    )

    assert seen >= expected - 0.0005
    assert seen >= 0.9


def test_libvips_and_the_decoder_alone_are_there_to_be_measured() -> None:
    reasons = [missing("pyvips")]
    if floor(Path()) is None:
        reasons.append("djpeg is not installed (libjpeg-turbo-progs)")
    if any(reasons):
        pytest.skip("; ".join(filter(None, reasons)))
