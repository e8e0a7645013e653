"""Tests of networks that NumPy computes: they are Keras's, to a thousandth of a dB, and errors name what is wrong."""

import copy
import json
import zipfile
from importlib.util import find_spec

import keras
import numpy as np
import onnxruntime
import pytest
from configurations import settings
from damage import DAMAGES, without_checksums
from networks import SMALL, SPEC, make_run, randomized
from noise import noise_mfcc, noise_statistics, small_spec
from processes import run_python
from scipy.special import erf

from mfccinv.features.context import Context
from mfccinv.features.task import Task
from mfccinv.inference.layer_functions import FORMULAS
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inference.numpy_ops import gelu
from mfccinv.inference.onnx_file import onnx_model
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.stored_network import NeedsKeras, StoredNetwork
from mfccinv.models.assembly import OUTPUTS, build_model
from mfccinv.models.blocks import ACTIVATIONS
from mfccinv.models.difference import Adaptable
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.run_folders import loading
from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder, pretrained_names

NORMS = {"batch_norm": True, "layer_norm": True, "dropout": 0.2}
DENSE = settings("model", "dense_500") | {"hidden": [16, 8], "context": 5}
VARIANTS = {
    **{f"{name}, {output}": (values | {"output": output}, {}) for name, values in SMALL.items() for output in OUTPUTS},
    **{f"dense, {name}": (SMALL["dense"] | {"activation": name}, {}) for name in ACTIVATIONS},
    "dense with all norms": (DENSE | NORMS, {}),
    "linear": (settings("model", "linear") | {"context": 5}, {}),
    "conv with all norms": (SMALL["conv"] | NORMS | {"skip_connections": True}, {}),
    "without projection": (SMALL["dense"] | {"projection": False}, {}),
    "forecast": (SMALL["dense"] | {"position": "next", "output": "log_mel", "projection": False}, {}),
    "analytic": (settings("model", "pseudo_inverse"), {}),
    "several numbers, residual": (SMALL["tcn"], {"min_mfcc": 6}),
    "several numbers, log_mel": (SMALL["dense"] | {"output": "log_mel"}, {"min_mfcc": 6}),
    "mfcc to linear": (SMALL["dense"], {"target": "linear"}),
    "mel to linear": (SMALL["conv"], {"source": "mel", "target": "linear"}),
}


def saved(folder, model):
    """Save a model of Keras's; return the path."""
    model.save(folder / "model.keras")
    return folder / "model.keras"


@pytest.mark.parametrize("variant", VARIANTS)
def test_numpy_and_onnx_compute_what_keras_does(tmp_path, variant):
    values, frames = VARIANTS[variant]
    task, context = Task(**frames), Context.of(values)
    model = randomized(build_model(values, SPEC, noise_statistics(SPEC, linear=task.target == "linear"), task))
    for layer in model.layers:  # statistics of a batch, as if it had been trained
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(np.linspace(-1, 1, layer.moving_mean.shape[0]))
            layer.moving_variance.assign(np.linspace(0.5, 2, layer.moving_mean.shape[0]))
    by_keras, stored = KerasNetwork(model), StoredNetwork.read(saved(tmp_path, model))
    by_numpy = NumpyNetwork(stored, SPEC, task, context)
    for name in ("input_name", "n_inputs", "fewest_inputs", "n_outputs"):
        assert getattr(by_numpy, name) == getattr(by_keras, name)
    frames = np.random.default_rng(0).normal(-40, 15, (3, 20, by_keras.n_inputs)).astype(np.float32)
    frames[1] = SPEC.floor_db if task.source == "mel" else 0
    if task.min_mfcc:
        frames[2, :, task.min_mfcc :] = np.nan
    rows = context.input_rows(np.array([0]), len(frames[0]), np.array([0]), np.array([len(frames[0])]))[0]
    expected = by_keras.predict(frames[:, rows])
    atol = 1e-2 if values["output"] == "magnitude" else 1e-3  # the logarithm of what is nearly 0
    predicted = by_numpy.predict(frames[:, rows])
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, expected, atol=atol)
    if context.sees_target:
        graph = onnx_model(stored, SPEC, task, context, "test")
        [made] = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {task.inputs: frames})
        np.testing.assert_allclose(made, expected, atol=atol)
        if find_spec("torch"):
            import torch

            from mfccinv.inference.torch_file import GraphModule

            np.testing.assert_allclose(GraphModule(graph)(torch.from_numpy(frames)), expected, atol=atol)


