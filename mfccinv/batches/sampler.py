"""Draws segments from one group of shards after another: each once in a pass, or with speakers balanced."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from mfccinv.batches.compact_frames import CompactShard
from mfccinv.batches.segments import Segments
from mfccinv.batches.shuffle_buffer import ShuffleBuffer
from mfccinv.batches.voices import draw_voices
from mfccinv.corpora.names import part_of
from mfccinv.datasets.shards import Shard


@dataclass(frozen=True)
class Part:
    """The part of a pass that is drawn from one group of shards: ``n_draws`` segments in ``n_batches`` batches."""

    shards: tuple[int, ...]
    n_draws: int
    n_batches: int
    seed: tuple[int, ...]


class Sampler:
    """Draws segments of consecutive frames; each pass has as many draws as there are segments.

    Segments are cut when their part comes, so that memory grows with the number of shards, not with their length.

    Parameters
    ----------
    shards : list of Shard or CompactShard
    buffer : ShuffleBuffer
        Buffer of these shards.
    segments : Segments
        How they are cut.
    segments_per_batch, voices, speaker_exponent, corpus_shares, seed
        See `SegmentBatches`.

    Attributes
    ----------
    voices : frozenset of str or None
        Speakers that are drawn; None: all.
    n_pairs, n_segments : int
        Number of their pairs and segments in all shards.
    """

    def __init__(
        self,
        shards: Sequence[Shard | CompactShard],
        buffer: ShuffleBuffer,
        segments: Segments,
        *,
        segments_per_batch: int,
        voices: int | None,
        speaker_exponent: float,
        corpus_shares: dict[str, float] | None,
        seed: int,
    ):
        self._shards, self._buffer, self._segments = shards, buffer, segments
        self._segments_per_batch, self._seed = segments_per_batch, seed
        self.voices: frozenset[str] | None = None
        if voices is not None:
            self.voices = draw_voices((str(speaker) for shard in shards for speaker in shard.speakers), voices)
        self._balanced = speaker_exponent != 1 or corpus_shares is not None
        self.n_pairs = sum(int(self._targets(shard)[1].sum()) for shard in shards)
        own = np.array([self._segments_by_utterance(shard).sum() for shard in shards])
        self.n_segments = int(own.sum())
        if self._balanced:
            self._weights = segment_weights(self._count_by_speaker(), speaker_exponent, corpus_shares)
            weights = [self._utterance_weights(shard) @ self._segments_by_utterance(shard) for shard in shards]
            own = self.n_segments * np.array(weights) / max(sum(weights), np.finfo(float).tiny)
        self._draws_by_shard = own
        self._drawn: tuple[Part, np.ndarray, np.ndarray] | None = None  # what `draw` returned last

    def weight(self, speaker: str) -> float:
        """Relative frequency at which a segment of a speaker is drawn."""
        if self.voices is not None and speaker not in self.voices:
            return 0.0
        return self._weights.get(speaker, 0.0) if self._balanced else 1.0

    def one_pass(self, number: int) -> list[Part]:
        """Return the parts of a pass, counted from 0; what they draw depends on the seed and the number alone."""
        parts = []
        for place, shards in enumerate(self._buffer.group(np.random.default_rng([self._seed, number]))):
            n_draws = round(float(self._draws_by_shard[list(shards)].sum()))
            seed = (self._seed, number) if self._buffer.all_fit else (self._seed, number, place)
            parts.append(Part(shards, n_draws, math.ceil(n_draws / self._segments_per_batch), seed))
        return parts

    def stretch(self, first: int, last: int) -> tuple[list[Part], int]:
        """Return the parts that hold the batches ``first:last`` of all passes, and the part after them.

        The second value is the number of batches of the first part that come before ``first``.
        """
        parts: list[Part] = []
        begin = skipped = 0
        for part in (part for number in count() for part in self.one_pass(number)):
            if begin >= last:
                return [*parts, part], skipped
            if begin + part.n_batches > first:
                skipped = skipped if parts else first - begin
                parts.append(part)
            begin += part.n_batches
        raise AssertionError("passes don't end")

    def draw(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Draw a part's segments.

        Returns
        -------
        segments : (n_segments, 4), int
            Shard, first target, number of targets, utterance in the shard.
        order : (n_draws,), int
            Which segment comes when.
        """
        drawn = self._drawn
        if drawn and drawn[0] == part:
            return drawn[1:]
        shards = sorted(part.shards)
        if drawn and drawn[0].shards == part.shards:  # as in every pass, if all frames fit into the memory
            segments = drawn[1]
        else:
            segments = np.concatenate([self._segments_of(s) for s in shards])
        rng = np.random.default_rng(part.seed)
        if not self._balanced:
            order = rng.permutation(len(segments))
        else:
            own = (self._shards[s] for s in shards)
            weights = np.concatenate(
                [np.repeat(self._utterance_weights(shard), self._segments_by_utterance(shard)) for shard in own]
            )
            order = rng.choice(len(segments), size=part.n_draws, p=weights / weights.sum())
        self._drawn = part, segments, order
        return segments, order

    def _targets(self, shard: Shard | CompactShard) -> tuple[np.ndarray, np.ndarray]:
        """First target and number of targets of each utterance, which is 0 of voices that aren't drawn."""
        first, n_targets = self._segments.targets(shard.starts)
        if self.voices is not None:
            n_targets = np.where(np.isin(shard.speakers, sorted(self.voices)), n_targets, 0)
        return first, n_targets

    def _segments_by_utterance(self, shard: Shard | CompactShard) -> np.ndarray:
        return self._segments.count(self._targets(shard)[1])

    def _segments_of(self, s: int) -> np.ndarray:
        """Segments of a shard, see `draw`."""
        first, n_targets = self._targets(self._shards[s])
        n_segments = self._segments_by_utterance(self._shards[s])
        utterance = np.repeat(np.arange(len(n_segments)), n_segments)
        earlier = np.repeat(np.cumsum(n_segments) - n_segments, n_segments)
        start = (np.arange(n_segments.sum()) - earlier) * self._segments.n_frames
        n_frames = np.minimum(n_targets[utterance] - start, self._segments.n_frames)
        return np.stack(
            [np.full(len(utterance), s), first[utterance] + start, n_frames, utterance],
            axis=1,
            dtype=np.int32,
            casting="same_kind",
        )

    def _count_by_speaker(self) -> Counter[str]:
        n_segments: Counter[str] = Counter()
        for shard in self._shards:
            for speaker, n in zip(shard.speakers, self._segments_by_utterance(shard), strict=True):
                n_segments[str(speaker)] += int(n)
        return n_segments

    def _utterance_weights(self, shard: Shard | CompactShard) -> np.ndarray:
        """Relative frequency at which a segment of each utterance is drawn."""
        return np.array([self.weight(str(speaker)) for speaker in shard.speakers])


