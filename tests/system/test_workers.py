"""Tests of the ordered map over processes: order, bounds, errors, and what a worker loads."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from configurations import build_config, preset
from hypothesis import given
from hypothesis import strategies as st
from programs import build
from speech import SPEECH
from worker_tasks import DyingOnce, describe, die_once, extract_and_tell_modules, refuse_three

from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets import extraction
from mfccinv.datasets.extraction import Extractor
from mfccinv.system.workers import THREAD_VARIABLES, ordered_map, task_batches

ENDLESS = """
import time
from mfccinv.system.workers import ordered_map

def wait(seconds):
    time.sleep(seconds)

if __name__ == "__main__":
    for _ in ordered_map(wait, [0] + 100 * [30], 2):
        print("working", flush=True)
"""


INTERRUPTED = """
import os, signal, time
from mfccinv.system.workers import ordered_map

def wait(seconds):
    time.sleep(seconds)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background ignores it
    try:
        for _ in ordered_map(wait, 100 * [0.2], 2):
            os.killpg(0, signal.SIGINT)  # as a terminal does
    except KeyboardInterrupt:
        print("interrupted")
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Content of every file of a data set but its lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


class TestOrderedMap:
    def test_results_are_in_order_from_several_processes_of_one_thread(self, monkeypatch):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
        seconds = [0.4, 0.0, 0.1, 0.0, 0.05, 0.0]
        results = list(ordered_map(describe, seconds, 2))
        assert [result[0] for result in results] == seconds
        processes = {result[1] for result in results}
        assert len(processes) == 2
        assert os.getpid() not in processes
        assert all(result[2] == ["1"] * len(THREAD_VARIABLES) for result in results)
        assert "OMP_NUM_THREADS" not in os.environ
        assert os.environ["OPENBLAS_NUM_THREADS"] == "7"

    def test_an_exception_reaches_the_caller_and_tasks_are_taken_as_they_are_needed(self):
        taken = []

        def tasks():
            for task in range(1000):
                taken.append(task)
                yield task

        results = ordered_map(refuse_three, tasks(), 1)
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError, match="three is too many"):
            next(results)
        assert len(taken) < 20

    def test_nothing_to_do(self):
        assert list(ordered_map(describe, [], 1)) == []

    @pytest.mark.parametrize("workers", [0, -1])
    def test_at_least_one_worker(self, workers):
        with pytest.raises(ValueError, match=f"workers must be at least 1, got {workers}"):
            list(ordered_map(describe, [0], workers))

    @pytest.mark.skipif(os.name == "nt", reason="no such signal")
    def test_workers_end_with_the_process_that_started_them(self, tmp_path):
        (tmp_path / "endless.py").write_text(ENDLESS)
        process = subprocess.Popen([sys.executable, tmp_path / "endless.py"], stdout=subprocess.PIPE)
        with process:
            assert process.stdout.readline() == b"working\n"
            process.send_signal(signal.SIGKILL)
            # The pipe ends when the last process that has it does.
            process.communicate(timeout=15)

    @pytest.mark.skipif(os.name == "nt", reason="no such signal")
    def test_workers_leave_an_interrupt_to_the_process_that_started_them(self, tmp_path):
        (tmp_path / "interrupted.py").write_text(INTERRUPTED)
        command = [sys.executable, tmp_path / "interrupted.py"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, start_new_session=True)
        assert (ended.stdout, ended.stderr) == ("interrupted\n", "")

    def test_workers_load_nothing_that_is_slow_to_load(self):
        extractor = Extractor(preset("asr"), min_seconds=0.2, silence_dbfs=-80.0)
        tasks = [(extractor, [Utterance(id="a", path=SPEECH, speaker=None)])]
        (((features,), modules),) = ordered_map(extract_and_tell_modules, tasks, 1)
        assert features.mfcc.shape[1] == 20
        assert "mfccinv.features.extract" in modules
        slow = {"tensorflow", "keras", "jax", "librosa", "numba", "matplotlib", "hydra"}
        assert not slow & {name.split(".")[0] for name in modules}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Dask's own, of a worker that is gone
class TestDask:
    def test_results_are_in_order_and_a_worker_that_is_killed_loses_nothing(self, tmp_path):
        pytest.importorskip("distributed")
        marks = [str(tmp_path / "first"), *(str(tmp_path / "done") for _ in range(5))]
        (tmp_path / "done").touch()
        assert list(ordered_map(die_once, marks, 2, "dask")) == ["done"] * 6

    def test_a_data_set_is_the_same_to_the_byte_when_a_worker_was_killed(self, tmp_path, monkeypatch, demo):
        pytest.importorskip("distributed")
        mark = tmp_path / "killed"

        def ordered_map_with_a_death(function, tasks, workers, executor):
            assert executor == "dask"
            return ordered_map(DyingOnce(function, str(mark)), tasks, workers, executor)

        monkeypatch.setattr(extraction, "ordered_map", ordered_map_with_a_death)
        built = build(build_config(tmp_path / "dask", workers=2, executor="dask"))
        assert mark.exists()
        assert contents(built.folder) == contents(demo.folder)

    def test_a_cluster_that_is_there_is_used(self):
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
            results = list(ordered_map(describe, [0.1, 0.0, 0.0], None, cluster.scheduler_address))
        assert [result[0] for result in results] == [0.1, 0.0, 0.0]
        assert len({result[1] for result in results}) == 1


def test_what_is_no_executor_is_refused():
    with pytest.raises(ValueError, match=r"^executor must be processes, dask or the address of .*, got 'spark'$"):
        list(ordered_map(describe, [0], 1, "spark"))


def test_dask_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"^executor=dask needs Dask: pip install 'mfccinv\[dask\]'$"):
        list(ordered_map(describe, [0], 1, "dask"))


@given(st.lists(st.integers()), st.integers(1, 10))
def test_batches_are_consecutive_and_full(items, size):
    batches = list(task_batches(iter(items), size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batches)
