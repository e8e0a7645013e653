"""Sound files that are cut off, have holes, or are followed by something else; and those of tests/bad_audio.py."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bad_audio import bad_audio

from campaign.batches import run_batch
from campaign.flips import CHECKED_SOUNDS
from campaign.outcome import EQUAL, FOUND, READ, SILENT, UNPROTECTED, Outcome
from campaign.samples import SOUNDS, Samples
from mfccinv.audio.sound_files import UnusableAudio, read_audio

BATCH = 20


def _cut_off(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(1, len(content))]


def _cut_out(content: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(content) // 4, len(content) // 2)
    return content[:begin] + content[begin + rng.randrange(1, 3000) :]


def _hole(content: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(content) // 4, len(content) // 2)
    size = rng.randrange(100, 2000)
    return content[:begin] + bytes(size) + content[begin + size :]


def _followed(content: bytes, rng: random.Random) -> bytes:
    return content + rng.randbytes(rng.randrange(1, 3000))


# Harms, and whether a format without checksums can tell.
HARMS: dict[str, tuple[Callable[[bytes, random.Random], bytes], bool]] = {
    "cut off": (_cut_off, True),
    "a part cut out": (_cut_out, True),
    "a hole": (_hole, False),
    "followed by noise": (_followed, True),
}


def harmed(harm: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Harm sound files of all formats, and read them."""
    sounds = samples.folder / "whole" / "sounds"
    whole = {name: read_audio(sounds / name).y.tobytes() for name in SOUNDS}
    change, told = HARMS[harm]

    def attempt() -> Outcome:
        name = rng.choice(list(SOUNDS))
        (place / name).write_bytes(change((sounds / name).read_bytes(), rng))
        try:
            y = read_audio(place / name).y.tobytes()
        except UnusableAudio as error:
            return Outcome(FOUND, str(error))
        if y == whole[name]:
            return Outcome(EQUAL)
        return Outcome(SILENT if told or name in CHECKED_SOUNDS else UNPROTECTED, f"{name}, {harm}")

    return run_batch(place, [attempt] * BATCH)


def made(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Read the bad and odd files of tests/bad_audio.py, made with the trial's number for a seed."""
    cases = list(bad_audio(number))

    def attempt(case) -> Outcome:
        path = place / case.name
        path.write_bytes(case.content)
        try:
            read_audio(path, 16000)
            verdict = SILENT if case.expectation == "rejected" else READ
        except UnusableAudio:
            verdict = SILENT if case.expectation == "read" else FOUND
        path.unlink()
        return Outcome(verdict, f"{case.name}: expected to be {case.expectation}")

    return run_batch(place, [partial(attempt, case) for case in cases])


TESTS = {f"bad audio: {harm}": partial(harmed, harm) for harm in HARMS}
TESTS["bad audio: kinds made on the spot"] = made
