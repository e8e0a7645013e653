"""What MFCC of speech are like: their level, spread and smoothness in time, by the analysis that made them.

``speech_statistics.json`` is written by ``benchmarks/identify.py statistics``. It holds the moments of `summary` over
stretches of speech, for MFCC in decibels at full scale 1; how a tool writes them down is a matter of scale and offset.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from mfccinv.configs.dialects import in_decibels, resolve_dialect
from mfccinv.configs.presets import preset_names, resolve_spec
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.stored_files import read_json

STATISTICS = Path(__file__).with_name("speech_statistics.json")
N_COEFFICIENTS = 20  # that are looked at
STEPS = (1, 2)  # frames
FEWEST_SUMMARISED = max(STEPS) + 2  # frames
N_MEASURES = 2 + len(STEPS)  # of each coefficient
LEAST_STEP = 1e-3  # of the variance of a step, relative to that of frames far apart
FREEDOM = 10.0  # degrees of freedom of the t distribution: speech of another corpus lies outside a Gaussian
LEAST_DEVIATION = 1e-6  # of a coefficient in time, relative to the largest: what is constant has no shape


def summary(frames: np.ndarray) -> np.ndarray | None:
    """Summarise MFCC (n_frames, n): mean, log deviation and roughness of each coefficient, (N_MEASURES, n).

    Roughness is the logarithm of the variance of the step to the next frame and to the one after it, relative to that
    of frames far apart. None if a coefficient is constant.
    """
    if len(frames) < FEWEST_SUMMARISED:
        return None
    frames = frames.astype(np.float64)
    mean = frames.mean(axis=0)
    rest = frames - mean
    deviation = np.sqrt(np.mean(rest**2, axis=0))
    if not deviation.min() > LEAST_DEVIATION * max(1.0, np.abs(frames).max()):
        return None
    steps = [np.mean((rest[step:] - rest[:-step]) ** 2, axis=0) / (2 * deviation**2) for step in STEPS]
    return np.stack([mean, np.log(deviation), *np.log(np.maximum(steps, LEAST_STEP))])


def pooled_summary(recordings: Sequence[np.ndarray]) -> np.ndarray | None:
    """Mean of the summaries of some recordings, (n_frames, n) each, weighted by their frames; None if none has any."""
    found = [(len(frames), one) for frames in recordings if (one := summary(frames)) is not None]
    if not found:
        return None
    weights, summaries = zip(*found, strict=True)
    return np.average(summaries, axis=0, weights=weights)


@dataclass(frozen=True, eq=False)
class SpeechStatistics:
    """Moments of the summary of stretches of speech, and the likelihood of one under a t distribution.

    Parameters
    ----------
    mean : (N_MEASURES, N_COEFFICIENTS)
    covariance : (N_MEASURES N_COEFFICIENTS, N_MEASURES N_COEFFICIENTS)
    coefficient_mean, coefficient_std : (n_mels,), dB
        Mean and standard deviation in time of every coefficient, or of the energy that stands for c0.
    """

    mean: np.ndarray
    covariance: np.ndarray
    coefficient_mean: np.ndarray
    coefficient_std: np.ndarray

    @cached_property
    def _parts(self) -> dict[tuple[int, int], tuple[np.ndarray, float]]:
        return {}

    def _precision(self, n: int, first: int) -> tuple[np.ndarray, float]:
        """Inverse covariance and half its log determinant, of ``n`` coefficients' measures from ``first`` on."""
        if (n, first) not in self._parts:
            chosen = [k * N_COEFFICIENTS + i for k in range(first, N_MEASURES) for i in range(n)]
            part = self.covariance[np.ix_(chosen, chosen)]
            self._parts[n, first] = np.linalg.inv(part), 0.5 * float(np.linalg.slogdet(part)[1])
        return self._parts[n, first]

    def distance(self, summary: np.ndarray, first: int = 0) -> float:
        """Mean squared deviation from speech of measures (N_MEASURES, n) from ``first`` on: about 1 for speech."""
        n = summary.shape[1]
        rest = (summary[first:] - self.mean[first:, :n]).ravel()
        return float(rest @ self._precision(n, first)[0] @ rest) / rest.size

    def log_likelihood(self, summary: np.ndarray, first: int = 0) -> float:
        """Log density of measures (N_MEASURES, n) from ``first`` on."""
        size = (N_MEASURES - first) * summary.shape[1]
        ratio = self.distance(summary, first) * size / FREEDOM
        constant = math.lgamma((FREEDOM + size) / 2) - math.lgamma(FREEDOM / 2) - size / 2 * math.log(math.pi * FREEDOM)
        return constant - self._precision(summary.shape[1], first)[1] - (FREEDOM + size) / 2 * math.log1p(ratio)


