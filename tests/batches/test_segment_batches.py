"""Tests of the batches: every pair once, whole windows, one shape, and an order that is a function of its seed."""

import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noise import noise_utterance, small_spec

from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.batches.voices import draw_voices
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import Shard, shard_pairs, write_shard
from mfccinv.features.cepstrum import inverse_basis, log_mel_to_mfcc
from mfccinv.features.context import POSITIONS, Context
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.task import Task
from mfccinv.system.frame_threads import ONE_BLAS_THREAD

LENGTHS = ([5, 30, 9, 64], [1, 12, 200])
CONTEXT = Context(9, "centre")
TWO_BANDS = small_spec(n_mels=2, n_mfcc=2)


def shapes(frames):
    return {name: array.shape for name, array in frames.items()}


def numbered_shard(lengths, first_frame=0, first_utterance=0):
    """A shard that tells where each value is from, in memory.

    Frame f of utterance u (both counted over all shards) has the log-mel frame ``[f, u]``.
    """
    starts = np.cumsum([0, *lengths])
    frame = first_frame + np.arange(starts[-1], dtype=np.float32)
    utterance = np.repeat(np.arange(len(lengths), dtype=np.float32) + first_utterance, lengths)
    names = np.array([f"u{first_utterance + n}" for n in range(len(lengths))])
    log_mel = np.stack([frame, utterance], axis=1)
    frames = {"mfcc": log_mel_to_mfcc(log_mel, TWO_BANDS), "log_mel": log_mel}
    return Shard(
        path=Path("numbered.npz"),
        frames=frames,
        shapes=shapes(frames),
        starts=starts,
        ids=names,
        speakers=names,
        seconds=np.array(lengths) / 100,
        source_rate=np.full(len(lengths), 16000),
        source_channels=np.ones(len(lengths), int),
    )


def numbers(mfcc):
    """Frame and utterance, ``[f, u]``, of MFCC of numbered shards."""
    return np.rint(mfcc @ inverse_basis(TWO_BANDS).T)


def numbered_shards(*lengths):
    """Shards whose frames and utterances are numbered throughout."""
    shards, frames, utterances = [], 0, 0
    for part in lengths:
        shards.append(numbered_shard(part, frames, utterances))
        frames, utterances = frames + sum(part), utterances + len(part)
    return shards


def batches_of(shards=None, context=CONTEXT, spec=TWO_BANDS, **changes):
    options = {
        "segment_frames": 16,
        "batch_frames": 64,
        "steps_per_epoch": None,
        "voices": None,
        "speaker_exponent": 1.0,
        "corpus_shares": None,
        "edges": False,
        "memory_gb": 1.0,
        "seed": 0,
    } | changes
    return SegmentBatches(shards or numbered_shards(*LENGTHS), spec, context, **options)


def pairs_of(batches, context=CONTEXT):
    """Numbers of every pair of an epoch: of its windows (n_pairs, length, 2), its target (n_pairs, 2), as they come."""
    x = []
    for step in range(len(batches)):
        batch_x, _, weights = batches[step]
        for run, frame in np.argwhere(weights == 1):
            x.append(batch_x[run, frame : frame + context.length])
    return numbers(np.array(x)), targets_of(batches)


def targets_of(batches):
    """Targets of an epoch, (n_pairs, n_mels), as they come."""
    drawn = [batches[step] for step in range(len(batches))]
    return np.concatenate([y[weights == 1] for _, y, weights in drawn])


def test_draws_what_the_task_asks_for():
    """Frame f's linear spectrum is [10 f, 10 f, …]; its mel frame starts with f."""
    [shard] = numbered_shards([9])
    frames = shard.frames | {"log_magnitude": 10 * shard.log_mel[:, [0] * TWO_BANDS.n_bins]}
    shards = [replace(shard, frames=frames, shapes=shapes(frames))]
    x, y, _ = batches_of(shards, Context(1, "centre"), task=Task("mel", "linear"), segment_frames=9, batch_frames=9)[0]
    np.testing.assert_array_equal(x[0], shards[0].log_mel)
    np.testing.assert_array_equal(y[0], shards[0].log_magnitude)


