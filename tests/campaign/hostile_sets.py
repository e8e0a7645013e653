"""Hostile manifests and utterances of data sets."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from campaign.hostile import CANARY, Case, above, attempts
from campaign.texts import ANY_TEXT, in_json, put, text

MANIFEST = ("sets/*/manifest.json", ("build", "evaluate", "resume"))


def _canary(path: Path) -> str:
    return above(path, CANARY)


def _absolute(path: Path) -> str:
    return str(path.resolve().parents[2].parent / CANARY)


MANIFEST_VALUES: dict[str, tuple[str, object]] = {
    "a shard called ../../…": ("shards.0.name", _canary),
    "a shard with an absolute name": ("shards.0.name", _absolute),
    "a shard that is the manifest": ("shards.0.name", "manifest.json"),
    "a shard called .": ("shards.0.name", "."),
    "a shard without a name": ("shards.0.name", None),
    "a shard of -1 bytes": ("shards.0.bytes", -1),
    "a shard of other bytes": ("shards.0.bytes", 7),
    "a checksum that is a number": ("shards.0.sha256", 7),
    "a split called ../x": ("shards.0.split", "../x"),
    "no shards": ("shards", []),
    "null for shards": ("shards", None),
    "81 bands": ("spec.n_mels", 81),
    "n_fft of 2⁴⁰": ("spec.n_fft", 2**40),
    "another format": ("format_version", 10**6),
    "a format of text": ("format_version", "3"),
    "another fingerprint": ("fingerprint", "0" * 64),
    "a corpus called ../x": ("corpus.name", "../x"),
    "no splits": ("splits", {}),
    "a split that is a number": ("splits.train", 7),
}
SETS = [Case(f"manifest.json: {name}", *MANIFEST, text(content)) for name, content in ANY_TEXT.items()]
SETS += [
    Case(f"manifest.json: {name}", *MANIFEST, in_json(put(*values)), harmless=name == "another fingerprint")
    for name, values in MANIFEST_VALUES.items()
]

UTTERANCES = ("sets/*/utterances.jsonl", ("evaluate", "build"))


def _rows(change: Callable[[dict, Path], object]) -> Callable:
    """Change every row of the utterances."""

    def write(path: Path, rng: random.Random) -> None:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            change(row, path)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    return write


def _fifo(path: Path) -> str:
    place = path.with_name("fifo")
    if not place.exists():
        os.mkfifo(place)
    return str(place)


ROW_VALUES: dict[str, tuple[str, object]] = {
    "ids that lead outside": ("id", _canary),
    "ids that are numbers": ("id", 7),
    "ids of formulas": ("id", "$x^2_{$"),
    "ids of half characters": ("id", "\ud800"),
    "sound that is a number": ("path", 7),
    "variants of text": ("variant", "x"),
    "splits that are lists": ("split", [1]),
}
NO_SOUND: dict[str, tuple[str, object]] = {
    "sound that is a device": ("path", "/dev/zero"),
    "sound that is a pipe": ("path", _fifo),
    "sound at 10³⁰ seconds": ("offset_seconds", 1e30),
    "sound at -1 seconds": ("offset_seconds", -1),
    "sound of 10³⁰ seconds": ("duration_seconds", 1e30),
}
SETS += [Case(f"utterances.jsonl: {name}", *UTTERANCES, text(content)) for name, content in ANY_TEXT.items()]
SETS += [Case(f"utterances.jsonl: {name}", *UTTERANCES, _rows(put(*values))) for name, values in ROW_VALUES.items()]
SETS += [  # frames are scored without their sound, too, and the scores say so
    Case(f"utterances.jsonl: {name}", UTTERANCES[0], ("evaluate",), _rows(put(*values)), harmless=True)
    for name, values in NO_SOUND.items()
]

TESTS = {"hostile JSON of data sets": attempts(SETS)}
