"""Variants of training speech that are made while a network is trained: those of an epoch during the one before."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from mfccinv.audio.augmentation import Augmentation
from mfccinv.batches.compact_frames import CompactShard
from mfccinv.batches.segments import Segments
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.extraction import Extractor, Rejection, extract_all
from mfccinv.datasets.shards import UtteranceFeatures

DRAWN_AT_ONCE = 1024
MOST_REJECTED = 100  # in a row


@dataclass(frozen=True, kw_only=True)
class LiveSpeech:
    """What variants are made of, and how.

    Parameters
    ----------
    recordings : list of Utterance
    weights : (n_recordings,), float >= 0
        Relative frequency at which each is drawn; not all are 0.
    extractor : Extractor
        Its augmentation has ``copies`` >= 1: of ``copies + 1`` recordings that are drawn, one is left as it is.
    arrays : tuple of str
        Which of an utterance's arrays are kept.
    workers : int >= 1 or None
        Number of processes; None: one per core.
    shard_frames : int >= 1
        A shard is closed when it holds at least this many frames.
    seed : int
    """

    recordings: Sequence[Utterance]
    weights: np.ndarray
    extractor: Extractor
    arrays: tuple[str, ...]
    workers: int | None
    shard_frames: int
    seed: int

    @property
    def augmentation(self) -> Augmentation:
        """How variants are made."""
        assert self.extractor.augmentation is not None
        return self.extractor.augmentation

    def draw(self, epoch: int) -> Iterator[Utterance]:
        """Draw recordings and variants of them, with replacement, without end; no epoch has those of another."""
        rng, shares = np.random.default_rng([self.seed, epoch]), self.weights / self.weights.sum()
        n_drawn = 0
        while True:
            places = rng.choice(len(self.recordings), size=DRAWN_AT_ONCE, p=shares)
            is_variant = rng.random(DRAWN_AT_ONCE) * (self.augmentation.copies + 1) >= 1
            for place, varied in zip(places, is_variant, strict=True):
                recording = self.recordings[place]
                n_drawn += 1
                yield replace(recording, id=f"{recording.id}~{self.seed}.{epoch}.{n_drawn}", variant=int(varied))


class LiveShards:
    """Shards of variants, made anew for each epoch by processes, while the epoch before is trained on.

    Parameters
    ----------
    speech : LiveSpeech
    segments : Segments
        How utterances are cut.
    n_segments : int >= 1
        Segments that an epoch has at least.
    n_epochs : int >= 1
        Nothing is made for epochs after these.
    """

    def __init__(self, speech: LiveSpeech, segments: Segments, n_segments: int, n_epochs: int):
        self._speech, self._segments, self._n_segments, self._n_epochs = speech, segments, n_segments, n_epochs
        self._maker, self._closed = ThreadPoolExecutor(1, "live"), Event()
        self._made: dict[int, Future[list[CompactShard]]] = {}

    def of_epoch(self, epoch: int) -> list[CompactShard]:
        """Wait for the shards of an epoch, counted from 0, and begin to make those of the next one.

        Raises
        ------
        ValueError
            If one recording after the other can't be read any more.
        """
        made = self._made.pop(epoch, None) or self._maker.submit(self._make, epoch)
        self._made.clear()
        shards = made.result()
        if epoch + 1 < self._n_epochs:
            self._made[epoch + 1] = self._maker.submit(self._make, epoch + 1)
        return shards

    def close(self) -> None:
        """Make nothing more."""
        self._closed.set()
        self._maker.shutdown(cancel_futures=True)

    def _make(self, epoch: int) -> list[CompactShard]:
        shards: list[CompactShard] = []
        gathered: list[UtteranceFeatures] = []
        n_segments = n_frames = 0
        with closing(self._features(epoch)) as made:
            while n_segments < self._n_segments and not self._closed.is_set():
                gathered.append(features := next(made))
                n_frames += len(features.log_mel)
                n_segments += self._count(features)
                if n_frames >= self._speech.shard_frames:
                    shards.append(CompactShard.of(gathered, self._speech.arrays))
                    gathered, n_frames = [], 0
        return [*shards, CompactShard.of(gathered, self._speech.arrays)] if gathered else shards

    def _count(self, features: UtteranceFeatures) -> int:
        _, n_targets = self._segments.targets(np.array([0, len(features.log_mel)]))
        return int(self._segments.count(n_targets).sum())

    def _features(self, epoch: int) -> Generator[UtteranceFeatures, None, None]:
        """Yield the features of what is drawn; what can't be used is passed over."""
        speech = self._speech
        n_rejected = 0
        with closing(extract_all(speech.draw(epoch), speech.extractor, speech.workers)) as results:
            for result in results:
                if not isinstance(result, Rejection):
                    n_rejected = 0
                    yield result
                    continue
                n_rejected += 1
                if n_rejected > MOST_REJECTED:
                    id = result.id.rpartition("~")[0]
                    raise ValueError(f"augment.live=true needs the sound of the corpus: {id}: {result.reason}")
