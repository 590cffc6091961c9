"""Options, magic and displays in IPython sessions as people start them."""

from __future__ import annotations

import atexit
import base64
import io
import json
import os
import re
import subprocess
import sys
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image
from traitlets.config import Config
from zoo import decoded, embedded, pixels, soup
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay.options import NAMES

PHOTO = photograph("chelsea")
SMALL = photograph("chelsea", (48, 32))


@pytest.fixture
def ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A session of its own, with the extension not yet loaded."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    shell = InteractiveShell.instance(config=config)
    yield shell
    imgdisplay.unload_ipython_extension(shell)
    shell.restore_sys_module_state()
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()
    InteractiveShell.clear_instance()


@pytest.fixture
def loaded(ip: InteractiveShell) -> InteractiveShell:
    ip.run_line_magic("load_ext", "imgdisplay")
    return ip


def said(shell: InteractiveShell, cell: str) -> str:
    """Return all that a cell prints, errors included."""
    with capture_output() as captured:
        shell.run_cell(cell)
    return re.sub(r"\x1b\[[0-9;]*m", "", captured.stdout + captured.stderr)


def bundle(shell: InteractiveShell, obj: object) -> dict[str, Any]:
    data, _ = shell.display_formatter.format(obj)  # type: ignore[union-attr]
    return dict(data)


