"""An ordered map over processes of this machine or of a cluster, with bounded memory."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def ordered_map(function: Callable, tasks: Iterable, workers: int | None, executor: str = "processes") -> Iterator:
    """Yield ``function(task)`` for each task, in order.

    At most two tasks per worker are under way, so memory does not grow with the number of tasks. Processes are started
    afresh (not forked) with one thread each, so that a result doesn't depend on the number of workers. They end with
    this process, even if it is killed.

    Parameters
    ----------
    function : callable
        A function of a module, or an object that can be pickled.
    tasks : iterable
    workers : int >= 1 or None
        Number of processes; None: one per core. A running cluster has its own workers.
    executor : str
        ``processes``; ``dask``: a Dask cluster on this machine; or the address of a running Dask cluster, such as
        ``tcp://10.0.0.1:8786``. If a worker dies, Dask gives its task to another one.

    Raises
    ------
    ValueError
        If ``workers`` is below 1, if the executor is unknown, or if it needs Dask and Dask isn't installed.
    """
    if workers is None:
        workers = os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    tasks = iter(tasks)
    with _open_executor(executor, workers) as (pool, n_workers):
        with _interrupts_held_back():  # processes are started at the first task
            pending = deque(pool.submit(function, task) for task in islice(tasks, 2 * n_workers))
        try:
            while pending:
                result = pending.popleft().result()
                pending.extend(pool.submit(function, task) for task in islice(tasks, 1))
                yield result
        finally:
            for waiting in pending:
                waiting.cancel()


@contextmanager
def _open_executor(executor: str, workers: int) -> Iterator[tuple[Executor, int]]:
    """Open an executor; yield it and its number of workers."""
    if executor == "processes":
        with _open_processes(workers) as pool:
            yield pool, workers
        return
    if executor != "dask" and "://" not in executor:
        raise ValueError(f"executor must be processes, dask or the address of a Dask cluster, got {executor!r}")
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ValueError(f"executor={executor} needs Dask: pip install 'mfccinv[dask]'") from None
    with ExitStack() as stack:
        stack.enter_context(_single_threaded_children())
        address: str | LocalCluster = executor
        if executor == "dask":
            local = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            address = stack.enter_context(local)
        client = stack.enter_context(Client(address))
        yield client.get_executor(pure=False), max(1, len(client.scheduler_info(n_workers=-1)["workers"]))


@contextmanager
def _open_processes(workers: int) -> Iterator[Executor]:
    if multiprocessing.get_start_method() not in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("spawn", force=True)  # joblib's workers have one that their children lack
    context = multiprocessing.get_context("spawn")
    with (
        _single_threaded_children(),
        ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool,
    ):
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; processes that are started in it never get it.

    It is for this process alone, which ends its workers. Else each of them would print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def task_batches(items: Iterable, size: int = 4) -> Iterator[list]:
    """Yield lists of up to ``size`` consecutive items: tasks large enough to be worth sending to a process."""
    items = iter(items)
    return iter(lambda: list(islice(items, size)), [])


def _end_with_parent() -> None:
    """End this process when its parent ends: a parent that is killed can't tell it to."""
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
