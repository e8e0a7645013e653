"""Tests of what is known without a network."""

import numpy as np
import yaml
from configurations import preset, settings
from noise import noise_log_mel, small_spec
from speech import speech

from mfccinv.configs import presets
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.extract import extract_features
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.synthesis.baseline import baseline_frames
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude

SPEC = small_spec()


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
