"""What is at one address, or our error that says why it cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from socket import gaierror

from imgdisplay.core.deadline import time_left, time_limit
from imgdisplay.core.remote.addresses import Forbidden, address_name, shown_address
from imgdisplay.core.remote.stores import from_store
from imgdisplay.core.remote.web import WEB, from_web
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import (
    DecodeError,
    ImgDisplayError,
    SourceNotFound,
    SourceRefused,
    quote,
    within,
)
from imgdisplay.options import Options

__all__ = ["fetch", "out_of_time"]


def fetch(address: str, options: Options) -> Encoded:
    """Return the encoded picture that is at an address, read and not yet decoded.

    Parameters
    ----------
    address
        ``https://…``, ``http://…`` if ``remote_http``, or an address of fsspec's.
    options
        ``remote_hosts``, ``remote_http``, ``remote_private``, ``remote_proxy``,
        ``remote_timeout``, ``remote_cache`` and ``max_file_bytes`` count here; whether
        ``remote`` is on, the caller has asked.

    Raises
    ------
    SourceNotFound
        If there is nothing, or the host cannot be reached.
    SourceRefused
        If a rule, a limit or the server forbids it.
    DecodeError
        If what is there is no picture, or breaks off.
    MissingExtra
        If a library that it needs is not installed.
    """
    shown = shown_address(address)
    is_web = address.partition("://")[0].lower() in WEB
    try:
        with time_limit(options.remote_timeout):
            data = (from_web if is_web else from_store)(address, shown, options)
    except ImgDisplayError:
        raise
    except Exception as error:
        # Not chained: what other libraries say of an address may repeat its secrets.
        raise _told(error, shown, options) from None
    return Encoded(data=data, name=address_name(address), fetched=True)


def out_of_time(options: Options) -> SourceRefused:
    """Return the error of an address whose turn did not come while there was time."""
    return SourceRefused(
        f"not fetched: time budget of {options.timeout:g} s is used up; raise it with timeout=…"
    )


def _told(error: Exception, shown: str, options: Options) -> ImgDisplayError:
    """Return what any library's error means."""
    if isinstance(error, Forbidden):
        return SourceRefused(f"{shown} leads to {error}")
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        if time_left() <= 0:
            return out_of_time(options)
        return SourceRefused(
            f"{shown} did not answer {within('remote_timeout', options.remote_timeout)}"
        )
    from ssl import SSLCertVerificationError, SSLError  # only who fetches needs it

    for cause in _causes(error):
        if isinstance(cause, SSLCertVerificationError):
            return SourceRefused(
                f"{shown}: the certificate is not valid: {cause.verify_message}; check the address"
            )
        if isinstance(cause, SSLError):
            return SourceNotFound(f"{shown} cannot be reached: TLS fails: {quote(cause.reason)}")
        if isinstance(cause, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
            return SourceNotFound(f"nothing is at {shown}; check the address")
        if isinstance(cause, PermissionError):
            return SourceRefused(
                f"{shown}: no permission to read it; fetch it yourself and pass its bytes"
            )
        if isinstance(cause, gaierror):
            return SourceNotFound(f"{shown} cannot be reached: {cause.strerror}")
        if isinstance(cause, OSError) and cause.errno:  # its own text may be a library's
            return SourceNotFound(f"{shown} cannot be reached: {os.strerror(cause.errno)}")
    if isinstance(error, MemoryError):
        return DecodeError(f"{shown} needs more memory than there is; pass it smaller")
    return SourceNotFound(f"{shown} cannot be fetched: {type(error).__name__}")


def _causes(error: Exception) -> Iterator[BaseException]:
    cause: object = error
    for _ in range(5):
        if not isinstance(cause, BaseException):
            return
        yield cause
        # httpcore cuts the chain, and leaves what it translated in the arguments.
        cause = cause.__cause__ or (cause.args[0] if cause.args else None)
