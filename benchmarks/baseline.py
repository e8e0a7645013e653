"""What the benchmarks of features and of building measure against: librosa's calls."""

import time

import librosa
import numpy as np

from mfccinv.features.spec import FeatureSpec


def librosa_features(y: np.ndarray, spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """MFCC (n_frames, n_mfcc) and log-mel frames (n_frames, n_mels), dB, as librosa computes them."""
    mel = librosa.feature.melspectrogram(
        y=y,
        sr=spec.sample_rate,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        win_length=spec.win_length,
        power=spec.power,
        n_mels=spec.n_mels,
    )
    to_db = librosa.power_to_db if spec.power == 2 else librosa.amplitude_to_db
    log_mel = to_db(mel, top_db=None)
    return librosa.feature.mfcc(S=log_mel, n_mfcc=spec.n_mfcc).T, log_mel.T


def seconds_of(function, *arguments) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
