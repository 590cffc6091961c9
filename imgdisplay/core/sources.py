"""Which loader opens this object.

`resolve` follows an object to one of five leaves: a PIL image, encoded bytes, an array, an
array that is read in parts, or a batch of further sources. Types of other libraries are known
by name and never imported.
"""

from __future__ import annotations

import io
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from PIL import Image

from imgdisplay.core.datauri import is_data_uri, read_data_uri
from imgdisplay.core.large.lazyarrays import LazyArray, lazy_array
from imgdisplay.core.paths import path_from_file_url
from imgdisplay.core.streams import MEMORY_LIMIT, Encoded, file_name
from imgdisplay.errors import (
    ImgDisplayError,
    SourceNotFound,
    SourceRefused,
    UnsupportedSource,
    more_than,
    quote,
)
from imgdisplay.options import Options

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Batch", "Leaf", "Loader", "is_url", "register_source", "registered_loader", "resolve"]

Loader: TypeAlias = Callable[[Any], object]
"""Takes an object of a registered type and returns any source."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Several sources in a row, drawn as a strip; arrays of one batch share a value range."""

    sources: Sequence[object] | NDArray[Any] | LazyArray
    value_range: tuple[float, float] | None = None


Leaf: TypeAlias = "Image.Image | Encoded | NDArray[Any] | LazyArray | Batch"

_loaders: dict[type | str, Loader] = {}

_DEEPEST = 16
"""Steps from an object to its leaf; more means that the loaders run in a circle."""


def register_source(kind: type | str, loader: Loader | None) -> Loader | None:
    """Teach `imgdisplay` to show objects of a type, and return the loader it had before.

    Parameters
    ----------
    kind
        A class, or its dotted name ``"package.module.Class"``, which does not import it.
        Subclasses are meant as well; the most derived registered class wins.
    loader
        Called with the object; returns any source: an image, an array, bytes, a path, …
        None removes the registration.

    Returns
    -------
    callable or None
        The earlier loader, to be registered again when yours is no longer wanted.

    Raises
    ------
    UnsupportedSource
        If `kind` is neither a class nor a dotted name, or `loader` cannot be called.

    Examples
    --------
    >>> from PIL import Image
    >>> class Swatch:
    ...     def __init__(self, color):
    ...         self.color = color
    >>> register_source(Swatch, lambda swatch: Image.new("RGB", (64, 64), swatch.color))
    >>> import imgdisplay
    >>> imgdisplay.thumbnail(Swatch("red")).width
    64
    """
    if not isinstance(kind, type) and not (isinstance(kind, str) and "." in kind):
        raise UnsupportedSource(
            f"register_source({quote(kind)}, …): expected a class or 'module.Class'"
        )
    if loader is not None and not callable(loader):
        raise UnsupportedSource(f"register_source(…, {quote(loader)}): expected a function")
    previous = _loaders.get(kind)
    if loader is None:
        _loaders.pop(kind, None)
    else:  # in one step: other threads must not find none meanwhile
        _loaders[kind] = loader
    return previous


def registered_loader(kind: type) -> Loader | None:
    """Return the loader registered for a class or the nearest of its bases."""
    for base in kind.__mro__:
        loader = _loaders.get(base) or _loaders.get(f"{base.__module__}.{base.__qualname__}")
        if loader is not None:
            return loader
    return None


