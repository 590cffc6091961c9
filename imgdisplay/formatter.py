"""One cell at a time, for libraries that take a function for their cells."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Unpack

from imgdisplay.core.detect import is_picture
from imgdisplay.core.html import escape
from imgdisplay.core.pipeline import attempt
from imgdisplay.drawing import html_of
from imgdisplay.errors import OptionError, quote
from imgdisplay.frames.asked import columns_asked
from imgdisplay.options import OptionArgs, resolve, takes

__all__ = ["ImageFormatter", "image_formatter", "style_pictures"]


class ImageFormatter:
    """A formatter for cells: a picture gives ``<img …>``, anything else its escaped text.

    `image_formatter` is one, for ``DataFrame.to_html(formatters=…, escape=False)``,
    ``Styler.format``, great_tables and itables; ``image_formatter.with_options(size=64)`` gives
    one with options of its own.

    Examples
    --------
    >>> image_formatter("<script>")
    <Html, 14 characters>
    >>> str(image_formatter("<script>"))
    '&lt;script&gt;'
    """

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._options = dict(options or {})

    def __call__(self, value: object) -> str:
        """Return ``<img …>`` for a picture, the escaped text for anything else."""
        options = resolve(self._options)
        if not is_picture(value, options):
            return escape(value, limit=_CELL_LIMIT)
        return html_of(attempt(value, options))

    @takes(OptionArgs)
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


@takes(OptionArgs)
def style_pictures(
    styler: Any, columns: Sequence[Hashable] | Hashable, **options: Unpack[OptionArgs]
) -> Any:
    """Return a pandas Styler with pictures in some columns and everything else escaped.

    By default a Styler escapes nothing, and formatting one column resets the others. Told to
    escape, it escapes text, but no other value whose text is markup, such as a list of texts or
    a path, and not the names of the axes. This escapes all of them: cells, labels and names.
    A caption is the caller's own markup, as everywhere in Stylers.

    Parameters
    ----------
    styler
        ``frame.style``; it is changed, as all of its methods do.
    columns
        Label or labels of the columns that hold pictures. What is none there stays text, and
        addresses are fetched with ``remote=True`` only.
    **options
        Fields of `Options`.

    Returns
    -------
    pandas.io.formats.style.Styler
        `styler`.

    Raises
    ------
    OptionError
        If an option is wrong, a column does not exist, or `styler` is none.

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
    if not hasattr(styler, "format_index"):
        raise OptionError(f"styler={quote(type(styler).__name__)}: expected frame.style")
    if columns is None:
        raise OptionError("columns=None: expected the columns that hold pictures")
    subset = list(columns_asked(styler.columns, columns, levels=styler.columns.nlevels) or ())
    text = _text_formatter()
    styler = styler.format(text).format(formatter, subset=subset)
    styler = styler.format_index(text).format_index(text, axis=1)
    if hasattr(styler, "format_index_names"):
        return styler.format_index_names(text).format_index_names(text, axis=1)
    return _with_escaped_names(styler)


def _text_formatter() -> Callable[[object], str]:
    """Return what writes a value as a Styler does by default, and escapes it."""
    from pandas import get_option  # there is a Styler, and so there is pandas
    from pandas.api.types import is_complex, is_float

    precision = get_option("styler.format.precision")

    def text(value: object) -> str:
        number = is_float(value) or is_complex(value)
        return escape(f"{value:.{precision}f}" if number else value, limit=_CELL_LIMIT)

    return text


def _with_escaped_names(styler: Any) -> Any:
    """Return a Styler of pandas 2, which has no formats for them, with other names of axes.

    The frame behind it is the caller's, and a copy takes its place.
    """
    data = styler.data.copy(deep=False)
    for axis in ("index", "columns"):
        labels = getattr(data, axis)
        names = [None if name is None else str(escape(name)) for name in labels.names]
        setattr(data, axis, labels.set_names(names))
    styler.data, styler.index, styler.columns = data, data.index, data.columns
    return styler


_CELL_LIMIT = 100_000

image_formatter: ImageFormatter = ImageFormatter()
"""The formatter with the options in effect; see `ImageFormatter`."""
