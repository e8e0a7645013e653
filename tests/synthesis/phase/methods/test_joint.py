"""Tests of the phase method whose magnitude moves."""

import numpy as np
import pytest
from configurations import preset, settings
from speech import speech

from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.phase.methods.joint import FreeSpectrum
from mfccinv.synthesis.phase.retrieval import retrieve_phase
from mfccinv.synthesis.stft import spectral_convergence

ALL = slice(None)
SPECS = [{}, {"power": 1}, {"f_min_hz": 300.0, "f_max_hz": 4000.0}]


def mel_frames(magnitude, spec):
    return magnitude.astype(np.float64) ** spec.power @ mel_filters(spec).T


def frames(rng, spec):
    """A magnitude and a spectrum that has another."""
    magnitude = rng.uniform(0.1, 1, (6, spec.n_bins)).astype(np.float32)
    spectrum = magnitude * (rng.standard_normal(magnitude.shape) + 1j * rng.standard_normal(magnitude.shape))
    return magnitude, spectrum.astype(np.complex64)


def free(magnitude, spec, freedom=1.0, updates=1):
    return FreeSpectrum(magnitude, spec, freedom=freedom, updates=updates)


class TestFreeSpectrum:
    @pytest.mark.parametrize("changed", SPECS, ids=str)
    def test_without_freedom_its_magnitude_is_imposed(self, rng, changed):
        spec = preset("asr", **changed)
        magnitude, spectrum = frames(rng, spec)
        found = free(magnitude, spec, freedom=0.0).impose(spectrum, ALL)
        np.testing.assert_allclose(np.abs(found), magnitude, rtol=1e-4)
        np.testing.assert_allclose(found / np.abs(found), spectrum / np.abs(spectrum), atol=1e-5)

    @pytest.mark.parametrize("changed", SPECS, ids=str)
    def test_with_all_freedom_the_signals_own_stays_but_outside_the_bands(self, rng, changed):
        spec = preset("asr", **changed)
        magnitude, spectrum = frames(rng, spec)
        found = free(magnitude, spec, updates=0).impose(spectrum, ALL)
        inside = mel_filters(spec).any(axis=0)
        np.testing.assert_allclose(found[:, inside], spectrum[:, inside], atol=1e-3)
        np.testing.assert_allclose(np.abs(found[:, ~inside]), magnitude[:, ~inside], rtol=1e-5)

    @pytest.mark.parametrize("changed", SPECS, ids=str)
    def test_updates_lead_to_the_mel_frames_to_keep(self, rng, changed):
        spec = preset("asr", **changed)
        magnitude, spectrum = frames(rng, spec)
        wanted = mel_frames(magnitude, spec)
        errors = []
        for updates in (0, 2, 100):
            found = free(magnitude, spec, updates=updates).impose(spectrum, ALL)
            errors.append(np.linalg.norm(mel_frames(np.abs(found), spec) - wanted) / np.linalg.norm(wanted))
        assert errors[0] > 0.3
        assert errors[1] < 0.2 * errors[0]
        assert errors[2] < 0.01 * errors[0]

    def test_a_wrong_level_is_put_right_at_once(self, rng):
        spec = preset("asr")
        magnitude, spectrum = frames(rng, spec)
        louder = 3 * magnitude * spectrum / np.abs(spectrum)
        np.testing.assert_allclose(np.abs(free(magnitude, spec).impose(louder, ALL)), magnitude, rtol=1e-4)

    def test_moves_part_of_the_way_each_time(self, rng):
        """Power: a quarter of the way, and a quarter of what is left."""
        spec = preset("asr")
        magnitude, spectrum = frames(rng, spec)
        moving = free(magnitude, spec, freedom=0.25, updates=0)
        own, inside = np.abs(spectrum) ** 2, mel_filters(spec).any(axis=0)
        for left in (0.75, 0.75**2):
            expected = np.sqrt(left * magnitude**2 + (1 - left) * own)
            found = np.abs(moving.impose(spectrum, ALL))
            np.testing.assert_allclose(found[:, inside], expected[:, inside], rtol=1e-4)

    def test_frames_of_a_block_alone_are_moved(self, rng):
        spec = preset("asr")
        magnitude, spectrum = frames(rng, spec)
        whole, parts = free(magnitude, spec), free(magnitude, spec)
        expected = whole.impose(spectrum, ALL)
        found = [parts.impose(spectrum[block], block) for block in (slice(0, 4), slice(4, 6))]
        np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-5)

    def test_magnitudes_of_several_recordings_are_moved_as_each_is(self, rng):
        spec = preset("asr")
        pairs = [frames(rng, spec) for _ in range(3)]
        magnitudes, spectra = (np.stack(part) for part in zip(*pairs, strict=True))
        moving = free(magnitudes, spec)
        found = [moving.impose(spectra[:, block], block) for block in (slice(0, 4), slice(4, 6))]
        expected = [free(magnitude, spec).impose(spectrum, ALL) for magnitude, spectrum in pairs]
        np.testing.assert_allclose(np.concatenate(found, axis=1), expected, rtol=1e-5)

    def test_silence_stays_silent(self, rng):
        spec = preset("asr")
        magnitude, spectrum = frames(rng, spec)
        for of_magnitude, of_signal in [(0, 1), (1, 0), (0, 0)]:
            found = free(of_magnitude * magnitude, spec, updates=2).impose(of_signal * spectrum, ALL)
            np.testing.assert_array_equal(found, 0)


