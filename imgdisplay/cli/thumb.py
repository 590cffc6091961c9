"""``imgdisplay thumb``: thumbnails of files, as files."""

from __future__ import annotations

import itertools
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from imgdisplay.cli.answers import answer_json, bytes_for_people, facts, tell
from imgdisplay.cli.failures import complain, message_of
from imgdisplay.cli.given import source_of
from imgdisplay.cli.pictureoptions import ONE_PICTURE, PictureCommand, picture_options, said
from imgdisplay.errors import ImgDisplayError

__all__ = ["thumb_command"]


@click.command("thumb", cls=PictureCommand)
@click.pass_context
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "-o", "--output", required=True, type=click.Path(), help="Folder to write to; made if missing."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Answer a list of {file, thumbnail, mime, …}."
)
@picture_options(ONE_PICTURE)
def thumb_command(
    context: click.Context,
    /,
    files: tuple[str, ...],
    output: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Write thumbnails of image files into a folder.

    Each FILE keeps its name, with the suffix of what was written; - is standard input. Files
    of one name get numbers: a.jpg, a-2.jpg. Thumbnails of an earlier run are replaced, a FILE
    itself never is. One that cannot be read is told on standard error, and the others are
    written all the same; the exit code is 1 then.

    A thumbnail has up to --size times --scale pixels.

    \b
    Examples:
      imgdisplay thumb photos/*.jpg -o thumbnails
      imgdisplay thumb scan.tif -o . --size 320x200 --scale 1 --format webp
    """
    from imgdisplay.core.encode import suffix_of
    from imgdisplay.core.files import write_whole
    from imgdisplay.core.pipeline import make
    from imgdisplay.options import resolve

    wanted = resolve(said(context, options))
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    names = _Names(folder, files)
    answers: list[dict[str, Any]] = []
    failed = False
    for file in files:
        try:
            thumbnail = make(source_of(file), wanted)
            target = names.free(_stem(file), suffix_of(thumbnail.mime))
            write_whole(target, [thumbnail.data])
        except (ImgDisplayError, OSError) as error:
            failed = True
            complain(message_of(error))
            answers.append({"file": file, "error": message_of(error)})
            continue
        answers.append({"file": file, "thumbnail": str(target), **facts(thumbnail)})
        if not as_json:
            size = f"{thumbnail.pixel_width}×{thumbnail.pixel_height} pixels"
            tell(f"{target}: {size}, {bytes_for_people(len(thumbnail.data))}")
    if as_json:
        answer_json(answers)
    if failed:
        context.exit(1)


def _stem(file: str) -> str:
    """Return the name of a file or an address without its suffix.

    Examples
    --------
    >>> _stem("photos/a.b.jpg"), _stem("https://example.org/a.png?size=3"), _stem("-")
    ('a.b', 'a', 'stdin')
    """
    if file == "-":
        return "stdin"
    return Path(urlsplit(file).path if "://" in file else file).stem or "image"


class _Names:
    """The names of one run: none twice, and none that would replace a file that is read."""

    def __init__(self, folder: Path, files: tuple[str, ...]) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._read: set[tuple[int, int]] = set()
        for file in files:
            with suppress(OSError, ValueError):  # what is not there will be told later
                self._read.add(_identity(Path(file)))

    def free(self, stem: str, suffix: str) -> Path:
        """Return a path in the folder, and take it."""
        for number in itertools.count(1):
            path = self._folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
            # Some systems take A.png and a.png for one name, or é and its two parts.
            key = unicodedata.normalize("NFC", path.name).casefold()
            if key not in self._taken and not self._is_read(path):
                self._taken.add(key)
                return path
        raise AssertionError("unreachable")

    def _is_read(self, path: Path) -> bool:
        try:
            return _identity(path) in self._read
        except OSError:
            return False


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
