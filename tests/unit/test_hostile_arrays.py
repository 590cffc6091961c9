"""Arrays that lie, run programs or flood the memory, and libraries' objects that are none."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import zarr
from zoo import soup

import imgdisplay
from imgdisplay import DecodeError, ImgDisplayError, SourceRefused, UnsupportedSource, thumbnail


def npy(header: str | dict[str, Any], data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    """Return a .npy file of any header."""
    text = (header if isinstance(header, str) else repr(header)).encode("latin-1")
    width = "<H" if version == b"\1\0" else "<I"
    return b"\x93NUMPY" + version + struct.pack(width, len(text)) + text + data


def said(shape: object = (20, 30), descr: object = "|u1", order: object = False) -> dict[str, Any]:
    return {"descr": descr, "fortran_order": order, "shape": shape}


class _Mine:
    """Says by a file that it was unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)


def _pickled(folder: Path, save: Callable[..., Any] = np.save) -> bytes:
    file = io.BytesIO()
    mines = np.empty((40, 40), object)
    mines[:] = _Mine(str(folder / "was unpickled"))
    save(file, mines)
    return file.getvalue()


def archive(data: bytes, compression: int = zipfile.ZIP_DEFLATED, name: str = "a.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        made.writestr(name, data)
    return file.getvalue()


def _bomb(member: bytes, claimed: int) -> bytes:
    """Return an archive whose member claims to be larger than it is."""
    data = archive(member)
    at = data.rindex(b"PK\1\2") + 24
    return data[:at] + struct.pack("<I", min(claimed, 2**32 - 2)) + data[at + 4 :]


def _many_members(count: int) -> bytes:
    data = bytearray(archive(npy(said(), bytes(600))))
    struct.pack_into("<HH", data, data.rindex(b"PK\5\6") + 8, count, count)
    return bytes(data)


ROWS = bytes(600)

HOSTILE: dict[str, tuple[type[ImgDisplayError], str, bytes]] = {
    "of no header": (DecodeError, "broken", b"\x93NUMPY"),
    "of a header cut off": (DecodeError, "broken", npy(said(), ROWS)[:30]),
    "of another version": (DecodeError, "versions", npy(said(), ROWS, b"\7\0")),
    "of a huge header": (DecodeError, "versions", b"\x93NUMPY\2\0" + b"\xff" * 4 + bytes(100)),
    "of no dict": (DecodeError, "broken", npy("[1, 2]", ROWS)),
    "of a dict without a shape": (DecodeError, "shape", npy({"descr": "|u1"}, ROWS)),
    "of code": (DecodeError, "broken", npy("__import__('os').mkdir('was run')", ROWS)),
    "of code in its shape": (
        DecodeError,
        "broken",
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (print('x'), 3)}", ROWS),
    ),
    "of code in its type": (
        DecodeError,
        "broken",
        npy("{'descr': open('was run', 'w'), 'fortran_order': False, 'shape': (20, 30)}", ROWS),
    ),
    "of many brackets": (DecodeError, "broken", npy("(" * 9_000, ROWS)),
    "of a negative side": (DecodeError, "shape", npy(said((-20, -30)), ROWS)),
    "of a side that is a float": (DecodeError, "shape", npy(said((20.0, 30)), ROWS)),
    "of a side that is true": (DecodeError, "shape", npy(said((True, 30)), ROWS)),
    "of a shape that is a text": (DecodeError, "shape", npy(said("20"), ROWS)),
    "of a million axes": (DecodeError, "shape", npy(said((1,) * 100), ROWS)),
    "of an unknown type": (DecodeError, "broken", npy(said(descr="<q9"), ROWS)),
    "of fewer bytes than it says": (DecodeError, "truncated", npy(said(), ROWS[:-1])),
    "of exabytes, it says": (DecodeError, "truncated", npy(said((2**30, 2**30)), ROWS)),
    "of more than exabytes": (DecodeError, "truncated", npy(said((2**62, 2**62, 4)), ROWS)),
    "of nothing": (UnsupportedSource, "empty", npy(said((0, 30)))),
    "of five axes": (UnsupportedSource, "axes", npy(said((1, 1, 1, 20, 30)), ROWS)),
    "of one axis": (UnsupportedSource, "axes", npy(said((600,)), ROWS)),
    "of complex numbers": (UnsupportedSource, "abs", npy(said(descr="<c8"), ROWS * 8)),
    "of texts": (UnsupportedSource, "dtype", npy(said(descr="<U2"), ROWS * 8)),
    "of dates": (UnsupportedSource, "dtype", npy(said(descr="<M8[s]"), ROWS * 8)),
    "of records": (
        UnsupportedSource,
        "dtype",
        npy(said(descr=[("r", "|u1"), ("g", "|u1")]), ROWS * 2),
    ),
    "of objects in records": (SourceRefused, "pickled", npy(said(descr=[("a", "|O")]), ROWS * 8)),
    "of objects": (SourceRefused, "pickled", npy(said(descr="|O"), b"\x80\4.")),
    "in an archive, of objects": (SourceRefused, "pickled", archive(npy(said(descr="|O"), b"x"))),
    "in an archive without arrays": (DecodeError, "no .npy", archive(b"hello", name="a.txt")),
    "in an empty archive": (DecodeError, "no .npy", b"PK\5\6" + bytes(18)),
    "in an archive cut off": (DecodeError, "broken", archive(npy(said(), ROWS))[:-30]),
    "in an archive that is none": (DecodeError, "broken", b"PK\3\4" + bytes(100)),
    "in an archive, of no header": (DecodeError, "begin as .npy", archive(b"hello")),
    "in an archive, of code": (DecodeError, "broken", archive(npy("exit()", ROWS))),
    "in an archive of bzip2": (
        SourceRefused,
        "compressed",
        archive(npy(said(), ROWS), zipfile.ZIP_BZIP2),
    ),
    "in an archive, of fewer bytes": (
        DecodeError,
        "truncated",
        archive(npy(said((200, 300)), ROWS)),
    ),
    "in an archive, stored, of fewer bytes": (
        DecodeError,
        "truncated",
        archive(npy(said((200, 300)), ROWS), zipfile.ZIP_STORED),
    ),
    "in an archive that lies about its size": (
        DecodeError,
        "cannot be read|truncated",
        _bomb(npy(said((2_000, 3_000)), ROWS), 2**32),
    ),
    "of a terabyte in an archive": (
        DecodeError,
        "truncated",
        archive(npy(said((2**20, 2**20)), ROWS)),
    ),
    "in an archive of 60,000 members": (SourceRefused, "members", _many_members(60_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("given", ["bytes", "a path", "an open file"])
def test_an_array_file_fails_cleanly(
    name: str, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, message, data = HOSTILE[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    source: object = {"bytes": data, "a path": path, "an open file": io.BytesIO(data)}[given]

    with pytest.raises(kind, match=message) as caught:
        thumbnail(source)

    assert isinstance(caught.value, kind)
    assert len(str(caught.value)) < 600
    assert not (tmp_path / "was run").exists()


@pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
def test_a_pickle_is_never_opened(save: Callable[..., Any], tmp_path: Path) -> None:
    data = _pickled(tmp_path, save)
    path = tmp_path / "a.npy"
    path.write_bytes(data)

    for source in (data, path, io.BytesIO(data)):
        with pytest.raises(SourceRefused, match="pickled"):
            thumbnail(source)

    assert not (tmp_path / "was unpickled").exists()
    # It is one, and it works.
    np.load(path, allow_pickle=True)["arr_0"] if save is not np.save else np.load(
        path, allow_pickle=True
    )
    assert (tmp_path / "was unpickled").exists()


def test_an_old_header_of_python_2_is_read() -> None:
    data = npy(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (20L, 30L), }", bytes(range(200)) * 3
    )

    assert thumbnail(data).source_size == (30, 20)


@pytest.mark.parametrize("version", [b"\1\0", b"\2\0", b"\3\0"])
def test_every_version_is_read(version: bytes) -> None:
    assert thumbnail(npy(said(), ROWS, version)).source_size == (30, 20)


def _claiming_a_terabyte() -> bytes:
    """Return an archive of 1 MB whose member unpacks to a gigabyte of zeros and says 1 TB."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("a.npy", "w", force_zip64=True) as member,
    ):
        member.write(npy(said((2**20, 2**20))))
        for _ in range(64):
            member.write(bytes(2**20))
    data = bytearray(file.getvalue())
    # What the directory says of its size, in the extra field of large members.
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, at + 24, 0xFFFFFFFF)
    name, extra = struct.unpack_from("<HH", data, at + 28)
    field = struct.pack("<HHQ", 1, 8, 2**40 + 1000)
    begin = at + 46 + name
    data[begin : begin + extra] = field
    struct.pack_into("<H", data, at + 30, len(field))
    end = data.rindex(b"PK\5\6")
    (size,) = struct.unpack_from("<I", data, end + 12)
    struct.pack_into("<I", data, end + 12, size - extra + len(field))
    return bytes(data)


def test_a_bomb_that_claims_a_terabyte_is_not_unpacked() -> None:
    data = _claiming_a_terabyte()
    tracemalloc.start()

    with pytest.raises(SourceRefused, match=r"unpacked.*max_pixels"):
        thumbnail(data)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


def test_a_compressed_array_of_too_many_pixels_says_how_to_store_it() -> None:
    data = archive(npy(said((3_000, 3_000)), bytes(9_000_000)))

    thumbnail(data, size=32, scale=1, max_pixels=2_000_000)
    with pytest.raises(SourceRefused, match=r"numpy\.savez"):
        thumbnail(data, size=32, scale=1, max_pixels=1_000_000)


def test_unpacking_a_large_array_keeps_memory_low(monkeypatch: pytest.MonkeyPatch) -> None:
    data = archive(npy(said((9_000, 9_000)), bytes(81_000_000)))
    tracemalloc.start()

    thumbnail(data, size=32, scale=1)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6


def test_a_column_of_them_costs_single_cells(tmp_path: Path) -> None:
    import pandas as pd

    good = tmp_path / "good.npy"
    np.save(good, np.zeros((40, 40), np.uint8))
    bad = tmp_path / "bad.npy"
    bad.write_bytes(_pickled(tmp_path))
    frame = pd.DataFrame({"array": [str(good), str(bad), str(tmp_path / "missing.npy")]})

    images = soup(imgdisplay.table(frame, columns="array")).find_all("img")

    titles = [str(image.get("title", "")) for image in images]
    assert len(images) == 3
    assert "pickled" in titles[1]
    assert "not found" in titles[2]
    assert not (tmp_path / "was unpickled").exists()


class TestHdf5:
    def test_datasets_of_a_closed_file_say_so(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            dataset = file.create_dataset("a", data=np.zeros((40, 40)))

        with pytest.raises(UnsupportedSource, match="closed"):
            thumbnail(dataset)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (np.zeros((20, 20), [("r", "u1"), ("g", "u1")]), "dtype"),
            (np.array([b"a", b"b"], "S1"), "dtype"),
            (np.zeros((20, 20), complex), "abs"),
            (np.zeros((0, 20)), "empty"),
            (np.float64(3), "axes"),
            (h5py.Empty("f"), "shape"),
            (["text", "text"], "dtype"),
        ],
    )
    def test_datasets_that_are_no_picture_say_why(
        self, data: Any, message: str, tmp_path: Path
    ) -> None:
        with (
            h5py.File(tmp_path / "a.h5", "w") as file,
            pytest.raises(UnsupportedSource, match=message),
        ):
            thumbnail(file.create_dataset("a", data=data))

    def test_files_and_groups_name_what_they_hold(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file.create_dataset("inner/picture", data=np.zeros((40, 40)))

            for group, name in ((file, "inner"), (file["inner"], "picture")):
                with pytest.raises(UnsupportedSource, match=f"group.*{name}"):
                    thumbnail(group)
        with pytest.raises(UnsupportedSource, match="group"):
            thumbnail(file)

    def test_broken_chunks_are_an_error_of_ours(self, tmp_path: Path) -> None:
        path = tmp_path / "a.h5"
        with h5py.File(path, "w") as file:
            made = file.create_dataset("a", (64, 64), "u1", chunks=(64, 64), compression="gzip")
            made.id.write_direct_chunk((0, 0), b"not packed")
        with h5py.File(path) as file, pytest.raises(DecodeError, match="a cannot be read"):
            thumbnail(file["a"])

    def test_chunks_that_are_too_large_are_not_unpacked(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            made = file.create_dataset("a", (60_000, 60_000), "u1", chunks=(60_000, 60_000))

            with pytest.raises(SourceRefused, match=r"60000×60000.*max_memory"):
                thumbnail(made)

    def test_reading_ends_in_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("imgdisplay.core.large.lazyarrays._BLOCK", 1)
        with h5py.File(tmp_path / "a.h5", "w") as file:
            made = file.create_dataset("a", (2_000, 1_999), "u1", chunks=(1, 1))

            with pytest.raises(SourceRefused, match=r"timeout=0\.1"):
                thumbnail(made, timeout=0.1)


class TestZarr:
    def test_groups_name_what_they_hold(self, tmp_path: Path) -> None:
        group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w")
        zarr.open_array(str(tmp_path / "a.zarr" / "picture"), mode="w", shape=(40, 40), dtype="u1")

        with pytest.raises(UnsupportedSource, match=r"zarr group.*\['picture'\]"):
            thumbnail(group)

    def test_broken_chunks_are_an_error_of_ours(self, tmp_path: Path) -> None:
        array = zarr.open_array(
            str(tmp_path / "a.zarr"), mode="w", shape=(40, 40), chunks=(40, 40), dtype="f4"
        )
        array[...] = np.random.default_rng(0).random((40, 40))
        for file in (tmp_path / "a.zarr").rglob("*"):
            if file.is_file() and not file.name.startswith((".z", "zarr")):
                file.write_bytes(b"broken")

        with pytest.raises(DecodeError, match="cannot be read"):
            thumbnail(array)


def test_a_dask_array_of_unknown_size_says_what_to_do() -> None:
    import dask.array

    values = dask.array.from_array(np.arange(100.0))

    with pytest.raises(UnsupportedSource, match="compute_chunk_sizes"):
        thumbnail(values[values > 3])