def segment_weights(
    n_segments: dict[str, int], speaker_exponent: float, corpus_shares: dict[str, float] | None
) -> dict[str, float]:
    """Relative frequency at which a segment of each speaker is drawn.

    Parameters
    ----------
    n_segments : dict of int
        Number of segments of each speaker.
    speaker_exponent, corpus_shares
        See `SegmentBatches`.

    Raises
    ------
    ValueError
        If a speaker's corpus has no share, or no corpus that is there has one above 0.
    """
    weights = {speaker: n ** (speaker_exponent - 1) for speaker, n in n_segments.items() if n}
    if corpus_shares is None:
        return weights
    totals: Counter[str] = Counter()
    for speaker, weight in weights.items():
        totals[part_of(speaker)] += weight * n_segments[speaker]
    if "" in totals:
        raise ValueError("training.corpus_shares needs the speakers of every part: some are not known")
    if without := sorted(totals.keys() - corpus_shares.keys()):
        raise ValueError(f"training.corpus_shares has no share for {', '.join(without)}: 0 leaves it out")
    if not any(corpus_shares[part] > 0 for part in totals):
        raise ValueError(f"training.corpus_shares leaves nothing of {', '.join(totals)}")
    return {
        speaker: weight * corpus_shares[part_of(speaker)] / totals[part_of(speaker)]
        for speaker, weight in weights.items()
    }
