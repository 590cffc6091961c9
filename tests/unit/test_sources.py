"""Every source that is accepted gives the picture behind it; what it was given stays as it was."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote as percent_encoded

import numpy as np
import pytest
from PIL import Image
from zoo import decoded, elements, only_image, outcome, pixels, psnr, shown
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import (
    DecodeError,
    SourceError,
    UnsupportedSource,
    data_uri,
    img,
    open_image,
    thumbnail,
)

PHOTO = photograph("coffee", (80, 60))
PIXELS = pixels(PHOTO)
DATA = encoded(PHOTO)
BASE64 = base64.b64encode(DATA).decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "cup of coffee.png"
    file.write_bytes(DATA)
    return file


def assert_shows_photo(source: object, **options: Any) -> None:
    assert (shown(source, **options) == PIXELS).all()
    assert (pixels(open_image(source, **options)) == PIXELS).all()


class TestPaths:
    @pytest.mark.parametrize(
        "kind", [str, Path, os.fsencode, PurePosixPath], ids=lambda kind: kind.__name__
    )
    def test_are_opened_whatever_their_type(self, path: Path, kind: Callable[[Any], Any]) -> None:
        if kind is os.fsencode:

            class Bytes:
                def __fspath__(self) -> bytes:
                    return os.fsencode(path)

            assert_shows_photo(Bytes())
        else:
            assert_shows_photo(kind(str(path)))

    def test_may_be_relative(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(path.parent)

        assert_shows_photo(path.name)
        assert_shows_photo(f"./{path.name}")
        assert_shows_photo(Path(path.name))
        monkeypatch.chdir("/")
        assert_shows_photo(os.path.relpath(path, "/"))

    def test_may_be_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        deep = tmp_path
        monkeypatch.chdir(tmp_path)
        for _ in range(10):
            deep = deep / ("d" * 100)
        deep.mkdir(parents=True)
        file = deep / ("ü" * 100 + ".png")
        file.write_bytes(DATA)

        assert len(str(file)) > 1000
        assert_shows_photo(str(file))
        assert_shows_photo(file.as_uri())

    @pytest.mark.parametrize(
        "name",
        [
            "with space.png",
            "ümläut 日本語 😀.png",
            "100%25.png",
            "a#b?c.png",
            "a&b<c>'d\".png",
            "back\\slash.png",
            "new\nline.png",
            "data.png",
            "file.png",
            "no suffix",
            ".hidden",
            "aux.png",
            " leading.png",
            "trailing.png ",
            b"latin-\xe9.png".decode(errors="surrogateescape"),
        ],
    )
    def test_may_have_odd_names(self, tmp_path: Path, name: str) -> None:
        file = tmp_path / name
        try:
            file.write_bytes(DATA)
        except OSError:
            pytest.skip("this file system does not take the name")

        assert_shows_photo(file)
        assert_shows_photo(str(file))
        assert_shows_photo({"path": str(file)})
        alt = str(only_image(img(file))["alt"])
        assert alt
        assert alt.encode()  # a page with it can be written

    def test_may_go_through_links(self, path: Path, tmp_path: Path) -> None:
        link = tmp_path / "link.png"
        link.symlink_to(path)

        assert_shows_photo(link)

    def test_on_windows_drives_are_only_missing_files_elsewhere(self) -> None:
        for missing in (r"C:\pictures\a.png", "C:/pictures/a.png"):
            error = outcome(lambda missing=missing: thumbnail(missing))
            assert isinstance(error, imgdisplay.SourceNotFound)

    def test_leave_no_file_open(self, path: Path) -> None:
        before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
        if not before:
            pytest.skip("open files cannot be counted here")
        broken = path.with_name("broken.png")
        broken.write_bytes(DATA[:2000])
        gif = path.with_name("moving.gif")
        gif.write_bytes(encoded(PHOTO, "GIF", save_all=True, append_images=[PHOTO.rotate(90)]))
        for _ in range(20):
            thumbnail(path)
            thumbnail(gif)
            open_image(path)
            with contextlib.suppress(SourceError):
                thumbnail(broken)

        assert len(os.listdir("/proc/self/fd")) <= len(before) + 1


class TestFileUrls:
    @pytest.mark.parametrize("spell", ["file://{}", "file://localhost{}", "FILE://{}", "file:{}"])
    def test_are_opened(self, path: Path, spell: str) -> None:
        assert_shows_photo(spell.format(percent_encoded(str(path))))

    def test_may_have_query_and_fragment(self, path: Path) -> None:
        assert_shows_photo(path.as_uri() + "?a=b#c")

    @pytest.mark.parametrize(
        "url", ["file://server/share/a.png", "file:a.png", "file:///a%00b.png", "file:///a%2Fb.png"]
    )
    def test_that_mean_no_local_file_are_refused(self, url: str, no_socket: list[object]) -> None:
        assert isinstance(outcome(lambda: thumbnail(url)), SourceError)


class TestDataUris:
    @pytest.mark.parametrize(
        "uri",
        [
            f"data:image/png;base64,{BASE64}",
            f"data:;base64,{BASE64}",
            f"DATA:IMAGE/PNG;BASE64,{BASE64}",
            f"data:image/png;charset=utf-8;base64,{BASE64}",
            f"data:image/png;name=a.png;base64,{BASE64}",
            f"data:image/jpeg;base64,{BASE64}",
            f"data:application/octet-stream;base64,{BASE64}",
            f"data:image/png;base64,{BASE64.rstrip('=')}",
            f"data:image/png;base64,{BASE64.replace('+', '-').replace('/', '_')}",
            "data:image/png;base64," + "\r\n".join(BASE64[i : i + 76] for i in range(0, 10**5, 76)),
            "data:image/png;base64, " + " ".join(BASE64[i : i + 4] for i in range(0, 10**5, 4)),
            f"data:image/png;base64,{percent_encoded(BASE64, safe='')}",
            f"data:image/png,{percent_encoded(DATA)}",
            "data:image/png," + "".join(f"%{byte:02x}" for byte in DATA),
            f"data:image/png;base64,\n{BASE64}\n",
        ],
        ids=[
            "base64",
            "no type",
            "upper case",
            "parameter",
            "name",
            "wrong type",
            "octets",
            "no padding",
            "url-safe",
            "lines",
            "spaces",
            "percent-encoded base64",
            "percent-encoded",
            "percent-encoded in lower case",
            "newlines around",
        ],
    )
    def test_are_opened(self, uri: str) -> None:
        assert_shows_photo(uri)

    def test_come_back_as_they_went_out(self) -> None:
        again = thumbnail(data_uri(PHOTO, size=None, format="png"), size=None, format="png")

        assert (pixels(decoded(again.data)) == PIXELS).all()

    @pytest.mark.parametrize(
        "uri",
        [
            "data:",
            "data:,",
            "data:image/png",
            "data:image/png;base64",
            "data:image/png;base64,",
            "data:image/png;base64,!!!!",
            "data:image/png;base64,AAAA====AAAA",
            "data:image/png;base64,A",
            "data:image/png;base64,%",
            "data:image/png;base64,%zz",
            "data:image/png,%",
            "data:image/png,\ud800",
            "data:image/png;base64,\ud800",
            "data:image/png;base64,ünïcödé",
            "data:text/plain,hello",
            f"data:image/png;base64,{BASE64[:800]}",
            f"data:image/png;base64,{BASE64[:800]}*{BASE64[801:]}",
        ],
        ids=lambda uri: repr(uri[:40]),
    )
    def test_that_are_broken_are_an_error_that_does_not_repeat_them(self, uri: str) -> None:
        error = outcome(lambda: thumbnail(uri))

        assert isinstance(error, DecodeError)
        assert len(str(error)) <= 300
        assert BASE64[100:240] not in str(error)

    @pytest.mark.parametrize(
        "mime", ["image/svg+xml", "image/svg+xml;charset=utf-8", "IMAGE/SVG+XML"]
    )
    def test_of_svg_are_refused(self, mime: str) -> None:
        svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

        for uri in (
            f"data:{mime},{percent_encoded(svg)}",
            f"data:{mime};base64,{base64.b64encode(svg.encode()).decode()}",
        ):
            assert isinstance(outcome(lambda uri=uri: thumbnail(uri)), imgdisplay.SourceRefused)


def _every_second(data: bytes) -> memoryview:
    wide = bytearray(2 * len(data))
    wide[::2] = data
    return memoryview(wide)[::2]


class TestBytes:
    @pytest.mark.parametrize(
        "make",
        [
            bytes,
            bytearray,
            memoryview,
            lambda data: memoryview(bytearray(data)),
            lambda data: memoryview(data).toreadonly(),
            _every_second,
            lambda data: memoryview(data[::-1])[::-1],
            lambda data: memoryview(data).cast("b"),
            np.bytes_,
        ],
        ids=[
            "bytes",
            "bytearray",
            "memoryview",
            "writable memoryview",
            "read-only memoryview",
            "every second byte",
            "backwards",
            "signed bytes",
            "numpy's bytes",
        ],
    )
    def test_are_opened(self, make: Callable[[bytes], Any]) -> None:
        assert_shows_photo(make(DATA))

    def test_in_a_bytearray_are_not_changed_and_may_be_afterwards(self) -> None:
        mine = bytearray(DATA)

        opened = open_image(mine)
        assert mine == DATA
        mine.clear()  # fails while somebody still holds on to the buffer
        assert (pixels(opened) == PIXELS).all()

    def test_in_a_view_of_two_axes_are_an_array(self) -> None:
        assert (shown(memoryview(np.asarray(PHOTO))) == PIXELS).all()

    @pytest.mark.parametrize(
        "nothing", [b"", bytearray(), memoryview(b"")], ids=["bytes", "bytearray", "memoryview"]
    )
    def test_that_are_none_are_an_error(self, nothing: Any) -> None:
        error = outcome(lambda: thumbnail(nothing))

        assert isinstance(error, DecodeError)
        assert "empty" in str(error)

    def test_of_a_released_view_are_an_error_of_ours(self) -> None:
        view = memoryview(DATA)
        view.release()

        assert isinstance(outcome(lambda: thumbnail(view)), UnsupportedSource)


class _Pipe(io.RawIOBase):
    """A stream that cannot be put back, and that gives a little at a time."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: Any) -> int:
        part = self._rest.read(min(len(buffer), 1000))
        buffer[: len(part)] = part
        return len(part)


