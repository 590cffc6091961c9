r"""Windows paths and ``file:`` URLs follow the published rules on every system.

Cases marked [wine] carry over what real Windows answered in ``dlls/ntdll/tests/path.c`` of
the Wine project; the others apply Microsoft's *Naming Files, Paths, and Namespaces* and
*File path formats on Windows systems*, RFC 3986 and RFC 8089.
"""

from __future__ import annotations

import sys
from typing import Any, cast

import pytest

from imgdisplay.core.paths import (
    extended_path,
    file_url_from_path,
    is_device,
    is_unc,
    open_path,
    path_from_file_url,
    strip_extended_prefix,
    unc_host,
)

RESOLVED_LIKE_WINDOWS = {
    "only forward slashes": ("d:/x/y/z.gif", r"\\?\d:\x\y\z.gif"),
    "mixed and repeated separators": (r"D:\\x//\y", r"\\?\D:\x\y"),
    "a trailing separator goes": ("D:/x//", r"\\?\D:\x"),
    "the drive's root keeps its separator": ("D://", "\\\\?\\D:\\"),
    "a dot segment is the directory itself": (r"D:\x\.\y\.", r"\\?\D:\x\y"),
    "a double dot removes its parent": (r"D:\x\..\y\z\..", r"\\?\D:\y"),
    "double dots stop at the drive": (r"D:\..\..\x", r"\\?\D:\x"),
    "double dots stop at the share": (r"\\s\sh\..\x", r"\\?\UNC\s\sh\x"),
    "final spaces are trimmed [wine]": ("c:/test     ", r"\\?\c:\test"),
    "final dots and spaces are trimmed [wine]": ("c:/test  ....   ..   ", r"\\?\c:\test"),
    "a final segment may be trimmed away [wine]": ("c:/test/  ....   ..   ", r"\\?\c:\test"),
    "two dots and a space are no parent [wine]": ("c:/test/.. ", r"\\?\c:\test"),
    "a lone final period in the middle goes [wine]": ("c:/test./file", r"\\?\c:\test\file"),
    "two final periods in the middle stay [wine]": ("c:/test../file", r"\\?\c:\test..\file"),
    "a space in the middle stays [wine]": ("c:/test.. /file", r"\\?\c:\test.. \file"),
    "three periods are a name in the middle": (r"D:\...\x", r"\\?\D:\...\x"),
    "three periods are nothing at the end": (r"D:\x\...", r"\\?\D:\x"),
    "a space before a final separator stays": ("D:\\x \\", "\\\\?\\D:\\x "),
    "what is last after a dot is trimmed": (r"D:\x. .\.", r"\\?\D:\x"),
    "leading spaces stay": (r"D:\ x", r"\\?\D:\ x"),
    "a root of spaces is the root": ("D:\\ ", "\\\\?\\D:\\"),
    "a share is a root": ("//s/sh", "\\\\?\\UNC\\s\\sh\\"),
    "a share is trimmed when it ends the path": (r"\\s\sh. ", "\\\\?\\UNC\\s\\sh\\"),
    "separators collapse between server and share": (r"\\s\\sh\\x", r"\\?\UNC\s\sh\x"),
    "a WebDAV server is a server": (r"\\s@SSL\Dav\x", r"\\?\UNC\s@SSL\Dav\x"),
    "a dot before a server's name is part of it": (r"\\.s\sh\x", r"\\?\UNC\.s\sh\x"),
    "an alternate data stream is an ordinary name": (r"D:\x.png:s", r"\\?\D:\x.png:s"),
    "a device name within a name": (r"D:\nullify\aux1.png", r"\\?\D:\nullify\aux1.png"),
    "COM0 and COM10 are free": (r"D:\com0\com10.png", r"\\?\D:\com0\com10.png"),
    "a directory may be called NUL [wine]": (r"c:\nul\foo", r"\\?\c:\nul\foo"),
    "on a share NUL is free [wine]": (r"\\foo\bar\nul", r"\\?\UNC\foo\bar\nul"),
    "a lone surrogate is a legal name": ("D:\\\ud83d", "\\\\?\\D:\\\ud83d"),
}

