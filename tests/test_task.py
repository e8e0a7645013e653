"""Tests of the tasks: what is given and asked, what is known without a network, what of a specification matters."""

import numpy as np
import pytest
import yaml
from conftest import preset, speech
from tiny import noise_log_mel, settings, small_spec

from mfccinv.configs import presets
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.extract import extract_features
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.synthesis.baseline import baseline_frames
from mfccinv.synthesis.mel_to_linear import log_mel_to_magnitude

SPEC = small_spec()


@pytest.mark.parametrize(
    ("source", "target", "given", "asked", "sizes"),
    [
        ("mfcc", "mel", "mfcc", "log_mel", (8, 24)),
        ("mel", "linear", "log_mel", "log_magnitude", (24, 257)),
        ("mfcc", "linear", "mfcc", "log_magnitude", (8, 257)),
    ],
)
def test_names_and_sizes(source, target, given, asked, sizes):
    task = Task(source, target)
    assert (task.inputs, task.outputs) == (given, asked)
    assert (task.n_inputs(SPEC), task.n_outputs(SPEC)) == sizes


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("melody", "mel", "source must be one of mfcc, mel, got 'melody'"),
        ("mfcc", "sound", "target must be one of mel, linear, got 'sound'"),
        ("mel", "mel", "source=mel has mel frames already: it needs target=linear"),
    ],
)
def test_others_are_refused(source, target, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Task(source, target)


def test_what_is_known_without_a_network():
    spec = preset("asr")
    mfcc, log_mel = extract_features(speech(16000, 0.3), spec)
    analytic = mfcc_to_log_mel(mfcc, spec)
    np.testing.assert_array_equal(baseline_frames(mfcc, MFCC_TO_MEL, spec), analytic)
    for task, frames, known in ((Task("mel", "linear"), log_mel, log_mel), (Task("mfcc", "linear"), mfcc, analytic)):
        found = log_mel_to_magnitude(known, spec, magnitude=settings("magnitude", "kl"))
        np.testing.assert_array_equal(baseline_frames(frames, task, spec), magnitude_to_db(found, spec))


def test_the_baseline_of_linear_spectra_follows_the_preset(tmp_path, monkeypatch):
    changed = settings("magnitude", "kl") | {"iterations": 1}
    (tmp_path / "magnitude").mkdir()
    (tmp_path / "magnitude" / "kl.yaml").write_text(yaml.safe_dump(changed))
    monkeypatch.setattr(presets, "CONFIGS", tmp_path)
    presets.preset_settings.cache_clear()
    log_mel = noise_log_mel(SPEC, 4)
    found = log_mel_to_magnitude(log_mel, SPEC, magnitude=changed)
    np.testing.assert_array_equal(baseline_frames(log_mel, Task("mel", "linear"), SPEC), magnitude_to_db(found, SPEC))
    presets.preset_settings.cache_clear()


def test_mfcc_do_not_matter_to_what_takes_mel_frames():
    one, other = preset("asr"), preset("asr", n_mfcc=13, lifter=22)
    assert Task("mel", "linear").relevant(one) == Task("mel", "linear").relevant(other)
    assert MFCC_TO_MEL.relevant(one) != MFCC_TO_MEL.relevant(other)
    assert Task("mel", "linear").relevant(preset("asr", n_mels=40)) != Task("mel", "linear").relevant(one)
