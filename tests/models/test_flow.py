"""Tests of networks that samples are drawn from: the mean without a state, the MFCC always, the same by NumPy."""

import numpy as np
import pytest
from networks import SMALL, apply, make_small, randomized, target_mfcc
from noise import noise_log_mel, noise_statistics, small_spec

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.flow_path import STATE_FRAMES, FlowPath
from mfccinv.features.task import Task
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.stored_network import StoredNetwork
from mfccinv.models.assembly import build_model
from mfccinv.models.flow_head import freeze_mean, mean_part
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.models.taken_weights import take_weights

SPEC = small_spec()
TASK = Task(flow=True)


def make(body, task=TASK):
    return randomized(build_model(SMALL[body], SPEC, noise_statistics(SPEC), task))


def given(n_frames=180):
    """MFCC, state and time of frames of noise."""
    path = FlowPath(SPEC, 10.0)
    log_mel = noise_log_mel(SPEC, n_frames)[None]
    state_and_time, _ = path.training_pair(log_mel, *path.draw(np.random.default_rng(0), 1, n_frames))
    return np.concatenate([log_mel_to_mfcc(log_mel, SPEC), state_and_time], axis=2)[0]


@pytest.mark.parametrize("body", SMALL)
def test_the_state_counts_and_never_changes_the_mfcc(body):
    model, x = make(body), given()
    own = target_mfcc(x[:, : SPEC.n_mfcc], TASK.context(SMALL[body]))
    made = apply(model, x)
    np.testing.assert_allclose(log_mel_to_mfcc(made, SPEC), own, atol=1e-3)
    without = x.copy()
    without[:, SPEC.n_mfcc :] = np.nan
    mean = apply(model, without)
    assert np.abs(mean - made).mean() > 0.1
    [predicted] = predict_frames(KerasNetwork(model), TASK.context(SMALL[body]), [x[:, : SPEC.n_mfcc]])
    first = TASK.context(SMALL[body]).target_offset
    np.testing.assert_allclose(predicted[first : first + len(mean)], mean, atol=1e-3)


@pytest.mark.parametrize("body", SMALL)
def test_numpy_computes_the_same(tmp_path, body):
    model, x = make(body), given()
    model.save(tmp_path / "model.keras")
    network = NumpyNetwork(StoredNetwork.read(tmp_path / "model.keras"), SPEC, TASK, TASK.context(SMALL[body]))
    for known in (x, x[:, : SPEC.n_mfcc]):
        by_keras, by_numpy = (
            next(predict_frames(one, TASK.context(SMALL[body]), [known])) for one in (KerasNetwork(model), network)
        )
        np.testing.assert_allclose(by_numpy, by_keras, atol=1e-3)


@pytest.mark.parametrize("body", SMALL)
def test_it_begins_with_what_a_network_for_the_mean_knows(body):
    """As much of it as a time leaves: at the start all, whatever the state; at the end nothing."""
    base = make(body, Task())
    model = build_model(SMALL[body], SPEC, noise_statistics(SPEC), TASK)
    take_weights(model, base)
    x, around = given(), Context(STATE_FRAMES, "centre")
    mean = target_mfcc(apply(base, x[:, : SPEC.n_mfcc]), around)
    smooth = mfcc_to_log_mel(target_mfcc(x[:, : SPEC.n_mfcc], TASK.context(SMALL[body])), SPEC)
    for time, share in ((0.0, 1.0), (0.5, np.sqrt(0.5)), (1.0, 0.0)):
        x[:, -1] = time
        np.testing.assert_allclose(apply(model, x), smooth + share * (mean - smooth), atol=2e-3)


def test_it_begins_with_all_that_another_flow_knows():
    base, model = make("tcn"), build_model(SMALL["tcn"], SPEC, noise_statistics(SPEC), TASK)
    take_weights(model, base)
    np.testing.assert_array_equal(apply(model, given()), apply(base, given()))


def test_the_mean_is_that_of_the_network_it_began_with():
    """And a network for the mean takes it back; of more MFCC it begins with what is known of the first."""
    base, model, again = make("tcn", Task()), make("tcn"), make_small("tcn")
    take_weights(model, base)
    take_weights(again, model)
    mfcc = given()[:, : SPEC.n_mfcc]
    means = [
        next(predict_frames(KerasNetwork(one), task.context(SMALL["tcn"]), [mfcc]))
        for one, task in ((base, Task()), (model, TASK), (again, Task()))
    ]
    np.testing.assert_allclose(means[1], means[0], atol=1e-4)
    np.testing.assert_array_equal(means[2], means[0])
    more = SPEC.with_n_mfcc(SPEC.n_mfcc + 4)
    take_weights(build_model(SMALL["tcn"], more, noise_statistics(more), TASK), base)


def test_the_head_alone_is_trained():
    model = make("tcn")
    freeze_mean(model)
    of_mean = {id(weight) for weight in mean_part(model).weights}
    assert model.trainable_weights
    assert not of_mean & {id(weight) for weight in model.trainable_weights}
    assert len(mean_part(model).weights) + len(model.trainable_weights) < len(model.weights), "there are constants, too"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"output": "log_mel"}, "flow=true needs model.output=residual, model.projection=true"),
        ({"projection": False}, "flow=true needs model.output=residual, model.projection=true"),
    ],
)
def test_what_can_be_no_flow_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        build_model(SMALL["tcn"] | changed, SPEC, noise_statistics(SPEC), TASK)
