"""From mel frames to a linear magnitude spectrogram; each method is a module in ``magnitude/``."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.system.registry import Registry

MAGNITUDES = Registry("magnitude", "mfccinv.synthesis.magnitude.methods")


def log_mel_to_magnitude(log_mel: np.ndarray, spec: FeatureSpec, *, magnitude: dict) -> np.ndarray:
    """Find a linear magnitude spectrogram that has these mel frames, or nearly.

    Parameters
    ----------
    log_mel : (..., n_frames, n_mels), dB
        Leading axes are recordings.
    spec : FeatureSpec
    magnitude : dict
        ``name`` in `MAGNITUDES` and the method's settings.

    Returns
    -------
    magnitude : (..., n_frames, n_bins), float32, >= 0

    Raises
    ------
    ValueError
        For an unknown method, settings out of range and frames that don't fit the spec; for ``learned``, as `find_run`.
    mfccinv.features.spec.SpecMismatch
        If the network of ``learned`` was trained on another spec.
    """
    method, settings = MAGNITUDES.resolve(magnitude)
    if np.ndim(log_mel) < 2 or np.shape(log_mel)[-1] != spec.n_mels:
        raise ValueError(f"log_mel must be (..., n_frames, n_mels={spec.n_mels}), got shape {np.shape(log_mel)}")
    return method(log_mel, spec, **settings)
