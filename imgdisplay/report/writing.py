"""A file is there as a whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from imgdisplay.core.paths import open_path
from imgdisplay.errors import OptionError, quote

__all__ = ["write_whole"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write_whole(path: str | os.PathLike[str], texts: Iterable[str]) -> Path:
    """Write texts one after the other into a UTF-8 file, and return its path.

    They go into a new file in the same folder, which takes the place of an older one in one
    step when all is written. Whatever happens before, a ``KeyboardInterrupt`` included, leaves
    the older one as it is. A link stays one, and what it leads to is replaced.

    Raises
    ------
    OptionError
        If `path` is something else than a file.
    OSError
        If the file cannot be written.
    """
    wanted = Path(path)
    target = Path(os.path.realpath(wanted))
    try:
        mode = os.stat(open_path(str(target))).st_mode
    except OSError:
        pass  # there is none yet, or the attempt to write says why not
    else:
        # To replace a device or a folder by a file is never what was meant.
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
            raise OptionError(f"{quote(str(wanted))} is {what}; give the name of a file to write")
    unfinished = open_path(str(target.with_name(f".imgdisplay-{secrets.token_hex(6)}.part")))
    try:
        with open(unfinished, "xb") as file:
            for text in texts:
                file.write(_utf8(text))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, open_path(str(target)))
    except BaseException as error:
        with suppress(OSError):  # there is none if it could not even be made
            os.unlink(unfinished)
        if isinstance(error, OSError) and error.filename == unfinished:
            # People look for the name that they gave.
            raise OSError(error.errno, error.strerror, str(wanted)) from None
        raise
    return wanted


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text).encode()
