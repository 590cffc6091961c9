"""What pandas prints for the values of a column, some of them at a time.

Numbers, dates and truth values are printed by the engine behind ``DataFrame.__repr__``. It
looks at all that it prints before it decides on digits; so some of them are printed together
with the few values that decide for the whole column (`deciding`).
"""

from __future__ import annotations

import datetime
import decimal
import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from imgdisplay.errors import no_text
from imgdisplay.frames.sheets import Kind, Printed, cut

__all__ = [
    "deciding",
    "is_missing",
    "is_printed_together",
    "kind_of_values",
    "objects",
    "printed",
    "text_of_name",
]

Array: TypeAlias = Any
"""An array of pandas: ``Series.array``."""


def kind_of_values(dtype: Any) -> Kind | None:
    """Return what a column of a dtype holds; None: its texts will tell."""
    if dtype.kind in "iuf":
        return "number"
    if dtype.kind == "M":
        return "date"
    return None if _is_of_objects(dtype) else "text"


def text_of_name(name: object) -> str:
    """Return the name of a column or an index for people."""
    return _text(name, 200, None)


def objects(part: Array) -> Any:
    """Return values as an array of Python's objects."""
    import numpy as np

    return np.asarray(part, dtype=object)


def is_missing(part: Array) -> Any:
    """Return which values are missing, as an array of bools."""
    import numpy as np

    return np.asarray(part.isna())


def printed(part: Array, decisive: Sequence[Array], limit: int) -> Iterator[Printed]:
    """Yield the cells of some values of a column.

    Parameters
    ----------
    part
        The values.
    decisive
        What `deciding` found in the whole column.
    limit
        Characters of a text that are kept.
    """
    if not len(part):
        return
    gone = is_missing(part).tolist()
    if _is_of_objects(part.dtype):
        # Among objects None and NaN print as what they are.
        is_plain = part.dtype.name == "object"
        absent = None if is_plain else _text(part.dtype.na_value, limit, None)
        own = None if is_plain else part._formatter(boxed=True)
        for value, is_gone in zip(objects(part), gone, strict=True):
            if is_gone and absent is not None:
                yield Printed(absent, missing=True)
            else:
                number = None if is_gone else _number(value)
                yield Printed(_text(value, limit, own), number, is_gone)
        return
    texts = _engine_texts(part, decisive)
    for text, value, is_gone in zip(texts, _numbers(part, gone), gone, strict=True):
        yield Printed(cut(text, limit), None if is_gone else value, is_gone)


def _is_of_objects(dtype: Any) -> bool:
    """Tell whether its values are printed one by one: texts, and whatever Python has."""
    import pandas as pd

    return dtype.kind not in "biufcmM" and not isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype))


def _engine_texts(part: Array, decisive: Sequence[Array]) -> list[str]:
    """Return what pandas prints for values that it prints alike."""
    import pandas as pd
    from pandas.io.formats.format import DataFrameFormatter  # type: ignore[attr-defined]

    shown: Any = pd.Series(part, dtype=part.dtype)
    if decisive:
        shown = pd.concat([shown, *map(pd.Series, decisive)])
    texts: list[str] = DataFrameFormatter(shown.to_frame(), max_cols=None).format_col(0)
    return [text.strip() for text in texts[: len(part)]]


def _numbers(part: Array, gone: Sequence[bool]) -> Sequence[float | None]:
    """Return what values are sorted by: numbers, or None for all if there are none."""
    import numpy as np
    import pandas as pd

    kind = part.dtype.kind
    if kind in "iuf":
        values = zip(objects(part), gone, strict=True)
        return [None if is_gone else float(value) for value, is_gone in values]
    times: Any
    if kind == "M":
        times = pd.to_datetime(pd.Series(part), utc=True).dt.as_unit("us")
    elif kind == "m":
        times = pd.Series(part).astype("timedelta64[us]")
    else:
        return [None] * len(part)
    seconds: list[float | None] = (times.astype(np.int64) / 1e6).tolist()
    return seconds


