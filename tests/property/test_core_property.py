"""General rules of the core, tried on whatever hypothesis thinks of."""

from __future__ import annotations

import base64
import contextlib
import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote as percent_encoded

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image
from zoo import HOSTILE, REORDERS_OR_CONTROLS, decoded, elements, mime_of, pixels, shown, soup
from zoo.images import FORMATS, MODES, Format, encoded, photograph, written

import imgdisplay
from imgdisplay import (
    DecodeError,
    ImgDisplayError,
    OptionError,
    Options,
    SourceError,
    gallery,
    get_options,
    image_formatter,
    img,
    open_image,
    options,
    set_options,
    thumbnail,
)

SMALL = photograph("coffee", (30, 20))
DATA = encoded(SMALL)

quick = settings(max_examples=60, deadline=None)
few = settings(max_examples=25, deadline=None)

sides = st.integers(1, 40)
floats = st.floats(allow_nan=True, allow_infinity=True, width=64)
dtypes = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
)
shapes = st.one_of(
    st.tuples(sides, sides),
    st.tuples(sides, sides, st.integers(1, 4)),
    st.tuples(st.integers(1, 4), sides, sides),
    st.tuples(st.integers(1, 3), sides, sides, st.integers(1, 4)),
)
texts = st.text(st.characters(), max_size=40) | st.sampled_from(list(HOSTILE.values()))


def attempt(use: Callable[[], Any]) -> Any:
    """Return what a function returns, or the error of ours that it raises."""
    try:
        return use()
    except ImgDisplayError as error:
        return error


@st.composite
def any_arrays(draw: st.DrawFn) -> NDArray[Any]:
    """Return an array of any numbers, any shape of a picture and any order in memory."""
    array = draw(arrays.arrays(draw(dtypes), draw(shapes)))
    turns = draw(st.lists(st.sampled_from(["flip", "fortran", "swap", "every other"]), max_size=2))
    for turn in turns:
        if turn == "flip":
            array = array[::-1, ::-1]
        elif turn == "fortran":
            array = np.asfortranarray(array)
        elif turn == "swap":
            array = array.swapaxes(0, 1)
        else:
            array = np.repeat(array, 2, axis=0)[::2]
    if draw(st.booleans()):
        array.flags.writeable = False
    return array


class TestArrays:
    @quick
    @given(any_arrays(), st.sampled_from(["png", "jpeg", "auto"]))
    def test_of_numbers_are_pictures_and_stay_as_they_were(
        self, array: NDArray[Any], format_: Any
    ) -> None:
        before = array.tobytes()

        thumb = thumbnail(array, size=32, format=format_)

        assert thumb.mime == mime_of(thumb.data)
        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)
        assert array.tobytes() == before

    @quick
    @given(
        arrays.arrays(
            st.sampled_from([np.uint8, np.uint16, np.int16, np.int64, np.float32, np.float64]),
            st.tuples(sides, sides),
        ),
        st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)),
    )
    def test_a_larger_value_is_never_darker(
        self, array: NDArray[Any], low_and_span: tuple[float, float] | None
    ) -> None:
        chosen = low_and_span and (low_and_span[0], low_and_span[0] + low_and_span[1])

        grey = shown(array, value_range=chosen)

        finite = np.isfinite(array)
        assert (grey[~finite] == (255, 0, 255)).all()
        order = np.argsort(array[finite], kind="stable")
        levels = grey[finite][order].astype(int)
        assert (np.diff(levels[:, 0]) >= 0).all()
        assert (levels == levels[:, :1]).all()

    @quick
    @given(
        arrays.arrays(
            st.sampled_from([np.uint16, np.uint32, np.int64]), (6, 7), elements={"min_value": 0}
        )
    )
    def test_whole_numbers_go_by_the_smallest_depth_that_holds_them(
        self, array: NDArray[Any]
    ) -> None:
        top = int(array.max())
        white = next((2**bits - 1 for bits in (8, 10, 12, 14, 16) if top < 2**bits), top)

        expected = array.astype(np.longdouble) * 255 / white
        assert np.abs(shown(array)[..., 0] - expected).max() <= 1

    @quick
    @given(
        arrays.arrays(
            np.float64,
            (6, 7),
            elements=st.floats(-1e300, 1e300) | st.floats(-2, 2) | st.floats(0, 300),
        ),
        st.sampled_from(["unit", "signed", "bytes", "any"]),
    )
    def test_floats_go_by_the_range_that_holds_them(
        self, array: NDArray[Any], held_in: str
    ) -> None:
        if held_in == "unit":
            array = np.abs(array) % 1
        elif held_in == "signed":
            array = np.fmod(array, 1)
        elif held_in == "bytes":
            array = np.abs(array) % 255
        low, high = array.min(), array.max()
        assume(not 1 < high <= 1.01 and not -1.01 <= low < -1)
        if low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        elif low >= -1 and high <= 1:
            low, high = -1.0, 1.0
        elif low >= 0 and high <= 255:
            low, high = 0.0, 255.0
        assume(high > low)

        part = (array.astype(np.longdouble) - low) / (np.longdouble(high) - low)
        assert np.abs(shown(array)[..., 0] - part * 255).max() <= 1

    @quick
    @given(
        arrays.arrays(np.float32, (12, 12), elements=st.floats(0, 1, width=32)),
        arrays.arrays(bool, (12, 12)),
        st.sampled_from([np.nan, np.inf, -np.inf]),
        st.booleans(),
    )
    def test_what_is_no_number_spoils_no_other_value(
        self, array: NDArray[Any], where: NDArray[np.bool_], nothing: float, mask: bool
    ) -> None:
        spoilt = (
            np.ma.array(array * 1, mask=where)
            if mask
            else np.where(where, np.float32(nothing), array)
        )

        seen = shown(spoilt)

        assert (seen[where] == (255, 0, 255)).all()
        assert (seen[~where] == shown(array)[~where]).all()

    @quick
    @given(arrays.arrays(np.uint8, st.tuples(sides, sides, st.integers(1, 4))))
    def test_of_bytes_are_shown_as_they_are(self, array: NDArray[Any]) -> None:
        channels = array.shape[2]
        seen = shown(array, "RGBA")

        opaque = np.broadcast_to(np.uint8(255), array.shape[:2])
        alpha = array[..., -1] if channels in (2, 4) else opaque
        colors = array[..., : 3 if channels > 2 else 1]
        assert (seen[..., 3] == alpha).all()
        wrong = np.abs(seen[..., :3].astype(int) - colors)
        assert (wrong[alpha == 255] == 0).all()
        assert (wrong * np.maximum(alpha, 1)[..., None] <= 2 * 255)[alpha > 0].all()


