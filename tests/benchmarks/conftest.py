"""One measurement: we, and what we are measured against, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the pictures of this run are."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def in_earnest(request: pytest.FixtureRequest) -> bool:
    """Whether figures are wanted (``--benchmark-enable``), or only that everything runs."""
    return bool(request.config.getoption("--benchmark-enable"))


class Measure:
    """Runs a function and its rivals in turns, and keeps what comes out for the table.

    The rivals run in the set-up of each round of pytest-benchmark, so that a busy machine is
    as busy for them.
    """

    def __init__(self, benchmark: Any, in_earnest: bool) -> None:
        self._benchmark = benchmark
        self._in_earnest = in_earnest

    def __call__(
        self,
        table: str,
        row: str,
        ours: Callable[[], Any],
        rivals: Mapping[str, Callable[[], Any]],
        *,
        rounds: int = 15,
        minus: Mapping[str, str] | None = None,
        **facts: object,
    ) -> dict[str, float]:
        """Return our median time divided by that of each rival; nothing if not in earnest.

        Parameters
        ----------
        table, row
            Where the figures stand.
        ours
            What is measured.
        rivals
            What it is measured against; of "naive", too, if it is there.
        rounds
            How often, if it is in earnest.
        minus
            For a rival, the name of another one whose time is no part of it.
        **facts
            What else is to stand in the row.
        """
        times: dict[str, list[float]] = {name: [] for name in rivals}

        def others() -> None:
            for name, run in rivals.items():
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)

        if not self._in_earnest:  # everything runs once
            self._benchmark.pedantic(ours, setup=others)
            return {}
        self._benchmark.pedantic(ours, setup=others, rounds=rounds, warmup_rounds=1)
        medians = {name: statistics.median(taken) for name, taken in times.items()}
        for name, part in (minus or {}).items():
            if name in medians:
                medians[name] = max(medians[name] - medians.pop(part), 1e-9)
        seconds = self._benchmark.stats.stats.median
        ratios = {name: seconds / median for name, median in medians.items()}
        self._benchmark.extra_info.update(
            {"table": table, "row": row, "ratios": ratios, "seconds": medians, **facts}
        )
        return ratios

    def note(self, **facts: object) -> None:
        """Add what is known only after measuring."""
        self._benchmark.extra_info.update(facts)


@pytest.fixture
def measure(benchmark: Any, in_earnest: bool) -> Measure:
    """Measure one thing."""
    return Measure(benchmark, in_earnest)
