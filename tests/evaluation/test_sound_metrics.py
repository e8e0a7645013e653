"""Tests of the pooled scores of sound: closed forms, an independent cepstrum, what is left out."""

import librosa
import numpy as np
import pytest
from speech import speech

from mfccinv.audio.speech_recognition import recogniser_is_installed
from mfccinv.evaluation.bootstrap import score_sums
from mfccinv.evaluation.sound_metrics import CepstralSums, F0Sums, WordSums, mel_cepstral_distortion


def cepstrum(y):
    """c1 … c24 of the natural logarithm of mel power, by librosa and the definition, (n_frames, 24)."""
    mel = librosa.feature.melspectrogram(
        y=y, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=80, pad_mode="constant"
    )
    log_power = np.log(np.maximum(mel, 1e-10))
    waves = np.cos(np.pi * np.outer(np.arange(1, 25), np.arange(80) + 0.5) / 80)
    return (waves @ log_power / 80).T


@pytest.fixture(scope="module")
def y():
    return speech(16000)[:16000]


class TestMelCepstralDistortion:
    def test_is_kubicheks(self, y, rng):
        other = y + 0.01 * rng.normal(size=len(y))
        squares = np.sum((cepstrum(y) - cepstrum(other)) ** 2, axis=1)
        expected = 10 / np.log(10) * np.sqrt(2 * squares)
        np.testing.assert_allclose(mel_cepstral_distortion(y, other, 16000), expected, atol=1e-3)
        assert expected.mean() > 1

    def test_the_level_does_not_matter(self, y):
        assert mel_cepstral_distortion(y, y, 16000).max() == 0
        noise = np.random.default_rng(0).normal(size=16000)
        assert mel_cepstral_distortion(noise, 0.1 * noise, 16000).max() < 1e-3

    def test_a_wave_over_the_bands_counts_as_its_effective_value(self, monkeypatch):
        """3 dB of the second coefficient's cosine are 3 / sqrt(2) dB, of a faster one than the last nothing."""
        bands = np.arange(80) + 0.5
        slow, fast = (3 * np.cos(np.pi * order * bands / 80) for order in (2, 30))
        frames = iter(np.tile(one, (5, 1)) for one in (bands, bands + slow + fast))
        monkeypatch.setattr("mfccinv.features.extract.extract_log_mel", lambda *_: next(frames))
        np.testing.assert_allclose(mel_cepstral_distortion(np.ones(9), np.ones(9), 16000), 3 / np.sqrt(2), rtol=1e-5)

    def test_digital_silence_is_left_out(self, y, rng):
        silence = np.zeros(8000)
        original, other = np.concatenate([y, silence]), np.concatenate([y, 1e-3 * rng.normal(size=8000)])
        sums = CepstralSums.of(original, other, 16000)
        assert 101 <= sums.frames <= 104  # of 151
        assert len(mel_cepstral_distortion(silence, silence, 16000)) == 0

    @pytest.mark.parametrize("sample_rate", [8000, 22050])
    def test_other_rates_are_resampled(self, y, sample_rate):
        other = librosa.resample(y, orig_sr=16000, target_sr=sample_rate)
        assert len(mel_cepstral_distortion(other, other, sample_rate)) == 101


class TestF0:
    def test_counts(self):
        """Of ten frames two differ in voicing; of five voiced in both two are off by over 20 %, three by 0, 30, 40."""
        cents = 2 ** (np.array([0, 30, -40]) / 1200)
        true = np.array([0, 0, 0, 100, 0, 100, 200, 100, 100, 100])
        found = np.array([0, 0, 0, 0, 90, 200, 159, *(100 * cents)])
        scores = F0Sums.of(true, found).summary()
        assert {name: float(value) for name, value in scores.items()} == pytest.approx(
            {"vde": 20, "gpe": 40, "ffe": 40, "f0_cents": np.sqrt((30**2 + 40**2) / 3)}
        )

    def test_twenty_per_cent_are_not_gross(self):
        true, found = np.full(4, 100.0), np.array([80.1, 119.9, 79.9, 120.1])
        assert F0Sums.of(true, found).gross_errors == 2

    def test_frames_count_not_utterances(self):
        """An utterance without a frame voiced in both adds nothing to the share of those frames."""
        good, bad, unvoiced = (
            F0Sums.of(np.full(n, 100.0), np.full(n, f0)) for n, f0 in ((30, 100.0), (10, 200.0), (50, 0.0))
        )
        scored = score_sums(
            {"net": [good, bad, unvoiced], "same": [good, good, unvoiced]}, model="net", baseline="same", seed=0
        )
        assert scored["total"]["net"]["gpe"]["value"] == pytest.approx(25)
        assert scored["gain"]["gpe"]["value"] == pytest.approx(25)
        assert scored["total"]["net"]["vde"]["value"] == pytest.approx(100 * 50 / 90)

    def test_the_gain_of_the_same_is_zero_in_every_resampling(self):
        sums = [F0Sums.of(np.full(n, 100.0), np.linspace(90, 130, n)) for n in (20, 30, 40, 50)]
        scored = score_sums({"net": sums, "other": sums}, model="net", baseline="other", seed=0)
        for name in ("vde", "gpe", "ffe", "f0_cents"):
            assert scored["gain"][name] == {"value": 0.0, "interval": [0.0, 0.0]}
        low, high = scored["total"]["net"]["f0_cents"]["interval"]
        assert low < scored["total"]["net"]["f0_cents"]["value"] < high

    def test_nothing_voiced_has_no_pitch_error(self):
        sums = {"net": [F0Sums.of(np.zeros(5), np.zeros(5))] * 2}
        scored = score_sums(sums, model="net", baseline="net", seed=0)["total"]["net"]
        assert scored["vde"] == {"value": 0.0, "interval": [0.0, 0.0]}
        assert scored["gpe"] == scored["f0_cents"] == {"value": None, "interval": None}
        assert np.isnan(F0Sums.of(np.zeros(0), np.zeros(0)).summary()["vde"])


@pytest.mark.skipif(not recogniser_is_installed(), reason="the wer extra is not installed")
def test_words_that_are_replaced_left_out_or_put_in_are_errors():
    pairs = [("a b c d", "a x c d"), ("a b", "a"), ("a b c d", "a b c d e"), ("", "all of this"), ("a b", "")]
    sums = WordSums.stack([WordSums.of(*(text.split() for text in pair)) for pair in pairs])
    assert sums.errors.tolist() == [1, 1, 1, 0, 2]
    assert sums.words.tolist() == [4, 2, 4, 0, 2]
    assert sums.total().summary()["wer"] == pytest.approx(100 * 5 / 12)