def is_url(text: str) -> bool:
    """Tell whether `text` is an address with a scheme and an authority, such as ``https://…``."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def resolve(source: object, options: Options) -> Leaf:
    """Return the leaf behind `source`.

    Raises
    ------
    UnsupportedSource
        If nobody knows such an object.
    SourceError
        What a loader on the way says.
    """
    try:
        return _resolve(source, options)
    except ImgDisplayError:
        raise
    except Exception as error:  # whatever somebody's class does when it is asked
        raise UnsupportedSource(
            f"{type(source).__name__} cannot be read: {type(error).__name__}: {quote(str(error))}"
        ) from error


def _resolve(source: object, options: Options) -> Leaf:
    step: object = source
    for _ in range(_DEEPEST):
        loader = registered_loader(type(step))
        if loader is None and hasattr(type(step), "__imgdisplay__"):
            loader = _call_protocol
        if loader is not None:
            step = loader(step)
            continue
        following = _known(step, options)
        if isinstance(following, Encoded):
            arrays = _arrays(following, options)
            return following if arrays is None else arrays
        if isinstance(following, (Image.Image, LazyArray, Batch)) or _is_array(following):
            return cast("Leaf", following)
        step = following
    raise UnsupportedSource(
        f"the loaders of {quote(source)} do not end at a picture; let one return an image"
    )


def _call_protocol(source: Any) -> object:
    return source.__imgdisplay__()


def _arrays(encoded: Encoded, options: Options) -> LazyArray | Batch | None:
    if encoded.frame or not _may_hold_arrays(encoded):
        return None
    from imgdisplay.core.large.npyfile import arrays_in  # pictures do without

    found = arrays_in(encoded, options)
    return Batch(found) if isinstance(found, list) else found


_ARRAY_SUFFIXES = (".npy", ".npz")
_ARRAY_SIGNATURES = (b"\x93NUMPY", b"PK")


def _may_hold_arrays(encoded: Encoded) -> bool:
    # A path has to be named so: by a picture's suffix, tables open files unasked.
    if encoded.path is not None:
        return encoded.path.lower().endswith(_ARRAY_SUFFIXES)
    if encoded.data is not None:
        return encoded.data.startswith(_ARRAY_SIGNATURES)
    try:
        assert encoded.stream is not None
        position = encoded.stream.tell()
        encoded.stream.seek(0)
        head = encoded.stream.read(max(map(len, _ARRAY_SIGNATURES)))
        encoded.stream.seek(position)
    except (AttributeError, OSError, ValueError):  # a pipe cannot be looked into
        return False
    return isinstance(head, bytes) and head.startswith(_ARRAY_SIGNATURES)


def _known(source: object, options: Options) -> object:
    if isinstance(source, (Image.Image, Encoded, LazyArray, Batch)) or _is_array(source):
        return source
    if isinstance(source, str):
        return _from_text(source, options)
    if isinstance(source, os.PathLike):
        return _from_path(os.fsdecode(source))
    if isinstance(source, (bytes, bytearray)):
        return Encoded(data=bytes(source))
    if isinstance(source, memoryview):
        return _from_memoryview(source)
    if isinstance(source, dict):
        return _from_dict(source)
    if callable(getattr(source, "read", None)) and not isinstance(source, ModuleType):
        return Encoded(stream=cast("Any", source), name=file_name(getattr(source, "name", None)))
    if isinstance(source, (list, tuple)):
        if not source:
            raise UnsupportedSource(
                f"an empty {type(source).__name__} holds no picture; pass one with some"
            )
        return Batch(source)
    for find in (lazy_array, _from_npz_archive, _from_figure, _from_tensor, _from_rich_repr):
        found = find(source)
        if found is not None:
            return found
    raise _not_a_picture(source)


def _is_array(source: object) -> bool:
    # Another thread may be in the middle of importing it: then there are no arrays yet.
    return isinstance(source, getattr(sys.modules.get("numpy"), "ndarray", ()))


def _from_text(text: str, options: Options) -> Encoded:
    if is_data_uri(text):
        limit = options.max_file_bytes or MEMORY_LIMIT
        if len(text) > limit * 2:
            raise SourceRefused(
                f"a data URI of {len(text):,} characters holds {more_than('max_file_bytes', limit)}"
            )
        data, mime = read_data_uri(text)
        if mime.startswith("image/svg"):
            raise SourceRefused(
                "a data URI of an SVG: it may hold script, and is never shown; convert it to PNG"
            )
        return Encoded(data=data)
    if text[:5].lower() == "file:":
        try:
            return _from_path(path_from_file_url(text, windows=os.name == "nt"))
        except ValueError as error:
            raise SourceRefused(str(error)) from None
    if is_url(text):
        if options.remote:
            from imgdisplay.core.remote import fetch  # only who fetches needs it

            return fetch(text, options)
        from imgdisplay.core.remote.addresses import shown_address

        raise SourceRefused(
            f"{shown_address(text)} is an address, and nothing is fetched unasked; "
            "pass remote=True, or fetch it yourself and pass its bytes"
        )
    return _from_path(text)


def _from_path(path: str) -> Encoded:
    if not path:
        raise SourceNotFound("an empty path; expected the name of an image file")
    return Encoded(path=path, name=file_name(path))


def _from_memoryview(view: memoryview) -> object:
    if view.ndim > 1:
        import numpy

        return numpy.asarray(view)
    return Encoded(data=bytes(view))


def _from_dict(parts: dict[Any, Any]) -> object:
    # The form in which Hugging Face's `datasets` stores a picture: either value may be None.
    if not parts.keys() <= {"bytes", "path"} or not parts:
        raise UnsupportedSource(
            f"a dict with the keys {quote(list(parts))}; expected {{'bytes': …, 'path': …}}"
        )
    path = parts.get("path")
    data = parts.get("bytes")
    if data is not None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise UnsupportedSource(
                f"a dict whose 'bytes' are of type {type(data).__name__}; expected bytes"
            )
        return Encoded(data=bytes(data), name=file_name(path))
    if path is None:
        raise UnsupportedSource("a dict in which both 'bytes' and 'path' are empty")
    return path


def _from_npz_archive(source: object) -> Encoded | None:
    if type(source).__name__ != "NpzFile":
        return None
    from imgdisplay.core.large.npyfile import npz_archive

    return npz_archive(source)


def _from_figure(source: object) -> Encoded | None:
    if not any(
        f"{base.__module__}.{base.__qualname__}" == "matplotlib.figure.Figure"
        for base in type(source).__mro__
    ):
        return None
    written = io.BytesIO()
    cast("Any", source).savefig(written, format="png")
    return Encoded(data=written.getvalue(), name="figure")


def _from_tensor(source: Any) -> object:
    if isinstance(source, type):
        return None
    if type(source).__name__ in ("DataFrame", "LazyFrame"):  # which tell numpy what is in them
        raise UnsupportedSource(
            "a DataFrame is a table, not a picture; table(…) shows it, and gallery(…) the pictures "
            "of one of its columns"
        )
    if hasattr(source, "detach") and hasattr(source, "cpu"):  # torch: graph and device left behind
        source = source.detach().cpu()
        if hasattr(source, "resolve_conj"):
            source = source.resolve_conj().resolve_neg()
        if str(getattr(source, "dtype", "")) == "torch.bfloat16":  # numpy has no such type
            source = source.float()
    if not any(
        hasattr(source, name) for name in ("__array__", "__array_interface__", "__dlpack__")
    ):
        return None
    import numpy

    if hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        return numpy.asarray(source)
    return numpy.from_dlpack(source)


def _from_rich_repr(source: Any) -> object:
    if isinstance(source, type):
        return None
    for method in ("_repr_png_", "_repr_jpeg_"):
        drawn = _call_repr(source, method)
        if isinstance(drawn, tuple):  # (data, metadata)
            drawn = drawn[0]
        if isinstance(drawn, str):  # base64 text, as IPython allows
            drawn = read_data_uri(f"data:;base64,{drawn}")[0]
        if drawn:
            return Encoded(data=bytes(drawn))
    bundle = _call_repr(source, "_repr_mimebundle_", include=None, exclude=None)
    if isinstance(bundle, tuple):
        bundle = bundle[0]
    if isinstance(bundle, dict):
        for mime in ("image/png", "image/jpeg", "image/webp", "image/gif"):
            if isinstance(bundle.get(mime), str):
                return f"data:{mime};base64,{bundle[mime]}"
            if isinstance(bundle.get(mime), bytes):
                return Encoded(data=bundle[mime])
    return None


def _call_repr(source: Any, method: str, **keywords: Any) -> Any:
    if not callable(getattr(type(source), method, None)):
        return None
    return getattr(source, method)(**keywords)


def _not_a_picture(source: object) -> UnsupportedSource:
    if source is None or (isinstance(source, float) and math.isnan(source)):
        return UnsupportedSource(f"{source} is a missing value; there is nothing to draw")
    return UnsupportedSource(
        f"{quote(source)} of type {type(source).__name__} is not a picture; expected a PIL image, "
        "an array, bytes, a path, a file object or a data URI "
        "(register_source teaches further types)"
    )
