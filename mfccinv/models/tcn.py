"""Temporal convolutional network: residual blocks of dilated convolutions, for a wide context at a small cost."""

import keras

from mfccinv.context import Context
from mfccinv.models.blocks import activation_layer, output_initializer, regularizer
from mfccinv.models.layers import ContextWindows, Crop


def tcn(
    x,
    *,
    context: Context,
    n_mels: int,
    start_at_zero: bool,
    width: int,
    kernel: int,
    dilations: list[int],
    activation: str,
    dropout: float,
    l1: float,
    l2: float,
):
    """Residual blocks of normalisation, dilated convolution, activation and a second layer.

    After Bai, Kolter and Koltun (An empirical evaluation of generic convolutional and recurrent networks, 2018), but
    not causal, and normalised before the convolution. A convolution is computed as a dense layer over windows: on a
    processor that is several times as fast as a dilated one.

    Parameters
    ----------
    x : (batch, frames + context.length - 1, n_mfcc)
        Standardised MFCC.
    context : Context
        The receptive field; the first layer's kernel is as long as the blocks leave.
    n_mels : int
    start_at_zero : bool
        Whether the last layer's weights start at zero.
    width : int >= 1
        Units of every layer.
    kernel : int >= 1, frames
        Kernel of each block.
    dilations : list of int >= 1
        One block for each.
    activation, dropout
        See `activation_layer`; dropout follows the activation inside a block.
    l1, l2 : float >= 0
        See `regularizer`.

    Returns
    -------
    y : (batch, frames, n_mels)

    Raises
    ------
    ValueError
        For values out of range or if the blocks need more context than there is.
    """
    if min([width, kernel, *dilations]) < 1:
        raise ValueError("model.width, model.kernel and model.dilations must be at least 1")
    taken = sum((kernel - 1) * dilation for dilation in dilations)
    if context.length <= taken:
        raise ValueError(
            f"model.context must be at least {taken + 1} frames for model.kernel={kernel} and "
            f"model.dilations={list(dilations)}, got {context.length}"
        )
    if not 0 <= dropout < 1:
        raise ValueError(f"model.dropout must be in [0, 1), got {dropout}")

    def layer(units, **options):
        return keras.layers.Dense(units, kernel_regularizer=regularizer(l1, l2), **options)

    x = layer(width)(ContextWindows(context.length - taken)(x))
    for dilation in dilations:
        y = keras.layers.LayerNormalization()(x)
        y = activation_layer(activation)(layer(width)(ContextWindows(kernel, dilation)(y)))
        y = layer(width)(keras.layers.Dropout(dropout)(y) if dropout else y)
        lost = (kernel - 1) * dilation
        x = Crop(lost // 2, lost - lost // 2)(x) + y if lost else x + y
    x = activation_layer(activation)(keras.layers.LayerNormalization()(x))
    return layer(n_mels, kernel_initializer=output_initializer(start_at_zero))(x)
