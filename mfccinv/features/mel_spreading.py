"""Mel frames spread over the bins of the linear spectrum."""

from functools import lru_cache

import numpy as np

from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import FeatureSpec


@lru_cache(maxsize=8)
def spreading(spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """Find the map that spreads mel frames in dB over the bins: ``log_mel @ weights + offset``.

    Each band gives the level of the flat spectrum that has its mel value. A bin takes the mean of its bands' levels,
    weighted by their filters at the bin. A bin in no band takes the level of the band nearest to it.

    Returns
    -------
    weights : (n_mels, n_bins), float64
        Each column sums to 1.
    offset : (n_bins,), float64, dB
    """
    filters = mel_filters(spec)
    heights, areas = filters.max(axis=1, keepdims=True), filters.sum(axis=1)
    heights[heights == 0], areas[areas == 0] = 1, 1  # bands without a bin have no share in any
    shares = filters / heights
    inside = np.flatnonzero(shares.any(axis=0))
    for outside in np.flatnonzero(~shares.any(axis=0)):
        nearest = inside[np.argmin(np.abs(inside - outside))]
        shares[:, outside] = shares[:, nearest] == shares[:, nearest].max()
    weights = shares / shares.sum(axis=0)
    offset = -spec.db_per_decade * np.log10(areas) @ weights
    return weights, offset


def spread_log_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Spread mel frames over the bins, (n_frames, n_mels), dB → (n_frames, n_bins), dB; see `spreading`."""
    weights, offset = spreading(spec)
    return log_mel @ weights.astype(log_mel.dtype) + offset.astype(log_mel.dtype)


def bin_shares(spec: FeatureSpec) -> np.ndarray:
    """Scale the mel filters so that each bin's weights sum to 1, or to 0 if it is in no band; (n_mels, n_bins)."""
    filters = mel_filters(spec)
    covered = filters.sum(axis=0)
    return filters / np.where(covered == 0, 1.0, covered)
