"""Arrays that are pictures, with the pixels that people should see, and arrays that are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.images import opacity, photograph

NAN_COLOR = (255, 0, 255)
"""The default of ``nan_color``."""

GREY: NDArray[np.uint8] = np.asarray(photograph("camera"))
COLORS: NDArray[np.uint8] = np.asarray(photograph("astronaut"))
OPACITY: NDArray[np.uint8] = np.asarray(opacity())
HEIGHT, WIDTH = GREY.shape


@dataclass(frozen=True)
class Specimen:
    """An array and what its picture looks like."""

    name: str
    make: Callable[[], NDArray[Any]]
    seen: NDArray[np.uint8]
    """H×W (grey), H×W×2, H×W×3 or H×W×4."""
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def ramp(low: float, high: float, dtype: Any) -> NDArray[Any]:
    """Return a picture that rises from `low` at the left to `high` at the right."""
    part = np.linspace(0, 1, WIDTH, dtype=np.longdouble)
    line = low * (1 - part) + high * part
    if np.dtype(dtype).kind in "ui":
        line = line.round()
    line[0], line[-1] = low, high
    return np.tile(line.astype(dtype), (HEIGHT, 1))


def spread(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as bytes with `low` black and `high` white, calculated in the plain way."""
    part = (values.astype(np.longdouble) - low) / (np.longdouble(high) - low)
    return np.asarray(np.clip(part, 0, 1) * 255 + 0.5).astype(np.uint8)


def _spread(name: str, values: NDArray[Any], low: float, high: float, **options: Any) -> Specimen:
    return Specimen(name, values.copy, spread(values, low, high), options)


def _of(name: str, make: Callable[[], Any], seen: NDArray[Any], **options: Any) -> Specimen:
    return Specimen(name, make, seen, options)


_UNIT = GREY / np.float64(255)
_COLOR_UNIT = COLORS.astype(np.float32) / 255
_EDGES = GREY.astype(np.int16) - np.roll(GREY, 1).astype(np.int16)
_WITH_OPACITY = np.dstack([COLORS, OPACITY])
_BRIGHT = GREY > 127


def _last(value: int, dtype: Any) -> NDArray[Any]:
    """Return integers whose maximum is `value`."""
    picture = (GREY.astype(np.float64) / GREY.max() * value).round().astype(dtype)
    picture.flat[0] = value
    return picture


