"""The pictures of the demo, drawn with numpy and Pillow, always the same."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

__all__ = [
    "digits",
    "evening",
    "inks",
    "logo",
    "moons",
    "morning",
    "night",
    "plasma",
    "rocket",
    "sea",
    "terrain",
    "tower",
    "truncated",
]

Field: TypeAlias = NDArray[np.float32]
"""Values at the pixels of a picture: H×W, or H×W×3 for colours from 0 to 1."""

_WIDTH, _HEIGHT = 900, 600


def evening() -> Image.Image:
    """Return a sunset behind mountains: a PIL image of mode RGB."""
    rng = np.random.default_rng(1)
    x, y = _grid(_WIDTH, _HEIGHT)
    picture = _sky(y, "#27325f", "#6d4c86", "#e8806a", "#fbc687")
    picture = _sun(picture, x, y, (0.62, 0.50), 0.055, "#fff1c9", "#ffb36b")
    for base, height, cells, near, far in (
        (0.62, 0.20, 4, "#8a5a7c", "#d98c7c"),
        (0.70, 0.16, 6, "#5c4470", "#a56a78"),
        (0.80, 0.14, 7, "#352f55", "#6b4b69"),
    ):
        picture = _ridge(picture, y, base - height * _line(rng, cells), near, far)
    shore = 0.93 - 0.05 * _line(rng, 5)
    picture = _ridge(picture, y, _trees(rng, shore), "#141a33", "#141a33")
    return Image.fromarray(_photograph(picture))


def morning() -> NDArray[np.uint8]:
    """Return hills that stand on their heads in a lake: a uint8 array H×W×3."""
    rng = np.random.default_rng(7)
    x, y = _grid(_WIDTH, _HEIGHT)
    picture = _sky(y * 1.6, "#7fb2d6", "#b9d8e6", "#f2e9dc", "#f7ddc2")
    picture = _sun(picture, x, y, (0.30, 0.33), 0.035, "#fffdf2", "#ffe9c4")
    for base, height, cells, near, far in (
        (0.56, 0.26, 3, "#9db9c4", "#e0e2da"),
        (0.58, 0.16, 5, "#6d97a0", "#cfdbd3"),
        (0.61, 0.11, 6, "#3f7276", "#a9c4b8"),
    ):
        picture = _ridge(picture, y, base - height * _line(rng, cells), near, far)
    picture = _ridge(picture, y, _trees(rng, 0.625 - 0.04 * _line(rng, 4)), "#1f4a4a", "#2f5f5a")
    shore = int(0.64 * _HEIGHT)
    depth = np.arange(_HEIGHT - shore)
    rows = shore - 1 - (depth * 1.25 + 2.5 * np.sin(depth**1.25 * 0.55)).astype(int)
    water = picture[np.clip(rows, 0, shore - 1)]
    mix = np.linspace(0.18, 0.5, len(depth), dtype=np.float32)[:, None, None]
    picture[shore:] = _mixed(water, _color("#2d6b78"), mix)
    return _photograph(picture)


def night() -> bytes:
    """Return northern lights over a snow field: an encoded WebP file."""
    rng = np.random.default_rng(11)
    _, y = _grid(_WIDTH, _HEIGHT)
    picture = _sky(y, "#050a1c", "#0a1733", "#12304a", "#1b4a58")
    stars = rng.random((_HEIGHT, _WIDTH), dtype=np.float32)
    picture += (np.clip(stars - 0.9985, 0, 1) / 0.0015 * (1 - y))[..., None] ** 2
    for base, strength, cells, color in (
        (0.52, 0.75, 3, "#2fe6a0"),
        (0.40, 0.50, 4, "#35b8d8"),
        (0.30, 0.35, 5, "#8f6be0"),
    ):
        foot = base - 0.16 * _line(rng, cells)
        rays = 0.35 + 0.65 * _line(rng, 60) * _line(rng, 9)
        above = foot - y
        curtain = np.where(above > 0, np.exp(-above * 6), np.exp(above * 45))
        picture += (curtain * rays * strength)[..., None] * _color(color)
    picture = _ridge(picture, y, 0.78 - 0.14 * _line(rng, 5), "#0d2233", "#2b5562")
    picture = _ridge(picture, y, 0.88 - 0.06 * _line(rng, 3), "#8fb5bd", "#dbe9ea")
    picture = _ridge(picture, y, _trees(rng, 0.985 - 0.04 * _line(rng, 4)), "#06101c", "#06101c")
    return _encoded(Image.fromarray(_photograph(picture)), "WEBP", quality=85)


def tower() -> bytes:
    """Return a lighthouse as phones store upright pictures: a JPEG lying on its side."""
    width, height = 400, 600
    x, y = _grid(width, height)
    picture = _sky(y, "#1d3b63", "#40709a", "#e9b79a", "#f6dcb8")
    beam = np.abs((y - 0.22) - (x - 0.5) * 0.16) < 0.012 + 0.10 * np.abs(x - 0.5)
    light = np.clip(1 - np.abs(x - 0.5) * 1.7, 0, 1) * 0.55 * beam
    picture = _mixed(picture, _color("#fff4cf"), light[..., None])
    image = Image.fromarray(_bytes(picture)).resize((width * 2, height * 2))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 960, 800, 1200), fill="#28506b")
    for row in range(970, 1200, 26):
        draw.line((0, row, 800, row + 6), fill="#356482", width=3)
    draw.polygon(
        ((150, 1010), (300, 900), (520, 890), (690, 1020), (800, 1200), (60, 1200)), "#2a2f3a"
    )
    for part, color in enumerate(("#f4efe6", "#c2402f", "#f4efe6", "#c2402f", "#f4efe6")):
        top, bottom = 300 + 124 * part, 424 + 124 * part
        left, right = 340 - part * 10, 330 - part * 10
        draw.polygon(
            ((left, top), (800 - left, top), (800 - right, bottom), (right, bottom)), color
        )
    draw.rectangle((322, 282, 478, 302), "#23272f")
    draw.rectangle((352, 226, 448, 284), "#ffe9a3")
    for bar in (352, 398, 444):
        draw.rectangle((bar, 226, bar + 4, 284), "#23272f")
    draw.polygon(((338, 228), (400, 168), (462, 228)), "#c2402f")
    upright = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS), np.float32)
    photograph = Image.fromarray(_photograph(upright / np.float32(255)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise (EXIF 2.32, 4.6.4)
    return _encoded(photograph.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=88, exif=exif)


def plasma() -> Field:
    """Return waves of colour: a float32 array H×W×3 from 0 to 1."""
    x, y = _grid(480, 320)
    x, y = x * 3, y * 2
    waves = (
        np.sin(x * 3.1 + np.sin(y * 2.7)) + np.sin(y * 4.3 - x) + np.sin(np.hypot(x - 1, y - 2) * 5)
    ) / 6 + 0.5
    stops = ("#0d0887", "#7e03a8", "#cc4778", "#f89540", "#f0f921")
    channels = np.stack([_color(stop) for stop in stops], axis=1)
    places = np.linspace(0, 1, len(stops))
    colors = [np.interp(waves, places, channel) for channel in channels]
    return np.stack(colors, axis=-1).astype(np.float32)


def terrain() -> NDArray[np.uint16]:
    """Return mountains lit from the side: a uint16 array of which 12 bits are in use."""
    heights = _noise(np.random.default_rng(3), 360, 540, cells=3, octaves=6) ** 1.3
    down, right = np.gradient(heights * 60)
    light = (0.8 + 0.7 * right + 0.7 * down) / np.sqrt(1 + right**2 + down**2)
    light = np.clip(0.1 + 0.5 * light + 0.45 * heights, 0, 1)
    return np.asarray(light * 4095, np.uint16)


def sea() -> Field:
    """Return a temperature that is known at sea only: a float32 array with NaN on land."""
    rng = np.random.default_rng(21)
    land = _noise(rng, 240, 360, cells=3, octaves=6)
    _, y = _grid(360, 240)
    kelvin = 275 + 18 * y + 9 * _noise(rng, 240, 360, cells=5, octaves=5)
    return np.asarray(np.where(land > 0.62, np.nan, kelvin), np.float32)


def logo() -> Image.Image:
    """Return glass petals on nothing: a PIL image of mode RGBA."""
    size = 640
    image = Image.new("RGBA", (size, size))
    for number, color in enumerate(
        ("#e4572e", "#f3a712", "#3fa34d", "#2e86ab", "#6c4ab6", "#d1495b")
    ):
        petal = Image.new("RGBA", (size, size))
        ImageDraw.Draw(petal).ellipse((225, 30, 415, 330), fill=f"{color}b4")
        image = Image.alpha_composite(image, petal.rotate(-60 * number, Image.Resampling.BICUBIC))
    ImageDraw.Draw(image).ellipse((268, 268, 372, 372), fill=(0, 0, 0, 0))
    return image.resize((320, 320), Image.Resampling.LANCZOS)


_ROCKET = """
.......ww.......
......wwww...s..
.s....wwww......
.....wwwwww.....
.....wwbbww.....
....wwbccbww....
....wwbccbww..s.
....wwwbbwww....
....wwwwwwww....
s..rwwwwwwwwr...
..rrwwwwwwwwrr..
.rrrwwrwwrwwrrr.
.rr..rrrrrr..rr.
......yyyy......
..s...yooy....s.
.......oo.......
"""


def rocket() -> Image.Image:
    """Return a drawing of 16×16 pixels in seven colours: a PIL image of mode P."""
    colors = {
        ".": "#1b1f3b", "w": "#f1f1ec", "b": "#2b4a8b", "c": "#7fd1e8",
        "r": "#d8412f", "y": "#ffd23f", "o": "#f27b35", "s": "#9aa3d6",
    }  # fmt: skip
    image = Image.new("P", (16, 16))
    image.putpalette(b"".join(bytes.fromhex(color[1:]) for color in colors.values()))
    image.putdata([list(colors).index(pixel) for pixel in _ROCKET.replace("\n", "")])
    return image


def digits() -> NDArray[np.uint8]:
    """Return handwriting: a uint8 array of 6 × 28 × 28."""
    strokes: dict[str, list[Sequence[float]]] = {
        "0": [(8, 5, 20, 23, 0, 360)],
        "1": [(11, 9, 15, 5), (15, 5, 14, 23)],
        "2": [(8, 5, 20, 15, 180, 400), (19, 13, 8, 23), (8, 23, 21, 22)],
        "3": [(8, 4, 19, 14, 190, 450), (8, 13, 20, 24, 270, 530)],
        "7": [(7, 6, 20, 5), (20, 5, 12, 23), (11, 14, 19, 13)],
        "8": [(9, 4, 19, 13, 0, 360), (8, 13, 20, 24, 0, 360)],
    }
    return np.stack([_digit(lines) for lines in strokes.values()])


def _digit(strokes: Sequence[Sequence[float]]) -> NDArray[np.uint8]:
    finer = 8
    image = Image.new("L", (28 * finer, 28 * finer))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        box = [value * finer for value in stroke[:4]]
        if len(stroke) == 6:
            draw.arc(box, stroke[4], stroke[5], fill=255, width=2 * finer + 8)
        else:
            draw.line(box, fill=255, width=2 * finer + 8)
    blurred = image.filter(ImageFilter.GaussianBlur(finer * 0.3))
    return np.asarray(blurred.resize((28, 28), Image.Resampling.BOX))


def inks() -> Image.Image:
    """Return overlapping printing inks: a PIL image of mode CMYK."""
    plates = []
    for x, y in ((200, 190), (400, 190), (300, 340)):
        plate = Image.new("L", (600, 540))
        ImageDraw.Draw(plate).ellipse((x - 165, y - 165, x + 165, y + 165), fill=235)
        plates.append(plate)
    return Image.merge("CMYK", [*plates, Image.new("L", (600, 540))])


def moons() -> NDArray[np.uint8]:
    """Return the phases of a moon: a uint8 array of 7 × 96 × 96 × 3."""
    size = 96
    x, y = _grid(size, size)
    x, y = (x - 0.5) * 2.3, (y - 0.5) * 2.3
    inside = np.clip((1 - np.hypot(x, y)) * size / 2.3, 0, 1)
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    ground = 0.62 + 0.38 * _noise(np.random.default_rng(5), size, size, cells=5, octaves=4)
    phases = []
    for angle in np.linspace(-2.5, 2.5, 7):
        lit = np.clip(-x * np.sin(angle) + z * np.cos(angle), 0, 1) ** 0.7 + 0.04
        moon = (lit * ground * inside)[..., None] * _color("#f4ecd8")
        phases.append(_bytes(moon + (1 - inside[..., None] * 0.9) * _color("#10142b")))
    return np.stack(phases)


def truncated() -> bytes:
    """Return the first part of a JPEG file, as after a broken download."""
    data = _encoded(evening().resize((300, 200)), "JPEG", quality=90)
    return data[: len(data) // 3]


def _encoded(image: Image.Image, format_: str, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **settings)
    return buffer.getvalue()


def _grid(width: int, height: int) -> tuple[Field, Field]:
    """Return x from 0 to 1 (left to right) and y from 0 to 1 (downwards) of each pixel."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x / width, y / height


