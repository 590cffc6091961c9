"""Pictures as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Unpack

from PIL import Image

from imgdisplay.convert.keywords import PixelArgs
from imgdisplay.convert.pixels import exact_image, in_memory, opened_picture, shown_image, whole
from imgdisplay.core.encode import on_background
from imgdisplay.core.sources import Batch
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import OptionError, quote
from imgdisplay.options import takes

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["to_array"]


@takes(PixelArgs)
def to_array(
    source: object,
    *,
    color_order: Literal["rgb", "bgr"] = "rgb",
    dtype: DTypeLike = "uint8",
    channels: Literal[1, 3, 4] | None = None,
    **options: Unpack[PixelArgs],
) -> NDArray[Any]:
    """Return the whole picture as an array of your own: writable, contiguous, H×W or H×W×C.

    The picture is upright and sRGB, as it is shown. Grey is H×W, as in Pillow, OpenCV and
    scikit-image, colours are H×W×3, and what has an alpha channel is H×W×4, grey too.

    Parameters
    ----------
    source
        Any accepted source; see `thumbnail`.
    color_order
        "rgb", or "bgr" as OpenCV wants it (with opacity BGRA).
    dtype
        uint8 (0 to 255), uint16 (0 to 65535) or a float type (0 to 1). Grey of 16 bits (mode
        I;16, or two axes of uint16) keeps its values as uint16 and is divided by 65535 as
        float; everything else has 8 bits for each channel.
    channels
        1 for H×W, 3 or 4 for H×W×C, whatever the source has; None for what the source has.
        Transparent pixels are put on ``background``, else on white, where opacity is dropped.
    **options
        Fields of `Options`. ``size`` is a box in pixels. The order and axis of the *source's*
        channels, if it is an array, are those of ``with options(color_order=…, channels=…):``.

    Raises
    ------
    SourceError
        If the picture cannot be had.
    OptionError
        If an option is misspelt or impossible.

    Examples
    --------
    >>> from PIL import Image
    >>> import numpy as np
    >>> to_array(Image.new("RGB", (3, 2), "red"), color_order="bgr")[0, 0]
    array([  0,   0, 255], dtype=uint8)
    >>> to_array(Image.new("L", (3, 2), 51), dtype=float, channels=3).shape
    (2, 3, 3)
    """
    import numpy as np  # importing imgdisplay does not

    if color_order not in ("rgb", "bgr"):
        raise OptionError(f"color_order={quote(color_order)}: expected 'rgb' or 'bgr'")
    if isinstance(channels, bool) or channels not in (None, 1, 3, 4):
        raise OptionError(f"channels={quote(channels)}: expected 1, 3, 4 or None")
    kind = _number_type(dtype)
    leaf, effective = in_memory(source, whole(options))
    is_array = not isinstance(leaf, (Image.Image, Encoded, Batch))
    picture = None if is_array else opened_picture(leaf, effective)
    deep = _deep(exact_image(leaf, picture, effective)) if kind != np.uint8 else None
    if deep is not None:
        values = np.array(deep)
        if channels in (3, 4):
            values = np.dstack([values] * 3 + [np.full_like(values, 65535)] * (channels - 3))
        return values.astype(kind) if kind == np.uint16 else (values / 65535).astype(kind)
    image = shown_image(picture or opened_picture(leaf, effective), effective)
    image = _with_channels(image, channels, effective.background)
    values = np.array(image)
    if color_order == "bgr" and values.ndim == 3:
        values = np.ascontiguousarray(values[..., [2, 1, 0, 3][: values.shape[2]]])
    if kind == np.uint8:
        return values
    return values.astype(kind) * 257 if kind == np.uint16 else (values / 255).astype(kind)


def _number_type(dtype: Any) -> Any:
    import numpy as np

    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError):
        kind = np.dtype(object)
    if kind.kind != "f" and kind not in (np.uint8, np.uint16):
        raise OptionError(f"dtype={quote(dtype)}: expected uint8, uint16 or a float type")
    return kind


def _deep(image: Image.Image | None) -> Image.Image | None:
    if image is None or "transparency" in image.info:
        return None
    return image if image.mode == "I;16" else None


def _with_channels(image: Image.Image, channels: int | None, background: str | None) -> Image.Image:
    if image.mode in ("LA", "RGBA") and (channels in (1, 3) or background is not None):
        image = on_background(image, background or "white")
    modes = {1: "L", 3: "RGB", 4: "RGBA", None: "RGBA" if image.mode == "LA" else image.mode}
    mode = modes[channels]
    return image if image.mode == mode else image.convert(mode)
