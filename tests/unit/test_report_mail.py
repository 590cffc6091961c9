"""A report as a message: shown by every mail program, within a budget, with headers that hold."""

from __future__ import annotations

import email.policy
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from zoo import REORDERS_OR_CONTROLS, decoded, mime_of, on_grey, pixels, psnr
from zoo.hostile import HOSTILE
from zoo.images import animation, encoded, four_corners, photograph

import imgdisplay
from imgdisplay import Html, MissingExtra, OptionError, Report, set_options
from imgdisplay.report.mail.pictures import as_mail_shows, bytes_in_message
from imgdisplay.report.mail.writer import MOST_BYTES, MOST_MARKUP

PHOTO = photograph("chelsea")
RED = Image.new("RGB", (64, 48), "red")
TRUNCATED = b"\xff\xd8\xff\xe0"
GMAIL_CLIPS_AT = 102 * 1024


def message_of(page: Report, **headers: Any) -> EmailMessage:
    return page.to_email(**{"subject": "Pictures", "to": "bob@example.org", **headers})


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def soup_of(message: EmailMessage) -> BeautifulSoup:
    return BeautifulSoup(html_of(message), "html5lib")


def rows_of(message: EmailMessage, number: int = 0) -> list[Any]:
    """Return the rows of a table of data."""
    heads = soup_of(message).find_all("thead")
    return list(heads[number].parent.tbody.find_all("tr"))


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def pictures_of(message: EmailMessage) -> dict[str, bytes]:
    """Return the parts with pictures, by the address that shows them."""
    return {
        f"cid:{str(part['Content-ID'])[1:-1]}": part.get_content()
        for part in message.walk()
        if part.get_content_maintype() == "image"
    }


def sent_size(message: EmailMessage) -> int:
    return len(message.as_bytes(policy=email.policy.SMTP))


def noise(number: int, side: int = 300) -> Image.Image:
    """Return a picture that no encoder makes small."""
    values = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
    return Image.fromarray(values)


