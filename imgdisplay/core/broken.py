"""What is shown in place of a picture that could not be had."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from imgdisplay.core.datauri import write_data_uri
from imgdisplay.core.html import Html, img_tag, plain_text
from imgdisplay.errors import ImgDisplayError
from imgdisplay.options import Options

__all__ = ["Broken", "broken_picture"]

_DEFAULT_BOX = (96, 96)
_LARGEST = 256
_GREY, _MARK = 0xC4, 0x66


@dataclass(frozen=True, slots=True)
class Broken:
    """A placeholder of the thumbnail's size that says why there is no picture.

    Attributes
    ----------
    error
        What went wrong.
    width, height
        Size drawn, in CSS pixels.
    """

    error: ImgDisplayError
    width: int
    height: int

    @classmethod
    def of(cls, error: ImgDisplayError, options: Options) -> Broken:
        """Return the placeholder for an error, as large as a thumbnail of `options` may be."""
        return cls(error, *(options.box or _DEFAULT_BOX))

    @property
    def reason(self) -> str:
        """``kind: short reason``, for titles and alternative texts."""
        return plain_text(f"{self.error.kind}: {self.error}")

    @property
    def data(self) -> bytes:
        """The picture of the placeholder as a PNG file; equal for all of one size."""
        return _drawn(*_at_most(self.width, self.height))

    def html(self) -> Html:
        """Return the placeholder as an ``<img>`` whose title and alt give the reason."""
        return img_tag(
            write_data_uri(self.data, "image/png"),
            width=self.width,
            height=self.height,
            alt=self.reason,
            title=self.reason,
            css_class="imgdisplay imgdisplay-broken",
        )


def _at_most(width: int, height: int) -> tuple[int, int]:
    """Return the pixels of a large placeholder, which needs no fine lines."""
    ratio = min(1.0, _LARGEST / max(width, height))
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def broken_picture(width: int, height: int) -> Image.Image:
    """Return a grey picture of a torn page: two greys, readable in light and dark themes."""
    image = Image.new("P", (width, height), 0)
    image.putpalette([_GREY] * 3 + [_MARK] * 3)
    from PIL import ImageDraw  # brings fonts with it; most pictures can be shown

    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline=1)
    third_x, third_y = width / 3, height / 3
    draw.line((third_x, third_y, 2 * third_x, 2 * third_y), fill=1, width=2)
    draw.line((third_x, 2 * third_y, 2 * third_x, third_y), fill=1, width=2)
    return image


@lru_cache(maxsize=16)
def _drawn(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    broken_picture(width, height).save(buffer, "PNG", bits=1, optimize=True)
    return buffer.getvalue()
