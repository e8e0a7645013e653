"""The speech of one voice for an adaptation: divided into what is trained on and what is held out, as frames."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from pathlib import Path

import numpy as np

from mfccinv.audio.augmentation import Augmentation, ChangeEnergy
from mfccinv.audio.sound_files import Recording
from mfccinv.configs.presets import preset_settings
from mfccinv.datasets.extraction import require_usable
from mfccinv.datasets.shards import Shard, UtteranceFeatures, in_memory
from mfccinv.datasets.sound_print import sound_print
from mfccinv.features.extract import extract_features, extract_log_magnitude
from mfccinv.features.spec import FeatureSpec
from mfccinv.run_folders.run_folder import RunFolder

MIDDLE = 2  # of five pieces: sound begins and ends in other ways than it goes on


@dataclass(frozen=True)
class Voice:
    """The frames of a voice.

    Parameters
    ----------
    training, held_out : Shard
        No sample of sound is in both, and no frame nor its context reaches from one into the other.
    prints : frozenset of str
        Of all recordings, see `sound_print`.
    """

    training: Shard
    held_out: Shard
    prints: frozenset[str]


def frames_of_voice(
    recordings: Sequence[Recording],
    spec: FeatureSpec,
    *,
    linear: bool,
    held_out: int,
    piece_seconds: float,
    least_seconds: float,
    copies: int,
    speed: tuple[float, float],
    seed: int,
) -> Voice:
    """Divide recordings of a voice, and extract their features.

    Parameters
    ----------
    recordings : list of Recording
        At ``spec.sample_rate``.
    spec : FeatureSpec
    linear : bool
        Whether linear spectra are extracted, too.
    held_out, piece_seconds
        See `divide`.
    least_seconds : float
    copies : int >= 0
        Variants of each training piece.
    speed : (low, high)
        See `mfccinv.audio.augmentation.Augmentation`; of the variants.
    seed : int
        Of the variants.

    Raises
    ------
    ValueError
        If there is less speech, or a setting is out of range.
    """
    distinct = _distinct(recordings, spec)
    seconds = sum(recording.seconds for recording in distinct.values())
    if seconds < least_seconds:
        raise ValueError(
            f"too little speech: at least {least_seconds:g} s of the voice are needed, got {seconds:.1f} s"
        )
    longest = min(piece_seconds, seconds / held_out)
    training, held = divide(distinct.values(), held_out=held_out, piece_seconds=longest)
    varied = _variants(training, spec, copies=copies, speed=speed, seed=seed)
    whole = ((recording, None) for recording in training)
    return Voice(
        training=_shard([*whole, *varied], spec, linear),
        held_out=_shard([(recording, None) for recording in held], spec, linear),
        prints=frozenset(distinct),
    )


def _distinct(recordings: Sequence[Recording], spec: FeatureSpec) -> dict[str, Recording]:
    """Recordings by the prints of their sound: of those that are the same, one could be held out and one trained on."""
    found: dict[str, Recording] = {}
    for recording in recordings:
        found.setdefault(sound_print(extract_features(recording.y, spec)[1]), recording)
    if n_repeated := len(recordings) - len(found):
        warnings.warn(f"{n_repeated} of {len(recordings)} recordings are copies of others, and left out", stacklevel=2)
    return found


def require_usable_for(base: RunFolder, recording: Recording) -> None:
    """Refuse with UnusableAudio a recording that the data set of a run would not have taken."""
    limits = {name: base.config["dataset"][name] for name in ("min_seconds", "silence_dbfs")}
    require_usable(recording, base.spec, **limits)


def divide(
    recordings: Iterable[Recording], *, held_out: int, piece_seconds: float
) -> tuple[list[Recording], list[Recording]]:
    """Divide recordings into those to train on and those to hold out.

    Each recording is cut into pieces of one length, at most ``piece_seconds``, and of all pieces in order every
    ``held_out``-th is held out, the third of five being the first. Neighbouring pieces that aren't are one again.

    Parameters
    ----------
    recordings : iterable of Recording
    held_out : int >= 2
    piece_seconds : float > 0

    Returns
    -------
    training, held_out : list of Recording

    Raises
    ------
    ValueError
        For values out of range.
    """
    if held_out < 2 or piece_seconds <= 0:
        raise ValueError(f"held_out must be at least 2 and piece_seconds above 0, got {held_out} and {piece_seconds:g}")
    parts: dict[bool, list[Recording]] = {False: [], True: []}
    before = 0
    for recording in recordings:
        n_pieces = max(1, ceil(recording.seconds / piece_seconds - 1e-9))
        edges = np.linspace(0, len(recording.y), n_pieces + 1).astype(int)
        kinds = [number % held_out == MIDDLE % held_out for number in range(before, before + n_pieces)]
        for is_held, group in groupby(range(n_pieces), kinds.__getitem__):
            pieces = list(group)
            y = recording.y[edges[pieces[0]] : edges[pieces[-1] + 1]]
            parts[is_held].append(replace(recording, y=y))
        before += n_pieces
    return parts[False], parts[True]


def _variants(
    recordings: list[Recording], spec: FeatureSpec, *, copies: int, speed: tuple[float, float], seed: int
) -> Iterator[tuple[Recording, ChangeEnergy]]:
    augmentation = Augmentation(
        **preset_settings("augment", "none") | {"copies": copies, "speed": speed, "seed": seed, "level_db": 0.0}
    )
    rng = np.random.default_rng(seed)
    for _ in range(copies):
        for recording in recordings:
            y, change_energy = augmentation.vary(recording, spec.sample_rate, rng)
            yield replace(recording, y=y), change_energy


def _shard(sounds: Iterable[tuple[Recording, ChangeEnergy | None]], spec: FeatureSpec, linear: bool) -> Shard:
    """Frames of sounds that are long enough for one: a piece's variant may be too short."""
    utterances = []
    for number, (recording, change_energy) in enumerate(sounds):
        if len(recording.y) < spec.n_fft:
            continue
        mfcc, log_mel = extract_features(recording.y, spec, change_energy)
        utterances.append(
            UtteranceFeatures(
                id=str(number),
                speaker="",
                mfcc=mfcc,
                log_mel=log_mel,
                seconds=recording.seconds,
                source_rate=recording.source_rate,
                source_channels=recording.source_channels,
                log_magnitude=extract_log_magnitude(recording.y, spec, change_energy) if linear else None,
            )
        )
    if not utterances:
        raise ValueError(f"adaptation.piece_seconds is too short: a frame needs {spec.n_fft} samples")
    return in_memory(Path("voice"), utterances)
