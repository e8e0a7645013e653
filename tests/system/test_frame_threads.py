"""Tests of the threads: all frames once, side by side, and errors come back."""

import threading

import pytest

from mfccinv.system.frame_threads import MULTIPLE, SMALLEST_BLOCK, Threads


@pytest.mark.parametrize("n_threads", ["1", "2", "3", "64", "", "2,1", "many"])
@pytest.mark.parametrize("n_frames", [1, 15, 16, 17, 400, 1001])
def test_every_frame_is_in_one_block(monkeypatch, n_threads, n_frames):
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    blocks = []
    Threads(n_frames, 512).share_out(blocks.append)
    found = sorted(frame for block in blocks for frame in range(n_frames)[block])
    assert found == list(range(n_frames))
    assert all(block.start % MULTIPLE == 0 for block in blocks)
    if n_threads.isdecimal():
        assert len(blocks) <= int(n_threads)


def test_blocks_are_worked_on_side_by_side(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    together = threading.Barrier(3, timeout=10)
    Threads(48, SMALLEST_BLOCK).share_out(lambda block: together.wait())


def test_little_work_stays_where_it_is(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = []
    Threads(SMALLEST_BLOCK // 512, 512).share_out(lambda block: found.append(threading.current_thread()))
    assert found == [threading.current_thread()]


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    def fail(block):
        if block.start:
            raise ArithmeticError("in a thread")

    with pytest.raises(ArithmeticError, match="in a thread"):
        Threads(32, SMALLEST_BLOCK).share_out(fail)
