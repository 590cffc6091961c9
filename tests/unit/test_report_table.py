"""A table in a file is shown as it is, with the pictures that it names."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from imgdisplay import (
    DecodeError,
    MissingExtra,
    OptionError,
    SourceNotFound,
    get_options,
    report,
)
from imgdisplay.report import tablefile
from imgdisplay.report.tablefile import FileInTable, read_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with images: a.png and sub/b.png."""
    (tmp_path / "data" / "sub").mkdir(parents=True)
    Image.new("RGB", (64, 48), "red").save(tmp_path / "data" / "a.png")
    Image.new("RGB", (64, 48), "blue").save(tmp_path / "data" / "sub" / "b.png")
    return tmp_path / "data"


def page_of(path: Path, **options: object) -> BeautifulSoup:
    page = report(path, path.parent / "page.html", **options)  # type: ignore[arg-type]
    return BeautifulSoup(page.read_text("utf-8"), "html5lib")


def rows(soup: BeautifulSoup) -> list[list[str]]:
    """Return the texts of the cells; of a picture, its alternative text."""
    return [
        [cell.img["alt"] if cell.img else cell.get_text() for cell in row.find_all("td")]
        for row in soup.tbody.find_all("tr")
    ]


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("t.csv", ","),
        ("t.csv", ";"),
        ("t.csv", "|"),
        ("t.csv", "\t"),
        ("t.tsv", "\t"),
        ("t.CSV", ","),
    ],
)
def test_texts_separated_by_anything_usual_are_read(
    name: str, separator: str, folder: Path
) -> None:
    lines = ["n,file,label", "007,a.png,red", "1.50,sub/b.png,"]
    text = "\n".join(line.replace(",", separator) for line in lines)
    (folder / name).write_text(text, encoding="utf-8-sig")
    soup = page_of(folder / name)
    assert soup.h1.string == name
    assert [th.get_text() for th in soup.thead.find_all("th")] == ["row", "n", "file", "label"]
    assert rows(soup) == [["007", "a.png", "red"], ["1.50", "b.png", ""]]


def test_paths_are_seen_from_the_folder_of_the_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "t.csv").write_text("file\na.png\n")
    monkeypatch.chdir("/")
    assert rows(page_of(folder / "t.csv")) == [["a.png"]]
    monkeypatch.chdir(folder)
    assert rows(page_of(Path("t.csv"))) == [["a.png"]]


def test_absolute_paths_file_addresses_and_data_are_taken_as_they_are(folder: Path) -> None:
    from imgdisplay import data_uri

    said = [str(folder / "a.png"), (folder / "a.png").as_uri(), data_uri(folder / "a.png")]
    (folder / "sub" / "t.csv").write_text("file\n" + "\n".join(f'"{text}"' for text in said))
    soup = page_of(folder / "sub" / "t.csv")
    assert len(soup.find_all("img")) == 3
    assert soup.find_all(class_="imgdisplay-broken") == []


def test_all_columns_that_name_images_become_pictures(folder: Path) -> None:
    (folder / "t.csv").write_text("image,mask,n\na.png,sub/b.png,1\n")
    assert rows(page_of(folder / "t.csv")) == [["a.png", "b.png", "1"]]


def test_a_missing_file_is_a_placeholder_that_tells_the_name_in_the_table(folder: Path) -> None:
    (folder / "t.csv").write_text("file\na.png\nlost.png\n\nnot a path\n")
    soup = page_of(folder / "t.csv")
    assert rows(soup) == [
        ["a.png"],
        ["lost.png, not shown"],
        ["not a path"],
    ]
    assert soup.find(class_="imgdisplay-broken")["title"] == (
        "not found: no file 'lost.png', seen from the table's folder; check the path"
    )
    assert str(folder) not in str(soup)


def test_no_placeholder_tells_where_the_table_is(folder: Path) -> None:
    (folder / "t.csv").write_text("file\na.png\nsub/b.png\nlost.png\n")
    soup = page_of(folder / "t.csv", max_file_bytes=10)
    assert "'sub/b.png' has" in soup.details.get_text()
    assert str(folder) not in str(soup)


def test_a_column_of_names_none_of_which_exists_is_shown_with_placeholders(folder: Path) -> None:
    (folder / "t.csv").write_text("file,remark\nx.png,a\ny.jpg,b\n")
    assert [row[0] for row in rows(page_of(folder / "t.csv"))] == [
        "x.png, not shown",
        "y.jpg, not shown",
    ]


def test_addresses_on_the_network_stay_text(folder: Path, no_socket: list[object]) -> None:
    (folder / "t.csv").write_text("file,from\na.png,https://example.org/a.png\n")
    assert rows(page_of(folder / "t.csv")) == [["a.png", "https://example.org/a.png"]]


