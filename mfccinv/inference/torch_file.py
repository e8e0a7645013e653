"""Stored networks as files of PyTorch: raw MFCC in, log-mel frames in dB out, of utterances of any length."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from onnx import ModelProto, helper, numpy_helper
from torch import Tensor
from torch.nn.functional import avg_pool1d, layer_norm

SHORTEST = 2  # frames of the example that the graph is followed with: it holds for any number, and 1 would be special


def save_torch(model: ModelProto, path: Path) -> None:
    """Write a network as a program of PyTorch's that ``torch.export.load`` loads.

    Parameters
    ----------
    model : ModelProto
        See `mfccinv.inference.onnx_file.onnx_model`; its metadata become extra files of the program.
    path : Path
        Ends in ``.pt2``.
    """
    n_inputs = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    example = (torch.zeros(SHORTEST, SHORTEST, n_inputs),)
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    program = torch.export.export(GraphModule(model), example, dynamic_shapes=(free,))
    torch.export.save(program, path, extra_files={one.key: one.value for one in model.metadata_props})


class GraphModule(torch.nn.Module):
    """The nodes of an ONNX model, each by a function of PyTorch's: (batch, frames, n_inputs) → (…, n_outputs)."""

    def __init__(self, model: ModelProto):
        super().__init__()
        self._nodes = list(model.graph.node)
        self._given, self._made = model.graph.input[0].name, model.graph.output[0].name
        self._places: dict[str, list[int]] = {}  # of slices and edges
        for constant in model.graph.initializer:
            array = numpy_helper.to_array(constant)
            if array.dtype.kind == "i":
                self._places[constant.name] = array.tolist()
            else:
                self.register_buffer(constant.name, torch.from_numpy(array.copy()))

    def forward(self, frames: Tensor) -> Tensor:
        values: dict[str, Any] = dict(self.named_buffers()) | self._places | {self._given: frames}
        for node in self._nodes:
            attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
            [name] = node.output
            values[name] = OPERATORS[node.op_type](*(values[one] for one in node.input), **attributes)
        return values[self._made]


def _slice(x: Tensor, first: list[int], stop: list[int], axis: list[int]) -> Tensor:
    place = slice(first[0], None if stop[0] >= 2**62 else stop[0])
    return x[:, place] if axis == [1] else x[..., place]


def _edges(x: Tensor, pads: list[int], mode: bytes) -> Tensor:
    _, before, _, _, after, _ = pads
    return torch.cat([x[:, :1].repeat(1, before, 1), x, x[:, -1:].repeat(1, after, 1)], dim=1)


# The operators that `mfccinv.inference.onnx_ops.OnnxOps` writes.
OPERATORS: dict[str, Callable[..., Any]] = {
    "Add": torch.add,
    "AveragePool": lambda x, kernel_shape: avg_pool1d(x, kernel_shape[0], stride=1),
    "Cast": lambda x, to: x.to(torch.float32),
    "Clip": torch.clamp,
    "Concat": lambda *parts, axis: torch.cat(parts, dim=axis),
    "Cos": torch.cos,
    "Div": torch.div,
    "Elu": torch.nn.functional.elu,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Identity": lambda x: x.clone(),
    "IsNaN": torch.isnan,
    "LayerNormalization": lambda x, gamma, beta, axis, epsilon: layer_norm(x, gamma.shape, gamma, beta, epsilon),
    "LeakyRelu": lambda x, alpha: torch.nn.functional.leaky_relu(x, alpha),
    "Log": torch.log,
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "Mul": torch.mul,
    "Not": torch.logical_not,
    "Pad": _edges,
    "ReduceMax": lambda x, axes, keepdims: torch.amax(x, dim=axes, keepdim=bool(keepdims)),
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "Sin": torch.sin,
    "Slice": _slice,
    "Sqrt": torch.sqrt,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm: x.permute(*perm),
    "Where": torch.where,
}
