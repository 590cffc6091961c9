"""A zoo of still pictures: every kind of file whose colours or shape a reader can get wrong.

All of it is made here, from two photographs that scikit-image brings along and from drawings.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import truth_files as f
import truth_icc as icc
from PIL import Image, ImageDraw
from truth_avif import deep

Array = np.ndarray[Any, Any]

#: Where a picture is measured a second time, shrunk to fit.
SHRUNK = 96


@dataclass(frozen=True)
class Case:
    """One file; `reference` is what the browser draws instead, where it cannot read the file."""

    name: str
    path: Path
    tags: tuple[str, ...]
    reference: Path | None = None
    boxes: tuple[int, ...] = ()
    notes: str = ""


class Zoo:
    """Writes the files and keeps the list."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[Case] = []
        self.names: set[str] = set()

    def add(
        self,
        name: str,
        data: bytes,
        *tags: str,
        reference: bytes | None = None,
        boxes: tuple[int, ...] = (),
        notes: str = "",
    ) -> None:
        assert name not in self.names, name
        self.names.add(name)
        path = self.folder / name
        path.write_bytes(data)
        other = None
        if reference is not None:
            suffix = "jpg" if reference[:2] == b"\xff\xd8" else "png"
            other = self.folder / f"{name}.reference.{suffix}"
            other.write_bytes(reference)
        self.cases.append(Case(name, path, tags, other, boxes, notes))


# --------------------------------------------------------------------------- motifs


@cache
def _photo(name: str) -> Image.Image:
    from skimage import data

    boxes = {
        "astronaut": (100, 0, 420, 240),
        "coffee": (100, 40, 500, 340),
        "chelsea": (60, 10, 420, 280),
    }
    return Image.fromarray(getattr(data, name)()).crop(boxes[name])


@cache
def photo(width: int = 100, height: int = 75, name: str = "astronaut") -> Image.Image:
    return _photo(name).resize((width, height), Image.Resampling.LANCZOS)


