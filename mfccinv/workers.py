"""An ordered map over processes, with bounded memory."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def ordered_map(function: Callable, tasks: Iterable, workers: int | None) -> Iterator:
    """Yield ``function(task)`` for each task, in order, computed in ``workers`` processes (None: one a core).

    At most two tasks a worker are under way, so memory does not grow with their number. The processes are started
    afresh (not forked) with one thread each, so that a result doesn't depend on the number of workers, and end with
    this one even if it is killed.
    """
    if workers is None:
        workers = os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    tasks = iter(tasks)
    if multiprocessing.get_start_method() not in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("spawn", force=True)  # in joblib's workers it is one that children don't know
    with (
        _single_threaded_children(),
        ProcessPoolExecutor(
            workers, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
        ) as executor,
    ):
        pending = deque(executor.submit(function, task) for task in islice(tasks, 2 * workers))
        try:
            while pending:
                result = pending.popleft().result()
                pending.extend(executor.submit(function, task) for task in islice(tasks, 1))
                yield result
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def task_batches(items: Iterable, size: int = 4) -> Iterator[list]:
    """Yield lists of up to ``size`` consecutive items: tasks large enough to be worth sending to a process."""
    items = iter(items)
    return iter(lambda: list(islice(items, size)), [])


def _end_with_parent() -> None:
    """Have this process end when the one that started it does: a killed one can't tell it to."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Have processes that are started in the block use one thread for linear algebra."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
