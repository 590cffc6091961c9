"""What must hold of everything that leaves the package, whatever was put in."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any

from PIL import Image

from imgdisplay import EncodeError, ImgDisplayError, SourceError, Thumbnail
from zoo import REORDERS_OR_CONTROLS, elements
from zoo.files import SECRET

MIMES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}

LONGEST_MESSAGE = 400

_PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
_PNG_NUMBERS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
_PNG_NUMBERS |= {b"pHYs": 9}
_PNG_FEW = {b"sBIT": 4, b"bKGD": 6}
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # 0xFF may be filled up with others
_WEBP_PIXELS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}
_TEXT_OF_FILES = re.compile(
    rb"Exif\0\0|http://ns\.adobe|x:xmpmeta|ICC_PROFILE|Photoshop|acspMSFT|acspAPPL"
)


def mime_of_bytes(data: bytes) -> str:
    """Return the MIME type that the first bytes of a file say."""
    for head, mime in MIMES.items():
        if data.startswith(head):
            return mime
    assert data[4:12] in (b"ftypavif", b"ftypavis"), data[:12]
    return "image/avif"


def assert_thumbnail(thumb: Thumbnail, box: tuple[int, int] | None = None) -> Image.Image:
    """Hold that a thumbnail is what it says, in its box, and nothing but pixels."""
    assert thumb.mime == mime_of_bytes(thumb.data)
    with Image.open(io.BytesIO(thumb.data)) as picture:
        picture.load()
    assert picture.size == (thumb.pixel_width, thumb.pixel_height)
    assert min(thumb.width, thumb.height, *picture.size, *thumb.source_size) >= 1
    if box is not None:
        assert thumb.width <= box[0]
        assert thumb.height <= box[1]
    assert_only_pixels(thumb.data)
    return picture


def assert_error_of_ours(error: BaseException) -> None:
    """Hold that a failure is one of ours, with a message for people, not for machines."""
    assert isinstance(error, (SourceError, EncodeError)), repr(error)
    message = str(error)
    assert 10 <= len(message) <= LONGEST_MESSAGE, message
    assert isinstance(error, ImgDisplayError)


def assert_only_pixels(data: bytes) -> None:
    """Hold that an encoded picture holds no EXIF, text, comment, profile or other cargo."""
    assert SECRET.encode() not in data
    assert SECRET.encode("utf-16-be") not in data
    mime = mime_of_bytes(data)
    parts = {
        "image/png": _png,
        "image/jpeg": _jpeg,
        "image/gif": _gif,
        "image/webp": _webp,
        "image/avif": _avif,
    }[mime](data)
    strangers = [part for part, belongs in parts if not belongs]
    assert strangers == [], (mime, strangers)
    if mime in ("image/png", "image/jpeg", "image/avif"):
        with Image.open(io.BytesIO(data)) as picture:
            cargo = {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(picture.info)
            assert not cargo, cargo
            assert not dict(picture.getexif())


Part = tuple[Any, bool]


def _png(data: bytes) -> Iterator[Part]:
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        most = _PNG_FEW.get(kind)
        yield (
            kind,
            kind in _PNG_PIXELS
            or _PNG_NUMBERS.get(kind) == length
            or (most is not None and length <= most),
        )
        at += 12 + length
    yield "behind the end", at == len(data)


def _jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    while data[at + 1] != 0xD9:
        assert data[at] == 0xFF, at
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xE0, 0xEE):
            yield f"segment {marker:X}", length == (16 if marker == 0xE0 else 14)
        else:
            yield f"segment {marker:X}", 0xC0 <= marker <= 0xDF
        at += 2 + length
        if marker == 0xDA:
            following = _AFTER_SCAN.search(data, at)
            assert following is not None
            at = following.start()
    yield "behind the end", at + 2 == len(data)


def _gif(data: bytes) -> Iterator[Part]:
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] != 0x3B:
        if data[at] == 0x21:
            kind = data[at + 1]
            loops = data[at + 3 : at + 14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            yield f"extension {kind:X}", kind == 0xF9 or (kind == 0xFF and loops)
            at += 2
        else:
            assert data[at] == 0x2C, data[at]
            at += 10 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0) + 1
        while data[at]:
            at += 1 + data[at]
        at += 1
    yield "behind the end", at + 1 == len(data)


def _webp(data: bytes) -> Iterator[Part]:
    yield "behind the end", int.from_bytes(data[4:8], "little") + 8 == len(data)
    at = 12
    while at < len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield kind, kind in _WEBP_PIXELS
        if kind == b"VP8X":
            yield "flags of metadata", not data[at + 8] & 0b00101100
        at += 8 + (16 if kind == b"ANMF" else length + length % 2)  # frames hold chunks


def _avif(data: bytes) -> Iterator[Part]:
    for kind in re.findall(rb"infe.{8}(.{4})", data, re.DOTALL):
        yield kind, kind in (b"av01", b"grid")
    yield "text", _TEXT_OF_FILES.search(data) is None
    yield "profile", re.search(rb"colr(prof|rICC)", data) is None


ATTRIBUTES = {
    "img": {"class", "src", "width", "height", "alt", "title", "style"},
    "div": {"class"},
    "figure": {"style"},
    "figcaption": set(),
    "p": {"class"},
    "small": set(),
}
"""What an `img` or `gallery` may consist of."""

_SOURCE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/]+=*")
_STYLE = re.compile(
    r"width:\d+px;height:\d+px;max-width:none;vertical-align:middle"
    r"(?:;background-image:url\(data:image/png;base64,[A-Za-z0-9+/]+=*\))?"
)


def assert_pictures(html: str, count: int) -> None:
    """Hold that markup has so many pictures of ours, complete and quiet, and no other."""
    html.encode()  # no lone surrogates
    images = [tag for tag in elements(html) if tag.name == "img"]
    assert len(images) == count, (len(images), count)
    for tag in images:
        assert_picture(tag)


def assert_picture(tag: Any) -> None:
    """Hold that an ``<img>`` carries its picture and says nothing that could do harm."""
    assert set(tag.attrs) <= ATTRIBUTES["img"], tag.attrs.keys()
    assert _SOURCE.fullmatch(tag["src"]), tag["src"][:100]
    if "style" in tag.attrs:  # a report has a style sheet instead
        assert _STYLE.fullmatch(tag["style"]), tag["style"][:200]
    for name in ("alt", "title"):
        said = str(tag.get(name, ""))
        assert len(said) <= 200
        assert REORDERS_OR_CONTROLS.isdisjoint(said)
    assert tag["alt"]


def is_broken(tag: Any) -> bool:
    """Tell whether a picture is a placeholder."""
    return "imgdisplay-broken" in tag.get("class", ())


def pictures_of_page(page: str) -> list[Any]:
    """Return the pictures and placeholders of a report, without their larger views.

    Of several equal ones each is an element that shows a picture of the style sheet.
    """
    page.encode()
    found = []
    for tag in elements(page):
        if tag.name == "img":
            assert _SOURCE.fullmatch(tag["src"]), tag["src"][:100]
        if tag.name == "img" or tag.get("role") == "img":
            said = str(tag.get("alt") or tag.get("aria-label") or "")
            assert said
            assert REORDERS_OR_CONTROLS.isdisjoint(said + str(tag.get("title", "")))
            in_zoom = tag.find_parent("details", class_="zoom") is not None
            if not in_zoom or tag.find_parent("summary") is not None:
                found.append(tag)
    return found