def test_names_of_other_machines_are_not_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: asked.append(path) or exists(path))
    unc = r"\\server\share\x.png"
    monkeypatch.setattr(tablefile, "is_unc", lambda path: "server" in path)
    assert FileInTable(unc, folder).__imgdisplay__() == str(folder / unc)
    assert asked == []


def test_the_column_can_be_named_and_then_all_of_it_is_shown(folder: Path) -> None:
    os.rename(folder / "a.png", folder / "a")
    (folder / "t.csv").write_text("key,file\n1,a\n2,nothing\n3,\n")
    found = rows(page_of(folder / "t.csv", column="file"))
    assert [row[1].partition(":")[0] for row in found] == ["a", "nothing, not shown", "None"]


def test_a_column_that_does_not_exist_is_told_with_those_that_do(folder: Path) -> None:
    (folder / "t.csv").write_text("key,file\n1,a.png\n")
    with pytest.raises(OptionError, match=r"no column 'fiel' .*; the columns are 'key', 'file'"):
        report(folder / "t.csv", folder / "x.html", column="fiel")


def test_a_table_without_pictures_is_told_with_its_columns(folder: Path) -> None:
    (folder / "t.csv").write_text("key,text\n1,hello\n")
    with pytest.raises(OptionError, match=r"no column .* names image files.*'key', 'text'"):
        report(folder / "t.csv", folder / "x.html")
    assert not (folder / "x.html").exists()


@pytest.mark.parametrize("end", [",", ""])
def test_a_separator_at_the_end_of_each_row_moves_no_cell(end: str, folder: Path) -> None:
    (folder / "t.csv").write_text(f"file,key\na.png,1{end}\nsub/b.png,2{end}\n")
    assert rows(page_of(folder / "t.csv")) == [["a.png", "1"], ["b.png", "2"]]


@pytest.mark.parametrize("column", [1.5, ["file", 3], ("file", "nope")])
def test_a_column_of_any_kind_that_does_not_exist_is_told(column: object, folder: Path) -> None:
    (folder / "t.csv").write_text("file,key\na.png,1\n")
    with pytest.raises(OptionError, match="no column"):
        report(folder / "t.csv", folder / "x.html", column=column)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "No columns"),
        (b'a,b\n1,2\n1,2,3,4\n"', "cannot be read as a table"),
        (b"a,b\na.png,1,red\na.png,2\n", "its rows have more fields than its heading; name every"),
    ],
    ids=["empty", "ragged", "unnamed"],
)
def test_what_is_no_table_is_told(content: bytes, reason: str, folder: Path) -> None:
    (folder / "t.csv").write_bytes(content)
    with pytest.raises(DecodeError, match=reason):
        report(folder / "t.csv", folder / "x.html")


def test_a_table_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(SourceNotFound, match="no file"):
        report(folder / "t.csv", folder / "x.html")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes only there")
def test_bytes_that_are_no_utf_8_still_name_files(folder: Path) -> None:
    os.rename(os.fsencode(folder / "a.png"), os.fsencode(folder) + b"/caf\xe9.png")
    (folder / "t.csv").write_bytes(b"file,place\ncaf\xe9.png,caf\xe9\n")
    assert rows(page_of(folder / "t.csv")) == [["caf�.png", "caf�"]]


def test_a_heading_that_is_no_utf_8_can_be_read(folder: Path) -> None:
    (folder / "t.csv").write_bytes(b"caf\xe9,file\n1,a.png\n")
    soup = page_of(folder / "t.csv")
    assert soup.thead.find_all("th")[1].get_text() == "caf�"
    assert rows(soup) == [["1", "a.png"]]


class TestParquet:
    def test_with_paths_is_read(self, folder: Path) -> None:
        pytest.importorskip("pyarrow")
        frame = pd.DataFrame({"file": ["a.png", None], "n": [1.5, 2]})
        frame.to_parquet(folder / "t.parquet")
        assert [row[1] for row in rows(page_of(folder / "t.parquet"))] == ["1.5", "2.0"]
        assert page_of(folder / "t.parquet").img["alt"] == "a.png"

    def test_with_bytes_of_images_is_read(self, folder: Path) -> None:
        pytest.importorskip("pyarrow")
        buffer = io.BytesIO()
        Image.new("RGB", (64, 48), "red").save(buffer, "PNG")
        cells = [{"bytes": buffer.getvalue(), "path": "r.png"}]
        pd.DataFrame({"image": cells, "label": ["red"]}).to_parquet(folder / "t.parquet")
        assert rows(page_of(folder / "t.parquet")) == [["r.png", "red"]]

    def test_without_its_library_names_the_extra(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str) -> None:
            raise ImportError("Missing optional dependency 'pyarrow'")

        (folder / "t.parquet").write_bytes(b"PAR1")
        monkeypatch.setattr(pd, "read_parquet", refuse)
        with pytest.raises(MissingExtra, match=r"imgdisplay-jupyter\[parquet\]"):
            read_table(folder / "t.parquet", get_options())
