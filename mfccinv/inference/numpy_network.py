"""A stored network, computed by NumPy: at work in a tenth of a second, where Keras's import takes several."""

from collections.abc import Mapping, Set

import numpy as np

from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.inference import numpy_ops
from mfccinv.inference.layer_functions import LayerFunctions
from mfccinv.inference.network import Network
from mfccinv.inference.stored_network import StoredLayer, StoredNetwork


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
        self._of_mfcc = _of_mfcc(layers)
        rest = [layer for name, layer in layers.items() if name not in self._of_mfcc]
        self._lasting = {stored.output, *(taken for layer in rest for taken in layer.inputs)} & self._of_mfcc
        rows = (int(np.prod(weight.shape[:-1])) for weight in stored.weights)  # of kernels
        self._check(context, widest=max((*rows, self.n_inputs, self.n_outputs)))

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """Predict frames, (batch, frames + context - 1, n_inputs) → (batch, frames, n_outputs), float32, dB."""
        return self.predict_rest(batch, {})

    def for_same_mfcc(self) -> Network:
        return _ForSameMfcc(self)

    def outputs_of_mfcc(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """Compute what the MFCC of a batch determine, whatever else it holds: outputs of layers, for `predict_rest`.

        Of a network that takes nothing but MFCC or mel frames, there are none.
        """
        values = {self._input: batch}
        with _overflow_ignored():
            self._compute(values, self._of_mfcc)
        return {name: values[name] for name in self._lasting}

    def predict_rest(self, batch: np.ndarray, known: dict[str, np.ndarray]) -> np.ndarray:
        """Predict as `predict`, of a batch with the MFCC whose `outputs_of_mfcc` are known; none: all are computed."""
        values = {self._input: batch, **known}
        with _overflow_ignored():
            self._compute(values, self._functions.keys() - self._of_mfcc if known else self._functions.keys())
        return values[self._output]

    def _compute(self, values: dict[str, np.ndarray], names: Set[str], widest: float = np.inf) -> None:
        for name, (function, inputs) in self._functions.items():
            if name not in names:
                continue
            values[name] = function(*(values[taken] for taken in inputs))
            if values[name].shape[-1] > widest:
                raise ValueError(f"layer {name} makes {values[name].shape[-1]} numbers of a frame: no layer takes them")
            for taken in self._done_after.get(name, ()):
                if taken not in self._lasting:
                    del values[taken]

    def _check(self, context: Context, widest: int) -> None:
        """Refuse with ValueError a network that makes other frames of a window and one more: it is of another run.

        Or one that needs more memory than its weights explain: a small file may describe layers that grow and grow.
        """
        n_frames = 2
        given = np.zeros((1, context.length + n_frames - 1, self.n_inputs), np.float32)
        values = {self._input: given}
        with _overflow_ignored():
            self._compute(values, self._functions.keys(), widest)
        made = values[self._output]
        if made.shape != (1, n_frames, self.n_outputs):
            raise ValueError(
                f"of inputs {given.shape}, it makes {made.shape} instead of {(1, n_frames, self.n_outputs)}"
            )
        if made.dtype != np.float32:
            raise ValueError(f"it computes in {made.dtype}")


class _ForSameMfcc(Network):
    """A network that keeps what the MFCC of each batch determine, so that it is computed once."""

    is_compiled = False

    def __init__(self, network: NumpyNetwork):
        self._network = network
        self._known: dict[tuple, dict[str, np.ndarray]] = {}
        self.input_name, self.n_inputs, self.n_outputs = network.input_name, network.n_inputs, network.n_outputs
        self.fewest_inputs = network.fewest_inputs

    def predict(self, batch: np.ndarray) -> np.ndarray:
        mfcc = batch.shape, batch[..., : self.fewest_inputs].tobytes()
        if mfcc not in self._known:
            self._known[mfcc] = self._network.outputs_of_mfcc(batch)
        return self._network.predict_rest(batch, self._known[mfcc])


def _of_mfcc(layers: Mapping[str, StoredLayer]) -> set[str]:
    """Names of the layers that a network with states computes from the MFCC alone; of another network, none."""
    found: set[str] = set()
    for name, layer in layers.items():
        if layer.kind == "OnlyMfcc" or (layer.inputs and found.issuperset(layer.inputs)):
            found.add(name)
    return found


def _overflow_ignored() -> np.errstate:
    """Who trained badly is told of it by what comes out."""
    return np.errstate(over="ignore", invalid="ignore")
