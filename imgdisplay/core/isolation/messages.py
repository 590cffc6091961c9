"""What this process and the one that decodes for it say to each other.

A message is a line of JSON behind its length, and bytes whose lengths it gives. Nothing in it
is a program, as a pickle would be: a decoder that a hostile picture has taken over can say what
it likes, and it is looked at as the picture itself would be.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from imgdisplay.core.color.tag import ColorTag
from imgdisplay.core.picture import Picture

__all__ = ["Message", "Nonsense", "picture_message", "picture_of_message"]

_LARGEST_HEAD = 2**20
_LENGTH = struct.Struct(">I")


class Nonsense(Exception):
    """What was said is no message, or not one that was asked for."""


@dataclass(frozen=True, slots=True)
class Message:
    """Values that JSON can hold, and named bytes."""

    values: Mapping[str, Any]
    parts: Mapping[str, bytes] = field(default_factory=dict)

    def head(self, **lengths: int) -> bytes:
        """Return what stands before the bytes; further bytes of these lengths may follow them."""
        sizes = {name: len(part) for name, part in self.parts.items()} | lengths
        text = json.dumps([dict(self.values), sizes]).encode("ascii")
        return _LENGTH.pack(len(text)) + text

    def written(self) -> Iterable[bytes]:
        """Return it in the pieces that are to be sent."""
        return (self.head(), *self.parts.values())

    @classmethod
    def read(cls, read: Callable[[int], bytes], most: int) -> Message:
        """Receive a message whose bytes are at most so many.

        Raises
        ------
        EOFError
            If there is none any more, or no more of it.
        Nonsense
            If it is none, or too long.
        """
        (length,) = _LENGTH.unpack(_exactly(read, _LENGTH.size))
        if length > _LARGEST_HEAD:
            raise Nonsense
        text = _exactly(read, length)
        try:
            values, sizes = json.loads(text)
            wrong = not isinstance(values, dict) or any(
                type(size) is not int or size < 0 for size in sizes.values()
            )
            total = sum(sizes.values())
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise Nonsense from None
        if wrong or total > most:
            raise Nonsense
        return cls(values, {name: _exactly(read, size) for name, size in sizes.items()})


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    data = read(count)
    if len(data) < count:
        raise EOFError
    return data


_BYTES = {"1": 0, "L": 1, "P": 1, "LA": 2, "La": 2, "PA": 2, "I;16": 2, "I;16B": 2, "I;16L": 2}
_BYTES |= dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), 3)
_BYTES |= dict.fromkeys(("RGBA", "RGBa", "RGBX", "CMYK", "I", "F"), 4)
"""Of a pixel as it is sent, by mode; of mode 1 it is a bit."""

_PALETTES = ("RGB", "RGBA", "L", "LA")

_INFO: dict[str, tuple[type, ...]] = {
    "transparency": (int, bytes, tuple),
    "exif": (bytes,),
    "icc_profile": (bytes,),
    "xmp": (bytes,),
    "XML:com.adobe.xmp": (str,),
    "comment": (bytes,),
}
"""What goes along of all that Pillow knows of a file."""

_MOST_NOTES, _LONGEST = 20, 300


def picture_message(picture: Picture, *, untouched: bool) -> Message:
    """Return the message that holds a picture.

    Parameters
    ----------
    picture
        Not laid out as a strip.
    untouched
        Its pixels are those of the file, neither turned nor converted.
    """
    image = picture.image
    parts = {"pixels": image.tobytes()}
    values: dict[str, Any] = {
        "image": [image.mode, *image.size],
        "size": picture.size,
        "orientation": picture.orientation,
        "mode": picture.mode,
        "format": picture.format,
        "notes": picture.notes,
        "unsmoothed": picture.unsmoothed,
        "filled": picture.filled,
        "begins": picture.begins,
        "untouched": untouched,
    }
    if image.mode in ("P", "PA") and image.palette is not None:
        values["palette"], parts["palette"] = image.palette.mode, bytes(image.palette.tobytes())
    said: dict[str, Any] = {}
    for key, kinds in _INFO.items():
        value = image.info.get(key)
        if isinstance(value, bytes) and bytes in kinds:
            parts[f"info {key}"] = value
        elif isinstance(value, kinds):
            said[key] = value
    color = picture.color
    if color.icc is not None:
        parts["icc"] = color.icc
    tag = {name: getattr(color, name) for name in _TAG}
    return Message({**values, "info": said, "color": tag}, parts)


_TAG = ("cicp", "srgb", "gamma", "chromaticities", "peak", "inks_merged")


def picture_of_message(message: Message, name: str) -> Picture:
    """Return the picture in a message, and trust none of what it says.

    Raises
    ------
    Nonsense
        If it cannot be so.
    """
    try:
        return _picture(message.values, message.parts, name)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Nonsense from error


def _picture(values: Mapping[str, Any], parts: Mapping[str, bytes], name: str) -> Picture:
    size, orientation = _pair(values["size"]), values["orientation"]
    _demand(type(orientation) is int and 1 <= orientation <= 8)
    notes = [str(note)[:_LONGEST] for note in values["notes"][:_MOST_NOTES]]
    filled, begins = values["filled"], values["begins"]
    return Picture(
        image=_image(values, parts),
        size=size,
        orientation=orientation,
        mode=str(values["mode"])[:_LONGEST],
        format=None if values["format"] is None else str(values["format"])[:_LONGEST],
        color=_color(values["color"], parts.get("icc")),
        name=name,
        notes=tuple(notes),
        unsmoothed=values["unsmoothed"] is True,
        filled=None if filled is None else (float(filled[0]), float(filled[1])),
        begins=(float(begins[0]), float(begins[1])),
    )


def _image(values: Mapping[str, Any], parts: Mapping[str, bytes]) -> Image.Image:
    mode, *sides = values["image"]
    width, height = _pair(sides)
    pixels = parts["pixels"]
    expected = (width + 7) // 8 * height if mode == "1" else _BYTES[mode] * width * height
    _demand(len(pixels) == expected)
    image = Image.frombytes(mode, (width, height), pixels)
    if mode in ("P", "PA"):
        kind, palette = values["palette"], parts["palette"]
        _demand(kind in _PALETTES and len(palette) <= 256 * len(kind))
        image.putpalette(palette, kind)
    for key, kinds in _INFO.items():
        value = parts.get(f"info {key}", values["info"].get(key))
        value = tuple(value) if isinstance(value, list) else value
        if isinstance(value, kinds):
            image.info[key] = value
    return image


def _color(said: Mapping[str, Any], icc: bytes | None) -> ColorTag:
    return ColorTag(
        icc=icc,
        cicp=_numbers(said["cicp"], 4, int),
        srgb=said["srgb"] is True,
        gamma=_number(said["gamma"]),
        chromaticities=_numbers(said["chromaticities"], 8, float),
        peak=_number(said["peak"]),
        inks_merged=said["inks_merged"] is True,
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _numbers(values: Any, count: int, kind: type) -> Any:
    if values is None:
        return None
    _demand(len(values) == count)
    return tuple(kind(value) for value in values)


def _pair(sides: Any) -> tuple[int, int]:
    width, height = sides
    _demand(type(width) is int and type(height) is int and 0 < width < 2**31 > height > 0)
    return width, height


def _demand(fact: bool) -> None:
    if not fact:
        raise ValueError
