"""A walk through the text of a JSON file that keeps every value's place in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from imgdisplay.errors import DecodeError, quote

__all__ = ["JsonText", "unescaped"]

T = TypeVar("T")


class JsonText:
    """A cursor in a JSON text that knows where it is, and passes over what nobody asks for."""

    _STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
    _SPACE = re.compile(rb"[ \t\r\n]*+")
    _SCALAR = re.compile(rb"[^\s,:\[\]{}\"]++")
    _UP_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at: int = 0

    def next(self) -> bytes:
        """Return the first byte of what comes, without white space."""
        self.at = self._SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def members(self) -> Iterator[str]:
        """Yield the keys of an object, the cursor at their values; none if it is no object."""
        for _ in self._inside(b"{", b"}"):
            start, end = self.string()
            key = unescaped(self.text[start:end])
            self._take(b":")
            yield from self._passed(key)

    def items(self) -> Iterator[int]:
        """Yield the numbers from 1 of a list's items, the cursor at them; none if it is no list."""
        for number, _ in enumerate(self._inside(b"[", b"]"), start=1):
            yield from self._passed(number)

    def string(self) -> tuple[int, int]:
        """Pass over a string, and return its place, quotes included."""
        self.next()
        found = self._STRING.match(self.text, self.at)
        if found is None:
            raise self.broken("a string")
        self.at = found.end()
        return found.span()

    def skip(self) -> None:
        """Pass over one value."""
        first = self.next()
        if first == b'"':
            self.string()
        elif first in (b"{", b"["):
            depth = 0
            while True:
                self.at = self._UP_TO_BRACKET.match(self.text, self.at).end()  # type: ignore[union-attr]
                bracket = self.text[self.at : self.at + 1]
                if bracket not in (b"{", b"[", b"}", b"]") or not bracket:
                    raise self.broken("a closing bracket")
                self.at += 1
                depth += 1 if bracket in (b"{", b"[") else -1
                if depth == 0:
                    return
        elif (scalar := self._SCALAR.match(self.text, self.at)) is not None:
            self.at = scalar.end()
        else:
            raise self.broken("a value")

    def broken(self, expected: str) -> DecodeError:
        """Return the error of a text that is not JSON."""
        if self.at >= len(self.text):
            return DecodeError(f"its JSON ends too early, where {expected} should stand")
        there = quote(self.text[self.at : self.at + 12])
        return DecodeError(f"expected {expected} at byte {self.at}, found {there}")

    def _passed(self, what: T) -> Iterator[T]:
        self.next()
        before = self.at
        yield what
        if self.at == before:  # nobody read the value
            self.skip()

    def _inside(self, opening: bytes, closing: bytes) -> Iterator[None]:
        if self.next() != opening:
            return
        self.at += 1
        if self.next() == closing:
            self.at += 1
            return
        while True:
            yield
            if self.next() == closing:
                self.at += 1
                return
            self._take(b",")

    def _take(self, mark: bytes) -> None:
        if self.next() != mark:
            raise self.broken(repr(mark.decode()))
        self.at += 1


def unescaped(string: bytes) -> str:
    """Return the text that a string of JSON, quotes included, stands for."""
    try:
        return str(json.loads(string.decode("utf-8", "replace"), strict=False))
    except ValueError:
        raise DecodeError(f"{quote(string)} is no string of JSON") from None
