"""Links and folders in the place of files, in data sets and runs: what they lead to must stay as it is."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from campaign.hostile import CANARY, Case, attempts, box_of


def _link(name: str) -> Callable[[Path, random.Random], None]:
    """Put a link beside the file, in the place of what has this name, to the file or folder outside."""

    def write(path: Path, rng: random.Random) -> None:
        place = path.parent / (name or path.name)
        outside = box_of(path).parent
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        target = outside / ("elsewhere" if name in FOLDERS else CANARY)
        if name in FOLDERS:
            target.mkdir()
        os.symlink(target, place)

    return write


def _folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _temporary_folder(path: Path, rng: random.Random) -> None:
    (path.parent / ".tmp-0123456789abcdef").mkdir()


def _fifo(path: Path, rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


FOLDERS = ("evaluation",)
SET = {"actions": ("build", "evaluate", "resume"), "harmless": True}
RUN = {"actions": ("evaluate", "resume", "leaderboard"), "harmless": True}
CASES: list[Case] = []
for kind, pattern, options in (("data set", "sets/*/", SET), ("run", "runs/run/", RUN)):
    names = ("manifest.json", "utterances.jsonl", "statistics.json", "test-00000.npz")
    if kind == "run":
        names = ("config.yaml", "metrics.json", "history.csv", "environment.json", "model.keras")
    for name in names:
        CASES.append(Case(f"{name} of a {kind} is a link", pattern + name, write=_link(""), **options))
        CASES.append(Case(f"{name} of a {kind} is a folder", pattern + name, write=_folder, **options))
        CASES.append(Case(f"{name} of a {kind} is a pipe", pattern + name, write=_fifo, **options))
CASES += [
    Case("the lock of a data set is a link", "sets/*/manifest.json", write=_link(".lock"), names=(".lock",), **SET),
    Case("a temporary file of a data set is a link", "sets/*/manifest.json", write=_link(".tmp-0"), **SET),
    Case("a temporary file of a data set is a folder", "sets/*/manifest.json", write=_temporary_folder, **SET),
    Case("a shard without a number is a link", "sets/*/manifest.json", write=_link("train-99999.npz"), **SET),
    Case("a temporary file of a run is a folder", "runs/run/config.yaml", write=_temporary_folder, **RUN),
    Case("the lock of a run is a link", "runs/run/config.yaml", write=_link(".lock"), names=(".lock",), **RUN),
    Case(
        "the evaluation of a run is a link",
        "runs/run/config.yaml",
        write=_link("evaluation"),
        names=("runs/run/evaluation",),
        **RUN,
    ),
]

TESTS = {"hostile links": attempts(CASES)}
