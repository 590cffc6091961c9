"""Pictures in e-mail: shown in the HTML body, or attached."""

from __future__ import annotations

import re
import uuid
from email.message import EmailMessage, MIMEPart
from pathlib import PurePosixPath
from typing import Unpack

from imgdisplay.convert.encoders import SUFFIXES
from imgdisplay.convert.writing import write
from imgdisplay.core.detect import SUFFIXES as IMAGE_SUFFIXES
from imgdisplay.errors import OptionError, quote
from imgdisplay.options import OptionArgs, takes

__all__ = ["attach", "mime_image"]


@takes(OptionArgs)
def mime_image(
    source: object,
    *,
    cid: str | None = None,
    filename: str | None = None,
    **options: Unpack[OptionArgs],
) -> MIMEPart:
    """Return the whole picture as a part of an e-mail.

    It is a PNG or JPEG unless ``format=`` names another: Outlook shows nothing else. Files of
    these formats stay as they are but for their metadata; other photographs become JPEG.

    Parameters
    ----------
    source
        Any accepted source; see `thumbnail`.
    cid
        Content-ID, by which ``<img src="cid:…">`` shows the picture (RFC 2392): letters, digits
        and ``. _ + - @``. With it the part is inline, without it an attachment, and gets a
        Content-ID of its own.
    filename
        Name under which people save it, cleaned of what file systems and headers do not take,
        and with the suffix of the format. None takes that of the source, or "image".
    **options
        Fields of `Options`. ``size`` is a box in pixels.

    Returns
    -------
    email.message.MIMEPart
        To be given to ``attach`` of a multipart message; `attach` does that.

    Raises
    ------
    SourceError, EncodeError
        As `to_bytes`.
    OptionError
        If an option or the cid is impossible.

    Examples
    --------
    >>> from PIL import Image
    >>> part = mime_image(Image.new("RGB", (640, 480), "teal"), cid="chart")
    >>> part.get_content_type(), part["Content-ID"], part.get_filename()
    ('image/png', '<chart>', 'image.png')
    """
    identity = f"{uuid.uuid4().hex}@imgdisplay" if cid is None else _checked_cid(cid)
    written = write(source, options.pop("format", "auto"), options)
    part = MIMEPart()
    part.set_content(
        written.data,
        maintype="image",
        subtype=written.format,
        disposition="attachment" if cid is None else "inline",
        filename=_safe_name(str(filename or written.name), SUFFIXES[written.format]),
        cid=f"<{identity}>",
    )
    return part


@takes(OptionArgs)
def attach(
    message: EmailMessage,
    source: object,
    *,
    filename: str | None = None,
    cid: str | None = None,
    **options: Unpack[OptionArgs],
) -> str:
    """Put the whole picture into an e-mail, and return its Content-ID.

    With `cid` the picture belongs to the message's HTML body, which shows it by
    ``<img src="cid:…">``. Without, it is an attachment.

    Parameters
    ----------
    message
        Has its text already, and with `cid` an HTML body.
    source, filename, cid, **options
        As for `mime_image`.

    Returns
    -------
    str
        What stands behind ``cid:`` in the address of the picture.

    Raises
    ------
    SourceError, EncodeError
        As `to_bytes`; the message is not changed then.
    OptionError
        If an option or the cid is impossible, or `message` cannot take the picture.

    Examples
    --------
    >>> from email.message import EmailMessage
    >>> from PIL import Image
    >>> message = EmailMessage()
    >>> message.set_content("See the chart.")
    >>> message.add_alternative('<p>See: <img src="cid:chart"></p>', subtype="html")
    >>> attach(message, Image.new("RGB", (640, 480), "teal"), cid="chart")
    'chart'
    >>> [part.get_content_type() for part in message.walk()][2:]
    ['multipart/related', 'text/html', 'image/png']
    """
    if not isinstance(message, EmailMessage):
        raise OptionError(
            f"message={quote(message)}: expected an email.message.EmailMessage; to an older "
            "MIMEMultipart, message.attach(mime_image(…)) adds a picture"
        )
    home = message if cid is None else _related(message, _checked_cid(cid))
    part = mime_image(source, cid=cid, filename=filename, **options)
    subtype = "mixed" if cid is None else "related"
    if home.get_content_type() != f"multipart/{subtype}":
        (home.make_mixed if cid is None else home.make_related)()
    home.attach(part)
    if "MIME-Version" not in message:
        message["MIME-Version"] = "1.0"
    return str(part["Content-ID"])[1:-1]


def _related(message: EmailMessage, cid: str) -> MIMEPart:
    """Return the part of a message that pictures of its HTML body belong to."""
    if any(part["Content-ID"] == f"<{cid}>" for part in message.walk()):
        raise OptionError(f"cid={quote(cid)} is taken by another part of the message; choose one")
    body = message.get_body(("html",))
    if body is None:
        raise OptionError(
            f"cid={quote(cid)}: the message has no HTML body that could show the picture; add it "
            "first by add_alternative(html, subtype='html'), or leave cid out to attach it"
        )
    return message.get_body(("related", "html")) or body


_CID = re.compile(r"[A-Za-z0-9._+-]+(?:@[A-Za-z0-9._+-]+)?")
_LONGEST_CID = 64  # longer ones do not fit into one line of a header


def _checked_cid(cid: str) -> str:
    bare = cid.removeprefix("cid:").strip("<>") if isinstance(cid, str) else ""
    if not _CID.fullmatch(bare) or len(bare) > _LONGEST_CID:
        raise OptionError(
            f"cid={quote(cid)}: expected up to {_LONGEST_CID} letters, digits and . _ + - with "
            "at most one @ between them"
        )
    return bare


_LONGEST_STEM = 60
_NOT_IN_NAMES = re.compile(
    r'[<>:"/|?*'  # not in names on Windows
    r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff"  # controls, line ends, halves
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # a name may show as "gpj.exe"
)
_WINDOWS_DEVICES = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d)")


def _safe_name(name: str, suffix: str) -> str:
    """Return a file name that no header, system or reader can misunderstand."""
    name = _NOT_IN_NAMES.sub("_", re.split(r"[/\\]", name)[-1])
    path = PurePosixPath(name)
    stem = path.stem if path.suffix.lower() in IMAGE_SUFFIXES else name
    stem = stem[:_LONGEST_STEM].strip(". ") or "image"
    return ("_" if _WINDOWS_DEVICES.fullmatch(stem) else "") + stem + suffix
