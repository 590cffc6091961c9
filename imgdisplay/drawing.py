"""Many sources drawn at once, for tables, galleries and reports."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from imgdisplay.core.batch import in_order
from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import fitting
from imgdisplay.core.detect import is_large, not_opened, pictures_of
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html, markup, small_print, zoomable
from imgdisplay.core.pipeline import attempt, held
from imgdisplay.errors import MissingExtra, OptionError, SourceError, SourceRefused
from imgdisplay.options import Options

if TYPE_CHECKING:
    from imgdisplay.core.overlay import Overlay

__all__ = [
    "Described",
    "PictureCells",
    "PicturePicker",
    "Views",
    "draw",
    "draw_all",
    "draw_views",
    "html_of",
]


def draw(sources: Sequence[object], options: Options) -> list[Thumbnail | Broken]:
    """Return the thumbnail or placeholder of each source, in order, on all cores.

    A source may be `Described`.
    """
    cells = [source if isinstance(source, Described) else Described(source) for source in sources]
    return [picture for picture, _ in draw_views(cells, dataclasses.replace(options, zoom=None))]


Views: TypeAlias = tuple[Thumbnail | Broken, Thumbnail | Broken | None]
"""A picture, and its larger view if one is wanted."""


def draw_views(
    cells: Sequence[Described], options: Options, *, seconds: float | None = None
) -> list[Views]:
    """Return each source as it is shown, and its larger view, in order, on all cores.

    Parameters
    ----------
    cells
        The sources.
    seconds
        What is left of ``options.timeout``, for fetching and drawing; None: all of it.
    """
    seconds = options.timeout if seconds is None else seconds
    end = time.monotonic() + seconds
    fetched = _fetched(cells, options, seconds * _TO_FETCH)

    def late() -> Views:
        reason = f"time budget of {options.timeout:g} s is used up; raise it with timeout=…"
        return Broken.of(SourceRefused(f"not drawn: {reason}"), options), None

    return in_order(
        lambda cell: _views(cell, options),
        fetched,
        key=lambda cell: id(cell.source),
        timeout=end - time.monotonic(),
        late=late,
        large=len(cells) > 1 and is_large(cells[0].source),
    )


_TO_FETCH = 0.8
"""Share of the time in which addresses are fetched; the rest is for drawing what came."""


def _fetched(cells: Sequence[Described], options: Options, seconds: float) -> Sequence[Described]:
    """Return the cells with what is at their addresses, fetched several at a time."""
    if not options.remote:
        return cells
    from imgdisplay.core.remote import fetch_all  # only who fetches needs it

    sources = fetch_all([cell.source for cell in cells], options, seconds=seconds)
    return [
        Described(source, cell.alt, cell.overlay)
        for source, cell in zip(sources, cells, strict=True)
    ]


def _views(cell: Described, options: Options) -> Views:
    if options.zoom is None:
        return _view(cell, options), None
    try:
        cell = Described(held(cell.source, options), cell.alt, cell.overlay)
    except (SourceError, MissingExtra) as error:
        if options.on_error == "raise":
            raise
        return Broken.of(error, options), None
    return _view(cell, options), _view(cell, dataclasses.replace(options, size=options.zoom))


def _view(cell: Described, options: Options) -> Thumbnail | Broken:
    if cell.overlay is None:
        return attempt(cell.source, options)
    try:
        return attempt(cell.source, dataclasses.replace(options, overlay=cell.overlay))
    except OptionError as error:  # of the data in this row: it costs this overlay
        result = attempt(cell.source, options)
        note = f"overlay not drawn: {error}"
        if isinstance(result, Broken):
            return result
        return dataclasses.replace(result, notes=(*result.notes, note))


def html_of(result: Thumbnail | Broken, alt: str | None = None) -> Html:
    """Return the ``<img>`` of a thumbnail or placeholder."""
    return result.html(alt) if isinstance(result, Thumbnail) else result.html()


def draw_all(cells: Sequence[Described], options: Options) -> tuple[list[Html], str]:
    """Return each source as it is shown, and a note where all had to be reduced to fit."""
    pairs = draw_views(cells, options)
    views = [view for _, view in pairs if view is not None]

    def render(shown: list[Thumbnail | Broken]) -> list[Html]:
        larger = iter(shown[len(pairs) :])
        return [
            _with_view(picture, None if view is None else next(larger), cell.alt)
            for picture, (_, view), cell in zip(shown, pairs, cells, strict=False)
        ]

    return fitting([*(picture for picture, _ in pairs), *views], render, options)


def _with_view(
    picture: Thumbnail | Broken, view: Thumbnail | Broken | None, alt: str | None
) -> Html:
    drawn = html_of(picture, alt)
    return zoomable(drawn, html_of(view, alt)) if isinstance(view, Thumbnail) else drawn


class Described:
    """A source with an alternative text and an overlay of its own, from its row."""

    __slots__ = ("alt", "overlay", "source")

    def __init__(
        self, source: object, alt: str | None = None, overlay: Overlay | None = None
    ) -> None:
        self.source: object = source
        self.alt: str | None = alt
        self.overlay: Overlay | None = overlay


class PictureCells:
    """The cell renderer that `frames` is handed: finds and draws the pictures of a table.

    Attributes
    ----------
    notes
        What the reader should be told below the table, after it is drawn.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.notes: list[str] = []

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        """Tell which of one column's visible values become pictures."""
        picks = pictures_of(values, self.options, named=named)
        if not named:
            _tell_refused(values, self.options, self.notes)
        return picks

    def draw(self, values: Sequence[object]) -> Sequence[str]:
        """Return the markup of every picked cell of a table, in order."""
        cells = [value if isinstance(value, Described) else Described(value) for value in values]
        drawn, note = draw_all(cells, self.options)
        if note:
            self.notes.append(note)
        return drawn

    def noted(self, drawn: str) -> Html:
        """Return a drawn table with its notes below."""
        return markup(drawn + "".join(small_print(note) for note in self.notes))


def _tell_refused(values: Sequence[object], options: Options, notes: list[str]) -> None:
    """Note once why values that look like pictures were left as text."""
    refused = next((why for value in values if (why := not_opened(value, options))), "")
    if refused and refused not in notes:
        notes.append(refused)


class PicturePicker:
    """What `imgdisplay.frames.sheets` is handed: finds the pictures of a table.

    Attributes
    ----------
    notes
        What the reader should be told below the table, after its columns have been looked into.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.notes: list[str] = []

    def holds(self, values: Sequence[object]) -> bool:
        """Tell whether one of some values of a column is clearly a picture."""
        if any(pictures_of(values, self.options, named=False)):
            return True
        _tell_refused(values, self.options, self.notes)
        return False

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        """Tell which values of a column of pictures become some."""
        return pictures_of(values, self.options, named=named, known=True)
