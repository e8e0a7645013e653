"""The constants of stored layers, which follow from the features alone."""

from collections.abc import Callable

import numpy as np

from mfccinv.features.cepstrum import dct_basis, inverse_basis, mfcc_basis, mfcc_of_silence
from mfccinv.features.mel import covered_bins, mel_filters
from mfccinv.features.mel_spreading import bin_shares, spreading
from mfccinv.features.spec import FeatureSpec

HALF_EPSILON = 2.0**-10  # relative, at most, of what is rounded to half precision


def constants_of(kind: str, spec: FeatureSpec) -> tuple[np.ndarray, ...]:
    """Constants of a layer, by the name of its class, in the order in which Keras stores them; KeyError for another."""
    return CONSTANTS[kind](spec)


def unrounded(stored: np.ndarray, computed: np.ndarray) -> np.ndarray:
    """Return a computed constant in the place of one from a file that is the same but for half precision."""
    same = stored.shape == computed.shape and np.allclose(stored, computed, rtol=HALF_EPSILON, atol=HALF_EPSILON**2)
    return np.ascontiguousarray(computed, stored.dtype) if same else stored


def _null_space(spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    return mfcc_basis(spec).T, inverse_basis(spec).T


def _mel_consistency(spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return mel_filters(spec).T, bin_shares(spec), (~covered_bins(spec)).astype(np.float32)


CONSTANTS: dict[str, Callable[[FeatureSpec], tuple[np.ndarray, ...]]] = {
    "AnalyticInverse": lambda spec: (inverse_basis(spec).T, mfcc_of_silence(spec)),
    "MelConsistency": _mel_consistency,
    "MelOfLinear": lambda spec: (mel_filters(spec).T,),
    "MfccProjection": lambda spec: (*_null_space(spec), mfcc_of_silence(spec)),
    "NullSpace": _null_space,
    "SpreadLogMel": spreading,
    "UnknownPart": lambda spec: (dct_basis(spec.n_mels, spec.n_mels),),
}
