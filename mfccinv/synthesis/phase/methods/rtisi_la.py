"""Real-time iterative spectrogram inversion with look-ahead, for a whole spectrogram."""

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.phase.problem import check_magnitude, check_start, starting_phase
from mfccinv.synthesis.phase.rtisi import BEFORE, Rtisi
from mfccinv.synthesis.recordings import each_recording
from mfccinv.synthesis.stft import Stft


def rtisi_la(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    initial_phase: np.ndarray | None,
    seed: int,
    length: int | None,
    start: str,
    iterations: int,
    look_ahead: int,
) -> np.ndarray:
    """Find waveforms frame by frame, with a stated delay, see `Rtisi`.

    Without an initial phase, each frame starts from that of the frames before it (``start="before"``), or from the one
    that `starting_phase` finds of the whole.
    """
    check_start(start, BEFORE)
    magnitude = check_magnitude(magnitude, spec)
    stft = Stft(spec, magnitude.shape[-2], length)

    def invert(*frames: np.ndarray) -> np.ndarray:
        inversion = Rtisi(spec, look_ahead=look_ahead, iterations=iterations)
        parts = [inversion.push(*frame) for frame in zip(*frames, strict=True)]
        return stft.signal(np.concatenate([*parts, inversion.finish()]))

    if initial_phase is None and start == BEFORE:
        return each_recording(invert, magnitude)
    phase = starting_phase(magnitude, spec, initial_phase=initial_phase, start=start, seed=seed)
    return each_recording(invert, magnitude, phase)
