r"""What holds for every path and every URL, however odd."""

from __future__ import annotations

import contextlib
from typing import Literal

from hypothesis import example, given
from hypothesis import strategies as st

from imgdisplay.core.paths import (
    extended_path,
    file_url_from_path,
    is_device,
    is_unc,
    path_from_file_url,
    strip_extended_prefix,
)

Mode = Literal["auto", "always"]

# Any code point, lone surrogates too; and text that is dense in what the rules look at.
anything = st.text(st.characters(exclude_categories=()))
path_like = st.lists(
    st.sampled_from("\\/.:?|% aé\ud800\0")
    | st.sampled_from(["..", "...", "\\\\", "C:", "UNC", "NUL", "server", "localhost", "x" * 130])
    | st.sampled_from(["file:", "//", "%2F", "%5c", "%00", "%FF"]),
    max_size=12,
).map("".join)
texts = anything | path_like
modes = st.sampled_from(["auto", "always"])

# No trailing dot or space, so that a segment is the same under both readings of it.
segment = st.text(
    st.characters(exclude_characters='\\/:|?*<>"\0', exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=8,
).filter(lambda name: name[-1] not in ". " and not is_device(name))
drive_root = st.sampled_from(["C:\\", "z:\\"])
server = st.from_regex(r"\A[a-z][a-z0-9.-]{0,8}[a-z0-9]\Z") | st.sampled_from(
    ["localhost", "192.168.0.5", "srv@SSL", "bücher"]
)
share_root = st.tuples(server, segment).map(lambda names: "\\\\{}\\{}\\".format(*names))
roots = drive_root | share_root
tails = st.lists(segment, min_size=1, max_size=5).map("\\".join)
clean_paths = st.tuples(roots, tails).map("".join)


@given(texts, st.none() | texts | clean_paths, modes)
@example("C:..", "C:\\", "always")
def test_extending_twice_is_extending_once(path: str, cwd: str | None, mode: Mode) -> None:
    once = extended_path(path, cwd=cwd, mode=mode)
    assert extended_path(once, cwd=cwd, mode=mode) == once


@given(texts, st.none() | texts | clean_paths)
def test_auto_gives_either_the_input_or_what_always_gives(path: str, cwd: str | None) -> None:
    always = extended_path(path, cwd=cwd, mode="always")
    assert extended_path(path, cwd=cwd) in (path, always)


@given(roots, texts)
def test_a_fully_qualified_path_is_prefixed_unless_it_names_a_device(root: str, rest: str) -> None:
    path = root + rest
    result = extended_path(path, mode="always")
    assert result.startswith("\\\\?\\") or (result == path and is_device(path))


@given(texts, clean_paths)
def test_nothing_is_left_behind_a_new_prefix_that_windows_would_resolve(
    path: str, cwd: str
) -> None:
    result = extended_path(path, cwd=cwd, mode="always")
    if result == path:
        return
    segments = result[4:].removesuffix("\\").split("\\")
    assert "/" not in result
    assert not {"", ".", ".."} & set(segments)


@given(roots, st.lists(st.just("..") | st.just(".") | segment).map("\\".join), segment)
def test_the_root_is_never_left(root: str, detour: str, name: str) -> None:
    result = extended_path(root + detour + "\\" + name, mode="always")
    assert strip_extended_prefix(result).startswith(root)


@given(clean_paths)
def test_stripping_undoes_extending(path: str) -> None:
    assert strip_extended_prefix(extended_path(path, mode="always")) == path


@given(clean_paths)
def test_slashes_may_be_written_either_way(path: str) -> None:
    slashed = path.replace("\\", "/")
    assert extended_path(slashed, mode="always") == extended_path(path, mode="always")
    assert file_url_from_path(slashed, windows=True) == file_url_from_path(path, windows=True)


@given(texts)
def test_what_is_shown_never_turns_from_a_file_into_a_device(path: str) -> None:
    shown = strip_extended_prefix(path)
    assert strip_extended_prefix(shown) == shown
    assert is_unc(shown) == is_unc(path)


@given(roots, tails | path_like)
def test_extending_does_not_change_where_a_path_leads(root: str, tail: str) -> None:
    path = root + tail
    assert is_unc(extended_path(path, mode="always")) == is_unc(path)


@given(texts, st.booleans())
def test_any_text_has_an_answer_or_a_value_error(text: str, windows: bool) -> None:
    is_unc(text)
    is_device(text)
    for convert in (file_url_from_path, path_from_file_url):
        with contextlib.suppress(ValueError):
            convert(text, windows=windows)


@given(clean_paths)
def test_a_windows_path_survives_the_way_through_its_url(path: str) -> None:
    url = file_url_from_path(path, windows=True)
    assert url.isascii()
    assert path_from_file_url(url, windows=True) == path


@given(st.binary().filter(lambda name: b"\0" not in name and b"/" not in name))
def test_a_posix_path_survives_the_way_through_its_url_byte_for_byte(name: bytes) -> None:
    path = "/dir/" + name.decode("utf-8", "surrogateescape")
    url = file_url_from_path(path, windows=False)
    assert url.isascii()
    assert path_from_file_url(url, windows=False) == path


@given(texts)
def test_a_url_never_gives_a_relative_path_or_a_device_path(rest: str) -> None:
    try:
        path = path_from_file_url("file:" + rest, windows=True)
    except ValueError:
        return
    assert path[1:3] == ":\\" or is_unc(path)
    assert not path.startswith(("\\\\.\\", "\\\\?\\", "\\??\\"))
