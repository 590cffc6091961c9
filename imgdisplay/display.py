"""The public verbs that put pictures and data into markup: where core and frames meet."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal, Unpack

from imgdisplay.core.broken import Broken
from imgdisplay.core.detect import is_picture, pictures_of
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html, escape, figures
from imgdisplay.core.pipeline import attempt, make, thumbnail
from imgdisplay.errors import OptionError, UnsupportedSource, quote
from imgdisplay.frames import library_of
from imgdisplay.options import OptionArgs, Options, resolve

__all__ = ["PictureCells", "data_uri", "gallery", "image_formatter", "img", "table"]


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
    return make(source, _preview(resolve(options), "size" in options)).html(alt)


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
    if columns is not None and (not isinstance(columns, int) or columns < 1):
        raise OptionError(f"columns={quote(columns)}: expected a whole number from 1 on")
    items, labels = _items(sources)
    if captions is not None:
        labels = list(captions)
        if len(labels) != len(items):
            raise OptionError(f"{len(labels)} captions for {len(items)} pictures; give one each")
    results = draw(items, wanted)
    cells = [
        (html_of(result, alt=None if isinstance(label, Html) else _said(label)), _caption(label))
        for result, label in zip(results, labels, strict=True)
    ]
    return figures(cells, columns=columns)


def _items(sources: object) -> tuple[list[object], list[object]]:
    if isinstance(sources, Mapping):
        return list(sources.values()), list(sources)
    if library_of(sources) is not None and hasattr(sources, "items"):  # a Series
        pairs = list(sources.items())
        return [value for _, value in pairs], [label for label, _ in pairs]
    if isinstance(sources, (str, bytes)) or not isinstance(sources, Iterable):
        raise UnsupportedSource(
            f"gallery({quote(sources)}): expected a list of sources; img(…) shows a single one"
        )
    items = list(sources)
    return items, [""] * len(items)


def _said(label: object) -> str | None:
    return None if label is None or label == "" else str(label)


def _caption(label: object) -> str | Html:
    return label if isinstance(label, Html) else _said(label) or ""


def draw(sources: Sequence[object], options: Options) -> list[Thumbnail | Broken]:
    """Return the thumbnail or placeholder of each source, in order."""
    return [attempt(source, options) for source in sources]


def html_of(result: Thumbnail | Broken, alt: str | None = None) -> Html:
    """Return the ``<img>`` of a thumbnail or placeholder."""
    return result.html(alt) if isinstance(result, Thumbnail) else result.html()


class PictureCells:
    """The cell renderer that `frames` is handed: finds and draws the pictures of a table."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        """Tell which of one column's visible values become pictures."""
        return pictures_of(values, self.options, named=named)

    def draw(self, values: Sequence[object]) -> Sequence[str]:
        """Return the markup of every picked cell of a table, in order."""
        return [html_of(result) for result in draw(values, self.options)]


def table(
    frame: Any,
    columns: Sequence[Hashable] | Hashable | None = None,
    *,
    max_rows: int | Literal["auto"] | None = "auto",
    max_cols: int | Literal["auto"] | None = "auto",
    **options: Unpack[OptionArgs],
) -> Html:
    """Return a pandas DataFrame or Series as a table with pictures in its cells.

    The table is pandas' own, with all of its options; only the cells that hold pictures are
    filled in, and everything else is escaped.

    Parameters
    ----------
    frame
        A pandas DataFrame or Series. It is never changed.
    columns
        Names of the columns that hold pictures; then all that cannot be opened there becomes a
        placeholder. None finds them by their visible values.
    max_rows, max_cols
        Rows and columns shown; None shows all, ``"auto"`` what pandas' own display shows.
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
    if library_of(frame) != "pandas":
        raise UnsupportedSource(
            f"table({quote(type(frame).__name__)}): expected a pandas DataFrame or Series"
        )
    from imgdisplay.frames.pandas import frame_html, series_html

    if columns is not None:  # to name a column is to ask for all that is in it
        wanted = dataclasses.replace(wanted, remote=True)
    cells = PictureCells(wanted)
    if frame.ndim == 1:
        named = columns is not None
        return Html(series_html(frame, cells, named=named, max_rows=max_rows, always=True) or "")
    drawn = frame_html(
        frame, cells, columns=columns, max_rows=max_rows, max_cols=max_cols, always=True
    )
    return Html(drawn or "")


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
