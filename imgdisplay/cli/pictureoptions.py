"""The fields of `Options` as options of a command, with the same words and checks."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import click
from click.core import ParameterSource

from imgdisplay.errors import OptionError
from imgdisplay.options import NAMES, Options

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:  # not generic in older versions of click
    _ParamType = click.ParamType

__all__ = ["ONE_PICTURE", "PAGE", "picture_options", "said"]

Command = TypeVar("Command", bound=Callable[..., Any])

PAGE = tuple(name for name in NAMES if name not in ("paths", "cache"))
"""Options of a page. The command is told by its argument what is a path, and runs once."""

_OF_MANY_OR_ARRAYS = {
    "arrays",
    "channels",
    "denormalize",
    "max_images",
    "max_output_bytes",
    "on_error",
    "overlay",
    "preview_size",
    "zoom",
}
ONE_PICTURE = tuple(name for name in PAGE if name not in _OF_MANY_OR_ARRAYS)
"""Options that mean something for one picture that is a file."""


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
    settings: dict[str, Any] = {"type": _Value(field.name), "metavar": "|".join(_forms(hint))}
    if hint is bool:
        name, settings = f"{name}/--no-{name[2:]}", {}
    about = f"{field.metadata['about']}  [default: {default}]"
    return click.option(name, field.name, default=None, help=about, **settings)


def _written(default: object) -> str:
    words = {True: "yes", False: "no", None: "none"}
    return words[default] if isinstance(default, bool | None) else str(default)


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
    return {int: ["N"], float: ["X"], str: ["TEXT"]}.get(hint, [])
