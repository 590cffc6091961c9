"""Showing a frame opens the files that are named in it, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from zoo import elements
from zoo.images import animation, encoded, photograph

import imgdisplay

PHOTO = photograph("chelsea")

OTHER_MACHINES = [
    "https://images.example.org/a.png",
    "http://127.0.0.1:9/a.png",
    "ftp://example.org/a.png",
    "s3://bucket/a.png",
    "\\\\server\\share\\a.png",
    "\\\\?\\UNC\\server\\share\\a.png",
    "file://server/share/a.png",
    "file:////server/share/a.png",
    "//server/share/a.png",
]

AUDITED = """
    import json, os, site, sys
    import pandas as pd

    columns, action = json.loads(sys.argv[1]), sys.argv[2]
    python = tuple(
        os.path.realpath(path)
        for path in (sys.prefix, sys.base_prefix, *sys.path[1:], *site.getsitepackages())
    )
    seen = []

    def is_pythons(path):
        return isinstance(path, str) and os.path.realpath(path).startswith(python)

    def hook(event, arguments):
        if event == "open" and not isinstance(arguments[0], int) and not is_pythons(arguments[0]):
            seen.append([event, os.fsdecode(arguments[0])])
        elif event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork",
                               "os.posix_spawn", "urllib.", "http.", "ftplib.", "shutil.",
                               "tempfile.", "os.remove", "os.rename", "os.mkdir")):
            seen.append([event, repr(arguments)[:200]])
        elif event in ("os.listdir", "os.scandir", "glob.glob") and not is_pythons(arguments[0]):
            seen.append([event, str(arguments[0])])

    sys.addaudithook(hook)
    import imgdisplay
    frame = pd.DataFrame(columns)
    exec(action)
    print(json.dumps(seen))
"""

ACTIONS = {
    "table": "html = imgdisplay.table(frame)",
    "table that moves, with larger views": "html = imgdisplay.table(frame, animate=True, zoom=200)",
    "gallery": "html = imgdisplay.gallery(frame['picture'])",
    "formatter": "html = frame.to_html(formatters=[imgdisplay.image_formatter] * 3, escape=False)",
    "notebook": "from IPython.core.interactiveshell import InteractiveShell\n"
    "from traitlets.config import Config\n"
    "shell = InteractiveShell.instance(config=Config({'HistoryManager': {'enabled': False}}))\n"
    "seen.clear()\n"
    "imgdisplay.enable()\n"
    "html = shell.display_formatter.format(frame)[0]['text/html']\n"
    "assert '<img' in html",
    "mail": "message = imgdisplay.Report('r').add(frame).to_email(subject='s', to='a@example.org')",
}


@pytest.fixture
def columns(tmp_path: Path) -> dict[str, list[str]]:
    """A frame's columns: pictures, pictures that are not there, and text."""
    for name in ("a.png", "b.jpg", "not named.png"):
        PHOTO.save(tmp_path / name)
    (tmp_path / "c.gif").write_bytes(animation("GIF"))
    (tmp_path / "secret.txt").write_text("secret")
    named = [str(tmp_path / name) for name in ("a.png", "b.jpg", "c.gif", "not there.png")]
    return {
        "picture": named,
        "text": [str(tmp_path / "secret.txt"), "/etc/passwd", str(tmp_path), "~/.netrc"],
        "elsewhere": OTHER_MACHINES[:4],
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_only_what_a_frame_names_is_opened(
    action: str, columns: dict[str, list[str]], python: Callable[..., str]
) -> None:
    seen = json.loads(python(AUDITED, json.dumps(columns), ACTIONS[action]).splitlines()[-1])

    assert {event for event, _ in seen} == {"open"}
    opened = {path for _, path in seen}
    assert opened <= set(columns["picture"])
    assert {Path(path).name for path in opened} >= {"a.png", "b.jpg", "c.gif"}


@pytest.mark.parametrize("address", OTHER_MACHINES)
def test_no_other_machine_is_asked_whether_it_has_a_file(
    address: str, monkeypatch: pytest.MonkeyPatch, no_socket: list[object]
) -> None:
    asked: list[str] = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def watching(path: Any, *arguments: Any, **keywords: Any) -> Any:
            if isinstance(path, (str, bytes, os.PathLike)):
                asked.append(os.fsdecode(path))
            return function(path, *arguments, **keywords)

        return watching

    for name in ("stat", "lstat", "open", "scandir", "listdir"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    monkeypatch.setattr("builtins.open", watched(open))

    html = imgdisplay.table(pd.DataFrame({"a": [address, encoded(PHOTO)]}))
    imgdisplay.gallery([address])

    # Two slashes are one on this system, where such a name is that of a local file.
    elsewhere = [path for path in asked if "server" in path and not path.startswith("//")]
    assert elsewhere == []
    assert sum(tag.name == "img" for tag in elements(html)) >= 1


def test_naming_a_column_is_asking(tmp_path: Path, no_socket: list[object]) -> None:
    html = imgdisplay.table(pd.DataFrame({"a": ["https://127.0.0.1/a.png"]}), "a")

    (image,) = (tag for tag in elements(html) if tag.name == "img")
    assert "leads to" in str(image["title"]), "refused, since it is an address of this machine"


@pytest.mark.parametrize("said", ["call", "block", "session"])
def test_whoever_forbids_it_may_name_a_column(said: str, no_socket: list[object]) -> None:
    frame = pd.DataFrame({"a": ["https://example.org/a.png"]})
    if said == "session":
        imgdisplay.set_options(remote=False)
    with imgdisplay.options(**({"remote": False} if said == "block" else {})):
        html = imgdisplay.table(frame, "a", **({"remote": False} if said == "call" else {}))

    (image,) = (tag for tag in elements(html) if tag.name == "img")
    assert "nothing is fetched unasked" in str(image["title"])


def test_nothing_of_a_file_but_its_pixels_is_shown() -> None:
    exif = PHOTO.getexif()
    exif[0x010E] = "SECRET place"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
    secret = {"exif": exif.tobytes(), "comment": b"SECRET comment", "xmp": b"<x>SECRET</x>"}
    for format_ in ("JPEG", "WEBP", "PNG"):
        for size in (PHOTO.size, (64, 48)):  # the smaller ones are thumbnails already
            keywords = {key: value for key, value in secret.items() if key != "comment"}
            if format_ == "JPEG":
                keywords = secret
            if format_ == "PNG":
                keywords = {"exif": secret["exif"]}
            data = encoded(PHOTO.resize(size), format_, **keywords)
            assert b"SECRET" in data
            for isolate in (False, True):
                made = imgdisplay.thumbnail(data, isolate=isolate, cache=False)
                assert b"SECRET" not in made.data
                assert "SECRET" not in made.html()
