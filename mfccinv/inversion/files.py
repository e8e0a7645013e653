"""Turns files into sound: arrays of MFCC or spectrograms, and sound files for the round trip."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mfccinv.audio.regular_file import status_of_file
from mfccinv.audio.sound_files import UnusableAudio, read_audio, write_audio
from mfccinv.audio.unusable import TOO_LARGE
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.features.dialect import extract_dialect
from mfccinv.features.extract import extract_features
from mfccinv.inversion.array_files import ARRAYS, has_frames_in_rows, stored_arrays
from mfccinv.inversion.array_limits import NoMatrix
from mfccinv.inversion.arrays import magnitude_to_audio, mel_to_audio, mfcc_to_audio, mfcc_to_mel
from mfccinv.inversion.explanations import frames_in_rows
from mfccinv.inversion.given import checked_mel
from mfccinv.inversion.htk_files import htk_header
from mfccinv.inversion.kaldi_archives import repeats
from mfccinv.inversion.normalisation import WERE_NORMALISED, read_statistics
from mfccinv.inversion.scale_plausibility import require_plausible_scale
from mfccinv.inversion.scales import to_magnitude, to_mel, to_phase
from mfccinv.inversion.settings import InvertSettings
from mfccinv.reporting.tables import printable
from mfccinv.synthesis.vocoder_frames import natural_log_mel
from mfccinv.system.atomic_files import remove_old_temporaries, temporary_beside
from mfccinv.system.file_names import file_stem
from mfccinv.system.frame_threads import jobs_in_threads

SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
KEYED = (".ark", ".scp")  # whose arrays have names of their own: those of utterances
HOP_TOLERANCE = 0.01  # of the distance of frames: hops are whole samples
FAILURES = (ValueError, OSError, MemoryError)  # of one input


@dataclass(frozen=True)
class Inverted:
    """What became of one input: the file and its sound, or the reason why there is none, and the error behind it.

    What is no matrix of numbers, in an archive that has others, has ``is_aside``: it needs no sound.
    """

    source: str
    path: Path | None = None
    seconds: float = 0.0
    sample_rate: int = 0
    gain: float = 1.0
    reason: str = ""
    error: Exception | None = None
    is_aside: bool = False

    @property
    def is_failed(self) -> bool:
        """Whether there should be a sound, and is none."""
        return bool(self.reason) and not self.is_aside


def invert(settings: InvertSettings) -> list[Inverted]:
    """Invert a file or all files in a folder.

    Returns
    -------
    inverted : list of Inverted
        One for each array and sound file. What can't be inverted doesn't stop the others, in a folder or in an archive.

    Raises
    ------
    ValueError
        For an input that isn't there, and a single file or array that can't be inverted.
    """
    source, output = settings.input, settings.output
    paths, done = _list_files(source, output)
    remove_old_temporaries(output)
    taken = {path.resolve() for path in paths}

    def jobs() -> Iterator[Callable[[], Inverted]]:
        for path in tqdm(paths, desc="inverting", unit=" files", disable=None if settings.progress else True):
            place = output / (path.parent.relative_to(source) if source.is_dir() else Path())
            yield from _jobs_of(path, place, taken, settings)

    done += _set_aside(list(jobs_in_threads(jobs())))
    if not source.is_dir() and len(done) == 1 and done[0].reason:
        raise ValueError(f"{source}: {done[0].reason}") from done[0].error
    return done


def _jobs_of(path: Path, place: Path, taken: set[Path], settings: InvertSettings) -> Iterator[Callable[[], Inverted]]:
    """Read the inputs of a file, and yield what inverts each into a file in a folder that isn't taken yet."""
    try:
        for name, read in _inputs(path, settings):
            what = f"array {name[:60]}: " if name else ""
            try:
                found = read()
                suffix = "npy" if settings.format == "mel" else settings.format
                target = _free_target(place / f"{found.name}.{suffix}", path, taken)
                taken.add(target.resolve())
            except FAILURES as error:
                yield partial(_rejected, path, error, what)
            else:
                yield partial(_write_or_reject, target, path, found, what, settings)
    except FAILURES as error:
        yield partial(_rejected, path, error)


def _write_or_reject(target: Path, source: Path, found: "_Input", what: str, settings: InvertSettings) -> Inverted:
    try:
        return _write(target, source, found, settings)
    except FAILURES as error:
        return _rejected(source, error, what)


def _rejected(path: Path, error: Exception, what: str = "") -> Inverted:
    reason = TOO_LARGE if isinstance(error, MemoryError) else str(error)
    return Inverted(str(path), reason=f"{what}{reason}", error=error)


def _set_aside(done: list[Inverted]) -> list[Inverted]:
    """Mark what is no matrix of numbers in the archives of which something was inverted."""
    sources = {one.source for one in done if one.path}
    return [
        replace(one, is_aside=True) if isinstance(one.error, NoMatrix) and one.source in sources else one
        for one in done
    ]


