"""Markup for readers that run no script, know no style sheet and fetch nothing.

Mail programs and GitHub are such readers. Safe markup that was made for a page or a notebook is
cut down to what they show, and its ``data:`` pictures are given other addresses.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType

from imgdisplay.core.datauri import is_data_uri, read_data_uri
from imgdisplay.core.html import Html, markup
from imgdisplay.errors import DecodeError, missing_extra

__all__ = ["simple_markup"]


def simple_markup(
    content: Html, place: Callable[[bytes], str | None], *, styled: bool = False
) -> Html:
    """Return markup without script, style sheets, classes and foreign addresses.

    Elements that are left open are closed, so that it ends where it ought to end.

    Parameters
    ----------
    content
        Safe markup.
    place
        Takes the bytes of a picture and returns the address to show it from, or None if there
        is nothing to show but its alternative text.
    styled
        Keep ``style`` attributes, as far as all mail programs understand them.

    Raises
    ------
    MissingExtra
        If nh3 is not installed.

    Examples
    --------
    >>> made = Html('<p class="a" onclick="b()">1<script>c()</script> <img src="data:,x" alt="d">')
    >>> str(simple_markup(made, lambda data: "pictures/x.png"))
    '<p>1 <img src="pictures/x.png" alt="d"></p>'
    """
    nh3 = _nh3()
    token = secrets.token_hex(8)
    sources: list[str] = []

    def kept(element: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            sources.append(value)
            return f"{token}-{len(sources) - 1}"
        if attribute == "href" and not value.lower().startswith(_LINKS):
            return None
        return value

    def placed(found: re.Match[str]) -> str:
        data = _picture(sources[int(found[1])])
        address = None if data is None else place(data)
        return "" if address is None else f' src="{address}"'

    cleaned = nh3.clean(
        _ONLY_SMALL.sub(r"\1", markup(content)) if styled else markup(content),
        tags=_ELEMENTS,
        clean_content_tags=_CLOSED,
        attributes={**_ATTRIBUTES, "*": _EVERYWHERE | ({"style"} if styled else set())},
        attribute_filter=kept,
        url_schemes={"data", "http", "https", "mailto"},
        filter_style_properties=_PROPERTIES,
        link_rel=None,
    )
    return Html(re.sub(rf' src="{token}-(\d+)"', placed, cleaned))


def _picture(address: str) -> bytes | None:
    if not is_data_uri(address):
        return None
    try:
        return read_data_uri(address)[0]
    except DecodeError:
        return None


@lru_cache(maxsize=1)
def _nh3() -> ModuleType:
    try:
        import nh3
    except ImportError as error:
        raise missing_extra("markup in mail and Markdown needs nh3", "report") from error
    return nh3


def _set_of(words: str) -> set[str]:
    return set(words.split())


# A view that opens on a click would stand open beside the small one.
_ONLY_SMALL = re.compile(
    r'<details class="imgdisplay-zoom"><summary>(.*?)</summary>.*?</details>', re.DOTALL
)

_LINKS = ("https://", "http://", "mailto:")

_ELEMENTS = _set_of(
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div "
    "dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby "
    "s samp small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u "
    "ul var wbr"
)

_CLOSED = _set_of("audio canvas iframe math noscript object script style svg template title video")
"""Elements that go with all that is in them."""

_EVERYWHERE = _set_of("align colspan dir height lang rowspan title valign width")
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start", "type"},
    "table": _set_of("border cellpadding cellspacing"),
}

_PROPERTIES = _set_of(
    "background-color border border-bottom border-collapse border-left border-right border-spacing "
    "border-top color display font font-family font-size font-style font-weight height "
    "letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top max-width padding padding-bottom padding-left padding-right padding-top text-align "
    "text-decoration text-transform vertical-align white-space width word-break"
)
"""Style properties that take no address."""
