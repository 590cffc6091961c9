"""How much is fetched from one address, and what is said of more."""

from __future__ import annotations

from imgdisplay.errors import SourceRefused, more_than
from imgdisplay.options import Options

__all__ = ["bytes_at_most", "too_large"]

URL_LIMIT = 5_000_000


def bytes_at_most(options: Options) -> int:
    """Return how many bytes are read from one address."""
    return options.max_file_bytes or URL_LIMIT


def too_large(subject: str, limit: int) -> SourceRefused:
    """Return the error of a picture that is larger."""
    return SourceRefused(f"{subject} has {more_than('max_file_bytes', limit)}")
