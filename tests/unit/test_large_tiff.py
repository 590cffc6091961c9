"""Large TIFF files: the level of a pyramid that suffices, single levels in parts, and lies.

What counts as large is lowered, so that files of a few thousand pixels take these ways.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, TiffImagePlugin
from zoo import decoded, on_grey, psnr
from zoo.images import in_mode, photograph

from imgdisplay import DecodeError, SourceRefused, open_image, thumbnail
from imgdisplay.core.formats import pyramid

WIDTH, HEIGHT = 1_000, 810
BOX = 40


@pytest.fixture(autouse=True)
def _smaller_ones_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "_LARGE", 100_000)
    monkeypatch.setattr(pyramid, "_HUGE", 100_000)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ways that pictures have taken: "plain", "parts"; none for Pillow's own."""
    ways: list[str] = []

    def watched(function: Callable[..., Any], way: str, *given: Any) -> Any:
        result = function(*given)
        if result is not None:
            ways.append(way)
        return result

    for name, way in (("_plain", "plain"), ("_unpacked", "parts")):
        monkeypatch.setattr(pyramid, name, partial(watched, getattr(pyramid, name), way))
    return ways


def seen(source: object, **options: Any) -> NDArray[np.uint8]:
    options = {"size": BOX, "scale": 1, "format": "png", **options}
    return on_grey(decoded(thumbnail(source, **options).data))


