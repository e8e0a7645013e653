"""Tells which tool wrote the MFCC of files: ``mfccinv identify input=mfcc.npy``."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from mfccinv.audio.sound_files import UnusableAudio, read_audio
from mfccinv.configs.typed import typed
from mfccinv.inversion.arguments import check_array
from mfccinv.inversion.array_files import ARRAYS, has_frames_in_rows, stored_arrays
from mfccinv.inversion.explanations import frames_in_rows
from mfccinv.inversion.identify import Match, matches_of_mfcc, matches_with_sound, why_none_matches
from mfccinv.reporting.tables import format_table
from mfccinv.run_folders.lookup import takes_pretrained

MOST_ARRAYS = 200  # that are pooled: more tell nothing new


@dataclass(frozen=True, kw_only=True)
class IdentifySettings:
    """Settings of an identification; ``configs/identify.yaml`` has their defaults.

    Parameters
    ----------
    input : Path
        A file of arrays, see `mfccinv.inversion.array_files.ARRAYS`, or a folder of such files.
    sound : Path or None
        The sound that the MFCC, of one array, are of. None: they are held against what speech gives.
    key : str or None
        Name of the array in an archive; None: all, or the first where there is a sound.
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
class Identified:
    """The dialects of some arrays of MFCC, the best one first.

    Parameters
    ----------
    matches : list of Match
    n_arrays, n_frames, n_columns : int
    is_first : bool
        Whether the frames were the rows.
    """

    matches: list[Match]
    n_arrays: int
    n_frames: int
    n_columns: int
    is_first: bool


def identify_files(settings: IdentifySettings) -> Identified:
    """Rank the dialects by how well they explain the MFCC of a file, or of the files in a folder.

    Arrays with another number of columns than the first, which may be no MFCC, and those that can't be read are passed
    over.

    Raises
    ------
    ValueError
        If there is no such file or array, it can't be MFCC, or the sound is unusable.
    """
    arrays = _read(settings)
    is_first = _are_frames_first(arrays, settings.input)
    recordings = [array if is_first else array.T for array in arrays]
    recordings = [frames for frames in recordings if frames.shape[1] == recordings[0].shape[1]]
    sound, frames = settings.sound, recordings[0]
    matches = matches_with_sound(frames, _reader(sound)) if sound else matches_of_mfcc(recordings)
    n_frames = sum(map(len, recordings))
    if not matches:
        raise ValueError(f"{settings.input}: {why_none_matches(recordings)}")
    return Identified(matches, len(recordings), n_frames, frames.shape[1], is_first)


def describe_matches(found: Identified, settings: IdentifySettings) -> str:
    """Tell the ranking, and how to invert what was identified."""
    best = found.matches[0]
    rows = [
        [f"dialect={match.name}", f"{100 * match.score:.1f} %", match.differing]
        for match in found.matches[: settings.top]
    ]
    several = f" in {found.n_arrays} arrays" if found.n_arrays > 1 else ""
    title = "probability" if settings.sound is None else "likeness"
    lines = [
        f"{settings.input}: {found.n_frames} frames of {found.n_columns} columns{several}",
        format_table(["", title, ""], rows, text=(0, 2)),
    ]
    if not best.is_near:
        lines.append("none fits well: it may be another tool's, or have other settings")
    else:
        change = f" {'' if best.normalised else 'dialect.'}{best.differing}" if best.differing else ""
        axis = "" if not found.is_first or has_frames_in_rows(settings.input) else " frames=first"
        place = shlex.quote(str(settings.input))
        key = "" if settings.key is None else f" key={shlex.quote(settings.key)}"
        how = "" if takes_pretrained(best.dialect.spec) else " checkpoint=null"
        lines.append(f"mfccinv invert input={place}{key} dialect={best.name}{change}{axis}{how}")
    return "\n".join(map(str.rstrip, "\n".join(lines).split("\n")))


def _read(settings: IdentifySettings) -> list[np.ndarray]:
    """Read the arrays (rows, columns) to look at."""
    source = settings.input
    if source.is_dir():
        paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in ARRAYS and path.is_file())
    elif source.is_file():
        paths = [source]
    else:
        raise ValueError(f"input {source} is not there, or no file and no folder")
    failures: list[ValueError] = []
    if settings.sound is not None and len(paths) > 1:
        raise ValueError(f"sound is of one recording, and input {source} has {len(paths)} files: name one")
    most = MOST_ARRAYS if settings.sound is None else 1
    found = list(islice(_arrays(paths, settings.key, failures), most))
    if not found:
        if failures:
            takes = f" (input takes {', '.join(ARRAYS)}, and sound the recording they are of)"
            unknown = source.is_file() and source.suffix.lower() not in ARRAYS
            raise ValueError(f"{source}: {failures[0]}{takes if unknown else ''}") from failures[0]
        raise ValueError(f"{source} has no array{'' if settings.key is None else f' {settings.key!r}'}")
    return found


def _arrays(paths: list[Path], key: str | None, failures: list[ValueError]) -> Iterator[np.ndarray]:
    """Yield the arrays of files, of a name if one is given, and note why others can't be read."""
    for path in paths:
        try:
            for name, read in stored_arrays(path):
                if key is None or name == key:
                    try:
                        yield check_array("mfcc", read())
                    except ValueError as error:
                        failures.append(error)
        except (OSError, ValueError) as error:
            failures.append(error if isinstance(error, ValueError) else ValueError(str(error)))


def _are_frames_first(arrays: list[np.ndarray], source: Path) -> bool:
    """Whether the frames of arrays are their rows: where the file doesn't tell, most arrays decide."""
    return has_frames_in_rows(source) or 2 * sum(map(frames_in_rows, arrays)) > len(arrays)


def _reader(path: Path) -> Callable[[int], np.ndarray]:
    """Return the function that reads a sound at a rate, once."""

    @cache
    def read(sample_rate: int) -> np.ndarray:
        try:
            return read_audio(path, sample_rate).y
        except UnusableAudio as error:
            raise ValueError(f"sound {path}: {error}") from error

    return read
