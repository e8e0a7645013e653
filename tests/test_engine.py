"""Tests of what a training computes with: devices, precision and compilation."""

import json

import pytest
from tiny import REPOSITORY, own_folder, run_python, shared_folder, training_config

from mfccinv.engine import Engine, devices_there_are
from mfccinv.runs import Run
from mfccinv.training import train

__all__ = ["own_folder", "shared_folder"]

ONE = {"devices": 1, "precision": "float32", "jit_compile": False}
ON_TWO_DEVICES = """
import json, sys
from mfccinv.console import choose_backend
choose_backend(sys.argv[1])
if sys.argv[1] == "tensorflow":
    import tensorflow as tf
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, 2 * [tf.config.LogicalDeviceConfiguration()])
from mfccinv.training import resume, train
run = train(json.loads(sys.argv[2]))
resume(str(run.folder), run.folder.parent, {"epochs": 2})
"""


@pytest.fixture(scope="module")
def base(shared_folder):
    """A run whose weights the others start from: each backend draws its own."""
    return train(training_config(shared_folder, "training.epochs=1", "run.name=base"))


@pytest.fixture(scope="module")
def alone(shared_folder, base):
    """What one device makes of it."""
    return train(training_config(shared_folder, f"init={base.folder}", "training.epochs=2", "run.name=alone"))


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_train_as_one_does(backend, own_folder, base, alone):
    """They share one processor here; the training is interrupted, and continued.

    The numbers are nearly the same: frames that fill a batch up are few, but not as many on either device.
    """
    pytest.importorskip(backend)
    overrides = (f"init={base.folder}", "training.epochs=1", "training.devices=2")
    config = json.dumps(training_config(own_folder, *overrides))
    flags = "--xla_force_host_platform_device_count=2"
    run_python("-c", ON_TWO_DEVICES, backend, config, cwd=REPOSITORY, XLA_FLAGS=flags)
    run = Run(own_folder / "runs" / "run")
    assert run.environment["backend"] == backend
    assert run.environment["devices"] == ["cpu:0", "cpu:1"]
    assert len(run.read_history()) == 2
    for row, expected in zip(run.read_history(), alone.read_history(), strict=True):
        for name in ("loss", "val_loss", "val_snr", "val_lsd"):
            assert row[name] == pytest.approx(expected[name], abs=0.05)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_sixteen_bits_train_as_well(precision, own_folder):
    """What is scored and kept computes in 32 bits, whatever it was trained in."""
    overrides = ("training.epochs=2", "training.steps_per_epoch=8")
    full = train(training_config(own_folder, *overrides, "run.name=full"))
    mixed = train(training_config(own_folder, *overrides, f"training.precision={precision}"))
    for row, other in zip(mixed.read_history(), full.read_history(), strict=True):
        assert row["val_loss"] != other["val_loss"]
        assert row["val_snr"] == pytest.approx(other["val_snr"], abs=0.2)
    assert {layer.compute_dtype for layer in mixed.load_model().layers} == {"float32"}
    assert mixed.read_history()[-1]["val_snr"] == pytest.approx(mixed.metrics["validation"]["snr"], abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"devices": 0}, "training.devices=0: there are"),
        ({"devices": 99}, "training.devices=99: there are"),
        ({"precision": "float8"}, "must be one of float32, mixed_bfloat16, mixed_float16, got 'float8'"),
    ],
)
def test_what_there_is_not_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Engine(**(ONE | changed))


def test_devices_must_divide_a_batch():
    engine = Engine(**ONE)
    engine.check_batch(7)
    engine.devices = ["gpu:0", "gpu:1"]
    with pytest.raises(ValueError, match="must divide the runs in a batch"):
        engine.check_batch(7)


def test_devices_are_named():
    assert Engine(**ONE).devices == devices_there_are()[:1]
