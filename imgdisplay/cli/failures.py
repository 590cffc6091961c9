"""How a command ends that does not go well: one line, an exit code, no unfinished file."""

from __future__ import annotations

import re
import signal
import threading
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from imgdisplay.errors import ImgDisplayError, OptionError, quote
from imgdisplay.options import NAMES, Options

__all__ = ["Commands", "complain", "message_of"]


class _Failed(click.ClickException):
    """A failure that is told in one line."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        complain(self.format_message())


class _Mistaken(_Failed):
    """A mistake in the command line."""

    exit_code = 2


class Commands(click.Group):
    """A group of commands whose expected errors are told in one line."""

    def make_context(
        self, info_name: str | None, args: list[str], *rest: Any, **extra: Any
    ) -> click.Context:
        """Read what stands before the command's name."""
        with _mistakes_in_one_line():
            return super().make_context(info_name, args, *rest, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a failure is a `click.ClickException`."""
        try:
            with _unwound_by_signals(), _mistakes_in_one_line():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("interrupted")
            raise SystemExit(128 + signal.SIGINT) from None  # as shells say it
        except BrokenPipeError:
            raise  # the reader of our output has gone; click ends quietly
        except OptionError as error:
            raise _Mistaken(message_of(error)) from error
        except (ImgDisplayError, OSError) as error:
            raise _Failed(message_of(error)) from error


@contextmanager
def _mistakes_in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # not even a command: the whole help
    except click.UsageError as error:
        message = error.format_message().removesuffix(".")
        path = "imgdisplay" if error.ctx is None else error.ctx.command_path
        raise _Mistaken(f"{message[:1].lower()}{message[1:]}; see: {path} --help") from error


def complain(message: str) -> None:
    """Write one line about a failure to standard error, without escape codes.

    Advice that names a keyword names the command's option instead.
    """
    click.echo(f"imgdisplay: {_in_one_line(message)}", err=True)


def _in_one_line(text: str) -> str:
    """Return a message for a terminal.

    Examples
    --------
    >>> _in_one_line("too large;\\nraise it with max_pixels=…")
    'too large; raise it with --max-pixels …'
    >>> _in_one_line("it hangs; isolate=True stops it, format='png' is quicker")
    'it hangs; --isolate yes stops it, --format png is quicker'
    """
    from imgdisplay.core.html import plain_text  # a name in a message may hold escape codes

    text = _KEYWORD.sub(_as_option, " ".join(text.split()))
    return plain_text(text, len(text) + 1)


def message_of(error: ImgDisplayError | OSError) -> str:
    """Return what an error says, with the name of the file that it is about."""
    text = str(error)
    if not isinstance(error, ImgDisplayError) and error.strerror:
        named = "" if error.filename is None else f": {quote(str(error.filename))}"
        text = error.strerror + named
    return text


_KEYWORDS = (*NAMES, "column", "images", "max_bytes", "recursive")
_KEYWORD = re.compile(rf"(?<![^ ])({'|'.join(_KEYWORDS)})=(True\b|False\b|'[a-z]+'|…)")
_SWITCHES = {"recursive"} | {
    name for name, hint in typing.get_type_hints(Options).items() if hint in (bool, bool | None)
}


def _as_option(found: re.Match[str]) -> str:
    name, value = found.groups()
    option = name.replace("_", "-")
    if name in _SWITCHES:
        return f"--{option}" if value == "True" else f"--no-{option}"
    return f"--{option} {_VALUES.get(value, value.strip(chr(39)))}"


_VALUES = {"True": "yes", "False": "no"}


@contextmanager
def _unwound_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise, as Ctrl-C does, so that unfinished files are removed."""

    def leave(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    numbers = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    # What somebody ignores, as `nohup` does, stays ignored.
    ours = {number for number in numbers if signal.getsignal(number) is signal.SIG_DFL}
    for number in ours:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
