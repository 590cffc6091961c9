"""The command writes pages, says what it wrote, and tells mistakes in one line."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from PIL import Image

import imgdisplay
from imgdisplay.cli import main


def run(*arguments: object) -> Result:
    given = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, given, prog_name="imgdisplay")


def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html5lib")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a good image, a bad one, one in a subfolder, and a table."""
    photos = tmp_path / "photos"
    (photos / "sub").mkdir(parents=True)
    Image.new("RGB", (640, 480), "red").save(photos / "a.png")
    Image.new("RGB", (640, 480), "blue").save(photos / "sub" / "b.png")
    (photos / "bad.png").write_bytes(b"")
    (photos / "labels.csv").write_text("file,other\na.png,sub/b.png\n")
    return photos


class TestReport:
    def test_of_a_folder_says_in_one_line_what_was_written(
        self, folder: Path, tmp_path: Path
    ) -> None:
        page = tmp_path / "page.html"
        result = run("report", folder, "-o", page)
        assert result.exit_code == 0
        size = f"{page.stat().st_size / 1000:.0f} kB"
        assert result.output == f"{page}: 3 pictures, 1 unreadable, {size}\n"
        assert parsed(page).h1.string == "photos"

    def test_answers_json_to_programs(self, folder: Path, tmp_path: Path) -> None:
        page = tmp_path / "pagé.html"
        result = run("report", folder, "-o", page, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.isascii()
        assert json.loads(result.stdout) == {
            "file": str(page),
            "pictures": 3,
            "rows": 3,
            "unreadable_count": 1,
            "unreadable": [{"name": "bad.png", "reason": "unreadable: 'bad.png' is empty"}],
            "bytes": page.stat().st_size,
        }

    def test_goes_to_report_html_unless_told_otherwise(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run("report", "photos").output.startswith("report.html: 3 pictures")
        assert parsed(tmp_path / "report.html").h1.string == "photos"

    def test_takes_a_title_and_leaves_subfolders_out(self, folder: Path, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        result = run("report", folder, "-o", page, "--title", "Mine", "--no-recursive")
        assert "2 pictures" in result.output
        assert parsed(page).title.string == "Mine"

    def test_of_a_table_takes_columns(self, folder: Path, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        assert "2 pictures" in run("report", folder / "labels.csv", "-o", page).output
        result = run("report", folder / "labels.csv", "-o", page, "--column", "other")
        assert result.output.startswith(f"{page}: 1 picture, ")

    @pytest.mark.parametrize(
        ("arguments", "size"),
        [
            (["--size", "64"], ("64", "48")),
            (["--size", "100x30"], ("40", "30")),
            (["--size", "none"], ("640", "480")),
        ],
    )
    def test_takes_sizes_as_people_write_them(
        self, arguments: list[str], size: tuple[str, str], folder: Path, tmp_path: Path
    ) -> None:
        page = tmp_path / "page.html"
        assert run("report", folder, "-o", page, *arguments).exit_code == 0
        img = parsed(page).img
        assert (img["width"], img["height"]) == size

    def test_hands_all_options_of_pictures_on(self, folder: Path, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        result = run("report", folder, "-o", page, "--format", "jpeg", "--on-error", "raise")
        assert result.exit_code == 1
        assert "bad.png" in result.output
        os.unlink(folder / "bad.png")
        assert run("report", folder, "-o", page, "--format", "jpeg").exit_code == 0
        assert all(img["src"].startswith("data:image/jpeg") for img in parsed(page).find_all("img"))


class TestOptions:
    def test_are_the_fields_of_options_and_none_is_missing(self) -> None:
        fields = {field.name for field in dataclasses.fields(imgdisplay.Options)}
        own = {"folder_or_table", "output", "title", "column", "recursive", "images", "as_json"}
        offered = {parameter.name for parameter in main.commands["report"].params}
        assert offered - own == fields - {"paths", "cache", "overlay"}

    def test_are_explained_by_the_same_words(self) -> None:
        offered = {parameter.name: parameter for parameter in main.commands["report"].params}
        for field in dataclasses.fields(imgdisplay.Options):
            parameter = offered.get(field.name)
            if field.name not in ("paths", "cache", "overlay"):
                assert isinstance(parameter, click.Option)
                assert parameter.help is not None
                about = field.metadata["about"].replace("None", "none").replace("False", "no")
                about = about.replace("(width, height)", "WxH").replace("(low, high)", "LOW:HIGH")
                assert parameter.help.startswith(about.replace("True", "yes"))

    def test_stand_in_the_help_below_what_they_are_about(self) -> None:
        said = run("report", "--help").output
        order = [
            *("\nOptions:", "--output", "--json", "--help", "\nThumbnails:", "--size", "--zoom"),
            *("\nArrays and lists:", "--value-range", "--arrays", "\nOther machines:", "--remote "),
            *("--remote-cache", "\nFailures and limits:", "--on-error", "--max-file-bytes"),
        ]
        places = [said.index(word, said.index("\nOptions:")) for word in order]
        assert places == sorted(places)
        for field in imgdisplay.Options.__dataclass_fields__:
            if field not in ("paths", "cache", "overlay"):
                assert said.count(f"\n  --{field.replace('_', '-')} ") == 1, field

    @pytest.mark.parametrize("field", dataclasses.fields(imgdisplay.Options), ids=lambda f: f.name)
    def test_can_be_given_their_own_default(
        self, field: dataclasses.Field[Any], folder: Path, tmp_path: Path
    ) -> None:
        if field.name in ("paths", "cache", "overlay"):
            pytest.skip("what is a path is clear, a command runs once, an overlay is an object")
        name = field.name.replace("_", "-")
        given = [f"--{name}", str(field.default)]
        if isinstance(field.default, bool):
            given = [f"--{name}" if field.default else f"--no-{name}"]
        if field.name == "remote":  # a switch, whose default is neither on nor off
            given = []
        result = run("report", folder, "-o", tmp_path / "page.html", *given)
        assert result.exit_code == 0, result.output

    @pytest.mark.parametrize("value", ["yes", "no", "auto"])
    def test_that_are_true_or_false_besides_words_take_yes_and_no(
        self, value: str, folder: Path, tmp_path: Path
    ) -> None:
        result = run("report", folder / "a.png", "-o", tmp_path / "a.html", "--isolate", value)
        assert (result.exit_code, result.stderr) == (0, "")

    def test_of_bytes_are_written_as_people_write_them(self, folder: Path, tmp_path: Path) -> None:
        written = {}
        for limit in ("1kB", "1MB"):
            path = tmp_path / f"{limit}.html"
            result = run("report", folder / "a.png", "-o", path, "--max-file-bytes", limit)
            assert result.exit_code == 0, result.output
            written[limit] = "1 unreadable" in result.output
        assert written == {"1kB": True, "1MB": False}
        assert run("uri", folder / "a.png", "--size", "1kB").exit_code == 2

    def test_offer_their_words_to_the_shell(self) -> None:
        def offered(command: str, typed: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
            words = f"imgdisplay report {command} {typed}".split(" ")
            monkeypatch.setenv("COMP_WORDS", " ".join(words))
            monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
            monkeypatch.setenv("_IMGDISPLAY_COMPLETE", "bash_complete")
            said = CliRunner().invoke(main, prog_name="imgdisplay").stdout
            return [line.partition(",")[2] for line in said.splitlines()]

        with pytest.MonkeyPatch.context() as monkeypatch:
            assert offered("--format", "", monkeypatch) == ["auto", "jpeg", "png", "webp", "avif"]
            assert offered("--isolate", "a", monkeypatch) == ["auto"]
            assert offered("--size", "", monkeypatch) == ["none"]
            assert offered("--scale", "", monkeypatch) == [""]  # a number

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--quality", "200"], "expected a number from 1 to 100"),
            (["--quality", "good"], "expected a whole number"),
            (["--format", "jpgg"], "did you mean 'jpeg'"),
            (["--value-range", "5:1"], "low below high"),
            (["--size", "0x10"], "expected a number from 1"),
            (["--size", "100x"], "expected a side or (width, height) in whole CSS pixels"),
        ],
    )
    def test_of_impossible_values_are_mistakes_in_usage(
        self, arguments: list[str], said: str, folder: Path, tmp_path: Path
    ) -> None:
        result = run("report", folder, "-o", tmp_path / "page.html", *arguments)
        assert result.exit_code == 2
        assert said in " ".join(result.output.split())
        assert not (tmp_path / "page.html").exists()


class TestDemo:
    def test_writes_a_page_of_everything_with_one_placeholder(self, tmp_path: Path) -> None:
        page = tmp_path / "demo.html"
        result = run("demo", "-o", page)
        assert result.exit_code == 0, result.output
        assert result.output.startswith(f"{page}: 19 pictures, 1 unreadable, ")
        soup = parsed(page)
        assert len(soup.tbody.find_all("tr")) == 12
        assert len(soup.find_all(class_="imgdisplay-broken")) == 1
        assert len(soup.find("section", class_="as-gallery").tbody.find_all("tr")) == 5
        assert len(soup.find_all("figure")) == 2

    def test_writes_the_same_page_every_time(self, tmp_path: Path) -> None:
        first, second = tmp_path / "a.html", tmp_path / "b.html"
        run("demo", "-o", first)
        run("demo", "-o", second)
        assert first.read_bytes() == second.read_bytes()


class TestMistakes:
    def test_without_an_argument_is_told_what_to_give(self) -> None:
        result = run("report")
        assert result.exit_code == 2
        assert "give a folder of images" in result.output
        assert "imgdisplay report photos -o photos.html" in result.output

    def test_in_names_of_options_are_answered_with_the_right_one(self, folder: Path) -> None:
        result = run("report", folder, "--qualty", "3")
        assert result.exit_code == 2
        assert "--quality" in result.output

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (["nowhere"], 1, "no folder, table or image 'nowhere'"),
            (["empty"], 1, "no images in 'empty'"),
            (["photos", "-o", "photos"], 2, "'photos' is a folder"),
            (["photos", "-o", "nowhere/x.html"], 1, "no such folder to write to: 'nowhere/x.html'"),
            (["photos", "-o", "x.xlsx"], 2, "to_excel(…) makes workbooks"),
            (["photos", "-o", "x.eml"], 2, "Report.to_email(…) makes messages"),
            (["photos", "-o", "x.py"], 2, "'x.py': a report is a page (.html), .pdf, .md"),
            (["photos", "--images", "files"], 2, "--images files needs a folder"),
            (["photos/none.csv"], 2, "the columns are 'a', 'b', and --column … says which one"),
            (["photos/labels.csv", "--column", "fiel"], 2, "no column 'fiel'"),
            (["photos/rows.json"], 1, "tables are read from CSV, TSV and Parquet"),
            (["https://example.org/a.csv"], 2, "is an address, and folders and tables are read"),
            ([""], 2, "give a folder of images"),
            (["a\x1b[31m\nb"], 1, "no folder, table or image"),
        ],
    )
    def test_end_in_one_line_and_a_status(
        self,
        arguments: list[str],
        status: int,
        said: str,
        folder: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "empty").mkdir()
        (folder / "none.csv").write_text("a,b\n1,2\n")
        (folder / "rows.json").write_text("[]")
        before = set(tmp_path.iterdir())
        result = run("report", *arguments)
        assert result.exit_code == status
        assert result.output.startswith("imgdisplay: ")
        assert said in result.output
        assert result.output.count("\n") == 1
        assert "\x1b" not in result.output
        assert set(tmp_path.iterdir()) == before

    def test_in_the_folder_to_write_to_are_told_before_drawing(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("imgdisplay.drawing.attempt", pytest.fail)
        assert run("report", folder, "-o", tmp_path / "nowhere" / "x.html").exit_code == 1

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--nothing"],
            ["nothing"],
            ["report"],
            ["report", "--nothing"],
            ["report", ".", "--size", "3x"],
            ["report", ".", "-o", "-"],
            ["uri"],
            ["uri", "a", "b"],
            ["thumb", "a.png"],
            ["show", "a.png", "--as", "ascii"],
            ["slim", "a.ipynb", "--max-bytes", "much"],
            ["demo", "more"],
        ],
        ids=" ".join,
    )
    def test_in_the_command_line_end_in_one_line_and_status_2(
        self, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("imgdisplay: ")
        assert result.stderr.count("\n") == 1
        command = arguments[0] if len(arguments) > 1 or arguments[0] in main.commands else ""
        assert f"imgdisplay {command} --help".replace("  ", " ") in result.stderr
        assert not list(tmp_path.iterdir())


class TestHelp:
    def test_names_the_version(self) -> None:
        assert imgdisplay.__version__ in run("--version").output

    @pytest.mark.parametrize(
        "arguments", [["--help"], ["-h"], ["report", "--help"], ["demo", "-h"]]
    )
    def test_shows_examples(self, arguments: list[str]) -> None:
        result = run(*arguments)
        assert result.exit_code == 0
        assert "Example" in result.output
        assert "imgdisplay demo" in result.output or "imgdisplay report photos" in result.output

    def test_loads_no_heavy_library(self, python: Callable[..., str]) -> None:
        code = """
            import sys
            from imgdisplay.cli import main
            try:
                main(["report", "--help"])
            except SystemExit:
                pass
            heavy = {"PIL", "numpy", "pandas", "IPython", "jinja2", "tqdm"}
            print(sorted(heavy & set(sys.modules)))
        """
        assert python(code).splitlines()[-1] == "[]"


class TestAsAProcess:
    def test_writes_the_page_and_says_so_on_the_standard_output(
        self, folder: Path, tmp_path: Path
    ) -> None:
        ended = process("report", "photos", "-o", "page.html", folder=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith("page.html: 3 pictures, 1 unreadable, ")
        assert parsed(tmp_path / "page.html").h1.string == "photos"

    def test_tells_failures_on_the_error_output_without_a_traceback(self, tmp_path: Path) -> None:
        ended = process("report", "nowhere", folder=tmp_path)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == ("imgdisplay: no folder, table or image 'nowhere'; check the path\n")

    def test_is_called_imgdisplay_in_its_usage(self, tmp_path: Path) -> None:
        ended = process("report", folder=tmp_path)
        assert ended.returncode == 2
        assert ended.stderr.endswith("; see: imgdisplay report --help\n")


def process(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "imgdisplay", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
