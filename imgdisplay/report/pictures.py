"""The pictures of a page: drawn, kept within the limits, and with a larger view if wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgdisplay.core.broken import Broken
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html
from imgdisplay.drawing import Described, draw_all
from imgdisplay.options import Options

__all__ = ["UNLIMITED", "Picture", "draw_pictures"]

UNLIMITED = {"max_output_bytes": 2**40, "timeout": 86_400.0}
"""A page is a file and not an output of a notebook, whose limits are of no use here."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail or placeholder, and its markup."""

    result: Thumbnail | Broken
    markup: Html

    @property
    def reason(self) -> str:
        """Why it could not be shown, or empty."""
        return self.result.reason if isinstance(self.result, Broken) else ""


def draw_pictures(
    sources: Sequence[object],
    options: Options,
    *,
    alts: Sequence[str | None] | None = None,
    amend: Callable[[Broken], Broken] = lambda broken: broken,
    advance: Callable[[int], object] = lambda count: None,
) -> tuple[list[Picture], str]:
    """Return the picture of each source, in order, and a note if all had to be reduced.

    Parameters
    ----------
    alts
        Alternative texts; None for what is known of the picture.
    amend
        Changes what a placeholder says.
    advance
        Called with the number of pictures that have been drawn since the last call.
    """
    alts = alts or [None] * len(sources)
    cells = [
        source if isinstance(source, Described) else Described(source, alt)
        for source, alt in zip(sources, alts, strict=True)
    ]
    # A limit of time is one for all pictures; without one they may come in portions.
    unlimited = options.timeout >= UNLIMITED["timeout"]
    drawn, note = draw_all(cells, options, amend=amend, advance=advance if unlimited else None)
    return [Picture(cell.result, cell.markup) for cell in drawn], note
