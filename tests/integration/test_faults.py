"""Files that vanish, grow, hang or have terrible names cost one cell each, everywhere."""

from __future__ import annotations

import io
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner
from zoo import elements, soup
from zoo.images import animation, encoded, photograph
from zoo.invariants import assert_error_of_ours, assert_picture, is_broken, pictures_of_page

import imgdisplay
from imgdisplay import (
    Report,
    SourceError,
    gallery,
    image_formatter,
    img,
    report,
    table,
    thumbnail,
)
from imgdisplay.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="faults of POSIX file systems")

SMALL = encoded(photograph("coffee", (60, 40)))
NOBODY = 65534


# --------------------------------------------------------------------------- what is wrong


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _socket(path: Path) -> Path:
    here = os.getcwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)
    return path


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


def _to_zeros(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _dangling(path: Path) -> Path:
    path.symlink_to(path.with_name("gone.png"))
    return path


def _sparse(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(SMALL)
        try:
            file.truncate(2**40)
        except OSError:
            pytest.skip("no file of 1 TiB can be made here")
    return path


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


ON_DISK: dict[str, Callable[[Path], Path]] = {
    "a FIFO": _fifo,
    "a socket": _socket,
    "a directory": _directory,
    "a link to /dev/zero": _to_zeros,
    "a loop of links": _loop,
    "a link to nothing": _dangling,
    "a file of 1 TiB": _sparse,
    "an empty file": _empty,
    "nothing": lambda path: path,
}

NAMES = {
    "a NUL": "a\0b.png",
    "a newline": "a\nb.png",
    "quotes": "a\"b'c`d.png",
    "markup": "<script>alert(1)<\u2215script>.png",
    "an attribute": '" onerror="alert(1)" x=".png',
    "a byte that is no text": "a\udcffb.png",
    "a lone surrogate": "\ud800.png",
    "bidi overrides": "a\u202egnp.exe.png",
    "control characters": "a\x1b]0;x\x07\x08.png",
    "4,096 characters": "a" * 4092 + ".png",
    "4,096 characters of folders": "a/" * 2046 + "b.png",
    "blanks": "  .png",
    "a leading dash": "--size=9.png",
    "a scheme": "javascript:alert(1).png",
}
"""Names that no file here has."""

faults = pytest.mark.parametrize("fault", [*ON_DISK, *NAMES])


def faulty(fault: str, folder: Path) -> str:
    """Return the path of something that is no picture."""
    if fault in NAMES:
        return f"{folder}/{NAMES[fault]}"
    return str(ON_DISK[fault](folder / "bad.png"))


# --------------------------------------------------------------------------- where it is shown


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    path.write_bytes(SMALL)
    return path


def images(html: str) -> list[Tag]:
    found = [tag for tag in elements(html) if tag.name == "img"]
    for tag in found:
        assert_picture(tag)
    return found


def assert_one_placeholder(html: str, pictures: Callable[[str], list[Tag]] = images) -> None:
    """Hold that the first of two pictures is a placeholder that says why, and the other shows."""
    bad, fine = pictures(html)
    assert is_broken(bad)
    assert not is_broken(fine)
    kind, _, reason = str(bad["title"]).partition(": ")
    assert kind in ("not found", "refused", "unreadable", "not a picture")
    assert len(reason) > 5
    if pictures is images:  # a report has a script of its own
        assert not [tag for tag in elements(html) if tag.name in ("script", "iframe")]


@faults
@pytest.mark.parametrize("kind", [str, Path, lambda path: {"bytes": None, "path": path}])
class TestWhereverItIsShown:
    def test_a_table_has_one_placeholder(
        self, fault: str, kind: Callable[[Any], Any], tmp_path: Path, good: Path
    ) -> None:
        cells = pd.Series([kind(faulty(fault, tmp_path)), str(good)], dtype=object)
        assert_one_placeholder(table(pd.DataFrame({"p": cells}), columns=["p"]))

    def test_a_gallery_has_one_placeholder(
        self, fault: str, kind: Callable[[Any], Any], tmp_path: Path, good: Path
    ) -> None:
        assert_one_placeholder(gallery([kind(faulty(fault, tmp_path)), good]))

    def test_an_image_is_an_error_of_ours(
        self, fault: str, kind: Callable[[Any], Any], tmp_path: Path
    ) -> None:
        path = faulty(fault, tmp_path)
        for use in (img, thumbnail, imgdisplay.open_image, imgdisplay.to_bytes):
            with pytest.raises(SourceError) as caught:
                use(kind(path))
            assert_error_of_ours(caught.value)
            assert "\n" not in str(caught.value)

    def test_a_report_has_one_placeholder(
        self, fault: str, kind: Callable[[Any], Any], tmp_path: Path, good: Path
    ) -> None:
        page = tmp_path / "page.html"
        Report("R").add([kind(faulty(fault, tmp_path)), good]).save(page)
        assert_one_placeholder(page.read_text("utf-8"), pictures_of_page)
        cells = pd.Series([kind(faulty_again(fault, tmp_path)), str(good)], dtype=object)
        report(pd.DataFrame({"p": cells}), page, column="p")
        assert_one_placeholder(page.read_text("utf-8"), pictures_of_page)


def faulty_again(fault: str, folder: Path) -> str:
    return f"{folder}/{NAMES.get(fault, 'bad.png')}"


@faults
class TestUnasked:
    def test_a_frame_shows_text_and_a_formatter_too(
        self, fault: str, tmp_path: Path, good: Path
    ) -> None:
        path = faulty(fault, tmp_path)
        html = table(pd.DataFrame({"p": pd.Series([path, str(good)], dtype=object)}))
        shown = images(html)
        assert [is_broken(tag) for tag in shown] in ([False], [True, False])
        names = [tag.name for tag in elements(image_formatter(path))]
        assert names in ([], ["img"])


ARGUMENTS = [name for name in NAMES if name not in ("a NUL", "a lone surrogate")]
"""What an argument of a command can be: others cannot be handed over."""


@pytest.mark.parametrize("fault", [*ON_DISK, *ARGUMENTS])
@pytest.mark.parametrize("command", ["uri", "thumb", "show", "report"])
def test_the_command_tells_it_in_one_line(
    fault: str, command: str, tmp_path: Path, good: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = faulty(fault, folder)
    if fault == "a directory" and command == "report":
        pytest.skip("a directory is what it takes")
    out = {"thumb": ["-o", str(tmp_path)], "report": ["-o", str(tmp_path / "page.html")]}

    result = CliRunner().invoke(main, [command, *out.get(command, []), "--", path])

    assert result.exception is None or isinstance(result.exception, SystemExit)
    if command == "report" and result.exit_code == 0:  # a page of one placeholder
        assert "1 unreadable" in result.output
        (tag,) = pictures_of_page((tmp_path / "page.html").read_text("utf-8"))
        assert is_broken(tag)
        return
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("imgdisplay: ")
    assert line.isprintable() or fault == "a byte that is no text"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["good.png", "in"]


@pytest.mark.parametrize("fault", ON_DISK)
def test_the_command_that_slims_tells_it_too(fault: str, tmp_path: Path) -> None:
    path = ON_DISK[fault](tmp_path / "a.ipynb")

    for more in ([], ["--in-place"]):
        result = CliRunner().invoke(main, ["slim", *more, str(path)])

        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert len(list(tmp_path.iterdir())) <= 1


# --------------------------------------------------------------------------- names that exist

EXISTING = {
    name: text
    for name, text in NAMES.items()
    if name not in ("a NUL", "a lone surrogate") and len(text) < 255
}


@pytest.fixture(params=EXISTING)
def oddly_named(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a picture whose file has an odd name."""
    folder = tmp_path / "odd"
    folder.mkdir()
    path = folder / EXISTING[request.param]
    path.write_bytes(SMALL)
    return path


class TestOddNamesOfFiles:
    def test_are_opened_wherever_they_are_shown(self, oddly_named: Path, tmp_path: Path) -> None:
        frame = pd.DataFrame({"p": pd.Series([str(oddly_named), oddly_named], dtype=object)})
        page = Report("R").add(frame, column="p").save(tmp_path / "page.html").read_text("utf-8")
        assert [is_broken(tag) for tag in pictures_of_page(page)] == [False, False]
        asked = [table(frame, columns=["p"]), gallery([oddly_named, str(oddly_named)])]
        unasked = [table(frame), image_formatter(str(oddly_named)) + image_formatter(oddly_named)]
        if "\n" in oddly_named.name:  # no text of several lines counts as a path unasked
            assert [images(html) for html in unasked] == [[], []]
            unasked = []
        for html in asked + unasked:
            html.encode()
            assert [is_broken(tag) for tag in images(html)] == [False, False]

    def test_are_in_the_report_of_their_folder(self, oddly_named: Path, tmp_path: Path) -> None:
        page = Report("R").add(oddly_named.parent).save(tmp_path / "page.html")
        (tag,) = pictures_of_page(page.read_text("utf-8"))
        assert not is_broken(tag)

    def test_are_taken_by_every_command(self, oddly_named: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        for command in (
            ["uri"],
            ["thumb", "-o", str(out)],
            ["report", "-o", str(tmp_path / "page.html")],
        ):
            result = CliRunner().invoke(main, [*command, "--", str(oddly_named)])
            assert result.exit_code == 0, (command, result.output, result.exception)
            assert len(result.stdout.splitlines()) == 1
            assert result.stderr == ""
        assert len(list(out.iterdir())) == 1

    def test_of_pages_and_notebooks_are_written(self, oddly_named: Path, tmp_path: Path) -> None:
        page = oddly_named.with_name(f"{oddly_named.name}.html")
        assert Report("R").add([SMALL]).save(page) == page
        assert len(pictures_of_page(page.read_text("utf-8"))) == 1
        notebook = oddly_named.with_name(f"{oddly_named.name}.ipynb")
        notebook.write_text('{"cells": [], "nbformat": 4}')
        result = CliRunner().invoke(main, ["slim", "--", str(notebook)])
        assert result.exit_code == 0, (result.output, result.exception)


def test_a_folder_of_nothing_but_faults_is_a_page_of_placeholders(
    tmp_path: Path, good: Path
) -> None:
    folder = tmp_path / "faults"
    folder.mkdir()
    for number, (fault, make) in enumerate(ON_DISK.items()):
        if fault not in ("a directory", "nothing"):
            make(folder / f"{number}.png")
    shutil.copy(good, folder)

    page = Report("R").add(folder).save(tmp_path / "page.html")

    shown = pictures_of_page(page.read_text("utf-8"))
    assert [is_broken(tag) for tag in shown].count(False) == 1


# --------------------------------------------------------------------------- between look and read


class Meanwhile:
    """A picture that does something while it is drawn: after the look, before the others."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.do = do

    def __imgdisplay__(self) -> bytes:
        self.do()
        return SMALL


def _exchanged(make: Callable[[Path], Path]) -> Callable[[Path], object]:
    def exchange(path: Path) -> object:
        path.unlink()
        return make(path)

    return exchange


CHANGES: dict[str, Callable[[Path], object]] = {
    "is deleted": Path.unlink,
    "is cut to its half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "is cut to nothing": lambda path: os.truncate(path, 0),
    "is written anew": lambda path: path.write_bytes(b"<!doctype html>"),
    "grows to 1 TiB": lambda path: os.truncate(path, 2**40),
    **{
        f"becomes {fault}": _exchanged(make)
        for fault, make in ON_DISK.items()
        if fault not in ("nothing", "an empty file", "a file of 1 TiB")
    },
}


@pytest.mark.parametrize("change", CHANGES)
class TestAFileThatChangesBetweenLookAndRead:
    def test_costs_one_cell_of_a_table(self, change: str, good: Path) -> None:
        cells = [Meanwhile(lambda: CHANGES[change](good)), str(good), SMALL]
        html = table(pd.DataFrame({"p": pd.Series(cells, dtype=object)}))
        assert [is_broken(tag) for tag in images(html)] == [False, True, False]

    def test_costs_one_picture_of_a_gallery_and_a_report(
        self, change: str, good: Path, tmp_path: Path
    ) -> None:
        sources = [Meanwhile(lambda: CHANGES[change](good)), good, SMALL]
        page = Report("R").add(sources).save(tmp_path / "page.html").read_text("utf-8")
        assert [is_broken(tag) for tag in pictures_of_page(page)] == [False, True, False]

    def test_costs_an_unloaded_picture_no_more(self, change: str, good: Path) -> None:
        from PIL import Image

        with Image.open(good) as opened:
            CHANGES[change](good)
            html = gallery([opened, SMALL])
        assert [is_broken(tag) for tag in images(html)][1] is False


def test_another_picture_of_the_same_name_is_shown_as_it_is_now(good: Path) -> None:
    other = encoded(photograph("chelsea", (30, 90)))
    cells = [Meanwhile(lambda: good.write_bytes(other)), str(good)]
    html = table(pd.DataFrame({"p": pd.Series(cells, dtype=object)}), size=30)
    assert images(html)[1]["height"] == "30"
    assert images(html)[1]["width"] == "10"


def test_a_file_object_that_grows_while_it_is_read_is_read_to_its_limit() -> None:
    class Growing(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.given += len(data)
            position = self.tell()
            self.seek(0, io.SEEK_END)
            self.write(bytes(2**16))
            self.seek(position)
            return data

    for data in (SMALL, encoded(photograph("coffee"), "ICO"), animation("GIF"), b"\0\0\1\0" * 9):
        growing = Growing(data)
        html = gallery([growing, SMALL], max_file_bytes=2**20)
        assert [is_broken(tag) for tag in images(html)][1] is False
        assert growing.given < 2**24


# --------------------------------------------------------------------------- permission


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be nobody, if we are root, whom nothing is forbidden."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        if not os.access(imgdisplay.__file__, os.R_OK, effective_ids=True):
            pytest.skip("the package is installed where only root may read")
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody may enter; those of pytest are its own."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


class TestWithoutPermission:
    def test_a_file_costs_one_cell(self, open_folder: Path) -> None:
        good, mine = open_folder / "good.png", open_folder / "mine.png"
        below = open_folder / "closed" / "a.png"
        below.parent.mkdir()
        for path in (good, mine, below):
            path.write_bytes(SMALL)
            path.chmod(0o644)
        mine.chmod(0)
        below.parent.chmod(0)
        try:
            for bad in (mine, below):
                frame = pd.DataFrame({"p": [str(bad), str(good)]})
                with somebody_else():
                    drawn = [
                        gallery([bad, good]),
                        table(frame, columns=["p"]),
                    ]
                for html in drawn:
                    assert_one_placeholder(html)
                    assert "permission" in str(images(html)[0]["title"])
        finally:
            below.parent.chmod(0o755)

    def test_a_page_is_not_written_and_the_older_one_stays(self, open_folder: Path) -> None:
        page = open_folder / "page.html"
        page.write_text("older")
        made = Report("R").add([SMALL])
        with somebody_else():
            if os.geteuid() != NOBODY:
                open_folder.chmod(0o555)
            with pytest.raises(PermissionError, match=r"page\.html"):
                made.save(page)
        open_folder.chmod(0o755)
        assert page.read_text() == "older"
        assert os.listdir(open_folder) == ["page.html"]


# --------------------------------------------------------------------------- output


def test_a_page_is_not_written_into_what_is_no_file(tmp_path: Path) -> None:
    made = Report("R").add([SMALL])
    for fault in ("a FIFO", "a socket", "a directory", "a link to /dev/zero"):
        path = ON_DISK[fault](tmp_path / f"{fault[2:6]}.html")
        with pytest.raises(imgdisplay.OptionError):
            made.save(path)
    for path in ("/dev/full", "/dev/null"):
        with pytest.raises(imgdisplay.OptionError):
            made.save(path)
    assert not list(tmp_path.glob("*.part"))
    for name in ("a\0b.html", "a" * 300 + ".html", "no/such/folder/page.html"):
        with pytest.raises((OSError, ValueError)):
            made.save(tmp_path / name)


def test_a_dangling_link_becomes_the_page_where_it_leads(tmp_path: Path) -> None:
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "real.html")
    Report("R").add([SMALL]).save(link)
    assert link.is_symlink()
    assert len(pictures_of_page((tmp_path / "real.html").read_text("utf-8"))) == 1


def test_every_command_tells_that_its_output_is_full(tmp_path: Path, good: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "imgdisplay"]
    for arguments in (["uri"], ["uri", "--json"], ["show"], ["thumb", "-o", str(tmp_path / "o")]):
        with open("/dev/full", "w") as full:
            ended = subprocess.run(
                [*command, *arguments, str(good)],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
            )
        assert ended.returncode == 1, (arguments, ended)
        assert "No space left" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_parsed_pages_have_no_stray_markup(tmp_path: Path, good: Path) -> None:
    captions = list(NAMES.values())
    html = gallery([good] * len(captions), captions=captions)
    assert isinstance(soup(html), BeautifulSoup)
    assert {tag.name for tag in elements(html)} == {"div", "figure", "figcaption", "img"}
