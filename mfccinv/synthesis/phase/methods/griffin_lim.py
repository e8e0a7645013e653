"""The fast Griffin-Lim algorithm."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations, check_until
from mfccinv.synthesis.phase.problem import Problem


def griffin_lim(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    initial_phase: np.ndarray | None,
    seed: int,
    length: int | None,
    start: str,
    iterations: int,
    momentum: float,
    until_db: float | None,
) -> np.ndarray:
    """Find a waveform by the fast Griffin-Lim algorithm.

    Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984; Perraudin, Balazs and
    Søndergaard, A fast Griffin-Lim algorithm, 2013. ``momentum`` >= 0; with 0, it is the algorithm of 1984. It stops
    after ``iterations``, or earlier when the spectral convergence reaches ``until_db``; None: never earlier.
    """
    check_iterations("phase.iterations", iterations)
    check_until(until_db)
    if momentum < 0:
        raise ValueError(f"phase.momentum must be at least 0, got {momentum}")
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    span, before = problem.stft.inverse(problem.start), None
    for _ in range(iterations):
        if until_db is not None and problem.is_near(problem.stft.forward(span), until_db):
            break
        # The transform is linear, so the waveform can be extrapolated: it has a quarter of its spectrogram's numbers.
        ahead = span if before is None else _extrapolate(before, span, momentum)
        before, span = span, problem.stft.refine(ahead, problem.magnitude)
    return problem.stft.signal(span)


def _extrapolate(before: np.ndarray, now: np.ndarray, momentum: float) -> np.ndarray:
    """``now + momentum * (now - before)``, in the place of ``before``."""
    np.subtract(now, before, out=before)
    before *= np.float32(momentum)
    before += now
    return before
