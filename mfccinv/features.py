"""Sound to log-mel frames and MFCC, all from one short-time Fourier transform."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from scipy.fft import rfft
from scipy.sparse import csr_array

from mfccinv.analytic import log_mel_to_mfcc
from mfccinv.spec import FeatureSpec

FRAMES_AT_ONCE = 64  # bounds the memory of a long file and keeps the work inside the processor's cache


def extract_features(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """MFCC and log-mel frames of a signal.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
        At ``spec.sample_rate``.
    spec : FeatureSpec
    change_energy : callable or None
        Applied to the power spectra (n_frames, n_bins) before anything else is made of them, some frames at a time.

    Returns
    -------
    mfcc : (n_frames, n_mfcc), float32, dB
        The DCT of exactly the ``log_mel`` returned.
    log_mel : (n_frames, n_mels), float32, dB

    Raises
    ------
    ValueError
        If ``y`` is not one-dimensional, not finite or shorter than one frame.
    """
    log_mel = extract_log_mel(y, spec, change_energy)
    return log_mel_to_mfcc(log_mel, spec), log_mel


def extract_log_mel(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """Log-mel frames of a signal, (n_frames, n_mels), float32, dB; parameters and errors as `extract_features`."""
    filters = _sparse_mel_filters(spec)
    spectra = (energy if spec.power == 2 else np.sqrt(energy) for energy in _energies(y, spec, change_energy))
    log_mel = mel_to_log_mel(np.concatenate([(filters @ spectrum.T).T for spectrum in spectra]), spec)
    if spec.top_db is not None:
        log_mel = np.maximum(log_mel, log_mel.max() - spec.top_db)
    return log_mel.astype(np.float32, order="C")


def mel_to_log_mel(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Level in dB of mel values >= 0, which are power or magnitude as the spec says; not below its floor."""
    return spec.db_per_decade * np.log10(np.maximum(mel, spec.log_floor))


def log_mel_to_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Mel values, power or magnitude as the spec says, of levels in dB; in the type of ``log_mel``."""
    return 10 ** (log_mel / np.asarray(spec.db_per_decade, log_mel.dtype))


def stft_magnitude(y: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Magnitude of the short-time Fourier transform, (n_frames, n_bins), float32, of a signal (n_samples,)."""
    return np.concatenate([np.sqrt(energy).astype(np.float32) for energy in _energies(y, spec, None)])


def extract_log_magnitude(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """Linear spectra of a signal, (n_frames, n_bins), float32, dB; parameters and errors as `extract_features`."""
    return np.concatenate(
        [magnitude_to_db(np.sqrt(energy), spec).astype(np.float32) for energy in _energies(y, spec, change_energy)]
    )


def magnitude_to_db(magnitude: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Level in dB of magnitudes >= 0, not below the floor of the spec; in the type of ``magnitude``."""
    return 20 * np.log10(np.maximum(magnitude, np.asarray(10 ** (spec.floor_db / 20), magnitude.dtype)))


def db_to_magnitude(level_db: np.ndarray) -> np.ndarray:
    """Magnitude of levels in dB; in their type."""
    return 10 ** (level_db / np.asarray(20, level_db.dtype))


def _energies(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None
) -> Iterator[np.ndarray]:
    """Power spectra of a signal, `FRAMES_AT_ONCE` at a time, (up to that many, n_bins)."""
    frames, window = _frame(y, spec), padded_window(spec)
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        spectrum = rfft(frames[start : start + FRAMES_AT_ONCE] * window)
        energy = spectrum.real**2 + spectrum.imag**2
        yield energy if change_energy is None else change_energy(energy)


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
def _sparse_mel_filters(spec: FeatureSpec) -> csr_array:
    """`mel_filters` without the zeros, which are nearly all of them."""
    return csr_array(mel_filters(spec))


def _frame(y: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """View of a signal as overlapping frames, (n_frames, n_fft)."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must be one-dimensional (n_samples,), got shape {y.shape}")
    if not np.isfinite(y).all():
        raise ValueError("y must be finite, got NaN or infinite samples")
    if spec.n_frames(len(y)) < 1 or len(y) < 1:
        raise ValueError(f"y must hold at least one frame of n_fft={spec.n_fft} samples, got {len(y)}")
    if spec.margin:
        if spec.pad_mode == "reflect" and len(y) <= spec.margin:
            raise ValueError(f"pad_mode=reflect needs more than the {spec.margin} samples of padding, got {len(y)}")
        y = np.pad(y, spec.margin, mode=spec.pad_mode)  # type: ignore[call-overload]
    return np.lib.stride_tricks.sliding_window_view(y, spec.n_fft)[:: spec.hop_length]


# Coefficients of the generalised cosine windows (Harris, On the use of windows for harmonic analysis, 1978).
_COSINE_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08), "boxcar": (1.0,)}


@lru_cache(maxsize=8)
def padded_window(spec: FeatureSpec) -> np.ndarray:
    """The periodic window, centred in the FFT frame, (n_fft,)."""
    left = (spec.n_fft - spec.win_length) // 2
    phase = 2 * np.pi * np.arange(spec.win_length) / spec.win_length
    window = sum((-1) ** k * a * np.cos(k * phase) for k, a in enumerate(_COSINE_WINDOWS[spec.window]))
    return np.pad(window, (left, spec.n_fft - spec.win_length - left))


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
