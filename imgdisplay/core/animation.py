"""Animated thumbnails, when they are asked for, within limits of frames and bytes."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from itertools import count
from typing import Any

from PIL import Image, ImageChops, ImageFile

from imgdisplay.core.colortag import ColorTag
from imgdisplay.core.decode import opened, within_limits
from imgdisplay.core.encode import Thumbnail, encode, is_transparent, mime_type, on_background
from imgdisplay.core.firstframe import first_frame
from imgdisplay.core.layout import layout
from imgdisplay.core.overlay import draw_overlay
from imgdisplay.core.picture import Picture, exif_orientation
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

    The format is WebP, or PNG where there is transparency or blocks of enlarged pixels, unless
    ``options.format`` says otherwise; "jpeg" cannot move. At most
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
    target = layout(picture.size, options)
    first = encode(frames[0].copy(), still, target, options)
    transparent = any(is_transparent(frame) for frame in frames)
    format_ = options.format
    if format_ == "auto":
        # Pillow's animated WebP loses transparency, and lossy compression the edges of blocks.
        format_ = "png" if transparent or target.enlarged else "webp"
    while len(frames) > 1:
        data = _written(frames, durations, format_, options.quality)
        if len(data) <= MOST_BYTES:
            return dataclasses.replace(
                first, data=data, mime=mime_type(data), transparent=transparent
            )
        frames, durations = _every_second(frames, durations)
    return dataclasses.replace(first, notes=(*first.notes, "too large to be animated"))


def _pictures(
    image: ImageFile.ImageFile, color: ColorTag, name: str
) -> Iterator[tuple[Picture, int]]:
    """Yield each frame, composed on what is before it, and its duration in milliseconds.

    What cannot be read any more, after the first frame, ends the animation.
    """
    first_frame(image)
    mode, orientation = image.mode, exif_orientation(image)
    screen = _Screen(image.size)
    first = image.tell()
    for number in count(first):
        try:
            image.seek(number)
            extents = image.tile[0].extents if image.tile else None
            image.load()
        except EOFError:
            return
        except Exception:
            if number == first:
                raise
            return
        frame = screen.shown(image, extents) if image.format == "GIF" else image.copy()
        duration = int(image.info.get("duration") or 0)
        if duration < _SHORTEST:
            duration = _UNREADABLE_SPEED
        yield (
            Picture(
                frame,
                frame.size[::-1] if orientation >= 5 else frame.size,
                orientation=orientation,
                mode=mode,
                format=image.format,
                color=color,
                name=name,
            ),
            duration,
        )


class _Screen:
    """Where the screen of a GIF has been drawn on: elsewhere it is transparent.

    Pillow fills it with the file's background colour, which browsers ignore.
    """

    _RESTORED_TO_BACKGROUND = 2  # GIF89a, section 23: disposal method

    def __init__(self, size: tuple[int, int]) -> None:
        self._drawn = Image.new("L", size, 0)

    def shown(
        self, image: ImageFile.ImageFile, extents: tuple[int, int, int, int] | None
    ) -> Image.Image:
        """Return the loaded frame as browsers compose it."""
        extents = extents or (0, 0, *image.size)
        if self._drawn.size != image.size:
            larger = Image.new("L", image.size, 0)
            larger.paste(self._drawn)
            self._drawn = larger
        self._drawn.paste(255, extents)
        frame = image.convert("RGBA")
        frame.putalpha(ImageChops.darker(frame.getchannel("A"), self._drawn))
        if getattr(image, "disposal_method", 0) == self._RESTORED_TO_BACKGROUND:
            self._drawn.paste(0, extents)
        return frame


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
