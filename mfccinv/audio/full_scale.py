"""Samples on another scale than that of sound, whose full scale is 1."""

import numpy as np

from mfccinv.audio.unusable import UnusableAudio

# Float sound may be above full scale: a hot mix by some decibels. By 40 dB and more, it is on another scale.
LARGEST_SAMPLE = 100


def refuse_another_scale(y: np.ndarray, channels: int) -> None:
    """Refuse samples that reach above ``LARGEST_SAMPLE``.

    Parameters
    ----------
    y : (n_samples,), float, finite
    channels : int
        Number of channels that ``y`` is the mean of.

    Raises
    ------
    UnusableAudio
        With the largest sample, and whether they seem to be 16-bit integers.
    """
    peak = float(np.max(np.abs(y)))
    if peak <= LARGEST_SAMPLE:
        return
    sums = y * channels  # whole numbers, even if their mean isn't
    whole = peak <= 2**15 and np.allclose(sums, np.round(sums), rtol=0, atol=0.01)
    reason = ": they seem to be 16-bit integers stored as float, to be divided by 32768" if whole else ""
    raise UnusableAudio(f"too loud: its samples reach {peak:.3g}, full scale is 1{reason}")
