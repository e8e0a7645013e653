"""What predicts frames: a network's shapes and its one function."""

from typing import Protocol

import numpy as np


class Network(Protocol):
    """A network that is loaded, whatever computes it.

    Parameters
    ----------
    input_name : str
        What it takes, for messages: ``mfcc`` or ``log_mel``.
    n_inputs, n_outputs : int
        Numbers in a frame that it takes and makes.
    fewest_inputs : int
        Fewest coefficients that must be known; the others are NaN.
    is_compiled : bool
        Whether a batch of another shape than those before costs seconds.
    """

    input_name: str
    n_inputs: int
    fewest_inputs: int
    n_outputs: int
    is_compiled: bool

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """Predict frames, (batch, frames + context - 1, n_inputs) → (batch, frames, n_outputs), float32, dB."""
        ...

    def for_same_mfcc(self) -> "Network":
        """Return a network for one utterance that it is given several times, with other states: it may be faster."""
        return self