@cache
def bars(width: int = 104, height: int = 78) -> Image.Image:
    """Pure colours, a grey ramp, a colour ramp, and text that shows which way is up."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    colours = ["red", "lime", "blue", "cyan", "magenta", "yellow", "black", "#808080"]
    step = width // 8
    for index, colour in enumerate(colours):
        pen.rectangle((index * step, 0, (index + 1) * step, height // 3), fill=colour)
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    quarter = height // 6
    grey = np.repeat(np.tile(ramp, (quarter, 1))[..., None], 3, axis=2)
    image.paste(Image.fromarray(grey), (0, height // 3))
    mix = np.stack([ramp, ramp[::-1], np.full(width, 90, np.uint8)], axis=1)
    image.paste(Image.fromarray(np.tile(mix, (quarter, 1, 1))), (0, height // 3 + quarter))
    pen.text((4, height * 2 // 3 + 4), "Truth 123", fill="#204080")
    pen.rectangle((width - 12, height - 12, width - 1, height - 1), fill="#c04000")
    return image


@cache
def alpha(width: int, height: int) -> Image.Image:
    """Opaque, clear, half clear and a ramp between, in shapes that differ on every side."""
    mask = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((width // 8, height // 8, width // 2, height * 2 // 3), fill=0)
    pen.rectangle((width * 5 // 8, 4, width - 4, height // 3), fill=128)
    ramp = np.tile(np.linspace(0, 255, width // 2).astype(np.uint8), (height // 5, 1))
    mask.paste(Image.fromarray(ramp), (width // 2, height * 3 // 4))
    return mask


def with_alpha(image: Image.Image) -> Image.Image:
    result = image.convert("RGBA" if image.mode == "RGB" else "LA")
    result.putalpha(alpha(*image.size))
    return result


def array(image: Image.Image) -> Array:
    return np.asarray(image)


def wide(image: Image.Image) -> Array:
    """Return 16-bit samples that are no multiples of 257."""
    values = np.asarray(image).astype(np.int64) * 257
    wobble = (np.arange(values.size).reshape(values.shape) * 37) % 200 - 100
    return np.clip(values + wobble, 0, 65535)


def indexed(image: Image.Image, colours: int) -> tuple[Array, Array]:
    """Return indexes and a palette of exactly so many entries."""
    small = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = np.array(small.getpalette() or [], np.uint8).reshape(-1, 3)[:colours]
    return np.asarray(small), np.pad(palette, ((0, colours - len(palette)), (0, 0)))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(image: Image.Image, **options: Any) -> bytes:
    return saved(image, "JPEG", **({"quality": 95, "subsampling": "4:4:4"} | options))


def motifs() -> list[tuple[str, Image.Image]]:
    return [("photo", photo()), ("bars", bars())]


# --------------------------------------------------------------------------- PNG


def _png_types(zoo: Zoo) -> None:
    """Every colour type at every depth, with and without interlacing and transparency."""
    for name, image in motifs():
        grey, colour = array(image.convert("L")).astype(np.int64), array(image).astype(np.int64)
        both = array(with_alpha(image.convert("L"))).astype(np.int64)
        four = array(with_alpha(image)).astype(np.int64)
        for interlaced in (False, True):
            end = f"{name}{'-interlaced' if interlaced else ''}.png"
            tags = ("png", "interlaced") if interlaced else ("png",)
            for depth in (1, 2, 4, 8):
                values = grey >> (8 - depth)
                zoo.add(
                    f"grey{depth}-{end}",
                    f.png(values, depth, f.GREY, interlaced=interlaced),
                    *tags,
                    "grey",
                )
                key = int(values[10, 90])
                zoo.add(
                    f"grey{depth}-key-{end}",
                    f.png(
                        values,
                        depth,
                        f.GREY,
                        interlaced=interlaced,
                        transparent=key.to_bytes(2, "big"),
                    ),
                    *tags,
                    "grey",
                    "alpha",
                    "key",
                )
                indexes, palette = indexed(image, 1 << depth)
                zoo.add(
                    f"palette{depth}-{end}",
                    f.png(indexes, depth, f.PALETTE, palette=palette, interlaced=interlaced),
                    *tags,
                    "palette",
                )
                steps = bytes([0, 90, 180, 255, 60][: 1 << depth])
                zoo.add(
                    f"palette{depth}-alpha-{end}",
                    f.png(
                        indexes,
                        depth,
                        f.PALETTE,
                        palette=palette,
                        interlaced=interlaced,
                        transparent=steps,
                    ),
                    *tags,
                    "palette",
                    "alpha",
                )
            corner = colour[2, 2].astype(">u2").tobytes()
            kinds: list[tuple[str, Array, int, int, tuple[str, ...], bytes | None]] = [
                ("rgb8", colour, 8, f.TRUECOLOUR, (), None),
                ("rgb8-key", colour, 8, f.TRUECOLOUR, ("alpha", "key"), corner),
                ("la8", both, 8, f.GREY_ALPHA, ("grey", "alpha"), None),
                ("rgba8", four, 8, f.TRUECOLOUR_ALPHA, ("alpha",), None),
                ("grey16", wide(image.convert("L")), 16, f.GREY, ("grey", "depth16"), None),
                ("rgb16", wide(image), 16, f.TRUECOLOUR, ("depth16",), None),
                (
                    "la16",
                    wide(with_alpha(image.convert("L"))),
                    16,
                    f.GREY_ALPHA,
                    ("grey", "alpha", "depth16"),
                    None,
                ),
                (
                    "rgba16",
                    wide(with_alpha(image)),
                    16,
                    f.TRUECOLOUR_ALPHA,
                    ("alpha", "depth16"),
                    None,
                ),
            ]
            for kind, values, depth, number, more, key_bytes in kinds:
                zoo.add(
                    f"{kind}-{end}",
                    f.png(values, depth, number, interlaced=interlaced, transparent=key_bytes),
                    *tags,
                    *more,
                )
    # A transparent colour of 16 bits: a neighbour that differs in the low byte stays opaque.
    grey16 = np.repeat(np.repeat(np.array([[0x8000, 0x8001], [0x80FF, 0x8100]]), 40, 0), 48, 1)
    zoo.add(
        "grey16-key.png",
        f.png(grey16, 16, f.GREY, transparent=b"\x80\0"),
        "png",
        "grey",
        "alpha",
        "depth16",
        "key",
    )
    rgb16 = np.stack([grey16, grey16[::-1], np.full_like(grey16, 0x2020)], axis=2)
    zoo.add(
        "rgb16-key.png",
        f.png(rgb16, 16, f.TRUECOLOUR, transparent=rgb16[0, 0].astype(">u2").tobytes()),
        "png",
        "alpha",
        "depth16",
        "key",
    )
    dark = wide(photo().convert("L")) // 16
    zoo.add("grey16-12bit-range.png", f.png(dark, 16, f.GREY), "png", "grey", "depth16")
    zoo.add(
        "grey16-sbit.png",
        f.png(dark, 16, f.GREY, before=[(b"sBIT", b"\x0c")]),
        "png",
        "grey",
        "depth16",
    )
    colour = array(bars()).astype(np.int64)
    for name, chunks in {
        "bkgd": [(b"bKGD", bytes([0, 255, 0, 0, 0, 255]))],
        "phys": [(b"pHYs", b"\0\0\x20\0\0\0\x10\0\1")],
        "sbit": [(b"sBIT", bytes([5, 6, 5]))],
    }.items():
        zoo.add(f"rgb8-{name}.png", f.png(colour, 8, f.TRUECOLOUR, before=chunks), "png")
    four = array(with_alpha(bars())).astype(np.int64)
    zoo.add(
        "rgba8-bkgd.png",
        f.png(four, 8, f.TRUECOLOUR_ALPHA, before=[(b"bKGD", bytes([0, 255, 0, 0, 0, 255]))]),
        "png",
        "alpha",
    )


def _png_gamma(zoo: Zoo) -> None:
    """What gAMA, cHRM and sRGB say, alone and together."""
    image = photo(name="coffee")
    grey, colour = array(image.convert("L")).astype(np.int64), array(image).astype(np.int64)
    for gamma in (1.0, 1 / 1.45, 1 / 1.8, 1 / 2.0, 0.45455, 1 / 2.4, 1 / 3):
        end = f"gamma{gamma:.3f}.png"
        chunk = [f.gama(gamma)]
        zoo.add(f"rgb-{end}", f.png(colour, 8, f.TRUECOLOUR, before=chunk), "png", "gamma")
        zoo.add(f"grey-{end}", f.png(grey, 8, f.GREY, before=chunk), "png", "gamma", "grey")
    chunk = [f.gama(1 / 1.5)]
    indexes, palette = indexed(image, 64)
    zoo.add(
        "palette-gamma.png",
        f.png(indexes, 8, f.PALETTE, palette=palette, before=chunk),
        "png",
        "gamma",
    )
    four = array(with_alpha(image)).astype(np.int64)
    zoo.add(
        "rgba-gamma.png", f.png(four, 8, f.TRUECOLOUR_ALPHA, before=chunk), "png", "gamma", "alpha"
    )
    zoo.add(
        "rgb16-gamma.png",
        f.png(wide(image), 16, f.TRUECOLOUR, before=chunk),
        "png",
        "gamma",
        "depth16",
    )
    zoo.add(
        "grey16-gamma.png",
        f.png(wide(image.convert("L")), 16, f.GREY, before=chunk),
        "png",
        "gamma",
        "depth16",
    )
    zoo.add("grey4-gamma.png", f.png(grey >> 4, 4, f.GREY, before=chunk), "png", "gamma", "grey")

    together: dict[str, list[f.Chunk]] = {
        "chrm-srgb": [f.chrm(icc.SRGB)],
        "chrm-p3": [f.chrm(icc.P3)],
        "chrm-swapped": [f.chrm(icc.SWAPPED)],
        "chrm-d50": [f.chrm(icc.PROPHOTO, icc.D50_XY)],
        "chrm-nonsense": [f.chrm((0, 0, 0, 0, 0, 0), (0, 0))],
        "gamma-chrm-srgb": [f.gama(0.45455), f.chrm(icc.SRGB)],
        "gamma-chrm-adobe": [f.gama(0.45455), f.chrm(icc.ADOBE)],
        "gamma-chrm-p3": [f.gama(0.45455), f.chrm(icc.P3)],
        "gamma-chrm-swapped": [f.gama(0.45455), f.chrm(icc.SWAPPED)],
        "gamma1-chrm-swapped": [f.gama(1.0), f.chrm(icc.SWAPPED)],
        "gamma18-chrm-prophoto": [f.gama(1 / 1.8), f.chrm(icc.PROPHOTO, icc.D50_XY)],
        "gamma-chrm-d50": [f.gama(0.45455), f.chrm(icc.SRGB, icc.D50_XY)],
        "chrm-then-gamma": [f.chrm(icc.SWAPPED), f.gama(0.45455)],
        "gamma-chrm-nonsense": [f.gama(1.0), f.chrm((0, 0, 0, 0, 0, 0), (0, 0))],
        "srgb": [f.srgb_chunk()],
        "srgb-saturation": [f.srgb_chunk(2)],
        "srgb-bad-intent": [f.srgb_chunk(9)],
        "srgb-gamma": [f.srgb_chunk(), f.gama(1.0)],
        "gamma-srgb": [f.gama(1.0), f.srgb_chunk()],
        "srgb-gamma-chrm": [f.srgb_chunk(), f.gama(1.0), f.chrm(icc.SWAPPED)],
        "gamma-zero": [f.gama(0.0)],
        "gamma-tiny": [f.gama(0.00001)],
        "gamma-huge": [f.gama(20.0)],
        "gamma-twice": [f.gama(1.0), f.gama(0.45455)],
        "gamma-short": [(b"gAMA", b"\0\1")],
        "icc-gamma": [f.iccp(icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2))), f.gama(1.0)],
        "icc-srgb": [f.iccp(icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2))), f.srgb_chunk()],
        "srgb-icc": [f.srgb_chunk(), f.iccp(icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2)))],
        "icc-garbage-gamma": [f.iccp(b"nothing" * 40), f.gama(1.0)],
        "icc-garbage-srgb-gamma": [f.iccp(b"nothing" * 40), f.srgb_chunk(), f.gama(1.0)],
    }
    for name, chunks in together.items():
        zoo.add(f"rgb-{name}.png", f.png(colour, 8, f.TRUECOLOUR, before=chunks), "png", "gamma")
    for name in ("gamma-chrm-swapped", "chrm-swapped", "gamma-chrm-d50"):
        zoo.add(
            f"grey-{name}.png",
            f.png(grey, 8, f.GREY, before=together[name]),
            "png",
            "gamma",
            "grey",
        )
        zoo.add(
            f"palette-{name}.png",
            f.png(indexes, 8, f.PALETTE, palette=palette, before=together[name]),
            "png",
            "gamma",
        )
    zoo.add(
        "rgb-gamma-after-data.png",
        f.png(colour, 8, f.TRUECOLOUR, after=[f.gama(1.0)]),
        "png",
        "gamma",
    )


def _png_cicp(zoo: Zoo) -> None:
    """Code points of H.273, high dynamic range among them."""
    image = photo(name="chelsea")
    colour = array(image).astype(np.int64)
    points = [
        (1, 13),
        (12, 13),
        (9, 13),
        (1, 1),
        (9, 1),
        (1, 8),
        (12, 8),
        (1, 4),
        (1, 5),
        (9, 14),
        (9, 15),
    ]
    points += [
        (5, 6),
        (6, 6),
        (4, 4),
        (10, 8),
        (11, 17),
        (22, 13),
        (1, 7),
        (1, 9),
        (1, 10),
        (1, 11),
        (1, 12),
    ]
    points += [
        (2, 2),
        (2, 13),
        (1, 2),
        (0, 13),
        (1, 0),
        (3, 3),
        (99, 13),
        (1, 99),
        (8, 13),
        (7, 13),
    ]
    for primaries, transfer in points:
        zoo.add(
            f"cicp-{primaries}-{transfer}.png",
            f.png(colour, 8, f.TRUECOLOUR, before=[f.cicp(primaries, transfer)]),
            "png",
            "cicp",
        )
    for primaries, transfer in [(9, 16), (9, 18), (12, 16), (1, 16), (12, 18), (1, 18)]:
        for name, motif in [("photo", image), ("bars", bars())]:
            zoo.add(
                f"cicp-{primaries}-{transfer}-{name}.png",
                f.png(
                    array(motif).astype(np.int64),
                    8,
                    f.TRUECOLOUR,
                    before=[f.cicp(primaries, transfer)],
                ),
                "png",
                "hdr",
            )
    zoo.add(
        "cicp-pq-rgb16.png",
        f.png(wide(image), 16, f.TRUECOLOUR, before=[f.cicp(9, 16)]),
        "png",
        "hdr",
        "depth16",
    )
    zoo.add(
        "cicp-pq-clli.png",
        f.png(
            colour,
            8,
            f.TRUECOLOUR,
            before=[
                f.cicp(9, 16),
                (b"cLLI", (10_000_000).to_bytes(4, "big") + (1_000_000).to_bytes(4, "big")),
            ],
        ),
        "png",
        "hdr",
    )
    together: dict[str, list[f.Chunk]] = {
        "matrix1": [f.cicp(12, 13, 1)],
        "narrow": [f.cicp(12, 13, 0, 0)],
        "icc": [f.cicp(12, 13), f.iccp(icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2)))],
        "srgb": [f.srgb_chunk(), f.cicp(9, 13)],
        "gamma": [f.gama(1.0), f.cicp(12, 13)],
        "unknown-gamma": [f.gama(1.0), f.cicp(2, 2)],
        "unknown-icc": [f.cicp(2, 2), f.iccp(icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2)))],
        "short": [(b"cICP", bytes([12, 13, 0]))],
    }
    for name, chunks in together.items():
        zoo.add(f"cicp-{name}.png", f.png(colour, 8, f.TRUECOLOUR, before=chunks), "png", "cicp")
    grey = array(image.convert("L")).astype(np.int64)
    zoo.add("cicp-grey.png", f.png(grey, 8, f.GREY, before=[f.cicp(1, 8)]), "png", "cicp", "grey")
    zoo.add(
        "cicp-grey16.png",
        f.png(wide(image.convert("L")), 16, f.GREY, before=[f.cicp(1, 8)]),
        "png",
        "cicp",
    )
    indexes, palette = indexed(image, 64)
    zoo.add(
        "cicp-palette.png",
        f.png(indexes, 8, f.PALETTE, palette=palette, before=[f.cicp(9, 13)]),
        "png",
        "cicp",
    )
    four = array(with_alpha(image)).astype(np.int64)
    zoo.add(
        "cicp-rgba.png",
        f.png(four, 8, f.TRUECOLOUR_ALPHA, before=[f.cicp(9, 13)]),
        "png",
        "cicp",
        "alpha",
    )


# --------------------------------------------------------------------------- profiles


@cache
def rgb_profiles() -> dict[str, bytes]:
    parametric = icc.curve_parametric
    gamma = icc.curve_gamma
    tail = [gamma(1.4), gamma(2.2), gamma(3.0)]
    table = icc.curve_table(icc.srgb_decode, 1024)
    return {
        "srgb": icc.rgb(icc.SRGB, icc.curve_srgb()),
        "srgb-v2": icc.rgb(icc.SRGB, table, version=2),
        "swapped": icc.rgb(icc.SWAPPED, icc.curve_srgb()),
        "swapped-v2": icc.rgb(icc.SWAPPED, gamma(2.2), version=2),
        "p3": icc.rgb(icc.P3, icc.curve_srgb()),
        "adobe-v2": icc.rgb(icc.ADOBE, gamma(563 / 256), version=2),
        "prophoto": icc.rgb(icc.PROPHOTO, gamma(1.8), white=icc.D50_XY),
        "prophoto-para": icc.rgb(
            icc.PROPHOTO, parametric(3, 1.8, 1, 0, 1 / 16, 1 / 32), white=icc.D50_XY
        ),
        "bt2020": icc.rgb(icc.BT2020, icc.curve_table(lambda v: v**2.4, 4096)),
        "linear": icc.rgb(icc.SRGB, icc.curve_linear()),
        "gamma1.8-v2": icc.rgb(icc.SRGB, gamma(1.8), version=2),
        "para0": icc.rgb(icc.SRGB, parametric(0, 1.6)),
        "para1": icc.rgb(icc.SRGB, parametric(1, 2.0, 1.1, -0.1)),
        "para2": icc.rgb(icc.SRGB, parametric(2, 2.0, 1.04, -0.05, 0.02)),
        "para4": icc.rgb(icc.SRGB, parametric(4, 2.4, 0.9, 0.1, 0.3, 0.05, 0.0, 0.0)),
        "curves-differ": icc.rgb(icc.SRGB, tail),
        "table16": icc.rgb(icc.SRGB, icc.curve_table(lambda v: v**2.2, 16)),
        "table-s": icc.rgb(
            icc.SRGB, icc.curve_table(lambda v: v * v * (3 - 2 * v), 256), version=2
        ),
        "table-negative": icc.rgb(icc.SRGB, icc.curve_table(lambda v: 1 - v, 256), version=2),
        "table-steps": icc.rgb(icc.SRGB, icc.curve_table(lambda v: np.round(v * 6) / 6, 1024)),
        "lut8": icc.rgb_table("lut8"),
        "lut16": icc.rgb_table("lut16"),
        "lut-xyz": icc.rgb_table("xyz"),
        "lut-mab": icc.rgb_table("mAB", version=4),
        "lut-and-matrix": icc.rgb_table("lut16", with_matrix=True),
        "lut-big": icc.rgb_table("lut16", points=33),
    }


@cache
def odd_profiles() -> dict[str, bytes]:
    """Profiles that are broken or do not fit."""
    good = icc.rgb(icc.SWAPPED, icc.curve_srgb())
    old = icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2), version=2)
    return {
        "garbage": b"this is no profile " * 20,
        "truncated": good[:-60],
        "cut-header": good[:100],
        "trailing": good + bytes(300),
        "size-too-small": (len(good) - 40).to_bytes(4, "big") + good[4:],
        "size-too-big": (len(good) + 400).to_bytes(4, "big") + good[4:],
        "no-acsp": good[:36] + b"xxxx" + good[40:],
        "version5": good[:8] + b"\x05\0\0\0" + good[12:],
        "version9": good[:8] + b"\x09\0\0\0" + good[12:],
        "class-input": good[:12] + b"scnr" + good[16:],
        "class-output": good[:12] + b"prtr" + good[16:],
        "class-link": good[:12] + b"link" + good[16:],
        "class-space": good[:12] + b"spac" + good[16:],
        "class-abstract": good[:12] + b"abst" + good[16:],
        "class-zero": good[:12] + bytes(4) + good[16:],
        "pcs-lab": good[:20] + b"Lab " + good[24:],
        "pcs-lab-v2": old[:20] + b"Lab " + old[24:],
        "intent-colorimetric": icc.rgb(icc.SWAPPED, icc.curve_srgb(), intent=1),
        "intent-absolute": icc.rgb(icc.SWAPPED, icc.curve_srgb(), intent=3),
        "no-blue-curve": good.replace(b"bTRC", b"xTRC"),
        "no-green-column": good.replace(b"gXYZ", b"xXYZ"),
        "no-white": good.replace(b"wtpt", b"xtpt"),
        "no-description": good.replace(b"desc", b"xesc"),
        "d65-white-v2": icc.rgb(
            icc.SWAPPED,
            icc.curve_gamma(2.2),
            version=2,
            more={b"wtpt": icc.xyz_tag((0.9505, 1.0, 1.089))},
        ),
        "grey-space": icc.grey(icc.curve_gamma(1.0)),
        "cmyk-space": icc.cmyk("lut8", points=3),
        "lab-space": icc.profile({}, space=b"Lab ", pcs=b"Lab ", device=b"spac"),
        "xyz-space": icc.profile({}, space=b"XYZ ", device=b"spac"),
        "zero-matrix": icc.rgb(
            icc.SRGB,
            icc.curve_gamma(2.2),
            more={c + b"XYZ": icc.xyz_tag((0, 0, 0)) for c in (b"r", b"g", b"b")},
        ),
        "white-not-d50": icc.rgb(
            icc.SRGB, icc.curve_srgb(), more={b"gXYZ": icc.xyz_tag((0.5, 0.9, 0.3))}
        ),
        "xyb-like": icc.rgb(
            icc.SRGB, icc.curve_srgb(), more={b"rXYZ": icc.xyz_tag((0.6, 0.3, -0.4))}
        ),
        "cicp-p3": icc.rgb(icc.SRGB, icc.curve_srgb(), more={b"cicp": icc.cicp_tag(12, 13)}),
        "cicp-swap": icc.rgb(icc.SWAPPED, icc.curve_srgb(), more={b"cicp": icc.cicp_tag(1, 13)}),
        "cicp-linear": icc.rgb(icc.SRGB, icc.curve_srgb(), more={b"cicp": icc.cicp_tag(1, 8)}),
        "cicp-pq": icc.rgb(icc.BT2020, icc.curve_gamma(2.2), more={b"cicp": icc.cicp_tag(9, 16)}),
        "cicp-hlg": icc.rgb(icc.BT2020, icc.curve_gamma(2.2), more={b"cicp": icc.cicp_tag(9, 18)}),
        "break-below-zero": icc.rgb(icc.SRGB, icc.curve_parametric(1, 2.0, 0.9, 0.1)),
        "gamma10": icc.rgb(icc.SRGB, icc.curve_gamma(10)),
        "d50-matrix-unadapted": icc.rgb(icc.SRGB, icc.curve_srgb(), white=icc.D50_XY),
    }


@cache
def grey_profiles() -> dict[str, bytes]:
    return {
        "gamma1": icc.grey(icc.curve_gamma(1.0)),
        "gamma1.8-v2": icc.grey(icc.curve_gamma(1.8), version=2),
        "gamma2.2": icc.grey(icc.curve_gamma(2.2)),
        "gamma3": icc.grey(icc.curve_gamma(3.0)),
        "para": icc.grey(icc.curve_parametric(3, 1.6, 0.9, 0.1, 0.2, 0.1)),
        "srgb": icc.grey(icc.curve_srgb()),
        "dot20-v2": icc.grey(icc.curve_table(icc.dot_gain(20), 256), version=2),
        "dot40": icc.grey(icc.curve_table(icc.dot_gain(40), 4096)),
        "lab": icc.grey(icc.curve_gamma(1.0), version=2, pcs=b"Lab "),
        "lab-v4": icc.grey(icc.curve_gamma(1.0), version=4, pcs=b"Lab "),
        "table2": icc.grey(icc.curve_table(lambda v: v, 2)),
        "rgb-space": icc.rgb(icc.SRGB, icc.curve_gamma(1.2)),
        "rgb-swapped": icc.rgb(icc.SWAPPED, icc.curve_gamma(3.0)),
        "rgb-table": icc.rgb_table("lut8"),
        "cmyk-space": icc.cmyk("lut8", points=3),
        "garbage": b"no profile either" * 20,
    }


def _profiles(zoo: Zoo) -> None:
    for number, (name, profile) in enumerate(rgb_profiles().items()):
        image = [photo(), bars(), photo(name="coffee")][number % 3]
        zoo.add(f"icc-{name}.png", saved(image, "PNG", icc_profile=profile), "png", "icc")
        zoo.add(f"icc-{name}.jpg", jpeg(image, icc_profile=profile), "jpeg", "icc")
        reference = saved(image, "PNG", icc_profile=profile)
        zoo.add(
            f"icc-{name}.tif",
            saved(image, "TIFF", icc_profile=profile),
            "tiff",
            "icc",
            reference=reference,
        )
        if number % 2 == 0 or name.startswith(("lut", "swapped")):
            zoo.add(
                f"icc-{name}.webp",
                saved(image, "WEBP", quality=90, icc_profile=profile),
                "webp",
                "icc",
            )
            zoo.add(
                f"icc-{name}.avif",
                saved(image, "AVIF", quality=90, speed=9, subsampling="4:4:4", icc_profile=profile),
                "avif",
                "icc",
            )
            zoo.add(
                f"icc-{name}-palette.png",
                saved(image.quantize(200), "PNG", icc_profile=profile),
                "png",
                "icc",
                "palette",
            )
            zoo.add(
                f"icc-{name}-rgba.png",
                saved(with_alpha(image), "PNG", icc_profile=profile),
                "png",
                "icc",
                "alpha",
            )
    swapped, p3 = rgb_profiles()["swapped"], rgb_profiles()["p3"]
    zoo.add(
        "icc-rgba.webp",
        saved(with_alpha(photo()), "WEBP", lossless=True, icc_profile=swapped),
        "webp",
        "icc",
        "alpha",
    )
    zoo.add(
        "icc-rgba.avif",
        saved(with_alpha(photo()), "AVIF", quality=95, speed=9, icc_profile=swapped),
        "avif",
        "icc",
        "alpha",
    )
    for depth, name in ((f.TRUECOLOUR, "rgb16"), (f.TRUECOLOUR_ALPHA, "rgba16")):
        image = photo() if depth == f.TRUECOLOUR else with_alpha(photo())
        tags = ("png", "icc", "depth16") + (("alpha",) if image.mode == "RGBA" else ())
        for which, profile in (("swapped", swapped), ("p3", p3), ("lut", rgb_profiles()["lut16"])):
            zoo.add(
                f"icc-{which}-{name}.png",
                f.png(wide(image), 16, depth, before=[f.iccp(profile)]),
                *tags,
            )
    keyed = array(bars()).astype(np.int64)
    zoo.add(
        "icc-swapped-key.png",
        f.png(
            keyed,
            8,
            f.TRUECOLOUR,
            before=[f.iccp(swapped)],
            transparent=bytes([0, 255, 0, 0, 0, 0]),
        ),
        "png",
        "icc",
        "alpha",
        "key",
    )
    for name, profile in odd_profiles().items():
        zoo.add(
            f"odd-{name}.png", saved(photo(), "PNG", icc_profile=profile), "png", "icc", "odd-icc"
        )
        zoo.add(f"odd-{name}.jpg", jpeg(photo(), icc_profile=profile), "jpeg", "icc", "odd-icc")
    big = rgb_profiles()["lut-big"]
    plain = jpeg(bars())
    parts = icc_parts = f.icc_segments(big)
    zoo.add(
        "icc-parts-reversed.jpg", f.with_segments(plain, *icc_parts[::-1]), "jpeg", "icc", "odd-icc"
    )
    zoo.add("icc-part-missing.jpg", f.with_segments(plain, *parts[:-1]), "jpeg", "icc", "odd-icc")
    zoo.add(
        "icc-many-parts.jpg", f.with_segments(plain, *f.icc_segments(swapped, 100)), "jpeg", "icc"
    )
    zoo.add(
        "icc-twice.jpg",
        f.with_segments(plain, *f.icc_segments(swapped), *f.icc_segments(rgb_profiles()["linear"])),
        "jpeg",
        "icc",
        "odd-icc",
    )
    _grey_profiles(zoo)


def _grey_profiles(zoo: Zoo) -> None:
    image = photo(name="chelsea").convert("L")
    for name, profile in grey_profiles().items():
        reference = saved(image, "PNG", icc_profile=profile)
        zoo.add(f"grey-icc-{name}.png", reference, "png", "icc", "grey")
        zoo.add(f"grey-icc-{name}.jpg", jpeg(image, icc_profile=profile), "jpeg", "icc", "grey")
        zoo.add(
            f"grey-icc-{name}.tif",
            saved(image, "TIFF", icc_profile=profile),
            "tiff",
            "icc",
            "grey",
            reference=reference,
        )
    for name in ("gamma1", "dot20-v2", "rgb-swapped"):
        profile = grey_profiles()[name]
        zoo.add(
            f"grey-icc-{name}-la.png",
            saved(with_alpha(image), "PNG", icc_profile=profile),
            "png",
            "icc",
            "grey",
            "alpha",
        )
        zoo.add(
            f"grey-icc-{name}-grey16.png",
            f.png(wide(image), 16, f.GREY, before=[f.iccp(profile)]),
            "png",
            "icc",
            "grey",
            "depth16",
        )
        zoo.add(
            f"grey-icc-{name}-grey4.png",
            f.png(array(image).astype(np.int64) >> 4, 4, f.GREY, before=[f.iccp(profile)]),
            "png",
            "icc",
            "grey",
        )
        zoo.add(
            f"grey-icc-{name}-grey1.png",
            f.png(array(image).astype(np.int64) >> 7, 1, f.GREY, before=[f.iccp(profile)]),
            "png",
            "icc",
            "grey",
        )
        zoo.add(
            f"grey-icc-{name}-palette.png",
            saved(image.quantize(64), "PNG", icc_profile=profile),
            "png",
            "icc",
            "palette",
        )
        zoo.add(
            f"grey-icc-{name}.avif",
            saved(image, "AVIF", quality=95, speed=9, icc_profile=profile),
            "avif",
            "icc",
            "grey",
        )


# --------------------------------------------------------------------------- CMYK


def inks_image(inks: Array) -> Image.Image:
    height, width = inks.shape[:2]
    return Image.frombytes("CMYK", (width, height), inks.astype(np.uint8).tobytes())


def separated(image: Image.Image, black: float = 0.7) -> Image.Image:
    """Turn a picture into inks, with some of the grey printed in black."""
    cmy = 1 - np.asarray(image).astype(float) / 255
    key = cmy.min(axis=2, keepdims=True) * black
    inks = np.concatenate([(cmy - key) / np.maximum(1 - key, 1e-6), key], axis=2)
    return inks_image(np.rint(inks * 255))


def ink_steps() -> Image.Image:
    """Each ink and their mixtures in steps, and the deepest black there is."""
    steps = np.zeros((72, 96, 4), np.uint8)
    ramp = np.repeat(np.linspace(0, 255, 12).astype(np.uint8), 8)
    for row, inks in enumerate(
        [(0,), (1,), (2,), (3,), (0, 1), (0, 2), (1, 2), (0, 1, 2), (0, 1, 2, 3)]
    ):
        for ink in inks:
            steps[row * 8 : row * 8 + 8, :, ink] = ramp
    return inks_image(steps)


@cache
def cmyk_profiles() -> dict[str, bytes]:
    return {
        "lut8": icc.cmyk("lut8"),
        "lut16": icc.cmyk("lut16"),
        "lut16-v4": icc.cmyk("lut16", version=4),
        "mab-v4": icc.cmyk("mAB", version=4),
        "two-intents": icc.cmyk("lut8", other=True),
        "two-intents-v4": icc.cmyk("mAB", other=True, version=4),
    }


def printed(image: Image.Image) -> bytes:
    """Return what the profiles above say of these inks, computed without any of their tables.

    Chromium would not do for a reference: its JPEG decoder mixes black into the other three inks
    before it looks at the profile.
    """
    inks = np.asarray(image).reshape(-1, 4) / 255
    linear = icc.lab_to_xyz(icc.press()(inks)) @ np.linalg.inv(icc.matrix(icc.SRGB)).T
    values = np.rint(icc.srgb_encode(linear) * 255).astype(np.uint8)
    return saved(Image.fromarray(values.reshape(image.height, image.width, 3)), "PNG")


def _cmyk(zoo: Zoo) -> None:
    pictures = {"photo": separated(photo()), "steps": ink_steps()}
    for name, image in pictures.items():
        exact = jpeg(image, quality=100)
        zoo.add(f"cmyk-{name}.jpg", jpeg(image), "jpeg", "cmyk")
        zoo.add(f"cmyk-{name}-progressive.jpg", jpeg(image, progressive=True), "jpeg", "cmyk")
        zoo.add(f"cmyk-{name}-no-adobe.jpg", f.without(jpeg(image), 0xEE), "jpeg", "cmyk")
        zoo.add(f"ycck-{name}.jpg", _ycck(image), "jpeg", "cmyk")
        zoo.add(f"cmyk-{name}.tif", saved(image, "TIFF"), "tiff", "cmyk", reference=exact)
        zoo.add(
            f"cmyk-{name}-lzw.tif",
            saved(image, "TIFF", compression="tiff_lzw"),
            "tiff",
            "cmyk",
            reference=exact,
        )
        for kind, profile in cmyk_profiles().items():
            zoo.add(
                f"cmyk-{name}-{kind}.jpg",
                jpeg(image, icc_profile=profile),
                "jpeg",
                "cmyk",
                "cmyk-icc",
            )
            zoo.add(
                f"cmyk-{name}-{kind}.tif",
                saved(image, "TIFF", icc_profile=profile),
                "tiff",
                "cmyk",
                "cmyk-icc",
                reference=printed(image),
            )
        profile = cmyk_profiles()["lut16"]
        zoo.add(
            f"ycck-{name}-icc.jpg",
            f.with_segments(_ycck(image), *f.icc_segments(profile)),
            "jpeg",
            "cmyk",
            "cmyk-icc",
        )
        zoo.add(
            f"cmyk-{name}-no-adobe-icc.jpg",
            f.without(jpeg(image, icc_profile=profile), 0xEE),
            "jpeg",
            "cmyk",
            "cmyk-icc",
        )
    image = pictures["photo"]
    for kind, profile in {
        "rgb": icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2)),
        "grey": icc.grey(icc.curve_gamma(1.0)),
        "garbage": b"not a profile" * 30,
    }.items():
        zoo.add(
            f"cmyk-{kind}-profile.jpg", jpeg(image, icc_profile=profile), "jpeg", "cmyk", "odd-icc"
        )


def _ycck(image: Image.Image) -> bytes:
    """Write inks as YCCK: Pillow cannot, but will write the numbers if told they are inks."""
    inks = np.asarray(image)
    colour = np.asarray(Image.fromarray(inks[..., :3]).convert("YCbCr"))
    # The encoder turns all four upside down. That is right for black; of the other three the
    # decoder takes the complement once more.
    numbers = np.concatenate([255 - colour, inks[..., 3:]], axis=2)
    return f.adobe_transform(jpeg(inks_image(numbers)), 2)


# --------------------------------------------------------------------------- JPEG


def _jpeg(zoo: Zoo) -> None:
    for name, image in motifs():
        for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
            short = subsampling.replace(":", "")
            zoo.add(f"{short}-{name}.jpg", jpeg(image, subsampling=subsampling), "jpeg")
            zoo.add(
                f"{short}-{name}-progressive.jpg",
                jpeg(image, subsampling=subsampling, progressive=True),
                "jpeg",
            )
        zoo.add(f"grey-{name}.jpg", jpeg(image.convert("L")), "jpeg", "grey")
        zoo.add(
            f"grey-{name}-progressive.jpg",
            jpeg(image.convert("L"), progressive=True),
            "jpeg",
            "grey",
        )
        straight = jpeg(image, keep_rgb=True)
        zoo.add(f"rgb-adobe-{name}.jpg", straight, "jpeg")
        zoo.add(f"rgb-ids-{name}.jpg", f.without(straight, 0xEE), "jpeg")
        plain = jpeg(image)
        zoo.add(f"no-jfif-{name}.jpg", f.without(plain, 0xE0), "jpeg")
        adobe = f.segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")
        zoo.add(f"adobe-ycc-{name}.jpg", f.with_segments(plain, adobe), "jpeg")
        adobe = f.segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
        zoo.add(f"adobe-and-jfif-say-different-{name}.jpg", f.with_segments(plain, adobe), "jpeg")
        zoo.add(
            f"adobe-rgb-ids123-{name}.jpg",
            f.with_segments(f.without(plain, 0xE0), adobe),
            "jpeg",
        )
        zoo.add(f"restart-{name}.jpg", jpeg(image, restart_marker_rows=1), "jpeg")
        zoo.add(f"low-quality-{name}.jpg", jpeg(image, quality=20, subsampling="4:2:0"), "jpeg")
        zoo.add(f"comment-{name}.jpg", jpeg(image, comment="A comment"), "jpeg")
        zoo.add(f"odd-density-{name}.jpg", jpeg(image, dpi=(72, 144)), "jpeg")
    for number, image in enumerate([photo(), photo(name="coffee")]):
        out = io.BytesIO()
        image.save(out, "MPO", save_all=True, append_images=[bars(*image.size)], quality=95)
        zoo.add(f"two-{number}.mpo.jpg", out.getvalue(), "jpeg")


def _photos(zoo: Zoo) -> None:
    """Larger pictures that are also measured shrunk."""
    for name in ("astronaut", "coffee", "chelsea"):
        image = photo(288, 216, name)
        tall = photo(162, 288, name)
        boxes = (SHRUNK,)
        swapped = rgb_profiles()["swapped"]
        see_through = with_alpha(image)
        zoo.add(f"big-{name}.jpg", jpeg(image), "jpeg", "big", boxes=boxes)
        zoo.add(
            f"big-{name}-progressive.jpg", jpeg(image, progressive=True), "jpeg", "big", boxes=boxes
        )
        zoo.add(f"big-{name}-420.jpg", jpeg(image, subsampling="4:2:0"), "jpeg", "big", boxes=boxes)
        zoo.add(f"big-{name}-tall.png", saved(tall, "PNG"), "png", "big", boxes=boxes)
        zoo.add(f"big-{name}.png", saved(image, "PNG"), "png", "big", boxes=boxes)
        zoo.add(
            f"big-{name}-rgba.png", saved(see_through, "PNG"), "png", "big", "alpha", boxes=boxes
        )
        zoo.add(
            f"big-{name}-palette.png", saved(image.quantize(256), "PNG"), "png", "big", boxes=boxes
        )
        zoo.add(f"big-{name}.gif", saved(image.quantize(256), "GIF"), "gif", "big", boxes=boxes)
        zoo.add(f"big-{name}.webp", saved(image, "WEBP", quality=90), "webp", "big", boxes=boxes)
        zoo.add(
            f"big-{name}-rgba.webp",
            saved(see_through, "WEBP", quality=90),
            "webp",
            "big",
            "alpha",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}.avif",
            saved(image, "AVIF", quality=90, speed=9),
            "avif",
            "big",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-icc.jpg",
            jpeg(image, icc_profile=swapped),
            "jpeg",
            "big",
            "icc",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-icc.png",
            saved(image, "PNG", icc_profile=swapped),
            "png",
            "big",
            "icc",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-turned.jpg",
            jpeg(image, exif=b"Exif\0\0" + f.exif(6)),
            "jpeg",
            "big",
            "orientation",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-grey16.png",
            f.png(wide(image.convert("L")), 16, f.GREY),
            "png",
            "big",
            "depth16",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-rgb16.png",
            f.png(wide(image), 16, f.TRUECOLOUR),
            "png",
            "big",
            "depth16",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-gamma.png",
            f.inserted(saved(image, "PNG"), [f.gama(1 / 1.4)]),
            "png",
            "big",
            "gamma",
            boxes=boxes,
        )
        zoo.add(
            f"big-{name}-cmyk.jpg",
            jpeg(separated(image), icc_profile=cmyk_profiles()["lut8"]),
            "jpeg",
            "big",
            "cmyk",
            "cmyk-icc",
            boxes=boxes,
        )
        zoo.add(f"big-{name}.bmp", saved(image, "BMP"), "bmp", "big", boxes=boxes)
        zoo.add(
            f"big-{name}.tif",
            saved(image, "TIFF", compression="tiff_lzw"),
            "tiff",
            "big",
            boxes=boxes,
            reference=saved(image, "PNG"),
        )


def _large(zoo: Zoo) -> None:
    """Pictures many times the thumbnail's size, where readers take short cuts."""
    image = photo(1300, 975, "coffee")
    mark = ImageDraw.Draw(image := image.copy())
    for corner, colour in (((0, 0), "red"), ((1170, 0), "lime"), ((0, 845), "blue")):
        mark.rectangle((*corner, corner[0] + 130, corner[1] + 130), fill=colour)
    turned = b"Exif\0\0" + f.exif(6)
    swapped = rgb_profiles()["swapped"]
    inks = separated(image)
    colour = array(image).astype(np.int64)

    def add(name: str, data: bytes, *tags: str, reference: bytes | None = None) -> None:
        zoo.add(f"large-{name}", data, "large", *tags, boxes=(SHRUNK,), reference=reference)

    plain = saved(image, "PNG", compress_level=1)
    add("baseline.jpg", jpeg(image), "jpeg")
    add("progressive.jpg", jpeg(image, progressive=True), "jpeg")
    add(
        "progressive-420-turned.jpg",
        jpeg(image, progressive=True, subsampling="4:2:0", exif=turned),
        "jpeg",
        "orientation",
    )
    add("progressive-icc.jpg", jpeg(image, progressive=True, icc_profile=swapped), "jpeg", "icc")
    add("grey-progressive.jpg", jpeg(image.convert("L"), progressive=True), "jpeg", "grey")
    add("cmyk-progressive.jpg", jpeg(inks, progressive=True), "jpeg", "cmyk")
    add("cmyk-icc.jpg", jpeg(inks, icc_profile=cmyk_profiles()["lut8"]), "jpeg", "cmyk", "cmyk-icc")
    add("rgb.png", plain, "png")
    add(
        "rgb16-gamma.png",
        f.png(wide(image), 16, f.TRUECOLOUR, before=[f.gama(1 / 1.4)]),
        "png",
        "gamma",
        "depth16",
    )
    add("grey16.png", f.png(wide(image.convert("L")), 16, f.GREY), "png", "depth16", "grey")
    add("pq.png", f.png(colour, 8, f.TRUECOLOUR, before=[f.cicp(9, 16)]), "png", "hdr")
    add("palette.gif", saved(image.quantize(128), "GIF"), "gif")
    add("rgba.webp", saved(with_alpha(image), "WEBP", quality=90, method=0), "webp", "alpha")
    add("rgb.avif", saved(image, "AVIF", quality=85, speed=10), "avif")
    add("lzw.tif", saved(image, "TIFF", compression="tiff_lzw"), "tiff", reference=plain)