class TestTheMessage:
    def test_has_a_text_and_markup_with_its_pictures_beside_it(self) -> None:
        message = message_of(Report("Two").add([PHOTO, four_corners()]))
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/jpeg",
            "image/png",
        ]
        related = next(p for p in message.walk() if p.get_content_type() == "multipart/related")
        assert related.get_param("type") == "text/html"

    def test_without_pictures_has_no_part_for_them(self) -> None:
        message = message_of(Report("Words").add("Dear all"))
        assert [part.get_content_type() for part in message.walk()][1:] == [
            "text/plain",
            "text/html",
        ]

    def test_stores_equal_pictures_once_and_none_that_is_not_shown(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO, RED, PHOTO], "q": [RED, RED, None]})
        message = message_of(Report().add(frame).add([PHOTO]))
        shown = [img["src"] for img in soup_of(message).find_all("img")]
        assert len(shown) == 6
        assert sorted(set(shown)) == sorted(pictures_of(message))
        assert len(set(pictures_of(message).values())) == len(pictures_of(message)) == 2

    def test_shows_the_pixels_of_each_picture_where_it_belongs(self) -> None:
        colours = ["red", "lime", "blue"]
        frame = pd.DataFrame(
            {"colour": colours, "p": [Image.new("RGB", (40, 30), colour) for colour in colours]}
        )
        message = message_of(Report().add(frame))
        by_address = pictures_of(message)
        for row in rows_of(message):
            colour = row.find_all("td")[0].get_text()
            shown = decoded(by_address[row.img["src"]])
            assert (pixels(shown) == pixels(Image.new("RGB", shown.size, colour))).all()
            assert (row.img["width"], row.img["height"]) == ("40", "30")

    def test_holds_no_style_sheet_no_script_and_no_class(self) -> None:
        page = Report("All").add(pd.DataFrame({"p": [PHOTO, TRUNCATED], "n": [1, 2]})).add([RED])
        page.add(PHOTO).add("text").add(imgdisplay.gallery([RED]))
        soup = soup_of(message_of(page))
        assert soup.find_all(["style", "script", "link", "iframe", "object", "form", "svg"]) == []
        for tag in soup.find_all(True):
            assert not {name for name in tag.attrs if name.startswith("on")} | (
                tag.attrs.keys() & {"class", "id", "srcset", "background"}
            )
            assert "url(" not in tag.get("style", "")
            assert str(tag.get("src", "cid:")).startswith("cid:")

    def test_chooses_no_colour_that_a_dark_program_would_have_to_undo(self) -> None:
        page = Report("All").add(pd.DataFrame({"p": [PHOTO], "n": [1]}), title="a", caption="b")
        soup = soup_of(message_of(page.add([RED]).add("text")))
        scheme = soup.find("meta", attrs={"name": "color-scheme"})
        assert scheme["content"] == "light dark"
        for tag in soup.find_all(True):
            style = tag.get("style", "")
            assert not re.search(r"(?:^|;)(?:color|background[a-z-]*):", style)
            assert not tag.attrs.keys() & {"bgcolor", "color", "text"}

    def test_has_a_language_a_title_and_headings_in_their_order(self) -> None:
        soup = soup_of(message_of(Report("Ünïcode <b>").add("x", title="Part", caption="below")))
        assert soup.html["lang"] == "en"
        assert soup.title.string == soup.h1.string == "Ünïcode <b>"
        assert soup.h2.string == "Part"

    def test_aligns_numbers_and_names_rows_for_who_listens(self) -> None:
        frame = pd.DataFrame({"n": [1.5], "t": ["a"], "p": [RED]}, index=["first"])
        message = message_of(Report().add(frame))
        soup = soup_of(message)
        heads = {th.get_text(): th for th in soup.thead.find_all("th")}
        assert {name: th["align"] for name, th in heads.items()} == {
            "row": "left",
            "n": "right",
            "t": "left",
            "p": "left",
        }
        assert {th["scope"] for th in heads.values()} == {"col"}
        (row,) = rows_of(message)
        assert (row.th["scope"], row.th.get_text()) == ("row", "first")
        assert row.td["align"] == "right"

    def test_sets_pictures_side_by_side_in_outlook_too(self) -> None:
        pictures = [Image.new("RGB", (200, 100), (number, 0, 0)) for number in range(5)]
        html = html_of(message_of(Report().add(pictures, size=200)))
        as_outlook = re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", html)
        soup = BeautifulSoup(as_outlook, "html5lib")
        lines = [row for row in soup.find_all("tr") if row.find("td", recursive=False)]
        inner = [len(row.find_all("td", recursive=False)) for row in lines if not row.table]
        assert inner == [2, 2, 1]
        assert len(soup.find_all("img")) == 5

    def test_leads_to_long_addresses_and_cuts_none(self) -> None:
        address = "https://example.org/a.png?x=<&" + "y" * 5000
        frame = pd.DataFrame({"p": [address, "https://example.org/" + "z" * 9000]})
        page = Report().add(frame, column="p", links=True, remote=False)
        assert [link["href"] for link in soup_of(message_of(page)).find_all("a")] == [address]

    def test_leads_to_web_addresses_and_to_no_file(self, tmp_path: Any) -> None:
        path = tmp_path / "a.png"
        RED.save(path)
        page = Report().add([path], links=True).add(tmp_path, links=True)
        assert soup_of(message_of(page)).find_all("a") == []


