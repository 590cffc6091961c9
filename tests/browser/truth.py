"""What a browser shows, what a thumbnail shows, and how far apart the two are.

Chromium draws the original, the product makes a thumbnail of it, and both are compared pixel by
pixel as CIEDE2000 colour differences on the same background. ``python -m tests.browser.truth``
prints the result class by class; words after it choose classes or names, ``--stand-in`` judges
the usual recipe instead of the product, ``--sheet=out.html`` shows all pairs.
"""

from __future__ import annotations

import base64
import io
import math
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

Colour = tuple[int, int, int]
Pixels = np.ndarray[Any, Any]

WHITE: Colour = (255, 255, 255)
SATURATED: Colour = (200, 30, 140)

#: The truth is an sRGB screen of ordinary density without a graphics card.
ARGUMENTS = [
    "--no-sandbox",
    "--force-color-profile=srgb",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-lcd-text",
    "--disable-dev-shm-usage",
]

#: Larger than every picture of the zoo that is drawn at its natural size.
NATURAL = 400
PAGE_WIDTH = 1600
PAGE_HEIGHT = 2400

MEDIAN_LIMIT = 1.0
MEAN_LIMIT = 1.0
P95_LIMIT = 3.0


def chromium() -> str | None:
    """Return the path of the installed browser, if there is one.

    The headless shell is the same engine without windows around it; a page of it is there in a
    third of the time.
    """
    return os.environ.get("IMGDISPLAY_CHROMIUM") or next(
        (
            found
            for name in (
                *("chromium-headless-shell", "chromium", "chromium-browser"),
                *("google-chrome", "chrome"),
            )
            if (found := shutil.which(name))
        ),
        None,
    )


