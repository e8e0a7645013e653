"""Scores of predicted frames against the true ones. Frames of digital silence are left out of them all.

Scores of sound are in `mfccinv.evaluation.sound_metrics`, the spectral convergence is in `mfccinv.synthesis.stft`.
"""

from dataclasses import dataclass

import numpy as np

from mfccinv.evaluation.modulation import modulation_distance, modulation_power
from mfccinv.evaluation.sums import Sums

ACTIVE_RANGE_DB = 60.0  # frames this far below the loudest of their utterance are called inactive
LARGEST_SNR_DB = 120.0  # of a perfect prediction: float32 does not tell smaller errors
LEVELS_DB = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, ACTIVE_RANGE_DB)  # below the loudest frame: where each bin begins


def spectral_snr(true_db: np.ndarray, predicted_db: np.ndarray, power: int) -> np.ndarray:
    """Spectral signal-to-noise ratio of each frame.

    ``10 log10(sum_b s_b² / sum_b (s_b - ŝ_b)²)`` over the bands of a frame, s being the mel magnitude (``power=1``) or
    the mel power (``power=2``).

    Parameters
    ----------
    true_db, predicted_db : (n_frames, n_mels), dB
    power : {1, 2}

    Returns
    -------
    snr : (n_frames,), dB
        At most `LARGEST_SNR_DB`; NaN for spectra without any energy.
    """
    return _ratio_db(*spectral_energies(true_db, predicted_db, power))


@np.errstate(over="ignore", invalid="ignore")  # of predictions that are wrong by thousands of dB
def spectral_energies(true_db: np.ndarray, predicted_db: np.ndarray, power: int) -> tuple[np.ndarray, np.ndarray]:
    """Energy of each frame's spectrum and of its error, both (n_frames,); parameters as `spectral_snr`."""
    true = 10 ** (true_db.astype(np.float64) * power / 20)
    predicted = 10 ** (predicted_db.astype(np.float64) * power / 20)
    return np.sum(true**2, axis=1), np.sum((true - predicted) ** 2, axis=1)


def log_spectral_distance(true_db: np.ndarray, predicted_db: np.ndarray) -> np.ndarray:
    """Root mean square over the bands of each frame's error in dB, (n_frames,); both inputs (n_frames, n_mels)."""
    return np.sqrt(np.mean((true_db.astype(np.float64) - predicted_db) ** 2, axis=1))


@np.errstate(divide="ignore")
def frame_levels(true_db: np.ndarray) -> np.ndarray:
    """Level of each frame, the sum of its mel power, (n_frames,), dB; ``true_db`` (n_frames, n_mels), dB."""
    return 10 * np.log10(np.sum(10 ** (true_db.astype(np.float64) / 10), axis=1))


def active_frames(true_db: np.ndarray) -> np.ndarray:
    """Which frames of an utterance (n_frames, n_mels), dB, are within `ACTIVE_RANGE_DB` of its loudest, (n_frames,)."""
    return _are_active(frame_levels(true_db))


def _are_active(level_db: np.ndarray) -> np.ndarray:
    return level_db >= level_db.max(initial=-np.inf) - ACTIVE_RANGE_DB


def silent_frames(true_db: np.ndarray) -> np.ndarray:
    """Which frames (n_frames, n_mels), dB, are digital silence, (n_frames,): several bands, at one level, the floor.

    Every method that knows c0 finds such a frame exactly, so that it says nothing of any of them.
    """
    return (np.ptp(true_db, axis=1) == 0) & (true_db.shape[1] > 1)


