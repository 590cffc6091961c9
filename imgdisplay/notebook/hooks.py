"""What is registered with IPython's display formatters, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

from PIL import Image

from imgdisplay.frames import KINDS
from imgdisplay.notebook import formatters
from imgdisplay.notebook.config import Settings

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Extension"]

Target: TypeAlias = type | tuple[str, str]
"""A class, or the module and name of one that is not imported yet."""

_PLAIN, _HTML, _PNG, _JPEG = "text/plain", "text/html", "image/png", "image/jpeg"


@dataclass(frozen=True, slots=True)
class _Hook:
    """One function registered for one type with one formatter of IPython."""

    formatter: Any
    target: Target
    function: Callable[..., Any]
    previous: Callable[..., Any] | None

    @classmethod
    def install(cls, formatter: Any, target: Target, function: Callable[..., Any]) -> _Hook:
        if isinstance(target, type):
            previous = formatter.type_printers.get(target)
            formatter.for_type(target, function)
        else:
            previous = formatter.deferred_printers.get(target)
            formatter.for_type_by_name(*target, function)
        return cls(formatter, target, function, previous)

    def remove(self) -> None:
        """Restore what was registered before, unless somebody registered since."""
        by_type, by_name = self.formatter.type_printers, self.formatter.deferred_printers
        for registry, key in ((by_name, self.target), (by_type, self._type())):
            if key in registry and registry[key] is self.function:
                if self.previous is None:
                    del registry[key]
                else:
                    registry[key] = self.previous

    def _type(self) -> Any:
        if isinstance(self.target, type):
            return self.target
        # IPython files what was registered by name under the class, once it has seen one.
        for kind in self.formatter.type_printers:
            if (kind.__module__, kind.__name__) == self.target:
                return kind
        return None


class Extension:
    """The hooks, options and magic of one IPython session."""

    def __init__(self, ipython: InteractiveShell) -> None:
        self._ipython: Any = ref(ipython)  # the session holds us, not we the session
        self._hooks: list[_Hook] = []
        self._settings: Settings | None = None

    @property
    def enabled(self) -> bool:
        """Whether pictures are shown."""
        return bool(self._hooks)

    def load(self) -> None:
        """Register everything; a second time changes nothing."""
        if self._settings is None:
            self._settings = Settings(self._ipython(), self)
            self._settings.install()
        self.enable()

    def unload(self) -> None:
        """Take back everything that is still ours; the options stay as the user set them."""
        self.disable()
        if self._settings is not None:
            self._settings.remove()
            self._settings = None

    def enable(self) -> None:
        """Register with the session's formatters."""
        if not self._hooks:
            display = self._ipython().display_formatter
            self._hooks = [
                _Hook.install(formatter, target, function)
                for formatter, target, function in _wanted(display)
            ]

    def disable(self) -> None:
        """Take back the formatters."""
        while self._hooks:
            self._hooks.pop().remove()


def _wanted(display: Any) -> Iterator[tuple[Any, Target, Callable[..., Any]]]:
    html, plain = display.formatters[_HTML], display.formatters[_PLAIN]
    yield display.mimebundle_formatter, Image.Image, formatters.image_bundle
    # Pillow's own would store the whole picture as PNG and as JPEG besides.
    yield display.formatters[_PNG], Image.Image, formatters.image_png
    yield display.formatters[_JPEG], Image.Image, formatters.image_jpeg
    yield plain, Image.Image, formatters.image_text
    for collection in (list, tuple, dict):
        yield html, collection, formatters.collection_html
    for target in (*_ARRAYS, *_INDEXES):
        yield html, target, formatters.array_html
    for target in _INDEXES:
        yield plain, target, formatters.frame_text
    for kind in KINDS:
        if kind.library.startswith("dask"):
            continue  # to show one would be to compute it
        # By name where the library is not imported, lest we import it.
        targets: tuple[Target, ...] = tuple((home, kind.name) for home in kind.homes)
        for target in (kind.type,) if kind.type is not None else targets:
            yield html, target, formatters.frame_html
            if kind.library == "pandas":
                yield plain, target, formatters.frame_text


_ARRAYS: tuple[Target, ...] = (("numpy", "ndarray"), ("torch", "Tensor"))
_INDEXES: tuple[Target, ...] = (("pandas", "Index"), ("pandas.core.indexes.base", "Index"))
