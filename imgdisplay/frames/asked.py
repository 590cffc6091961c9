"""What a caller may ask of a table: columns by their names, and how much to show."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable
from numbers import Integral
from typing import Any, Literal, TypeAlias

from imgdisplay.errors import OptionError, no_column, quote

__all__ = ["Limit", "columns_asked", "limit_asked", "names_of"]

Limit: TypeAlias = int | Literal["auto"] | None


def limit_asked(name: str, given: int) -> int:
    """Return a limit on rows or columns that was given as a number.

    Raises
    ------
    OptionError
        It is no whole number of at least 1.

    Examples
    --------
    >>> limit_asked("max_rows", 0)
    Traceback (most recent call last):
    imgdisplay.errors.OptionError: max_rows=0: expected a whole number from 1 on, None for all, ...
    """
    if isinstance(given, Integral) and not isinstance(given, bool) and given > 0:
        return int(given)
    raise OptionError(
        f"{name}={quote(given)}: expected a whole number from 1 on, None for all, or 'auto' for "
        "as many as the frame's own library shows"
    )


def columns_asked(
    labels: Iterable[Hashable], given: Any, *, levels: int = 1
) -> set[Hashable] | None:
    """Return the names of columns that the caller gave, None if they gave none.

    Parameters
    ----------
    labels
        The labels of all columns.
    given
        A label or several; a tuple is one label if it is known as one.
    levels
        How many levels the labels have.

    Raises
    ------
    OptionError
        There is no such column.

    Examples
    --------
    >>> columns_asked(["name", "image"], "image")
    {'image'}
    >>> columns_asked(["name", "image"], "imgae")
    Traceback (most recent call last):
    imgdisplay.errors.OptionError: no column 'imgae' (did you mean 'image'?); the columns are ...
    """
    if given is None:
        return None
    labels = list(labels)
    known = {name: None for label in labels for name in names_of(label, levels)}
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable) or _is_in(known, given):
        names = [given]
    elif isinstance(given, tuple) and levels > 1:
        names = list(given) if all(_is_in(known, name) for name in given) else [given]
    else:
        names = list(given)
    for name in names:
        if not _is_in(known, name):
            raise OptionError(no_column(name, labels))
    return set(names)


def names_of(label: Hashable, levels: int) -> list[Hashable]:
    """Return every name by which a caller may mean the column `label`.

    Examples
    --------
    >>> names_of(("left", "image"), 2)
    ['left', ('left',), ('left', 'image')]
    """
    if levels > 1 and isinstance(label, tuple):
        return [label[0], *(label[:depth] for depth in range(1, levels + 1))]
    return [label]


def _is_in(known: Container[Hashable], name: Any) -> bool:
    """Tell whether `name` is known; what cannot be hashed is not."""
    try:
        return name in known
    except TypeError:
        return False
