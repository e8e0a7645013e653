"""Tests of mel → linear magnitude: each method's result has the mel frames it was made from, or nearly."""

import librosa
import numpy as np
import pytest
from configurations import PRESETS, preset, settings
from speech import speech

from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.synthesis.magnitude.mel_to_linear import MAGNITUDES, log_mel_to_magnitude

ANALYTIC = sorted(set(MAGNITUDES) - {"learned"})  # without a network


def mel_error(magnitude, log_mel, spec):
    """Distance of the mel frames of a magnitude to those it was made from, relative."""
    mel, again = 10 ** (log_mel / spec.db_per_decade), magnitude.astype(float) ** spec.power @ mel_filters(spec).T
    return np.linalg.norm(again - mel) / np.linalg.norm(mel)


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize("features", PRESETS)
def test_has_nearly_the_mel_spectrum(name, features):
    spec = preset(features)
    log_mel = extract_log_mel(speech(spec.sample_rate, 1), spec)
    magnitude = log_mel_to_magnitude(log_mel, spec, magnitude=settings("magnitude", name))
    assert (magnitude.shape, magnitude.dtype) == ((len(log_mel), spec.n_bins), np.float32)
    assert (magnitude >= 0).all()
    assert mel_error(magnitude, log_mel, spec) < {"nnls": 0.05, "kl": 0.02}.get(name, 0.35)


@pytest.mark.parametrize("name", ["pinv", "nnls"])
@pytest.mark.parametrize("power", [1, 2])
def test_is_exact_where_the_spectrum_is_made_of_filters(name, power, rng):
    spec = preset("asr", power=power)
    energy = rng.uniform(0.1, 1, size=(5, 80)) @ mel_filters(spec)
    log_mel = spec.db_per_decade * np.log10(energy @ mel_filters(spec).T)
    found = log_mel_to_magnitude(log_mel, spec, magnitude=settings("magnitude", name))
    np.testing.assert_allclose(found, energy ** (1 / power), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ANALYTIC)
def test_takes_silence(name):
    spec = preset("asr")
    found = log_mel_to_magnitude(np.full((3, 80), spec.floor_db), spec, magnitude=settings("magnitude", name))
    assert np.isfinite(found).all()
    assert found.max() < 1e-3


def test_an_unknown_name_is_refused_with_the_choices():
    with pytest.raises(ValueError, match=rf"^magnitude must be one of {', '.join(MAGNITUDES)}, got 'inverse'$"):
        log_mel_to_magnitude(np.zeros((5, 80)), preset("asr"), magnitude={"name": "inverse"})


def find(name, log_mel, spec, **changed):
    return log_mel_to_magnitude(log_mel, spec, magnitude=settings("magnitude", name) | changed)


def test_frames_of_another_number_of_bands_are_refused():
    with pytest.raises(ValueError, match=r"log_mel must be \(..., n_frames, n_mels=80\), got shape \(4, 40\)"):
        log_mel_to_magnitude(np.zeros((4, 40)), preset("asr"), magnitude={"name": "pinv"})


@pytest.mark.parametrize("name", ANALYTIC)
def test_recordings_together_become_what_each_would_alone(name):
    spec = preset("asr")
    log_mel = extract_log_mel(speech(16000, 1), spec)[:96].reshape(2, 3, 16, 80)
    together = find(name, log_mel, spec)
    assert together.shape == (2, 3, 16, 257)
    for place in np.ndindex(2, 3):
        alone = find(name, log_mel[place], spec)
        np.testing.assert_allclose(together[place], alone, rtol=1e-4, atol=1e-4 * alone.max())


@pytest.mark.parametrize("name", ["nnls", "kl"])
class TestIterative:
    def test_no_further_from_the_mel_frames_than_librosas_and_nearer_to_the_truth(self, name):
        spec, y = preset("asr"), speech(16000, 1)
        log_mel, true = extract_log_mel(y, spec), stft_magnitude(y, spec)
        mel = 10 ** (log_mel.astype(np.float64) / 10)
        theirs = librosa.feature.inverse.mel_to_stft(mel.T, sr=16000, n_fft=512, power=2.0).T
        ours = find(name, log_mel, spec)
        assert mel_error(ours, log_mel, spec) <= 1.01 * mel_error(theirs, log_mel, spec)
        assert np.linalg.norm(ours - true) < np.linalg.norm(theirs - true)

    def test_quiet_frames_are_as_near_as_loud_ones(self, name):
        spec = preset("asr")
        log_mel = np.maximum(extract_log_mel(speech(16000, 1), spec), -70)
        errors = [mel_error(find(name, log_mel - quieter, spec), log_mel - quieter, spec) for quieter in (0, 30)]
        assert errors[1] == pytest.approx(errors[0], rel=0.2)

    def test_more_iterations_come_nearer(self, name):
        spec = preset("asr")
        log_mel = extract_log_mel(speech(16000, 0.5), spec)
        errors = [mel_error(find(name, log_mel, spec, iterations=n), log_mel, spec) for n in (0, 10, 50, 200)]
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] < 1e-3

    def test_a_frame_does_not_depend_on_others(self, name):
        spec = preset("asr")
        log_mel = extract_log_mel(speech(16000, 0.5), spec)
        together = find(name, log_mel, spec)
        for frame, one in zip(log_mel[::7], together[::7], strict=True):
            np.testing.assert_allclose(find(name, frame[None], spec)[0], one, rtol=1e-3, atol=1e-4 * one.max())

    def test_settings_out_of_range_are_refused(self, name):
        with pytest.raises(ValueError, match=r"magnitude.iterations must be a whole number of at least 0, got -1"):
            find(name, np.zeros((5, 80)), preset("asr"), iterations=-1)

    def test_bins_in_no_band_are_empty(self, name):
        spec = preset("hifigan")
        magnitude = find(name, extract_log_mel(speech(spec.sample_rate, 0.5), spec), spec)
        beyond = np.arange(spec.n_bins) * spec.sample_rate / spec.n_fft >= spec.f_max_hz
        assert (magnitude[:, beyond] == 0).all()
        assert magnitude[:, ~beyond].max() > 0


def test_smooth_spectra_are_nearer_to_the_truth():
    """In quiet bins above all: that is where least squares leave zeros."""
    spec, y = preset("asr"), speech(16000, 1)
    log_mel, true = extract_log_mel(y, spec), np.maximum(stft_magnitude(y, spec), 1e-4)
    distance = {}
    for name in ANALYTIC:
        found = np.maximum(find(name, log_mel, spec), 1e-4)
        distance[name] = np.sqrt(np.mean((20 * np.log10(found / true)) ** 2))
    assert distance["kl"] < 0.7 * distance["nnls"]
