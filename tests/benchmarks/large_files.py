"""Very large pictures, written in a second: real where a thumbnail looks, sparse elsewhere.

What is compressed repeats one chunk or tile, so that it is all unpacked, and was packed once.
"""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import tifffile
import zarr
from benchmarks.photographs import photograph
from numpy.typing import NDArray
from PIL import Image

__all__ = ["MAKERS", "NEEDED"]

SIDE = 37_888
"""Of 4.3·10⁹ bytes of RGB."""

GREY_SIDE = 46_400
"""Of 4.3·10⁹ bytes of 16-bit grey."""

CHUNK = 1024
PYRAMID_SIDE = 10_240
TILE = 256

NEEDED = 2**30
"""Bytes of disk that all of them take."""


def rgb_npy(folder: Path) -> Path:
    """Return a .npy file of 37,888×37,888 RGB, in which one of 29 rows is real."""
    return _npy(folder / "rgb.npy", (SIDE, SIDE, 3), np.dtype("u1"), _step(SIDE))


def grey_npy(folder: Path) -> Path:
    """Return a .npy file of 46,400×46,400 greys of 16 bits, in which one of 35 rows is real."""
    return _npy(folder / "grey.npy", (GREY_SIDE, GREY_SIDE), np.dtype("<u2"), _step(GREY_SIDE))


def _step(side: int, pixels: int = 163) -> int:
    return side // (8 * pixels)


def _npy(path: Path, shape: tuple[int, ...], dtype: np.dtype[np.generic], step: int) -> Path:
    """Write rows that grow lighter downwards and to the right."""
    across = np.linspace(0, 127, shape[1]).reshape(-1, *(1 for _ in shape[2:]))
    scale = 1 if dtype.itemsize == 1 else 257
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": dtype.str, "fortran_order": False, "shape": shape}
        )
        begin = file.tell()
        line = int(np.prod(shape[1:])) * dtype.itemsize
        for row in range(0, shape[0], step):
            lightness = (across + 128 * row / shape[0]) * scale
            file.seek(begin + row * line)
            file.write(np.broadcast_to(lightness, shape[1:]).astype(dtype).tobytes())
        file.truncate(begin + shape[0] * line)
    return path


def _chunk() -> NDArray[np.uint8]:
    """Return pixels that pack well: 1369 times the same megabytes are written."""
    ramp = np.arange(CHUNK, dtype=np.uint16) // 5
    return np.stack(np.broadcast_arrays(ramp, ramp[:, None], 128), axis=-1).astype("u1")


def zarr_array(folder: Path) -> Path:
    """Return a zarr array of 37,888×37,888 RGB in compressed chunks of 1024×1024."""
    path = folder / "rgb.zarr"
    array = zarr.open_array(
        str(path), mode="w", shape=(SIDE, SIDE, 3), chunks=(CHUNK, CHUNK, 3), dtype="u1"
    )
    array[:CHUNK, :CHUNK] = _chunk()
    (first,) = (file for file in path.rglob("*") if file.name[0] in "c0" and file.is_file())
    for row, column in itertools.product(range(SIDE // CHUNK), repeat=2):
        relative = str(first.relative_to(path))
        name = relative.replace("0/0", f"{row}/{column}").replace("0.0", f"{row}.{column}")
        if name != relative:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            os.link(first, path / name)
    return path


def hdf5_file(folder: Path) -> Path:
    """Return an HDF5 file whose dataset "rgb" is 37,888×37,888 RGB in compressed chunks."""
    path = folder / "rgb.h5"
    packed = zlib.compress(_chunk().tobytes(), 1)
    with h5py.File(path, "w") as file:
        rgb = file.create_dataset(
            "rgb", (SIDE, SIDE, 3), "u1", chunks=(CHUNK, CHUNK, 3), compression="gzip"
        )
        for row, column in itertools.product(range(0, SIDE, CHUNK), repeat=2):
            rgb.id.write_direct_chunk((row, column, 0), packed)
    return path


def _write_tiff(path: Path, *, levels: int) -> Path:
    packed = zlib.compress(photograph(TILE, TILE).tobytes(), 1)
    with tifffile.TiffWriter(path) as file:
        for level in range(levels):
            side = PYRAMID_SIDE >> level
            file.write(
                itertools.repeat(packed, (-(-side // TILE)) ** 2),
                shape=(side, side, 3),
                dtype="u1",
                tile=(TILE, TILE),
                photometric="rgb",
                compression="zlib",
                subfiletype=int(level > 0),
                metadata=None,
            )
    return path


def pyramid(folder: Path) -> Path:
    """Return a tiled TIFF of 105 megapixels with six smaller levels."""
    return _write_tiff(folder / "pyramid.tif", levels=7)


def single_level(folder: Path) -> Path:
    """Return a tiled and compressed TIFF of 105 megapixels, which is no pyramid."""
    return _write_tiff(folder / "single.tif", levels=1)


def plain_tiff(folder: Path) -> Path:
    """Return an uncompressed BigTIFF of 37,888×37,888 RGB, sparse but for one of 29 rows."""
    path = folder / "plain.tif"
    tifffile.imwrite(
        path,
        shape=(SIDE, SIDE, 3),
        dtype="u1",
        photometric="rgb",
        bigtiff=True,
        metadata=None,
        rowsperstrip=64,
    )
    with tifffile.TiffFile(path) as file:
        begin = file.pages[0].dataoffsets[0]
    with open(path, "r+b") as out:
        for row in range(0, SIDE, _step(SIDE)):
            out.seek(begin + row * SIDE * 3)
            out.write(bytes([128 * row // SIDE]) * (SIDE * 3))
    return path


def jpeg(folder: Path) -> Path:
    """Return a baseline JPEG of 108 megapixels."""
    path = folder / "large.jpg"
    part = photograph(3_000, 2_250)
    large = Image.new("RGB", (12_000, 9_000))
    for row, column in itertools.product(range(4), repeat=2):
        large.paste(part, (column * part.width, row * part.height))
    large.save(path, quality=90)
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "rgb.npy": rgb_npy,
    "grey.npy": grey_npy,
    "zarr": zarr_array,
    "hdf5": hdf5_file,
    "pyramid": pyramid,
    "single level": single_level,
    "plain TIFF": plain_tiff,
    "jpeg": jpeg,
}
