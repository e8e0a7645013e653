"""Finds the run for a specification: one that is named, or a pretrained one."""

import warnings
from functools import lru_cache
from pathlib import Path

from mfccinv.features.spec import FeatureSpec
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names

TRANSFORM = ("sample_rate", "n_fft", "win_length", "hop_length")  # what a phase depends on
FIELDS_TOLD = 3
REMEDIES = {  # by what a run takes
    "mfcc": "take the analytic inverse with checkpoint=null (None in Python), name a run of your own with checkpoint=, "
    "or train one with mfccinv train features=<yours>",
    "mel": "take another magnitude, or name a run of your own with checkpoint=",
    "phase": "take another phase.start, or train one with mfccinv train experiment=phase features=<yours>",
}
TO_DRAW = "name a run of your own with checkpoint=, or train one with mfccinv train flow=true"


def find_run(checkpoint: str | Path, spec: FeatureSpec, source: str, detail: str = "mean") -> RunFolder:
    """Find the run that a caller names, or the pretrained one; of phases, see `find_phase_run`.

    Parameters
    ----------
    checkpoint : str or Path
        ``auto``: the pretrained run that takes these features; or a run's name, see `RunFolder.open`.
    spec : FeatureSpec
    source : str
        What the run must take, see `mfccinv.features.task.SOURCES`.
    detail : str
        What will be asked of it, see `load_network`: ``auto`` finds for ``sample`` a run that samples are drawn from.

    Raises
    ------
    ValueError
        If no pretrained run takes the features; the message tells in what the nearest differs. See also `check_run`.
    mfccinv.run_folders.run_folder.RunError
        If there is no such run.
    mfccinv.features.spec.SpecMismatch
        If the run named was trained on another spec.
    """
    if checkpoint == "auto":
        return _find_pretrained(spec, source, detail)
    run = RunFolder.open(checkpoint)
    check_run(run, spec, source)
    return run


def takes_pretrained(spec: FeatureSpec, source: str = "mfcc") -> bool:
    """Whether a pretrained run takes features, so that ``auto`` finds it."""
    return any(_can_invert(run, spec, source) for run in _pretrained_runs())


def find_phase_run(checkpoint: str | Path, spec: FeatureSpec) -> RunFolder:
    """Find the run that predicts the phase of spectra of a specification.

    Phases are those of frames, so that `TRANSFORM` must be that of its training, and no more: not the shape of the
    window, for what is nearly alike does, and not the mel bands, which are found of the spectra.

    Parameters
    ----------
    checkpoint : str or Path
        ``auto``: a pretrained one; or a run's name, see `RunFolder.open`.
    spec : FeatureSpec

    Raises
    ------
    ValueError
        If no pretrained run does, or the run named doesn't.
    mfccinv.run_folders.run_folder.RunError
        If there is no such run.
    """
    if checkpoint == "auto":
        runs = [run for run in _pretrained_runs() if _predicts_phase(run, spec)]
        if not runs:
            raise ValueError(f"no pretrained run predicts the phase of spectra with {_told(spec)}: {REMEDIES['phase']}")
        return runs[0]
    run = RunFolder.open(checkpoint)
    if run.task.target != "phase":
        raise ValueError(f"{run.folder} was trained with target={run.task.target}, target=phase is needed here")
    if not _predicts_phase(run, spec):
        raise ValueError(f"{run.folder} predicts the phase of spectra with {_told(run.spec)}, not with {_told(spec)}")
    return run


def predicts_phase(spec: FeatureSpec) -> bool:
    """Whether a pretrained run predicts the phase of spectra, so that ``auto`` finds it."""
    return any(_predicts_phase(run, spec) for run in _pretrained_runs())


def _predicts_phase(run: RunFolder, spec: FeatureSpec) -> bool:
    return run.task.target == "phase" and all(getattr(run.spec, name) == getattr(spec, name) for name in TRANSFORM)


def _told(spec: FeatureSpec) -> str:
    return ", ".join(f"{name}={getattr(spec, name)}" for name in TRANSFORM)


