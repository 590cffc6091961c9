"""What must hold of everything that is shown: nothing raises, changes, leaks or grows too large."""

from __future__ import annotations

import base64
import copy
import io
import pathlib
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image
from zoo import HOSTILE, elements
from zoo.files import LADEN, SECRET, XMP, exif, files, laden, profile
from zoo.images import MODES, encoded, photograph
from zoo.invariants import (
    assert_error_of_ours,
    assert_only_pixels,
    assert_pictures,
    assert_thumbnail,
    pictures_of_page,
)
from zoo.mutations import mutations

import imgdisplay
from imgdisplay import (
    EncodeError,
    SourceError,
    gallery,
    image_formatter,
    img,
    open_image,
    table,
    thumbnail,
    to_bytes,
)

some = settings(max_examples=max(10, settings.default.max_examples // 5))
"""For what is slow."""

GOOD = encoded(photograph("coffee", (6, 4)))
FILES = sorted(files().items())

texts = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    list(HOSTILE.values())
)
sides = st.integers(1, 40)
boxes = st.none() | st.integers(1, 64) | st.tuples(st.integers(1, 64), st.integers(1, 64))
looks = st.fixed_dictionaries(
    {"size": boxes, "format": st.sampled_from(["auto", "png", "jpeg", "webp"])},
    optional={
        "scale": st.floats(0.25, 4),
        "quality": st.integers(1, 100),
        "background": st.sampled_from([None, "white", "#12345678"]),
        "animate": st.booleans(),
        "pixelated": st.booleans(),
        "colormap": st.sampled_from([None, "viridis", "labels"]),
    },
)


def box_of(look: dict[str, Any]) -> tuple[int, int] | None:
    size = look["size"]
    return (size, size) if isinstance(size, int) else size


def attempt(use: Callable[[], Any]) -> Any:
    """Return what a function returns; None if it says for a good reason why not."""
    try:
        return use()
    except (SourceError, EncodeError) as error:
        assert_error_of_ours(error)
        return None


# --------------------------------------------------------------------------- pictures


cargo = st.fixed_dictionaries(
    {},
    optional={
        "exif": st.just(exif().tobytes()) | st.binary(max_size=40),
        "icc_profile": st.just(profile()) | st.binary(max_size=40) | st.just(b""),
        "comment": st.just(SECRET) | st.just(SECRET.encode()) | texts,
        "xmp": st.just(XMP) | texts,
        "photoshop": st.just({1028: SECRET.encode()}),
        "Author": st.just(SECRET),
        "dpi": st.tuples(st.floats(), st.floats()) | st.integers(),
        "gamma": st.floats(),
        "transparency": st.integers(-300, 300)
        | st.binary(max_size=256)
        | st.tuples(*[st.integers(0, 255)] * 3)
        | texts,
        "background": st.integers() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
        "loop": st.integers(),
        "duration": st.integers() | st.floats(),
        "timestamp": st.integers(),
        "default_image": st.booleans(),
        "jfif_thumbnail": st.binary(max_size=9),
    },
)


@st.composite
def laden_images(draw: st.DrawFn) -> Image.Image:
    """Draw a picture of any mode and size, with anything in its ``info``."""
    width, height = draw(st.tuples(sides, sides) | st.sampled_from([(1, 300), (300, 1), (97, 3)]))
    mode = draw(st.sampled_from(MODES))
    image = Image.new(mode, (width, height))
    if draw(st.booleans()):
        source = random.Random(draw(st.integers(0, 2**32)))
        image = Image.frombytes(mode, (width, height), source.randbytes(len(image.tobytes())))
    if mode in ("P", "PA"):
        image.putpalette(draw(st.binary(min_size=3, max_size=768).map(_of_colors)))
    if draw(st.booleans()):
        image.getexif()[0x0112] = draw(st.integers(-1, 10))
    image.info.update(draw(cargo))
    return image


def _exif_of(image: Image.Image) -> dict[int, Any] | None:
    try:
        return dict(image.getexif())
    except Exception:  # it is no EXIF, and to ask again would say something else
        return None


def _of_colors(data: bytes) -> bytes:
    return data[: len(data) // 3 * 3]


class Snapshot:
    """All that can be seen of a picture."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.pixels = image.tobytes()
        self.facts = (image.mode, image.size, image.getpalette() if "P" in image.mode else None)
        self.info = copy.deepcopy(image.info)
        self.exif = _exif_of(image)

    def holds(self) -> None:
        now = Snapshot(self.image)
        assert now.pixels == self.pixels
        assert now.facts == self.facts
        assert repr(now.info) == repr(self.info)  # NaN is not itself
        assert self.exif is None or now.exif == self.exif


class TestPicturesOfEveryModeSizeAndCargo:
    @given(laden_images(), looks)
    def test_fit_their_box_carry_pixels_alone_and_stay_as_they_were(
        self, image: Image.Image, look: dict[str, Any]
    ) -> None:
        before = Snapshot(image)

        thumb = attempt(lambda: thumbnail(image, **look))

        before.holds()
        if thumb is not None:
            assert_thumbnail(thumb, box_of(look))

    @given(laden_images(), st.sampled_from(["png", "jpeg", "webp", None]))
    def test_are_written_without_their_cargo(self, image: Image.Image, format_: Any) -> None:
        before = Snapshot(image)

        data = attempt(lambda: to_bytes(image, format_))

        before.holds()
        assert data is None or SECRET.encode() not in data
        if data is not None:
            assert_only_pixels(data)

    @given(st.lists(laden_images(), min_size=1, max_size=3), looks)
    def test_never_cost_a_page(self, images: list[Image.Image], look: dict[str, Any]) -> None:
        before = [Snapshot(image) for image in images]
        frame = pd.DataFrame({"p": pd.Series([*images, GOOD], dtype=object)})

        assert_pictures(gallery([*images, GOOD], **look), len(images) + 1)
        assert_pictures(table(frame, **look), len(images) + 1)
        for image in images:
            assert_pictures(image_formatter.with_options(**look)(image), 1)
        for snapshot in before:
            snapshot.holds()


class TestFilesThatAreLaden:
    @given(
        st.sampled_from(LADEN),
        st.tuples(st.integers(16, 60), st.integers(16, 60)),
        st.sampled_from(["RGB", "L"]),
        looks,
        st.integers(0, 7000),
    )
    def test_leave_everything_but_their_pixels_behind(
        self,
        format_: str,
        size: tuple[int, int],
        mode: str,
        look: dict[str, Any],
        position: int,
    ) -> None:
        data = laden(format_, size, mode)
        file = io.BytesIO(data)
        file.seek(position)

        thumb = thumbnail(file, **look)

        assert file.tell() == position
        assert file.getvalue() == data
        assert_thumbnail(thumb, box_of(look))
        assert SECRET not in gallery([data], **look)
        written: Any = to_bytes(data)
        assert SECRET.encode() not in written

    @pytest.mark.parametrize("format_", LADEN)
    def test_that_are_laden_hold_the_secret(self, format_: str) -> None:
        assert SECRET.encode() in laden(format_)

    @pytest.mark.parametrize("name", [f"{name} laden" for name in LADEN])
    def test_are_never_read_aloud(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / "a.bin"
        path.write_bytes(files()[name])

        report = imgdisplay.Report("R").add({"x": path}).add([path])
        page = Path(report.save(tmp_path / "page.html")).read_text("utf-8")

        for html in (img(path), table(pd.DataFrame({"p": [path]})), gallery([path]), page):
            assert SECRET not in html
            assert base64.b64encode(SECRET.encode())[2:-4].decode() not in html


# --------------------------------------------------------------------------- sources


@dataclass
class Case:
    """A source, and what holds after it was shown."""

    source: Any
    holds: Callable[[], None]
    name: str


def _nothing() -> None:
    pass


class Once(io.RawIOBase):
    """A stream that cannot be put back."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)


class ByProtocol:
    def __init__(self, source: object) -> None:
        self.source = source

    def __imgdisplay__(self) -> object:
        return self.source


class DrawsItself:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def _repr_png_(self) -> bytes:
        return self.data

    def __repr__(self) -> str:
        return "<b>drawn</b>"


def _file(data: bytes, position: int) -> Case:
    file = io.BytesIO(data)
    file.seek(position)

    def holds() -> None:
        assert not file.closed
        assert file.tell() == position
        assert file.getvalue() == data

    return Case(file, holds, "file object")


def _mutable(data: bytes) -> Case:
    given = bytearray(data)

    def holds() -> None:
        assert given == data
        given.append(0)  # nobody holds on to it

    return Case(given, holds, "bytearray")


def _lazy(data: bytes) -> Case:
    """A picture that was opened and not loaded, where Pillow opens it."""
    file = io.BytesIO(data)
    try:
        image = Image.open(file)
    except Exception:
        return Case(data, _nothing, "bytes that Pillow does not open")
    tile, position, size = list(image.tile), file.tell(), image.size

    def holds() -> None:
        assert list(image.tile) == tile
        assert image.size == size
        assert file.tell() == position
        assert file.getvalue() == data

    return Case(image, holds, "unloaded picture")


def on_disk(data: bytes, folder: Path, kind: str) -> Case:
    path = folder / f"{len(list(folder.iterdir()))}.png"
    path.write_bytes(data)
    before = path.stat()

    def holds() -> None:
        assert path.read_bytes() == data
        assert path.stat().st_mtime_ns == before.st_mtime_ns

    source: Any = path
    if kind == "text":
        source = str(path)
    elif kind == "URL":
        source = path.as_uri()
    elif kind == "dict":
        source = {"bytes": None, "path": str(path)}
    elif kind == "open file":
        file = path.open("rb")
        file.seek(len(data) // 2)

        def holds_open() -> None:
            assert file.tell() == len(data) // 2
            file.close()
            holds()

        return Case(file, holds_open, kind)
    return Case(source, holds, kind)


KINDS: dict[str, Callable[[bytes], Case]] = {
    "bytes": lambda data: Case(data, _nothing, "bytes"),
    "bytearray": _mutable,
    "memoryview": lambda data: Case(memoryview(data), _nothing, "memoryview"),
    "file object": lambda data: _file(data, len(data) // 3),
    "file object at its end": lambda data: _file(data, len(data) + 7),
    "stream": lambda data: Case(Once(data), _nothing, "stream"),
    "data URI": lambda data: Case(
        f"data:image/png;base64,{base64.b64encode(data).decode()}", _nothing, "data URI"
    ),
    "dict": lambda data: Case({"bytes": data, "path": "<b>.png"}, _nothing, "dict"),
    "protocol": lambda data: Case(ByProtocol(data), _nothing, "protocol"),
    "draws itself": lambda data: Case(DrawsItself(data), _nothing, "draws itself"),
    "unloaded picture": _lazy,
    "list": lambda data: Case([data, GOOD], _nothing, "list"),
    "array of bytes": lambda data: Case(np.frombuffer(data, np.uint8), _nothing, "array of bytes"),
}
ON_DISK = ("path", "text", "URL", "dict", "open file")


@st.composite
def broken_data(draw: st.DrawFn) -> bytes:
    """Draw a file: whole, mutated, or nonsense."""
    name, data = draw(st.sampled_from(FILES))
    how = draw(st.sampled_from(["whole", "mutated", "mutated", "nonsense"]))
    if how == "nonsense":
        return draw(st.binary(max_size=60))
    if how == "mutated":
        kept = list(mutations(data, random.Random(name), flips=4))
        return draw(st.sampled_from(kept))
    return data


class TestSourcesOfEveryKindWholeOrBroken:
    @given(st.lists(st.tuples(st.sampled_from([*KINDS, *ON_DISK]), broken_data()), max_size=4))
    def test_cost_their_own_cell_at_most_and_stay_as_they_were(
        self, given: list[tuple[str, bytes]]
    ) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)

            def made() -> Iterator[Case]:
                for kind, data in given:
                    yield KINDS[kind](data) if kind in KINDS else on_disk(data, folder, kind)

            for show in (_in_gallery, _in_table, _by_formatter, _in_strip):
                cases = list(made())
                show([case.source for case in cases])
                for case in cases:
                    case.holds()

    @some
    @given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), broken_data()), max_size=3))
    def test_never_cost_a_report(self, given: list[tuple[str, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as name:
            cases = [KINDS[kind](data) for kind, data in given]
            report = imgdisplay.Report("R")
            if cases:
                report.add([case.source for case in cases])
                report.add(_frame([KINDS[kind](data).source for kind, data in given]), column="<b>")
            page = Path(report.save(Path(name) / "page.html")).read_text("utf-8")
            assert len(pictures_of_page(page)) == 2 * len(cases) + (len(cases) > 0)
            for case in cases:
                case.holds()

    @given(st.sampled_from(sorted(KINDS)), broken_data(), st.booleans())
    def test_are_an_image_or_an_error_of_ours_alone(
        self, kind: str, data: bytes, animate: bool
    ) -> None:
        for use in (
            lambda source: thumbnail(source, size=20, animate=animate),
            open_image,
            to_bytes,
            lambda source: img(source, animate=animate),
        ):
            case = KINDS[kind](data)
            result = attempt(lambda use=use, case=case: use(case.source))
            case.holds()
            if isinstance(result, imgdisplay.Thumbnail):
                assert_thumbnail(result, (20, 20) if kind != "list" else None)


def _frame(sources: list[object]) -> pd.DataFrame:
    column = np.empty(len(sources) + 1, object)
    for number, source in enumerate([*sources, GOOD]):  # one by one, or numpy would load pictures
        column[number] = source
    return pd.DataFrame({"<b>": column, "text": ["<i>"] * len(column)})


def _in_gallery(sources: list[object]) -> None:
    captions = [f"<b>{number}" for number in range(len(sources) + 1)]
    html = gallery([*sources, GOOD], captions=captions, size=20)
    assert_pictures(html, len(sources) + 1)
    good = [tag for tag in elements(html) if tag.name == "img"][-1]
    assert "imgdisplay-broken" not in good["class"]
    assert not [tag for tag in elements(html) if tag.name == "b"]


def _in_table(sources: list[object]) -> None:
    frame = _frame(sources)
    html = table(frame, columns=["<b>"], size=20)
    assert_pictures(html, len(sources) + 1)
    assert not [tag for tag in elements(html) if tag.name in ("b", "i")]
    for cell, source in zip(frame["<b>"], sources, strict=False):
        assert cell is source


def _by_formatter(sources: list[object]) -> None:
    for source in sources:
        names = [tag.name for tag in elements(image_formatter.with_options(size=20)(source))]
        assert names in ([], ["img"])


def _in_strip(sources: list[object]) -> None:
    assert_pictures(gallery([[*sources, GOOD]], size=20), 1)


# --------------------------------------------------------------------------- arrays

dtypes = (
    arrays.scalar_dtypes()
    | arrays.unicode_string_dtypes(max_len=3)
    | arrays.byte_string_dtypes(max_len=3)
    | arrays.array_dtypes(max_size=2)
    | st.sampled_from([np.dtype(object), np.dtype("longdouble"), np.dtype("clongdouble")])
)
shapes = arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6) | st.tuples(
    st.integers(8, 40), st.integers(8, 40)
)


@st.composite
def strange_arrays(draw: st.DrawFn) -> NDArray[Any]:
    """Draw an array of any dtype, shape, order in memory and kind."""
    dtype, shape = draw(dtypes), draw(shapes)
    array: Any = np.full(shape, None, object)
    if dtype.kind != "O":
        array = draw(arrays.arrays(dtype, shape))
    turn = draw(st.sampled_from(["", "flip", "fortran", "transpose", "window", "repeat"]))
    if turn == "flip" and array.ndim:
        array = array[::-1]
    elif turn == "fortran":
        array = np.asfortranarray(array)
    elif turn == "transpose":
        array = array.T
    elif turn == "window" and array.ndim:
        array = array[..., ::2]
    elif turn == "repeat":
        array = np.broadcast_to(array, (3, *array.shape))
    kind = draw(st.sampled_from(["", "masked", "read-only", "recarray"]))
    if kind == "masked" and array.dtype.names is None:
        array = np.ma.masked_array(array, mask=draw(st.booleans()))
    elif kind == "read-only" and array.flags.owndata:
        array.flags.writeable = False
    return array


class TestArraysOfEveryKind:
    @given(strange_arrays(), st.sampled_from(["auto", True]), looks)
    def test_never_raise_in_a_page_and_stay_as_they_were(
        self, array: NDArray[Any], wanted: Any, look: dict[str, Any]
    ) -> None:
        before = (array.tobytes(), array.shape, array.strides, array.dtype, array.flags.writeable)
        column = np.empty(2, object)
        column[:] = [array, GOOD]
        frame = pd.DataFrame({"a": column})

        assert_pictures(gallery([array, GOOD], **look), 2)
        assert_pictures(table(frame, columns=["a"], **look), 2)
        table(frame, arrays=wanted, **look)
        elements(image_formatter.with_options(arrays=wanted, **look)(array))

        now = (array.tobytes(), array.shape, array.strides, array.dtype, array.flags.writeable)
        assert now == before

    @given(strange_arrays(), looks)
    def test_are_pictures_or_errors_that_name_dtype_and_shape(
        self, array: NDArray[Any], look: dict[str, Any]
    ) -> None:
        try:
            thumb = thumbnail(array, **look)
        except (SourceError, EncodeError) as error:
            said = error
        else:
            assert_thumbnail(thumb)
            return
        assert_error_of_ours(said)
        if isinstance(said, SourceError) and array.dtype.kind not in "OV":  # parts of their own
            shape = "×".join(map(str, array.shape))
            assert (shape and shape in str(said)) or str(array.dtype) in str(said), said


# --------------------------------------------------------------------------- other frames


class TestFramesOfPolars:
    @some
    @given(
        st.lists(st.binary(max_size=20) | st.just(GOOD) | st.none(), max_size=5),
        texts.map(lambda text: text.encode("utf-8", "replace").decode()),
        texts.map(lambda text: text.encode("utf-8", "replace").decode()),
    )
    def test_never_raise_and_keep_their_texts(
        self, data: list[bytes | None], name: str, text: str
    ) -> None:
        frame = pl.DataFrame(
            {
                name: pl.Series([text] * len(data), dtype=pl.String),
                name + "p": pl.Series(data, dtype=pl.Binary),
            }
        )
        before = frame.clone()

        html = table(frame, columns=[name + "p"])

        assert frame.equals(before)
        assert_pictures(html, sum(cell is not None for cell in data))
        assert {tag.name for tag in elements(html)} <= {
            *("div", "style", "table", "thead", "tbody", "tr", "th", "td", "small", "p"),
            *("img", "details", "summary"),
        }


def test_a_path_object_of_any_text_is_a_picture_or_an_error_of_ours() -> None:
    for text in HOSTILE.values():
        for kind in (pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.Path):
            assert attempt(lambda kind=kind, text=text: thumbnail(kind(text))) is None
