"""``data:`` URIs, read and written (RFC 2397)."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote, unquote_to_bytes

from imgdisplay.errors import DecodeError, quote

__all__ = ["is_data_uri", "read_base64", "read_data_uri", "write_data_uri"]


def is_data_uri(text: str) -> bool:
    """Tell whether `text` begins as a ``data:`` URI; the scheme's case counts for nothing."""
    return text[:5].lower() == "data:"


def write_data_uri(data: bytes, mime: str) -> str:
    """Return `data` as a base64 ``data:`` URI.

    Examples
    --------
    >>> write_data_uri(b"GIF89a", "image/gif")
    'data:image/gif;base64,R0lGODlh'
    """
    return f"data:{mime};base64,{binascii.b2a_base64(data, newline=False).decode('ascii')}"


def read_data_uri(text: str) -> tuple[bytes, str]:
    """Return the bytes of a ``data:`` URI and the MIME type that it claims.

    White space inside the base64 text is skipped, as browsers do, and both base64 alphabets
    and missing padding are accepted.

    Raises
    ------
    DecodeError
        If there is no comma, or the base64 text is broken (the message names the position).

    Examples
    --------
    >>> read_data_uri("data:image/gif;base64,R0lGODlh")
    (b'GIF89a', 'image/gif')
    """
    head, comma, payload = text[5:].partition(",")
    if not comma:
        raise DecodeError(f"a data URI without a comma: {quote(text)}; expected data:image/…,…")
    mime, *parameters = [part.strip() for part in head.split(";")]
    if "base64" not in (parameter.lower() for parameter in parameters):
        return unquote_to_bytes(payload.encode("utf-8", "replace")), mime.lower()
    return read_base64(payload, "the data URI", start=len(text) - len(payload)), mime.lower()


def read_base64(text: str, name: str = "the text", *, start: int = 0) -> bytes:
    """Return the bytes of base64 text, by the rules of `read_data_uri`.

    Parameters
    ----------
    name, start
        What the text is a part of and where it begins there, for the message.

    Raises
    ------
    DecodeError
        If it is broken; the message names the position, counted from 0.

    Examples
    --------
    >>> read_base64("R0lGODlh")
    b'GIF89a'
    >>> read_base64("R0lG!Dlh")
    Traceback (most recent call last):
    imgdisplay.errors.DecodeError: invalid base64 at character 4 of the text: '!' is no base64
    """
    packed = text.encode("ascii", "replace").translate(_STANDARD_ALPHABET, b" \t\r\n\f")
    if b"%" in packed:  # RFC 2397 allows URL escapes in base64 data as well
        packed = unquote_to_bytes(packed).translate(_STANDARD_ALPHABET, b" \t\r\n\f")
    packed = packed.rstrip(b"=")
    try:
        return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4), strict_mode=True)
    except binascii.Error:
        at, problem = _first_fault(text)
        raise DecodeError(
            f"invalid base64 at character {start + at} of {name}: {problem}"
        ) from None


def _first_fault(text: str) -> tuple[int, str]:
    """Return where text stops being base64, and why."""
    body = text.rstrip("= \t\r\n\f")
    for part in _SUSPECT.finditer(body):
        if not _SUSPECT.fullmatch(unquote(part[0])):
            continue  # an escaped letter
        return part.start(), f"{quote(part[0])} is no base64"
    return len(body), "it ends in the middle of a byte"


_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_SUSPECT = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9+/_\- \t\r\n\f]")
