"""Pictures in e-mail, sent through a real SMTP server and read as the receiver reads them."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage, Message, MIMEPart
from email.mime.multipart import MIMEMultipart
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from zoo import decoded, mime_of, pixels
from zoo.images import MODES, animation, encoded, four_corners, in_mode, photograph

from imgdisplay import DecodeError, OptionError, SourceNotFound, set_options
from imgdisplay.convert.mail import attach, mime_image
from imgdisplay.convert.writing import to_bytes

PHOTO = photograph("chelsea")
SECRET = "Elm Street 13"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, list[bytes]]]:
    """A mail server on this machine: its port, and what arrived."""
    pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
    from aiosmtpd.controller import Controller

    arrived: list[bytes] = []

    class Inbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            arrived.append(envelope.content)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port, arrived
    controller.stop()


@pytest.fixture
def send(server: tuple[int, list[bytes]]) -> Callable[[Message], EmailMessage]:
    """Send a message, and return it as the receiver parses it."""
    port, arrived = server

    def through(message: Message) -> EmailMessage:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
            connection.send_message(message)
        received = email.message_from_bytes(arrived.pop(), policy=email.policy.default)
        assert isinstance(received, EmailMessage)
        assert [part.defects for part in received.walk()] == [[] for _ in received.walk()]
        return received

    return through


def written(html: str | None = None, text: str | None = "See the pictures.") -> EmailMessage:
    """Return a message without pictures."""
    message = EmailMessage()
    message["From"] = "Ann <ann@example.org>"
    message["To"] = "bob@example.org"
    message["Subject"] = "Bilder für dich"
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message


def images(message: Message) -> list[Any]:
    return [part for part in message.walk() if part.get_content_maintype() == "image"]


def shown_by_html(message: EmailMessage) -> list[bytes]:
    """Return the pictures that a mail program shows for the images of the HTML body."""
    body = message.get_body(("html",))
    assert body is not None
    by_cid = {part["Content-ID"]: part.get_content() for part in images(message)}
    found = BeautifulSoup(body.get_content(), "html5lib").find_all("img")
    return [by_cid[f"<{str(tag['src']).removeprefix('cid:')}>"] for tag in found]


class TestAPictureOfTheBody:
    @pytest.mark.parametrize("text", ["See the pictures.", None], ids=["with text", "html only"])
    def test_arrives_where_the_html_names_it(
        self, send: Callable[[Message], EmailMessage], text: str | None
    ) -> None:
        html = '<p>See <img src="cid:chart"> and <img src="cid:photo@example.org">.</p>'
        message = written(html, text)

        assert attach(message, four_corners(), cid="chart") == "chart"
        assert attach(message, PHOTO, cid="photo@example.org") == "photo@example.org"
        received = send(message)

        chart, photo = shown_by_html(received)
        assert (pixels(decoded(chart)) == np.asarray(four_corners())).all()
        assert mime_of(chart) == "image/png"
        assert mime_of(photo) == "image/jpeg"
        assert not list(received.iter_attachments()) or text is None
        assert [part.get_content_disposition() for part in images(received)] == ["inline"] * 2

    def test_stands_next_to_its_html_in_one_related_part(self) -> None:
        message = written('<img src="cid:a"><img src="cid:b"><img src="cid:c">')
        for cid in "abc":
            attach(message, four_corners(), cid=cid)

        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            *["image/png"] * 3,
        ]

    def test_may_come_after_attachments(self, send: Callable[[Message], EmailMessage]) -> None:
        message = written('<img src="cid:chart">')
        attach(message, PHOTO, filename="beach")
        message.add_attachment("a,b\n1,2\n", subtype="csv", filename="data.csv")
        attach(message, four_corners(), cid="chart")

        received = send(message)

        assert len(shown_by_html(received)) == 1
        assert [part.get_filename() for part in received.iter_attachments()] == [
            "beach.jpg",
            "data.csv",
        ]

    @pytest.mark.parametrize("cid", ["<chart>", "cid:chart", "chart"])
    def test_may_be_named_in_each_of_the_usual_ways(self, cid: str) -> None:
        message = written('<img src="cid:chart">')

        assert attach(message, PHOTO, cid=cid) == "chart"
        assert images(message)[0]["Content-ID"] == "<chart>"

    def test_needs_an_html_body(self) -> None:
        for message in (written(), EmailMessage()):
            before = message.as_bytes()
            with pytest.raises(OptionError, match="add_alternative"):
                attach(message, PHOTO, cid="chart")
            assert message.as_bytes() == before

    def test_needs_a_name_of_its_own(self) -> None:
        message = written('<img src="cid:chart">')
        attach(message, PHOTO, cid="chart")

        with pytest.raises(OptionError, match="taken"):
            attach(message, PHOTO, cid="<chart>")

    @pytest.mark.parametrize(
        "cid",
        ["", "a b", "a\r\nBcc: eve@example.org", '"><script>', "a>b", "ü", "a@b@c", "x" * 65, 7],
    )
    def test_has_a_name_that_can_break_no_header_and_no_html(self, cid: Any) -> None:
        message = written('<img src="cid:chart">')

        with pytest.raises(OptionError, match="cid="):
            attach(message, PHOTO, cid=cid)
        with pytest.raises(OptionError, match="cid="):
            mime_image(PHOTO, cid=cid)
        assert not images(message)

    def test_with_the_longest_name_is_not_encoded(
        self, send: Callable[[Message], EmailMessage]
    ) -> None:
        cid = "x" * 52 + "@example.org"
        message = written(f'<img src="cid:{cid}">')
        attach(message, PHOTO, cid=cid)

        assert len(shown_by_html(send(message))) == 1


class TestAnAttachedPicture:
    def test_arrives_as_an_attachment(self, send: Callable[[Message], EmailMessage]) -> None:
        message = written()
        cid = attach(message, PHOTO, filename="Strand – Nordsee.png")

        received = send(message)

        (part,) = received.iter_attachments()
        assert part.get_content_disposition() == "attachment"
        assert part.get_filename() == "Strand – Nordsee.jpg"
        assert part.get_content_type() == "image/jpeg"
        assert part.get_content() == to_bytes(PHOTO, "auto")
        assert part["Content-ID"] == f"<{cid}>"
        body = received.get_body(("plain",))
        assert body is not None
        assert body.get_content().strip() == "See the pictures."

    def test_has_a_content_id_that_tells_nothing(self) -> None:
        message = written()
        cids = {attach(message, PHOTO, size=20) for _ in range(3)}

        assert len(cids) == 3
        for cid in cids:
            assert socket.gethostname() not in cid
            assert cid.endswith("@imgdisplay")

    def test_is_named_like_its_source(self, tmp_path: Any) -> None:
        path = tmp_path / "beach.webp"
        path.write_bytes(encoded(PHOTO, "WEBP"))
        message = written()
        with Image.open(path) as opened:
            for source in (path, opened, PHOTO, four_corners(), encoded(PHOTO)):
                attach(message, source)

        assert [part.get_filename() for part in images(message)] == [
            "beach.jpg",
            "beach.jpg",
            "image.jpg",
            "image.png",
            "image.png",
        ]

    @pytest.mark.parametrize(
        ("filename", "name"),
        [
            ("a\r\nBcc: eve@example.org", "a__Bcc_ eve@example.org.jpg"),
            ("a\u2028b\x85c\x00d", "a_b_c_d.jpg"),
            ("../../etc/passwd", "passwd.jpg"),
            ("C:\\Windows\\photo.PNG", "photo.jpg"),
            ("ann\u202egpj.exe", "ann_gpj.exe.jpg"),
            ("x\ud800y", "x_y.jpg"),
            ('say "cheese".jpeg', "say _cheese_.jpg"),
            ("nul", "_nul.jpg"),
            ("...", "image.jpg"),
            ("dir/", "image.jpg"),
            ("", "image.jpg"),
            ("v1.2 final", "v1.2 final.jpg"),
            ("写真" * 100, "写真" * 30 + ".jpg"),
            ("; filename=evil.exe", "; filename=evil.exe.jpg"),
        ],
    )
    def test_has_a_name_that_no_header_and_no_system_misunderstands(
        self, send: Callable[[Message], EmailMessage], filename: str, name: str
    ) -> None:
        message = written()
        attach(message, PHOTO, filename=filename, size=20, format="jpeg")

        received = send(message)

        (part,) = received.iter_attachments()
        assert part.get_filename() == name
        assert received["Bcc"] is None
        assert {key for key, _ in part.items()} == {
            "Content-Type",
            "Content-Transfer-Encoding",
            "Content-Disposition",
            "Content-ID",
            *(["MIME-Version"] if "MIME-Version" in part else []),
        }

    def test_may_stand_in_a_message_without_text(
        self, send: Callable[[Message], EmailMessage]
    ) -> None:
        message = written(text=None)
        attach(message, PHOTO)

        received = send(message)

        assert [part.get_content_type() for part in received.walk()] == [
            "multipart/mixed",
            "image/jpeg",
        ]
        assert received["MIME-Version"] == "1.0"

    @pytest.mark.parametrize("policy", [email.policy.SMTP, email.policy.SMTPUTF8])
    def test_stands_in_messages_of_every_policy(self, policy: Any) -> None:
        message = EmailMessage(policy=policy)
        message.set_content("text")
        attach(message, PHOTO, filename="Bär")

        again = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)

        assert isinstance(again, EmailMessage)
        (part,) = again.iter_attachments()
        assert part.get_filename() == "Bär.jpg"
        assert part.get_content() == to_bytes(PHOTO, "auto")


class TestAPart:
    @pytest.mark.parametrize("mode", MODES)
    def test_is_a_png_or_jpeg_for_every_mode(self, mode: str) -> None:
        part = mime_image(in_mode(mode).image)

        assert isinstance(part, MIMEPart)
        assert part.get_content_type() in ("image/png", "image/jpeg")
        assert mime_of(part.get_content()) == part.get_content_type()

    def test_is_a_png_or_jpeg_whatever_the_source_and_the_session(self) -> None:
        set_options(format="webp", size=32)
        for source in (encoded(PHOTO, "WEBP"), animation("GIF"), encoded(PHOTO, "TIFF")):
            part = mime_image(source)
            assert part.get_content_type() in ("image/png", "image/jpeg")
            assert decoded(part.get_content()).size == decoded(source).size
        assert mime_image(PHOTO, format="webp").get_content_type() == "image/webp"

    def test_keeps_a_png_or_jpeg_and_drops_what_it_says(self) -> None:
        for format_ in ("PNG", "JPEG"):
            data = encoded(PHOTO, format_)
            assert mime_image(data).get_content() == data
        told = encoded(PHOTO, "JPEG", comment=SECRET)
        assert SECRET.encode() not in mime_image(told).get_content()

    def test_has_the_size_that_is_asked_for(self) -> None:
        assert decoded(mime_image(PHOTO, size=60).get_content()).size == (60, 40)

    def test_can_be_added_to_an_older_multipart(
        self, send: Callable[[Message], EmailMessage]
    ) -> None:
        message = MIMEMultipart("related")
        message["From"], message["To"] = "ann@example.org", "bob@example.org"
        message.attach(mime_image(PHOTO, cid="photo", filename="beach"))

        with pytest.raises(OptionError, match="mime_image"):
            attach(message, PHOTO)  # type: ignore[arg-type]
        (part,) = images(send(message))
        assert part["Content-ID"] == "<photo>"
        assert part.get_filename() == "beach.jpg"
        assert part.get_content() == to_bytes(PHOTO, "auto")

    def test_of_no_picture_raises_and_changes_no_message(self) -> None:
        message = written('<img src="cid:chart">')
        before = message.as_bytes()

        with pytest.raises(SourceNotFound):
            attach(message, "missing.png", cid="chart")
        with pytest.raises(DecodeError):
            attach(message, b"no picture", filename="a")
        with pytest.raises(OptionError):
            attach(message, PHOTO, sizes=5)  # type: ignore[call-arg]

        assert message.as_bytes() == before

    @pytest.mark.parametrize("message", [None, "text", Message()])
    def test_goes_into_a_message(self, message: Any) -> None:
        with pytest.raises(OptionError, match="EmailMessage"):
            attach(message, PHOTO)
