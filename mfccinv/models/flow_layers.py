"""Layers of networks that samples are drawn from: behind the MFCC they are given a state and a time, or NaN."""

from keras import ops

from mfccinv.inference import formulas
from mfccinv.models.base_layers import FixedLayer, serializable


@serializable
class FlowInputs(FixedLayer):
    """MFCC, state and time (..., n), with zeros for a state and a time that aren't given: those of the mean.

    Parameters
    ----------
    fewest : int >= 1
        Number of MFCC, which are always given: see `mfccinv.inference.network.Network.fewest_inputs`.
    """

    def __init__(self, fewest: int, **options):
        super().__init__(**options)
        self.fewest = fewest

    def call(self, x):
        return formulas.zero_if_unknown(ops, x)

    def get_config(self):
        return super().get_config() | {"fewest": self.fewest}


@serializable
class FlowOutput(FixedLayer):
    """What a flow predicts at a time from two last layers: the mean's, and one of what the state tells beside it.

    Takes both, (batch, frames, n), and MFCC, state and time of the frames, NaN where the mean is asked for; see
    `mfccinv.inference.formulas.flow_output`.
    """

    def call(self, mean, rest, given):
        return formulas.flow_output(ops, mean, rest, given)

    def compute_output_shape(self, mean_shape, rest_shape, given_shape):
        return mean_shape


@serializable
class TimeFeatures(FixedLayer):
    """Waves of the time of frames (batch, frames, n), which is their last value; see `formulas.time_features`."""

    def call(self, given):
        return formulas.time_features(ops, given)

    def compute_output_shape(self, given_shape):
        return (*given_shape[:-1], 2 * len(formulas.TIME_RATES))


@serializable
class Modulate(FixedLayer):
    """Frames (batch, frames, n), scaled and shifted by others (batch, frames, 2 n); see `formulas.modulate`."""

    def call(self, x, scale_and_shift):
        return formulas.modulate(ops, x, scale_and_shift)

    def compute_output_shape(self, x_shape, scale_and_shift_shape):
        return x_shape


@serializable
class OnlyMfcc(FlowInputs):
    """The MFCC of what a network is given, (..., n) → (..., fewest)."""

    def call(self, x):
        return formulas.first_coefficients(ops, x, self.fewest)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.fewest)
