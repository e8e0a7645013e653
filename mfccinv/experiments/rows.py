"""The finished runs below a folder, each with what was tried, what it cost and what came of it.

A run that takes several numbers of MFCC has a row for each that it was validated with, beside the runs that take that
number alone.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.reporting.caveats import split_title
from mfccinv.run_folders.comparison import recipe
from mfccinv.run_folders.loading import DETAILS
from mfccinv.run_folders.run_files import history_name, metrics_name
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.checksums import checksum_of_json

SORTED_BY = {"val_snr": -1, "val_lsd": 1, "val_loss": 1}  # -1: more is better
LONGEST_SETTING = 1000  # letters

Scores = dict[str, float | None]


@dataclass(frozen=True)
class Ground:
    """What the scores of runs share that can be compared: the frames that they were validated on, and the task.

    Parameters
    ----------
    validation : str
        Hash of the recordings; of an older run, of the settings that choose them.
    split : str
        How the data set is split, in words.
    spec : FeatureSpec
        What of it matters to the task.
    task : Task
    sees_target : bool
        See `Context.sees_target`.
    """

    validation: str
    split: str
    spec: FeatureSpec
    task: Task
    sees_target: bool


@dataclass(frozen=True)
class Row:
    """A run: what was tried, what it cost and what came of it.

    Parameters
    ----------
    run, name : str
        Its folder, and what its model is called.
    dataset : str
        Name of the folder of its data set; "" if it isn't known.
    ground : Ground
    settings : dict of str
        What was tried, ``group.setting`` by ``group.setting``.
    costs : dict of float
        ``parameters``, ``epochs``, ``minutes``, ``frames_per_second``.
    validation : dict of float or None
        Scores on the validation split, with ``loss`` and ``snr_gain`` over the baseline; None where there is no finite
        score, or an older run doesn't tell its gain.
    others : dict of dict of float or None
        Scores on what the run was scored on since, by its name.
    history : list of dict
        See `RunFolder.read_history`.
    """

    run: str
    name: str
    dataset: str
    ground: Ground
    settings: dict[str, str]
    costs: dict[str, float]
    validation: Scores
    others: dict[str, Scores]
    history: list[dict]


def read_rows(root: Path, sort: str) -> tuple[list[Row], list[str]]:
    """Read the runs below a folder that are finished.

    Parameters
    ----------
    root : Path
        Searched with all its subfolders.
    sort : str
        A key of `SORTED_BY`.

    Returns
    -------
    rows : list of Row
        The best first, those without the score last.
    unreadable : list of str
        What can't be read, each with its reason: damaged runs, those that wait to be finished, and folders.

    Raises
    ------
    ValueError
        If no finished run can be read, or ``sort`` is no such key.
    """
    if sort not in SORTED_BY:
        raise ValueError(f"sort must be one of {', '.join(SORTED_BY)}, got {sort!r}")
    rows: list[Row] = []
    unreadable: list[str] = []

    def tell(error: OSError) -> None:
        unreadable.append(f"{error.filename}: {error.strerror}")

    for folder, _, names in os.walk(root, onerror=tell):
        if not {"metrics.json", "config.yaml"} <= set(names):
            continue
        try:
            rows += _read_rows(RunFolder(Path(folder)), os.path.relpath(folder, root))
        except (ValueError, OSError) as error:
            unreadable.append(str(error) if folder in str(error) else f"{folder}: {error}")
    if not rows:
        reasons = "".join(f"; {reason}" for reason in unreadable[:3])
        raise ValueError(f"no finished run in {root}: train one first, mfccinv train{reasons}")
    rows.sort(key=lambda row: row.run)
    return sorted(rows, key=lambda row: _rank(row.validation[sort.removeprefix("val_")], SORTED_BY[sort])), unreadable


def by_ground(rows: list[Row]) -> list[list[Row]]:
    """Group rows whose scores can be compared, in their order; the group with the most rows first.

    The baseline of a group scores the same for all: what a run doesn't tell of its gain follows from another's.
    """
    groups: dict[Ground, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.ground, []).append(row)
    return sorted(map(_with_gains, groups.values()), key=len, reverse=True)


def baseline_snr(rows: list[Row]) -> float | None:
    """SNR of the baseline on the validation split that rows share, dB; None if no row tells it."""
    scores = ((row.validation["snr"], row.validation["snr_gain"]) for row in rows)
    return next((snr - gain for snr, gain in scores if snr is not None and gain is not None), None)


def _with_gains(rows: list[Row]) -> list[Row]:
    baseline = baseline_snr(rows)
    return [row if baseline is None else _with_gain(row, baseline) for row in rows]


def _with_gain(row: Row, baseline: float) -> Row:
    snr = row.validation["snr"]
    if snr is None or row.validation["snr_gain"] is not None:
        return row
    return replace(row, validation=row.validation | {"snr_gain": snr - baseline})


def _rank(score: float | None, sign: int) -> tuple[bool, float]:
    return score is None, sign * (score or 0.0)


def _read_rows(run: RunFolder, name: str) -> list[Row]:
    """Rows of a run; ValueError if it isn't finished, and for what can't be right in its files."""
    metrics = run.metrics
    if "validation" not in metrics:
        raise ValueError("metrics.json has no validation: the training isn't finished")
    if run.task.min_mfcc is None:
        return [_read_row(run, name, None)]
    numbers = range(run.task.min_mfcc, run.spec.n_mfcc + 1)
    return [_read_row(run, name, n) for n in numbers if metrics_name("validation", n) in metrics]


def _read_row(run: RunFolder, name: str, n_mfcc: int | None) -> Row:
    metrics, history = _of_number(run.metrics, n_mfcc), run.read_history()
    environment = run.environment
    validation = metrics.pop("validation", {})
    if missing := [score for score in ("snr", "lsd", "loss") if score not in validation]:
        raise ValueError(f"validation of metrics.json has no {', '.join(missing)}")
    if not history and (run.folder / "history.csv").is_file():
        raise ValueError("history.csv has no epoch")
    seconds = [epoch["seconds"] for epoch in history]
    frames = environment.get("frames_per_epoch", 0)
    return Row(
        run=name,
        name=run.config.get("name", ""),
        dataset=Path(environment.get("dataset", "")).name,
        ground=_ground(run, n_mfcc),
        settings={"backend": environment.get("backend", "tensorflow")}
        | {place: _text(value) for place, value in recipe(run.config).items()},
        costs={
            "parameters": environment.get("trainable_parameters", 0),
            "epochs": len(history),
            "minutes": sum(seconds) / 60,
            "frames_per_second": frames / float(np.median(seconds)) if any(seconds) else 0.0,
        },
        validation=validation | {"snr_gain": validation.get("snr_gain")},
        others=metrics,
        history=[
            row | {name: row.get(history_name(name, n_mfcc), row[name]) for name in ("val_loss", "val_snr", "val_lsd")}
            for row in history
        ],
    )


def _of_number(metrics: dict[str, Scores], n_mfcc: int | None) -> dict[str, Scores]:
    """Scores of ``metrics.json`` with a number of MFCC, by the names that they have in runs of this number alone."""
    if n_mfcc is None:
        return dict(metrics)
    found: dict[str, Scores] = {}
    for detail in DETAILS:
        alone, ending = metrics_name("", None, detail), metrics_name("", n_mfcc, detail)
        found |= {name.removesuffix(ending) + alone: one for name, one in metrics.items() if name.endswith(ending)}
    return found


def _ground(run: RunFolder, n_mfcc: int | None) -> Ground:
    learned, config, spec = run.learned_from, run.config, run.spec_of(n_mfcc)
    task = replace(run.task, min_mfcc=None)
    if learned:
        validation, split = learned.validation, split_title(learned.split)
    else:
        chosen = {
            name: config["dataset"].get(name) for name in ("limit", "min_seconds", "silence_dbfs", "segment_seconds")
        }
        validation = checksum_of_json([config.get("corpus"), config.get("split"), chosen])
        split = f"split by {config.get('split', {}).get('by', 'an unknown rule')}"
    return Ground(validation, split, task.relevant(spec), task, run.context.sees_target)


def _text(value: object) -> str:
    """A setting as text without blanks in lists, as one types it, cut if it is very long."""
    text = "null" if value is None else str(value)
    return (text.replace(", ", ",") if isinstance(value, list) else text)[:LONGEST_SETTING]
