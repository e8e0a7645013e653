"""Tests of how networks are found: pretrained ones, a user's, and those that can't be used."""

import shutil
from pathlib import Path

import pytest
from configurations import settings
from networks import SPEC, make_run
from noise import small_spec

from mfccinv.run_folders import lookup
from mfccinv.run_folders.lookup import find_run, runs_for
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder

MODEL = settings("model", "dense_small") | {"hidden": [8], "context": 1}


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


def test_the_runs_for_some_features_are_those_that_can_invert_them(tmp_path, monkeypatch):
    """Not those without a network yet, those that forecast, those of mel frames or of other features."""
    named = {
        "fits": make_run(tmp_path, "fits", MODEL),
        "of other features": make_run(tmp_path, "of other features", MODEL, small_spec(n_mfcc=9)),
        "forecasts": make_run(tmp_path, "forecasts", MODEL | {"position": "next", "output": "log_mel"}),
        "without a network": make_run(tmp_path, "without a network", MODEL),
        "damaged": make_run(tmp_path, "damaged", MODEL),
    }
    for name, run in named.items():
        if name != "without a network":
            (run.folder / "model.keras").touch()
    (named["damaged"].folder / "config.yaml").write_text("[")
    pretrained = [RunFolder(PRETRAINED / name) for name in ("asr_20", "asr_magnitude")]
    monkeypatch.setattr(lookup, "_pretrained_runs", lambda: pretrained)
    monkeypatch.setattr("mfccinv.system.checksums.PAUSES_SECONDS", (0,))
    with pytest.warns(UserWarning, match=r"a run is passed over: .*damaged"):
        assert list(runs_for(SPEC, "mfcc", tmp_path)) == ["fits"]
    asr = pretrained[0].spec
    assert runs_for(asr, "mfcc", tmp_path / "none") == {"asr_20": pretrained[0]}
    assert runs_for(asr, "mel", tmp_path / "none") == {"asr_magnitude": pretrained[1]}
