"""A picture as the bytes of a file, and as base64 text."""

from __future__ import annotations

import binascii
import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Unpack

from PIL import Image

from imgdisplay.convert.encoders import SUFFIXES, encoded, fitting, own_tables
from imgdisplay.convert.keeping import carried_metadata
from imgdisplay.convert.keywords import EncodingArgs
from imgdisplay.convert.pixels import (
    exact_image,
    fits,
    in_memory,
    is_neutral,
    leaves_pixels,
    opened_picture,
    shown_image,
    whole,
)
from imgdisplay.core.animation import animated
from imgdisplay.core.decode import opened
from imgdisplay.core.encode import encode, is_transparent
from imgdisplay.core.formats.stripping import can_be_stripped, without_metadata
from imgdisplay.core.isolation.decoding import is_isolated
from imgdisplay.core.layout import Layout
from imgdisplay.core.limits import within_limits
from imgdisplay.core.picture import Picture, exif_orientation
from imgdisplay.core.sources import Batch, Leaf
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import OptionError, quote
from imgdisplay.options import Options, takes

__all__ = ["FileFormat", "Metadata", "Written", "to_base64", "to_bytes", "write"]

FileFormat: TypeAlias = Literal["auto", "png", "jpeg", "jpg", "webp", "avif", "gif", "bmp", "tiff"]
Metadata: TypeAlias = Literal["strip", "keep"]

_ALIASES = {"jpg": "jpeg", "tif": "tiff"}

_OWN = frozenset({"png", "jpeg", "webp", "gif"})
"""Formats in which a picture stays if nobody asks for another."""


_LOSSY = frozenset({"jpeg", "webp", "avif"})


@takes(EncodingArgs)
def to_bytes(
    source: object,
    format: FileFormat | None = None,  # noqa: A002 - Pillow's word, and the option's
    *,
    metadata: Metadata = "strip",
    **options: Unpack[EncodingArgs],
) -> bytes:
    """Return the whole picture as the bytes of an image file.

    The picture is upright, and in sRGB, so that it looks the same without its colour profile.
    A PNG, JPEG, GIF or WebP file that is already so is handed through byte for byte; if it
    carries metadata, they are cut out and the pixels stay as they are, animations included.
    Files that are handed through are not decoded. Everything else is written anew; of an
    animation then the first frame, unless ``animate=True``.

    What is written as PNG or TIFF has exactly the pixels of the source, also its palette, its
    one bit, or its 16 bits of grey (mode I;16 and two axes of uint16, whose values are kept:
    ``value_range=`` spreads them over 8 bits). WebP is exact with ``quality=100``, GIF up to 256
    colours, BMP without transparency.

    Parameters
    ----------
    source
        Any accepted source; see `thumbnail`.
    format
        "png", "jpeg" (or "jpg"), "webp", "avif", "gif", "bmp" or "tiff". None keeps the format
        of a PNG, JPEG, GIF or WebP file that can be handed through; otherwise what was JPEG is
        JPEG and everything else PNG. "auto" keeps PNG and JPEG files; otherwise photographs
        become JPEG, everything else PNG.
    metadata
        "strip" leaves nothing but pixels. "keep" hands a file of the wanted format through as
        it is, with its orientation and all; what has to be written anew is upright and sRGB,
        and EXIF, XMP, comments and a PNG's texts go with it where the format has room for them.
    **options
        Fields of `Options`. ``size`` is a box in pixels (``scale`` is 1 here); ``quality`` is
        that of lossy formats, and without it a JPEG that must be turned keeps its own.

    Raises
    ------
    SourceError
        If the picture cannot be had.
    EncodeError
        If the format cannot hold it.
    OptionError
        If an option is misspelt or impossible.

    Examples
    --------
    >>> from PIL import Image
    >>> to_bytes(Image.new("RGB", (640, 480), "teal"))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    >>> data = to_bytes(Image.new("RGB", (640, 480), "teal"), "jpeg")
    >>> to_bytes(data) is data
    True
    """
    return write(source, format, options, metadata).data


