"""Slimming exchanges pictures in a notebook's text, and not one byte besides."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import os
import re
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from zoo import decoded

from imgdisplay.core.files import write_whole
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import DecodeError, OptionError, SourceNotFound, SourceRefused
from imgdisplay.notebook.slim import Slimmed, slim, slim_file
from imgdisplay.options import Options

BOX = 100


def encoded(size: tuple[int, int] = (400, 300), format_: str = "PNG", **settings: Any) -> bytes:
    """Return a picture that is worth shrinking."""
    buffer = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(buffer, format_, **settings)
    return buffer.getvalue()


PNG, JPEG, SMALL = encoded(), encoded(format_="JPEG"), encoded((50, 40))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def uri(data: bytes = PNG, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{b64(data)}"


def notebook(*outputs: dict[str, Any], **top: Any) -> dict[str, Any]:
    """Return a notebook of one cell for each output."""
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": ["show()\n", "# data:image/png;base64,AAAA"],
            "outputs": [{"output_type": "display_data", "data": data, "metadata": {}}],
            "execution_count": number,
        }
        for number, data in enumerate(outputs, start=1)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top}


def text_of(content: object, **settings: Any) -> bytes:
    return (json.dumps(content, **{"indent": 1, "ensure_ascii": False, **settings}) + "\n").encode()


def slimmed(
    content: object, size: Any = BOX, max_bytes: int | None = None, **options: Any
) -> Slimmed:
    text = content if isinstance(content, bytes) else text_of(content)
    result = slim(text, Options(size=size, **options), max_bytes=max_bytes)
    assert (result.bytes_before, result.bytes_after) == (len(text), len(result.text))
    return result


def outputs_of(result: Slimmed) -> list[dict[str, Any]]:
    return [cell["outputs"][0]["data"] for cell in json.loads(result.text)["cells"]]


def picture_in(html: str) -> Image.Image:
    (payload,) = re.findall(r"data:image/[a-z]+;base64,([A-Za-z0-9+/]+=*)", html)
    return decoded(base64.b64decode(payload, validate=True))


class TestPictures:
    @pytest.mark.parametrize(("mime", "data"), [("image/png", PNG), ("image/jpeg", JPEG)])
    def test_fit_the_box_and_keep_the_format_that_their_key_names(
        self, mime: str, data: bytes
    ) -> None:
        result = slimmed(notebook({mime: b64(data), "text/plain": "<Figure>"}))
        (output,) = outputs_of(result)
        picture = decoded(base64.b64decode(output[mime], validate=True))
        assert picture.size == (100, 75)
        assert Image.MIME[picture.format or ""] == mime
        assert output["text/plain"] == "<Figure>"
        assert (result.pictures, result.shrunk, result.notes) == (1, 1, ())

    @pytest.mark.parametrize(
        ("size", "expected"), [((60, 60), (60, 45)), ((1000, 30), (40, 30)), (None, (400, 300))]
    )
    def test_fit_boxes_of_every_shape(self, size: Any, expected: tuple[int, int]) -> None:
        (output,) = outputs_of(slimmed(notebook({"image/png": b64(PNG)}), size))
        assert decoded(base64.b64decode(output["image/png"])).size == expected

    def test_that_fit_stay_as_they_are(self) -> None:
        text = text_of(notebook({"image/png": b64(SMALL), "text/html": f"<img src={uri(SMALL)}>"}))
        result = slimmed(text)
        assert result.text == text
        assert (result.pictures, result.shrunk) == (2, 0)

    def test_that_would_grow_stay_as_they_are(self) -> None:
        buffer = io.BytesIO()
        Image.new("1", (200, 150)).save(buffer, "PNG", optimize=True)
        text = text_of(notebook({"image/png": b64(buffer.getvalue())}))
        assert slimmed(text, 199).text == text

    def test_are_slimmed_once_and_for_all(self) -> None:
        once = slimmed(notebook({"image/jpeg": b64(JPEG), "text/html": f'<img src="{uri()}">'}))
        assert once.shrunk == 2
        assert slimmed(once.text).text == once.text

    def test_are_turned_upright_before_they_are_measured(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        data = encoded((100, 80), "JPEG", exif=exif)
        assert slimmed(notebook({"image/jpeg": b64(data)}), (80, 100)).shrunk == 0
        (output,) = outputs_of(slimmed(notebook({"image/jpeg": b64(data)}), (40, 100)))
        assert decoded(base64.b64decode(output["image/jpeg"])).size == (40, 50)

    @pytest.mark.parametrize("split", [76, 1000])
    def test_may_be_written_in_several_lines_and_strings(self, split: int) -> None:
        text = b64(PNG)
        lines = [text[at : at + split] + "\n" for at in range(0, len(text), split)]
        for value in (lines, "".join(lines)):
            result = slimmed(notebook({"image/png": value}))
            (output,) = outputs_of(result)
            written = "".join(output["image/png"])
            assert written.endswith("\n")
            assert decoded(base64.b64decode(written)).size == (100, 75)

    def test_that_are_animations_stay_and_are_told(self) -> None:
        buffer = io.BytesIO()
        frames = [Image.new("L", (200, 200), shade) for shade in (0, 90, 180)]
        frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
        text = text_of(
            notebook({"text/html": f'<img src="{uri(buffer.getvalue(), "image/gif")}">'})
        )
        result = slimmed(text)
        assert result.text == text
        assert "animation" in result.notes[0].reason

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("iVBORw0K!!!!", "invalid base64 at character 8 of the picture"),
            (b64(PNG[:-200]), "truncated"),
            (b64(b"GIF89a nonsense"), ""),
            ("", "empty"),
            ("\\u20ac", ""),
        ],
    )
    def test_that_are_broken_stay_and_are_told(self, value: str, said: str) -> None:
        text = text_of(notebook({"text/plain": "1"}, {"image/png": value}))
        result = slimmed(text)
        assert result.text == text
        (note,) = result.notes
        assert (note.cell, note.output, note.mime) == (2, 1, "image/png")
        assert said in note.reason

    def test_over_a_limit_stay_and_are_told(self) -> None:
        (note,) = slimmed(notebook({"image/png": b64(PNG)}), max_pixels=1000).notes
        assert "max_pixels" in note.reason

    @pytest.mark.parametrize("value", [None, 7, {}, [], [7], {"a": "iVBORw0K"}, True])
    def test_that_are_no_text_are_no_pictures(self, value: object) -> None:
        text = text_of(notebook({"image/png": value, "text/html": value}))
        assert slimmed(text).text == text


HTML = {
    "double quotes": '<img src="@" width="640">',
    "single quotes": "<img src='@'>",
    "no quotes": "<img src=@ width=640>",
    "no quotes, end of tag": "<img src=@>",
    "no quotes, end of line": "<img src=@\nwidth=640 alt=abcd>",
    "style sheet": "<style>p { background: url(@) no-repeat }</style>",
    "entities": "<iframe srcdoc='<img src=&quot;@&quot;>'></iframe>",
    "source set": '<img srcset="@ 2x, small.png 1x">',
    "script": '<script>x = {"src": "@"};</script>',
    "escaped quotes in a script": '<script>x = "<img src=\\"@\\">";</script>',
    "fragment": '<img src="@#top">',
    "alone": "@",
}


class TestDataURIs:
    @pytest.mark.parametrize("html", HTML.values(), ids=HTML)
    @pytest.mark.parametrize("as_list", [True, False])
    def test_are_exchanged_and_nothing_around_them(self, html: str, as_list: bool) -> None:
        page = f"<p>ünï \U0001f389 \\ / </p>\n{html.replace('@', uri())}\n<p>end</p>"
        value = page.splitlines(keepends=True) if as_list else page
        result = slimmed(notebook({"text/html": value}))
        assert (result.shrunk, result.notes) == (1, ())
        (output,) = outputs_of(result)
        written = "".join(output["text/html"])
        before, after = f"<p>ünï \U0001f389 \\ / </p>\n{html}\n<p>end</p>".split("@")
        assert written.startswith(before)
        assert written.endswith(after)
        assert picture_in(written[len(before) : len(written) - len(after)]).size == (100, 75)

    def test_say_the_type_of_what_was_written(self) -> None:
        (output,) = outputs_of(slimmed(notebook({"text/html": f"<img src='{uri()}'>"})))
        assert output["text/html"].startswith("<img src='data:image/jpeg;base64,/9j/")

    @pytest.mark.parametrize(
        "head",
        [
            "DATA:image/PNG;BASE64,",
            "data:image/png;charset=utf-8;base64,",
            "data:image/x-png;base64,",
        ],
    )
    def test_are_known_in_every_spelling(self, head: str) -> None:
        page = f'<img src="{head}{b64(PNG)}">'
        assert slimmed(notebook({"text/html": page})).shrunk == 1

    @pytest.mark.parametrize("quote", ["'", '"'])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\\\n"])
    @pytest.mark.parametrize("as_list", [True, False])
    def test_may_run_over_lines_if_they_are_quoted(
        self, quote: str, end: str, as_list: bool
    ) -> None:
        text = b64(PNG)
        lines = "".join(f"{text[at : at + 76]}{end}" for at in range(0, len(text), 76))
        page = f"<script>\n  frames[0] = {quote}data:image/png;base64,{lines}{quote}\n</script>\n"
        value = page.splitlines(keepends=True) if as_list else page
        result = slimmed(notebook({"text/html": value}))
        assert result.shrunk == 1
        (output,) = outputs_of(result)
        written = "".join(output["text/html"])
        assert picture_in(written).size == (100, 75)
        before, _, after = written.partition(re.search(r"data:[^'\"]*", written)[0])  # type: ignore[index]
        assert before == f"<script>\n  frames[0] = {quote}"
        assert after == f"{quote}\n</script>\n"

    @pytest.mark.parametrize(
        ("plain", "escaped"),
        [("/", "\\/"), ("/", "\\u002f"), ("+", "\\u002B"), ("=", "\\u003d"), ("=", "%3D")],
    )
    def test_may_be_escaped_as_some_writers_do(self, plain: str, escaped: str) -> None:
        payload = b64(
            PNG + b"\0" * (-len(PNG) % 3) + b"\0"
        )  # what follows a PNG counts for nothing
        assert plain in payload
        text = text_of(notebook({"text/html": '<img src="@">'})).decode()
        written = f"data:image/png;base64,{payload.replace(plain, escaped)}"
        result = slimmed(text.replace("@", written).encode())
        assert result.shrunk == 1
        assert picture_in(outputs_of(result)[0]["text/html"]).size == (100, 75)

    def test_that_end_nowhere_stay_and_are_told(self) -> None:
        half = len(b64(PNG)) // 2
        page = [f"<img src=data:image/png;base64,{b64(PNG)[:half]}", f"{b64(PNG)[half:]}>"]
        text = text_of(notebook({"text/html": page}))
        result = slimmed(text)
        assert result.text == text
        assert "not understood" in result.notes[0].reason

    @pytest.mark.parametrize(
        "page",
        [
            '<img src="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=">',
            '<img src="data:image/png;base64,">',
            "<img src=\"data:image/svg+xml;utf8,<svg xmlns='x'/>\">",
            '<video src="data:video/mp4;base64,AAAA"></video>',
            "data:text/html;base64,AAAA",
            "",
        ],
    )
    def test_of_other_things_are_no_pictures(self, page: str) -> None:
        text = text_of(notebook({"text/html": page}))
        result = slimmed(text)
        assert (result.text, result.pictures, result.notes) == (text, 0, ())

    def test_that_are_broken_do_not_keep_others_from_being_slimmed(self) -> None:
        page = f'<img src="data:image/png;base64,AAAA"><img src="{uri()}">'
        result = slimmed(notebook({"text/html": page}))
        assert (result.pictures, result.shrunk, len(result.notes)) == (2, 1, 1)
        assert '<img src="data:image/png;base64,AAAA">' in outputs_of(result)[0]["text/html"]


class TestEverythingElse:
    def test_stays_pictures_or_not(self) -> None:
        content = notebook(
            {"image/svg+xml": f'<svg><image href="{uri()}"/></svg>', "image/gif": "R0lG"}
        )
        content["cells"][0]["source"] = f"x = '{uri()}'"
        content["cells"][0]["attachments"] = {"a.png": {"image/png": b64(PNG)}}
        content["cells"][0]["outputs"] += [
            {"output_type": "stream", "name": "stdout", "text": f'"data": "{uri()}"'},
            {"output_type": "display_data", "metadata": {"image/png": b64(PNG)}, "data": {}},
        ]
        content["metadata"] = {"widgets": {"data": {"image/png": b64(PNG)}}, "outputs": [{}]}
        text = text_of(content)
        result = slimmed(text)
        assert (result.text, result.pictures) == (text, 0)

    @pytest.mark.parametrize(
        "settings",
        [
            {"indent": None, "separators": (",", ":")},
            {"indent": 4},
            {"indent": "\t", "ensure_ascii": True},
            {"sort_keys": True},
        ],
        ids=str,
    )
    def test_is_laid_out_as_before(self, settings: dict[str, Any]) -> None:
        content = notebook({"text/plain": "é \U0001f389 \\", "image/png": b64(PNG)})
        before, after = text_of(content, **settings).split(b64(PNG).encode())
        result = slimmed(text_of(content, **settings))
        assert result.text.startswith(before)
        assert result.text.endswith(after)
        assert result.bytes_after < result.bytes_before

    def test_may_have_windows_line_ends_and_no_last_one(self) -> None:
        text = text_of(notebook({"image/png": b64(PNG)})).rstrip().replace(b"\n", b"\r\n")
        before, after = text.split(b64(PNG).encode())
        result = slimmed(text)
        assert result.text.startswith(before)
        assert result.text.endswith(after)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_HELD = {"image/png": [PNG, SMALL], "image/jpeg": [JPEG], "text/html": [PNG, JPEG, SMALL]}


@st.composite
def notebooks(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Draw a notebook's text, and the pieces of it between the pictures."""
    written: dict[str, str] = {}

    def token(mime: str) -> str:
        data = draw(st.sampled_from(_HELD[mime]))
        kind = "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"
        name = f"\u2603{len(written)}\u2603"
        written[name] = uri(data, kind) if mime == "text/html" else b64(data)
        return name

    def html() -> str | list[str]:
        parts = draw(st.lists(st.sampled_from([*HTML.values(), "<b>\\\n</b>"]), max_size=3))
        page = "\n".join(re.sub("@", lambda _: token("text/html"), part) for part in parts)
        return page.splitlines(keepends=True) if draw(st.booleans()) else page

    def output() -> dict[str, Any]:
        mimes = draw(st.lists(st.sampled_from([*_HELD, "text/plain"]), unique=True))
        forms = {"text/plain": lambda: draw(JSON), "text/html": html}
        return {mime: forms.get(mime, lambda mime=mime: token(mime))() for mime in mimes}

    content = notebook(*(output() for _ in range(draw(st.integers(0, 3)))), extra=draw(JSON))
    content["cells"].append({"cell_type": "markdown", "source": draw(JSON), "metadata": draw(JSON)})
    text = json.dumps(
        content,
        ensure_ascii=False,
        indent=draw(st.sampled_from([None, 0, 1, 4, "\t"])),
        sort_keys=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":"), (" ,  ", " :\t")])),
    )
    pieces = re.split("\u2603(\\d+)\u2603", text)
    if draw(st.booleans()):
        pieces = [re.sub("[^\x00-\x7f]", lambda c: json.dumps(c[0])[1:-1], part) for part in pieces]
    order = [f"\u2603{number}\u2603" for number in pieces[1::2]]
    kept = [piece.encode() for piece in pieces[::2]]
    whole = kept[0]
    for name, piece in zip(order, kept[1:], strict=True):
        whole += written[name].encode() + piece
    return whole, kept


