"""ICC profiles written byte by byte, so that the tests choose what is in them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Chromaticities = tuple[float, float, float, float, float, float]

D50 = (0.9642, 1.0, 0.8249)
D65_XY = (0.3127, 0.3290)
D50_XY = (0.3457, 0.3585)

SRGB: Chromaticities = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE: Chromaticities = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
P3: Chromaticities = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
BT2020: Chromaticities = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
PROPHOTO: Chromaticities = (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
#: sRGB with red, green and blue exchanged: nobody can overlook a missing conversion.
SWAPPED: Chromaticities = (0.30, 0.60, 0.15, 0.06, 0.64, 0.33)

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

# --------------------------------------------------------------------------- colour arithmetic


def white_xyz(white: tuple[float, float]) -> Array:
    x, y = white
    return np.array([x / y, 1.0, (1 - x - y) / y])


def adaptation(white: tuple[float, float]) -> Array:
    """Return Bradford's matrix from a white point to D50."""
    source, target = _BRADFORD @ white_xyz(white), _BRADFORD @ np.array(D50)
    result: Array = np.linalg.inv(_BRADFORD) @ np.diag(target / source) @ _BRADFORD
    return result


def matrix(primaries: Chromaticities, white: tuple[float, float] = D65_XY) -> Array:
    """Return the matrix from linear RGB to XYZ, relative to D50."""
    points = np.array(primaries).reshape(3, 2)
    columns = np.stack([white_xyz((x, y)) for x, y in points], axis=1)
    scale = np.linalg.solve(columns, white_xyz(white))
    result: Array = adaptation(white) @ (columns * scale)
    return result


def srgb_decode(value: Array) -> Array:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb_encode(value: Array) -> Array:
    value = np.clip(value, 0, 1)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


def xyz_to_lab(xyz: Array) -> Array:
    ratio = xyz / np.array(D50)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_xyz(lab: Array) -> Array:
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    result: Array = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * np.array(D50)
    return result


# --------------------------------------------------------------------------- elements


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def xyz_tag(value: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(s15(v) for v in value)


def curve_gamma(gamma: float) -> bytes:
    """Return a curve that is a power, to 1/256."""
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def curve_linear() -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">I", 0)


def curve_table(function: Callable[[Array], Array], count: int = 1024) -> bytes:
    values = np.rint(np.clip(function(np.linspace(0, 1, count)), 0, 1) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", count) + values.tobytes()


def curve_parametric(kind: int, *parameters: float) -> bytes:
    assert len(parameters) == (1, 3, 4, 5, 7)[kind]
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(s15(p) for p in parameters)


def curve_srgb() -> bytes:
    return curve_parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def text(value: str, version: int) -> bytes:
    if version >= 4:
        encoded = value.encode("utf-16-be")
        return (
            b"mluc\0\0\0\0"
            + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
            + encoded
        )
    plain = value.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)


def profile(
    tags: Mapping[bytes, bytes],
    *,
    space: bytes = b"RGB ",
    pcs: bytes = b"XYZ ",
    device: bytes = b"mntr",
    version: int = 4,
    intent: int = 0,
    name: str = "made for a test",
) -> bytes:
    """Put tags together; equal ones are stored once, as real profiles do."""
    every = {
        b"desc": text(name, version),
        b"cprt": text("CC0", version) if version >= 4 else b"text\0\0\0\0CC0\0",
        b"wtpt": xyz_tag(D50),
        **tags,
    }
    offset = 128 + 4 + 12 * len(every)
    directory, body, seen = b"", b"", dict[bytes, int]()
    for signature, data in every.items():
        if data not in seen:
            seen[data] = offset + len(body)
            body += data + bytes(-len(data) % 4)
        directory += struct.pack(">4sII", signature, seen[data], len(data))
    number = 0x04300000 if version >= 4 else 0x02100000
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIII8sI12s4s44s",
        offset + len(body),
        b"test",
        number,
        device,
        space,
        pcs,
        struct.pack(">6H", 2024, 1, 1, 0, 0, 0),
        b"acsp",
        b"\0\0\0\0",
        0,
        0,
        0,
        bytes(8),
        intent,
        b"".join(s15(v) for v in D50),
        b"test",
        bytes(44),
    )
    assert len(header) == 128
    return header + struct.pack(">I", len(every)) + directory + body


# --------------------------------------------------------------------------- whole profiles


def rgb(
    primaries: Chromaticities,
    curve: bytes | Sequence[bytes],
    *,
    white: tuple[float, float] = D65_XY,
    version: int = 4,
    more: Mapping[bytes, bytes] | None = None,
    device: bytes = b"mntr",
    intent: int = 0,
) -> bytes:
    """Return a display profile of a matrix and three curves."""
    columns = matrix(primaries, white)
    curves = [curve] * 3 if isinstance(curve, bytes) else curve
    tags = {
        b"rXYZ": xyz_tag(columns[:, 0]),
        b"gXYZ": xyz_tag(columns[:, 1]),
        b"bXYZ": xyz_tag(columns[:, 2]),
        b"rTRC": curves[0],
        b"gTRC": curves[1],
        b"bTRC": curves[2],
    }
    if version >= 4:
        chad = adaptation(white).ravel()
        tags[b"chad"] = b"sf32\0\0\0\0" + b"".join(s15(v) for v in chad)
    return profile(tags | dict(more or {}), version=version, device=device, intent=intent)


