"""Means and deviations of coefficients that were normalised (CMN, CMVN), and putting them back."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from reprlib import repr as brief
from typing import Self

import numpy as np

from mfccinv.configs.dialects import in_decibels
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.spec_fields import check_choice
from mfccinv.inversion.arguments import check_numbers
from mfccinv.inversion.array_files import has_frames_in_rows, stored_arrays
from mfccinv.inversion.speech_statistics import line, speech_statistics
from mfccinv.run_folders.run_folder import RunFolder

NORMALISATIONS = (None, "mean", "mean_and_variance")  # of each coefficient
WERE_NORMALISED = {"mean": "mean was normalised", "mean_and_variance": "mean and variance were normalised"}
KEYS_TOLD = 3


@dataclass(frozen=True, eq=False)
class CoefficientStatistics:
    """What normalisation took away from coefficients, in the order and unit that they are written in.

    Parameters
    ----------
    mean : (n,)
    std : (n,), > 0, or None
        Standard deviations; None: they aren't known.
    """

    mean: np.ndarray
    std: np.ndarray | None

    @classmethod
    def of(cls, given: "Mapping | str | Path", utterance: str | None = None) -> Self:
        """Return the statistics that an argument stands for.

        Parameters
        ----------
        given : dict, str or Path
            ``{"mean": (n,), "std": (n,)}``, of which ``std`` may be left out; or a file, see `read_statistics`.
        utterance : str or None
            Whose statistics, if a file has those of several.

        Raises
        ------
        ValueError
            For what is neither, and for a file that has no statistics of the utterance.
        OSError
            If the file can't be read.
        """
        if not isinstance(given, Mapping | str | PathLike):
            raise ValueError(f"statistics must be a dict with mean and std, or a file, got {brief(given)}")
        values = given if isinstance(given, Mapping) else read_statistics(Path(given), utterance)
        if not ({"mean"} <= values.keys() <= {"mean", "std"}):
            named = ", ".join(sorted(map(str, values.keys())))[:60]
            raise ValueError(f"statistics must have mean, and std if the variance was normalised, got {named or None}")
        mean, std = (
            None if values.get(name) is None else check_numbers(f"the {name} of statistics", values[name]).ravel()
            for name in ("mean", "std")
        )
        if mean is None or (std is not None and (len(std) != len(mean) or not std.min() > 0)):
            raise ValueError("statistics must have as many std as mean, and all above 0")
        return cls(mean.astype(np.float64), None if std is None else std.astype(np.float64))

    def put_back(self, mfcc: np.ndarray, normalised: str, n_mfcc: int) -> np.ndarray:
        """Undo a normalisation of the first ``n_mfcc`` rows of (..., rows, n_frames), in its type; others stay.

        Raises
        ------
        ValueError
            If the statistics are of another number of coefficients, also with their deltas, or lack the deviations that
            are needed.
        """
        if len(self.mean) not in (n_mfcc, 2 * n_mfcc, 3 * n_mfcc):  # deltas have some, too
            raise ValueError(f"statistics are of {len(self.mean)} coefficients, the MFCC have {n_mfcc}")
        found = mfcc.astype(np.float64)
        if normalised == "mean_and_variance":
            if self.std is None:
                raise ValueError("statistics have no std: normalised=mean_and_variance needs it")
            found[..., :n_mfcc, :] *= self.std[:n_mfcc, None]
        found[..., :n_mfcc, :] += self.mean[:n_mfcc, None]
        return found.astype(mfcc.dtype)


def check_normalised(normalised: str | None, statistics: object) -> None:
    """Refuse with ValueError another normalisation than `NORMALISATIONS`, and statistics without one."""
    check_choice("normalised", normalised, NORMALISATIONS)
    if statistics is not None and normalised is None:
        raise ValueError("statistics are of what was normalised: say normalised=mean or normalised=mean_and_variance")


def read_statistics(path: Path, utterance: str | None) -> dict[str, np.ndarray]:
    """Read means and standard deviations of coefficients from a file.

    Parameters
    ----------
    path : Path
        Kaldi's ``.ark`` or ``.scp`` of ``compute-cmvn-stats``: matrices of (2, n + 1) with the sums and the number of
        frames, and below them the sums of squares. Or an archive with arrays ``mean`` and ``std``. Or one array of the
        means, (1, n), or of the means above the standard deviations, (2, n).
    utterance : str or None
        Of several matrices of Kaldi's, the one of that key counts, else that of the longest key that it begins with,
        as Kaldi has utterances begin with their speaker.

    Returns
    -------
    values : dict
        ``mean`` and, if it is there, ``std``.

    Raises
    ------
    ValueError
        If it holds no such arrays, or none of the utterance.
    OSError
        If it can't be read.
    """
    status = path.stat()
    try:
        arrays = _stored(path, status.st_mtime_ns, status.st_size)
        if has_frames_in_rows(path):
            return _of_sums(_matrix_of(arrays, utterance))
        if "mean" in arrays:
            return {name: arrays[name] for name in ("mean", "std") if name in arrays}
        if len(arrays) != 1:
            raise ValueError(f"it must have mean, and perhaps std, or one array, got {', '.join(arrays) or 'none'}")
        [rows] = map(np.atleast_2d, arrays.values())
        if len(rows) > 2:
            raise ValueError(f"it must have a row of means, and perhaps one of deviations, got shape {rows.shape}")
        return dict(zip(("mean", "std"), rows, strict=False))
    except ValueError as error:
        raise ValueError(f"{path} has no statistics of coefficients: {error}") from error


@lru_cache(maxsize=2)
def _stored(path: Path, *changed: int) -> dict[str, np.ndarray]:
    """Arrays of a file by their names, each of two axes; read again if it changed."""
    return {name: read() for name, read in stored_arrays(path, axes=(1, 2))}


def _matrix_of(matrices: dict[str, np.ndarray], utterance: str | None) -> np.ndarray:
    if len(matrices) == 1:
        return next(iter(matrices.values()))
    fitting = [key for key in matrices if utterance is not None and utterance.startswith(key)]
    if not fitting:
        there = ", ".join(list(matrices)[:KEYS_TOLD])
        raise ValueError(f"none of its {len(matrices)} keys ({there}, …) begins the utterance's name, {utterance}")
    return matrices[max(fitting, key=len)]


def _of_sums(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Means and deviations of Kaldi's sums, (2, n + 1)."""
    if sums.ndim != 2 or len(sums) not in (1, 2) or sums.shape[1] < 2 or not sums[0, -1] >= 1:
        raise ValueError(f"they must be sums and a number of frames, (2, n + 1), got shape {sums.shape}")
    mean = sums[0, :-1] / sums[0, -1]
    if len(sums) == 1:
        return {"mean": mean}
    variance = sums[1, :-1] / sums[0, -1] - mean**2
    if not variance.min() > 0:
        raise ValueError("a variance is not above 0")
    return {"mean": mean, "std": np.sqrt(variance)}


