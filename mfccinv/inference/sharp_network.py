"""A network whose predictions are sharpened."""

from collections.abc import Callable

import numpy as np

from mfccinv.features.fine_structure import scale_fine_structure
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.network import Network


class SharpNetwork(Network):
    """What another network predicts, with more of the fine structure: log-mel frames from MFCC, which stay the same.

    Parameters
    ----------
    network : Network
        Predicts log-mel frames from MFCC.
    spec : FeatureSpec
        Of the network.
    factors : callable
        Takes a number of MFCC that are known, and returns the factors of `scale_fine_structure`.
    """

    def __init__(self, network: Network, spec: FeatureSpec, factors: Callable[[int], np.ndarray]):
        self._network, self._spec, self._factors = network, spec, factors
        self.input_name, self.is_compiled = network.input_name, network.is_compiled
        self.n_inputs, self.fewest_inputs, self.n_outputs = network.n_inputs, network.fewest_inputs, network.n_outputs

    def predict(self, batch: np.ndarray) -> np.ndarray:
        predicted = self._network.predict(batch)
        numbers = np.isfinite(batch[:, 0]).sum(axis=1)  # a segment has one number of MFCC throughout
        for n in np.unique(numbers):
            spec = self._spec.with_n_mfcc(int(n))
            predicted[numbers == n] = scale_fine_structure(predicted[numbers == n], self._factors(int(n)), spec)
        return predicted
