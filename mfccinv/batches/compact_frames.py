"""Frames in 16 bits, half of the memory that they take as they are stored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from mfccinv.datasets.shards import UtteranceFeatures

LEVELS = 2**16


@dataclass(frozen=True)
class CompactFrames:
    """Frames in equal steps from their least value on: of 130 dB, each is right to 0.001 dB.

    The step is a power of two, so that values that lie on its multiples come back as they were.

    Parameters
    ----------
    levels : (n_frames, n), uint16
    least : float, dB
        Value of level 0.
    step : float, dB
        Difference of two levels that follow each other.
    """

    levels: np.ndarray
    least: float
    step: float

    @classmethod
    def of(cls, frames: np.ndarray) -> Self:
        """Round frames (n_frames, n), at least one, float32, dB, to the finest step that reaches all of them.

        Raises
        ------
        ValueError
            If a value isn't finite.
        """
        least, most = float(frames.min()), float(frames.max())
        if not math.isfinite(most - least):
            raise ValueError("its frames have values that aren't finite")
        step = float(np.finfo(np.float32).tiny)
        if most > least:
            step = 2.0 ** math.ceil(math.log2((most - least) / (LEVELS - 2)))
            least = math.floor(least / step) * step
        levels = frames - np.float32(least)
        levels /= np.float32(step)
        return cls(np.rint(levels, out=levels).astype(np.uint16), least, step)

    @property
    def nbytes(self) -> int:
        return self.levels.nbytes

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Frames of some rows, (*rows.shape, n), float32, dB."""
        frames = self.levels[rows].astype(np.float32)
        frames *= np.float32(self.step)
        frames += np.float32(self.least)
        return frames


@dataclass(frozen=True)
class CompactShard:
    """Utterances with some of their frames, in memory, as batches are drawn from a `Shard`."""

    frames: Mapping[str, CompactFrames]
    shapes: Mapping[str, tuple[int, int]]
    starts: np.ndarray
    speakers: np.ndarray

    @classmethod
    def of(cls, utterances: Sequence[UtteranceFeatures], names: Sequence[str]) -> Self:
        """Put utterances, at least one, together; ``names`` are those of their arrays that are kept."""
        arrays = {name: np.concatenate([getattr(utterance, name) for utterance in utterances]) for name in names}
        return cls(
            frames={name: CompactFrames.of(array) for name, array in arrays.items()},
            shapes={name: array.shape for name, array in arrays.items()},
            starts=np.cumsum([0, *(len(utterance.log_mel) for utterance in utterances)]),
            speakers=np.array([utterance.speaker for utterance in utterances]),
        )
