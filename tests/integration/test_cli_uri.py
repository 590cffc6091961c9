"""`imgdisplay uri` answers with one data URI, for people and for programs."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import imgdisplay
from imgdisplay.cli import main
from imgdisplay.cli.pictureoptions import ONE_PICTURE
from imgdisplay.options import NAMES


def run(*arguments: object, data: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["uri", *map(str, arguments)], input=data)


def decoded(uri: str) -> Image.Image:
    head, _, payload = uri.strip().partition(",")
    picture = Image.open(io.BytesIO(base64.b64decode(payload, validate=True)))
    picture.load()
    assert head == f"data:{Image.MIME[picture.format or '']};base64"
    return picture


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """Give a drawing of 200×100 pixels."""
    path = tmp_path / "logo.png"
    picture = Image.new("RGB", (200, 100), "navy")
    picture.paste("gold", (20, 20, 60, 80))
    picture.save(path)
    return path


class TestAFile:
    def test_becomes_the_uri_of_the_whole_picture(self, logo: Path) -> None:
        result = run(logo)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.count("\n") == 1
        with Image.open(logo) as picture:
            assert np.array_equal(np.asarray(decoded(result.stdout)), np.asarray(picture))

    def test_is_the_same_as_the_function_gives(self, logo: Path) -> None:
        assert run(logo).stdout.strip() == imgdisplay.data_uri(logo, size=None)

    def test_becomes_a_thumbnail_when_a_size_is_given(self, logo: Path) -> None:
        assert decoded(run(logo, "--size", 50, "--scale", 1).stdout).size == (50, 25)
        assert decoded(run(logo, "--size", 50, "--scale", 2).stdout).size == (100, 50)
        assert decoded(run(logo, "--size", "none").stdout).size == (200, 100)

    def test_takes_the_wanted_format(self, logo: Path) -> None:
        assert decoded(run(logo, "--format", "webp").stdout).format == "WEBP"

    def test_answers_json_to_programs(self, logo: Path) -> None:
        answer = json.loads(run(logo, "--json", "--size", 50, "--scale", 2).stdout)
        picture = decoded(answer.pop("uri"))
        assert picture.size == (100, 50)
        assert answer.pop("bytes") > 50
        assert answer == {
            "mime": "image/png",
            "width": 50,
            "height": 25,
            "pixel_width": 100,
            "pixel_height": 50,
            "source_width": 200,
            "source_height": 100,
            "notes": [],
        }


class TestStandardInput:
    def test_is_read_as_a_picture(self, logo: Path) -> None:
        assert run("-", data=logo.read_bytes()).stdout == run(logo).stdout

    @pytest.mark.parametrize("as_file", [True, False])
    def test_may_be_a_file_or_a_pipe(self, logo: Path, as_file: bool) -> None:
        command = [sys.executable, "-m", "imgdisplay", "uri", "-"]
        with open(logo, "rb") as file:
            given = {"stdin": file} if as_file else {"input": file.read()}
            ended = subprocess.run(command, **given, capture_output=True, timeout=60, check=True)
        assert ended.stdout.decode().strip() == run(logo).stdout.strip()

    def test_that_is_empty_or_no_picture_is_said_in_one_line(self) -> None:
        for data, said in ((b"", "empty"), (b"hello, this is text", "accepted format")):
            result = run("-", data=data)
            assert (result.exit_code, result.stdout) == (1, "")
            assert result.stderr.startswith("imgdisplay: 'standard input' is ")
            assert said in result.stderr
            assert result.stderr.count("\n") == 1

    @pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes it")
    def test_that_is_closed_is_said_in_one_line(self) -> None:
        ended = subprocess.run(
            ["sh", "-c", f'"{sys.executable}" -m imgdisplay uri - <&-'],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == "imgdisplay: standard input is closed; give the name of a file\n"


class TestRawPixels:
    @pytest.mark.parametrize(
        ("shape", "mode"), [("3x2", "L"), ("3x2x1", "L"), ("3x2x2", "LA"), ("3x2x4", "RGBA")]
    )
    def test_are_grey_or_colours_by_their_channels(self, shape: str, mode: str) -> None:
        pixels = np.random.default_rng(1).integers(0, 255, (2, 3, len(mode)), np.uint8)
        result = run("-", "--raw", shape, data=pixels.tobytes())
        assert np.array_equal(np.asarray(decoded(result.stdout).convert(mode)), pixels.squeeze())

    def test_may_be_bgr_and_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "frame.bgr").write_bytes(b"\xff\x00\x00" * 4)
        result = run(tmp_path / "frame.bgr", "--raw", "2×2×3", "--color-order", "bgr")
        assert decoded(result.stdout).convert("RGB").getpixel((0, 0)) == (0, 0, 255)

    @pytest.mark.parametrize(
        ("data", "said"), [(b"12345", "has 5 bytes"), (b"1234567", "has more bytes")]
    )
    def test_of_another_number_are_refused(self, data: bytes, said: str) -> None:
        result = run("-", "--raw", "2x1x3", data=data)
        assert result.exit_code == 1
        assert result.stderr == (
            f"imgdisplay: standard input {said}, and 2x1x3 raw pixels are 6; "
            "give --raw their true size\n"
        )

    def test_are_not_read_if_they_are_too_many(self) -> None:
        result = run("-", "--raw", "90000x90000x3")
        assert result.exit_code == 1
        assert "--max-pixels" in result.stderr

    @pytest.mark.parametrize("shape", ["640", "640x480x5", "0x4x3", "x480", "640x480x3x1", ""])
    def test_of_senseless_shapes_are_a_mistake_in_usage(self, shape: str) -> None:
        result = run("-", "--raw", shape)
        assert result.exit_code == 2
        assert "640x480x3" in result.stderr

    def test_in_no_file_are_told(self, tmp_path: Path) -> None:
        result = run(tmp_path / "none", "--raw", "2x2")
        assert result.exit_code == 1
        assert "no file" in result.stderr
        assert run(tmp_path, "--raw", "2x2").exit_code == 1


class TestMistakes:
    def test_without_a_file_say_so(self) -> None:
        result = run()
        assert result.exit_code == 2
        assert "FILE" in result.stderr

    def test_name_the_option_of_the_command_line(self, logo: Path) -> None:
        result = run(logo, "--max-pixels", 100)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.count("\n") == 1
        assert "raise it with --max-pixels …" in result.stderr

    @pytest.mark.parametrize("options", [[], ["--remote"]])
    def test_name_the_switch_of_the_command_line(self, options: list[str]) -> None:
        if options:
            pytest.importorskip("httpx")
        result = run("https://127.0.0.1:1/a.png", *options)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "--remote" in result.stderr
        assert "=True" not in result.stderr


class TestOptions:
    def test_are_those_of_one_picture(self) -> None:
        offered = {parameter.name for parameter in main.commands["uri"].params}
        assert offered == {"file", "raw", "as_json", *ONE_PICTURE}
        assert set(ONE_PICTURE) < set(NAMES)
        assert {"size", "scale", "format", "quality", "max_pixels"} < set(ONE_PICTURE)

    def test_say_that_the_whole_picture_is_the_default(self) -> None:
        said = " ".join(run("--help").stdout.split())
        assert "The whole picture" in said
        assert "imgdisplay uri logo.png" in said
        assert "imgdisplay uri - --raw 640x480x3" in said
