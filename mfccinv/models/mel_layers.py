"""Fixed layers around a network for mel frames: what is known is computed, not learned."""

from keras import ops

from mfccinv.inference import formulas
from mfccinv.models.base_layers import FloorLayer, SpecLayer, serializable


@serializable
class AnalyticInverse(SpecLayer):
    """Minimum-norm log-mel frames of MFCC, (..., n_mfcc) → (..., n_mels), dB: `mfcc_to_log_mel`.

    Computed relative to digital silence, so that silence comes out exactly. A coefficient that is NaN isn't known: the
    frames are those of the others alone.
    """

    def add_constants(self):
        self.inverse, self.silence = self.constants("inverse", "silence")
        self.floor_db = self.spec.floor_db

    def call(self, mfcc):
        return formulas.analytic_inverse(ops, mfcc, self.inverse, self.silence, self.floor_db)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.inverse.shape[1])


@serializable
class AddResidual(FloorLayer):
    """A residual on top of analytic frames, both (..., n_mels), dB; but digital silence stays what it is.

    The MFCC of digital silence determine the frame: it is at the floor in every band, and nothing is added; see
    `speech_gate`.
    """

    def call(self, analytic, residual):
        return formulas.add_residual(ops, analytic, residual, self.floor_db)

    def compute_output_shape(self, analytic_shape, residual_shape):
        return analytic_shape


@serializable
class NullSpace(SpecLayer):
    """Part of log-mel residuals (..., n_mels), dB, that doesn't change the MFCC; see `MfccProjection`."""

    def add_constants(self):
        # Not self.forward, which is PyTorch's name of the call.
        self.to_mfcc, self.inverse = self.constants("forward", "inverse")

    def call(self, residual):
        return formulas.null_space(ops, residual, self.to_mfcc, self.inverse)


@serializable
class MfccProjection(NullSpace):
    """Nearest log-mel frames whose MFCC are exactly the input's: `mfccinv.features.cepstrum.project_onto_mfcc`.

    Takes log-mel frames (..., n_mels), dB, and MFCC (..., n_mfcc), dB; returns (..., n_mels), dB. Computed relative to
    digital silence, as the analytic inverse is. A coefficient that is NaN isn't known: that of the frames stays.
    """

    def add_constants(self):
        self.to_mfcc, self.inverse, self.silence = self.constants("forward", "inverse", "silence")
        self.floor_db = self.spec.floor_db

    def call(self, log_mel, mfcc):
        return formulas.project_onto_mfcc(ops, log_mel, mfcc, self.to_mfcc, self.inverse, self.silence, self.floor_db)

    def compute_output_shape(self, log_mel_shape, mfcc_shape):
        return log_mel_shape


@serializable
class MagnitudeToDb(FloorLayer):
    """Mel magnitude ≥ 0 to dB, not below ``floor_db``; any shape."""

    def call(self, magnitude):
        return formulas.magnitude_to_db(ops, magnitude, self.floor_db)
