"""What all tests share: their processor time, hypothesis's examples, the order of the tests, folders, trained runs."""

import gc
import os
import shutil
from functools import lru_cache

# Processes that share the tests share the processors, too. Libraries read this when they are imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")

import hypothesis
import numpy as np
import pytest

# The same examples in every run, and no verdict that depends on how busy the machine is.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("tests")


def pytest_sessionstart(session):
    """Import Keras as the programs do, before a test does: mfccinv sets what TensorFlow reads at its import.

    Where other processes run the tests, only those import it.
    """
    if not getattr(session.config.option, "numprocesses", None):
        gc.disable()  # until all tests are collected: imports leave next to no garbage
        from mfccinv.system.native_output import keras_import

        with keras_import():
            import keras  # noqa: F401


def pytest_collection_modifyitems(items):
    """Begin with the files that hold slow tests, so that processes that share the tests end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish():
    """Collect garbage from now on, but seldom, and don't look for it in what was imported: that stays."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _no_wait_for_the_disk(request):
    """Files needn't outlast a power cut; that they would is tested with what writes them."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if request.path.name != "test_atomic_files.py":
            monkeypatch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture
def at_first_sight(monkeypatch):
    """A file that is damaged is refused at once: nobody writes it at this moment."""
    monkeypatch.setattr("mfccinv.system.checksums.PAUSES_SECONDS", (0,))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def data_sets(tmp_path_factory):
    """Folder of the data sets that trainings build; one is built once."""
    return tmp_path_factory.mktemp("sets")


def _folder_with(data_sets, folder):
    (folder / "sets").symlink_to(data_sets)
    return folder


@pytest.fixture(scope="session")
def shared_folder(data_sets, tmp_path_factory):
    """Folder for `training_config` of runs that tests share, and leave as they are."""
    return _folder_with(data_sets, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def own_folder(data_sets, tmp_path):
    """Folder for `training_config` of one test, empty but for the data sets."""
    return _folder_with(data_sets, tmp_path)


@pytest.fixture(scope="session")
def finished(shared_folder):
    """A small network that was trained for an epoch: a finished run called ``finished``."""
    from configurations import training_config
    from programs import traced, train

    with traced(True):
        return train(training_config(shared_folder, "training.epochs=1", "run.name=finished"))


@pytest.fixture(scope="session")
def linear_run(shared_folder):
    """Function that gives a small network that was trained for two epochs to predict linear spectra of a source."""
    from configurations import training_config
    from programs import traced, train

    @lru_cache
    def trained(source):
        task = (f"source={source}", "target=linear", f"run.name=linear-{source}")
        with traced(True):
            return train(training_config(shared_folder, *task, "training.epochs=2", "training.batch_frames=256"))

    return trained


@pytest.fixture
def copied(finished, own_folder):
    """A copy of the finished run in a test's own folder, called ``run``; without checksums: files may change."""
    from damage import without_checksums

    return type(finished)(without_checksums(shutil.copytree(finished.folder, own_folder / "runs" / "run")))


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A data set: two utterances of each split of the demo corpus, built by two workers."""
    from configurations import build_config
    from programs import build

    return build(build_config(tmp_path_factory.mktemp("demo"), workers=2))


@pytest.fixture
def untraced():
    """Trainings of a few steps run them one by one: TensorFlow takes seconds to trace what then takes milliseconds.

    For tests whose subject is around a training; what is traced is tested with the training itself.
    """
    from programs import traced

    with traced(False):
        yield


@pytest.fixture(scope="module")
def untraced_file():
    """As `untraced`, for all tests of a file and for what they share."""
    from programs import traced

    with traced(False):
        yield
