"""What a file says about its colours, read off its bytes where Pillow does not tell."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image

from imgdisplay.core.color.icc import Primaries

__all__ = ["UNTAGGED", "ColorTag", "color_tag", "remembered_tag"]


@dataclass(frozen=True, slots=True)
class ColorTag:
    """What a source says about its colours.

    Attributes
    ----------
    icc
        Embedded ICC profile, unchecked.
    cicp
        (primaries, transfer, matrix, full range) by ITU-T H.273.
    srgb
        Whether a PNG's sRGB chunk says so.
    gamma
        PNG's gAMA: the exponent that encodes, such as 0.45455.
    chromaticities
        PNG's cHRM.
    peak
        Brightest light of an HDR picture in cd/m², or None.
    inks_merged
        A CMYK JPEG, in which browsers merge black into the other inks first.
    """

    icc: bytes | None = None
    cicp: tuple[int, int, int, int] | None = None
    srgb: bool = False
    gamma: float | None = None
    chromaticities: Primaries | None = None
    peak: float | None = None
    inks_merged: bool = False


UNTAGGED = ColorTag()


def color_tag(image: Image.Image, stream: IO[bytes]) -> ColorTag:
    """Return what an opened image file says about its colours.

    Parameters
    ----------
    image
        Opened, not loaded.
    stream
        Its file; the position is restored.
    """
    icc = image.info.get("icc_profile")
    said: dict[str, Any] = {"icc": icc if isinstance(icc, bytes) and icc else None}
    position = stream.tell()
    try:
        if image.format == "PNG":
            for chunk, data in _png_chunks(stream).items():
                said.update(_CHUNKS[chunk](data))
        elif image.format == "JPEG":
            said["inks_merged"] = image.mode == "CMYK"
        elif image.format == "AVIF" and said["icc"] is None:
            said["cicp"] = _avif_cicp(stream)
        elif image.format == "BMP":
            said["icc"] = _bmp_profile(stream)
    finally:
        stream.seek(position)  # where Pillow goes on reading
    return ColorTag(**said)


def remembered_tag(image: Image.Image) -> ColorTag:
    """Return what a PIL image in memory still knows of the colours of its file."""
    info: dict[Any, Any] = image.info
    icc, gamma, corners = (info.get(key) for key in ("icc_profile", "gamma", "chromaticity"))
    return ColorTag(
        icc=icc if isinstance(icc, bytes) and icc else None,
        srgb=isinstance(info.get("srgb"), int) and info["srgb"] <= 3,
        gamma=gamma if isinstance(gamma, float) and gamma > 0 else None,
        chromaticities=corners if isinstance(corners, tuple) and len(corners) == 8 else None,
        inks_merged=image.format == "JPEG" and image.mode == "CMYK",
    )


def _read_gama(data: bytes) -> dict[str, Any]:
    gamma = int.from_bytes(data[:4], "big") / 100_000 if len(data) == 4 else 0
    return {"gamma": gamma} if gamma > 0 else {}


def _read_chrm(data: bytes) -> dict[str, Any]:
    if len(data) != 32:
        return {}
    return {"chromaticities": tuple(value / 100_000 for value in struct.unpack(">8I", data))}


def _read_srgb(data: bytes) -> dict[str, Any]:
    return {"srgb": len(data) == 1 and data[0] <= 3}


def _read_cicp(data: bytes) -> dict[str, Any]:
    return {"cicp": tuple(data)} if len(data) == 4 else {}


def _read_clli(data: bytes) -> dict[str, Any]:
    # Maximum content light level in 0.0001 cd/m² (PNG third edition, 11.3.2.8).
    peak = int.from_bytes(data[:4], "big") / 10_000 if len(data) == 8 else 0
    return {"peak": peak} if peak > 0 else {}


def _read_mdcv(data: bytes) -> dict[str, Any]:
    # Maximum luminance of the mastering display in 0.0001 cd/m², at offset 16 (11.3.2.7).
    peak = int.from_bytes(data[16:20], "big") / 10_000 if len(data) == 24 else 0
    return {"peak": peak} if peak > 0 else {}


# In this order: a content light level is better knowledge than a mastering display.
_CHUNKS: dict[bytes, Callable[[bytes], dict[str, Any]]] = {
    b"gAMA": _read_gama,
    b"cHRM": _read_chrm,
    b"sRGB": _read_srgb,
    b"cICP": _read_cicp,
    b"mDCV": _read_mdcv,
    b"cLLI": _read_clli,
}


def _png_chunks(stream: IO[bytes]) -> dict[bytes, bytes]:
    """Return the colour chunks that stand before the pixels; the first of a kind counts."""
    found: dict[bytes, bytes] = {}
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in (b"IDAT", b"IEND"):
            break
        if kind in _CHUNKS and length <= 32:
            found.setdefault(kind, stream.read(length))
            stream.seek(4, io.SEEK_CUR)
        else:
            stream.seek(length + 4, io.SEEK_CUR)
    return {kind: found[kind] for kind in _CHUNKS if kind in found}


def _avif_cicp(stream: IO[bytes]) -> tuple[int, int, int, int] | None:
    """Return the nclx colour information of an AVIF file (ISO/IEC 14496-12, 12.1.5)."""
    stream.seek(0)
    head = stream.read(_AVIF_HEAD)
    at = head.find(b"colrnclx")
    if at < 0 or len(head) < at + 15:
        return None
    primaries, transfer = struct.unpack_from(">HH", head, at + 8)
    # The decoder has undone matrix and range. 1 and 14 are the curves of cameras, which
    # browsers show as sRGB in still pictures.
    if transfer in (1, 14):
        transfer = 13
    return primaries, transfer, 0, 1


_AVIF_HEAD = 65_536
"""The metadata box stands first and is small."""


def _bmp_profile(stream: IO[bytes]) -> bytes | None:
    """Return the ICC profile embedded in a BMP with a version 5 header (BITMAPV5HEADER)."""
    stream.seek(14)
    header = stream.read(124)
    if len(header) < 124 or int.from_bytes(header[:4], "little") < 124:
        return None
    if header[56:60] != b"DEBM":  # 'MBED' as a little-endian number
        return None
    offset, size = struct.unpack_from("<II", header, 112)
    if size > _LARGEST_PROFILE:
        return None
    stream.seek(14 + offset)
    return stream.read(size) or None


_LARGEST_PROFILE = 4 * 2**20
