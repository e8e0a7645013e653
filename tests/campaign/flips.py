"""One bit of a file is flipped; then the file is used as its reader uses it."""

import random
from functools import partial
from pathlib import Path

from campaign.actions import contents
from campaign.batches import run_batch
from campaign.guard import Ended, call
from campaign.outcome import EQUAL, FOUND, SILENT, UNPROTECTED, WRONG, Outcome, judge, judge_leaderboard, names_of
from campaign.samples import BY_FFMPEG, SOUNDS, Samples, perform
from mfccinv.audio.sound_files import UnusableAudio, read_audio

# Files of each kind, who reads them, and names of which one must be in an error (the file's own by default). A build,
# and a training, which begins with one, may repair a data set.
DATA_SET = ("build", "train", "resume", "evaluate")
FLIPPED: dict[str, tuple[str, tuple[str, ...]]] = {
    "shards of training": ("sets/*/train-*.npz", ("build", "train", "resume")),
    "shards of validation": ("sets/*/validation-*.npz", ("build", "train", "resume")),
    "shards of test": ("sets/*/test-*.npz", ("build", "evaluate")),
    "manifest.json": ("sets/*/manifest.json", DATA_SET),
    "statistics.json": ("sets/*/statistics.json", ("build", "train")),
    "utterances.jsonl": ("sets/*/utterances.jsonl", ("build", "evaluate")),
    "rejected.jsonl": ("sets/*/rejected.jsonl", ("build",)),
    "model.keras": ("runs/run/model.keras", ("evaluate", "start", "adapt")),
    "epoch-*.keras": ("runs/run/epoch-*.keras", ("resume",)),
    "config.yaml": ("runs/run/config.yaml", ("resume", "evaluate", "leaderboard")),
    "feature_spec.json": ("runs/run/feature_spec.json", ("resume", "evaluate")),
    "statistics.json of a run": ("runs/run/statistics.json", ("resume", "evaluate")),
    "history.csv": ("runs/run/history.csv", ("resume", "leaderboard")),
    "metrics.json": ("runs/run/metrics.json", ("leaderboard",)),
    "environment.json": ("runs/run/environment.json", ("resume", "leaderboard")),
    "learned_from.json": ("runs/run/learned_from.json", ("evaluate", "start", "adapt")),
    "checksums.json": ("runs/run/checksums.json", ("evaluate", "resume", "leaderboard")),
    "difference.npz": ("voices/anna/difference.npz", ("speak",)),
    "adaptation.json": ("voices/anna/adaptation.json", ("speak",)),
    "archives .npz": ("archive/two.npz", ("invert",)),
}
CHECKED_SOUNDS = ("a.flac", "a.ogg", "opus.ogg")
BATCH = 20  # flips that one process tries


def flip(path: Path, rng: random.Random) -> str:
    """Flip a bit of a file, and tell which."""
    changed = bytearray(path.read_bytes())
    place, bit = rng.randrange(len(changed)), rng.randrange(8)
    changed[place] ^= 1 << bit
    path.write_bytes(changed)
    return f"bit {bit} of byte {place} of {len(changed)} in {path.name}"


def flipped(kind: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Flip a bit of a file of a run, a data set or an archive, and do what reads it."""
    pattern, actions = FLIPPED[kind]
    action = actions[number % len(actions)]
    samples.copy(place)
    path = rng.choice(sorted(place.glob(pattern)))
    what = f"{action} with {flip(path, rng)}"
    ended = call(perform(action), place)
    expected = samples.value(action)
    if action == "leaderboard":
        outcome = judge_leaderboard(ended, expected)
    elif action in ("build", "train") and pattern.startswith("sets/"):
        outcome = _judge_repair(ended, expected, path, samples, action)
    else:
        outcome = judge(ended, expected, names_of(path))
    return [Outcome(outcome.verdict, f"{what}: {outcome.detail}")]


def _judge_repair(ended: Ended, expected: object, path: Path, samples: Samples, action: str) -> Outcome:
    """As `judge`; and after a training, the file that it read must be whole, too."""
    outcome = judge(ended, expected, [path.name])
    if outcome.verdict == EQUAL and action == "train" and contents(path.parent) != samples.value("build"):
        return Outcome(WRONG, "nothing was lost, but the file was neither found to be damaged nor repaired")
    return outcome


def flipped_sound(name: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Flip bits of a sound file, each in a fresh copy, and read it."""
    whole = (samples.folder / "whole" / "sounds" / name).read_bytes()
    expected = read_audio(samples.folder / "whole" / "sounds" / name)
    checked = name in CHECKED_SOUNDS
    path = place / name
    return run_batch(place, [partial(_try_sound, path, whole, expected, checked, rng)] * BATCH)


def _try_sound(path: Path, whole: bytes, expected, checked: bool, rng: random.Random) -> Outcome:
    path.write_bytes(whole)
    what = flip(path, rng)
    try:
        read = read_audio(path)
    except UnusableAudio as error:
        return Outcome(FOUND, str(error))
    same = read.source_rate == expected.source_rate and read.y.tobytes() == expected.y.tobytes()
    return Outcome(EQUAL if same else SILENT if checked else UNPROTECTED, what)


def flipped_array(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Flip a bit of a plain array, which has no checksum, and make sound of it."""
    samples.copy(place, "archive")
    what = flip(place / "archive" / "one.npy", rng)
    expected = call(perform("invert", "one.npy"), samples.folder / "whole").value
    ended = call(perform("invert", "one.npy"), place)
    outcome = judge(ended, expected, ["one.npy"], differs=UNPROTECTED)
    return [Outcome(outcome.verdict, f"{what}: {outcome.detail}")]


TESTS = {f"flipped bit: {kind}": partial(flipped, kind) for kind in FLIPPED}
TESTS |= {f"flipped bit: sound, {name}": partial(flipped_sound, name) for name in (*SOUNDS, *BY_FFMPEG)}
TESTS["flipped bit: array .npy"] = flipped_array
