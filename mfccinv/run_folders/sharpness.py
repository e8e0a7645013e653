"""How much of the variance of fine structure a network predicts, and by how much its predictions are sharpened."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.system.atomic_files import json_text
from mfccinv.system.stored_files import DamagedFile, read_json

SHARPNESS = 0.5  # how far, in the logarithm, deviations go from those predicted to true ones; see docs/experiments.md
LEAST_DEVIATION_DB = 1e-3  # of a coefficient that is predicted at all
LARGEST_DB = 1e6
DIGITS = 4


@dataclass(frozen=True, eq=False)
class Sharpness:
    """Standard deviations of the coefficients of `fine_structure` in active frames of the validation split.

    Parameters
    ----------
    true, predicted : dict of (n_mels - n_mfcc,), dB
        By the number of MFCC that the network is given.
    """

    true: dict[int, np.ndarray]
    predicted: dict[int, np.ndarray]

    def factors(self, n_mfcc: int) -> np.ndarray:
        """Find what sharpens predictions from a number of MFCC, (n_mels - n_mfcc,), for `scale_fine_structure`.

        The mean that is predicted varies less than speech does. Each coefficient's standard deviation is brought
        half-way, in the logarithm, to that of speech. Where that number wasn't measured, the nearest one counts. After
        the global variance of Toda and Tokuda (A speech parameter generation algorithm considering global variance,
        2007), with less than all of it.
        """
        nearest = min(self.true, key=lambda n: (abs(np.log(n / n_mfcc)), n))
        true, predicted = self.true[nearest], self.predicted[nearest]
        ratio = np.where(predicted > LEAST_DEVIATION_DB, true / np.maximum(predicted, LEAST_DEVIATION_DB), 1.0)
        ratio = ratio[n_mfcc - nearest :] if n_mfcc >= nearest else np.pad(ratio, (nearest - n_mfcc, 0), mode="edge")
        return ratio**SHARPNESS

    def to_json(self) -> str:
        """Write the deviations as JSON."""
        return json_text(
            {
                str(n): {"true": _rounded(self.true[n]), "predicted": _rounded(self.predicted[n])}
                for n in sorted(self.true)
            }
        )

    @classmethod
    def load(cls, path: Path, spec: FeatureSpec) -> Self:
        """Read them from a file of `to_json`; DamagedFile if it is none, or not of this specification."""
        values = read_json(path)
        try:
            true, predicted = (
                {int(n): _deviations(one[name], int(n), spec.n_mels) for n, one in values.items()}
                for name in ("true", "predicted")
            )
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise DamagedFile(f"{path} holds no deviations of fine structure: {error}") from error
        if not true:
            raise DamagedFile(f"{path} holds no deviations of fine structure")
        return cls(true, predicted)


def _deviations(values: list, n_mfcc: int, n_mels: int) -> np.ndarray:
    found = np.array(values, np.float64)
    if not 1 <= n_mfcc < n_mels or found.shape != (n_mels - n_mfcc,):
        raise ValueError(f"of {n_mfcc} MFCC and {n_mels} bands, got shape {found.shape}")
    if not ((found >= 0) & (found <= LARGEST_DB)).all():
        raise ValueError(f"they must be in [0, {LARGEST_DB:g}]")
    return found


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
