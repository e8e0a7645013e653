"""Fixed layers around a network for linear spectra: what mel frames say about them."""

import numpy as np
from keras import ops

from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import bin_shares, spreading
from mfccinv.models.base_layers import FloorLayer, SpecLayer, serializable, speech_gate

SMALLEST_ENERGY = 1e-20  # relative to the frame's loudest bin


@serializable
class SpreadLogMel(SpecLayer):
    """Smooth linear spectra of log-mel frames, (..., n_mels) → (..., n_bins), dB: `spread_log_mel`."""

    def add_constants(self):
        weights, offset = spreading(self.spec)
        self.weights_by_band = self.add_constant("weights_by_band", weights)
        self.offset = self.add_constant("offset", offset)

    def call(self, log_mel):
        return ops.matmul(log_mel, self.weights_by_band) + self.offset

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_bins)


@serializable
class MelOfLinear(SpecLayer):
    """Log-mel frames of linear spectra, (..., n_bins) → (..., n_mels), dB."""

    def add_constants(self):
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)
        self.per_decade = self.spec.db_per_decade

    def call(self, level):
        loudest = ops.max(level, axis=-1, keepdims=True)
        mel = ops.matmul(_linear(level - loudest, self.per_decade), self.filters)
        return ops.maximum(loudest + _level(mel, self.per_decade), self.spec.floor_db)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_mels)


@serializable
class MelConsistency(SpecLayer):
    """Nearby linear spectra that have, very nearly, the mel frames given.

    Takes linear spectra (..., n_bins), dB, and log-mel frames (..., n_mels), dB; returns (..., n_bins), dB. Each
    iteration multiplies a bin by the weighted mean, over its bands, of the energy that a band should have relative to
    the energy that it has; see `mfccinv.synthesis.magnitude.methods.kl.kl`. Bins in no band stay as they are.
    """

    def __init__(self, spec: dict, iterations: int, **options):
        super().__init__(spec, **options)
        self.iterations = iterations

    def add_constants(self):
        shares = bin_shares(self.spec)
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)
        self.back = self.add_constant("back", shares)
        self.uncovered = self.add_constant("uncovered", (shares.sum(axis=0) == 0).astype(np.float32))
        self.per_decade = self.spec.db_per_decade

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
        return super().get_config() | {"iterations": self.iterations}


@serializable
class KeepSilence(FloorLayer):
    """Linear spectra (..., n_bins), put to the floor where the log-mel frames (..., n_mels) are silent; dB."""

    def call(self, level, log_mel):
        return self.floor_db + speech_gate(log_mel, self.floor_db) * (level - self.floor_db)

    def compute_output_shape(self, level_shape, log_mel_shape):
        return level_shape


def _linear(level, per_decade: float):
    """Convert dB to power or magnitude, whichever mel frames are made of."""
    return ops.exp(level * (np.log(10) / per_decade))


def _level(energy, per_decade: float):
    return per_decade / np.log(10) * ops.log(ops.maximum(energy, SMALLEST_ENERGY))
