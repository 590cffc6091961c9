"""The way of one image: source → picture → small pixels → `Thumbnail`, or `Broken`."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, cast

from PIL import Image, ImageFile, ImageOps

from imgdisplay.core.broken import Broken, broken_picture
from imgdisplay.core.cache import through_cache
from imgdisplay.core.color.tag import remembered_tag
from imgdisplay.core.decode import ACCEPTED
from imgdisplay.core.encode import Thumbnail, encode
from imgdisplay.core.isolation.decoding import decoded
from imgdisplay.core.layout import Layout, layout
from imgdisplay.core.picture import Picture, exif_orientation
from imgdisplay.core.quiet import quiet
from imgdisplay.core.ready import ready_made
from imgdisplay.core.shrink import shrink
from imgdisplay.core.sources import Batch, Leaf, resolve
from imgdisplay.core.streams import Encoded, file_name
from imgdisplay.errors import (
    DecodeError,
    EncodeError,
    ImgDisplayError,
    MissingExtra,
    SourceError,
    UnsupportedSource,
    quote,
)
from imgdisplay.options import OptionArgs, Options, takes
from imgdisplay.options import resolve as resolve_options

if TYPE_CHECKING:
    from imgdisplay.core.overlay import Overlay

__all__ = [
    "attempt",
    "held",
    "make",
    "open_image",
    "picture_of",
    "pixels_of",
    "thumbnail",
    "unloaded",
]


@takes(OptionArgs)
def thumbnail(source: object, **options: Unpack[OptionArgs]) -> Thumbnail:
    """Return a small encoded picture of any accepted source.

    Parameters
    ----------
    source
        A PIL image of any mode; an array (shapes and values: see `imgdisplay.core.arrays`);
        a tensor or anything with ``__array__`` or DLPack; an HDF5 dataset, a zarr or dask array
        or the path of a ``.npy`` or ``.npz`` file, of which no more is read than is shown;
        bytes, a binary file object, a path,
        a ``file:`` or ``data:`` URI; a ``{"bytes", "path"}`` dict; a matplotlib figure; an
        object with ``__imgdisplay__()`` or ``_repr_png_()``; a list of these, as a strip.
        It is never changed.
    **options
        Fields of `Options`. ``size`` is the box in CSS pixels, ``scale`` the encoded pixels
        per CSS pixel.

    Returns
    -------
    Thumbnail

    Raises
    ------
    SourceError
        `UnsupportedSource`, `SourceNotFound`, `SourceRefused` or `DecodeError`.
    EncodeError
        If the wanted format cannot hold it.
    OptionError
        If an option is misspelt or impossible.

    Examples
    --------
    >>> import numpy as np
    >>> thumbnail(np.zeros((300, 400), np.float32), size=64, scale=1)
    <Thumbnail 64×48 of 400×300, image/png, ... bytes>
    """
    return make(source, resolve_options(options))


@takes(OptionArgs)
def open_image(source: object, **options: Unpack[OptionArgs]) -> Image.Image:
    """Return the whole image behind any accepted source, as a PIL image of your own.

    It is loaded and upright; its mode and colour profile are those of the source. Arrays come
    as 8-bit images, lists and batches as a strip.

    Parameters
    ----------
    source
        As for `thumbnail`.
    **options
        Fields of `Options`. Those that shape thumbnails, such as ``size``, change nothing here;
        `to_bytes` and `to_array` heed them.

    Returns
    -------
    PIL.Image.Image
        Not that of the caller: to change it changes no source.

    Raises
    ------
    SourceError
        If it cannot be had.
    OptionError
        If an option is misspelt or impossible.

    Examples
    --------
    >>> import numpy as np
    >>> open_image(np.zeros((3, 480, 640), np.float32))
    <PIL.Image.Image image mode=RGB size=640x480 at 0x...>
    """
    wanted = dataclasses.replace(resolve_options(options), size=None)
    with _our_errors():
        picture = picture_of(source, wanted, whole=True)
        if picture.format == "TIFF" or picture.orientation == 1:
            return picture.image.copy()
    try:
        return ImageOps.exif_transpose(picture.image)
    except Exception as error:
        raise DecodeError(f"the EXIF data cannot be rewritten: {quote(str(error))}") from error


def make(source: object, options: Options) -> Thumbnail:
    """Return the thumbnail of a source; `thumbnail` with resolved options."""
    # By its type: a proxy of what is gone raises when it is asked for its class.
    if issubclass(type(source), Thumbnail) and _is_as_wanted(cast("Thumbnail", source), options):
        return cast("Thumbnail", source)
    leaf = resolve(source, options)
    with _our_errors():
        return through_cache(leaf, options, lambda: _made(leaf, options))


@contextmanager
def _our_errors() -> Iterator[None]:
    """Let no error out that is not ours: one picture must not cost the others of a table."""
    try:
        yield
    except ImgDisplayError:
        raise
    except MemoryError as error:
        raise DecodeError("the picture needs more memory than there is; pass it smaller") from error
    except Exception as error:
        raise DecodeError(
            f"the picture cannot be shown: {type(error).__name__}: {quote(str(error))}"
        ) from error


def _made(leaf: Leaf, options: Options) -> Thumbnail:
    if options.animate:
        leaf = held(leaf, options)
        moving = _moving(leaf, options)
        if moving is not None:
            return moving
    picture = _picture(leaf, options)
    target = picture.laid_out or layout(picture.size, options)
    image, picture = pixels_of(picture, target, options)
    ready = ready_made(leaf, picture, image, target, options)
    return ready or encode(image, picture, target, options)


def pixels_of(picture: Picture, target: Layout, options: Options) -> tuple[Image.Image, Picture]:
    """Return the pixels that are shown of a picture, overlay included, and the picture with notes.

    The pixels are upright and sRGB, of mode L, LA, RGB or RGBA.

    Raises
    ------
    DecodeError
        If they cannot be had.
    """
    image, notes = _shrunk(picture, target, options)
    if options.overlay is not None:
        image, said = _overlaid(image, picture, options.overlay)
        notes = (*notes, *said)
    if notes:
        picture = dataclasses.replace(picture, notes=(*picture.notes, *notes))
    return image, picture


def _is_as_wanted(made: Thumbnail, options: Options) -> bool:
    """Tell whether a thumbnail would be shown as it is: to encode it again would only blur it."""
    box = options.box
    return (
        (box is None or (made.width <= box[0] and made.height <= box[1]))
        and options.format in ("auto", made.mime.rpartition("/")[2])
        and options.overlay is None
        and not (made.transparent and options.background is not None)
        and (options.colormap is None or not _is_grey(made))
    )


def _is_grey(made: Thumbnail) -> bool:
    with Image.open(io.BytesIO(made.data)) as image:
        return image.mode in ("1", "L", "LA")


def held(source: object, options: Options) -> Leaf:
    """Return what a source resolves to, in a form that can be read more than once.

    Raises
    ------
    SourceError
        If nobody knows such an object, or its stream cannot be read.
    """
    leaf = resolve(source, options)
    return leaf.held(options) if isinstance(leaf, Encoded) else leaf


def _moving(source: object, options: Options) -> Thumbnail | None:
    leaf: Leaf | None = resolve(source, options)
    if isinstance(leaf, Image.Image):
        leaf = unloaded(leaf)  # what is loaded may be painted on, and its file may be gone
    if not isinstance(leaf, Encoded):
        return None
    from imgdisplay.core.animation import animated  # still pictures do without

    return animated(leaf, options)


def attempt(source: object, options: Options) -> Thumbnail | Broken:
    """Return the thumbnail of a source, or its placeholder unless ``on_error="raise"``."""
    try:
        return make(source, options)
    except (SourceError, EncodeError, MissingExtra) as error:  # a mistake in an option raises
        if options.on_error == "raise":
            raise
        return Broken.of(error, options)


_DEEPEST = 3
"""Lists within lists that are drawn; a list may contain itself."""


def picture_of(source: object, options: Options, *, whole: bool = False, depth: int = 0) -> Picture:
    """Return a source as a decoded picture, not yet shrunk; `whole` keeps all its pixels.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    return _picture(resolve(source, options), options, whole=whole, depth=depth)


