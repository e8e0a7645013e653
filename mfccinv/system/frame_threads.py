"""Work shared out among threads: NumPy and SciPy release the interpreter's lock while they compute."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

BLOCK = 1 << 17  # numbers; for fewer, a thread is not worth waking, and more leave a processor's cache
MULTIPLE = 16  # frames: SciPy transforms this many at once, and the rest one by one, which rounds otherwise

T = TypeVar("T")
R = TypeVar("R")


class Threads:
    """Threads that share the frames of a signal.

    There are as many as ``OMP_NUM_THREADS`` says, or else as there are processors. Transforms of frames give the same
    digits with any number of threads.

    Parameters
    ----------
    n_frames : int >= 1
    frame_size : int >= 1
        Numbers in a frame.
    """

    def __init__(self, n_frames: int, frame_size: int):
        n_threads = max(1, min(_n_threads(), n_frames * frame_size // BLOCK))
        size = min(-(-n_frames // n_threads), max(1, BLOCK // frame_size))
        size = -(-size // MULTIPLE) * MULTIPLE
        blocks = [slice(first, min(first + size, n_frames)) for first in range(0, n_frames, size)]
        self._shares = [share for place in range(n_threads) if (share := blocks[place::n_threads])]

    def share_out(self, work: Callable[[slice], None]) -> None:
        """Call ``work`` with slices that make up all frames, in parallel, and wait until all are done."""

        def do(share: list[slice]) -> None:
            for block in share:
                work(block)

        first, *others = self._shares
        waiting = [_pool(len(others)).submit(do, share) for share in others]
        do(first)
        for one in waiting:
            one.result()


@lru_cache(maxsize=1)
def _pool(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads don't live on in a process that is forked


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what ``work`` makes of each item, in order; as many threads as `Threads` takes share the items.

    Products of matrices take one thread each meanwhile, even if there is one item: threads of a library that shares
    out a small product wait for each other, and long where other programs compute.
    """
    items = list(items)
    n_threads = min(_n_threads(), len(items))
    with ONE_BLAS_THREAD:
        if n_threads <= 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(n_threads) as pool:
            return list(pool.map(work, items))


def shares(n_items: int, most: int) -> list[slice]:
    """Slices of items for `in_threads`: at most so many together, and at least one; no thread is left without any.

    Small items are worked on together, as each call has a cost of its own.
    """
    size = max(1, min(most, -(-n_items // _n_threads())))
    return [slice(first, first + size) for first in range(0, n_items, size)]


def jobs_in_threads(jobs: Iterable[Callable[[], R]]) -> Iterator[R]:
    """Yield what each job returns, in order; as many threads as `Threads` takes share the jobs.

    Jobs are taken from the iterable in the calling thread, a few ahead of what is yielded.
    """
    n_threads = _n_threads()
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(n_threads)
    try:
        with ONE_BLAS_THREAD:
            for job in jobs:
                waiting.append(pool.submit(job))
                if len(waiting) > 2 * n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


class _OneBlasThread:
    """Has products of matrices take one thread each, from the first thread that enters until the last one leaves.

    The number is that of the process: a thread that left alone would put back what another still needs otherwise.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = _libraries().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


ONE_BLAS_THREAD = _OneBlasThread()


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries of this process that have threads of their own."""
    import numpy  # noqa: F401 - the one that counts must be loaded when they are looked for

    return ThreadpoolController()


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return int(asked) if asked.isdecimal() else os.cpu_count() or 1
