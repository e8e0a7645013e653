"""What it costs that the shards of a data set are compared with their checksums, against reading and training.

    python benchmarks/checksums.py     (45 minutes of speech, 200 MB on the disk while it runs; a minute)

A training compares each shard once, when it first reads it. The shares are of one epoch of `dense_500`.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from building import build, write_corpus
from commands import call, median_and_range, print_table

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.shard_reader import open_shard

TIMES = 5  # the demo corpus
ROUNDS = 7
EPOCHS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpus, sets, runs = (Path(folder, name) for name in ("corpus", "sets", "runs"))
        seconds = write_corpus(corpus, TIMES)
        build(corpus, sets, 2)
        dataset = Dataset(next(path.parent for path in sets.glob("*/manifest.json")))
        epoch = epoch_seconds(corpus, sets, runs)
        read = measure(lambda: copy(dataset, compared=False))
        compared = measure(lambda: copy(dataset, compared=True))
        n_bytes = sum(entry["bytes"] for entry in dataset.manifest["shards"] if entry["split"] == "train")
    added = [both - alone for both, alone in zip(compared, read, strict=True)]
    rows = [
        [name, median_and_range([1e3 * one for one in times], "{:.1f}"), f"{100 * median(times) / epoch:.2f} %"]
        for name, times in (
            ("frames are read", read),
            ("they are read and compared", compared),
            ("the comparison", added),
        )
    ]
    print_table("checksums", ("what", "ms", "of an epoch"), rows, align="lrr")
    print(
        f"{seconds / 60:.0f} minutes of speech, {n_bytes / 1e6:.0f} MB of shards for training, in the page cache; "
        f"an epoch of dense_500 takes {epoch:.2f} s; medians of {ROUNDS} rounds (smallest … largest)"
    )


def copy(dataset: Dataset, *, compared: bool) -> None:
    """Copy the frames of the training split into memory, as a training does."""
    for shard in dataset.shards("train"):
        if compared:
            np.array(shard.mfcc), np.array(shard.log_mel)
        else:
            frames = open_shard(shard.path).frames
            for name in ("mfcc", "log_mel"):
                np.array(frames._map(name))  # type: ignore[attr-defined]


def measure(function: Callable[[], object]) -> list[float]:
    """Seconds that a call takes, after one that isn't counted."""
    function()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return seconds


def epoch_seconds(corpus: Path, sets: Path, runs: Path) -> float:
    """Median time of an epoch of `dense_500`, without the first."""
    settings = ["model=dense_500", "corpus=folder", f"corpus.root={corpus}", "corpus.speaker_part=0"]
    places = [f"dataset.root={sets}", f"run.root={runs}", "run.name=timed", f"training.epochs={EPOCHS}"]
    call(
        "scripts/train.py",
        *settings,
        *places,
        "split.by=utterance",
        "dataset.progress=false",
        "training.progress=false",
    )
    rows = (runs / "timed" / "history.csv").read_text().splitlines()[2:]
    return median(float(row.rsplit(",", 1)[1]) for row in rows)


if __name__ == "__main__":
    main()
