"""Arrays that are not in memory: what is shown of them, and how little of them is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array
import h5py
import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from PIL import Image
from zoo import decoded, outcome, pixels, psnr, shown
from zoo.images import photograph

import imgdisplay
from imgdisplay import (
    DecodeError,
    SourceRefused,
    UnsupportedSource,
    image_formatter,
    open_image,
    thumbnail,
    to_array,
)

HEIGHT, WIDTH = 900, 1_000


@pytest.fixture(autouse=True)
def _smaller_ones_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows and columns be left out from half a megapixel on."""
    monkeypatch.setattr("imgdisplay.core.large.thinning._LARGE", 500_000)


COLORS = np.asarray(photograph("astronaut", (WIDTH, HEIGHT)))
GREY = COLORS[..., 1]
PICTURES: dict[str, NDArray[Any]] = {
    "H×W×C of bytes": COLORS,
    "C×H×W of bytes": np.ascontiguousarray(np.moveaxis(COLORS, -1, 0)),
    "H×W of 16 bits": GREY.astype(np.uint16) * 257,
    "H×W of 16 bits, big-endian": (GREY.astype(np.uint16) * 257).astype(">u2"),
    "H×W of floats": GREY.astype(np.float32) / 255,
    "H×W×C of doubles, C at the side": np.moveaxis(np.moveaxis(COLORS / 255, -1, 0), 0, -1),
    "H×W×4": np.dstack([COLORS, np.full_like(GREY, 255)]),
    "H×W×1": GREY[..., None],
    "H×W of bools": GREY > 128,
}


def _npy(array: NDArray[Any], folder: Path) -> Path:
    np.save(folder / "a.npy", array)
    return folder / "a.npy"


def _hdf5(array: NDArray[Any], folder: Path, **options: Any) -> h5py.Dataset:
    return h5py.File(folder / "a.h5", "w").create_dataset("a", data=array, **options)


def _zarr(array: NDArray[Any], folder: Path, chunk: int = 240) -> Any:
    chunks = tuple(min(side, chunk) for side in array.shape)
    made = zarr.open_array(
        str(folder / "a.zarr"), mode="w", shape=array.shape, chunks=chunks, dtype=array.dtype
    )
    made[...] = array
    return made


def _npz(array: NDArray[Any], folder: Path) -> Path:
    np.savez(folder / "a.npz", a=array)
    return folder / "a.npz"


