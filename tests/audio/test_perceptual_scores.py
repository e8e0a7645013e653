"""Tests of the perceptual scores on real speech: ends of the scale, order, and speech that is not enough."""

import importlib.util

import numpy as np
import pytest
import soundfile
from places import DEMO

from mfccinv.audio.perceptual_scores import audio_quality, quality_is_installed

needs_extra = pytest.mark.skipif(not quality_is_installed(), reason="the quality extra is not installed")


@pytest.fixture(scope="module")
def speech():
    """Four seconds of an utterance, 16 kHz."""
    y, sample_rate = soundfile.read(sorted((DEMO / "june").glob("*.flac"))[0])
    assert sample_rate == 16000
    return y[: 4 * 16000]


def noisy(speech, snr_db):
    noise = np.random.default_rng(0).normal(size=len(speech))
    return speech + noise * np.sqrt(np.mean(speech**2)) * 10 ** (-snr_db / 20)


@needs_extra
class TestScores:
    def test_the_original_is_perfect(self, speech):
        scores = audio_quality(speech, speech, 16000)
        assert scores == pytest.approx({"pesq": 4.644, "stoi": 1.0, "estoi": 1.0}, abs=1e-3)

    def test_more_noise_is_worse_and_a_louder_copy_is_not(self, speech):
        slight, heavy = (audio_quality(speech, noisy(speech, snr_db), 16000) for snr_db in (30, 0))
        for name in ("pesq", "stoi", "estoi"):
            assert 4.6 > slight[name] > heavy[name]
        assert audio_quality(speech, 0.5 * speech, 16000)["stoi"] == pytest.approx(1.0, abs=1e-3)

    def test_other_rates_are_resampled(self, speech):
        """Speech played at another speed is as good a copy of itself."""
        for sample_rate in (8000, 22050):
            assert audio_quality(speech, speech, sample_rate)["pesq"] > 4.5

    @pytest.mark.parametrize("n_samples", [1, 100, 3200, 3999])
    def test_too_short_speech_has_no_score(self, speech, n_samples):
        part = speech[16000 : 16000 + n_samples]
        assert audio_quality(part, part, 16000) == {}

    def test_between_the_two_limits_there_is_no_stoi(self, speech):
        part = speech[16000 : 16000 + 4800]
        assert not {"stoi", "estoi"} & set(audio_quality(part, part, 16000))

    def test_silence_has_no_score(self, speech):
        assert audio_quality(speech, np.zeros_like(speech), 16000) == {}
        assert audio_quality(np.zeros_like(speech), speech, 16000) == {}


def test_both_packages_are_needed(monkeypatch):
    there = {"pesq", "pystoi"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in there else None)
    assert quality_is_installed()
    there.remove("pesq")
    assert not quality_is_installed()
