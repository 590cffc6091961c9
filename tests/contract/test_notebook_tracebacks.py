"""An error in a notebook is told with the caller's lines, not with those of this package."""

from __future__ import annotations

import atexit
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import imgdisplay
from imgdisplay.tracebacks import rendered, without_inner_frames


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], str]]:
    """Give a function that runs a cell, and returns what it writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    shell.run_cell("import imgdisplay")

    def run(code: str) -> str:
        capsys.readouterr()
        shell.run_cell(code)
        return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)

    yield run
    shell.run_line_magic("xmode", "Context")
    shell.restore_sys_module_state()
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()
    InteractiveShell.clear_instance()


MISSPELT = "def shown(path):\n    return imgdisplay.img(path)\nshown('nofile.png')"
LOADER = """
class Own:
    pass

def load(source):
    return 1 / 0

class Text:
    def __imgdisplay__(self):
        return load(self)

imgdisplay.thumbnail(Text())
"""


@pytest.mark.parametrize("mode", ["Context", "Plain"])
def test_the_lines_of_the_caller_are_told_and_ours_are_counted(
    mode: str, said: Callable[[str], str]
) -> None:
    said(f"%xmode {mode}")
    text = said(MISSPELT)
    assert "return imgdisplay.img(path)" in text
    assert "shown('nofile.png')" in text
    assert "display.py" not in text
    assert "contextlib" not in text
    lines = text.strip().splitlines()
    assert re.fullmatch(r"\[\.\.\. \d+ frames of imgdisplay left out; .*\]", lines[-2])
    assert lines[-1].startswith("SourceNotFound: no file 'nofile.png'")
    assert len(lines) < 20


def test_the_shortest_mode_tells_the_message_alone(said: Callable[[str], str]) -> None:
    said("%xmode Minimal")
    assert said(MISSPELT).strip().startswith("SourceNotFound: no file 'nofile.png'")
    assert len(said(MISSPELT).strip().splitlines()) == 1


def test_all_frames_are_told_where_they_are_asked_for(said: Callable[[str], str]) -> None:
    said(MISSPELT)
    said("%xmode Verbose")
    text = said("%tb")
    assert "display.py" in text
    assert "left out" not in text
    assert "SourceNotFound: no file 'nofile.png'" in text


def test_a_loader_of_the_caller_is_told_where_it_fails(said: Callable[[str], str]) -> None:
    text = said(LOADER)
    assert "return 1 / 0" in text
    assert "ZeroDivisionError" in text
    assert "direct cause" in text
    assert "imgdisplay.thumbnail(Text())" in text
    assert "sources.py" not in text


def test_what_libraries_raise_inside_is_not_told(said: Callable[[str], str]) -> None:
    text = said(r"imgdisplay.thumbnail(b'\x89PNG\r\n\x1a\n' + b'x' * 50)")
    assert "DecodeError: the data is truncated" in text
    assert "ImageFile.py" not in text
    assert "direct cause" not in text


def test_an_error_of_ours_that_the_caller_raises_has_all_its_lines(
    said: Callable[[str], str],
) -> None:
    text = said("def f():\n    raise imgdisplay.DecodeError('mine')\nf()")
    assert "raise imgdisplay.DecodeError('mine')" in text
    assert "left out" not in text


def test_the_error_itself_keeps_all_its_frames_and_causes(said: Callable[[str], str]) -> None:
    said(
        "try:\n    imgdisplay.thumbnail(b'\\x89PNG\\r\\n\\x1a\\n' + b'x' * 50)\n"
        "except imgdisplay.DecodeError as error:\n    kept = error"
    )
    said("import traceback\nbefore = ''.join(traceback.format_exception(kept))")
    said("lines = kept._render_traceback_()")
    assert said("print(before == ''.join(traceback.format_exception(kept)))").strip() == "True"
    assert said("print('PngImagePlugin' in before)").strip() == "True"


def test_without_a_shell_python_tells_it() -> None:
    InteractiveShell.clear_instance()
    with pytest.raises(imgdisplay.SourceNotFound) as caught:
        imgdisplay.thumbnail("nofile.png")
    text = "".join(rendered(caught.value))
    assert "_open_regular_file" in text
    assert text.rstrip().endswith("relative to the working directory")


def test_a_traceback_ends_where_the_package_was_called() -> None:
    with pytest.raises(imgdisplay.SourceNotFound) as caught:
        imgdisplay.thumbnail("nofile.png")
    kept = without_inner_frames(caught.value.__traceback__)
    assert kept is not None
    assert kept.tb_next is None
    assert kept.tb_frame.f_code.co_name == "test_a_traceback_ends_where_the_package_was_called"
    assert without_inner_frames(None) is None
