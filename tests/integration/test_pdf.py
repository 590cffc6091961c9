"""A page becomes a PDF through the browser that is installed, and nothing of it stays behind."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from PIL import Image
from truth import chromium
from zoo.images import photograph

import imgdisplay
from imgdisplay import EncodeError, MissingExtra, OptionError
from imgdisplay.report.pdf import find_browser, print_pdf

needs_browser = pytest.mark.skipif(
    chromium() is None and not os.environ.get("CI"), reason="no Chromium is installed"
)
posix = pytest.mark.skipif(os.name != "posix", reason="the fake browser is a shell script")

PAGE = """<!doctype html><meta charset="utf-8"><title>Äpfel &amp; Birnen</title>
<style>
@page {{ size: A4; margin: 20mm; @bottom-right {{ content: "Blatt " counter(page) }} }}
</style>
<h1>Obst 🍐</h1>{0}<p style="break-before: page">Seite zwei</p>"""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let temporary files be made where they can be counted."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("CHROME_PATH", raising=False)
    return folder


def alive(words: str) -> set[int]:
    """Return the processes that run and whose command lines hold some words."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:  # it has ended
            continue
        if words in said and state != "Z":
            found.add(int(process.name))
    return found


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give a function that makes a shell script the browser."""

    def make(script: str) -> Path:
        path = tmp_path / "chrome"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("CHROME_PATH", str(path))
        return path

    return make


@needs_browser
class TestPrinting:
    def test_a_text_becomes_pages_with_title_headings_and_pictures(self, tmp_path: Path) -> None:
        picture = imgdisplay.img(photograph(), size=200, scale=1)

        path = print_pdf(PAGE.format(picture), tmp_path / "page.pdf")

        assert path == tmp_path / "page.pdf"
        pdf = pypdf.PdfReader(path)
        first, second = pdf.pages
        assert pdf.metadata is not None
        assert pdf.metadata.title == "Äpfel & Birnen"
        assert "Obst" in first.extract_text()
        assert "Seite zwei" in second.extract_text()
        assert [float(side) for side in first.mediabox[2:]] == pytest.approx([595, 842], abs=1)
        [image] = first.images
        assert image.image is not None
        assert max(image.image.size) == 200
        assert [heading["/Title"].strip()[:4] for heading in pdf.outline] == ["Obst"]

    def test_it_has_numbers_of_pages_and_not_where_the_file_lay(self, tmp_path: Path) -> None:
        file = tmp_path / "secret folder" / "page.html"
        file.parent.mkdir()
        file.write_text(PAGE.format(""), "utf-8")

        texts = [
            page.extract_text().split()
            for page in pypdf.PdfReader(print_pdf(file, tmp_path / "page.pdf")).pages
        ]

        assert [text[:2] for text in texts] == [["Blatt", "1"], ["Blatt", "2"]]
        assert "secret" not in str(texts)
        assert "file:" not in str(texts)

    def test_texts_one_after_the_other(self, tmp_path: Path) -> None:
        parts: Iterator[str | bytes] = iter(["<p>one</p>", b"<p>two</p>", "<p>\ud800three</p>"])

        text = pypdf.PdfReader(print_pdf(parts, tmp_path / "page.pdf")).pages[0].extract_text()

        assert text.split()[:2] == ["one", "two"]
        assert "three" in text

    def test_the_page_hears_that_it_is_printed(self, tmp_path: Path) -> None:
        page = "<script>addEventListener('beforeprint', () => document.body.append('now'))</script>"

        path = print_pdf(page, tmp_path / "page.pdf")

        assert "now" in pypdf.PdfReader(path).pages[0].extract_text()

    def test_nothing_is_requested(self, tmp_path: Path) -> None:
        requests = []

        class Server(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.server_address[1]
            hosts = [f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")]
            page = "".join(
                f'<img src="http://{host}/a"><script src="http://{host}/b"></script>'
                f'<iframe src="http://{host}/c"></iframe><link rel=stylesheet href=//{host}/d>'
                for host in hosts
            )
            path = print_pdf(f"<h1>x</h1>{page}", tmp_path / "page.pdf")
            server.shutdown()

        assert requests == []
        assert len(pypdf.PdfReader(path).pages) >= 1

    def test_nothing_stays_behind(self, tmp_path: Path, temporary: Path) -> None:
        home = Path.home()
        before = {*home.iterdir(), *(home / ".config").glob("*"), *(home / ".cache").glob("*")}

        print_pdf("<h1>x</h1>", tmp_path / "page.pdf")

        assert alive(str(temporary)) == set()
        assert list(temporary.iterdir()) == []
        assert [file.name for file in tmp_path.iterdir()] == ["page.pdf"]
        after = {*home.iterdir(), *(home / ".config").glob("*"), *(home / ".cache").glob("*")}
        assert {path for path in after - before if "chrom" in path.name.lower()} == set()

    def test_inside_a_running_event_loop(self, tmp_path: Path) -> None:
        import asyncio

        async def cell() -> Path:
            return print_pdf("<h1>x</h1>", tmp_path / "page.pdf")

        assert pypdf.PdfReader(asyncio.run(cell())).pages

    def test_as_it_looks(self, tmp_path: Path) -> None:
        page = '<style>@page{margin:0}</style><div style="background:#ff0000;height:50vh"></div>'
        path = print_pdf(page + "<style>*{print-color-adjust:exact}</style>", tmp_path / "page.pdf")
        pdftoppm = shutil.which("pdftoppm")
        if pdftoppm is None:
            pytest.skip("pdftoppm is not installed")

        subprocess.run([pdftoppm, "-r", "20", "-png", path, tmp_path / "seen"], check=True)

        seen = Image.open(next(tmp_path.glob("seen*.png"))).convert("RGB")
        assert seen.getpixel((seen.width // 2, seen.height // 4)) == (255, 0, 0)


@posix
class TestWithoutLuck:
    def test_a_browser_that_hangs_is_killed_with_all_that_it_started(
        self, fake: Callable[[str], Path], tmp_path: Path, temporary: Path
    ) -> None:
        fake("sleep 612.5 & sh -c 'sleep 612.5; true' & wait")
        (tmp_path / "page.pdf").write_bytes(b"older")
        seen: list[set[int]] = []
        watcher = threading.Timer(0.8, lambda: seen.append(alive("sleep 612.5")))
        watcher.start()
        with pytest.raises(EncodeError, match=r"had not printed the page after 2 s"):
            print_pdf("x", tmp_path / "page.pdf", timeout=2)

        assert seen != [set()]
        assert alive("sleep 612.5") == set()
        assert (tmp_path / "page.pdf").read_bytes() == b"older"
        assert list(temporary.iterdir()) == []
        assert {file.name for file in tmp_path.iterdir()} == {"chrome", "page.pdf"}

    def test_one_that_fails_says_why(self, fake: Callable[[str], Path], tmp_path: Path) -> None:
        fake("echo 'ERROR:dbus/bus.cc no bus' >&2; echo 'No usable sandbox!' >&2; exit 3")

        with pytest.raises(EncodeError, match=r"exit code 3\): 'No usable sandbox!'"):
            print_pdf("x", tmp_path / "page.pdf")
        assert not (tmp_path / "page.pdf").exists()

    @pytest.mark.parametrize(
        "content", ["", "<html>", "%PDF-1.7 half"], ids=["empty", "html", "half"]
    )
    def test_one_that_writes_something_else(
        self, fake: Callable[[str], Path], tmp_path: Path, content: str
    ) -> None:
        fake(
            'for word; do case "$word" in --print-to-pdf=*) '
            f"printf '{content}' > \"${{word#*=}}\";; esac; done".replace("%", "%%")
        )
        with pytest.raises(EncodeError, match="it wrote no PDF"):
            print_pdf("x", tmp_path / "page.pdf")

    def test_one_that_cannot_be_started(self, fake: Callable[[str], Path], tmp_path: Path) -> None:
        fake("").write_bytes(b"\x7fELF no program")
        with pytest.raises(EncodeError, match="cannot be started"):
            print_pdf("x", tmp_path / "page.pdf")

    def test_an_interruption_leaves_the_older_file(
        self, fake: Callable[[str], Path], tmp_path: Path, temporary: Path
    ) -> None:
        fake("sleep 600")
        (tmp_path / "page.pdf").write_bytes(b"older")

        def page() -> Iterator[str]:
            yield "x"
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            print_pdf(page(), tmp_path / "page.pdf")
        assert (tmp_path / "page.pdf").read_bytes() == b"older"
        assert list(temporary.iterdir()) == []

    def test_the_sandbox_is_left_out_for_root_only(
        self, fake: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake(f'echo "$@" > {tmp_path}/arguments; exit 1')
        for user, expected in [(0, True), (1000, False)]:
            monkeypatch.setattr(os, "geteuid", lambda user=user: user)
            with pytest.raises(EncodeError):
                print_pdf("x", tmp_path / "page.pdf")
            said = (tmp_path / "arguments").read_text().split()
            assert ("--no-sandbox" in said) == expected


class TestFinding:
    def test_no_browser_is_told_with_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys.modules["imgdisplay.report.pdf"], "_PLACES", ())

        with pytest.raises(MissingExtra, match=r"install Chromium.*CHROME_PATH.*save as \.html"):
            print_pdf("x", tmp_path / "page.pdf")

    def test_what_the_user_says_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Callable[[str], Path]
    ) -> None:
        path = fake("")
        assert find_browser() == str(path)
        monkeypatch.setenv("CHROME_PATH", str(tmp_path / "nothing"))
        with pytest.raises(MissingExtra, match=r"CHROME_PATH='.*nothing' names no program"):
            find_browser()

    @posix
    def test_then_the_path_and_then_where_installers_put_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        places = tmp_path / "chromium-1" / "chrome", tmp_path / "chromium-2" / "chrome"
        on_path = tmp_path / "bin" / "microsoft-edge"
        for file in (*places, on_path):
            file.parent.mkdir()
            file.write_text("#!/bin/sh")
            file.chmod(0o755)
        pattern = str(tmp_path / "chromium-*" / "chrome")
        monkeypatch.setattr(sys.modules["imgdisplay.report.pdf"], "_PLACES", (pattern,))

        monkeypatch.setenv("PATH", str(on_path.parent))
        assert find_browser() == str(on_path)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_browser() == str(places[1])

    def test_a_page_or_target_that_is_none_starts_nothing(
        self, tmp_path: Path, fake: Callable[[str], Path]
    ) -> None:
        fake(f"touch {tmp_path}/started")
        with pytest.raises(OptionError, match=r"gone\.html' is no HTML file"):
            print_pdf(tmp_path / "gone.html", tmp_path / "page.pdf")
        with pytest.raises(OptionError, match="a folder"):
            print_pdf("x", tmp_path)
        assert not (tmp_path / "started").exists()


class TestAReportAsPdf:
    @needs_browser
    def test_is_what_the_suffix_asks_for(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"photo": [photograph(), None], "name": ["astronaut", "nobody"]})

        path = imgdisplay.report(frame, tmp_path / "report.pdf", title="On paper")

        text = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        assert "On paper" in text
        assert "nobody" in text
        assert sum(len(page.images) for page in pypdf.PdfReader(path).pages) == 1

    def test_says_before_it_draws_that_there_is_no_browser(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CHROME_PATH", "no such browser")

        with pytest.raises(MissingExtra, match="CHROME_PATH"):
            imgdisplay.report([photograph()], tmp_path / "report.pdf")
        assert list(tmp_path.iterdir()) == []
