r"""File paths, ``file:`` URLs and long Windows paths, as pure rules on strings.

A Windows path longer than 259 UTF-16 units opens only behind ``\\?\``, and behind that
prefix Windows takes the text literally: who writes the prefix must first do what Windows
would have done. That is done here from the text alone, alike on every system, and without
`ntpath`: its `normpath` changed in Python 3.11, its `isabs` in 3.13.

Sources, by the short names used below: [naming] Microsoft, *Naming Files, Paths, and
Namespaces*; [formats] Microsoft, *File path formats on Windows systems*; [dotnet]
``PathInternal.Windows.cs`` of dotnet/runtime; [wine] ``dlls/ntdll/tests/path.c`` of Wine,
which holds what ntdll answers on real Windows; RFC 3986 (URI), RFC 8089 (``file`` scheme).
"""

from __future__ import annotations

import os
import re
import sys
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from imgdisplay.errors import quote

__all__ = [
    "extended_path",
    "file_url_from_path",
    "is_device",
    "is_unc",
    "open_path",
    "path_from_file_url",
    "strip_extended_prefix",
    "unc_host",
]

_MAX_PATH = 260  # counts the terminating NUL, so 259 units is the longest plain path [naming]

# \\.\ and \\?\ with any slashes, also bare; \??\ only as written [dotnet IsDevice, IsExtended]
_DEVICE = re.compile(r"[\\/]{2}[.?](?:[\\/]|\Z)|\\\?\?\\")
# The device paths that Windows takes literally and that still name ordinary files.
_LITERAL_FILE = re.compile(r"\\[\\?]\?\\(?:[A-Z]:|UNC)\\", re.IGNORECASE | re.ASCII)
_EXTENDED_DRIVE = re.compile(r"\\\\\?\\(?=[A-Za-z]:\\)")
# Without a real server the stripped path would itself read as a device path.
_EXTENDED_UNC = re.compile(r"\\\\\?\\UNC\\(?![.?]?(?:[\\/]|\Z))", re.IGNORECASE | re.ASCII)

# "." and ".." are no names, and no server is called like a drive.
_UNC = re.compile(
    r"\\\\(?!(?:\.\.?|[A-Za-z][:|])\\)([^\\]+)\\+(?!\.\.?(?:\\|\Z))([^\\]+)(.*)", re.DOTALL
)
_ROOTED = re.compile(r"([A-Za-z]:\\?|\\)(.*)", re.DOTALL)
# ASCII: "ı" is no "I". Superscript digits are digits to Windows [naming].
_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[1-9¹²³]) *(?:[.:].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)

_FILE_URL = re.compile(r"file:(?://([^/?#]*))?([^?#]*)", re.IGNORECASE | re.ASCII)
_URL_HOST = re.compile(r"[^@:]*|[A-Za-z]:")  # neither user nor port, RFC 8089 2
_URL_DRIVE = re.compile(r"/*([A-Za-z])[:|](/.*)?", re.DOTALL)
_URL_UNC = re.compile(r"\A/{2,3}(?=[^/])")
_URL_PATH_SAFE = "/!$&'()*+,;=:@"  # a path's own beside letters, digits and -._~, RFC 3986 3.3


