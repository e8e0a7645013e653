"""Phase retrieval: from a linear magnitude spectrogram to a waveform that has nearly that magnitude."""

from collections.abc import Callable

import numpy as np

from mfccinv.phase import methods
from mfccinv.registry import look_up
from mfccinv.spec import FeatureSpec

PHASES: dict[str, Callable[..., np.ndarray]] = {
    "random": methods.random,
    "griffin_lim": methods.griffin_lim,
    "admm": methods.admm,
    "rtisi_la": methods.rtisi_la,
    "pghi": methods.pghi,
}


def retrieve_phase(
    magnitude: np.ndarray,
    spec: FeatureSpec,
    *,
    phase: dict,
    seed: int,
    length: int | None = None,
    initial_phase: np.ndarray | None = None,
) -> np.ndarray:
    """Synthesise a waveform with nearly this magnitude.

    Parameters
    ----------
    magnitude : (n_frames, n_bins), >= 0
    spec : FeatureSpec
    phase : dict
        ``name`` in `PHASES` and the method's settings.
    seed : int
        Of what is random in the start.
    length : int, samples, or None
        Length to return; if the frames cover less, silence follows. None is what the frames cover.
    initial_phase : (n_frames, n_bins), radians, or None
        Phase to start from instead of the method's own start.

    Returns
    -------
    y : (n_samples,), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        For settings out of range and arrays that don't fit.
    """
    if length is not None and length < 1:
        raise ValueError(f"length must be at least 1 sample or None, got {length}")
    method, settings = look_up("phase", PHASES, phase)
    return method(magnitude, spec, initial_phase=initial_phase, seed=seed, length=length, **settings)
