"""What IPython calls for each object: its pictures, or what it would show without us.

A registered formatter that returns None keeps IPython from asking the object itself, and one
that raises loses the output. So each one here asks the object when it has nothing to say, and
a failure of ours becomes one warning.
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from PIL import Image

from imgdisplay.core.detect import is_picture
from imgdisplay.core.pipeline import make
from imgdisplay.display import PictureCells, gallery
from imgdisplay.errors import ImgDisplayError
from imgdisplay.options import get_options

__all__ = ["frame_html", "image_bundle", "list_html", "nothing", "series_html"]

T = TypeVar("T")

_MOST_IN_A_LIST = 60


def _or_else(
    fallback: Callable[[Any], T | None],
) -> Callable[[Callable[..., T | None]], Callable[..., T | None]]:
    """Decorate a formatter: if it fails, warn, and show what the object shows by itself."""

    def decorate(draw: Callable[..., T | None]) -> Callable[..., T | None]:
        @functools.wraps(draw)
        def formatter(obj: Any, *args: Any, **kwargs: Any) -> T | None:
            try:
                return draw(obj, *args, **kwargs)
            except Exception as error:
                warnings.warn(
                    f"imgdisplay could not show this {type(obj).__name__} "
                    f"({type(error).__name__}: {error}); it is shown without pictures",
                    RuntimeWarning,
                    stacklevel=2,
                )
                return fallback(obj)

        return formatter

    return decorate


def _own_html(obj: Any) -> str | None:
    own = getattr(obj, "_repr_html_", None)
    html: str | None = own() if callable(own) else None
    return html


def _no_html(obj: Any) -> str | None:
    return None


@_or_else(_own_html)
def frame_html(frame: Any) -> str | None:
    """Return a DataFrame's table with pictures, or a subclass's own HTML."""
    import pandas

    from imgdisplay.frames import pandas as frames

    # pandas-stubs leave this method out.
    if type(frame)._repr_html_ is not pandas.DataFrame._repr_html_:  # type: ignore[attr-defined]
        return _own_html(frame)
    return frames.frame_html(frame, PictureCells(get_options()))


@_or_else(_no_html)
def series_html(series: Any) -> str | None:
    """Return a Series of pictures as a table; None, for the plain text, if it holds none."""
    from imgdisplay.frames import pandas as frames

    if callable(getattr(type(series), "_repr_html_", None)):
        return _own_html(series)
    return frames.series_html(series, PictureCells(get_options()))


@_or_else(_no_html)
def list_html(items: list[Any]) -> str | None:
    """Return a list of pictures as a gallery; None, for the plain text, of anything else.

    A list of paths stays text: who asks for a listing wants to read it.
    """
    options = get_options()
    shown = items[:_MOST_IN_A_LIST]
    if not shown or not all(
        not isinstance(item, (str, bytes)) and is_picture(item, options) for item in shown
    ):
        return None
    more = len(items) - len(shown)
    return gallery(shown) + (f"<p>+{more} more</p>" if more else "")


def _pillows_own(image: Image.Image) -> dict[str, Any]:
    drawn = {"image/png": image._repr_png_(), "image/jpeg": image._repr_jpeg_()}
    return {mime: data for mime, data in drawn.items() if data is not None}


@_or_else(_pillows_own)
def image_bundle(image: Image.Image, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return a PIL image as one small picture: as HTML, and as the same bytes for LaTeX."""
    options = get_options()
    options = dataclasses.replace(options, size=options.preview_size)
    try:
        bundle = make(image, options)._repr_mimebundle_()
    except ImgDisplayError as error:
        from imgdisplay.core.broken import Broken

        return {"text/html": str(Broken.of(error, options).html())}
    del bundle["text/plain"]  # the image's own is what a terminal shows
    return bundle


def nothing(image: Image.Image) -> None:
    """Return nothing, so that Pillow does not store the whole picture as well."""
