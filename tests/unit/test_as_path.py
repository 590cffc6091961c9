"""A path for libraries that only take a name: any library opens it, and nothing is left of it."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from zoo import decoded, mime_of
from zoo.images import encoded, photograph

from imgdisplay import DecodeError, OptionError, SourceNotFound
from imgdisplay.convert import files
from imgdisplay.convert.encoders import SUFFIXES
from imgdisplay.convert.files import as_path
from imgdisplay.convert.writing import to_bytes

PHOTO = photograph("chelsea")
linux = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """List the folders that are made, and hold every test to leaving none of them."""
    folders: list[str] = []
    real = tempfile.mkdtemp

    def mkdtemp(*args: Any, **kwargs: Any) -> str:
        folders.append(real(*args, **kwargs))
        return folders[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    yield folders
    assert [folder for folder in folders if os.path.lexists(folder)] == []


def _bytes_by_c(path: str) -> bytes:
    """Return what the C library reads from a file that it opens by name."""
    name = "msvcrt" if os.name == "nt" else None
    c = ctypes.CDLL(name)
    c.fopen.restype = ctypes.c_void_p
    c.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    c.fread.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
    c.fread.restype = ctypes.c_size_t
    c.fclose.argtypes = [ctypes.c_void_p]
    file = c.fopen(os.fsencode(path), b"rb")
    assert file
    buffer = ctypes.create_string_buffer(2**20)
    length = c.fread(buffer, 1, len(buffer), file)
    c.fclose(file)
    return buffer.raw[:length]


def _library(name: str) -> ctypes.CDLL:
    path = ctypes.util.find_library(name)
    if path is None:
        pytest.skip(f"lib{name} is not on this machine")
    return ctypes.CDLL(path)


def _pixels_by_libtiff(path: str) -> Any:
    """Return what libtiff decodes of a file that it opens by name, as H×W×4, upright."""
    tiff = _library("tiff")
    tiff.TIFFOpen.restype = ctypes.c_void_p
    tiff.TIFFOpen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    tiff.TIFFReadRGBAImageOriented.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32),
        *(ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ]
    tiff.TIFFClose.argtypes = [ctypes.c_void_p]
    file = tiff.TIFFOpen(os.fsencode(path), b"r")
    assert file
    width, height = PHOTO.size
    found = np.zeros((height, width, 4), np.uint8)
    top_left = 1
    assert tiff.TIFFReadRGBAImageOriented(file, width, height, found.ctypes.data, top_left, 1)
    tiff.TIFFClose(file)
    return found


class TestThePath:
    @pytest.mark.parametrize("format_", ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
    def test_is_that_of_the_picture_with_the_right_suffix(self, format_: Any) -> None:
        with as_path(PHOTO, format_) as path:
            assert type(path) is str
            assert os.path.isabs(path)
            assert path.endswith(SUFFIXES[format_])
            assert mime_of(Path(path).read_bytes()) == f"image/{format_}"
            assert Path(path).read_bytes() == to_bytes(PHOTO, format_)

    def test_is_opened_by_the_c_library(self) -> None:
        with as_path(PHOTO) as path:
            assert _bytes_by_c(path) == to_bytes(PHOTO, "png")

    @pytest.mark.parametrize(
        "given", [{}, pytest.param({"anonymous": True}, marks=linux)], ids=["named", "anonymous"]
    )
    def test_is_opened_by_a_library_of_c(self, given: dict[str, Any]) -> None:
        with as_path(PHOTO, "tiff", **given) as path:
            assert (_pixels_by_libtiff(path)[..., :3] == np.asarray(PHOTO)).all()

    def test_is_opened_by_libraries_that_resolve_it_or_look_at_its_suffix(self) -> None:
        import matplotlib.image
        import skimage.io

        with as_path(PHOTO) as path:
            assert Path(path).resolve(strict=True).suffix == ".png"
            assert (matplotlib.image.imread(path) * 255 == np.asarray(PHOTO)).all()
            assert (skimage.io.imread(path) == np.asarray(PHOTO)).all()
        with as_path(PHOTO, "tiff") as path:
            assert (skimage.io.imread(path) == np.asarray(PHOTO)).all()

    @pytest.mark.parametrize(
        "given", [{}, pytest.param({"anonymous": True}, marks=linux)], ids=["named", "anonymous"]
    )
    def test_means_the_same_in_another_process(self, given: dict[str, Any]) -> None:
        code = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
        with as_path(PHOTO, **given) as path:
            said = subprocess.run(
                [sys.executable, "-c", code, path], capture_output=True, check=True, timeout=60
            )
        assert said.stdout == to_bytes(PHOTO, "png")

    def test_may_be_written_to(self) -> None:
        with as_path(PHOTO) as path:
            Path(path).write_bytes(b"mine now")

        assert to_bytes(PHOTO, "png")[:4] == b"\x89PNG"

    def test_is_not_open_meanwhile(self) -> None:
        with as_path(PHOTO) as path:
            os.rename(path, f"{path}.moved")  # which Windows refuses for an open file
            assert os.listdir(os.path.dirname(path)) == [f"{os.path.basename(path)}.moved"]

    def test_takes_the_options_of_conversions(self) -> None:
        with as_path(PHOTO, "jpg", size=60, quality=30) as path:
            assert decoded(Path(path).read_bytes()).size == (60, 40)
        with as_path(encoded(PHOTO, "JPEG"), None) as path:
            assert path.endswith(".jpg")

    def test_is_another_for_each_block(self) -> None:
        with as_path(PHOTO) as one, as_path(PHOTO) as other:
            assert one != other

    def test_is_one_of_its_own_in_each_thread(self) -> None:
        paths: list[str] = []

        def use() -> None:
            with as_path(PHOTO, size=20) as path:
                paths.append(path)
                assert decoded(Path(path).read_bytes()).size == (20, 13)

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(paths)) == 8

    @pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
    def test_is_for_this_user_only(self) -> None:
        with as_path(PHOTO) as path:
            assert os.stat(os.path.dirname(path)).st_mode & 0o077 == 0


class TestRemoval:
    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_happens_however_the_block_ends(self, error: type[BaseException]) -> None:
        with pytest.raises(error), as_path(PHOTO) as path:
            raise error

        assert not os.path.exists(os.path.dirname(path))

    def test_happens_after_the_block(self) -> None:
        with as_path(PHOTO) as path:
            Path(path).with_name("sidecar.xml").write_text("by the library")

        assert not os.path.exists(os.path.dirname(path))

    def test_happens_if_the_block_removed_it_itself(self) -> None:
        with as_path(PHOTO) as path:
            os.remove(path)
        with as_path(PHOTO) as path:
            shutil.rmtree(os.path.dirname(path))

    def test_is_not_needed_if_there_was_no_picture(self) -> None:
        with pytest.raises(SourceNotFound), as_path("missing.png"):
            raise AssertionError("the block was entered")
        with pytest.raises(DecodeError), as_path(b"no picture"):
            raise AssertionError("the block was entered")

    def test_is_tried_again_while_the_library_still_holds_the_file(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, refused = shutil.rmtree, []

        def rmtree(path: str, ignore_errors: bool = False) -> None:
            if len(refused) < 2:
                refused.append(path)  # as Windows does; ignore_errors hides it
            else:
                real(path, ignore_errors=ignore_errors)

        with as_path(PHOTO) as path:
            monkeypatch.setattr(shutil, "rmtree", rmtree)

        assert len(refused) == 2
        assert not os.path.exists(os.path.dirname(path))

    @pytest.mark.parametrize(
        "ending",
        [
            "sys.exit(3)",
            "raise ValueError",
            "raise KeyboardInterrupt",
            "files.shutil.rmtree = interrupted",
        ],
    )
    def test_happens_at_the_latest_when_the_interpreter_ends(
        self, tmp_path: Path, ending: str
    ) -> None:
        code = f"""if True:
            import shutil, sys
            from PIL import Image
            from imgdisplay.convert import files
            real = shutil.rmtree
            def interrupted(*args, **kwargs):
                files.shutil.rmtree = real
                raise KeyboardInterrupt
            with files.as_path(Image.new("RGB", (9, 9))) as path:
                print(path, flush=True)
                {ending}
        """
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode != 0
        assert ended.stdout, ended.stderr
        assert not os.path.exists(os.path.dirname(ended.stdout.strip()))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_is_left_to_the_process_that_made_it(self) -> None:
        with as_path(PHOTO) as path:
            child = os.fork()
            if child == 0:
                try:
                    files_made = [item for item in _folders() if item.path in path]
                    for folder in files_made:
                        folder.remove()
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            assert os.path.exists(path)


def _folders() -> list[Any]:
    import gc

    return [item for item in gc.get_objects() if isinstance(item, files._Folder)]


@linux
class TestInMemory:
    def test_nothing_is_written_to_a_disk(self) -> None:
        with as_path(PHOTO) as path:
            assert path.startswith("/dev/shm/imgdisplay-path-")
        with as_path(PHOTO, anonymous=True) as path:
            assert path.startswith(f"/proc/{os.getpid()}/fd/")
            assert "memfd:" in os.readlink(path)

    @pytest.mark.parametrize("given", [{}, {"anonymous": True}], ids=["named", "anonymous"])
    def test_no_descriptor_is_left_open(self, given: dict[str, Any]) -> None:
        with as_path(PHOTO, **given):
            pass
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            with pytest.raises(ValueError, match="mine"), as_path(PHOTO, size=9, **given):
                raise ValueError("mine")

        assert len(os.listdir("/proc/self/fd")) == before

    def test_without_room_it_is_a_temporary_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: list[str]
    ) -> None:
        real_open = open

        def full(path: Any, *args: Any, **kwargs: Any) -> Any:
            if str(path).startswith("/dev/shm"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return real_open(path, *args, **kwargs)

        monkeypatch.setattr("builtins.open", full)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with as_path(PHOTO) as path:
            assert path.startswith(str(tmp_path))
            assert len(made) == 2
            assert not os.path.exists(made[0])
            assert _bytes_by_c(path) == to_bytes(PHOTO, "png")
        assert os.listdir(tmp_path) == []

    def test_without_such_a_place_it_is_a_temporary_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(files, "MEMORY", str(tmp_path / "missing"))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with as_path(PHOTO) as path:
            assert path.startswith(str(tmp_path))
        assert os.listdir(tmp_path) == []

    @pytest.fixture
    def memory(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """A place in memory of our own, so that tests do not sweep what others make."""
        with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="tests-of-") as place:
            monkeypatch.setattr(files, "MEMORY", place)
            monkeypatch.setattr(files, "_NEW", -1)
            yield place

    def test_what_a_killed_process_left_is_swept_by_the_next(
        self, monkeypatch: pytest.MonkeyPatch, memory: str
    ) -> None:
        code = """if True:
            import sys, time
            from PIL import Image
            from imgdisplay.convert import files
            files.MEMORY = sys.argv[1]
            with files.as_path(Image.new("RGB", (9, 9))) as path:
                print(path, flush=True)
                time.sleep(600)
        """
        process = subprocess.Popen(
            [sys.executable, "-c", code, memory], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            path = process.stdout.readline().strip()
            assert path.startswith(memory)
            with as_path(PHOTO) as mine, as_path(PHOTO):
                assert os.path.exists(path)  # its process lives
                assert os.path.exists(mine)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        assert os.path.exists(path)
        monkeypatch.setattr(files, "_NEW", 3600)
        with as_path(PHOTO):
            assert os.path.exists(path)  # too new to tell
        monkeypatch.setattr(files, "_NEW", -1)
        with as_path(PHOTO):
            assert not os.path.exists(path)

    def test_what_is_not_ours_is_not_swept(self, memory: str, tmp_path: Path) -> None:
        place = Path(memory)
        for name in ("others", "imgdisplay-my-results", "imgdisplay-path-of-mine"):
            (place / name).mkdir()
            (place / name / "precious").write_bytes(b"x")
        (place / "imgdisplay-path-two_file").mkdir()
        for name in ("a", "b"):
            (place / "imgdisplay-path-two_file" / name).write_bytes(b"x")
        (place / "imgdisplay-path-one_file").write_bytes(b"")
        (place / "imgdisplay-path-one_link").symlink_to(tmp_path)
        before = sorted(os.listdir(place))

        with as_path(PHOTO):
            pass

        assert sorted(os.listdir(place)) == before
        assert tmp_path.is_dir()

    def test_an_anonymous_file_vanishes_with_its_block(self) -> None:
        with as_path(PHOTO, "jpeg", anonymous=True) as path:
            assert Path(path).read_bytes() == to_bytes(PHOTO, "jpeg")
            with Image.open(path) as again:
                assert again.size == PHOTO.size
        assert not os.path.exists(path)


def test_an_anonymous_file_where_there_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)

    with pytest.raises(OptionError, match="only Linux"), as_path(PHOTO, anonymous=True):
        raise AssertionError("the block was entered")
