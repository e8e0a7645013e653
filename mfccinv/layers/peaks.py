"""Phase from the peaks of each frame, by ``keras.ops``."""

import math

from keras import ops

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.peaks import SMALLEST


def continue_peaks(magnitude, spec: FeatureSpec):
    """Find the phase of magnitude spectrograms, (batch, frames, n_bins), radians: that of
    `mfccinv.synthesis.phase.peaks.continue_peaks`, whose steps it takes.
    """
    bins = ops.arange(spec.n_bins, dtype=magnitude.dtype)
    loudest = ops.max(magnitude, axis=(1, 2), keepdims=True, initial=0)
    level = ops.log(ops.maximum(magnitude, SMALLEST * ops.maximum(loudest, SMALLEST)))
    rising = level[:, :, 1:] - level[:, :, :-1]
    up, down = rising[:, :, :-1], -rising[:, :, 1:]
    is_peak = ops.pad(ops.logical_and(up > 0, down >= 0), ((0, 0), (0, 0), (1, 1)))
    beside = ops.where(up + down > 0, (up - down) / ops.where(up + down > 0, 2 * (up + down), 1.0), 0.0)
    offset = ops.where(is_peak, ops.pad(beside, ((0, 0), (0, 0), (1, 1))), 0.0)
    advance = (bins + offset) * (spec.hop_length / spec.n_fft)
    advance = ops.take_along_axis(advance, _nearest_peaks(is_peak, bins), axis=2)
    turns = ops.cumsum(advance - ops.floor(advance), axis=1) - (bins / 2 - 0.5)
    return (turns - ops.floor(turns)) * (2 * math.pi) - math.pi


def _nearest_peaks(is_peak, bins):
    """Number of the nearest peak's bin for each bin; without a peak, its own."""
    n_bins = is_peak.shape[2]
    below = _largest_so_far(ops.where(is_peak, bins, -2.0 * n_bins))
    above = -ops.flip(_largest_so_far(ops.flip(ops.where(is_peak, -bins, -2.0 * n_bins), axis=2)), axis=2)
    nearest = ops.where(2 * bins <= below + above, below, above)
    alone = ops.logical_not(ops.any(is_peak, axis=2, keepdims=True))
    return ops.cast(ops.where(alone, bins, nearest), "int32")


def _largest_so_far(values):
    """Largest value of each bin and those before, (batch, frames, n_bins), by doubling how many are looked at."""
    n_bins, reach = values.shape[2], 1
    while reach < n_bins:
        before = ops.concatenate([values[:, :, :reach], values[:, :, :-reach]], axis=2)
        values, reach = ops.maximum(values, before), 2 * reach
    return values
