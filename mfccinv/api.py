"""From MFCC to sound in one call, with librosa's argument names and axis order.

    y = mfccinv.mfcc_to_audio(mfcc)     # MFCC of the asr preset, (20, n_frames), to sound at 16 kHz

Here frames are the last axis, any axes may lead, and mel spectrograms are power, as in librosa; everywhere else in this
package frames come first and mel frames are in dB. Functions return sound at ``spec.sample_rate``, by default 16 kHz.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mfccinv.analytic import mfcc_to_log_mel
from mfccinv.features import db_to_magnitude, log_mel_to_mel, mel_filters, mel_to_log_mel
from mfccinv.inversion import predict_frames
from mfccinv.phase import retrieve_phase
from mfccinv.presets import Spec, method_settings, resolve_spec
from mfccinv.records import Record
from mfccinv.shipped import find_run, load_once
from mfccinv.spec import FeatureSpec
from mfccinv.synthesis import find_magnitude, log_mel_to_audio
from mfccinv.vocoders import VOCODERS


def mfcc_to_audio(
    mfcc: np.ndarray,
    *,
    spec: Spec = None,
    checkpoint: str | Path | None = "auto",
    magnitude: str | dict = "kl",
    phase: str | dict = "griffin_lim",
    length: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Synthesise the sound of MFCC.

    Parameters
    ----------
    mfcc : (..., n_mfcc, n_frames), dB
    spec, checkpoint
        See `mfcc_to_mel`.
    magnitude
        See `mel_to_magnitude`. A run that was trained with ``target=linear`` predicts the magnitude itself; none of
        these is used then.
    phase, length, seed
        See `magnitude_to_audio`.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``: 16 kHz if no spec was given

    Raises
    ------
    ValueError, mfccinv.spec.SpecMismatch
        As `mfcc_to_mel` and `mel_to_audio`.
    """
    mfcc = _checked("mfcc", mfcc)
    found = _spec_of_mfcc(spec, mfcc)
    run = None if checkpoint is None else find_run(checkpoint, found, source="mfcc")
    if run and run.task.target == "linear" and method_settings("phase", phase)["name"] not in VOCODERS:
        linear = db_to_magnitude(_predict(run, mfcc))
        return magnitude_to_audio(linear, spec=found, phase=phase, length=length, seed=seed)
    mel = _find_mel(mfcc, found, run)
    return mel_to_audio(mel, spec=found, magnitude=magnitude, phase=phase, length=length, seed=seed)


def mfcc_to_mel(mfcc: np.ndarray, *, spec: Spec = None, checkpoint: str | Path | None = "auto") -> np.ndarray:
    """Find the mel spectrogram of MFCC.

    Parameters
    ----------
    mfcc : (..., n_mfcc, n_frames), dB
        Orthonormal DCT-II of the mel spectrogram in dB.
    spec : FeatureSpec, str or None
        How the MFCC were made: a specification, the name of a preset in ``configs/features`` or the path of a
        ``feature_spec.json``; None is the preset ``asr``. A preset is taken with as many coefficients as came.
    checkpoint : str, Path or None
        ``auto``: the shipped checkpoint that was trained on this spec; the folder or name of a run: that; None: the
        analytic inverse, which is what `librosa.feature.inverse.mfcc_to_mel` returns.

    Returns
    -------
    mel : (..., n_mels, n_frames), float32, power (magnitude if ``spec.power`` is 1)

    Raises
    ------
    ValueError
        For MFCC of another shape than the spec's or that are not finite; for ``auto``, if no shipped checkpoint takes
        the spec: those that there are are listed; if the run named isn't there, takes mel frames or forecasts.
    mfccinv.spec.SpecMismatch
        If the run named was trained on another spec.
    """
    mfcc = _checked("mfcc", mfcc)
    found = _spec_of_mfcc(spec, mfcc)
    return _find_mel(mfcc, found, None if checkpoint is None else find_run(checkpoint, found, source="mfcc"))


