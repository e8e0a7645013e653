"""Tests of variants made for each epoch: drawn by weight and seed, none twice, whole, and in bounded memory."""

from collections import Counter
from itertools import islice
from types import MappingProxyType

import numpy as np
import pytest
from configurations import preset, settings
from places import DEMO

from mfccinv.audio.augmentation import Augmentation
from mfccinv.batches import live_shards
from mfccinv.batches.compact_frames import CompactFrames, CompactShard
from mfccinv.batches.live_batches import LiveBatches
from mfccinv.batches.live_shards import LiveShards, LiveSpeech
from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.batches.segments import Segments
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.extraction import Extractor
from mfccinv.features.context import Context
from mfccinv.system import workers

ASR = preset("asr")
SEGMENTS = Segments(64, Context(9, "centre"), edges=True)
VARIED = MappingProxyType(settings("augment", "voices") | {"copies": 3, "live": True})
FILES = sorted((DEMO / "carlo").glob("*.flac"))[:3]


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    """Work without processes, whose start takes a second."""
    monkeypatch.setattr(live_shards, "extract_all", lambda drawn, extractor, _: (extractor([one])[0] for one in drawn))


def live_speech(files=FILES, weights=None, spec=ASR, **changed):
    recordings = [Utterance(id=path.name, path=path, speaker=path.stem) for path in files]
    extractor = Extractor(spec, 0.2, -80.0, Augmentation(**VARIED), linear="log_magnitude" in changed.get("arrays", ()))
    values = {"arrays": ("log_mel",), "workers": 1, "shard_frames": 200000, "seed": 0} | changed
    return LiveSpeech(
        recordings=recordings,
        weights=np.ones(len(files)) if weights is None else weights,
        extractor=extractor,
        **values,
    )


def live_shards_of(speech=None, n_segments=12, n_epochs=9):
    return LiveShards(speech or live_speech(), SEGMENTS, n_segments, n_epochs)


def all_frames(shards):
    """Frames of shards, (n_frames, n_mels)."""
    return np.concatenate([shard.frames["log_mel"][np.arange(shard.starts[-1])] for shard in shards])


def stored_batches(shards, **changed):
    values = {
        "segment_frames": SEGMENTS.n_frames,
        "batch_frames": 4 * SEGMENTS.n_frames,
        "steps_per_epoch": None,
        "voices": None,
        "speaker_exponent": 1.0,
        "corpus_shares": None,
        "edges": SEGMENTS.edges,
        "memory_gb": 1.0,
        "seed": 0,
    }
    return SegmentBatches(shards, ASR, SEGMENTS.context, **values | changed)


def recordings_shard(speech):
    """The recordings themselves."""
    return CompactShard.of(speech.extractor(list(speech.recordings)), ("log_mel",))


def live_batches(steps_per_epoch=None, memory_gb=1.0, **changed):
    speech = live_speech()
    return LiveBatches(
        stored_batches([recordings_shard(speech)], **changed),
        speech,
        lambda shards, steps: stored_batches(shards, steps_per_epoch=steps),
        steps_per_epoch=steps_per_epoch,
        n_epochs=3,
        memory_gb=memory_gb,
    )


class TestDraw:
    def test_draws_by_weight_and_leaves_one_in_copies_and_one_as_it_is(self):
        drawn = list(islice(live_speech(weights=np.array([1.0, 3.0, 0.0])).draw(0), 4000))
        counts = Counter(one.path for one in drawn)
        assert counts[FILES[1]] / counts[FILES[0]] == pytest.approx(3, rel=0.15)
        assert FILES[2] not in counts
        assert np.mean([one.variant == 0 for one in drawn]) == pytest.approx(1 / 4, abs=0.03)

    def test_the_seed_and_the_epoch_alone_decide(self):
        first, again = (list(islice(live_speech().draw(2), 2000)) for _ in range(2))
        assert first == again
        others = [
            list(islice(live_speech(**changed).draw(epoch), 2000)) for epoch, changed in ((3, {}), (2, {"seed": 1}))
        ]
        ids = [one.id for drawn in (first, *others) for one in drawn]
        assert len(set(ids)) == 6000  # by which a variant is made


