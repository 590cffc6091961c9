"""What is known of a column after all its cells have been seen, one after the other.

All of it takes the same memory for ten rows and for ten million.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

from imgdisplay.report.rows import Cell, Column, Kind, Picture, Text
from imgdisplay.report.values import plain, read_value

__all__ = ["Distribution", "DrawnColumn", "Facts", "Tally"]

_MOST_DISTINCT = 1000
"""Different texts of a column that are told apart; more are just many."""

_LONGEST_KEY = 80

_BINS = 512
"""Bins that are filled while numbers come; they become wider when there would be more."""

_BARS = 24
"""Bars of a distribution."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How numbers are distributed.

    Attributes
    ----------
    least, most
        The cells with the least and with the greatest value, as text.
    mean
        Of all values.
    bars
        How many values are in each of some ranges of equal width.
    """

    least: str
    most: str
    mean: float
    bars: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a column.

    Attributes
    ----------
    cells, missing, unreadable
        How many cells there are, hold nothing, and could not be shown.
    distinct
        How many different texts there are; None: very many.
    common
        The commonest texts, each with how often it occurs; of `distinct` texts.
    distribution
        Of the numbers, dates, or longer sides of pictures in pixels.
    word, line
        Its longest word and its longest line, in characters; those of the heading do not count.
    width, height
        Its largest picture, in CSS pixels.
    """

    cells: int = 0
    missing: int = 0
    unreadable: int = 0
    distinct: int | None = 0
    common: tuple[tuple[str, int], ...] = ()
    distribution: Distribution | None = None
    word: int = 0
    line: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class DrawnColumn:
    """A column after all its cells have been seen.

    Attributes
    ----------
    column
        What stands above it; its `kind` is known now.
    facts
        What is known of its cells.
    """

    column: Column
    facts: Facts

    @property
    def kind(self) -> Kind:
        """What it holds."""
        return self.column.kind or "text"


