"""The analytic inverse of the MFCC, and the projection that keeps a prediction consistent with its MFCC."""

import numpy as np
from scipy.fft import dct

from mfccinv.features.mel import empty_bands, log_mel_of_magnitude
from mfccinv.features.spec import FeatureSpec

LEAST_SINGULAR = 1e-3  # relative: of the bands that contain bins, when nearly as many coefficients are known
FLOOR_STEPS = 3  # by which the loudest band and the floor below it are found


def dct_basis(n_mfcc: int, n_mels: int) -> np.ndarray:
    """First rows of the orthonormal DCT-II, the map from a log-mel frame to its MFCC.

    Parameters
    ----------
    n_mfcc : int in [1, n_mels]
        Number of coefficients kept.
    n_mels : int >= 1
        Number of mel bands.

    Returns
    -------
    basis : (n_mfcc, n_mels), float64
        Rows are orthonormal: ``basis @ basis.T`` is the identity.

    Raises
    ------
    ValueError
        If ``n_mfcc`` is outside [1, n_mels].
    """
    if not 1 <= n_mfcc <= n_mels:
        raise ValueError(f"n_mfcc must be in [1, n_mels={n_mels}], got {n_mfcc}")
    return dct(np.eye(n_mels), axis=0, norm="ortho")[:n_mfcc]


def mfcc_basis(spec: FeatureSpec) -> np.ndarray:
    """Map from a log-mel frame to its (liftered) MFCC, (n_mfcc, n_mels), float64."""
    return dct_basis(spec.n_mfcc, spec.n_mels) * spec.lifter_weights[:, None]


def inverse_basis(spec: FeatureSpec) -> np.ndarray:
    """Pseudo-inverse of `mfcc_basis`, (n_mels, n_mfcc), float64: the truncated inverse DCT, the liftering undone."""
    return (dct_basis(spec.n_mfcc, spec.n_mels) / spec.lifter_weights[:, None]).T


def log_mel_to_mfcc(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """MFCC of log-mel frames.

    Parameters
    ----------
    log_mel : (..., n_mels), dB
    spec : FeatureSpec

    Returns
    -------
    mfcc : (..., n_mfcc), dB
        In the type of ``log_mel``, computed in float64.
    """
    return (log_mel.astype(np.float64) @ mfcc_basis(spec).T).astype(log_mel.dtype)


def mfcc_of_silence(spec: FeatureSpec) -> np.ndarray:
    """MFCC of a frame that is at the floor in every band, (n_mfcc,), dB, float32."""
    return log_mel_to_mfcc(np.full((1, spec.n_mels), spec.floor_db, np.float32), spec)[0]


def mfcc_to_log_mel(mfcc: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Minimum-norm log-mel frames that have the given MFCC: the analytic inverse.

    The part of the frame that the truncated DCT discards is set to zero, as ``librosa.feature.inverse.mfcc_to_mel``
    does; with ``n_mfcc == n_mels`` the inverse is exact.

    Parameters
    ----------
    mfcc : (..., n_mfcc), dB
    spec : FeatureSpec

    Returns
    -------
    log_mel : (..., n_mels), dB
        In the type of ``mfcc``, computed in float64.
    """
    return (mfcc.astype(np.float64) @ inverse_basis(spec).T).astype(mfcc.dtype)


def mfcc_to_whole_log_mel(mfcc: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Log-mel frames of recordings that have the given MFCC, bands without a bin of the FFT being at the floor.

    Where there are such bands, others contain one bin or two, of which some are at the filter's peak and some at its
    foot. So what the truncated DCT discards is as near as it can be to that of a white spectrum, which tells of the
    filters alone. `mfcc_to_log_mel` would smear the floor and the filters' differences over their neighbours; without
    such bands, it gives the same. With ``top_db``, the floor follows the loudest band.

    Parameters
    ----------
    mfcc : (..., n_frames, n_mfcc), dB
        Leading axes are recordings.
    spec : FeatureSpec

    Returns
    -------
    log_mel : (..., n_frames, n_mels), dB
        In the type of ``mfcc``, computed in float64.
    """
    empty = list(empty_bands(spec))
    log_mel = mfcc_to_log_mel(mfcc, spec)
    if not empty:
        return log_mel
    basis = mfcc_basis(spec)
    inverse = np.linalg.pinv(np.delete(basis, empty, axis=1), rcond=LEAST_SINGULAR).T
    others = np.delete(np.arange(spec.n_mels), empty)
    white = log_mel_of_magnitude(np.ones(spec.n_bins), spec)[others]
    for _ in range(1 if spec.top_db is None else FLOOR_STEPS):
        floor_db = np.asarray(spec.floor_db)
        if spec.top_db is not None:
            floor_db = np.maximum(floor_db, log_mel.max(axis=(-2, -1), keepdims=True) - spec.top_db)
        log_mel[..., empty] = floor_db
        known = floor_db * basis[:, empty].sum(axis=1) + basis[:, others] @ white
        log_mel[..., others] = white + (mfcc - known) @ inverse
    return log_mel


def project_onto_mfcc(log_mel: np.ndarray, mfcc: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Nearest log-mel frames (least squares) whose MFCC are exactly ``mfcc``.

    Only the part of ``log_mel`` that the MFCC do not determine survives, so a prediction cannot contradict its input.

    Parameters
    ----------
    log_mel : (..., n_mels), dB
        A prediction.
    mfcc : (..., n_mfcc), dB
        The MFCC that it was predicted from.
    spec : FeatureSpec

    Returns
    -------
    log_mel : (..., n_mels), dB
    """
    return log_mel + mfcc_to_log_mel(mfcc - log_mel_to_mfcc(log_mel, spec), spec)