NEVER_CHANGED = {
    "empty": "",
    "blank [wine]": "   ",
    "literal, so not resolved": r"\\?\D:\x\..\y. ",
    "literal UNC": r"\\?\UNC\s\sh\x",
    "a volume": r"\\?\Volume{b75e2c83-0000-0000-0000-602f00000000}\x",
    "the object manager's prefix": r"\??\D:\x",
    "the device namespace": r"\\.\PhysicalDrive0",
    "the device namespace with any slashes": r"/\./D:\x",
    "an extended path with any slashes": "//?/D:/x",
    "the bare device root": r"\\.",
    "no share": r"\\s",
    "no share but a separator": "//s/",
    "no server": "///s/sh/x",
    "no share once it is trimmed": r"\\s\...",
    "a parent is no share": r"\\s\..\x",
    "a drive is no server": r"\\D:\x\y",
    "a reserved name": r"D:\x\CON",
    "a reserved name below a reserved name [wine]": r"C:\con\con",
}


@pytest.mark.parametrize(
    ("path", "expected"), RESOLVED_LIKE_WINDOWS.values(), ids=RESOLVED_LIKE_WINDOWS
)
def test_a_fully_qualified_path_is_resolved_as_windows_would_and_then_prefixed(
    path: str, expected: str
) -> None:
    assert extended_path(path, mode="always") == expected


@pytest.mark.parametrize("path", NEVER_CHANGED.values(), ids=NEVER_CHANGED)
@pytest.mark.parametrize("cwd", [None, r"D:\work"])
def test_what_cannot_be_prefixed_is_returned_as_given(path: str, cwd: str | None) -> None:
    assert extended_path(path, cwd=cwd, mode="always") == path


@pytest.mark.parametrize(
    "path", ["x.png", r"\x", "/x", "C:", "C:x", ".", "..", r"1:\x", "https://h/x.png"]
)
@pytest.mark.parametrize("cwd", [None, "", "work", r"\work", "D:", r"\\?\Volume{1}\w", r"\\.\D:\w"])
def test_a_relative_path_without_a_fully_qualified_start_is_returned_as_given(
    path: str, cwd: str | None
) -> None:
    assert extended_path(path, cwd=cwd, mode="always") == path


@pytest.mark.parametrize(
    ("path", "cwd", "expected"),
    [
        pytest.param("x", r"D:\w", r"\\?\D:\w\x", id="in it"),
        pytest.param("..\\..\\x", r"D:\w", r"\\?\D:\x", id="never above its root"),
        pytest.param(".", "D:/w/", r"\\?\D:\w", id="the directory itself [wine]"),
        pytest.param("...", r"D:\w", r"\\?\D:\w", id="trimmed to nothing [wine]"),
        pytest.param("/x", r"D:\w", r"\\?\D:\x", id="rooted: its drive"),
        pytest.param("\\x", r"\\s\sh\w", r"\\?\UNC\s\sh\x", id="rooted: its share"),
        pytest.param("x", r"\\s\sh", r"\\?\UNC\s\sh\x", id="in a share"),
        pytest.param("x", r"\\?\D:\w", r"\\?\D:\w\x", id="in an extended directory"),
        pytest.param("../x", r"\\?\UNC\s\sh\w", r"\\?\UNC\s\sh\x", id="in an extended share"),
        pytest.param("c:x", r"C:\w", r"\\?\C:\w\x", id="drive-relative, same drive [wine]"),
        pytest.param("C:", r"C:\w", r"\\?\C:\w", id="the drive's current directory"),
        pytest.param("C:..", r"C:\w\v", r"\\?\C:\w", id="its parent"),
        pytest.param("D:x", r"C:\w", r"\\?\D:\x", id="another drive: from its root"),
        pytest.param("D:x", r"\\s\sh\w", r"\\?\D:\x", id="another drive than a share"),
        pytest.param(r"=:\x", r"C:\w", r"\\?\C:\w\=:\x", id="not a drive's letter [dotnet]"),
        pytest.param(r"\??", r"C:\w", r"\\?\C:\??", id="not quite the prefix [wine]"),
    ],
)
def test_a_relative_path_starts_from_the_given_directory(
    path: str, cwd: str, expected: str
) -> None:
    assert extended_path(path, cwd=cwd, mode="always") == expected


