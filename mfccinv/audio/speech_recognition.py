"""English text of speech by PocketSphinx, where the ``wer`` extra is installed."""

import importlib.util

import numpy as np
import soxr

RATE = 16000  # of the model's sound, Hz
LARGEST_SAMPLE = 32767  # of 16 bits


def recogniser_is_installed() -> bool:
    """Whether the packages of the ``wer`` extra are there."""
    return all(importlib.util.find_spec(name) for name in ("pocketsphinx", "jiwer"))


def recognise_words(y: np.ndarray, sample_rate: int) -> list[str]:
    """Words that PocketSphinx hears with its own model of US English, which its wheel brings.

    Each sound has a recogniser of its own: one that is used again hears a little otherwise, as its noise filter
    remembers what it heard before.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
    sample_rate : int, Hz

    Returns
    -------
    words : list of str
        In lower case; empty if no speech is found, and for digital silence.
    """
    from pocketsphinx import Decoder

    at_16k = np.asarray(soxr.resample(y, sample_rate, RATE))
    samples = np.round(np.clip(at_16k, -1, 1) * LARGEST_SAMPLE).astype(np.int16)
    if not samples.any():
        return []
    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr.split() if found else []
