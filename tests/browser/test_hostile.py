"""Hundreds of hostile texts in every place: no script, no request, and the pictures still there."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jupyterlab
import nbformat
import numpy as np
import pandas as pd
import polars as pl
import pytest
from fuzz.pages import Failing, Named
from kernels import execute
from PIL import Image
from zoo.hostile import HOST, HOSTILE
from zoo.images import encoded

from imgdisplay import Report, gallery, image_formatter, img, overlay, style_pictures, table

pytestmark = pytest.mark.browser

COUNT = len(HOSTILE)
PICTURE = Image.new("RGB", (9, 9), "teal")
PICTURES = [Image.new("RGB", (9, 9), (number % 256, number // 256, 99)) for number in range(COUNT)]
DATA = encoded(PICTURE)
LOOK: Any = {"size": 9, "scale": 1, "max_output_bytes": 2**30, "timeout": 600}


def column(values: Sequence[object]) -> Any:
    """Return values as they are: pandas 3 does not take every hostile text for a string."""
    result = np.empty(len(values), object)
    result[:] = values
    return pd.Series(result, dtype=object)


def labels(name: object = None) -> pd.Index[Any]:
    return pd.Index(HOSTILE, dtype=object, name=name, tupleize_cols=False)


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# --------------------------------------------------------------------------- the places

TEXTS = pd.DataFrame({"text": column(HOSTILE), "picture": column(PICTURES)})


def _columns() -> str:
    cells = np.empty((1, COUNT), object)
    cells[0, :] = PICTURES
    return table(pd.DataFrame(cells, columns=labels(HOSTILE[0])), max_cols=None, **LOOK)


def _index() -> str:
    frame = pd.DataFrame({"p": column(PICTURES)}).set_axis(labels(HOSTILE[7]))
    return table(frame, max_rows=None, **LOOK)


def _levels() -> str:
    index = pd.MultiIndex.from_arrays([labels(), labels()], names=[HOSTILE[3], HOSTILE[9]])
    frame = pd.DataFrame({"p": column(PICTURES)}).set_axis(index)
    return table(frame, max_rows=None, **LOOK)


def _names() -> str:
    frames = []
    for text in HOSTILE:
        frame = pd.DataFrame({"p": column([PICTURE])}, index=pd.RangeIndex(1))
        frame.index.name = frame.columns.name = text
        frames.append(table(frame, **LOOK))
    return "".join(frames)


def _lists() -> str:
    cells = [[text] for text in HOSTILE[:200]] + [{text: text} for text in HOSTILE[200:400]]
    cells += [(text, 1) for text in HOSTILE[400:600]] + [Named(text) for text in HOSTILE[600:]]
    return table(TEXTS.assign(text=column(cells)), max_rows=None, **LOOK)


def _polars() -> str:
    names = dict.fromkeys(encodable(text) for text in HOSTILE)
    wide = pl.DataFrame({name: [DATA] for name in names})
    long = pl.DataFrame({"text": list(names), "p": [DATA] * len(names)})
    return table(long, max_rows=None, **LOOK) + table(wide, max_cols=None, **LOOK)


def _recipe() -> str:
    look = image_formatter.with_options(**LOOK)
    return TEXTS.to_html(formatters=[look] * 2, escape=False)


def _styler() -> str:
    frame = TEXTS.set_axis(labels(HOSTILE[5])).rename_axis(columns=HOSTILE[11])
    frame.columns = pd.Index([HOSTILE[1], "picture"], dtype=object, name=HOSTILE[2])
    odd = column([[text] for text in HOSTILE])
    return style_pictures(frame.assign(odd=odd.to_numpy()).style, ["picture"], **LOOK).to_html()


def _labelled() -> str:
    boxes, tags = column([[[1, 1, 5, 5]]] * COUNT), column([[text] for text in HOSTILE])
    frame = TEXTS.assign(boxes=boxes, tags=tags)
    plan = overlay(boxes="boxes", labels="tags")
    return table(frame, {"picture": plan}, alt="text", max_rows=None, **LOOK)


PLACES: dict[str, Callable[[], str]] = {
    "cells": lambda: table(TEXTS, max_rows=None, **LOOK),
    "cells of other things": _lists,
    "columns": _columns,
    "index": _index,
    "levels of an index": _levels,
    "names of axes": _names,
    "a row's alternative texts": lambda: table(TEXTS, alt="text", max_rows=None, **LOOK),
    "labels of boxes": _labelled,
    "captions": lambda: gallery(PICTURES, captions=HOSTILE, **LOOK),
    "keys": lambda: gallery(dict(zip(HOSTILE, PICTURES, strict=True)), **LOOK),
    "a series": lambda: gallery(pd.Series(column(PICTURES).array, labels()), **LOOK),
    "alternative texts": lambda: "".join(img(PICTURE, alt=text, **LOOK) for text in HOSTILE),
    "names of files": lambda: gallery([{"bytes": DATA, "path": t} for t in HOSTILE], **LOOK),
    "names of pages": lambda: gallery([Path("/gone/" + text) for text in HOSTILE], **LOOK),
    "paths": lambda: gallery(HOSTILE, **LOOK),
    "errors": lambda: gallery([*map(Named, HOSTILE), *map(Failing, HOSTILE)], **LOOK),
    "keys of wrong dicts": lambda: gallery([{text: 1} for text in HOSTILE], **LOOK),
    "data URIs": lambda: gallery([f"data:image/png;base64,{text}" for text in HOSTILE], **LOOK),
    "data URIs of odd types": lambda: gallery([f"data:{t};base64,x" for t in HOSTILE], **LOOK),
    "a formatter": lambda: "<br>".join(map(image_formatter, HOSTILE)),
    "the recipe of to_html": _recipe,
    "a Styler": _styler,
    "polars": _polars,
}

LEAST = {"a formatter": 0, "errors": 2 * COUNT, "polars": COUNT}
"""How many pictures there are, if not one for each text; data URIs become some, too."""


def _reports(folder: Path) -> dict[str, Path]:
    """Write pages with hostile texts in every place of theirs."""
    sections = Report("Sections")
    for text in HOSTILE[::3]:
        sections.add([PICTURE], title=text, caption=text, **LOOK).add(text, title=text)
    frame = TEXTS.set_axis(labels(HOSTILE[4]))
    frame.columns = pd.Index([HOSTILE[1], "picture"], dtype=object, name=HOSTILE[2])
    made = {
        "sections": sections,
        "cells": Report("Cells").add(frame, **LOOK),
        "columns": Report("Columns").add(
            pd.DataFrame([[*HOSTILE[:300], PICTURE]], columns=pd.Index([*HOSTILE[:300], "p"])),
            **LOOK,
        ),
        "captions": Report("Captions").add(dict(zip(HOSTILE, PICTURES, strict=True)), **LOOK),
        "errors": Report("Errors")
        .add([*map(Failing, HOSTILE), *map(Named, HOSTILE)], **LOOK)
        .add([{"bytes": DATA, "path": text} for text in HOSTILE], **LOOK),
        "files": Report("Files").add(_files(folder / "files"), **LOOK),
    }
    return {name: report.save(folder / f"{name}.html") for name, report in made.items()}


def _files(folder: Path) -> Path:
    """Make a picture for each text that can be the name of a file."""
    folder.mkdir()
    for text in HOSTILE:
        name = re.sub("[/\0]", "\u2215", text)[:60] + ".png"
        try:
            (folder / name).write_bytes(DATA)
        except (OSError, ValueError):
            continue
    assert len(list(folder.iterdir())) > 400
    return folder


# --------------------------------------------------------------------------- the browser

PICTURES_SHOWN = """
(() => {
  const drawn = element => getComputedStyle(element).backgroundImage.startsWith('url("data:image/');
  return [...document.images].filter(img => img.naturalWidth > 0).length
    + [...document.querySelectorAll("span[role=img]")].filter(drawn).length;
})()
"""

FOUND = """
() => {
  const all = [...document.querySelectorAll("*")];
  const fetching = new Set(["https:", "http:", "ftp:", "javascript:", "vbscript:", "ws:"]);
  return {
    title: document.title.slice(0, 60),
    frames: window.length,
    broken: [...document.images].filter(img => !img.naturalWidth)
      .map(img => img.outerHTML.slice(0, 200)),
    strangers: all.filter(element =>
      ["IFRAME", "OBJECT", "EMBED", "LINK", "BASE", "FORM", "AUDIO", "VIDEO", "APPLET", "FRAME",
       "MATH", "XMP", "PLAINTEXT", "MARQUEE", "TEMPLATE", "B", "X", "IMAGE"]
        .includes(element.tagName)
      || element.tagName.includes("-")
      || (element.tagName === "IMG" && !element.src.startsWith("data:image/"))
      || [...element.attributes].some(({name, value}) => name.startsWith("on")
        || (["href", "src", "action", "formaction", "background", "poster"].includes(name)
            && fetching.has(value.trim().toLowerCase().split(":")[0] + ":")))
    ).map(element => element.outerHTML.slice(0, 4000)),
    ran: window.ran ?? 0,
    scripts: [...document.scripts].filter(script => script.type !== "application/json"
        && script.textContent.includes("window.ran"))
      .map(script => script.textContent.slice(0, 200)),
  };
}
"""


_OWN = re.compile(r'<link rel="icon" href="data:,">|<b(?: style="[^"]*")?>[^<]*</b>')
"""What a report says lest the browser asks for an icon, and how it prints names and numbers."""


class Watched:
    """A page that notes everything that it should not do."""

    def __init__(self, new_page: Callable[..., Any], **options: Any) -> None:
        self.page = new_page(**options)
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url[:200]))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.context.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())

    def shows(self, path: Path) -> dict[str, Any]:
        """Open a page, and return what is on it."""
        self.requests.clear()
        self.said.clear()
        self.page.goto(path.as_uri())
        most = self._looked_at()
        found: dict[str, Any] = self.page.evaluate(FOUND)
        asked = [url for url in self.requests if not url.startswith("data:")]
        assert asked == [path.as_uri()]
        assert self.said == []
        assert self.page.url == path.as_uri()
        assert self.page.evaluate("window.ran ?? 0") == 0
        assert len(self.page.frames) == 1
        return found | {"most": most, "pictures": self.page.evaluate(PICTURES_SHOWN)}

    def _looked_at(self) -> int:
        """Look at all of a page, and return the most pictures that were there at a time."""
        self.page.evaluate("for (const img of document.images) img.loading = 'eager'")
        most, top = 0, 0
        while top < self.page.evaluate("document.documentElement.scrollHeight"):
            self.page.evaluate(f"scrollTo(0, {top})")
            self.page.wait_for_timeout(20)
            most = max(most, self.page.evaluate(PICTURES_SHOWN))
            top += max(800, self.page.evaluate("document.documentElement.scrollHeight") // 12)
        self.page.wait_for_timeout(50)  # for what would be asked afterwards
        return most


def assert_quiet(found: dict[str, Any]) -> None:
    """Hold that nothing ran and nothing strange is there."""
    assert found["ran"] == 0
    assert found["frames"] == 0
    strangers = [one for one in found["strangers"] if not _OWN.fullmatch(one)]
    assert strangers == []
    assert found["scripts"] == []
    assert found["broken"] == []


def page_of(html: str) -> str:
    return f"<!doctype html><meta charset=utf-8><title>Page</title><body>{html}</body>"


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """Give the markup of every place."""
    return {name: str(place()) for name, place in PLACES.items()}


def test_the_texts_are_many_and_differ() -> None:
    assert len(set(HOSTILE)) == COUNT >= 600
    assert sum("window.ran" in text for text in HOSTILE) > 300
    assert sum(HOST in text for text in HOSTILE) > 80


def test_the_texts_run_and_fetch_where_nobody_escapes_them(
    new_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = Watched(new_page)
    scripts = requests = 0
    for number, text in enumerate(HOSTILE[:120:3]):
        path = tmp_path / f"{number}.html"
        path.write_text(page_of(f"<p>{encodable(text)}"), "utf-8")
        page.requests.clear()
        page.page.goto(path.as_uri())
        page.page.wait_for_timeout(15)
        scripts += any(frame.evaluate("window.ran ?? 0") for frame in page.page.frames[:1])
        requests += any(HOST in url for url in page.requests)
    assert scripts > 10
    assert requests > 10


@pytest.mark.parametrize("place", PLACES)
def test_nothing_runs_or_is_fetched_in(
    place: str, drawn: dict[str, str], new_page: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(drawn[place]), "utf-8")

    found = Watched(new_page).shows(path)

    assert_quiet(found)
    assert found["title"] == "Page"
    assert found["pictures"] == drawn[place].count("<img ") >= LEAST.get(place, COUNT)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return _reports(tmp_path_factory.mktemp("reports"))


def test_with_its_policy_a_report_shows_its_pictures(
    reports: dict[str, Path], new_page: Callable[..., Any]
) -> None:
    found = Watched(new_page).shows(reports["cells"])

    assert_quiet(found)
    assert found["most"] > 0


@pytest.mark.parametrize("name", ["sections", "cells", "columns", "captions", "errors", "files"])
class TestReports:
    # The policy is the second wall: the first has to hold without it.
    def test_nothing_runs_or_is_fetched_without_policy_in_a_report_of(
        self, name: str, reports: dict[str, Path], new_page: Callable[..., Any]
    ) -> None:
        found = Watched(new_page, bypass_csp=True).shows(reports[name])

        assert_quiet(found)
        assert found["most"] > 0

    def test_all_pictures_are_there_without_script_in_a_report_of(
        self, name: str, reports: dict[str, Path], new_page: Callable[..., Any]
    ) -> None:
        found = Watched(new_page, java_script_enabled=False).shows(reports[name])

        assert_quiet(found)
        least = {"sections": len(HOSTILE[::3]), "columns": 1, "errors": 3 * COUNT, "files": 400}
        assert found["pictures"] >= least.get(name, COUNT)


def test_nothing_runs_or_is_fetched_in_a_report_by_its_title(
    new_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = Watched(new_page, bypass_csp=True)
    several = 24
    for start in range(0, COUNT, several):
        title = " ".join(text[:400] for text in HOSTILE[start : start + several])
        path = Report(title).add([PICTURE]).save(tmp_path / "page.html")
        found = page.shows(path)
        assert_quiet(found)
        assert found["pictures"] >= 1


# --------------------------------------------------------------------------- mail


def test_nothing_runs_or_is_fetched_in_a_mail(new_page: Callable[..., Any], tmp_path: Path) -> None:
    page = Watched(new_page)
    several = 80
    for start in range(0, COUNT, several):
        texts, pictures = HOSTILE[start : start + several], PICTURES[start : start + several]
        cells = {texts[0]: column(texts), "p": column(pictures)}
        index = pd.Index(texts, dtype=object, name=texts[-1])
        frame = pd.DataFrame(cells).set_axis(index)
        report = Report(texts[0]).add(frame, title=texts[1], caption=texts[-2], **LOOK)
        report.add(dict(zip(texts[:9], pictures, strict=False)), **LOOK).add(texts[-1])

        sent = bytes(report.to_email(subject=texts[-1], to="ann@example.org", attach=False))

        message: Any = email.message_from_bytes(sent, policy=email.policy.default)
        assert sorted(message.keys()) == ["Content-Type", "Date", "MIME-Version", "Subject", "To"]
        assert str(message["To"]) == "ann@example.org"
        kinds = [part.get_content_type() for part in message.walk()]
        assert set(kinds[4:]) <= {"image/png", "image/jpeg"}
        html = message.get_body(("related",)).get_body(("html",)).get_content()
        for part in message.walk():
            if part["Content-ID"]:
                data = base64.b64encode(part.get_content()).decode()
                address = f"data:{part.get_content_type()};base64,{data}"
                html = html.replace(f"cid:{part['Content-ID'].strip('<>')}", address)
        path = tmp_path / "mail.html"
        path.write_text(html, "utf-8")
        found = page.shows(path)
        assert_quiet(found)
        assert found["pictures"] == html.count("<img ") >= len(texts)


# --------------------------------------------------------------------------- JupyterLab

TRUSTED = """
from pathlib import Path
from IPython.display import HTML
HTML(Path({name!r}).read_text("utf-8"))
"""

IN_LAB = {
    "untrusted": ("cells of other things", "levels of an index", "captions", "a Styler"),
    # As Lab takes the markup as it is, the tests above have seen the same.
    "trusted": ("captions",),
}
"""One place for each kind of markup."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jupyterlab.Server]:
    if not jupyterlab.is_installed():
        if os.environ.get("CI"):
            pytest.fail("JupyterLab is not installed, and CI must run the browser tests")
        pytest.skip("JupyterLab is not installed")
    with jupyterlab.running(tmp_path_factory.mktemp("jupyterlab")) as started:
        yield started