def test_the_prefix_is_needed_from_260_units_on() -> None:
    longest_plain = "D:/" + "x" * 256
    assert extended_path(longest_plain) == longest_plain
    assert extended_path(longest_plain + "x") == "\\\\?\\D:\\" + "x" * 257


def test_the_length_is_counted_in_utf_16_units() -> None:
    assert extended_path("D:\\" + "🎈" * 128) == "D:\\" + "🎈" * 128
    assert extended_path("D:\\" + "🎈" * 128 + "x").startswith("\\\\?\\")


def test_the_length_is_that_of_the_resolved_path() -> None:
    detour = "D:\\" + "x\\..\\" * 100 + "y.png"
    assert extended_path(detour) == detour
    padded = "D:\\" + "x" * 200 + " " * 100
    assert extended_path(padded) == padded


def test_the_length_includes_the_current_directory() -> None:
    deep = "D:\\" + "x" * 250
    assert extended_path("y.png", cwd=deep) == "y.png"
    assert extended_path("long.png", cwd=deep) == "\\\\?\\" + deep + "\\long.png"


def test_an_unknown_mode_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'never'.*'auto' or 'always'"):
        extended_path("", mode=cast(Any, "never"))


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        (r"\\?\D:\x\..", r"D:\x\.."),
        ("\\\\?\\D:\\", "D:\\"),
        (r"\\?\unc\s\sh\x", r"\\s\sh\x"),
    ],
)
def test_the_prefix_is_stripped_where_a_plain_path_remains(path: str, plain: str) -> None:
    assert strip_extended_prefix(path) == plain


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        r"D:\x",
        r"\\s\sh\x",
        r"\\.\D:\x",
        r"\??\D:\x",
        "//?/D:/x",
        pytest.param(r"\\?\D:", id="the raw volume"),
        pytest.param(r"\\?\D:x", id="would become relative"),
        pytest.param(r"\\?\Volume{1}\x", id="has no plain name"),
        pytest.param(r"\\?\UNC\?\D:\x", id="would become another extended path"),
        pytest.param(r"\\?\UNC\.\x", id="would become a device"),
        pytest.param(r"\\?\UNC\\s\x", id="has no server"),
    ],
)
def test_the_prefix_stays_where_stripping_would_change_the_meaning(path: str) -> None:
    assert strip_extended_prefix(path) == path


@pytest.mark.parametrize(
    "path",
    [
        r"\\s\sh\x",
        "//s/sh/x",
        r"/\s\sh",
        r"\\s",
        r"\\s@SSL\DavWWWRoot\x",
        r"\\localhost\c$\x",
        r"\\?\UNC\s\sh\x",
        r"\\?\unc\s",
        r"\\.\UNC\s\sh",
        "//?/UNC/s/sh",
        r"\??\UNC\s\sh",
        pytest.param(r"\\.\D:\..\UNC\s\sh", id="resolved to UNC"),
        pytest.param("//?/D:/../UNC/s/sh", id="resolved to UNC, spelt with slashes"),
    ],
)
def test_a_path_to_another_machine_is_unc(path: str) -> None:
    assert is_unc(path)


@pytest.mark.parametrize(
    ("path", "host"),
    [
        (r"\\s.example\sh\x", "s.example"),
        ("//s/sh/x", "s"),
        (r"/\s\sh", "s"),
        (r"\\s", "s"),
        (r"\\s@SSL\DavWWWRoot\x", "s"),
        (r"\\s@8080\x", "s"),
        (r"\\?\UNC\s\sh\x", "s"),
        (r"\\?\unc\s", "s"),
        (r"\\?\UNC", ""),
        ("//?/UNC/s/sh", "s"),
        (r"\\.\D:\..\UNC\s\sh", "s"),
    ],
)
def test_the_machine_that_a_path_leads_to_is_known(path: str, host: str) -> None:
    assert unc_host(path) == host


@pytest.mark.parametrize(
    "path",
    ["", "\\", r"\x", "x", r"D:\x", r"D:\\s\sh", r"\\?\D:\UNC\x", r"\\.\D:\UNC", r"\\?\UNCLE\x"],
)
def test_a_path_on_this_machine_is_not_unc(path: str) -> None:
    assert not is_unc(path)


