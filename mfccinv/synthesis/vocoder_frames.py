"""Mel frames as neural vocoders read them.

Their recipes for mel frames are presets of features, so that nothing needs to be converted: ``hifigan`` (Kong, Kim and
Bae, HiFi-GAN, 2020), ``waveglow`` (Prenger, Valle and Catanzaro, WaveGlow, 2019; Tacotron 2), ``bigvgan`` (Lee et al.,
BigVGAN, 2023; 24 kHz, 100 bands) and ``vocos`` (Siuzdak, Vocos, 2024).
"""

import numpy as np

from mfccinv.features.spec import FeatureSpec


def natural_log_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Turn log-mel frames into what vocoders read: the natural logarithm of the mel magnitude, frames last.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
        With ``power=1``; frames are clamped to its ``log_floor``, as for vocoders.

    Returns
    -------
    mel : (n_mels, n_frames), float32

    Raises
    ------
    ValueError
        If the spec's mel frames are of power.
    """
    if spec.power != 1:
        raise ValueError(
            "vocoders read mel frames of magnitude: features.power=1, as in hifigan, waveglow, bigvgan and vocos"
        )
    return np.ascontiguousarray(np.maximum(log_mel, spec.floor_db).T * (np.log(10) / 20), np.float32)
