"""Which values of a column are pictures, when nobody said so.

A value is *clearly a picture* if its type or first bytes say so, or if it is text that names
an existing regular local file with the suffix of an image. In a column that holds such a
value, or that the caller named, values that *ought to be* pictures and cannot be opened become
placeholders; all other text stays text.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PIL import Image

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.decode import has_image_signature
from imgdisplay.core.paths import is_device, is_unc, open_path, path_from_file_url
from imgdisplay.core.sources import is_url, registered_loader
from imgdisplay.options import Options

if TYPE_CHECKING:
    import numpy as np

__all__ = ["is_large", "is_picture", "is_picture_alone", "not_opened", "pictures_of"]

SUFFIXES = frozenset(
    {".apng", ".avif", ".avifs", ".bmp", ".cur", ".dib", ".gif", ".heic", ".heif", ".ico"}
    | {".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jpx", ".mpo", ".pbm", ".pgm", ".png"}
    | {".pnm", ".ppm", ".qoi", ".tga", ".tif", ".tiff", ".webp"}
)
"""Suffixes by which text may name an image; what the file really is, its bytes say."""

_DEEPEST = 4
"""Lists within lists that are looked into; more is not a strip of pictures."""


def pictures_of(
    values: Sequence[object], options: Options, *, named: bool, known: bool = False
) -> list[bool]:
    """Tell which of one column's values are to be drawn.

    Parameters
    ----------
    values
        The visible values of the column, without missing ones.
    named
        The caller named the column: then everything in it is meant to be a picture.
    known
        Another part of the column holds what is clearly a picture.
    """
    if named:
        return [True] * len(values)
    if options.paths == "auto" and all(type(text) is str and _is_plain(text) for text in values):
        return [False] * len(values)  # most columns of text: every table pays for the question
    clear = [is_picture(value, options) for value in values]
    if not (known or any(clear)):
        return clear
    return [sure or _ought_to_be(value) for sure, value in zip(clear, values, strict=True)]


def not_opened(value: object, options: Options | None = None) -> str:
    """Return why a value that looks like the path of a picture was left as text, or ""."""
    if options is not None and (options.remote is not None or options.paths is False):
        return ""
    if not isinstance(value, str) or _is_plain(value) or not _has_suffix(value):
        return ""
    if is_url(value):
        return (
            "Some cells look like addresses of pictures. They are fetched only when you name "
            "their column, columns=…, or say remote=True."
        )
    if is_unc(value) and value.startswith("\\"):
        return (
            "Some cells look like pictures on other machines. They are opened only when you "
            "name their column, columns=…, or say remote=True."
        )
    return ""


def is_picture(value: object, options: Options, depth: int = 0) -> bool:
    """Tell whether a value is clearly a picture; nothing is decoded for it."""
    if isinstance(value, Image.Image):
        return True
    if isinstance(value, str):
        return _is_picture_text(value, options)
    if isinstance(value, (int, float, complex, type)) or value is None:
        return False
    if isinstance(value, (bytes, bytearray, memoryview)):
        return has_image_signature(bytes(value[:32]))
    if hasattr(type(value), "__imgdisplay__") or registered_loader(type(value)) is not None:
        return True
    if isinstance(value, os.PathLike):
        return _names_local_picture(os.fsdecode(value))
    if isinstance(value, dict):
        return _is_picture_dict(value, options)
    if isinstance(value, (list, tuple)):
        return (
            len(value) > 0
            and depth < _DEEPEST
            and all(is_picture(item, options, depth + 1) for item in value[: options.max_images])
        )
    if _is_array(value):
        return options.arrays if options.arrays != "auto" else _is_picture_array(value)
    return _is_figure(value) or _draws_itself(value)


def is_large(source: object) -> bool:
    """Tell, at a glance and without reading it, that a source takes milliseconds to draw."""
    kind = type(source)  # which is there even if the object behind a weak proxy is not
    if issubclass(kind, (str, Path)):
        return (_local_picture_bytes(os.fspath(cast("str | Path", source))) or 0) >= _LARGE_FILE
    if issubclass(kind, bytes):
        return len(cast("bytes", source)) >= _LARGE_FILE
    arrays = getattr(sys.modules.get("numpy"), "ndarray", ())
    return issubclass(kind, arrays) and cast("np.ndarray[Any, Any]", source).nbytes >= _LARGE_ARRAY


_LARGE_FILE, _LARGE_ARRAY = 2**18, 2**24
"""Bytes: a JPEG of 1 Mpx or a PNG of less; an array of 4 Mpx."""


def _is_plain(text: str) -> bool:
    """Tell at a glance that a text is no data URI, no address and has no image's suffix."""
    return ":" not in text and "." not in text[-_LONGEST_SUFFIX:]


_LONGEST_SUFFIX = max(map(len, SUFFIXES))


