"""What a page is made of: each object that is added becomes one section."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.html import Html, escape, plain_text
from imgdisplay.core.streams import file_name
from imgdisplay.display import table
from imgdisplay.errors import SourceNotFound, UnsupportedSource, quote
from imgdisplay.frames import library_of
from imgdisplay.options import Options, resolve
from imgdisplay.report.drawn import (
    bad_pictures,
    count_pictures,
    read_grid,
    table_alone,
    without_place,
)
from imgdisplay.report.folder import folder_grid
from imgdisplay.report.grid import Grid, text_of
from imgdisplay.report.pictures import UNLIMITED, draw_pictures
from imgdisplay.report.tablefile import TABLE_SUFFIXES, read_table
from imgdisplay.report.unreadable import Unreadable

__all__ = ["Figure", "Gallery", "Section", "section_of"]

Form: TypeAlias = Literal["grid", "figures", "markup", "prose"]

_LONGEST_CELL = 500
"""Characters of a cell's text; pandas' own default of 50 is meant for a screen."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, the texts below it, and its width in CSS pixels."""

    picture: Html
    caption: Html
    width: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Figures side by side, and a line below them."""

    figures: tuple[Figure, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page.

    Attributes
    ----------
    form
        The template that draws it.
    content
        A `Grid`, a `Gallery` of figures, or `Html` for markup and prose.
    title, caption
        Above it; may be empty.
    pictures, rows
        How many there are, for the summary.
    unreadable
        Pictures that could not be shown.
    """

    form: Form
    content: Grid | Gallery | Html
    title: str | Html = ""
    caption: str | Html = ""
    pictures: int = 0
    rows: int = 0
    unreadable: tuple[Unreadable, ...] = ()


def section_of(
    obj: object,
    options: Mapping[str, Any],
    *,
    anchor: str,
    column: Hashable | Sequence[Hashable] = None,
    recursive: bool = True,
) -> Section:
    """Return the section that shows an object; `imgdisplay.report.Report.add` lists them.

    Parameters
    ----------
    options
        Keywords of the call: fields of `Options`.
    anchor
        Prefix of the addresses in this section, different for each.
    """
    options = {**UNLIMITED, **options}
    wanted = resolve(options)
    if isinstance(obj, Html):
        return Section(form="markup", content=obj)
    if isinstance(obj, str):
        return Section(form="prose", content=escape(obj.replace("\r\n", "\n"), len(obj)))
    if isinstance(obj, os.PathLike):
        return _of_path(Path(os.fsdecode(obj)), options, wanted, anchor, column, recursive)
    if library_of(obj) is not None:
        return _of_frame(obj, options, anchor, column)
    if isinstance(obj, Mapping) and not (obj and obj.keys() <= {"bytes", "path"}):
        return _of_pictures(list(obj.values()), list(obj), wanted)
    if isinstance(obj, (list, tuple)):
        return _of_pictures(list(obj), [""] * len(obj), wanted)
    return _of_pictures([obj], [""], _alone(options, wanted))


def _of_path(
    path: Path,
    options: Mapping[str, Any],
    wanted: Options,
    anchor: str,
    column: Hashable | Sequence[Hashable],
    recursive: bool,
) -> Section:
    if path.is_dir():
        grid, pictures, bad = folder_grid(path, wanted, recursive=recursive, anchor=anchor)
        return Section(
            form="grid", content=grid, pictures=pictures, rows=len(grid.rows), unreadable=bad
        )
    if path.suffix.lower() in TABLE_SUFFIXES:
        frame = read_table(path, wanted, column=column)
        return _of_frame(frame, options, anchor, column, folder=path.parent)
    if not path.exists():
        raise SourceNotFound(f"no folder, table or image {quote(str(path))}; check the path")
    return _of_pictures([path], [path.name], _alone(options, wanted))


def _alone(options: Mapping[str, Any], wanted: Options) -> Options:
    """Return the options of a picture that stands by itself."""
    return wanted if "size" in options else dataclasses.replace(wanted, size=wanted.preview_size)


def _of_frame(
    frame: Any,
    options: Mapping[str, Any],
    anchor: str,
    column: Hashable | Sequence[Hashable],
    folder: Path | None = None,
) -> Section:
    import pandas as pd

    said = pd.get_option("display.max_colwidth")
    room = None if said is None else max(said, _LONGEST_CELL)
    with pd.option_context("display.max_colwidth", room):
        drawn = table(frame, columns=column, max_rows=None, max_cols=None, **options)
    # What controls or reorders text is replaced in cells as everywhere else.
    markup = plain_text(drawn, len(drawn))
    if folder is not None:
        markup = without_place(markup, folder)
    pictures = count_pictures(markup)
    read = read_grid(markup, anchor)
    if read is None:
        return Section(
            form="markup",
            content=table_alone(markup),
            pictures=pictures,
            rows=len(frame),
            unreadable=bad_pictures(markup),
        )
    grid, bad = read
    return Section(
        form="grid", content=grid, pictures=pictures, rows=len(grid.rows), unreadable=bad
    )


def _of_pictures(sources: list[object], labels: list[object], options: Options) -> Section:
    if not sources:
        raise UnsupportedSource("an empty list holds no pictures")
    captions = [_caption(*labelled) for labelled in zip(sources, labels, strict=True)]
    alts = [None if isinstance(caption, Html) else caption or None for caption in captions]
    pictures, note = draw_pictures(sources, options, alts=alts)
    bad = [
        Unreadable(text_of(escape(caption)) or f"picture {number}", picture.reason)
        for number, (caption, picture) in enumerate(zip(captions, pictures, strict=True), start=1)
        if picture.reason
    ]
    figures = [
        Figure(picture.markup, escape(caption), picture.result.width, picture.reason)
        for caption, picture in zip(captions, pictures, strict=True)
    ]
    return Section(
        form="figures",
        content=Gallery(tuple(figures), note),
        pictures=len(figures),
        unreadable=tuple(bad),
    )


def _caption(source: object, label: object) -> str | Html:
    if isinstance(label, Html):
        return label
    if label is not None and label != "":
        return str(label)
    if isinstance(source, str) and not is_data_uri(source):
        return file_name(source)
    return file_name(source) if isinstance(source, os.PathLike) else ""
