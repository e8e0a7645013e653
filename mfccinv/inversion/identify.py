"""Which tool wrote MFCC: a ranking of the dialects, from the MFCC alone or with the sound of them."""

import math
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mfccinv.audio.sound_files import UnusableAudio, read_audio
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.typed import typed
from mfccinv.features.dialect import Dialect, extract_dialect
from mfccinv.inversion.arguments import check_array
from mfccinv.inversion.array_files import has_frames_in_rows, stored_arrays
from mfccinv.inversion.explanations import Writing, explanations, frames_in_rows, writings
from mfccinv.inversion.normalisation import NORMALISATIONS
from mfccinv.inversion.plausibility import NEAR
from mfccinv.inversion.speech_statistics import N_COEFFICIENTS, coefficients, line
from mfccinv.reporting.tables import format_table

OFFSETS = range(-3, 4)  # frames that the sound's MFCC begin earlier
FEWEST_COMPARED = 3  # frames
LEAST = 1e-12  # of a variance that is divided by
LIKE, SAME = 0.95, 0.001  # a likeness from which on a dialect fits; a difference that is none


@dataclass(frozen=True, kw_only=True)
class IdentifySettings:
    """Settings of an identification; ``configs/identify.yaml`` has their defaults.

    Parameters
    ----------
    input : Path
        A file of arrays, see `mfccinv.inversion.array_files.ARRAYS`.
    sound : Path or None
        The sound that the MFCC are of. None: they are held against what speech gives.
    key : str or None
        Name of the array in an archive; None: the first.
    top : int >= 1
        How many dialects are listed.

    Raises
    ------
    ValueError
        For no dialect to list.
    """

    input: Path
    sound: Path | None
    key: str | None
    top: int

    def __post_init__(self):
        if self.top < 1:
            raise ValueError(f"top must be at least 1, got {self.top}")

    @classmethod
    def from_config(cls, config: dict) -> "IdentifySettings":
        """Make the settings from plain values; ValueError if there is no input, and for an unknown or wrong setting."""
        if config["input"] in (None, ""):
            raise ValueError("nothing to identify: say input=<file of MFCC>")
        return typed(cls, config)


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


@dataclass(frozen=True)
class Identified:
    """The dialects of MFCC (n_frames, n_columns), the best one first, and whether the frames were the rows."""

    matches: list[Match]
    shape: tuple[int, int]
    is_first: bool


def identify(settings: IdentifySettings) -> Identified:
    """Rank the dialects by how well they explain the MFCC of a file.

    Raises
    ------
    ValueError
        If there is no such file or array, it can't be MFCC, or the sound is unusable.
    """
    array, is_first = _read(settings)
    frames = array if is_first else array.T
    sound = settings.sound
    matches = matches_with_sound(frames, _reader(sound)) if sound else matches_of_mfcc(frames)
    if not matches:
        raise ValueError(
            f"{settings.input}: no dialect has so many columns or so few frames: {frames.shape[1]} and {len(frames)}"
        )
    return Identified(matches, (frames.shape[0], frames.shape[1]), is_first)


def matches_of_mfcc(frames: np.ndarray) -> list[Match]:
    """Rank the dialects by the likelihood of MFCC (n_frames, n_columns); none if they are constant."""
    found = list(explanations(frames))
    if not found:
        return []
    highest = max(one.score for one in found)
    total = sum(math.exp(one.score - highest) for one in found)
    matches = []
    for name in dict.fromkeys(one.writing.name for one in found):
        of_name = [one for one in found if one.writing.name == name]
        best = max(of_name, key=lambda one: one.score)
        share = sum(math.exp(one.score - highest) for one in of_name) / total
        matches.append((best.score, Match(best.writing, share, best.distance < NEAR)))
    return [match for _, match in sorted(matches, key=lambda pair: -pair[0])]


def matches_with_sound(frames: np.ndarray, sound_at: Callable[[int], np.ndarray]) -> list[Match]:
    """Rank the dialects by the likeness of MFCC (n_frames, n_columns) and those that they make of a sound.

    ``sound_at`` gives the sound (n_samples,) at a rate in Hz.
    """
    best: dict[str, Match] = {}
    made: dict[Dialect, np.ndarray] = {}
    for writing in sorted(writings(frames.shape[1]), key=lambda one: -one.prior):
        own = resolve_dialect(writing.name).of_columns(frames.shape[1])
        analysed = own if own.energy == writing.dialect.energy else writing.dialect
        if analysed not in made:
            made[analysed] = _in_decibels(sound_at(analysed.spec.sample_rate), analysed)
        score = likeness(frames, made[analysed], writing)
        if writing.name not in best or score > best[writing.name].score + SAME:
            best[writing.name] = Match(writing, score, score > LIKE)
    return sorted(best.values(), key=lambda match: (-round(match.score, 3), -match.writing.prior))


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


def _in_decibels(y: np.ndarray, dialect: Dialect) -> np.ndarray:
    """Coefficients of a sound in dB, (n_frames, n); none if it is shorter than a frame."""
    try:
        written = coefficients(extract_dialect(y, dialect), dialect)
    except ValueError:
        return np.zeros((0, min(dialect.spec.n_mfcc, N_COEFFICIENTS)))
    slope, intercept = (values[: written.shape[1]] for values in line(dialect))
    return (written - intercept) / slope


def describe_matches(found: Identified, settings: IdentifySettings) -> str:
    """Tell the ranking, and how to invert what was identified."""
    n_frames, n_columns = found.shape
    best = found.matches[0]
    rows = [
        [f"dialect={match.writing.name}", f"{100 * match.score:.1f} %", _differing(match.writing)]
        for match in found.matches[: settings.top]
    ]
    title = "probability" if settings.sound is None else "likeness"
    lines = [
        f"{settings.input}: {n_frames} frames of {n_columns} columns",
        format_table(["", title, ""], rows, text=(0, 2)),
    ]
    if not best.is_near:
        lines.append("none fits well: it may be another tool's, or have other settings")
    else:
        change = f" dialect.{best.writing.change}" if best.writing.change else ""
        if best.writing.normalised:
            change = f" normalised={best.writing.normalised}"
        axis = "" if not found.is_first or has_frames_in_rows(settings.input) else " frames=first"
        place = shlex.quote(str(settings.input))
        lines.append(f"mfccinv invert input={place} dialect={best.writing.name}{change}{axis} checkpoint=null")
    return "\n".join(map(str.rstrip, "\n".join(lines).split("\n")))


def _differing(writing: Writing) -> str:
    """What is otherwise than in the dialect itself."""
    return f"normalised={writing.normalised}" if writing.normalised else writing.change


def _read(settings: IdentifySettings) -> tuple[np.ndarray, bool]:
    """Read the array (rows, columns), and whether its rows are the frames."""
    if not settings.input.is_file():
        raise ValueError(f"input {settings.input} is not there, or no file")
    for name, read in stored_arrays(settings.input):
        if settings.key is None or name == settings.key:
            array = check_array("mfcc", read())
            return array, has_frames_in_rows(settings.input) or frames_in_rows(array)
    raise ValueError(f"{settings.input} has no array {settings.key!r}")


def _reader(path: Path) -> Callable[[int], np.ndarray]:
    """Return the function that reads a sound at a rate, once."""

    @cache
    def read(sample_rate: int) -> np.ndarray:
        try:
            return read_audio(path, sample_rate).y
        except UnusableAudio as error:
            raise ValueError(f"sound {path}: {error}") from error

    return read
