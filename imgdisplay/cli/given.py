"""What an argument FILE stands for: a file, standard input, or raw pixels in one of them."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import click

from imgdisplay.errors import DecodeError, SourceNotFound, SourceRefused, more_than, quote
from imgdisplay.options import Options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from imgdisplay.core.streams import Encoded

    _ParamType = click.ParamType[tuple[int, int, int]]
else:  # not generic in older versions of click
    _ParamType = click.ParamType

__all__ = ["STANDARD_INPUT", "RawShape", "raw_pixels", "source_of"]

STANDARD_INPUT = "standard input"


def source_of(file: str) -> str | Encoded:
    """Return the source that FILE names; ``-`` is standard input."""
    if file != "-":
        return file
    from imgdisplay.core.streams import Encoded

    return Encoded(stream=_standard_input(), name=STANDARD_INPUT)


class RawShape(_ParamType):
    """(width, height, channels), written ``WxH`` or ``WxHxC``."""

    name = "shape"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int]:
        if isinstance(value, tuple):
            return value
        read = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})(?:[x×]([1-4]))?", value)
        if read is None:
            self.fail(
                f"{value!r}: expected WIDTHxHEIGHTxCHANNELS, as in 640x480x3; channels are "
                "1 (grey), 2 (grey and opacity), 3 (RGB) or 4 (RGBA)",
                param,
                ctx,
            )
        return int(read[1]), int(read[2]), int(read[3] or 1)


def raw_pixels(file: str, shape: tuple[int, int, int], options: Options) -> NDArray[np.uint8]:
    """Return raw 8-bit pixels, row by row from the top, as an array H×W×C.

    Raises
    ------
    SourceError
        If there are more or fewer bytes than the shape needs.
    """
    import numpy as np

    width, height, channels = shape
    if width * height > options.max_pixels:
        raise SourceRefused(
            f"{width}x{height} pixels are {more_than('max_pixels', options.max_pixels)}"
        )
    wanted = width * height * channels
    if file == "-":
        data = _standard_input().read(wanted + 1)
    else:
        from imgdisplay.core.streams import Encoded, file_name

        any_size = replace(options, max_file_bytes=2**50)  # read is what the picture needs
        with Encoded(path=file, name=file_name(file)).open(any_size) as stream:
            data = stream.read(wanted + 1)
    if len(data) != wanted:
        name = STANDARD_INPUT if file == "-" else quote(file)
        has = f"{len(data):,}" if len(data) < wanted else "more"
        raise DecodeError(
            f"{name} has {has} bytes, and {width}x{height}x{channels} raw pixels are {wanted:,}; "
            "give --raw their true size"
        )
    return np.frombuffer(data, np.uint8).reshape(height, width, channels)


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:  # a service may be started without one
        raise SourceNotFound(f"{STANDARD_INPUT} is closed; give the name of a file")
    return sys.stdin.buffer
