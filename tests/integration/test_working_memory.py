"""What ``max_memory`` counts is what decoding takes, by measurement."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from zoo.images import photograph

SIDE = 2600

MEASURE = """
    import json, sys
    from PIL import Image, ImageCms
    import imgdisplay
    from imgdisplay.core.decode import opened
    from imgdisplay.core.limits import working_memory
    from imgdisplay.core.streams import Encoded

    def peak():
        with open("/proc/self/status") as status:
            return int(status.read().partition("VmHWM:")[2].split()[0]) * 1024

    path, whole = sys.argv[1], sys.argv[2] == "whole"
    show = imgdisplay.open_image if whole else imgdisplay.thumbnail
    wide = {"max_memory": 2**40, "cache": False}
    with Image.open(path) as image:
        few = image.resize((64, 64), Image.Resampling.NEAREST)
    few.save("small", sys.argv[3], **json.loads(sys.argv[4]))
    show("small", **wide)  # what is loaded once does not count
    with opened(Encoded(path=path), imgdisplay.Options(**wide)) as (image, _):
        counted = working_memory(image, image.size, whole)
    del few, image
    before = peak()
    show(path, **wide)
    print(json.dumps([peak() - before, counted]))
"""


@functools.cache
def _picture(mode: str) -> Image.Image:
    if mode in ("I;16", "I", "F"):
        deep = np.asarray(photograph("camera", (SIDE, SIDE))).astype(np.uint16) * 250
        types = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
        return Image.fromarray(deep.astype(types[mode]))
    picture = photograph("chelsea", (SIDE, SIDE))
    return picture.quantize(32) if mode == "P" else picture.convert(mode)


KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("PNG", "1", {}),
    ("PNG", "L", {}),
    ("PNG", "P", {}),
    ("PNG", "P", {"transparency": 3}),
    ("PNG", "RGB", {}),
    ("PNG", "RGB", {"transparency": [1, 2, 3]}),
    ("PNG", "RGBA", {}),
    ("PNG", "LA", {}),
    ("PNG", "I;16", {}),
    ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
    ("JPEG", "CMYK", {"progressive": True}),
    ("GIF", "P", {"transparency": 3}),
    ("WEBP", "RGB", {"method": 0}),
    ("WEBP", "RGBA", {"method": 0}),
    ("AVIF", "RGB", {"speed": 10}),
    ("AVIF", "RGBA", {"speed": 10}),
    ("JPEG2000", "L", {}),
    ("JPEG2000", "RGB", {}),
    ("BMP", "RGB", {}),
    ("TGA", "RGB", {"compression": "tga_rle"}),
    ("PPM", "RGB", {}),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "CMYK", {}),
    ("TIFF", "I", {}),
    ("TIFF", "F", {}),
]


@pytest.mark.parametrize(
    ("format_", "mode", "settings", "use"),
    [(*kind, "thumbnail") for kind in KINDS] + [(*kind, "whole") for kind in KINDS[::3]],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else value,
)
def test_no_kind_of_picture_takes_more_than_is_counted(
    format_: str,
    mode: str,
    settings: dict[str, Any],
    use: str,
    tmp_path: Path,
    python: Callable[..., str],
) -> None:
    if isinstance(settings.get("transparency"), list):
        settings = {"transparency": tuple(settings["transparency"])}
    # Packed quickly: what it takes to unpack is the same.
    quickly = {"compress_level": 1} if format_ == "PNG" else {}
    _picture(mode).save(tmp_path / "large", format_, **settings, **quickly)

    arguments = (tmp_path / "large", use, format_, json.dumps(settings))
    taken, counted = json.loads(python(MEASURE, *arguments).splitlines()[-1])

    # Besides: the buffers and threads of decoders, which do not grow with the picture.
    assert taken <= 1.05 * counted + 16 * 2**20
    assert counted <= 26 * SIDE * SIDE