def widths(shell: InteractiveShell, obj: object) -> list[int]:
    html = bundle(shell, obj).get("text/html", "")
    return [int(tag["width"]) for tag in soup(html).find_all("img")]


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., list[str]]:
    """Start ``ipython`` anew, with a config file, and return what each cell printed."""

    def run(*cells: str, config: str = "") -> list[str]:
        profile = tmp_path / "ipython" / "profile_default"
        profile.mkdir(parents=True, exist_ok=True)
        (profile / "ipython_config.py").write_text(f"c = get_config()\n{config}\n")
        code = (
            "import json, sys\n"
            "from IPython.terminal.ipapp import TerminalIPythonApp\n"
            "app = TerminalIPythonApp.instance()\n"
            "app.initialize(['--no-banner', '--colors=NoColor'])\n"
            "for cell in json.loads(sys.argv[1]):\n"
            "    print('\\n\\x02')\n"
            "    app.shell.run_cell(cell)\n"
            "    sys.stdout.flush(); sys.stderr.flush()\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code, json.dumps(cells)],
            cwd=tmp_path,
            env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        parts = [part.strip() for part in ended.stdout.split("\x02")]
        assert len(parts) == len(cells) + 1, ended.stdout
        return [re.sub(r"\x1b\[[0-9;]*m", "", part) for part in parts]

    return run


class TestConfig:
    def test_sets_an_option_of_the_session(self, loaded: InteractiveShell) -> None:
        assert said(loaded, "%config ImgDisplay.size = 48") == ""

        assert imgdisplay.get_options().size == 48
        assert widths(loaded, pd.DataFrame({"p": [PHOTO]})) == [48]

    @pytest.mark.parametrize(
        ("line", "name", "value"),
        [
            ("size = (200, 100)", "size", (200, 100)),
            ("size = None", "size", None),
            ("scale = 1.5", "scale", 1.5),
            ("format = 'webp'", "format", "webp"),
            ("background = '#102030'", "background", "#102030"),
            ("arrays = True", "arrays", True),
            ("value_range = 'robust'", "value_range", "robust"),
            ("max_output_bytes = 100_000", "max_output_bytes", 100_000),
        ],
    )
    def test_takes_values_of_every_kind(
        self, loaded: InteractiveShell, line: str, name: str, value: object
    ) -> None:
        said(loaded, f"%config ImgDisplay.{line}")
        assert getattr(imgdisplay.get_options(), name) == value

    def test_takes_a_value_of_the_users_namespace(self, loaded: InteractiveShell) -> None:
        said(loaded, "mine = 77")
        said(loaded, "%config ImgDisplay.size = mine")
        assert imgdisplay.get_options().size == 77

    @pytest.mark.parametrize(
        "line", ["size = -1", "quality = 101", "format = 'tiff'", "scale = 'x'"]
    )
    def test_prints_an_error_for_a_bad_value_and_changes_nothing(
        self, loaded: InteractiveShell, line: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = line.partition(" ")[0]
        before = imgdisplay.get_options()

        printed = said(loaded, f"%config ImgDisplay.{line}") + caplog.text  # where IPython says it

        assert name in printed
        assert "expected" in printed
        assert imgdisplay.get_options() == before
        assert widths(loaded, pd.DataFrame({"p": [PHOTO]})) == [96]

    def test_of_an_unknown_name_changes_nothing(self, loaded: InteractiveShell) -> None:
        before = imgdisplay.get_options()
        said(loaded, "%config ImgDisplay.sise = 48")
        assert imgdisplay.get_options() == before

    def test_shows_the_value_in_effect(self, loaded: InteractiveShell) -> None:
        imgdisplay.set_options(size=61)
        result = loaded.run_line_magic("config", "ImgDisplay.size")
        assert result == 61

    def test_lists_every_option_with_its_meaning(self, loaded: InteractiveShell) -> None:
        printed = said(loaded, "%config ImgDisplay")
        for name in NAMES:
            assert f"ImgDisplay.{name}" in printed
        assert "CSS pixels" in printed

    def test_is_listed_among_the_others(self, loaded: InteractiveShell) -> None:
        assert "ImgDisplay" in said(loaded, "%config")

    def test_and_set_options_and_the_magic_are_one_state(self, loaded: InteractiveShell) -> None:
        said(loaded, "%config ImgDisplay.size = 50")
        assert "size=50" in said(loaded, "%imgdisplay size")
        said(loaded, "%imgdisplay size=60")
        assert loaded.run_line_magic("config", "ImgDisplay.size") == 60
        imgdisplay.set_options(size=70)
        assert loaded.run_line_magic("config", "ImgDisplay.size") == 70

    def test_survives_from_cell_to_cell(self, loaded: InteractiveShell) -> None:
        said(loaded, "%config ImgDisplay.size = 50")
        said(loaded, "import imgdisplay; x = imgdisplay.get_options().size")
        assert loaded.user_ns["x"] == 50


class TestTheConfigFile:
    LOAD = "%load_ext imgdisplay"
    PRINT = "import imgdisplay; o = imgdisplay.get_options(); print(o.size, o.quality, o.format)"

    def test_sets_options(self, started: Callable[..., list[str]]) -> None:
        config = "c.ImgDisplay.size = 48\nc.ImgDisplay.format = 'webp'"
        start, load, printed = started(self.LOAD, self.PRINT, config=config)
        assert (start, load) == ("", "")
        assert printed == "48 75 webp"

    def test_may_load_the_extension_itself(self, started: Callable[..., list[str]]) -> None:
        config = (
            "c.InteractiveShellApp.extensions = ['imgdisplay']\n"
            "c.ImgDisplay.size = 48\n"
            "c.ImgDisplay.quality = 'nonsense'"
        )
        start, printed, status = started(self.PRINT, "%imgdisplay status", config=config)
        assert printed == "48 75 auto"
        assert "on" in status
        assert "quality" in start

    def test_of_nonsense_warns_and_loads(self, started: Callable[..., list[str]]) -> None:
        config = "\n".join(
            f"c.ImgDisplay.{name} = {value}"
            for name, value in [
                ("size", "-5"),
                ("quality", "'high'"),
                ("sise", "48"),
                ("format", "'webp'"),
                ("max_output_bytes", "None"),
                ("nan_color", "'no colour'"),
                ("value_range", "(5, 1)"),
                ("colormap", "'no map'"),
                ("overlay", "3"),
            ]
        )
        _, load, printed, status = started(
            self.LOAD, self.PRINT, "%imgdisplay status", config=config
        )
        for name in ("size", "quality", "sise", "max_output_bytes", "nan_color", "colormap"):
            assert f"ImgDisplay.{name}" in load
        assert "did you mean 'size'" in load
        assert "Traceback" not in load
        assert printed == "96 75 webp"
        assert "on" in status

    def test_of_a_colormap_without_matplotlib_warns_and_loads(
        self, started: Callable[..., list[str]]
    ) -> None:
        config = (
            "import sys; sys.modules['matplotlib'] = None\n"
            "c.ImgDisplay.colormap = 'jet'\nc.ImgDisplay.size = 48"
        )
        _, load, printed = started(self.LOAD, self.PRINT, config=config)
        assert "Traceback" not in load
        assert "colormap" in load
        assert printed == "48 75 auto"

    def test_of_no_dict_costs_nothing(self, started: Callable[..., list[str]]) -> None:
        _, load, printed = started(self.LOAD, self.PRINT, config="c.ImgDisplay = 5")
        assert "Traceback" not in load
        assert printed == "96 75 auto"

    def test_gives_way_to_the_user_who_loads_again(self, started: Callable[..., list[str]]) -> None:
        parts = started(
            self.LOAD,
            "%config ImgDisplay.size = 60",
            "%reload_ext imgdisplay",
            self.PRINT,
            "%unload_ext imgdisplay",
            self.LOAD,
            self.PRINT,
            config="c.ImgDisplay.size = 48",
        )
        assert parts[4] == parts[7] == "60 75 auto"


class TestTheMagic:
    def test_alone_says_the_state(self, loaded: InteractiveShell) -> None:
        assert "imgdisplay is on" in said(loaded, "%imgdisplay")
        assert said(loaded, "%imgdisplay") == said(loaded, "%imgdisplay status")

    def test_switches_off_and_on(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"p": [PHOTO]})

        said(loaded, "%imgdisplay off")
        assert "<img" not in bundle(loaded, frame)["text/html"]
        assert "imgdisplay is off" in said(loaded, "%imgdisplay")
        said(loaded, "%imgdisplay off")
        assert "Traceback" not in said(loaded, "%imgdisplay off")

        said(loaded, "%imgdisplay on")
        said(loaded, "%imgdisplay on")
        assert widths(loaded, frame) == [96]

    def test_switched_off_leaves_the_displays_as_they_were(self, ip: InteractiveShell) -> None:
        before = bundle(ip, pd.DataFrame({"p": ["x"]})), sorted(bundle(ip, PHOTO))
        ip.run_line_magic("load_ext", "imgdisplay")
        said(ip, "%imgdisplay off")
        assert (bundle(ip, pd.DataFrame({"p": ["x"]})), sorted(bundle(ip, PHOTO))) == before

    @pytest.mark.parametrize(
        ("line", "changed"),
        [
            ("size=48", {"size": 48}),
            ("size = 48", {"size": 48}),
            ("size=(200, 100)", {"size": (200, 100)}),
            ("size=None", {"size": None}),
            ("format=webp", {"format": "webp"}),
            ("format='webp' quality=50", {"format": "webp", "quality": 50}),
            ('background="rgb(1, 2, 3)"', {"background": "rgb(1, 2, 3)"}),
            ("background=white animate=True", {"background": "white", "animate": True}),
            ("value_range=(0, 4000)", {"value_range": (0, 4000)}),
            (
                "value_range=robust colormap=viridis",
                {"value_range": "robust", "colormap": "viridis"},
            ),
            ("arrays=False", {"arrays": False}),
            ("scale=1.5", {"scale": 1.5}),
        ],
    )
    def test_sets_options(
        self, loaded: InteractiveShell, line: str, changed: dict[str, object]
    ) -> None:
        assert said(loaded, f"%imgdisplay {line}") == ""
        for name, value in changed.items():
            assert getattr(imgdisplay.get_options(), name) == value

    def test_says_what_was_changed(self, loaded: InteractiveShell) -> None:
        said(loaded, "%imgdisplay size=48 format=webp")
        status = said(loaded, "%imgdisplay status")
        assert "size=48" in status
        assert "format='webp'" in status
        assert "quality" not in status

    @pytest.mark.parametrize("name", NAMES)
    def test_says_the_value_and_meaning_of_an_option(
        self, loaded: InteractiveShell, name: str
    ) -> None:
        printed = said(loaded, f"%imgdisplay {name}")
        assert printed.startswith(f"{name}=")
        assert len(printed) > len(name) + 15

    def test_helps_with_every_option(self, loaded: InteractiveShell) -> None:
        printed = said(loaded, "%imgdisplay help")
        assert all(re.search(rf"^\s*{name}\s", printed, re.M) for name in NAMES)
        assert "on | off" in printed

    def test_takes_every_option_back(self, loaded: InteractiveShell) -> None:
        loaded.run_line_magic("imgdisplay", "size=48 format=jpg remote=False")
        assert "format='jpeg'" in said(loaded, "%imgdisplay status")
        loaded.run_line_magic("imgdisplay", "reset")
        assert imgdisplay.get_options() == imgdisplay.Options()

    def test_can_be_asked_for_its_docstring(self, loaded: InteractiveShell) -> None:
        assert "NAME=VALUE" in str(loaded.find_line_magic("imgdisplay").__doc__)

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("sise=48", "did you mean 'size'"),
            ("sise", "did you mean 'size'"),
            ("onn", "did you mean 'on'"),
            ("of", "did you mean 'off'"),
            ("stauts", "did you mean 'status'"),
            ("quality=101", "expected a number from 1 to 100"),
            ("format=BMP", "expected one of"),
            ("size=", "size"),
            ("=48", ""),
            ("size=(1,", "size"),
            ("size='48", "size"),
            ("--help", "help"),
            ("<script>", "no such word"),
            ("colormap=virdis", "viridis"),
        ],
    )
    def test_answers_a_typo_in_one_line_without_traceback(
        self, loaded: InteractiveShell, line: str, expected: str
    ) -> None:
        before = imgdisplay.get_options()

        printed = said(loaded, f"%imgdisplay {line}")

        assert printed.strip() != ""
        assert "Traceback" not in printed
        assert expected in printed
        assert imgdisplay.get_options() == before

    def test_of_several_options_of_which_one_is_wrong_names_that_one(
        self, loaded: InteractiveShell
    ) -> None:
        assert "quality" in said(loaded, "%imgdisplay size=50 quality=101")


