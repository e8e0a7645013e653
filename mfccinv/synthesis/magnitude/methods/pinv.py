"""The pseudo-inverse of the mel filters."""

from functools import lru_cache

import numpy as np

from mfccinv.features.decibels import log_mel_to_mel
from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.magnitude.frame_blocks import in_blocks


@in_blocks
def pinv(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Spectrum by the pseudo-inverse of the mel filters, clipped at zero: (n_frames, n_mels) → (n_frames, n_bins)."""
    return clipped_pinv(log_mel_to_mel(log_mel, spec), spec)


def clipped_pinv(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Energy of bins, (n_frames, n_bins), from that of bands, (n_frames, n_mels), clipped at zero."""
    return np.maximum(mel @ _filters_pinv(spec).T, 0)


@lru_cache(maxsize=8)
def _filters_pinv(spec: FeatureSpec) -> np.ndarray:
    """Pseudo-inverse of the mel filters, (n_bins, n_mels)."""
    return np.linalg.pinv(mel_filters(spec))
