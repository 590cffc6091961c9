"""One HTML page that needs no other file, no script and no network."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from imgdisplay.core.html import Html, plain_text
from imgdisplay.errors import MissingExtra
from imgdisplay.options import OptionArgs
from imgdisplay.report.sections import Section, section_of
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.writing import write_whole

if TYPE_CHECKING:
    import jinja2

__all__ = ["Report", "report"]

# The first wall is escaping. This is the second: nothing is fetched, and no script runs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

_LONGEST_TEXT = 5000
"""Characters of a title, caption or label that are kept."""

_PIECES = 64
"""Pieces of a page that are written at a time."""


class Report:
    """A page of tables, pictures and texts that is one self-contained HTML file.

    Parameters
    ----------
    title
        Heading of the page and name of its window.

    Examples
    --------
    >>> from PIL import Image
    >>> page = Report(title="Colours").add({"teal": Image.new("RGB", (64, 64), "teal")})
    >>> page
    <Report 'Colours', 1 section, 1 picture>
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page.save(f"{folder}/colours.html").name
    'colours.html'
    """

    def __init__(self, title: str = "Report") -> None:
        self.title = title
        self._sections: list[Section] = []

    def add(
        self,
        obj: object,
        *,
        title: str | Html | None = None,
        caption: str | Html | None = None,
        column: Hashable | Sequence[Hashable] = None,
        recursive: bool = True,
        **options: Unpack[OptionArgs],
    ) -> Report:
        """Add a section that shows `obj`, and return this report.

        Parameters
        ----------
        obj
            - A DataFrame or Series: its table, with all rows, and pictures in its cells.
            - A list of pictures, or a dict from captions to pictures: a gallery.
            - A `pathlib.Path` of a folder: a table of its images. Of a CSV, TSV or Parquet
              file: its table. Of an image file: the picture.
            - A ``str``: a paragraph of text. `Html`: markup as it stands.
            - Anything else: a single picture; see `imgdisplay.thumbnail` for what can be one.
        title, caption
            Heading, and a line below it.
        column
            Of a table: name or names of the columns that hold pictures; None finds them.
        recursive
            Of a folder: show the images of its subfolders, too.
        **options
            Fields of `imgdisplay.Options`.

        Raises
        ------
        SourceError
            If there is no such file or folder, no image in the folder or nothing in the list.
            A single bad picture is no error: it becomes a placeholder with the reason.
        OptionError
            If an option is wrong or a column does not exist.
        """
        section = section_of(
            obj,
            options,
            anchor=f"s{len(self._sections) + 1}",
            column=column,
            recursive=recursive,
        )
        self._sections.append(
            dataclasses.replace(section, title=title or "", caption=caption or "")
        )
        return self

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page and return its path.

        The file is there as a whole or not at all: one of that name is replaced in the last
        step, and stays as it is if anything goes wrong before.

        Raises
        ------
        MissingExtra
            If Jinja2 is not installed.
        OptionError
            If `path` is a folder.
        OSError
            If the file cannot be written.
        """
        return write_whole(path, self._texts())

    @property
    def pictures(self) -> int:
        """How many pictures are in it, unreadable ones included."""
        return sum(section.pictures for section in self._sections)

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The pictures that could not be shown, each with `name` and `reason`."""
        return tuple(bad for section in self._sections for bad in section.unreadable)

    def _texts(self) -> Iterator[str]:
        template = _environment().get_template("page.html")
        stream = template.stream(
            policy=CONTENT_SECURITY_POLICY,
            title=self.title,
            sections=self._sections,
            pictures=self.pictures,
            rows=sum(section.rows for section in self._sections),
            unreadable=self.unreadable,
        )
        stream.enable_buffering(_PIECES)
        return iter(stream)

    def __repr__(self) -> str:
        sections, pictures = len(self._sections), self.pictures
        return (
            f"<Report {plain_text(self.title)!r}, {sections} section{'s' * (sections != 1)}, "
            f"{pictures} picture{'s' * (pictures != 1)}>"
        )


def report(
    obj: object,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    column: Hashable | Sequence[Hashable] = None,
    recursive: bool = True,
    **options: Unpack[OptionArgs],
) -> Path:
    """Write a page that shows `obj`, and return its path.

    Parameters
    ----------
    obj
        What `Report.add` takes; a ``str`` is the path of a folder, of a CSV, TSV or Parquet
        file, or of an image.
    path
        The HTML file to write.
    title
        Heading of the page; None takes the name of the folder or file.
    column, recursive, **options
        As `Report.add`.

    Raises
    ------
    SourceError, OptionError, MissingExtra, OSError
        As `Report.add` and `Report.save`.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (64, 64), "teal").save(f"{folder}/teal.png")
    ...     report(folder, f"{folder}/report.html", size=64).name
    'report.html'
    """
    source = Path(obj) if isinstance(obj, str) and not isinstance(obj, Html) else obj
    page = Report(title=title_of(source) if title is None else title)
    return page.add(source, column=column, recursive=recursive, **options).save(path)


def title_of(source: object) -> str:
    """Return the heading of the page of a source: the name of its file or folder, if it is one."""
    if not isinstance(source, os.PathLike):
        return "Report"
    return Path(os.fsdecode(source)).resolve().name or "Report"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra(
            "reports need Jinja2: pip install 'imgdisplay-jupyter[report]'"
        ) from error
    return jinja2.Environment(
        loader=jinja2.PackageLoader("imgdisplay.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """Return what a template writes for a value: text without what controls or reorders it."""
    if hasattr(value, "__html__") or not isinstance(value, str):
        return value
    return plain_text(value, _LONGEST_TEXT)
