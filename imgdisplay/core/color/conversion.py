"""What a source says about its colours, and its conversion to sRGB as browsers do it.

Conversion happens on the thumbnail, where it costs a fraction of a millisecond. A picture that
says nothing is sRGB. Of several statements the strongest counts: cICP, then a readable ICC
profile, then sRGB, then gAMA with cHRM (PNG third edition, section 4.3; the finer points follow
Chromium, measured: cHRM alone is ignored, gAMA of about 1/2.2 alone means sRGB).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PIL import Image, ImageChops

from imgdisplay.core.color.icc import (
    BT2020_PRIMARIES,
    SRGB_PRIMARIES,
    Primaries,
    matrix_profile,
    srgb_decode,
    srgb_profile,
)
from imgdisplay.core.color.tag import ColorTag

__all__ = ["to_srgb"]


def to_srgb(image: Image.Image, tag: ColorTag) -> tuple[Image.Image, tuple[str, ...]]:
    """Return a picture in sRGB, and notes for people.

    Parameters
    ----------
    image
        Of mode L, LA, RGB, RGBA, CMYK, YCbCr or LAB.
    tag
        What its source says about its colours.

    Returns
    -------
    image
        Of mode L, LA, RGB or RGBA.
    notes
        That a colour profile could not be read, for example.
    """
    if image.mode == "YCbCr":
        image = image.convert("RGB")
    notes: tuple[str, ...] = ()
    if tag.cicp is not None and _is_known(tag.cicp):
        return _from_cicp(image, tag.cicp, tag.peak), notes
    if tag.icc is not None:
        converted, problem = _by_profile(image, tag.icc, tag.inks_merged)
        if converted is not None:
            return converted, notes
        notes = (problem,) if problem else ()
    if image.mode in ("CMYK", "LAB"):
        return image.convert("RGB"), notes
    made = None if tag.srgb else _gamma_profile(tag.gamma, tag.chromaticities)
    if made is not None:
        converted, _ = _by_profile(image, made)
        if converted is not None:
            return converted, notes
    return image, notes


def _by_profile(
    image: Image.Image, profile: bytes, merge_inks: bool = False
) -> tuple[Image.Image | None, str]:
    """Return the image in sRGB, or None and what is wrong with the profile."""
    try:
        space, cicp = _profile_space(profile), _profile_cicp(profile)
    except (ValueError, struct.error):
        return None, "colour profile unreadable, ignored"
    if cicp is not None and space == "RGB" and image.mode != "CMYK" and _is_known(cicp):
        return _from_cicp(image, cicp), ""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    opaque = image.convert(image.mode[:-1]) if alpha is not None else image
    if opaque.mode == "L" and space == "RGB":
        opaque = opaque.convert("RGB")
    elif opaque.mode == "RGB" and space == "GRAY":
        return None, ""  # left over from a conversion: it says nothing about these values
    if opaque.mode == "CMYK" and merge_inks and space == "CMYK":
        opaque = _black_merged(opaque)
    if space == "GRAY" and profile[20:24] != b"XYZ ":
        return None, "colour profile unusable, ignored"  # browsers read grey curves only
    wanted = {"L": "GRAY", "LAB": "Lab"}.get(opaque.mode, opaque.mode)
    if space != wanted:
        return None, ""
    try:
        converted = _transformed(opaque, profile)
    except Exception:  # ImageCms raises its own error, OSError, or worse for hostile profiles
        return None, "colour profile unusable, ignored"
    if image.mode in ("L", "LA") and space == "GRAY":  # a grey stays a grey in sRGB
        converted = converted.getchannel("G")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted, ""


def _black_merged(image: Image.Image) -> Image.Image:
    inks = [ImageChops.invert(channel) for channel in image.split()]
    merged = [ImageChops.invert(ImageChops.multiply(ink, inks[3])) for ink in inks[:3]]
    return Image.merge("CMYK", [*merged, Image.new("L", image.size, 0)])


def _profile_space(profile: bytes) -> str:
    """Return the colour space that a profile describes.

    Raises
    ------
    ValueError
        If browsers would not take it for a profile (ICC.1:2010, sections 7.2 and 7.3).
    """
    size, tags = int.from_bytes(profile[:4], "big"), int.from_bytes(profile[128:132], "big")
    if profile[36:40] != b"acsp" or not 132 <= size <= len(profile) or profile[8] > 4:
        raise ValueError("no profile of versions 2 to 4")
    for tag in range(min(tags, 100)):
        offset, length = struct.unpack_from(">II", profile, 132 + 12 * tag + 4)
        if offset + length > size:
            raise ValueError("a tag lies outside")
    return profile[16:20].decode("latin-1").strip()


def _profile_cicp(profile: bytes) -> tuple[int, int, int, int] | None:
    """Return the cicp tag of an ICC 4.4 profile, which overrides the rest of it."""
    for tag in range(min(int.from_bytes(profile[128:132], "big"), 100)):
        signature, offset = struct.unpack_from(">4sI", profile, 132 + 12 * tag)
        if signature == b"cicp":
            code = tuple(profile[offset + 8 : offset + 12])
            return code if len(code) == 4 else None
    return None


def _opened(profile: bytes) -> Any:
    from PIL import ImageCms  # loads Little CMS, which most pictures do not need

    # Whatever device the profile is for (the class, ICC.1:2010 section 7.2.5), browsers use its
    # tables; Little CMS refuses some classes.
    return ImageCms.ImageCmsProfile(io.BytesIO(profile[:12] + b"mntr" + profile[16:]))


@lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str) -> Any:
    from PIL import ImageCms

    # Perceptual, without black-point compensation: what browsers do, whatever the profile's
    # header says. NOCACHE, since the transform is shared between threads.
    return ImageCms.buildTransform(
        _opened(profile),
        _opened(srgb_profile()),
        mode,
        "RGB",
        ImageCms.Intent.PERCEPTUAL,
        ImageCms.Flags.NOCACHE | (ImageCms.Flags.NOOPTIMIZE if mode == "L" else 0),
    )


def _transformed(image: Image.Image, profile: bytes) -> Image.Image:
    from PIL import ImageCms

    converted = ImageCms.applyTransform(image, _transform(profile, image.mode))
    assert converted is not None  # None only when it works in place
    converted.info.pop("icc_profile", None)
    return converted


@lru_cache(maxsize=64)
def _gamma_profile(gamma: float | None, chromaticities: Primaries | None) -> bytes | None:
    if gamma is None or (chromaticities is None and 0.44 <= gamma <= 0.46):
        return None
    try:
        return matrix_profile(
            chromaticities or SRGB_PRIMARIES, lambda value: float(value ** (1 / gamma))
        )
    except (ZeroDivisionError, OverflowError, struct.error):
        return None  # chromaticities that span no colours are ignored together with gAMA


# ITU-T H.273, tables 2 and 3. Curves are those that Chromium uses for display.
_BT709 = SRGB_PRIMARIES
_BT601_525: Primaries = (0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
_PRIMARIES: dict[int, Primaries] = {
    1: _BT709,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _BT601_525,
    7: _BT601_525,
    8: (0.310, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: BT2020_PRIMARIES,
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (0.3127, 0.3290, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
PQ, HLG = 16, 18


def _power(exponent: float) -> Callable[[float], float]:
    return lambda value: float(value**exponent)


def _smpte240(value: float) -> float:
    return value / 4 if value < 0.0913 else float(((value + 0.1115) / 1.1115) ** (1 / 0.45))


_TRANSFERS: dict[int, Callable[[float], float]] = {
    **dict.fromkeys((1, 6, 11, 14, 15), _power(2.4)),  # as displayed: ITU-R BT.1886
    4: _power(2.2),
    5: _power(2.8),
    7: _smpte240,
    8: _power(1.0),
    12: srgb_decode,
    13: srgb_decode,
    17: lambda value: float(value**2.6 * 52.37 / 48),
}


def _is_known(cicp: tuple[int, int, int, int]) -> bool:
    primaries, transfer, _, full_range = cicp
    return (
        primaries in _PRIMARIES
        and (transfer in _TRANSFERS or transfer in (PQ, HLG))
        and full_range == 1
    )


@lru_cache(maxsize=64)
def _cicp_profile(primaries: int, transfer: int) -> bytes:
    return matrix_profile(_PRIMARIES[primaries], _TRANSFERS[transfer])


def _from_cicp(
    image: Image.Image, cicp: tuple[int, int, int, int], peak: float | None = None
) -> Image.Image:
    primaries, transfer = cicp[:2]
    if transfer in (PQ, HLG):
        from imgdisplay.core.color.hdr import tone_mapped  # needs numpy

        return tone_mapped(image, _PRIMARIES[primaries], is_pq=transfer == PQ, peak=peak)
    if (primaries, transfer) == (1, 13):
        return image
    converted, _ = _by_profile(image, _cicp_profile(primaries, transfer))
    return image if converted is None else converted
