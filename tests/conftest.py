"""What every test may ask for."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings
from kernels import execute_once

import imgdisplay


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the option of those who have hours."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="thousands of examples of each property, every mutation of every file, and the soak "
        "over the whole zoo",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples hypothesis tries, unless a profile is named."""
    # A shell lets what it runs in the background ignore interrupts, and their children do, too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    in_ci = bool(os.environ.get("CI"))
    settings.register_profile("quick", max_examples=100, deadline=None, derandomize=in_ci)
    settings.register_profile("few", max_examples=20, deadline=None, derandomize=in_ci)
    settings.register_profile("thorough", max_examples=3000, deadline=None)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("thorough" if config.getoption("--thorough") else "quick")


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Tell whether there is time for everything."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(autouse=True)
def options_as_before() -> Iterator[None]:
    """Undo what a test says by `set_options`."""
    before = {
        option.name: getattr(imgdisplay.get_options(), option.name)
        for option in dataclasses.fields(imgdisplay.Options)
    }
    yield
    imgdisplay.set_options(**before)


@pytest.fixture(autouse=True)
def no_thumbnail_remembered() -> None:
    """Let no test see what an earlier one has drawn."""
    imgdisplay.clear_cache()


@pytest.fixture
def teach() -> Iterator[Callable[[Any, Any], Any]]:
    """`register_source`, undone after the test."""
    taught: list[Any] = []

    def register(kind: Any, loader: Any) -> Any:
        taught.append(kind)
        return imgdisplay.register_source(kind, loader)

    yield register
    for kind in taught:
        imgdisplay.register_source(kind, None)


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Let no socket be opened, and list the attempts."""
    attempts: list[object] = []

    def refuse(*args: object, **kwargs: object) -> None:
        attempts.append((args, kwargs))
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield attempts
    assert attempts == []


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., str]:
    """Run code in a fresh interpreter, which must end by itself, and return what it printed."""

    def run(code: str, *arguments: object, seconds: float = 60) -> str:
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "MPLBACKEND": "agg"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    return run


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Any]:
    """Give a function that runs a notebook, once for all tests of all workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "executed"
    folder.mkdir(exist_ok=True)
    return lambda path: execute_once(path, folder)


PANDAS_AS_IT_COMES = {
    name: pd.get_option(name)
    for name in ("display.max_rows", "display.min_rows", "display.max_columns")
}


@pytest.fixture(autouse=True)
def pandas_as_it_comes() -> None:
    """Take back what other libraries do to pandas' options when they are imported."""
    for name, value in PANDAS_AS_IT_COMES.items():
        if pd.get_option(name) != value:
            pd.set_option(name, value)
