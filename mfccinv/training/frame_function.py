"""What a loss is: one number a frame, (batch, frames, n_mels) true and predicted, dB → (batch, frames)."""

from collections.abc import Callable

import numpy as np
from keras import ops

FrameFunction = Callable  # (true_db, predicted_db) → loss of each frame


def magnitude_of(level_db):
    """Linear magnitude of levels in dB, any shape."""
    return ops.exp(level_db * (np.log(10) / 20))
