"""How far predicted mel frames are from the true ones. Every score of the project is computed here."""

from dataclasses import dataclass

import numpy as np

ACTIVE_RANGE_DB = 60.0  # frames this far below the loudest of their utterance are called inactive
LARGEST_SNR_DB = 120.0  # of a perfect prediction: float32 does not tell smaller errors


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
        At most `LARGEST_SNR_DB`.
    """
    signal, noise = spectral_energies(true_db, predicted_db, power)
    return 10 * np.log10(signal / np.maximum(noise, signal * 10 ** (-LARGEST_SNR_DB / 10)))


def spectral_energies(true_db: np.ndarray, predicted_db: np.ndarray, power: int) -> tuple[np.ndarray, np.ndarray]:
    """Energy of each frame's spectrum and of its error, both (n_frames,); parameters as `spectral_snr`."""
    true = 10 ** (true_db.astype(np.float64) * power / 20)
    predicted = 10 ** (predicted_db.astype(np.float64) * power / 20)
    return np.sum(true**2, axis=1), np.sum((true - predicted) ** 2, axis=1)


def log_spectral_distance(true_db: np.ndarray, predicted_db: np.ndarray) -> np.ndarray:
    """Root mean square over the bands of each frame's error in dB, (n_frames,); both inputs (n_frames, n_mels)."""
    return np.sqrt(np.mean((true_db.astype(np.float64) - predicted_db) ** 2, axis=1))


def active_frames(true_db: np.ndarray) -> np.ndarray:
    """Which frames of an utterance are within `ACTIVE_RANGE_DB` of its loudest, (n_frames,), bool.

    The level of a frame is the sum of its mel power, ``true_db`` being (n_frames, n_mels) in dB.
    """
    level_db = 10 * np.log10(np.sum(10 ** (true_db.astype(np.float64) / 10), axis=1))
    return level_db >= level_db.max() - ACTIVE_RANGE_DB


@dataclass
class FrameSums:
    """Sums over frames, from which every score of `summary` follows; sums of utterances add up.

    Parameters
    ----------
    frames, active : int
        Number of frames, and of active ones.
    scores : (5,)
        Sums over the frames of: SNR on magnitude, the same over active frames, SNR on power, the same over active
        frames, log-spectral distance; dB.
    energies : (4,)
        Signal and noise on magnitude, signal and noise on power.
    band_squares : (n_mels,)
        Squared error of each band over active frames, dB².
    """

    frames: int
    active: int
    scores: np.ndarray
    energies: np.ndarray
    band_squares: np.ndarray

    @classmethod
    def of(cls, true_db: np.ndarray, predicted_db: np.ndarray) -> "FrameSums":
        """Sums over one utterance; both inputs (n_frames, n_mels), dB."""
        active = active_frames(true_db)
        scores, energies = [], []
        for power in (1, 2):
            snr = spectral_snr(true_db, predicted_db, power)
            scores += [snr.sum(), snr[active].sum()]
            energies += [energy.sum() for energy in spectral_energies(true_db, predicted_db, power)]
        scores.append(log_spectral_distance(true_db, predicted_db).sum())
        errors = (true_db - predicted_db.astype(np.float64))[active]
        return cls(len(true_db), int(active.sum()), np.array(scores), np.array(energies), np.sum(errors**2, axis=0))

    def __add__(self, other: "FrameSums") -> "FrameSums":
        return FrameSums(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))

    def summary(self) -> dict[str, float]:
        """Scores in dB: means over frames, pooled SNR (energies summed first), all higher-is-better but ``lsd``."""
        snr, snr_active, power_snr, power_snr_active, distance = self.scores
        pooled, pooled_power = (
            10 * np.log10(signal / max(noise, signal * 10 ** (-LARGEST_SNR_DB / 10)))
            for signal, noise in (self.energies[:2], self.energies[2:])
        )
        values = {
            "snr": snr / self.frames,
            "snr_active": snr_active / self.active,
            "snr_pooled": pooled,
            "snr_power": power_snr / self.frames,
            "snr_power_active": power_snr_active / self.active,
            "snr_power_pooled": pooled_power,
            "lsd": distance / self.frames,
        }
        return {name: float(value) for name, value in values.items()}

    def band_error(self) -> np.ndarray:
        """Root mean square error of each band over active frames, (n_mels,), dB."""
        return np.sqrt(self.band_squares / self.active)


def total(sums: list[FrameSums]) -> FrameSums:
    """Sums over several utterances."""
    return sum(sums[1:], start=sums[0])


def bootstrap_interval(
    statistic, n_utterances: int, *, seed: int, draws: int = 1000, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a statistic over resampled utterances (Efron, Bootstrap methods, 1979).

    Parameters
    ----------
    statistic : callable
        Takes counts (n_utterances,), how often each utterance was drawn, and returns a number.
    n_utterances : int >= 1
    seed : int
    draws : int >= 1
    confidence : float in (0, 1)

    Returns
    -------
    low, high : float
    """
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n_utterances, np.full(n_utterances, 1 / n_utterances), size=draws)
    values = [statistic(row) for row in counts]
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def mean_interval(sums: np.ndarray, frames: np.ndarray, *, seed: int) -> tuple[float, float]:
    """Bootstrap interval of a mean over frames: ``sums`` and ``frames`` (n_utterances,) are each utterance's."""
    return bootstrap_interval(lambda counts: counts @ sums / (counts @ frames), len(sums), seed=seed)
