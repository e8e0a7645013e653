"""Magnitude and phase found together, where of the magnitude only the mel frames are known."""

import numpy as np

from mfccinv.features.mel import covered_bins
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations
from mfccinv.synthesis.mel_updates import update_filters
from mfccinv.synthesis.phase.momentum import check_momentum, iterate
from mfccinv.synthesis.phase.problem import Problem

SMALLEST = np.float32(1e-30)  # of an energy, relative to the loudest
LARGEST_GAIN = np.float32(1e6)


def joint(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    initial_phase: np.ndarray | None,
    seed: int,
    length: int | None,
    start: str,
    iterations: int,
    momentum: float,
    freedom: float,
    updates: int,
) -> np.ndarray:
    """Find a waveform by the fast Griffin-Lim algorithm with a magnitude that moves, see `FreeSpectrum`.

    Of a magnitude that was made of mel frames, only these are known. So they are kept, and the rest may become what a
    signal has. To find magnitude and phase together is the idea of Masuyama, Ueno and Ono, Signal reconstruction from
    mel-spectrogram based on bi-level consistency of full-band magnitude and phase, 2023. ``momentum`` is that of
    `griffin_lim`; with ``freedom`` 0, the two are the same.
    """
    check_iterations("phase.iterations", iterations)
    check_iterations("phase.updates", updates)
    check_momentum("phase.momentum", momentum)
    if not 0 <= freedom <= 1:
        raise ValueError(f"phase.freedom must be in [0, 1], got {freedom}")
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    loudest = problem.magnitude.max(axis=(-2, -1), keepdims=True)
    loudest[loudest == 0] = 1
    free = FreeSpectrum(problem.magnitude / loudest, spec, freedom=freedom, updates=updates)
    span = iterate(
        lambda span: problem.stft.revise(span, free.impose),
        problem.stft.inverse(problem.start / loudest),
        iterations=iterations,
        momentum=momentum,
    )
    return loudest[..., 0] * problem.stft.signal(span)


class FreeSpectrum:
    """A magnitude that follows a signal's own and nearly keeps its mel frames.

    Parameters
    ----------
    magnitude : (..., n_frames, n_bins), float32, in [0, 1]
        Where it starts; its mel frames are those to keep. Bins in no band stay as they are.
    spec : FeatureSpec
    freedom : float in [0, 1]
        Part of the way to the signal's own that it goes each time, in power or magnitude as the spec says.
    updates : int >= 0
        Number of multiplicative updates after that towards the mel frames to keep, see `update_filters`.
    """

    def __init__(self, magnitude: np.ndarray, spec: FeatureSpec, *, freedom: float, updates: int):
        self._power, self._updates = spec.power, updates
        in_band = covered_bins(spec)
        self._freedom = (freedom * in_band).astype(np.float32)
        self._kept = (~in_band).astype(np.float32)[:, None]
        self._filters, self._back = update_filters(spec)
        self._energy: np.ndarray = magnitude**spec.power
        target = self._filters @ _columns(self._energy)
        self._target = target.reshape(-1, *magnitude.shape[:-1])
        self._least = np.maximum(self._target / LARGEST_GAIN, SMALLEST)

    def impose(self, spectrum: np.ndarray, block: slice) -> np.ndarray:
        """Move the frames of a block after spectra (..., n, n_bins), complex64; return these with their magnitude."""
        energy = self._energy[..., block, :]
        target, least = (one[..., block].reshape(len(one), -1) for one in (self._target, self._least))
        own = np.abs(spectrum)
        own **= self._power
        change = own - energy
        change *= self._freedom
        energy += change
        moved = _columns(energy)
        for _ in range(self._updates):
            ratio = np.maximum(self._filters @ moved, least)
            np.divide(target, ratio, out=ratio)
            gain = self._back @ ratio
            gain += self._kept
            moved *= gain
        energy[:] = moved.T.reshape(energy.shape)
        own += SMALLEST
        gain = np.divide(energy, own, out=own)
        return spectrum * (gain if self._power == 1 else np.sqrt(gain, out=gain))


def _columns(frames: np.ndarray) -> np.ndarray:
    """Frames (..., n) as columns (n, n_frames) in the order in which SciPy's sparse products take them uncopied."""
    return np.ascontiguousarray(frames.reshape(-1, frames.shape[-1]).T)
