"""The frames of an animation, composed as browsers compose them, and shrunk."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from PIL import Image, ImageChops, ImageFile

from imgdisplay.core.color.tag import UNTAGGED, ColorTag
from imgdisplay.core.decode import opened
from imgdisplay.core.formats.firstframe import cut_out, first_frame
from imgdisplay.core.layout import layout
from imgdisplay.core.limits import within_limits, within_memory
from imgdisplay.core.picture import Picture, exif_orientation
from imgdisplay.core.shrink import shrink
from imgdisplay.core.streams import Encoded
from imgdisplay.options import Options

__all__ = ["Frames", "moving_frames"]

_MOVING = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
"""Formats whose pictures are meant to move; the pages of a TIFF are not."""

MOST_FRAMES = 60
_SHORTEST = 20  # milliseconds; browsers show frames that ask for less for 100
_UNREADABLE_SPEED = 100


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The first frames of an animation.

    Attributes
    ----------
    images
        Small, upright, in sRGB, of mode L, LA, RGB or RGBA.
    durations
        Of each, in milliseconds.
    still
        The first one with what is known of the source.
    """

    images: list[Image.Image]
    durations: list[int]
    still: Picture


def moving_frames(encoded: Encoded, options: Options) -> Frames | None:
    """Return the frames of an animation, or None if it does not move.

    At most 60 are read, one after the other and without counting them, and no more than fit
    into ``max_memory``.

    Raises
    ------
    SourceError
        As for still pictures.
    """
    with opened(encoded, options) as (image, color):
        if image.format not in _MOVING or not getattr(image, "is_animated", False):
            return None
        within_limits(image.size, image.size, encoded.name, options)
        within_memory(image, image.size, False, encoded.name, options)
        notes: tuple[str, ...] = ()
        images: list[Image.Image] = []
        durations: list[int] = []
        for picture, duration in _pictures(image, color, encoded.name, options):
            width, height = layout(picture.size, options).pixels
            most = min(MOST_FRAMES, options.max_memory // (4 * width * height))
            if len(images) >= most:
                notes = (f"first {most} frames",)
                break
            small, notes = shrink(picture, layout(picture.size, options), options)
            images.append(small)
            durations.append(duration)
    if len(images) < 2:
        return None
    still = dataclasses.replace(
        picture, image=images[0], orientation=1, color=UNTAGGED, notes=notes
    )
    return Frames(images, durations, still)


def _pictures(
    image: ImageFile.ImageFile, color: ColorTag, name: str, options: Options
) -> Iterator[tuple[Picture, int]]:
    """Yield each frame, composed on what is before it, and its duration in milliseconds.

    What cannot be read any more, after the first frame, ends the animation.
    """
    first_frame(image)
    mode, orientation, whole = image.mode, exif_orientation(image), (0, 0, *image.size)
    screen = _Screen(image.size)
    first = image.tell()
    for number in count(first):
        try:
            image.seek(number)
            # A frame of a GIF may be larger than its screen, and Pillow would draw all of it.
            within_limits(image.size, image.size, name, options)
            extents = image.tile[0].extents if image.tile else None
            image.load()
        except EOFError:
            return
        except Exception:
            if number == first:
                raise
            return
        frame = screen.shown(image, extents) if image.format == "GIF" else image.copy()
        if frame.size != whole[2:]:
            frame = cut_out(frame, whole)  # as browsers do
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
