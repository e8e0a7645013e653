"""Tests of trainings and scores from damaged files: damage is found and named, and nothing is learned from it."""

import shutil
from threading import Thread

import numpy as np
import pytest
from configurations import composed, training_config
from damage import flip_a_bit
from filelock import FileLock
from programs import build, evaluate, train

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import DatasetError
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.system.stored_files import DamagedFile
from mfccinv.training.train import resume

pytestmark = pytest.mark.usefixtures("untraced_file")


@pytest.fixture
def own_sets(data_sets, finished, tmp_path):
    """A folder for `training_config` with a data set and a finished run of its own."""
    run = Run(shutil.copytree(finished.folder, tmp_path / "runs" / "finished"))
    name = finished.open_dataset().folder.name
    shutil.copytree(data_sets / name, tmp_path / "sets" / name)
    run.write_environment(run.environment | {"dataset": str(tmp_path / "sets" / name)})
    return tmp_path


def shard_of(folder, split):
    return next((folder / "sets").glob(f"*/{split}-00000.npz"))


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_flipped_bit_of_a_shard_ends_a_training_until_a_build_has_repaired_it(own_sets, split):
    path = shard_of(own_sets, split)
    whole = path.read_bytes()
    flip_a_bit(path)
    config = training_config(own_sets, "training.epochs=1")
    with pytest.raises(
        DatasetError, match=rf"{split}-00000\.npz differs from its checksum in manifest\.json: mfccinv b"
    ):
        train(config)
    build(config)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["statistics.json", "utterances.jsonl", "manifest.json"])
def test_a_flipped_bit_of_the_description_is_repaired_before_a_training(own_sets, name):
    path = shard_of(own_sets, "train").with_name(name)
    whole = path.read_bytes()
    flip_a_bit(path)
    config = training_config(own_sets, "training.epochs=1")
    assert train(config).is_finished
    assert path.read_bytes() == whole


def test_a_flipped_bit_of_a_shard_is_never_scored(own_sets):
    flip_a_bit(shard_of(own_sets, "validation"))
    config = composed("evaluate", f"run={own_sets / 'runs' / 'finished'}", "scored_split=validation", "progress=false")
    with pytest.raises(DatasetError, match=r"validation-00000\.npz differs from its checksum in manifest\.json"):
        evaluate(config)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e30])
def test_frames_that_can_be_no_levels_are_never_learned(own_sets, value):
    """A stranger's shard can have the right checksum."""
    dataset = Dataset(shard_of(own_sets, "train").parent)
    with np.load(shard_of(own_sets, "train")) as arrays:
        stored = dict(arrays)
    stored["mfcc"][3, 4] = value
    np.savez(shard_of(own_sets, "train"), **stored)
    with pytest.raises(DatasetError, match=r"train-00000\.npz is damaged: mfcc holds values beyond 1,000,000 dB"):
        next(iter(open_shard(dataset.folder / "train-00000.npz")))


@pytest.mark.usefixtures("at_first_sight")
@pytest.mark.parametrize(
    "name", ["config.yaml", "feature_spec.json", "statistics.json", "history.csv", "environment.json", "model.keras"]
)
def test_a_flipped_bit_of_a_run_is_found(finished, tmp_path, name):
    run = Run(shutil.copytree(finished.folder, tmp_path / "run"))
    flip_a_bit(run.folder / name)
    with pytest.raises(DamagedFile, match=rf"{name} is damaged, or was changed by"):
        _ = run.config, run.spec, run.statistics, run.read_history(), run.environment, run.load_model()


def test_a_run_that_is_being_trained_is_not_trained_by_another_process(copied):
    """The lock of another process: within one, a lock of the same name is another, too."""
    before = (copied.folder / "config.yaml").read_text()
    refused = pytest.raises(RunError, match=r"run is being trained by another process")
    with FileLock(copied.folder / ".training.lock"), refused:
        resume("run", copied.folder.parent, {"epochs": 2})
    assert (copied.folder / "config.yaml").read_text() == before
    assert len(resume("run", copied.folder.parent, {"epochs": 2}).read_history()) == 2


def test_a_data_set_that_is_repaired_meanwhile_is_read_on(own_sets):
    """A shard is replaced, and never removed before."""
    path = shard_of(own_sets, "train")
    readers = Dataset(path.parent).shards("train") * 50
    (path.parent / "manifest.json").unlink()
    builder = Thread(target=build, args=(training_config(own_sets),))
    builder.start()
    frames = [len(shard.mfcc) for shard in readers]
    builder.join()
    assert len(set(frames)) == 1
    assert not list(Dataset(path.parent).damaged_shards())
