"""Mel values and magnitudes to levels in dB, and back."""

import math

import numpy as np

from mfccinv.features.spec import FeatureSpec


def mel_to_log_mel(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Convert mel values >= 0 (power or magnitude, as the spec says) to dB, not below the spec's floor."""
    floored = mel + spec.log_floor if spec.floor == "add" else np.maximum(mel, spec.log_floor)
    return spec.db_per_decade * np.log10(floored)


def log_mel_to_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Convert dB to mel values >= 0 (power or magnitude, as the spec says), in the type of ``log_mel``."""
    mel = np.exp(log_mel * np.asarray(math.log(10) / spec.db_per_decade, log_mel.dtype))
    return np.maximum(mel - np.asarray(spec.log_floor, mel.dtype), 0) if spec.floor == "add" else mel


def magnitude_to_db(magnitude: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Convert magnitudes >= 0 to dB, not below the spec's floor, in the type of ``magnitude``."""
    return 20 * np.log10(np.maximum(magnitude, np.asarray(10 ** (spec.floor_db / 20), magnitude.dtype)))


def db_to_magnitude(level_db: np.ndarray) -> np.ndarray:
    """Convert dB to magnitudes, in the type of ``level_db``."""
    return 10 ** (level_db / np.asarray(20, level_db.dtype))