def test_a_flow_gives_state_and_time_and_asks_for_what_follows_of_them(tmp_path):
    spec = small_spec()
    write_shard(tmp_path / "a.npz", [noise_utterance(spec, 200)], CONTEXT)
    path, context = FlowPath(spec, 15.0), Context(5, "centre")
    how = {"task": Task(flow=True), "flow_path": path, "segment_frames": 16, "batch_frames": 64, "edges": True}
    shards = [open_shard(tmp_path / "a.npz")]
    x, y, _ = (batches := batches_of(shards, context, spec, **how))[0]
    plain_x, plain_y, _ = batches_of(shards, context, spec, segment_frames=16, batch_frames=64, edges=True)[0]
    assert (x.shape, y.shape) == ((4, 20, 25), (4, 16, 24)) == batches.shapes[:2]
    np.testing.assert_allclose(x[..., :8], plain_x, atol=1e-3)
    time = x[:, 0, -1]
    np.testing.assert_array_equal(x[..., -1], np.repeat(time[:, None], 20, axis=1))
    np.testing.assert_array_equal(np.floor(time * 4), range(4))
    state = x[:, 2:-2, 8:-1]
    velocity = path.velocity(y, state, time)
    reached = path.frames(y, state + (1 - time[:, None, None]) * velocity)
    np.testing.assert_allclose(reached, plain_y, atol=1e-2)
    np.testing.assert_array_equal(batches[0][0], x)


def test_hides_other_coefficients_in_every_segment_step_and_epoch_and_the_same_ones_again():
    shards = [one_shard_of_noise()]
    several = {"spec": small_spec(), "task": Task(min_mfcc=1), "segment_frames": 9, "batch_frames": 36}
    plain, hidden, again = (batches_of(shards, **several | more) for more in ({"task": Task()}, {}, {}))
    known = []
    for epoch in range(2):
        for batches in (plain, hidden, again):
            batches.start_epoch(epoch)
        for step in range(len(hidden)):
            (x, y, weights), (all_x, all_y, all_weights) = hidden[step], plain[step]
            np.testing.assert_array_equal(x, again[step][0])
            np.testing.assert_array_equal(x, np.where(np.isnan(x), np.nan, all_x))
            np.testing.assert_array_equal(y, all_y)
            np.testing.assert_array_equal(weights, all_weights)
            numbers = np.isfinite(x).sum(axis=-1)
            assert (np.ptp(numbers, axis=1) == 0).all(), "one number in a segment"
            known.append(tuple(numbers[:, 0]))
    assert len({number for numbers in known for number in numbers}) == 8
    assert len(set(known)) > len(known) / 2


def one_shard_of_noise():
    """A shard of an utterance of 400 frames, of 8 MFCC, in memory."""
    utterance = noise_utterance(small_spec(), 400)
    frames = {"mfcc": utterance.mfcc, "log_mel": utterance.log_mel}
    return replace(numbered_shard([400]), frames=frames, shapes=shapes(frames))


class Counted(dict):
    """A shard's arrays, which counts how often the mel frames are taken."""

    taken = 0

    def __getitem__(self, name):
        self.taken += name == "log_mel"
        return super().__getitem__(name)


