"""Tests of the features: librosa on real speech, golden values, closed forms, and what must not matter."""

import runpy
from dataclasses import asdict
from pathlib import Path

import librosa
import numpy as np
import pytest
from configurations import PRESETS, preset
from hypothesis import given
from hypothesis import strategies as st
from speech import speech

from mfccinv.features import extract as features
from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_basis
from mfccinv.features.extract import FRAMES_AT_ONCE, extract_features, extract_log_mel, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import PAD_MODES, WINDOWS

GOLDEN = Path(__file__).parent / "golden"
MAKER = runpy.run_path(str(GOLDEN / "make_features.py"))
librosa_features, LIKE_LIBROSA = MAKER["librosa_features"], tuple(MAKER["librosas_presets"]())


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "features.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.filterwarnings("ignore:Empty filters detected")  # of torchaudio's preset
class TestGolden:
    @pytest.mark.parametrize("name", LIKE_LIBROSA)
    def test_equals_what_librosa_gave(self, golden, name):
        mfcc, log_mel = extract_features(golden["y"] / 32768, preset(name))
        np.testing.assert_allclose(log_mel, golden[f"{name}_log_mel"], atol=2e-5)
        np.testing.assert_allclose(mfcc, golden[f"{name}_mfcc"], atol=2e-4)

    def test_librosa_still_gives_it(self, golden):
        arrays = MAKER["golden_arrays"]()
        assert {*arrays, "versions"} == set(golden)
        for name, values in arrays.items():
            np.testing.assert_allclose(values, golden[name], atol=2e-4, err_msg=name)

    def test_names_its_versions(self, golden):
        assert [version.split()[0] for version in golden["versions"]] == ["librosa", "numpy", "soundfile"]


@pytest.mark.filterwarnings("ignore:Empty filters detected")
class TestAgainstLibrosa:
    def test_the_librosa_preset_is_librosas_default(self):
        spec, y = preset("librosa"), speech(22050)
        log_mel = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050), top_db=None)
        mfcc, ours = extract_features(y, spec)
        np.testing.assert_allclose(ours, log_mel.T, atol=1e-4)
        np.testing.assert_allclose(mfcc, librosa.feature.mfcc(S=log_mel).T, atol=1e-4)

    @pytest.mark.parametrize("name", LIKE_LIBROSA)
    def test_presets_on_speech(self, name):
        spec = preset(name)
        assert_equals_librosa(speech(spec.sample_rate), spec)

    @pytest.mark.parametrize(
        "changed",
        [
            {"power": 1, "log_floor": 1e-5},
            {"power": 1, "log_floor": 1e-5, "mel_norm": "none"},
            {"mel_scale": "htk", "n_mels": 40},
            {"mel_norm": "none"},
            {"center": False},
            {"win_seconds": 0.0249375},  # an odd window in an even frame
            {"n_fft": 511},
            {"n_fft": 511, "center": False},
            {"hop_seconds": 0.05},  # longer than the window
            {"f_min_hz": 300.0, "f_max_hz": 3400.0, "n_mels": 26},
            {"lifter": 22.0},
            {"top_db": 60.0},
            {"log_floor": 1e-3},
            *({"window": window} for window in WINDOWS if window != "povey"),
            *({"pad_mode": pad_mode} for pad_mode in PAD_MODES),
        ],
        ids=str,
    )
    def test_every_setting_on_speech(self, changed):
        assert_equals_librosa(speech(16000, 1.5), preset("asr", **changed))

    @pytest.mark.parametrize("changed", [{}, {"center": False}, {"pad_mode": "reflect", "window": "hamming"}], ids=str)
    def test_stft_magnitude(self, changed):
        spec, y = preset("asr", **changed), speech(16000, 1)
        expected = librosa.stft(
            y,
            n_fft=spec.n_fft,
            hop_length=spec.hop_length,
            win_length=spec.win_length,
            window=spec.window,
            center=spec.center,
            pad_mode=spec.pad_mode,
        )
        magnitude = stft_magnitude(y, spec)
        assert magnitude.dtype == np.float32
        np.testing.assert_allclose(magnitude, np.abs(expected).T, rtol=1e-6, atol=1e-6)


def assert_equals_librosa(y, spec):
    expected = librosa_features(y, asdict(spec))
    mfcc, log_mel = extract_features(y, spec)
    np.testing.assert_allclose(log_mel, expected["log_mel"], atol=1e-4)
    # A liftered coefficient is its weight times as large, and so is its rounding.
    np.testing.assert_allclose(mfcc / spec.lifter_weights, expected["mfcc"] / spec.lifter_weights, atol=2e-4)


