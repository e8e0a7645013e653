"""Tests of what a training computes with: devices, precision and compilation."""

import json

import pytest
from configurations import training_config
from places import REPOSITORY
from processes import COMPILED_SOON, run_python
from programs import train

from mfccinv.run_folders.run import Run
from mfccinv.training.devices import Devices

ONE = {"n": 1, "precision": "float32", "jit_compile": False}
SHORT = ("training.epochs=2", "training.steps_per_epoch=8")
ON_TWO_DEVICES = """
import json, sys
from mfccinv.cli.backend import choose_backend
from mfccinv.system.native_output import keras_import
choose_backend(sys.argv[1])
with keras_import():
    if sys.argv[1] == "tensorflow":
        import tensorflow as tf
        (processor,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(processor, 2 * [tf.config.LogicalDeviceConfiguration()])
    from mfccinv.training import training_loop, train as training
from mfccinv.training.settings import TrainSettings
def replicas(model):
    weight = model.trainable_variables[0].value
    if sys.argv[1] == "tensorflow":
        return len(getattr(weight, "values", [weight]))
    return len(weight.sharding.device_set)
run_epoch = training_loop.train_epoch
def spy(model, *others, **named):
    print(replicas(model), "replicas")
    return run_epoch(model, *others, **named)
training_loop.train_epoch = spy
run = training.train(TrainSettings.from_config(json.loads(sys.argv[2])))
training.resume(str(run.folder), run.folder.parent, {"epochs": 2})
training.resume(sys.argv[3], run.folder.parent, {"epochs": 2})
print("TensorFlow was loaded:", "tensorflow" in sys.modules)
"""


@pytest.fixture(scope="module")
def alone(shared_folder, finished):
    """What one device makes of a run; each backend draws weights of its own, so all start from those."""
    overrides = (f"init={finished.folder}", "training.epochs=2", "run.name=alone")
    return train(training_config(shared_folder, *overrides))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_train_as_one_does(backend, own_folder, copied, finished, alone):
    """They share one processor here; the training is interrupted, and continued, and so is that of one device.

    The numbers are nearly the same: frames that fill a batch up are few, but not as many on either device.
    """
    pytest.importorskip(backend)
    overrides = (f"init={finished.folder}", "training.epochs=1", "training.devices=2", "run.name=two")
    config = json.dumps(training_config(own_folder, *overrides))
    flags = f"--xla_force_host_platform_device_count=2 {COMPILED_SOON}"
    done = run_python("-c", ON_TWO_DEVICES, backend, config, copied.folder, cwd=REPOSITORY, XLA_FLAGS=flags)
    assert [line for line in done.stdout.splitlines() if "replicas" in line] == ["2 replicas"] * 2 + ["1 replicas"]
    assert f"TensorFlow was loaded: {backend == 'tensorflow'}" in done.stdout.splitlines()
    assert copied.environment["backend"] == backend
    assert copied.read_history()[1]["val_snr"] > finished.read_history()[0]["val_snr"]
    run = Run(own_folder / "runs" / "two")
    assert run.environment["backend"] == backend
    assert run.environment["devices"] == ["cpu:0", "cpu:1"]
    assert len(run.read_history()) == 2
    for row, expected in zip(run.read_history(), alone.read_history(), strict=True):
        for name in ("loss", "val_loss", "val_snr", "val_lsd"):
            assert row[name] == pytest.approx(expected[name], abs=0.05)


@pytest.fixture(scope="module")
def in_32_bits(shared_folder):
    return train(training_config(shared_folder, *SHORT, "run.name=in-32-bits"))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_sixteen_bits_train_as_well(precision, own_folder, in_32_bits):
    """What is scored and kept computes in 32 bits, whatever it was trained in."""
    mixed = train(training_config(own_folder, *SHORT, f"training.precision={precision}"))
    for row, other in zip(mixed.read_history(), in_32_bits.read_history(), strict=True):
        assert row["val_loss"] != other["val_loss"]
        assert row["val_snr"] == pytest.approx(other["val_snr"], abs=0.2)
    assert {layer.compute_dtype for layer in mixed.load_model().layers} == {"float32"}
    assert mixed.read_history()[-1]["val_snr"] == pytest.approx(mixed.metrics["validation"]["snr"], abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": 0}, "training.devices=0: there are"),
        ({"n": 99}, "training.devices=99: there are"),
        ({"precision": "float8"}, "must be one of float32, mixed_bfloat16, mixed_float16, got 'float8'"),
    ],
)
def test_what_there_is_not_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Devices(**(ONE | changed))


def test_devices_must_divide_a_batch():
    engine = Devices(**ONE)
    engine.check_batch(7)
    engine.names = ["gpu:0", "gpu:1"]
    with pytest.raises(ValueError, match="must divide the segments in a batch"):
        engine.check_batch(7)


@pytest.mark.parametrize("changed", [{"jit_compile": True}, {"precision": "mixed_float16"}])
def test_what_tensorflow_cannot_on_several_devices_is_refused(changed, monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0", "gpu:1"])
    with pytest.raises(ValueError, match="works on one device only, unless backend=jax"):
        Devices(**(ONE | {"n": 2} | changed))
