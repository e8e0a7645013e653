"""The functions of `mfccinv.inference.numpy_ops` on outputs of ONNX nodes: calling them writes a graph.

The operators are those of ONNX's operator set `OPSET`, https://onnx.ai/onnx/operators.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from mfccinv.inference.numpy_ops import LEAKY_SLOPE

OPSET = 17  # the first with LayerNormalization


class Output:
    """An output of a node, or the graph's input: (batch, frames, n).

    Parameters
    ----------
    name : str
    n : int
        Numbers in a frame.
    graph : OnnxOps
    """

    __array_ufunc__ = None  # an array on the left of an operator leaves it to this class

    def __init__(self, name: str, n: int, graph: "OnnxOps"):
        self.name, self.n, self._graph = name, n, graph

    @property
    def shape(self) -> tuple[None, None, int]:
        """What is known of the shape."""
        return None, None, self.n

    def __add__(self, other: Any) -> "Output":
        return self._graph.node("Add", self, other)

    def __sub__(self, other: Any) -> "Output":
        return self._graph.node("Sub", self, other)

    def __mul__(self, other: Any) -> "Output":
        return self._graph.node("Mul", self, other)

    def __truediv__(self, other: Any) -> "Output":
        return self._graph.node("Div", self, other)

    def __radd__(self, other: Any) -> "Output":
        return self._graph.node("Add", other, self)

    def __rsub__(self, other: Any) -> "Output":
        return self._graph.node("Sub", other, self)

    def __rmul__(self, other: Any) -> "Output":
        return self._graph.node("Mul", other, self)

    def __pow__(self, power: int) -> "Output":
        assert power == 2
        return self * self

    def __getitem__(self, key: tuple) -> "Output":
        """Frames of a slice, ``x[:, 1:-1]``, or numbers of each, ``x[..., :3]``."""
        along_last = key[0] is Ellipsis
        first, stop, _ = key[1].indices(self.n) if along_last else (key[1].start or 0, key[1].stop, None)
        n = stop - first if along_last else self.n
        place = [np.array([one], np.int64) for one in (first, 2**62 if stop is None else stop, 2 if along_last else 1)]
        return self._graph.node("Slice", self, *place, n=n)


class OnnxOps:
    """The nodes and constants of a graph that is being written."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.ACTIVATIONS: dict[str, Callable[[Output], Output]] = {
            "linear": lambda x: x,
            "relu": lambda x: self.node("Relu", x),
            "leaky_relu": lambda x: self.node("LeakyRelu", x, alpha=LEAKY_SLOPE),
            "elu": lambda x: self.node("Elu", x),
            "gelu": lambda x: x * 0.5 * (self.node("Erf", x * math.sqrt(0.5)) + 1.0),
            "silu": lambda x: x * self.node("Sigmoid", x),
            "tanh": lambda x: self.node("Tanh", x),
        }

    def node(self, operator: str, *inputs: Any, n: int | None = None, **attributes: Any) -> Output:
        """Add a node; inputs are outputs of others, arrays or numbers. ``n`` is None if it is the inputs' largest."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        names = [one.name if isinstance(one, Output) else self._constant(one) for one in inputs]
        self.nodes.append(helper.make_node(operator, names, [name], name, **attributes))
        return Output(name, n if n is not None else max(map(_size, inputs)), self)

    def _constant(self, value: Any) -> str:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def matmul(self, x: Output, matrix: np.ndarray) -> Output:
        return self.node("MatMul", x, matrix, n=matrix.shape[1])

    def affine(self, x: Output, matrix: np.ndarray, bias: np.ndarray) -> Output:
        return self.matmul(x, matrix) + bias

    def concatenate(self, parts: Sequence[Output], axis: int) -> Output:
        assert axis == -1
        return self.node("Concat", *parts, n=sum(part.n for part in parts), axis=2)

    def where(self, condition: Output, x: Output | float, y: Output | float) -> Output:
        return self.node("Where", condition, x, y)

    def isnan(self, x: Output) -> Output:
        return self.node("IsNaN", x)

    def logical_not(self, x: Output) -> Output:
        return self.node("Not", x)

    def cast(self, x: Output, dtype: str) -> Output:
        assert dtype == "float32"
        return self.node("Cast", x, to=TensorProto.FLOAT)

    def exp(self, x: Output) -> Output:
        return self.node("Exp", x)

    def log(self, x: Output) -> Output:
        return self.node("Log", x)

    def sin(self, x: Output) -> Output:
        return self.node("Sin", x)

    def cos(self, x: Output) -> Output:
        return self.node("Cos", x)

    def sqrt(self, x: Output) -> Output:
        return self.node("Sqrt", x)

    def max(self, x: Output, axis: int, keepdims: bool) -> Output:
        assert (axis, keepdims) == (-1, True)
        return self.node("ReduceMax", x, n=1, axes=[2], keepdims=1)

    def maximum(self, x: Output, y: Output | float) -> Output:
        return self.node("Max", x, y)

    def clip(self, x: Output, low: float, high: float) -> Output:
        return self.node("Clip", x, low, high)

    def stop_gradient(self, x: Output) -> Output:
        return x

    def average_pool(self, x: Output, length: int, *, strides: int, padding: str, data_format: str) -> Output:
        assert (strides, padding, data_format) == (1, "valid", "channels_last")
        turned = self.node("Transpose", x, perm=[0, 2, 1])
        return self.node("Transpose", self.node("AveragePool", turned, kernel_shape=[length]), perm=[0, 2, 1], n=x.n)

    def layer_normalization(self, x: Output, gamma: np.ndarray, beta: np.ndarray, epsilon: float) -> Output:
        return self.node("LayerNormalization", x, gamma, beta, axis=-1, epsilon=epsilon)

    def repeat_edges(self, x: Output, before: int, after: int) -> Output:
        """Repeat the first frame ``before`` times, and the last ``after`` times."""
        pads = np.array([0, before, 0, 0, after, 0], np.int64)
        return self.node("Pad", x, pads, n=x.n, mode="edge")


def _size(value: Any) -> int:
    """Numbers in a frame of an output, or of a constant that is added to one."""
    if isinstance(value, Output):
        return value.n
    return np.shape(value)[-1] if np.ndim(value) else 1
