"""``imgdisplay report`` and ``imgdisplay demo``: pages of many pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from imgdisplay.cli.pictureoptions import PAGE, picture_options, said

if TYPE_CHECKING:
    from imgdisplay.report import Report

__all__ = ["demo_command", "report_command"]


@click.command("report", context_settings={"show_default": True})
@click.pass_context
@click.argument("folder_or_table", required=False, type=click.Path())
@click.option("-o", "--output", default="report.html", type=click.Path(), help="File to write.")
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
    title: str | None,
    column: tuple[str, ...],
    recursive: bool,
    **options: Any,
) -> None:
    """Write a page of the images of a folder, or of a table of images.

    FOLDER_OR_TABLE is a folder, or a CSV, TSV or Parquet file in which a column names image
    files. The page is a single HTML file that needs no network and no script.

    \b
    Examples:
      imgdisplay report photos
      imgdisplay report photos -o photos.html --size 160 --no-recursive
      imgdisplay report labels.csv --column file --title "What the model saw"
    """
    if folder_or_table is None:
        raise click.UsageError(
            "give a folder of images, or a CSV, TSV or Parquet file with a column of image "
            "files, as in: imgdisplay report photos -o photos.html"
        )
    from pathlib import Path

    from imgdisplay.report.page import Report, title_of

    source = Path(folder_or_table)
    page = Report(title=title_of(source) if title is None else title).add(
        source, column=list(column) or None, recursive=recursive, **said(context, options)
    )
    _save(page, output)


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


def _save(page: Report, output: str) -> None:
    from imgdisplay.cli.answers import bytes_for_people

    path = page.save(output)
    pictures, bad = page.pictures, len(page.unreadable)
    facts = [f"{pictures} picture{'s' * (pictures != 1)}"]
    facts += [f"{bad} unreadable"] if bad else []
    facts.append(bytes_for_people(path.stat().st_size))
    click.echo(f"{click.format_filename(path)}: {', '.join(facts)}")
