"""The fine structure of log-mel frames: what their MFCC don't tell, as the DCT coefficients that follow."""

from functools import lru_cache

import numpy as np

from mfccinv.features.cepstrum import dct_basis
from mfccinv.features.spec import FeatureSpec


def fine_structure(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Coefficients from ``n_mfcc`` on of log-mel frames, (..., n_mels), dB → (..., n_mels - n_mfcc), dB."""
    return log_mel @ _basis(spec, log_mel.dtype).T


def add_fine_structure(log_mel: np.ndarray, fine: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Add coefficients from ``n_mfcc`` on, (..., n_mels - n_mfcc), dB, to log-mel frames (..., n_mels), dB."""
    return log_mel + fine @ _basis(spec, log_mel.dtype)


def scale_fine_structure(log_mel: np.ndarray, factors: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Multiply each coefficient of the fine structure by a factor; the MFCC stay what they are.

    Parameters
    ----------
    log_mel : (..., n_mels), dB
    factors : (n_mels - n_mfcc,)
    spec : FeatureSpec

    Returns
    -------
    log_mel : (..., n_mels), dB
        In the type of ``log_mel``.
    """
    return add_fine_structure(log_mel, fine_structure(log_mel, spec) * (factors - 1).astype(log_mel.dtype), spec)


@lru_cache(maxsize=8)
def _basis(spec: FeatureSpec, dtype: np.dtype) -> np.ndarray:
    return dct_basis(spec.n_mels, spec.n_mels)[spec.n_mfcc :].astype(dtype)