class TestWindows:
    """More frames than there is memory for: `MANY` shards of 1,000 frames, each of `SIZE` bytes in memory."""

    MANY = 24
    SIZE = 2 * 1000 * 24

    def shards(self, folder):
        utterances = [noise_utterance(small_spec(), 1000, seed, id=f"u{seed}") for seed in range(self.MANY)]
        for number, utterance in enumerate(utterances):
            write_shard(folder / f"{number:03d}.npz", [utterance], CONTEXT)
        return [open_shard(folder / f"{number:03d}.npz") for number in range(self.MANY)]

    @pytest.mark.parametrize("exponent", [1.0, 0.5])
    def test_every_pair_is_drawn_and_in_another_order_each_epoch(self, tmp_path, exponent):
        shards = self.shards(tmp_path)
        options = {"spec": small_spec(), "segment_frames": 8, "batch_frames": 32, "speaker_exponent": exponent}
        batches = batches_of(shards, memory_gb=5 * self.SIZE / 1e9, **options)
        orders = []
        for epoch in range(2):
            batches.start_epoch(epoch)
            orders.append(targets_of(batches)[:, 0])
        if exponent == 1:
            expected = np.concatenate([shard_pairs(shard, CONTEXT)[1][:, 0] for shard in shards])
            for order in orders:
                np.testing.assert_allclose(np.sort(order), np.sort(expected), atol=0.002)
        assert len(orders[0]) == pytest.approx(len(orders[1]), rel=0.02)
        assert not np.array_equal(orders[0][:100], orders[1][:100])

    @pytest.mark.parametrize("exponent", [1.0, 0.5])
    def test_a_window_without_a_pair_is_passed_over(self, exponent):
        shards = numbered_shards([3], [40], [3], [40], [3])
        batches = batches_of(shards, memory_gb=1e-9, speaker_exponent=exponent, segment_frames=8, batch_frames=32)
        _, y = pairs_of(batches)
        assert set(y[:, 1]) == {1, 3}

    def test_memory_is_bounded_whatever_the_size(self, tmp_path):
        """Frames of a quarter of the shards at most, one of them unrounded, and the runs of an eighth.

        The runs take most where each is a frame.
        """
        shards = self.shards(tmp_path)
        size = self.MANY * self.SIZE
        with ONE_BLAS_THREAD:  # looks for libraries when it is first needed
            pass
        tracemalloc.start()
        batches = batches_of(shards, memory_gb=size / 4e9, spec=small_spec(), segment_frames=1, batch_frames=8)
        for batch in range(len(batches)):
            assert batches[batch][0].shape[0] == 8
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 0.55 * size  # with what Python needs besides

    def test_short_epochs_go_on_through_all_there_is(self, tmp_path):
        """A pass has 744 batches; in epochs of 100, a shard is read once a pass, and some are read ahead."""
        options = {"spec": small_spec(), "segment_frames": 8, "batch_frames": 32, "memory_gb": 13 * self.SIZE / 1e9}
        counted = [replace(shard, frames=Counted(shard.frames)) for shard in self.shards(tmp_path)]
        batches = batches_of(counted, steps_per_epoch=100, **options)
        before = [shard.frames.taken for shard in counted]
        drawn = []
        for epoch in range(8):
            batches.start_epoch(epoch)
            assert len(batches) == 100
            drawn += [batches[step][1][:, :, 0].copy() for step in range(len(batches))]
        for shard, times in zip(counted, before, strict=True):
            assert 1 <= shard.frames.taken - times <= 2, "once a pass, and the second has begun"
        whole = batches_of(self.shards(tmp_path), steps_per_epoch=None, **options)
        assert len(whole) == 744
        for step in range(len(whole)):
            np.testing.assert_array_equal(drawn[step], whole[step][1][:, :, 0])
        whole.start_epoch(1)
        for step, batch in enumerate(drawn[744:]):
            np.testing.assert_array_equal(batch, whole[step][1][:, :, 0])
        begun_here = batches_of(self.shards(tmp_path), steps_per_epoch=100, **options)
        begun_here.start_epoch(5)
        np.testing.assert_array_equal(begun_here[30][1][:, :, 0], drawn[530])

    def test_what_fits_is_drawn_as_if_there_were_no_limit(self, tmp_path):
        shards = self.shards(tmp_path)
        size_gb = self.MANY * self.SIZE / 1e9
        one, other = (batches_of(shards, memory_gb=limit, spec=small_spec())[5] for limit in (size_gb, 100))
        np.testing.assert_array_equal(one[1], other[1])

    def test_no_memory_is_refused(self):
        with pytest.raises(ValueError, match=r"training.memory_gb must be more than 0, got 0"):
            batches_of(memory_gb=0)


