"""``imgdisplay report`` and ``imgdisplay demo``: pages of many pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import click

from imgdisplay.cli.pictureoptions import PAGE, picture_options, said

if TYPE_CHECKING:
    from imgdisplay.report import Report

__all__ = ["demo_command", "report_command"]


@click.command("report", context_settings={"show_default": True})
@click.pass_context
@click.argument("folder_or_table", required=False, type=click.Path())
@click.option(
    "-o",
    "--output",
    default="report.html",
    type=click.Path(),
    help="File to write; or a folder of pages, if it ends in a slash.",
)
@click.option(
    "--images",
    type=click.Choice(["inline", "files"]),
    default="inline",
    help="Of a folder: pictures in the pages, or in files beside them.",
)
@click.option("--title", help="Heading of the page.  [default: name of the folder or table]")
@click.option(
    "--column",
    multiple=True,
    help="Column of the table with paths of images; may be given again.  [default: found]",
)
@click.option(
    "--recursive/--no-recursive", default=True, help="Show the images of subfolders, too."
)
@picture_options(PAGE)
def report_command(
    context: click.Context,
    /,
    folder_or_table: str | None,
    output: str,
    images: Literal["inline", "files"],
    title: str | None,
    column: tuple[str, ...],
    recursive: bool,
    **options: Any,
) -> None:
    """Write a page of the images of a folder, or of a table of images.

    FOLDER_OR_TABLE is a folder, or a CSV, TSV or Parquet file in which a column names image
    files. The page is a single HTML file that needs no network and no script. Of more pictures
    than one page should hold, write a folder of pages with an index.

    \b
    Examples:
      imgdisplay report photos
      imgdisplay report photos -o photos.html --size 160 --no-recursive
      imgdisplay report photos -o photos-pages/
      imgdisplay report photos -o photos.md
      imgdisplay report labels.csv --column file --title "What the model saw"
    """
    if folder_or_table is None:
        raise click.UsageError(
            "give a folder of images, or a CSV, TSV or Parquet file with a column of image "
            "files, as in: imgdisplay report photos -o photos.html"
        )
    from pathlib import Path

    from imgdisplay.report.document import Report, title_of

    source = Path(folder_or_table)
    page = Report(title=title_of(source) if title is None else title).add(
        source, column=list(column) or None, recursive=recursive, **said(context, options)
    )
    _save(page, output, images)


@click.command("demo")
@click.option(
    "-o",
    "--output",
    default="demo.html",
    show_default=True,
    type=click.Path(),
    help="File to write.",
)
def demo_command(output: str) -> None:
    """Write a page of pictures that the package draws itself.

    \b
    Example:
      imgdisplay demo -o demo.html
    """
    from imgdisplay.report.demo import demo_report

    _save(demo_report(), output)


def _save(page: Report, output: str, images: Literal["inline", "files"] = "inline") -> None:
    from imgdisplay.cli.answers import bytes_for_people

    path = page.save(output, images=images)
    pictures, bad = page.counts.pictures, page.counts.unreadable
    facts = [f"{pictures} picture{'s' * (pictures != 1)}"]
    facts += [f"{bad} unreadable"] if bad else []
    size = _size(path)
    facts += [] if size is None else [bytes_for_people(size)]
    click.echo(f"{click.format_filename(path)}: {', '.join(facts)}")


def _size(path: str | os.PathLike[str]) -> int | None:
    """Return the size of a file, or of all files in a folder; of an address, None."""
    if not isinstance(path, os.PathLike):
        return None
    if not os.path.isdir(path):
        return os.stat(path).st_size
    return sum(
        os.stat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(path)
        for name in names
    )
