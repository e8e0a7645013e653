"""Batches of more frames than there is memory for, against the same frames in memory: frames a second.

    python benchmarks/memory.py     (a data set of noise, 1.2 GB on the disk; three minutes)

The cap is an eighth of what the frames take in memory; what is compared is how fast batches come, without a network,
and how fast dense_500 is trained on them. The shards were just written and come from the disk's cache: the disk isn't
measured.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from commands import print_table

from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import Shard, UtteranceFeatures, write_shard
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.models.assembly import build_model
from mfccinv.training.devices import STEPS_AT_ONCE
from mfccinv.training.epoch import train_epoch
from mfccinv.training.loss import FrameMean, make_loss

SPEC = FeatureSpec.from_settings(yaml.safe_load(Path("configs/features/asr.yaml").read_text()))
SHARDS, UTTERANCES, FRAMES = 30, 100, 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shards = write_shards(Path(folder))
        gigabytes = 2 * SPEC.n_mels * sum(int(shard.starts[-1]) for shard in shards) / 1e9  # in 16 bits
        titles = ("frames", "batches alone (frames/s)", "training dense_500 (frames/s)", "of in memory")
        print_table("memory", titles, table_rows(shards, gigabytes), align="lrrr")


def table_rows(shards: list[Shard], gigabytes: float) -> Iterator[list[str]]:
    """A row for all frames in memory, and one for the cap."""
    rates = {}
    for name, limit in (
        ("in memory", 2 * gigabytes),
        (f"{gigabytes:.1f} GB, cap {gigabytes / 8:.2f} GB", gigabytes / 8),
    ):
        rates[name] = measure(shards, limit, train=False), measure(shards, limit, train=True)
        share = rates[name][1] / rates["in memory"][1]
        yield [name, *(f"{rate:,.0f}" for rate in rates[name]), f"{share:.0%}"]


def write_shards(folder: Path) -> list[Shard]:
    rng = np.random.default_rng(0)
    for number in range(SHARDS):
        utterances = [
            UtteranceFeatures(
                id=f"{number}-{place}",
                speaker=str(place),
                mfcc=rng.standard_normal((FRAMES, SPEC.n_mfcc), np.float32),
                log_mel=rng.standard_normal((FRAMES, SPEC.n_mels), np.float32),
                seconds=10.0,
                source_rate=16000,
                source_channels=1,
            )
            for place in range(UTTERANCES)
        ]
        write_shard(folder / f"{number:03d}.npz", utterances, Context(9, "centre"))
    return [open_shard(folder / f"{number:03d}.npz") for number in range(SHARDS)]


def measure(shards: list[Shard], memory_gb: float, train: bool) -> float:
    """Frames a second, of batches alone or of a training on them, after the first window is there."""
    training = yaml.safe_load(Path("configs/training/default.yaml").read_text())
    model_settings = yaml.safe_load(Path("configs/model/dense_500.yaml").read_text())
    names = ("segment_frames", "batch_frames", "voices", "speaker_exponent", "corpus_shares", "edges", "seed")
    options = {name: training[name] for name in names}

    def draw(steps: int | None) -> SegmentBatches:
        return SegmentBatches(
            shards, SPEC, Context.of(model_settings), memory_gb=memory_gb, steps_per_epoch=steps, **options
        )

    batches = draw(None)
    batches[0]
    if not train:
        started = time.perf_counter()
        for step in range(len(batches)):
            batches[step]
        return batches.frames_per_epoch / (time.perf_counter() - started)
    model, average = (build_model(model_settings, SPEC, None) for _ in range(2))
    loss = FrameMean(make_loss(yaml.safe_load(Path("configs/loss/snr.yaml").read_text())))
    model.compile("adam", loss=loss, jit_compile=training["jit_compile"], steps_per_execution=STEPS_AT_ONCE)
    train_epoch(model, average, draw(3 * STEPS_AT_ONCE), epoch=1, seed=0, progress=False)  # compiles
    started = time.perf_counter()
    train_epoch(model, average, batches, epoch=1, seed=0, progress=False)
    return batches.frames_per_epoch / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
