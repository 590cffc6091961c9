r"""Text in Markdown that is read as text again (GitHub Flavored Markdown, version 0.29).

Besides the specification, GitHub makes links of addresses, formulas of what stands between
dollars, and pictures of words between colons.
"""

from __future__ import annotations

import html
import re

from imgdisplay.core.html import TEXT_LIMIT, Html, plain_text

__all__ = ["attribute", "block_markup", "block_text", "inline_markup", "inline_text", "paragraphs"]

_LONGEST = 5000

_ESCAPED = re.compile(r"([\\`*_\[\]#~|])")
_NAMED_PICTURE = re.compile(r":(?=(?:100|1234|\d*[A-Za-z_+-][\w+-]*):)")  # and no time of day
_ADDRESS = re.compile(r"(?i)(https?|ftp)://|(www)\.|@(?=\w)|(xmpp|mailto):")
_LIST = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])")


def inline_text(text: str, limit: int = _LONGEST) -> str:
    """Return text for a line of Markdown, be it a heading, a paragraph or a cell of a table.

    Line ends become ``<br>``.

    Examples
    --------
    >>> print(inline_text("a|b *c* <d>"))
    a\\|b \\*c\\* &lt;d&gt;
    """
    return "<br>".join(map(_line, plain_text(text, limit).strip().split("\n")))


def _line(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", block_text(text))


def block_text(text: str) -> str:
    """Return text for a block of markup, in which backslashes are no escapes.

    Examples
    --------
    >>> print(block_text("<i> *b*"))
    &lt;i&gt; *b*
    """
    clean = plain_text(" ".join(text.split()), len(text) + 1)
    broken = _ADDRESS.sub(_broken, _NAMED_PICTURE.sub("\0:\1", clean)).replace("$", "\0$\1")
    return html.escape(broken, quote=False).replace("\0", "<span>").replace("\1", "</span>")


def _broken(found: re.Match[str]) -> str:
    """Return the beginning of an address in two pieces of text, so that it is none."""
    first, rest = found[0][:-1], found[0][-1]
    return f"{first}\0{rest}\1"


def paragraphs(text: str) -> str:
    """Return paragraphs of text as Markdown, with their lines where they were.

    Examples
    --------
    >>> print(paragraphs("1. one\\n- two\\n\\n    three"))
    1\\. one<br>- two
    <BLANKLINE>
    three
    """
    parts = re.split(r"\n[ \t]*\n\s*", text.strip())
    return "\n\n".join(_LIST.sub(_no_list, inline_text(part, len(part) + 1)) for part in parts)


def _no_list(found: re.Match[str]) -> str:
    return f"\\{found[3]}" if found[3] else f"{found[1]}\\{found[2]}"


def inline_markup(content: Html) -> str:
    """Return simple markup for a line of Markdown: its text stays text."""
    pieces = re.split(r"(<[^>]*>)", content)
    drawn = [
        _tag(piece) if number % 2 else _between(html.unescape(piece))
        for number, piece in enumerate(pieces)
    ]
    return "".join(drawn).strip()


def _tag(tag: str) -> str:
    return re.sub(r"\s+", " ", tag).translate(_IN_TABLES)


def _between(text: str) -> str:
    flat = re.sub(r"\s+", " ", text)
    start, end = flat[: len(flat) - len(flat.lstrip())], flat[len(flat.rstrip()) :]
    return f"{start}{_line(flat)}{end}" if flat.strip() else flat


def block_markup(content: Html) -> str:
    """Return simple markup as a block of its own, which an empty line would end.

    Markdown takes nothing within it for its own (section 4.6).

    Examples
    --------
    >>> print(block_markup(Html("<pre>a\\n\\n*b*</pre>")))
    <div>
    <pre>a&#10;&#10;*b*</pre>
    </div>
    """
    flat = re.sub(r"\n(?:[ \t]*\n)+", lambda gap: "&#10;" * gap[0].count("\n"), content.strip())
    return f"<div>\n{flat}\n</div>"


def attribute(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return text for the value of an attribute in double quotes, in one line.

    Examples
    --------
    >>> attribute('a|"b"')
    'a&#124;&#34;b&#34;'
    """
    flat = html.escape(plain_text(" ".join(text.split()), limit), quote=False)
    return flat.translate(_IN_ATTRIBUTES)


_IN_TABLES = {ord(one): f"&#{ord(one)};" for one in "|`$"}
_IN_ATTRIBUTES = {**_IN_TABLES, ord('"'): "&#34;"}
