"""What the commands answer, for people and for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from imgdisplay.core.encode import Thumbnail

__all__ = ["answer_json", "bytes_for_people", "facts", "tell"]


def facts(thumbnail: Thumbnail) -> dict[str, Any]:
    """Return what ``--json`` says of one encoded picture."""
    return {
        "mime": thumbnail.mime,
        "width": thumbnail.width,
        "height": thumbnail.height,
        "pixel_width": thumbnail.pixel_width,
        "pixel_height": thumbnail.pixel_height,
        "source_width": thumbnail.source_size[0],
        "source_height": thumbnail.source_size[1],
        "bytes": len(thumbnail.data),
        "notes": list(thumbnail.notes),
    }


def answer_json(answer: object) -> None:
    """Write one line of JSON, all of it ASCII, to standard output."""
    click.echo(json.dumps(answer))


def tell(text: str) -> None:
    """Write one line for people to standard output, whatever characters it can hold."""
    from imgdisplay.core.html import plain_text  # a name may hold escape codes

    encoding = sys.stdout.encoding or "utf-8"
    text = plain_text(text, len(text) + 1).replace("\n", "\ufffd")
    click.echo(text.encode(encoding, "replace").decode(encoding))


def bytes_for_people(size: int) -> str:
    """Return a number of bytes as people read it, with a plain space.

    Examples
    --------
    >>> bytes_for_people(1_234_567)
    '1.2 MB'
    """
    from imgdisplay.report.wording import human_size

    return human_size(size).replace("\xa0", " ")
