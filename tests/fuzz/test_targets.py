"""Every target of the fuzzer, from its seeds and some that are broken by rule; no engine needed."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from zoo.mutations import flipped

from fuzz.pages import skeleton, twin
from fuzz.targets import TARGETS, Target

RUN = Path(__file__).with_name("run.py")
MOST = {"decoder": 700, "uris": 400, "texts": 300, "notebooks": 400, "reports": 40}
"""Inputs thrown at each; a page takes its time."""


def broken(target: Target, seed: bytes, source: random.Random) -> bytes:
    """Return a seed broken by the rules of its format, or with words put in."""
    if target.mutate is not None and source.random() < 0.5:
        return target.mutate(seed, source)
    data = flipped(seed, source) if seed else seed
    at = source.randrange(len(data) + 1)
    return data[:at] + source.choice(target.words) + data[at:]


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_from_its_seeds(name: str, thorough: bool) -> None:
    target = TARGETS[name]
    source = random.Random(name)
    seeds = list(target.seeds())
    assert len(seeds) > 20
    most = MOST[name] * (50 if thorough else 1)
    for seed in source.sample(seeds, min(len(seeds), most // 2)):
        target.throw(seed)
    for _ in range(most // 2):
        target.throw(broken(target, source.choice(seeds), source))


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_anything(name: str) -> None:
    for given in (b"", b"\0", b"\xff" * 9, b"\0" * 50):
        TARGETS[name].throw(given)


def test_what_would_be_an_injection_is_one() -> None:
    text = "<b>x</b>"
    assert skeleton(f"<p>{text}</p>") != skeleton(f"<p>{twin(text)}</p>")
    text = '" onclick="x'
    assert skeleton(f'<p title="{text}">') != skeleton(f'<p title="{twin(text)}">')
    text = "--><i>"
    assert skeleton(f"<!--{text}-->") != skeleton(f"<!--{twin(text)}-->")


def test_the_script_with_the_engine_runs(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the engine is an extra of its own")
    ended = subprocess.run(
        [sys.executable, str(RUN), "uris", "--folder", str(tmp_path), "-runs=200"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "DONE" in ended.stderr
    assert not list(tmp_path.glob("failure-*"))
