"""Speed of a training, beside the lecture notebook's loop and what the processor's matrix products allow.

    python benchmarks/training.py     (20 minutes; with jax installed its rows are there, too)

Every row but the first two is ``mfccinv train`` on the demo corpus and three variants of it, as one types it,
with shards, validation and checkpoints; counted are frames that are trained on, without what fills up batches, in the
seconds of an epoch that history.csv says, which are those until validation. What a ratio refers to is measured beside
it, in each round: matrix products before and after the training, the notebook's loop after it. Shown are medians over
rounds (smallest … largest).
"""

import importlib.util
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from commands import call, median_and_range, print_table

from mfccinv.run_folders.run_folder import RunFolder

HIDDEN = (500, 200, 50)
WINDOW, N_MELS = 9 * 20, 80
BATCH_FRAMES = 1024
BATCHES = 200  # of products: two seconds, as an epoch of a training
TIMES = 2  # each measurement is the fastest of so many, of the trainings and of what they are compared with
ROUNDS = 2
SPEECH = ["augment=voices", "augment.copies=3"]
BACKENDS = [name for name in ("tensorflow", "jax") if importlib.util.find_spec(name)]
IN_32 = "conv, single windows in batches of 32"
TRAININGS = {
    "dense_500": ["model=dense_500"],
    "dense_500, XLA": ["model=dense_500", "training.jit_compile=true"],
    "dense_500, mixed_bfloat16": ["model=dense_500", "training.precision=mixed_bfloat16"],
    IN_32: ["model=conv", "training.segment_frames=1", "training.batch_frames=32", "training.steps_per_epoch=300"],
    "conv": ["model=conv"],
    "conv, XLA": ["model=conv", "training.jit_compile=true"],
    "conv, single windows": ["model=conv", "training.segment_frames=1", "training.steps_per_epoch=20"],
}
PRODUCTS, LOOP = ("matrix products alone", "NumPy"), ("the notebook's loop", "tensorflow")


def main() -> None:
    # JAX always compiles with XLA.
    trainings = [(name, backend) for backend in BACKENDS for name in TRAININGS if backend != "jax" or "XLA" not in name]
    rates, by_loop, of_products, by_windows, started = (defaultdict(list) for _ in range(5))
    for _ in range(ROUNDS):
        for name, backend in trainings:
            before = products()
            rates[name, backend].append(rate := train([*TRAININGS[name], f"backend={backend}"]))
            if name.startswith("conv"):
                by_windows[name, backend].append(rate / rates[IN_32, backend][-1])
            else:
                beside = [before, products()]
                rates[PRODUCTS] += beside
                rates[LOOP].append(notebook())
                by_loop[name, backend].append(rate / rates[LOOP][-1])
                of_products[name, backend].append(rate / np.mean(beside))
        for backend in BACKENDS:
            started[backend].append(start_up(backend))
    columns = ("by the notebook's loop", "of the products", "by single windows in batches of 32")
    rows = []
    for key in (PRODUCTS, LOOP, *trainings):
        ratios = (by_loop[key], "{:.1f}"), (of_products[key], "{:.0%}"), (by_windows[key], "{:.1f}")
        rows.append([*key, *(median_and_range(*cell) for cell in ((rates[key], "{:,.0f}"), *ratios))])
    print_table("training", ("training", "computed by", "frames a second", *columns), rows, align="llrrrr")
    for backend, seconds in started.items():
        print(f"from the command to the first step's checkpoint, {backend}: {median_and_range(seconds, '{:.1f}')} s")


def products() -> float:
    """Frames a second if dense_500's forward and backward pass were nothing but their products of matrices."""
    sizes = (WINDOW, *HIDDEN, N_MELS)
    rng = np.random.default_rng(0)
    frames = [rng.standard_normal((BATCH_FRAMES, size), np.float32) for size in sizes]
    weights = [rng.standard_normal(pair, np.float32) for pair in pairwise(sizes)]

    def multiply() -> None:
        for _ in range(BATCHES):
            for place, weight in enumerate(weights):
                _ = frames[place] @ weight  # forward
                _ = frames[place].T @ frames[place + 1]  # gradient of the weights
                if place:
                    _ = frames[place + 1] @ weight.T  # gradient of what came in

    return BATCHES * BATCH_FRAMES / fastest(multiply)


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
    return len(x) / fastest(lambda: model.fit(x, y, verbose=0))


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of `TIMES`."""
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def train(overrides: list[str]) -> float:
    """Frames a second in the fastest epoch but the first, in which things are compiled."""
    with tempfile.TemporaryDirectory() as folder:
        run_command(folder, *overrides, f"training.epochs={1 + TIMES}")
        record = RunFolder(Path(folder, "run"))
        seconds = min(row["seconds"] for row in record.read_history()[1:])
        return record.environment["frames_per_epoch"] / seconds


def start_up(backend: str) -> float:
    """Seconds from a command on until its first step is taken and saved; validation and the rest come after that."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.time()
        run_command(folder, "model=dense_500", f"backend={backend}", "training.epochs=1", "training.steps_per_epoch=1")
        return Path(folder, "run", "epoch-0001.keras").stat().st_mtime - started


def run_command(folder: str, *overrides: str) -> None:
    call("scripts/train.py", *SPEECH, *overrides, f"run.root={folder}", "run.name=run")


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "tensorflow"  # of the notebook's loop; the trainings choose theirs
    main()
