"""Pairs of many shards as plain arrays: all in memory, or a batch at a time."""

from collections.abc import Iterator

import numpy as np

from mfccinv.datasets.shards import Shard, context_windows, shard_pairs
from mfccinv.features.context import Context

Pairs = tuple[np.ndarray, np.ndarray]  # x (n_pairs, context.length, n_mfcc), y (n_pairs, n_mels), float32, dB


def count_pairs(shards: list[Shard], context: Context) -> int:
    """Count the pairs of shards; ValueError if no utterance is long enough for one."""
    n_pairs = sum(int(context.targets(shard.starts)[1].sum()) for shard in shards)
    if n_pairs == 0:
        raise ValueError(f"no utterance is as long as the context of {context.length} frames")
    return n_pairs


def load_pairs(shards: list[Shard], context: Context, memory_gb: float) -> Pairs:
    """Load the pairs of shards, in order.

    Raises
    ------
    ValueError
        If there are none, or they take more than ``memory_gb``.
    """
    n_pairs = count_pairs(shards, context)
    n_mfcc, n_mels = shards[0].shapes["mfcc"][1], shards[0].shapes["log_mel"][1]
    needed_gb = 4e-9 * n_pairs * (context.length * n_mfcc + n_mels)
    if needed_gb > memory_gb:
        raise ValueError(
            f"{n_pairs:,} pairs with context={context.length} take {needed_gb:.3g} GB, memory_gb={memory_gb:g} is the "
            "most: take fewer frames of context, stream them by as_tf_dataset, or allow more"
        )
    x, y = np.empty((n_pairs, context.length, n_mfcc), np.float32), np.empty((n_pairs, n_mels), np.float32)
    end = 0
    for shard in shards:
        own_x, own_y = shard_pairs(shard, context)
        begin, end = end, end + len(own_x)
        x[begin:end], y[begin:end] = own_x, own_y
    return x, y


def pair_batches(
    shards: list[Shard], context: Context, batch_size: int, rng: np.random.Generator | None
) -> Iterator[Pairs]:
    """Yield the pairs of shards in batches; the last is smaller where they don't go up.

    Memory holds the frames of one shard. With a generator of random numbers, the order of the shards is random, and
    that of the pairs within each.
    """
    waiting: list[Pairs] = []
    n_waiting = 0
    for place in range(len(shards)) if rng is None else rng.permutation(len(shards)):
        shard = shards[place]
        pairs = context.pair_index(shard.starts)
        if len(pairs) == 0:
            continue
        if rng is not None:
            pairs = rng.permutation(pairs)
        mfcc, log_mel = np.array(shard.mfcc), np.array(shard.log_mel)  # at random, a disk is slow
        windows = context_windows(mfcc, context)
        while len(pairs):
            first, target, _ = pairs[: batch_size - n_waiting].T
            pairs = pairs[len(first) :]
            waiting.append((windows[first], log_mel[target]))
            n_waiting += len(first)
            if n_waiting == batch_size:
                yield _joined(waiting)
                waiting, n_waiting = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[Pairs]) -> Pairs:
    x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return x, y
