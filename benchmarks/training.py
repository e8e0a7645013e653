"""Speed of a training, beside the lecture notebook's loop and what the processor's matrix products allow.

    python benchmarks/training.py     (about 11 minutes; with jax installed its rows are there, too)

Every row but the first two is ``python scripts/train.py`` on the demo corpus and three variants of it, as one types it,
with shards, validation, checkpoints and progress; counted are frames that are trained on, in the seconds that
history.csv says. Rows are measured one after the other, twice, and the faster counts.
"""

import importlib.util
import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from commands import call, print_row

from mfccinv.records import Record

HIDDEN = (500, 200, 50)
WINDOW, N_MELS = 9 * 20, 80
BATCH_FRAMES = 1024
ROUNDS = 2
SPEECH = ["augment=voices", "augment.copies=3"]
IN_32 = "conv, single windows in batches of 32"
BACKENDS = [name for name in ("tensorflow", "jax") if importlib.util.find_spec(name)]
TRAININGS = {
    "dense_500": ["model=dense_500"],
    "dense_500, XLA": ["model=dense_500", "training.jit_compile=true"],
    "dense_500, mixed_bfloat16": ["model=dense_500", "training.precision=mixed_bfloat16"],
    "conv": ["model=conv"],
    "conv, XLA": ["model=conv", "training.jit_compile=true"],
    "conv, single windows": ["model=conv", "training.run_frames=1", "training.steps_per_epoch=20"],
    IN_32: ["model=conv", "training.run_frames=1", "training.batch_frames=32", "training.steps_per_epoch=300"],
}


def main() -> None:
    measures = {("matrix products alone", "NumPy"): products, ("the notebook's loop", "tensorflow"): notebook}
    for backend in BACKENDS:
        for name, overrides in TRAININGS.items():
            if backend == "tensorflow" or "XLA" not in name:  # jax always compiles
                measures[name, backend] = lambda o=overrides, b=backend: train([*o, f"backend={b}"])
    rates = dict.fromkeys(measures, 0.0)
    for _ in range(ROUNDS):
        for key, measure in measures.items():
            rates[key] = max(rates[key], measure())
    dense, loop = rates["matrix products alone", "NumPy"], rates["the notebook's loop", "tensorflow"]
    columns = ("by the notebook's loop", "of the products", "by single windows in batches of 32")
    print_row("training", "computed by", "frames a second", *columns)
    print_row("---", "---", *["---:"] * 4)
    for (name, backend), rate in rates.items():
        is_dense = not name.startswith("conv")
        windows = rates.get((IN_32, backend), np.nan)
        print_row(
            name,
            backend,
            f"{rate:,.0f}",
            f"{rate / loop:.1f}" if is_dense else "",
            f"{rate / dense:.0%}" if is_dense else "",
            "" if is_dense else f"{rate / windows:.1f}",
        )


def products() -> float:
    """Frames a second if dense_500's forward and backward pass were nothing but their products of matrices."""
    sizes = (WINDOW, *HIDDEN, N_MELS)
    rng = np.random.default_rng(0)
    frames = [rng.standard_normal((BATCH_FRAMES, size), np.float32) for size in sizes]
    weights = [rng.standard_normal(pair, np.float32) for pair in pairwise(sizes)]
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(20):
            for place, weight in enumerate(weights):
                _ = frames[place] @ weight  # forward
                _ = frames[place].T @ frames[place + 1]  # gradient of the weights
                if place:
                    _ = frames[place + 1] @ weight.T  # gradient of what came in
        best = max(best, 20 * BATCH_FRAMES / (time.perf_counter() - started))
    return best


def notebook() -> float:
    """Keras as one learns it: windows in an array, ``fit`` with its batches of 32."""
    import keras

    layers = [keras.layers.BatchNormalization()]
    for units in HIDDEN:
        layers += [keras.layers.Dense(units), keras.layers.LeakyReLU()]
    model = keras.Sequential([keras.Input((WINDOW,)), *layers, keras.layers.Dense(N_MELS)])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((20_000, size), np.float32) for size in (WINDOW, N_MELS))
    model.fit(x[:3200], y[:3200], verbose=0)
    started = time.perf_counter()
    model.fit(x, y, verbose=0)
    return len(x) / (time.perf_counter() - started)


def train(overrides: list[str]) -> float:
    """Frames a second in the fastest epoch but the first, in which things are compiled."""
    with tempfile.TemporaryDirectory() as folder:
        call("scripts/train.py", *SPEECH, *overrides, "training.epochs=3", f"run.root={folder}", "run.name=run")
        record = Record(Path(folder, "run"))
        seconds = min(row["seconds"] for row in record.read_history()[1:])
        return record.environment["frames_per_epoch"] / seconds


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"  # of the notebook's loop; the trainings choose theirs
    main()
