"""Thumbnails show what a browser shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import truth
from truth import Verdict
from truth_zoo import Case, zoo

pytestmark = pytest.mark.browser

#: So much of the zoo has to be right, exceptions included.
MIN_SHARE = 0.95

#: Files whose thumbnail is not what the browser draws, and why that is so. Each of them really
#: has to differ: what was mended must go from here.
_HALF = "Chromium draws tables from RGB to XYZ half as bright; the thumbnail is right"
_EIGHT = "Pillow gives eight of the ten bits, too few for high dynamic range at natural size"
EXCEPTIONS: dict[str, str] = {
    **dict.fromkeys(
        [f"icc-lut-xyz{end}" for end in (".png", ".jpg", ".webp", ".avif", ".tif")]
        + ["icc-lut-xyz-palette.png", "icc-lut-xyz-rgba.png"],
        _HALF,
    ),
    **dict.fromkeys(
        [f"turn{n}{end}.webp" for n in range(2, 9) for end in ("", "-rgba")]
        + ["exif-no-prefix.webp"],
        "Chromium shows WebP as it lies; we turn every format that carries an orientation",
    ),
    **dict.fromkeys(
        ["rle8-ends-early.bmp", "rgb30.bmp", "rgba4444.bmp"],
        "Pillow cannot read the file: a placeholder",
    ),
    "rle8-delta.bmp": "Pillow gives skipped pixels the first colour, browsers leave them out",
    "no-palette.gif": "Pillow invents a grey palette, browsers draw black",
    "exif-padding-byte.jpg": "Pillow drops an EXIF segment with a wrong padding byte",
    "rgb16-key.png": "Pillow compares the transparent colour in 8 bits, browsers in 16",
    "apng-offset-over.png": "Pillow composes the first frame on the default image",
    "icc-twice.jpg": "Pillow mixes the segments of two profiles",
    **dict.fromkeys(
        ["odd-break-below-zero.jpg", "odd-break-below-zero.png"],
        "Chromium ignores a curve that other colour engines understand",
    ),
    "ten-pq.avif": _EIGHT,
    "ten-hlg.avif": _EIGHT,
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def verdicts(browser: Any, cases: list[Case]) -> list[Verdict]:
    return truth.judge(browser, cases)


def expected(verdicts: Sequence[Verdict], *tags: str) -> list[Verdict]:
    """Return what the browser draws and no exception covers, of the given classes."""
    return [
        verdict
        for verdict in verdicts
        if not verdict.refused
        and verdict.name.partition("@")[0] not in EXCEPTIONS
        and (not tags or set(tags) & set(verdict.tags))
    ]


def none_wrong(verdicts: Sequence[Verdict]) -> None:
    if any(not verdict.good for verdict in verdicts):
        pytest.fail(f"not what the browser draws:\n{truth.wrong(verdicts)}", pytrace=False)


def test_the_zoo_is_large_and_varied(cases: list[Case]) -> None:
    assert len(cases) >= 400
    formats = {case.path.suffix for case in cases}
    assert formats >= {".png", ".jpg", ".webp", ".avif", ".gif", ".bmp", ".ico", ".cur", ".tif"}
    assert len({tag for case in cases for tag in case.tags}) >= 25


def test_the_browser_draws_nearly_all_of_it(verdicts: list[Verdict]) -> None:
    refused = [verdict.name for verdict in verdicts if verdict.refused]
    assert len(refused) <= 0.02 * len(verdicts), refused


def test_the_measure_sees_faults(browser: Any, cases: list[Case]) -> None:
    """The recipe that everybody copies must do badly, or the zoo is too tame."""
    some = [case for case in cases if {"icc", "gamma", "hdr"} & set(case.tags)][::8]
    recipe = truth.judge(browser, some, truth.stand_in)
    assert truth.share(recipe) < 0.6


def test_equal_pixels_do_not_differ() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert truth.differences(pixels, pixels).max() == 0
    other = pixels.copy()
    other[3, 4] = 255 - other[3, 4]
    delta = truth.differences(pixels, other)
    assert np.flatnonzero(delta).tolist() == [3 * 30 + 4]


def test_thumbnails_show_what_the_browser_shows(
    verdicts: list[Verdict], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    share = truth.share(verdicts)
    record_property("share", share)
    record_property("not_right", truth.wrong(verdicts))
    if share < MIN_SHARE:
        with capsys.disabled():
            print(f"\n{truth.table(verdicts)}\n\nnot right:\n{truth.wrong(verdicts)}")
        pytest.fail(f"only {share:.1%} are right", pytrace=False)


def test_all_but_the_exceptions_are_right(verdicts: list[Verdict]) -> None:
    none_wrong(expected(verdicts))


def test_the_exceptions_are_still_needed(verdicts: list[Verdict]) -> None:
    names = {verdict.name for verdict in verdicts}
    assert set(EXCEPTIONS) <= names
    mended = [verdict.name for verdict in verdicts if verdict.name in EXCEPTIONS and verdict.good]
    assert not mended, "these are right now and no exceptions any more"


@pytest.mark.parametrize(
    "fault",
    [
        "orientation",
        "icc",
        "alpha",
        "depth16",
        "gamma",
        "cicp",
        "hdr",
        "cmyk",
        "gif",
        "apng",
        "ico",
    ],
)
def test_every_file_of_a_class_is_right(verdicts: list[Verdict], fault: str) -> None:
    members = expected(verdicts, fault)
    assert members
    none_wrong(members)


@pytest.mark.parametrize("shrunk", [False, True])
def test_natural_size_and_shrunk(verdicts: list[Verdict], shrunk: bool) -> None:
    members = [verdict for verdict in expected(verdicts) if verdict.shrunk == shrunk]
    assert members
    assert float(np.median([verdict.median for verdict in members])) < (0.5 if shrunk else 0.1)
    assert truth.share(members) >= MIN_SHARE


def test_sizes_are_the_browsers(verdicts: list[Verdict]) -> None:
    none_wrong([v for v in expected(verdicts) if not v.error and not v.size_ok])