def own_statistics(spec: FeatureSpec, dialect: Dialect | None, run: RunFolder | None) -> CoefficientStatistics:
    """Statistics of what a network was trained on or, without one, of speech; which is said by a warning.

    Parameters
    ----------
    spec : FeatureSpec
    dialect : Dialect or None
        As which the coefficients are written; None: in dB.
    run : RunFolder or None
        The network; what stands for c0 is that of speech, too, if it is an energy.

    Raises
    ------
    ValueError
        If none are known.
    """
    speech = speech_statistics(dialect or in_decibels(replace(spec, lifter=0.0)))
    has_energy = dialect is not None and dialect.energy is not None
    if (run is None or has_energy) and speech is None:
        raise ValueError("what was taken away from these features isn't known: give statistics")
    n = spec.n_mfcc
    mean, std = np.zeros(n), np.zeros(n)
    source = "speech"
    if speech is not None:
        mean, std = speech.coefficient_mean[:n].copy(), speech.coefficient_std[:n].copy()
    if run is not None:
        source = f"the training of {run.folder.name}"
        first = int(has_energy)
        weights = run.spec.with_n_mfcc(n).lifter_weights
        known = (run.statistics.mfcc_mean[:n] / weights, run.statistics.mfcc_std[:n] / weights)
        mean[first:], std[first:] = (values[first:] for values in known)
    told = f"statistics=null: what was taken from each coefficient is put back as {source} has it on average"
    warnings.warn(told, stacklevel=5)
    if dialect is None:
        return CoefficientStatistics(mean * spec.lifter_weights, std * np.abs(spec.lifter_weights))
    slope, intercept = line(dialect)
    mean, std = mean * slope + intercept, std * np.abs(slope)
    if dialect.c0_last:
        mean, std = np.roll(mean, -1), np.roll(std, -1)
    return CoefficientStatistics(mean, std)
