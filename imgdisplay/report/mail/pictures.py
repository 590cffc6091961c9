"""Pictures as every mail program shows them: still, opaque, PNG or JPEG, and each stored once."""

from __future__ import annotations

import dataclasses
import io
import re
import secrets
from hashlib import blake2b

from PIL import Image as PillowImage
from PIL import ImageStat

from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import smaller
from imgdisplay.core.encode import Thumbnail, encode
from imgdisplay.core.html import Html
from imgdisplay.core.layout import Layout
from imgdisplay.core.picture import Picture
from imgdisplay.core.pipeline import attempt
from imgdisplay.options import Options
from imgdisplay.report.rows import Image
from imgdisplay.report.simplemarkup import simple_markup

__all__ = ["Album", "as_mail_shows", "bytes_in_message", "within"]

_OPTIONS = Options(size=None)
_MIMES = ("image/png", "image/jpeg")
_BRIGHT = 190
"""Mean lightness (0 to 255) from which white is no backdrop."""


class Album:
    """The pictures of one message, by the address that its markup shows them from.

    Equal pictures have one address (``cid:``, RFC 2392). The addresses of two messages differ:
    some programs look them up in all the mail that they hold.
    """

    def __init__(self) -> None:
        self._token = secrets.token_hex(6)
        self._numbers: dict[bytes, int] = {}
        self._pictures: list[bytes] = []
        self._shown: dict[int, Thumbnail] = {}

    def address(self, image: Image) -> str:
        """Return the address of a picture."""
        return self._address(image.data)

    def markup(self, text: str) -> str | Html:
        """Return a text as it is, and markup as mail programs show it."""
        if not isinstance(text, Html):
            return text
        return simple_markup(text, self._address_if_readable, styled=True)

    def shown_in(self, body: str) -> dict[str, Thumbnail]:
        """Return the pictures that a body shows, in their order, by Content-ID."""
        found = re.findall(rf' src="cid:(\d+)\.{self._token}@imgdisplay"', body)
        return {
            self._cid(number): self._as_shown(number) for number in dict.fromkeys(map(int, found))
        }

    def _address(self, data: bytes) -> str:
        digest = blake2b(data, digest_size=16).digest()
        number = self._numbers.setdefault(digest, len(self._pictures))
        if number == len(self._pictures):
            self._pictures.append(data)
        return f"cid:{self._cid(number)}"

    def _address_if_readable(self, data: bytes) -> str | None:
        picture = as_mail_shows(data)
        return None if picture is None else self._address(picture.data)

    def _cid(self, number: int) -> str:
        return f"{number}.{self._token}@imgdisplay"

    def _as_shown(self, number: int) -> Thumbnail:
        if number not in self._shown:
            picture = as_mail_shows(self._pictures[number])
            assert picture is not None, "what has been drawn can be read"
            self._shown[number] = picture
        return self._shown[number]


def as_mail_shows(data: bytes) -> Thumbnail | None:
    """Return a picture as a still, opaque PNG or JPEG; None if it cannot be read.

    Mail programs have no common way to put something behind a picture, and the dark ones turn
    the paper black: so the backdrop is drawn into it, white or, if it is bright itself, dark.
    PNG and JPEG files that are so already stay as they are.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(file, "WEBP")
    >>> as_mail_shows(file.getvalue())
    <Thumbnail 64×64 of 64×64, image/png, ... bytes>
    """
    drawn = attempt(data, _OPTIONS)
    if isinstance(drawn, Broken):
        return None
    if _is_plain(data):
        return dataclasses.replace(drawn, data=data, mime=_mime(data))
    if drawn.mime in _MIMES and not drawn.transparent:
        return drawn
    with PillowImage.open(io.BytesIO(drawn.data)) as image:
        pixels = image.convert("RGBA" if drawn.transparent else "RGB")
    options = dataclasses.replace(_OPTIONS, background=_backdrop(pixels), quality=85)
    size = drawn.pixel_width, drawn.pixel_height
    picture = Picture(pixels, drawn.source_size, mode=drawn.source_mode)
    return encode(pixels, picture, Layout((drawn.width, drawn.height), size), options)


def _mime(data: bytes) -> str:
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else "image/png"


def _is_plain(data: bytes) -> bool:
    """Tell whether it is a still, opaque PNG or JPEG of sRGB or grey pixels already."""
    with PillowImage.open(io.BytesIO(data)) as image:
        return (
            image.format in ("PNG", "JPEG")
            and image.mode in ("1", "L", "P", "RGB")
            and not getattr(image, "is_animated", False)
            and not image.has_transparency_data
            and not image.info.keys() & {"exif", "icc_profile"}
        )


def _backdrop(image: PillowImage.Image) -> str:
    if image.mode != "RGBA":
        return "white"
    visible = image.getchannel("A").point(lambda value: 255 if value > 16 else 0)
    if visible.getbbox() is None:
        return "white"
    bright = ImageStat.Stat(image.convert("L"), visible).mean[0] >= _BRIGHT
    return "#333333" if bright else "white"


def within(pictures: dict[str, Thumbnail], room: int) -> dict[str, Thumbnail] | None:
    """Return pictures that take at most `room` bytes in a message, or None if there are none.

    The largest lose pixels and quality first, and none becomes a mere blot.
    """
    sizes = {cid: bytes_in_message(len(picture.data)) for cid, picture in pictures.items()}
    if sum(sizes.values()) <= room:
        return pictures
    least = sum(min(size, bytes_in_message(_LEAST)) for size in sizes.values())
    if least > room:
        return None
    limit = _share(sorted(sizes.values()), room)
    reduced = {
        cid: picture
        if sizes[cid] <= limit
        else smaller(picture, int((limit - _AROUND) / _LONGER), _OPTIONS)
        for cid, picture in pictures.items()
    }
    total = sum(bytes_in_message(len(picture.data)) for picture in reduced.values())
    return reduced if total <= room else None


_LEAST = 2_000
"""Bytes of a picture on which something can still be seen."""

_LONGER = 4 / 3 * 78 / 76
"""By what base64 with its line ends is longer than bytes (RFC 2045, section 6.8)."""

_AROUND = 420
"""Bytes of a part besides its picture: its headers and the line before it."""


def bytes_in_message(length: int) -> int:
    """Return how many bytes a part with a file of `length` bytes takes, or a few less."""
    return round(length * _LONGER) + _AROUND


def _share(sizes: list[int], room: int) -> float:
    """Return the limit at which sizes, from small to large, have just room if cut there."""
    for number, size in enumerate(sizes):
        share = room / (len(sizes) - number)
        if size > share:
            return share
        room -= size
    return sizes[-1]
