"""Display any source, list or frame now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from imgdisplay.core.html import Html
from imgdisplay.display import gallery, img, table
from imgdisplay.frames import library_of
from imgdisplay.options import OptionArgs

__all__ = ["show"]


def show(obj: object, **options: Unpack[OptionArgs]) -> None:
    """Display a picture, a list or dict of pictures, or a frame in the notebook.

    Parameters
    ----------
    obj
        A DataFrame or Series is drawn by `table`, a list, tuple or dict of sources by
        `gallery`, `Html` as it is, any other source by `img`.
    **options
        Fields of `Options`.

    Raises
    ------
    SourceError, EncodeError, OptionError
        As the function that draws it.
    """
    from IPython.display import display

    if isinstance(obj, Html):
        drawn = obj
    elif library_of(obj) is not None:
        drawn = table(obj, **options)
    elif isinstance(obj, (list, tuple)) or (isinstance(obj, Mapping) and "bytes" not in obj):
        drawn = gallery(obj, **options)
    else:
        drawn = img(obj, **options)
    display(drawn)  # type: ignore[no-untyped-call]  # IPython is partly typed
