"""Tests of what is known without a network."""

import numpy as np
import pytest
import yaml
from configurations import preset, settings
from noise import noise_log_mel, small_spec
from speech import speech

from mfccinv.configs import presets
from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel, mfcc_to_whole_log_mel
from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.extract import extract_features
from mfccinv.features.mel import empty_bands
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.synthesis.baseline import FORECAST, Baseline
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude

SPEC = small_spec()


def test_what_is_known_without_a_network():
    spec = preset("asr")
    mfcc, log_mel = extract_features(speech(16000, 0.3), spec)
    analytic = mfcc_to_log_mel(mfcc, spec)
    np.testing.assert_array_equal(Baseline(MFCC_TO_MEL, spec, True).frames(mfcc), analytic)
    for task, frames, known in ((Task("mel", "linear"), log_mel, log_mel), (Task("mfcc", "linear"), mfcc, analytic)):
        found = log_mel_to_magnitude(known, spec, magnitude=settings("magnitude", "kl"))
        np.testing.assert_array_equal(Baseline(task, spec, True).frames(frames), magnitude_to_db(found, spec))


def test_bands_without_a_bin_are_at_the_floor():
    """As they are in what a user without a network gets; see `mfcc_to_whole_log_mel`."""
    spec = preset("torchaudio")
    mfcc, log_mel = extract_features(speech(16000, 0.3), spec)
    found = Baseline(MFCC_TO_MEL, spec, True).frames(mfcc)
    np.testing.assert_array_equal(found, mfcc_to_whole_log_mel(mfcc, spec))
    error = np.abs(found - log_mel)
    assert error[:, list(empty_bands(spec))].max() < 3
    assert error.mean() < 0.75 * np.abs(mfcc_to_log_mel(mfcc, spec) - log_mel).mean()


def test_the_baseline_of_linear_spectra_follows_the_preset(tmp_path, monkeypatch):
    changed = settings("magnitude", "kl") | {"iterations": 1}
    (tmp_path / "magnitude").mkdir()
    (tmp_path / "magnitude" / "kl.yaml").write_text(yaml.safe_dump(changed))
    monkeypatch.setattr(presets, "CONFIGS", tmp_path)
    presets.preset_settings.cache_clear()
    presets.preset_names.cache_clear()
    log_mel = noise_log_mel(SPEC, 4)
    found = log_mel_to_magnitude(log_mel, SPEC, magnitude=changed)
    baseline = Baseline(Task("mel", "linear"), SPEC, True)
    np.testing.assert_array_equal(baseline.frames(log_mel), magnitude_to_db(found, SPEC))
    presets.preset_settings.cache_clear()
    presets.preset_names.cache_clear()


def test_a_forecast_is_compared_with_the_last_frame_seen_repeated():
    """Of all 24 MFCC each frame is known exactly, once it is seen; the first is predicted from itself."""
    spec = small_spec(n_mfcc=24)
    log_mel = noise_log_mel(spec, 5)
    forecast = Baseline(MFCC_TO_MEL, spec, False)
    found = forecast.frames(log_mel_to_mfcc(log_mel, spec))
    np.testing.assert_allclose(found, log_mel[[0, 0, 1, 2, 3]], atol=1e-3)
    assert forecast.name == FORECAST == "repeat_the_last_frame"
    assert forecast.title == "the last frame seen, repeated (the analytic inverse)"


@pytest.mark.parametrize(
    ("task", "name", "title"),
    [
        (MFCC_TO_MEL, "pseudo_inverse", "the analytic inverse"),
        (Task("mfcc", "linear"), "kl", "the analytic inverse with magnitude=kl"),
        (Task("mel", "linear"), "kl", "magnitude=kl"),
    ],
)
def test_a_baseline_says_what_it_is(task, name, title):
    baseline = Baseline(task, SPEC, True)
    assert (baseline.name, baseline.title) == (name, title)
