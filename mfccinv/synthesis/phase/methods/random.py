"""White noise."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.problem import Problem


def random(
    magnitude: np.ndarray, spec: FeatureSpec, *, initial_phase: np.ndarray | None, seed: int, length: int | None
) -> np.ndarray:
    """Give white noise this magnitude, the classic answer of forums; an initial phase that is given is kept."""
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start="noise", seed=seed, length=length)
    return problem.signal(problem.start)
