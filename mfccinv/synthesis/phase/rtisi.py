"""Phase retrieval one frame at a time, with a stated delay."""

import numpy as np
from scipy.fft import irfft, rfft

from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window
from mfccinv.synthesis.stft import LEAST_COVERAGE, window_coverage, with_magnitude

BEFORE = "before"  # phase.start: of the frames before


class Rtisi:
    """Real-time iterative spectrogram inversion with look-ahead.

    The decided frames are added up. The next frame and ``look_ahead`` frames after it are estimated together: in each
    iteration, each of them takes the phase of the sum at its place. Then the first of them is decided. Beauregard, Zhu
    and Wyse, An efficient algorithm for real-time spectrogram inversion, 2005; Zhu, Beauregard and Wyse, Real-time
    signal estimation from modified short-time Fourier transform magnitude spectra, 2007. The papers give the newest
    frame a special window. Here, the sum is divided by the sum of its squared windows instead.

    Parameters
    ----------
    spec : FeatureSpec
    look_ahead : int >= 0, frames
    iterations : int >= 1
        Iterations for each frame that is decided.

    Raises
    ------
    ValueError
        If a setting is out of range, and as `mfccinv.synthesis.stft.window_coverage`.
    """

    def __init__(self, spec: FeatureSpec, *, look_ahead: int, iterations: int):
        if look_ahead < 0:
            raise ValueError(f"phase.look_ahead must be at least 0, got {look_ahead}")
        if iterations < 1:
            raise ValueError(f"phase.iterations must be at least 1, got {iterations}")
        self._spec, self._look_ahead, self._iterations = spec, look_ahead, iterations
        self._window = padded_window(spec).astype(np.float32)
        # The samples that are not yet out: they begin where the next frame to be decided begins.
        size = max(spec.n_fft, spec.hop_length) + spec.hop_length * look_ahead
        self._sum, self._coverage = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._floor = np.float32(LEAST_COVERAGE * window_coverage(spec).max())
        self._pulse = np.exp(-1j * np.pi * np.arange(spec.n_bins)).astype(np.complex64)
        self._waiting = np.zeros((0, spec.n_fft), np.float32)
        self._magnitudes = np.zeros((0, spec.n_bins), np.float32)

    def push(self, magnitude: np.ndarray, phase: np.ndarray | None = None) -> np.ndarray:
        """Take the next frame and return the samples that it decides.

        Parameters
        ----------
        magnitude : (n_bins,), >= 0
        phase : (n_bins,), radians, or None
            Phase to start from; None: the phase of the sum of the frames before, at its place.

        Returns
        -------
        samples : (n_samples,), float32, full scale 1
            ``n_samples`` is 0 for the first ``look_ahead`` frames, then ``hop_length``.
        """
        magnitude = np.asarray(magnitude, np.float32)
        if phase is None:
            place = len(self._waiting) * self._spec.hop_length
            spectrum = rfft(self._estimate()[place : place + self._spec.n_fft] * self._window)
            if not np.any(spectrum):
                spectrum = self._pulse
        else:
            spectrum = np.exp(1j * np.asarray(phase, np.float32))
        frame = irfft(with_magnitude(spectrum, magnitude), self._spec.n_fft) * self._window
        self._waiting = np.vstack([self._waiting, frame])
        self._magnitudes = np.vstack([self._magnitudes, magnitude])
        return self._decide() if len(self._waiting) > self._look_ahead else np.zeros(0, np.float32)

    def finish(self) -> np.ndarray:
        """Decide the frames that wait and return all the samples that are left, (n_samples,), float32."""
        parts = [self._decide() for _ in range(len(self._waiting))]
        left = self._spec.n_fft - self._spec.hop_length
        rest = (self._sum / np.maximum(self._coverage, self._floor))[: max(left, 0)]
        return np.concatenate([*parts, rest])

    def _decide(self) -> np.ndarray:
        """Improve the frames that wait, add the first of them to the sum, and return the samples that are final."""
        n_fft, hop = self._spec.n_fft, self._spec.hop_length
        starts = hop * np.arange(len(self._waiting))
        for _ in range(self._iterations):
            windows = np.lib.stride_tricks.sliding_window_view(self._estimate(), n_fft)[starts]
            spectrum = with_magnitude(rfft(windows * self._window, axis=1), self._magnitudes)
            self._waiting = irfft(spectrum, n_fft, axis=1) * self._window
        self._sum[:n_fft] += self._waiting[0]
        self._coverage[:n_fft] += self._window**2
        self._waiting, self._magnitudes = self._waiting[1:], self._magnitudes[1:]
        samples = self._sum[:hop] / np.maximum(self._coverage[:hop], self._floor)
        for buffer in (self._sum, self._coverage):
            buffer[:-hop] = buffer[hop:].copy()
            buffer[-hop:] = 0
        return samples

    def _estimate(self) -> np.ndarray:
        """Estimate the samples that are not yet out, from the decided frames and those that wait."""
        total, coverage = self._sum.copy(), self._coverage.copy()
        for number, frame in enumerate(self._waiting):
            place = slice(number * self._spec.hop_length, number * self._spec.hop_length + self._spec.n_fft)
            total[place] += frame
            coverage[place] += self._window**2
        return total / np.maximum(coverage, self._floor)
