"""Convolutions along time, without padding: each layer's frames are shared by all the windows they are part of."""

import keras

from mfccinv.features.context import Context
from mfccinv.models.blocks import Output, activate, check_context, regularizer


def conv(
    x,
    *,
    context: Context,
    output: Output,
    channels: list[int],
    kernel: int,
    dilations: list[int],
    skip_connections: bool,
    activation: str,
    dropout: float,
    batch_norm: bool,
    layer_norm: bool,
    l1: float,
    l2: float,
):
    """Convolutional network whose receptive field is exactly the context.

    The first layer is not dilated; its kernel is as long as it takes for the receptive field to be the context.

    Parameters
    ----------
    x : (batch, frames + context.length - 1, n_mfcc)
        Standardised MFCC.
    context : Context
    output : Output
        Makes the last layer.
    channels : list of int >= 1
        Channels of each layer, one at least.
    kernel : int >= 1, frames
        Kernel of each layer but the first.
    dilations : list of int >= 1
        Dilation of each layer but the first.
    skip_connections : bool
        Whether a layer's input is added to its output where their channels agree.
    activation, dropout, batch_norm, layer_norm
        After each layer, see `activate`.
    l1, l2 : float >= 0
        See `regularizer`.

    Returns
    -------
    y : (batch, frames, n_outputs)

    Raises
    ------
    ValueError
        If the lists don't fit each other or the layers need more context than there is.
    """
    if len(channels) != len(dilations) + 1:
        raise ValueError(
            f"model.dilations must name one dilation for each layer but the first: {len(channels) - 1} for "
            f"model.channels={list(channels)}, got {list(dilations)}"
        )
    if min([*channels, *dilations, kernel]) < 1:
        raise ValueError("model.channels, model.dilations and model.kernel must be at least 1")
    taken = sum((kernel - 1) * dilation for dilation in dilations)
    check_context(context, taken + 1, kernel=kernel, dilations=list(dilations))
    layers = zip(channels, [context.length - taken, *[kernel] * len(dilations)], [1, *dilations], strict=True)
    for width, size, dilation in layers:
        y = keras.layers.Conv1D(width, size, dilation_rate=dilation, kernel_regularizer=regularizer(l1, l2))(x)
        y = activate(y, activation=activation, dropout=dropout, batch_norm=batch_norm, layer_norm=layer_norm)
        lost = (size - 1) * dilation
        if skip_connections and x.shape[-1] == width:
            y = y + keras.layers.Cropping1D((lost // 2, lost - lost // 2))(x)
        x = y
    return output(x, regularizer(l1, l2))
