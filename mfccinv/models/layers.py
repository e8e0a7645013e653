"""Layers that networks are made of.

Those that are fixed are saved with the model, too: their numbers are non-trainable weights. Whoever imports this module
has all layers registered, so that ``keras.models.load_model`` loads any ``model.keras``.
"""

import keras
import numpy as np
from keras import ops

from mfccinv.inference import formulas
from mfccinv.models import flow_layers, linear_layers, mel_layers, unknown_layers  # noqa: F401 - registers their layers, too
from mfccinv.models.base_layers import FixedLayer, serializable

SMALLEST_STD_DB = 0.1  # a band that never changes is left alone rather than blown up


@serializable
class Standardize(FixedLayer):
    """``(x - mean) / std`` along the last axis, (..., n); without statistics ready to load them."""

    def __init__(self, size: int, mean: np.ndarray | None = None, std: np.ndarray | None = None, **options):
        super().__init__(**options)
        self.size = size
        self.mean = self.add_constant("mean", np.zeros(size) if mean is None else mean)
        floored = np.ones(size) if std is None else np.maximum(std, SMALLEST_STD_DB)
        self.std = self.add_constant("std", floored)
        self.built = True

    def call(self, x):
        return (x - self.mean) / self.std

    def get_config(self):
        return super().get_config() | {"size": self.size}


@serializable
class Destandardize(Standardize):
    """``x * std + mean`` along the last axis, (..., n)."""

    def call(self, x):
        return ops.cast(x, "float32") * self.std + self.mean


@serializable
class Dense(keras.layers.Dense):
    """Keras's, with all frames as rows of one matrix: faster on JAX, see docs/experiments.md.

    Its name is that of Keras's, too: saved weights are found by it.
    """

    def call(self, x):
        kernel, bias = self.effective_weights()
        rows = ops.matmul(ops.reshape(x, (-1, x.shape[-1])), kernel) + bias
        return ops.reshape(rows, (*ops.shape(x)[:-1], self.units))

    def effective_weights(self):
        """Kernel (n, units) and bias (units,) that frames are multiplied by."""
        return self.kernel, self.bias


@serializable
class ScaledDense(Dense):
    """Dense layer whose inputs are scaled and shifted first by numbers that are trained, as batch normalisation does.

    They are applied to the weights, which saves the gradient of the inputs where nothing else needs it.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(input_shape[-1],), initializer="zeros")

    def effective_weights(self):
        return formulas.scaled_weights(ops, self.kernel, self.bias, self.gamma, self.beta)

    def save_own_variables(self, store):
        super().save_own_variables(store)  # Keras's knows of kernel and bias alone
        store["gamma"], store["beta"] = self.gamma, self.beta

    def load_own_variables(self, store):
        super().load_own_variables(store)
        self.gamma.assign(store["gamma"])
        self.beta.assign(store["beta"])


@serializable
class OutputDense(Dense):
    """Dense layer that ends in affine layers: they are applied to its weights, of which there are fewer than frames.

    In float32, whatever the network computes in.

    Parameters
    ----------
    units : int
    affine : list of keras.layers.Layer
        Affine along the last axis, (..., units) → (..., units), one after the other.
    """

    def __init__(self, units: int, affine: list[keras.layers.Layer], **options):
        super().__init__(units, **({"dtype": "float32"} | options))
        self.affine = affine

    def effective_weights(self):
        return formulas.affine_weights(ops, self.kernel, self.bias, self.affine)

    def get_config(self):
        return super().get_config() | {"affine": [keras.saving.serialize_keras_object(one) for one in self.affine]}

    @classmethod
    def from_config(cls, config):
        affine = [keras.saving.deserialize_keras_object(one) for one in config.pop("affine")]
        return cls(affine=affine, **config)


@serializable
class StateDense(OutputDense):
    """The last layer for what a flow's state tells: networks for the mean alone have none."""


@serializable
class ContextWindows(keras.layers.Layer):
    """Every window of ``length`` frames that are ``dilation`` apart, flattened.

    (batch, frames + (length - 1) * dilation, n) → (batch, frames, length * n).
    """

    def __init__(self, length: int, dilation: int = 1, **options):
        super().__init__(**options)
        self.length, self.dilation = length, dilation

    def call(self, x):
        return formulas.context_windows(ops, x, self.length, self.dilation)

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        lost = (self.length - 1) * self.dilation
        return (batch, None if frames is None else frames - lost, n * self.length)

    def get_config(self):
        return super().get_config() | {"length": self.length, "dilation": self.dilation}


@serializable
class LoudnessStatistics(keras.layers.Layer):
    """Mean and standard deviation of standardised MFCC over ``length`` frames; loud ones count more than pauses.

    (batch, frames + length - 1, n) → (batch, frames, 2 * n), see `mfccinv.inference.formulas.loudness_statistics`.
    Pooling of frames into statistics after Snyder et al., X-vectors, 2018.
    """

    def __init__(self, length: int, **options):
        super().__init__(**({"dtype": "float32"} | options))  # differences of large sums
        self.length = length

    def call(self, x):
        return formulas.loudness_statistics(ops, x, self.length)

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        return (batch, None if frames is None else frames - self.length + 1, 2 * n)

    def get_config(self):
        return super().get_config() | {"length": self.length}


@serializable
class Crop(keras.layers.Cropping1D):
    """What older model files call `keras.layers.Cropping1D`: by this class, Keras alone still loads them."""

    @classmethod
    def from_config(cls, config):
        return keras.layers.Cropping1D((config.pop("before"), config.pop("after")), **config)
