"""Decoding in processes that can be killed: ``isolate=True``.

A thread cannot be stopped, and a decoder that crashes takes the process along in which it runs.
Here both cost one picture. The processes are started when they are first needed, one for each
core at most, and used again. They end with this one.

It limits time, memory and crashes. It is no jail: the processes belong to the same user. What
they say is checked (see `messages`), and holds pixels and not the file. Of a whole image, as
`open_image` returns it, the colour profile goes along and is applied in this process.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TypeVar

from PIL import Image

from imgdisplay.core.batch import cores
from imgdisplay.core.deadline import latest_moment
from imgdisplay.core.isolation.messages import Message, Nonsense, picture_of_message
from imgdisplay.core.limits import called
from imgdisplay.core.movement import Frames
from imgdisplay.core.picture import Picture
from imgdisplay.core.streams import Encoded
from imgdisplay.errors import (
    DecodeError,
    MissingExtra,
    SourceNotFound,
    SourceRefused,
    UnsupportedSource,
    within,
)
from imgdisplay.options import Options

__all__ = ["decoded_elsewhere", "frames_elsewhere"]

T = TypeVar("T")

_HERE_ONLY = frozenset(
    {"overlay", "isolate", "cache", "max_file_bytes", "paths", "on_error", "zoom"}
    | {"remote", "remote_hosts", "remote_http", "remote_private", "remote_proxy"}
    | {"remote_timeout", "remote_cache"}
)
"""Options that say nothing about decoding and shrinking."""

_DEFAULTS = {
    option.name: option.default
    for option in dataclasses.fields(Options)
    if option.name not in _HERE_ONLY
}

_ERRORS: dict[object, type[Exception]] = {
    kind.__name__: kind
    for kind in (SourceNotFound, SourceRefused, DecodeError, UnsupportedSource, MissingExtra)
}

_LATE = 0.25
"""Seconds that a process has to say by itself that it was too late."""

_START = 60.0
"""Seconds in which a process must have started, on the slowest of machines."""

_BLOCK = 2**20
_REST = 2**26
"""Bytes of an answer besides pixels, at most: metadata, if they are wanted."""

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from imgdisplay.core.isolation.worker import serve; serve()"
)


def decoded_elsewhere(encoded: Encoded, options: Options, *, whole: bool) -> Picture:
    """Return a picture decoded by another process.

    Unless `whole`, it is shrunk and upright and its colours are sRGB; showing it is the same
    as showing what `decode` returns.

    Raises
    ------
    SourceError
        As `decode`, and if the process crashes or is too late.
    """

    def understood(message: Message) -> Picture:
        picture = picture_of_message(message, encoded.name)
        if whole:
            return picture
        # Small pixels are upright and sRGB, and nothing is to be done to them any more. Only
        # those that are the file's own are said to be of its format.
        picture.image.info = {}
        return Picture(
            image=picture.image,
            size=picture.size,
            mode=picture.mode,
            format=picture.format if message.values["untouched"] is True else None,
            name=picture.name,
            notes=picture.notes,
        )

    return _asked(encoded, options, "whole" if whole else "small", understood)


def frames_elsewhere(encoded: Encoded, options: Options) -> Frames | None:
    """Return the frames of an animation, decoded by another process, or None if it is none.

    Raises
    ------
    SourceError
        As `decoded_elsewhere`.
    """

    def understood(message: Message) -> Frames | None:
        if message.values["moves"] is not True:
            return None
        still = picture_of_message(message, encoded.name)
        still.image.info = {}
        durations = [int(duration) for duration in message.values["durations"]]
        size, pixels = still.image.size, memoryview(message.parts["frames"])
        images = []
        for mode in message.values["modes"]:
            length = _BANDS[mode] * size[0] * size[1]
            images.append(Image.frombytes(mode, size, pixels[:length]))
            pixels = pixels[length:]
        if len(images) != len(durations) or pixels:
            raise Nonsense
        return Frames(images, durations, still)

    return _asked(encoded, options, "moving", understood)


_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
"""The modes that are shown."""


def _asked(encoded: Encoded, options: Options, task: str, understood: Callable[[Message], T]) -> T:
    said = {
        name: value
        for name, default in _DEFAULTS.items()
        if (value := getattr(options, name)) != default
    }
    said["max_memory"] = options.max_memory
    moment = latest_moment(options)
    with encoded.open(options) as file:
        length = file.seek(0, 2)
        file.seek(0)
        with _pool.worker(moment, encoded.name, options) as worker:
            request = Message(
                {
                    "task": task,
                    "options": said,
                    "name": encoded.name,
                    "frame": encoded.frame,
                    "seconds": max(moment - time.monotonic(), 0.01),
                }
            )
            answer = worker.ask(request, file, length, options.max_memory + _REST)
            refused = answer.values.get("error")
            if refused is None:
                try:
                    return understood(answer)
                except (LookupError, TypeError, ValueError, OverflowError) as error:
                    raise Nonsense from error
    raise _ERRORS.get(str(refused), DecodeError)(str(answer.values.get("said"))[:300])


class _Broken(Exception):
    """The process is gone, or cannot be talked to any more."""


class _Worker:
    """A process that decodes, from this side."""

    def __init__(self) -> None:
        if not sys.executable or getattr(sys, "frozen", False):
            raise SourceRefused(
                "isolate=True needs Python's own program, which there is none of here; "
                "isolate=False decodes in this process"
            )
        try:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    _PROGRAM,
                    json.dumps([str(path) for path in sys.path]),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                # Ctrl-C in a terminal is meant for this process.
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError as error:
            raise SourceRefused(
                f"isolate=True cannot start a process: {error.strerror}; "
                "isolate=False decodes in this one"
            ) from None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to: IO[bytes] = self.process.stdin
        self._from: IO[bytes] = self.process.stdout

    def wait_until_ready(self) -> None:
        """Wait for the greeting of a process that has started.

        Raises
        ------
        SourceRefused
            If it ends instead.
        """
        if self._read(5) != b"ready":
            self.end()
            raise SourceRefused(
                "isolate=True: the process that decodes does not start "
                f"(exit status {self.process.returncode}); isolate=False decodes in this one"
            )

    def ask(self, request: Message, file: IO[bytes], length: int, most: int) -> Message:
        """Send a request with a file as its data, and return the answer.

        Raises
        ------
        _Broken, Nonsense
            If there is none.
        DecodeError
            If the file cannot be read.
        """
        try:
            self._write(request.head(data=length))
            for block in _blocks(file, length):
                self._write(block)
            return Message.read(self._read, most)
        except (OSError, EOFError) as error:
            raise _Broken from error

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self.process.kill()

    def end(self) -> int:
        """Close it for good, and return its exit status."""
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()
        self.kill()
        return self.process.wait()

    def forget(self) -> None:
        """Leave it to the process that this one was forked from."""
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.returncode = 0  # or else it would be waited for

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._to.write(left) :]

    def _read(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count and (part := self._from.read(min(count, _BLOCK))):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def _blocks(file: IO[bytes], length: int) -> Iterator[bytes]:
    while length:
        try:
            block = file.read(min(length, _BLOCK))
        except OSError as error:
            raise DecodeError(f"the file cannot be read: {error.strerror}") from None
        if not block:
            raise DecodeError("the file is cut off while it is read")
        yield block
        length -= len(block)


class _Watch:
    """Kills processes whose time is over: one thread for all of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._moments: dict[_Worker, float] = {}
        self._thread: threading.Thread | None = None
        self._next = math.inf

    @contextmanager
    def until(self, worker: _Worker, moment: float) -> Iterator[list[bool]]:
        """Kill a process if this block is not left in time; then what it yields is not empty."""
        killed: list[bool] = []
        with self._changed:
            self._moments[worker] = moment
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="imgdisplay-watch", daemon=True
                )
                self._thread.start()
            if moment < self._next:
                self._changed.notify()
        try:
            yield killed
        finally:
            with self._changed:
                if self._moments.pop(worker, None) is None:
                    killed.append(True)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for worker in [one for one, moment in self._moments.items() if moment <= now]:
                    del self._moments[worker]
                    worker.kill()
                self._next = min(self._moments.values(), default=math.inf)
                self._changed.wait(None if self._next == math.inf else self._next - now)


