"""What each option can be: functions that return the value as it is kept, or raise `Wrong`."""

from __future__ import annotations

import math
import operator
import os
import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from imgdisplay.errors import MissingExtra, quote, suggestion

__all__ = [
    "COLORMAPS",
    "DENORMALIZATIONS",
    "Check",
    "Size",
    "Wrong",
    "between",
    "box",
    "cache_size",
    "color",
    "colormap",
    "denormalization",
    "drawable",
    "finite_number",
    "folder_path",
    "host_names",
    "image_format",
    "one_of",
    "or_none",
    "value_range",
    "whole_number",
    "yes_no",
]

Size: TypeAlias = int | tuple[int, int]
"""A box in CSS pixels: the side of a square, or (width, height)."""

Check: TypeAlias = Callable[[Any], Any]


class Wrong(Exception):
    """What an option expected instead; becomes an `OptionError` that also names the option."""


def whole_number(value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:  # of an array as well, which has the method and not the number
        raise Wrong("a whole number") from None


def finite_number(value: Any) -> float:
    if isinstance(value, (bool, str)):
        raise Wrong("a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Wrong("a number") from None
    if not math.isfinite(number):
        raise Wrong("a finite number")
    return number


def between(low: float, high: float, read: Check = whole_number) -> Check:
    def check(value: Any) -> Any:
        number = read(value)
        if not low <= number <= high:
            raise Wrong(f"a number from {low:g} to {high:g}")
        return number

    return check


def image_format(value: Any) -> str:
    formats = ("auto", "jpeg", "png", "webp", "avif")
    name = value.lower() if isinstance(value, str) else value
    return str(one_of(*formats)("jpeg" if name == "jpg" else name))


def one_of(*allowed: object) -> Check:
    def check(value: Any) -> Any:
        for choice in allowed:
            if type(value) is type(choice) and value == choice:
                return choice
        raise Wrong(f"one of {', '.join(map(repr, allowed))}{suggestion(value, allowed)}")

    return check


def or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def box(value: Any) -> Size:
    is_pair = isinstance(value, (tuple, list))
    try:
        sides = [whole_number(side) for side in (value if is_pair else [value])]
    except Wrong:
        sides = []
    if len(sides) != (2 if is_pair else 1):
        raise Wrong("a side or (width, height) in whole CSS pixels, or None")
    checked = [int(between(1, 16_384)(side)) for side in sides]
    return (checked[0], checked[1]) if is_pair else checked[0]


def value_range(value: Any) -> tuple[float, float] | Literal["robust"]:
    if isinstance(value, str):
        if value != "robust":
            raise Wrong("a pair (low, high) or 'robust'")
        return "robust"
    try:
        low, high = value
    except (TypeError, ValueError):
        raise Wrong("a pair (low, high)") from None
    low, high = finite_number(low), finite_number(high)
    if not low < high:
        raise Wrong("a pair (low, high) with low below high")
    return low, high


COLORMAPS = ("gray", "viridis", "magma", "inferno", "plasma", "cividis", "labels")
"""Colormaps that need no matplotlib; all but the last also run backwards, with ``_r``."""


def colormap(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("the name of a colormap")
    if value == "labels" or value.removesuffix("_r").replace("grey", "gray") in COLORMAPS[:-1]:
        return value
    try:
        from matplotlib import colormaps  # only a name that is not built in needs it
    except ImportError:
        raise MissingExtra(
            f"colormap={quote(value)} is not one of {', '.join(COLORMAPS)}; "
            "for all of matplotlib's: pip install matplotlib"
        ) from None
    if value not in colormaps:
        hint = suggestion(value, [*COLORMAPS, *colormaps])
        raise Wrong(f"one of {', '.join(COLORMAPS)} or a name of matplotlib's{hint}")
    return value


DENORMALIZATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    # Mean and standard deviation of each channel; those of ImageNet and CLIP as their
    # reference implementations (torchvision, openai/CLIP) publish them.
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5,), (0.5,)),
}


def denormalization(value: Any) -> Any:
    if isinstance(value, str):
        return one_of(*DENORMALIZATIONS)(value)
    try:
        means, deviations = (tuple(finite_number(x) for x in part) for part in value)
    except (TypeError, ValueError):
        raise Wrong("a preset's name or a pair (means, standard deviations)") from None
    if len(means) != len(deviations) or len(means) not in (1, 3):
        raise Wrong("as many means as standard deviations: 1 or 3")
    return means, deviations


_HOST = re.compile(r"(?:\*\.)?[^\s/@:*?#]+")


def host_names(value: Any) -> tuple[str, ...]:
    # Text with commas is how several are written on the command line.
    names = value.split(",") if isinstance(value, str) else value
    try:
        hosts = tuple(name.strip() for name in names)
    except (TypeError, AttributeError):
        raise Wrong("names of hosts") from None
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise Wrong("names of hosts such as 'example.org' or '*.example.org', no addresses")
    return hosts


def folder_path(value: Any) -> str:
    try:
        path = os.fsdecode(value)
    except TypeError:
        raise Wrong("the path of a folder") from None
    if not path or "\0" in path:
        raise Wrong("the path of a folder")
    return path


def drawable(value: Any) -> Any:
    if not hasattr(value, "is_bound"):
        raise Wrong("what overlay(…) returns")
    if not value.is_bound:
        raise Wrong("an overlay of data; one of columns belongs to table(columns={…})")
    return value


def color(value: Any) -> str:
    from PIL import ImageColor  # only the calls that name a colour need it

    try:
        ImageColor.getrgb(value)
    except (ValueError, AttributeError, TypeError):
        raise Wrong("a CSS colour such as 'white' or '#ff00ff'") from None
    return str(value)


yes_no = one_of(True, False)


def cache_size(value: Any) -> bool | int:
    return value if isinstance(value, bool) else int(between(0, 2**40)(value))
