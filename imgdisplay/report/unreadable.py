"""What a page says of the pictures that could not be shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Unreadable", "without_folder"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One picture that could not be shown.

    Attributes
    ----------
    name
        What to call it; may be empty.
    reason
        ``kind: short reason``.
    anchor
        The address of its row in the page, or empty.
    """

    name: str
    reason: str
    anchor: str = ""


def without_folder(message: str, folder: Path) -> str:
    """Return a message in which a file of `folder` is named from there on.

    Where the folder lies is nobody's business when the page is passed on.

    Examples
    --------
    >>> without_folder("'/home/ada/photos/sub/a.png' is empty", Path("/home/ada/photos"))
    "'sub/a.png' is empty"
    """
    if not folder.parts:  # the working directory, which no message repeats
        return message
    place = os.path.join(folder, "")
    quoted = repr(place)[1:-1]
    return message.replace(quoted if quoted in message else place, "", 1)
