"""The short-time Fourier transform with its phase, and its inverse, for signals of one length."""

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
from scipy.fft import irfft, rfft

from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window
from mfccinv.system.frame_threads import Threads

SMALLEST = np.float32(1e-20)
UNSEEN = 1e-10  # of the largest sum of squared windows: no window sees the sample
LEAST_COVERAGE = 0.02  # of the largest sum of squared windows: samples that the windows hardly see fade out


class Stft:
    """Transform of signals of ``n_frames`` frames, and its least-squares inverse, in single precision.

    Both work on the span of the frames: with ``spec.center``, that is the signal with its padding on either side.
    Several signals of one length are transformed together: short ones cost as much as a long one then.
    ``inverse(forward(span))`` gives the span back, except for samples at its ends that no window covers.

    Parameters
    ----------
    spec : FeatureSpec
    n_frames : int >= 1
    length : int, samples, or None
        Length of the signal; None: what the frames cover. Samples beyond the frames are silent.
    leading : tuple of int
        Leading axes of all arrays: ``()`` for one signal, ``(n,)`` for n.

    Raises
    ------
    ValueError
        If there is no frame, and as `window_coverage`.
    """

    def __init__(self, spec: FeatureSpec, n_frames: int, length: int | None = None, *, leading: tuple[int, ...] = ()):
        if n_frames < 1:
            raise ValueError(f"at least one frame is needed, got {n_frames}")
        window_coverage(spec)
        self._spec, self._leading, self.n_frames = spec, leading, n_frames
        self.span = spec.n_fft + spec.hop_length * (n_frames - 1)
        covered = spec.n_samples(n_frames)
        self.length = covered if length is None else length
        # A signal of this many frames may reach into the padding by less than a hop.
        fits = spec.margin > 0 and spec.n_frames(self.length) == n_frames
        own = min(self.length, self.span - spec.margin if fits else covered)
        self._inside = slice(spec.margin, spec.margin + own)
        self._window = padded_window(spec).astype(np.float32)
        self._threads = Threads(n_frames, math.prod(leading) * spec.n_fft)

    def forward(self, span: np.ndarray) -> np.ndarray:
        """Transform spans (..., span) to (..., n_frames, n_bins), complex64."""
        room, frames, windowed = self._room
        room[:] = span
        return rfft(np.multiply(frames, self._window, out=windowed), axis=-1)

    def inverse(self, spectrum: np.ndarray) -> np.ndarray:
        """Find spans whose transforms are nearest in least squares, (..., n_frames, n_bins) → (..., span), float32.

        Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984. The padding is made from
        the signal found.
        """
        windowed = self._room[-1]

        def invert(block: slice) -> None:
            self._invert_frames(spectrum[..., block, :], out=windowed[..., block, :])

        self._threads.share_out(invert)
        return self._join(windowed)

    def refine(self, span: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
        """Make an iteration of Griffin and Lim's with magnitudes (..., n_frames, n_bins): (..., span) → (..., span).

        The result is ``inverse(with_magnitude(forward(span), magnitude))``.
        """
        return self.revise(span, lambda spectrum, block: with_magnitude(spectrum, magnitude[..., block, :]))

    def revise(self, span: np.ndarray, change: Callable[[np.ndarray, slice], np.ndarray]) -> np.ndarray:
        """Find the spans that are nearest to the changed transforms of spans, (..., span) → (..., span).

        The result is ``inverse(change(forward(span)))``, but threads share the frames: ``change`` gets the spectra of
        some frames, (..., n, n_bins), and the slice that they are, and returns their new spectra.
        """
        room, frames, windowed = self._room
        room[:] = span

        def revise_frames(block: slice) -> None:
            own = windowed[..., block, :]
            np.multiply(frames[..., block, :], self._window, out=own)
            self._invert_frames(change(rfft(own, axis=-1), block), out=own)

        self._threads.share_out(revise_frames)
        return self._join(windowed)

    def signal(self, span: np.ndarray) -> np.ndarray:
        """Cut signals out of their spans, (..., span) → (..., length)."""
        inside = span[..., self._inside]
        return _pad_last(inside, 0, self.length - inside.shape[-1], "constant")

    def _invert_frames(self, spectra: np.ndarray, out: np.ndarray) -> None:
        """Transform spectra (..., n, n_bins) back to windowed frames (..., n, n_fft)."""
        np.multiply(irfft(spectra, self._spec.n_fft, axis=-1), self._window, out=out)

    def _join(self, frames: np.ndarray) -> np.ndarray:
        """Spans nearest to windowed frames (..., n_frames, n_fft), (..., span)."""
        return self._pad(self._overlap_add(frames) * self._per_coverage)

    @cached_property
    def _per_coverage(self) -> np.ndarray:
        """Reciprocal of the sum of the squared windows over each sample, (span,)."""
        squares = _squares_by_hop(self._spec)
        few = min(self.n_frames, len(squares))
        coverage = np.zeros((len(squares) + few - 1, self._spec.hop_length))
        for frame in range(few):
            coverage[frame : frame + len(squares)] += squares
        per_coverage = (1 / np.maximum(coverage, LEAST_COVERAGE * coverage.max())).astype(np.float32)
        repeats = np.ones(len(coverage), int)
        repeats[few - 1] += self.n_frames - few  # the hop that all windows cover that can
        return np.repeat(per_coverage, repeats, axis=0).reshape(-1)[: self.span]

    @cached_property
    def _room(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Buffers that are used again and again: spans, their frames (a view of them), and windowed frames."""
        span = np.empty((*self._leading, self.span), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(span, self._spec.n_fft, axis=-1)
        frames = windows[..., :: self._spec.hop_length, :]
        return span, frames, np.empty(frames.shape, np.float32)

    def _pad(self, span: np.ndarray) -> np.ndarray:
        """Replace the padding of spans with that of their signals, as analysis pads it."""
        first, last = self._inside.start, self._inside.stop
        if self._spec.margin == 0 or self._spec.pad_mode == "constant" or last - first <= self._spec.margin:
            span[..., :first] = 0
            span[..., last:] = 0
            return span
        return _pad_last(span[..., first:last], first, self.span - last, self._spec.pad_mode)

    def _overlap_add(self, frames: np.ndarray) -> np.ndarray:
        """Add frames (..., n_frames, n_fft) up, each a hop after the one before, to (..., span)."""
        *leading, n, n_fft = frames.shape
        hop = self._spec.hop_length
        n_hops = -(-n_fft // hop)
        total = np.zeros((*leading, n + n_hops - 1, hop), np.float32)
        for place in range(n_hops):
            part = frames[..., place * hop : (place + 1) * hop]
            total[..., place : place + n, : part.shape[-1]] += part
        return total.reshape(*leading, -1)[..., : self.span]


def _pad_last(signal: np.ndarray, before: int, after: int, mode: str) -> np.ndarray:
    """Pad the last axis."""
    return np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(before, after)], mode=mode)  # type: ignore[call-overload]


def window_coverage(spec: FeatureSpec) -> np.ndarray:
    """Sum up the squared windows over each sample between two frames of many, (hop_length,), float64.

    Raises
    ------
    ValueError
        If no window sees some of the samples: frames don't tell what is there.
    """
    coverage = _squares_by_hop(spec).sum(axis=0)
    if unseen := int(np.sum(coverage <= UNSEEN * coverage.max())):
        raise ValueError(
            f"no sound can be made of these frames, their windows leave out {unseen} of hop_length={spec.hop_length} "
            f"samples: window={spec.window}, win_length={spec.win_length}, n_fft={spec.n_fft}"
        )
    return coverage


def _squares_by_hop(spec: FeatureSpec) -> np.ndarray:
    """Squared window, a hop in each row, (n_hops, hop_length), float64; zeros fill up the last."""
    squares = padded_window(spec) ** 2
    return np.pad(squares, (0, -len(squares) % spec.hop_length)).reshape(-1, spec.hop_length)


def spectral_convergence(magnitude: np.ndarray, estimate: np.ndarray) -> float:
    """Distance of two magnitude spectrograms of one shape relative to the first, dB: ``20 log10(‖a - b‖ / ‖a‖)``."""
    error, size = float(np.linalg.norm(estimate - magnitude)), float(np.linalg.norm(magnitude))
    return float(20 * np.log10(max(error, 1e-12) / max(size, 1e-12)))


def with_magnitude(spectrum: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
    """Replace the magnitude of a complex spectrum, both of one shape, and keep its phase; zeros stay zero."""
    factor = np.abs(spectrum)
    factor += SMALLEST
    np.divide(magnitude, factor, out=factor)
    return spectrum * factor
