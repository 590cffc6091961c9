"""Short texts for pictures, where a terminal or a notebook's plain text shows them.

Pillow's own text holds a memory address, which differs in every run; the text of an array of
pixels takes longer to write than its thumbnail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from imgdisplay.core.detect import is_picture
from imgdisplay.errors import no_text
from imgdisplay.options import Options

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Short", "shortened", "with_short_texts"]

_MOST_COLUMNS = 200
_MOST_OF_A_LIST = 20


class Short:
    """Stands for a picture where text is made of it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def shortened(value: Any, options: Options) -> object:
    """Return what prints shortly in the place of a picture; any other value as it is.

    Examples
    --------
    >>> from imgdisplay.options import Options
    >>> shortened([Image.new("RGB", (640, 480))], Options())
    [<image 640×480 RGB>]
    """
    if isinstance(value, Image.Image):
        return Short(f"<image {value.width}×{value.height} {value.mode}>")
    if isinstance(value, (list, tuple)) and 0 < len(value) <= _MOST_OF_A_LIST:
        if type(value) not in (list, tuple):
            return value
        return type(value)(shortened(item, options) for item in value)
    if type(value) is dict and 0 < len(value) <= _MOST_OF_A_LIST:
        return {key: shortened(item, options) for key, item in value.items()}
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape and dtype is not None and is_picture(value, options):
        return Short(f"<array {'×'.join(map(str, shape))} {str(dtype).rpartition('.')[2]}>")
    return value


def printable(value: object) -> object:
    """Return a value, or what says that it has no text of its own."""
    try:
        str(value)
    except Exception as error:
        return Short(no_text(value, error))
    return value


def with_short_texts(data: Any, options: Options, *, checked: bool = False) -> Any:
    """Return a copy of a pandas frame, series or index whose visible pictures print shortly.

    The values of the data are shared with the copy, not copied; it is meant for ``repr`` alone.
    With `checked`, values whose ``__repr__`` raises are replaced as well.
    """
    rows = _visible_rows(len(data))
    if hasattr(data, "to_series"):
        return _shortened_index(data, rows, options)
    if data.ndim == 1:
        return _shortened_column(data, rows, options, checked)
    copy = data.copy(deep=False)
    for position, dtype in enumerate(data.dtypes.iloc[:_MOST_COLUMNS]):
        if dtype.name == "object":
            copy.isetitem(
                position, _shortened_column(data.iloc[:, position], rows, options, checked)
            )
    return copy


def _shortened_index(index: pd.Index[Any], rows: list[int], options: Options) -> pd.Index[Any]:
    import pandas as pd

    if index.dtype.name != "object" or index.nlevels > 1:
        return index
    values: Any = index.to_numpy(copy=True)
    for row in rows:
        values[row] = shortened(values[row], options)
    short: pd.Index[Any] = pd.Index(values, dtype=object, name=index.name)
    return short


def _visible_rows(height: int) -> list[int]:
    import pandas as pd

    most = pd.get_option("display.max_rows") or height
    if height <= most:
        return list(range(height))
    half = most // 2 + 1
    return [*range(half), *range(height - half, height)]


def _shortened_column(
    column: pd.Series[Any], rows: list[int], options: Options, checked: bool
) -> pd.Series[Any]:
    if column.dtype.name != "object":
        return column
    import pandas as pd

    values = column.to_numpy(copy=True)
    for row in rows:
        short = shortened(values[row], options)
        values[row] = printable(short) if checked else short
    return pd.Series(values, index=column.index, name=column.name, dtype=object)
