"""Real-time iterative spectrogram inversion with look-ahead, for a whole spectrogram."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.problem import check_magnitude, check_phase
from mfccinv.synthesis.phase.rtisi import Rtisi
from mfccinv.synthesis.stft import Stft


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
    """Find a waveform frame by frame, with a stated delay, see `Rtisi`. Nothing is random: the seed is not used."""
    magnitude = check_magnitude(magnitude, spec)
    inversion = Rtisi(spec, look_ahead=look_ahead, iterations=iterations)
    phases = [None] * len(magnitude) if initial_phase is None else check_phase(initial_phase, magnitude)
    parts = [inversion.push(frame, phase) for frame, phase in zip(magnitude, phases, strict=True)]
    return Stft(spec, len(magnitude), length).signal(np.concatenate([*parts, inversion.finish()]))