class TestClosedForms:
    @pytest.mark.parametrize("power", [1, 2])
    @pytest.mark.parametrize(("place", "level"), [(256, 1.0), (156, 0.5), (56, 0.0), (40, 0.0)])
    def test_an_impulse_gives_the_window_at_its_place(self, power, place, level):
        spec = preset("asr", center=False, power=power)
        y = np.zeros(512)
        y[place] = 1.0
        expected = spec.db_per_decade * np.log10(np.maximum(mel_filters(spec).sum(axis=1) * level**power, 1e-10))
        np.testing.assert_allclose(extract_log_mel(y, spec), expected[None], atol=1e-4)

    def test_silence_is_the_floor(self):
        for name in PRESETS:
            spec = preset(name)
            assert (extract_log_mel(np.zeros(4 * spec.n_fft), spec) == np.float32(spec.floor_db)).all()

    @pytest.mark.parametrize("hz", [250, 1000, 3000, 7000])
    def test_a_tone_is_loudest_in_its_band(self, hz):
        spec = preset("asr", mel_norm="none")
        frame = extract_log_mel(np.sin(2 * np.pi * hz * np.arange(16000) / 16000), spec)[50]
        bin_of_tone = round(hz * spec.n_fft / spec.sample_rate)
        assert abs(frame.argmax() - mel_filters(spec)[:, bin_of_tone].argmax()) <= 1

    @given(st.floats(-60, 40))
    def test_gain_adds_its_level(self, gain_db):
        for power in (1, 2):
            spec = preset("asr", power=power, log_floor=1e-30)
            y = speech(16000, 0.5)
            louder = extract_log_mel(y * 10 ** (gain_db / 20), spec)
            np.testing.assert_allclose(louder - extract_log_mel(y, spec), gain_db, atol=1e-4)


class TestFrames:
    @pytest.mark.parametrize("changed", [{}, {"lifter": 22.0}, {"n_mfcc": 80}, {"top_db": 40.0}], ids=str)
    def test_mfcc_are_those_of_exactly_the_log_mel_returned(self, changed):
        spec = preset("asr", **changed)
        mfcc, log_mel = extract_features(speech(16000, 1), spec)
        assert (mfcc.dtype, log_mel.dtype) == (np.float32, np.float32)
        np.testing.assert_array_equal(mfcc, log_mel_to_mfcc(log_mel, spec))
        exact = log_mel.astype(np.float64) @ mfcc_basis(spec).T
        np.testing.assert_allclose(mfcc, exact, rtol=1e-6)

    @pytest.mark.parametrize("n_frames", [1, *range(FRAMES_AT_ONCE - 1, FRAMES_AT_ONCE + 2), 3 * FRAMES_AT_ONCE])
    def test_how_many_are_made_at_once_does_not_matter(self, n_frames, monkeypatch):
        spec = preset("asr", center=False)
        y = speech(16000)[: spec.n_fft + (n_frames - 1) * spec.hop_length]
        log_mel, magnitude = extract_log_mel(y, spec), stft_magnitude(y, spec)
        assert len(log_mel) == len(magnitude) == n_frames
        for at_once in (1, 10**6):
            monkeypatch.setattr(features, "FRAMES_AT_ONCE", at_once)
            np.testing.assert_allclose(extract_log_mel(y, spec), log_mel, atol=2e-5)
            np.testing.assert_allclose(stft_magnitude(y, spec), magnitude, rtol=1e-6, atol=1e-7)

    def test_without_top_db_a_frame_does_not_depend_on_the_rest(self):
        spec, y = preset("asr"), speech(16000, 1)
        alone = extract_log_mel(y, spec)
        together = extract_log_mel(np.concatenate([y, 100 * y]), spec)
        np.testing.assert_allclose(together[:98], alone[:98], atol=1e-5)
        assert extract_log_mel(np.concatenate([y, 100 * y]), preset("asr", top_db=40.0))[0].min() > alone[0].min() + 1

    def test_top_db_is_the_range_below_the_loudest(self):
        y = speech(16000, 1)
        free, limited = extract_log_mel(y, preset("asr")), extract_log_mel(y, preset("asr", top_db=40.0))
        np.testing.assert_allclose(limited, np.maximum(free, free.max() - 40), atol=1e-5)
        assert limited.min() == pytest.approx(free.max() - 40, abs=1e-5)

    def test_a_shift_by_a_hop_shifts_the_frames(self):
        spec, y = preset("asr", center=False), speech(16000, 1)
        np.testing.assert_allclose(extract_log_mel(y[spec.hop_length :], spec), extract_log_mel(y, spec)[1:], atol=2e-5)

    def test_whole_numbers_are_taken_as_they_are(self):
        y = np.arange(-400, 400)
        np.testing.assert_allclose(
            extract_log_mel(y, preset("asr")), extract_log_mel(y.astype(float), preset("asr")), atol=1e-6
        )

    @pytest.mark.parametrize("extract", [extract_features, extract_log_mel, stft_magnitude])
    @pytest.mark.parametrize(
        ("y", "changed", "message"),
        [
            (np.zeros((2, 1000)), {}, r"y must be one-dimensional \(n_samples,\), got shape \(2, 1000\)"),
            (np.array([0.0, np.nan]), {}, "y must be finite, got NaN or infinite samples"),
            (np.array([0.0, -np.inf]), {}, "y must be finite, got NaN or infinite samples"),
            (np.zeros(0), {}, "y must hold at least one frame of n_fft=512 samples, got 0"),
            (np.zeros(511), {"center": False}, "y must hold at least one frame of n_fft=512 samples, got 511"),
            (
                np.zeros(256),
                {"pad_mode": "reflect"},
                "pad_mode=reflect needs more than the 256 samples of padding, got 256",
            ),
        ],
    )
    def test_what_cannot_be_analysed_is_refused(self, extract, y, changed, message):
        with pytest.raises(ValueError, match=message):
            extract(y, preset("asr", **changed))
