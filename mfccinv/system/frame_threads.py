"""Work shared out among threads: NumPy and SciPy release the interpreter's lock while they compute."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache, partial
from itertools import pairwise
from threading import Event, Lock, local
from typing import Any, TypeVar

from threadpoolctl import OpenBLASController, ThreadpoolController

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

        _at_once([partial(do, share) for share in self._shares])


class NobodyWaits(Exception):
    """Ends a job of `jobs_in_threads` whose result isn't wanted any more, because of an error or an interrupt."""


class _Here(local):
    """What the present thread does."""

    is_a_part = False  # of some work that is shared out: nothing of it is shared out once more
    ended: Event | None = None  # of a job: whether nobody waits for it any more


_here = _Here()


def _as_a_part(work: Callable[[], R]) -> R:
    _here.is_a_part = True
    try:
        return work()
    finally:
        _here.is_a_part = False


def _at_once(parts: list[Callable[[], None]]) -> None:
    """Do parts of some work, as many as there are threads or fewer: the first in this thread, each other in one."""
    if _here.is_a_part or len(parts) <= 1:
        for part in parts:
            part()
        return
    first, *others = parts
    waiting = [_pool(_n_threads() - 1).submit(_as_a_part, part) for part in others]
    try:
        _as_a_part(first)
    finally:
        wait(waiting)
    for one in waiting:
        one.result()


@lru_cache(maxsize=1)
def _pool(n_threads: int) -> ThreadPoolExecutor:
    """Threads that last: new ones, with memory of their own to begin with, would take milliseconds each time."""
    return ThreadPoolExecutor(n_threads)


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what ``work`` makes of each item, in order; as many threads as `Threads` takes share the items.

    Products of matrices take one thread each meanwhile, even if there is one item: threads of a library that shares
    out a small product wait for each other, and long where other programs compute.
    """
    if _here.ended is not None and _here.ended.is_set():
        raise NobodyWaits
    waiting = deque(enumerate(items))
    results: dict[int, R] = {}

    def take() -> None:
        try:
            while waiting:
                try:
                    place, item = waiting.popleft()
                except IndexError:  # another thread was faster
                    return
                results[place] = work(item)
        except BaseException:
            waiting.clear()  # nothing is done in vain
            raise

    with ONE_BLAS_THREAD:
        _at_once([take] * min(_n_threads(), len(waiting)))
    return [results[place] for place in sorted(results)]


def shares(n_items: int, most: int) -> list[slice]:
    """Slices of items for `in_threads`: at most so many together, and at least one; no thread is left without any.

    Small items are worked on together, as each call has a cost of its own.
    """
    size = max(1, min(most, -(-n_items // _n_threads())))
    return [slice(first, first + size) for first in range(0, n_items, size)]


def equal_shares(n_items: int, most: int, least: int | None = None) -> list[slice]:
    """Slices of nearly equal size that make up ``n_items`` >= 1 items: at most so many in each, and as few slices.

    Where ``least`` is given, there are as many slices for each of the threads, unless that made them smaller.
    """
    n_shares = -(-n_items // most)
    if least is not None:
        for_each = -(-n_shares // _n_threads()) * _n_threads()
        n_shares = max(n_shares, min(for_each, n_items // least))
    ends = [n_items * place // n_shares for place in range(n_shares + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def jobs_in_threads(jobs: Iterable[Callable[[], R]]) -> Iterator[R]:
    """Yield what each job returns, in order; as many threads as `Threads` takes share the jobs.

    Jobs are taken from the iterable in the calling thread, a few ahead of what is yielded. The work of one that isn't
    the first is not shared out once more. After an error or an interrupt, jobs that are at work end where they come to
    `in_threads` next.
    """
    n_threads = _n_threads()
    waiting: deque[Future[R]] = deque()
    pool, ended = ThreadPoolExecutor(n_threads), Event()
    try:
        with ONE_BLAS_THREAD:
            for job in jobs:
                waiting.append(pool.submit(_as_a_job, job, ended, bool(waiting)))
                if len(waiting) > 2 * n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


def _as_a_job(job: Callable[[], R], ended: Event, is_a_part: bool) -> R:
    _here.ended = ended
    try:
        return _as_a_part(job) if is_a_part else job()
    finally:
        _here.ended = None


class _OneBlasThread:
    """Has products of matrices take one thread each, from the first thread that enters until the last one leaves.

    The number is that of the process: a thread that left alone would put back what another still needs otherwise.
    """

    def __init__(self) -> None:
        self.lock, self._inside = Lock(), 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self.lock:
            if self._inside == 0:
                _take_control()
                self._limit = _libraries().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self._inside -= 1
            if self._inside == 0:
                self._restore()

    def forget(self) -> None:
        """Have no thread be inside, with the lock held."""
        if self._inside > 0:
            self._inside = 0
            self._restore()

    def _restore(self) -> None:
        _take_control()
        self._limit.restore_original_limits()
        _take_control()


def _take_control() -> None:
    """Let the present thread change OpenBLAS: from threadpoolctl 3.8 on, only the first thread that did can."""
    clear = getattr(OpenBLASController, "clear_controlling_thread", None)
    if clear is not None:
        clear(force=True)


ONE_BLAS_THREAD = _OneBlasThread()


def _begin_in_child() -> None:
    """Make what a process that was forked lacks: other threads don't live on in it, nor end what they began."""
    _pool.cache_clear()
    _here.is_a_part = False
    ONE_BLAS_THREAD.forget()
    ONE_BLAS_THREAD.lock.release()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=ONE_BLAS_THREAD.lock.acquire,
        after_in_parent=ONE_BLAS_THREAD.lock.release,
        after_in_child=_begin_in_child,
    )


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries of this process that have threads of their own."""
    import numpy  # noqa: F401 - the one that counts must be loaded when they are looked for

    return ThreadpoolController()


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return max(1, int(asked)) if asked.isdecimal() else os.cpu_count() or 1
