"""Levels in dB of mel values and magnitudes, and back."""

import numpy as np

from mfccinv.features.spec import FeatureSpec


def mel_to_log_mel(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Level in dB of mel values >= 0, which are power or magnitude as the spec says; not below its floor."""
    return spec.db_per_decade * np.log10(np.maximum(mel, spec.log_floor))


def log_mel_to_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Mel values, power or magnitude as the spec says, of levels in dB; in the type of ``log_mel``."""
    return 10 ** (log_mel / np.asarray(spec.db_per_decade, log_mel.dtype))


def magnitude_to_db(magnitude: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Level in dB of magnitudes >= 0, not below the floor of the spec; in the type of ``magnitude``."""
    return 20 * np.log10(np.maximum(magnitude, np.asarray(10 ** (spec.floor_db / 20), magnitude.dtype)))


def db_to_magnitude(level_db: np.ndarray) -> np.ndarray:
    """Magnitude of levels in dB; in their type."""
    return 10 ** (level_db / np.asarray(20, level_db.dtype))
