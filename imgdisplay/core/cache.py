"""Thumbnails that have been made, kept in memory: showing the same frame again is a lookup.

Kept are those of files, known by identity, size and time stamps, and those of encoded bytes,
known by their content. What may change without a trace is not: images, arrays, file objects,
and files that were written a moment ago, whose time stamp may not tell the next change. Nor
are failures. The least recently used go first where there is no more room.
"""

from __future__ import annotations

import dataclasses
import operator
import os
import stat
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from imgdisplay.core.encode import Thumbnail
from imgdisplay.core.paths import is_device, open_path
from imgdisplay.core.streams import Encoded, why_not_contacted
from imgdisplay.options import Options

__all__ = ["CacheInfo", "cache_info", "clear_cache", "through_cache"]

DEFAULT_BYTES = 64 * 2**20
"""What ``cache=True`` allows: some 10,000 thumbnails of photographs."""

_HASHED = 2**20
"""Bytes up to which content is hashed, at a millisecond per MiB. To decode more than these,
as a large JPEG shrunk by its decoder, may cost little more than to hash them."""

_SETTLED = 2.0
"""Seconds after which a change of a file shows in its time stamp on all file systems: that is
what FAT counts in."""

_ENTRY = 1_000
"""Bytes that an entry costs besides its picture."""

_LARGEST_ARRAY = 2**16
"""Bytes of an array of boxes or of a mask that are worth a comparison."""

_WITHOUT_EFFECT = frozenset(
    {"arrays", "cache", "max_output_bytes", "on_error", "overlay", "paths", "preview_size"}
    | {"timeout", "zoom"}
)
"""Options that change nothing about one thumbnail; the overlay is looked at by itself.

Limits do: what was shown within wide ones is refused within narrow ones.
"""

_relevant = operator.attrgetter(
    *(option.name for option in dataclasses.fields(Options) if option.name not in _WITHOUT_EFFECT)
)


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds, and how often it was of use.

    Attributes
    ----------
    hits, misses
        Thumbnails that were there, and that could have been there.
    entries, bytes
        Thumbnails that are there, and the memory that they take.
    """

    hits: int = 0
    misses: int = 0
    entries: int = 0
    bytes: int = 0


class _Kept:
    """Thumbnails by what they are known by, the least recently used first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._made: OrderedDict[Hashable, Thumbnail] = OrderedDict()
            self._hits = self._misses = self._bytes = 0

    def info(self) -> CacheInfo:
        with self._lock:
            return CacheInfo(self._hits, self._misses, len(self._made), self._bytes)

    def get(self, key: Hashable) -> Thumbnail | None:
        with self._lock:
            found = self._made.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
                self._made.move_to_end(key)
            return found

    def keep(self, key: Hashable, thumbnail: Thumbnail, allowed: int) -> None:
        with self._lock:
            if key not in self._made:
                self._bytes += _size(thumbnail)
            self._made[key] = thumbnail
            while self._bytes > allowed:
                self._bytes -= _size(self._made.popitem(last=False)[1])


def _size(thumbnail: Thumbnail) -> int:
    return len(thumbnail.data) + _ENTRY


_kept = _Kept()


def cache_info() -> CacheInfo:
    """Return what the cache of thumbnails holds, and how often it was of use.

    Thumbnails of files and of encoded bytes are kept in the memory of this process, up to
    ``cache`` bytes of `Options` (64 MiB); those that were not of use for longest go first.

    Returns
    -------
    CacheInfo
        ``hits`` and ``misses`` since the start or the last `clear_cache`; ``entries`` and
        ``bytes`` that are there now.

    Examples
    --------
    >>> clear_cache()
    >>> cache_info()
    CacheInfo(hits=0, misses=0, entries=0, bytes=0)
    """
    return _kept.info()


def clear_cache() -> None:
    """Forget all thumbnails, and how often they were of use.

    What was drawn already stays as it is; the next drawing opens its files anew.

    Examples
    --------
    >>> clear_cache()
    >>> cache_info().entries
    0
    """
    _kept.clear()


def through_cache(source: object, options: Options, make: Callable[[], Thumbnail]) -> Thumbnail:
    """Return the thumbnail that was made of a source with these options, or make it.

    Parameters
    ----------
    source
        What a source resolves to.
    make
        What it raises is raised, and forgotten.
    """
    key = _key(source, options)
    if key is None:
        return make()
    found = _kept.get(key)
    if found is None:
        found = make()
        # A file may have been replaced while it was read.
        if not isinstance(key[0], tuple) or _key(source, options) == key:
            _kept.keep(key, found, DEFAULT_BYTES if options.cache is True else options.cache)
    return found


def _key(source: object, options: Options) -> tuple[Hashable, ...] | None:
    """Return what a thumbnail is known by, or None if it is not to be kept."""
    if options.cache is False or not isinstance(source, Encoded):
        return None
    try:
        identity = _identity(source, options)
        overlay = None if options.overlay is None else _frozen(options.overlay)
    except (OSError, ValueError, TypeError):  # who opens it will say what is wrong with it
        return None
    if identity is None:
        return None
    return identity, source.name, source.frame, _relevant(options), overlay


def _identity(source: Encoded, options: Options) -> bytes | tuple[str | int, ...] | None:
    if source.data is not None:
        if len(source.data) > _HASHED:
            return None
        import hashlib  # files are known without, and it loads OpenSSL

        return hashlib.sha256(source.data, usedforsecurity=False).digest()
    if source.path is None:
        return None
    if why_not_contacted(source.path, options) or (os.name == "nt" and is_device(source.path)):
        return None  # asking for its size would already be too much
    status = os.stat(open_path(source.path))
    changed = max(status.st_mtime, status.st_ctime)
    if not stat.S_ISREG(status.st_mode) or time.time() - changed < _SETTLED:
        return None
    return (
        source.path,  # since some file systems number nothing
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,  # which the owner of a file cannot set
    )


def _frozen(value: Any) -> Hashable:
    """Return data in a form that does not change and equals that of equal data.

    Raises
    ------
    TypeError
        If it is of a kind that may change, or is large.
    """
    if value is None or isinstance(value, (str, int, float)):
        return type(value), value
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_frozen, value))
    if dataclasses.is_dataclass(value):
        return type(value), tuple(
            _frozen(getattr(value, field.name)) for field in dataclasses.fields(value)
        )
    # Another thread may be in the middle of importing it: then there are no arrays yet.
    numpy = sys.modules.get("numpy")
    is_array = type(value) is getattr(numpy, "ndarray", None)
    is_scalar = isinstance(value, getattr(numpy, "generic", ()))
    if (is_array or is_scalar) and value.nbytes <= _LARGEST_ARRAY and value.dtype != object:
        return value.shape, value.dtype.str, value.tobytes()
    raise TypeError
