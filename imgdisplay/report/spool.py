"""Drawn rows on their way into a file, kept on the disk meanwhile.

A report tells on top what its rows hold further down, so they are drawn before the first line
is written; a million of them do not fit into memory. They wait in a database without a name in
the folder for temporary files, which is gone as soon as it is closed, also when the program is
killed. Equal pictures are kept once.
"""

from __future__ import annotations

import errno
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b

from imgdisplay.core.encode import mime_type
from imgdisplay.report.rows import Cell, Group, Image, Picture, Row, SharedImage, Text

__all__ = ["Spool"]

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -2000;
    CREATE TABLE pictures (
        key INTEGER PRIMARY KEY, digest BLOB UNIQUE, uses INTEGER NOT NULL, data BLOB NOT NULL
    );
    CREATE TABLE groups (
        section INTEGER NOT NULL, place INTEGER NOT NULL, rows BLOB NOT NULL,
        PRIMARY KEY (section, place)
    );
"""


class Spool:
    """Groups of drawn rows on the disk, by section.

    It belongs to the thread that made it.

    Examples
    --------
    >>> from imgdisplay.report.rows import Text
    >>> with Spool() as spool:
    ...     spool.add(0, (Row(1, (Text("a"),)), Row(2, (Text("b"),))))
    ...     [row.cells[0].text for group in spool.groups(0) for row in group]
    ['a', 'b']
    """

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        with _told():
            self._database = sqlite3.connect("", isolation_level=None)  # "": one without name
            self._database.executescript(_TABLES)

    def add(self, section: int, group: Group) -> None:
        """Keep the next rows of a section.

        Raises
        ------
        OSError
            If there is no room for them.
        """
        place = self._places.get(section, 0)
        self._places[section] = place + 1
        with _told():
            self._database.execute("BEGIN")
            rows = [(row.number, tuple(map(self._kept, row.cells))) for row in group]
            kept = pickle.dumps(rows, pickle.HIGHEST_PROTOCOL)
            self._database.execute("INSERT INTO groups VALUES (?, ?, ?)", (section, place, kept))
            self._database.execute("COMMIT")

    def groups(self, section: int) -> Iterator[Group]:
        """Yield the rows of a section, as often as it is called."""
        for place in range(self._places.get(section, 0)):
            with _told():
                found = self._database.execute(
                    "SELECT rows FROM groups WHERE section = ? AND place = ?", (section, place)
                ).fetchone()
                rows = pickle.loads(found[0])
                group = tuple(
                    Row(number, tuple(map(self._filled, cells))) for number, cells in rows
                )
            yield group

    def shared(self) -> Iterator[SharedImage]:
        """Yield the pictures that are shown more than once, as often as it is called."""
        key = 0
        while True:
            with _told():
                found = self._database.execute(
                    "SELECT key, data FROM pictures WHERE uses > 1 AND key > ? LIMIT 1", (key,)
                ).fetchone()
            if found is None:
                return
            key, data = found
            yield SharedImage(key, data, mime_type(data))

    def close(self) -> None:
        """Give the room on the disk back; nothing can be read any more."""
        self._database.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _kept(self, cell: Cell) -> Picture | tuple[str, float | None, bool]:
        if not isinstance(cell, Picture):
            return cell.text, cell.value, cell.missing  # pickled five times as fast
        view = None if cell.view is None else self._emptied(cell.view)
        return replace(cell, image=self._emptied(cell.image), view=view)

    def _emptied(self, image: Image) -> Image:
        """Keep the bytes of a picture, and return it with their key instead."""
        digest = blake2b(image.data, digest_size=16).digest()
        found = self._database.execute(
            "SELECT key FROM pictures WHERE digest = ?", (digest,)
        ).fetchone()
        if found is None:
            added = self._database.execute(
                "INSERT INTO pictures (digest, uses, data) VALUES (?, 1, ?)", (digest, image.data)
            )
            return replace(image, key=added.lastrowid or 0, data=b"")
        self._database.execute("UPDATE pictures SET uses = uses + 1 WHERE key = ?", found)
        return replace(image, key=found[0], data=b"")

    def _filled(self, cell: Picture | tuple[str, float | None, bool]) -> Cell:
        if not isinstance(cell, Picture):
            return Text(*cell)
        view = None if cell.view is None else self._with_bytes(cell.view)
        return replace(cell, image=self._with_bytes(cell.image), view=view)

    def _with_bytes(self, image: Image) -> Image:
        data, uses = self._database.execute(
            "SELECT data, uses FROM pictures WHERE key = ?", (image.key,)
        ).fetchone()
        return replace(image, data=data, shared=uses > 1)


@contextmanager
def _told() -> Iterator[None]:
    """Let what goes wrong on the disk be told as such."""
    try:
        yield
    except sqlite3.Error as error:
        number = errno.ENOSPC if "full" in str(error) else errno.EIO
        raise OSError(
            number,
            "the folder for temporary files cannot keep the drawn pictures, it may be full "
            f"({error}); TMPDIR names another one",
        ) from error
