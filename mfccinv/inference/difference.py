"""How the weights of an adapted network differ from those of the one it started from."""

from collections.abc import Mapping, Sequence

import numpy as np

Difference = Mapping[str, np.ndarray]  # by the number of the weight, see `mfccinv.models.difference.Adaptable`


def weight_changes(shapes: Sequence[tuple[int, ...]], difference: Difference) -> dict[int, np.ndarray]:
    """Find what a difference adds to the weights of a network.

    Parameters
    ----------
    shapes : sequence of tuple of int
        Of the weights of the network that the difference was made from, in Keras's order.
    difference : mapping of array
        See `mfccinv.models.difference.Adaptable.difference`.

    Returns
    -------
    changes : dict of array, float32
        By the number of the weight, of its shape.

    Raises
    ------
    ValueError
        If an array is missing, isn't finite or has another shape than the network's weight.
    """
    numbers = {str(number): number for number in range(len(shapes))}
    if not difference:
        raise ValueError("it holds no change")
    changes = {}
    for name in {name.removesuffix(".a").removesuffix(".b") for name in difference}:
        parts = [difference[name]] if name in difference else [difference[f"{name}.a"], difference[f"{name}.b"]]
        if not all(part.dtype == np.float16 and np.isfinite(part).all() for part in parts):
            raise ValueError(f"weight {name} changes by what is no finite number of 16 bits")
        if name not in numbers or (len(parts) == 2 and not _fit(*parts)):
            raise ValueError(f"there is no weight {name} that changes by {[part.shape for part in parts]}")
        change = np.matmul(*(part.astype(np.float32) for part in parts)) if len(parts) == 2 else parts[0]
        if change.shape != tuple(shapes[numbers[name]]):
            raise ValueError(f"weight {name} is {tuple(shapes[numbers[name]])}, its change {change.shape}")
        changes[numbers[name]] = change.astype(np.float32)
    return changes


def _fit(a: np.ndarray, b: np.ndarray) -> bool:
    return a.ndim >= 2 and b.ndim == 2 and a.shape[-1] == b.shape[0]
