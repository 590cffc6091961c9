"""High dynamic range on a standard screen: tone mapping by reference white.

SMPTE ST 2094-50 as browsers apply it to still pictures: everything up to reference white
(203 cd/m², ITU-R BT.2408) keeps its proportions, highlights are rolled off above it.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgdisplay.core.color.icc import (
    BT2020_PRIMARIES,
    SRGB_PRIMARIES,
    Matrix,
    Primaries,
    inverse,
    multiply,
    rgb_to_xyz,
)

__all__ = ["tone_mapped"]

Pixels: TypeAlias = NDArray[np.float64]

REFERENCE_WHITE = 203.0
USUAL_PEAK = 1000.0


def tone_mapped(
    image: Image.Image, primaries: Primaries, *, is_pq: bool, peak: float | None
) -> Image.Image:
    """Return an HDR picture as sRGB.

    Parameters
    ----------
    image
        Mode L, LA, RGB or RGBA, encoded with PQ or HLG (ITU-R BT.2100).
    primaries
        Of its RGB.
    is_pq
        PQ if true, else HLG.
    peak
        Brightest light in cd/m²; None if the file does not say.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    encoded = np.asarray(image.convert("RGB"), dtype=np.float64) / 255
    to_2020 = multiply(inverse(rgb_to_xyz(BT2020_PRIMARIES)), rgb_to_xyz(primaries))
    light = (_from_pq if is_pq else _from_hlg)(encoded)
    light = _roll_off(_times(light, to_2020), (peak or USUAL_PEAK) / REFERENCE_WHITE)
    to_srgb = multiply(inverse(rgb_to_xyz(SRGB_PRIMARIES)), rgb_to_xyz(BT2020_PRIMARIES))
    linear = np.clip(_times(light, to_srgb), 0, 1)
    shown = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    result = Image.fromarray(np.round(shown * 255).astype(np.uint8))
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _times(pixels: Pixels, matrix: Matrix) -> Pixels:
    product: Pixels = pixels @ np.asarray(matrix).T
    return product


def _from_pq(encoded: Pixels) -> Pixels:
    """Return light relative to reference white (SMPTE ST 2084)."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = encoded ** (1 / m2)
    light: Pixels = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return light * (10_000 / REFERENCE_WHITE)


def _from_hlg(encoded: Pixels) -> Pixels:
    """Return light relative to reference white on a display of 1000 cd/m² (BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    luma = scene @ np.array([0.2627, 0.6780, 0.0593])
    display: Pixels = scene * luma[..., None] ** 0.2
    return display * (USUAL_PEAK / REFERENCE_WHITE)


def _roll_off(light: Pixels, peak: float) -> Pixels:
    """Scale each pixel so that its largest component fits between 0 and 1."""
    if peak <= 1:
        return light
    headroom = min(math.log2(peak) / math.log2(USUAL_PEAK / REFERENCE_WHITE), 1.0)
    white = 1 - 0.5 * headroom
    # A quadratic Bézier curve from (1, white) to (peak, 1) in (light in, light out).
    middle = (0.35 + 0.65 / white, 0.35 * white + 0.65)
    t = np.linspace(0, 1, 512)
    curve_in = (1 - t) ** 2 + 2 * t * (1 - t) * middle[0] + t**2 * peak
    curve_out = (1 - t) ** 2 * white + 2 * t * (1 - t) * middle[1] + t**2
    largest: Any = light.max(axis=-1, keepdims=True)
    out = np.where(largest <= 1, largest * white, np.interp(largest, curve_in, curve_out))
    scaled: Pixels = light * (out / np.maximum(largest, 1e-12))
    return scaled
