"""Files that are thumbnails already: shown as they are, not encoded a second time.

Thumbnails are made once, kept in a Parquet file, and shown many times. Whoever shows them
decodes them, as any source, and then finds that what would be written of their pixels is the
file itself, or worse.
"""

from __future__ import annotations

from PIL import Image

from imgdisplay.core.color.tag import UNTAGGED
from imgdisplay.core.encode import Thumbnail, is_transparent
from imgdisplay.core.layout import Layout
from imgdisplay.core.picture import Picture
from imgdisplay.core.sources import Leaf
from imgdisplay.core.streams import Encoded
from imgdisplay.options import Options

__all__ = ["ready_made"]

_LOSSY = {"JPEG": "image/jpeg", "WEBP": "image/webp"}
"""The formats that lose by being written again. What was PNG becomes the same PNG."""

_COMPACT = 1.25
"""Bytes per pixel up to which a file is a thumbnail: our encoder writes 1.17 of pure noise at
the default quality, and 0.2 to 0.5 of photographs at qualities from 75 to 95."""

_HEADERS = 1_000
"""Bytes that a file has besides, however few its pixels."""


def ready_made(
    leaf: Leaf, picture: Picture, image: Image.Image, target: Layout, options: Options
) -> Thumbnail | None:
    """Return a file as the thumbnail of itself, or None if it has to be encoded.

    Parameters
    ----------
    leaf
        The source. Any but a small JPEG or WebP file, with nothing but its pixels in it or
        with what can be cut out, gives None.
    picture
        It, decoded.
    image
        The pixels that are to be shown of it.
    target
        How large.
    """
    if not isinstance(leaf, Encoded) or not _is_shown_as_it_is(picture, image, target, options):
        return None
    limit = int(image.width * image.height * _COMPACT) + _HEADERS
    data = _small_file(leaf, limit, options)
    from imgdisplay.core.formats.stripping import without_metadata  # most files are larger

    bare = without_metadata(data) if data is not None else None
    if bare is None or _moves(bare):
        return None
    return Thumbnail(
        data=bare,
        mime=_LOSSY[picture.format or ""],
        width=target.css[0],
        height=target.css[1],
        pixel_width=image.width,
        pixel_height=image.height,
        source_size=picture.size,
        source_mode=picture.mode,
        name=picture.name,
        notes=picture.notes,
        transparent=is_transparent(image),
    )


def _is_shown_as_it_is(
    picture: Picture, image: Image.Image, target: Layout, options: Options
) -> bool:
    return (
        picture.format in _LOSSY
        and options.format in ("auto", picture.format.lower())
        and picture.image.mode in ("L", "RGB", "RGBA")
        and picture.orientation == 1
        and picture.color == UNTAGGED
        and picture.size == picture.image.size == image.size == target.pixels
        and not target.enlarged
        and options.overlay is None
        and (options.colormap is None or picture.image.mode != "L")
        and (options.background is None or not is_transparent(image))
    )


def _small_file(leaf: Encoded, limit: int, options: Options) -> bytes | None:
    """Return the bytes of a file, or None if there are more of them than the limit."""
    if leaf.stream is not None:  # it may be a pipe, which has been read
        return None
    with leaf.open(options) as file:
        data = file.read(limit + 1)
    return data if len(data) <= limit else None


_VP8X, _ANIMATION = slice(12, 16), 0x02


def _moves(data: bytes) -> bool:
    """Tell whether it is an animated WebP file (RFC 9649, section 2.7)."""
    return data[:4] == b"RIFF" and data[_VP8X] == b"VP8X" and bool(data[20] & _ANIMATION)