def completions(shell: InteractiveShell, line: str) -> list[str]:
    shell.Completer.use_jedi = False  # type: ignore[union-attr]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        _, matches = shell.complete(line.split(" ")[-1], line=line, cursor_pos=len(line))
    return list(matches)


class TestCompletion:
    def test_of_the_magic_offers_options_and_words(self, loaded: InteractiveShell) -> None:
        found = completions(loaded, "%imgdisplay ")
        assert {"on", "off", "status", "help"} <= set(found)
        assert {f"{name}=" for name in NAMES} <= set(found)

    def test_of_the_magic_offers_what_fits(self, loaded: InteractiveShell) -> None:
        assert completions(loaded, "%imgdisplay si") == ["size="]
        assert set(completions(loaded, "%imgdisplay s")) == {"size=", "scale=", "status"}

    def test_of_a_second_option_works_too(self, loaded: InteractiveShell) -> None:
        assert completions(loaded, "%imgdisplay size=48 qual") == ["quality="]

    def test_of_config_offers_every_option(self, loaded: InteractiveShell) -> None:
        found = completions(loaded, "%config ImgDisplay.")
        assert {name for name in NAMES if any(name in match for match in found)} == set(NAMES)

    def test_of_config_offers_the_class(self, loaded: InteractiveShell) -> None:
        assert "ImgDisplay" in completions(loaded, "%config Img")

    def test_offers_the_magic_itself(self, loaded: InteractiveShell) -> None:
        assert "%imgdisplay" in completions(loaded, "%imgd")

    def test_ends_with_unloading(self, loaded: InteractiveShell) -> None:
        loaded.run_line_magic("unload_ext", "imgdisplay")
        assert "size=" not in completions(loaded, "%imgdisplay si")
        assert not any("size" in match for match in completions(loaded, "%config ImgDisplay."))
        assert "%imgdisplay" not in completions(loaded, "%imgd")