# --------------------------------------------------------------------------- orientation


def baked(image: Image.Image, orientation: int) -> Image.Image:
    ways = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return image.transpose(ways[orientation]) if orientation in ways else image


def _orientation(zoo: Zoo) -> None:
    for orientation in (1, 2, 3, 4, 5, 6, 7, 8, 0, 9):
        block = f.exif(orientation)
        whole = b"Exif\0\0" + block
        tags = ("orientation",) if 1 <= orientation <= 8 else ("orientation", "odd-exif")
        image = bars() if orientation % 2 else photo()
        zoo.add(f"turn{orientation}.jpg", jpeg(image, exif=whole), "jpeg", *tags)
        zoo.add(
            f"turn{orientation}-progressive.jpg",
            jpeg(image, exif=whole, progressive=True),
            "jpeg",
            *tags,
        )
        zoo.add(
            f"turn{orientation}-grey.jpg",
            jpeg(image.convert("L"), exif=whole),
            "jpeg",
            *tags,
            "grey",
        )
        zoo.add(
            f"turn{orientation}.webp", saved(image, "WEBP", quality=90, exif=whole), "webp", *tags
        )
        zoo.add(
            f"turn{orientation}-rgba.webp",
            saved(with_alpha(image), "WEBP", lossless=True, exif=whole),
            "webp",
            *tags,
            "alpha",
        )
        zoo.add(
            f"turn{orientation}.png",
            f.inserted(saved(image, "PNG"), [(b"eXIf", block)]),
            "png",
            *tags,
        )
        zoo.add(
            f"turn{orientation}-rgba.png",
            f.inserted(saved(with_alpha(image), "PNG"), [(b"eXIf", block)]),
            "png",
            *tags,
            "alpha",
        )
        if 1 <= orientation <= 8:
            zoo.add(
                f"turn{orientation}.avif",
                saved(image, "AVIF", quality=90, speed=9, exif=whole),
                "avif",
                *tags,
            )
            zoo.add(
                f"turn{orientation}-cmyk.jpg",
                jpeg(separated(image), exif=whole),
                "jpeg",
                *tags,
                "cmyk",
            )
            zoo.add(
                f"turn{orientation}-icc.jpg",
                jpeg(image, exif=whole, icc_profile=rgb_profiles()["swapped"]),
                "jpeg",
                *tags,
                "icc",
            )
        turned = baked(image, orientation)
        zoo.add(
            f"turn{orientation}.tif",
            saved(image, "TIFF", tiffinfo={0x112: orientation}),
            "tiff",
            *tags,
            reference=saved(turned, "PNG"),
        )
        if 1 <= orientation <= 8:
            zoo.add(
                f"turn{orientation}-lzw.tif",
                saved(image, "TIFF", tiffinfo={0x112: orientation}, compression="tiff_lzw"),
                "tiff",
                *tags,
                reference=saved(turned, "PNG"),
            )
    _odd_exif(zoo)