def _color(text: str) -> Field:
    return np.asarray(tuple(bytes.fromhex(text[1:])), np.float32) / np.float32(255)


def _photograph(picture: Field) -> NDArray[np.uint8]:
    """Return the pixels with the grain of a film, which also hides the steps of smooth skies."""
    grain = np.random.default_rng(0).normal(0, 0.014, picture.shape[:2]).astype(np.float32)
    return _bytes(picture + grain[..., None])


def _bytes(picture: Field) -> NDArray[np.uint8]:
    return np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, np.uint8)


def _noise(rng: np.random.Generator, height: int, width: int, *, cells: int, octaves: int) -> Field:
    """Return smooth noise from 0 to 1: random grids, each twice as fine and half as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        across = cells * 2**octave
        down = max(1, across * height // width)
        grid = Image.fromarray(rng.random((down + 1, across + 1), dtype=np.float32))
        total += np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC)) / 2**octave
    total -= total.min()
    total /= total.max()
    return total


def _line(rng: np.random.Generator, cells: int) -> Field:
    """Return smooth noise from 0 to 1 along the width of a landscape."""
    return _noise(rng, 1, _WIDTH, cells=cells, octaves=6).reshape(_WIDTH)


def _sky(y: Field, *colors: str) -> Field:
    """Return a vertical run of colours."""
    stops = np.linspace(0, 0.8, len(colors))
    channels = np.stack([_color(color) for color in colors], axis=1)
    column = np.stack([np.interp(y[:, 0], stops, channel) for channel in channels], axis=-1)
    return np.repeat(column[:, None].astype(np.float32), y.shape[1], axis=1)


def _sun(
    picture: Field,
    x: Field,
    y: Field,
    at: tuple[float, float],
    radius: float,
    disc: str,
    glow: str,
) -> Field:
    distance = np.hypot((x - at[0]) * 1.5, y - at[1])[..., None]
    light = 0.75 * np.exp(-distance * 5)
    sharp = np.clip((radius - distance) * _HEIGHT / 2, 0, 1)
    return _mixed(_mixed(picture, _color(glow), light), _color(disc), sharp)


def _ridge(picture: Field, y: Field, top: Field, near: str, far: str) -> Field:
    """Return the picture with ground below `top`, which fades downwards into mist."""
    covered = np.clip((y - top) * _HEIGHT, 0, 1)[..., None]
    mist = np.clip((y - top) / 0.22, 0, 1)[..., None]
    return _mixed(picture, _mixed(_color(near), _color(far), mist), covered)


def _mixed(under: Field, over: Field, opacity: Field) -> Field:
    return np.asarray(under * (1 - opacity) + over * opacity, np.float32)


def _trees(rng: np.random.Generator, ground: Field) -> Field:
    """Return a ground line with firs on it."""
    x = np.arange(_WIDTH, dtype=np.float32) / _WIDTH
    line = ground.copy()
    for at, height in zip(rng.random(90), 0.03 + 0.06 * rng.random(90) ** 2, strict=True):
        foot = float(ground[int(at * _WIDTH)])
        steps = (np.abs(x - at) * 900) // 2 * 2 / 900
        line = np.minimum(line, np.where(steps < height * 0.22, foot - height + steps * 4.2, line))
    return line