def extended_path(
    path: str, *, cwd: str | None = None, mode: Literal["auto", "always"] = "auto"
) -> str:
    r"""Return `path` in the form that opens on Windows whatever its length.

    * ``/`` becomes ``\``, runs of separators collapse, a trailing one goes; ``.`` and ``..``
      are resolved, never above the root or share; a middle segment loses a single final
      period, the last one all final periods and spaces [formats]. Letter case stays.
    * ``C:\…`` becomes ``\\?\C:\…``, ``\\server\share\…`` becomes ``\\?\UNC\server\share\…``.
    * Unchanged: device paths in any spelling, literal ones above all (``\\?\C:\a\..\b.``
      means just that); reserved names (see `is_device`); a UNC path without server or share;
      an empty or blank path.

    Parameters
    ----------
    path
        Any text; Windows rules apply on every system.
    cwd
        Where relative forms start: drive or UNC path, plain or extended. ``\a`` takes its
        drive or share. ``D:a`` starts at the root of ``D:`` if `cwd` is elsewhere: what a
        shell remembers for that drive (variable ``=D:``) is not in the text. Without a fully
        qualified `cwd`, relative forms are returned unchanged.
    mode
        ``"always"`` prefixes each path that can be; ``"auto"`` only from 260 UTF-16 units on,
        counted after joining and resolving: Windows opens the resolved name, whatever detour
        was given, and [dotnet] counts so too. Anything shorter is returned as given.

    Raises
    ------
    ValueError
        `mode` is neither of the two. No `path` or `cwd` raises.

    Examples
    --------
    >>> print(extended_path("C:/a/x/../b.png", mode="always"))
    \\?\C:\a\b.png
    >>> print(extended_path("//server/share/../a.png", mode="always"))
    \\?\UNC\server\share\a.png
    >>> print(extended_path("a.png", cwd="C:\\work", mode="always"))
    \\?\C:\work\a.png
    """
    if mode not in ("auto", "always"):
        raise ValueError(f"mode={quote(mode)}: expected 'auto' or 'always'")
    # To Windows a blank name is no name; joined to `cwd` it would open the directory [wine].
    if not path.strip(" ") or is_device(path):
        return path
    qualified = _qualify(path, cwd)
    if qualified is None:
        return path
    root, rest = qualified
    resolved = root + "\\".join(_resolve(rest))
    utf16_units = len(resolved.encode("utf-16-le", "surrogatepass")) // 2
    if mode == "auto" and utf16_units < _MAX_PATH:
        return path
    return "\\\\?\\UNC" + resolved[1:] if root.startswith("\\") else "\\\\?\\" + resolved


def strip_extended_prefix(path: str) -> str:
    r"""Return `path` as people write it, without ``\\?\`` or ``\\?\UNC``.

    Whatever has no plain name (``\\?\Volume{…}``) is returned unchanged [naming, "Win32
    File Namespaces"].

    Examples
    --------
    >>> print(strip_extended_prefix(r"\\?\C:\a.png"))
    C:\a.png
    >>> print(strip_extended_prefix(r"\\?\UNC\server\share\a.png"))
    \\server\share\a.png
    """
    if _EXTENDED_DRIVE.match(path):
        return path[4:]
    if _EXTENDED_UNC.match(path):
        return "\\" + path[7:]
    return path


def is_unc(path: str) -> bool:
    r"""Return whether opening `path` on Windows contacts another machine.

    Windows logs in there with the user's credentials. Two leading separators of either kind
    do it [formats, "UNC paths"], WebDAV (``\\server@SSL\…``) included, and so does the device
    ``UNC`` (``\\?\UNC\…``, ``\\.\UNC\…``). A mapped drive does not show in the text, and a
    route through the object tree (``\\?\GLOBALROOT\…``) is for `is_device`. Ask on Windows
    only: elsewhere ``//a/b`` is a local path.

    Examples
    --------
    >>> is_unc("//server/share/a.png"), is_unc(r"\\?\UNC\server\share\a.png")
    (True, True)
    >>> is_unc(r"C:\a.png"), is_unc(r"\\?\C:\a.png")
    (False, False)
    """
    if not _DEVICE.match(path):
        return path[:1] in ("\\", "/") and path[1:2] in ("\\", "/")
    return _device_segments(path)[0].upper() == "UNC"


def unc_host(path: str) -> str:
    r"""Return the machine that a path leads to for which `is_unc` is true.

    Examples
    --------
    >>> unc_host(r"\\server\share\a.png"), unc_host(r"\\?\UNC\server\share\a.png")
    ('server', 'server')

    WebDAV writes a port or ``SSL`` behind its name:

    >>> unc_host("//server@SSL@8443/share/a.png")
    'server'
    """
    if _DEVICE.match(path):
        host = _device_segments(path)[1:2]
    else:
        host = path.replace("/", "\\").lstrip("\\").split("\\")[:1]
    return "".join(host).partition("@")[0]


def _device_segments(path: str) -> list[str]:
    """Return the segments of a path in the device namespace, at least one."""
    if path.startswith(("\\\\?\\", "\\??\\")):
        return path[4:].split("\\")
    # Resolved by Windows: \\.\C:\..\UNC\server is \\.\UNC\server [wine].
    return _resolve(path[4:].replace("/", "\\")) or [""]


