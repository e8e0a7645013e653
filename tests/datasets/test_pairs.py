"""Tests of pairs in memory and in batches: every pair once and aligned, whatever the shards and their order."""

from itertools import pairwise

import numpy as np
import pytest
from noise import noise_utterance, small_spec

from mfccinv.datasets.pairs import count_pairs, load_pairs, pair_batches
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import shard_pairs, write_shard
from mfccinv.features.context import POSITIONS, Context

LENGTHS = ([12, 3, 20], [2], [31], [9, 9])  # of the utterances in each shard; the second has no pair
CONTEXT = Context(5, "centre")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder, seed, opened = tmp_path_factory.mktemp("shards"), 0, []
    for number, lengths in enumerate(LENGTHS):
        utterances = [noise_utterance(small_spec(), n, seed + place) for place, n in enumerate(lengths)]
        seed += len(lengths)
        write_shard(folder / f"train-{number:05d}.npz", utterances, CONTEXT)
        opened.append(open_shard(folder / f"train-{number:05d}.npz"))
    return opened


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("length", [1, 5])
def test_in_memory_are_the_pairs_of_every_shard_in_order(shards, length, position):
    context = Context(length, position)
    x, y = load_pairs(shards, context, memory_gb=1)
    expected = [shard_pairs(shard, context) for shard in shards]
    np.testing.assert_array_equal(x, np.concatenate([one for one, _ in expected]))
    np.testing.assert_array_equal(y, np.concatenate([one for _, one in expected]))
    assert len(x) == count_pairs(shards, context)
    assert (x.dtype, y.dtype, x.flags.c_contiguous) == (np.float32, np.float32, True)


def test_the_number_of_pairs_is_that_of_whole_windows(shards):
    assert count_pairs(shards, CONTEXT) == 8 + 0 + 16 + 0 + 27 + 5 + 5
    assert count_pairs(shards, Context(31, "last")) == 1
    with pytest.raises(ValueError, match=r"^no utterance is as long as the context of 32 frames$"):
        load_pairs(shards, Context(32, "centre"), memory_gb=1)


def test_pairs_that_take_more_memory_are_refused_with_what_they_take(shards):
    """61 pairs of 5 times 8 and 24 numbers of 4 bytes."""
    gigabytes = 61 * (5 * 8 + 24) * 4 / 1e9
    load_pairs(shards, CONTEXT, memory_gb=1.01 * gigabytes)
    match = r"^61 pairs with context=5 take 1\.56e-05 GB, memory_gb=1\.5e-05 is the most: .* by as_tf_dataset"
    with pytest.raises(ValueError, match=match):
        load_pairs(shards, CONTEXT, memory_gb=1.5e-5)


@pytest.mark.parametrize("batch_size", [1, 7, 61, 100])
def test_batches_in_order_are_the_pairs_in_memory(shards, batch_size):
    batches = list(pair_batches(shards, CONTEXT, batch_size, None))
    assert [len(x) for x, _ in batches[:-1]] == [batch_size] * (61 // batch_size - (61 % batch_size == 0))
    for made, expected in zip(zip(*batches, strict=True), load_pairs(shards, CONTEXT, 1), strict=True):
        np.testing.assert_array_equal(np.concatenate(made), expected)


def test_shuffled_batches_hold_every_pair_once_and_aligned(shards):
    x, y = load_pairs(shards, CONTEXT, 1)
    places = {frame.tobytes(): place for place, frame in enumerate(y)}

    def order(seed):
        drawn = []
        for batch_x, batch_y in pair_batches(shards, CONTEXT, 7, np.random.default_rng(seed)):
            own = [places[frame.tobytes()] for frame in batch_y]
            np.testing.assert_array_equal(batch_x, x[own])
            drawn += own
        return drawn

    assert sorted(order(0)) == list(range(61))
    assert order(0) == order(0)
    assert order(0) != order(1)
    of_shards = [np.searchsorted([24, 51], place, side="right") for place in order(0)]
    assert sum(one != other for one, other in pairwise(of_shards)) == 2  # a shard at a time
    assert order(0)[:24] != sorted(order(0)[:24])
