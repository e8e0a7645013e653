"""Tests of how networks are loaded: once, again after more training, and never from nothing."""

import numpy as np
import pytest
from configurations import settings
from networks import SPEC, make_run, randomized
from noise import noise_mfcc

from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.loading import load_once
from mfccinv.run_folders.lookup import find_run
from mfccinv.run_folders.run_folder import RunError

MODEL = settings("model", "dense_small") | {"hidden": [8], "context": 1}


def train(run, seed):
    """Save a network with random weights."""
    run.save_model(randomized(build_model(run.config["model"], run.spec, run.statistics), seed))


def predicted(folder):
    [log_mel] = predict_frames(*load_once(folder), [noise_mfcc(SPEC, 5)])
    return log_mel


class TestLoadOnce:
    def test_again_after_more_training(self, tmp_path):
        run = make_run(tmp_path, model=MODEL)
        train(run, seed=0)
        before = predicted(run.folder)
        assert load_once(run.folder) is load_once(run.folder)
        train(run, seed=1)
        assert np.abs(predicted(run.folder) - before).max() > 0.1

    def test_a_relative_path_is_that_of_the_working_directory(self, tmp_path, monkeypatch):
        found = []
        for seed, place in enumerate(("one", "other")):
            train(make_run(tmp_path / place, model=MODEL), seed)
            monkeypatch.chdir(tmp_path / place)
            found.append(predicted(find_run("run", SPEC, "mfcc").folder))
        assert np.abs(found[0] - found[1]).max() > 0.1

    def test_a_run_without_a_model_is_refused(self, tmp_path):
        with pytest.raises(RunError, match=r"model\.keras is missing"):
            load_once(make_run(tmp_path, model=MODEL).folder)
