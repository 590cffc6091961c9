"""The public names: all of them there, each documented, and none hidden by a module."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable

import pytest

import imgdisplay
from imgdisplay.options import NAMES

PROMISED = {
    "DecodeError",
    "EncodeError",
    "Html",
    "ImgDisplayError",
    "MissingExtra",
    "OptionError",
    "Options",
    "Report",
    "SourceError",
    "SourceNotFound",
    "SourceRefused",
    "Thumbnail",
    "UnsupportedSource",
    "cache_info",
    "clear_cache",
    "data_uri",
    "disable",
    "enable",
    "encode_column",
    "gallery",
    "get_options",
    "image_formatter",
    "img",
    "load_ipython_extension",
    "open_image",
    "options",
    "register_source",
    "report",
    "set_options",
    "show",
    "table",
    "thumbnail",
    "to_excel",
    "unload_ipython_extension",
}


def test_all_names_what_is_promised() -> None:
    assert set(imgdisplay.__all__) >= PROMISED
    assert sorted(imgdisplay.__all__) == list(imgdisplay.__all__)
    assert len(set(imgdisplay.__all__)) == len(imgdisplay.__all__)


def test_dir_shows_the_public_names_and_the_version() -> None:
    assert set(dir(imgdisplay)) >= {*imgdisplay.__all__, "__version__"}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_name_is_there_and_documented(name: str) -> None:
    value = getattr(imgdisplay, name)

    assert callable(value)
    assert len((inspect.getdoc(value) or "").splitlines()[0]) > 15


def test_a_star_import_gives_all_of_them(python: Callable[..., str]) -> None:
    said = python("from imgdisplay import *; print(*sorted(n for n in dir() if n[0] != '_'))")

    assert set(said.split()) == set(imgdisplay.__all__)


def test_an_unknown_name_is_an_attribute_error_as_ever() -> None:
    with pytest.raises(AttributeError, match=r"imgdisplay.*'thumnail'"):
        imgdisplay.thumnail  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(imgdisplay, "nothing")
    with pytest.raises(ImportError):
        from imgdisplay import nothing  # type: ignore[attr-defined]  # noqa: F401


STATEMENTS = [
    "import imgdisplay.options",
    "import imgdisplay.report",
    "from imgdisplay.report import Report",
    "from imgdisplay.options import Options",
    "from imgdisplay import options, report",
    "imgdisplay.options",
    "imgdisplay.report",
    "import imgdisplay.display",
]


@pytest.mark.parametrize(
    "order",
    [*itertools.permutations(STATEMENTS[:4], 2), STATEMENTS, STATEMENTS[::-1]],
    ids=lambda order: " then ".join(order[:2]),
)
def test_functions_stay_functions_whatever_was_imported(
    python: Callable[..., str], order: tuple[str, ...]
) -> None:
    code = "\n".join(
        [
            "import imgdisplay, sys, types",
            *order,
            "for function in (imgdisplay.options, imgdisplay.report):",
            "    assert isinstance(function, types.FunctionType), function",
            "with imgdisplay.options(size=50) as effective:",
            "    assert effective.size == 50",
            "for name in ('options', 'report'):",
            "    if 'imgdisplay.' + name in sys.modules:",
            "        assert isinstance(sys.modules['imgdisplay.' + name], types.ModuleType)",
            "print('callable')",
        ]
    )

    assert python(code) == "callable"


def test_submodules_that_hide_nothing_are_modules(python: Callable[..., str]) -> None:
    said = python(
        """
        import imgdisplay.core.paths, imgdisplay.errors
        print(imgdisplay.core.paths.extended_path("C:/a", mode="always"))
        print(imgdisplay.errors.SourceError is imgdisplay.SourceError)
        """
    )
    assert said.splitlines() == ["\\\\?\\C:\\a", "True"]


def test_functions_that_use_the_package_can_be_sent_to_a_cluster() -> None:
    cloudpickle = pytest.importorskip("cloudpickle")

    def uses_the_package() -> object:
        return imgdisplay.thumbnail, imgdisplay

    sent = cloudpickle.loads(cloudpickle.dumps(uses_the_package))

    assert sent() == (imgdisplay.thumbnail, imgdisplay)


def test_functions_that_take_options_take_all_and_by_keyword_only() -> None:
    for name in (
        "thumbnail", "open_image", "data_uri", "img", "gallery", "table", "show", "encode_column",
        "to_excel",
    ):  # fmt: skip
        function = getattr(imgdisplay, name)
        parameters = inspect.signature(function).parameters
        by_keyword = [it.name for it in parameters.values() if it.kind is it.KEYWORD_ONLY]

        assert by_keyword[-len(NAMES) :] == list(NAMES), name