class TestUnloading:
    def test_removes_the_magic_and_the_config(self, loaded: InteractiveShell) -> None:
        loaded.run_line_magic("unload_ext", "imgdisplay")

        assert "not found" in said(loaded, "%imgdisplay status")
        assert "ImgDisplay" not in said(loaded, "%config")
        said(loaded, "%config ImgDisplay.size = 48")
        assert imgdisplay.get_options().size == 96

    def test_leaves_every_registry_as_it_was(self, ip: InteractiveShell) -> None:
        def state() -> tuple[object, ...]:
            formatters: Any = ip.display_formatter
            return (
                [type(one).__name__ for one in ip.configurables],
                sorted(ip.magics_manager.magics["line"]),
                sorted(ip.magics_manager.magics["cell"]),
                {k: sorted(v.strs) for k, v in ip.strdispatchers.items() if v.strs},
                {
                    mime: (dict(one.type_printers), dict(one.deferred_printers))
                    for mime, one in formatters.formatters.items()
                },
                sorted(str(event) for event in ip.events.callbacks.values()),
            )

        said(ip, "%unload_ext imgdisplay")  # IPython makes these magics when they are first used
        before = state()
        ip.run_line_magic("load_ext", "imgdisplay")
        assert state() != before
        bundle(ip, pd.DataFrame({"p": [PHOTO]}))
        ip.run_line_magic("unload_ext", "imgdisplay")
        assert state() == before

    def test_leaves_the_users_own_completer(self, ip: InteractiveShell) -> None:
        """Somebody may have written one for the name before."""

        def mine(shell: object, event: object) -> list[str]:
            return ["mine"]

        ip.set_hook("complete_command", mine, str_key="%other")
        ip.run_line_magic("load_ext", "imgdisplay")
        ip.run_line_magic("unload_ext", "imgdisplay")
        assert completions(ip, "%other m") == ["mine"]

    def test_keeps_the_options_for_the_next_time(self, loaded: InteractiveShell) -> None:
        said(loaded, "%imgdisplay size=48")
        loaded.run_line_magic("unload_ext", "imgdisplay")
        loaded.run_line_magic("load_ext", "imgdisplay")
        assert widths(loaded, pd.DataFrame({"p": [PHOTO]})) == [48]

    def test_and_loading_ten_times_leaves_one_of_each(self, loaded: InteractiveShell) -> None:
        for _ in range(10):
            loaded.run_line_magic("reload_ext", "imgdisplay")
        names = [type(one).__name__ for one in loaded.configurables]
        assert names.count("ImgDisplay") == 1
        assert widths(loaded, pd.DataFrame({"p": [PHOTO]})) == [96]

    def test_while_switched_off_works(self, loaded: InteractiveShell) -> None:
        said(loaded, "%imgdisplay off")
        loaded.run_line_magic("unload_ext", "imgdisplay")
        assert "<img" not in bundle(loaded, pd.DataFrame({"p": [PHOTO]}))["text/html"]


