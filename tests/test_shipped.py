"""Tests of how runs are found and loaded: those that are shipped, those of a user, and those that can't be used."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny import noise_mfcc, noise_statistics, randomized, settings, small_spec

from mfccinv.models.assembly import build_model
from mfccinv.runs.prediction import predict_frames
from mfccinv.runs.pretrained import find_run, load_once
from mfccinv.runs.run import Run
from mfccinv.runs.run_folder import PRETRAINED, RunError, RunFolder

SPEC = small_spec()
MODEL = settings("model", "dense_small") | {"hidden": [8], "context": 1}


def make_run(root, name="run", **changed):
    """A run of a small network that is not saved yet."""
    model = MODEL | changed
    return Run.create(root, name, {"source": "mfcc", "target": "mel", "model": model}, SPEC, noise_statistics(SPEC), {})


def train(run, seed):
    """Save a network with random weights."""
    run.save_model(randomized(build_model(run.config["model"], run.spec, run.statistics), seed))


def predicted(folder):
    [log_mel] = predict_frames(*load_once(folder), [noise_mfcc(SPEC, 5)])
    return log_mel


class TestLoadOnce:
    def test_again_after_more_training(self, tmp_path):
        run = make_run(tmp_path)
        train(run, seed=0)
        before = predicted(run.folder)
        assert load_once(run.folder) is load_once(run.folder)
        train(run, seed=1)
        assert np.abs(predicted(run.folder) - before).max() > 0.1

    def test_a_relative_path_is_that_of_the_working_directory(self, tmp_path, monkeypatch):
        found = []
        for seed, place in enumerate(("one", "other")):
            train(make_run(tmp_path / place), seed)
            monkeypatch.chdir(tmp_path / place)
            found.append(predicted(find_run("run", SPEC, "mfcc").folder))
        assert np.abs(found[0] - found[1]).max() > 0.1

    def test_a_run_without_a_model_is_refused(self, tmp_path):
        with pytest.raises(RunError, match=r"model\.keras is missing"):
            load_once(make_run(tmp_path).folder)


def test_what_a_user_describes_in_a_readme_is_not_shipped(tmp_path, monkeypatch):
    """A run of the same features in the working directory is taken by its name alone."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(PRETRAINED / "asr_20", tmp_path / "checkpoints" / "aaa")
    spec = RunFolder(PRETRAINED / "asr_20").spec
    assert find_run("auto", spec, "mfcc").folder == PRETRAINED / "asr_20"
    assert find_run("aaa", spec, "mfcc").folder == Path("checkpoints") / "aaa"


def test_a_run_that_forecasts_is_refused(tmp_path):
    run = make_run(tmp_path, position="next", output="log_mel", projection=False)
    with pytest.raises(ValueError, match=r"run was trained with model\.position=next: it forecasts, which is no"):
        find_run(run.folder, SPEC, "mfcc")
