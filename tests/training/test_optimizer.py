"""Tests of the optimizers: Keras's to the bit, until a gradient isn't finite."""

import json

import keras
import pytest
from configurations import settings
from noise import small_spec
from places import REPOSITORY
from processes import COMPILED_SOON, run_python

from mfccinv.models.assembly import build_model
from mfccinv.training.optimizer import make_optimizer

SCRIPT = """
import json, sys
import keras, numpy as np
from mfccinv.training.optimizer import make_optimizer

def network(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile(optimizer, loss="mse", steps_per_execution=4)
    return model

def fit(model, x):
    model.fit(x, x[:, :1], batch_size=8, epochs=1, shuffle=False, verbose=0)
    return np.concatenate([weight.ravel() for weight in model.get_weights()])

x = np.random.default_rng(0).normal(size=(80, 3)).astype("float32")
bad = x.copy()
bad[16] = np.inf  # in the third of ten steps
plain = {
    "adam": keras.optimizers.Adam(1e-2, global_clipnorm=1.0),
    "muon": keras.optimizers.Muon(1e-2, global_clipnorm=1.0, weight_decay=None, adam_weight_decay=None),
}
results = {}
for name, keras_own in plain.items():
    own = make_optimizer(name, 1e-2, largest_gradient=1.0, weight_average=None, stops=True)
    stopping, other = network(own), network(keras_own)
    same = np.abs(fit(stopping, x) - fit(other, x)).max(), int(own.iterations)
    stopped = np.abs(fit(stopping, bad) - fit(other, x[:16])).max(), int(own.iterations)
    results[name] = [float(same[0]), same[1], float(stopped[0]), stopped[1]]
scaled = make_optimizer("adam", 1e-2, largest_gradient=1.0, weight_average=None, stops=True)
fitted = fit(network(keras.optimizers.LossScaleOptimizer(scaled, initial_scale=1.0)), x)  # of mixed_float16
results["scaled"] = float(np.abs(fitted - fit(network(keras.optimizers.Adam(1e-2, global_clipnorm=1.0)), x)).max())
print(json.dumps(results))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_stays_before_the_first_step_whose_gradient_is_not_finite(backend, capsys):
    """A process of its own is for the backend that this one hasn't loaded."""
    pytest.importorskip(backend)
    if backend == keras.backend.backend():
        exec(SCRIPT, {})
        printed = capsys.readouterr().out
    else:
        printed = run_python("-c", SCRIPT, cwd=REPOSITORY, KERAS_BACKEND=backend, XLA_FLAGS=COMPILED_SOON).stdout
    results = json.loads(printed.splitlines()[-1])
    assert results["adam"] == [0, 10, 0, -13]
    assert results["scaled"] < 1e-6
    assert results["muon"] == pytest.approx([0, 10, 0, -13], abs=1e-6)  # JAX orders its sums otherwise in a branch


def test_muon_leaves_vectors_and_the_last_layer_to_adam():
    model = build_model(settings("model", "dense_small"), small_spec(), None)
    optimizer = make_optimizer("muon", 1e-3, largest_gradient=None, weight_average=None, stops=True)
    optimizer.build(model.trainable_variables)
    by_muon = {
        variable.path
        for variable, velocity in zip(model.trainable_variables, optimizer.adam_velocities, strict=True)
        if velocity is None
    }
    kernels = {variable.path for variable in model.trainable_variables if variable.path.endswith("/kernel")}
    last = {path for path in kernels if path.startswith("output_dense")}
    assert len(last) == 1
    assert by_muon == kernels - last
    assert by_muon


@pytest.mark.parametrize("stops", [True, False])
def test_an_unknown_one(stops):
    with pytest.raises(ValueError, match=r"training.optimizer must be one of adam, muon, got 'sgd'"):
        make_optimizer("sgd", 1e-3, largest_gradient=None, weight_average=None, stops=stops)
