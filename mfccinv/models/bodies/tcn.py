"""Temporal convolutional network: residual blocks of dilated convolutions, for a wide context at a small cost."""

import keras

from mfccinv.features.context import Context
from mfccinv.models.blocks import Output, activate, check_context, check_dropout, regularizer
from mfccinv.models.layers import ContextWindows, Dense, LoudnessStatistics


def tcn(
    x,
    *,
    context: Context,
    output: Output,
    width: int,
    first_kernel: int | None,
    statistics: bool,
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
        All that is seen.
    output : Output
        Makes the last layer.
    width : int >= 1
        Units of every layer.
    first_kernel : int >= 1, frames, or None
        Kernel of the layer before the blocks; None: as long as the blocks leave of the context.
    statistics : bool
        Whether the mean and the standard deviation of the MFCC go into the first layer, too, see `LoudnessStatistics`.
        They are taken over all that the blocks leave of the context, and tell the voice and the channel.
    kernel : int >= 1, frames
        Kernel of each block.
    dilations : list of int >= 1
        One block for each.
    activation, dropout
        See `activate`; dropout follows the activation inside a block.
    l1, l2 : float >= 0
        See `regularizer`.

    Returns
    -------
    y : (batch, frames, n_outputs)

    Raises
    ------
    ValueError
        For values out of range or if the blocks need more context than there is.
    """
    if min([width, kernel, *dilations, first_kernel or 1]) < 1:
        raise ValueError("model.width, model.first_kernel, model.kernel and model.dilations must be at least 1")
    taken = sum((kernel - 1) * dilation for dilation in dilations)
    least = taken + (first_kernel or 1)
    check_context(context, least, first_kernel=first_kernel, kernel=kernel, dilations=list(dilations))
    if first_kernel is not None and not statistics and context.length > least:
        raise ValueError(f"model.context must be {least} frames, or what is beyond goes unused, got {context.length}")
    check_dropout(dropout)

    def layer(units):
        return Dense(units, kernel_regularizer=regularizer(l1, l2))

    convolved = Context(least, context.position) if first_kernel else context
    before = context.target_offset - convolved.target_offset
    middle = keras.layers.Cropping1D((before, context.length - convolved.length - before))(x)
    first = layer(width)(ContextWindows(convolved.length - taken)(middle))
    x = first + layer(width)(LoudnessStatistics(context.length - taken)(x)) if statistics else first
    for dilation in dilations:
        y = keras.layers.LayerNormalization()(x)
        y = layer(width)(ContextWindows(kernel, dilation)(y))
        y = activate(y, activation=activation, dropout=dropout, batch_norm=False, layer_norm=False)
        lost = (kernel - 1) * dilation
        x = keras.layers.Cropping1D((lost // 2, lost - lost // 2))(x) + layer(width)(y)
    x = activate(x, activation=activation, dropout=0.0, batch_norm=False, layer_norm=True)
    return output(x, regularizer(l1, l2))
