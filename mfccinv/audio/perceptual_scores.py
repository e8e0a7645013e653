"""Perceptual scores of a waveform against the original, where the ``quality`` extra is installed."""

import importlib.util
import warnings
from contextlib import suppress

import numpy as np
import soxr

PESQ_RATE = 16000
SHORTEST_SECONDS = 0.25  # that PESQ takes; STOI needs more


def quality_is_installed() -> bool:
    """Whether the packages of the ``quality`` extra are there."""
    return all(importlib.util.find_spec(name) for name in ("pesq", "pystoi"))


def audio_quality(original: np.ndarray, degraded: np.ndarray, sample_rate: int) -> dict[str, float]:
    """Wide-band PESQ (ITU-T P.862.2, 2007), STOI (Taal et al., 2011) and ESTOI (Jensen and Taal, 2016).

    Parameters
    ----------
    original, degraded : (n_samples,), float, full scale 1
    sample_rate : int, Hz

    Returns
    -------
    scores : dict
        ``pesq`` in [1, 4.64], ``stoi`` and ``estoi`` in [0, 1] or nearly so. A score is missing if its method finds too
        little speech. All are missing for digital silence and for less than `SHORTEST_SECONDS`.
    """
    from pesq import NoUtterancesError, pesq
    from pystoi import stoi

    scores: dict[str, float] = {}
    if len(original) < SHORTEST_SECONDS * sample_rate or not (np.any(original) and np.any(degraded)):
        return scores
    at_16k = [np.asarray(soxr.resample(y, sample_rate, PESQ_RATE)) for y in (original, degraded)]
    with suppress(NoUtterancesError):
        scores["pesq"] = float(pesq(PESQ_RATE, *at_16k, "wb"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            scores["stoi"] = float(stoi(original, degraded, sample_rate))
            scores["estoi"] = float(stoi(original, degraded, sample_rate, extended=True))
        except RuntimeWarning:  # fewer than 30 frames that are not silent
            pass
    return scores
