"""A page as a PDF, printed by the browser that is installed.

Chromium, Chrome and Edge print from the command line, which needs no driver, works inside a
running event loop, and has been the same for years. The browser gets a profile of its own that
is removed, no network, and a time after which it is killed with all that it has started.

What the pages look like is said by their style sheet: paper, margins, and page numbers (the
margin boxes of CSS Paged Media 3, section 5, since Chromium 131). The browser's own header and
footer would print where the file lay.
"""

from __future__ import annotations

import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from imgdisplay.core.files import as_utf8, check_target, write_whole
from imgdisplay.errors import EncodeError, MissingExtra, OptionError, quote

__all__ = ["find_browser", "print_pdf"]

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
    *("chromium-headless-shell", "chrome-headless-shell"),  # the same without windows
)

_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_WINDOWS = tuple(
    rf"{folder}\{program}"
    for program in (
        r"Google\Chrome\Application\chrome.exe",
        r"Chromium\Application\chrome.exe",
        r"Microsoft\Edge\Application\msedge.exe",
        r"ms-playwright\chromium-*\chrome-win*\chrome.exe",
    )
    for folder in ("%ProgramFiles%", "%ProgramFiles(x86)%", "%LocalAppData%")
)
_LINUX = ("~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",)
_PLACES = {"darwin": _MAC, "win32": _WINDOWS}.get(sys.platform, _LINUX)
"""Where browsers are that are not on the PATH: of installers, and Playwright's."""

_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    # Nothing that a browser does by itself, and nothing that greets a new user.
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--disable-breakpad", "--disable-crash-reporter", "--password-store=basic"),
    "--use-mock-keychain",
    # No network: every name, every number, this machine included, leads to no host.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-dev-shm-usage",  # which is small in containers
)

_HOW_TO = (
    "install Chromium, Google Chrome or Microsoft Edge, or let the environment variable "
    "CHROME_PATH name one, or save as .html and print that in any browser"
)

_INSTEAD = "save as .html and print that in any browser"

_GRACE = 0.25
"""Seconds in which killed processes end; then those are left that are dead and not yet buried."""


def print_pdf(
    page: str | os.PathLike[str] | Iterable[str | bytes],
    path: str | os.PathLike[str],
    *,
    timeout: float = 300,
) -> Path:
    """Print an HTML page to a PDF file, and return its path.

    Parameters
    ----------
    page
        A text, texts one after the other, or the path (no ``str``) of an HTML file.
    path
        The file to write. It is there as a whole or not at all.
    timeout
        Seconds after which the browser is killed.

    Raises
    ------
    MissingExtra
        If no browser is installed.
    EncodeError
        If the browser does not print the page, or not in time.
    OptionError
        If `path` is something else than a file.
    OSError
        If the file cannot be written.
    """
    browser = find_browser()
    check_target(Path(path))
    return write_whole(path, _printed(browser, page, timeout))


def find_browser() -> str:
    """Return the path of a browser that prints: Chromium, Chrome or Edge.

    The environment variable ``CHROME_PATH``, which Lighthouse and others read as well, comes
    first, then what is on the ``PATH``, then where installers and Playwright put browsers.

    Raises
    ------
    MissingExtra
        If there is none.
    """
    said = os.environ.get("CHROME_PATH")
    if said:
        found = shutil.which(said)
        if found is None:
            raise MissingExtra(f"CHROME_PATH={quote(said)} names no program; {_HOW_TO}")
        return found
    for name in _NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    for place in _PLACES:
        for file in sorted(glob.glob(os.path.expanduser(os.path.expandvars(place))), reverse=True):
            if os.access(file, os.X_OK):
                return file
    raise MissingExtra(f"a PDF is printed by a browser, and none was found; {_HOW_TO}")


def _printed(
    browser: str, page: str | os.PathLike[str] | Iterable[str | bytes], timeout: float
) -> Iterator[bytes]:
    """Yield the bytes of the PDF."""
    # Processes that are being killed may still write into their profile.
    with tempfile.TemporaryDirectory(prefix="imgdisplay-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        pdf = folder / "page.pdf"
        _run(
            [
                browser,
                *_FLAGS,
                *_sandbox(),
                f"--user-data-dir={folder / 'profile'}",
                f"--print-to-pdf={pdf}",
                _address(page, folder),
            ],
            folder / "said.txt",
            timeout,
        )
        if not _is_pdf(pdf):
            raise EncodeError(_failed(browser, "it wrote no PDF", folder / "said.txt"))
        with open(pdf, "rb") as file:
            while piece := file.read(2**20):
                yield piece


def _address(page: str | os.PathLike[str] | Iterable[str | bytes], folder: Path) -> str:
    if isinstance(page, os.PathLike):
        file = Path(page).absolute()
        if not file.is_file():  # of which the browser would print its own error page
            raise OptionError(f"{quote(str(page))} is no HTML file; give the path of one")
        return file.as_uri()
    file = folder / "page.html"
    with open(file, "wb") as target:
        for text in [page] if isinstance(page, str) else page:
            target.write(as_utf8(text) if isinstance(text, str) else text)
    return file.as_uri()


def _sandbox() -> list[str]:
    # Chromium has no sandbox for root, which is the user in many containers.
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def _run(command: list[str], said: Path, timeout: float) -> None:
    with open(said, "wb") as output, _group(command, output) as process:
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise EncodeError(
                f"{quote(command[0])} had not printed the page after {timeout:g} s and was "
                f"stopped; {_INSTEAD}"
            ) from None
    if code:
        raise EncodeError(_failed(command[0], f"exit code {code}", said))


@contextmanager
def _group(command: list[str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program, and end it with everything that it has started."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise EncodeError(f"{quote(command[0])} cannot be started: {error.strerror}") from error
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False
        )
        process.wait()
        return
    with suppress(ProcessLookupError, PermissionError):  # they are gone already
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        latest = time.monotonic() + _GRACE
        while time.monotonic() < latest:
            os.killpg(process.pid, 0)
            time.sleep(0.01)
    process.wait()


def _is_pdf(file: Path) -> bool:
    try:
        with open(file, "rb") as pdf:
            begins = pdf.read(5) == b"%PDF-"
            pdf.seek(-min(64, os.fstat(pdf.fileno()).st_size), os.SEEK_END)
            return begins and b"%%EOF" in pdf.read()
    except OSError:
        return False


def _failed(browser: str, why: str, said: Path) -> str:
    lines = said.read_text("utf-8", "replace").strip().splitlines() if said.is_file() else []
    # Without a desktop Chromium complains of the bus of messages that is missing there.
    lines = [line for line in lines if "dbus" not in line]
    last = f": {quote(lines[-1].strip())}" if lines else ""
    return f"{quote(browser)} did not print the page ({why}){last}; {_INSTEAD}"
