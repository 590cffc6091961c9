"""A folder becomes a table of its images, the good and the bad."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from imgdisplay import Report, SourceNotFound, SourceRefused, report
from imgdisplay.core import progress
from imgdisplay.report.folder import list_images, natural_key
from imgdisplay.report.unreadable import Unreadable
from imgdisplay.report.wording import human_size

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX file systems")


def save(path: Path, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path)
    return path


def names(folder: Path, **options: Any) -> list[str]:
    return [file.name for file in list_images(folder, **options)]


class TestListing:
    def test_follows_the_natural_order_of_names(self, tmp_path: Path) -> None:
        for name in ("10.png", "9.png", "B2/1.png", "b10/1.png", "a.png", "C.png"):
            save(tmp_path / name)
        assert names(tmp_path) == ["9.png", "10.png", "a.png", "B2/1.png", "b10/1.png", "C.png"]

    def test_of_subfolders_can_be_left_out(self, tmp_path: Path) -> None:
        save(tmp_path / "a.png")
        save(tmp_path / "sub" / "b.png")
        assert names(tmp_path, recursive=False) == ["a.png"]

    def test_takes_files_by_the_suffixes_of_images_in_any_case(self, tmp_path: Path) -> None:
        for name in ("a.JPG", "b.WebP", "c.txt", "d", "e.jpg.bak", "f.svg", "g.csv"):
            (tmp_path / name).write_bytes(b"")
        assert names(tmp_path) == ["a.JPG", "b.WebP"]

    def test_leaves_out_what_is_hidden(self, tmp_path: Path) -> None:
        save(tmp_path / ".hidden.png")
        save(tmp_path / ".cache" / "a.png")
        save(tmp_path / "shown.png")
        assert names(tmp_path) == ["shown.png"]

    def test_a_folder_named_like_an_image_is_a_folder(self, tmp_path: Path) -> None:
        save(tmp_path / "album.png" / "a.png")
        assert names(tmp_path) == ["album.png/a.png"]

    @POSIX
    def test_links_to_folders_are_not_followed_so_that_none_runs_in_a_circle(
        self, tmp_path: Path
    ) -> None:
        save(tmp_path / "in" / "a.png")
        (tmp_path / "in" / "again").symlink_to(tmp_path)
        (tmp_path / "in" / "root.png").symlink_to("/")
        assert names(tmp_path) == ["in/a.png"]

    @POSIX
    def test_links_to_files_are_files_unless_they_lead_nowhere(self, tmp_path: Path) -> None:
        save(tmp_path / "a.png")
        (tmp_path / "b.png").symlink_to("a.png")
        (tmp_path / "circle.png").symlink_to("circle.png")
        (tmp_path / "lost.png").symlink_to("nowhere.png")
        assert names(tmp_path) == ["a.png", "b.png"]

    @POSIX
    def test_what_is_no_regular_file_is_left_out(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        (tmp_path / "device.png").symlink_to("/dev/zero")
        save(tmp_path / "a.png")
        assert names(tmp_path) == ["a.png"]

    def test_a_subfolder_that_cannot_be_read_is_told_and_the_rest_is_listed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save(tmp_path / "a.png")
        save(tmp_path / "closed" / "b.png")
        scandir = os.scandir

        def guarded(path: str) -> Any:
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", guarded)
        closed: list[Unreadable] = []
        files = list_images(tmp_path, closed=closed)
        assert [file.name for file in files] == ["a.png"]
        assert [(bad.name, bad.reason) for bad in closed] == [
            ("closed/", "folder not read: Permission denied")
        ]

    def test_of_a_folder_that_must_not_be_read_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str) -> Any:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(SourceRefused, match="no permission"):
            list(list_images(tmp_path))

    def test_numbers_of_any_script_and_length_can_be_sorted(self) -> None:
        odd = ["²", "٣", "9" * 250, "", "1.", "\udcff1"]
        assert len(sorted(odd, key=natural_key)) == len(odd)


class TestTheTable:
    def test_tells_name_dimensions_mode_and_size_of_each_image(self, tmp_path: Path) -> None:
        file = save(tmp_path / "photos" / "sub" / "a.png", (640, 480), "LA")
        soup = page_of(tmp_path / "photos")
        assert [th.get_text() for th in soup.thead.find_all("th")] == [
            "Image",
            "Name",
            "Dimensions",
            "Mode",
            "Size",
        ]
        cells = [cell.get_text() for cell in soup.tbody.tr.find_all(["th", "td"])]
        size = human_size(file.stat().st_size)
        assert cells == ["", "sub/a.png", "640\xa0×\xa0480", "LA", size]
        assert (soup.img["width"], soup.img["height"], soup.img["alt"]) == ("96", "72", "a.png")

    def test_is_called_like_the_folder(self, tmp_path: Path) -> None:
        save(tmp_path / "photos" / "a.png")
        assert page_of(tmp_path / "photos").h1.string == "photos"

    def test_shows_bad_images_as_rows_and_lists_them_with_their_reasons(
        self, tmp_path: Path
    ) -> None:
        save(tmp_path / "p" / "a.png")
        (tmp_path / "p" / "b.png").write_bytes(b"")
        (tmp_path / "p" / "c.jpg").write_bytes(b"\xff\xd8\xff\xe0 and nothing else")
        (tmp_path / "p" / "d.png").write_bytes(b"%!PS-Adobe")
        page = Report().add(tmp_path / "p")
        assert [bad.name for bad in page.unreadable] == ["b.png", "c.jpg", "d.png"]
        assert page.pictures == 4
        soup = BeautifulSoup(page.save(tmp_path / "a.html").read_text("utf-8"), "html5lib")
        rows = soup.tbody.find_all("tr")
        assert len(rows) == 4
        for bad, row, entry in zip(
            page.unreadable, rows[1:], soup.details.find_all("li"), strict=True
        ):
            assert "imgdisplay-broken" in row.img["class"]
            assert row.find(class_="reason").get_text() == bad.reason
            assert entry.get_text() == f"{bad.name} {bad.reason}"
            assert entry.a["href"] == f"#{row['id']}"

    def test_does_not_tell_where_the_folder_is(self, tmp_path: Path) -> None:
        save(tmp_path / "p" / "a.png")
        (tmp_path / "p" / "b.png").write_bytes(b"")
        (tmp_path / "p" / "large.png").write_bytes(bytes(2000))
        path = report(tmp_path / "p", tmp_path / "a.html", max_file_bytes=1000)
        assert str(tmp_path) not in path.read_text("utf-8")

    def test_of_many_images_is_in_groups(self, tmp_path: Path) -> None:
        first = save(tmp_path / "p" / "0.png", (8, 8)).read_bytes()
        for number in range(1, 130):
            (tmp_path / "p" / f"{number}.png").write_bytes(first)
        soup = page_of(tmp_path / "p")
        assert [len(body.find_all("tr")) for body in soup.find_all("tbody")] == [100, 30]
        assert [th.get_text() for th in soup.find_all("th", scope="row")][-1] == "129.png"

    @pytest.mark.parametrize("recursive", [True, False])
    def test_of_no_images_is_an_error_that_says_so_and_writes_nothing(
        self, recursive: bool, tmp_path: Path
    ) -> None:
        (tmp_path / "p").mkdir()
        with pytest.raises(SourceNotFound, match="no images in") as caught:
            report(tmp_path / "p", tmp_path / "a.html", recursive=recursive)
        assert ("recursive" in str(caught.value)) is not recursive
        assert os.listdir(tmp_path) == ["p"]


class TestProgress:
    def test_is_a_bar_with_rate_and_remaining_time_where_it_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown = self.shown(tmp_path, monkeypatch, progress=True)
        assert "0/3" in shown
        assert "row/s" in shown

    def test_is_silent_where_it_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(progress, "_PATIENCE", 0.0)
        assert self.shown(tmp_path, monkeypatch, terminal=True, progress=False) == ""

    def test_shows_by_itself_on_a_terminal_after_a_while(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.shown(tmp_path, monkeypatch, terminal=True, count=101) == ""
        monkeypatch.setattr(progress, "_PATIENCE", 0.0)
        assert "100/101" in self.shown(tmp_path, monkeypatch, terminal=True, count=101)
        assert self.shown(tmp_path, monkeypatch, count=101) == ""

    def test_is_silent_without_tqdm(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        assert self.shown(tmp_path, monkeypatch, progress=True) == ""

    @staticmethod
    def shown(
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        terminal: bool = False,
        progress: bool | None = None,
        count: int = 3,
    ) -> str:
        first = save(folder / "p" / "0.png", (8, 8)).read_bytes()
        for number in range(1, count):
            (folder / "p" / f"{number}.png").write_bytes(first)
        stream = io.StringIO()
        stream.isatty = lambda: terminal  # type: ignore[method-assign]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            report(folder / "p", folder / "a.html", progress=progress)
        return stream.getvalue()


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (5 * 10**12, "5.0 TB"),
        (5 * 10**16, "50000 TB"),
    ],
)
def test_sizes_are_given_in_powers_of_1000(size: int, said: str) -> None:
    assert human_size(size).replace("\xa0", " ") == said


def page_of(folder: Path) -> BeautifulSoup:
    path = report(folder, folder.parent / "page.html")
    return BeautifulSoup(path.read_text("utf-8"), "html5lib")
