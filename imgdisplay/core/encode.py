"""Small pixels in, a `Thumbnail` out: the choice of the format, and the encoders."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageChops

from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.formats.pngfile import write_png
from imgdisplay.core.html import Html, img_tag
from imgdisplay.core.layout import TINY, Layout
from imgdisplay.core.picture import Picture
from imgdisplay.errors import EncodeError, quote
from imgdisplay.options import Options

__all__ = ["Thumbnail", "encode", "suffix_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Thumbnail:
    """A small encoded picture: a value that knows how to show itself.

    Attributes
    ----------
    data
        The encoded bytes. Nothing but pixels: no EXIF, comment or colour profile.
    mime
        MIME type, read off the bytes that were written.
    width, height
        Size drawn, in CSS pixels.
    pixel_width, pixel_height
        Size encoded, in pixels; up to ``scale`` times the size drawn.
    source_size
        (width, height) of the source in pixels, upright.
    source_mode
        PIL mode of the source, or dtype and shape of an array.
    name
        File name of the source, or empty.
    notes
        What people should be told about this picture.
    more
        How many further pictures a strip had no room for.
    transparent
        Whether some pixel is not opaque.

    Examples
    --------
    >>> from PIL import Image, ImageChops
    >>> import imgdisplay
    >>> thumb = imgdisplay.thumbnail(Image.new("RGB", (640, 480), "teal"), size=96, scale=2)
    >>> thumb.mime, thumb.width, thumb.height, thumb.pixel_width, thumb.source_size
    ('image/png', 96, 72, 192, (640, 480))
    """

    data: bytes
    mime: str
    width: int
    height: int
    pixel_width: int
    pixel_height: int
    source_size: tuple[int, int]
    source_mode: str = ""
    name: str = ""
    notes: tuple[str, ...] = ()
    more: int = 0
    transparent: bool = False

    @property
    def base64(self) -> str:
        """The encoded bytes as base64 text (RFC 4648, section 4)."""
        return self.data_uri.partition(",")[2]

    @property
    def data_uri(self) -> str:
        """The encoded bytes as a ``data:`` URI (RFC 2397)."""
        return write_data_uri(self.data, self.mime)

    @property
    def description(self) -> str:
        """One line for people: name, size, mode and notes."""
        size = f"{self.source_size[0]}×{self.source_size[1]} {self.source_mode}".rstrip()
        return " · ".join(part for part in (self.name, size, *self.notes) if part)

    def html(self, alt: str | None = None) -> Html:
        """Return the picture as an ``<img>``, described by `alt` or by what is known of it."""
        picture = img_tag(
            self.data_uri,
            width=self.width,
            height=self.height,
            alt=alt or self.name or f"image {self.source_size[0]}×{self.source_size[1]}",
            title=self.description,
            transparent=self.transparent,
        )
        return Html(f"{picture} +{self.more} more") if self.more else picture

    def file(self) -> io.BytesIO:
        """Return the encoded bytes as a file object at position 0, named ``thumbnail.…``."""
        file = io.BytesIO(self.data)
        file.name = f"thumbnail.{self.mime.partition('/')[2]}"
        return file

    def __imgdisplay__(self) -> bytes:
        return self.data

    def _repr_html_(self) -> str:
        return self.html()._repr_html_()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # LaTeX, PDF and terminals take no HTML, and of pictures only these two types.
        plain = self if self.mime in ("image/png", "image/jpeg") else _as_png(self)
        return {
            "text/html": str(self.html()),
            "text/plain": repr(self),
            plain.mime: plain.data,
        }

    def __repr__(self) -> str:
        return (
            f"<Thumbnail {self.width}×{self.height} of {self.source_size[0]}×"
            f"{self.source_size[1]}, {self.mime}, {len(self.data)} bytes>"
        )


def encode(image: Image.Image, picture: Picture, target: Layout, options: Options) -> Thumbnail:
    """Encode upright pixels of mode L, LA, RGB or RGBA.

    Raises
    ------
    EncodeError
        If the format cannot hold the picture, or this Pillow cannot write the format.
    """
    transparent = is_transparent(image)
    if image.mode in ("LA", "RGBA") and not transparent:
        image = image.convert("L" if image.mode == "LA" else "RGB")
    if transparent and (options.background is not None or options.format == "jpeg"):
        image = on_background(image, options.background or "white")
        transparent = False
    if image.mode == "RGB" and _is_grey(image):
        image = image.convert("L")
    format_ = options.format
    if format_ == "auto":
        # Of a tiny picture every pixel counts, and JPEG would spend its bytes on tables.
        exact = transparent or target.enlarged or max(picture.size) <= TINY or _is_drawn(image)
        format_ = "png" if exact else "jpeg"
    if image is picture.image:  # the caller's own, whole: saving would leave marks on it
        image = image.copy()
    if format_ == "png" and target.enlarged:
        data = write_png(image, block=image.height // picture.size[1])
    else:
        data = _written(image, format_, options.quality)
    return Thumbnail(
        data=data,
        mime=mime_type(data),
        width=target.css[0],
        height=target.css[1],
        pixel_width=image.width,
        pixel_height=image.height,
        source_size=picture.size,
        source_mode=picture.mode,
        name=picture.name,
        notes=picture.notes,
        more=picture.more,
        transparent=transparent,
    )


def _as_png(thumbnail: Thumbnail) -> Thumbnail:
    with Image.open(io.BytesIO(thumbnail.data)) as image:
        data = _written(image.convert("RGBA"), "png", 100)
    return replace(thumbnail, data=data, mime="image/png")


def mime_type(data: bytes) -> str:
    """Return the MIME type of the pictures that we write, from their first bytes."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if data[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "image/avif"
    raise EncodeError(f"the encoder wrote something that begins with {data[:12]!r}")


