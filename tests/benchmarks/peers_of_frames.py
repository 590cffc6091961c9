"""Frames of pictures against other packages, in a process of its own: some of them patch pandas.

Run by `test_frames`: ``python peers_of_frames.py FOLDER PICTURES ROUNDS`` with JPEG files in
FOLDER prints one JSON object: seconds and bytes of HTML by package.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmarks.measuring import medians
from PIL import Image

import imgdisplay

SIDE = 128


def ours(paths: list[str]) -> str:
    frame = pd.DataFrame({"picture": paths})
    options: Any = {"size": SIDE, "scale": 1, "cache": False}
    return str(imgdisplay.table(frame, ["picture"], max_rows=None, **options))


def naive(paths: list[str]) -> str:
    def cell(path: str) -> str:
        picture = Image.open(path)
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG")
        text = base64.b64encode(buffer.getvalue()).decode()
        return f'<img src="data:image/jpeg;base64,{text}">'

    frame = pd.DataFrame({"picture": paths})
    return frame.to_html(escape=False, formatters={"picture": cell})


def pandas_image_methods() -> Callable[[list[str]], str]:
    methods = importlib.import_module("pandas_image_methods").PILMethods
    pd.api.extensions.register_series_accessor("pil")(methods)

    def table(paths: list[str]) -> str:
        frame = pd.DataFrame({"picture": paths})
        frame["picture"] = frame["picture"].pil.open()
        formatters = {"picture": frame["picture"].pil.html_formatter}
        return frame.to_html(escape=False, formatters=formatters)

    return table


def daft() -> Callable[[list[str]], str]:
    hooks = importlib.import_module("daft.viz.html_viz_hooks")

    def table(paths: list[str]) -> str:
        pictures = [Image.open(path) for path in paths]
        return "".join(hooks.get_viz_hook(picture)(picture) for picture in pictures)

    return table


def mediapy() -> Callable[[list[str]], str]:
    module = importlib.import_module("mediapy")

    def table(paths: list[str]) -> str:
        pictures = [np.asarray(Image.open(path)) for path in paths]
        return str(module.show_images(pictures, height=SIDE, return_html=True))

    return table


PEERS = {"pandas-image-methods": pandas_image_methods, "daft": daft, "mediapy": mediapy}


def main(folder: str, count: str, rounds: str, *left_out: str) -> None:
    files = sorted(map(str, Path(folder).glob("*.jpg")))
    paths = [files[number % len(files)] for number in range(int(count))]
    tables: dict[str, Callable[[list[str]], str]] = {"imgdisplay": ours, "naive": naive}
    for name, load in PEERS.items():
        if name in left_out:
            continue
        try:
            tables[name] = load()
        except ImportError:
            continue
    sizes = {name: len(table(paths)) for name, table in tables.items()}
    runs = {name: lambda table=table: table(paths) for name, table in tables.items()}
    print(json.dumps({"seconds": medians(runs, int(rounds)), "bytes": sizes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
