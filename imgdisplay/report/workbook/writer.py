"""A frame as a workbook of Excel, with pictures in its cells.

The pictures are inserted, and move and change their size with their cells: all versions of
Excel, LibreOffice and the readers of such files know that. The newer kind of picture, which is
the value of its cell, shows as ``#VALUE!`` or not at all outside of Excel 365.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import tempfile
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from imgdisplay.core.broken import Broken
from imgdisplay.core.encode import Thumbnail, suffix_of
from imgdisplay.core.files import write_whole
from imgdisplay.core.html import plain_text
from imgdisplay.core.overlay import Overlay
from imgdisplay.core.pipeline import attempt
from imgdisplay.core.progress import Progress
from imgdisplay.display import picture_columns
from imgdisplay.drawing import Described, PicturePicker, draw
from imgdisplay.errors import OptionError, missing_extra, quote
from imgdisplay.frames.rows import Bind, Rows, bound
from imgdisplay.frames.values import Values, ValuesColumn, values_of
from imgdisplay.options import OptionArgs, Options, resolve, takes
from imgdisplay.report.workbook.cells import WorkbookCell, cell_of

__all__ = ["to_excel"]

_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384

_TOGETHER = 64
"""Rows that are read, drawn and written together."""

_FEW = 100
"""Values in which pictures are looked for together."""

_A_DAY = 86_400.0

_KNOWN = frozenset({"image/png", "image/jpeg"})
"""Formats of pictures that workbooks know."""

_MOVES_AND_SIZES = 1
"""XlsxWriter's number for a picture that belongs to its cell."""

_MARGIN = 3
"""Pixels around a picture."""

_HIGHEST, _WIDEST = 540, 1_780
"""Pixels of the highest row and the widest column, without the margin."""

_LEAST_HEIGHT, _LEAST_WIDTH = 24, 40
_CHARACTER, _LONGEST_LINE, _LOOKED_AT = 7, 60, 1_000
"""Pixels of a character, characters of the widest column of text, and how many are looked at."""

_BUTTON = 20
"""Pixels of the button that filters a column."""

_PIECE = 2**20


@takes(OptionArgs)
def to_excel(
    frame: Any,
    path: str | os.PathLike[str],
    columns: Mapping[Any, Overlay | None] | Sequence[Hashable] | Hashable | None = None,
    *,
    alt: Hashable | None = None,
    index: bool = True,
    sheet: str = "Sheet1",
    progress: bool | None = None,
    **options: Unpack[OptionArgs],
) -> Path:
    """Write a frame as a workbook with pictures in its cells, and return its path.

    Numbers, dates and truth values are what they are; text is never a formula or a link. A
    date with a time zone is the clock of that zone, shown with its distance from UTC. What a
    workbook cannot hold is text: whole numbers of more than 15 digits, infinity, dates before
    1900. Text is cut at 32,767 characters. Missing values are empty cells.

    Pictures are PNG or JPEG, encoded on all cores, and stored once if they are equal. A row is
    as high as its pictures. In the place of one that cannot be opened stands the reason.

    Parameters
    ----------
    frame
        A DataFrame or Series of pandas, polars or dask, a pyarrow table, or a Hugging Face
        dataset. It is never changed.
    path
        The file to write; its name ends in ``.xlsx``. It is there as a whole or not at all:
        one of that name is replaced in the last step.
    columns
        As of `table`: names of the columns that hold pictures, or a dict from them to overlays.
        None finds them.
    alt
        Name of the column that holds the alternative texts.
    index
        Write the index of pandas and dask into the first columns.
    sheet
        Name of the sheet.
    progress
        Show a progress bar: True at once, False never; None after a second, on a terminal or
        in a notebook.
    **options
        Fields of `Options`; ``zoom``, ``timeout`` and ``max_output_bytes`` change nothing here.

    Raises
    ------
    UnsupportedSource
        If `frame` is of no known library.
    OptionError
        If an option is wrong, a column does not exist, the name is not one of a workbook, or
        the frame has more rows or columns than a sheet: 1,048,576 and 16,384, headings
        included.
    MissingExtra
        If XlsxWriter is not installed.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from PIL import Image
    >>> frame = pd.DataFrame({"n": [1.5], "picture": [Image.new("RGB", (640, 480), "teal")]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_excel(frame, f"{folder}/colours.xlsx").name
    'colours.xlsx'
    """
    xlsxwriter = _xlsxwriter()
    _check(path, sheet)
    if "format" in options and resolve(options).format not in ("auto", "png", "jpeg"):
        raise OptionError(
            f"format={quote(options['format'])}: workbooks hold PNG and JPEG pictures; "
            "expected 'auto', 'png' or 'jpeg'"
        )
    names, wanted, bind = picture_columns(frame, columns, resolve(options), alt)
    if wanted.format not in ("auto", "png", "jpeg"):  # said for the whole session
        wanted = dataclasses.replace(wanted, format="auto")
    wanted = dataclasses.replace(wanted, zoom=None, timeout=_A_DAY)
    values = values_of(frame, columns=names, index=index)
    _check_size(values)
    picker = PicturePicker(wanted)
    job = _Job(values, picker, _picture_columns(values, picker), wanted, bind, sheet)
    with Progress(values.length, "row", Path(path).name, wanted=progress) as bar:
        return write_whole(path, _written(xlsxwriter, job, bar))


