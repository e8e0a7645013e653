"""Frames of shards in memory: all of them where there is room, or else a group of shards at a time.

Frames in memory are drawn at random as fast as in order; from a disk they are not. So batches come from one group of
shards after another, shuffled within each, while the next group is read.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from math import prod
from threading import Lock

import numpy as np

from mfccinv.batches.compact_frames import CompactFrames, CompactShard
from mfccinv.datasets.shards import Shard

Frames = dict[int, Mapping[str, CompactFrames]]  # of each shard, by the array's name


class ShuffleBuffer:
    """Groups of shards in memory, at most two at a time: the one in use and the next one.

    Parameters
    ----------
    shards : list of Shard or CompactShard
    names : tuple of str
        Which of a shard's arrays are needed.
    limit_gb : float > 0
        Memory for both groups, GB. A shard that is larger than half of it is a group of its own.
    """

    def __init__(self, shards: Sequence[Shard | CompactShard], names: tuple[str, ...], limit_gb: float):
        if limit_gb <= 0:
            raise ValueError(f"training.memory_gb must be more than 0, got {limit_gb}")
        self._shards, self._names, self._limit = shards, names, limit_gb * 1e9
        self._sizes = np.array([2 * sum(prod(shard.shapes[name]) for name in names) for shard in shards])
        self._read: dict[tuple[int, ...], Future[Frames]] = {}
        self._lock, self._reader = Lock(), ThreadPoolExecutor(1)

    @property
    def all_fit(self) -> bool:
        """Whether all shards are one group."""
        return int(self._sizes.sum()) <= self._limit

    def group(self, rng: np.random.Generator) -> list[tuple[int, ...]]:
        """Divide the shards into groups, every shard once: in a random order, if they don't all fit."""
        if self.all_fit:
            return [tuple(range(len(self._shards)))]
        groups: list[tuple[int, ...]] = []
        room = 0.0
        for shard in map(int, rng.permutation(len(self._shards))):
            room -= self._sizes[shard]
            if room < 0 or not groups:
                room = self._limit / 2 - self._sizes[shard]
                groups.append(())
            groups[-1] += (shard,)
        return groups

    def frames(self, group: tuple[int, ...], ahead: tuple[int, ...] | None) -> Frames:
        """Wait for the frames of a group, by shard, and start to read the group ``ahead``."""
        needed = [group] if ahead is None else [group, ahead]
        with self._lock:
            for one in set(self._read).difference(needed):
                self._read.pop(one).cancel()
            for one in needed:
                if one not in self._read:
                    self._read[one] = self._reader.submit(self._load, one)
            reading = self._read[group]
        return reading.result()

    def close(self) -> None:
        """Read nothing more."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    def _load(self, group: tuple[int, ...]) -> Frames:
        return {shard: self._arrays(self._shards[shard]) for shard in group}

    def _arrays(self, shard: Shard | CompactShard) -> Mapping[str, CompactFrames]:
        if isinstance(shard, CompactShard):
            return shard.frames
        frames = {name: shard.frames[name] for name in self._names}
        try:
            return {name: CompactFrames.of(array) for name, array in frames.items()}
        except ValueError as error:
            raise ValueError(f"{shard.path}: {error}") from error
