"""Dense layers over the flattened context window."""

import keras

from mfccinv.features.context import Context
from mfccinv.models.blocks import Output, activate, regularizer
from mfccinv.models.layers import ContextWindows, Dense, ScaledDense


def dense(
    x,
    *,
    context: Context,
    output: Output,
    hidden: list[int],
    activation: str,
    dropout: float,
    input_batch_norm: bool,
    batch_norm: bool,
    layer_norm: bool,
    l1: float,
    l2: float,
):
    """Fully connected network of one frame's window; without hidden layers, linear regression.

    Parameters
    ----------
    x : (batch, frames + context.length - 1, n_mfcc)
        Standardised MFCC.
    context : Context
    output : Output
        Makes the last layer.
    hidden : list of int >= 1
        Width of each hidden layer.
    activation, dropout, batch_norm, layer_norm
        After each hidden layer, see `activate`.
    input_batch_norm : bool
        Whether the window is batch-normalised first.
    l1, l2 : float >= 0
        See `regularizer`.

    Returns
    -------
    y : (batch, frames, n_outputs)
    """
    x = ContextWindows(context.length)(x)
    if input_batch_norm:  # a hidden layer behind it has a scale and an offset
        x = keras.layers.BatchNormalization(center=not hidden, scale=not hidden)(x)
    for place, width in enumerate(hidden):
        if width < 1:
            raise ValueError(f"model.hidden must hold widths of at least 1, got {list(hidden)}")
        layer = ScaledDense if input_batch_norm and place == 0 else Dense
        x = layer(width, kernel_regularizer=regularizer(l1, l2))(x)
        x = activate(x, activation=activation, dropout=dropout, batch_norm=batch_norm, layer_norm=layer_norm)
    return output(x, regularizer(l1, l2))
