"""What the tables have in common: the commands a person would type, run once, and tables in Markdown."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import yaml

from mfccinv.configs.presets import preset_settings
from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.splits import stable_fraction
from mfccinv.corpora.utterance import Utterance
from mfccinv.evaluation.evaluate import PRETRAINED_SCORES
from mfccinv.evaluation.settings import SCORED
from mfccinv.run_folders.comparison import other_settings
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.atomic_files import write_text
from mfccinv.system.checksums import sha256
from mfccinv.system.stored_files import read_json
from mfccinv.training.settings import resolve_config

RESULTS = Path("benchmarks/results")  # the documentation includes these tables and has no others
CORPORA = Path("data/corpora")
PARTS = preset_settings("corpus", "several")["parts"]
# What no pretrained network was trained on, and the endings of its files.
UNSEEN = {name: PARTS[name]["extensions"] for name in ("fillets", "kde_games", "gcompris_voices", "malayalam_msc")}
GAMES = ("fillets", "kde_games")  # those of them that benchmarks/inversion.py takes


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
    path = _scores_folder(run) / source / "scores.json"
    command = ["scripts/evaluate.py", f"run={run.folder}", *overrides, "progress=false"]
    scores = read_json(path) if path.is_file() else {}
    asked = composed(*command)
    stored = scores.get("settings", {})
    settings = {name: asked[name] for name in {*SCORED, *stored}}  # an earlier version stored fewer
    model = sha256(run.weights_file)
    if (settings, model) != (stored, scores.get("model_sha256")):
        call(*command)
        scores = read_json(path)
    return scores


def _scores_folder(run: RunFolder) -> Path:
    """Where a run's evaluations are."""
    if not run.is_pretrained:
        return run.folder / "evaluation"
    return PRETRAINED_SCORES / run.folder.name


def composed(*command: str) -> dict:
    """The configuration that a command would run with."""
    return yaml.safe_load(call(*command, "--cfg", "job", "--resolve"))


def unseen(corpus: str) -> list[str]:
    """Overrides that name one of the corpora that no pretrained network was trained on."""
    return folder_of(CORPORA / corpus, UNSEEN[corpus])


def unseen_utterances(corpus: str) -> list[Utterance]:
    """List the recordings of such a corpus, in an order drawn by a hash of their ids."""
    listed = list_corpus("folder", root=str(CORPORA / corpus), extensions=UNSEEN[corpus], speaker_part=0)
    return sorted(listed, key=lambda utterance: stable_fraction(utterance.id))


def folder_of(root: Path, extensions: list[str]) -> list[str]:
    return ["corpus=folder", f"corpus.root={root}", f"corpus.extensions=[{','.join(extensions)}]"]


def call(*command: str) -> str:
    """Run a script and return what it printed; a failure ends the program."""
    finished = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def print_table(name: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]], *, align: str) -> None:
    """Print a table in Markdown, each row as soon as it is measured, and keep it as a file once it is whole.

    Parameters
    ----------
    name : str or None
        Of the file in `RESULTS`, without its ending; None keeps none: for a part of a table, or for other speech.
    columns : sequence of str
        Their titles.
    rows : iterable of sequences of str
        A cell for each column.
    align : str
        A letter for each column: ``l`` or ``r``.
    """
    rule = [{"l": "---", "r": "---:"}[letter] for letter in align]
    lines: list[str] = []
    for cells in chain([columns, rule], rows):
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    if name:
        write_text(RESULTS / f"{name}.md", "\n".join(lines) + "\n")


def mean_and_range(values: list[float]) -> str:
    """Mean over seeds and, if there are several, their smallest and largest value."""
    mean = f"{np.mean(values):.2f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.2f} … {max(values):.2f})"


def interval(score: dict, sign: str = "+") -> str:
    """A score and its interval, if it has one; ``sign`` as in a format: ``+`` for a difference, ``-`` for a value."""
    value, *ends = (f"{number:{sign}.2f}" for number in (score["value"], *(score["interval"] or ())))
    return f"{value} [{', '.join(ends)}]" if ends else value


def median_and_range(values: list[float], form: str) -> str:
    """Median, smallest and largest of what was measured several times; empty if nothing was."""
    if not values:
        return ""
    middle, low, high = (form.format(number) for number in (np.median(values), min(values), max(values)))
    return f"{middle} ({low} … {high})"
