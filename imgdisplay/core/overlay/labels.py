"""Labels: letters on chips, where they hide the least."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from imgdisplay.core.color.palette import Color, ink
from imgdisplay.core.overlay.places import Rect, shared

__all__ = ["draw_labels"]

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

_LEGIBLE = 10  # a smaller size of Pillow's font runs its digits together
# Asked for by name, and only for letters that Pillow's own font (ASCII) has not.
_FONTS = (
    *("DejaVuSans.ttf", "Arial.ttf", "NotoSans-Regular.ttf"),
    *("NotoSansCJK-Regular.ttc", "Arial Unicode.ttf", "msgothic.ttc"),
)


def draw_labels(
    canvas: Image.Image,
    labels: Sequence[tuple[Rect, Color, tuple[str, str]]],
    busy: Sequence[Rect],
) -> list[str]:
    """Draw labels on chips of their colour, clear of each other; return what is left out.

    Parameters
    ----------
    labels
        Where each object is, its colour, and its label and score.
    busy
        What the chips should hide the least of.
    """
    size = max(_LEGIBLE, round(min(canvas.size) / 12))
    margin = max(2, size // 5)
    draw = ImageDraw.Draw(canvas)
    chips: list[Rect] = []
    unplaced, unreadable = 0, 0
    for place, color, (label, score) in labels:
        if not label + score:
            continue
        font, readable = _font_for(label, size)
        for room in (canvas.width, place[2] - place[0] + 1):  # rather cut than not there
            text = _fitted(font, readable, score, room - 2 * margin)
            usual, this = font.getbbox("dg"), font.getbbox(text)
            top, bottom = min(usual[1], this[1]), max(usual[3], this[3])
            needed = math.ceil(font.getlength(text)) + 2 * margin, math.ceil(bottom - top) + 2
            chip = _free_place(place, needed, canvas.size, chips, busy) if text else None
            if chip is not None:
                break
        else:
            unplaced += 1
            continue
        unreadable += readable != label
        chips.append(chip)
        draw.rectangle(chip, fill=color)
        draw.text((chip[0] + margin, chip[1] + 1 - top), text, fill=ink(color), font=font)
    notes = []
    if unplaced:
        notes.append(f"labels: {unplaced:,} without room")
    if unreadable:
        notes.append(f"labels: {unreadable:,} with letters that no font here has")
    return notes


def _free_place(
    place: Rect,
    size: tuple[int, int],
    canvas: tuple[int, int],
    chips: Sequence[Rect],
    busy: Sequence[Rect],
) -> Rect | None:
    """Return where a chip of `size` hides the least and no other chip, or None."""
    left, top, right, bottom = place
    width, height = size
    best, least = None, math.inf
    corners = itertools.product(
        (top - height, top, bottom + 1, bottom - height + 1), (left, right - width + 1)
    )
    for rank, (x, y) in enumerate((x, y) for y, x in corners):
        x = min(x, canvas[0] - width) if x > 0 else 0
        chip = (x, y, x + width - 1, y + height - 1)
        if x < 0 or y < 0 or chip[3] >= canvas[1] or any(shared(chip, each) for each in chips):
            continue
        hidden = sum(shared(chip, each) / shared(each, each) for each in busy) + rank / 50
        if hidden < least:
            best, least = chip, hidden
    return best


def _fitted(font: Font, label: str, score: str, room: float) -> str:
    """Return the label and its score, the label cut so that both fit into `room`, or nothing."""
    dots = "…" if isinstance(font, ImageFont.FreeTypeFont) else ".."
    gap = " " if font.getlength(" ") > 2 else "  "  # 2 pixels do not part words

    def text(end: int) -> str:
        cut = label if end == len(label) else label[:end].rstrip() + dots
        return f"{cut} {score}".rstrip().replace(" ", gap)

    # By halves, for a letter that no font has may be spelt in eighteen others.
    ends = range(len(label), 0, -1)
    at = bisect.bisect_left(ends, True, key=lambda end: font.getlength(text(end)) <= room)
    if at < len(ends):
        return text(ends[at])
    return score if font.getlength(score) <= room else ""


def _font_for(text: str, size: int) -> tuple[Font, str]:
    """Return a font that has the letters of `text`; else the last resort and what it can say."""
    for name in ("", *_FONTS):
        font = _font(name, size)
        if font is not None and _has_letters(font, text):
            return font, text
    spelt = unicodedata.normalize("NFKD", text)
    spelt = "".join(letter for letter in spelt if not unicodedata.combining(letter))
    plain = spelt.encode("ascii", "replace").decode()
    return _font("", size) or ImageFont.load_default_imagefont(), plain


@functools.cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    except (ImportError, OSError):  # no FreeType, no such font
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


def _has_letters(font: ImageFont.FreeTypeFont, text: str) -> bool:
    if text.isascii():
        return True
    missing = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(letter)) != missing for letter in set(text) - {" "})
