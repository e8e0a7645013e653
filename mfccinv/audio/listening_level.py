"""Sounds as listeners compare them: equally loud, and a worse one that shows what bad is."""

import numpy as np

LEVEL_DBFS = -26.0  # of the parts that are heard; speech at this level seldom clips
HEARD_DB = 30.0  # below the loudest block of the reference; what is quieter is a pause
BLOCK_SECONDS = 0.02
HIGHEST_PEAK = 0.99
WIDTH_HZ = 500  # from where a low-pass begins to take away to where nothing is left


def equally_loud(sounds: dict[str, np.ndarray], sample_rate: int) -> dict[str, np.ndarray]:
    """Bring sounds of the same utterance to one level, by a constant gain each; none clips.

    The level is the RMS over the blocks in which the first sound is within `HEARD_DB` of its loudest block. It is
    `LEVEL_DBFS`, or the highest at which no peak of any of the sounds is above `HIGHEST_PEAK`.

    Parameters
    ----------
    sounds : dict of (n_samples,), full scale 1
        The first one, the original, tells where speech is.
    sample_rate : int, Hz

    Returns
    -------
    sounds : dict of (n_samples,)
        A sound of silence stays what it is.
    """
    heard = _heard(next(iter(sounds.values())), round(BLOCK_SECONDS * sample_rate))
    levels = {name: float(np.sqrt(np.mean(np.square(y[heard], dtype=float)))) for name, y in sounds.items()}
    peaks = [np.abs(y).max() / levels[name] for name, y in sounds.items() if levels[name] > 0]
    level = min([10 ** (LEVEL_DBFS / 20), *(HIGHEST_PEAK / peak for peak in peaks)])
    return {name: y * (level / levels[name]) if levels[name] > 0 else y for name, y in sounds.items()}


def _heard(y: np.ndarray, block: int) -> np.ndarray:
    """Whether each sample is in a block that is within `HEARD_DB` of the loudest."""
    energy = np.add.reduceat(np.square(y, dtype=float), np.arange(0, len(y), block))
    return np.repeat(energy >= energy.max() * 10 ** (-HEARD_DB / 10), block)[: len(y)]


def low_pass(y: np.ndarray, sample_rate: int, cutoff_hz: float) -> np.ndarray:
    """Take away what is above a frequency, (n_samples,): nothing below it, all of it `WIDTH_HZ` above."""
    frequencies_hz = np.fft.rfftfreq(len(y), 1 / sample_rate)
    above = np.clip((frequencies_hz - cutoff_hz) / WIDTH_HZ, 0, 1)
    return np.fft.irfft(np.fft.rfft(y) * np.cos(above * np.pi / 2) ** 2, len(y))
