"""Batches of runs of consecutive frames, drawn from mapped shards."""

import math

import keras
import numpy as np

from mfccinv.context import Context
from mfccinv.shards import Shard
from mfccinv.task import MFCC_TO_MEL, Task


class RunBatches(keras.utils.PyDataset):
    """The pairs of a split, cut into runs of consecutive targets and shuffled by (seed, epoch) alone.

    A batch is ``x (runs, run_frames + context - 1, n_given)``, ``y (runs, run_frames, n_asked)`` and the weights
    ``(runs, run_frames)``: 1 for a pair, 0 where an utterance ended before its run did, or the epoch before its batch.
    Every batch has the same shape; every pair is in an epoch exactly once, unless speakers are balanced. With ``edges``
    frames whose context reaches beyond their utterance count as pairs, too; the signal is thought to stand still there.

    Parameters
    ----------
    shards : list of Shard
    context : Context
    task : Task
        What is given, and what asked.
    run_frames : int >= 1
        Frames in a run; 1 draws single windows.
    batch_frames : int >= run_frames
        Frames in a batch.
    steps_per_epoch : int >= 1 or None
        Batches after which an epoch ends; None: when as many runs were drawn as there are.
    edges : bool
    speaker_exponent : float in [0, 1]
        A speaker with n runs is drawn in proportion to ``n ** speaker_exponent``, with replacement: at 0 all speakers
        count the same, at 1 all runs do, and each is drawn once an epoch.
    seed : int

    Raises
    ------
    ValueError
        For values out of range, or if no utterance is as long as the context.
    """

    def __init__(
        self,
        shards: list[Shard],
        context: Context,
        task: Task = MFCC_TO_MEL,
        *,
        run_frames: int,
        batch_frames: int,
        steps_per_epoch: int | None,
        speaker_exponent: float,
        edges: bool,
        seed: int,
    ):
        # With one worker, Keras draws through tf.data, whose autotuning holds up the end of an epoch by up to a minute.
        super().__init__(workers=2)
        if run_frames < 1:
            raise ValueError(f"training.run_frames must be at least 1, got {run_frames}")
        if batch_frames < run_frames:
            raise ValueError(f"training.batch_frames must be at least run_frames={run_frames}, got {batch_frames}")
        if steps_per_epoch is not None and steps_per_epoch < 1:
            raise ValueError(f"training.steps_per_epoch must be at least 1 or null, got {steps_per_epoch}")
        if not 0 <= speaker_exponent <= 1:
            raise ValueError(f"training.speaker_exponent must be in [0, 1], got {speaker_exponent}")
        self._shards, self._context, self._run_frames, self._seed = shards, context, run_frames, seed
        self._given = [getattr(shard, task.given) for shard in shards]
        self._asked = [getattr(shard, task.asked) for shard in shards]
        self._runs_per_batch = batch_frames // run_frames
        self._runs = np.concatenate([_cut_runs(s, shard, context, run_frames, edges) for s, shard in enumerate(shards)])
        if len(self._runs) == 0:
            raise ValueError(f"no utterance is as long as the context of {context.length} frames")
        self._probabilities = None if speaker_exponent == 1 else self._balance(speaker_exponent)
        self._steps = math.ceil(len(self._runs) / self._runs_per_batch)
        if steps_per_epoch is not None:
            self._steps = min(self._steps, steps_per_epoch)
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle the runs for an epoch, counted from 0."""
        rng, n_runs = np.random.default_rng([self._seed, epoch]), len(self._runs)
        if self._probabilities is None:
            self._order = rng.permutation(n_runs)
        else:
            self._order = rng.choice(n_runs, size=n_runs, p=self._probabilities)

    def _balance(self, exponent: float) -> np.ndarray:
        """Probability of each run, (n_runs,)."""
        speakers = np.empty(len(self._runs), dtype=object)
        for s, shard in enumerate(self._shards):
            own = self._runs[:, 0] == s
            speakers[own] = shard.speakers[np.searchsorted(shard.starts, self._runs[own, 3])]
        _, speaker, n_runs = np.unique(speakers.astype(str), return_inverse=True, return_counts=True)
        weights = n_runs[speaker] ** (exponent - 1.0)
        return weights / weights.sum()

    @property
    def frames_per_epoch(self) -> int:
        """Frames that are computed in an epoch, those that fill up batches too."""
        return self._steps * self._runs_per_batch * self._run_frames

    @property
    def n_pairs(self) -> int:
        """Number of pairs in the split."""
        return int(self._runs[:, 2].sum())

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        chosen = self._order[step * self._runs_per_batch : (step + 1) * self._runs_per_batch]
        n_runs, n_frames = self._runs_per_batch, self._run_frames
        x = np.zeros((n_runs, n_frames + self._context.length - 1, self._given[0].shape[1]), np.float32)
        y = np.zeros((n_runs, n_frames, self._asked[0].shape[1]), np.float32)
        weights = np.zeros((n_runs, n_frames), np.float32)
        in_shard = self._runs[chosen, 0]
        for s in np.unique(in_shard):
            slots = np.flatnonzero(in_shard == s)
            _, first, count, begin, end = self._runs[chosen[slots]].T
            x[slots] = self._given[s][self._context.input_rows(first, n_frames, begin, end)]
            targets = np.minimum(first[:, None] + np.arange(n_frames), end[:, None] - 1)
            y[slots] = self._asked[s][targets]
            weights[slots] = np.arange(n_frames) < count[:, None]
        return x, y, weights


def _cut_runs(s: int, shard: Shard, context: Context, run_frames: int, edges: bool) -> np.ndarray:
    """Runs of a shard: shard, first target, number of targets, begin and end of the utterance, (n_runs, 5)."""
    first, count = (shard.starts[:-1], np.diff(shard.starts)) if edges else context.targets(shard.starts)
    n_runs = -(-count // run_frames)
    utterance = np.repeat(np.arange(len(count)), n_runs)
    step = np.arange(n_runs.sum()) - np.repeat(np.cumsum(n_runs) - n_runs, n_runs)
    start = step * run_frames
    return np.stack(
        [
            np.full(len(utterance), s),
            first[utterance] + start,
            np.minimum(count[utterance] - start, run_frames),
            shard.starts[utterance],
            shard.starts[utterance + 1],
        ],
        axis=1,
    )
