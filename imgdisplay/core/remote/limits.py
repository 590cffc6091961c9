"""How much is fetched from one address, and what is said of more."""

from __future__ import annotations

from imgdisplay.errors import SourceRefused
from imgdisplay.options import Options

__all__ = ["EXTRA", "bytes_at_most", "too_large"]

URL_LIMIT = 5_000_000

EXTRA = "pip install 'imgdisplay-jupyter[remote]'"


def bytes_at_most(options: Options) -> int:
    """Return how many bytes are read from one address."""
    return options.max_file_bytes or URL_LIMIT


def too_large(subject: str, limit: int) -> SourceRefused:
    """Return the error of a picture that is larger."""
    return SourceRefused(
        f"{subject} has more than {limit:,} bytes; raise the limit with max_file_bytes=…"
    )
