"""Batches of segments of consecutive frames, drawn at random from shards."""

from collections.abc import Sequence
from reprlib import repr as brief

import keras
import numpy as np

from mfccinv.batches.coefficients import draw_numbers, hide_coefficients
from mfccinv.batches.compact_frames import CompactShard
from mfccinv.batches.sampler import Sampler
from mfccinv.batches.segments import Segments
from mfccinv.batches.shuffle_buffer import ShuffleBuffer
from mfccinv.datasets.shards import Shard
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.context import Context
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.system.frame_threads import ONE_BLAS_THREAD
from mfccinv.system.kinds import is_real

LARGEST_BATCH = 2**24  # frames: 46 hours at 100 Hz


class SegmentBatches(keras.utils.PyDataset):
    """The pairs of a split, cut into segments of consecutive targets and shuffled by the seed and the epoch.

    Memory holds frames in 16 bits, see `CompactFrames`, and no MFCC: they are computed from the mel frames of a batch.
    If the frames take more than ``memory_gb``, one group of shards is shuffled at a time, see `ShuffleBuffer`. With
    ``steps_per_epoch``, an epoch then goes on where the one before ended, so that all frames that are read are used.

    A batch is ``x (segments, segment_frames + context - 1, n_inputs)``, ``y (segments, segment_frames, n_outputs)`` and
    the weights ``(segments, segment_frames)``. A weight is 1 for a pair, and 0 where an utterance ended before its
    segment did. It is also 0 where the epoch ended before its batch did: segments from the epoch's beginning fill that
    batch up, so that batch normalisation sees speech alone. Every batch has the same shape. Every pair is in an epoch
    exactly once, unless speakers are balanced. With ``edges``, frames whose context reaches beyond their utterance
    count as pairs, too; the first and the last frame are repeated there.

    If the task has a fewest number of MFCC, a number is drawn for each segment, and its other coefficients are NaN. If
    it is a flow, a time is drawn for each segment, and noise for each frame: ``x`` has the state and the time behind
    the MFCC, and ``y`` is what is to be predicted there, see `FlowPath.training_pair`.

    Parameters
    ----------
    shards : list of Shard or CompactShard
    spec : FeatureSpec
        Specification of their frames.
    context : Context
    task : Task
        Which frames go in, and which ones come out.
    flow_path : FlowPath or None
        Needed if the task is a flow.
    segment_frames : int >= 1
        Frames in a segment; 1 draws single context windows.
    batch_frames : int >= segment_frames
        Frames in a batch.
    steps_per_epoch : int >= 1 or None
        Batches in an epoch. None: enough to draw as many segments as there are. That is also the most if all frames fit
        into the memory.
    edges : bool
        See above.
    memory_gb : float > 0
        Memory for frames, GB.
    voices : int >= 1 or None
        Number of speakers that are drawn at all, see `draw_voices`; None: all. Pairs of others count for nothing.
    speaker_exponent : float in [0, 1]
        A speaker with n segments is drawn in proportion to ``n ** speaker_exponent``, with replacement. At 0 all
        speakers count the same; at 1 all segments do, and each is drawn once an epoch.
    corpus_shares : dict of float >= 0, or None
        Share of the draws that each part of ``corpus=several`` has, whatever its size; they needn't add up to 1. Within
        a part, speakers are drawn as above. None: by the speakers alone.
    seed : int

    Attributes
    ----------
    arrays : tuple of str
        Which of a shard's arrays are needed.
    segments : Segments
        How utterances are cut.
    segments_per_batch : int
        ``batch_frames // segment_frames``.

    Raises
    ------
    ValueError
        For values out of range, or if no utterance is as long as the context. See also `draw_voices`.
    """

    def __init__(
        self,
        shards: Sequence[Shard | CompactShard],
        spec: FeatureSpec,
        context: Context,
        task: Task = MFCC_TO_MEL,
        *,
        flow_path: FlowPath | None = None,
        segment_frames: int,
        batch_frames: int,
        steps_per_epoch: int | None,
        voices: int | None,
        speaker_exponent: float,
        corpus_shares: dict[str, float] | None,
        edges: bool,
        memory_gb: float,
        seed: int,
    ):
        super().__init__(workers=1)  # more would wait for a tenth of a second at the end of each epoch
        if segment_frames < 1:
            raise ValueError(f"training.segment_frames must be at least 1, got {segment_frames}")
        if not segment_frames <= batch_frames <= LARGEST_BATCH:
            raise ValueError(
                f"training.batch_frames must be in [segment_frames={segment_frames}, {LARGEST_BATCH}], "
                f"got {brief(batch_frames)}"
            )
        if steps_per_epoch is not None and steps_per_epoch < 1:
            raise ValueError(f"training.steps_per_epoch must be at least 1 or null, got {steps_per_epoch}")
        if not 0 <= speaker_exponent <= 1:
            raise ValueError(f"training.speaker_exponent must be in [0, 1], got {speaker_exponent}")
        if corpus_shares is not None and not all(is_real(share) and share >= 0 for share in corpus_shares.values()):
            raise ValueError(f"training.corpus_shares must be numbers of at least 0, got {corpus_shares}")
        self._shards, self._spec, self._context, self._task = shards, spec, context, task
        self._flow_path = flow_path
        self._limit, self._seed = steps_per_epoch, seed
        self.segments = Segments(segment_frames, context, edges)
        self.arrays = tuple(dict.fromkeys(("log_mel", task.outputs)))
        self._buffer = ShuffleBuffer(shards, self.arrays, memory_gb)
        self.segments_per_batch = batch_frames // segment_frames
        self._sampler = Sampler(
            shards,
            self._buffer,
            self.segments,
            segments_per_batch=self.segments_per_batch,
            voices=voices,
            speaker_exponent=speaker_exponent,
            corpus_shares=corpus_shares,
            seed=seed,
        )
        if self._sampler.n_segments == 0:
            raise ValueError(f"no utterance is as long as the context of {context.length} frames")
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle the segments for an epoch, counted from 0."""
        self._epoch = epoch
        if self._limit is None or self._buffer.all_fit:
            self._parts, before = self._sampler.one_pass(epoch), 0
            there_are = sum(part.n_batches for part in self._parts)
            self._steps = there_are if self._limit is None else min(there_are, self._limit)
            if not self._buffer.all_fit:
                self._parts.append(self._sampler.one_pass(epoch + 1)[0])  # to be read ahead
        else:
            self._parts, before = self._sampler.stretch(epoch * self._limit, (epoch + 1) * self._limit)
            self._steps = self._limit
        self._first_steps = np.cumsum([-before, *(part.n_batches for part in self._parts)])

    @property
    def frames_per_epoch(self) -> int:
        """Number of frames that an epoch is trained on, without those that fill up segments and batches.

        It is exact if every segment is drawn once, and else a mean.
        """
        drawn = self._steps * self.segments_per_batch
        if self._limit is None or self._buffer.all_fit:
            drawn = min(drawn, self._sampler.n_segments)
        return round(self.n_pairs * drawn / self._sampler.n_segments)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of the voices that are drawn."""
        return self._sampler.n_pairs

    @property
    def description(self) -> str:
        """Tell what an epoch is trained on."""
        return f"{self.n_pairs:,} pairs in {len(self)} batches"

    @property
    def n_segments(self) -> int:
        """Number of segments of the voices that are drawn."""
        return self._sampler.n_segments

    @property
    def voices(self) -> frozenset[str] | None:
        """Speakers that are drawn; None: all."""
        return self._sampler.voices

    def weight(self, speaker: str) -> float:
        """Relative frequency at which a segment of a speaker is drawn."""
        return self._sampler.weight(speaker)

    def close(self) -> None:
        """Read no further frames."""
        self._buffer.close()

    @property
    def bytes_per_batch(self) -> int:
        """Memory that the frames of a batch take."""
        columns = sum(self._shards[0].shapes[name][1] for name in self.arrays)
        return 2 * self.segments_per_batch * self.segments.n_frames * columns

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of a batch's three arrays: inputs, outputs and weights."""
        n_segments, n_frames = self.segments_per_batch, self.segments.n_frames
        n_inputs, n_outputs = self._task.n_inputs(self._spec), self._task.n_outputs(self._spec)
        weights = (n_segments, n_frames)
        return (n_segments, n_frames + self._context.length - 1, n_inputs), (*weights, n_outputs), weights

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = int(np.searchsorted(self._first_steps, step, side="right")) - 1
        part, *ahead = self._parts[place : place + 2]
        segments, order = self._sampler.draw(part)
        frames = self._buffer.frames(part.shards, ahead[0].shards if ahead else None)
        n_segments, n_frames = self.segments_per_batch, self.segments.n_frames
        places = (step - int(self._first_steps[place])) * n_segments + np.arange(n_segments)
        chosen = segments[order[places % len(order)]]
        x_shape, y_shape, _ = self.shapes
        seen, y = np.zeros((*x_shape[:2], self._spec.n_mels), np.float32), np.zeros(y_shape, np.float32)
        counts = np.where(places < len(order), chosen[:, 2], 0)
        weights = (np.arange(n_frames) < counts[:, None]).astype(np.float32)
        for s in np.unique(chosen[:, 0]):
            slots = np.flatnonzero(chosen[:, 0] == s)
            _, first, _, utterance = chosen[slots].T
            begin, end = self._shards[s].starts[utterance], self._shards[s].starts[utterance + 1]
            held = frames[int(s)]
            seen[slots] = held["log_mel"][self._context.input_rows(first, n_frames, begin, end)]
            targets = np.minimum(first[:, None] + np.arange(n_frames), end[:, None] - 1)
            y[slots] = held[self._task.outputs][targets]
        with ONE_BLAS_THREAD:  # training takes the others, for which products would wait
            x, y = self._given_and_asked(seen, y, step)
        return x, y, weights

    def _given_and_asked(self, seen: np.ndarray, asked: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Make inputs of the mel frames that are seen, and outputs of those asked for."""
        n_segments, n_frames = asked.shape[:2]
        x = seen if self._task.inputs == "log_mel" else log_mel_to_mfcc(seen, self._spec)
        if self._task.min_mfcc is not None:
            rng = np.random.default_rng([self._seed, self._epoch, step, self._task.min_mfcc])
            hide_coefficients(x, draw_numbers(rng, n_segments, self._task.min_mfcc, x.shape[-1]))
        if self._flow_path is not None:
            rng = np.random.default_rng([self._seed, self._epoch, step])
            noise, time = self._flow_path.draw(rng, *seen.shape[:2])
            given, target = self._flow_path.training_pair(seen, noise, time)
            x = np.concatenate([x, given], axis=2)
            asked = target[:, self._context.target_offset :][:, :n_frames]
        return x, asked
