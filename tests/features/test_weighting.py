"""Tests of the perceptual weightings: the standards' values, their part in the mel frames, and their undoing."""

import librosa
import numpy as np
import pytest
from configurations import preset, settings
from speech import speech

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.spec import WEIGHTINGS
from mfccinv.features.weighting import equal_loudness_db, weighting_db
from mfccinv.synthesis.frames_to_audio import log_mel_to_audio
from mfccinv.synthesis.magnitude.mel_to_linear import MAGNITUDES, log_mel_to_magnitude
from mfccinv.synthesis.methods import Methods

CURVES = [weighting for weighting in WEIGHTINGS if weighting != "none"]
OCTAVES_HZ = 1000 * 10.0 ** (0.3 * np.arange(-5, 5))  # nominally 31.5, 63, 125 … 16000
# IEC 61672-1, table 3 (A, C); IEC 651, table IV (B).
STANDARDS = {
    "A": (-39.4, -26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1, -6.6),
    "B": (-17.1, -9.3, -4.2, -1.3, -0.3, 0.0, -0.1, -0.7, -2.9, -8.4),
    "C": (-3.0, -0.8, -0.2, 0.0, 0.0, 0.0, -0.2, -0.8, -3.0, -8.5),
}


def gains_db(weighting, places_hz, **changed):
    """Gains at some frequencies, of an FFT with bins every 0.7 Hz."""
    spec = preset("notebook", weighting=weighting, n_fft=2**16, n_mfcc=1, **changed)
    nearest = np.rint(np.asarray(places_hz) * spec.n_fft / spec.sample_rate).astype(int)
    return weighting_db(spec)[nearest]


class TestGains:
    @pytest.mark.parametrize("weighting", STANDARDS)
    def test_are_the_standards(self, weighting):
        np.testing.assert_allclose(gains_db(weighting, OCTAVES_HZ), STANDARDS[weighting], atol=0.15)

    def test_d_has_its_peak_where_aircraft_annoy(self):
        """IEC 537: 11 dB between 3 and 4 kHz, −7.2 dB at 100 Hz."""
        np.testing.assert_allclose(gains_db("D", [100, 3150, 4000]), [-7.2, 11.5, 11.1], atol=0.1)

    @pytest.mark.parametrize(
        ("phon", "levels_db"),
        [
            (20, {63: 58.6, 125: 43.9, 1000: 20.0, 4000: 15.1, 12500: 33.0}),
            (40, {20: 99.9, 63: 73.1, 125: 60.6, 1000: 40.0, 4000: 36.6, 12500: 51.5}),
            (60, {20: 109.5, 63: 85.9, 125: 75.6, 1000: 60.0, 4000: 57.6, 12500: 68.6}),
        ],
    )
    def test_contours_of_equal_loudness_are_the_standards(self, phon, levels_db):
        """ISO 226:2003, as its other implementations print them."""
        thirds = [20, 25, 31.5, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600]
        thirds += [2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500]
        found = dict(zip(thirds, equal_loudness_db(phon), strict=True))
        np.testing.assert_allclose([found[hz] for hz in levels_db], list(levels_db.values()), atol=0.06)

    def test_equal_loudness_is_the_contour_upside_down_and_stays_beyond_its_ends(self):
        found = gains_db("iso226", [0, 10, 20, 63, 1000, 4000, 12500, 24000])
        np.testing.assert_allclose(found, [-49.5, -49.5, -49.5, -25.9, 0, 2.4, -8.6, -8.6], atol=0.1)

    @pytest.mark.parametrize("weighting", CURVES)
    def test_have_a_floor_and_none_at_1_khz(self, weighting):
        gain_db = weighting_db(preset("librosa", weighting=weighting))
        assert gain_db.min() == gain_db[0] == {"iso226": pytest.approx(-49.5, abs=0.1)}.get(weighting, -80)
        assert gains_db(weighting, 1000) == pytest.approx(0, abs=0.02)


