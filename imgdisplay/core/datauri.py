"""``data:`` URIs, read and written (RFC 2397)."""

from __future__ import annotations

import binascii
from urllib.parse import unquote_to_bytes

from imgdisplay.errors import DecodeError, quote

__all__ = ["is_data_uri", "read_data_uri", "write_data_uri"]


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
    return _read_base64(payload), mime.lower()


def _read_base64(payload: str) -> bytes:
    packed = payload.encode("ascii", "replace").translate(_STANDARD_ALPHABET, b" \t\r\n\f")
    if b"%" in packed:  # RFC 2397 allows URL escapes in base64 data as well
        packed = unquote_to_bytes(packed)
    packed = packed.rstrip(b"=")
    try:
        return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4), strict_mode=True)
    except binascii.Error as error:
        at = next((i for i, byte in enumerate(packed) if byte not in _BASE64), len(packed))
        raise DecodeError(f"invalid base64 at character {at} of the data URI: {error}") from None


_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
