"""One cell at a time, for libraries that take a function for their cells."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Unpack

from imgdisplay.core.detect import is_picture
from imgdisplay.core.html import escape
from imgdisplay.core.pipeline import attempt
from imgdisplay.drawing import html_of
from imgdisplay.options import OptionArgs, resolve

__all__ = ["ImageFormatter", "image_formatter", "style_pictures"]


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
