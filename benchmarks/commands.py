"""What the tables have in common: the commands a person would type, run once, and cells of Markdown."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from mfccinv.files import read_json
from mfccinv.records import Record

CORPORA = Path("data/corpora")
# What no shipped checkpoint was trained on, and the endings of its files.
UNSEEN = {"fillets": [".ogg"], "kde_games": [".ogg", ".wav"]}


def train_once(root: Path, name: str, overrides: list[str]) -> Record:
    """Train, or go on with a training that was interrupted, unless the run is finished."""
    run = Record(root / name)
    if not run.is_finished:
        begun = (run.folder / "config.yaml").is_file()
        command = [f"resume={run.folder}"] if begun else [*overrides, f"run.root={root}", f"run.name={name}"]
        call("scripts/train.py", *command, "training.progress=false")
    return run


def evaluate_once(run: Record, source: str, overrides: list[str]) -> dict:
    """Score a run on what the evaluation calls ``source``, unless that was done."""
    scores = run.folder / "evaluation" / source / "scores.json"
    if not scores.is_file():
        call("scripts/evaluate.py", f"run={run.folder}", *overrides, "progress=false")
    return read_json(scores)


def unseen(corpus: str) -> list[str]:
    """Overrides that name one of the corpora that no shipped checkpoint was trained on."""
    return folder_of(CORPORA / corpus, UNSEEN[corpus])


def folder_of(root: Path, extensions: list[str]) -> list[str]:
    return ["corpus=folder", f"corpus.root={root}", f"corpus.extensions=[{','.join(extensions)}]"]


def call(*command: str) -> None:
    finished = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")


def print_row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def mean_and_range(values: list[float]) -> str:
    """Mean over seeds and, if there are several, their smallest and largest value."""
    mean = f"{np.mean(values):.2f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.2f} … {max(values):.2f})"


def interval(score: dict, sign: str = "+") -> str:
    """A score and its interval; ``sign`` as in a format: ``+`` for a difference, ``-`` for a value."""
    value, low, high = (f"{number:{sign}.2f}" for number in (score["value"], *score["interval"]))
    return f"{value} [{low}, {high}]"
