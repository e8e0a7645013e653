"""From sound to log-mel frames and MFCC, all by one short-time Fourier transform."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.fft import rfft

from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.decibels import magnitude_to_db, mel_to_log_mel
from mfccinv.features.mel import sparse_mel_filters
from mfccinv.features.phase_steps import phase_steps
from mfccinv.features.preemphasis import emphasised
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window, window_start

FRAMES_AT_ONCE = 64  # bounds the memory of a long file and keeps the work inside the processor's cache


def extract_features(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """MFCC and log-mel frames of a signal.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
        At ``spec.sample_rate``.
    spec : FeatureSpec
    change_energy : callable or None
        Changes the power spectra (n_frames, n_bins) before all else; it is called for some frames at a time.

    Returns
    -------
    mfcc : (n_frames, n_mfcc), float32, dB
        The DCT of exactly the ``log_mel`` returned.
    log_mel : (n_frames, n_mels), float32, dB

    Raises
    ------
    ValueError
        If ``y`` is not one-dimensional, not finite or shorter than one frame.
    """
    log_mel = extract_log_mel(y, spec, change_energy)
    return log_mel_to_mfcc(log_mel, spec), log_mel


def extract_log_mel(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """Log-mel frames of a signal, (n_frames, n_mels), float32, dB; parameters and errors as `extract_features`."""
    filters = sparse_mel_filters(spec)
    spectra = (energy if spec.power == 2 else np.sqrt(energy) for energy in _energies(y, spec, change_energy))
    log_mel = mel_to_log_mel(np.concatenate([(filters @ spectrum.T).T for spectrum in spectra]), spec)
    if spec.top_db is not None:
        log_mel = np.maximum(log_mel, log_mel.max() - spec.top_db)
    return log_mel.astype(np.float32, order="C")


def stft_magnitude(y: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Magnitude of the short-time Fourier transform, (n_frames, n_bins), float32, of a signal (n_samples,)."""
    return np.concatenate([np.sqrt(energy).astype(np.float32) for energy in _energies(y, spec, None)])


def extract_log_magnitude(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """Linear spectra of a signal, (n_frames, n_bins), float32, dB; parameters and errors as `extract_features`."""
    return np.concatenate(
        [magnitude_to_db(np.sqrt(energy), spec).astype(np.float32) for energy in _energies(y, spec, change_energy)]
    )


def extract_phase_steps(y: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Phase steps of a signal (n_samples,), (n_frames, 4 n_bins), float32, see `phase_steps`."""
    return phase_steps(np.concatenate(list(_spectra(y, spec))), spec)


def frame_energies(y: np.ndarray, spec: FeatureSpec, of: str) -> np.ndarray:
    """Energies of the frames of a signal (n_samples,), (n_frames,), float64.

    ``of="signal"``: of their samples, before pre-emphasis within the frame and the window; ``of="spectrum"``: of the
    bins of their spectrum, DC to Nyquist.
    """
    if of == "spectrum":
        return np.concatenate([energy.sum(axis=1) for energy in _energies(y, spec, None)])
    return np.sum(_inside_window(_frame(y, spec), spec) ** 2, axis=1)


def _energies(
    y: np.ndarray, spec: FeatureSpec, change_energy: Callable[[np.ndarray], np.ndarray] | None
) -> Iterator[np.ndarray]:
    """Power spectra of a signal, `FRAMES_AT_ONCE` at a time, (up to that many, n_bins)."""
    for spectrum in _spectra(y, spec):
        energy = spectrum.real**2 + spectrum.imag**2
        yield energy if change_energy is None else change_energy(energy)


def _spectra(y: np.ndarray, spec: FeatureSpec) -> Iterator[np.ndarray]:
    """Complex spectra of a signal, likewise."""
    frames, window = _frame(y, spec), padded_window(spec)
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        yield rfft(_prepared(frames[start : start + FRAMES_AT_ONCE], spec) * window)


def _frame(y: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """View of a signal as overlapping frames, (n_frames, n_fft)."""
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must be one-dimensional (n_samples,), got shape {y.shape}")
    if not np.isfinite(y).all():
        raise ValueError("y must be finite, got NaN or infinite samples")
    if spec.n_frames(len(y)) < 1 or len(y) < 1:
        raise ValueError(f"y must hold at least one frame of n_fft={spec.n_fft} samples, got {len(y)}")
    if spec.preemphasis_within == "signal":
        y = emphasised(y, spec.preemphasis)
    if spec.cover_end:
        covered = spec.n_fft + (spec.n_frames(len(y)) - 1) * spec.hop_length - 2 * spec.margin
        y = np.pad(y, (0, max(0, covered - len(y))))
    if spec.margin:
        if spec.pad_mode == "reflect" and len(y) <= spec.margin:
            raise ValueError(f"pad_mode=reflect needs more than the {spec.margin} samples of padding, got {len(y)}")
        y = np.pad(y, spec.margin, mode=spec.pad_mode)  # type: ignore[call-overload]
    return np.lib.stride_tricks.sliding_window_view(y, spec.n_fft)[:: spec.hop_length]


def _prepared(frames: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Frames (n_frames, n_fft) without their mean and with their own pre-emphasis, where the spec says so."""
    within = spec.preemphasis if spec.preemphasis_within == "frame" else 0.0
    if not (spec.remove_dc or within):
        return frames
    inside = _inside_window(frames, spec)
    if within:
        inside -= within * np.concatenate([inside[:, :1], inside[:, :-1]], axis=1)
    left = window_start(spec)
    return np.pad(inside, ((0, 0), (left, spec.n_fft - spec.win_length - left)))


def _inside_window(frames: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Samples of frames (n_frames, n_fft) that the window is for, (n_frames, win_length), float64.

    Their mean is taken away where the spec says so.
    """
    left = window_start(spec)
    inside = frames[:, left : left + spec.win_length].astype(np.float64)
    return inside - inside.mean(axis=1, keepdims=True) if spec.remove_dc else inside
