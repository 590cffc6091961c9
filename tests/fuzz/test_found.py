"""What fuzzing and the hostile texts have found, each as the smallest input that shows it."""

from __future__ import annotations

import contextlib
import struct
import weakref
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from zoo import decoded, soup
from zoo.images import encoded
from zoo.invariants import assert_thumbnail, is_broken

import imgdisplay
from imgdisplay import (
    EncodeError,
    SourceError,
    gallery,
    image_formatter,
    overlay,
    style_pictures,
    thumbnail,
    to_bytes,
)

PICTURE = Image.new("RGB", (9, 9), "teal")


def gif_with_a_later_frame_of(width: int, height: int, at: tuple[int, int] = (0, 0)) -> bytes:
    """Return a GIF of 24×16 whose second frame is of another size."""
    red, blue = (Image.new("RGB", (24, 16), color) for color in ("red", "blue"))
    moving = encoded(red, "GIF", save_all=True, append_images=[blue])
    start = moving.rindex(b",\0\0\0\0\x18\0\x10\0")
    frame = struct.pack("<4H", *at, width, height)
    return moving[: start + 1] + frame + moving[start + 9 :]


class TestAnimations:
    @pytest.mark.parametrize(
        ("size", "at"), [((48, 16), (0, 0)), ((24, 900), (0, 0)), ((24, 16), (17, 3))]
    )
    def test_with_a_frame_beyond_the_screen_keep_the_size_of_the_screen(
        self, size: tuple[int, int], at: tuple[int, int]
    ) -> None:
        thumb = thumbnail(gif_with_a_later_frame_of(*size, at), size=24, animate=True)

        assert (thumb.width, thumb.height) == (24, 16)
        assert thumb.source_size == (24, 16)
        assert_thumbnail(thumb, (24, 24))

    @pytest.mark.parametrize("size", [(65_535, 16), (13_000, 13_000)])
    def test_with_a_frame_beyond_the_limits_end_before_it(
        self, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        largest = 0
        really = Image.Image.load

        def load(self: Image.Image) -> object:
            nonlocal largest
            largest = max(largest, self.width * self.height)
            return really(self)

        monkeypatch.setattr(Image.Image, "load", load)
        data = gif_with_a_later_frame_of(*size)

        thumb = thumbnail(data, size=24, animate=True, max_pixels=10**6)

        assert_thumbnail(thumb, (24, 24))
        assert largest <= 10**6


class TestSmallFilesThatAreShownAsTheyAre:
    def test_may_fill_up_with_bytes_of_ones_before_a_coded_one(self) -> None:
        # T.81, B.1.1.2: any number of 0xFF may stand before a marker; decoders skip them here too.
        noise = np.random.default_rng(2).integers(0, 256, (16, 24, 3), np.uint8)
        data = encoded(Image.fromarray(noise), "JPEG")
        scan = data.index(b"\xff\xda")
        assert b"\xff\0" in data[scan:]
        filled = data[:scan] + data[scan:].replace(b"\xff\0", b"\xff\xff\xff\0")

        thumb = thumbnail(filled, size=24, scale=1)

        shown = assert_thumbnail(thumb, (24, 24))
        assert shown.tobytes() == decoded(data).tobytes()


MARKUP = "<script>alert(1)</script>"


class Odd:
    """Neither text nor a number, and its text is markup."""

    def __repr__(self) -> str:
        return MARKUP


class TestStylers:
    @pytest.mark.parametrize(
        "value",
        [[MARKUP], (MARKUP,), {MARKUP: MARKUP}, Odd(), MARKUP],
        ids=["list", "tuple", "dict", "object", "text"],
    )
    def test_escape_whatever_has_a_text(self, value: object) -> None:
        frame = pd.DataFrame({"t": pd.Series([value], dtype=object), "p": [PICTURE]})

        html = style_pictures(frame.style, ["p"]).to_html()

        assert soup(html).find_all("script") == []
        assert "alert(1)" in soup(html).get_text()
        assert len(soup(html).find_all("img")) == 1

    @pytest.mark.parametrize("label", [MARKUP, (MARKUP, 1), Odd()], ids=["text", "tuple", "object"])
    def test_escape_labels_and_the_names_of_axes(self, label: object) -> None:
        frame = pd.DataFrame({"p": [PICTURE], "t": [1]}, index=[0])
        frame.index = pd.Index([label], dtype=object, tupleize_cols=False, name=MARKUP)
        frame.columns = pd.Index(["p", label], dtype=object, tupleize_cols=False, name=MARKUP)
        names = frame.index.name, frame.columns.name

        html = style_pictures(frame.style, ["p"]).to_html()

        assert soup(html).find_all("script") == []
        assert soup(html).get_text().count("alert(1)") == 4
        assert (frame.index.name, frame.columns.name) == names

    def test_print_numbers_as_pandas_does(self) -> None:
        frame = pd.DataFrame(
            {"p": [PICTURE] * 3, "x": [1.5, None, 1e6], "i": [1, 2, 3], "c": [1j, 2.0, 3]}
        )
        frame["o"] = pd.Series([1.25, 3, True], dtype=object)
        with pd.option_context("styler.format.precision", 2):
            html = style_pictures(frame.style, ["p"]).to_html()
            plain = frame.assign(p="").style.to_html()

        def cells(page: str) -> list[str]:
            return [cell.get_text() for cell in soup(page).find_all("td")]

        assert cells(html) == cells(plain)


def test_a_label_that_is_spelt_in_many_letters_is_measured_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from PIL import ImageFont

    calls = 0
    really: Callable[..., float] = ImageFont.FreeTypeFont.getlength

    def getlength(self: ImageFont.FreeTypeFont, *arguments: object, **options: object) -> float:
        nonlocal calls
        calls += 1
        return really(self, *arguments, **options)

    monkeypatch.setattr(ImageFont.FreeTypeFont, "getlength", getlength)
    plan = overlay(boxes=[[1, 1, 5, 5]], labels=["\ufdfa" * 60])

    thumbnail(PICTURE, overlay=plan)

    assert 0 < calls < 100


def test_a_frame_with_lone_surrogates_can_be_sent_to_a_notebook() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    imgdisplay.load_ipython_extension(shell)
    try:
        frame = pd.DataFrame({"t": pd.Series(["a\ud800b", "\udc80"], dtype=object), "p": PICTURE})
        data, _ = shell.display_formatter.format(frame)
    finally:
        imgdisplay.unload_ipython_extension(shell)

    for text in data.values():
        text.encode("utf-8")
    assert "a\ufffdb" in data["text/plain"]
    assert data["text/html"].count("<img ") == 2


def test_a_line_of_the_command_is_one_line_whatever_the_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from imgdisplay.cli.answers import tell

    tell("a\nb\x1b]0;x\x07.png: 4 kB")

    assert capsys.readouterr().out == "a\ufffdb\ufffd]0;x\ufffd.png: 4 kB\n"


@pytest.mark.parametrize("mode", ["RGB", "RGBX", "L", "P", "I", "I;16", "CMYK"])
@pytest.mark.parametrize("nonsense", [5, 70_000, (1, 2), b"\0\1", "x", 1.5, ("a", "b", "c")])
def test_an_odd_transparency_is_written_or_an_error_of_ours(mode: str, nonsense: object) -> None:
    image = Image.new(mode, (9, 9))
    image.info["transparency"] = nonsense

    with contextlib.suppress(SourceError, EncodeError):
        assert to_bytes(image, "png").startswith(b"\x89PNG")


def test_a_gallery_of_hostile_captions_is_utf8() -> None:
    gallery([PICTURE], captions=["\ud800"]).encode("utf-8")


class NoText:
    """An object that fails when it is asked for its text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class TestWhatHasNoText:
    @pytest.mark.parametrize("value", [NoText(), 10**5000], ids=["object", "too many digits"])
    def test_is_called_by_its_type_and_costs_nothing_else(self, value: object) -> None:
        kind = type(value).__name__
        frame = pd.DataFrame({"t": pd.Series([value, "text"], dtype=object), "p": [PICTURE] * 2})
        look = image_formatter.with_options(size=9)
        drawn = {
            "cell": look(value),
            "recipe": frame.to_html(formatters=[look] * 2, escape=False),
            "styler": style_pictures(frame.style, ["p"]).to_html(),
            "key": gallery({value: PICTURE, "text": PICTURE}),
            "caption": gallery([PICTURE, PICTURE], captions=[value, "text"]),  # type: ignore[list-item]
            "picture": gallery([value, PICTURE]),
        }

        for where, html in drawn.items():
            images = soup(html).find_all("img")
            said = soup(html).get_text() + "".join(str(image["alt"]) for image in images)
            assert f"<{kind}>" in said, where
            assert len(images) == (0 if where == "cell" else 2), where


def test_a_proxy_of_what_is_gone_costs_one_picture() -> None:
    gone = weakref.proxy(NoText())

    html = gallery([gone, PICTURE])

    assert [is_broken(tag) for tag in soup(html).find_all("img")] == [True, False]
    with pytest.raises(SourceError, match="no longer exists"):
        thumbnail(gone)
