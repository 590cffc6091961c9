"""Options as IPython knows them: ``%config``, config files and the ``%imgdisplay`` magic.

The list of options is that of `imgdisplay.options.Options`; nothing is written twice.
"""

from __future__ import annotations

import ast
import dataclasses
import textwrap
import warnings
from typing import TYPE_CHECKING, Any

from traitlets import TraitError, TraitType
from traitlets.config import Configurable

from imgdisplay.errors import ImgDisplayError, quote, suggestion
from imgdisplay.options import NAMES, Options, get_options, set_options

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Settings"]

_ABOUT = {option.name: option.metadata["about"] for option in dataclasses.fields(Options)}


class _OptionTrait(TraitType[Any, Any]):
    """A trait that is the session's option of the same name, and holds nothing itself."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        return getattr(get_options(), str(self.name))

    def set(self, obj: Any, value: Any) -> None:
        try:
            set_options(**{str(self.name): value})
        except ImgDisplayError as error:
            raise TraitError(str(error)) from None


def _configurable() -> Configurable:
    # Its name is what users write: %config ImgDisplay.size = 96, c.ImgDisplay.size = 96
    traits: dict[str, Any] = {
        option.name: _OptionTrait(option.default, help=_ABOUT[option.name]).tag(config=True)
        for option in dataclasses.fields(Options)
    }
    kind = type("ImgDisplay", (Configurable,), {"__doc__": "Pictures in notebooks.", **traits})
    made: Configurable = kind()
    return made


class Settings:
    """The configurable and the magic of one IPython session."""

    def __init__(self, ipython: Any, switch: Any) -> None:
        self._ipython = ipython
        self._switch = switch  # has `enable`, `disable` and `enabled`
        self._configurable = _configurable()

    def install(self) -> None:
        """Add ``%config ImgDisplay`` and ``%imgdisplay``, and take over the config file."""
        self._read_config_file()
        self._ipython.configurables.append(self._configurable)
        self._ipython.register_magic_function(self.magic, "line", _MAGIC)
        self._ipython.set_hook("complete_command", self.complete, str_key=f"%{_MAGIC}")

    def remove(self) -> None:
        """Take both back; the options stay as the user has set them."""
        if self._configurable in self._ipython.configurables:
            self._ipython.configurables.remove(self._configurable)
        magics = self._ipython.magics_manager.magics["line"]
        if getattr(magics.get(_MAGIC), "__self__", None) is self:
            del magics[_MAGIC]
        self._ipython.strdispatchers["complete_command"].strs.pop(f"%{_MAGIC}", None)

    def _read_config_file(self) -> None:
        for name, value in self._ipython.config.get("ImgDisplay", {}).items():
            try:
                set_options(**{name: value})
            except ImgDisplayError as error:
                warnings.warn(
                    f"c.ImgDisplay.{name} is left out: {error}", UserWarning, stacklevel=2
                )

    def magic(self, line: str = "") -> None:
        """Switch pictures on or off, and set options.

        %imgdisplay on | off | status | reset | help | NAME | NAME=VALUE …
        """
        words = _words(line)
        if not words or words == ["status"]:
            print(self._status())
        elif words == ["help"]:
            print(_help())
        elif words == ["reset"]:
            defaults: dict[str, Any] = {
                option.name: option.default for option in dataclasses.fields(Options)
            }
            set_options(**defaults)
        elif words in (["on"], ["off"]):
            (self._switch.enable if words == ["on"] else self._switch.disable)()
        else:
            for word in words:
                self._set_or_show(word)

    def _set_or_show(self, word: str) -> None:
        name, equals, text = word.partition("=")
        if equals:
            try:
                set_options(**{name: _value(text)})
            except ImgDisplayError as error:
                self._complain(str(error))
        elif name in NAMES:
            print(f"{name}={getattr(get_options(), name)!r}  {_ABOUT[name]}")
        else:
            hint = suggestion(name, (*_VERBS, *NAMES))
            self._complain(
                f"%{_MAGIC} {quote(name)}: no such word{hint}; %{_MAGIC} help lists them"
            )

    def _complain(self, message: str) -> None:
        from IPython.core.error import UsageError

        raise UsageError(message)

    def _status(self) -> str:
        changed = [
            f"  {option.name}={value!r}"
            for option in dataclasses.fields(Options)
            if (value := getattr(get_options(), option.name)) != option.default
        ]
        state = "on" if self._switch.enabled else "off"
        return "\n".join(
            [f"imgdisplay is {state}.", *changed, f"%{_MAGIC} help lists the options."]
        )

    def complete(self, ipython: InteractiveShell, event: Any) -> list[str]:
        """Return what may follow ``%imgdisplay``."""
        return [*_VERBS, *(f"{name}=" for name in NAMES)]


_MAGIC = "imgdisplay"
_VERBS = ("on", "off", "status", "reset", "help")


def _words(line: str) -> list[str]:
    """Split a line at blanks outside of brackets and quotes, and join ``name = value``."""
    words, depth, quote = [""], 0, ""
    for sign in line.strip():
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        if sign.isspace() and not quote and depth <= 0:
            words.append("")
        else:
            words[-1] += sign
    joined: list[str] = []
    for word in filter(None, words):
        if joined and (word.startswith("=") or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _value(text: str) -> Any:
    """Return what the user typed as a Python value; a bare word is text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _help() -> str:
    width = max(map(len, NAMES))
    lines = [f"%{_MAGIC} on | off | status | reset | help | NAME | NAME=VALUE …", ""]
    for option in dataclasses.fields(Options):
        said = f"{option.name:<{width}}  {_ABOUT[option.name]} Default: {option.default!r}."
        lines += textwrap.wrap(said, 80, initial_indent="  ", subsequent_indent=" " * (width + 4))
    return "\n".join(lines)
