"""Ways in which MFCC may have been written, and how likely each is by what speech gives."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.dialect import LOGARITHMS, Dialect
from mfccinv.inversion.normalisation import NORMALISATIONS
from mfccinv.inversion.speech_statistics import (
    SpeechStatistics,
    coefficients,
    line,
    plain_summary,
    pooled_summary,
    speech_statistics,
)

FEWEST_OF_AXIS = 3
SMOOTHER = 2.0  # mean squared step between coefficients, relative to that between frames: 0.97 to 200 on speech
LIFTER = 22.0  # Kaldi's, HTK's and python_speech_features'
FULL_SCALES = (1.0, 32768.0)
# Deviations from 0 of what was normalised: it may have been done over several utterances.
MEAN_LEFT, LOG_DEVIATION_LEFT, EXACT = 0.3, 0.2, 0.003
NEAR = 3.5  # squared distance from speech of what is taken for it: that of nine in ten stretches of a second
NEAR_NORMALISED = 2.5  # of what isn't exactly normalised: noise is near it, too
CENTRED = 0.01  # largest mean, relative to the deviation, of what was normalised exactly
# Natural logarithms of how seldom something is: another number of columns than the tool's, of which the tools of
# `CHOSEN` are asked for some often; a changed setting, of which decibels of what is a power already are the rarest.
SELDOM = {"columns": 8.0, "chosen": 1.0, "deltas": 1.0, "change": 7.0, "log=20log10": 12.0, "normalised": 3.0}
CHOSEN = dict.fromkeys(("asr", "librosa", "librosa_16k", "torchaudio", "torchaudio_log"), (13, 20, 40))


@dataclass(frozen=True, eq=False)
class Writing:
    """A way of writing MFCC down, and the statistics of what it writes.

    Parameters
    ----------
    name : str
        A dialect's.
    dialect : Dialect
        With the number of coefficients.
    change : str
        The setting in which it differs from the dialect of that name, such as ``log=ln``; "" for none.
    normalised : str or None
        One of `NORMALISATIONS`.
    prior : float
        Logarithm of how often it is met with.
    statistics : SpeechStatistics
        Of its analysis.
    """

    name: str
    dialect: Dialect
    change: str
    normalised: str | None
    prior: float
    statistics: SpeechStatistics

    @cached_property
    def _line(self) -> tuple[np.ndarray, np.ndarray]:
        return line(self.dialect)

    def _plain(self, written: np.ndarray) -> np.ndarray:
        return plain_summary(written, *self._line)

    def log_likelihood(self, written: np.ndarray) -> float:
        """Log density of a summary (N_MEASURES, n) of written coefficients, c0 first."""
        plain, first = self._plain(written), NORMALISATIONS.index(self.normalised)
        known = self.statistics.log_likelihood(plain, first)
        if not self.normalised:
            return known - float(np.log(np.abs(self._line[0][: written.shape[1]])).sum())
        known += _log_normal(centre(written), MEAN_LEFT) - float(written[1].sum())
        return known + (_log_normal(written[1], LOG_DEVIATION_LEFT) if first == 2 else 0.0)

    def distance(self, written: np.ndarray) -> float:
        """How far a summary is from that of speech: about 1 for speech."""
        first = NORMALISATIONS.index(self.normalised)
        parts = [self.statistics.distance(self._plain(written), first)]
        if self.normalised:
            parts.append(float(np.mean((centre(written) / MEAN_LEFT) ** 2)))
        if first == 2:
            parts.append(float(np.mean((written[1] / LOG_DEVIATION_LEFT) ** 2)))
        return max(parts)

    def is_near(self, written: np.ndarray) -> bool:
        """Whether a summary may be speech that was written so."""
        is_doubtful = self.normalised is not None and not is_centred(written)
        return self.distance(written) < (NEAR_NORMALISED if is_doubtful else NEAR)


@dataclass(frozen=True, eq=False)
class Explanation:
    """A writing of given MFCC.

    Parameters
    ----------
    writing : Writing
    score : float
        Log likelihood and prior.
    written : (N_MEASURES, n)
        Summary of the MFCC.
    """

    writing: Writing
    score: float
    written: np.ndarray

    @property
    def is_near(self) -> bool:
        """See `Writing.is_near`; of many explanations, only the likeliest are asked."""
        return self.writing.is_near(self.written)


def explanations(recordings: Sequence[np.ndarray]) -> Iterator[Explanation]:
    """Yield the ways in which MFCC of recordings may have been written, (n_frames, n_columns) each, pooled.

    None for what has no shape.
    """
    summaries: dict[tuple[int, bool], np.ndarray | None] = {}
    for writing in writings(recordings[0].shape[1]):
        key = writing.dialect.spec.n_mfcc, writing.dialect.c0_last
        if key not in summaries:
            summaries[key] = pooled_summary([coefficients(frames, writing.dialect) for frames in recordings])
        if (found := summaries[key]) is not None:
            yield Explanation(writing, writing.log_likelihood(found) + writing.prior, found)


def frames_in_rows(mfcc: np.ndarray) -> bool:
    """Whether MFCC (rows, columns) have frames in their rows: along frames, speech is smoother than along others."""
    if min(mfcc.shape) < FEWEST_OF_AXIS:
        return False
    with np.errstate(over="ignore", invalid="ignore"):  # whether they are finite, others ask
        rows, columns = (float(np.mean(np.diff(mfcc.astype(np.float64), axis=axis) ** 2)) for axis in (0, 1))
    return 0 < rows < columns / SMOOTHER


@lru_cache(maxsize=8)
def writings(n_columns: int) -> list[Writing]:
    """Ways of writing MFCC with so many columns."""
    known = {name: resolve_dialect(name) for name in preset_names("dialect")}
    found = []
    for name, own in known.items():
        try:
            dialect = own.of_columns(n_columns)
        except ValueError:
            continue
        prior = 0.0
        if own.spec.n_mfcc != n_columns:
            is_chosen = n_columns in CHOSEN.get(name, ())
            prior = -SELDOM["deltas" if dialect is own else "chosen" if is_chosen else "columns"]
        for normalised in NORMALISATIONS:
            rare = SELDOM["normalised"] if normalised else 0.0
            found += _writing(name, dialect, "", normalised, prior - rare)
        for change, changed in _changed(dialect):
            if changed not in [each.of_columns(n_columns) for each in known.values() if each.spec == own.spec]:
                found += _writing(name, changed, change, None, prior - SELDOM.get(change, SELDOM["change"]))
    return found


def _writing(name: str, dialect: Dialect, change: str, normalised: str | None, prior: float) -> list[Writing]:
    statistics = speech_statistics(dialect)
    return [Writing(name, dialect, change, normalised, prior, statistics)] if statistics else []


def _changed(dialect: Dialect) -> Iterator[tuple[str, Dialect]]:
    """Dialects that differ in one setting, and how the command line says it."""
    values: dict[str, tuple] = {
        "log": LOGARITHMS,
        "full_scale": FULL_SCALES,
        "lifter": (0.0, LIFTER),
        "dct": ("orthonormal", "htk"),
        "c0_last": (False, True),
    }
    if dialect.energy:
        values["energy"] = (None,)
    for name, choices in values.items():
        for value in choices:
            if value != getattr(dialect, name):
                try:
                    yield f"{name}={_word(value)}", replace(dialect, **{name: value})
                except ValueError:  # a lifter that leaves a coefficient no weight
                    continue


def _word(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def centre(written: np.ndarray) -> np.ndarray:
    """Means of a summary (N_MEASURES, n), relative to the deviations."""
    return written[0] / np.exp(written[1])


def is_centred(written: np.ndarray) -> bool:
    """Whether the means of a summary are 0, as those of what was normalised by itself."""
    return float(np.abs(centre(written)).max()) <= CENTRED


def _log_normal(values: np.ndarray, largest: float) -> float:
    """Log density of values about 0, of their own deviation or the largest: what was normalised exactly is surer."""
    deviation = min(max(float(np.sqrt(np.mean(values**2))), EXACT), largest)
    return float(np.sum(-0.5 * (values / deviation) ** 2 - math.log(deviation) - 0.5 * math.log(2 * math.pi)))
