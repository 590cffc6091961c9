"""All messages of errors and warnings speak with one voice: what happened, why, what to do."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo.images import encoded

import imgdisplay
from imgdisplay.cli.failures import _in_one_line as in_one_line
from imgdisplay.errors import ImgDisplayError, listed, missing_extra, more_than, no_column, within
from imgdisplay.options import NAMES

ROOT = Path(__file__).parents[2]
PACKAGE = Path(imgdisplay.__file__).parent
PHOTO = Image.effect_noise((64, 48), 60)
FRAME = pd.DataFrame({"name": ["a"], "photo": [PHOTO]})
LONG = "x" * 10_000


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


TRIGGERS: dict[str, Callable[[Path], object]] = {
    # Sources
    "a file that is not there": lambda d: imgdisplay.thumbnail("no.png"),
    "a name too long": lambda d: imgdisplay.thumbnail(f"/{LONG}.png"),
    "a directory": lambda d: imgdisplay.thumbnail(str(d)),
    "an empty file": lambda d: imgdisplay.thumbnail(b""),
    "a file of another kind": lambda d: imgdisplay.thumbnail(LONG.encode()),
    "a page": lambda d: imgdisplay.thumbnail(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a truncated file": lambda d: imgdisplay.thumbnail(cut(encoded(PHOTO, "JPEG"))),
    "a broken file": lambda d: imgdisplay.thumbnail(b"\x89PNG\r\n\x1a\n" + LONG.encode()),
    "an address": lambda d: imgdisplay.thumbnail(f"https://example.org/{LONG}.png"),
    "a file address of another host": lambda d: imgdisplay.thumbnail("file://other/a.png"),
    "an SVG in a data URI": lambda d: imgdisplay.thumbnail("data:image/svg+xml,<svg/>"),
    "a data URI of nothing": lambda d: imgdisplay.thumbnail("data:image/png;base64"),
    "base64 that is none": lambda d: imgdisplay.from_base64("ÄÖÜ" + LONG),
    "an empty path": lambda d: imgdisplay.thumbnail(""),
    "an empty list": lambda d: imgdisplay.thumbnail([]),
    "a number": lambda d: imgdisplay.thumbnail(7),
    "nothing": lambda d: imgdisplay.thumbnail(None),
    "a dict": lambda d: imgdisplay.thumbnail({LONG: LONG}),
    "complex numbers": lambda d: imgdisplay.thumbnail(np.zeros((4, 4), complex)),
    "five axes": lambda d: imgdisplay.thumbnail(np.zeros((4, 4, 4, 4, 4))),
    "an empty array": lambda d: imgdisplay.thumbnail(np.zeros((0, 4))),
    # Options
    "an unknown option": lambda d: imgdisplay.thumbnail(PHOTO, sise=96),  # type: ignore[call-arg]
    "a long unknown option": lambda d: imgdisplay.set_options(**{LONG: 1}),  # type: ignore[misc]
    "a size": lambda d: imgdisplay.thumbnail(PHOTO, size=LONG),  # type: ignore[arg-type]
    "a format": lambda d: imgdisplay.thumbnail(PHOTO, format="bmp"),  # type: ignore[arg-type]
    "a colour": lambda d: imgdisplay.thumbnail(PHOTO, background=LONG),
    "a colormap": lambda d: imgdisplay.thumbnail(PHOTO, colormap="virids"),
    "a range": lambda d: imgdisplay.thumbnail(PHOTO, value_range=(1, 0)),
    "hosts": lambda d: imgdisplay.thumbnail(PHOTO, remote_hosts=["https://example.org"]),
    "a format of files": lambda d: imgdisplay.to_bytes(PHOTO, "jpge"),
    "captions": lambda d: imgdisplay.gallery([PHOTO], captions=["a", "b"]),
    "columns of a gallery": lambda d: imgdisplay.gallery([PHOTO], columns=0),
    "a single source": lambda d: imgdisplay.gallery(LONG),
    "a column": lambda d: imgdisplay.table(FRAME, columns="foto"),
    "a column of many": lambda d: imgdisplay.table(pd.DataFrame({LONG: [1]}), columns="foto"),
    "a column of texts": lambda d: imgdisplay.table(FRAME, alt="nmae"),
    "a column of boxes": lambda d: imgdisplay.table(
        FRAME, columns={"photo": imgdisplay.overlay(boxes="where")}
    ),
    "boxes": lambda d: imgdisplay.thumbnail(PHOTO, overlay=imgdisplay.overlay(boxes=[[1, 2]])),
    "labels": lambda d: imgdisplay.thumbnail(
        PHOTO, overlay=imgdisplay.overlay(boxes=[[0, 0, 9, 9]], labels=["a", "b"])
    ),
    "rows": lambda d: imgdisplay.table(FRAME, max_rows=0),
    "no table": lambda d: imgdisplay.table([1]),
    "no series": lambda d: imgdisplay.encode_column([1]),
    "a form": lambda d: imgdisplay.encode_column(FRAME["photo"], form="text"),  # type: ignore[call-overload]
    "no session": lambda d: imgdisplay.enable(),
    "a type": lambda d: imgdisplay.register_source("Scan", None),
    "no loader": lambda d: imgdisplay.register_source(Path, "x"),  # type: ignore[arg-type]
    # Files to write
    "a report in a folder of others": lambda d: imgdisplay.report(PHOTO, ROOT),
    "a report of nothing": lambda d: imgdisplay.report([], d / "a.html"),
    "a report of no folder": lambda d: imgdisplay.report(d / "no", d / "a.html"),
    "a report of an empty folder": lambda d: imgdisplay.report(d, d / "a.html"),
    "images of a report": lambda d: imgdisplay.report(PHOTO, d / "a.html", images="no"),  # type: ignore[arg-type]
    "a workbook's name": lambda d: imgdisplay.to_excel(FRAME, d / "a.xls"),
    "a workbook's sheet": lambda d: imgdisplay.to_excel(FRAME, d / "a.xlsx", sheet="a/b"),
    "a receiver": lambda d: imgdisplay.Report().to_email(subject="a", to=LONG),
    "bytes of a message": lambda d: imgdisplay.Report().to_email(
        subject="a", to="a@example.org", max_bytes=1
    ),
    "no message": lambda d: imgdisplay.attach(LONG, PHOTO),  # type: ignore[arg-type]
    # Limits
    "max_pixels": lambda d: imgdisplay.thumbnail(encoded(PHOTO, "PNG"), max_pixels=10),
    "max_pixels of an array": lambda d: imgdisplay.to_array(
        np.zeros((64, 64), np.uint8), max_pixels=10
    ),
    "max_memory": lambda d: imgdisplay.thumbnail(
        encoded(Image.new("RGBA", (900, 900)), "WEBP"), max_memory=2**20
    ),
    "max_file_bytes": lambda d: imgdisplay.thumbnail(encoded(PHOTO, "PNG"), max_file_bytes=10),
    "max_file_bytes of a data URI": lambda d: imgdisplay.thumbnail(
        imgdisplay.data_uri(PHOTO), max_file_bytes=10
    ),
    "max_file_bytes of base64": lambda d: imgdisplay.from_base64("x" * 99, max_file_bytes=10),
}
"""What goes wrong, by name; the parameter is an empty folder."""

LIMITS = [name for name in TRIGGERS if name.startswith("max_")]


def message_of(name: str, folder: Path) -> str:
    with pytest.raises(ImgDisplayError) as caught:
        TRIGGERS[name](folder)
    return str(caught.value)


@pytest.mark.parametrize("name", TRIGGERS)
class TestAMessage:
    def test_is_one_line_without_a_full_stop(self, name: str, tmp_path: Path) -> None:
        said = message_of(name, tmp_path)

        assert said == " ".join(said.split())
        assert said.isprintable()
        assert not said.endswith((".", " ", ";", ":"))

    def test_begins_with_what_it_is_about_and_no_capital(self, name: str, tmp_path: Path) -> None:
        assert re.match(r"[a-z0-9'b<]|None", message_of(name, tmp_path))

    def test_repeats_at_most_120_characters_of_what_was_given(
        self, name: str, tmp_path: Path
    ) -> None:
        assert not re.search(r"x{120}", message_of(name, tmp_path))


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_names_the_option_that_raises_it(name: str, tmp_path: Path) -> None:
    option = name.split()[0]
    said = message_of(name, tmp_path)

    assert re.search(rf"more than {option}=[\d,]+; raise it with {option}=…$", said), said


def test_a_wrong_value_is_told_with_its_option_and_what_was_expected(tmp_path: Path) -> None:
    for name, option in {"a size": "size", "a colour": "background", "rows": "max_rows"}.items():
        assert re.match(rf"{option}=.+: expected ", message_of(name, tmp_path))


def test_a_wrong_name_is_told_with_the_likely_one_and_all_of_them(tmp_path: Path) -> None:
    assert message_of("an unknown option", tmp_path) == (
        f"no option 'sise' (did you mean 'size'?); the options are {', '.join(NAMES)}"
    )
    assert message_of("a column", tmp_path) == (
        "no column 'foto' (did you mean 'photo'?); the columns are 'name', 'photo'"
    )
    assert message_of("a column of texts", tmp_path) == (
        "alt='nmae': no column 'nmae' (did you mean 'name'?); the columns are 'name', 'photo'"
    )


def test_a_list_of_names_ends_before_it_is_a_page_long() -> None:
    assert len(listed(f"column {number}" for number in range(10_000))) < 150
    assert len(listed([LONG, LONG])) < 150


def test_a_command_tells_keywords_as_its_own_options() -> None:
    advice = {
        more_than("max_pixels", 10): "raise it with --max-pixels …",
        within("remote_timeout", 0.5): "raise it with --remote-timeout …",
        "pass remote=True": "pass --remote",
        "leave out remote=False": "leave out --no-remote",
        "a way is isolate=False": "a way is --isolate no",
        "a way is format='png'": "a way is --format png",
        "or recursive=True": "or --recursive",
    }

    assert {said: in_one_line(said).rpartition("; ")[2] for said in advice} == advice


def extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def calls_in_the_code() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call: the name of what is called, where, and the call."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                name = node.func.id if isinstance(node.func, ast.Name) else name
                yield name, f"{file.relative_to(PACKAGE).as_posix()}:{node.lineno}", node


def text_of(argument: ast.expr) -> str:
    """Return a text in the code, with … for what is put into it."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(map(text_of, argument.values))
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    return "…"