@pytest.mark.parametrize(
    "path",
    [
        r"\\.\D:\x",
        r"\\?\GLOBALROOT\Device\Mup\s\sh",
        r"\\?\Volume{1}\x",
        r"\\?\D:",
        "//?/D:/x",
        r"\\?",
        r"\??\CON",
        "nul",
        "NUL ",
        "C:NUL.",
        r"\windows\nul",
        "x/NUL",
        r"c:\nul::::::",
        "c:prn... ...",
        "c:PRN:.txt",
        "c:aux:.txt...",
        "CoM4:",
        "lpt9 .png",
        r"D:\com¹.png",
        "LPT³",
        "CONIN$",
        "conout$",
        r"D:\NUL.tar.gz",
        pytest.param("D:\\NUL\\", id="a final separator changes nothing"),
        pytest.param(r"D:\x\..\NUL", id="last after resolving"),
        pytest.param(r"COM1.TXT\file1.txt", id="first of a relative path"),
    ],
)
def test_device_paths_and_reserved_names_are_devices(path: str) -> None:
    assert is_device(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "c: . . .",
        ":",
        "c:nul0",
        r"c:\lpt0.txt",
        "CONERR$",
        "PIPE",
        " NUL",
        "COM⁴",
        "conın$",
        r"D:\NUL\x.png",
        r"D:\x.NUL",
        r"D:\x.png:NUL",
        r"\\s\sh\NUL",
        r"\\NUL",
        r"\\?\D:\x",
        r"\\?\UNC\s\sh\x",
        r"\??\D:\x",
    ],
)
def test_files_are_not_devices(path: str) -> None:
    assert not is_device(path)


def test_opening_leaves_the_path_alone_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    path = "/home/" + "x" * 300
    assert open_path(path) == path


