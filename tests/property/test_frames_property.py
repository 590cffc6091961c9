"""Any frame of anything: pandas' own table outside the pictures, and no picture too many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from imgdisplay.frames.pandas import frame_html


class Picture:
    """Its text is short and the same for all, so that pandas' own table is easily compared."""

    def __repr__(self) -> str:
        return "Pic"


class PickPictures:
    def pick(self, values: Sequence[object], *, named: bool) -> list[bool]:
        return [isinstance(value, Picture) for value in values]

    def draw(self, values: Sequence[object]) -> list[str]:
        return ['<img alt="Pic">'] * len(values)


texts = st.text() | st.sampled_from(["<img src=x>", "<td>Pi</td>", "a  b", "\n", "...", "&lt;"])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False)  # pandas prints no signalling NaN
    | st.binary()
    | st.sampled_from([pd.NA, pd.NaT, np.nan, np.float32(0.1), np.int64(7)])
)
values = scalars | texts | st.lists(scalars | texts, max_size=3) | st.dictionaries(texts, scalars)
labels = texts | st.integers() | st.floats(allow_nan=False) | st.dates()


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    height = draw(st.integers(0, 12))
    pictured = st.lists(values | st.builds(Picture), min_size=height, max_size=height)
    columns = draw(st.lists(pictured, max_size=7))
    frame = pd.DataFrame(index=draw(st.lists(labels, min_size=height, max_size=height)))
    for number, column in enumerate(columns):
        cells = np.empty(height, dtype=object)
        for row, value in enumerate(column):
            cells[row] = value
        frame.insert(number, number, pd.Series(cells, index=frame.index, dtype=object))
    names = draw(st.lists(labels, min_size=len(columns), max_size=len(columns)))
    frame.columns = pd.Index(names, dtype=object)
    return frame


@st.composite
def pandas_options(draw: st.DrawFn) -> tuple[Any, ...]:
    some = {
        "display.max_colwidth": st.none() | st.integers(4, 60),
        "display.max_rows": st.none() | st.integers(1, 12),
        "display.min_rows": st.none() | st.integers(1, 12),
        "display.max_columns": st.none() | st.integers(1, 8),
        "display.precision": st.integers(0, 8),
        "display.show_dimensions": st.sampled_from([True, False, "truncate"]),
    }
    return tuple(part for name, value in some.items() for part in (name, draw(value)))


@settings(deadline=None, max_examples=200)
@given(frames(), pandas_options())
def test_any_frame_is_pandas_own_outside_its_pictures(
    frame: pd.DataFrame, options: tuple[Any, ...]
) -> None:
    with pd.option_context(*options):
        table = frame_html(frame, PickPictures())
        assert table.replace('<img alt="Pic">', "Pic") == frame._repr_html_()
        soup = BeautifulSoup(table, "html5lib")
        assert all(tag.attrs == {"alt": "Pic"} for tag in soup.find_all("img"))
        assert len(soup.find_all("img")) == len(re.findall("<td>Pic</td>", frame._repr_html_()))
