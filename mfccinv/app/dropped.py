"""What is dropped on the page: sound, or a file of arrays of MFCC."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from mfccinv.audio.sound_files import Recording, UnusableAudio, read_audio
from mfccinv.features.deltas import n_without_deltas
from mfccinv.inversion.arguments import check_array
from mfccinv.inversion.array_files import ARRAYS, has_frames_in_rows, stored_arrays
from mfccinv.inversion.explanations import frames_in_rows
from mfccinv.inversion.htk_files import htk_header

NAMES_OTHERS = ".scp"  # Kaldi's list of places in other files, which a visitor of the page may not read
MOST_KEYS = 200  # of an archive, that the page offers


@dataclass(frozen=True)
class Dropped:
    """What a file holds, as the page tells it and fills in.

    Parameters
    ----------
    told : str
        What it is, in a line.
    keys : tuple of str
        Names of its arrays; "" for one without a name. None for sound.
    key : str or None
        Name of the array that the rest is of; None for sound.
    n_columns : int or None
        Of the array; None for sound.
    is_first : bool
        Whether the frames of the array are its rows.
    normalised : str or None
        What is said to be normalised, see `mfccinv.inversion.normalisation.NORMALISATIONS`.
    """

    told: str
    keys: tuple[str, ...] = ()
    key: str | None = None
    n_columns: int | None = None
    is_first: bool = False
    normalised: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether it is sound."""
        return self.n_columns is None


def holds_sound(path: Path) -> bool:
    """Whether a file is taken for sound: all are that are no arrays by their names."""
    return path.suffix.lower() not in ARRAYS


def look(path: Path, longest_seconds: float, key: str | None = None, is_first: bool | None = None) -> Dropped:
    """Look at a file that was dropped.

    Parameters
    ----------
    path : Path
    longest_seconds : float
        Longer sound is refused.
    key : str or None
        Name of the array to tell of; None: the first that can be read.
    is_first : bool or None
        Whether its frames are its rows; None: the file tells, or what it holds.

    Raises
    ------
    ValueError
        For what is neither usable sound nor an array of numbers.
    OSError
        If it can't be read.
    """
    if holds_sound(path):
        recording = _recording(path, None, longest_seconds)
        told = f"{path.name}: {recording.seconds:.2f} s of sound at {recording.source_rate} Hz"
        return Dropped(f"{told}, {recording.source_channels} channels" if recording.source_channels > 1 else told)
    keys, key, array = _read(path, key)
    if is_first is None:
        is_first = has_frames_in_rows(path) or frames_in_rows(array)
    written = array.T if is_first else array
    n_columns, n_frames = _without_deltas(written).shape
    normalised = "mean" if path.suffix.lower() == ".mfc" and htk_header(path).lacks_means else None
    parts = [f"{path.name}: {n_frames} frames of {n_columns} coefficients{', frames in rows' if is_first else ''}"]
    parts += ["their deltas are left out"] if n_columns < len(written) else []
    if len(keys) > 1:
        parts.append(f"{'the first ' if len(keys) == MOST_KEYS else ''}{len(keys)} arrays")
    parts += ["HTK says that each coefficient's mean was normalised"] if normalised else []
    return Dropped("; ".join(parts), keys, key, n_columns, is_first, normalised)


def read_mfcc(path: Path, key: str | None, is_first: bool) -> np.ndarray:
    """Read the MFCC of an array, (n_columns, n_frames), float32, without their deltas; errors as `look`."""
    *_, array = _read(path, key)
    return _without_deltas(array.T if is_first else array)


def _without_deltas(mfcc: np.ndarray) -> np.ndarray:
    return mfcc[: n_without_deltas(mfcc)]


def read_sound(path: Path, sample_rate: int, longest_seconds: float) -> np.ndarray:
    """Read sound, (n_samples,), at a rate in Hz; ValueError also for silence."""
    y = _recording(path, sample_rate, longest_seconds).y
    if not np.any(y):
        raise ValueError(f"{path.name} is silent: there is nothing to invert")
    return y


def _recording(path: Path, sample_rate: int | None, longest_seconds: float) -> Recording:
    try:
        return read_audio(path, sample_rate, longest_seconds=longest_seconds)
    except UnusableAudio as error:
        kinds = ", ".join(kind for kind in ARRAYS if kind != NAMES_OTHERS)
        raise ValueError(f"{path.name} is neither an array ({kinds}) nor usable sound: {error}") from error


def _read(path: Path, key: str | None) -> tuple[tuple[str, ...], str, np.ndarray]:
    """Names of a file's arrays, and the one of a name; of none, the first that can be read."""
    if path.suffix.lower() == NAMES_OTHERS:
        raise ValueError(f"{path.name} names other files: drop the .ark that it points into")
    keys: list[str] = []
    found: tuple[str, np.ndarray] | None = None
    failure = None
    for name, read in islice(stored_arrays(path), MOST_KEYS):
        keys.append(name)
        if found is None and key in (None, name):
            try:
                found = name, check_array("mfcc", read())
            except ValueError as error:
                failure = failure or error
    if found is None:
        raise ValueError(f"{path.name}: {failure or 'it holds no such array'}") from failure
    return tuple(keys), *found
