"""A network that was trained on mel frames and linear spectra."""

import numpy as np

from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.prediction import predict_frames
from mfccinv.run_folders.loading import load_once
from mfccinv.run_folders.lookup import find_run


def learned(log_mel: np.ndarray, spec: FeatureSpec, *, checkpoint: str) -> np.ndarray:
    """Predict the magnitude by a network of ``source=mel target=linear``.

    (..., n_frames, n_mels), dB → (..., n_frames, n_bins). Unlike the other methods, it sees the frames around each
    frame. ``checkpoint``: see `find_run`.
    """
    run = find_run(checkpoint, spec, source="mel")
    recordings = log_mel.reshape(-1, *log_mel.shape[-2:])
    predicted = np.stack(list(predict_frames(*load_once(run.folder), recordings)))
    return db_to_magnitude(predicted.reshape(*log_mel.shape[:-1], -1))
