"""``isolate=True``: a decoder that hangs, crashes or talks nonsense costs one picture."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from zoo import elements, outcome, pixels
from zoo.bombs import BOMBS, jpeg_of_scans
from zoo.images import FORMATS, MODES, animation, encoded, in_mode, photograph, stored, written

import imgdisplay
from imgdisplay import DecodeError, SourceRefused, gallery, open_image, thumbnail
from imgdisplay.core.isolation import processes as isolation
from imgdisplay.core.isolation.messages import (
    Message,
    Nonsense,
    picture_message,
    picture_of_message,
)
from imgdisplay.core.picture import Picture
from imgdisplay.core.streams import Encoded

PHOTO = photograph("chelsea")


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Processes of this test's own, of which none is left."""
    own = isolation._Pool()
    monkeypatch.setattr(isolation, "_pool", own)
    yield own
    own.close()


def said(source: object, **options: Any) -> str:
    """Return why a source cannot be shown."""
    error = outcome(lambda: thumbnail(source, isolate=True, cache=False, **options))
    assert isinstance(error, DecodeError | SourceRefused), repr(error)
    return str(error)


def both(source: object, **options: Any) -> list[object]:
    """Return the thumbnail of a source, or its error, made here and made elsewhere."""
    results: list[object] = []
    for isolate in (False, True):
        if isinstance(source, io.BytesIO):
            source.seek(0)
        try:
            made = thumbnail(source, isolate=isolate, cache=False, **options)
            results.append((made, made.notes, made.source_mode, made.name))
        except imgdisplay.SourceError as error:
            results.append((type(error), str(error)))
    return results


