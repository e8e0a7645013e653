"""Tests of weights that are taken for other inputs and outputs."""

import numpy as np
import pytest
from configurations import settings
from networks import SMALL, apply, randomized
from noise import noise_mfcc, noise_statistics, small_spec

from mfccinv.features.task import Task
from mfccinv.models.assembly import build_model
from mfccinv.models.taken_weights import take_weights

FEW, MANY = small_spec(n_mfcc=8), small_spec(n_mfcc=12)
DIRECT = {"output": "log_mel", "projection": False}
BODIES = SMALL | {"dense with scales": settings("model", "dense_500") | {"hidden": [16], "context": 5}}


def make(body, spec):
    return build_model(BODIES[body] | DIRECT, spec, noise_statistics(spec))


@pytest.mark.parametrize("body", SMALL)
def test_coefficients_that_are_new_change_nothing_yet(body):
    base, model = randomized(make(body, FEW)), randomized(make(body, MANY), seed=1)
    mfcc = noise_mfcc(MANY, 30)
    before = apply(model, mfcc)
    take_weights(model, base)
    expected = apply(base, np.ascontiguousarray(mfcc[:, :8]))
    np.testing.assert_allclose(apply(model, mfcc), expected, atol=1e-3)
    assert np.abs(before - expected).max() > 1


@pytest.mark.parametrize("body", BODIES)
def test_of_fewer_coefficients_those_that_are_left_count_as_before(body):
    base, model = randomized(make(body, MANY)), make(body, FEW)
    take_weights(model, base)
    for own, theirs in zip(model.trainable_weights, base.trainable_weights, strict=True):
        own, theirs = np.asarray(own), np.asarray(theirs)
        if own.shape != theirs.shape:
            units = theirs.shape[-1] if theirs.ndim > 1 else 1
            by_frame = theirs.reshape(-1, 12, units)[:, :8]
            np.testing.assert_array_equal(own, by_frame.reshape(own.shape))
        else:
            np.testing.assert_array_equal(own, theirs)


@pytest.mark.parametrize("body", SMALL)
def test_a_network_of_several_numbers_and_one_of_a_single_one_share_what_they_know(body):
    """Codes for how many coefficients are known are new to the one, and left out by the other."""
    several = build_model(SMALL[body] | DIRECT, MANY, noise_statistics(MANY), Task(min_mfcc=4))
    single = randomized(make(body, FEW))
    mfcc = noise_mfcc(MANY, 30)
    take_weights(several, single)
    expected = apply(single, np.ascontiguousarray(mfcc[:, :8]))
    np.testing.assert_allclose(apply(several, mfcc), expected, atol=1e-3)
    back = make(body, FEW)
    take_weights(back, several)
    np.testing.assert_allclose(apply(back, np.ascontiguousarray(mfcc[:, :8])), expected, atol=1e-3)


@pytest.mark.parametrize("target", ["mel", "linear"])
@pytest.mark.parametrize("body", SMALL)
def test_other_outputs_keep_their_own_last_layer(body, target):
    """And the body is the base's, even if the fixed layers around it are others."""
    base = randomized(build_model(SMALL[body], FEW, noise_statistics(FEW)))
    spec = small_spec(n_mels=20, n_mfcc=8)
    model = build_model(SMALL[body], spec, noise_statistics(spec, linear=True), Task(target=target))
    last = [np.asarray(weight) for weight in model.trainable_weights[-2:]]
    take_weights(model, base)
    own, theirs = ([np.asarray(weight) for weight in one.trainable_weights] for one in (model, base))
    for mine, its in zip(own[:-2], theirs[:-2], strict=True):
        np.testing.assert_array_equal(mine, its)
    for mine, before in zip(own[-2:], last, strict=True):
        np.testing.assert_array_equal(mine, before)


def test_bodies_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"shape|zip"):
        take_weights(make("dense", FEW), make("tcn", FEW))


def test_equal_numbers_take_all():
    base, model = randomized(make("tcn", FEW)), make("tcn", FEW)
    take_weights(model, base)
    mfcc = noise_mfcc(FEW, 30)
    np.testing.assert_array_equal(apply(model, mfcc), apply(base, mfcc))
