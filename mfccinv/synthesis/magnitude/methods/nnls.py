"""Least squares without negative energy."""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from mfccinv.features.decibels import log_mel_to_mel
from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations
from mfccinv.synthesis.magnitude.frame_blocks import in_blocks
from mfccinv.synthesis.magnitude.methods.pinv import clipped_pinv


@in_blocks
def nnls(log_mel: np.ndarray, spec: FeatureSpec, *, iterations: int) -> np.ndarray:
    """Find the spectrum >= 0 whose mel frames are nearest in least squares: (n_frames, n_mels) → (n_frames, n_bins).

    It starts from the clipped pseudo-inverse and makes projected gradient steps with momentum. A frame's momentum
    starts anew when its error would grow. Beck and Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009;
    O'Donoghue and Candès, Adaptive restart for accelerated gradient schemes, 2015.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    iterations : int >= 0
    """
    check_iterations("magnitude.iterations", iterations)
    mel = log_mel_to_mel(log_mel, spec)
    # Quiet frames are to be as near as loud ones, relative to their size.
    size = np.maximum(mel.max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    target = (mel / size).T.astype(np.float32, order="C")
    filters, transposed, norm, step = _unit_filters(spec)
    x = (clipped_pinv(mel / size, spec).T * norm).astype(np.float32, order="C")
    ahead, weight = x, np.ones(x.shape[1], np.float32)
    for _ in range(iterations):
        gradient = transposed @ (filters @ ahead - target)
        after = np.maximum(ahead - step * gradient, 0)
        change = after - x
        weight[np.einsum("ij,ij->j", gradient, change) > 0] = 1.0
        next_weight = (1 + np.sqrt(1 + 4 * weight**2)) / 2
        ahead = after + (weight - 1) / next_weight * change
        x, weight = after, next_weight
    return (x / norm).T * size


@lru_cache(maxsize=8)
def _unit_filters(spec: FeatureSpec) -> tuple[csr_array, csr_array, np.ndarray, np.float32]:
    """Mel filters with columns of norm 1, their transpose, the original norms (n_bins, 1), and the step size.

    With columns of one norm, one step size suits all bins.
    """
    filters = mel_filters(spec)
    norm = np.linalg.norm(filters, axis=0)
    norm[norm == 0] = 1.0  # bins that no filter sees stay zero
    unit = filters / norm
    step = np.float32(1 / np.linalg.norm(unit, 2) ** 2)
    return csr_array(unit.astype(np.float32)), csr_array(unit.T.astype(np.float32)), norm[:, None], step
