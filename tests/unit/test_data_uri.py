"""`data_uri` gives what browsers take, and what was given out is accepted again."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest
from PIL import features
from zoo import decoded, mime_of, pixels, psnr
from zoo.images import MODES, in_mode, photograph

from imgdisplay import SourceNotFound, data_uri, thumbnail

PHOTO = photograph("chelsea")


def _parts(uri: str) -> tuple[str, bytes]:
    found = re.fullmatch(r"data:(image/[a-z]+);base64,([A-Za-z0-9+/]+={0,2})", uri)
    assert found is not None, uri[:60]
    return found[1], base64.b64decode(found[2], validate=True)


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_gives_a_uri_whose_type_is_that_of_its_bytes(mode: str) -> None:
    mime, data = _parts(data_uri(in_mode(mode).image))

    assert mime == mime_of(data)


@pytest.mark.parametrize("format_", ["jpeg", "png", "webp"] + ["avif"] * features.check("avif"))
def test_the_format_that_is_asked_for_is_the_one_that_comes(format_: Any) -> None:
    mime, data = _parts(data_uri(PHOTO, format=format_))

    assert mime == mime_of(data) == f"image/{format_}"


def test_it_is_that_of_the_thumbnail() -> None:
    for given in ({}, {"size": 48}, {"format": "png"}, {"size": None}):
        assert data_uri(PHOTO, **given) == thumbnail(PHOTO, **given).data_uri  # type: ignore[arg-type]


def test_it_is_a_plain_str_of_one_line() -> None:
    uri = data_uri(PHOTO, size=None, format="png")

    assert type(uri) is str
    assert uri.isascii()
    assert not re.search(r"\s", uri)


def test_the_whole_image_comes_if_no_size_is_wanted() -> None:
    _, data = _parts(data_uri(PHOTO, size=None, format="png"))

    assert (pixels(decoded(data)) == np.asarray(PHOTO)).all()


def test_what_it_gives_is_a_source() -> None:
    uri = data_uri(PHOTO, size=None)

    again = thumbnail(uri, size=None, format="png")

    assert psnr(pixels(decoded(again.data)), PHOTO) >= 30


def test_the_same_picture_gives_the_same_uri() -> None:
    assert data_uri(PHOTO) == data_uri(PHOTO.copy()) != data_uri(PHOTO.rotate(180))


def test_it_raises_as_the_thumbnail_does() -> None:
    with pytest.raises(SourceNotFound):
        data_uri("missing.png")
