"""Options: their names, defaults, meaning and check, written once.

The effective value of an option is, from weak to strong: its default, what `set_options`
said for the session, what ``with options(…):`` says for the block, the keyword of the call.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypedDict, TypeVar, Unpack

import imgdisplay.optionchecks as checks
from imgdisplay.errors import OptionError, quote, suggestion
from imgdisplay.optionchecks import Size

__all__ = ["OptionArgs", "Options", "get_options", "options", "resolve", "set_options", "takes"]


def _option(default: Any, check: checks.Check, about: str) -> Any:
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
        checks.or_none(checks.box),
        "Box of a thumbnail in CSS pixels: a side or (width, height); None keeps the whole image.",
    )
    preview_size: Size | None = _option(
        512,
        checks.or_none(checks.box),
        "Box of a single image that is displayed by itself, in CSS pixels.",
    )
    zoom: Size | None = _option(
        None,
        checks.or_none(checks.box),
        "Box of a larger view that opens on a click, in CSS pixels; None: no larger view.",
    )
    scale: float = _option(
        1.7,  # the largest at which 60 square photographs stay below 0.6 MB
        checks.between(0.25, 8, checks.finite_number),
        "Encoded pixels per CSS pixel; more is crisper on HiDPI screens.",
    )
    format: Literal["auto", "jpeg", "png", "webp", "avif"] = _option(
        "auto",
        checks.image_format,
        "Format of the thumbnails; 'auto' is JPEG for photographs, PNG for everything else.",
    )
    quality: int = _option(75, checks.between(1, 100), "Quality of lossy formats, 1 to 100.")
    background: str | None = _option(
        None,
        checks.or_none(checks.color),
        "CSS colour put behind transparent pixels; None keeps the transparency.",
    )
    animate: bool = _option(
        False, checks.yes_no, "Keep animations moving, within limits; off: their first frame."
    )
    pixelated: bool = _option(
        True, checks.yes_no, "Enlarge tiny images (up to 32 pixels) by whole factors, unsmoothed."
    )
    embedded_previews: bool = _option(
        False,
        checks.yes_no,
        "Show the small preview that cameras put into a file, where it is large enough; many are "
        "softer than the picture.",
    )
    overlay: Any = _option(
        None,
        checks.or_none(checks.drawable),
        "Boxes, masks, points and labels drawn on the picture: what overlay(…) returns.",
    )
    value_range: tuple[float, float] | Literal["robust"] | None = _option(
        None,
        checks.or_none(checks.value_range),
        "(low, high) of an array that become black and white; 'robust': its 2nd and 98th "
        "percentile; None: by rule.",
    )
    colormap: str | None = _option(
        None,
        checks.or_none(checks.colormap),
        "Colours for grey pictures, named as in matplotlib; 'labels' gives each integer its own.",
    )
    denormalize: str | tuple[tuple[float, ...], tuple[float, ...]] | None = _option(
        None,
        checks.or_none(checks.denormalization),
        "Undo the normalisation of a tensor: 'imagenet', 'clip', 'half' or (means, deviations).",
    )
    nan_color: str = _option(
        "#ff00ff", checks.color, "CSS colour of NaN, infinite and masked values of an array."
    )
    channels: Literal["auto", "first", "last"] = _option(
        "auto", checks.one_of("auto", "first", "last"), "Which axis of an array holds the channels."
    )
    color_order: Literal["rgb", "bgr"] = _option(
        "rgb",
        checks.one_of("rgb", "bgr"),
        "Order of an array's colour channels; OpenCV uses 'bgr'.",
    )
    max_images: int = _option(
        8,
        checks.between(1, 100),
        "Images drawn of a list or a batch; the rest is counted: '+3 more'.",
    )
    arrays: Literal["auto"] | bool = _option(
        "auto",
        checks.one_of("auto", True, False),
        "Arrays as pictures: 'auto' if they clearly are some, True always, False never.",
    )
    paths: Literal["auto"] | bool = _option(
        "auto",
        checks.one_of("auto", True, False),
        "Text as path: 'auto' if it names a local image file, True always, False never.",
    )
    remote: bool | None = _option(
        None,
        checks.or_none(checks.yes_no),
        "Allow sources on other machines: https://, s3:// and other addresses, UNC paths; None: "
        "those of columns that are named, False: none at all.",
    )
    remote_hosts: Sequence[str] | None = _option(
        None,
        checks.or_none(checks.host_names),
        "The only hosts (or buckets) to fetch from, such as 'example.org' or '*.example.org'; "
        "None: any public one.",
    )
    remote_http: bool = _option(
        False,
        checks.yes_no,
        "Allow http:// addresses too, which can be read and changed on the way.",
    )
    remote_private: bool = _option(
        False, checks.yes_no, "Allow hosts on this machine and in private networks, as an intranet."
    )
    remote_proxy: bool = _option(
        False,
        checks.yes_no,
        "Fetch through the proxy of the environment (HTTPS_PROXY), which then looks up names.",
    )
    remote_timeout: float = _option(
        10.0,
        checks.between(0.1, 3_600, checks.finite_number),
        "Seconds to fetch one address, half of them to connect.",
    )
    remote_cache: str | None = _option(
        None,
        checks.or_none(checks.folder_path),
        "Folder that keeps what was fetched, as its servers allow.",
    )
    on_error: Literal["placeholder", "raise"] = _option(
        "placeholder",
        checks.one_of("placeholder", "raise"),
        "What a bad image becomes among others; one-image functions always raise.",
    )
    cache: bool | int = _option(
        True,
        checks.cache_size,
        "Keep thumbnails of files and encoded bytes in memory, to show them again at once: True "
        "(64 MiB of them), False, or the most bytes.",
    )
    max_output_bytes: int = _option(
        5_000_000,
        checks.between(10_000, 2**40),
        "Most bytes of one output; above it all its thumbnails lose quality and pixels.",
    )
    timeout: float = _option(
        30.0,
        checks.between(0.1, 86_400, checks.finite_number),
        "Seconds for all pictures of one output; a decoder is stopped between two blocks of its "
        "file.",
    )
    isolate: Literal["auto"] | bool = _option(
        "auto",
        checks.one_of("auto", True, False),
        "Decode in processes of their own, which may be killed, hang or crash: 'auto' what is "
        "fetched from other machines, True everything, False nothing.",
    )
    max_pixels: int = _option(
        50_000_000, checks.between(1, 2**40), "Most pixels that are decoded for one image."
    )
    max_memory: int = _option(
        512 * 2**20,
        checks.between(2**20, 2**50),
        "Most bytes of memory that decoding one image may take, as estimated from its header.",
    )
    max_file_bytes: int | None = _option(
        None,
        checks.or_none(checks.between(1, 2**50)),
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
            except checks.Wrong as wrong:
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
    zoom: Size | None
    scale: float
    format: Literal["auto", "jpeg", "png", "webp", "avif"]
    quality: int
    background: str | None
    animate: bool
    pixelated: bool
    embedded_previews: bool
    overlay: Any
    value_range: tuple[float, float] | Literal["robust"] | None
    colormap: str | None
    denormalize: str | tuple[tuple[float, ...], tuple[float, ...]] | None
    nan_color: str
    channels: Literal["auto", "first", "last"]
    color_order: Literal["rgb", "bgr"]
    max_images: int
    arrays: Literal["auto"] | bool
    paths: Literal["auto"] | bool
    remote: bool | None
    remote_hosts: Sequence[str] | None
    remote_http: bool
    remote_private: bool
    remote_proxy: bool
    remote_timeout: float
    remote_cache: str | None
    on_error: Literal["placeholder", "raise"]
    cache: bool | int
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


_CHECKS: tuple[tuple[str, Any, checks.Check], ...] = tuple(
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
            hint = _ELSEWHERE.get(name) or suggestion(name, NAMES, likeness=0.5)
            raise OptionError(f"no option {quote(name)}{hint}; the options are {', '.join(NAMES)}")


_ELSEWHERE = {
    "column": " here (table, to_excel and style_pictures have columns=)",
    "columns": " here (reports have column=)",
    "cols": " (a gallery has columns=)",
    "captions": " here (a gallery has captions=, a report caption=)",
}
"""Keywords of one function that people give to another."""


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
