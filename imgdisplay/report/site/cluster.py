"""Frames of dask as pages that are drawn and written where the partitions are.

Each partition is one task: it draws its pictures, writes its pages, and returns what the index
has to know, which is merged on the way. What it writes, and under which names, depends on the
partition alone. So a task that is run again after its worker has died replaces what the first
run has left by the same.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from imgdisplay.core.progress import Progress
from imgdisplay.frames.digits import digits_in
from imgdisplay.frames.sheets import Digits
from imgdisplay.report.drawn import drawn_report
from imgdisplay.report.facts import DrawnColumn
from imgdisplay.report.model import Section
from imgdisplay.report.partitions import LOOKED_AT, Decided, decided, kinds_of, part_section
from imgdisplay.report.site.pages import Manner, Share, Written, write_pages
from imgdisplay.report.site.places import Opened
from imgdisplay.report.values import plain

__all__ = ["write_partitions"]

_MERGED = 16
"""Partitions whose results are merged at a time."""


@dataclass(frozen=True, slots=True)
class _Task:
    """What workers are told.

    Attributes
    ----------
    section
        The section, without its frame.
    opened
        Where the pages go.
    manner
        How they are written.
    prefix
        Begins the names of the pages.
    parts
        How many partitions there are.
    """

    section: Section
    opened: Opened
    manner: Manner
    prefix: str
    parts: int


def write_partitions(
    section: Section,
    opened: Opened,
    manner: Manner,
    *,
    prefix: str = "",
    progress: bool | None = None,
) -> Written:
    """Draw the partitions of a frame, and write their pages, by whatever scheduler is active.

    Parameters
    ----------
    section
        One with a lazy frame.
    opened
        Where the pages go; workers must reach it.
    manner
        How they are written.
    prefix
        Begins the names of the pages.
    progress
        Whether a progress bar shows.
    """
    dask: Any = import_module("dask")
    lazy = section.lazy
    assert lazy is not None
    parts = lazy.frame.to_delayed()
    told = replace(section, open=None, lazy=replace(lazy, frame=None))
    task = dask.delayed(_Task(told, opened, manner, prefix, len(parts)))
    run = secrets.token_hex(4)

    def later(function: Any, name: str, *arguments: Any) -> Any:
        named = f"imgdisplay-{name}-{run}"
        return dask.delayed(function, pure=False)(*arguments, dask_key_name=named)

    first = enumerate(parts[:LOOKED_AT])
    kinds = [later(_kinds, f"kinds-{number}", part, task) for number, part in first]
    labels = list(lazy.frame.columns)
    digits = digits_in(lazy.frame)
    known = later(_decided, "columns", kinds, labels, digits, lazy.column is not None)
    written = [
        later(_write_part, f"pages-{number}", part, number, known, task)
        for number, part in enumerate(parts)
    ]
    merged, level = written, 0
    while len(merged) > 1:
        level += 1
        merged = [
            later(_merged, f"merge-{level}-{start}", merged[start : start + _MERGED])
            for start in range(0, len(merged), _MERGED)
        ]
    with Progress(len(parts), "part", wanted=progress) as bar:
        result: Written = _computed(merged[0], written, bar)
    return result


def _kinds(part: Any, task: _Task) -> Any:
    return kinds_of(part, task.section)


def _decided(kinds: Any, labels: Any, digits: Digits, named: bool) -> Decided:
    return decided(kinds, labels, digits, named=named)


def _write_part(part: Any, number: int, known: Decided, task: _Task) -> Written:
    """Draw a partition, and write its pages."""
    section = part_section(part, task.section, known)
    if number:
        title = f"{plain(section.title)} (continued)" if section.title else ""
        section = replace(section, title=title, caption="")
    with drawn_report(task.manner.title, [section], progress=False) as drawn:
        (one,) = drawn.sections
        if not one.counts.rows and task.parts > 1:
            return Written((), (Share.of_section(one),))
        columns = tuple(
            DrawnColumn(replace(column.column, kind=kind), column.facts)
            for column, kind in zip(one.columns, known.kinds, strict=True)
        )
        drawn = replace(drawn, sections=(replace(one, columns=columns),))
        names = _names(task.prefix, number, task.parts)
        return write_pages(drawn, task.opened, task.manner, names, ends=task.parts == 1)


def _names(prefix: str, number: int, parts: int) -> Iterator[tuple[str, str]]:
    """Yield the name and the label of each page of a partition."""
    name = f"{prefix}part-{number + 1:0{max(3, len(str(parts)))}}"
    label = f"Part {number + 1:,} of {parts:,}"
    yield name, label
    page = 1
    while True:
        page += 1
        yield f"{name}-{page}", f"{label}, page {page:,}"


def _merged(results: Sequence[Written]) -> Written:
    entries = tuple(entry for written in results for entry in written.entries)
    shares = zip(*(written.shares for written in results), strict=True)
    return Written(entries, tuple(map(Share.merged, shares)))


def _computed(result: Any, steps: Sequence[Any], bar: Progress) -> Any:
    """Compute a delayed result by whatever scheduler is active, and count its steps."""
    dask: Any = import_module("dask")
    get = dask.base.get_scheduler(collections=[result])
    client = getattr(get, "__self__", None)
    distributed = sys.modules.get("distributed")
    if distributed is not None and isinstance(client, distributed.Client):
        # What is asked for stays; the pages' results are small, and they are let go one by one.
        futures = client.compute([*steps, result])
        for _ in distributed.as_completed(futures[:-1]):
            bar.advance()
        return futures[-1].result()
    keys = {step.key for step in steps}

    def done(key: Any, *rest: object) -> None:
        if key in keys:
            bar.advance()

    with import_module("dask.callbacks").Callback(posttask=done):
        (computed,) = dask.compute(result)
    return computed