@dataclass(frozen=True)
class FrameSums(Sums):
    """Sums over the frames that aren't digital silence, from which every score of `summary` follows; see `Sums`.

    Parameters
    ----------
    frames, active, silent : (...)
        Number of frames, of the active ones among them, and of those of digital silence, which are in no other sum.
    scores : (..., 5)
        Sums over the frames of: SNR on magnitude, the same over active frames, SNR on power, the same over active
        frames, log-spectral distance; dB.
    energies : (..., 4)
        Signal and noise on magnitude, signal and noise on power.
    band_squares : (..., n_mels)
        Squared error of each band over active frames, dB².
    level_frames, level_snr : (..., 7)
        Number of frames of each bin of `LEVELS_DB`, and the sum of their SNR on magnitude, dB.
    modulation_true, modulation : (..., N_CELLS)
        See `mfccinv.evaluation.modulation.modulation_power`.
    """

    frames: np.ndarray
    active: np.ndarray
    silent: np.ndarray
    scores: np.ndarray
    energies: np.ndarray
    band_squares: np.ndarray
    level_frames: np.ndarray
    level_snr: np.ndarray
    modulation_true: np.ndarray
    modulation: np.ndarray

    @classmethod
    def of(cls, true_db: np.ndarray, predicted_db: np.ndarray) -> "FrameSums":
        """Sums over one utterance; both inputs (n_frames, n_mels), dB."""
        silent = silent_frames(true_db)
        true_db, predicted_db = true_db[~silent], predicted_db[~silent]
        level_db = frame_levels(true_db)
        active, level = _are_active(level_db), _level_bins(level_db)
        pairs = [spectral_energies(true_db, predicted_db, power) for power in (1, 2)]
        snrs = [_ratio_db(*pair) for pair in pairs]
        scores = [sum_ for snr in snrs for sum_ in (snr.sum(), snr[active].sum())]
        scores.append(log_spectral_distance(true_db, predicted_db).sum())
        errors = (true_db - predicted_db.astype(np.float64))[active]
        return cls(
            frames=np.array(len(true_db)),
            active=active.sum(),
            silent=silent.sum(),
            scores=np.array(scores),
            energies=np.array([part.sum() for pair in pairs for part in pair]),
            band_squares=np.sum(errors**2, axis=0),
            level_frames=np.bincount(level, minlength=len(LEVELS_DB)),
            level_snr=np.bincount(level, weights=snrs[0], minlength=len(LEVELS_DB)),
            modulation_true=modulation_power(true_db),
            modulation=modulation_power(predicted_db),
        )

    @np.errstate(invalid="ignore")  # of no frames at all
    def summary(self) -> dict[str, np.ndarray]:
        """Scores in dB: means over frames, and of energies that are summed first pooled SNR and the distance ``msd``.

        Higher is better but for ``lsd`` and ``msd``.
        """
        snr, snr_active, power_snr, power_snr_active, distance = np.moveaxis(self.scores, -1, 0)
        signal, noise, power_signal, power_noise = np.moveaxis(self.energies, -1, 0)
        return {
            "snr": snr / self.frames,
            "snr_active": snr_active / self.active,
            "snr_pooled": _ratio_db(signal, noise),
            "snr_power": power_snr / self.frames,
            "snr_power_active": power_snr_active / self.active,
            "snr_power_pooled": _ratio_db(power_signal, power_noise),
            "lsd": distance / self.frames,
            "msd": modulation_distance(self.modulation_true, self.modulation),
        }

    @np.errstate(invalid="ignore")
    def band_error(self) -> np.ndarray:
        """Root mean square error of each band over active frames, (..., n_mels), dB."""
        return np.sqrt(self.band_squares / self.active[..., None])

    @np.errstate(invalid="ignore")
    def snr_by_level(self) -> np.ndarray:
        """Mean SNR on magnitude of the frames of each bin of `LEVELS_DB`, (..., 7), dB; NaN where there is no frame."""
        return self.level_snr / self.level_frames


@np.errstate(invalid="ignore")  # -inf - -inf, of frames without any energy
def _level_bins(level_db: np.ndarray) -> np.ndarray:
    """Bin of `LEVELS_DB` of each frame of an utterance, by how far it is below the loudest, (n_frames,), int."""
    return np.digitize(level_db.max(initial=-np.inf) - level_db, LEVELS_DB[1:])


@np.errstate(divide="ignore", invalid="ignore")
def _ratio_db(signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    return 10 * np.log10(signal / np.maximum(noise, signal * 10 ** (-LARGEST_SNR_DB / 10)))


def finite_or_none(score: float | np.ndarray | np.floating) -> float | None:
    """Return a score as JSON can hold it: None stands for one that isn't finite."""
    return float(score) if np.isfinite(score) else None