Pair = namedtuple("Pair", "first second")


class TestCollections:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: [PHOTO, PHOTO],
            lambda: (PHOTO, PHOTO),
            lambda: {"a": PHOTO, "b": PHOTO},
            lambda: {1: PHOTO, None: PHOTO},
            lambda: OrderedDict(a=PHOTO, b=PHOTO),
            lambda: defaultdict(list, a=PHOTO, b=PHOTO),
            lambda: Pair(PHOTO, PHOTO),
            lambda: [np.asarray(PHOTO), PHOTO],
            lambda: [[PHOTO, SMALL], [SMALL]],
            lambda: {"train": [PHOTO, SMALL], "test": [PHOTO]},
            lambda: [{"bytes": encoded(PHOTO), "path": None}, PHOTO],
        ],
        ids=[
            *("list", "tuple", "dict", "odd keys", "OrderedDict", "defaultdict", "namedtuple"),
            *("array and image", "nested", "dict of lists", "Hugging Face"),
        ],
    )
    def test_of_pictures_are_two_in_a_gallery(
        self, loaded: InteractiveShell, make: Callable[[], object]
    ) -> None:
        found = bundle(loaded, make())
        tags = soup(found["text/html"]).find_all("img")
        assert len(tags) == 2
        assert not any("imgdisplay-broken" in tag["class"] for tag in tags)

    def test_of_a_dict_have_its_keys_as_captions(self, loaded: InteractiveShell) -> None:
        html = bundle(loaded, {"<b>cat</b>": PHOTO, "dog": PHOTO})["text/html"]
        assert [tag.get_text() for tag in soup(html).find_all("figcaption")] == [
            "<b>cat</b>",
            "dog",
        ]

    @pytest.mark.parametrize(
        "items",
        [
            [],
            {},
            (),
            [1, 2],
            ["a.png"],
            [PHOTO, 3],
            {"a": PHOTO, "b": "text"},
            [[PHOTO, "x"]],
            [None],
            [np.zeros((3, 3))],
            [np.arange(5)],
            [b"bytes"],
        ],
    )
    def test_of_other_things_stay_text(self, loaded: InteractiveShell, items: object) -> None:
        assert set(bundle(loaded, items)) == {"text/plain"}

    @pytest.mark.parametrize(
        "make",
        [
            lambda image: [image],
            lambda image: (image, 1),
            lambda image: {"a": image},
            lambda image: {"a": [image, {"b": (image,)}]},
            lambda image: [[[image]]],
            lambda image: [image] * 100,
            lambda image: {image.mode: {image.mode: image}},
        ],
        ids=["list", "tuple", "dict", "mixed", "deep", "many", "dicts"],
    )
    def test_have_a_short_text_without_address_or_base64(
        self, loaded: InteractiveShell, make: Callable[[Image.Image], object]
    ) -> None:
        texts = [bundle(loaded, make(image))["text/plain"] for image in (PHOTO, PHOTO.copy())]

        assert texts[0] == texts[1]
        assert "<image 240×160 RGB>" in texts[0]
        assert "0x" not in texts[0]
        assert "base64" not in texts[0]
        assert len(texts[0]) < 4000

    def test_that_contain_themselves_cost_no_output(self, loaded: InteractiveShell) -> None:
        endless: list[object] = [PHOTO]
        endless.append(endless)
        loop: dict[str, object] = {"a": PHOTO}
        loop["b"] = loop
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for items in (endless, loop, [endless]):
                assert "<image 240×160 RGB>" in bundle(loaded, items)["text/plain"]

    def test_with_a_broken_one_keep_the_others(
        self, loaded: InteractiveShell, tmp_path: Path
    ) -> None:
        lazy = Image.open(io.BytesIO(encoded(PHOTO)[:400]))
        tags = soup(bundle(loaded, [PHOTO, lazy])["text/html"]).find_all("img")
        assert ["imgdisplay-broken" in tag["class"] for tag in tags] == [False, True]