def _is_picture_text(text: str, options: Options) -> bool:
    if is_data_uri(text):
        head = text[:64].lower()
        return head.startswith("data:image/") and not head.startswith("data:image/svg")
    if options.paths != "auto":
        return options.paths
    if options.remote and is_url(text) and text[:5].lower() != "file:":
        return _has_suffix(text)
    return _names_local_picture(text)


def _names_local_picture(text: str) -> bool:
    """Tell whether text names an existing regular local file with the suffix of an image."""
    return _local_picture_bytes(text) is not None


def _local_picture_bytes(text: str) -> int | None:
    """Return the size of the regular local file with an image's suffix that text names, if any."""
    if len(text) > 4096 or "\n" in text or "\0" in text or _suffix(text) not in SUFFIXES:
        return None
    path = text
    if text[:5].lower() == "file:":
        try:
            path = path_from_file_url(text, windows=os.name == "nt")
        except ValueError:
            return None
    elif is_url(text):
        return None
    if is_unc(path) and (os.name == "nt" or path.startswith("\\")):
        return None  # to ask whether it exists is to contact the other machine
    if os.name == "nt" and is_device(path):
        return None
    try:
        found = os.stat(open_path(path))
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _has_suffix(text: str) -> bool:
    """Tell whether a path or address, without its query, ends as the name of an image."""
    if len(text) > 4096 or "\n" in text:
        return False
    return _suffix(re.split("[?#]", text, maxsplit=1)[0] if is_url(text) else text) in SUFFIXES


def _suffix(text: str) -> str:
    name = text.rpartition("/")[2]
    return "." + name.rpartition(".")[2].lower() if "." in name else ""


def _is_picture_dict(parts: dict[Any, Any], options: Options) -> bool:
    if not parts or not parts.keys() <= {"bytes", "path"}:
        return False
    data, path = parts.get("bytes"), parts.get("path")
    return (isinstance(data, (bytes, bytearray, memoryview)) and is_picture(data, options)) or (
        isinstance(path, (str, os.PathLike)) and is_picture(path, options)
    )


def _is_picture_array(value: object) -> bool:
    """Tell whether an array is clearly a picture, and not a table of numbers.

    It must have two sides of 8 or more, and be of bytes, bools, 16-bit integers or floats;
    three axes must include one of 1, 3 or 4 channels.
    """
    shape, dtype = getattr(value, "shape", None), str(getattr(value, "dtype", ""))
    if shape is None or not isinstance(shape, tuple) or not 2 <= len(shape) <= 4:
        return False
    kind = dtype.rpartition(".")[2]  # "torch.uint8" and "uint8" alike
    if kind not in ("bool", "uint8", "uint16", "float16", "bfloat16", "float32", "float64"):
        return False
    sides = _sides(shape)
    return sides is not None and min(sides) >= 8


def is_picture_alone(value: object, options: Options) -> bool:
    """Tell whether an array that stands alone, outside of any table, is clearly a picture.

    More is asked of it than in a column: three or four channels, or a plane of bytes or bools
    with sides of 32 or more. A matrix of floats is a matrix.
    """
    if options.arrays != "auto" or not _is_picture_array(value):
        return options.arrays is True
    shape: tuple[int, ...] = getattr(value, "shape", ())
    kind = str(getattr(value, "dtype", "")).rpartition(".")[2]
    if len(shape) == 2:
        return kind in ("uint8", "bool") and min(shape) >= 32
    return len(shape) == 3 and (shape[-1] in (3, 4) or shape[0] in (3, 4))


def _sides(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) == 2:
        return shape[0], shape[1]
    if shape[-1] in (1, 3, 4):
        return shape[-3], shape[-2]
    if shape[-3] in (1, 3, 4):
        return shape[-2], shape[-1]
    return None


def _is_array(value: object) -> bool:
    return (
        _is_ndarray(value)
        or hasattr(type(value), "__dlpack__")
        or hasattr(type(value), "__array__")
    ) and not hasattr(value, "_repr_html_")  # data frames know better how they look


def _is_ndarray(value: object) -> bool:
    # Another thread may be in the middle of importing it: then there are no arrays yet.
    return isinstance(value, getattr(sys.modules.get("numpy"), "ndarray", ()))


def _is_figure(value: object) -> bool:
    return any(
        base.__name__ == "Figure" and base.__module__ == "matplotlib.figure"
        for base in type(value).__mro__
    )


def _draws_itself(value: object) -> bool:
    return callable(getattr(type(value), "_repr_png_", None)) or callable(
        getattr(type(value), "_repr_jpeg_", None)
    )


def _ought_to_be(value: object) -> bool:
    """Tell whether a value in a column of pictures is one that cannot be opened."""
    if isinstance(value, str):
        return is_data_uri(value) or _has_suffix(value)
    if isinstance(value, (os.PathLike, bytes, bytearray, memoryview)):
        return True
    return _is_ndarray(value)
