"""Pictures wherever a notebook shows data: ``%load_ext imgdisplay``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from imgdisplay.errors import ImgDisplayError
from imgdisplay.notebook.hooks import Extension
from imgdisplay.notebook.show import show as show

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["disable", "enable", "load_ipython_extension", "show", "unload_ipython_extension"]

_extensions: WeakKeyDictionary[Any, Extension] = WeakKeyDictionary()


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Make ``%load_ext imgdisplay`` work: pictures show in frames, in lists and alone.

    IPython calls it (https://ipython.readthedocs.io/en/stable/config/extensions/); code of yours
    calls `enable`. It registers formatters, the magic ``%imgdisplay`` and ``%config ImgDisplay``.
    Called again, it changes nothing.

    Parameters
    ----------
    ipython
        The session.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> load_ipython_extension(shell)
    >>> unload_ipython_extension(shell)
    """
    _extensions.setdefault(ipython, Extension(ipython)).load()


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Make ``%unload_ext imgdisplay`` work: the displays that were there before are back.

    What others have registered since stays. Without an earlier `load_ipython_extension` nothing
    happens.

    Parameters
    ----------
    ipython
        The session.
    """
    if ipython in _extensions:
        _extensions.pop(ipython).unload()


def enable() -> None:
    """Show pictures in this notebook, as ``%load_ext imgdisplay`` does.

    Raises
    ------
    ImgDisplayError
        If this is not an IPython session.

    Examples
    --------
    >>> enable()  # doctest: +SKIP
    """
    load_ipython_extension(_session("enable"))


def disable() -> None:
    """Bring back the displays that were there before `enable`.

    Raises
    ------
    ImgDisplayError
        If this is not an IPython session.

    Examples
    --------
    >>> disable()  # doctest: +SKIP
    """
    unload_ipython_extension(_session("disable"))


def _session(verb: str) -> Any:
    # A session of IPython has imported IPython; to import it here could not make one.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        raise ImgDisplayError(
            f"{verb}() changes what a notebook shows, and this is no IPython session; "
            "elsewhere use table(…), gallery(…) or img(…), which return HTML"
        )
    return shell
