"""Tests of differences of networks: what may change, what is stored, and that it gives the adapted network."""

import keras
import numpy as np
import pytest
from configurations import settings
from networks import SPEC, apply, make_small, randomized
from noise import noise_statistics

from mfccinv.models.assembly import build_model
from mfccinv.models.difference import Adaptable, add_difference

BODIES = {"dense": {}, "conv": {}, "tcn with statistics": {}, "dense with norm": {"batch_norm": True}}


def network(body):
    return randomized(make_small(body.removesuffix(" with norm"), **BODIES[body]))


def moved(model, seed=1):
    """Move all that is trained by a little."""
    generator = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        weight.assign_add(generator.normal(0, 0.03, size=weight.shape).astype(np.float32))


@pytest.mark.parametrize("body", BODIES)
def test_the_base_and_the_difference_are_the_adapted_network(body, rng):
    adapted = network(body)
    mfcc = rng.normal(0, 20, size=(40, SPEC.n_mfcc)).astype(np.float32)
    before = apply(adapted, mfcc)
    kept = Adaptable(adapted, rank=2)
    np.testing.assert_allclose(apply(adapted, mfcc), before, atol=1e-4)
    moved(adapted)
    difference = kept.difference()
    again = network(body)
    add_difference(again, difference)
    change = np.abs(apply(adapted, mfcc) - before).max()
    assert change > 0.1
    np.testing.assert_allclose(apply(again, mfcc), apply(adapted, mfcc), atol=0.01 * change)


def test_kernels_change_by_a_product_and_vectors_as_they_are():
    model = network("dense")
    shapes = [tuple(weight.shape) for weight in model.weights]
    kernels = [
        k
        for k, (weight, shape) in enumerate(zip(model.weights, shapes, strict=True))
        if weight.trainable and len(shape) > 1
    ]
    difference = Adaptable(model, rank=3).difference()
    assert {name.partition(".")[0] for name in difference if "." in name} == {str(k) for k in kernels}
    for k in kernels:
        assert difference[f"{k}.a"].shape == (shapes[k][0], 3)
        assert difference[f"{k}.b"].shape == (3, shapes[k][1])
        assert not difference[f"{k}.b"].any()  # nothing has changed yet
    assert all(array.dtype == np.float16 for array in difference.values())
    assert all(difference[name].ndim == 1 for name in difference if "." not in name)


def test_batch_normalisation_keeps_its_statistics():
    model = network("dense with norm")
    Adaptable(model, rank=2)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert norms
    assert not any(weight.trainable for norm in norms for weight in norm.weights)


def test_what_has_no_weights_cannot_be_adapted():
    model = build_model(settings("model", "pseudo_inverse"), SPEC, noise_statistics(SPEC))
    with pytest.raises(ValueError, match="it has no weights that are trained"):
        Adaptable(model, rank=2)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda found: found.clear(), "it holds no change"),
        (lambda found: found.update({"999": np.zeros(3, np.float16)}), "there is no weight 999"),
        (lambda found: found.update({next(n for n in found if "." not in n): np.zeros(3, np.float16)}), "its change"),
        (lambda found: found.update({n: a[:, :1] for n, a in found.items() if n.endswith(".a")}), "there is no weight"),
        (lambda found: found.update({n: a[:-1] for n, a in found.items() if n.endswith(".a")}), "its change"),
        (lambda found: found.update({n: a * np.float16("nan") for n, a in found.items()}), "no finite number"),
        (lambda found: found.update({n: a.astype(np.float32) for n, a in found.items()}), "of 16 bits"),
    ],
)
def test_another_networks_difference_is_refused(change, match):
    model = network("dense")
    before = model.get_weights()
    difference = Adaptable(network("dense"), rank=2).difference()
    change(difference)
    with pytest.raises(ValueError, match=match):
        add_difference(model, difference)
    assert all((one == other).all() for one, other in zip(before, model.get_weights(), strict=True))


def test_half_of_a_product_is_refused():
    difference = Adaptable(network("dense"), rank=2).difference()
    name = next(name for name in difference if name.endswith(".b"))
    del difference[name]
    with pytest.raises(KeyError, match=name):
        add_difference(network("dense"), difference)