def _xlsxwriter() -> Any:
    try:
        import xlsxwriter
        import xlsxwriter.image
    except ImportError as error:
        raise missing_extra("workbooks need XlsxWriter", "excel") from error
    return xlsxwriter


def _check(path: str | os.PathLike[str], sheet: object) -> None:
    if Path(path).suffix.lower() != ".xlsx":
        raise OptionError(
            f"{quote(str(path))}: Excel opens no workbook of such a name; let it end in .xlsx"
        )
    # ECMA-376 leaves this to applications; the rules are those of Excel.
    if (
        not isinstance(sheet, str)
        or not 0 < len(sheet) <= 31
        or re.search(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff]", sheet)
        or sheet[0] == "'"
        or sheet[-1] == "'"
        or sheet.lower() == "history"
    ):
        raise OptionError(
            f"sheet={quote(sheet)}: expected 1 to 31 characters without [ ] : * ? / \\ and "
            "without ' at an end"
        )


def _check_size(values: Values) -> None:
    rows, columns = values.length + values.levels, len(values.columns)
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise OptionError(
            f"a sheet has at most {_MOST_ROWS:,} rows and {_MOST_COLUMNS:,} columns, and this "
            f"frame needs {rows:,} × {columns:,}; write parts of it to several files"
        )


def _picture_columns(values: Values, picker: PicturePicker) -> list[int]:
    """Return the positions of the columns that hold pictures."""

    def holds(column: ValuesColumn) -> bool:
        if column.named is not None:
            return column.named
        return column.may_hold_pictures and any(
            picker.holds([value for value in part if value is not None])
            for start in range(0, values.length, _FEW)
            if (part := column.read(start, min(start + _FEW, values.length)))
        )

    return [place for place, column in enumerate(values.columns) if holds(column)]


@dataclass(frozen=True, slots=True)
class _Job:
    """A workbook to write.

    Attributes
    ----------
    values
        The frame.
    picker
        Finds its pictures.
    pictures
        Positions of its columns of pictures.
    options
        For the pictures.
    bind
        What takes overlays and alternative texts from a picture's row.
    sheet
        The name of the sheet.
    """

    values: Values
    picker: PicturePicker
    pictures: list[int]
    options: Options
    bind: Bind | None
    sheet: str