_UNEXPECTED = (RuntimeError, KeyError, EOFError, NotImplementedError)


class _OnlyRead:
    """The least that is a file: ``read``."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(size)


class _Counting(io.BytesIO):
    closes = 0

    def close(self) -> None:
        self.closes += 1
        super().close()


class TestFileObjects:
    @pytest.mark.parametrize("position", [0, 1, 8, 100, len(DATA), len(DATA) + 50])
    @pytest.mark.parametrize("use", [thumbnail, open_image, img, data_uri])
    def test_in_memory_are_read_from_their_beginning_and_put_back(
        self, use: Callable[..., object], position: int
    ) -> None:
        file = io.BytesIO(DATA)
        file.seek(position)

        use(file)

        assert file.tell() == position
        assert (shown(file) == PIXELS).all()
        assert not file.closed
        assert file.getvalue() == DATA

    @pytest.mark.parametrize("position", [0, 5, len(DATA)])
    @pytest.mark.parametrize("buffering", [0, -1])
    def test_on_disk_are_put_back(self, path: Path, position: int, buffering: int) -> None:
        with open(path, "rb", buffering=buffering) as file:
            file.seek(position)

            assert_shows_photo(file)

            assert file.tell() == position
            assert file.read() == DATA[position:]

    def test_are_put_back_after_an_error(self, tmp_path: Path) -> None:
        file = io.BytesIO(DATA[:2000])
        file.seek(7)

        assert isinstance(outcome(lambda: thumbnail(file)), DecodeError)
        assert file.tell() == 7
        assert not file.closed

    @pytest.mark.parametrize(
        "format_", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "ICO", "BMP", "PPM", "QOI"]
    )
    def test_are_never_closed(self, format_: str) -> None:
        file = _Counting(encoded(PHOTO, format_))

        thumbnail(file)
        open_image(file)

        assert file.closes == 0

    def test_are_named_by_their_file(self, path: Path) -> None:
        with open(path, "rb") as file:
            assert thumbnail(file).name == path.name
        with open(os.open(path, os.O_RDONLY), "rb") as file:  # its name is a number
            assert thumbnail(file).name == ""

    @pytest.mark.parametrize(
        "make", [_Pipe, _OnlyRead, lambda data: io.BufferedReader(_Pipe(data))]
    )
    def test_that_cannot_be_put_back_are_read_once(self, make: Callable[[bytes], Any]) -> None:
        assert (shown(make(DATA)) == PIXELS).all()

    @pytest.mark.parametrize("options", [{"animate": True}, {"zoom": 200}, {}], ids=repr)
    def test_that_cannot_be_put_back_are_read_once_whatever_is_wanted(
        self, options: dict[str, Any]
    ) -> None:
        once, again = img(_Pipe(DATA), size=40, **options), img(DATA, size=40, **options)

        assert once == again

    def test_that_cannot_be_put_back_are_read_to_the_limit_only(self) -> None:
        class Endless:
            given = 0

            def read(self, size: int = -1) -> bytes:
                Endless.given += size
                return bytes(size)

        error = outcome(lambda: thumbnail(Endless(), max_file_bytes=1_000_000))

        assert isinstance(error, imgdisplay.SourceRefused)
        assert "max_file_bytes" in str(error)
        assert Endless.given <= 1_100_000

    def test_of_other_kinds_are_opened(self, path: Path, tmp_path: Path) -> None:
        with tempfile.SpooledTemporaryFile() as spooled:
            spooled.write(DATA)
            assert_shows_photo(spooled)
            assert spooled.tell() == len(DATA)
        with tempfile.NamedTemporaryFile() as named:
            named.write(DATA)
            named.flush()
            assert_shows_photo(named)
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "a.png")
        with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("a.png") as member:
            assert_shows_photo(member)

    def test_that_are_read_compressed_formats_of_many_strips(self) -> None:
        for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
            tall = PHOTO.resize((400, 3000))
            file = io.BytesIO(encoded(tall, "TIFF", compression=compression))

            assert psnr(shown(file), tall) >= 28
            assert file.tell() == 0

    @pytest.mark.parametrize("make", ["text", "text wrapper", "StringIO"])
    def test_open_as_text_are_told_to_open_as_bytes(self, path: Path, make: str) -> None:
        with contextlib.ExitStack() as stack:
            file: Any = {
                "text": lambda: stack.enter_context(open(path, encoding="latin-1")),
                "text wrapper": lambda: stack.enter_context(
                    tempfile.NamedTemporaryFile("w+", encoding="latin-1")
                ),
                "StringIO": lambda: io.StringIO("hello"),
            }[make]()
            if make == "text wrapper":
                file.write("hello, world, this is no picture")

            error = outcome(lambda: thumbnail(file))

        assert isinstance(error, UnsupportedSource)
        assert "'rb'" in str(error)

    def test_that_are_closed_are_an_error(self, path: Path) -> None:
        with open(path, "rb") as file:
            pass
        buffer = io.BytesIO(DATA)
        buffer.close()

        for closed in (file, buffer):
            error = outcome(lambda closed=closed: thumbnail(closed))
            assert isinstance(error, UnsupportedSource)
            assert "closed" in str(error)

    # An OSError of `seek` or `tell` is what a pipe says, which is read nevertheless.
    @pytest.mark.parametrize(
        ("failing", "kind"),
        [("read", OSError)]
        + [(method, kind) for method in ("read", "seek", "tell") for kind in _UNEXPECTED],
    )
    def test_that_fail_are_an_error_of_ours(self, failing: str, kind: type[Exception]) -> None:
        class Failing(io.BytesIO):
            pass

        def fail(*arguments: object) -> None:
            raise kind("the network is gone")

        setattr(Failing, failing, fail)

        error = outcome(lambda: thumbnail(Failing(DATA)))

        assert isinstance(error, SourceError)

    @pytest.mark.parametrize("kind", [OSError, RuntimeError])
    def test_that_fail_and_cannot_be_put_back_are_an_error_of_ours(
        self, kind: type[Exception]
    ) -> None:
        class Failing:
            def read(self, size: int = -1) -> bytes:
                raise kind("the network is gone")

        error = outcome(lambda: thumbnail(Failing()))

        assert isinstance(error, SourceError)
        assert "the network is gone" in str(error)

    def test_that_are_interrupted_let_the_interrupt_pass(self) -> None:
        class Interrupted(io.BytesIO):
            def read(self, *size: Any) -> bytes:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            thumbnail(Interrupted(DATA))

    def test_that_give_text_are_an_error_of_ours(self) -> None:
        class Text:
            def read(self, size: int = -1) -> str:
                return "text"

        assert isinstance(outcome(lambda: thumbnail(Text())), UnsupportedSource)


class TestDicts:
    def test_of_bytes_and_path_are_opened(self, path: Path) -> None:
        for parts in (
            {"bytes": DATA, "path": None},
            {"bytes": DATA, "path": "elsewhere/a.png"},
            {"bytes": None, "path": str(path)},
            {"bytes": DATA},
            {"path": path},
            {"bytes": bytearray(DATA), "path": None},
            {"bytes": memoryview(DATA), "path": None},
        ):
            assert_shows_photo(parts)

    def test_are_named_by_their_path(self) -> None:
        assert thumbnail({"bytes": DATA, "path": "train/cup.png"}).name == "cup.png"

    @pytest.mark.parametrize(
        "parts",
        [
            {},
            {"bytes": None, "path": None},
            {"bytes": DATA, "label": 3},
            {"image": DATA},
            {"bytes": "text", "path": None},
            {"bytes": 5, "path": None},
            {"bytes": 10**12, "path": None},
            {"bytes": [1, "a"], "path": None},
            {"bytes": None, "path": 5},
        ],
        ids=lambda parts: repr(parts)[:40],
    )
    def test_of_anything_else_are_an_error(self, parts: dict[str, Any]) -> None:
        error = outcome(lambda: thumbnail(parts))

        assert isinstance(error, UnsupportedSource)
        assert len(str(error)) <= 400


class TestFigures:
    @staticmethod
    def figure() -> Any:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4, 3), dpi=80, facecolor="lime")
        figure.subplots().plot([1, 2, 3], color="red")
        return figure

    def test_of_matplotlib_are_shown_as_they_save_themselves(self) -> None:
        figure = self.figure()
        file = io.BytesIO()
        figure.savefig(file, format="png")

        assert psnr(shown(figure), pixels(decoded(file.getvalue()))) >= 60
        assert thumbnail(figure).source_size == (320, 240)

    def test_are_not_changed(self) -> None:
        import matplotlib as mpl

        figure = self.figure()
        before = (figure.dpi, tuple(figure.get_size_inches()), figure.get_facecolor())
        settings = dict(mpl.rcParams)

        thumbnail(figure)

        assert (figure.dpi, tuple(figure.get_size_inches()), figure.get_facecolor()) == before
        assert dict(mpl.rcParams) == settings

    def test_that_cannot_be_drawn_are_an_error_of_ours(self) -> None:
        figure = self.figure()
        figure.text(0.5, 0.5, r"$\nosuchmacro$")

        error = outcome(lambda: thumbnail(figure))

        assert isinstance(error, SourceError)
        assert len(str(error)) <= 400


class TestObjectsThatDrawThemselves:
    @pytest.mark.parametrize("text", [False, True], ids=["bytes", "base64 text"])
    @pytest.mark.parametrize("with_metadata", [False, True])
    @pytest.mark.parametrize("method", ["_repr_png_", "_repr_jpeg_"])
    def test_are_shown(self, method: str, with_metadata: bool, text: bool) -> None:
        data = encoded(PHOTO, "PNG" if "png" in method else "JPEG", quality=95)
        drawn: Any = base64.b64encode(data).decode() if text else data
        result = (drawn, {"width": 10}) if with_metadata else drawn
        kind = type("Drawing", (), {method: lambda self: result})

        assert psnr(shown(kind()), PHOTO) >= 32

    @pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/webp", "image/gif"])
    @pytest.mark.parametrize("text", [False, True], ids=["bytes", "base64 text"])
    def test_by_mime_bundle_are_shown(self, mime: str, text: bool) -> None:
        data = encoded(PHOTO, mime.partition("/")[2].upper())
        drawn: Any = base64.encodebytes(data).decode() if text else data

        class Drawing:
            def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
                return {"text/plain": "a drawing", mime: drawn}

        assert psnr(shown(Drawing()), PHOTO) >= 24

    def test_by_mime_bundle_are_asked_as_ipython_asks(self) -> None:
        class Drawing:
            def _repr_mimebundle_(self, include: Any, exclude: Any) -> Any:
                return {"image/png": DATA}, {"image/png": {"width": 10}}

        class Other:
            def _repr_mimebundle_(self, **options: Any) -> Any:
                return {"image/png": DATA}

        assert_shows_photo(Drawing())
        assert_shows_photo(Other())

    def test_fall_back_from_png_to_jpeg_to_the_bundle(self) -> None:
        class Drawing:
            def _repr_png_(self) -> None:
                return None

            def _repr_jpeg_(self) -> None:
                return None

            def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
                return {"image/png": DATA}

        assert_shows_photo(Drawing())

    def test_as_something_else_are_no_pictures(self) -> None:
        class Drawing:
            def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
                return {"image/svg+xml": "<svg/>", "text/html": "<b>"}

        assert isinstance(outcome(lambda: thumbnail(Drawing())), UnsupportedSource)

    @pytest.mark.parametrize("method", ["_repr_png_", "_repr_jpeg_", "_repr_mimebundle_"])
    def test_that_fail_are_an_error_of_ours(self, method: str) -> None:
        def fail(self: object, **options: Any) -> None:
            raise RuntimeError("out of ink")

        kind = type("Drawing", (), {method: fail})

        error = outcome(lambda: thumbnail(kind()))

        assert isinstance(error, SourceError)
        assert "out of ink" in str(error)

    @pytest.mark.parametrize(
        "nonsense",
        [5, 10**12, [1, "a"], "not base64!", object(), {}],
        ids=["small", "large", "list", "text", "object", "dict"],
    )
    def test_as_nonsense_are_an_error_of_ours(self, nonsense: Any) -> None:
        for make in (
            type("Drawing", (), {"_repr_png_": lambda self: nonsense}),
            type("Drawing", (), {"_repr_mimebundle_": lambda self, **_: {"image/png": nonsense}}),
            type("Drawing", (), {"_repr_mimebundle_": lambda self, **_: nonsense}),
        ):
            assert isinstance(outcome(lambda make=make: thumbnail(make())), SourceError)

    def test_of_ipython_are_shown(self, path: Path) -> None:
        from IPython.display import Image as Shown

        assert_shows_photo(Shown(data=DATA))
        assert_shows_photo(Shown(filename=str(path)))

    def test_are_not_asked_if_they_are_classes(self) -> None:
        class Drawing:
            def _repr_png_(self) -> bytes:
                return DATA

        assert isinstance(outcome(lambda: thumbnail(Drawing)), UnsupportedSource)


class TestProtocol:
    @pytest.mark.parametrize(
        "source",
        [PHOTO, DATA, np.asarray(PHOTO), f"data:image/png;base64,{BASE64}", {"bytes": DATA}],
        ids=["image", "bytes", "array", "data URI", "dict"],
    )
    def test_may_return_any_source(self, source: object) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                return source

        assert_shows_photo(Mine())

    def test_may_return_another_that_follows_it(self, path: Path) -> None:
        class Inner:
            def __imgdisplay__(self) -> object:
                return path

        class Outer:
            def __imgdisplay__(self) -> object:
                return Inner()

        assert_shows_photo(Outer())

    @pytest.mark.parametrize("options", [{"animate": True}, {"zoom": 200}, {}], ids=repr)
    def test_is_asked_once_for_one_picture(self, options: dict[str, Any]) -> None:
        asked = []

        class Mine:
            def __imgdisplay__(self) -> object:
                asked.append(self)
                return PHOTO

        img(Mine(), size=40, **options)

        assert len(asked) == 1

    def test_goes_before_everything_else_that_an_object_can_do(self) -> None:
        class Mine(dict):  # type: ignore[type-arg]
            def __imgdisplay__(self) -> object:
                return PHOTO

            def _repr_png_(self) -> bytes:
                return b"never asked"

        assert_shows_photo(Mine(bytes=b"never opened"))

    def test_that_runs_in_a_circle_is_an_error(self) -> None:
        class Me:
            def __imgdisplay__(self) -> object:
                return self

        class Other:
            def __imgdisplay__(self) -> object:
                return Other()

        class InAList:
            def __imgdisplay__(self) -> object:
                return [self]

        class TwiceInAList:
            def __imgdisplay__(self) -> object:
                return [self, self]

        class InADict:
            def __imgdisplay__(self) -> object:
                return {"path": self}

        for circle in (Me, Other, InAList, TwiceInAList, InADict):
            error = outcome(lambda circle=circle: thumbnail(circle()))
            assert isinstance(error, UnsupportedSource), circle
            assert len(str(error)) <= 400

    def test_that_fails_is_an_error_of_ours_that_knows_the_cause(self) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                raise ZeroDivisionError("oh no")

        error = outcome(lambda: thumbnail(Mine()))

        assert isinstance(error, UnsupportedSource)
        assert "oh no" in str(error)
        assert isinstance(error.__cause__, ZeroDivisionError)

    def test_keeps_the_errors_of_ours_that_it_meets(self) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                raise imgdisplay.SourceRefused("members only")

        with pytest.raises(imgdisplay.SourceRefused, match="members only"):
            thumbnail(Mine())

    def test_is_not_asked_of_a_class(self) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                return PHOTO

        assert isinstance(outcome(lambda: thumbnail(Mine)), UnsupportedSource)

    @pytest.mark.parametrize("nothing", [None, 5, object()], ids=["None", "5", "object"])
    def test_that_ends_at_no_picture_is_an_error(self, nothing: object) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                return nothing

        assert isinstance(outcome(lambda: thumbnail(Mine())), UnsupportedSource)


class _Base:
    pass


class _Derived(_Base):
    pass


class TestRegisteredTypes:
    def test_are_shown(self, teach: Callable[..., Any]) -> None:
        teach(_Base, lambda obj: PHOTO)

        assert_shows_photo(_Base())

    def test_may_be_named(self, teach: Callable[..., Any]) -> None:
        teach(f"{__name__}._Base", lambda obj: PHOTO)

        assert_shows_photo(_Base())
        assert_shows_photo(_Derived())

    def test_that_are_named_are_not_imported(self, python: Callable[..., str]) -> None:
        said = python(
            """
            import sys
            import imgdisplay
            imgdisplay.register_source("wave.Wave_read", lambda wave: b"")
            print("wave" in sys.modules)
            """
        )
        assert said == "False"

    def test_include_subclasses_and_the_most_derived_wins(self, teach: Callable[..., Any]) -> None:
        teach(_Base, lambda obj: Image.new("RGB", (40, 40), "red"))
        assert shown(_Derived())[0, 0].tolist() == [255, 0, 0]

        teach(_Derived, lambda obj: PHOTO)
        assert_shows_photo(_Derived())
        assert shown(_Base())[0, 0].tolist() == [255, 0, 0]

    def test_go_before_what_is_known(self, teach: Callable[..., Any], path: Path) -> None:
        class Mine(str):
            __slots__ = ()

        teach(Mine, lambda text: PHOTO)

        assert_shows_photo(Mine("no such file"))

    def test_give_back_the_loader_they_had(self, teach: Callable[..., Any]) -> None:
        def first(obj: object) -> Image.Image:
            return Image.new("RGB", (40, 40), "red")

        def second(obj: object) -> Image.Image:
            return PHOTO

        assert teach(_Base, first) is None
        assert teach(_Base, second) is first
        assert teach(_Base, None) is second
        assert teach(_Base, None) is None
        assert isinstance(outcome(lambda: thumbnail(_Base())), UnsupportedSource)

    def test_are_found_in_tables(self, teach: Callable[..., Any]) -> None:
        import pandas as pd

        teach(_Base, lambda obj: PHOTO)
        html = imgdisplay.table(pd.DataFrame({"a": [_Base(), _Derived()], "b": ["x", "y"]}))

        assert sum(tag.name == "img" for tag in elements(html)) == 2

    @pytest.mark.parametrize(
        "kind", [5, None, "nodots", _Base()], ids=["5", "None", "nodots", "obj"]
    )
    def test_must_be_classes_or_dotted_names(self, kind: Any) -> None:
        assert isinstance(
            outcome(lambda: imgdisplay.register_source(kind, lambda obj: PHOTO)), TypeError
        )

    def test_need_a_loader_that_can_be_called(self) -> None:
        error = outcome(lambda: imgdisplay.register_source(_Base, "x"))  # type: ignore[arg-type]

        assert isinstance(error, TypeError)

    def test_whose_loader_fails_are_an_error_of_ours(self, teach: Callable[..., Any]) -> None:
        teach(_Base, lambda obj: 1 / 0)

        error = outcome(lambda: thumbnail(_Base()))

        assert isinstance(error, UnsupportedSource)
        assert "_Base" in str(error)
        assert isinstance(error.__cause__, ZeroDivisionError)

    def test_whose_loader_returns_what_it_was_given_are_an_error(
        self, teach: Callable[..., Any]
    ) -> None:
        teach(_Base, lambda obj: obj)

        assert isinstance(outcome(lambda: thumbnail(_Base())), UnsupportedSource)


class TestLists:
    def test_are_a_strip_in_their_order(self) -> None:
        colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]

        thumb = thumbnail([Image.new("RGB", (40, 40), color) for color in colors], scale=1)

        strip = pixels(decoded(thumb.data))
        step = strip.shape[1] / 3
        seen = [tuple(strip[20, round(step * (place + 0.5))]) for place in range(3)]
        assert psnr(seen, colors) > 30
        assert thumb.more == 0

    def test_may_mix_sources(self, path: Path) -> None:
        sources = (PHOTO, DATA, str(path), np.asarray(PHOTO), {"bytes": DATA}, io.BytesIO(DATA))

        thumb = thumbnail(sources, size=60, scale=1)

        strip = pixels(decoded(thumb.data))
        one = PHOTO.resize((60, 45), Image.Resampling.LANCZOS)
        step = (strip.shape[1] - 60) // 5
        for place in range(6):
            left = place * step
            assert psnr(strip[:, left : left + 60], one) >= 25

    def test_show_as_many_as_they_may_and_count_the_rest(self) -> None:
        many = [PHOTO] * 11

        assert thumbnail(many).more == 3
        assert thumbnail(many, max_images=4).more == 7
        assert thumbnail(many, max_images=11).more == 0
        assert "+3 more" in imgdisplay.img(many)
        assert [tag.name for tag in elements(imgdisplay.img(many))] == ["img"]

    def test_open_only_what_they_show(self, tmp_path: Path) -> None:
        opened = []

        class Mine:
            def __init__(self, number: int) -> None:
                self.number = number

            def __imgdisplay__(self) -> object:
                opened.append(self.number)
                return PHOTO

        thumbnail([Mine(number) for number in range(100)], max_images=3)

        assert opened == [0, 1, 2]

    def test_with_a_bad_one_show_the_others_and_say_so(self) -> None:
        thumb = thumbnail([PHOTO, b"nonsense", PHOTO], size=60, scale=1)

        strip = pixels(decoded(thumb.data))
        assert (
            psnr(
                strip[:45, -60:] if strip.shape[0] == 45 else strip[7:52, -60:],
                PHOTO.resize((60, 45), Image.Resampling.LANCZOS),
            )
            >= 25
        )
        assert "unreadable" in str(only_image(thumb.html())["title"])

    def test_with_a_bad_one_raise_if_asked(self) -> None:
        with pytest.raises(DecodeError):
            thumbnail([PHOTO, b"nonsense"], on_error="raise")

    @pytest.mark.parametrize(
        "bad", [[], (), [b"nonsense"], [None], [1, 2, 3], [[]], ["a", "b"]], ids=repr
    )
    def test_without_a_good_one_are_an_error(self, bad: Any) -> None:
        assert isinstance(outcome(lambda: thumbnail(bad)), SourceError)

    def test_that_hold_themselves_are_an_error(self) -> None:
        circle: list[Any] = []
        circle.append(circle)
        pair: list[Any] = [PHOTO]
        pair.append(pair)

        assert isinstance(outcome(lambda: thumbnail(circle)), SourceError)
        with contextlib.suppress(SourceError):
            thumbnail(pair)

    def test_may_hold_lists(self) -> None:
        thumb = thumbnail([[PHOTO, PHOTO], PHOTO])

        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)

    def test_keep_transparency(self) -> None:
        clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))

        thumb = thumbnail([clear, PHOTO])

        assert thumb.transparent
        assert pixels(decoded(thumb.data), "RGBA")[20, 20, 3] == 0

    def test_are_as_wide_as_a_page_at_most(self) -> None:
        thumb = thumbnail([PHOTO] * 100, max_images=100, size=500)

        assert thumb.width <= 100 * 20


class TestHostileObjects:
    def test_whose_attributes_fail_are_an_error_of_ours(self) -> None:
        class Hostile:
            def __getattr__(self, name: str) -> object:
                raise RuntimeError(name)

        assert isinstance(outcome(lambda: thumbnail(Hostile())), UnsupportedSource)

    def test_whose_attributes_are_all_there_are_an_error_of_ours(self) -> None:
        class Everything:
            def __getattr__(self, name: str) -> object:
                return lambda *args, **kwargs: self

        assert isinstance(outcome(lambda: thumbnail(Everything())), SourceError)

    def test_mocks_are_an_error_of_ours(self) -> None:
        from unittest.mock import MagicMock, Mock

        for mock in (Mock(), MagicMock()):
            assert isinstance(outcome(lambda mock=mock: thumbnail(mock)), SourceError)

    def test_whose_repr_fails_are_an_error_of_ours(self) -> None:
        class Hostile:
            def __repr__(self) -> str:
                raise RuntimeError

        error = outcome(lambda: thumbnail(Hostile()))

        assert isinstance(error, UnsupportedSource)
        assert "Hostile" in str(error)

    def test_whose_path_fails_are_an_error_of_ours(self) -> None:
        class Raising:
            def __fspath__(self) -> str:
                raise RuntimeError("no path today")

        class Number:
            def __fspath__(self) -> Any:
                return 5

        for hostile in (Raising, Number):
            assert isinstance(outcome(lambda hostile=hostile: thumbnail(hostile())), SourceError)

    def test_do_not_cost_a_table(self) -> None:
        from unittest.mock import MagicMock

        import pandas as pd

        class Hostile:
            def __getattr__(self, name: str) -> object:
                raise RuntimeError(name)

            def __repr__(self) -> str:
                return "hostile"

        circle: list[Any] = []
        circle.append(circle)
        bad = [Hostile(), MagicMock(), {"bytes": "text"}, "data:image/png,\ud800", circle]
        cells = np.empty(len(bad) + 2, object)
        for row, cell in enumerate([PHOTO, *bad, PHOTO]):
            cells[row] = cell
        column = pd.Series(cells, name="a")

        html = imgdisplay.table(column.to_frame(), columns=["a"])

        assert sum(tag.name == "img" for tag in elements(html)) == len(bad) + 2


@pytest.fixture(autouse=True)
def _nothing_changed_on_disk(tmp_path: Path) -> Iterator[None]:
    yield
    for file in tmp_path.glob("cup of coffee.png"):
        assert file.read_bytes() == DATA


class TestAdvice:
    @pytest.mark.parametrize("size", [(1, 1), (64, 48)])
    def test_names_what_reads_base64_text(self, size: tuple[int, int]) -> None:
        text = base64.b64encode(encoded(photograph("chelsea", size))).decode()
        with pytest.raises(imgdisplay.SourceNotFound, match=r"from_base64\(…\) reads it"):
            imgdisplay.thumbnail(text)

    def test_names_what_expands_the_home_folder(self) -> None:
        with pytest.raises(imgdisplay.SourceNotFound, match=r"expanduser\(\)"):
            imgdisplay.thumbnail("~/gone.png")

    def test_names_what_shows_a_frame(self) -> None:
        pandas = pytest.importorskip("pandas")
        with pytest.raises(imgdisplay.UnsupportedSource, match=r"table\(…\) shows it"):
            imgdisplay.thumbnail(pandas.DataFrame({"a": [1]}))

    def test_names_what_makes_a_frame_of_a_lazy_one(self) -> None:
        polars = pytest.importorskip("polars")
        with pytest.raises(imgdisplay.UnsupportedSource, match=r"its collect\(\)"):
            imgdisplay.table(polars.LazyFrame({"a": [1]}))

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda: imgdisplay.options(column="a"), "table, to_excel and style_pictures"),
            (lambda: imgdisplay.options(cols=3), "a gallery has columns="),
            (lambda: imgdisplay.options(sise=3), "did you mean 'size'"),
        ],
    )
    def test_knows_keywords_of_other_functions(self, call: Any, said: str) -> None:
        with pytest.raises(imgdisplay.OptionError, match=said), call():
            pass
