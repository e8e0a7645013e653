"""The fixed layers around every network: what is known is computed, not learned.

All are saved with the model: their numbers are non-trainable weights.
"""

from dataclasses import asdict

import keras
import numpy as np
from keras import ops

from mfccinv.analytic import inverse_basis, log_mel_to_mfcc, mfcc_basis
from mfccinv.features import mel_filters
from mfccinv.magnitude import bin_shares, spreading
from mfccinv.spec import FeatureSpec

serializable = keras.saving.register_keras_serializable(package="mfccinv")
SMALLEST_DEVIATION_DB = 0.1  # a band that never changes is left alone rather than blown up
SILENCE_DB = 1.0  # a frame whose loudest band is less above the floor is digital silence
SMALLEST_ENERGY = 1e-20  # relative to the frame's loudest bin
LOUDNESS_SLOPE = 2.0  # of the logarithm of a frame's weight by its standardised c0: about that of its amplitude


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
class Dense(keras.layers.Dense):
    """Keras's, with all frames as rows of one matrix.

    On a processor, JAX multiplies a stack of matrices, and finds its gradient, at four fifths of the speed of one.
    """

    def call(self, x):
        rows = super().call(ops.reshape(x, (-1, x.shape[-1])))
        return ops.reshape(rows, (*ops.shape(x)[:-1], self.units))


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
class LoudnessStatistics(keras.layers.Layer):
    """Mean and deviation of standardised MFCC over ``length`` frames, in which loud frames count more than pauses.

    A frame's weight is ``exp(LOUDNESS_SLOPE * c0)``. (batch, frames + length - 1, n) → (batch, frames, 2 * n).
    Pooling of frames into statistics after Snyder et al., X-vectors, 2018.
    """

    def __init__(self, length: int, **options):
        super().__init__(**options)
        self.length = length

    def call(self, x):
        weights = ops.exp(LOUDNESS_SLOPE * x[..., :1])
        sums = self._mean(ops.concatenate([weights, weights * x, weights * x**2], axis=-1))
        moments = sums[..., 1:] / sums[..., :1]
        n = x.shape[-1]
        mean, square = moments[..., :n], moments[..., n:]
        return ops.concatenate([mean, ops.sqrt(ops.maximum(square - mean**2, 0.0) + 1e-3)], axis=-1)

    def _mean(self, x):
        return ops.average_pool(x, self.length, strides=1, padding="valid", data_format="channels_last")

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        return (batch, None if frames is None else frames - self.length + 1, 2 * n)

    def get_config(self):
        return super().get_config() | {"length": self.length}


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
    """Minimum-norm log-mel frames of MFCC, (..., n_mfcc) → (..., n_mels), dB: `mfccinv.analytic.mfcc_to_log_mel`.

    Computed relative to digital silence, which thereby comes out exactly.
    """

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec(**spec)
        self.inverse = self.add_constant("inverse", inverse_basis(self.spec).T)
        self.silence = self.add_constant("silence", _mfcc_of_silence(self.spec))
        self.floor_db = self.spec.floor_db
        self.built = True

    def call(self, mfcc):
        return self.floor_db + ops.matmul(mfcc - self.silence, self.inverse)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.inverse.shape[1])

    def get_config(self):
        return super().get_config() | {"spec": asdict(self.spec)}


@serializable
class AddResidual(FixedLayer):
    """A residual on top of analytic frames, both (..., n_mels), dB; but digital silence stays what it is.

    The MFCC of a frame that is at the floor in every band say so exactly, and there is nothing to add; see `_loudness`.
    """

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def call(self, analytic, residual):
        return analytic + _loudness(analytic, self.floor_db) * residual

    def compute_output_shape(self, analytic_shape, residual_shape):
        return analytic_shape

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}


@serializable
class MfccProjection(FixedLayer):
    """Nearest log-mel frames whose MFCC are exactly the input's: `mfccinv.analytic.project_onto_mfcc`.

    Takes log-mel frames (..., n_mels), dB, and MFCC (..., n_mfcc), dB; returns (..., n_mels), dB. Computed relative to
    digital silence, as the analytic inverse is.
    """

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec(**spec)
        self.forward = self.add_constant("forward", mfcc_basis(self.spec).T)
        self.inverse = self.add_constant("inverse", inverse_basis(self.spec).T)
        self.silence = self.add_constant("silence", _mfcc_of_silence(self.spec))
        self.floor_db = self.spec.floor_db
        self.built = True

    def call(self, log_mel, mfcc):
        own = ops.matmul(log_mel - self.floor_db, self.forward)
        return log_mel + ops.matmul(mfcc - self.silence - own, self.inverse)

    def compute_output_shape(self, log_mel_shape, mfcc_shape):
        return log_mel_shape

    def get_config(self):
        return super().get_config() | {"spec": asdict(self.spec)}