@settings(max_examples=60, deadline=None)
@given(notebooks())
def test_what_is_no_picture_stays_byte_for_byte(drawn: tuple[bytes, list[bytes]]) -> None:
    text, kept = drawn
    result = slimmed(text)
    assert result.notes == ()
    pattern = b"((?:data:image/[a-z]+;base64,)?[A-Za-z0-9+/]+=*)".join(map(re.escape, kept))
    found = re.fullmatch(pattern, result.text, re.DOTALL)
    assert found is not None
    assert len(found.groups()) == result.pictures == len(kept) - 1
    for written in found.groups():
        picture = decoded(base64.b64decode(written.rpartition(b",")[2], validate=True))
        assert max(picture.size) <= BOX
    json.loads(result.text)


class TestABudget:
    def test_shrinks_all_pictures_into_the_largest_box_that_keeps_it(self) -> None:
        content = notebook(*[{"image/png": b64(PNG)}] * 4)
        whole = len(text_of(content))
        result = slimmed(content, None, max_bytes=whole // 3)
        assert whole // 8 < result.bytes_after <= whole // 3
        sizes = {
            decoded(base64.b64decode(output["image/png"])).size for output in outputs_of(result)
        }
        assert len(sizes) == 1
        assert result.size is not None
        assert max(sizes.pop()) == max(result.size)
        looser = dataclasses.replace(
            Options(), size=tuple(side * 4 // 3 + 1 for side in result.size)
        )
        assert slim(text_of(content), looser).bytes_after > whole // 3

    def test_that_is_kept_already_changes_nothing(self) -> None:
        text = text_of(notebook({"image/png": b64(PNG)}))
        result = slimmed(text, None, max_bytes=len(text))
        assert (result.text, result.size, result.pictures) == (text, None, 1)

    def test_goes_below_the_size_that_was_asked_for_but_not_above(self) -> None:
        content = notebook({"image/png": b64(PNG)})
        assert slimmed(content, BOX, max_bytes=10**9).size == (BOX, BOX)
        below = slimmed(content, BOX, max_bytes=6000)
        assert below.bytes_after <= 6000
        assert below.size is not None
        assert below.size[0] < BOX

    def test_that_cannot_be_kept_is_refused(self) -> None:
        with pytest.raises(OptionError, match="within 200 bytes"):
            slimmed(notebook({"image/png": b64(PNG)}), None, max_bytes=200)
        with pytest.raises(OptionError, match="within 200 bytes"):
            slimmed(notebook({"image/png": b64(PNG)}), 10, max_bytes=200)


class TestWhatIsNoNotebook:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (b"", "too early"),
            (b"\x89PNG\r\n\x1a\n", "expected '{' at byte 0"),
            (b"[]", "expected '{'"),
            (b"{}", "nbformat 4"),
            (b'{"cells": {}, "nbformat": 4}', "nbformat 4"),
            (b'{"cells": [], "nbformat": 3}', "nbconvert"),
            (b'{"worksheets": [], "nbformat": 3}', "nbconvert"),
            (b'{"cells": [], "nbformat": 4', "too early"),
            (b'{"cells": [{"outputs": [{"data": {"image/png": "iVBO', "too early|a string"),
            (b'{"cells": [{"source": ["a", {"b": [', "closing bracket"),
            (b'{"cells": [}, "nbformat": 4}', "a value"),
            (b'{"cells": [] "nbformat": 4}', "','"),
            (b'{"cells" [], "nbformat": 4}', "':'"),
            (b'{"cells": [], "nbformat": 4} {}', "the end"),
            (b'{"cells": [], "nbformat": 4,}', "a string"),
            (b'{"\\x": 1, "cells": [], "nbformat": 4}', "no string of JSON"),
        ],
    )
    def test_is_refused_with_the_place(self, text: bytes, said: str) -> None:
        with pytest.raises(DecodeError, match=said):
            slimmed(text)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_never_ends_in_another_error(self, data: st.DataObject) -> None:
        text = bytearray(text_of(notebook({"image/png": b64(SMALL), "text/html": ["<b>", "x"]})))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(text) - 1))
            text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        with suppress(DecodeError):
            slimmed(bytes(text))


