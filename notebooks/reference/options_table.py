"""The table of all options, made of the one list that there is; a hook of mkdocs."""

from __future__ import annotations

import dataclasses
from typing import Any

import imgdisplay

PLACE = "<!-- options -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the table in the place that a page has for it."""
    return markdown.replace(PLACE, table())


def table() -> str:
    """Return names, defaults and meanings of all options as Markdown."""
    rows = [
        f"| `{option.name}` | `{option.default!r}` | {option.metadata['about']} |"
        for option in dataclasses.fields(imgdisplay.Options)
    ]
    return "\n".join(["| Option | Default | Meaning |", "|---|---|---|", *rows])