class TestTheSamePictures:
    @pytest.mark.parametrize("format_", FORMATS, ids=str)
    @pytest.mark.parametrize("options", [{}, {"size": None}, {"size": 20, "scale": 1}])
    def test_of_every_format(self, format_: Any, options: dict[str, Any]) -> None:
        here, elsewhere = both(written(format_)[0], **options)

        assert elsewhere == here

    @pytest.mark.parametrize("mode", MODES)
    def test_of_every_mode_that_a_tiff_holds(self, mode: str, tmp_path: Path) -> None:
        try:
            in_mode(mode).image.save(tmp_path / "a.tif")
        except OSError:
            pytest.skip("Pillow does not write it")
        here, elsewhere = both(tmp_path / "a.tif")

        assert elsewhere == here

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_upright(self, orientation: int) -> None:
        picture, exif = stored(orientation)
        here, elsewhere = both(encoded(picture, "JPEG", exif=exif, quality=95))

        assert elsewhere == here

    @pytest.mark.parametrize(
        "options",
        [
            {"colormap": "viridis"},
            {"colormap": "twilight"},
            {"colormap": "labels"},
            {"value_range": (0, 30_000)},
            {"value_range": "robust"},
            {"background": "red"},
            {"pixelated": False, "size": (50, 30)},
            {"overlay": imgdisplay.overlay(boxes=[[10, 10, 90, 90]], labels=["cat"])},
            {"format": "webp", "quality": 30},
        ],
        ids=str,
    )
    def test_with_every_option(self, options: dict[str, Any]) -> None:
        deep = np.asarray(photograph("camera")).astype(np.uint16) * 200
        for picture in (Image.fromarray(deep), PHOTO.convert("RGBA"), PHOTO.resize((8, 8))):
            here, elsewhere = both(encoded(picture), **options)
            assert elsewhere == here

    def test_in_their_colors(self) -> None:
        swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
        for profile in (
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
            swapped,
            b"garbage" * 50,
        ):
            here, elsewhere = both(encoded(PHOTO, icc_profile=profile))
            assert elsewhere == here

    def test_or_the_same_errors(self, tmp_path: Path) -> None:
        data = encoded(PHOTO)
        broken = tmp_path / "broken.png"
        broken.write_bytes(data[: len(data) // 2])
        for source in (
            data[:200],
            b"",
            b"nothing",
            b"<svg>",
            broken,
            tmp_path / "none.png",
            tmp_path,
            io.BytesIO(data[:500]),
            jpeg_of_scans(101, (64, 64)),
        ):
            here, elsewhere = both(source)
            assert elsewhere == here

    def test_of_files_and_file_objects(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        PHOTO.save(path)
        with path.open("rb") as file, Image.open(path) as image:
            file.seek(7)
            for source in (path, str(path), file, {"path": str(path)}, image):
                here, elsewhere = both(source)
                assert elsewhere == here
            assert file.tell() == 7

    @pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
    def test_that_move(self, format_: str) -> None:
        here, elsewhere = both(animation(format_), animate=True, background="white")

        assert elsewhere == here

    def test_in_a_strip(self) -> None:
        here, elsewhere = both([encoded(PHOTO), encoded(PHOTO, "JPEG"), b"broken"])

        assert elsewhere == here

    def test_as_a_whole_image(self) -> None:
        picture, exif = stored(6)
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        palette = PHOTO.quantize(30)
        sources = [
            encoded(picture, "JPEG", exif=exif, icc_profile=profile),
            encoded(palette, "PNG", transparency=bytes(range(30))),
            encoded(palette, "GIF", transparency=3),
            encoded(PHOTO, "PNG", transparency=(1, 2, 3)),
            encoded(PHOTO.convert("1"), "PNG"),
            encoded(PHOTO.convert("CMYK"), "TIFF"),
            encoded(Image.fromarray(np.arange(600, dtype=np.uint16).reshape(20, 30)), "PNG"),
        ]
        for source in sources:
            here, elsewhere = (open_image(source, isolate=isolate) for isolate in (False, True))
            assert (elsewhere.mode, elsewhere.size) == (here.mode, here.size)
            assert elsewhere.tobytes() == here.tobytes()
            assert elsewhere.getpalette() == here.getpalette()
            for key in ("icc_profile", "exif", "transparency"):
                assert elsewhere.info.get(key) == here.info.get(key)


@pytest.mark.usefixtures("pool")
class TestWhatIsIsolated:
    def test_nothing_of_this_machine_unless_asked(self, pool: Any) -> None:
        thumbnail(encoded(PHOTO), cache=False)
        assert pool._all == set()

        thumbnail(encoded(PHOTO), cache=False, isolate=True)
        assert len(pool._all) == 1

    def test_what_was_fetched_unless_told_otherwise(self, pool: Any) -> None:
        fetched = Encoded(data=encoded(PHOTO), fetched=True)

        thumbnail(fetched, cache=False, isolate=False)
        assert pool._all == set()

        thumbnail(fetched, cache=False)
        assert len(pool._all) == 1

    def test_no_decoder_runs_in_this_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden(*_: object) -> None:
            raise AssertionError("decoded here")

        data, gif = encoded(PHOTO, "JPEG"), animation("GIF")
        monkeypatch.setattr("PIL.ImageFile.ImageFile.__init__", forbidden)
        with imgdisplay.options(isolate=True, cache=False):
            assert thumbnail(data).width == 96
            assert thumbnail(gif, animate=True, size=20).width == 20
            assert open_image(data).size == PHOTO.size
            assert len(imgdisplay.to_bytes(data, "auto")) > 1000

    def test_processes_are_used_again_and_no_more_than_cores(self, pool: Any) -> None:
        data = encoded(PHOTO, "JPEG")
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: thumbnail(data, isolate=True, cache=False), range(40)))

        assert 1 <= len(pool._all) <= len(os.sched_getaffinity(0))


READY = "import os, sys, time; os.write(1, b'ready'); "
PROGRAMS = {
    "crashes": READY + "os.read(0, 1); os.abort()",
    "is killed": READY + "os.read(0, 1); os.kill(os.getpid(), 9)",
    "ends": READY + "os.read(0, 1)",
    "ends with an error": READY + "os.read(0, 1); sys.exit(3)",
    "talks nonsense": READY + "os.read(0, 1); os.write(1, b'x' * 100_000); time.sleep(60)",
    "promises too much": READY
    + "os.read(0, 1); t = b'[{}, {\"pixels\": 9000000000000}]'; "
    + "os.write(1, len(t).to_bytes(4, 'big') + t); time.sleep(60)",
    "sends half an answer": READY + "os.read(0, 1); os.write(1, b'\\0\\0\\0\\x40[{}'); sys.exit()",
    "sends no JSON": READY + "os.read(0, 1); os.write(1, b'\\0\\0\\0\\3[}]'); time.sleep(60)",
    "sends something else": READY + "os.read(0, 1); os.write(1, b'\\0\\0\\0\\x08[{}, {}]'); "
    "time.sleep(60)",
    "sends JSON a thousand deep": READY + "os.read(0, 1); "
    "os.write(1, (100_000).to_bytes(4, 'big') + b'[' * 100_000); time.sleep(60)",
}


@pytest.mark.usefixtures("pool")
class TestADecoderThatGoesWrong:
    @pytest.mark.parametrize("what", PROGRAMS)
    def test_costs_one_picture(self, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
        sound = isolation._PROGRAM
        monkeypatch.setattr(isolation, "_PROGRAM", PROGRAMS[what])
        why = said(encoded(PHOTO.resize((40, 40))), timeout=20)
        monkeypatch.setattr(isolation, "_PROGRAM", sound)

        assert "crashed" in why or "nonsense" in why
        assert len(why) < 200
        assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96

    def test_says_how_it_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_PROGRAM", PROGRAMS["is killed"])

        assert said(encoded(PHOTO)) == "the data: its decoder crashed (signal 9)"

    def test_hangs_no_longer_than_the_timeout(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_PROGRAM", READY + "time.sleep(600)")

        assert "is not decoded within timeout=0.3" in said(encoded(PHOTO), timeout=0.3)
        # Also while a large file is being sent that nobody takes.
        assert "timeout=0.3" in said(encoded(Image.effect_noise((1500, 1500), 90)), timeout=0.3)

    def test_hangs_in_a_real_decoder(self, pool: Any) -> None:
        # A hundred scans are allowed and take a second; all of them are in one block of the file.
        data = jpeg_of_scans(100, (3160, 3160))
        thumbnail(encoded(PHOTO), isolate=True, cache=False)  # the process has started

        shown = gallery([data, encoded(PHOTO)], isolate=True, timeout=0.1, size=2000, cache=False)

        first = elements(shown)[2]
        assert "is not decoded within timeout=0.1" in str(first["title"])
        assert len(pool._all) <= 2

    def test_does_not_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(isolation, "_PROGRAM", "raise SystemExit(7)")
        assert "exit status 7" in said(encoded(PHOTO))

        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        assert "isolate=False decodes in this one" in said(encoded(PHOTO))

        monkeypatch.setattr(sys, "executable", None)
        assert "isolate=False decodes in this process" in said(encoded(PHOTO))

    def test_is_replaced_when_it_died_while_nobody_looked(self, pool: Any) -> None:
        thumbnail(encoded(PHOTO), isolate=True, cache=False)
        (worker,) = pool._all
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

        assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96

    def test_is_ended_when_the_user_interrupts(
        self, pool: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sound = isolation._PROGRAM
        monkeypatch.setattr(isolation, "_PROGRAM", READY + "time.sleep(600)")
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            thumbnail(encoded(PHOTO), isolate=True, cache=False)
        monkeypatch.setattr(isolation, "_PROGRAM", sound)

        assert pool._all == set()
        assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96

    def test_does_not_see_ctrl_c(self, pool: Any) -> None:
        thumbnail(encoded(PHOTO), isolate=True, cache=False)
        (worker,) = pool._all

        os.kill(worker.process.pid, signal.SIGINT)
        time.sleep(0.1)

        assert worker.process.poll() is None
        assert os.getpgid(worker.process.pid) != os.getpgid(0)

    def test_a_file_that_is_cut_off_meanwhile_costs_one_picture(self) -> None:
        class Shrinking(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                return b"" if self.tell() else super().read(100)

        assert "cut off" in said(Shrinking(encoded(PHOTO)))
        assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96


@pytest.mark.usefixtures("pool")
class TestLimits:
    def test_its_memory_is_limited_by_the_system(self, python: Callable[..., str]) -> None:
        assert (
            python(
                """
                from imgdisplay.core.isolation.worker import _limits
                limit = _limits()
                limit(512 * 2**20)
                bytearray(400 * 2**20)
                try:
                    bytearray(2000 * 2**20)
                except MemoryError:
                    print("refused")
                """
            )
            == "refused"
        )

    @pytest.mark.parametrize("name", ["png_of_179_megapixels", "png_of_small_chunks"])
    def test_a_bomb_is_refused_there_as_here(self, name: str) -> None:
        here, elsewhere = both(BOMBS[name]())

        assert elsewhere == here


@pytest.mark.usefixtures("pool")
class TestProcesses:
    @pytest.fixture
    def started(self, tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
        (tmp_path / "a.png").write_bytes(encoded(PHOTO))
        code = """
            import os, sys, time
            import imgdisplay
            from imgdisplay.core.isolation import processes as isolation
            imgdisplay.thumbnail("a.png", isolate=True, cache=False)
            print(*(worker.process.pid for worker in isolation._pool._all), flush=True)
        """

        def start(end: str) -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-W", "error", "-c", textwrap.dedent(code) + end],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        return start

    @pytest.mark.parametrize(
        "end",
        ["", "os._exit(0)", "os.kill(os.getpid(), 9)", "sys.exit(1)", "raise KeyboardInterrupt"],
    )
    def test_end_with_the_one_that_started_them(
        self, end: str, started: Callable[[str], subprocess.Popen[str]]
    ) -> None:
        process = started(end)
        output, errors = process.communicate(timeout=60)

        assert "ResourceWarning" not in errors
        for pid in output.split():
            self.wait_for_end(int(pid))

    def test_end_although_a_fork_lives_on(
        self, started: Callable[[str], subprocess.Popen[str]]
    ) -> None:
        process = started(
            "child = os.fork()\n"
            "if not child:\n"
            "    os.close(1); os.close(2)\n"
            "    time.sleep(20)\n"
            "    os._exit(0)\n"
            "print(child, flush=True)\n"
            "os._exit(0)\n"
        )
        output, _ = process.communicate(timeout=60)
        worker, child = map(int, output.split())
        self.wait_for_end(worker)
        os.kill(child, signal.SIGKILL)

    def test_a_fork_decodes_by_processes_of_its_own(
        self, started: Callable[[str], subprocess.Popen[str]]
    ) -> None:
        process = started(
            "child = os.fork()\n"
            "made = imgdisplay.thumbnail('a.png', isolate=True, cache=False)\n"
            "assert made.width == 96\n"
            "if child:\n"
            "    print(os.waitpid(child, 0)[1])\n"
        )
        output, errors = process.communicate(timeout=60)

        assert process.returncode == 0, errors
        assert output.split()[-1] == "0"

    def test_of_a_program_from_the_standard_input(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(encoded(PHOTO))
        code = "import imgdisplay; print(imgdisplay.thumbnail('a.png', isolate=True).width)"

        done = subprocess.run(
            [sys.executable, "-"],
            input=code,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.stdout, done.stderr) == ("96\n", "")

    def test_of_a_script_without_a_main_guard(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(encoded(PHOTO))
        (tmp_path / "script.py").write_text(
            "import imgdisplay\nprint(imgdisplay.thumbnail('a.png', isolate=True).width)\n"
        )

        done = subprocess.run(
            [sys.executable, "script.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.stdout, done.stderr) == ("96\n", "")

    def test_a_file_in_the_working_directory_is_not_imported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "json.py").write_text("raise SystemExit(9)")
        (tmp_path / "PIL.py").write_text("raise SystemExit(9)")
        monkeypatch.chdir(tmp_path)

        assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96

    @staticmethod
    def wait_for_end(pid: int) -> None:
        """Wait until a process is gone, or dead and not yet asked about."""
        for _ in range(600):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    if file.read().rpartition(")")[2].split()[0] == "Z":
                        return
            except FileNotFoundError:
                return
            time.sleep(0.05)
        raise AssertionError(f"process {pid} lives on")


class TestMessages:
    GOOD = picture_message(Picture(PHOTO, PHOTO.size, mode="RGB", format="PNG"), untouched=True)

    def test_a_picture_goes_there_and_back(self) -> None:
        sent = b"".join(self.GOOD.written())
        back = picture_of_message(Message.read(io.BytesIO(sent).read, 10**6), "name")

        assert np.array_equal(pixels(back.image), pixels(PHOTO))
        assert (back.size, back.mode, back.format, back.name) == (PHOTO.size, "RGB", "PNG", "name")

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("image", ["RGB", 240, 161]),
            ("image", ["RGB", -240, -160]),
            ("image", ["RGB", 240.0, 160]),
            ("image", ["RGB", True, 160]),
            ("image", ["RGB", 2**70, 160]),
            ("image", ["BGR;15", 240, 160]),
            ("image", ["P", 240, 480]),
            ("image", None),
            ("size", [0, 5]),
            ("size", ["a", 5]),
            ("orientation", 9),
            ("orientation", "1"),
            ("notes", 5),
            ("filled", ["x", 1]),
            ("filled", []),
            ("begins", [1]),
            ("info", 3),
            ("color", {}),
            ("color", {"cicp": [1], "srgb": 0, "gamma": None, "chromaticities": None}),
        ],
    )
    def test_what_cannot_be_is_nonsense(self, key: str, value: object) -> None:
        with pytest.raises(Nonsense):
            picture_of_message(Message({**self.GOOD.values, key: value}, self.GOOD.parts), "")

    def test_texts_are_cut_and_markup_is_text(self) -> None:
        values = {**self.GOOD.values, "notes": ["<script>" * 1000] * 1000, "mode": "<b>" * 1000}
        picture = picture_of_message(Message(values, self.GOOD.parts), "")

        assert sum(map(len, picture.notes)) < 10_000
        assert len(picture.mode) < 1000

    def test_a_head_that_is_too_long_is_not_read(self) -> None:
        with pytest.raises(Nonsense):
            Message.read(io.BytesIO(struct.pack(">I", 2**31) + b"[").read, 100)
        text = json.dumps([{}, {"a": 101}]).encode()
        with pytest.raises(Nonsense):
            Message.read(io.BytesIO(struct.pack(">I", len(text)) + text + bytes(101)).read, 100)


@pytest.mark.usefixtures("pool")
def test_what_decoders_say_on_the_terminal_is_not_heard(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = isolation._PROGRAM
    chatter = "import os; os.write(2, b'before'); " + sound.replace(
        "serve()",
        "import imgdisplay.core.isolation.worker as w; real = w.decode\n"
        "def decode(*a, **k):\n    os.write(1, b'chatter'); os.write(2, b'chatter'); print('x')\n"
        "    return real(*a, **k)\nw.decode = decode\nserve()",
    ).replace("import serve; ", "import serve\n")
    monkeypatch.setattr(isolation, "_PROGRAM", chatter)

    assert thumbnail(encoded(PHOTO), isolate=True, cache=False).width == 96

    assert capfd.readouterr() == ("", "")