class TestThePictures:
    @pytest.mark.parametrize("format_", ["auto", "jpeg", "png", "webp", "avif"])
    def test_are_png_or_jpeg_whatever_is_asked_for(self, format_: Any) -> None:
        webp = encoded(PHOTO.resize((90, 60)), "WEBP")
        page = Report().add([PHOTO, webp, animation("GIF"), animation("WEBP")], format=format_)
        with_session = Report()
        set_options(format="webp", animate=True)
        with_session.add([PHOTO, webp, animation("GIF"), animation("PNG")])
        for message in (message_of(page), message_of(with_session)):
            parts = [p for p in message.walk() if p.get_content_maintype() == "image"]
            assert len(parts) >= 3
            for part in parts:
                assert part.get_content_type() in ("image/png", "image/jpeg")
                assert mime_of(part.get_content()) == part.get_content_type()
                assert not getattr(decoded(part.get_content()), "is_animated", False)
                assert part.get_content_disposition() == "inline"
                assert re.fullmatch(r"picture-\d+\.(png|jpg)", part.get_filename())

    def test_look_as_in_the_page(self) -> None:
        webp = encoded(PHOTO.resize((90, 60)), "WEBP", quality=95)
        message = message_of(Report().add([webp]))
        (data,) = pictures_of(message).values()
        assert psnr(decoded(data), decoded(webp)) > 30

    @pytest.mark.parametrize(
        ("colour", "backdrop"), [("black", "white"), ("white", "dark"), ("teal", "white")]
    )
    def test_stand_out_from_white_and_from_black_paper_without_transparency(
        self, colour: str, backdrop: str
    ) -> None:
        logo = Image.new("RGBA", (80, 80))
        logo.paste(Image.new("RGBA", (40, 40), colour), (20, 20))
        message = message_of(Report().add([logo]))
        (data,) = pictures_of(message).values()
        shown = decoded(data)
        assert not shown.has_transparency_data
        around, within = pixels(shown)[2, 2], pixels(shown)[40, 40]
        assert (min(around) == 255) if backdrop == "white" else (max(around) < 100)
        assert (within == pixels(Image.new("RGB", (1, 1), colour))[0, 0]).all()

    def test_keep_the_background_that_was_asked_for(self) -> None:
        message = message_of(Report().add([Image.new("RGBA", (80, 80))], background="#123456"))
        (data,) = pictures_of(message).values()
        assert (pixels(decoded(data)) == (0x12, 0x34, 0x56)).all()

    @pytest.mark.parametrize("size", [None, 2000, (2000, 50), 600])
    def test_are_never_wider_than_a_pane(self, size: Any) -> None:
        wide = Image.linear_gradient("L").resize((1800, 900))
        img = soup_of(message_of(Report().add(wide, size=size))).img
        assert int(img["width"]) <= 600
        assert int(img["width"]) / int(img["height"]) == pytest.approx(2, rel=0.02)
        assert "max-width:100%" in img["style"]

    def test_have_no_larger_views(self) -> None:
        page = Report().add([PHOTO], zoom=200, size=50).add(pd.DataFrame({"p": [PHOTO]}), zoom=200)
        message = message_of(page)
        assert len(soup_of(message).find_all("img")) == 2
        assert max(decoded(data).width for data in pictures_of(message).values()) < 200

    def test_of_one_message_have_addresses_that_no_other_message_has(self) -> None:
        page = Report().add([RED])
        one, other = (set(pictures_of(message_of(page))) for _ in range(2))
        assert not one & other

    def test_that_are_unreadable_show_why_and_are_listed(self) -> None:
        frame = pd.DataFrame({"shot": [RED, TRUNCATED]}, index=["good", "bad"])
        page = Report().add(frame)
        message = message_of(page)
        soup = soup_of(message)
        placeholder = rows_of(message)[1].img
        assert placeholder["alt"] == "picture, not shown"
        assert placeholder.parent.b.string == "unreadable"
        assert placeholder["src"] in pictures_of(message)
        (entry,) = soup.ul.find_all("li")
        assert entry.get_text().startswith("shot, row bad unreadable: ")
        assert "shot, row bad unreadable: " in text_of(message)
        assert page.counts.unreadable == 1

    def test_that_are_unreadable_by_the_hundred_are_counted(self) -> None:
        message = message_of(Report().add([TRUNCATED] * 50))
        assert soup_of(message).ul.find_all("li")[-1].get_text() == "and 30 more"
        assert "- and 30 more" in text_of(message)

    def test_with_a_strip_say_how_many_more_there_are(self) -> None:
        frame = pd.DataFrame({"p": [[RED] * 5]})
        message = message_of(Report().add(frame, max_images=2))
        assert "+3 more" in soup_of(message).get_text()
        assert "(+3 more)" in text_of(message)


