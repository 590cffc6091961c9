"""`imgdisplay thumb` writes thumbnails as files, whole ones, and never over what it reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from imgdisplay.cli import main


def run(*arguments: object, data: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["thumb", *map(str, arguments)], input=data)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def photo(path: Path, size: tuple[int, int] = (640, 480)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise(size, 60).convert("RGB").save(path)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Name a folder that is not there yet."""
    return tmp_path / "deep" / "out"


class TestNames:
    def test_are_kept_with_the_suffix_of_what_was_written(self, tmp_path: Path, out: Path) -> None:
        Image.new("RGBA", (300, 300)).save(tmp_path / "clear.webp")
        scan = photo(tmp_path / "scan.b.tiff")
        result = run(scan, tmp_path / "clear.webp", "-o", out)
        assert result.exit_code == 0, result.output
        assert names(out) == ["clear.png", "scan.b.jpg"]
        for name, format_ in (("clear.png", "PNG"), ("scan.b.jpg", "JPEG")):
            with Image.open(out / name) as picture:
                assert picture.format == format_
                assert max(picture.size) > 96

    def test_that_collide_get_numbers(self, tmp_path: Path, out: Path) -> None:
        files = [photo(tmp_path / name) for name in ("x/a.png", "y/a.png", "y/A.jpg", "a.tif")]
        assert run(*files, "-o", out, "--format", "webp").exit_code == 0
        assert names(out) == ["A-3.webp", "a-2.webp", "a-4.webp", "a.webp"]

    def test_never_are_those_of_a_file_that_is_read(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        before = path.read_bytes()
        assert run(path, "-o", tmp_path).exit_code == 0
        assert names(tmp_path) == ["a-2.jpg", "a.jpg"]
        assert path.read_bytes() == before

    def test_of_an_earlier_run_are_used_again(self, tmp_path: Path, out: Path) -> None:
        path = photo(tmp_path / "a.jpg")
        run(path, "-o", out, "--size", 20, "--format", "jpeg")
        run(path, "-o", out, "--size", 40, "--scale", 1, "--format", "jpeg")
        assert names(out) == ["a.jpg"]
        with Image.open(out / "a.jpg") as picture:
            assert picture.size == (40, 30)

    def test_of_standard_input_is_stdin(self, tmp_path: Path, out: Path) -> None:
        result = run("-", "-o", out, data=photo(tmp_path / "a.jpg").read_bytes())
        assert result.exit_code == 0, result.output
        assert names(out) == ["stdin.jpg"]


class TestAnswers:
    def test_are_one_line_a_file(self, tmp_path: Path, out: Path) -> None:
        result = run(photo(tmp_path / "a.png"), "-o", out, "--scale", 2)
        size = f"{(out / 'a.jpg').stat().st_size / 1000:.1f} kB"
        assert result.output == f"{out / 'a.jpg'}: 192×144 pixels, {size}\n"

    def test_are_a_list_for_programs(self, tmp_path: Path, out: Path) -> None:
        good, bad = photo(tmp_path / "a.png"), tmp_path / "bad.png"
        bad.write_bytes(b"")
        result = run(good, bad, "-o", out, "--json")
        assert result.exit_code == 1
        first, second = json.loads(result.stdout)
        assert (first["file"], first["thumbnail"]) == (str(good), str(out / "a.jpg"))
        assert first["bytes"] == (out / "a.jpg").stat().st_size
        assert (first["mime"], first["source_width"]) == ("image/jpeg", 640)
        assert second == {"file": str(bad), "error": "'bad.png' is empty"}
        assert result.stderr == "imgdisplay: 'bad.png' is empty\n"


class TestFailures:
    def test_of_one_file_leave_the_others(self, tmp_path: Path, out: Path) -> None:
        good = [photo(tmp_path / name) for name in ("a.png", "c.png")]
        result = run(good[0], tmp_path / "none.png", tmp_path, good[1], "-o", out)
        assert result.exit_code == 1
        assert names(out) == ["a.jpg", "c.jpg"]
        told = result.stderr.splitlines()
        assert len(told) == 2
        assert all(line.startswith("imgdisplay: ") for line in told)

    def test_to_make_the_folder_end_it(self, tmp_path: Path) -> None:
        path = photo(tmp_path / "a.png")
        result = run(path, "-o", path)
        assert result.exit_code == 1
        assert result.stderr == f"imgdisplay: File exists: '{path}'\n"

    def test_to_write_name_the_file(self, tmp_path: Path, out: Path) -> None:
        path = photo(tmp_path / "a.png")
        (out / "a.jpg").mkdir(parents=True)
        result = run(path, "-o", out)
        assert result.exit_code == 1
        assert "a.jpg" in result.stderr
        assert ".part" not in result.stderr
        assert names(out) == ["a.jpg"]

    def test_need_a_folder_and_a_file(self, tmp_path: Path) -> None:
        assert run(tmp_path / "a.png").exit_code == 2
        assert run("-o", tmp_path).exit_code == 2


SLOW = """
    import os, sys, time
    from imgdisplay.cli import main

    def stopped(*names):
        print("here", flush=True)
        time.sleep(60)

    os.replace = stopped
    main()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_leaves_no_unfinished_file(
    number: signal.Signals, tmp_path: Path, out: Path
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(SLOW)]
    process = subprocess.Popen(
        [*command, "thumb", str(photo(tmp_path / "a.png")), "-o", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    assert [path.suffix for path in out.iterdir()] == [".part"]
    process.send_signal(number)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert complaint == ("imgdisplay: interrupted\n" if number == signal.SIGINT else "")
    assert "Traceback" not in complaint
    assert names(out) == []


def test_help_has_examples() -> None:
    assert "imgdisplay thumb photos/*.jpg -o thumbnails" in run("--help").stdout