def _notebook(cells: Sequence[Any]) -> Any:
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return notebook


@pytest.mark.parametrize("trust", IN_LAB)
def test_nothing_runs_or_is_fetched_in_jupyterlab(
    trust: str, browser: Any, server: jupyterlab.Server, drawn: dict[str, str]
) -> None:
    cells, places = [], IN_LAB[trust]
    for number, place in enumerate(places):
        if trust == "trusted":
            (server.folder / f"{number}.html").write_text(drawn[place], "utf-8")
            cells.append(nbformat.v4.new_code_cell(TRUSTED.format(name=f"{number}.html")))
        else:
            output = nbformat.v4.new_output("display_data", data={"text/html": drawn[place]})
            cells.append(nbformat.v4.new_code_cell(outputs=[output], execution_count=1))
    name = f"hostile-{trust}.ipynb"
    nbformat.write(_notebook(cells), server.folder / name)

    with jupyterlab.opened(browser, server, name) as notebook:
        if trust == "trusted":
            notebook.run()
        images = notebook.images()
        scripted = notebook.scripted()
        ran = notebook.page.evaluate("window.ran ?? 0")
        trusted = notebook.trusted()
        expected = notebook.written([drawn[place] for place in places])

    assert all(trusted) is (trust == "trusted")
    assert ran == 0
    assert scripted == []
    assert notebook.strangers == []
    assert len(images) == len(expected) > COUNT * (len(places) - 1)
    assert [shown for shown in images if min(shown.natural) == 0] == []
    assert {shown.said.source.split(";")[0] for shown in images} <= {"data:image/png"}


def test_a_frame_of_hostile_texts_displays_itself_in_a_notebook(tmp_path: Path) -> None:
    """The hooks draw the same as `table`, in a kernel of their own."""
    code = f"""
        %load_ext imgdisplay
        import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        import pandas as pd
        from PIL import Image
        from zoo.hostile import HOSTILE
        pd.set_option("display.max_rows", None)
        picture = Image.new("RGB", (9, 9))
        pd.DataFrame({{"t": pd.Series(HOSTILE, dtype=object), "p": [picture] * len(HOSTILE)}})
    """
    cell = nbformat.v4.new_code_cell("\n".join(line.strip() for line in code.splitlines()))
    execute(_notebook([cell]), tmp_path)
    (html,) = [output["data"]["text/html"] for output in cell.outputs]
    assert html.count("<img ") >= COUNT
    assert "<script" not in html.lower()
