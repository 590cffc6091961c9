"""Many pictures at once: in order, no more at a time than there are workers, and in time."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.photographs import photograph
from zoo import outcome

import imgdisplay
from imgdisplay import Thumbnail
from imgdisplay.core import batch
from imgdisplay.core.batch import in_order
from imgdisplay.core.detect import is_large
from imgdisplay.drawing import draw


@pytest.fixture(params=[1, 2, 5])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(batch, "cores", lambda: request.param)
    return int(request.param)


def slowly(item: int) -> int:
    time.sleep(0.002 * (item % 5))
    return item * 10


def never() -> Any:
    raise AssertionError("given up")


class TestResults:
    def test_come_in_order(self, cores: int) -> None:
        made = in_order(slowly, range(40), timeout=60, late=never)

        assert made == [item * 10 for item in range(40)]

    def test_of_nothing_are_nothing(self) -> None:
        assert in_order(slowly, [], timeout=60, late=never) == []

    def test_that_are_exceptions_are_raised(self, cores: int) -> None:
        def fails(item: int) -> int:
            time.sleep(0.003)
            if item == 7:
                raise ValueError("seven")
            return item

        assert str(outcome(lambda: in_order(fails, range(20), timeout=60, late=never))) == "seven"

    def test_of_broken_pictures_stand_in_their_place(self, cores: int) -> None:
        picture = np.asarray(photograph(900, 600))
        sources = [picture.copy() if number % 3 else b"broken" for number in range(12)]

        drawn = draw(sources, imgdisplay.get_options())

        assert [isinstance(one, Thumbnail) for one in drawn] == [n % 3 > 0 for n in range(12)]

    def test_of_one_key_are_made_one_after_the_other(self, cores: int) -> None:
        inside: set[int] = set()

        def alone(item: int) -> int:
            assert item % 3 not in inside
            inside.add(item % 3)
            time.sleep(0.002)
            inside.remove(item % 3)
            return item

        made = in_order(alone, range(30), key=lambda item: item % 3, timeout=60, late=never)

        assert made == list(range(30))


class TestWork:
    def test_is_never_done_on_more_than_there_are_workers(self, cores: int) -> None:
        lock = threading.Lock()
        inside = most = 0

        def watched(item: int) -> int:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.003)
            with lock:
                inside -= 1
            return item

        in_order(watched, range(30), timeout=60, late=never)

        assert most == cores

    def test_that_is_small_stays_in_this_thread(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batch, "_WORTH_A_THREAD", 30)  # whatever else this machine does
        threads = set(in_order(lambda _: threading.get_ident(), range(100), timeout=60, late=never))
        assert threads == {threading.get_ident()}

    def test_that_is_known_to_be_large_is_shared_from_the_first_item(self, cores: int) -> None:
        together = threading.Barrier(min(cores, 2))

        def meets(item: int) -> int:
            together.wait(timeout=30)
            return item

        assert in_order(meets, [0, 1], timeout=60, late=never, large=True) == [0, 1]

    def test_whose_time_is_up_is_given_up(self, cores: int) -> None:
        def slow(item: int) -> int:
            time.sleep(0.02)
            return item

        start = time.monotonic()
        made = in_order(slow, range(500), timeout=0.2, late=lambda: -1)
        taken = time.monotonic() - start

        assert made[0] == 0
        assert made[-1] == -1
        assert taken < 500 * 0.02 / cores

    @pytest.mark.parametrize("restarts", [False, True], ids=["", "with polars"])
    def test_ends_soon_after_a_keyboard_interrupt(
        self, cores: int, restarts: bool, request: pytest.FixtureRequest
    ) -> None:
        if restarts and not hasattr(signal, "siginterrupt"):
            pytest.skip("what is interrupted is never restarted here")
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as it is before polars comes
        if restarts:
            signal.siginterrupt(signal.SIGINT, False)
            handler = signal.default_int_handler
            request.addfinalizer(lambda: signal.signal(signal.SIGINT, handler))
        begun: list[int] = []

        def slow(item: int) -> int:
            begun.append(item)
            if len(begun) == 10:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(0.02)
            return item

        # All of one thread's items have one key: it must not go on with them either.
        with pytest.raises(KeyboardInterrupt):
            in_order(slow, range(2_000), key=lambda item: item % 5, timeout=600, late=never)
        at_once = len(begun)
        time.sleep(0.1)

        assert at_once < 100
        assert len(begun) <= at_once + 2 * cores


class TestASourceIsLarge:
    def test_by_the_bytes_of_its_file(self, tmp_path: Path) -> None:
        for name, count in (("small.png", 2**18 - 1), ("large.png", 2**18)):
            (tmp_path / name).write_bytes(bytes(count))
            for source in (tmp_path / name, str(tmp_path / name), bytes(count)):
                assert is_large(source) == (name == "large.png")

    def test_if_it_is_an_array_of_many_bytes(self) -> None:
        assert is_large(np.zeros((4096, 4096), np.uint8))
        assert not is_large(np.zeros((4096, 4095), np.uint8))

    @pytest.mark.parametrize(
        "source",
        [
            "gone.png",
            "\\\\server\\share\\a.png",
            "https://example.org/a.png",
            "x\0.png",
            None,
            7,
            [b""],
        ],
    )
    def test_not_if_one_would_have_to_look_further(
        self, source: object, no_socket: list[object]
    ) -> None:
        assert not is_large(source)
