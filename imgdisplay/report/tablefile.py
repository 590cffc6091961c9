"""CSV, TSV and Parquet files with a column of image files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from imgdisplay.core.datauri import is_data_uri
from imgdisplay.core.detect import SUFFIXES, is_picture
from imgdisplay.core.paths import is_unc, open_path
from imgdisplay.core.sources import is_url
from imgdisplay.errors import (
    DecodeError,
    OptionError,
    SourceNotFound,
    SourceRefused,
    listed,
    missing_extra,
    quote,
)
from imgdisplay.frames.asked import columns_asked
from imgdisplay.options import Options

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLE_SUFFIXES", "FileInTable", "read_table"]

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".parquet"})

_LOOKED_AT = 200
"""Values of a column that decide whether it holds pictures."""


@dataclass(frozen=True, slots=True)
class FileInTable:
    """The name of an image file in a table that lies beside it."""

    text: str
    folder: Path

    def __imgdisplay__(self) -> str:
        if _is_address(self.text):
            return self.text
        path = self.original
        # Asked here, so that the message repeats the table and not where it lies. Asking for a
        # file on another machine would already contact that machine.
        if not is_unc(path) and not os.path.exists(open_path(path)):
            raise SourceNotFound(
                f"no file {quote(self.text)}, seen from the table's folder; check the path"
            )
        return path

    @property
    def original(self) -> str:
        """Its address or path, whether there is such a file or not."""
        return self.text if _is_address(self.text) else str(self.folder / self.text)

    def __str__(self) -> str:
        return self.text


def read_table(
    path: Path, options: Options, *, column: Hashable | Sequence[Hashable] = None
) -> pd.DataFrame:
    """Return the table in a file, with its names of image files made into pictures.

    The cells of CSV and TSV files stay the texts that they are in the file.

    Parameters
    ----------
    path
        A ``.csv``, ``.tsv`` or ``.parquet`` file.
    column
        Name or names of the columns that hold pictures. None finds them: columns in which some
        value names an image file that exists, or most values look as if they named one.
        Relative paths are seen from the folder of the table.

    Raises
    ------
    SourceNotFound, SourceRefused, DecodeError
        If the file cannot be read as a table.
    OptionError
        If there is no such column, or `column` is None and none is found.
    MissingExtra
        If the library that reads Parquet files is not installed.
    """
    frame = _read(path)
    folder = path.parent
    named = columns_asked(frame.columns, column)
    result = frame.copy(deep=False)
    holds_pictures = named is not None
    for place, name in enumerate(frame.columns):
        values: Sequence[Any] = frame.iloc[:, place].tolist()
        texts = [value for value in values if isinstance(value, str) and value][:_LOOKED_AT]
        if named is not None:
            if name not in named:
                continue
        elif not _are_files(texts, folder, options):
            others = [value for value in values[:_LOOKED_AT] if not isinstance(value, str)]
            holds_pictures |= any(is_picture(value, options) for value in others)
            continue
        holds_pictures = True
        cells = [_cell(value, folder, named is not None) for value in values]
        result.isetitem(place, cells)
    if not holds_pictures:
        raise OptionError(
            f"no column of {quote(path.name)} names image files; the columns are "
            f"{listed(frame.columns)}, and column=… says which one does"
        )
    return result


def _read(path: Path) -> pd.DataFrame:
    shown = quote(str(path))
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_texts(path)
    except FileNotFoundError:
        raise SourceNotFound(f"no file {shown}; check the path") from None
    except PermissionError:
        raise SourceRefused(f"{shown}: no permission to read it; ask its owner") from None
    except ImportError as error:
        raise missing_extra(f"{shown} needs pyarrow", "parquet") from error
    except Exception as error:
        reason = quote(" ".join(str(error).split()))
        raise DecodeError(f"{shown} cannot be read as a table: {reason}") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(open_path(str(path)))


def _read_texts(path: Path) -> pd.DataFrame:
    """Return a table of the texts in a CSV or TSV file, nothing of them read as a number."""
    import pandas as pd

    opened = open_path(str(path))

    def read(errors: Literal["surrogateescape", "replace"]) -> pd.DataFrame:
        return pd.read_csv(
            opened,
            sep="\t" if path.suffix.lower() == ".tsv" else _separator(opened),
            dtype=object,
            keep_default_na=False,
            index_col=False,  # or a comma at the end of each row shifts all cells by one column
            encoding="utf-8-sig",
            encoding_errors=errors,
        )

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            try:
                # File names may hold any bytes, and os.fsencode turns them back into these.
                return read("surrogateescape")
            except UnicodeEncodeError:  # in names of columns, pandas takes none that are not UTF-8
                return read("replace")
        except pd.errors.ParserWarning:  # pandas would leave the last ones out
            raise ValueError(
                "its rows have more fields than its heading; name every column"
            ) from None


def _separator(path: str) -> str:
    """Return what separates the fields of a .csv file: in much of Europe, semicolons."""
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        heading = file.readline(65_536)
    return max(",;\t|", key=heading.count)


def _are_files(texts: Sequence[str], folder: Path, options: Options) -> bool:
    alike = sum(map(_is_like_a_file, texts))
    if alike and any(is_picture(_seen_from(folder, text), options) for text in texts):
        return True
    return alike > len(texts) / 2


def _is_like_a_file(text: str) -> bool:
    if is_data_uri(text):
        return text[:11].lower() == "data:image/"
    return not is_url(text) and PurePath(text).suffix.lower() in SUFFIXES


def _seen_from(folder: Path, text: str) -> str:
    return text if is_data_uri(text) or text[:5].lower() == "file:" else str(folder / text)


def _is_address(text: str) -> bool:
    return is_data_uri(text) or is_url(text) or text[:5].lower() == "file:"


def _cell(value: object, folder: Path, named: bool) -> object:
    if isinstance(value, str) and value and (named or _is_like_a_file(value)):
        return FileInTable(value, folder)
    # An empty cell has no picture; None is what tables take for a missing value.
    return None if value == "" else value
