"""All benchmarks in one run, as a table: ``python tests/benchmarks/table.py``.

``--markdown FILE`` also writes it as Markdown, with the date and the kind of the machine;
``--summary`` prints one short table instead of all, fit for a README, and
``--only WORDS`` is pytest's ``-k``. What is measured takes turns with what it is measured
against, so that the ratios hold on a busy machine; the milliseconds do not. Peers come with
``pip install 'imgdisplay-jupyter[bench]'``, the decoder's floor with the program ``djpeg``
(Debian: libjpeg-turbo-progs). What is missing is left out.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

HERE = Path(__file__).parent

Row: TypeAlias = Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure imgdisplay and print a table.")
    parser.add_argument("--markdown", type=Path, help="file for the table as Markdown")
    parser.add_argument("--only", default="", help="measure what pytest's -k selects")
    parser.add_argument("--summary", action="store_true", help="one short table instead of all")
    asked = parser.parse_args()
    found = _measured(asked.only)
    said = (
        _as_markdown(_summary(found))
        if asked.summary
        else "\n\n".join(part for table in TABLES if (part := _markdown(table, found)))
    )
    said = f"{_when_and_where()}\n\n{said}\n"
    print(said)
    if asked.markdown is not None:
        asked.markdown.write_text(said, encoding="utf-8")


def _measured(only: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.json")
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", str(HERE), "-q", "-k", only),
                *("--dist=no", "--benchmark-enable", "--benchmark-only", "--benchmark-quiet"),
                *("--timeout=0", f"--benchmark-json={results}"),
            ],
            cwd=HERE.parent.parent,
            check=False,
        )
        if not results.exists():
            sys.exit(ended.returncode or 1)
        benchmarks = json.loads(results.read_text(encoding="utf-8"))["benchmarks"]
    return [
        {**benchmark["extra_info"], "median": benchmark["stats"]["median"]}
        for benchmark in benchmarks
        if "table" in benchmark["extra_info"]
    ]


def _when_and_where() -> str:
    system = f"{platform.system()} {platform.machine().replace('_', '-')}"
    return (
        f"Measured on {datetime.date.today().isoformat()}, {os.cpu_count()} cores, {system}, "
        f"Python {platform.python_version()}. Ratios of medians; below 1 is faster or smaller."
    )


def _thumbnails(found: Iterable[dict[str, Any]]) -> list[Row]:
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for one in found:
        rows.setdefault(one["row"], {})[one["box"]] = one
    table: list[Row] = [
        (
            *("thumbnail of", "ms 128 / 256", "÷ recipe", "÷ pyvips", "÷ decoder alone"),
            *("÷ upright first", "SSIM 128: recipe → ours", "SSIM 256"),
        )
    ]
    for name, boxes in rows.items():
        table.append(
            (
                name,
                _pair(boxes, lambda one: f"{one['median'] * 1e3:.3g}"),
                *(
                    _pair(boxes, lambda one, rival=rival: _ratio(one["ratios"].get(rival)))
                    for rival in ("naive", "pyvips", "floor", "upright first")
                ),
                *(_likeness(boxes.get(box)) for box in (128, 256)),
            )
        )
    return table


def _pair(boxes: dict[int, dict[str, Any]], say: Any) -> str:
    parts = [say(boxes[box]) if box in boxes else "" for box in (128, 256)]
    return " / ".join(parts) if any(parts) else ""


def _likeness(one: dict[str, Any] | None) -> str:
    if one is None:
        return ""
    before = "raises" if one["ssim_naive"] is None else f"{one['ssim_naive']:.3f}"
    return f"{before} → {one['ssim']:.3f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _ratios(found: Iterable[dict[str, Any]]) -> list[Row]:
    found = list(found)
    rivals = list(dict.fromkeys(name for one in found for name in one["ratios"]))
    return [
        ("", "ms", *(f"÷ {name}" for name in rivals)),
        *(
            (
                one["row"],
                f"{one['median'] * 1e3:.3g}",
                *(_ratio(one["ratios"].get(name)) for name in rivals),
            )
            for one in found
        ),
    ]


def _peers(found: Iterable[dict[str, Any]]) -> list[Row]:
    found = list(found)
    names = list(dict.fromkeys(name for one in found for name in one["peers"]))
    names.remove("imgdisplay")
    return [
        ("", "ms", *(f"time, size ÷ {name}" for name in names)),
        *(
            (
                one["row"],
                f"{one['ours'] * 1e3:.3g}",
                *(
                    f"{one['peers'][name]:.3f}, {one['sizes'][name]:.3f}"
                    if name in one["peers"]
                    else ""
                    for name in names
                ),
            )
            for one in found
        ),
    ]


def _memory(found: Iterable[dict[str, Any]]) -> list[Row]:
    return [
        ("", "MB over the baseline"),
        *((one["row"], f"{one['memory'] / 1e6:.1f}") for one in found),
    ]


TABLES = {
    "thumbnails": ("Thumbnails", _thumbnails),
    "frames": ("Frames", _ratios),
    "peers": ("Frames, against other packages", _peers),
    "frames without pictures": ("Frames without pictures", _ratios),
    "reports": ("Reports", _ratios),
    "threads": ("All cores", _ratios),
    "start": ("Start", _ratios),
    "memory of one image": ("Memory of one thumbnail", _memory),
}


def _markdown(table: str, found: Iterable[dict[str, Any]]) -> str:
    title, rows_of = TABLES[table]
    measured = [one for one in found if one["table"] == table]
    return f"### {title}\n\n{_as_markdown(rows_of(measured))}" if measured else ""


def _as_markdown(table: Sequence[Row]) -> str:
    """Return a table without the columns in which nothing stands."""
    header, *rows = table
    used = [column for column in range(len(header)) if any(row[column] for row in rows)]
    lines = [[row[column] for column in used] for row in (header, *rows)]
    rule = ["---"] + ["---:"] * (len(used) - 1)
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


SUMMARY = (
    *("JPEG 12 Mpx", "JPEG 12 Mpx, turned", "JPEG 12 Mpx, progressive", "JPEG 1200 px"),
    *("JPEG 300 px", "PNG screenshot", "WebP 1200 px", "uint8 12 Mpx"),
    *("float32 C×H×W 12 Mpx", "uint8 28×28"),
)
"""The thumbnails that stand in a summary, of 128 pixels."""

USUAL = {
    "thumbnails": "naive",
    "frames": "naive",
    "frames without pictures": "pandas",
    "reports": "naive",
    "start": "import PIL.Image",
    "threads": "one core",
}
"""What each table is measured against in a summary, where that was measured."""

CALLED = {"naive": "the recipe", "one core": "the same on one core"}


def _summary(found: Iterable[dict[str, Any]]) -> list[Row]:
    rows: list[Row] = [("", "ms", "time ÷", "of", "SSIM of the recipe → ours")]
    for one in found:
        rival = "upright first" if "upright first" in one.get("ratios", {}) else ""
        rival = rival or USUAL.get(one["table"], "")
        if one["table"] == "thumbnails" and (one["box"] != 128 or one["row"] not in SUMMARY):
            continue
        if one["table"] == "peers":
            rows += [
                (one["row"], f"{one['ours'] * 1e3:.3g}", _ratio(ratio), name, "")
                for name, ratio in one["peers"].items()
                if name not in ("imgdisplay", "naive")
            ]
        elif rival in one.get("ratios", {}):
            likeness = _likeness(one) if one["table"] == "thumbnails" else ""
            milliseconds, ratio = f"{one['median'] * 1e3:.3g}", _ratio(one["ratios"][rival])
            rows.append((one["row"], milliseconds, ratio, CALLED.get(rival, rival), likeness))
    return rows


if __name__ == "__main__":
    main()
