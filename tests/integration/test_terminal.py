"""Nothing is written on the terminal: neither by Python nor by the libraries of decoders."""

from __future__ import annotations

import contextlib
import io
import os
import random
import struct
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo.bombs import BOMBS
from zoo.images import FORMATS, animation, encoded, photograph, written

import imgdisplay
from imgdisplay.core.formats import chatter

PHOTO = photograph("chelsea")
COMPRESSIONS = ["tiff_lzw", "tiff_deflate", "packbits", "jpeg", "group4", "tiff_ccitt"]


def broken_tiffs(compression: str) -> Iterator[bytes]:
    """Yield TIFF files that libtiff has something to say about."""
    mode = "1" if compression in ("group4", "tiff_ccitt") else "RGB"
    data = encoded(PHOTO.convert(mode), "TIFF", compression=compression)
    chance = random.Random(compression)
    for _ in range(30):
        broken = bytearray(data)
        for _ in range(20):
            broken[chance.randrange(200, len(broken))] = chance.randrange(256)
        yield bytes(broken)


def show(data: bytes) -> None:
    """Show a picture in this process, or not."""
    imgdisplay.gallery([data], cache=False, isolate=False)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_libtiff_is_silent(compression: str, capfd: pytest.CaptureFixture[str]) -> None:
    for data in broken_tiffs(compression):
        show(data)

    assert capfd.readouterr() == ("", "")


def test_libtiff_speaks_to_others_as_before(capfd: pytest.CaptureFixture[str]) -> None:
    files = list(broken_tiffs("tiff_lzw"))
    for data in files:
        show(data)
    assert capfd.readouterr().err == ""

    for data in files:
        with contextlib.suppress(OSError), Image.open(io.BytesIO(data)) as image:
            image.load()

    assert capfd.readouterr().err != ""


def test_libtiff_is_silent_until_the_last_one_is_done() -> None:
    exchange = chatter._exchange()

    def function() -> object:
        current = exchange(None)
        exchange(current)
        return current

    before = function()
    first, second = chatter.silent_libtiff(), chatter.silent_libtiff()
    first.__enter__()
    second.__enter__()
    assert function() is None
    first.__exit__(None, None, None)
    assert function() is None
    second.__exit__(None, None, None)

    assert before is not None
    assert function() == before


def test_what_pillow_logs_of_broken_files_is_not_printed(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    samples = struct.pack("<HHIHH", 277, 3, 1, 3, 0)  # tag, SHORT, one, of three samples
    data = encoded(PHOTO, "TIFF")
    assert samples in data
    of_16 = data.replace(samples, struct.pack("<HHIHH", 277, 3, 1, 16, 0))

    show(of_16)

    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    with contextlib.suppress(OSError, SyntaxError):
        Image.open(io.BytesIO(of_16))
    assert "More samples per pixel" in caplog.text, "others hear it as before"


@pytest.mark.parametrize("format_", FORMATS, ids=str)
def test_nothing_is_said_of_broken_files(
    format_: object, capfd: pytest.CaptureFixture[str]
) -> None:
    data, _ = written(format_)  # type: ignore[arg-type]
    chance = random.Random(str(format_))
    for tenth in range(10):
        show(data[: len(data) * tenth // 10])
        broken = bytearray(data)
        for _ in range(5):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        show(bytes(broken))

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["jpeg_of_101_large_scans", "tiff_of_a_giant_tile"])
def test_nothing_is_said_of_bombs(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    show(BOMBS[name]())

    assert capfd.readouterr() == ("", "")


SOURCES: dict[str, Callable[[], object]] = {
    "large": lambda: encoded(Image.new("L", (9000, 5000))),
    "animation": lambda: animation("PNG"),
    "array of NaN": lambda: np.full((20, 30), np.nan),
    "array of complex numbers": lambda: np.zeros((20, 30), complex),
    "a text": lambda: "no picture",
    "a file that is not there": lambda: "/nowhere/a.png",
    "a folder": os.getcwd,
    "palette with transparency in bytes": lambda: encoded(
        PHOTO.quantize(16), transparency=bytes(16)
    ),
    "EXIF that is broken": lambda: encoded(PHOTO, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"),
    "a profile that is broken": lambda: encoded(PHOTO, icc_profile=b"x" * 200),
}


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_warned_of_and_nothing_printed(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    source = SOURCES[name]()

    # Warnings are errors in tests.
    imgdisplay.gallery([source] * 3, animate=True, cache=False)
    imgdisplay.table(pd.DataFrame({"a": [source] * 3}), "a", cache=False)
    imgdisplay.image_formatter(source)

    assert capfd.readouterr() == ("", "")


def test_what_is_missing_in_a_result_is_told_once_with_its_number() -> None:
    column = pd.Series([encoded(PHOTO), b"broken", "/nowhere/a.png", None], name="photo")

    with pytest.warns(UserWarning, match="2 of 3 pictures") as told:
        imgdisplay.encode_column(column)

    assert len(told) == 1
