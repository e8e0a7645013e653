"""Sums over utterances from which scores follow: added up or resampled first, divided last."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Sums:
    """Arrays that add up over utterances, and scores that follow from them.

    Every array may have leading axes: one entry per utterance (`stack`) or per resampling (`weighted`).
    """

    @classmethod
    def stack(cls, sums: list[Self]) -> Self:
        """Put the sums of several utterances along a first axis."""
        return cls(*(np.stack(parts) for parts in zip(*(vars(one).values() for one in sums), strict=True)))

    def weighted(self, weights: np.ndarray) -> Self:
        """Add up utterances, each times its weight: ``weights`` (..., n_utterances)."""
        return type(self)(*(weights @ part for part in vars(self).values()))

    def total(self) -> Self:
        """Add up all utterances."""
        return type(self)(*(part.sum(axis=0) for part in vars(self).values()))

    def summary(self) -> dict[str, np.ndarray]:
        """Scores by name; NaN where there is nothing that they would be of."""
        raise NotImplementedError