def _odd_exif(zoo: Zoo) -> None:
    image = bars()
    plain = jpeg(image)
    six = f.exif(6)
    second = b"II" + (42).to_bytes(2, "little") + (8).to_bytes(4, "little") + bytes(2)
    second += (14).to_bytes(4, "little") + f.exif(6)[8:]
    blocks = {
        "big-endian": f.exif(6, order=">"),
        "long": f.exif(6, kind=4),
        "byte": f.exif(6, kind=1),
        "signed": f.exif(6, kind=8),
        "count2": f.exif(6, count=2),
        "count0": f.exif(6, count=0),
        "cut-after-header": six[:8],
        "cut-in-entry": six[:16],
        "cut-before-value": six[:18],
        "cut-after-entry": six[:22],
        "second-directory": second,
        "bad-magic": six[:2] + b"\0\0" + six[4:],
        "bad-order": b"XX" + six[2:],
        "far-offset": six[:4] + (60000).to_bytes(4, "little") + six[8:],
        "many-entries": six[:8] + b"\xff\xff" + six[10:],
        "empty": b"",
        "65535": f.exif(65535),
        "258": f.exif(258),
    }
    for name, block in blocks.items():
        segment = f.segment(0xE1, b"Exif\0\0" + block)
        zoo.add(
            f"exif-{name}.jpg", f.with_segments(plain, segment), "jpeg", "orientation", "odd-exif"
        )
    twice = [f.segment(0xE1, b"Exif\0\0" + f.exif(n)) for n in (6, 3)]
    zoo.add("exif-twice.jpg", f.with_segments(plain, *twice), "jpeg", "orientation", "odd-exif")
    late = f.without(plain, 0xE0)
    zoo.add("exif-first.jpg", f.with_segments(late, twice[0]), "jpeg", "orientation")
    after_jfif = b"".join(
        [*f.segments(plain)[:2], f.segment(0xE1, b"Exif\0\0" + six), *f.segments(plain)[2:]]
    )
    zoo.add("exif-after-jfif.jpg", after_jfif, "jpeg", "orientation")
    before_scan = f.segments(plain)
    before_scan.insert(-1, f.segment(0xE1, b"Exif\0\0" + six))
    zoo.add("exif-before-scan.jpg", b"".join(before_scan), "jpeg", "orientation")
    zoo.add(
        "exif-padding-byte.jpg",
        f.with_segments(plain, f.segment(0xE1, b"Exif\0\xff" + six)),
        "jpeg",
        "orientation",
        "odd-exif",
    )
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    zoo.add(
        "xmp-orientation.jpg",
        f.with_segments(plain, f.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)),
        "jpeg",
        "orientation",
        "odd-exif",
    )
    zoo.add(
        "xmp-orientation.webp",
        saved(image, "WEBP", xmp=xmp, quality=90),
        "webp",
        "orientation",
        "odd-exif",
    )
    zoo.add(
        "xmp-orientation.avif",
        saved(image, "AVIF", xmp=xmp, speed=9),
        "avif",
        "orientation",
        "odd-exif",
    )
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    png = saved(image, "PNG")
    zoo.add(
        "xmp-orientation.png", f.inserted(png, [(b"iTXt", text)]), "png", "orientation", "odd-exif"
    )
    raw = (b"Exif\0\0" + six).hex().encode()
    body = b"Raw profile type exif\0\n exif\n      %d\n" % (len(raw) // 2) + raw
    zoo.add(
        "exif-as-text.png", f.inserted(png, [(b"tEXt", body)]), "png", "orientation", "odd-exif"
    )
    at_end = png[:-12] + f.chunk(b"eXIf", six) + png[-12:]
    zoo.add("exif-after-data.png", at_end, "png", "orientation", "odd-exif")
    zoo.add(
        "exif-with-prefix.png",
        f.inserted(png, [(b"eXIf", b"Exif\0\0" + six)]),
        "png",
        "orientation",
        "odd-exif",
    )
    zoo.add(
        "exif-no-prefix.webp", saved(image, "WEBP", quality=90, exif=six), "webp", "orientation"
    )
    zoo.add("exif-no-prefix.avif", saved(image, "AVIF", speed=9, exif=six), "avif", "orientation")
    indexes, palette = indexed(image, 16)
    zoo.add(
        "exif-palette.png",
        f.png(indexes, 4, f.PALETTE, palette=palette, before=[(b"eXIf", six)]),
        "png",
        "orientation",
    )


# --------------------------------------------------------------------------- WebP and AVIF


def _webp(zoo: Zoo) -> None:
    for name, image in motifs():
        see_through = with_alpha(image)
        zoo.add(f"lossy-{name}.webp", saved(image, "WEBP", quality=90), "webp")
        zoo.add(f"lossless-{name}.webp", saved(image, "WEBP", lossless=True), "webp")
        zoo.add(f"lossy-rgba-{name}.webp", saved(see_through, "WEBP", quality=90), "webp", "alpha")
        zoo.add(
            f"lossless-rgba-{name}.webp",
            saved(see_through, "WEBP", lossless=True, exact=True),
            "webp",
            "alpha",
        )
        frames = [image, photo(*image.size, "coffee")]
        zoo.add(
            f"animated-{name}.webp",
            saved(
                image, "WEBP", save_all=True, append_images=frames[1:], duration=60000, quality=90
            ),
            "webp",
            "animated",
        )
        inner = saved(image.resize((60, 40)), "WEBP", lossless=True)
        part = saved(see_through.resize((60, 40)), "WEBP", lossless=True)
        zoo.add(
            f"animated-offset-{name}.webp",
            f.webp_animation((110, 80), [(inner, 20, 10)]),
            "webp",
            "animated",
            "alpha",
        )
        zoo.add(
            f"animated-offset-rgba-{name}.webp",
            f.webp_animation((110, 80), [(part, 20, 10), (inner, 0, 0)], b"\0\0\xff\xff"),
            "webp",
            "animated",
            "alpha",
        )


def _avif(zoo: Zoo) -> None:
    for name, image in motifs():
        see_through = with_alpha(image)
        for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
            zoo.add(
                f"{subsampling.replace(':', '')}-{name}.avif",
                saved(image, "AVIF", quality=90, speed=9, subsampling=subsampling),
                "avif",
            )
        zoo.add(
            f"limited-{name}.avif",
            saved(image, "AVIF", quality=90, speed=9, range="limited"),
            "avif",
        )
        zoo.add(
            f"grey-{name}.avif",
            saved(image.convert("L"), "AVIF", quality=90, speed=9),
            "avif",
            "grey",
        )
        zoo.add(
            f"rgba-{name}.avif", saved(see_through, "AVIF", quality=95, speed=9), "avif", "alpha"
        )
        zoo.add(
            f"premultiplied-{name}.avif",
            saved(see_through, "AVIF", quality=95, speed=9, alpha_premultiplied=True),
            "avif",
            "alpha",
        )
        zoo.add(
            f"animated-{name}.avif",
            saved(
                image,
                "AVIF",
                save_all=True,
                append_images=[photo(*image.size, "coffee")],
                duration=60000,
                speed=9,
                range="limited",
                quality=90,
            ),
            "avif",
            "animated",
        )
        made = saved(image, "AVIF", quality=95, speed=9, subsampling="4:4:4")
        for primaries, transfer in [
            (12, 13),
            (9, 13),
            (1, 8),
            (1, 1),
            (1, 4),
            (2, 2),
            (9, 1),
            (11, 17),
        ]:
            zoo.add(
                f"nclx-{primaries}-{transfer}-{name}.avif",
                f.avif_nclx(made, primaries, transfer),
                "avif",
                "cicp",
            )
        for primaries, transfer in [(9, 16), (9, 18), (12, 16), (1, 16), (1, 18)]:
            zoo.add(
                f"nclx-{primaries}-{transfer}-{name}.avif",
                f.avif_nclx(made, primaries, transfer),
                "avif",
                "hdr",
            )
    for name, tags in {
        "ten": ("depth16",),
        "ten-alpha": ("depth16", "alpha"),
        "ten-grey": ("depth16", "grey"),
        "twelve": ("depth16", "cicp"),
        "ten-pq": ("hdr",),
        "ten-hlg": ("hdr",),
    }.items():
        zoo.add(f"{name}.avif", deep(name), "avif", *tags)


# --------------------------------------------------------------------------- GIF and APNG


def _gif(zoo: Zoo) -> None:
    indexes, palette = indexed(photo(), 256)
    few, few_palette = indexed(bars(), 16)
    small, small_palette = indexed(photo(60, 44), 128)
    whole = f.gif_frame(indexes)

    def add(name: str, data: bytes, *tags: str) -> None:
        zoo.add(f"{name}.gif", data, "gif", *tags)

    size = (100, 75)
    add("plain", f.gif(size, [whole], palette=palette))
    add(
        "interlaced",
        f.gif(size, [f.gif_frame(indexes, interlaced=True)], palette=palette),
        "interlaced",
    )
    add("no-control", f.gif(size, [f.gif_frame(indexes, control=False)], palette=palette))
    add("local-palette", f.gif(size, [f.gif_frame(indexes, palette=palette)]))
    add(
        "both-palettes",
        f.gif(size, [f.gif_frame(indexes, palette=palette)], palette=palette[::-1]),
    )
    add("no-palette", f.gif(size, [whole]), "odd-gif")
    short = f.gif_frame(indexes, palette=palette[:64])
    add("index-beyond-palette", f.gif(size, [short]), "odd-gif")
    for bits in (1, 2, 4):
        values, colours = indexed(bars(), 1 << bits)
        add(f"{bits}bit", f.gif((104, 78), [f.gif_frame(values, bits=bits)], palette=colours))
    for index in (0, 3, 15):
        frame = f.gif_frame(few, transparent=index, bits=4)
        add(f"transparent{index}", f.gif((104, 78), [frame], palette=few_palette), "alpha")
    frame = f.gif_frame(few, transparent=200, bits=4)
    add(
        "transparent-beyond-palette",
        f.gif((104, 78), [frame], palette=few_palette),
        "alpha",
        "odd-gif",
    )
    frame = f.gif_frame(few, transparent=3, bits=4)
    add(
        "transparent-background",
        f.gif((104, 78), [frame], palette=few_palette, background=3),
        "alpha",
    )
    frame = f.gif_frame(small, at=(25, 20))
    add("offset", f.gif((110, 90), [frame], palette=small_palette, background=5), "alpha", "offset")
    frame = f.gif_frame(small, at=(25, 20), interlaced=True)
    add("offset-interlaced", f.gif((110, 90), [frame], palette=small_palette), "alpha", "offset")
    frame = f.gif_frame(small, at=(25, 20), transparent=9)
    add("offset-transparent", f.gif((110, 90), [frame], palette=small_palette), "alpha", "offset")
    frame = f.gif_frame(small, at=(25, 20), transparent=5)
    add(
        "offset-transparent-background",
        f.gif((110, 90), [frame], palette=small_palette, background=5),
        "alpha",
        "offset",
    )
    frame = f.gif_frame(small, at=(25, 20), palette=small_palette)
    add("offset-local-palette", f.gif((110, 90), [frame]), "alpha", "offset")
    frame = f.gif_frame(small, at=(25, 20), control=False)
    add("offset-no-control", f.gif((110, 90), [frame], palette=small_palette), "alpha", "offset")
    for disposal in (1, 2, 3, 4):
        frames = [
            f.gif_frame(small, at=(10, 10), disposal=disposal),
            f.gif_frame(small[::-1], at=(40, 40), transparent=3),
        ]
        add(
            f"offset-animated-disposal{disposal}",
            f.gif((110, 90), frames, palette=small_palette),
            "alpha",
            "offset",
            "animated",
        )
    frames = [whole, f.gif_frame(indexes[::-1])]
    add("animated", f.gif(size, frames, palette=palette), "animated")
    add("frame-larger", f.gif((50, 40), [whole], palette=palette), "odd-gif")
    add("frame-wider", f.gif((50, 90), [whole], palette=palette), "odd-gif", "alpha")
    frame = f.gif_frame(small, at=(70, 60))
    add("frame-sticks-out", f.gif((110, 90), [frame], palette=small_palette), "odd-gif", "alpha")
    frame = f.gif_frame(small, at=(300, 10))
    add("frame-outside", f.gif((110, 90), [frame], palette=small_palette), "odd-gif", "alpha")
    add("screen-zero", f.gif((0, 0), [whole], palette=palette), "odd-gif")
    second = [f.gif_frame(small, at=(0, 0)), f.gif_frame(indexes, at=(0, 0))]
    add("second-larger", f.gif((60, 44), second, palette=palette), "animated")
    add("comment", f.gif(size, [b"!\xfe\x05hello\0", whole], palette=palette))
    old = f.gif(size, [f.gif_frame(indexes, control=False)], palette=palette).replace(
        b"GIF89a", b"GIF87a"
    )
    add("gif87", old)
    add("grey", saved(photo().convert("L"), "GIF"), "grey")
    add("one-bit", saved(photo().convert("1"), "GIF"), "grey")
    add("pillow-rgba", saved(with_alpha(photo()), "GIF"), "alpha")


def _apng(zoo: Zoo) -> None:
    one, two = array(with_alpha(photo())), array(with_alpha(photo(name="coffee")))
    solid = array(photo().convert("RGBA"))
    part = two[10:50, 10:70]

    def add(name: str, data: bytes, *tags: str) -> None:
        zoo.add(f"apng-{name}.png", data, "png", "apng", "alpha", *tags)

    add("same", f.apng(one, [(two, 0, 0)], default_is_first=True))
    add("different-default", f.apng(one, [(two, 0, 0), (one, 0, 0)]))
    add("different-default-opaque", f.apng(solid, [(two, 0, 0)]))
    add("offset", f.apng(one, [(part, 20, 16)]))
    add("offset-over", f.apng(solid, [(part, 20, 16)], blend=1))
    profile = icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2))
    add("icc", f.apng(one, [(two, 0, 0)], before=[f.iccp(profile)]), "icc")
    add("gamma", f.apng(one, [(two, 0, 0)], before=[f.gama(1.0)]), "gamma")
    add("turned", f.apng(one, [(two, 0, 0)], before=[(b"eXIf", f.exif(6))]), "orientation")
    pictures = [photo(), photo(name="coffee")]
    add(
        "pillow",
        saved(pictures[0], "PNG", save_all=True, append_images=pictures[1:], duration=60000),
    )
    add(
        "pillow-default",
        saved(
            pictures[0],
            "PNG",
            save_all=True,
            default_image=True,
            append_images=[pictures[1], bars(100, 75)],
            duration=60000,
        ),
    )


