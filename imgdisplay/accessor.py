"""``df.img`` and ``series.img`` for pandas, registered only when asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Unpack

from PIL import Image

from imgdisplay.core.broken import Broken
from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.html import Html
from imgdisplay.core.overlay import Overlay
from imgdisplay.core.pipeline import open_image
from imgdisplay.display import gallery, table
from imgdisplay.drawing import draw
from imgdisplay.options import OptionArgs, resolve, takes
from imgdisplay.storing import encode_column

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["register_accessor"]


class FrameAccessor:
    """Pictures of a DataFrame: ``df.img``."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @takes(OptionArgs)
    def table(
        self,
        columns: Mapping[Any, Overlay | None] | Sequence[Hashable] | Hashable | None = None,
        *,
        alt: Hashable | None = None,
        max_rows: int | Literal["auto"] | None = "auto",
        max_cols: int | Literal["auto"] | None = "auto",
        **options: Unpack[OptionArgs],
    ) -> Html:
        """Return the frame as a table with pictures; see `imgdisplay.table`."""
        return table(self._frame, columns, alt=alt, max_rows=max_rows, max_cols=max_cols, **options)

    def __repr__(self) -> str:
        return "<Pictures of a DataFrame: .table()>"


class SeriesAccessor:
    """Pictures of a Series: ``series.img``. Missing values stay missing."""

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series

    @takes(OptionArgs)
    def table(self, **options: Unpack[OptionArgs]) -> Html:
        """Return the series as a table with pictures; see `imgdisplay.table`."""
        return table(self._series, True, **options)

    @takes(OptionArgs)
    def gallery(
        self,
        *,
        captions: Iterable[object] | None = None,
        columns: int | None = None,
        **options: Unpack[OptionArgs],
    ) -> Html:
        """Return the series as a gallery, its index as captions; see `imgdisplay.gallery`."""
        return gallery(self._series.dropna(), captions=captions, columns=columns, **options)

    def __repr__(self) -> str:
        return "<Pictures of a Series: .table(), .gallery(), .thumbnails(), …>"

    @takes(OptionArgs)
    def thumbnails(self, **options: Unpack[OptionArgs]) -> pd.Series[Any]:
        """Return a Series of `Thumbnail`; what cannot be opened is missing there.

        Raises
        ------
        SourceError, EncodeError
            With ``on_error="raise"``, for the first picture that cannot be opened.
        """
        present = self._series.dropna()
        drawn: list[Thumbnail | Broken] = draw(list(present), resolve(options))
        made = {
            position: result
            for position, result in zip(self._positions(), drawn, strict=True)
            if isinstance(result, Thumbnail)
        }
        return self._filled(made)

    @takes(OptionArgs)
    def encode(
        self, *, form: Literal["bytes", "struct"] = "bytes", **options: Unpack[OptionArgs]
    ) -> pd.Series[Any]:
        """Return a Series of encoded thumbnails, to be stored; see `imgdisplay.encode_column`."""
        encoded: pd.Series[Any] = encode_column(self._series, form=form, **options)
        return encoded

    @takes(OptionArgs)
    def open(self, **options: Unpack[OptionArgs]) -> pd.Series[Any]:
        """Return a Series of whole PIL images, each of your own; see `open_image`.

        Raises
        ------
        SourceError
            For the first picture that cannot be opened.
        """
        opened: dict[int, Image.Image] = {
            position: open_image(self._series.iloc[position], **options)
            for position in self._positions()
        }
        return self._filled(opened)

    def _positions(self) -> list[int]:
        return [position for position, there in enumerate(self._series.notna()) if there]

    def _filled(self, made: dict[int, Any]) -> pd.Series[Any]:
        import numpy as np
        import pandas as pd

        values = np.full(len(self._series), None, dtype=object)
        for position, value in made.items():
            values[position] = value
        return pd.Series(values, index=self._series.index, name=self._series.name)


def register_accessor(name: str = "img") -> None:
    """Give every pandas DataFrame and Series an attribute with the verbs of this package.

    ``df.img.table()``, ``series.img.table()``, ``.gallery()``, ``.thumbnails()``,
    ``.encode()``, ``.open()``.

    Parameters
    ----------
    name
        The attribute.

    Examples
    --------
    >>> import pandas as pd
    >>> from PIL import Image
    >>> register_accessor()
    >>> pd.Series([Image.new("RGB", (640, 480)), None], ["a", "b"]).img.thumbnails(size=32)
    a    <Thumbnail 32×24 of 640×480, image/png, ... bytes>
    b                                                 ...None
    dtype: object
    """
    import pandas as pd

    for kind, accessor in ((pd.DataFrame, FrameAccessor), (pd.Series, SeriesAccessor)):
        if getattr(kind, name, None) is accessor:
            continue
        register = (
            pd.api.extensions.register_dataframe_accessor
            if kind is pd.DataFrame
            else pd.api.extensions.register_series_accessor
        )
        register(name)(accessor)
