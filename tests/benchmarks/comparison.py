"""What packages that draw pictures or tables do with the same frame: ``python comparison.py``.

Each is used as its own documentation does, in a process of its own, because some of them patch
pandas. What comes out is read as a browser reads it: the pictures are decoded, turned upright and
compared with what they show. Needs ``pip install 'imgdisplay-jupyter[bench]'``; videos are encoded
with the program ``ffmpeg``, and sorting is tried in a Chromium.
"""

from __future__ import annotations

import base64
import contextlib
import io
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from numpy.typing import NDArray
from PIL import Image, ImageOps

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "browser")]

from benchmarks.photographs import NAMES, photograph  # noqa: E402 - of this folder

COLUMN = "picture"
ORIENTATION = 0x0112
NEAR = 10.0
"""Mean difference of a channel up to which two small pictures count as the same."""

Draw = Callable[[pd.DataFrame], str]


# --------------------------------------------------------------------------- the packages


class Recipe:
    """pandas alone, with the recipe that everybody copies: open, `thumbnail`, save, base64."""

    package = "pandas"

    def cell(self, value: Any) -> str:
        picture = Image.fromarray(value) if isinstance(value, np.ndarray) else value
        picture = Image.open(picture) if isinstance(picture, str) else picture.copy()
        picture.thumbnail((96, 96))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG")
        text = base64.b64encode(buffer.getvalue()).decode()
        return f'<img src="data:image/jpeg;base64,{text}">'

    def draw(self, frame: pd.DataFrame) -> str:
        return frame.to_html(escape=False, formatters={COLUMN: self.cell})

    def page(self, frame: pd.DataFrame) -> str:
        return self.draw(frame)

    def publish(self, frame: pd.DataFrame) -> str:
        raise NotImplementedError("a Styler has a caption, and neither spanners nor notes")

    def turn(self, frame: pd.DataFrame) -> list[Image.Image]:
        return list(frame[COLUMN].rotate(180))  # type: ignore[operator]

    def video(self, frames: NDArray[Any]) -> str:
        return self.draw(pd.DataFrame({COLUMN: [frames]}))


class PandasImageMethods(Recipe):
    package = "pandas-image-methods"

    def __init__(self) -> None:
        from pandas_image_methods import PILMethods

        pd.api.extensions.register_series_accessor("pil")(PILMethods)

    def opened(self, frame: pd.DataFrame) -> pd.Series[Any]:
        accessor: Any = frame[COLUMN].pil  # type: ignore[operator]
        texts = all(isinstance(value, str) for value in frame[COLUMN])
        opened: pd.Series[Any] = accessor.open() if texts else accessor.enable()
        return opened

    def draw(self, frame: pd.DataFrame) -> str:
        pictures: Any = self.opened(frame)
        formatters = {COLUMN: pictures.pil.html_formatter}
        return frame.assign(picture=pictures).to_html(escape=False, formatters=formatters)

    def turn(self, frame: pd.DataFrame) -> list[Image.Image]:
        pictures: Any = self.opened(frame)
        return list(pictures.pil.rotate(180))


class MediaPy(Recipe):
    """Its pictures stand in a row with titles, not in a table."""

    package = "mediapy"

    def __init__(self) -> None:
        import mediapy

        self.mediapy: Any = mediapy

    def draw(self, frame: pd.DataFrame) -> str:
        read = self.mediapy.read_image
        pictures = [
            read(value) if isinstance(value, str) else np.asarray(value) for value in frame[COLUMN]
        ]
        return str(
            self.mediapy.show_images(pictures, list(frame["name"]), height=96, return_html=True)
        )

    def turn(self, frame: pd.DataFrame) -> list[Image.Image]:
        raise NotImplementedError("it takes no frame")

    def video(self, frames: NDArray[Any]) -> str:
        return str(self.mediapy.show_video(frames, fps=8, return_html=True))


class GreatTables(Recipe):
    package = "great_tables"

    def draw(self, frame: pd.DataFrame) -> str:
        from great_tables import GT

        return str(GT(frame).fmt_image(COLUMN, height="96px").as_raw_html())

    def publish(self, frame: pd.DataFrame) -> str:
        from great_tables import GT

        table = GT(frame).tab_spanner("Both", ["name", "stars"]).tab_source_note("Noted")
        return str(table.as_raw_html())


class ITables(Recipe):
    package = "itables"

    def draw(self, frame: pd.DataFrame) -> str:
        return self.page(frame)

    def page(self, frame: pd.DataFrame) -> str:
        import itables
        import itables.javascript

        offline = itables.javascript.generate_init_offline_itables_html(itables.options.dt_bundle)
        return offline + itables.to_html_datatable(frame, connected=False)


class ImgDisplay(Recipe):
    package = "imgdisplay"

    def draw(self, frame: pd.DataFrame) -> str:
        import imgdisplay

        return str(imgdisplay.table(frame, columns=COLUMN, max_rows=None))

    def page(self, frame: pd.DataFrame) -> str:
        import imgdisplay

        with tempfile.TemporaryDirectory() as folder:
            path = imgdisplay.report(frame, Path(folder, "report.html"), column=COLUMN)
            return str(path.read_text(encoding="utf-8"))

    def turn(self, frame: pd.DataFrame) -> list[Image.Image]:
        raise NotImplementedError("it shows pictures and changes none")


