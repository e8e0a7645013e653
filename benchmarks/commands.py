"""What the tables have in common: the commands a person would type, run once, and cells of Markdown."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

from mfccinv.runs.comparison import other_settings
from mfccinv.runs.run_folder import RunFolder, resolve_config
from mfccinv.system.atomic_files import read_json, sha256

CORPORA = Path("data/corpora")
# What no shipped checkpoint was trained on, and the endings of its files.
UNSEEN = {"fillets": [".ogg"], "kde_games": [".ogg", ".wav"]}


def train_once(root: Path, name: str, overrides: list[str]) -> RunFolder:
    """Train, or go on with a training that was interrupted, unless the run is finished.

    A run of that name that was trained with other settings ends the program: it isn't what the table says.
    """
    run = RunFolder(root / name)
    command = ["scripts/train.py", *overrides, f"run.root={root}", f"run.name={name}", "training.progress=false"]
    begun = (run.folder / "config.yaml").is_file()
    if begun and (other := other_settings(resolve_config(composed(*command)), run.config)):
        sys.exit(f"{run.folder} was trained with another {', '.join(other)}: remove it to train it anew")
    if begun and not run.is_finished:
        command = ["scripts/train.py", f"resume={run.folder}", "training.progress=false"]
    if not run.is_finished:
        call(*command)
    return run


def evaluate_once(run: RunFolder, source: str, overrides: list[str]) -> dict:
    """Score a run on what the evaluation calls ``source``, unless its model was, with these settings."""
    path = run.folder / "evaluation" / source / "scores.json"
    command = ["scripts/evaluate.py", f"run={run.folder}", *overrides, "progress=false"]
    scores = read_json(path) if path.is_file() else {}
    asked = composed(*command)
    settings = {name: asked[name] for name in scores.get("settings", {})}
    model = sha256(run.folder / "model.keras")
    if not settings or (settings, model) != (scores["settings"], scores.get("model_sha256")):
        call(*command)
        scores = read_json(path)
    return scores


def composed(*command: str) -> dict:
    """The configuration that a command would run with."""
    return yaml.safe_load(call(*command, "--cfg", "job", "--resolve"))


def unseen(corpus: str) -> list[str]:
    """Overrides that name one of the corpora that no shipped checkpoint was trained on."""
    return folder_of(CORPORA / corpus, UNSEEN[corpus])


def folder_of(root: Path, extensions: list[str]) -> list[str]:
    return ["corpus=folder", f"corpus.root={root}", f"corpus.extensions=[{','.join(extensions)}]"]


def call(*command: str) -> str:
    """Run a script and return what it printed; a failure ends the program."""
    finished = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


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


def median_and_range(values: list[float], form: str) -> str:
    """Median, smallest and largest of what was measured several times; empty if nothing was."""
    if not values:
        return ""
    middle, low, high = (form.format(number) for number in (np.median(values), min(values), max(values)))
    return f"{middle} ({low} … {high})"
