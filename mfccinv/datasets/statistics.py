"""Mean and standard deviation of the training split, gathered a shard at a time."""

import re
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from mfccinv.features.cepstrum import dct_basis, mfcc_to_log_mel
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.atomic_files import json_text
from mfccinv.system.stored_files import DamagedFile, read_json

LARGEST_DB = 1e6  # no level is higher, nor a coefficient of many levels with liftering
BLOCK = 1024  # rows, which fit into a cache


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of rows; moments can be merged.

    Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979.
    """

    count: int
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> "Moments":
        """Compute the moments of rows (n_rows, n_columns), n_rows >= 1, in double precision, a block at a time."""
        blocks = (rows[first : first + BLOCK].astype(np.float64) for first in range(0, len(rows), BLOCK))
        return reduce(cls.merge, (cls._of_block(block) for block in blocks))

    @classmethod
    def _of_block(cls, rows: np.ndarray) -> "Moments":
        mean = rows.mean(axis=0)
        rows -= mean
        return cls(len(rows), mean, np.einsum("ij,ij->j", rows, rows))

    def merge(self, other: "Moments") -> "Moments":
        """Moments of both sets of rows together."""
        count = self.count + other.count
        step = other.mean - self.mean
        return Moments(
            count,
            self.mean + step * other.count / count,
            self.squares + other.squares + step**2 * self.count * other.count / count,
        )

    @property
    def std(self) -> np.ndarray:
        """Standard deviation of each column."""
        return np.sqrt(self.squares / self.count)


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of the training split's features.

    Parameters
    ----------
    mfcc_mean, mfcc_std : (n_mfcc,), dB
    log_mel_mean, log_mel_std : (n_mels,), dB
    residual_mean, residual_std : (n_mels,), dB
        Of the part that the analytic inverse of the MFCC misses, ``log_mel - mfcc_to_log_mel(mfcc)``.
    log_magnitude_mean, log_magnitude_std : (n_bins,), dB, or None
        None if the data set holds no linear spectra.
    detail_mean, detail_std : (n_bins,), dB, or None
        Of the part that mel frames spread over the bins miss, ``log_magnitude - spread_log_mel(log_mel)``.
    """

    mfcc_mean: np.ndarray
    mfcc_std: np.ndarray
    log_mel_mean: np.ndarray
    log_mel_std: np.ndarray
    residual_mean: np.ndarray
    residual_std: np.ndarray
    log_magnitude_mean: np.ndarray | None = None
    log_magnitude_std: np.ndarray | None = None
    detail_mean: np.ndarray | None = None
    detail_std: np.ndarray | None = None

    @classmethod
    def from_moments(cls, moments: dict[str, Moments]) -> "Statistics":
        """Statistics from the moments that `feature_moments` returns, merged."""
        values = {}
        for name, moment in moments.items():
            values[f"{name}_mean"], values[f"{name}_std"] = moment.mean, moment.std
        return cls(**values)

    @classmethod
    def unknown(cls, spec: FeatureSpec) -> "Statistics":
        """Statistics of features that nothing is known of: means of 0 and deviations of 1."""
        columns = {"mfcc": spec.n_mfcc, "log_mel": spec.n_mels, "residual": spec.n_mels}
        columns |= {"log_magnitude": spec.n_bins, "detail": spec.n_bins}
        means = {f"{name}_mean": np.zeros(n) for name, n in columns.items()}
        return cls(**means, **{f"{name}_std": np.ones(n) for name, n in columns.items()})

    @classmethod
    def load(cls, path: Path, spec: FeatureSpec) -> "Statistics":
        """Read what `to_json` wrote of features of a spec; in older files a standard deviation is called ``deviation``.

        Raises
        ------
        DamagedFile
            If a name or a value can't be.
        OSError
            If it isn't there or can't be read.
        """
        present = {re.sub("_deviation$", "_std", name): values for name, values in read_json(path).items()}
        try:
            statistics = cls(**{name: np.array(values, float) for name, values in present.items()})
            statistics._check(spec)
        except (TypeError, ValueError) as error:  # unknown or missing names; lists that are no numbers
            raise DamagedFile(f"{path} is damaged: {error}") from error
        return statistics

    def _check(self, spec: FeatureSpec) -> None:
        columns = {"mfcc": spec.n_mfcc, "log_magnitude": spec.n_bins, "detail": spec.n_bins}
        for name, values in vars(self).items():
            expected = (columns.get(re.sub("_(mean|std)$", "", name), spec.n_mels),)
            if values is not None and (values.shape != expected or not (np.abs(values) <= LARGEST_DB).all()):
                raise ValueError(f"{name} must be {expected[0]} finite numbers of dB, got shape {values.shape}")
            if values is not None and name.endswith("_std") and values.min() < 0:
                raise ValueError(f"{name} must be at least 0, got {values.min():g}")

    def coefficients(self, spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of every DCT coefficient of a log-mel frame, both (n_mels,), dB.

        Deviations of those beyond the ``n_mfcc`` of the spec aren't known one by one: all are their root mean square.
        """
        lost = dct_basis(spec.n_mels, spec.n_mels)[spec.n_mfcc :]
        means = self.mfcc_mean / spec.lifter_weights, lost @ self.residual_mean
        stds = np.abs(self.mfcc_std / spec.lifter_weights), np.full(len(lost), self.fine_structure_std(spec))
        return np.concatenate(means), np.concatenate(stds)

    def fine_structure_std(self, spec: FeatureSpec) -> float:
        """Standard deviation of the DCT coefficients beyond the MFCC, dB: the root mean square of theirs."""
        return float(np.sqrt(np.sum(self.residual_std**2) / max(spec.n_mels - spec.n_mfcc, 1)))

    def flow_path(self, spec: FeatureSpec) -> FlowPath:
        """The path of flow matching whose noise varies as the fine structure does."""
        return FlowPath(spec, self.fine_structure_std(spec))

    def to_json(self) -> str:
        """Write the statistics as JSON."""
        return json_text({name: values.tolist() for name, values in vars(self).items() if values is not None})


def feature_moments(
    mfcc: np.ndarray, log_mel: np.ndarray, spec: FeatureSpec, log_magnitude: np.ndarray | None = None
) -> dict[str, Moments]:
    """Moments of frames, by the names in `Statistics`.

    Parameters
    ----------
    mfcc : (n_frames, n_mfcc), dB
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    log_magnitude : (n_frames, n_bins), dB, or None
    """
    moments = {
        "mfcc": Moments.of(mfcc),
        "log_mel": Moments.of(log_mel),
        "residual": Moments.of(log_mel - mfcc_to_log_mel(mfcc, spec)),
    }
    if log_magnitude is not None:
        moments["log_magnitude"] = Moments.of(log_magnitude)
        moments["detail"] = Moments.of(log_magnitude - spread_log_mel(log_mel, spec))
    return moments
