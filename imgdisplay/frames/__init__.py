"""Tables of other libraries, drawn by those libraries, with pictures in their cells.

No library is imported to ask whether an object is one of its frames: whoever holds a frame
has imported its library already.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgdisplay.errors import UnsupportedSource, quote

if TYPE_CHECKING:
    from imgdisplay.frames.asked import Limit
    from imgdisplay.frames.rows import Bind
    from imgdisplay.frames.tokens import Cells

__all__ = ["KINDS", "Kind", "kind_of", "labels_of", "library_of", "no_table", "table_html"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of frames, or of series, of some library.

    Examples
    --------
    >>> import pandas
    >>> kind_of(pandas.Series(dtype=float))
    Kind('pandas', 'Series')
    >>> kind_of(pandas.DataFrame()).type is pandas.DataFrame
    True
    """

    library: str
    """Where users find the class: the module that they import."""
    name: str
    """The class's name."""
    homes: tuple[str, ...]
    """The modules that it says to be of, in one version of the library or another."""
    drawer: str
    """The module here that draws it."""
    is_series: bool = False

    @property
    def type(self) -> type | None:
        """The class, or None while its library is not imported."""
        found = getattr(sys.modules.get(self.library), self.name, None)
        # There are other modules of the name `datasets`, and half imported ones.
        if isinstance(found, type) and found.__module__ in self.homes:
            return found
        return None

    def __repr__(self) -> str:
        return f"Kind({self.library!r}, {self.name!r})"


_DASK = ("dask.dataframe.dask_expr._collection", "dask_expr._collection", "dask.dataframe.core")

KINDS = (
    Kind("pandas", "DataFrame", ("pandas", "pandas.core.frame"), "pandas"),
    Kind("pandas", "Series", ("pandas", "pandas.core.series"), "pandas", is_series=True),
    Kind("polars", "DataFrame", ("polars.dataframe.frame", "polars"), "polars"),
    Kind("polars", "Series", ("polars.series.series", "polars"), "polars", is_series=True),
    Kind("pyarrow", "Table", ("pyarrow.lib", "pyarrow"), "arrow"),
    Kind("pyarrow", "RecordBatch", ("pyarrow.lib", "pyarrow"), "arrow"),
    Kind("datasets", "Dataset", ("datasets.arrow_dataset",), "arrow"),
    Kind("dask.dataframe", "DataFrame", _DASK, "dask"),
    Kind("dask.dataframe", "Series", _DASK, "dask", is_series=True),
)
"""All that can be drawn."""


def no_table(obj: object) -> UnsupportedSource:
    """Return the error about an object that is no frame of a known library."""
    said = f"{quote(type(obj).__name__)} is no table"
    if callable(getattr(type(obj), "collect", None)):  # a lazy frame of polars
        return UnsupportedSource(f"{said} yet; pass the result of its collect()")
    known = ", ".join(f"{kind.library}.{kind.name}" for kind in KINDS)
    return UnsupportedSource(f"{said}: expected one of {known}")


def kind_of(obj: object) -> Kind | None:
    """Return the kind of frame or series that `obj` is, or None."""
    for kind in KINDS:
        of_kind = kind.type
        if of_kind is not None and isinstance(obj, of_kind):
            return kind
    return None


def library_of(obj: object) -> str | None:
    """Return the name of the library whose frame or series `obj` is, or None.

    Examples
    --------
    >>> import pandas
    >>> library_of(pandas.DataFrame())
    'pandas'
    >>> library_of([1, 2]) is None
    True
    """
    kind = kind_of(obj)
    return None if kind is None else kind.library


def labels_of(obj: Any) -> list[Hashable]:
    """Return the labels of a frame's columns; of a series, none.

    Examples
    --------
    >>> import pandas
    >>> labels_of(pandas.DataFrame({"a": [1], "b": [2]}))
    ['a', 'b']
    """
    kind = kind_of(obj)
    if kind is None or kind.is_series:
        return []
    return list(obj.column_names if hasattr(obj, "column_names") else obj.columns)


def table_html(
    obj: object,
    cells: Cells,
    *,
    columns: Hashable | Sequence[Hashable] = None,
    max_rows: Limit = "auto",
    max_cols: Limit = "auto",
    always: bool = False,
    bind: Bind | None = None,
) -> str | None:
    """Return a frame or series of any library as HTML, with pictures in its cells.

    The modules here that draw them say what each library makes of it.

    Parameters
    ----------
    obj
        A frame or series; it is not changed.
    cells
        Picks the values that become pictures, and draws them.
    columns
        Names of the columns to look for pictures in; None finds them. For a series anything
        but None says that it is one of pictures.
    max_rows, max_cols
        How much to show: a number, None for all, or "auto" for what its library would show.
    always
        Draw a table also where the library would draw none.
    bind
        For the label of a column, what makes the thing to draw of a picked value and the row
        that it stands in. A series has no rows.

    Returns
    -------
    str or None
        The table. None, without `always`: the library has no HTML for this object either.

    Raises
    ------
    UnsupportedSource
        `obj` is no frame of a known library.
    OptionError
        There is no such column, or a limit is no positive number.
    """
    kind = kind_of(obj)
    if kind is None:
        raise no_table(obj)
    drawer: Any = import_module(f"{__name__}.{kind.drawer}")
    table: str | None
    if kind.is_series:
        table = drawer.series_html(
            obj, cells, named=columns is not None, max_rows=max_rows, always=always
        )
    else:
        table = drawer.frame_html(
            obj,
            cells,
            columns=columns,
            max_rows=max_rows,
            max_cols=max_cols,
            always=always,
            bind=bind,
        )
    return table
