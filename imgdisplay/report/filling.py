"""What fills the templates of reports; nothing of the data is markup in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imgdisplay.core.html import Html, plain_text
from imgdisplay.errors import missing_extra

if TYPE_CHECKING:
    import jinja2

__all__ = ["environment", "script_json"]


def environment(longest: int) -> jinja2.Environment:
    """Return what finds and fills the templates.

    Parameters
    ----------
    longest
        Characters of a text that are kept.

    Raises
    ------
    MissingExtra
        If Jinja2 is not installed.

    Examples
    --------
    >>> environment(5).from_string("{{ title }}").render(title="<b>bold</b>")
    '&lt;b&gt;b…'
    """
    try:
        import jinja2
    except ImportError as error:
        raise missing_extra("reports need Jinja2", "report") from error

    def shown(value: object) -> object:
        """Return text without what controls or reorders it."""
        if hasattr(value, "__html__") or not isinstance(value, str):
            return value
        return plain_text(value, longest)

    return jinja2.Environment(
        loader=jinja2.PackageLoader("imgdisplay.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def script_json(value: object) -> Html:
    """Return a value as JSON for an element ``<script type="application/json">``.

    Nothing in it ends the element or begins a comment (HTML, section 13.2.5.4).

    Examples
    --------
    >>> print(script_json({"a": "</script>"}))
    {"a":"\\u003c/script\\u003e"}
    """
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for mark in "<>&":
        said = said.replace(mark, f"\\u{ord(mark):04x}")
    return Html(said)
