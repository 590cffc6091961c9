"""Files that ask for too much are refused, or shown, with little time and memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from zoo.bombs import BOMBS, jpeg2000_of_tiny_tiles, jpeg_of_scans, png_of_179_megapixels

SECONDS = 4 if "PYTEST_XDIST_WORKER" in os.environ else 2
"""Two on a core of one's own; what other workers do beside us on the same core costs us time."""

MEGABYTES = 600

PEAK = """
    def peak():
        # Not ru_maxrss: a process begins with that of the one that started it.
        with open("/proc/self/status") as status:
            return int(status.read().partition("VmHWM:")[2].split()[0]) / 1000
"""

MEASURE = (
    PEAK
    + """
    import json, resource, sys
    import imgdisplay
    from PIL import Image

    shown = imgdisplay.gallery([Image.new("RGB", (64, 64))])  # what is loaded once does not count
    said = []
    for animate in (False, True):
        before = resource.getrusage(resource.RUSAGE_SELF)
        shown = imgdisplay.gallery([sys.argv[1]], animate=animate, cache=False)
        after = resource.getrusage(resource.RUSAGE_SELF)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        said.append({"seconds": seconds, "megabytes": peak(), "html": shown})
    print(json.dumps(said))
"""
)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_shown_within_the_limits_still_and_moving(
    name: str, tmp_path: Path, python: Callable[..., str]
) -> None:
    file = tmp_path / "bomb.png"  # the suffix counts for nothing
    file.write_bytes(BOMBS[name]())

    both = json.loads(python(MEASURE, file, seconds=120))

    assert len(both) == 2
    for said in both:
        # The time of the processor: that of the wall is also other processes'.
        assert said["seconds"] < SECONDS
        assert said["megabytes"] < MEGABYTES
        assert "<img" in said["html"]


class TestTheyAreBombs:
    """What some of them take when nobody looks at them first."""

    UNPROTECTED = (
        PEAK
        + """
    import sys, time
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(sys.argv[1]) as image:
        try:
            image.load()
        except OSError:  # at the end of what there is of it
            pass
    print(time.process_time(), peak())
"""
    )

    def test_a_megabyte_of_scans_takes_minutes_of_seconds(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        file = tmp_path / "bomb.jpg"
        file.write_bytes(jpeg_of_scans(100))
        few = float(python(self.UNPROTECTED, file).split()[0])
        file.write_bytes(jpeg_of_scans(900))
        many = float(python(self.UNPROTECTED, file).split()[0])

        each = (many - few) / 800
        assert 57_000 * each > 10 * SECONDS
        assert len(BOMBS["jpeg_of_57000_scans"]()) < 1_000_000

    def test_two_hundred_bytes_of_tiles_take_more_memory_than_is_allowed(
        self, tmp_path: Path, python: Callable[..., str]
    ) -> None:
        file = tmp_path / "bomb.j2k"
        file.write_bytes(jpeg2000_of_tiny_tiles())

        assert file.stat().st_size < 200
        assert float(python(self.UNPROTECTED, file).split()[1]) > MEGABYTES

    def test_half_a_megabyte_of_png_is_half_a_gigabyte_of_pixels(self) -> None:
        data = png_of_179_megapixels()
        width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))

        assert len(data) < 600_000
        assert 3 * width * height > 500_000_000
