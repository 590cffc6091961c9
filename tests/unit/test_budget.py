"""How large an output may become: the limit is kept by all pictures together, and said."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from PIL import Image
from zoo import embedded, pixels, psnr, soup
from zoo.images import encoded, opacity, photograph

import imgdisplay
from imgdisplay import gallery, table

LEAST = 10_000
"""The smallest limit that the option takes."""


@cache
def real_photographs() -> tuple[Image.Image, ...]:
    """Return photographs as they come from cameras and microscopes, at their own size."""
    names = ("astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry", "retina")
    return tuple(photograph(name, None) for name in (*names, "china.jpg", "flower.jpg"))


@cache
def crop(number: int) -> Image.Image:
    """Return a part of a photograph, a different one for each number."""
    whole = real_photographs()[number % len(real_photographs())]
    left, top = (number * 7) % 60, (number * 11) % 60
    return whole.crop((left, top, left + 360, top + 240))


def photographs(count: int) -> pd.DataFrame:
    """Return a frame with as many different photographs."""
    return pd.DataFrame({"picture": [crop(number) for number in range(count)]})


def pictures(html: str) -> list[Tag]:
    """Return the pictures that are no placeholders."""
    found: list[Tag] = soup(html).find_all("img")
    return [tag for tag in found if "imgdisplay-broken" not in tag["class"]]


def note(html: str) -> str:
    """Return what is said below a table or a gallery."""
    return " ".join(tag.get_text() for tag in soup(html).select(".imgdisplay-note"))


def drawn_size(tag: Tag) -> tuple[Any, ...]:
    return tag["width"], tag["height"], re.sub(r"background-image:[^;]*", "", str(tag["style"]))


def shaped(picture: Image.Image, ratio: float | None) -> Image.Image:
    """Return the largest middle part of a picture with such a ratio of width to height."""
    width, height = picture.size
    if ratio is None:
        return picture
    part = (min(width, round(height * ratio)), min(height, round(width / ratio)))
    left, top = (width - part[0]) // 2, (height - part[1]) // 2
    return picture.crop((left, top, left + part[0], top + part[1]))


class TestAFrameOfSixtyPhotographs:
    @pytest.mark.parametrize("ratio", [3 / 2, 4 / 3, None, 1], ids=["3:2", "4:3", "own", "square"])
    def test_at_the_defaults_is_smaller_than_0_6_megabytes(self, ratio: float | None) -> None:
        whole = [shaped(picture, ratio) for picture in real_photographs()]
        frame = pd.DataFrame({"picture": [whole[number % len(whole)] for number in range(60)]})

        html = table(frame, max_rows=None)

        assert len(pictures(html)) == 60
        assert len(html.encode()) < 600_000

    def test_at_the_defaults_is_crisp_on_a_hidpi_screen(self) -> None:
        for tag in pictures(table(photographs(60), max_rows=None)):
            assert embedded(tag).width >= 1.5 * int(str(tag["width"]))

    def test_at_the_defaults_says_nothing_of_a_budget(self) -> None:
        assert note(table(photographs(60), max_rows=None)) == ""

    def test_as_it_is_displayed_is_smaller_too(self) -> None:
        with pd.option_context("display.max_rows", 60):
            html = table(photographs(60))

        assert len(pictures(html)) == 60
        assert len(html.encode()) < 600_000


class TestTheLimit:
    @pytest.mark.parametrize("limit", [30_000, 50_000, 100_000, 200_000])
    def test_is_kept(self, limit: int) -> None:
        html = table(photographs(30), max_rows=None, max_output_bytes=limit)

        assert len(html.encode()) <= limit

    @pytest.mark.parametrize("limit", [30_000, 50_000, 100_000])
    def test_is_kept_in_a_gallery(self, limit: int) -> None:
        html = gallery(photographs(30)["picture"], max_output_bytes=limit)

        assert len(html.encode()) <= limit
        assert len(pictures(html)) == 30

    def test_is_kept_for_a_series(self) -> None:
        html = table(photographs(30)["picture"], max_rows=None, max_output_bytes=50_000)

        assert len(html.encode()) <= 50_000
        assert len(pictures(html)) == 30

    @pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P"])
    def test_is_kept_for_pictures_of_every_kind(self, mode: str) -> None:
        frame = photographs(30)
        opacity_mask = opacity((360, 240))
        for picture in (made := [image.copy() for image in frame["picture"]]):
            picture.putalpha(opacity_mask)
        frame["picture"] = [
            picture.convert(mode) if mode in ("L", "LA") else picture for picture in made
        ]
        if mode == "P":
            frame["picture"] = [crop(number % 6).quantize(250) for number in range(30)]

        html = table(frame, max_rows=None, max_output_bytes=100_000)

        assert len(html.encode()) <= 100_000
        assert len(pictures(html)) == 30

    def test_is_kept_where_every_picture_is_transparent_and_has_its_backdrop(self) -> None:
        small = []
        for number in range(200):
            image = crop(number).resize((40, 26))
            image.putalpha(opacity(image.size))
            small.append(image)
        html = gallery(small, max_output_bytes=300_000)

        assert len(pictures(html)) == 200
        assert len(html.encode()) <= 300_000

    def test_is_kept_with_larger_views(self) -> None:
        html = table(photographs(12), zoom=400, max_output_bytes=100_000)

        assert len(html.encode()) <= 100_000
        assert len(pictures(html)) == 24
        assert note(html) != ""

    def test_is_kept_with_animations(self) -> None:
        frames = [crop(number) for number in range(12)]
        moving = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=80)

        html = table(pd.DataFrame({"moving": [moving] * 6}), animate=True, max_output_bytes=150_000)

        assert len(html.encode()) <= 150_000
        assert len(pictures(html)) == 6

    def test_is_kept_for_strips(self) -> None:
        frame = pd.DataFrame({"strip": [[crop(n), crop(n + 1), crop(n + 2)] for n in range(8)]})

        html = table(frame, max_output_bytes=40_000)

        assert len(html.encode()) <= 40_000
        assert len(pictures(html)) == 8

    def test_counts_names_and_titles_too(self, tmp_path: Path) -> None:
        for number in range(24):
            crop(number).save(tmp_path / f"{'名' * 70}{number}.png")
        frame = pd.DataFrame({"path": sorted(map(str, tmp_path.iterdir()))})

        for limit in range(50_000, 150_000, 20_000):
            html = table(frame, max_rows=None, max_output_bytes=limit)
            assert len(html.encode()) <= limit

    def test_holds_for_each_output_by_itself(self) -> None:
        frame = photographs(4)
        roomy = len(table(frame)) * 3 // 2

        for _ in range(3):
            html = table(frame, max_output_bytes=roomy)
            assert note(html) == ""

    @pytest.mark.parametrize("options", [{}, {"size": None}, {"zoom": 600}])
    def test_is_kept_by_a_single_picture(self, options: dict[str, Any]) -> None:
        html = imgdisplay.img(real_photographs()[2], max_output_bytes=40_000, **options)

        assert len(html.encode()) <= 40_000

    def test_of_the_session_counts_like_the_keyword(self) -> None:
        imgdisplay.set_options(max_output_bytes=60_000)

        assert len(table(photographs(30), max_rows=None)) <= 60_000


@cache
def before_and_after() -> tuple[str, str]:
    """Return a table as it is, and as it is within a limit."""
    frame = photographs(30)
    return (
        table(frame, max_rows=None),
        table(frame, max_rows=None, max_output_bytes=60_000),
    )


class TestWhenTheLimitIsReached:
    def test_no_row_is_dropped(self) -> None:
        before, after = (
            [row.get_text() for row in soup(html).find_all("tr")] for html in before_and_after()
        )
        assert after == before
        assert len(pictures(before_and_after()[1])) == 30

    def test_every_picture_is_drawn_as_large_as_before(self) -> None:
        before, after = ([drawn_size(tag) for tag in pictures(html)] for html in before_and_after())
        assert after == before

    def test_every_picture_is_still_the_same_one(self) -> None:
        before, after = ([embedded(tag) for tag in pictures(html)] for html in before_and_after())
        for whole, reduced in zip(before, after, strict=True):
            small = whole.resize((48, 32), Image.Resampling.BOX)
            assert psnr(pixels(reduced.resize((48, 32), Image.Resampling.BOX)), small) > 20

    def test_every_picture_keeps_its_shape(self) -> None:
        for tag in pictures(before_and_after()[1]):
            width, height = embedded(tag).size
            ratio = int(str(tag["width"])) / int(str(tag["height"]))
            assert width / height == pytest.approx(ratio, rel=0.1)

    def test_all_pictures_are_reduced_alike(self) -> None:
        sizes = {embedded(tag).size for tag in pictures(before_and_after()[1])}
        assert len(sizes) == 1
        assert sizes < {(w, h) for w in range(192) for h in range(128)}

    def test_titles_and_alternative_texts_stay(self) -> None:
        before, after = (
            [(tag["alt"], tag.get("title")) for tag in pictures(html)]
            for html in before_and_after()
        )
        assert after == before

    def test_one_visible_line_says_so_and_names_the_option(self) -> None:
        before, after = before_and_after()

        assert note(before) == ""
        assert len(soup(after).select(".imgdisplay-note")) == 1
        assert "max_output_bytes" in note(after)
        assert "hidden" not in str(soup(after).select_one(".imgdisplay-note"))

    def test_the_room_is_used(self) -> None:
        """Reduced no further than needed, within the coarseness of steps."""
        html = table(photographs(30), max_rows=None, max_output_bytes=100_000)

        assert len(html) > 50_000

    def test_a_larger_limit_gives_better_pictures(self) -> None:
        frame = photographs(20)
        whole = [embedded(tag) for tag in pictures(table(frame))]

        def likeness(limit: int) -> float:
            found = pictures(table(frame, max_output_bytes=limit))
            return float(
                np.mean(
                    [
                        psnr(pixels(embedded(tag).resize(image.size)), image)
                        for tag, image in zip(found, whole, strict=True)
                    ]
                )
            )

        assert likeness(20_000) < likeness(50_000) < likeness(120_000)

    def test_no_picture_becomes_larger_than_it_was(self) -> None:
        flat = Image.new("RGB", (90, 60), "red")
        frame = pd.DataFrame({"p": [*photographs(20)["picture"], flat]})
        before, after = (
            [len(str(tag["src"])) for tag in pictures(html)]
            for html in (
                table(frame, max_rows=None),
                table(frame, max_rows=None, max_output_bytes=40_000),
            )
        )
        assert all(small <= whole for small, whole in zip(after, before, strict=True))

    def test_placeholders_stay_placeholders(self) -> None:
        frame = pd.DataFrame({"p": [*photographs(20)["picture"], b"\x89PNG\r\n\x1a\nbroken"]})

        html = table(frame, max_rows=None, max_output_bytes=40_000)

        broken = soup(html).select("img.imgdisplay-broken")
        assert [(tag["width"], tag["height"]) for tag in broken] == [("96", "96")]
        assert "broken" in str(broken[0]["title"]) or "PNG" in str(broken[0]["title"])

    def test_tiny_pictures_stay_sharp(self) -> None:
        digits = np.random.default_rng(1).integers(0, 256, (20, 8, 8, 3), np.uint8)
        frame = pd.DataFrame({"digit": list(digits), "photo": list(photographs(20)["picture"])})

        html = table(frame, columns=["digit", "photo"], max_output_bytes=60_000)

        for tag, digit in zip(pictures(html)[::2], digits, strict=True):
            seen = embedded(tag)
            assert seen.width % 8 == 0
            blocks = np.kron(digit, np.ones((seen.width // 8, seen.width // 8, 1), np.uint8))
            assert psnr(pixels(seen), blocks) > 35

    def test_masks_keep_their_labels_colours(self) -> None:
        labels = np.zeros((300, 300), np.int32)
        labels[:150], labels[:, 100:] = 3, 9
        frame = pd.DataFrame({"mask": [labels] * 4 + list(photographs(16)["picture"])})
        before, after = (
            {tuple(color) for color in pixels(embedded(pictures(html)[0])).reshape(-1, 3)}
            for html in (
                table(frame, colormap="labels"),
                table(frame, colormap="labels", max_output_bytes=40_000),
            )
        )
        assert after <= before

    def test_the_output_is_the_same_every_time(self) -> None:
        frame = photographs(20)
        sources = [
            [tag["src"] for tag in pictures(table(frame, max_output_bytes=50_000))]
            for _ in range(2)
        ]
        assert sources[0] == sources[1]

    def test_the_frame_is_not_changed(self) -> None:
        frame = photographs(10)
        before = [image.tobytes() for image in frame["picture"]]

        table(frame, max_output_bytes=20_000)

        assert [image.tobytes() for image in frame["picture"]] == before


class TestWhatCannotFit:
    def test_is_drawn_all_the_same_and_the_note_does_not_promise_too_much(self) -> None:
        html = table(photographs(60), max_rows=None, max_output_bytes=LEAST)

        assert len(pictures(html)) == 60
        assert "max_output_bytes" in note(html)
        if len(html) > LEAST:
            assert "below 0.01 MB" not in note(html)

    def test_of_text_alone_is_the_users_own(self) -> None:
        frame = pd.DataFrame({"text": ["word " * 8] * 2000})

        html = table(frame, max_rows=None, max_output_bytes=LEAST)

        assert len(soup(html).find_all("tr")) == 2001
        assert note(html) == ""

    def test_leaves_a_single_flat_picture_alone(self) -> None:
        html = table(pd.DataFrame({"p": [Image.new("RGB", (300, 200), "teal")]}))
        assert note(html) == ""


def test_the_bytes_in_base64_are_what_is_counted() -> None:
    """Base64 has a third more bytes than the picture: the output counts, not the picture."""
    html = table(photographs(30), max_rows=None, max_output_bytes=120_000)
    payloads = [str(tag["src"]).partition(",")[2] for tag in pictures(html)]

    assert sum(map(len, payloads)) <= 120_000
    assert all(base64.b64decode(payload, validate=True) for payload in payloads)
