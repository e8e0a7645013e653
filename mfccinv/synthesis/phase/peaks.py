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
    bins, hops = np.arange(spec.n_bins), spec.hop_length / spec.n_fft
    level = np.maximum(magnitude, SMALLEST * max(magnitude.max(), SMALLEST), dtype=np.float32)
    np.log(level, out=level)
    rising = np.diff(level, axis=1)
    frame, below = np.nonzero((rising[:, :-1] > 0) & (rising[:, 1:] <= 0))
    peak, up, down = below + 1, rising[frame, below], -rising[frame, below + 1]
    turns = np.empty(magnitude.shape)
    turns[:] = bins * hops  # without a peak, a bin is one by itself
    with_peak, widths = _nearest_bins(frame, peak, spec.n_bins)
    advance = (peak + (up - down) / (2 * (up + down))) * hops
    turns[with_peak] = np.repeat(advance, widths).reshape(-1, spec.n_bins)
    turns[0] -= bins / 2 - 0.5  # a frame's phase is that of its first sample, and not of its window's middle
    np.cumsum(turns, axis=0, out=turns)
    turns -= np.floor(turns)
    phase = turns.astype(np.float32)
    phase *= np.float32(2 * np.pi)
    phase -= np.float32(np.pi)
    return phase


def _nearest_bins(frame: np.ndarray, peak: np.ndarray, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames that have peaks, and the number of bins to which each peak, (n_peaks,), is the nearest of its frame."""
    with_peak, first = np.unique(frame, return_index=True)
    begin = np.append(0, (peak[:-1] + peak[1:]) // 2 + 1)  # a bin midway is the lower one's
    begin[first] = 0
    end = np.append(begin[1:], n_bins)
    end[np.append(first[1:], len(peak)) - 1] = n_bins
    return with_peak, end - begin
