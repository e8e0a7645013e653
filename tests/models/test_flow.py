"""Tests of networks that samples are drawn from: the mean without a state, the MFCC always, the same by NumPy."""

import numpy as np
import pytest
from networks import SMALL, apply, randomized, target_mfcc
from noise import noise_log_mel, noise_statistics, small_spec

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.task import Task
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.stored_network import StoredNetwork
from mfccinv.models.assembly import build_model
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.models.layers import StateDense
from mfccinv.models.taken_weights import take_weights

SPEC = small_spec()
TASK = Task(flow=True)


def make(body, task=TASK):
    return randomized(build_model(SMALL[body], SPEC, noise_statistics(SPEC), task))


def given(n_frames=40):
    """MFCC, state and time of frames of noise."""
    path = FlowPath(SPEC, 10.0)
    log_mel = noise_log_mel(SPEC, n_frames)[None]
    state_and_time, _ = path.training_pair(log_mel, *path.draw(np.random.default_rng(0), 1, n_frames))
    return np.concatenate([log_mel_to_mfcc(log_mel, SPEC), state_and_time], axis=2)[0]


@pytest.mark.parametrize("body", SMALL)
def test_the_state_counts_and_never_changes_the_mfcc(body):
    model, x = make(body), given()
    own = target_mfcc(x[:, : SPEC.n_mfcc], Context.of(SMALL[body]))
    made = apply(model, x)
    np.testing.assert_allclose(log_mel_to_mfcc(made, SPEC), own, atol=1e-3)
    without = x.copy()
    without[:, SPEC.n_mfcc :] = np.nan
    mean = apply(model, without)
    assert np.abs(mean - made).mean() > 0.1
    [predicted] = predict_frames(KerasNetwork(model), Context.of(SMALL[body]), [x[:, : SPEC.n_mfcc]])
    first = Context.of(SMALL[body]).target_offset
    np.testing.assert_allclose(predicted[first : first + len(mean)], mean, atol=1e-3)


@pytest.mark.parametrize("body", SMALL)
def test_numpy_computes_the_same(tmp_path, body):
    model, x = make(body), given()
    model.save(tmp_path / "model.keras")
    network = NumpyNetwork(StoredNetwork.read(tmp_path / "model.keras"), SPEC, TASK, Context.of(SMALL[body]))
    for known in (x, x[:, : SPEC.n_mfcc]):
        by_keras, by_numpy = (
            next(predict_frames(one, Context.of(SMALL[body]), [known])) for one in (KerasNetwork(model), network)
        )
        np.testing.assert_allclose(by_numpy, by_keras, atol=1e-3)


@pytest.mark.parametrize("body", SMALL)
def test_it_begins_with_what_a_network_for_the_mean_knows(body):
    """As much of it as a time leaves: at the start all, whatever the state; at the end nothing."""
    base = make(body, Task())
    model = build_model(SMALL[body], SPEC, noise_statistics(SPEC), TASK)
    take_weights(model, base)
    x, context = given(), Context.of(SMALL[body])
    mean = apply(base, x[:, : SPEC.n_mfcc])
    smooth = mfcc_to_log_mel(target_mfcc(x[:, : SPEC.n_mfcc], context), SPEC)
    for time, share in ((0.0, 1.0), (0.5, np.sqrt(0.5)), (1.0, 0.0)):
        x[:, -1] = time
        np.testing.assert_allclose(apply(model, x), smooth + share * (mean - smooth), atol=2e-3)


def test_it_begins_with_all_that_another_flow_knows():
    base, model = make("tcn"), build_model(SMALL["tcn"], SPEC, noise_statistics(SPEC), TASK)
    take_weights(model, base)
    np.testing.assert_array_equal(apply(model, given()), apply(base, given()))


def test_a_network_for_the_mean_begins_with_what_a_flow_knows_of_it():
    base, model = make("tcn"), build_model(SMALL["tcn"], SPEC, noise_statistics(SPEC))
    take_weights(model, base)
    mean = given()
    mean[:, SPEC.n_mfcc : -1] = 0
    mean[:, -1] = 0
    state_tells = apply(base, mean) - apply(model, mean[:, : SPEC.n_mfcc])
    assert np.abs(state_tells).mean() > 0.1, "random weights"
    [of_state] = [layer for layer in base.layers if isinstance(layer, StateDense)]
    for weight in of_state.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_allclose(apply(base, mean), apply(model, mean[:, : SPEC.n_mfcc]), atol=1e-3)
