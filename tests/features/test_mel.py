"""Tests of the mel filters."""

import librosa
import numpy as np
import pytest
from configurations import PRESETS, preset

from mfccinv.features.mel import empty_bands, mel_filters
from mfccinv.features.spec import MEL_NORMS, MEL_SCALES


class TestMelFilters:
    @pytest.mark.parametrize("name", [name for name in PRESETS if preset(name).mel_shape == "hz"])
    @pytest.mark.parametrize("mel_scale", MEL_SCALES)
    @pytest.mark.parametrize("mel_norm", MEL_NORMS)
    @pytest.mark.parametrize("f_min_hz", [0.0, 90.5])
    def test_equal_librosa(self, name, mel_scale, mel_norm, f_min_hz):
        # HTK's scale is finer at the bottom than these FFTs, so fewer bands.
        n_mels = 40 if mel_scale == "htk" else preset(name).n_mels
        values = {"n_mels": n_mels, "n_mfcc": 20, "f_min_hz": f_min_hz}
        spec = preset(name, mel_scale=mel_scale, mel_norm=mel_norm, **values)
        expected = librosa.filters.mel(
            sr=spec.sample_rate,
            n_fft=spec.n_fft,
            n_mels=spec.n_mels,
            fmin=spec.f_min_hz,
            fmax=spec.f_max_hz,
            htk=mel_scale == "htk",
            norm={"none": None, "slaney": "slaney", "sum": 1}[mel_norm],
            dtype=np.float64,
        )
        assert mel_filters(spec).shape == (spec.n_mels, spec.n_bins)
        np.testing.assert_allclose(mel_filters(spec), expected, atol=1e-12)

    def test_bands_without_a_bin(self):
        spec = preset("asr", n_mels=256)
        empty = np.flatnonzero(~(mel_of(spec) > 0).any(axis=1))
        assert len(empty) > 10
        assert empty_bands(spec) == tuple(empty)
        assert empty_bands(preset("asr")) == ()
        assert len(empty_bands(preset("torchaudio"))) == 4

    def test_a_range_between_two_bins_is_refused(self):
        message = "no mel band contains a bin of the FFT: f_min_hz=32, f_max_hz=60, sample_rate=16000, n_fft=512"
        with pytest.raises(ValueError, match=message):
            mel_filters(preset("asr", f_min_hz=32.0, f_max_hz=60.0))

    def test_cannot_be_changed_by_those_who_share_them(self):
        with pytest.raises(ValueError, match="read-only"):
            mel_filters(preset("asr"))[0, 0] = 1


def mel_of(spec):
    with pytest.warns(UserWarning, match="Empty filters detected"):
        return librosa.filters.mel(sr=spec.sample_rate, n_fft=spec.n_fft, n_mels=spec.n_mels)
