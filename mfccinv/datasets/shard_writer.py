"""Writes and describes shards in threads, while the next ones are made."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from mfccinv.corpora.utterance import SPLITS
from mfccinv.datasets.description import Description, describe_shard
from mfccinv.datasets.plan import Plan
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import Shard, UtteranceFeatures, shard_name, write_shard
from mfccinv.system.checksums import checksums

DESCRIBED_AT_ONCE = min(4, os.cpu_count() or 1)  # threads, each with the frames of a shard


class ShardWriter:
    """Writer of shards: one thread writes them in turn, and several threads describe them.

    Memory holds the shard that is being made, the one that is being written (its utterances and its arrays), and those
    that are being described.
    """

    def __init__(self, plan: Plan, folder: Path):
        self.folder, self._plan = folder, plan
        self._writing, self._describing = ThreadPoolExecutor(1), ThreadPoolExecutor(DESCRIBED_AT_ONCE)
        self._described: list[tuple[str, Future[Description]]] = []
        self._last: Future[tuple[Shard, dict]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pools = self._writing, self._describing
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.shutdown()

    def add(self, name: str, split: str, utterances: list[UtteranceFeatures] | None = None) -> None:
        """Write utterances as the next shard of a split; without any, take the file of that name that is there.

        Before it writes, it waits until the shard before is written.
        """
        written = None
        if utterances is not None:
            if self._last:
                self._last.result()
            written = self._last = self._writing.submit(write_shard, self.folder / name, utterances, self._plan.context)
        self._described.append((split, self._describing.submit(self._describe, name, split, written)))

    def described(self) -> Iterator[Description]:
        """Yield the descriptions of the shards, in order of splits and numbers."""
        for _, described in sorted(self._described, key=lambda of_split: SPLITS.index(of_split[0])):
            yield described.result()

    def _describe(self, name: str, split: str, written: Future[tuple[Shard, dict]] | None) -> Description:
        """Describe a shard from memory if it was just written, or else from its file."""
        path = self.folder / name
        shard, sums = written.result() if written else (open_shard(path), checksums(path))
        return describe_shard(self._plan, shard, sums, split)


class Gathering:
    """Gathers the utterances of one split into numbered shards, after the ``finished`` ones of an earlier build."""

    def __init__(self, shards: ShardWriter, split: str, shard_frames: int, finished: int):
        self._shards, self._split, self._shard_frames = shards, split, shard_frames
        self._waiting: list[UtteranceFeatures] = []
        self._waiting_frames = 0
        self._number = finished
        for number in range(finished):
            shards.add(shard_name(split, number), split)

    def add(self, utterance: UtteranceFeatures) -> None:
        self._waiting.append(utterance)
        self._waiting_frames += len(utterance.mfcc)
        if self._waiting_frames >= self._shard_frames:
            self.close()

    def close(self) -> None:
        """Make a shard of the utterances that wait."""
        if self._waiting:
            self._shards.add(shard_name(self._split, self._number), self._split, self._waiting)
            self._waiting, self._waiting_frames = [], 0
            self._number += 1
