"""One HTML page that needs no other file and no network: a writer of drawn reports."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.html import Html, plain_text
from imgdisplay.errors import OptionError, quote
from imgdisplay.report import filling
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.page.cells import LONGEST_TEXT, bars_of, cell_html, image_class, index_of
from imgdisplay.report.page.layout import Layout
from imgdisplay.report.rows import Cell, SharedImage

if TYPE_CHECKING:
    import jinja2

__all__ = ["Look", "Pager", "page_texts", "policy_for", "templates"]

_EARLY = 100_000
"""Bytes of shared pictures that stand before the first row; more would keep it waiting."""


@dataclass(frozen=True, slots=True)
class Look:
    """A user's own template and style, if there are any.

    Attributes
    ----------
    template
        A Jinja template.
    style
        CSS to add to ours.
    """

    template: str | None = None
    style: str = ""

    @classmethod
    def of(
        cls, template: str | os.PathLike[str] | None, style: str | os.PathLike[str] | None
    ) -> Look:
        """Return the look that files give.

        Raises
        ------
        OptionError
            If a file cannot be read, or the style would end its own element.
        """
        css = "" if style is None else _read("style", style)
        if "</style" in css.lower():
            raise OptionError(
                f"style={quote(os.fspath(style or ''))}: expected CSS, and it holds </style"
            )
        return cls(None if template is None else _read("template", template), css)


def _read(option: str, path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise OptionError(f"{option}={quote(os.fspath(path))} cannot be read: {reason}") from None


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a page stands among others.

    Attributes
    ----------
    index
        Address of the index.
    label, place
        What the page is called, and what of the whole it shows; the latter may be empty.
    previous, next
        Addresses of its neighbours; empty where there is none.
    files
        Pictures are in files of their own.
    """

    index: str
    label: str
    place: str = ""
    previous: str = ""
    next: str = ""
    files: bool = False


def page_texts(
    report: DrawnReport,
    look: Look | None = None,
    *,
    folder: Path | None = None,
    pager: Pager | None = None,
) -> Iterator[str]:
    """Yield the page of a report, a few rows at a time.

    Parameters
    ----------
    look
        The user's own template and style.
    folder
        Where the page will be.
    pager
        Its place among others, if it is one of several.

    Raises
    ------
    MissingExtra
        If Jinja2 is not installed.
    """
    look = look or Look()
    environment = templates()
    if look.template is None:
        template = environment.get_template("page.html")
    else:
        template = environment.from_string(look.template)
    stream = template.stream(report=report, page=_Page(report, look, pager, folder))
    return iter(stream)  # a group of rows at a time


def policy_for(script: str, *, files: bool = False, loads: bool = False) -> str:
    """Return a Content-Security-Policy by which nothing is fetched and only `script` runs.

    Escaping is the first wall; this is the second.

    Parameters
    ----------
    files
        Pictures may come from files beside the page.
    loads
        The script may load others.
    """
    pictures = "data: 'self' file:" if files else "data:"
    others = " 'strict-dynamic'" if loads else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'{others}; base-uri 'none'; form-action 'none'"
    )


class _Page:
    """What the templates ask for besides the report."""

    def __init__(
        self, report: DrawnReport, look: Look, pager: Pager | None, folder: Path | None
    ) -> None:
        self._report = report
        self.folder = folder
        self.own_style = Html(look.style)
        self.script = Html(_script())
        self.pager = pager
        self.policy = policy_for(self.script, files=pager is not None and pager.files)
        self.layout = Layout

    @cached_property
    def columns(self) -> Html:
        """The rules for each of the tables."""
        tables = [Layout(section) for section in self._report.sections if section.columns]
        rules = [table.style for table in tables]
        if any(table.is_wide for table in tables):
            rules.append(Html("@page{size:landscape}"))
        return Html("\n".join(rules))

    def template_for(self, section: DrawnSection) -> str:
        """Return the template that draws a section."""
        return f"{'table' if section.form == 'gallery' else section.form}.html"

    def early_pictures(self) -> Iterator[Html]:
        """Yield the first pictures that are shown more than once, as styles."""
        written = 0
        for shared in self._report.shared():
            written += len(shared.data)
            if written > _EARLY:
                return
            yield _shared_style(shared)

    def late_pictures(self) -> Iterator[Html]:
        """Yield the others."""
        written = 0
        for shared in self._report.shared():
            written += len(shared.data)
            if written > _EARLY:
                yield _shared_style(shared)


def _shared_style(shared: SharedImage) -> Html:
    source = write_data_uri(shared.data, shared.mime)
    return Html(f'<style>.{image_class(shared.key)}{{--picture:url("{source}")}}</style>')


@lru_cache(maxsize=1)
def _script() -> str:
    """Return the parts of the script as one."""
    parts = sorted((Path(__file__).parent.parent / "templates" / "script").glob("*.js"))
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


@lru_cache(maxsize=1)
def templates() -> jinja2.Environment:
    """Return what finds and fills the templates.

    Raises
    ------
    MissingExtra
        If Jinja2 is not installed.
    """
    environment = filling.environment(LONGEST_TEXT)
    from jinja2 import pass_context  # it is installed

    @pass_context
    def cell(context: jinja2.runtime.Context, shown: Cell, later: bool = False) -> Html:
        return cell_html(shown, later, folder=context["page"].folder)

    environment.filters["cell"] = cell
    environment.filters["bars"] = bars_of
    environment.filters["index"] = index_of
    environment.filters["short"] = partial(plain_text, limit=24)
    return environment
