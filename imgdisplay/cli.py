"""The command ``imgdisplay``: reports of folders and tables, and a demo.

The options of pictures are the fields of `Options`, with their texts and checks. Heavy imports
stand inside the commands, so that ``--help`` and mistakes answer at once.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import click
from click.core import ParameterSource

import imgdisplay
from imgdisplay.errors import ImgDisplayError, OptionError, quote
from imgdisplay.options import Options

if TYPE_CHECKING:
    from imgdisplay.report import Report

    _ParamType = click.ParamType[Any]
else:  # not generic in older versions of click
    _ParamType = click.ParamType

__all__ = ["main"]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Failed(click.ClickException):
    """A failure that is told in one line."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"imgdisplay: {self.format_message()}", file=file, err=True)


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of our output has gone; click ends quietly
        except (ImgDisplayError, OSError) as error:
            raise _Failed(_one_line(error)) from error


def _one_line(error: ImgDisplayError | OSError) -> str:
    from imgdisplay.core.html import plain_text  # a name in a message may hold escape codes

    text = str(error)
    if not isinstance(error, ImgDisplayError) and error.strerror:
        named = "" if error.filename is None else f": {quote(str(error.filename))}"
        text = error.strerror + named
    return plain_text(" ".join(text.split()), len(text) + 1)


class _Value(_ParamType):
    """The value of one field of `Options`, written as people write it."""

    name = "value"

    def __init__(self, option: str) -> None:
        self.option = option

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        problem = ""
        for reading in _readings(value):
            try:
                return getattr(Options(**{self.option: reading}), self.option)
            except OptionError as error:
                problem = problem or str(error).partition(": ")[2]
        return self.fail(f"{value!r}: {problem}", param, ctx)


def _readings(text: str) -> list[Any]:
    """Return what a text on the command line can mean, the likeliest first.

    Examples
    --------
    >>> _readings("96x64"), _readings("0:1"), _readings("none")
    ([(96, 64), '96x64'], [(0, 1), '0:1'], [None, 'none'])
    """
    if text.lower() == "none":
        return [None, text]
    for separator in ("x", "×", ":", ","):
        first, found, second = text.partition(separator)
        if found and (pair := (_number(first), _number(second))) and None not in pair:
            return [pair, text]
    number = _number(text)
    return [text] if number is None else [number, text]


def _number(text: str) -> int | float | None:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            pass
    return None


def _forms(hint: Any) -> list[str]:
    """Return the forms in which a value of this type is written, for the help."""
    if hint is type(None):
        return ["none"]
    if get_origin(hint) is Literal:
        return [str(choice) for choice in get_args(hint)]
    if get_origin(hint) is tuple:
        return {(int, int): ["WxH"], (float, float): ["LOW:HIGH"]}.get(get_args(hint), [])
    if get_args(hint):
        return [form for kind in get_args(hint) for form in _forms(kind)]
    return {int: ["N"], float: ["X"], str: ["TEXT"]}.get(hint, [])


_NOT_HERE = {"paths"}
"""The command is told by its argument what is a path."""


def _picture_options(command: Command) -> Command:
    """Add an option for each field of `Options`."""
    hints = typing.get_type_hints(Options)
    for field in reversed(dataclasses.fields(Options)):
        if field.name in _NOT_HERE:
            continue
        name = f"--{field.name.replace('_', '-')}"
        hint = hints[field.name]
        settings: dict[str, Any] = {}
        if hint is bool:
            name = f"{name}/--no-{name[2:]}"
            default = "yes" if field.default else "no"
        else:
            settings = {"type": _Value(field.name), "metavar": "|".join(_forms(hint))}
            default = "none" if field.default is None else str(field.default)
        command = click.option(
            name,
            field.name,
            default=None,
            help=f"{field.metadata['about']}  [default: {default}]",
            **settings,
        )(command)
    return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'imgdisplay COMMAND --help' tells more of a command.",
)
@click.version_option(imgdisplay.__version__, prog_name="imgdisplay")
def main() -> None:
    """Pictures where your data is: thumbnails in self-contained HTML pages.

    \b
    Examples:
      imgdisplay demo
      imgdisplay report photos
      imgdisplay report labels.csv --column file -o labels.html
    """


@main.command(context_settings={"show_default": True})
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
@_picture_options
def report(
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
        source,
        column=list(column) or None,
        recursive=recursive,
        **{name: value for name, value in options.items() if _is_said(context, name)},
    )
    _save(page, output)


def _is_said(context: click.Context, name: str) -> bool:
    # None is a value that can be said: `--size none`.
    return context.get_parameter_source(name) is not ParameterSource.DEFAULT


@main.command()
@click.option(
    "-o",
    "--output",
    default="demo.html",
    show_default=True,
    type=click.Path(),
    help="File to write.",
)
def demo(output: str) -> None:
    """Write a page of pictures that the package draws itself.

    \b
    Example:
      imgdisplay demo -o demo.html
    """
    from imgdisplay.report.demo import demo_report

    _save(demo_report(), output)


def _save(page: Report, output: str) -> None:
    from imgdisplay.report.folder import human_size

    path = page.save(output)
    pictures, bad = page.pictures, len(page.unreadable)
    facts = [f"{pictures} picture{'s' * (pictures != 1)}"]
    facts += [f"{bad} unreadable"] if bad else []
    facts.append(human_size(path.stat().st_size).replace("\xa0", " "))
    click.echo(f"{click.format_filename(path)}: {', '.join(facts)}")
