"""Frames as sections: cells as their library prints them, with pictures among them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.streams import file_name
from imgdisplay.display import picture_columns
from imgdisplay.drawing import Described, PicturePicker
from imgdisplay.frames import kind_of
from imgdisplay.frames.asked import columns_asked
from imgdisplay.frames.sheets import Digits, Picked, sheet_of
from imgdisplay.options import Options
from imgdisplay.report.links import link_to
from imgdisplay.report.model import Section, Sheet
from imgdisplay.report.rows import GROUP, Column, Text, Undrawn, UndrawnRow
from imgdisplay.report.tablefile import FileInTable

__all__ = ["LONGEST_CELL", "frame_section"]

LONGEST_CELL = 500
"""Characters of a cell's text; pandas' own default of 50 is meant for a screen."""


def frame_section(
    frame: Any,
    options: Options,
    *,
    column: Any = None,
    alt: Hashable | None = None,
    links: bool = False,
    folder: Path | None = None,
    found: Sequence[Hashable] | None = None,
    digits: Digits | None = None,
) -> Section:
    """Return the section that shows all of a frame or series.

    Parameters
    ----------
    frame
        A frame or series of any library that `imgdisplay.table` takes.
    column, alt
        As `columns` and `alt` of `imgdisplay.table`.
    links
        Lead from each picture to its original.
    folder
        Where its pictures lie, which is not told.
    found
        Columns in which pictures were found elsewhere: in other parts of a larger frame. Then
        they are looked for in these columns only.
    digits
        As of `imgdisplay.frames.sheets.sheet_of`.

    Raises
    ------
    OptionError
        If a column does not exist.
    """
    columns, options, bind = picture_columns(frame, column, options, alt)
    kind = kind_of(frame)
    if kind is not None and not kind.is_series:
        labels = frame.column_names if hasattr(frame, "column_names") else frame.columns
        columns_asked(labels, columns, levels=getattr(labels, "nlevels", 1))
    # What is done to the frame before the report is written is not to show.
    kept = frame.copy(deep=False) if kind is not None and kind.library == "pandas" else frame

    def opened() -> Sheet:
        picker = PicturePicker(options) if found is None else _FoundBefore(options)
        looked_in = columns if found is None else list(found)
        sheet = sheet_of(
            kept, picker, columns=looked_in, bind=bind, limit=LONGEST_CELL, digits=digits
        )

        def groups() -> Iterator[list[UndrawnRow]]:
            for start in range(0, sheet.length, GROUP):
                cells = sheet.read(start, min(start + GROUP, sheet.length))
                yield [
                    tuple(_cell(cell, links) for cell in row) for row in zip(*cells, strict=True)
                ]

        headings = (Column(one.names, one.kind, one.names_rows) for one in sheet.headings)
        return Sheet(tuple(headings), groups, notes=lambda: picker.notes)

    length = 0 if kind is None or kind.library == "dask.dataframe" else len(frame)
    return Section(form="table", options=options, length=length, open=opened, folder=folder)


class _FoundBefore(PicturePicker):
    """Of columns that were found and not named: what is no picture in them stays text."""

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        return super().pick(values, named=False)


def _cell(cell: Any, links: bool) -> Text | Undrawn:
    if not isinstance(cell, Picked):
        return Text(cell.text, cell.value, cell.missing)
    source = cell.source if isinstance(cell.source, Described) else Described(cell.source)
    return Undrawn(source, _name(cell.value), link_to(cell.value) if links else "")


def _name(value: object) -> str:
    """Return the name of the file that a value names, or an empty text."""
    if isinstance(value, FileInTable):
        value = value.text
    if isinstance(value, dict):
        value = value.get("path")
    if isinstance(value, str) and is_data_uri(value):
        return ""
    return file_name(value) if isinstance(value, (str, os.PathLike)) else ""
