"""Context windows: the MFCC frames that a model sees to predict a frame."""

from dataclasses import dataclass
from reprlib import repr as brief

import numpy as np

from mfccinv.system.kinds import is_whole

LONGEST = 2**20  # frames: three hours at 100 Hz
POSITIONS = ("centre", "last", "next")


@dataclass(frozen=True)
class Context:
    """A window of MFCC frames and the mel frame that is predicted from it.

    Parameters
    ----------
    length : int >= 1, frames
        Length of the window.
    position : {"centre", "last", "next"}
        Which frame is predicted, the target: the window's middle one (``length // 2``), its last one (causal), or the
        one after it (forecasting; the frame's own MFCC isn't seen).

    Raises
    ------
    ValueError
        If a value is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> context = Context(length=9, position="centre")
    >>> context.target_offset
    4
    >>> context.pair_index(np.array([0, 11])).tolist()  # of one utterance of 11 frames
    [[0, 4, 0], [1, 5, 0], [2, 6, 0]]
    """

    length: int
    position: str

    def __post_init__(self):
        if not is_whole(self.length) or not 1 <= self.length <= LONGEST:
            raise ValueError(f"context must be a whole number in [1, {LONGEST}], got {brief(self.length)}")
        object.__setattr__(self, "length", int(self.length))  # NumPy's may overflow
        if self.position not in POSITIONS:
            raise ValueError(f"position must be one of {', '.join(POSITIONS)}, got {self.position!r}")

    @classmethod
    def of(cls, model: dict) -> "Context":
        """Make the context from the settings of a model; ValueError if they lack it."""
        if missing := [name for name in ("context", "position") if name not in model]:
            raise ValueError(f"missing setting: {', '.join(f'model.{name}' for name in missing)}")
        return cls(model["context"], model["position"])

    @property
    def target_offset(self) -> int:
        """Place of the target relative to the window's first frame, in [0, length]."""
        return {"centre": self.length // 2, "last": self.length - 1, "next": self.length}[self.position]

    @property
    def sees_target(self) -> bool:
        """Whether the target's own MFCC are in the window."""
        return self.target_offset < self.length

    def targets(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the targets of each utterance; they are consecutive.

        The window and the target of a pair lie wholly inside the utterance.

        Parameters
        ----------
        starts : (n_utterances + 1,), int
            Utterance u is the frames ``starts[u]`` to ``starts[u + 1]``, the latter excluded.

        Returns
        -------
        first, count : (n_utterances,), int
            Each utterance's first target and number of targets (0 where it is shorter than a pair).
        """
        span = max(self.length, self.target_offset + 1)
        return starts[:-1] + self.target_offset, np.maximum(np.diff(starts) - span + 1, 0)

    def pair_index(self, starts: np.ndarray) -> np.ndarray:
        """List the pairs whose window and target lie wholly inside an utterance.

        Parameters
        ----------
        starts : (n_utterances + 1,), int
            As in `targets`.

        Returns
        -------
        pairs : (n_pairs, 3), int64
            First context frame, target frame, utterance.
        """
        first, count = self.targets(starts)
        utterance = np.repeat(np.arange(len(count)), count)
        target = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())
        return np.stack([target - self.target_offset, target, utterance], axis=1).astype(np.int64)

    def input_rows(self, first_target: np.ndarray, n_targets: int, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Find the rows of the inputs that segments of consecutive targets need.

        Beyond the edges of an utterance, its first and its last frame are repeated.

        Parameters
        ----------
        first_target : (n_segments,), int
            Row of each segment's first target.
        n_targets : int >= 1
            Length of a segment.
        begin, end : (n_segments,), int
            The segment's utterance is the rows ``begin`` to ``end``, the latter excluded.

        Returns
        -------
        rows : (n_segments, n_targets + length - 1), int
        """
        rows = (first_target - self.target_offset)[:, None] + np.arange(n_targets + self.length - 1)
        return np.clip(rows, begin[:, None], end[:, None] - 1)