PEERS = (ImgDisplay, Recipe, PandasImageMethods, MediaPy, GreatTables, ITables)


# --------------------------------------------------------------------------- what is asked


def asked(peer: Recipe, folder: Path) -> dict[str, str]:
    """Return what a package answers to each question."""
    cat, coffee = (photograph(480, 320, name) for name in ("cat", "coffee"))
    files = {path.stem: str(path) for path in folder.iterdir()}
    pictures = frame_of(cat, coffee)
    texts = frame_of(files["cat"], files["coffee"])
    broken = frame_of(files["cat"], files["broken"])
    grey = np.asarray(cat.convert("L"))
    return {
        "shows `frame` as it is, without a call": yes(lambda: shown_alone(peer, pictures) == 2),
        "PIL images": yes(lambda: shows(peer.draw(pictures), cat, coffee)),
        "arrays": yes(lambda: shows(peer.draw(as_arrays(pictures)), cat, coffee)),
        "float arrays of any range": yes(
            lambda: shows(peer.draw(frame_of(grey * 3.5 - 200)), stretched(grey))
        ),
        "paths of files": yes(lambda: shows(peer.draw(texts), cat, coffee)),
        "in the cells of the table": yes(lambda: in_cells(peer.draw(texts)) == 2),
        "a broken file costs one cell": yes(lambda: shows(peer.draw(broken), cat)),
        "text beside it stays text": yes(lambda: not has_markup(peer.draw(texts))),
        "a photo of a phone is upright": yes(
            lambda: shows(peer.draw(frame_of(files["turned"])), cat)
        ),
        "16-bit grey keeps its tones": yes(
            lambda: shows(peer.draw(frame_of(files["deep"])), cat.convert("L"))
        ),
        "transparency stays": yes(lambda: has_alpha(peer.draw(frame_of(files["logo"])))),
        "nothing but pixels leaves (EXIF)": yes(
            lambda: (
                shows(peer.draw(frame_of(files["turned"])), cat, upright=None)
                and not has_exif(peer.draw(frame_of(files["turned"])))
            )
        ),
        "HTML of 5 photographs of 3 Mpx": megabytes(peer, files),
        "sorts on a click": sorts(peer, texts),
        "spanners, source notes": yes(lambda: {"Both", "Noted"} <= words(peer.publish(texts))),
        "Pillow's methods on a whole column": yes(
            lambda: near(peer.turn(pictures)[0], cat.rotate(180))
        ),
        "videos": yes(lambda: "<video" in peer.video(as_video(cat))),
    }


def yes(answer: Callable[[], bool]) -> str:
    """Return "yes" or "–"; what raises does not do it."""
    try:
        return "yes" if answer() else "–"
    except Exception:
        return "–"


def frame_of(*values: object) -> pd.DataFrame:
    names = ["<b>first</b>", "second"][: len(values)]
    stars = [2, 1][: len(values)]
    return pd.DataFrame({"name": names, COLUMN: pd.Series(values, dtype=object), "stars": stars})


def as_arrays(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(picture=[np.asarray(picture) for picture in frame[COLUMN]])


def as_video(picture: Image.Image) -> NDArray[Any]:
    return np.stack([np.asarray(picture.rotate(10 * turn)) for turn in range(4)])


def stretched(grey: NDArray[Any]) -> Image.Image:
    """Return grey from black to white."""
    low, high = int(grey.min()), int(grey.max())
    return Image.fromarray(((grey - float(low)) * 255 / (high - low)).astype(np.uint8))


def write_files(folder: Path) -> None:
    """Write the files that the frames name."""
    cat, coffee = (photograph(480, 320, name) for name in ("cat", "coffee"))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turned by a quarter to the right when it is shown
    logo = Image.new("RGBA", (64, 64))
    logo.paste((200, 30, 30, 255), (16, 16, 48, 48))
    deep = Image.fromarray(np.asarray(cat.convert("L")).astype(np.uint16) * 257)
    cat.save(folder / "cat.jpg", quality=95)
    coffee.save(folder / "coffee.jpg", quality=95)
    cat.rotate(90, expand=True).save(folder / "turned.jpg", exif=exif, quality=95)
    logo.save(folder / "logo.png")
    deep.save(folder / "deep.png")
    (folder / "broken.jpg").write_bytes((folder / "cat.jpg").read_bytes()[:50])
    for name in NAMES[:5]:
        photograph(2000, 1500, name).save(folder / f"large-{name}.jpg", quality=90)


# --------------------------------------------------------------------------- what came out


def sources(html: str) -> list[str]:
    """Return the pictures of a page that are in it, placeholders left out."""
    found = BeautifulSoup(html, "html5lib").find_all("img")
    return [
        str(image["src"])
        for image in found
        if str(image.get("src", "")).startswith("data:image/")
        and "imgdisplay-broken" not in image.get("class", [])
    ]


def decoded(html: str) -> list[Image.Image]:
    """Return the pictures of a page as a browser shows them: turned upright."""
    opened = (
        Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) for uri in sources(html)
    )
    return [_shown(ImageOps.exif_transpose(picture)) for picture in opened]


