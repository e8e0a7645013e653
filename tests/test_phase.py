"""Tests of the way back to sound, with each method that there is: length, level, likeness, and the seed."""

import inspect

import numpy as np
import pytest
from conftest import PRESETS, preset, speech
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tiny import config_names, settings

from mfccinv.features import extract_log_mel, mel_filters, stft_magnitude
from mfccinv.phase import MAGNITUDES, PHASES, log_mel_to_audio, magnitude_to_audio, pinv_magnitude

MAGNITUDE = settings("magnitude", "pinv")
PHASE = settings("phase", "griffin_lim")
FRAMINGS = [{}, {"center": False}, {"pad_mode": "reflect"}, {"n_fft": 511}, {"center": False, "n_fft": 511}]


def level(y):
    return np.sqrt(np.mean(y.astype(np.float64) ** 2))


class TestRegistries:
    @pytest.mark.parametrize(("group", "registry", "given_"), [("magnitude", MAGNITUDES, 2), ("phase", PHASES, 4)])
    def test_each_method_has_its_yaml_with_exactly_its_settings(self, group, registry, given_):
        assert {settings(group, name)["name"] for name in config_names(group)} == set(registry)
        for name in config_names(group):
            values = settings(group, name)
            parameters = list(inspect.signature(registry[values["name"]]).parameters.values())[given_:]
            assert set(values) == {"name", *(parameter.name for parameter in parameters)}
            assert all(parameter.default is parameter.empty for parameter in parameters)

    def test_unknown_names_are_refused_with_the_choices(self):
        spec = preset("asr")
        frames = np.zeros((5, 80))
        with pytest.raises(ValueError, match=r"^magnitude must be one of pinv.*, got 'nnls'$"):
            log_mel_to_audio(frames, spec, magnitude={"name": "nnls"}, phase=PHASE, seed=0)
        with pytest.raises(ValueError, match=r"^phase must be one of griffin_lim.*, got 'vocoder'$"):
            log_mel_to_audio(frames, spec, magnitude=MAGNITUDE, phase={"name": "vocoder"}, seed=0)

    def test_unknown_settings_are_refused(self):
        with pytest.raises(TypeError, match="iteration"):
            magnitude_to_audio(np.zeros((5, 257)), preset("asr"), phase=PHASE | {"iteration": 3}, seed=0)


class TestMagnitude:
    @pytest.mark.parametrize("name", config_names("magnitude"))
    @pytest.mark.parametrize("features", PRESETS)
    def test_is_one_and_has_nearly_the_mel_spectrum(self, name, features):
        values = settings("magnitude", name)
        method = MAGNITUDES[values.pop("name")]
        spec = preset(features)
        log_mel = extract_log_mel(speech(spec.sample_rate, 1), spec)
        magnitude = method(log_mel, spec, **values)
        assert (magnitude.shape, magnitude.dtype) == ((len(log_mel), spec.n_bins), np.float32)
        assert (magnitude >= 0).all()
        mel, again = 10 ** (log_mel / spec.db_per_decade), magnitude**spec.power @ mel_filters(spec).T
        assert np.linalg.norm(again - mel) < 0.35 * np.linalg.norm(mel)

    @pytest.mark.parametrize("power", [1, 2])
    def test_pinv_is_exact_where_the_spectrum_is_made_of_filters(self, power, rng):
        spec = preset("asr", power=power)
        energy = rng.uniform(0.1, 1, size=(5, 80)) @ mel_filters(spec)
        log_mel = spec.db_per_decade * np.log10(energy @ mel_filters(spec).T)
        np.testing.assert_allclose(pinv_magnitude(log_mel, spec), energy ** (1 / power), rtol=1e-4, atol=1e-6)


class TestPhase:
    @pytest.mark.parametrize("name", config_names("phase"))
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    def test_true_magnitude_becomes_sound_with_that_magnitude(self, name, changed):
        spec, y = preset("asr", **changed), speech(16000, 1.5)
        magnitude = stft_magnitude(y, spec)
        made = magnitude_to_audio(magnitude, spec, phase=settings("phase", name), seed=0, length=len(y))
        assert (len(made), made.dtype) == (len(y), np.float32)
        error = np.linalg.norm(stft_magnitude(made, spec) - magnitude) / np.linalg.norm(magnitude)
        assert error < 0.1
        assert level(made) == pytest.approx(level(y), rel=0.05)
        assert np.abs(made).max() < 2 * np.abs(y).max()

    @pytest.mark.parametrize("name", config_names("phase"))
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    @hypothesis_settings(max_examples=10)
    @given(length=st.integers(1, 20000))
    def test_length_is_that_asked_for(self, name, changed, length):
        spec = preset("asr", **changed)
        magnitude, phase = stft_magnitude(speech(16000, 0.5), spec), settings("phase", name) | {"iterations": 1}
        made = magnitude_to_audio(magnitude, spec, phase=phase, seed=0, length=length)
        assert len(made) == length
        assert (made[10000:] == 0).all()

    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    def test_length_is_that_of_the_frames_if_none_is_asked_for(self, changed):
        spec = preset("asr", **changed)
        magnitude = stft_magnitude(speech(16000, 0.5), spec)
        made = magnitude_to_audio(magnitude, spec, phase=PHASE | {"iterations": 1}, seed=0)
        assert 0 <= 8000 - len(made) < spec.hop_length

    def test_more_iterations_come_nearer(self):
        spec, y = preset("asr"), speech(16000, 1)
        magnitude = stft_magnitude(y, spec)
        errors = []
        for iterations in (1, 8, 32):
            made = magnitude_to_audio(magnitude, spec, phase=PHASE | {"iterations": iterations}, seed=0, length=len(y))
            errors.append(np.linalg.norm(stft_magnitude(made, spec) - magnitude))
        assert errors[0] > errors[1] > errors[2]


class TestLogMelToAudio:
    def synthesise(self, spec, y, seed=0, **changed):
        log_mel = extract_log_mel(y, spec)
        return log_mel_to_audio(log_mel, spec, magnitude=MAGNITUDE, phase=PHASE | changed, seed=seed, length=len(y))

    @pytest.mark.parametrize("features", PRESETS)
    def test_sounds_like_the_original(self, features):
        spec = preset(features)
        y = speech(spec.sample_rate, 1.5)
        made = self.synthesise(spec, y)
        assert (len(made), made.dtype) == (len(y), np.float32)
        assert np.isfinite(made).all()
        assert level(made) == pytest.approx(level(y), rel=0.2)
        true, heard = (np.maximum(extract_log_mel(x, spec), -60).ravel() for x in (y, made))
        assert np.corrcoef(true, heard)[0, 1] > 0.95

    def test_the_seed_decides(self):
        spec, y = preset("asr"), speech(16000, 0.3)
        np.testing.assert_array_equal(self.synthesise(spec, y, seed=3), self.synthesise(spec, y, seed=3))
        assert np.abs(self.synthesise(spec, y, seed=3) - self.synthesise(spec, y, seed=4)).max() > 1e-3

    def test_louder_frames_make_louder_sound(self):
        spec, y = preset("asr"), speech(16000, 0.3)
        ratio = level(self.synthesise(spec, 0.1 * y)) / level(self.synthesise(spec, y))
        assert ratio == pytest.approx(0.1, rel=0.02)