class Tally:
    """Counts the cells of one column."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._cells = self._missing = self._unreadable = 0
        self._kinds: set[Kind] = set()
        self._texts: Counter[str] | None = Counter()
        self._spread = _Spread()
        self._word = self._line = 0
        self._width = self._height = 0

    def add(self, cell: Cell) -> Cell:
        """Count a cell, and return it with what it is sorted by."""
        self._cells += 1
        if isinstance(cell, Picture):
            self._add_picture(cell)
            return cell
        text = plain(cell.text).strip()
        if cell.missing or not text:
            self._missing += 1
            self._measure(text)
            return cell
        value = cell.value
        kind = self._column.kind
        if kind is None or kind == "picture":
            read = read_value(text) if value is None else ("number", value)
            if read is None:
                kind = "text"
            else:
                kind, value = read
        self._kinds.add(kind)
        self._measure(text)
        self._count(text)
        if value is not None:
            self._spread.add(value, text)
        return cell if value == cell.value else Text(cell.text, value)

    def drawn(self) -> DrawnColumn:
        """Return the column with what is known of it."""
        kind = self._column.kind
        if kind is None:
            kind = next(iter(self._kinds)) if len(self._kinds) == 1 else "text"
            kind = "picture" if "picture" in self._kinds else kind
        column = Column(self._column.names, kind, self._column.names_rows)
        texts = self._texts
        facts = Facts(
            self._cells,
            self._missing,
            self._unreadable,
            None if texts is None else len(texts),
            () if texts is None else tuple(texts.most_common(5)),
            self._spread.distribution() if kind != "text" else None,
            self._word,
            self._line,
            self._width,
            self._height,
        )
        return DrawnColumn(column, facts)

    def merge(self, other: Tally) -> None:
        """Count what another one has counted: further cells of the same column."""
        self._cells += other._cells
        self._missing += other._missing
        self._unreadable += other._unreadable
        self._kinds |= other._kinds
        if self._texts is not None and other._texts is not None:
            self._texts.update(other._texts)
        if other._texts is None or len(self._texts or ()) > _MOST_DISTINCT:
            self._texts = None
        self._spread.merge(other._spread)
        self._word = max(self._word, other._word)
        self._line = max(self._line, other._line)
        self._width = max(self._width, other._width)
        self._height = max(self._height, other._height)

    def _add_picture(self, picture: Picture) -> None:
        self._kinds.add("picture")
        self._width = max(self._width, picture.image.width)
        self._height = max(self._height, picture.image.height)
        if picture.reason:
            self._unreadable += 1
        else:
            width, height = picture.source_size
            self._spread.add(max(width, height), f"{width}\xa0×\xa0{height}")

    def _measure(self, text: str) -> None:
        length = len(text)
        if length > self._line or length > self._word:
            self._line = max(self._line, *map(len, text.split("\n")), 0)
            self._word = max(self._word, *map(len, text.split()), 0)

    def _count(self, text: str) -> None:
        if self._texts is None:
            return
        # Of long texts only the beginning is kept, and what tells them apart.
        key = text
        if len(text) > _LONGEST_KEY:  # not `hash`, which differs from one process to the other
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
            key = text[:_LONGEST_KEY] + digest.hexdigest()
        self._texts[key] += 1
        if len(self._texts) > _MOST_DISTINCT:
            self._texts = None


class _Spread:
    """A histogram of numbers whose range is not known beforehand."""

    def __init__(self) -> None:
        self._bins: Counter[int] = Counter()
        self._power: int | None = None  # a bin is 2**power wide
        self._count = 0
        self._mean = 0.0
        self._least = (math.inf, "")
        self._most = (-math.inf, "")
        self._whole = True

    def add(self, value: float, text: str) -> None:
        if not math.isfinite(value):
            return
        self._count += 1
        self._mean = _moved(self._mean, value, 1 / self._count)
        if value < self._least[0]:
            self._least = (value, text)
        if value > self._most[0]:
            self._most = (value, text)
        self._whole = self._whole and value == math.floor(value)
        exponent = math.frexp(value)[1]
        if self._power is None:
            self._power = exponent - 50
        if exponent - self._power > 60:
            self._widen(exponent - self._power - 60)
        self._bins[math.floor(math.ldexp(value, -self._power))] += 1
        while len(self._bins) > _BINS:
            self._widen(1)

    def _widen(self, steps: int) -> None:
        wider: Counter[int] = Counter()
        for number, count in self._bins.items():
            wider[number >> steps] += count
        self._bins = wider
        self._power = (self._power or 0) + steps

    def merge(self, other: _Spread) -> None:
        if other._power is None:
            return
        self._count += other._count
        self._mean = _moved(self._mean, other._mean, other._count / self._count)
        self._least = min(self._least, other._least, key=lambda end: end[0])
        self._most = max(self._most, other._most, key=lambda end: end[0])
        self._whole = self._whole and other._whole
        if self._power is None:
            self._power = other._power
        elif self._power < other._power:
            self._widen(other._power - self._power)
        for number, count in other._bins.items():
            self._bins[number >> (self._power - other._power)] += count
        while len(self._bins) > _BINS:
            self._widen(1)

    def distribution(self) -> Distribution | None:
        if not self._count or self._power is None:
            return None
        # Between the ends of what floats can say there is no number for the distance.
        scale = 1.0 if math.isfinite(self._most[0] - self._least[0]) else 0.5
        least, most = self._least[0] * scale, self._most[0] * scale
        start, width, bars = least, (most - least) / _BARS, _BARS
        if self._whole and most - least < 2**53:
            width = math.ceil((most - least + 1) / _BARS)
            bars = math.ceil((most - least + 1) / width)
        elif not (0 < width < math.inf):
            width, bars = 1.0, 1
        heights = [0] * bars
        for number, count in self._bins.items():
            inside = 0.0 if self._whole and self._power <= 0 else 0.5
            middle = math.ldexp(number + inside, self._power) * scale
            place = (middle - start) / width
            heights[min(max(int(place), 0), bars - 1)] += count
        return Distribution(self._least[1], self._most[1], self._mean, tuple(heights))


def _moved(mean: float, towards: float, share: float) -> float:
    """Return a mean after it has moved by a share of the way, which may be longer than floats."""
    way = towards - mean
    return mean + (way * share if math.isfinite(way) else towards * share - mean * share)
