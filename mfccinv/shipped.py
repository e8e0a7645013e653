"""The checkpoints that come with the repository, and models that are loaded once; Keras is imported with the first."""

import sys
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mfccinv.console import native_output_hidden
from mfccinv.context import Context
from mfccinv.presets import CHECKPOINTS
from mfccinv.records import Record
from mfccinv.spec import FeatureSpec

if TYPE_CHECKING:
    import keras

# checkpoints/README.md says what each is for; whatever else is in that folder is the user's own.
SHIPPED = ("asr_13", "asr_20", "asr_40", "librosa", "asr_magnitude")


def find_run(checkpoint: str | Path, spec: FeatureSpec, source: str) -> Record:
    """Find the run that a caller names, or the shipped one.

    Parameters
    ----------
    checkpoint : str or Path
        ``auto``: the shipped checkpoint that takes these features; or the folder or name of a run.
    spec : FeatureSpec
    source : str
        What it must take, see `mfccinv.task.SOURCES`.

    Raises
    ------
    ValueError
        If no shipped checkpoint takes the features: those that there are are listed; see also `check_run`.
    mfccinv.records.RunError
        If there is no such run.
    mfccinv.spec.SpecMismatch
        If the run named was trained on another spec.
    """
    if checkpoint == "auto":
        return _find_shipped(spec, source)
    run = Record.open(str(checkpoint), CHECKPOINTS)
    check_run(run, spec, source)
    return run


def check_run(run: Record, spec: FeatureSpec, source: str) -> None:
    """Refuse a run that can't invert these features; parameters as `find_run`.

    Raises
    ------
    ValueError
        If the run takes something else, or forecasts.
    mfccinv.spec.SpecMismatch
        If the run was trained on another spec.
    """
    if run.task.source != source:
        raise ValueError(f"{run.folder} was trained with source={run.task.source}, source={source} is needed here")
    if not run.context.sees_target:
        raise ValueError(f"{run.folder} was trained with model.target=next: it forecasts, which is no inversion")
    run.require_spec(spec)


def load_once(folder: Path) -> tuple["keras.Model", Context]:
    """Load the model of a run, and its context, once, and anew after more training."""
    model = folder.resolve() / "model.keras"
    return _load(model.parent, model.stat().st_mtime_ns if model.is_file() else 0)


@lru_cache(maxsize=4)
def _load(folder: Path, changed: int) -> tuple["keras.Model", Context]:
    with nullcontext() if "keras" in sys.modules else native_output_hidden():
        from mfccinv.runs import Run  # with it comes Keras, which who needs no network shouldn't wait for

    run = Run(folder)
    return run.load_model(), run.context


def _find_shipped(spec: FeatureSpec, source: str) -> Record:
    runs = [run for run in _shipped_runs() if run.task.source == source]
    differing = []
    for run in runs:
        relevant = run.task.relevant
        fields = relevant(spec).differences(relevant(run.spec))
        if not fields:
            return run
        differing.append((fields, run.folder.name))
    differing.sort(key=lambda one: len(one[0]))
    known = "; ".join(f"{name} differs in {', '.join(fields)}" for fields, name in differing) or "there are none"
    without = "the analytic inverse with checkpoint=None" if source == "mfcc" else "another magnitude"
    raise ValueError(
        f"no shipped checkpoint takes these features ({known}): name a run with checkpoint=, or take {without}"
    )


@lru_cache(maxsize=1)
def _shipped_runs() -> list[Record]:
    """The shipped checkpoints; what they were trained on is read once."""
    return [Record(CHECKPOINTS / name) for name in SHIPPED if (CHECKPOINTS / name / "config.yaml").is_file()]
