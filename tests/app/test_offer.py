"""Tests of what the page offers: the networks that fit, a word where none does, and the tool that wrote MFCC."""

import shutil

import numpy as np
import pytest
from speech import speech

from mfccinv.app.offer import offer, recognise
from mfccinv.app.writings import Writing
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.dialect import extract_dialect
from mfccinv.run_folders.run_folder import PRETRAINED


def written(name):
    dialect = resolve_dialect(name)
    return extract_dialect(speech(dialect.spec.sample_rate), dialect).T


@pytest.mark.parametrize(("n", "names"), [(13, ["asr_13"]), (20, ["asr_20", "asr_20_samples"]), (40, ["asr_40"])])
def test_the_pretrained_network_that_fits_is_chosen(tmp_path, n, names):
    found = offer(Writing.of("features=asr", n), tmp_path)
    assert (list(found.runs), found.chosen, found.lines) == (names, names[:1], [])


def test_own_networks_are_offered_besides(tmp_path):
    shutil.copytree(PRETRAINED / "asr_20", tmp_path / "mine")
    shutil.copytree(PRETRAINED / "asr_13", tmp_path / "of_13")
    found = offer(Writing.of("features=asr", 20), tmp_path)
    assert (list(found.runs), found.chosen) == (["mine", "asr_20", "asr_20_samples"], ["asr_20"])


def test_where_none_fits_it_is_said(tmp_path):
    found = offer(Writing.of("dialect=speechpy"), tmp_path)
    assert (found.runs, found.chosen) == ({}, [])
    [line] = found.lines
    assert line.startswith("No network takes dialect=speechpy with n_mfcc=13: the analytic inverse is shown alone.")
    assert str(tmp_path) in line


def test_a_damaged_run_is_told_and_stops_no_other(tmp_path, at_first_sight):
    shutil.copytree(PRETRAINED / "asr_20", tmp_path / "mine")
    (tmp_path / "mine" / "feature_spec.json").write_text("{}")
    found = offer(Writing.of("features=asr", 20), tmp_path)
    assert list(found.runs) == ["asr_20", "asr_20_samples"]
    [line] = found.lines
    assert line.startswith(f"a run is passed over: {tmp_path / 'mine' / 'feature_spec.json'}")


def test_the_tool_is_recognised():
    found = recognise(written("kaldi"))
    assert (found.writing, found.normalised) == ("dialect=kaldi", None)
    assert found.lines[0].startswith("dialect=kaldi 9")
    mfcc = written("asr")
    found = recognise(mfcc - mfcc.mean(axis=1, keepdims=True))
    assert (found.writing, found.normalised) == ("dialect=asr", "mean")


def test_noise_is_no_tools(rng):
    found = recognise(rng.normal(size=(13, 200)))
    assert found.writing is None
    assert found.lines[-1].startswith("None fits well")


def test_what_has_no_shape_can_not_be_recognised():
    with pytest.raises(ValueError, match=r"^a coefficient is the same in all frames, as in silence: that"):
        recognise(np.zeros((13, 100)))
