"""Batches of variants that were made for their epoch alone."""

import math
from collections.abc import Callable, Sequence

import keras
import numpy as np

from mfccinv.batches.compact_frames import CompactShard
from mfccinv.batches.live_shards import LiveShards, LiveSpeech
from mfccinv.batches.segment_batches import SegmentBatches


class LiveBatches(keras.utils.PyDataset):
    """Batches as `SegmentBatches` draws them, but of variants that are made anew for each epoch: none comes twice.

    Recordings are drawn as often as their segments would be, with replacement, and all segments of a variant are in its
    epoch, but for what is left over at its end. Memory holds the frames of two epochs: an epoch has as many batches as
    fit into half of it at most.

    Parameters
    ----------
    recordings : SegmentBatches
        Batches of the recordings: which voices are drawn, how often, and how they are cut.
    speech : LiveSpeech
    make_batches : callable
        Makes the batches of an epoch from its shards, and of a number of steps: each segment once.
    steps_per_epoch : int >= 1 or None
        Batches in an epoch. None: as many as of a data set that holds the recordings and ``copies`` variants of each.
    n_epochs : int >= 1
        Epochs of the training.
    memory_gb : float > 0
        Memory for frames, GB.
    """

    def __init__(
        self,
        recordings: SegmentBatches,
        speech: LiveSpeech,
        make_batches: Callable[[Sequence[CompactShard], int], SegmentBatches],
        *,
        steps_per_epoch: int | None,
        n_epochs: int,
        memory_gb: float,
    ):
        super().__init__(workers=1)
        self._recordings, self._make_batches = recordings, make_batches
        n_drawn = recordings.n_segments * (speech.augmentation.copies + 1)
        asked_for = steps_per_epoch or math.ceil(n_drawn / recordings.segments_per_batch)
        self._steps = max(1, min(asked_for, int(memory_gb * 1e9 / 2 / recordings.bytes_per_batch)))
        n_segments = self._steps * recordings.segments_per_batch
        self._shards = LiveShards(speech, recordings.segments, n_segments, n_epochs)
        self._batches: SegmentBatches | None = None

    def start_epoch(self, epoch: int) -> None:
        """Take the variants of an epoch, counted from 0, and shuffle their segments; those of the next are begun.

        Raises
        ------
        ValueError
            See `LiveShards.of_epoch`.
        """
        self._batches = self._make_batches(self._shards.of_epoch(epoch), self._steps)
        self._batches.start_epoch(epoch)

    def close(self) -> None:
        """Make no further variants."""
        self._shards.close()

    @property
    def segments_per_batch(self) -> int:
        """Segments in a batch."""
        return self._recordings.segments_per_batch

    @property
    def frames_per_epoch(self) -> int:
        """Number of frames that an epoch is trained on, without those that fill up segments: a mean."""
        n_segments = self._steps * self.segments_per_batch
        return round(self.n_pairs * n_segments / self._recordings.n_segments)

    @property
    def description(self) -> str:
        """Tell what an epoch is trained on."""
        in_each = f"new variants of {self.n_pairs:,} pairs in each epoch of {len(self)} batches"
        return f"{in_each}; the first epoch waits until its own are made"

    @property
    def n_pairs(self) -> int:
        """Number of pairs of the recordings that are drawn."""
        return self._recordings.n_pairs

    @property
    def voices(self) -> frozenset[str] | None:
        """Speakers that are drawn; None: all."""
        return self._recordings.voices

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of a batch's three arrays: inputs, outputs and weights."""
        return self._recordings.shapes

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self._batches is None:
            raise RuntimeError("no epoch has been started")
        return self._batches[step]


Batches = SegmentBatches | LiveBatches  # what a network is trained on
