"""Photographs at any size, made of those that scikit-image and scikit-learn carry with them."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import skimage
import sklearn.datasets
from PIL import Image

__all__ = ["NAMES", "photograph", "screenshot"]

_SKIMAGE = Path(skimage.__file__).parent / "data"
_SKLEARN = Path(sklearn.datasets.__file__).parent / "images"

_FILES = {
    "china": _SKLEARN / "china.jpg",
    "flower": _SKLEARN / "flower.jpg",
    "astronaut": _SKIMAGE / "astronaut.png",
    "coffee": _SKIMAGE / "coffee.png",
    "cat": _SKIMAGE / "chelsea.png",
    "rocket": _SKIMAGE / "rocket.jpg",
    "street": _SKIMAGE / "motorcycle_left.png",
    "tissue": _SKIMAGE / "ihc.png",
    "stars": _SKIMAGE / "hubble_deep_field.jpg",
}
NAMES = tuple(_FILES)

_GRAIN = 5.0
"""Standard deviation of a camera's noise: without it, enlarged photographs compress too well."""


@functools.cache
def photograph(width: int, height: int, name: str = "china") -> Image.Image:
    """Return a photograph cut to this aspect ratio, scaled, and with grain where enlarged."""
    with Image.open(_FILES[name]) as original:
        picture = original.convert("RGB")
    picture.info = {}  # what they say about their colours does not hold for these pixels
    ratio = min(picture.width / width, picture.height / height)
    left = max(0.0, (picture.width - width * ratio) / 2)
    top = max(0.0, (picture.height - height * ratio) / 2)
    box = (left, top, picture.width - left, picture.height - top)
    scaled = picture.resize((width, height), Image.Resampling.BICUBIC, box=box)
    if ratio >= 1:
        return scaled
    tile = np.random.default_rng(7).normal(0, _GRAIN, (512, 512, 3)).astype(np.float32)
    times = (-(-height // 512), -(-width // 512), 1)
    grain = np.tile(tile, times)[:height, :width]
    return Image.fromarray(np.clip(np.asarray(scaled) + grain, 0, 255).astype(np.uint8))


@functools.cache
def screenshot(width: int, height: int) -> Image.Image:
    """Return a page of text beside a photograph and flat areas, as on a screen."""
    with Image.open(_SKIMAGE / "page.png") as original:
        page = original.convert("RGB")
    screen = Image.new("RGB", (width, height), (245, 246, 248))
    for top in range(height // 12, height, page.height + 24):
        for left in range(width // 5, width, page.width + 24):
            screen.paste(page, (left, top))
    screen.paste((38, 50, 72), (0, 0, width, height // 14))
    screen.paste((230, 232, 238), (0, height // 14, width // 6, height))
    side = photograph(width // 3, height // 3, "coffee")
    screen.paste(side, (width - side.width - 16, height // 12))
    return screen
