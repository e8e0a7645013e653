"""The mel scale and the mel filters."""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from mfccinv.features.spec import FeatureSpec


@lru_cache(maxsize=8)
def mel_filters(spec: FeatureSpec) -> np.ndarray:
    """Triangular mel filters, (n_mels, n_bins), float64, read-only.

    Their corners are equally spaced on the mel scale: HTK's ``2595 log10(1 + f / 700)`` or that of Slaney's Auditory
    Toolbox (1998), linear below 1 kHz and logarithmic above.

    Raises
    ------
    ValueError
        If a filter is too narrow to contain a bin of the FFT, so that its band would always be empty.
    """
    low_mel, high_mel = _hz_to_mel(np.array([spec.f_min_hz, spec.f_max_hz]), spec.mel_scale)
    corners_hz = _mel_to_hz(np.linspace(low_mel, high_mel, spec.n_mels + 2), spec.mel_scale)
    bins_hz = np.arange(spec.n_bins) * spec.sample_rate / spec.n_fft
    low, peak, high = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    filters = np.maximum(0, np.minimum((bins_hz - low) / (peak - low), (high - bins_hz) / (high - peak)))
    if spec.mel_norm == "slaney":
        filters *= 2 / (high - low)
    if empty := int(np.sum(filters.max(axis=1) == 0)):
        raise ValueError(
            f"{empty} of n_mels={spec.n_mels} bands contain no bin of n_fft={spec.n_fft} at {spec.sample_rate} Hz: "
            "take fewer bands or a longer FFT"
        )
    filters.setflags(write=False)
    return filters


@lru_cache(maxsize=8)
def sparse_mel_filters(spec: FeatureSpec) -> csr_array:
    """`mel_filters` without the zeros, which are nearly all of them."""
    return csr_array(mel_filters(spec))


_SLANEY_HZ_PER_MEL = 200 / 3
_SLANEY_KNEE_HZ = 1000.0
_SLANEY_KNEE_MEL = _SLANEY_KNEE_HZ / _SLANEY_HZ_PER_MEL
_SLANEY_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: np.ndarray, mel_scale: str) -> np.ndarray:
    if mel_scale == "htk":
        return 2595 * np.log10(1 + hz / 700)
    above_knee = _SLANEY_KNEE_MEL + np.log(np.maximum(hz, _SLANEY_KNEE_HZ) / _SLANEY_KNEE_HZ) / _SLANEY_LOG_STEP
    return np.where(hz < _SLANEY_KNEE_HZ, hz / _SLANEY_HZ_PER_MEL, above_knee)


def _mel_to_hz(mel: np.ndarray, mel_scale: str) -> np.ndarray:
    if mel_scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    above_knee = _SLANEY_KNEE_HZ * np.exp(_SLANEY_LOG_STEP * (mel - _SLANEY_KNEE_MEL))
    return np.where(mel < _SLANEY_KNEE_MEL, mel * _SLANEY_HZ_PER_MEL, above_knee)