class TestMarkup:
    def test_is_cut_down_to_what_mail_programs_show(self) -> None:
        made = Html(
            '<div class="a" style="color:red;background-image:url(https://x.org);padding:2px">'
            "<style>p{}</style><script>alert(1)</script><b onclick='a()'>bold</b>"
            '<a href="javascript:a()">no</a><a href="data:text/html,x">no</a><a href="x">no</a>'
            '<a href="#x">no</a><a href="https://example.org">yes</a></div>'
        )
        soup = soup_of(message_of(Report().add(made)))
        (div,) = [tag for tag in soup.find_all("div") if "padding" in tag.get("style", "")]
        assert div["style"] == "color:red;padding:2px"
        assert str(div.b) == "<b>bold</b>"
        assert [a.get("href") for a in div.find_all("a")] == [None] * 4 + ["https://example.org"]
        assert "alert" not in html_of(message_of(Report().add(made)))

    def test_with_data_pictures_shows_them_from_parts(self) -> None:
        page = Report().add(imgdisplay.gallery([PHOTO, RED, PHOTO], format="webp"))
        message = message_of(page)
        shown = [img["src"] for img in soup_of(message).find_all("img")]
        assert len(shown) == 3
        assert set(shown) == set(pictures_of(message))
        assert {mime_of(data) for data in pictures_of(message).values()} <= {
            "image/png",
            "image/jpeg",
        }

    def test_with_broken_data_pictures_keeps_their_alternative_text(self) -> None:
        made = Html(
            '<img src="data:image/png;base64,AAAA" alt="one"><img src="data:;base64,!" alt="two">'
            '<img src="https://example.org/x.png" alt="three"><img src="file:///etc/x" alt="four">'
        )
        message = message_of(Report().add(made))
        assert [img.attrs for img in soup_of(message).find_all("img")] == [
            {"alt": word} for word in ("one", "two", "three", "four")
        ]
        assert pictures_of(message) == {}

    def test_that_opens_on_a_click_shows_the_small_picture_only(self) -> None:
        page = Report().add(imgdisplay.gallery([PHOTO], size=50, zoom=200))
        (img,) = soup_of(message_of(page)).find_all("img")
        assert int(img["width"]) <= 50

    def test_that_is_left_open_ends_where_it_ought_to(self) -> None:
        for broken in ("</td></tr></table></body><p>x", "<table><tr><td>x", "<!-- x", "<b>x"):
            page = Report().add(Html(broken)).add("After", title=Html(f"T{broken}"))
            soup = soup_of(message_of(page))
            after = next(p for p in soup.find_all("p") if p.get_text() == "After")
            assert [parent.name for parent in after.parents][:6] == [
                "td",
                "tr",
                "tbody",
                "table",
                "body",
                "html",
            ]

    def test_of_titles_captions_and_labels_is_shown_as_such(self) -> None:
        label = Html("<i>label</i> <img src=x onerror=alert(1)>")
        page = Report().add({label: RED}, title=Html("<u>title</u>"), caption=Html("<s>cap</s>"))
        soup = soup_of(message_of(page))
        assert soup.h2.u.string == "title"
        assert soup.s.string == "cap"
        assert soup.i.string == "label"
        assert [sorted(img.attrs) for img in soup.find_all("img")][1] == []


class TestTheText:
    def test_aligns_tables_and_names_pictures_by_what_stands_for_them(self) -> None:
        frame = pd.DataFrame({"name": ["teal", "red"], "n": [8, 12], "p": [RED, RED]})
        lines = text_of(message_of(Report("Two").add(frame.set_index("name")))).splitlines()
        assert lines == [
            "Two",
            "===",
            "2 pictures",
            "",
            "name   n  p",
            "----  --  -----------",
            "teal   8  image 64×48",
            "red   12  image 64×48",
        ]

    def test_of_wide_rows_is_a_list(self) -> None:
        frame = pd.DataFrame({"p": [RED, RED], "long": ["word " * 30, "short"], "none": ["", "x"]})
        lines = text_of(message_of(Report("R").add(frame))).splitlines()[4:]
        assert lines[:4] == ["row: 0", "p: image 64×48", "long: " + "word " * 29 + "word", ""]
        assert lines[4:] == ["row: 1", "p: image 64×48", "long: short", "none: x"]

    def test_holds_prose_titles_captions_and_galleries(self) -> None:
        page = Report("R").add("Dear <all>,\n\nyours & mine", title="Hello", caption="cap")
        page.add({"Ann": RED, "Bob": TRUNCATED}).add(Html("<b>1 &lt; 2</b>"))
        text = text_of(message_of(page))
        assert "Hello\n-----\ncap\n\nDear <all>,\n\nyours & mine\n" in text
        assert "\n- Ann\n- Bob, not shown (unreadable)\n" in text
        assert "\n1 < 2\n" in text

    def test_aligns_wide_and_combining_letters(self) -> None:
        frame = pd.DataFrame({"a": ["日本", "e\u0301", "xyz"], "p": RED}).set_index("a")
        lines = text_of(message_of(Report("R").add(frame))).splitlines()[-3:]
        before = [line.partition("image")[0] for line in lines]
        width = {"W": 2, "F": 2}
        assert {
            sum(
                width.get(unicodedata.east_asian_width(c), 1)
                for c in text
                if not unicodedata.combining(c)
            )
            for text in before
        } == {6}

    def test_may_be_given(self) -> None:
        message = message_of(Report("R").add([RED]), text="Look at the HTML.\udcff")
        assert text_of(message) == "Look at the HTML.\ufffd\n"


