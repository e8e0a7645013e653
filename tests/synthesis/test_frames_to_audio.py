"""Tests of the way from log-mel frames back to sound."""

from dataclasses import replace

import numpy as np
import pytest
from configurations import PRESETS, preset, settings
from speech import speech

from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.synthesis.frames_to_audio import frames_to_audio, log_mel_to_audio, smooth_window
from mfccinv.synthesis.methods import Methods

MAGNITUDE = settings("magnitude", "pinv")
PHASE = settings("phase", "griffin_lim")


def level(y):
    return np.sqrt(np.mean(y.astype(np.float64) ** 2))


class TestLogMelToAudio:
    def synthesise(self, spec, y, seed=0, **changed):
        log_mel = extract_log_mel(y, spec)
        return log_mel_to_audio(
            log_mel, spec, Methods(magnitude=MAGNITUDE, phase=PHASE | changed), seed=seed, length=len(y)
        )

    @pytest.mark.parametrize("features", PRESETS)
    def test_sounds_like_the_original(self, features):
        spec = preset(features)
        y = speech(spec.sample_rate, 1.5)
        made = self.synthesise(spec, y)
        assert (len(made), made.dtype) == (len(y), np.float32)
        assert np.isfinite(made).all()
        assert level(made) == pytest.approx(level(y), rel=0.2)
        true, heard = (np.maximum(extract_log_mel(x, spec), -60).ravel() for x in (y, made))
        assert np.corrcoef(true, heard)[0, 1] > 0.94

    def test_the_seed_decides(self):
        spec, y = preset("asr"), speech(16000, 0.3)
        first, again, other = (self.synthesise(spec, y, seed=seed, start="random") for seed in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert np.abs(first - other).max() > 1e-3

    def test_louder_frames_make_louder_sound(self):
        spec, y = preset("asr"), speech(16000, 0.3)
        ratio = level(self.synthesise(spec, 0.1 * y)) / level(self.synthesise(spec, y))
        assert ratio == pytest.approx(0.1, rel=0.02)


class TestWindow:
    def test_of_a_boxcar_is_hanns_with_its_gain(self):
        """The mean square of a Hann window is 3 / 8."""
        spec = preset("python_speech_features")
        smooth, gain = smooth_window(spec)
        assert smooth == replace(spec, window="hann")
        assert gain == pytest.approx(np.sqrt(3 / 8))

    @pytest.mark.parametrize("changed", [{"window": "hann"}, {"window": "boxcar", "win_length": 300}])
    def test_of_others_and_of_frames_that_hardly_overlap_stays(self, changed):
        spec = replace(preset("asr"), **changed)
        assert smooth_window(spec) == (spec, 1.0)


def test_linear_spectra_need_no_magnitude_between():
    spec = preset("asr")
    y = speech(16000, 1)
    spectra = magnitude_to_db(stft_magnitude(y, spec), spec)
    made = frames_to_audio(spectra, spec, Methods(magnitude={}, phase=PHASE), target="linear", seed=0, length=len(y))
    true, heard = (np.maximum(extract_log_mel(x, spec), -60).ravel() for x in (y, made))
    assert np.corrcoef(true, heard)[0, 1] > 0.99


class TestJoint:
    """A magnitude that moves is for mel frames alone."""

    JOINT = settings("phase", "joint") | {"iterations": 2}

    def test_linear_frames_are_kept(self):
        spec = preset("asr")
        linear = magnitude_to_db(stft_magnitude(speech(16000, 0.3), spec), spec)
        ways = (self.JOINT, PHASE | {"iterations": 3})
        joint, fixed = (
            frames_to_audio(linear, spec, Methods(magnitude=MAGNITUDE, phase=phase), target="linear", seed=0)
            for phase in ways
        )
        np.testing.assert_array_equal(joint, fixed)

    @pytest.mark.parametrize(("magnitude", "is_kept"), [("kl", False), ("learned", True)])
    def test_what_a_network_finds_is_kept(self, magnitude, is_kept):
        spec = preset("asr")
        log_mel = extract_log_mel(speech(16000, 0.3), spec)
        joint, fixed = (
            log_mel_to_audio(log_mel, spec, Methods(magnitude=settings("magnitude", magnitude), phase=phase), seed=0)
            for phase in (self.JOINT, PHASE | {"iterations": 3})
        )
        assert np.array_equal(joint, fixed) == is_kept
