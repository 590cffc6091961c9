"""What `imgdisplay` is measured against: the recipe everybody copies, and the decoder's floor."""

from __future__ import annotations

import base64
import functools
import importlib.util
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["blank", "careful", "floor", "missing", "naive", "vips"]


def missing(package: str) -> str:
    """Return why a peer cannot be measured here, or "" if it can."""
    if importlib.util.find_spec(package) is None:
        return f"{package} is not installed (the extra 'bench')"
    return ""


def naive(value: Path | NDArray[Any], box: int) -> bytes:
    """Return base64 text by the recipe: open, `thumbnail`, save as JPEG.

    Arrays are normalised first; tiny ones are saved as PNG, enlarged as they would be seen.
    """
    if isinstance(value, Path):
        picture: Image.Image = Image.open(value)
    else:
        picture = Image.fromarray(_normalised(value))
        if max(picture.size) <= 32:
            factor = box // max(picture.size)
            picture = picture.resize(
                (picture.width * factor, picture.height * factor), Image.Resampling.NEAREST
            )
            return _base64(picture, "PNG")
    picture.thumbnail((box, box), Image.Resampling.LANCZOS)
    if picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    return _base64(picture, "JPEG")


def careful(path: Path, box: int) -> bytes:
    """Return base64 text by the recipe that turns the whole picture upright first."""
    picture = ImageOps.exif_transpose(Image.open(path))
    picture.thumbnail((box, box), Image.Resampling.LANCZOS)
    return _base64(picture, "JPEG")


def _base64(picture: Image.Image, format_: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format_)
    return base64.b64encode(buffer.getvalue())


def _normalised(values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim == 3 and values.shape[0] == 3:
        values = values.transpose(1, 2, 0)
    if values.dtype == np.uint8:
        return values
    low, high = values.min(), values.max()
    return ((values - low) / (high - low) * 255).astype(np.uint8)


def vips(path: Path, box: int) -> bytes:
    """Return base64 text of libvips' thumbnail."""
    import pyvips

    pyvips.cache_set_max(0)  # or every further round would be a lookup
    picture = pyvips.Image.thumbnail(str(path), box, height=box, no_rotate=False)
    if picture.hasalpha():
        picture = picture.flatten(background=[255, 255, 255])
    return base64.b64encode(picture.write_to_buffer(".jpg[Q=75,strip]"))


def floor(path: Path) -> Callable[[], object] | None:
    """Return what decodes a JPEG at 1/8 with libjpeg-turbo and nothing else; None without it.

    It is a program of its own, whose start counts: subtract what it takes for `blank`.
    """
    program = shutil.which("djpeg")
    if program is None:
        return None
    command = [program, "-scale", "1/8", "-outfile", "/dev/null", str(path)]
    return lambda: subprocess.run(command, check=True)


@functools.cache
def blank(folder: Path) -> Path:
    """Return a JPEG file of next to no pixels."""
    path = folder / "blank.jpg"
    Image.new("RGB", (8, 8)).save(path, "JPEG")
    return path
