"""Phase steps: how the phase of a spectrum goes on from frame to frame and from bin to bin.

A phase itself can't be predicted from magnitudes: it is another one a millisecond later. Its steps can (Masuyama,
Yatabe and Oikawa, Phase reconstruction based on recurrent phase unwrapping with deep neural networks, 2020), and the
phase is put together of them again. A step is a complex number of magnitude 1, times a weight: how much it is worth.
"""

import numpy as np

from mfccinv.features.spec import FeatureSpec

PARTS = 4  # of a frame: real and imaginary parts of the steps in time, then of those in frequency
EXPONENT = 0.6  # of the magnitude, in a step's weight: quiet bins count for less
SMALLEST = 1e-10  # magnitude that has a phase


def n_steps(spec: FeatureSpec) -> int:
    """Count the values in a frame of phase steps."""
    return PARTS * spec.n_bins


def phase_steps(spectrum: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Find the phase steps of a spectrogram (n_frames, n_bins), complex: (n_frames, 4 n_bins), float32.

    Those in time lead from the frame before, and are relative to a bin's own frequency; the first frame's have no
    weight. Those in frequency lead from the bin below, and are relative to a click in the middle of the window; the
    lowest bin's have no weight. A weight is the geometric mean of two magnitudes to the power of `EXPONENT`; the mean
    of all is 1.
    """
    advance, middle = expected_steps(spec)
    time, frequency = np.zeros((2, *spectrum.shape), np.complex64)
    time[1:] = spectrum[1:] * spectrum[:-1].conj() / advance
    frequency[:, 1:] = spectrum[:, 1:] * spectrum[:, :-1].conj() / middle
    steps = np.stack([time, frequency], axis=1)  # of squared magnitudes
    steps *= np.maximum(np.abs(steps), SMALLEST**2) ** (EXPONENT / 2 - 1)
    steps /= max(np.abs(steps).mean(), SMALLEST)
    return np.stack([steps.real, steps.imag], axis=2).reshape(len(spectrum), -1).astype(np.float32)


def expected_steps(spec: FeatureSpec) -> tuple[np.ndarray, complex]:
    """The step in time of each bin's own frequency, (n_bins,), and that in frequency of a click amid the window."""
    hops = np.arange(spec.n_bins) * spec.hop_length / spec.n_fft
    return np.exp(2j * np.pi * hops), np.exp(-2j * np.pi * (spec.n_fft // 2) / spec.n_fft)


def read_steps(steps: np.ndarray, spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """Steps in time and in frequency as they are in a spectrogram, each (n_frames, n_bins), complex64.

    Of predicted steps, the magnitude says how sure they are: the mean of what is possible is short where that differs.
    """
    advance, middle = expected_steps(spec)
    parts = steps.reshape(len(steps), PARTS, -1)
    both = np.empty((2, len(steps), parts.shape[2]), np.complex64)
    both.real, both.imag = parts[:, 0::2].swapaxes(0, 1), parts[:, 1::2].swapaxes(0, 1)
    both[0] *= advance.astype(np.complex64)
    both[1] *= np.complex64(middle)
    return both[0], both[1]
