"""Thumbnails to keep: made once, stored in a column of Parquet, shown by every later table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Unpack

from imgdisplay.core.encode import Thumbnail
from imgdisplay.drawing import draw
from imgdisplay.errors import OptionError, quote
from imgdisplay.frames.encoded import encoded_series
from imgdisplay.options import OptionArgs, Options, resolve, takes

__all__ = ["encode_column"]

_A_DAY = 86_400.0


@takes(OptionArgs)
def encode_column(
    series: Any,
    *,
    form: Literal["bytes", "struct"] = "bytes",
    **options: Unpack[OptionArgs],
) -> Any:
    """Return a Series of encoded thumbnails, to be stored and shown many times.

    With the options that are in effect by default, a later `table`, report or notebook shows
    the stored bytes as they are: nothing is decoded from the originals, nothing is encoded
    again. They are encoded on all cores; what is kept in memory at any time is the encoded
    thumbnails and a few pictures.

    Parameters
    ----------
    series
        A Series of pandas, polars or dask that holds paths, encoded bytes, arrays, PIL images,
        ``{"bytes", "path"}`` dicts or any other source; see `thumbnail`. It is never changed.
        A dask Series is encoded later, by whatever scheduler runs it, where its partitions are.
    form
        "bytes" stores nothing but the thumbnails. "struct" stores ``{"bytes", "path"}``, the
        form of Hugging Face's ``datasets``, with the path or address as the series gives it;
        of sources without one it is missing.
    **options
        Fields of `Options`, such as ``size``, ``scale``, ``format`` and ``quality``. Those
        that belong to what is shown (``zoom``, ``timeout``, ``max_output_bytes``,
        ``preview_size``) change nothing here, and ``pixelated`` neither: tiny pictures are
        stored pixel by pixel, and enlarged by who shows them.

    Returns
    -------
    Series
        Of the same library, with the same name and index. In pandas of dtype
        ``binary[pyarrow]`` (object, if pyarrow is not installed), in polars Binary; with
        ``form="struct"`` dicts in pandas, Struct in polars, the struct of Arrow in dask.
        Missing values stay missing, and what cannot be opened is missing, too, with one
        warning that says how many there are, and why the first.

    Raises
    ------
    SourceError, EncodeError
        With ``on_error="raise"``, for a picture that cannot be opened.
    UnsupportedSource
        If `series` is no Series of a known library.
    OptionError
        If an option is wrong.

    Notes
    -----
    polars calls it for batches, lazily too::

        pl.col("path").map_batches(lambda s: imgdisplay.encode_column(s), return_dtype=pl.Binary)

    pandas and dask read structs that dask has stored with ``dtype_backend="pyarrow"``.

    Spark calls it from a pandas UDF on its executors::

        @pandas_udf("binary")
        def thumbnails(pictures: pd.Series) -> pd.Series:
            return imgdisplay.encode_column(pictures, size=128)

        @pandas_udf("struct<bytes: binary, path: string>")
        def structs(paths: pd.Series) -> pd.DataFrame:
            return pd.DataFrame({"bytes": imgdisplay.encode_column(paths), "path": paths})

    Options and loaders that are set in one process (`set_options`, `register_source`) are those
    of that process: options travel with a dask graph, loaders and Spark's do not.

    Examples
    --------
    >>> import pandas as pd
    >>> from PIL import Image
    >>> pictures = pd.Series([Image.new("RGB", (640, 480), "teal"), None], ["a", "b"])
    >>> stored = encode_column(pictures, size=64)
    >>> stored.dtype, stored.index.tolist(), stored.isna().tolist()
    (binary[pyarrow], ['a', 'b'], [False, True])
    >>> import imgdisplay
    >>> imgdisplay.thumbnail(stored["a"], size=64).data == stored["a"]
    True
    """
    if form not in ("bytes", "struct"):
        raise OptionError(f"form={quote(form)}: expected 'bytes' or 'struct'")
    wanted = dataclasses.replace(resolve(options), pixelated=False, zoom=None, timeout=_A_DAY)
    return encoded_series(series, _Encoder(wanted), struct=form == "struct")


@dataclass(frozen=True, slots=True)
class _Encoder:
    """Encodes values of a series; a class of its own because dask has to pickle it."""

    options: Options

    def __call__(self, sources: Sequence[object]) -> list[bytes | str]:
        made = draw(sources, self.options)
        return [result.data if isinstance(result, Thumbnail) else result.reason for result in made]
