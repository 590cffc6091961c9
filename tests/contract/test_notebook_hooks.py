"""A real IPython session with our hooks: what it shows, and what it is left with afterwards."""

from __future__ import annotations

import atexit
import base64
import collections
import io
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import Tag
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image
from traitlets.config import Config
from zoo import decoded, elements, embedded, only_image
from zoo.images import MODES, encoded, in_mode, photograph

import imgdisplay

PHOTO = photograph("chelsea")


@pytest.fixture
def ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A session of its own, with the extension not yet loaded."""
    import sys

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=_config())
    yield shell
    imgdisplay.unload_ipython_extension(shell)
    _end(shell)
    InteractiveShell.clear_instance()


def _config() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0  # or every end of a session collects all garbage
    return config


def _end(shell: InteractiveShell) -> None:
    shell.restore_sys_module_state()
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()


@pytest.fixture
def loaded(ip: InteractiveShell) -> InteractiveShell:
    ip.run_line_magic("load_ext", "imgdisplay")
    return ip


def bundle(shell: InteractiveShell, obj: object) -> dict[str, Any]:
    data, _ = shell.display_formatter.format(obj)  # type: ignore[union-attr]
    return dict(data)


def images(html: str) -> list[Tag]:
    return [tag for tag in elements(html) if tag.name == "img"]


def registered(shell: InteractiveShell) -> dict[str, Any]:
    """Return all that is registered with a session's formatters."""
    display: Any = shell.display_formatter
    formatters = {
        **display.formatters,
        "mimebundle": display.mimebundle_formatter,
        "ipython_display": display.ipython_display_formatter,
    }
    return {
        f"{name} {kind}": dict(getattr(formatter, kind))
        for name, formatter in formatters.items()
        for kind in ("singleton_printers", "type_printers", "deferred_printers")
    }


def html_of(shell: InteractiveShell) -> Any:
    return shell.display_formatter.formatters["text/html"]  # type: ignore[union-attr]


class TestFrames:
    def test_show_their_pictures(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"name": ["<b>", "x"], "photo": [PHOTO, encoded(PHOTO)]})

        html = bundle(loaded, frame)["text/html"]

        assert len(images(html)) == 2
        assert embedded(images(html)[0]).size == (163, 109)
        assert "b" not in {tag.name for tag in elements(html)}

    def test_without_pictures_are_exactly_what_pandas_shows(self, loaded: InteractiveShell) -> None:
        for frame in (
            pd.DataFrame({"a": [1.5, None], "b": ["<b>", "x" * 100]}),
            pd.DataFrame(),
            pd.DataFrame({"a": range(1000)}),
            pd.DataFrame({("a", "b"): [1], ("a", "c"): [2]}),
        ):
            shown = bundle(loaded, frame)

            assert shown["text/html"] == frame._repr_html_()
            assert shown["text/plain"] == repr(frame)

    def test_show_a_placeholder_for_a_bad_picture(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"photo": [PHOTO, b"\x89PNG\r\n\x1a\n broken", PHOTO]})

        found = images(bundle(loaded, frame)["text/html"])

        assert [str(tag["title"]).startswith("unreadable: ") for tag in found] == [
            False,
            True,
            False,
        ]

    def test_obey_the_options_of_pandas(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"photo": [PHOTO] * 100})

        with pd.option_context("display.notebook_repr_html", False):
            assert "text/html" not in bundle(loaded, frame)
        with pd.option_context("display.large_repr", "info"):
            html = bundle(loaded, frame)["text/html"]
            assert images(html) == []
            assert html == frame._repr_html_()
        with pd.option_context("display.max_rows", 6, "display.min_rows", 4):
            assert len(images(bundle(loaded, frame)["text/html"])) == 4

    def test_obey_our_options(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"photo": [PHOTO]})

        imgdisplay.set_options(size=40)
        (tag,) = images(bundle(loaded, frame)["text/html"])
        assert tag["width"] == "40"
        with imgdisplay.options(size=50):
            (tag,) = images(bundle(loaded, frame)["text/html"])
        assert tag["width"] == "50"

    def test_change_no_option_of_pandas(self, loaded: InteractiveShell) -> None:
        def options() -> dict[str, object]:
            names = ("max_colwidth", "max_rows", "min_rows", "max_columns", "width")
            return {name: pd.get_option(f"display.{name}") for name in names}

        pd.set_option("display.max_colwidth", 11)
        try:
            before = options()
            html = bundle(loaded, pd.DataFrame({"photo": [PHOTO], "text": ["x" * 50]}))["text/html"]
            assert len(images(html)) == 1
            assert options() == before
        finally:
            pd.reset_option("display.max_colwidth")

    def test_of_a_subclass_with_html_of_its_own_are_left_to_it(
        self, loaded: InteractiveShell
    ) -> None:
        class Mine(pd.DataFrame):
            def _repr_html_(self) -> str:  # type: ignore[override]
                return "<p>mine</p>"

        class Silent(pd.DataFrame):
            def _repr_html_(self) -> None:  # type: ignore[override]
                return None

        assert bundle(loaded, Mine({"photo": [PHOTO]}))["text/html"] == "<p>mine</p>"
        assert "text/html" not in bundle(loaded, Silent({"photo": [PHOTO]}))

    def test_of_a_subclass_without_html_of_its_own_show_pictures(
        self, loaded: InteractiveShell
    ) -> None:
        class Plain(pd.DataFrame):
            pass

        assert len(images(bundle(loaded, Plain({"photo": [PHOTO]}))["text/html"])) == 1