def tensor_class() -> type:
    """Return a class that calls itself torch's Tensor."""

    class Tensor:
        def __init__(self, values: np.ndarray[Any, Any]) -> None:
            self._values = values
            self.shape = tuple(values.shape)
            self.ndim = values.ndim
            self.dtype = f"torch.{values.dtype}"

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
            return np.asarray(self._values, dtype)

        def __repr__(self) -> str:
            return "tensor([[…]])"

    Tensor.__module__ = "torch"
    Tensor.__qualname__ = "Tensor"
    return Tensor


Tensor = tensor_class()

COLORS = np.asarray(PHOTO)
GREY = np.asarray(PHOTO.convert("L"))

CLEARLY = {
    "H×W×3 bytes": COLORS,
    "H×W×4 bytes": np.dstack([COLORS, GREY]),
    "3×H×W floats": np.moveaxis(COLORS, -1, 0).astype(np.float32) / 255,
    "H×W bytes": GREY,
    "H×W bools": GREY > 127,
}
PERHAPS = {
    "H×W floats": GREY / 255.0,
    "N×H×W floats": np.stack([GREY / 255.0] * 5),
    "16×16 bytes": GREY[:16, :16],
    "H×W uint16": GREY.astype(np.uint16),
}
NEVER = {
    "a vector": np.arange(10),
    "a table": np.arange(12).reshape(3, 4),
    "a matrix": np.eye(4),
    "texts": np.array(["a", "b"]),
    "nothing": np.zeros((0, 3)),
    "complex": np.zeros((64, 64), complex),
}


