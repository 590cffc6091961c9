"""Pictures from stores, through fsspec, and members of archives."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import IO, Any

from imgdisplay.core.paths import path_from_file_url
from imgdisplay.core.remote.addresses import is_listed, is_remote, unusual_host
from imgdisplay.core.remote.limits import bytes_at_most, too_large
from imgdisplay.core.remote.web import WEB
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import (
    DecodeError,
    MissingExtra,
    SourceNotFound,
    SourceRefused,
    missing_extra,
    quote,
)
from imgdisplay.options import Options

__all__ = ["from_store"]

_STORES = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "tos", "hf", "memory", "zip"}
)
"""Schemes whose address names a place in a store that the user's own settings choose."""

_HERE = frozenset({"memory", "zip"})

_NEVER = frozenset(
    {"file", "local", "asynclocal", "dir", "data", "generic", "reference", "dask", "pyscript"}
    | {"cached", "simplecache", "filecache", "blockcache", "asyncwrapper"}
)
"""Schemes that lead back to local files, or on to other addresses, past all rules."""


def from_store(address: str, shown: str, options: Options) -> bytes:
    """Return what is at an address of fsspec's, which errors call `shown`."""
    limit = bytes_at_most(options)
    if address[:6].lower() == "zip://":
        data = _from_archive(address[6:], shown, limit, options)
    else:
        system, path = _store(address, shown, options)
        data = bytes(system.cat_file(path, start=0, end=limit + 1))
    if len(data) > limit:
        raise too_large(shown, limit)
    return data


def _store(address: str, shown: str, options: Options) -> tuple[Any, str]:
    """Return fsspec's file system of an address, and the path in it."""
    scheme, _, rest = address.partition("://")
    scheme = scheme.lower()
    if scheme in _NEVER or scheme in WEB or "::" in rest:
        raise SourceRefused(
            f"{shown} is an address within an address, and is not followed; fetch it "
            "yourself and pass its bytes"
        )
    # As `urlsplit` finds it, by which fsspec does.
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    listed = options.remote_hosts
    if scheme not in _STORES and (
        not is_listed(host, listed or ()) or unusual_host(host, private=True)
    ):
        raise SourceRefused(
            f"{shown} would contact a host that cannot be checked; remote_hosts={quote(host[:40])} "
            "allows it"
        )
    if scheme not in _HERE and listed is not None and not is_listed(host, listed):
        raise SourceRefused(
            f"{shown} is on a host or in a bucket that is not among remote_hosts; add it with "
            "remote_hosts=…"
        )
    try:
        fsspec = import_module("fsspec")
    except ImportError:
        raise missing_extra(f"to fetch {shown} needs fsspec", "remote") from None
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise MissingExtra(
            f"{shown} needs a library besides fsspec, which says {quote(str(error))}"
        ) from None
    except ValueError:
        raise SourceRefused(
            f"{shown}: fsspec knows no addresses of {quote(scheme)}; check the address"
        ) from None
    return system, str(path)


def _from_archive(rest: str, shown: str, limit: int, options: Options) -> bytes:
    """Return a member of a ZIP archive, ``zip://member::archive``, as fsspec writes it."""
    from zipfile import BadZipFile, ZipFile

    member, _, archive = rest.partition("::")
    if not member or not archive:
        raise SourceRefused(f"{shown} does not name an archive; expected zip://member::archive.zip")
    try:
        with _archive(archive, shown, options) as file, ZipFile(file) as opened:
            if opened.getinfo(member).file_size > limit:
                raise too_large(shown, limit)
            with opened.open(member) as content:
                return content.read(limit + 1)
    except KeyError:
        raise SourceNotFound(f"nothing is at {shown}; check the name in the archive") from None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DecodeError(f"{shown} cannot be read: {quote(str(error)[:60])}") from None


@contextmanager
def _archive(archive: str, shown: str, options: Options) -> Iterator[IO[bytes]]:
    if is_remote(archive):
        system, path = _store(archive, shown, options)
        with system.open(path, "rb") as file:
            yield file
    else:
        if archive[:5].lower() == "file:":
            try:
                archive = path_from_file_url(archive, windows=os.name == "nt")
            except ValueError as error:
                raise SourceRefused(str(error)) from None
        with Encoded(path=archive).open(replace(options, max_file_bytes=_ARCHIVE_LIMIT)) as file:
            yield file


_ARCHIVE_LIMIT = 2**50
"""Of the archive, of which little is read; its member has the limit of an address."""
