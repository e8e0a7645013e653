"""Pre-emphasis, which lifts a signal's high frequencies, and its undoing."""

import numpy as np

from mfccinv.features.spec import FeatureSpec


def emphasised(y: np.ndarray, preemphasis: float) -> np.ndarray:
    """Lift the high frequencies of a signal, (n_samples,): ``y[t] - preemphasis * y[t - 1]``, and ``y[0]``."""
    return np.append(y[:1], y[1:] - np.asarray(preemphasis, y.dtype) * y[:-1]) if preemphasis else y


def preemphasis_gain(spec: FeatureSpec) -> np.ndarray:
    """What a specification's pre-emphasis multiplies the magnitude of each bin by: (n_bins,), > 0."""
    turns = np.arange(spec.n_bins) / spec.n_fft
    return np.abs(1 - spec.preemphasis * np.exp(-2j * np.pi * turns))


class DeEmphasis:
    """Undoes a specification's pre-emphasis in signals that come in blocks; without any, blocks stay as they are.

    Pre-emphasis within frames is undone alike: it differs in a frame's first sample alone.
    """

    def __init__(self, spec: FeatureSpec):
        self._preemphasis = spec.preemphasis
        self._state: np.ndarray | None = None

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """Take the next samples (..., n_samples), and return theirs, in the type of ``y``."""
        if not self._preemphasis or y.size == 0:
            return y
        from scipy.signal import lfilter  # half a second that most specifications don't need

        state = np.zeros((*y.shape[:-1], 1), np.float32) if self._state is None else self._state
        filtered, self._state = lfilter([1.0], [1.0, -self._preemphasis], y, zi=state)
        return filtered.astype(y.dtype)
