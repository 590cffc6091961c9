"""Pictures in a terminal: by its own graphics, or as coloured half blocks.

A half block ``▀`` is two pixels: its foreground is the upper one, its background the lower one.
Cells of terminals are about twice as high as wide, so these pixels are about square.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal, TypeAlias

from PIL import Image

from imgdisplay.errors import missing_extra

__all__ = ["CELL", "Colors", "colors_of", "draw_graphics", "graphics_of", "half_blocks"]

Colors: TypeAlias = Literal["none", "256", "24bit"]

CELL = (10, 20)
"""CSS pixels that a cell counts for: width and height of a VT340's."""


def colors_of(environ: Mapping[str, str]) -> Colors:
    """Return which colours the terminal shows, as far as its environment tells.

    Examples
    --------
    >>> colors_of({"TERM": "xterm-256color"}), colors_of({"COLORTERM": "truecolor"})
    ('256', '24bit')
    """
    term = environ.get("TERM", "")
    if term == "dumb":
        return "none"
    if environ.get("COLORTERM") in ("truecolor", "24bit") or "WT_SESSION" in environ:
        return "24bit"
    return "24bit" if term.endswith("-direct") else "256"


def half_blocks(picture: Image.Image, colors: Colors) -> Iterator[str]:
    """Yield lines of half blocks, each two rows of pixels.

    What is more transparent than opaque shows the background of the terminal.

    Examples
    --------
    >>> list(half_blocks(Image.new("RGB", (1, 2), (255, 0, 0)), "24bit"))
    ['\\x1b[0;38;2;255;0;0;48;2;255;0;0m▀\\x1b[0m']
    """
    width, height = picture.width, picture.height + picture.height % 2
    rgba = Image.new("RGBA", (width, height))  # a last row alone stands over nothing
    rgba.paste(picture.convert("RGBA"), (0, 0))
    opaque = [alpha > 127 for alpha in rgba.getchannel("A").tobytes()]
    codes = _codes(rgba.convert("RGB"), colors)
    for top in range(0, width * height, 2 * width):
        line, before = "", ""
        for upper in range(top, top + width):
            lower = upper + width
            style = "\x1b[0"
            if opaque[upper] or opaque[lower]:
                style += f";38;{codes[upper if opaque[upper] else lower]}"
            if opaque[upper] and opaque[lower]:
                style += f";48;{codes[lower]}"
            block = "▀" if opaque[upper] else "▄" if opaque[lower] else " "
            line += block if style == before else f"{style}m{block}"
            before = style
        yield f"{line}\x1b[0m"


def _codes(picture: Image.Image, colors: Colors) -> list[str]:
    if colors == "24bit":
        channels = picture.tobytes()
        return [
            f"2;{channels[at]};{channels[at + 1]};{channels[at + 2]}"
            for at in range(0, len(channels), 3)
        ]
    indices = picture.quantize(palette=_xterm_palette(), dither=Image.Dither.FLOYDSTEINBERG)
    return [f"5;{16 + index}" for index in indices.tobytes()]


@lru_cache(maxsize=1)
def _xterm_palette() -> Image.Image:
    """Return the colours 16 to 255 of xterm: a cube of six levels, and 24 greys."""
    levels = (0, 95, 135, 175, 215, 255)
    palette = [level for r in levels for g in levels for b in levels for level in (r, g, b)]
    palette += [grey for grey in range(8, 239, 10) for _ in range(3)]
    image = Image.new("P", (1, 1))
    image.putpalette(palette + [0] * (768 - len(palette)))  # or the rest would be a grey ramp
    return image


Graphics: TypeAlias = Callable[..., Any]


def graphics_of() -> Graphics | None:
    """Return what draws pictures by kitty's protocol or as sixels; None if nothing can.

    To import the library asks the terminal, which answers on standard input.

    Raises
    ------
    MissingExtra
        If the library is not installed.
    """
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        return None
    try:
        library = import_module("textual_image.renderable")
    except ImportError as error:
        raise missing_extra("graphics of terminals need textual-image", "terminal") from error
    able = library.Image in (library.TGPImage, library.SixelImage)
    return library.Image if able else None


def draw_graphics(graphics: Graphics, picture: Image.Image, columns: int) -> None:
    """Draw a picture `columns` cells wide at the cursor."""
    from rich.console import Console  # what the library draws for

    Console(file=sys.stdout).print(graphics(picture, width=columns, height="auto"))


def _is_terminal(stream: Any) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