def is_device(path: str) -> bool:
    r"""Return whether `path` names, on Windows, a device instead of a file.

    * A path in the device namespace (``\\.\…``, ``\\?\…``, ``\??\…``) [naming], but for
      ``\\?\X:\…`` and ``\\?\UNC\…``, which name files. Spelt with ``/`` these are resolved
      by Windows and may end up anywhere, so they count.
    * A last segment ``CON PRN AUX NUL COM1…9 LPT1…9 CONIN$ CONOUT$`` or with superscript
      ¹²³, in any case, also before an extension, a colon or spaces [naming, wine]; in a
      relative path the first segment too [formats, "Handle legacy devices"]. In a UNC path
      they are ordinary names [wine].

    Windows 11 frees most of these; older systems open a device, so this stays on the safe
    side, as `ntpath.isreserved` does. Ask on Windows only: elsewhere ``aux.png`` is a picture.

    Examples
    --------
    >>> is_device(r"\\.\PhysicalDrive0"), is_device("nul"), is_device(r"C:\a\COM1.png")
    (True, True, True)
    >>> is_device(r"C:\a\console.png"), is_device(r"\\?\C:\a.png")
    (False, False)
    """
    if _DEVICE.match(path):
        return not _LITERAL_FILE.match(path)
    split = _split(path)
    if split is None or split[0].startswith("\\\\"):
        return False
    root, rest = split
    segments = _resolve(rest)
    named = segments[-1:] if root else segments[:1] + segments[-1:]
    return any(_RESERVED.fullmatch(name) for name in named)


def open_path(path: str) -> str:
    """Return what to hand to ``open()``: on Windows the extended path where it is needed.

    For the moment of opening only; never show or store the result.

    Examples
    --------
    >>> open_path("a.png")  # short, so the same on every system
    'a.png'
    """
    if sys.platform == "win32":
        return extended_path(path, cwd=os.getcwd())
    return path


def file_url_from_path(path: str, *, windows: bool) -> str:
    r"""Return the ``file:`` URL of an absolute path.

    Drive paths give ``file:///C:/…``, UNC paths ``file://server/share/…`` (RFC 8089 2, E.2,
    E.3.1); an extended prefix is dropped first. What RFC 3986 3.3 does not allow in a segment
    is percent-encoded as UTF-8; POSIX names keep their bytes (``surrogateescape``). A server
    called ``localhost`` gets four slashes (E.3.2): as an authority it means local drives.

    Raises
    ------
    ValueError
        `path` is relative, a device, a UNC path without share, or holds NUL or lone surrogates.

    Examples
    --------
    >>> file_url_from_path(r"\\?\C:\a b\100%.png", windows=True)
    'file:///C:/a%20b/100%25.png'
    >>> file_url_from_path(r"\\server\share\a.png", windows=True)
    'file://server/share/a.png'
    >>> file_url_from_path("/home/ü.png", windows=False)
    'file:///home/%C3%BC.png'
    """
    plain = strip_extended_prefix(path) if windows else path
    absolute = bool(_split_qualified(plain)) if windows else plain.startswith("/")
    if not absolute or "\0" in path:
        form = " with a drive (C:\\…) or a server and share" if windows else ""
        raise ValueError(f"no URL for {quote(path)}: give an absolute path{form}, without NUL")
    try:
        return _windows_url(plain) if windows else "file://" + _encode(plain, "surrogateescape")
    except UnicodeEncodeError:
        raise ValueError(
            f"no URL for {quote(path)}: it holds a lone surrogate; rename the file"
        ) from None


def path_from_file_url(url: str, *, windows: bool) -> str:
    r"""Return the path that a ``file:`` URL means, never a relative one.

    Query and fragment are dropped and percent-encoding is decoded once. ``localhost`` is
    this machine (RFC 8089 2). On Windows also the variants of appendix E: ``file:C:/a``,
    ``file:///C|/a`` and ``file:////server/share/a`` with four or five slashes; literal
    backslashes count as slashes; and ``file://C:/a`` is drive C as in browsers (WHATWG URL,
    "file host state"), because no server can have that name.

    Raises
    ------
    ValueError
        Not a ``file:`` URL; relative, or on Windows without drive or server and share; an
        encoded separator (``%2F``, on Windows also ``%5C``) or NUL inside a name; another
        host on POSIX; a user or port; a device (``file://./pipe/a``); no UTF-8 on Windows.

    Examples
    --------
    >>> print(path_from_file_url("file:///C:/a%20b.png?x#y", windows=True))
    C:\a b.png
    >>> print(path_from_file_url("file://server/share/a.png", windows=True))
    \\server\share\a.png
    >>> path_from_file_url("FILE://localhost/home/a.png", windows=False)
    '/home/a.png'
    """
    match = _FILE_URL.match(url.replace("\\", "/") if windows else url)
    if match is None:
        raise ValueError(f"{quote(url)} is not a file: URL; it would begin with 'file:'")
    if re.search(r"%2f|%00|\0" + ("|%5c" if windows else ""), match[0], re.IGNORECASE):
        raise ValueError(
            f"no path for {quote(url)}: a file name in it holds an encoded separator or NUL; "
            "write separators as '/'"
        )
    authority, path = (part or "" for part in match.groups())
    try:
        found = _windows_path(authority, path) if windows else _posix_path(authority, path)
    except UnicodeError:
        raise ValueError(
            f"no path for {quote(url)}: it is not UTF-8; percent-encode the name as UTF-8"
        ) from None
    if found is None:
        form = "C:/… or file://server/share/…" if windows else "…, absolute and on this machine"
        raise ValueError(f"no path for {quote(url)}: give file:///{form}")
    return found