@contextmanager
def launched() -> Iterator[Any]:
    """Start the browser for a script; tests use the fixture ``browser``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


# --------------------------------------------------------------------------- the browser's side


@dataclass(frozen=True)
class Draw:
    """One ``<img>``: a file, the background behind it, and the size it is drawn at.

    Without a size it is drawn at its natural one.
    """

    path: Path
    background: Colour = WHITE
    size: tuple[int, int] | None = None


@dataclass
class Drawn:
    """What the browser made of a `Draw`; `pixels` is None when it refuses the file."""

    natural: tuple[int, int]
    pixels: Pixels | None


_LOAD = """
async (urls) => {
  window.pictures = urls.map((url) => {
    const image = new Image();
    image.decoding = "sync";
    image.src = url;
    return image;
  });
  return Promise.all(window.pictures.map(async (image) => {
    try { await image.decode(); } catch (error) { return [0, 0]; }
    return [image.naturalWidth, image.naturalHeight];
  }));
}
"""

_PLACE = """
async (boxes) => {
  document.body.replaceChildren();
  for (const [index, left, top, width, height, background] of boxes) {
    const image = window.pictures[index];
    image.style.cssText = `position:absolute;left:${left}px;top:${top}px;` +
      `width:${width}px;height:${height}px;background:${background}`;
    document.body.append(image);
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}
"""


def draw(browser: Any, draws: Sequence[Draw]) -> list[Drawn]:
    """Have the browser draw every file, many to a page."""
    results: list[Drawn] = [Drawn((0, 0), None) for _ in draws]
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "stage.html"
        stage.write_text("<!doctype html><meta charset=utf-8><body style='margin:0'>")
        context = browser.new_context(
            viewport={"width": PAGE_WIDTH, "height": PAGE_HEIGHT}, device_scale_factor=1
        )
        try:
            page = context.new_page()
            page.goto(stage.as_uri())
            for start in range(0, len(draws), 120):
                part = draws[start : start + 120]
                naturals = page.evaluate(_LOAD, [d.path.absolute().as_uri() for d in part])
                for offset, natural in enumerate(naturals):
                    results[start + offset].natural = (natural[0], natural[1])
                _draw_pages(page, part, results[start : start + len(part)])
        finally:
            context.close()
    return results


def _draw_pages(page: Any, draws: Sequence[Draw], results: Sequence[Drawn]) -> None:
    boxes: list[tuple[int, int, int, int, int]] = []
    left = top = row = 0
    for index, (wish, result) in enumerate(zip(draws, results, strict=True)):
        if not result.natural[0]:
            continue
        width, height = wish.size or result.natural
        if left + width > PAGE_WIDTH:
            left, top, row = 0, top + row, 0
        if top + height > PAGE_HEIGHT:
            _shoot(page, draws, results, boxes)
            boxes, left, top, row = [], 0, 0, 0
        boxes.append((index, left, top, width, height))
        left, row = left + width, max(row, height)
    _shoot(page, draws, results, boxes)


def _shoot(
    page: Any,
    draws: Sequence[Draw],
    results: Sequence[Drawn],
    boxes: list[tuple[int, int, int, int, int]],
) -> None:
    if not boxes:
        return
    page.evaluate(
        _PLACE, [[*box, "rgb({},{},{})".format(*draws[box[0]].background)] for box in boxes]
    )
    height = max(top + height for _, _, top, _, height in boxes)
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": PAGE_WIDTH, "height": height})
    with Image.open(io.BytesIO(shot)) as image:
        sheet = np.asarray(image.convert("RGB"))
    for index, left, top, width, height in boxes:
        results[index].pixels = sheet[top : top + height, left : left + width].copy()


# --------------------------------------------------------------------------- the product's side


def over(data: bytes, background: Colour) -> Pixels:
    """Decode a thumbnail and lay it over a background as a page would."""
    with Image.open(io.BytesIO(data)) as image:
        rgba = np.asarray(image.convert("RGBA")).astype(np.float64)
    alpha = rgba[..., 3:] / 255
    mixed = rgba[..., :3] * alpha + np.array(background) * (1 - alpha)
    return np.rint(mixed).astype(np.uint8)


#: Takes a file and a box, gives the thumbnail's bytes.
Maker = Callable[[Path, int], bytes]


def product(path: Path, box: int) -> bytes:
    """Make the thumbnail that is judged."""
    import imgdisplay

    options: dict[str, Any] = {"size": (box, box), "format": "png"}
    return bytes(imgdisplay.thumbnail(path, **options).data)


def stand_in(path: Path, box: int) -> bytes:
    """Do what is usually done by hand, to see what the product adds."""
    from PIL import ImageOps

    with Image.open(path) as image:
        turned = ImageOps.exif_transpose(image).convert("RGBA")
    turned.thumbnail((box, box))
    out = io.BytesIO()
    turned.save(out, "PNG")
    return out.getvalue()


# --------------------------------------------------------------------------- measuring


def differences(one: Pixels, other: Pixels) -> Pixels:
    """Return the CIEDE2000 difference of each pixel; equal pixels cost nothing."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    both = np.concatenate([one, other], axis=2).reshape(-1, 6).astype(np.int64)
    result = np.zeros(len(both))
    unequal = np.flatnonzero((both[:, :3] != both[:, 3:]).any(axis=1))
    if len(unequal):
        keys = both[unequal] @ (256 ** np.arange(6, dtype=np.int64))
        distinct, first, back = np.unique(keys, return_index=True, return_inverse=True)
        pairs = both[unequal][first].astype(np.uint8).reshape(-1, 1, 6)
        delta = deltaE_ciede2000(rgb2lab(pairs[..., :3]), rgb2lab(pairs[..., 3:])).ravel()
        result[unequal] = delta[back]
        assert len(distinct) == len(delta)
    return result.reshape(one.shape[:2])


def blurred(pixels: Pixels, radius: int = 2) -> Pixels:
    """Smooth a shrunk picture: Chromium shrinks with mipmaps and the product with Lanczos."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.BoxBlur(radius)))


@dataclass
class Verdict:
    """How far one thumbnail is from what the browser draws."""

    name: str
    tags: tuple[str, ...]
    shrunk: bool = False
    refused: bool = False
    error: str = ""
    natural: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    median: float = math.inf
    mean: float = math.inf
    p95: float = math.inf
    worst: float = math.inf
    medians: list[float] = field(default_factory=list)

    @property
    def size_ok(self) -> bool:
        if self.shrunk:
            ideal = self.size[0] * self.natural[1] / max(1, self.natural[0])
            return abs(ideal - self.size[1]) <= 1
        return self.natural == self.size

    @property
    def near(self) -> bool:
        """Whether the median alone is within the limit."""
        return self.median < MEDIAN_LIMIT

    @property
    def good(self) -> bool:
        """Whether the colours are right and no part of the picture is wrong."""
        whole = self.mean < MEAN_LIMIT and self.p95 < P95_LIMIT
        return not self.error and self.size_ok and self.near and whole

    def __str__(self) -> str:
        if self.error:
            return f"{self.name}: {self.error} [{' '.join(self.tags)}]"
        size = "" if self.size_ok else f" size {self.size} instead of {self.natural}"
        return (
            f"{self.name}: median {self.median:.2f} mean {self.mean:.2f} p95 {self.p95:.2f} "
            f"max {self.worst:.1f}{size} [{' '.join(self.tags)}]"
        )


def measure(verdict: Verdict, pairs: Sequence[tuple[Pixels, Pixels]]) -> None:
    """Fill in the figures; of several backgrounds the worst counts."""
    verdict.median = verdict.mean = verdict.p95 = verdict.worst = 0.0
    for mine, truth in pairs:
        if mine.shape != truth.shape:
            fitted = Image.fromarray(mine).resize((truth.shape[1], truth.shape[0]))
            mine = np.asarray(fitted)
        if verdict.shrunk:
            mine, truth = blurred(mine), blurred(truth)
        delta = differences(mine, truth)
        median = float(np.median(delta))
        verdict.medians.append(median)
        verdict.median = max(verdict.median, median)
        verdict.mean = max(verdict.mean, float(delta.mean()))
        verdict.p95 = max(verdict.p95, float(np.percentile(delta, 95)))
        verdict.worst = max(verdict.worst, float(delta.max()))


def judge(browser: Any, cases: Sequence[Any], make: Maker = product) -> list[Verdict]:
    """Compare the thumbnail of each case with what the browser draws.

    A case that asks for it is measured a second time, shrunk.
    """
    draws: list[Draw] = []
    made: list[tuple[Verdict, bytes, list[int]]] = []
    for case in cases:
        for box in case.boxes if "large" in case.tags else [NATURAL, *case.boxes]:
            shrunk = box != NATURAL
            name = f"{case.name}@{box}" if shrunk else case.name
            verdict = Verdict(name, case.tags, shrunk=shrunk)
            data = b""
            size: tuple[int, int] | None = None
            try:
                data = make(case.path, box)
                with Image.open(io.BytesIO(data)) as image:
                    verdict.size = image.size
                size = verdict.size if shrunk else None
            except Exception as error:
                verdict.error = f"{type(error).__name__}: {str(error)[:80]}"
            backgrounds = [SATURATED, WHITE] if "alpha" in case.tags else [SATURATED]
            if shrunk and size is None:
                backgrounds = []
            indexes = []
            for background in backgrounds:
                indexes.append(len(draws))
                draws.append(Draw(case.reference or case.path, background, size))
            made.append((verdict, data, indexes))
    drawn = draw(browser, draws)
    for verdict, data, indexes in made:
        pairs = []
        for index in indexes:
            verdict.natural = drawn[index].natural
            truth = drawn[index].pixels
            if truth is None:
                verdict.refused = True
            elif not verdict.error:
                pairs.append((over(data, draws[index].background), truth))
        if pairs:
            measure(verdict, pairs)
    return [verdict for verdict, _, _ in made]


# --------------------------------------------------------------------------- the table


def share(verdicts: Sequence[Verdict]) -> float:
    """Return the share that is right, of those that the browser shows."""
    shown = [v for v in verdicts if not v.refused]
    return sum(v.good for v in shown) / max(1, len(shown))


def table(verdicts: Sequence[Verdict]) -> str:
    """Sum the verdicts up by class: number, shares, and the worst of it."""
    classes: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if not verdict.refused:
            for tag in verdict.tags:
                classes[tag].append(verdict)
            classes["(shrunk)" if verdict.shrunk else "(natural size)"].append(verdict)
            classes["(all)"].append(verdict)
    lines = [f"{'class':16} {'files':>5} {'right':>6} {'median<1':>8}  worst"]
    for tag in sorted(classes):
        members = classes[tag]
        near = sum(v.near and not v.error for v in members) / len(members)
        worst = max(members, key=lambda v: (not v.good, v.median, v.p95))
        figure = worst.error[:40] or f"{worst.median:.2f} (p95 {worst.p95:.2f})"
        lines.append(
            f"{tag:16} {len(members):5} {share(members):6.1%} {near:8.1%}  {worst.name} {figure}"
        )
    return "\n".join(lines)


def wrong(verdicts: Sequence[Verdict]) -> str:
    """List what is not within the limits, worst first."""
    bad = [v for v in verdicts if not v.good and not v.refused]
    bad.sort(key=lambda v: -v.median)
    return "\n".join(f"  {verdict}" for verdict in bad)


def sheet(browser: Any, cases: Sequence[Any], make: Maker, target: Path) -> None:
    """Write a page with each case's original beside its thumbnail, to be looked at."""
    rows = []
    for case in cases:
        kind = {".jpg": "jpeg", ".ico": "x-icon", ".cur": "x-icon"}
        shown = case.reference or case.path
        suffix = shown.suffix
        left = base64.b64encode(shown.read_bytes()).decode()
        try:
            right = base64.b64encode(make(case.path, NATURAL)).decode()
        except Exception as error:
            right = ""
            case_note = f"{type(error).__name__}"
        else:
            case_note = ""
        rows.append(
            f"<tr><td>{case.name} {case_note}<td><img src='data:image/"
            f"{kind.get(suffix, suffix[1:])};base64,{left}'>"
            f"<td><img src='data:image/png;base64,{right}'>"
        )
    target.write_text(
        "<!doctype html><meta charset=utf-8><style>img{background:rgb(200,30,140)}</style><table>"
        + "\n".join(rows)
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table; ``--stand-in`` judges the usual recipe, other words choose classes."""
    from truth_zoo import zoo

    make = stand_in if "--stand-in" in arguments else product
    wanted = {word for word in arguments if not word.startswith("-")}
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        start = time.perf_counter()
        cases = zoo(Path(folder))
        built = time.perf_counter()
        if wanted:
            cases = [
                case
                for case in cases
                if wanted & {*case.tags} or any(w in case.name for w in wanted)
            ]
        verdicts = judge(browser, cases, make)
        judged = time.perf_counter()
        for argument in arguments:
            if argument.startswith("--sheet="):
                sheet(browser, cases, make, Path(argument.partition("=")[2]))
    print(table(verdicts))
    print("\nnot right:")
    print(wrong(verdicts))
    refused = [v.name for v in verdicts if v.refused]
    print(f"\nrefused by the browser ({len(refused)}): {' '.join(refused)}")
    print(f"\n{len(cases)} files; made in {built - start:.1f} s, judged in {judged - built:.1f} s")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
