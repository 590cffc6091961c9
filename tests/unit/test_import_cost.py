"""What `import imgdisplay` and the first pictures load, each in a fresh interpreter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAVY = ["pandas", "numpy", "IPython", "PIL", "matplotlib", "polars", "pyarrow", "click", "jinja2"]


def _loaded_after(python: Callable[..., str], code: str) -> set[str]:
    said = python(
        f"""
import sys
{code}
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    )
    return set(said.splitlines()[-1].split())


def test_importing_loads_nothing_heavy(python: Callable[..., str]) -> None:
    loaded = _loaded_after(python, "import imgdisplay")

    assert loaded.isdisjoint(HEAVY)
    assert "imgdisplay" in loaded


def test_asking_for_names_and_help_loads_nothing_heavy(python: Callable[..., str]) -> None:
    loaded = _loaded_after(
        python,
        "import imgdisplay; dir(imgdisplay); imgdisplay.__all__; imgdisplay.__version__\n"
        "imgdisplay.set_options(size=50); imgdisplay.get_options(); imgdisplay.SourceError",
    )

    # The default of `nan_color` is checked by Pillow's own table of colours.
    assert loaded.isdisjoint(set(HEAVY) - {"PIL"})


@pytest.mark.parametrize(
    "use",
    [
        "imgdisplay.thumbnail(Image.new('RGB', (640, 480)))",
        "imgdisplay.img('data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')",
        "imgdisplay.gallery([Image.new('L', (640, 480))] * 2)",
        "imgdisplay.image_formatter('text')",
        "imgdisplay.data_uri(Image.new('RGBA', (640, 480)))",
        "imgdisplay.open_image(Image.new('P', (640, 480)))",
    ],
)
def test_showing_a_picture_loads_pillow_and_nothing_heavier(
    python: Callable[..., str], use: str
) -> None:
    loaded = _loaded_after(python, f"from PIL import Image\nimport imgdisplay\n{use}")

    assert loaded.isdisjoint(set(HEAVY) - {"PIL"})


def test_a_photograph_is_shown_without_what_only_other_pictures_need(
    python: Callable[..., str],
) -> None:
    said = python(
        """
        import io, sys
        from PIL import Image
        import imgdisplay
        written = io.BytesIO()
        Image.linear_gradient("L").convert("RGB").save(written, "JPEG")
        imgdisplay.thumbnail(written.getvalue(), cache=False).html()
        print(*sorted(sys.modules))
        """
    )

    loaded = set(said.splitlines()[-1].split())
    assert "imgdisplay.core.formats.jpeg" in loaded
    not_needed = {
        *(f"imgdisplay.core.{name}" for name in ("overlay", "animation", "movement")),
        *(
            f"imgdisplay.core.{name}"
            for name in ("formats.jpeg2000", "formats.codestream", "large.npyfile", "arrays")
        ),
        *(f"imgdisplay.core.isolation.{name}" for name in ("processes", "messages", "worker")),
        *("PIL.ImageDraw", "PIL.ImageFont", "PIL.ImageCms", "PIL.TiffImagePlugin"),
        *("hashlib", "ssl", "ctypes", "concurrent.futures", "multiprocessing"),
    }
    assert loaded & not_needed == set()


def test_loading_the_extension_loads_no_frames(python: Callable[..., str]) -> None:
    loaded = _loaded_after(
        python,
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'imgdisplay')\n"
        "shell.run_cell('1 + 1')",
    )

    assert "imgdisplay" in loaded
    assert loaded.isdisjoint({"pandas", "numpy", "polars", "pyarrow", "matplotlib", "jinja2"})


def test_importing_warns_of_nothing_and_writes_nothing(python: Callable[..., str]) -> None:
    assert python("import imgdisplay") == ""


def test_importing_sets_no_hook(python: Callable[..., str]) -> None:
    said = python(
        """
        import sys
        before = sys.displayhook, sys.excepthook, list(sys.meta_path), list(sys.path_hooks)
        import imgdisplay
        after = sys.displayhook, sys.excepthook, list(sys.meta_path), list(sys.path_hooks)
        print(before == after)
        """
    )
    assert said == "True"
