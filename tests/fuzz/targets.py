"""What is fuzzed, from which seeds: a function each, which raises if something does not hold.

Every target takes one string of bytes; its first byte says how the rest is used. Nothing here
knows the fuzzing engine: the tests run the same targets from their seeds.
"""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image
from zoo import HOSTILE
from zoo.files import files
from zoo.hostile import TOKENS
from zoo.images import encoded, photograph
from zoo.invariants import LONGEST_MESSAGE, assert_error_of_ours, assert_thumbnail
from zoo.mutations import PNG, flipped, rearranged, with_checksums

from fuzz.pages import places_of, report_of, skeleton, twin
from imgdisplay import (
    EncodeError,
    OptionError,
    Options,
    SourceError,
    from_base64,
    from_data_uri,
    open_image,
    thumbnail,
    to_bytes,
)
from imgdisplay.core.datauri import read_base64, read_data_uri, write_data_uri
from imgdisplay.notebook.slim import Slimmed, slim

Mutator = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """One door of the package, and what is thrown at it.

    Attributes
    ----------
    throw
        Uses the package with some bytes; raises if something does not hold.
    seeds
        Where to begin.
    words
        What the bytes are often made of.
    mutate
        Breaks a seed by the rules of its format; None if it has no rules.
    """

    name: str
    throw: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[bytes, ...] = ()
    mutate: Mutator | None = None


# --------------------------------------------------------------------------- the decoder's edge

_FORMATS = ("auto", "png", "jpeg", "webp")
_LIMIT = 2**20
"""Pixels, so that a header that lies costs no time."""


def decoder(given: bytes) -> None:
    """Encoded bytes give a picture within its box and without cargo, or an error of ours."""
    how, data = given[:1], given[1:]
    number = how[0] if how else 0
    size = None if number & 8 else 24
    options: Any = {"size": size, "max_pixels": _LIMIT, "format": _FORMATS[number & 3]}
    try:
        if number & 0xF0 == 0x10:
            image = open_image(data, max_pixels=_LIMIT)
            assert min(image.size) >= 1
            image.load()
        elif number & 0xF0 == 0x20:
            written: Any = ("png", "jpeg", None, "webp")[number & 3]
            to_bytes(data, written, max_pixels=_LIMIT)
        else:
            thumb = thumbnail(data, animate=bool(number & 4), **options)
            assert_thumbnail(thumb, size and (size, size))
    except (SourceError, EncodeError) as error:
        assert_error_of_ours(error)


def _files() -> Iterator[bytes]:
    for number, data in enumerate(files((24, 16)).values()):
        yield bytes([number % 0x30]) + data
        yield b"\x04" + data


def broken_file(given: bytes, source: random.Random) -> bytes:
    """Return a file whose parts are in disorder, or whose bytes flipped with fitting checksums."""
    how, data = given[:1], given[1:]
    if source.random() < 0.5:
        broken = list(rearranged(data)) or [data]
        data = source.choice(broken)
    elif data:
        data = flipped(data, source)
    return how + (with_checksums(data) if data.startswith(PNG) else data)


# --------------------------------------------------------------------------- texts


def _text(data: bytes) -> str:
    """Return any text, lone surrogates included."""
    return data.decode("utf-8", "surrogateescape")


def _or_error(use: Callable[[], Any]) -> Any:
    """Return what a function returns, or the error of ours that it raises."""
    try:
        return use()
    except (SourceError, EncodeError, OptionError) as error:
        said = error
    assert len(str(said)) <= LONGEST_MESSAGE, said
    return said


_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/_-]")


def uris(given: bytes) -> None:
    """Text gives the bytes that its base64 stands for, or an error with the place."""
    text = _text(given[1:])
    head = ("", "data:", "data:image/png;base64,", "data:;base64,")[given[0] % 4 if given else 0]
    for read in (from_base64, from_data_uri, thumbnail):
        _or_error(lambda read=read: read(head + text))
    _agrees_with_the_standard_library(text)
    data, mime = read_data_uri(write_data_uri(given, "image/png"))
    assert (data, mime) == (given, "image/png")


def _agrees_with_the_standard_library(text: str) -> None:
    packed = re.sub("[ \t\r\n\f]", "", text).rstrip("=").translate(str.maketrans("-_", "+/"))
    if "%" in packed:
        return
    expected: bytes | None = None
    if not _NO_BASE64.search(packed) and len(packed) % 4 != 1:
        try:
            expected = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
        except binascii.Error:
            expected = None
    found = _or_error(lambda: read_base64(text))
    assert found == expected or (expected is None and isinstance(found, SourceError)), text


def _uris() -> Iterator[bytes]:
    picture = photograph("coffee", (6, 4))
    for number, data in enumerate((encoded(picture), encoded(picture, "GIF"), b"GIF89a")):
        text = base64.b64encode(data)
        yield bytes([number]) + text
        yield b"\x02" + text
        yield b"\x00data:image/x-icon;charset=utf-8;base64," + text
        yield b"\x01;base64," + text.replace(b"+", b"%2B").replace(b"=", b"")
        yield b"\x01image/png," + b"".join(b"%%%02x" % byte for byte in data)
        yield b"\x02" + b"\n ".join(text[at : at + 9] for at in range(0, len(text), 9))
        yield b"\x03" + base64.urlsafe_b64encode(data)
    yield from (b"\x01image/svg+xml,<svg onload='x'/>", b"\x01", b"\x02=", b"\x02%", b"\x02A")


def texts(given: bytes) -> None:
    """Text makes no element and no attribute beyond those of the place where it stands."""
    text = _text(given[1:])
    places = places_of(text)
    name = sorted(places)[given[0] % len(places) if given else 0]
    drawn = str(places[name]())
    drawn.encode()
    assert skeleton(drawn) == skeleton(str(places_of(twin(text))[name]())), (name, text)