def coefficients(frames: np.ndarray, dialect: Dialect) -> np.ndarray:
    """The coefficients of frames (n_frames, n_columns) that are looked at, c0 or its energy first."""
    return c0_first(frames, dialect)[:, :N_COEFFICIENTS]


def c0_first(frames: np.ndarray, dialect: Dialect) -> np.ndarray:
    """The coefficients of frames (n_frames, n_columns), (n_frames, n_mfcc), c0 or its energy first."""
    found = frames[:, : dialect.spec.n_mfcc]
    return np.roll(found, 1, axis=1) if dialect.c0_last else found


def line(dialect: Dialect) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and intercepts by which a dialect writes coefficients in dB, or an energy in dB for c0, (n_mfcc,) each.

    c0, or the energy, is first.
    """
    n = dialect.spec.n_mfcc
    zero, one = (dialect.write(np.full((1, n), level_db), np.array([10 ** (level_db / 10)])) for level_db in (0.0, 1.0))
    zero, one = (c0_first(each, dialect)[0] for each in (zero, one))
    return one - zero, zero


def plain_summary(written: np.ndarray, slope: np.ndarray, intercept: np.ndarray) -> np.ndarray:
    """Summary (N_MEASURES, n) of coefficients in dB, of that of what `line` writes."""
    n = written.shape[1]
    slope, intercept = slope[:n], intercept[:n]
    plain = written.copy()
    plain[0] = (written[0] - intercept) / slope
    plain[1] -= np.log(np.abs(slope))
    return plain


def analyses() -> Iterator[tuple[str, Dialect]]:
    """Yield the analyses that statistics are of, by their names: those of the presets, with and without an energy.

    They have as many coefficients as bands, without a lifter.
    """
    for features in preset_names("features"):
        yield features, _complete(in_decibels(resolve_spec(features)))
    for name in preset_names("dialect"):
        if (dialect := resolve_dialect(name)).energy:
            yield f"{name} with energy", _complete(dialect)


def _complete(dialect: Dialect) -> Dialect:
    return replace(dialect, spec=dialect.spec.with_n_mfcc(dialect.spec.n_mels), lifter=0.0)


def speech_statistics(dialect: Dialect) -> SpeechStatistics | None:
    """Find the statistics of a dialect's analysis, whatever its number of coefficients; None if there are none."""
    return _by_analysis().get(_analysis(dialect.spec, dialect.energy))


def _analysis(spec: FeatureSpec, energy: str | None) -> tuple[FeatureSpec, str | None]:
    """What tells an analysis: librosa's ``top_db``, and what is before and behind a sound, hardly change statistics."""
    around = replace(spec, center=True, padding=None, pad_mode="constant", cover_end=False)
    return replace(around, n_mfcc=1, top_db=None, lifter=0.0), energy


@lru_cache(maxsize=1)
def _by_analysis() -> dict[tuple[FeatureSpec, str | None], SpeechStatistics]:
    stored = read_json(STATISTICS)
    return {
        _analysis(dialect.spec, dialect.energy): _from_json(stored[name])
        for name, dialect in analyses()
        if name in stored
    }


def to_json(summaries: np.ndarray) -> dict:
    """Moments of summaries (n, N_MEASURES, n_mels) as plain values: the correlations in hundredths, row by row."""
    flat = summaries[:, :, :N_COEFFICIENTS].reshape(len(summaries), -1)
    correlation = np.corrcoef(flat.T)
    return {
        "mean": [float(f"{value:.4g}") for value in flat.mean(axis=0)],
        "deviation": [float(f"{value:.3g}") for value in flat.std(axis=0)],
        "correlation": [round(100 * value) for value in correlation[np.tril_indices(len(correlation), -1)]],
        "coefficient_mean": [float(f"{value:.4g}") for value in summaries[:, 0].mean(axis=0)],
        "coefficient_std": [float(f"{value:.3g}") for value in np.exp(summaries[:, 1].mean(axis=0))],
    }


def _from_json(stored: dict) -> SpeechStatistics:
    deviation = np.array(stored["deviation"])
    correlation = np.zeros((deviation.size, deviation.size))
    correlation[np.tril_indices(deviation.size, -1)] = np.array(stored["correlation"]) / 100
    # Shrunk, as a few hundred stretches tell little of small eigenvalues.
    correlation = 0.9 * (correlation + correlation.T) + np.eye(deviation.size)
    covariance = correlation * np.outer(deviation, deviation)
    return SpeechStatistics(
        np.array(stored["mean"]).reshape(N_MEASURES, N_COEFFICIENTS),
        covariance,
        np.array(stored["coefficient_mean"]),
        np.array(stored["coefficient_std"]),
    )
