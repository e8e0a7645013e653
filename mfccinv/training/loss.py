"""The training loss: a frame loss of a module in ``losses/``, averaged over the frames."""

import inspect
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from mfccinv.configs.typed import check_arguments
from mfccinv.system.registry import Registry

LOSSES = Registry("loss", "mfccinv.training.losses")

FrameFunction = Callable  # true and predicted frames, (batch, frames, n_mels), dB → one value each, (batch, frames)


def make_loss(settings: dict) -> FrameFunction:
    """Make a loss from its settings.

    Parameters
    ----------
    settings : dict
        ``name`` in `LOSSES`, and the loss's settings.

    Returns
    -------
    frame_function : callable
        Takes true and predicted frames, (batch, frames, n_mels), dB; returns the loss of each, (batch, frames).

    Raises
    ------
    ValueError
        For an unknown name, settings that aren't exactly those of the loss, and for values out of range.
    """
    loss, others = LOSSES.resolve(settings)
    own = inspect.signature(loss).parameters
    if unknown := [name for name in others if name not in own]:
        without = " ".join(f"~loss.{name}" for name in unknown)
        raise ValueError(f"loss {settings['name']!r} doesn't know {', '.join(unknown)}: leave them out, {without}")
    if missing := [name for name in own if name not in others]:
        raise ValueError(f"loss {settings['name']!r} lacks {', '.join(missing)}")
    check_arguments(loss, others, "loss")
    return loss(**others)


class FrameMean(keras.losses.Loss):
    """A frame loss averaged over the frames, weighted by the sample weights (batch, frames)."""

    def __init__(self, frame_function: FrameFunction):
        super().__init__(name="frame_mean", reduction="mean_with_sample_weight")
        self.frame_function = frame_function

    def call(self, y_true, y_pred):
        return self.frame_function(y_true, y_pred)


def magnitude_of(level_db):
    """Linear magnitude of levels in dB, any shape."""
    return ops.exp(level_db * (np.log(10) / 20))
