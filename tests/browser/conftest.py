"""A real browser for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from truth import ARGUMENTS, chromium


def _missing(what: str) -> None:
    """Skip where somebody merely has no browser; in CI that would hide every fault."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must run the browser tests")
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a headless Chromium that shows sRGB.

    It lives for one module only, though starting it costs a second: as long as Playwright runs,
    its event loop does too, and every `asyncio.run` of another test in this thread would fail.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    path = chromium()
    if path is None:
        _missing("no Chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Give a function that opens pages; it takes what a browser context takes.

    ``new_page(color_scheme="dark")`` is a page in a dark theme.
    """
    contexts = []

    def open_page(**options: Any) -> Any:
        wanted = {"viewport": {"width": 1000, "height": 800}, "device_scale_factor": 1} | options
        context = browser.new_context(**wanted)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """Give one empty page in a light theme."""
    return new_page(color_scheme="light")
