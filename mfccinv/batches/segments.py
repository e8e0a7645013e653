"""Segments of consecutive targets that utterances are cut into."""

from dataclasses import dataclass

import numpy as np

from mfccinv.features.context import Context


@dataclass(frozen=True)
class Segments:
    """How utterances are cut into segments.

    Parameters
    ----------
    n_frames : int >= 1
        Targets in a segment; the last one of an utterance may have fewer.
    context : Context
    edges : bool
        Whether frames whose context reaches beyond their utterance are targets, too.
    """

    n_frames: int
    context: Context
    edges: bool

    def targets(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First target and number of targets of each utterance, both (n_utterances,), see `Context.targets`."""
        return (starts[:-1], np.diff(starts)) if self.edges else self.context.targets(starts)

    def count(self, n_targets: np.ndarray) -> np.ndarray:
        """Number of segments of utterances with so many targets."""
        return -(-n_targets // self.n_frames)
