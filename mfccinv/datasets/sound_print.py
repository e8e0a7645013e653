"""Recognises a recording by its sound, whatever its file is called and however it is stored."""

from hashlib import blake2b

import numpy as np

FRAMES = 8  # that are looked at
STEP_DB = 0.1  # far above what versions of libraries differ by


def sound_print(log_mel: np.ndarray) -> str:
    """Hash the length of a recording and the mean level of some of its frames, 12 hexadecimal digits.

    The same recording as WAV and as FLAC, or under another name, has the same print for the same features.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB

    Returns
    -------
    print : str
        Empty where all these frames have one level, as digital silence has: it says nothing.
    """
    places = np.linspace(0, len(log_mel) - 1, FRAMES + 2)[1:-1].astype(int)
    levels = np.round(log_mel[places].mean(axis=1, dtype=np.float64) / STEP_DB).astype(np.int64)
    if np.ptp(levels) == 0:
        return ""
    return blake2b(np.array([len(log_mel), *levels], "<i8").tobytes(), digest_size=6).hexdigest()
