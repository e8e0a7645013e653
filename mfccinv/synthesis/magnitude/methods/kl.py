"""Multiplicative updates for the Kullback-Leibler divergence."""

import numpy as np

from mfccinv.features.decibels import log_mel_to_mel
from mfccinv.features.mel import covered_bins
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations
from mfccinv.synthesis.magnitude.frame_blocks import in_blocks
from mfccinv.synthesis.mel_updates import update_filters

SMALLEST = np.float32(1e-30)  # relative to a frame's loudest band


@in_blocks
def kl(log_mel: np.ndarray, spec: FeatureSpec, *, iterations: int) -> np.ndarray:
    """Find a smooth spectrum whose mel frames are nearly those given: (n_frames, n_mels) → (n_frames, n_bins).

    It starts from the mel frames spread over the bins. Then come multiplicative updates, see `update_filters`. They
    change no more than the mel frames ask for: the spectrum stays smooth, and is as accurate in quiet bands as in loud
    ones.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    iterations : int >= 0
    """
    check_iterations("magnitude.iterations", iterations)
    filters, back = update_filters(spec)
    size = log_mel.max(axis=1, keepdims=True)
    relative = (log_mel - size).astype(np.float32)
    target, energy = (
        np.ascontiguousarray(log_mel_to_mel(level, spec).T) for level in (relative, spread_log_mel(relative, spec))
    )
    energy *= covered_bins(spec)[:, None]
    for _ in range(iterations):
        energy *= back @ (target / np.maximum(filters @ energy, SMALLEST))
    return energy.T * log_mel_to_mel(size, spec).astype(np.float32)
