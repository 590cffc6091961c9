"""`imgdisplay show` draws what the terminal can: its own graphics, half blocks, or a line."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from zoo import psnr

from imgdisplay.cli import main
from imgdisplay.cli.terminal import colors_of, half_blocks

QUESTIONS = re.compile(r"\x1b(\[c|_G[^\x1b]*\x1b\\)")
CELL = re.compile(r"(\x1b\[[\d;]*m)|(.)")


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["show", *map(str, arguments)])


def drawn(lines: list[str], background: tuple[int, int, int] = (1, 2, 3)) -> np.ndarray[Any, Any]:
    """Return the pixels that a terminal shows of lines of half blocks."""
    rows: list[list[tuple[int, ...]]] = []
    for line in lines:
        upper: list[tuple[int, ...]] = []
        lower: list[tuple[int, ...]] = []
        front, back = (255, 255, 255), background
        for style, block in CELL.findall(line):
            if style:
                codes = [int(code) for code in style[2:-1].split(";")]
                assert codes.pop(0) == 0
                front, back = (255, 255, 255), background
                while codes:
                    ground = codes.pop(0)
                    color = _color(codes)
                    front, back = (color, back) if ground == 38 else (front, color)
                continue
            upper.append({"▀": front, "▄": back, " ": back}[block])
            lower.append({"▀": back, "▄": front, " ": back}[block])
        assert line.endswith("\x1b[0m")
        rows += [upper, lower]
    return np.array(rows, np.uint8)


def _color(codes: list[int]) -> tuple[int, int, int]:
    if codes.pop(0) == 2:
        return codes.pop(0), codes.pop(0), codes.pop(0)
    index = codes.pop(0)
    if index >= 232:
        return (8 + 10 * (index - 232),) * 3
    assert index >= 16
    levels = (0, 95, 135, 175, 215, 255)
    return levels[(index - 16) // 36], levels[(index - 16) // 6 % 6], levels[(index - 16) % 6]


@pytest.fixture
def photo() -> Image.Image:
    """Give a smooth picture of all hues."""
    across, down = np.meshgrid(np.linspace(0, 255, 40), np.linspace(0, 255, 24))
    return Image.fromarray(np.stack([across, down, 255 - across], axis=-1).astype(np.uint8))


class TestHalfBlocks:
    def test_are_exact_in_24_bits(self, photo: Image.Image) -> None:
        assert np.array_equal(drawn(list(half_blocks(photo, "24bit"))), np.asarray(photo))

    def test_are_close_in_256_colours(self, photo: Image.Image) -> None:
        pixels = drawn(list(half_blocks(photo, "256")))
        blurred = [
            Image.fromarray(side).resize((10, 6), Image.Resampling.BOX)
            for side in (pixels, np.asarray(photo))
        ]
        assert psnr(*blurred) > 25

    @pytest.mark.parametrize("colors", ["256", "24bit"])
    def test_of_greys_are_grey(self, colors: Any) -> None:
        ramp = Image.linear_gradient("L").resize((4, 64))
        pixels = drawn(list(half_blocks(ramp, colors)))
        assert np.all(pixels.max(axis=2) == pixels.min(axis=2))
        assert pixels.max() > 230
        assert pixels.min() < 10

    def test_leave_the_background_where_the_picture_is_transparent(self) -> None:
        picture = Image.new("RGBA", (2, 3))
        picture.putpixel((0, 0), (255, 0, 0, 255))
        picture.putpixel((1, 1), (0, 255, 0, 200))
        picture.putpixel((1, 2), (0, 0, 255, 100))
        pixels = drawn(list(half_blocks(picture, "24bit"))).tolist()
        back = [1, 2, 3]
        assert pixels == [[[255, 0, 0], back], [back, [0, 255, 0]], [back, back], [back, back]]

    def test_say_a_style_only_when_it_changes(self) -> None:
        (line,) = half_blocks(Image.new("L", (50, 2), 9), "24bit")
        assert line.count("\x1b[") == 2


class TestColours:
    @pytest.mark.parametrize(
        ("environment", "colors"),
        [
            ({"TERM": "xterm-256color"}, "256"),
            ({"TERM": "tmux-256color", "COLORTERM": "truecolor"}, "24bit"),
            ({"TERM": "xterm", "COLORTERM": "24bit"}, "24bit"),
            ({"TERM": "xterm-direct"}, "24bit"),
            ({"WT_SESSION": "1"}, "24bit"),
            ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
            ({}, "256"),
        ],
    )
    def test_are_told_by_the_environment(self, environment: Mapping[str, str], colors: str) -> None:
        assert colors_of(environment) == colors


@pytest.fixture
def files(tmp_path: Path, photo: Image.Image) -> Path:
    """Give a folder with a photo and a broken file."""
    photo.resize((400, 240)).save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path


class TestTheCommand:
    def test_describes_the_picture_where_there_is_no_terminal(self, files: Path) -> None:
        result = run(files / "a.png")
        assert (result.exit_code, result.output) == (0, "a.png · 400×240 RGB\n")

    def test_draws_blocks_of_the_size_that_was_asked_for(self, files: Path) -> None:
        result = run(files / "a.png", "--as", "blocks", "--columns", 30, COLORTERM="truecolor")
        *lines, described = result.stdout.splitlines()
        assert described == "a.png · 400×240 RGB"
        pixels = drawn(lines)
        assert pixels.shape == (18, 30, 3)
        with Image.open(files / "a.png") as picture:
            assert psnr(pixels, picture.resize((30, 18), Image.Resampling.LANCZOS)) > 40

    def test_never_draws_more_rows_than_asked_for(self, files: Path) -> None:
        result = run(files / "a.png", "--as", "blocks", "--rows", 5, "--columns", 200)
        assert len(result.stdout.splitlines()) == 6

    def test_reads_standard_input(self, files: Path) -> None:
        data = (files / "a.png").read_bytes()
        result = CliRunner().invoke(main, ["show", "-"], input=data)
        assert result.output == "standard input · 400×240 RGB\n"

    def test_goes_on_after_a_broken_file_and_exits_with_1(self, files: Path) -> None:
        result = run(files / "bad.png", files / "a.png", files / "none.png")
        assert result.exit_code == 1
        assert result.stdout == "a.png · 400×240 RGB\n"
        assert len(result.stderr.splitlines()) == 2
        assert all(line.startswith("imgdisplay: ") for line in result.stderr.splitlines())

    def test_lets_no_name_of_a_file_steer_the_terminal(self, tmp_path: Path) -> None:
        path = tmp_path / "a\x1b]0;owned\x07.png"
        try:
            Image.new("L", (4, 4)).save(path)
        except OSError:
            pytest.skip("this system has no such names")
        assert "\x1b" not in run(path).output
        path.write_bytes(b"")
        assert "\x1b" not in run(path).output

    def test_writes_what_an_old_encoding_can_hold(self, files: Path) -> None:
        def show(*options: str) -> subprocess.CompletedProcess[bytes]:
            return subprocess.run(
                [sys.executable, "-m", "imgdisplay", "show", "a.png", *options],
                cwd=files,
                env={**os.environ, "PYTHONIOENCODING": "ascii"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )

        ended = show()
        assert (ended.returncode, ended.stdout.rstrip()) == (0, b"a.png ? 400?240 RGB")
        ended = show("--as", "blocks")
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert ended.stderr.startswith(b"imgdisplay: standard output is written as ascii")

    def test_says_when_there_are_no_graphics(self, files: Path) -> None:
        result = run(files / "a.png", "--as", "graphics")
        assert result.exit_code == 1
        assert "--as blocks" in result.stderr


needs_terminal = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")


def in_terminal(
    *arguments: str, folder: Path, answers: Mapping[bytes, bytes], **environment: str
) -> bytes:
    """Return what the command writes to a terminal of 80×24 cells that answers questions."""
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 800, 480))
    unset = {"COLORTERM", "WT_SESSION", "TMUX", "TERM_PROGRAM", "COLUMNS", "LINES"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(
        [sys.executable, "-m", "imgdisplay", "show", *arguments],
        cwd=folder,
        env={**inherited, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        said = b"".join(_conversation(master, answers))
        assert process.wait(60) == 0, said
        return said
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _conversation(master: int, answers: Mapping[bytes, bytes]) -> Iterator[bytes]:
    unanswered = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            said = os.read(master, 65536)
        except OSError:  # the other side is closed
            return
        if not said:
            return
        yield said
        unanswered += said
        for question, answer in answers.items():
            if (found := re.search(question, unanswered)) is not None:
                os.write(master, answer % found.groups())
                unanswered = unanswered[found.end() :]


@needs_terminal
class TestInATerminal:
    def test_without_graphics_half_blocks_are_drawn(self, files: Path) -> None:
        said = in_terminal("a.png", folder=files, answers={rb"\x1b\[c": b"\x1b[?62;22c"})
        *lines, described = QUESTIONS.sub("", said.decode()).splitlines()
        pixels = drawn(lines)
        assert pixels.shape == (44, 73, 3)
        assert described == "a.png · 400×240 RGB"

    def test_a_dumb_one_gets_a_line(self, files: Path) -> None:
        said = in_terminal("a.png", folder=files, answers={}, TERM="dumb")
        assert said.decode().strip() == "a.png · 400×240 RGB"

    def test_one_that_cannot_write_blocks_gets_a_line(self, files: Path) -> None:
        said = in_terminal("a.png", folder=files, answers={}, PYTHONIOENCODING="latin-1")
        assert said.decode("latin-1").strip() == "a.png · 400×240 RGB"

    def test_sixels_are_used_where_they_are_known(self, files: Path) -> None:
        pytest.importorskip("textual_image")
        said = in_terminal("a.png", folder=files, answers={rb"\x1b\[c": b"\x1b[?62;4;22c"})
        assert "▀" not in said.decode(errors="replace")
        sixels = re.search(rb"\x1bP[\d;]*q(?:\"\d+;\d+;(\d+);(\d+))?.*?\x1b\\", said, re.DOTALL)
        assert sixels is not None
        assert said.decode().rstrip().endswith("a.png · 400×240 RGB")

    def test_kittys_protocol_is_used_where_it_is_known(self, files: Path) -> None:
        pytest.importorskip("textual_image")
        question = rb"\x1b_Gi=(\d+)[^;]*a=q[^;]*;[^\x1b]*\x1b\\"
        said = in_terminal(
            "a.png",
            folder=files,
            answers={rb"\x1b\[c": b"\x1b[?62;22c", question: b"\x1b_Gi=%b;OK\x1b\\"},
        )
        chunks = re.findall(rb"\x1b_Gi=\d+,m=[01],f=100[^;]*;([^\x1b]*)\x1b\\", said)
        with Image.open(io.BytesIO(base64.b64decode(b"".join(chunks)))) as sent:
            assert sent.size == (400, 240)
