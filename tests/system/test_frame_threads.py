"""Tests of the threads: all frames once, side by side, and errors come back."""

import multiprocessing
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mfccinv.system import frame_threads
from mfccinv.system.frame_threads import (
    BLOCK,
    MULTIPLE,
    ONE_BLAS_THREAD,
    Threads,
    equal_shares,
    in_threads,
    jobs_in_threads,
    shares,
)


@pytest.mark.parametrize("n_threads", ["1", "2", "3", "64", "", "2,1", "many"])
@pytest.mark.parametrize("n_frames", [1, 15, 16, 17, 400, 1001])
def test_every_frame_is_in_one_block(monkeypatch, n_threads, n_frames):
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    blocks, threads = [], set()
    Threads(n_frames, 512).share_out(lambda block: (blocks.append(block), threads.add(threading.get_ident())))
    found = sorted(frame for block in blocks for frame in range(n_frames)[block])
    assert found == list(range(n_frames))
    assert all(block.start % MULTIPLE == 0 and block.stop - block.start <= BLOCK // 512 for block in blocks)
    if n_threads.isdecimal():
        assert len(threads) <= int(n_threads)


def test_blocks_are_worked_on_side_by_side(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    together = threading.Barrier(3, timeout=10)
    Threads(48, BLOCK).share_out(lambda block: together.wait())


def test_little_work_stays_where_it_is(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = []
    Threads(BLOCK // 512, 512).share_out(lambda block: found.append(threading.current_thread()))
    assert found == [threading.current_thread()]


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    def fail(block):
        if block.start:
            raise ArithmeticError("in a thread")

    with pytest.raises(ArithmeticError, match="in a thread"):
        Threads(32, BLOCK).share_out(fail)


def test_threads_are_made_anew_in_a_process_that_is_forked(monkeypatch):
    """Those of its parent aren't there."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    Threads(32, BLOCK).share_out(lambda block: None)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_work_in_threads).get(timeout=20) == 2


def _work_in_threads():
    together = threading.Barrier(2, timeout=10)
    Threads(32, BLOCK).share_out(lambda block: together.wait())
    return together.parties


@pytest.mark.parametrize("n_items", [0, 1, 5])
def test_every_item_is_worked_on(monkeypatch, n_items):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    done = []
    in_threads(done.append, range(n_items))
    assert sorted(done) == list(range(n_items))


@pytest.mark.parametrize(
    ("n_items", "most", "sizes"),
    [
        (60, 5, [5] * 12),
        (3, 5, [2, 1]),  # no thread is idle
        (1, 5, [1]),
        (3, 0, [1, 1, 1]),
        (0, 5, []),
    ],
)
def test_small_items_are_shared_out_together(monkeypatch, n_items, most, sizes):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    items = list(range(n_items))
    parts = [items[share] for share in shares(n_items, most)]
    assert [len(part) for part in parts] == sizes
    assert [item for part in parts for item in part] == items


@pytest.mark.parametrize("n_threads", ["1", "2", "3"])
def test_a_part_of_work_is_not_shared_out_once_more(monkeypatch, n_threads):
    """Threads that wait for each other's parts would wait for ever."""
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)

    def work(n):
        blocks = []
        Threads(4 * MULTIPLE, BLOCK // MULTIPLE).share_out(blocks.append)
        return sum(in_threads(lambda item: item * n, range(4))), sum(b.stop - b.start for b in blocks)

    assert in_threads(work, range(8)) == [(6 * n, 4 * MULTIPLE) for n in range(8)]


def test_none_is_at_work_after_an_error(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    done = []

    def work(item):
        if item == 0:
            raise ArithmeticError("in a thread")
        time.sleep(0.05)
        done.append(item)

    with pytest.raises(ArithmeticError, match="in a thread"):
        in_threads(work, range(20))
    at_once = list(done)
    time.sleep(0.15)
    assert done == at_once
    assert len(done) < 19


@pytest.mark.parametrize(
    ("n_items", "least", "sizes"),
    [
        (1024, None, [512, 512]),
        (1025, None, [341, 342, 342]),
        (300, None, [300]),
        (300, 128, [150, 150]),
        (255, 128, [255]),  # halves would be too small
        (1300, 128, [325] * 4),  # as many for each thread
        (1, 128, [1]),
    ],
)
def test_equal_shares(monkeypatch, n_items, least, sizes):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    parts = equal_shares(n_items, 512, least)
    assert [part.stop - part.start for part in parts] == sizes
    assert [n for part in parts for n in range(part.start, part.stop)] == list(range(n_items))


class TestJobs:
    def test_only_the_work_of_the_first_is_shared_out(self, monkeypatch):
        monkeypatch.setenv("OMP_NUM_THREADS", "2")

        def job():
            return set(in_threads(lambda _: threading.get_ident(), range(4))) == {threading.get_ident()}

        assert list(jobs_in_threads([_work_in_threads, *[job] * 5])) == [2, *[True] * 5]

    def test_results_come_in_order(self, monkeypatch):
        monkeypatch.setenv("OMP_NUM_THREADS", "3")
        jobs = (lambda n=n: (time.sleep(0.01 * (n % 3 == 0)), n)[1] for n in range(20))
        assert list(jobs_in_threads(jobs)) == list(range(20))

    def test_no_more_are_taken_than_are_soon_done(self, monkeypatch):
        """What is read for a job waits in memory."""
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        taken = []
        results = jobs_in_threads((taken.append(n), lambda: None)[1] for n in range(100))
        next(results)
        assert len(taken) == 5
        results.close()

    def test_those_at_work_end_when_nobody_waits(self, monkeypatch):
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        steps, begun = [], threading.Event()

        def long():
            for step in range(1000):
                begun.set()
                in_threads(time.sleep, [0.01])
                steps.append(step)

        results = jobs_in_threads([begun.wait, long, long])
        next(results)
        results.close()
        assert len(steps) < 500

    def test_an_error_ends_them(self, monkeypatch):
        monkeypatch.setenv("OMP_NUM_THREADS", "2")

        def fail():
            raise ArithmeticError("in a thread")

        with pytest.raises(ArithmeticError, match="in a thread"):
            list(jobs_in_threads([lambda: 1, fail, lambda: 2]))


def entered_in_a_thread():
    """Enter in a thread that stays inside until the function is called that is returned."""
    is_in, may_leave = threading.Event(), threading.Event()

    def enter():
        with ONE_BLAS_THREAD:
            is_in.set()
            may_leave.wait(30)

    def leave():
        may_leave.set()
        thread.join()

    thread = threading.Thread(target=enter)
    thread.start()
    is_in.wait(10)
    return leave


def test_products_of_matrices_get_their_threads_back(monkeypatch):
    """Once, when the last of the threads that compute with one has left."""
    told = []
    limit = SimpleNamespace(restore_original_limits=lambda: told.append("restored"))
    libraries = SimpleNamespace(limit=lambda **asked: (told.append(asked), limit)[1])
    monkeypatch.setattr(frame_threads, "_libraries", lambda: libraries)
    leave = entered_in_a_thread()
    with ONE_BLAS_THREAD:
        leave()
        assert told == [{"limits": 1, "user_api": "blas"}]
    assert told == [{"limits": 1, "user_api": "blas"}, "restored"]


def _n_blas_threads():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


class TestOneBlasThread:
    """By the real libraries, whose number is that of the process."""

    @pytest.fixture(autouse=True)
    def several(self):
        np.ones((2, 2)) @ np.ones((2, 2))
        with threadpool_limits(3, "blas"):
            yield

    def test_holds_in_every_thread_that_is_the_first_inside(self):
        seen = []

        def enter():
            with ONE_BLAS_THREAD:
                seen.append(set(_n_blas_threads()))

        enter()
        for _ in range(2):
            thread = threading.Thread(target=enter)
            thread.start()
            thread.join()
        assert seen == [{1}] * 3
        assert set(_n_blas_threads()) == {3}

    def test_is_given_back_by_the_last_whoever_was_first(self):
        with ONE_BLAS_THREAD:
            leave = entered_in_a_thread()
        assert set(_n_blas_threads()) == {1}
        leave()
        assert set(_n_blas_threads()) == {3}

    def test_a_process_that_is_forked_meanwhile_is_outside(self):
        leave = entered_in_a_thread()
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(_inside_and_out).get(timeout=20) == ({1}, {3})
        leave()


def _inside_and_out():
    with ONE_BLAS_THREAD:
        inside = set(_n_blas_threads())
    return inside, set(_n_blas_threads())


@pytest.mark.parametrize("asked", ["0", "1", "abc", "-1", ""])
def test_whatever_the_environment_asks_for_there_is_a_thread(monkeypatch, asked):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert in_threads(str, range(3)) == ["0", "1", "2"]
    assert shares(3, 5)[0].start == 0
    assert sum(share.stop - share.start for share in equal_shares(700, 512, 128)) == 700
