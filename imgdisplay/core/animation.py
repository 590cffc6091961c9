"""Animated thumbnails, when they are asked for, within limits of frames and bytes."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from PIL import Image

from imgdisplay.core.encode import Thumbnail, encode, is_transparent, mime_type, on_background
from imgdisplay.core.isolation.decoding import frames_of
from imgdisplay.core.layout import layout
from imgdisplay.core.overlay import draw_overlay
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import EncodeError, quote
from imgdisplay.options import Options

__all__ = ["animated"]

MOST_BYTES = 256 * 1024


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
    moving = frames_of(encoded, options)
    if moving is None:
        return None
    frames, durations, still = moving.images, moving.durations, moving.still
    if options.overlay is not None:
        drawn = [draw_overlay(frame, options.overlay, still.size) for frame in frames]
        frames = [frame for frame, _ in drawn]
        still = dataclasses.replace(still, notes=(*still.notes, *drawn[-1][1]))
    if options.background is not None:
        frames = [on_background(frame, options.background) for frame in frames]
    frames = [frame.convert("RGBA") for frame in frames]
    target = layout(still.size, options)
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
        raise EncodeError(
            f"the animation cannot be written as {format_}: {quote(str(error))}; "
            "animate=False keeps its first frame"
        ) from error
    return buffer.getvalue()
