"""Squared error of the magnitude."""

from keras import ops

from mfccinv.training.loss import FrameFunction, magnitude_of


def mse_magnitude() -> FrameFunction:
    """Mean squared error of the linear mel magnitude."""
    return lambda true_db, predicted_db: ops.mean((magnitude_of(true_db) - magnitude_of(predicted_db)) ** 2, axis=-1)
