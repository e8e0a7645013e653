"""Phase from steps that a network predicts of the mel frames, put together frame by frame."""

import numpy as np

from mfccinv.features.mel import log_mel_of_magnitude
from mfccinv.features.phase_steps import read_steps
from mfccinv.features.preemphasis import preemphasis_gain
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.prediction import predict_frames
from mfccinv.run_folders.loading import load_once
from mfccinv.run_folders.lookup import find_phase_run

LEAST_WEIGHT = 1e-9  # of what keeps each phase as it was, so that none is free
LEAST_SHARE = 1e-4  # of weights in time in those of a frame: with less, rounding would tell where its phases begin
SMALLEST = 1e-15
FRAMES_AT_ONCE = 1024  # bounds the memory of a long recording


def predicted_phase(magnitude: np.ndarray, spec: FeatureSpec, checkpoint: str = "auto") -> np.ndarray:
    """Phases of magnitude spectrograms by a network of ``target=phase``.

    The network takes the mel frames that it knows, of the spectra without their pre-emphasis. Each frame's phase is the
    one nearest to all of its steps, in least squares: those from the frame before it and those from bin to bin. A step
    counts as much as the magnitudes that it joins, and as the network is sure of it (after Masuyama, Yatabe and Oikawa,
    2020).

    Parameters
    ----------
    magnitude : (..., n_frames, n_bins), >= 0
        Leading axes are recordings.
    spec : FeatureSpec
    checkpoint : str
        Run that predicts, see `find_phase_run`; ``auto``: a pretrained one.

    Returns
    -------
    phase : (..., n_frames, n_bins), float32, radians
        As in the transform of `mfccinv.synthesis.stft.Stft`.

    Raises
    ------
    ValueError
        As `find_phase_run`.
    """
    run = find_phase_run(checkpoint, spec)
    recordings = magnitude.reshape(-1, *magnitude.shape[-2:])
    predicted = predict_frames(*load_once(run.folder), network_mel(recordings, spec, run.spec))
    phases = [_whole_phase(one, steps, spec) for one, steps in zip(recordings, predicted, strict=True)]
    return np.reshape(phases, magnitude.shape)


def network_mel(magnitude: np.ndarray, spec: FeatureSpec, of_network: FeatureSpec) -> np.ndarray:
    """Log-mel frames that a network takes, of magnitudes (..., n_frames, n_bins) without their pre-emphasis, dB."""
    return log_mel_of_magnitude(magnitude / preemphasis_gain(spec).astype(np.float32), of_network)


def _whole_phase(magnitude: np.ndarray, steps: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Phase of a recording of its predicted steps; some frames at a time, as its spectra take much memory."""
    phase, integration = np.empty_like(magnitude), Integration(spec)
    for start in range(0, len(magnitude), FRAMES_AT_ONCE):
        block = slice(start, start + FRAMES_AT_ONCE)
        phase[block] = np.angle(integration.push(magnitude[block], steps[block]))
    return phase


class Integration:
    """Puts spectra together of predicted steps, some frames at a time; see `integrate`."""

    def __init__(self, spec: FeatureSpec):
        self._spec = spec
        self._before: tuple[np.ndarray, np.ndarray] | None = None

    def push(self, magnitude: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Take the next frames' magnitudes and steps; return their spectra of magnitude 1, (n_frames, n_bins)."""
        if len(magnitude) == 0:
            return np.zeros(magnitude.shape, np.complex64)
        spectra = integrate(magnitude, *read_steps(steps, self._spec), self._before)
        self._before = magnitude[-1], spectra[-1]
        return spectra


def integrate(
    magnitude: np.ndarray,
    time_steps: np.ndarray,
    frequency_steps: np.ndarray,
    before: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Find spectra of magnitude 1 whose phases go on by nearly these steps; all arrays are (n_frames, n_bins).

    Each frame ``x`` is the solution of least squares of ``|x - before * time_step|²`` and of ``|x[k] - x[k - 1] *
    frequency_step[k]|²``, weighted, without regard to its magnitudes: of a tridiagonal system.

    ``before`` is the frame that went before the first: its magnitude, and its spectrum of magnitude 1. None: none did.
    The first frame and those after silence begin anew: the lowest bin at 0, the others by the steps from bin to bin.
    """
    from scipy.linalg.lapack import cptsv  # its import takes a tenth of a second

    magnitude_before, frame = before or (np.zeros_like(magnitude[0]), np.ones_like(magnitude[0], np.complex64))
    in_time = time_steps * np.sqrt(magnitude * np.concatenate([magnitude_before[None], magnitude[:-1]]))
    in_frequency = frequency_steps[:, 1:] * -np.sqrt(magnitude[:, 1:] * magnitude[:, :-1])
    diagonals = np.abs(in_time) + LEAST_WEIGHT
    sizes = np.abs(in_frequency)
    diagonals[:, 1:] += sizes
    diagonals[:, :-1] += sizes
    begins = np.abs(in_time).sum(axis=1) < LEAST_SHARE * sizes.sum(axis=1)
    in_time += LEAST_WEIGHT
    found = np.empty(magnitude.shape, np.complex64)
    for t, (diagonal, off_diagonal) in enumerate(zip(diagonals, in_frequency, strict=True)):
        if begins[t]:
            frame = np.exp(1j * np.cumsum(np.append(0, np.angle(frequency_steps[t, 1:]))))
        else:
            frame = cptsv(diagonal, off_diagonal, frame * in_time[t])[2]
        frame /= np.maximum(np.abs(frame), SMALLEST)
        found[t] = frame
    return found