class _Pool:
    """The processes that there are."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._starting = 0
        self._watch = _Watch()

    @contextmanager
    def worker(self, moment: float, name: str, options: Options) -> Iterator[_Worker]:
        """Give a process for one picture, and take it back or end it.

        Raises
        ------
        SourceRefused
            If there is none in time, or it is killed at that moment.
        DecodeError
            If it crashes, or does not say what it was asked for.
        """
        late = SourceRefused(f"{called(name)} is not decoded {within('timeout', options.timeout)}")
        worker = self._taken(moment, late)
        try:
            with self._watch.until(worker, moment + _LATE) as killed:
                yield worker
        except _Broken:
            status = self._ended(worker)
            if killed:
                raise late from None
            raise DecodeError(f"{called(name)}: its decoder crashed ({_told(status)})") from None
        except Nonsense:
            self._ended(worker)
            raise DecodeError(f"{called(name)}: its decoder answered nonsense") from None
        except BaseException:  # the process is in the middle of something
            self._ended(worker)
            raise
        if killed:
            self._ended(worker)
        else:
            self._given_back(worker)

    def close(self) -> None:
        """End all processes."""
        with self._free:
            workers, self._all, self._idle = self._all, set(), []
        for worker in workers:
            worker.end()

    def forget(self) -> None:
        """Leave all processes to the process that this one was forked from."""
        for worker in self._all:
            worker.forget()
        self.__init__()  # type: ignore[misc]

    def _taken(self, moment: float, late: SourceRefused) -> _Worker:
        with self._free:
            while True:
                while self._idle:
                    worker = self._idle.pop()
                    if worker.is_alive():
                        return worker
                    self._all.discard(worker)
                    worker.end()
                if len(self._all) + self._starting < cores():
                    self._starting += 1
                    break
                left = moment - time.monotonic()
                if left <= 0 or not self._free.wait(left):
                    raise late
        try:
            worker = _Worker()
            with self._watch.until(worker, time.monotonic() + _START):
                worker.wait_until_ready()
        finally:
            with self._free:
                self._starting -= 1
                self._free.notify()
        with self._free:
            self._all.add(worker)
        return worker

    def _given_back(self, worker: _Worker) -> None:
        with self._free:
            if worker in self._all:
                self._idle.append(worker)
            self._free.notify()

    def _ended(self, worker: _Worker) -> int:
        with self._free:
            self._all.discard(worker)
            self._free.notify()
        return worker.end()


def _told(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


_pool = _Pool()
atexit.register(_pool.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)
