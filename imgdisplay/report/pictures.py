"""The pictures of a page: drawn, kept within the limits, and with a larger view if wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import within_budget
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html, zoomable
from imgdisplay.display import draw, html_of
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
    results, note = within_budget(_results(sources, options, advance), options)
    results = [amend(result) if isinstance(result, Broken) else result for result in results]
    alts = alts or [None] * len(results)
    drawn = [html_of(result, alt) for result, alt in zip(results, alts, strict=True)]
    if options.zoom is not None:
        larger = dataclasses.replace(options, size=options.zoom, on_error="placeholder")
        views, second = within_budget(draw(sources, larger), larger)
        note = note or second
        drawn = [
            small if isinstance(view, Broken) else zoomable(small, html_of(view, alt))
            for small, view, alt in zip(drawn, views, alts, strict=True)
        ]
    return [Picture(result, html) for result, html in zip(results, drawn, strict=True)], note


_AT_ONCE = 64


def _results(
    sources: Sequence[object], options: Options, advance: Callable[[int], object]
) -> list[Thumbnail | Broken]:
    # A limit of time is one for all pictures, and without one they may come in portions.
    portion = _AT_ONCE if options.timeout >= UNLIMITED["timeout"] else max(len(sources), 1)
    results: list[Thumbnail | Broken] = []
    for start in range(0, len(sources), portion):
        results += draw(sources[start : start + portion], options)
        advance(len(results) - start)
    return results
