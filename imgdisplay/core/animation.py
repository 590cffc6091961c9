"""Animated thumbnails, when they are asked for, within limits of frames and bytes."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile

from imgdisplay.core.colortag import ColorTag
from imgdisplay.core.decode import opened, within_limits
from imgdisplay.core.encode import Thumbnail, encode, mime_type, on_background
from imgdisplay.core.firstframe import as_browsers_see, first_frame
from imgdisplay.core.layout import layout
from imgdisplay.core.overlay import draw_overlay
from imgdisplay.core.picture import Picture
from imgdisplay.core.shrink import shrink
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import EncodeError
from imgdisplay.options import Options

__all__ = ["animated"]

_MOVING = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
"""Formats whose pictures are meant to move; the pages of a TIFF are not."""

MOST_FRAMES = 60
MOST_BYTES = 256 * 1024
_SHORTEST = 20  # milliseconds; browsers show frames that ask for less for 100
_UNREADABLE_SPEED = 100


def animated(encoded: Encoded, options: Options) -> Thumbnail | None:
    """Return an animation as an animated thumbnail, or None if it does not move.

    The format is WebP unless ``options.format`` says "png" or "avif"; "jpeg" cannot move. At most
    60 frames are read, one after the other and without counting them, and every second frame is
    dropped until the thumbnail has at most 256 KiB.

    Raises
    ------
    SourceError, EncodeError
        As for still pictures.
    """
    if options.format == "jpeg":
        return None
    with opened(encoded, options) as (image, color):
        if image.format not in _MOVING or not getattr(image, "is_animated", False):
            return None
        within_limits(image.size, image.size, encoded.name, options)
        notes: tuple[str, ...] = ()
        frames: list[Image.Image] = []
        durations: list[int] = []
        for picture, duration in _pictures(image, color, encoded.name):
            if len(frames) == MOST_FRAMES:
                notes = (f"first {MOST_FRAMES} frames",)
                break
            small, said = shrink(picture, layout(picture.size, options), options)
            if options.overlay is not None:
                small, more = draw_overlay(small, options.overlay, picture.size)
                said = (*said, *more)
            if options.background is not None:
                small = on_background(small, options.background)
            frames.append(small.convert("RGBA"))
            durations.append(duration)
            notes = said
    if len(frames) < 2:
        return None
    still = dataclasses.replace(picture, notes=notes)
    first = encode(frames[0].copy(), still, layout(picture.size, options), options)
    format_ = options.format if options.format in ("png", "avif") else "webp"
    while len(frames) > 1:
        data = _written(frames, durations, format_, options.quality)
        if len(data) <= MOST_BYTES:
            return dataclasses.replace(first, data=data, mime=mime_type(data))
        frames, durations = _every_second(frames, durations)
    return dataclasses.replace(first, notes=(*first.notes, "too large to be animated"))


def _pictures(
    image: ImageFile.ImageFile, color: ColorTag, name: str
) -> Iterator[tuple[Picture, int]]:
    """Yield each frame, composed on what is before it, and its duration in milliseconds."""
    extents = first_frame(image)
    number = image.tell()
    mode = image.mode
    while True:
        image.load()
        frame: Image.Image = image.copy()
        if extents is not None:
            frame, extents = as_browsers_see(frame, extents, ""), None
        duration = int(image.info.get("duration") or 0)
        if duration < _SHORTEST:
            duration = _UNREADABLE_SPEED
        yield (
            Picture(frame, frame.size, mode=mode, format=image.format, color=color, name=name),
            duration,
        )
        number += 1
        try:
            image.seek(number)
        except EOFError:
            return


def _every_second(
    frames: list[Image.Image], durations: list[int]
) -> tuple[list[Image.Image], list[int]]:
    pairs = [durations[at : at + 2] for at in range(0, len(durations), 2)]
    return frames[::2], [sum(pair) for pair in pairs]


def _written(frames: list[Image.Image], durations: list[int], format_: str, quality: int) -> bytes:
    settings: dict[str, Any] = {"quality": quality} if format_ != "png" else {}
    if format_ == "webp":
        settings["method"] = 2
    buffer = io.BytesIO()
    for frame in frames:
        frame.info = {}
    try:
        frames[0].save(
            buffer,
            format_.upper(),
            save_all=True,
            append_images=frames[1:],
            duration=durations,
            loop=0,
            **settings,
        )
    except (OSError, ValueError, KeyError) as error:
        raise EncodeError(f"the animation could not be written as {format_}: {error}") from error
    return buffer.getvalue()