class TestShards:
    def test_no_variant_comes_twice(self):
        shards = live_shards_of()
        first, second, again = (all_frames(shards.of_epoch(epoch)) for epoch in (0, 1, 0))
        np.testing.assert_array_equal(first, again)
        rows = {row.tobytes() for row in first}
        recordings = {row.tobytes() for row in all_frames([recordings_shard(live_speech())])}
        assert not [row for row in second if row.tobytes() in rows - recordings]

    def test_an_epoch_has_as_many_segments_as_are_asked_for(self):
        speech = live_speech(shard_frames=300)
        shards = live_shards_of(speech, n_segments=60).of_epoch(0)
        frames = [np.diff(shard.starts) for shard in shards]
        assert len(shards) > 1
        assert all(sum(one) >= 300 for one in frames[:-1])
        counts = [int(SEGMENTS.count(n)) for n in np.concatenate(frames)]
        assert sum(counts[:-1]) < 60 <= sum(counts)

    def test_holds_the_arrays_that_are_asked_for_alone(self):
        [shard] = live_shards_of(live_speech(arrays=("log_mel", "log_magnitude"))).of_epoch(0)
        assert {name: shape[1] for name, shape in shard.shapes.items()} == {"log_mel": 80, "log_magnitude": 257}
        assert all(isinstance(frames, CompactFrames) for frames in shard.frames.values())
        assert set(shard.speakers) <= {path.stem for path in FILES}

    def test_makes_the_next_epoch_meanwhile_and_none_after_the_last(self, monkeypatch):
        made = []
        monkeypatch.setattr(LiveShards, "_make", lambda self, epoch: made.append(epoch) or [])
        shards = live_shards_of(n_epochs=3)
        for epoch in range(3):
            shards.of_epoch(epoch)
        shards.close()
        assert made == [0, 1, 2]

    def test_closing_ends_what_is_being_made(self):
        shards = live_shards_of(n_segments=10**9)
        making = shards._maker.submit(shards._make, 0)
        shards.close()
        assert making.done()

    def test_what_can_not_be_used_is_passed_over(self, tmp_path):
        (damaged := tmp_path / "damaged.wav").write_bytes(b"no sound")
        [shard] = live_shards_of(live_speech([FILES[0], damaged])).of_epoch(0)
        assert set(shard.speakers) == {FILES[0].stem}

    def test_sound_that_is_gone_is_told(self, tmp_path):
        gone = live_speech([tmp_path / "gone.wav"])
        with pytest.raises(ValueError, match=r"^augment\.live=true needs the sound of the corpus: gone\.wav: "):
            live_shards_of(gone).of_epoch(0)


class TestBatches:
    def test_an_epoch_is_as_long_as_that_of_stored_variants(self):
        batches = live_batches()
        [shard] = [recordings_shard(live_speech())]
        n_segments = int(SEGMENTS.count(np.diff(shard.starts)).sum())
        assert len(batches) == -(-4 * n_segments // 4)
        assert batches.n_pairs == shard.starts[-1]
        assert batches.frames_per_epoch == pytest.approx(4 * batches.n_pairs, rel=0.01)
        assert batches.description == (
            f"new variants of {batches.n_pairs:,} pairs in each epoch of {len(batches)} batches; the first epoch waits "
            "until its own are made"
        )

    def test_every_batch_is_full_and_another_one_in_each_epoch(self):
        batches = live_batches(steps_per_epoch=5)
        epochs = []
        for epoch in (0, 1):
            batches.start_epoch(epoch)
            epochs.append([batches[step] for step in range(len(batches))])
        batches.close()
        for drawn in epochs:
            assert len(drawn) == 5
            for arrays in drawn:
                assert tuple(array.shape for array in arrays) == batches.shapes
                assert arrays[2][:, 0].all()
        assert not np.array_equal(epochs[0][0][1], epochs[1][0][1])

    def test_an_epoch_takes_half_of_the_memory_at_most(self):
        bytes_per_batch = 4 * SEGMENTS.n_frames * 80 * 2
        assert len(live_batches(steps_per_epoch=50, memory_gb=20 * bytes_per_batch / 1e9)) == 10
        assert len(live_batches(memory_gb=1e-9)) == 1

    def test_voices_that_are_left_out_are_not_drawn(self):
        speech = live_speech()
        stored = stored_batches([recordings_shard(speech)], voices=1)
        assert sorted(stored.weight(path.stem) for path in FILES) == [0, 0, 1]
        balanced = stored_batches([recordings_shard(speech)], speaker_exponent=0.0)
        shares = [balanced.weight(path.stem) for path in FILES]
        assert max(shares) > min(shares) > 0


def test_processes_make_the_same(monkeypatch):
    monkeypatch.undo()
    made = []
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 2)
    for n in (1, 2):
        shards = live_shards_of(live_speech(workers=n), n_segments=6)
        made.append(all_frames(shards.of_epoch(0)))
        shards.close()
    np.testing.assert_array_equal(*made)
