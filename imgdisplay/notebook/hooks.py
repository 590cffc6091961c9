"""What is registered with IPython's display formatters, and how it is taken back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from imgdisplay.notebook import formatters

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Hooks"]

# pandas 3 says that its classes live in `pandas`, pandas 2 says where they really do.
_PANDAS = {
    "DataFrame": ("pandas", "pandas.core.frame"),
    "Series": ("pandas", "pandas.core.series"),
}


@dataclass(frozen=True, slots=True)
class _Hook:
    """One function registered for one type with one formatter of IPython."""

    formatter: Any
    kind: type | tuple[str, str]
    function: Callable[..., Any]
    previous: Callable[..., Any] | None

    @classmethod
    def install(cls, formatter: Any, kind: type | tuple[str, str], function: Any) -> _Hook:
        if isinstance(kind, type):
            previous = formatter.for_type(kind, function)
        else:
            previous = formatter.for_type_by_name(*kind, function)
        return cls(formatter, kind, function, previous)

    def remove(self) -> None:
        """Restore what was registered before, unless somebody registered since."""
        for registry in (self.formatter.type_printers, self.formatter.deferred_printers):
            for key in [key for key, value in registry.items() if value is self.function]:
                if self.previous is None:
                    del registry[key]
                else:
                    registry[key] = self.previous


class Hooks:
    """The hooks of one IPython session."""

    def __init__(self) -> None:
        self._installed: list[_Hook] = []

    def install(self, ipython: InteractiveShell) -> None:
        """Register with the session's formatters; a second time changes nothing."""
        if self._installed:
            return
        display: Any = ipython.display_formatter
        html = display.formatters["text/html"]
        wanted: list[tuple[Any, type | tuple[str, str], Callable[..., Any]]] = [
            (html, list, formatters.list_html),
            (display.mimebundle_formatter, Image.Image, formatters.image_bundle),
            # Pillow's own would store the whole picture as PNG and as JPEG besides.
            (display.formatters["image/png"], Image.Image, formatters.nothing),
            (display.formatters["image/jpeg"], Image.Image, formatters.nothing),
        ]
        for name, function in (
            ("DataFrame", formatters.frame_html),
            ("Series", formatters.series_html),
        ):
            wanted += [(html, kind, function) for kind in _pandas_types(name)]
        for formatter, kind, function in wanted:
            self._installed.append(_Hook.install(formatter, kind, function))

    def remove(self, ipython: InteractiveShell) -> None:
        """Take back everything that is still ours."""
        while self._installed:
            self._installed.pop().remove()


def _pandas_types(name: str) -> list[type | tuple[str, str]]:
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        return [getattr(pandas, name)]
    return [(module, name) for module in _PANDAS[name]]
