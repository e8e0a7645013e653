"""Tests of the scales: of mel frames, and of SciPy's spectra."""

import re

import numpy as np
import pytest
import scipy.signal
from configurations import preset
from speech import speech

from mfccinv.features.extract import stft_magnitude
from mfccinv.inversion.scales import LINEAR_SCALES, to_magnitude, to_mel

SPEC = preset("asr")


@pytest.fixture(scope="module")
def y():
    return speech(16000, 1.0).astype(np.float32)


class TestScipy:
    @pytest.mark.parametrize("scaling", ["density", "spectrum"])
    @pytest.mark.parametrize(
        ("window", "nperseg", "nfft"), [("hann", 400, 512), ("hamming", 256, 256), ("hann", 255, 255)]
    )
    def test_spectrogram(self, y, scaling, window, nperseg, nfft):
        framing = {"window": window, "nperseg": nperseg, "nfft": nfft, "noverlap": nperseg - 100, "detrend": False}
        _, _, array = scipy.signal.spectrogram(y.astype(float), 16000, scaling=scaling, **framing)
        spec = preset(
            "asr",
            window=window,
            n_fft=nfft,
            win_seconds=nperseg / 16000,
            hop_seconds=100 / 16000,
            center=False,
            n_mels=20,
        )
        magnitude = to_magnitude(array, scaling, spec)
        shift = (nfft - nperseg) // 2  # scipy's window stands at the beginning of the transform, not in its middle
        true = stft_magnitude(np.pad(y, (shift, nfft)), spec)[: magnitude.shape[1]]
        np.testing.assert_allclose(magnitude.T, true, atol=1e-4 * true.max())

    @pytest.mark.parametrize(("scaling", "scale"), [("density", "stft_psd"), ("spectrum", "stft")])
    def test_a_complex_spectrogram_is_no_power(self, y, scaling, scale):
        framing = {"window": "hann", "nperseg": 400, "noverlap": 240, "detrend": False}
        _, _, array = scipy.signal.spectrogram(y.astype(float), 16000, scaling=scaling, mode="complex", **framing)
        spec = preset("asr", n_fft=400, center=False, n_mels=20)
        true = stft_magnitude(y, spec)
        np.testing.assert_allclose(to_magnitude(array, scale, spec).T, true, atol=1e-4 * true.max())
        for wrong in ("power", "db", "density", "spectrum"):
            with pytest.raises(ValueError, match=f"one of magnitude, stft, stft_psd, got '{wrong}'; .*{scale} if"):
                to_magnitude(array, wrong, spec)


def test_every_scale_is_known():
    array = np.ones((257, 3))
    for scale in LINEAR_SCALES:
        assert to_magnitude(array, scale, SPEC).shape == (257, 3)
    with pytest.raises(ValueError, match=r"scale must be one of magnitude, power.*, got 'psd'"):
        to_magnitude(array, "psd", SPEC)


def test_scales_of_mel_frames_follow_the_specs_power(rng):
    magnitude = rng.uniform(0.1, 1, (80, 4))
    for power in (1, 2):
        spec = preset("asr", power=power)
        for scale, array in {"magnitude": magnitude, "power": magnitude**2}.items():
            np.testing.assert_allclose(to_mel(array, scale, spec), magnitude**power)
        np.testing.assert_allclose(to_mel(np.log(magnitude), "ln", spec), magnitude**power)
        np.testing.assert_allclose(to_mel(20 * np.log10(magnitude), "db", spec), magnitude**power)


def test_a_scale_that_mel_frames_do_not_have_is_refused():
    with pytest.raises(ValueError, match="scale must be one of magnitude, power, db, ln, got 'density'"):
        to_mel(np.ones((80, 4)), "density", SPEC)


@pytest.mark.parametrize(
    ("convert", "scale", "value", "told"),
    [
        (to_mel, "db", 1e200, "1e+200 dB with scale=db"),
        (to_mel, "db", 400.0, "400 dB with scale=db"),
        (to_mel, "ln", 1e5, "100000 with scale=ln"),
        (to_mel, "magnitude", 1e200, "1e+200 with scale=magnitude"),
        (to_magnitude, "db", 1e200, "1e+200 dB with scale=db"),
        (to_magnitude, "stft", 1e308, "1e+308 with scale=stft"),
        (to_magnitude, "density", 1e308, "1e+308 with scale=density"),
    ],
)
def test_what_overflows_is_called_too_large(convert, scale, value, told):
    array = np.zeros((80 if convert is to_mel else 257, 3))
    array[5, 1] = value
    with pytest.raises(ValueError, match=f"^the values are too large: {re.escape(told)}$"):
        convert(array, scale, SPEC)


def test_silence_without_a_floor_is_no_overflow():
    np.testing.assert_array_equal(to_mel(np.full((80, 2), -np.inf), "db", SPEC), 0)
