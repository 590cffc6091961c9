"""Tables of other libraries, drawn by those libraries, with pictures in their cells.

No library is imported to ask whether an object is one of its frames: whoever holds a frame
has imported its library already.
"""

from __future__ import annotations

import sys

__all__ = ["library_of"]

_FRAMES = {"pandas": ("DataFrame", "Series")}


def library_of(obj: object) -> str | None:
    """Return the name of the library whose frame or series `obj` is, or None.

    Examples
    --------
    >>> import pandas
    >>> library_of(pandas.DataFrame())
    'pandas'
    >>> library_of([1, 2]) is None
    True
    """
    for library, names in _FRAMES.items():
        module = sys.modules.get(library)
        # The attributes are missing while the library is still being imported.
        types = tuple(getattr(module, name) for name in names if hasattr(module, name))
        if isinstance(obj, types):
            return library
    return None
