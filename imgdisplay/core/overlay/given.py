"""What people give: missing, or not what was expected."""

from __future__ import annotations

from numbers import Real

from imgdisplay.errors import OptionError, quote

__all__ = ["is_missing", "wrong"]


def is_missing(value: object) -> bool:
    """Return whether a value is None, NaN, NA or NaT, of any library."""
    if isinstance(value, Real):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def wrong(name: str, given: object, expected: str) -> OptionError:
    """Return the error that says what an argument of `overlay` should have been, and was."""
    shape = getattr(given, "shape", None)
    said = quote(given)
    if shape is not None:
        said = f"{getattr(given, 'dtype', '')} of shape {'×'.join(map(str, shape)) or '()'}"
    return OptionError(f"overlay({name}=…): expected {expected}, was given {said}")
