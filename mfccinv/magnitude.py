"""From mel frames to a linear magnitude spectrogram."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from mfccinv.features import log_mel_to_mel, mel_filters, mel_to_log_mel
from mfccinv.registry import look_up
from mfccinv.spec import FeatureSpec

FRAMES_AT_ONCE = 1024  # bounds the memory of a long recording
SMALLEST = np.float32(1e-30)  # relative to a frame's loudest band


def log_mel_to_magnitude(log_mel: np.ndarray, spec: FeatureSpec, *, magnitude: dict) -> np.ndarray:
    """Find a linear magnitude spectrogram that has these mel frames, or nearly.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    magnitude : dict
        ``name`` in `MAGNITUDES` and the method's settings.

    Returns
    -------
    magnitude : (n_frames, n_bins), float32, >= 0

    Raises
    ------
    ValueError
        For an unknown method, settings out of range and frames that don't fit the spec.
    """
    method, settings = look_up("magnitude", MAGNITUDES, magnitude)
    if np.ndim(log_mel) != 2 or np.shape(log_mel)[1] != spec.n_mels:
        raise ValueError(f"log_mel must be (n_frames, n_mels={spec.n_mels}), got shape {np.shape(log_mel)}")
    linear = np.empty((len(log_mel), spec.n_bins), np.float32)
    for start in range(0, len(log_mel), FRAMES_AT_ONCE):
        some = slice(start, start + FRAMES_AT_ONCE)
        energy = method(log_mel_to_mel(np.asarray(log_mel[some], np.float64), spec), spec, **settings)
        linear[some] = energy if spec.power == 1 else np.sqrt(energy)
    return linear


def pinv(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Spectrum by the pseudo-inverse of the mel filters, clipped at zero: (n_frames, n_mels) → (n_frames, n_bins)."""
    return np.maximum(mel @ _filters_pinv(spec).T, 0)


def nnls(mel: np.ndarray, spec: FeatureSpec, *, iterations: int) -> np.ndarray:
    """Spectrum >= 0 whose mel frames are nearest in least squares: (n_frames, n_mels) → (n_frames, n_bins).

    All frames at once, but each as if it were alone: from the clipped pseudo-inverse on, by projected gradient steps
    with momentum that starts anew where the error would grow. Beck and Teboulle, A fast iterative
    shrinkage-thresholding algorithm, 2009; O'Donoghue and Candès, Adaptive restart for accelerated gradient schemes,
    2015.

    Parameters
    ----------
    mel : (n_frames, n_mels), >= 0
    spec : FeatureSpec
    iterations : int >= 0
    """
    _check_iterations(iterations)
    # Quiet frames are to be as near as loud ones, relative to their size.
    size = np.maximum(mel.max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    target = (mel / size).T.astype(np.float32, order="C")
    filters, transposed, norm, step = _unit_filters(spec)
    x = (pinv(mel / size, spec).T * norm).astype(np.float32, order="C")
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


def kl(mel: np.ndarray, spec: FeatureSpec, *, iterations: int) -> np.ndarray:
    """Smooth spectrum whose mel frames are nearly those given: (n_frames, n_mels) → (n_frames, n_bins).

    From the mel frames spread over the bins on, by the multiplicative updates for the Kullback-Leibler divergence with
    fixed filters: Lee and Seung, Algorithms for non-negative matrix factorization, 2001. They change no more than the
    mel frames ask for, so that the spectrum stays smooth, and as right in quiet bands as in loud ones.

    Parameters
    ----------
    mel : (n_frames, n_mels), >= 0
    spec : FeatureSpec
    iterations : int >= 0
    """
    _check_iterations(iterations)
    filters, back = _update_filters(spec)
    log_mel = mel_to_log_mel(mel, spec)
    size = log_mel.max(axis=1, keepdims=True)
    relative = (log_mel - size).astype(np.float32)
    target, energy = (
        np.ascontiguousarray(log_mel_to_mel(level, spec).T) for level in (relative, spread_log_mel(relative, spec))
    )
    energy *= filters.sum(axis=0)[:, None] > 0
    for _ in range(iterations):
        energy *= back @ (target / np.maximum(filters @ energy, SMALLEST))
    return energy.T * log_mel_to_mel(size, spec)


MAGNITUDES: dict[str, Callable[..., np.ndarray]] = {"pinv": pinv, "nnls": nnls, "kl": kl}


@lru_cache(maxsize=8)
def spreading(spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """How mel frames in dB are spread over the bins: ``log_mel @ weights + offset``.

    A bin's level is the mean over the bands that it lies in, weighted by their filters at it, of what a flat spectrum
    would have to be; a bin in no band takes the nearest one's.

    Returns
    -------
    weights : (n_mels, n_bins), float64
        Each column sums to 1.
    offset : (n_bins,), float64, dB
    """
    filters = mel_filters(spec)
    shares = filters / filters.max(axis=1, keepdims=True)
    inside = np.flatnonzero(shares.any(axis=0))
    for outside in np.flatnonzero(~shares.any(axis=0)):
        nearest = inside[np.argmin(np.abs(inside - outside))]
        shares[:, outside] = shares[:, nearest] == shares[:, nearest].max()
    weights = shares / shares.sum(axis=0)
    offset = -spec.db_per_decade * np.log10(filters.sum(axis=1)) @ weights
    return weights, offset


def spread_log_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Smooth linear spectra of mel frames, (n_frames, n_mels), dB → (n_frames, n_bins), dB; see `spreading`."""
    weights, offset = spreading(spec)
    return log_mel @ weights.astype(log_mel.dtype) + offset.astype(log_mel.dtype)


def bin_shares(spec: FeatureSpec) -> np.ndarray:
    """Mel filters with columns of sum 1, or 0 for bins in no band: a bin's share in what its bands lack."""
    filters = mel_filters(spec)
    covered = filters.sum(axis=0)
    return filters / np.where(covered == 0, 1.0, covered)


def _check_iterations(iterations: int) -> None:
    if iterations < 0:
        raise ValueError(f"magnitude.iterations must be at least 0, got {iterations}")


@lru_cache(maxsize=8)
def _filters_pinv(spec: FeatureSpec) -> np.ndarray:
    """Pseudo-inverse of the mel filters, (n_bins, n_mels)."""
    return np.linalg.pinv(mel_filters(spec))


@lru_cache(maxsize=8)
def _unit_filters(spec: FeatureSpec) -> tuple[csr_array, csr_array, np.ndarray, np.float32]:
    """Mel filters with columns of norm 1, their transpose, the norms that they had (n_bins, 1), and the safe step.

    With columns of one size, gradient steps need no more care for some bins than for others.
    """
    filters = mel_filters(spec)
    norm = np.linalg.norm(filters, axis=0)
    norm[norm == 0] = 1.0  # bins that no filter sees stay zero
    unit = filters / norm
    step = np.float32(1 / np.linalg.norm(unit, 2) ** 2)
    return csr_array(unit.astype(np.float32)), csr_array(unit.T.astype(np.float32)), norm[:, None], step


@lru_cache(maxsize=8)
def _update_filters(spec: FeatureSpec) -> tuple[csr_array, csr_array]:
    """Mel filters, and the transpose of `bin_shares`."""
    return csr_array(mel_filters(spec).astype(np.float32)), csr_array(bin_shares(spec).T.astype(np.float32))
