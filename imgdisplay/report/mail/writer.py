"""Reports as e-mail: a writer of drawn reports."""

from __future__ import annotations

import copy
import dataclasses
import email.policy
import warnings
from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage

from imgdisplay.convert.encoders import SUFFIXES
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.files import as_utf8
from imgdisplay.errors import OptionError, quote
from imgdisplay.options import Options
from imgdisplay.report.mail.body import Body, body_of
from imgdisplay.report.mail.headers import People, message_with_headers
from imgdisplay.report.mail.pictures import bytes_in_message, within
from imgdisplay.report.model import DrawnReport, Section
from imgdisplay.report.page.writer import Look, page_texts
from imgdisplay.report.wording import human_size

__all__ = ["MOST_BYTES", "MOST_MARKUP", "email_of", "sections_for_mail"]

MOST_BYTES = 10_000_000
"""Bytes of a message that practically every server takes: Postfix refuses more than 10,240,000
unless it is told otherwise, Exchange Server more than 10 MB, Gmail and Outlook.com 25 MB."""

MOST_MARKUP = 100_000
"""Bytes of markup that Gmail shows; it clips a message at about 102 kB."""

_LEAST_BYTES = 20_000

_PLAIN = Look()

WIDEST = 600
"""CSS pixels of the widest picture; messages are read in narrow panes."""


def sections_for_mail(sections: Sequence[Section]) -> list[Section]:
    """Return sections whose pictures will be drawn as mail programs show them.

    They are PNG or JPEG, at most 600 CSS pixels wide, stand still and have no larger views.
    """
    return [dataclasses.replace(one, options=_for_mail(one.options)) for one in sections]


def _for_mail(options: Options) -> Options:
    width, height = options.box or (WIDEST, _NO_LIMIT)
    return dataclasses.replace(
        options,
        format=options.format if options.format in ("png", "jpeg") else "auto",
        size=options.size if options.box and width <= WIDEST else (min(width, WIDEST), height),
        animate=False,
        zoom=None,
    )


_NO_LIMIT = 16_384


def email_of(
    drawn: DrawnReport,
    *,
    subject: str,
    to: People,
    sender: str | Address | None = None,
    cc: People = (),
    text: str | None = None,
    max_bytes: int = MOST_BYTES,
    attach: bool = True,
    look: Look = _PLAIN,
) -> EmailMessage:
    """Return a report as a message; `imgdisplay.Report.to_email` tells how.

    Parameters
    ----------
    drawn
        Best drawn from `sections_for_mail`.
    subject, to, sender, cc, text, max_bytes, attach
        As of `imgdisplay.Report.to_email`.
    look
        Of the attached page.

    Raises
    ------
    OptionError
        If an address is none, or not even a few rows fit into `max_bytes`.
    MissingExtra
        If Jinja2 is not installed; or nh3, and there is markup in the report.

    Examples
    --------
    >>> message = email_of(
    ...     DrawnReport("Colours", ()), subject="Colours", to="ann@example.org"
    ... )
    >>> [part.get_content_type() for part in message.walk()]
    ['multipart/alternative', 'text/plain', 'text/html']
    """
    limit = _checked(max_bytes)
    headers = message_with_headers(subject=subject, to=to, sender=sender, cc=cc)
    body = body_of(drawn, MOST_MARKUP)
    _warn_of_clipping(body)
    most = body.most_rows(MOST_MARKUP)
    while True:
        html = body.html(most)
        draft = _draft(headers, body.text(most) if text is None else text, html)
        room = limit - len(draft.as_bytes(policy=email.policy.SMTP)) - _SPARE
        pictures = body.album.shown_in(html)
        fitting = within(pictures, room)
        if fitting is not None:
            break
        if most == 1:
            raise OptionError(
                f"max_bytes={max_bytes}: the message takes more, even with one row of each "
                "section; raise it with max_bytes=…, or make its pictures smaller with size=…"
            )
        most = max(1, min(most - 1, most * 4 // 5))
    page = None
    if attach and not body.shows_all(most):
        room -= sum(bytes_in_message(len(one.data)) for one in fitting.values())
        page = _page(drawn, look, room)
    remarks = [] if fitting is pictures else [_REDUCED.format(human_size(limit))]
    whole = "" if page is None else _WHOLE
    html = body.html(most, whole=whole, remarks=remarks)
    plain = body.text(most, whole=whole, remarks=remarks) if text is None else text
    message = _draft(headers, plain, html)
    if fitting:
        _add_pictures(message, fitting)
    if page is not None:
        message.add_attachment(
            page, maintype="text", subtype="html", filename=_PAGE, params={"charset": "utf-8"}
        )
    return message


_SPARE = 1_500
"""Bytes for what is said of rows that were left out, of pictures that were reduced, and for the
headers of another part."""

_REDUCED = "Pictures are reduced to keep this message below {}."
_WHOLE = "The attached page holds all of them."
_PAGE = "report.html"


def _checked(max_bytes: object) -> int:
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < _LEAST_BYTES:
        raise OptionError(
            f"max_bytes={quote(max_bytes)}: expected a whole number of bytes from {_LEAST_BYTES} on"
        )
    return max_bytes


def _warn_of_clipping(body: Body) -> None:
    least = len(body.html(1).encode())
    if least > MOST_MARKUP:
        warnings.warn(
            f"the texts of this message take {least / 1e3:.0f} kB of markup, and Gmail hides what "
            "is beyond 102 kB behind a link; save the report and attach the file, or send fewer "
            "sections",
            stacklevel=4,
        )


def _draft(headers: EmailMessage, text: str, html: str) -> EmailMessage:
    """Return a message with its texts; in seven bits, which every server hands on as they are."""
    message = copy.deepcopy(headers)
    message.set_content(as_utf8(text).decode(), cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _add_pictures(message: EmailMessage, pictures: Mapping[str, Thumbnail]) -> None:
    body = message.get_body(("html",))
    assert body is not None, "it has just been added"
    for number, (cid, picture) in enumerate(pictures.items(), 1):
        subtype = picture.mime.partition("/")[2]
        body.add_related(
            picture.data,
            maintype="image",
            subtype=subtype,
            disposition="inline",
            filename=f"picture-{number}{SUFFIXES[subtype]}",
            cid=f"<{cid}>",
        )
    body.set_param("type", "text/html")  # RFC 2387, section 3.1


def _page(drawn: DrawnReport, look: Look, room: int) -> bytes | None:
    """Return the page of the whole report, or None if it does not fit into a message."""
    parts = []
    length = 0
    for part in page_texts(drawn, look):
        parts.append(as_utf8(part))
        length += len(parts[-1])
        if bytes_in_message(length) > room:
            return None
    return b"".join(parts)
