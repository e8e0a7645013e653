"""Weights of a network for another number of MFCC."""

import keras
import numpy as np


def take_weights(model: keras.Model, base: keras.Model) -> None:
    """Give a network the weights of one that differs in its number of MFCC, or in nothing.

    What the first layers learned of the coefficients that both take is kept, and of those that are new they know
    nothing yet: zeros. Fixed numbers that depend on the coefficients stay the model's own.

    Parameters
    ----------
    model, base : keras.Model
        Of the same settings and bands; inputs are (batch, frames, n_mfcc).

    Raises
    ------
    ValueError
        If weights don't fit for another reason.
    """
    n_own, n_base = (one.input_shape[-1] for one in (model, base))
    trained = {id(weight) for weight in model.trainable_weights}
    for own, theirs in zip(model.weights, base.weights, strict=True):
        values = keras.ops.convert_to_numpy(theirs)
        if own.shape == values.shape:
            own.assign(values)
        elif id(own) in trained:
            own.assign(_of_common_coefficients(values, n_base, n_own).reshape(own.shape))


def _of_common_coefficients(values: np.ndarray, n_base: int, n_own: int) -> np.ndarray:
    """Rows of a kernel that belong to the coefficients: those of each, frame after frame; zeros for new ones."""
    by_frame = values.reshape(-1, n_base, values.shape[-1] if values.ndim > 1 else 1)
    common = by_frame[:, :n_own]
    return np.pad(common, ((0, 0), (0, n_own - common.shape[1]), (0, 0)))
