"""Fuzz one target with the engine: ``python tests/fuzz/run.py decoder --seconds 600``.

The engine is atheris (``pip install 'imgdisplay-jupyter[fuzz]'``); options of libFuzzer, such
as ``-runs=1000``, are handed to it. It begins with generated seeds. The first input that fails at
a place is written into the folder as ``failure-…``, with what was raised, and fuzzing goes on; it
stops only where the interpreter crashes, hangs or fills the memory.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

LARGEST = 20_000
"""Bytes of an input."""


def main(arguments: list[str]) -> None:
    """Fuzz until the time is up or something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--folder", type=Path, help="for corpus and failures; else a new one")
    given, options = parser.parse_known_args(arguments)

    import atheris

    sys.path.insert(0, str(Path(__file__).parents[1]))
    with atheris.instrument_imports(include=["imgdisplay", "PIL"]):
        from fuzz.targets import TARGETS
    target = TARGETS[given.target]
    folder = given.folder or Path(tempfile.mkdtemp(prefix=f"fuzz-{target.name}-"))
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    print(f"corpus and failures: {folder}", flush=True)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        source = random.Random(seed)
        if target.mutate is not None and data and source.random() < 0.3:
            return target.mutate(data, source)[:most]
        return bytes(atheris.Mutate(data, most))

    warnings.simplefilter("error")
    engine = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={given.seconds}",
        f"-max_len={LARGEST}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/",
        "-timeout=20",
        "-rss_limit_mb=2000",
        "-print_final_stats=1",
        *options,
    ]
    atheris.Setup(engine, _noting(target.throw, folder), custom_mutator=mutated)
    atheris.Fuzz()


def _noting(throw: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """Return a target that writes down the first failure at each place, and goes on."""
    seen: set[tuple[object, ...]] = set()

    def noting(given: bytes) -> None:
        try:
            throw(given)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            place = (type(error), *((frame.filename, frame.lineno) for frame in frames))
            if place in seen:
                return
            seen.add(place)
            name = f"failure-{hashlib.sha1(given).hexdigest()[:10]}"
            (folder / name).write_bytes(given)
            (folder / f"{name}.txt").write_text(
                "".join(traceback.format_exception(error)), "utf-8", "backslashreplace"
            )
            print(f"FAILURE {name}: {error!r:.200}", flush=True)

    return noting


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1:])
