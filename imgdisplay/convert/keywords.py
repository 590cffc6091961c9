"""The options that mean something to conversions, for type checkers; a test holds them right.

Options that a function has as a parameter of its own (``format`` of `to_bytes`, ``color_order``
and ``channels`` of `to_array`) are not keywords beside it; what is set for the session or in a
``with options(…):`` block counts as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from imgdisplay.optionchecks import Size

__all__ = ["EncodingArgs", "PixelArgs"]


class PixelArgs(TypedDict, total=False):
    """Options of what gives pixels."""

    size: Size | None
    scale: float
    background: str | None
    pixelated: bool
    value_range: tuple[float, float] | Literal["robust"] | None
    colormap: str | None
    denormalize: str | tuple[tuple[float, ...], tuple[float, ...]] | None
    nan_color: str
    overlay: Any
    max_images: int
    remote: bool | None
    remote_hosts: Sequence[str] | None
    remote_http: bool
    remote_private: bool
    remote_proxy: bool
    remote_timeout: float
    remote_cache: str | None
    on_error: Literal["placeholder", "raise"]
    timeout: float
    isolate: Literal["auto"] | bool
    max_pixels: int
    max_memory: int
    max_file_bytes: int | None


class EncodingArgs(PixelArgs, total=False):
    """Options of what gives encoded bytes."""

    quality: int
    animate: bool
    channels: Literal["auto", "first", "last"]
    color_order: Literal["rgb", "bgr"]
