"""The difference of an adapted network to the one it started from: small enough to be sent by mail.

The change of a kernel is the product of two narrow matrices (Hu et al., LoRA: Low-rank adaptation of large language
models, 2021). Biases, scales and the like, which are vectors, change as they are. All is stored in 16 bits: what is
rounded is the change, not the weight.
"""

from collections.abc import Mapping

import keras
import numpy as np

from mfccinv.inference.difference import Difference, weight_changes


class Adaptable:
    """A network whose kernels are trained as a sum: what they were, and a product of two narrow matrices.

    Batch normalisation keeps its statistics, and what is neither a kernel nor a vector stays as it is.

    Parameters
    ----------
    model : keras.Model
        It is changed: only what may be trained is trainable after this. It must be compiled after this.
    rank : int >= 1
        Columns of the first of the two matrices.

    Raises
    ------
    ValueError
        If nothing in the network can be trained.
    """

    def __init__(self, model: keras.Model, rank: int):
        weights = list(model.weights)
        numbers = {id(weight): number for number, weight in enumerate(weights)}
        layers = [layer for layer in model.layers if layer.trainable_weights]
        if not layers:
            raise ValueError("it has no weights that are trained")
        self._kernels: dict[int, keras.layers.Layer] = {}
        for layer in layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
            elif hasattr(layer, "enable_lora"):
                number = numbers[id(layer.kernel)]
                layer.enable_lora(rank)
                self._kernels[number] = layer
            for weight in layer.trainable_weights:
                if id(weight) in numbers and len(weight.shape) > 1:
                    weight.trainable = False
        self._vectors = {number: weight for number, weight in enumerate(weights) if weight.trainable}
        self._before = {number: _array(weight) for number, weight in self._vectors.items()}

    def difference(self) -> dict[str, np.ndarray]:
        """Return how the network differs from what it was.

        Returns
        -------
        difference : dict of array, float16
            ``<number>`` is the change of a vector, ``<number>.a`` (…, rank) and ``<number>.b`` (rank, units) those of a
            kernel, whose product is its change. Numbers count the weights of the network as it was.

        Raises
        ------
        ValueError
            If a change is not finite in 16 bits.
        """
        found = {str(number): _array(weight) - self._before[number] for number, weight in self._vectors.items()}
        for number, layer in self._kernels.items():
            found |= {f"{number}.a": _array(layer.lora_kernel_a), f"{number}.b": _array(layer.lora_kernel_b)}
        with np.errstate(over="ignore"):
            rounded = {name: array.astype(np.float16) for name, array in found.items()}
        if not all(np.isfinite(array).all() for array in rounded.values()):
            raise ValueError("the adaptation went wrong: a change of the weights isn't finite")
        return rounded


def add_difference(model: keras.Model, difference: Difference) -> None:
    """Add a difference to a network, which is then the adapted one.

    Parameters
    ----------
    model : keras.Model
        The network that the difference was made from.
    difference : mapping of array
        See `Adaptable.difference`.

    Raises
    ------
    ValueError
        As `weight_changes`.
    """
    add_changes(model, weight_changes([weight.shape for weight in model.weights], difference))


def add_changes(model: keras.Model, changes: Mapping[int, np.ndarray]) -> None:
    """Add changes to the weights of a network, by their numbers, see `weight_changes`."""
    for number, change in changes.items():
        model.weights[number].assign_add(change)


def _array(weight: keras.Variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(weight).astype(np.float32)
