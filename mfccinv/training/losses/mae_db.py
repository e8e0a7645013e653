"""Absolute error in dB."""

from keras import ops

from mfccinv.training.loss import FrameFunction


def mae_db() -> FrameFunction:
    """Mean absolute error, dB."""
    return lambda true_db, predicted_db: ops.mean(ops.abs(true_db - predicted_db), axis=-1)
