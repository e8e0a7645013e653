"""From predicted frames to sound: mel → linear magnitude → phase, or by a vocoder."""

from collections.abc import Callable

import numpy as np

from mfccinv.features import db_to_magnitude
from mfccinv.inversion import predict_frames
from mfccinv.magnitude import log_mel_to_magnitude
from mfccinv.phase import retrieve_phase
from mfccinv.registry import look_up
from mfccinv.shipped import find_run, load_once
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
        See `find_magnitude`.
    phase : dict
        See `retrieve_phase`; or ``name`` in `VOCODERS` and its settings: then there is no magnitude between.
    seed : int
        Of the starting phase.
    length : int, samples, or None
        Length to return; None is what the frames cover.

    Returns
    -------
    y : (n_samples,), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        As `find_magnitude` and `retrieve_phase`; of a vocoder, if mel frames are of power or its model can't be run.
    mfccinv.spec.SpecMismatch
        As `find_magnitude`.
    """
    if phase["name"] in VOCODERS:
        vocode, settings = look_up("phase", VOCODERS, phase)
        return vocode(log_mel, spec, length=length, **settings)
    linear = find_magnitude(log_mel, spec, magnitude=magnitude)
    return retrieve_phase(linear, spec, phase=phase, seed=seed, length=length)


def frames_to_audio(
    frames: np.ndarray, spec: FeatureSpec, *, target: str, magnitude: dict, phase: dict, seed: int, length: int | None
) -> np.ndarray:
    """Synthesise the waveform of whatever a network predicts.

    Parameters
    ----------
    frames : (n_frames, n_mels) or (n_frames, n_bins), dB
        Log-mel frames or linear spectra, as ``target`` says; of the latter, ``magnitude`` isn't used.
    spec, magnitude, phase, seed, length
        See `log_mel_to_audio`.
    target : str
        See `mfccinv.task.TARGETS`.

    Returns
    -------
    y : (n_samples,), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError, mfccinv.spec.SpecMismatch
        As `log_mel_to_audio`.
    """
    if target == "linear":
        return retrieve_phase(db_to_magnitude(frames), spec, phase=phase, seed=seed, length=length)
    return log_mel_to_audio(frames, spec, magnitude=magnitude, phase=phase, seed=seed, length=length)


def find_magnitude(log_mel: np.ndarray, spec: FeatureSpec, *, magnitude: dict) -> np.ndarray:
    """Find a linear magnitude spectrogram that has these mel frames, or nearly, also by a network.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    magnitude : dict
        ``name`` in `NETWORKS` or in `mfccinv.magnitude.MAGNITUDES`, and the method's settings.

    Returns
    -------
    magnitude : (n_frames, n_bins), float32, >= 0

    Raises
    ------
    ValueError
        As `log_mel_to_magnitude`; of a network, as `find_run`.
    mfccinv.spec.SpecMismatch
        If the network was trained on another spec.
    """
    if magnitude["name"] in NETWORKS:
        method, settings = look_up("magnitude", NETWORKS, magnitude)
        return method(log_mel, spec, **settings)
    return log_mel_to_magnitude(log_mel, spec, magnitude=magnitude)


def learned(log_mel: np.ndarray, spec: FeatureSpec, *, checkpoint: str) -> np.ndarray:
    """Magnitude by a network that was trained with ``source=mel target=linear``; parameters as `find_magnitude`.

    It sees the frames around each, unlike the other methods. ``checkpoint``: see `find_run`.
    """
    run = find_run(checkpoint, spec, source="mel")
    [predicted] = predict_frames(*load_once(run.folder), [log_mel])
    return db_to_magnitude(predicted)


NETWORKS: dict[str, Callable[..., np.ndarray]] = {"learned": learned}
