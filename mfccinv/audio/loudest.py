"""The loudest stretch of a recording."""

from dataclasses import replace

import numpy as np

from mfccinv.audio.sound_files import Recording


def loudest_segment(recording: Recording, seconds: float | None) -> Recording:
    """Cut out the stretch of a recording that has the most energy; of several, the first.

    Parameters
    ----------
    recording : Recording
    seconds : float > 0, or None
        Length of the stretch. Behind a shorter recording come zeros. None: the whole recording.

    Returns
    -------
    recording : Recording
        ``y`` is (n_samples,), ``n_samples = round(seconds * sample_rate)``.
    """
    if seconds is None:
        return recording
    n_samples = round(seconds * recording.sample_rate)
    y = np.pad(recording.y, (0, max(0, n_samples - len(recording.y))))
    energy = np.append(0.0, np.cumsum(np.square(y, dtype=np.float64)))
    start = int(np.argmax(energy[n_samples:] - energy[: len(energy) - n_samples]))
    return replace(recording, y=y[start : start + n_samples])