def test_opening_extends_a_long_path_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("os.getcwd", lambda: r"D:\work")
    assert open_path("x.png") == "x.png"
    assert open_path("x" * 300) == "\\\\?\\D:\\work\\" + "x" * 300


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (r"d:\x y\z.png", "file:///d:/x%20y/z.png"),
        ("D:/x", "file:///D:/x"),
        ("D:\\", "file:///D:/"),
        (r"D:\a#b?c%d", "file:///D:/a%23b%3Fc%25d"),
        (r"D:\~x-1_2.3", "file:///D:/~x-1_2.3"),
        (r"D:\é🎈", "file:///D:/%C3%A9%F0%9F%8E%88"),
        (r"D:\[x] ^`{}", "file:///D:/%5Bx%5D%20%5E%60%7B%7D"),
        (r"\\?\D:\x", "file:///D:/x"),
        (r"\\s\sh\x", "file://s/sh/x"),
        ("//s/sh", "file://s/sh"),
        (r"\\?\UNC\s\sh\x", "file://s/sh/x"),
        pytest.param(r"\\s@SSL\Dav\x", "file://s%40SSL/Dav/x", id="no user in the authority"),
        pytest.param(r"\\localhost\c$\x", "file:////localhost/c$/x", id="localhost by SMB"),
    ],
)
def test_a_windows_path_becomes_its_file_url(path: str, url: str) -> None:
    assert file_url_from_path(path, windows=True) == url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/", "file:///"),
        ("/a b/c:d", "file:///a%20b/c:d"),
        ("//a", "file:////a"),
        ("/back\\slash", "file:///back%5Cslash"),
        pytest.param("/\udcff", "file:///%FF", id="a byte that is no UTF-8"),
    ],
)
def test_a_posix_path_becomes_its_file_url_and_back(path: str, url: str) -> None:
    assert file_url_from_path(path, windows=False) == url
    assert path_from_file_url(url, windows=False) == path


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize(
    "path", ["", "x", "./x", "C:", "C:x", r"\x", "D:\\\0", "/\0", "D:\\\ud800", "/\ud800"]
)
def test_a_path_without_a_file_url_is_an_error(path: str, windows: bool) -> None:
    with pytest.raises(ValueError, match="no URL for"):
        file_url_from_path(path, windows=windows)


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        r"\\s",
        "///s/sh",
        r"\\.\D:\x",
        r"\\?\Volume{1}\x",
        r"\??\D:\x",
        "//?/D:/x",
        r"\\D:\x\y",
    ],
)
def test_a_windows_path_without_drive_or_share_has_no_file_url(path: str) -> None:
    with pytest.raises(ValueError, match=r"a drive .* or a server and share"):
        file_url_from_path(path, windows=True)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///D:/x%20y.png", r"D:\x y.png"),
        ("FILE://LocalHost/d:/x", r"d:\x"),
        ("file:/D:/x", r"D:\x"),
        ("file:D:/x", r"D:\x"),
        ("file:///D|/x", r"D:\x"),
        ("file:///D%7C/x", r"D:\x"),
        ("file:///D:", "D:\\"),
        ("file:////D:/x", r"D:\x"),
        pytest.param("file://D:/x", r"D:\x", id="a drive is no host"),
        pytest.param("file://d|/x", r"d:\x", id="nor is the legacy form"),
        ("file://s/sh/x", r"\\s\sh\x"),
        ("file:////s/sh/x", r"\\s\sh\x"),
        ("file://///s/sh/x", r"\\s\sh\x"),
        ("file:////localhost/c$/x", r"\\localhost\c$\x"),
        ("file://s%40SSL/Dav/x", r"\\s@SSL\Dav\x"),
        (r"file:///D:\x\y", r"D:\x\y"),
        (r"file:\\s\sh\x", r"\\s\sh\x"),
        ("file:///D:/%2525", r"D:\%25"),
        ("file:///D:/100%", r"D:\100%"),
        ("file:///D:/é%C3%A9", r"D:\éé"),
        ("file:///D:/x#y?z", r"D:\x"),
        ("file:///D:/x%23y%3Fz", r"D:\x#y?z"),
    ],
)
def test_a_file_url_becomes_its_windows_path(url: str, path: str) -> None:
    assert path_from_file_url(url, windows=True) == path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:/home/x", "/home/x"),
        ("file://localhost/x", "/x"),
        ("file:///D:/x", "/D:/x"),
        ("file:///x%5Cy\\z", "/x\\y\\z"),
        ("file:///x?y#z", "/x"),
    ],
)
def test_a_file_url_becomes_its_posix_path(url: str, path: str) -> None:
    assert path_from_file_url(url, windows=False) == path


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "file",
        "file:",
        "file://",
        "file:x",
        "file:D:x",
        "file:./x",
        "file://s",
        "file://s/",
        "file://localhost",
        "http://s/x",
        "D:/x",
        "/x",
        " file:///D:/x",
        "file:///D:/x%2fy",
        "file://s%2Fsh/x",
        "file:///D:/x%00.png",
        "file:///D:/x\0.png",
        "file:///D:/\ud800",
        "file://user@s/sh/x",
        "file://s:445/sh/x",
        pytest.param("file://./pipe/x", id="a device as host"),
        pytest.param("file://%3F/D:/x", id="an extended prefix as host"),
    ],
)
def test_a_url_without_a_path_is_an_error(url: str, windows: bool) -> None:
    with pytest.raises(ValueError, match=r"no path for|not a file: URL"):
        path_from_file_url(url, windows=windows)


@pytest.mark.parametrize(
    "url",
    [
        "file:///",
        "file:///home/x",
        "file:///D:x",
        "file:///D:/x%5Cy",
        "file:///D:/%FF",
        "file://s/../x",
        "file:////./pipe/x",
        "file:////%3F/D:/x",
        "file:///%5C%5C.%5Cx",
        "file://////s/sh/x",
    ],
)
def test_a_url_without_a_fully_qualified_windows_path_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="no path for"):
        path_from_file_url(url, windows=True)


def test_another_host_has_no_path_on_posix() -> None:
    with pytest.raises(ValueError, match="on this machine"):
        path_from_file_url("file://server/share/x", windows=False)


def test_an_error_does_not_repeat_a_payload() -> None:
    with pytest.raises(ValueError, match="not a file: URL") as caught:
        path_from_file_url("data:" + "x" * 10_000, windows=False)
    assert len(str(caught.value)) < 250