def _picture(leaf: Leaf, options: Options, *, whole: bool = False, depth: int = 0) -> Picture:
    if isinstance(leaf, Encoded):
        return decoded(leaf, options, whole=whole)
    if isinstance(leaf, Batch):
        return _strip(leaf, options, depth)
    if isinstance(leaf, Image.Image):
        return _own_image(leaf, options, whole=whole)
    from imgdisplay.core.arrays import array_leaf, array_picture  # numpy is there, or no array

    shaped = array_leaf(leaf, options)
    if isinstance(shaped, Batch):
        return _strip(shaped, options, depth)
    return array_picture(shaped, options)


def _own_image(image: Image.Image, options: Options, *, whole: bool) -> Picture:
    """Return the caller's image as a picture.

    One that was opened and not yet loaded is decoded anew from its file: loading it would
    change it, and one that fails while loading looks whole when it is asked a second time.
    """
    name = getattr(image, "filename", "")
    reopened = unloaded(image)
    if reopened is not None:
        return decoded(reopened, options, whole=whole)
    if min(image.size) < 1:
        raise DecodeError(f"an image of {image.width}×{image.height} pixels has nothing to show")
    try:
        with quiet():
            image.load()
    except Exception as error:
        raise DecodeError(f"the image cannot be loaded: {quote(str(error))}") from error
    orientation = 1 if image.format == "TIFF" else exif_orientation(image)
    return Picture(
        image=image,
        size=image.size[::-1] if orientation >= 5 else image.size,
        orientation=orientation,
        mode=image.mode,
        format=image.format,
        color=remembered_tag(image),
        name=file_name(name),
    )


