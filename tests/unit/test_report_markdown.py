"""A report as Markdown: GitHub's own renderer shows what was meant, and text stays text."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cmarkgfm
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from cmarkgfm.cmark import Options as Rendering
from PIL import Image
from zoo import REORDERS_OR_CONTROLS, decoded, mime_of, pixels, psnr
from zoo.hostile import HOSTILE
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import Html, OptionError, Report, report
from imgdisplay.cli import main
from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.html import plain_text
from imgdisplay.report.markdown.text import inline_text, paragraphs

PHOTO = photograph("chelsea")
RED, BLUE = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")
TRUNCATED = b"\xff\xd8\xff\xe0"


def rendered(text: str) -> BeautifulSoup:
    """Return Markdown as GitHub renders it, before it takes away what is dangerous."""
    html = cmarkgfm.github_flavored_markdown_to_html(text, options=Rendering.CMARK_OPT_UNSAFE)
    return BeautifulSoup(f"<!doctype html><body>{html}</body>", "html5lib")


def saved(page: Report, folder: Path, name: str = "report.md") -> BeautifulSoup:
    path = page.save(folder / name)
    return rendered(path.read_text(encoding="utf-8"))


def file_of(address: str, folder: Path) -> Path:
    """Return the file that a relative address leads to, by the rules of addresses."""
    assert not re.match(r"[a-z]+:|/|\\", address)
    assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", address)
    return folder / os.fsdecode(unquote(address, errors="surrogateescape"))


def picture(img: Any, folder: Path) -> Image.Image:
    return decoded(file_of(img["src"], folder).read_bytes())


def addresses(soup: BeautifulSoup) -> set[str]:
    """Return where pictures and larger views are, within the folder of pictures."""
    found = [tag.get("src") or tag["href"] for tag in soup.find_all(["img", "a"])]
    return {str(address).partition("/")[2] for address in found}


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class TestTheFile:
    def test_has_headings_captions_texts_and_tables(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": [1.5, 2], "t": ["a", "b"], "p": [RED, BLUE]})
        page = Report("Title").add("one\ntwo\n\nthree").add(frame, title="Part", caption="below")
        soup = saved(page, tmp_path)
        assert soup.h1.string == "Title"
        assert soup.h2.string == "Part"
        said = [p.get_text("\n") for p in soup.find_all("p")]
        assert said == [
            "2 pictures",
            "one\ntwo",
            "three",
            "below",
        ]
        assert soup.br is not None
        assert [th.get_text() for th in soup.thead.find_all("th")] == ["row", "n", "t", "p"]
        assert [th.get("align") for th in soup.thead.find_all("th")] == [
            "right",
            "right",
            None,
            None,
        ]
        cells = [[td.get_text() for td in tr.find_all("td")] for tr in soup.tbody.find_all("tr")]
        assert cells == [["0", "1.5", "a", ""], ["1", "2.0", "b", ""]]

    def test_shows_each_picture_in_its_place_and_size(self, tmp_path: Path) -> None:
        colours = ["red", "lime", "blue"]
        frame = pd.DataFrame(
            {"c": colours, "p": [Image.new("RGB", (60, 40), colour) for colour in colours]}
        )
        soup = saved(Report().add(frame, size=30), tmp_path)
        for row, colour in zip(soup.tbody.find_all("tr"), colours, strict=True):
            img = row.img
            assert (img["width"], img["height"], img["alt"]) == ("30", "20", "image 60×40")
            shown = picture(img, tmp_path)
            assert (pixels(shown) == pixels(Image.new("RGB", shown.size, colour))).all()

    def test_stores_equal_pictures_once(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"p": [RED, BLUE, RED], "q": [RED, PHOTO, None]})
        soup = saved(Report().add(frame).add([PHOTO, RED]), tmp_path)
        assert len(soup.find_all("img")) == 7
        files = files_in(tmp_path / "report_images")
        assert addresses(soup) == set(files)
        assert len({img["src"] for img in soup.find_all("img")}) == 3
        assert len(set(files.values())) == len(files) == 4  # one has a larger view
        for name, data in files.items():
            assert Path(name).suffix == {"image/png": ".png", "image/jpeg": ".jpg"}[mime_of(data)]

    @pytest.mark.parametrize("format_", ["png", "jpeg", "webp"])
    def test_has_pictures_of_the_format_that_was_asked_for(
        self, tmp_path: Path, format_: Any
    ) -> None:
        soup = saved(Report().add([PHOTO], format=format_), tmp_path)
        path = file_of(soup.img["src"], tmp_path)
        assert mime_of(path.read_bytes()) == f"image/{format_}"
        assert path.suffix == f".{format_}".replace("jpeg", "jpg")
        assert psnr(decoded(path.read_bytes()).resize((60, 40)), PHOTO.resize((60, 40))) > 20

    @pytest.mark.parametrize(
        "name",
        [
            "a b.md",
            "ü 日本.md",
            "50% #1?.md",
            "a'b\"c.md",
            "<b>|`x`|[y](z).md",
            "v1.2.md",
            ".md.md",
            "report.MD",
            "a&amp;b.md",
        ],
    )
    def test_leads_to_its_pictures_whatever_its_name(self, tmp_path: Path, name: str) -> None:
        soup = saved(Report().add([RED]).add(pd.DataFrame({"p": [BLUE]})), tmp_path, name)
        first, second = soup.find_all("img")
        assert (pixels(picture(first, tmp_path)) == (255, 0, 0)).all()
        assert (pixels(picture(second, tmp_path)) == (0, 0, 255)).all()

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names of any bytes")
    def test_leads_to_its_pictures_from_a_name_that_is_no_text(self, tmp_path: Path) -> None:
        soup = saved(Report().add([RED]), tmp_path, "a\udcff.md")
        assert (pixels(picture(soup.img, tmp_path)) == (255, 0, 0)).all()

    def test_can_be_moved_with_its_folder(self, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        saved(Report().add([RED]), tmp_path / "one")
        (tmp_path / "one").rename(tmp_path / "two")
        soup = rendered((tmp_path / "two" / "report.md").read_text())
        assert picture(soup.img, tmp_path / "two").size == (64, 48)

    def test_sets_galleries_in_lines(self, tmp_path: Path) -> None:
        pictures = {f"n{n}": Image.new("RGB", (200, 100), (n, 0, 0)) for n in range(9)}
        soup = saved(Report().add(pictures, size=200), tmp_path)
        lines = soup.table.find_all("tr")
        assert [len(line.find_all("td")) for line in lines] == [3, 3, 3]
        assert [td.get_text(strip=True) for td in soup.find_all("td")] == list(pictures)
        assert [img["alt"] for img in soup.find_all("img")] == list(pictures)

    def test_gives_a_strip_the_room_of_several_pictures(self, tmp_path: Path) -> None:
        page = Report().add([RED, BLUE, [PHOTO] * 5, RED, PHOTO, RED, BLUE, PHOTO], size=160)
        cells = saved(page, tmp_path).find_all("td")
        assert [td.get("colspan") for td in cells][:2] == [None, None]
        assert int(cells[2]["colspan"]) > 2

    def test_shows_a_single_picture_without_a_table(self, tmp_path: Path) -> None:
        soup = saved(Report().add(PHOTO), tmp_path)
        assert soup.table is None
        assert picture(soup.img, tmp_path).size == PHOTO.size

    def test_leads_from_a_picture_to_its_larger_view(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"p": [PHOTO]})
        soup = saved(
            Report().add(frame, size=40, zoom=200).add([PHOTO], size=40, zoom=200), tmp_path
        )
        for link in soup.find_all("a"):
            view = decoded(file_of(link["href"], tmp_path).read_bytes())
            assert view.width >= 200 > picture(link.img, tmp_path).width
        assert len(soup.find_all("a")) == 2
        assert len(files_in(tmp_path / "report_images")) == 2

    def test_leads_to_long_addresses_and_cuts_none(self, tmp_path: Path) -> None:
        address = "https://example.org/a.png?x=<|&" + "y" * 5000
        frame = pd.DataFrame({"p": [address, "https://example.org/" + "z" * 9000]})
        page = Report().add(frame, column="p", links=True, remote=False)
        assert [link["href"] for link in saved(page, tmp_path).find_all("a")] == [address]

    def test_leads_to_no_file_of_this_machine(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        RED.save(path)
        assert saved(Report().add([path], links=True), tmp_path).find_all("a") == []
        assert str(tmp_path) not in (tmp_path / "report.md").read_text()

    def test_lists_what_could_not_be_read(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"shot": [RED, TRUNCATED]}, index=["good", "bad"])
        soup = saved(Report().add(frame), tmp_path)
        placeholder = soup.tbody.find_all("tr")[1].img
        assert placeholder["alt"] == "picture, not shown"
        assert picture(placeholder, tmp_path).format == "PNG"
        assert soup.find_all("h2")[-1].string == "What could not be read"
        (entry,) = soup.ul.find_all("li")
        assert entry.strong.string == "shot, row bad"
        assert entry.get_text().startswith("shot, row bad unreadable: ")

    def test_says_how_many_pictures_of_a_strip_are_left_out(self, tmp_path: Path) -> None:
        soup = saved(Report().add(pd.DataFrame({"p": [[RED] * 5]}), max_images=2), tmp_path)
        assert soup.tbody.find_all("td")[1].get_text() == " +3 more"

    def test_has_all_rows(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"n": range(350), "p": [RED] * 350})
        soup = saved(Report().add(frame), tmp_path)
        assert [int(tr.find_all("td")[1].get_text()) for tr in soup.tbody.find_all("tr")] == list(
            range(350)
        )

    def test_of_nothing_is_a_heading(self, tmp_path: Path) -> None:
        assert Report("Nothing").save(tmp_path / "a.md").read_text() == "# Nothing\n"
        assert os.listdir(tmp_path) == ["a.md"]

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame(),
            pd.DataFrame({"a": []}),
            pd.DataFrame([[RED, 1, 2]], columns=["p", "a", "a"]),
            pd.DataFrame([[RED, 1]], columns=pd.MultiIndex.from_tuples([("a", "p"), ("a", "q")])),
            pd.DataFrame({"p": [RED, 1.5, "text\nlines", None, b"x", TRUNCATED]}),
            pd.DataFrame({"": [RED], "|": ["|"], "\\": ["\\"], "-": ["---"]}),
        ],
        ids=["empty", "no rows", "names twice", "levels", "mixed", "odd names"],
    )
    def test_of_frames_of_every_kind_has_their_rows_and_columns(
        self, frame: pd.DataFrame, tmp_path: Path
    ) -> None:
        soup = saved(Report("R").add(frame), tmp_path)
        table = soup.table
        assert len(table.thead.find_all("th")) == frame.shape[1] + 1
        rows = table.tbody.find_all("tr") if table.tbody else []
        assert len(rows) == len(frame)
        assert all(len(row.find_all("td")) == frame.shape[1] + 1 for row in rows)
        for img in table.find_all("img"):
            assert picture(img, tmp_path).width > 0

    def test_is_written_by_the_function_and_the_command_too(self, tmp_path: Path) -> None:
        (tmp_path / "photos").mkdir()
        RED.save(tmp_path / "photos" / "red.png")
        report(tmp_path / "photos", tmp_path / "one.md")
        run = CliRunner().invoke(
            main, ["report", str(tmp_path / "photos"), "-o", str(tmp_path / "two.md")]
        )
        assert run.exit_code == 0, run.output
        for name in ("one.md", "two.md"):
            soup = rendered((tmp_path / name).read_text())
            assert soup.h1.string == "photos"
            assert picture(soup.img, tmp_path).size == (64, 48)


class TestMarkup:
    def test_is_shown_without_what_github_would_take_away(self, tmp_path: Path) -> None:
        made = Html(
            "<div class='a' style='color:red'>\n\n<pre>one\n\n    two *x*</pre>\n\n"
            "<script>alert(1)</script><b onclick='a()'>*bold*</b></div>"
        )
        soup = saved(Report().add(made), tmp_path)
        assert soup.find_all("script") == []
        assert soup.pre.get_text() == "one\n\n    two *x*"
        assert soup.b.attrs == {}
        assert soup.b.string == "*bold*"
        assert soup.em is soup.code is None

    def test_with_data_pictures_shows_them_from_files(self, tmp_path: Path) -> None:
        webp = encoded(PHOTO, "WEBP")
        page = (
            Report()
            .add(imgdisplay.gallery([PHOTO, RED]))
            .add(Html(f'<img src="{write_data_uri(webp, "image/webp")}">'))
        )
        soup = saved(page, tmp_path)
        assert len(soup.find_all("img")) == 3
        for img in soup.find_all("img"):
            assert picture(img, tmp_path).width > 0
        assert webp in files_in(tmp_path / "report_images").values()

    def test_with_what_is_no_picture_keeps_its_alternative_text(self, tmp_path: Path) -> None:
        made = Html('<img src="data:image/svg+xml,<svg/>" alt="a"><img src="data:,x" alt="b">')
        soup = saved(Report().add(made), tmp_path)
        assert [img.attrs for img in soup.find_all("img")] == [{"alt": "a"}, {"alt": "b"}]
        assert os.listdir(tmp_path) == ["report.md"]

    def test_of_titles_captions_and_labels_is_shown_and_its_text_stays_text(
        self, tmp_path: Path
    ) -> None:
        page = Report().add(
            {Html("<i>*label*</i>\n\nx"): RED, Html("<p>a\n\nb</p>"): BLUE},
            title=Html("<u>*title* | `x`</u>\n\n# y"),
            caption=Html("<p>*caption*</p>\n\n1. z"),
        )
        soup = saved(page, tmp_path)
        assert soup.h2.u.string == "*title* | `x`"
        assert soup.h2.get_text() == "*title* | `x` # y"
        assert soup.p is not None
        assert "*caption*" in soup.get_text()
        assert soup.i.string == "*label*"
        assert len(soup.find_all("td")) == 2
        assert soup.em is soup.code is soup.ol is None
        assert len(soup.find_all("h1")) == 1


TRICKS = [
    "*a* _b_ **c** ~~d~~ `e` ``f`` # g",
    "[a](b) ![a](b) [a]: b <https://example.org>",
    "https://example.org www.example.org a@example.org mailto:a@example.org ftp://x.org",
    "HTTPS://EXAMPLE.ORG WWW.EXAMPLE.ORG xmpp:a@example.org",
    "| a | b |\n| --- | --- |\n| c | d |",
    "a\n===\nb\n---",
    "1. a\n2) b\n- c\n+ d\n* e",
    "2024) a",
    "12345678901. a",
    "> a\n>b",
    "    code",
    "\tcode",
    "```\ncode\n```",
    "~~~\ncode\n~~~",
    "---",
    "***",
    "# a\n## b ##",
    "- [ ] a",
    "<b>a</b> &amp; &#42;a&#42; &copy;",
    "<!-- a --> <?php ?> <![CDATA[a]]> <!DOCTYPE a>",
    "\\*a\\* \\\\ \\| \\",
    "a\\\nb  \nc",
    "[^1]: a\n[^1]",
    "a | b \\| c `|` d",
    "$a$ $$b$$ $`c`$ costs $5 or $6",
    ":tada: a:100:b 12:30:45 :+1:",
    "@octocat #1 octo/cat#1 abcdef1234567890abcdef1234567890abcdef12",
    "{{ a }} {% b %} <%= c %>",
    "a\r\nb\rc\x0bd\x0ce\u2028f\u2029g\x85h",
    "a\x00b\x1bc\u202ed\ud800e\ufefff",
    "`a\n\n`b",
    "",
    " ",
    "\n",
]


class TestText:
    @pytest.mark.parametrize("text", TRICKS)
    def test_of_one_line_stays_text(self, text: str) -> None:
        def lines(text: str) -> str:
            return " ".join(text.split())

        soup = rendered(
            f"# {inline_text(text) or 'x'}\n\n| {inline_text(text)} |\n| --- |\n| a |\n"
        )
        clean = plain_text(text, 5000)
        assert {tag.name for tag in soup.body.find_all(True)} <= {
            *("h1", "table", "thead", "tbody", "tr", "th", "td"),
            *("br", "span"),
        }
        head = soup.th
        assert lines(head.get_text(" " if head.br else "")) == lines(clean)

    @pytest.mark.parametrize("text", [*TRICKS, *HOSTILE[::5]])
    def test_of_paragraphs_stays_text(self, text: str) -> None:
        soup = rendered(f"before\n\n{paragraphs(text)}\n\nafter\n")
        found = soup.body.find_all(True, recursive=False)
        assert {tag.name for tag in found} == {"p"}
        assert {tag.name for tag in soup.body.find_all(True)} <= {"p", "br", "span"}
        assert (found[0].get_text(), found[-1].get_text()) == ("before", "after")

        def letters(text: str) -> str:
            return re.sub(r"\s", "", text)

        said = "".join(tag.get_text() for tag in found[1:-1])
        assert letters(said) == letters(plain_text(text, len(text) + 1))

    @pytest.mark.parametrize("text", ["a", *TRICKS, *HOSTILE[::7]])
    def test_stays_text_in_every_place(self, text: str, tmp_path: Path) -> None:
        def page(text: str) -> Report:
            frame = pd.DataFrame(
                {
                    "c": pd.Series([text, "b"], dtype=object),
                    "p": pd.Series([RED, TRUNCATED], dtype=object),
                }
            )
            frame.index = pd.Index([text, "i"], dtype=object, name=text)
            frame.columns = pd.Index([text, "p"], dtype=object)
            return (
                Report(text)
                .add(frame, title=text, caption=text, column="p")
                .add({text: RED, f"{text}2": TRUNCATED}, title=text)
                .add(text, title=text)
            )

        def skeleton(soup: BeautifulSoup) -> list[tuple[str, tuple[str, ...]]]:
            return [
                (tag.name, tuple(sorted(tag.attrs)))
                for tag in soup.find_all(True)
                if tag.name not in ("br", "span", "h2", "p")  # as many as there are lines
            ]

        soup = saved(page(text), tmp_path)
        (tmp_path / "plain").mkdir()
        plain = saved(page("harmless"), tmp_path / "plain")
        assert skeleton(soup) == skeleton(plain)
        for tag in soup.find_all(["span", "br", "h2", "p"]):
            assert tag.attrs == {}
        for img in soup.find_all("img"):
            assert picture(img, tmp_path).width > 0
        raw = (tmp_path / "report.md").read_text(encoding="utf-8")
        assert not set(raw) & REORDERS_OR_CONTROLS


class TestWholeOrNothing:
    def test_a_new_version_takes_the_place_of_the_older_one(self, tmp_path: Path) -> None:
        (tmp_path / "report_images").mkdir()
        theirs = {
            "logo.png": encoded(RED),
            "0123456789abcdef0123.png": encoded(BLUE),
            "notes.txt": b"keep",
        }
        for name, data in theirs.items():
            (tmp_path / "report_images" / name).write_bytes(data)
        (tmp_path / "report_images" / "sub").mkdir()
        saved(Report().add([RED, PHOTO]), tmp_path)
        first = set(files_in(tmp_path / "report_images")) - set(theirs)
        (kept, *_) = (name for name in first if name.endswith(".jpg"))
        before = (tmp_path / "report_images" / kept).stat().st_mtime_ns
        soup = saved(Report().add([BLUE, PHOTO]), tmp_path)
        second = files_in(tmp_path / "report_images")
        assert {name: second[name] for name in theirs} == theirs
        ours = set(second) - set(theirs)
        assert addresses(soup) == ours
        assert len(first) == len(ours) == len(first & ours) + 1
        assert (tmp_path / "report_images" / kept).stat().st_mtime_ns == before

    def test_a_version_without_pictures_leaves_no_folder(self, tmp_path: Path) -> None:
        saved(Report().add([RED]), tmp_path)
        saved(Report().add("words"), tmp_path)
        assert os.listdir(tmp_path) == ["report.md"]

    def test_two_reports_in_one_folder_do_not_touch_each_other(self, tmp_path: Path) -> None:
        saved(Report().add([RED]), tmp_path, "one.md")
        before = files_in(tmp_path)
        saved(Report().add([BLUE]), tmp_path, "two.md")
        saved(Report().add("words"), tmp_path, "two.md")
        after = files_in(tmp_path)
        assert {name: after[name] for name in before} == before

    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left")])
    @pytest.mark.parametrize("earlier", [False, True])
    @pytest.mark.parametrize("place", [0, 1, 5, "report.md"])
    def test_what_goes_wrong_leaves_everything_as_it_was(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        error: Any,
        earlier: bool,
        place: Any,
    ) -> None:
        if earlier:
            saved(Report("Old").add([RED, PHOTO]), tmp_path)
        before = files_in(tmp_path)
        written: list[str] = []

        def failing(source: str, target: str, real: Any = os.replace) -> None:
            written.append(target)
            if place == (len(written) - 1 if isinstance(place, int) else Path(target).name):
                raise error
            real(source, target)

        monkeypatch.setattr(os, "replace", failing)
        pictures = [Image.new("RGB", (8, 8), (n, 0, 0)) for n in range(20)]
        with pytest.raises(type(error) if isinstance(error, OSError) else error):
            Report("New").add([PHOTO, *pictures]).save(tmp_path / "report.md")
        assert files_in(tmp_path) == before
        assert earlier or os.listdir(tmp_path) == []

    def test_a_picture_that_was_cut_short_is_written_again(self, tmp_path: Path) -> None:
        saved(Report().add([PHOTO], zoom=None), tmp_path)
        before = files_in(tmp_path)
        (name,) = files_in(tmp_path / "report_images")
        (tmp_path / "report_images" / name).write_bytes(b"cut short")
        saved(Report().add([PHOTO], zoom=None), tmp_path)
        assert files_in(tmp_path) == before

    def test_a_file_in_the_place_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "report_images").write_text("mine")
        before = files_in(tmp_path)
        with pytest.raises(OptionError, match="report_images' is no folder"):
            Report().add([RED]).save(tmp_path / "report.md")
        assert files_in(tmp_path) == before

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
    )
    def test_a_folder_that_is_read_only_is_an_error_and_stays_empty(self, tmp_path: Path) -> None:
        tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
        try:
            with pytest.raises(PermissionError):
                Report().add([RED]).save(tmp_path / "report.md")
            assert os.listdir(tmp_path) == []
        finally:
            tmp_path.chmod(stat.S_IRWXU)

    def test_a_folder_that_does_not_exist_is_an_error_that_names_the_file(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(FileNotFoundError, match=r"report"):
            Report().add([RED]).save(tmp_path / "no" / "report.md")

    def test_a_link_that_others_put_among_the_pictures_is_not_followed(
        self, tmp_path: Path
    ) -> None:
        saved(Report().add([RED]), tmp_path)
        (name,) = files_in(tmp_path / "report_images")
        elsewhere = tmp_path / "elsewhere.png"
        elsewhere.write_bytes(b"precious")
        link = tmp_path / "report_images" / name
        link.unlink()
        link.symlink_to(elsewhere)
        saved(Report().add([BLUE]), tmp_path)
        assert link.is_symlink()
        assert elsewhere.read_bytes() == b"precious"