@takes(EncodingArgs)
def to_base64(
    source: object,
    format: FileFormat | None = None,  # noqa: A002
    *,
    metadata: Metadata = "strip",
    **options: Unpack[EncodingArgs],
) -> str:
    """Return the whole picture as base64 text (RFC 4648, section 4), without a prefix.

    `data_uri` gives a thumbnail with the prefix ``data:image/…;base64,``.

    Parameters
    ----------
    source, format, metadata, **options
        As for `to_bytes`.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As `to_bytes`.

    Examples
    --------
    >>> from PIL import Image
    >>> to_base64(Image.new("RGB", (640, 480), "teal"))[:12]
    'iVBORw0KGgoA'
    """
    data = write(source, format, options, metadata).data
    return binascii.b2a_base64(data, newline=False).decode("ascii")


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of an image file.

    Attributes
    ----------
    format
        A key of `SUFFIXES`.
    name
        File name of the source, or empty.
    """

    data: bytes
    format: str
    name: str = ""


def write(
    source: object,
    format_: str | None,
    given: Mapping[str, Any],
    metadata: str = "strip",
) -> Written:
    """Return a source as an image file; `to_bytes` for the other conversions."""
    wanted = _known_format(format_)
    if metadata not in ("strip", "keep"):
        raise OptionError(f"metadata={quote(metadata)}: expected 'strip' or 'keep'")
    keep = metadata == "keep"
    leaf, options = in_memory(source, whole(given), always=keep)
    if isinstance(leaf, Encoded):
        ready = _handed_through(leaf, wanted, options, keep, "quality" in given)
        ready = ready or _moving(leaf, wanted, options)
        if ready is not None:
            return ready
    picture = None if _is_array(leaf) else opened_picture(leaf, options)
    target = wanted or ("jpeg" if picture and _own_format(picture.format) == "jpeg" else "png")
    image = fitting(exact_image(leaf, picture, options), target)
    if image is None:
        picture = picture or opened_picture(leaf, options)
        image = shown_image(picture, options)
    if target == "auto":
        target = _suitable(image, options)
    carried: dict[str, Any] = {}
    if picture is not None:
        if keep:
            carried = carried_metadata(picture.image, target)
        if target == "jpeg" and "quality" not in given and fits(picture.size, options):
            carried.update(own_tables(picture.image, image))
    data = encoded(image, target, options, carried)
    return Written(data, target, picture.name if picture else "")


def _suitable(image: Image.Image, options: Options) -> str:
    """Return "jpeg" for photographs and "png" for everything else."""
    if is_transparent(image):
        return "png"
    small = image.copy()
    small.thumbnail((_LOOK, _LOOK))
    look = Layout(small.size, small.size)
    options = dataclasses.replace(options, format="auto")
    return encode(small, Picture(small, small.size), look, options).mime.partition("/")[2]


_LOOK = 256
"""Pixels of a side that tell a photograph from a drawing."""


def _known_format(format_: object) -> str | None:
    if format_ is None:
        return None
    name = str(format_).lower()
    name = _ALIASES.get(name, name)
    if not isinstance(format_, str) or (name not in SUFFIXES and name != "auto"):
        close = difflib.get_close_matches(name[:50], [*SUFFIXES, "auto"], n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise OptionError(
            f"format={quote(format_)}: expected one of {', '.join(map(repr, SUFFIXES))} "
            f"or 'auto'{hint}"
        )
    return name


def _own_format(pillow_format: str | None) -> str:
    # A camera's MPO is a JPEG with further pictures behind its end.
    return {"MPO": "jpeg", "DIB": "bmp"}.get(pillow_format or "", (pillow_format or "").lower())


def _is_array(leaf: Leaf) -> bool:
    return not isinstance(leaf, (Image.Image, Encoded, Batch))


def _handed_through(
    leaf: Encoded, wanted: str | None, options: Options, keep: bool, quality_is_wanted: bool
) -> Written | None:
    """Return a file as it is but for its metadata, or None if it has to be written anew."""
    if leaf.data is None or leaf.frame or not leaves_pixels(options):
        return None
    if is_isolated(leaf, options):  # then not even its header is read here
        return None
    if not keep and not can_be_stripped(leaf.data):
        return None
    with opened(leaf, options) as (image, color):
        own, size = _own_format(image.format), image.size
        turned = image.format != "TIFF" and exif_orientation(image) != 1
        neutral = is_neutral(color, image.mode)
    accepted = _OWN if wanted is None else {"png", "jpeg"} if wanted == "auto" else {wanted}
    if own not in accepted or not fits(size, options) or (quality_is_wanted and own in _LOSSY):
        return None
    within_limits(size, size, leaf.name, options)
    if keep:
        return Written(leaf.data, own, leaf.name)
    data = without_metadata(leaf.data) if neutral and not turned else None
    return None if data is None else Written(data, own, leaf.name)


def _moving(leaf: Encoded, wanted: str | None, options: Options) -> Written | None:
    if not options.animate or wanted not in (None, "auto", "png", "webp", "avif"):
        return None
    asked: Any = wanted or "auto"
    thumb = animated(leaf, dataclasses.replace(options, format=asked))
    if thumb is None:
        return None
    return Written(thumb.data, thumb.mime.partition("/")[2], thumb.name)