class TestHeaders:
    def test_say_who_writes_to_whom_about_what_and_when(self) -> None:
        message = message_of(
            Report("R"),
            subject="Größe",
            to=["Ann Lee <ann@example.org>", Address("Bob", "bob", "example.org")],
            cc="carl@example.org, dora@example.org",
            sender="J. Doe <doe@mail.example.com>",
        )
        read = email.message_from_bytes(bytes(message), policy=email.policy.default)
        assert read["Subject"] == "Größe"
        assert [str(one) for one in read["To"].addresses] == [
            "Ann Lee <ann@example.org>",
            "Bob <bob@example.org>",
        ]
        assert [one.addr_spec for one in read["Cc"].addresses] == [
            "carl@example.org",
            "dora@example.org",
        ]
        assert str(read["From"].addresses[0]) == '"J. Doe" <doe@mail.example.com>'
        assert re.fullmatch(r"<[0-9a-f]{32}@mail\.example\.com>", read["Message-ID"])
        assert datetime.now(UTC) - read["Date"].datetime < timedelta(minutes=5)
        assert read["Date"].datetime.utcoffset() == timedelta(0)

    def test_leave_the_author_to_who_sends_it(self) -> None:
        message = message_of(Report("R"))
        assert message["From"] is message["Cc"] is message["Message-ID"] is None
        message["From"] = "ann@example.org"

    def test_of_two_messages_differ_in_their_message_id(self) -> None:
        ids = {message_of(Report(), sender="a@example.org")["Message-ID"] for _ in range(3)}
        assert len(ids) == 3

    @pytest.mark.parametrize(
        "subject",
        [
            "a\r\nBcc: eve@example.org",
            "a\nBcc: eve@example.org\n\nbody",
            "a\x0b\x0c\x1c\x85\u2028\u2029Bcc: eve@example.org",
            "a\x00b\u202egnp\ud800",
            "x" * 100_000,
            "",
        ],
    )
    def test_hold_a_hostile_subject_in_one_line(self, subject: str) -> None:
        message = message_of(Report(), subject=subject, sender="a@example.org")
        read = email.message_from_bytes(bytes(message), policy=email.policy.default)
        assert sorted(read.keys()) == sorted(
            ["Subject", "From", "Message-ID", "To", "Date", "MIME-Version", "Content-Type"]
        )
        assert not set(read["Subject"]) & (REORDERS_OR_CONTROLS | set("\t\n\u2028\u2029"))
        assert len(read["Subject"]) <= 250

    @pytest.mark.parametrize("header", ["to", "cc", "sender"])
    @pytest.mark.parametrize(
        "value",
        [
            "a@example.org\r\nBcc: eve@example.org",
            "a@example.org\nBcc: eve@example.org",
            "a\n <a@example.org>",
            "a@example.org\x00",
            "a@example.org\x85",
            '"Ann\x07" <a@example.org>',
            "=?utf-8?q?a=0D=0ABcc:e@x.org?= <a@example.org>",
            "nobody",
            "@example.org",
            "a@",
            "a@b@c",
            "<a@example.org",
            "a@example.org]<eve@example.org>",
            "a@example.org; eve@example.org",
            "a@example.org eve@example.org",
            "Ann, Lee <a@example.org>",
            "a@example.org\u202e",
            "a\ud800@example.org",
            "",
            "undisclosed:;",
            7,
            [7],
            [None],
        ],
    )
    def test_refuse_what_is_no_address(self, header: str, value: Any) -> None:
        with pytest.raises(OptionError, match=f"^{header}="):
            message_of(Report(), **{header: value})

    def test_refuse_an_empty_list_of_receivers_and_two_authors(self) -> None:
        with pytest.raises(OptionError, match="at least one"):
            message_of(Report(), to=[])
        with pytest.raises(OptionError, match="expected one address"):
            message_of(Report(), sender="a@example.org, b@example.org")

    def test_clean_the_names_of_people(self) -> None:
        message = message_of(Report(), to='"Ann\u202e\udcff" <ann@example.org>')
        read = email.message_from_bytes(bytes(message), policy=email.policy.default)
        (address,) = read["To"].addresses
        assert address.display_name == "Ann\ufffd\ufffd"
        assert address.addr_spec == "ann@example.org"

    def test_take_addresses_in_other_scripts(self) -> None:
        message = message_of(Report(), to="jörg@bücher.example", sender="ü@bücher.example")
        assert message["To"].addresses[0].addr_spec == "jörg@bücher.example"
        assert message["Message-ID"] is None

    @pytest.mark.parametrize("value", [0, -1, 100, True, "10 MB", 1e7, None])
    def test_refuse_a_budget_that_is_none(self, value: Any) -> None:
        with pytest.raises(OptionError, match="max_bytes="):
            message_of(Report(), max_bytes=value)


