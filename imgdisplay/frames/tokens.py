"""Stand-ins for pictures in a table that somebody else draws.

Whoever owns a frame draws it with its escaping on and sees, in the place of every picture, a
token of letters and digits. Afterwards the tokens are exchanged for the pictures in one pass.
Nothing but the pictures is ever markup: a token is made of a secret that is fresh for every
rendering, so that no text of the frame can pass for one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Protocol

__all__ = ["Cells", "Tokens"]


class Cells(Protocol):
    """What a table needs to know of pictures: which values are some, and their HTML."""

    def pick(self, values: Sequence[object], *, named: bool) -> Sequence[bool]:
        """Tell which of these values become pictures.

        Parameters
        ----------
        values
            What the table shows of one column, without its missing values.
        named
            The caller named this column as one of pictures.
        """
        ...

    def draw(self, values: Sequence[object]) -> Sequence[str]:
        """Return the HTML of every picked value of one table, in the order given.

        It is asked once for a table, row by row, so that it can decode in parallel and stop at
        a budget of bytes.
        """
        ...


class Tokens:
    """The tokens of one rendering.

    A token is 24 characters long while there are fewer than a million of them, below the 30
    at which polars cuts a text.

    Examples
    --------
    >>> tokens = Tokens()
    >>> tokens.fill(f"<tr><td>{tokens.new()}</td></tr>", ["<img>"])
    '<tr><td><img></td></tr>'
    """

    def __init__(self) -> None:
        self._secret = f"x{secrets.token_hex(8)}x"
        self._count = 0

    def new(self) -> str:
        """Return the next token; it stands for the next picture given to `fill`."""
        token = f"{self._secret}{self._count:06}"
        self._count += 1
        return token

    def fill(self, html: str, pictures: Sequence[str]) -> str:
        """Return `html` with a picture in the place of each token.

        Parameters
        ----------
        html
            The table with tokens.
        pictures
            HTML of the pictures, in the order in which their tokens were made.

        Raises
        ------
        ValueError
            There are more or fewer pictures than tokens.
        RuntimeError
            A token is lost, doubled or in no cell of its own: the table was not drawn in the
            way that this package knows.
        """
        if len(pictures) != self._count:
            raise ValueError(f"{len(pictures)} pictures were drawn for {self._count} cells")
        filled: list[int] = []

        def picture(token: re.Match[str]) -> str:
            filled.append(int(token[1]))
            return pictures[filled[-1]]

        result = re.sub(f"(?<=<td>){self._secret}([0-9]+)(?=</td>)", picture, html, flags=re.ASCII)
        if sorted(filled) != list(range(self._count)) or html.count(self._secret) != self._count:
            raise RuntimeError(
                f"{len(set(filled))} of {self._count} picture cells were found in the table; "
                "its library has drawn it in an unknown way"
            )
        return result