class TestGeometry:
    @quick
    @given(
        st.integers(1, 3000),
        st.integers(1, 3000),
        st.none() | st.integers(1, 600) | st.tuples(st.integers(1, 600), st.integers(1, 600)),
        st.floats(0.25, 8),
        st.booleans(),
    )
    @example(10_000, 1, 96, 2.0, True)
    @example(1, 10_000, (5, 300), 2.0, True)
    @example(33, 1, 96, 8.0, True)
    @example(31, 14, (6, 532), 6.4, True)
    @example(30, 15, 1, 6.6, True)
    def test_fits_the_box_keeps_the_ratio_and_never_enlarges(
        self, width: int, height: int, size: Any, scale: float, pixelated: bool
    ) -> None:
        image = Image.new("L", (width, height), 200)

        thumb = thumbnail(image, size=size, scale=scale, pixelated=pixelated, format="png")

        assert thumb.source_size == (width, height)
        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)
        assert min(thumb.width, thumb.height, thumb.pixel_width, thumb.pixel_height) >= 1
        if size is None:
            assert (thumb.width, thumb.height) == (width, height)
            return
        box = (size, size) if isinstance(size, int) else size
        assert thumb.width <= box[0]
        assert thumb.height <= box[1]
        if thumb.width > width:
            assert pixelated
            assert max(width, height) <= 32
            assert thumb.width * height == thumb.height * width
            assert thumb.width % width == 0
        else:
            assert thumb.width <= width
            assert thumb.height <= height
            assert thumb.pixel_width <= width
            assert thumb.pixel_height <= height
        # Each side is that of the exact ratio, but for a rounding and for a pixel at least.
        for drawn_width, drawn_height in (
            (thumb.width, thumb.height),
            (thumb.pixel_width, thumb.pixel_height),
        ):
            ratio = max(drawn_width / width, drawn_height / height)
            assert abs(drawn_width - max(1, width * ratio)) <= max(1, width / height)
            assert abs(drawn_height - max(1, height * ratio)) <= max(1, height / width)

    @few
    @given(st.sampled_from(MODES), sides, sides, st.integers(1, 64), st.randoms())
    def test_every_mode_and_size_makes_a_thumbnail(
        self, mode: str, width: int, height: int, size: int, random: Any
    ) -> None:
        image = Image.new(mode, (width, height))
        noise = random.randbytes(len(image.tobytes()))
        with contextlib.suppress(ValueError):  # LAB and HSV take any bytes, F may get NaN
            image = Image.frombytes(mode, (width, height), noise)

        thumb = thumbnail(image, size=size)

        assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)
        assert open_image(image).tobytes() == image.tobytes()