class TestArraysAlone:
    @pytest.mark.parametrize("kind", [np.asarray, Tensor], ids=["ndarray", "tensor"])
    @pytest.mark.parametrize("name", CLEARLY)
    def test_that_are_clearly_pictures_show(
        self, loaded: InteractiveShell, name: str, kind: Any
    ) -> None:
        found = bundle(loaded, kind(CLEARLY[name]))
        (tag,) = soup(found["text/html"]).find_all("img")
        assert (tag["width"], tag["height"]) == ("240", "160")
        assert "text/plain" in found

    @pytest.mark.parametrize("kind", [np.asarray, Tensor], ids=["ndarray", "tensor"])
    @pytest.mark.parametrize("name", [*PERHAPS, *NEVER])
    def test_that_may_be_numbers_stay_text(
        self, loaded: InteractiveShell, name: str, kind: Any
    ) -> None:
        values = {**PERHAPS, **NEVER}[name]
        found = bundle(loaded, kind(values))
        assert set(found) == {"text/plain"}
        assert found["text/plain"] == repr(kind(values))

    @pytest.mark.parametrize("name", PERHAPS)
    def test_show_if_the_user_wants_all(self, loaded: InteractiveShell, name: str) -> None:
        said(loaded, "%imgdisplay arrays=True")
        for kind in (np.asarray, Tensor):
            assert "<img" in bundle(loaded, kind(PERHAPS[name]))["text/html"]

    @pytest.mark.parametrize("name", NEVER)
    def test_that_are_none_cost_nothing_if_the_user_wants_all(
        self, loaded: InteractiveShell, name: str
    ) -> None:
        said(loaded, "%imgdisplay arrays=True")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = bundle(loaded, NEVER[name])
        assert found["text/plain"] == repr(NEVER[name])
        for tag in soup(found.get("text/html", "")).find_all("img"):
            assert tag["alt"]

    @pytest.mark.parametrize("name", [*CLEARLY, *PERHAPS])
    def test_never_show_if_the_user_wants_none(self, loaded: InteractiveShell, name: str) -> None:
        said(loaded, "%imgdisplay arrays=False")
        values = {**CLEARLY, **PERHAPS}[name]
        for obj in (values, Tensor(values), [values, values]):
            assert set(bundle(loaded, obj)) == {"text/plain"}

    def test_look_like_their_values(self, loaded: InteractiveShell) -> None:
        (tag,) = soup(bundle(loaded, COLORS)["text/html"]).find_all("img")
        error = pixels(embedded(tag)).astype(float) - COLORS
        assert np.sqrt((error**2).mean()) < 8

    def test_of_many_bytes_leave_few_in_the_notebook(self, loaded: InteractiveShell) -> None:
        huge = np.tile(COLORS, (20, 20, 1))
        found = bundle(loaded, huge)
        assert len(str(found)) < 400_000

    def test_keep_their_own_text(self, loaded: InteractiveShell) -> None:
        assert bundle(loaded, COLORS)["text/plain"] == repr(COLORS)


