"""Long recordings a block of frames at a time."""

from collections.abc import Callable
from functools import wraps

import numpy as np

from mfccinv.features.spec import FeatureSpec

FRAMES_AT_ONCE = 1024  # bounds the memory of a long recording


def in_blocks(method: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Decorate a method that treats each frame alone, so that it is called for some frames at a time.

    The method maps ``(log_mel, spec, **settings)`` to energy spectra, (n_frames, n_mels) → (n_frames, n_bins). They are
    power or magnitude, as the spec says. The decorated method returns the magnitude, float32.
    """

    @wraps(method)
    def by_blocks(log_mel: np.ndarray, spec: FeatureSpec, **settings) -> np.ndarray:
        magnitude = np.empty((len(log_mel), spec.n_bins), np.float32)
        for start in range(0, len(log_mel), FRAMES_AT_ONCE):
            block = slice(start, start + FRAMES_AT_ONCE)
            energy = method(np.asarray(log_mel[block], np.float64), spec, **settings)
            magnitude[block] = energy if spec.power == 1 else np.sqrt(energy)
        return magnitude

    return by_blocks
