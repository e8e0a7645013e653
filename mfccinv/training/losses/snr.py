"""The spectral signal-to-noise ratio."""

import numpy as np
from keras import ops

from mfccinv.training.loss import FrameFunction, magnitude_of
from mfccinv.training.losses.mse_db import mse_db

SMALLEST_RELATIVE_ERROR = 1e-6  # beyond 60 dB a frame has nothing left to teach, but the logarithm would grow steeper


def snr(*, mse_db_weight: float, exponent: float) -> FrameFunction:
    """Negative spectral SNR of each frame on magnitude, dB, plus ``mse_db_weight`` times its squared error in dB.

    The SNR alone says nothing of the frame's quiet bands; the squared error keeps them in place.

    ``exponent`` in [0, 1] is that of a power transform (Box and Cox, An analysis of transformations, 1964) of the
    relative error. 0 gives its logarithm, which is the SNR itself and rewards bold predictions. 1 gives the relative
    error, which rewards cautious ones.
    """
    if mse_db_weight < 0:
        raise ValueError(f"loss.mse_db_weight must be at least 0, got {mse_db_weight}")
    if not 0 <= exponent <= 1:
        raise ValueError(f"loss.exponent must be in [0, 1], got {exponent}")
    squared_error = mse_db()

    def frame_loss(true_db, predicted_db):
        loudest = ops.max(true_db, axis=-1, keepdims=True)
        true, predicted = magnitude_of(true_db - loudest), magnitude_of(predicted_db - loudest)
        relative_error = ops.sum((true - predicted) ** 2, axis=-1) / ops.sum(true**2, axis=-1)
        error = relative_error + SMALLEST_RELATIVE_ERROR
        transformed = (error**exponent - 1) / exponent if exponent else ops.log(error)
        return 10 / np.log(10) * transformed + mse_db_weight * squared_error(true_db, predicted_db)

    return frame_loss