class TestTheLimits:
    def test_of_markup_leave_rows_out_and_say_so(self) -> None:
        frame = pd.DataFrame({"n": range(3000), "p": [RED] * 3000, "t": ["Grüße " * 5] * 3000})
        message = message_of(Report("Long").add(frame).add([RED] * 5), attach=False)
        html = html_of(message).encode()
        assert GMAIL_CLIPS_AT * 0.9 < len(html) < MOST_MARKUP < GMAIL_CLIPS_AT
        soup = soup_of(message)
        shown = len(rows_of(message))
        note = f"{shown} of 3,000 rows are shown."
        assert 100 < shown < 1000
        assert [p.string for p in soup.find_all("p") if "are shown" in p.get_text()] == [note]
        assert note in text_of(message)
        assert len(soup.find_all("img")) == shown + 5
        assert "\nn: " not in text_of(message)

    def test_attach_the_whole_page_if_there_is_room(self) -> None:
        frame = pd.DataFrame({"n": range(1000), "p": [RED] * 1000})
        message = message_of(Report("Long").add(frame))
        (page,) = message.iter_attachments()
        assert page.get_content_type() == "text/html"
        assert page.get_filename() == "report.html"
        whole = BeautifulSoup(page.get_content(), "html5lib")
        assert {cell.get_text(strip=True) for cell in whole.find_all("td")} >= {
            str(number) for number in range(1000)
        }
        said = soup_of(message).get_text()
        assert "of 1,000 rows are shown. The attached page holds all of them." in said
        assert message.get_content_type() == "multipart/mixed"
        assert sent_size(message) < MOST_BYTES

    def test_attach_nothing_if_everything_is_shown_or_there_is_no_room(self) -> None:
        assert list(message_of(Report().add([RED])).iter_attachments())[1:] == []
        frame = pd.DataFrame({"n": range(1000), "p": [noise(n % 400, 60) for n in range(1000)]})
        message = message_of(Report("Long").add(frame), max_bytes=2_500_000)
        assert message.get_content_type() == "multipart/alternative"
        assert "of 1,000 rows are shown.\n" in text_of(message)

    def test_are_shared_by_the_sections(self) -> None:
        page = Report("Three")
        for start in (0, 1000, 2000):
            page.add(pd.DataFrame({"n": range(start, start + 1000), "p": RED}))
        page.add(pd.DataFrame({"n": [1, 2], "p": RED}))
        message = message_of(page, attach=False)
        shown = [len(rows_of(message, number)) for number in range(4)]
        assert len(html_of(message).encode()) < GMAIL_CLIPS_AT
        assert shown[0] == shown[1] == shown[2] > 50
        assert shown[3] == 2

    def test_of_markup_are_held_with_long_texts(self) -> None:
        texts = ["x" * 2_000_000] * 3 + ["x" * 400] * 600
        frame = pd.DataFrame({"t": texts, "<b>" * 500: texts, "p": RED})
        message = message_of(Report("t" * 5000).add(frame, title="u" * 9000, caption="v" * 9000))
        assert len(html_of(message).encode()) < GMAIL_CLIPS_AT

    def test_of_markup_that_prose_alone_exceeds_are_told(self) -> None:
        page = Report("Long").add("word " * 40_000).add([RED] * 10)
        with pytest.warns(UserWarning, match="Gmail hides what is beyond 102 kB") as told:
            message = message_of(page)
        assert told[0].filename == __file__
        assert len(soup_of(message).find_all("img")) == 1
        assert "1 of 10 pictures are shown." in text_of(message)

    def test_of_bytes_reduce_pictures_and_say_so(self) -> None:
        page = Report("Big").add([noise(number) for number in range(12)], size=300)
        free, held = message_of(page), message_of(page, max_bytes=400_000)
        assert sent_size(free) > 800_000
        assert 200_000 < sent_size(held) <= 400_000
        assert len(soup_of(held).find_all("img")) == 12
        sizes = [
            [(i["width"], i["height"]) for i in soup_of(m).find_all("img")] for m in (free, held)
        ]
        assert sizes[0] == sizes[1]
        assert "Pictures are reduced to keep this message below 400\xa0kB." in text_of(held)
        assert "Pictures are reduced" not in text_of(free)

    def test_of_bytes_spare_the_small_pictures(self) -> None:
        page = Report("Mixed").add([noise(1, 500), four_corners()], size=500)
        free, held = message_of(page), message_of(page, max_bytes=120_000)
        before, after = (list(pictures_of(m).values()) for m in (free, held))
        assert before[1] == after[1]
        assert len(after[0]) < len(before[0])

    def test_of_bytes_leave_rows_out_before_pictures_become_blots(self) -> None:
        frame = pd.DataFrame({"n": range(100), "p": [noise(number, 200) for number in range(100)]})
        message = message_of(Report("Big").add(frame, size=200), max_bytes=100_000)
        shown = len(rows_of(message))
        assert 5 < shown < 100
        assert f"{shown} of 100 rows are shown." in text_of(message)
        assert sent_size(message) <= 100_000
        assert min(decoded(data).width for data in pictures_of(message).values()) >= 15

    @pytest.mark.parametrize("limit", [20_000, 50_000, 200_000, 1_000_000])
    def test_of_bytes_are_held_by_the_message_as_it_is_sent(self, limit: int) -> None:
        pictures = [noise(number, 20 + 15 * number) for number in range(20)]
        page = Report("Grüße" * 20).add({f"número {n}" * 3: one for n, one in enumerate(pictures)})
        page.add(pd.DataFrame({"n": range(500), "p": [noise(n, 40) for n in range(500)]}))
        try:
            message = message_of(page, max_bytes=limit, sender="a@example.org")
        except OptionError:
            assert limit == 20_000
        else:
            assert sent_size(message) <= limit

    def test_of_bytes_that_nothing_fits_into_are_an_error(self) -> None:
        page = Report("Long").add("word " * 10_000)
        with pytest.raises(OptionError, match="max_bytes=20000: the message takes more"):
            message_of(page, max_bytes=20_000)

    def test_count_the_bytes_of_a_part_as_they_are_sent(self) -> None:
        for length in (0, 1, 56, 57, 58, 1000, 123_457):
            message, other = EmailMessage(), EmailMessage()
            for one in (message, other):
                one.set_content("a")
                one.add_alternative("b", subtype="html")
            body = message.get_body(("html",))
            assert body is not None
            body.add_related(
                bytes(length),
                maintype="image",
                subtype="jpeg",
                disposition="inline",
                filename="picture-12345.jpg",
                cid=f"<{10**6}.{'a' * 12}@imgdisplay>",
            )
            first, added = sent_size(other), sent_size(message)
            assert added - first <= bytes_in_message(length) + 300  # once for multipart/related
            assert bytes_in_message(length) - (added - first) < 420


