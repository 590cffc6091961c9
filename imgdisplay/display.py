"""The public verbs that put pictures and data into markup: where core and frames meet."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Unpack

from imgdisplay.core.batch import in_order
from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import fitting
from imgdisplay.core.detect import is_picture, not_opened, pictures_of
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html, escape, figures, markup, small_print, zoomable
from imgdisplay.core.overlay import Overlay
from imgdisplay.core.pipeline import attempt, held, make, thumbnail
from imgdisplay.errors import OptionError, SourceError, SourceRefused, UnsupportedSource, quote
from imgdisplay.frames import kind_of, labels_of, table_html
from imgdisplay.options import OptionArgs, Options, resolve

__all__ = [
    "PictureCells",
    "data_uri",
    "gallery",
    "image_formatter",
    "img",
    "style_pictures",
    "table",
]


def data_uri(source: object, **options: Unpack[OptionArgs]) -> str:
    """Return the thumbnail of a source as a ``data:`` URI.

    Parameters
    ----------
    source
        Any accepted source; see `thumbnail`.
    **options
        Fields of `Options`; ``size=None`` keeps the whole image.

    Returns
    -------
    str
        ``data:image/…;base64,…`` (RFC 2397).

    Raises
    ------
    SourceError, EncodeError, OptionError
        As `thumbnail`.

    Examples
    --------
    >>> from PIL import Image
    >>> data_uri(Image.new("RGB", (64, 64), "teal"))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    return thumbnail(source, **options).data_uri


def img(source: object, *, alt: str | None = None, **options: Unpack[OptionArgs]) -> Html:
    """Return one ``<img>`` that displays itself in a notebook.

    Parameters
    ----------
    source
        Any accepted source; see `thumbnail`.
    alt
        Alternative text; the file's name if there is one, else the size.
    **options
        Fields of `Options`. Unless ``size`` is given, ``preview_size`` is the box.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As `thumbnail`.

    Examples
    --------
    >>> from PIL import Image
    >>> str(img(Image.new("RGB", (640, 480)), alt="night", size=32))[:35]
    '<img class="imgdisplay" src="data:i'
    """
    wanted = _preview(resolve(options), "size" in options)
    if wanted.zoom is None:
        return make(source, wanted).html(alt)
    source = held(source, wanted)
    drawn = make(source, wanted).html(alt)
    return zoomable(drawn, make(source, dataclasses.replace(wanted, size=wanted.zoom)).html(alt))


def _preview(options: Options, size_was_said: bool) -> Options:
    return options if size_was_said else dataclasses.replace(options, size=options.preview_size)


def gallery(
    sources: Iterable[object] | Mapping[Any, object],
    *,
    captions: Iterable[object] | None = None,
    columns: int | None = None,
    **options: Unpack[OptionArgs],
) -> Html:
    """Return pictures as a grid, in one block of markup.

    Parameters
    ----------
    sources
        A list of sources; a dict from captions to sources; a pandas Series, whose index gives
        the captions.
    captions
        One for each source: text, escaped, or `Html`.
    columns
        Pictures in a row; None lets them flow.
    **options
        Fields of `Options`.

    Raises
    ------
    UnsupportedSource
        If `sources` is a single source.
    OptionError
        If an option is wrong, or the captions are not as many as the sources.

    Examples
    --------
    >>> from PIL import Image
    >>> gallery({"red": Image.new("RGB", (64, 64), "red")}).count("<figure")
    1
    """
    wanted = resolve(options)
    if columns is not None and not (hasattr(columns, "__index__") and columns > 0):
        raise OptionError(f"columns={quote(columns)}: expected a whole number from 1 on")
    items, labels = _items(sources)
    if captions is not None:
        labels = list(captions)
        if len(labels) != len(items):
            raise OptionError(f"{len(labels)} captions for {len(items)} pictures; give one each")
    cells = [
        Described(item, None if isinstance(label, Html) else _said(label))
        for item, label in zip(items, labels, strict=True)
    ]
    drawn, note = draw_all(cells, wanted)
    pictures = (cell.markup for cell in drawn)
    grid = figures(zip(pictures, map(_caption, labels), strict=True), columns=columns)
    return Html(grid + small_print(note)) if note else grid


def _items(sources: object) -> tuple[list[object], list[object]]:
    if isinstance(sources, Mapping):
        return list(sources.values()), list(sources)
    kind = kind_of(sources)
    if kind is not None and kind.is_series and hasattr(sources, "items"):
        pairs = list(sources.items())
        return [value for _, value in pairs], [label for label, _ in pairs]
    if isinstance(sources, (str, bytes)) or not isinstance(sources, Iterable):
        raise UnsupportedSource(
            f"gallery({quote(sources)}): expected a list of sources; img(…) shows a single one"
        )
    items = list(sources)
    return items, [""] * len(items)


