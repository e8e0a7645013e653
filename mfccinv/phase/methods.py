"""The methods: ``(magnitude, spec, *, initial_phase, seed, length, <settings>) → waveform``, see `Problem`.

Iterative ones stop after ``iterations``, or earlier when the spectral convergence is ``until_db``, if that isn't None.
"""

import numpy as np

from mfccinv.phase.problem import Problem, check_magnitude, check_phase
from mfccinv.phase.rtisi import Rtisi
from mfccinv.spec import FeatureSpec
from mfccinv.stft import Stft


def random(
    magnitude: np.ndarray, spec: FeatureSpec, *, initial_phase: np.ndarray | None, seed: int, length: int | None
) -> np.ndarray:
    """Waveform of white noise that is given this magnitude: the classic answer of forums. A phase given is kept."""
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start="noise", seed=seed, length=length)
    return problem.signal(problem.start)


def pghi(
    magnitude: np.ndarray, spec: FeatureSpec, *, initial_phase: np.ndarray | None, seed: int, length: int | None
) -> np.ndarray:
    """Waveform without iterations, by phase gradient heap integration, see `integrate_phase`. A phase given is kept."""
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start="pghi", seed=seed, length=length)
    return problem.signal(problem.start)


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
    """Waveform by the fast Griffin-Lim algorithm; ``momentum`` >= 0, of which 0 is the algorithm of 1984.

    Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984; Perraudin, Balazs and
    Søndergaard, A fast Griffin-Lim algorithm, 2013.
    """
    _check_iterations(iterations)
    if momentum < 0:
        raise ValueError(f"phase.momentum must be at least 0, got {momentum}")
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    span, before = problem.stft.inverse(problem.start), None
    for _ in range(iterations):
        if until_db is not None and problem.is_near(problem.stft.forward(span), until_db):
            break
        # The transform is linear: what goes ahead is the waveform, a quarter of the numbers of its spectrogram.
        ahead = span if before is None else _extrapolate(before, span, momentum)
        before, span = span, problem.stft.refine(ahead, problem.magnitude)
    return problem.stft.signal(span)


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
    """Waveform by the alternating direction method of multipliers, which makes inconsistency small, but allows it.

    Masuyama, Yatabe and Oikawa, Griffin-Lim like phase recovery via alternating direction method of multipliers, 2019.
    ``rho`` >= 0 says how slowly the inconsistency is to be paid off.
    """
    _check_iterations(iterations)
    if rho < 0:
        raise ValueError(f"phase.rho must be at least 0, got {rho}")
    problem = Problem(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed, length=length)
    estimate = loose = problem.start
    dual = np.zeros_like(loose)
    for _ in range(iterations):
        estimate = problem.impose_magnitude(loose - dual)
        consistent = problem.make_consistent(estimate + dual)
        loose = (np.float32(rho) * (estimate + dual) + consistent) / np.float32(1 + rho)
        dual = dual + estimate - loose
        if problem.is_near(consistent, until_db):
            break
    return problem.signal(problem.impose_magnitude(loose))


def rtisi_la(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    initial_phase: np.ndarray | None,
    seed: int,
    length: int | None,
    iterations: int,
    look_ahead: int,
) -> np.ndarray:
    """Waveform frame by frame, with a stated delay, see `Rtisi`. Nothing in it is random: the seed is not used."""
    magnitude = check_magnitude(magnitude, spec)
    inversion = Rtisi(spec, look_ahead=look_ahead, iterations=iterations)
    phases = [None] * len(magnitude) if initial_phase is None else check_phase(initial_phase, magnitude)
    parts = [inversion.push(frame, phase) for frame, phase in zip(magnitude, phases, strict=True)]
    return Stft(spec, len(magnitude), length).signal(np.concatenate([*parts, inversion.finish()]))


def _extrapolate(before: np.ndarray, now: np.ndarray, momentum: float) -> np.ndarray:
    """``now + momentum * (now - before)``, in the place of ``before``."""
    np.subtract(now, before, out=before)
    before *= np.float32(momentum)
    before += now
    return before


def _check_iterations(iterations: int) -> None:
    if iterations < 0:
        raise ValueError(f"phase.iterations must be at least 0, got {iterations}")