@pytest.mark.parametrize("name", pretrained_names())
def test_shipped_networks_are_the_same_by_keras(name):
    run = RunFolder(PRETRAINED / name)
    by_numpy, by_keras = load_network(run), load_network(run, by_keras=True)
    moments = vars(run.statistics)
    mean, std = (moments[f"{run.task.inputs}_{moment}"] for moment in ("mean", "std"))
    noise = np.random.default_rng(0).normal(size=(2, run.context.length + 30, len(mean)))
    frames = (mean + std * noise).astype(np.float32)
    if run.task.flow:
        state, time = run.flow_path.draw(np.random.default_rng(1), *frames.shape[:2])
        frames = np.concatenate([frames, run.flow_path.given(state, time)], axis=2)
    assert isinstance(by_numpy, NumpyNetwork)
    assert isinstance(by_keras, KerasNetwork)
    np.testing.assert_allclose(by_numpy.predict(frames), by_keras.predict(frames), atol=1e-3)


def test_gelu_is_exact_to_single_precision():
    x = np.linspace(-9, 9, 20001)
    exact = x / 2 * (1 + erf(x / np.sqrt(2)))
    np.testing.assert_allclose(gelu(x.astype(np.float32)), exact, atol=1e-6)


def test_gelu_makes_no_subnormal_numbers():
    """Products of them take ten times as long."""
    made = np.abs(gelu(np.linspace(-100, 100, 20001).astype(np.float32)))
    assert not ((made > 0) & (made < np.finfo(np.float32).tiny)).any()


@pytest.mark.parametrize("body", SMALL)
def test_utterances_of_any_lengths_are_predicted_as_by_keras(tmp_path, body):
    """Neither how they are cut and gathered nor in how many threads they are computed makes a difference."""
    model = randomized(build_model(SMALL[body], SPEC, noise_statistics(SPEC)))
    context = Context.of(SMALL[body])
    by_numpy = NumpyNetwork(StoredNetwork.read(saved(tmp_path, model)), SPEC, Task(), context)
    mfcc = [noise_mfcc(SPEC, n, seed) for seed, n in enumerate((1, 3, 50, 50, 50, 511, 512, 513, 1300, 50))]
    pairs = zip(
        predict_frames(by_numpy, context, mfcc), predict_frames(KerasNetwork(model), context, mfcc), strict=True
    )
    for one, (ours, theirs) in zip(mfcc, pairs, strict=True):
        assert ours.shape == (len(one), SPEC.n_mels)
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


