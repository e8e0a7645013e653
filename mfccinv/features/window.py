"""The analysis window of a specification."""

from functools import lru_cache

import numpy as np

from mfccinv.features.spec import FeatureSpec

# Weights of the cosines of no, one, two … periods. scipy.signal has the windows, too: its import takes half a second.
COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 1 - 0.54),
    "blackman": (0.42, 0.5, 0.08),
    "boxcar": (1.0,),
    "hann_symmetric": (0.5, 0.5),
    "hamming_symmetric": (0.54, 1 - 0.54),
    "povey": (0.5, 0.5),
}
SYMMETRIC = ("hann_symmetric", "hamming_symmetric", "povey")


def window_start(spec: FeatureSpec) -> int:
    """Place in the FFT frame at which the window begins, samples."""
    return (spec.n_fft - spec.win_length) // 2


@lru_cache(maxsize=8)
def padded_window(spec: FeatureSpec) -> np.ndarray:
    """The window, centred in the FFT frame, (n_fft,), float64, read-only."""
    left = window_start(spec)
    phase = np.linspace(-np.pi, np.pi, spec.win_length + 1)[:-1] if spec.win_length > 1 else np.zeros(1)
    if spec.window in SYMMETRIC and spec.win_length > 1:
        phase = np.linspace(-np.pi, np.pi, spec.win_length)
    window = sum(weight * np.cos(k * phase) for k, weight in enumerate(COSINES[spec.window]))
    if spec.window == "povey":
        window = np.maximum(window, 0) ** 0.85
    window = np.pad(window, (left, spec.n_fft - spec.win_length - left))
    window.setflags(write=False)
    return window
