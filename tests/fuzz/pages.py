"""Every place where text stands, and what a page consists of besides its text."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pandas as pd
from zoo.images import encoded, photograph
from zoo.invariants import ATTRIBUTES, assert_picture

import imgdisplay
from imgdisplay import Report, gallery, image_formatter, img, style_pictures

PICTURE = photograph("coffee", (6, 4))
DATA = encoded(PICTURE)

Place = Callable[[], object]


class Named:
    """No picture, with a text of its own."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class Failing(Named):
    """Something that fails with a text."""

    def __imgdisplay__(self) -> object:
        raise RuntimeError(self.text)


def frame_of(text: str) -> pd.DataFrame:
    """Return a frame with a text in its cells, its index, its columns and their names."""
    # Objects: pandas 3 does not take every hostile text for a string.
    return pd.DataFrame(
        [[text, PICTURE, Failing(text)], ["another", PICTURE, {"bytes": DATA, "path": text}]],
        index=pd.Index([text, "b"], dtype=object, name=text),
        columns=pd.Index([text, "picture", "other"], dtype=object, name=text),
        dtype=object,
    )


def places_of(text: str) -> dict[str, Place]:
    """Return what puts a text in each place of markup."""
    frame = frame_of(text)
    return {
        "alternative text": lambda: img(PICTURE, alt=text),
        "captions": lambda: gallery([PICTURE, b"x"], captions=[text, text]),
        "cell": lambda: image_formatter(text),
        "error": lambda: gallery([Named(text), Failing(text), {text: 1}, [Named(text)]]),
        "file name": lambda: img({"bytes": DATA, "path": text}),
        "keys": lambda: gallery({text: PICTURE, "b": b"x"}),
        "frame": lambda: imgdisplay.table(frame, columns=["picture", "other"]),
        "path": lambda: gallery([text, {"path": text}]),
        "row": lambda: imgdisplay.table(frame, columns=["picture"], alt=text),
        "series": lambda: imgdisplay.table(
            pd.Series([text, PICTURE], index=frame.index, name=_encodable(text), dtype=object)
        ),
        "styler": lambda: style_pictures(frame.style, ["picture", "other"]).to_html(),
    }


def report_of(text: str, number: int = 0) -> str:
    """Return a page with a text in its title and in one of its parts."""
    title = text if number & 4 else "Report"
    report: Any = Report(title)
    if number % 4 == 0:
        report.add(frame_of(text), title=text, caption=text)
    elif number % 4 == 1:
        report.add({text: PICTURE, "b": b"x"}, title=text, caption=text)
    elif number % 4 == 2:
        report.add([Named(text), Failing(text), {"bytes": DATA, "path": text}])
    else:
        report.add(text, title=text).add(frame_of(text).iloc[:, :1], caption=text)
    with tempfile.TemporaryDirectory() as folder:
        return Path(report.save(Path(folder) / "page.html")).read_text("utf-8")


def twin(text: str) -> str:
    """Return a harmless text that is otherwise like another: as long, with the same lines.

    An address of data stays one, since it is meant as a picture.
    """
    meaning = "[<>&\"'`\\\\]" if text[:5].lower() == "data:" else "[<>&\"'`=/\\\\:%]"
    return re.sub(meaning, "x", text)


def _encodable(text: str) -> str:
    """Return a text that pandas 3 takes for the name of a Series that becomes a frame."""
    return text.encode("utf-8", "replace").decode()


Part = tuple[str, str, tuple[str, ...]]


def skeleton(html: str) -> list[Part]:
    """Return each element of a page with its parent's name and the names of its attributes.

    Left out are the pictures, after a look at what they say, and the notes below a table.
    """
    body = _parser().parse(f"<!doctype html>{html}" if "<html" not in html[:500] else html)
    parts: list[Part] = []
    _walk(body, "", parts)
    return parts


@functools.cache
def _parser() -> Any:
    return html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)


def _walk(element: Any, parent: str, parts: list[Part]) -> None:
    attributes = dict(element.attrib)
    if not isinstance(element.tag, str):  # a comment
        parts.append(("comment", parent, ()))
        return
    if element.tag == "img" and set(attributes) <= ATTRIBUTES["img"]:
        assert_picture(_Tag(attributes))
        return
    if element.tag == "p" and attributes.get("class") in ("imgdisplay-note", "note"):
        assert [child.tag for child in element.iter()][1:] in ([], ["small"])
        return
    parts.append((element.tag, parent, tuple(sorted(attributes))))
    for child in element:
        _walk(child, element.tag, parts)


class _Tag(dict[str, str]):
    """Attributes, as `assert_picture` asks for them."""

    @property
    def attrs(self) -> dict[str, str]:
        return self
