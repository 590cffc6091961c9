"""A zoo of pictures, arrays and texts, and the eyes that look at what comes out of them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable

import numpy as np
from bs4 import BeautifulSoup, Tag
from numpy.typing import NDArray
from PIL import Image

import imgdisplay

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "out of a double-quoted attribute": '" onerror="alert(1)" x="',
    "out of a single-quoted attribute": "' onerror='alert(1)' x='",
    "out of a cell": "</td></tr></table><svg onload=alert(1)>",
    "out of a caption": "</figcaption></figure><iframe src=//example.com></iframe>",
    "out of a comment": "--><script>alert(1)</script><!--",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &amp;quot; &#34;",
    "backtick": "`onerror=alert(1)` ><b>",
    "bidi override": "safe\u202egnp.exe\u202c",
    "bidi isolate": "\u2066<b>\u2069",
    "arabic letter mark": "a\u061cb",
    "controls": "a\x00b\x08c\x1bd\x7fe\x9bf<b>",
    "newlines": 'a\r\n"><script>alert(1)</script>',
    "lone surrogate": "a\ud800b\udfff<b>",
    "byte order mark": "\ufeff<script>",
    "template": "{{7*7}} ${7*7} {0} %s %(x)s",
    "markdown": "[x](javascript:alert(1)) ![y](//example.com/y.png)",
    "very long": "<b>" * 1000,
    "like a token": "xxxxxxxxxxxxxxxxxxxxxxxx",
}
"""Texts that try to become markup, by what they try."""

REORDERS_OR_CONTROLS = frozenset(
    [chr(code) for code in (*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0))]
    + [chr(code) for code in (0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
)
"""Characters that must reach no page: controls (but tab and newline) and bidi controls."""


def soup(html: str) -> BeautifulSoup:
    """Return a page as a browser parses it."""
    return BeautifulSoup(f"<!doctype html><body>{html!s}</body>", "html5lib")


def elements(html: str) -> list[Tag]:
    """Return the elements of a fragment, without html, head and body, which parsers add."""
    body = soup(html).body
    assert body is not None
    return body.find_all(True)


def only_image(html: str) -> Tag:
    """Return the one ``<img>`` of a fragment that holds nothing else."""
    found = elements(html)
    assert [tag.name for tag in found] == ["img"], [tag.name for tag in found]
    return found[0]


def embedded(tag: Tag) -> Image.Image:
    """Return the picture that an ``<img>`` carries in its ``src``."""
    head, _, payload = str(tag["src"]).partition(",")
    assert head.startswith("data:image/"), head
    assert head.endswith(";base64"), head
    data = base64.b64decode(payload, validate=True)
    picture = decoded(data)
    assert f"data:{Image.MIME[picture.format or '']};base64" == head
    return picture


def decoded(data: bytes) -> Image.Image:
    """Return encoded bytes as a loaded picture."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


def mime_of(data: bytes) -> str:
    """Return what Pillow takes encoded bytes for."""
    return Image.MIME[decoded(data).format or ""]


def pixels(picture: Image.Image, mode: str = "RGB") -> NDArray[np.uint8]:
    """Return a picture's pixels in `mode`."""
    return np.asarray(picture.convert(mode))


def shown(source: object, mode: str = "RGB", **options: object) -> NDArray[np.uint8]:
    """Return the pixels of a source's thumbnail at full size and without loss."""
    options = {"size": None, "format": "png", **options}
    return pixels(decoded(imgdisplay.thumbnail(source, **options).data), mode)  # type: ignore[arg-type]


def on_grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Return what is seen of a picture in front of a middle grey."""
    front = picture.convert("RGBA")
    back = Image.new("RGBA", front.size, (128, 128, 128, 255))
    return np.asarray(Image.alpha_composite(back, front).convert("RGB"))


def psnr(one: object, other: object) -> float:
    """Return the peak signal-to-noise ratio of two 8-bit pictures in dB; inf if they are equal."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    assert a.shape == b.shape, (a.shape, b.shape)
    error = float(np.mean((a - b) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def outcome(function: Callable[[], object]) -> BaseException:
    """Return what a function raises, which it must."""
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")
