"""Tests of networks that predict linear spectra."""

from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
from configurations import settings
from networks import SMALL, SPEC, apply, randomized, windows
from noise import noise_log_mel, noise_mfcc
from speech import speech

from mfccinv.datasets.statistics import Statistics, feature_moments
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.decibels import db_to_magnitude, mel_to_log_mel
from mfccinv.features.extract import extract_features, extract_log_mel
from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.models.assembly import build_model
from mfccinv.models.linear_layers import MelConsistency, MelOfLinear

WEIGHTED = replace(SPEC, weighting="A")


def level_of(magnitude):
    return 20 * np.log10(magnitude)


class TestLinear:
    """Models that predict linear spectra."""

    TASKS = (Task("mel", "linear"), Task("mfcc", "linear"))

    def make(self, task, spec=SPEC, **changes):
        return randomized(build_model(SMALL["dense"] | changes, spec, linear_statistics(spec), task))

    def given(self, task, spec, n_frames):
        return noise_log_mel(spec, n_frames) if task.source == "mel" else noise_mfcc(spec, n_frames)

    @pytest.mark.parametrize("task", TASKS)
    def test_a_run_of_frames_equals_its_windows_one_by_one(self, task):
        model, frames = self.make(task), self.given(task, SPEC, 12)
        together = apply(model, frames)
        assert together.shape == (8, SPEC.n_bins)
        alone = keras.ops.convert_to_numpy(model(windows(frames, 5), training=False))[:, 0]
        np.testing.assert_allclose(together, alone, atol=1e-3)

    @pytest.mark.parametrize("power", [1, 2])
    @pytest.mark.parametrize("features", ["asr", "librosa"])
    def test_has_nearly_the_mel_frames_given(self, features, power):
        """Of speech, from wherever a network that knows nothing gets to."""
        spec = FeatureSpec.from_settings(settings("features", features) | {"power": power})
        log_mel = extract_log_mel(speech(spec.sample_rate, 0.5), spec)
        model = self.make(self.TASKS[0], spec, context=1)
        again = mel_to_log_mel(db_to_magnitude(apply(model, log_mel)) ** power @ mel_filters(spec).T, spec)
        assert np.sqrt(np.mean((again - log_mel) ** 2)) < 1.0

    def test_contradicts_the_mfcc_little(self):
        """As far as mel frames at the floor allow."""
        spec = FeatureSpec.from_settings(settings("features", "asr"))
        mfcc, _ = extract_features(speech(16000, 0.5), spec)
        predicted = apply(self.make(self.TASKS[1], spec, context=1), mfcc)
        log_mel = mel_to_log_mel(db_to_magnitude(predicted) ** 2 @ mel_filters(spec).T, spec)
        assert np.sqrt(np.mean((log_mel_to_mfcc(log_mel, spec) - mfcc) ** 2)) < 1.0

    @pytest.mark.parametrize("task", TASKS)
    def test_silence_stays_silent(self, task):
        silence = np.full((9, SPEC.n_mels), SPEC.floor_db, np.float32)
        given = silence if task.source == "mel" else log_mel_to_mfcc(silence, SPEC)
        np.testing.assert_allclose(apply(self.make(task), given), SPEC.floor_db, atol=1e-3)

    def test_without_a_network_it_is_the_frames_spread(self):
        model = build_model(settings("model", "pseudo_inverse"), SPEC, None, self.TASKS[0])
        log_mel = noise_log_mel(SPEC, 5)
        np.testing.assert_allclose(apply(model, log_mel), spread_log_mel(log_mel, SPEC), atol=1e-3)

    @pytest.mark.parametrize("spec", [SPEC, WEIGHTED])
    def test_mel_frames_of_linear_spectra(self, spec):
        spectrum = np.random.default_rng(0).uniform(0.1, 1, size=(4, spec.n_bins)).astype(np.float32)
        found = keras.ops.convert_to_numpy(MelOfLinear(asdict(spec))(level_of(spectrum)))
        expected = 10 * np.log10(spectrum.astype(float) ** 2 @ mel_filters(spec).T)
        np.testing.assert_allclose(found, expected, atol=1e-3)

    @pytest.mark.parametrize("spec", [SPEC, WEIGHTED])
    def test_what_is_consistent_is_left_alone(self, spec):
        spectrum = np.random.default_rng(0).uniform(0.1, 1, size=(4, spec.n_bins)).astype(np.float32)
        log_mel = (10 * np.log10(spectrum.astype(float) ** 2 @ mel_filters(spec).T)).astype(np.float32)
        found = keras.ops.convert_to_numpy(MelConsistency(asdict(spec), 10)(level_of(spectrum), log_mel))
        np.testing.assert_allclose(found, level_of(spectrum), atol=0.01)

    @pytest.mark.parametrize("output", ["log_mel", "magnitude"])
    def test_other_outputs_are_refused(self, output):
        with pytest.raises(ValueError, match=f"^target=linear needs model.output=residual, got '{output}'$"):
            self.make(self.TASKS[0], output=output)

    def test_a_frame_that_is_hidden_is_refused(self):
        with pytest.raises(ValueError, match=r"^target=linear needs a context with the frame, got"):
            self.make(self.TASKS[0], position="next")


def linear_statistics(spec):
    """As if linear spectra were mel frames spread over the bins, and noise of 6 dB."""
    log_mel = noise_log_mel(spec, 500)
    log_magnitude = spread_log_mel(log_mel, spec) + np.random.default_rng(0).normal(0, 6, size=(500, spec.n_bins))
    return Statistics.from_moments(feature_moments(log_mel_to_mfcc(log_mel, spec), log_mel, spec, log_magnitude))