# --------------------------------------------------------------------------- BMP, ICO, CUR


def _bmp(zoo: Zoo) -> None:
    image = bars()
    size = image.size
    colour = array(image).astype(np.int64)
    width, height = size

    def add(name: str, data: bytes, *tags: str) -> None:
        zoo.add(f"{name}.bmp", data, "bmp", *tags)

    for bits in (1, 4, 8):
        indexes, palette = indexed(image, 1 << bits)
        rows = f.padded_rows(indexes.astype(np.int64), bits)
        add(f"palette{bits}", f.bmp(rows, size, bits, palette=palette))
        add(f"palette{bits}-os2", f.bmp(rows, size, bits, palette=palette, header=12))
        rows = f.padded_rows(indexes.astype(np.int64), bits, bottom_up=False)
        add(f"palette{bits}-top-down", f.bmp(rows, (width, -height), bits, palette=palette))
    indexes, palette = indexed(image, 256)
    add("rle8", f.bmp(f.rle8(indexes), size, 8, compression=1, palette=palette))
    short = palette[:40]
    add("palette8-short", f.bmp(f.padded_rows(indexes % 40, 8), size, 8, palette=short))
    skipping = f.rle8(indexes[40:])[:-2] + b"\0\2\0\x0a" + f.rle8(indexes[:30])
    add("rle8-delta", f.bmp(skipping, size, 8, compression=1, palette=palette), "alpha", "odd-bmp")
    cut = f.rle8(indexes[20:])
    add("rle8-ends-early", f.bmp(cut, size, 8, compression=1, palette=palette), "alpha", "odd-bmp")
    indexes, palette = indexed(image, 16)
    add("rle4", f.bmp(f.rle4(indexes), size, 4, compression=2, palette=palette))
    red, green, blue = colour[..., 0], colour[..., 1], colour[..., 2]
    short555 = (red >> 3) << 10 | (green >> 3) << 5 | blue >> 3
    add("rgb555", f.bmp(f.padded_rows(short555, 16), size, 16))
    add("rgb555-top-bit", f.bmp(f.padded_rows(short555 | 0x8000, 16), size, 16))
    short565 = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
    masks565 = (0xF800, 0x7E0, 0x1F)
    add("rgb565", f.bmp(f.padded_rows(short565, 16), size, 16, compression=3, masks=masks565))
    full = f.padded_rows(colour[..., ::-1].reshape(height, -1), 8)
    add("rgb24", f.bmp(full, size, 24))
    add("rgb24-os2", f.bmp(full, size, 24, header=12))
    down = f.padded_rows(colour[..., ::-1].reshape(height, -1), 8, bottom_up=False)
    add("rgb24-top-down", f.bmp(down, (width, -height), 24))
    cover = array(alpha(*size)).astype(np.int64)
    for name, top in (
        ("zero", np.zeros_like(cover)),
        ("full", np.full_like(cover, 255)),
        ("shapes", cover),
    ):
        words = top << 24 | red << 16 | green << 8 | blue
        rows = f.padded_rows(words, 32)
        masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
        add(f"rgb32-{name}", f.bmp(rows, size, 32), "alpha")
        add(
            f"rgb32-{name}-bitfields",
            f.bmp(rows, size, 32, compression=3, masks=masks[:3]),
            "alpha",
        )
        for header in (56, 108, 124):
            add(
                f"rgba32-{name}-header{header}",
                f.bmp(rows, size, 32, compression=3, masks=masks, header=header),
                "alpha",
            )
    other = red << 24 | green << 16 | blue << 8 | cover
    masks = (0xFF000000, 0xFF0000, 0xFF00, 0xFF)
    rows = f.padded_rows(other, 32)
    add(
        "rgba32-other-order", f.bmp(rows, size, 32, compression=3, masks=masks, header=108), "alpha"
    )
    deep = (red << 22) | (green << 12) | (blue << 2)
    masks10 = (0x3FF00000, 0xFFC00, 0x3FF)
    add("rgb30", f.bmp(f.padded_rows(deep, 32), size, 32, compression=3, masks=masks10))
    short4444 = (cover >> 4) << 12 | (red >> 4) << 8 | (green >> 4) << 4 | blue >> 4
    masks4 = (0xF00, 0xF0, 0xF, 0xF000)
    add(
        "rgba4444",
        f.bmp(f.padded_rows(short4444, 16), size, 16, compression=3, masks=masks4, header=108),
        "alpha",
    )
    profile = icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2))
    add("icc", f.bmp(full, size, 24, header=124, colour_space=b"DEBM", profile=profile), "icc")
    # Endpoints as 2.30 fixed point, gammas as 16.16: primaries exchanged, gamma 1.4.
    points = b"".join(
        (round(v * (1 << 30))).to_bytes(4, "little")
        for x, y in np.array(icc.SWAPPED).reshape(3, 2)
        for v in (x, y, 1 - x - y)
    )
    calibrated = bytes(4) + points + (round(1.4 * 65536)).to_bytes(4, "little") * 3
    add("calibrated", f.bmp(full, size, 24, header=108, colour_space=calibrated), "icc")
    add("srgb", f.bmp(full, size, 24, header=124, colour_space=b"BGRs"))
    add("windows-space", f.bmp(full, size, 24, header=124, colour_space=b" niW"))
    png = saved(image, "PNG")
    add("png-inside", f.bmp(png, size, 0, compression=5), "odd-bmp")
    add("jpeg-inside", f.bmp(jpeg(image), size, 0, compression=4), "odd-bmp")
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        add(
            f"pillow-{mode}",
            saved(with_alpha(image) if mode == "RGBA" else image.convert(mode), "BMP"),
        )


