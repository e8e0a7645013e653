"""Batches of runs of consecutive frames, drawn at random from shards."""

import keras
import numpy as np

from mfccinv.context import Context
from mfccinv.draws import Draws
from mfccinv.shards import Shard
from mfccinv.task import MFCC_TO_MEL, Task
from mfccinv.windows import ShardWindows


class RunBatches(keras.utils.PyDataset):
    """The pairs of a split, cut into runs of consecutive targets and shuffled by the seed and the epoch.

    If the frames take more memory than there is for them, a window of shards is shuffled at a time, see `ShardWindows`;
    epochs of ``steps_per_epoch`` then go on where the one before ended, so that what is read is used.

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
        Batches after which an epoch ends; None: when as many runs were drawn as there are, which is also the most if
        all frames fit into the memory.
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
        self._shards, self._context, self._run_frames, self._limit = shards, context, run_frames, steps_per_epoch
        self._windows = ShardWindows(shards, (task.given, task.asked), memory_gb)
        self._sizes = [getattr(shards[0], name).shape[1] for name in (task.given, task.asked)]
        self.runs_per_batch = batch_frames // run_frames
        self._draws = Draws(
            shards,
            self._windows,
            context,
            run_frames=run_frames,
            runs_per_batch=self.runs_per_batch,
            edges=edges,
            speaker_exponent=speaker_exponent,
            seed=seed,
        )
        if self._draws.n_runs == 0:
            raise ValueError(f"no utterance is as long as the context of {context.length} frames")
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle the runs for an epoch, counted from 0."""
        if self._limit is None or self._windows.all_fit:
            self._parts, before = self._draws.one_pass(epoch), 0
            there_are = sum(part.n_batches for part in self._parts)
            self._steps = there_are if self._limit is None else min(there_are, self._limit)
            if not self._windows.all_fit:
                self._parts.append(self._draws.one_pass(epoch + 1)[0])  # to be read ahead
        else:
            self._parts, before = self._draws.stretch(epoch * self._limit, (epoch + 1) * self._limit)
            self._steps = self._limit
        self._first_steps = np.cumsum([-before, *(part.n_batches for part in self._parts)])

    @property
    def frames_per_epoch(self) -> int:
        """Frames that an epoch is trained on, without what fills up runs and batches; a mean, if drawn."""
        drawn = self._steps * self.runs_per_batch
        if self._limit is None or self._windows.all_fit:
            drawn = min(drawn, self._draws.n_runs)
        return round(self.n_pairs * drawn / self._draws.n_runs)

    @property
    def n_pairs(self) -> int:
        """Number of pairs in the split."""
        return self._draws.n_pairs

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of a batch's three arrays."""
        runs, n_frames = self.runs_per_batch, self._run_frames
        n_given, n_asked = self._sizes
        return (runs, n_frames + self._context.length - 1, n_given), (runs, n_frames, n_asked), (runs, n_frames)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = int(np.searchsorted(self._first_steps, step, side="right")) - 1
        part, *ahead = self._parts[place : place + 2]
        runs, order = self._draws.draw(part)
        frames = self._windows.frames(part.shards, ahead[0].shards if ahead else None)
        n_runs, n_frames = self.runs_per_batch, self._run_frames
        places = (step - int(self._first_steps[place])) * n_runs + np.arange(n_runs)
        chosen = runs[order[places % len(order)]]
        x, y = (np.zeros(shape, np.float32) for shape in self.shapes[:2])
        counts = np.where(places < len(order), chosen[:, 2], 0)
        weights = (np.arange(n_frames) < counts[:, None]).astype(np.float32)
        for s in np.unique(chosen[:, 0]):
            slots = np.flatnonzero(chosen[:, 0] == s)
            _, first, _, utterance = chosen[slots].T
            begin, end = self._shards[s].starts[utterance], self._shards[s].starts[utterance + 1]
            given, asked = frames[int(s)]
            x[slots] = given[self._context.input_rows(first, n_frames, begin, end)]
            targets = np.minimum(first[:, None] + np.arange(n_frames), end[:, None] - 1)
            y[slots] = asked[targets]
        return x, y, weights
