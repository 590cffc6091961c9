"""``imgdisplay slim``: smaller pictures in the saved outputs of a notebook."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imgdisplay.cli.answers import answer_json, bytes_for_people, tell
from imgdisplay.cli.failures import complain
from imgdisplay.cli.pictureoptions import PictureCommand, number_of_bytes, picture_options, said

if TYPE_CHECKING:
    _ParamType = click.ParamType[int]
else:  # not generic in older versions of click
    _ParamType = click.ParamType

__all__ = ["slim_command"]


class _Bytes(_ParamType):
    """A number of bytes: ``500000``, ``500kB``, ``2MB``, ``1.5 MiB``."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        size = number_of_bytes(value)
        if size is None:
            self.fail(f"{value!r}: expected a number of bytes, as in 500kB or 2MB", param, ctx)
        return size


@click.command("slim", cls=PictureCommand)
@click.pass_context
@click.argument("notebook", type=click.Path())
@click.option(
    "--max-bytes",
    type=_Bytes(),
    metavar="BYTES",
    help="Most bytes of the whole notebook, as in 500kB or 2MB: all pictures are shrunk into the "
    "largest box that keeps it.",
)
@click.option(
    "--in-place", is_flag=True, help="Replace NOTEBOOK instead of writing NAME.slim.ipynb."
)
@click.option("--json", "as_json", is_flag=True, help="Answer {file, shrunk, bytes_before, …}.")
@picture_options(
    ("size", "quality", "background", "max_pixels", "max_file_bytes"),
    defaults={"size": "512, or none with --max-bytes"},
)
def slim_command(
    context: click.Context,
    /,
    notebook: str,
    max_bytes: int | None,
    in_place: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Shrink the pictures in the saved outputs of a notebook.

    PNG and JPEG outputs, and base64 data: URIs of images in HTML outputs, are fitted into a box
    of --size pixels. Everything else stays byte for byte: sources, other outputs, attachments
    of Markdown cells, the layout of the JSON text. Pictures that fit, animations, SVG and what
    cannot be read stay, too; the last are told on standard error.

    Jupyter will ask anew whether it may trust the HTML of the outputs.

    \b
    Examples:
      imgdisplay slim analysis.ipynb
      imgdisplay slim analysis.ipynb --size 320x240 --in-place
      imgdisplay slim analysis.ipynb --max-bytes 1MB --json
    """
    from imgdisplay.core.files import write_whole
    from imgdisplay.notebook.slim import slim_file
    from imgdisplay.options import resolve

    source = Path(notebook)
    target = source if in_place else source.with_name(f"{source.stem}.slim.ipynb")
    size = 512 if max_bytes is None else None
    wanted = resolve({"size": size, **said(context, options)})
    with _as_private_as(source):
        slimmed = slim_file(source, target, wanted, save=write_whole, max_bytes=max_bytes)
    if as_json:
        facts = {
            field.name: getattr(slimmed, field.name)
            for field in dataclasses.fields(slimmed)
            if field.name not in ("pieces", "notes")
        }
        notes = [dataclasses.asdict(note) for note in slimmed.notes]
        answer_json({"file": str(target), **facts, "notes": notes})
        return
    for note in slimmed.notes:
        where = f"cell {note.cell}, output {note.output}, {note.mime}"
        complain(f"{where}: left as it is: {note.reason}")
    pictures = f"{slimmed.shrunk} of {slimmed.pictures} picture{'s' * (slimmed.pictures != 1)}"
    before, after = bytes_for_people(slimmed.bytes_before), bytes_for_people(slimmed.bytes_after)
    tell(f"{target}: {pictures} shrunk, {before} became {after}")


@contextmanager
def _as_private_as(path: Path) -> Iterator[None]:
    """Let new files be readable to those alone who may read this one."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # it will be told why it cannot be read
        yield
        return
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)
