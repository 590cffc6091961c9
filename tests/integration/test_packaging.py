"""What is in the packages that people install, and whether they work."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a wheel and an sdist, built with what is installed."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return folder


def sources(*folders: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    about = {name for name in names if ".dist-info/" in name}

    assert names - about == sources("imgdisplay")
    assert {name.split(".dist-info/")[1] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_source_archive_holds_what_the_tests_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert names >= sources("imgdisplay", "tests", "notebooks")
    tops = {name.split("/")[0] for name in names}
    assert tops - {".gitignore", "PKG-INFO"} == {
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "imgdisplay",
        "notebooks",
        "pyproject.toml",
        "tests",
    }


def test_the_wheel_works_where_it_is_installed(built: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    venv.create(place, system_site_packages=False, with_pip=False)
    scripts = place / ("Scripts" if sys.platform == "win32" else "bin")
    site = subprocess.run(
        [scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    # Dependencies come from here: what is tested is the package, not the network.
    others = next(path for path in sys.path if path.endswith("site-packages"))
    Path(site, "others.pth").write_text(others, encoding="utf-8")
    code = """
        import imgdisplay, pathlib
        from PIL import Image

        page = imgdisplay.report({"teal": Image.new("RGB", (64, 64), "teal")}, "report.html")
        print(pathlib.Path(imgdisplay.__file__).parents[1], page.stat().st_size > 1000)
    """
    said = subprocess.run(
        [scripts / "python", "-c", "\n".join(line.strip() for line in code.splitlines())],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()

    assert said == f"{site} True"


def test_the_oldest_versions_that_are_tested_are_the_oldest_that_are_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    allowed = dict(needed.split(">=") for needed in project["dependencies"])
    text = (ROOT / "tests" / "oldest.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"^(\w+)==([\d.]+)$", text, re.MULTILINE)

    for name, version in pinned:
        assert Version(version) == Version(allowed.pop(name)), name
    assert not allowed