def check_run(run: RunFolder, spec: FeatureSpec, source: str) -> None:
    """Refuse a run that can't invert these features; parameters as `find_run`.

    Raises
    ------
    ValueError
        If the run takes or predicts something else, or forecasts.
    mfccinv.features.spec.SpecMismatch
        If the run was trained on another spec.
    """
    if run.task.source != source:
        raise ValueError(f"{run.folder} was trained with source={run.task.source}, source={source} is needed here")
    if run.task.target == "phase":
        raise ValueError(f"{run.folder} was trained with target=phase, another target is needed here")
    if not run.context.sees_target:
        raise ValueError(f"{run.folder} was trained with model.position=next: it forecasts, which is no inversion")
    run.require_spec(spec)


def runs_for(spec: FeatureSpec, source: str, root: Path) -> dict[str, RunFolder]:
    """Find the runs that can invert features, by the names that `RunFolder.open` knows them by.

    Parameters
    ----------
    spec : FeatureSpec
    source : str
        What the runs must take, see `mfccinv.features.task.SOURCES`.
    root : Path
        Folder of a person's own runs. Those without a network are passed over, and so are those that can't be read,
        with a warning.

    Returns
    -------
    runs : dict of RunFolder
        The own ones first, those that were trained last before others; then the pretrained ones by name.
    """
    own = sorted(RunFolder.within(root), key=lambda run: run.last_trained, reverse=True)
    found: dict[str, RunFolder] = {}
    for run in (*own, *_pretrained_runs()):
        try:
            fits = run.weights_file.is_file() and _can_invert(run, spec, source)
        except (OSError, ValueError) as error:
            warnings.warn(f"a run is passed over: {error}", stacklevel=2)
            continue
        if fits:
            found.setdefault(run.folder.name, run)
    return found


def _can_invert(run: RunFolder, spec: FeatureSpec, source: str) -> bool:
    """Whether `check_run` would let a run pass; errors are those of its files."""
    takes = run.task.source == source and run.task.target != "phase" and run.context.sees_target
    return takes and not _differing_fields(run, spec)


def _differing_fields(run: RunFolder, spec: FeatureSpec) -> list[str]:
    """Fields that matter to a run's task in which these features differ from what it was trained on."""
    return run.task.relevant(spec).differences(run.relevant_spec(spec.n_mfcc))


def _find_pretrained(spec: FeatureSpec, source: str, detail: str) -> RunFolder:
    draws = detail == "sample"
    runs = [run for run in _pretrained_runs() if run.task.source == source and run.task.flow >= draws]
    runs = [run for run in runs if run.task.target != "phase"]
    # One for this number of MFCC alone, and for what is asked alone, is the first choice.
    runs.sort(key=lambda run: (run.task.min_mfcc is not None, run.task.flow != draws))
    differing = []
    for run in runs:
        fields = _differing_fields(run, spec)
        if not fields:
            return run
        of_several = "" if run.task.min_mfcc is None else f" ({run.task.taken(run.spec)})"
        differing.append((fields, f"{run.folder.name}{of_several}"))
    differing.sort(key=lambda one: len(one[0]))
    if draws:
        raise ValueError(f"no pretrained run draws samples of these features{_nearest(differing)}: {TO_DRAW}")
    raise ValueError(f"no pretrained run takes these features{_nearest(differing)}: {REMEDIES[source]}")


def _nearest(differing: list[tuple[list[str], str]]) -> str:
    """Tell in which fields the run of the fewest differing ones does."""
    if not differing:
        return ""
    fields, name = differing[0]
    more = f" and {len(fields) - FIELDS_TOLD} more" if len(fields) > FIELDS_TOLD else ""
    return f" (the nearest, {name}, differs in {', '.join(fields[:FIELDS_TOLD])}{more})"


@lru_cache(maxsize=1)
def _pretrained_runs() -> list[RunFolder]:
    """The pretrained runs; their files are read once."""
    return [RunFolder(PRETRAINED / name) for name in pretrained_names()]
