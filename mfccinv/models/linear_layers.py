"""Fixed layers around a network for linear spectra: what mel frames say about them."""

from keras import ops

from mfccinv.configs.presets import Spec
from mfccinv.inference import formulas
from mfccinv.models.base_layers import FloorLayer, SpecLayer, serializable


@serializable
class SpreadLogMel(SpecLayer):
    """Smooth linear spectra of log-mel frames, (..., n_mels) → (..., n_bins), dB: `spread_log_mel`."""

    def add_constants(self):
        self.weights_by_band, self.offset = self.constants("weights_by_band", "offset")

    def call(self, log_mel):
        return formulas.spread_log_mel(ops, log_mel, self.weights_by_band, self.offset)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_bins)


@serializable
class MelOfLinear(SpecLayer):
    """Log-mel frames of linear spectra, (..., n_bins) → (..., n_mels), dB."""

    def add_constants(self):
        [self.filters] = self.constants("filters")
        self.per_decade = self.spec.db_per_decade

    def call(self, level):
        return formulas.mel_of_linear(ops, level, self.filters, self.per_decade, self.spec.floor_db)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_mels)


@serializable
class MelConsistency(SpecLayer):
    """Nearby linear spectra that have, very nearly, the mel frames given.

    Takes linear spectra (..., n_bins), dB, and log-mel frames (..., n_mels), dB; returns (..., n_bins), dB. Each
    iteration multiplies a bin by the weighted mean, over its bands, of the energy that a band should have relative to
    the energy that it has; see `mfccinv.synthesis.magnitude.methods.kl.kl`. Bins in no band stay as they are.
    """

    def __init__(self, spec: Spec | dict, iterations: int, **options):
        super().__init__(spec, **options)
        self.iterations = iterations

    def add_constants(self):
        self.filters, self.back, self.uncovered = self.constants("filters", "back", "uncovered")
        self.per_decade = self.spec.db_per_decade

    def call(self, level, log_mel):
        constants = self.filters, self.back, self.uncovered
        return formulas.mel_consistency(
            ops, level, log_mel, *constants, self.per_decade, self.spec.floor_db, self.iterations
        )

    def compute_output_shape(self, level_shape, log_mel_shape):
        return level_shape

    def get_config(self):
        return super().get_config() | {"iterations": self.iterations}


@serializable
class KeepSilence(FloorLayer):
    """Linear spectra (..., n_bins), put to the floor where the log-mel frames (..., n_mels) are silent; dB."""

    def call(self, level, log_mel):
        return formulas.keep_silence(ops, level, log_mel, self.floor_db)

    def compute_output_shape(self, level_shape, log_mel_shape):
        return level_shape
