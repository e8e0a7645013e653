"""From log-mel frames to sound: mel → linear magnitude → phase, or by a vocoder."""

import numpy as np

from mfccinv.magnitude import log_mel_to_magnitude
from mfccinv.phase import retrieve_phase
from mfccinv.registry import look_up
from mfccinv.spec import FeatureSpec
from mfccinv.vocoders import VOCODERS


def log_mel_to_audio(
    log_mel: np.ndarray, spec: FeatureSpec, *, magnitude: dict, phase: dict, seed: int, length: int | None = None
) -> np.ndarray:
    """Synthesise the waveform of log-mel frames.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    magnitude : dict
        See `log_mel_to_magnitude`.
    phase : dict
        See `retrieve_phase`; or ``name`` in `VOCODERS` and its settings: then there is no magnitude between.
    seed : int
        Of the starting phase.
    length : int, samples, or None
        Length to return; None is what the frames cover.

    Returns
    -------
    y : (n_samples,), float32, full scale 1, at ``spec.sample_rate``
    """
    if phase["name"] in VOCODERS:
        vocode, settings = look_up("phase", VOCODERS, phase)
        return vocode(log_mel, spec, length=length, **settings)
    linear = log_mel_to_magnitude(log_mel, spec, magnitude=magnitude)
    return retrieve_phase(linear, spec, phase=phase, seed=seed, length=length)