def reports(given: bytes) -> None:
    """Text makes no element and no attribute beyond those of a report's template."""
    text = _text(given[1:])
    number = given[0] if given else 0
    found = skeleton(report_of(text, number))
    assert found == skeleton(report_of(twin(text), number)), (number, text)


def _texts() -> Iterator[bytes]:
    for number, text in enumerate(HOSTILE.values()):
        yield bytes([number]) + text.encode("utf-8", "surrogatepass")
    for number, token in enumerate(TOKENS):
        yield bytes([number % 256]) + token.encode("utf-8", "surrogatepass")


# --------------------------------------------------------------------------- notebooks

_PICTURED = ("image/png", "image/jpeg", "text/html")


def notebooks(given: bytes) -> None:
    """Everything but pictures stays byte for byte, and a notebook stays one."""
    number, notebook = given[0] if given else 0, given[1:]
    options = Options(size=4, max_pixels=_LIMIT, quality=50)
    budget = 500 * (number & 7) or None
    slimmed = _or_error(lambda: slim(notebook, options, max_bytes=budget))
    if not isinstance(slimmed, Slimmed):
        assert budget is not None or not isinstance(slimmed, OptionError), slimmed
        return
    text = slimmed.text
    assert len(text) == slimmed.bytes_after
    assert slimmed.bytes_after <= slimmed.bytes_before == len(notebook)
    assert budget is None or len(text) <= budget
    _only_pictures_differ(notebook, slimmed.pieces)
    try:
        before = json.loads(notebook)
    except (ValueError, RecursionError):
        return  # what is no JSON text, but near enough, has nothing to compare
    _same_but_for_pictures(before, json.loads(text))


def _only_pictures_differ(notebook: bytes, pieces: tuple[bytes | memoryview, ...]) -> None:
    """Hold that the pieces that were kept are the notebook's own, in their order."""
    at = 0
    for piece in pieces:
        if isinstance(piece, memoryview):
            kept = bytes(piece)
            found = notebook.find(kept, at) if kept else at
            assert found >= at
            at = found + len(kept)
        else:
            assert re.fullmatch(rb"(data:image/[a-z]+;base64,)?[A-Za-z0-9+/]+=*(\\n)?", piece)


def _same_but_for_pictures(before: Any, after: Any, path: tuple[Any, ...] = ()) -> None:
    assert type(before) is type(after), path
    if isinstance(before, dict):
        assert list(before) == list(after), path
        for key in before:
            _same_but_for_pictures(before[key], after[key], (*path, key))
    elif isinstance(before, list) and not (_is_picture(path) and _is_lines(before)):
        assert len(before) == len(after), path
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            _same_but_for_pictures(one, other, (*path, number))
    elif _is_picture(path):
        if path[-1] == "text/html":
            assert _without_uris(before) == _without_uris(after), path
    else:
        assert before == after or (before != before and after != after), path


def _is_picture(path: tuple[Any, ...]) -> bool:
    names = tuple(part for part in path if isinstance(part, str))
    return names[:3] == ("cells", "outputs", "data") and names[3:] in [(m,) for m in _PICTURED]


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _without_uris(html: Any) -> Any:
    whole = "".join(html) if isinstance(html, list) else html
    if not isinstance(whole, str):
        return whole
    return re.sub(r"(?i)data:image/[^,]{0,300};base64,[A-Za-z0-9+/_=%\\\s-]*", "data:", whole)


def _notebook(data: dict[str, Any], **dumped: Any) -> bytes:
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cell = {"cell_type": "code", "source": [], "outputs": [output], "metadata": {}}
    whole = {"cells": [cell], "metadata": {"a": 1.50}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, **dumped).encode()


def _notebooks() -> Iterator[bytes]:
    picture = Image.effect_noise((9, 7), 90)
    png, jpeg = (base64.b64encode(encoded(picture, name)).decode() for name in ("PNG", "JPEG"))
    html = f"<img src='data:image/png;base64,{png}' alt='\"é'><p>data:image/gif;base64,R0lG</p>"
    lines = [line + "\n" for line in re.findall(".{1,40}", png)]
    for number, data in enumerate(
        [
            {"image/png": png, "text/plain": "<é>"},
            {"image/png": lines},
            {"image/jpeg": jpeg, "image/svg+xml": "<svg/>"},
            {"text/html": html},
            {"text/html": [html[:30], html[30:]]},
            {"text/html": html.replace("'", '"')},
            {"text/html": html.replace(png, "\n".join(re.findall(".{1,40}", png)))},
            {"image/png": "no base64", "image/jpeg": 5},
        ]
    ):
        yield bytes([number]) + _notebook(data)
        yield b"\0" + _notebook(data, indent=1, ensure_ascii=False)
        yield b"\0" + _notebook(data).replace(b"/", b"\\/")


TARGETS = {
    target.name: target
    for target in (
        Target("decoder", decoder, _files, (b"IDAT", b"acTL", b"Exif\0\0", b"II*\0"), broken_file),
        Target("uris", uris, _uris, (b"data:", b";base64,", b"image/png", b"%2B", b"%", b"=")),
        Target("texts", texts, _texts, tuple(token.encode("utf-8", "replace") for token in TOKENS)),
        Target(
            "notebooks",
            notebooks,
            _notebooks,
            (
                *(b'"cells"', b'"outputs"', b'"data"', b'"image/png"', b'"text/html"', b"\\u002b"),
                *(b"data:image/png;base64,", b'","', b"\\n", b"&quot;", b'\\"', b"\\/"),
            ),
        ),
        Target(
            "reports", reports, _texts, tuple(token.encode("utf-8", "replace") for token in TOKENS)
        ),
    )
}
