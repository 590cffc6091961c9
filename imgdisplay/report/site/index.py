"""The index of a folder of pages: what there is, what is known of it, and a search in all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.html import Html, plain_text
from imgdisplay.report.filling import script_json
from imgdisplay.report.model import DrawnReport, DrawnSection
from imgdisplay.report.page.layout import Layout
from imgdisplay.report.page.writer import Look, policy_for, templates
from imgdisplay.report.rows import Image
from imgdisplay.report.site.pages import Entry, Span
from imgdisplay.report.site.places import MARK
from imgdisplay.report.values import plain
from imgdisplay.report.wording import counted

__all__ = ["index_texts"]

_MOST_PREVIEWS = 120
"""Pages of which the index shows a picture; it is to open at once."""

_PREVIEW = 96
"""Height of such a picture, in CSS pixels; as in index.css."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A page in the list."""

    name: str
    label: str
    place: str
    names: str
    preview: Image | None


class _Index:
    """What the template asks for besides the report."""

    pager = None
    columns = Html()
    layout = Layout
    counted = staticmethod(counted)
    mark = Html(MARK)

    def __init__(self, look: Look, searched: Html, *, files: bool) -> None:
        self.own_style = Html(look.style)
        self.script = Html(_script())
        self.policy = policy_for(self.script, files=files, loads=True)
        self.searched = searched

    def early_pictures(self) -> Iterator[Html]:
        """Yield nothing: no picture is shown twice."""
        return iter(())

    late_pictures = early_pictures

    def preview(self, image: Image, inside: str) -> Html:
        """Return a page's first picture; its name would only be in the way."""
        source = f"{inside}{image.file}" if image.file else write_data_uri(image.data, image.mime)
        scale = min(1.0, _PREVIEW / max(image.height, 1))
        clear = ' class="clear"' if image.transparent else ""
        return Html(
            f'<img{clear} src="{source}" width="{round(image.width * scale)}"'
            f' height="{round(image.height * scale)}" alt="" loading="lazy" decoding="async">'
        )


def index_texts(
    title: str,
    sections: Sequence[DrawnSection],
    entries: Sequence[Entry],
    look: Look,
    *,
    inside: str,
    files: bool,
) -> Iterator[str]:
    """Yield the index.

    Parameters
    ----------
    title
        Heading of the report.
    sections
        Its parts, with what is known of them. Their unreadable pictures have the addresses of
        pages. Prose among them stands in the index.
    entries
        The pages.
    look
        The user's own style; a template of their own is for the pages.
    inside
        The folder of the pages as seen from the index: empty, or with a slash at its end.
    files
        Pictures are in files of their own.

    Raises
    ------
    MissingExtra
        If Jinja2 is not installed.
    """
    entries = _counted_through(entries)
    titles = [plain_text(plain(section.title)).strip() for section in sections]
    several = sum(bool(section.columns) for section in sections) > 1
    listed = [_listed(entry, titles, several, len(entries)) for entry in entries]
    searched = {
        "inside": inside,
        "pages": [_searched(entry, titles if several else []) for entry in entries],
    }
    stream = (
        templates()
        .get_template("index.html")
        .stream(
            report=DrawnReport(title, tuple(sections)),
            page=_Index(look, script_json(searched), files=files),
            pages=listed,
            inside=inside,
        )
    )
    stream.enable_buffering(64)
    return iter(stream)


def _counted_through(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries whose rows are numbered through each section, over all its partitions."""
    done: dict[int, int] = {}
    result = []
    for entry in entries:
        spans = []
        for span in entry.spans:
            spans.append(replace(span, first=done.get(span.section, 0) + 1))
            done[span.section] = done.get(span.section, 0) + span.rows
        result.append(replace(entry, spans=tuple(spans)))
    return result


def _listed(entry: Entry, titles: Sequence[str], several: bool, pages: int) -> _Listed:
    parts = []
    for span in entry.spans:
        title = titles[span.section] if several else ""
        rows = _rows(span)
        parts.append(f"{title}, {rows}" if title else f"{rows[0].upper()}{rows[1:]}")
    return _Listed(
        entry.name,
        entry.label,
        " · ".join(parts),
        " – ".join(plain_text(name, 40) for name in entry.names),
        entry.preview if pages <= _MOST_PREVIEWS else None,
    )


def _rows(span: Span) -> str:
    if span.rows == 1:
        return f"row {span.first:,}"
    return f"rows {span.first:,}–{span.first + span.rows - 1:,}"


def _searched(entry: Entry, titles: Sequence[str]) -> dict[str, object]:
    spans = [
        {
            "anchor": span.anchor,
            "first": span.first,
            "title": titles[span.section] if titles else "",
        }
        for span in entry.spans
    ]
    return {"name": entry.name, "label": entry.label, "spans": spans}


@lru_cache(maxsize=1)
def _script() -> str:
    return (Path(__file__).parent.parent / "templates" / "index.js").read_text(encoding="utf-8")
