"""The fast Griffin-Lim algorithm."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations, check_until
from mfccinv.synthesis.phase.momentum import check_momentum, iterate
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
    """Find waveforms by the fast Griffin-Lim algorithm.

    Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984; Perraudin, Balazs and
    Søndergaard, A fast Griffin-Lim algorithm, 2013. ``momentum`` >= 0; with 0, it is the algorithm of 1984. It stops
    after ``iterations``, or earlier when the spectral convergence reaches ``until_db``; None: never earlier.
    """
    check_iterations("phase.iterations", iterations)
    check_until(until_db)
    check_momentum("phase.momentum", momentum)
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    stft = problem.stft
    span = iterate(
        lambda span: stft.refine(span, problem.magnitude),
        stft.inverse(problem.start),
        iterations=iterations,
        momentum=momentum,
        until=None if until_db is None else lambda span: problem.is_near(stft.forward(span), until_db),
    )
    return stft.signal(span)
