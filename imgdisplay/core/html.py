"""Safe markup as a type, and the one place where text becomes markup.

A plain ``str`` is text and is escaped; only `Html` goes in as markup. The style of an
``<img>`` uses nothing that JupyterLab's sanitiser drops from an untrusted notebook.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = [
    "Html",
    "escape",
    "figures",
    "img_tag",
    "markup",
    "plain_text",
    "small_print",
    "whole_characters",
    "zoomable",
]

TEXT_LIMIT = 200
"""Characters of a caption, title or alternative text that are kept."""

# Controls except tab and newline, lone surrogates, and everything that reorders or hides text:
# bidi embeddings, overrides and isolates (Unicode UAX #9), zero-width marks, the BOM.
_UNSAFE_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)

# A checkerboard in two middle greys, so that black and white both stand out on it in light and
# dark themes. 16×16 pixels, 1 bit each, written once by Pillow's PNG encoder.
_CHECKERBOARD = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEVwcHCKioocC3D0AAAAFUlEQVR42mNg"
    "+M/EwICJGP4zYBUHAEeLAhsNln6jAAAAAElFTkSuQmCC"
)


class Html(str):
    """Markup that is safe to put into a page as it stands.

    It displays itself in a notebook (``_repr_html_``), and template engines that follow the
    ``__html__`` convention of MarkupSafe do not escape it again. What comes out of string
    operations on it is a plain ``str``, which counts as text.

    Only what you have escaped or written yourself belongs into it: nothing is taken out.

    Examples
    --------
    >>> Html("<b>bold</b>")
    <Html, 11 characters>
    >>> str(Html("<b>bold</b>"))
    '<b>bold</b>'
    """

    __slots__ = ()

    def __html__(self) -> Html:
        return self  # and not a plain str, which MarkupSafe would escape once more

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        # The default repr would store the base64 of every picture once more as text/plain.
        return f"<Html, {len(self)} characters>"


def markup(drawn: str) -> Html:
    """Return markup that somebody else has escaped, without lone surrogates.

    They are no characters (Unicode 15, section 3.9) and could not be written as UTF-8.
    """
    return Html(whole_characters(drawn))


def whole_characters(text: str) -> str:
    """Return a text with U+FFFD in the place of lone surrogates."""
    return _LONE_SURROGATE.sub("\ufffd", text)


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: object, limit: int = TEXT_LIMIT) -> str:
    """Return `text` without characters that control, reorder or hide, cut at `limit`.

    Controls, lone surrogates and bidi overrides become U+FFFD. An object that has no text, such
    as a number of too many digits, is called by its type.

    Examples
    --------
    >>> plain_text("a\\x00b\\u202ec")
    'a�b�c'
    """
    try:
        kept = str(text)[: limit + 1]
    except Exception:  # whatever somebody's class does: one cell must not cost its table
        kept = f"<{type(text).__name__}>"
    if len(kept) > limit:
        kept = kept[: limit - 1] + "…"
    return _UNSAFE_TEXT.sub("\ufffd", kept)


def escape(text: object, limit: int = TEXT_LIMIT) -> Html:
    """Return `text` as markup: `Html` as it is, anything else escaped.

    Examples
    --------
    >>> str(escape('<a title="x">'))
    '&lt;a title=&quot;x&quot;&gt;'
    """
    if isinstance(text, Html):
        return text
    return Html(html.escape(plain_text(text, limit), quote=True))


def img_tag(
    src: str,
    *,
    width: int,
    height: int,
    alt: str,
    title: str = "",
    css_class: str = "imgdisplay",
    transparent: bool = False,
) -> Html:
    """Return one ``<img>`` element drawn at `width` × `height` CSS pixels.

    Parameters
    ----------
    src
        A ``data:`` or ``cid:`` address or a relative file name.
    width, height
        Size drawn, in CSS pixels.
    alt
        Alternative text; must not be empty, because some front ends then write their own.
    title
        Shown when the pointer rests on the picture.
    transparent
        Draw a checkerboard behind the picture.
    """
    # Both the attributes and the style: front ends shrink images to their cell with
    # `max-width:100%;height:auto`, and only the pair holds the size in a crowded table.
    style = f"width:{width}px;height:{height}px;max-width:none;vertical-align:middle"
    if transparent:
        style += f";background-image:url({_CHECKERBOARD})"
    said = f' title="{escape(title)}"' if title else ""
    return Html(
        f'<img class="{escape(css_class)}" src="{html.escape(src, quote=True)}"'
        f' width="{width:d}" height="{height:d}" alt="{escape(alt or "image")}"{said}'
        f' style="{style}">'
    )


def zoomable(picture: Html, larger: Html) -> Html:
    """Return a picture that opens a larger view on a click, without script."""
    return Html(f'<details class="imgdisplay-zoom"><summary>{picture}</summary>{larger}</details>')


def small_print(note: str) -> Html:
    """Return one quiet line below a table or gallery."""
    return Html(f'<p class="imgdisplay-note"><small>{escape(note, limit=1000)}</small></p>')


def caption(label: str | Html) -> Html:
    """Return a caption line for a figure; empty for an empty label."""
    return Html(f"<figcaption>{escape(label)}</figcaption>") if label else Html()


def figures(cells: Iterable[tuple[Html, str | Html]], *, columns: int | None = None) -> Html:
    """Return pictures with captions as a grid: in rows of `columns`, or as they fit.

    The grid needs no style sheet, since untrusted notebooks drop those.
    """
    style = "display:inline-block;margin:4px;vertical-align:top;text-align:center"
    drawn = [
        f'<figure style="{style}">{picture}{caption(label)}</figure>' for picture, label in cells
    ]
    if columns is None:
        return Html(f'<div class="imgdisplay-gallery">{"".join(drawn)}</div>')
    rows = (drawn[start : start + columns] for start in range(0, len(drawn), columns))
    return Html(
        '<div class="imgdisplay-gallery">'
        + "".join(f"<div>{''.join(row)}</div>" for row in rows)
        + "</div>"
    )
