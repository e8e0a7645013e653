"""Phase gradient heap integration."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.problem import Problem


def pghi(
    magnitude: np.ndarray, spec: FeatureSpec, *, initial_phase: np.ndarray | None, seed: int, length: int | None
) -> np.ndarray:
    """Find a waveform without iterations, by `integrate_phase`; an initial phase that is given is kept."""
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start="pghi", seed=seed, length=length)
    return problem.signal(problem.start)