def _said(label: object) -> str | None:
    if label is None or (isinstance(label, str) and not label) or _is_missing(label):
        return None
    return str(label)


def _is_missing(label: object) -> bool:
    try:
        return bool(label != label)  # NaN and NaT are not even themselves
    except (TypeError, ValueError):
        return True  # and NA refuses to say


def _caption(label: object) -> str | Html:
    return label if isinstance(label, Html) else _said(label) or ""


def draw(sources: Sequence[object], options: Options) -> list[Thumbnail | Broken]:
    """Return the thumbnail or placeholder of each source, in order, on all cores.

    A source may be `Described`.
    """
    cells = [source if isinstance(source, Described) else Described(source) for source in sources]
    return [picture for picture, _ in _drawn(cells, dataclasses.replace(options, zoom=None))]


Views: TypeAlias = tuple[Thumbnail | Broken, Thumbnail | Broken | None]
"""A picture, and its larger view if one is wanted."""


def _drawn(cells: Sequence[Described], options: Options) -> list[Views]:
    def late() -> Views:
        reason = f"time budget of {options.timeout:g} s used up; raise it with timeout=…"
        return Broken.of(SourceRefused(f"not drawn: {reason}"), options), None

    return in_order(
        lambda cell: _views(cell, options),
        cells,
        key=lambda cell: id(cell.source),
        timeout=options.timeout,
        late=late,
    )


def _views(cell: Described, options: Options) -> Views:
    if options.zoom is None:
        return _view(cell, options), None
    try:
        cell = Described(held(cell.source, options), cell.alt, cell.overlay)
    except SourceError as error:
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


@dataclass(frozen=True, slots=True)
class Drawn:
    """A thumbnail or placeholder, and its markup."""

    result: Thumbnail | Broken
    markup: Html


def draw_all(
    cells: Sequence[Described],
    options: Options,
    *,
    amend: Callable[[Broken], Broken] = lambda broken: broken,
    advance: Callable[[int], object] | None = None,
) -> tuple[list[Drawn], str]:
    """Return each source as it is shown, and a note where all had to be reduced to fit.

    Parameters
    ----------
    cells
        The sources.
    amend
        Changes what a placeholder says.
    advance
        Called with the number of pictures that have been drawn since the last call; they are
        then drawn in portions.
    """
    pairs = _in_portions(cells, options, advance)
    results = [amend(result) if isinstance(result, Broken) else result for result, _ in pairs]
    views = [view for _, view in pairs if view is not None]

    def render(shown: list[Thumbnail | Broken]) -> list[Html]:
        larger = iter(shown[len(pairs) :])
        return [
            _with_view(picture, None if view is None else next(larger), cell.alt)
            for picture, (_, view), cell in zip(shown, pairs, cells, strict=False)
        ]

    markups, note = fitting([*results, *views], render, options)
    return list(map(Drawn, results, markups)), note


def _in_portions(
    cells: Sequence[Described], options: Options, advance: Callable[[int], object] | None
) -> list[Views]:
    if advance is None:
        return _drawn(cells, options)
    results: list[Views] = []
    for start in range(0, len(cells), _PORTION):
        results += _drawn(cells[start : start + _PORTION], options)
        advance(len(results) - start)
    return results


_PORTION = 64


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
        self.source = source
        self.alt = alt
        self.overlay = overlay


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
            refused = next(
                (why for value in values if (why := not_opened(value, self.options))), ""
            )
            if refused and refused not in self.notes:
                self.notes.append(refused)
        return picks

    def draw(self, values: Sequence[object]) -> Sequence[str]:
        """Return the markup of every picked cell of a table, in order."""
        cells = [value if isinstance(value, Described) else Described(value) for value in values]
        drawn, note = draw_all(cells, self.options)
        if note:
            self.notes.append(note)
        return [cell.markup for cell in drawn]

    def noted(self, drawn: str) -> Html:
        """Return a drawn table with its notes below."""
        return markup(drawn + "".join(small_print(note) for note in self.notes))


