"""Which columns of a table show pictures, what is drawn on them, and what is said of the rest."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from PIL import Image
from zoo import HOSTILE, elements, embedded, outcome, pixels, psnr, soup
from zoo.images import encoded, in_mode, photograph, stored

import imgdisplay
from imgdisplay import OptionError, overlay, table

PHOTO = photograph("astronaut")
GREY_PHOTO = photograph("camera")


def images(html: str) -> list[Tag]:
    found: list[Tag] = soup(html).find_all("img")
    return found


def broken(html: str) -> list[str]:
    """Return the reasons of the placeholders."""
    return [str(tag["title"]) for tag in images(html) if "imgdisplay-broken" in tag["class"]]


def drawn(html: str) -> list[Tag]:
    """Return the pictures that are no placeholders."""
    return [tag for tag in images(html) if "imgdisplay-broken" not in tag["class"]]


def cells(html: str) -> list[list[str]]:
    """Return the body as people see it: text, ``[…]`` for pictures, ``!`` for placeholders."""

    def seen(cell: Tag) -> str:
        tags = cell.find_all("img")
        marks = ["!" if "imgdisplay-broken" in tag["class"] else "[…]" for tag in tags]
        return "".join(marks) or cell.get_text()

    rows = soup(html).select("tbody tr")
    return [[seen(cell) for cell in row.find_all("td")] for row in rows]


def notes(html: str) -> list[str]:
    return [tag.get_text() for tag in soup(html).select(".imgdisplay-note")]


def captions(html: str) -> list[str]:
    return [str(tag["alt"]) for tag in images(html)]


def column(*values: object) -> pd.DataFrame:
    """Return a frame of one column, made without a look at the values (pandas 2 asks them)."""
    array = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        array[position] = value
    return pd.DataFrame({"p": pd.Series(array, dtype=object)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, picture in {"one.png": PHOTO, "two.jpg": PHOTO, "three.webp": GREY_PHOTO}.items():
        picture.save(tmp_path / name)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def redness(tag: Tag) -> np.ndarray[Any, Any]:
    seen = pixels(embedded(tag)).astype(int)
    return np.asarray(seen[..., 0] - seen[..., 1:].max(axis=2))


class TestAnOverlayFromAnotherColumn:
    BLACK = Image.new("RGB", (240, 160))

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "photo": [self.BLACK, self.BLACK, self.BLACK],
                "boxes": [[[24, 16, 120, 80]], [[120, 80, 230, 150], [0, 0, 40, 40]], None],
                "names": [["cat"], ["dog", "cat"], None],
            }
        )

    def lit(self, tag: Tag) -> tuple[int, int, int, int] | None:
        """Return where something is drawn, in pixels of the source."""
        seen = pixels(embedded(tag)).max(axis=2) > 60
        if not seen.any():
            return None
        rows, columns = np.nonzero(seen)
        scale = 240 / seen.shape[1]
        return tuple(
            round(float(value) * scale)
            for value in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        )  # type: ignore[return-value]

    def test_is_drawn_where_its_row_says(self) -> None:
        html = table(self.frame(), columns={"photo": overlay(boxes="boxes", color="white")})

        first, second, third = images(html)
        assert self.lit(first) == pytest.approx((24, 16, 120, 80), abs=4)
        assert self.lit(second) == pytest.approx((0, 0, 230, 150), abs=4)
        assert self.lit(third) is None

    def test_has_the_labels_of_its_row(self) -> None:
        boxes_only, with_labels = (
            [pixels(embedded(tag)) for tag in images(table(self.frame(), {"photo": what}))]
            for what in (overlay(boxes="boxes"), overlay(boxes="boxes", labels="names"))
        )
        assert [(a != b).any() for a, b in zip(boxes_only, with_labels, strict=True)] == [
            *(True, True, False)
        ]

    def test_gives_the_same_label_the_same_colour_in_every_row(self) -> None:
        frame = pd.DataFrame(
            {
                "photo": [self.BLACK] * 2,
                "boxes": [[[60, 60, 180, 140]]] * 2,
                "names": [["cat"], ["dog"]],
            }
        )
        frame = pd.concat([frame, frame])
        html = table(frame, {"photo": overlay(boxes="boxes", labels="names")})

        cat, dog, cat_again, dog_again = (pixels(embedded(tag)) for tag in images(html))
        assert (cat == cat_again).all()
        assert (dog == dog_again).all()
        assert (cat != dog).any()

    def test_is_the_same_as_that_of_a_call(self) -> None:
        html = table(
            self.frame().head(1), {"photo": overlay(boxes="boxes", labels="names")}, format="png"
        )
        alone = imgdisplay.thumbnail(
            self.BLACK, overlay=overlay(boxes=[[24, 16, 120, 80]], labels=["cat"]), format="png"
        )
        (tag,) = images(html)
        assert str(tag["src"]) == alone.data_uri

    def test_leaves_the_column_of_boxes_as_text(self) -> None:
        html = table(self.frame(), {"photo": overlay(boxes="boxes")})

        assert [row[0] for row in cells(html)] == ["[…]"] * 3
        assert cells(html)[0][1:] == ["[[24, 16, 120, 80]]", "[cat]"]

    def test_may_be_asked_for_some_columns_only(self) -> None:
        frame = self.frame().assign(other=[self.BLACK] * 3)

        html = table(frame, {"photo": overlay(boxes="boxes"), "other": None})

        first_row = [pixels(embedded(tag)).max() > 60 for tag in images(html)[:2]]
        assert first_row == [True, False]

    def test_may_stand_in_a_column_that_is_cut_out_of_view(self) -> None:
        frame = self.frame()
        for number in range(30):
            frame.insert(1 if number < 15 else len(frame.columns), f"filler {number}", 0)

        html = table(frame, {"photo": overlay(boxes="boxes", color="white")}, max_cols=4)

        assert "boxes" not in [tag.get_text() for tag in soup(html).find_all("th")]
        assert self.lit(images(html)[0]) == pytest.approx((24, 16, 120, 80), abs=4)

    def test_belongs_to_its_row_where_rows_are_cut_out(self) -> None:
        count = 100
        frame = pd.DataFrame(
            {
                "photo": [self.BLACK] * count,
                "boxes": [[[number, 10, number + 100, 150]] for number in range(count)],
            }
        )

        html = table(frame, {"photo": overlay(boxes="boxes", color="white")}, max_rows=4)

        lefts = [box[0] for tag in images(html) if (box := self.lit(tag)) is not None]
        assert lefts == pytest.approx([0, 1, 98, 99], abs=3)

    def test_belongs_to_its_row_whatever_the_index(self) -> None:
        frame = self.frame()
        frame.index = pd.Index(["same"] * 3)
        html = table(frame, {"photo": overlay(boxes="boxes", color="white")})
        assert self.lit(images(html)[1]) == pytest.approx((0, 0, 230, 150), abs=4)

    def test_follows_the_upright_picture(self) -> None:
        picture, exif = stored(6)
        frame = pd.DataFrame(
            {"photo": [encoded(picture, "JPEG", exif=exif)], "boxes": [[[0, 0, 120, 80]]]}
        )

        html = table(frame, {"photo": overlay(boxes="boxes", color="white", line_width=4)})

        (tag,) = images(html)
        assert (tag["width"], tag["height"]) == ("96", "64")
        seen = pixels(embedded(tag)).min(axis=2) > 180
        assert seen[: seen.shape[0] // 2 + 6, 2].mean() > 0.5
        assert not seen[seen.shape[0] // 2 + 8 :].any()

    def test_is_drawn_on_the_larger_view_at_its_own_size(self) -> None:
        frame = self.frame().head(1)
        html = table(frame, {"photo": overlay(boxes="boxes", color="white")}, zoom=240)

        small, large = images(html)
        for tag in (small, large):
            assert self.lit(tag) == pytest.approx((24, 16, 120, 80), abs=4)

    def test_of_columns_in_polars_is_the_same(self) -> None:
        polars = pytest.importorskip("polars")
        frame = self.frame().head(2)
        lazy = polars.DataFrame(
            {
                "photo": polars.Series(list(frame["photo"]), dtype=polars.Object),
                "boxes": list(frame["boxes"]),
            }
        )

        html = table(lazy, {"photo": overlay(boxes="boxes", color="white")})

        assert self.lit(images(html)[0]) == pytest.approx((24, 16, 120, 80), abs=4)

    def test_of_a_missing_column_is_a_mistake_that_names_the_columns(self) -> None:
        error = outcome(lambda: table(self.frame(), {"photo": overlay(boxes="boxen")}))

        assert isinstance(error, OptionError)
        assert "boxen" in str(error)
        assert "boxes" in str(error)

    def test_of_nonsense_costs_no_table(self) -> None:
        frame = self.frame().assign(boxes=["nonsense", [[1, 2]], {"x": 1}])

        html = table(frame, {"photo": overlay(boxes="boxes")})

        assert [row[0] for row in cells(html)] in (["[…]"] * 3, ["!"] * 3)
        for tag in images(html):
            assert "boxes" in str(tag["title"]) or "overlay" in str(tag["title"])

    def test_does_not_change_the_pictures_of_the_frame(self) -> None:
        frame = self.frame()
        table(frame, {"photo": overlay(boxes="boxes")})
        assert self.BLACK.getextrema() == ((0, 0),) * 3

    def test_bound_to_columns_has_no_place_in_a_call_for_one_image(self) -> None:
        error = outcome(lambda: imgdisplay.thumbnail(self.BLACK, overlay=overlay(boxes="boxes")))
        assert isinstance(error, OptionError)


class TestTheAlternativeText:
    def test_comes_from_the_column_that_is_named(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO, GREY_PHOTO], "caption": ["a woman", "a man"]})

        html = table(frame, alt="caption")

        assert captions(html) == ["a woman", "a man"]
        assert [row[1] for row in cells(html)] == ["a woman", "a man"]

    @pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, ""])
    def test_is_never_empty_where_the_caption_is_missing(self, missing: object) -> None:
        for dtype in (object, None):
            values = pd.Series(["x", missing], dtype=dtype)
            html = table(pd.DataFrame({"p": [PHOTO, PHOTO], "caption": values}), alt="caption")
            assert captions(html) == ["x", "image 240×160"]

    def test_of_numbers_and_dates_is_their_text(self) -> None:
        frame = pd.DataFrame(
            {"p": [PHOTO] * 2, "n": [1, 2], "d": pd.to_datetime(["2024-01-31"] * 2)}
        )

        assert captions(table(frame, alt="n")) == ["1", "2"]
        assert all("2024-01-31" in caption for caption in captions(table(frame, alt="d")))

    @pytest.mark.parametrize("name", HOSTILE)
    def test_of_hostile_text_stays_text(self, name: str) -> None:
        caption = pd.Series([HOSTILE[name]], dtype=object)
        frame = pd.DataFrame({"p": [PHOTO], "caption": caption})
        plain = table(pd.DataFrame({"p": [PHOTO], "caption": ["x"]}), alt="caption")

        html = table(frame, alt="caption")

        assert [tag.name for tag in elements(html)] == [tag.name for tag in elements(plain)]
        assert [set(tag.attrs) for tag in images(html)] == [set(tag.attrs) for tag in images(plain)]
        assert len(captions(html)[0]) <= 200

    def test_goes_to_the_larger_view_too(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO], "caption": ["a woman"]})
        assert captions(table(frame, alt="caption", zoom=200)) == ["a woman"] * 2

    def test_goes_with_overlays(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO], "b": [[[0, 0, 60, 60]]], "caption": ["a woman"]})
        html = table(frame, columns={"p": overlay(boxes="b")}, alt="caption")
        assert captions(html) == ["a woman"]

    def test_may_come_from_a_column_out_of_view(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO], **{f"c{n}": [n] for n in range(30)}, "end": ["last"]})
        frame.insert(15, "caption", ["a woman"])
        assert captions(table(frame, alt="caption", max_cols=4)) == ["a woman"]

    def test_without_a_column_is_the_name_of_the_file(self, folder: Path) -> None:
        html = table(pd.DataFrame({"path": [str(folder / "one.png"), str(folder / "two.jpg")]}))
        assert captions(html) == ["one.png", "two.jpg"]
        assert str(folder) not in captions(html)[0]

    def test_of_a_placeholder_says_why(self, folder: Path) -> None:
        frame = pd.DataFrame({"path": [str(folder / "broken.png")], "caption": ["a woman"]})

        html = table(frame, alt="caption")

        (tag,) = images(html)
        assert "PNG" in str(tag["title"]) or "broken" in str(tag["title"])
        assert tag["alt"]

    def test_of_a_column_that_does_not_exist_is_a_mistake(self) -> None:
        for frame in (pd.DataFrame({"p": [PHOTO]}), pd.DataFrame({"p": [1]})):
            error = outcome(lambda frame=frame: table(frame, alt="nope"))  # type: ignore[misc]
            assert isinstance(error, OptionError)
            assert "nope" in str(error)


class TestTheLargerView:
    FRAME = pd.DataFrame(
        {"p": [photograph("chelsea", None), photograph("coffee", None)], "n": [1, 2]}
    )

    def test_is_off_by_default(self) -> None:
        assert soup(table(self.FRAME)).find_all("details") == []

    def test_opens_on_a_click_without_script(self) -> None:
        html = table(self.FRAME, zoom=512)

        found = soup(html).find_all("details")
        assert len(found) == 2
        for details in found:
            assert not details.has_attr("open")
            assert [child.name for child in details.find_all(True, recursive=False)] == [
                *("summary", "img")
            ]
            assert [child.name for child in details.summary.find_all(True)] == ["img"]
        assert soup(html).find_all(["script", "style", "a"]) == soup(html).find_all(
            "style", scoped=True
        )

    def test_is_as_large_as_asked_and_the_thumbnail_as_before(self) -> None:
        before = images(table(self.FRAME))

        pairs = images(table(self.FRAME, zoom=(300, 500)))

        for small, large, alone in zip(pairs[::2], pairs[1::2], before, strict=True):
            assert small["src"] == alone["src"]
            assert small["style"] == alone["style"]
            assert int(str(large["width"])) == 300
            assert embedded(large).width > embedded(small).width

    def test_shows_the_same_picture(self) -> None:
        small, large = (
            pixels(embedded(tag).resize((48, 32)))
            for tag in images(table(self.FRAME, zoom=300))[:2]
        )
        assert psnr(small, large) > 25

    def test_of_a_placeholder_is_none(self, folder: Path) -> None:
        frame = pd.DataFrame({"p": [str(folder / "broken.png"), str(folder / "one.png")]})

        html = table(frame, zoom=300)

        assert len(soup(html).find_all("details")) == 1
        assert len(broken(html)) == 1

    def test_stands_in_galleries_and_single_images_too(self) -> None:
        for html in (
            imgdisplay.gallery([PHOTO], zoom=200),
            imgdisplay.img(PHOTO, size=50, zoom=200),
        ):
            assert [tag["width"] for tag in images(html)][1] == "200"
            assert len(soup(html).find_all("details")) == 1

    def test_keeps_what_is_outside_of_pictures_as_it_was(self) -> None:
        def text(html: str) -> list[list[str]]:
            return [
                [cell.get_text() for cell in row.find_all("td")]
                for row in soup(html).select("tbody tr")
            ]

        assert text(table(self.FRAME, zoom=300)) == text(table(self.FRAME))


class TestColumns:
    def test_are_found_by_what_is_seen_in_them(self, folder: Path) -> None:
        frame = pd.DataFrame(
            {
                "image": [PHOTO],
                "array": [np.asarray(PHOTO)],
                "path": [str(folder / "one.png")],
                "Path": [folder / "two.jpg"],
                "bytes": [encoded(PHOTO)],
                "dict": [{"bytes": encoded(PHOTO), "path": "x.png"}],
                "list": [[PHOTO, GREY_PHOTO]],
                "text": ["one.png"],
                "number": [3.5],
                "numbers": [[1, 2, 3]],
                "other bytes": [b"abc"],
                "other file": [str(folder / "notes.txt")],
                "missing": [None],
            }
        )

        (row,) = cells(table(frame))

        assert row[:7] == ["[…]"] * 7
        assert "[…]" not in row[7:]
        assert "!" not in row[7:]
        assert row[7:10] == ["one.png", "3.5", "[1, 2, 3]"]

    def test_that_are_named_are_all_pictures_and_others_none(self, folder: Path) -> None:
        frame = pd.DataFrame(
            {
                "a": [str(folder / "one.png"), "nonsense", 7],
                "b": [str(folder / "one.png"), str(folder / "two.jpg"), str(folder / "three.webp")],
            }
        )

        html = table(frame, columns="a")

        assert [row[0] for row in cells(html)] == ["[…]", "!", "!"]
        assert all("!" not in row[1] and "[…]" not in row[1] for row in cells(html))

    @pytest.mark.parametrize("columns", ["a", ["a"], ("a",), {"a": None}, pd.Index(["a"])])
    def test_can_be_named_in_many_ways(self, columns: Any) -> None:
        frame = pd.DataFrame({"a": [PHOTO], "b": [PHOTO]})
        (row,) = cells(table(frame, columns=columns))
        assert row[0] == "[…]"
        assert row[1] != "[…]"

    def test_named_none_leave_every_picture_as_short_text(self) -> None:
        html = table(pd.DataFrame({"a": [PHOTO]}), columns=[])
        assert images(html) == []
        assert " at 0x" not in html

    def test_that_do_not_exist_are_a_mistake(self) -> None:
        for columns in ("nope", ["a", "nope"], {"nope": None}):
            error = outcome(
                lambda columns=columns: table(pd.DataFrame({"a": [PHOTO]}), columns=columns)  # type: ignore[misc]
            )
            assert isinstance(error, OptionError)
            assert "nope" in str(error)

    def test_half_images_half_text_show_both(self, folder: Path) -> None:
        frame = pd.DataFrame(
            {"mixed": [PHOTO, "a <b>word</b>", 3, None, str(folder / "one.png"), ["a", 1]]}
        )

        html = table(frame)

        assert [row[0].strip() for row in cells(html)] == [
            *("[…]", "a <b>word</b>", "3", "None", "[…]", "[a, 1]")
        ]

    def test_of_paths_of_which_one_is_missing_show_a_placeholder_there(self, folder: Path) -> None:
        paths = [str(folder / name) for name in ("one.png", "gone.png", "two.jpg")]

        html = table(pd.DataFrame({"path": paths}))

        assert [row[0] for row in cells(html)] == ["[…]", "!", "[…]"]
        assert broken(html)[0].startswith("not found")
        assert "gone.png" in broken(html)[0]

    def test_of_paths_of_which_none_exists_stay_text(self, folder: Path) -> None:
        html = table(pd.DataFrame({"path": ["gone.png", "lost.jpg"]}))
        assert [row[0] for row in cells(html)] == ["gone.png", "lost.jpg"]

    def test_of_a_file_that_was_deleted_meanwhile_name_it(self, folder: Path) -> None:
        frame = pd.DataFrame({"path": [str(folder / "one.png"), str(folder / "two.jpg")]})
        assert len(drawn(table(frame))) == 2

        (folder / "two.jpg").unlink()

        html = table(frame)
        assert [row[0] for row in cells(html)] == ["[…]", "!"]
        assert "two.jpg" in broken(html)[0]

    def test_of_an_image_whose_file_was_deleted_name_the_reason(self, folder: Path) -> None:
        with Image.open(folder / "two.jpg") as lazy:
            (folder / "two.jpg").unlink()
            html = table(pd.DataFrame({"p": [lazy, PHOTO]}))
        assert cells(html)[1][0] == "[…]"
        assert cells(html)[0][0] in ("[…]", "!")  # an open file outlives its name on POSIX

    def test_of_an_image_that_was_closed_are_a_placeholder(self, folder: Path) -> None:
        lazy = Image.open(folder / "two.jpg")
        lazy.close()

        html = table(column(lazy, PHOTO))

        assert [row[0] for row in cells(html)] == ["!", "[…]"]

    def test_of_ten_thousand_of_which_one_holds_images(self) -> None:
        frame = pd.DataFrame({f"c{number}": [number] * 3 for number in range(9_999)})
        frame.insert(1, "photo", [PHOTO] * 3)

        with pd.option_context("display.max_columns", 20):
            html = table(frame)

        assert len(drawn(html)) == 3
        assert len(soup(html).select("thead th")) == 22

    def test_of_ten_thousand_can_all_be_shown(self) -> None:
        frame = pd.DataFrame({f"c{number}": [number] for number in range(9_999)})
        frame.insert(5_000, "photo", [PHOTO])

        html = table(frame, max_cols=None)

        assert html.count("<img") == 1
        assert html.count("<th>") >= 10_000

    def test_of_ten_thousand_are_not_looked_at_beyond_what_is_seen(self) -> None:
        asked: list[int] = []

        class Asked:
            def __imgdisplay__(self) -> Image.Image:
                asked.append(1)
                return PHOTO

        frame = pd.DataFrame({f"c{number}": [Asked(), Asked()] for number in range(1000)})

        html = table(frame, max_cols=4)

        assert len(drawn(html)) == 8
        assert len(asked) <= 16

    def test_with_one_name_are_each_looked_at(self) -> None:
        frame = pd.DataFrame([[PHOTO, "text", GREY_PHOTO]], columns=["same", "same", "same"])
        assert cells(table(frame)) == [["[…]", "text", "[…]"]]

    def test_keep_nothing_but_pictures_from_being_text(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO], "text": ['<b>&"x"</b>'], "n": [1.5]})
        assert cells(table(frame)) == [["[…]", '<b>&"x"</b>', "1.5"]]


class TestAColumnThatWasNotOpened:
    ADDRESSES = (
        "https://example.com/a.png",
        "http://example.com/b.jpg?size=2",
        "s3://bucket/c.tif",
    )
    SHARES = (r"\\server\share\a.png", r"\\?\UNC\server\share\b.jpg")

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_of_addresses_is_text_with_one_quiet_line(
        self, address: str, no_socket: list[object]
    ) -> None:
        html = table(pd.DataFrame({"url": [address] * 5}))

        assert [row[0] for row in cells(html)] == [address] * 5
        assert len(notes(html)) == 1

    @pytest.mark.parametrize("share", SHARES)
    def test_on_other_machines_says_how_to_allow_it(
        self, share: str, no_socket: list[object]
    ) -> None:
        html = table(pd.DataFrame({"path": [share, share]}))

        assert [row[0] for row in cells(html)] == [share] * 2
        (note,) = notes(html)
        assert "columns=" in note
        assert "remote=True" in note

    def test_is_asked_of_no_other_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Windows logs in there with the user's password when such a path is only looked at."""
        import os

        asked: list[str] = []
        real = os.stat

        def stat(path: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(str(path))
            return real(path, *args, **kwargs)

        monkeypatch.setattr(os, "stat", stat)
        table(pd.DataFrame({"path": [*self.SHARES, *self.ADDRESSES, "file://server/share/x.png"]}))

        assert [path for path in asked if "server" in path or "example" in path] == []

    def test_says_so_below_the_table_and_not_in_it(self) -> None:
        html = table(pd.DataFrame({"url": [self.ADDRESSES[0]]}))

        parsed = soup(html)
        assert parsed.select_one("table .imgdisplay-note") is None
        assert parsed.select_one("table ~ .imgdisplay-note, div ~ .imgdisplay-note") is not None

    def test_says_it_once_for_many_columns(self) -> None:
        html = table(pd.DataFrame({"a": self.ADDRESSES[:2], "b": self.ADDRESSES[:2]}))
        assert len(notes(html)) == 1

    def test_says_nothing_of_other_text(self) -> None:
        frame = pd.DataFrame(
            {
                "text": ["https://example.com/page.html", "see a.png", "C:\\no.txt", "a.png\n"],
                "n": [1, 2, 3, 4],
            }
        )
        assert notes(table(frame)) == []

    def test_says_nothing_where_paths_are_off(self) -> None:
        assert notes(table(pd.DataFrame({"p": list(self.SHARES)}), paths=False)) == []

    def test_that_is_named_shows_placeholders_with_the_reason(
        self, no_socket: list[object]
    ) -> None:
        """To name a column is to ask for it; what lies on this machine is refused even so."""
        addresses = [
            *("https://127.0.0.1/a.png", "https://[::1]/b.png", "http://169.254.169.254/c.png"),
            *("https://10.0.0.1/d.jpg", "ftp://example.com/e.png", "file://server/share/f.png"),
        ]

        html = table(pd.DataFrame({"url": addresses}), columns="url")

        assert len(broken(html)) == len(addresses)
        starts = [reason.partition(":")[0] for reason in broken(html)]
        assert set(starts) <= {"refused", "not a picture", "missing library"}
        assert notes(html) == []

    def test_in_hostile_text_is_escaped_in_the_note_and_the_table(self) -> None:
        address = 'https://x.org/<script>alert(1)</script>".png'

        html = table(pd.DataFrame({"url": [address]}))

        assert soup(html).find_all(["script", "img", "a"]) == []
        assert cells(html)[0][0] == address


class Raising:
    """Claims to be an array, and fails."""

    shape, dtype = (64, 48), np.dtype("uint8")

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise self.error

    def __repr__(self) -> str:
        return "Raising()"


class TestACellThatFails:
    @pytest.mark.parametrize(
        "error",
        [
            RuntimeError("no <b>array</b> today"),
            ValueError(),
            MemoryError("too much"),
            AssertionError("x" * 5000),
            RecursionError("deep"),
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_in_array_is_a_placeholder_that_says_why(self, error: Exception) -> None:
        html = table(column(PHOTO, Raising(error), GREY_PHOTO))

        assert [row[0] for row in cells(html)] == ["[…]", "!", "[…]"]
        (reason,) = broken(html)
        assert len(reason) <= 200
        assert soup(html).find_all("b") == []

    def test_by_keyboard_interrupt_stops_at_once(self) -> None:
        frame = column(PHOTO, Raising(KeyboardInterrupt()), PHOTO)
        with pytest.raises(KeyboardInterrupt):
            table(frame)

    def test_in_repr_of_a_picture_is_never_asked(self) -> None:
        class Mute(Image.Image):
            def __repr__(self) -> str:
                raise RuntimeError("no text")

        mute = Mute()
        mute.__dict__.update(PHOTO.copy().__dict__)
        mute._im = PHOTO.copy().im  # type: ignore[attr-defined]
        mute._size, mute._mode = PHOTO.size, PHOTO.mode  # type: ignore[attr-defined]

        html = table(pd.DataFrame({"p": [mute, PHOTO]}))

        assert [row[0] for row in cells(html)] == ["[…]", "[…]"]

    def test_in_its_attributes_is_text(self) -> None:
        class Hostile:
            def __getattr__(self, name: str) -> Any:
                if name in ("shape", "dtype", "read", "filename", "_repr_html_", "_repr_png_"):
                    raise RuntimeError(f"no {name}")
                raise AttributeError(name)

            def __repr__(self) -> str:
                return "Hostile()"

        html = table(pd.DataFrame({"p": [Hostile(), PHOTO]}))
        assert [row[0].strip() for row in cells(html)] == ["Hostile()", "[…]"]

    def test_in_what_it_says_of_itself_is_a_placeholder(self) -> None:
        class Liar:
            def __imgdisplay__(self) -> Any:
                raise RuntimeError("not today")

        html = table(pd.DataFrame({"p": [Liar(), PHOTO]}))
        assert [row[0] for row in cells(html)] == ["!", "[…]"]
        assert "not today" in broken(html)[0]

    def test_raises_if_the_caller_wants_it_to(self, folder: Path) -> None:
        frame = pd.DataFrame({"p": [str(folder / "one.png"), str(folder / "broken.png")]})
        error = outcome(lambda: table(frame, on_error="raise"))
        assert isinstance(error, imgdisplay.SourceError)

    def test_is_as_large_as_a_thumbnail(self, folder: Path) -> None:
        frame = pd.DataFrame({"p": [str(folder / "one.png"), str(folder / "broken.png")]})
        html = table(frame, size=(80, 40))
        (tag,) = [tag for tag in images(html) if "imgdisplay-broken" in tag["class"]]
        assert (tag["width"], tag["height"]) == ("80", "40")


class TestAListThatContainsItself:
    def endless(self, *items: object) -> list[object]:
        made: list[object] = list(items)
        made.append(made)
        return made

    @pytest.mark.parametrize("columns", [None, "p"])
    def test_costs_no_table(self, columns: Any) -> None:
        frame = pd.DataFrame({"p": [self.endless(), self.endless(PHOTO), PHOTO]})

        html = table(frame, columns=columns)

        assert cells(html)[2] == ["[…]"]
        assert len(cells(html)) == 3

    def test_in_a_named_column_says_why(self) -> None:
        html = table(pd.DataFrame({"p": [self.endless(), PHOTO]}), columns="p")
        assert [row[0] for row in cells(html)] == ["!", "[…]"]
        assert "list" in broken(html)[0]

    def test_as_a_dict_costs_no_table(self) -> None:
        loop: dict[str, object] = {}
        loop["bytes"] = loop
        html = table(pd.DataFrame({"p": [loop, PHOTO]}))
        assert cells(html)[1] == ["[…]"]

    def test_by_its_own_word_costs_no_table(self) -> None:
        class Mirror:
            def __imgdisplay__(self) -> Any:
                return self

        html = table(pd.DataFrame({"p": [Mirror(), [Mirror()], PHOTO]}))
        assert cells(html)[0] == ["!"]
        assert cells(html)[2] == ["[…]"]


class TestTheTime:
    @pytest.fixture
    def slow(self) -> type:
        class Slow:
            begun = 0

            def __imgdisplay__(self) -> Image.Image:
                type(self).begun += 1
                time.sleep(0.05)
                return PHOTO

        return Slow

    def test_of_one_output_is_limited_and_said(self, slow: Any) -> None:
        html = table(pd.DataFrame({"p": [slow() for _ in range(600)]}), max_rows=None, timeout=0.2)

        seen = [row[0] for row in cells(html)]
        assert seen[0] == "[…]"
        assert seen[-1] == "!"
        assert len(seen) == 600
        assert "time" in broken(html)[-1]
        assert "timeout=" in broken(html)[-1]
        assert slow.begun < 600

    def test_that_is_enough_draws_everything(self, slow: Any) -> None:
        html = table(pd.DataFrame({"p": [slow() for _ in range(4)]}), timeout=30)
        assert len(drawn(html)) == 4

    def test_of_the_larger_views_is_limited_too(self, slow: Any) -> None:
        frame = pd.DataFrame({"p": [slow() for _ in range(600)]})

        html = table(frame, max_rows=None, timeout=0.2, zoom=300)

        assert html.count("<tr>") >= 600
        assert slow.begun < 1200


class TestTheFrame:
    def test_is_not_changed(self) -> None:
        frame = pd.DataFrame({"p": [PHOTO, in_mode("RGBA").image], "n": [1, 2]})
        before = frame.copy()

        table(frame, columns={"p": overlay(boxes=[[0, 0, 9, 9]])}, zoom=200)

        assert all(a is b for a, b in zip(frame["p"], before["p"], strict=True))
        pd.testing.assert_frame_equal(frame[["n"]], before[["n"]])

    def test_may_be_a_series_with_a_name_a_multiindex_or_nothing_in_it(self) -> None:
        assert len(images(table(pd.Series([PHOTO], name="p")))) == 1
        index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
        assert len(images(table(pd.DataFrame({"p": [PHOTO] * 2}, index=index)))) == 2
        assert images(table(pd.DataFrame({"p": []}), columns="p")) == []
        assert images(table(pd.DataFrame())) == []

    def test_may_have_pictures_in_columns_of_every_dtype(self, folder: Path) -> None:
        pyarrow = pytest.importorskip("pyarrow")
        path, data = str(folder / "one.png"), encoded(PHOTO)
        for values in (
            pd.Series([path], dtype="string"),
            pd.Series([path], dtype="category"),
            pd.Series([path], dtype=object),
            pd.Series([path], dtype=pd.ArrowDtype(pyarrow.string())),
            pd.Series([data], dtype=pd.ArrowDtype(pyarrow.binary())),
            pd.Series(
                [{"bytes": data, "path": "x.png"}],
                dtype=pd.ArrowDtype(
                    pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
                ),
            ),
        ):
            assert len(drawn(table(pd.DataFrame({"p": values})))) == 1, values.dtype
