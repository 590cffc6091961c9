"""`Report`: what is to be shown, section by section, and where it is written."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, TypeAlias, Unpack, overload

from imgdisplay.core.files import check_target, write_whole
from imgdisplay.core.html import Html, plain_text
from imgdisplay.errors import OptionError, quote
from imgdisplay.options import OptionArgs, takes
from imgdisplay.report.drawn import drawn_report
from imgdisplay.report.mail.headers import People
from imgdisplay.report.mail.writer import MOST_BYTES, email_of, sections_for_mail
from imgdisplay.report.markdown.writer import write_markdown
from imgdisplay.report.model import Counts, DrawnReport, Section
from imgdisplay.report.page.writer import Look, page_texts
from imgdisplay.report.pdf import find_browser, print_pdf
from imgdisplay.report.sections import section_of
from imgdisplay.report.site.pages import Manner
from imgdisplay.report.site.places import folder_asked
from imgdisplay.report.site.writer import write_folder
from imgdisplay.report.unreadable import Unreadable

__all__ = ["Report", "report", "title_of"]


class Report:
    """Tables, pictures and texts, to be written as one self-contained HTML file.

    What is added is checked and kept; its pictures are drawn when the report is written, on all
    cores and a few at a time, so that a report of a million rows takes no more memory than one
    of a hundred.

    Parameters
    ----------
    title
        Heading of the page and name of its window.
    template
        Path of a Jinja template of your own for the page. It may begin with
        ``{% extends "page.html" %}`` and fill the blocks of ours. Of a folder of pages it draws
        the pages, and not the index.
    style
        Path of a CSS file that is added to the page's own style.

    Raises
    ------
    OptionError
        If `title` is no text, or `template` or `style` no file.

    Examples
    --------
    >>> from PIL import Image
    >>> page = Report(title="Colours").add({"teal": Image.new("RGB", (64, 64), "teal")})
    >>> page
    <Report 'Colours', 1 section>
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page.save(f"{folder}/colours.html").name
    'colours.html'
    >>> page.pictures
    1
    """

    def __init__(
        self,
        title: str = "Report",
        *,
        template: str | os.PathLike[str] | None = None,
        style: str | os.PathLike[str] | None = None,
    ) -> None:
        if not isinstance(title, str):
            raise OptionError(
                f"title={quote(title)}: expected a str; Report().add(…) adds contents"
            )
        self.title = title
        self._look = Look.of(template, style)
        self._sections: list[Section] = []
        self._last: _Outcome | None = None

    @takes(OptionArgs)
    def add(
        self,
        obj: object,
        *,
        title: str | Html | None = None,
        caption: str | Html | None = None,
        column: Mapping[Any, Any] | Sequence[Hashable] | Hashable | None = None,
        alt: Hashable | None = None,
        recursive: bool = True,
        links: bool = False,
        **options: Unpack[OptionArgs],
    ) -> Report:
        """Add a section that shows `obj`, and return this report.

        Parameters
        ----------
        obj
            - A DataFrame or Series: its table, with all rows, and pictures in its cells. One of
              dask is computed partition by partition when the report is written, and a lazy
              frame of polars at once.
            - A list of pictures, or a dict from captions to pictures: a gallery.
            - A `pathlib.Path` of a folder: a table of its images. Of a CSV, TSV or Parquet
              file: its table. Of an image file: the picture.
            - A ``str``: a paragraph of text. `Html`: markup as it stands.
            - Anything else: a single picture; see `imgdisplay.thumbnail` for what can be one.
        title, caption
            Heading, and a line below it.
        column
            Of a table: name or names of the columns that hold pictures, or a dict from names to
            overlays, as for `imgdisplay.table`; None finds them.
        alt
            Of a table: name of the column that holds the alternative texts.
        recursive
            Of a folder: show the images of its subfolders, too.
        links
            Lead from each picture to the file or address that it came from. This tells whoever
            gets the page where your files lie.
        **options
            Fields of `imgdisplay.Options`. Unless ``zoom`` is given, tables and galleries of at
            most 100 rows keep larger views, of ``preview_size``, that open on a click; of more
            rows, ``zoom=512`` does.

        Raises
        ------
        SourceError
            If there is no such file or folder, no image in the folder or nothing in the list.
            A single bad picture is no error: it becomes a placeholder with the reason.
        OptionError
            If an option is wrong or a column does not exist.
        """
        section = section_of(obj, options, column=column, alt=alt, recursive=recursive, links=links)
        self._sections.append(
            dataclasses.replace(section, title=title or "", caption=caption or "")
        )
        self._last = None
        return self

    @overload
    def save(
        self,
        path: os.PathLike[str],
        *,
        images: Literal["inline", "files"] = "inline",
        progress: bool | None = None,
    ) -> Path: ...

    @overload
    def save(
        self,
        path: str,
        *,
        images: Literal["inline", "files"] = "inline",
        progress: bool | None = None,
    ) -> Path | str: ...

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        images: Literal["inline", "files"] = "inline",
        progress: bool | None = None,
    ) -> Path | str:
        """Draw the pictures, write the page or the folder of pages, and return its path.

        It is there as a whole or not at all: what has that name is replaced in the last step,
        and stays as it is if anything goes wrong before.

        A folder holds ``index.html``, pages of up to 2,000 rows or about 10 MB, and a search
        in all of them. It opens from a disk and from any web server. Frames of dask are drawn
        where their partitions are, by whatever scheduler is active, and every worker writes its
        pages itself; a folder on this machine will do if the workers reach it, too. Their columns
        of floats and times are computed once more before, so that all pages print as many digits.

        Parameters
        ----------
        path
            The file to write, by its suffix: ``.md`` is Markdown for GitHub, with its pictures
            in a folder beside it (``report_images`` for ``report.md``), ``.pdf`` the page as a
            Chromium, Chrome or Edge prints it. Or a folder: a path that
            ends in a slash, that of a folder which is there, or one without suffix, unless it
            is that of a file; or any address that fsspec knows, such as ``"s3://bucket/out/"``.
            A folder that holds anything but such pages is not replaced.
        images
            In a folder: "inline" puts the pictures into the pages, "files" beside them, each of
            them once; then a page has up to 5,000 rows.
        progress
            Show a progress bar: True at once, False never; None after a second, on a terminal
            or in a notebook.

        Returns
        -------
        pathlib.Path or str
            `path`; of an address, the ``str`` that was given.

        Raises
        ------
        MissingExtra
            If Jinja2 is not installed, or what fsspec needs for an address, or no browser to print.
        OptionError
            If `path` is a folder that holds other things, no file, or one whose suffix is not that
            of a page; if pictures in files are asked for without a folder.
        OSError
            If it cannot be written.
        """
        if images not in ("inline", "files"):
            raise OptionError(f"images={quote(images)}: expected 'inline' or 'files'")
        site = folder_asked(path)
        if site is not None:
            manner = Manner(self.title, self._look, files=images == "files")
            told = write_folder(self._sections, site, manner, progress=progress)
            self._last = _Outcome(told.counts, told.unreadable)
            return site.given
        if images == "files":
            raise OptionError(
                f"images='files' needs a folder, and {quote(os.fspath(path))} is a file; "
                "a path that ends in a slash is a folder"
            )
        target = Path(path)
        check_target(target)  # before hours of drawing
        write = _writer_for(target)
        with self.drawn(progress=progress) as drawn:
            return write(drawn, target, self._look)

    def to_email(
        self,
        *,
        subject: str,
        to: People,
        sender: str | Address | None = None,
        cc: People = (),
        text: str | None = None,
        max_bytes: int = MOST_BYTES,
        attach: bool = True,
        progress: bool | None = None,
    ) -> EmailMessage:
        """Draw the pictures, and return the report as a message that shows them in its body.

        It looks the same in all mail programs, Outlook and dark ones included: HTML with
        attributes and inline styles only, and a form in plain text for who wants that. Pictures
        are PNG or JPEG, at most 600 CSS pixels wide, opaque and still; equal ones are stored
        once. Larger views (``zoom=``) and links to files are left out.

        Gmail clips a message at 102 kB of HTML, so of each section only the first rows are
        shown if there are more. Then the page of the whole report is attached, if it has room.

        Parameters
        ----------
        subject
            Subject; what breaks or reorders lines is taken out.
        to, cc
            Addresses such as ``"ann@example.org"`` or ``"Ann Lee <ann@example.org>"``, or lists
            of them.
        sender
            Address of the author; None leaves it to you: ``message["From"] = …``. With it, the
            message gets a Message-ID in the domain of that address. Its date is that of now.
        text
            The plain text to send besides the HTML; None makes it of the report.
        max_bytes
            Most bytes of the whole message as it is sent. Above it, pictures lose pixels and
            quality, the largest first; then rows are left out. Many servers refuse more than
            10 MB, which is the default.
        attach
            Attach the page of the whole report if rows had to be left out.
        progress
            As of `save`.

        Returns
        -------
        email.message.EmailMessage
            To be sent by ``smtplib.SMTP(…).send_message(message)``, or written to a ``.eml``
            file by ``bytes(message)``.

        Raises
        ------
        OptionError
            If an address is none, or not even one row of each section fits into `max_bytes`.
        MissingExtra
            If Jinja2 is not installed; or nh3, and there is `Html` in the report.

        Examples
        --------
        >>> from PIL import Image
        >>> page = Report("Colours").add({"teal": Image.new("RGB", (64, 64), "teal")})
        >>> message = page.to_email(subject="Today's colours", to="ann@example.org")
        >>> [part.get_content_type() for part in message.walk()]
        ['multipart/alternative', 'text/plain', 'multipart/related', 'text/html', 'image/png']
        """
        sections = sections_for_mail(self._sections)
        with drawn_report(self.title, sections, progress=progress) as drawn:
            self._last = _Outcome(drawn.counts, drawn.unreadable)
            return email_of(
                drawn,
                subject=subject,
                to=to,
                sender=sender,
                cc=cc,
                text=text,
                max_bytes=max_bytes,
                attach=attach,
                look=self._look,
            )

    @property
    def counts(self) -> Counts:
        """How many rows, pictures and unreadable pictures were last drawn.

        They are known when the report has been written; before that, they are drawn to be
        counted.
        """
        return self._outcome().counts

    @property
    def pictures(self) -> int:
        """How many pictures are in it, unreadable ones included; see `counts`."""
        return self.counts.pictures

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The pictures that could not be shown, each with `name` and `reason`; see `counts`.

        At most 1,000 of each section are told one by one; `counts` counts them all.
        """
        return self._outcome().unreadable

    def _outcome(self) -> _Outcome:
        if self._last is None:
            with self.drawn():
                pass
        assert self._last is not None
        return self._last

    @contextmanager
    def drawn(self, *, progress: bool | None = None) -> Iterator[DrawnReport]:
        """Draw the pictures, and give the drawn report to a ``with`` block: for writers.

        Parameters
        ----------
        progress
            As of `save`.
        """
        with drawn_report(self.title, self._sections, progress=progress) as drawn:
            self._last = _Outcome(drawn.counts, drawn.unreadable)
            yield drawn

    def __repr__(self) -> str:
        count = len(self._sections)
        return f"<Report {plain_text(self.title)!r}, {count} section{'s' * (count != 1)}>"


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    """What is remembered of the last drawing."""

    counts: Counts
    unreadable: tuple[Unreadable, ...]