class TestMelFrames:
    @pytest.mark.parametrize("name", ["asr", "notebook"])
    @pytest.mark.parametrize("weighting", STANDARDS)
    def test_are_those_of_the_weighted_spectrum(self, name, weighting):
        """By librosa alone."""
        spec = preset(name, weighting=weighting)
        y = speech(spec.sample_rate, 0.5)
        lengths = {"n_fft": spec.n_fft, "hop_length": spec.hop_length, "win_length": spec.win_length}
        hz = librosa.fft_frequencies(sr=spec.sample_rate, n_fft=spec.n_fft)[1:]
        gain = librosa.db_to_amplitude(librosa.frequency_weighting(hz, kind=weighting))
        spectrum = np.abs(librosa.stft(y, **lengths)) * np.append(1e-4, gain)[:, None]
        mel = librosa.feature.melspectrogram(S=spectrum**spec.power, sr=spec.sample_rate, n_mels=spec.n_mels)
        expected = spec.db_per_decade * np.log10(np.maximum(mel, spec.log_floor))
        np.testing.assert_allclose(extract_log_mel(y, spec), expected.T, atol=1e-3)

    @pytest.mark.parametrize("weighting", CURVES)
    def test_of_flat_spectra_are_spread_flat(self, weighting):
        spec = preset("asr", weighting=weighting)
        log_mel = 10 * np.log10(mel_filters(spec).sum(axis=1))[None] + 20
        np.testing.assert_allclose(spread_log_mel(log_mel, spec), 20, atol=1e-6)


def one_bin_a_band(weighting):
    """Below 1 kHz the mel scale is linear: 63 bands of a bin each, so that mel frames tell the spectrum."""
    spec = preset("asr", n_fft=1024, f_max_hz=1000, n_mels=63, n_mfcc=63, weighting=weighting, log_floor=1e-20)
    filters = mel_filters(spec)
    assert (np.count_nonzero(filters > 1e-9 * filters.max(axis=1, keepdims=True), axis=1) == 1).all()
    return spec


class TestUndoing:
    @pytest.mark.parametrize("magnitude", sorted(set(MAGNITUDES) - {"learned"}))
    @pytest.mark.parametrize("weighting", CURVES)
    def test_is_exact_where_bands_are_bins(self, magnitude, weighting):
        y = speech(16000, 0.5)
        spec, plain = one_bin_a_band(weighting), one_bin_a_band("none")
        mfcc = log_mel_to_mfcc(extract_log_mel(y, spec).astype(np.float64), spec)
        found = log_mel_to_magnitude(mfcc_to_log_mel(mfcc, spec), spec, magnitude=settings("magnitude", magnitude))
        np.testing.assert_allclose(found[:, 1:64], stft_magnitude(y, spec)[:, 1:64], rtol=1e-4)
        as_plain = log_mel_to_magnitude(extract_log_mel(y, plain), plain, magnitude=settings("magnitude", magnitude))
        np.testing.assert_allclose(found, as_plain, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("weighting", ["A", "iso226"])
    def test_gives_the_same_sound(self, weighting):
        y = speech(16000, 0.5)
        methods = Methods(magnitude=settings("magnitude", "kl"), phase=settings("phase", "griffin_lim"))
        weighted, plain = (
            log_mel_to_audio(extract_log_mel(y, spec), spec, methods, seed=0, length=len(y))
            for spec in (one_bin_a_band(weighting), one_bin_a_band("none"))
        )
        np.testing.assert_allclose(weighted, plain, atol=1e-3 * np.abs(plain).max())

    @pytest.mark.parametrize("weighting", CURVES)
    def test_is_nearly_exact_within_wide_bands(self, weighting):
        """What is lost within a band is lost either way."""
        y = speech(16000, 1)
        spectra = []
        for chosen in ("none", weighting):
            spec = preset("asr", weighting=chosen)
            found = log_mel_to_magnitude(extract_log_mel(y, spec), spec, magnitude=settings("magnitude", "kl"))
            spectra.append(20 * np.log10(np.maximum(found, 1e-4)))
        assert np.sqrt(np.mean((spectra[1] - spectra[0]) ** 2)) < 0.8
