"""A program as a user writes it. It is checked by mypy and by pyright, and run."""

from __future__ import annotations

import tempfile
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

import imgdisplay
from imgdisplay import Html, ImgDisplayError, Options, Thumbnail


class Scan:
    """A class that knows how to be shown."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels

    def __imgdisplay__(self) -> NDArray[np.uint8]:
        return self.pixels


def pixels_of(scan: Scan) -> NDArray[np.uint8]:
    return scan.pixels


def main(folder: Path) -> list[str]:
    photo = Image.effect_noise((320, 240), 60)
    made: Thumbnail = imgdisplay.thumbnail(photo, size=96, scale=2, format="webp", quality=80)
    uri: str = imgdisplay.data_uri(made)
    tag: Html = imgdisplay.img(photo, alt="noise", size=(64, 48))
    frame = pd.DataFrame({"picture": [photo, None], "note": ["a", "b"]})
    table: Html = imgdisplay.table(frame, columns=["picture"], max_rows=10, background="white")
    page: Html = imgdisplay.gallery({"one": photo, "two": made}, columns=2, pixelated=True)
    cells: str = frame.to_html(formatters={"picture": imgdisplay.image_formatter}, escape=False)

    data: bytes = imgdisplay.to_bytes(photo, "png")
    again: Image.Image = imgdisplay.from_base64(imgdisplay.to_base64(photo))
    array = imgdisplay.to_array(again, color_order="bgr")
    height: int = array.shape[0]
    with imgdisplay.as_path(photo, "png") as path:
        read: Image.Image = imgdisplay.open_image(path)
    message = EmailMessage()
    message.set_content("text")
    cid: str = imgdisplay.attach(message, photo, filename="a.png")

    earlier = imgdisplay.register_source(Scan, pixels_of)
    imgdisplay.register_source(Scan, earlier)
    with imgdisplay.options(size=48, on_error="raise"):
        wanted: Options = imgdisplay.get_options()
    try:
        imgdisplay.thumbnail("no such file.png")
    except ImgDisplayError as error:
        reason: str = str(error)
    else:
        reason = ""
    report = imgdisplay.Report(title="All of it").add(frame, title="The table", size=64)
    saved: Path = report.save(folder / "report.html")
    told: Path | str = report.save("memory://report/")
    one: Path | str = imgdisplay.report(frame, folder / "one.html", value_range=(0, 255))
    return [
        uri,
        tag,
        table,
        page,
        cells,
        str(len(data) + height + read.width),
        cid,
        str(wanted.size),
        reason,
        saved.name,
        Path(one).name,
        str(told),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for line in main(Path(place)):
            print(line[:60])
