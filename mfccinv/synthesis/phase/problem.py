"""The problem that every method on whole spectrograms solves: a transform, a magnitude and a starting phase."""

from collections.abc import Callable

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.gradients import integrate_phase, wrap
from mfccinv.synthesis.phase.peaks import continue_peaks
from mfccinv.synthesis.phase.predicted_steps import predicted_phase
from mfccinv.synthesis.recordings import each_recording
from mfccinv.synthesis.stft import Stft, spectral_convergence, with_magnitude


class Problem:
    """Magnitude spectrograms that lack their phase, each that of a recording of its own.

    Parameters
    ----------
    magnitude : (..., n_frames, n_bins), >= 0
    spec : FeatureSpec
    initial_phase : (..., n_frames, n_bins), radians, or None
        Phase to start from; None: as ``start`` says.
    start : str
        See `starting_phase`, or ``given``, which needs an initial phase.
    seed : int
        Seed of each recording's starting phase.
    length : int, samples, or None
        Length of the signals; None is what the frames cover.

    Raises
    ------
    ValueError
        For an unknown start and for arrays that don't fit.
    """

    def __init__(
        self,
        magnitude: np.ndarray,
        spec: FeatureSpec,
        *,
        initial_phase: np.ndarray | None,
        start: str,
        seed: int,
        length: int | None,
    ):
        self.magnitude = check_magnitude(magnitude, spec)
        self.stft = Stft(spec, self.magnitude.shape[-2], length, leading=self.magnitude.shape[:-2])
        check_start(start)
        phase = starting_phase(self.magnitude, spec, initial_phase=initial_phase, start=start, seed=seed)
        self.start = polar(self.magnitude, phase)

    def make_consistent(self, spectrum: np.ndarray) -> np.ndarray:
        """Find the nearest spectrogram that is the transform of a signal."""
        return self.stft.forward(self.stft.inverse(spectrum))

    def impose_magnitude(self, spectrum: np.ndarray) -> np.ndarray:
        """Find the nearest spectrogram that has the given magnitude."""
        return with_magnitude(spectrum, self.magnitude)

    def is_near(self, consistent: np.ndarray, until_db: float) -> np.ndarray:
        """Whether the spectral convergence of each signal's spectrogram is at most ``until_db``, dB: (...,), bool."""
        return each_recording(spectral_convergence, self.magnitude, np.abs(consistent)) <= until_db

    def signal(self, spectrum: np.ndarray) -> np.ndarray:
        """Waveforms nearest to spectrograms, (..., length), float32."""
        return self.stft.signal(self.stft.inverse(spectrum))


def starting_phase(
    magnitude: np.ndarray, spec: FeatureSpec, *, initial_phase: np.ndarray | None, start: str, seed: int
) -> np.ndarray:
    """Find a phase to start from, (..., n_frames, n_bins), radians: the initial one, if it is given.

    Parameters
    ----------
    magnitude : (..., n_frames, n_bins), >= 0
        Leading axes are recordings.
    spec : FeatureSpec
    initial_phase : (..., n_frames, n_bins), radians, or None
        Phase that is given; None: as ``start`` says.
    start : str
        A key of `STARTS`; ``learned``, by a pretrained network, or ``learned:<run>``, by that of a run.
    seed : int
        Of each recording's phase.

    Raises
    ------
    ValueError
        If an initial phase doesn't fit, or there is none and the start is ``given``; for ``learned``, as
        `predicted_phase`.
    """
    if initial_phase is not None:
        return check_phase(initial_phase, magnitude)
    if start == GIVEN:
        raise ValueError(f"phase.start={GIVEN} needs an initial phase")
    if checkpoint := learned_by(start):
        return predicted_phase(magnitude, spec, checkpoint)
    return each_recording(lambda one: STARTS[start](one, spec, seed), magnitude)


def learned_by(start: str | None) -> str | None:
    """Name of the run that predicts the phase, if that is how a method starts: ``auto`` for ``learned``."""
    kind, _, checkpoint = str(start).partition(":")
    return (checkpoint or "auto") if kind == LEARNED else None


def check_start(start: str, *others: str) -> None:
    """Refuse with ValueError a start that is none of all methods', nor one of the ``others`` that a method has."""
    if start not in (*others, *STARTS, GIVEN) and not learned_by(start):
        known = ", ".join((*others, *STARTS, LEARNED, f"{LEARNED}:<run>", GIVEN))
        raise ValueError(f"phase.start must be one of {known}, got {start!r}")


def polar(magnitude: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Complex spectrum, complex64, of a magnitude and a phase, float32, of one shape."""
    spectrum = np.empty(magnitude.shape, np.complex64)
    np.multiply(magnitude, np.cos(phase), out=spectrum.real)
    np.multiply(magnitude, np.sin(phase), out=spectrum.imag)
    return spectrum


def check_magnitude(magnitude: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Return magnitudes as float32; refuse with ValueError what is no magnitude spectrogram of the spec."""
    if np.iscomplexobj(magnitude):
        raise ValueError("magnitude must be real: take np.abs, and np.angle as the initial phase")
    magnitude = np.ascontiguousarray(magnitude, np.float32)
    if magnitude.ndim < 2 or magnitude.shape[-1] != spec.n_bins or magnitude.size == 0:
        raise ValueError(f"magnitude must be (..., n_frames, n_bins={spec.n_bins}), got shape {magnitude.shape}")
    if not (magnitude >= 0).all() or not np.isfinite(magnitude).all():
        raise ValueError("magnitude must be finite and not negative")
    return magnitude


def check_phase(phase: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
    """Return an initial phase as float32 in [-π, π); refuse with ValueError one that doesn't fit or isn't finite."""
    if np.shape(phase) != magnitude.shape:
        raise ValueError(f"the initial phase must be {magnitude.shape}, got {np.shape(phase)}")
    if not np.isfinite(phase).all():
        raise ValueError("the initial phase must be finite, got NaN or infinite values")
    return wrap(phase)


def random_phase(magnitude: np.ndarray, spec: FeatureSpec, seed: int) -> np.ndarray:
    """Independent uniform phases, radians."""
    return np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitude.shape).astype(np.float32)


def noise_phase(magnitude: np.ndarray, spec: FeatureSpec, seed: int) -> np.ndarray:
    """Phases of white noise, radians: those of overlapping frames fit together, unlike independent ones."""
    stft = Stft(spec, len(magnitude))
    return np.angle(stft.forward(np.random.default_rng(seed).standard_normal(stft.span, dtype=np.float32)))


GIVEN, LEARNED = "given", "learned"
STARTS: dict[str, Callable[..., np.ndarray]] = {  # of a magnitude (n_frames, n_bins), its specification and a seed
    "random": random_phase,
    "noise": noise_phase,
    "pghi": integrate_phase,
    "spsi": continue_peaks,
}
