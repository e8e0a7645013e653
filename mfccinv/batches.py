"""Batches of runs of consecutive frames, drawn at random from shards."""

import math

import keras
import numpy as np

from mfccinv.context import Context
from mfccinv.shards import Shard
from mfccinv.task import MFCC_TO_MEL, Task
from mfccinv.windows import ShardWindows


class RunBatches(keras.utils.PyDataset):
    """The pairs of a split, cut into runs of consecutive targets and shuffled by the seed and the epoch.

    If the frames take more memory than there is for them, a window of shards is shuffled at a time, see `ShardWindows`.

    A batch is ``x (runs, run_frames + context - 1, n_given)``, ``y (runs, run_frames, n_asked)`` and the weights
    ``(runs, run_frames)``: 1 for a pair, 0 where an utterance ended before its run did, or the epoch before its batch,
    which runs from its beginning then fill up: batch normalisation sees speech alone.
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
    memory_gb : float > 0
        Memory for frames.
    speaker_exponent : float in [0, 1]
        A speaker with n runs is drawn in proportion to ``n ** speaker_exponent``, with replacement: at 0 all speakers
        count the same, at 1 all runs do, and each is drawn once an epoch.
    seed : int

    Attributes
    ----------
    runs_per_batch : int
        ``batch_frames // run_frames``.

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
        memory_gb: float,
        seed: int,
    ):
        super().__init__(workers=1)  # more would wait for a tenth of a second at the end of each epoch
        if run_frames < 1:
            raise ValueError(f"training.run_frames must be at least 1, got {run_frames}")
        if batch_frames < run_frames:
            raise ValueError(f"training.batch_frames must be at least run_frames={run_frames}, got {batch_frames}")
        if steps_per_epoch is not None and steps_per_epoch < 1:
            raise ValueError(f"training.steps_per_epoch must be at least 1 or null, got {steps_per_epoch}")
        if not 0 <= speaker_exponent <= 1:
            raise ValueError(f"training.speaker_exponent must be in [0, 1], got {speaker_exponent}")
        self._shards, self._context, self._run_frames, self._seed = shards, context, run_frames, seed
        self._windows = ShardWindows(shards, (task.given, task.asked), memory_gb)
        self._sizes = [getattr(shards[0], name).shape[1] for name in (task.given, task.asked)]
        self.runs_per_batch = batch_frames // run_frames
        self._runs = np.concatenate([_cut_runs(s, shard, context, run_frames, edges) for s, shard in enumerate(shards)])
        if len(self._runs) == 0:
            raise ValueError(f"no utterance is as long as the context of {context.length} frames")
        self._weights = None if speaker_exponent == 1 else self._balance(speaker_exponent)
        self._limit = steps_per_epoch
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle the runs for an epoch, counted from 0."""
        rng = np.random.default_rng([self._seed, epoch])
        windows = (np.isin(self._runs[:, 0], shards) for shards in self._windows.start(rng))
        # The runs of each window in the order of the epoch; its last batch need not be full.
        self._order = [self._shuffle(np.flatnonzero(own), rng) for own in windows]
        n_batches = [math.ceil(len(order) / self.runs_per_batch) for order in self._order]
        self._first_steps = np.cumsum([0, *n_batches])
        self._steps = int(self._first_steps[-1])
        if self._limit is not None:
            self._steps = min(self._steps, self._limit)

    def _shuffle(self, runs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Order of a window's runs; where speakers are balanced, as many draws as the window's part of all weights."""
        if self._weights is None or len(runs) == 0:
            return rng.permutation(runs)
        weights = self._weights[runs]
        n_draws = round(len(self._runs) * float(weights.sum()))
        return rng.choice(runs, size=n_draws, p=weights / weights.sum())

    def _balance(self, exponent: float) -> np.ndarray:
        """Part of each run in all draws, (n_runs,)."""
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
        return self._steps * self.runs_per_batch * self._run_frames

    @property
    def n_pairs(self) -> int:
        """Number of pairs in the split."""
        return int(self._runs[:, 2].sum())

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of a batch's three arrays."""
        runs, n_frames = self.runs_per_batch, self._run_frames
        n_given, n_asked = self._sizes
        return (runs, n_frames + self._context.length - 1, n_given), (runs, n_frames, n_asked), (runs, n_frames)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        window = int(np.searchsorted(self._first_steps, step, side="right")) - 1
        place = step - int(self._first_steps[window])
        order = self._order[window]
        n_runs, n_frames = self.runs_per_batch, self._run_frames
        places = place * n_runs + np.arange(n_runs)
        chosen = order[places % len(order)]
        frames = self._windows.frames(window)
        x, y = (np.zeros(shape, np.float32) for shape in self.shapes[:2])
        counts = np.where(places < len(order), self._runs[chosen, 2], 0)
        weights = (np.arange(n_frames) < counts[:, None]).astype(np.float32)
        in_shard = self._runs[chosen, 0]
        for s in np.unique(in_shard):
            slots = np.flatnonzero(in_shard == s)
            _, first, _, begin, end = self._runs[chosen[slots]].T
            given, asked = frames[int(s)]
            x[slots] = given[self._context.input_rows(first, n_frames, begin, end)]
            targets = np.minimum(first[:, None] + np.arange(n_frames), end[:, None] - 1)
            y[slots] = asked[targets]
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