def _packed(array: NDArray[Any], folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", a=array)
    return folder / "a.npz"


STORES: dict[str, Callable[[NDArray[Any], Path], Any]] = {
    "a memory map": lambda array, folder: np.load(_npy(array, folder), mmap_mode="r"),
    "a writable memory map": lambda array, folder: np.load(_npy(array, folder), mmap_mode="r+"),
    "a private memory map": lambda array, folder: np.load(_npy(array, folder), mmap_mode="c"),
    "the path of a .npy file": _npy,
    "the name of a .npy file": lambda array, folder: str(_npy(array, folder)),
    ".npy in Fortran's order": lambda array, folder: _npy(np.asfortranarray(array), folder),
    "an open .npy file": lambda array, folder: open(_npy(array, folder), "rb"),  # noqa: SIM115
    "an .npz archive": _npz,
    "a compressed .npz archive": _packed,
    "compressed in Fortran's order": lambda array, folder: _packed(
        np.asfortranarray(array), folder
    ),
    "what numpy.load gives of an archive": lambda array, folder: np.load(_npz(array, folder)),
    "an HDF5 dataset": _hdf5,
    "an HDF5 dataset in chunks": lambda array, folder: _hdf5(array, folder, chunks=True),
    "a compressed HDF5 dataset": lambda array, folder: _hdf5(
        array, folder, chunks=True, compression="lzf", shuffle=True
    ),
    "a zarr array": _zarr,
    "a dask array": lambda array, folder: dask.array.from_array(array, chunks=200),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("picture", PICTURES)
def test_an_array_looks_the_same_wherever_it_is(picture: str, store: str, tmp_path: Path) -> None:
    array = PICTURES[picture]

    elsewhere = thumbnail(STORES[store](array, tmp_path), size=32, scale=1, format="png")

    inside = thumbnail(array, size=32, scale=1, format="png")
    assert elsewhere.source_size == inside.source_size == (WIDTH, HEIGHT)
    assert elsewhere.source_mode == inside.source_mode
    least = 26 if array.dtype == bool else 35  # its edges are hard
    assert (
        psnr(pixels(decoded(elsewhere.data), "RGBA"), pixels(decoded(inside.data), "RGBA")) > least
    )


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("store", STORES)
def test_a_batch_looks_the_same_wherever_it_is(store: str, tmp_path: Path) -> None:
    batch = np.stack([GREY[:60, :80].astype(np.uint16) * (4 + n) for n in range(12)])

    elsewhere = thumbnail(STORES[store](batch, tmp_path), format="png")

    inside = thumbnail(batch, format="png")
    assert elsewhere.more == inside.more == 4
    assert psnr(pixels(decoded(elsewhere.data)), pixels(decoded(inside.data))) > 50


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("store", STORES)
def test_small_arrays_are_shown_pixel_by_pixel(store: str, tmp_path: Path) -> None:
    small = COLORS[:50, :70]

    assert (shown(STORES[store](small, tmp_path)) == small).all()


def test_a_very_long_array_is_thinned_out_along_its_length(tmp_path: Path) -> None:
    path = tmp_path / "long.npy"
    long = np.lib.format.open_memmap(path, "w+", np.uint8, (50_000_000, 3, 3))
    long[: len(long) // 2] = (255, 0, 0)
    del long

    for source in (path, np.load(path, mmap_mode="r")):
        column = pixels(decoded(thumbnail(source, size=64, scale=1, format="png").data))[:, 0]
        assert (column[:28] == (255, 0, 0)).all()
        assert (column[-28:] == 0).all()


class Counted(io.BytesIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def _written(array: NDArray[Any], save: Callable[..., Any] = np.save) -> bytes:
    file = io.BytesIO()
    save(file, array)
    return file.getvalue()


def _last_of(frames: Any) -> object:
    """Return the last picture of an array, not read."""

    class Last:
        def __imgdisplay__(self) -> object:
            from imgdisplay.core.large.lazyarrays import lazy_array

            found = lazy_array(frames)
            assert found is not None
            return found[len(found) - 1]

    return Last()


class TestOfAFile:
    @pytest.mark.parametrize("save", [np.save, np.savez])
    def test_only_the_rows_are_read_that_are_shown(self, save: Callable[..., Any]) -> None:
        data = _written(np.broadcast_to(np.uint8(3), (800, 40_000)), save)
        file = Counted(data)

        thumbnail(file, size=48, scale=1)

        step = 800 // (8 * 1)  # its thumbnail is one pixel high
        assert file.count < len(data) / step * 1.5

    def test_only_the_pictures_are_read_that_are_shown(self) -> None:
        data = _written(np.zeros((200, 100, 100), np.float32))
        file = Counted(data)

        assert thumbnail(file).more == 192

        assert file.count < 3 * 8 * 40_000  # twice: for their common range, and to be shown

    def test_the_position_is_put_back(self) -> None:
        file = io.BytesIO(_written(GREY))
        file.seek(123)

        thumbnail(file)

        assert file.tell() == 123

    def test_a_file_above_the_limit_of_files_is_read_in_parts(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.npy"
        np.lib.format.open_memmap(path, "w+", np.uint8, (40_000, 40_000)).flush()

        assert thumbnail(path).source_size == (40_000, 40_000)
        assert isinstance(outcome(lambda: thumbnail(path, max_file_bytes=10**9)), SourceRefused)

    def test_a_zarr_array_is_read_where_it_is_looked_at(self, tmp_path: Path) -> None:
        frames = zarr.open_array(
            str(tmp_path / "a.zarr"), mode="w", shape=(40, 64, 64), chunks=(1, 64, 64), dtype="u1"
        )
        frames[...] = 200
        shown_first = imgdisplay.get_options().max_images
        for chunk in (tmp_path / "a.zarr").rglob("*"):
            number = chunk.relative_to(tmp_path / "a.zarr").as_posix().replace(".", "/")
            index = number.removeprefix("c/").split("/")[0]
            if chunk.is_file() and index.isdigit() and int(index) >= shown_first:
                chunk.write_bytes(b"broken")

        thumb = thumbnail(frames)

        assert thumb.more == 40 - shown_first
        assert pixels(decoded(thumb.data)).max() == 200
        with pytest.raises(DecodeError, match=r"cannot be read"):
            thumbnail(_last_of(frames))

    def test_hdf5_chunks_are_read_once_and_a_few_at_a_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dataset = _hdf5(np.broadcast_to(GREY, (HEIGHT, WIDTH)), tmp_path, chunks=(100, 250))
        parts: list[NDArray[Any]] = []
        read = h5py.Dataset.__getitem__

        def watched(self: Any, key: Any, **keywords: Any) -> Any:
            parts.append(read(self, key, **keywords))
            return parts[-1]

        monkeypatch.setattr(h5py.Dataset, "__getitem__", watched)
        monkeypatch.setattr("imgdisplay.core.large.lazyarrays._BLOCK", 100 * 250 * 4)

        thumbnail(dataset, size=32, scale=1)

        assert max(part.size for part in parts) <= 100 * 250 * 4
        assert sum(part.size for part in parts) <= GREY.size

    def test_of_contiguous_hdf5_only_rows_are_read_that_are_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dataset = _hdf5(COLORS, tmp_path)
        count = 0
        read = h5py.Dataset.__getitem__

        def watched(self: Any, key: Any, **keywords: Any) -> Any:
            nonlocal count
            part = read(self, key, **keywords)
            count += part.size
            return part

        monkeypatch.setattr(h5py.Dataset, "__getitem__", watched)

        thumbnail(dataset, size=32, scale=1)

        assert count <= COLORS.size / (HEIGHT // (8 * 32)) * 1.1


class TestWholePictures:
    @pytest.mark.filterwarnings("ignore::ResourceWarning")
    @pytest.mark.parametrize("store", STORES)
    def test_of_small_arrays_are_exact(self, store: str, tmp_path: Path) -> None:
        small = GREY[:90, :120].astype(np.uint16) * 200
        colors = COLORS[:90, :120]
        (tmp_path / "colors").mkdir()
        (tmp_path / "again").mkdir()

        assert (to_array(STORES[store](small, tmp_path), dtype="uint16") == small).all()
        assert (to_array(STORES[store](colors, tmp_path / "colors")) == colors).all()
        opened = open_image(STORES[store](colors, tmp_path / "again"))
        assert (np.asarray(opened) == colors).all()

    def test_keep_the_limit_of_pixels(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.npy"
        np.lib.format.open_memmap(path, "w+", np.uint8, (10_000, 10_000)).flush()

        for whole in (open_image, to_array):
            with pytest.raises(SourceRefused, match="max_pixels"):
                whole(path)
        assert thumbnail(path).source_size == (10_000, 10_000)

    def test_are_shrunk_on_the_way_out(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.npy"
        np.lib.format.open_memmap(path, "w+", np.uint8, (20_000, 20_000)).flush()

        assert to_array(path, size=50).shape == (50, 50)


class TestArchives:
    def test_show_their_only_picture_among_other_arrays(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.npz"
        np.savez(path, matrix=np.eye(4), points=np.zeros((500, 2)), names=[1, 2], photo=COLORS)

        thumb = thumbnail(path, format="png")

        assert thumb.source_size == (WIDTH, HEIGHT)
        assert thumb.name == "camera.npz/photo"

    def test_show_several_pictures_as_a_strip(self, tmp_path: Path) -> None:
        path = tmp_path / "both.npz"
        np.savez_compressed(path, photo=COLORS[:100, :100], depth=np.ones((100, 100), "f4"))

        seen = pixels(decoded(thumbnail(path, format="png").data))

        assert seen.shape[1] > 1.9 * seen.shape[0]
        assert (seen[:, -20:] == 255).all()

    def test_of_data_sets_show_pictures_of_each(self, tmp_path: Path) -> None:
        digits = np.random.default_rng(0).integers(0, 255, (60, 28, 28), np.uint8)
        path = tmp_path / "digits.npz"
        np.savez(path, x_train=digits, y_train=np.zeros(60), x_test=digits, y_test=np.zeros(60))

        assert thumbnail(path).pixel_width > 100

    def test_show_a_single_array_whatever_its_shape(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "tiny.npz", np.arange(12, dtype=np.uint8).reshape(3, 4))

        assert thumbnail(tmp_path / "tiny.npz").source_size == (4, 3)

    def test_without_a_picture_say_what_they_hold(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", matrix=np.eye(3), vector=np.arange(5))

        with pytest.raises(UnsupportedSource, match=r"matrix 3×3 float64, vector 5 int64"):
            thumbnail(tmp_path / "a.npz")

    def test_show_what_is_well_beside_what_is_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        np.savez(path, good=GREY[:64, :64], pickled=np.array([{}, []], dtype=object))

        assert thumbnail(path).name == "a.npz/good"

    def test_that_were_closed_say_so(self, tmp_path: Path) -> None:
        archive = np.load(_npz(GREY, tmp_path))
        archive.close()

        with pytest.raises(UnsupportedSource, match="closed"):
            thumbnail(archive)

    def test_are_still_readable_after_a_look(self, tmp_path: Path) -> None:
        with np.load(_npz(GREY, tmp_path)) as archive:
            thumbnail(archive)
            assert (archive["a"] == GREY).all()

    def test_as_bytes_are_shown_too(self) -> None:
        assert thumbnail(_written(GREY, np.savez_compressed)).source_size == (WIDTH, HEIGHT)
        assert thumbnail(_written(GREY)).source_size == (WIDTH, HEIGHT)


class TestAsking:
    def test_a_table_opens_no_array_file_by_itself(self, tmp_path: Path) -> None:
        path = str(_npy(GREY[:64, :64], tmp_path))

        assert "<img" not in image_formatter(path)
        assert "<img" in image_formatter.with_options(paths=True)(path)

    def test_an_array_under_the_suffix_of_a_picture_is_not_opened(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(_written(GREY[:64, :64]))

        with pytest.raises(SourceRefused, match=r"\.npy"):
            thumbnail(path)

    def test_a_picture_under_the_suffix_of_an_array_is_shown(self, tmp_path: Path) -> None:
        for name in ("a.npy", "a.npz"):
            photograph().save(tmp_path / name, "PNG")
            assert thumbnail(tmp_path / name).source_mode == "RGB"

    def test_an_array_in_a_pipe_says_what_to_do(self) -> None:
        class Pipe(io.RawIOBase):
            def __init__(self) -> None:
                self._data = io.BytesIO(_written(GREY[:64, :64]))

            def read(self, size: int = -1) -> bytes:
                return self._data.read(size)

        with pytest.raises(SourceRefused, match="pipe"):
            thumbnail(Pipe())

    def test_no_library_is_imported_for_it(self, python: Callable[..., str]) -> None:
        code = """
            import sys
            import numpy
            from imgdisplay import thumbnail
            thumbnail(numpy.zeros((64, 64)))
            print([name for name in ("zarr", "h5py", "dask", "tifffile") if name in sys.modules])
        """
        assert python(code) == "[]"


def test_a_private_memory_map_keeps_its_changes(tmp_path: Path) -> None:
    mapped = np.load(_npy(COLORS, tmp_path), mmap_mode="c")
    mapped[:] = 7

    thumb = thumbnail(mapped, format="png")

    assert (pixels(decoded(thumb.data)) == 7).all()
    assert (mapped == 7).all()


def test_a_writable_memory_map_keeps_its_changes(tmp_path: Path) -> None:
    path = _npy(COLORS, tmp_path)
    mapped = np.load(path, mmap_mode="r+")
    mapped[:] = 7

    assert (pixels(decoded(thumbnail(mapped, format="png").data)) == 7).all()

    mapped.flush()
    assert (np.load(path) == 7).all()


def test_labels_keep_their_colours_when_they_are_thinned_out(tmp_path: Path) -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    labels[:, WIDTH // 2 :] = 3

    one = thumbnail(_npy(labels, tmp_path), colormap="labels", format="png")

    other = thumbnail(labels, colormap="labels", format="png")
    assert psnr(pixels(decoded(one.data)), pixels(decoded(other.data))) > 30
    assert len(np.unique(pixels(decoded(one.data)).reshape(-1, 3), axis=0)) == 2


def test_a_masked_view_of_a_memory_map_is_painted(tmp_path: Path) -> None:
    mapped = np.ma.masked_greater(np.load(_npy(GREY, tmp_path), mmap_mode="r"), 128)

    seen = pixels(decoded(thumbnail(mapped, format="png").data))

    assert (seen == (255, 0, 255)).all(axis=-1).any()


def test_a_plain_image_of_more_pixels_than_max_pixels_is_thinned_out() -> None:
    thumb = thumbnail(np.broadcast_to(np.uint8(9), (9_000, 9_000)))

    assert thumb.source_size == (9_000, 9_000)


def test_the_command_line_takes_array_files(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from imgdisplay.cli import main

    path = _npy(GREY, tmp_path)

    ended = CliRunner().invoke(main, ["thumb", str(path), "-o", str(tmp_path / "out")])

    assert ended.exit_code == 0, ended.output
    (made,) = (tmp_path / "out").iterdir()
    with Image.open(made) as image:
        assert image.width == round(96 * 1.7)