class TestMemory:
    def test_is_little_more_than_the_text_and_one_picture(self) -> None:
        content = notebook(*[{"image/png": b64(PNG)}] * 5)
        content["cells"][0]["outputs"].append(
            {"output_type": "stream", "name": "stdout", "text": ["é" * 1000 + "\n"] * 10_000}
        )
        content["metadata"]["table"] = [[number, {"x": number}] for number in range(10_000)]
        text = text_of(content)
        assert len(text) > 20_000_000
        options = Options(size=BOX)
        slim(text_of(notebook({"image/png": b64(PNG)})), options)  # what is loaded once
        tracemalloc.start()
        result = slim(text, options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert result.shrunk == 5
        assert peak < 3_000_000


def _fail_after(texts: Iterable[str], count: int) -> Iterable[str]:
    for number, text in enumerate(texts):
        if number == count:
            raise KeyboardInterrupt
        yield text


class TestFiles:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Give a notebook with a picture."""
        path = tmp_path / "a.ipynb"
        path.write_bytes(text_of(notebook({"image/png": b64(PNG), "text/plain": "é\U0001f389"})))
        return path

    def test_are_written_beside_or_in_place(self, path: Path, tmp_path: Path) -> None:
        before = path.read_bytes()
        beside = tmp_path / "b.ipynb"
        result = slim_file(path, beside, Options(size=BOX), save=write_whole)
        assert path.read_bytes() == before
        assert beside.read_bytes() == result.text
        slim_file(path, path, Options(size=BOX), save=write_whole)
        assert path.read_bytes() == result.text

    def test_are_not_touched_in_place_if_nothing_shrinks(self, path: Path) -> None:
        def never(path: Path, texts: Iterable[str]) -> None:
            raise AssertionError("it was written")

        slim_file(path, path, Options(size=4000), save=never)

    def test_are_copied_if_nothing_shrinks(self, path: Path, tmp_path: Path) -> None:
        slim_file(path, tmp_path / "b.ipynb", Options(size=4000), save=write_whole)
        assert (tmp_path / "b.ipynb").read_bytes() == path.read_bytes()

    def test_that_are_not_there_or_not_utf8_say_so(self, path: Path, tmp_path: Path) -> None:
        with pytest.raises(SourceNotFound):
            slim_file(tmp_path / "c.ipynb", path, Options(), save=write_whole)
        before = text_of(notebook({"text/plain": "?", "image/png": b64(PNG)}))
        path.write_bytes(before.replace(b'"?"', b'"\xff"'))
        with pytest.raises(DecodeError, match="UTF-8"):
            slim_file(path, path, Options(size=BOX), save=write_whole)
        assert path.read_bytes() == before.replace(b'"?"', b'"\xff"')
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.ipynb"]

    def test_that_are_saved_while_they_are_read_are_not_overwritten(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Encoded.open

        class Slow(io.FileIO):
            def read(self, size: int | None = -1, /) -> bytes:
                data = super().read(size)
                os.utime(path, ns=(1, 1))
                return data

        @contextmanager
        def interrupted(encoded: Encoded, options: Options, **more: Any) -> Iterator[IO[bytes]]:
            with real(encoded, options, **more) as file, Slow(path) as slow:
                yield slow if encoded.path else file  # type: ignore[misc]

        monkeypatch.setattr(Encoded, "open", interrupted)
        before = path.read_bytes()
        with pytest.raises(SourceRefused, match="saved meanwhile"):
            slim_file(path, path, Options(size=BOX), save=write_whole)
        assert path.read_bytes() == before

    def test_that_are_saved_meanwhile_are_not_overwritten(self, path: Path) -> None:
        def save(target: Path, texts: Iterable[str]) -> object:
            path.write_bytes(b"newer")
            return write_whole(target, texts)

        with pytest.raises(SourceRefused, match="saved meanwhile"):
            slim_file(path, path, Options(size=BOX), save=save)
        assert path.read_bytes() == b"newer"

    def test_stay_as_they_are_if_the_writing_is_interrupted(
        self, path: Path, tmp_path: Path
    ) -> None:
        before = path.read_bytes()
        with pytest.raises(KeyboardInterrupt):
            slim_file(
                path,
                path,
                Options(size=BOX),
                save=lambda target, texts: write_whole(target, _fail_after(texts, 1)),
            )
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.ipynb"]

    def test_over_the_limit_are_not_read(self, path: Path) -> None:
        with pytest.raises(SourceRefused, match="max_file_bytes"):
            slim_file(path, path, Options(max_file_bytes=1000), save=write_whole)
