"""The type of a loss: true and predicted frames, (batch, frames, n_mels), dB → one value each, (batch, frames)."""

from collections.abc import Callable

import numpy as np
from keras import ops

FrameFunction = Callable  # (true_db, predicted_db) → loss of each frame


def magnitude_of(level_db):
    """Linear magnitude of levels in dB, any shape."""
    return ops.exp(level_db * (np.log(10) / 20))
