"""``imgdisplay report`` and ``imgdisplay demo``: pages of many pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import click

from imgdisplay.cli.answers import answer_json, bytes_for_people, tell
from imgdisplay.cli.pictureoptions import PAGE, PictureCommand, picture_options, said

if TYPE_CHECKING:
    from imgdisplay.report import Report

__all__ = ["demo_command", "report_command"]


def _file(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value == "-":
        raise click.BadParameter("a page goes to a file, not to standard output")
    return value


@click.command("report", cls=PictureCommand, context_settings={"show_default": True})
@click.pass_context
@click.argument("folder_or_table", required=False, type=click.Path(), metavar="FOLDER_OR_TABLE")
@click.option(
    "-o",
    "--output",
    default="report.html",
    type=click.Path(),
    callback=_file,
    help="File to write; or a folder of pages, if it ends in a slash.",
)
@click.option(
    "--images",
    type=click.Choice(["inline", "files"]),
    default="inline",
    help="Of a folder of pages: pictures in the pages, or in files beside them.",
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
@click.option("--json", "as_json", is_flag=True, help="Answer {file, pictures, unreadable, …}.")
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
    as_json: bool,
    **options: Any,
) -> None:
    """Write a page of the images of a folder, or of a table of images.

    FOLDER_OR_TABLE is a folder, an image, or a CSV, TSV or Parquet file in which a column names
    image files. The page is a single HTML file that needs no network. Of more pictures than one
    page should hold, write a folder of pages with an index. A picture that cannot be read has its
    place in the page, with the reason, and is counted; the exit code stays 0.

    \b
    Examples:
      imgdisplay report photos
      imgdisplay report photos -o photos.html --size 160 --no-recursive
      imgdisplay report photos -o photos-pages/
      imgdisplay report photos -o photos.md
      imgdisplay report labels.csv --column file --title "What the model saw"
    """
    if not folder_or_table:
        raise click.UsageError(
            "give a folder of images, or a CSV, TSV or Parquet file with a column of image "
            "files, as in: imgdisplay report photos -o photos.html"
        )
    if "://" in folder_or_table:
        raise click.UsageError(
            f"'{folder_or_table}' is an address, and folders and tables are read from this "
            "machine; download it first"
        )
    from pathlib import Path

    from imgdisplay.report.document import Report, title_of

    source = Path(folder_or_table)
    page = Report(title=title_of(source) if title is None else title).add(
        source, column=list(column) or None, recursive=recursive, **said(context, options)
    )
    path = _save(page, output, images)
    if as_json:
        answer_json({"file": os.fspath(path), **_facts(page), "bytes": _size(path)})
    else:
        _tell(page, path)


@click.command("demo")
@click.option(
    "-o",
    "--output",
    default="demo.html",
    show_default=True,
    type=click.Path(),
    callback=_file,
    help="File to write.",
)
def demo_command(output: str) -> None:
    """Write a page of pictures that the package draws itself.

    \b
    Example:
      imgdisplay demo -o demo.html
    """
    from imgdisplay.report.demo.page import demo_report

    page = demo_report()
    _tell(page, _save(page, output))


def _save(
    page: Report, output: str, images: Literal["inline", "files"] = "inline"
) -> str | os.PathLike[str]:
    path: str | os.PathLike[str] = page.save(output, images=images)
    return path


def _facts(page: Report) -> dict[str, Any]:
    """Return what ``--json`` says of a page; at most 1,000 unreadable pictures one by one."""
    return {
        "pictures": page.counts.pictures,
        "rows": page.counts.rows,
        "unreadable_count": page.counts.unreadable,
        "unreadable": [{"name": bad.name, "reason": bad.reason} for bad in page.unreadable],
    }


def _tell(page: Report, path: str | os.PathLike[str]) -> None:
    pictures, bad = page.counts.pictures, page.counts.unreadable
    facts = [f"{pictures} picture{'s' * (pictures != 1)}"]
    facts += [f"{bad} unreadable"] if bad else []
    size = _size(path)
    facts += [] if size is None else [bytes_for_people(size)]
    tell(f"{click.format_filename(path)}: {', '.join(facts)}")


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
