"""What IPython calls for each object: its pictures, or what it would show without us.

A registered formatter that returns None keeps IPython from asking the object itself, and one
that raises loses the output. So each one here asks the object when it has nothing to say, and
a failure of ours becomes one warning.
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from PIL import Image

from imgdisplay.core.broken import Broken
from imgdisplay.core.budget import smaller
from imgdisplay.core.detect import is_picture, is_picture_alone
from imgdisplay.core.files import as_utf8
from imgdisplay.core.html import plain_text, small_print
from imgdisplay.core.pipeline import attempt, make
from imgdisplay.display import gallery
from imgdisplay.drawing import PictureCells, html_of
from imgdisplay.errors import ImgDisplayError
from imgdisplay.frames import table_html
from imgdisplay.notebook.text import with_short_texts
from imgdisplay.options import Options, get_options

__all__ = [
    "array_html",
    "collection_html",
    "frame_html",
    "frame_text",
    "image_bundle",
    "image_jpeg",
    "image_png",
    "image_text",
]

T = TypeVar("T")

_MOST_IN_A_LIST = 60

_MOST_OF_A_PREVIEW = 150_000
"""Bytes of one picture alone, which a notebook stores twice: as HTML and by itself."""


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
                    f"({type(error).__name__}: {plain_text(error)}); it is shown without pictures",
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


def _draws_itself(obj: Any, base: type) -> bool:
    """Tell whether a subclass of `base` brings HTML of its own."""
    mine = getattr(type(obj), "_repr_html_", None)
    return mine is not None and mine is not getattr(base, "_repr_html_", None)


def _preview(options: Options) -> Options:
    return dataclasses.replace(options, size=options.preview_size)


@_or_else(_own_html)
def frame_html(frame: Any) -> str | None:
    """Return a frame or series as a table with pictures, or a subclass's own HTML."""
    from imgdisplay.frames import kind_of

    kind = kind_of(frame)
    if kind is None or kind.type is None or _draws_itself(frame, kind.type):
        return _own_html(frame)
    cells = PictureCells(get_options())
    drawn = table_html(frame, cells)
    return None if drawn is None else cells.noted(drawn)


@_or_else(_own_html)
def collection_html(items: Any) -> str | None:
    """Return a list, tuple or dict of pictures as a gallery; anything else as it is shown.

    A list of paths stays text: who asks for a listing wants to read it.
    """
    if any(_draws_itself(items, base) for base in (list, tuple, dict) if isinstance(items, base)):
        return _own_html(items)
    options = get_options()
    if isinstance(items, Mapping) and is_picture(items, options):  # {"bytes": …, "path": …}
        return html_of(attempt(items, _preview(options)))
    values = list(items.values() if isinstance(items, Mapping) else items)
    if not values or not all(_is_shown(value, options) for value in values[:_MOST_IN_A_LIST]):
        return None
    shown: Any = values[:_MOST_IN_A_LIST]
    if isinstance(items, Mapping):
        shown = dict(zip(list(items)[:_MOST_IN_A_LIST], shown, strict=True))
    more = len(values) - len(shown)
    return gallery(shown) + (small_print(f"+{more} more") if more else "")


def _is_shown(value: object, options: Options) -> bool:
    if isinstance(value, (list, tuple)):
        return (
            bool(value)
            and not any(isinstance(item, (str, bytes)) for item in value)
            and (is_picture(value, options))
        )
    return not isinstance(value, (str, bytes)) and is_picture(value, options)


@_or_else(_own_html)
def array_html(array: Any) -> str | None:
    """Return an array or tensor that is clearly a picture, or an index of pictures."""
    if hasattr(array, "to_series"):
        cells = PictureCells(get_options())
        drawn = table_html(array.to_series().reset_index(drop=True), cells)
        return None if drawn is None else cells.noted(drawn)
    options = get_options()
    if not is_picture_alone(array, options):
        return _own_html(array)
    return html_of(attempt(array, _preview(options)))


def _pillows_own(image: Image.Image) -> dict[str, Any]:
    drawn = {"image/png": image._repr_png_(), "image/jpeg": image._repr_jpeg_()}
    return {mime: data for mime, data in drawn.items() if data is not None}


@_or_else(_pillows_own)
def image_bundle(image: Image.Image, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return a PIL image as one small picture: as HTML, and as the same bytes for LaTeX."""
    if _draws_itself(image, Image.Image):
        return {}
    options = _preview(get_options())
    try:
        preview = smaller(make(image, options), _MOST_OF_A_PREVIEW, options)
        bundle = preview._repr_mimebundle_()
    except ImgDisplayError as error:
        return {"text/html": str(Broken.of(error, options).html())}
    del bundle["text/plain"]  # `image_text` knows better
    return bundle


def image_png(image: Image.Image) -> bytes | None:
    """Return nothing but what a subclass draws; see `image_bundle`."""
    return _of_subclass(image, "_repr_png_")


def image_jpeg(image: Image.Image) -> bytes | None:
    """Return nothing but what a subclass draws; see `image_bundle`."""
    return _of_subclass(image, "_repr_jpeg_")


def _of_subclass(image: Image.Image, method: str) -> bytes | None:
    if getattr(type(image), method) is getattr(Image.Image, method):
        return None
    drawn: bytes | None = getattr(image, method)()
    return drawn


def frame_text(data: Any, printer: Any, cycle: bool) -> None:
    """Print a pandas frame or series as ever, with short texts for its pictures."""
    try:
        text = repr(with_short_texts(data, get_options()))
    except Exception:  # most likely somebody's `__repr__`
        text = repr(with_short_texts(data, get_options(), checked=True))
    text = as_utf8(text).decode()  # or the kernel could not send it, and lose the pictures, too
    for number, line in enumerate(text.splitlines()):
        if number:
            printer.break_()
        printer.text(line)


def image_text(image: Image.Image, printer: Any, cycle: bool) -> None:
    """Print a short text without a memory address, which changes in every run."""
    if type(image).__repr__ in (Image.Image.__repr__, object.__repr__):
        printer.text(f"<image {image.width}×{image.height} {image.mode}>")
    else:
        printer.text(repr(image))