def _icons(zoo: Zoo) -> None:
    def square(side: int, name: str = "astronaut") -> Array:
        return array(with_alpha(photo(side, side, name)))

    def add(name: str, data: bytes, *tags: str, inside: bytes | None = None) -> None:
        zoo.add(name, data, "ico", "alpha", *tags, reference=inside)

    def packed(rgba: Array) -> bytes:
        return saved(Image.fromarray(rgba), "PNG")

    big, mid, low = square(96), square(64, "coffee"), square(48, "chelsea")
    for bits in (1, 4, 8, 24, 32):
        add(f"bitmap{bits}.ico", f.ico([(96, 96, bits, f.icon_bitmap(big, bits))]))
    clear = big.copy()
    clear[..., 3] = 0
    round_mask = (big[..., 3] < 128).astype(np.uint8)
    add("bitmap32-alpha-zero.ico", f.ico([(96, 96, 32, f.icon_bitmap(clear, 32, round_mask))]))
    full = big.copy()
    full[..., 3] = 255
    add("bitmap32-mask-differs.ico", f.ico([(96, 96, 32, f.icon_bitmap(full, 32, round_mask))]))
    add("png.ico", f.ico([(96, 96, 32, packed(big))]))
    add("png256.ico", f.ico([(256, 256, 32, packed(square(256)))]))
    entries = {
        "bitmap48": (48, 48, 32, f.icon_bitmap(low)),
        "bitmap64": (64, 64, 32, f.icon_bitmap(mid)),
        "png96": (96, 96, 32, packed(big)),
    }
    three = list(entries.values())
    add("three-rising.ico", f.ico(three))
    add("three-falling.ico", f.ico(three[::-1]))
    add("three-mixed.ico", f.ico([three[1], three[2], three[0]]))
    other = square(96, "coffee")
    add(
        "depths-8-32.ico",
        f.ico([(96, 96, 8, f.icon_bitmap(other, 8)), (96, 96, 32, f.icon_bitmap(big))]),
    )
    add(
        "depths-32-8.ico",
        f.ico([(96, 96, 32, f.icon_bitmap(big)), (96, 96, 8, f.icon_bitmap(other, 8))]),
    )
    same = [(96, 96, 32, f.icon_bitmap(big)), (96, 96, 32, f.icon_bitmap(other))]
    add("two-alike.ico", f.ico(same))
    add("bits-zero.ico", f.ico([(96, 96, 0, f.icon_bitmap(big)), (96, 96, 0, packed(other))]))
    add(
        "deep-small-shallow-big.ico",
        f.ico([(48, 48, 32, f.icon_bitmap(low)), (96, 96, 8, f.icon_bitmap(big, 8))]),
    )
    add(
        "lies-about-size.ico",
        f.ico([(32, 32, 32, packed(big)), (64, 64, 32, f.icon_bitmap(mid))]),
        "odd-ico",
    )
    # Chromium draws nothing of these three; what is meant is the picture inside.
    inner = packed(big)
    add("says-256-is-96.ico", f.ico([(256, 256, 32, inner)]), "odd-ico", inside=inner)
    add("not-square.ico", f.ico([(96, 60, 32, f.icon_bitmap(big[:60]))]))
    profile = icc.rgb(icc.SWAPPED, icc.curve_gamma(2.2))
    tagged = saved(Image.fromarray(big), "PNG", icc_profile=profile)
    add("png-icc.ico", f.ico([(96, 96, 32, tagged)]), "icc", inside=tagged)
    rgb = array(bars(96, 96)).astype(np.int64)
    inner = f.png(rgb, 8, f.TRUECOLOUR, before=[f.gama(1.0)])
    add("png-gamma.ico", f.ico([(96, 96, 32, inner)]), "gamma", inside=inner)
    add(
        "png-palette.ico",
        f.ico([(96, 96, 8, saved(Image.fromarray(big).convert("RGB").quantize(64), "PNG"))]),
    )
    for bits in (8, 32):
        add(f"bitmap{bits}.cur", f.ico([(96, 96, bits, f.icon_bitmap(big, bits))], 2))
    add("two.cur", f.ico([three[0], three[1]], 2))
    add("png.cur", f.ico([three[2]], 2))
    add("pillow.ico", saved(Image.fromarray(big), "ICO", sizes=[(32, 32), (96, 96), (64, 64)]))
    add(
        "pillow-bmp.ico",
        saved(Image.fromarray(big), "ICO", sizes=[(48, 48), (96, 96)], bitmap_format="bmp"),
    )