Writer: TypeAlias = Callable[[DrawnReport, Path, Look], Path]
"""Writes a drawn report to a path, and returns the path."""


def _write_page(drawn: DrawnReport, path: Path, look: Look) -> Path:
    folder = Path(os.path.abspath(path)).parent
    return write_whole(path, page_texts(drawn, look, folder=folder))


def _print_page(drawn: DrawnReport, path: Path, look: Look) -> Path:
    return print_pdf(page_texts(drawn, look), path)


def _writer_for(path: Path) -> Writer:
    """Return what writes a file of this suffix; one without suffix is a page.

    Raises
    ------
    OptionError
        If it is the suffix of something else: no program would open the page.
    MissingExtra
        If it needs a program that is not there.
    """
    suffix = path.suffix.lower()
    if suffix == ".md":
        return write_markdown
    if suffix == ".pdf":
        find_browser()
        return _print_page
    if suffix not in _PAGES:
        advice = f"; {_OTHERS[suffix]}" if suffix in _OTHERS else ""
        raise OptionError(
            f"{quote(path.name)}: a report is a page (.html), .pdf, .md or a folder of pages"
            + advice
        )
    return _write_page


_PAGES = frozenset({"", ".html", ".htm", ".xhtml"})


_MAIL = "Report.to_email(…) makes messages"
_BOOK = "to_excel(…) makes workbooks (.xlsx)"
_OTHERS = {
    **dict.fromkeys((".eml", ".msg", ".mbox"), _MAIL),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".parquet"), _BOOK),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf"), "word processors open .html"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".svg"), "thumbnail(…) makes pictures"),
}
"""Suffixes of what a report is not, with what to do instead."""


