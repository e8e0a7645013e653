"""A stored network, computed by NumPy: at work in a tenth of a second, where Keras's import takes several."""

import numpy as np

from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.inference import numpy_ops
from mfccinv.inference.layer_functions import LayerFunctions
from mfccinv.inference.network import Network
from mfccinv.inference.stored_network import StoredNetwork


class NumpyNetwork(Network):
    """A network as `mfccinv.inference.prediction.predict_frames` takes it.

    Parameters
    ----------
    stored : StoredNetwork
    spec, task, context
        The network's.

    Raises
    ------
    NeedsKeras
        If NumPy can't compute one of its layers.
    KeyError, TypeError, ValueError
        If its settings or weights can't be, or it makes other frames than the task says.
    """

    is_compiled = False

    def __init__(self, stored: StoredNetwork, spec: FeatureSpec, task: Task, context: Context):
        self.input_name, self.n_inputs, self.n_outputs = task.inputs, task.n_inputs(spec), task.n_outputs(spec)
        self.fewest_inputs = task.fewest_inputs(spec)
        self._input, self._output = stored.input, stored.output
        layers = {name: layer for name, layer in stored.layers.items() if name != stored.input}
        functions = LayerFunctions(numpy_ops, spec, context.length)
        with _overflow_ignored():
            self._functions = {name: (functions.of(layer), layer.inputs) for name, layer in layers.items()}
        last_use = {taken: name for name, layer in layers.items() for taken in layer.inputs if taken != stored.output}
        self._done_after: dict[str, list[str]] = {}
        for taken, name in last_use.items():
            self._done_after.setdefault(name, []).append(taken)
        rows = (int(np.prod(weight.shape[:-1])) for weight in stored.weights)  # of kernels
        self._check(context, widest=max((*rows, self.n_inputs, self.n_outputs)))

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """Predict frames, (batch, frames + context - 1, n_inputs) → (batch, frames, n_outputs), float32, dB."""
        values = {self._input: batch}
        with _overflow_ignored():
            self._compute(values)
        return values[self._output]

    def _compute(self, values: dict[str, np.ndarray], widest: float = np.inf) -> None:
        for name, (function, inputs) in self._functions.items():
            values[name] = function(*(values[taken] for taken in inputs))
            if values[name].shape[-1] > widest:
                raise ValueError(f"layer {name} makes {values[name].shape[-1]} numbers of a frame: no layer takes them")
            for taken in self._done_after.get(name, ()):
                del values[taken]

    def _check(self, context: Context, widest: int) -> None:
        """Refuse with ValueError a network that makes other frames of a window and one more: it is of another run.

        Or one that needs more memory than its weights explain: a small file may describe layers that grow and grow.
        """
        n_frames = 2
        given = np.zeros((1, context.length + n_frames - 1, self.n_inputs), np.float32)
        values = {self._input: given}
        with _overflow_ignored():
            self._compute(values, widest)
        made = values[self._output]
        if made.shape != (1, n_frames, self.n_outputs):
            raise ValueError(
                f"of inputs {given.shape}, it makes {made.shape} instead of {(1, n_frames, self.n_outputs)}"
            )
        if made.dtype != np.float32:
            raise ValueError(f"it computes in {made.dtype}")


def _overflow_ignored() -> np.errstate:
    """Who trained badly is told of it by what comes out."""
    return np.errstate(over="ignore", invalid="ignore")
