"""Pictures from other machines: web addresses with httpx, everything else through fsspec.

Nothing here is reached unless the user says ``remote=True`` or names a column. A text in a
table may come from anybody, so an address is treated as hostile: it is fetched only from where
`imgdisplay.core.remote.addresses` allows, within limits of bytes, time and redirects, and no
error repeats what may be secret in it. The web sees no cookie, no password and nothing else of
the user's; a store (``s3://``, ``gs://``) is opened with the user's own settings, as fsspec does.
"""

from __future__ import annotations

from imgdisplay.core.remote.addresses import is_remote
from imgdisplay.core.remote.columns import fetch_all
from imgdisplay.core.remote.fetching import fetch
from imgdisplay.core.remote.transports import close_connections

__all__ = ["close_connections", "fetch", "fetch_all", "is_remote"]