ERRORS = ("EncodeError", "MissingExtra", "OptionError", "UnsupportedSource")
SOURCES = ("DecodeError", "SourceNotFound", "SourceRefused", *ERRORS)


def messages_in_the_code(*kinds: str) -> Iterator[tuple[str, str]]:
    for name, where, call in calls_in_the_code():
        if name in kinds and call.args:
            yield where, text_of(call.args[0])


def test_every_message_in_the_code_ends_without_a_full_stop() -> None:
    messages = list(messages_in_the_code(*SOURCES, "warn"))

    assert len(messages) > 150
    assert [found for found in messages if found[1].rstrip().endswith((".", ":", ";"))] == []


def test_every_refusal_in_the_code_says_what_to_do() -> None:
    refusals = [
        (where, said)
        for where, said in messages_in_the_code("SourceRefused")
        if said != "…" and not where.startswith("notebook/slim.py")  # these are not failures
    ]
    # Some of them end in what another function says.
    told = re.compile(r"; |…$")

    assert len(refusals) > 30
    assert [found for found in refusals if not told.search(found[1])] == []


def test_every_missing_library_in_the_code_names_an_extra_that_there_is() -> None:
    named: dict[str, Any] = {}
    for name, where, call in calls_in_the_code():
        if name == "missing_extra":
            named[where] = ast.literal_eval(call.args[1])

    assert len(named) >= 10
    assert set(named.values()) <= extras()
    for extra in set(named.values()):
        assert str(missing_extra("it needs X", extra)) == (
            f"it needs X, which is not installed: pip install 'imgdisplay-jupyter[{extra}]'"
        )


def test_names_of_columns_are_told_whatever_they_are() -> None:
    assert no_column(0, [1, ("a", 2), None]) == ("no column 0; the columns are 1, ('a', 2), None")
