"""``imgdisplay show``: pictures in the terminal."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from imgdisplay.cli.answers import tell
from imgdisplay.cli.failures import complain, message_of
from imgdisplay.cli.given import source_of
from imgdisplay.cli.pictureoptions import ONE_PICTURE, PictureCommand, picture_options, said
from imgdisplay.errors import ImgDisplayError, MissingExtra

if TYPE_CHECKING:
    from PIL import Image

    from imgdisplay.cli.terminal import Colors, Graphics

__all__ = ["show_command"]

_SHOWN = tuple(
    name for name in ONE_PICTURE if name not in {"size", "scale", "format", "quality", "animate"}
)


@click.command("show", cls=PictureCommand)
@click.pass_context
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True)
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["auto", "graphics", "blocks", "text"]),
    default="auto",
    show_default=True,
    help="graphics: kitty's protocol or sixels; blocks: coloured half blocks; text: one line.",
)
@click.option(
    "--columns", type=click.IntRange(1, 250), help="Most columns.  [default: the terminal's]"
)
@click.option(
    "--rows", type=click.IntRange(1, 250), help="Most rows.  [default: what the terminal has]"
)
@picture_options(_SHOWN)
def show_command(
    context: click.Context,
    /,
    files: tuple[str, ...],
    form: str,
    columns: int | None,
    rows: int | None,
    **options: Any,
) -> None:
    """Show pictures in the terminal, each with a line that describes it.

    FILE is an image file, or - for standard input. A terminal that knows kitty's protocol or
    sixels (kitty, iTerm2, WezTerm, foot, Windows Terminal, xterm, …) shows the picture itself
    if the extra 'terminal' is installed; others show it in coloured half blocks. What is no
    terminal gets the line alone.

    \b
    Examples:
      imgdisplay show photo.jpg
      imgdisplay show *.png --columns 40
      imgdisplay show photo.jpg --as blocks | less -R
    """
    from imgdisplay.core.pipeline import make
    from imgdisplay.options import resolve

    given = said(context, options)
    form, graphics, colors = _way(form)
    failed = False
    for file in files:
        try:
            box = _box(form, *_room(columns, rows))
            thumbnail = make(source_of(file), resolve({**box, "format": "png", **given}))
        except (ImgDisplayError, OSError) as error:
            failed = True
            complain(message_of(error))
            continue
        if form != "text":
            _draw(_decoded(thumbnail.data), thumbnail.width, graphics, colors)
        tell(thumbnail.description)
    if failed:
        context.exit(1)


def _way(form: str) -> tuple[str, Graphics | None, Colors]:
    """Return how pictures are shown here."""
    from imgdisplay.cli.terminal import colors_of, graphics_of

    colors = colors_of(os.environ)
    if form == "graphics":
        graphics = graphics_of()
        if graphics is None:
            raise ImgDisplayError(
                "this terminal shows neither kitty's graphics nor sixels; "
                "--as blocks shows half blocks"
            )
        return "graphics", graphics, colors
    if form == "auto":
        if not sys.stdout.isatty() or colors == "none" or not _can_write("▀"):
            return "text", None, colors
        try:
            graphics = graphics_of()
        except MissingExtra:
            graphics = None
        return ("graphics" if graphics else "blocks"), graphics, colors
    if form == "blocks" and not _can_write("▀"):
        raise ImgDisplayError(
            f"standard output is written as {sys.stdout.encoding}, which has no half blocks; "
            "PYTHONUTF8=1 changes that"
        )
    return form, None, colors


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _room(columns: int | None, rows: int | None) -> tuple[int, int]:
    terminal = shutil.get_terminal_size()
    # Below the picture stand its description and the next prompt.
    return columns or min(terminal.columns, 250), rows or max(1, min(terminal.lines - 2, 250))


def _box(form: str, columns: int, rows: int) -> dict[str, Any]:
    """Return the options that say how many pixels fit into so many cells."""
    from imgdisplay.cli.terminal import CELL

    if form == "graphics":
        return {"size": (columns * CELL[0], rows * CELL[1])}
    return {"size": (columns, rows * 2) if form == "blocks" else 16, "scale": 1}


def _decoded(data: bytes) -> Image.Image:
    from PIL import Image

    return Image.open(io.BytesIO(data))


def _draw(picture: Image.Image, width: int, graphics: Graphics | None, colors: Colors) -> None:
    from imgdisplay.cli.terminal import CELL, draw_graphics, half_blocks

    if graphics is not None:
        draw_graphics(graphics, picture, max(1, round(width / CELL[0])))
        return
    for line in half_blocks(picture, colors):
        click.echo(line, color=True)
