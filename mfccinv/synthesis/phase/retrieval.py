"""From a linear magnitude spectrogram to a waveform; each method is a module in ``phase/``.

A method maps ``(magnitude, spec, *, initial_phase, seed, length, <settings>)`` to waveforms, (..., n_frames, n_bins) to
(..., n_samples), see `Problem`. Leading axes are recordings; `each_recording` applies what takes one at a time.
"""

import numpy as np

from mfccinv.features.preemphasis import DeEmphasis
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.arguments import check_length, check_seed
from mfccinv.system.registry import Registry

PHASES = Registry("phase", "mfccinv.synthesis.phase.methods")


def retrieve_phase(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    phase: dict,
    seed: int,
    length: int | None = None,
    initial_phase: np.ndarray | None = None,
) -> np.ndarray:
    """Synthesise waveforms with nearly these magnitudes; the specification's pre-emphasis is undone in them.

    Parameters
    ----------
    magnitude : (..., n_frames, n_bins), >= 0
        Leading axes are recordings: each becomes what it would alone, to rounding.
    spec : FeatureSpec
    phase : dict
        ``name`` in `PHASES` and the method's settings.
    seed : int
        Seed of each recording's starting phase.
    length : int, samples, or None
        Length to return; if the frames cover less, silence follows. None is what the frames cover.
    initial_phase : (..., n_frames, n_bins), radians, or None
        Phase to start from instead of the method's own start.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        For settings out of range and arrays that don't fit.
    """
    length = check_length(length)
    check_seed(seed)
    method, settings = PHASES.resolve(phase)
    y = method(magnitude, spec, initial_phase=initial_phase, seed=seed, length=length, **settings)
    return DeEmphasis(spec)(y)