def _written(xlsxwriter: Any, job: _Job, bar: Progress) -> Iterator[bytes]:
    """Yield the bytes of the workbook, which is made in a folder of its own meanwhile."""
    with tempfile.TemporaryDirectory(prefix="imgdisplay-") as folder:
        target = Path(folder, "workbook.xlsx")
        workbook = xlsxwriter.Workbook(
            str(target), {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        )
        with closing(_Writer(xlsxwriter, workbook, job, Path(folder))) as writer:
            writer.write_headings()
            for start in range(0, job.values.length, _TOGETHER):
                stop = min(start + _TOGETHER, job.values.length)
                writer.write_rows(start, stop)
                bar.advance(stop - start)
            writer.finish()
        with open(target, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece


class _Writer:
    """Writes the rows of one sheet, from the first to the last.

    Parameters
    ----------
    folder
        Where the pictures wait for the workbook to be put together.
    """

    def __init__(self, xlsxwriter: Any, workbook: Any, job: _Job, folder: Path) -> None:
        self._image_type = xlsxwriter.image.Image
        self._workbook = workbook
        self._sheet = workbook.add_worksheet(job.sheet)
        self._job = job
        self._folder = folder
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._widths = [_LEAST_WIDTH] * len(job.values.columns)

    def write_headings(self) -> None:
        """Write the labels of the columns: a row for each level, and no cell of it empty."""
        columns, levels = self._job.values.columns, self._job.values.levels
        labels = [column for column in columns if not column.of_index]
        width_of_index = len(columns) - len(labels)
        for level in range(levels):
            names = [column.names[level] for column in labels]
            index: list[object] = [None] * width_of_index
            if level == levels - 1:
                index = [column.names[0] for column in columns[:width_of_index]]
            elif index:  # where pandas prints them, too
                index[-1] = self._job.values.level_names[level]
            self._sheet.set_row_pixels(level, _LEAST_HEIGHT)
            for place, name in enumerate([*index, *names]):
                cell = cell_of(None if name is None else str(name))
                self._write(level, place, cell, bold=True, bottom=1)
        self._sheet.freeze_panes(levels, width_of_index)
        self._sheet.repeat_rows(0, levels - 1)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)

    def write_rows(self, start: int, stop: int) -> None:
        """Write the rows from a position up to another."""
        read = [column.read(start, stop) for column in self._job.values.columns]
        drawn = self._drawn(read)
        first = self._job.values.levels + start
        for number in range(stop - start):
            row = first + number
            sizes = [_drawn_size(drawn.get((number, place))) for place in self._job.pictures]
            height = max([_LEAST_HEIGHT, *(high + 2 * _MARGIN for _, high in sizes)])
            self._sheet.set_row_pixels(row, height)
            for place, column in enumerate(self._job.values.columns):
                made = drawn.get((number, place))
                if made is None:
                    cell = cell_of(read[place][number])
                    self._write(row, place, cell, bold=column.of_index)
                elif isinstance(made.result, Thumbnail):
                    self._insert(row, place, made.result, made.alt, height)
                else:
                    self._write(row, place, cell_of(made.result.reason), room=False, italic=True)
                    self._widen(place, made.result.width)

    def finish(self) -> None:
        """Put the workbook together."""
        values = self._job.values
        for place, pixels in enumerate(self._widths):
            self._sheet.set_column_pixels(place, place, pixels)
        if values.length and values.columns:
            top = values.levels - 1
            self._sheet.autofilter(top, 0, top + values.length, len(values.columns) - 1)
        self._workbook.close()

    def close(self) -> None:
        """Give up what has not been put together; its rows are in a file that is open."""
        self._sheet.row_data_fh.close()

    def _drawn(self, read: list[list[object]]) -> dict[tuple[int, int], _Picture]:
        """Return the pictures among some rows, by row and column."""
        columns = self._job.values.columns
        # A row is asked for the labels of the frame's own columns, not for those of its index.
        own = [place for place, column in enumerate(columns) if not column.of_index]
        rows = Rows(
            [columns[place].label for place in own],
            lambda row, column: read[own[column]][row],
        )
        places: list[tuple[int, int]] = []
        for place in self._job.pictures:
            there = [row for row, value in enumerate(read[place]) if value is not None]
            named = bool(columns[place].named)
            picks = self._job.picker.pick([read[place][row] for row in there], named=named)
            places += [(row, place) for row, pick in zip(there, picks, strict=True) if pick]
        sources = bound(
            ((columns[place].label, row, read[place][row]) for row, place in places),
            self._job.bind,
            rows,
        )
        results = draw(sources, self._job.options)
        return {
            at: _Picture(
                self._accepted(result), source.alt if isinstance(source, Described) else None
            )
            for at, source, result in zip(places, sources, results, strict=True)
        }

    def _accepted(self, result: Thumbnail | Broken) -> Thumbnail | Broken:
        """Return a thumbnail in a format that workbooks know: one that was ready may be WebP."""
        if isinstance(result, Broken) or result.mime in _KNOWN:
            return result
        as_png = dataclasses.replace(self._job.options, format="png", overlay=None)
        return attempt(result.data, as_png)

    def _insert(
        self, row: int, place: int, picture: Thumbnail, alt: str | None, row_height: int
    ) -> None:
        self._write(row, place, cell_of(None))  # a row without any cell would lose its height
        name = hashlib.sha256(picture.data).hexdigest() + suffix_of(picture.mime)
        file = self._folder / name
        if not file.exists():
            file.write_bytes(picture.data)
        image = self._image_type(str(file))
        width, height = _drawn_size(_Picture(picture))
        self._sheet.insert_image(
            row,
            place,
            image,
            {
                "x_offset": _MARGIN,
                "y_offset": (row_height - height) // 2,
                # The file may say how many of its pixels make an inch.
                "x_scale": width / (image.width * 96 / image.x_dpi),
                "y_scale": height / (image.height * 96 / image.y_dpi),
                "object_position": _MOVES_AND_SIZES,
                "description": plain_text(alt or picture.name or _size_of(picture)),
            },
        )
        self._widen(place, width)

    def _write(
        self, row: int, place: int, cell: WorkbookCell, *, room: bool = True, **look: object
    ) -> None:
        """Write a cell, and with `room` make its column as wide as its text, up to a limit."""
        if cell.number_format:
            look["num_format"] = cell.number_format
        if cell.is_quoted:
            look["quote_prefix"] = True
        style = self._format(look)
        if cell.kind == "blank":
            self._sheet.write_blank(row, place, None, style)
            return
        write = {
            "number": self._sheet.write_number,
            "bool": self._sheet.write_boolean,
            "date": self._sheet.write_datetime,
            "text": self._sheet.write_string,
        }[cell.kind]
        write(row, place, cell.value, style)
        if room:
            text = cell.number_format.replace('"', "") or str(cell.value)
            longest = max(map(len, text[:_LOOKED_AT].splitlines()), default=0)
            button = _BUTTON if row < self._job.values.levels else _CHARACTER
            self._widen(place, min(longest, _LONGEST_LINE) * _CHARACTER + button)

    def _widen(self, place: int, pixels: int) -> None:
        pixels = min(pixels, _WIDEST) + 2 * _MARGIN
        self._widths[place] = max(self._widths[place], pixels)

    def _format(self, look: dict[str, object]) -> Any:
        look = {name: value for name, value in look.items() if value}
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(
                {"valign": "vcenter", "text_wrap": True, **look}
            )
        return self._formats[key]


@dataclass(frozen=True, slots=True)
class _Picture:
    """What is shown in a cell, and its alternative text if its row gives one."""

    result: Thumbnail | Broken
    alt: str | None = None


def _drawn_size(picture: _Picture | None) -> tuple[int, int]:
    """Return width and height in pixels, as the sheet has room for them."""
    if picture is None or isinstance(picture.result, Broken):
        return 0, 0
    width, height = picture.result.width, picture.result.height
    ratio = min(1.0, _HIGHEST / height, _WIDEST / width)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def _size_of(picture: Thumbnail) -> str:
    return f"image {picture.source_size[0]}×{picture.source_size[1]}"
