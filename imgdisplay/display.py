"""The public verbs that put pictures and data into markup: where core and frames meet."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from io import IOBase
from typing import TYPE_CHECKING, Any, Literal, Unpack

from imgdisplay.core.html import Html, figures, plain_text, small_print
from imgdisplay.core.pipeline import thumbnail
from imgdisplay.drawing import Described, PictureCells, draw_all
from imgdisplay.errors import OptionError, UnsupportedSource, no_column, quote
from imgdisplay.frames import kind_of, labels_of, table_html
from imgdisplay.frames.rows import Bind
from imgdisplay.options import OptionArgs, Options, resolve, takes

if TYPE_CHECKING:
    from imgdisplay.core.overlay import Overlay

__all__ = [
    "data_uri",
    "gallery",
    "img",
    "picture_columns",
    "table",
]


@takes(OptionArgs)
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


@takes(OptionArgs)
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

    Returns
    -------
    Html
        With ``width`` and ``height`` in CSS pixels.

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
    wanted = dataclasses.replace(wanted, on_error="raise")
    drawn, note = draw_all([Described(source, alt)], wanted)
    return Html(drawn[0] + small_print(note)) if note else drawn[0]


def _preview(options: Options, size_was_said: bool) -> Options:
    return options if size_was_said else dataclasses.replace(options, size=options.preview_size)


@takes(OptionArgs)
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

    Returns
    -------
    Html
        A bad source is a placeholder in it, unless ``on_error="raise"``.

    Raises
    ------
    SourceError, EncodeError
        With ``on_error="raise"``, for a picture that cannot be had.
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
    if columns is not None and not _is_count(columns):
        raise OptionError(f"columns={quote(columns)}: expected a whole number from 1 on")
    items, labels = _items(sources)
    if captions is not None:
        labels = list(captions)
        if len(labels) != len(items):
            raise OptionError(
                f"captions=…: expected one for each of the {len(items)} pictures, was given "
                f"{len(labels)}"
            )
    cells = [
        Described(item, None if isinstance(label, Html) else _said(label))
        for item, label in zip(items, labels, strict=True)
    ]
    drawn, note = draw_all(cells, wanted)
    grid = figures(zip(drawn, map(_caption, labels), strict=True), columns=columns)
    return Html(grid + small_print(note)) if note else grid


def _is_count(number: object) -> bool:
    try:
        return operator.index(number) > 0  # type: ignore[arg-type]
    except TypeError:
        return False


def _items(sources: object) -> tuple[list[object], list[object]]:
    if isinstance(sources, Mapping):
        return list(sources.values()), list(sources)
    kind = kind_of(sources)
    if kind is not None and kind.is_series and hasattr(sources, "items"):
        pairs = list(sources.items())
        return [value for _, value in pairs], [label for label, _ in pairs]
    if kind is not None and not kind.is_series:
        raise UnsupportedSource(
            f"gallery({quote(type(sources).__name__)}): pass one of its columns; table(…) shows "
            "the whole frame"
        )
    single = (str, bytes, bytearray, memoryview, IOBase)
    if isinstance(sources, single) or not isinstance(sources, Iterable):
        raise UnsupportedSource(
            f"gallery({quote(sources)}): expected a list of sources; img(…) shows a single one"
        )
    items = list(sources)
    return items, [""] * len(items)


def _said(label: object) -> str | None:
    if label is None or (isinstance(label, str) and not label) or _is_missing(label):
        return None
    return plain_text(label)


def _is_missing(label: object) -> bool:
    try:
        return bool(label != label)  # NaN and NaT are not even themselves
    except (TypeError, ValueError):
        return True  # and NA refuses to say


def _caption(label: object) -> str | Html:
    return label if isinstance(label, Html) else _said(label) or ""


@takes(OptionArgs)
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

    Returns
    -------
    Html
        The table, a line below it if pictures had to be reduced or left out, and nothing that
        is loaded from elsewhere.

    Raises
    ------
    SourceError, EncodeError
        With ``on_error="raise"``, for a picture that cannot be had.
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
    columns, wanted, bind = picture_columns(frame, columns, resolve(options), alt)
    cells = PictureCells(wanted)
    drawn = table_html(
        frame,
        cells,
        columns=columns,
        max_rows=max_rows,
        max_cols=max_cols,
        always=True,
        bind=bind,
    )
    return cells.noted(drawn or "")


def picture_columns(
    frame: Any,
    columns: Mapping[Any, Overlay | None] | Sequence[Hashable] | Hashable | None,
    options: Options,
    alt: Hashable | None,
) -> tuple[Any, Options, Bind | None]:
    """Return what a caller said of the columns of pictures in a frame, checked.

    Parameters
    ----------
    columns, alt
        As of `table`.
    options
        Those of the call.

    Returns
    -------
    tuple
        The names of the columns or None; the options for them; what takes overlays and
        alternative texts from a picture's row, or None.

    Raises
    ------
    OptionError
        If a column for alternative texts or overlays does not exist.
    """
    if columns is not None and options.remote is None:  # to name a column is to ask for all of it
        options = dataclasses.replace(options, remote=True)
    overlays = dict(columns) if isinstance(columns, Mapping) else {}
    _check_labels(frame, [] if alt is None else [alt], "alt")
    _check_labels(frame, [name for plan in overlays.values() if plan for name in plan.columns])
    names = list(columns) if isinstance(columns, Mapping) else columns
    return names, options, _FromRow(overlays, alt) if overlays or alt is not None else None


def _check_labels(frame: Any, labels: Iterable[Hashable], what: str = "overlay") -> None:
    known = labels_of(frame)
    for label in labels:
        if label not in known:
            raise OptionError(f"{what}={quote(label)}: {no_column(label, known)}")


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