def table(
    frame: Any,
    columns: Mapping[Any, Overlay | None] | Sequence[Hashable] | Hashable | None = None,
    *,
    alt: Hashable | None = None,
    max_rows: int | Literal["auto"] | None = "auto",
    max_cols: int | Literal["auto"] | None = "auto",
    **options: Unpack[OptionArgs],
) -> Html:
    """Return a frame or series as a table with pictures in its cells.

    The table is drawn by the library that the frame is of, with all of its options; only the
    cells that hold pictures are filled in, and everything else is escaped.

    Parameters
    ----------
    frame
        A DataFrame or Series of pandas, polars or dask, a pyarrow table, or a Hugging Face
        dataset. It is never changed.
    columns
        Names of the columns that hold pictures; then all that cannot be opened there becomes a
        placeholder. A dict gives overlays to some: ``{"photo": overlay(boxes="boxes")}``
        draws the boxes that stand in the column of that name. None finds the columns by their
        visible values.
    alt
        Name of the column that holds the alternative texts.
    max_rows, max_cols
        Rows and columns shown; None shows all, ``"auto"`` what the library's own display shows.
    **options
        Fields of `Options`.

    Raises
    ------
    UnsupportedSource
        If `frame` is of no known library.
    OptionError
        If an option is wrong or a column does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> from PIL import Image
    >>> frame = pd.DataFrame({"name": ["<b>"], "picture": [Image.new("RGB", (64, 64))]})
    >>> html = table(frame)
    >>> html.count("<img"), html.count("&lt;b&gt;")
    (1, 1)
    """
    wanted = resolve(options)
    if columns is not None:  # to name a column is to ask for all that is in it
        wanted = dataclasses.replace(wanted, remote=True)
    overlays = dict(columns) if isinstance(columns, Mapping) else {}
    _check_labels(frame, [] if alt is None else [alt], "alt")
    _check_labels(frame, [name for plan in overlays.values() if plan for name in plan.columns])
    if isinstance(columns, Mapping):
        columns = list(columns)
    cells = PictureCells(wanted)
    drawn = table_html(
        frame,
        cells,
        columns=columns,
        max_rows=max_rows,
        max_cols=max_cols,
        always=True,
        bind=_FromRow(overlays, alt) if overlays or alt is not None else None,
    )
    return cells.noted(drawn or "")


def _check_labels(frame: Any, labels: Iterable[Hashable], what: str = "overlay") -> None:
    known = labels_of(frame)
    for label in labels:
        if label not in known:
            close = difflib.get_close_matches(str(label), [str(name) for name in known], n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise OptionError(
                f"{what}: no column {quote(label)}; {hint}The columns are {quote(known)}."
            )


class _FromRow(Mapping[Hashable, Callable[[object, Mapping[Any, object]], object]]):
    """For every column, what takes alternative text and overlay from a picture's row."""

    def __init__(self, overlays: Mapping[Any, Overlay | None], alt: Hashable | None) -> None:
        self._overlays = overlays
        self._alt = alt

    def __getitem__(self, label: Hashable) -> Callable[[object, Mapping[Any, object]], object]:
        overlay, alt = self._overlays.get(label), self._alt

        def described(value: object, row: Mapping[Any, object]) -> Described:
            said = _said(row[alt]) if alt is not None else None
            return Described(value, said, overlay.bind(row) if overlay is not None else None)

        return described

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._overlays)

    def __len__(self) -> int:
        return len(self._overlays)


class ImageFormatter:
    """Turns one cell into markup; see `image_formatter`."""

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._options = dict(options or {})

    def __call__(self, value: object) -> str:
        """Return ``<img …>`` for a picture, the escaped text for anything else."""
        options = resolve(self._options)
        if not is_picture(value, options):
            return escape(value, limit=_CELL_LIMIT)
        return html_of(attempt(value, options))

    def with_options(self, **options: Unpack[OptionArgs]) -> ImageFormatter:
        """Return a formatter with its own options.

        Raises
        ------
        OptionError
            If an option is wrong; at once, not when the first cell is drawn.
        """
        mine = {**self._options, **options}
        resolve(mine)
        return ImageFormatter(mine)

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"image_formatter.with_options({said})" if said else "image_formatter"


def style_pictures(styler: Any, columns: Sequence[Hashable], **options: Unpack[OptionArgs]) -> Any:
    """Return a pandas Styler with pictures in some columns and everything else escaped.

    By default a Styler escapes nothing, and formatting one column resets the others. This calls
    ``styler.format`` in the order that keeps all of them right.

    Parameters
    ----------
    styler
        ``frame.style``; it is changed, as all of its methods do.
    columns
        Labels of the columns that hold pictures.
    **options
        Fields of `Options`.

    Examples
    --------
    >>> import pandas as pd
    >>> from PIL import Image
    >>> frame = pd.DataFrame({"name": ["<b>"], "picture": [Image.new("RGB", (64, 64))]})
    >>> html = style_pictures(frame.style, ["picture"]).to_html()
    >>> html.count("<img"), html.count("&lt;b&gt;")
    (1, 1)
    """
    formatter = image_formatter.with_options(**options)
    styler = styler.format(escape="html").format(formatter, subset=list(columns))
    return styler.format_index(escape="html").format_index(escape="html", axis=1)


_CELL_LIMIT = 100_000

image_formatter = ImageFormatter()
"""A formatter for cells: a picture gives ``<img …>``, anything else its escaped text.

For ``DataFrame.to_html(formatters=…, escape=False)``, ``Styler.format``, great_tables and
itables. ``image_formatter.with_options(size=64)`` gives one with options of its own.

Examples
--------
>>> image_formatter("<script>")
<Html, 14 characters>
>>> str(image_formatter("<script>"))
'&lt;script&gt;'
"""