def unloaded(image: Image.Image) -> Encoded | None:
    """Return the file of a PIL image that was opened and not yet loaded; None of any other."""
    if not isinstance(image, ImageFile.ImageFile):
        return None
    # `tile` does not tell for all formats; Pillow has no public word for "not loaded yet".
    if not image.tile and getattr(image, "_im", image) is not None:
        return None
    if image.format not in ACCEPTED or image.fp is None:
        return None  # what we would not open, the caller did: it is theirs to load
    return Encoded(stream=image.fp, name=file_name(image.filename), frame=image.tell())


def _shrunk(
    picture: Picture, target: Layout, options: Options
) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        return shrink(picture, target, options)
    except ImgDisplayError:
        raise
    except Exception as error:
        raise DecodeError(
            f"{quote(picture.name) if picture.name else 'the image'} of mode "
            f"{picture.mode} cannot be shown: {quote(str(error))}"
        ) from error


def _overlaid(
    image: Image.Image, picture: Picture, overlay: Overlay
) -> tuple[Image.Image, tuple[str, ...]]:
    if picture.laid_out is not None:
        return image, ("an overlay belongs to one picture, and this is a strip",)
    from imgdisplay.core.overlay import draw_overlay  # most pictures have none

    return draw_overlay(image, overlay, picture.size)


_GAP = 2
_GAP_COLOR = (0x99, 0x99, 0x99)


def _strip(batch: Batch, options: Options, depth: int) -> Picture:
    """Return the first pictures of a batch side by side, each in the box of one thumbnail."""
    if depth >= _DEEPEST:
        raise UnsupportedSource(
            f"lists within lists are drawn {_DEEPEST} deep, and no deeper; pass one of them"
        )
    if batch.value_range:
        options = dataclasses.replace(options, value_range=batch.value_range)
    count = len(batch.sources)
    drawn = batch.sources[: options.max_images]
    options = _one_of_several(options, len(drawn))
    tiles: list[_Tile] = []
    notes: list[str] = []
    failures: list[ImgDisplayError] = []
    for number, source in enumerate(drawn, start=1):
        try:
            picture = picture_of(source, options, depth=depth + 1)
            target = layout(picture.size, options)
            image, said = _shrunk(picture, target, options)
            tiles.append(_Tile(image, target.css, target.enlarged or picture.unsmoothed))
            notes += [f"{number}: {note}" for note in said]
        except (SourceError, EncodeError, MissingExtra) as error:
            if options.on_error == "raise":
                raise
            failures.append(error)
            notes.append(f"{number}: {error.kind}: {error}")
            placeholder = Broken.of(error, options)
            tiles.append(_Tile(None, (placeholder.width, placeholder.height)))
    if len(failures) == len(tiles):
        raise failures[0]
    density = max(tile.density for tile in tiles)
    strip = _side_by_side([tile.drawn(density) for tile in tiles], round(_GAP * density))
    widths, heights = zip(*(tile.css for tile in tiles), strict=True)
    css = (sum(widths) + _GAP * (len(tiles) - 1), max(heights))
    return Picture(
        image=strip,
        size=css,
        mode=f"{count} images",
        notes=tuple(notes),
        more=count - len(tiles),
        laid_out=Layout(css, strip.size),
    )


@dataclass(frozen=True, slots=True)
class _Tile:
    """One picture of a strip; `image` is None for one that could not be had."""

    image: Image.Image | None
    css: tuple[int, int]
    unsmoothed: bool = False

    @property
    def density(self) -> float:
        """Its pixels for one CSS pixel."""
        if self.image is None:
            return 0.0
        return max(self.image.width / self.css[0], self.image.height / self.css[1])

    def drawn(self, density: float) -> Image.Image:
        """Return it at the density of the strip, which is at least its own."""
        wanted = (round(self.css[0] * density), round(self.css[1] * density))
        if self.image is None:
            return broken_picture(*wanted).convert("RGB")
        more = max(wanted[0] - self.image.width, wanted[1] - self.image.height)
        if more <= 1:  # rounded
            return self.image
        how = Image.Resampling.NEAREST if self.unsmoothed else Image.Resampling.BICUBIC
        return self.image.resize(wanted, how)


def _one_of_several(options: Options, count: int) -> Options:
    """Return options whose box lets `count` pictures stand in a row of readable length."""
    if options.box is None:
        return options
    side = max(_STRIP_WIDTH // count, 16)
    return dataclasses.replace(options, size=(min(options.box[0], side), min(options.box[1], side)))


_STRIP_WIDTH = 640
"""A strip is at most about this many CSS pixels wide."""


def _side_by_side(images: list[Image.Image], gap: int) -> Image.Image:
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    height = max(image.height for image in images)
    mode: Any = "RGBA" if any(image.mode in ("LA", "RGBA") for image in images) else "RGB"
    strip = Image.new(mode, (width, height), _GAP_COLOR if mode == "RGB" else (0, 0, 0, 0))
    left = 0
    for image in images:
        strip.paste(image.convert(mode), (left, (height - image.height) // 2))
        left += image.width + gap
    return strip
