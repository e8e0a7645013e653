"""What a network that samples are drawn from has besides the network of the mean: the head, which is given states."""

import keras

from mfccinv.features.flow_path import STATE_FRAMES
from mfccinv.models.flow_layers import Modulate, TimeFeatures
from mfccinv.models.layers import ContextWindows, Dense, OutputDense, StateDense

WIDTH = 160
TIME_WIDTH = 64
KERNEL = 3
DILATIONS = (1, 2, 4, 8, 16, 32)


def flow_head(hidden, given):
    """Residual blocks of dilated convolutions, scaled and shifted by the time.

    As `mfccinv.models.bodies.tcn.tcn`, with the time after Perez et al., FiLM: Visual reasoning with a general
    conditioning layer, 2018.

    Parameters
    ----------
    hidden : (batch, frames + STATE_FRAMES - 1, width)
        What the last layer of the mean's network is given.
    given : (batch, frames + STATE_FRAMES - 1, n_inputs)
        Standardised MFCC, state and time of the same frames.

    Returns
    -------
    x : (batch, frames, WIDTH)
        For a last layer.
    """
    time = keras.layers.Activation("gelu")(Dense(TIME_WIDTH)(TimeFeatures()(given)))
    lost = KERNEL // 2  # on either side

    def modulated(x):
        scale_and_shift = Dense(2 * WIDTH, kernel_initializer="zeros")(keras.layers.Cropping1D(lost)(time))
        return Modulate()(keras.layers.LayerNormalization()(x), scale_and_shift)

    x = Dense(WIDTH)(ContextWindows(KERNEL)(hidden)) + Dense(WIDTH)(ContextWindows(KERNEL)(given))
    for dilation in DILATIONS:
        y = Dense(WIDTH)(ContextWindows(KERNEL, dilation)(modulated(x)))
        x = keras.layers.Cropping1D(dilation)(x) + Dense(WIDTH)(keras.layers.Activation("gelu")(y))
        lost += dilation
    assert 2 * lost == STATE_FRAMES - 1
    return keras.layers.Activation("gelu")(modulated(x))


def has_head(model: keras.Model) -> bool:
    """Whether samples can be drawn from a network."""
    return any(isinstance(layer, StateDense) for layer in model.layers)


def mean_part(model: keras.Model) -> keras.Model:
    """The layers of a network up to the last one of the mean; of one without a head, all."""
    if not has_head(model):
        return model
    [last] = [layer for layer in model.layers if type(layer) is OutputDense]
    return keras.Model(model.input, last.output)


def freeze_mean(model: keras.Model) -> None:
    """Have the head alone be trained, so that the mean stays what it was."""
    for layer in mean_part(model).layers:
        layer.trainable = False
