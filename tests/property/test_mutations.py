"""Every generated file, cut, flipped and rearranged: a picture or a placeholder, and no more."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import PIL
import pytest
from truth_zoo import zoo
from zoo import elements
from zoo.files import SMALL, files
from zoo.invariants import assert_error_of_ours, assert_picture, assert_thumbnail, is_broken
from zoo.mutations import flipped, lying, mutations, rearranged, truncated, with_checksums

from imgdisplay import EncodeError, SourceError, Thumbnail, gallery, thumbnail

resource = pytest.importorskip("resource", reason="Windows does not say how full the memory was")

FEW_PIXELS = 2**21
"""The limit of pixels: a header that lies must cost no time."""

MEGABYTES = 600
"""What all of them together may add to the memory at its fullest."""

NAMES = sorted(files())
GOOD = files()["PNG"]

OLD_PILLOW = int(PIL.__version__.partition(".")[0]) < 12

UNREADABLE = ["TIFF YCbCr"] if OLD_PILLOW else []
"""What this Pillow writes and cannot read again."""


def seeded(name: str) -> random.Random:
    """Return the same numbers for the same name in every run."""
    return random.Random(f"mutations of {name}")


def shown(data: bytes, animate: bool) -> Thumbnail | None:
    """Return the thumbnail of a file; None if an error of ours says why not."""
    try:
        thumb = thumbnail(data, size=20, max_pixels=FEW_PIXELS, animate=animate)
    except (SourceError, EncodeError) as error:
        assert_error_of_ours(error)
        return None
    assert_thumbnail(thumb, (20, 20))
    return thumb


def memory_at_its_fullest() -> float:
    """Return megabytes."""
    kilobytes: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


@pytest.fixture(autouse=True)
def quiet_and_within_the_memory(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Hold that nothing is printed, and that the memory is never filled."""
    before = memory_at_its_fullest()
    yield
    assert capfd.readouterr().out == ""
    assert memory_at_its_fullest() - before < MEGABYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_file_is_a_picture_or_an_error_of_ours(name: str) -> None:
    for number, data in enumerate(mutations(files()[name], seeded(name))):
        shown(data, animate=number % 4 == 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_file_costs_one_cell(name: str) -> None:
    whole = files()[name]
    data = list(islice(mutations(whole, seeded(name)), 0, None, 5))

    html = gallery([*data, whole, GOOD], size=20, max_pixels=FEW_PIXELS)

    images = [tag for tag in elements(html) if tag.name == "img"]
    assert len(images) == len(data) + 2
    for tag in images:
        assert_picture(tag)
    assert is_broken(images[-2]) == (name in UNREADABLE)
    assert not is_broken(images[-1])


def test_every_way_of_mutation_breaks_some_files_and_leaves_some_whole() -> None:
    ways: dict[str, Any] = {
        "cut": lambda data, source: list(truncated(data)),
        "flipped": lambda data, source: [flipped(data, source) for _ in range(3)],
        "rearranged": lambda data, source: list(rearranged(data)),
        "lying": lambda data, source: list(lying(data)),
    }
    for way, mutate in ways.items():
        outcomes = [
            shown(data, animate=False) is not None
            for name in NAMES[::3]
            for data in mutate(files()[name], seeded(name))
        ]
        assert 0 < sum(outcomes) < len(outcomes), way


def test_checksums_are_mended() -> None:
    data = files()["PNG RGB"]
    assert with_checksums(data) == data
    assert with_checksums(data[:20] + b"\1" + data[21:]) != data[:20] + b"\1" + data[21:]


LARGEST = 50_000
"""Bytes of the files of the browser's zoo that are mutated, unless there is time for all."""


def test_a_mutated_file_of_the_browsers_zoo_is_a_picture_or_an_error_of_ours(
    tmp_path: Path, thorough: bool
) -> None:
    if OLD_PILLOW:
        pytest.skip("Pillow 11 crashes when it is asked for a compression that it has not")
    outcomes: list[bool] = []
    for case in zoo(tmp_path):
        data = case.path.read_bytes()
        if thorough or len(data) <= LARGEST:
            found = _some_of(data, seeded(case.name), thorough)
            outcomes += [shown(broken, animate=False) is not None for broken in found]
    assert 0.05 < sum(outcomes) / len(outcomes) < 0.95
    assert len(outcomes) > 5000


def _some_of(data: bytes, source: random.Random, thorough: bool) -> Sequence[bytes]:
    found = list(mutations(data, source, flips=6))
    return found if thorough else source.sample(found, 6)


def test_the_files_are_of_every_format_and_small() -> None:
    assert len(NAMES) > 150
    assert {name.split()[0].split("-")[0] for name in NAMES} >= {
        *("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "ICO", "CUR", "PPM", "TGA", "QOI"),
        *("JPEG2000", "MPO"),
    }
    for data in files().values():
        assert len(data) < 40 * SMALL[0] * SMALL[1]
