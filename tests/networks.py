"""Small networks with random weights, their runs, and the windows of frames that they take."""

import keras
import numpy as np
from configurations import settings
from noise import noise_statistics, small_spec

from mfccinv.features.context import Context
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_files import HISTORY

SPEC = small_spec()
SMALL = {
    "dense": settings("model", "dense_small") | {"hidden": [16], "context": 5},
    "conv": settings("model", "conv") | {"channels": [16, 16, 16], "context": 9},
    "tcn": settings("model", "tcn")
    | {"width": 16, "dilations": [1, 2], "context": 9, "first_kernel": None, "statistics": False},
    "tcn with statistics": settings("model", "tcn")
    | {"width": 16, "dilations": [1, 2], "context": 21, "first_kernel": 3, "statistics": True},
}


def make_small(body, spec=SPEC, **changes):
    """A model of `SMALL` with some settings changed, untrained."""
    return build_model(SMALL[body] | changes, spec, noise_statistics(spec))


def randomized(model, seed=0):
    """Give every trained weight of a model a random value: at the start, residual models all give the same.

    Biases and the factors of normalisations move about what they start at, so that no layer is all but silent.
    """
    generator = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        is_matrix = len(weight.shape) > 1
        centre = 0.0 if is_matrix else keras.ops.convert_to_numpy(weight)
        scale = 1 / np.sqrt(np.prod(weight.shape[:-1])) if is_matrix else 0.1
        weight.assign((centre + generator.normal(0, scale, size=weight.shape)).astype(np.float32))
    return model


def apply(model, mfcc):
    """Output of a model for one run of frames."""
    return keras.ops.convert_to_numpy(model(mfcc[None], training=False))[0]


def windows(mfcc, length):
    """Every window of consecutive frames, (n_frames - length + 1, length, n_mfcc)."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(mfcc, length, axis=0).transpose(0, 2, 1))


def target_mfcc(mfcc, context: Context):
    """The MFCC of the frames that windows of consecutive frames predict."""
    return mfcc[context.target_offset : len(mfcc) - (context.length - 1 - context.target_offset)]


def make_run(root, name="run", model=None, spec=SPEC, **changes):
    """A run of a network that is not saved yet: its folder without ``model.keras``."""
    values = {
        "name": "tiny",
        "source": "mfcc",
        "target": "mel",
        "model": model or SMALL["dense"],
        "training": settings("training", "default"),
    }
    return Run.create(root, name, values | changes, spec, noise_statistics(spec), {"commit": None})


def make_finished_run(root, name="run", spec=SPEC):
    """A run of a small network with random weights, as a training leaves it."""
    run = make_run(root, name, spec=spec)
    run.save_model(randomized(build_model(run.config["model"], spec, run.statistics)))
    run.write_history([dict.fromkeys(HISTORY, 1)])
    run.add_metrics("validation", {"loss": 1.0, "snr": 9.5, "lsd": 4.0})
    return run