def _number(value: object) -> float | None:
    """Return what a value of Python is sorted by, if that is not its text."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, (numbers.Real, decimal.Decimal)):
            number = float(value)
            return None if math.isnan(number) else number
        if isinstance(value, datetime.datetime):
            known = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
            return known.timestamp()
        if isinstance(value, datetime.date):
            return (value - datetime.date(1970, 1, 1)).total_seconds()
    except (OverflowError, ValueError, TypeError, ArithmeticError):
        pass  # not one that a float can hold
    return None


def _text(value: object, limit: int, own: Callable[[object], str] | None) -> str:
    """Return what pandas prints for one value; lines of texts stay lines.

    Parameters
    ----------
    own
        How the array that it is from prints its values; None: it is among any objects.
    """
    import pandas as pd
    from pandas.io.formats.printing import pprint_thing  # type: ignore[import-not-found]

    try:
        if isinstance(value, str) and own in (None, str):
            return cut(str(value), limit)
        if own is not None:
            return cut(str(own(value)), limit)
        if isinstance(value, (pd.Series, pd.DataFrame, pd.Index)):
            return cut(str(value), limit)
        if isinstance(value, float):
            return _float_text(value)
        if isinstance(value, (bytes, bytearray)) and len(value) > limit:
            return cut(f"{value[:limit]!r}…", limit)
        return cut(str(pprint_thing(value, escape_chars=("\t", "\r", "\n"))), limit)
    except Exception as error:  # most likely somebody's `__repr__`
        return no_text(value, error)


def _float_text(value: float) -> str:
    import pandas as pd

    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else str(value)
    own = pd.get_option("display.float_format")
    if own is not None:
        return str(own(value))
    text = f"{value:.{pd.get_option('display.precision')}f}"
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}" if point else text


def is_printed_together(dtype: Any) -> bool:
    """Tell whether the values of a column decide together how each of them is printed."""
    return str(dtype).startswith(("float", "datetime64", "timedelta64"))


def deciding(parts: Callable[[], Iterable[Array]], dtype: Any) -> list[Array]:
    """Return the values of a column that decide how pandas prints all of them.

    Parameters
    ----------
    parts
        Goes through the column, some values at a time.
    dtype
        Of the column.
    """
    if not is_printed_together(dtype):
        return []
    return _deciding_floats(parts()) if dtype.kind == "f" else _deciding_times(parts())


def _deciding_floats(parts: Iterable[Array]) -> list[Array]:
    """Return the values that decide on digits and exponents.

    pandas writes ``display.precision`` decimals, drops the zeros that all values end in, and
    changes to exponents if one value is too small for them, or one is large and takes too much
    room.
    """
    import numpy as np
    import pandas as pd

    precision = pd.get_option("display.precision")
    largest, smallest, fewest_zeros = -1.0, math.inf, precision + 1
    found: dict[str, Array] = {}
    for part in parts:
        sizes = np.abs(np.asarray(part, dtype=np.float64))
        infinite = np.flatnonzero(np.isinf(sizes))
        if len(infinite):
            found["infinite"] = part[infinite[:1]]
        sizes[~np.isfinite(sizes)] = 0
        place = int(sizes.argmax())
        if sizes[place] > largest:
            largest, found["largest"] = sizes[place], part[[place]]
        above = np.where(sizes > 0, sizes, math.inf)
        place = int(above.argmin())
        if above[place] < smallest:
            smallest, found["smallest"] = above[place], part[[place]]
        with np.errstate(over="ignore", invalid="ignore"):
            decimals = np.rint(sizes * 10.0**precision)
            for zeros in range(fewest_zeros):
                places = np.flatnonzero(np.fmod(decimals, 10.0 ** (zeros + 1)))
                if len(places):
                    fewest_zeros, found["longest"] = zeros, part[places[:1]]
                    break
    return list(found.values())


def _deciding_times(parts: Iterable[Array]) -> list[Array]:
    """Return the value with the finest fraction of a second, or else of a day, if there is one."""
    import numpy as np

    found: list[Array] = []
    finest = math.inf
    for part in parts:
        clock = part.tz_localize(None) if getattr(part, "tz", None) is not None else part
        second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[clock.unit]
        steps = [step for step in (10**3, 10**6, 10**9) if step <= second]
        for step in [*steps, 86_400 * second]:
            if step / second >= finest:
                break
            places = np.flatnonzero((clock.asi8 % step != 0) & ~is_missing(part))
            if len(places):
                finest, found = step / second, [part[places[:1]]]
                break
    return found