def grey(curve: bytes, *, version: int = 4, pcs: bytes = b"XYZ ") -> bytes:
    return profile({b"kTRC": curve}, space=b"GRAY", version=version, pcs=pcs)


def dot_gain(percent: float) -> Callable[[Array], Array]:
    """Return the curve of a printed grey whose half tone comes out darker by so much."""
    # In ink terms: a' = a + 4 g a (1 - a); light = 1 - a'.
    gain = percent / 100

    def curve(value: Array) -> Array:
        ink = 1 - value
        return 1 - np.clip(ink + 4 * gain * ink * (1 - ink), 0, 1)

    return curve


# --------------------------------------------------------------------------- tables

Model = Callable[[Array], Array]


def _grid(channels: int, points: int) -> Array:
    axes = np.meshgrid(*[np.linspace(0, 1, points)] * channels, indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, channels)


def _encode_lab(lab: Array, top: float, per: float, offset: float) -> Array:
    return np.stack(
        [lab[..., 0] / 100 * top, (lab[..., 1] + offset) * per, (lab[..., 2] + offset) * per],
        axis=-1,
    )


def lut8(model: Model, channels: int, points: int = 17) -> bytes:
    """Return an 8-bit table (``mft1``) from device values to Lab."""
    lab = _encode_lab(model(_grid(channels, points)), 255, 1, 128)
    table = np.rint(np.clip(lab, 0, 255)).astype(np.uint8)
    identity = np.arange(256, dtype=np.uint8).tobytes()
    return (
        b"mft1\0\0\0\0"
        + struct.pack(">BBBB", channels, 3, points, 0)
        + _identity()
        + identity * channels
        + table.tobytes()
        + identity * 3
    )


def lut16(model: Model, channels: int, points: int = 9, entries: int = 2) -> bytes:
    """Return a 16-bit table (``mft2``) from device values to Lab in version 2's encoding."""
    lab = _encode_lab(model(_grid(channels, points)), 65280, 256, 128)
    table = np.rint(np.clip(lab, 0, 65535)).astype(">u2")
    identity = np.rint(np.linspace(0, 65535, entries)).astype(">u2").tobytes()
    return (
        b"mft2\0\0\0\0"
        + struct.pack(">BBBB", channels, 3, points, 0)
        + _identity()
        + struct.pack(">HH", entries, entries)
        + identity * channels
        + table.tobytes()
        + identity * 3
    )


def lut16_xyz(model: Model, channels: int, points: int = 17) -> bytes:
    """Return a 16-bit table from device values to XYZ (1.0 is 32768)."""
    xyz = np.rint(np.clip(model(_grid(channels, points)) * 32768, 0, 65535)).astype(">u2")
    ends = struct.pack(">HH", 0, 65535)
    return (
        b"mft2\0\0\0\0"
        + struct.pack(">BBBB", channels, 3, points, 0)
        + _identity()
        + struct.pack(">HH", 2, 2)
        + ends * channels
        + xyz.tobytes()
        + ends * 3
    )


def lut_ab(model: Model, channels: int, points: int = 9, curve: bytes | None = None) -> bytes:
    """Return a version 4 table (``mAB ``) from device values to Lab; `curve` is the A curve."""
    lab = _encode_lab(model(_grid(channels, points)), 65535, 257, 128)
    table = np.rint(np.clip(lab, 0, 65535)).astype(">u2").tobytes()
    one = curve or curve_linear()
    one += bytes(-len(one) % 4)
    flat = curve_linear()
    sizes = bytes([points] * channels) + bytes(16 - channels)
    clut = sizes + b"\x02\0\0\0" + table
    clut += bytes(-len(clut) % 4)
    b_at = 32
    clut_at = b_at + 3 * len(flat)
    a_at = clut_at + len(clut)
    return (
        b"mAB \0\0\0\0"
        + struct.pack(">BBHIIIII", channels, 3, 0, b_at, 0, 0, clut_at, a_at)
        + flat * 3
        + clut
        + one * channels
    )


def lab_to_device(inverse: Model, channels: int, points: int = 9) -> bytes:
    """Return a 16-bit table from Lab (version 2's encoding) to device values."""
    grid = _grid(3, points) * 65535
    lab = np.stack([grid[:, 0] / 652.8, grid[:, 1] / 256 - 128, grid[:, 2] / 256 - 128], axis=-1)
    table = np.rint(np.clip(inverse(lab), 0, 1) * 65535).astype(">u2")
    ends = struct.pack(">HH", 0, 65535)
    return (
        b"mft2\0\0\0\0"
        + struct.pack(">BBBB", 3, channels, points, 0)
        + _identity()
        + struct.pack(">HH", 2, 2)
        + ends * 3
        + table.tobytes()
        + ends * channels
    )


