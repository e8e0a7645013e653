"""Layers of networks that take several numbers of MFCC: coefficients that aren't known are NaN."""

import numpy as np
from keras import ops

from mfccinv.inference import formulas
from mfccinv.models.base_layers import FixedLayer, SpecLayer, serializable

CODES = 8  # values that tell how many MFCC are known


@serializable
class UnknownMfcc(FixedLayer):
    """Standardised MFCC with zeros for the unknown, and with values that tell how many are known.

    (..., n) → (..., n + `CODES`). The codes are tents over the logarithm of the number, between those of ``fewest`` and
    n: a linear layer makes of them any bias that is piecewise linear. They are no trained weights, which would need
    the gradient of all inputs.

    Parameters
    ----------
    size : int
        The number of coefficients, n.
    fewest : int in [1, size]
        Fewest coefficients that are known, for those who give the network its inputs, too.
    """

    def __init__(self, size: int, fewest: int, **options):
        super().__init__(**options)
        self.size, self.fewest = size, fewest
        octaves = np.log2(np.maximum(np.arange(size + 1), fewest) / fewest)
        place = octaves / max(octaves[-1], 1e-9) * (CODES - 1)
        tents = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(CODES)))
        self.steps = self.add_constant("steps", np.diff(tents, axis=0))  # what each coefficient that is known adds
        self.start = self.add_constant("start", tents[0])
        self.built = True

    def call(self, x):
        return formulas.unknown_mfcc(ops, x, self.steps, self.start)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.size + CODES)

    def get_config(self):
        return super().get_config() | {"size": self.size, "fewest": self.fewest}


@serializable
class UnknownPart(SpecLayer):
    """Log-mel residual of DCT coefficients, of which those count that the MFCC don't tell.

    Takes coefficients (..., n_mels), dB, and MFCC (..., n_mfcc), dB; returns (..., n_mels), dB. Its MFCC are zero where
    MFCC are known: added to the analytic inverse, it changes none of them.
    """

    def add_constants(self):
        [self.basis] = self.constants("basis")

    def call(self, coefficients, mfcc):
        return formulas.unknown_part(ops, coefficients, mfcc, self.basis)

    def compute_output_shape(self, coefficients_shape, mfcc_shape):
        return coefficients_shape
