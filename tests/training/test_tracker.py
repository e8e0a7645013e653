"""Tests of the trackers: what a training told them is found in what they wrote, without a network connection."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow
from configurations import settings, training_config
from matplotlib.figure import Figure
from programs import train

from mfccinv.run_folders.run import Run
from mfccinv.system.atomic_files import write_text
from mfccinv.training.epoch import NonFiniteLoss
from mfccinv.training.tracker import TRACKERS, make_tracker
from mfccinv.training.trackers.none import none
from mfccinv.training.train import resume

pytestmark = pytest.mark.usefixtures("untraced_file")


@pytest.fixture
def figure():
    made = Figure(figsize=(2, 1))
    made.subplots().plot([1, 2])
    return made


def make_run(root, name="run"):
    """A run directory as far as a tracker reads it."""
    run = Run(root / name)
    run.write_environment({})
    write_text(run.folder / "config.yaml", "{source: mfcc, target: mel, model: {name: dense}}")
    return run


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


def read_events(folder):
    """Tags by step, and the values of scalars, of the event files of a folder."""
    tags, scalars = set(), {}
    for path in sorted(folder.glob("events.*")):
        for record in tensorflow.data.TFRecordDataset(str(path)):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                kind = value.metadata.plugin_data.plugin_name
                tags.add((event.step, value.tag, kind))
                if kind == "scalars":
                    scalars[event.step, value.tag] = float(tensorflow.make_ndarray(value.tensor))
    return tags, scalars


@pytest.mark.slow
def test_tensorboard_gets_the_numbers_of_every_epoch_and_sometimes_an_utterance(own_folder):
    """Also those of a run that is resumed."""
    config = training_config(own_folder, "tracker=tensorboard", "tracker.every=2", "training.epochs=1")
    run = resume(str(train(config).folder), own_folder, {"epochs": 2})
    tags, scalars = read_events(run.folder / "tensorboard")
    for row in run.read_history():
        assert scalars[int(row["epoch"]), "val_snr"] == pytest.approx(row["val_snr"])
        assert scalars[int(row["epoch"]), "loss"] == pytest.approx(row["loss"])
    assert {step for step, _ in scalars} == {1, 2}
    assert {tag for tag in tags if tag[2] != "scalars"} == {(2, "validation", "images"), (2, "validation", "audio")}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Address of a database for MLflow, which takes seconds to make its tables; nobody waits for the disk."""
    pytest.importorskip("mlflow")
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def hurry(connection, record):
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(Engine, "connect", hurry)
    yield f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    event.remove(Engine, "connect", hurry)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of what MLflow builds on
def test_mlflow_offline(tmp_path, database, run, figure):
    mlflow = pytest.importorskip("mlflow")
    places = {"uri": database, "artifacts": str(tmp_path / "artifacts"), "experiment": "offline"}
    chosen = settings("tracker", "mlflow") | places
    for epoch in (1, 2):  # the second time as a run that is resumed
        tracker = make_tracker(chosen)
        tracker.start(run)
        tracker.log(epoch, {"val_snr": 8.0 + epoch})
        tracker.show(epoch, "validation", figure)
        tracker.close(failed=epoch == 2)
    client = mlflow.MlflowClient(tracking_uri=chosen["uri"])
    [theirs] = client.search_runs([client.get_experiment_by_name("offline").experiment_id])
    assert theirs.data.params["model.name"] == "dense"
    assert theirs.info.status == "FAILED"
    assert sorted(path.name for path in (tmp_path / "artifacts").rglob("*.png")) == ["0001.png", "0002.png"]
    assert [metric.value for metric in client.get_metric_history(theirs.info.run_id, "val_snr")] == [9.0, 10.0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of what MLflow builds on
def test_mlflow_tells_runs_of_one_name_apart(tmp_path, database, monkeypatch):
    """As the jobs of two sweeps, in working directories of their own; a quote in a path does no harm."""
    mlflow = pytest.importorskip("mlflow")
    chosen = settings("tracker", "mlflow") | {"uri": database, "artifacts": None}
    for place in ("one's", "two"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        tracker = make_tracker(chosen)
        tracker.start(make_run(Path("sweep's"), "job-0"))
        tracker.close(failed=False)
    client = mlflow.MlflowClient(tracking_uri=chosen["uri"])
    assert len(client.search_runs([client.get_experiment_by_name("mfccinv").experiment_id])) == 2


def test_wandb_tells_runs_of_one_name_apart(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    given = []
    monkeypatch.setattr(wandb, "init", lambda **options: given.append(options))
    for run in (first := make_run(tmp_path / "one", "job-0"), make_run(tmp_path / "two", "job-0"), first):
        make_tracker(settings("tracker", "wandb")).start(run)
    assert [options["name"] for options in given] == ["job-0"] * 3
    assert given[0]["id"] == given[2]["id"] != given[1]["id"]


def test_wandb_offline(run, figure):
    pytest.importorskip("wandb")
    tracker = make_tracker(settings("tracker", "wandb"))
    tracker.start(run)
    tracker.log(1, {"val_snr": 9.0})
    tracker.show(1, "validation", figure)
    tracker.play(1, "validation", np.zeros(800, np.float32), 8000)
    tracker.close(failed=False)
    assert list((run.folder / "wandb").glob("offline-run-*/*.wandb"))


def test_none_writes_nothing(finished):
    assert finished.config["tracker"]["name"] == "none"
    assert not list(finished.folder.glob("*/"))


@pytest.mark.parametrize("name", sorted(set(TRACKERS) - {"none"}))
def test_a_package_that_is_missing_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match=rf"^tracker={name} needs {name}: pip install 'mfccinv\[{name}\]'$"):
        make_tracker(settings("tracker", name))


def test_an_unknown_tracker_is_refused_before_anything_is_built(tmp_path):
    config = training_config(tmp_path, "tracker.name=sacred")
    with pytest.raises(ValueError, match=rf"^tracker must be one of {', '.join(TRACKERS)}, got 'sacred'$"):
        train(config)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_is_closed_and_told_whether_a_training_failed(own_folder, monkeypatch):
    told = []

    class Told(type(none())):
        def start(self, run):
            told.append("start")

        def close(self, *, failed):
            told.append("failed" if failed else "done")

    monkeypatch.setattr("mfccinv.training.trackers.none.none", Told)
    with pytest.raises(NonFiniteLoss):
        train(training_config(own_folder, "training.learning_rate=1e30", "training.batch_frames=256"))
    train(training_config(own_folder, "training.epochs=1"))
    assert told == ["start", "failed", "start", "done"]
