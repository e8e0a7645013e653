"""What the trials harm: a small corpus, its data set, runs, archives; and what they give undisturbed."""

import contextlib
import hashlib
import json
import os
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from ffmpeg_sound import KINDS, can_encode, encode
from filelock import FileLock
from places import REPOSITORY
from speech import speech

from campaign.actions import ACTIONS, in_process, use_corpus
from campaign.guard import Ended, call
from campaign.outcome import Limits
from mfccinv.system.atomic_files import write_json

COPIED = ("sets", "runs", "voices", "archive")  # what is harmed; the corpus stays
SPEAKERS = ("anna", "bert", "carl")
SOUNDS = {
    "pcm.wav": ("WAV", "PCM_16"),
    "float.wav": ("WAV", "FLOAT"),
    "a.flac": ("FLAC", "PCM_16"),
    "a.ogg": ("OGG", "VORBIS"),
    "opus.ogg": ("OGG", "OPUS"),
    "a.mp3": ("MP3", "MPEG_LAYER_III"),
    "a.aiff": ("AIFF", "PCM_16"),
    "a.au": ("AU", "PCM_16"),
    "a.w64": ("W64", "PCM_16"),
    "a.rf64": ("RF64", "PCM_16"),
    "a.caf": ("CAF", "PCM_16"),
    "a.nist": ("NIST", "PCM_16"),
    "a.htk": ("HTK", "PCM_16"),
}
BY_FFMPEG = {f"ffmpeg.{kind}": kind for kind in KINDS if can_encode(kind)}


class Samples:
    """Folder of what is harmed, made when it is first needed; trials work on copies."""

    def __init__(self, folder: Path):
        self.folder = folder
        use_corpus(folder / "whole" / "corpus")
        made = folder / f"made-by-{sources()}"
        if not made.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder / "whole")
            made.touch()

    def copy(self, place: Path, *parts: str) -> Path:
        """Copy all, or these parts, into a new folder, and return it."""
        for part in parts or COPIED:
            shutil.copytree(self.folder / "whole" / part, place / part)
        return place

    def value(self, action: str) -> object:
        """What an action returns undisturbed."""
        return self._undisturbed(action)["value"]

    def seconds(self, action: str) -> float:
        """How long an action takes undisturbed."""
        return self._undisturbed(action)["seconds"]

    def limits(self, action: str) -> Limits:
        """What an action may take with a hostile file."""
        base = self._undisturbed(action)
        return Limits(2.0 + base["seconds"], 200.0 + base["megabytes"])

    def _undisturbed(self, action: str) -> dict:
        """What an action returns and takes undisturbed; it is done once, by the first process that asks."""
        kept = self.folder / f"undisturbed-{action}.json"
        with FileLock(self.folder / ".undisturbed.lock"):
            if not kept.is_file():
                write_json(kept, _observe(self.folder, action))
        return json.loads(kept.read_text())


@cache
def sources() -> str:
    """A digest of the code that is tried, and of the campaign's own: what they made before tells nothing of them."""
    digest = hashlib.sha256()
    for folder in ("mfccinv", "configs", "tests/campaign"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def perform(action: str, *arguments: object):
    """Function for `campaign.guard.call` that does an action in the process's own folder."""

    def performed(tell):
        in_process()
        return ACTIONS[action](*arguments)

    return performed


def _make(folder: Path) -> None:
    for number in range(15):
        path = folder / "corpus" / SPEAKERS[number % 3] / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, speech(16000)[1600 * number :][: 6400 + 400 * number], 16000)
    (folder / "corpus" / "anna" / "empty.wav").touch()  # it is rejected
    for path in (folder / "corpus").glob("*/*"):
        os.utime(path, (1e9, 1e9))
    archive = folder / "archive"
    archive.mkdir()
    rng = np.random.default_rng(0)
    one, two = rng.normal(0, 10, (2, 8, 40)).astype(np.float32)
    np.save(archive / "one.npy", one)
    np.savez(archive / "two.npz", one=one, two=two)
    sounds = folder / "sounds"
    sounds.mkdir()
    for name, (container, subtype) in SOUNDS.items():
        soundfile.write(sounds / name, speech(16000)[:24000], 16000, format=container, subtype=subtype)
    for name, kind in BY_FFMPEG.items():
        (sounds / name).write_bytes(encode(kind, 1.5))
    (folder / "runs").mkdir()

    def train_two(tell):
        in_process()
        ACTIONS["train"]()
        shutil.copytree("runs/new", "runs/other")
        os.rename("runs/new", "runs/run")
        ACTIONS["evaluate"]()
        ACTIONS["adapt"]()

    _succeed(call(train_two, folder))


def _observe(folder: Path, action: str) -> dict:
    """Do an action undisturbed, on a copy."""
    with new_place(folder, "place") as place:
        for part in COPIED:
            shutil.copytree(folder / "whole" / part, place / part)
        if made := {"build": "sets", "evaluate": "runs/run/evaluation", "adapt": "voices"}.get(action):
            shutil.rmtree(place / made)
        ended = _succeed(call(perform(action), place))
        return {"value": ended.value, "seconds": ended.seconds, "megabytes": ended.megabytes}


def _succeed(ended: Ended) -> Ended:
    if ended.how != "returned":
        raise SystemExit(f"what is undisturbed must succeed, but it {ended.how}:\n{ended.output}")
    return ended


@contextlib.contextmanager
def new_place(parent: Path, name: str):
    """Folder of one trial, removed at its end."""
    place = parent / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
