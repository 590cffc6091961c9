"""Cells of a page as markup, and as what its script searches and sorts by."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.html import Html, escape, plain_text
from imgdisplay.report.facts import Distribution
from imgdisplay.report.filling import script_json
from imgdisplay.report.links import LONGEST_LINK
from imgdisplay.report.rows import Cell, Group, Image, Picture
from imgdisplay.report.values import plain

__all__ = ["bars_of", "cell_html", "image_class", "index_of", "link_from"]

LONGEST_TEXT = 5000
"""Characters of a text that are kept."""


def cell_html(cell: Cell, later: bool = False, *, folder: Path | None = None) -> Html:
    """Return what stands in a cell, on one line.

    Parameters
    ----------
    later
        Pictures are decoded only when they come near the window.
    folder
        Where the page will be; originals in it are linked from there.
    """
    if isinstance(cell, Picture):
        return _picture(cell, later, folder)
    if isinstance(cell.text, Html):
        return Html(cell.text.replace("\n", " "))
    text = escape(cell.text, LONGEST_TEXT).replace("\n", "&#10;")
    return Html(f'<span class="none">{text}</span>' if cell.missing and text else text)


def _picture(picture: Picture, later: bool, folder: Path | None) -> Html:
    broken = "imgdisplay-broken" if picture.reason else ""
    drawn = _image(picture.image, later, picture.alt, picture.title, broken)
    link = ""
    if picture.link:
        address = escape(link_from(picture.link, folder), LONGEST_LINK)
        link = f'<a class="original" href="{address}" rel="noreferrer">'
    if picture.view is not None:
        larger = _image(picture.view, later, picture.alt)
        more = f"{link}Open the original</a>" if link else ""
        drawn = f'<details class="zoom"><summary>{drawn}</summary>{larger}{more}</details>'
    elif link:
        drawn = f"{link}{drawn}</a>"
    if picture.more:
        drawn += f'<span class="more">+{picture.more} more</span>'
    if picture.reason:
        drawn += f'<span class="reason">{escape(picture.reason)}</span>'
    return Html(drawn)


def _image(image: Image, later: bool, alt: str, title: str = "", mark: str = "") -> str:
    marks = [mark] if mark else []
    marks += ["clear"] if image.transparent else []
    said = f' title="{escape(title)}"' if title else ""
    if image.shared:
        marks = ["shared", image_class(image.key), *marks]
        source, when = _NOTHING, ""
    else:
        source = image.file or write_data_uri(image.data, image.mime)
        when = ' loading="lazy" decoding="async"' if later else ""
    marked = f' class="{" ".join(marks)}"' if marks else ""
    return (
        f'<img{marked} src="{source}" width="{image.width}" height="{image.height}"'
        f' alt="{escape(alt or "image")}"{said}{when}>'
    )


_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One transparent pixel: what is seen is the background."""


def image_class(key: int) -> str:
    """Return the class of a picture that is stored once in the style of the page."""
    return f"p{key}"


def link_from(link: str, folder: Path | None) -> str:
    """Return the address of an original as seen from the folder of the page.

    A file within that folder is named from there, so that both can be moved together.

    Examples
    --------
    >>> link_from("file:///data/sub/a%20b.png", Path("/data"))
    'sub/a%20b.png'
    >>> link_from("file:///other/a.png", Path("/data"))
    'file:///other/a.png'
    """
    if folder is None or not link.startswith("file:///"):
        return link
    path = unquote(urlsplit(link).path)
    inside = os.path.relpath(path, folder) if os.path.isabs(path) else ""
    if not inside or inside.startswith(".."):
        return link
    named = quote(inside.replace(os.sep, "/"))
    return f"./{named}" if ":" in named.split("/")[0] else named


def index_of(group: Group) -> Html:
    """Return the cells of some rows as JSON for the script of the page.

    A cell is its text; ``[text, value]`` where the value to sort by is another than the text
    says; ``[name, reason, true]`` if it is an unreadable picture; ``null`` if there is nothing.
    """
    return script_json([[_entry(cell) for cell in row.cells] for row in group])


def _entry(cell: Cell) -> object:
    if isinstance(cell, Picture):
        name = plain_text(cell.alt)
        return [name, plain_text(cell.reason), True] if cell.reason else name
    if cell.missing:
        return None
    text = plain_text(plain(cell.text), LONGEST_TEXT)
    value = cell.value
    if value is None or math.isnan(value) or _as_scripts_read(text) == value:
        return text
    # JSON has no infinity, and readers of it take what is too large for one.
    return [text, value if math.isfinite(value) else math.copysign(1.7e308, value)]


def _as_scripts_read(text: str) -> float | None:
    """Return the number that a text is to JavaScript, which knows no ``inf`` and no ``1_000``."""
    return float(text) if _NUMBER.fullmatch(text) else None


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


_BAR, _HEIGHT = 5, 24


def bars_of(spread: Distribution) -> Html:
    """Return a distribution as a small picture."""
    most = max(spread.bars)
    bars = []
    for place, count in enumerate(spread.bars):
        height = max(1, round(count / most * _HEIGHT)) if count else 0
        if height:
            bars.append(f"M{place * _BAR} {_HEIGHT}v-{height}h{_BAR - 1}v{height}z")
    width = len(spread.bars) * _BAR
    return Html(
        f'<svg class="bars" width="{width}" height="{_HEIGHT}" viewBox="0 0 {width} {_HEIGHT}"'
        f' aria-hidden="true"><path d="{"".join(bars)}"/></svg>'
    )