def _identity() -> bytes:
    return b"".join(s15(v) for v in np.eye(3).ravel())


# --------------------------------------------------------------------------- a printing press

#: Lab of paper and of inks printed solid, much as on coated paper: C, M, Y, then overprints.
_INKS: dict[tuple[int, int, int, int], tuple[float, float, float]] = {
    (0, 0, 0, 0): (100, 0, 0),
    (1, 0, 0, 0): (57, -37, -45),
    (0, 1, 0, 0): (50, 72, -4),
    (0, 0, 1, 0): (91, -5, 90),
    (1, 1, 0, 0): (27, 18, -45),
    (1, 0, 1, 0): (52, -66, 26),
    (0, 1, 1, 0): (49, 66, 46),
    (1, 1, 1, 0): (26, 2, 1),
}


def press(gain: float = 0.16, black: float = 16.0) -> Model:
    """Return a simple model of print: Neugebauer's sixteen colours and dot gain.

    `black` is the lightness of black ink; on other inks it gets a little darker.
    """
    corners = np.zeros((2, 2, 2, 2, 3))
    for (c, m, y, _), lab in _INKS.items():
        corners[c, m, y, 0] = lab_to_xyz(np.array(lab, float))
        under = lab[0] / 100
        dark = np.array([black * (0.55 + 0.45 * under), lab[1] * 0.05, lab[2] * 0.05])
        corners[c, m, y, 1] = lab_to_xyz(dark)

    def model(ink: Array) -> Array:
        a = np.clip(ink + 4 * gain * ink * (1 - ink), 0, 1)
        result = np.zeros((len(a), 3))
        for index in np.ndindex(2, 2, 2, 2):
            weight = np.ones(len(a))
            for channel, bit in enumerate(index):
                weight = weight * (a[:, channel] if bit else 1 - a[:, channel])
            result += weight[:, None] * corners[index]
        return xyz_to_lab(result)

    return model


def _separate(lab: Array) -> Array:
    """Guess inks for a colour; good enough for the direction that nothing here uses."""
    linear = lab_to_xyz(lab) @ np.linalg.inv(matrix(SRGB)).T
    rgb = srgb_encode(linear)
    cmy = 1 - rgb
    black = cmy.min(axis=1, keepdims=True) * 0.8
    return np.concatenate([(cmy - black) / (1 - black), black], axis=1)


def cmyk(kind: str = "lut8", *, other: bool = False, points: int = 9, version: int = 2) -> bytes:
    """Return a printing profile.

    With `other` the colorimetric table shows a different press than the perceptual one, so that
    a picture tells which intent was used.
    """
    makers: dict[str, Callable[[Model, int, int], bytes]] = {
        "lut8": lut8,
        "lut16": lut16,
        "mAB": lut_ab,
    }
    make = makers[kind]
    tags = {b"A2B0": make(press(), 4, points), b"B2A0": lab_to_device(_separate, 4)}
    if other:
        tags[b"A2B1"] = make(press(gain=0.05, black=5.0), 4, points)
        tags[b"B2A1"] = tags[b"B2A0"]
    return profile(tags, space=b"CMYK", pcs=b"Lab ", device=b"prtr", version=version)


def rgb_table(
    kind: str = "lut16",
    *,
    turn: float = 40,
    version: int = 2,
    with_matrix: bool = False,
    points: int = 17,
) -> bytes:
    """Return an RGB profile of a table that turns all hues, with or without a plain matrix too."""
    to_xyz = matrix(SRGB)
    angle = math.radians(turn)
    spin = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])

    def model(values: Array) -> Array:
        lab = xyz_to_lab(srgb_decode(values) @ to_xyz.T)
        lab[..., 1:] = lab[..., 1:] @ spin.T * 0.8
        return lab

    tags: dict[bytes, bytes] = {}
    pcs = b"Lab "
    if kind == "lut8":
        tags[b"A2B0"] = lut8(model, 3, points)
    elif kind == "lut16":
        tags[b"A2B0"] = lut16(model, 3, points)
    elif kind == "mAB":
        tags[b"A2B0"] = lut_ab(model, 3, points)
    else:
        tags[b"A2B0"] = lut16_xyz(lambda v: lab_to_xyz(model(v)), 3, points)
        pcs = b"XYZ "
    if with_matrix:
        columns = to_xyz
        for letter, column in zip((b"r", b"g", b"b"), columns.T, strict=True):
            tags[letter + b"XYZ"] = xyz_tag(column)
            tags[letter + b"TRC"] = curve_table(srgb_decode)
    return profile(tags, pcs=pcs, device=b"scnr", version=version)


def cicp_tag(primaries: int, transfer: int, matrix_number: int = 0, full: int = 1) -> bytes:
    return b"cicp\0\0\0\0" + bytes([primaries, transfer, matrix_number, full])
