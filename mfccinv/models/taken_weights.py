"""Weights of a network for one that takes or makes other frames."""

import keras
import numpy as np

from mfccinv.models.layers import OutputDense, StateDense


def take_weights(model: keras.Model, base: keras.Model) -> None:
    """Give a network the weights of one with the same body, as far as they fit.

    What the first layers learned of the inputs that both take is kept, in order: the first coefficients mean the same
    whatever their number. Of inputs that are new they know nothing yet: zeros. A last layer that makes another number
    of outputs stays the model's own, and so do the fixed layers around the body. What a flow's state tells is taken
    from a flow alone.

    Parameters
    ----------
    model, base : keras.Model
        With bodies of the same settings; inputs are (batch, frames, n).

    Raises
    ------
    ValueError
        If the bodies differ.
    """
    n_own, n_base = (one.input_shape[-1] for one in (model, base))
    of_last = {id(weight) for layer in model.layers if isinstance(layer, OutputDense) for weight in layer.weights}
    state_too = all(any(isinstance(layer, StateDense) for layer in one.layers) for one in (model, base))
    for own, theirs in zip(_of_body(model, state_too), _of_body(base, state_too), strict=True):
        values = keras.ops.convert_to_numpy(theirs)
        if own.shape == values.shape:
            own.assign(values)
        elif id(own) not in of_last:
            own.assign(_of_common_inputs(values, n_base, n_own).reshape(own.shape))


def _of_body(model: keras.Model, state_too: bool) -> list[keras.Variable]:
    """Weights that are trained, and what batch normalisation gathers; perhaps without those of what a state tells."""
    of_state = {id(weight) for layer in model.layers if isinstance(layer, StateDense) for weight in layer.weights}
    gathered = [weight for weight in model.non_trainable_weights if "moving" in weight.path]
    return [one for one in (*model.trainable_weights, *gathered) if state_too or id(one) not in of_state]


def _of_common_inputs(values: np.ndarray, n_base: int, n_own: int) -> np.ndarray:
    """Rows of a kernel that belong to the inputs: those of each, frame after frame; zeros for new ones."""
    by_frame = values.reshape(-1, n_base, values.shape[-1] if values.ndim > 1 else 1)
    common = by_frame[:, :n_own]
    return np.pad(common, ((0, 0), (0, n_own - common.shape[1]), (0, 0)))
