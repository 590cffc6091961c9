"""Pictures out of text: base64 and ``data:`` URIs."""

from __future__ import annotations

from typing import Unpack

from PIL import Image

from imgdisplay.convert.keywords import PixelArgs
from imgdisplay.core.datauri import is_data_uri, read_base64
from imgdisplay.core.pipeline import open_image
from imgdisplay.core.streams import MEMORY_LIMIT
from imgdisplay.errors import DecodeError, SourceRefused, UnsupportedSource, more_than, quote
from imgdisplay.options import Options, resolve, takes

__all__ = ["from_base64", "from_data_uri"]

_WHITE = " \t\r\n\f"


@takes(PixelArgs)
def from_data_uri(text: str | bytes, **options: Unpack[PixelArgs]) -> Image.Image:
    """Return the whole image in a ``data:`` URI (RFC 2397).

    It is read as `from_base64` reads its text, or as percent-encoded bytes. What the bytes are
    decides; the MIME type that the URI claims is named when they are no image.

    Parameters
    ----------
    text
        ``data:image/…;base64,…``.
    **options
        Fields of `Options`: the limits ``max_file_bytes`` and ``max_pixels``.

    Returns
    -------
    PIL.Image.Image
        As `open_image` gives it: loaded, upright, with the mode it was stored in.

    Raises
    ------
    DecodeError
        If the base64 text is broken (the position is named) or its bytes are no image.
    SourceRefused
        If it is longer than ``max_file_bytes`` allows, which is asked before it is decoded.

    Examples
    --------
    >>> from PIL import Image
    >>> import imgdisplay
    >>> from_data_uri(imgdisplay.data_uri(Image.new("RGB", (64, 48)), size=None)).size
    (64, 48)
    >>> from_data_uri("data:text/html;base64,PGI+Tm8hPC9iPg==")
    Traceback (most recent call last):
    imgdisplay.errors.DecodeError: the data URI claims to be 'text/html' and holds no image: ...
    """
    uri = _checked(text, "from_data_uri", resolve(options)).strip(_WHITE)
    if not is_data_uri(uri):
        raise DecodeError(
            f"from_data_uri({quote(uri)}): expected 'data:image/…;base64,…'; from_base64 reads "
            "text without that prefix"
        )
    try:
        return open_image(uri, **options)
    except (DecodeError, SourceRefused) as error:
        claimed = uri[5 : uri.find(",")].partition(";")[0].strip().lower()
        if "," not in uri or claimed.startswith("image/"):
            raise
        claim = f"claims to be {quote(claimed)}" if claimed else "names no MIME type"
        if isinstance(error, SourceRefused):
            raise SourceRefused(f"the data URI {claim}: {error}") from None
        raise DecodeError(f"the data URI {claim} and holds no image: {error}") from None


@takes(PixelArgs)
def from_base64(text: str | bytes, **options: Unpack[PixelArgs]) -> Image.Image:
    """Return the whole image in base64 text, with or without a ``data:`` prefix.

    Both alphabets are read (RFC 4648, sections 4 and 5), white space is skipped, and padding
    may be missing.

    Parameters
    ----------
    text
        Base64 as `str`, or as the `bytes` that `base64.b64encode` gives.
    **options
        Fields of `Options`: the limits ``max_file_bytes`` and ``max_pixels``.

    Returns
    -------
    PIL.Image.Image
        As `open_image` gives it: loaded, upright, with the mode it was stored in.

    Raises
    ------
    DecodeError
        If the text is broken (the position is named, counted from 0) or its bytes are no image.
    SourceRefused
        If it is longer than ``max_file_bytes`` allows, which is asked before it is decoded.

    Examples
    --------
    >>> from_base64("R0lGODlhAQABAIAAAAAAAP___yH5BAEAAAAALAAAAAABAAEAAAIBRAA7").size
    (1, 1)
    >>> from_base64("R0lGODlhAQABAIAAAA#AAP")
    Traceback (most recent call last):
    imgdisplay.errors.DecodeError: invalid base64 at character 18 of the text: '#' is no base64
    """
    checked = _checked(text, "from_base64", resolve(options))
    if is_data_uri(checked.lstrip(_WHITE)):
        return from_data_uri(checked, **options)
    if checked.startswith(("b'", 'b"')):
        raise DecodeError(
            f"from_base64({quote(checked)}): this is the repr of bytes; pass the bytes themselves, "
            "or their .decode()"
        )
    data = read_base64(checked)
    if not data:
        raise DecodeError("from_base64(''): expected base64 of an image file, not an empty text")
    return open_image(data, **options)


def _checked(text: str | bytes, function: str, options: Options) -> str:
    """Return what was given as `str`, unless it is too long to be decoded."""
    if not isinstance(text, (str, bytes, bytearray)):
        raise UnsupportedSource(
            f"{function}({quote(text)}): expected text, not {type(text).__name__}; open_image "
            "opens everything else"
        )
    limit = options.max_file_bytes or MEMORY_LIMIT
    if len(text) > 2 * limit:  # 4/3 of them are base64, the rest may be white space
        raise SourceRefused(
            f"a text of {len(text):,} characters holds {more_than('max_file_bytes', limit)}"
        )
    return text if isinstance(text, str) else text.decode("latin-1")
