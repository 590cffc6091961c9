"""The command ``imgdisplay``.

The options of pictures are the fields of `Options`, with their texts and checks. Heavy imports
stand inside the commands, so that ``--help`` and mistakes answer at once.
"""

from __future__ import annotations

import click

import imgdisplay
from imgdisplay.cli.failures import Commands
from imgdisplay.cli.pages import demo_command, report_command
from imgdisplay.cli.show import show_command
from imgdisplay.cli.slim import slim_command
from imgdisplay.cli.thumb import thumb_command
from imgdisplay.cli.uri import uri_command

__all__ = ["main"]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "'imgdisplay COMMAND --help' tells more of a command. Exit codes: 0 all went well, "
        "1 something failed and is told on standard error, 2 a mistake in the command line."
    ),
)
@click.version_option(imgdisplay.__version__, prog_name="imgdisplay")
def main() -> None:
    """Pictures where your data is: thumbnails, data URIs and self-contained HTML pages.

    \b
    Examples:
      imgdisplay demo
      imgdisplay report photos
      imgdisplay uri logo.png
      imgdisplay thumb photos/*.jpg -o thumbnails
      imgdisplay show photo.jpg
      imgdisplay slim analysis.ipynb
    """


for _command in (
    uri_command,
    thumb_command,
    show_command,
    report_command,
    slim_command,
    demo_command,
):
    main.add_command(_command)
