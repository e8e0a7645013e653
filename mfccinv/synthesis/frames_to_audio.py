"""From predicted frames to sound: mel → linear magnitude → phase, or by a vocoder."""

from dataclasses import replace

import numpy as np

from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.mel import log_mel_of_magnitude
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.methods import Methods, choose_phase
from mfccinv.synthesis.phase.retrieval import retrieve_phase
from mfccinv.synthesis.recordings import each_recording
from mfccinv.system.registry import Registry

VOCODERS = Registry("vocoder", "mfccinv.synthesis.vocoders")


def log_mel_to_audio(
    log_mel: np.ndarray, spec: FeatureSpec, methods: Methods, *, seed: int, length: int | None = None
) -> np.ndarray:
    """Synthesise the waveforms of log-mel frames.

    Parameters
    ----------
    log_mel : (..., n_frames, n_mels), dB
        Leading axes are recordings: each becomes what it would alone, to rounding.
    spec : FeatureSpec
    methods : Methods
        A vocoder makes sound of the mel frames; magnitude and phase aren't used then.
    seed : int
        Seed of each recording's starting phase.
    length : int, samples, or None
        Length to return; None is what the frames cover.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        As `log_mel_to_magnitude` and `retrieve_phase`; with a vocoder, if mel frames are of power or its model can't be
        run.
    mfccinv.features.spec.SpecMismatch
        As `log_mel_to_magnitude`.
    """
    if methods.vocoder is not None:
        vocode, settings = VOCODERS.resolve(methods.vocoder)
        return each_recording(lambda one: vocode(one, spec, length=length, **settings), log_mel)
    smooth, gain = smooth_window(spec)
    chosen = methods.chosen(spec)
    linear = gain * log_mel_to_magnitude(log_mel, spec, magnitude=chosen.magnitude)
    return retrieve_phase(linear, smooth, phase=chosen.phase, seed=seed, length=length)


def smooth_window(spec: FeatureSpec) -> tuple[FeatureSpec, float]:
    """Choose the window to synthesise spectra with that come from mel frames, and their gain.

    Such spectra are smooth, and those of a boxcar aren't: its frames would end in steps. A Hann window takes its place
    where frames overlap by half or more. Linear spectra that are known themselves keep their window.

    Returns
    -------
    spec : FeatureSpec
        With the window.
    gain : float
        By which magnitudes change.
    """
    if spec.window != "boxcar" or 2 * spec.hop_length > spec.win_length:
        return spec, 1.0
    hann = replace(spec, window="hann")
    return hann, float(np.sqrt(np.sum(padded_window(hann) ** 2) / np.sum(padded_window(spec) ** 2)))


def frames_to_audio(
    frames: np.ndarray, spec: FeatureSpec, methods: Methods, *, target: str, seed: int, length: int | None = None
) -> np.ndarray:
    """Synthesise the waveforms of whatever a network predicts.

    Parameters
    ----------
    frames : (..., n_frames, n_mels) or (..., n_frames, n_bins), dB
        Log-mel frames or linear spectra, as ``target`` says; the latter need no method for the magnitude.
    spec, methods, seed, length
        See `log_mel_to_audio`.
    target : str
        See `mfccinv.features.task.TARGETS`.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError, mfccinv.features.spec.SpecMismatch
        As `log_mel_to_audio`.
    """
    if target == "linear" and methods.vocoder is None:
        phase = choose_phase(methods.phase, spec)
        return retrieve_phase(db_to_magnitude(frames), spec, phase=phase, seed=seed, length=length)
    log_mel = frames if target == "mel" else log_mel_of_linear(frames, spec)
    return log_mel_to_audio(log_mel, spec, methods, seed=seed, length=length)


def log_mel_of_linear(linear: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Log-mel frames of linear spectra, (..., n_bins), dB → (..., n_mels), dB, in the type of ``linear``."""
    return log_mel_of_magnitude(db_to_magnitude(linear), spec)
