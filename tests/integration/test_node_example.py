"""The Node example serves the picture that Python made, and only that."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "notebooks" / "node"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(os.name != "posix", reason="the command is a shell script here"),
]

Serve = Callable[..., str]


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """Give a command `imgdisplay` that runs what is tested here."""
    path = tmp_path / "imgdisplay"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imgdisplay "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def serve(command: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start the server on a free port, and give its address; it is stopped after the test."""
    with ExitStack() as stack:

        def start(*arguments: str, given: bytes | None = None) -> str:
            return stack.enter_context(_server(arguments, given, command, tmp_path))

        yield start


@contextmanager
def _server(
    arguments: tuple[str, ...], given: bytes | None, command: Path, folder: Path
) -> Iterator[str]:
    assert NODE is not None
    with subprocess.Popen(
        [NODE, str(EXAMPLE / "server.mjs"), *arguments],
        cwd=folder,
        env={**os.environ, "PORT": "0", "IMGDISPLAY": str(command)},
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            if given is not None:
                assert process.stdin is not None
                process.stdin.write(given)
                process.stdin.close()
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address), address
            yield address
        finally:
            process.terminate()


def fetched(address: str) -> tuple[BeautifulSoup, str]:
    with urllib.request.urlopen(address, timeout=60) as response:
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = response.headers["Content-Security-Policy"]
        return BeautifulSoup(response.read(), "html5lib"), policy


def picture_of(page: BeautifulSoup) -> Image.Image:
    (img,) = page.find_all("img")
    head, _, payload = str(img["src"]).partition(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(payload, validate=True)))
    picture.load()
    return picture


def test_a_file_is_served_as_a_page_with_its_picture(serve: Serve, tmp_path: Path) -> None:
    name = 'a"><script>$(x).png'
    Image.new("RGB", (640, 480), "teal").save(tmp_path / name)
    page, policy = fetched(serve(name, "--size", "64", "--scale", "2"))
    assert (page.img["width"], page.img["height"], page.img["alt"]) == ("64", "48", name)
    assert page.title.string == name
    assert page.script is None
    assert policy == "default-src 'none'; img-src data:"
    picture = picture_of(page).convert("RGB")
    assert picture.size == (128, 96)
    assert picture.getpixel((5, 5)) == (0, 128, 128)


def test_raw_pixels_of_a_script_are_served_again_and_again(serve: Serve) -> None:
    drawn = subprocess.run(
        [sys.executable, EXAMPLE / "draw.py"], capture_output=True, timeout=60, check=True
    ).stdout
    address = serve("-", "--raw", "320x240x3", "--format", "png", given=drawn)
    for _ in range(2):
        picture = picture_of(fetched(address)[0])
        expected = np.frombuffer(drawn, np.uint8).reshape(240, 320, 3)
        assert np.array_equal(np.asarray(picture.convert("RGB")), expected)


def test_nothing_else_is_served(serve: Serve, tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    address = serve("a.png")
    for other in ("a.png", "../a.png", "?file=/etc/passwd", "%2e%2e/a.png"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetched(address + other)
        with caught.value as answer:
            assert answer.code == 404


def test_a_picture_that_cannot_be_had_is_an_error_that_tells_visitors_nothing(
    serve: Serve,
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(serve("secret-name.png"))
    with caught.value as answer:
        assert answer.code == 500
        assert b"secret" not in answer.read()


def test_without_a_file_it_says_how_it_is_used() -> None:
    assert NODE is not None
    ended = subprocess.run(
        [NODE, EXAMPLE / "server.mjs"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: node server.mjs FILE")


def test_the_readme_says_what_is_tested() -> None:
    readme = (EXAMPLE / "README.md").read_text("utf-8")
    assert "python draw.py | node server.mjs - --raw 320x240x3" in readme
    assert "node server.mjs photo.jpg --size 480" in readme