def suffix_of(mime: str) -> str:
    """Return how the name of a file with a picture of some MIME type ends.

    Examples
    --------
    >>> suffix_of("image/jpeg"), suffix_of("image/webp")
    ('.jpg', '.webp')
    """
    kind = mime.rpartition("/")[2]
    return ".jpg" if kind == "jpeg" else f".{kind}"


def is_transparent(image: Image.Image) -> bool:
    """Tell whether some pixel is not opaque."""
    if image.mode not in ("LA", "RGBA"):
        return False
    return image.getchannel("A").histogram()[255] < image.width * image.height


def _is_grey(image: Image.Image) -> bool:
    for share in (0.5, 0.2, 0.8):  # most colour pictures are found out by three pixels
        pixel: Any = image.getpixel((int(image.width * share), int(image.height * share)))
        if pixel != (pixel[0],) * 3:
            return False
    red, green, blue = image.split()
    return (
        ImageChops.difference(red, green).getbbox() is None
        and ImageChops.difference(green, blue).getbbox() is None
    )


def on_background(image: Image.Image, color: str) -> Image.Image:
    """Return a picture with a colour behind its transparent pixels, as RGB."""
    backdrop = Image.new("RGBA", image.size, color)
    return Image.alpha_composite(backdrop, image.convert("RGBA")).convert("RGB")


_FEW_COLORS = 256
_FEW_GREYS = 32
_FLAT = 0.6


def _is_drawn(image: Image.Image) -> bool:
    """Tell drawings, masks and diagrams, which JPEG would smear, from photographs.

    They have few colours (of greys, all are few; a photograph uses most of them), or most of
    their pixels equal their neighbours. Measured on thumbnails of photographs: up to 0.35 of
    the pixels do; on those of diagrams: 0.8 and more, and PNG at most doubles their bytes.
    """
    if image.getcolors(_FEW_GREYS if image.mode == "L" else _FEW_COLORS) is not None:
        return True
    # In both directions, since a clear sky is even along its horizon.
    return _is_flat(image, (1, 0)) and _is_flat(image, (0, 1))


def _is_flat(image: Image.Image, step: tuple[int, int]) -> bool:
    """Tell whether most pixels equal their neighbours one step away; of many, some are asked."""
    width, height = image.size
    few = (width, min(height, _LINES_ASKED)) if step[0] else (min(width, _LINES_ASKED), height)
    lines = image.resize(few, Image.Resampling.NEAREST) if few != image.size else image
    changes = ImageChops.difference(lines, ImageChops.offset(lines, *step)).convert("L")
    return changes.histogram()[0] >= _FLAT * lines.width * lines.height


_LINES_ASKED = 32


def _written(image: Image.Image, format_: str, quality: int) -> bytes:
    # Pillow copies comments and profiles of `image.info` into what it writes.
    image.info = {}
    buffer = io.BytesIO()
    try:
        image.save(buffer, format_.upper(), **_settings(image.size, format_, quality))
    except (OSError, ValueError, KeyError) as error:
        raise EncodeError(
            f"{image.width}×{image.height} {image.mode} pixels cannot be written as "
            f"{format_}: {quote(str(error))}; format='png' holds every picture"
        ) from error
    return buffer.getvalue()


def _settings(size: tuple[int, int], format_: str, quality: int) -> dict[str, Any]:
    if format_ == "jpeg":
        # Chroma at full resolution: a fifth more bytes, and thin red lines stay red. Pillow
        # optimises in one buffer of 64 KiB: small pictures fit into it even if they are noise.
        bytes_at_most = size[0] * size[1] * (4.2 if quality > 85 else 1.7)
        return {"quality": quality, "subsampling": 0, "optimize": bytes_at_most <= 65_536}
    if format_ == "webp":
        return {"quality": quality, "method": 2}
    if format_ == "avif":
        return {"quality": quality, "speed": 8}
    # Level 6 takes twice the time and saves a twentieth of the bytes.
    return {"optimize": False, "compress_level": 3}
