"""The fields of `Options` as options of a command, with the same words and checks."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from imgdisplay.errors import OptionError
from imgdisplay.options import NAMES, Options

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # not generic in older versions of click
    _ParamType = click.ParamType

__all__ = ["ONE_PICTURE", "PAGE", "PictureCommand", "number_of_bytes", "picture_options", "said"]

Command = TypeVar("Command", bound=Callable[..., Any])

PAGE = tuple(name for name in NAMES if name not in ("paths", "cache", "overlay"))
"""Options of a page. The command is told by its argument what is a path, and runs once; an
overlay is an object of Python."""

_OF_MANY_OR_ARRAYS = {
    "arrays",
    "denormalize",
    "max_images",
    "max_output_bytes",
    "on_error",
    "preview_size",
    "zoom",
}
ONE_PICTURE = tuple(name for name in PAGE if name not in _OF_MANY_OR_ARRAYS)
"""Options that mean something for one picture that is a file."""


_SECTIONS = {
    "size": "Thumbnails",
    "value_range": "Arrays and lists",
    "paths": "Other machines",
    "on_error": "Failures and limits",
}
"""What the fields of `Options` are about, from each of these on."""


class PictureCommand(click.Command):
    """A command whose help tells its own options first, then those of pictures by sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        title = own = "Options"
        section_of = {name: (title := _SECTIONS.get(name, title)) for name in NAMES}
        sections: dict[str, list[tuple[str, str]]] = {own: []}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                sections.setdefault(section_of.get(option.name or "", own), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def picture_options(
    names: Collection[str], *, defaults: Mapping[str, str] | None = None
) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each of these fields of `Options`.

    Parameters
    ----------
    names
        Fields of `Options`.
    defaults
        What the help says of a default that is the command's own.
    """
    hints = typing.get_type_hints(Options)

    def add(command: Command) -> Command:
        for field in reversed(dataclasses.fields(Options)):
            if field.name in names:
                default = (defaults or {}).get(field.name) or _written(field.default)
                command = _option(field, hints[field.name], default)(command)
        return command

    return add


def said(context: click.Context, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given; None is a value that can be: ``--size none``."""
    return {
        name: value
        for name, value in options.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }


def _option(field: dataclasses.Field[Any], hint: Any, default: str) -> Callable[[Command], Command]:
    name = f"--{field.name.replace('_', '-')}"
    value = _Value(field.name, _forms(hint))
    settings: dict[str, Any] = {"type": value, "metavar": "|".join(value.forms)}
    if hint in (bool, bool | None):
        name, settings = f"{name}/--no-{name[2:]}", {}
    about = f"{_as_typed(field.metadata['about'])}  [default: {default}]"
    return click.option(name, field.name, default=None, help=about, **settings)


_TYPED = {
    "None": "none",
    "True": "yes",
    "False": "no",
    "(width, height)": "WxH",
    "(low, high)": "LOW:HIGH",
}


def _as_typed(text: str) -> str:
    """Return what is said of an option with its values as they are typed.

    Examples
    --------
    >>> _as_typed("a side or (width, height); None keeps the whole image")
    'a side or WxH; none keeps the whole image'
    """
    words = "|".join(map(re.escape, _TYPED))
    return re.sub(rf"(?<!\w)({words})(?!\w)", lambda found: _TYPED[found[0]], text)


def _written(default: object) -> str:
    words = {True: "yes", False: "no", None: "none"}
    return words[default] if isinstance(default, bool | None) else str(default)


class _Value(_ParamType):
    """The value of one field of `Options`, written as people write it."""

    name = "value"

    def __init__(self, option: str, forms: list[str]) -> None:
        self.option = option
        self.forms = ["BYTES" if form == "N" and option in _IN_BYTES else form for form in forms]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        problem = ""
        size = number_of_bytes(value) if self.option in _IN_BYTES else None
        readings: list[Any] = _readings(value) if size is None else [size]
        for reading in readings:
            try:
                return getattr(Options(**{self.option: reading}), self.option)
            except OptionError as error:
                problem = problem or str(error).partition(": ")[2]
        return self.fail(f"{value!r}: {problem}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the words that are values; N, TEXT and the like are none."""
        words = [form for form in self.forms if form.islower()]
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


_IN_BYTES = frozenset({"max_file_bytes", "max_memory", "max_output_bytes"})


def number_of_bytes(text: str) -> int | None:
    """Return a number of bytes, written as people do, or None if it is none.

    Examples
    --------
    >>> number_of_bytes("500000"), number_of_bytes("2MB"), number_of_bytes("1.5 MiB")
    (500000, 2000000, 1572864)
    """
    read = re.fullmatch(r"(\d+(?:\.\d+)?) ?(?:([kmg])(i?))?b?", text.lower(), re.ASCII)
    if read is None:
        return None
    power = {None: 0, "k": 1, "m": 2, "g": 3}[read[2]]
    return int(float(read[1]) * (1024 if read[3] else 1000) ** power)


def _readings(text: str) -> list[Any]:
    """Return what a text on the command line can mean, the likeliest first.

    Examples
    --------
    >>> _readings("96x64"), _readings("0:1"), _readings("none"), _readings("yes")
    ([(96, 64), '96x64'], [(0, 1), '0:1'], [None, 'none'], [True, 'yes'])
    """
    if text.lower() in _WORDS:
        return [_WORDS[text.lower()], text]
    for separator in ("x", "×", ":", ","):
        first, found, second = text.partition(separator)
        if found and (pair := (_number(first), _number(second))) and None not in pair:
            return [pair, text]
    number = _number(text)
    return [text] if number is None else [number, text]


_WORDS = {"none": None, "yes": True, "true": True, "no": False, "false": False}


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
    if hint is bool:
        return ["yes", "no"]
    if get_origin(hint) is Literal:
        return [str(choice) for choice in get_args(hint)]
    if get_origin(hint) is tuple:
        return {(int, int): ["WxH"], (float, float): ["LOW:HIGH"]}.get(get_args(hint), [])
    if get_args(hint):
        return [form for kind in get_args(hint) for form in _forms(kind)]
    return {int: ["N"], float: ["X"], str: ["TEXT"], bool: ["yes", "no"]}.get(hint, [])
