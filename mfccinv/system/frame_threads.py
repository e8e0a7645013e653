"""Work shared out among threads: NumPy and SciPy release the interpreter's lock while they compute."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

SMALLEST_BLOCK = 1 << 15  # numbers; for fewer, a thread is not worth waking
MULTIPLE = 16  # frames: SciPy transforms this many at once, and the rest one by one, which rounds otherwise

T = TypeVar("T")


class Threads:
    """Threads that share the frames of a signal; they end with this object.

    There are as many as ``OMP_NUM_THREADS`` says, or else as there are processors. Transforms of frames give the same
    digits with any number of threads.

    Parameters
    ----------
    n_frames : int >= 1
    frame_size : int >= 1
        Numbers in a frame.
    """

    def __init__(self, n_frames: int, frame_size: int):
        n_blocks = max(1, min(_n_threads(), n_frames * frame_size // SMALLEST_BLOCK))
        size = -(-n_frames // (n_blocks * MULTIPLE)) * MULTIPLE
        self._blocks = [slice(first, min(first + size, n_frames)) for first in range(0, n_frames, size)]

    def share_out(self, work: Callable[[slice], None]) -> None:
        """Call ``work`` in parallel, with slices that make up all frames, and wait until all are done."""
        first, *others = self._blocks
        waiting = [self._pool.submit(work, block) for block in others]
        work(first)
        for one in waiting:
            one.result()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(len(self._blocks) - 1)


def in_threads(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Call ``work`` with each item, in as many threads as `Threads` takes, and wait until all are done.

    Products of matrices take one thread each meanwhile, so that threads don't wait for each other's.
    """
    items = list(items)
    n_threads = min(_n_threads(), len(items))
    if n_threads <= 1:
        for item in items:
            work(item)
        return
    with _libraries().limit(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(work, items))


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries of this process that have threads of their own."""
    return ThreadpoolController()


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return int(asked) if asked.isdecimal() else os.cpu_count() or 1
