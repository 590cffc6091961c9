"""How many digits the columns of a frame get that comes in partitions.

pandas looks at all that it prints before it decides on digits. A partition that is printed by
itself would get as many as its own values need, and the next one others. So the few values that
decide are found in each partition, and all of them are printed as the deciding ones of the whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from imgdisplay.frames.pandas_texts import deciding, is_printed_together
from imgdisplay.frames.sheets import Digits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["digits_in", "digits_of", "index_key", "merged"]

# dask is not required, so its types are not here to be checked against.
LazyFrame: TypeAlias = Any


def index_key(level: int) -> Hashable:
    """Return what stands for a level of the index; no label of a column is equal to it."""
    return _Level, level


class _Level:
    """Tells levels of the index from labels of columns."""


def digits_of(frame: pd.DataFrame) -> Digits:
    """Return the values of a frame that decide how pandas prints its columns.

    Columns stand under their labels, levels of the index under their `index_key`.
    """
    index = frame.index
    levels = [index.get_level_values(level).array for level in range(index.nlevels)]
    arrays: Digits = {index_key(level): [array] for level, array in enumerate(levels)}
    arrays |= {label: [frame.iloc[:, place].array] for place, label in enumerate(frame.columns)}
    return _reduced(arrays)


def merged(parts: Sequence[Digits]) -> Digits:
    """Return the values that decide among those of several parts.

    Examples
    --------
    >>> import pandas as pd
    >>> parts = [pd.DataFrame({"x": values}) for values in ([1.5, 2.25], [3.0, 0.125])]
    >>> [float(array[0]) for array in merged([digits_of(part) for part in parts])["x"]]
    [3.0, 0.125, 0.125]
    """
    arrays: Digits = {}
    for part in parts:
        for key, found in part.items():
            arrays.setdefault(key, []).extend(found)
    return _reduced(arrays)


def _reduced(arrays: Digits) -> Digits:
    result: Digits = {}
    for key, found in arrays.items():
        there = [array for array in found if len(array)]
        if there:
            result[key] = deciding(partial(iter, there), there[0].dtype)
    return result


def digits_in(frame: LazyFrame) -> Digits:
    """Return the values that decide for all partitions of a frame of dask.

    They are computed by whatever scheduler is active, and only if there are columns of floats,
    dates or durations; nothing but these is computed.
    """
    dask: Any = import_module("dask")
    meta = frame._meta
    labels = [label for label, dtype in meta.dtypes.items() if is_printed_together(dtype)]
    levels = [meta.index.get_level_values(level) for level in range(meta.index.nlevels)]
    if not labels and not any(is_printed_together(level.dtype) for level in levels):
        return {}
    parts = frame[labels].to_delayed()
    found: tuple[Digits, ...] = dask.compute(*map(dask.delayed(digits_of, pure=False), parts))
    return merged(found)
