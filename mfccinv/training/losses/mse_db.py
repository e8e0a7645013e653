"""Squared error in dB."""

from keras import ops

from mfccinv.training.loss import FrameFunction


def mse_db() -> FrameFunction:
    """Mean squared error, dB²."""
    return lambda true_db, predicted_db: ops.mean((true_db - predicted_db) ** 2, axis=-1)
