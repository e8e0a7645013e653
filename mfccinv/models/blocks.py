"""Parts that bodies share: normalisation, activation and dropout after a weight layer, and checks."""

from collections.abc import Callable

import keras

from mfccinv.features.context import Context

# Makes a body's last layer: (x (batch, frames, width), regularizer or nothing) → y (batch, frames, n_outputs).
Output = Callable
ACTIVATIONS = ("leaky_relu", "relu", "elu", "gelu", "silu", "tanh", "linear")


def activate(x, *, activation: str, dropout: float, batch_norm: bool, layer_norm: bool):
    """Apply batch or layer normalisation, the activation and dropout, in this order.

    Raises
    ------
    ValueError
        If ``activation`` is not in `ACTIVATIONS` or ``dropout`` is outside [0, 1).
    """
    check_dropout(dropout)
    if activation not in ACTIVATIONS:
        raise ValueError(f"model.activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    if batch_norm:
        x = keras.layers.BatchNormalization()(x)
    if layer_norm:
        x = keras.layers.LayerNormalization()(x)
    x = keras.layers.Activation(activation)(x)
    return keras.layers.Dropout(dropout)(x) if dropout else x


def check_dropout(dropout: float) -> None:
    """Refuse with ValueError a share of units outside [0, 1)."""
    if not 0 <= dropout < 1:
        raise ValueError(f"model.dropout must be in [0, 1), got {dropout}")


def check_context(context: Context, least: int, **settings) -> None:
    """Refuse with ValueError a context shorter than the ``least`` frames that these settings need."""
    if context.length < least:
        *others, last = (f"model.{name}={value}" for name, value in settings.items())
        raise ValueError(
            f"model.context must be at least {least} frames for {', '.join(others)} and {last}, got {context.length}"
        )


def regularizer(l1: float, l2: float) -> keras.regularizers.Regularizer | None:
    """Penalty on the weights: ``l1`` times the sum of their magnitudes and ``l2`` times that of their squares."""
    if l1 < 0 or l2 < 0:
        raise ValueError(f"model.l1 and model.l2 must be at least 0, got {l1} and {l2}")
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
