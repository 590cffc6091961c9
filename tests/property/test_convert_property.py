"""General rules of conversions, tried on whatever hypothesis thinks of."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image
from zoo import HOSTILE, decoded
from zoo.images import animation, encoded, photograph

from imgdisplay import DecodeError, ImgDisplayError, OptionError, SourceError
from imgdisplay.convert.arrays import to_array
from imgdisplay.convert.mail import mime_image
from imgdisplay.convert.reading import from_base64, from_data_uri
from imgdisplay.convert.writing import to_base64, to_bytes
from imgdisplay.core.datauri import read_base64
from imgdisplay.core.formats.stripping import without_metadata

SMALL = photograph("coffee", (30, 20))
DATA = encoded(SMALL)
FILES = {
    "png": DATA,
    "jpeg": encoded(SMALL, "JPEG", comment="hidden", restart_marker_blocks=1),
    "gif": animation("GIF"),
    "webp": encoded(SMALL, "WEBP", xmp=b"hidden"),
    "webp animated": animation("WEBP"),
    "png animated": animation("PNG"),
}
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"

quick = settings(max_examples=60, deadline=None)
few = settings(max_examples=25, deadline=None)
white = st.text(" \t\r\n\f", max_size=4)
sides = st.integers(1, 20)


@quick
@given(
    data=st.binary(max_size=200),
    url_safe=st.booleans(),
    padded=st.booleans(),
    gaps=st.lists(st.tuples(st.integers(0, 300), white), max_size=8),
)
def test_base64_in_any_form_is_the_same_bytes(
    data: bytes, url_safe: bool, padded: bool, gaps: list[tuple[int, str]]
) -> None:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(data).decode()
    if not padded:
        text = text.rstrip("=")
    for at, gap in gaps:
        text = text[:at] + gap + text[at:]

    assert read_base64(text) == data


@quick
@given(
    text=st.text(STANDARD, max_size=60),
    wrong=st.characters(exclude_characters=STANDARD + " \t\r\n\f=%"),
    at=st.integers(0, 60),
    rest=st.text(max_size=20),
)
@example("iVBO", "\ud800", 2, "")
@example("", "\x0b", 0, "")
def test_a_wrong_character_is_named_with_its_position(
    text: str, wrong: str, at: int, rest: str
) -> None:
    at = min(at, len(text))
    broken = text[:at] + wrong + text[at:] + rest

    with pytest.raises(DecodeError, match=rf"at character {at} of the text"):
        from_base64(f"{broken}")
    prefix = "data:image/png;base64,"
    with pytest.raises(DecodeError, match=rf"at character {at + len(prefix)} of the data URI"):
        from_data_uri(prefix + broken)


@quick
@given(st.text(max_size=200) | st.binary(max_size=200) | st.sampled_from(list(HOSTILE.values())))
@example("data:")
@example("data:,")
@example("data:image/png;base64,%")
@example("data:;base64,====")
@example(b"data:\xff")
def test_any_text_is_an_image_or_our_error(text: str | bytes) -> None:
    for read in (from_base64, from_data_uri):
        said = "an image"
        try:
            assert isinstance(read(text), Image.Image)
        except SourceError as error:
            said = str(error)
        assert 0 < len(said) < 600


@few
@given(
    text=st.sampled_from([base64.b64encode(DATA).decode()]),
    at=st.integers(0, 2000),
    with_=st.text(max_size=3),
)
def test_a_damaged_image_is_an_image_or_our_error(text: str, at: int, with_: str) -> None:
    with contextlib.suppress(SourceError):
        from_base64(text[:at] + with_ + text[at + len(with_) :])


@quick
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(sides, sides)
        | st.tuples(sides, sides, st.just(3))
        | st.tuples(sides, sides, st.just(4)),
    ),
    st.sampled_from(["png", "tiff"]),
)
def test_arrays_of_bytes_go_round_exactly(array: NDArray[np.uint8], format_: Any) -> None:
    assert (to_array(to_bytes(array, format_)) == array).all()
    assert (to_array(from_base64(to_base64(array, format_))) == array).all()
    bgr = to_array(array, color_order="bgr")
    assert (to_array(bgr, color_order="bgr") == to_array(array)).all()
    floats = to_array(array, dtype=np.float32)
    assert floats.min() >= 0
    assert floats.max() <= 1
    assert ((floats * 255).round() == array).all()


@quick
@given(arrays.arrays(st.sampled_from(["<u2", ">u2"]), st.tuples(sides, sides)))
def test_arrays_of_16_bits_go_round_exactly(array: NDArray[np.uint16]) -> None:
    for format_ in ("png", "tiff"):
        data = to_bytes(array, format_)  # type: ignore[arg-type]
        assert (to_array(data, dtype=np.uint16) == array).all()
        assert np.asarray(decoded(data)).astype(np.uint16).tolist() == array.tolist()


@few
@given(
    name=st.sampled_from(list(FILES)),
    at=st.integers(0, 3000),
    what=st.binary(min_size=1, max_size=4),
    cut=st.booleans(),
)
def test_a_damaged_file_is_stripped_written_anew_or_refused(
    name: str, at: int, what: bytes, cut: bool
) -> None:
    data = FILES[name]
    at %= len(data)
    damaged = data[:at] + (b"" if cut else what) + data[at + len(what) :]

    stripped = without_metadata(damaged)

    if stripped is not None:
        assert len(stripped) <= len(damaged)
        assert without_metadata(stripped) == stripped
    with contextlib.suppress(ImgDisplayError):
        to_bytes(damaged)


@quick
@given(
    name=st.sampled_from(list(FILES)),
    tail=st.binary(max_size=40),
)
def test_nothing_behind_the_end_is_handed_on(name: str, tail: bytes) -> None:
    assert without_metadata(FILES[name] + tail) == without_metadata(FILES[name])


@quick
@given(
    kind=st.binary(min_size=4, max_size=4).filter(lambda kind: kind[0] & 0x20),
    body=st.binary(min_size=12, max_size=60),
)
def test_an_unknown_chunk_of_a_png_is_cut_out(kind: bytes, body: bytes) -> None:
    known = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tRNS", b"fdAT", b"fcTL"}
    if kind in known | {b"acTL"}:
        return
    checksum = binascii.crc32(kind + body).to_bytes(4, "big")
    chunk = len(body).to_bytes(4, "big") + kind + body + checksum

    assert without_metadata(DATA[:33] + chunk + DATA[33:]) == DATA


@few
@given(filename=st.text(max_size=120) | st.sampled_from(list(HOSTILE.values())))
def test_any_file_name_makes_a_part_of_four_headers(filename: str) -> None:
    part = mime_image(SMALL, filename=filename, format="png")

    assert sorted(part.keys()) == [
        "Content-Disposition",
        "Content-ID",
        "Content-Transfer-Encoding",
        "Content-Type",
    ]
    name = part.get_filename() or ""
    assert re.fullmatch(r'[^<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028-\u202e]{1,64}\.png', name)
    assert part.as_bytes().isascii()


@few
@given(cid=st.text(max_size=70))
@example("a@b")
@example("cid:<a>")
def test_any_content_id_is_taken_as_it_is_or_refused(cid: str) -> None:
    try:
        part = mime_image(SMALL, cid=cid, size=4)
    except OptionError:
        return
    assert re.fullmatch(r"<[A-Za-z0-9._+-]+(@[A-Za-z0-9._+-]+)?>", part["Content-ID"])