class TestErrors:
    @pytest.fixture
    def run(self, tmp_path):
        run = make_run(tmp_path)
        run.save_model(randomized(build_model(SMALL["dense"], SPEC, run.statistics)))
        without_checksums(run.folder)
        return run

    def edit(self, run, change):
        """Change the description of the layers in the file of a run."""
        path = run.folder / "model.keras"
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        described = json.loads(members["config.json"])
        change(described["config"])
        members["config.json"] = json.dumps(described).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_file(self, run, damage):
        path = run.folder / "model.keras"
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(RunError, match=r"model\.keras is damaged: .*; or it is of a model of another"):
            load_network(run)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda c: c.clear(), "it has no 'layers'"),
            (lambda c: c.update(layers=None), "NoneType"),
            (lambda c: c["layers"][1]["config"].clear(), "it has no 'name'"),
            (lambda c: c["layers"][2].update(inbound_nodes=[{"args": [], "kwargs": {}}]), "argument"),
            (lambda c: c.update(output_layers=["nobody", 0, 0]), "it has no 'nobody'"),
            (
                lambda c: _layer(c, "ContextWindows")["config"].update(length=10**9),
                "windows of 1000000000 frames, 1 apart, are longer than the context",
            ),
            (lambda c: _layer(c, "ContextWindows")["config"].update(length=4), "mismatch|operands|it makes"),
            (lambda c: _layer(c, "Dense").update(class_name="Conv1D"), "it has no '0'"),
            (lambda c: c["layers"].reverse(), "it has no"),
        ],
    )
    def test_a_description_that_can_not_be(self, run, change, message):
        self.edit(run, change)
        with pytest.raises(RunError, match=rf"model\.keras is damaged: .*({message})"):
            load_network(run)

    def test_layers_that_grow_and_grow(self, run):
        """A small file could ask for all memory."""

        def grow(described):
            first = _layer(described, "ContextWindows")
            first["config"]["length"] = 2
            place = described["layers"].index(first)
            for number in range(4):
                again = copy.deepcopy(described["layers"][place + number])
                taken, name = again["config"]["name"], f"again_{number}"
                again["config"]["name"] = again["name"] = name
                again["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = [taken, 0, 0]
                described["layers"].insert(place + number + 1, again)

        self.edit(run, grow)
        with pytest.raises(RunError, match="layer again_1 makes 64 numbers of a frame: no layer takes them"):
            load_network(run)

    def test_weights_that_are_not_finite(self, run):
        model = run.load_model()
        model.trainable_weights[0].assign(np.full(model.trainable_weights[0].shape, np.nan))
        saved(run.folder, model)
        with pytest.raises(RunError, match="it holds weights that aren't finite"):
            load_network(run)

    def test_a_network_of_other_shapes(self, run):
        other = small_spec(n_mels=20)
        saved(run.folder, build_model(SMALL["dense"], other, noise_statistics(other)))
        with pytest.raises(RunError, match=r"of inputs \(1, 6, 8\), it makes \(1, 2, 20\) instead of \(1, 2, 24\)"):
            load_network(run)

    def test_a_network_of_another_context(self, run):
        saved(run.folder, build_model(SMALL["dense"] | {"context": 3}, SPEC, run.statistics))
        with pytest.raises(RunError, match=r"is damaged: .*; or it is of a model of another configuration"):
            load_network(run)


def test_what_numpy_has_no_formula_for_is_left_to_keras(tmp_path):
    """A body of a user's may have any layer of Keras's."""
    inputs = keras.Input((None, SPEC.n_mfcc), name="mfcc")
    path = saved(tmp_path, keras.Model(inputs, keras.layers.GRU(SPEC.n_mels, return_sequences=True)(inputs)))
    with pytest.raises(NeedsKeras, match="there is no formula for a layer GRU"):
        NumpyNetwork(StoredNetwork.read(path), SPEC, Task(), Context.of({"context": 1, "position": "centre"}))


def test_keras_is_asked_for_by_name_where_it_is_missing(tmp_path, monkeypatch):
    run = make_run(tmp_path)
    run.save_model(build_model(SMALL["dense"], SPEC, run.statistics))
    monkeypatch.delitem(FORMULAS, "AddResidual")
    assert isinstance(load_network(run), KerasNetwork)
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    with pytest.raises(RunError, match="no formula for a layer AddResidual, and Keras isn't installed: pip"):
        load_network(run)


def test_an_adapted_run_is_its_base_and_the_difference(tmp_path):
    base = make_run(tmp_path, "base", model=DENSE)
    base.save_model(randomized(build_model(DENSE, SPEC, base.statistics)))
    model = base.load_model()
    adaptable = Adaptable(model, rank=2)
    randomized(model, seed=1)
    run = make_run(tmp_path, "adapted", model=DENSE)
    run.save_difference(adaptable.difference(), base)
    frames = noise_mfcc(SPEC, 20)[None]
    by_keras = load_network(run, by_keras=True).predict(frames)
    np.testing.assert_allclose(load_network(run).predict(frames), by_keras, atol=1e-3)
    assert np.abs(load_network(base).predict(frames) - by_keras).max() > 0.1


def test_the_first_sound_needs_little(tmp_path):
    """Neither Keras nor librosa nor a compiler is imported on the way from MFCC to sound."""
    script = """
import sys, numpy as np, mfccinv
y = mfccinv.mfcc_to_audio(np.zeros((20, 50)) - 40 * np.eye(20, 1), force=True)
slow = {"tensorflow", "keras", "jax", "torch", "librosa", "numba", "matplotlib", "hydra", "sklearn"}
print(len(y), slow & set(sys.modules))
"""
    assert run_python("-c", script, cwd=tmp_path).stdout.strip() == "7840 set()"


def _layer(described, kind):
    return next(layer for layer in described["layers"] if layer["class_name"] == kind)
