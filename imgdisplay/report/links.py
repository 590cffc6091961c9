"""Where the originals of pictures are, for pages that lead there."""

from __future__ import annotations

import os
import sys

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.paths import file_url_from_path, is_device, is_unc
from imgdisplay.core.sources import is_url
from imgdisplay.report.tablefile import FileInTable

__all__ = ["LONGEST_LINK", "link_to"]

_SCHEMES = ("https://", "http://", "file:")

LONGEST_LINK = 8000
"""Characters that browsers and servers take; a longer address would have to be cut, and lead
to another place."""


def link_to(source: object) -> str:
    """Return the address of the file that a source names, or an empty text if it names none.

    It has at most `LONGEST_LINK` characters.

    Examples
    --------
    >>> link_to("/photos/a b.png"), link_to("https://example.org/a.png"), link_to(b"...")
    ('file:///photos/a%20b.png', 'https://example.org/a.png', '')
    >>> link_to("javascript:alert(1)").startswith("file:")
    True
    """
    link = _link_to(source)
    return link if len(link) <= LONGEST_LINK else ""


def _link_to(source: object) -> str:
    if isinstance(source, FileInTable):
        source = source.original
    if isinstance(source, dict):
        source = source.get("path")
    if isinstance(source, os.PathLike):
        source = os.fsdecode(source)
    if not isinstance(source, str) or not source or "\0" in source or is_data_uri(source):
        return ""
    if source.lower().startswith(_SCHEMES):
        return source
    if is_url(source) or (sys.platform == "win32" and (is_unc(source) or is_device(source))):
        return ""
    try:
        return file_url_from_path(os.path.abspath(source), windows=os.name == "nt")
    except ValueError:  # a lone surrogate: no file can have this name
        return ""
