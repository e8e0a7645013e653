"""The mel scale and the mel filters."""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from mfccinv.features.decibels import db_to_magnitude, mel_to_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.weighting import weighting_db


@lru_cache(maxsize=8)
def mel_filters(spec: FeatureSpec) -> np.ndarray:
    """Triangular mel filters, (n_mels, n_bins), float64, read-only.

    Their corners are equally spaced on the mel scale: HTK's ``2595 log10(1 + f / 700)`` or that of Slaney's Auditory
    Toolbox (1998), linear below 1 kHz and logarithmic above. What is between them, ``spec.mel_shape`` tells:

    - ``hz``: straight lines over the frequency, as in librosa and torchaudio
    - ``mel``: straight lines over the mel scale, as in HTK (The HTK Book, 2006, 5.4), Kaldi, TensorFlow and
      Essentia
    - ``bins``: corners on whole bins, ``floor((n_fft + 1) f / sample_rate)``, as in python_speech_features
    - ``half_bins``: corners on whole bins at half the frequency, ``floor((n_bins + 1) f / sample_rate)``, as speechpy

    They hold the bins' weighting, too: what undoes the filters undoes it, and finds spectra without it.

    A filter too narrow to contain a bin of the FFT is all zeros: its band is always at the floor, see `empty_bands`.

    Raises
    ------
    ValueError
        If no band contains a bin.
    """
    low_mel, high_mel = _hz_to_mel(np.array([spec.f_min_hz, spec.f_max_hz]), spec.mel_scale)
    corners_mel = np.linspace(low_mel, high_mel, spec.n_mels + 2)
    corners_hz = _mel_to_hz(corners_mel, spec.mel_scale)
    bins_hz = np.arange(spec.n_bins) * spec.sample_rate / spec.n_fft
    if spec.mel_shape == "mel":
        filters = _triangles(corners_mel, _hz_to_mel(bins_hz, spec.mel_scale))
    elif spec.mel_shape == "hz":
        filters = _triangles(corners_hz, bins_hz)
    else:
        counted = spec.n_fft if spec.mel_shape == "bins" else spec.n_bins
        corners = np.floor((counted + 1) * corners_hz / spec.sample_rate)
        filters = _triangles_of_bins(corners, np.arange(spec.n_bins), peak_alone=spec.mel_shape == "half_bins")
    if not filters.any():
        raise ValueError(
            f"no mel band contains a bin of the FFT: f_min_hz={spec.f_min_hz:g}, f_max_hz={spec.f_max_hz:g}, "
            f"sample_rate={spec.sample_rate}, n_fft={spec.n_fft}"
        )
    if spec.mel_norm == "slaney":
        filters *= 2 / (corners_hz[2:] - corners_hz[:-2])[:, None]
    elif spec.mel_norm == "sum":
        sums = filters.sum(axis=1, keepdims=True)
        filters /= np.where(sums == 0, 1, sums)  # a band may contain no bin
    if spec.weighting != "none":
        filters *= db_to_magnitude(weighting_db(spec)) ** spec.power
    filters.setflags(write=False)
    return filters


def log_mel_of_magnitude(magnitude: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Log-mel frames of linear magnitudes, (..., n_bins) → (..., n_mels), dB, in the type of ``magnitude``."""
    return mel_to_log_mel(magnitude**spec.power @ mel_filters(spec).astype(magnitude.dtype).T, spec)


@lru_cache(maxsize=8)
def empty_bands(spec: FeatureSpec) -> tuple[int, ...]:
    """Bands whose filters contain no bin of the FFT, counted from 0."""
    return tuple(int(band) for band in np.flatnonzero(mel_filters(spec).max(axis=1) == 0))


def covered_bins(spec: FeatureSpec) -> np.ndarray:
    """Which bins of the FFT are in a band, (n_bins,), bool."""
    return mel_filters(spec).max(axis=0) > 0


def _triangles(corners: np.ndarray, places: np.ndarray) -> np.ndarray:
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    return np.maximum(0, np.minimum((places - low) / (peak - low), (high - places) / (high - peak)))


def _triangles_of_bins(corners: np.ndarray, bins: np.ndarray, *, peak_alone: bool) -> np.ndarray:
    """Triangles whose corners may lie on one bin; is the peak there where its upper side has no width?"""
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (bins - low) / np.maximum(peak - low, 1)
    falling = (high - bins) / np.maximum(high - peak, 1)
    rises = (low < bins) & ((bins <= peak) if peak_alone else (bins < peak))
    return np.where(rises, rising, 0) + np.where((peak <= bins) & (bins < high) & ~rises, falling, 0)


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
