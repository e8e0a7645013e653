"""Which tool wrote MFCC: a ranking of the dialects, from the MFCC alone or with the sound of them.

for match in mfccinv.identify(mfcc):
    print(match)
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import soxr

from mfccinv.audio.sound_files import RATES_HZ
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.deltas import n_without_deltas
from mfccinv.features.dialect import Dialect, extract_dialect
from mfccinv.features.spec_fields import check_whole
from mfccinv.inversion.arguments import check_array, check_sound
from mfccinv.inversion.explanations import Writing, explanations, frames_in_rows, writings
from mfccinv.inversion.normalisation import NORMALISATIONS
from mfccinv.inversion.speech_statistics import FEWEST_SUMMARISED, N_COEFFICIENTS, coefficients, line

OFFSETS = range(-3, 4)  # frames that the sound's MFCC begin earlier
FEWEST_COMPARED = 3  # frames
LIBROSA_TOP_DB = 80.0  # of power_to_db, which the dialects leave out: MFCC don't tell what it was taken from
LEAST = 1e-12  # of a variance that is divided by
LIKE, SAME = 0.95, 0.001  # a likeness from which on a dialect fits; a difference that is none


@dataclass(frozen=True)
class Match:
    """A dialect and how well it fits.

    Parameters
    ----------
    writing : Writing
        The likeliest way of that dialect, with what is changed or normalised.
    score : float in [0, 1]
        From MFCC alone the probability among the dialects; with the sound the share of the coefficients' variance that
        is explained, mean over them: 1 if they are equal.
    is_near : bool
        Whether it fits; if the best one doesn't, none does.
    """

    writing: Writing
    score: float
    is_near: bool

    @property
    def name(self) -> str:
        """Name of the dialect."""
        return self.writing.name

    @property
    def dialect(self) -> Dialect:
        """The dialect, with what is changed, as `mfccinv.mfcc_to_audio` takes it."""
        return self.writing.dialect

    @property
    def normalised(self) -> str | None:
        """What of the coefficients was normalised, as `mfccinv.mfcc_to_audio` takes it."""
        return self.writing.normalised

    @property
    def differing(self) -> str:
        """What is otherwise than in the dialect itself, such as ``log=ln``; "" for nothing."""
        return f"normalised={self.normalised}" if self.normalised else self.writing.change

    def __str__(self):
        return " ".join(filter(None, (f"dialect={self.name}", f"{100 * self.score:.1f} %", self.differing)))


def identify(
    mfcc: np.ndarray | Sequence[np.ndarray], *, sound: np.ndarray | None = None, sample_rate: int | None = None
) -> list[Match]:
    """Rank the dialects by how well they explain MFCC.

    Parameters
    ----------
    mfcc : (..., n_mfcc, n_frames), or a list of (n_mfcc, n_frames)
        As the tool wrote them. Of several recordings, what they are like on average counts: the more, the surer.
    sound : (n_samples,), full scale 1, or None
        What the MFCC, of one recording, are of. None: they are held against what speech gives.
    sample_rate : int or None
        The sound's rate, Hz.

    Returns
    -------
    matches : list of Match
        The likeliest first; none for what is constant.

    Raises
    ------
    ValueError
        For what can't be MFCC: other numbers of axes or columns than a dialect has, frames in rows. For sound without a
        rate, and of several recordings.

    Examples
    --------
    >>> import numpy as np
    >>> import mfccinv
    >>> noise = np.random.default_rng(0).normal(size=(13, 200))
    >>> mfccinv.identify(noise)[0].is_near
    False
    """
    given = mfcc if isinstance(mfcc, list | tuple) else [mfcc]
    checked = [check_array("mfcc", one) for one in given]
    recordings = [one.T for array in checked for one in array.reshape(-1, *array.shape[-2:])]
    if len({frames.shape[1] for frames in recordings}) != 1:
        raise ValueError("mfcc must be of one number of coefficients")
    if any(frames_in_rows(frames.T) for frames in recordings):
        raise ValueError("mfcc have their frames in rows, they must be (..., n_mfcc, n_frames): give mfcc.T")
    if sound is None:
        return matches_of_mfcc(recordings)
    if len(recordings) > 1 or sample_rate is None:
        raise ValueError("sound must be of one recording, and have a sample_rate")
    y, rate = check_sound("sound", sound), check_whole("sample_rate", sample_rate, RATES_HZ[0])
    return matches_with_sound(recordings[0], cache(lambda wanted: soxr.resample(y, rate, wanted, quality="HQ")))


def matches_of_mfcc(recordings: Sequence[np.ndarray]) -> list[Match]:
    """Rank the dialects by the likelihood of MFCC of recordings, (n_frames, n_columns); none if they are constant.

    Deltas are left out, as those of the first recording tell.
    """
    n = n_without_deltas(recordings[0].T)
    found = list(explanations([frames[:, :n] for frames in recordings]))
    if not found:
        return []
    highest = max(one.score for one in found)
    total = sum(math.exp(one.score - highest) for one in found)
    matches = []
    for name in dict.fromkeys(one.writing.name for one in found):
        of_name = [one for one in found if one.writing.name == name]
        best = max(of_name, key=lambda one: one.score)
        share = sum(math.exp(one.score - highest) for one in of_name) / total
        matches.append((best.score, Match(best.writing, share, best.is_near)))
    return [match for _, match in sorted(matches, key=lambda pair: (-pair[1].score, -pair[0]))]  # many scores are 0


def matches_with_sound(frames: np.ndarray, sound_at: Callable[[int], np.ndarray]) -> list[Match]:
    """Rank the dialects by the likeness of MFCC (n_frames, n_columns) and those that they make of a sound.

    ``sound_at`` gives the sound (n_samples,) at a rate in Hz. Deltas are left out.
    """
    frames = frames[:, : n_without_deltas(frames.T)]
    best: dict[str, Match] = {}
    made: dict[Dialect, np.ndarray] = {}
    for writing in sorted(writings(frames.shape[1]), key=lambda one: -one.prior):
        own = resolve_dialect(writing.name).of_columns(frames.shape[1])
        analysed = own if own.energy == writing.dialect.energy else writing.dialect
        variants = _cut_off(analysed)
        for variant in variants:
            if variant not in made:
                made[variant] = _in_decibels(sound_at(variant.spec.sample_rate), variant)
        score = max(likeness(frames, made[variant], writing) for variant in variants)
        if writing.name not in best or score > best[writing.name].score + SAME:
            best[writing.name] = Match(writing, score, score > LIKE)
    return sorted(best.values(), key=lambda match: (-round(match.score, 3), -match.writing.prior))


def why_none_matches(recordings: Sequence[np.ndarray]) -> str:
    """Tell why MFCC of recordings, (n_frames, n_columns), match no dialect."""
    n_columns = recordings[0].shape[1]
    if not writings(n_columns):
        return f"no dialect has {n_columns} columns"
    if (longest := max(map(len, recordings))) < FEWEST_SUMMARISED:
        return f"{longest} frames are too few to tell, {FEWEST_SUMMARISED} would do"
    return "a coefficient is the same in all frames, as in silence: that tells nothing"


def likeness(frames: np.ndarray, made: np.ndarray, writing: Writing) -> float:
    """Share of the variance of MFCC that others explain, the mean over coefficients, at the best of `OFFSETS`.

    Parameters
    ----------
    frames : (n_frames, n_columns)
        As a tool wrote them.
    made : (n_frames, n), dB
        Coefficients of the sound, see `mfccinv.inversion.speech_statistics.coefficients`.
    writing : Writing
        How they are written, and normalised.

    Returns
    -------
    likeness : float in [0, 1]
    """
    given = coefficients(frames, writing.dialect).astype(np.float64)
    slope, intercept = (values[: made.shape[1]] for values in line(writing.dialect))
    ours = made * slope + intercept
    if writing.normalised:
        ours = ours - ours.mean(axis=0)
    if writing.normalised == NORMALISATIONS[-1]:
        ours = ours / np.maximum(ours.std(axis=0), LEAST)
    shares = [0.0]
    for offset in OFFSETS:
        one, other = given[max(0, -offset) :], ours[max(0, offset) :]
        n = min(len(one), len(other))
        if n >= FEWEST_COMPARED:
            lost = np.mean((one[:n] - other[:n]) ** 2, axis=0) / np.maximum(one[:n].var(axis=0), LEAST)
            shares.append(1 - float(np.mean(np.minimum(lost, 1))))
    return max(shares)


def _cut_off(dialect: Dialect) -> list[Dialect]:
    """A dialect as it is and, if librosa may have made its decibels, with the floor that librosa puts under them."""
    if dialect.log != "db" or dialect.spec.top_db is not None:
        return [dialect]
    return [dialect, replace(dialect, spec=replace(dialect.spec, top_db=LIBROSA_TOP_DB))]


def _in_decibels(y: np.ndarray, dialect: Dialect) -> np.ndarray:
    """Coefficients of a sound in dB, (n_frames, n); none if it is shorter than a frame."""
    try:
        written = coefficients(extract_dialect(y, dialect), dialect)
    except ValueError:
        return np.zeros((0, min(dialect.spec.n_mfcc, N_COEFFICIENTS)))
    slope, intercept = (values[: written.shape[1]] for values in line(dialect))
    return (written - intercept) / slope
