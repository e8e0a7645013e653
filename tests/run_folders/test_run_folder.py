"""Tests of run folders: their names, which is the latest, and what is read back."""

import os
from pathlib import Path

import numpy as np
import pytest
from damage import flip_a_bit, without_checksums
from networks import SMALL, SPEC, make_run
from noise import noise_statistics

from mfccinv.datasets.manifest import DatasetError
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_files import HISTORY
from mfccinv.run_folders.run_folder import RunError, RunFolder


@pytest.mark.parametrize("name", [7, 1.5, float("nan")])
def test_a_name_may_look_like_a_number(tmp_path, name):
    assert make_run(tmp_path, name).folder.name == str(name)
    assert Run.open(name, tmp_path).folder == tmp_path / str(name)


def test_creates_numbered_folders_and_reads_back_what_it_wrote(tmp_path):
    folders = [make_run(tmp_path / "runs").folder for _ in range(3)]
    assert [folder.name for folder in folders] == ["run", "run-2", "run-3"]
    run = Run.open("run-2", tmp_path / "runs")
    assert run.config["model"] == SMALL["dense"]
    assert run.spec == SPEC
    assert (run.context.length, run.context.position) == (5, "centre")
    for name, values in vars(noise_statistics(SPEC)).items():
        np.testing.assert_array_equal(getattr(run.statistics, name), values)


@pytest.mark.parametrize("killed_at", ["feature_spec.json", "statistics.json", "environment.json", "config.yaml"])
def test_a_folder_is_a_run_only_when_it_is_complete(tmp_path, monkeypatch, killed_at):
    def killed(temporary, path):
        if path.name == killed_at:
            raise KeyboardInterrupt
        return replace(temporary, path)

    replace = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            make_run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    (tmp_path / "run").mkdir()  # what an earlier version left
    assert make_run(tmp_path).folder == tmp_path / "run"
    assert (tmp_path / "run" / "environment.json").is_file()


def test_by_name_or_folder(tmp_path):
    run = make_run(tmp_path)
    assert Run.open("run", tmp_path) == Run.open(str(run.folder), tmp_path / "elsewhere") == run


def test_latest_is_the_finished_one_that_was_trained_last(tmp_path):
    """One that was interrupted may have been scored on other speech; and a score makes no run later."""
    for age, name in enumerate(("interrupted", "late", "early", "scored")):
        run = make_run(tmp_path, name)
        (run.folder / "model.keras").touch()
        run.write_history([dict.fromkeys(HISTORY, 1)])
        run.add_metrics("demo-test" if name == "interrupted" else "validation", {"snr": 1.0})
        for path in run.folder.iterdir():
            os.utime(path, (1e9 - age, 1e9 - age))
    os.utime(tmp_path / "early" / "config.yaml", (1e9 - 1.5, 1e9 - 1.5))  # an epoch came after it
    Run(tmp_path / "scored").add_metrics("demo-test", {"snr": 2.0})
    assert RunFolder.open("latest", tmp_path).folder.name == "late"


def test_latest_is_never_a_pretrained_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=r"no finished run in checkpoints: train one first, mfccinv train"):
        RunFolder.open("latest")
    assert RunFolder.open("asr_20").is_pretrained


def test_a_run_that_is_not_there_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(
        RunError,
        match=r"no run 'rnu': expected its folder, its name in .* \(there: none\) or a pretrained one \(asr_13",
    ):
        Run.open("rnu", tmp_path)
    make_run(tmp_path)
    with pytest.raises(RunError, match=r"no run 'rnu': .* \(there: run\)"):
        Run.open("rnu", tmp_path)


def test_a_name_that_looks_like_a_number_is_a_text(tmp_path):
    run = make_run(tmp_path)
    path = without_checksums(run.folder) / "config.yaml"
    path.write_text(path.read_text().replace("name: tiny", "name: 2024", 1))
    assert RunFolder(run.folder).config["name"] == "2024"


@pytest.mark.usefixtures("at_first_sight")
def test_latest_passes_over_a_damaged_run_and_says_so(tmp_path):
    """One bad neighbour stops nobody."""
    for name in ("good", "damaged"):
        run = make_run(tmp_path, name)
        run.add_metrics("validation", {"loss": 1.0, "snr": 1.0, "lsd": 1.0})
    flip_a_bit(tmp_path / "damaged" / "metrics.json")
    with pytest.warns(UserWarning, match=r"a run is passed over: .*damaged/metrics\.json is damaged, or was"):
        assert RunFolder.open("latest", tmp_path).folder.name == "good"


def test_a_data_set_that_is_not_here_is_told_with_what_else_can_be_scored(tmp_path):
    run = make_run(tmp_path)
    run.write_environment({"dataset": "data/sets/elsewhere", "fingerprint": "0"})
    message = r"^data/sets/elsewhere is not a complete data set: .* evaluate takes other speech by corpus=$"
    with pytest.raises(DatasetError, match=message):
        run.open_dataset()
