"""Long recordings a block of frames at a time."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np

from mfccinv.features.decibels import log_mel_to_mel, mel_to_log_mel
from mfccinv.features.spec import FeatureSpec

SMALLEST_MEL = 1e-12  # what is left where an added floor is taken off and nothing remains
FRAMES_AT_ONCE = 1024  # bounds the memory of a long recording


def in_blocks(method: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Decorate a method that treats each frame alone, so that it is called for some frames at a time.

    The method maps ``(log_mel, spec, **settings)`` to energy spectra, (n_frames, n_mels) → (n_frames, n_bins). They are
    power or magnitude, as the spec says. The decorated method returns the magnitude, float32, and takes several
    recordings: (..., n_frames, n_mels) → (..., n_frames, n_bins). A floor that was added to the mel values is taken off
    first: methods see specifications with ``floor="max"``.
    """

    @wraps(method)
    def by_blocks(log_mel: np.ndarray, spec: FeatureSpec, **settings) -> np.ndarray:
        frames = np.reshape(log_mel, (-1, spec.n_mels))
        magnitude = np.empty((len(frames), spec.n_bins), np.float32)
        plain = spec
        if spec.floor == "add":
            plain = replace(spec, floor="max", log_floor=min(spec.log_floor, SMALLEST_MEL))
        for start in range(0, len(frames), FRAMES_AT_ONCE):
            block = slice(start, start + FRAMES_AT_ONCE)
            levels = np.asarray(frames[block], np.float64)
            if plain is not spec:
                levels = mel_to_log_mel(log_mel_to_mel(levels, spec), plain)
            energy = method(levels, plain, **settings)
            magnitude[block] = energy if spec.power == 1 else np.sqrt(energy)
        return magnitude.reshape(*np.shape(log_mel)[:-1], spec.n_bins)

    return by_blocks
