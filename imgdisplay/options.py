"""Options: their names, defaults, meaning and check, written once.

The effective value of an option is, from weak to strong: its default, what `set_options`
said for the session, what ``with options(…):`` says for the block, the keyword of the call.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import operator
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack

from imgdisplay.errors import MissingExtra, OptionError, quote, suggestion

__all__ = ["OptionArgs", "Options", "get_options", "options", "resolve", "set_options", "takes"]

Size: TypeAlias = int | tuple[int, int]
"""A box in CSS pixels: the side of a square, or (width, height)."""

Check: TypeAlias = Callable[[Any], Any]


class _Wrong(Exception):
    """What an option expected instead; becomes an `OptionError` that also names the option."""


def _whole(value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:  # of an array as well, which has the method and not the number
        raise _Wrong("a whole number") from None


def _number(value: Any) -> float:
    if isinstance(value, (bool, str)):
        raise _Wrong("a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _Wrong("a number") from None
    if not math.isfinite(number):
        raise _Wrong("a finite number")
    return number


def _between(low: float, high: float, read: Check = _whole) -> Check:
    def check(value: Any) -> Any:
        number = read(value)
        if not low <= number <= high:
            raise _Wrong(f"a number from {low:g} to {high:g}")
        return number

    return check


def _one_of(*allowed: object) -> Check:
    def check(value: Any) -> Any:
        for choice in allowed:
            if type(value) is type(choice) and value == choice:
                return choice
        raise _Wrong(f"one of {', '.join(map(repr, allowed))}{suggestion(value, allowed)}")

    return check


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _box(value: Any) -> Size:
    side = _between(1, 16_384)
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise _Wrong("a side or a (width, height) in CSS pixels")
        return side(value[0]), side(value[1])
    return int(side(value))


def _range(value: Any) -> tuple[float, float] | Literal["robust"]:
    if isinstance(value, str):
        if value != "robust":
            raise _Wrong("a pair (low, high) or 'robust'")
        return "robust"
    try:
        low, high = value
    except (TypeError, ValueError):
        raise _Wrong("a pair (low, high)") from None
    low, high = _number(low), _number(high)
    if not low < high:
        raise _Wrong("a pair (low, high) with low below high")
    return low, high


COLORMAPS = ("gray", "viridis", "magma", "inferno", "plasma", "cividis", "labels")
"""Colormaps that need no matplotlib; all but the last also run backwards, with ``_r``."""


def _colormap(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("the name of a colormap")
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
        raise _Wrong(f"one of {', '.join(COLORMAPS)} or a name of matplotlib's{hint}")
    return value


DENORMALIZATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    # Mean and standard deviation of each channel; those of ImageNet and CLIP as their
    # reference implementations (torchvision, openai/CLIP) publish them.
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "half": ((0.5,), (0.5,)),
}


def _denormalization(value: Any) -> Any:
    if isinstance(value, str):
        return _one_of(*DENORMALIZATIONS)(value)
    try:
        means, deviations = (tuple(_number(x) for x in part) for part in value)
    except (TypeError, ValueError):
        raise _Wrong("a preset's name or a pair (means, standard deviations)") from None
    if len(means) != len(deviations) or len(means) not in (1, 3):
        raise _Wrong("as many means as standard deviations: 1 or 3")
    return means, deviations


_HOST = re.compile(r"(?:\*\.)?[^\s/@:*?#]+")


def _hosts(value: Any) -> tuple[str, ...]:
    # Text with commas is how several are written on the command line.
    names = value.split(",") if isinstance(value, str) else value
    try:
        hosts = tuple(name.strip() for name in names)
    except (TypeError, AttributeError):
        raise _Wrong("names of hosts") from None
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise _Wrong("names of hosts such as 'example.org' or '*.example.org', no addresses")
    return hosts


def _folder(value: Any) -> str:
    try:
        path = os.fsdecode(value)
    except TypeError:
        raise _Wrong("the path of a folder") from None
    if not path or "\0" in path:
        raise _Wrong("the path of a folder")
    return path


def _drawable(value: Any) -> Any:
    if not hasattr(value, "is_bound"):
        raise _Wrong("what overlay(…) returns")
    if not value.is_bound:
        raise _Wrong("an overlay of data; one of columns belongs to table(columns={…})")
    return value


def _color(value: Any) -> str:
    from PIL import ImageColor  # only the calls that name a colour need it

    try:
        ImageColor.getrgb(value)
    except (ValueError, AttributeError, TypeError):
        raise _Wrong("a CSS colour such as 'white' or '#ff00ff'") from None
    return str(value)


_yes_no = _one_of(True, False)


def _cache(value: Any) -> bool | int:
    return value if isinstance(value, bool) else int(_between(0, 2**40)(value))


def _option(default: Any, check: Check, about: str) -> Any:
    return field(default=default, metadata={"check": check, "about": about})


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The effective options of one call.

    Every field is a keyword of every public function that takes ``**options``;
    ``%imgdisplay help`` lists them with their defaults and meanings. It cannot be changed:
    ``dataclasses.replace`` makes a changed one, and checks it.

    Raises
    ------
    OptionError
        If a value is not one that the option can take.

    Examples
    --------
    >>> Options(size=128).size
    128
    >>> Options(quality=101)
    Traceback (most recent call last):
    imgdisplay.errors.OptionError: quality=101: expected a number from 1 to 100
    """

    size: Size | None = _option(
        96,
        _or_none(_box),
        "Box of a thumbnail in CSS pixels: a side or (width, height); None keeps the whole image.",
    )
    preview_size: Size | None = _option(
        512, _or_none(_box), "Box of a single image that is displayed by itself, in CSS pixels."
    )
    scale: float = _option(
        1.7,  # the largest at which 60 square photographs stay below 0.6 MB
        _between(0.25, 8, _number),
        "Encoded pixels per CSS pixel; more is crisper on HiDPI screens.",
    )
    format: Literal["auto", "jpeg", "png", "webp", "avif"] = _option(
        "auto",
        _one_of("auto", "jpeg", "png", "webp", "avif"),
        "Format of the thumbnails; 'auto' is JPEG for photographs, PNG for everything else.",
    )
    quality: int = _option(75, _between(1, 100), "Quality of lossy formats, 1 to 100.")
    background: str | None = _option(
        None,
        _or_none(_color),
        "CSS colour put behind transparent pixels; None keeps the transparency.",
    )
    animate: bool = _option(
        False, _yes_no, "Keep animations moving, within limits; off: their first frame."
    )
    pixelated: bool = _option(
        True, _yes_no, "Enlarge tiny images (up to 32 pixels) by whole factors, unsmoothed."
    )
    value_range: tuple[float, float] | Literal["robust"] | None = _option(
        None,
        _or_none(_range),
        "(low, high) of an array that become black and white; 'robust': its 2nd and 98th "
        "percentile; None: by rule.",
    )
    colormap: str | None = _option(
        None,
        _or_none(_colormap),
        "Colours for grey pictures, named as in matplotlib; 'labels' gives each integer its own.",
    )
    denormalize: str | tuple[tuple[float, ...], tuple[float, ...]] | None = _option(
        None,
        _or_none(_denormalization),
        "Undo the normalisation of a tensor: 'imagenet', 'clip', 'half' or (means, deviations).",
    )
    nan_color: str = _option(
        "#ff00ff", _color, "CSS colour of NaN, infinite and masked values of an array."
    )
    channels: Literal["auto", "first", "last"] = _option(
        "auto", _one_of("auto", "first", "last"), "Which axis of an array holds the channels."
    )
    color_order: Literal["rgb", "bgr"] = _option(
        "rgb", _one_of("rgb", "bgr"), "Order of an array's colour channels; OpenCV uses 'bgr'."
    )
    overlay: Any = _option(
        None,
        _or_none(_drawable),
        "Boxes, masks, points and labels drawn on the picture: what overlay(…) returns.",
    )
    max_images: int = _option(
        8, _between(1, 100), "Images drawn of a list or a batch; the rest is counted: '+3 more'."
    )
    arrays: Literal["auto"] | bool = _option(
        "auto",
        _one_of("auto", True, False),
        "Arrays as pictures: 'auto' if they clearly are some, True always, False never.",
    )
    paths: Literal["auto"] | bool = _option(
        "auto",
        _one_of("auto", True, False),
        "Text as path: 'auto' if it names a local image file, True always, False never.",
    )
    remote: bool = _option(
        False,
        _yes_no,
        "Allow sources on other machines: https://, s3:// and other addresses, UNC paths.",
    )
    remote_hosts: Sequence[str] | None = _option(
        None,
        _or_none(_hosts),
        "The only hosts (or buckets) to fetch from, such as 'example.org' or '*.example.org'; "
        "None: any public one.",
    )
    remote_http: bool = _option(
        False, _yes_no, "Allow http:// addresses too, which can be read and changed on the way."
    )
    remote_private: bool = _option(
        False, _yes_no, "Allow hosts on this machine and in private networks, as an intranet."
    )
    remote_proxy: bool = _option(
        False,
        _yes_no,
        "Fetch through the proxy of the environment (HTTPS_PROXY), which then looks up names.",
    )
    remote_timeout: float = _option(
        10.0,
        _between(0.1, 3_600, _number),
        "Seconds to fetch one address, half of them to connect.",
    )
    remote_cache: str | None = _option(
        None, _or_none(_folder), "Folder that keeps what was fetched, as its servers allow."
    )
    on_error: Literal["placeholder", "raise"] = _option(
        "placeholder",
        _one_of("placeholder", "raise"),
        "What a bad image becomes among others; one-image functions always raise.",
    )
    cache: bool | int = _option(
        True,
        _cache,
        "Keep thumbnails of files and encoded bytes in memory, to show them again at once: True "
        "(64 MiB of them), False, or the most bytes.",
    )
    embedded_previews: bool = _option(
        False,
        _yes_no,
        "Show the small preview that cameras put into a file, where it is large enough; many are "
        "softer than the picture.",
    )
    zoom: Size | None = _option(
        None,
        _or_none(_box),
        "Box of a larger view that opens on a click, in CSS pixels; None: no larger view.",
    )
    max_output_bytes: int = _option(
        5_000_000,
        _between(10_000, 2**40),
        "Most bytes of one output; above it all its thumbnails lose quality and pixels.",
    )
    timeout: float = _option(
        30.0,
        _between(0.1, 86_400, _number),
        "Seconds for all pictures of one output; a decoder is stopped between two blocks of its "
        "file.",
    )
    isolate: Literal["auto"] | bool = _option(
        "auto",
        _one_of("auto", True, False),
        "Decode in processes of their own, which may be killed, hang or crash: 'auto' what is "
        "fetched from other machines, True everything, False nothing.",
    )
    max_pixels: int = _option(
        50_000_000, _between(1, 2**40), "Most pixels that are decoded for one image."
    )
    max_memory: int = _option(
        512 * 2**20,
        _between(2**20, 2**50),
        "Most bytes of memory that decoding one image may take, as estimated from its header.",
    )
    max_file_bytes: int | None = _option(
        None,
        _or_none(_between(1, 2**50)),
        "Most bytes read of one source; None: 256 MiB of a file (any if parts of it suffice), "
        "32 MiB in memory, 5 MB of an address.",
    )

    def __new__(cls, **values: Any) -> Options:
        _known(values)  # before the generated __init__ says TypeError
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for value, (name, default, check) in zip(_values(self), _CHECKS, strict=True):
            if value is default:  # most are, and every call makes such an object
                continue
            try:
                checked = check(value)
            except _Wrong as wrong:
                raise OptionError(f"{name}={quote(value)}: expected {wrong}") from None
            object.__setattr__(self, name, checked)

    @property
    def box(self) -> tuple[int, int] | None:
        """`size` as (width, height) in CSS pixels, or None if it does not limit."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size


class OptionArgs(TypedDict, total=False):
    """The keywords of ``**options``; a test holds them equal to the fields of `Options`."""

    size: Size | None
    preview_size: Size | None
    scale: float
    format: Literal["auto", "jpeg", "png", "webp", "avif"]
    quality: int
    background: str | None
    animate: bool
    pixelated: bool
    value_range: tuple[float, float] | Literal["robust"] | None
    colormap: str | None
    denormalize: str | tuple[tuple[float, ...], tuple[float, ...]] | None
    nan_color: str
    channels: Literal["auto", "first", "last"]
    color_order: Literal["rgb", "bgr"]
    overlay: Any
    max_images: int
    arrays: Literal["auto"] | bool
    paths: Literal["auto"] | bool
    remote: bool
    remote_hosts: Sequence[str] | None
    remote_http: bool
    remote_private: bool
    remote_proxy: bool
    remote_timeout: float
    remote_cache: str | None
    on_error: Literal["placeholder", "raise"]
    cache: bool | int
    embedded_previews: bool
    zoom: Size | None
    max_output_bytes: int
    timeout: float
    isolate: Literal["auto"] | bool
    max_pixels: int
    max_memory: int
    max_file_bytes: int | None


class _InEffect:
    """What a keyword is that is not given: the value of the block, the session or the default."""

    def __repr__(self) -> str:
        return "…"


_IN_EFFECT = _InEffect()
_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes(keywords: type) -> Callable[[_Function], _Function]:
    """Return a decorator that puts the names of ``**options`` into a function's signature.

    `inspect.signature` is what notebooks complete from and what ``help`` shows; type checkers
    read ``Unpack`` for themselves.

    Parameters
    ----------
    keywords
        `OptionArgs` or another ``TypedDict``.

    Examples
    --------
    >>> @takes(OptionArgs)
    ... def draw(source, **options): ...
    >>> list(inspect.signature(draw).parameters)[:3]
    ['source', 'size', 'preview_size']
    """

    def decorate(function: _Function) -> _Function:
        signature = inspect.signature(function)
        own = [it for it in signature.parameters.values() if it.kind is not it.VAR_KEYWORD]
        named = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_IN_EFFECT)
            for name in keywords.__annotations__
        ]
        function.__signature__ = signature.replace(parameters=[*own, *named])  # type: ignore[attr-defined]
        return function

    return decorate


_CHECKS: tuple[tuple[str, Any, Check], ...] = tuple(
    (option.name, option.default, option.metadata["check"])
    for option in dataclasses.fields(Options)
)
NAMES = tuple(name for name, _, _ in _CHECKS)
_KNOWN = frozenset(NAMES)
_values = operator.attrgetter(*NAMES)

# The session layer is a plain object because some versions of ipykernel lose context
# variables between cells; only the `with` layer is a context variable.
_session: dict[str, Any] = {}
_block: ContextVar[Mapping[str, Any]] = ContextVar(
    "imgdisplay_options", default=MappingProxyType({})
)


def _known(values: Mapping[str, Any]) -> None:
    for name in values:
        if name not in _KNOWN:
            hint = suggestion(name, NAMES, likeness=0.5)
            raise OptionError(f"no option {quote(name)}{hint}; the options are {', '.join(NAMES)}")


def resolve(given: Mapping[str, Any], base: Options | None = None) -> Options:
    """Return the options of a call: `given` over `base`, or over what is in effect.

    Raises
    ------
    OptionError
        If a name is unknown (the message suggests the right one) or a value impossible.
    """
    if base is not None:
        _known(given)
        return dataclasses.replace(base, **given) if given else base
    return Options(**{**_session, **_block.get(), **given})


def get_options() -> Options:
    """Return the options in effect here.

    Returns
    -------
    Options
        The defaults, changed by `set_options`, and by the `options` blocks around the call.

    Examples
    --------
    >>> get_options().quality
    75
    """
    return resolve({})


@takes(OptionArgs)
def set_options(**values: Unpack[OptionArgs]) -> None:
    """Set options for the rest of the session.

    Parameters
    ----------
    **values
        Fields of `Options`.

    Raises
    ------
    OptionError
        If a name or a value is wrong; then nothing is changed.

    Examples
    --------
    >>> set_options(size=128)
    >>> get_options().size
    128
    >>> set_options(size=96)
    """
    _known(values)
    Options(**{**_session, **values})
    _session.update(values)


@takes(OptionArgs)
@contextmanager
def options(**values: Unpack[OptionArgs]) -> Iterator[Options]:
    """Set options for a ``with`` block, in this thread or task only.

    Parameters
    ----------
    **values
        Fields of `Options`.

    Yields
    ------
    Options
        What is in effect inside.

    Raises
    ------
    OptionError
        If a name or a value is wrong.

    Examples
    --------
    >>> with options(size=48):
    ...     get_options().size
    48
    """
    inner = resolve(values)
    token = _block.set({**_block.get(), **values})
    try:
        yield inner
    finally:
        _block.reset(token)
