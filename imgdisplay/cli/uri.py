"""``imgdisplay uri``: a picture as a ``data:`` URI, for pages, style sheets and other programs."""

from __future__ import annotations

from typing import Any

import click

from imgdisplay.cli.answers import answer_json, facts
from imgdisplay.cli.given import RawShape, raw_pixels, source_of
from imgdisplay.cli.pictureoptions import ONE_PICTURE, PictureCommand, picture_options, said

__all__ = ["uri_command"]


@click.command("uri", cls=PictureCommand)
@click.pass_context
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--raw",
    type=RawShape(),
    metavar="WxH[xC]",
    help="FILE holds nothing but 8-bit pixels, row by row from the top: C is 3 for RGB (or BGR "
    "with --color-order bgr), 4 for RGBA, 1 or left out for grey, 2 for grey and opacity.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer {uri, mime, width, height, …}.")
@picture_options(ONE_PICTURE, defaults={"size": "none"})
def uri_command(
    context: click.Context,
    /,
    file: str,
    raw: tuple[int, int, int] | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Write a picture as a data: URI to standard output.

    FILE is an image file, or - for standard input. The whole picture is encoded anew, upright,
    in sRGB and without metadata; --size makes it a thumbnail. A photograph becomes JPEG:
    --format png keeps every pixel.

    \b
    Examples:
      imgdisplay uri logo.png
      imgdisplay uri photo.jpg --size 128 --json
      curl -s https://example.org/photo.jpg | imgdisplay uri -
      camera | imgdisplay uri - --raw 640x480x3 --format webp
    """
    from imgdisplay.core.pipeline import make
    from imgdisplay.options import resolve

    wanted = resolve({"size": None, **said(context, options)})
    source = source_of(file) if raw is None else raw_pixels(file, raw, wanted)
    thumbnail = make(source, wanted)
    if as_json:
        answer_json({"uri": thumbnail.data_uri, **facts(thumbnail)})
    else:
        click.echo(thumbnail.data_uri)