def _split(path: str) -> tuple[str, str] | None:
    r"""Return root and rest of `path`, or None for a device or incomplete UNC path.

    The root is ``C:\`` or ``\\server\share\`` (fully qualified), ``C:``, ``\`` or nothing.
    """
    if _DEVICE.match(path):
        return None
    path = path.replace("/", "\\")
    if path.startswith("\\\\"):
        unc = _UNC.fullmatch(path)
        if unc is None:
            return None
        server, share, rest = unc.groups()
        share = share if rest else share.rstrip(". ")
        return (f"\\\\{server}\\{share}\\", rest) if share else None
    rooted = _ROOTED.fullmatch(path)
    return (rooted[1], rooted[2]) if rooted else ("", path)


def _split_qualified(path: str) -> tuple[str, str] | None:
    """Return root and rest of a fully qualified path, or None for any other."""
    split = _split(path)
    return split if split and len(split[0]) > len("C:") else None


def _qualify(path: str, cwd: str | None) -> tuple[str, str] | None:
    """Return a fully qualified root and the unresolved rest, or None where there is none."""
    qualified, relative = _split_qualified(path), _split(path)
    base = _split_qualified(strip_extended_prefix(cwd)) if cwd else None
    if qualified or not relative or not base:
        return qualified
    (root, rest), (base_root, base_rest) = relative, base
    if root == "\\":
        return base_root, rest
    if root and root.upper() != base_root[: len(root)].upper():
        return root + "\\", rest
    return base_root, base_rest + "\\" + rest


def _resolve(rest: str) -> list[str]:
    """Return the segments that Windows makes of what follows a root."""
    kept: list[str] = []
    for segment in rest.split("\\"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            # "a." is "a", but "a.." and "..." are names of their own.
            kept.append(re.sub(r"(?<!\.)\.\Z", "", segment))
    if kept and not rest.endswith("\\"):
        kept[-1:] = filter(None, [kept[-1].rstrip(". ")])
    return kept


def _windows_path(authority: str, path: str) -> str | None:
    """Return the fully qualified path behind the encoded parts of a URL, or None."""
    # Tested undecoded, since an encoded "@" is part of a name: \\server@SSL.
    if not _URL_HOST.fullmatch(authority):
        return None
    host, path = _decode(authority), _decode(path)
    if _URL_DRIVE.fullmatch(host):
        host, path = "", host + path
    drive = _URL_DRIVE.fullmatch(path)
    if host.lower() not in ("", "localhost"):
        path = "//" + host + path
    elif drive:
        path = f"{drive[1]}:{drive[2] or '/'}"
    else:
        path = _URL_UNC.sub("//", path, count=1)
    path = path.replace("/", "\\")
    return path if _split_qualified(path) else None


def _posix_path(authority: str, path: str) -> str | None:
    local = authority.lower() in ("", "localhost") and path.startswith("/")
    return _decode(path, "surrogateescape") if local else None


def _windows_url(path: str) -> str:
    path = path.replace("\\", "/")
    if not path.startswith("//"):
        return "file:///" + _encode(path)
    server, slash, rest = path[2:].partition("/")
    opening = "file:////" if server.lower() == "localhost" else "file://"
    return opening + _encode(server, safe="") + slash + _encode(rest)


def _encode(text: str, errors: str = "strict", *, safe: str = _URL_PATH_SAFE) -> str:
    return quote_from_bytes(text.encode("utf-8", errors), safe=safe)


def _decode(text: str, errors: str = "strict") -> str:
    return unquote_to_bytes(text.encode("utf-8", errors)).decode("utf-8", errors)
