"""Notebooks run in a kernel of the interpreter that runs the tests."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest


def execute(notebook: Any, folder: Path) -> Any:
    """Run all cells of a notebook, which starts in `folder`, and return it with its outputs."""
    nbclient = pytest.importorskip("nbclient")
    where = {"metadata": {"path": folder}}
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where)
    # In a thread of its own, as an event loop of Playwright may run in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(client.async_execute())).result()


def execute_once(path: Path, folder: Path) -> Any:
    """Return a notebook with its outputs; it runs when it is first asked for.

    `folder` may be shared with other processes, and keeps the outputs for them.
    """
    filelock = pytest.importorskip("filelock")
    nbformat = pytest.importorskip("nbformat")
    done = folder / path.name
    with filelock.FileLock(done.with_suffix(".lock")):
        if not done.exists():
            where = folder / path.stem
            where.mkdir()
            nbformat.write(execute(nbformat.read(path, as_version=4), where), done)
    return nbformat.read(done, as_version=4)