@takes(OptionArgs)
def report(
    obj: object,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    caption: str | Html | None = None,
    column: Mapping[Any, Any] | Sequence[Hashable] | Hashable | None = None,
    alt: Hashable | None = None,
    recursive: bool = True,
    links: bool = False,
    template: str | os.PathLike[str] | None = None,
    style: str | os.PathLike[str] | None = None,
    images: Literal["inline", "files"] = "inline",
    progress: bool | None = None,
    **options: Unpack[OptionArgs],
) -> Path | str:
    """Write a page, or a folder of pages, that shows `obj`, and return its path or address.

    Parameters
    ----------
    obj
        What `Report.add` takes; a ``str`` is the path of a folder, of a CSV, TSV or Parquet
        file, or of an image.
    path, images, progress
        As of `Report.save`.
    title
        Heading of the page; None takes the name of the folder or file.
    template, style
        As of `Report`.
    caption, column, alt, recursive, links, **options
        As of `Report.add`.

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

    A folder of pages, for more rows than one page should hold, of a frame of dask, whose
    partitions are drawn by its workers:

    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> frame = dd.from_pandas(pd.DataFrame({"n": range(10)}), npartitions=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pages = report(frame, f"{folder}/pages/")
    ...     sorted(path.name for path in pages.glob("*.html"))
    ['index.html', 'part-001.html', 'part-002.html']
    """
    source = Path(obj) if isinstance(obj, str) and not isinstance(obj, Html) else obj
    page = Report(title_of(source) if title is None else title, template=template, style=style)
    page.add(
        source,
        caption=caption,
        column=column,
        alt=alt,
        recursive=recursive,
        links=links,
        **options,
    )
    return page.save(path, images=images, progress=progress)


def title_of(source: object) -> str:
    """Return the heading of the page of a source: the name of its file or folder, if it is one."""
    if not isinstance(source, os.PathLike):
        return "Report"
    return Path(os.path.abspath(os.fsdecode(source))).name or "Report"