def seen_whole(source: object, **options: Any) -> NDArray[np.uint8]:
    """Return the same picture, decoded by Pillow as a whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_LARGE", 10**12)
        return seen(source, **options)


COLORS = np.asarray(photograph("astronaut", (WIDTH, HEIGHT)))
GREY = COLORS[..., 1]
ALPHA = np.broadcast_to(np.linspace(40, 255, WIDTH).astype(np.uint8), (HEIGHT, WIDTH))


def _compressions(mode: str) -> list[str]:
    lossless = ["raw", "tiff_lzw", "tiff_deflate", "packbits", "zstd"]
    return [
        *lossless,
        *(["jpeg"] if mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr") else []),
        *(["group3", "group4"] if mode == "1" else []),
    ]


PLAIN = {"L", "RGB", "RGBA", "I;16", "F"}
"""Modes of which every k-th number is read, if they are not compressed."""

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F")


@pytest.mark.parametrize(
    ("mode", "compression"),
    [(mode, compression) for mode in MODES for compression in _compressions(mode)],
)
@pytest.mark.parametrize("strip", [1, 20_000, 2**30], ids=["thin", "usual", "one"])
def test_a_striped_picture_looks_as_it_does_as_a_whole(
    mode: str,
    compression: str,
    strip: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    taken: list[str],
) -> None:
    if compression == "jpeg" and strip == 1:
        pytest.skip("JPEG strips have eight rows or more")
    monkeypatch.setattr(TiffImagePlugin, "STRIP_SIZE", strip)
    image = in_mode(mode).image
    large = image.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    try:
        large.save(tmp_path / "a.tif", compression=compression)
        decoded((tmp_path / "a.tif").read_bytes())
    except OSError as error:
        pytest.skip(f"this Pillow does not know it: {error}")

    found = seen(tmp_path / "a.tif")

    assert taken == ["plain" if compression == "raw" and mode in PLAIN else "parts"]
    assert psnr(found, seen_whole(tmp_path / "a.tif")) > 34


TILED: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {
    "RGB": (COLORS, {"photometric": "rgb"}),
    "RGBA": (
        np.dstack([COLORS, ALPHA]),
        {"photometric": "rgb", "extrasamples": ["unassalpha"]},
    ),
    "RGBa": (
        np.dstack([(COLORS * (ALPHA[..., None] / 255)).astype(np.uint8), ALPHA]),
        {"photometric": "rgb", "extrasamples": ["assocalpha"]},
    ),
    "RGBX": (
        np.dstack([COLORS, ALPHA]),
        {"photometric": "rgb", "extrasamples": ["unspecified"]},
    ),
    "grey": (GREY, {"photometric": "minisblack"}),
    "grey from white": (GREY, {"photometric": "miniswhite"}),
    "16-bit grey": (GREY.astype(np.uint16) * 16, {"photometric": "minisblack"}),
    "16-bit grey from white": (GREY.astype(np.uint16) * 257, {"photometric": "miniswhite"}),
    "signed": (GREY.astype(np.int16) * 100 - 9_000, {"photometric": "minisblack"}),
    "floats": (GREY.astype(np.float32) / 99, {"photometric": "minisblack"}),
    "16-bit RGB": (COLORS.astype(np.uint16) * 257, {"photometric": "rgb"}),
    "planes": (
        np.ascontiguousarray(np.moveaxis(COLORS, -1, 0)),
        {"photometric": "rgb", "planarconfig": "separate"},
    ),
    "CMYK": (255 - np.dstack([COLORS, GREY]), {"photometric": "separated"}),
    "palette": (
        np.asarray(photograph("astronaut", (WIDTH, HEIGHT)).quantize(256)),
        {
            "photometric": "palette",
            "colormap": np.random.default_rng(0).integers(0, 2**16, (3, 256), np.uint16),
        },
    ),
    "bits": (np.kron(GREY[::9, ::9] > 128, np.ones((9, 9), bool)), {"photometric": "minisblack"}),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("kind", TILED)
def test_a_tiled_picture_looks_as_it_does_as_a_whole(
    kind: str, compression: str | None, order: Any, tmp_path: Path, taken: list[str]
) -> None:
    array, how = TILED[kind]
    if order == ">" and kind == "16-bit grey from white":
        pytest.skip("Pillow knows it in the other order only")
    if order == ">" and kind == "floats" and compression:
        pytest.skip("Pillow swaps their bytes, which libtiff has already swapped")
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, array, tile=(64, 96), compression=compression, byteorder=order, **how)

    found = seen(path)

    assert taken
    assert psnr(found, seen_whole(path)) > 34


def _levels(array: NDArray[Any], count: int) -> list[NDArray[Any]]:
    """Return a picture and smaller ones, each darker than the one before."""
    darker = [array // (number + 1) for number in range(count)]
    return [
        level[: HEIGHT >> number << number, : WIDTH >> number << number][:: 2**number, :: 2**number]
        for number, level in enumerate(darker)
    ]


def sub_directories(path: Path, levels: list[NDArray[Any]], **how: Any) -> None:
    """Write a pyramid as OME does."""
    with tifffile.TiffWriter(path, bigtiff=how.pop("bigtiff", False)) as file:
        file.write(levels[0], subifds=len(levels) - 1, **how)
        for level in levels[1:]:
            file.write(level, subfiletype=1, **how)


def marked_pages(path: Path, levels: list[NDArray[Any]], **how: Any) -> None:
    """Write a pyramid as GDAL and libvips do."""
    with tifffile.TiffWriter(path, bigtiff=how.pop("bigtiff", False)) as file:
        for level in levels:
            file.write(level, subfiletype=int(level is not levels[0]), metadata=None, **how)


def pages_with_same_tiles(path: Path, levels: list[NDArray[Any]], **how: Any) -> None:
    """Write a pyramid as Aperio does: thumbnail second, label and overview of the glass last."""
    striped = {**how, "tile": None}
    with tifffile.TiffWriter(path, bigtiff=how.pop("bigtiff", False)) as file:
        striped.pop("bigtiff", None)
        file.write(levels[0], metadata=None, **how)
        file.write(np.full_like(levels[-1], 250), metadata=None, **striped)
        for level in levels[1:]:
            file.write(level, metadata=None, **how)
        file.write(np.full((100, 90, 3), 250, np.uint8), metadata=None, subfiletype=1, **striped)


PYRAMIDS = [sub_directories, marked_pages, pages_with_same_tiles]
HOW: dict[str, Any] = {"photometric": "rgb", "tile": (64, 64), "compression": "zlib"}


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("write", PYRAMIDS)
@pytest.mark.parametrize(("box", "level"), [(20, 4), (31, 4), (32, 3), (60, 3), (100, 2), (240, 1)])
def test_the_smallest_level_is_shown_that_has_twice_the_pixels(
    write: Callable[..., None],
    compression: str | None,
    bigtiff: bool,
    box: int,
    level: int,
    tmp_path: Path,
) -> None:
    levels = _levels(np.full((HEIGHT, WIDTH, 3), 240, np.uint8), 5)
    path = tmp_path / "a.tif"
    write(path, levels, bigtiff=bigtiff, **{**HOW, "compression": compression})

    found = seen(path, size=box)

    assert (found == 240 // (level + 1)).all()
    assert found.shape[1] == box


@pytest.mark.parametrize("write", PYRAMIDS)
def test_a_pyramid_looks_as_its_largest_level(write: Callable[..., None], tmp_path: Path) -> None:
    large = Image.fromarray(COLORS)
    levels = [
        np.asarray(large.resize((WIDTH >> n, HEIGHT >> n), Image.Resampling.BOX)) for n in range(5)
    ]
    write(tmp_path / "a.tif", levels, **HOW)

    thumb = thumbnail(tmp_path / "a.tif", size=BOX, scale=1)

    assert thumb.source_size == (WIDTH, HEIGHT)
    assert psnr(seen(tmp_path / "a.tif"), seen_whole(tmp_path / "a.tif")) > 34


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "YCbCr"])
def test_a_pyramid_of_jpeg_strips_looks_as_its_largest_level(mode: str, tmp_path: Path) -> None:
    image = photograph("astronaut", (WIDTH, HEIGHT)).convert(mode)
    smaller = []
    for number in range(1, 4):
        level = image.resize((WIDTH >> number, HEIGHT >> number), Image.Resampling.BOX)
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[254] = 1
        level.encoderinfo = {"tiffinfo": info}
        smaller.append(level)
    path = tmp_path / "a.tif"
    image.save(path, compression="jpeg", quality=95, save_all=True, append_images=smaller)

    assert psnr(seen(path), seen_whole(path)) > 33


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("count", [1, 4])
def test_a_turned_picture_stands_upright(
    orientation: int, compression: str | None, count: int, tmp_path: Path, taken: list[str]
) -> None:
    levels = [COLORS[:: 2**n, :: 2**n] for n in range(count)]
    path = tmp_path / "a.tif"
    turned = [(274, "H", 1, orientation, False)]
    with tifffile.TiffWriter(path) as file:
        for number, level in enumerate(levels):
            file.write(
                level,
                subfiletype=int(number > 0),
                metadata=None,
                extratags=turned if number == 0 else (),
                **{**HOW, "compression": compression},
            )

    found = seen(path)

    assert taken
    size = (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT)
    assert thumbnail(path).source_size == size
    assert psnr(found, seen_whole(path)) > 28


def test_the_colour_profile_of_the_largest_level_counts(tmp_path: Path) -> None:
    swapped = _swapping_profile()
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(COLORS, iccprofile=swapped, subifds=1, **HOW)
        file.write(COLORS[::4, ::4], subfiletype=1, **HOW)

    found = seen(path)

    assert psnr(found, seen_whole(path)) > 28
    assert psnr(found, seen(COLORS[::4, ::4])) < 28


def _swapping_profile() -> bytes:
    """Return a profile of other colours: red and blue change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * entry
        if profile[at : at + 4] in (b"rXYZ", b"bXYZ"):
            other = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}[bytes(profile[at : at + 4])]
            profile[at : at + 4] = other
    return bytes(profile)