class TestBadInput:
    @pytest.mark.parametrize("text", ["a", *HOSTILE[::7]])
    def test_of_hostile_texts_stays_text_in_every_place(self, text: str) -> None:
        def page(text: str) -> Report:
            frame = pd.DataFrame(
                {
                    "c": pd.Series([text, "b"], dtype=object),
                    "p": pd.Series([RED, TRUNCATED], dtype=object),
                }
            )
            frame.index = pd.Index([text, "i"], dtype=object)
            frame.columns = pd.Index([text, "p"], dtype=object)
            return (
                Report(text)
                .add(frame.rename_axis(text), title=text, caption=text, column="p")
                .add({text: RED, f"{text}2": TRUNCATED}, title=text)
                .add(text, title=text)
            )

        def skeleton(text: str) -> list[tuple[str, tuple[str, ...]]]:
            soup = soup_of(message_of(page(text)))
            # A line of prose ends with one, and a long word is broken.
            return [
                (tag.name, tuple(sorted(set(tag.attrs) - {"style"})))
                for tag in soup.find_all(True)
                if tag.name != "br"
            ]

        message = message_of(page(text), subject=text)
        assert skeleton(text) == skeleton("harmless")
        assert not set(text_of(message)) & REORDERS_OR_CONTROLS
        assert not set(html_of(message)) & REORDERS_OR_CONTROLS
        shown = {img["src"] for img in soup_of(message).find_all("img")}
        assert shown == set(pictures_of(message))
        read = email.message_from_bytes(bytes(message), policy=email.policy.default)
        assert sorted(read.keys()) == [
            "Content-Type",
            "Date",
            "MIME-Version",
            "Subject",
            "To",
        ]

    def test_of_nothing_is_a_message_without_much(self) -> None:
        message = message_of(Report("Nothing"))
        assert soup_of(message).h1.string == "Nothing"
        assert text_of(message) == "Nothing\n=======\n"

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame(),
            pd.DataFrame({"a": []}),
            pd.DataFrame([[RED, 1, 2]], columns=["p", "a", "a"]),
            pd.DataFrame([[RED, 1]], columns=pd.MultiIndex.from_tuples([("a", "p"), ("a", "q")])),
            pd.DataFrame({"p": [RED, 1.5, "text", None, b"x", TRUNCATED]}),
        ],
        ids=["empty", "no rows", "names twice", "levels", "mixed"],
    )
    def test_of_frames_of_every_kind_shows_their_rows(self, frame: pd.DataFrame) -> None:
        message = message_of(Report("R").add(frame))
        table = soup_of(message).find_all("table")[1]
        assert len(table.tbody.find_all("tr")) == len(frame)
        assert {img["src"] for img in table.find_all("img")} == set(pictures_of(message))

    def test_breaks_words_that_no_screen_holds(self) -> None:
        frame = pd.DataFrame({"t": ["x" * 300], "p": [RED]}, index=["y" * 300])
        (row,) = rows_of(message_of(Report().add(frame)))
        assert "word-break:break-all" in row.th["style"]
        assert row.td["style"] == "word-break:break-all"

    def test_without_jinja_or_nh3_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from imgdisplay.report import simplemarkup
        from imgdisplay.report.mail import body as mailbody

        monkeypatch.setitem(sys.modules, "nh3", None)
        simplemarkup._nh3.cache_clear()
        with pytest.raises(MissingExtra, match=r"imgdisplay-jupyter\[report\]"):
            message_of(Report().add(Html("<b>x</b>")))
        message_of(Report().add("no markup"))
        monkeypatch.setitem(sys.modules, "jinja2", None)
        mailbody._template.cache_clear()
        with pytest.raises(MissingExtra, match=r"imgdisplay-jupyter\[report\]"):
            message_of(Report())
        monkeypatch.undo()
        message_of(Report().add(Html("<b>x</b>")))


