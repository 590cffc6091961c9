"""What a notebook offers when somebody presses Tab: every option, wherever one may be written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import imgdisplay
from imgdisplay.convert.keywords import EncodingArgs, PixelArgs
from imgdisplay.options import NAMES


@pytest.fixture(params=["jedi", "IPython alone"])
def session(request: pytest.FixtureRequest) -> Iterator[InteractiveShell]:
    """Give a session, with the completer that IPython uses by default and without it."""
    session = InteractiveShell()
    if request.param == "jedi" and not session.Completer.use_jedi:
        pytest.skip("jedi is not installed")
    session.Completer.use_jedi = request.param == "jedi"
    session.user_ns.update(imgdisplay=imgdisplay, source=None)
    yield session
    session.history_manager.end_session()


def offered(session: InteractiveShell, code: str) -> set[str]:
    with provisionalcompleter():
        return {found.text for found in session.Completer.completions(code, len(code))}


@pytest.mark.parametrize(
    "code",
    [
        "imgdisplay.set_options(",
        "imgdisplay.options(",
        "imgdisplay.thumbnail(source, ",
        "imgdisplay.table(source, ",
        "imgdisplay.gallery(source, columns=3, ",
        "imgdisplay.show(source, ",
        "imgdisplay.Report.add(source, ",
        "imgdisplay.report(source, ",
        "imgdisplay.to_excel(source, ",
        "imgdisplay.image_formatter.with_options(",
    ],
)
def test_keywords_are_all_options(session: InteractiveShell, code: str) -> None:
    assert {f"{name}=" for name in NAMES} <= offered(session, code)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("imgdisplay.to_bytes(source, ", EncodingArgs.__annotations__),
        ("imgdisplay.as_path(source, ", EncodingArgs.__annotations__),
        ("imgdisplay.from_base64(source, ", PixelArgs.__annotations__),
    ],
)
def test_keywords_of_conversions_are_those_that_mean_something(
    session: InteractiveShell, code: str, names: dict[str, object]
) -> None:
    said = offered(session, code)

    assert {f"{name}=" for name in names} <= said
    assert "zoom=" not in said


def test_a_beginning_is_completed(session: InteractiveShell) -> None:
    assert "preview_size=" in offered(session, "imgdisplay.thumbnail(source, preview_s")


def test_config_is_completed(session: InteractiveShell) -> None:
    imgdisplay.load_ipython_extension(session)
    try:
        said = offered(session, "%config ImgDisplay.")
        assert {text.removeprefix("ImgDisplay.") for text in said} >= set(NAMES)
        assert "size=" in offered(session, "%imgdisplay si")
    finally:
        imgdisplay.unload_ipython_extension(session)


def test_public_names_are_completed(session: InteractiveShell) -> None:
    said = {
        text.removeprefix("imgdisplay.").lstrip(".") for text in offered(session, "imgdisplay.")
    }

    assert set(imgdisplay.__all__) <= said