VALUES = [
    # bool and bytes
    _of("bool", _BRIGHT.copy, _BRIGHT.astype(np.uint8) * 255),
    _of("bool all true", lambda: np.ones_like(_BRIGHT), np.full_like(GREY, 255)),
    _of("uint8", GREY.copy, GREY),
    _of("uint8 dark stays dark", lambda: GREY // 8, GREY // 8),
    # other integers, none negative: the smallest of 8, 10, 12, 14, 16 bits
    *(
        _spread(f"uint16 up to {top}", _last(top, np.uint16), 0, white)
        for top, white in [
            (1, 255),
            (255, 255),
            (256, 1023),
            (1023, 1023),
            (1024, 4095),
            (4095, 4095),
            (4096, 16383),
            (16383, 16383),
            (16384, 65535),
            (65535, 65535),
        ]
    ),
    _spread("int16 none negative", _last(1000, np.int16), 0, 1023),
    _spread("int32 of 12 bits", _last(3000, np.int32), 0, 4095),
    _spread("int64 of 8 bits", _last(200, np.int64), 0, 255),
    _spread("uint32 over 16 bits", _last(70_000, np.uint32), 0, 70_000),
    _spread("int64 huge", _last(2**62, np.int64), 0, 2**62),
    _spread("uint64 to its end", ramp(0, 2**64 - 2048, np.uint64), 0, 2**64 - 2048),
    _spread("uint16 zeros", np.zeros((9, 9), np.uint16), 0, 255),
    _spread("int8 none negative", _last(127, np.int8), 0, 255),
    # integers with negatives: minimum to maximum
    _spread("int8 with negatives", ramp(-128, 127, np.int8), -128, 127),
    _spread("int16 edges", _EDGES, int(_EDGES.min()), int(_EDGES.max())),
    _spread("int16 from end to end", ramp(-32768, 32767, np.int16), -32768, 32767),
    _spread("int32 few negatives", ramp(-3, 1000, np.int32), -3, 1000),
    _spread("int64 from end to end", ramp(-(2**62), 2**62, np.int64), -(2**62), 2**62),
    # floats
    _spread("float32 in 0 to 1", _UNIT.astype(np.float32), 0, 1),
    _spread("float64 in 0 to 1", _UNIT, 0, 1),
    _spread("float64 dark in 0 to 1 is not stretched", _UNIT / 8, 0, 1),
    _spread("float16 in 0 to 1", _UNIT.astype(np.float16), 0, 1),
    _spread("float32 overshooting 1 by resampling", _UNIT.astype(np.float32) * 1.004, 0, 1),
    _spread("float32 beyond what overshoots", ramp(0, 1.1, np.float32), 0, 255),
    _spread("float64 beyond -1", ramp(-1.1, 0.5, np.float64), -1.1, 0.5),
    _spread("float32 in -1 to 1", (_UNIT * 2 - 1).astype(np.float32), -1, 1),
    _spread("float64 small with negatives", _UNIT * 0.2 - 0.1, -1, 1),
    _spread("float32 in 0 to 255", GREY.astype(np.float32), 0, 255),
    _spread("float64 in 0 to 255, dark", GREY / 2, 0, 255),
    _spread("float16 in 0 to 255", GREY.astype(np.float16), 0, 255),
    _spread("float32 over 255", ramp(0, 4000, np.float32), 0, 4000),
    _spread("float64 far from 0", ramp(5000, 5001, np.float64), 5000, 5001),
    _spread("float64 with large negatives", ramp(-40, 10, np.float64), -40, 10),
    _spread("float64 from -1e308 to 1e308", ramp(-1e308, 1e308, np.float64), -1e308, 1e308),
    _spread("float64 up to 1e308", ramp(0, 1e308, np.float64), 0, 1e308),
    _spread("float32 up to its end", ramp(-3e38, 3e38, np.float32), -3e38, 3e38),
    _spread("float16 up to its end", ramp(-6e4, 6e4, np.float16), -6e4, 6e4),
    _spread("longdouble", ramp(0, 1, np.longdouble), 0, 1),
    _spread("float32 constant half", np.full((40, 60), 0.5, np.float32), 0, 1),
    # value_range goes before every rule
    _spread("uint8 in a range", GREY, 50, 100, value_range=(50, 100)),
    _spread("bool in a range", _BRIGHT, 0, 2, value_range=(0, 2)),
    _spread("uint16 in a range", _last(4000, np.uint16), 100, 2000, value_range=(100, 2000)),
    _spread("int16 in a range", _EDGES, -10, 10, value_range=(-10, 10)),
    _spread("float64 in a range", _UNIT, 0.25, 0.5, value_range=(0.25, 0.5)),
    _spread("float32 wider than it is", _UNIT.astype(np.float32), -1, 3, value_range=(-1, 3)),
]
"""Every rule of the range of values, with its borders."""


def _memory_orders() -> list[Specimen]:
    uint16 = GREY.astype(np.uint16) * 257

    def read_only() -> NDArray[Any]:
        array = GREY.copy()
        array.flags.writeable = False
        return array

    return [
        _of("Fortran order", lambda: np.asfortranarray(COLORS), COLORS),
        _of("Fortran order floats", lambda: np.asfortranarray(_COLOR_UNIT), COLORS),
        _of("negative strides", lambda: COLORS[::-1, ::-1], COLORS[::-1, ::-1]),
        _of("negative channel stride", lambda: COLORS[..., ::-1], COLORS[..., ::-1]),
        _of("every second pixel", lambda: GREY[::2, ::2], GREY[::2, ::2]),
        _of("transposed", lambda: GREY.T, GREY.T),
        _of("big-endian uint16", lambda: uint16.astype(">u2"), GREY),
        _of("little-endian uint16", lambda: uint16.astype("<u2"), GREY),
        _of("big-endian float64", lambda: _UNIT.astype(">f8"), GREY),
        _of("big-endian float32", lambda: _UNIT.astype(">f4"), GREY),
        _of("read-only", read_only, GREY),
        _of("read-only frombuffer", lambda: _from_buffer(GREY), GREY),
        _of("broadcast", lambda: np.broadcast_to(np.uint8(77), (40, 60)), _flat(77)),
        _of("field of a record", lambda: _record()["grey"], GREY),
    ]


def _from_buffer(array: NDArray[Any]) -> NDArray[Any]:
    return np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)


def _flat(value: int) -> NDArray[np.uint8]:
    return np.full((40, 60), value, np.uint8)


def _record() -> NDArray[Any]:
    record = np.zeros(GREY.shape, [("grey", np.uint8), ("other", np.float64)])
    record["grey"] = GREY
    return record


MEMORY_ORDERS = _memory_orders()
"""The same values, laid out in memory in every way."""


