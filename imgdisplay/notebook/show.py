"""Display any source, list or frame now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Unpack

from imgdisplay.core.html import Html
from imgdisplay.core.pipeline import make
from imgdisplay.display import gallery, img, table
from imgdisplay.frames import library_of
from imgdisplay.options import OptionArgs, resolve, takes

__all__ = ["show"]


@takes(OptionArgs)
def show(obj: object, **options: Unpack[OptionArgs]) -> None:
    """Display a picture, a list or dict of pictures, or a frame in the notebook.

    Parameters
    ----------
    obj
        A DataFrame or Series is drawn by `table`, a list, tuple or dict of sources by
        `gallery`, `Html` as it is, any other source by `img`.
    **options
        Fields of `Options`, and the keywords of the function that draws it: ``columns`` and
        ``max_rows`` of a table, ``captions`` of a gallery, ``alt`` of a picture.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As the function that draws it.

    Examples
    --------
    >>> from PIL import Image
    >>> show(Image.new("RGB", (640, 480), "teal"), size=64)
    <Thumbnail 64×48 of 640×480, image/png, ... bytes>
    """
    from IPython.display import display

    drawn: object
    if isinstance(obj, Html):
        drawn = obj
    elif library_of(obj) is not None:
        drawn = table(obj, **options)
    elif isinstance(obj, (list, tuple)) or (isinstance(obj, Mapping) and "bytes" not in obj):
        drawn = gallery(obj, **options)
    elif options.get("zoom") is not None or "alt" in options:
        drawn = img(obj, **options)
    else:  # not as HTML alone: LaTeX and terminals want the picture itself
        wanted = resolve(options)
        box = wanted.size if "size" in options else wanted.preview_size
        drawn = make(obj, dataclasses.replace(wanted, size=box))
    display(drawn)  # type: ignore[no-untyped-call]  # IPython is partly typed
