"""From mel frames to sound: mel → linear magnitude → waveform."""

import inspect
from collections.abc import Callable
from functools import lru_cache

import librosa
import numpy as np

from mfccinv.features import mel_filters
from mfccinv.registry import look_up
from mfccinv.spec import FeatureSpec


def log_mel_to_audio(
    log_mel: np.ndarray, spec: FeatureSpec, *, magnitude: dict, phase: dict, seed: int, length: int | None = None
) -> np.ndarray:
    """Synthesise the waveform of log-mel frames.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    magnitude : dict
        ``name`` in `MAGNITUDES` and the method's settings.
    phase : dict
        ``name`` in `PHASES` and the method's settings.
    seed : int
        Of the starting phase.
    length : int, samples, or None
        Length to return; None is what the frames cover.

    Returns
    -------
    y : (n_samples,), float32, full scale 1, at ``spec.sample_rate``
    """
    to_magnitude, magnitude_settings = look_up("magnitude", MAGNITUDES, magnitude)
    linear = to_magnitude(log_mel, spec, **magnitude_settings)
    return magnitude_to_audio(linear, spec, phase=phase, seed=seed, length=length)


def magnitude_to_audio(
    magnitude: np.ndarray, spec: FeatureSpec, *, phase: dict, seed: int, length: int | None = None
) -> np.ndarray:
    """Synthesise the waveform of a linear magnitude spectrogram (n_frames, n_bins); the rest as `log_mel_to_audio`."""
    to_audio, phase_settings = look_up("phase", PHASES, phase)
    return to_audio(magnitude, spec, seed=seed, length=length, **phase_settings)


def pinv_magnitude(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Linear magnitude by the pseudo-inverse of the mel filters, negative values clipped to zero.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec

    Returns
    -------
    magnitude : (n_frames, n_bins), float32
    """
    energy = np.maximum(10 ** (log_mel / spec.db_per_decade) @ _filters_pinv(spec).T, 0)
    return (energy if spec.power == 1 else np.sqrt(energy)).astype(np.float32)


def griffin_lim(
    magnitude: np.ndarray, spec: FeatureSpec, *, seed: int, length: int | None, iterations: int, momentum: float
) -> np.ndarray:
    """Waveform whose spectrogram has nearly this magnitude, by librosa's fast Griffin-Lim.

    Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984; Perraudin, Balazs,
    Søndergaard, A fast Griffin-Lim algorithm, 2013.

    Parameters
    ----------
    magnitude : (n_frames, n_bins)
    spec : FeatureSpec
    seed : int
    length : int, samples, or None
        If the frames cover less, silence follows.
    iterations : int >= 1
    momentum : float in [0, 1)

    Returns
    -------
    y : (n_samples,), float32
    """
    # Without centring, the windows leave next to nothing of the first and the last samples, and the inverse transform
    # would divide by it. So these frames too are taken as centred, on samples n_fft // 2 later.
    margin = 0 if spec.center else spec.n_fft // 2
    fits = spec.n_frames(length or 0) == len(magnitude)
    y = librosa.griffinlim(
        np.ascontiguousarray(magnitude.T),
        n_iter=iterations,
        hop_length=spec.hop_length,
        win_length=spec.win_length,
        n_fft=spec.n_fft,
        window=spec.window,
        center=True,
        pad_mode=spec.pad_mode if spec.center else "constant",  # type: ignore[arg-type]
        momentum=momentum,
        length=length - 2 * margin if length and fits else None,
        **{_SEED_ARGUMENT: seed},  # type: ignore[arg-type]
    )
    y = np.pad(y, margin)
    return y if length is None else librosa.util.fix_length(y, size=length)


MAGNITUDES: dict[str, Callable] = {"pinv": pinv_magnitude}
PHASES: dict[str, Callable] = {"griffin_lim": griffin_lim}

# librosa 1.0 renamed it.
_SEED_ARGUMENT = "rng" if "rng" in inspect.signature(librosa.griffinlim).parameters else "random_state"


@lru_cache(maxsize=8)
def _filters_pinv(spec: FeatureSpec) -> np.ndarray:
    """Pseudo-inverse of the mel filters, (n_bins, n_mels)."""
    return np.linalg.pinv(mel_filters(spec))
