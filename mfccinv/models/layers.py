"""The fixed layers around every network: what is known is computed, not learned.

All are saved with the model: their numbers are non-trainable weights.
"""

import keras
import numpy as np
from keras import ops

from mfccinv.analytic import inverse_basis, mfcc_basis
from mfccinv.spec import FeatureSpec

serializable = keras.saving.register_keras_serializable(package="mfccinv")
SMALLEST_DEVIATION_DB = 0.1  # a band that never changes is left alone rather than blown up


class FixedLayer(keras.layers.Layer):
    """A float32 layer whose only weights are constants, given when it is made or loaded with the model."""

    def __init__(self, **options):
        super().__init__(**({"dtype": "float32"} | options))

    def add_constant(self, name: str, value: np.ndarray) -> keras.Variable:
        """Add a non-trainable weight that holds ``value``."""
        return self.add_weight(
            name=name,
            shape=value.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(value, dtype),
            trainable=False,
        )


@serializable
class Standardize(FixedLayer):
    """``(x - mean) / deviation`` along the last axis, (..., n); without statistics ready to load them."""

    def __init__(self, size: int, mean: np.ndarray | None = None, deviation: np.ndarray | None = None, **options):
        super().__init__(**options)
        self.size = size
        self.mean = self.add_constant("mean", np.zeros(size) if mean is None else mean)
        floored = np.ones(size) if deviation is None else np.maximum(deviation, SMALLEST_DEVIATION_DB)
        self.deviation = self.add_constant("deviation", floored)
        self.built = True

    def call(self, x):
        return (x - self.mean) / self.deviation

    def get_config(self):
        return super().get_config() | {"size": self.size}


@serializable
class Destandardize(Standardize):
    """``x * deviation + mean`` along the last axis, (..., n)."""

    def call(self, x):
        return ops.cast(x, "float32") * self.deviation + self.mean


@serializable
class ContextWindows(keras.layers.Layer):
    """Every window of ``length`` frames that are ``dilation`` apart, flattened.

    (batch, frames + (length - 1) * dilation, n) → (batch, frames, length * n).
    """

    def __init__(self, length: int, dilation: int = 1, **options):
        super().__init__(**options)
        self.length, self.dilation = length, dilation

    def call(self, x):
        lost = (self.length - 1) * self.dilation
        slices = [x[:, first : (first - lost) or None] for first in range(0, lost + 1, self.dilation)]
        return ops.concatenate(slices, axis=-1) if self.length > 1 else x

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        lost = (self.length - 1) * self.dilation
        return (batch, None if frames is None else frames - lost, n * self.length)

    def get_config(self):
        return super().get_config() | {"length": self.length, "dilation": self.dilation}


@serializable
class Crop(keras.layers.Layer):
    """Drop ``before`` frames at the start and ``after`` at the end, (batch, frames, n)."""

    def __init__(self, before: int, after: int, **options):
        super().__init__(**options)
        self.before, self.after = before, after

    def call(self, x):
        return x[:, self.before : -self.after or None]

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        return (batch, None if frames is None else frames - self.before - self.after, n)

    def get_config(self):
        return super().get_config() | {"before": self.before, "after": self.after}


@serializable
class AnalyticInverse(FixedLayer):
    """Minimum-norm log-mel frames of MFCC, (..., n_mfcc) → (..., n_mels), dB: `mfccinv.analytic.mfcc_to_log_mel`."""

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = spec
        self.inverse = self.add_constant("inverse", inverse_basis(FeatureSpec(**spec)).T)
        self.built = True

    def call(self, mfcc):
        return ops.matmul(mfcc, self.inverse)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.inverse.shape[1])

    def get_config(self):
        return super().get_config() | {"spec": self.spec}


@serializable
class AddResidual(FixedLayer):
    """A residual on top of analytic frames, both (..., n_mels), dB; but digital silence stays what it is.

    The MFCC of a frame that is at the floor in every band say so exactly, and there is nothing to add; the residual
    counts in full from 1 dB above the floor on.
    """

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def call(self, analytic, residual):
        above_floor = ops.max(analytic, axis=-1, keepdims=True) - self.floor_db
        return analytic + ops.clip(above_floor, 0.0, 1.0) * residual

    def compute_output_shape(self, analytic_shape, residual_shape):
        return analytic_shape

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}


@serializable
class MfccProjection(FixedLayer):
    """Nearest log-mel frames whose MFCC are exactly the input's: `mfccinv.analytic.project_onto_mfcc`.

    Takes log-mel frames (..., n_mels), dB, and MFCC (..., n_mfcc), dB; returns (..., n_mels), dB.
    """

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = spec
        self.forward = self.add_constant("forward", mfcc_basis(FeatureSpec(**spec)).T)
        self.inverse = self.add_constant("inverse", inverse_basis(FeatureSpec(**spec)).T)
        self.built = True

    def call(self, log_mel, mfcc):
        return log_mel + ops.matmul(mfcc - ops.matmul(log_mel, self.forward), self.inverse)

    def compute_output_shape(self, log_mel_shape, mfcc_shape):
        return log_mel_shape

    def get_config(self):
        return super().get_config() | {"spec": self.spec}


@serializable
class MagnitudeToDb(FixedLayer):
    """Mel magnitude ≥ 0 to dB, not below ``floor_db``; any shape."""

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def call(self, magnitude):
        floor = 10 ** (self.floor_db / 20)
        return 20 / np.log(10) * ops.log(ops.maximum(ops.cast(magnitude, "float32"), floor))

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}
