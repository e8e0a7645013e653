"""The alternating direction method of multipliers."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.iterations import check_iterations, check_until
from mfccinv.synthesis.phase.problem import Problem


def admm(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    initial_phase: np.ndarray | None,
    seed: int,
    length: int | None,
    start: str,
    iterations: int,
    rho: float,
    until_db: float | None,
) -> np.ndarray:
    """Find a waveform by the alternating direction method of multipliers.

    It allows the spectrogram to be inconsistent, and makes the inconsistency small: the larger ``rho`` >= 0, the more
    slowly. Masuyama, Yatabe and Oikawa, Griffin-Lim like phase recovery via alternating direction method of
    multipliers, 2019. It stops as `griffin_lim` does.
    """
    check_iterations("phase.iterations", iterations)
    check_until(until_db)
    if rho < 0:
        raise ValueError(f"phase.rho must be at least 0, got {rho}")
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    loose = problem.start
    dual = np.zeros_like(loose)
    near = np.zeros(loose.shape[:-2], bool)
    for _ in range(iterations):
        estimate = problem.impose_magnitude(loose - dual)
        consistent = problem.make_consistent(estimate + dual)
        moved = (np.float32(rho) * (estimate + dual) + consistent) / np.float32(1 + rho)
        dual = dual + estimate - moved
        loose = np.where(near[..., None, None], loose, moved) if near.any() else moved
        if until_db is not None:
            near |= problem.is_near(consistent, until_db)
        if near.all():
            break
    return problem.signal(problem.impose_magnitude(loose))