def _shown(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits, of which a screen shows the upper ones
        return Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))
    return picture


def shows(html: str, *wanted: Image.Image, upright: bool | None = True) -> bool:
    """Tell whether a page shows these pictures and no others."""
    found = decoded(html)
    if upright is None:
        return len(found) == len(wanted)
    return len(found) == len(wanted) and all(map(near, found, wanted))


def near(one: Image.Image, other: Image.Image) -> bool:
    if (one.width > one.height) != (other.width > other.height):
        return False
    small = [
        np.asarray(picture.convert("RGB").resize((24, 16), Image.Resampling.BOX), float)
        for picture in (one, other)
    ]
    return float(np.abs(small[0] - small[1]).mean()) < NEAR


def in_cells(html: str) -> int:
    """Return how many pictures are in cells of a table with a cell of text beside them."""
    rows = BeautifulSoup(html, "html5lib").find_all("tr")
    texts = ("first", "second")
    return sum(
        any(text in row.text for text in texts) and bool(row.select("td img[src^='data:image']"))
        for row in rows
    )


def has_markup(html: str) -> bool:
    """Tell whether a text of the frame has become an element."""
    found = BeautifulSoup(html, "html5lib")
    return any(element.text == "first" for element in found.find_all("b"))


def has_alpha(html: str) -> bool:
    (picture,) = decoded(html)
    return bool(picture.convert("RGBA").getpixel((1, 1))[3] == 0)  # type: ignore[index]


def has_exif(html: str) -> bool:
    (uri,) = sources(html)
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        return bool(picture.getexif())


def words(html: str) -> set[str]:
    return set(BeautifulSoup(html, "html5lib").get_text(" ").split())


def shown_alone(peer: Recipe, frame: pd.DataFrame) -> int:
    """Return how many pictures a notebook shows of a frame that is merely named."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    if isinstance(peer, ImgDisplay):
        shell.run_line_magic("load_ext", "imgdisplay")
    if isinstance(peer, PandasImageMethods):
        frame = frame.assign(picture=peer.opened(frame))
    if isinstance(peer, ITables):
        import itables

        itables.init_notebook_mode(all_interactive=True)
    said, _ = shell.display_formatter.format(frame)  # type: ignore[union-attr]
    return len(sources(said.get("text/html", "")))


def megabytes(peer: Recipe, files: dict[str, str]) -> str:
    large = [path for name, path in sorted(files.items()) if name.startswith("large")]
    frame = pd.DataFrame({"name": [Path(path).stem for path in large], COLUMN: large})
    try:
        html = peer.draw(frame.assign(stars=1))
    except Exception:
        return "–"
    if len(sources(html)) != len(large):
        return "–"
    return f"{len(html) / 1e6:.2g} MB"


def sorts(peer: Recipe, frame: pd.DataFrame) -> str:
    """Tell whether a browser shows the rows in another order after a click on a heading."""
    rows = frame.loc[[0, 0, 0, 0, 1, 1, 1, 1]].reset_index(drop=True)
    from playwright.sync_api import TimeoutError as TooLate
    from truth import launched

    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        file = Path(folder, "page.html")
        file.write_text(peer.page(rows), encoding="utf-8")
        page = browser.new_page()
        page.goto(file.as_uri())
        try:
            heading = page.locator("th", has_text="stars").first
            heading.wait_for(timeout=15_000)
            button = heading.get_by_role("button")  # which some have beside the name
            (button if button.count() else heading).click(timeout=15_000)
            page.wait_for_function(
                """() => /second[^]*first/.test(document.querySelector("tbody").innerText)""",
                timeout=15_000,
            )
        except TooLate:
            return "–"
    return "in reports" if isinstance(peer, ImgDisplay) else "yes"


# --------------------------------------------------------------------------- the table


def answers(number: int, folder: Path) -> dict[str, str]:
    """Ask one package everything."""
    with contextlib.redirect_stdout(sys.stderr):  # where some display what they do
        return asked(PEERS[number](), folder)


def markdown() -> str:
    """Return the whole table, measured now."""
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool,
    ):
        write_files(Path(folder))
        columns = []
        for answered in pool.map(answers, range(len(PEERS)), [Path(folder)] * len(PEERS)):
            columns.append(answered)
            print(PEERS[len(columns) - 1].package, file=sys.stderr)
    names = [peer.package for peer in PEERS]
    rows: list[Sequence[str]] = [
        ("", *(f"{name} {version(name)}" if name != "imgdisplay" else name for name in names)),
        ("---", *[":---:"] * len(names)),
        *((question, *(column[question] for column in columns)) for question in columns[0]),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None:
        print("without ffmpeg, videos are not tried", file=sys.stderr)
    print(markdown())
