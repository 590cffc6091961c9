"""A report sent through a real SMTP server, and read as the receiver reads it."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from zoo import decoded, mime_of, pixels
from zoo.images import animation, encoded, photograph

import imgdisplay
from imgdisplay import Html, Report

PHOTO = photograph("chelsea")
COLOURS = ["red", "lime", "blue", "yellow"]
TRUNCATED = b"\xff\xd8\xff\xe0"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, list[Any]]]:
    """A mail server on this machine: its port, and the envelopes that arrived."""
    from aiosmtpd.controller import Controller

    arrived: list[Any] = []

    class Inbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            arrived.append(envelope)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    yield port, arrived
    controller.stop()


Sent = tuple[Any, EmailMessage]


@pytest.fixture
def send(server: tuple[int, list[Any]]) -> Callable[[EmailMessage], Sent]:
    """Send a message, and return its envelope and the message as the receiver parses it."""
    port, arrived = server

    def through(message: EmailMessage) -> Sent:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
            connection.send_message(message)
        envelope = arrived.pop()
        received = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(received, EmailMessage)
        assert [part.defects for part in received.walk()] == [[] for _ in received.walk()]
        return envelope, received

    return through


def report_of_many_kinds(folder: Path) -> Report:
    for colour in COLOURS:
        Image.new("RGB", (320, 240), colour).save(folder / f"{colour}.png")
    (folder / "broken.jpg").write_bytes(TRUNCATED)
    frame = pd.DataFrame(
        {
            "colour": COLOURS,
            "picture": [Image.new("RGB", (60, 40), colour) for colour in COLOURS],
            "moving": [animation("WEBP"), encoded(PHOTO, "WEBP"), animation("PNG"), PHOTO],
        }
    )
    return (
        Report("Größe & <Farben>")
        .add("Dear all,\n\nhave a look.")
        .add(frame, title="A table")
        .add(folder, title="A folder")
        .add({"the cat": PHOTO, "nothing": TRUNCATED}, title="A gallery", size=200)
        .add(PHOTO, title="A picture", zoom=800)
        .add(imgdisplay.gallery([PHOTO], format="webp"), title="Markup")
        .add(Html("<b>bold</b>"))
    )


def test_a_report_arrives_with_each_picture_where_it_is_shown(
    tmp_path: Path, send: Callable[[EmailMessage], Sent]
) -> None:
    page = report_of_many_kinds(tmp_path)
    message = page.to_email(
        subject="Größe\r\nBcc: eve@example.org",
        sender="Ann Ö <ann@example.org>",
        to=["bob@example.org", "Carl <carl@example.org>"],
        cc="dora@example.org",
    )
    envelope, received = send(message)

    assert envelope.mail_from == "ann@example.org"
    assert envelope.rcpt_tos == ["bob@example.org", "carl@example.org", "dora@example.org"]
    assert received["Subject"] == "Größe Bcc: eve@example.org"
    assert received["Bcc"] is None
    # Each line has room in the protocol, and no server on the way has to change a byte.
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 998

    html = received.get_body(("html",))
    assert html is not None
    soup = BeautifulSoup(html.get_content(), "html5lib")
    parts = {
        f"cid:{part['Content-ID'][1:-1]}": part
        for part in received.walk()
        if part.get_content_maintype() == "image"
    }
    shown = [str(img["src"]) for img in soup.find_all("img")]
    assert set(shown) == set(parts)
    assert len(shown) == 2 * len(COLOURS) + len(COLOURS) + 1 + 2 + 1 + 1
    data = [part.get_content() for part in parts.values()]
    assert len(set(data)) == len(data)
    for part in parts.values():
        assert part.get_content_type() in ("image/png", "image/jpeg")
        assert mime_of(part.get_content()) == part.get_content_type()

    rows = soup.find_all("thead")[0].parent.tbody.find_all("tr")
    for row, colour in zip(rows, COLOURS, strict=True):
        picture = decoded(parts[row.find_all("img")[0]["src"]].get_content())
        assert (pixels(picture) == pixels(Image.new("RGB", picture.size, colour))).all()
    files = soup.find_all("thead")[1].parent.tbody.find_all("tr")
    for row in files:
        name = row.th.get_text()
        picture = decoded(parts[row.img["src"]].get_content())
        if name != "broken.jpg":
            colour = name.removesuffix(".png")
            assert (pixels(picture) == pixels(Image.new("RGB", picture.size, colour))).all()

    text = received.get_body(("plain",))
    assert text is not None
    assert "Größe & <Farben>" in text.get_content()
    assert "broken.jpg" in text.get_content()
    assert str(tmp_path) not in envelope.content.decode("ascii")


def test_a_long_report_arrives_in_a_message_that_no_server_refuses(
    send: Callable[[EmailMessage], Sent],
) -> None:
    pictures = [PHOTO.rotate(number) for number in range(90)]
    frame = pd.DataFrame({"n": range(700), "p": [pictures[n % 90] for n in range(700)]})
    message = (
        Report("Long")
        .add(frame)
        .to_email(
            subject="Long", sender="ann@example.org", to="bob@example.org", max_bytes=1_000_000
        )
    )
    envelope, received = send(message)

    assert len(envelope.content) <= 1_000_000
    body = received.get_body(("html",))
    assert body is not None
    assert len(body.get_content().encode()) < 102 * 1024
    soup = BeautifulSoup(body.get_content(), "html5lib")
    shown = {str(img["src"]) for img in soup.find_all("img")}
    parts = {
        f"cid:{part['Content-ID'][1:-1]}"
        for part in received.walk()
        if part.get_content_maintype() == "image"
    }
    assert shown == parts
    assert "of 700 rows are shown." in soup.get_text()


def test_the_whole_page_arrives_byte_for_byte(send: Callable[[EmailMessage], Sent]) -> None:
    frame = pd.DataFrame({"n": range(800), "p": [Image.new("RGB", (9, 9), "red")] * 800})
    message = (
        Report("Grüße")
        .add(frame)
        .to_email(subject="a", sender="ann@example.org", to="bob@example.org")
    )
    (attached,) = message.iter_attachments()
    _, received = send(message)
    (arrived,) = received.iter_attachments()

    assert arrived.get_content_type() == "text/html"
    assert arrived.get_filename() == "report.html"
    assert arrived.get_payload(decode=True) == attached.get_payload(decode=True)
    assert "<title>Grüße</title>" in arrived.get_content()


def test_an_address_in_another_script_is_written_to(send: Callable[[EmailMessage], Sent]) -> None:
    message = Report("R").to_email(
        subject="a", sender="ann@example.org", to="Jörg <jörg@bücher.example>"
    )
    envelope, _ = send(message)

    assert envelope.rcpt_tos == ["jörg@bücher.example"]
    assert "To: Jörg <jörg@bücher.example>" in envelope.content.decode("utf-8")
