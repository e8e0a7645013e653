"""Weights of a network for one that takes or makes other frames."""

import keras
import numpy as np

from mfccinv.models.flow_head import has_head, mean_part
from mfccinv.models.flow_layers import OnlyMfcc
from mfccinv.models.layers import OutputDense
from mfccinv.models.unknown_layers import CODES, UnknownMfcc


def take_weights(model: keras.Model, base: keras.Model) -> None:
    """Give a network the weights of one with the same body, as far as they fit.

    What the first layers learned of the inputs that both take is kept, in order: the first coefficients mean the same
    whatever their number. Of inputs that are new they know nothing yet: zeros. A last layer that makes another number
    of outputs stays the model's own, and so do the fixed layers around the body. Of a flow and
    a network for the mean, what both have is taken over.

    Parameters
    ----------
    model, base : keras.Model
        With bodies of the same settings; inputs are (batch, frames, n).

    Raises
    ------
    ValueError
        If the bodies differ.
    """
    if has_head(model) != has_head(base):
        model, base = mean_part(model), mean_part(base)
    n_own, n_base = map(_inputs_of, (model, base))
    of_last = {id(weight) for layer in model.layers if isinstance(layer, OutputDense) for weight in layer.weights}
    for own, theirs in zip(_of_body(model), _of_body(base), strict=True):
        values = keras.ops.convert_to_numpy(theirs)
        if own.shape == values.shape:
            own.assign(values)
        elif id(own) not in of_last:
            own.assign(_of_common_inputs(values, n_base, n_own).reshape(own.shape))


def _inputs_of(model: keras.Model) -> tuple[int, int]:
    """Number of inputs of a body's first layer in each frame, and of codes for how many of them are known, behind them.

    States go to the head alone.
    """
    of_mfcc = [layer.fewest for layer in model.layers if isinstance(layer, OnlyMfcc)]
    has_codes = any(isinstance(layer, UnknownMfcc) for layer in model.layers)
    return of_mfcc[0] if of_mfcc else model.input_shape[-1], CODES if has_codes else 0


def _of_body(model: keras.Model) -> list[keras.Variable]:
    """Weights that are trained, and what batch normalisation gathers."""
    gathered = [weight for weight in model.non_trainable_weights if "moving" in weight.path]
    return [*model.trainable_weights, *gathered]


def _of_common_inputs(values: np.ndarray, base: tuple[int, int], own: tuple[int, int]) -> np.ndarray:
    """Rows of a kernel that belong to the inputs: those of each, frame after frame; zeros for new ones."""
    by_frame = values.reshape(-1, sum(base), values.shape[-1] if values.ndim > 1 else 1)
    parts = np.split(by_frame, [base[0]], axis=1)
    return np.concatenate([_first_rows(part, n) for part, n in zip(parts, own, strict=True)], axis=1)


def _first_rows(part: np.ndarray, n: int) -> np.ndarray:
    """The first n rows of each frame, (frames, n, ...); zeros where there are fewer."""
    common = part[:, :n]
    return np.pad(common, ((0, 0), (0, n - common.shape[1]), (0, 0)))