class TestBalance:
    @pytest.mark.parametrize(("exponent", "share"), [(0.0, 0.5), (0.5, 1 / 4), (1.0, 1 / 10)])
    def test_speakers_are_drawn_by_their_runs_to_a_power(self, exponent, share):
        """Nine times as many runs of one speaker as of the other, over two shards and many epochs."""
        few, many = numbered_shards([16 * 40 + 8], [16 * 180 + 8, 16 * 180 + 8])
        many = replace(many, speakers=np.array(["many", "many"]))
        batches = batches_of([few, many], speaker_exponent=exponent, batch_frames=16)
        shares = []
        for epoch in range(20):
            batches.start_epoch(epoch)
            utterances = [batches[step][1][0, 0, 1] for step in range(len(batches))]
            shares.append(np.mean(np.array(utterances) == 0))
        assert len(batches) == 400
        assert np.mean(shares) == pytest.approx(share, abs=0.02)

    @pytest.mark.parametrize("memory_gb", [1.0, 1e-9])
    def test_corpora_are_drawn_by_their_shares(self, memory_gb):
        """Ten times as many runs of one corpus as of the others, whose two speakers have one run and three."""
        few, many = numbered_shards([16 + 8, 3 * 16 + 8], [16 * 40 + 8])
        few = replace(few, speakers=np.array(["few/one", "few/three"]))
        many = replace(many, speakers=np.array(["many/a"]))
        options = {"speaker_exponent": 0.5, "batch_frames": 16, "memory_gb": memory_gb}
        batches = batches_of([few, many], corpus_shares={"few": 1, "many": 3, "none": 5}, **options)
        drawn = []
        for epoch in range(40):
            batches.start_epoch(epoch)
            drawn += [int(batches[step][1][0, 0, 1]) for step in range(len(batches))]
        assert len(drawn) == 40 * 44
        shares = np.bincount(drawn, minlength=3) / len(drawn)
        np.testing.assert_allclose(shares, [0.25 / (1 + 3**0.5), 0.25 * 3**0.5 / (1 + 3**0.5), 0.75], atol=0.03)

    @pytest.mark.parametrize(
        ("shares", "message"),
        [
            ({"a": 1, "b": -1}, r"training.corpus_shares must be numbers of at least 0, got {'a': 1, 'b': -1}"),
            ({"a": 1, "b": "2"}, r"training.corpus_shares must be numbers of at least 0"),
            ({"a": 1}, r"training.corpus_shares has no share for b: 0 leaves it out"),
            ({"a": 0, "b": 0}, r"training.corpus_shares leaves nothing of a, b"),
        ],
    )
    def test_shares_that_make_no_sense(self, shares, message):
        (shard,) = numbered_shards([64, 64])
        with pytest.raises(ValueError, match=message):
            batches_of([replace(shard, speakers=np.array(["a/x", "b/x"]))], corpus_shares=shares)

    def test_shares_of_voices_that_are_not_known(self):
        (shard,) = numbered_shards([64, 64])
        with pytest.raises(ValueError, match="needs the speakers of every part"):
            batches_of([replace(shard, speakers=np.array(["a/x", ""]))], corpus_shares={"a": 1})

    def test_the_seed_and_the_epoch_decide(self):
        def first(seed, epoch):
            batches = batches_of(speaker_exponent=0.5, seed=seed)
            batches.start_epoch(epoch)
            return batches[0][1]

        np.testing.assert_array_equal(first(0, 3), first(0, 3))
        assert not np.array_equal(first(0, 3), first(0, 4))
        assert not np.array_equal(first(0, 3), first(1, 3))

    @pytest.mark.parametrize("exponent", [-0.1, 1.1])
    def test_out_of_range(self, exponent):
        with pytest.raises(ValueError, match=r"training.speaker_exponent must be in \[0, 1\]"):
            batches_of(speaker_exponent=exponent)


class TestVoices:
    def test_others_are_neither_drawn_nor_counted(self):
        shards = numbered_shards([40, 24, 9], [3, 30])  # u0 to u4; u3 is shorter than the context
        voices = draw_voices({f"u{number}" for number in range(5)}, 3)
        kept = [number for number in range(5) if f"u{number}" in voices]
        every = targets_of(batches_of(shards))
        batches = batches_of(shards, voices=3)
        assert batches.voices == voices
        drawn = targets_of(batches)
        expected = every[np.isin(every[:, 1], kept)]
        assert batches.n_pairs == batches.frames_per_epoch == len(drawn) == len(expected) < len(every)
        np.testing.assert_array_equal(np.sort(drawn[:, 0]), np.sort(expected[:, 0]))

    @pytest.mark.parametrize("memory_gb", [1.0, 1e-9])
    def test_others_have_no_share(self, memory_gb):
        shards = numbered_shards([40, 24], [30, 50])
        batches = batches_of(shards, voices=2, speaker_exponent=0.0, memory_gb=memory_gb)
        drawn = targets_of(batches)[:, 1]
        assert {f"u{number:.0f}" for number in set(drawn)} <= draw_voices({"u0", "u1", "u2", "u3"}, 2)

    def test_fewer_are_among_more_and_parts_keep_their_shares(self):
        parts = {"crowd": 400, "books": 100, "prompts": 4, "one": 1}
        speakers = {f"{part}/{number}" for part, n in parts.items() for number in range(n)}
        drawn = {n: draw_voices(speakers, n) for n in (4, 50, 101, 505)}
        assert drawn[4] < drawn[50] < drawn[101] < drawn[505] == speakers
        counts = {n: Counter(speaker.partition("/")[0] for speaker in voices) for n, voices in drawn.items()}
        assert counts[4] == dict.fromkeys(parts, 1)
        assert counts[101] == {"crowd": 79, "books": 20, "prompts": 1, "one": 1}

    @pytest.mark.parametrize(
        ("speakers", "n", "message"),
        [
            ({"a", "b"}, 3, r"training.voices must be in \[1, 2\], the speakers to train on, or null, got 3"),
            ({"a", "b"}, 0, r"training.voices must be in \[1, 2\], the speakers to train on, or null, got 0"),
            ({"a", ""}, 1, r"training.voices=1 needs a corpus whose speakers are all known: leave it null"),
        ],
    )
    def test_numbers_that_cannot_be_drawn(self, speakers, n, message):
        with pytest.raises(ValueError, match=message):
            draw_voices(speakers, n)


