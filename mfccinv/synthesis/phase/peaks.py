"""Phase from the peaks of each frame: a sinusoid at each peak goes on as it is."""

import numpy as np

from mfccinv.features.spec import FeatureSpec

SMALLEST = np.float32(1e-9)  # of a magnitude, relative to the largest


def continue_peaks(magnitude: np.ndarray, spec: FeatureSpec, seed: int) -> np.ndarray:
    """Phase of a magnitude spectrogram by single pass spectrogram inversion.

    The frequency of each peak is that of the parabola through the logarithms of its three bins. From frame to frame,
    the phase of a bin advances as a sinusoid of the nearest peak's frequency does. Beauregard, Harish and Wyse, Single
    pass spectrogram inversion, 2015.

    Parameters
    ----------
    magnitude : (n_frames, n_bins), >= 0
    spec : FeatureSpec
    seed : int
        Not used: nothing is random.

    Returns
    -------
    phase : (n_frames, n_bins), float32, radians
        As in the transform of `mfccinv.synthesis.stft.Stft`, wrapped to [-π, π).
    """
    bins = np.arange(spec.n_bins)
    level = np.maximum(magnitude, SMALLEST * max(magnitude.max(), SMALLEST), dtype=np.float32)
    np.log(level, out=level)
    rising = np.diff(level, axis=1)
    is_peak = np.zeros(magnitude.shape, bool)
    np.logical_and(rising[:, :-1] > 0, rising[:, 1:] <= 0, out=is_peak[:, 1:-1])
    frame, peak = np.nonzero(is_peak)
    up, down = rising[frame, peak - 1], -rising[frame, peak]
    advance = np.empty(magnitude.shape)
    advance[:] = bins * (spec.hop_length / spec.n_fft)
    advance[frame, peak] += (up - down) / (2 * (up + down)) * (spec.hop_length / spec.n_fft)
    turns = np.take_along_axis(advance, _nearest_peaks(is_peak), axis=1)
    np.cumsum(turns, axis=0, out=turns)
    turns -= bins / 2 - 0.5  # a frame's phase is that of its first sample, and not of its window's middle
    turns -= np.floor(turns)
    return (turns * (2 * np.pi) - np.pi).astype(np.float32)


def _nearest_peaks(is_peak: np.ndarray) -> np.ndarray:
    """Number of the nearest peak's bin for each bin, (n_frames, n_bins); without a peak, its own."""
    n_bins = is_peak.shape[1]
    bins, far = np.arange(n_bins, dtype=np.int32), np.int32(2 * n_bins)
    below = np.maximum.accumulate(np.where(is_peak, bins, -far), axis=1)
    above = np.minimum.accumulate(np.where(is_peak, bins, far)[:, ::-1], axis=1)[:, ::-1]
    nearest = np.where(2 * bins <= below + above, below, above)
    alone = ~is_peak.any(axis=1)
    nearest[alone] = bins
    return nearest