def describe_inverted(inverted: list[Inverted]) -> str:
    """Tell what became of each input: a line for each sound, and one for each reason why there is none."""
    lines = []
    alike = Counter(one.reason for one in inverted)
    for one in inverted:
        if one.reason:
            n_more = alike.pop(one.reason, 0) - 1
            if n_more >= 0:
                aside = "passed over, " if one.is_aside else ""
                lines.append(f"{one.source}{f' and {n_more} more' if n_more else ''}: {aside}{one.reason}")
        else:
            quieter = f", turned down by {-20 * np.log10(one.gain):.1f} dB so as not to clip" if one.gain < 1 else ""
            lines.append(f"{one.source} → {one.path}: {one.seconds:.2f} s at {one.sample_rate} Hz{quieter}")
    if failed := sum(one.is_failed for one in inverted):
        lines.append(f"{failed} of {sum(not one.is_aside for one in inverted)} could not be inverted")
    return "\n".join(printable(line) for line in lines)


def _list_files(source: Path, output: Path) -> tuple[list[Path], list[Inverted]]:
    """List the files to invert, and what in a folder can't be read, with the reason."""
    if os.path.isfile(source):
        return [source], []
    if not os.path.isdir(source):
        raise ValueError(f"input {source} is not there, or no file and no folder")
    paths: list[Path] = []
    unreadable: list[Inverted] = []

    def tell(error: OSError) -> None:
        unreadable.append(Inverted(error.filename, reason=f"the folder can't be read: {error.strerror}"))

    made = output.resolve()  # what an earlier run wrote is no input
    for folder, subfolders, names in os.walk(source, onerror=tell):
        subfolders[:] = [name for name in subfolders if Path(folder, name).resolve() != made]
        for path in (Path(folder, name) for name in names if Path(name).suffix.lower() in (*ARRAYS, *SOUNDS)):
            if reason := _why_no_file(path):
                unreadable.append(Inverted(str(path), reason=reason))
            else:
                paths.append(path)
    if not paths and not unreadable:
        raise ValueError(f"no file in {source} ends in {', '.join((*ARRAYS, *SOUNDS))}")
    arks = {path.resolve() for path in paths if path.suffix.lower() == ".ark"}
    paths = [path for path in paths if not (path.suffix.lower() == ".scp" and _is_repetition(path, arks))]
    return sorted(paths), sorted(unreadable, key=lambda one: one.source)


def _is_repetition(path: Path, arks: set[Path]) -> bool:
    """Whether all that an ``.scp`` points to is in these archives, by the same keys."""
    try:
        return repeats(path, arks)
    except (ValueError, OSError):  # it is told when it is read
        return False


def _why_no_file(path: Path) -> str:
    """Reason why there is nothing to read, such as a circle of links or a pipe; none for a file."""
    try:
        status_of_file(path)
    except UnusableAudio as error:
        return str(error)
    except OSError as error:
        return f"it can't be read: {error.strerror}"
    return ""


def _free_target(target: Path, source: Path, taken: set[Path]) -> Path:
    """Choose a file to write: never an input, another input's sound, or a file that is there beside the input."""
    others = (target.with_name(f"{target.stem}-{number}{target.suffix}") for number in count(2))
    kind = target.with_name(f"{target.stem}.{source.suffix[1:]}{target.suffix}")
    target = next(path for path in chain((target, kind), others) if path.resolve() not in taken)
    if target.parent.resolve() == source.parent.resolve() and target.exists():
        raise ValueError(f"its sound would replace {target}: choose another output than {target.parent}")
    return target


@dataclass(frozen=True)
class _Input:
    """An array (rows, n_frames) and what it holds; the key of its utterance; the length of its sound, if known."""

    name: str
    kind: str
    array: np.ndarray
    key: str = ""
    length: int | None = None


def _inputs(path: Path, settings: InvertSettings) -> Iterator[tuple[str, Callable[[], _Input]]]:
    """Yield what to invert in a file, each as a function that reads it; arrays in an archive have names."""
    if path.suffix.lower() in ARRAYS:
        names = []
        for name, read in stored_arrays(path):
            names.append(name)
            if settings.key is None or name == settings.key:
                yield name, partial(_array_input, path, name, read, settings)
        if not names:
            raise ValueError("it holds no array")
        if settings.key not in (None, *names):
            there = f"; it has {', '.join(names[:10])}" if any(names) else ""
            raise ValueError(f"it has no array {settings.key}{there}")
    else:
        yield "", partial(_sound_input, path, settings)


def _array_input(path: Path, name: str, read: Callable[[], np.ndarray], settings: InvertSettings) -> _Input:
    array = read()
    if path.suffix.lower() == ".mfc" and not settings.force:
        _check_htk(path, settings)
    if np.iscomplexobj(array) and settings.kind != "linear":
        raise ValueError(f"it is complex: kind must be linear, got {settings.kind}")
    is_keyed = path.suffix.lower() in KEYED
    stem = file_stem((name if is_keyed else f"{path.stem}.{name}") if name else path.stem)
    is_first = settings.frames == "first" or has_frames_in_rows(path)
    turned = array.T if is_first else array
    if settings.kind == "mfcc" and not settings.force and frames_in_rows(turned):
        other = "last" if is_first else "first"
        raise ValueError(f"its frames are along the other axis: say frames={other}, or force=true")
    return _Input(stem, settings.kind, turned, key=name or path.stem)