def test_labels_are_not_averaged(tmp_path: Path, taken: list[str]) -> None:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:, WIDTH // 2 :] = 4
    how = {"photometric": "minisblack", "tile": (64, 64), "compression": "zlib"}
    marked_pages(tmp_path / "a.tif", [labels, np.full_like(labels[::4, ::4], 2)], **how)

    found = seen(tmp_path / "a.tif", colormap="labels")

    assert taken == ["parts"]
    whole = seen_whole(tmp_path / "a.tif", colormap="labels")
    assert len(np.unique(found.reshape(-1, 3), axis=0)) == 2
    assert psnr(found, whole) > 20


class TestWhatIsNoLevel:
    def test_a_second_page_of_a_document(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        with tifffile.TiffWriter(path) as file:
            file.write(COLORS, photometric="rgb", compression="zlib", metadata=None)
            file.write(np.zeros_like(COLORS[::2, ::2]), photometric="rgb", metadata=None)

        assert psnr(seen(path), seen_whole(path)) > 34

    def test_a_slice_of_a_stack(self, tmp_path: Path) -> None:
        tifffile.imwrite(tmp_path / "a.tif", np.stack([COLORS, COLORS // 3, COLORS // 9]), **HOW)

        assert psnr(seen(tmp_path / "a.tif"), seen_whole(tmp_path / "a.tif")) > 34

    @pytest.mark.parametrize(
        ("other", "how"),
        [
            (np.zeros((405, 500), np.uint8), {"photometric": "minisblack", "subfiletype": 1}),
            (np.zeros((405, 500, 3), np.uint16), {"photometric": "rgb", "subfiletype": 1}),
            (np.zeros((405, 405, 3), np.uint8), {"photometric": "rgb", "subfiletype": 1}),
            (np.zeros((1620, 2000, 3), np.uint8), {"photometric": "rgb", "subfiletype": 1}),
        ],
        ids=["a plane", "of more bits", "of another shape", "larger"],
    )
    def test_another_picture(
        self, other: NDArray[Any], how: dict[str, Any], tmp_path: Path
    ) -> None:
        path = tmp_path / "a.tif"
        with tifffile.TiffWriter(path) as file:
            file.write(COLORS, metadata=None, **HOW)
            file.write(other, metadata=None, **how)

        assert psnr(seen(path), seen_whole(path)) > 34

    def test_a_mask(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        marked_pages(path, [COLORS, np.zeros_like(COLORS[::2, ::2])], **HOW)
        marked = struct.pack("<HHII", 254, 4, 1, 1)
        data = path.read_bytes()
        assert data.count(marked) == 1

        mask = data.replace(marked, struct.pack("<HHII", 254, 4, 1, 5))

        assert (seen(data) == 0).all()
        assert psnr(seen(mask), seen_whole(mask)) > 34


class Counted(io.BytesIO):
    """A file that counts what is read of it."""

    count = reads = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        self.reads += 1
        return data


def _bytes_of(write: Callable[..., Any], *given: Any, **how: Any) -> bytes:
    file = io.BytesIO()
    write(file, *given, **how)
    return file.getvalue()


class TestWhatIsRead:
    @pytest.mark.parametrize("write", PYRAMIDS)
    def test_of_a_pyramid_is_one_level(self, write: Callable[..., None]) -> None:
        levels = [COLORS[:: 2**number, :: 2**number] for number in range(5)]
        data = _bytes_of(write, levels, **{**HOW, "compression": None})
        file = Counted(data)

        thumbnail(file, size=31, scale=1)

        assert file.count < len(data) / 20

    def test_of_plain_rows_is_what_is_kept(self) -> None:
        wide = np.broadcast_to(np.uint8(90), (900, 30_000))
        file = Counted(_bytes_of(tifffile.imwrite, wide, photometric="minisblack"))

        thumbnail(file, size=50, scale=1)

        assert file.count < wide.size / 20

    def test_of_a_file_above_the_limit_of_files_is_a_part(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.tif"
        tifffile.imwrite(path, shape=(20_000, 20_000), dtype="u1", photometric="minisblack")

        assert path.stat().st_size > 256 * 2**20
        assert thumbnail(path).source_size == (20_000, 20_000)
        with pytest.raises(SourceRefused, match="max_file_bytes"):
            thumbnail(path, max_file_bytes=300_000_000)
        with pytest.raises(SourceRefused, match="max_file_bytes"):
            open_image(path)

    def test_of_an_opened_image_is_the_same(self, tmp_path: Path, taken: list[str]) -> None:
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, COLORS, **HOW)

        with Image.open(path) as image:
            found = seen(image)
            assert taken == ["parts"]
            assert (np.asarray(image) == COLORS).all()

        assert (found == seen(path)).all()

    def test_whole_is_every_pixel(self, tmp_path: Path) -> None:
        sub_directories(tmp_path / "a.tif", _levels(COLORS, 4), **HOW)

        assert (np.asarray(open_image(tmp_path / "a.tif")) == COLORS).all()


class TestLimits:
    def test_count_what_is_decoded(self, tmp_path: Path) -> None:
        levels = [COLORS[:: 2**number, :: 2**number] for number in range(5)]
        sub_directories(tmp_path / "a.tif", levels, **HOW)

        assert thumbnail(tmp_path / "a.tif", size=20, scale=1, max_pixels=10_000)

    def test_refuse_to_unpack_too_much(self, tmp_path: Path) -> None:
        tifffile.imwrite(tmp_path / "a.tif", COLORS, **HOW)

        assert thumbnail(tmp_path / "a.tif", size=BOX, scale=1, max_pixels=110_000)
        with pytest.raises(SourceRefused, match=r"pyramid.*max_pixels"):
            thumbnail(tmp_path / "a.tif", size=BOX, scale=1, max_pixels=100_000)

    def test_allow_sides_that_are_decoded_by_parts(self, tmp_path: Path) -> None:
        wide = np.broadcast_to(np.uint8(90), (16, 70_000))
        tifffile.imwrite(
            tmp_path / "a.tif", wide, photometric="minisblack", tile=(16, 256), compression="zlib"
        )

        assert thumbnail(tmp_path / "a.tif").source_size == (70_000, 16)


def directory(entries: list[tuple[int, int, int, bytes]], following: int = 0) -> bytes:
    """Return a little-endian directory of (tag, type, count, four bytes)."""
    table = [struct.pack("<HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries]
    return struct.pack("<H", len(table)) + b"".join(table) + struct.pack("<I", following)


def tiff(
    *, following: int = 0, subs: tuple[int, ...] = (), side: int = 1_000, **changed: bytes
) -> bytes:
    """Return an uncompressed grey TIFF of one strip whose directory stands at byte 8.

    `changed` are the four bytes of single tags, ``t279=…``.
    """
    tags: dict[int, tuple[int, bytes]] = {
        256: (4, struct.pack("<I", side)),
        257: (4, struct.pack("<I", side)),
        258: (3, struct.pack("<H", 8)),
        259: (3, struct.pack("<H", 1)),
        262: (3, struct.pack("<H", 1)),
        273: (4, struct.pack("<I", 512)),
        277: (3, struct.pack("<H", 1)),
        278: (4, struct.pack("<I", side)),
        279: (4, struct.pack("<I", side * side)),
    }
    for name, value in changed.items():
        tags[int(name[1:])] = (tags[int(name[1:])][0], value)
    entries = [(tag, kind, 1, value) for tag, (kind, value) in tags.items()]
    if subs:
        entries.append((330, 4, len(subs), struct.pack("<I", subs[0] if len(subs) == 1 else 400)))
    data = (b"II*\0" + struct.pack("<I", 8) + directory(entries, following)).ljust(400, b"\0")
    data += struct.pack(f"<{len(subs)}I", *subs)[:112]
    return data.ljust(512, b"\0") + bytes([77]) * side**2


class TestHostileFiles:
    @pytest.mark.parametrize(
        "data",
        [
            tiff(following=8),
            tiff(subs=(8,)),
            tiff(subs=(8,) * 20, following=8),
            tiff(following=2**31),
            tiff(subs=(2**31,)),
            tiff(following=511),
            tiff(subs=(511,)),
        ],
        ids=[
            "pages in a loop",
            "a level that is the whole",
            "many of both",
            "a page beyond the end",
            "a level beyond the end",
            "a page of nothing",
            "a level of nothing",
        ],
    )
    def test_directories_that_lie_do_not_hide_the_picture(self, data: bytes) -> None:
        file = Counted(data)

        assert (seen(file) == 77).all()
        assert file.reads < 1_000

    def test_a_hundred_thousand_directories_are_not_read(self) -> None:
        count = 100_000
        page = directory([(256, 4, 1, struct.pack("<I", 9)), (257, 4, 1, struct.pack("<I", 9))])
        first = tiff(following=512 + 10**6)
        pages = [
            page[:-4] + struct.pack("<I", 512 + 10**6 + (number + 1) * len(page))
            for number in range(count)
        ]
        file = Counted(first + b"".join(pages))

        assert (seen(file) == 77).all()
        assert file.reads < 1_000

    def test_thousands_of_levels_are_not_read(self) -> None:
        entry = struct.pack("<HHII", 330, 4, 100_000, 2_000_000)
        data = bytearray(tiff(subs=(8,)))
        at = data.index(struct.pack("<HHI", 330, 4, 1))
        data[at : at + 12] = entry
        file = Counted(bytes(data).ljust(2_000_000, b"\0") + struct.pack("<I", 8) * 100_000)

        assert (seen(file) == 77).all()
        assert file.reads < 1_000

    def test_places_beyond_all_files_are_survived(self) -> None:
        levels = [COLORS[:: 2**number, :: 2**number] for number in range(4)]
        data = _bytes_of(marked_pages, levels, **HOW, bigtiff=True)
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            following = struct.pack("<Q", file.pages[1].offset)
        assert data.count(following) == 1

        broken = data.replace(following, struct.pack("<Q", 2**64 - 1))

        assert psnr(seen(broken), seen_whole(broken)) > 34

    @pytest.mark.parametrize(
        "changed",
        [
            {"t273": struct.pack("<I", 2**31)},
            {"t273": struct.pack("<I", 2**20 + 10**6)},
        ],
    )
    def test_pixels_beyond_the_end_are_an_error(self, changed: dict[str, bytes]) -> None:
        with pytest.raises(DecodeError, match="truncated"):
            thumbnail(tiff(**changed), size=BOX, scale=1)

    @pytest.mark.parametrize("write", PYRAMIDS)
    def test_a_level_of_rubbish_is_an_error(
        self, write: Callable[..., None], tmp_path: Path
    ) -> None:
        levels = [COLORS[:: 2**number, :: 2**number] for number in range(5)]
        path = tmp_path / "a.tif"
        write(path, levels, **HOW)
        data = bytearray(path.read_bytes())
        with tifffile.TiffFile(path) as file:
            pages = [*file.pages[0].pages] if file.pages[0].pages else [*file.pages[1:]]
            (level,) = (page for page in pages if page.shape == levels[3].shape)
            for begin, count in zip(level.dataoffsets, level.databytecounts, strict=True):
                data[begin : begin + count] = b"\xa5" * count

        with pytest.raises(DecodeError):
            thumbnail(bytes(data), size=50, scale=1)
        assert thumbnail(bytes(data), size=200, scale=1)  # another level is whole

    def test_a_truncated_file_is_an_error(self, tmp_path: Path) -> None:
        tifffile.imwrite(tmp_path / "a.tif", COLORS, **HOW)
        data = (tmp_path / "a.tif").read_bytes()

        with pytest.raises(DecodeError):
            thumbnail(data[: len(data) // 2], size=BOX, scale=1)

    def test_tiles_of_senseless_length_are_not_read(self) -> None:
        file = Counted(
            tiff(t259=struct.pack("<H", 8), t279=struct.pack("<I", 10**9), side=400)
            + bytes(50_000_000)
        )

        with pytest.raises((DecodeError, SourceRefused)):
            thumbnail(file, size=20, scale=1, max_file_bytes=10**9)
        assert file.count < 1_000_000

    def test_tiles_that_are_not_there_are_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, np.full((HEIGHT, WIDTH, 3), 200, np.uint8), **HOW)
        data = bytearray(path.read_bytes())
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            across = -(-WIDTH // 64)
            for tag in (324, 325):
                begin = page.tags[tag].valueoffset
                assert page.tags[tag].dtype == 4
                gone = across * 6 + across // 2  # six rows of tiles, and half of one
                data[begin : begin + 4 * gone] = bytes(4 * gone)

        found = seen(bytes(data))

        assert found[:14].max() <= 5  # the edge rings
        assert found[-10:].min() >= 195
        assert found[16, :16].max() <= 30
        assert found[16, -16:].min() >= 170

    def test_every_flipped_byte_of_the_directories_is_survived(self) -> None:
        levels = [COLORS[:: 2**number, :: 2**number] for number in range(4)]
        data = _bytes_of(sub_directories, levels, **{**HOW, "tile": (256, 256)})
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [file.pages[0], *file.pages[0].pages]
            places = [range(page.offset, page.offset + 2 + 12 * len(page.tags)) for page in pages]
        survived = 0
        for place in itertools.islice(itertools.chain(*places), 0, None, 7):
            broken = bytearray(data)
            broken[place] ^= 0xFF
            try:
                thumbnail(bytes(broken), size=BOX, scale=1, max_memory=2**28)
            except (DecodeError, SourceRefused):
                continue
            survived += 1
        assert survived > 10


def test_pixels_that_pillow_does_not_know_are_not_said_to_be_broken(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    tifffile.imwrite(path, np.zeros((3, 64, 64)), photometric="rgb", planarconfig="separate")

    with pytest.raises(DecodeError, match=r"'deep\.tif' .* pixels that Pillow does not know") as it:
        thumbnail(path)

    assert "broken" not in str(it.value)
    assert thumbnail(tifffile.imread(path)).source_size == (64, 64)
