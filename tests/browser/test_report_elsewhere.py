"""Mail and Markdown of a report in a real browser: nothing runs, and it can be read anywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import cmarkgfm
import pandas as pd
import pytest
from cmarkgfm.cmark import Options as Rendering
from PIL import Image
from zoo.hostile import HOSTILE
from zoo.images import photograph

from imgdisplay import Html, Report

pytestmark = pytest.mark.browser

RED = Image.new("RGB", (64, 48), "red")
PHOTO = photograph("chelsea")
TOGETHER = 120


def shown_html(message: EmailMessage) -> str:
    """Return the HTML of a message with its pictures in it."""
    body = message.get_body(("html",))
    assert isinstance(body, EmailMessage)
    html = str(body.get_content())
    for part in message.walk():
        if part.get_content_maintype() == "image":
            data = base64.b64encode(part.get_content()).decode()
            address = f"data:{part.get_content_type()};base64,{data}"
            html = html.replace(f"cid:{part['Content-ID'][1:-1]}", address)
    return html


def hostile_report(texts: list[str]) -> Report:
    cells = pd.Series(texts, dtype=object)
    frame = pd.DataFrame({"t": cells, "p": pd.Series([RED] * len(texts), dtype=object)})
    frame.index = pd.Index(texts, dtype=object, name=texts[0])
    page = Report(texts[0]).add(frame, column="p", title=texts[1], caption=texts[2])
    for text in texts[:10]:
        page.add(text, title=text, caption=text)
    page.add({Html(f"<b>{number}</b>{text}"): RED for number, text in enumerate(texts)})
    return page.add(dict.fromkeys(texts, RED))


PARTS = [list(HOSTILE[start : start + TOGETHER]) for start in range(0, len(HOSTILE), TOGETHER)]


def opened(page: Any, html: str) -> tuple[int, list[str]]:
    """Show a page, and return how often a script ran and what was asked for."""
    asked: list[str] = []

    def refuse(route: Any) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/*", refuse)
    page.set_content(html, wait_until="load")
    page.mouse.move(100, 100)
    page.wait_for_timeout(200)
    return page.evaluate("window.ran ?? 0"), asked


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_hostile_texts_and_markup_run_nothing_and_fetch_nothing_in_mail(
    number: int, new_page: Callable[..., Any]
) -> None:
    message = hostile_report(PARTS[number]).to_email(subject="a", to="bob@example.org")
    page = new_page()

    assert opened(page, shown_html(message)) == (0, [])
    widths = page.evaluate("[...document.images].filter(i => i.src).map(i => i.naturalWidth)")
    assert len(widths) > TOGETHER / 2
    assert set(widths) == {64}


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_hostile_texts_and_markup_run_nothing_and_fetch_nothing_in_markdown(
    number: int, tmp_path: Path, new_page: Callable[..., Any]
) -> None:
    path = hostile_report(PARTS[number]).save(tmp_path / "report.md")
    html = cmarkgfm.github_flavored_markdown_to_html(
        path.read_text(encoding="utf-8"), options=Rendering.CMARK_OPT_UNSAFE
    )
    (picture,) = (tmp_path / "report_images").iterdir()
    data = base64.b64encode(picture.read_bytes()).decode()
    html = html.replace(f"report_images/{picture.name}", f"data:image/png;base64,{data}")
    page = new_page()

    assert opened(page, html) == (0, [])
    widths = page.evaluate("[...document.images].filter(i => i.src).map(i => i.naturalWidth)")
    assert len(widths) == 3 * len(PARTS[number])
    assert set(widths) == {64}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 600, 1000])
def test_a_message_is_read_on_every_screen_in_light_and_dark(
    width: int, scheme: str, new_page: Callable[..., Any]
) -> None:
    frame = pd.DataFrame({f"column {n}": ["some words " * 6] * 3 for n in range(8)})
    report = (
        Report("A title of several words that has to be broken on a phone")
        .add("Some words. " * 30)
        .add(frame.assign(p=[PHOTO, RED, b"\xff\xd8\xff"]), title="Table")
        .add([PHOTO] * 5, title="Gallery", size=160)
        .add(PHOTO.resize((1200, 800)), title="Picture")
    )
    message = report.to_email(subject="a", to="bob@example.org")
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened(page, shown_html(message))

    assert page.evaluate("document.documentElement.scrollWidth") == width
    paragraph = page.locator("p", has_text="Some words").bounding_box()
    assert paragraph["x"] >= 8
    assert paragraph["x"] + paragraph["width"] <= width - 8
    pictures = page.evaluate(
        "[...document.images].filter(i => !i.closest('thead ~ tbody'))"
        ".map(i => [i.getBoundingClientRect().right, i.clientWidth / i.clientHeight])"
    )
    assert max(right for right, _ in pictures) <= width
    assert [ratio for _, ratio in pictures] == [pytest.approx(1.5, abs=0.02)] * 6
    ink = page.evaluate("getComputedStyle(document.querySelector('p')).color")
    assert ink == ("rgb(0, 0, 0)" if scheme == "light" else "rgb(255, 255, 255)")
    paper = Image.open(io.BytesIO(page.screenshot())).convert("L").getpixel((3, 3))
    assert (paper > 200) if scheme == "light" else (paper < 50)