class TestBytes:
    @quick
    @given(st.binary(max_size=200))
    @example(b"P6 1 1 255\n")
    @example(b"P3 99999999999999999999 1 255\n")
    @example(b"BM")
    @example(b"\x00\x00\x02\x00" + bytes(40))
    @example(b"\x00\x00\x01\x00\xff\xff")
    @example(b"qoif" + bytes(20))
    @example(b"RIFF\xff\xff\xff\xffWEBP")
    def test_of_any_kind_are_a_picture_or_an_error_of_ours(self, data: bytes) -> None:
        with contextlib.suppress(SourceError):
            thumb = thumbnail(data)
            assert decoded(thumb.data).size == (thumb.pixel_width, thumb.pixel_height)

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(FORMATS),
        st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
        st.none() | st.floats(0, 1),
    )
    def test_of_broken_files_are_a_picture_or_an_error_of_ours(
        self, format_: Format, changes: list[tuple[int, int]], cut: float | None
    ) -> None:
        data = bytearray(written(format_)[0])
        for place, value in changes:
            data[place % len(data)] = value
        if cut is not None:
            del data[int(cut * len(data)) :]

        for use in (lambda: thumbnail(bytes(data), size=24), lambda: open_image(bytes(data))):
            result = attempt(use)
            assert not isinstance(result, SourceError) or 10 <= len(str(result)) <= 400

    @quick
    @given(st.integers(0, 3 * len(DATA)), st.sampled_from([thumbnail, open_image, img]))
    def test_in_a_file_are_read_from_any_position_and_put_back(
        self, position: int, use: Callable[[Any], object]
    ) -> None:
        file = io.BytesIO(DATA)
        file.seek(position)

        use(file)

        assert file.tell() == position
        assert file.getvalue() == DATA


class TestDataUris:
    @quick
    @given(st.data())
    def test_may_be_written_in_many_ways(self, data: st.DataObject) -> None:
        text = base64.b64encode(DATA).decode()
        if data.draw(st.booleans(), "url-safe"):
            text = text.translate(str.maketrans("+/", "-_"))
        if data.draw(st.booleans(), "no padding"):
            text = text.rstrip("=")
        places = data.draw(st.lists(st.integers(0, len(text)), max_size=5), "white space at")
        for place in sorted(places, reverse=True):
            space = data.draw(st.sampled_from([" ", "\n", "\t", "\r\n", "%20"][:4]))
            text = text[:place] + space + text[place:]
        if data.draw(st.booleans(), "percent-encoded"):
            text = percent_encoded(text, safe=data.draw(st.sampled_from(["", "+/=", "="])))
            text = re.sub("%(20|09|0A|0D)", "", text)
        mime = data.draw(st.sampled_from(["", "image/png", "IMAGE/PNG", "image/x;charset=utf-8"]))

        uri = f"{data.draw(st.sampled_from(['data', 'DATA', 'Data']))}:{mime};base64,{text}"

        assert (shown(uri) == np.asarray(SMALL)).all()

    @settings(max_examples=200, deadline=None)
    @given(
        st.sampled_from(
            ["data:", "data:image/png,", "data:image/png;base64,", "data:;base64,", "DATA:"]
        ),
        st.text(st.characters(), max_size=60) | st.text("AQgw+/=-_% \n", max_size=60),
    )
    @example("data:image/png,", "\ud800")
    @example("data:image/png;base64,", "A\u0660")
    def test_with_anything_in_them_are_an_error_of_ours(self, head: str, rest: str) -> None:
        with pytest.raises((DecodeError, imgdisplay.SourceRefused)) as caught:
            thumbnail(head + rest)
        assert len(str(caught.value)) <= 400


class TestSources:
    anything = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.binary(max_size=20)
        | texts
        | st.sampled_from([SMALL, DATA, np.zeros((3, 3)), int, Ellipsis, 1j, range(3), object()]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.sampled_from(["bytes", "path", "other"]), inner, max_size=3)
            | st.sets(st.integers(), max_size=2)
        ),
        max_leaves=6,
    )

    @settings(max_examples=200, deadline=None)
    @given(anything)
    def test_of_any_kind_are_a_picture_or_an_error_of_ours(self, source: object) -> None:
        result = attempt(lambda: thumbnail(source))

        if isinstance(result, SourceError):
            assert 10 <= len(str(result)) <= 400
        else:
            assert decoded(result.data).size == (result.pixel_width, result.pixel_height)

    @settings(max_examples=100, deadline=None)
    @given(st.lists(anything, max_size=4))
    def test_of_any_kind_make_a_gallery_with_a_place_for_each(self, sources: list[object]) -> None:
        html = gallery(sources, captions=[str(number) for number in range(len(sources))])

        names = [tag.name for tag in elements(html)]
        assert names.count("img") == names.count("figcaption") == len(sources)
        html.encode()

    @settings(max_examples=100, deadline=None)
    @given(anything)
    def test_of_any_kind_make_a_cell(self, value: object) -> None:
        cell = image_formatter(value)

        assert [tag.name for tag in elements(cell)] in ([], ["img"])

    @settings(max_examples=200, deadline=None)
    @given(st.text(st.characters(), max_size=60) | st.text("./\\:a~\0 C", max_size=12))
    def test_that_are_text_are_an_error_of_ours(self, text: str) -> None:
        with pytest.raises(SourceError) as caught:
            thumbnail(text)
        assert 10 <= len(str(caught.value)) <= 400


