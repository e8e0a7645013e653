"""Tests of the context windows against loops that say what is meant."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.features.context import POSITIONS, Context

CONTEXTS = st.builds(Context, st.integers(1, 9), st.sampled_from(POSITIONS))
LENGTHS = st.lists(st.integers(0, 15), min_size=1, max_size=6)


def starts_of(lengths):
    return np.cumsum([0, *lengths])


def naive_pairs(starts, context):
    """Every window, one after the other, that lies in one utterance with its target."""
    offset = {"centre": context.length // 2, "last": context.length - 1, "next": context.length}[context.position]
    pairs = []
    for utterance, (begin, end) in enumerate(pairwise(starts)):
        for first in range(begin, end):
            if first + context.length <= end and first + offset < end:
                pairs.append((first, first + offset, utterance))
    return pairs


@pytest.mark.parametrize("length", [0, -3, True, 2.0, "9", None])
def test_length_must_be_a_whole_number(length):
    with pytest.raises(ValueError, match=rf"^context must be a whole number in \[1, 1048576\], got {length!r}$"):
        Context(length, "centre")


def test_numpys_whole_numbers_are_lengths():
    assert Context(np.int8(101), "centre") == Context(101, "centre")
    assert type(Context(np.int8(101), "centre").length) is int
    for wrong in (np.float64(9), np.bool_(True)):
        with pytest.raises(ValueError, match=r"^context must be a whole number"):
            Context(wrong, "centre")


def test_settings_of_a_model_must_have_both():
    assert Context.of({"context": 9, "position": "last", "name": "conv"}) == Context(9, "last")
    with pytest.raises(ValueError, match=r"^missing setting: model.context, model.position$"):
        Context.of({"name": "conv"})


@pytest.mark.parametrize("position", ["center", 0, None])
def test_position_must_be_known(position):
    with pytest.raises(ValueError, match=f"^position must be one of centre, last, next, got {position!r}$"):
        Context(9, position)


@pytest.mark.parametrize(
    ("length", "target", "offset", "sees_target"),
    [
        (9, "centre", 4, True),
        (8, "centre", 4, True),
        (1, "centre", 0, True),
        (9, "last", 8, True),
        (1, "last", 0, True),
        (9, "next", 9, False),
        (1, "next", 1, False),
    ],
)
def test_where_the_target_is(length, target, offset, sees_target):
    context = Context(length, target)
    assert (context.target_offset, context.sees_target) == (offset, sees_target)


@given(LENGTHS, CONTEXTS)
def test_pair_index_is_that_of_a_loop(lengths, context):
    pairs = context.pair_index(starts_of(lengths))
    assert (pairs.dtype, pairs.ndim, pairs.shape[1]) == (np.int64, 2, 3)
    assert [tuple(pair) for pair in pairs.tolist()] == naive_pairs(starts_of(lengths), context)


@given(LENGTHS, CONTEXTS)
def test_targets_are_those_of_the_pairs(lengths, context):
    starts = starts_of(lengths)
    first, count = context.targets(starts)
    pairs = context.pair_index(starts)
    assert count.tolist() == [int(np.sum(pairs[:, 2] == utterance)) for utterance in range(len(lengths))]
    expected = [f + k for f, n in zip(first, count, strict=True) for k in range(n)]
    assert pairs[:, 1].tolist() == expected


@given(CONTEXTS, st.data())
def test_input_rows_stand_still_at_the_edges(context, data):
    begin = data.draw(st.integers(0, 50))
    end = data.draw(st.integers(begin + 1, begin + 30))
    first, n_targets = data.draw(st.integers(begin, end - 1)), data.draw(st.integers(1, 40))
    (rows,) = context.input_rows(np.array([first]), n_targets, np.array([begin]), np.array([end]))
    wanted = range(first - context.target_offset, first - context.target_offset + n_targets + context.length - 1)
    assert rows.tolist() == [min(max(row, begin), end - 1) for row in wanted]


@given(LENGTHS, CONTEXTS)
def test_windows_of_input_rows_are_those_of_the_pairs(lengths, context):
    starts = starts_of(lengths)
    first, count = context.targets(starts)
    windows = {target: window for window, target, _ in context.pair_index(starts).tolist()}
    for u in np.flatnonzero(count):
        (rows,) = context.input_rows(first[u : u + 1], count[u], starts[u : u + 1], starts[u + 1 : u + 2])
        for k in range(count[u]):
            window = windows[first[u] + k]
            assert rows[k : k + context.length].tolist() == list(range(window, window + context.length))


def test_input_rows_of_several_runs():
    context = Context(3, "centre")
    rows = context.input_rows(np.array([0, 7]), 2, np.array([0, 5]), np.array([5, 9]))
    assert rows.tolist() == [[0, 0, 1, 2], [6, 7, 8, 8]]