class TestAsMailShows:
    @pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
    @pytest.mark.parametrize("format_", ["PNG", "JPEG"])
    def test_leaves_plain_pictures_as_they_are(self, mode: str, format_: str) -> None:
        if format_ == "JPEG" and mode in ("P", "1"):
            return
        data = encoded(PHOTO.convert(mode), format_)
        shown = as_mail_shows(data)
        assert shown is not None
        assert shown.data == data

    def test_gives_nothing_for_what_is_no_picture(self) -> None:
        assert as_mail_shows(b"<svg/>") is None
        assert as_mail_shows(TRUNCATED) is None

    def test_leaves_no_place_and_no_profile_in_a_picture(self) -> None:
        exif = Image.Exif()
        exif[0x010E] = "secret place"
        data = encoded(PHOTO, "JPEG", exif=exif)
        shown = as_mail_shows(data)
        assert shown is not None
        assert b"secret place" not in shown.data

    def test_draws_a_translucent_picture_over_its_backdrop(self) -> None:
        glass = Image.new("RGBA", (40, 40), (200, 0, 0, 128))
        shown = as_mail_shows(encoded(glass))
        assert shown is not None
        red, green, blue = pixels(decoded(shown.data))[20, 20]
        assert abs(int(red) - 227) <= 2
        assert abs(int(green) - 127) <= 2
        assert green == blue
        assert on_grey(decoded(shown.data)).shape == (40, 40, 3)