class TestJoint:
    @pytest.mark.parametrize("name", ["asr", "librosa_16k"])
    def test_mel_frames_are_nearer_to_those_wanted_than_griffin_lims(self, name):
        spec = preset(name)
        y = speech(16000, 1.5)
        magnitude = log_mel_to_magnitude(extract_log_mel(y, spec), spec, magnitude=settings("magnitude", "kl"))
        wanted = np.sqrt(mel_frames(stft_magnitude(y, spec), spec))
        errors = {}
        for phase in ("griffin_lim", "joint"):
            method = settings("phase", phase) | {"iterations": 32}
            made = retrieve_phase(magnitude, spec, phase=method, seed=0, length=len(y))
            errors[phase] = spectral_convergence(wanted, np.sqrt(mel_frames(stft_magnitude(made, spec), spec)))
        assert errors["joint"] < errors["griffin_lim"] - 1

    def test_without_freedom_it_is_griffin_lim(self):
        spec, y = preset("asr"), speech(16000, 0.5)
        magnitude = stft_magnitude(y, spec)
        found, expected = (
            retrieve_phase(magnitude, spec, phase=phase, seed=0)
            for phase in (
                settings("phase", "joint") | {"freedom": 0.0, "iterations": 32},
                settings("phase", "griffin_lim"),
            )
        )
        np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())

    @pytest.mark.parametrize("level", [1e-6, 3e4, 1e15])
    def test_a_louder_magnitude_is_a_louder_sound(self, level):
        spec = preset("asr")
        magnitude = stft_magnitude(speech(16000, 0.3), spec)
        phase = settings("phase", "joint") | {"iterations": 4}
        found, expected = (retrieve_phase(part * magnitude, spec, phase=phase, seed=0) for part in (level, 1))
        np.testing.assert_allclose(found / level, expected, atol=1e-3 * np.abs(expected).max())

    def test_a_quiet_recording_beside_a_loud_one_is_the_same(self):
        spec = preset("asr")
        magnitude = stft_magnitude(speech(16000, 0.3), spec)
        phase = settings("phase", "joint") | {"iterations": 4}
        loud, quiet = retrieve_phase(np.stack([1e10 * magnitude, 1e-6 * magnitude]), spec, phase=phase, seed=0)
        np.testing.assert_allclose(1e16 * quiet, loud, atol=1e-3 * np.abs(loud).max())

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"freedom": -0.1}, r"^phase.freedom must be in \[0, 1\], got -0.1$"),
            ({"freedom": 1.1}, r"^phase.freedom must be in \[0, 1\], got 1.1$"),
            ({"freedom": np.nan}, r"^phase.freedom must be in \[0, 1\], got nan$"),
            ({"updates": -1}, "^phase.updates must be a whole number of at least 0, got -1$"),
            ({"iterations": -1}, "^phase.iterations must be a whole number of at least 0, got -1$"),
            ({"momentum": -1}, "^phase.momentum must be at least 0 and finite, got -1$"),
        ],
        ids=str,
    )
    def test_settings_out_of_range_are_refused(self, changed, message):
        with pytest.raises(ValueError, match=message):
            retrieve_phase(np.ones((5, 257)), preset("asr"), phase=settings("phase", "joint") | changed, seed=0)
