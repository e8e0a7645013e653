"""Tests of how networks are found and loaded: pretrained ones, a user's, and those that can't be used."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from configurations import settings
from networks import SPEC, make_run, randomized
from noise import noise_mfcc, small_spec

from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.run_folders import lookup
from mfccinv.run_folders.lookup import find_run, load_once
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder

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


def test_what_a_user_describes_in_a_readme_is_not_shipped(tmp_path, monkeypatch):
    """A run of the same features in the working directory is taken by its name alone."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(PRETRAINED / "asr_20", tmp_path / "checkpoints" / "aaa")
    spec = RunFolder(PRETRAINED / "asr_20").spec
    assert find_run("auto", spec, "mfcc").folder == PRETRAINED / "asr_20"
    assert find_run("aaa", spec, "mfcc").folder == Path("checkpoints") / "aaa"


def test_one_that_takes_several_numbers_stands_in_where_none_takes_this_number_alone(tmp_path, monkeypatch):
    runs = [make_run(tmp_path, "a", MODEL, small_spec(n_mfcc=24)), make_run(tmp_path, "b", MODEL)]
    vars(runs[0])["config"] = runs[0].config | {"min_mfcc": 6}
    monkeypatch.setattr(lookup, "_pretrained_runs", lambda: runs)
    found = {n: find_run("auto", small_spec(n_mfcc=n), "mfcc").folder.name for n in (6, 8, 9, 24)}
    assert found == {6: "a", 8: "b", 9: "a", 24: "a"}
    with pytest.raises(ValueError, match=r"\(the nearest, b, differs in n_mfcc: 5 here, 8 there\)"):
        find_run("auto", small_spec(n_mfcc=5), "mfcc")


def test_a_run_that_forecasts_is_refused(tmp_path):
    run = make_run(tmp_path, model=MODEL | {"position": "next", "output": "log_mel", "projection": False})
    with pytest.raises(ValueError, match=r"run was trained with model\.position=next: it forecasts, which is no"):
        find_run(run.folder, SPEC, "mfcc")