def mel_to_audio(
    mel: np.ndarray,
    *,
    spec: Spec = None,
    magnitude: str | dict = "kl",
    phase: str | dict = "griffin_lim",
    length: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Synthesise the sound of a mel spectrogram.

    Parameters
    ----------
    mel : (..., n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0
    spec
        See `mfcc_to_mel`.
    magnitude
        See `mel_to_magnitude`.
    phase, length, seed
        See `magnitude_to_audio`. Here ``phase`` may also be the settings of a vocoder, such as
        ``{"name": "onnx", "model": "hifigan.onnx"}``; ``magnitude`` isn't used then.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        As `mel_to_magnitude` and `magnitude_to_audio`; of a vocoder, if the spec is not of magnitude (``power=1``), or
        its model can't be run.
    mfccinv.spec.SpecMismatch
        As `mel_to_magnitude`.
    """
    found = resolve_spec(spec)
    mel = _checked_mel(mel, found)
    methods = {
        "magnitude": method_settings("magnitude", magnitude),
        "phase": method_settings("phase", phase),
    }
    sounds = [
        log_mel_to_audio(mel_to_log_mel(one.T, found), found, **methods, seed=seed, length=length)
        for one in mel.reshape(-1, *mel.shape[-2:])
    ]
    return np.stack(sounds).reshape(*mel.shape[:-2], -1)


def mel_to_magnitude(mel: np.ndarray, *, spec: Spec = None, magnitude: str | dict = "kl") -> np.ndarray:
    """Find a linear magnitude spectrogram that has a mel spectrogram.

    Parameters
    ----------
    mel : (..., n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0
    spec
        See `mfcc_to_mel`.
    magnitude : str or dict
        Name of a method in ``configs/magnitude``, or its settings.

    Returns
    -------
    magnitude : (..., n_bins, n_frames), float32

    Raises
    ------
    ValueError
        For arrays that don't fit the spec, are not finite or negative; for an unknown method and settings out of range;
        for ``magnitude=learned``, if no shipped checkpoint takes the spec or the run named isn't there or can't invert.
    mfccinv.spec.SpecMismatch
        If the run that ``magnitude=learned`` names was trained on another spec.
    """
    found = resolve_spec(spec)
    settings = method_settings("magnitude", magnitude)
    mel = _checked_mel(mel, found)
    return _by_recording(lambda one: find_magnitude(mel_to_log_mel(one, found), found, magnitude=settings), mel)


def magnitude_to_audio(
    magnitude: np.ndarray,
    *,
    spec: Spec = None,
    phase: str | dict = "griffin_lim",
    init: np.ndarray | None = None,
    length: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Synthesise the sound of a linear magnitude spectrogram.

    Parameters
    ----------
    magnitude : (..., n_bins, n_frames), >= 0
    spec
        See `mfcc_to_mel`.
    phase : str or dict
        Name of a method in ``configs/phase``, or its settings.
    init : (..., n_bins, n_frames), radians, or None
        Phase to start from; None is what the method says.
    length : int, samples, or None
        Length to return; None is what the frames cover.
    seed : int
        Of what is random in the start.

    Returns
    -------
    y : (..., n_samples), float32, full scale 1, at ``spec.sample_rate``

    Raises
    ------
    ValueError
        For arrays that don't fit the spec, are not finite or negative, for an unknown method and settings out of range.
    """
    magnitude = _checked("magnitude", magnitude)
    found = resolve_spec(spec)
    check_rows("magnitude", magnitude, "n_bins", found.n_bins)
    settings = method_settings("phase", phase)
    if settings["name"] in VOCODERS:
        raise ValueError(f"phase={settings['name']} takes mel frames, not a magnitude: call mel_to_audio")
    if init is not None and np.shape(init) != magnitude.shape:
        raise ValueError(f"init must have the shape of magnitude, {magnitude.shape}, got {np.shape(init)}")
    flat = magnitude.reshape(-1, *magnitude.shape[-2:])
    starts = [None] * len(flat) if init is None else np.reshape(init, flat.shape)
    sounds = [
        retrieve_phase(
            one.T, found, phase=settings, seed=seed, length=length, initial_phase=None if start is None else start.T
        )
        for one, start in zip(flat, starts, strict=True)
    ]
    return np.stack(sounds).reshape(*magnitude.shape[:-2], -1)


def _spec_of_mfcc(spec: Spec, mfcc: np.ndarray) -> FeatureSpec:
    """Specification of MFCC (..., n_mfcc, n_frames), which they must fit."""
    try:
        found = resolve_spec(spec, n_mfcc=mfcc.shape[-2])
    except ValueError as error:
        if mfcc.shape[-1] < mfcc.shape[-2]:
            raise ValueError(f"{error}: is it transposed?") from error
        raise
    check_rows("mfcc", mfcc, "n_mfcc", found.n_mfcc)
    return found


def _checked(name: str, array: np.ndarray) -> np.ndarray:
    if np.iscomplexobj(array):
        raise ValueError(f"{name} must be real: of a complex spectrogram, take np.abs, and np.angle as init")
    array = np.asarray(array, np.float32)
    if array.ndim < 2 or 0 in array.shape:
        raise ValueError(f"{name} must be (..., rows, frames) and not empty, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinite values")
    return array


def check_rows(name: str, array: np.ndarray, rows: str, expected: int) -> None:
    """Refuse with ValueError an array (..., rows, frames) of another number of rows."""
    if array.shape[-2] != expected:
        turned = ", is it transposed?" if array.shape[-1] == expected else ""
        raise ValueError(f"{name} must be (..., {rows}={expected}, frames), got shape {array.shape}{turned}")


def _checked_mel(mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    mel = _checked("mel", mel)
    check_rows("mel", mel, "n_mels", spec.n_mels)
    if (mel < 0).any():
        raise ValueError("mel must not be negative: is it in dB?")
    return mel


def _find_mel(mfcc: np.ndarray, spec: FeatureSpec, run: Record | None) -> np.ndarray:
    """Mel spectrogram, as `mfcc_to_mel` returns it, by a run or the analytic inverse."""
    if run is None:
        return _by_recording(lambda frames: log_mel_to_mel(mfcc_to_log_mel(frames, spec), spec), mfcc)
    predicted = _predict(run, mfcc)
    if run.task.target == "mel":
        return log_mel_to_mel(predicted, spec)
    return mel_filters(spec).astype(np.float32) @ db_to_magnitude(predicted) ** spec.power


def _predict(run: Record, mfcc: np.ndarray) -> np.ndarray:
    """What a run predicts of MFCC (..., n_mfcc, n_frames): (..., n_asked, n_frames), dB."""
    flat = mfcc.reshape(-1, *mfcc.shape[-2:])
    predicted = np.stack([frames.T for frames in predict_frames(*load_once(run.folder), (one.T for one in flat))])
    return predicted.reshape(*mfcc.shape[:-2], -1, mfcc.shape[-1])


def _by_recording(convert: Callable[[np.ndarray], np.ndarray], array: np.ndarray) -> np.ndarray:
    """Apply a function of the frames of a recording, (n_frames, rows), to each of (..., rows, frames)."""
    flat = array.reshape(-1, *array.shape[-2:])
    converted = np.stack([convert(one.T).T for one in flat])
    return converted.reshape(*array.shape[:-2], *converted.shape[1:])
