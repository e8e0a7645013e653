"""Stored networks as ONNX models: raw MFCC in, log-mel frames in dB out, of utterances of any length."""

import json

import onnx
from onnx import ModelProto, TensorProto, helper

from mfccinv import __version__
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.inference.layer_functions import LayerFunctions
from mfccinv.inference.onnx_ops import OPSET, OnnxOps, Output
from mfccinv.inference.stored_network import StoredNetwork

IR_VERSION = 9  # what runtimes of 2023 read


def onnx_model(stored: StoredNetwork, spec: FeatureSpec, task: Task, context: Context, name: str) -> ModelProto:
    """Write a network as an ONNX model.

    Its input ``mfcc`` (or ``log_mel``), (batch, frames, n_inputs), float32, dB, has no context: the first and the last
    frame are repeated inside. Its output ``log_mel`` (or ``log_magnitude``) is (batch, frames, n_outputs), dB. MFCC
    that aren't known, of a network that takes several numbers, are NaN.

    Parameters
    ----------
    stored : StoredNetwork
    spec, task, context
        The network's; ``spec`` and ``task`` are written into the model's metadata, as JSON.
    name : str
        Of the network, for people.

    Raises
    ------
    NeedsKeras
        If there is no formula for one of its layers.
    ValueError
        If its settings can't be, or it forecasts: a frame's context has no place for the frame then.
    """
    if not context.sees_target:
        raise ValueError("it was trained with model.position=next: it forecasts, and has no frames for an utterance's")
    ops = OnnxOps()
    functions = LayerFunctions(ops, spec, context.length)
    x = Output(task.inputs, task.n_inputs(spec), ops)
    before = context.target_offset
    outputs = {stored.input: ops.repeat_edges(x, before, context.length - 1 - before)}
    for layer_name, layer in stored.layers.items():
        if layer_name != stored.input:
            outputs[layer_name] = functions.of(layer)(*(outputs[taken] for taken in layer.inputs))
    ops.nodes.append(helper.make_node("Identity", [outputs[stored.output].name], [task.outputs], "output"))
    graph = helper.make_graph(
        ops.nodes,
        name,
        [helper.make_tensor_value_info(task.inputs, TensorProto.FLOAT, ["batch", "frames", x.n])],
        [helper.make_tensor_value_info(task.outputs, TensorProto.FLOAT, ["batch", "frames", task.n_outputs(spec)])],
        ops.constants,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="mfccinv")
    model.producer_version = __version__
    about = {"source": task.source, "target": task.target, "min_mfcc": task.min_mfcc, "flow": task.flow}
    helper.set_model_props(model, {"feature_spec": spec.to_json(), "task": json.dumps(about)})
    onnx.checker.check_model(model)
    return model
