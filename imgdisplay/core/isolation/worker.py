"""The process that decodes pictures for another one, and may be killed while it does.

It takes encoded bytes and gives small pixels, one picture after the other, until its input
ends. What decoders write to the standard output or the terminal goes nowhere. Memory, open
files and written files are limited where the system can do that: not on Windows.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
from collections.abc import Callable
from typing import IO, Any

from imgdisplay.core.color.tag import UNTAGGED
from imgdisplay.core.deadline import until
from imgdisplay.core.decode import decode
from imgdisplay.core.isolation.messages import Message, picture_message
from imgdisplay.core.layout import layout
from imgdisplay.core.movement import moving_frames
from imgdisplay.core.picture import Picture
from imgdisplay.core.shrink import shrink
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import DecodeError, ImgDisplayError
from imgdisplay.options import Options

__all__ = ["serve"]

_MOST_BYTES = 2**40
_OPEN_FILES = 64
_ROOM = 256 * 2**20
"""Bytes of address space beyond what a picture may take: threads and arenas of decoders."""

_GRACE = 5
"""Seconds after its time in which a process ends by itself whose parent has not ended it."""


def serve() -> None:
    """Decode what comes through the standard input until it ends."""
    source, target = _own_channels()
    limit = _limits()
    target.write(b"ready")
    while True:
        try:
            request = Message.read(source.read, _MOST_BYTES)
        except EOFError:
            return
        _alarm(request.values["seconds"] + _GRACE)
        limit(request.values["options"]["max_memory"] + len(request.parts["data"]))
        for piece in _answer(request).written():
            target.write(piece)
        _alarm(0)
        del request


def _own_channels() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the two pipes, and leave nothing behind the numbers that libraries write to."""
    source = io.BufferedReader(io.FileIO(os.dup(0)), 2**16)
    target = _Whole(os.dup(1))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return source, target


class _Whole(io.FileIO):
    """A pipe that takes all of what is written."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb")

    def write(self, data: Any) -> int:
        left = memoryview(data)
        while left:
            left = left[super().write(left) :]
        return len(data)


def _limits() -> Callable[[int], None]:
    """Limit what the process may use, and return what sets the limit of its memory."""
    with contextlib.suppress(ValueError, OSError, AttributeError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's Ctrl-C is the parent's
    try:
        import resource
    except ImportError:  # Windows
        return lambda _: None
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
    used = _address_space(resource.getpagesize())
    if used is None:
        return lambda _: None

    def limit(allowed: int) -> None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = used + allowed + _ROOM
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))

    return limit


def _address_space(page: int) -> int | None:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * page
    except (OSError, ValueError):  # systems without it limit address space badly or not at all
        return None


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):  # its default is the end of the process
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _answer(request: Message) -> Message:
    values = request.values
    data = request.parts["data"]
    try:
        options = Options(**values["options"], max_file_bytes=max(len(data), 1))
        encoded = Encoded(data=data, name=values["name"], frame=values["frame"])
        with until(time.monotonic() + values["seconds"]):
            return _DOES[values["task"]](encoded, options)
    except ImgDisplayError as error:
        return Message({"error": type(error).__name__, "said": str(error)})
    except Exception as error:
        said = f"{values['name'] or 'the data'} cannot be shown: {type(error).__name__}: {error}"
        return Message({"error": DecodeError.__name__, "said": said[:200]})


def _whole(encoded: Encoded, options: Options) -> Message:
    return picture_message(decode(encoded, options, whole=True), untouched=True)


def _small(encoded: Encoded, options: Options) -> Message:
    picture = decode(encoded, options)
    image, notes = shrink(picture, layout(picture.size, options), options)
    untouched = (
        picture.orientation == 1
        and picture.color == UNTAGGED
        and picture.image.size == image.size
        and picture.image.mode == image.mode
    )
    image.info = {}  # it is not the caller's
    small = Picture(
        image=image,
        size=picture.size,
        mode=picture.mode,
        format=picture.format,
        name=picture.name,
        notes=(*picture.notes, *notes),
    )
    return picture_message(small, untouched=untouched)


def _moving(encoded: Encoded, options: Options) -> Message:
    frames = moving_frames(encoded, options)
    if frames is None:
        return Message({"moves": False})
    still = picture_message(frames.still, untouched=False)
    pixels = b"".join(image.tobytes() for image in frames.images)
    return Message(
        {
            **still.values,
            "moves": True,
            "durations": frames.durations,
            "modes": [image.mode for image in frames.images],
        },
        {**still.parts, "frames": pixels},
    )


_DOES: dict[str, Callable[[Encoded, Options], Message]] = {
    "whole": _whole,
    "small": _small,
    "moving": _moving,
}
