"""Tests of what vocoders read: our frames against each vocoder's own recipe."""

import librosa
import numpy as np
import pytest
from configurations import preset
from speech import speech

from mfccinv.features.extract import extract_features
from mfccinv.synthesis.vocoder_frames import natural_log_mel

PRESETS = ("hifigan", "waveglow", "bigvgan", "vocos")


def recipe(name, y):
    """Mel frames as the vocoder's published code makes them, (n_mels, n_frames), with librosa in the place of torch."""
    rate, n_mels, f_max = {
        "hifigan": (22050, 80, 8000),
        "waveglow": (22050, 80, 8000),
        "bigvgan": (24000, 100, 12000),
        "vocos": (24000, 100, 12000),
    }[name]
    framing = {"n_fft": 1024, "hop_length": 256, "win_length": 1024, "window": "hann"}
    if name in ("hifigan", "bigvgan"):  # padded by (n_fft - hop) / 2, and 1e-9 under the root
        padded = np.pad(y, (1024 - 256) // 2, mode="reflect")
        spectrum = librosa.stft(padded, center=False, **framing)
        magnitude = np.sqrt(np.abs(spectrum) ** 2 + 1e-9)
    else:
        magnitude = np.abs(librosa.stft(y, center=True, pad_mode="reflect", **framing))
    scale = {"htk": True, "norm": None} if name == "vocos" else {}
    filters = librosa.filters.mel(sr=rate, n_fft=1024, n_mels=n_mels, fmin=0, fmax=f_max, **scale)
    return np.log(np.maximum(filters @ magnitude, 1e-7 if name == "vocos" else 1e-5))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("n_samples", [20000, 20480])
def test_frames_are_those_of_the_vocoders_own_recipe(name, n_samples):
    spec = preset(name)
    y = speech(spec.sample_rate)[:n_samples].astype(np.float32)
    ours, theirs = natural_log_mel(extract_features(y, spec)[1], spec), recipe(name, y)
    assert (ours.shape, ours.dtype) == (theirs.shape, np.float32)
    # Where there is next to no sound, HiFi-GAN's 1e-9 under the root is as large as the frame.
    loud = theirs > theirs.max() - 8
    assert loud.mean() > 0.3
    np.testing.assert_allclose(ours[loud], theirs[loud], atol=2e-2 if name in ("hifigan", "bigvgan") else 2e-3)


def test_mel_frames_of_power_are_refused():
    with pytest.raises(ValueError, match=r"vocoders read mel frames of magnitude: features.power=1, as in hifigan"):
        natural_log_mel(np.zeros((5, 80)), preset("asr"))