class TestPairs:
    @given(
        lengths=st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=4), min_size=1, max_size=3),
        length=st.integers(1, 12),
        position=st.sampled_from(POSITIONS),
        segment_frames=st.integers(1, 20),
        runs=st.integers(1, 5),
    )
    def test_each_is_in_an_epoch_exactly_once(self, lengths, length, position, segment_frames, runs):
        context, shards = Context(length, position), numbered_shards(*lengths)
        expected = [shard_pairs(shard, context) for shard in shards]
        expected_x, expected_y = (np.concatenate(parts) for parts in zip(*expected, strict=True))
        options = {"segment_frames": segment_frames, "batch_frames": segment_frames * runs + segment_frames // 2}
        if len(expected_y) == 0:
            with pytest.raises(ValueError, match=f"no utterance is as long as the context of {length} frames"):
                batches_of(shards, context, **options)
            return
        batches = batches_of(shards, context, **options)
        x, y = pairs_of(batches, context)
        assert batches.n_pairs == len(y) == len(expected_y)
        order = np.argsort(y[:, 0])
        np.testing.assert_array_equal(y[order], expected_y)
        np.testing.assert_array_equal(x[order], numbers(expected_x))

    def test_with_edges_every_frame_is_one(self):
        """Beyond an utterance its first and its last frame are repeated, as they are in prediction."""
        shards = numbered_shards([20, 3])
        x, y = pairs_of(batches_of(shards, Context(5, "centre"), edges=True), Context(5, "centre"))
        order = np.argsort(y[:, 0])
        np.testing.assert_array_equal(y[order, 0], np.arange(23))
        frames = x[order][:, :, 0]
        np.testing.assert_array_equal(frames[0], [0, 0, 0, 1, 2])
        np.testing.assert_array_equal(frames[10], [8, 9, 10, 11, 12])
        np.testing.assert_array_equal(frames[21], [20, 20, 21, 22, 22])

    @pytest.mark.parametrize("position", POSITIONS)
    def test_windows_and_targets_are_of_one_utterance(self, position):
        context = Context(9, position)
        x, y = pairs_of(batches_of(context=context), context)
        np.testing.assert_array_equal(x[:, :, 1], np.repeat(y[:, 1:2], 9, axis=1))
        np.testing.assert_array_equal(np.diff(x[:, :, 0], axis=1), 1)
        np.testing.assert_array_equal(y[:, 0] - x[:, 0, 0], {"centre": 4, "last": 8, "next": 9}[position])
        assert not set(y[:, 1]) & {0, 4}  # shorter than the context

    def test_single_windows_are_the_pairs_of_the_shards(self):
        batches = batches_of(segment_frames=1, batch_frames=32)
        x, _, weights = batches[0]
        assert x.shape == (32, 9, 2)
        assert weights.shape == (32, 1)
        _, y = pairs_of(batches)
        expected = np.concatenate([shard_pairs(shard, CONTEXT)[1] for shard in numbered_shards(*LENGTHS)])
        assert sorted(y[:, 0]) == sorted(expected[:, 0])


class TestShape:
    def test_is_the_same_for_every_batch(self):
        batches = batches_of(segment_frames=16, batch_frames=70)
        shapes = {tuple(part.shape for part in batches[step]) for step in range(len(batches))}
        assert shapes == {batches.shapes}
        x, y, weights = batches.shapes
        assert x[:2] == (batches.segments_per_batch, 16 + CONTEXT.length - 1)
        assert y[:2] == weights == (70 // 16, 16)
        assert {part.dtype for part in batches[0]} == {np.dtype("float32")}

    def test_what_fills_a_batch_has_no_weight_and_no_strange_values(self):
        batches = batches_of()
        _, y, weights = batches[len(batches) - 1]
        assert set(np.unique(weights)) == {0.0, 1.0}
        assert np.isfinite(y).all()
        for step in range(len(batches)):
            x, y, weights = batches[step]
            for run in np.flatnonzero(weights[:, 0]):
                utterances = set(numbers(x[run])[:, 1])
                assert utterances == set(y[run, :, 1]), "a run is filled with frames of its own utterance"
        every_weight = np.concatenate([batches[step][2] for step in range(len(batches))])
        assert every_weight.sum() == batches.n_pairs
        assert np.all(np.diff(every_weight, axis=1) <= 0), "the pairs of a run come first"

    @pytest.mark.parametrize("batch_frames", [96, 1600], ids=["last batch", "more than there is"])
    def test_runs_from_the_beginning_fill_the_last_batch(self, batch_frames):
        """Zeros would enter batch normalisation."""
        batches = batches_of(batch_frames=batch_frames)
        (first_x, first_y, _), (x, y, weights) = batches[0], batches[len(batches) - 1]
        own = int((weights[:, 0] == 1).sum())
        assert 0 < own < len(x)
        fills = np.arange(own, len(x)) - own if len(batches) > 1 else np.arange(own, len(x)) % own
        np.testing.assert_array_equal(x[own:], first_x[fills])
        np.testing.assert_array_equal(y[own:], first_y[fills])

    def test_an_epoch_can_be_cut_short(self):
        whole = batches_of()
        assert len(whole) == 5
        cut = batches_of(steps_per_epoch=2)
        assert len(cut) == 2
        for step in range(2):
            np.testing.assert_array_equal(cut[step][1], whole[step][1])
        assert len(batches_of(steps_per_epoch=1000)) == 5

    def test_what_fills_up_is_no_frame_that_is_trained_on(self):
        assert [batches_of(steps_per_epoch=steps).frames_per_epoch for steps in (None, 1000)] == [275, 275]
        assert batches_of(steps_per_epoch=2).frames_per_epoch == round(275 * 8 / 20)


class TestOrder:
    def test_depends_on_seed_and_epoch_alone(self):
        def targets(seed, *epochs):
            batches = batches_of(seed=seed)
            for epoch in epochs:
                batches.start_epoch(epoch)
            return pairs_of(batches)[1][:, 0].tolist()

        assert targets(0) == targets(0, 0)
        assert targets(3, 0, 1, 2) == targets(3, 2)
        different = [targets(0, 0), targets(0, 1), targets(0, 2), targets(1, 0), targets(1, 1)]
        assert len({tuple(order) for order in different}) == 5
        assert all(sorted(order) == sorted(different[0]) for order in different)

    def test_reading_a_batch_twice_gives_the_same(self):
        batches = batches_of()
        batches[2]
        for first, second in zip(batches[1], batches[1], strict=True):
            np.testing.assert_array_equal(first, second)


class TestErrors:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"segment_frames": 0}, "training.segment_frames must be at least 1, got 0"),
            ({"batch_frames": 15}, r"training.batch_frames must be in \[segment_frames=16, 16777216\], got 15"),
            ({"batch_frames": 10**308}, r"training.batch_frames must be in \[segment_frames=16, 16777216\], got 1000"),
            ({"steps_per_epoch": 0}, "training.steps_per_epoch must be at least 1 or null, got 0"),
        ],
    )
    def test_settings_out_of_range(self, changes, message):
        with pytest.raises(ValueError, match=message):
            batches_of(**changes)

    def test_frames_that_are_no_numbers_are_refused_by_the_name_of_their_file(self):
        [shard] = numbered_shards([30])
        shard.log_mel[3, 1] = np.nan
        with pytest.raises(ValueError, match=r"^numbered.npz: its frames have values that aren't finite$"):
            batches_of([shard])[0]