class TestSeries:
    def test_show_their_pictures(self, loaded: InteractiveShell) -> None:
        html = bundle(loaded, pd.Series([PHOTO, PHOTO], name="photo"))["text/html"]

        assert len(images(html)) == 2

    def test_without_pictures_stay_text(self, loaded: InteractiveShell) -> None:
        series = pd.Series([1, 2])

        assert bundle(loaded, series) == {"text/plain": repr(series)}

    def test_of_a_subclass_with_html_of_its_own_are_left_to_it(
        self, loaded: InteractiveShell
    ) -> None:
        class Mine(pd.Series):  # type: ignore[type-arg]
            def _repr_html_(self) -> str:
                return "<p>mine</p>"

        assert bundle(loaded, Mine([PHOTO]))["text/html"] == "<p>mine</p>"


class TestImages:
    @pytest.mark.parametrize("mode", MODES)
    def test_of_every_mode_are_one_small_picture(self, loaded: InteractiveShell, mode: str) -> None:
        shown = bundle(loaded, in_mode(mode).image)

        assert shown.keys() in (
            {"text/plain", "text/html", "image/png"},
            {"text/plain", "text/html", "image/jpeg"},
        )
        (mime,) = shown.keys() & {"image/png", "image/jpeg"}
        tag = only_image(shown["text/html"])
        head, _, payload = str(tag["src"]).partition(",")
        data = shown[mime]
        data = base64.b64decode(data) if isinstance(data, str) else data
        assert head == f"data:{mime};base64"
        assert base64.b64decode(payload) == data
        assert Image.MIME[decoded(data).format or ""] == mime

    def test_are_drawn_in_the_box_of_a_preview(self, loaded: InteractiveShell) -> None:
        large = PHOTO.resize((2400, 1600))

        assert only_image(bundle(loaded, large)["text/html"])["width"] == "512"
        imgdisplay.set_options(preview_size=200)
        assert only_image(bundle(loaded, large)["text/html"])["width"] == "200"

    def test_that_are_large_leave_no_full_picture_in_the_notebook(
        self, loaded: InteractiveShell
    ) -> None:
        noise = np.random.default_rng(0).integers(0, 255, (1000, 1500, 3), np.uint8)

        shown = bundle(loaded, Image.fromarray(noise))

        stored = sum(len(value) for value in shown.values())
        assert stored < noise.size / 3

    def test_can_be_sent_to_a_front_end(self, loaded: InteractiveShell) -> None:
        protocol = pytest.importorskip("jupyter_client.jsonutil")

        sent = json.loads(json.dumps(bundle(loaded, PHOTO), default=protocol.json_default))

        (mime,) = sent.keys() & {"image/png", "image/jpeg"}
        assert decoded(base64.b64decode(sent[mime])).size == PHOTO.size

    def test_that_are_broken_are_a_placeholder(self, loaded: InteractiveShell) -> None:
        data = encoded(PHOTO)[:20_000]
        with Image.open(io.BytesIO(data)) as image:
            shown = bundle(loaded, image)

        tag = only_image(shown["text/html"])
        assert str(tag["title"]).startswith("unreadable: ")
        assert shown.keys().isdisjoint({"image/png", "image/jpeg"})

    def test_of_no_size_are_a_placeholder(self, loaded: InteractiveShell) -> None:
        tag = only_image(bundle(loaded, Image.new("RGB", (0, 0)))["text/html"])

        assert "0×0" in str(tag["title"])

    def test_are_not_changed(self, loaded: InteractiveShell) -> None:
        with Image.open(io.BytesIO(encoded(PHOTO))) as image:
            bundle(loaded, image)

            assert image.tile != []

    def test_of_a_subclass_that_draws_itself_are_left_to_it(self, loaded: InteractiveShell) -> None:
        class Mine(Image.Image):
            def _repr_html_(self) -> str:
                return "<p>mine</p>"

        mine = Mine()
        mine.__dict__.update(PHOTO.copy().__dict__)

        assert bundle(loaded, mine)["text/html"] == "<p>mine</p>"


