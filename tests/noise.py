"""Frames of noise: plausible in level and spread, without any structure, seeded; and small specifications of them."""

import numpy as np
from configurations import preset

from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.datasets.statistics import Statistics, feature_moments
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.mel_spreading import spread_log_mel


def small_spec(**changes):
    """A specification of 16 kHz speech with few bands."""
    return preset("asr", **{"n_mels": 24, "n_mfcc": 8} | changes)


def noise_log_mel(spec, n_frames, seed=0):
    """Frames of plausible level and spread without any structure, (n_frames, n_mels), float32, dB."""
    return np.random.default_rng(seed).normal(-40, 15, size=(n_frames, spec.n_mels)).astype(np.float32)


def noise_mfcc(spec, n_frames, seed=0):
    """MFCC of `noise_log_mel`, (n_frames, n_mfcc), float32, dB."""
    return log_mel_to_mfcc(noise_log_mel(spec, n_frames, seed), spec)


def noise_statistics(spec, linear=False):
    """Statistics of `noise_log_mel`; with those of its smooth linear spectra, too."""
    log_mel = noise_log_mel(spec, 500)
    log_magnitude = spread_log_mel(log_mel, spec) if linear else None
    return Statistics.from_moments(feature_moments(log_mel_to_mfcc(log_mel, spec), log_mel, spec, log_magnitude))


def noise_utterance(spec, n_frames, seed=0, id="a/0", speaker="a"):
    """An utterance of `noise_log_mel`."""
    return UtteranceFeatures(
        id=id,
        speaker=speaker,
        mfcc=noise_mfcc(spec, n_frames, seed),
        log_mel=noise_log_mel(spec, n_frames, seed),
        seconds=n_frames / spec.frames_per_second,
        source_rate=spec.sample_rate,
        source_channels=1,
    )