# --------------------------------------------------------------------------- read by Pillow only


def _lab(image: Image.Image) -> bytes:
    """Write a TIFF of CIE L*a*b*, with a and b as signed bytes."""
    linear = icc.srgb_decode(np.asarray(image).astype(float) / 255)
    lab = icc.xyz_to_lab(linear @ icc.matrix(icc.SRGB).T)
    values = np.rint(lab * [2.55, 1, 1]).astype(np.int64)
    return tiff((values & 255).astype(np.uint8).tobytes(), image.size, [8] * 3, 8)


def _others(zoo: Zoo) -> None:
    image = photo()
    grey = image.convert("L")
    for name, motif in motifs():
        see = with_alpha(motif)
        plain, clear = saved(motif, "PNG"), saved(see, "PNG")
        for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "PA", "RGBX", "YCbCr"):
            if mode in ("RGBA", "LA"):
                source = with_alpha(motif.convert("L")) if mode == "LA" else see
            elif mode == "PA":
                continue
            else:
                source = motif.convert(mode)
            tags = ("alpha",) if mode in ("RGBA", "LA") else ()
            back = source if mode in ("1", "L", "P", "RGBA", "LA") else source.convert("RGB")
            zoo.add(
                f"{mode.lower()}-{name}.tif",
                saved(source, "TIFF"),
                "tiff",
                *tags,
                reference=saved(back, "PNG"),
            )
        for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate", "zstd"):
            zoo.add(
                f"{compression.replace('_', '-')}-{name}.tif",
                saved(motif, "TIFF", compression=compression),
                "tiff",
                reference=plain,
            )
        zoo.add(
            f"jpeg-{name}.tif",
            saved(motif, "TIFF", compression="jpeg", quality=95),
            "tiff",
            reference=plain,
        )
        for compression in ("group3", "group4", "tiff_ccitt"):
            bit = motif.convert("1")
            zoo.add(
                f"{compression.replace('_', '-')}-{name}.tif",
                saved(bit, "TIFF", compression=compression),
                "tiff",
                reference=saved(bit, "PNG"),
            )
        zoo.add(f"lab-{name}.tif", _lab(motif), "tiff", "lab", reference=plain)
        zoo.add(
            f"grey16-{name}.tif",
            saved(Image.fromarray(wide(motif.convert("L")).astype(np.uint16)), "TIFF"),
            "tiff",
            "depth16",
            reference=f.png(wide(motif.convert("L")), 16, f.GREY),
        )
        zoo.add(f"rgb-{name}.tga", saved(motif, "TGA"), "tga", reference=plain)
        zoo.add(
            f"rgb-rle-{name}.tga",
            saved(motif, "TGA", compression="tga_rle"),
            "tga",
            reference=plain,
        )
        zoo.add(f"rgba-{name}.tga", saved(see, "TGA"), "tga", "alpha", reference=clear)
        zoo.add(
            f"grey-{name}.tga",
            saved(motif.convert("L"), "TGA"),
            "tga",
            reference=saved(motif.convert("L"), "PNG"),
        )
        zoo.add(
            f"palette-{name}.tga",
            saved(motif.convert("P"), "TGA"),
            "tga",
            reference=saved(motif.convert("P"), "PNG"),
        )
        zoo.add(f"rgb-{name}.qoi", f.qoi(array(motif)), "qoi", reference=plain)
        zoo.add(f"rgba-{name}.qoi", f.qoi(array(see)), "qoi", "alpha", reference=clear)
        zoo.add(f"rgb-{name}.ppm", saved(motif, "PPM"), "ppm", reference=plain)
        zoo.add(
            f"grey-{name}.pgm",
            saved(motif.convert("L"), "PPM"),
            "ppm",
            reference=saved(motif.convert("L"), "PNG"),
        )
        zoo.add(
            f"bit-{name}.pbm",
            saved(motif.convert("1"), "PPM"),
            "ppm",
            reference=saved(motif.convert("1"), "PNG"),
        )
        zoo.add(
            f"grey16-{name}.pgm",
            b"P5 %d %d 65535\n" % motif.size + wide(motif.convert("L")).astype(">u2").tobytes(),
            "ppm",
            "depth16",
            reference=f.png(wide(motif.convert("L")), 16, f.GREY),
        )
        zoo.add(f"rgb-{name}.jp2", saved(motif, "JPEG2000"), "jpeg2000", reference=plain)
        zoo.add(
            f"rgb-{name}.j2k", saved(motif, "JPEG2000", no_jp2=True), "jpeg2000", reference=plain
        )
        zoo.add(f"rgba-{name}.jp2", saved(see, "JPEG2000"), "jpeg2000", "alpha", reference=clear)
        zoo.add(
            f"lossy-{name}.jp2",
            saved(motif, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[2]),
            "jpeg2000",
            reference=plain,
        )
        zoo.add(
            f"grey-{name}.jp2",
            saved(motif.convert("L"), "JPEG2000"),
            "jpeg2000",
            reference=saved(motif.convert("L"), "PNG"),
        )
        zoo.add(f"rgb-{name}.dib", saved(motif, "DIB"), "bmp", reference=plain)
    stretched = np.asarray(grey).astype(np.float64)
    stretched = (stretched - stretched.min()) / (stretched.max() - stretched.min())
    eight = np.rint(stretched * 255).astype(np.uint8)
    floats = Image.fromarray(stretched.astype(np.float32))
    zoo.add(
        "float.tif",
        saved(floats, "TIFF"),
        "tiff",
        "float",
        reference=saved(Image.fromarray(eight), "PNG"),
    )
    zoo.add(
        "la16.jp2",
        saved(Image.fromarray(wide(grey).astype(np.uint16)), "JPEG2000"),
        "jpeg2000",
        "depth16",
        reference=f.png(wide(grey), 16, f.GREY),
    )
    maximum = 1000
    for name, levels in (("maximum1000", maximum), ("maximum15", 15)):
        values = np.asarray(image).astype(np.int64) * levels // 255
        raw = values.astype(">u2").tobytes() if levels > 255 else values.astype(np.uint8).tobytes()
        back = np.rint(values * 255 / levels).astype(np.int64)
        zoo.add(
            f"{name}.ppm",
            b"P6 %d %d %d\n" % (*image.size, levels) + raw,
            "ppm",
            reference=f.png(back, 8, f.TRUECOLOUR),
        )
    zoo.add(
        "rgb16.ppm",
        b"P6 %d %d 65535\n" % image.size + wide(image).astype(">u2").tobytes(),
        "ppm",
        "depth16",
        reference=f.png(wide(image), 16, f.TRUECOLOUR),
    )
    text = " ".join(str(v) for v in np.asarray(image).ravel().tolist())
    zoo.add(
        "text.ppm",
        f"P3\n# made by hand\n100 75\n255\n{text}\n".encode(),
        "ppm",
        reference=saved(image, "PNG"),
    )
    for mode, data in _tiff_by_hand(image).items():
        zoo.add(f"hand-{mode}.tif", data[0], "tiff", *data[2], reference=data[1])


