"""Tests of the optimizer: Adam to the bit, until a gradient isn't finite."""

import json

import keras
import pytest
from places import REPOSITORY
from processes import run_python

SCRIPT = """
import json, sys
import keras, numpy as np
from mfccinv.training.optimizer import StoppingAdam

def network(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile(optimizer, loss="mse", steps_per_execution=4)
    return model

def fit(model, x):
    model.fit(x, x[:, :1], batch_size=8, epochs=1, shuffle=False, verbose=0)
    return [weight.tolist() for weight in model.get_weights()]

x = np.random.default_rng(0).normal(size=(80, 3)).astype("float32")
bad = x.copy()
bad[16] = np.inf  # in the third of ten steps
stopping = network(StoppingAdam(1e-2, global_clipnorm=1.0))
adam = network(keras.optimizers.Adam(1e-2, global_clipnorm=1.0))
results = {"same": fit(stopping, x) == fit(adam, x), "steps": int(stopping.optimizer.iterations)}
results |= {"stopped": fit(stopping, bad) == fit(adam, x[:16]), "stopped_in": int(stopping.optimizer.iterations)}
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
        printed = run_python("-c", SCRIPT, cwd=REPOSITORY, KERAS_BACKEND=backend).stdout
    assert json.loads(printed.splitlines()[-1]) == {"same": True, "steps": 10, "stopped": True, "stopped_in": -13}
