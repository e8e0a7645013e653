"""Training losses, one number a frame: (batch, frames, n_mels) true and predicted, dB → (batch, frames)."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from mfccinv.registry import look_up

SMALLEST_RELATIVE_ERROR = 1e-6  # beyond 60 dB a frame has nothing left to teach, but the logarithm would grow steeper

FrameFunction = Callable  # (true_db, predicted_db) → loss of each frame


def mse_db() -> FrameFunction:
    """Mean squared error, dB²."""
    return lambda true_db, predicted_db: ops.mean((true_db - predicted_db) ** 2, axis=-1)


def mae_db() -> FrameFunction:
    """Mean absolute error, dB."""
    return lambda true_db, predicted_db: ops.mean(ops.abs(true_db - predicted_db), axis=-1)


def mse_magnitude() -> FrameFunction:
    """Mean squared error of the linear mel magnitude."""
    return lambda true_db, predicted_db: ops.mean((_magnitude(true_db) - _magnitude(predicted_db)) ** 2, axis=-1)


def snr(*, mse_db_weight: float, exponent: float) -> FrameFunction:
    """Negative spectral SNR of each frame on magnitude, dB, plus ``mse_db_weight`` times its squared error in dB.

    The SNR alone says nothing of the frame's quiet bands; the squared error keeps them in place.

    ``exponent`` in [0, 1] is that of the power transform (Box and Cox, An analysis of transformations, 1964) of the
    relative error: 0 is its logarithm, the SNR itself, which pays for being bold; 1 the relative error, which is
    afraid of being wrong.
    """
    if mse_db_weight < 0:
        raise ValueError(f"loss.mse_db_weight must be at least 0, got {mse_db_weight}")
    if not 0 <= exponent <= 1:
        raise ValueError(f"loss.exponent must be in [0, 1], got {exponent}")
    squared_error = mse_db()

    def frame_loss(true_db, predicted_db):
        loudest = ops.max(true_db, axis=-1, keepdims=True)
        true, predicted = _magnitude(true_db - loudest), _magnitude(predicted_db - loudest)
        relative_error = ops.sum((true - predicted) ** 2, axis=-1) / ops.sum(true**2, axis=-1)
        error = relative_error + SMALLEST_RELATIVE_ERROR
        transformed = (error**exponent - 1) / exponent if exponent else ops.log(error)
        return 10 / np.log(10) * transformed + mse_db_weight * squared_error(true_db, predicted_db)

    return frame_loss


LOSSES: dict[str, Callable[..., FrameFunction]] = {
    "snr": snr,
    "mse_db": mse_db,
    "mae_db": mae_db,
    "mse_magnitude": mse_magnitude,
}


def make_loss(settings: dict) -> FrameFunction:
    """Make the loss that ``settings["name"]`` names from the other settings."""
    loss, others = look_up("loss", LOSSES, settings)
    return loss(**others)


class FrameMean(keras.losses.Loss):
    """A frame loss averaged over the frames, weighted by the sample weights (batch, frames)."""

    def __init__(self, frame_function: FrameFunction):
        super().__init__(name="frame_mean", reduction="mean_with_sample_weight")
        self.frame_function = frame_function

    def call(self, y_true, y_pred):
        return self.frame_function(y_true, y_pred)


def _magnitude(level_db):
    return ops.exp(level_db * (np.log(10) / 20))