def _tiff_by_hand(image: Image.Image) -> dict[str, tuple[bytes, bytes, tuple[str, ...]]]:
    """Kinds of TIFF that Pillow reads but does not write."""
    grey, colour = array(image.convert("L")).astype(np.int64), array(image).astype(np.int64)
    cover = array(alpha(*image.size)).astype(np.int64)
    see_through = np.concatenate([colour, cover[..., None]], axis=2)
    ready = np.concatenate(
        [np.rint(colour * cover[..., None] / 255).astype(np.int64), cover[..., None]], axis=2
    )
    sixteen = wide(image)
    plain = f.png(colour, 8, f.TRUECOLOUR)
    clear = f.png(see_through, 8, f.TRUECOLOUR_ALPHA)
    twelve = grey * 4095 // 255
    pairs = twelve.reshape(len(twelve), -1, 2)
    packed = np.stack(
        [pairs[..., 0] >> 4, (pairs[..., 0] & 15) << 4 | pairs[..., 1] >> 8, pairs[..., 1] & 255], 2
    )
    return {
        "white-is-zero": (
            tiff((255 - grey).astype(np.uint8).tobytes(), image.size, [8], 0),
            f.png(grey, 8, f.GREY),
            ("grey",),
        ),
        "rgb16": (
            tiff(sixteen.astype("<u2").tobytes(), image.size, [16] * 3, 2),
            f.png(sixteen, 16, f.TRUECOLOUR),
            ("depth16",),
        ),
        "rgb16-big-endian": (
            tiff(sixteen.astype(">u2").tobytes(), image.size, [16] * 3, 2, order=">"),
            f.png(sixteen, 16, f.TRUECOLOUR),
            ("depth16",),
        ),
        "grey16-big-endian": (
            tiff(wide(image.convert("L")).astype(">u2").tobytes(), image.size, [16], 1, order=">"),
            f.png(wide(image.convert("L")), 16, f.GREY),
            ("depth16",),
        ),
        "grey16-white-is-zero": (
            tiff((65535 - wide(image.convert("L"))).astype("<u2").tobytes(), image.size, [16], 0),
            f.png(wide(image.convert("L")), 16, f.GREY),
            ("depth16",),
        ),
        "grey12": (
            tiff(packed.astype(np.uint8).tobytes(), image.size, [12], 1),
            f.png(grey, 8, f.GREY),
            ("depth16",),
        ),
        "grey4": (
            tiff(np.packbits(_bits(grey >> 4, 4), axis=1).tobytes(), image.size, [4], 1),
            f.png(grey >> 4, 4, f.GREY),
            ("grey",),
        ),
        "grey2": (
            tiff(np.packbits(_bits(grey >> 6, 2), axis=1).tobytes(), image.size, [2], 1),
            f.png(grey >> 6, 2, f.GREY),
            ("grey",),
        ),
        "unassociated": (
            tiff(see_through.astype(np.uint8).tobytes(), image.size, [8] * 4, 2, extra=2),
            clear,
            ("alpha",),
        ),
        "associated": (
            tiff(ready.astype(np.uint8).tobytes(), image.size, [8] * 4, 2, extra=1),
            clear,
            ("alpha",),
        ),
        "unspecified-extra": (
            tiff(see_through.astype(np.uint8).tobytes(), image.size, [8] * 4, 2, extra=0),
            plain,
            (),
        ),
        "planar": (
            tiff(
                np.moveaxis(colour, 2, 0).astype(np.uint8).tobytes(),
                image.size,
                [8] * 3,
                2,
                planar=True,
            ),
            plain,
            (),
        ),
        "rgba16": (
            tiff(wide(with_alpha(image)).astype("<u2").tobytes(), image.size, [16] * 4, 2, extra=2),
            f.png(wide(with_alpha(image)), 16, f.TRUECOLOUR_ALPHA),
            ("alpha", "depth16"),
        ),
    }


def _bits(values: Array, depth: int) -> Array:
    one = (values[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    result: Array = one.reshape(len(values), -1).astype(np.uint8)
    return result


def tiff(
    data: bytes,
    size: tuple[int, int],
    bits: Sequence[int],
    photometric: int,
    *,
    order: str = "<",
    extra: int | None = None,
    planar: bool = False,
) -> bytes:
    """Write an uncompressed TIFF of one strip, or one a plane."""
    import struct

    count = len(bits)
    strips = count if planar else 1
    entries: list[tuple[int, int, list[int]]] = [
        (256, 4, [size[0]]),
        (257, 4, [size[1]]),
        (258, 3, list(bits)),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, 4, []),
        (277, 3, [count]),
        (278, 4, [size[1]]),
        (279, 4, [len(data) // strips] * strips),
        (284, 3, [2 if planar else 1]),
    ]
    if extra is not None:
        entries.append((338, 3, [extra]))
    start = 8 + 2 + 12 * len(entries) + 4
    outside = b""
    room = start + 256
    entries[5] = (273, 4, [room + len(data) // strips * i for i in range(strips)])
    table = struct.pack(order + "H", len(entries))
    for tag, kind, values in entries:
        body = struct.pack(order + ("H" if kind == 3 else "I") * len(values), *values)
        if len(body) > 4:
            place = struct.pack(order + "I", start + len(outside))
            outside += body
            body = place
        table += struct.pack(order + "HHI", tag, kind, len(values)) + body.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return (head + table + struct.pack(order + "I", 0) + outside).ljust(room, b"\0") + data


def zoo(folder: Path) -> list[Case]:
    """Write the whole zoo to a folder and return what is in it."""
    keeper = Zoo(folder)
    _png_types(keeper)
    _png_gamma(keeper)
    _png_cicp(keeper)
    _profiles(keeper)
    _cmyk(keeper)
    _jpeg(keeper)
    _photos(keeper)
    _large(keeper)
    _orientation(keeper)
    _webp(keeper)
    _avif(keeper)
    _gif(keeper)
    _apng(keeper)
    _bmp(keeper)
    _icons(keeper)
    _others(keeper)
    return keeper.cases
