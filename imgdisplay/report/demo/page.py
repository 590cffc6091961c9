"""A page of pictures that are drawn here: what the package shows, without a file at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imgdisplay.core.html import Html, escape
from imgdisplay.report.demo import drawings
from imgdisplay.report.document import Report

__all__ = ["demo_report"]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A picture of the demo: its name, what it is given as, and what is done with it."""

    name: str
    source: Any
    given_as: str
    pixels: int
    done: str


def demo_report() -> Report:
    """Return the page that ``imgdisplay demo`` writes.

    Examples
    --------
    >>> page = demo_report()
    >>> page.pictures, [bad.reason.partition(":")[0] for bad in page.unreadable]
    (19, ['unreadable'])
    """
    import pandas as pd

    exhibits = _exhibits()
    frame = pd.DataFrame(
        {
            "picture": [exhibit.source for exhibit in exhibits],
            "name": [exhibit.name for exhibit in exhibits],
            "given as": [exhibit.given_as for exhibit in exhibits],
            "pixels": [exhibit.pixels for exhibit in exhibits],
            "what is done": [exhibit.done for exhibit in exhibits],
        }
    )
    return (
        Report(title="imgdisplay demo")
        .add(
            "Pictures where your data is. Everything here was drawn by the package itself; "
            "the code below each heading is what shows it. The page is one file that loads "
            "nothing, and it is complete where scripts do not run."
        )
        .add(
            frame,
            title="A table with pictures in its cells",
            caption=_code("report.add(frame)"),
        )
        .add(
            {exhibit.name: exhibit.source for exhibit in exhibits[:5]},
            title="A gallery",
            caption=_code('report.add({"Evening": image, "Morning": array, …}, size=200)'),
            size=200,
        )
        .add(
            drawings.moons(),
            title="Frames side by side",
            caption=_code("report.add(frames)  # an array of 7×96×96×3"),
        )
        .add(
            drawings.digits(),
            title="Tiny pictures, enlarged without blur",
            caption=_code("report.add(digits)  # an array of 6×28×28"),
        )
    )


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")


def _exhibits() -> list[Exhibit]:
    rows: list[tuple[str, Any, str, int, str]] = [
        ("Evening", drawings.evening(), "PIL image, RGB", 540_000, "shrunk, written as JPEG"),
        ("Morning", drawings.morning(), "uint8 array 600×900×3", 540_000, "the same"),
        ("Night", drawings.night(), "bytes of a WebP file", 540_000, "decoded from memory"),
        (
            "Lighthouse",
            drawings.tower(),
            "JPEG with an EXIF orientation",
            240_000,
            "turned upright, once",
        ),
        (
            "Plasma",
            drawings.plasma(),
            "float32 array 320×480×3",
            153_600,
            "0 is black and 1 is white, not 255",
        ),
        (
            "Terrain",
            drawings.terrain(),
            "uint16 array 360×540",
            194_400,
            "12 of its 16 bits are in use; 4095 is white",
        ),
        (
            "Sea",
            drawings.sea(),
            "float32 array with NaN",
            86_400,
            "stretched from minimum to maximum; NaN is magenta",
        ),
        (
            "Petals",
            drawings.logo(),
            "PIL image, RGBA",
            102_400,
            "stays transparent, on a checkerboard",
        ),
        ("Inks", drawings.inks(), "PIL image, CMYK", 324_000, "converted to RGB"),
        (
            "Rocket",
            drawings.rocket(),
            "PIL image, P (palette)",
            256,
            "enlarged by a whole factor, unsmoothed",
        ),
        ("Seven", drawings.digits()[4], "uint8 array 28×28", 784, "the same"),
        (
            "Lost",
            drawings.truncated(),
            "the first third of a JPEG file",
            60_000,
            "a placeholder; its title says why",
        ),
    ]
    return [Exhibit(*row) for row in rows]