class TestOtherObjects:
    def test_an_index_of_pictures_shows_them(self, loaded: InteractiveShell) -> None:
        index = pd.Index([PHOTO, SMALL], dtype=object, name="photos")

        found = bundle(loaded, index)

        assert len(soup(found["text/html"]).find_all("img")) == 2

    @pytest.mark.parametrize(
        "make",
        [
            lambda: pd.Index([PHOTO, SMALL], dtype=object),
            lambda: pd.DataFrame({"p": [{"a": SMALL}]}),
            lambda: pd.Series([{"a": [SMALL]}]),
            lambda: pd.Series([(SMALL, 1)]),
        ],
        ids=["index", "dict in a frame", "dict in a series", "tuple in a series"],
    )
    def test_of_pandas_with_pictures_have_a_text_without_addresses(
        self, loaded: InteractiveShell, make: Callable[[], object]
    ) -> None:
        text = bundle(loaded, make())["text/plain"]
        assert "0x" not in text
        assert "<PIL" not in text

    @pytest.mark.parametrize(
        "index",
        [
            pd.Index(["a", "b"]),
            pd.RangeIndex(3),
            pd.MultiIndex.from_tuples([("a", 1)]),
            pd.DatetimeIndex(["2024-01-01"]),
            pd.CategoricalIndex(["x"]),
        ],
        ids=lambda index: type(index).__name__,
    )
    def test_any_other_index_stays_text(self, loaded: InteractiveShell, index: Any) -> None:
        found = bundle(loaded, index)
        assert set(found) == {"text/plain"}
        assert found["text/plain"] == repr(index)

    def test_a_series_of_pictures_has_a_short_text(self, loaded: InteractiveShell) -> None:
        for obj in (pd.Series([PHOTO, PHOTO]), pd.DataFrame({"p": [PHOTO], "q": [[PHOTO]]})):
            text = bundle(loaded, obj)["text/plain"]
            assert "<image 240×160 RGB>" in text
            assert "0x" not in text

    def test_a_frame_of_polars_shows_its_pictures(self, loaded: InteractiveShell) -> None:
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame({"data": [encoded(PHOTO), encoded(SMALL)], "n": [1, 2]})

        html = bundle(loaded, frame)["text/html"]

        assert [int(tag["width"]) for tag in soup(html).find_all("img")] == [96, 48]
        assert "shape: (2, 2)" in soup(html).get_text()

    def test_a_series_of_polars_shows_its_pictures(self, loaded: InteractiveShell) -> None:
        polars = pytest.importorskip("polars")
        series = polars.Series("data", [encoded(PHOTO), encoded(SMALL)])
        html = bundle(loaded, series)["text/html"]
        assert len(soup(html).find_all("img")) == 2

    def test_a_frame_of_polars_without_pictures_is_its_own(self, loaded: InteractiveShell) -> None:
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame({"a": ["<b>"], "n": [1]})
        assert bundle(loaded, frame)["text/html"] == frame._repr_html_()

    def test_a_group_by_head_and_slices_show_pictures(self, loaded: InteractiveShell) -> None:
        frame = pd.DataFrame({"kind": ["a", "a", "b"], "p": [PHOTO] * 3})
        for part, count in [
            (frame.groupby("kind").head(1), 2),
            (frame.head(2), 2),
            (frame[frame["kind"] == "b"], 1),
            (frame.copy(), 3),
            (frame[["p"]].iloc[::2], 2),
            (frame.set_index("kind"), 3),
            (frame.T, 3),
        ]:
            assert len(widths(loaded, part)) == count

    def test_a_picture_alone_is_the_same_as_html_and_for_latex(
        self, loaded: InteractiveShell
    ) -> None:
        found = bundle(loaded, PHOTO)
        (tag,) = soup(found["text/html"]).find_all("img")
        other = found.get("image/jpeg") or found["image/png"]
        data = other if isinstance(other, bytes) else base64.b64decode(other)
        assert (np.asarray(decoded(data)) == np.asarray(embedded(tag))).all()
        assert found["text/plain"] == "<image 240×160 RGB>"