def _bgra() -> NDArray[np.uint8]:
    return _WITH_OPACITY[..., [2, 1, 0, 3]].copy()


SHAPES = [
    _of("H×W", GREY.copy, GREY),
    _of("H×W×1", lambda: GREY[..., None], GREY),
    _of("H×W×2", lambda: np.dstack([GREY, OPACITY]), np.dstack([GREY, OPACITY])),
    _of("H×W×3", COLORS.copy, COLORS),
    _of("H×W×4", _WITH_OPACITY.copy, _WITH_OPACITY),
    _of("1×H×W", lambda: GREY[None], GREY),
    _of("C×H×W of 3", lambda: np.moveaxis(COLORS, -1, 0).copy(), COLORS),
    _of("C×H×W of 4", lambda: np.moveaxis(_WITH_OPACITY, -1, 0).copy(), _WITH_OPACITY),
    _of("C×H×W of floats", lambda: np.moveaxis(_COLOR_UNIT, -1, 0).copy(), COLORS),
    _of("H×W×3 of bool", lambda: COLORS > 127, (COLORS > 127).astype(np.uint8) * 255),
    _of("H×W×3 of uint16", lambda: COLORS.astype(np.uint16) * 257, COLORS),
    _of("H×W×4 of floats", lambda: _WITH_OPACITY / np.float32(255), _WITH_OPACITY),
    _of("H×W×4 of uint16", lambda: _WITH_OPACITY.astype(np.uint16) * 257, _WITH_OPACITY),
    _of("3×3×3", COLORS[:3, :3].copy, COLORS[:3, :3]),
    _of(
        "2×H×W said to have its channels first",
        lambda: np.stack([GREY, OPACITY]),
        np.dstack([GREY, OPACITY]),
        channels="first",
    ),
    _of(
        "C×H×3 said to have its channels first",
        lambda: np.moveaxis(COLORS[:, :3], -1, 0).copy(),
        COLORS[:, :3],
        channels="first",
    ),
    _of("bgr H×W×3", COLORS[..., ::-1].copy, COLORS, color_order="bgr"),
    _of("bgr H×W×4", _bgra, _WITH_OPACITY, color_order="bgr"),
    _of(
        "bgr C×H×W",
        lambda: np.moveaxis(COLORS[..., ::-1], -1, 0).copy(),
        COLORS,
        color_order="bgr",
    ),
    _of("bgr does nothing to grey", GREY.copy, GREY, color_order="bgr"),
    _of("one pixel", lambda: np.array([[200]], np.uint8), np.array([[200]], np.uint8)),
    _of("one row", GREY[:1].copy, GREY[:1]),
]
"""Which axis is which."""


@dataclass(frozen=True)
class Spoilt:
    """An array with values that are none, where they are, and what the others look like."""

    name: str
    make: Callable[[], NDArray[Any]]
    where: NDArray[np.bool_]
    seen: NDArray[np.uint8]

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


HOLE = np.zeros(GREY.shape, bool)
HOLE[20:60, 30:90] = True


def _holed_colors() -> NDArray[Any]:
    array = _COLOR_UNIT.copy()
    array[HOLE] = np.nan
    return array


