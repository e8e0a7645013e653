"""Finds the pretrained run for a specification, and loads networks."""

import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.flow_sampling import draw_frames
from mfccinv.inference.network import Network
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.sharp_network import SharpNetwork
from mfccinv.inference.stored_network import NeedsKeras, StoredNetwork
from mfccinv.run_folders.run_folder import (
    PRETRAINED,
    SHARPNESS,
    RunError,
    RunFolder,
    pretrained_names,
    weights_refused,
)
from mfccinv.system.native_output import keras_import
from mfccinv.system.npz_files import damage_is_told

DETAILS = ("mean", "sharp", "sample")
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


def predict_by(
    run: RunFolder,
    network: Network,
    context: Context,
    inputs: Iterable[np.ndarray],
    detail: str,
    *,
    seed: int,
    sample: int = 0,
) -> Iterator[np.ndarray]:
    """Predict frames of utterances by the network of a run: what is asked for is drawn, or predicted.

    Parameters
    ----------
    run : RunFolder
    network, context : Network, Context
        Loaded from it, with the same ``detail``.
    inputs
        See `predict_frames`.
    detail : str
        See `load_network`.
    seed, sample : int
        Of ``detail="sample"``, see `draw_frames`.
    """
    if detail == "sample":
        return draw_frames(network, context, run.flow_path, inputs, seed=seed, sample=sample)
    return predict_frames(network, context, inputs)


def load_once(folder: Path, detail: str = "mean") -> tuple[Network, Context]:
    """Load the network of a run and its context: once, and again only after more training; errors as `load_network`."""
    run = RunFolder(folder.resolve())
    whole = run.open_whole()
    files = [run.weights_file, whole.weights_file, whole.folder / SHARPNESS]
    return _load(run.folder, detail, tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files))


@lru_cache(maxsize=8)
def _load(folder: Path, detail: str, changed: tuple[int, ...]) -> tuple[Network, Context]:
    run = RunFolder(folder)
    if check_detail(detail) == "mean":
        return load_network(run), run.context
    if detail == "sample":
        run.require_flow()
        return _load(folder, "mean", changed)  # it is read once for all
    factors = run.sharpness.factors
    network, context = _load(folder, "mean", changed)
    return SharpNetwork(network, run.spec, factors), context


def check_detail(detail: str) -> str:
    """Return how much detail is asked for; ValueError if it isn't one of `DETAILS`."""
    if detail not in DETAILS:
        raise ValueError(f"detail must be one of {', '.join(DETAILS)}, got {detail!r}")
    return detail


def details_of(run: RunFolder) -> tuple[str, ...]:
    """Those of `DETAILS` that a run offers, the mean first."""
    offered = {"mean": True, "sharp": run.has_sharpness, "sample": run.task.flow}
    return tuple(detail for detail in DETAILS if offered[detail])


def load_network(run: RunFolder, detail: str = "mean", by_keras: bool = False) -> Network:
    """Load the network of a run, to be computed by NumPy, or by Keras if NumPy can't or ``by_keras`` is true.

    Parameters
    ----------
    run : RunFolder
    detail : str
        One of `DETAILS`: the mean of what is possible, as the network predicts it; that sharpened, see
        `mfccinv.run_folders.sharpness.Sharpness`; or a sample, for which `predict_by` uses the network.
    by_keras : bool

    Raises
    ------
    ValueError
        For another ``detail``.
    RunError
        If a file is missing, damaged or of a network of another configuration; if only Keras can compute it, and it
        isn't installed; for an adapted run, see also `RunFolder.open_base`.
    """
    if check_detail(detail) == "sample":
        run.require_flow()
    if detail == "sharp":
        factors = run.sharpness.factors  # whoever has none is told before a network is read
        return SharpNetwork(load_network(run, by_keras=by_keras), run.spec, factors)
    if by_keras:
        return _load_by_keras(run)
    try:
        stored, whole = stored_network(run)
        with weights_refused(), damage_is_told(whole.weights_file):
            return NumpyNetwork(stored, whole.spec, whole.task, whole.context)
    except NeedsKeras as reason:
        if find_spec("keras") is None:
            file = run.open_whole().weights_file
            raise RunError(f"{file}: {reason}, and Keras isn't installed: pip install keras tensorflow") from reason
        return _load_by_keras(run)


def stored_network(run: RunFolder) -> tuple[StoredNetwork, RunFolder]:
    """Read the layers of a run's network; errors as `load_network`, and `NeedsKeras`.

    Returns
    -------
    stored : StoredNetwork
    whole : RunFolder
        The run that has the network's features and context, see `RunFolder.open_whole`.
    """
    whole = run.open_whole()
    path = whole.stored_file("model.keras")
    with weights_refused(), damage_is_told(path):
        stored = StoredNetwork.read(path)
    if run.is_adapted:
        stored.add(run.read_difference([weight.shape for weight in stored.weights]))
    return stored, whole


def _load_by_keras(run: RunFolder) -> Network:
    with keras_import():  # it takes seconds: only when it is needed
        from mfccinv.models.keras_network import KerasNetwork
        from mfccinv.run_folders.run import Run
    return KerasNetwork(Run(run.folder).load_model())


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