@serializable
class SpreadLogMel(FixedLayer):
    """Smooth linear spectra of log-mel frames, (..., n_mels) → (..., n_bins), dB: `magnitude.spread_log_mel`."""

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec(**spec)
        weights, offset = spreading(self.spec)
        self.weights_by_band = self.add_constant("weights_by_band", weights)
        self.offset = self.add_constant("offset", offset)
        self.built = True

    def call(self, log_mel):
        return ops.matmul(log_mel, self.weights_by_band) + self.offset

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_bins)

    def get_config(self):
        return super().get_config() | {"spec": asdict(self.spec)}


@serializable
class MelOfLinear(FixedLayer):
    """Log-mel frames of linear spectra, (..., n_bins) → (..., n_mels), dB."""

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec(**spec)
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)
        self.per_decade = self.spec.db_per_decade
        self.built = True

    def call(self, level):
        loudest = ops.max(level, axis=-1, keepdims=True)
        mel = ops.matmul(_linear(level - loudest, self.per_decade), self.filters)
        return ops.maximum(loudest + _level(mel, self.per_decade), self.spec.floor_db)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_mels)

    def get_config(self):
        return super().get_config() | {"spec": asdict(self.spec)}


@serializable
class MelConsistency(FixedLayer):
    """Nearby linear spectra that have, very nearly, the mel frames given.

    Takes linear spectra (..., n_bins), dB, and log-mel frames (..., n_mels), dB; returns (..., n_bins), dB. Each
    iteration multiplies a bin by the mean, over the bands that it lies in, of how much more energy the band should
    have; see `mfccinv.magnitude.kl`. Bins in no band stay as they are.
    """

    def __init__(self, spec: dict, iterations: int, **options):
        super().__init__(**options)
        self.spec, self.iterations = FeatureSpec(**spec), iterations
        shares = bin_shares(self.spec)
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)
        self.back = self.add_constant("back", shares)
        self.uncovered = self.add_constant("uncovered", (shares.sum(axis=0) == 0).astype(np.float32))
        self.per_decade = self.spec.db_per_decade
        self.built = True

    def call(self, level, log_mel):
        loudest = ops.stop_gradient(ops.max(level, axis=-1, keepdims=True))
        energy = _linear(level - loudest, self.per_decade)
        mel = _linear(log_mel - loudest, self.per_decade)
        for _ in range(self.iterations):
            ratio = mel / ops.maximum(ops.matmul(energy, self.filters), SMALLEST_ENERGY)
            energy = energy * (ops.matmul(ratio, self.back) + self.uncovered)
        return ops.maximum(loudest + _level(energy, self.per_decade), self.spec.floor_db)

    def compute_output_shape(self, level_shape, log_mel_shape):
        return level_shape

    def get_config(self):
        return super().get_config() | {"spec": asdict(self.spec), "iterations": self.iterations}


@serializable
class KeepSilence(FixedLayer):
    """Linear spectra (..., n_bins), at the floor where the log-mel frames (..., n_mels) are in every band; dB."""

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def call(self, level, log_mel):
        return self.floor_db + _loudness(log_mel, self.floor_db) * (level - self.floor_db)

    def compute_output_shape(self, level_shape, log_mel_shape):
        return level_shape

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}


def _loudness(log_mel, floor_db: float):
    """0 for frames (..., n_mels) of digital silence, 1 for others, (..., 1).

    It begins to grow `SILENCE_DB` above the floor, beyond what rounding does, and is 1 one dB later.
    """
    return ops.clip(ops.max(log_mel, axis=-1, keepdims=True) - (floor_db + SILENCE_DB), 0.0, 1.0)


def _linear(level, per_decade: float):
    """Power or magnitude, as mel frames are made of, of levels in dB."""
    return ops.exp(level * (np.log(10) / per_decade))


def _level(energy, per_decade: float):
    return per_decade / np.log(10) * ops.log(ops.maximum(energy, SMALLEST_ENERGY))


def _mfcc_of_silence(spec: FeatureSpec) -> np.ndarray:
    """MFCC of a frame that is at the floor in every band, (n_mfcc,), dB."""
    return log_mel_to_mfcc(np.full((1, spec.n_mels), spec.floor_db, np.float32), spec)[0]


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
