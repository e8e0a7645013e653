"""Phase from the gradients of the magnitude: they determine it for a Gaussian window, and nearly for others."""

from functools import lru_cache

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window

TOLERANCE = 1e-6  # relative to the largest magnitude; the phase of smaller ones is random


def integrate_phase(magnitude: np.ndarray, spec: FeatureSpec, seed: int, tolerance: float = TOLERANCE) -> np.ndarray:
    """Phase of a magnitude spectrogram by phase gradient heap integration.

    With a Gaussian window, the phase's derivative along frequency follows from that of the logarithm of the magnitude
    along time, and vice versa. They are integrated from the loudest bins outwards. Průša, Balazs and Søndergaard,
    A noniterative method for reconstruction of phase from STFT magnitude, 2017.

    Parameters
    ----------
    magnitude : (n_frames, n_bins), >= 0
    spec : FeatureSpec
    seed : int
        Seed of the random phase of bins that are too quiet to be integrated over.
    tolerance : float in (0, 1)
        Bins below this are too quiet, relative to the largest magnitude.

    Returns
    -------
    phase : (n_frames, n_bins), float32, radians
        As in the transform of `mfccinv.synthesis.stft.Stft`.
    """
    from mfccinv.synthesis.phase.heap_integration import integrate  # its compiler takes a tenth of a second to import

    magnitude = np.asarray(magnitude, np.float64)
    floor = tolerance * max(magnitude.max(), 1e-30)
    log_magnitude = np.log(np.maximum(magnitude, floor))
    hop, n_fft = spec.hop_length, spec.n_fft
    scale = gaussian_width(spec) / (hop * n_fft)
    bins = np.arange(spec.n_bins)
    along_time = 2 * np.pi * hop * bins / n_fft + np.gradient(log_magnitude, axis=1) / scale
    # A frame's phase is counted from its first sample, and not from the middle of its window.
    along_frequency = -scale * np.gradient(log_magnitude, axis=0) if len(magnitude) > 1 else np.zeros_like(magnitude)
    along_frequency -= np.pi
    phase = np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitude.shape)
    integrate(log_magnitude, magnitude <= floor, along_time, along_frequency, phase)
    return wrap(phase)


def wrap(phase: np.ndarray) -> np.ndarray:
    """Wrap a phase to [-π, π), float32: an unwrapped one grows beyond what single precision resolves."""
    return (np.remainder(np.asarray(phase, np.float64) + np.pi, 2 * np.pi) - np.pi).astype(np.float32)


@lru_cache(maxsize=8)
def gaussian_width(spec: FeatureSpec) -> float:
    """Width γ, samples², of the Gaussian ``exp(-π t² / γ)`` nearest to the analysis window in least squares."""
    from scipy.optimize import minimize_scalar  # only this needs it, and its import takes as long

    window = padded_window(spec)
    t = np.arange(spec.n_fft) - spec.n_fft // 2

    def distance(log_width: float) -> float:
        return float(np.sum((np.exp(-np.pi * t**2 / np.exp(log_width)) - window) ** 2))

    middle = np.log(0.25 * spec.win_length**2)
    return float(np.exp(minimize_scalar(distance, bounds=(middle - 3, middle + 3), method="bounded").x))