def _spoilt() -> list[Spoilt]:
    def put(value: float, values: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        def make() -> NDArray[Any]:
            array = values.copy()
            array[HOLE] = value
            return array

        return make

    def in_all(values: NDArray[Any]) -> NDArray[Any]:
        array = values.copy()
        array[HOLE] = np.array([np.nan, np.inf, -np.inf] * (HOLE.sum() // 3))
        return array

    def one_channel() -> NDArray[Any]:
        array = _COLOR_UNIT.copy()
        array[HOLE, 1] = np.nan
        return array

    wide = _UNIT * 5000 - 1000
    low, high = wide[~HOLE].min(), wide[~HOLE].max()
    wide_seen = spread(wide, low, high)
    words = GREY.astype(np.uint16) * 257
    return [
        Spoilt("NaN in 0 to 1", put(np.nan, _UNIT), HOLE, GREY),
        Spoilt("+Inf in 0 to 1", put(np.inf, _UNIT), HOLE, GREY),
        Spoilt("-Inf in 0 to 1", put(-np.inf, _UNIT), HOLE, GREY),
        Spoilt("NaN in float32", put(np.nan, _UNIT.astype(np.float32)), HOLE, GREY),
        Spoilt("Inf in float16", put(np.inf, _UNIT.astype(np.float16)), HOLE, GREY),
        Spoilt("all three", lambda: in_all(_UNIT), HOLE, GREY),
        Spoilt("NaN where the range is that of the rest", put(np.nan, wide), HOLE, wide_seen),
        Spoilt("Inf where the range is that of the rest", put(np.inf, wide), HOLE, wide_seen),
        Spoilt("NaN in big-endian", lambda: put(np.nan, _UNIT)().astype(">f8"), HOLE, GREY),
        Spoilt("NaN in every channel", _holed_colors, HOLE, COLORS),
        Spoilt("NaN in one channel", one_channel, HOLE, COLORS),
        Spoilt("masked uint8", lambda: np.ma.array(GREY, mask=HOLE), HOLE, GREY),
        Spoilt("masked uint16", lambda: np.ma.array(words, mask=HOLE), HOLE, GREY),
        Spoilt(
            "masked bool", lambda: np.ma.array(_BRIGHT, mask=HOLE), HOLE, _BRIGHT * np.uint8(255)
        ),
        Spoilt(
            "masked values far outside",
            lambda: np.ma.array(put(1e9, _UNIT)(), mask=HOLE),
            HOLE,
            GREY,
        ),
        Spoilt(
            "masked integers far outside",
            lambda: np.ma.array(np.where(HOLE, 10**9, words.astype(np.int64)), mask=HOLE),
            HOLE,
            GREY,
        ),
        Spoilt(
            "masked colours",
            lambda: np.ma.array(COLORS, mask=np.dstack([HOLE] * 3)),
            HOLE,
            COLORS,
        ),
        Spoilt(
            "masked, and NaN elsewhere",
            lambda: np.ma.array(
                np.where(HOLE & (np.arange(WIDTH) < 60), np.nan, _UNIT),
                mask=HOLE & (np.arange(WIDTH) >= 60),
            ),
            HOLE,
            GREY,
        ),
        Spoilt("all NaN", lambda: np.full((40, 60), np.nan), np.ones((40, 60), bool), _flat(0)),
        Spoilt("all Inf", lambda: np.full((40, 60), np.inf), np.ones((40, 60), bool), _flat(0)),
        Spoilt("all masked", lambda: np.ma.masked_all((40, 60)), np.ones((40, 60), bool), _flat(0)),
        Spoilt(
            "all masked integers",
            lambda: np.ma.masked_all((40, 60), np.int32),
            np.ones((40, 60), bool),
            _flat(0),
        ),
        Spoilt(
            "all masked bytes",
            lambda: np.ma.masked_all((40, 60), np.uint8),
            np.ones((40, 60), bool),
            _flat(0),
        ),
    ]


SPOILT = _spoilt()
"""NaN, infinities and masked values, which never spoil the rest."""

_FLAT_CONSTANTS = (7000.0, -5.0, 1e308, -1e308, 1e-300)

CONSTANT = [
    *((f"float64 {value:g}", np.full((40, 60), value)) for value in _FLAT_CONSTANTS),
    ("float16 1000", np.full((40, 60), 1000, np.float16)),
    ("int32 -5", np.full((40, 60), -5, np.int32)),
    ("int64 smallest", np.full((40, 60), -(2**63), np.int64)),
    ("uint64 largest", np.full((40, 60), 2**64 - 1, np.uint64)),
    ("int8 -128", np.full((40, 60), -128, np.int8)),
]
"""Pictures of one value."""

NO_PICTURES: dict[str, Callable[[], NDArray[Any]]] = {
    "complex128": lambda: np.zeros((40, 60), complex),
    "complex64": lambda: np.zeros((40, 60), np.complex64),
    "text": lambda: np.full((40, 60), "x"),
    "bytes": lambda: np.full((40, 60), b"x"),
    "dates": lambda: np.zeros((40, 60), "datetime64[s]"),
    "durations": lambda: np.zeros((40, 60), "timedelta64[s]"),
    "records": lambda: np.zeros((40, 60), [("a", "f4"), ("b", "u1")]),
    "objects": lambda: np.full((40, 60), None),
    "0 axes": lambda: np.array(3.0),
    "1 axis": lambda: np.arange(100.0),
    "1 axis of bytes": lambda: np.arange(100, dtype=np.uint8),
    "5 axes": lambda: np.zeros((2, 2, 3, 40, 60)),
    "no rows": lambda: np.zeros((0, 60)),
    "no columns": lambda: np.zeros((40, 0, 3), np.uint8),
    "no pictures": lambda: np.zeros((0, 40, 60, 3), np.uint8),
    "nothing": lambda: np.array([]),
}
"""Arrays that are no pictures."""