class TestText:
    @settings(max_examples=200, deadline=None)
    @given(texts)
    def test_is_text_in_a_cell(self, text: str) -> None:
        cell = image_formatter(text)

        assert elements(cell) == []
        seen = soup(cell).get_text()
        assert REORDERS_OR_CONTROLS.isdisjoint(seen)
        plain = "".join(char for char in text if char.isprintable() and char != "\ufeff")
        assert "".join(
            char for char in seen if char.isprintable() and char != "\ufffd"
        ) == plain.replace("\ufffd", "")

    @settings(max_examples=200, deadline=None)
    @given(texts, texts)
    def test_is_text_in_attributes_and_captions(self, alt: str, caption: str) -> None:
        html = img(SMALL, alt=alt) + gallery({caption: SMALL}) + gallery([SMALL], captions=[alt])

        found = elements(html)
        assert [tag.name for tag in found].count("img") == 3
        assert {tag.name for tag in found} <= {"img", "div", "figure", "figcaption"}
        for tag in found:
            assert set(tag.attrs) <= {"class", "src", "width", "height", "alt", "title", "style"}
            assert all(len(str(tag.get(name, ""))) <= 200 for name in ("alt", "title"))
        html.encode()

    @quick
    @given(texts)
    def test_in_an_error_is_text_in_its_placeholder(self, text: str) -> None:
        class Named:
            def __repr__(self) -> str:
                return text

        html = gallery([Named(), {text: 1}])

        images = [tag for tag in elements(html) if tag.name == "img"]
        assert len(images) == 2
        for tag in images:
            assert set(tag.attrs) == {"class", "src", "width", "height", "alt", "title", "style"}
            assert str(tag["alt"]).startswith("not a picture: ")
        html.encode()


some_options = st.fixed_dictionaries(
    {},
    optional={
        "size": st.none() | st.integers(1, 500),
        "scale": st.floats(0.25, 8),
        "quality": st.integers(1, 100),
        "format": st.sampled_from(["auto", "png", "jpeg", "webp"]),
        "background": st.none() | st.sampled_from(["white", "#123"]),
        "paths": st.sampled_from(["auto", True, False]),
    },
)


class TestOptions:
    @quick
    @given(some_options, some_options, some_options, some_options)
    def test_are_those_of_the_strongest_layer_that_names_them(
        self, session: Any, outer: Any, inner: Any, keyword: Any
    ) -> None:
        before = {name: getattr(get_options(), name) for name in session}
        set_options(**session)
        try:
            with options(**outer):
                with options(**inner) as effective:
                    assert effective == get_options() == Options(**{**session, **outer, **inner})
                    thumb = thumbnail(SMALL, **keyword)
                    said = {**session, **outer, **inner, **keyword}
                    assert thumb == thumbnail(SMALL, **{**_DEFAULTS, **said})
                assert get_options() == Options(**{**session, **outer})
            assert get_options() == Options(**session)
        finally:
            set_options(**before)

    @quick
    @given(st.sampled_from(sorted(Options.__dataclass_fields__)), TestSources.anything)
    def test_take_a_value_or_say_what_they_expect(self, name: str, value: Any) -> None:
        result = attempt(lambda: Options(**{name: value}))

        if isinstance(result, OptionError):
            assert str(result).startswith(f"{name}=")
            assert len(str(result)) <= 400
        else:
            assert Options(**{name: getattr(result, name)}) == result
            assert hash(Options(**{name: getattr(result, name)})) == hash(result)


_DEFAULTS: dict[str, Any] = {
    name: getattr(Options(), name)
    for name in ("size", "scale", "quality", "format", "background", "paths")
}


@few
@given(st.sampled_from(FORMATS), st.sampled_from(["png", "jpeg", "webp"]), st.integers(1, 100))
def test_a_thumbnail_depends_on_the_picture_and_the_options_alone(
    format_: Format, wanted: Any, size: int
) -> None:
    data, _ = written(format_)

    one = thumbnail(data, size=size, format=wanted)
    other = thumbnail(io.BytesIO(data), size=size, format=wanted)

    assert one == other
    assert pixels(decoded(one.data)).shape == (one.pixel_height, one.pixel_width, 3)