class TestLists:
    def test_of_images_are_a_gallery(self, loaded: InteractiveShell) -> None:
        html = bundle(loaded, [PHOTO, PHOTO, np.asarray(PHOTO)])["text/html"]

        assert len(images(html)) == 3
        assert [tag.name for tag in elements(html)].count("figure") == 3

    @pytest.mark.parametrize(
        "items",
        [
            [],
            [1, 2, 3],
            ["a", "b"],
            [None],
            [PHOTO, 5],
            [[1, 2], [3, 4]],
            [np.zeros(3)],
            [np.eye(3)],
        ],
        ids=["empty", "numbers", "texts", "None", "mixed", "lists", "vectors", "small matrices"],
    )
    def test_of_anything_else_stay_text(self, loaded: InteractiveShell, items: list[Any]) -> None:
        assert bundle(loaded, items).keys() == {"text/plain"}

    def test_of_paths_stay_a_listing(self, loaded: InteractiveShell, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        PHOTO.save(path)

        assert bundle(loaded, [str(path)] * 3).keys() == {"text/plain"}

    def test_of_very_many_images_are_cut_and_counted(self, loaded: InteractiveShell) -> None:
        html = bundle(loaded, [Image.new("L", (9, 9))] * 500)["text/html"]

        shown = len(images(html))
        assert 0 < shown < 500
        assert f"+{500 - shown} more" in html

    def test_with_a_broken_image_keep_the_others(self, loaded: InteractiveShell) -> None:
        with Image.open(io.BytesIO(encoded(PHOTO)[:20_000])) as broken:
            found = images(bundle(loaded, [PHOTO, broken])["text/html"])

        assert len(found) == 2
        assert str(found[1]["title"]).startswith("unreadable: ")

    def test_of_a_subclass_that_draws_itself_are_left_to_it(self, loaded: InteractiveShell) -> None:
        class Mine(list):  # type: ignore[type-arg]
            def _repr_html_(self) -> str:
                return "<p>mine</p>"

        assert bundle(loaded, Mine([1, 2]))["text/html"] == "<p>mine</p>"
        assert bundle(loaded, Mine([PHOTO]))["text/html"] == "<p>mine</p>"

    def test_that_are_no_lists_stay_what_they_are(self, loaded: InteractiveShell) -> None:
        pair = collections.namedtuple("pair", "a b")

        for obj in (
            pair(1, 2),
            {"a": 1},
            collections.OrderedDict(a=1),
            collections.defaultdict(int),
            (1, 2),
        ):
            assert bundle(loaded, obj).keys() == {"text/plain"}


class TestFailures:
    # Not a bad picture but a fault of ours, which must not cost people their data.
    @pytest.fixture
    def failing(
        self, loaded: InteractiveShell, monkeypatch: pytest.MonkeyPatch
    ) -> InteractiveShell:
        from imgdisplay.core import encode

        def fail(*arguments: object, **options: object) -> None:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(encode, "write_data_uri", fail)
        return loaded

    def test_leave_a_frame_as_pandas_shows_it_with_one_warning(
        self, failing: InteractiveShell
    ) -> None:
        frame = pd.DataFrame({"name": ["<b>"] * 5, "photo": [PHOTO] * 5})

        with pytest.warns(RuntimeWarning, match="a fault of ours") as caught:
            shown = bundle(failing, frame)

        assert shown["text/html"] == frame._repr_html_()
        assert len(caught) == 1
        assert "DataFrame" in str(caught[0].message)

    def test_leave_a_series_as_text_with_one_warning(self, failing: InteractiveShell) -> None:
        series = pd.Series([PHOTO] * 3)

        with pytest.warns(RuntimeWarning, match="a fault of ours") as caught:
            shown = bundle(failing, series)

        assert shown.keys() == {"text/plain"}
        assert shown["text/plain"].count("\n") == 3
        assert len(caught) == 1

    def test_leave_a_list_as_text_with_one_warning(self, failing: InteractiveShell) -> None:
        with pytest.warns(RuntimeWarning, match="a fault of ours") as caught:
            shown = bundle(failing, [PHOTO] * 3)

        assert shown.keys() == {"text/plain"}
        assert len(caught) == 1

    def test_leave_an_image_as_pillow_shows_it_with_one_warning(
        self, failing: InteractiveShell
    ) -> None:
        with pytest.warns(RuntimeWarning, match="a fault of ours") as caught:
            shown = bundle(failing, PHOTO)

        assert decoded(shown["image/png"]).size == PHOTO.size
        assert len(caught) == 1

    def test_are_told_in_few_words_that_steer_no_terminal(
        self, loaded: InteractiveShell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from imgdisplay.core import encode

        def fail(*arguments: object, **options: object) -> None:
            raise ZeroDivisionError("\x1b[2J" + "payload " * 10_000)

        monkeypatch.setattr(encode, "write_data_uri", fail)

        with pytest.warns(RuntimeWarning, match="payload") as caught:
            bundle(loaded, pd.DataFrame({"photo": [PHOTO]}))

        (said,) = (str(warning.message) for warning in caught)
        assert len(said) < 400
        assert said.isprintable()

    def test_print_nothing(self, failing: InteractiveShell) -> None:
        with capture_output() as printed, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bundle(failing, pd.DataFrame({"photo": [PHOTO]}))

        assert (printed.stdout, printed.stderr) == ("", "")


class TestLoadingAndUnloading:
    @staticmethod
    def mine(obj: object) -> str:
        return "<p>mine</p>"

    def test_restores_exactly_what_was_there(self, ip: InteractiveShell) -> None:
        before = registered(ip)

        ip.run_line_magic("load_ext", "imgdisplay")
        assert registered(ip) != before
        bundle(ip, pd.DataFrame({"photo": [PHOTO]}))
        bundle(ip, pd.Series([PHOTO]))
        bundle(ip, PHOTO)
        bundle(ip, [PHOTO])
        ip.run_line_magic("unload_ext", "imgdisplay")

        assert registered(ip) == before
        assert images(bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"]) == []
        assert "text/html" not in bundle(ip, PHOTO)

    def test_restores_what_the_user_had_registered(self, ip: InteractiveShell) -> None:
        display: Any = ip.display_formatter
        display.formatters["text/html"].for_type(pd.DataFrame, self.mine)
        display.formatters["text/html"].for_type(list, self.mine)
        display.formatters["image/png"].for_type(Image.Image, lambda image: b"mine")
        display.mimebundle_formatter.for_type(Image.Image, lambda image, **_: {"text/x": "mine"})
        before = registered(ip)

        ip.run_line_magic("load_ext", "imgdisplay")
        assert len(images(bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"])) == 1
        ip.run_line_magic("unload_ext", "imgdisplay")

        assert registered(ip) == before
        assert bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"] == "<p>mine</p>"

    @pytest.mark.parametrize("module", ["pandas", "pandas.core.frame"])
    def test_restores_what_the_user_had_registered_by_name(
        self, ip: InteractiveShell, module: str
    ) -> None:
        html_of(ip).for_type_by_name(module, "DataFrame", self.mine)
        bundle(ip, pd.DataFrame())  # now IPython knows the type by itself
        before = registered(ip)

        ip.run_line_magic("load_ext", "imgdisplay")
        ip.run_line_magic("unload_ext", "imgdisplay")

        assert registered(ip) == before

    def test_leaves_what_others_registered_later(self, loaded: InteractiveShell) -> None:
        html_of(loaded).for_type(pd.DataFrame, self.mine)
        loaded.display_formatter.mimebundle_formatter.for_type(  # type: ignore[union-attr]
            Image.Image, lambda image, **_: {"text/html": "<p>mine</p>"}
        )

        loaded.run_line_magic("unload_ext", "imgdisplay")

        assert bundle(loaded, pd.DataFrame({"a": [1]}))["text/html"] == "<p>mine</p>"
        assert bundle(loaded, PHOTO)["text/html"] == "<p>mine</p>"
        assert "text/html" not in bundle(loaded, [PHOTO])

    def test_twice_is_as_once(self, ip: InteractiveShell) -> None:
        before = registered(ip)
        ip.run_line_magic("load_ext", "imgdisplay")
        once = registered(ip)

        with capture_output():  # IPython says that it is loaded already
            ip.run_line_magic("load_ext", "imgdisplay")
        imgdisplay.enable()
        assert registered(ip) == once
        ip.run_line_magic("unload_ext", "imgdisplay")
        assert registered(ip) == before
        imgdisplay.disable()
        assert registered(ip) == before

    def test_may_be_repeated(self, ip: InteractiveShell) -> None:
        before = registered(ip)
        for _ in range(3):
            ip.run_line_magic("load_ext", "imgdisplay")
            assert len(images(bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"])) == 1
            ip.run_line_magic("unload_ext", "imgdisplay")
            assert registered(ip) == before
        ip.run_line_magic("load_ext", "imgdisplay")
        ip.run_line_magic("reload_ext", "imgdisplay")
        assert len(images(bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"])) == 1

    def test_by_enable_and_disable_is_the_same(self, ip: InteractiveShell) -> None:
        before = registered(ip)

        imgdisplay.enable()
        assert len(images(bundle(ip, pd.DataFrame({"photo": [PHOTO]}))["text/html"])) == 1
        imgdisplay.disable()

        assert registered(ip) == before

    def test_in_a_second_session_works_too(self, loaded: InteractiveShell, tmp_path: Path) -> None:
        second = InteractiveShell(config=_config())
        before = registered(second)
        try:
            imgdisplay.load_ipython_extension(second)
            frame = pd.DataFrame({"photo": [PHOTO]})
            assert len(images(bundle(second, frame)["text/html"])) == 1
            imgdisplay.unload_ipython_extension(second)
            assert registered(second) == before
            assert len(images(bundle(loaded, frame)["text/html"])) == 1
        finally:
            _end(second)

    def test_does_not_patch_pandas(self, ip: InteractiveShell) -> None:
        before = (pd.DataFrame._repr_html_, pd.DataFrame.to_html, hasattr(pd.Series, "_repr_html_"))

        ip.run_line_magic("load_ext", "imgdisplay")

        assert (
            pd.DataFrame._repr_html_,
            pd.DataFrame.to_html,
            hasattr(pd.Series, "_repr_html_"),
        ) == before


SESSION = """
    import warnings
    warnings.simplefilter("ignore", ResourceWarning)
    import os, sys
    os.environ["IPYTHONDIR"] = os.getcwd()
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config
    config = Config()
    config.HistoryManager.enabled = False
    ip = InteractiveShell.instance(config=config)

    def pictures(obj):
        html = ip.display_formatter.format(obj)[0].get("text/html", "")
        return html.count("<img")

    def load():
        ip.run_line_magic("load_ext", "imgdisplay")

    def unload():
        ip.run_line_magic("unload_ext", "imgdisplay")
"""


def session(python: Callable[..., str], code: str) -> list[str]:
    from textwrap import dedent

    return python(dedent(SESSION) + dedent(code)).splitlines()


class TestTheOrderOfImports:
    def test_pandas_may_come_before_the_extension(self, python: Callable[..., str]) -> None:
        said = session(
            python,
            """
            import pandas as pd
            from PIL import Image
            image = Image.new("RGB", (40, 40))
            load()
            print(pictures(pd.DataFrame({"a": [image]})), pictures(pd.Series([image, image])))
            unload()
            print(pictures(pd.DataFrame({"a": [image]})), pictures(pd.Series([image, image])))
            """,
        )
        assert said == ["1 2", "0 0"]

    def test_pandas_may_come_after_the_extension(self, python: Callable[..., str]) -> None:
        said = session(
            python,
            """
            load()
            print("pandas" in sys.modules, "numpy" in sys.modules)
            import pandas as pd
            from PIL import Image
            image = Image.new("RGB", (40, 40))
            class Mine(pd.DataFrame): pass
            print(pictures(Mine({"a": [image]})))
            print(pictures(pd.DataFrame({"a": [image]})), pictures(pd.Series([image, image])))
            unload()
            print(pictures(pd.DataFrame({"a": [image]})), pictures(pd.Series([image, image])))
            load()
            print(pictures(pd.DataFrame({"a": [image]})), pictures(pd.Series([image, image])))
            """,
        )
        assert said == ["False False", "1", "1 2", "0 0", "1 2"]

    def test_what_was_registered_by_name_before_pandas_comes_back(
        self, python: Callable[..., str]
    ) -> None:
        said = session(
            python,
            """
            html = ip.display_formatter.formatters["text/html"]
            names = [("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame")]
            for module, name in names:
                html.for_type_by_name(module, name, lambda frame, module=module: "mine " + module)
            before = dict(html.deferred_printers)
            load()
            unload()
            print(html.deferred_printers == before)
            load()
            import pandas as pd
            from PIL import Image
            print(pictures(pd.DataFrame({"a": [Image.new("RGB", (40, 40))]})))
            unload()
            print(ip.display_formatter.format(pd.DataFrame())[0]["text/html"][:4])
            """,
        )
        assert said == ["True", "1", "mine"]

    def test_only_one_of_two_names_was_taken_before(self, python: Callable[..., str]) -> None:
        said = session(
            python,
            """
            html = ip.display_formatter.formatters["text/html"]
            html.for_type_by_name("pandas", "DataFrame", lambda frame: "mine")
            before = dict(html.deferred_printers)
            load()
            unload()
            print(html.deferred_printers == before)
            """,
        )
        assert said == ["True"]


class TestOutsideIPython:
    @pytest.mark.parametrize("verb", ["enable", "disable"])
    @pytest.mark.parametrize("first", ["", "import IPython; "], ids=["without", "imported"])
    def test_is_a_clear_error(self, python: Callable[..., str], verb: str, first: str) -> None:
        said = python(
            f"""
            {first}import sys, imgdisplay
            try:
                imgdisplay.{verb}()
            except imgdisplay.ImgDisplayError as error:
                print(error)
            print("IPython" in sys.modules)
            """
        )

        message, loaded = said.splitlines()
        assert f"{verb}()" in message
        assert "IPython" in message
        assert "table" in message
        assert loaded == str(bool(first))


class TestShow:
    @pytest.mark.parametrize(
        ("obj", "count"),
        [
            (PHOTO, 1),
            (encoded(PHOTO), 1),
            ([PHOTO, PHOTO], 2),
            ({"a": PHOTO, "b": PHOTO}, 2),
            ({"bytes": encoded(PHOTO), "path": None}, 1),
            (pd.DataFrame({"a": [PHOTO, PHOTO]}), 2),
            (pd.Series([PHOTO, PHOTO]), 2),
            (imgdisplay.Html("<img alt=x>"), 1),
        ],
        ids=["image", "bytes", "list", "dict", "bytes dict", "frame", "series", "html"],
    )
    def test_displays_one_output(self, loaded: InteractiveShell, obj: object, count: int) -> None:
        with capture_output() as captured:
            imgdisplay.show(obj)

        (output,) = captured.outputs
        assert len(images(output.data["text/html"])) == count
        assert len(output.data.get("text/plain", "")) < 100

    def test_takes_options(self, loaded: InteractiveShell) -> None:
        with capture_output() as captured:
            imgdisplay.show(PHOTO, size=33)

        assert only_image(captured.outputs[0].data["text/html"])["width"] == "33"

    def test_raises_for_a_bad_picture(self, loaded: InteractiveShell) -> None:
        with pytest.raises(imgdisplay.SourceNotFound):
            imgdisplay.show("missing.png")