def _check_htk(path: Path, settings: InvertSettings) -> None:
    """Refuse with ValueError what the header of an HTK file says otherwise than the settings."""
    header, spec = htk_header(path), settings.spec
    if header.lacks_means and not settings.normalised:
        raise ValueError(f"HTK's _Z: each coefficient's {WERE_NORMALISED['mean']}: say normalised=mean, or force=true")
    own, expected = header.hop_seconds, spec.hop_length / spec.sample_rate
    if own > 0 and abs(own - expected) > HOP_TOLERANCE * expected:
        raise ValueError(
            f"its header says a frame every {1000 * own:g} ms, the features every {1000 * expected:g} ms: "
            f"say features.hop_seconds={own:g}, or force=true"
        )


def _sound_input(path: Path, settings: InvertSettings) -> _Input:
    """Read sound and analyse it into MFCC."""
    try:
        y = read_audio(path, settings.spec.sample_rate).y
    except UnusableAudio as error:
        raise ValueError(f"neither an array ({', '.join(ARRAYS)}) nor usable sound: {error}") from error
    if settings.dialect:
        return _Input(path.stem, "mfcc", extract_dialect(y, settings.dialect).T, length=len(y))
    return _Input(path.stem, "mfcc", extract_features(y, settings.spec)[0].T, length=len(y))


def _write(target: Path, source: Path, found: _Input, settings: InvertSettings) -> Inverted:
    """Invert an input and write its sound, or its mel frames for a vocoder."""
    spec = settings.spec
    if settings.format == "mel":
        mel = _mel(found, settings)
        with temporary_beside(target) as temporary, open(temporary, "wb") as file:
            np.save(file, natural_log_mel(mel_to_log_mel(mel, spec).T, spec))
        return Inverted(str(source), target, mel.shape[1] / spec.frames_per_second, spec.sample_rate)
    y = _sound(found, settings)
    gain = write_audio(target, y, spec.sample_rate)
    return Inverted(str(source), target, len(y) / spec.sample_rate, spec.sample_rate, gain)


def _sound(found: _Input, settings: InvertSettings) -> np.ndarray:
    if found.kind == "linear":
        return _sound_of_linear(found, settings)
    methods: dict[str, Any] = {
        "magnitude": settings.magnitude,
        "phase": settings.phase,
        "vocoder": settings.vocoder,
        "length": found.length,
        "seed": settings.seed,
    }
    if found.kind == "mfcc":
        return mfcc_to_audio(found.array, **_how_to_read(found, settings), **methods)
    return mel_to_audio(_mel(found, settings), spec=settings.spec, **methods)


def _sound_of_linear(found: _Input, settings: InvertSettings) -> np.ndarray:
    if settings.vocoder is not None:
        raise ValueError("a vocoder needs MFCC or mel frames, not a linear spectrogram")
    spec, scale = settings.spec, str(settings.scale)
    if not settings.force:
        require_plausible_scale(found.array, "linear", scale, spec)
    magnitude, phase = to_magnitude(found.array, scale, spec), to_phase(found.array, scale, spec)
    return magnitude_to_audio(magnitude, spec=spec, phase=settings.phase, init=phase, seed=settings.seed)


def _mel(found: _Input, settings: InvertSettings) -> np.ndarray:
    """Mel spectrogram, (n_mels, n_frames), as `mel_to_audio` takes it."""
    spec = settings.spec
    if found.kind == "linear":
        raise ValueError("format=mel needs MFCC or mel frames, not a linear spectrogram")
    if found.kind == "mel":
        if not settings.force:
            require_plausible_scale(found.array, "mel", str(settings.scale), spec)
        return checked_mel(to_mel(found.array, str(settings.scale), spec), spec)
    return mfcc_to_mel(found.array, **_how_to_read(found, settings), seed=settings.seed)


def _how_to_read(found: _Input, settings: InvertSettings) -> dict[str, Any]:
    """Arguments that tell how an input's MFCC were made, and by what they are inverted."""
    own = found.length is not None  # made of sound here, so that they are what they are said to be
    read: dict[str, Any] = {"checkpoint": settings.checkpoint, "detail": settings.detail}
    read["force"] = settings.force or own
    if settings.normalised and not own:
        statistics = settings.statistics and read_statistics(settings.statistics, found.key)
        read |= {"normalised": settings.normalised, "statistics": statistics}
    if settings.dialect:
        return read | {"dialect": settings.dialect}
    return read | {"spec": settings.spec.with_n_mfcc(len(found.array))}
