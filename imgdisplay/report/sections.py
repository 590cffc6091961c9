"""What a report is made of: each object that is added becomes one section."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.html import Html, escape
from imgdisplay.core.streams import file_name
from imgdisplay.drawing import Described
from imgdisplay.errors import SourceNotFound, UnsupportedSource, quote
from imgdisplay.frames import library_of
from imgdisplay.options import Options, resolve
from imgdisplay.report.drawn import UNLIMITED
from imgdisplay.report.folder import folder_section
from imgdisplay.report.links import link_to
from imgdisplay.report.model import Section, Sheet
from imgdisplay.report.partitions import lazy_section
from imgdisplay.report.rows import GROUP, Column, Text, Undrawn, UndrawnRow
from imgdisplay.report.tablefile import TABLE_SUFFIXES, read_table
from imgdisplay.report.tables import frame_section
from imgdisplay.report.values import plain

__all__ = ["section_of"]


def section_of(
    obj: object,
    options: Mapping[str, Any],
    *,
    column: Any = None,
    alt: Hashable | None = None,
    recursive: bool = True,
    links: bool = False,
) -> Section:
    """Return the section that shows an object; `imgdisplay.report.Report.add` lists them.

    Parameters
    ----------
    options
        Keywords of the call: fields of `Options`.
    column, alt, recursive, links
        As of `imgdisplay.report.Report.add`.
    """
    wanted = resolve({**UNLIMITED, **options})
    section = _section(obj, options, wanted, column, alt, recursive, links)
    changes: dict[str, Any] = {}
    is_short = section.form in ("table", "gallery") and 0 < section.length <= _FEW
    if is_short and "zoom" not in options and wanted.zoom is None:
        changes["zoom"] = wanted.preview_size
    if not 0 < section.length <= _MANY and "cache" not in options and wanted.cache is True:
        changes["cache"] = False
    return dataclasses.replace(section, options=dataclasses.replace(section.options, **changes))


_FEW = 100
"""Rows that get larger views by themselves; of more, these would make the page heavy."""

_MANY = 100
"""Rows whose thumbnails may stay in memory; those of more would push out all the others."""


def _section(
    obj: object,
    options: Mapping[str, Any],
    wanted: Options,
    column: Any,
    alt: Hashable | None,
    recursive: bool,
    links: bool,
) -> Section:
    if isinstance(obj, Html):
        return Section(form="markup", content=obj, options=wanted)
    if isinstance(obj, str):
        text = escape(obj.replace("\r\n", "\n"), len(obj))
        return Section(form="prose", content=text, options=wanted)
    if isinstance(obj, os.PathLike):
        path = Path(os.fsdecode(obj))
        if path.is_dir():
            return folder_section(path, wanted, recursive=recursive, links=links)
        if path.suffix.lower() in TABLE_SUFFIXES:
            frame = read_table(path, wanted, column=column)
            return frame_section(
                frame, wanted, column=column, alt=alt, links=links, folder=path.parent
            )
        if not path.exists():
            raise SourceNotFound(f"no folder, table or image {quote(str(path))}; check the path")
        if path.suffix.lower() in _NOT_READ:
            raise UnsupportedSource(
                f"{quote(path.name)} is no image, and tables are read from CSV, TSV and Parquet "
                "files; read it with pandas and pass the frame"
            )
        obj = path
    if _is_lazy_polars(obj):
        obj = obj.collect()  # type: ignore[attr-defined]
    library = library_of(obj)
    if library == "dask.dataframe":
        return lazy_section(obj, wanted, column=column, alt=alt, links=links)
    if library is not None:
        return frame_section(obj, wanted, column=column, alt=alt, links=links)
    if isinstance(obj, Mapping) and not (obj and obj.keys() <= {"bytes", "path"}):
        return _gallery(list(obj.values()), list(obj), wanted, links)
    if isinstance(obj, (list, tuple)):
        return _gallery(list(obj), [""] * len(obj), wanted, links)
    if type(obj).__name__ in ("Styler", "DataFrameGroupBy", "SeriesGroupBy"):
        raise UnsupportedSource(
            f"{quote(type(obj).__name__)} cannot be added to a report: expected a frame, pictures, "
            "a path or text; Html(…) adds markup, such as a Styler's to_html()"
        )
    if "size" not in options:  # it stands by itself
        wanted = dataclasses.replace(wanted, size=wanted.preview_size)
    return dataclasses.replace(_gallery([obj], [""], wanted, links), form="picture")


_NOT_READ = frozenset(
    {".arrow", ".feather", ".json", ".jsonl", ".ods", ".txt", ".xls", ".xlsm", ".xlsx", ".xml"}
)
"""Suffixes of tables and texts that look as if they were read."""


def _is_lazy_polars(obj: object) -> bool:
    kind = getattr(sys.modules.get("polars"), "LazyFrame", None)
    return isinstance(kind, type) and isinstance(obj, kind)


def _gallery(
    sources: Sequence[object], labels: Sequence[object], options: Options, links: bool
) -> Section:
    if not sources:
        raise UnsupportedSource("an empty list holds no picture; pass one with some")

    def groups() -> Iterator[list[UndrawnRow]]:
        for start in range(0, len(sources), GROUP):
            part = slice(start, start + GROUP)
            yield [
                _figure(source, label, links)
                for source, label in zip(sources[part], labels[part], strict=True)
            ]

    def opened() -> Sheet:
        return Sheet(_COLUMNS, groups, rows_have_names=True)

    return Section(form="gallery", options=options, length=len(sources), open=opened)


_COLUMNS = (Column(("Picture",), "picture"), Column(("Name",), "text", names_rows=True))


def _figure(source: object, label: object, links: bool) -> UndrawnRow:
    caption = _caption(source, label)
    said = plain(caption).strip()
    alt = None if isinstance(caption, Html) else said or None
    picture = Undrawn(Described(source, alt), name=said, link=link_to(source) if links else "")
    return picture, Text(caption, missing=not said)


def _caption(source: object, label: object) -> str | Html:
    if isinstance(label, Html):
        return label
    if label is not None and label != "":
        return str(label)
    if isinstance(source, str) and not is_data_uri(source):
        return file_name(source)
    return file_name(source) if isinstance(source, os.PathLike) else ""
